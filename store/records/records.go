// Package records keeps the records in SQLite or PostgreSQL: the queries behind
// the Store interfaces of the packages of nouns. It holds no rules: those stand
// in the services of the packages whose interfaces it implements. What all
// queries share is package sqldb; nouns with many tables of their own have a
// package beside this one.
package records

import (
	"context"
	"embed"
	"errors"
	"fmt"
	"io/fs"

	"github.com/minori-hq/minori/store/records/access"
	"github.com/minori-hq/minori/store/records/sqldb"
)

//go:embed migrations/*.sql
var migrations embed.FS

// DB is a records store. It is safe for concurrent use.
type DB struct{ *sqldb.DB }

// Open opens the store at a URL, postgres://…, or a SQLite file, sqlite:PATH
// or just PATH, and brings its tables up to date. A store written by a newer
// version of the program is refused.
func Open(ctx context.Context, dsn string) (*DB, error) {
	steps, err := fs.Sub(migrations, "migrations")
	if err != nil {
		return nil, fmt.Errorf("the migrations: %w", err)
	}
	d, err := sqldb.Open(ctx, dsn, steps)
	if err != nil {
		return nil, err
	}
	if err := access.New(d).ChainAudit(ctx); err != nil {
		return nil, errors.Join(err, d.Close())
	}
	db := &DB{d}
	if err := db.refold(ctx); err != nil {
		return nil, errors.Join(fmt.Errorf("folding the names of accounts: %w", err), d.Close())
	}
	return db, nil
}

// Numbers of locks.
const (
	lockFacts = 0x6d696e6f7269_01 + iota
	lockRules
)

// LockFacts lets one transaction at a time change facts, so that the outbox is
// numbered in the order of commits.
func (d *DB) LockFacts(ctx context.Context) error { return d.Lock(ctx, lockFacts) }

// LockRules lets one transaction at a time open calls for rules.
func (d *DB) LockRules(ctx context.Context) error { return d.Lock(ctx, lockRules) }
