package sqldb

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"slices"
	"strconv"
	"strings"
	"sync"

	"github.com/jackc/pgx/v5/pgconn"
	"github.com/mattn/go-sqlite3"
	minori "github.com/minori-hq/minori"
)

// querier is a pool or a transaction.
type querier interface {
	ExecContext(ctx context.Context, query string, args ...any) (sql.Result, error)
	QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error)
	QueryRowContext(ctx context.Context, query string, args ...any) *sql.Row
	PrepareContext(ctx context.Context, query string) (*sql.Stmt, error)
}

func (d *DB) reader(ctx context.Context) querier {
	if st := d.state(ctx); st != nil {
		return st.tx
	}
	return d.read
}

func (d *DB) writer(ctx context.Context) querier {
	if st := d.state(ctx); st != nil {
		return st.tx
	}
	return d.write
}

// text gives a statement in the database's own spelling: SQLite takes $1 for a
// name and numbers it by its first use, so it gets ?1. Our statements hold no
// '$' but in parameters.
func (d *DB) text(s string) string {
	if d.postgres {
		return s
	}
	if t, ok := d.texts.Load(s); ok {
		return t.(string)
	}
	t := strings.ReplaceAll(s, "$", "?")
	d.texts.Store(s, t)
	return t
}

func (d *DB) Exec(ctx context.Context, text string, args ...any) error {
	_, err := d.writer(ctx).ExecContext(ctx, d.text(text), args...)
	return translate(err)
}

// Affect runs a statement and gives the number of rows it changed.
func (d *DB) Affect(ctx context.Context, text string, args ...any) (int64, error) {
	r, err := d.writer(ctx).ExecContext(ctx, d.text(text), args...)
	if err != nil {
		return 0, translate(err)
	}
	return r.RowsAffected()
}

// Scanner is a row that can be read.
type Scanner interface{ Scan(dest ...any) error }

// List runs a query and reads its rows.
func List[T any](ctx context.Context, d *DB, scan func(r Scanner, v *T) error, text string, args ...any) ([]T, error) {
	var out []T
	err := Each(ctx, d, text, args, func(r Scanner) error {
		var v T
		if err := scan(r, &v); err != nil {
			return err
		}
		out = append(out, v)
		return nil
	})
	return out, err
}

// Each runs a query and calls fn for every row.
func Each(ctx context.Context, d *DB, text string, args []any, fn func(r Scanner) error) error {
	rows, err := d.reader(ctx).QueryContext(ctx, d.text(text), args...)
	if err != nil {
		return translate(err)
	}
	defer rows.Close()
	for rows.Next() {
		if err := fn(rows); err != nil {
			return translate(err)
		}
	}
	return translate(rows.Err())
}

// One runs a query for one row; found is false when there is none.
func One(ctx context.Context, d *DB, text string, args []any, dest ...any) (found bool, err error) {
	err = d.reader(ctx).QueryRowContext(ctx, d.text(text), args...).Scan(dest...)
	if errors.Is(err, sql.ErrNoRows) {
		return false, nil
	}
	return err == nil, translate(err)
}

// inChunk is how many values one IN list holds.
const inChunk = 500

// EachIn runs a query once per chunk of values; in the text, (?) stands for
// the list, and args come before it.
func EachIn[T any](ctx context.Context, d *DB, text string, args []any, values []T, fn func(r Scanner) error) error {
	return chunked(text, len(args), values, func(text string, list []any) error {
		return Each(ctx, d, text, append(slices.Clip(args), list...), fn)
	})
}

// ExecIn runs a statement once per chunk of values, as eachIn does.
func ExecIn[T any](ctx context.Context, d *DB, text string, args []any, values []T) error {
	return chunked(text, len(args), values, func(text string, list []any) error {
		return d.Exec(ctx, text, append(slices.Clip(args), list...)...)
	})
}

func chunked[T any](text string, before int, values []T, fn func(text string, list []any) error) error {
	full := ""
	for chunk := range slices.Chunk(values, inChunk) {
		t := full
		if t == "" || len(chunk) < inChunk {
			t = strings.Replace(text, "(?)", "("+params(before+1, len(chunk))+")", 1)
			if len(chunk) == inChunk {
				full = t
			}
		}
		list := make([]any, len(chunk))
		for i, v := range chunk {
			list[i] = v
		}
		if err := fn(t, list); err != nil {
			return err
		}
	}
	return nil
}

// Param writes the n-th parameter of a statement that is put together.
func Param(n int) string { return "$" + strconv.Itoa(n) }

// params writes "$from, …" for n parameters.
func params(from, n int) string {
	var b strings.Builder
	for i := range n {
		if i > 0 {
			b.WriteString(", ")
		}
		b.WriteByte('$')
		b.WriteString(strconv.Itoa(from + i))
	}
	return b.String()
}

// Parameters one INSERT of many rows may have.
const (
	sqliteParams   = 3000
	postgresParams = 30000
)

// Insert writes n rows of cols columns in few statements. head ends with
// VALUES, tail follows the rows, row appends the values of row i.
func (d *DB) Insert(ctx context.Context, head, tail string, n, cols int, row func(i int, args []any) []any) error {
	if n == 0 {
		return nil
	}
	if err := d.insertRows(ctx, head, tail, n, cols, row); err != nil {
		return err
	}
	if table := strings.Fields(head)[2]; d.postgres && d.growth.add(table, n) {
		return d.Exec(ctx, "ANALYZE "+table)
	}
	return nil
}

// growth counts the rows written to tables in bulk since they were analysed.
// PostgreSQL does that by itself, but too late for an import that fills a
// table: it would plan for an empty one.
type growth struct {
	mu    sync.Mutex
	since map[string]int
	known map[string]int
}

// Bulk is a write of many rows; a table is analysed when half as many again
// were written that way.
const (
	bulkRows     = 500
	analyseAfter = 5000
)

// add counts n rows and reports whether the table should be analysed.
func (g *growth) add(table string, n int) bool {
	if n < bulkRows {
		return false
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.since == nil {
		g.since, g.known = map[string]int{}, map[string]int{}
	}
	g.since[table] += n
	if g.since[table] < max(analyseAfter, g.known[table]/2) {
		return false
	}
	g.known[table] += g.since[table]
	g.since[table] = 0
	return true
}

func (d *DB) insertRows(ctx context.Context, head, tail string, n, cols int, row func(i int, args []any) []any) error {
	limit := sqliteParams
	if d.postgres {
		limit = postgresParams
	}
	size := max(1, limit/cols)
	q := d.writer(ctx)
	var stmt *sql.Stmt
	args := make([]any, 0, min(n, size)*cols)
	for at := 0; at < n; at += size {
		m := min(size, n-at)
		args = args[:0]
		for i := at; i < at+m; i++ {
			args = row(i, args)
		}
		if m < size || n < 2*size {
			if _, err := q.ExecContext(ctx, d.rowsText(head, tail, m, cols), args...); err != nil {
				return translate(err)
			}
			continue
		}
		if stmt == nil {
			var err error
			if stmt, err = q.PrepareContext(ctx, d.rowsText(head, tail, m, cols)); err != nil {
				return translate(err)
			}
			defer stmt.Close()
		}
		if _, err := stmt.ExecContext(ctx, args...); err != nil {
			return translate(err)
		}
	}
	return nil
}

func (d *DB) rowsText(head, tail string, rows, cols int) string {
	var b strings.Builder
	b.WriteString(head)
	one := "(?" + strings.Repeat(",?", cols-1) + ")"
	for i := range rows {
		if i > 0 {
			b.WriteByte(',')
		}
		if !d.postgres {
			b.WriteString(one)
			continue
		}
		b.WriteByte('(')
		b.WriteString(params(i*cols+1, cols))
		b.WriteByte(')')
	}
	b.WriteByte(' ')
	b.WriteString(tail)
	return b.String()
}

// translate gives errors of the databases a code and, where somebody can act
// on them, a sentence.
func translate(err error) error {
	if err == nil {
		return nil
	}
	var lite sqlite3.Error
	if errors.As(err, &lite) {
		switch lite.Code {
		case sqlite3.ErrFull:
			return &minori.Error{Code: minori.Unavailable, Message: "the disk that holds the records is full; make room and try again", Err: err}
		case sqlite3.ErrBusy, sqlite3.ErrLocked:
			return &minori.Error{Code: minori.Unavailable, Message: "the records are busy; try again", Err: err}
		case sqlite3.ErrReadonly, sqlite3.ErrPerm, sqlite3.ErrCantOpen:
			return &minori.Error{Code: minori.Unavailable, Message: "the file of the records cannot be opened for writing", Err: err}
		case sqlite3.ErrNotADB, sqlite3.ErrCorrupt:
			return &minori.Error{Code: minori.Unavailable, Message: "the file of the records is damaged or no database", Err: err}
		}
		return err
	}
	var pg *pgconn.PgError
	if errors.As(err, &pg) {
		switch pg.Code {
		case "53100":
			return &minori.Error{Code: minori.Unavailable, Message: "the disk of the database is full; make room and try again", Err: err}
		case "40001", "40P01", "55P03", "57P01", "57P03", "53300":
			return &minori.Error{Code: minori.Unavailable, Message: "the database is busy; try again", Err: err}
		}
	}
	return err
}

// ToJSON writes a value as JSON text; the types given are ours and always marshal.
func ToJSON(v any) string {
	b, err := json.Marshal(v)
	if err != nil {
		return "null"
	}
	return string(b)
}

// FromJSON reads JSON text; "" leaves v as it is.
func FromJSON(s string, v any) error {
	if s == "" {
		return nil
	}
	return json.Unmarshal([]byte(s), v)
}

func Flag(b bool) int {
	if b {
		return 1
	}
	return 0
}
