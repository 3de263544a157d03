package action

import (
	"context"
	"crypto/rand"
	"fmt"
	"slices"
	"strings"

	minori "github.com/minori-hq/minori"
	"github.com/minori-hq/minori/account"
	"github.com/minori-hq/minori/auth"
)

// MaxBulk is the most calls that are changed at once.
const MaxBulk = 200

// undoFor is how long a change of several calls can be taken back, in
// microseconds.
const undoFor = 24 * 3600 * 1e6

// Verb is what is done with several calls at once.
type Verb string

// The verbs.
const (
	DoAssign   Verb = "assign"
	DoSnooze   Verb = "snooze"
	DoPriority Verb = "priority"
	DoClose    Verb = "close"
)

// Change is one change of several calls; Verb says which of the other fields
// counts.
type Change struct {
	Verb     Verb
	Owner    minori.ID // 0: nobody
	Until    minori.Day
	Priority string
	Outcome  Outcome
	Comment  string // of closing
}

// Seen is a call in the state in which somebody saw it.
type Seen struct {
	Call    int64
	Version int64
}

// Standing says what became of one of several calls.
type Standing string

// The standings.
const (
	Done    Standing = "done"
	Same    Standing = "same"    // it was so already
	Changed Standing = "changed" // somebody changed it since it was seen
	Closed  Standing = "closed"  // it was closed before
	Gone    Standing = "gone"    // there is no such call for the actor
	Taken   Standing = "taken"   // cannot be opened again: another call is open for its rule and account
)

// Before is what a change of several calls may change, as it was.
type Before struct {
	Status   Status      `json:"status"`
	Snoozed  *minori.Day `json:"snoozed,omitempty"`
	Outcome  Outcome     `json:"outcome,omitempty"`
	Owner    minori.ID   `json:"owner,omitempty"`
	Priority string      `json:"priority"`
	ClosedAt int64       `json:"closed_at,omitempty"`
}

// WorkedRow is what became of one call.
type WorkedRow struct {
	Call     int64    `json:"call"`
	Standing Standing `json:"standing"`
	Version  int64    `json:"version,omitempty"` // after the change
	Before   Before   `json:"before"`
	Last     *Event   `json:"last,omitempty"` // what the other did, for Changed
}

// Worked is a change of several calls that was made, and can be taken back by
// its token for a day.
type Worked struct {
	Token  string
	At     int64 // microseconds since 1970 UTC
	Actor  string
	Change Change
	Rows   []WorkedRow
	Undone bool // Rows then say what became of taking it back
}

// Count gives how many calls have a standing.
func (w *Worked) Count(s Standing) int {
	n := 0
	for i := range w.Rows {
		if w.Rows[i].Standing == s {
			n++
		}
	}
	return n
}

// WorkStore is what working on many calls needs of the records store.
type WorkStore interface {
	// CallsByID gives calls without tasks and log; unknown ones are left out.
	CallsByID(ctx context.Context, ids []int64) (map[int64]Call, error)
	// LastEvents gives the newest event of each of the calls.
	LastEvents(ctx context.Context, calls []int64) (map[int64]Event, error)
	// CountCalls counts the calls a filter lets through by due day: up to each
	// of the ascending ends, and after the last one.
	CountCalls(ctx context.Context, f Filter, today minori.Day, ends []minori.Day) ([]int, error)
	// Tasks lists tasks by due day and counts all that the filter lets through.
	Tasks(ctx context.Context, f TaskFilter, today minori.Day, page minori.Page) ([]TaskOf, int, error)
	// CallLoads counts open calls by owner.
	CallLoads(ctx context.Context, f Filter, today minori.Day) ([]Load, error)
	// TaskLoads counts open tasks due by a day, by who does them.
	TaskLoads(ctx context.Context, f Filter, today, by minori.Day) ([]Load, error)
	// SaveWorked inserts or replaces a change by its token, and forgets those
	// made before an instant.
	SaveWorked(ctx context.Context, w Worked, forget int64) error
	// Worked gives a change by its token.
	Worked(ctx context.Context, token string) (Worked, bool, error)
}

// Bulk changes several calls in one transaction. A call that cannot be changed
// stays as it is and its row says why; the others are changed.
func (s *Service) Bulk(ctx context.Context, actor minori.Actor, calls []Seen, ch Change) (Worked, error) {
	if err := actor.Require(actor.MayAct(), "work calls to action"); err != nil {
		return Worked{}, err
	}
	fn, err := s.changing(ch)
	if err != nil {
		return Worked{}, err
	}
	switch {
	case len(calls) == 0:
		return Worked{}, minori.Errorf(minori.Invalid, "choose at least one call to action")
	case len(calls) > MaxBulk:
		return Worked{}, minori.Errorf(minori.Invalid, "at most %d calls to action are changed at once", MaxBulk)
	}
	w := Worked{Token: strings.ToLower(rand.Text()), At: s.now(), Actor: actor.Name, Change: ch}
	err = s.store.InTx(ctx, func(ctx context.Context) error {
		w.Rows = nil
		ids := make([]int64, len(calls))
		for i, c := range calls {
			ids[i] = c.Call
		}
		present, err := s.callsFor(ctx, actor, ids)
		if err != nil {
			return err
		}
		seen := map[int64]bool{}
		for _, c := range calls {
			if seen[c.Call] {
				continue
			}
			seen[c.Call] = true
			row, err := s.bulkRow(ctx, actor, present, c, ch.Verb, fn)
			if err != nil {
				return err
			}
			w.Rows = append(w.Rows, row)
		}
		if err := s.tellChanged(ctx, w.Rows); err != nil {
			return err
		}
		return s.store.SaveWorked(ctx, w, w.At-undoFor)
	})
	return w, err
}

// callsFor gives those of the calls that the actor may see.
func (s *Service) callsFor(ctx context.Context, actor minori.Actor, ids []int64) (map[int64]Call, error) {
	calls, err := s.store.CallsByID(ctx, ids)
	if err != nil {
		return nil, err
	}
	subjects := make([]minori.ID, 0, len(calls))
	for _, c := range calls {
		subjects = append(subjects, c.Subject.ID)
	}
	seen, err := s.cfg.Scopes.Visible(ctx, actor, account.AnyKind, subjects)
	if err != nil {
		return nil, err
	}
	for id, c := range calls {
		if _, ok := slices.BinarySearch(seen, c.Subject.ID); !ok {
			delete(calls, id)
		}
	}
	return calls, nil
}

// bulkRow changes one of several calls.
func (s *Service) bulkRow(ctx context.Context, actor minori.Actor, present map[int64]Call, seen Seen, verb Verb, fn mutation) (WorkedRow, error) {
	row := WorkedRow{Call: seen.Call}
	c, ok := present[seen.Call]
	row.Before = Before{Status: c.Status, Snoozed: c.Snoozed, Outcome: c.Outcome, Owner: c.Owner, Priority: c.Priority, ClosedAt: c.ClosedAt}
	switch {
	case !ok:
		row.Standing = Gone
	case c.Version != seen.Version:
		row.Standing = Changed
	case c.Status == StatusClosed:
		row.Standing = Closed
	}
	if row.Standing != "" {
		return row, nil
	}
	changed, err := s.apply(ctx, actor, &c, string(verb), fn)
	switch {
	case minori.CodeOf(err) == minori.Conflict:
		row.Standing = Changed
	case err != nil:
		return row, err
	case changed:
		row.Standing, row.Version = Done, c.Version
	default:
		row.Standing = Same
	}
	return row, nil
}

// tellChanged notes for calls that somebody changed what was done last.
func (s *Service) tellChanged(ctx context.Context, rows []WorkedRow) error {
	var ids []int64
	for i := range rows {
		if rows[i].Standing == Changed {
			ids = append(ids, rows[i].Call)
		}
	}
	if len(ids) == 0 {
		return nil
	}
	last, err := s.store.LastEvents(ctx, ids)
	if err != nil {
		return err
	}
	for i := range rows {
		if e, ok := last[rows[i].Call]; ok && rows[i].Standing == Changed {
			rows[i].Last = &e
		}
	}
	return nil
}

// changing checks a change and gives what it does with each call.
func (s *Service) changing(ch Change) (mutation, error) {
	switch ch.Verb {
	case DoAssign:
		return assigning(ch.Owner), nil
	case DoSnooze:
		if today := s.Today(); ch.Until <= today || ch.Until > today+366 {
			return nil, minori.Errorf(minori.Invalid, "snooze until a day after today (%s) and within a year", today)
		}
		return s.snoozing(ch.Until), nil
	case DoPriority:
		if !slices.Contains(Priorities(), ch.Priority) {
			return nil, minori.Errorf(minori.Invalid, "a priority is one of %s", strings.Join(Priorities(), ", "))
		}
		return prioritising(ch.Priority), nil
	case DoClose:
		if !slices.Contains([]Outcome{Success, NoSuccess, Invalid}, ch.Outcome) {
			return nil, minori.Errorf(minori.Invalid, "close with the result %q, %q or %q", Success, NoSuccess, Invalid)
		}
		return s.closing(ch.Outcome, ch.Comment), checkComment(ch.Comment)
	}
	return nil, minori.Errorf(minori.Invalid, "several calls to action can be assigned, snoozed, given a priority and closed, not %q", ch.Verb)
}

// Priorities gives the priorities of calls, the most urgent first.
func Priorities() []string { return []string{"urgent", "high", "medium", "low"} }

// prioritising sets the priority of an open call.
func prioritising(priority string) mutation {
	return func(_ context.Context, c *Call) ([]Event, error) {
		if err := c.mustBeOpen(); err != nil || c.Priority == priority {
			return nil, err
		}
		e := Event{Kind: EventPriority, From: c.Priority, To: priority}
		c.Priority = priority
		return []Event{e}, nil
	}
}

// Worked gives a change of several calls that the actor made.
func (s *Service) Worked(ctx context.Context, actor minori.Actor, token string) (Worked, error) {
	if err := mayRead(actor); err != nil {
		return Worked{}, err
	}
	w, ok, err := s.store.Worked(ctx, token)
	if err == nil && (!ok || w.Actor != actor.Name || w.At < s.now()-undoFor) {
		err = minori.Errorf(minori.NotFound, "this change was made too long ago to be taken back")
	}
	return w, err
}

// Undo takes a change of several calls back. A call that was changed since
// stays as it is, and its row says so.
func (s *Service) Undo(ctx context.Context, actor minori.Actor, token string) (Worked, error) {
	if err := actor.Require(actor.MayAct(), "work calls to action"); err != nil {
		return Worked{}, err
	}
	var w Worked
	err := s.store.InTx(ctx, func(ctx context.Context) error {
		// Nothing may open calls for the rules of those that are opened again.
		if err := s.store.LockRules(ctx); err != nil {
			return err
		}
		var err error
		if w, err = s.Worked(ctx, actor, token); err != nil {
			return err
		}
		if w.Undone {
			return minori.Errorf(minori.Conflict, "this change was taken back already")
		}
		if w.Rows, err = s.undoRows(ctx, actor, &w); err != nil {
			return err
		}
		w.Undone = true
		return s.store.SaveWorked(ctx, w, s.now()-undoFor)
	})
	return w, err
}

func (s *Service) undoRows(ctx context.Context, actor minori.Actor, w *Worked) ([]WorkedRow, error) {
	var ids []int64
	for i := range w.Rows {
		if w.Rows[i].Standing == Done {
			ids = append(ids, w.Rows[i].Call)
		}
	}
	present, err := s.callsFor(ctx, actor, ids)
	if err != nil {
		return nil, err
	}
	taken, err := s.taken(ctx, present)
	if err != nil {
		return nil, err
	}
	var out []WorkedRow
	for _, row := range w.Rows {
		if row.Standing != Done {
			continue
		}
		c, ok := present[row.Call]
		switch {
		case !ok:
			row.Standing = Gone
		case c.Version != row.Version:
			row.Standing = Changed
		case c.Status == StatusClosed && taken[slot{c.Rule, c.Effect, c.Subject.ID}]:
			row.Standing = Taken
		default:
			if err := s.restore(ctx, actor, c, row.Before, w.Change.Verb); err != nil {
				return nil, err
			}
		}
		out = append(out, row)
	}
	return out, s.tellChanged(ctx, out)
}

// taken gives the places of closed calls at which others are open by now.
func (s *Service) taken(ctx context.Context, calls map[int64]Call) (map[slot]bool, error) {
	rules, subjects := map[int64]bool{}, map[minori.ID]bool{}
	for _, c := range calls {
		if c.Status == StatusClosed && c.Rule != 0 {
			rules[c.Rule], subjects[c.Subject.ID] = true, true
		}
	}
	out := map[slot]bool{}
	if len(rules) == 0 {
		return out, nil
	}
	open, err := s.store.OpenRuleCalls(ctx, keysOf(rules), keysOf(subjects))
	for _, c := range open {
		out[slot{c.Rule, c.Effect, c.Subject.ID}] = true
	}
	return out, err
}

func keysOf[T comparable](m map[T]bool) []T {
	out := make([]T, 0, len(m))
	for k := range m {
		out = append(out, k)
	}
	return out
}

// restore writes a call as it was before a change.
func (s *Service) restore(ctx context.Context, actor minori.Actor, c Call, b Before, verb Verb) error {
	c.Status, c.Snoozed, c.Outcome, c.Owner, c.Priority, c.ClosedAt = b.Status, b.Snoozed, b.Outcome, b.Owner, b.Priority, b.ClosedAt
	ok, err := s.store.SaveCall(ctx, c)
	if err != nil {
		return err
	}
	if !ok {
		return s.conflict(&c)
	}
	now := s.now()
	if err := s.record(ctx, []Event{{Call: c.ID, At: now, Author: actor.Name, Kind: EventUndone, From: string(verb)}}); err != nil {
		return err
	}
	return s.store.AppendAudit(ctx, auth.Entry{At: now, Actor: actor.Name, Action: "call.undo", Object: fmt.Sprintf("call %d", c.ID), Detail: string(verb)})
}
