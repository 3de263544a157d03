// Package palette finds what people type: places, accounts, people,
// definitions, and small things to do, by names in either language, by kana or
// by Latin letters. With scripts it is a dialog, without them a page.
package palette

import (
	"net/http"
	"net/url"
	"strings"

	"github.com/minori-hq/minori/web/site"
	"github.com/minori-hq/minori/web/ui"
)

// Pages answers with the pages of this package.
type Pages struct{ *site.Site }

// maxTyped is the longest text that is searched for, in characters.
const maxTyped = 100

// model is what was found.
type model struct {
	ui.View
	Typed  string
	Here   string // address the palette was opened on
	Groups [][]item
	Found  int
}

// Palette answers with the options of the dialog.
func (s Pages) Palette(w http.ResponseWriter, r *site.Request) error {
	m, err := s.find(r)
	if err != nil {
		return err
	}
	return s.Part(w, r, options(m))
}

// Search is the same as a page, for readers without scripts.
func (s Pages) Search(w http.ResponseWriter, r *site.Request) error {
	m, err := s.find(r)
	if err != nil {
		return err
	}
	return s.Page(w, r, site.Frame{Title: m.T("palette.title"), Query: m.Typed}, searchPage(m))
}

func (s Pages) find(r *site.Request) (model, error) {
	typed := []rune(strings.TrimSpace(r.URL.Query().Get("q")))
	if len(typed) > maxTyped {
		typed = typed[:maxTyped]
	}
	m := model{View: r.View, Typed: string(typed), Here: r.URL.Query().Get("here")}
	items := append(s.actions(r, m.Here), s.places(r)...)
	if m.Typed != "" {
		q := newQuery(m.Typed)
		items = append(items, definitions(r)...)
		found, err := s.subjects(r, m.Typed, q)
		if err != nil {
			return m, err
		}
		staff, err := s.people(r)
		if err != nil {
			return m, err
		}
		items = rank(q, append(append(items, found...), staff...))
	}
	m.Groups, m.Found = grouped(items), len(items)
	return m, nil
}

// id names an option of the list.
func (m model) id(group, i int) string {
	n := i
	for _, g := range m.Groups[:group] {
		n += len(g)
	}
	return optionPrefix + m.Int(int64(n))
}

// optionPrefix begins the ids of options.
const optionPrefix = "palette-"

// sentence says how much was found.
func (m model) sentence() string {
	switch {
	case m.Typed == "":
		return m.T("palette.hint")
	case m.Found == 0:
		return m.T("palette.nothing", "text", m.Typed)
	}
	return m.T("palette.found", "count", m.Found)
}

// groupTitle gives the word over a group.
func (m model) groupTitle(k kind) string {
	switch k {
	case kindAction:
		return m.T("palette.actions")
	case kindAccount:
		return m.T("place.accounts")
	case kindPerson:
		return m.T("place.people")
	case kindDashboard:
		return m.T("place.dashboards")
	case kindScorecard:
		return m.T("place.scorecards")
	case kindRule:
		return m.T("place.rules")
	case kindSegment:
		return m.T("place.segments")
	}
	return m.T("palette.pages")
}

func icon(k kind) ui.IconName {
	switch k {
	case kindAction:
		return ui.IconArrow
	case kindAccount:
		return ui.IconAccounts
	case kindPerson:
		return ui.IconPerson
	case kindDashboard:
		return ui.IconActivity
	case kindScorecard:
		return ui.IconScorecards
	case kindRule:
		return ui.IconRules
	case kindSegment:
		return ui.IconFilter
	}
	return ui.IconRight
}

// allAccounts leads to the list of accounts that hold the text.
func (m model) allAccounts() string { return "/accounts?q=" + url.QueryEscape(m.Typed) }
