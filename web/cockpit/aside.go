package cockpit

import (
	"strconv"

	"github.com/a-h/templ"

	minori "github.com/minori-hq/minori"
	"github.com/minori-hq/minori/action"
	"github.com/minori-hq/minori/web/site"
	"github.com/minori-hq/minori/web/ui"
)

// taskAhead is how many days ahead tasks are shown beside the calls.
const taskAhead = 7

// taskLine is a task that is due, beside the calls.
type taskLine struct {
	Title, Name string
	Path        string // where it is ticked off; "" for who may not
	Version     string
	CallURL     string
	About       string
	Due         string
	Late        bool
}

// renewalLine is an account that renews soon.
type renewalLine struct {
	Name, URL string
	Due       string
	Health    templ.Component
	ARR       string
}

// fillAside reads tasks and renewals of the people whose calls are shown.
func (s Pages) fillAside(r *site.Request, m *cockpitModel) error {
	var people []minori.ID // nil: everybody
	switch m.Query.View {
	case viewUnassigned:
		return nil
	case viewMine:
		people = []minori.ID{r.Actor.Person}
	case viewTeam:
		people = append([]minori.ID{}, m.Query.team...)
	}
	if err := s.fillTasks(r, m, people); err != nil {
		return err
	}
	var among []minori.ID
	if people != nil {
		var err error
		if among, err = s.Desk.Book(r.Context(), r.Actor, people); err != nil {
			return err
		}
	}
	list, total, err := s.Renewals(r, among, site.RenewalDays, asideSize)
	if err != nil {
		return err
	}
	w := r.Words()
	for i := range list {
		a := &list[i]
		m.Renewals = append(m.Renewals, renewalLine{Name: a.Name, URL: r.AccountURL(a.Key), Due: w.Due(a.Day),
			Health: ui.Health(r.View, w.Health(a.Score, a.Band)), ARR: site.MoneyShort(r.View, a.ARR, r.Config.Workspace.Currency)})
	}
	if total > len(list) {
		m.MoreURL = "/accounts?f=" + "below+field%3Aaccount.days_to_renewal+" + strconv.Itoa(site.RenewalDays+1)
	}
	return nil
}

func (s Pages) fillTasks(r *site.Request, m *cockpitModel, people []minori.ID) error {
	by := s.Actions.Today() + taskAhead
	tasks, total, err := s.Bulk.Tasks(r.Context(), r.Actor, action.TaskFilter{Who: people, DueBy: &by}, minori.Page{Limit: asideSize})
	if err != nil {
		return err
	}
	ids := make([]minori.ID, len(tasks))
	for i := range tasks {
		ids[i] = tasks[i].Subject.ID
	}
	labels, err := s.Accounts.Labels(r.Context(), r.Actor, ids)
	if err != nil {
		return err
	}
	w := r.Words()
	for i := range tasks {
		t := &tasks[i]
		line := taskLine{Title: w.Titled(t.Title, t.Name), Name: t.Name, Version: strconv.FormatInt(t.Version, 10), CallURL: callPath(t.Call),
			About: subjectName(labels, t.Subject), Due: w.Due(t.Due), Late: t.Due < w.Today}
		if r.Actor.MayAct() {
			line.Path = callPath(t.Call) + "/task"
		}
		m.Tasks = append(m.Tasks, line)
	}
	if total > len(tasks) {
		m.TasksMore = w.T("cockpit.more-tasks", "count", total-len(tasks))
	}
	return nil
}
