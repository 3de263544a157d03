package action

import (
	"cmp"
	"context"
	"slices"

	minori "github.com/minori-hq/minori"
)

// SlipDays is after how many days overdue work counts as slipping.
const SlipDays = 7

// TaskOf is a task with the call it belongs to.
type TaskOf struct {
	Task
	Subject  minori.Subject
	RuleName string
	Reason   string
	Owner    minori.ID // of the call
	Version  int64     // of the call
}

// Who gives who does the task; 0: nobody.
func (t *TaskOf) Who() minori.ID { return cmp.Or(t.Assignee, t.Owner) }

// TaskFilter picks open tasks; zero values do not filter.
type TaskFilter struct {
	Calls Filter      // of the calls they belong to
	Who   []minori.ID // assigned to one of these, or by default to the call's owner
	DueBy *minori.Day
}

// Tasks lists the open tasks of open calls by due day, and how many there are.
func (s *Service) Tasks(ctx context.Context, actor minori.Actor, f TaskFilter, page minori.Page) ([]TaskOf, int, error) {
	var err error
	if f.Calls, err = s.scoped(ctx, actor, f.Calls); err != nil {
		return nil, 0, err
	}
	f.Calls.Status = AnyAwake
	return s.store.Tasks(ctx, f, s.Today(), page)
}

// Counts counts calls by due day: up to each of the ascending ends, and after
// the last one.
func (s *Service) Counts(ctx context.Context, actor minori.Actor, f Filter, ends ...minori.Day) ([]int, error) {
	f, err := s.scoped(ctx, actor, f)
	if err != nil {
		return nil, err
	}
	return s.store.CountCalls(ctx, f, s.Today(), ends)
}

// Load is the open work of one person.
type Load struct {
	Person   minori.ID // 0: nobody
	Open     int       // calls to be worked now
	Overdue  int
	Slipping int // overdue for more than SlipDays
	Snoozed  int
	Tasks    int     // due by the end of the week, and overdue ones
	Hours    float64 // of these, as their playbooks say
	Unsaid   int     // of these, whose playbook says no hours
}

// MayLead reports whether the actor sees the work of a team.
func MayLead(actor minori.Actor) bool {
	return actor.MayConfigure() || actor.Role == minori.RoleLeader
}

// Loads gives the open work of everybody who has some, with accounts the
// actor sees, by person.
func (s *Service) Loads(ctx context.Context, actor minori.Actor) ([]Load, error) {
	if err := actor.Require(MayLead(actor), "see the work of a team"); err != nil {
		return nil, err
	}
	f, err := s.scoped(ctx, actor, Filter{})
	if err != nil {
		return nil, err
	}
	today := s.Today()
	calls, err := s.store.CallLoads(ctx, f, today)
	if err != nil {
		return nil, err
	}
	f.Status = AnyAwake
	tasks, err := s.store.TaskLoads(ctx, f, today, EndOfWeek(today))
	if err != nil {
		return nil, err
	}
	by := map[minori.ID]*Load{}
	for _, l := range append(calls, tasks...) {
		at := by[l.Person]
		if at == nil {
			at = &Load{Person: l.Person}
			by[l.Person] = at
		}
		at.Open, at.Overdue, at.Slipping, at.Snoozed = at.Open+l.Open, at.Overdue+l.Overdue, at.Slipping+l.Slipping, at.Snoozed+l.Snoozed
		at.Tasks, at.Hours, at.Unsaid = at.Tasks+l.Tasks, at.Hours+l.Hours, at.Unsaid+l.Unsaid
	}
	out := make([]Load, 0, len(by))
	for _, l := range by {
		out = append(out, *l)
	}
	slices.SortFunc(out, func(a, b Load) int { return cmp.Compare(a.Person, b.Person) })
	return out, nil
}

// EndOfWeek gives the Sunday of a day's week.
func EndOfWeek(d minori.Day) minori.Day { return d + minori.Day((7-int(d.Weekday()))%7) }
