package read

import (
	"context"
	"database/sql"
	"encoding/json"
	"time"

	minori "github.com/minori-hq/minori"
	"github.com/minori-hq/minori/evaluate"
	"github.com/minori-hq/minori/metric"
	"github.com/minori-hq/minori/store/lake"
)

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
func (l *Reader) Cycles(ctx context.Context) ([]evaluate.Cycle, error) {
	var out []evaluate.Cycle
	err := l.read(ctx, lake.Raw("SELECT "+cycleColumns+" FROM cycle WHERE hand_over = 1 AND done = 0 ORDER BY id"), func(r *sql.Rows) error {
		c, err := scanCycle(r)
		out = append(out, c)
		return err
	})
	return out, err
}

// CycleAt gives the newest cycle over all subjects of exactly this as-of.
func (l *Reader) CycleAt(ctx context.Context, kind minori.SubjectKind, asOf minori.AsOf) (c evaluate.Cycle, ok bool, err error) {
	err = l.read(ctx, lake.X("SELECT "+cycleColumns+" FROM cycle WHERE kind = ? AND as_of = ? AND whole = 1 ORDER BY id DESC LIMIT 1",
		lake.KindID(kind), asOf.Micros()), func(r *sql.Rows) error {
		ok = true
		c, err = scanCycle(r)
		return err
	})
	return c, ok, err
}

// Scores gives the stored scores of exactly that as-of, by subject.
func (l *Reader) Scores(ctx context.Context, asOf minori.AsOf, scorecard int64, subjects []minori.ID) ([]evaluate.ScoreRow, error) {
	var out []evaluate.ScoreRow
	err := l.read(ctx, lake.X("SELECT subject, scorecard, version, score, computed, override, cap_part, coverage, band, exception, cap FROM score "+
		"WHERE as_of = ? AND scorecard = ? AND ? ORDER BY subject", asOf.Micros(), scorecard, among(subjects)), func(r *sql.Rows) error {
		var s evaluate.ScoreRow
		err := r.Scan(&s.Subject, &s.Scorecard, &s.Version, &s.Score, &s.Computed, &s.Override, &s.CapPart, &s.Coverage, &s.Band, &s.Exception, &s.Cap)
		out = append(out, s)
		return err
	})
	return out, err
}

// Values gives the stored measure values of exactly that as-of, by subject
// and measure. Measures nil means all.
func (l *Reader) Values(ctx context.Context, asOf minori.AsOf, measures []int64, subjects []minori.ID) ([]evaluate.ValueRow, error) {
	which := lake.Raw("")
	if measures != nil {
		if len(measures) == 0 {
			return nil, nil
		}
		which = lake.X(" AND measure IN (?)", lake.Values(measures))
	}
	var out []evaluate.ValueRow
	err := l.read(ctx, lake.X("SELECT subject, measure, type, coalesce(value, 0), reason FROM measure_value WHERE as_of = ?? AND ? ORDER BY subject, measure",
		asOf.Micros(), which, among(subjects)), func(r *sql.Rows) error {
		var v evaluate.ValueRow
		var typ, why uint8
		err := r.Scan(&v.Subject, &v.Measure, &typ, &v.Value.Num, &why)
		v.Value.Type, v.Value.Reason = metric.Type(typ), metric.Reason(why)
		out = append(out, v)
		return err
	})
	return out, err
}
