package ingesttest

import (
	"fmt"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	minori "github.com/minori-hq/minori"
	"github.com/minori-hq/minori/ingest"
	"github.com/minori-hq/minori/metric"
	"github.com/minori-hq/minori/store/lake"
)

func (b *bench) actors(account minori.ID) float64 {
	b.Helper()
	return b.number(leaf(login, metric.Actors, 90), account)
}

// merges: two names are one actor, also in what was counted before.
func merges(t *testing.T, b *bench) {
	b.start(2)
	b.receive(append(append(b.logins("anon", "a1", today, "", ""), b.logins("u", "a1", today, "")...), b.logins("anon", "a2", today-1, "")...)...)
	b.fold()
	b.want("before", b.actors(1), 2, b.actors(2), 1)
	b.merge("anon", "u")
	b.want("after", b.actors(1), 1, b.actors(2), 1)
	items, err := b.l.RecentEvents(b.ctx, 1, minori.Page{})
	b.ok(err)
	if len(items) != 3 || slices.ContainsFunc(items, func(e lake.EventItem) bool { return e.Actor != "u" }) {
		t.Errorf("events %+v", items)
	}
	// From then on, too; also for what is imported.
	b.want("nothing to say when", float64(len(b.fold().Touched)), 0)
	b.receive(b.message(ingest.Identify, "", "u", "", today, 0, ""))
	f := b.fold()
	if diff := cmp.Diff([]ingest.Touched{{Account: 1, First: today, At: at(today, 60)}, {Account: 2, First: today - 1, At: at(today, 60)}}, f.Touched); diff != "" {
		t.Error(diff)
	}
	b.receive(b.logins("anon", "a2", today, "")...)
	if f = b.fold(); len(f.Touched) != 1 || f.Touched[0].First != today {
		t.Errorf("touched %+v", f.Touched)
	}
	_, err = b.l.Ingest(b.ctx, metric.Ingest{Source: 1, Import: 1, Events: []metric.EventRow{
		{Row: metric.Row{Key: metric.Hash{Lo: 1}}, Subject: 2, Name: "login", Actor: "anon", Time: at(today, 5), Day: today},
		{Row: metric.Row{Key: metric.Hash{Lo: 2}}, Subject: 2, Name: "login", Actor: "u", Time: at(today, 6), Day: today}}})
	b.ok(err)
	b.want("later", b.actors(2), 1, b.sum(login, 2), 4)
	b.ok(b.l.Compact(b.ctx))
	b.reopen()
	b.receive(b.logins("anon", "a1", today, "")...)
	b.fold()
	b.want("reopened", b.actors(1), 1, b.actors(2), 1, b.sum(login, 1), 4)
}

// mergeChains: merges of merges end, whatever their order; a circle is one actor.
func mergeChains(t *testing.T, b *bench) {
	for name, pairs := range map[string][]string{
		"chain": {"a", "b", "b", "c", "c", "d"}, "backwards": {"c", "d", "b", "c", "a", "b"}, "circle": {"a", "b", "b", "c", "c", "d", "d", "a"},
		"self": {"a", "a", "a", "d", "b", "d", "c", "d", "d", "d"}, "again": {"a", "d", "a", "b", "b", "c", "a", "d"},
	} {
		for _, together := range []bool{true, false} {
			b.reopen = fresh(b)
			b.reopen()
			b.start(1)
			for _, u := range []string{"a", "b", "c", "d", "e"} {
				b.receive(b.logins(u, "a1", today, "")...)
			}
			b.fold()
			if together {
				b.merge(pairs...)
			} else {
				for i := 0; i < len(pairs); i += 2 {
					b.merge(pairs[i : i+2]...)
				}
			}
			b.receive(append(b.logins("b", "a1", today-1, ""), b.logins("f", "a1", today-1, "")...)...)
			b.fold()
			b.want(fmt.Sprint(name, " ", together), b.actors(1), 3, b.sum(login, 1), 7)
		}
	}
}

// fresh opens another lake and leaves the old one.
func fresh(b *bench) func() {
	again := b.another
	return func() {
		b.ok(b.l.Close())
		b.seq = 0
		b.l = again()
	}
}

// mergedLinks: what one name belongs to, the other does too; the newer name's
// link wins where both begin at once.
func mergedLinks(t *testing.T, b *bench) {
	b.start(3)
	b.link("anon", 1, at(today-10, 0))
	b.link("anon", 2, at(today-5, 0))
	b.link("u", 3, at(today-5, 0))
	b.merge("anon", "u")
	b.receive(append(b.logins("anon", "", today, ""), b.logins("u", "", today-7, "", "")...)...)
	b.fold()
	b.want("logins", b.sum(login, 3), 1, b.sum(login, 1), 2, b.sum(login, 2), none)
	// A link of the older name is one of the actor.
	b.link("anon", 2, at(today-1, 0))
	b.receive(b.logins("u", "", today, "", "", "")...)
	b.fold()
	b.want("logins", b.sum(login, 2), 3)
}

// mergedWaiting: an event that waits is attached when its actor turns out to be
// one whose account is known.
func mergedWaiting(t *testing.T, b *bench) {
	b.start(1)
	visit := b.logins("", "", today, "")[0]
	visit.Anonymous = "anon"
	b.receive(visit)
	b.want("waiting", float64(b.fold().Waiting), 1)
	b.link("u", 1, 0)
	b.want("not yet", float64(b.fold().Attached), 0)
	b.merge("anon", "u")
	b.want("attached", float64(b.fold().Attached), 1, b.sum(login, 1), 1)
	// Of a name met for the first time in a merge.
	b.merge("never", "u")
	b.receive(b.logins("never", "", today, "")...)
	b.fold()
	b.want("logins", b.sum(login, 1), 2, b.actors(1), 1)
}

// report: what is in the inbox or waits is kept and counted.
func report(t *testing.T, b *bench) {
	b.start(2)
	b.receive(append(b.logins("u", "a1", today, "", ""), b.logins("", "", today-1, "")...)...)
	check := func(when string) {
		for by, want := range map[string][]lake.EventCount{
			"": nil, "name": {{Name: "login", Events: 3, First: at(today-1, 3600), Last: at(today, 3601)}, {Name: "page", Events: 1, First: at(today, 9), Last: at(today, 9)}},
		} {
			got, err := b.l.Events(b.ctx, today-1, today, by, 0, nil)
			b.ok(err)
			if diff := cmp.Diff(lake.EventTotals{Events: 4, First: at(today-1, 3600), Last: at(today, 3601), By: want}, got); diff != "" {
				t.Errorf("%s, by %q: %s", when, by, diff)
			}
		}
	}
	who := b.message(ingest.Identify, "", "u", "", today, 0, "")
	b.receive(b.message(ingest.Page, "page", "u", "a2", today, 9, ""), who)
	check("received")
	b.fold()
	check("folded")
	got, err := b.l.Events(b.ctx, today-1, today, "account", 0, nil)
	b.ok(err)
	slices.SortFunc(got.By, func(x, y lake.EventCount) int { return int(x.Account - y.Account) })
	want := []lake.EventCount{{Events: 1, First: at(today-1, 3600), Last: at(today-1, 3600)},
		{Account: 1, Key: "a1", Events: 2, First: at(today, 3600), Last: at(today, 3601)}, {Account: 2, Key: "a2", Events: 1, First: at(today, 9), Last: at(today, 9)}}
	if diff := cmp.Diff(want, got.By); diff != "" {
		t.Error(diff)
	}
	got, err = b.l.Events(b.ctx, today, today, "", 0, []minori.ID{2})
	b.ok(err)
	b.want("of one account", float64(got.Events), 1)
}

// arrivals gives the keys of messages by day of arrival.
func (b *bench) arrivals(from minori.Day) map[minori.Day]map[uint64]uint16 {
	b.Helper()
	out := map[minori.Day]map[uint64]uint16{}
	b.ok(b.l.Keys(b.ctx, from, func(day minori.Day, keys []uint64, shards []uint16) error {
		if out[day] == nil {
			out[day] = map[uint64]uint16{}
		}
		for i, k := range keys {
			if _, ok := out[day][k]; ok {
				b.Errorf("key %d twice", k)
			}
			out[day][k] = shards[i]
		}
		return nil
	}))
	return out
}

// keys: the key of every message is kept, of whatever kind, folded or not, until
// it expires; the day is that of arrival.
func keys(t *testing.T, b *bench) {
	b.start(1)
	want := map[minori.Day]map[uint64]uint16{today: {}, today - 1: {}, today - 2: {}}
	var ms []ingest.Received
	for i := range 40_000 {
		m := b.message(ingest.Kind(1+i%6), "login", "u", "a1", today-5, i, "")
		m.At = at(today-minori.Day(i%3), i)
		m.Key, m.Shard = m.Key|1<<63, uint16(i)
		want[today-minori.Day(i%3)][m.Key] = m.Shard
		ms = append(ms, m)
	}
	b.receive(ms...)
	if diff := cmp.Diff(want, b.arrivals(0)); diff != "" {
		t.Error(diff)
	}
	_, err := b.l.Fold(b.ctx, 20_000, 1000_000, false)
	b.ok(err)
	if diff := cmp.Diff(want, b.arrivals(today-2)); diff != "" {
		t.Error(diff)
	}
	_, err = b.l.Fold(b.ctx, 50_000, 1000_000, false)
	b.ok(err)
	b.ok(b.l.Expire(b.ctx, today-1, 0))
	delete(want, today-2)
	if diff := cmp.Diff(want, b.arrivals(0)); diff != "" {
		t.Error(diff)
	}
	delete(want, today-1)
	if diff := cmp.Diff(want, b.arrivals(today)); diff != "" {
		t.Error(diff)
	}
}

// reopen: everything is there after a restart, and numbering goes on.
func reopen(t *testing.T, b *bench) {
	b.start(1)
	b.receive(append(b.logins("u", "a1", today, ""), b.logins("v", "", today, "")...)...)
	b.fold()
	b.receive(b.logins("w", "a1", today, "")...)
	b.reopen()
	b.backlog(1, 1)
	late := b.logins("w", "a1", today, "")
	b.receive(late...)
	b.want("number", float64(late[0].Arrival), 4, float64(b.fold().Events), 2)
	b.reopen()
	b.receive(late...)
	b.want("number", float64(late[0].Arrival), 5)
	b.link("v", 1, 0)
	b.reopen() // what is new is not forgotten
	b.want("attached", float64(b.fold().Attached), 1, b.sum(login, 1), 5)
}

// expire: raw events go, what was counted stays, also when a day is touched
// again.
func expire(t *testing.T, b *bench) {
	b.start(1)
	imported := func(minutes string) metric.IngestReport {
		r, err := b.l.Ingest(b.ctx, metric.Ingest{Source: 1, Import: int64(b.n), Events: []metric.EventRow{
			{Row: metric.Row{Key: metric.Hash{Lo: 1}, Hash: metric.Hash{Lo: uint64(len(minutes))}}, Subject: 1, Name: "login", Actor: "i", Time: at(today-30, 0), Day: today - 30, Properties: minutes}}})
		b.ok(err)
		b.n++
		return r
	}
	imported(`{"minutes":2}`)
	b.receive(append(append(b.logins("u", "a1", today-30, `{"minutes":1}`), b.logins("v", "a1", today, `{"minutes":4}`)...), b.logins("", "", today-30, "")...)...)
	b.fold()
	check := func(when string, sum float64) {
		b.Helper()
		b.want(when, b.sum(minutes, 1), sum, b.actors(1), 3, b.number(leaf(login, metric.ActiveDays, 90), 1), 2)
	}
	check("before", 7)
	b.ok(b.l.Expire(b.ctx, 0, today-10))
	check("after", 7)
	got, err := b.l.Events(b.ctx, 0, today, "", 0, nil)
	b.ok(err)
	b.want("events left", float64(got.Events), 1)
	b.backlog(0, 0)
	if r := imported(`{"minutes":2000}`); r.Updated != 1 {
		t.Errorf("imported again: %+v", r)
	}
	check("changed too late", 7)
	_, err = b.l.EndMissing(b.ctx, 1, 99)
	b.ok(err)
	check("removed too late", 7)
	b.receive(b.logins("u", "a1", today-30, `{"minutes":8}`)...)
	b.fold()
	check("a late one", 15)
	b.ok(b.l.Compact(b.ctx))
	b.ok(b.l.Expire(b.ctx, 0, today-10))
	b.reopen()
	check("again", 15)
}

// rebuilt: a metric that is made to count something else begins with the oldest
// raw event left; the others keep what they have.
func rebuilt(t *testing.T, b *bench) {
	b.start(1)
	b.receive(append(b.logins("u", "a1", today-30, `{"minutes":1,"beta":true}`), b.logins("v", "a1", today, `{"minutes":4}`)...)...)
	b.fold()
	b.ok(b.l.Expire(b.ctx, 0, today-10))
	ds := defs()
	ds[beta-1].Where = nil
	b.ok(b.l.DefineMetrics(b.ctx, ds))
	b.ok(b.l.Rebuild(b.ctx, beta, nil))
	b.want("redefined", b.sum(beta, 1), 1, b.sum(minutes, 1), 5)
	// Without any left it is as if there had never been any.
	b.receive(b.message(ingest.Page, "page", "u", "a1", today-30, 0, ""))
	b.fold()
	b.want("views", b.sum(views, 1), 1)
	b.ok(b.l.Expire(b.ctx, 0, today-10))
	ds[views-1].From = &metric.From{Event: "page", Actors: true}
	b.ok(b.l.DefineMetrics(b.ctx, ds))
	b.ok(b.l.Rebuild(b.ctx, views, nil))
	b.want("no views", b.sum(views, 1), none)
	b.receive(b.message(ingest.Page, "page", "u", "a1", today, 0, ""))
	b.fold()
	b.want("views again", b.sum(views, 1), 1)
}

// building: events folded while a metric waits to be rebuilt are counted once.
func building(t *testing.T, b *bench) {
	b.start(1)
	b.receive(b.logins("u", "a1", today, "", "")...)
	b.receive(b.logins("late", "", today, "")...)
	b.fold()
	ds := defs()
	ds[beta-1].Where = nil
	b.ok(b.l.DefineMetrics(b.ctx, ds))
	b.link("late", 1, 0)
	b.receive(b.logins("u", "a1", today-1, "")...)
	b.fold()
	b.ok(b.l.Rebuild(b.ctx, beta, func(done, _ int) {
		if done == 1 {
			b.receive(b.logins("w", "a1", today-1, "")...)
			b.fold()
		}
	}))
	b.want("logins", b.sum(beta, 1), 5, b.sum(login, 1), 5)
}

// texts: any text comes back as it was sent.
func texts(t *testing.T, b *bench) {
	b.start(1)
	strange := "it's \"東京\"\t🙂 \u0000 %_\\ end"
	m := b.message(ingest.Identify, strange, strange, strange, today, 1, strange)
	m.ID, m.Anonymous = strange, strange
	b.receive(m)
	got, _, err := b.l.Identities(b.ctx, 5)
	b.ok(err)
	m.Arrival = 1
	if diff := cmp.Diff([]ingest.Received{m}, got); diff != "" {
		t.Error(diff)
	}
	m.User, m.Account = "\xffu", "a\xc3"
	b.receive(b.logins("u", "a1", today, "")[0], m)
	got, _, err = b.l.Identities(b.ctx, 5)
	b.ok(err)
	if len(got) != 2 || got[1].User != "\uFFFDu" || got[1].Account != "a\uFFFD" {
		t.Errorf("what is not UTF-8: %+v", got)
	}
	b.want("after", float64(b.fold().Events), 1)
}
