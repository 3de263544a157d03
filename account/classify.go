package account

import (
	"context"

	"github.com/minori-hq/minori/metric"
)

// Todo is a row that has to be written.
type Todo struct {
	Index  int   // into the rows classified
	Target int64 // record the row led to before; 0: none
}

// Batch is a batch of rows of one kind, sorted into what has to be written and
// what is unchanged or a duplicate, and what became of them.
type Batch struct {
	Todo   []Todo
	Report Report

	run   Run
	kind  Kind
	rows  []metric.Row
	known map[metric.Hash]ImportRow
	save  []ImportRow
}

// Classify compares rows with what is kept of earlier imports.
func Classify(ctx context.Context, store RowStore, run Run, kind Kind, rows []metric.Row) (*Batch, error) {
	keys := make([]metric.Hash, len(rows))
	for i := range rows {
		keys[i] = rows[i].Key
	}
	known, err := store.ImportRows(ctx, run.Source, keys)
	if err != nil {
		return nil, err
	}
	b := &Batch{run: run, kind: kind, rows: rows, known: known}
	first := make(map[metric.Hash]int, len(rows))
	for i, r := range rows {
		if j, again := first[r.Key]; again {
			b.repeated(r, rows[j].Hash, rows[j].Line)
			continue
		}
		k, ok := known[r.Key]
		ok = ok && k.Kind == kind
		if ok && k.Import == run.Import {
			b.repeated(r, k.Hash, k.Line)
			continue
		}
		first[r.Key] = i
		switch {
		case ok && k.Hash == r.Hash:
			b.Report.Unchanged++
			k.Import, k.Line = run.Import, r.Line
			b.save = append(b.save, k)
		case ok:
			b.Todo = append(b.Todo, Todo{Index: i, Target: k.Target})
		default:
			b.Todo = append(b.Todo, Todo{Index: i})
		}
	}
	return b, nil
}

func (b *Batch) repeated(r metric.Row, first metric.Hash, line int) {
	if r.Hash == first {
		b.Report.Unchanged++
		return
	}
	b.Duplicate(r.Line, line)
}

// Duplicate notes a row that repeats one of this import with other content.
func (b *Batch) Duplicate(line, first int) {
	b.Report.Duplicates = append(b.Report.Duplicates, metric.Duplicate{Line: line, First: first})
}

// Unchanged notes a row that need not be written after all.
func (b *Batch) Unchanged(t Todo, target int64) {
	b.Report.Unchanged++
	b.keep(t, target)
}

// Reject notes a row that is not taken. What it led to before counts as seen.
func (b *Batch) Reject(t Todo, err error) {
	r := b.rows[t.Index]
	b.Report.Rejects = append(b.Report.Rejects, rejectOf(r.Line, err))
	if k, ok := b.known[r.Key]; ok && k.Kind == b.kind {
		k.Import, k.Line = b.run.Import, r.Line
		b.save = append(b.save, k)
	}
}

// Written notes that a row was written to the record target.
func (b *Batch) Written(t Todo, target int64, created bool) {
	if created {
		b.Report.Created++
	} else {
		b.Report.Updated++
	}
	b.keep(t, target)
}

func (b *Batch) keep(t Todo, target int64) {
	r := b.rows[t.Index]
	b.save = append(b.save, ImportRow{Key: r.Key, Hash: r.Hash, Kind: b.kind, Target: target, Import: b.run.Import, Line: r.Line})
}

// Save writes the import rows; call it last, after the facts they stand for.
func (b *Batch) Save(ctx context.Context, store RowStore) error {
	return store.SaveImportRows(ctx, b.run.Source, b.save)
}
