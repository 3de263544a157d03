package evaluate

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"

	minori "github.com/minori-hq/minori"
	"github.com/minori-hq/minori/evaluate/program"
	"github.com/minori-hq/minori/measure"
	"github.com/minori-hq/minori/metric"
)

// Values that Groups gives for a segment.
const (
	InSegment    = "in"
	NotInSegment = "not in"
)

// Groups cuts the subjects the actor sees by the value of a field (with or without its
// "account." prefix) or by membership of a segment, as of a day. Subjects whose
// value is unknown are left out.
func (s *Service) Groups(ctx context.Context, actor minori.Actor, kind minori.SubjectKind, by string, asOf minori.AsOf) (map[minori.ID]string, error) {
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
	if prog, err = s.readable(ctx, actor, prog); err != nil {
		return nil, err
	}
	if g, ok := prog.Segment(by); ok {
		return s.members(ctx, prog, g, asOf, subjects)
	}
	name := string(kind) + "." + strings.TrimPrefix(by, string(kind)+".")
	names := make([]string, 0, len(prog.Fields)+len(prog.Segments))
	for _, f := range prog.Fields {
		if f.Name == name {
			return s.fieldValues(ctx, prog, f, asOf, subjects)
		}
		names = append(names, f.Name)
	}
	for _, g := range prog.Segments {
		names = append(names, g.Name)
	}
	return nil, minori.Errorf(minori.NotFound, "there is no field or segment %q%s", by, minori.DidYouMean(name, names))
}

func (s *Service) fieldValues(ctx context.Context, prog *Program, f Field, asOf minori.AsOf, subjects []minori.ID) (map[minori.ID]string, error) {
	only := Program{Version: prog.Version, Kind: prog.Kind, Location: prog.Location, Fields: []Field{f}}
	return s.texts(ctx, &only, asOf, subjects, func(c *computation) (metric.Result, string) { return c.first, program.FieldPrefix + f.Name })
}

func (s *Service) members(ctx context.Context, prog *Program, g *Segment, asOf minori.AsOf, subjects []minori.ID) (map[minori.ID]string, error) {
	r := Rule{When: g.Expr}
	r.Def.Name = g.Name
	only := prog.Restricted(&r)
	only.Rules, only.Segments = nil, []Segment{*g}
	out, err := s.texts(ctx, only, asOf, subjects, func(c *computation) (metric.Result, string) { return c.second, program.SegmentPrefix + g.Name })
	if err != nil {
		return nil, err
	}
	for id, v := range out {
		if v == "true" {
			out[id] = InSegment
		} else {
			out[id] = NotInSegment
		}
	}
	return out, nil
}

// texts computes a small program and gives one column as texts.
func (s *Service) texts(ctx context.Context, prog *Program, asOf minori.AsOf, subjects []minori.ID, pick func(*computation) (metric.Result, string)) (out map[minori.ID]string, err error) {
	c, err := s.compute(ctx, prog, asOf, subjects)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, c.close()) }()
	r, column := pick(c)
	out = map[minori.ID]string{}
	err = r.Each(ctx, nil, []string{column}, func(b *metric.Batch) error {
		for i, id := range b.Subjects {
			if v := b.Columns[0].Value(i); v.Reason == metric.Known {
				out[id] = textOf(v)
			}
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("reading %s: %w", column, err)
	}
	return out, nil
}

// textOf writes a known value.
func textOf(v metric.Value) string {
	switch v.Type {
	case metric.Text:
		return v.Text
	case metric.Bool:
		return strconv.FormatBool(v.Num != 0)
	}
	return strconv.FormatFloat(v.Num, 'f', -1, 64)
}

// Why explains a condition for one subject: why it holds, or does not, with
// the values it reads. It is the single-subject evaluation, not the lake's.
func (s *Service) Why(ctx context.Context, actor minori.Actor, e *measure.Expr, subject minori.Subject, asOf minori.AsOf, lang minori.Lang) (part measure.Part, err error) {
	if err := actor.Require(actor.MayRead(), "read conditions"); err != nil {
		return part, err
	}
	if err := s.mustSee(ctx, actor, subject); err != nil {
		return part, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := s.drain(ctx); err != nil {
		return part, err
	}
	prog, err := s.programs.Program(ctx, subject.Kind, 0)
	if err != nil {
		return part, err
	}
	r := Rule{When: e, Explain: true}
	r.Def.Name = "why"
	c, err := s.compute(ctx, prog.Restricted(&r), asOf, []minori.ID{subject.ID})
	if err != nil {
		return part, err
	}
	defer func() { err = errors.Join(err, c.close()) }()
	if len(c.subjects) == 0 {
		return part, minori.Errorf(minori.NotFound, "%s %q does not exist on %s", subject.Kind, subject.Key, asOf.Day)
	}
	lookup, err := c.lookup(ctx)
	if err != nil {
		return part, err
	}
	if part, err = e.Explain(lookup, asOf, c.unknown, lang); err != nil {
		return part, err
	}
	hidden, err := s.scopes.Hidden(ctx, actor)
	return toldPart(part, hidden), err
}

// leaves reads every column of the first result for its one subject.
func (c *computation) leaves(ctx context.Context) (map[string]metric.Value, error) {
	out := map[string]metric.Value{}
	err := c.first.Each(ctx, nil, c.names, func(b *metric.Batch) error {
		for i := range b.Columns {
			out[c.names[i]] = b.Columns[i].Value(0)
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("reading the values of one subject: %w", err)
	}
	return out, nil
}

// Numbers gives the values of an attribute of the subjects the actor sees as of
// a day.
func (s *Service) Numbers(ctx context.Context, actor minori.Actor, kind minori.SubjectKind, field string, asOf minori.AsOf) (out map[minori.ID]metric.Value, err error) {
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
	if prog, err = s.readable(ctx, actor, prog); err != nil {
		return nil, err
	}
	only := Program{Version: prog.Version, Kind: kind, Location: prog.Location}
	for _, f := range prog.Fields {
		if f.Name == field {
			only.Fields = []Field{f}
		}
	}
	c, err := s.compute(ctx, &only, asOf, subjects)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, c.close()) }()
	out = make(map[minori.ID]metric.Value, len(c.subjects))
	err = c.first.Each(ctx, nil, []string{program.FieldPrefix + field}, func(b *metric.Batch) error {
		for i, id := range b.Subjects {
			out[id] = b.Columns[0].Value(i)
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("reading %s: %w", field, err)
	}
	return out, nil
}
