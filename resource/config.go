package resource

import (
	"slices"
	"time"

	minori "github.com/minori-hq/minori"
	"github.com/minori-hq/minori/account"
	"github.com/minori-hq/minori/action"
	"github.com/minori-hq/minori/evaluate"
	"github.com/minori-hq/minori/importer"
	"github.com/minori-hq/minori/measure"
	"github.com/minori-hq/minori/metric"
	"github.com/minori-hq/minori/rule"
	"github.com/minori-hq/minori/scorecard"
	"github.com/minori-hq/minori/segment"
)

// Config is one version of the configuration, checked and ready for use. It
// never changes once made.
type Config struct {
	Number     int64 // version of the workspace
	Workspace  minori.Workspace
	Zone       *time.Location
	Fields     []Field // the standard ones first, then those defined, by name
	Sources    []Source
	Metrics    []Metric  // the built-in ones first
	Measures   []Measure // in an order in which each comes after those it uses
	Scorecards []Scorecard
	Segments   []Segment
	Rules      []Rule
	Playbooks  []Playbook
	Dashboards []Dashboard

	envs    map[minori.SubjectKind]*measure.Env
	program map[minori.SubjectKind]*evaluate.Program
}

// Field is a field of accounts or persons.
type Field struct {
	ID       int64
	Def      account.Field
	Standard bool // always there, not defined by a file
}

// Source is a source.
type Source struct {
	ID  int64
	Def importer.Source
}

// Metric is a metric.
type Metric struct {
	ID      int64
	Version int64 // of the workspace in which its text was applied; 0 for built-in ones
	Def     metric.Metric
	Where   *measure.Expr // over properties; nil for none
}

// Ref gives the metric as the lake knows it.
func (m *Metric) Ref() metric.Ref {
	return metric.Ref{
		ID: m.ID, Name: m.Def.Name, Kind: m.Def.Kind, AbsentZero: m.Def.AbsentZero, By: m.Def.By,
		Actors: m.Def.From != nil && m.Def.From.Actors, Fresh: m.Def.FreshWithin,
	}
}

// Measure is a measure.
type Measure struct {
	ID   int64
	Def  measure.Definition
	Expr *measure.Expr
}

// Scorecard is a scorecard with the conditions of its exceptions and caps.
type Scorecard struct {
	ID         int64
	Version    int64 // of the workspace in which its text was applied
	Def        scorecard.Scorecard
	Exceptions []*measure.Expr
	Caps       []*measure.Expr
}

// Segment is a segment.
type Segment struct {
	ID   int64
	Def  segment.Segment
	When *measure.Expr
}

// Rule is a rule.
type Rule struct {
	ID     int64
	Def    rule.Rule
	When   *measure.Expr
	Until  *measure.Expr     // nil: When no longer holds
	Owners [][]*measure.Expr // by effect; the first known wins
}

// Playbook is a playbook.
type Playbook struct {
	ID      int64
	Def     action.Playbook
	Outcome *measure.Expr // nil for none
}

// For gives the configuration as a role sees it: without the fields it may not
// read, also in lists.
func (c *Config) For(role minori.Role) *Config {
	hidden := map[string]bool{}
	for i := range c.Fields {
		if f := &c.Fields[i].Def; !f.Readable(role) {
			hidden[f.Name] = true
		}
	}
	if len(hidden) == 0 {
		return c
	}
	out := *c
	out.Fields = slices.DeleteFunc(slices.Clone(c.Fields), func(f Field) bool { return hidden[f.Def.Name] })
	out.program = make(map[minori.SubjectKind]*evaluate.Program, len(c.program))
	for kind, p := range c.program {
		seen := *p
		seen.Fields = slices.DeleteFunc(slices.Clone(p.Fields), func(f evaluate.Field) bool { return hidden[f.Name] })
		out.program[kind] = &seen
	}
	return &out
}

// Env gives the names that exist for expressions about a kind of subject,
// scores included, for conditions that come from elsewhere (filters, previews).
func (c *Config) Env(kind minori.SubjectKind) *measure.Env { return c.envs[kind] }

// Field gives a field by its full name, such as account.region.
func (c *Config) Field(name string) (*Field, bool) {
	return find(c.Fields, func(x *Field) bool { return x.Def.Name == name })
}

// Source gives a source by name.
func (c *Config) Source(name string) (*Source, bool) {
	return find(c.Sources, func(x *Source) bool { return x.Def.Name == name })
}

// Metric gives a metric by name.
func (c *Config) Metric(name string) (*Metric, bool) {
	return find(c.Metrics, func(x *Metric) bool { return x.Def.Name == name })
}

// MetricByID gives a metric by its key.
func (c *Config) MetricByID(id int64) (*Metric, bool) {
	return find(c.Metrics, func(x *Metric) bool { return x.ID == id })
}

// Measure gives a measure by name.
func (c *Config) Measure(name string) (*Measure, bool) {
	return find(c.Measures, func(x *Measure) bool { return x.Def.Name == name })
}

// MeasureByID gives a measure by its key.
func (c *Config) MeasureByID(id int64) (*Measure, bool) {
	return find(c.Measures, func(x *Measure) bool { return x.ID == id })
}

// Scorecard gives a scorecard by name.
func (c *Config) Scorecard(name string) (*Scorecard, bool) {
	return find(c.Scorecards, func(x *Scorecard) bool { return x.Def.Name == name })
}

// Segment gives a segment by name.
func (c *Config) Segment(name string) (*Segment, bool) {
	return find(c.Segments, func(x *Segment) bool { return x.Def.Name == name })
}

// Rule gives a rule by name.
func (c *Config) Rule(name string) (*Rule, bool) {
	return find(c.Rules, func(x *Rule) bool { return x.Def.Name == name })
}

// RuleByID gives a rule by its key.
func (c *Config) RuleByID(id int64) (*Rule, bool) {
	return find(c.Rules, func(x *Rule) bool { return x.ID == id })
}

// Playbook gives a playbook by name.
func (c *Config) Playbook(name string) (*Playbook, bool) {
	return find(c.Playbooks, func(x *Playbook) bool { return x.Def.Name == name })
}

// find gives a pointer to the first item that fits.
func find[T any](list []T, fits func(*T) bool) (*T, bool) {
	for i := range list {
		if fits(&list[i]) {
			return &list[i], true
		}
	}
	return nil, false
}

// Program gives what an evaluation of a kind of subject needs. It is shared:
// only read it.
func (c *Config) Program(kind minori.SubjectKind) *evaluate.Program { return c.program[kind] }

// programs prepares what evaluations need.
func (c *Config) programs() error {
	c.program = map[minori.SubjectKind]*evaluate.Program{}
	for _, kind := range []minori.SubjectKind{minori.Account, minori.Person} {
		p := c.programFor(kind)
		if err := c.listFields(p); err != nil {
			return err
		}
		c.program[kind] = p
	}
	return nil
}

func (c *Config) programFor(kind minori.SubjectKind) *evaluate.Program {
	p := &evaluate.Program{Version: c.Number, Kind: kind, Location: c.Zone, Env: c.Env(kind), Playbooks: map[string]action.Playbook{}}
	for i := range c.Measures {
		if m := &c.Measures[i]; m.Def.Subject == kind {
			p.Measures = append(p.Measures, evaluate.Measure{ID: m.ID, Name: m.Def.Name, Title: m.Def.Title, Unit: m.Def.Unit, Expr: m.Expr})
		}
	}
	for i := range c.Scorecards {
		if s := &c.Scorecards[i]; s.Def.Subject == kind {
			e := scorecard.Compile(s.Def, s.Version)
			p.Scorecards = append(p.Scorecards, evaluate.Card{ID: s.ID, Engine: e, Exceptions: s.Exceptions, Caps: s.Caps})
		}
	}
	for i := range c.Segments {
		if s := &c.Segments[i]; s.Def.Subject == kind {
			p.Segments = append(p.Segments, evaluate.Segment{ID: s.ID, Name: s.Def.Name, Title: s.Def.Title, Expr: s.When})
		}
	}
	for i := range c.Rules {
		if r := &c.Rules[i]; r.Def.Subject == kind {
			p.Rules = append(p.Rules, evaluate.Rule{ID: r.ID, Def: r.Def, When: r.When, Until: r.Until, Owners: r.Owners})
		}
	}
	for i := range c.Playbooks {
		p.Playbooks[c.Playbooks[i].Def.Name] = c.Playbooks[i].Def
	}
	return p
}

// listFields adds the attributes that lists show.
func (c *Config) listFields(p *evaluate.Program) error {
	names := []string{"account.arr", "account.age_days", "account.days_to_renewal"}
	if p.Kind == minori.Person {
		names = []string{"person.tenure_days"}
	}
	for _, name := range names {
		e, err := measure.Check(name, minori.Position{}, p.Env)
		if err != nil {
			return err
		}
		p.Fields = append(p.Fields, evaluate.Field{Name: name, Unit: e.Unit, Expr: e})
	}
	for i := range c.Fields {
		f := &c.Fields[i]
		if fieldKind(f.Def.Name) != p.Kind || slices.Contains(names, f.Def.Name) {
			continue
		}
		e, err := measure.Check(f.Def.Name, minori.Position{}, p.Env)
		if err != nil {
			return err
		}
		p.Fields = append(p.Fields, evaluate.Field{Name: f.Def.Name, Title: f.Def.Title, Unit: f.Def.Unit, Expr: e})
	}
	return nil
}
