// Package measure is the expression language: what measures, conditions of
// rules and segments, caps, exceptions and filters on events are written in.
// An expression is checked against the names that exist, and then either
// compiled into the lake's query for many subjects (Builder) or evaluated for
// one (Expr.Eval). The two are separate on purpose, so that a test can hold
// them against each other.
package measure

import (
	"slices"
	"strings"

	"cel.dev/cel-go/common/ast"

	minori "github.com/minori-hq/minori"
	"github.com/minori-hq/minori/metric"
)

// Definition is a measure as a file has it.
type Definition struct {
	Name    string
	Title   minori.Text
	Subject minori.SubjectKind
	Value   string // the expression
	Unit    string
	Pos     minori.Position // of the first character of Value
}

// Validate reports what is wrong with the definition apart from its
// expression, as minori.Errors that name their fields.
func (d Definition) Validate() error {
	var errs minori.Errors
	bad := func(field, format string, args ...any) {
		e := invalid(d.Pos, format, args...)
		e.Field = field
		errs = append(errs, e)
	}
	if !minori.ValidName(d.Name) {
		bad("name", "%.40q cannot name a measure: use lower case letters, digits, '.', '-' and '_', starting with a letter or digit", d.Name)
	}
	if !d.Subject.Valid() {
		bad("subject", "%.40q is not a subject: write account or person%s", d.Subject,
			nearest(string(d.Subject), []string{string(minori.Account), string(minori.Person)}))
	}
	if strings.TrimSpace(d.Value) == "" {
		bad("value", "a measure needs a value: an expression such as sum(\"usage.login\", \"28d\")")
	}
	return errs.OrNil()
}

// Order checks a set of measures of env's kind, which may use each other and
// env's measures (a definition replaces one of the same name there), and gives
// them in an order in which each comes after those it uses. Each expression
// carries its measure's name, title and unit. Measures cannot use scores.
func Order(defs []Definition, env *Env) ([]*Expr, error) {
	o := ordering{byName: map[string]*ordered{}, measures: map[string]*Expr{}}
	for n, m := range env.Measures {
		o.measures[n] = m
	}
	var err error
	if o.env, err = env.with(o.measures); err != nil {
		return nil, err
	}
	var all []*ordered
	for _, d := range defs {
		if m := o.add(d); m != nil {
			all = append(all, m)
		}
	}
	for _, m := range all {
		o.visit(m)
	}
	if len(o.errs) > 0 {
		return nil, o.errs
	}
	return o.done, nil
}

// ordering is the state of Order.
type ordering struct {
	env      *Env
	byName   map[string]*ordered
	measures map[string]*Expr
	path     []*ordered
	done     []*Expr
	errs     minori.Errors
}

// ordered is one definition on its way.
type ordered struct {
	def    Definition
	check  *checking
	uses   []use
	state  state
	failed bool
}

// use is a place where one measure names another.
type use struct {
	name string
	pos  minori.Position
}

// state of a definition in the search for an order.
type state uint8

const (
	untouched state = iota
	open
	closed
)

// add parses a definition; nil if another has its name.
func (o *ordering) add(d Definition) *ordered {
	if o.byName[d.Name] != nil {
		o.errs = append(o.errs, invalid(d.Pos, "the measure %q is defined twice", d.Name))
		return nil
	}
	m := &ordered{def: d}
	o.byName[d.Name] = m
	o.measures[d.Name] = nil
	if err := d.Validate(); err != nil {
		o.fail(m, err)
		return m
	}
	if d.Subject != o.env.Kind {
		o.fail(m, minori.Errors{invalid(d.Pos, "the measure %q is for %s, not for %s", d.Name, d.Subject, o.env.Kind)})
		return m
	}
	c, err := parse(d.Value, d.Pos, o.env)
	if err != nil {
		o.fail(m, err)
		return m
	}
	m.check = c
	m.uses = c.uses()
	return m
}

// fail notes errors of a definition.
func (o *ordering) fail(m *ordered, err error) {
	m.failed = true
	if es, ok := err.(minori.Errors); ok {
		o.errs = append(o.errs, es...)
		return
	}
	o.errs = append(o.errs, &minori.Error{Code: minori.Internal, Err: err})
}

// uses gives where the expression names measures, in order.
func (c *checking) uses() []use {
	var out []use
	ast.PreOrderVisit(c.work.Expr(), ast.NewExprVisitor(func(x ast.Expr) {
		if x.Kind() != ast.CallKind || x.AsCall().FunctionName() != "measure" || len(x.AsCall().Args()) != 1 {
			return
		}
		arg := x.AsCall().Args()[0]
		if name, ok := literalText(arg); ok {
			out = append(out, use{name, c.at(c.start(arg))})
		}
	}))
	return out
}

// visit checks a definition after those it uses.
func (o *ordering) visit(m *ordered) {
	if m.state != untouched {
		return
	}
	m.state = open
	o.path = append(o.path, m)
	for _, u := range m.uses {
		other := o.byName[u.name]
		if other == nil {
			continue
		}
		if other.state == open {
			o.cycle(other, u)
			m.failed = true
			continue
		}
		o.visit(other)
		m.failed = m.failed || other.failed
	}
	o.path = o.path[:len(o.path)-1]
	m.state = closed
	if !m.failed {
		o.finish(m)
	}
}

// cycle notes that the path from m back to m is closed at u.
func (o *ordering) cycle(m *ordered, u use) {
	i := slices.Index(o.path, m)
	var names []string
	for _, p := range o.path[i:] {
		names = append(names, p.def.Name)
	}
	names = append(names, m.def.Name)
	o.errs = append(o.errs, invalid(u.pos, "the measures use each other in a circle: %s", strings.Join(names, " → ")))
}

// finish checks a definition whose measures are all checked.
func (o *ordering) finish(m *ordered) {
	e, err := m.check.finish()
	if err == nil && e.Type == metric.Text {
		err = minori.Errors{invalid(m.def.Pos, "a measure is a number or a boolean, but this is a text")}
	}
	if err != nil {
		o.fail(m, err)
		return
	}
	e.Name, e.Title, e.Unit = m.def.Name, m.def.Title, m.def.Unit
	o.measures[e.Name] = e
	o.done = append(o.done, e)
}
