package evaluate

import (
	"context"
	"errors"
	"fmt"
	"strings"

	minori "github.com/minori-hq/minori"
	"github.com/minori-hq/minori/measure"
	"github.com/minori-hq/minori/metric"
)

// ListColumn is one column of the projection that lists read.
type ListColumn struct {
	Name  string // field:account.arr, measure:adoption.trend, score:health, band:health, segment:emea, calls
	Type  metric.Type
	Title minori.Text
	Unit  string
}

// CallsColumn counts the open calls to action of a subject.
const CallsColumn = "calls"

// Columns of what takes most off the main score, as scorecard.Engine.Drags
// gives it: a measure or cap, and its points.
const (
	DragColumn       = "drag:what"
	DragPointsColumn = "drag:points"
)

// FieldColumn names the column of a field in lists.
func FieldColumn(field string) string { return fieldColumn + field }

// ListColumns gives the columns of a program's projection.
func (p *Program) ListColumns() []ListColumn {
	var out []ListColumn
	for _, f := range p.Fields {
		out = append(out, ListColumn{Name: fieldColumn + f.Name, Type: f.Expr.Type, Title: f.Title, Unit: f.Unit})
	}
	for i := range p.Scorecards {
		card := p.Scorecards[i].Engine.Card()
		out = append(out, ListColumn{Name: "score:" + card.Name, Type: metric.Number, Title: card.Title},
			ListColumn{Name: "band:" + card.Name, Type: metric.Text, Title: card.Title})
	}
	for _, m := range p.Measures {
		out = append(out, ListColumn{Name: measureColumn + m.Name, Type: m.Expr.Type, Title: m.Title, Unit: m.Unit})
	}
	if p.main() >= 0 {
		out = append(out, ListColumn{Name: DragColumn, Type: metric.Text}, ListColumn{Name: DragPointsColumn, Type: metric.Number})
	}
	for _, g := range p.Segments {
		out = append(out, ListColumn{Name: segmentColumn + g.Name, Type: metric.Bool, Title: g.Title})
	}
	return append(out, ListColumn{Name: CallsColumn, Type: metric.Number})
}

// addProjection makes the second result hold the projection. Segments are its
// outputs already; the number of open calls is added after the hand-over.
func addProjection(b *measure.Builder, prog *Program) error {
	var errs []error
	for _, c := range prog.ListColumns() {
		if _, isSegment := strings.CutPrefix(c.Name, segmentColumn); !isSegment && !afterwards(c.Name) {
			errs = append(errs, b.Pass(c.Name, c.Type))
		}
	}
	return errors.Join(errs...)
}

// afterwards reports whether a column of the projection is added after the
// second result was computed.
func afterwards(column string) bool {
	return column == CallsColumn || column == DragColumn || column == DragPointsColumn
}

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
	if main := c.prog.main(); main >= 0 {
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
