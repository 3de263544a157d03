package accountlist

import (
	"net/http"
	"slices"
	"strconv"
	"strings"

	minori "github.com/minori-hq/minori"
	"github.com/minori-hq/minori/text"
	"github.com/minori-hq/minori/view"
	"github.com/minori-hq/minori/web/site"
	"github.com/minori-hq/minori/web/ui"
)

// maxChoices is up to how many texts of a column are offered as boxes.
const maxChoices = 24

// editor is the form for one condition.
type editor struct {
	at      int // the condition it changes; -1 for a new one
	column  *column
	op      ui.Op
	values  []string
	choices []ui.Option // what can be chosen; none: a value is entered
	columns []ui.Option // that conditions may be about
}

// addCondition leads from the form for a condition to the list with it.
func (s Pages) addCondition(w http.ResponseWriter, r *site.Request, cat *catalogue) error {
	a, err := s.askWithForm(r, cat)
	if err != nil {
		return err
	}
	http.Redirect(w, r.Request, a.address(), http.StatusSeeOther)
	return nil
}

// askWithForm reads an address with the condition that its form holds.
func (s Pages) askWithForm(r *site.Request, cat *catalogue) (*ask, error) {
	q := r.URL.Query()
	from, err := s.currentView(r, nil)
	if err != nil {
		return nil, err
	}
	a, err := s.readAsk(r, cat, q, from)
	if err != nil {
		return nil, err
	}
	c, err := s.newCondition(r, cat, ui.Op(q.Get("op")), q.Get("field"), trimmed(q["value"]))
	if err != nil {
		return nil, err
	}
	if at, err := strconv.Atoi(q.Get("at")); err == nil && at >= 0 && at < len(a.conditions) {
		a.conditions = slices.Clone(a.conditions)
		a.conditions[at] = c
		return a, nil
	}
	if len(a.conditions) >= view.MaxFilters {
		return nil, site.Invalid(r.View.T("list.too-many", "count", view.MaxFilters))
	}
	a.conditions = append(a.conditions, c)
	return a, nil
}

func trimmed(in []string) []string {
	var out []string
	for _, s := range in {
		if s = strings.TrimSpace(s); s != "" {
			out = append(out, s)
		}
	}
	return out
}

// Count says how many accounts meet the conditions with the one in the form.
func (s Pages) Count(w http.ResponseWriter, r *site.Request) error {
	a, err := s.askWithForm(r, columnsOf(r))
	if minori.CodeOf(err) == minori.Invalid {
		return s.Part(w, r, countPart(r.View, "", site.FormMessage(r.View, err)))
	}
	if err != nil {
		return err
	}
	q := a.query()
	q.CountOnly = true
	found, err := s.Lake.List(r.Context(), r.Actor, q)
	if err != nil {
		return err
	}
	return s.Part(w, r, countPart(r.View, r.View.T("list.would-match", "accounts", r.View.Count(int(found.Total), text.Accounts)), ""))
}

// Condition is the part of the form that depends on the chosen column.
func (s Pages) Condition(w http.ResponseWriter, r *site.Request) error {
	cat := columnsOf(r)
	col := cat.by[r.URL.Query().Get("field")]
	if col == nil || !col.stored() {
		return noColumn(r.View, r.URL.Query().Get("field"))
	}
	e := &editor{at: -1, column: col, op: opsOf(col)[0]}
	if err := s.offer(r, e); err != nil {
		return err
	}
	return s.Part(w, r, conditionRest(r.Words(), e))
}

// editorFor gives the form for condition at of a list; -1 for a new one.
func (s Pages) editorFor(r *site.Request, l *list, at int) (*editor, error) {
	e := &editor{at: at, columns: l.offered(r.View)}
	if at >= 0 {
		c := l.conditions[at]
		e.column, e.op, e.values = c.column, c.op, c.values
	} else {
		e.column = l.cat.list[0]
		if l.cat.card != nil {
			e.column = l.cat.by["score:"+l.cat.card.Name()]
		}
		e.op = opsOf(e.column)[0]
	}
	return e, s.offer(r, e)
}

// offer fills in what can be chosen for a column.
func (s Pages) offer(r *site.Request, e *editor) (err error) {
	v := r.View
	switch e.column.kind {
	case kindBand:
		for _, b := range []ui.Band{ui.Green, ui.Yellow, ui.Red} {
			e.choices = append(e.choices, ui.Option{Value: string(b), Label: site.BandWord(v, b)})
		}
	case kindYesNo, kindSegment:
		e.choices = []ui.Option{{Value: "true", Label: v.T("word.yes")}, {Value: "false", Label: v.T("word.no")}}
	case kindChoice:
		for _, o := range e.column.field.Options {
			e.choices = append(e.choices, ui.Option{Value: o, Label: o})
		}
	case kindOwner:
		if e.choices, err = s.owners(r); err != nil {
			return err
		}
		e.choices = append([]ui.Option{{Value: me, Label: v.T("list.me")}}, e.choices...)
	case kindText:
		texts, err := s.Rows.Choices(r.Context(), r.Actor, minori.Account, e.column.Name, maxChoices+1)
		if err != nil {
			return err
		}
		if len(texts) <= maxChoices {
			for _, t := range texts {
				e.choices = append(e.choices, ui.Option{Value: t, Label: t})
			}
		}
	}
	return nil
}

// boxes reports whether the choices are shown as boxes of which several may be
// ticked; otherwise one is chosen from a list.
func (e *editor) boxes() bool {
	return len(e.choices) > 0 && len(e.choices) <= maxChoices && e.column.kind != kindYesNo && e.column.kind != kindSegment
}

// offered gives the columns that conditions may be about.
func (l *list) offered(v ui.View) []ui.Option {
	var out []ui.Option
	for _, c := range l.cat.list {
		if !c.stored() {
			continue
		}
		label := c.label(v)
		if c.kind == kindSegment {
			label = v.T("list.segment-of", "segment", label)
		}
		out = append(out, ui.Option{Value: c.Name, Label: label})
	}
	return out
}

// comparisons gives the comparisons of a column in words.
func comparisons(v ui.View, c *column) []ui.Option {
	var out []ui.Option
	for _, op := range opsOf(c) {
		out = append(out, ui.Option{Value: string(op), Label: opWord(v, c, op)})
	}
	return out
}

func opWord(v ui.View, c *column, op ui.Op) string {
	date := c.kind == kindDate
	switch op {
	case ui.OpNot:
		return v.T("list.op-not")
	case ui.OpBelow:
		if date {
			return v.T("list.op-before")
		}
		return v.T("list.op-below")
	case ui.OpAtMost:
		if date {
			return v.T("list.op-up-to")
		}
		return v.T("list.op-at-most")
	case ui.OpAtLeast:
		if date {
			return v.T("list.op-since")
		}
		return v.T("list.op-at-least")
	case ui.OpAbove:
		if date {
			return v.T("list.op-after")
		}
		return v.T("list.op-above")
	case ui.OpHas:
		return v.T("list.op-contains")
	case ui.OpWithin:
		return v.T("list.op-within")
	case ui.OpMissing:
		if c.field == nil {
			return v.T("list.op-unknown")
		}
		return v.T("list.op-missing")
	case ui.OpGiven:
		if c.field == nil {
			return v.T("list.op-known")
		}
		return v.T("list.op-given")
	}
	return v.T("list.op-is")
}
