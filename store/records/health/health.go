// Package health tells how the records store does: how large it is, and what
// waits in it.
package health

import (
	"context"

	"github.com/minori-hq/minori/account"
	"github.com/minori-hq/minori/store/records/sqldb"
)

// Store reads a records store.
type Store struct{ *sqldb.DB }

// Outbox counts the changes after a number, and gives the number of the newest
// one, 0 for none.
func (s Store) Outbox(ctx context.Context, applied int64) (waiting, newest int64, err error) {
	_, err = sqldb.One(ctx, s.DB, "SELECT COUNT(*), COALESCE(MAX(seq), 0) FROM outbox WHERE seq > $1", []any{applied}, &waiting, &newest)
	return waiting, newest, err
}

// Bytes gives the size of the store.
func (s Store) Bytes(ctx context.Context) (n int64, err error) {
	text := "SELECT pg_database_size(current_database())"
	if s.Backend() == "sqlite" {
		text = "SELECT page_count * page_size FROM pragma_page_count(), pragma_page_size()"
	}
	_, err = sqldb.One(ctx, s.DB, text, nil, &n)
	return n, err
}

// JobCount says how many jobs of a kind are in a state.
type JobCount struct {
	Kind, State string
	Jobs        int64
}

// Jobs counts the jobs that are kept. None before the jobs have their tables.
func (s Store) Jobs(ctx context.Context) ([]JobCount, error) {
	if has, err := s.hasJobs(ctx); err != nil || !has {
		return nil, err
	}
	return sqldb.List(ctx, s.DB, func(r sqldb.Scanner, c *JobCount) error { return r.Scan(&c.Kind, &c.State, &c.Jobs) },
		"SELECT kind, CAST(state AS TEXT), COUNT(*) FROM river_job GROUP BY kind, state ORDER BY 1, 2")
}

// hasJobs reports whether the jobs have their tables.
func (s Store) hasJobs(ctx context.Context) (bool, error) {
	text := "SELECT COUNT(*) FROM information_schema.tables WHERE table_name = 'river_job' AND table_schema = current_schema()"
	if s.Backend() == "sqlite" {
		text = "SELECT COUNT(*) FROM sqlite_master WHERE type = 'table' AND name = 'river_job'"
	}
	var tables int
	_, err := sqldb.One(ctx, s.DB, text, nil, &tables)
	return tables > 0, err
}

// LastOutbox gives the number of the last change that was written, also if the
// lake has taken it since.
func (s Store) LastOutbox(ctx context.Context) (n int64, err error) {
	_, err = sqldb.One(ctx, s.DB, "SELECT last FROM counter WHERE name = 'outbox'", nil, &n)
	return n, err
}

// LastImports gives the newest import of every source of files, by its name.
func (s Store) LastImports(ctx context.Context) (map[string]account.ImportRun, error) {
	out := map[string]account.ImportRun{}
	err := sqldb.Each(ctx, s.DB, `SELECT id, name, started, finished, report FROM import_run
		WHERE id IN (SELECT MAX(id) FROM import_run GROUP BY name)`, nil, func(r sqldb.Scanner) error {
		var v account.ImportRun
		err := r.Scan(&v.ID, &v.Name, &v.Started, &v.Finished, &v.Report)
		out[v.Name] = v
		return err
	})
	return out, err
}
