// Package read answers the questions of pages and reports to a DuckDB lake.
package read

import (
	"context"
	"database/sql"
	"os"
	"strconv"

	minori "github.com/minori-hq/minori"
	"github.com/minori-hq/minori/evaluate"
	"github.com/minori-hq/minori/store/lake"
	"github.com/minori-hq/minori/store/lake/duckdb/internal/engine"
)

// SortedCounter names the counter of rollup rows at the last compaction.
const SortedCounter = "sorted"

// AppliedCounter names the counter of the last delta applied.
const AppliedCounter = "applied"

// Reader reads from the pool beside the writer.
type Reader struct {
	DB   *sql.DB
	Path string // of the file, "" for none
	// Label gives the id of a label value; ok is false when no point carried it.
	Label func(metricID int64, pos int, value string) (id int32, ok bool)
}

// read runs a query of the builder on the pool.
func (l *Reader) read(ctx context.Context, s lake.SQL, scan func(*sql.Rows) error) error {
	return engine.Each(ctx, l.DB, s, scan)
}

// among is the condition that a row is of one of the subjects; nil means all.
// They are one argument, since there may be a hundred thousand.
func among(subjects []minori.ID) lake.SQL {
	switch {
	case subjects == nil:
		return lake.Raw("1 = 1")
	case len(subjects) == 0:
		return lake.Raw("1 = 0")
	}
	ids := make([]byte, 0, 8*len(subjects))
	for i, id := range subjects {
		if i > 0 {
			ids = append(ids, ',')
		}
		ids = strconv.AppendInt(ids, int64(id), 10)
	}
	return lake.X("subject IN (SELECT unnest(string_split(?, ',')::BIGINT[]))", string(ids))
}

// Stats says how much the lake holds.
func (l *Reader) Stats(ctx context.Context) (lake.Sizes, error) {
	s := lake.Sizes{Rows: map[string]int64{}}
	if l.Path != "" {
		if fi, err := os.Stat(l.Path); err == nil {
			s.Bytes = fi.Size()
		}
	}
	err := l.read(ctx, lake.Raw("SELECT table_name, estimated_size FROM duckdb_tables() WHERE database_name = current_database() AND schema_name = 'main'"), func(r *sql.Rows) error {
		var name string
		var n int64
		err := r.Scan(&name, &n)
		s.Rows[name] = n
		return err
	})
	if err != nil {
		return s, err
	}
	var done sql.NullInt64
	if err := l.DB.QueryRowContext(ctx, "SELECT max(value) FROM counter WHERE name = ?", SortedCounter).Scan(&done); err != nil {
		return s, err
	}
	s.Loose = max(s.Rows["rollup"]-done.Int64, 0)
	return s, l.DB.QueryRowContext(ctx, "SELECT max(version) FROM schema_version").Scan(&s.Schema)
}

// Freshness gives the latest point of every metric. Points count by their
// day: those of the as-of's own day count even if later in it, as they do in
// windows, but their time is then given as the as-of.
func (l *Reader) Freshness(ctx context.Context, asOf minori.AsOf) (map[int64]evaluate.Latest, error) {
	out := map[int64]evaluate.Latest{}
	err := l.read(ctx, lake.X("SELECT metric, max(day), max(last_at) FROM metric_day WHERE day <= ? GROUP BY metric", int32(asOf.Day)), func(r *sql.Rows) error {
		var id int64
		var v evaluate.Latest
		var day int32
		err := r.Scan(&id, &day, &v.Time)
		v.Day, v.Time = minori.Day(day), min(v.Time, asOf.Micros())
		out[id] = v
		return err
	})
	return out, err
}

// Building gives the metrics that are being rebuilt from raw events, or wait for it.
func (l *Reader) Building(ctx context.Context) (map[int64]bool, error) {
	out := map[int64]bool{}
	err := l.read(ctx, lake.Raw("SELECT id FROM metric_def WHERE building = 1"), func(r *sql.Rows) error {
		var id int64
		err := r.Scan(&id)
		out[id] = true
		return err
	})
	return out, err
}

// Applied gives the number of the last delta applied.
func (l *Reader) Applied(ctx context.Context) (int64, error) {
	var n sql.NullInt64
	err := l.DB.QueryRowContext(ctx, "SELECT max(value) FROM counter WHERE name = ?", AppliedCounter).Scan(&n)
	return n.Int64, err
}
