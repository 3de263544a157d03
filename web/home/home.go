package home

import (
	"net/http"

	"github.com/a-h/templ"

	minori "github.com/minori-hq/minori"
	"github.com/minori-hq/minori/action"
	"github.com/minori-hq/minori/evaluate"
	"github.com/minori-hq/minori/web/site"
	"github.com/minori-hq/minori/web/ui"
)

// How many rows the parts of the page have, and how far they look.
const (
	rows      = 6
	taskRows  = 4
	aheadDays = 7
	winDays   = 14
	weekDays  = 7 // renewals that the sentence counts
)

// model is the page.
type model struct {
	ui.View
	Greeting string
	Sentence string
	Whole    string // says that this is about everybody
	Work     part
	Tasks    part
	Moved    part
	Coming   part
	Wins     part
	Hidden   ui.Link // green by score, and signs against it
}

// part is one column of the page.
type part struct {
	Title string
	Note  string
	Link  ui.Link
	Lines []line
	More  ui.Link // to what the lines leave out
	Empty *ui.EmptyProps
}

// line is one thing of a column.
type line struct {
	Mark   templ.Component // priority or icon
	Title  string
	URL    string
	Drawer bool // opens beside the page
	Below  string
	Late   string // what is late about it
	When   string // when it was
	End    templ.Component
}

// day is what the page is made from.
type day struct {
	s        Pages
	r        *site.Request
	w        site.Wording
	whole    bool          // about everybody: the reader is not among the people
	accounts []minori.ID   // the reader's; nil: all that they see
	mine     action.Filter // calls to be worked now
	due      int           // overdue and today
	renewals int           // within weekDays
	moved    site.Moved
}

// Home shows what matters today: due work, what moved, what comes.
func (s Pages) Home(w http.ResponseWriter, r *site.Request) error {
	d := &day{s: s, r: r, w: r.Words(), whole: r.Actor.Person == 0, mine: action.Filter{Status: action.AnyAwake, Sort: action.ByDue}}
	m := model{View: r.View}
	if d.whole {
		m.Whole = r.View.T("home.whole")
	} else {
		d.mine.Owners = []minori.ID{r.Actor.Person}
		var err error
		if d.accounts, err = s.Desk.Book(r.Context(), r.Actor, d.mine.Owners); err != nil {
			return err
		}
	}
	for _, fill := range []func(*model) error{d.work, d.tasks, d.movers, d.coming, d.wins, d.hidden, d.greet} {
		if err := fill(&m); err != nil {
			return err
		}
	}
	return s.Page(w, r, site.Frame{Title: r.View.T("place.home"), Place: ui.PlaceHome}, page(m))
}

// greet says good morning, and what matters in one sentence.
func (d *day) greet(m *model) error {
	name := ""
	if !d.whole {
		labels, err := d.s.Accounts.Labels(d.r.Context(), d.r.Actor, []minori.ID{d.r.Actor.Person})
		if err != nil {
			return err
		}
		name = labels[d.r.Actor.Person].Name
	}
	m.Greeting = greeting(d.w, d.s.Clock().In(d.r.Config.Zone).Hour(), name)
	var parts []string
	if d.due > 0 {
		parts = append(parts, d.w.T("home.due", "count", d.due))
	}
	if d.renewals > 0 {
		parts = append(parts, d.w.T("home.renewals", "count", d.renewals))
	}
	var red []string
	for _, a := range d.moved.Rows {
		if a.Fell() && a.Is == ui.Red {
			red = append(red, a.Name)
		}
	}
	switch n := len(red); {
	case n == 1:
		parts = append(parts, d.w.T("home.fell-one", "account", red[0]))
	case n > 1:
		parts = append(parts, d.w.T("home.fell", "account", red[0], "count", n-1))
	}
	m.Sentence = d.w.T("home.nothing")
	if len(parts) > 0 {
		m.Sentence = d.w.T("home.sentence", "parts", d.w.List(parts...))
	}
	return nil
}

// greeting greets by the hour of the workspace.
func greeting(w site.Wording, hour int, name string) string {
	switch {
	case hour >= 5 && hour < 11 && name != "":
		return w.T("home.morning-name", "name", name)
	case hour >= 5 && hour < 11:
		return w.T("home.morning")
	case hour >= 11 && hour < 17 && name != "":
		return w.T("home.day-name", "name", name)
	case hour >= 11 && hour < 17:
		return w.T("home.day")
	case name != "":
		return w.T("home.evening-name", "name", name)
	}
	return w.T("home.evening")
}

// work lists the calls that are due first.
func (d *day) work(m *model) error {
	today := d.s.Actions.Today()
	counts, err := d.s.Bulk.Counts(d.r.Context(), d.r.Actor, d.mine, today)
	if err != nil {
		return err
	}
	d.due = counts[0]
	calls, total, err := d.s.Actions.List(d.r.Context(), d.r.Actor, d.mine, minori.Page{Limit: rows})
	if err != nil {
		return err
	}
	m.Work = part{Title: d.w.T("home.work"), Note: d.w.T("call.count", "count", total), Link: ui.Link{Label: d.w.T("place.cockpit"), URL: "/cockpit"}}
	if total == 0 {
		m.Work.Note = ""
		m.Work.Empty = &ui.EmptyProps{Icon: ui.IconCockpit, Title: d.w.T("home.no-work"), Text: d.w.T("home.no-work.text"), Link: ui.Link{Label: d.w.T("place.rules"), URL: "/rules"}}
	}
	names, err := d.subjects(calls)
	if err != nil {
		return err
	}
	for i := range calls {
		c := &calls[i]
		l := line{Mark: site.PriorityBadge(d.w.View, c.Priority), Title: d.w.CallTitle(c), URL: d.r.CallURL(c.ID), Drawer: true,
			Below: names[c.Subject.ID]}
		l.at(d, c.Due)
		m.Work.Lines = append(m.Work.Lines, l)
	}
	if rest := total - len(calls); rest > 0 {
		m.Work.More = ui.Link{Label: d.w.T("home.more", "count", rest), URL: "/cockpit"}
	}
	return nil
}

// at adds when something is due.
func (l *line) at(d *day, due minori.Day) {
	if words := d.w.Due(due); due < d.w.Today {
		l.Late = words
	} else {
		l.Below += " · " + words
	}
}

// subjects names what calls are about.
func (d *day) subjects(calls []action.Call) (map[minori.ID]string, error) {
	ids := make([]minori.ID, len(calls))
	for i := range calls {
		ids[i] = calls[i].Subject.ID
	}
	return d.names(ids)
}

func (d *day) names(ids []minori.ID) (map[minori.ID]string, error) {
	labels, err := d.s.Accounts.Labels(d.r.Context(), d.r.Actor, ids)
	out := make(map[minori.ID]string, len(labels))
	for id, l := range labels {
		out[id] = site.LabelName(l)
	}
	return out, err
}

// movers lists the accounts whose score moved, with why.
func (d *day) movers(m *model) error {
	var err error
	if d.moved, err = d.s.Moved(d.r, d.accounts, rows); err != nil {
		return err
	}
	m.Moved = part{Title: d.w.T("home.moved"), Link: ui.Link{Label: d.w.T("place.accounts"), URL: "/accounts"}}
	switch {
	case d.moved.From == 0:
		m.Moved.Empty = &ui.EmptyProps{Icon: ui.IconActivity, Title: d.w.T("home.not-scored"), Text: d.w.T("home.not-scored.text"), Link: ui.Link{Label: d.w.T("place.scorecards"), URL: "/scorecards"}}
	case len(d.moved.Rows) == 0:
		m.Moved.Empty = &ui.EmptyProps{Icon: ui.IconActivity, Title: d.w.T("home.nothing-moved"), Text: d.w.T("home.nothing-moved.text")}
	}
	if d.moved.From != 0 {
		m.Moved.Note = d.w.T("home.since", "date", d.w.DayMonth(d.moved.From))
	}
	for _, a := range d.moved.Rows {
		m.Moved.Lines = append(m.Moved.Lines, line{Title: a.Name, URL: d.r.AccountURL(a.Key), Below: a.Why, End: site.Sequence(
			ui.Change(d.w.View, site.ScoreChange(d.w.View, a.Delta(), "")), ui.Health(d.w.View, d.w.Health(&a.To, string(a.Is))))})
	}
	return nil
}

// hidden counts the accounts that are green and have signs against it.
func (d *day) hidden(m *model) error {
	card := d.r.Config.Program(minori.Account).Main()
	if card == nil {
		return nil
	}
	q := site.HiddenQuery(card, evaluate.QuietDays)
	q.IDs, q.Page = d.accounts, minori.Page{Limit: 1}
	list, err := d.s.Lake.List(d.r.Context(), d.r.Actor, q)
	if err = site.NotComputed(err); err != nil || list.Total == 0 {
		return err
	}
	m.Hidden = ui.Link{Label: d.w.T("home.hidden", "count", int(list.Total)), URL: "/hidden-risk"}
	return nil
}
