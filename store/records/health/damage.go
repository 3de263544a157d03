package health

import (
	"context"
	"errors"
	"fmt"

	minori "github.com/minori-hq/minori"
	"github.com/minori-hq/minori/store/records/sqldb"
)

// maxDamage bounds what is said of a damaged file.
const maxDamage = 20

// Damage gives what the database finds wrong with its file, nothing for a
// sound one. Quick leaves out the comparison of tables with their indexes.
func (s Store) Damage(ctx context.Context, quick bool) ([]string, error) {
	if s.Backend() != "sqlite" {
		return nil, nil
	}
	check := "integrity_check"
	if quick {
		check = "quick_check"
	}
	found, err := sqldb.List(ctx, s.DB, func(r sqldb.Scanner, v *string) error { return r.Scan(v) },
		fmt.Sprintf("PRAGMA %s(%d)", check, maxDamage))
	var known *minori.Error
	if errors.As(err, &known) {
		return []string{known.Message}, nil
	}
	if err != nil {
		return nil, err
	}
	if len(found) == 1 && found[0] == "ok" {
		return nil, nil
	}
	return found, nil
}

// BrokenRef is rows of a table that belong to rows that are not there.
type BrokenRef struct {
	Table, Parent string
	Rows          int64
}

// BrokenRefs gives references that lead nowhere. PostgreSQL keeps them whole by itself.
func (s Store) BrokenRefs(ctx context.Context) ([]BrokenRef, error) {
	if s.Backend() != "sqlite" {
		return nil, nil
	}
	return sqldb.List(ctx, s.DB, func(r sqldb.Scanner, b *BrokenRef) error { return r.Scan(&b.Table, &b.Parent, &b.Rows) },
		`SELECT "table", parent, COUNT(*) FROM pragma_foreign_key_check() GROUP BY "table", parent ORDER BY 1, 2`)
}

// Server gives the version of a PostgreSQL server, such as 150004; 0 for SQLite.
func (s Store) Server(ctx context.Context) (version int, err error) {
	if s.Backend() == "sqlite" {
		return 0, nil
	}
	_, err = sqldb.One(ctx, s.DB, "SELECT CAST(current_setting('server_version_num') AS INTEGER)", nil, &version)
	return version, err
}

// Newest gives the latest instant that anything in the store was written at,
// microseconds since 1970 UTC, 0 for none.
func (s Store) Newest(ctx context.Context) (at int64, err error) {
	_, err = sqldb.One(ctx, s.DB, `SELECT COALESCE(MAX(t), 0) FROM (SELECT MAX(at) AS t FROM audit
		UNION ALL SELECT MAX(started) FROM import_run UNION ALL SELECT MAX(finished) FROM import_run UNION ALL SELECT MAX(at) FROM resource_version) x`, nil, &at)
	return at, err
}

// Files gives the contents of attached files that the timeline names, with one
// name of each.
func (s Store) Files(ctx context.Context, fn func(hash, name string) error) error {
	return sqldb.Each(ctx, s.DB, "SELECT hash, MIN(name) FROM timeline_file GROUP BY hash ORDER BY hash", nil, func(r sqldb.Scanner) error {
		var hash, name string
		if err := r.Scan(&hash, &name); err != nil {
			return err
		}
		return fn(hash, name)
	})
}

// Unfinished counts imports that began before an instant and never ended.
func (s Store) Unfinished(ctx context.Context, before int64) (n int64, err error) {
	_, err = sqldb.One(ctx, s.DB, "SELECT COUNT(*) FROM import_run WHERE finished = 0 AND started < $1", []any{before}, &n)
	return n, err
}

// StuckJobs gives the kinds of jobs that have been running since before an
// instant (microseconds since 1970 UTC), or wait for a worker since before it,
// and those that were given up.
func (s Store) StuckJobs(ctx context.Context, before int64) ([]JobCount, error) {
	if has, err := s.hasJobs(ctx); err != nil || !has {
		return nil, err
	}
	text := `SELECT kind, state, COUNT(*) FROM river_job WHERE (state = 'running' AND julianday(attempted_at) < julianday($1 / 1000000, 'unixepoch'))
		OR (state IN ('available', 'retryable', 'scheduled') AND julianday(scheduled_at) < julianday($2 / 1000000, 'unixepoch')) OR state = 'discarded' GROUP BY kind, state ORDER BY 1, 2`
	if s.Backend() != "sqlite" {
		text = `SELECT kind, CAST(state AS TEXT), COUNT(*) FROM river_job WHERE (state = 'running' AND attempted_at < to_timestamp(CAST($1 AS BIGINT) / 1000000))
			OR (state IN ('available', 'retryable', 'scheduled') AND scheduled_at < to_timestamp(CAST($2 AS BIGINT) / 1000000)) OR state = 'discarded' GROUP BY kind, state ORDER BY 1, 2`
	}
	return sqldb.List(ctx, s.DB, func(r sqldb.Scanner, c *JobCount) error { return r.Scan(&c.Kind, &c.State, &c.Jobs) }, text, before, before)
}
