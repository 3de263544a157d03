package importer

import (
	"encoding/binary"
	"fmt"
	"math"
	"strconv"
	"strings"
	"unicode/utf8"

	minori "github.com/minori-hq/minori"
	"github.com/minori-hq/minori/account"
	"github.com/minori-hq/minori/importer/clock"
	"github.com/minori-hq/minori/importer/rowio"
	"github.com/minori-hq/minori/metric"
)

// Bounds of what is taken.
const (
	MaxName       = 500      // characters of a name or another short text
	MaxMoney      = 1e15     // size of an amount
	MaxNumber     = 1 << 53  // size of any number
	MaxProperties = 32 << 10 // bytes of an event's properties as JSON
)

// record turns one row into target values. It gathers the content hash's bytes
// and keeps the first thing that is wrong.
type record struct {
	p      *plan
	opt    rowio.Options
	values []rowio.Value
	local  *clock.Zone // of times without a zone
	here   *clock.Zone // of the workspace

	content []byte
	failed  bool
	column  string
	reason  string
}

func newRecord(p *plan) *record {
	return &record{p: p, opt: p.rowOpt, local: clock.NewZone(p.local), here: clock.NewZone(p.zone)}
}

// start begins a row.
func (r *record) start(values []rowio.Value) {
	r.values, r.failed, r.column, r.reason = values, false, "", ""
	r.content = append(r.content[:0], r.p.src.Into...)
}

func (r *record) fail(s *slot, format string, args ...any) {
	if !r.failed {
		r.failed, r.column, r.reason = true, s.column(), fmt.Sprintf(format, args...)
	}
}

// failWith takes the reason from a service's error.
func (r *record) failWith(s *slot, err error) {
	if e, ok := err.(*minori.Error); ok {
		r.fail(s, "%s", e.Message)
		return
	}
	r.fail(s, "%v", err)
}

// hash gives the hash over the values taken so far.
func (r *record) hash() metric.Hash { return sum(r.content) }

// get gives the value of a slot, which may be nil. It is not there when the
// row holds nothing, or what it holds is wrong.
func (r *record) get(s *slot) (v rowio.Value, ok bool) {
	if s == nil {
		return v, false
	}
	switch {
	case s.col >= 0:
		v = r.values[s.col]
	case s.m.Const != nil:
		v = s.konst
	case s.expr != nil:
		var err error
		if v, err = s.expr.eval(r.values); err != nil {
			r.fail(s, "%v", err)
			return v, false
		}
	default:
		v.Kind = rowio.Null
	}
	r.content = append(r.content, s.tag...)
	if v.Kind == rowio.Null || v.Kind == rowio.Text && s.kind != long && strings.TrimSpace(v.Text) == "" {
		r.content = append(r.content, '0')
		if s.need {
			r.empty(s)
		}
		return v, false
	}
	return v, true
}

func (r *record) empty(s *slot) {
	r.fail(s, "%s is empty; every row of %s needs one", s.m.Target, r.p.src.Into)
}

// text gives a short text without blanks around it, or a long one as it is.
func (r *record) text(s *slot) string {
	v, ok := r.get(s)
	if !ok {
		return ""
	}
	text := v.Text
	if s.kind == long {
		if len(text) > account.MaxText {
			r.fail(s, "%s has %d bytes; at most %d are kept, shorten it", s.m.Target, len(text), account.MaxText)
		}
	} else {
		text = strings.TrimSpace(text)
		if len(text) > MaxName {
			if n := utf8.RuneCountInString(text); n > MaxName {
				r.fail(s, "%s has %d characters; at most %d are kept, shorten it", s.m.Target, n, MaxName)
			}
		}
	}
	r.content = appendText(append(r.content, 't'), text)
	return text
}

// day gives a calendar day, nil for none.
func (r *record) day(s *slot) *minori.Day {
	v, ok := r.get(s)
	if !ok {
		return nil
	}
	w, problem := clock.Of(v)
	if problem != "" {
		r.fail(s, "%s", problem)
		return nil
	}
	d := minori.Day(w.Day)
	if w.Is != clock.Day {
		d = r.here.DayOf(r.at(w))
	}
	r.content = binary.AppendVarint(append(r.content, 'd'), int64(d))
	return &d
}

// time gives an instant in microseconds. A day stands for its beginning in the
// workspace's zone.
func (r *record) time(s *slot) (us int64, ok bool) {
	v, ok := r.get(s)
	if !ok {
		return 0, false
	}
	w, problem := clock.Of(v)
	if problem != "" {
		r.fail(s, "%s", problem)
		return 0, false
	}
	us = r.at(w)
	r.content = binary.AppendVarint(append(r.content, 'i'), us)
	return us, true
}

func (r *record) at(w clock.When) int64 {
	us := w.Wall()
	switch w.Is {
	case clock.Local:
		return r.local.InstantOf(us)
	case clock.Day:
		return r.here.InstantOf(us)
	}
	return us
}

// number gives a finite number, nil for none.
func (r *record) number(s *slot) *float64 {
	v, ok := r.float(s)
	if !ok {
		return nil
	}
	return &v
}

func (r *record) float(s *slot) (float64, bool) {
	v, ok := r.get(s)
	if !ok {
		return 0, false
	}
	limit := float64(MaxNumber)
	if s.kind == money {
		limit = MaxMoney
	}
	x, problem := numberOf(v, limit)
	if problem != "" {
		r.fail(s, "%s", problem)
		return 0, false
	}
	r.content = appendFloat(append(r.content, 'n'), x)
	return x, true
}

// numberOf reads a number of at most a size.
func numberOf(v rowio.Value, limit float64) (x float64, problem string) {
	text := strings.TrimSpace(v.Text)
	for i := range len(text) {
		c := text[i]
		if c >= '0' && c <= '9' || c == '.' || c == '-' || c == '+' || c == 'e' || c == 'E' {
			continue
		}
		switch lower := strings.ToLower(text); {
		case strings.Contains(lower, "nan") || strings.Contains(lower, "inf"):
			return 0, fmt.Sprintf("%q is not a number that can be kept; leave the cell empty if the value is not known", clip(v.Text))
		case c == ',' || c == '\'' || c == ' ' || c == '_':
			return 0, fmt.Sprintf("%q is not a number; write it without thousands separators and with a point before the decimals, such as 1234.5", clip(v.Text))
		}
		return 0, fmt.Sprintf("%q is not a number; write digits only, such as 1234.5, or leave the cell empty", clip(v.Text))
	}
	x, err := strconv.ParseFloat(text, 64)
	switch {
	case err != nil && !math.IsInf(x, 0):
		return 0, fmt.Sprintf("%q is not a number; write digits only, such as 1234.5, or leave the cell empty", clip(v.Text))
	case !(math.Abs(x) <= limit):
		return 0, fmt.Sprintf("the number %s is larger than %s, the most that is kept; correct it", clip(text), strconv.FormatFloat(limit, 'f', -1, 64))
	}
	return x, ""
}

// truth gives whether a value means true, and whether there is one.
func (r *record) truth(s *slot) (yes, ok bool) {
	v, ok := r.get(s)
	if !ok {
		return false, false
	}
	if yes, ok = r.opt.Bool(v); !ok {
		r.fail(s, "%q means neither true nor false; %s", clip(v.Text), r.words())
		return false, false
	}
	r.content = strconv.AppendBool(append(r.content, 'b'), yes)
	return yes, true
}

func (r *record) words() string {
	if o := r.p.src.Options; o.True != nil || o.False != nil {
		return "write one of the texts that the source names under options: true and false"
	}
	return "write true or false, or name the file's own words under options: true and false in the source"
}

// value gives a custom field's value by its definition.
func (r *record) value(s *slot) account.Value {
	switch s.field.Type {
	case account.FieldNumber, account.FieldMoney:
		kept := *s
		kept.kind = number
		if s.field.Type == account.FieldMoney {
			kept.kind = money
		}
		if x, ok := r.float(&kept); ok {
			return account.Number(x)
		}
		return account.Value{}
	case account.FieldBool:
		if yes, ok := r.truth(s); ok {
			return account.Bool(yes)
		}
		return account.Value{}
	case account.FieldDate:
		if d := r.day(s); d != nil {
			return account.Date(*d)
		}
		return account.Value{}
	}
	text := r.text(s)
	if r.failed || text == "" {
		return account.Value{}
	}
	if s.field.Type == account.FieldChoice {
		v, err := s.field.Parse(strings.TrimSpace(text))
		if err != nil {
			r.failWith(s, err)
		}
		return v
	}
	return account.Text(text)
}

// formatNumber writes a number so that reading it gives the same.
func formatNumber(v float64) string {
	if a := math.Abs(v); a != 0 && (a < 1e-6 || a >= 1e21) {
		return strconv.FormatFloat(v, 'e', -1, 64)
	}
	return strconv.FormatFloat(v, 'f', -1, 64)
}
