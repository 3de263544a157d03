// Package laketest is the conformance suite of the analytics store: every
// backend has to pass it.
package laketest

import (
	"context"
	"fmt"
	"testing"
	"time"

	minori "github.com/minori-hq/minori"
	"github.com/minori-hq/minori/evaluate"
	"github.com/minori-hq/minori/metric"
	"github.com/minori-hq/minori/store/lake"
)

// Lake is what a backend offers.
type Lake interface {
	evaluate.Lake
	DefineMetrics(ctx context.Context, defs []lake.MetricDef) error
	Building(ctx context.Context) (map[int64]bool, error)
	Rebuild(ctx context.Context, metricID int64, progress func(done, total int)) error
	Ingest(ctx context.Context, in metric.Ingest) (metric.IngestReport, error)
	EndMissing(ctx context.Context, source, imp int64) (int, error)
	Apply(ctx context.Context, deltas []lake.SeqDelta) error
	Applied(ctx context.Context) (int64, error)
	Series(ctx context.Context, subject minori.ID, m metric.Ref, filter map[string]string, from, to minori.Day) ([]lake.DayPoint, error)
	FieldHistory(ctx context.Context, subject minori.ID) ([]lake.FieldStep, error)
	ScoreHistory(ctx context.Context, subject minori.ID, scorecard int64, from, to minori.Day) ([]lake.ScoreDay, error)
	ScoreDistribution(ctx context.Context, scorecard int64, from, to minori.Day, subjects []minori.ID) ([]lake.ScoreBin, error)
	Events(ctx context.Context, from, to minori.Day, by string, limit int, subjects []minori.ID) (lake.EventTotals, error)
	RecentEvents(ctx context.Context, subject minori.ID, p minori.Page) ([]lake.EventItem, error)
	ListGroups(ctx context.Context, q lake.ListQuery, by, sum string) ([]lake.ListGroup, error)
	List(ctx context.Context, q lake.ListQuery) (lake.ListPage, error)
	EachRow(ctx context.Context, q lake.ListQuery, most int, fn func(lake.ListRow) error) error
	PatchList(ctx context.Context, kind minori.SubjectKind, column string, values map[minori.ID]metric.Value) error
	SaveMembers(ctx context.Context, segment int64, asOf minori.AsOf, members []minori.ID) error
	Members(ctx context.Context, segment int64, asOf minori.AsOf) (members []minori.ID, ok bool, err error)
	BandFalls(ctx context.Context, kind minori.SubjectKind, scorecard int64, at minori.AsOf) ([]lake.BandFall, error)
	Whole(ctx context.Context, q lake.WholeQuery, m metric.Ref) ([]lake.WholeDay, error)
	ScoreMeans(ctx context.Context, q lake.WholeQuery, scorecard int64) ([]lake.WholeDay, error)
	Cut(ctx context.Context, q lake.WholeQuery, column string) ([]lake.Cut, error)
	Compact(ctx context.Context) error
	Checkpoint(ctx context.Context) error
	Stats(ctx context.Context) (lake.Sizes, error)
	Close() error
}

// Run runs the suite; open makes an empty lake whose workspace currency is USD.
func Run(t *testing.T, open func(t *testing.T) Lake) {
	for _, c := range []struct {
		name string
		test func(*testing.T, *bench)
	}{
		{"Windows", windows}, {"AbsentZero", absentZero}, {"Stale", stale}, {"Gauges", gauges}, {"FilteredGauge", filteredGauge}, {"LongAgo", longAgo},
		{"Slope", slope}, {"ActiveDays", activeDays}, {"Actors", actors}, {"Labels", labels}, {"OtherLabel", otherLabel},
		{"Partial", partial}, {"Replace", replace}, {"Duplicates", duplicates}, {"DryRun", dryRun}, {"EndMissing", endMissing},
		{"ApplyOnce", applyOnce}, {"PointSets", pointSets},
		{"Fields", fields}, {"ARR", arr}, {"MissingRate", missingRate}, {"Existence", existence}, {"Persons", persons}, {"Renewal", renewal},
		{"Operations", operations}, {"Reasons", reasons}, {"Shared", shared}, {"ExtendDerive", extendDerive}, {"SubjectsGiven", subjectsGiven},
		{"SaveCycle", saveCycle}, {"Lists", lists}, {"Members", members}, {"Whole", whole}, {"Falls", falls},
		{"Conditions", conditions}, {"Redefine", redefine}, {"Compaction", compaction}, {"Reads", reads}, {"Model", model},
	} {
		t.Run(c.name, func(t *testing.T) {
			l := open(t)
			t.Cleanup(func() {
				if err := l.Close(); err != nil {
					t.Errorf("close: %v", err)
				}
			})
			c.test(t, &bench{T: t, l: l, ctx: context.Background(), imp: 1})
		})
	}
}

// Metrics of the suite.
var (
	refs = []metric.Ref{
		{ID: 1, Name: "usage.login", Kind: metric.Event, Actors: true, By: []string{"plan"}},
		{ID: 2, Name: "usage.minutes", Kind: metric.Event, By: []string{"plan"}},
		{ID: 3, Name: "calls", Kind: metric.Counter, By: []string{"kind"}},
		{ID: 4, Name: "errors", Kind: metric.Counter, AbsentZero: true},
		{ID: 5, Name: "seats.used", Kind: metric.Gauge},
		{ID: 6, Name: "ticket.opened", Kind: metric.Counter, By: []string{"priority"}},
		{ID: 7, Name: "ticket.closed", Kind: metric.Counter, By: []string{"priority"}},
		{ID: 8, Name: "ticket.open", Kind: metric.Gauge, By: []string{"priority"}},
	}
)

// Names of the metrics above, by index.
const (
	login = iota
	minutes
	calls
	errorsM
	seats
	opened
	closed
	open
)

// today is the as-of day of most tests.
const today minori.Day = 20000

func asOf(d minori.Day) minori.AsOf { return minori.EndOf(d, time.UTC) }

func at(d minori.Day, seconds int) int64 { return (int64(d)*86400 + int64(seconds)) * 1e6 }

// bench is a lake under test with shorthand.
type bench struct {
	*testing.T
	l   Lake
	ctx context.Context
	imp int64
	seq int64
	key uint64
}

func (b *bench) ok(err error) {
	b.Helper()
	if err != nil {
		b.Fatal(err)
	}
}

// defs gives the definitions of the metrics of the suite.
func defs() []lake.MetricDef {
	out := make([]lake.MetricDef, len(refs))
	for i, r := range refs {
		out[i] = lake.MetricDef{Ref: r}
	}
	out[login].From = &metric.From{Event: "login", Actors: true}
	out[minutes].From = &metric.From{Event: "login", Sum: "minutes"}
	return out
}

// start defines the metrics and n accounts with keys a1 …
func (b *bench) start(n int) {
	b.Helper()
	b.ok(b.l.DefineMetrics(b.ctx, defs()))
	var d metric.Delta
	for i := 1; i <= n; i++ {
		d.Subjects = append(d.Subjects, metric.SubjectRow{Kind: minori.Account, ID: minori.ID(i), Key: fmt.Sprintf("a%d", i)})
	}
	b.apply(d)
}

func (b *bench) apply(ds ...metric.Delta) {
	b.Helper()
	var out []lake.SeqDelta
	for _, d := range ds {
		b.seq++
		out = append(out, lake.SeqDelta{Seq: b.seq, Delta: d})
	}
	b.ok(b.l.Apply(b.ctx, out))
}

// row gives a new identity.
func (b *bench) row() metric.Row {
	b.key++
	return metric.Row{Line: int(b.key), Key: metric.Hash{Hi: b.key * 7919, Lo: b.key}, Hash: metric.Hash{Lo: b.key}}
}

func (b *bench) point(subject minori.ID, m int, day minori.Day, v float64, labels ...string) metric.PointRow {
	p := metric.PointRow{Row: b.row(), Subject: subject, Metric: refs[m].ID, Time: at(day, 3600), Day: day, Value: v}
	copy(p.Labels[:], labels)
	return p
}

func (b *bench) event(subject minori.ID, name, actor string, day minori.Day, props string) metric.EventRow {
	return metric.EventRow{Row: b.row(), Subject: subject, Name: name, Actor: actor, Time: at(day, 7200), Day: day, Properties: props}
}

func (b *bench) ingest(in metric.Ingest) metric.IngestReport {
	b.Helper()
	if in.Source == 0 {
		in.Source = 1
	}
	if in.Import == 0 {
		in.Import = b.imp
	}
	rep, err := b.l.Ingest(b.ctx, in)
	b.ok(err)
	return rep
}

func (b *bench) points(ps ...metric.PointRow) metric.IngestReport {
	b.Helper()
	return b.ingest(metric.Ingest{Points: ps})
}

func (b *bench) events(es ...metric.EventRow) metric.IngestReport {
	b.Helper()
	return b.ingest(metric.Ingest{Events: es})
}

// leaf asks a function of a metric over the n days up to to.
func leaf(m int, fn metric.Fn, to minori.Day, n int, filter ...string) metric.Leaf {
	l := metric.Leaf{Kind: metric.LeafMetric, Type: metric.Number, Metric: refs[m], Fn: fn, From: to - minori.Day(n) + 1, To: to}
	for i := 0; i+1 < len(filter); i += 2 {
		if l.Filter == nil {
			l.Filter = map[string]string{}
		}
		l.Filter[filter[i]] = filter[i+1]
	}
	return l
}

// ask makes a query with one output per leaf, named by its number.
func ask(to minori.Day, leaves ...metric.Leaf) metric.Query {
	q := metric.Query{Kind: minori.Account, AsOf: asOf(to), Leaves: leaves}
	for i, l := range leaves {
		q.Nodes = append(q.Nodes, metric.Node{Op: metric.OpLeaf, Type: l.Type, Leaf: i})
		q.Outputs = append(q.Outputs, metric.Output{Name: fmt.Sprint(i), Node: i})
	}
	return q
}

// table is a result read whole.
type table map[minori.ID][]metric.Value

func (b *bench) read(r metric.Result, columns []string) table {
	b.Helper()
	out := table{}
	last := minori.ID(-1)
	b.ok(r.Each(b.ctx, nil, columns, func(batch *metric.Batch) error {
		for i, s := range batch.Subjects {
			if s <= last {
				b.Errorf("subject %d after %d", s, last)
			}
			last = s
			row := make([]metric.Value, len(batch.Columns))
			for j := range batch.Columns {
				row[j] = batch.Columns[j].Value(i)
			}
			out[s] = row
		}
		return nil
	}))
	return out
}

func (b *bench) compute(q metric.Query) table {
	b.Helper()
	r, err := b.l.Compute(b.ctx, q)
	b.ok(err)
	defer func() { b.ok(r.Close()) }()
	return b.read(r, nil)
}

func num(v float64) metric.Value      { return metric.Value{Type: metric.Number, Num: v} }
func text(s string) metric.Value      { return metric.Value{Type: metric.Text, Text: s} }
func no(r metric.Reason) metric.Value { return metric.Value{Type: metric.Number, Reason: r} }
func noText() metric.Value            { return metric.Value{Type: metric.Text, Reason: metric.NoValue} }
func truth(v bool) metric.Value {
	if v {
		return metric.Value{Type: metric.Bool, Num: 1}
	}
	return metric.Value{Type: metric.Bool}
}

// same compares values; numbers may differ in the last digits.
func same(a, b metric.Value) bool {
	if a.Reason != b.Reason {
		return false
	}
	if a.Reason != metric.Known {
		return true
	}
	d := a.Num - b.Num
	limit := 1e-9 * max(1, a.Num, -a.Num)
	return a.Text == b.Text && d <= limit && -d <= limit
}

// want compares one subject's row.
func (b *bench) want(got table, subject minori.ID, want ...metric.Value) {
	b.Helper()
	row, ok := got[subject]
	if !ok {
		b.Fatalf("no row for %d", subject)
	}
	if len(row) != len(want) {
		b.Fatalf("%d columns, want %d", len(row), len(want))
	}
	for i := range want {
		if !same(row[i], want[i]) {
			b.Errorf("subject %d, column %d: %+v (%s), want %+v (%s)", subject, i, row[i], row[i].Reason, want[i], want[i].Reason)
		}
	}
}

func day(d minori.Day) *minori.Day { return &d }
func ptr[T any](v T) *T            { return &v }
