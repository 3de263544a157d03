package lake

import (
	"fmt"
	"sort"

	"github.com/minori-hq/minori/metric"
)

// cell is where a node's value and reason stand in the current layer.
type cell struct {
	v, r  SQL
	known bool // r is 0 for every subject
}

// layers writes the nodes of a query as nested sub-selects, one pair of
// columns a node: v<i>, NULL when unknown, and r<i>, 0 when known. Every node
// is written once; a layer carries only the columns that are read later.
type layers struct {
	d     Dialect
	nodes []metric.Node
	leaf  func(int) cell // the leaf with this index over the base columns
	level []int
	until []int // the last layer that reads a node; -1 never
	cells []cell
}

const forever = 1 << 30

// build gives a select with the carried columns and one pair of columns per
// node asked for.
func (l *layers) build(base SQL, carry []string, want []int) SQL {
	top := l.plan(want)
	l.cells = make([]cell, len(l.nodes))
	from := base
	for lv := 0; lv <= top; lv++ {
		cols := carried(carry)
		for i, n := range l.nodes {
			switch {
			case l.until[i] < 0:
			case n.Op == metric.OpConst:
				l.cells[i] = l.constant(n.Const)
			case l.level[i] == lv:
				cols = append(cols, l.define(i)...)
			case l.level[i] < lv && l.until[i] > lv:
				cols = append(cols, l.keep(i)...)
			}
		}
		from = X("SELECT ? FROM (?) q", Join(", ", cols), from)
		l.rename(lv)
	}
	return from
}

func carried(names []string) []SQL {
	out := make([]SQL, len(names))
	for i, n := range names {
		out[i] = Raw(n)
	}
	return out
}

// plan finds the layer of every node that is needed and how long it is read.
func (l *layers) plan(want []int) (top int) {
	l.level = make([]int, len(l.nodes))
	l.until = make([]int, len(l.nodes))
	for i := range l.until {
		l.until[i] = -1
	}
	for _, i := range want {
		l.until[i] = forever
	}
	for i := len(l.nodes) - 1; i >= 0; i-- {
		if l.until[i] < 0 {
			continue
		}
		for _, a := range l.nodes[i].Args {
			l.until[a] = max(l.until[a], 0)
		}
	}
	for i, n := range l.nodes {
		if l.until[i] < 0 || n.Op == metric.OpLeaf || n.Op == metric.OpConst {
			continue
		}
		l.level[i] = 1
		for _, a := range n.Args {
			l.level[i] = max(l.level[i], l.level[a]+1)
		}
		top = max(top, l.level[i])
		for _, a := range n.Args {
			l.until[a] = max(l.until[a], l.level[i])
		}
	}
	return top
}

// define writes node i in its layer.
func (l *layers) define(i int) []SQL {
	c := l.node(l.nodes[i])
	out := []SQL{X(fmt.Sprintf("? AS v%d", i), c.v)}
	if !c.known {
		out = append(out, X(fmt.Sprintf("? AS r%d", i), c.r))
	}
	l.cells[i] = c
	return out
}

func (l *layers) keep(i int) []SQL {
	out := []SQL{Raw(fmt.Sprintf("v%d", i))}
	if !l.cells[i].known {
		out = append(out, Raw(fmt.Sprintf("r%d", i)))
	}
	return out
}

// rename makes the nodes of the layer just written readable by column name.
func (l *layers) rename(lv int) {
	for i, n := range l.nodes {
		if l.until[i] < 0 || n.Op == metric.OpConst || l.level[i] != lv {
			continue
		}
		l.cells[i].v = Raw(fmt.Sprintf("v%d", i))
		if !l.cells[i].known {
			l.cells[i].r = Raw(fmt.Sprintf("r%d", i))
		}
	}
}

func (l *layers) constant(v metric.Value) cell {
	if v.Reason != metric.Known {
		return cell{v: Raw("CAST(NULL AS " + l.typeOf(v.Type) + ")"), r: Raw(fmt.Sprint(uint8(v.Reason)))}
	}
	if v.Type == metric.Text {
		return cell{v: X("CAST(? AS "+l.d.Text+")", v.Text), r: Raw("0"), known: true}
	}
	return cell{v: X("CAST(? AS "+l.d.Double+")", v.Num), r: Raw("0"), known: true}
}

func (l *layers) typeOf(t metric.Type) string {
	if t == metric.Text {
		return l.d.Text
	}
	return l.d.Double
}

// node gives the value and reason of a node over the columns of its operands.
func (l *layers) node(n metric.Node) cell {
	args := make([]cell, len(n.Args))
	for i, a := range n.Args {
		args[i] = l.cells[a]
	}
	switch n.Op {
	case metric.OpLeaf:
		return l.leaf(n.Leaf)
	case metric.OpConst:
		return l.constant(n.Const)
	case metric.OpAnd:
		return logic(args, "0", "1")
	case metric.OpOr:
		return logic(args, "1", "0")
	case metric.OpCond:
		return cond(args)
	case metric.OpKnown:
		return cell{v: X("CASE WHEN ? = 0 THEN 1.0 ELSE 0.0 END", args[0].r), r: Raw("0"), known: true}
	case metric.OpOr2:
		return or(args)
	case metric.OpDiv, metric.OpChange:
		return l.quotient(n.Op, args)
	case metric.OpNumber:
		return l.number(args[0], l.nodes[n.Args[0]].Type)
	}
	return l.strict(n, args)
}

// strict handles the operations that are unknown as soon as an operand is.
func (l *layers) strict(n metric.Node, args []cell) cell {
	v := make([]SQL, len(args))
	for i := range args {
		v[i] = args[i].v
	}
	switch n.Op {
	case metric.OpAdd:
		return l.finite(args, X("? + ?", v[0], v[1]))
	case metric.OpSub:
		return l.finite(args, X("? - ?", v[0], v[1]))
	case metric.OpMul:
		return l.finite(args, X("? * ?", v[0], v[1]))
	case metric.OpFinal:
		scaled := X("? * 1000000000.0", v[0])
		return spread(args, X("CASE WHEN ? THEN ? / 1000000000.0 ELSE ? END", l.d.Finite(scaled), l.d.Round(scaled), v[0]))
	case metric.OpNeg:
		return spread(args, X("0.0 - ?", v[0]))
	case metric.OpAbs:
		return spread(args, X("abs(?)", v[0]))
	case metric.OpRound:
		return spread(args, l.d.Round(v[0]))
	case metric.OpNot:
		return spread(args, X("1.0 - ?", v[0]))
	case metric.OpMin:
		return spread(args, X("least(?)", Join(", ", v)))
	case metric.OpMax:
		return spread(args, X("greatest(?)", Join(", ", v)))
	}
	return spread(args, X("CASE WHEN ? THEN 1.0 ELSE 0.0 END", l.test(n, v)))
}

// test gives the condition of a comparison.
func (l *layers) test(n metric.Node, v []SQL) SQL {
	switch n.Op {
	case metric.OpEq:
		return X("? = ?", v[0], v[1])
	case metric.OpNe:
		return X("? <> ?", v[0], v[1])
	case metric.OpLt:
		return X("? < ?", v[0], v[1])
	case metric.OpLe:
		return X("? <= ?", v[0], v[1])
	case metric.OpStartsWith:
		return l.d.StartsWith(v[0], v[1])
	case metric.OpEndsWith:
		return l.d.EndsWith(v[0], v[1])
	case metric.OpContains:
		return l.d.Contains(v[0], v[1])
	case metric.OpIn:
		list := make([]SQL, 0, len(n.List))
		for _, c := range n.List {
			if c.Reason == metric.Known {
				list = append(list, l.constant(c).v)
			}
		}
		if len(list) == 0 {
			return Raw("1 = 0")
		}
		return X("? IN (?)", v[0], Join(", ", list))
	}
	panic(fmt.Sprintf("lake: unknown operation %d", n.Op))
}

// firstUnknown gives WHEN branches with the reason of the first unknown operand.
func firstUnknown(args []cell) []SQL {
	var out []SQL
	for _, a := range args {
		if !a.known {
			out = append(out, X("WHEN ? <> 0 THEN ?", a.r, a.r))
		}
	}
	return out
}

// allKnown is the condition that no operand is unknown.
func allKnown(args []cell) SQL {
	var out []SQL
	for _, a := range args {
		if !a.known {
			out = append(out, X("? = 0", a.r))
		}
	}
	if len(out) == 0 {
		return Raw("1 = 1")
	}
	return Join(" AND ", out)
}

// spread gives x where all operands are known; x itself needs no check.
func spread(args []cell, x SQL) cell {
	un := firstUnknown(args)
	if len(un) == 0 {
		return cell{v: x, r: Raw("0"), known: true}
	}
	if len(un) == 1 && len(args) == 1 {
		return cell{v: X("CASE WHEN ? = 0 THEN ? END", args[0].r, x), r: args[0].r}
	}
	return cell{
		v: X("CASE WHEN ? THEN ? END", allKnown(args), x),
		r: X("CASE ? ELSE 0 END", Join(" ", un)),
	}
}

// finite gives x where all operands are known and x is finite.
func (l *layers) finite(args []cell, x SQL) cell {
	ok := l.d.Finite(x)
	un := append(firstUnknown(args), X(fmt.Sprintf("WHEN NOT (?) THEN %d", metric.NotFinite), ok))
	return cell{
		v: X("CASE WHEN ? AND ? THEN ? END", allKnown(args), ok, x),
		r: X("CASE ? ELSE 0 END", Join(" ", un)),
	}
}

// quotient handles a / b and (a - b) / b.
func (l *layers) quotient(op metric.Op, args []cell) cell {
	a, b := args[0], args[1]
	x := X("? / ?", a.v, b.v)
	zero := X(fmt.Sprintf("WHEN ? = 0 THEN %d", metric.DivisionByZero), b.v)
	un := firstUnknown(args)
	if op == metric.OpChange {
		x = X("(? - ?) / ?", a.v, b.v, b.v)
		un = firstUnknown(args[:1])
		zero = X(fmt.Sprintf("WHEN ? <> 0 OR ? = 0 THEN %d", metric.NoPrevious), b.r, b.v)
	}
	ok := l.d.Finite(x)
	un = append(un, zero, X(fmt.Sprintf("WHEN NOT (?) THEN %d", metric.NotFinite), ok))
	return cell{
		v: X("CASE WHEN ? AND ? <> 0 AND ? THEN ? END", allKnown(args), b.v, ok, x),
		r: X("CASE ? ELSE 0 END", Join(" ", un)),
	}
}

// logic is three-valued: an operand equal to decides settles it.
func logic(args []cell, decides, other string) cell {
	settled := make([]SQL, len(args))
	for i, a := range args {
		settled[i] = X("(? = 0 AND ? = "+decides+")", a.r, a.v)
	}
	any := Join(" OR ", settled)
	v := X("CASE WHEN ? THEN "+decides+".0 WHEN ? THEN "+other+".0 END", any, allKnown(args))
	un := firstUnknown(args)
	if len(un) == 0 {
		return cell{v: v, r: Raw("0"), known: true}
	}
	return cell{v: v, r: X("CASE WHEN ? THEN 0 ? ELSE 0 END", any, Join(" ", un))}
}

func cond(a []cell) cell {
	v := X("CASE WHEN ? <> 0 THEN NULL WHEN ? = 1 THEN ? ELSE ? END", a[0].r, a[0].v, a[1].v, a[2].v)
	if a[0].known && a[1].known && a[2].known {
		return cell{v: v, r: Raw("0"), known: true}
	}
	return cell{v: v, r: X("CASE WHEN ? <> 0 THEN ? WHEN ? = 1 THEN ? ELSE ? END", a[0].r, a[0].r, a[0].v, a[1].r, a[2].r)}
}

func or(a []cell) cell {
	if a[0].known {
		return a[0]
	}
	v := X("CASE WHEN ? = 0 THEN ? ELSE ? END", a[0].r, a[0].v, a[1].v)
	if a[1].known {
		return cell{v: v, r: Raw("0"), known: true}
	}
	return cell{v: v, r: X("CASE WHEN ? = 0 THEN 0 ELSE ? END", a[0].r, a[1].r)}
}

// number is double(a).
func (l *layers) number(a cell, t metric.Type) cell {
	if t != metric.Text {
		return a
	}
	x := l.d.ParseNumber(a.v)
	return cell{
		v: X("CASE WHEN ? = 0 AND ? THEN ? END", a.r, l.d.Finite(x), x),
		r: X(fmt.Sprintf("CASE WHEN ? <> 0 THEN ? WHEN ? IS NULL THEN %d WHEN ? THEN 0 ELSE %d END", metric.NoValue, metric.NotFinite), a.r, a.r, x, l.d.Finite(x)),
	}
}

// distinct gives the values sorted and without repeats.
func distinct[T int64 | int32 | string](vs []T) []T {
	seen := make(map[T]bool, len(vs))
	var out []T
	for _, v := range vs {
		if !seen[v] {
			seen[v] = true
			out = append(out, v)
		}
	}
	sort.Slice(out, func(i, j int) bool { return out[i] < out[j] })
	return out
}
