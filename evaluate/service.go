package evaluate

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	minori "github.com/minori-hq/minori"
	"github.com/minori-hq/minori/action"
	"github.com/minori-hq/minori/metric"
	"github.com/minori-hq/minori/rule"
)

// Records is what the cycle needs of the records store.
type Records interface {
	// InTx runs fn in one transaction.
	InTx(ctx context.Context, fn func(ctx context.Context) error) error
	// Standings gives what is stored of rules by their ids, with the states of
	// some subjects (nil: of all).
	Standings(ctx context.Context, rules []int64, subjects []minori.ID) (map[int64]rule.Standing, error)
	// Due gives the subjects for which a rule's clock ran out after one instant
	// and up to another.
	Due(ctx context.Context, r rule.Clock, after, upTo int64) ([]minori.ID, error)
	// SaveStates stores states, and the as-of of the last step by rule.
	SaveStates(ctx context.Context, states []rule.State, step map[int64]int64) error
	// MarkHandedOver notes that a cycle's effects are in the records.
	MarkHandedOver(ctx context.Context, cycle, asOf int64) error
	// HandedOver reports which of the cycles are noted.
	HandedOver(ctx context.Context, cycles []int64) (map[int64]bool, error)
	// BeginPartial notes that a cycle over some subjects is about to be stored.
	BeginPartial(ctx context.Context, kind minori.SubjectKind, asOf int64, subjects []minori.ID) error
	// EndPartial notes that its effects are in the records.
	EndPartial(ctx context.Context, kind minori.SubjectKind, asOf int64) error
	// Partials gives those of which that is not noted, oldest first.
	Partials(ctx context.Context) ([]Partial, error)
	// Relations gives what is on record of some accounts (nil: of all) up to an
	// instant, with these types of interaction as deep conversations.
	Relations(ctx context.Context, deep []string, at int64, accounts []minori.ID) (map[minori.ID]Relation, error)
	// Subjects gives subjects by surrogate key.
	Subjects(ctx context.Context, ids []minori.ID) (map[minori.ID]minori.Subject, error)
}

// Actions is what the cycle needs of the calls to action.
type Actions interface {
	Open(ctx context.Context, reqs []action.OpenRequest) ([]action.Opened, error)
	Recover(ctx context.Context, reqs []action.RecoverRequest) error
	OpenCounts(ctx context.Context, kind minori.SubjectKind, subjects []minori.ID) (map[string]map[minori.ID]int, error)
	OverridesAt(ctx context.Context, scorecard string, at minori.AsOf, subjects []minori.ID) (map[minori.ID]action.Override, error)
	OverridesMoved(ctx context.Context, after, upTo int64) ([]action.OverrideMove, error)
}

// Config is what a Service is made of.
type Config struct {
	Lake     Lake
	Records  Records
	Actions  Actions
	Programs Programs
	Scopes   Scopes
	Clock    minori.Clock
	// Drain brings all changes of the records into the lake.
	Drain func(ctx context.Context) error
	// Listed gives columns of the projection that lists read, of those of some
	// subjects that are in it, in any order.
	Listed func(ctx context.Context, kind minori.SubjectKind, subjects []minori.ID, columns []string, fn func(minori.ID, []metric.Value) error) error
	// Done is told when the scores of a cycle are in use; nil for nobody.
	Done func(ctx context.Context, f Finished)
	// Step begins a step, "evaluate" or "hand over", to be followed in traces;
	// what it gives ends it. nil for none.
	Step func(ctx context.Context, step string, causes ...context.Context) (context.Context, func(error))
}

// Finished is a cycle that is done.
type Finished struct {
	Kind   minori.SubjectKind
	AsOf   minori.AsOf
	Whole  bool // of all subjects
	Opened int  // calls to action
	Took   time.Duration
	Moves  map[string][]BandMove // by scorecard: whose band changed; of a cycle that is not whole
}

// Service runs the cycle. One evaluation runs at a time.
type Service struct {
	lake     Lake
	records  Records
	actions  Actions
	programs Programs
	scopes   Scopes
	clock    minori.Clock
	drain    func(ctx context.Context) error
	listed   func(context.Context, minori.SubjectKind, []minori.ID, []string, func(minori.ID, []metric.Value) error) error
	done     func(ctx context.Context, f Finished)
	traced   func(ctx context.Context, step string, causes ...context.Context) (context.Context, func(error))
	mu       sync.Mutex
	basis    map[minori.SubjectKind]*basis // what present values rest on; guarded by mu
	resumed  bool                          // no cycle is open; guarded by mu
	stand    standings                     // what scorecards are tried out over
}

// NewService makes a Service.
func NewService(cfg Config) *Service {
	if cfg.Step == nil {
		cfg.Step = func(ctx context.Context, _ string, _ ...context.Context) (context.Context, func(error)) {
			return ctx, func(error) {}
		}
	}
	return &Service{lake: cfg.Lake, records: cfg.Records, actions: cfg.Actions, programs: cfg.Programs, scopes: cfg.Scopes, clock: cfg.Clock,
		drain: cfg.Drain, listed: cfg.Listed, done: cfg.Done, traced: cfg.Step, basis: map[minori.SubjectKind]*basis{}}
}

// Report says what one evaluation did.
type Report struct {
	AsOf        string  `json:"as_of"`
	Subjects    int     `json:"subjects"`
	Measures    int     `json:"measures"`    // values computed
	Scores      int     `json:"scores"`      // scores computed
	Transitions int     `json:"transitions"` // rule states that changed phase
	Opened      int     `json:"opened"`      // calls to action opened
	Seconds     Seconds `json:"seconds"`

	// Whole says that all subjects of some kind were evaluated.
	Whole bool `json:"-"`
	// HandedOver is when the last hand-over was committed; zero without one.
	HandedOver time.Time `json:"-"`
	// OpenedFor are the subjects of the calls opened, each as often as calls.
	OpenedFor []minori.ID `json:"-"`
	// Again are subjects whose conditions read what this evaluation changed: the
	// next one has to look at them.
	Again []minori.ID `json:"-"`
}

// Range is the days evaluated: From, From + Every, … and always To.
type Range struct {
	From, To minori.Day
	Every    minori.Window
}

// maxSteps bounds the days of one range.
const maxSteps = 5000

// Days gives the days of the range.
func (r Range) Days() ([]minori.Day, error) {
	if r.To < r.From {
		return nil, minori.Errorf(minori.Invalid, "the range ends on %s, before it begins on %s", r.To, r.From)
	}
	if r.Every.N < 1 {
		return nil, minori.Errorf(minori.Invalid, "the step of the range must be at least 1d")
	}
	var out []minori.Day
	for i := 0; ; i++ {
		d := r.Every.Before(r.From, -i)
		if d >= r.To {
			break
		}
		if out = append(out, d); len(out) > maxSteps {
			return nil, minori.Errorf(minori.Invalid, "the range has more than %d steps; take a longer step than %s", maxSteps, r.Every)
		}
	}
	return append(out, r.To), nil
}

// Evaluate runs the cycle for all subjects of all kinds as of a time and hands
// over.
func (s *Service) Evaluate(ctx context.Context, actor minori.Actor, asOf minori.AsOf) (Report, error) {
	if err := actor.Require(actor.MayConfigure(), "evaluate"); err != nil {
		return Report{}, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.evaluate(ctx, asOf)
}

// EvaluateRange runs the cycle for every day of a range, oldest first.
func (s *Service) EvaluateRange(ctx context.Context, actor minori.Actor, r Range, progress func(done, total int)) ([]Report, error) {
	if err := actor.Require(actor.MayConfigure(), "evaluate"); err != nil {
		return nil, err
	}
	days, err := r.Days()
	if err != nil {
		return nil, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	prog, err := s.programs.Program(ctx, minori.Account, 0)
	if err != nil {
		return nil, err
	}
	out := make([]Report, 0, len(days))
	for i, d := range days {
		rep, err := s.evaluate(ctx, minori.EndOf(d, prog.Location))
		if err != nil {
			return out, fmt.Errorf("evaluating %s: %w", d, err)
		}
		out = append(out, rep)
		if progress != nil {
			progress(i+1, len(days))
		}
	}
	return out, nil
}

func (s *Service) evaluate(ctx context.Context, asOf minori.AsOf) (Report, error) {
	if err := s.drain(ctx); err != nil {
		return Report{}, err
	}
	if err := s.resume(ctx); err != nil {
		return Report{}, err
	}
	rep := Report{AsOf: asOf.Day.String()}
	for _, kind := range []minori.SubjectKind{minori.Account, minori.Person} {
		prog, err := s.programs.Program(ctx, kind, 0)
		if err != nil {
			return rep, err
		}
		if kind == minori.Person && prog.Empty() {
			continue
		}
		if err := s.evaluateKind(ctx, prog, asOf, nil, &rep); err != nil {
			return rep, err
		}
	}
	return rep, nil
}

// evaluateKind evaluates some subjects of a kind (nil: all) and hands over.
func (s *Service) evaluateKind(ctx context.Context, prog *Program, asOf minori.AsOf, subjects []minori.ID, rep *Report) error {
	c, err := s.prepare(ctx, prog, asOf)
	if err != nil {
		return err
	}
	return s.cycle(ctx, c, subjects, rep)
}

// cycle evaluates some subjects (nil: all) of what was prepared and hands over.
func (s *Service) cycle(ctx context.Context, c *computation, subjects []minori.ID, rep *Report) (err error) {
	start := time.Now()
	kind := c.prog.Kind
	ctx, end := s.traced(ctx, "evaluate")
	defer func() {
		defer func() { end(err) }()
		if err = errors.Join(err, c.close()); err != nil {
			delete(s.basis, kind) // nobody knows how far it came
			s.resumed = false
		}
	}()
	if err := s.run(ctx, c, subjects); err != nil {
		return err
	}
	began := time.Now()
	stored, err := s.store(ctx, c)
	if err != nil {
		return err
	}
	c.seconds.Scores += time.Since(began).Seconds()
	began = time.Now()
	over, endOver := s.traced(ctx, "hand over")
	done, err := s.handOver(over, c, stored.mark)
	endOver(err)
	if err != nil {
		return err
	}
	rep.HandedOver = done.at
	if stored.cycle != 0 {
		if err := s.lake.CycleDone(ctx, stored.cycle); err != nil {
			return fmt.Errorf("closing the cycle: %w", err)
		}
	}
	if !s.latest(c) {
		stored.moves = nil
	} else if err := s.project(ctx, c); err != nil {
		return err
	}
	c.seconds.Rules += time.Since(began).Seconds()
	rep.add(c, done)
	rep.Seconds.Total += time.Since(start).Seconds()
	s.rest(c)
	if s.done != nil {
		s.done(ctx, Finished{Kind: kind, AsOf: c.asOf, Whole: c.only == nil, Opened: done.opened, Took: time.Since(start), Moves: stored.moves})
	}
	return nil
}

// add adds what one cycle did.
func (r *Report) add(c *computation, done handedOver) {
	r.Subjects += len(c.subjects)
	r.Measures += len(c.subjects) * len(c.prog.Measures)
	r.Scores += len(c.subjects) * len(c.prog.Scorecards)
	r.Transitions += done.transitions
	r.Opened += done.opened
	r.OpenedFor = append(r.OpenedFor, done.openedFor...)
	r.Seconds.Measures += c.seconds.Measures
	r.Seconds.Scores += c.seconds.Scores
	r.Seconds.Rules += c.seconds.Rules
	r.Whole = r.Whole || c.only == nil
	if c.reads("open_calls") {
		r.Again = append(r.Again, done.stirred...)
	}
}

// resume hands over what an earlier process computed but did not hand over.
// The cycle is computed again: with the same facts it is the same, and every
// effect has a key.
func (s *Service) resume(ctx context.Context) error {
	if err := s.resumePartial(ctx); err != nil {
		return err
	}
	open, err := s.lake.Cycles(ctx)
	if err != nil {
		return fmt.Errorf("looking for open cycles: %w", err)
	}
	if len(open) == 0 {
		return nil
	}
	ids := make([]int64, len(open))
	for i := range open {
		ids[i] = open[i].ID
	}
	done, err := s.records.HandedOver(ctx, ids)
	if err != nil {
		return fmt.Errorf("looking for cycles handed over: %w", err)
	}
	for _, cycle := range open {
		if !done[cycle.ID] {
			prog, err := s.programs.Program(ctx, cycle.Kind, 0)
			if err != nil {
				return err
			}
			var rep Report
			if err := s.evaluateKind(ctx, prog, cycle.AsOf, nil, &rep); err != nil {
				return fmt.Errorf("handing over the cycle of %s again: %w", cycle.AsOf.Day, err)
			}
		}
		if err := s.lake.CycleDone(ctx, cycle.ID); err != nil {
			return fmt.Errorf("closing the cycle: %w", err)
		}
	}
	return nil
}

// Resume brings the lake up to the records and finishes what a killed process
// left open. It is called at the start of the program.
func (s *Service) Resume(ctx context.Context) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := s.drain(ctx); err != nil {
		return err
	}
	return s.resume(ctx)
}
