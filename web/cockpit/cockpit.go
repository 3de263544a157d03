package cockpit

import (
	"fmt"
	"net/http"
	"net/url"
	"strconv"

	"github.com/a-h/templ"

	minori "github.com/minori-hq/minori"
	"github.com/minori-hq/minori/account"
	"github.com/minori-hq/minori/action"
	"github.com/minori-hq/minori/web/site"
	"github.com/minori-hq/minori/web/ui"
)

// How many rows the parts of the page have.
const (
	cockpitSize = 50
	asideSize   = 8
)

// cockpitModel is the page of calls to action.
type cockpitModel struct {
	ui.View
	Title      string
	Sentence   string
	Self       string // this page's address, for forms to come back to
	Tabs       []ui.Tab
	TeamURL    string // the team's load; "" for who does not see it
	Filter     ui.FilterProps
	Query      cockpitQuery
	Owners     []ui.Option
	Types      []ui.Option
	Statuses   []ui.Option
	Priorities []ui.Option
	Rules      []ui.Option
	Groups     []cockpitGroup
	Empty      *ui.EmptyProps
	Paging     *ui.PagingProps
	Worked     *workedModel
	Bulk       *bulkModel // nil for who may not act
	Tasks      []taskLine
	TasksMore  string
	Renewals   []renewalLine
	MoreURL    string // all renewals
}

// cockpitGroup is the calls that are due in one stretch of time.
type cockpitGroup struct {
	ID    string
	Label string
	Count string
	Rows  []callRow
}

// callRow is one call in the list.
type callRow struct {
	ID       string
	URL      string
	Pick     string // value of the box that selects it; "" when it cannot be
	PickName string
	Title    string
	About    templ.Component
	Priority templ.Component
	Owner    string // "" when it goes without saying
	Due      string
	Late     bool
	Tasks    string
	Status   templ.Component
	Quiet    bool
}

// List lists calls to action by when they are due.
func (s Pages) List(w http.ResponseWriter, r *site.Request) error {
	q, page, err := readCockpit(r)
	if err != nil {
		return err
	}
	words := r.Words()
	m := cockpitModel{View: r.View, Title: r.View.T("cockpit.title"), Self: self(r), Query: q, Types: site.CallTypes(words),
		Statuses: statuses(words), Priorities: priorities(words), Rules: ruleOptions(words)}
	if err := s.fillCockpit(r, &m, page); err != nil {
		return err
	}
	return s.Page(w, r, site.Frame{Title: m.Title, Place: ui.PlaceCockpit, Refresh: "scores"}, cockpitPage(m)) // the list follows calls by itself
}

// self gives the address of a page without what was just done.
func self(r *site.Request) string {
	q := r.URL.Query()
	q.Del("done")
	if len(q) == 0 {
		return r.URL.Path
	}
	return r.URL.Path + "?" + q.Encode()
}

func (s Pages) fillCockpit(r *site.Request, m *cockpitModel, page minori.Page) error {
	persons, err := s.Accounts.Persons(r.Context(), r.Actor, minori.Page{Limit: minori.MaxPage})
	if err != nil {
		return err
	}
	m.Owners = personOptions(r, persons, r.View.T("cockpit.anybody"))
	if m.Query.team, err = s.team(r, persons); err != nil {
		return err
	}
	if m.Tabs, err = s.tabs(r, m.Query); err != nil {
		return err
	}
	if action.MayLead(r.Actor) {
		m.TeamURL = "/cockpit/team"
	}
	if m.Query.View == viewMine && r.Actor.Person == 0 {
		m.Sentence = r.View.T("cockpit.nobody")
		m.Empty = &ui.EmptyProps{Icon: ui.IconInbox, Title: r.View.T("cockpit.nobody"), Text: r.View.T("cockpit.nobody.todo"),
			Action: ui.ButtonProps{Label: r.View.T("cockpit.show-all"), URL: "/cockpit?view=all"}}
		m.Filter = m.chips(r)
		return nil
	}
	if err := s.fillCalls(r, m, page); err != nil {
		return err
	}
	if r.Actor.MayAct() {
		m.Bulk = newBulk(r, persons, m.Self)
	}
	if m.Worked, err = s.workedModel(r, m.Self); err != nil {
		return err
	}
	return s.fillAside(r, m)
}

// fillCalls reads a page of calls.
func (s Pages) fillCalls(r *site.Request, m *cockpitModel, page minori.Page) error {
	f, err := s.filter(r, m.Query)
	if err != nil {
		return err
	}
	calls, total, err := s.Actions.List(r.Context(), r.Actor, f, page)
	if err != nil {
		return err
	}
	m.Filter = m.chips(r)
	m.Paging = r.Paging(m.Query.Number, cockpitSize, len(calls), total, "/cockpit", m.Query.params()...)
	if len(calls) == 0 {
		m.Empty = cockpitEmpty(r, m.Query)
	}
	labels, err := s.callLabels(r, calls)
	if err != nil {
		return err
	}
	ends := dueBy(s.Actions.Today())
	due, err := s.Bulk.Counts(r.Context(), r.Actor, f, ends[:]...)
	if err != nil {
		return err
	}
	m.Groups = cockpitGroups(r, m.Query, calls, labels, due)
	if f.Status != action.StatusClosed {
		m.Sentence = r.View.T("cockpit.sentence", "overdue", due[dueOverdue], "today", due[dueToday], "total", total)
	}
	return nil
}

func cockpitEmpty(r *site.Request, q cockpitQuery) *ui.EmptyProps {
	p := &ui.EmptyProps{Icon: ui.IconCockpit, Title: r.View.T("cockpit.empty"), Text: r.View.T("cockpit.empty.todo"),
		Link: ui.Link{Label: r.View.T("place.rules"), URL: "/rules"}}
	if q.View != viewAll || q.filtered() {
		p.Title, p.Text = r.View.T("cockpit.none"), r.View.T("cockpit.none.todo")
		p.Link = ui.Link{Label: r.View.T("cockpit.show-all"), URL: "/cockpit?view=all"}
	}
	return p
}

// tabs counts what is to be worked for the reader, their team, all and nobody.
func (s Pages) tabs(r *site.Request, q cockpitQuery) ([]ui.Tab, error) {
	views := []struct{ view, label string }{
		{viewMine, r.View.T("cockpit.mine")}, {viewTeam, r.View.T("cockpit.team")}, {viewAll, r.View.T("cockpit.all")},
		{viewUnassigned, r.View.T("cockpit.unassigned")},
	}
	var tabs []ui.Tab
	for _, t := range views {
		if t.view == viewTeam && len(q.team) < 2 && q.View != viewTeam {
			continue // nobody but the reader
		}
		n, err := s.Bulk.Counts(r.Context(), r.Actor, q.viewFilter(r, t.view))
		if err != nil {
			return nil, err
		}
		tabs = append(tabs, ui.Tab{Label: t.label, Count: r.View.Int(int64(n[0])), Current: q.View == t.view,
			URL: r.Link("/cockpit", "view", t.view, "type", q.Type, "status", q.Status, "priority", q.Priority, "rule", q.Rule)})
	}
	return tabs, nil
}

// callLabels gives the names of accounts and owners of calls.
func (s Pages) callLabels(r *site.Request, calls []action.Call) (map[minori.ID]account.Label, error) {
	ids := make([]minori.ID, 0, 2*len(calls))
	for i := range calls {
		ids = append(ids, calls[i].Subject.ID)
		if calls[i].Owner != 0 {
			ids = append(ids, calls[i].Owner)
		}
	}
	return s.Accounts.Labels(r.Context(), r.Actor, ids)
}

// The stretches of time calls are due in.
const (
	dueOverdue = iota
	dueToday
	dueWeek
	dueLater
	dueStretches
)

// dueBy gives the last day of the stretches but the last one.
func dueBy(today minori.Day) [dueLater]minori.Day {
	return [dueLater]minori.Day{today - 1, today, action.EndOfWeek(today)}
}

// cockpitGroups puts the calls of a page under when they are due; closed ones
// stand together.
func cockpitGroups(r *site.Request, q cockpitQuery, calls []action.Call, labels map[minori.ID]account.Label, counts []int) []cockpitGroup {
	v := r.View
	if len(calls) == 0 {
		return nil
	}
	rows := callRows(r, q, calls, labels)
	if q.Status == string(action.StatusClosed) || q.Status == statusAny {
		return []cockpitGroup{{ID: "due-any", Label: v.T("cockpit.calls"), Rows: rows}}
	}
	names := [dueStretches]string{v.T("cockpit.overdue"), v.T("cockpit.today"), v.T("cockpit.week"), v.T("cockpit.later")}
	ends := dueBy(v.Today)
	var out []cockpitGroup
	for i := range dueStretches {
		n := 0
		for n < len(calls) && (i == dueLater || calls[n].Due <= ends[i]) {
			n++
		}
		if n > 0 {
			out = append(out, cockpitGroup{ID: "due-" + strconv.Itoa(i), Label: names[i], Count: v.T("call.count", "count", counts[i]), Rows: rows[:n]})
		}
		calls, rows = calls[n:], rows[n:]
	}
	return out
}

// callRows gives the rows of calls.
func callRows(r *site.Request, q cockpitQuery, calls []action.Call, labels map[minori.ID]account.Label) []callRow {
	w := r.Words()
	out := make([]callRow, len(calls))
	for i := range calls {
		c := &calls[i]
		name := subjectName(labels, c.Subject)
		row := callRow{ID: fmt.Sprintf("call-%d", c.ID), URL: r.Link(callPath(c.ID)), Title: w.CallTitle(c), About: subjectLink(r, labels, c.Subject),
			Priority: site.PriorityBadge(r.View, c.Priority), Due: w.Due(c.Due), Status: site.StatusBadge(w, c), Quiet: c.Status == action.StatusClosed}
		row.Late = c.Due < w.Today && !row.Quiet
		row.PickName = w.T("cockpit.pick", "call", row.Title, "account", name)
		if c.Status != action.StatusClosed && r.Actor.MayAct() {
			row.Pick = fmt.Sprintf("%d:%d", c.ID, c.Version)
		}
		if q.View != viewMine && q.View != viewUnassigned {
			row.Owner = personName(w, labels, c.Owner)
		}
		if c.TaskCount > 0 {
			row.Tasks = w.T("cockpit.tasks-done", "done", c.TasksDone, "total", c.TaskCount)
		}
		out[i] = row
	}
	return out
}

func subjectName(labels map[minori.ID]account.Label, subject minori.Subject) string {
	if l, ok := labels[subject.ID]; ok && l.Name != "" {
		return l.Name
	}
	return subject.Key
}

// subjectLink leads to the account a call is about.
func subjectLink(r *site.Request, labels map[minori.ID]account.Label, subject minori.Subject) templ.Component {
	name := subjectName(labels, subject)
	if subject.Kind != minori.Account {
		return ui.Words(name)
	}
	return site.LinkTo(name, r.AccountURL(subject.Key))
}

// personName writes an owner's name.
func personName(w site.Wording, labels map[minori.ID]account.Label, id minori.ID) string {
	l, ok := labels[id]
	switch {
	case id == 0:
		return w.T("call.nobody")
	case !ok:
		return w.T("call.unknown-person", "id", strconv.FormatInt(int64(id), 10))
	case l.Name == "":
		return l.Key
	}
	return l.Name
}

// callPath gives the address of a call to action.
func callPath(id int64) string { return fmt.Sprintf("/cockpit/%d", id) }

// withDone adds to an address what was just done.
func withDone(to, token string) string {
	u, err := url.Parse(to)
	if err != nil {
		return "/cockpit"
	}
	q := u.Query()
	q.Set("done", token)
	return u.Path + "?" + q.Encode()
}
