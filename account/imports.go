package account

import (
	"context"

	minori "github.com/minori-hq/minori"
	"github.com/minori-hq/minori/metric"
)

// Run says which import a batch of rows belongs to.
type Run struct {
	Source int64 // surrogate key of the source
	Import int64 // number of this import, from BeginImport
	Time   int64 // when it began, microseconds since 1970 UTC: later values hold from then
	DryRun bool  // report only; inside a DryRun transaction of the store batches see each other
	// Mapped names the target fields that the source fills, custom ones as
	// "fields.NAME"; the others keep their value when a row changes. nil: all.
	Mapped []string
}

// Reject is a row that was not taken.
type Reject struct {
	Line   int
	Column string // target field the reason is about; "" for the whole row
	Reason string // what is wrong and what to do
}

// Report says what became of a batch.
type Report struct {
	Created, Updated, Unchanged int
	Rejects                     []Reject
	Duplicates                  []metric.Duplicate // rows whose key stood in the same import before with other content; not in Rejects
	// Metrics are the built-in metrics the batch wrote points of; the lake has
	// to know them before it applies the outbox.
	Metrics []metric.Ref
}

// Add sums up reports of several batches.
func (r *Report) Add(o Report) {
	r.Created += o.Created
	r.Updated += o.Updated
	r.Unchanged += o.Unchanged
	r.Rejects = append(r.Rejects, o.Rejects...)
	r.Duplicates = append(r.Duplicates, o.Duplicates...)
	seen := make(map[int64]bool, len(r.Metrics))
	for _, m := range r.Metrics {
		seen[m.ID] = true
	}
	for _, m := range o.Metrics {
		if !seen[m.ID] {
			r.Metrics = append(r.Metrics, m)
		}
	}
}

// ImportRun is one import as listed.
type ImportRun struct {
	ID       int64
	Source   int64
	Name     string // of the source
	File     string
	Actor    string
	Started  int64  // microseconds since 1970 UTC
	Finished int64  // 0: running, or killed
	Report   string // JSON, as the importer reports it; "" until finished
}

// ImportRow is what is kept of an imported row: to which record it led, with
// which content, and in which import it was seen last.
type ImportRow struct {
	Key    metric.Hash
	Hash   metric.Hash
	Kind   Kind
	Target int64 // surrogate key of the record
	Import int64
	Line   int
}

// RowStore keeps import rows and the outbox, for every service that imports.
type RowStore interface {
	// InTx runs fn in one transaction, joining the one in ctx.
	InTx(ctx context.Context, fn func(ctx context.Context) error) error
	// DryRun runs fn in a transaction that is always rolled back; inside
	// another DryRun it joins that one.
	DryRun(ctx context.Context, fn func(ctx context.Context) error) error
	// LockFacts lets one transaction at a time change facts and write deltas.
	LockFacts(ctx context.Context) error
	// ImportRows gives the rows of a source known under these keys.
	ImportRows(ctx context.Context, source int64, keys []metric.Hash) (map[metric.Hash]ImportRow, error)
	// SaveImportRows inserts or replaces rows of a source.
	SaveImportRows(ctx context.Context, source int64, rows []ImportRow) error
	// SeenTargets gives, of these records, the lines of the rows of a source
	// that led to them in an import.
	SeenTargets(ctx context.Context, source, imp int64, targets []int64) (map[int64]int, error)
	// MissingRows gives the rows of a source last seen before the import,
	// whose target no row of the source seen in the import led to, and
	// whether any row was seen in it.
	MissingRows(ctx context.Context, source, imp int64) (rows []ImportRow, seen bool, err error)
	// DeleteImportRows forgets rows of a source.
	DeleteImportRows(ctx context.Context, source int64, keys []metric.Hash) error
	// AppendOutbox numbers deltas for the lake.
	AppendOutbox(ctx context.Context, deltas ...metric.Delta) error
	// NewIDs gives the first of n consecutive numbers of a named sequence.
	NewIDs(ctx context.Context, sequence string, n int) (int64, error)
}

// ImportStore keeps the list of imports.
type ImportStore interface {
	// BeginImport starts an import and gives its number.
	BeginImport(ctx context.Context, r ImportRun) (int64, error)
	// FinishImport closes an import with its report as JSON.
	FinishImport(ctx context.Context, id, finished int64, report string) error
	// Imports lists imports, newest first.
	Imports(ctx context.Context, page minori.Page) ([]ImportRun, error)
}
