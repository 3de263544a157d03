package sqldb

import (
	"context"
	"database/sql"
	"fmt"
	"io/fs"
	"strconv"
	"strings"

	minori "github.com/minori-hq/minori"
	"github.com/pressly/goose/v3"
	"github.com/pressly/goose/v3/lock"
)

// migrate brings the tables up to date.
func (d *DB) migrate(ctx context.Context, files fs.FS) error {
	steps, err := d.migrations(files)
	if err != nil {
		return err
	}
	dialect := goose.DialectSQLite3
	options := []goose.ProviderOption{
		goose.WithGoMigrations(steps...), goose.WithDisableGlobalRegistry(true), goose.WithTableName("migration"),
		goose.WithLogger(goose.NopLogger()),
	}
	if d.postgres {
		dialect = goose.DialectPostgres
		locker, err := lock.NewPostgresSessionLocker()
		if err != nil {
			return err
		}
		options = append(options, goose.WithSessionLocker(locker))
	}
	p, err := goose.NewProvider(dialect, d.write, nil, options...)
	if err != nil {
		return err
	}
	have, want, err := p.GetVersions(ctx)
	if err != nil {
		return unreachable(err)
	}
	if have > want {
		return minori.Errorf(minori.Invalid, "the records were written by a newer version of minori (tables %d, this program knows %d); use that version", have, want)
	}
	if _, err := p.Up(ctx); err != nil {
		return unreachable(err)
	}
	return nil
}

func unreachable(err error) error {
	if t := translate(err); minori.CodeOf(t) != minori.Internal {
		return t
	}
	return &minori.Error{Code: minori.Unavailable, Message: "the records cannot be opened", Err: err}
}

// migrations gives the steps in the database's spelling.
func (d *DB) migrations(files fs.FS) ([]*goose.Migration, error) {
	names, err := fs.Glob(files, "*.sql")
	if err != nil {
		return nil, err
	}
	var steps []*goose.Migration
	for _, name := range names {
		number, _, _ := strings.Cut(name, "_")
		version, err := strconv.ParseInt(number, 10, 64)
		if err != nil {
			return nil, fmt.Errorf("migration %s: %w", name, err)
		}
		text, err := fs.ReadFile(files, name)
		if err != nil {
			return nil, err
		}
		sqlText := d.dialect(string(text))
		steps = append(steps, goose.NewGoMigration(version, &goose.GoFunc{
			RunTx: func(ctx context.Context, tx *sql.Tx) error {
				_, err := tx.ExecContext(ctx, sqlText)
				return err
			},
		}, nil))
	}
	return steps, nil
}

// dialect fills the holes of a migration: the type of surrogate keys, tables
// kept in the order of their key, and texts compared by bytes.
func (d *DB) dialect(text string) string {
	if d.postgres {
		return strings.NewReplacer(
			"INTEGER_KEY", "BIGINT PRIMARY KEY", " WITHOUT_ROWID", "", " TEXT ", ` TEXT COLLATE "C" `,
		).Replace(text)
	}
	return strings.NewReplacer("INTEGER_KEY", "INTEGER PRIMARY KEY", "WITHOUT_ROWID", "WITHOUT ROWID").Replace(text)
}
