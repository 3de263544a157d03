package cockpit

import (
	"net/url"
	"slices"

	minori "github.com/minori-hq/minori"
	"github.com/minori-hq/minori/account"
	"github.com/minori-hq/minori/action"
	"github.com/minori-hq/minori/web/site"
	"github.com/minori-hq/minori/web/ui"
)

// The views of the cockpit.
const (
	viewMine       = "mine"
	viewTeam       = "team"
	viewAll        = "all"
	viewUnassigned = "unassigned"
)

// statusAny lets calls of every status through.
const statusAny = "any"

// cockpitQuery is what the cockpit is asked for.
type cockpitQuery struct {
	View     string
	Owner    string // a person's id, in the views team and all
	Type     string
	Status   string // "": to be worked now
	Rule     string
	Priority string
	Number   int
	team     []minori.ID // filled by desk
}

// params gives the query as parameters of an address, without the page.
func (q cockpitQuery) params() []string {
	return []string{"view", q.View, "owner", q.Owner, "type", q.Type, "status", q.Status, "rule", q.Rule, "priority", q.Priority}
}

// filtered reports whether the query asks for more than a view.
func (q cockpitQuery) filtered() bool {
	return q.Owner != "" || q.Type != "" || q.Status != "" || q.Rule != "" || q.Priority != ""
}

func statuses(w site.Wording) []ui.Option {
	awake := ui.Option{Label: w.T("status.awake")}
	return append([]ui.Option{awake, {Value: string(action.AnyOpen), Label: w.T("status.open")}}, site.CallStatuses(w)[1:]...)
}

func priorities(w site.Wording) []ui.Option {
	out := []ui.Option{{Label: w.T("call.any")}}
	for _, p := range action.Priorities() {
		out = append(out, ui.Option{Value: p, Label: w.Priority(p)})
	}
	return out
}

// ruleOptions gives the rules that open calls to action.
func ruleOptions(w site.Wording) []ui.Option {
	out := []ui.Option{{Label: w.T("call.any")}}
	for i := range w.Config.Rules {
		name := w.Config.Rules[i].Def.Name
		out = append(out, ui.Option{Value: name, Label: w.Rule(name)})
	}
	return out
}

func readCockpit(r *site.Request) (cockpitQuery, minori.Page, error) {
	q := cockpitQuery{Owner: r.URL.Query().Get("owner"), Rule: r.URL.Query().Get("rule")}
	page, number, err := r.Page(cockpitSize)
	if err != nil {
		return q, page, err
	}
	q.Number = number
	w := r.Words()
	for _, c := range []struct {
		name    string
		into    *string
		choices []ui.Option
	}{
		{"view", &q.View, []ui.Option{{Value: viewMine}, {Value: viewTeam}, {Value: viewAll}, {Value: viewUnassigned}}},
		{"type", &q.Type, site.CallTypes(w)}, {"status", &q.Status, statuses(w)}, {"priority", &q.Priority, priorities(w)},
	} {
		if *c.into, err = r.OneOf(c.name, c.choices); err != nil {
			return q, page, err
		}
	}
	if q.View == "" {
		q.View = viewAll
		if r.Actor.Person != 0 && q.Owner == "" {
			q.View = viewMine
		}
	}
	if q.View == viewMine || q.View == viewUnassigned {
		q.Owner = ""
	}
	return q, page, nil
}

// viewFilter gives the calls that a view holds.
func (q cockpitQuery) viewFilter(r *site.Request, view string) action.Filter {
	f := action.Filter{Status: action.AnyAwake, Sort: action.ByDue}
	switch view {
	case viewMine:
		f.Owners = []minori.ID{}
		if r.Actor.Person != 0 {
			f.Owners = []minori.ID{r.Actor.Person}
		}
	case viewTeam:
		f.Owners = append([]minori.ID{}, q.team...)
	case viewUnassigned:
		f.Unowned = true
	}
	return f
}

// filter gives what a query asks of the calls to action.
func (s Pages) filter(r *site.Request, q cockpitQuery) (action.Filter, error) {
	f := q.viewFilter(r, q.View)
	f.Type, f.Rule, f.Priority = q.Type, q.Rule, q.Priority
	switch q.Status {
	case "":
	case statusAny:
		f.Status = ""
	case string(action.StatusClosed):
		f.Status, f.Sort = action.StatusClosed, action.ByClosed
	default:
		f.Status = action.Status(q.Status)
	}
	if q.Owner == "" {
		return f, nil
	}
	person, err := s.Accounts.ByKey(r.Context(), r.Actor, minori.Person, q.Owner)
	if minori.CodeOf(err) == minori.NotFound {
		return f, site.Invalid(r.View.T("cockpit.no-person", "id", site.Clip(q.Owner, 40)))
	}
	f.Owner = person.ID
	return f, err
}

// team gives the reader's people: who reports to them, at any depth, and who
// is of the same team.
func (s Pages) team(r *site.Request, persons []account.Person) ([]minori.ID, error) {
	if r.Actor.Person == 0 {
		return nil, nil
	}
	team, err := s.Desk.Team(r.Context(), r.Actor)
	if err != nil {
		return nil, err
	}
	mine := slices.IndexFunc(persons, func(p account.Person) bool { return p.ID == r.Actor.Person })
	for i := range persons {
		if mine >= 0 && persons[mine].Team != "" && persons[i].Team == persons[mine].Team {
			team = append(team, persons[i].ID)
		}
	}
	slices.Sort(team)
	return slices.Compact(team), nil
}

// personOptions gives the people a call may be given to, after a first choice.
func personOptions(r *site.Request, persons []account.Person, first string) []ui.Option {
	out := []ui.Option{{Label: first}}
	for _, p := range persons {
		if p.Left == nil || *p.Left >= r.View.Today {
			out = append(out, ui.Option{Value: p.Key, Label: p.Name})
		}
	}
	return out
}

// chips gives the filter that reads as a sentence.
func (m *cockpitModel) chips(r *site.Request) ui.FilterProps {
	v, q := r.View, m.Query
	p := ui.FilterProps{Action: "/cockpit", Subject: v.T("cockpit.subject"),
		Keep: url.Values{"view": {q.View}}, ClearURL: r.Link("/cockpit", "view", q.View)}
	for _, c := range []struct {
		label, value string
		options      []ui.Option
		without      func(*cockpitQuery)
	}{
		{v.T("call.owner"), q.Owner, m.Owners, func(q *cockpitQuery) { q.Owner = "" }},
		{v.T("call.type"), q.Type, m.Types, func(q *cockpitQuery) { q.Type = "" }},
		{v.T("call.priority"), q.Priority, m.Priorities, func(q *cockpitQuery) { q.Priority = "" }},
		{v.T("call.rule"), q.Rule, m.Rules, func(q *cockpitQuery) { q.Rule = "" }},
		{v.T("call.status"), q.Status, m.Statuses, func(q *cockpitQuery) { q.Status = "" }},
	} {
		if c.value == "" {
			continue
		}
		if i := slices.IndexFunc(c.options, func(o ui.Option) bool { return o.Value == c.value }); i >= 0 {
			c.value = c.options[i].Label
		}
		rest := q
		c.without(&rest)
		p.Chips = append(p.Chips, ui.Chip{Words: v.Condition(c.label, ui.OpIs, c.value), RemoveURL: r.Link("/cockpit", rest.params()...)})
	}
	return p
}
