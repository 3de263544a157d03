package lake

import (
	minori "github.com/minori-hq/minori"
	"github.com/minori-hq/minori/metric"
)

// MetricDef is a metric as the lake has to know it.
type MetricDef struct {
	metric.Ref
	From  *metric.From // for event metrics
	Where *Dag         // the compiled From.Where; nil for all events
}

// SeqDelta is a delta with its place in the outbox.
type SeqDelta struct {
	Seq int64
	metric.Delta
}

// DayPoint is one day of a metric of one subject. Days without a point are left out.
type DayPoint struct {
	Day   minori.Day
	Sum   float64
	Count int64
	Min   float64
	Max   float64
	Last  float64
}

// FieldStep is one step in the history of a field.
type FieldStep = metric.FieldValue

// ScoreDay is a stored score of one as-of.
type ScoreDay struct {
	Subject  minori.ID
	AsOf     int64 // microseconds since 1970 UTC
	Day      minori.Day
	Version  int64
	Score    *float64
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

// BandFall is a subject whose score went to a lower band.
type BandFall struct {
	Subject  minori.ID
	From, To string
}

// WholeQuery picks many subjects and the days to read of them. Filters and By
// are on columns of the projection.
type WholeQuery struct {
	Kind     minori.SubjectKind
	IDs      []minori.ID // only these; nil means all
	Without  []string    // columns that are as if they were not there
	Filters  []Filter
	By       string // a column of texts or truth values that cuts them into groups; "" for none
	From, To minori.Day
}

// WholeDay is one day of a metric or score over a group of subjects. Count is
// that of points, of known values for a gauge, of known scores for a score.
type WholeDay struct {
	By    string // "" for the rest, and where nothing cuts
	Day   minori.Day
	Sum   float64 // the mean for scores
	Count int64
}

// Cut sums up a column over a group of subjects.
type Cut struct {
	By                          string
	Subjects, Known             int64
	Sum, Mean, Median, Min, Max float64
}

// EventCount counts events by name or by account.
type EventCount struct {
	Name    string    // by name
	Account minori.ID // by account
	Key     string    // the account's key
	Events  int64
	First   int64 // microseconds since 1970 UTC
	Last    int64
}

// EventTotals is the answer to a count of events.
type EventTotals struct {
	Events      int64
	First, Last int64 // 0 when there are none
	By          []EventCount
}

// EventItem is one raw event.
type EventItem struct {
	Name       string
	Actor      string
	Time       int64 // microseconds since 1970 UTC
	Value      *float64
	Properties string // JSON object; "" for none
}

// Op of a filter on a list.
type Op string

// The operations. Unknown cells meet only OpUnknown.
const (
	OpEq      Op = "eq"      // one of Values
	OpNe      Op = "ne"      // none of Values
	OpLt      Op = "lt"      // below Values[0]
	OpLe      Op = "le"      // at most
	OpGt      Op = "gt"      // above
	OpGe      Op = "ge"      // at least
	OpHas     Op = "has"     // text contains, folded as text.Fold does
	OpKnown   Op = "known"   // has a value
	OpUnknown Op = "unknown" // has none
)

// Filter is one condition on a list; all have to hold.
type Filter struct {
	Column string
	Op     Op
	Values []metric.Value
}

// ListQuery asks for a page of the projection of one kind of subject.
type ListQuery struct {
	Kind    minori.SubjectKind
	Columns []string    // columns to give; nil means all
	IDs     []minori.ID // only these; nil means all
	Without []string    // columns that are as if they were not there, also to Search
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

// ListGroup is what a projection holds of the rows with one text in a column.
type ListGroup struct {
	Text  string // "" when unknown
	Count int
	Sum   float64
}

// ListRow is one row of a page.
type ListRow struct {
	Subject minori.ID
	Key     string
	Cells   []metric.Value // as ListPage.Columns
}

// ListPage is a page with the figures of the whole.
type ListPage struct {
	AsOf    int64 // of the newest row, microseconds since 1970 UTC; 0 when there is no projection yet
	Columns []string
	Types   []metric.Type
	Rows    []ListRow
	Total   int64
	Sums    []float64 // as ListQuery.Sums, over known cells
}

// Sizes says how much the lake holds.
type Sizes struct {
	Bytes  int64 // of the file
	Rows   map[string]int64
	Loose  int64 // rollup rows written since the last compaction
	Schema int   // version of the tables
}
