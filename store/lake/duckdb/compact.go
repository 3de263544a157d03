package duckdb

import (
	"context"
	"database/sql"
	"time"

	"github.com/minori-hq/minori/store/lake"
	"github.com/minori-hq/minori/store/lake/duckdb/internal/engine"
)

// compactRows is about how many rollup rows are sorted at once.
const compactRows = 20_000_000

// Compact merges partial rollup rows and sorts them by (subject, metric, day),
// so that reads of few subjects touch few blocks. It changes no answer.
// Writers wait; readers do not. Nothing is done when nothing was written since
// the last time.
func (l *Lake) Compact(ctx context.Context) error {
	return l.write(ctx, func(w *tx) error {
		var n int64
		if err := w.one(ctx, lake.Raw("SELECT count(*) FROM rollup"), &n); err != nil || n == w.dict.counters[sorted] {
			return err
		}
		err := w.compact(ctx, "rollup", n, "SELECT subject, metric, day, l1, l2, l3, sum(sum), sum(count)::BIGINT, min(min), max(max), "+
			engine.ArgMax(lake.Raw("last"), lake.Raw("last_at"), lake.Raw("last_seq")).Text+", max(last_at), "+
			engine.ArgMax(lake.Raw("last_seq"), lake.Raw("last_at"), lake.Raw("last_seq")).Text+" FROM rollup WHERE subject >= ? AND subject < ? "+
			"GROUP BY subject, metric, day, l1, l2, l3 ORDER BY subject, metric, day")
		if err != nil {
			return err
		}
		if err := w.one(ctx, lake.Raw("SELECT count(*) FROM actor_day"), &n); err != nil {
			return err
		}
		err = w.compact(ctx, "actor_day", n, "SELECT DISTINCT subject, metric, day, actor, l1, l2, l3 FROM actor_day "+
			"WHERE subject >= ? AND subject < ? ORDER BY subject, metric, day")
		if err != nil {
			return err
		}
		err = w.all(ctx,
			lake.Raw("CREATE TABLE first_sorted AS SELECT subject, metric, min(day)::INTEGER AS day FROM first_point GROUP BY subject, metric ORDER BY subject, metric"),
			lake.Raw("DROP TABLE first_point"), lake.Raw("ALTER TABLE first_sorted RENAME TO first_point"),
			lake.Raw("CREATE TABLE days_sorted AS SELECT metric, day, max(last_at) AS last_at, sum(points)::BIGINT AS points FROM metric_day GROUP BY metric, day ORDER BY metric, day"),
			lake.Raw("DROP TABLE metric_day"), lake.Raw("ALTER TABLE days_sorted RENAME TO metric_day"))
		if err != nil {
			return err
		}
		err = w.one(ctx, lake.Raw("SELECT count(*) FROM rollup"), &n)
		w.dict.set(sorted, n)
		return err
	})
}

// compact writes a table anew in parts of about compactRows rows, by subject.
func (w *tx) compact(ctx context.Context, table string, rows int64, sel string) error {
	fresh := table + "_sorted"
	if _, err := w.exec(ctx, lake.Raw("CREATE TABLE "+fresh+" AS SELECT * FROM "+table+" LIMIT 0")); err != nil {
		return err
	}
	bounds, err := w.bounds(ctx, table, rows/compactRows)
	if err != nil {
		return err
	}
	for i := 0; i+1 < len(bounds); i++ {
		if _, err := w.exec(ctx, lake.X("INSERT INTO "+fresh+" "+sel, bounds[i], bounds[i+1])); err != nil {
			return err
		}
	}
	return w.all(ctx, lake.Raw("DROP TABLE "+table), lake.Raw("ALTER TABLE "+fresh+" RENAME TO "+table))
}

// bounds cuts the subjects of a table into parts+1 ranges.
func (w *tx) bounds(ctx context.Context, table string, parts int64) ([]int64, error) {
	var lo, hi sql.NullInt64
	if err := w.one(ctx, lake.Raw("SELECT min(subject), max(subject) FROM "+table), &lo, &hi); err != nil || !lo.Valid {
		return nil, err
	}
	out := []int64{lo.Int64}
	for i := int64(1); i <= parts; i++ {
		if b := lo.Int64 + (hi.Int64-lo.Int64)/(parts+1)*i; b > out[len(out)-1] {
			out = append(out, b)
		}
	}
	return append(out, hi.Int64+1), nil
}

// Checkpoint writes everything into the file, so that opening it is quick and
// a copy of it alone is whole.
func (l *Lake) Checkpoint(ctx context.Context) error {
	select {
	case l.turn <- struct{}{}:
	case <-ctx.Done():
		return ctx.Err()
	}
	defer func() { <-l.turn }()
	if l.path == "" {
		return nil
	}
	for try := 0; ; try++ {
		_, err := l.writer.ExecContext(ctx, "CHECKPOINT")
		if err == nil || try == 20 {
			return err
		}
		// A reader's transaction is in the way.
		select {
		case <-time.After(50 * time.Millisecond):
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}
