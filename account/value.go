package account

import (
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	minori "github.com/minori-hq/minori"
)

// Value is the value of a field: numbers, money (major units) and booleans (0
// or 1) in Num; texts and choices in Text; dates in both, as days since 1970
// and as "2024-12-31". Both nil: no value.
type Value struct {
	Num  *float64 `json:",omitempty"`
	Text *string  `json:",omitempty"`
}

// Number makes a value of a number field.
func Number(v float64) Value { return Value{Num: &v} }

// Text makes a value of a text field; "" is no value.
func Text(s string) Value {
	if s == "" {
		return Value{}
	}
	return Value{Text: &s}
}

// Bool makes a value of a boolean field.
func Bool(b bool) Value {
	if b {
		return Number(1)
	}
	return Number(0)
}

// Date makes a value of a date field.
func Date(d minori.Day) Value {
	n, s := float64(d), d.String()
	return Value{Num: &n, Text: &s}
}

// None reports whether there is no value.
func (v Value) None() bool { return v.Num == nil && v.Text == nil }

// Equal reports whether both are the same value.
func (v Value) Equal(w Value) bool {
	return (v.Num == nil) == (w.Num == nil) && (v.Num == nil || *v.Num == *w.Num) &&
		(v.Text == nil) == (w.Text == nil) && (v.Text == nil || *v.Text == *w.Text)
}

// String gives the value for people and messages; "" for none.
func (v Value) String() string {
	switch {
	case v.Text != nil:
		return *v.Text
	case v.Num != nil:
		return strconv.FormatFloat(*v.Num, 'f', -1, 64)
	}
	return ""
}

// MaxText is the most bytes a text may have; longer ones are refused.
const MaxText = 64 << 10

// Parse reads a value of the field from text as files spell it. Booleans are
// "true" and "false" or "1" and "0"; a source's own words are translated before.
func (f Field) Parse(s string) (Value, error) {
	if s == "" {
		return Value{}, nil
	}
	switch f.Type {
	case FieldNumber, FieldMoney:
		n, err := strconv.ParseFloat(s, 64)
		if err != nil || math.IsNaN(n) || math.IsInf(n, 0) {
			return Value{}, minori.Errorf(minori.Invalid, "%q is not a number", s)
		}
		return Number(n), nil
	case FieldBool:
		b, err := strconv.ParseBool(strings.ToLower(s))
		if err != nil {
			return Value{}, minori.Errorf(minori.Invalid, "%q is neither true nor false; name the words your file uses under options", s)
		}
		return Bool(b), nil
	case FieldDate:
		if t, err := time.Parse(time.RFC3339, s); err == nil {
			s = t.Format(time.DateOnly)
		}
		d, err := minori.ParseDay(s)
		if err != nil {
			return Value{}, err
		}
		return Date(d), nil
	case FieldChoice:
		if !slices.Contains(f.Options, s) {
			return Value{}, minori.Errorf(minori.Invalid, "%q is not an option of %s%s", s, f.Name, minori.DidYouMean(s, f.Options))
		}
	}
	if len(s) > MaxText {
		return Value{}, minori.Errorf(minori.Invalid, "the text has %d bytes; at most %d are kept", len(s), MaxText)
	}
	return Text(s), nil
}

// StandardFields gives the fields that subjects of a kind have without being
// defined by a workspace.
func StandardFields(kind minori.SubjectKind) []Field {
	if kind == minori.Person {
		return []Field{
			{Name: "person.name", Title: minori.Text{minori.EN: "Name", minori.JA: "氏名"}, Type: FieldText},
			{Name: "person.email", Title: minori.Text{minori.EN: "E-mail", minori.JA: "メール"}, Type: FieldText},
			{Name: "person.manager", Title: minori.Text{minori.EN: "Manager", minori.JA: "上司"}, Type: FieldText},
			{Name: "person.role", Title: minori.Text{minori.EN: "Role", minori.JA: "役割"}, Type: FieldText},
			{Name: "person.team", Title: minori.Text{minori.EN: "Team", minori.JA: "チーム"}, Type: FieldText},
			{Name: "person.hired", Title: minori.Text{minori.EN: "Hired", minori.JA: "入社日"}, Type: FieldDate},
			{Name: "person.left", Title: minori.Text{minori.EN: "Left", minori.JA: "退職日"}, Type: FieldDate},
			{Name: "person.leave_reason", Title: minori.Text{minori.EN: "Reason for leaving", minori.JA: "退職理由"}, Type: FieldText},
		}
	}
	return []Field{
		{Name: "account.name", Title: minori.Text{minori.EN: "Name", minori.JA: "名称"}, Type: FieldText},
		{Name: "account.parent", Title: minori.Text{minori.EN: "Parent", minori.JA: "親会社"}, Type: FieldText},
		{Name: "account.industry", Title: minori.Text{minori.EN: "Industry", minori.JA: "業種"}, Type: FieldText},
		{Name: "account.country", Title: minori.Text{minori.EN: "Country", minori.JA: "国"}, Type: FieldText},
		{Name: "account.csm", Title: minori.Text{minori.EN: "CSM", minori.JA: "担当CSM"}, Type: FieldText},
		{Name: "account.tier", Title: minori.Text{minori.EN: "Tier", minori.JA: "区分"}, Type: FieldText},
		{Name: "account.seats", Title: minori.Text{minori.EN: "Seats", minori.JA: "席数"}, Type: FieldNumber},
		{Name: "account.signed_up", Title: minori.Text{minori.EN: "Signed up", minori.JA: "契約日"}, Type: FieldDate},
	}
}
