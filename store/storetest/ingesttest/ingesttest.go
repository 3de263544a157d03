// Package ingesttest is the conformance suite of the inbox of the analytics
// store: every backend that takes tracking messages has to pass it.
package ingesttest

import (
	"context"
	"fmt"
	"math"
	"testing"
	"time"

	minori "github.com/minori-hq/minori"
	"github.com/minori-hq/minori/ingest"
	"github.com/minori-hq/minori/metric"
	"github.com/minori-hq/minori/store/lake"
	"github.com/minori-hq/minori/store/storetest/laketest"
)

// Lake is what a backend offers.
type Lake interface {
	laketest.Lake
	ingest.Inbox
}

// Run runs the suite; open makes an empty lake whose workspace currency is
// USD, or opens one again that was closed when the path is not "".
func Run(t *testing.T, open func(t *testing.T, path string) Lake) {
	for _, c := range []struct {
		name string
		test func(*testing.T, *bench)
	}{
		{"Counts", counts}, {"Numbers", numbers}, {"Limit", limit}, {"Identities", identities}, {"Nothing", nothing},
		{"ByName", byName}, {"ByActor", byActor}, {"Since", since}, {"Waits", waits}, {"Nobody", nobody}, {"RetryLimit", retryLimit},
		{"Gone", gone}, {"Merges", merges}, {"MergeChains", mergeChains}, {"MergedLinks", mergedLinks}, {"MergedWaiting", mergedWaiting},
		{"Late", late}, {"Ties", ties}, {"Labels", labels}, {"Report", report}, {"Keys", keys}, {"Reopen", reopen},
		{"Expire", expire}, {"Rebuilt", rebuilt}, {"Building", building}, {"Texts", texts}, {"Beside", beside}, {"AnyOrder", anyOrder},
	} {
		t.Run(c.name, func(t *testing.T) {
			b := &bench{T: t, ctx: context.Background()}
			path := t.TempDir()
			b.another = func() Lake { return open(t, t.TempDir()) }
			b.reopen = func() {
				if b.l != nil {
					b.ok(b.l.Close())
				}
				b.l = open(t, path)
			}
			b.reopen()
			t.Cleanup(func() {
				if err := b.l.Close(); err != nil {
					t.Errorf("close: %v", err)
				}
			})
			c.test(t, b)
		})
	}
}

// Metrics of the suite.
const (
	login   = 1 // counts logins and their actors, by plan
	minutes = 2 // sums minutes of logins
	beta    = 3 // counts logins whose property beta is true
	views   = 4 // counts pages
)

var refs = []metric.Ref{
	login - 1:   {ID: login, Name: "usage.login", Kind: metric.Event, Actors: true, By: []string{"plan"}},
	minutes - 1: {ID: minutes, Name: "usage.minutes", Kind: metric.Event},
	beta - 1:    {ID: beta, Name: "usage.beta", Kind: metric.Event},
	views - 1:   {ID: views, Name: "usage.views", Kind: metric.Event},
}

func defs() []lake.MetricDef {
	out := make([]lake.MetricDef, len(refs))
	for i, r := range refs {
		out[i].Ref = r
	}
	out[login-1].From = &metric.From{Event: "login", Actors: true}
	out[minutes-1].From = &metric.From{Event: "login", Sum: "minutes"}
	out[beta-1].From = &metric.From{Event: "login", Where: "properties.beta == true"}
	out[beta-1].Where = betaOnly()
	out[views-1].From = &metric.From{Event: "page"}
	return out
}

// today is the as-of day of the tests.
const today minori.Day = 20000

func asOf() minori.AsOf { return minori.EndOf(today, time.UTC) }

// at is an instant of a day.
func at(d minori.Day, seconds int) int64 { return (int64(d)*86400 + int64(seconds)) * 1e6 }

// bench is a lake under test with shorthand.
type bench struct {
	*testing.T
	l       Lake
	ctx     context.Context
	reopen  func()
	another func() Lake // an empty one
	seq     int64
	n       uint64
}

func (b *bench) ok(err error) {
	b.Helper()
	if err != nil {
		b.Fatal(err)
	}
}

// start defines the metrics and accounts a1 … an with ids 1 … n.
func (b *bench) start(n int) {
	b.Helper()
	b.ok(b.l.DefineMetrics(b.ctx, defs()))
	for i := 1; i <= n; i++ {
		b.account(minori.ID(i), false)
	}
}

func (b *bench) account(id minori.ID, gone bool) {
	b.Helper()
	b.apply(metric.Delta{Subjects: []metric.SubjectRow{{Kind: minori.Account, ID: id, Key: fmt.Sprint("a", id), Gone: gone}}})
}

func (b *bench) apply(d metric.Delta) {
	b.Helper()
	b.seq++
	b.ok(b.l.Apply(b.ctx, []lake.SeqDelta{{Seq: b.seq, Delta: d}}))
}

func (b *bench) link(actor string, account minori.ID, since int64) {
	b.Helper()
	b.apply(metric.Delta{Links: []metric.Link{{Actor: actor, Account: account, Since: since}}})
}

func (b *bench) merge(names ...string) {
	b.Helper()
	var d metric.Delta
	for i := 0; i < len(names); i += 2 {
		d.Merges = append(d.Merges, metric.Merge{Old: names[i], New: names[i+1]})
	}
	b.apply(d)
}

// message makes a message that arrives a minute after it happened.
func (b *bench) message(k ingest.Kind, event, user, account string, day minori.Day, second int, body string) ingest.Received {
	b.n++
	return ingest.Received{
		Message: ingest.Message{Kind: k, ID: fmt.Sprint("m", b.n), Event: event, User: user, Account: account, Time: at(day, second), Body: body},
		Source:  7, Key: b.n * 0x9e3779b97f4a7c15, Shard: uint16(b.n % 60000), At: at(day, second+60), Day: day,
	}
}

func (b *bench) logins(user, account string, day minori.Day, bodies ...string) []ingest.Received {
	out := make([]ingest.Received, len(bodies))
	for i, body := range bodies {
		out[i] = b.message(ingest.Track, "login", user, account, day, 3600+i, body)
	}
	return out
}

func (b *bench) receive(ms ...ingest.Received) {
	b.Helper()
	b.ok(b.l.Receive(b.ctx, ms))
}

func (b *bench) fold() ingest.Folded {
	b.Helper()
	f, err := b.l.Fold(b.ctx, math.MaxInt64, 1000, true)
	b.ok(err)
	return f
}

func (b *bench) backlog(inbox, waiting int64) {
	b.Helper()
	i, w, err := b.l.Backlog(b.ctx)
	b.ok(err)
	if i != inbox || w != waiting {
		b.Errorf("%d in the inbox and %d waiting, want %d and %d", i, w, inbox, waiting)
	}
}

// leaf asks a function of a metric over n days up to today.
func leaf(m int, fn metric.Fn, n int) metric.Leaf {
	return metric.Leaf{Kind: metric.LeafMetric, Type: metric.Number, Metric: refs[m-1], Fn: fn, From: today - minori.Day(n) + 1, To: today}
}

// ask gives the answers of all accounts.
func (b *bench) ask(leaves ...metric.Leaf) map[minori.ID][]metric.Value {
	b.Helper()
	q := metric.Query{Kind: minori.Account, AsOf: asOf(), Leaves: leaves}
	for i, l := range leaves {
		q.Nodes = append(q.Nodes, metric.Node{Op: metric.OpLeaf, Type: l.Type, Leaf: i})
		q.Outputs = append(q.Outputs, metric.Output{Name: fmt.Sprint(i), Node: i})
	}
	r, err := b.l.Compute(b.ctx, q)
	b.ok(err)
	defer func() { b.ok(r.Close()) }()
	out := map[minori.ID][]metric.Value{}
	b.ok(r.Each(b.ctx, nil, nil, func(batch *metric.Batch) error {
		for i, s := range batch.Subjects {
			for j := range batch.Columns {
				out[s] = append(out[s], batch.Columns[j].Value(i))
			}
		}
		return nil
	}))
	return out
}

// sum gives a metric's sum over 90 days of an account, NaN when unknown.
func (b *bench) sum(m int, account minori.ID) float64 {
	b.Helper()
	return b.number(leaf(m, metric.Sum, 90), account)
}

func (b *bench) number(l metric.Leaf, account minori.ID) float64 {
	b.Helper()
	v := b.ask(l)[account][0]
	if v.Reason != metric.Known {
		return math.NaN()
	}
	return v.Num
}

// want compares numbers, in pairs of got and want.
func (b *bench) want(what string, pairs ...float64) {
	b.Helper()
	for i := 0; i < len(pairs); i += 2 {
		got, want := pairs[i], pairs[i+1]
		if got != want && !(math.IsNaN(got) && math.IsNaN(want)) {
			b.Errorf("%s: number %d is %v, want %v", what, i/2+1, got, want)
		}
	}
}

var none = math.NaN()
