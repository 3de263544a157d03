package duckdb

import (
	"context"
	"database/sql"
	"encoding/json"
	"strings"

	duck "github.com/duckdb/duckdb-go/v2"

	"github.com/minori-hq/minori/metric"
	"github.com/minori-hq/minori/store/lake"
	"github.com/minori-hq/minori/store/lake/duckdb/internal/engine"
	"github.com/minori-hq/minori/store/lake/duckdb/internal/read"
)

// maxActors is how many actors are remembered between batches; the table
// knows the rest.
const maxActors = 2 << 20

// dict is what the writer remembers of the dictionaries and counters. It is
// dropped and read anew when a transaction fails.
type dict struct {
	events   map[string]int32
	origins  map[string]int32
	actors   map[string]int64
	labels   map[labelKey]int32 // by metric, position and value
	values   map[string]int32   // ids of label values, the same for all metrics
	sizes    map[labelPos]int
	metrics  map[int64]*metricState
	counters map[string]int64
	dirty    map[string]bool // counters to save
	retried  bool            // all events that wait were tried since the file was opened
	hashed   int64           // id up to which folding finds actors
}

type labelPos struct {
	metric int64
	pos    int
}

type labelKey struct {
	labelPos
	value string
}

// metricState is a metric's definition as stored.
type metricState struct {
	lake.MetricDef
	building   bool
	generation int64
}

// labels is the part of the dictionaries that queries read.
type labels struct {
	ids map[labelKey]int32
}

// Names of counters.
const (
	arrivals = "arrival" // last arrival number of a fact
	actorIDs = "actor"
	applied  = read.AppliedCounter // last outbox number applied
	cycles   = "cycle"
	fieldSeq = "field"
	sorted   = read.SortedCounter // rollup rows at the last compaction
)

func loadDict(ctx context.Context, c *sql.Conn) (*dict, error) {
	d := &dict{
		events: map[string]int32{}, origins: map[string]int32{}, actors: map[string]int64{}, labels: map[labelKey]int32{},
		values: map[string]int32{}, sizes: map[labelPos]int{}, metrics: map[int64]*metricState{},
		counters: map[string]int64{}, dirty: map[string]bool{},
	}
	named := func(m map[string]int32) func(*sql.Rows) error {
		return func(r *sql.Rows) error {
			var id int32
			var name string
			err := r.Scan(&id, &name)
			m[name] = id
			return err
		}
	}
	if err := engine.Each(ctx, c, lake.Raw("SELECT id, name FROM event_name"), named(d.events)); err != nil {
		return nil, err
	}
	if err := engine.Each(ctx, c, lake.Raw("SELECT id, name FROM origin"), named(d.origins)); err != nil {
		return nil, err
	}
	err := engine.Each(ctx, c, lake.Raw("SELECT name, value FROM counter"), func(r *sql.Rows) error {
		var name string
		var v int64
		err := r.Scan(&name, &v)
		d.counters[name] = v
		return err
	})
	if err != nil {
		return nil, err
	}
	err = engine.Each(ctx, c, lake.Raw("SELECT metric, pos, id, value FROM label"), func(r *sql.Rows) error {
		var k labelKey
		var id int32
		err := r.Scan(&k.metric, &k.pos, &id, &k.value)
		d.remember(k, id)
		return err
	})
	if err != nil {
		return nil, err
	}
	return d, engine.Each(ctx, c, lake.Raw("SELECT definition, building, generation FROM metric_def"), func(r *sql.Rows) error {
		var text string
		s := &metricState{}
		if err := r.Scan(&text, &s.building, &s.generation); err != nil {
			return err
		}
		if err := json.Unmarshal([]byte(text), &s.MetricDef); err != nil {
			return err
		}
		d.metrics[s.ID] = s
		return nil
	})
}

func (d *dict) remember(k labelKey, id int32) {
	d.labels[k] = id
	d.values[k.value] = id
	d.sizes[k.labelPos]++
}

// next takes n numbers from a counter and gives the one before the first.
func (d *dict) next(counter string, n int64) int64 {
	at := d.counters[counter]
	d.set(counter, at+n)
	return at
}

func (d *dict) set(counter string, v int64) {
	d.counters[counter] = v
	d.dirty[counter] = true
}

// save writes the counters that changed.
func (d *dict) save(ctx context.Context, w *tx) error {
	if len(d.dirty) == 0 {
		return nil
	}
	names, rows := []string{}, []lake.SQL{}
	for name := range d.dirty {
		names, rows = append(names, name), append(rows, lake.X("(?, ?::BIGINT)", name, d.counters[name]))
	}
	clear(d.dirty)
	return w.All(ctx,
		lake.X("DELETE FROM counter WHERE name IN (?)", lake.Values(names)),
		lake.X("INSERT INTO counter VALUES ?", lake.Join(", ", rows)))
}

// readable gives the labels to readers, copied when there are new ones.
func (d *dict) readable() *labels {
	ids := make(map[labelKey]int32, len(d.labels))
	for k, v := range d.labels {
		ids[k] = v
	}
	return &labels{ids: ids}
}

// event gives the id of an event name, making one.
func (w *tx) event(ctx context.Context, name string) (int32, error) {
	return w.name(ctx, w.dict.events, "event_name", name)
}

// origin gives the id of a kind of record.
func (w *tx) origin(ctx context.Context, name string) (int32, error) {
	return w.name(ctx, w.dict.origins, "origin", name)
}

func (w *tx) name(ctx context.Context, known map[string]int32, table, name string) (int32, error) {
	if id, ok := known[name]; ok {
		return id, nil
	}
	id := int32(len(known) + 1)
	name = strings.Clone(name)
	if _, err := w.Exec(ctx, lake.X("INSERT INTO "+table+" VALUES (?, ?)", id, name)); err != nil {
		return 0, err
	}
	known[name] = id
	return id, nil
}

// label gives the id of a label value, making one while the metric has room:
// 0 for no value, -1 for those beyond.
func (w *tx) label(ctx context.Context, metricID int64, pos int, value string) (int32, error) {
	if value == "" {
		return 0, nil
	}
	if value == metric.OtherLabel {
		return -1, nil
	}
	d := w.dict
	k := labelKey{labelPos{metricID, pos}, value}
	if id, ok := d.labels[k]; ok {
		return id, nil
	}
	if d.sizes[k.labelPos] >= metric.MaxLabelValues {
		return -1, nil
	}
	k.value = strings.Clone(value)
	id, ok := d.values[value]
	if !ok {
		id = int32(len(d.values) + 1)
	}
	if _, err := w.Exec(ctx, lake.X("INSERT INTO label VALUES (?, ?, ?, ?)", metricID, int32(pos), id, k.value)); err != nil {
		return 0, err
	}
	d.remember(k, id)
	return id, nil
}

// actorIDs gives the ids of actors, "" being 0, in the order given.
func (w *tx) actorIDs(ctx context.Context, keys []string, ids []int64) error {
	d := w.dict
	if len(d.actors) > maxActors {
		clear(d.actors)
	}
	missing := map[string]bool{}
	for i, k := range keys {
		if k == "" {
			ids[i] = 0
			continue
		}
		id, ok := d.actors[k]
		if !ok {
			missing[k] = true
		}
		ids[i] = id
	}
	if len(missing) == 0 {
		return nil
	}
	if err := w.findActors(ctx, missing); err != nil {
		return err
	}
	for i, k := range keys {
		if k != "" && ids[i] == 0 {
			ids[i] = d.actors[k]
		}
	}
	return nil
}

// findActors reads the ids of actors not remembered and makes the others.
func (w *tx) findActors(ctx context.Context, missing map[string]bool) error {
	d := w.dict
	if err := w.All(ctx, lake.Raw("CREATE OR REPLACE TEMP TABLE want_actor (id BIGINT, key VARCHAR)")); err != nil {
		return err
	}
	err := w.AppendTo("temp", "want_actor", func(a *duck.Appender) error {
		for k := range missing {
			if err := a.AppendRow(int64(0), k); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return err
	}
	if d.counters[actorIDs] > 0 {
		err = w.Rows(ctx, lake.Raw("SELECT a.id, a.key FROM actor_key a JOIN want_actor w ON a.key = w.key"), func(r *sql.Rows) error {
			var id int64
			var key string
			err := r.Scan(&id, &key)
			d.actors[key] = id
			delete(missing, key)
			return err
		})
		if err != nil {
			return err
		}
	}
	id := d.next(actorIDs, int64(len(missing)))
	return w.AppendTo("", "actor", func(a *duck.Appender) error {
		for k := range missing {
			id++
			d.actors[strings.Clone(k)] = id
			if err := a.AppendRow(id, k); err != nil {
				return err
			}
		}
		return nil
	})
}
