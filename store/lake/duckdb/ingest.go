package duckdb

import (
	"context"
	"database/sql"

	duck "github.com/duckdb/duckdb-go/v2"

	minori "github.com/minori-hq/minori"
	"github.com/minori-hq/minori/metric"
	"github.com/minori-hq/minori/store/lake"
)

// What becomes of a row.
const (
	created  = 0
	updated  = 1
	known    = 2 // unchanged, first met in this import
	repeated = 3 // unchanged, met in this import before
	refused  = 4 // met in this import before with other content
)

// Ingest stores a batch: each row is created, replaces the one with its key,
// or is already there. Facts, import rows, rollups, actors and first points
// are written in one transaction; on an error nothing of the batch is kept.
func (l *Lake) Ingest(ctx context.Context, in metric.Ingest) (metric.IngestReport, error) {
	var rep metric.IngestReport
	if err := check(in); err != nil {
		return rep, err
	}
	err := l.write(ctx, func(w *tx) error {
		b := &batch{tx: w, in: in, base: w.dict.counters[arrivals]}
		if err := b.run(ctx); err != nil {
			return err
		}
		rep = b.rep
		return nil
	})
	return rep, err
}

// check refuses numbers the lake cannot keep.
func check(in metric.Ingest) error {
	for i := range in.Events {
		if e := &in.Events[i]; e.HasValue && !finite(e.Value) {
			return minori.Errorf(minori.Invalid, "line %d: the value is not a finite number", e.Line)
		}
	}
	for i := range in.Points {
		if p := &in.Points[i]; !finite(p.Value) {
			return minori.Errorf(minori.Invalid, "line %d: the value is not a finite number", p.Line)
		}
	}
	return nil
}

func finite(v float64) bool { return v-v == 0 }

// batch is one Ingest under way.
type batch struct {
	*tx
	in   metric.Ingest
	rep  metric.IngestReport
	base int64 // arrival number before the first row

	names   map[int32]bool // event names in the batch
	repeats bool           // some key stands in the batch twice
	plain   bool           // all rows are new
}

func (b *batch) run(ctx context.Context) error {
	total := len(b.in.Events) + len(b.in.Points)
	if total == 0 {
		return nil
	}
	if !b.in.DryRun {
		b.dict.next(arrivals, int64(total))
	}
	if err := b.stage(ctx); err != nil {
		return err
	}
	if err := b.classify(ctx); err != nil {
		return err
	}
	if b.in.DryRun {
		return b.noteSeen(ctx, "dry_seen", "0, 1, 2")
	}
	if b.plain {
		b.rep.Created = total
		return b.addNew(ctx, "stage_event", "stage_point", "stage")
	}
	return b.addClassified(ctx)
}

// addNew adds rows that are all new, from the given tables.
func (b *batch) addNew(ctx context.Context, events, points, rows string) error {
	if err := b.facts(ctx, events, points, rows); err != nil {
		return err
	}
	return b.count(ctx, events, points)
}

// facts writes events, points and import rows.
func (b *batch) facts(ctx context.Context, events, points, rows string) error {
	if len(b.in.Events) > 0 {
		if _, err := b.Exec(ctx, lake.Raw("INSERT INTO event SELECT arrival, subject, name, actor, time, day, value, properties FROM "+events)); err != nil {
			return err
		}
	}
	if len(b.in.Points) > 0 {
		if _, err := b.Exec(ctx, lake.X("INSERT INTO point SELECT arrival, ?::BIGINT, 0, subject, metric, time, day, value, l1, l2, l3 FROM "+points, b.in.Source)); err != nil {
			return err
		}
	}
	_, err := b.Exec(ctx, lake.X("INSERT INTO import_row SELECT ?::BIGINT, key_hi, key_lo, hash_hi, hash_lo, ?::BIGINT, line, arrival FROM "+rows, b.in.Source, b.in.Import))
	return err
}

// count adds new events and points to the rollups.
func (b *batch) count(ctx context.Context, events, points string) error {
	if len(b.in.Events) > 0 {
		if err := b.rollEvents(ctx, b.dict.counting(b.names, false), lake.Raw("SELECT * FROM "+events)); err != nil {
			return err
		}
	}
	if len(b.in.Points) > 0 {
		return b.roll(ctx, lake.Raw(pointRows+points))
	}
	return nil
}

// addClassified adds the new rows, replaces the updated ones and notes the
// unchanged as met.
func (b *batch) addClassified(ctx context.Context) error {
	pick := func(name, from, class string) lake.SQL {
		return lake.Raw("CREATE OR REPLACE TEMP TABLE " + name + " AS SELECT * FROM " + from +
			" WHERE arrival IN (SELECT arrival FROM class WHERE what IN (" + class + "))")
	}
	err := b.All(ctx,
		pick("new_event", "stage_event", "0"), pick("new_point", "stage_point", "0"), pick("new_row", "stage", "0"))
	if err != nil {
		return err
	}
	if b.rep.Created > 0 {
		if err := b.addNew(ctx, "new_event", "new_point", "new_row"); err != nil {
			return err
		}
	}
	if b.rep.Updated > 0 {
		err := b.All(ctx,
			pick("new_event", "stage_event", "1"), pick("new_point", "stage_point", "1"), pick("new_row", "stage", "1"),
			lake.Raw("CREATE OR REPLACE TEMP TABLE gone AS SELECT old AS arrival FROM class WHERE what = 1"))
		if err != nil {
			return err
		}
		if err := b.replace(ctx); err != nil {
			return err
		}
	}
	return b.noteSeen(ctx, "import_seen", "2")
}

// replace puts the updated rows in the place of the old ones and rebuilds the
// days of both.
func (b *batch) replace(ctx context.Context) error {
	if err := b.startAffected(ctx); err != nil {
		return err
	}
	if err := b.removeFacts(ctx, b.in.Source); err != nil {
		return err
	}
	if err := b.facts(ctx, "new_event", "new_point", "new_row"); err != nil {
		return err
	}
	if err := b.affect(ctx, "new_event", "new_point"); err != nil {
		return err
	}
	return b.rebuild(ctx)
}

func (w *tx) startAffected(ctx context.Context) error {
	return w.All(ctx,
		lake.Raw("CREATE OR REPLACE TEMP TABLE affected_all (subject BIGINT, metric BIGINT, day INTEGER)"),
		lake.Raw("CREATE OR REPLACE TEMP TABLE affected (subject BIGINT, metric BIGINT, day INTEGER)"))
}

// removeFacts deletes the facts and import rows of a source whose arrival
// numbers stand in the table gone, noting the days they touch.
func (w *tx) removeFacts(ctx context.Context, source int64) error {
	err := w.All(ctx,
		lake.Raw("CREATE OR REPLACE TEMP TABLE old_event AS SELECT e.* FROM event e JOIN gone g ON e.arrival = g.arrival"),
		lake.Raw("CREATE OR REPLACE TEMP TABLE old_point AS SELECT p.* FROM point p JOIN gone g ON p.arrival = g.arrival"))
	if err != nil {
		return err
	}
	if err := w.affect(ctx, "old_event", "old_point"); err != nil {
		return err
	}
	return w.All(ctx,
		lake.Raw("DELETE FROM event USING gone g WHERE event.arrival = g.arrival"),
		lake.Raw("DELETE FROM point USING gone g WHERE point.arrival = g.arrival"),
		lake.X("DELETE FROM import_row USING gone g WHERE import_row.source = ? AND import_row.arrival = g.arrival", source))
}

// affect notes the days of the facts in two tables as to be rebuilt, and that
// a running rebuild of a metric has to begin again.
func (w *tx) affect(ctx context.Context, events, points string) error {
	names := map[int32]bool{}
	err := w.Rows(ctx, lake.Raw("SELECT DISTINCT name FROM "+events), func(r *sql.Rows) error {
		var id int32
		err := r.Scan(&id)
		names[id] = true
		return err
	})
	if err != nil {
		return err
	}
	for _, m := range w.dict.counting(names, true) {
		if m.building {
			m.generation++
			if err := w.saveMetric(ctx, m); err != nil {
				return err
			}
			continue
		}
		if _, err := w.Exec(ctx, lake.X("INSERT INTO affected_all SELECT DISTINCT subject, ?::BIGINT, day FROM "+events+" WHERE name = ?",
			m.ID, w.dict.events[m.From.Event])); err != nil {
			return err
		}
	}
	err = w.All(ctx,
		lake.Raw("INSERT INTO affected_all SELECT DISTINCT subject, metric, day FROM "+points),
		lake.Raw("CREATE OR REPLACE TEMP TABLE affected AS SELECT DISTINCT subject, metric, day FROM affected_all"))
	if err != nil {
		return err
	}
	return w.keepExpired(ctx)
}

// EndMissing removes the facts of a source's rows that were not met in an
// import, for sources that say they are complete. It gives how many rows ended.
func (l *Lake) EndMissing(ctx context.Context, source, imp int64) (int, error) {
	ended := 0
	err := l.write(ctx, func(w *tx) error {
		err := w.All(ctx, lake.X("CREATE OR REPLACE TEMP TABLE gone AS SELECT i.arrival AS arrival FROM import_row i WHERE i.source = ? AND i.import <> ? "+
			"AND NOT EXISTS (SELECT 1 FROM import_seen s WHERE s.source = ? AND s.import = ? AND s.key_lo = i.key_lo AND s.key_hi = i.key_hi)",
			source, imp, source, imp))
		if err != nil {
			return err
		}
		if err := w.One(ctx, lake.Raw("SELECT count(*) FROM gone"), &ended); err != nil || ended == 0 {
			return err
		}
		if err := w.startAffected(ctx); err != nil {
			return err
		}
		if err := w.removeFacts(ctx, source); err != nil {
			return err
		}
		return w.rebuild(ctx)
	})
	if err != nil {
		return 0, err
	}
	return ended, nil
}

// stage writes the batch to temporary tables: stage (all rows), stage_event,
// stage_point.
func (b *batch) stage(ctx context.Context) error {
	err := b.All(ctx,
		lake.Raw("CREATE OR REPLACE TEMP TABLE stage (arrival BIGINT, line INTEGER, key_hi BIGINT, key_lo BIGINT, hash_hi BIGINT, hash_lo BIGINT, rep_line INTEGER, rep_same INTEGER)"),
		lake.Raw("CREATE OR REPLACE TEMP TABLE stage_event (arrival BIGINT, subject BIGINT, name INTEGER, actor BIGINT, time BIGINT, day INTEGER, value DOUBLE, properties VARCHAR)"),
		lake.Raw("CREATE OR REPLACE TEMP TABLE stage_point (arrival BIGINT, subject BIGINT, metric BIGINT, time BIGINT, day INTEGER, value DOUBLE, l1 INTEGER, l2 INTEGER, l3 INTEGER)"))
	if err != nil {
		return err
	}
	if err := b.stageRows(); err != nil || b.in.DryRun {
		return err
	}
	if len(b.in.Events) > 0 {
		if err := b.stageEvents(ctx); err != nil {
			return err
		}
	}
	if len(b.in.Points) > 0 {
		return b.stagePoints(ctx)
	}
	return nil
}

// row gives the identity of row i of the batch, events before points.
func (b *batch) row(i int) *metric.Row {
	if i < len(b.in.Events) {
		return &b.in.Events[i].Row
	}
	return &b.in.Points[i-len(b.in.Events)].Row
}

// stageRows writes the identities, finding keys repeated within the batch.
func (b *batch) stageRows() error {
	n := len(b.in.Events) + len(b.in.Points)
	first := make(map[metric.Hash]int32, n)
	return b.AppendTo("temp", "stage", func(a *duck.Appender) error {
		for i := range n {
			r := b.row(i)
			var repLine, repSame int32
			if f, ok := first[r.Key]; ok {
				b.repeats = true
				f := b.row(int(f))
				repLine, repSame = int32(f.Line), flag(f.Hash == r.Hash)
				if repLine == 0 {
					repLine = -1
				}
			} else {
				first[r.Key] = int32(i)
			}
			if err := a.AppendRow(b.base+1+int64(i), int32(r.Line), int64(r.Key.Hi), int64(r.Key.Lo), int64(r.Hash.Hi), int64(r.Hash.Lo), repLine, repSame); err != nil {
				return err
			}
		}
		return nil
	})
}

func (b *batch) stageEvents(ctx context.Context) error {
	keys := make([]string, len(b.in.Events))
	for i := range b.in.Events {
		keys[i] = b.in.Events[i].Actor
	}
	actors := make([]int64, len(keys))
	if err := b.actorIDs(ctx, keys, actors); err != nil {
		return err
	}
	names := make([]int32, len(keys))
	b.names = map[int32]bool{}
	for i := range b.in.Events {
		id, err := b.event(ctx, b.in.Events[i].Name)
		if err != nil {
			return err
		}
		names[i] = id
		b.names[id] = true
	}
	return b.AppendTo("temp", "stage_event", func(a *duck.Appender) error {
		for i := range b.in.Events {
			e := &b.in.Events[i]
			var value, props any
			if e.HasValue {
				value = e.Value
			}
			if e.Properties != "" {
				props = e.Properties
			}
			if err := a.AppendRow(b.base+1+int64(i), int64(e.Subject), names[i], actors[i], e.Time, int32(e.Day), value, props); err != nil {
				return err
			}
		}
		return nil
	})
}

func (b *batch) stagePoints(ctx context.Context) error {
	base := b.base + 1 + int64(len(b.in.Events))
	labels, err := b.pointLabels(ctx, b.in.Points)
	if err != nil {
		return err
	}
	return b.AppendTo("temp", "stage_point", func(a *duck.Appender) error {
		for i := range b.in.Points {
			p := &b.in.Points[i]
			ls := labels[i]
			if err := a.AppendRow(base+int64(i), int64(p.Subject), p.Metric, p.Time, int32(p.Day), p.Value, ls[0], ls[1], ls[2]); err != nil {
				return err
			}
		}
		return nil
	})
}

// pointLabels gives the ids of the labels of points.
func (w *tx) pointLabels(ctx context.Context, points []metric.PointRow) ([][metric.MaxLabels]int32, error) {
	out := make([][metric.MaxLabels]int32, len(points))
	for i := range points {
		for j, v := range points[i].Labels {
			id, err := w.label(ctx, points[i].Metric, j, v)
			if err != nil {
				return nil, err
			}
			out[i][j] = id
		}
	}
	return out, nil
}
