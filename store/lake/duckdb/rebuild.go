package duckdb

import (
	"context"
	"database/sql"

	minori "github.com/minori-hq/minori"
	"github.com/minori-hq/minori/store/lake"
)

// Rebuild counts an event metric anew from raw events and its own points, some
// days at a time, leaving other writers their turn in between; progress, if not
// nil, hears of each step. Events that arrive meanwhile are counted too. When it is
// interrupted the metric stays building and a later Rebuild begins again. What
// it had counted before meant something else and goes: of days whose raw events
// Expire has let go nothing is left. It is NotFound for a metric that counts no
// events.
func (l *Lake) Rebuild(ctx context.Context, metricID int64, progress func(done, total int)) error {
	for {
		r := &rebuilding{id: metricID}
		if err := l.write(ctx, func(w *tx) error { return r.begin(ctx, w) }); err != nil {
			return err
		}
		for i, s := range r.spans {
			if err := l.write(ctx, func(w *tx) error { return r.count(ctx, w, s) }); err != nil {
				return err
			}
			if r.again {
				break
			}
			if progress != nil {
				progress(i+1, len(r.spans))
			}
		}
		if !r.again {
			if err := l.write(ctx, func(w *tx) error { return r.finish(ctx, w) }); err != nil {
				return err
			}
		}
		if !r.again {
			return nil
		}
	}
}

// rebuilding is one pass of a rebuild; again means that facts it had counted
// were changed or the metric was redefined.
type rebuilding struct {
	id         int64
	generation int64
	upTo       int64 // arrival number of the last fact of the pass
	spans      []span
	again      bool
}

// span is some days, at most a block's, that are counted in one transaction.
type span struct {
	from, to minori.Day
	facts    int64
}

// spanFacts is about how many facts one transaction counts at most.
const spanFacts = 200_000

// add puts the facts of a day into the last span while it has room.
func (r *rebuilding) add(day minori.Day, facts int64) {
	if n := len(r.spans) - 1; n >= 0 && r.spans[n].facts+facts <= spanFacts && day < r.spans[n].from+blockDays {
		r.spans[n].to = day
		r.spans[n].facts += facts
		return
	}
	r.spans = append(r.spans, span{day, day, facts})
}

func (r *rebuilding) metric(w *tx) (*metricState, error) {
	m := w.dict.metrics[r.id]
	if m == nil || m.From == nil {
		return nil, minori.Errorf(minori.NotFound, "the lake has no event metric %d", r.id)
	}
	return m, nil
}

func (r *rebuilding) begin(ctx context.Context, w *tx) error {
	m, err := r.metric(w)
	if err != nil {
		return err
	}
	if !m.building {
		m.building = true
		if err := w.saveMetric(ctx, m); err != nil {
			return err
		}
	}
	r.generation, r.upTo = m.generation, w.dict.counters[arrivals]
	if err := w.forget(ctx, r.id, false); err != nil {
		return err
	}
	return w.Rows(ctx, lake.X("SELECT day, count(*) FROM (SELECT day FROM event WHERE name = ? UNION ALL SELECT day FROM point WHERE metric = ?) f "+
		"GROUP BY day ORDER BY day", w.dict.events[m.From.Event], r.id),
		func(rows *sql.Rows) error {
			var d minori.Day
			var n int64
			err := rows.Scan(&d, &n)
			r.add(d, n)
			return err
		})
}

func (r *rebuilding) count(ctx context.Context, w *tx, s span) error {
	m, err := r.metric(w)
	if err != nil {
		return err
	}
	if r.again = m.generation != r.generation; r.again {
		return nil
	}
	err = w.rollEvents(ctx, []*metricState{m}, lake.X("SELECT * FROM event WHERE day >= ? AND day <= ? AND arrival <= ?", int32(s.from), int32(s.to), r.upTo))
	if err != nil {
		return err
	}
	return w.roll(ctx, lake.X(pointRows+"point WHERE metric = ? AND day >= ? AND day <= ?", r.id, int32(s.from), int32(s.to)))
}

// finish counts what arrived during the pass and ends it.
func (r *rebuilding) finish(ctx context.Context, w *tx) error {
	m, err := r.metric(w)
	if err != nil {
		return err
	}
	if r.again = m.generation != r.generation; r.again {
		return nil
	}
	if err := w.rollEvents(ctx, []*metricState{m}, lake.X("SELECT * FROM event WHERE arrival > ?", r.upTo)); err != nil {
		return err
	}
	m.building = false
	return w.saveMetric(ctx, m)
}
