// Package evaluate is the one cycle: it computes measures, scores and rule
// conditions for a set of subjects as of a time, and hands the transitions over
// to the records. The same cycle without hand-over is preview and report.
package evaluate

import (
	"context"
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
	explain bool              // read everything When reads, through measures, too
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

// Programs gives the definitions.
type Programs interface {
	// Program gives the definitions for a kind of subject at a version of the
	// workspace; 0 means the one in force.
	Program(ctx context.Context, kind minori.SubjectKind, version int64) (*Program, error)
}

// empty reports whether there is nothing to evaluate.
func (p *Program) empty() bool { return len(p.Measures)+len(p.Segments)+len(p.Rules) == 0 }

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

// unknown turns freshness into the reason that makes a metric unknown for all.
func unknown(latest map[int64]Latest, building map[int64]bool, asOf minori.AsOf) func(metric.Ref) metric.Reason {
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
