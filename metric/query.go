package metric

import (
	"context"

	minori "github.com/minori-hq/minori"
)

// Reason says why a value is unknown.
type Reason uint8

// The reasons. Known is none of them: the value is there.
const (
	Known          Reason = iota
	NoData                // no point of the metric yet
	Stale                 // the metric's latest point over all subjects is too old
	Building              // the metric is being rebuilt from raw events
	NoValue               // the field has no value
	NoPrevious            // change against a previous value of 0 or unknown
	DivisionByZero        // x / 0
	NotFinite             // overflow
)

// String gives the reason as reports write it; "" for Known.
func (r Reason) String() string {
	return [...]string{"", "no_data", "stale", "building", "no_value", "no_previous", "division_by_zero", "not_finite"}[r&7]
}

// Type of a value in the expression language.
type Type uint8

// The types.
const (
	Number Type = iota + 1
	Bool
	Text
)

// String names the type for messages.
func (t Type) String() string {
	return [...]string{"nothing", "a number", "a boolean", "a text"}[t&3]
}

// Value is one value of the language. Reason Known means it is there; then
// Num holds numbers and booleans (0 or 1) and Text holds texts.
type Value struct {
	Type   Type
	Reason Reason
	Num    float64
	Text   string
}

// Fn is what a leaf asks of a metric over the days From to To, both included.
type Fn uint8

// The functions. For counters and events: Sum is the sum of values, Count of
// points, Avg = sum/count of points, Min and Max of points, Slope the least
// squares slope per day over daily sums with empty days 0, ActiveDays the days
// with a point, Actors the distinct actors. For gauges Avg, Min, Max and Slope
// go over the end-of-day values carried forward (days before the first point
// do not count), Last is the value at the end of To. DaysSince = To − day of
// the last point on or before To.
const (
	Sum Fn = iota + 1
	Count
	Avg
	Min
	Max
	Last
	Actors
	ActiveDays
	Slope
	DaysSince
)

// Source of a leaf's value.
type LeafKind uint8

// The kinds of leaf.
const (
	LeafMetric        LeafKind = iota + 1 // Metric, Fn, From, To, Filter
	LeafField                             // Field: value valid at the as-of
	LeafARR                               // ARR in the workspace's currency (major units) at the as-of rate
	LeafAgeDays                           // as-of day − first day of existence (person: tenure)
	LeafDaysToRenewal                     // days to the earliest end after the as-of of an active subscription
	LeafColumn                            // Column of the result the query derives from
	LeafProperty                          // Column is a property of the event (metric filters only)
)

// Leaf is one thing read from the store for every subject.
type Leaf struct {
	Kind   LeafKind
	Type   Type
	Metric Ref
	Fn     Fn
	From   minori.Day // first day counted
	To     minori.Day // last day counted
	Filter map[string]string
	// Unknown makes the leaf unknown for every subject (Stale, Building);
	// Known means: look.
	Unknown Reason
	Field   int64
	Column  string
}

// Op is an operation of the expression tree.
type Op uint8

// The operations. Unknown operands make the result unknown with the reason of
// the first unknown operand, except where noted. Every number formed must be
// finite, else it is unknown with NotFinite.
const (
	OpLeaf       Op = iota + 1 // Leaf
	OpConst                    // Const
	OpAdd                      // a + b
	OpSub                      // a − b
	OpMul                      // a × b
	OpDiv                      // a / b; b = 0: unknown, DivisionByZero
	OpNeg                      // −a
	OpChange                   // (a − b) / b; b = 0 or unknown: unknown, NoPrevious
	OpEq                       // a = b, for all types
	OpNe                       // a ≠ b
	OpLt                       // a < b, numbers (texts by bytes)
	OpLe                       // a ≤ b
	OpAnd                      // three-valued: false if any is false, whatever the other
	OpOr                       // three-valued: true if any is true, whatever the other
	OpNot                      // not a
	OpCond                     // a ? b : c; unknown a: unknown
	OpIn                       // a in List (constants)
	OpStartsWith               // texts
	OpEndsWith                 // texts
	OpContains                 // texts
	OpAbs                      // |a|
	OpMin                      // least of Args
	OpMax                      // greatest of Args
	OpRound                    // a rounded to whole numbers, halves away from zero
	OpNumber                   // double(a): a boolean as 0 or 1, a number as it is, a text as the number it spells (else unknown, NoValue)
	OpKnown                    // known(a): never unknown
	OpOr2                      // a.or(b): a if known, else b
	OpFinal                    // a rounded to 9 decimals: the form in which measures and scores are kept
)

// Node is one operation over earlier nodes.
type Node struct {
	Op    Op
	Type  Type
	Args  []int // indices into Query.Nodes, all smaller than this node's
	Leaf  int   // index into Query.Leaves, for OpLeaf
	Const Value // for OpConst
	List  []Value
}

// Output is a column of the result.
type Output struct {
	Name string // unique in the query
	Node int
}

// Query asks for one row per subject with one column per output. It is plain
// data: two stores given the same query and facts give the same rows.
type Query struct {
	Kind     minori.SubjectKind
	AsOf     minori.AsOf
	Subjects []minori.ID // nil: all that exist at the as-of
	Leaves   []Leaf
	Nodes    []Node // topological order
	Outputs  []Output
	// Again says that the same is asked again and again as of the same day, so that
	// it is worth keeping what the days before it mean.
	Again bool
}

// Column is one output for a batch of subjects.
type Column struct {
	Type   Type
	Num    []float64 // numbers and booleans
	Text   []string  // texts
	Reason []Reason
}

// Value gives row i.
func (c *Column) Value(i int) Value {
	v := Value{Type: c.Type, Reason: c.Reason[i]}
	if v.Reason != Known {
		return v
	}
	if c.Type == Text {
		v.Text = c.Text[i]
	} else {
		v.Num = c.Num[i]
	}
	return v
}

// Batch is some rows of a result, in columns. It is only valid until the
// callback that got it returns, unless copied.
type Batch struct {
	Subjects []minori.ID
	Columns  []Column // as Query.Outputs (or the columns asked for)
}

// Result is the answer to a query, kept by the store until it is closed, so
// that a second query can be put to it.
type Result interface {
	// Each gives all rows in batches, ordered by subject. columns picks and
	// orders outputs by name; nil means all. subjects restricts the rows; nil
	// means all.
	Each(ctx context.Context, subjects []minori.ID, columns []string, fn func(*Batch) error) error
	// Extend adds columns formed elsewhere (scores, open calls). Subjects that
	// are not given get unknown, NoValue.
	Extend(ctx context.Context, names []string, rows Batch) error
	// Derive answers a query whose leaves are all LeafColumn, naming outputs
	// and added columns of this result; its subjects are this result's.
	Derive(ctx context.Context, q Query) (Result, error)
	// Close drops what the store kept.
	Close() error
}
