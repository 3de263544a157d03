package measure

import (
	minori "github.com/minori-hq/minori"
	"github.com/minori-hq/minori/metric"
)

// Input is something an expression reads directly, to be read from the result
// of a first stage that was extended by scores.
type Input struct {
	Columns []string // one, or two for a change or a share
	Name    string   // as Named.Name
	Title   minori.Text
	Unit    string
	term    *term
}

// Value forms the input's value from those of its columns.
func (in *Input) Value(columns []metric.Value) metric.Value {
	if in.term.kind == termChange || in.term.kind == termPer {
		return in.term.combine(columns)
	}
	return columns[0]
}

// Inputs gives what an expression of a second stage reads directly, in order.
// The columns are there once the expression was added.
func (b *Builder) Inputs(e *Expr) []Input {
	out := make([]Input, 0, len(e.terms))
	for _, t := range e.terms {
		in := Input{Name: t.name, Title: t.title, Unit: t.unit, term: t}
		if t.kind == termMeasure {
			in.Name, in.Columns = t.measure.Name, []string{"measure:" + t.measure.Name}
		} else {
			for _, l := range t.leaves(b.given) {
				if l.Kind == metric.LeafColumn {
					in.Columns = append(in.Columns, l.Column)
				} else {
					in.Columns = append(in.Columns, LeafName(l))
				}
			}
		}
		out = append(out, in)
	}
	return out
}

// Pass makes a column of the first stage's result an output of a second stage,
// under the same name.
func (b *Builder) Pass(column string, t metric.Type) error {
	return b.output(column, b.leaf(metric.Leaf{Kind: metric.LeafColumn, Type: t, Column: column}))
}
