// Package records keeps the records in SQLite or PostgreSQL. One SQL text
// serves both: parameters are written $1, instants are microseconds since 1970
// UTC, days are days since 1970, money is minor units, lists and maps are JSON
// in text, flags are 0 and 1. It holds no rules: those stand in the services
// of the packages whose interfaces it implements.
package sqldb

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/stdlib"
	_ "github.com/mattn/go-sqlite3" // database/sql driver "sqlite3"
	minori "github.com/minori-hq/minori"
)

// DB is a records store. It is safe for concurrent use.
type DB struct {
	postgres bool
	write    *sql.DB // SQLite: one connection
	read     *sql.DB
	numbers  *sql.DB  // PostgreSQL: hands out ids outside of transactions
	texts    sync.Map // statement → statement with ?N, for SQLite
	growth   growth
}

// Connections of the pools.
const (
	sqliteReaders    = 8
	postgresConns    = 16
	postgresNumberer = 2
)

// Open opens the store at a URL, postgres://…, or a SQLite file, sqlite:PATH
// or just PATH, and brings its tables up to date by the files of migrations
// (NUMBER_name.sql). A store written by a newer version of the program is refused.
func Open(ctx context.Context, dsn string, migrations fs.FS) (*DB, error) {
	d, err := open(dsn)
	if err != nil {
		return nil, err
	}
	if err := d.migrate(ctx, migrations); err != nil {
		d.Close()
		return nil, err
	}
	return d, nil
}

func open(dsn string) (*DB, error) {
	if strings.HasPrefix(dsn, "postgres://") || strings.HasPrefix(dsn, "postgresql://") {
		return openPostgres(dsn)
	}
	path := strings.TrimPrefix(dsn, "sqlite:")
	if path == "" || strings.Contains(path, "://") {
		return nil, minori.Errorf(minori.Invalid, "the records are kept at sqlite:PATH or postgres://…; %q is neither", redact(dsn))
	}
	if err := checkFolder(path); err != nil {
		return nil, err
	}
	// FULL: what was committed survives the loss of power, not only of the process.
	base := "file:" + (&url.URL{Path: filepath.ToSlash(path)}).EscapedPath() +
		"?_journal_mode=WAL&_synchronous=FULL&_foreign_keys=on&_busy_timeout=20000&_cache_size=-65536"
	write, err := sql.Open("sqlite3", base+"&_txlock=immediate")
	if err != nil {
		return nil, badURL(err)
	}
	read, err := sql.Open("sqlite3", base+"&_query_only=true")
	if err != nil {
		return nil, badURL(err)
	}
	write.SetMaxOpenConns(1)
	read.SetMaxOpenConns(sqliteReaders)
	read.SetMaxIdleConns(sqliteReaders)
	return &DB{write: write, read: read}, nil
}

func openPostgres(dsn string) (*DB, error) {
	cfg, err := pgx.ParseConfig(dsn)
	if err != nil {
		return nil, badURL(err)
	}
	// A plan kept from when a table was small reads the whole table for every
	// IN list when it has grown.
	custom := stdlib.OptionAfterConnect(func(ctx context.Context, c *pgx.Conn) error {
		_, err := c.Exec(ctx, "SET plan_cache_mode = force_custom_plan; SET random_page_cost = 1.1")
		return err
	})
	db, numbers := stdlib.OpenDB(*cfg, custom), stdlib.OpenDB(*cfg, custom)
	db.SetMaxOpenConns(postgresConns)
	db.SetMaxIdleConns(postgresConns)
	numbers.SetMaxOpenConns(postgresNumberer)
	return &DB{postgres: true, write: db, read: db, numbers: numbers}, nil
}

func badURL(err error) error {
	return &minori.Error{Code: minori.Invalid, Message: "the address of the records cannot be read", Err: err}
}

// redact hides the password of an address.
func redact(dsn string) string {
	u, err := url.Parse(dsn)
	if err != nil {
		return "the address"
	}
	return u.Redacted()
}

func checkFolder(path string) error {
	dir := filepath.Dir(path)
	if st, err := os.Stat(dir); err != nil || !st.IsDir() {
		return minori.Errorf(minori.NotFound, "the folder %s for the records does not exist", dir)
	}
	if st, err := os.Stat(path); err == nil && st.IsDir() {
		return minori.Errorf(minori.Invalid, "%s is a folder; the records are kept in a file", path)
	}
	return nil
}

// Close closes the store. Transactions in progress are undone.
func (d *DB) Close() error {
	errs := []error{d.write.Close()}
	if d.read != d.write {
		errs = append(errs, d.read.Close())
	}
	if d.numbers != nil {
		errs = append(errs, d.numbers.Close())
	}
	return errors.Join(errs...)
}

// Backend names the database: "sqlite" or "postgres".
func (d *DB) Backend() string {
	if d.postgres {
		return "postgres"
	}
	return "sqlite"
}

// Ping reports whether the store answers.
func (d *DB) Ping(ctx context.Context) error { return translate(d.read.PingContext(ctx)) }

// txKey finds the transaction of a DB in a context.
type txKey struct{ db *DB }

// txState is a transaction in progress.
type txState struct {
	tx     *sql.Tx
	dry    bool
	failed error // a joined part failed: the whole must not be committed
	after  []func()
}

func (d *DB) state(ctx context.Context) *txState {
	st, _ := ctx.Value(txKey{d}).(*txState)
	return st
}

// InTx runs fn in one transaction: committed if it returns nil, else undone.
// Inside a transaction it joins that one; an error then undoes the whole, even
// if the caller goes on. Everything done in fn has to use the context it is
// given.
func (d *DB) InTx(ctx context.Context, fn func(ctx context.Context) error) error {
	return d.inTx(ctx, false, fn)
}

// DryRun runs fn in a transaction that is always undone. Inside a DryRun it
// joins that one; inside any other transaction it is an error.
func (d *DB) DryRun(ctx context.Context, fn func(ctx context.Context) error) error {
	if st := d.state(ctx); st != nil && !st.dry {
		return minori.Errorf(minori.Internal, "a dry run inside a transaction that is kept")
	}
	return d.inTx(ctx, true, fn)
}

func (d *DB) inTx(ctx context.Context, dry bool, fn func(ctx context.Context) error) error {
	if st := d.state(ctx); st != nil {
		err := fn(ctx)
		if err != nil && st.failed == nil {
			st.failed = err
		}
		return err
	}
	tx, err := d.write.BeginTx(ctx, nil)
	if err != nil {
		return translate(err)
	}
	st := &txState{tx: tx, dry: dry}
	defer tx.Rollback() // nothing after a commit; undoes on error and panic
	if err := fn(context.WithValue(ctx, txKey{d}, st)); err != nil {
		return err
	}
	if st.failed != nil {
		return fmt.Errorf("a part of the transaction failed: %w", st.failed)
	}
	if dry {
		return nil
	}
	if err := tx.Commit(); err != nil {
		return translate(err)
	}
	for _, fn := range st.after {
		fn()
	}
	return nil
}

// AfterCommit calls fn once the transaction of the context is committed, never
// if it is undone; outside of one at once.
func (d *DB) AfterCommit(ctx context.Context, fn func()) {
	if st := d.state(ctx); st != nil {
		st.after = append(st.after, fn)
		return
	}
	fn()
}

// InsideTx reports whether the context carries a transaction of this store.
func (d *DB) InsideTx(ctx context.Context) bool { return d.state(ctx) != nil }

// Lock makes a transaction wait for the others that hold the same lock. SQLite
// has one writer anyway.
func (d *DB) Lock(ctx context.Context, number int64) error {
	if !d.postgres {
		return nil
	}
	return d.Exec(ctx, "SELECT pg_advisory_xact_lock($1)", number)
}

// NewIDs gives the first of n consecutive numbers of a named sequence, which
// starts at 1. Numbers of a transaction that is undone may be left out.
func (d *DB) NewIDs(ctx context.Context, sequence string, n int) (int64, error) {
	if n == 0 {
		return 0, nil
	}
	const text = `INSERT INTO counter (name, last) VALUES ($1, $2)
		ON CONFLICT (name) DO UPDATE SET last = counter.last + excluded.last RETURNING last`
	var row *sql.Row
	if d.postgres {
		// Outside of the transaction: no two transactions wait for each other's numbers.
		row = d.numbers.QueryRowContext(ctx, text, sequence, n)
	} else {
		row = d.writer(ctx).QueryRowContext(ctx, d.text(text), sequence, n)
	}
	var last int64
	if err := row.Scan(&last); err != nil {
		return 0, translate(err)
	}
	return last - int64(n) + 1, nil
}
