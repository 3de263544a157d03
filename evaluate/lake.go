package evaluate

import (
	"context"

	minori "github.com/minori-hq/minori"
	"github.com/minori-hq/minori/metric"
)

// Lake is what the cycle needs of the analytics store.
type Lake interface {
	// Freshness gives, for every metric with a point at or before the as-of,
	// the latest such point over all subjects.
	Freshness(ctx context.Context, asOf minori.AsOf) (map[int64]Latest, error)
	// Building gives the metrics that are being rebuilt from raw events.
	Building(ctx context.Context) (map[int64]bool, error)
	// Compute answers a query; the caller closes the result.
	Compute(ctx context.Context, q metric.Query) (metric.Result, error)
	// SaveCycle stores a cycle with its values and scores in one transaction,
	// replacing what was stored under (as-of, subject).
	SaveCycle(ctx context.Context, c Cycle) (int64, error)
	// Cycles gives the cycles not yet marked handed over, oldest first.
	Cycles(ctx context.Context) ([]Cycle, error)
	// CycleDone marks a cycle as handed over.
	CycleDone(ctx context.Context, id int64) error
	// CycleAt gives the full cycle written for exactly this as-of, or ok false.
	CycleAt(ctx context.Context, kind minori.SubjectKind, asOf minori.AsOf) (c Cycle, ok bool, err error)
	// Scores gives stored scores of exactly that as-of; subjects nil means all.
	Scores(ctx context.Context, asOf minori.AsOf, scorecard int64, subjects []minori.ID) ([]ScoreRow, error)
	// Values gives stored measure values of exactly that as-of by measure id.
	Values(ctx context.Context, asOf minori.AsOf, measures []int64, subjects []minori.ID) ([]ValueRow, error)
	// SaveList replaces the projection that lists read: the named columns of
	// the result, one row per subject.
	SaveList(ctx context.Context, kind minori.SubjectKind, asOf minori.AsOf, r metric.Result, columns []string) error
}

// Cycle is one evaluation as the lake keeps it.
type Cycle struct {
	ID         int64
	Kind       minori.SubjectKind
	AsOf       minori.AsOf
	Config     int64 // version of the workspace it was computed with
	HandOver   bool  // false for past days recomputed only to be compared with
	Result     metric.Result
	Values     []StoredValue // which columns of Result are measure values
	Scores     []ScoreRow
	ComputedAt int64 // microseconds since 1970 UTC
}

// StoredValue names a column of the result that is kept as a measure's value.
type StoredValue struct {
	Column  string
	Measure int64
}

// ValueRow is one stored measure value.
type ValueRow struct {
	Subject minori.ID
	Measure int64
	Value   metric.Value
}

// ScoreRow is one stored score. Unknown scores have a Reason and no numbers.
type ScoreRow struct {
	Subject   minori.ID
	Scorecard int64
	Version   int64 // version of the scorecard's definition
	Score     *float64
	Computed  *float64
	Override  *float64
	CapPart   float64 // ≤ 0
	Coverage  float64 // 0–1
	Band      string  // red, yellow, green; "" when unknown
	Exception int     // index of the exception that held; -1 for none
	Cap       int     // index of the cap that won; -1 for none
}
