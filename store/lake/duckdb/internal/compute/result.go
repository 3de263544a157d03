// Package compute answers the queries of evaluation: their results live in
// tables of the scratch database and can be read, extended and derived from.
package compute

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"fmt"
	"slices"
	"sync"
	"sync/atomic"

	duck "github.com/duckdb/duckdb-go/v2"

	minori "github.com/minori-hq/minori"
	"github.com/minori-hq/minori/metric"
	"github.com/minori-hq/minori/store/lake"
	"github.com/minori-hq/minori/store/lake/duckdb/internal/engine"
)

// Computer answers queries from the pool beside the writer.
type Computer struct {
	DB       *sql.DB
	Currency string // the workspace's
	// Label gives the id of a label value; ok is false when no point carried it.
	Label func(metricID int64, pos int, value string) (id int32, ok bool)

	turn    chan struct{} // holds one mark while the writer is in a transaction
	results atomic.Int64  // numbers tables of scratch
	past    pasts
}

// New makes a Computer; turn holds a mark while the writer is in a transaction.
func New(db *sql.DB, currency string, label func(metricID int64, pos int, value string) (int32, bool), turn chan struct{}) *Computer {
	return &Computer{DB: db, Currency: currency, Label: label, turn: turn, past: pasts{of: map[minori.SubjectKind]*past{}, late: map[minori.ID]struct{}{}}}
}

// Result keeps the rows of a query in tables of the scratch database: one
// with the outputs, and one per Extend.
type Result struct {
	l    *Computer
	kind minori.SubjectKind
	asOf minori.AsOf
	// whole says that the query asked for all subjects.
	whole bool

	mu     sync.Mutex
	names  []string // columns in order
	cols   map[string]Place
	tables []string // the first holds all subjects
	lent   []string // those of tables that another result drops
}

// Place is where a column stands: table t<n>, columns c<i> and r<i>.
type Place struct {
	Type  metric.Type
	table int
	index int
}

var _ metric.Result = (*Result)(nil)

// few is how many subjects are given to a statement as arguments; more go
// into a table.
const few = 50

// Compute answers a query. The rows stand in a table of their own until the
// result is closed.
func (l *Computer) Compute(ctx context.Context, q metric.Query) (metric.Result, error) {
	env, done, err := l.env(ctx, q)
	if err != nil {
		return nil, err
	}
	defer done()
	if q.Again {
		done, err := l.usePast(ctx, q, &env)
		if err != nil {
			return nil, err
		}
		defer done()
	}
	r, err := l.materialise(ctx, q, env, q.Subjects == nil)
	if err != nil {
		return nil, err
	}
	return r, nil
}

// env gathers what the builder needs; done drops what was made for it.
func (l *Computer) env(ctx context.Context, q metric.Query) (env lake.Env, done func(), err error) {
	for i := range q.Leaves {
		if q.Leaves[i].Kind == metric.LeafARR && env.Rates == nil {
			if env.Rates, err = l.rates(ctx, q.AsOf.Day); err != nil {
				return env, nil, err
			}
		}
	}
	env.Label = l.Label
	done = func() {}
	if q.Subjects != nil {
		env.Subset, done, err = l.subset(ctx, q.Subjects)
	}
	return env, done, err
}

// subset gives a select of the subjects.
func (l *Computer) subset(ctx context.Context, ids []minori.ID) (*lake.SQL, func(), error) {
	if len(ids) <= few {
		if len(ids) == 0 {
			s := lake.Raw("SELECT 0::BIGINT WHERE 1 = 0")
			return &s, func() {}, nil
		}
		rows := make([]lake.SQL, len(ids))
		for i, id := range ids {
			rows[i] = lake.X("(?::BIGINT)", int64(id))
		}
		s := lake.X("SELECT subject FROM (VALUES ?) u(subject)", lake.Join(", ", rows))
		return &s, func() {}, nil
	}
	table := l.scratch()
	err := l.fill(ctx, table, "(subject BIGINT)", func(a *duck.Appender) error {
		for _, id := range ids {
			if err := a.AppendRow(int64(id)); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return nil, nil, err
	}
	s := lake.Raw("SELECT DISTINCT subject FROM scratch." + table)
	return &s, func() { l.Drop(table) }, nil
}

// scratch gives the name of a new table.
func (l *Computer) scratch() string { return fmt.Sprintf("t%d", l.results.Add(1)) }

// Drop drops a table of scratch.
func (l *Computer) Drop(table string) {
	_, _ = l.DB.ExecContext(context.Background(), "DROP TABLE IF EXISTS scratch."+table)
}

// fill makes a table of scratch and appends rows to it.
func (l *Computer) fill(ctx context.Context, table, columns string, rows func(*duck.Appender) error) error {
	conn, err := l.DB.Conn(ctx)
	if err != nil {
		return err
	}
	defer conn.Close()
	if _, err := conn.ExecContext(ctx, "CREATE TABLE scratch."+table+" "+columns); err != nil {
		return err
	}
	if err := (engine.Conn{Conn: conn}).AppendTo("scratch", table, rows); err != nil {
		l.Drop(table)
		return err
	}
	return nil
}

// rates gives the value of the currencies with an active term on a day.
func (l *Computer) rates(ctx context.Context, day minori.Day) (map[string]float64, error) {
	out := map[string]float64{}
	missing := ""
	d := int32(day)
	err := engine.Each(ctx, l.DB, lake.X("SELECT t.currency, r.value FROM (SELECT DISTINCT currency FROM term WHERE excluded = 0 AND arr <> 0 AND starts <= ? AND (ends IS NULL OR ends > ?)) t "+
		"LEFT JOIN (SELECT currency, arg_max(value, day) AS value FROM rate WHERE day <= ? GROUP BY currency) r ON t.currency = r.currency ORDER BY 1", d, d, d),
		func(r *sql.Rows) error {
			var cur string
			var v sql.NullFloat64
			if err := r.Scan(&cur, &v); err != nil {
				return err
			}
			switch {
			case cur == l.Currency:
				out[cur] = 1
			case v.Valid:
				out[cur] = v.Float64
			case missing == "":
				missing = cur
			}
			return nil
		})
	if err == nil && missing != "" {
		err = minori.Errorf(minori.Invalid, "there is no rate for %s on %s: import a rate for that day or an earlier one", missing, day)
	}
	return out, err
}

// materialise runs the built statement into a table.
func (l *Computer) materialise(ctx context.Context, q metric.Query, env lake.Env, whole bool) (*Result, error) {
	s, err := lake.Build(engine.Dialect(), q, env)
	if err != nil {
		return nil, err
	}
	table := l.scratch()
	if _, err := l.DB.ExecContext(ctx, "CREATE TABLE scratch."+table+" AS "+s.Text, s.Args...); err != nil {
		return nil, fmt.Errorf("materialising a query: %w", err)
	}
	r := &Result{l: l, kind: q.Kind, asOf: q.AsOf, whole: whole, cols: map[string]Place{}, tables: []string{table}}
	for i, o := range q.Outputs {
		r.names = append(r.names, o.Name)
		r.cols[o.Name] = Place{lake.OutputType(q, i), 0, i}
	}
	return r, nil
}

// Whole says that the result is over all subjects.
func (r *Result) Whole() bool { return r.whole }

// Close drops the tables.
func (r *Result) Close() error {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, t := range r.tables {
		if !slices.Contains(r.lent, t) {
			r.l.Drop(t)
		}
	}
	r.tables = nil
	return nil
}

// From gives a select with the column subject and, for the i-th of the named
// columns, c<i> and r<i>.
func (r *Result) From(names []string) (lake.SQL, []Place, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if len(r.tables) == 0 {
		return lake.SQL{}, nil, minori.Errorf(minori.Internal, "the result is closed")
	}
	places := make([]Place, len(names))
	text := "SELECT t0.subject AS subject"
	used := map[int]bool{}
	for i, n := range names {
		p, ok := r.cols[n]
		if !ok {
			return lake.SQL{}, nil, minori.Errorf(minori.Internal, "the result has no column %q", n)
		}
		places[i] = p
		used[p.table] = true
		if p.table == 0 {
			text += fmt.Sprintf(", t0.c%d AS c%d, t0.r%d AS r%d", p.index, i, p.index, i)
			continue
		}
		text += fmt.Sprintf(", t%d.c%d AS c%d, coalesce(t%d.r%d, %d) AS r%d", p.table, p.index, i, p.table, p.index, metric.NoValue, i)
	}
	text += " FROM scratch." + r.tables[0] + " t0"
	for i := 1; i < len(r.tables); i++ {
		if used[i] {
			text += fmt.Sprintf(" LEFT JOIN scratch.%s t%d ON t0.subject = t%d.subject", r.tables[i], i, i)
		}
	}
	return lake.Raw(text), places, nil
}

// Names gives the names of all columns.
func (r *Result) Names() []string {
	r.mu.Lock()
	defer r.mu.Unlock()
	return append([]string(nil), r.names...)
}

// Each gives the rows ordered by subject.
func (r *Result) Each(ctx context.Context, subjects []minori.ID, columns []string, fn func(*metric.Batch) error) error {
	if columns == nil {
		columns = r.Names()
	}
	from, places, err := r.From(columns)
	if err != nil {
		return err
	}
	if subjects != nil {
		in, done, err := r.l.subset(ctx, subjects)
		if err != nil {
			return err
		}
		defer done()
		from = lake.X("SELECT * FROM (?) w WHERE subject IN (?)", from, *in)
	}
	types := make([]metric.Type, len(places))
	for i := range places {
		types[i] = places[i].Type
	}
	return engine.Stream(ctx, r.l.DB, from, types, fn)
}

// Extend adds columns formed elsewhere.
func (r *Result) Extend(ctx context.Context, names []string, rows metric.Batch) error {
	if len(names) != len(rows.Columns) {
		return minori.Errorf(minori.Internal, "%d names for %d columns", len(names), len(rows.Columns))
	}
	columns := "(subject BIGINT"
	for i, c := range rows.Columns {
		t := engine.Dialect().Double
		if c.Type == metric.Text {
			t = engine.Dialect().Text
		}
		columns += fmt.Sprintf(", c%d %s, r%d %s", i, t, i, engine.Dialect().Small)
	}
	table := r.l.scratch()
	err := r.l.fill(ctx, table, columns+")", func(a *duck.Appender) error {
		row := make([]driver.Value, 1+2*len(names))
		for j, id := range rows.Subjects {
			row[0] = int64(id)
			for i := range rows.Columns {
				v := rows.Columns[i].Value(j)
				row[2+2*i] = int8(v.Reason)
				switch {
				case v.Reason != metric.Known:
					row[1+2*i] = nil
				case v.Type == metric.Text:
					row[1+2*i] = v.Text
				default:
					row[1+2*i] = v.Num
				}
			}
			if err := a.AppendRow(row...); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return err
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	for i, n := range names {
		if _, ok := r.cols[n]; !ok {
			r.names = append(r.names, n)
		}
		r.cols[n] = Place{rows.Columns[i].Type, len(r.tables), i}
	}
	r.tables = append(r.tables, table)
	return nil
}

// Derive answers a query over the columns of this result. Outputs that are
// such columns as they stand are not copied: this result has to stay open for
// as long as the derived one is read.
func (r *Result) Derive(ctx context.Context, q metric.Query) (metric.Result, error) {
	var names []string
	index := map[string]int{}
	for i := range q.Leaves {
		l := &q.Leaves[i]
		if l.Kind != metric.LeafColumn {
			return nil, minori.Errorf(minori.Internal, "a derived query reads columns only")
		}
		if _, ok := index[l.Column]; !ok {
			index[l.Column] = len(names)
			names = append(names, l.Column)
		}
	}
	base, places, err := r.From(names)
	if err != nil {
		return nil, err
	}
	// The builder names its own columns v and r: keep apart.
	renamed := "SELECT subject"
	env := lake.Env{Columns: map[string]lake.Column{}}
	for i, n := range names {
		renamed += fmt.Sprintf(", c%d AS x%d, r%d AS y%d", i, i, i, i)
		env.Columns[n] = lake.Column{Type: places[i].Type, V: fmt.Sprintf("x%d", i), R: fmt.Sprintf("y%d", i)}
	}
	base = lake.X(renamed+" FROM (?) b", base)
	env.Base = &base
	whole := r.whole && q.Subjects == nil
	if q.Subjects != nil {
		s, done, err := r.l.subset(ctx, q.Subjects)
		if err != nil {
			return nil, err
		}
		defer done()
		env.Subset = s
	}
	q.Kind, q.AsOf = r.kind, r.asOf
	outputs := q.Outputs
	q.Outputs = slices.DeleteFunc(slices.Clone(outputs), func(o metric.Output) bool { return passes(q, o) })
	derived, err := r.l.materialise(ctx, q, env, whole)
	if err != nil {
		return nil, err
	}
	derived.lend(r, q, outputs)
	return derived, nil
}

// passes reports whether an output is a column of the base as it stands.
func passes(q metric.Query, o metric.Output) bool {
	n := q.Nodes[o.Node]
	return n.Op == metric.OpLeaf && q.Leaves[n.Leaf].Kind == metric.LeafColumn
}

// lend gives a derived result the columns of its base that pass as they stand.
func (r *Result) lend(base *Result, q metric.Query, outputs []metric.Output) {
	base.mu.Lock()
	defer base.mu.Unlock()
	own := len(r.tables)
	r.lent = slices.Clone(base.tables)
	r.tables = append(r.tables, base.tables...)
	r.names = nil
	for _, o := range outputs {
		r.names = append(r.names, o.Name)
		if passes(q, o) {
			p := base.cols[q.Leaves[q.Nodes[o.Node].Leaf].Column]
			p.table += own
			r.cols[o.Name] = p
		}
	}
}
