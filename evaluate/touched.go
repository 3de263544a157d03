package evaluate

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	minori "github.com/minori-hq/minori"
	"github.com/minori-hq/minori/action"
	"github.com/minori-hq/minori/evaluate/program"
	"github.com/minori-hq/minori/measure"
	"github.com/minori-hq/minori/metric"
	"github.com/minori-hq/minori/scorecard"
)

// Partial is a cycle over some subjects that is not handed over.
type Partial struct {
	Kind     minori.SubjectKind
	At       int64 // as-of, microseconds since 1970 UTC
	Subjects []minori.ID
}

// basis is what the present values of all subjects of a kind rest on. Within a
// day, and as long as nothing of it changes, a subject about which nothing new
// is known has the values it had; else all have to be evaluated.
type basis struct {
	version int64                        // of the workspace
	day     minori.Day                   // windows move with it
	blind   string                       // metrics that are stale or being built
	at      int64                        // as-of of the latest cycle, microseconds since 1970 UTC
	moved   map[action.OverrideMove]bool // overrides that were looked at
}

// rest notes what present values rest on, after a cycle that is done.
func (s *Service) rest(c *computation) {
	if b := s.basis[c.prog.Kind]; b != nil && c.asOf.Micros() < b.at {
		return
	}
	if c.only == nil {
		s.basis[c.prog.Kind] = &basis{version: c.prog.Version, day: c.asOf.Day, blind: c.blind}
	}
	if b := s.basis[c.prog.Kind]; b != nil {
		b.at = c.asOf.Micros()
	}
}

// latest reports whether no later as-of is known to have been evaluated.
func (s *Service) latest(c *computation) bool {
	b := s.basis[c.prog.Kind]
	return b == nil || c.asOf.Micros() >= b.at
}

// blind writes down which metrics a query takes for unknown for all subjects.
func blind(q metric.Query) string {
	var out []string
	for i := range q.Leaves {
		if l := &q.Leaves[i]; l.Unknown != metric.Known {
			out = append(out, strconv.FormatInt(l.Metric.ID, 10)+l.Unknown.String())
		}
	}
	slices.Sort(out)
	return strings.Join(slices.Compact(out), " ")
}

// reads reports whether conditions read a function of what cycles form.
func (c *computation) reads(fn string) bool {
	return slices.ContainsFunc(c.stage.Columns(), func(col measure.Column) bool { return col.Fn == fn })
}

// Touched runs the cycle as of now for those subjects about which something new
// is known, and for those for which the clock of a rule ran out, and hands over.
// It gives what an evaluation of all would give: all are evaluated where that
// is not certain, which is in the first cycle of the process and of a day, with
// new definitions, and when a metric becomes stale or fresh, or is being built.
// What is to be seen of the records has to be in the lake.
func (s *Service) Touched(ctx context.Context, actor minori.Actor, subjects []minori.ID, asOf minori.AsOf) (Report, error) {
	rep := Report{AsOf: asOf.Day.String()}
	if err := actor.Require(actor.MayConfigure(), "evaluate"); err != nil {
		return rep, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := s.resumeOnce(ctx); err != nil {
		return rep, err
	}
	people, err := s.programs.Program(ctx, minori.Person, 0)
	if err != nil {
		return rep, err
	}
	kinds := map[minori.SubjectKind][]minori.ID{minori.Account: subjects}
	if !people.Empty() {
		if kinds, err = s.byKind(ctx, subjects); err != nil {
			return rep, err
		}
		if err := s.touched(ctx, people, kinds[minori.Person], asOf, &rep); err != nil {
			return rep, err
		}
	}
	accounts, err := s.programs.Program(ctx, minori.Account, 0)
	if err != nil {
		return rep, err
	}
	return rep, s.touched(ctx, accounts, kinds[minori.Account], asOf, &rep)
}

func (s *Service) byKind(ctx context.Context, subjects []minori.ID) (map[minori.SubjectKind][]minori.ID, error) {
	known, err := s.records.Subjects(ctx, subjects)
	if err != nil {
		return nil, fmt.Errorf("reading subjects: %w", err)
	}
	out := map[minori.SubjectKind][]minori.ID{}
	for _, id := range subjects {
		kind := known[id].Kind
		out[kind] = append(out[kind], id)
	}
	return out, nil
}

// touched evaluates some subjects of a kind and those that are due.
func (s *Service) touched(ctx context.Context, prog *Program, subjects []minori.ID, asOf minori.AsOf, rep *Report) error {
	b := s.basis[prog.Kind]
	holds := b != nil && b.version == prog.Version && b.day == asOf.Day
	if holds {
		due, err := s.due(ctx, prog, b, asOf.Micros())
		if err != nil {
			return err
		}
		if subjects = append(due, subjects...); len(subjects) == 0 {
			return nil
		}
	}
	c, err := s.prepare(ctx, prog, asOf)
	if err != nil {
		return err
	}
	if !holds || b.blind != c.blind {
		return s.cycle(ctx, c, nil, rep)
	}
	slices.Sort(subjects)
	return s.cycle(ctx, c, slices.Compact(subjects), rep)
}

// overlap is how long before the last cycle overrides are looked for again: who
// sets one may take some time to store it.
const overlap = int64(10e6)

// due gives the subjects that change by the clock alone: the time of a rule ran
// out, or an override began or ended.
func (s *Service) due(ctx context.Context, prog *Program, b *basis, at int64) ([]minori.ID, error) {
	var out []minori.ID
	for i := range prog.Rules {
		clock, ok := prog.Rules[i].Def.Clock(prog.Rules[i].ID)
		if !ok {
			continue
		}
		due, err := s.records.Due(ctx, clock, b.at, at)
		if err != nil {
			return nil, fmt.Errorf("looking for rules that are due: %w", err)
		}
		out = append(out, due...)
	}
	moves, err := s.actions.OverridesMoved(ctx, b.at-overlap, at)
	if err != nil {
		return nil, fmt.Errorf("looking for manual scores: %w", err)
	}
	seen := make(map[action.OverrideMove]bool, len(moves))
	for _, m := range moves {
		if seen[m] = true; !b.moved[m] {
			out = append(out, m.Subject)
		}
	}
	b.moved = seen
	return out, nil
}

// kept is a cycle in the lake.
type kept struct {
	cycle int64                           // to be closed once it is handed over; 0: none
	mark  func(ctx context.Context) error // notes the hand-over
	moves map[string][]BandMove
}

// store keeps a cycle in the lake before it is handed over.
//
// Of a cycle over some subjects that is the scores, with the values they were
// formed from, of those whose score or band changed since the last cycle. That
// it is to be handed over stands in the records.
func (s *Service) store(ctx context.Context, c *computation) (out kept, err error) {
	if c.only == nil {
		out.cycle, err = s.lake.SaveCycle(ctx, c.cycle(s.clock(), true))
		if err != nil {
			return out, fmt.Errorf("storing the cycle: %w", err)
		}
		out.mark = func(ctx context.Context) error {
			return s.records.MarkHandedOver(ctx, out.cycle, c.asOf.Micros())
		}
		return out, nil
	}
	kind, at := c.prog.Kind, c.asOf.Micros()
	if err := s.records.BeginPartial(ctx, kind, at, c.only); err != nil {
		return out, fmt.Errorf("noting the cycle: %w", err)
	}
	out.mark = func(ctx context.Context) error { return s.records.EndPartial(ctx, kind, at) }
	changed, moves, err := s.changed(ctx, c)
	if err != nil || len(changed) == 0 {
		return out, err
	}
	out.moves = moves
	return out, s.storeSome(ctx, c, changed)
}

// storeSome keeps the values and scores of some subjects of a cycle.
func (s *Service) storeSome(ctx context.Context, c *computation, subjects []minori.ID) (err error) {
	b := measure.NewStage(c.query)
	for _, m := range c.prog.Measures {
		if err := b.Pass(program.MeasurePrefix+m.Name, m.Expr.Type); err != nil {
			return err
		}
	}
	few, err := c.first.Derive(ctx, b.Query(subjects))
	if err != nil {
		return fmt.Errorf("picking what changed: %w", err)
	}
	defer func() { err = errors.Join(err, few.Close()) }()
	cycle := c.cycle(s.clock(), false)
	cycle.Result = few
	cycle.Scores = slices.DeleteFunc(cycle.Scores, func(r ScoreRow) bool {
		_, ok := slices.BinarySearch(subjects, r.Subject)
		return !ok
	})
	if _, err = s.lake.SaveCycle(ctx, cycle); err != nil {
		return fmt.Errorf("storing the cycle: %w", err)
	}
	return nil
}

// changed gives the subjects of which a score or band is another than lists
// show, ascending, and which bands moved by scorecard.
func (s *Service) changed(ctx context.Context, c *computation) (ids []minori.ID, moves map[string][]BandMove, err error) {
	cards := c.prog.Scorecards
	if len(cards) == 0 {
		return nil, nil, nil
	}
	var names []string
	for i := range cards {
		names = append(names, "score:"+cards[i].Name(), "band:"+cards[i].Name())
	}
	same, moves := make([]bool, len(c.subjects)), map[string][]BandMove{}
	err = s.listed(ctx, c.prog.Kind, c.subjects, names, func(id minori.ID, cells []metric.Value) error {
		row := c.row(id)
		if row < 0 {
			return nil
		}
		same[row] = true
		for i := range cards {
			was, band := cells[2*i], scorecard.Band(cells[2*i+1].Text)
			now := &c.scores[i][row]
			if now.Known() != (was.Reason == metric.Known) || now.Known() && now.Score != was.Num || now.Band != band {
				same[row] = false
			}
			if now.Band != band {
				m := BandMove{Subject: id, ToScore: known(now), FromBand: band, ToBand: now.Band}
				if was.Reason == metric.Known {
					m.FromScore = &was.Num
				}
				moves[cards[i].Name()] = append(moves[cards[i].Name()], m)
			}
		}
		return nil
	})
	if err != nil {
		return nil, nil, fmt.Errorf("reading the last scores: %w", err)
	}
	for row, id := range c.subjects {
		if !same[row] {
			ids = append(ids, id)
		}
	}
	return ids, moves, nil
}

// resumeOnce is resume, unless nothing can be open: after the first time, and
// as long as cycles are done without an error.
func (s *Service) resumeOnce(ctx context.Context) error {
	if s.resumed {
		return nil
	}
	if err := s.resume(ctx); err != nil {
		return err
	}
	s.resumed = true
	return nil
}

// resumePartial hands over the cycles over some subjects that were not, for the
// same subjects as of the same time.
func (s *Service) resumePartial(ctx context.Context) error {
	open, err := s.records.Partials(ctx)
	if err != nil {
		return fmt.Errorf("looking for open cycles: %w", err)
	}
	for _, p := range open {
		prog, err := s.programs.Program(ctx, p.Kind, 0)
		if err != nil {
			return err
		}
		asOf := minori.At(minori.FromMicros(p.At), prog.Location)
		if err := s.evaluateKind(ctx, prog, asOf, p.Subjects, &Report{}); err != nil {
			return fmt.Errorf("handing over the cycle of %s again: %w", asOf.Day, err)
		}
	}
	return nil
}

// Drain brings all changes of the records into the lake.
func (s *Service) Drain(ctx context.Context) error { return s.drain(ctx) }

// Evaluated reports whether a day was evaluated as of its end.
func (s *Service) Evaluated(ctx context.Context, kind minori.SubjectKind, day minori.Day) (bool, error) {
	prog, err := s.programs.Program(ctx, kind, 0)
	if err != nil {
		return false, err
	}
	_, ok, err := s.lake.CycleAt(ctx, kind, minori.EndOf(day, prog.Location))
	return ok, err
}

// Correct computes a day again for some subjects, by the definitions it was
// evaluated with, and reports whether there was anything to correct: a day that
// was not evaluated has nothing stored. Rules do not step.
func (s *Service) Correct(ctx context.Context, actor minori.Actor, day minori.Day, subjects []minori.ID) (did bool, err error) {
	if err := actor.Require(actor.MayConfigure(), "evaluate"); err != nil {
		return false, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	kinds, err := s.byKind(ctx, subjects)
	if err != nil {
		return false, err
	}
	for kind, ids := range kinds {
		prog, err := s.programs.Program(ctx, kind, 0)
		if err != nil {
			return did, err
		}
		one, err := s.correct(ctx, prog, day, ids)
		if did = did || one; err != nil {
			return did, err
		}
	}
	return did, nil
}

func (s *Service) correct(ctx context.Context, prog *Program, day minori.Day, subjects []minori.ID) (did bool, err error) {
	kind, asOf := prog.Kind, minori.EndOf(day, prog.Location)
	was, ok, err := s.lake.CycleAt(ctx, kind, asOf)
	if err != nil || !ok {
		return false, err
	}
	if was.Config != prog.Version {
		if prog, err = s.programs.Program(ctx, kind, was.Config); err != nil {
			return false, fmt.Errorf("reading version %d of the workspace: %w", was.Config, err)
		}
	}
	plain := *prog
	plain.Rules, plain.Segments, plain.Fields = nil, nil, nil
	c, err := s.compute(ctx, &plain, asOf, subjects)
	if err != nil {
		return false, err
	}
	defer func() { err = errors.Join(err, c.close()) }()
	moved, err := s.staleness(ctx, c)
	if err != nil {
		return false, err
	}
	if moved { // of all subjects
		if err := c.close(); err != nil {
			return false, err
		}
		if c, err = s.compute(ctx, &plain, asOf, nil); err != nil {
			return false, err
		}
	}
	if _, err = s.lake.SaveCycle(ctx, c.cycle(s.clock(), false)); err != nil {
		return false, fmt.Errorf("storing the scores of %s: %w", day, err)
	}
	return true, nil
}

// staleness reports whether a measure that is stored as stale no longer is, or
// the other way round: one late event makes a metric fresh for all subjects.
func (s *Service) staleness(ctx context.Context, c *computation) (bool, error) {
	at, names := map[int64]int{}, make([]string, len(c.prog.Measures))
	for i := range c.prog.Measures {
		at[c.prog.Measures[i].ID], names[i] = i, program.MeasurePrefix+c.prog.Measures[i].Name
	}
	_, cols, err := columns(ctx, c.first, names)
	if err != nil {
		return false, err
	}
	was, err := s.lake.Values(ctx, c.asOf, nil, c.only)
	if err != nil {
		return false, fmt.Errorf("reading the values of %s: %w", c.asOf.Day, err)
	}
	for _, v := range was {
		i, ok := at[v.Measure]
		if row := c.row(v.Subject); ok && row >= 0 && (cols[i].Reason[row] == metric.Stale) != (v.Value.Reason == metric.Stale) {
			return true, nil
		}
	}
	return false, nil
}
