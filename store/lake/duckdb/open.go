// Package duckdb keeps the lake in one DuckDB file.
//
// Writes go through one connection, one transaction at a time; readers use
// the pool beside it. Results of queries live in tables of an in-memory
// database attached as "scratch", which every connection of the process sees
// and nothing of which survives the process.
package duckdb

import (
	"context"
	"database/sql"
	"fmt"
	"strings"
	"sync/atomic"

	duck "github.com/duckdb/duckdb-go/v2"

	minori "github.com/minori-hq/minori"
	"github.com/minori-hq/minori/metric"
	"github.com/minori-hq/minori/store/lake"
	"github.com/minori-hq/minori/store/lake/duckdb/internal/engine"
	"github.com/minori-hq/minori/store/lake/duckdb/internal/read"
)

// Options of a lake.
type Options struct {
	// Currency is the workspace's; its rate is 1.
	Currency string
	// MemoryLimit is DuckDB's, such as "2GB"; "" leaves its default, 80 % of
	// the memory.
	MemoryLimit string
	// TempDir is where larger-than-memory work spills; "" puts it beside the file.
	TempDir string
	// Threads is how many DuckDB uses; 0 means one per core.
	Threads int
}

// Lake is the analytics store in a DuckDB file. Its methods may be called
// from several goroutines.
type Lake struct {
	*read.Reader

	db       *sql.DB
	path     string
	currency string
	d        lake.Dialect

	turn   chan struct{} // holds the right to write
	writer *sql.Conn
	dict   *dict // read and changed by the writer only

	labels  atomic.Pointer[labels] // for readers
	results atomic.Int64           // numbers tables of scratch
}

// Open opens or makes the file at path; "" keeps everything in memory. Tables
// are brought up to date; a file written by a newer program is refused with
// Conflict. Only one process can have the file open.
func Open(path string, o Options) (*Lake, error) {
	var settings []string
	set := func(name, value string) {
		if value != "" {
			settings = append(settings, fmt.Sprintf("SET GLOBAL %s = '%s'", name, strings.ReplaceAll(value, "'", "''")))
		}
	}
	set("memory_limit", o.MemoryLimit)
	set("temp_directory", o.TempDir)
	if o.Threads > 0 {
		set("threads", fmt.Sprint(o.Threads))
	}
	set("autoinstall_known_extensions", "false")
	set("autoload_known_extensions", "false")
	settings = append(settings, "SET GLOBAL checkpoint_threshold = '256MB'",
		// Small row groups let several threads read a result of some thousand subjects.
		"ATTACH IF NOT EXISTS ':memory:' AS scratch (ROW_GROUP_SIZE 10240)")
	c, err := duck.NewConnector(path, nil)
	if err != nil {
		return nil, minori.Errorf(minori.Unavailable, "the lake %s cannot be opened: %v", path, err)
	}
	l := &Lake{db: sql.OpenDB(c), path: path, currency: o.Currency, d: engine.Dialect(), turn: make(chan struct{}, 1)}
	l.Reader = &read.Reader{DB: l.db, Path: path, Label: l.label}
	l.db.SetMaxIdleConns(16)
	l.db.SetMaxOpenConns(64)
	if err := l.start(settings); err != nil {
		_ = l.Close()
		return nil, err
	}
	return l, nil
}

func (l *Lake) start(settings []string) error {
	ctx := context.Background()
	for _, s := range settings {
		if _, err := l.db.ExecContext(ctx, s); err != nil {
			return minori.Errorf(minori.Invalid, "the lake does not take a setting: %v", err)
		}
	}
	if err := engine.Functions(ctx, l.db); err != nil {
		return fmt.Errorf("giving the lake its functions: %w", err)
	}
	if err := engine.Migrate(ctx, l.db); err != nil {
		return err
	}
	conn, err := l.db.Conn(ctx)
	if err != nil {
		return err
	}
	l.writer = conn
	return l.write(ctx, func(w *tx) error { return nil })
}

// Close waits for a running write and closes the file. Results have to be
// closed before.
func (l *Lake) Close() error {
	l.turn <- struct{}{}
	if l.writer != nil {
		_ = l.writer.Close()
	}
	return l.db.Close()
}

// tx is the one write transaction.
type tx struct {
	l    *Lake
	conn *sql.Conn
	dict *dict
}

// write runs fn in a transaction, after any other write. On an error nothing
// is kept.
func (l *Lake) write(ctx context.Context, fn func(*tx) error) (err error) {
	select {
	case l.turn <- struct{}{}:
	case <-ctx.Done():
		return ctx.Err()
	}
	defer func() { <-l.turn }()
	w := &tx{l: l, conn: l.writer}
	if l.dict == nil {
		if l.dict, err = loadDict(ctx, l.writer); err != nil {
			return err
		}
	}
	w.dict = l.dict
	if _, err = l.writer.ExecContext(ctx, "BEGIN TRANSACTION"); err != nil {
		return err
	}
	late := context.WithoutCancel(ctx)
	done := false
	defer func() {
		if !done { // also when fn panics
			_, _ = l.writer.ExecContext(late, "ROLLBACK")
			l.dict = nil
		}
	}()
	if err = fn(w); err != nil {
		return err
	}
	if err = w.dict.save(late, w); err != nil {
		return err
	}
	if _, err = l.writer.ExecContext(late, "COMMIT"); err != nil {
		return err
	}
	done = true
	l.labels.Store(w.dict.readable())
	return nil
}

// exec runs a statement of the builder and gives the rows changed.
func (w *tx) exec(ctx context.Context, s lake.SQL) (int64, error) {
	r, err := w.conn.ExecContext(ctx, s.Text, s.Args...)
	if err != nil {
		return 0, fmt.Errorf("%w in %s", err, s.Text)
	}
	return r.RowsAffected()
}

// all runs statements one after the other.
func (w *tx) all(ctx context.Context, stmts ...lake.SQL) error {
	for _, s := range stmts {
		if _, err := w.exec(ctx, s); err != nil {
			return err
		}
	}
	return nil
}

// one reads a single row of numbers.
func (w *tx) one(ctx context.Context, s lake.SQL, into ...any) error {
	return w.conn.QueryRowContext(ctx, s.Text, s.Args...).Scan(into...)
}

// rows reads a few rows through scan.
func (w *tx) rows(ctx context.Context, s lake.SQL, scan func(*sql.Rows) error) error {
	return engine.Each(ctx, w.conn, s, scan)
}

// appendTo writes rows into a table of the catalog ("" is the file, "temp"
// the connection's own) within the transaction.
func (w *tx) appendTo(catalog, table string, fill func(*duck.Appender) error) error {
	return engine.AppendTo(w.conn, catalog, table, fill)
}

// read runs a query of the builder on the pool.
func (l *Lake) read(ctx context.Context, s lake.SQL, scan func(*sql.Rows) error) error {
	return engine.Each(ctx, l.db, s, scan)
}

// label gives the id of a label value as of the last write.
func (l *Lake) label(id int64, pos int, value string) (int32, bool) {
	if value == metric.OtherLabel {
		return -1, true
	}
	n, ok := l.labels.Load().ids[labelKey{labelPos{id, pos}, value}]
	return n, ok
}
