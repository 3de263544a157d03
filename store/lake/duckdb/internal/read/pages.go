package read

import (
	"context"
	"database/sql"

	minori "github.com/minori-hq/minori"
	"github.com/minori-hq/minori/metric"
	"github.com/minori-hq/minori/store/lake"
	"github.com/minori-hq/minori/store/lake/duckdb/internal/engine"
)

// Steps gives the as-of of the newest full evaluation of each of the last
// weeks (seven days each, the last one ending with upTo), oldest first. Weeks
// without one are left out.
func (l *Reader) Steps(ctx context.Context, kind minori.SubjectKind, upTo minori.Day, weeks int) ([]minori.AsOf, error) {
	var out []minori.AsOf
	err := l.read(ctx, lake.X("SELECT max(as_of), max(day), max_by(complete, as_of) FROM cycle "+
		"WHERE kind = ? AND whole = 1 AND day <= ? AND day > ? GROUP BY (? - day) // 7 ORDER BY 1",
		lake.KindID(kind), int32(upTo), int32(upTo)-int32(7*weeks), int32(upTo)), func(r *sql.Rows) error {
		var at int64
		var a minori.AsOf
		err := r.Scan(&at, &a.Day, &a.Complete)
		a.At = minori.FromMicros(at)
		out = append(out, a)
		return err
	})
	return out, err
}

// SeriesOf gives the days with a point of some metrics of a subject over all
// their labels (gauges: of the series without labels), by metric, oldest first.
func (l *Reader) SeriesOf(ctx context.Context, subject minori.ID, metrics []metric.Ref, from, to minori.Day) (map[int64][]lake.DayPoint, error) {
	out := make(map[int64][]lake.DayPoint, len(metrics))
	if len(metrics) == 0 {
		return out, nil
	}
	all, gauges := make([]int64, len(metrics)), []int64{0}
	for i, m := range metrics {
		if all[i] = m.ID; m.Kind == metric.Gauge {
			gauges = append(gauges, m.ID)
		}
	}
	err := l.read(ctx, lake.X("SELECT metric, day, sum(sum), sum(count)::BIGINT, min(min), max(max), ? FROM rollup "+
		"WHERE subject = ? AND metric IN (?) AND day >= ? AND day <= ? AND (l1 = 0 AND l2 = 0 AND l3 = 0 OR metric NOT IN (?)) GROUP BY metric, day ORDER BY metric, day",
		engine.ArgMax(lake.Raw("last"), lake.Raw("last_at"), lake.Raw("last_seq")), int64(subject), lake.Values(all), int32(from), int32(to), lake.Values(gauges)),
		func(r *sql.Rows) error {
			var id int64
			var p lake.DayPoint
			err := r.Scan(&id, &p.Day, &p.Sum, &p.Count, &p.Min, &p.Max, &p.Last)
			out[id] = append(out[id], p)
			return err
		})
	return out, err
}

// CycleVersions gives the number of the newest cycle written under each of
// these as-ofs: what was read of an as-of holds as long as its number does.
func (l *Reader) CycleVersions(ctx context.Context, at []minori.AsOf) (map[int64]int64, error) {
	instants := make([]int64, len(at))
	for i := range at {
		instants[i] = at[i].Micros()
	}
	out := make(map[int64]int64, len(at))
	if len(at) == 0 {
		return out, nil
	}
	err := l.read(ctx, lake.X("SELECT as_of, max(id) FROM cycle WHERE as_of IN (?) GROUP BY as_of", lake.Values(instants)), func(r *sql.Rows) error {
		var t, id int64
		err := r.Scan(&t, &id)
		out[t] = id
		return err
	})
	return out, err
}

// ScoreColumn gives the known scores of all subjects at exactly an as-of,
// ordered by subject.
func (l *Reader) ScoreColumn(ctx context.Context, scorecard int64, at minori.AsOf) (subjects []minori.ID, scores []float64, err error) {
	err = l.read(ctx, lake.X("SELECT subject, score FROM score WHERE as_of = ? AND scorecard = ? AND score IS NOT NULL ORDER BY subject", at.Micros(), scorecard),
		func(r *sql.Rows) error {
			var id minori.ID
			var x float64
			err := r.Scan(&id, &x)
			subjects, scores = append(subjects, id), append(scores, x)
			return err
		})
	return subjects, scores, err
}
