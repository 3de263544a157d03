package accountlist

import (
	"math"
	"slices"
	"strconv"
	"strings"

	minori "github.com/minori-hq/minori"
	"github.com/minori-hq/minori/account"
	"github.com/minori-hq/minori/metric"
	"github.com/minori-hq/minori/view"
	"github.com/minori-hq/minori/web/site"
	"github.com/minori-hq/minori/web/ui"
)

// me stands for the reader among the values of an owner, so that a shared view
// can be about everybody's own accounts.
const me = "me"

// condition is one condition on the list, as an address writes it:
// "below score:health 50", "is field:account.tier Pro|Enterprise".
type condition struct {
	op      ui.Op
	column  *column
	values  []string // as addresses write them
	names   []string // how owners are called, as values
	filters []site.Filter
}

// String writes the condition as an address has it.
func (c condition) String() string {
	return strings.TrimSuffix(string(c.op)+" "+c.column.Name+" "+joinValues(c.values), " ")
}

// joinValues writes values with bars between; what looks like one is escaped.
func joinValues(values []string) string {
	escape := strings.NewReplacer(`\`, `\\`, `|`, `\|`)
	out := make([]string, len(values))
	for i, v := range values {
		out[i] = escape.Replace(v)
	}
	return strings.Join(out, "|")
}

// splitValues reads what joinValues wrote. Empty values are left out.
func splitValues(s string) []string {
	var out []string
	var b strings.Builder
	end := func() {
		if v := strings.TrimSpace(b.String()); v != "" {
			out = append(out, v)
		}
		b.Reset()
	}
	for i := 0; i < len(s); i++ {
		switch {
		case s[i] == '\\' && i+1 < len(s):
			i++
			b.WriteByte(s[i])
		case s[i] == '|':
			end()
		default:
			b.WriteByte(s[i])
		}
	}
	end()
	return out
}

// parseCondition reads a condition of an address.
func (s Pages) parseCondition(r *site.Request, cat *catalogue, text string) (condition, error) {
	op, rest, _ := strings.Cut(text, " ")
	name, values, _ := strings.Cut(rest, " ")
	return s.newCondition(r, cat, ui.Op(op), name, splitValues(values))
}

// newCondition checks a condition and makes it filters of the lake.
func (s Pages) newCondition(r *site.Request, cat *catalogue, op ui.Op, name string, values []string) (condition, error) {
	v := r.View
	col := cat.by[name]
	if col == nil || !col.stored() {
		return condition{}, noColumn(v, name)
	}
	c := condition{op: op, column: col, values: values}
	if !slices.Contains(allOps(), op) {
		return c, site.Invalid(v.T("list.no-op", "name", site.Clip(string(op), 40)))
	}
	if op == ui.OpMissing || op == ui.OpGiven {
		c.values = nil
		c.filters = []site.Filter{{Column: name, Op: map[ui.Op]site.Op{ui.OpMissing: site.OpUnknown, ui.OpGiven: site.OpKnown}[op]}}
		return c, nil
	}
	if len(joinValues(values)) > view.MaxSearch*2 || len(values) == 0 || len(values) > maxValues {
		return c, site.Invalid(v.T("list.no-value", "field", col.label(v)))
	}
	if !slices.Contains(opsOf(col), op) || len(values) > 1 && op != ui.OpIs && op != ui.OpNot {
		return c, site.Invalid(v.T("list.bad-op", "field", col.label(v), "condition", v.Condition(col.label(v), op, values[0])))
	}
	if col.kind == kindOwner {
		return s.ownerCondition(r, c)
	}
	return c, c.fill(r)
}

// fill reads the values and makes the filters.
func (c *condition) fill(r *site.Request) error {
	f := site.Filter{Column: c.column.Name, Op: lakeOp(c.op)}
	c.values = slices.Clone(c.values)
	for i := range c.values {
		val, err := readValue(r, c.column, &c.values[i])
		if err != nil {
			return err
		}
		f.Values = append(f.Values, val)
	}
	c.filters = []site.Filter{f}
	if c.op == ui.OpWithin {
		f.Op = site.OpLe
		c.filters = []site.Filter{f, {Column: f.Column, Op: site.OpGe, Values: []metric.Value{{Type: metric.Number}}}}
	}
	return nil
}

func allOps() []ui.Op {
	return []ui.Op{ui.OpIs, ui.OpNot, ui.OpHas, ui.OpBelow, ui.OpAtMost, ui.OpAtLeast, ui.OpAbove, ui.OpWithin, ui.OpMissing, ui.OpGiven}
}

// opsOf gives the comparisons that make sense for a column, the likeliest first.
func opsOf(c *column) []ui.Op {
	known := []ui.Op{ui.OpMissing, ui.OpGiven}
	switch c.kind {
	case kindText:
		return append([]ui.Op{ui.OpIs, ui.OpNot, ui.OpHas}, known...)
	case kindChoice, kindOwner, kindBand:
		return append([]ui.Op{ui.OpIs, ui.OpNot}, known...)
	case kindYesNo, kindSegment:
		return []ui.Op{ui.OpIs, ui.OpNot, ui.OpMissing, ui.OpGiven}
	case kindRenewal:
		return append([]ui.Op{ui.OpWithin, ui.OpBelow, ui.OpAtMost, ui.OpAtLeast, ui.OpAbove, ui.OpIs, ui.OpNot}, known...)
	case kindDate:
		return append([]ui.Op{ui.OpAtLeast, ui.OpBelow, ui.OpIs, ui.OpNot, ui.OpAtMost, ui.OpAbove}, known...)
	}
	return append([]ui.Op{ui.OpBelow, ui.OpAtLeast, ui.OpAtMost, ui.OpAbove, ui.OpIs, ui.OpNot}, known...)
}

func lakeOp(op ui.Op) site.Op {
	switch op {
	case ui.OpNot:
		return site.OpNe
	case ui.OpBelow:
		return site.OpLt
	case ui.OpAtMost:
		return site.OpLe
	case ui.OpAbove:
		return site.OpGt
	case ui.OpAtLeast:
		return site.OpGe
	case ui.OpHas:
		return site.OpHas
	}
	return site.OpEq
}

// readValue reads a condition's value by its column's kind, and brings its
// text into the form that addresses have.
func readValue(r *site.Request, col *column, text *string) (metric.Value, error) {
	v, out := r.View, metric.Value{Type: col.Type}
	switch col.kind {
	case kindBand:
		for _, b := range []ui.Band{ui.Green, ui.Yellow, ui.Red} {
			if strings.EqualFold(*text, site.BandWord(v, b)) {
				*text = string(b)
			}
		}
		out.Text = *text
		return out, nil
	case kindText, kindChoice, kindOwner:
		out.Text = *text
		return out, nil
	case kindDate:
		day, err := minori.ParseDay(*text)
		if err != nil {
			return out, site.Invalid(v.T("list.not-day", "field", col.label(v), "value", site.Clip(*text, 40)))
		}
		*text = day.String()
		if out.Text = *text; col.Type != metric.Text {
			out.Num, out.Text = float64(day), ""
		}
		return out, nil
	case kindYesNo, kindSegment:
		switch strings.ToLower(*text) {
		case "true", "1", "yes", strings.ToLower(v.T("word.yes")):
			out.Num, *text = 1, "true"
			return out, nil
		case "false", "0", "no", strings.ToLower(v.T("word.no")):
			*text = "false"
			return out, nil
		}
		return out, site.Invalid(v.T("list.not-bool", "field", col.label(v), "value", site.Clip(*text, 40)))
	}
	n, ok := readNumber(*text)
	if !ok {
		return out, site.Invalid(v.T("list.not-number", "field", col.label(v), "value", site.Clip(*text, 40)))
	}
	out.Num, *text = n, strconv.FormatFloat(n, 'f', -1, 64)
	return out, nil
}

// readNumber reads a number as people write it: full-width digits, thousands
// with commas, shares as percent.
func readNumber(s string) (float64, bool) {
	s = strings.Map(func(r rune) rune {
		switch {
		case r >= '０' && r <= '９':
			return r - '０' + '0'
		case r == '，' || r == ',' || r == '¥' || r == '￥' || r == '$':
			return -1
		case r == '％':
			return '%'
		case r == '－' || r == '−':
			return '-'
		case r == '．':
			return '.'
		}
		return r
	}, s)
	text, percent := strings.CutSuffix(strings.TrimSpace(s), "%")
	n, err := strconv.ParseFloat(text, 64)
	if err != nil || math.IsNaN(n) || math.Abs(n) >= 1e15 {
		return 0, false
	}
	if percent {
		n /= 100
	}
	return n, true
}

// ownerCondition finds who the owners of a condition are. Accounts name them
// by id or e-mail, as their source does.
func (s Pages) ownerCondition(r *site.Request, c condition) (condition, error) {
	f := site.Filter{Column: c.column.Name, Op: lakeOp(c.op)}
	add := func(texts ...string) {
		for _, t := range texts {
			if t != "" {
				f.Values = append(f.Values, metric.Value{Type: metric.Text, Text: t})
			}
		}
	}
	for _, value := range c.values {
		p, err := s.person(r, value)
		if err != nil {
			return c, err
		}
		switch {
		case value == me:
			c.names = append(c.names, r.View.T("list.me"))
			add(r.Actor.Name)
		case p.Name != "":
			c.names = append(c.names, p.Name)
		default:
			c.names = append(c.names, value)
		}
		if value != me {
			add(value)
		}
		add(p.Key, p.Email, strings.ToLower(p.Email))
	}
	c.filters = []site.Filter{f}
	return c, nil
}

// person gives the employee a value names; an empty one when there is none.
func (s Pages) person(r *site.Request, value string) (account.Person, error) {
	id := r.Actor.Person
	if value != me {
		found, err := s.Accounts.PersonsByRef(r.Context(), []string{value})
		if err != nil {
			return account.Person{}, err
		}
		id = found[value]
	}
	if id == 0 {
		return account.Person{}, nil
	}
	p, err := s.Accounts.Person(r.Context(), r.Actor, id)
	if minori.CodeOf(err) == minori.NotFound {
		return account.Person{}, nil
	}
	return p, err
}

// words writes a condition as part of a sentence.
func (c condition) words(v site.Wording) string {
	name := c.column.label(v.View)
	switch {
	case c.op == ui.OpMissing && (c.column.field == nil):
		return v.T("list.unknown", "field", name)
	case c.op == ui.OpGiven && (c.column.field == nil):
		return v.T("list.known", "field", name)
	case len(c.values) == 0:
		return v.Condition(name, c.op, "")
	case c.column.kind == kindSegment && (c.values[0] == "true") == (c.op == ui.OpIs):
		return v.T("list.in", "segment", name)
	case c.column.kind == kindSegment:
		return v.T("list.not-in", "segment", name)
	case c.column.kind == kindRenewal && c.op == ui.OpWithin:
		return v.T("list.renews-within", "days", c.word(v, 0))
	case c.column.kind == kindDate && c.op == ui.OpAtLeast:
		return v.T("list.since", "field", name, "date", c.word(v, 0))
	case c.column.kind == kindDate && c.op == ui.OpBelow:
		return v.T("list.before", "field", name, "date", c.word(v, 0))
	}
	words := make([]string, len(c.values))
	for i := range words {
		words[i] = c.word(v, i)
	}
	if len(words) == 1 {
		return v.Condition(name, c.op, words[0])
	}
	if c.op == ui.OpNot {
		return v.T("list.none-of", "field", name, "values", orList(v, words))
	}
	return v.T("list.any-of", "field", name, "values", orList(v, words))
}

// word writes one value of a condition.
func (c condition) word(v site.Wording, i int) string {
	if i < len(c.names) {
		return c.names[i]
	}
	if len(c.filters) == 0 || i >= len(c.filters[0].Values) {
		return c.values[i]
	}
	val := c.filters[0].Values[i]
	if c.column.kind == kindMoney || c.column.kind == kindScore {
		return v.Quantity(val.Num, c.column.unit(v))
	}
	return c.column.value(v, val, 0)
}

// orList joins words of which one holds: A, B or C; 「A」「B」「C」.
func orList(v site.Wording, words []string) string {
	out := v.T("list.or-first", "value", words[0])
	for i, w := range words[1:] {
		if i == len(words)-2 {
			out += v.T("list.or-last", "value", w)
		} else {
			out += v.T("list.or-next", "value", w)
		}
	}
	return out
}
