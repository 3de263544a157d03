package laketest

import (
	"testing"

	minori "github.com/minori-hq/minori"
	"github.com/minori-hq/minori/metric"
)

// tree builds a query's nodes.
type tree struct {
	q metric.Query
}

func newTree() *tree { return &tree{metric.Query{Kind: minori.Account, AsOf: asOf(today)}} }

func (t *tree) node(op metric.Op, typ metric.Type, args ...int) int {
	t.q.Nodes = append(t.q.Nodes, metric.Node{Op: op, Type: typ, Args: args})
	return len(t.q.Nodes) - 1
}

func (t *tree) num(op metric.Op, args ...int) int  { return t.node(op, metric.Number, args...) }
func (t *tree) bool(op metric.Op, args ...int) int { return t.node(op, metric.Bool, args...) }

func (t *tree) constant(v metric.Value) int {
	t.q.Nodes = append(t.q.Nodes, metric.Node{Op: metric.OpConst, Type: v.Type, Const: v})
	return len(t.q.Nodes) - 1
}

func (t *tree) leaf(l metric.Leaf) int {
	t.q.Leaves = append(t.q.Leaves, l)
	t.q.Nodes = append(t.q.Nodes, metric.Node{Op: metric.OpLeaf, Type: l.Type, Leaf: len(t.q.Leaves) - 1})
	return len(t.q.Nodes) - 1
}

func (t *tree) in(a int, list ...metric.Value) int {
	i := t.bool(metric.OpIn, a)
	t.q.Nodes[i].List = list
	return i
}

func (t *tree) out(name string, node int) {
	t.q.Outputs = append(t.q.Outputs, metric.Output{Name: name, Node: node})
}

// facts gives account 1 the fields 1 = 6, 2 = 0, 3 = "Ärger 10", 4 = true;
// 9 is never set, and the metric seats is stale.
func facts(b *bench) {
	b.start(2)
	f := func(id int64, v *float64, s *string) metric.FieldValue {
		return metric.FieldValue{Subject: 1, Field: id, ValidFrom: metric.Always, Num: v, Text: s}
	}
	b.apply(metric.Delta{Fields: []metric.FieldValue{f(1, ptr(6.0), nil), f(2, ptr(0.0), nil), f(3, nil, ptr("Ärger 10")), f(4, ptr(1.0), nil), f(5, nil, ptr("2.5e1")), f(6, ptr(1e308), nil)}})
}

func staleLeaf() metric.Leaf {
	l := leaf(seats, metric.Last, today, 1)
	l.Unknown = metric.Stale
	return l
}

// operations: every operation on known values.
func operations(t *testing.T, b *bench) {
	facts(b)
	q := newTree()
	six, zero := q.leaf(field(1, metric.Number)), q.leaf(field(2, metric.Number))
	s, yes, txt := q.leaf(field(3, metric.Text)), q.leaf(field(4, metric.Bool)), q.leaf(field(5, metric.Text))
	four, minus, half := q.constant(num(4)), q.constant(num(-2.5)), q.constant(num(2.5))
	falsch := q.constant(truth(false))
	str := func(v string) int { return q.constant(text(v)) }
	want := []metric.Value{}
	add := func(node int, v metric.Value) {
		q.out(string(rune('A'+len(want)/26))+string(rune('a'+len(want)%26)), node)
		want = append(want, v)
	}
	add(q.num(metric.OpAdd, six, four), num(10))
	add(q.num(metric.OpSub, six, four), num(2))
	add(q.num(metric.OpMul, six, minus), num(-15))
	add(q.num(metric.OpDiv, six, four), num(1.5))
	add(q.num(metric.OpNeg, minus), num(2.5))
	add(q.num(metric.OpChange, six, four), num(0.5))
	add(q.bool(metric.OpEq, six, six), truth(true))
	add(q.bool(metric.OpNe, six, four), truth(true))
	add(q.bool(metric.OpLt, six, four), truth(false))
	add(q.bool(metric.OpLe, six, six), truth(true))
	add(q.bool(metric.OpEq, s, str("Ärger 10")), truth(true))
	add(q.bool(metric.OpLt, s, str("Z")), truth(false)) // by bytes
	add(q.bool(metric.OpEq, yes, falsch), truth(false))
	add(q.bool(metric.OpAnd, yes, falsch), truth(false))
	add(q.bool(metric.OpOr, yes, falsch), truth(true))
	add(q.bool(metric.OpNot, yes), truth(false))
	add(q.num(metric.OpCond, yes, six, four), num(6))
	add(q.num(metric.OpCond, falsch, six, four), num(4))
	add(q.in(six, num(1), num(6)), truth(true))
	add(q.in(s, text("a"), text("b")), truth(false))
	add(q.in(s), truth(false))
	add(q.bool(metric.OpStartsWith, s, str("Ärg")), truth(true))
	add(q.bool(metric.OpEndsWith, s, str("10")), truth(true))
	add(q.bool(metric.OpContains, s, str("%")), truth(false))
	add(q.bool(metric.OpContains, s, str("ger 1")), truth(true))
	add(q.num(metric.OpAbs, minus), num(2.5))
	add(q.num(metric.OpMin, six, four, minus), num(-2.5))
	add(q.num(metric.OpMax, six, four, minus), num(6))
	add(q.num(metric.OpRound, minus), num(-3))
	add(q.num(metric.OpRound, half), num(3))
	add(q.num(metric.OpNumber, yes), num(1))
	add(q.num(metric.OpNumber, txt), num(25))
	add(q.bool(metric.OpKnown, six), truth(true))
	add(q.num(metric.OpOr2, zero, six), num(0))
	add(q.num(metric.OpFinal, q.num(metric.OpDiv, q.constant(num(2)), q.constant(num(3)))), num(0.666666667))
	add(s, text("Ärger 10"))
	add(four, num(4))
	b.want(b.compute(q.q), 1, want...)
}

// reasons: unknown operands in order, three-valued logic, checks of numbers.
func reasons(t *testing.T, b *bench) {
	facts(b)
	q := newTree()
	six, zero, huge := q.leaf(field(1, metric.Number)), q.leaf(field(2, metric.Number)), q.leaf(field(6, metric.Number))
	none, old := q.leaf(field(9, metric.Number)), q.leaf(staleLeaf())
	s, noText := q.leaf(field(3, metric.Text)), q.leaf(field(9, metric.Text))
	yes := q.leaf(field(4, metric.Bool))
	no1 := q.bool(metric.OpLt, none, six) // unknown, no_value
	no2 := q.bool(metric.OpLt, old, six)  // unknown, stale
	falsch := q.bool(metric.OpNot, yes)
	var want []metric.Value
	add := func(node int, v metric.Value) {
		q.out(string(rune('A'+len(want)/26))+string(rune('a'+len(want)%26)), node)
		want = append(want, v)
	}
	add(q.num(metric.OpAdd, none, old), no(metric.NoValue))
	add(q.num(metric.OpAdd, old, none), no(metric.Stale))
	add(q.num(metric.OpMin, six, old, none), no(metric.Stale))
	add(q.num(metric.OpDiv, six, zero), no(metric.DivisionByZero))
	add(q.num(metric.OpDiv, none, zero), no(metric.NoValue))
	add(q.num(metric.OpChange, six, zero), no(metric.NoPrevious))
	add(q.num(metric.OpChange, six, old), no(metric.NoPrevious))
	add(q.num(metric.OpChange, none, old), no(metric.NoValue))
	add(q.num(metric.OpMul, huge, six), no(metric.NotFinite))
	add(q.num(metric.OpAdd, q.num(metric.OpMul, huge, six), old), no(metric.NotFinite))
	add(q.num(metric.OpSub, q.num(metric.OpNeg, huge), huge), no(metric.NotFinite))
	add(q.num(metric.OpChange, huge, q.constant(num(1e-300))), no(metric.NotFinite))
	add(q.bool(metric.OpAnd, no1, falsch), truth(false))
	add(q.bool(metric.OpAnd, falsch, no2), truth(false))
	add(q.bool(metric.OpAnd, no1, no2), no(metric.NoValue))
	add(q.bool(metric.OpAnd, yes, no2), no(metric.Stale))
	add(q.bool(metric.OpOr, no2, yes), truth(true))
	add(q.bool(metric.OpOr, falsch, no2), no(metric.Stale))
	add(q.bool(metric.OpNot, no1), no(metric.NoValue))
	add(q.num(metric.OpCond, no2, six, six), no(metric.Stale))
	add(q.num(metric.OpCond, yes, none, six), no(metric.NoValue))
	add(q.num(metric.OpCond, falsch, none, six), num(6))
	add(q.bool(metric.OpKnown, none), truth(false))
	add(q.num(metric.OpOr2, none, six), num(6))
	add(q.num(metric.OpOr2, none, old), no(metric.Stale))
	add(q.in(none, num(1)), no(metric.NoValue))
	add(q.num(metric.OpNumber, s), no(metric.NoValue))
	add(q.num(metric.OpNumber, noText), no(metric.NoValue))
	add(q.bool(metric.OpContains, noText, s), no(metric.NoValue))
	add(q.num(metric.OpFinal, none), no(metric.NoValue))
	add(q.num(metric.OpRound, old), no(metric.Stale))
	b.want(b.compute(q.q), 1, want...)
}

// shared: a node used many times is written once; a deep sharing tree would
// otherwise grow without bound.
func shared(t *testing.T, b *bench) {
	facts(b)
	q := newTree()
	x := q.leaf(field(1, metric.Number))
	for range 40 {
		x = q.num(metric.OpDiv, q.num(metric.OpAdd, x, x), q.constant(num(2)))
	}
	q.out("x", x)
	q.out("again", x)
	b.want(b.compute(q.q), 1, num(6), num(6))
}

// extendDerive: columns formed elsewhere, and a second query over both.
func extendDerive(t *testing.T, b *bench) {
	facts(b)
	q := newTree()
	q.out("six", q.leaf(field(1, metric.Number)))
	q.out("text", q.leaf(field(3, metric.Text)))
	r, err := b.l.Compute(b.ctx, q.q)
	b.ok(err)
	other, err := b.l.Compute(b.ctx, q.q)
	b.ok(err)
	b.ok(other.Close())
	defer func() { b.ok(r.Close()) }()
	b.ok(r.Extend(b.ctx, []string{"score", "band"}, metric.Batch{
		Subjects: []minori.ID{1},
		Columns: []metric.Column{
			{Type: metric.Number, Num: []float64{42}, Reason: []metric.Reason{0}},
			{Type: metric.Text, Text: []string{"red"}, Reason: []metric.Reason{0}},
		}}))
	b.want(b.read(r, []string{"band", "six", "score"}), 1, text("red"), num(6), num(42))
	b.want(b.read(r, nil), 2, no(metric.NoValue), noText(), no(metric.NoValue), noText())
	d := newTree()
	col := func(n string, typ metric.Type) int {
		return d.leaf(metric.Leaf{Kind: metric.LeafColumn, Type: typ, Column: n})
	}
	sum := d.num(metric.OpAdd, col("score", metric.Number), col("six", metric.Number))
	d.out("sum", sum)
	d.out("both", d.bool(metric.OpAnd, d.bool(metric.OpLt, col("score", metric.Number), d.constant(num(50))), d.bool(metric.OpEq, col("band", metric.Text), d.constant(text("red")))))
	dr, err := r.Derive(b.ctx, d.q)
	b.ok(err)
	defer func() { b.ok(dr.Close()) }()
	got := b.read(dr, nil)
	b.want(got, 1, num(48), truth(true))
	b.want(got, 2, no(metric.NoValue), no(metric.NoValue))
	b.ok(r.Extend(b.ctx, []string{"score"}, metric.Batch{Subjects: []minori.ID{2}, Columns: []metric.Column{{Type: metric.Number, Num: []float64{1}, Reason: []metric.Reason{0}}}}))
	b.want(b.read(r, []string{"score"}), 2, num(1))
	n := 0
	b.ok(r.Each(b.ctx, []minori.ID{2, 77}, []string{"score"}, func(batch *metric.Batch) error { n += len(batch.Subjects); return nil }))
	if n != 1 {
		t.Errorf("%d rows of subject 2", n)
	}
}

func subjectsGiven(t *testing.T, b *bench) {
	b.start(300)
	for i := 1; i <= 300; i++ {
		b.apply(metric.Delta{Points: []metric.PointSet{{Origin: "x", ID: int64(i), Points: []metric.PointRow{b.point(minori.ID(i), calls, today, float64(i))}}}})
		if i == 20 {
			break
		}
	}
	for _, ids := range [][]minori.ID{{}, {3, 4, 999}, seqIDs(10, 200)} {
		q := ask(today, leaf(calls, metric.Sum, today, 1), leaf(calls, metric.Last, today, 1), arrLeaf, field(1, metric.Number))
		q.Subjects = ids
		got := b.compute(q)
		want := 0
		for _, id := range ids {
			if id <= 300 {
				want++
			}
			if id <= 20 {
				b.want(got, id, num(float64(id)), num(float64(id)), num(0), no(metric.NoValue))
			}
		}
		if len(got) != want {
			t.Errorf("%d rows, want %d", len(got), want)
		}
	}
}

func seqIDs(from, to minori.ID) []minori.ID {
	var out []minori.ID
	for i := from; i <= to; i++ {
		out = append(out, i)
	}
	return out
}
