package site

import (
	minori "github.com/minori-hq/minori"
	"github.com/minori-hq/minori/metric"
)

// Op is how a list's filter compares.
type Op string

// The comparisons. Unknown cells meet only OpUnknown.
const (
	OpEq      Op = "eq"
	OpNe      Op = "ne"
	OpLt      Op = "lt"
	OpLe      Op = "le"
	OpGt      Op = "gt"
	OpGe      Op = "ge"
	OpHas     Op = "has" // text contains, folded as text.Fold does
	OpKnown   Op = "known"
	OpUnknown Op = "unknown"
)

// Filter is one condition on a list; all have to hold.
type Filter struct {
	Column string // as evaluate.ListColumn
	Op     Op
	Values []metric.Value
}

// ListQuery asks for a page of the projection of one kind of subject.
type ListQuery struct {
	Kind    minori.SubjectKind
	Columns []string    // columns to give
	IDs     []minori.ID // only these; nil means all
	Filters []Filter
	Any     []Filter // one of them has to hold as well; none asks for nothing
	Search  string   // words that the key or some text holds, folded as text.Fold does
	Sort    string   // column; "" sorts by key
	Desc    bool     // unknown cells stand last either way
	Sums    []string // numeric columns to sum over all rows that meet the filters
	Page    minori.Page
	// CountOnly leaves out the rows: the total and the sums are all that is asked for.
	CountOnly bool
}

// ListRow is one row of a page.
type ListRow struct {
	Subject minori.ID
	Key     string
	Cells   []metric.Value // as ListQuery.Columns
}

// ListPage is a page with the figures of the whole. AsOf is when the lists
// were computed, in microseconds since 1970 UTC; 0 when they never were.
type ListPage struct {
	AsOf  int64
	Rows  []ListRow
	Total int64
	Sums  []float64
}

// ScoreDay is a stored score of one as-of.
type ScoreDay struct {
	Subject  minori.ID
	AsOf     int64 // microseconds since 1970 UTC
	Day      minori.Day
	Version  int64
	Score    *float64 // nil: unknown
	Computed *float64
	Override *float64
	CapPart  float64
	Coverage float64
	Band     string
	// Exception and Cap are the indices of those that held; -1 for none.
	Exception, Cap int
}

// ScoreBin counts the subjects with a score of one as-of by band and tenth;
// Decile is 0 for [0, 10) … 9 for [90, 100], -1 for unknown.
type ScoreBin struct {
	AsOf   int64
	Day    minori.Day
	Band   string
	Decile int
	Count  int64
}

// DayPoint is one day of a metric of one subject.
type DayPoint struct {
	Day   minori.Day
	Sum   float64
	Count int64
	Min   float64
	Max   float64
	Last  float64
}
