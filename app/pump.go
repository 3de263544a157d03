package app

import (
	"context"
	"fmt"

	minori "github.com/minori-hq/minori"
	"github.com/minori-hq/minori/app/owner"
	"github.com/minori-hq/minori/measure"
	"github.com/minori-hq/minori/metric"
	"github.com/minori-hq/minori/resource"
	"github.com/minori-hq/minori/store/lake"
)

// pumpBatch is how many deltas go to the lake at once.
const pumpBatch = 2000

// Drain brings every change of the records into the lake, and what the lake
// has to know of the metrics before. It is safe to call at any time.
func (a *App) Drain(ctx context.Context) error {
	a.pumping.Lock()
	defer a.pumping.Unlock()
	if err := a.defineMetrics(ctx); err != nil {
		return err
	}
	done, err := a.Lake.Applied(ctx)
	if err != nil {
		return fmt.Errorf("reading how far the lake is: %w", err)
	}
	start := done
	for {
		rows, err := a.Records.Outbox(ctx, done, pumpBatch)
		if err != nil {
			return fmt.Errorf("reading the outbox: %w", err)
		}
		if len(rows) == 0 {
			break
		}
		deltas := make([]lake.SeqDelta, len(rows))
		for i, r := range rows {
			deltas[i] = lake.SeqDelta{Seq: r.Seq, Delta: r.Delta}
		}
		if err := a.Lake.Apply(ctx, deltas); err != nil {
			return fmt.Errorf("bringing changes into the lake: %w", err)
		}
		a.drained(ctx, deltas)
		done = rows[len(rows)-1].Seq
	}
	if done == start {
		return nil
	}
	if err := a.Records.TrimOutbox(ctx, done); err != nil {
		return fmt.Errorf("trimming the outbox: %w", err)
	}
	return nil
}

// defineMetrics tells the lake which metrics there are: those of the
// workspace, and those that came into being with the data.
func (a *App) defineMetrics(ctx context.Context) error {
	cfg, err := a.Resources.Load(ctx)
	if err != nil {
		return fmt.Errorf("reading the definitions: %w", err)
	}
	ids, err := a.Records.IDs(ctx, "Metric")
	if err != nil {
		return fmt.Errorf("reading the metrics' keys: %w", err)
	}
	signature := fmt.Sprintf("%d/%d", cfg.Number, len(ids))
	if a.defined == signature {
		return nil
	}
	defs := make([]lake.MetricDef, 0, len(ids))
	have := map[int64]bool{}
	for i := range cfg.Metrics {
		def, err := metricDef(&cfg.Metrics[i])
		if err != nil {
			return err
		}
		defs = append(defs, def)
		have[def.ID] = true
	}
	for name, id := range ids {
		if m, ok := metric.BuiltIn(name); ok && !have[id] {
			defs = append(defs, lake.MetricDef{Ref: metric.Ref{ID: id, Name: name, Kind: m.Kind, AbsentZero: m.AbsentZero, By: m.By}})
		}
	}
	if err := a.Lake.DefineMetrics(ctx, defs); err != nil {
		return fmt.Errorf("defining the metrics in the lake: %w", err)
	}
	a.defined = signature
	return nil
}

// metricDef is a metric as the lake has to know it.
func metricDef(m *resource.Metric) (lake.MetricDef, error) {
	def := lake.MetricDef{Ref: m.Ref(), From: m.Def.From}
	if m.Where == nil {
		return def, nil
	}
	b := measure.NewBuilder(m.Where.Kind, minori.AsOf{}, nil)
	if err := b.Add("where", m.Where, false); err != nil {
		return def, fmt.Errorf("compiling the filter of %s: %w", m.Def.Name, err)
	}
	q := b.Query(nil)
	def.Where = &lake.Dag{Leaves: q.Leaves, Nodes: q.Nodes, Root: q.Outputs[0].Node}
	return def, nil
}

// Rebuild counts new and changed event metrics again from raw events. Until
// it is done they are unknown, reason building.
func (a *App) Rebuild(ctx context.Context, progress func(owner.Progress)) error {
	if err := a.Drain(ctx); err != nil {
		return err
	}
	building, err := a.Lake.Building(ctx)
	if err != nil {
		return fmt.Errorf("reading what is to be rebuilt: %w", err)
	}
	for id := range building {
		label := fmt.Sprintf("rebuilding metric %d", id)
		err := a.Lake.Rebuild(ctx, id, func(done, total int) {
			if progress != nil {
				progress(owner.Progress{Label: label, Done: int64(done), Total: int64(total), End: done == total})
			}
		})
		if err != nil {
			return fmt.Errorf("rebuilding a metric: %w", err)
		}
	}
	return nil
}
