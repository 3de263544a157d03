package message

import (
	"bytes"
	"strings"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/minori-hq/minori/ingest"
)

// fields are those of a message while it is read.
type fields struct {
	kind                          ingest.Kind
	id, user, anonymous, previous string
	group, account, event         string
	name, category                string
	properties, traits            string
	timestamp, original, sent     string
	field                         string        // of the first thing that is wrong
	reason                        ingest.Reason // "" while nothing is
	hog                           hog
}

// refuse notes what is wrong with the message; the first counts.
func (m *fields) refuse(field string, reason ingest.Reason) {
	if m.reason == "" {
		m.field, m.reason = field, reason
	}
}

// message reads one message.
func (r *reader) message() error {
	r.m = fields{kind: r.shape.Kind}
	var from int
	var err error
	if r.json.PeekKind() == '{' {
		from = r.base + int(r.json.InputOffset())
		if r.shape.PostHog {
			err = r.object(r.hogField)
		} else {
			err = r.object(r.field)
		}
		from += strings.IndexByte(r.out.text[from:], '{') // behind a comma and blanks
	} else {
		r.m.refuse("", ingest.ReasonType)
		var v jsontext.Value
		v, err = r.json.ReadValue()
		from = r.base + int(r.json.InputOffset()) - len(v)
	}
	if err != nil {
		return err
	}
	s := span{r.first, from, r.base + int(r.json.InputOffset())}
	r.first++
	if s.to-s.from > MaxSize {
		r.m.field, r.m.reason = "", ingest.ReasonLarge
	}
	var m ingest.Message
	if r.m.reason == "" {
		if r.shape.PostHog {
			r.m.fromHog()
		}
		m = r.m.message()
	}
	if r.m.reason != "" {
		r.out.refuse(s, r.m.field, r.m.reason)
		return nil
	}
	if r.out.Messages == nil {
		n := min(MaxMessages, 1+(len(r.out.text)-s.to)/(s.to-s.from)+1)
		r.out.Messages, r.out.spans = make([]ingest.Message, 0, n), make([]span, 0, n)
	}
	happened := r.m.timestamp
	if happened == "" {
		happened = r.m.original
	}
	r.out.Messages, r.out.spans, r.times = append(r.out.Messages, m), append(r.out.spans, s), append(r.times, times{happened, r.m.sent})
	return nil
}

// field reads the value of one key of a message in Segment's format.
func (r *reader) field(name string) (err error) {
	m := &r.m
	switch name {
	case "type":
		err = r.kind()
	case "messageId":
		m.id, err = r.text(name, true)
	case "userId":
		m.user, err = r.text(name, true)
	case "anonymousId":
		m.anonymous, err = r.text(name, true)
	case "previousId":
		m.previous, err = r.text(name, true)
	case "groupId":
		m.group, err = r.text(name, true)
	case "event":
		m.event, err = r.text(name, false)
	case "name":
		m.name, err = r.text(name, false)
	case "category":
		m.category, err = r.text(name, false)
	case "timestamp":
		m.timestamp, err = r.text(name, false)
	case "originalTimestamp": // RudderStack's name for it
		m.original, err = r.text(name, false)
	case "sentAt":
		m.sent, err = r.plain()
	case "properties":
		m.properties, err = r.properties(name)
	case "traits":
		m.traits, err = r.properties(name)
	case "context":
		m.account, err = r.context()
	case "writeKey":
		if r.shape.Kind == 0 {
			return r.json.SkipValue()
		}
		r.out.Key, err = r.plain()
	default:
		err = r.json.SkipValue()
	}
	return err
}

// kind reads the type of a message. Where the address names it, that counts.
func (r *reader) kind() error {
	s, err := r.text("type", false)
	if err != nil || r.shape.Kind != 0 {
		return err
	}
	for k := ingest.Identify; k <= ingest.Alias; k++ {
		if s == k.String() {
			r.m.kind = k
			return nil
		}
	}
	if s != "" {
		r.m.refuse("type", ingest.ReasonKind)
	}
	return nil
}

// context reads the account out of a message's context.
func (r *reader) context() (account string, err error) {
	switch r.json.PeekKind() {
	case '{':
		err = r.object(func(name string) (err error) {
			if name != "groupId" {
				return r.json.SkipValue()
			}
			account, err = r.text("context.groupId", true)
			return err
		})
		return account, err
	case 'n':
	default:
		r.m.refuse("context", ingest.ReasonType)
	}
	return "", r.json.SkipValue()
}

// message makes the message of its fields, or refuses it.
func (m *fields) message() ingest.Message {
	out := ingest.Message{Kind: m.kind, ID: m.id, User: m.user, Anonymous: m.anonymous, Account: m.account, Body: m.properties}
	missing := func(value, field string) {
		if value == "" {
			m.refuse(field, ingest.ReasonMissing)
		}
	}
	if m.kind != ingest.Group && m.kind != ingest.Alias && m.anonymous == "" {
		missing(m.user, "userId")
	}
	switch m.kind {
	case 0:
		m.refuse("type", ingest.ReasonMissing)
	case ingest.Identify:
		out.Body = m.traits
	case ingest.Group: // of an account; of whom else is not asked
		missing(m.group, "groupId")
		out.Account, out.Body = m.group, m.traits
	case ingest.Track:
		missing(m.event, "event")
		out.Event = m.event
	case ingest.Page, ingest.Screen:
		out.Event = m.kind.String()
		out.Body = with(with(m.properties, "category", m.category), "name", m.name)
	case ingest.Alias:
		missing(m.user, "userId")
		missing(m.previous, "previousId")
		out.Anonymous, out.Body = m.previous, ""
	}
	return out
}

// with gives an object a key that it does not have; the value is a text.
func with(object, key, value string) string {
	if value == "" {
		return object
	}
	quoted, err := jsontext.AppendQuote(nil, value)
	if err != nil || has(object, key) {
		return object
	}
	if object == "" {
		return `{"` + key + `":` + string(quoted) + `}`
	}
	return `{"` + key + `":` + string(quoted) + `,` + object[1:]
}

// has reports whether an object of valid JSON, or "", has a key.
func has(object, key string) bool {
	if object == "" {
		return false
	}
	in := reader{json: jsontext.NewDecoder(bytes.NewBufferString(object)), out: &Decoded{text: object}}
	found := false
	err := in.object(func(name string) error {
		found = found || name == key
		return in.json.SkipValue()
	})
	return err == nil && found
}
