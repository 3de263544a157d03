package message

import (
	"cmp"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/minori-hq/minori/ingest"
)

// object reads an object; field is called with each name in front of its value
// and reads that.
func (r *reader) object(field func(name string) error) error {
	if _, err := r.json.ReadToken(); err != nil {
		return err
	}
	for {
		if r.json.PeekKind() == '}' {
			_, err := r.json.ReadToken()
			return err
		}
		raw, err := r.raw()
		if err != nil {
			return err
		}
		name, err := unquote(raw)
		if err != nil {
			return err
		}
		if err := field(name); err != nil {
			return err
		}
	}
}

// raw reads a value and gives it as it stands.
func (r *reader) raw() (string, error) {
	v, err := r.json.ReadValue()
	if err != nil {
		return "", err
	}
	end := r.base + int(r.json.InputOffset())
	return r.out.text[end-len(v) : end], nil
}

// unquote gives what a JSON string says.
func unquote(raw string) (string, error) {
	if strings.IndexByte(raw, '\\') < 0 {
		return raw[1 : len(raw)-1], nil
	}
	b, err := jsontext.AppendUnquote(nil, raw)
	return string(b), err
}

// plain reads a string; "" for anything else.
func (r *reader) plain() (string, error) {
	raw, err := r.raw()
	if err != nil || raw[0] != '"' {
		return "", err
	}
	s, err := unquote(raw)
	if err != nil || !short(s) || strings.IndexByte(s, 0) >= 0 {
		return "", nil //nolint:nilerr // what cannot be read is as if it was not there
	}
	return s, nil
}

// text reads a name or an id, "" for null. Ids may be whole numbers, which some
// clients send.
func (r *reader) text(field string, id bool) (string, error) {
	raw, err := r.raw()
	if err != nil {
		return "", err
	}
	switch c := raw[0]; {
	case c == '"':
		s, err := unquote(raw)
		switch {
		case err != nil:
			return "", err
		case !short(s):
			r.m.refuse(field, ingest.ReasonLong)
		case len(s) != len(raw)-2 && strings.IndexByte(s, 0) >= 0:
			r.m.refuse(field, ingest.ReasonNull)
		}
		return s, nil
	case c == 'n':
		return "", nil
	case id && (c == '-' || c >= '0' && c <= '9') && !strings.ContainsAny(raw, ".eE") && short(raw):
		return raw, nil
	}
	r.m.refuse(field, ingest.ReasonType)
	return "", nil
}

// short reports whether a text has at most MaxText characters.
func short(s string) bool { return len(s) <= MaxText || utf8.RuneCountInString(s) <= MaxText }

// clip cuts a text to n bytes at most.
func clip(s string, n int) string {
	if len(s) > n {
		return strings.ToValidUTF8(s[:n], "")
	}
	return s
}

// properties reads the object that becomes a message's body, "" for null and
// for an empty one.
func (r *reader) properties(field string) (string, error) {
	raw, err := r.raw()
	if err != nil {
		return "", err
	}
	return r.m.whole(field, raw), nil
}

// whole checks a value that becomes a message's body.
func (m *fields) whole(field, raw string) string {
	switch {
	case raw[0] == 'n':
		return ""
	case raw[0] != '{':
		m.refuse(field, ingest.ReasonType)
	case tooDeep(raw):
		m.refuse(field, ingest.ReasonDeep)
	case hasNull(raw):
		m.refuse(field, ingest.ReasonNull)
	case strings.TrimSpace(raw[1:len(raw)-1]) != "":
		return raw
	}
	return ""
}

// tooDeep reports whether valid JSON nests deeper than MaxDepth.
func tooDeep(raw string) bool {
	if strings.Count(raw, "{")+strings.Count(raw, "[") <= MaxDepth {
		return false
	}
	depth, quoted := 0, false
	for i := 0; i < len(raw); i++ {
		switch c := raw[i]; {
		case quoted && c == '\\':
			i++
		case c == '"':
			quoted = !quoted
		case quoted:
		case c == '{' || c == '[':
			if depth++; depth > MaxDepth {
				return true
			}
		case c == '}' || c == ']':
			depth--
		}
	}
	return false
}

// hasNull reports whether a string in valid JSON has a null character, which
// stores cannot keep.
func hasNull(raw string) bool {
	for rest := raw; ; {
		at := strings.Index(rest, `\u0000`)
		if at < 0 {
			return false
		}
		slashes := 0
		for slashes < at && rest[at-1-slashes] == '\\' {
			slashes++
		}
		if slashes%2 == 0 {
			return true
		}
		rest = rest[at+1:]
	}
}

func sortRejected(list []Rejected) {
	slices.SortStableFunc(list, func(a, b Rejected) int { return cmp.Compare(a.Index, b.Index) })
}
