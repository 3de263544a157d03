package measure

import (
	"fmt"
	"reflect"

	"cel.dev/cel-go/cel"
	"cel.dev/cel-go/common/ast"
	"cel.dev/cel-go/common/types"
	"cel.dev/cel-go/common/types/ref"

	minori "github.com/minori-hq/minori"
	"github.com/minori-hq/minori/metric"
)

// Lookup gives the value of a leaf for the one subject an evaluation is about.
type Lookup func(leaf metric.Leaf) metric.Value

// Eval computes the expression for one subject. lookup gives the values of
// what it reads; unknown says which metrics are stale or being built (nil:
// none), and those are not looked up. The result is not rounded; measures it
// uses are. The error is only for defects of the program.
func (e *Expr) Eval(lookup Lookup, asOf minori.AsOf, unknown func(metric.Ref) metric.Reason) (metric.Value, error) {
	return newRun(lookup, asOf, unknown).value(e)
}

// run is one evaluation: what it looks at, and the measures already formed.
type run struct {
	given
	lookup   Lookup
	measures map[*Expr]metric.Value
}

// newRun begins an evaluation.
func newRun(lookup Lookup, asOf minori.AsOf, unknown func(metric.Ref) metric.Reason) *run {
	return &run{given: given{asOf, unknown}, lookup: lookup, measures: map[*Expr]metric.Value{}}
}

// value computes an expression.
func (r *run) value(e *Expr) (metric.Value, error) {
	e.once.Do(func() { e.program, e.err = e.lang.eval.PlanProgram(e.checked) })
	if e.err != nil {
		return metric.Value{}, e.err
	}
	return r.execute(e, e.program, e.Type)
}

// part computes a part of an expression.
func (r *run) part(e *Expr, x ast.Expr) (metric.Value, error) {
	t := e.checked
	p, err := e.lang.eval.PlanProgram(ast.NewCheckedAST(ast.NewAST(x, t.SourceInfo()), t.TypeMap(), t.ReferenceMap()))
	if err != nil {
		return metric.Value{}, err
	}
	return r.execute(e, p, typeOf(t.GetType(x.ID())))
}

// execute runs a program over the terms of e.
func (r *run) execute(e *Expr, p cel.Program, t metric.Type) (metric.Value, error) {
	out, _, err := p.Eval(map[string]any{valuesName: &values{run: r, expr: e}})
	if err != nil {
		reason, ok := reasonOf(err)
		if !ok {
			return metric.Value{}, fmt.Errorf("evaluating %q: %w", e.Source, err)
		}
		return none(t, reason), nil
	}
	v := metric.Value{Type: t}
	switch x := out.(type) {
	case types.Double:
		v.Num = float64(x)
	case types.Bool:
		if x {
			v.Num = 1
		}
	case types.String:
		v.Text = string(x)
	default:
		return metric.Value{}, fmt.Errorf("evaluating %q: the result is %T", e.Source, out)
	}
	return v, nil
}

// term computes a term of e.
func (r *run) term(t *term) (metric.Value, error) {
	if t.kind == termMeasure {
		return r.measure(t.measure)
	}
	var vs []metric.Value
	for _, leaf := range t.leaves(r.given) {
		vs = append(vs, r.leaf(leaf))
	}
	return t.combine(vs), nil
}

// measure computes a measure once per run, rounded.
func (r *run) measure(m *Expr) (metric.Value, error) {
	if v, ok := r.measures[m]; ok {
		return v, nil
	}
	v, err := r.value(m)
	if err != nil {
		return v, err
	}
	if v.Type == metric.Number {
		v.Num = Round9(v.Num)
	}
	r.measures[m] = v
	return v, nil
}

// leaf looks a leaf up.
func (r *run) leaf(l metric.Leaf) metric.Value {
	if l.Unknown != metric.Known {
		return none(l.Type, l.Unknown)
	}
	v := r.lookup(l)
	v.Type = l.Type
	if v.Reason == metric.Known && l.Type == metric.Number {
		return finite(v.Num)
	}
	return v
}

// values is what the terms of one expression are read from in one run. It
// stands in the evaluation as an opaque value.
type values struct {
	run  *run
	expr *Expr
}

// readTerm is the function behind a term: values and the term's number.
func readTerm(v, index ref.Val) ref.Val {
	vs, ok := v.(*values)
	i, iok := index.(types.Int)
	if !ok || !iok || int(i) >= len(vs.expr.terms) {
		return types.NoSuchOverloadErr()
	}
	got, err := vs.run.term(vs.expr.terms[i])
	switch {
	case err != nil:
		return types.WrapErr(err)
	case got.Reason != metric.Known:
		return unknownValue(got.Reason)
	case got.Type == metric.Text:
		return types.String(got.Text)
	case got.Type == metric.Bool:
		return types.Bool(got.Num != 0)
	}
	return types.Double(got.Num)
}

// ConvertToNative refuses: the values never leave the evaluation.
func (v *values) ConvertToNative(t reflect.Type) (any, error) {
	return nil, fmt.Errorf("values do not convert to %v", t)
}

// ConvertToType refuses.
func (v *values) ConvertToType(t ref.Type) ref.Val {
	return types.NewErr("values do not convert to %v", t)
}

// Equal holds for the same values.
func (v *values) Equal(other ref.Val) ref.Val { return types.Bool(ref.Val(v) == other) }

// Type is the opaque type.
func (v *values) Type() ref.Type { return valuesType() }

// Value is the value itself.
func (v *values) Value() any { return v }
