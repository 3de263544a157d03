package traits

import (
	"bytes"
	"encoding/json"
	"strconv"
	"strings"
	"time"
	"unicode"

	minori "github.com/minori-hq/minori"
	"github.com/minori-hq/minori/account"
)

// target is a field of accounts that a trait fills.
type target struct {
	field account.Field
	name  string // as sources map it: tier, fields.region
}

// targets finds fields by the names of traits.
type targets map[string]target

func newTargets(defined []account.Field) targets {
	t := targets{}
	for _, f := range defined {
		if name, ok := strings.CutPrefix(f.Name, "account."); ok {
			t[name] = target{field: f, name: "fields." + name}
		}
	}
	for _, f := range account.StandardFields(minori.Account) {
		name := strings.TrimPrefix(f.Name, "account.")
		t[name] = target{field: f, name: name}
	}
	return t
}

// names gives the full names of all fields.
func (t targets) names() []string {
	out := make([]string, 0, len(t))
	for _, x := range t {
		out = append(out, x.field.Name)
	}
	return out
}

// of gives the field that a trait fills: of its own name, written as it is or
// with underscores; createdAt is when the account signed up.
func (t targets) of(trait string) (target, bool) {
	if x, ok := t[trait]; ok {
		return x, true
	}
	name := snake(trait)
	if x, ok := t[name]; ok {
		return x, true
	}
	if name == "created_at" {
		return t["signed_up"], true
	}
	return target{}, false
}

// snake writes "monthlySpend" as "monthly_spend".
func snake(s string) string {
	var b strings.Builder
	lower := false
	for _, r := range s {
		if unicode.IsUpper(r) && lower {
			b.WriteByte('_')
		}
		lower = unicode.IsLower(r) || unicode.IsDigit(r)
		if r == ' ' || r == '-' {
			r, lower = '_', false
		}
		b.WriteRune(unicode.ToLower(r))
	}
	return b.String()
}

// isNull reports whether a trait takes a value away.
func isNull(raw json.RawMessage) bool { return string(raw) == "null" }

// fit reads a trait's value as one of a field; days are those of zone.
func fit(f account.Field, raw json.RawMessage, zone *time.Location) (account.Value, bool) {
	if isNull(raw) {
		return account.Value{}, true
	}
	var text string
	switch c := raw[0]; {
	case c == '"':
		if json.Unmarshal(raw, &text) != nil {
			return account.Value{}, false
		}
		text = strings.TrimSpace(text)
	case c == '{' || c == '[':
		return account.Value{}, false
	default:
		text = string(raw)
	}
	if f.Type == account.FieldDate {
		if d, ok := day(text, zone); ok {
			return account.Date(d), true
		}
		return account.Value{}, text == ""
	}
	if strings.ContainsFunc(text, func(r rune) bool { return unicode.IsControl(r) && r != '\n' && r != '\t' }) {
		return account.Value{}, false
	}
	v, err := f.Parse(text)
	return v, err == nil
}

// day reads a date, an instant in ISO 8601, or seconds or milliseconds since 1970.
func day(text string, zone *time.Location) (minori.Day, bool) {
	if t, err := time.Parse(time.RFC3339, text); err == nil {
		return inRange(minori.DayOf(t.In(zone)))
	}
	if d, err := minori.ParseDay(text); err == nil {
		return d, true
	}
	n, err := strconv.ParseFloat(text, 64)
	if err != nil || !(n > 0 && n < 1e14) {
		return 0, false
	}
	if n < 1e11 { // until the year 5138 in seconds
		n *= 1000
	}
	return inRange(minori.DayOf(time.UnixMilli(int64(n)).In(zone)))
}

func inRange(d minori.Day) (minori.Day, bool) { return d, d >= minori.MinDay && d <= minori.MaxDay }

// read gives the traits of a message in compact form, nil for none.
func read(body string) map[string]json.RawMessage {
	if body == "" || body == "{}" {
		return nil
	}
	var out map[string]json.RawMessage
	if json.Unmarshal([]byte(body), &out) != nil {
		return nil
	}
	for name, raw := range out {
		if c := raw[0]; c == '{' || c == '[' {
			var b bytes.Buffer
			if json.Compact(&b, raw) == nil {
				out[name] = b.Bytes()
			}
		}
	}
	return out
}

// country gives the country that the trait address names.
func country(trait string, raw json.RawMessage) (json.RawMessage, bool) {
	if trait != "address" || raw[0] != '{' {
		return nil, false
	}
	var a struct {
		Country json.RawMessage `json:"country"`
	}
	if json.Unmarshal(raw, &a) != nil || len(a.Country) == 0 {
		return nil, false
	}
	return a.Country, true
}

// text gives a trait as a text, "" if it is none.
func (t Traits) text(names ...string) string {
	for _, n := range names {
		if v, ok := t[n]; ok {
			if x, ok := fit(account.Field{Type: account.FieldText}, v.Value, time.UTC); ok && x.Text != nil {
				return *x.Text
			}
		}
	}
	return ""
}
