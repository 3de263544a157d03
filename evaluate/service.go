package evaluate

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	minori "github.com/minori-hq/minori"
	"github.com/minori-hq/minori/action"
	"github.com/minori-hq/minori/rule"
)

// Records is what the cycle needs of the records store.
type Records interface {
	// InTx runs fn in one transaction.
	InTx(ctx context.Context, fn func(ctx context.Context) error) error
	// Standings gives what is stored of rules by their ids.
	Standings(ctx context.Context, rules []int64) (map[int64]rule.Standing, error)
	// SaveStates stores states, and the as-of of the last full step by rule.
	SaveStates(ctx context.Context, states []rule.State, fullStep map[int64]int64) error
	// MarkHandedOver notes that a cycle's effects are in the records.
	MarkHandedOver(ctx context.Context, cycle, asOf int64) error
	// HandedOver reports which of the cycles are noted.
	HandedOver(ctx context.Context, cycles []int64) (map[int64]bool, error)
	// Relations gives what is on record of accounts up to an instant, with
	// these types of interaction as deep conversations.
	Relations(ctx context.Context, deep []string, at int64) (map[minori.ID]Relation, error)
	// Subjects gives subjects by surrogate key.
	Subjects(ctx context.Context, ids []minori.ID) (map[minori.ID]minori.Subject, error)
}

// Actions is what the cycle needs of the calls to action.
type Actions interface {
	Open(ctx context.Context, reqs []action.OpenRequest) ([]action.Opened, error)
	Recover(ctx context.Context, reqs []action.RecoverRequest) error
	OpenCounts(ctx context.Context, kind minori.SubjectKind) (map[string]map[minori.ID]int, error)
	OverridesAt(ctx context.Context, scorecard string, at minori.AsOf) (map[minori.ID]action.Override, error)
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
	// Done is told when the scores of an as-of are in use; nil for nobody.
	Done func(ctx context.Context, kind minori.SubjectKind, asOf minori.AsOf)
	// Progress is told how many as-ofs of a range are done; nil for nobody.
	Progress func(done, total int)
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
	done     func(ctx context.Context, kind minori.SubjectKind, asOf minori.AsOf)
	mu       sync.Mutex
	stand    standings // what scorecards are tried out over
}

// NewService makes a Service.
func NewService(cfg Config) *Service {
	return &Service{lake: cfg.Lake, records: cfg.Records, actions: cfg.Actions, programs: cfg.Programs, scopes: cfg.Scopes, clock: cfg.Clock, drain: cfg.Drain, done: cfg.Done}
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
		if kind == minori.Person && len(prog.Measures)+len(prog.Segments)+len(prog.Rules) == 0 {
			continue
		}
		if err := s.cycle(ctx, prog, asOf, &rep); err != nil {
			return rep, err
		}
	}
	return rep, nil
}

// cycle evaluates one kind of subject and hands over.
func (s *Service) cycle(ctx context.Context, prog *Program, asOf minori.AsOf, rep *Report) (err error) {
	start := time.Now()
	c, err := s.compute(ctx, prog, asOf, nil)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, c.close()) }()
	began := time.Now()
	id, err := s.lake.SaveCycle(ctx, c.cycle(s.clock(), true))
	if err != nil {
		return fmt.Errorf("storing the cycle: %w", err)
	}
	c.seconds.Scores += time.Since(began).Seconds()
	began = time.Now()
	done, err := s.handOver(ctx, c, id)
	if err != nil {
		return err
	}
	if err := s.lake.CycleDone(ctx, id); err != nil {
		return fmt.Errorf("closing the cycle: %w", err)
	}
	if err := s.project(ctx, c); err != nil {
		return err
	}
	c.seconds.Rules += time.Since(began).Seconds()
	rep.Subjects += len(c.subjects)
	rep.Measures += len(c.subjects) * len(prog.Measures)
	rep.Scores += len(c.subjects) * len(prog.Scorecards)
	rep.Transitions += done.transitions
	rep.Opened += done.opened
	rep.Seconds.Measures += c.seconds.Measures
	rep.Seconds.Scores += c.seconds.Scores
	rep.Seconds.Rules += c.seconds.Rules
	rep.Seconds.Total += time.Since(start).Seconds()
	if s.done != nil {
		s.done(ctx, prog.Kind, asOf)
	}
	return nil
}

// resume hands over what an earlier process computed but did not hand over.
// The cycle is computed again: with the same facts it is the same, and every
// effect has a key.
func (s *Service) resume(ctx context.Context) error {
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
			if err := s.cycle(ctx, prog, cycle.AsOf, &rep); err != nil {
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
