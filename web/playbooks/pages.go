// Package playbooks has the pages about playbooks: what they ask for, and how
// they did.
package playbooks

import (
	"net/http"
	"net/url"

	"github.com/a-h/templ"

	minori "github.com/minori-hq/minori"
	"github.com/minori-hq/minori/resource"
	"github.com/minori-hq/minori/resource/document"
	"github.com/minori-hq/minori/web/editor"
	"github.com/minori-hq/minori/web/site"
	"github.com/minori-hq/minori/web/ui"
)

// Pages answers with the pages of this package.
type Pages struct{ *site.Site }

// listModel is the list of playbooks.
type listModel struct {
	ui.View
	Title    string
	Sentence string
	Actions  []ui.ButtonProps
	Table    ui.TableProps
}

func playbookPath(name string) string { return "/playbooks/" + url.PathEscape(name) }

// List lists the playbooks with how often they were used and finished.
func (s Pages) List(w http.ResponseWriter, r *site.Request) error {
	if err := site.MayRead(r); err != nil {
		return err
	}
	v := r.Words()
	counts, err := s.Editing.PlaybookCounts(r.Context(), r.Actor)
	if err != nil {
		return site.Refused(r, err)
	}
	m := listModel{View: r.View, Title: v.T("place.playbooks"), Sentence: v.T("playbook.sentence"), Table: ui.TableProps{Caption: v.T("place.playbooks"), Columns: []ui.Column{
		{Label: v.T("playbook.title"), Primary: true}, {Label: v.T("playbook.rules")}, {Label: v.T("playbook.tasks"), Numeric: true}, {Label: v.T("playbook.used"), Numeric: true},
		{Label: v.T("playbook.finished"), Numeric: true, Hint: v.T("playbook.finished.hint")}, {Label: v.T("playbook.success"), Numeric: true, Hint: v.T("playbook.success.hint")},
	}, Empty: &ui.EmptyProps{Icon: ui.IconCockpit, Title: v.T("playbook.empty"), Text: v.T("playbook.empty.todo")}}}
	for i := range r.Config.Playbooks {
		d := &r.Config.Playbooks[i].Def
		c := counts[d.Name]
		m.Table.Rows = append(m.Table.Rows, ui.Row{URL: playbookPath(d.Name), Cells: []templ.Component{
			ui.TwoLines(v.Titled(d.Title, d.Name), d.Name), ui.Words(v.List(usedBy(v, d.Name)...)), site.Count(r.View, len(d.Tasks)), site.Count(r.View, c.Used),
			ui.Words(share(r.View, c.Finished, c.Used)), ui.Words(share(r.View, c.Success, c.Closed)),
		}})
	}
	if r.Actor.MayConfigure() {
		m.Actions = []ui.ButtonProps{{Label: v.T("playbook.new"), Icon: ui.IconAdd, URL: playbookPath(editor.Fresh) + "/edit"}}
	}
	f := site.Frame{Title: m.Title, Place: ui.PlaceRules, Crumbs: []ui.Link{{Label: v.T("place.rules"), URL: "/rules"}, {Label: m.Title}}}
	return s.Page(w, r, f, listPage(m))
}

// share writes a share, "" of nothing.
func share(v ui.View, n, of int) string {
	if of == 0 {
		return ""
	}
	return v.Percent(float64(n)/float64(of), 0)
}

// usedBy gives the titles of the rules whose calls bring a playbook.
func usedBy(w site.Wording, name string) []string {
	var out []string
	for i := range w.Config.Rules {
		d := &w.Config.Rules[i].Def
		for _, e := range d.Then {
			if e.CallToAction != nil && e.CallToAction.Playbook == name {
				out = append(out, w.Titled(d.Title, d.Name))
				break
			}
		}
	}
	return out
}

// playbookModel is the page of one playbook.
type playbookModel struct {
	ui.View
	Title    string
	Sentence string
	Actions  []ui.ButtonProps
	Figures  []ui.FigureProps
	Note     string // what the figures do not say
	Tasks    ui.TableProps
	Facts    []ui.Fact
	Text     string
}

// Playbook shows one playbook: its tasks, how it was used, and what happened
// afterwards.
func (s Pages) Playbook(w http.ResponseWriter, r *site.Request) error {
	if err := site.MayRead(r); err != nil {
		return err
	}
	one, ok := r.Config.Playbook(r.PathValue("name"))
	if !ok {
		return minori.Errorf(minori.NotFound, "%s", r.View.T("playbook.not-found", "name", site.Clip(r.PathValue("name"), 60)))
	}
	v := r.Words()
	d := &one.Def
	m := playbookModel{View: r.View, Title: v.Titled(d.Title, d.Name), Tasks: taskTable(v, d)}
	if rules := usedBy(v, d.Name); len(rules) > 0 {
		m.Sentence = v.T("playbook.used-by", "rules", v.List(rules...))
	}
	written, err := s.Editing.Text(r.Context(), r.Actor, document.KindPlaybook, d.Name)
	if err != nil {
		return err
	}
	m.Text = written.Text
	if d.Outcome != "" {
		m.Facts = append(m.Facts, ui.Fact{Label: v.T("playbook.outcome"), Value: site.CodeCell(d.Outcome)})
	}
	if err := s.fillUse(r, &m, one); err != nil {
		return err
	}
	if r.Actor.MayConfigure() {
		m.Actions = []ui.ButtonProps{{Label: v.T("edit.edit"), Icon: ui.IconEdit, URL: playbookPath(d.Name) + "/edit"}, editor.RemoveButton(v.View, playbookPath(d.Name))}
	}
	f := site.Frame{Title: m.Title, Place: ui.PlaceRules, Crumbs: []ui.Link{{Label: v.T("place.playbooks"), URL: "/playbooks"}, {Label: m.Title}}}
	return s.Page(w, r, f, playbookPage(m))
}

// edited gives the playbook of an edit as it was checked.
func edited(c resource.Checked) (*resource.Playbook, error) {
	one, ok := c.Config.Playbook(c.Name)
	if !ok {
		return nil, minori.Errorf(minori.Internal, "the playbook %s was checked and is not there", c.Name)
	}
	return one, nil
}
