// Package live keeps evaluations up to date while facts come in: it gathers
// which subjects were touched, evaluates them in micro-batches, evaluates all
// once after each midnight, and corrects past days to which late facts belong.
package live

import (
	"context"
	"fmt"
	"log/slog"
	"slices"
	"sync"
	"time"

	minori "github.com/minori-hq/minori"
	"github.com/minori-hq/minori/evaluate"
)

// Touch says that something new is known of a subject.
type Touch struct {
	Subject minori.ID
	First   minori.Day // earliest day that changed; 0: none before today
	At      int64      // earliest arrival, microseconds since 1970 UTC; 0: not to be observed
}

// Late is a subject of which past days are to be computed again.
type Late struct {
	Subject minori.ID
	From    minori.Day
	Noted   int64 // when, microseconds since 1970 UTC: tells it from what was noted since
}

// Store keeps which past days are to be corrected.
type Store interface {
	// AddLate notes subjects; of one that is noted already the earlier day counts.
	AddLate(ctx context.Context, rows []Late) error
	// Late gives some of them.
	Late(ctx context.Context, limit int) ([]Late, error)
	// DropLate forgets those of them that were not noted again since.
	DropLate(ctx context.Context, rows []Late) error
}

// Config is what a Live is made of. Evaluate, Store, Zone and Clock are needed.
type Config struct {
	Evaluate *evaluate.Service
	Store    Store
	Zone     *time.Location // of the workspace
	Clock    minori.Clock
	// Interval is the least time from the beginning of one micro-batch to the
	// next, and how often it is looked whether something is due; zero: Interval.
	Interval time.Duration
	// Most is how many touched subjects are evaluated by themselves; with more of
	// them all are. Zero: Most.
	Most int
	// Begin gives an evaluation its context, told when what it looks at arrived
	// (microseconds since 1970 UTC) by subject; nil: it has none of its own.
	Begin func(ctx context.Context, arrived map[minori.ID]int64) context.Context
	// Observe is told, for each touched subject, how many seconds passed from its
	// arrival until the hand-over was committed; nil for nobody.
	Observe func(seconds float64)
	// Acted is told the same for each call to action that was opened for a
	// touched subject; nil for nobody.
	Acted func(seconds float64)
	// Thin is called after the evaluation of a day that is over, to drop what was
	// kept within days before the given one; nil to keep it.
	Thin func(ctx context.Context, before minori.Day) error
	// Current reports whether the facts go on to the present. While they do not,
	// as in a company's past that was imported to look at, nothing is evaluated:
	// rules step forward only. nil: they do.
	Current func(ctx context.Context) (bool, error)
	Log     *slog.Logger // nil: nothing is logged
}

// Defaults, and how past days are corrected.
const (
	Interval   = 500 * time.Millisecond
	Most       = 30_000
	lateBatch  = 10_000           // subjects corrected together
	lateWait   = 30 * time.Second // how long corrections give way to what was touched
	maxBackoff = 30 * time.Second // between tries after errors
)

// Live evaluates by itself. Its methods may be called from several goroutines,
// except Step, which one at a time does the work.
type Live struct {
	cfg  Config
	wake chan struct{} // holds one mark while something waits

	mu      sync.Mutex
	touched map[minori.ID]int64 // earliest arrival by subject
	all     bool                // evaluate all subjects

	ended   minori.Day // last day known to be evaluated as of its end
	last    time.Time  // latest as-of
	yielded time.Time  // when corrections last had their turn
	sweep   *sweep     // under way

	stop context.CancelFunc
	done sync.WaitGroup
}

// New makes a Live. Nothing runs before Start, or Step.
func New(cfg Config) *Live {
	if cfg.Interval == 0 {
		cfg.Interval = Interval
	}
	if cfg.Most == 0 {
		cfg.Most = Most
	}
	if cfg.Log == nil {
		cfg.Log = slog.New(slog.DiscardHandler)
	}
	return &Live{cfg: cfg, wake: make(chan struct{}, 1), touched: map[minori.ID]int64{}, ended: minori.MinDay}
}

// Touch notes that something new is known of subjects. It does not wait for an
// evaluation. What belongs to past days is stored before Touch returns; after
// an error these days are not corrected, all else is noted.
func (l *Live) Touch(ctx context.Context, touches []Touch) error {
	if len(touches) == 0 {
		return nil
	}
	now := l.cfg.Clock()
	today := minori.DayOf(now.In(l.cfg.Zone))
	from := map[minori.ID]minori.Day{}
	l.mu.Lock()
	for _, t := range touches {
		l.note(t.Subject, t.At)
		if was, ok := from[t.Subject]; t.First != 0 && t.First < today && (!ok || t.First < was) {
			from[t.Subject] = t.First
		}
	}
	l.mu.Unlock()
	l.rouse()
	if len(from) == 0 {
		return nil
	}
	late := make([]Late, 0, len(from))
	for id, day := range from {
		late = append(late, Late{Subject: id, From: day, Noted: now.UnixMicro()})
	}
	if err := l.cfg.Store.AddLate(ctx, late); err != nil {
		return fmt.Errorf("noting past days to correct: %w", err)
	}
	return nil
}

// TouchAll asks for an evaluation of all subjects: after changes that concern
// all, or too many to name.
func (l *Live) TouchAll() {
	l.mu.Lock()
	l.all = true
	l.mu.Unlock()
	l.rouse()
}

// note adds a subject, or asks for all when there would be too many. The lock
// is held.
func (l *Live) note(id minori.ID, at int64) {
	was, ok := l.touched[id]
	if !ok && len(l.touched) >= l.cfg.Most {
		l.all = true
		return
	}
	if !ok || was == 0 || at != 0 && at < was {
		l.touched[id] = at
	}
}

func (l *Live) rouse() {
	select {
	case l.wake <- struct{}{}:
	default: // it was told and has not looked yet
	}
}

// Waiting gives how many subjects wait for their evaluation, and whether all do.
func (l *Live) Waiting() (subjects int, all bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return len(l.touched), l.all
}

// Start begins to evaluate in the background, until Stop or the end of ctx.
func (l *Live) Start(ctx context.Context) {
	ctx, l.stop = context.WithCancel(ctx)
	l.done.Go(func() { l.run(ctx) })
}

// Stop ends what Start began and waits for it.
func (l *Live) Stop() {
	if l.stop != nil {
		l.stop()
	}
	l.done.Wait()
}

func (l *Live) run(ctx context.Context) {
	pause := l.cfg.Interval
	for ctx.Err() == nil {
		start := time.Now()
		did, err := l.Step(ctx)
		if err != nil && ctx.Err() == nil {
			l.cfg.Log.Error("an evaluation failed and is tried again", "error", err)
			pause = min(2*pause, maxBackoff)
			sleep(ctx, pause, nil)
			continue
		}
		pause = l.cfg.Interval
		if did {
			sleep(ctx, l.cfg.Interval-time.Since(start), nil)
		} else {
			sleep(ctx, l.cfg.Interval, l.wake)
		}
	}
}

// sleep waits, until woken if it can be.
func sleep(ctx context.Context, d time.Duration, wake <-chan struct{}) {
	if d <= 0 {
		return
	}
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-ctx.Done():
	case <-t.C:
	case <-wake:
	}
}

// Step does what is most urgent, and reports whether there was anything. Where
// facts are current the day that is over is evaluated first, then what was touched or is due, then,
// when nothing else waits or it waited long, a past day is corrected.
func (l *Live) Step(ctx context.Context) (did bool, err error) {
	now := l.cfg.Clock()
	yesterday := minori.DayOf(now.In(l.cfg.Zone)) - 1
	if err := l.cfg.Evaluate.Drain(ctx); err != nil {
		return false, err
	}
	if l.cfg.Current != nil {
		if current, err := l.cfg.Current(ctx); err != nil || !current {
			return false, err
		}
	}
	if l.ended < yesterday {
		return true, l.end(ctx, yesterday)
	}
	did, err = l.batch(ctx, now)
	if err != nil || did && now.Sub(l.yielded) < lateWait {
		return did, err
	}
	l.yielded = now
	corrected, err := l.correct(ctx, yesterday)
	return did || corrected, err
}

// end evaluates a day that is over, unless that was done.
func (l *Live) end(ctx context.Context, day minori.Day) error {
	done, err := l.cfg.Evaluate.Evaluated(ctx, minori.Account, day)
	if err != nil {
		return err
	}
	if !done {
		if _, err := l.cfg.Evaluate.Evaluate(ctx, minori.System(), minori.EndOf(day, l.cfg.Zone)); err != nil {
			return fmt.Errorf("evaluating %s: %w", day, err)
		}
	}
	if l.cfg.Thin != nil {
		if err := l.cfg.Thin(ctx, day+1); err != nil {
			return fmt.Errorf("thinning what was kept within days: %w", err)
		}
	}
	l.ended = day
	return nil
}

// take gives what waits, and waits for nothing more of it.
func (l *Live) take() (touched map[minori.ID]int64, all bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	touched, all = l.touched, l.all
	l.touched, l.all = map[minori.ID]int64{}, false
	return touched, all
}

// batch evaluates what was touched and what is due as of now.
func (l *Live) batch(ctx context.Context, now time.Time) (bool, error) {
	touched, all := l.take()
	if l.cfg.Begin != nil {
		ctx = l.cfg.Begin(ctx, touched)
	}
	if l.last = later(now, l.last); all {
		return true, l.evaluated(touched, all, func(asOf minori.AsOf) (evaluate.Report, error) {
			return l.cfg.Evaluate.Evaluate(ctx, minori.System(), asOf)
		})
	}
	ids := make([]minori.ID, 0, len(touched))
	for id := range touched {
		ids = append(ids, id)
	}
	slices.Sort(ids)
	did := false
	err := l.evaluated(touched, all, func(asOf minori.AsOf) (evaluate.Report, error) {
		rep, err := l.cfg.Evaluate.Touched(ctx, minori.System(), ids, asOf)
		did = rep.Subjects > 0
		return rep, err
	})
	return did || len(ids) > 0, err
}

// later gives now, or just after the last instant where the clock stands or
// went back: steps of rules go forward only.
func later(now, last time.Time) time.Time {
	if now = now.Truncate(time.Microsecond); now.After(last) {
		return now
	}
	return last.Add(time.Microsecond)
}

// evaluated runs an evaluation. What was touched is noted again after an error.
func (l *Live) evaluated(touched map[minori.ID]int64, all bool, run func(minori.AsOf) (evaluate.Report, error)) error {
	rep, err := run(minori.At(l.last, l.cfg.Zone))
	l.mu.Lock()
	defer l.mu.Unlock()
	if err != nil {
		l.all = l.all || all
		for id, at := range touched {
			l.note(id, at)
		}
		return fmt.Errorf("evaluating what was touched: %w", err)
	}
	for _, id := range rep.Again {
		l.note(id, 0)
	}
	if !rep.HandedOver.IsZero() {
		l.tell(touched, rep)
	}
	return nil
}

// tell says how long it took from arrivals to the hand-over.
func (l *Live) tell(touched map[minori.ID]int64, rep evaluate.Report) {
	since := func(at int64) float64 { return rep.HandedOver.Sub(minori.FromMicros(at)).Seconds() }
	if l.cfg.Observe != nil {
		for _, at := range touched {
			if at != 0 {
				l.cfg.Observe(since(at))
			}
		}
	}
	if l.cfg.Acted != nil {
		for _, id := range rep.OpenedFor {
			if at := touched[id]; at != 0 {
				l.cfg.Acted(since(at))
			}
		}
	}
}
