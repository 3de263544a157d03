package laketest

import (
	"testing"

	minori "github.com/minori-hq/minori"
	"github.com/minori-hq/minori/metric"
)

// windows: unknown before the first point, zero after it.
func windows(t *testing.T, b *bench) {
	b.start(3)
	b.points(b.point(1, calls, today-40, 5), b.point(2, calls, today-3, 2), b.point(2, calls, today-3, 4), b.point(2, calls, today, 1))
	fns := []metric.Fn{metric.Sum, metric.Count, metric.ActiveDays, metric.Avg, metric.Min, metric.Max, metric.Last, metric.DaysSince}
	var leaves []metric.Leaf
	for _, f := range fns {
		leaves = append(leaves, leaf(calls, f, today, 28))
	}
	got := b.compute(ask(today, leaves...))
	n := no(metric.NoData)
	b.want(got, 1, num(0), num(0), num(0), n, n, n, num(5), num(40))
	b.want(got, 2, num(7), num(3), num(2), num(7.0/3), num(1), num(4), num(1), num(0))
	b.want(got, 3, n, n, n, n, n, n, n, n)
	// The bounds of a window belong to it; what is after the as-of does not count.
	got = b.compute(ask(today-1, leaf(calls, metric.Sum, today-1, 3), leaf(calls, metric.Sum, today-1, 2), leaf(calls, metric.Sum, today-4, 40), leaf(calls, metric.DaysSince, today-1, 1)))
	b.want(got, 2, num(6), num(0), num(0), num(2))
	got = b.compute(ask(today-4, leaf(calls, metric.Sum, today-4, 3)))
	b.want(got, 2, n)
}

func absentZero(t *testing.T, b *bench) {
	b.start(2)
	b.points(b.point(1, errorsM, today, 3))
	got := b.compute(ask(today, leaf(errorsM, metric.Sum, today, 7), leaf(errorsM, metric.Avg, today, 7), leaf(errorsM, metric.DaysSince, today, 7)))
	b.want(got, 1, num(3), num(3), num(0))
	b.want(got, 2, num(0), no(metric.NoData), no(metric.NoData))
}

func stale(t *testing.T, b *bench) {
	b.start(1)
	b.points(b.point(1, calls, today-9, 3), b.point(1, calls, today+2, 1), b.point(1, seats, today, 3))
	f, err := b.l.Freshness(b.ctx, asOf(today))
	b.ok(err)
	if f[refs[calls].ID].Day != today-9 || f[refs[calls].ID].Time != at(today-9, 3600) || f[refs[seats].ID].Day != today || len(f) != 2 {
		t.Errorf("freshness: %+v", f)
	}
	l := leaf(calls, metric.Sum, today, 28)
	l.Unknown = metric.Stale
	l2 := leaf(seats, metric.Last, today, 28)
	l2.Unknown = metric.Building
	b.want(b.compute(ask(today, l, l2)), 1, no(metric.Stale), no(metric.Building))
}

func gauges(t *testing.T, b *bench) {
	b.start(3)
	b.points(
		b.point(1, seats, today-20, 10), b.point(1, seats, today-5, 4), b.point(1, seats, today-2, 8),
		b.point(2, seats, today-1, 6),
		b.point(3, seats, today+1, 6))
	var leaves []metric.Leaf
	for _, f := range []metric.Fn{metric.Last, metric.Avg, metric.Min, metric.Max, metric.Slope, metric.Count, metric.ActiveDays, metric.DaysSince} {
		leaves = append(leaves, leaf(seats, f, today, 7))
	}
	leaves = append(leaves, leaf(seats, metric.Last, today-3, 7), leaf(seats, metric.Avg, today-3, 3))
	got := b.compute(ask(today, leaves...))
	// Ends of days: -6: 10, -5 … -3: 4, -2 … 0: 8.
	n := no(metric.NoData)
	b.want(got, 1, num(8), num(46.0/7), num(4), num(10), num(slopeOf(10, 4, 4, 4, 8, 8, 8)), num(2), num(2), num(2), num(4), num(4))
	b.want(got, 2, num(6), num(6), num(6), num(6), num(0), num(1), num(1), num(1), n, n)
	b.want(got, 3, n, n, n, n, n, n, n, n, n, n)
	// Of several points of a day the last by time counts, then by arrival.
	p, q := b.point(2, seats, today, 1), b.point(2, seats, today, 2)
	b.points(p)
	b.points(q)
	b.want(b.compute(ask(today, leaf(seats, metric.Last, today, 1), leaf(seats, metric.Max, today, 1))), 2, num(2), num(2))
	if _, err := b.l.Compute(b.ctx, ask(today, leaf(seats, metric.Sum, today, 7))); minori.CodeOf(err) != minori.Invalid {
		t.Errorf("the sum of a gauge: %v", err)
	}
}

// slopeOf is least squares over days 0, 1, …
func slopeOf(ys ...float64) float64 {
	n := float64(len(ys))
	var sx, sy, sxy, sxx float64
	for i, y := range ys {
		x := float64(i)
		sx, sy, sxy, sxx = sx+x, sy+y, sxy+x*y, sxx+x*x
	}
	return (n*sxy - sx*sy) / (n*sxx - sx*sx)
}

// filteredGauge: a label's series is 0 from the metric's first point on.
func filteredGauge(t *testing.T, b *bench) {
	b.start(2)
	b.points(b.point(1, open, today-6, 1), b.point(1, open, today-3, 3), b.point(1, open, today-3, 2, "urgent"))
	f := []string{"priority", "urgent"}
	got := b.compute(ask(today, leaf(open, metric.Last, today, 7), leaf(open, metric.Last, today, 7, f...), leaf(open, metric.Last, today-4, 7, f...),
		leaf(open, metric.Avg, today, 7, f...), leaf(open, metric.Min, today, 7, f...), leaf(open, metric.Max, today, 7, f...),
		leaf(open, metric.Slope, today, 7, f...), leaf(open, metric.Last, today, 7, "priority", "low"), leaf(open, metric.Avg, today, 7, "priority", "low")))
	b.want(got, 1, num(3), num(2), num(0), num(8.0/7), num(0), num(2), num(slopeOf(0, 0, 0, 2, 2, 2, 2)), num(0), num(0))
	n := no(metric.NoData)
	b.want(got, 2, n, n, n, n, n, n, n, n, n)
	// Asked alone, without another gauge in the query.
	b.want(b.compute(ask(today, leaf(open, metric.Avg, today, 7, f...))), 1, num(8.0/7))
}

// longAgo: the last point before a day is found however old it is, also when
// the series, or another of the same metric, goes on after that day.
func longAgo(t *testing.T, b *bench) {
	b.start(3)
	f := []string{"priority", "urgent"}
	b.points(b.point(1, open, today-300, 4), b.point(1, open, today-200, 5), b.point(1, open, today-1, 9),
		b.point(1, open, today-250, 2, "urgent"), b.point(1, open, today-20, 6), b.point(1, open, today-1, 8, "urgent"),
		b.point(1, calls, today-150, 3), b.point(1, calls, today, 7),
		b.point(2, open, today-120, 1), b.point(2, calls, today-90, 2), b.point(3, open, today-5, 1))
	n := no(metric.NoData)
	ask30 := ask(today, leaf(open, metric.Last, today-30, 1), leaf(open, metric.Last, today-10, 1), leaf(open, metric.Last, today, 1),
		leaf(open, metric.Last, today-10, 1, f...), leaf(open, metric.Last, today, 1, f...), leaf(calls, metric.Last, today-30, 1),
		leaf(calls, metric.DaysSince, today-30, 1), leaf(calls, metric.DaysSince, today, 1), leaf(open, metric.Avg, today-15, 10), leaf(open, metric.Max, today-15, 10, f...))
	for _, compacted := range []bool{false, true} {
		if compacted {
			b.ok(b.l.Compact(b.ctx))
		}
		got := b.compute(ask30)
		b.want(got, 1, num(5), num(6), num(9), num(2), num(8), num(3), num(120), num(0), num(5.6), num(2))
		b.want(got, 2, num(1), num(1), num(1), num(0), num(0), num(2), num(60), num(90), num(1), num(0))
		b.want(got, 3, n, n, num(1), num(0), num(0), n, n, n, n, n)
	}
}

func slope(t *testing.T, b *bench) {
	b.start(2)
	b.points(b.point(1, calls, today-3, 2), b.point(1, calls, today-3, 1), b.point(1, calls, today-1, 5), b.point(1, calls, today, 7))
	got := b.compute(ask(today, leaf(calls, metric.Slope, today, 5), leaf(calls, metric.Slope, today-10, 5), leaf(calls, metric.Slope, today, 1)))
	b.want(got, 1, num(slopeOf(0, 3, 0, 5, 7)), num(0), no(metric.DivisionByZero))
	b.want(got, 2, no(metric.NoData), no(metric.NoData), no(metric.DivisionByZero))
}

func activeDays(t *testing.T, b *bench) {
	b.start(1)
	for i := 0; i < 400; i += 3 {
		b.points(b.point(1, calls, today-minori.Day(i), 1), b.point(1, calls, today-minori.Day(i), 1, "in"))
	}
	got := b.compute(ask(today, leaf(calls, metric.ActiveDays, today, 30), leaf(calls, metric.ActiveDays, today, 100),
		leaf(calls, metric.ActiveDays, today, 300), leaf(calls, metric.ActiveDays, today-1, 2), leaf(calls, metric.ActiveDays, today, 300, "kind", "in")))
	b.want(got, 1, num(10), num(34), num(100), num(0), num(100))
}

// actors are exact over any window, with repeats and labels.
func actors(t *testing.T, b *bench) {
	b.start(2)
	b.events(
		b.event(1, "login", "u1", today-30, ""), b.event(1, "login", "u1", today-3, `{"plan":"a"}`), b.event(1, "login", "u2", today-3, `{"plan":"b"}`),
		b.event(1, "login", "u2", today-2, `{"plan":"a"}`), b.event(1, "login", "", today-2, ""), b.event(1, "other", "u9", today-2, ""))
	b.events(b.event(1, "login", "u1", today-3, `{"plan":"a"}`), b.event(1, "login", "u3", today, ""), b.event(2, "login", "u3", today-60, ""))
	got := b.compute(ask(today, leaf(login, metric.Actors, today, 7), leaf(login, metric.Actors, today, 60), leaf(login, metric.Actors, today, 1),
		leaf(login, metric.Actors, today, 7, "plan", "a"), leaf(login, metric.Actors, today, 7, "plan", "b"), leaf(login, metric.Actors, today, 7, "plan", "c"),
		leaf(login, metric.Sum, today, 7), leaf(login, metric.Actors, today-4, 14)))
	b.want(got, 1, num(3), num(3), num(1), num(2), num(1), num(0), num(6), num(0))
	b.want(got, 2, num(0), num(0), num(0), num(0), num(0), num(0), num(0), num(0))
}

// labels filter counters and event metrics; the whole adds up over them.
func labels(t *testing.T, b *bench) {
	b.start(2)
	b.points(b.point(1, calls, today, 1, "in"), b.point(1, calls, today, 2, "out"), b.point(1, calls, today-1, 4), b.point(2, calls, today-9, 1, "out"))
	b.events(b.event(1, "login", "u", today, `{"plan":"a","minutes":5}`), b.event(1, "login", "u", today, `{"plan":"b","minutes":"2.5"}`), b.event(1, "login", "u", today, `{"plan":"a"}`))
	got := b.compute(ask(today, leaf(calls, metric.Sum, today, 7), leaf(calls, metric.Sum, today, 7, "kind", "in"), leaf(calls, metric.Sum, today, 7, "kind", "none"),
		leaf(calls, metric.Max, today, 7, "kind", "in"), leaf(calls, metric.Max, today, 7, "kind", "none"), leaf(calls, metric.Last, today, 7, "kind", "out")))
	b.want(got, 1, num(7), num(1), num(0), num(1), no(metric.NoData), num(2))
	b.want(got, 2, num(0), num(0), num(0), no(metric.NoData), no(metric.NoData), num(1))
	got = b.compute(ask(today, leaf(minutes, metric.Sum, today, 7), leaf(minutes, metric.Count, today, 7), leaf(minutes, metric.Sum, today, 7, "plan", "a"), leaf(login, metric.Sum, today, 7, "plan", "a")))
	b.want(got, 1, num(7.5), num(2), num(5), num(2))
	if _, err := b.l.Compute(b.ctx, ask(today, leaf(calls, metric.Sum, today, 7, "colour", "red"))); minori.CodeOf(err) != minori.Invalid {
		t.Errorf("an unknown label: %v", err)
	}
}

func otherLabel(t *testing.T, b *bench) {
	b.start(1)
	var ps []metric.PointRow
	for i := range metric.MaxLabelValues + 50 {
		ps = append(ps, b.point(1, calls, today, 1, "v"+string(rune('a'+i%26))+string(rune('a'+i/26%26))+string(rune('a'+i/676))))
	}
	b.points(ps...)
	got := b.compute(ask(today, leaf(calls, metric.Sum, today, 1), leaf(calls, metric.Sum, today, 1, "kind", metric.OtherLabel), leaf(calls, metric.Sum, today, 1, "kind", "vaaa")))
	b.want(got, 1, num(metric.MaxLabelValues+50), num(50), num(1))
}
