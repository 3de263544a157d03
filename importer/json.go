package importer

import (
	"math"
	"strconv"

	"github.com/minori-hq/minori/importer/rowio"
)

// appendJSON adds a text as a JSON string. The text is valid UTF-8.
func appendJSON(b []byte, s string) []byte {
	const hex = "0123456789abcdef"
	b = append(b, '"')
	from := 0
	for i := range len(s) {
		c := s[i]
		if c >= ' ' && c != '"' && c != '\\' {
			continue
		}
		b = append(b, s[from:i]...)
		from = i + 1
		switch c {
		case '"', '\\':
			b = append(b, '\\', c)
		case '\n':
			b = append(b, '\\', 'n')
		case '\r':
			b = append(b, '\\', 'r')
		case '\t':
			b = append(b, '\\', 't')
		default:
			b = append(b, '\\', 'u', '0', '0', hex[c>>4], hex[c&15])
		}
	}
	return append(append(b, s[from:]...), '"')
}

// appendNumber adds a finite number as JSON.
func appendNumber(b []byte, v float64) []byte {
	if v == math.Trunc(v) && math.Abs(v) <= MaxNumber {
		return strconv.AppendInt(b, int64(v), 10)
	}
	if a := math.Abs(v); a < 1e-6 {
		return strconv.AppendFloat(b, v, 'e', -1, 64)
	}
	return strconv.AppendFloat(b, v, 'f', -1, 64)
}

// properties adds the properties of an event to a buffer as one JSON object,
// names in order, without those that are empty; nothing when all are.
func (r *record) properties(b []byte) []byte {
	from := len(b)
	for _, s := range r.p.props {
		mark := len(b)
		if mark == from {
			b = append(b, '{')
		} else {
			b = append(b, ',')
		}
		b = append(b, s.prop...)
		before := len(b)
		if b = r.property(b, s); len(b) == before {
			b = b[:mark]
		}
		if len(b)-from > MaxProperties {
			r.fail(s, "the properties have more than %d bytes as JSON; map fewer, or shorten them", MaxProperties)
			return b[:from]
		}
	}
	if len(b) == from || r.failed {
		return b[:from]
	}
	return append(b, '}')
}

// property adds the value of one property; nothing if it is empty.
func (r *record) property(b []byte, s *slot) []byte {
	switch s.kind {
	case number:
		if v, ok := r.float(s); ok {
			b = appendNumber(b, v)
		}
	case truth:
		if yes, ok := r.truth(s); ok {
			b = strconv.AppendBool(b, yes)
		}
	case day:
		if d := r.day(s); d != nil {
			b = append(append(append(b, '"'), d.String()...), '"')
		}
	default:
		v, ok := r.get(s)
		if !ok {
			return b
		}
		if len(v.Text) > MaxProperties {
			r.fail(s, "%s has %d bytes; the properties of an event have at most %d, shorten it", s.m.Target, len(v.Text), MaxProperties)
			return b
		}
		b = appendJSON(b, v.Text)
		r.content = appendText(append(r.content, 't'), v.Text)
	}
	return b
}

// memory is about how much a row's texts take.
func memory(values []rowio.Value) int {
	n := 0
	for i := range values {
		n += len(values[i].Text)
	}
	return n
}
