package measure

import (
	"cel.dev/cel-go/common/ast"
	"cel.dev/cel-go/common/operators"
	"cel.dev/cel-go/common/types"

	minori "github.com/minori-hq/minori"
	"github.com/minori-hq/minori/metric"
)

// Named is the value of something an expression reads.
type Named struct {
	Name  string // "adoption" for a measure, else as written: account.arr, sum("usage.login", "28d")
	Title string // in the language asked for; the name if there is none
	Unit  string // "" if not known
	Value metric.Value
}

// Part is a condition, or a part of one, with its truth.
type Part struct {
	Op     string // "and", "or", "not": of Parts; "" for a condition by itself
	Source string // its text
	Value  metric.Value
	Values []Named // what it reads, in order, each once; for conditions by themselves
	Parts  []Part
}

// Explain evaluates a condition for one subject and says why it holds or does
// not: as a tree of what && || and ! connect, each part with its text, truth
// and the values in it.
func (e *Expr) Explain(lookup Lookup, asOf minori.AsOf, unknown func(metric.Ref) metric.Reason, lang minori.Lang) (Part, error) {
	x := explaining{run: newRun(lookup, asOf, unknown), expr: e, lang: lang, written: map[int64]ast.Expr{}}
	ast.PreOrderVisit(e.parsed.Expr(), ast.NewExprVisitor(func(w ast.Expr) { x.written[w.ID()] = w }))
	return x.part(e.checked.Expr())
}

// Values evaluates what the expression reads directly, in order, each once.
func (e *Expr) Values(lookup Lookup, asOf minori.AsOf, unknown func(metric.Ref) metric.Reason, lang minori.Lang) ([]Named, error) {
	x := explaining{run: newRun(lookup, asOf, unknown), expr: e, lang: lang}
	return x.values(e.checked.Expr())
}

// explaining is one explanation under way.
type explaining struct {
	run     *run
	expr    *Expr
	lang    minori.Lang
	written map[int64]ast.Expr // the parts as written
}

// part explains a part.
func (x *explaining) part(t ast.Expr) (Part, error) {
	p := Part{Source: x.source(t)}
	var err error
	if p.Value, err = x.run.part(x.expr, t); err != nil {
		return Part{}, err
	}
	var below []ast.Expr
	if t.Kind() == ast.CallKind {
		switch name := t.AsCall().FunctionName(); name {
		case operators.LogicalAnd:
			p.Op, below = "and", operandsOf(name, t)
		case operators.LogicalOr:
			p.Op, below = "or", operandsOf(name, t)
		case operators.LogicalNot:
			p.Op, below = "not", t.AsCall().Args()
		}
	}
	if p.Op == "" {
		p.Values, err = x.values(t)
		return p, err
	}
	for _, b := range below {
		sub, err := x.part(b)
		if err != nil {
			return Part{}, err
		}
		p.Parts = append(p.Parts, sub)
	}
	return p, nil
}

// source gives the text of a part.
func (x *explaining) source(t ast.Expr) string {
	w, ok := x.written[t.ID()]
	if !ok {
		return ""
	}
	return unparse(w, x.expr.parsed.SourceInfo())
}

// operandsOf gives the operands of a chain of one operator, in order.
func operandsOf(name string, t ast.Expr) []ast.Expr {
	if t.Kind() != ast.CallKind || t.AsCall().FunctionName() != name {
		return []ast.Expr{t}
	}
	var out []ast.Expr
	for _, a := range t.AsCall().Args() {
		out = append(out, operandsOf(name, a)...)
	}
	return out
}

// values evaluates the terms in a part.
func (x *explaining) values(t ast.Expr) ([]Named, error) {
	var terms []*term
	seen := map[*term]bool{}
	ast.PreOrderVisit(t, ast.NewExprVisitor(func(n ast.Expr) {
		if tm := x.termAt(n); tm != nil && !seen[tm] {
			seen[tm] = true
			terms = append(terms, tm)
		}
	}))
	var out []Named
	for _, tm := range terms {
		v, err := x.run.term(tm)
		if err != nil {
			return nil, err
		}
		n := Named{Name: tm.name, Unit: tm.unit, Value: v}
		if tm.kind == termMeasure {
			n.Name = tm.measure.Name
		}
		if n.Title = tm.title.In(x.lang); n.Title == "" {
			n.Title = n.Name
		}
		out = append(out, n)
	}
	return out, nil
}

// termAt gives the term that n reads, nil if it reads none.
func (x *explaining) termAt(n ast.Expr) *term {
	if n.Kind() != ast.CallKind {
		return nil
	}
	call := n.AsCall()
	switch call.FunctionName() {
	case numberTerm, boolTerm, textTerm:
		if i, ok := call.Args()[1].AsLiteral().(types.Int); ok {
			return x.expr.terms[i]
		}
	}
	return nil
}
