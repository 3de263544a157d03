package duckdb

import (
	"context"
	"database/sql/driver"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"

	duck "github.com/duckdb/duckdb-go/v2"

	minori "github.com/minori-hq/minori"
	"github.com/minori-hq/minori/metric"
	"github.com/minori-hq/minori/store/lake"
	"github.com/minori-hq/minori/store/lake/duckdb/internal/engine"
)

// Bulk writes generated facts straight into the tables of an empty lake,
// beneath the importer: no keys, no classification, no transaction. It holds
// the right to write until it is closed. Subjects have to come in ascending
// order, with all their metrics in order and the days of a metric in order, so
// that the rollups need no sorting: they are gathered in a database of their own
// and copied block by block at the end. Days written without their events or
// points cannot be rebuilt. Close has to be called; after an error the lake is
// to be thrown away.
type Bulk struct {
	l    *Lake
	tx   *tx
	apps map[string]*duck.Appender

	rows    int64 // of rollup
	fields  int64
	arrival int64
	subject minori.ID
	first   map[int64]minori.Day // of the subject, by metric
	last    map[series]DayRow    // of the subject
	days    map[metricDay]dayEnd
	row     [13]driver.Value
}

// series is a metric with exactly these labels.
type series struct {
	metric int64
	labels [metric.MaxLabels]int32
}

type metricDay struct {
	metric int64
	day    minori.Day
}

type dayEnd struct{ at, points int64 }

// DayRow is one day of a metric of a subject. Labels are ids made by Label.
type DayRow struct {
	Subject minori.ID
	Metric  int64
	Day     minori.Day
	Sum     float64
	Count   int64
	Min     float64
	Max     float64
	Last    float64
	LastAt  int64 // microseconds since 1970 UTC
	Labels  [metric.MaxLabels]int32
}

// Bulk begins bulk writing. It is a Conflict if the lake holds rollups already.
func (l *Lake) Bulk(ctx context.Context) (*Bulk, error) {
	var n int64
	if err := l.db.QueryRowContext(ctx, "SELECT count(*) FROM rollup").Scan(&n); err != nil {
		return nil, err
	}
	if n > 0 {
		return nil, minori.Errorf(minori.Conflict, "the lake is not empty")
	}
	select {
	case l.turn <- struct{}{}:
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	if l.dict == nil {
		d, err := loadDict(ctx, l.writer)
		if err != nil {
			<-l.turn
			return nil, err
		}
		l.dict = d
	}
	if err := l.attachBulk(ctx); err != nil {
		<-l.turn
		return nil, err
	}
	return &Bulk{
		l: l, tx: &tx{Conn: engine.Conn{Conn: l.writer}, l: l, dict: l.dict}, apps: map[string]*duck.Appender{},
		first: map[int64]minori.Day{}, last: map[series]DayRow{}, days: map[metricDay]dayEnd{},
		fields: l.dict.counters[fieldSeq], arrival: l.dict.counters[arrivals],
	}, nil
}

// gathered are the tables that are kept by blocks of days.
var gathered = []string{"rollup", "actor_day"}

// attachBulk makes the database in which these are gathered.
func (l *Lake) attachBulk(ctx context.Context) error {
	path := ":memory:"
	if l.path != "" {
		path = l.path + ".bulk"
		if err := os.Remove(path); err != nil && !errors.Is(err, os.ErrNotExist) {
			return err
		}
	}
	statements := []string{"ATTACH '" + strings.ReplaceAll(path, "'", "''") + "' AS bulk"}
	for _, t := range gathered {
		statements = append(statements, "CREATE TABLE bulk."+t+" AS SELECT * FROM "+t+" LIMIT 0")
	}
	for _, s := range statements {
		if _, err := l.writer.ExecContext(ctx, s); err != nil {
			return fmt.Errorf("making room for bulk writing: %w", err)
		}
	}
	return nil
}

// arrange copies what was gathered into the lake, block by block.
func (b *Bulk) arrange(ctx context.Context) error {
	for _, t := range gathered {
		days, err := b.tx.blocks(ctx, "bulk."+t)
		if err != nil {
			return err
		}
		for _, day := range days {
			if _, err := b.tx.Exec(ctx, lake.X("INSERT INTO "+t+" SELECT * FROM bulk."+t+" WHERE day >= ? AND day < ?", day, day+blockDays)); err != nil {
				return err
			}
		}
	}
	if _, err := b.tx.Exec(ctx, lake.Raw("DETACH bulk")); err != nil {
		return err
	}
	if b.l.path == "" {
		return nil
	}
	return os.Remove(b.l.path + ".bulk")
}

// app gives the appender of a table.
func (b *Bulk) app(table string) (a *duck.Appender, err error) {
	if a = b.apps[table]; a != nil {
		return a, nil
	}
	err = b.l.writer.Raw(func(c any) error {
		catalog := ""
		if slices.Contains(gathered, table) {
			catalog = "bulk"
		}
		a, err = duck.NewAppender(c.(driver.Conn), catalog, "main", table)
		return err
	})
	if err == nil {
		b.apps[table] = a
	}
	return a, err
}

// Subject writes a subject.
func (b *Bulk) Subject(s metric.SubjectRow) error {
	a, err := b.app("subject")
	if err != nil {
		return err
	}
	return appendSubject(a, s)
}

// Field writes a step of a field.
func (b *Bulk) Field(f metric.FieldValue) error {
	a, err := b.app("field")
	if err != nil {
		return err
	}
	b.fields++
	return appendField(a, f, b.fields)
}

// Term writes a subscription's term.
func (b *Bulk) Term(t metric.Term) error {
	a, err := b.app("term")
	if err != nil {
		return err
	}
	return appendTerm(a, t)
}

// Rate writes a rate.
func (b *Bulk) Rate(r metric.Rate) error {
	a, err := b.app("rate")
	if err != nil {
		return err
	}
	return a.AppendRow(r.Currency, int32(r.Day), r.Value)
}

// Actor gives the id of an actor, making one.
func (b *Bulk) Actor(key string) (int64, error) {
	if id, ok := b.tx.dict.actors[key]; ok {
		return id, nil
	}
	a, err := b.app("actor")
	if err != nil {
		return 0, err
	}
	id := b.tx.dict.next(actorIDs, 1) + 1
	b.tx.dict.actors[key] = id
	return id, a.AppendRow(id, key)
}

// Label gives the id of a label value of a metric; pos counts from 0.
func (b *Bulk) Label(ctx context.Context, metricID int64, pos int, value string) (int32, error) {
	return b.tx.label(ctx, metricID, pos, value)
}

// Event writes a raw event. It counts nothing: its day has to be written too.
func (b *Bulk) Event(ctx context.Context, e metric.EventRow, actor int64) error {
	name, err := b.tx.event(ctx, e.Name)
	if err != nil {
		return err
	}
	a, err := b.app("event")
	if err != nil {
		return err
	}
	b.arrival++
	var value, props any
	if e.HasValue {
		value = e.Value
	}
	if e.Properties != "" {
		props = e.Properties
	}
	return a.AppendRow(b.arrival, int64(e.Subject), name, actor, e.Time, int32(e.Day), value, props)
}

// Day writes a day of a metric, noting the first and the last point.
func (b *Bulk) Day(d *DayRow) error {
	a, err := b.app("rollup")
	if err != nil {
		return err
	}
	if d.Subject != b.subject {
		if err := b.ends(); err != nil {
			return err
		}
		b.subject = d.Subject
	}
	if f, ok := b.first[d.Metric]; !ok || d.Day < f {
		b.first[d.Metric] = d.Day
	}
	of := series{d.Metric, d.Labels}
	if l, ok := b.last[of]; !ok || d.LastAt > l.LastAt {
		b.last[of] = *d
	}
	k := metricDay{d.Metric, d.Day}
	e := b.days[k]
	b.days[k] = dayEnd{max(e.at, d.LastAt), e.points + d.Count}
	b.rows++
	r := b.row[:]
	r[0], r[1], r[2] = int64(d.Subject), d.Metric, int32(d.Day)
	r[3], r[4], r[5] = d.Labels[0], d.Labels[1], d.Labels[2]
	r[6], r[7], r[8], r[9], r[10], r[11], r[12] = d.Sum, d.Count, d.Min, d.Max, d.Last, d.LastAt, int64(0)
	return a.AppendRow(r...)
}

// ActorDay says that an actor was met on a day.
func (b *Bulk) ActorDay(subject minori.ID, metricID int64, day minori.Day, actor int64) error {
	a, err := b.app("actor_day")
	if err != nil {
		return err
	}
	return a.AppendRow(int64(subject), metricID, int32(day), actor, int32(0), int32(0), int32(0))
}

// ends writes the first and last points of the subject that ends.
func (b *Bulk) ends() error {
	a, err := b.app("first_point")
	if err != nil {
		return err
	}
	for m, d := range b.first {
		if err := a.AppendRow(int64(b.subject), m, int32(d)); err != nil {
			return err
		}
	}
	clear(b.first)
	if a, err = b.app("last_point"); err != nil {
		return err
	}
	for of, d := range b.last {
		l := &of.labels
		if err := a.AppendRow(int64(b.subject), of.metric, l[0], l[1], l[2], int32(d.Day), d.Last, d.LastAt, int64(0)); err != nil {
			return err
		}
	}
	clear(b.last)
	return nil
}

// Close writes the rest and gives up the right to write.
func (b *Bulk) Close() error {
	defer func() { <-b.l.turn }()
	err := b.finish()
	for _, a := range b.apps {
		err = errors.Join(err, a.Close())
	}
	if err == nil {
		err = b.arrange(context.Background())
	}
	if err != nil {
		b.l.dict = nil
		return err
	}
	d := b.tx.dict
	d.set(sorted, b.rows)
	d.set(arrivals, b.arrival)
	d.set(fieldSeq, b.fields)
	if err := d.save(context.Background(), b.tx); err != nil {
		b.l.dict = nil
		return err
	}
	b.l.labels.Store(d.readable())
	b.l.Changed(nil, true)
	_, err = b.l.writer.ExecContext(context.Background(), "CHECKPOINT")
	return err
}

func (b *Bulk) finish() error {
	if err := b.ends(); err != nil {
		return err
	}
	a, err := b.app("metric_day")
	if err != nil {
		return err
	}
	for k, e := range b.days {
		if err := a.AppendRow(k.metric, int32(k.day), e.at, e.points); err != nil {
			return err
		}
	}
	return nil
}
