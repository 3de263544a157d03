package duckdb

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"strings"
	"time"

	duck "github.com/duckdb/duckdb-go/v2"

	minori "github.com/minori-hq/minori"
	"github.com/minori-hq/minori/evaluate"
	"github.com/minori-hq/minori/metric"
	"github.com/minori-hq/minori/store/lake"
)

var _ evaluate.Lake = (*Lake)(nil)

// SaveCycle stores a cycle with its values and scores in one transaction. Of
// the cycle's subjects, what was stored under the same as-of is replaced.
func (l *Lake) SaveCycle(ctx context.Context, c evaluate.Cycle) (int64, error) {
	r, ok := c.Result.(*result)
	if !ok {
		return 0, minori.Errorf(minori.Internal, "the cycle's result is not one of this lake")
	}
	names := make([]string, len(c.Values))
	ids := make([]int64, len(c.Values))
	for i, v := range c.Values {
		names[i], ids[i] = v.Column, v.Measure
	}
	from, places, err := r.from(names)
	if err != nil {
		return 0, err
	}
	who, _, err := r.from(nil)
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
		if err := w.clearCycle(ctx, kind, at, r.whole, who); err != nil {
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
		_, err := w.exec(ctx, lake.X("INSERT INTO cycle VALUES (?, ?, ?, ?, ?, ?, ?, 0, ?, ?, ?)", id, kind, at, int32(c.AsOf.Day), int32(c.AsOf.Complete),
			c.Config, flag(c.HandOver), flag(r.whole), c.ComputedAt, string(measures)))
		return err
	})
	return id, err
}

// clearCycle removes what is stored under (as-of, subject) for the subjects.
func (w *tx) clearCycle(ctx context.Context, kind int32, at int64, whole bool, who lake.SQL) error {
	for _, t := range []string{"measure_value", "score"} {
		var n int
		if err := w.one(ctx, lake.X("SELECT count(*) FROM (SELECT 1 FROM "+t+" WHERE as_of = ? AND kind = ? LIMIT 1) t", at, kind), &n); err != nil {
			return err
		}
		if n == 0 {
			continue
		}
		in := lake.Raw("")
		if !whole {
			in = lake.X(" AND subject IN (SELECT subject FROM (?) w)", who)
		}
		if _, err := w.exec(ctx, lake.X("DELETE FROM "+t+" WHERE as_of = ? AND kind = ??", at, kind, in)); err != nil {
			return err
		}
	}
	return nil
}

// saveValues turns the columns of the result into one row per subject and
// measure, in this order, so that reads of few subjects touch few blocks.
func (w *tx) saveValues(ctx context.Context, kind int32, at int64, from lake.SQL, ids []int64, places []place) error {
	measures, types := make([]lake.SQL, len(ids)), make([]lake.SQL, len(ids))
	values, reasons := make([]string, len(ids)), make([]string, len(ids))
	for i, id := range ids {
		if places[i].typ == metric.Text {
			return minori.Errorf(minori.Internal, "measure %d has a text as its value", id)
		}
		measures[i], types[i] = lake.X("?::BIGINT", id), lake.X("?::INTEGER", int32(places[i].typ))
		values[i], reasons[i] = fmt.Sprintf("c%d", i), fmt.Sprintf("r%d", i)
	}
	_, err := w.exec(ctx, lake.X("INSERT INTO measure_value SELECT ?::INTEGER, ?::BIGINT, subject, unnest([?]), unnest([?]), unnest([?]), unnest([?]) FROM (?) f",
		kind, at, lake.Join(", ", measures), lake.Join(", ", types), lake.Raw(strings.Join(values, ", ")), lake.Raw(strings.Join(reasons, ", ")),
		lake.X("SELECT * FROM (?) u ORDER BY subject", from)))
	return err
}

func (w *tx) saveScores(kind int32, c evaluate.Cycle) error {
	if len(c.Scores) == 0 {
		return nil
	}
	return w.appendTo("", "score", func(a *duck.Appender) error {
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

const cycleColumns = "id, kind, as_of, day, complete, config, hand_over, computed_at, measures"

func scanCycle(r *sql.Rows) (evaluate.Cycle, error) {
	var c evaluate.Cycle
	var kind, day, complete, hand int32
	var at int64
	var measures string
	if err := r.Scan(&c.ID, &kind, &at, &day, &complete, &c.Config, &hand, &c.ComputedAt, &measures); err != nil {
		return c, err
	}
	c.Kind, c.HandOver = lake.KindOf(kind), hand == 1
	c.AsOf = minori.AsOf{At: time.UnixMicro(at).UTC(), Day: minori.Day(day), Complete: minori.Day(complete)}
	var ids []int64
	if err := json.Unmarshal([]byte(measures), &ids); err != nil {
		return c, err
	}
	for _, id := range ids {
		c.Values = append(c.Values, evaluate.StoredValue{Measure: id})
	}
	return c, nil
}

// Cycles gives the cycles that are to be handed over and are not marked so,
// oldest first. Their Result and Scores are empty; read them by as-of.
func (l *Lake) Cycles(ctx context.Context) ([]evaluate.Cycle, error) {
	var out []evaluate.Cycle
	err := l.read(ctx, lake.Raw("SELECT "+cycleColumns+" FROM cycle WHERE hand_over = 1 AND done = 0 ORDER BY id"), func(r *sql.Rows) error {
		c, err := scanCycle(r)
		out = append(out, c)
		return err
	})
	return out, err
}

// CycleDone marks a cycle as handed over. It is NotFound for an unknown id.
func (l *Lake) CycleDone(ctx context.Context, id int64) error {
	return l.write(ctx, func(w *tx) error {
		n, err := w.exec(ctx, lake.X("UPDATE cycle SET done = 1 WHERE id = ?", id))
		if err == nil && n == 0 {
			err = minori.Errorf(minori.NotFound, "there is no cycle %d", id)
		}
		return err
	})
}

// CycleAt gives the newest cycle over all subjects of exactly this as-of.
func (l *Lake) CycleAt(ctx context.Context, kind minori.SubjectKind, asOf minori.AsOf) (c evaluate.Cycle, ok bool, err error) {
	err = l.read(ctx, lake.X("SELECT "+cycleColumns+" FROM cycle WHERE kind = ? AND as_of = ? AND whole = 1 ORDER BY id DESC LIMIT 1",
		lake.KindID(kind), asOf.Micros()), func(r *sql.Rows) error {
		ok = true
		c, err = scanCycle(r)
		return err
	})
	return c, ok, err
}

// among is the condition that a row is of one of the subjects; nil means all.
func (l *Lake) among(ctx context.Context, subjects []minori.ID) (lake.SQL, func(), error) {
	if subjects == nil {
		return lake.Raw(""), func() {}, nil
	}
	s, done, err := l.subset(ctx, subjects)
	if err != nil {
		return lake.SQL{}, nil, err
	}
	return lake.X(" AND subject IN (?)", *s), done, nil
}

// Scores gives the stored scores of exactly that as-of, by subject.
func (l *Lake) Scores(ctx context.Context, asOf minori.AsOf, scorecard int64, subjects []minori.ID) ([]evaluate.ScoreRow, error) {
	in, done, err := l.among(ctx, subjects)
	if err != nil {
		return nil, err
	}
	defer done()
	var out []evaluate.ScoreRow
	err = l.read(ctx, lake.X("SELECT subject, scorecard, version, score, computed, override, cap_part, coverage, band, exception, cap FROM score "+
		"WHERE as_of = ? AND scorecard = ?? ORDER BY subject", asOf.Micros(), scorecard, in), func(r *sql.Rows) error {
		var s evaluate.ScoreRow
		err := r.Scan(&s.Subject, &s.Scorecard, &s.Version, &s.Score, &s.Computed, &s.Override, &s.CapPart, &s.Coverage, &s.Band, &s.Exception, &s.Cap)
		out = append(out, s)
		return err
	})
	return out, err
}

// Values gives the stored measure values of exactly that as-of, by subject
// and measure. Measures nil means all.
func (l *Lake) Values(ctx context.Context, asOf minori.AsOf, measures []int64, subjects []minori.ID) ([]evaluate.ValueRow, error) {
	in, done, err := l.among(ctx, subjects)
	if err != nil {
		return nil, err
	}
	defer done()
	which := lake.Raw("")
	if measures != nil {
		if len(measures) == 0 {
			return nil, nil
		}
		which = lake.X(" AND measure IN (?)", lake.Values(measures))
	}
	var out []evaluate.ValueRow
	err = l.read(ctx, lake.X("SELECT subject, measure, type, coalesce(value, 0), reason FROM measure_value WHERE as_of = ??? ORDER BY subject, measure",
		asOf.Micros(), which, in), func(r *sql.Rows) error {
		var v evaluate.ValueRow
		var typ, why uint8
		err := r.Scan(&v.Subject, &v.Measure, &typ, &v.Value.Num, &why)
		v.Value.Type, v.Value.Reason = metric.Type(typ), metric.Reason(why)
		out = append(out, v)
		return err
	})
	return out, err
}
