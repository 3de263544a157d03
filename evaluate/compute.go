package evaluate

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	minori "github.com/minori-hq/minori"
	"github.com/minori-hq/minori/evaluate/program"
	"github.com/minori-hq/minori/measure"
	"github.com/minori-hq/minori/metric"
	"github.com/minori-hq/minori/scorecard"
)

// computation is what one cycle computes, before anything is handed over.
type computation struct {
	prog     *Program
	asOf     minori.AsOf
	only     []minori.ID      // the subjects asked for; nil: all
	query    *measure.Builder // of first
	blind    string           // the metrics that are unknown for all, and why
	first    metric.Result    // measures, and what needs no scores
	second   metric.Result    // conditions that may need scores
	stage    *measure.Builder
	unknown  func(metric.Ref) metric.Reason // metrics that are stale or being built
	names    []string                       // columns of first
	subjects []minori.ID                    // ascending
	scores   [][]scorecard.Score            // by scorecard, as subjects
	inputs   []scorecard.Input              // by scorecard
	seconds  Seconds
}

// Seconds is how long the parts of a cycle took.
type Seconds struct {
	Measures float64 `json:"measures"`
	Scores   float64 `json:"scores"`
	Rules    float64 `json:"rules"`
	Total    float64 `json:"total"`
}

// close drops what the lake kept.
func (c *computation) close() error {
	var errs []error
	for _, r := range []metric.Result{c.second, c.first} {
		if r != nil {
			errs = append(errs, r.Close())
		}
	}
	return errors.Join(errs...)
}

// row gives the index of a subject, or -1.
func (c *computation) row(id minori.ID) int {
	if i, ok := slices.BinarySearch(c.subjects, id); ok {
		return i
	}
	return -1
}

// compute runs measures, scores and conditions as of a time for some subjects
// (nil: all). The caller closes the computation.
func (s *Service) compute(ctx context.Context, prog *Program, asOf minori.AsOf, subjects []minori.ID) (*computation, error) {
	c, err := s.prepare(ctx, prog, asOf)
	if err != nil {
		return nil, err
	}
	if err := s.run(ctx, c, subjects); err != nil {
		return nil, errors.Join(err, c.close())
	}
	return c, nil
}

// prepare makes the queries of a program. There is nothing to close yet.
func (s *Service) prepare(ctx context.Context, prog *Program, asOf minori.AsOf) (*computation, error) {
	c := &computation{prog: prog, asOf: asOf}
	var err error
	if c.query, c.stage, err = s.build(ctx, c); err != nil {
		return nil, err
	}
	query := c.query.Query(nil)
	for _, o := range query.Outputs {
		c.names = append(c.names, o.Name)
	}
	c.blind = blind(query)
	return c, nil
}

// run answers the queries for some subjects (nil: all). The caller closes the
// computation, also after an error.
func (s *Service) run(ctx context.Context, c *computation, subjects []minori.ID) (err error) {
	start := time.Now()
	c.only = subjects
	query := c.query.Query(subjects)
	b := s.basis[c.prog.Kind]
	query.Again = b != nil && b.day == c.asOf.Day && b.version == c.prog.Version && b.blind == c.blind
	if c.first, err = s.lake.Compute(ctx, query); err != nil {
		c.first = nil // there is nothing to close
		return fmt.Errorf("computing measures: %w", err)
	}
	c.seconds.Measures = time.Since(start).Seconds()
	start = time.Now()
	if err := s.score(ctx, c); err != nil {
		return err
	}
	if err := s.extend(ctx, c); err != nil {
		return err
	}
	c.seconds.Scores = time.Since(start).Seconds()
	start = time.Now()
	if c.second, err = c.first.Derive(ctx, c.stage.Query(nil)); err != nil {
		c.second = nil
		return fmt.Errorf("computing conditions: %w", err)
	}
	c.seconds.Rules = time.Since(start).Seconds()
	return nil
}

// build makes the two queries of a program.
func (s *Service) build(ctx context.Context, c *computation) (first, second *measure.Builder, err error) {
	prog, asOf := c.prog, c.asOf
	latest, err := s.lake.Freshness(ctx, asOf)
	if err != nil {
		return nil, nil, fmt.Errorf("reading freshness: %w", err)
	}
	building, err := s.lake.Building(ctx)
	if err != nil {
		return nil, nil, fmt.Errorf("reading what is being rebuilt: %w", err)
	}
	c.unknown = program.Unknown(latest, building, asOf)
	first = measure.NewBuilder(prog.Kind, asOf, c.unknown)
	second = measure.NewStage(first)
	for i := range prog.Rules {
		if prog.Rules[i].Explain {
			if err := first.AddLeaves(prog.Rules[i].When); err != nil {
				return nil, nil, fmt.Errorf("compiling the condition: %w", err)
			}
		}
	}
	if err := errors.Join(program.AddFirst(first, prog), program.AddSecond(second, prog), program.AddProjection(second, prog)); err != nil {
		return nil, nil, fmt.Errorf("compiling the workspace: %w", err)
	}
	return first, second, nil
}

// columns collects whole columns of a result; ids are its subjects.
func columns(ctx context.Context, r metric.Result, names []string) (ids []minori.ID, cols []metric.Column, err error) {
	cols = make([]metric.Column, len(names))
	err = r.Each(ctx, nil, names, func(b *metric.Batch) error {
		ids = append(ids, b.Subjects...)
		for i := range b.Columns {
			from, to := &b.Columns[i], &cols[i]
			to.Type = from.Type
			to.Num = append(to.Num, from.Num...)
			to.Text = append(to.Text, from.Text...)
			to.Reason = append(to.Reason, from.Reason...)
		}
		return nil
	})
	if err != nil {
		return nil, nil, fmt.Errorf("reading computed values: %w", err)
	}
	return ids, cols, nil
}

// score computes all scorecards from the first stage's columns.
func (s *Service) score(ctx context.Context, c *computation) error {
	names := []string{} // none is not all
	at := map[string]int{}
	need := func(name string) {
		if _, ok := at[name]; !ok {
			at[name] = len(names)
			names = append(names, name)
		}
	}
	cards := c.prog.Scorecards
	for i := range cards {
		for _, m := range cards[i].Engine.Measures() {
			need(program.MeasurePrefix + m)
		}
		for k := range cards[i].Exceptions {
			need(program.ConditionColumn(&cards[i], "exception", k))
		}
		for k := range cards[i].Caps {
			need(program.ConditionColumn(&cards[i], "cap", k))
		}
	}
	ids, cols, err := columns(ctx, c.first, names)
	if err != nil {
		return err
	}
	c.subjects = ids
	for i := range cards {
		card := &cards[i]
		in := scorecard.Input{Rows: len(ids)}
		for _, m := range card.Engine.Measures() {
			in.Measures = append(in.Measures, cols[at[program.MeasurePrefix+m]])
		}
		for k := range card.Exceptions {
			in.Exceptions = append(in.Exceptions, cols[at[program.ConditionColumn(card, "exception", k)]])
		}
		for k := range card.Caps {
			in.Caps = append(in.Caps, cols[at[program.ConditionColumn(card, "cap", k)]])
		}
		if in.Overrides, err = s.overrides(ctx, c, card); err != nil {
			return err
		}
		scores, err := card.Engine.Score(in, nil)
		if err != nil {
			return fmt.Errorf("scoring: %w", err)
		}
		c.scores, c.inputs = append(c.scores, scores), append(c.inputs, in)
	}
	return nil
}

// overrides gives the manual scores in force, by row.
func (s *Service) overrides(ctx context.Context, c *computation, card *Card) (map[int]float64, error) {
	set, err := s.actions.OverridesAt(ctx, card.Name(), c.asOf, c.only)
	if err != nil {
		return nil, fmt.Errorf("reading manual scores: %w", err)
	}
	out := make(map[int]float64, len(set))
	for id, o := range set {
		if i := c.row(id); i >= 0 {
			out[i] = o.Value
		}
	}
	return out, nil
}

// extend adds scores, bands, changes of score and open calls to the first
// result: what conditions read, and what lists show.
func (s *Service) extend(ctx context.Context, c *computation) error {
	var names []string
	batch := metric.Batch{Subjects: c.subjects}
	have := map[string]bool{}
	add := func(name string, col metric.Column) {
		if !have[name] {
			have[name] = true
			names = append(names, name)
			batch.Columns = append(batch.Columns, col)
		}
	}
	for i := range c.prog.Scorecards {
		score, band := scorecard.Columns(c.scores[i])
		add("score:"+c.prog.Scorecards[i].Name(), score)
		add("band:"+c.prog.Scorecards[i].Name(), band)
	}
	for _, need := range c.stage.Columns() {
		if have[need.Name] {
			continue
		}
		col, err := s.column(ctx, c, need)
		if err != nil {
			return err
		}
		add(need.Name, col)
	}
	if len(names) == 0 {
		return nil
	}
	if err := c.first.Extend(ctx, names, batch); err != nil {
		return fmt.Errorf("adding scores: %w", err)
	}
	c.names = append(c.names, names...)
	return nil
}

// column forms a column that conditions read.
func (s *Service) column(ctx context.Context, c *computation, need measure.Column) (metric.Column, error) {
	if need.Fn == "open_calls" {
		counts, err := s.actions.OpenCounts(ctx, c.prog.Kind, c.only)
		if err != nil {
			return metric.Column{}, fmt.Errorf("counting open calls to action: %w", err)
		}
		return c.counted(counts[need.Of]), nil
	}
	if need.Fn == "score_change" {
		return s.scoreChange(ctx, c, need)
	}
	return metric.Column{}, minori.Errorf(minori.Internal, "the condition reads %s, which nothing forms", need.Name)
}

func (c *computation) card(name string) (int, error) {
	for i := range c.prog.Scorecards {
		if c.prog.Scorecards[i].Name() == name {
			return i, nil
		}
	}
	return 0, minori.Errorf(minori.NotFound, "there is no scorecard %q", name)
}

// scoreChange compares the effective scores with those as of an earlier day,
// computing that day where no cycle was written.
func (s *Service) scoreChange(ctx context.Context, c *computation, need measure.Column) (metric.Column, error) {
	i, err := c.card(need.Of)
	if err != nil {
		return metric.Column{}, err
	}
	then := minori.EndOf(need.Window.Before(c.asOf.Day, 1), c.prog.Location)
	past, err := s.pastScores(ctx, c.prog.Kind, &c.prog.Scorecards[i], then, c.only)
	if err != nil {
		return metric.Column{}, err
	}
	now, _ := scorecard.Columns(c.scores[i])
	for k, id := range c.subjects {
		if now.Reason[k] != metric.Known {
			continue
		}
		if before, ok := past[id]; ok {
			now.Num[k] = measure.Round9(now.Num[k] - before)
		} else {
			now.Reason[k] = metric.NoPrevious
		}
	}
	return now, nil
}

// pastScores gives the known effective scores of a scorecard as of a day, of
// some subjects (nil: of all).
func (s *Service) pastScores(ctx context.Context, kind minori.SubjectKind, card *Card, asOf minori.AsOf, subjects []minori.ID) (map[minori.ID]float64, error) {
	rows, err := s.stored(ctx, kind, card, asOf, subjects)
	if err != nil {
		return nil, err
	}
	out := make(map[minori.ID]float64, len(rows))
	for _, r := range rows {
		if r.Score != nil {
			out[r.Subject] = *r.Score
		}
	}
	return out, nil
}

// stored gives the scores written for an as-of, computing and writing them,
// never handing them over, where it has none.
func (s *Service) stored(ctx context.Context, kind minori.SubjectKind, card *Card, asOf minori.AsOf, subjects []minori.ID) ([]ScoreRow, error) {
	ok, rows, err := s.isStored(ctx, kind, card, asOf, subjects)
	if err != nil || rows != nil {
		return rows, err
	}
	if !ok {
		if err := s.write(ctx, kind, asOf); err != nil {
			return nil, err
		}
	}
	rows, err = s.lake.Scores(ctx, asOf, card.ID, subjects)
	if err != nil {
		return nil, fmt.Errorf("reading the scores of %s: %w", asOf.Day, err)
	}
	return rows, nil
}

// isStored reports whether scores were written for an as-of: of all subjects, or
// of these at least, which it then gives. Live cycles write only what changed.
func (s *Service) isStored(ctx context.Context, kind minori.SubjectKind, card *Card, asOf minori.AsOf, subjects []minori.ID) (ok bool, rows []ScoreRow, err error) {
	if _, ok, err = s.lake.CycleAt(ctx, kind, asOf); err != nil {
		return false, nil, fmt.Errorf("looking for the scores of %s: %w", asOf.Day, err)
	}
	if ok || len(subjects) == 0 || asOf.Complete == asOf.Day {
		return ok, nil, nil
	}
	if rows, err = s.lake.Scores(ctx, asOf, card.ID, subjects); err != nil {
		return false, nil, fmt.Errorf("reading the scores of %s: %w", asOf.Day, err)
	}
	if len(rows) < len(subjects) {
		return false, nil, nil
	}
	return true, rows, nil
}

// write computes and keeps a day without any effect.
func (s *Service) write(ctx context.Context, kind minori.SubjectKind, asOf minori.AsOf) (err error) {
	prog, err := s.programs.Program(ctx, kind, 0)
	if err != nil {
		return err
	}
	plain := *prog
	plain.Rules, plain.Segments = nil, nil
	c, err := s.compute(ctx, &plain, asOf, nil)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, c.close()) }()
	_, err = s.lake.SaveCycle(ctx, c.cycle(s.clock(), false))
	if err != nil {
		return fmt.Errorf("storing the scores of %s: %w", asOf.Day, err)
	}
	return nil
}

// cycle is the computation as the lake keeps it.
func (c *computation) cycle(now time.Time, handOver bool) Cycle {
	out := Cycle{Kind: c.prog.Kind, AsOf: c.asOf, Config: c.prog.Version, HandOver: handOver, Result: c.first, ComputedAt: now.UnixMicro()}
	for _, m := range c.prog.Measures {
		out.Values = append(out.Values, StoredValue{Column: program.MeasurePrefix + m.Name, Measure: m.ID})
	}
	out.Scores = make([]ScoreRow, 0, len(c.subjects)*len(c.scores))
	for i := range c.scores {
		card := &c.prog.Scorecards[i]
		for k := range c.scores[i] {
			out.Scores = append(out.Scores, scoreRow(card, c.subjects[k], &c.scores[i][k]))
		}
	}
	return out
}

// scoreRow is a score as the lake keeps it; numbers point into s.
func scoreRow(card *Card, subject minori.ID, s *scorecard.Score) ScoreRow {
	r := ScoreRow{Subject: subject, Scorecard: card.ID, Version: card.Engine.Version(), CapPart: s.CapPart,
		Coverage: s.Coverage, Band: string(s.Band), Exception: s.Exception, Cap: s.Cap}
	if s.Known() {
		r.Score = &s.Score
	}
	if s.Reason == scorecard.Computed {
		r.Computed = &s.Computed
	}
	if s.Overridden {
		r.Override = &s.Override
	}
	return r
}
