package editor

import (
	"cmp"

	"github.com/a-h/templ"

	minori "github.com/minori-hq/minori"
	"github.com/minori-hq/minori/measure"
	"github.com/minori-hq/minori/metric"
	"github.com/minori-hq/minori/web/site"
	"github.com/minori-hq/minori/web/ui"
)

// maxExamples is how many accounts one may try a condition on, the largest.
const maxExamples = 50

// Condition is one condition to try out.
type Condition struct {
	Label string
	Expr  *measure.Expr
}

// Examples offers the largest accounts (or the people) to try a condition on.
func Examples(s *site.Site, r *site.Request, kind minori.SubjectKind) (templ.Component, error) {
	options, err := examples(s, r, kind)
	if err != nil || len(options) == 0 {
		return nil, err
	}
	return ui.Select(r.View, ui.FieldProps{Name: "example", Label: r.View.T("edit.example"), Value: r.PostForm.Get("example"), Bare: true}, options), nil
}

func examples(s *site.Site, r *site.Request, kind minori.SubjectKind) ([]ui.Option, error) {
	q := site.ListQuery{Kind: kind, Page: minori.Page{Limit: maxExamples}}
	if kind == minori.Account {
		q.Sort, q.Desc, q.Columns = "field:account.arr", true, []string{"field:account.arr"}
	}
	page, err := s.Lake.List(r.Context(), r.Actor, q)
	if err != nil {
		return nil, err
	}
	ids := make([]minori.ID, len(page.Rows))
	for i := range page.Rows {
		ids[i] = page.Rows[i].Subject
	}
	labels, err := s.Accounts.Labels(r.Context(), r.Actor, ids)
	if err != nil {
		return nil, err
	}
	var out []ui.Option
	for _, row := range page.Rows {
		out = append(out, ui.Option{Value: row.Key, Label: cmp.Or(labels[row.Subject].Name, row.Key)})
	}
	return out, nil
}

// Try says for the chosen example whether conditions hold, and why.
func Try(s *site.Site, r *site.Request, kind minori.SubjectKind, list []Condition) (templ.Component, error) {
	options, err := examples(s, r, kind)
	if err != nil {
		return nil, err
	}
	chosen := r.PostForm.Get("example")
	if chosen == "" && len(options) > 0 {
		chosen = options[0].Value
	}
	at, ok, err := s.LastStep(r, kind, r.View.Today)
	if err != nil {
		return nil, err
	}
	if chosen == "" || !ok {
		return site.Paragraph(r.View.T("edit.no-example")), nil
	}
	subject, err := s.Accounts.ByKey(r.Context(), r.Actor, kind, chosen)
	if err != nil {
		return nil, err
	}
	labels, err := s.Accounts.Labels(r.Context(), r.Actor, []minori.ID{subject.ID})
	if err != nil {
		return nil, err
	}
	name := cmp.Or(labels[subject.ID].Name, chosen)
	var parts []templ.Component
	for _, c := range list {
		if c.Expr == nil {
			continue
		}
		part, err := s.Editing.Why(r.Context(), r.Actor, c.Expr, subject, at, r.View.Lang())
		if err != nil {
			return nil, err
		}
		parts = append(parts, Why(r.Words(), c.Label, r.View.T("edit.for", "name", name, "date", r.View.Date(at.Day)), part))
	}
	return site.Sequence(parts...), nil
}

// truthOf says in a word whether a part holds.
func truthOf(w site.Wording, v metric.Value) (string, ui.Tone) {
	switch {
	case v.Reason != metric.Known:
		return w.T("edit.unknown", "why", site.ReasonWord(w.View, v.Reason)), ui.Neutral
	case v.Num != 0:
		return w.T("edit.holds"), ui.Good
	}
	return w.T("edit.holds-not"), ui.Warn
}

// readings writes what a condition reads with its values.
func readings(w site.Wording, p measure.Part) string {
	var out []string
	for _, n := range p.Values {
		unit := n.Unit
		if unit == "" {
			unit = w.UnitOf(n.Name)
		}
		out = append(out, w.T("edit.reading", "name", n.Title, "value", w.Value(n.Value, unit)))
	}
	return w.List(out...)
}

// joint says how parts are connected.
func joint(w site.Wording, p measure.Part) string {
	switch p.Op {
	case "and":
		return w.T("edit.all-of")
	case "or":
		return w.T("edit.one-of")
	case "not":
		return w.T("edit.none-of")
	}
	return ""
}
