package cockpit

import (
	"cmp"
	"net/http"
	"slices"

	"github.com/a-h/templ"

	minori "github.com/minori-hq/minori"
	"github.com/minori-hq/minori/account"
	"github.com/minori-hq/minori/action"
	"github.com/minori-hq/minori/text"
	"github.com/minori-hq/minori/web/site"
	"github.com/minori-hq/minori/web/ui"
)

// How many rows the parts of the team's page have.
const (
	slippingSize = 20
	movedSize    = 8
)

// teamModel is the load of a team.
type teamModel struct {
	ui.View
	Title    string
	Sentence string
	Load     ui.TableProps
	Slipping ui.TableProps
	Slips    string
	Moved    ui.TableProps
	Since    string
}

// personLoad is the work and the accounts of one person.
type personLoad struct {
	action.Load
	site.Book
	Key, Name string
}

// Team shows the load of everybody, slipping work and what moved.
func (s Pages) Team(w http.ResponseWriter, r *site.Request) error {
	loads, err := s.Bulk.Loads(r.Context(), r.Actor)
	if err != nil {
		return site.Refused(r, err)
	}
	books, err := s.Desk.Books(r.Context(), r.Actor)
	if err = site.NotComputed(err); err != nil {
		return err
	}
	people, err := s.people(r, loads, books)
	if err != nil {
		return err
	}
	m := teamModel{View: r.View, Title: r.View.T("team.title")}
	m.Load = loadTable(r, people)
	if err := s.fillSlipping(r, &m); err != nil {
		return err
	}
	if err := s.fillTeamMoved(r, &m); err != nil {
		return err
	}
	open, overdue := 0, 0
	for i := range people {
		open, overdue = open+people[i].Open, overdue+people[i].Overdue
	}
	m.Sentence = r.View.T("team.sentence", "open", r.View.T("call.count", "count", open), "overdue", r.View.Int(int64(overdue)), "slips", m.Slips)
	return s.Page(w, r, site.Frame{Title: m.Title, Place: ui.PlaceCockpit,
		Crumbs: []ui.Link{{Label: r.View.T("place.cockpit"), URL: "/cockpit"}, {Label: m.Title}}}, teamPage(m))
}

// people puts work and accounts together by person, ordered by name; nobody
// stands last.
func (s Pages) people(r *site.Request, loads []action.Load, books map[minori.ID]site.Book) ([]personLoad, error) {
	by := map[minori.ID]*personLoad{}
	at := func(id minori.ID) *personLoad {
		if by[id] == nil {
			by[id] = &personLoad{}
			by[id].Person = id
		}
		return by[id]
	}
	for _, l := range loads {
		at(l.Person).Load = l
	}
	var ids []minori.ID
	for id, b := range books {
		at(id).Book = b
	}
	for id := range by {
		ids = append(ids, id)
	}
	labels, err := s.Accounts.Labels(r.Context(), r.Actor, ids)
	if err != nil {
		return nil, err
	}
	out := make([]personLoad, 0, len(by))
	for id, p := range by {
		p.Key, p.Name = labels[id].Key, personName(r.Words(), labels, id)
		out = append(out, *p)
	}
	slices.SortFunc(out, func(a, b personLoad) int {
		return cmp.Or(cmp.Compare(b2i(a.Person == 0), b2i(b.Person == 0)), cmp.Compare(a.Name, b.Name), cmp.Compare(a.Person, b.Person))
	})
	return out, nil
}

func b2i(b bool) int {
	if b {
		return 1
	}
	return 0
}

func loadTable(r *site.Request, people []personLoad) ui.TableProps {
	w := r.Words()
	t := ui.TableProps{Caption: w.T("team.load"), Columns: []ui.Column{
		{Label: w.T("team.person"), Primary: true}, {Label: w.T("team.calls"), Numeric: true}, {Label: w.T("cockpit.overdue"), Numeric: true},
		{Label: w.T("team.slipping"), Numeric: true, Hint: w.T("team.slipping.hint", "days", action.SlipDays)},
		{Label: w.T("status.snoozed"), Numeric: true, NotPhone: true},
		{Label: w.T("team.tasks"), Numeric: true, Hint: w.T("team.tasks.hint")}, {Label: w.T("team.hours"), Numeric: true, Hint: w.T("team.hours.hint")},
		{Label: w.T("place.accounts"), Numeric: true}, {Label: w.T("account.arr"), Numeric: true},
	}, Empty: &ui.EmptyProps{Icon: ui.IconPeople, Title: w.T("team.empty"), Text: w.T("team.empty.todo")}}
	for i := range people {
		p := &people[i]
		row := ui.Row{Quiet: p.Person == 0}
		switch {
		case p.Person == 0:
			row.URL = r.Link("/cockpit", "view", viewUnassigned)
		case p.Key != "":
			row.URL = r.Link("/cockpit", "view", viewAll, "owner", p.Key)
		}
		hours := w.T("team.hours.none")
		if p.Tasks > p.Unsaid {
			hours = w.Number(p.Hours, 1)
			if p.Unsaid > 0 {
				hours = w.T("team.hours.at-least", "hours", hours)
			}
		}
		row.Cells = []templ.Component{
			ui.Words(p.Name), site.Count(r.View, p.Open), site.Count(r.View, p.Overdue), site.Count(r.View, p.Slipping), site.Count(r.View, p.Snoozed),
			site.Count(r.View, p.Tasks), ui.Words(hours), site.Count(r.View, p.Accounts),
			ui.Words(site.MoneyShort(r.View, p.ARR, r.Config.Workspace.Currency)),
		}
		t.Rows = append(t.Rows, row)
	}
	return t
}

// fillSlipping lists the work that is longest overdue.
func (s Pages) fillSlipping(r *site.Request, m *teamModel) error {
	by := s.Actions.Today() - action.SlipDays - 1
	calls, total, err := s.Actions.List(r.Context(), r.Actor, action.Filter{Status: action.AnyAwake, DueBy: &by, Sort: action.ByDue}, minori.Page{Limit: slippingSize})
	if err != nil {
		return err
	}
	labels, err := s.callLabels(r, calls)
	if err != nil {
		return err
	}
	w := r.Words()
	m.Slips = w.T("call.count", "count", total)
	m.Slipping = ui.TableProps{Caption: w.T("team.slipping"), Columns: []ui.Column{
		{Label: w.T("call.priority"), Tight: true}, {Label: w.T("call.what"), Primary: true}, {Label: w.T("call.account")},
		{Label: w.T("call.owner")}, {Label: w.T("call.due"), Tight: true}, {Label: w.T("team.late"), Numeric: true},
	}, Empty: &ui.EmptyProps{Icon: ui.IconGood, Title: w.T("team.no-slipping"), Text: w.T("team.no-slipping.text", "days", action.SlipDays)}}
	for i := range calls {
		c := &calls[i]
		m.Slipping.Rows = append(m.Slipping.Rows, ui.Row{URL: r.Link(callPath(c.ID)), Cells: []templ.Component{
			site.PriorityBadge(r.View, c.Priority), ui.Words(w.CallTitle(c)), subjectLink(r, labels, c.Subject),
			ui.Words(personName(w, labels, c.Owner)), ui.Words(w.Date(c.Due)), ui.Words(w.Count(int(w.Today-c.Due), text.Days)),
		}})
	}
	return nil
}

// fillTeamMoved lists the accounts that moved most, with who looks after them.
func (s Pages) fillTeamMoved(r *site.Request, m *teamModel) error {
	moved, err := s.Moved(r, nil, movedSize)
	if err != nil {
		return err
	}
	ids := make([]minori.ID, len(moved.Rows))
	for i := range moved.Rows {
		ids[i] = moved.Rows[i].Subject
	}
	accounts, err := s.Accounts.Accounts(r.Context(), r.Actor, ids)
	if err != nil {
		return err
	}
	owners, err := s.owners(r, accounts)
	if err != nil {
		return err
	}
	w := r.Words()
	m.Moved = ui.TableProps{Caption: w.T("team.moved"), Columns: []ui.Column{
		{Label: w.T("call.account"), Primary: true}, {Label: w.T("team.before"), Tight: true}, {Label: w.T("team.now"), Tight: true},
		{Label: w.T("word.change"), Numeric: true}, {Label: w.T("team.why")}, {Label: w.T("call.owner")},
	}, Empty: &ui.EmptyProps{Icon: ui.IconActivity, Title: w.T("home.nothing-moved"), Text: w.T("home.nothing-moved.text")}}
	if moved.From != 0 {
		m.Since = w.T("home.since", "date", w.Date(moved.From))
	}
	for i := range moved.Rows {
		a := &moved.Rows[i]
		m.Moved.Rows = append(m.Moved.Rows, ui.Row{URL: r.AccountURL(a.Key), Cells: []templ.Component{
			ui.Words(a.Name), ui.Health(r.View, w.Health(&a.From, string(a.Was))), ui.Health(r.View, w.Health(&a.To, string(a.Is))),
			ui.Change(r.View, site.ScoreChange(r.View, a.Delta(), "")), ui.Words(a.Why), ui.Words(personName(w, owners, accounts[a.Subject].CSMPerson)),
		}})
	}
	return nil
}

func (s Pages) owners(r *site.Request, accounts map[minori.ID]account.Account) (map[minori.ID]account.Label, error) {
	var ids []minori.ID
	for _, a := range accounts {
		if a.CSMPerson != 0 {
			ids = append(ids, a.CSMPerson)
		}
	}
	return s.Accounts.Labels(r.Context(), r.Actor, ids)
}
