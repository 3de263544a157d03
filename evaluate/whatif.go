package evaluate

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"math"
	"slices"
	"sync"

	minori "github.com/minori-hq/minori"
	"github.com/minori-hq/minori/measure"
	"github.com/minori-hq/minori/metric"
	"github.com/minori-hq/minori/scorecard"
)

// WhatIf is what a changed scorecard would give for the measure values of an
// evaluation that is stored. Nothing is stored.
type WhatIf struct {
	AsOf     minori.AsOf
	Subjects int
	Before   *Spread // by the definition in force; nil for a new scorecard
	After    Spread
	Moves    []BandMove // subjects whose band would change, the largest change of score first
	Changed  int        // subjects whose score would change at all
}

// Spread is how scores are spread.
type Spread struct {
	Bands  map[scorecard.Band]int
	Tenths [10]int // of the known scores: [0, 10) … [90, 100]
}

// BandMove is a subject whose band would change; a nil score is unknown.
type BandMove struct {
	Subject            minori.ID
	FromScore, ToScore *float64
	FromBand, ToBand   scorecard.Band
}

// WhatIf scores the subjects the actor sees with a changed scorecard, over the measure values
// stored for exactly that as-of. prog holds the changed definition, and all
// others as they are in force. It does not wait for evaluations.
func (s *Service) WhatIf(ctx context.Context, actor minori.Actor, prog *Program, name string, asOf minori.AsOf) (WhatIf, error) {
	out := WhatIf{AsOf: asOf}
	if err := actor.Require(actor.MayConfigure(), "preview scorecards"); err != nil {
		return out, err
	}
	next, err := prog.Card(name)
	if err != nil {
		return out, err
	}
	present, err := s.programs.Program(ctx, prog.Kind, 0)
	if err != nil {
		return out, err
	}
	after, ids, err := s.whatIfScores(ctx, present, prog, next, asOf)
	if err != nil {
		return out, err
	}
	seen, err := s.scopes.Visible(ctx, actor, prog.Kind, nil)
	if err != nil {
		return out, err
	}
	all := ids
	after, ids = keep(seen, all, after)
	out.Subjects, out.After = len(ids), spread(after)
	now, err := present.Card(name)
	if err != nil {
		return out, nil // there is none yet
	}
	before, _, err := s.whatIfScores(ctx, present, present, now, asOf)
	if err != nil {
		return out, err
	}
	before, _ = keep(seen, all, before)
	was := spread(before)
	out.Before = &was
	for i := range after {
		a, b := &before[i], &after[i]
		if a.Known() != b.Known() || a.Score != b.Score {
			out.Changed++
		}
		if a.Band != b.Band {
			out.Moves = append(out.Moves, BandMove{Subject: ids[i], FromScore: known(a), ToScore: known(b), FromBand: a.Band, ToBand: b.Band})
		}
	}
	slices.SortStableFunc(out.Moves, func(a, b BandMove) int { return cmp.Compare(b.distance(), a.distance()) })
	return out, nil
}

// distance is how far a score would move; becoming known or unknown comes first.
func (m BandMove) distance() float64 {
	if m.FromScore == nil || m.ToScore == nil {
		return math.Inf(1)
	}
	return math.Abs(*m.ToScore - *m.FromScore)
}

// Falls reports whether the band is a worse one; unknown is neither.
func (m BandMove) Falls() bool {
	rank := map[scorecard.Band]int{scorecard.Red: 1, scorecard.Yellow: 2, scorecard.Green: 3}
	return rank[m.ToBand] > 0 && rank[m.ToBand] < rank[m.FromBand]
}

func known(s *scorecard.Score) *float64 {
	if !s.Known() {
		return nil
	}
	return &s.Score
}

func spread(scores []scorecard.Score) Spread {
	out := Spread{Bands: map[scorecard.Band]int{}}
	for i := range scores {
		out.Bands[scores[i].Band]++
		if scores[i].Known() {
			out.Tenths[min(max(int(scores[i].Score/10), 0), 9)]++
		}
	}
	return out
}

// whatIfScores scores one card over stored values. prog is where its
// conditions come from.
func (s *Service) whatIfScores(ctx context.Context, present, prog *Program, card *Card, asOf minori.AsOf) ([]scorecard.Score, []minori.ID, error) {
	base, err := s.stand.at(ctx, s, present, asOf)
	if err != nil {
		return nil, nil, err
	}
	ids, err := base.load(ctx, s, present, card.Engine.Measures())
	if err == nil && len(ids) == 0 { // all its measures are new
		ids, err = base.load(ctx, s, present, nil)
	}
	if err != nil {
		return nil, nil, err
	}
	in := scorecard.Input{Rows: len(ids), Overrides: map[int]float64{}}
	for _, m := range card.Engine.Measures() {
		in.Measures = append(in.Measures, base.measure(m))
	}
	if in.Exceptions, err = base.conditions(ctx, s, prog, card.Exceptions); err != nil {
		return nil, nil, err
	}
	if in.Caps, err = base.conditions(ctx, s, prog, card.Caps); err != nil {
		return nil, nil, err
	}
	set, err := s.actions.OverridesAt(ctx, card.Name(), asOf, nil)
	if err != nil {
		return nil, nil, fmt.Errorf("reading manual scores: %w", err)
	}
	for id, o := range set {
		if i, ok := slices.BinarySearch(ids, id); ok {
			in.Overrides[i] = o.Value
		}
	}
	scores, err := card.Engine.Score(in, nil)
	if err != nil {
		return nil, nil, fmt.Errorf("scoring: %w", err)
	}
	return scores, ids, nil
}

// standing is the stored values of one evaluation in columns, kept while
// somebody tries out scorecards over them.
type standing struct {
	asOf    minori.AsOf
	version int64
	kind    minori.SubjectKind
	cycle   int64 // the evaluation
	mu      sync.Mutex
	ids     []minori.ID              // set once
	columns map[string]metric.Column // by measure
	holds   map[string]metric.Column // by condition
}

// standings keeps the newest standing.
type standings struct {
	mu   sync.Mutex
	last *standing
}

// maxConditions bounds the conditions kept with a standing.
const maxConditions = 64

// at gives the standing of an as-of, from memory where it is the last one used.
func (k *standings) at(ctx context.Context, s *Service, prog *Program, asOf minori.AsOf) (*standing, error) {
	cycle, ok, err := s.lake.CycleAt(ctx, prog.Kind, asOf)
	if err != nil {
		return nil, fmt.Errorf("looking for the scores of %s: %w", asOf.Day, err)
	}
	if !ok {
		return nil, minori.Errorf(minori.NotFound, "nothing was evaluated as of %s", asOf.Day)
	}
	k.mu.Lock()
	last := k.last
	k.mu.Unlock()
	if last != nil && last.asOf == asOf && last.version == prog.Version && last.kind == prog.Kind && last.cycle == cycle.ID {
		return last, nil
	}
	fresh := &standing{asOf: asOf, version: prog.Version, kind: prog.Kind, cycle: cycle.ID, columns: map[string]metric.Column{}, holds: map[string]metric.Column{}}
	k.mu.Lock()
	k.last = fresh
	k.mu.Unlock()
	return fresh, nil
}

// load brings the stored values of measures into columns, where they are not
// there yet. An evaluation keeps a value of each of its measures for each of
// its subjects; a measure that is newer than it has none.
func (b *standing) load(ctx context.Context, s *Service, prog *Program, names []string) ([]minori.ID, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	at, ids := map[int64]string{}, []int64{}
	for _, m := range prog.Measures {
		if _, ok := b.columns[m.Name]; !ok && (names == nil || slices.Contains(names, m.Name)) {
			at[m.ID] = m.Name
			ids = append(ids, m.ID)
		}
	}
	if len(ids) == 0 {
		return b.ids, nil
	}
	rows, err := s.lake.Values(ctx, b.asOf, ids, nil)
	if err != nil {
		return nil, fmt.Errorf("reading the values of %s: %w", b.asOf.Day, err)
	}
	if len(b.ids) == 0 {
		for i := range rows {
			if n := len(b.ids); n == 0 || b.ids[n-1] != rows[i].Subject {
				b.ids = append(b.ids, rows[i].Subject)
			}
		}
	}
	for _, m := range prog.Measures {
		if _, wanted := at[m.ID]; wanted {
			b.columns[m.Name] = noData(m.Expr.Type, len(b.ids))
		}
	}
	row := 0
	for i := range rows {
		v := &rows[i]
		for row < len(b.ids)-1 && b.ids[row] < v.Subject {
			row++
		}
		if b.ids[row] == v.Subject {
			c := b.columns[at[v.Measure]]
			c.Num[row], c.Reason[row] = v.Value.Num, v.Value.Reason
		}
	}
	return b.ids, nil
}

func noData(t metric.Type, n int) metric.Column {
	c := metric.Column{Type: t, Num: make([]float64, n), Reason: make([]metric.Reason, n)}
	for i := range c.Reason {
		c.Reason[i] = metric.NoData
	}
	return c
}

// measure gives the values of a measure, unknown for one not evaluated yet.
func (b *standing) measure(name string) metric.Column {
	b.mu.Lock()
	defer b.mu.Unlock()
	if c, ok := b.columns[name]; ok && len(c.Num) == len(b.ids) {
		return c
	}
	return noData(metric.Number, len(b.ids))
}

// conditions gives for which subjects conditions hold, computing those not yet
// asked for.
func (b *standing) conditions(ctx context.Context, s *Service, prog *Program, exprs []*measure.Expr) ([]metric.Column, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if len(b.holds) > maxConditions {
		b.holds = map[string]metric.Column{}
	}
	var missing []*measure.Expr
	for _, e := range exprs {
		if _, ok := b.holds[e.String()]; !ok && !slices.ContainsFunc(missing, func(o *measure.Expr) bool { return o.String() == e.String() }) {
			missing = append(missing, e)
		}
	}
	if len(missing) > 0 {
		if err := b.compute(ctx, s, prog, missing); err != nil {
			return nil, err
		}
	}
	out := make([]metric.Column, len(exprs))
	for i, e := range exprs {
		out[i] = b.holds[e.String()]
	}
	return out, nil
}

// compute asks the lake for conditions.
func (b *standing) compute(ctx context.Context, s *Service, prog *Program, exprs []*measure.Expr) (err error) {
	c := &computation{prog: &Program{Version: prog.Version, Kind: prog.Kind, Location: prog.Location, Env: prog.Env}, asOf: b.asOf}
	builder, _, err := s.build(ctx, c)
	if err != nil {
		return err
	}
	names := make([]string, len(exprs))
	for i, e := range exprs {
		names[i] = fmt.Sprintf("condition:%d", i)
		if err := builder.Add(names[i], e, false); err != nil {
			return fmt.Errorf("compiling a condition: %w", err)
		}
	}
	r, err := s.lake.Compute(ctx, builder.Query(nil))
	if err != nil {
		return fmt.Errorf("computing conditions: %w", err)
	}
	defer func() { err = errors.Join(err, r.Close()) }()
	ids, cols, err := columns(ctx, r, names)
	if err != nil {
		return err
	}
	for i, e := range exprs {
		col := noData(metric.Bool, len(b.ids))
		for k, id := range ids {
			if row, ok := slices.BinarySearch(b.ids, id); ok {
				col.Num[row], col.Reason[row] = cols[i].Num[k], cols[i].Reason[k]
			}
		}
		b.holds[e.String()] = col
	}
	return nil
}

// Holding gives for whom of those the actor sees a condition holds as of a day,
// by subject.
func (s *Service) Holding(ctx context.Context, actor minori.Actor, kind minori.SubjectKind, e *measure.Expr, asOf minori.AsOf) (map[minori.ID]bool, error) {
	if err := actor.Require(actor.MayRead(), "read conditions"); err != nil {
		return nil, err
	}
	subjects, err := s.scopes.Visible(ctx, actor, kind, nil)
	if err != nil {
		return nil, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := s.drain(ctx); err != nil {
		return nil, err
	}
	prog, err := s.programs.Program(ctx, kind, 0)
	if err != nil {
		return nil, err
	}
	in, err := s.members(ctx, prog, &Segment{Name: "condition", Expr: e}, asOf, subjects)
	if err != nil {
		return nil, err
	}
	out := make(map[minori.ID]bool, len(in))
	for id, v := range in {
		out[id] = v == InSegment
	}
	return out, nil
}
