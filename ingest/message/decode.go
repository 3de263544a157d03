// Package message turns the bodies of tracking requests into messages that are
// checked: Segment's format, one message or several, and PostHog's.
//
// A body is read once, strictly: RFC 8259, valid UTF-8, no key twice. Only if
// that fails is it read again in a way that tells the one message that is wrong
// from the body that is no JSON at all.
package message

import (
	"bytes"
	"crypto/rand"
	"errors"
	"io"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/go-json-experiment/json/jsontext"

	minori "github.com/minori-hq/minori"
	"github.com/minori-hq/minori/ingest"
)

// Bounds of what is taken.
const (
	MaxSize     = 32 << 10  // bytes of a message
	MaxText     = 500       // characters of a name or an id
	MaxDepth    = 32        // objects and arrays within one another, in properties and traits
	MaxMessages = 20_000    // in a body
	maxSample   = 1 << 10   // bytes of a rejected message that are kept to show
	pooled      = 256 << 10 // a reader that saw a larger body may hold much memory
)

// Shape says how a body is laid out.
type Shape struct {
	Kind    ingest.Kind // one message of this kind; 0: several, each with its type
	PostHog bool        // as PostHog's clients send it: one event or several
}

// Rejected is a message that is not taken, with its beginning to show.
type Rejected struct {
	ingest.Rejection
	Sample string // at most 1 KB of it
}

// Decoded is a body that was read.
type Decoded struct {
	Key      string // write key named in the body; "" for none
	Messages []ingest.Message
	Rejected []Rejected // in the order of the body

	text  string
	spans []span // of Messages
}

// span is where a message stands.
type span struct{ index, from, to int }

// Decoder reads bodies. It is safe for concurrent use.
type Decoder struct {
	zone *time.Location
	pool sync.Pool // of *reader
}

// NewDecoder makes a decoder for a workspace whose days are those of zone.
func NewDecoder(zone *time.Location) *Decoder {
	d := &Decoder{zone: zone}
	d.pool.New = func() any {
		return &reader{json: jsontext.NewDecoder(new(bytes.Buffer)), zone: zone}
	}
	return d
}

// Decode reads a body that arrived at an instant. What concerns one message is
// a rejection of it; an error (Invalid) concerns the whole body. The texts of
// messages share the memory of one copy of the body: who keeps one for long
// clones it.
func (d *Decoder) Decode(shape Shape, body []byte, at time.Time) (*Decoded, error) {
	r, ok := d.pool.Get().(*reader)
	if !ok {
		panic("the pool of readers holds something else")
	}
	out := &Decoded{text: string(body)}
	*r = reader{json: r.json, zone: r.zone, shape: shape, out: out, times: r.times[:0], at: at.UnixMicro()}
	r.json.Reset(bytes.NewBuffer(body))
	err := r.body()
	if err != nil && minori.CodeOf(err) != minori.Invalid {
		*out = Decoded{text: out.text}
		r.times, r.first, r.sentAt, r.account = r.times[:0], 0, "", ""
		err = r.apart(body)
	}
	if err != nil {
		return nil, err
	}
	r.finish()
	if len(body) <= pooled {
		r.json.Reset(new(bytes.Buffer))
		r.out = nil
		d.pool.Put(r)
	}
	return out, nil
}

// reader reads one body.
type reader struct {
	json  *jsontext.Decoder
	zone  *time.Location
	shape Shape
	out   *Decoded
	base  int   // where what json reads stands in the text
	first int   // index of the next message
	at    int64 // arrival
	// times are those of Messages as sent.
	times []times
	// sentAt and account are what the body says for all messages.
	sentAt, account string
	m               fields
}

// times are the times of a message as sent, "" where it has none.
type times struct{ happened, sent string }

// body reads the whole body in place.
func (r *reader) body() error {
	err := r.layout(r.message)
	if err != nil {
		return err
	}
	return r.end()
}

// end checks that nothing follows.
func (r *reader) end() error {
	if _, err := r.json.ReadToken(); !errors.Is(err, io.EOF) {
		if err == nil {
			err = &jsontext.SyntacticError{ByteOffset: r.json.InputOffset(), Err: errors.New("more than one value")}
		}
		return err
	}
	return nil
}

// layout reads what is around the messages, and message each of them.
func (r *reader) layout(message func() error) error {
	switch kind := r.json.PeekKind(); {
	case r.shape.Kind != 0:
		return message()
	case kind == '{' && r.shape.PostHog && !r.batched():
		return message()
	case kind == '{':
		return r.envelope(message)
	case kind == '[' && r.shape.PostHog:
		return r.list(message)
	}
	if _, err := r.json.ReadValue(); err != nil {
		return err
	}
	return wrong("", "the body is not a JSON object")
}

// batched reports whether a body of PostHog's has its events in a list: a
// single event has its name where the other has the list.
func (r *reader) batched() bool {
	probe := jsontext.NewDecoder(bytes.NewBufferString(r.out.text), jsontext.AllowDuplicateNames(true), jsontext.AllowInvalidUTF8(true))
	if _, err := probe.ReadToken(); err != nil {
		return false
	}
	for probe.PeekKind() == '"' {
		name, err := probe.ReadValue()
		if err != nil || string(name) == `"batch"` {
			return err == nil
		}
		if err := probe.SkipValue(); err != nil {
			return false
		}
	}
	return false
}

// envelope reads the object around a batch.
func (r *reader) envelope(message func() error) error {
	found := false
	err := r.object(func(name string) (err error) {
		switch name {
		case "batch":
			if r.json.PeekKind() != '[' {
				return wrong("batch", "batch is not a list of messages")
			}
			found = true
			return r.list(message)
		case "sentAt", "sent_at":
			r.sentAt, err = r.plain()
		case "writeKey", "api_key":
			r.out.Key, err = r.plain()
		case "context":
			r.account, err = r.context()
		default:
			err = r.json.SkipValue()
		}
		return err
	})
	if err == nil && !found {
		err = wrong("batch", "the body has no batch")
	}
	return err
}

// list reads a list of messages.
func (r *reader) list(message func() error) error {
	if _, err := r.json.ReadToken(); err != nil {
		return err
	}
	for r.json.PeekKind() != ']' {
		if r.first == MaxMessages {
			return wrong("batch", "the batch has more than "+strconv.Itoa(MaxMessages)+" messages")
		}
		if err := message(); err != nil {
			return err
		}
	}
	_, err := r.json.ReadToken()
	return err
}

// apart reads a body in which something is no strict JSON: each message by
// itself, so that the wrong ones are rejected and the others taken.
func (r *reader) apart(body []byte) error {
	lenient := []jsontext.Options{jsontext.AllowDuplicateNames(true), jsontext.AllowInvalidUTF8(true)}
	r.json.Reset(bytes.NewBuffer(body), lenient...)
	inner := &reader{json: jsontext.NewDecoder(new(bytes.Buffer)), zone: r.zone, shape: r.shape, out: r.out}
	err := r.layout(func() error {
		v, err := r.json.ReadValue()
		if err != nil {
			return err
		}
		inner.first, inner.times = r.first, r.times
		inner.alone(v, int(r.json.InputOffset())-len(v))
		r.first, r.times = inner.first, inner.times
		return nil
	})
	if err == nil {
		err = r.end()
	}
	if err == nil || minori.CodeOf(err) == minori.Invalid {
		return err
	}
	at := r.json.InputOffset()
	var syntax *jsontext.SyntacticError
	if errors.As(err, &syntax) {
		at = syntax.ByteOffset
	}
	return wrong("", "the body is not JSON, from byte "+strconv.FormatInt(at, 10)+" on")
}

// alone reads one message that stands at an offset, strictly.
func (r *reader) alone(v []byte, from int) {
	r.base = from
	r.json.Reset(bytes.NewBuffer(v))
	err := r.message()
	if err == nil {
		return
	}
	reason, field := ingest.ReasonNotUTF8, ""
	var syntax *jsontext.SyntacticError
	if errors.As(err, &syntax) {
		for token := range syntax.JSONPointer.Tokens() {
			field = strings.ToValidUTF8(token, "\uFFFD")
			break
		}
	}
	if errors.Is(err, jsontext.ErrDuplicateName) {
		reason = ingest.ReasonTwice
	}
	r.out.refuse(span{r.first, from, from + len(v)}, clip(field, MaxText), reason)
	r.first++
}

// refuse notes that a message is rejected.
func (o *Decoded) refuse(s span, field string, reason ingest.Reason) {
	sample := o.text[s.from:min(s.to, s.from+maxSample)]
	o.Rejected = append(o.Rejected, Rejected{ingest.Rejection{Index: s.index, Field: field, Reason: reason}, strings.ToValidUTF8(sample, "\uFFFD")})
}

// finish gives the messages their times and ids.
func (r *reader) finish() {
	prefix, stamp := "", clock{at: r.at, zone: r.zone, sent: r.sentAt}
	r.out.keep(func(i int) (string, ingest.Reason) {
		m := &r.out.Messages[i]
		if m.Account == "" && m.Kind != ingest.Group && m.Kind != ingest.Alias {
			m.Account = r.account
		}
		if m.ID == "" {
			if prefix == "" {
				prefix = rand.Text() + "-"
			}
			m.ID = prefix + strconv.Itoa(r.out.spans[i].index)
		}
		var reason ingest.Reason
		m.Time, reason = stamp.time(r.times[i])
		return "timestamp", reason
	})
}

// Allow rejects the messages whose kind the write key is not good for.
func (o *Decoded) Allow(kind func(ingest.Kind) bool) {
	o.keep(func(i int) (string, ingest.Reason) {
		if kind(o.Messages[i].Kind) {
			return "", ""
		}
		return "type", ingest.ReasonScope
	})
}

// keep rejects the messages for which check gives a reason.
func (o *Decoded) keep(check func(i int) (field string, reason ingest.Reason)) {
	n, before := 0, len(o.Rejected)
	for i := range o.Messages {
		if field, reason := check(i); reason != "" {
			o.refuse(o.spans[i], field, reason)
			continue
		}
		if n != i {
			o.Messages[n], o.spans[n] = o.Messages[i], o.spans[i]
		}
		n++
	}
	o.Messages, o.spans = o.Messages[:n], o.spans[:n]
	if before > 0 && len(o.Rejected) > before {
		sortRejected(o.Rejected)
	}
}

// wrong is an error of the whole body.
func wrong(field, text string) error {
	return &minori.Error{Code: minori.Invalid, Message: text, Field: field}
}
