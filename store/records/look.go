package records

import (
	"context"
	"fmt"
	"io/fs"

	"github.com/minori-hq/minori/store/records/sqldb"
)

// Look opens a store as it is, to find out what is wrong with it: nothing in it
// is changed.
func Look(dsn string) (*DB, error) {
	d, err := sqldb.Look(dsn)
	if err != nil {
		return nil, err
	}
	return &DB{d}, nil
}

// TableVersions gives the version of the store's tables, and the newest that this
// program knows.
func (d *DB) TableVersions(ctx context.Context) (have, newest int64, err error) {
	steps, err := fs.Sub(migrations, "migrations")
	if err != nil {
		return 0, 0, fmt.Errorf("the migrations: %w", err)
	}
	return d.DB.TableVersions(ctx, steps)
}
