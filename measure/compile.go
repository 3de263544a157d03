package measure

import (
	"fmt"
	"math"
	"slices"
	"strings"

	"cel.dev/cel-go/common/ast"
	"cel.dev/cel-go/common/operators"
	"cel.dev/cel-go/common/types"

	minori "github.com/minori-hq/minori"
	"github.com/minori-hq/minori/metric"
)

// Builder turns many expressions into one query, in which equal parts stand
// once. It is used by one goroutine.
type Builder struct {
	kind     minori.SubjectKind
	given    given
	first    *Builder // for a second stage
	leaves   []metric.Leaf
	nodes    []metric.Node
	outputs  []metric.Output
	leafAt   map[string]int
	nodeAt   map[string]int
	outputAt map[string]int // nodes by output
	exprAt   map[*Expr]int
	columns  []Column
}

// NewBuilder begins a query for subjects of a kind as of a time. unknown says
// which metrics are stale or being built; nil means none are.
func NewBuilder(kind minori.SubjectKind, asOf minori.AsOf, unknown func(metric.Ref) metric.Reason) *Builder {
	return &Builder{
		kind: kind, given: given{asOf, unknown},
		leafAt: map[string]int{}, nodeAt: map[string]int{}, outputAt: map[string]int{}, exprAt: map[*Expr]int{},
	}
}

// NewStage begins a query that is put to the result of first's, extended by
// scores. All its leaves are columns: those named in Columns are to be added
// to the result, the others are added to first's outputs as they are needed,
// as "measure:NAME" and LeafName. So take first's Query after the last Add here.
func NewStage(first *Builder) *Builder {
	b := NewBuilder(first.kind, first.given.asOf, first.given.unknown)
	b.first = first
	return b
}

// Add makes an expression an output of the query. final rounds a number to 9
// decimals, as measures and scores are kept. Adding the same again changes
// nothing; another expression under a used name is an error, and so is one
// that needs scores in a first stage.
func (b *Builder) Add(name string, e *Expr, final bool) error {
	if e.Kind != b.kind {
		return fmt.Errorf("%q is for %s, the query is for %s", name, e.Kind, b.kind)
	}
	if e.scores && b.first == nil {
		return fmt.Errorf("%q needs scores: it is computed in a second stage", name)
	}
	node, err := b.expr(e)
	if err != nil {
		return err
	}
	if final {
		node = b.final(node)
	}
	return b.output(name, node)
}

// AddLeaves makes everything the expressions read, themselves or through
// measures, outputs named by LeafName, so that Eval and Explain can look them
// up in the result. Scores are left out: they are columns already.
func (b *Builder) AddLeaves(exprs ...*Expr) error {
	if b.first != nil {
		return b.first.AddLeaves(exprs...)
	}
	seen := map[*Expr]bool{}
	var add func(e *Expr) error
	add = func(e *Expr) error {
		if seen[e] {
			return nil
		}
		seen[e] = true
		for _, t := range e.terms {
			if t.kind == termMeasure {
				if err := add(t.measure); err != nil {
					return err
				}
			}
			for _, l := range t.leaves(b.given) {
				if l.Kind == metric.LeafColumn {
					continue
				}
				if err := b.output(LeafName(l), b.leaf(l)); err != nil {
					return err
				}
			}
		}
		return nil
	}
	for _, e := range exprs {
		if err := add(e); err != nil {
			return err
		}
	}
	return nil
}

// Query gives the query for some subjects; nil means all.
func (b *Builder) Query(subjects []minori.ID) metric.Query {
	return metric.Query{
		Kind: b.kind, AsOf: b.given.asOf, Subjects: subjects,
		Leaves: slices.Clone(b.leaves), Nodes: slices.Clone(b.nodes), Outputs: slices.Clone(b.outputs),
	}
}

// Columns gives the scores, changes of score, bands and open calls that the
// query reads, in order of first use.
func (b *Builder) Columns() []Column { return slices.Clone(b.columns) }

// output names a node.
func (b *Builder) output(name string, node int) error {
	if at, ok := b.outputAt[name]; ok {
		if at != node {
			return fmt.Errorf("two different outputs are named %q", name)
		}
		return nil
	}
	b.outputAt[name] = node
	b.outputs = append(b.outputs, metric.Output{Name: name, Node: node})
	return nil
}

// node gives the index of a node, adding it if it is new.
func (b *Builder) node(n metric.Node) int {
	key := nodeKey(n)
	i, ok := b.nodeAt[key]
	if !ok {
		i = len(b.nodes)
		b.nodes = append(b.nodes, n)
		b.nodeAt[key] = i
	}
	return i
}

// nodeKey tells nodes apart.
func nodeKey(n metric.Node) string {
	var s strings.Builder
	fmt.Fprintf(&s, "%d %d %v %d %s", n.Op, n.Type, n.Args, n.Leaf, constKey(n.Const))
	for _, v := range n.List {
		s.WriteString(" " + constKey(v))
	}
	return s.String()
}

// constKey tells constants apart.
func constKey(v metric.Value) string {
	return fmt.Sprintf("%d:%x:%q", v.Type, math.Float64bits(v.Num), v.Text)
}

// op adds an operation.
func (b *Builder) op(op metric.Op, t metric.Type, args ...int) int {
	return b.node(metric.Node{Op: op, Type: t, Args: args})
}

// final rounds a number.
func (b *Builder) final(node int) int {
	if b.nodes[node].Type != metric.Number {
		return node
	}
	return b.op(metric.OpFinal, metric.Number, node)
}

// leaf adds a leaf; in a second stage, the column that holds it.
func (b *Builder) leaf(l metric.Leaf) int {
	name := LeafName(l)
	i, ok := b.leafAt[name]
	if !ok {
		i = len(b.leaves)
		b.leaves = append(b.leaves, l)
		b.leafAt[name] = i
	}
	return b.node(metric.Node{Op: metric.OpLeaf, Type: l.Type, Leaf: i})
}

// column adds a column of the first stage, which forms it.
func (b *Builder) column(name string, t metric.Type, node int) (int, error) {
	if err := b.first.output(name, node); err != nil {
		return 0, err
	}
	return b.leaf(metric.Leaf{Kind: metric.LeafColumn, Type: t, Column: name}), nil
}

// expr adds an expression.
func (b *Builder) expr(e *Expr) (int, error) {
	if i, ok := b.exprAt[e]; ok {
		return i, nil
	}
	i, err := b.tree(e, e.checked.Expr())
	if err == nil {
		b.exprAt[e] = i
	}
	return i, err
}

// tree adds a part of an expression.
func (b *Builder) tree(e *Expr, x ast.Expr) (int, error) {
	if x.Kind() == ast.LiteralKind {
		v, err := constant(x)
		return b.node(metric.Node{Op: metric.OpConst, Type: v.Type, Const: v}), err
	}
	if x.Kind() != ast.CallKind {
		return 0, fmt.Errorf("compiling %q: a part is of kind %d", e.Source, x.Kind())
	}
	call := x.AsCall()
	switch call.FunctionName() {
	case numberTerm, boolTerm, textTerm:
		return b.term(e.terms[call.Args()[1].AsLiteral().(types.Int)])
	case operators.In:
		return b.within(e, call.Args())
	}
	operands := call.Args()
	switch name := call.FunctionName(); {
	case name == operators.LogicalAnd || name == operators.LogicalOr:
		operands = operandsOf(name, x)
	case call.IsMemberFunction():
		operands = append([]ast.Expr{call.Target()}, operands...)
	}
	args := make([]int, 0, len(operands))
	for _, o := range operands {
		i, err := b.tree(e, o)
		if err != nil {
			return 0, err
		}
		args = append(args, i)
	}
	return b.call(e, call.FunctionName(), typeOf(e.checked.GetType(x.ID())), args)
}

// chain joins operands by && or || in halves, so that a long chain is not deep.
func (b *Builder) chain(op metric.Op, args []int) int {
	if len(args) == 1 {
		return args[0]
	}
	half := len(args) / 2
	return b.op(op, metric.Bool, b.chain(op, args[:half]), b.chain(op, args[half:]))
}

// call adds an operator or function. x > y becomes !(x <= y), which keeps the
// order of the operands.
func (b *Builder) call(e *Expr, name string, t metric.Type, args []int) (int, error) {
	switch name {
	case operators.LogicalAnd:
		return b.chain(metric.OpAnd, args), nil
	case operators.LogicalOr:
		return b.chain(metric.OpOr, args), nil
	case operators.Greater:
		return b.op(metric.OpNot, t, b.op(metric.OpLe, t, args...)), nil
	case operators.GreaterEquals:
		return b.op(metric.OpNot, t, b.op(metric.OpLt, t, args...)), nil
	}
	op, ok := operation(name)
	if !ok {
		return 0, fmt.Errorf("compiling %q: there is no operation for %s", e.Source, name)
	}
	return b.op(op, t, args...), nil
}

// operation gives the operation for an operator or function.
func operation(name string) (metric.Op, bool) {
	op, ok := map[string]metric.Op{
		operators.Add: metric.OpAdd, operators.Subtract: metric.OpSub, operators.Multiply: metric.OpMul,
		operators.Divide: metric.OpDiv, operators.Negate: metric.OpNeg,
		operators.Equals: metric.OpEq, operators.NotEquals: metric.OpNe,
		operators.Less: metric.OpLt, operators.LessEquals: metric.OpLe,
		operators.LogicalNot: metric.OpNot, operators.Conditional: metric.OpCond,
		"startsWith": metric.OpStartsWith, "endsWith": metric.OpEndsWith, "contains": metric.OpContains,
		"abs": metric.OpAbs, "min": metric.OpMin, "max": metric.OpMax, "round": metric.OpRound,
		"double": metric.OpNumber, "known": metric.OpKnown, "or": metric.OpOr2,
	}[name]
	return op, ok
}

// within adds x in [a, b].
func (b *Builder) within(e *Expr, args []ast.Expr) (int, error) {
	x, err := b.tree(e, args[0])
	if err != nil {
		return 0, err
	}
	n := metric.Node{Op: metric.OpIn, Type: metric.Bool, Args: []int{x}}
	for _, el := range args[1].AsList().Elements() {
		v, err := constant(el)
		if err != nil {
			return 0, err
		}
		n.List = append(n.List, v)
	}
	return b.node(n), nil
}

// constant gives a literal's value.
func constant(x ast.Expr) (metric.Value, error) {
	switch v := x.AsLiteral().(type) {
	case types.Double:
		return metric.Value{Type: metric.Number, Num: float64(v)}, nil
	case types.Bool:
		if v {
			return metric.Value{Type: metric.Bool, Num: 1}, nil
		}
		return metric.Value{Type: metric.Bool}, nil
	case types.String:
		return metric.Value{Type: metric.Text, Text: string(v)}, nil
	}
	return metric.Value{}, fmt.Errorf("the literal is of type %T", x.AsLiteral())
}

// term adds a term.
func (b *Builder) term(t *term) (int, error) {
	if t.kind == termMeasure {
		return b.measure(t.measure)
	}
	var args []int
	for _, l := range t.leaves(b.given) {
		i, err := b.read(l)
		if err != nil {
			return 0, err
		}
		args = append(args, i)
	}
	switch t.kind {
	case termChange:
		return b.op(metric.OpChange, metric.Number, args...), nil
	case termPer:
		return b.op(metric.OpDiv, metric.Number, args...), nil
	}
	if t.column.Name != "" && !slices.Contains(b.columns, t.column) {
		b.columns = append(b.columns, t.column)
	}
	return args[0], nil
}

// read adds a leaf, in a second stage as a column of the first.
func (b *Builder) read(l metric.Leaf) (int, error) {
	if b.first == nil || l.Kind == metric.LeafColumn {
		return b.leaf(l), nil
	}
	return b.column(LeafName(l), l.Type, b.first.leaf(l))
}

// measure adds a measure as it is kept: rounded. In a second stage it is a
// column of the first.
func (b *Builder) measure(m *Expr) (int, error) {
	if b.first != nil && !m.scores {
		node, err := b.first.measure(m)
		if err != nil {
			return 0, err
		}
		return b.column("measure:"+m.Name, m.Type, node)
	}
	i, err := b.expr(m)
	if err != nil {
		return 0, err
	}
	return b.final(i), nil
}
