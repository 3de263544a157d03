package duckdb

import (
	"context"
	"database/sql"

	minori "github.com/minori-hq/minori"
	"github.com/minori-hq/minori/store/lake"
)

// Rebuild counts an event metric anew from raw events and its own points, day
// by day, leaving other writers their turn between days; progress, if not
// nil, hears of each. Events that arrive meanwhile are counted too. When it is
// interrupted the metric stays building and a later Rebuild begins again. It
// is NotFound for a metric that counts no events.
func (l *Lake) Rebuild(ctx context.Context, metricID int64, progress func(done, total int)) error {
	for {
		r := &rebuilding{id: metricID}
		if err := l.write(ctx, func(w *tx) error { return r.begin(ctx, w) }); err != nil {
			return err
		}
		for i, day := range r.days {
			if err := l.write(ctx, func(w *tx) error { return r.day(ctx, w, day) }); err != nil {
				return err
			}
			if r.again {
				break
			}
			if progress != nil {
				progress(i+1, len(r.days))
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
	days       []minori.Day
	again      bool
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
	return w.rows(ctx, lake.X("SELECT day FROM event WHERE name = ? UNION SELECT day FROM point WHERE metric = ? ORDER BY 1", w.dict.events[m.From.Event], r.id),
		func(rows *sql.Rows) error {
			var d minori.Day
			err := rows.Scan(&d)
			r.days = append(r.days, d)
			return err
		})
}

func (r *rebuilding) day(ctx context.Context, w *tx, day minori.Day) error {
	m, err := r.metric(w)
	if err != nil {
		return err
	}
	if r.again = m.generation != r.generation; r.again {
		return nil
	}
	err = w.rollEvents(ctx, []*metricState{m}, lake.X("SELECT * FROM event WHERE day = ? AND arrival <= ?", int32(day), r.upTo))
	if err != nil {
		return err
	}
	return w.roll(ctx, lake.X(pointRows+"point WHERE metric = ? AND day = ?", r.id, int32(day)))
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
