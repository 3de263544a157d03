package accountlist

import (
	"math"
	"slices"
	"strconv"
	"strings"

	minori "github.com/minori-hq/minori"
	"github.com/minori-hq/minori/account"
	"github.com/minori-hq/minori/account/edit"
	"github.com/minori-hq/minori/evaluate"
	"github.com/minori-hq/minori/metric"
	"github.com/minori-hq/minori/scorecard"
	"github.com/minori-hq/minori/text"
	"github.com/minori-hq/minori/view"
	"github.com/minori-hq/minori/web/site"
	"github.com/minori-hq/minori/web/ui"
)

// Columns of the projection that the list knows by name, and those it makes
// of stored scores.
const (
	colName    = "field:account.name"
	colARR     = "field:account.arr"
	colRenewal = "field:account.days_to_renewal"
	colAge     = "field:account.age_days"
	colOwner   = "field:account.csm"
	colWeeks   = "weeks"
	colChange  = "change"
)

// kind is what the values of a column are, for how they are written, compared
// and entered.
type kind int

// The kinds.
const (
	kindText kind = iota
	kindChoice
	kindNumber
	kindMoney
	kindDate // days since 1970, or such as 2026-04-01
	kindYesNo
	kindOwner
	kindRenewal // days to the renewal
	kindScore
	kindBand
	kindSegment
	kindWeeks
	kindChange
	kindDrag // what takes most off the score
)

// column is one column that the list can show.
type column struct {
	evaluate.ListColumn
	kind  kind
	field *account.Field // the field it shows; nil for none
	edit  bool           // people may change it by hand
}

// stored reports whether the column stands in the projection as it is shown, so
// that lists can be narrowed and sorted by it.
func (c *column) stored() bool {
	return c.kind != kindWeeks && c.kind != kindChange && c.kind != kindDrag
}

// numeric reports whether values are aligned right.
func (c *column) numeric() bool {
	return c.kind == kindNumber || c.kind == kindMoney || c.kind == kindRenewal || c.kind == kindChange
}

// catalogue is every column there is.
type catalogue struct {
	list []*column // in the order in which they are offered
	by   map[string]*column
	card *evaluate.Card // the main scorecard; nil when there is none
}

// columnsOf gives the columns of a configuration that the reader may see.
func columnsOf(r *site.Request) *catalogue {
	cfg := r.Config
	program := cfg.Program(minori.Account)
	cat := &catalogue{by: map[string]*column{}, card: program.Main()}
	for _, lc := range program.ListColumns() {
		c := &column{ListColumn: lc}
		c.kind = kindOf(lc)
		if lc.Name == evaluate.DragPointsColumn {
			cat.by[lc.Name] = c // shown with what takes them
			continue
		}
		if name, isField := strings.CutPrefix(lc.Name, "field:"); isField {
			if f, ok := cfg.Field(name); ok {
				if !f.Def.Readable(r.Actor.Role) {
					continue
				}
				c.field = &f.Def
				c.kind = fieldKind(lc, f.Def)
				c.edit = f.Def.Writable(r.Actor.Role) && len(edit.Fields([]account.Field{f.Def})) > 0
			}
		}
		cat.add(c)
		if cat.card != nil && lc.Name == "score:"+cat.card.Name() {
			cat.add(&column{ListColumn: evaluate.ListColumn{Name: colWeeks, Type: metric.Number}, kind: kindWeeks})
			cat.add(&column{ListColumn: evaluate.ListColumn{Name: colChange, Type: metric.Number}, kind: kindChange})
		}
	}
	return cat
}

func (cat *catalogue) add(c *column) {
	cat.list = append(cat.list, c)
	cat.by[c.Name] = c
}

func kindOf(c evaluate.ListColumn) kind {
	head, _, _ := strings.Cut(c.Name, ":")
	switch {
	case c.Name == colARR:
		return kindMoney
	case c.Name == colRenewal:
		return kindRenewal
	case c.Name == evaluate.DragColumn:
		return kindDrag
	case head == "score":
		return kindScore
	case head == "band":
		return kindBand
	case head == "segment":
		return kindSegment
	case c.Type == metric.Bool:
		return kindYesNo
	case c.Type == metric.Text:
		return kindText
	}
	return kindNumber
}

func fieldKind(c evaluate.ListColumn, f account.Field) kind {
	switch {
	case c.Name == colOwner:
		return kindOwner
	case f.Type == account.FieldChoice:
		return kindChoice
	case f.Type == account.FieldDate:
		return kindDate
	case f.Type == account.FieldMoney:
		return kindMoney
	}
	return kindOf(c)
}

// standard gives the columns of a list that nobody chose columns for.
func (cat *catalogue) standard() []view.Column {
	names := []string{colName}
	if cat.card != nil {
		names = append(names, "score:"+cat.card.Name(), colWeeks, colChange, evaluate.DragColumn)
	}
	names = append(names, colARR, colRenewal, colOwner, evaluate.CallsColumn)
	out := make([]view.Column, len(names))
	for i, n := range names {
		out[i] = view.Column{Name: n}
	}
	return out
}

// choose gives the columns of some settings that there are; the name stands
// first always.
func (cat *catalogue) choose(wanted []view.Column) []view.Column {
	if len(wanted) == 0 {
		wanted = cat.standard()
	}
	out := []view.Column{{Name: colName}}
	for _, c := range wanted {
		switch {
		case c.Name == colName:
			out[0].Width = c.Width
		case cat.by[c.Name] != nil && !slices.ContainsFunc(out, func(o view.Column) bool { return o.Name == c.Name }):
			out = append(out, c)
		}
	}
	return out
}

// parseColumn reads a column as addresses write it: NAME or NAME~WIDTH.
func parseColumn(s string) view.Column {
	name, width, _ := strings.Cut(s, "~")
	c := view.Column{Name: name}
	if n, err := strconv.Atoi(width); err == nil && n != 0 {
		c.Width = min(max(n, view.MinWidth), view.MaxWidth)
	}
	return c
}

func writeColumn(c view.Column) string {
	if c.Width == 0 {
		return c.Name
	}
	return c.Name + "~" + strconv.Itoa(c.Width)
}

// label gives a column's name in the reader's words.
func (c *column) label(v ui.View) string {
	switch c.Name {
	case colName:
		return v.T("account.account")
	case colARR:
		return v.T("account.arr")
	case colRenewal:
		return v.T("account.renewal")
	case colAge:
		return v.T("account.age")
	case colOwner:
		return v.T("account.owner")
	case evaluate.CallsColumn:
		return v.T("account.calls")
	case colWeeks:
		return v.T("account.weeks", "count", sparkWeeks)
	case colChange:
		return v.T("account.change")
	case evaluate.DragColumn:
		return v.T("account.drag")
	}
	title := v.Text(c.Title)
	if c.kind == kindBand {
		return v.T("list.band-of", "score", title)
	}
	if title == "" {
		_, title, _ = strings.Cut(c.Name, ":")
	}
	return title
}

// short gives the label for the head of a column.
func (c *column) short(v ui.View) string {
	if c.Name == evaluate.CallsColumn {
		return v.T("account.calls-short")
	}
	return c.label(v)
}

// hint says more about a column, "" for nothing.
func (c *column) hint(v ui.View) string {
	switch c.Name {
	case evaluate.CallsColumn:
		return v.T("account.calls.hint")
	case colChange:
		return v.T("account.change.hint", "count", changeWeeks)
	case evaluate.DragColumn:
		return v.T("account.drag.hint")
	}
	return ""
}

// unit gives how a column's numbers are written.
func (c *column) unit(v site.Wording) string {
	switch {
	case c.kind == kindMoney:
		return v.Config.Workspace.Currency
	case c.Name == colRenewal, c.Name == colAge:
		return "days"
	case c.Unit == "" && c.field != nil:
		return c.field.Unit
	}
	return c.Unit
}

// value writes a known value of a column.
func (c *column) value(v site.Wording, x metric.Value, computed minori.Day) string {
	switch c.kind {
	case kindMoney:
		return site.MoneyShort(v.View, x.Num, v.Config.Workspace.Currency)
	case kindRenewal:
		return v.Count(int(math.Round(x.Num)), text.Days)
	case kindDate:
		if day, ok := dayOf(x); ok {
			return v.DateShort(day)
		}
		return x.Text
	case kindYesNo, kindSegment:
		return v.YesNo(x.Num != 0)
	case kindBand:
		return site.BandWord(v.View, ui.Band(x.Text))
	case kindText, kindChoice, kindOwner:
		return x.Text
	case kindScore:
		return v.Number(x.Num, 0)
	case kindDrag:
		return dragWords(v, x.Text)
	}
	return v.Quantity(x.Num, c.unit(v))
}

// dragWords names what takes most off a score: a measure, or a cap by why it
// holds; "" for what the reader's configuration does not have.
func dragWords(v site.Wording, what string) string {
	main := v.Config.Program(minori.Account).Main()
	if i, ok := scorecard.DragCap(what); ok {
		if main == nil || i >= len(main.Engine.Card().Caps) {
			return ""
		}
		return v.Titled(main.Engine.Card().Caps[i].Because, v.T("account.drag.cap"))
	}
	if _, ok := v.Config.Measure(what); !ok {
		return ""
	}
	return v.Measure(what)
}

// dayOf gives the day of a date, as days since 1970 or written out.
func dayOf(x metric.Value) (minori.Day, bool) {
	if x.Type != metric.Text {
		return minori.Day(x.Num), true
	}
	day, err := minori.ParseDay(x.Text)
	return day, err == nil
}

// sums reports whether the numbers of a column make sense added up.
func (c *column) sums() bool {
	return c.kind == kindMoney || c.Name == evaluate.CallsColumn || c.Name == "field:account.seats"
}

// group gives the heading under which a column is offered.
func (c *column) group(v ui.View) string {
	head, _, _ := strings.Cut(c.Name, ":")
	switch head {
	case "field":
		return v.T("list.group-fields")
	case "measure":
		return v.T("list.group-measures")
	case "segment":
		return v.T("list.group-segments")
	case evaluate.CallsColumn:
		return v.T("list.group-work")
	}
	return v.T("list.group-scores")
}
