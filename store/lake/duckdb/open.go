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
	"github.com/minori-hq/minori/store/lake/duckdb/internal/compute"
	"github.com/minori-hq/minori/store/lake/duckdb/internal/engine"
	"github.com/minori-hq/minori/store/lake/duckdb/internal/inbox"
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

// Changes go from the log into the file when it has grown to the threshold and
// no other writer is under way; a fold does not wait for that beyond the limit.
const (
	checkpointAt = "256MB"
	logLimit     = 512 << 20
)

// Lake is the analytics store in a DuckDB file. Its methods may be called
// from several goroutines.
type Lake struct {
	*read.Reader
	*compute.Computer
	*inbox.Inbox

	db   *sql.DB
	path string
	d    lake.Dialect

	turn   chan struct{} // holds the right to write
	writer *sql.Conn
	dict   *dict // read and changed by the writer only

	tailRows int64 // rows added before a tail is merged
	logLimit int64 // bytes the log of changes may have after a fold

	labels atomic.Pointer[labels] // for readers
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
	settings = append(settings, "SET GLOBAL checkpoint_threshold = '"+checkpointAt+"'",
		// Small row groups let several threads read a result of some thousand subjects.
		"ATTACH IF NOT EXISTS ':memory:' AS scratch (ROW_GROUP_SIZE 10240)")
	c, err := duck.NewConnector(path, nil)
	if err != nil {
		return nil, minori.Errorf(minori.Unavailable, "the lake %s cannot be opened: %v", path, err)
	}
	l := &Lake{db: sql.OpenDB(c), path: path, d: engine.Dialect(), turn: make(chan struct{}, 1), tailRows: tailRows, logLimit: logLimit}
	l.Reader = &read.Reader{DB: l.db, Path: path, Label: l.label}
	l.Computer = compute.New(l.db, o.Currency, l.label, l.turn)
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
	if err := inbox.News(ctx, engine.Conn{Conn: conn}); err != nil {
		return err
	}
	if err := startFirst(ctx, engine.Conn{Conn: conn}); err != nil {
		return err
	}
	if l.Inbox, err = inbox.Open(ctx, l.db); err != nil {
		return err
	}
	return l.write(ctx, func(w *tx) error { return nil })
}

// Close waits for a running write and closes the file. Results have to be
// closed before.
func (l *Lake) Close() error {
	l.turn <- struct{}{}
	if l.Inbox != nil {
		_ = l.Inbox.Close()
	}
	if l.writer != nil {
		_ = l.writer.Close()
	}
	return l.db.Close()
}

// tx is the one write transaction.
type tx struct {
	engine.Conn
	l    *Lake
	dict *dict
	live bool        // few rows are added, soon again
	late []minori.ID // subjects of whom days changed that are kept
	lost bool        // days changed of subjects that are not told
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
	w := &tx{Conn: engine.Conn{Conn: l.writer}, l: l}
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
	l.Changed(w.late, w.lost)
	return nil
}

// changed notes the subjects of rows (subject, day) that change days kept.
func (w *tx) changed(ctx context.Context, rows string) (err error) {
	w.late, err = w.l.Late(ctx, w.Conn, rows, w.late)
	return err
}

// label gives the id of a label value as of the last write.
func (l *Lake) label(id int64, pos int, value string) (int32, bool) {
	if value == metric.OtherLabel {
		return -1, true
	}
	n, ok := l.labels.Load().ids[labelKey{labelPos{id, pos}, value}]
	return n, ok
}
