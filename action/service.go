package action

import (
	"context"
	"slices"
	"time"

	minori "github.com/minori-hq/minori"
	"github.com/minori-hq/minori/account"
	"github.com/minori-hq/minori/auth"
)

// Store is what the service needs of the records store.
type Store interface {
	auth.Log
	InTx(ctx context.Context, fn func(ctx context.Context) error) error
	// NewIDs gives the first of n consecutive numbers of a named sequence.
	NewIDs(ctx context.Context, sequence string, n int) (int64, error)
	// LockRules lets one transaction at a time open calls for rules.
	LockRules(ctx context.Context) error
	// EffectCalls gives the calls that effects led to, by effect key.
	EffectCalls(ctx context.Context, keys []string) (map[string]int64, error)
	// SaveEffects keeps effect keys with their calls.
	SaveEffects(ctx context.Context, calls map[string]int64) error
	// OpenRuleCalls gives the open calls of rules for these subjects.
	OpenRuleCalls(ctx context.Context, rules []int64, subjects []minori.ID) ([]Call, error)
	InsertCalls(ctx context.Context, calls []Call, tasks []Task) error
	// JoinCalls notes that an episode found open calls.
	JoinCalls(ctx context.Context, episode int, ids []int64) error
	// RecoverCalls notes that the episode ended at an as-of.
	RecoverCalls(ctx context.Context, at int64, ids []int64) error
	// CloseCalls closes open calls.
	CloseCalls(ctx context.Context, outcome Outcome, at int64, ids []int64) error
	// SaveCall writes a call if its stored version is still c.Version, and
	// counts it up; false if it is not.
	SaveCall(ctx context.Context, c Call) (bool, error)
	AppendEvents(ctx context.Context, events []Event) error
	// Call gives one call with tasks and events.
	Call(ctx context.Context, id int64) (Call, error)
	// Calls lists calls and counts all that the filter lets through. A call
	// snoozed until today or before counts as in progress.
	Calls(ctx context.Context, f Filter, today minori.Day, page minori.Page) ([]Call, int, error)
	SaveTask(ctx context.Context, t Task) error
	// OpenCounts counts open calls by type and subject, of some subjects (nil: of
	// all).
	OpenCounts(ctx context.Context, kind minori.SubjectKind, subjects []minori.ID) (map[string]map[minori.ID]int, error)
	// PersonsByRef resolves ids or e-mails to persons; unknown ones are left out.
	PersonsByRef(ctx context.Context, refs []string) (map[string]minori.ID, error)
	OverrideStore
	PlaybookStore
	WorkStore
}

// OverrideStore keeps scores set by hand.
type OverrideStore interface {
	InsertOverride(ctx context.Context, o Override) error
	// EndOverrides ends the overrides of a subject and scorecard that hold at or after an instant.
	EndOverrides(ctx context.Context, subject minori.ID, scorecard string, at int64, by string) (int, error)
	// OverridesAt gives the overrides that hold at an instant by subject, of some
	// subjects (nil: of all).
	OverridesAt(ctx context.Context, scorecard string, at int64, subjects []minori.ID) (map[minori.ID]Override, error)
	// OverridesMoved gives the overrides that began or ended after one instant and
	// up to another.
	OverridesMoved(ctx context.Context, after, upTo int64) ([]OverrideMove, error)
	// Overrides gives all overrides of a subject, newest first.
	Overrides(ctx context.Context, subject minori.ID, page minori.Page) ([]Override, error)
}

// Config is what the service is made with.
type Config struct {
	Zone     *time.Location // of the workspace
	Clock    minori.Clock
	Calendar *Calendar
	Scopes   Scopes
	// Changed is called in the transaction of a change with what happened; nil
	// for nobody.
	Changed func(ctx context.Context, events []Event) error
}

// Scopes says which accounts and people an actor sees.
type Scopes interface {
	Scope(ctx context.Context, actor minori.Actor) (account.Scope, error)
	// Visible gives those of some subjects that the actor sees, ascending.
	Visible(ctx context.Context, actor minori.Actor, kind minori.SubjectKind, among []minori.ID) ([]minori.ID, error)
	// Hidden gives the fields the actor may not read.
	Hidden(ctx context.Context, actor minori.Actor) (account.Hidden, error)
}

// Service holds the rules and permissions around calls to action.
type Service struct {
	store Store
	cfg   Config
}

// NewService makes a service over a store.
func NewService(store Store, cfg Config) *Service { return &Service{store: store, cfg: cfg} }

func (s *Service) now() int64 { return s.cfg.Clock().UnixMicro() }

// scoped keeps a filter to what the actor sees.
func (s *Service) scoped(ctx context.Context, actor minori.Actor, f Filter) (Filter, error) {
	if err := mayRead(actor); err != nil {
		return f, err
	}
	var err error
	f.Scope, err = s.cfg.Scopes.Scope(ctx, actor)
	return f, err
}

// told leaves the values of hidden fields out of why a call was opened.
func (c *Call) told(hidden account.Hidden) {
	if len(hidden) == 0 {
		return
	}
	c.Evidence = slices.DeleteFunc(c.Evidence, func(e Evidence) bool { return hidden.Mentions(e.Name) })
	for i := range c.Log {
		if e := &c.Log[i]; (e.Kind == EventOpened || e.Kind == EventJoined) && hidden.Mentions(e.Text) {
			e.Text = ""
		}
	}
}

// sees reports whether the actor sees a subject.
func (s *Service) sees(ctx context.Context, actor minori.Actor, kind minori.SubjectKind, subject minori.ID) (bool, error) {
	got, err := s.cfg.Scopes.Visible(ctx, actor, kind, []minori.ID{subject})
	return len(got) == 1, err
}

// call reads a call whose subject the actor sees, without the values of fields
// it may not read. Any other does not exist.
func (s *Service) call(ctx context.Context, actor minori.Actor, id int64) (Call, error) {
	c, err := s.store.Call(ctx, id)
	if err != nil {
		return Call{}, err
	}
	ok, err := s.sees(ctx, actor, c.Subject.Kind, c.Subject.ID)
	if err == nil && !ok {
		err = minori.Errorf(minori.NotFound, "there is no call to action %d", id)
	}
	if err != nil {
		return Call{}, err
	}
	hidden, err := s.cfg.Scopes.Hidden(ctx, actor)
	c.told(hidden)
	return c, err
}

// record appends events to the history of their calls and tells of them.
func (s *Service) record(ctx context.Context, events []Event) error {
	if err := s.store.AppendEvents(ctx, events); err != nil || s.cfg.Changed == nil || len(events) == 0 {
		return err
	}
	return s.cfg.Changed(ctx, events)
}

// Today is the calendar day of now in the workspace's zone.
func (s *Service) Today() minori.Day { return minori.DayOf(s.cfg.Clock().In(s.cfg.Zone)) }
