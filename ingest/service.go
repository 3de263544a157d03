package ingest

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	minori "github.com/minori-hq/minori"
	"github.com/minori-hq/minori/account/traits"
	"github.com/minori-hq/minori/ingest/seen"
)

// Full says that no more messages are taken for the moment: more wait to be
// written, or to be folded, than the limits allow. Nothing was stored.
type Full struct {
	RetryAfter time.Duration // when to try again, whole seconds, at least one
}

// Error says what to do.
func (f Full) Error() string {
	return fmt.Sprintf("more messages arrive than can be stored; try again in %d s", int(f.RetryAfter.Seconds()))
}

// KeepKeys is how many days a messageId is known after its arrival.
const KeepKeys = 30

// Limits bound what the service holds in memory and leaves on the disk.
type Limits struct {
	QueueMessages int   // messages that wait to be written
	QueueBytes    int   // their size
	GroupMessages int   // messages written in one commit
	Keys          int   // messages known by their ID, 12 bytes each; of more the oldest are forgotten
	Backlog       int64 // messages in the inbox that are not folded yet
	FoldEvents    int   // events folded in one step
	FoldIdentity  int   // messages that say who is who, folded in one step
}

// DefaultLimits are those of a machine with two cores.
func DefaultLimits() Limits {
	return Limits{
		QueueMessages: 100_000, QueueBytes: 64 << 20, GroupMessages: 20_000, Keys: 50_000_000,
		Backlog: 5_000_000, FoldEvents: 100_000, FoldIdentity: 2_000,
	}
}

// Config is what the service is made with.
type Config struct {
	Inbox  Inbox
	Traits *traits.Service
	// Drain brings every change of the records into the lake.
	Drain  func(ctx context.Context) error
	Zone   *time.Location // of the workspace
	Clock  minori.Clock
	Log    *slog.Logger
	Limits Limits // zero: DefaultLimits
	// Shapes keeps how events look; nil: it is forgotten with the process.
	Shapes ShapeStore
	// Observe is told what happens.
	Observe Observation
}

// Service takes messages and folds them. It is safe for concurrent use.
type Service struct {
	cfg    Config
	seen   *seen.Set
	stats  *stats
	shapes *shapes

	mu     sync.Mutex
	queue  []*call
	count  int // messages in the queue and in the group being written
	bytes  int // their size
	closed bool
	wake   chan struct{}
	done   chan struct{} // closed when the committer has ended

	day minori.Day // of the group written last; of the committer

	backlog atomic.Int64 // messages in the inbox, about

	folding sync.Mutex
	retry   bool // events that wait have to be tried again
	drain   bool // the outbox may hold something the lake has to know first
	changed []Touched
}

// Open makes the service and reads which messages are known already. Close it
// to write what waits and to give its memory back.
func Open(ctx context.Context, cfg Config) (*Service, error) {
	if cfg.Limits == (Limits{}) {
		cfg.Limits = DefaultLimits()
	}
	s := &Service{
		cfg: cfg, seen: seen.New(cfg.Limits.Keys), stats: newStats(cfg.Clock), shapes: newShapes(),
		wake: make(chan struct{}, 1), done: make(chan struct{}), retry: true, drain: true,
	}
	if err := errors.Join(s.recall(ctx), s.measure(ctx), s.remember(ctx)); err != nil {
		s.seen.Close()
		return nil, err
	}
	go s.commit()
	return s, nil
}

// Close writes what waits, and ends. Messages that come later are refused.
func (s *Service) Close() {
	s.mu.Lock()
	if s.closed {
		s.mu.Unlock()
		return
	}
	s.closed = true
	s.mu.Unlock()
	s.poke()
	<-s.done
	s.seen.Close()
}

// today is the day by which arrivals are kept apart, in UTC.
func (s *Service) today() minori.Day { return minori.DayOf(s.cfg.Clock().UTC()) }

// recall reads which messages are known: those of the last days, of fewer days
// when they are too many.
func (s *Service) recall(ctx context.Context) error {
	for days := minori.Day(KeepKeys); ; days /= 2 {
		known := s.seen.Loader(s.today()-days, s.today())
		err := s.cfg.Inbox.Keys(ctx, s.today()-days, known.Load)
		known.Flush()
		switch {
		case errors.Is(err, seen.ErrFull) && days > 0:
			s.cfg.Log.Warn("more messages came than are known by their id", "days", days)
		case err != nil && !errors.Is(err, seen.ErrFull):
			return fmt.Errorf("reading which messages are known: %w", err)
		default:
			return nil
		}
	}
}

// Known gives how many messages are known by their ID, and since which day of
// arrival (UTC) all are.
func (s *Service) Known() (messages int, since minori.Day) {
	if since, ok := s.seen.Since(); ok {
		return s.seen.Len(), since
	}
	return 0, s.today()
}

// remember reads how events looked before.
func (s *Service) remember(ctx context.Context) error {
	if s.cfg.Shapes == nil {
		return nil
	}
	list, err := s.cfg.Shapes.Shapes(ctx)
	if err != nil {
		return fmt.Errorf("reading how events looked: %w", err)
	}
	s.shapes.load(list)
	return nil
}

// measure looks how much waits to be folded.
func (s *Service) measure(ctx context.Context) error {
	n, _, err := s.cfg.Inbox.Backlog(ctx)
	if err != nil {
		return fmt.Errorf("reading how many messages wait: %w", err)
	}
	s.backlog.Store(n)
	return nil
}

// Expire forgets the keys of messages that arrived more than KeepKeys days ago,
// and raw events that happened before a day.
func (s *Service) Expire(ctx context.Context, eventsBefore minori.Day) error {
	if err := s.cfg.Inbox.Expire(ctx, s.today()-KeepKeys, eventsBefore); err != nil {
		return fmt.Errorf("forgetting old events: %w", err)
	}
	return nil
}
