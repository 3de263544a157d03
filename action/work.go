package action

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	minori "github.com/minori-hq/minori"
	"github.com/minori-hq/minori/auth"
)

// MaxComment is the most bytes of a comment.
const MaxComment = 16 << 10

func mayRead(actor minori.Actor) error {
	return actor.Require(actor.MayRead(), "read calls to action")
}

// List gives calls and how many there are in all.
func (s *Service) List(ctx context.Context, actor minori.Actor, f Filter, page minori.Page) ([]Call, int, error) {
	f, err := s.scoped(ctx, actor, f)
	if err != nil {
		return nil, 0, err
	}
	hidden, err := s.cfg.Scopes.Hidden(ctx, actor)
	if err != nil {
		return nil, 0, err
	}
	today := s.Today()
	calls, n, err := s.store.Calls(ctx, f, today, page)
	for i := range calls {
		calls[i].wake(today)
		calls[i].told(hidden)
	}
	return calls, n, err
}

// Get gives one call with its tasks and log.
func (s *Service) Get(ctx context.Context, actor minori.Actor, id int64) (Call, error) {
	if err := mayRead(actor); err != nil {
		return Call{}, err
	}
	c, err := s.call(ctx, actor, id)
	if err != nil {
		return Call{}, err
	}
	c.wake(s.Today())
	return c, nil
}

// wake shows a call whose snooze is over as in progress.
func (c *Call) wake(today minori.Day) {
	if c.Status == StatusSnoozed && c.Snoozed != nil && *c.Snoozed <= today {
		c.Status = StatusInProgress
	}
}

// OpenCounts counts open calls by type ("" for all types) and subject, of some
// subjects (nil: of all).
func (s *Service) OpenCounts(ctx context.Context, kind minori.SubjectKind, subjects []minori.ID) (map[string]map[minori.ID]int, error) {
	return s.store.OpenCounts(ctx, kind, subjects)
}

// change reads a call, changes it and writes it with events and audit, if it
// is still as the actor saw it (version 0: whatever it is).
func (s *Service) change(ctx context.Context, actor minori.Actor, id, version int64, verb string,
	fn mutation) (Call, error) {
	if err := actor.Require(actor.MayAct(), "work calls to action"); err != nil {
		return Call{}, err
	}
	var c Call
	err := s.store.InTx(ctx, func(ctx context.Context) error {
		var err error
		if c, err = s.call(ctx, actor, id); err != nil {
			return err
		}
		if version != 0 && c.Version != version {
			return s.conflict(&c)
		}
		_, err = s.apply(ctx, actor, &c, verb, fn)
		return err
	})
	if err != nil {
		return Call{}, err
	}
	return c, nil
}

// mutation changes a call in memory and tells what it did; no events: nothing.
type mutation func(ctx context.Context, c *Call) ([]Event, error)

// apply changes a call that was read in the transaction of ctx and writes it
// with events and audit; changed is false when there was nothing to do.
func (s *Service) apply(ctx context.Context, actor minori.Actor, c *Call, verb string, fn mutation) (changed bool, err error) {
	c.wake(s.Today())
	events, err := fn(ctx, c)
	if err != nil || len(events) == 0 {
		return false, err
	}
	now := s.now()
	for i := range events {
		events[i].Call, events[i].At, events[i].Author = c.ID, now, actor.Name
	}
	ok, err := s.store.SaveCall(ctx, *c)
	if err != nil {
		return false, err
	}
	if !ok {
		return false, s.conflict(c)
	}
	c.Version++
	if err := s.record(ctx, events); err != nil {
		return false, err
	}
	c.Log = append(c.Log, events...)
	return true, s.store.AppendAudit(ctx, auth.Entry{
		At: now, Actor: actor.Name, Action: "call." + verb, Object: fmt.Sprintf("call %d", c.ID), Detail: events[len(events)-1].To,
	})
}

func (s *Service) conflict(c *Call) error {
	who, when := "somebody", ""
	if n := len(c.Log); n > 0 {
		last := c.Log[n-1]
		who, when = last.Author, " at "+time.UnixMicro(last.At).In(s.cfg.Zone).Format("2006-01-02 15:04")
	}
	return minori.Errorf(minori.Conflict, "%s changed call %d%s, after you opened it; look at it again before you save", who, c.ID, when)
}

func (c *Call) mustBeOpen() error {
	if c.Status == StatusClosed {
		return minori.Errorf(minori.Invalid, "call %d is closed; a closed call stays as it is", c.ID)
	}
	return nil
}

// Assign gives the call to a person, or to nobody (0).
func (s *Service) Assign(ctx context.Context, actor minori.Actor, id, version int64, person minori.ID) (Call, error) {
	return s.change(ctx, actor, id, version, "assign", assigning(person))
}

func assigning(person minori.ID) mutation {
	return func(_ context.Context, c *Call) ([]Event, error) {
		if err := c.mustBeOpen(); err != nil || c.Owner == person {
			return nil, err
		}
		e := Event{Kind: EventOwner, From: idText(c.Owner), To: idText(person)}
		c.Owner = person
		return []Event{e}, nil
	}
}

func idText(id minori.ID) string {
	if id == 0 {
		return ""
	}
	return fmt.Sprint(id)
}

// SetStatus sets an open call to new or in progress; it also ends a snooze.
func (s *Service) SetStatus(ctx context.Context, actor minori.Actor, id, version int64, status Status) (Call, error) {
	return s.change(ctx, actor, id, version, "status", func(_ context.Context, c *Call) ([]Event, error) {
		if status != StatusNew && status != StatusInProgress {
			return nil, minori.Errorf(minori.Invalid, "a status is set to %q or %q; snooze and close ask for more", StatusNew, StatusInProgress)
		}
		if err := c.mustBeOpen(); err != nil || c.Status == status {
			return nil, err
		}
		e := Event{Kind: EventStatus, From: string(c.Status), To: string(status)}
		c.Status, c.Snoozed = status, nil
		return []Event{e}, nil
	})
}

// Snooze puts an open call aside until a day.
func (s *Service) Snooze(ctx context.Context, actor minori.Actor, id, version int64, until minori.Day) (Call, error) {
	return s.change(ctx, actor, id, version, "snooze", s.snoozing(until))
}

func (s *Service) snoozing(until minori.Day) mutation {
	return func(_ context.Context, c *Call) ([]Event, error) {
		if err := c.mustBeOpen(); err != nil {
			return nil, err
		}
		if today := s.Today(); until <= today || until > today+366 {
			return nil, minori.Errorf(minori.Invalid, "snooze until a day after today (%s) and within a year", today)
		}
		e := Event{Kind: EventSnoozed, From: string(c.Status), To: until.String()}
		c.Status, c.Snoozed = StatusSnoozed, &until
		return []Event{e}, nil
	}
}

// Close closes an open call with a result.
func (s *Service) Close(ctx context.Context, actor minori.Actor, id, version int64, outcome Outcome, comment string) (Call, error) {
	return s.change(ctx, actor, id, version, "close", s.closing(outcome, comment))
}

func (s *Service) closing(outcome Outcome, comment string) mutation {
	return func(_ context.Context, c *Call) ([]Event, error) {
		if !slices.Contains([]Outcome{Success, NoSuccess, Invalid}, outcome) {
			return nil, minori.Errorf(minori.Invalid, "close with the result %q, %q or %q", Success, NoSuccess, Invalid)
		}
		if err := c.mustBeOpen(); err != nil {
			return nil, err
		}
		if err := checkComment(comment); err != nil {
			return nil, err
		}
		e := Event{Kind: EventClosed, From: string(c.Status), To: string(outcome), Text: comment}
		c.Status, c.Snoozed, c.Outcome, c.ClosedAt = StatusClosed, nil, outcome, s.now()
		return []Event{e}, nil
	}
}

func checkComment(text string) error {
	if len(text) > MaxComment {
		return minori.Errorf(minori.Invalid, "the comment has %d bytes; at most %d are kept", len(text), MaxComment)
	}
	return nil
}

// Comment adds a comment, to closed calls as well.
func (s *Service) Comment(ctx context.Context, actor minori.Actor, id int64, text string) (Call, error) {
	return s.change(ctx, actor, id, 0, "comment", func(context.Context, *Call) ([]Event, error) {
		if strings.TrimSpace(text) == "" {
			return nil, minori.Errorf(minori.Invalid, "write a comment before saving it")
		}
		if err := checkComment(text); err != nil {
			return nil, err
		}
		return []Event{{Kind: EventComment, Text: text}}, nil
	})
}

// SetTask marks a task of a call as done or open again. A task is done only
// after those it waits for, and opened again only before those that wait for it.
func (s *Service) SetTask(ctx context.Context, actor minori.Actor, id, version int64, task string, done bool) (Call, error) {
	return s.change(ctx, actor, id, version, "task", func(ctx context.Context, c *Call) ([]Event, error) {
		if err := c.mustBeOpen(); err != nil {
			return nil, err
		}
		i := slices.IndexFunc(c.Tasks, func(t Task) bool { return t.Name == task })
		if i < 0 {
			return nil, minori.Errorf(minori.NotFound, "call %d has no task %q%s", id, task, minori.DidYouMean(task, taskNames(c.Tasks)))
		}
		t := &c.Tasks[i]
		if t.Done == done {
			return nil, nil
		}
		if err := c.mayTurn(t, done); err != nil {
			return nil, err
		}
		t.Done, t.DoneAt, t.DoneBy = done, 0, ""
		e := Event{Kind: EventTask, From: task, To: "open"}
		if done {
			t.DoneAt, t.DoneBy, e.To = s.now(), actor.Name, "done"
			c.TasksDone++
		} else {
			c.TasksDone--
		}
		events := []Event{e}
		if c.Status == StatusNew {
			events = append([]Event{{Kind: EventStatus, From: string(c.Status), To: string(StatusInProgress)}}, e)
			c.Status = StatusInProgress
		}
		return events, s.store.SaveTask(ctx, *t)
	})
}

// mayTurn checks the tasks before and after t.
func (c *Call) mayTurn(t *Task, done bool) error {
	for _, o := range c.Tasks {
		if done && !o.Done && slices.Contains(t.After, o.Name) {
			return minori.Errorf(minori.Invalid, "the task %q comes after %q, which is not done yet", t.Name, o.Name)
		}
		if !done && o.Done && slices.Contains(o.After, t.Name) {
			return minori.Errorf(minori.Invalid, "the task %q is done and comes after %q; open it first", o.Name, t.Name)
		}
	}
	return nil
}

func taskNames(tasks []Task) []string {
	names := make([]string, len(tasks))
	for i, t := range tasks {
		names[i] = t.Name
	}
	return names
}
