package read

import (
	"context"
	"database/sql"
	"fmt"

	minori "github.com/minori-hq/minori"
	"github.com/minori-hq/minori/metric"
	"github.com/minori-hq/minori/store/lake"
	"github.com/minori-hq/minori/store/lake/duckdb/internal/engine"
)

// Column is one column of a projection.
type Column struct {
	Name string
	Type metric.Type
}

// ListTable names the table of a projection.
func ListTable(kind minori.SubjectKind) string { return fmt.Sprintf("list_%d", lake.KindID(kind)) }

// ListColumns gives the columns of a projection in order.
func ListColumns(ctx context.Context, q engine.Querier, kind minori.SubjectKind) ([]Column, error) {
	var out []Column
	err := engine.Each(ctx, q, lake.X("SELECT name, type FROM list_column WHERE kind = ? ORDER BY pos", lake.KindID(kind)), func(r *sql.Rows) error {
		var c Column
		err := r.Scan(&c.Name, &c.Type)
		out = append(out, c)
		return err
	})
	return out, err
}

// List gives a page of the projection with the total and sums of all rows
// that meet the filters. A column the projection does not have is Invalid.
func (l *Reader) List(ctx context.Context, q lake.ListQuery) (lake.ListPage, error) {
	var p lake.ListPage
	cols, err := ListColumns(ctx, l.DB, q.Kind)
	if err != nil || len(cols) == 0 {
		return p, err
	}
	s := &listing{l: l, q: q, index: map[string]int{}, cols: cols}
	for i, c := range cols {
		s.index[c.Name] = i
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
	l     *Reader
	q     lake.ListQuery
	cols  []Column
	index map[string]int
}

func (s *listing) column(name string) (int, error) {
	if i, ok := s.index[name]; ok {
		return i, nil
	}
	names := make([]string, len(s.cols))
	for i, c := range s.cols {
		names[i] = c.Name
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
	text := s.cols[i].Type == metric.Text
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
		if s.cols[i].Type == metric.Text {
			return minori.Errorf(minori.Invalid, "the column %q is a text and cannot be summed", name)
		}
		sel += fmt.Sprintf(", coalesce(sum(c%d), 0)::DOUBLE", i)
		into = append(into, &p.Sums[j])
	}
	q := lake.X(sel+" FROM "+ListTable(s.q.Kind)+" WHERE ?", where)
	return s.l.read(ctx, q, func(r *sql.Rows) error { return r.Scan(into...) })
}

func (s *listing) page(ctx context.Context, where lake.SQL, p *lake.ListPage) error {
	names := s.q.Columns
	if names == nil {
		for _, c := range s.cols {
			names = append(names, c.Name)
		}
	}
	sel := "SELECT subject, key"
	for _, n := range names {
		i, err := s.column(n)
		if err != nil {
			return err
		}
		p.Columns, p.Types = append(p.Columns, n), append(p.Types, s.cols[i].Type)
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
	q := lake.X(sel+" FROM "+ListTable(s.q.Kind)+" WHERE ? ORDER BY "+order+fmt.Sprintf(" LIMIT %d OFFSET %d", s.q.Page.Size(), max(s.q.Page.Offset, 0)), where)
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
