package evaluate

import (
	"context"
	"errors"
	"fmt"
	"sort"

	minori "github.com/minori-hq/minori"
	"github.com/minori-hq/minori/evaluate/program"
	"github.com/minori-hq/minori/metric"
	"github.com/minori-hq/minori/scorecard"
)

// Scored is one subject's score, taken apart.
type Scored struct {
	Subject     minori.Subject
	Explanation scorecard.Explanation
}

// loaded is stored scores with what they were formed from.
type loaded struct {
	rows     []ScoreRow
	engine   *scorecard.Engine
	measures []int64 // as engine.Measures()
	values   map[minori.ID]map[int64]metric.Value
}

// load gives a scorecard's scores as of a day with the inputs they were formed
// from, by the version of the definition they were formed with. Where the day
// was not evaluated it is computed, never handed over.
func (s *Service) load(ctx context.Context, prog *Program, name string, asOf minori.AsOf, subjects []minori.ID) (*loaded, error) {
	card, err := prog.Card(name)
	if err != nil {
		return nil, err
	}
	rows, err := s.stored(ctx, prog.Kind, card, asOf, subjects)
	if err != nil {
		return nil, err
	}
	engine, ids := card.Engine, measureIDs(prog)
	if len(rows) > 0 && rows[0].Version != engine.Version() {
		old, err := s.programs.Program(ctx, prog.Kind, rows[0].Version)
		if err != nil {
			return nil, fmt.Errorf("reading version %d of the workspace: %w", rows[0].Version, err)
		}
		oldCard, err := old.Card(name)
		if err != nil {
			return nil, err
		}
		engine, ids = oldCard.Engine, measureIDs(old)
	}
	out := &loaded{rows: rows, engine: engine, values: make(map[minori.ID]map[int64]metric.Value, len(rows))}
	for _, m := range engine.Measures() {
		out.measures = append(out.measures, ids[m])
	}
	values, err := s.lake.Values(ctx, asOf, out.measures, subjects)
	if err != nil {
		return nil, fmt.Errorf("reading the values of %s: %w", asOf.Day, err)
	}
	for _, v := range values {
		if out.values[v.Subject] == nil {
			out.values[v.Subject] = make(map[int64]metric.Value, len(out.measures))
		}
		out.values[v.Subject][v.Measure] = v.Value
	}
	return out, nil
}

func measureIDs(prog *Program) map[string]int64 {
	out := make(map[string]int64, len(prog.Measures))
	for _, m := range prog.Measures {
		out[m.Name] = m.ID
	}
	return out
}

// Scores explains the scores of those of the subjects (nil: of all) that the
// actor sees as of a day, ordered by the source's id. A day that was evaluated is read as it is stored, without
// waiting for an evaluation under way; any other is computed first.
func (s *Service) Scores(ctx context.Context, actor minori.Actor, kind minori.SubjectKind, name string, asOf minori.AsOf, subjects []minori.ID) ([]Scored, error) {
	if err := actor.Require(actor.MayRead(), "read scores"); err != nil {
		return nil, err
	}
	subjects, err := s.scopes.Visible(ctx, actor, kind, subjects)
	if err != nil {
		return nil, err
	}
	prog, err := s.programs.Program(ctx, kind, 0)
	if err != nil {
		return nil, err
	}
	card, err := prog.Card(name)
	if err != nil {
		return nil, err
	}
	done, _, err := s.isStored(ctx, kind, card, asOf, subjects)
	if err != nil {
		return nil, err
	}
	if !done {
		s.mu.Lock()
		defer s.mu.Unlock()
		if err := s.drain(ctx); err != nil {
			return nil, err
		}
		if prog, err = s.programs.Program(ctx, kind, 0); err != nil { // it may have changed meanwhile
			return nil, err
		}
	}
	return s.scored(ctx, prog, name, asOf, subjects)
}

func (s *Service) scored(ctx context.Context, prog *Program, name string, asOf minori.AsOf, subjects []minori.ID) ([]Scored, error) {
	from, err := s.load(ctx, prog, name, asOf, subjects)
	if err != nil {
		return nil, err
	}
	rows := from.rows
	ids := make([]minori.ID, len(rows))
	for i := range rows {
		ids[i] = rows[i].Subject
	}
	keys, err := s.records.Subjects(ctx, ids)
	if err != nil {
		return nil, fmt.Errorf("reading subjects: %w", err)
	}
	out := make([]Scored, 0, len(rows))
	for i := range rows {
		x, err := from.explain(&rows[i])
		if err != nil {
			return nil, err
		}
		out = append(out, Scored{Subject: keys[rows[i].Subject], Explanation: x})
	}
	sort.Slice(out, func(i, j int) bool { return out[i].Subject.Key < out[j].Subject.Key })
	return out, nil
}

// explain takes a stored score apart again from the stored values.
func (l *loaded) explain(row *ScoreRow) (scorecard.Explanation, error) {
	values := l.values[row.Subject]
	in := make([]metric.Value, len(l.measures))
	for i, id := range l.measures {
		v, ok := values[id]
		if !ok {
			v = metric.Value{Type: metric.Number, Reason: metric.NoData}
		}
		in[i] = v
	}
	card := l.engine.Card()
	x, err := l.engine.Explain(scorecard.OneRow(in, only(len(card.Exceptions), row.Exception), only(len(card.Caps), row.Cap), row.Override), 0)
	if err != nil {
		return x, fmt.Errorf("explaining a score: %w", err)
	}
	return x, nil
}

// only gives n conditions of which just the one at i holds.
func only(n, i int) []metric.Value {
	out := make([]metric.Value, n)
	for k := range out {
		out[k] = metric.Value{Type: metric.Bool}
		if k == i {
			out[k].Num = 1
		}
	}
	return out
}

// Change is the explanation of a score and of its change since an earlier day.
type Change struct {
	Subject minori.Subject
	AsOf    minori.Day
	Now     scorecard.Explanation
	Since   minori.Day
	Then    *scorecard.Explanation // nil when no earlier day was asked for
	Delta   scorecard.Change       // empty when no earlier day was asked for
}

// Explain explains one subject's score as of a day, and its change since
// another one if given.
func (s *Service) Explain(ctx context.Context, actor minori.Actor, name string, subject minori.Subject, asOf minori.AsOf, since *minori.AsOf) (Change, error) {
	out := Change{Subject: subject, AsOf: asOf.Day}
	now, err := s.Scores(ctx, actor, subject.Kind, name, asOf, []minori.ID{subject.ID})
	if err != nil {
		return out, err
	}
	if len(now) == 0 {
		return out, minori.Errorf(minori.NotFound, "%s %q does not exist on %s, so it has no score", subject.Kind, subject.Key, asOf.Day)
	}
	out.Now = now[0].Explanation
	if since == nil {
		return out, nil
	}
	then, err := s.Scores(ctx, actor, subject.Kind, name, *since, []minori.ID{subject.ID})
	if err != nil {
		return out, err
	}
	if len(then) == 0 {
		return out, minori.Errorf(minori.NotFound, "%s %q does not exist on %s, so there is no change since then", subject.Kind, subject.Key, since.Day)
	}
	out.Since, out.Then = since.Day, &then[0].Explanation
	out.Delta = scorecard.ExplainChange(then[0].Explanation, now[0].Explanation)
	return out, nil
}

// MeasureRow is one subject's measure values, in the order asked for.
type MeasureRow struct {
	Subject minori.Subject
	Values  []metric.Value
}

// Measures gives the values of measures as of a day for all subjects the actor
// sees; no names means all measures. It also gives the names in order.
func (s *Service) Measures(ctx context.Context, actor minori.Actor, kind minori.SubjectKind, names []string, asOf minori.AsOf) (order []string, out []MeasureRow, err error) {
	if err := actor.Require(actor.MayRead(), "read measures"); err != nil {
		return nil, nil, err
	}
	subjects, err := s.scopes.Visible(ctx, actor, kind, nil)
	if err != nil {
		return nil, nil, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := s.drain(ctx); err != nil {
		return nil, nil, err
	}
	prog, err := s.programs.Program(ctx, kind, 0)
	if err != nil {
		return nil, nil, err
	}
	if order, err = prog.MeasureNames(names); err != nil {
		return nil, nil, err
	}
	plain := *prog
	plain.Rules, plain.Segments, plain.Scorecards = nil, nil, nil
	c, err := s.compute(ctx, &plain, asOf, subjects)
	if err != nil {
		return nil, nil, err
	}
	defer func() { err = errors.Join(err, c.close()) }()
	cols := make([]string, len(order))
	for i, n := range order {
		cols[i] = program.MeasurePrefix + n
	}
	ids, values, err := columns(ctx, c.first, cols)
	if err != nil {
		return nil, nil, err
	}
	keys, err := s.records.Subjects(ctx, ids)
	if err != nil {
		return nil, nil, fmt.Errorf("reading subjects: %w", err)
	}
	out = make([]MeasureRow, len(ids))
	for i, id := range ids {
		out[i] = MeasureRow{Subject: keys[id], Values: make([]metric.Value, len(order))}
		for k := range order {
			out[i].Values[k] = values[k].Value(i)
		}
	}
	sort.Slice(out, func(i, j int) bool { return out[i].Subject.Key < out[j].Subject.Key })
	return order, out, nil
}
