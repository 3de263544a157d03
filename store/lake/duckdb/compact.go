package duckdb

import (
	"context"
	"database/sql"
	"time"

	"github.com/minori-hq/minori/store/lake"
	"github.com/minori-hq/minori/store/lake/duckdb/internal/engine"
)

// blockDays is how many days of rollups are kept together.
const blockDays = 32

// Compact merges partial rollup rows and sorts them by blocks of days, then by
// (subject, metric, day), so that reads of few days or few subjects touch few
// parts of the file. It changes no answer.
// Writers wait; readers do not. Nothing is done when nothing was written since
// the last time.
func (l *Lake) Compact(ctx context.Context) error {
	return l.write(ctx, func(w *tx) error {
		var n int64
		if err := w.One(ctx, lake.Raw("SELECT count(*) FROM rollup"), &n); err != nil || n == w.dict.counters[sorted] {
			return err
		}
		if err := w.compact(ctx, "rollup", mergedRollups("day >= ? AND day < ?")); err != nil {
			return err
		}
		if err := w.compact(ctx, "actor_day", mergedActors("day >= ? AND day < ?")); err != nil {
			return err
		}
		w.seal()
		err := w.All(ctx,
			lake.Raw("CREATE TABLE first_sorted AS SELECT subject, metric, min(day)::INTEGER AS day FROM first_point GROUP BY subject, metric ORDER BY subject, metric"),
			lake.Raw("DROP TABLE first_point"), lake.Raw("ALTER TABLE first_sorted RENAME TO first_point"),
			lake.X("CREATE TABLE last_sorted AS ? ORDER BY subject, metric", engine.LastOf(lake.Raw("last_point"))),
			lake.Raw("DROP TABLE last_point"), lake.Raw("ALTER TABLE last_sorted RENAME TO last_point"),
			lake.Raw("CREATE TABLE days_sorted AS "+mergedDays),
			lake.Raw("DROP TABLE metric_day"), lake.Raw("ALTER TABLE days_sorted RENAME TO metric_day"))
		if err != nil {
			return err
		}
		err = w.One(ctx, lake.Raw("SELECT count(*) FROM rollup"), &n)
		w.dict.set(sorted, n)
		return err
	})
}

// mergedRollups gives one row for the rollup rows of a day and series that meet
// a condition, in order.
func mergedRollups(where string) string {
	last, at, seq := lake.Raw("last"), lake.Raw("last_at"), lake.Raw("last_seq")
	return "SELECT subject, metric, day, l1, l2, l3, sum(sum) AS sum, sum(count)::BIGINT AS count, min(min) AS min, max(max) AS max, " +
		engine.ArgMax(last, at, seq).Text + " AS last, max(last_at) AS last_at, " + engine.ArgMax(seq, at, seq).Text + " AS last_seq FROM rollup WHERE " + where +
		" GROUP BY subject, metric, day, l1, l2, l3 ORDER BY subject, metric, day"
}

// mergedActors gives the rows of actors that meet a condition once, in order.
func mergedActors(where string) string {
	return "SELECT DISTINCT subject, metric, day, actor, l1, l2, l3 FROM actor_day WHERE " + where + " ORDER BY subject, metric, day"
}

// mergedDays gives one row per metric and day.
const mergedDays = "SELECT metric, day, max(last_at) AS last_at, sum(points)::BIGINT AS points FROM metric_day GROUP BY metric, day ORDER BY metric, day"

// compact writes a table anew, block by block; sel reads the rows of a block,
// given its first day and the next block's.
func (w *tx) compact(ctx context.Context, table string, sel string) error {
	fresh := table + "_sorted"
	if _, err := w.Exec(ctx, lake.Raw("CREATE TABLE "+fresh+" AS SELECT * FROM "+table+" LIMIT 0")); err != nil {
		return err
	}
	days, err := w.blocks(ctx, table)
	if err != nil {
		return err
	}
	for _, day := range days {
		if _, err := w.Exec(ctx, lake.X("INSERT INTO "+fresh+" "+sel, day, day+blockDays)); err != nil {
			return err
		}
	}
	return w.All(ctx, lake.Raw("DROP TABLE "+table), lake.Raw("ALTER TABLE "+fresh+" RENAME TO "+table))
}

// blocks gives the first days of the blocks that a table has rows in, in order.
func (w *tx) blocks(ctx context.Context, table string) ([]int32, error) {
	var out []int32
	err := w.Rows(ctx, lake.X("SELECT DISTINCT (floor(day / ?::DOUBLE) * ?)::INTEGER AS first FROM "+table+" ORDER BY first", blockDays, blockDays), func(r *sql.Rows) error {
		var day int32
		err := r.Scan(&day)
		out = append(out, day)
		return err
	})
	return out, err
}

// Checkpoint writes everything into the file, so that opening it is quick and
// a copy of it alone is whole.
func (l *Lake) Checkpoint(ctx context.Context) error { return l.checkpoint(ctx, 20) }

// checkpoint tries some times, since a reader's transaction can be in the way;
// if one time is enough it is no error when one is.
func (l *Lake) checkpoint(ctx context.Context, tries int) error {
	select {
	case l.turn <- struct{}{}:
	case <-ctx.Done():
		return ctx.Err()
	}
	defer func() { <-l.turn }()
	if l.path == "" {
		return nil
	}
	release, err := l.Inbox.Hold(ctx)
	if err != nil {
		return err
	}
	defer release()
	for try := 1; ; try++ {
		_, err := l.writer.ExecContext(ctx, "CHECKPOINT")
		if err == nil || try == tries {
			if tries == 1 {
				return ctx.Err()
			}
			return err
		}
		select {
		case <-time.After(50 * time.Millisecond):
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}
