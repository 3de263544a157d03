package action

import (
	"context"
	"time"

	minori "github.com/minori-hq/minori"
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
	// OpenCounts counts open calls by type and subject.
	OpenCounts(ctx context.Context, kind minori.SubjectKind) (map[string]map[minori.ID]int, error)
	// PersonsByRef resolves ids or e-mails to persons; unknown ones are left out.
	PersonsByRef(ctx context.Context, refs []string) (map[string]minori.ID, error)
	OverrideStore
}

// OverrideStore keeps scores set by hand.
type OverrideStore interface {
	InsertOverride(ctx context.Context, o Override) error
	// EndOverrides ends the overrides of a subject and scorecard that hold at or after an instant.
	EndOverrides(ctx context.Context, subject minori.ID, scorecard string, at int64, by string) (int, error)
	// OverridesAt gives the overrides that hold at an instant by subject.
	OverridesAt(ctx context.Context, scorecard string, at int64) (map[minori.ID]Override, error)
	// Overrides gives all overrides of a subject, newest first.
	Overrides(ctx context.Context, subject minori.ID, page minori.Page) ([]Override, error)
}

// Config is what the service is made with.
type Config struct {
	Zone     *time.Location // of the workspace
	Clock    minori.Clock
	Calendar *Calendar
}

// Service holds the rules and permissions around calls to action.
type Service struct {
	store Store
	cfg   Config
}

// NewService makes a service over a store.
func NewService(store Store, cfg Config) *Service { return &Service{store: store, cfg: cfg} }

func (s *Service) now() int64 { return s.cfg.Clock().UnixMicro() }

// Today is the calendar day of now in the workspace's zone.
func (s *Service) Today() minori.Day { return minori.DayOf(s.cfg.Clock().In(s.cfg.Zone)) }
