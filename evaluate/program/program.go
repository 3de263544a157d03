// Package program is the definitions in force, checked, as evaluations use
// them: what they compute, which queries that takes, and which columns lists show.
package program

import (
	"time"

	minori "github.com/minori-hq/minori"
	"github.com/minori-hq/minori/action"
	"github.com/minori-hq/minori/measure"
	"github.com/minori-hq/minori/metric"
	"github.com/minori-hq/minori/rule"
	"github.com/minori-hq/minori/scorecard"
)

// Program is one version of the definitions for one kind of subject, checked.
type Program struct {
	Version    int64 // of the workspace
	Kind       minori.SubjectKind
	Location   *time.Location
	Env        *measure.Env
	Measures   []Measure // in order of dependency
	Scorecards []Card
	Rules      []Rule
	Segments   []Segment
	Playbooks  map[string]action.Playbook
	Fields     []Field // for the projection that lists read
}

// Measure is a checked measure.
type Measure struct {
	ID    int64
	Name  string
	Title minori.Text
	Unit  string
	Expr  *measure.Expr
}

// Card is a checked scorecard.
type Card struct {
	ID         int64
	Engine     *scorecard.Engine
	Exceptions []*measure.Expr // as the definition's
	Caps       []*measure.Expr
}

// Name gives the scorecard's name.
func (c *Card) Name() string { return c.Engine.Card().Name }

// Rule is a checked rule.
type Rule struct {
	ID      int64
	Def     rule.Rule
	When    *measure.Expr
	Until   *measure.Expr     // nil: When no longer holds
	Owners  [][]*measure.Expr // by effect: expressions for the owner, first known wins
	Explain bool              // read everything When reads, through measures, too
}

// Segment is a checked segment.
type Segment struct {
	ID    int64
	Name  string
	Title minori.Text
	Expr  *measure.Expr
}

// Field is an attribute shown in lists.
type Field struct {
	Name  string // with the prefix
	Title minori.Text
	Unit  string
	Expr  *measure.Expr
}

// Empty reports whether there is nothing to evaluate.
func (p *Program) Empty() bool { return len(p.Measures)+len(p.Segments)+len(p.Rules) == 0 }

// Card gives a scorecard by name.
func (p *Program) Card(name string) (*Card, error) {
	names := make([]string, len(p.Scorecards))
	for i := range p.Scorecards {
		if names[i] = p.Scorecards[i].Name(); names[i] == name {
			return &p.Scorecards[i], nil
		}
	}
	return nil, minori.Errorf(minori.NotFound, "there is no scorecard %q%s", name, minori.DidYouMean(name, names))
}

// Rule gives a rule by name.
func (p *Program) Rule(name string) (*Rule, error) {
	names := make([]string, len(p.Rules))
	for i := range p.Rules {
		if names[i] = p.Rules[i].Def.Name; names[i] == name {
			return &p.Rules[i], nil
		}
	}
	return nil, minori.Errorf(minori.NotFound, "there is no rule %q%s", name, minori.DidYouMean(name, names))
}

// Segment gives a segment by name.
func (p *Program) Segment(name string) (*Segment, bool) {
	for i := range p.Segments {
		if p.Segments[i].Name == name {
			return &p.Segments[i], true
		}
	}
	return nil, false
}

// Main gives the scorecard that pages lead with: the one named health, else
// the first; nil without any.
func (p *Program) Main() *Card {
	if i := p.MainIndex(); i >= 0 {
		return &p.Scorecards[i]
	}
	return nil
}

// MainIndex gives the place of Main among the scorecards, or -1.
func (p *Program) MainIndex() int {
	for i := range p.Scorecards {
		if p.Scorecards[i].Name() == "health" {
			return i
		}
	}
	return min(len(p.Scorecards), 1) - 1
}

// Restricted is the program with one rule and only what it needs.
func (p *Program) Restricted(r *Rule) *Program {
	cards, measures := map[string]bool{}, map[string]bool{}
	need := func(scorecards, names []string) {
		for _, c := range scorecards {
			cards[c] = true
		}
		for _, m := range names {
			measures[m] = true
		}
	}
	d := r.When.Dependencies()
	need(d.Scorecards, d.Measures)
	if r.Until != nil {
		d = r.Until.Dependencies()
		need(d.Scorecards, d.Measures)
	}
	out := *p
	out.Rules, out.Segments, out.Fields = []Rule{*r}, nil, nil
	out.Scorecards, out.Measures = nil, nil
	for _, c := range p.Scorecards {
		if cards[c.Name()] {
			out.Scorecards = append(out.Scorecards, c)
			need(nil, c.Engine.Measures())
		}
	}
	for _, m := range p.Measures {
		if measures[m.Name] {
			out.Measures = append(out.Measures, m)
		}
	}
	return &out
}

// MeasureNames checks names, or gives all.
func (p *Program) MeasureNames(names []string) ([]string, error) {
	all := make([]string, len(p.Measures))
	have := map[string]bool{}
	for i := range p.Measures {
		all[i] = p.Measures[i].Name
		have[all[i]] = true
	}
	if len(names) == 0 {
		return all, nil
	}
	for _, n := range names {
		if !have[n] {
			return nil, minori.Errorf(minori.NotFound, "there is no measure %q%s", n, minori.DidYouMean(n, all))
		}
	}
	return names, nil
}

// SegmentNames gives the names of the segments.
func (p *Program) SegmentNames() []string {
	out := make([]string, len(p.Segments))
	for i := range p.Segments {
		out[i] = p.Segments[i].Name
	}
	return out
}

// Latest is the latest point of a metric.
type Latest struct {
	Time int64 // microseconds since 1970 UTC
	Day  minori.Day
}

// Unknown turns freshness into the reason that makes a metric unknown for all.
func Unknown(latest map[int64]Latest, building map[int64]bool, asOf minori.AsOf) func(metric.Ref) metric.Reason {
	return func(m metric.Ref) metric.Reason {
		if building[m.ID] {
			return metric.Building
		}
		if m.Fresh.N == 0 {
			return metric.Known
		}
		l, ok := latest[m.ID]
		if ok && l.Day < m.Fresh.Before(asOf.Day, 1) {
			return metric.Stale
		}
		return metric.Known
	}
}
