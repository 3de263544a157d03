package laketest

import (
	"strings"
	"testing"

	minori "github.com/minori-hq/minori"
	"github.com/minori-hq/minori/metric"
	"github.com/minori-hq/minori/store/lake"
)

// partial: several rollup rows per subject, metric and day are normal.
func partial(t *testing.T, b *bench) {
	b.start(1)
	for i := range 5 {
		b.points(b.point(1, calls, today, float64(i)), b.point(1, calls, today-1, 1))
		b.events(b.event(1, "login", "u", today, ""))
	}
	got := b.compute(ask(today, leaf(calls, metric.Sum, today, 2), leaf(calls, metric.Count, today, 2), leaf(calls, metric.Avg, today, 2),
		leaf(calls, metric.Max, today, 2), leaf(calls, metric.ActiveDays, today, 2), leaf(login, metric.Sum, today, 2), leaf(login, metric.Actors, today, 2)))
	b.want(got, 1, num(15), num(10), num(1.5), num(4), num(2), num(5), num(1))
}

func report(t *testing.T, got metric.IngestReport, created, updated, unchanged, duplicates int) {
	t.Helper()
	if got.Created != created || got.Updated != updated || got.Unchanged != unchanged || len(got.Duplicates) != duplicates {
		t.Errorf("report %+v, want %d created, %d updated, %d unchanged, %d duplicates", got, created, updated, unchanged, duplicates)
	}
}

// replace: a row with a known key and other content replaces the old one,
// even on another day, subject or metric; with the same content it changes nothing.
func replace(t *testing.T, b *bench) {
	b.start(2)
	p, q := b.point(1, calls, today, 5), b.point(1, calls, today-1, 7)
	e := b.event(1, "login", "u1", today, `{"plan":"a","minutes":3}`)
	e2 := b.event(1, "login", "u2", today, "")
	report(t, b.points(p, q), 2, 0, 0, 0)
	report(t, b.ingest(metric.Ingest{Source: 2, Events: []metric.EventRow{e, e2}}), 2, 0, 0, 0)
	b.imp = 2
	report(t, b.points(p, q), 0, 0, 2, 0)
	b.imp = 3
	p.Value, p.Hash.Lo, p.Subject = 50, 999, 2
	report(t, b.points(p, q), 0, 1, 1, 0)
	e.Actor, e.Hash.Lo, e.Day, e.Time, e.Properties = "u2", 998, today-1, at(today-1, 5), `{"plan":"b","minutes":4}`
	report(t, b.ingest(metric.Ingest{Source: 2, Events: []metric.EventRow{e, e2}}), 0, 1, 1, 0)
	got := b.compute(ask(today, leaf(calls, metric.Sum, today, 7), leaf(calls, metric.Max, today, 7),
		leaf(login, metric.Sum, today, 1), leaf(login, metric.Sum, today, 2), leaf(login, metric.Actors, today, 2), leaf(minutes, metric.Sum, today, 2), leaf(login, metric.Sum, today, 2, "plan", "a")))
	b.want(got, 1, num(7), num(7), num(1), num(2), num(1), num(4), num(0))
	n := no(metric.NoData)
	b.want(got, 2, num(50), num(50), n, n, n, n, n)
	// The first point moved, so before it the metric is unknown again.
	got = b.compute(ask(today-2, leaf(calls, metric.Sum, today-2, 7)))
	b.want(got, 1, n)
	p.Day, p.Time, p.Hash.Lo = today+5, at(today+5, 1), 997
	b.imp = 4
	report(t, b.points(p), 0, 1, 0, 0)
	b.want(b.compute(ask(today, leaf(calls, metric.Sum, today, 7))), 2, n)
	f, err := b.l.Freshness(b.ctx, asOf(today))
	b.ok(err)
	if f[refs[calls].ID].Day != today-1 {
		t.Errorf("the latest point is on %s, want %s", f[refs[calls].ID].Day, today-1)
	}
}

// duplicates: a key repeated in one import with other content is refused and
// names the first line, within a batch and across batches and restarts of one.
func duplicates(t *testing.T, b *bench) {
	b.start(1)
	p := b.point(1, calls, today, 1)
	again, other := p, p
	again.Line, other.Line = 11, 12
	other.Hash.Lo, other.Value = 777, 100
	rep := b.points(p, again, other)
	report(t, rep, 1, 0, 1, 1)
	if len(rep.Duplicates) == 1 && rep.Duplicates[0] != (metric.Duplicate{Line: 12, First: p.Line}) {
		t.Errorf("%+v", rep.Duplicates)
	}
	other.Line, again.Line = 20, 21
	rep = b.points(other, again)
	report(t, rep, 0, 0, 1, 1)
	b.imp = 2
	report(t, b.points(p), 0, 0, 1, 0) // met again, unchanged
	other.Line = 30
	rep = b.points(other)
	report(t, rep, 0, 0, 0, 1)
	if len(rep.Duplicates) == 1 && rep.Duplicates[0].First != p.Line {
		t.Errorf("%+v", rep.Duplicates)
	}
	b.imp = 3
	report(t, b.points(other), 0, 1, 0, 0)
	report(t, b.points(p), 0, 0, 0, 1)
	b.want(b.compute(ask(today, leaf(calls, metric.Sum, today, 1), leaf(calls, metric.Count, today, 1))), 1, num(100), num(1))
	// Keys belong to their source.
	report(t, b.ingest(metric.Ingest{Source: 9, Points: []metric.PointRow{p}}), 1, 0, 0, 0)
}

func dryRun(t *testing.T, b *bench) {
	b.start(1)
	p, q := b.point(1, calls, today, 1), b.point(1, calls, today, 2)
	b.points(p)
	p2 := p
	p2.Hash.Lo, p2.Value = 999, 3
	dry := func(ps ...metric.PointRow) metric.IngestReport {
		return b.ingest(metric.Ingest{Import: 2, Points: ps, DryRun: true})
	}
	report(t, dry(p2, q), 1, 1, 0, 0)
	q2 := q
	q2.Hash.Lo = 998
	report(t, dry(q2, q), 0, 0, 1, 1)
	b.want(b.compute(ask(today, leaf(calls, metric.Sum, today, 1))), 1, num(1))
	report(t, b.ingest(metric.Ingest{Import: 3, Points: []metric.PointRow{p2, q}}), 1, 1, 0, 0)
	b.want(b.compute(ask(today, leaf(calls, metric.Sum, today, 1))), 1, num(5))
}

func endMissing(t *testing.T, b *bench) {
	b.start(2)
	p, q, r := b.point(1, calls, today, 1), b.point(1, calls, today, 2), b.point(2, calls, today, 4)
	e := b.event(1, "login", "u", today, "")
	b.points(p, q, r)
	b.ingest(metric.Ingest{Source: 2, Events: []metric.EventRow{e}})
	b.imp = 2
	q.Hash.Lo, q.Value = 999, 8
	s := b.point(1, calls, today, 16)
	report(t, b.points(p, q, s), 1, 1, 1, 0)
	n, err := b.l.EndMissing(b.ctx, 1, 2)
	b.ok(err)
	if n != 1 {
		t.Errorf("%d ended, want 1", n)
	}
	got := b.compute(ask(today, leaf(calls, metric.Sum, today, 1), leaf(login, metric.Actors, today, 1)))
	b.want(got, 1, num(25), num(1))
	b.want(got, 2, no(metric.NoData), no(metric.NoData))
	n, err = b.l.EndMissing(b.ctx, 1, 2)
	b.ok(err)
	if n != 0 {
		t.Errorf("%d ended the second time", n)
	}
	n, err = b.l.EndMissing(b.ctx, 2, 3) // the file came back empty
	b.ok(err)
	if n != 1 {
		t.Errorf("%d ended, want 1", n)
	}
	b.want(b.compute(ask(today, leaf(login, metric.Actors, today, 1))), 1, no(metric.NoData))
}

func applyOnce(t *testing.T, b *bench) {
	b.start(1)
	d := metric.Delta{Points: []metric.PointSet{{Origin: "answer", ID: 1, Points: []metric.PointRow{b.point(1, calls, today, 4)}}},
		Fields: []metric.FieldValue{{Subject: 1, Field: 3, ValidFrom: metric.Always, Num: ptr(2.0)}}}
	seqs := []lake.SeqDelta{{Seq: 2, Delta: d}, {Seq: 5, Delta: d}}
	for range 3 {
		b.ok(b.l.Apply(b.ctx, seqs))
	}
	n, err := b.l.Applied(b.ctx)
	b.ok(err)
	if n != 5 {
		t.Errorf("applied %d", n)
	}
	b.want(b.compute(ask(today, leaf(calls, metric.Sum, today, 1))), 1, num(4))
	h, err := b.l.FieldHistory(b.ctx, 1)
	b.ok(err)
	if len(h) != 2 {
		t.Errorf("%d steps, want 2", len(h))
	}
	b.ok(b.l.Apply(b.ctx, []lake.SeqDelta{{Seq: 4, Delta: metric.Delta{Points: []metric.PointSet{{Origin: "answer", ID: 2, Points: []metric.PointRow{b.point(1, calls, today, 9)}}}}}}))
	b.want(b.compute(ask(today, leaf(calls, metric.Sum, today, 1))), 1, num(4))
}

// pointSets: what a record stands for is replaced as a whole.
func pointSets(t *testing.T, b *bench) {
	b.start(2)
	set := func(origin string, id int64, ps ...metric.PointRow) metric.Delta {
		return metric.Delta{Points: []metric.PointSet{{Origin: origin, ID: id, Points: ps}}}
	}
	b.apply(set("interaction", 1, b.point(1, calls, today, 1), b.point(1, calls, today-1, 2)), set("answer", 1, b.point(1, calls, today, 4)))
	b.points(b.point(1, calls, today, 8))
	sum := func() table {
		return b.compute(ask(today, leaf(calls, metric.Sum, today, 1), leaf(calls, metric.Sum, today, 7), leaf(calls, metric.ActiveDays, today, 7)))
	}
	b.want(sum(), 1, num(13), num(15), num(2))
	b.apply(set("interaction", 1, b.point(1, calls, today, 16)))
	b.want(sum(), 1, num(28), num(28), num(1))
	b.apply(set("interaction", 1), set("interaction", 1, b.point(2, calls, today, 32)))
	b.want(sum(), 1, num(12), num(12), num(1))
	b.want(sum(), 2, num(32), num(32), num(1))
	b.apply(set("interaction", 1))
	b.want(sum(), 2, no(metric.NoData), no(metric.NoData), no(metric.NoData))
}

func field(id int64, t metric.Type) metric.Leaf {
	return metric.Leaf{Kind: metric.LeafField, Type: t, Field: id}
}

// fields are read as of valid time; of one valid-from the last recorded counts.
func fields(t *testing.T, b *bench) {
	b.start(2)
	step := func(from int64, num *float64, s *string) metric.FieldValue {
		f := int64(1)
		if s != nil {
			f = 2
		}
		return metric.FieldValue{Subject: 1, Field: f, ValidFrom: from, Recorded: at(today, 0), Num: num, Text: s}
	}
	b.apply(metric.Delta{Fields: []metric.FieldValue{step(metric.Always, ptr(1.0), nil), step(at(today-5, 0), ptr(2.0), nil), step(at(today-2, 0), nil, nil), step(metric.Always, nil, ptr("a")), step(at(today-5, 0), nil, ptr(""))}})
	b.apply(metric.Delta{Fields: []metric.FieldValue{step(at(today-5, 0), ptr(3.0), nil), step(at(today, 86399), ptr(9.0), nil)}})
	read := func(d minori.Day) table { return b.compute(ask(d, field(1, metric.Number), field(2, metric.Text))) }
	b.want(read(today-6), 1, num(1), text("a"))
	b.want(read(today-5), 1, num(3), text(""))
	b.want(read(today-1), 1, no(metric.NoValue), text(""))
	b.want(read(today), 1, num(9), text(""))
	b.want(read(today), 2, no(metric.NoValue), noText())
	h, err := b.l.FieldHistory(b.ctx, 1)
	b.ok(err)
	if len(h) != 7 || h[0].ValidFrom != metric.Always || *h[1].Num != 2 || *h[2].Num != 3 || h[3].Num != nil || *h[5].Text != "a" {
		t.Errorf("history: %+v", h)
	}
}

var arrLeaf = metric.Leaf{Kind: metric.LeafARR, Type: metric.Number}

// arr: active on the first day, not on the last; amounts at the rate of the day.
func arr(t *testing.T, b *bench) {
	b.start(3)
	b.apply(metric.Delta{
		Terms: []metric.Term{
			{ID: 1, Account: 1, Start: today - 10, End: day(today), ARR: 120000, Currency: "USD"},
			{ID: 2, Account: 1, Start: today - 3, ARR: 1000000, Currency: "JPY"},
			{ID: 3, Account: 1, Start: today - 10, ARR: 5000, Currency: "USD", Excluded: true},
			{ID: 4, Account: 2, Start: today - 10, ARR: 7, Currency: "USD"},
		},
		Rates: []metric.Rate{{Currency: "JPY", Day: today - 20, Value: 0.01}, {Currency: "JPY", Day: today - 1, Value: 0.008}},
	})
	read := func(d minori.Day) table { return b.compute(ask(d, arrLeaf)) }
	b.want(read(today-11), 3, num(0))
	b.want(read(today-10), 1, num(1200))
	b.want(read(today-3), 1, num(1200+10000))
	b.want(read(today-1), 1, num(1200+8000))
	b.want(read(today), 1, num(8000))
	b.want(read(today), 2, num(0.07))
	b.want(read(today), 3, num(0))
	b.apply(metric.Delta{Terms: []metric.Term{{ID: 2, Removed: true}, {ID: 4, Account: 2, Start: today - 10, ARR: 900, Currency: "USD"}}})
	b.want(read(today), 1, num(0))
	b.want(read(today), 2, num(9))
}

func missingRate(t *testing.T, b *bench) {
	b.start(1)
	b.apply(metric.Delta{Terms: []metric.Term{{ID: 1, Account: 1, Start: today, ARR: 100, Currency: "EUR"}}, Rates: []metric.Rate{{Currency: "EUR", Day: today + 1, Value: 1.1}}})
	_, err := b.l.Compute(b.ctx, ask(today, arrLeaf))
	if minori.CodeOf(err) != minori.Invalid || !strings.Contains(err.Error(), "EUR") || !strings.Contains(err.Error(), today.String()) {
		t.Errorf("error %v, want one naming currency and day", err)
	}
	b.want(b.compute(ask(today+1, arrLeaf)), 1, num(1.1))
}

// existence: from the earlier of signed-up and first subscription; always if
// both are missing; never when gone.
func existence(t *testing.T, b *bench) {
	b.start(1)
	row := func(id minori.ID, since *minori.Day, gone bool) metric.SubjectRow {
		return metric.SubjectRow{Kind: minori.Account, ID: id, Key: "x", Since: since, Gone: gone}
	}
	b.apply(metric.Delta{
		Subjects: []metric.SubjectRow{row(2, day(today-5), false), row(3, day(today+5), false), row(4, nil, false), row(5, nil, true), row(6, day(today-5), false)},
		Terms:    []metric.Term{{ID: 1, Account: 3, Start: today - 2, Currency: "USD"}, {ID: 2, Account: 4, Start: today + 1, Currency: "USD"}, {ID: 3, Account: 6, Start: today - 20, End: day(today - 19), Currency: "USD"}},
	})
	age := metric.Leaf{Kind: metric.LeafAgeDays, Type: metric.Number}
	got := b.compute(ask(today, age))
	b.want(got, 1, no(metric.NoValue))
	b.want(got, 2, num(5))
	b.want(got, 3, num(2))
	b.want(got, 6, num(20))
	if len(got) != 4 {
		t.Errorf("%d subjects, want 4", len(got))
	}
	if got := b.compute(ask(today+1, age)); len(got) != 5 {
		t.Errorf("%d subjects the day after, want 5", len(got))
	}
	if got := b.compute(ask(today-6, age)); len(got) != 2 {
		t.Errorf("%d subjects before, want 2", len(got))
	}
}

func persons(t *testing.T, b *bench) {
	b.start(1)
	b.apply(metric.Delta{Subjects: []metric.SubjectRow{
		{Kind: minori.Person, ID: 101, Key: "p1", Since: day(today - 3)},
		{Kind: minori.Person, ID: 102, Key: "p2", Since: day(today - 30), Until: day(today)},
	}})
	q := ask(today, metric.Leaf{Kind: metric.LeafAgeDays, Type: metric.Number})
	q.Kind = minori.Person
	got := b.compute(q)
	b.want(got, 101, num(3))
	if len(got) != 1 {
		t.Errorf("%d persons, want 1", len(got))
	}
	q.AsOf = asOf(today - 1)
	if got := b.compute(q); len(got) != 2 {
		t.Errorf("%d persons the day before, want 2", len(got))
	}
}

func renewal(t *testing.T, b *bench) {
	b.start(3)
	b.apply(metric.Delta{Terms: []metric.Term{
		{ID: 1, Account: 1, Start: today - 9, End: day(today + 30), Currency: "USD"}, {ID: 2, Account: 1, Start: today - 9, End: day(today + 10), Currency: "USD"},
		{ID: 3, Account: 1, Start: today + 1, End: day(today + 2), Currency: "USD"}, {ID: 4, Account: 1, Start: today - 9, End: day(today), Currency: "USD"},
		{ID: 5, Account: 2, Start: today - 9, Currency: "USD"},
	}})
	got := b.compute(ask(today, metric.Leaf{Kind: metric.LeafDaysToRenewal, Type: metric.Number}))
	b.want(got, 1, num(10))
	b.want(got, 2, no(metric.NoValue))
	b.want(got, 3, no(metric.NoValue))
}
