package resource

import (
	"slices"

	minori "github.com/minori-hq/minori"
	"github.com/minori-hq/minori/evaluate"
	"github.com/minori-hq/minori/measure"
)

// Stale is a metric whose latest point is older than its fresh_within.
type Stale struct {
	Metric *Metric
	Latest minori.Day
}

// Stale gives the metrics that are stale on a day by their latest points. A
// metric that never had a point is not stale but unknown.
func (c *Config) Stale(latest map[int64]evaluate.Latest, day minori.Day) []Stale {
	var out []Stale
	for i := range c.Metrics {
		m := &c.Metrics[i]
		fresh := m.Def.FreshWithin
		if l, ok := latest[m.ID]; ok && fresh.N > 0 && l.Day < fresh.Before(day, 1) {
			out = append(out, Stale{m, l.Day})
		}
	}
	return out
}

// Uses names what is computed from something else, each in the order in which
// the configuration has it.
type Uses struct {
	Measures, Scorecards, Segments, Rules []string
}

// UsesOf gives everything that depends on a metric, over any number of steps.
func (c *Config) UsesOf(metric string) Uses {
	var u Uses
	// An expression is touched by the metric, or by what was touched before.
	touched := func(list ...*measure.Expr) bool {
		return slices.ContainsFunc(list, func(e *measure.Expr) bool {
			if e == nil {
				return false
			}
			d := e.Dependencies()
			return slices.Contains(d.Metrics, metric) || common(d.Measures, u.Measures) || common(d.Scorecards, u.Scorecards)
		})
	}
	for i := range c.Measures { // each comes after those it uses
		if m := &c.Measures[i]; touched(m.Expr) {
			u.Measures = append(u.Measures, m.Def.Name)
		}
	}
	for i := range c.Scorecards {
		s := &c.Scorecards[i]
		direct := touched(s.Exceptions...) || touched(s.Caps...)
		for _, g := range s.Def.Groups {
			for _, m := range g.Measures {
				direct = direct || slices.Contains(u.Measures, m.Measure)
			}
		}
		if direct {
			u.Scorecards = append(u.Scorecards, s.Def.Name)
		}
	}
	for i := range c.Segments {
		if s := &c.Segments[i]; touched(s.When) {
			u.Segments = append(u.Segments, s.Def.Name)
		}
	}
	for i := range c.Rules {
		r := &c.Rules[i]
		if touched(r.When, r.Until) || touched(slices.Concat(r.Owners...)...) {
			u.Rules = append(u.Rules, r.Def.Name)
		}
	}
	return u
}

func common(a, b []string) bool {
	return slices.ContainsFunc(a, func(s string) bool { return slices.Contains(b, s) })
}
