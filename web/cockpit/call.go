package cockpit

import (
	"net/http"
	"net/url"
	"slices"
	"strconv"

	"github.com/a-h/templ"

	minori "github.com/minori-hq/minori"
	"github.com/minori-hq/minori/account"
	"github.com/minori-hq/minori/action"
	"github.com/minori-hq/minori/text"
	"github.com/minori-hq/minori/web/site"
	"github.com/minori-hq/minori/web/ui"
)

// callModel is the page of one call to action.
type callModel struct {
	ui.View
	Call     action.Call
	Title    string
	Sentence string
	Notice   *ui.NoticeProps // what went wrong with a form
	Badges   templ.Component
	Why      []ui.Fact
	AsOf     string
	When     string // condition of the rule
	Facts    []ui.Fact
	Tasks    *ui.TableProps
	Lines    []callTask // the same tasks, for the drawer
	Done     string
	History  []ui.TimelineGroup
	MayAct   bool
	Owners   []ui.Option
	Owner    string // key of the present owner
	Outcomes []ui.Option
	Draft    url.Values // what was entered and not saved
	Drawer   bool       // beside the list instead of on a page of its own
}

// callTask is one task of a call in the drawer.
type callTask struct {
	Name, Title string
	Done, Waits bool
	Below       string
}

// id gives the identity of a control, which is another in the drawer: the list
// beside it has controls too.
func (m callModel) id(name string) string {
	if m.Drawer {
		return "drawer-" + name
	}
	return "field-" + name
}

// draft gives what was entered in a field, or what is there.
func (m callModel) draft(field, present string) string {
	if m.Draft.Has(field) {
		return m.Draft.Get(field)
	}
	return present
}

// path gives the address of something done with the call.
func (m callModel) path(do string) string { return callPath(m.Call.ID) + "/" + do }

// version is the state the reader saw.
func (m callModel) version() string { return strconv.FormatInt(m.Call.Version, 10) }

// open reports whether there is still work to do.
func (m callModel) open() bool { return m.Call.Status != action.StatusClosed }

func callID(r *site.Request) (int64, error) {
	id, err := strconv.ParseInt(r.PathValue("id"), 10, 64)
	if err != nil || id < 1 {
		return 0, minori.Errorf(minori.NotFound, "%s", r.View.T("call.not-found"))
	}
	return id, nil
}

// getCall reads a call; there being none is said in the reader's language.
func (s Pages) getCall(r *site.Request) (action.Call, error) {
	id, err := callID(r)
	if err != nil {
		return action.Call{}, err
	}
	c, err := s.Actions.Get(r.Context(), r.Actor, id)
	if minori.CodeOf(err) == minori.NotFound {
		return c, minori.Errorf(minori.NotFound, "%s", r.View.T("call.not-found"))
	}
	return c, err
}

// Call shows one call.
func (s Pages) Call(w http.ResponseWriter, r *site.Request) error {
	m, err := s.callModel(r)
	if err != nil {
		return err
	}
	if m.Drawer {
		return s.Part(w, r, callDrawer(m))
	}
	return s.Page(w, r, m.frame(), callPage(m))
}

// inDrawer reports whether a script asks for the drawer beside the list.
func inDrawer(r *site.Request) bool { return r.HTMX() && r.Header.Get("HX-Target") == "drawer" }

func (m callModel) frame() site.Frame {
	return site.Frame{Title: m.Title, Place: ui.PlaceCockpit, Crumbs: []ui.Link{{Label: m.T("place.cockpit"), URL: "/cockpit"}, {Label: m.Title}}}
}

func (s Pages) callModel(r *site.Request) (callModel, error) {
	m := callModel{View: r.View, MayAct: r.Actor.MayAct(), Drawer: inDrawer(r)}
	c, err := s.getCall(r)
	if err != nil {
		return m, err
	}
	w := r.Words()
	labels, err := s.logLabels(r, c)
	if err != nil {
		return m, err
	}
	m.Call, m.Title = c, w.CallTitle(&c)
	name := c.Subject.Key
	if l := labels[c.Subject.ID]; l.Name != "" {
		name = l.Name
	}
	m.Sentence = w.T("call.sentence", "account", name, "date", w.Date(site.DayIn(r, c.OpenedAsOf)), "due", w.Relative(c.Due))
	m.Badges = site.Sequence(site.PriorityBadge(r.View, c.Priority), site.StatusBadge(w, &c))
	m.AsOf = w.Date(site.DayIn(r, c.OpenedAsOf))
	for _, e := range c.Evidence {
		m.Why = append(m.Why, ui.Fact{Label: w.Source(e.Name), Value: ui.Words(w.Evidence(e)), Note: sinceWord(w, e.Since)})
	}
	if rule, ok := r.Config.Rule(c.RuleName); ok {
		m.When = rule.Def.When
	}
	m.Facts = cockpitFacts(r, w, &c, labels)
	if len(c.Tasks) > 0 {
		t := taskTable(w, &c, labels, &m)
		m.Tasks, m.Done = &t, w.T("call.tasks-done", "done", c.TasksDone, "total", c.TaskCount)
	}
	m.History = callHistory(r, w, &c, labels)
	m.Outcomes = site.Outcomes(w)
	persons, err := s.Accounts.Persons(r.Context(), r.Actor, minori.Page{Limit: minori.MaxPage})
	if err != nil {
		return m, err
	}
	m.Owners = personOptions(r, persons, w.T("call.nobody"))
	if l, ok := labels[c.Owner]; ok {
		m.Owner = l.Key
		if !slices.ContainsFunc(m.Owners, func(o ui.Option) bool { return o.Value == l.Key }) {
			m.Owners = append(m.Owners, ui.Option{Value: l.Key, Label: l.Name})
		}
	}
	return m, nil
}

func sinceWord(w site.Wording, day string) string {
	d, err := minori.ParseDay(day)
	if err != nil {
		return ""
	}
	return w.T("word.since", "date", w.Date(d))
}

// logLabels gives the names of everybody a call and its log name.
func (s Pages) logLabels(r *site.Request, c action.Call) (map[minori.ID]account.Label, error) {
	ids := []minori.ID{c.Subject.ID, c.Owner}
	for _, e := range c.Log {
		if e.Kind == action.EventOwner {
			ids = append(ids, personID(e.From), personID(e.To))
		}
	}
	for _, t := range c.Tasks {
		ids = append(ids, t.Assignee)
	}
	ids = slices.DeleteFunc(ids, func(id minori.ID) bool { return id == 0 })
	slices.Sort(ids)
	return s.Accounts.Labels(r.Context(), r.Actor, slices.Compact(ids))
}

// personID reads a person of an event; 0 for nobody.
func personID(s string) minori.ID {
	id, err := strconv.ParseInt(s, 10, 64)
	if err != nil {
		return 0
	}
	return minori.ID(id)
}

func cockpitFacts(r *site.Request, w site.Wording, c *action.Call, labels map[minori.ID]account.Label) []ui.Fact {
	facts := []ui.Fact{
		{Label: w.T("call.account"), Value: subjectLink(r, labels, c.Subject)},
		{Label: w.T("call.owner"), Value: ui.Words(personName(w, labels, c.Owner))},
		{Label: w.T("call.due"), Value: ui.Words(w.Date(c.Due)), Note: dueNote(w, c)},
		{Label: w.T("call.type"), Value: ui.Words(w.CallKind(c))},
	}
	if c.RuleName != "" {
		facts = append(facts, ui.Fact{Label: w.T("call.rule"), Value: site.LinkTo(w.Rule(c.RuleName), "/rules/"+url.PathEscape(c.RuleName))})
	}
	if c.Playbook != "" {
		title := c.Playbook
		if p, ok := r.Config.Playbook(c.Playbook); ok {
			title = w.Titled(p.Def.Title, c.Playbook)
		}
		facts = append(facts, ui.Fact{Label: w.T("call.playbook"), Value: ui.Words(title)})
	}
	if c.Recovered != 0 {
		facts = append(facts, ui.Fact{Label: w.T("status.recovered"), Value: ui.Words(w.Date(site.DayIn(r, c.Recovered)))})
	}
	if c.Status == action.StatusClosed {
		facts = append(facts, ui.Fact{Label: w.T("call.result"), Value: ui.Words(w.Outcome(c.Outcome)), Note: w.DateTime(minori.FromMicros(c.ClosedAt))})
	}
	return facts
}

func dueNote(w site.Wording, c *action.Call) string {
	switch late := int(w.Today - c.Due); {
	case c.Status == action.StatusClosed:
		return ""
	case late > 0:
		return w.T("call.late", "days", w.Count(late, text.Days))
	case late >= -7:
		return relative(w, c.Due)
	}
	return ""
}

// taskTable lists the tasks of a call, with a button to tick each off.
func taskTable(w site.Wording, c *action.Call, labels map[minori.ID]account.Label, m *callModel) ui.TableProps {
	t := ui.TableProps{Caption: w.T("call.tasks"), Columns: []ui.Column{
		{Label: w.T("task.state"), Tight: true}, {Label: w.T("task.title"), Primary: true}, {Label: w.T("task.after")},
		{Label: w.T("call.due"), Tight: true}, {Label: w.T("task.who")},
	}}
	titles := map[string]string{}
	for i := range c.Tasks {
		titles[c.Tasks[i].Name] = w.Titled(c.Tasks[i].Title, c.Tasks[i].Name)
	}
	for i := range c.Tasks {
		task := &c.Tasks[i]
		var after []string
		waits := false
		for _, o := range c.Tasks {
			if slices.Contains(task.After, o.Name) {
				after = append(after, titles[o.Name])
				waits = waits || !o.Done
			}
		}
		who := w.JobRole(task.Role)
		if task.Assignee != 0 {
			who = personName(w, labels, task.Assignee)
		}
		below := ""
		if task.Done {
			below = w.T("task.done-by", "who", w.Author(task.DoneBy), "when", w.DateTime(minori.FromMicros(task.DoneAt)))
		}
		line := callTask{Name: task.Name, Title: titles[task.Name], Done: task.Done, Waits: waits, Below: below}
		if !task.Done {
			line.Below = taskNote(w, task, who)
		}
		m.Lines = append(m.Lines, line)
		t.Rows = append(t.Rows, ui.Row{ID: "task-" + task.Name, Quiet: task.Done, Cells: []templ.Component{
			taskMark(*m, task.Name, titles[task.Name], task.Done, waits), ui.TwoLines(titles[task.Name], below),
			ui.Words(w.List(after...)), ui.Words(relative(w, task.Due)), ui.Words(who),
		}})
	}
	return t
}

// taskNote says when a task is due, who does it and how long it takes.
func taskNote(w site.Wording, task *action.Task, who string) string {
	note := relative(w, task.Due)
	if who != "" {
		note += " · " + who
	}
	if task.Hours > 0 {
		note += " · " + w.Quantity(task.Hours, "h")
	}
	return note
}

// relative writes a day as seen from today, where it stands by itself.
func relative(w site.Wording, d minori.Day) string {
	return site.Capital(w.Relative(d))
}
