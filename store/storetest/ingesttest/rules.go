package ingesttest

import (
	"fmt"
	"math"
	"testing"

	"github.com/google/go-cmp/cmp"

	minori "github.com/minori-hq/minori"
	"github.com/minori-hq/minori/ingest"
	"github.com/minori-hq/minori/metric"
	"github.com/minori-hq/minori/store/lake"
)

// betaOnly is the condition properties.beta == true.
func betaOnly() *lake.Dag {
	return &lake.Dag{
		Leaves: []metric.Leaf{{Kind: metric.LeafProperty, Type: metric.Bool, Column: "beta"}},
		Nodes:  []metric.Node{{Op: metric.OpLeaf, Type: metric.Bool}},
	}
}

// counts: an event of a known account is in the numbers once folded, as if it
// had been imported.
func counts(t *testing.T, b *bench) {
	b.start(3)
	m := append(b.logins("u", "a2", today-1, `{"minutes":5,"beta":true}`, `{"minutes":"7"}`, ``),
		b.message(ingest.Page, "page", "v", "a1", today, 0, ""), b.message(ingest.Screen, "screen", "v", "a3", today, 0, ""))
	b.receive(m...)
	b.backlog(5, 0)
	if !math.IsNaN(b.sum(login, 2)) {
		t.Error("an event counts before it is folded")
	}
	f := b.fold()
	// Nothing counts screens.
	want := ingest.Folded{UpTo: 5, Events: 5, Touched: []ingest.Touched{{Account: 1, First: today, At: at(today, 60)}, {Account: 2, First: today - 1, At: at(today-1, 3660)}}}
	if diff := cmp.Diff(want, f); diff != "" {
		t.Error(diff)
	}
	b.backlog(0, 0)
	b.want("numbers", b.sum(login, 2), 3, b.sum(minutes, 2), 12, b.sum(beta, 2), 1, b.sum(views, 1), 1, b.sum(views, 2), none, b.number(leaf(login, metric.Actors, 2), 2), 1)
	b.want("of the day", b.number(leaf(login, metric.Sum, 1), 2), 0, b.number(leaf(login, metric.DaysSince, 90), 2), 1)
	latest, err := b.l.Freshness(b.ctx, asOf())
	b.ok(err)
	if got := latest[login]; got.Day != today-1 || got.Time != at(today-1, 3602) {
		t.Errorf("latest login %+v", got)
	}
	items, err := b.l.RecentEvents(b.ctx, 2, minori.Page{})
	b.ok(err)
	if len(items) != 3 || items[0].Actor != "u" || items[0].Properties != "" || items[1].Properties != `{"minutes":"7"}` || items[1].Value != nil || items[2].Name != "login" {
		t.Errorf("events %+v", items)
	}
}

// numbers: messages are numbered in order from 1, on over batches.
func numbers(t *testing.T, b *bench) {
	b.start(1)
	first, second := b.logins("u", "a1", today, "", ""), b.logins("u", "a1", today, "")
	b.receive(first...)
	b.receive()
	b.receive(second...)
	if first[0].Arrival != 1 || first[1].Arrival != 2 || second[0].Arrival != 3 {
		t.Errorf("numbers %d, %d, %d", first[0].Arrival, first[1].Arrival, second[0].Arrival)
	}
	f, err := b.l.Fold(b.ctx, 2, 100, false)
	b.ok(err)
	b.want("up to", float64(f.UpTo), 2, float64(f.Events), 2)
	b.backlog(1, 0)
}

// limit: a step takes no more events than asked for; what says who is who does
// not count.
func limit(t *testing.T, b *bench) {
	b.start(1)
	who := b.message(ingest.Identify, "", "u", "", today, 0, "")
	b.receive(append(b.logins("u", "a1", today, ""), who)...)
	b.receive(append(b.logins("u", "a1", today, "", "", ""), who)...)
	for _, want := range [][4]int{{3, 2, 3, 0}, {5, 2, 1, 0}, {6, 0, 0, 0}, {6, 0, 0, 0}} {
		f, err := b.l.Fold(b.ctx, 100, 2, false)
		b.ok(err)
		inbox, waiting, err := b.l.Backlog(b.ctx)
		b.ok(err)
		if int(f.UpTo) != want[0] || f.Events != want[1] || int(inbox) != want[2] || int(waiting) != want[3] {
			t.Errorf("%+v with %d left, want %v", f, inbox, want)
		}
	}
	b.want("logins", b.sum(login, 1), 4)
}

// identities: who is who is given in order, whole, and up to where no other is.
func identities(t *testing.T, b *bench) {
	b.start(1)
	id := b.message(ingest.Identify, "", "u", "a1", today, 1, `{"name":"U"}`)
	id.Anonymous = "anon"
	group := b.message(ingest.Group, "", "u", "a1", today, 2, `{}`)
	alias := b.message(ingest.Alias, "", "u2", "", today, 3, "")
	alias.Anonymous, alias.Key = "u", math.MaxUint64
	track := b.logins("u", "", today, "", "", "", "")
	ms := []ingest.Received{track[0], id, track[1], group, track[2], alias, track[3]}
	b.receive(ms...)
	id, group, alias = ms[1], ms[3], ms[5]
	for n, want := range map[int][]ingest.Received{1: {id}, 2: {id, group}, 3: {id, group, alias}, 9: {id, group, alias}} {
		got, upTo, err := b.l.Identities(b.ctx, n)
		b.ok(err)
		if diff := cmp.Diff(want, got); diff != "" {
			t.Error(diff)
		}
		if until := []int64{1: 3, 2: 5, 3: 7, 9: 7}[n]; upTo != until {
			t.Errorf("%d of them: up to %d, want %d", n, upTo, until)
		}
	}
	f, err := b.l.Fold(b.ctx, 5, 100, false)
	b.ok(err)
	b.want("waiting", float64(f.Waiting), 3, float64(f.Events), 0)
	got, upTo, err := b.l.Identities(b.ctx, 9)
	b.ok(err)
	if len(got) != 1 || got[0].Arrival != 6 || upTo != 7 {
		t.Errorf("left %+v up to %d", got, upTo)
	}
}

// nothing: folding nothing changes nothing.
func nothing(t *testing.T, b *bench) {
	b.start(1)
	for range 2 {
		if diff := cmp.Diff(ingest.Folded{}, b.fold()); diff != "" {
			t.Error(diff)
		}
		got, upTo, err := b.l.Identities(b.ctx, 5)
		b.ok(err)
		if len(got) != 0 || upTo != 0 {
			t.Errorf("%d identities up to %d", len(got), upTo)
		}
	}
	b.receive(b.logins("u", "a1", today, "")...)
	b.want("up to", float64(b.fold().UpTo), 1, float64(b.fold().UpTo), 1)
}

// byName: the account an event names wins over its actor's; a person's key is
// no account's.
func byName(t *testing.T, b *bench) {
	b.start(2)
	b.apply(metric.Delta{Subjects: []metric.SubjectRow{{Kind: minori.Person, ID: 9, Key: "p"}}})
	b.link("u", 1, 0)
	b.receive(append(b.logins("u", "a2", today, ""), b.logins("u", "p", today, "")...)...)
	f := b.fold()
	b.want("folded", float64(f.Events), 1, float64(f.Waiting), 1, b.sum(login, 1), none, b.sum(login, 2), 1)
}

// byActor: else the account of the user counts, and of a visitor without one.
func byActor(t *testing.T, b *bench) {
	b.start(2)
	b.link("u", 1, 0)
	b.link("anon", 2, 0)
	both := b.logins("u", "", today, "")[0]
	both.Anonymous = "anon"
	visitor := b.logins("", "", today, "")[0]
	visitor.Anonymous = "anon"
	b.receive(both, visitor)
	b.fold()
	b.want("logins", b.sum(login, 1), 1, b.sum(login, 2), 1)
}

// since: of several links the latest not after the event counts, for earlier
// events the first.
func since(t *testing.T, b *bench) {
	b.start(4)
	b.link("u", 3, at(today-2, 0))
	b.link("u", 1, at(today-10, 0))
	b.link("u", 4, at(today-5, 0))
	b.link("u", 2, at(today-5, 0)) // instead
	b.receive(append(append(b.logins("u", "", today-20, ""), b.logins("u", "", today-10, "", "")...), b.logins("u", "", today-5, "", "", "")...)...)
	exactly := b.message(ingest.Track, "login", "u", "", today-2, 0, "")
	b.receive(exactly)
	b.fold()
	b.want("logins", b.sum(login, 1), 3, b.sum(login, 2), 3, b.sum(login, 3), 1, b.sum(login, 4), none)
}

// waits: an event whose account is not known is kept and attached later, to an
// account that appears or by a link that comes.
func waits(t *testing.T, b *bench) {
	b.start(1)
	b.receive(append(b.logins("u", "a7", today-3, `{"minutes":1}`), b.logins("v", "", today-2, `{"minutes":2}`)...)...)
	f := b.fold()
	if diff := cmp.Diff(ingest.Folded{UpTo: 2, Waiting: 2}, f); diff != "" {
		t.Error(diff)
	}
	b.backlog(0, 2)
	b.account(7, false)
	f, err := b.l.Fold(b.ctx, 100, 100, false)
	b.ok(err)
	b.want("without retry", float64(f.Attached), 0)
	f = b.fold()
	if diff := cmp.Diff(ingest.Folded{UpTo: 2, Attached: 1, Touched: []ingest.Touched{{Account: 7, First: today - 3, At: at(today-3, 3660)}}}, f); diff != "" {
		t.Error(diff)
	}
	b.link("v", 1, at(today, 0))
	b.receive(b.logins("w", "a1", today, "")...)
	f = b.fold()
	if diff := cmp.Diff(ingest.Folded{UpTo: 3, Events: 1, Attached: 1, Touched: []ingest.Touched{{Account: 1, First: today - 2, At: at(today-2, 3660)}}}, f); diff != "" {
		t.Error(diff)
	}
	b.backlog(0, 0)
	b.want("logins", b.sum(login, 7), 1, b.sum(minutes, 7), 1, b.sum(login, 1), 2, b.sum(minutes, 1), 2, b.number(leaf(login, metric.Actors, 9), 1), 2)
}

// nobody: an event of nobody stays for good, as does one of a name that no
// account has.
func nobody(t *testing.T, b *bench) {
	b.start(1)
	b.receive(b.logins("", "", today, "", "")...)
	f := b.fold()
	b.want("folded", float64(f.Waiting), 2, float64(f.Events), 0)
	b.link("u", 1, 0)
	b.account(2, false)
	f = b.fold()
	b.want("again", float64(f.Attached), 0)
	b.backlog(0, 2)
	// An event that names an unknown account waits for it, whoever did it.
	b.receive(b.logins("u", "a9", today, "")...)
	f = b.fold()
	b.want("named", float64(f.Waiting), 1)
	b.link("u", 2, 0)
	f = b.fold()
	b.want("named", float64(f.Attached), 0)
	b.backlog(0, 3)
	b.reopen()
	f = b.fold()
	b.want("reopened", float64(f.Attached), 0)
	b.backlog(0, 3)
}

// retryLimit: many that waited are attached some at a time.
func retryLimit(t *testing.T, b *bench) {
	b.start(1)
	for range 5 {
		b.receive(b.logins("u", "", today, "")...)
	}
	b.fold()
	b.link("u", 1, 0)
	for _, want := range []int{2, 2, 1, 0} {
		f, err := b.l.Fold(b.ctx, math.MaxInt64, 2, true)
		b.ok(err)
		if f.Attached != want {
			t.Errorf("%d attached, want %d", f.Attached, want)
		}
	}
	b.want("logins", b.sum(login, 1), 5)
}

// gone: an account that is gone gets no events; they wait.
func gone(t *testing.T, b *bench) {
	b.start(2)
	b.account(2, true)
	b.receive(b.logins("u", "a2", today, "")...)
	b.want("folded", float64(b.fold().Waiting), 1)
	b.account(2, false)
	b.want("back", float64(b.fold().Attached), 1, b.sum(login, 2), 1)
}

// late: an event of a past day is added to that day.
func late(t *testing.T, b *bench) {
	b.start(1)
	b.receive(b.logins("u", "a1", today, `{"minutes":1}`)...)
	b.fold()
	b.receive(b.logins("v", "a1", today-40, `{"minutes":4}`)...)
	f := b.fold()
	b.receive(b.logins("w", "a1", today-40, `{"minutes":8}`)...)
	b.fold()
	if len(f.Touched) != 1 || f.Touched[0].First != today-40 {
		t.Errorf("touched %+v", f.Touched)
	}
	last := leaf(minutes, metric.Last, 90)
	before := last
	before.To = today - 1
	b.want("numbers", b.sum(minutes, 1), 13, b.number(leaf(minutes, metric.Sum, 40), 1), 1, b.number(last, 1), 1, b.number(before, 1), 8,
		b.number(leaf(login, metric.Actors, 41), 1), 3, b.number(leaf(login, metric.DaysSince, 90), 1), 0)
	b.ok(b.l.Compact(b.ctx))
	b.want("compacted", b.sum(minutes, 1), 13, b.number(last, 1), 1, b.number(before, 1), 8, b.number(leaf(login, metric.Actors, 41), 1), 3)
}

// ties: of events of the same microsecond the one that arrived later is the last.
func ties(t *testing.T, b *bench) {
	b.start(1)
	for _, m := range []string{"5", "3", "4"} {
		e := b.message(ingest.Track, "login", "u", "a1", today, 10, `{"minutes":`+m+`}`)
		b.receive(e)
		if m != "5" {
			b.fold()
		}
	}
	b.want("last", b.number(leaf(minutes, metric.Last, 9), 1), 4)
	p, err := b.l.Series(b.ctx, 1, refs[minutes-1], nil, today, today)
	b.ok(err)
	if diff := cmp.Diff([]lake.DayPoint{{Day: today, Sum: 12, Count: 3, Min: 3, Max: 5, Last: 4}}, p); diff != "" {
		t.Error(diff)
	}
}

// labels: values of labels are kept up to their number, the rest is other.
func labels(t *testing.T, b *bench) {
	b.start(1)
	var ms []ingest.Received
	for i := range metric.MaxLabelValues + 5 {
		ms = append(ms, b.logins("u", "a1", today, fmt.Sprintf(`{"plan":"p%04d"}`, i))...)
	}
	b.receive(ms...)
	for range 2 {
		b.fold()
	}
	l := leaf(login, metric.Sum, 1)
	filtered := func(plan string) float64 {
		l.Filter = map[string]string{"plan": plan}
		return b.number(l, 1)
	}
	b.want("by plan", filtered("p0003"), 1, filtered(metric.OtherLabel), 5, b.sum(login, 1), metric.MaxLabelValues+5)
}
