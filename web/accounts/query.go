package accounts

import (
	"net/url"
	"strconv"
	"strings"

	minori "github.com/minori-hq/minori"
	"github.com/minori-hq/minori/evaluate"
	"github.com/minori-hq/minori/metric"
	"github.com/minori-hq/minori/web/site"
	"github.com/minori-hq/minori/web/ui"
)

// Columns of the projection that the list shows.
const (
	colName    = "field:account.name"
	colARR     = "field:account.arr"
	colRenewal = "field:account.days_to_renewal"
	colAge     = "field:account.age_days"
	colCSM     = "field:account.csm"
	colTier    = "field:account.tier"
)

// Bounds of what an address may ask of the list.
const (
	listSize      = 50
	maxConditions = 12
	maxSearch     = 200
)

// condition is one condition on the list, as an address writes it:
// "below score:health 50".
type condition struct {
	op     ui.Op
	column evaluate.ListColumn
	value  string
	filter site.Filter
}

// String writes the condition as an address has it.
func (c condition) String() string {
	return strings.TrimSuffix(string(c.op)+" "+c.column.Name+" "+c.value, " ")
}

// listAsk is what an address asks of the list.
type listAsk struct {
	conditions []condition
	search     string
	sort       string
	desc       bool
	page       minori.Page
	number     int
}

// params gives the ask as an address, without its page.
func (a *listAsk) params() url.Values {
	q := url.Values{}
	for _, c := range a.conditions {
		q.Add("f", c.String())
	}
	if a.search != "" {
		q.Set("q", a.search)
	}
	if sort := a.sortParam(); sort != "-"+colARR {
		q.Set("sort", sort)
	}
	return q
}

func (a *listAsk) sortParam() string {
	if a.desc {
		return "-" + a.sort
	}
	return a.sort
}

// address writes parameters as an address of the list.
func address(q url.Values) string {
	if len(q) == 0 {
		return "/accounts"
	}
	return "/accounts?" + q.Encode()
}

// without gives the address without condition i, or the search for -1.
func (a *listAsk) without(i int) string {
	b := *a
	if i < 0 {
		b.search = ""
	} else {
		b.conditions = append(append([]condition{}, a.conditions[:i]...), a.conditions[i+1:]...)
	}
	return address(b.params())
}

// sorted gives the address that sorts by a column; by the one it is sorted by
// already in the other direction. Texts start ascending, numbers descending.
func (a *listAsk) sorted(column string, desc bool) string {
	b := *a
	if b.sort == column {
		desc = !b.desc
	}
	b.sort, b.desc = column, desc
	return address(b.params())
}

// paged gives the address of another page.
func (a *listAsk) paged(n int) string {
	q := a.params()
	if n > 1 {
		q.Set("page", strconv.Itoa(n))
	}
	return address(q)
}

// readList reads what an address asks of the list.
func readList(r *site.Request, columns map[string]evaluate.ListColumn) (*listAsk, error) {
	q := r.URL.Query()
	a := &listAsk{search: strings.TrimSpace(q.Get("q")), sort: colARR, desc: true}
	if len(a.search) > maxSearch {
		return nil, minori.Errorf(minori.Invalid, "%s", r.View.T("list.search-long", "count", maxSearch))
	}
	if len(q["f"]) > maxConditions {
		return nil, minori.Errorf(minori.Invalid, "%s", r.View.T("list.too-many", "count", maxConditions))
	}
	for _, text := range q["f"] {
		op, rest, _ := strings.Cut(text, " ")
		column, value, _ := strings.Cut(rest, " ")
		c, err := newCondition(r.View, columns, ui.Op(op), column, value)
		if err != nil {
			return nil, err
		}
		a.conditions = append(a.conditions, c)
	}
	if sort := q.Get("sort"); sort != "" {
		a.sort, a.desc = strings.CutPrefix(sort, "-")
		if _, ok := columns[a.sort]; !ok {
			return nil, noColumn(r.View, a.sort)
		}
	}
	var err error
	a.page, a.number, err = r.Page(listSize)
	return a, err
}

func noColumn(v ui.View, name string) error {
	return minori.Errorf(minori.Invalid, "%s", v.T("list.no-column", "name", site.Clip(name, 60)))
}

// newCondition checks a condition and makes it a filter.
func newCondition(v ui.View, columns map[string]evaluate.ListColumn, op ui.Op, column, value string) (condition, error) {
	col, ok := columns[column]
	if !ok {
		return condition{}, noColumn(v, column)
	}
	c := condition{op: op, column: col, value: strings.TrimSpace(value), filter: site.Filter{Column: column}}
	ops := map[ui.Op]site.Op{ui.OpIs: site.OpEq, ui.OpNot: site.OpNe, ui.OpBelow: site.OpLt, ui.OpAtLeast: site.OpGe, ui.OpHas: site.OpHas, ui.OpMissing: site.OpUnknown}
	if c.filter.Op, ok = ops[op]; !ok {
		return c, minori.Errorf(minori.Invalid, "%s", v.T("list.no-op", "name", site.Clip(string(op), 40)))
	}
	if op == ui.OpMissing {
		c.value = ""
		return c, nil
	}
	if c.value == "" || len(c.value) > maxSearch {
		return c, minori.Errorf(minori.Invalid, "%s", v.T("list.no-value", "field", columnWord(v, col)))
	}
	compares := op == ui.OpBelow || op == ui.OpAtLeast
	if (col.Type == metric.Text) == compares && op != ui.OpIs && op != ui.OpNot || (op == ui.OpHas) && col.Type != metric.Text || col.Type == metric.Bool && compares {
		return c, minori.Errorf(minori.Invalid, "%s", v.T("list.bad-op", "field", columnWord(v, col), "condition", v.Condition(columnWord(v, col), op, c.value)))
	}
	val, err := readValue(v, col, &c)
	c.filter.Values = []metric.Value{val}
	return c, err
}

// readValue reads a condition's value by its column's type, and brings the
// condition's text into the form that addresses have.
func readValue(v ui.View, col evaluate.ListColumn, c *condition) (metric.Value, error) {
	out := metric.Value{Type: col.Type}
	switch col.Type {
	case metric.Text:
		if strings.HasPrefix(col.Name, "band:") {
			for _, b := range []ui.Band{ui.Green, ui.Yellow, ui.Red} {
				if c.value == string(b) || strings.EqualFold(c.value, site.BandWord(v, b)) {
					c.value = string(b)
				}
			}
		}
		out.Text = c.value
		return out, nil
	case metric.Bool:
		switch strings.ToLower(c.value) {
		case "true", "1", "yes", strings.ToLower(v.T("word.yes")):
			out.Num, c.value = 1, "true"
			return out, nil
		case "false", "0", "no", strings.ToLower(v.T("word.no")):
			c.value = "false"
			return out, nil
		}
		return out, minori.Errorf(minori.Invalid, "%s", v.T("list.not-bool", "field", columnWord(v, col), "value", site.Clip(c.value, 40)))
	}
	text, percent := strings.CutSuffix(strings.ReplaceAll(c.value, ",", ""), "%")
	n, err := strconv.ParseFloat(text, 64)
	if err != nil || !(n > -1e15 && n < 1e15) {
		return out, minori.Errorf(minori.Invalid, "%s", v.T("list.not-number", "field", columnWord(v, col), "value", site.Clip(c.value, 40)))
	}
	if percent {
		n /= 100
	}
	out.Num, c.value = n, strconv.FormatFloat(n, 'f', -1, 64)
	return out, nil
}

// words writes a condition as part of a sentence.
func (c condition) words(v site.Wording) string {
	name := columnWord(v.View, c.column)
	switch {
	case c.column.Type == metric.Bool && (c.value == "true") == (c.op == ui.OpIs):
		return v.T("list.in", "segment", name)
	case c.column.Type == metric.Bool && c.op != ui.OpMissing:
		return v.T("list.not-in", "segment", name)
	}
	value := c.value
	switch {
	case strings.HasPrefix(c.column.Name, "band:"):
		value = site.BandWord(v.View, ui.Band(value))
	case c.column.Type == metric.Number && len(c.filter.Values) == 1:
		value = v.Quantity(c.filter.Values[0].Num, columnUnit(v, c.column))
	}
	return v.Condition(name, c.op, value)
}

// columnWord gives a column's name in the reader's words.
func columnWord(v ui.View, c evaluate.ListColumn) string {
	switch c.Name {
	case colARR:
		return v.T("account.arr")
	case colRenewal:
		return v.T("account.renewal-days")
	case colAge:
		return v.T("account.age")
	case evaluate.CallsColumn:
		return v.T("account.calls")
	}
	title := v.Text(c.Title)
	if strings.HasPrefix(c.Name, "band:") {
		return v.T("list.band-of", "score", title)
	}
	if title == "" {
		_, title, _ = strings.Cut(c.Name, ":")
	}
	return title
}

// columnUnit gives how a column's numbers are written.
func columnUnit(v site.Wording, c evaluate.ListColumn) string {
	switch {
	case c.Name == colARR:
		return v.Config.Workspace.Currency
	case c.Name == colRenewal, c.Name == colAge:
		return "days"
	}
	return c.Unit
}
