package duckdb

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"

	duck "github.com/duckdb/duckdb-go/v2"

	minori "github.com/minori-hq/minori"
	"github.com/minori-hq/minori/evaluate"
	"github.com/minori-hq/minori/metric"
	"github.com/minori-hq/minori/store/lake"
	"github.com/minori-hq/minori/store/lake/duckdb/internal/compute"
)

var _ evaluate.Lake = (*Lake)(nil)

// SaveCycle stores a cycle with its values and scores in one transaction. Of
// the cycle's subjects, what was stored under the same as-of is replaced.
func (l *Lake) SaveCycle(ctx context.Context, c evaluate.Cycle) (int64, error) {
	r, ok := c.Result.(*compute.Result)
	if !ok {
		return 0, minori.Errorf(minori.Internal, "the cycle's result is not one of this lake")
	}
	names := make([]string, len(c.Values))
	ids := make([]int64, len(c.Values))
	for i, v := range c.Values {
		names[i], ids[i] = v.Column, v.Measure
	}
	from, places, err := r.From(names)
	if err != nil {
		return 0, err
	}
	who, _, err := r.From(nil)
	if err != nil {
		return 0, err
	}
	measures, err := json.Marshal(ids)
	if err != nil {
		return 0, err
	}
	id := int64(0)
	err = l.write(ctx, func(w *tx) error {
		kind, at := lake.KindID(c.Kind), c.AsOf.Micros()
		if err := w.clearCycle(ctx, kind, at, r.Whole(), who); err != nil {
			return err
		}
		if len(ids) > 0 {
			if err := w.saveValues(ctx, kind, at, from, ids, places); err != nil {
				return err
			}
		}
		if err := w.saveScores(kind, c); err != nil {
			return err
		}
		id = w.dict.next(cycles, 1) + 1
		_, err := w.Exec(ctx, lake.X("INSERT INTO cycle VALUES (?, ?, ?, ?, ?, ?, ?, 0, ?, ?, ?)", id, kind, at, int32(c.AsOf.Day), int32(c.AsOf.Complete),
			c.Config, flag(c.HandOver), flag(r.Whole()), c.ComputedAt, string(measures)))
		return err
	})
	return id, err
}

// clearCycle removes what is stored under (as-of, subject) for the subjects.
func (w *tx) clearCycle(ctx context.Context, kind int32, at int64, whole bool, who lake.SQL) error {
	for _, t := range []string{"measure_value", "score"} {
		var n int
		if err := w.One(ctx, lake.X("SELECT count(*) FROM (SELECT 1 FROM "+t+" WHERE as_of = ? AND kind = ? LIMIT 1) t", at, kind), &n); err != nil {
			return err
		}
		if n == 0 {
			continue
		}
		in := lake.Raw("")
		if !whole {
			in = lake.X(" AND subject IN (SELECT subject FROM (?) w)", who)
		}
		if _, err := w.Exec(ctx, lake.X("DELETE FROM "+t+" WHERE as_of = ? AND kind = ??", at, kind, in)); err != nil {
			return err
		}
	}
	return nil
}

// saveValues turns the columns of the result into one row per subject and
// measure, in this order, so that reads of few subjects touch few blocks.
func (w *tx) saveValues(ctx context.Context, kind int32, at int64, from lake.SQL, ids []int64, places []compute.Place) error {
	measures, types := make([]lake.SQL, len(ids)), make([]lake.SQL, len(ids))
	values, reasons := make([]string, len(ids)), make([]string, len(ids))
	for i, id := range ids {
		if places[i].Type == metric.Text {
			return minori.Errorf(minori.Internal, "measure %d has a text as its value", id)
		}
		measures[i], types[i] = lake.X("?::BIGINT", id), lake.X("?::INTEGER", int32(places[i].Type))
		values[i], reasons[i] = fmt.Sprintf("c%d", i), fmt.Sprintf("r%d", i)
	}
	_, err := w.Exec(ctx, lake.X("INSERT INTO measure_value SELECT ?::INTEGER, ?::BIGINT, subject, unnest([?]), unnest([?]), unnest([?]), unnest([?]) FROM (?) f",
		kind, at, lake.Join(", ", measures), lake.Join(", ", types), lake.Raw(strings.Join(values, ", ")), lake.Raw(strings.Join(reasons, ", ")),
		lake.X("SELECT * FROM (?) u ORDER BY subject", from)))
	return err
}

func (w *tx) saveScores(kind int32, c evaluate.Cycle) error {
	if len(c.Scores) == 0 {
		return nil
	}
	return w.AppendTo("", "score", func(a *duck.Appender) error {
		at := c.AsOf.Micros()
		for i := range c.Scores {
			s := &c.Scores[i]
			if err := a.AppendRow(kind, at, int32(c.AsOf.Day), int64(s.Subject), s.Scorecard, s.Version,
				number(s.Score), number(s.Computed), number(s.Override), s.CapPart, s.Coverage, s.Band, int32(s.Exception), int32(s.Cap)); err != nil {
				return err
			}
		}
		return nil
	})
}

func number(f *float64) any {
	if f == nil {
		return nil
	}
	return *f
}

// CycleDone marks a cycle as handed over. It is NotFound for an unknown id.
func (l *Lake) CycleDone(ctx context.Context, id int64) error {
	return l.write(ctx, func(w *tx) error {
		n, err := w.Exec(ctx, lake.X("UPDATE cycle SET done = 1 WHERE id = ?", id))
		if err == nil && n == 0 {
			err = minori.Errorf(minori.NotFound, "there is no cycle %d", id)
		}
		return err
	})
}
