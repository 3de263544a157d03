package evaluate

import (
	"context"
	"errors"

	minori "github.com/minori-hq/minori"
	"github.com/minori-hq/minori/measure"
	"github.com/minori-hq/minori/metric"
)

// Reading is a measure of one subject as of a day, with what its expression read.
type Reading struct {
	AsOf   minori.Day
	Value  metric.Value
	Inputs []measure.Named
}

// Reading computes a measure for one subject and gives what it read. It is the
// single-subject evaluation, not the lake's.
func (s *Service) Reading(ctx context.Context, actor minori.Actor, subject minori.Subject, name string, asOf minori.AsOf) (out Reading, err error) {
	if err := actor.Require(actor.MayRead(), "read measures"); err != nil {
		return out, err
	}
	if err := s.mustSee(ctx, actor, subject); err != nil {
		return out, err
	}
	seen, err := s.scopes.Visible(ctx, actor, subject.Kind, []minori.ID{subject.ID})
	if err != nil {
		return out, err
	}
	if len(seen) == 0 {
		return out, minori.Errorf(minori.NotFound, "there is no %s %q", subject.Kind, subject.Key)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := s.drain(ctx); err != nil {
		return out, err
	}
	prog, err := s.programs.Program(ctx, subject.Kind, 0)
	if err != nil {
		return out, err
	}
	if _, err := prog.MeasureNames([]string{name}); err != nil {
		return out, err
	}
	var expr *measure.Expr
	for _, m := range prog.Measures {
		if m.Name == name {
			expr = m.Expr
		}
	}
	r := Rule{When: expr, Explain: true}
	r.Def.Name = name
	c, err := s.compute(ctx, prog.Restricted(&r), asOf, []minori.ID{subject.ID})
	if err != nil {
		return out, err
	}
	defer func() { err = errors.Join(err, c.close()) }()
	if len(c.subjects) == 0 {
		return out, minori.Errorf(minori.NotFound, "%s %q does not exist on %s", subject.Kind, subject.Key, asOf.Day)
	}
	lookup, err := c.lookup(ctx)
	if err != nil {
		return out, err
	}
	out.AsOf = asOf.Day
	if out.Value, err = expr.Eval(lookup, asOf, c.unknown); err != nil {
		return out, err
	}
	if out.Value.Type == metric.Number {
		out.Value.Num = measure.Round9(out.Value.Num)
	}
	if out.Inputs, err = expr.Values(lookup, asOf, c.unknown, actor.Lang); err != nil {
		return out, err
	}
	hidden, err := s.scopes.Hidden(ctx, actor)
	out.Inputs = told(out.Inputs, hidden)
	return out, err
}

// lookup gives the leaves of the first result for its one subject.
func (c *computation) lookup(ctx context.Context) (measure.Lookup, error) {
	values, err := c.leaves(ctx)
	if err != nil {
		return nil, err
	}
	return func(l metric.Leaf) metric.Value {
		name := measure.LeafName(l)
		if l.Kind == metric.LeafColumn {
			name = l.Column
		}
		if v, ok := values[name]; ok {
			return v
		}
		return metric.Value{Type: l.Type, Reason: metric.NoValue}
	}, nil
}
