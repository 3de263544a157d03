package duckdb

import (
	"context"
	"database/sql"
	"fmt"
	"slices"
	"strings"

	minori "github.com/minori-hq/minori"
	"github.com/minori-hq/minori/metric"
	"github.com/minori-hq/minori/store/lake"
)

// listColumn is one column of a projection.
type listColumn struct {
	name string
	typ  metric.Type
}

func listTable(kind minori.SubjectKind) string { return fmt.Sprintf("list_%d", lake.KindID(kind)) }

func (l *Lake) listColumns(ctx context.Context, q querier, kind minori.SubjectKind) ([]listColumn, error) {
	var out []listColumn
	err := each(ctx, q, lake.X("SELECT name, type FROM list_column WHERE kind = ? ORDER BY pos", lake.KindID(kind)), func(r *sql.Rows) error {
		var c listColumn
		err := r.Scan(&c.name, &c.typ)
		out = append(out, c)
		return err
	})
	return out, err
}

// SaveList replaces the projection that lists read by the named columns of
// the result. A result over some subjects replaces their rows only; the other
// rows keep what they have of the columns, and are unknown in new ones.
func (l *Lake) SaveList(ctx context.Context, kind minori.SubjectKind, asOf minori.AsOf, res metric.Result, columns []string) error {
	r, ok := res.(*result)
	if !ok {
		return minori.Errorf(minori.Internal, "the result is not one of this lake")
	}
	from, places, err := r.from(columns)
	if err != nil {
		return err
	}
	fresh := make([]listColumn, len(columns))
	texts := []string{"s.key"}
	for i := range columns {
		fresh[i] = listColumn{columns[i], places[i].typ}
		if places[i].typ == metric.Text {
			texts = append(texts, fmt.Sprintf("coalesce(f.c%d, '')", i))
		}
	}
	cols := ""
	for i := range columns {
		cols += fmt.Sprintf(", f.c%d AS c%d, f.r%d AS r%d", i, i, i, i)
	}
	rows := lake.X("SELECT f.subject AS subject, s.key AS key, ?::BIGINT AS as_of, lower("+strings.Join(texts, " || chr(10) || ")+") AS search"+cols+
		" FROM (?) f JOIN (SELECT id, key FROM subject WHERE kind = ?) s ON f.subject = s.id", asOf.Micros(), from, lake.KindID(kind))
	return l.write(ctx, func(w *tx) error {
		old, err := l.listColumns(ctx, w.conn, kind)
		if err != nil {
			return err
		}
		return w.saveList(ctx, kind, rows, fresh, old, r.whole)
	})
}

func (w *tx) saveList(ctx context.Context, kind minori.SubjectKind, rows lake.SQL, fresh, old []listColumn, whole bool) error {
	table := listTable(kind)
	if !whole && len(old) > 0 {
		if slices.Equal(fresh, old) {
			return w.all(ctx,
				lake.X("CREATE OR REPLACE TEMP TABLE new_list AS ?", rows),
				lake.Raw("DELETE FROM "+table+" WHERE subject IN (SELECT subject FROM new_list)"),
				lake.Raw("INSERT INTO "+table+" SELECT * FROM new_list"))
		}
		keep := ""
		for _, c := range fresh {
			if j := slices.Index(old, c); j >= 0 {
				keep += fmt.Sprintf(", c%d, r%d", j, j)
			} else if c.typ == metric.Text {
				keep += fmt.Sprintf(", CAST(NULL AS VARCHAR), %d", metric.NoValue)
			} else {
				keep += fmt.Sprintf(", CAST(NULL AS DOUBLE), %d", metric.NoValue)
			}
		}
		if _, err := w.exec(ctx, lake.X("CREATE OR REPLACE TEMP TABLE new_list AS ?", rows)); err != nil {
			return err
		}
		rows = lake.Raw("SELECT * FROM new_list UNION ALL SELECT subject, key, as_of, search" + keep + " FROM " + table +
			" WHERE subject NOT IN (SELECT subject FROM new_list)")
	}
	err := w.all(ctx,
		lake.X("CREATE OR REPLACE TABLE main."+table+" AS SELECT * FROM (?) n ORDER BY key", rows),
		lake.X("DELETE FROM list_column WHERE kind = ?", lake.KindID(kind)))
	if err != nil {
		return err
	}
	for i, c := range fresh {
		if _, err := w.exec(ctx, lake.X("INSERT INTO list_column VALUES (?, ?, ?, ?)", lake.KindID(kind), int32(i), c.name, int32(c.typ))); err != nil {
			return err
		}
	}
	return nil
}

// List gives a page of the projection with the total and sums of all rows
// that meet the filters. A column the projection does not have is Invalid.
func (l *Lake) List(ctx context.Context, q lake.ListQuery) (lake.ListPage, error) {
	var p lake.ListPage
	cols, err := l.listColumns(ctx, l.db, q.Kind)
	if err != nil || len(cols) == 0 {
		return p, err
	}
	s := &listing{l: l, q: q, index: map[string]int{}, cols: cols}
	for i, c := range cols {
		s.index[c.name] = i
	}
	where, err := s.where()
	if err != nil {
		return p, err
	}
	if err := s.totals(ctx, where, &p); err != nil {
		return p, err
	}
	return p, s.page(ctx, where, &p)
}

// listing is one List under way.
type listing struct {
	l     *Lake
	q     lake.ListQuery
	cols  []listColumn
	index map[string]int
}

func (s *listing) column(name string) (int, error) {
	if i, ok := s.index[name]; ok {
		return i, nil
	}
	names := make([]string, len(s.cols))
	for i, c := range s.cols {
		names[i] = c.name
	}
	return 0, minori.Errorf(minori.Invalid, "the list has no column %q%s", name, minori.DidYouMean(name, names))
}

func (s *listing) where() (lake.SQL, error) {
	parts := []lake.SQL{lake.Raw("1 = 1")}
	if s.q.IDs != nil {
		ids := []int64{0}
		for _, id := range s.q.IDs {
			ids = append(ids, int64(id))
		}
		parts = append(parts, lake.X("subject IN (?)", lake.Values(ids)))
	}
	if s.q.Search != "" {
		parts = append(parts, lake.X("contains(search, lower(?))", s.q.Search))
	}
	for _, f := range s.q.Filters {
		p, err := s.filter(f)
		if err != nil {
			return lake.SQL{}, err
		}
		parts = append(parts, p)
	}
	return lake.Join(" AND ", parts), nil
}

func (s *listing) filter(f lake.Filter) (lake.SQL, error) {
	i, err := s.column(f.Column)
	if err != nil {
		return lake.SQL{}, err
	}
	c, r := fmt.Sprintf("c%d", i), fmt.Sprintf("r%d", i)
	text := s.cols[i].typ == metric.Text
	vals := make([]lake.SQL, len(f.Values))
	for j, v := range f.Values {
		if (v.Type == metric.Text) != text {
			return lake.SQL{}, minori.Errorf(minori.Invalid, "the column %q cannot be compared with %s", f.Column, v.Type)
		}
		if text {
			vals[j] = lake.X("?", v.Text)
		} else {
			vals[j] = lake.X("?::DOUBLE", v.Num)
		}
	}
	compare := map[lake.Op]string{lake.OpLt: "<", lake.OpLe: "<=", lake.OpGt: ">", lake.OpGe: ">="}
	switch f.Op {
	case lake.OpKnown:
		return lake.Raw(r + " = 0"), nil
	case lake.OpUnknown:
		return lake.Raw(r + " <> 0"), nil
	}
	if len(vals) == 0 {
		return lake.SQL{}, minori.Errorf(minori.Invalid, "the filter on %q has no value", f.Column)
	}
	switch f.Op {
	case lake.OpEq:
		return lake.X(c+" IN (?)", lake.Join(", ", vals)), nil
	case lake.OpNe:
		return lake.X("("+r+" = 0 AND "+c+" NOT IN (?))", lake.Join(", ", vals)), nil
	case lake.OpHas:
		if text {
			return lake.X("contains(lower("+c+"), lower(?))", vals[0]), nil
		}
	}
	if op, ok := compare[f.Op]; ok {
		return lake.X(c+" "+op+" ?", vals[0]), nil
	}
	return lake.SQL{}, minori.Errorf(minori.Invalid, "the column %q cannot be filtered by %q", f.Column, f.Op)
}

func (s *listing) totals(ctx context.Context, where lake.SQL, p *lake.ListPage) error {
	sel := "SELECT count(*), coalesce(max(as_of), 0)"
	p.Sums = make([]float64, len(s.q.Sums))
	into := []any{&p.Total, &p.AsOf}
	for j, name := range s.q.Sums {
		i, err := s.column(name)
		if err != nil {
			return err
		}
		if s.cols[i].typ == metric.Text {
			return minori.Errorf(minori.Invalid, "the column %q is a text and cannot be summed", name)
		}
		sel += fmt.Sprintf(", coalesce(sum(c%d), 0)::DOUBLE", i)
		into = append(into, &p.Sums[j])
	}
	q := lake.X(sel+" FROM "+listTable(s.q.Kind)+" WHERE ?", where)
	return s.l.read(ctx, q, func(r *sql.Rows) error { return r.Scan(into...) })
}

func (s *listing) page(ctx context.Context, where lake.SQL, p *lake.ListPage) error {
	names := s.q.Columns
	if names == nil {
		for _, c := range s.cols {
			names = append(names, c.name)
		}
	}
	sel := "SELECT subject, key"
	for _, n := range names {
		i, err := s.column(n)
		if err != nil {
			return err
		}
		p.Columns, p.Types = append(p.Columns, n), append(p.Types, s.cols[i].typ)
		sel += fmt.Sprintf(", c%d, r%d", i, i)
	}
	dir := ""
	if s.q.Desc {
		dir = " DESC"
	}
	order := "key" + dir
	if s.q.Sort != "" {
		i, err := s.column(s.q.Sort)
		if err != nil {
			return err
		}
		order = fmt.Sprintf("c%d%s NULLS LAST, key", i, dir)
	}
	q := lake.X(sel+" FROM "+listTable(s.q.Kind)+" WHERE ? ORDER BY "+order+fmt.Sprintf(" LIMIT %d OFFSET %d", s.q.Page.Size(), max(s.q.Page.Offset, 0)), where)
	return s.l.read(ctx, q, func(r *sql.Rows) error {
		row := lake.ListRow{Cells: make([]metric.Value, len(names))}
		nums, texts := make([]sql.NullFloat64, len(names)), make([]sql.NullString, len(names))
		into := []any{&row.Subject, &row.Key}
		for i := range names {
			row.Cells[i].Type = p.Types[i]
			if p.Types[i] == metric.Text {
				into = append(into, &texts[i], (*uint8)(&row.Cells[i].Reason))
			} else {
				into = append(into, &nums[i], (*uint8)(&row.Cells[i].Reason))
			}
		}
		if err := r.Scan(into...); err != nil {
			return err
		}
		for i := range names {
			row.Cells[i].Num, row.Cells[i].Text = nums[i].Float64, texts[i].String
		}
		p.Rows = append(p.Rows, row)
		return nil
	})
}
