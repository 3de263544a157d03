// Package people has the pages of the place People: the list of our own
// employees and the page about one of them. Nothing on them ranks anybody.
package people

import (
	"net/http"
	"net/url"
	"slices"

	"golang.org/x/sync/errgroup"

	minori "github.com/minori-hq/minori"
	"github.com/minori-hq/minori/account"
	"github.com/minori-hq/minori/metric"
	"github.com/minori-hq/minori/web/site"
	"github.com/minori-hq/minori/web/subject"
	"github.com/minori-hq/minori/web/ui"
)

// Pages answers with the pages of this package.
type Pages struct{ *site.Site }

// The panels of a person's page beside those that an account's has, too.
const (
	panelAccounts = "accounts"
	panelTeam     = "team"
)

// maxOwned is how many accounts of a person are listed.
const maxOwned = 200

// employee is everything the page about one person shows, as of one day.
type employee struct {
	*subject.Page
	panel   string
	person  account.Person // as of the day
	manager account.Label  // ID 0 for none
	reports []account.Person
	owned   []account.Account
	scores  map[minori.ID]metric.Value // of the accounts, by the newest evaluation
	seen    map[minori.ID]bool         // whose pages the reader may open
}

func (s Pages) shared() subject.Pages { return subject.Pages{Site: s.Site} }

// employee finds the person of the address, for whoever may see it.
func (s Pages) employee(r *site.Request) (*employee, error) {
	found, err := s.Accounts.ByKey(r.Context(), r.Actor, minori.Person, r.PathValue("id"))
	if err != nil {
		return nil, subject.Missing(r, minori.Person, err)
	}
	visible, err := s.Profiles.Visible(r.Context(), r.Actor, minori.Person, []minori.ID{found.ID})
	if err != nil {
		return nil, err
	}
	if len(visible) == 0 {
		return nil, subject.Missing(r, minori.Person, minori.Errorf(minori.NotFound, "there is no such person"))
	}
	e := &employee{Page: &subject.Page{Subject: found, Path: "/people/" + url.PathEscape(found.Key), Place: ui.PlacePeople, Day: r.AsOf.Day}}
	if e.person, err = s.Accounts.Person(r.Context(), r.Actor, found.ID); err != nil {
		return nil, subject.Missing(r, minori.Person, err)
	}
	if r.AsOf.Set {
		if err := s.rewind(r, e); err != nil {
			return nil, err
		}
	}
	e.Name = personName(&e.person)
	if d := e.person.Hired; d != nil {
		e.Began = *d
	}
	return e, nil
}

// rewind sets the person's fields to what held at the page's as-of.
func (s Pages) rewind(r *site.Request, e *employee) error {
	standard, custom, err := s.shared().Rewind(r, minori.Person, e.Subject.ID)
	if err != nil {
		return err
	}
	p := &e.person
	for name, put := range map[string]*string{"name": &p.Name, "email": &p.Email, "manager": &p.Manager, "role": &p.Role, "team": &p.Team, "leave_reason": &p.LeaveReason} {
		*put = subject.TextOf(standard[name])
	}
	p.Hired, p.Left, p.Fields = subject.DayOf(standard["hired"]), subject.DayOf(standard["left"]), custom
	return nil
}

// Person is the page about one person, or for a script one of its panels.
func (s Pages) Person(w http.ResponseWriter, r *site.Request) error {
	e, err := s.employee(r)
	if err != nil {
		return err
	}
	e.panel = r.URL.Query().Get("tab")
	read, ok := s.panels()[e.panel]
	if !ok {
		return minori.Errorf(minori.Invalid, "%s", r.View.T("account.no-tab", "name", site.Clip(e.panel, 40)))
	}
	if r.HTMX() && e.panel != subject.PanelOverview {
		if err := read(r, e); err != nil {
			return err
		}
		if e.panel == subject.PanelTimeline {
			return s.shared().AnswerTimeline(w, r, e.Page)
		}
		return s.Part(w, r, panelOf(r, e))
	}
	if err := s.readWhole(r, e, read); err != nil {
		return err
	}
	f := site.Frame{Title: e.Name, Place: ui.PlacePeople, Charts: e.panel == subject.PanelOverview || e.panel == subject.PanelUsage, AsOf: true, Oldest: e.Began,
		Crumbs: []ui.Link{{Label: r.View.T("place.people"), URL: "/people"}, {Label: e.Name}}}
	return s.Page(w, r, f, person360Page(r, e))
}

// panels gives what reads each panel of the page.
func (s Pages) panels() map[string]func(*site.Request, *employee) error {
	shared := s.shared()
	return map[string]func(*site.Request, *employee) error{
		subject.PanelOverview: func(r *site.Request, e *employee) error { return shared.ReadLatest(r, e.Page) },
		subject.PanelTimeline: func(r *site.Request, e *employee) error { return shared.ReadTimeline(r, e.Page) },
		subject.PanelUsage:    func(r *site.Request, e *employee) error { return shared.ReadSeries(r, e.Page) },
		subject.PanelFacts:    s.readFields,
		panelAccounts:         s.readOwned,
		panelTeam:             s.readTeam,
	}
}

// readWhole reads the head of the page, and the panel it shows, side by side.
func (s Pages) readWhole(r *site.Request, e *employee, panel func(*site.Request, *employee) error) error {
	shared := s.shared()
	group, ctx := errgroup.WithContext(r.Context())
	in := *r
	in.Request = r.Request.WithContext(ctx)
	group.Go(func() error {
		if err := shared.ReadHealth(&in, e.Page); err != nil {
			return err
		}
		return panel(&in, e)
	})
	group.Go(func() error { return shared.ReadCalls(&in, e.Page) })
	if e.panel != panelTeam {
		group.Go(func() error { return s.readTeam(&in, e) })
	}
	return group.Wait()
}

// readFields reads all fields of the person.
func (s Pages) readFields(r *site.Request, e *employee) error {
	p := &e.person
	standard := map[string]account.Value{
		"email": account.Text(p.Email), "manager": account.Text(p.Manager), "role": account.Text(p.Role), "team": account.Text(p.Team),
		"hired": subject.DateValue(p.Hired), "left": subject.DateValue(p.Left), "leave_reason": account.Text(p.LeaveReason),
	}
	if err := s.shared().ReadFields(r, e.Page, standard, p.Fields); err != nil || !r.HTMX() {
		return err
	}
	return s.readTeam(r, e) // a panel alone names the manager, too
}

// readTeam reads the manager, who reports to the person, and whose pages the
// reader may open.
func (s Pages) readTeam(r *site.Request, e *employee) error {
	var err error
	if e.manager, e.reports, err = s.Profiles.Team(r.Context(), r.Actor, e.person); err != nil {
		return err
	}
	e.reports = slices.DeleteFunc(e.reports, func(x account.Person) bool {
		return x.Left != nil && *x.Left < e.Day || x.Hired != nil && *x.Hired > e.Day
	})
	ids := make([]minori.ID, 0, len(e.reports)+1)
	for i := range e.reports {
		ids = append(ids, e.reports[i].ID)
	}
	if e.manager.ID != 0 {
		ids = append(ids, e.manager.ID)
	}
	visible, err := s.Profiles.Visible(r.Context(), r.Actor, minori.Person, ids)
	e.seen = map[minori.ID]bool{}
	for _, id := range visible {
		e.seen[id] = true
	}
	return err
}

// readOwned reads the accounts the person looks after.
func (s Pages) readOwned(r *site.Request, e *employee) error {
	var err error
	if e.owned, err = s.Profiles.Owned(r.Context(), r.Actor, e.Subject.ID, minori.Page{Limit: maxOwned}); err != nil || len(e.owned) == 0 {
		return err
	}
	main := r.Config.Program(minori.Account).Main()
	if main == nil || r.AsOf.Set {
		return nil // the lists know the present only
	}
	ids := make([]minori.ID, len(e.owned))
	for i := range e.owned {
		ids[i] = e.owned[i].ID
	}
	page, err := s.Lake.List(r.Context(), r.Actor, site.ListQuery{Kind: minori.Account, IDs: ids, Columns: []string{"score:" + main.Name(), "band:" + main.Name()}, Page: minori.Page{Limit: minori.MaxPage}})
	if err != nil {
		return err
	}
	e.scores = map[minori.ID]metric.Value{}
	for _, row := range page.Rows {
		v := row.Cells[0]
		v.Text = row.Cells[1].Text
		e.scores[row.Subject] = v
	}
	return nil
}

// Measure is the page that takes one measure of a person apart.
func (s Pages) Measure(w http.ResponseWriter, r *site.Request) error {
	e, err := s.employee(r)
	if err != nil {
		return err
	}
	return s.shared().Measure(w, r, e.Page)
}

func personName(p *account.Person) string {
	if p.Name == "" {
		return p.Key
	}
	return p.Name
}
