package duckdb

import (
	"context"
	"encoding/json"
	"reflect"
	"sort"

	minori "github.com/minori-hq/minori"
	"github.com/minori-hq/minori/metric"
	"github.com/minori-hq/minori/store/lake"
)

// DefineMetrics replaces the definitions of the metrics. An event metric that
// is new or counts something else, and for which there are events, is marked
// building until Rebuild has run. Metrics left out are forgotten with their
// rollups; their events and points stay.
func (l *Lake) DefineMetrics(ctx context.Context, defs []lake.MetricDef) error {
	return l.write(ctx, func(w *tx) error {
		keep := map[int64]bool{}
		for i := range defs {
			keep[defs[i].ID] = true
			if err := w.define(ctx, &defs[i]); err != nil {
				return err
			}
		}
		for id := range w.dict.metrics {
			if keep[id] {
				continue
			}
			if err := w.forget(ctx, id, true); err != nil {
				return err
			}
			delete(w.dict.metrics, id)
		}
		return nil
	})
}

// define stores one definition.
func (w *tx) define(ctx context.Context, def *lake.MetricDef) error {
	if len(def.By) > metric.MaxLabels {
		return minori.Errorf(minori.Invalid, "the metric %s has %d labels; at most %d are kept", def.Name, len(def.By), metric.MaxLabels)
	}
	old := w.dict.metrics[def.ID]
	if old != nil && reflect.DeepEqual(old.MetricDef, *def) {
		return nil
	}
	s := &metricState{MetricDef: *def}
	if old != nil {
		s.building, s.generation = old.building, old.generation
	}
	if def.From != nil && (old == nil || !sameCount(old.MetricDef, *def)) {
		var n int
		if err := w.One(ctx, lake.X("SELECT count(*) FROM (SELECT 1 FROM event WHERE name = ? LIMIT 1) e", w.dict.events[def.From.Event]), &n); err != nil {
			return err
		}
		s.building = n > 0 || old != nil
		s.generation++
	}
	w.dict.metrics[def.ID] = s
	return w.saveMetric(ctx, s)
}

// sameCount reports whether two definitions count the same.
func sameCount(a, b lake.MetricDef) bool {
	return reflect.DeepEqual(a.From, b.From) && reflect.DeepEqual(a.Where, b.Where) && reflect.DeepEqual(a.By, b.By) && a.Actors == b.Actors
}

func (w *tx) saveMetric(ctx context.Context, s *metricState) error {
	text, err := json.Marshal(s.MetricDef)
	if err != nil {
		return err
	}
	return w.All(ctx,
		lake.X("DELETE FROM metric_def WHERE id = ?", s.ID),
		lake.X("INSERT INTO metric_def VALUES (?, ?, ?, ?)", s.ID, string(text), flag(s.building), s.generation))
}

// forget drops what was counted for a metric, with its labels and definition
// if gone.
func (w *tx) forget(ctx context.Context, id int64, gone bool) error {
	tables := []string{"rollup", "actor_day", "first_point", "last_point", "metric_day"}
	for _, t := range tables {
		if _, err := w.Exec(ctx, lake.X("DELETE FROM "+t+" WHERE metric = ?", id)); err != nil {
			return err
		}
	}
	w.lost = true
	if err := startFirst(ctx, w.Conn); err != nil {
		return err
	}
	if gone {
		_, err := w.Exec(ctx, lake.X("DELETE FROM metric_def WHERE id = ?", id))
		return err
	}
	return nil
}

// counting gives the event metrics that count events of a name, by id;
// building ones only if asked for.
func (d *dict) counting(names map[int32]bool, building bool) []*metricState {
	var out []*metricState
	for _, m := range d.metrics {
		if m.From == nil || m.building && !building {
			continue
		}
		if id, ok := d.events[m.From.Event]; ok && names[id] {
			out = append(out, m)
		}
	}
	sort.Slice(out, func(i, j int) bool { return out[i].ID < out[j].ID })
	return out
}

func flag(b bool) int32 {
	if b {
		return 1
	}
	return 0
}
