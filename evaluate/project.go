package evaluate

import (
	"context"
	"fmt"

	minori "github.com/minori-hq/minori"
	"github.com/minori-hq/minori/metric"
)

// counted gives counts by subject as a column; no count is 0.
func (c *computation) counted(counts map[minori.ID]int) metric.Column {
	n := len(c.subjects)
	col := metric.Column{Type: metric.Number, Num: make([]float64, n), Reason: make([]metric.Reason, n)}
	for id, k := range counts {
		if i := c.row(id); i >= 0 {
			col.Num[i] = float64(k)
		}
	}
	return col
}

// project refreshes what lists read. The lake keeps the projection of the
// latest as-of: an earlier one does not replace it.
func (s *Service) project(ctx context.Context, c *computation) error {
	counts, err := s.actions.OpenCounts(ctx, c.prog.Kind, c.only)
	if err != nil {
		return fmt.Errorf("counting open calls to action: %w", err)
	}
	added := []string{CallsColumn}
	facts := metric.Batch{Subjects: c.subjects, Columns: []metric.Column{c.counted(counts[""])}} // "": of all types
	columns := c.prog.ListColumns()
	names := make([]string, len(columns))
	for i := range columns {
		names[i] = columns[i].Name
	}
	if main := c.prog.MainIndex(); main >= 0 {
		what, points, err := c.prog.Scorecards[main].Engine.Drags(c.inputs[main])
		if err != nil {
			return fmt.Errorf("finding what takes most off the scores: %w", err)
		}
		added, facts.Columns = append(added, DragColumn, DragPointsColumn), append(facts.Columns, what, points)
	}
	if c.prog.Kind == minori.Account {
		hidden, err := s.hidden(ctx, c)
		if err != nil {
			return err
		}
		added, facts.Columns = append(added, HiddenColumns()...), append(facts.Columns, hidden...)
		names = append(names, HiddenColumns()...)
	}
	if err := c.second.Extend(ctx, added, facts); err != nil {
		return fmt.Errorf("adding open calls and ties: %w", err)
	}
	if err := s.lake.SaveList(ctx, c.prog.Kind, c.asOf, c.second, names); err != nil {
		return fmt.Errorf("refreshing the lists: %w", err)
	}
	return nil
}
