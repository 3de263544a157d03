// Package read answers the questions of pages and reports to a DuckDB lake.
package read

import (
	"context"
	"database/sql"
	"os"

	"github.com/minori-hq/minori/store/lake"
	"github.com/minori-hq/minori/store/lake/duckdb/internal/engine"
)

// SortedCounter names the counter of rollup rows at the last compaction.
const SortedCounter = "sorted"

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
