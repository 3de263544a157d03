package duckdb

import (
	"context"

	"github.com/minori-hq/minori/store/lake"
	"github.com/minori-hq/minori/store/lake/duckdb/internal/engine"
)

// tail is what folding added to a table since everything was put in order: a
// few rows for each account it touches, again every second. It is merged
// whenever it grew by half, so that a day leaves about one row per series and
// day and a row is merged a few times a day whatever the load. Names are those
// of counters.
type tail struct {
	from   string // after which it begins: an arrival number or row
	loose  string // rows added since it was merged
	merged string // rows it had then
}

// The tails. That of the rollups, and of last points with them, are the rows
// whose last fact arrived after a number; that of actors the rows from a place
// in the table on, which can move when rows before it go: then some are left to
// the next compaction. Days are few: they are merged as a whole.
var (
	rollupTail = tail{"tail_from", "tail_loose", "tail_merged"}
	actorTail  = tail{"actor_tail_from", "actor_tail_loose", "actor_tail_merged"}
	dayTail    = tail{"", "day_tail_loose", "day_tail_merged"}
)

// tailRows is how many rows are added before a tail is merged, if not more.
const tailRows = 50_000

// none says that a tail begins with the next fold.
const none = -2

// seal leaves everything as it stands to the next compaction: tails begin anew.
func (w *tx) seal() {
	for _, t := range []tail{rollupTail, actorTail} {
		w.dict.set(t.from, none)
		w.dict.set(t.loose, 0)
		w.dict.set(t.merged, 0)
	}
}

// startTails notes where tails begin, before a fold adds to them.
func (w *tx) startTails(ctx context.Context) error {
	if at, ok := w.dict.counters[rollupTail.from]; ok && at != none {
		return nil
	}
	var rows int64
	if err := w.One(ctx, lake.Raw("SELECT estimated_size FROM duckdb_tables() WHERE database_name = current_database() AND schema_name = 'main' AND table_name = 'actor_day'"), &rows); err != nil {
		return err
	}
	w.dict.set(rollupTail.from, w.dict.counters[arrivals])
	w.dict.set(actorTail.from, rows-1)
	return nil
}

// due reports whether a tail is to be merged.
func (w *tx) due(t tail) bool {
	return w.dict.counters[t.loose] >= max(w.l.tailRows, w.dict.counters[t.merged]/2)
}

// mergeTails merges the tails that are due.
func (w *tx) mergeTails(ctx context.Context) error {
	if w.due(rollupTail) {
		if err := w.mergeTail(ctx, rollupTail, "last_point", "last_seq", engine.LastOf(lake.Raw("(SELECT * FROM last_point WHERE last_seq > ?) t"))); err != nil {
			return err
		}
		if err := w.mergeTail(ctx, rollupTail, "rollup", "last_seq", lake.Raw(mergedRollups("last_seq > ?"))); err != nil {
			return err
		}
	}
	if w.due(actorTail) {
		if err := w.mergeTail(ctx, actorTail, "actor_day", "rowid", lake.Raw(mergedActors("rowid > ?"))); err != nil {
			return err
		}
	}
	if w.due(dayTail) {
		return w.mergeTail(ctx, dayTail, "metric_day", "0", lake.Raw(mergedDays))
	}
	return nil
}

// mergeTail puts one row of each kind in the place of a table's tail.
func (w *tx) mergeTail(ctx context.Context, t tail, table, place string, merged lake.SQL) error {
	where := lake.Raw("")
	if t.from != "" {
		from := w.dict.counters[t.from]
		where = lake.X(" WHERE "+place+" > ?", from)
		merged.Args = []any{from}
	}
	err := w.All(ctx,
		lake.X("CREATE OR REPLACE TEMP TABLE merged_tail AS ?", merged),
		lake.X("DELETE FROM "+table+"?", where))
	if err != nil {
		return err
	}
	rows, err := w.Exec(ctx, lake.Raw("INSERT INTO "+table+" SELECT * FROM merged_tail"))
	w.dict.set(t.loose, 0)
	w.dict.set(t.merged, rows)
	return err
}
