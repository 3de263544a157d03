package editor

import (
	"net/http"
	"net/url"
	"slices"
	"strings"

	minori "github.com/minori-hq/minori"
	"github.com/minori-hq/minori/resource/document"
	"github.com/minori-hq/minori/web/site"
	"github.com/minori-hq/minori/web/ui"
)

// removal is the page that asks before a definition is removed.
type removal struct {
	ui.View
	List    string // the place
	Title   string
	Here    string
	Back    string
	Version int64
	Comment string
	Users   []user // what refers to it; it cannot be removed while there are some
	Notice  *ui.NoticeProps
}

// user is a definition that refers to another, or what else stands in the way.
type user struct {
	Title string
	Name  string // "" for what is no definition
	URL   string
}

// userOf names the definition that a problem is about.
func userOf(r *site.Request, e *minori.Error) user {
	kind, name, ok := strings.Cut(strings.TrimSuffix(e.Pos.File, " (installed)"), " ")
	if !ok {
		return user{Title: site.Capital(site.ProblemWords(r.View, e))}
	}
	w, u := r.Words(), user{Title: name, Name: name, URL: "/workspace/definitions?kind=" + url.QueryEscape(kind)}
	switch kind {
	case document.KindRule:
		u.Title, u.URL = w.Rule(name), "/rules/"+url.PathEscape(name)
	case document.KindScorecard:
		u.Title, u.URL = w.Scorecard(name), "/scorecards/"+url.PathEscape(name)
	case document.KindSegment:
		u.URL = "/segments/" + url.PathEscape(name)
	case document.KindDashboard:
		u.URL = "/dashboards/" + url.PathEscape(name)
	case document.KindMeasure:
		u.Title = w.Measure(name)
	}
	return u
}

// RemoveButton leads from a definition's page to its removal.
func RemoveButton(v ui.View, page string) ui.ButtonProps {
	return ui.ButtonProps{Label: v.T("edit.remove-definition"), Icon: ui.IconDelete, URL: page + "/delete"}
}

// AskRemove asks before a definition is removed, and says what refers to it.
func (p Pages) AskRemove(w http.ResponseWriter, r *site.Request) error {
	m, err := p.removal(r)
	if err != nil {
		return err
	}
	return p.Page(w, r, p.removalFrame(m), removalPage(m))
}

func (p Pages) removalFrame(m removal) site.Frame {
	return site.Frame{Title: m.Title, Place: p.Place.Place, Crumbs: []ui.Link{{Label: m.List, URL: p.Base}, {Label: m.Title, URL: m.Back}, {Label: m.T("edit.remove-definition")}}}
}

func (p Pages) removal(r *site.Request) (removal, error) {
	name := r.PathValue("name")
	m := removal{View: r.View, List: p.Words(r.Words()).List, Back: p.Base + "/" + url.PathEscape(name)}
	m.Here = m.Back + "/delete"
	if err := r.Actor.Require(r.Actor.MayConfigure(), "remove definitions"); err != nil {
		return m, site.Refused(r, err)
	}
	text, err := p.Editing.Text(r.Context(), r.Actor, p.Kind, name)
	if err != nil {
		return m, notThere(r, name, err)
	}
	m.Version, m.Title = text.Version, titleOf(r.View.Lang(), text.Text, name)
	problems, err := p.Editing.CheckRemove(r.Context(), r.Actor, p.Kind, name)
	if err != nil {
		return m, notThere(r, name, err)
	}
	for _, problem := range problems {
		if u := userOf(r, problem); !slices.Contains(m.Users, u) {
			m.Users = append(m.Users, u)
		}
	}
	return m, nil
}

// notThere says in the reader's language that there is no such definition.
func notThere(r *site.Request, name string, err error) error {
	if minori.CodeOf(err) == minori.NotFound {
		return minori.Errorf(minori.NotFound, "%s", r.View.T("edit.not-found", "name", site.Clip(name, 60)))
	}
	return site.Refused(r, err)
}

// Remove removes a definition as a new version of the workspace.
func (p Pages) Remove(w http.ResponseWriter, r *site.Request) error {
	m, err := p.removal(r)
	if err != nil {
		return err
	}
	opened, err := version(r)
	if err != nil {
		return err
	}
	m.Comment = strings.TrimSpace(r.PostForm.Get("comment"))
	done, err := p.Editing.Remove(r.Context(), r.Actor, p.Kind, r.PathValue("name"), opened, m.Comment)
	switch minori.CodeOf(err) {
	case "":
		return p.Redirect(w, r, p.Base, r.View.T("edit.removed", "name", m.Title, "version", done.Version))
	case minori.Conflict:
		m.Notice = &ui.NoticeProps{Tone: ui.Warn, Title: r.View.T("edit.conflict"), Text: r.View.T("edit.remove.conflict"), Link: ui.Link{Label: m.Title, URL: m.Back}}
	case minori.Invalid:
		m.Notice = &ui.NoticeProps{Tone: ui.Bad, Title: r.View.T("edit.not-removed")}
		if len(m.Users) == 0 {
			m.Notice.Text = site.FormMessage(r.View, err) // about the comment
		}
	default:
		return notThere(r, r.PathValue("name"), err)
	}
	return p.Answer(w, r, site.StatusOf(minori.CodeOf(err)), p.removalFrame(m), removalPage(m))
}
