package measure

import (
	"fmt"
	"slices"

	"cel.dev/cel-go/common/ast"

	minori "github.com/minori-hq/minori"
	"github.com/minori-hq/minori/metric"
)

// textArg gives the text literal a call needs as an argument.
func (c *checking) textArg(x ast.Expr, what string) (string, bool) {
	s, ok := literalText(x)
	if !ok {
		c.fail(c.start(x), "%s must be a text in quotes", what)
	}
	return s, ok
}

// windowArg reads a window.
func (c *checking) windowArg(x ast.Expr) (minori.Window, bool) {
	s, ok := c.textArg(x, "a window")
	if !ok {
		return minori.Window{}, false
	}
	w, err := minori.ParseWindow(s)
	if err != nil {
		c.fail(c.start(x), "%s", err)
		return minori.Window{}, false
	}
	return w, true
}

// metricArg resolves a metric with its filter.
func (c *checking) metricArg(x ast.Expr) (metric.Leaf, metric.Key, bool) {
	s, ok := c.textArg(x, "a metric")
	if !ok {
		return metric.Leaf{}, metric.Key{}, false
	}
	key, err := metric.ParseKey(s)
	if err != nil {
		c.fail(c.start(x), "%s", err)
		return metric.Leaf{}, metric.Key{}, false
	}
	m, ok := c.env.Metrics[key.Name]
	if !ok {
		c.fail(c.start(x), "there is no metric %q%s", key.Name, nearest(key.Name, sorted(c.env.Metrics)))
		return metric.Leaf{}, metric.Key{}, false
	}
	for _, label := range sorted(key.Filter) {
		switch {
		case slices.Contains(m.By, label):
		case len(m.By) == 0:
			c.fail(c.start(x), "%q cannot be filtered on %q: it has no labels", key.Name, label)
			ok = false
		default:
			c.fail(c.start(x), "%q has no label %q, only %q%s", key.Name, label, m.By, nearest(label, m.By))
			ok = false
		}
	}
	return metric.Leaf{Kind: metric.LeafMetric, Type: metric.Number, Metric: m, Filter: key.Filter}, key, ok
}

// metricCall resolves a metric function.
func (c *checking) metricCall(x ast.Expr, name string, args []ast.Expr, f function) {
	if len(args) > 2 {
		c.fail(c.start(x), "%s is written %s", name, f.usage)
		return
	}
	leaf, key, ok := c.metricArg(args[0])
	t := &term{kind: termMetric, typ: metric.Number}
	if len(args) == 2 {
		w, wok := c.windowArg(args[1])
		t.window, ok = w, ok && wok
	}
	if !ok || !c.fits(x, name, leaf.Metric) {
		return
	}
	leaf.Fn, _ = metricFn(name, leaf.Metric.Kind)
	t.leaf = leaf
	if name == "change" {
		t.kind = termChange
	}
	switch name {
	case "days_since":
		t.unit = "days"
		t.name = fmt.Sprintf("%s(%q)", name, key)
	case "last":
		t.name = fmt.Sprintf("%s(%q)", name, key)
	default:
		t.name = fmt.Sprintf("%s(%q, %q)", name, key, t.window)
	}
	c.setTerm(x, t)
}

// fits reports whether a function can be asked of a metric.
func (c *checking) fits(x ast.Expr, name string, m metric.Ref) bool {
	switch {
	case m.Kind == metric.Gauge && (name == "sum" || name == "per"):
		c.fail(c.start(x), "%s does not fit the gauge %q, whose values do not add up: use last, avg, min, max or change", name, m.Name)
		return false
	case name == "actors" && !m.Actors:
		c.fail(c.start(x), "actors does not fit %q: who acted is kept only for metrics with actors: true", m.Name)
		return false
	}
	return true
}

// perCall resolves per(metric, window, field).
func (c *checking) perCall(x ast.Expr, args []ast.Expr) {
	leaf, key, ok := c.metricArg(args[0])
	w, wok := c.windowArg(args[1])
	name, nok := c.textArg(args[2], "an attribute")
	if nok {
		nok = c.divisor(args[2], name)
	}
	if !ok || !wok || !nok || !c.fits(x, "per", leaf.Metric) {
		return
	}
	field, _ := c.fieldTerm(name)
	leaf.Fn = metric.Sum
	c.setTerm(x, &term{
		kind: termPer, typ: metric.Number, leaf: leaf, window: w, divisor: field.leaf, by: name,
		name: fmt.Sprintf("per(%q, %q, %q)", key, w, name),
	})
}

// divisor checks that name is an attribute one can divide by.
func (c *checking) divisor(x ast.Expr, name string) bool {
	f, ok := c.fieldTerm(name)
	switch {
	case !ok:
		c.fail(c.start(x), "there is no attribute %q of %s%s", name, c.env.Kind, nearest(name, c.env.fieldNames()))
	case f.typ != metric.Number:
		c.fail(c.start(x), "%s.%s is %s: per divides by a number", c.env.Kind, name, f.typ)
		ok = false
	}
	return ok
}

// measureCall resolves measure(name).
func (c *checking) measureCall(x, arg ast.Expr) {
	name, ok := c.textArg(arg, "a measure")
	if !ok {
		return
	}
	m, ok := c.env.Measures[name]
	switch {
	case !ok || m == nil:
		c.fail(c.start(arg), "there is no measure %q%s", name, nearest(name, sorted(c.env.Measures)))
	case m.Kind != c.env.Kind:
		c.fail(c.start(arg), "the measure %q is for %s, here the subject is %s", name, m.Kind, c.env.Kind)
	default:
		c.scores = c.scores || m.scores
		c.setTerm(x, &term{kind: termMeasure, typ: m.Type, measure: m, name: "measure:" + name, title: m.Title, unit: m.Unit})
	}
}

// scoreCall resolves score, score_change, band and open_calls.
func (c *checking) scoreCall(x ast.Expr, name string, args []ast.Expr) {
	if !c.env.Scores {
		c.fail(c.start(x), "%s is not known here: it is for conditions of rules and segments", name)
		return
	}
	of, ok := c.textArg(args[0], "the name")
	if ok && name == "open_calls" {
		ok = c.callType(args[0], of)
	} else if ok && !slices.Contains(c.env.Scorecards, of) {
		c.fail(c.start(args[0]), "there is no scorecard %q%s", of, nearest(of, c.env.Scorecards))
		ok = false
	}
	col := Column{Name: name + ":" + of, Fn: name, Of: of, Type: metric.Number}
	shown := fmt.Sprintf("%s(%q)", name, of)
	if name == "score_change" {
		w, wok := c.windowArg(args[1])
		ok = ok && wok
		col.Window = w
		col.Name += ":" + w.String()
		shown = fmt.Sprintf("%s(%q, %q)", name, of, w)
	}
	if name == "band" {
		col.Type = metric.Text
	}
	if !ok {
		return
	}
	c.scores = true
	leaf := metric.Leaf{Kind: metric.LeafColumn, Type: col.Type, Column: col.Name}
	c.setTerm(x, &term{typ: col.Type, leaf: leaf, column: col, name: shown})
}

// callType checks a type of call to action.
func (c *checking) callType(x ast.Expr, of string) bool {
	switch {
	case c.env.CallTypes == nil && minori.ValidName(of), slices.Contains(c.env.CallTypes, of):
		return true
	case c.env.CallTypes == nil:
		c.fail(c.start(x), "%q is not a type of call to action", of)
	default:
		c.fail(c.start(x), "there is no type of call to action %q%s", of, nearest(of, c.env.CallTypes))
	}
	return false
}
