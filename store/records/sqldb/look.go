package sqldb

import (
	"context"
	"io/fs"
	"os"
	"strings"

	minori "github.com/minori-hq/minori"
)

// Look opens a store as it is, to find out what is wrong with it: its tables
// are not brought up to date, and a file that does not exist is not made.
func Look(dsn string) (*DB, error) {
	d, err := open(dsn)
	if err != nil {
		return nil, err
	}
	if path := strings.TrimPrefix(dsn, "sqlite:"); !d.postgres {
		if _, err := os.Stat(path); err != nil {
			d.Close()
			return nil, minori.Errorf(minori.NotFound, "there is no file %s", path)
		}
	}
	return d, nil
}

// TableVersions gives the version of the tables, and the newest that the files of
// migrations know.
func (d *DB) TableVersions(ctx context.Context, migrations fs.FS) (have, newest int64, err error) {
	steps, err := d.migrations(migrations)
	if err != nil {
		return 0, 0, err
	}
	for _, s := range steps {
		newest = max(newest, s.Version)
	}
	_, err = One(ctx, d, "SELECT COALESCE(MAX(version_id), 0) FROM migration", nil, &have)
	return have, newest, err
}
