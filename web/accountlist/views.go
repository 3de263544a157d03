package accountlist

import (
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	minori "github.com/minori-hq/minori"
	"github.com/minori-hq/minori/view"
	"github.com/minori-hq/minori/web/site"
	"github.com/minori-hq/minori/web/ui"
)

// maxTabs is how many views stand above the list; the others are in a menu.
const maxTabs = 7

// tabs are the views above the list, and those for which there is no room.
func (l *list) tabs(v ui.View) (shown, more []ui.Tab) {
	all := []ui.Tab{{Label: v.T("filter.all", "subject", v.T("list.subject")), URL: "/accounts?view=" + viewAll, Current: l.view == nil && len(l.conditions) == 0 && l.search == ""}}
	for _, one := range l.views {
		tab := ui.Tab{Label: one.Name, URL: "/accounts?view=" + strconv.FormatInt(one.ID, 10), Current: l.view != nil && l.view.ID == one.ID}
		if one.ID == l.opens {
			all = slices.Insert(all, 0, tab)
		} else {
			all = append(all, tab)
		}
	}
	for _, c := range l.cat.list {
		if c.kind != kindSegment {
			continue
		}
		one := condition{op: ui.OpIs, column: c, values: []string{"true"}}
		current := l.view == nil && len(l.conditions) == 1 && l.conditions[0].String() == one.String()
		all = append(all, ui.Tab{Label: v.Text(c.Title), URL: address(url.Values{"f": {one.String()}}), Current: current})
	}
	if len(all) <= maxTabs {
		return all, nil
	}
	shown, more = all[:maxTabs:maxTabs], all[maxTabs:]
	if i := slices.IndexFunc(more, func(t ui.Tab) bool { return t.Current }); i >= 0 {
		shown = append(shown, more[i])
		more = slices.Delete(slices.Clone(more), i, i+1)
	}
	return shown, more
}

// posted reads a view from a form.
func (s Pages) posted(r *site.Request) (view.View, error) {
	a, err := s.readAsk(r, columnsOf(r), r.PostForm, nil)
	if err != nil {
		return view.View{}, err
	}
	out := view.View{Name: strings.TrimSpace(r.PostForm.Get("name")), Shared: r.PostForm.Get("shared") == "true", Settings: a.settings()}
	switch n := len([]rune(out.Name)); {
	case n == 0:
		return out, site.Invalid(r.View.T("view.no-name"))
	case n > view.MaxName:
		return out, site.Invalid(r.View.T("view.long-name", "count", view.MaxName))
	}
	return out, nil
}

// CreateView saves what the list shows as a new view.
func (s Pages) CreateView(w http.ResponseWriter, r *site.Request) error {
	v, err := s.posted(r)
	if err != nil {
		return err
	}
	if v, err = s.Views.Create(r.Context(), r.Actor, v); err != nil {
		return s.viewRefused(r, err)
	}
	if r.PostForm.Get("opens") == "true" {
		if err := s.Views.SetDefault(r.Context(), r.Actor, v.ID); err != nil {
			return err
		}
	}
	return s.Redirect(w, r, viewURL(v.ID), r.View.T("view.saved", "name", v.Name))
}

// viewRefused says in the reader's words why a view was not saved.
func (s Pages) viewRefused(r *site.Request, err error) error {
	switch minori.CodeOf(err) {
	case minori.Invalid:
		return site.Invalid(r.View.T("view.invalid", "count", view.MaxOwn))
	case minori.NotFound:
		return noView(r)
	}
	return site.Refused(r, err)
}

func viewURL(id int64) string { return "/accounts?view=" + strconv.FormatInt(id, 10) }

// getView gives the view an address names.
func (s Pages) getView(r *site.Request) (view.View, error) {
	id, err := strconv.ParseInt(r.PathValue("id"), 10, 64)
	if err != nil {
		return view.View{}, noView(r)
	}
	v, err := s.Views.Get(r.Context(), r.Actor, id)
	if minori.CodeOf(err) == minori.NotFound {
		err = noView(r)
	}
	return v, err
}

// View is the page about one view.
func (s Pages) View(w http.ResponseWriter, r *site.Request) error {
	v, err := s.getView(r)
	if err != nil {
		return err
	}
	_, opens, err := s.Views.List(r.Context(), r.Actor)
	if err != nil {
		return err
	}
	return s.Page(w, r, viewFrame(r, v), viewPage(r, s.model(r, v, opens == v.ID)))
}

func viewFrame(r *site.Request, v view.View) site.Frame {
	return site.Frame{Title: v.Name, Place: ui.PlaceAccounts, Crumbs: []ui.Link{{Label: r.View.T("place.accounts"), URL: viewURL(v.ID)}, {Label: v.Name}}}
}

// viewModel is what the page about a view shows.
type viewModel struct {
	view.View
	opens bool
	edit  bool
	share bool // the reader may share it
	facts []ui.Fact
}

func (s Pages) model(r *site.Request, v view.View, opens bool) viewModel {
	m := viewModel{View: v, opens: opens, edit: v.MayEdit(r.Actor), share: r.Actor.MayAct() && (v.Owner == r.Actor.Name || !v.Shared)}
	for _, said := range s.viewFacts(r, v) {
		m.facts = append(m.facts, ui.Fact{Label: said.label, Value: ui.Words(said.mine)})
	}
	m.facts = append(m.facts, ui.Fact{Label: r.View.T("view.owner"), Value: ui.Words(v.Owner)},
		ui.Fact{Label: r.View.T("view.changed"), Value: ui.Words(r.View.DateTime(minori.FromMicros(v.ChangedAt))), Note: v.ChangedBy})
	return m
}

// viewFacts says in words what a view keeps.
func (s Pages) viewFacts(r *site.Request, v view.View) []difference {
	cat, words := columnsOf(r), r.Words()
	var columns, filters []string
	for _, c := range cat.choose(v.Columns) {
		columns = append(columns, cat.by[c.Name].label(r.View))
	}
	for _, f := range v.Filters {
		if c, err := s.parseCondition(r, cat, f); err == nil {
			filters = append(filters, c.words(words))
		} else {
			filters = append(filters, f)
		}
	}
	if v.Search != "" {
		filters = append(filters, r.View.Condition(r.View.T("list.anything"), ui.OpHas, v.Search))
	}
	sort := withSort(v.Settings)
	order := sort.Sort
	if c := cat.by[sort.Sort]; c != nil {
		order = c.label(r.View)
	}
	if sort.Desc {
		order = r.View.T("view.descending", "field", order)
	}
	sharing := r.View.T("view.private")
	if v.Shared {
		sharing = r.View.T("view.shared")
	}
	none := r.View.T("view.no-conditions")
	if len(filters) > 0 {
		none = strings.Join(filters, "; ")
	}
	return []difference{
		{label: r.View.T("view.name"), mine: v.Name},
		{label: r.View.T("view.visibility"), mine: sharing},
		{label: r.View.T("view.conditions"), mine: none},
		{label: r.View.T("view.columns"), mine: r.View.List(columns...)},
		{label: r.View.T("view.order"), mine: order},
	}
}

// SaveView changes a view: its name and sharing, and what the list shows when
// the form comes from there.
func (s Pages) SaveView(w http.ResponseWriter, r *site.Request) error {
	old, err := s.getView(r)
	if err != nil {
		return err
	}
	version, err := strconv.ParseInt(r.PostForm.Get("version"), 10, 64)
	if err != nil {
		return site.Invalid(r.View.T("form.no-version"))
	}
	v, err := s.posted(r)
	if err != nil {
		return err
	}
	if !r.PostForm.Has("sort") { // the form of the view's own page
		v.Settings = old.Settings
	}
	v.ID, v.Version = old.ID, version
	saved, err := s.Views.Save(r.Context(), r.Actor, v)
	if minori.CodeOf(err) == minori.Conflict {
		return s.Answer(w, r, http.StatusConflict, viewFrame(r, saved), viewConflict(r, s.differences(r, v, saved), v, saved))
	}
	if err != nil {
		return s.viewRefused(r, err)
	}
	return s.Redirect(w, r, viewURL(saved.ID), r.View.T("view.saved", "name", saved.Name))
}

// difference is one thing that two versions of a view say differently.
type difference struct{ label, mine, theirs string }

// differences compares what somebody wanted to save with what is there.
func (s Pages) differences(r *site.Request, mine, theirs view.View) []difference {
	a, b := s.viewFacts(r, mine), s.viewFacts(r, theirs)
	var out []difference
	for i := range a {
		if x, y := a[i].mine, b[i].mine; x != y {
			out = append(out, difference{a[i].label, x, y})
		}
	}
	return out
}

// DeleteView removes a view.
func (s Pages) DeleteView(w http.ResponseWriter, r *site.Request) error {
	v, err := s.getView(r)
	if err != nil {
		return err
	}
	version, err := strconv.ParseInt(r.PostForm.Get("version"), 10, 64)
	if err != nil {
		return site.Invalid(r.View.T("form.no-version"))
	}
	err = s.Views.Delete(r.Context(), r.Actor, v.ID, version)
	if minori.CodeOf(err) == minori.Conflict {
		return minori.Errorf(minori.Conflict, "%s", r.View.T("view.changed-meanwhile", "who", v.ChangedBy))
	}
	if err != nil {
		return s.viewRefused(r, err)
	}
	return s.Redirect(w, r, "/accounts?view="+viewAll, r.View.T("view.deleted", "name", v.Name))
}

// OpenWith says with which view the reader's list opens.
func (s Pages) OpenWith(w http.ResponseWriter, r *site.Request) error {
	id := int64(0)
	if text := r.PostForm.Get("view"); text != "" {
		var err error
		if id, err = strconv.ParseInt(text, 10, 64); err != nil {
			return noView(r)
		}
	}
	if err := s.Views.SetDefault(r.Context(), r.Actor, id); err != nil {
		return s.viewRefused(r, err)
	}
	if id == 0 {
		return s.Redirect(w, r, "/accounts?view="+viewAll, r.View.T("view.opens-all"))
	}
	return s.Redirect(w, r, viewURL(id), r.View.T("view.opens-with"))
}
