package read

import (
	"context"
	"database/sql"
	"fmt"
	"maps"
	"slices"

	minori "github.com/minori-hq/minori"
	"github.com/minori-hq/minori/metric"
	"github.com/minori-hq/minori/store/lake"
	"github.com/minori-hq/minori/store/lake/duckdb/internal/engine"
	"github.com/minori-hq/minori/text"
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
	s := newListing(l.DB, q, cols)
	where, err := s.where()
	if err != nil {
		return p, err
	}
	if where, err = s.narrow(ctx, where); err != nil {
		return p, err
	}
	if err := s.totals(ctx, where, &p); err != nil || q.CountOnly {
		return p, err
	}
	return p, s.page(ctx, where, &p)
}

// eachChunk is how many rows EachRow reads at once.
const eachChunk = 5000

// EachRow gives the rows that List would give, without its bound on a page, to
// fn: at most so many, as they were at one instant. Rows are read some
// thousands at a time.
func (l *Reader) EachRow(ctx context.Context, q lake.ListQuery, most int, fn func(lake.ListRow) error) (err error) {
	tx, err := l.DB.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer func() { _ = tx.Rollback() }() // nothing was written
	cols, err := ListColumns(ctx, tx, q.Kind)
	if err != nil || len(cols) == 0 {
		return err
	}
	s := newListing(tx, q, cols)
	where, err := s.where()
	if err != nil {
		return err
	}
	for from := 0; from < most; from += eachChunk {
		var p lake.ListPage
		if err := s.rows(ctx, where, min(eachChunk, most-from), from, &p); err != nil {
			return err
		}
		for _, row := range p.Rows {
			if err := fn(row); err != nil {
				return err
			}
		}
		if len(p.Rows) < eachChunk {
			break
		}
	}
	return nil
}

// ListChoices gives the texts of a column that most of some subjects (nil: of
// all) have, the commonest first.
func (l *Reader) ListChoices(ctx context.Context, kind minori.SubjectKind, column string, ids []minori.ID, most int) ([]string, error) {
	cols, err := ListColumns(ctx, l.DB, kind)
	if err != nil {
		return nil, err
	}
	at := slices.Index(cols, Column{Name: column, Type: metric.Text})
	if at < 0 {
		return nil, nil
	}
	var out []string
	q := lake.X(fmt.Sprintf("SELECT c%d AS t FROM %s WHERE r%d = 0 AND ? GROUP BY t ORDER BY count(*) DESC, t LIMIT %d", at, ListTable(kind), at, most), among(ids))
	err = l.read(ctx, q, func(r *sql.Rows) error {
		var s string
		err := r.Scan(&s)
		out = append(out, s)
		return err
	})
	return out, err
}

// listing is one List under way.
type listing struct {
	db    engine.Querier
	q     lake.ListQuery
	cols  []Column
	index map[string]int
}

func newListing(db engine.Querier, q lake.ListQuery, cols []Column) *listing {
	s := &listing{db: db, q: q, index: map[string]int{}, cols: cols}
	for i, c := range cols {
		if !slices.Contains(q.Without, c.Name) {
			s.index[c.Name] = i
		}
	}
	return s
}

// holds is the condition that a row's key or a text holds a folded term.
func (s *listing) holds(term string) lake.SQL {
	quick := lake.X("contains(search, ?)", term)
	texts, all := []lake.SQL{lake.X("contains(fold(key), ?)", term)}, true
	for i, c := range s.cols {
		if c.Type != metric.Text {
			continue
		}
		if _, ok := s.index[c.Name]; ok {
			texts = append(texts, lake.X(fmt.Sprintf("contains(fold(c%d), ?)", i), term))
		} else {
			all = false
		}
	}
	if all {
		return quick
	}
	// The text searched holds columns that are left out: those of the few rows
	// that have the term are looked at one by one.
	return lake.X("CASE WHEN ? THEN ? ELSE false END", quick, lake.Join(" OR ", texts))
}

func (s *listing) column(name string) (int, error) {
	if i, ok := s.index[name]; ok {
		return i, nil
	}
	names := slices.Sorted(maps.Keys(s.index))
	return 0, minori.Errorf(minori.Invalid, "the list has no column %q%s", name, minori.DidYouMean(name, names))
}

func (s *listing) where() (lake.SQL, error) {
	parts := []lake.SQL{lake.Raw("1 = 1")}
	if s.q.IDs != nil {
		parts = append(parts, among(s.q.IDs))
	}
	for _, term := range text.Terms(s.q.Search) {
		parts = append(parts, s.holds(term))
	}
	for _, f := range s.q.Filters {
		p, err := s.filter(f)
		if err != nil {
			return lake.SQL{}, err
		}
		parts = append(parts, p)
	}
	var any []lake.SQL
	for _, f := range s.q.Any {
		p, err := s.filter(f)
		if err != nil {
			return lake.SQL{}, err
		}
		any = append(any, p)
	}
	if len(any) > 0 {
		parts = append(parts, lake.X("(?)", lake.Join(" OR ", any)))
	}
	return lake.Join(" AND ", parts), nil
}

func (s *listing) filter(f lake.Filter) (lake.SQL, error) {
	i, err := s.column(f.Column)
	if err != nil {
		return lake.SQL{}, err
	}
	c, r := fmt.Sprintf("c%d", i), fmt.Sprintf("r%d", i)
	isText := s.cols[i].Type == metric.Text
	vals := make([]lake.SQL, len(f.Values))
	for j, v := range f.Values {
		if (v.Type == metric.Text) != isText {
			return lake.SQL{}, minori.Errorf(minori.Invalid, "the column %q cannot be compared with %s", f.Column, v.Type)
		}
		if isText {
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
		if isText {
			// Few rows hold it in any of their texts: only those are folded.
			term := text.Fold(f.Values[0].Text)
			return lake.X("CASE WHEN contains(search, ?) THEN contains(fold("+c+"), ?) END", term, term), nil
		}
	}
	if op, ok := compare[f.Op]; ok {
		return lake.X(c+" "+op+" ?", vals[0]), nil
	}
	return lake.SQL{}, minori.Errorf(minori.Invalid, "the column %q cannot be filtered by %q", f.Column, f.Op)
}

// fewHits is up to how many accounts a search is read only once for.
const fewHits = 2000

// narrow replaces the condition of a search that few rows meet by these rows,
// so that the text of all is read once and not for the totals and the page.
func (s *listing) narrow(ctx context.Context, where lake.SQL) (lake.SQL, error) {
	if s.q.Search == "" || s.q.CountOnly {
		return where, nil
	}
	ids := []minori.ID{}
	err := engine.Each(ctx, s.db, lake.X("SELECT subject FROM "+ListTable(s.q.Kind)+fmt.Sprintf(" WHERE ? LIMIT %d", fewHits+1), where), func(r *sql.Rows) error {
		var id minori.ID
		err := r.Scan(&id)
		ids = append(ids, id)
		return err
	})
	if err != nil || len(ids) > fewHits {
		return where, err
	}
	return among(ids), nil
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
	return engine.Each(ctx, s.db, q, func(r *sql.Rows) error { return r.Scan(into...) })
}

// page reads the page that was asked for.
func (s *listing) page(ctx context.Context, where lake.SQL, p *lake.ListPage) error {
	return s.rows(ctx, where, s.q.Page.Size(), max(s.q.Page.Offset, 0), p)
}

// rows reads so many rows after the first ones.
func (s *listing) rows(ctx context.Context, where lake.SQL, limit, offset int, p *lake.ListPage) error {
	names := s.q.Columns
	if names == nil {
		for _, c := range s.cols {
			if _, ok := s.index[c.Name]; ok {
				names = append(names, c.Name)
			}
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
	q := lake.X(sel+" FROM "+ListTable(s.q.Kind)+" WHERE ? ORDER BY "+order+fmt.Sprintf(" LIMIT %d OFFSET %d", limit, offset), where)
	return engine.Each(ctx, s.db, q, func(r *sql.Rows) error {
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
