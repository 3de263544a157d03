// Package segments has the pages about segments: who is in them, and why.
package segments

import (
	"net/http"
	"net/url"

	"github.com/a-h/templ"

	minori "github.com/minori-hq/minori"
	"github.com/minori-hq/minori/metric"
	"github.com/minori-hq/minori/resource"
	"github.com/minori-hq/minori/resource/document"
	"github.com/minori-hq/minori/resource/yamltree"
	"github.com/minori-hq/minori/web/editor"
	"github.com/minori-hq/minori/web/site"
	"github.com/minori-hq/minori/web/ui"
)

// Pages answers with the pages of this package.
type Pages struct{ *site.Site }

// Rows of a page of members, and the longest search.
const (
	memberRows = 50
	maxSearch  = 200
)

type listModel struct {
	ui.View
	Title    string
	Sentence string
	Actions  []ui.ButtonProps
	Table    ui.TableProps
}

func segmentPath(name string) string { return "/segments/" + url.PathEscape(name) }

// members asks for the subjects that are in a segment, or are not.
func members(one *resource.Segment, in bool, page minori.Page) site.ListQuery {
	q := site.ListQuery{Kind: one.Def.Subject, Page: page, Filters: []site.Filter{
		{Column: "segment:" + one.Def.Name, Op: site.OpEq, Values: []metric.Value{{Type: metric.Bool, Num: truth(in)}}},
	}}
	if one.Def.Subject == minori.Account {
		q.Columns, q.Sort, q.Desc = []string{"field:account.arr"}, "field:account.arr", true
	}
	return q
}

func truth(b bool) float64 {
	if b {
		return 1
	}
	return 0
}

// List lists the segments with how many are in them.
func (s Pages) List(w http.ResponseWriter, r *site.Request) error {
	if err := site.MayRead(r); err != nil {
		return err
	}
	v := r.Words()
	m := listModel{View: r.View, Title: v.T("place.segments"), Sentence: v.T("segment.sentence"), Table: ui.TableProps{Caption: v.T("place.segments"), Columns: []ui.Column{
		{Label: v.T("segment.title"), Primary: true}, {Label: v.T("segment.when")}, {Label: v.T("segment.members"), Numeric: true},
	}, Empty: &ui.EmptyProps{Icon: ui.IconFilter, Title: v.T("segment.empty"), Text: v.T("segment.empty.todo")}}}
	for i := range r.Config.Segments {
		one := &r.Config.Segments[i]
		page, err := s.Lake.List(r.Context(), r.Actor, members(one, true, minori.Page{Limit: 1}))
		if err != nil {
			return err
		}
		m.Table.Rows = append(m.Table.Rows, ui.Row{URL: segmentPath(one.Def.Name), Cells: []templ.Component{
			ui.TwoLines(v.Titled(one.Def.Title, one.Def.Name), one.Def.Name), site.CodeCell(one.Def.When), site.Count(r.View, page.Total),
		}})
	}
	if r.Actor.MayConfigure() {
		m.Actions = []ui.ButtonProps{{Label: v.T("segment.new"), Icon: ui.IconAdd, URL: segmentPath(editor.Fresh) + "/edit"}}
	}
	f := site.Frame{Title: m.Title, Place: ui.PlaceRules, Crumbs: []ui.Link{{Label: v.T("place.rules"), URL: "/rules"}, {Label: m.Title}}}
	return s.Page(w, r, f, listPage(m))
}

// segmentModel is the page of one segment.
type segmentModel struct {
	ui.View
	Title    string
	Sentence string
	Actions  []ui.ButtonProps
	When     string
	Here     string
	Asked    string // the account whose membership is explained
	Why      templ.Component
	WhyNote  string
	Tabs     []ui.Tab
	Members  ui.TableProps
	Text     string
}

// Segment shows who is in a segment and, for one account, why or why not.
func (s Pages) Segment(w http.ResponseWriter, r *site.Request) error {
	if err := site.MayRead(r); err != nil {
		return err
	}
	one, ok := r.Config.Segment(r.PathValue("name"))
	if !ok {
		return minori.Errorf(minori.NotFound, "%s", r.View.T("segment.not-found", "name", site.Clip(r.PathValue("name"), 60)))
	}
	v := r.Words()
	d := &one.Def
	m := segmentModel{View: r.View, Title: v.Titled(d.Title, d.Name), When: d.When, Here: segmentPath(d.Name), Asked: site.Clip(r.URL.Query().Get("why"), maxSearch)}
	written, err := s.Editing.Text(r.Context(), r.Actor, document.KindSegment, d.Name)
	if err != nil {
		return err
	}
	m.Text = written.Text
	if err := s.fillMembers(r, &m, one); err != nil {
		return err
	}
	if m.Asked != "" {
		if err := s.explain(r, &m, one); err != nil {
			return err
		}
	}
	if r.Actor.MayConfigure() {
		m.Actions = []ui.ButtonProps{{Label: v.T("edit.edit"), Icon: ui.IconEdit, URL: m.Here + "/edit"}, editor.RemoveButton(v.View, m.Here)}
	}
	f := site.Frame{Title: m.Title, Place: ui.PlaceRules, Crumbs: []ui.Link{{Label: v.T("place.segments"), URL: "/segments"}, {Label: m.Title}}}
	return s.Page(w, r, f, segmentPage(m))
}

// fillMembers lists who is in, or who is not.
func (s Pages) fillMembers(r *site.Request, m *segmentModel, one *resource.Segment) error {
	show, err := r.OneOf("show", []ui.Option{{Value: "in"}, {Value: "out"}})
	if err != nil {
		return err
	}
	page, number, err := r.Page(memberRows)
	if err != nil {
		return err
	}
	rows, err := s.Lake.List(r.Context(), r.Actor, members(one, show != "out", page))
	if err != nil {
		return err
	}
	other, err := s.Lake.List(r.Context(), r.Actor, members(one, show == "out", minori.Page{Limit: 1}))
	if err != nil {
		return err
	}
	v := r.Words()
	in, out := rows.Total, other.Total
	if show == "out" {
		in, out = out, in
	}
	m.Sentence = v.T("segment.counts", "in", v.Int(in), "out", v.Int(out))
	m.Tabs = []ui.Tab{
		{Label: v.T("segment.in"), URL: m.Here, Current: show != "out", Count: v.Int(in)},
		{Label: v.T("segment.out"), URL: m.Here + "?show=out", Current: show == "out", Count: v.Int(out)},
	}
	ids := make([]minori.ID, len(rows.Rows))
	for i := range rows.Rows {
		ids[i] = rows.Rows[i].Subject
	}
	labels, err := s.Accounts.Labels(r.Context(), r.Actor, ids)
	if err != nil {
		return err
	}
	m.Members = ui.TableProps{Caption: v.T("segment.members"), Columns: []ui.Column{{Label: v.T("call.account"), Primary: true}, {Label: v.T("field.arr"), Numeric: true}, {Label: v.T("segment.why"), Tight: true}},
		Empty: &ui.EmptyProps{Icon: ui.IconFilter, Title: v.T("segment.nobody")}, Paging: r.Paging(number, memberRows, len(rows.Rows), int(rows.Total), m.Here, "show", show)}
	for _, x := range rows.Rows {
		row := ui.Row{Cells: []templ.Component{ui.Words(site.LabelName(labels[x.Subject])), ui.Words(""), site.LinkTo(v.T("segment.why"), m.Here+"?why="+url.QueryEscape(x.Key))}}
		if one.Def.Subject == minori.Account {
			row.URL = r.AccountURL(x.Key)
			row.Cells[1] = ui.Words(v.Value(x.Cells[0], r.Config.Workspace.Currency))
		}
		m.Members.Rows = append(m.Members.Rows, row)
	}
	return nil
}

// explain says why one account is in the segment or not.
func (s Pages) explain(r *site.Request, m *segmentModel, one *resource.Segment) error {
	v := r.Words()
	subject, err := s.Accounts.ByKey(r.Context(), r.Actor, one.Def.Subject, m.Asked)
	if minori.CodeOf(err) == minori.NotFound {
		m.WhyNote = v.T("account.not-found", "id", site.Clip(m.Asked, 60))
		return nil
	}
	if err != nil {
		return err
	}
	at, ok, err := s.LastStep(r, one.Def.Subject, r.View.Today)
	if err != nil || !ok {
		return err
	}
	part, err := s.Editing.Why(r.Context(), r.Actor, one.When, subject, at, r.View.Lang())
	if minori.CodeOf(err) == minori.NotFound {
		m.WhyNote = v.T("score.not-there", "date", v.Date(at.Day))
		return nil
	}
	if err != nil {
		return err
	}
	labels, err := s.Accounts.Labels(r.Context(), r.Actor, []minori.ID{subject.ID})
	if err != nil {
		return err
	}
	m.Why = editor.Why(v, m.Title, v.T("edit.for", "name", site.LabelName(labels[subject.ID]), "date", v.Date(at.Day)), part)
	return nil
}

// Editor edits segments.
func (s Pages) Editor() editor.Pages {
	return editor.Pages{Site: s.Site, Place: editor.Place{
		Kind: document.KindSegment, Place: ui.PlaceRules, Base: "/segments",
		Words: func(w site.Wording) editor.Words {
			return editor.Words{List: w.T("place.segments"), New: w.T("segment.new"), Trial: w.T("segment.trial")}
		},
		Form: func(w site.Wording, root *yamltree.Node) []editor.Section {
			return []editor.Section{{Fields: []editor.Field{
				editor.Field{Path: "title", Kind: editor.Title, Label: w.T("edit.title")}.Read(root),
				editor.Field{Path: "when", Kind: editor.Expression, Label: w.T("segment.when")}.Read(root),
			}}}
		},
		Template: func(site.Wording) string {
			return "kind: Segment\nname: new-segment\ntitle: {en: New segment, ja: 新しいセグメント}\nsubject: account\nwhen: account.arr > 100000\n"
		},
		Trial: func(r *site.Request, c resource.Checked) (templ.Component, error) {
			one, ok := c.Config.Segment(c.Name)
			if !ok {
				return nil, minori.Errorf(minori.Internal, "the segment %s was checked and is not there", c.Name)
			}
			return editor.Try(s.Site, r, one.Def.Subject, []editor.Condition{{Label: r.View.T("segment.when"), Expr: one.When}})
		},
		Chooser: func(r *site.Request) (templ.Component, error) { return editor.Examples(s.Site, r, minori.Account) },
	}}
}
