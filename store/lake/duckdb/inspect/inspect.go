// Package inspect finds out what is wrong with a DuckDB lake. It only reads.
package inspect

import (
	"cmp"
	"context"
	"database/sql"
	"fmt"
	"os"
	"slices"
	"strings"

	duck "github.com/duckdb/duckdb-go/v2"

	minori "github.com/minori-hq/minori"
	"github.com/minori-hq/minori/ingest/health"
	"github.com/minori-hq/minori/store/lake/duckdb/internal/engine"
	"github.com/minori-hq/minori/store/lake/duckdb/internal/read"
)

var _ health.Lake = (*Lake)(nil)

// Lake is a lake that is looked at.
type Lake struct {
	*read.Reader
	own bool // it was opened here
}

// Open opens the file at a path for reading. Only while no process writes it.
func Open(path string) (*Lake, error) {
	if _, err := os.Stat(path); err != nil {
		return nil, minori.Errorf(minori.NotFound, "there is no file %s", path)
	}
	c, err := duck.NewConnector(path+"?access_mode=read_only", nil)
	if err != nil {
		return nil, &minori.Error{Code: minori.Unavailable, Message: "the file " + path + " cannot be opened", Err: err}
	}
	return &Lake{Reader: &read.Reader{DB: sql.OpenDB(c), Path: path}, own: true}, nil
}

// Of looks at a lake that is open already.
func Of(r *read.Reader) *Lake { return &Lake{Reader: r} }

// Close closes what Open opened.
func (l *Lake) Close() error {
	if !l.own {
		return nil
	}
	if err := l.DB.Close(); err != nil {
		return fmt.Errorf("closing the lake: %w", err)
	}
	return nil
}

// Versions gives the version of the tables, and the newest that this program knows.
func (l *Lake) Versions(ctx context.Context) (have, newest int64, err error) {
	if newest, err = engine.Newest(); err != nil {
		return 0, 0, err
	}
	if err := l.DB.QueryRowContext(ctx, "SELECT coalesce(max(version), 0) FROM schema_version").Scan(&have); err != nil {
		return 0, newest, fmt.Errorf("reading the version of the lake's tables: %w", err)
	}
	return have, newest, nil
}

// Unreadable is a table that cannot be read.
type Unreadable struct{ Table, Why string }

// Unreadable reads every column of every row, or of some rows only if it has to
// be quick, and gives the tables in which that fails.
func (l *Lake) Unreadable(ctx context.Context, quick bool) ([]Unreadable, error) {
	tables, err := l.tables(ctx)
	if err != nil {
		return nil, err
	}
	var out []Unreadable
	for _, t := range tables {
		from := `"` + strings.ReplaceAll(t, `"`, `""`) + `"`
		if quick {
			from = "(SELECT * FROM " + from + " LIMIT 100000)"
		}
		var n sql.NullString
		if err := l.DB.QueryRowContext(ctx, "SELECT CAST(bit_xor(hash(t)) AS VARCHAR) FROM "+from+" t").Scan(&n); err != nil {
			if ctx.Err() != nil {
				return nil, ctx.Err()
			}
			out = append(out, Unreadable{t, err.Error()})
		}
	}
	return out, nil
}

func (l *Lake) tables(ctx context.Context) (out []string, err error) {
	err = l.each(ctx, "SELECT table_name FROM duckdb_tables() WHERE database_name = current_database() AND schema_name = 'main' ORDER BY 1", func(r *sql.Rows) error {
		var name string
		err := r.Scan(&name)
		out = append(out, name)
		return err
	})
	return out, err
}

// Backlog gives how many messages wait to be folded and when the first of them
// arrived, and how many events wait for an account (instants in microseconds
// since 1970 UTC; 0 for none).
func (l *Lake) Backlog(ctx context.Context) (inbox, since, waiting int64, err error) {
	err = l.DB.QueryRowContext(ctx, "SELECT (SELECT count(*) FROM inbox), (SELECT coalesce(min(came), 0) FROM inbox), (SELECT count(*) FROM waiting)").Scan(&inbox, &since, &waiting)
	if err != nil {
		err = fmt.Errorf("reading how many messages wait: %w", err)
	}
	return inbox, since, waiting, err
}

// WaitingFor gives the accounts that most events wait for, at most so many.
func (l *Lake) WaitingFor(ctx context.Context, most int) ([]health.Waiting, error) {
	var out []health.Waiting
	err := l.each(ctx, fmt.Sprintf("SELECT coalesce(account, ''), count(*), min(came), max(came) FROM waiting GROUP BY 1 ORDER BY 2 DESC, 1 LIMIT %d", most), func(r *sql.Rows) error {
		var w health.Waiting
		err := r.Scan(&w.Account, &w.Events, &w.First, &w.Last)
		out = append(out, w)
		return err
	})
	return out, err
}

// blockBytes is how large a block of the file is.
const blockBytes = 256 << 10

// Tables gives how much each table takes of the file, the largest first. What
// was written last counts once it left the log.
func (l *Lake) Tables(ctx context.Context) ([]health.Table, error) {
	var out []health.Table
	err := l.each(ctx, "SELECT table_name, estimated_size FROM duckdb_tables() WHERE database_name = current_database() AND schema_name = 'main' ORDER BY 1", func(r *sql.Rows) error {
		var t health.Table
		err := r.Scan(&t.Name, &t.Rows)
		out = append(out, t)
		return err
	})
	if err != nil {
		return nil, err
	}
	for i := range out {
		name := strings.ReplaceAll(out[i].Name, "'", "''")
		// Small columns share blocks, so that a block counts by what it is used for.
		err := l.each(ctx, "SELECT count(DISTINCT block_id) FROM pragma_storage_info('"+name+"') WHERE persistent AND block_id >= 0", func(r *sql.Rows) error {
			return r.Scan(&out[i].Bytes)
		})
		if err != nil {
			return nil, err
		}
		out[i].Bytes *= blockBytes
	}
	slices.SortStableFunc(out, func(a, b health.Table) int { return cmp.Or(cmp.Compare(b.Bytes, a.Bytes), cmp.Compare(b.Rows, a.Rows)) })
	return out, nil
}

// EventsBefore counts the raw events that happened before a day, and all.
func (l *Lake) EventsBefore(ctx context.Context, day minori.Day) (before, all int64, err error) {
	err = l.DB.QueryRowContext(ctx, "SELECT count(*) FILTER (WHERE day < ?), count(*) FROM event", int32(day)).Scan(&before, &all)
	if err != nil {
		err = fmt.Errorf("counting old events: %w", err)
	}
	return before, all, err
}

// each reads rows.
func (l *Lake) each(ctx context.Context, text string, scan func(*sql.Rows) error) error {
	rows, err := l.DB.QueryContext(ctx, text)
	if err != nil {
		return fmt.Errorf("reading from the lake: %w", err)
	}
	defer rows.Close()
	for rows.Next() {
		if err := scan(rows); err != nil {
			return fmt.Errorf("reading from the lake: %w", err)
		}
	}
	return rows.Err()
}
