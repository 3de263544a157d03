// Package editor edits one definition: as text, which is the truth, and by a
// form that changes the text. Places say with Place which fields their
// definitions have and what an edit can be tried out on.
package editor

import (
	"cmp"
	"net/http"
	"net/url"
	"strings"

	"github.com/a-h/templ"

	minori "github.com/minori-hq/minori"
	"github.com/minori-hq/minori/resource"
	"github.com/minori-hq/minori/resource/yamltree"
	"github.com/minori-hq/minori/web/site"
	"github.com/minori-hq/minori/web/ui"
)

// Fresh stands for the name of a definition that is being made; no definition
// can have it.
const Fresh = "-"

// Place is where definitions of a kind are edited.
type Place struct {
	Kind  string // of the documents
	Place ui.PlaceID
	Base  string // address of the list
	Words func(w site.Wording) Words
	// Form gives the fields for the tree of a text.
	Form func(w site.Wording, root *yamltree.Node) []Section
	// Template is the text of a new definition.
	Template func(w site.Wording) string
	// Trial shows what a sound edit would do at once; nil for nothing.
	Trial func(r *site.Request, c resource.Checked) (templ.Component, error)
	// History shows on demand what it would have done; nil for nothing.
	History func(r *site.Request, c resource.Checked) (templ.Component, error)
	// Chooser is the fields that Trial and History read; nil for none.
	Chooser func(r *site.Request) (templ.Component, error)
}

// Words is what a place says about its definitions.
type Words struct {
	List  string // the place
	New   string // title of the page that makes one
	Trial string // title over what it would do
}

// Pages answers with the editor of a place.
type Pages struct {
	*site.Site
	Place
}

// Problem is something wrong with the text.
type Problem struct {
	Line, Column int // 0: elsewhere
	Text         string
}

type model struct {
	ui.View
	Words      Words
	Title      string
	Here       string
	New        bool
	Gone       bool // somebody removed it while it was edited
	Text       string
	Version    int64
	Comment    string
	Sections   []Section
	Unreadable bool
	Problems   []Problem
	Diff       []diffLine
	Notice     *ui.NoticeProps
	Names      []Name
	Chooser    templ.Component
	Trial      templ.Component // shown at once, for readers without scripts
	History    templ.Component
	MayHistory bool
	MayTrial   bool

	others bool // the form has other fields than the reader sees
}

// sound reports whether the text can be applied.
func (m model) sound() bool { return len(m.Problems) == 0 }

// Edit shows the editor.
func (p Pages) Edit(w http.ResponseWriter, r *site.Request) error {
	m, e, err := p.open(r)
	if err != nil {
		return err
	}
	c, err := p.Editing.CheckEdit(r.Context(), r.Actor, e)
	if err != nil {
		return site.Refused(r, err)
	}
	if err := p.fill(r, &m, e, c, nil); err != nil {
		return err
	}
	return p.Page(w, r, p.frame(m), editorPage(m))
}

// open finds the definition of the address.
func (p Pages) open(r *site.Request) (model, resource.Edit, error) {
	name := r.PathValue("name")
	m := model{View: r.View, Words: p.Words(r.Words()), Title: name, Here: p.Base + "/" + url.PathEscape(name) + "/edit"}
	e := resource.Edit{Kind: p.Kind, Name: name}
	if err := r.Actor.Require(r.Actor.MayConfigure(), "edit definitions"); err != nil {
		return m, e, site.Refused(r, err)
	}
	if name == Fresh {
		m.New, m.Title, e.Name, e.Text = true, m.Words.New, "", p.Template(r.Words())
		return m, e, nil
	}
	t, err := p.Editing.Text(r.Context(), r.Actor, p.Kind, name)
	if minori.CodeOf(err) == minori.NotFound {
		err = minori.Errorf(minori.NotFound, "%s", r.View.T("edit.not-found", "name", site.Clip(name, 60)))
	}
	e.Text, e.Version = t.Text, t.Version
	return m, e, err
}

func (p Pages) frame(m model) site.Frame {
	return site.Frame{Title: m.Title, Place: p.Place.Place, Charts: true, Crumbs: []ui.Link{{Label: m.Words.List, URL: p.Base}, {Label: m.Title}}}
}

// fill describes an edit that was checked. failed is what the form could not do.
func (p Pages) fill(r *site.Request, m *model, e resource.Edit, c resource.Checked, failed minori.Errors) error {
	m.Text, m.Version, m.Names = e.Text, e.Version, names(r.Words())
	m.Diff = diffLines(c.Diff)
	m.MayTrial, m.MayHistory = p.Trial != nil, p.History != nil
	root := resource.Tree(e.Text)
	m.Unreadable = root == nil
	if root != nil {
		m.Sections = p.Form(r.Words(), root)
		if !m.New {
			m.Title = titleOf(r.View.Lang(), e.Text, m.Title)
		}
	}
	for _, problem := range append(failed, c.Problems...) {
		said := *problem
		if said.Pos.File == "" {
			said.Pos = minori.Position{}
		}
		m.Problems = append(m.Problems, Problem{Line: problem.Pos.Line, Column: problem.Pos.Column, Text: site.Capital(site.ProblemWords(r.View, &said))})
		if problem.Pos.File != "" {
			m.Problems[len(m.Problems)-1].Line = 0
		}
		m.blame(r.View, problem)
	}
	if p.Chooser != nil {
		var err error
		if m.Chooser, err = p.Chooser(r); err != nil {
			return err
		}
	}
	return nil
}

// titleOf gives the title that a text gives its definition, else its name.
func titleOf(lang minori.Lang, text, name string) string {
	root := resource.Tree(text)
	if root == nil {
		return name
	}
	f := Field{Path: "title", Kind: Title}.Read(root)
	if lang == minori.JA && f.Japanese != "" {
		return f.Japanese
	}
	return cmp.Or(f.Value, name)
}

// blame says what is wrong at the field that it is about.
func (m *model) blame(v ui.View, e *minori.Error) {
	plain := *e
	plain.Pos = minori.Position{}
	words := site.Capital(site.ProblemWords(v, &plain))
	for i := range m.Sections {
		for k := range m.Sections[i].Fields {
			f := &m.Sections[i].Fields[k]
			if f.Error == "" && (e.Field == f.Path || f.Kind == Curve && strings.HasPrefix(e.Field, f.Path+".")) {
				f.Error = words
			}
		}
	}
}

// Save works what is sent: a check while one types, a trial, or the edit itself.
func (p Pages) Save(w http.ResponseWriter, r *site.Request) error {
	m, e, err := p.open(r)
	if minori.CodeOf(err) == minori.NotFound && r.PostForm.Get("text") != "" {
		m.Gone, e.Name = true, "" // removed while it was edited: what was typed can be made anew
	} else if err != nil {
		return err
	}
	now := e.Version
	failed, err := p.sent(r, &m, &e)
	if err != nil {
		return err
	}
	c, err := p.Editing.CheckEdit(r.Context(), r.Actor, e)
	if err != nil {
		return site.Refused(r, err)
	}
	do := r.PostForm.Get("do")
	if do == "apply" && m.Gone && r.PostForm.Get("anew") == "" {
		return p.gone(w, r, m, e, c)
	}
	if do == "apply" && len(failed) == 0 {
		done, err := p.Editing.ApplyEdit(r.Context(), r.Actor, e, m.Comment)
		switch minori.CodeOf(err) {
		case "":
			return p.applied(w, r, c.Name, done)
		case minori.Conflict:
			return p.conflict(w, r, m, e, c, now)
		case minori.Invalid:
			return p.refused(w, r, m, e, c, err)
		}
		return site.Refused(r, err)
	}
	if err := p.fill(r, &m, e, c, failed); err != nil {
		return err
	}
	if r.HTMX() {
		return p.part(w, r, m, c, do)
	}
	if err := p.tryOut(r, &m, c, do); err != nil {
		return err
	}
	status := http.StatusOK
	if do == "apply" {
		m.Notice, status = p.notApplied(r, ""), http.StatusBadRequest
	}
	return p.Answer(w, r, status, p.frame(m), editorPage(m))
}

// sent reads the text and makes the changes of the form in it.
func (p Pages) sent(r *site.Request, m *model, e *resource.Edit) (failed minori.Errors, err error) {
	lines := func(name string) string { return strings.ReplaceAll(r.PostForm.Get(name), "\r\n", "\n") }
	e.Text, m.Comment = lines("text"), strings.TrimSpace(r.PostForm.Get("comment"))
	if e.Version, err = version(r); err != nil {
		return nil, err
	}
	base := resource.Tree(lines("base"))
	if base == nil || r.PostForm.Get("by") == "text" {
		m.others = true
		return nil, nil
	}
	settings, others := changes(p.Form(r.Words(), base), r.PostForm)
	m.others = others
	text, err := resource.Set(e.Text, settings)
	if es, ok := err.(minori.Errors); ok {
		failed, err = es, nil
	}
	e.Text = text
	return failed, err
}

// tryOut fills in what an edit would do.
func (p Pages) tryOut(r *site.Request, m *model, c resource.Checked, do string) (err error) {
	if c.Config == nil || !m.sound() {
		return nil
	}
	if p.Trial != nil {
		if m.Trial, err = p.trial(r, p.Trial, c); err != nil {
			return err
		}
	}
	if p.History != nil && do == "history" {
		m.History, err = p.trial(r, p.History, c)
	}
	return err
}

// trial shows what an edit would do, or why that cannot be said.
func (p Pages) trial(r *site.Request, show func(*site.Request, resource.Checked) (templ.Component, error), c resource.Checked) (templ.Component, error) {
	out, err := show(r, c)
	switch minori.CodeOf(err) {
	case minori.Invalid, minori.NotFound:
		return ui.Notice(r.View, ui.NoticeProps{Tone: ui.Bad, Title: site.FormMessage(r.View, err)}), nil
	}
	return out, err
}

// part answers a script with the parts of the page that changed.
func (p Pages) part(w http.ResponseWriter, r *site.Request, m model, c resource.Checked, do string) error {
	if do != "trial" && do != "history" {
		return p.Part(w, r, checkedPart(m, r.PostForm.Get("by") == "text"))
	}
	if c.Config == nil || !m.sound() {
		return p.Part(w, r, site.Paragraph(r.View.T("edit.mend-first")))
	}
	show := p.Trial
	if do == "history" {
		show = p.History
	}
	if show == nil {
		return p.Part(w, r, site.Paragraph(""))
	}
	out, err := p.trial(r, show, c)
	if err != nil {
		return err
	}
	return p.Part(w, r, out)
}

func (p Pages) notApplied(r *site.Request, why string) *ui.NoticeProps {
	return &ui.NoticeProps{Tone: ui.Bad, Title: r.View.T("edit.not-applied"), Text: why}
}

func (p Pages) applied(w http.ResponseWriter, r *site.Request, name string, done resource.Applied) error {
	said := r.View.T("edit.applied", "version", done.Version)
	if done.Empty() {
		said = r.View.T("edit.nothing")
	}
	return p.Redirect(w, r, p.Base+"/"+url.PathEscape(name), said)
}

// conflict tells that somebody else changed the definition. What was typed
// stays; the differences shown are against what is in force now, and applying
// again is then knowingly.
func (p Pages) conflict(w http.ResponseWriter, r *site.Request, m model, e resource.Edit, c resource.Checked, now int64) error {
	e.Version = now
	if err := p.fill(r, &m, e, c, nil); err != nil {
		return err
	}
	m.Notice = &ui.NoticeProps{Tone: ui.Warn, Title: r.View.T("edit.conflict"), Text: r.View.T("edit.conflict.todo")}
	if now > 0 {
		m.Notice.Link = ui.Link{Label: r.View.T("edit.conflict.version", "version", now), URL: "/workspace/" + decimal(now)}
	}
	if m.New {
		m.Notice.Text = r.View.T("edit.exists")
	}
	return p.Answer(w, r, http.StatusConflict, p.frame(m), editorPage(m))
}

// gone tells that somebody removed the definition. What was typed stays;
// applying again makes it anew.
func (p Pages) gone(w http.ResponseWriter, r *site.Request, m model, e resource.Edit, c resource.Checked) error {
	e.Version = 0 // it is a new one
	if err := p.fill(r, &m, e, c, nil); err != nil {
		return err
	}
	m.Notice = &ui.NoticeProps{Tone: ui.Warn, Title: r.View.T("edit.gone"), Text: r.View.T("edit.gone.todo"), Link: ui.Link{Label: r.View.T("workspace.history"), URL: "/workspace"}}
	return p.Answer(w, r, http.StatusConflict, p.frame(m), editorPage(m))
}

// refused shows what is wrong with an edit that cannot be applied.
func (p Pages) refused(w http.ResponseWriter, r *site.Request, m model, e resource.Edit, c resource.Checked, err error) error {
	why := ""
	if c.Config != nil {
		why = site.FormMessage(r.View, err) // about the comment, not the text
	}
	if err := p.fill(r, &m, e, c, nil); err != nil {
		return err
	}
	m.Notice = p.notApplied(r, why)
	return p.Answer(w, r, http.StatusBadRequest, p.frame(m), editorPage(m))
}
