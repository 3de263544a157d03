package lake

import (
	minori "github.com/minori-hq/minori"
	"github.com/minori-hq/minori/metric"
)

// Dag is a condition over the properties of an event: its leaves are all
// LeafProperty, Root is a boolean node.
type Dag struct {
	Leaves []metric.Leaf
	Nodes  []metric.Node
	Root   int
}

// Where restricts rows, a select with the columns carry and properties, to
// those for which the condition is true (neither false nor unknown). A
// property that is missing or of another type is unknown; numbers and
// booleans may also be spelt as texts.
func Where(d Dialect, w *Dag, rows SQL, carry []string) (SQL, error) {
	for i := range w.Leaves {
		if w.Leaves[i].Kind != metric.LeafProperty {
			return SQL{}, minori.Errorf(minori.Invalid, "a metric's condition can read nothing but properties of the event")
		}
	}
	l := &layers{d: d, nodes: w.Nodes, leaf: func(i int) cell { return property(d, &w.Leaves[i]) }}
	inner := l.build(rows, carry, []int{w.Root})
	c := l.cells[w.Root]
	return X("SELECT ? FROM (?) q WHERE ? = 0 AND ? = 1", Join(", ", carried(carry)), inner, c.r, c.v), nil
}

func property(d Dialect, l *metric.Leaf) cell {
	text := d.Property(Raw("properties"), l.Column)
	switch l.Type {
	case metric.Number:
		return nullable(NumberProperty(d, l.Column), metric.NoValue)
	case metric.Bool:
		return nullable(X("CASE ? WHEN 'true' THEN 1.0 WHEN 'false' THEN 0.0 END", text), metric.NoValue)
	}
	return nullable(text, metric.NoValue)
}

// NumberProperty reads a property as a finite number, NULL if it is none.
func NumberProperty(d Dialect, name string) SQL {
	n := d.ParseNumber(d.Property(Raw("properties"), name))
	return X("CASE WHEN ? THEN ? END", d.Finite(n), n)
}
