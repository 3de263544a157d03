package rowio

import (
	"slices"
	"strings"
	"time"
)

// Kind says what the file itself knows about a value. Text may still stand for a number or a date.
type Kind uint8

// The kinds of value.
const (
	Text      Kind = iota
	Null           // no value: null in the file, or a text that Options.Null names
	Number         // Text holds the exact digits
	Bool           // Text is true or false
	Time           // an instant; Text is RFC 3339 in UTC
	LocalTime      // a date and time of day without a zone
	Date           // a day
	JSON           // an array, as JSON
)

// String names the kind.
func (k Kind) String() string {
	names := [...]string{"text", "null", "number", "bool", "time", "local time", "date", "json"}
	if int(k) < len(names) {
		return names[k]
	}
	return "unknown"
}

// Value is one field of a row: its text, and what the file says about its type.
type Value struct {
	Text string
	Kind Kind
	bits int64 // microseconds since 1970 for times, 1 for true
}

// IsNull reports whether there is no value.
func (v Value) IsNull() bool { return v.Kind == Null }

// Time returns the value of kind Time, LocalTime or Date. The latter two are given as if their clock were UTC: the
// caller puts them into the source's time zone.
func (v Value) Time() (time.Time, bool) {
	if v.Kind != Time && v.Kind != LocalTime && v.Kind != Date {
		return time.Time{}, false
	}
	return time.UnixMicro(v.bits).UTC(), true
}

// Bool returns the value of kind Bool. Options.Bool also understands texts.
func (v Value) Bool() (value, ok bool) { return v.bits == 1, v.Kind == Bool }

// NumberValue is a number with its exact digits.
func NumberValue(digits string) Value { return Value{Text: digits, Kind: Number} }

// BoolValue is true or false.
func BoolValue(b bool) Value {
	if b {
		return Value{Text: "true", Kind: Bool, bits: 1}
	}
	return Value{Text: "false", Kind: Bool}
}

// TimeValue is an instant, to the microsecond.
func TimeValue(t time.Time) Value {
	t = t.UTC()
	return Value{Text: t.Format("2006-01-02T15:04:05.999999Z07:00"), Kind: Time, bits: t.UnixMicro()}
}

// LocalTimeValue is what t's clock shows, without its zone.
func LocalTimeValue(t time.Time) Value {
	text := t.Format("2006-01-02T15:04:05.999999")
	return Value{Text: text, Kind: LocalTime, bits: wall(t)}
}

// DateValue is the day of t.
func DateValue(t time.Time) Value {
	y, m, d := t.Date()
	return Value{Text: t.Format(time.DateOnly), Kind: Date, bits: time.Date(y, m, d, 0, 0, 0, 0, time.UTC).UnixMicro()}
}

func wall(t time.Time) int64 {
	y, m, d := t.Date()
	h, min, s := t.Clock()
	return time.Date(y, m, d, h, min, s, t.Nanosecond(), time.UTC).UnixMicro()
}

// Bool reads a value as the source writes truth: a typed one as it is, a text or number by Options.True and False.
func (o Options) Bool(v Value) (value, ok bool) {
	if v.Kind == Bool {
		return v.Bool()
	}
	if v.Kind != Text && v.Kind != Number {
		return false, false
	}
	text := strings.TrimSpace(v.Text)
	yes, no := o.True, o.False
	if yes == nil && no == nil {
		text = strings.ToLower(text)
		yes, no = []string{"true", "t", "yes", "y", "1"}, []string{"false", "f", "no", "n", "0"}
	}
	if slices.Contains(yes, text) {
		return true, true
	}
	return false, slices.Contains(no, text)
}

// nulls tells which texts mean no value.
type nulls struct {
	empty bool
	texts []string
	max   int
}

func newNulls(texts []string) nulls {
	if texts == nil {
		return nulls{empty: true}
	}
	var n nulls
	for _, text := range texts {
		if text == "" {
			n.empty = true
			continue
		}
		n.texts, n.max = append(n.texts, text), max(n.max, len(text))
	}
	return n
}

// kind is Null or Text.
func (n *nulls) kind(s string) Kind {
	if len(s) == 0 {
		if n.empty {
			return Null
		}
		return Text
	}
	if len(s) <= n.max && slices.Contains(n.texts, s) {
		return Null
	}
	return Text
}
