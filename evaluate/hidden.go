package evaluate

import (
	"context"
	"fmt"

	minori "github.com/minori-hq/minori"
	"github.com/minori-hq/minori/metric"
)

// hidden forms the columns that tell of hidden risk, as HiddenColumns.
func (s *Service) hidden(ctx context.Context, c *computation) ([]metric.Column, error) {
	known, err := s.records.Relations(ctx, DeepTypes(), c.asOf.Micros(), c.only)
	if err != nil {
		return nil, fmt.Errorf("reading contacts and conversations: %w", err)
	}
	n := len(c.subjects)
	cols := make([]metric.Column, 4)
	for i := range cols {
		cols[i] = metric.Column{Type: metric.Number, Num: make([]float64, n), Reason: make([]metric.Reason, n)}
	}
	for i, id := range c.subjects {
		r := known[id]
		if r.Talked == 0 {
			cols[0].Reason[i] = metric.NoData
		} else {
			cols[0].Num[i] = float64(c.asOf.Day - minori.DayOf(minori.FromMicros(r.Talked).In(c.prog.Location)))
		}
		cols[1].Num[i], cols[2].Num[i] = float64(r.Contacts), float64(r.Sponsors)
	}
	if main := c.prog.MainIndex(); main >= 0 {
		for _, m := range c.inputs[main].Measures {
			for i, why := range m.Reason {
				if why == metric.Stale {
					cols[3].Num[i]++
				}
			}
		}
	}
	return cols, nil
}
