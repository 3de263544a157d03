package measure

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	minori "github.com/minori-hq/minori"
	"github.com/minori-hq/minori/metric"
)

// accounts is an environment with a bit of everything.
func accounts(t testing.TB) *Env {
	t.Helper()
	env := &Env{
		Kind: minori.Account, Scores: true, Scorecards: []string{"health", "support"},
		Fields: map[string]Field{
			"seats":  {ID: 1, Type: metric.Number, Unit: "seats", Title: minori.Text{minori.EN: "Seats", minori.JA: "席数"}},
			"tier":   {ID: 2, Type: metric.Text},
			"vip":    {ID: 3, Type: metric.Bool},
			"name":   {ID: 4, Type: metric.Text},
			"x":      {ID: 5, Type: metric.Number},
			"y":      {ID: 6, Type: metric.Number},
			"p":      {ID: 7, Type: metric.Bool},
			"q":      {ID: 8, Type: metric.Bool},
			"region": {ID: 9, Type: metric.Text},
		},
		Metrics: map[string]metric.Ref{
			"usage.login":   {ID: 1, Name: "usage.login", Kind: metric.Event, Actors: true},
			"usage.feature": {ID: 2, Name: "usage.feature", Kind: metric.Counter},
			"usage.seats":   {ID: 3, Name: "usage.seats", Kind: metric.Gauge},
			"ticket.opened": {ID: 4, Name: "ticket.opened", Kind: metric.Counter, By: []string{"priority"}},
		},
	}
	defs := []Definition{
		{Name: "adoption", Subject: minori.Account, Value: `change("usage.login", "28d") * 100`, Unit: "%", Title: minori.Plain("Adoption")},
		{Name: "busy", Subject: minori.Account, Value: `measure("adoption") > 10`},
	}
	ms, err := Order(defs, env)
	if err != nil {
		t.Fatal(err)
	}
	env.Measures = map[string]*Expr{}
	for _, m := range ms {
		env.Measures[m.Name] = m
	}
	return env
}

func day(t testing.TB, s string) minori.Day {
	t.Helper()
	d, err := minori.ParseDay(s)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// endOf is the as-of meant by a day.
func endOf(t testing.TB, s string) minori.AsOf { return minori.EndOf(day(t, s), time.UTC) }

func check(t testing.TB, src string, env *Env) *Expr {
	t.Helper()
	e, err := Check(src, minori.Position{}, env)
	if err != nil {
		t.Fatalf("%s: %v", src, err)
	}
	return e
}

func num(x float64) metric.Value        { return metric.Value{Type: metric.Number, Num: x} }
func txt(s string) metric.Value         { return metric.Value{Type: metric.Text, Text: s} }
func gone(r metric.Reason) metric.Value { return metric.Value{Reason: r} }
func truth(b bool) metric.Value {
	if b {
		return metric.Value{Type: metric.Bool, Num: 1}
	}
	return metric.Value{Type: metric.Bool}
}

// byName looks leaves up by LeafName; what is missing is unknown, no_value.
type byName map[string]metric.Value

func (m byName) lookup(l metric.Leaf) metric.Value {
	if v, ok := m[LeafName(l)]; ok {
		return v
	}
	return gone(metric.NoValue)
}

// fields gives values to fields by their names.
func fields(env *Env, vs map[string]metric.Value) Lookup {
	m := byName{}
	for n, v := range vs {
		f := env.Fields[n]
		m[fmt.Sprintf("leaf:field:%d:%d", f.ID, f.Type)] = v
	}
	return m.lookup
}

// show writes a value as tests name it.
func show(v metric.Value) string {
	switch {
	case v.Reason != metric.Known:
		return v.Reason.String()
	case v.Type == metric.Text:
		return fmt.Sprintf("%q", v.Text)
	case v.Type == metric.Bool:
		return fmt.Sprint(v.Num == 1)
	}
	return fmt.Sprint(v.Num)
}

// eval evaluates and shows.
func eval(t testing.TB, e *Expr, look Lookup, asOf minori.AsOf) string {
	t.Helper()
	v, err := e.Eval(look, asOf, nil)
	if err != nil {
		t.Fatalf("%s: %v", e.Source, err)
	}
	return show(v)
}

// messages gives each error's line:column and text.
func messages(t testing.TB, err error) []string {
	t.Helper()
	var es minori.Errors
	if !errors.As(err, &es) {
		t.Fatalf("want minori.Errors, have %T %v", err, err)
	}
	var out []string
	for _, e := range es {
		if e.Code != minori.Invalid {
			t.Errorf("code %s: %v", e.Code, e)
		}
		out = append(out, fmt.Sprintf("%d:%d %s", e.Pos.Line, e.Pos.Column, e.Message))
	}
	return out
}

// tree writes a node and what is below it.
func tree(q metric.Query, i int) string {
	n := q.Nodes[i]
	switch n.Op {
	case metric.OpLeaf:
		return LeafName(q.Leaves[n.Leaf])
	case metric.OpConst:
		return show(n.Const)
	}
	names := map[metric.Op]string{
		metric.OpAdd: "add", metric.OpSub: "sub", metric.OpMul: "mul", metric.OpDiv: "div", metric.OpNeg: "neg", metric.OpChange: "change",
		metric.OpEq: "eq", metric.OpNe: "ne", metric.OpLt: "lt", metric.OpLe: "le", metric.OpAnd: "and", metric.OpOr: "or", metric.OpNot: "not",
		metric.OpCond: "cond", metric.OpIn: "in", metric.OpStartsWith: "startsWith", metric.OpEndsWith: "endsWith", metric.OpContains: "contains",
		metric.OpAbs: "abs", metric.OpMin: "min", metric.OpMax: "max", metric.OpRound: "round", metric.OpNumber: "number",
		metric.OpKnown: "known", metric.OpOr2: "or2", metric.OpFinal: "final",
	}
	var args []string
	for _, a := range n.Args {
		if a >= i {
			return "node out of order"
		}
		args = append(args, tree(q, a))
	}
	for _, v := range n.List {
		args = append(args, show(v))
	}
	return names[n.Op] + "(" + strings.Join(args, " ") + ")"
}

// compiled compiles one expression and writes its tree.
func compiled(t testing.TB, e *Expr, asOf minori.AsOf) string {
	t.Helper()
	b := NewBuilder(e.Kind, asOf, nil)
	if err := b.Add("v", e, false); err != nil {
		t.Fatal(err)
	}
	q := b.Query(nil)
	return tree(q, q.Outputs[0].Node)
}
