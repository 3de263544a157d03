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

// ListGroups counts the rows of a projection that meet a query's filters by the
// text of a column, and sums a numeric one.
func (l *Reader) ListGroups(ctx context.Context, q lake.ListQuery, by, sum string) ([]lake.ListGroup, error) {
	cols, err := ListColumns(ctx, l.DB, q.Kind)
	if err != nil || len(cols) == 0 {
		return nil, err
	}
	s := newListing(l.DB, q, cols)
	where, err := s.where()
	if err != nil {
		return nil, err
	}
	group, err := s.column(by)
	if err != nil {
		return nil, err
	}
	total, err := s.column(sum)
	if err != nil {
		return nil, err
	}
	if cols[group].Type != metric.Text || cols[total].Type == metric.Text {
		return nil, minori.Errorf(minori.Invalid, "rows are counted by a text, and a number is summed")
	}
	var out []lake.ListGroup
	err = engine.Each(ctx, l.DB, lake.X(fmt.Sprintf("SELECT coalesce(c%d, ''), count(*), coalesce(sum(c%d), 0)::DOUBLE FROM %s WHERE ? GROUP BY 1 ORDER BY 1",
		group, total, ListTable(q.Kind)), where), func(r *sql.Rows) error {
		var g lake.ListGroup
		err := r.Scan(&g.Text, &g.Count, &g.Sum)
		out = append(out, g)
		return err
	})
	return out, err
}
