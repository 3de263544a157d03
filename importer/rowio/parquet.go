package rowio

import (
	"database/sql"
	"fmt"
	"io"
	"math"
	"strings"
	"time"
	"unicode/utf8"

	_ "github.com/duckdb/duckdb-go/v2" // reads Parquet
)

// parquetBatch is how many rows of a Parquet file are held at a time. The engine skips row groups that have none of them.
const parquetBatch = 30720

// parquetReader reads through an engine in memory, which gives each batch as a whole.
type parquetReader struct {
	path    string
	size    int64
	db      *sql.DB
	query   string
	columns []string
	types   []string
	total   int64
	next    int64 // first row behind the batch
	line    int64
	rows    *sql.Rows
	nulls   nulls
	max     int
	scan    []any
	cells   []any
	row     Row
}

func openParquet(path string, size int64, opt Options) (Reader, error) {
	db, err := sql.Open("duckdb", "")
	if err != nil {
		return nil, &FileError{File: path, Reason: "the Parquet engine does not start", Err: err}
	}
	db.SetMaxOpenConns(1)
	r := &parquetReader{path: path, size: size, db: db, nulls: newNulls(opt.Null), max: opt.MaxField}
	if err := r.prepare(); err != nil {
		_ = db.Close()
		return nil, &FileError{File: path, Reason: "this cannot be read as a Parquet file", Err: err}
	}
	if err := checkColumns(path, 0, r.columns); err != nil {
		_ = db.Close()
		return nil, err
	}
	return r, nil
}

// prepare finds the columns and their types, and writes the query of a batch.
func (r *parquetReader) prepare() error {
	for _, set := range []string{"SET threads = 1", "SET memory_limit = '512MB'", "SET TimeZone = 'UTC'",
		"SET autoinstall_known_extensions = false", "SET autoload_known_extensions = false"} {
		if _, err := r.db.Exec(set); err != nil {
			return err
		}
	}
	file := "'" + strings.ReplaceAll(globLiteral(r.path), "'", "''") + "'"
	if err := r.db.QueryRow("SELECT num_rows FROM parquet_file_metadata(" + file + ")").Scan(&r.total); err != nil {
		return err
	}
	from := "read_parquet(" + file + ", hive_partitioning = false)"
	top, err := r.describe("SELECT * FROM " + from)
	if err != nil {
		return err
	}
	exprs, err := r.leaves(file, top)
	if err != nil {
		return err
	}
	leaves, err := r.describe("SELECT " + strings.Join(exprs, ", ") + " FROM " + from)
	if err != nil {
		return err
	}
	for i, leaf := range leaves {
		r.types = append(r.types, leaf.typ)
		exprs[i] = readable(exprs[i], leaf.typ)
	}
	r.query = "SELECT " + strings.Join(exprs, ", ") + " FROM read_parquet(" + file +
		", hive_partitioning = false, file_row_number = true) WHERE file_row_number >= %d AND file_row_number < %d"
	r.cells, r.scan = make([]any, len(exprs)), make([]any, len(exprs))
	for i := range r.cells {
		r.scan[i] = &r.cells[i]
	}
	r.row = Row{Columns: r.columns, Values: make([]Value, len(exprs))}
	return nil
}

type described struct{ name, typ string }

func (r *parquetReader) describe(query string) ([]described, error) {
	rows, err := r.db.Query("SELECT column_name, column_type FROM (DESCRIBE " + query + ")")
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var all []described
	for rows.Next() {
		var d described
		if err := rows.Scan(&d.name, &d.typ); err != nil {
			return nil, err
		}
		all = append(all, d)
	}
	return all, rows.Err()
}

// parquetNode is an element of a Parquet schema, which lists a tree in preorder.
type parquetNode struct {
	name     string
	children int
	plain    bool // a group that is neither list nor map
}

// leaves names the columns, structs flattened, and returns an expression for each.
func (r *parquetReader) leaves(file string, top []described) ([]string, error) {
	rows, err := r.db.Query("SELECT name, coalesce(num_children, 0), converted_type IS NULL AND logical_type IS NULL AND " +
		"coalesce(repetition_type, '') <> 'REPEATED' FROM parquet_schema(" + file + ")")
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var nodes []parquetNode
	for rows.Next() {
		var n parquetNode
		if err := rows.Scan(&n.name, &n.children, &n.plain); err != nil {
			return nil, err
		}
		nodes = append(nodes, n)
	}
	if err := rows.Err(); err != nil || len(nodes) == 0 {
		return nil, fmt.Errorf("the schema cannot be read: %w", err)
	}
	if nodes[0].children != len(top) {
		return nil, fmt.Errorf("the schema has %d columns where %d are expected", nodes[0].children, len(top))
	}
	rest := nodes[1:]
	var exprs []string
	for _, column := range top {
		rest, exprs = r.walk(rest, exprs, quoteIdent(column.name), rest[0].name)
	}
	return exprs, nil
}

// walk adds the leaves of the first node and returns what follows it.
func (r *parquetReader) walk(nodes []parquetNode, exprs []string, expr, name string) ([]parquetNode, []string) {
	n, rest := nodes[0], nodes[1:]
	if n.children == 0 || !n.plain {
		r.columns = append(r.columns, name)
		return skipNodes(nodes), append(exprs, expr)
	}
	for range n.children {
		child := rest[0].name
		literal := "'" + strings.ReplaceAll(child, "'", "''") + "'"
		rest, exprs = r.walk(rest, exprs, "struct_extract("+expr+", "+literal+")", name+"."+child)
	}
	return rest, exprs
}

// skipNodes returns what follows the first node and all below it.
func skipNodes(nodes []parquetNode) []parquetNode {
	rest := nodes[1:]
	for range nodes[0].children {
		rest = skipNodes(rest)
	}
	return rest
}

func quoteIdent(s string) string { return `"` + strings.ReplaceAll(s, `"`, `""`) + `"` }

// globLiteral keeps the engine from reading a path as a pattern.
func globLiteral(path string) string {
	return strings.NewReplacer("[", "[[]", "*", "[*]", "?", "[?]").Replace(path)
}

// readable is an expression whose value the driver gives exactly: times, truth, bytes and text as they are, all else as
// the engine's text.
func readable(expr, typ string) string {
	switch {
	case strings.HasPrefix(typ, "TIMESTAMP"), typ == "DATE", typ == "BOOLEAN", typ == "BLOB", typ == "VARCHAR":
		return expr
	case strings.HasSuffix(typ, "]"), strings.HasPrefix(typ, "MAP("), strings.HasPrefix(typ, "STRUCT("):
		return "CAST(to_json(" + expr + ") AS VARCHAR)"
	}
	return "CAST(" + expr + " AS VARCHAR)"
}

// Columns implements Reader.
func (r *parquetReader) Columns() []string { return r.columns }

// Info implements Reader.
func (r *parquetReader) Info() Info { return Info{Format: "parquet"} }

// Size implements Reader.
func (r *parquetReader) Size() int64 { return r.size }

// Offset implements Reader.
func (r *parquetReader) Offset() int64 {
	if r.total == 0 || r.line >= r.total {
		return r.size
	}
	return int64(float64(r.size) * float64(r.line) / float64(r.total))
}

// Close implements Reader.
func (r *parquetReader) Close() error {
	if r.rows != nil {
		_ = r.rows.Close()
	}
	return r.db.Close()
}

// Next implements Reader.
func (r *parquetReader) Next() (*Row, error) {
	for r.rows == nil || !r.rows.Next() {
		if r.rows != nil {
			if err := r.rows.Err(); err != nil {
				return nil, r.broken(err)
			}
			_ = r.rows.Close()
			r.rows = nil
		}
		if r.next >= r.total {
			return nil, io.EOF
		}
		rows, err := r.db.Query(fmt.Sprintf(r.query, r.next, r.next+parquetBatch))
		if err != nil {
			return nil, r.broken(err)
		}
		r.rows = rows
		r.next += parquetBatch
	}
	if err := r.rows.Scan(r.scan...); err != nil {
		return nil, r.broken(err)
	}
	r.line++
	r.row.Line = int(r.line)
	for i, cell := range r.cells {
		v, reason := r.value(cell, r.types[i])
		if reason != "" {
			return nil, &RowError{File: r.path, Line: int(r.line), Column: r.columns[i], Reason: reason, Raw: clip(v.Text)}
		}
		r.row.Values[i] = v
	}
	return &r.row, nil
}

func (r *parquetReader) broken(err error) error {
	return &FileError{File: r.path, Reason: fmt.Sprintf("reading failed behind row %d", r.line), Err: err}
}

// value types a cell, or says why it cannot be taken.
func (r *parquetReader) value(cell any, typ string) (v Value, reason string) {
	switch x := cell.(type) {
	case nil:
		return Value{Kind: Null}, ""
	case bool:
		return BoolValue(x), ""
	case time.Time:
		switch {
		case typ == "DATE":
			return DateValue(x), ""
		case typ == "TIMESTAMP WITH TIME ZONE":
			return TimeValue(x), ""
		}
		return LocalTimeValue(x.UTC()), ""
	case []byte:
		v.Text = string(x)
	case string:
		v.Text = x
	default:
		return v, fmt.Sprintf("a value of type %s cannot be read", typ)
	}
	switch {
	case typ == "DOUBLE" || typ == "FLOAT":
		return floatValue(v.Text)
	case strings.HasSuffix(typ, "INT"), typ == "INTEGER", typ == "UINTEGER", strings.HasPrefix(typ, "DECIMAL"):
		return NumberValue(v.Text), ""
	case strings.HasSuffix(typ, "]"), strings.HasPrefix(typ, "MAP("), strings.HasPrefix(typ, "STRUCT("):
		v.Kind = JSON
	default:
		v.Kind = r.nulls.kind(v.Text)
	}
	return v, r.fault(v.Text)
}

func (r *parquetReader) fault(s string) string {
	switch {
	case len(s) > r.max:
		return fmt.Sprintf("the field has %d bytes, at most %d are read; shorten it", len(s), r.max)
	case strings.IndexByte(s, 0) >= 0:
		return "the text holds a NUL byte; remove it"
	case !utf8.ValidString(s):
		return "the field holds bytes that are not UTF-8 text; leave the column out, or write it as text"
	}
	return ""
}

// floatValue takes NaN, with which some programs mark what is missing, for no value.
func floatValue(text string) (Value, string) {
	switch text {
	case "nan", "-nan":
		return Value{Kind: Null}, ""
	case "inf", "-inf":
		return Value{Text: text}, fmt.Sprintf("the number is infinite, the largest is %g; correct it", math.MaxFloat64)
	}
	return NumberValue(text), ""
}
