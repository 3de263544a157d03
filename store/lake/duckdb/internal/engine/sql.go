// Package engine is what the parts of the DuckDB lake share: its dialect, its
// tables and their migrations, and fast ways in and out of the driver.
package engine

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"fmt"

	duck "github.com/duckdb/duckdb-go/v2"

	"github.com/minori-hq/minori/store/lake"
)

// Conn is a connection that runs statements of the builder, one at a time.
type Conn struct{ *sql.Conn }

// Exec runs a statement and gives the rows changed.
func (c Conn) Exec(ctx context.Context, s lake.SQL) (int64, error) {
	r, err := c.ExecContext(ctx, s.Text, s.Args...)
	if err != nil {
		return 0, fmt.Errorf("%w in %s", err, s.Text)
	}
	return r.RowsAffected()
}

// All runs statements one after the other.
func (c Conn) All(ctx context.Context, statements ...lake.SQL) error {
	for _, s := range statements {
		if _, err := c.Exec(ctx, s); err != nil {
			return err
		}
	}
	return nil
}

// One reads a single row of numbers.
func (c Conn) One(ctx context.Context, s lake.SQL, into ...any) error {
	if err := c.QueryRowContext(ctx, s.Text, s.Args...).Scan(into...); err != nil {
		return fmt.Errorf("%w in %s", err, s.Text)
	}
	return nil
}

// Rows reads a few rows through scan.
func (c Conn) Rows(ctx context.Context, s lake.SQL, scan func(*sql.Rows) error) error {
	return Each(ctx, c, s, scan)
}

// AppendTo writes rows into a table of a catalog ("" is the file, "temp" the
// connection's own) in bulk, within the transaction if there is one.
func (c Conn) AppendTo(catalog, table string, fill func(*duck.Appender) error) error {
	return c.Raw(func(d any) error {
		a, err := duck.NewAppender(d.(driver.Conn), catalog, "main", table)
		if err != nil {
			return err
		}
		if err := fill(a); err != nil {
			_ = a.Clear()
			_ = a.Close()
			return err
		}
		return a.Close()
	})
}

// AppendTo writes rows into a table of a catalog ("" is the file, "temp" the
// connection's own) in bulk, within the transaction if there is one.
func AppendTo(conn *sql.Conn, catalog, table string, fill func(*duck.Appender) error) error {
	return conn.Raw(func(c any) error {
		a, err := duck.NewAppender(c.(driver.Conn), catalog, "main", table)
		if err != nil {
			return err
		}
		if err := fill(a); err != nil {
			_ = a.Clear()
			_ = a.Close()
			return err
		}
		return a.Close()
	})
}

// Querier is a connection or the pool.
type Querier interface {
	QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error)
}

// Each runs a statement of the builder and scans its rows.
func Each(ctx context.Context, q Querier, s lake.SQL, scan func(*sql.Rows) error) error {
	rows, err := q.QueryContext(ctx, s.Text, s.Args...)
	if err != nil {
		return fmt.Errorf("%w in %s", err, s.Text)
	}
	defer rows.Close()
	for rows.Next() {
		if err := scan(rows); err != nil {
			return err
		}
	}
	return rows.Err()
}
