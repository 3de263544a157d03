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

// cockpitSize is how many calls to action a page has.
const cockpitSize = 50

// cockpitQuery is what the cockpit is asked for.
type cockpitQuery struct {
	View   string // mine, all, unassigned
	Owner  string // a person's id, in the view all
	Type   string
	Status string // "": open
	Rule   string
	Number int
}

// params gives the query as parameters of an address, without the page.
func (q cockpitQuery) params() []string {
	return []string{"view", q.View, "owner", q.Owner, "type", q.Type, "status", q.Status, "rule", q.Rule}
}

// cockpitModel is the page of calls to action.
type cockpitModel struct {
	ui.View
	Title    string
	Sentence string
	Tabs     []ui.Tab
	Filter   ui.FilterProps
	Query    cockpitQuery
	Owners   []ui.Option
	Types    []ui.Option
	Statuses []ui.Option
	Groups   []cockpitGroup
	Empty    *ui.EmptyProps
	Paging   *ui.PagingProps
}

// cockpitGroup is the calls that are due in one stretch of time.
type cockpitGroup struct {
	Label string
	Count string
	Table ui.TableProps
}

// List lists calls to action by when they are due.
func (s Pages) List(w http.ResponseWriter, r *site.Request) error {
	q, page, err := readCockpit(r)
	if err != nil {
		return err
	}
	m := cockpitModel{View: r.View, Title: r.View.T("cockpit.title"), Query: q, Types: site.CallTypes(r.Words()), Statuses: site.CallStatuses(r.Words())}
	if err := s.fillCockpit(r, &m, page); err != nil {
		return err
	}
	return s.Page(w, r, site.Frame{Title: m.Title, Place: ui.PlaceCockpit}, cockpitPage(m))
}

func readCockpit(r *site.Request) (cockpitQuery, minori.Page, error) {
	q := cockpitQuery{Owner: r.URL.Query().Get("owner"), Rule: r.URL.Query().Get("rule")}
	page, number, err := r.Page(cockpitSize)
	if err != nil {
		return q, page, err
	}
	q.Number = number
	views := []ui.Option{{Value: "mine"}, {Value: "all"}, {Value: "unassigned"}}
	if q.View, err = r.OneOf("view", views); err != nil {
		return q, page, err
	}
	if q.Type, err = r.OneOf("type", site.CallTypes(r.Words())); err != nil {
		return q, page, err
	}
	if q.Status, err = r.OneOf("status", site.CallStatuses(r.Words())); err != nil {
		return q, page, err
	}
	if q.View == "" {
		q.View = "all"
		if r.Actor.Person != 0 && q.Owner == "" {
			q.View = "mine"
		}
	}
	if q.View != "all" {
		q.Owner = ""
	}
	return q, page, nil
}

// cockpitFilter gives what a query asks of the calls to action.
func (s Pages) cockpitFilter(r *site.Request, q cockpitQuery) (action.Filter, error) {
	f := action.Filter{Type: q.Type, Rule: q.Rule, Status: action.Status(q.Status), Sort: action.ByDue}
	switch q.Status {
	case "":
		f.Status = action.AnyOpen
	case "any":
		f.Status = ""
	case string(action.StatusClosed):
		f.Sort = action.ByOpened
	}
	switch q.View {
	case "mine":
		f.Owner = r.Actor.Person
	case "unassigned":
		f.Unowned = true
	}
	if q.Owner != "" {
		person, err := s.Accounts.ByKey(r.Context(), r.Actor, minori.Person, q.Owner)
		if minori.CodeOf(err) == minori.NotFound {
			return f, site.Invalid(r.View.T("cockpit.no-person", "id", site.Clip(q.Owner, 40)))
		}
		if err != nil {
			return f, err
		}
		f.Owner = person.ID
	}
	return f, nil
}

func (s Pages) fillCockpit(r *site.Request, m *cockpitModel, page minori.Page) error {
	var err error
	if m.Owners, err = s.personOptions(r, r.View.T("cockpit.anybody")); err != nil {
		return err
	}
	if m.Tabs, err = s.cockpitTabs(r, m.Query); err != nil {
		return err
	}
	if m.Query.View == "mine" && r.Actor.Person == 0 {
		m.Sentence = r.View.T("cockpit.nobody")
		m.Empty = &ui.EmptyProps{Icon: ui.IconInbox, Title: r.View.T("cockpit.nobody"), Text: r.View.T("cockpit.nobody.todo"),
			Action: ui.ButtonProps{Label: r.View.T("cockpit.show-all"), URL: "/cockpit?view=all"}}
		m.Filter = cockpitChips(r, m, 0)
		return nil
	}
	f, err := s.cockpitFilter(r, m.Query)
	if err != nil {
		return err
	}
	calls, total, err := s.Actions.List(r.Context(), r.Actor, f, page)
	if err != nil {
		return err
	}
	m.Filter = cockpitChips(r, m, total)
	m.Paging = r.Paging(m.Query.Number, cockpitSize, len(calls), total, "/cockpit", m.Query.params()...)
	if len(calls) == 0 {
		m.Empty = cockpitEmpty(r, m.Query)
	}
	labels, err := s.callLabels(r, calls)
	if err != nil {
		return err
	}
	due, err := s.countDue(r, f, total)
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
	if q.View != "all" || q.Rule != "" || q.Type != "" || q.Status != "" || q.Owner != "" {
		p.Title, p.Text = r.View.T("cockpit.none"), r.View.T("cockpit.none.todo")
		p.Link = ui.Link{Label: r.View.T("cockpit.show-all"), URL: "/cockpit?view=all"}
	}
	return p
}

// cockpitTabs counts what is open for the signed-in user, for all and for nobody.
func (s Pages) cockpitTabs(r *site.Request, q cockpitQuery) ([]ui.Tab, error) {
	var tabs []ui.Tab
	for _, t := range []struct {
		view, label string
		filter      action.Filter
	}{
		{"mine", r.View.T("cockpit.mine"), action.Filter{Status: action.AnyOpen, Owner: r.Actor.Person}},
		{"all", r.View.T("cockpit.all"), action.Filter{Status: action.AnyOpen}},
		{"unassigned", r.View.T("cockpit.unassigned"), action.Filter{Status: action.AnyOpen, Unowned: true}},
	} {
		n := 0
		if t.view != "mine" || r.Actor.Person != 0 {
			var err error
			if _, n, err = s.Actions.List(r.Context(), r.Actor, t.filter, minori.Page{Limit: 1}); err != nil {
				return nil, err
			}
		}
		tabs = append(tabs, ui.Tab{Label: t.label, Count: r.View.Int(int64(n)), Current: q.View == t.view,
			URL: r.Link("/cockpit", "view", t.view, "type", q.Type, "status", q.Status)})
	}
	return tabs, nil
}

// cockpitChips gives the filter that reads as a sentence.
func cockpitChips(r *site.Request, m *cockpitModel, total int) ui.FilterProps {
	v, q := r.View, m.Query
	p := ui.FilterProps{Action: "/cockpit", Subject: v.T("cockpit.subject"), Count: v.T("call.count", "count", total),
		Keep: url.Values{"view": {q.View}}, ClearURL: r.Link("/cockpit", "view", q.View)}
	chip := func(label, value string, options []ui.Option, without cockpitQuery) {
		if value == "" {
			return
		}
		for _, o := range options {
			if o.Value == value {
				value = o.Label
				break
			}
		}
		p.Chips = append(p.Chips, ui.Chip{Words: v.Condition(label, ui.OpIs, value), RemoveURL: r.Link("/cockpit", without.params()...)})
	}
	noType, noStatus, noOwner, noRule := q, q, q, q
	noType.Type, noStatus.Status, noOwner.Owner, noRule.Rule = "", "", "", ""
	chip(v.T("call.owner"), q.Owner, m.Owners, noOwner)
	chip(v.T("call.type"), q.Type, m.Types, noType)
	chip(v.T("call.status"), q.Status, m.Statuses, noStatus)
	chip(v.T("call.rule"), q.Rule, []ui.Option{{Value: q.Rule, Label: r.Words().Rule(q.Rule)}}, noRule)
	if q.Rule != "" {
		p.Keep.Set("rule", q.Rule)
	}
	return p
}

// personOptions gives the people a call may be given to, after a first choice.
func (s Pages) personOptions(r *site.Request, first string) ([]ui.Option, error) {
	persons, err := s.Accounts.Persons(r.Context(), r.Actor, minori.Page{Limit: minori.MaxPage})
	if err != nil {
		return nil, err
	}
	out := []ui.Option{{Label: first}}
	for _, p := range persons {
		if p.Left == nil || *p.Left >= r.View.Today {
			out = append(out, ui.Option{Value: p.Key, Label: p.Name})
		}
	}
	return out, nil
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
	sunday := today + minori.Day((7-int(today.Weekday()))%7)
	return [dueLater]minori.Day{today - 1, today, max(sunday, today)}
}

// countDue counts the calls a filter lets through by stretch.
func (s Pages) countDue(r *site.Request, f action.Filter, total int) ([dueStretches]int, error) {
	var out [dueStretches]int
	before := 0
	for i, day := range dueBy(s.Actions.Today()) {
		f.DueBy = &day
		_, n, err := s.Actions.List(r.Context(), r.Actor, f, minori.Page{Limit: 1})
		if err != nil {
			return out, err
		}
		out[i], before = n-before, n
	}
	out[dueLater] = total - before
	return out, nil
}

// cockpitGroups puts the calls of a page under when they are due; closed ones
// stand together.
func cockpitGroups(r *site.Request, q cockpitQuery, calls []action.Call, labels map[minori.ID]account.Label, counts [dueStretches]int) []cockpitGroup {
	v := r.View
	if q.Status == string(action.StatusClosed) || q.Status == "any" {
		if len(calls) == 0 {
			return nil
		}
		return []cockpitGroup{{Label: v.T("cockpit.calls"), Table: callTable(r, v.T("cockpit.calls"), calls, labels)}}
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
			out = append(out, cockpitGroup{Label: names[i], Count: v.T("call.count", "count", counts[i]), Table: callTable(r, names[i], calls[:n], labels)})
		}
		calls = calls[n:]
	}
	return out
}

// callTable lists calls to action.
func callTable(r *site.Request, caption string, calls []action.Call, labels map[minori.ID]account.Label) ui.TableProps {
	w := r.Words()
	t := ui.TableProps{Caption: caption, Columns: []ui.Column{
		{Label: w.T("call.priority"), Tight: true}, {Label: w.T("call.what"), Primary: true}, {Label: w.T("call.account")},
		{Label: w.T("call.owner")}, {Label: w.T("call.due"), Tight: true}, {Label: w.T("call.tasks"), Numeric: true}, {Label: w.T("call.status"), Tight: true},
	}}
	for i := range calls {
		c := &calls[i]
		tasks := ui.NoValue(r.View, w.T("call.no-tasks"))
		if c.TaskCount > 0 {
			tasks = ui.Words(w.T("call.tasks-done", "done", c.TasksDone, "total", c.TaskCount))
		}
		t.Rows = append(t.Rows, ui.Row{URL: r.Link(callPath(c.ID)), Quiet: c.Status == action.StatusClosed, Cells: []templ.Component{
			site.PriorityBadge(r.View, c.Priority), ui.TwoLines(w.CallTitle(c), w.CallKind(c)), subjectLink(r, labels, c.Subject),
			ui.Words(personName(w, labels, c.Owner)), ui.Words(relative(w, c.Due)), tasks, site.StatusBadge(w, c),
		}})
	}
	return t
}

// subjectLink leads to the account a call is about.
func subjectLink(r *site.Request, labels map[minori.ID]account.Label, subject minori.Subject) templ.Component {
	name := subject.Key
	if l, ok := labels[subject.ID]; ok && l.Name != "" {
		name = l.Name
	}
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
