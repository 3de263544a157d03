package laketest

import (
	"math"
	"testing"

	"pgregory.net/rapid"

	minori "github.com/minori-hq/minori"
	"github.com/minori-hq/minori/metric"
)

// fact is a point or a counted event, in order of arrival.
type fact struct {
	metric int
	day    minori.Day
	time   int64
	value  float64
	label  string
	actor  string
}

// model holds generated facts and windows against a slow, plain computation;
// queries that are asked again as facts come in give what they would give
// when asked once.
func model(t *testing.T, b *bench) {
	b.start(0)
	subject := minori.ID(0)
	rapid.Check(t, func(r *rapid.T) {
		subject++
		b.apply(metric.Delta{Subjects: []metric.SubjectRow{{Kind: minori.Account, ID: subject, Key: "m"}}})
		facts := rapid.SliceOfN(factOf(), 0, 25).Draw(r, "facts")
		leaves := rapid.SliceOfN(leafOf(), 1, 12).Draw(r, "leaves")
		known, asked := 0, []bool{false}
		if rapid.Bool().Draw(r, "again") {
			known, asked = rapid.IntRange(0, len(facts)).Draw(r, "known at first"), []bool{true, false}
			b.load(subject, facts[:known], 1)
			b.hold(r, subject, facts[:known], leaves, true)
		}
		b.load(subject, facts[known:], rapid.IntRange(1, 4).Draw(r, "batches"))
		if rapid.IntRange(0, 9).Draw(r, "compact") == 0 {
			b.ok(b.l.Compact(b.ctx))
		}
		for _, again := range asked {
			b.hold(r, subject, facts, leaves, again)
		}
	})
}

// hold asks for leaves and holds the answers against the facts.
func (b *bench) hold(r *rapid.T, subject minori.ID, facts []fact, leaves []metric.Leaf, again bool) {
	q := ask(today, leaves...)
	if q.Again = again; !rapid.Bool().Draw(r, "of all") {
		q.Subjects = []minori.ID{subject}
	}
	got := b.compute(q)[subject]
	for i, l := range leaves {
		if want := expect(facts, l); !same(got[i], want) {
			r.Fatalf("again %t, leaf %+v: %v (%s), want %v (%s)", again, l, got[i].Num, got[i].Reason, want.Num, want.Reason)
		}
	}
}

// kinds are the metrics of the model: a counter, gauges, counted and summed events.
var modelled = []int{login, minutes, calls, errorsM, seats, open}

func factOf() *rapid.Generator[fact] {
	return rapid.Custom(func(r *rapid.T) fact {
		f := fact{metric: rapid.SampledFrom(modelled).Draw(r, "metric"), day: dayOf(r)}
		f.time = at(f.day, rapid.IntRange(0, 3).Draw(r, "hour")*3600)
		f.value = float64(rapid.IntRange(-3, 9).Draw(r, "value"))
		f.label = rapid.SampledFrom([]string{"", "", "a", "b"}).Draw(r, "label")
		f.actor = rapid.SampledFrom([]string{"", "u", "v", "w"}).Draw(r, "actor")
		return f
	})
}

// dayOf draws days near today, often today, some after it, and now and then one
// long ago.
func dayOf(r *rapid.T) minori.Day {
	switch rapid.IntRange(0, 4).Draw(r, "kind of day") {
	case 0:
		return today - minori.Day(rapid.IntRange(20, 240).Draw(r, "days ago"))
	case 1:
		return today
	}
	return today - 20 + minori.Day(rapid.IntRange(0, 22).Draw(r, "day"))
}

func leafOf() *rapid.Generator[metric.Leaf] {
	return rapid.Custom(func(r *rapid.T) metric.Leaf {
		m := rapid.SampledFrom(modelled).Draw(r, "metric")
		fns := []metric.Fn{metric.Count, metric.Avg, metric.Min, metric.Max, metric.Last, metric.ActiveDays, metric.Slope, metric.DaysSince}
		if refs[m].Kind != metric.Gauge {
			fns = append(fns, metric.Sum)
		}
		if refs[m].Actors {
			fns = append(fns, metric.Actors)
		}
		back, n := rapid.IntRange(0, 12).Draw(r, "back"), rapid.IntRange(1, 12).Draw(r, "n")
		if rapid.IntRange(0, 3).Draw(r, "far") == 0 {
			back, n = rapid.IntRange(0, 150).Draw(r, "far back"), rapid.IntRange(1, 120).Draw(r, "long")
		}
		l := leaf(m, rapid.SampledFrom(fns).Draw(r, "fn"), today-minori.Day(back), n)
		if by := refs[m].By; len(by) > 0 && rapid.Bool().Draw(r, "filtered") {
			l.Filter = map[string]string{by[0]: rapid.SampledFrom([]string{"a", "b", "never"}).Draw(r, "value")}
		}
		return l
	})
}

// load stores facts as points and events in some batches.
func (b *bench) load(subject minori.ID, facts []fact, batches int) {
	size := len(facts)/batches + 1
	for len(facts) > 0 {
		n := min(size, len(facts))
		var in metric.Ingest
		for _, f := range facts[:n] {
			if refs[f.metric].Kind != metric.Event {
				p := b.point(subject, f.metric, f.day, f.value, f.label)
				if len(refs[f.metric].By) == 0 {
					p.Labels[0] = ""
				}
				p.Time = f.time
				in.Points = append(in.Points, p)
				continue
			}
			// Both event metrics count the same events.
			e := b.event(subject, "login", f.actor, f.day, "")
			e.Time = f.time
			e.Properties = `{"minutes":` + number(f.value)
			if f.label != "" {
				e.Properties += `,"plan":"` + f.label + `"`
			}
			e.Properties += "}"
			in.Events = append(in.Events, e)
		}
		b.ingest(in)
		facts = facts[n:]
	}
}

func number(v float64) string {
	s := ""
	if v < 0 {
		s, v = "-", -v
	}
	return s + string(rune('0'+int(v)))
}

// of gives the facts of a leaf's metric with the values it counts.
func of(facts []fact, m int) []fact {
	var out []fact
	for _, f := range facts {
		switch {
		case refs[m].Kind == metric.Event && refs[f.metric].Kind == metric.Event:
			if m == login {
				f.value = 1
			}
		case f.metric != m:
			continue
		}
		if len(refs[m].By) == 0 {
			f.label = ""
		}
		out = append(out, f)
	}
	return out
}

// expect is the slow computation.
func expect(all []fact, l metric.Leaf) metric.Value {
	m := int(l.Metric.ID) - 1
	facts := of(all, m)
	first := minori.Day(math.MaxInt32)
	for _, f := range facts {
		first = min(first, f.day)
	}
	known := first <= today || l.Metric.AbsentZero
	filter, filtered := "", len(l.Filter) > 0
	if filtered {
		filter = l.Filter[l.Metric.By[0]]
	}
	gauge := l.Metric.Kind == metric.Gauge
	series, in := seriesOf(facts, l, filter)
	if !filtered && gauge {
		first = math.MaxInt32
		for _, f := range series {
			first = min(first, f.day)
		}
	}
	switch l.Fn {
	case metric.Sum, metric.Count, metric.Actors, metric.ActiveDays:
		if !known {
			return no(metric.NoData)
		}
		return num(tally(in, l.Fn))
	case metric.Last:
		v, ok := lastBy(series, l.To)
		if !ok && gauge && filtered && known {
			return num(0)
		}
		if !ok {
			return no(metric.NoData)
		}
		return num(v)
	case metric.DaysSince:
		since := math.Inf(1)
		for _, f := range series {
			if f.day <= l.To {
				since = min(since, float64(l.To-f.day))
			}
		}
		if math.IsInf(since, 1) {
			return no(metric.NoData)
		}
		return num(since)
	}
	if gauge {
		return carried(series, first, l)
	}
	return spreadOf(in, known, l)
}

// seriesOf gives the facts that belong to the leaf's series, and those of them
// within its window.
func seriesOf(facts []fact, l metric.Leaf, filter string) (series, in []fact) {
	filtered := len(l.Filter) > 0
	for _, f := range facts {
		if filtered && f.label != filter || !filtered && l.Metric.Kind == metric.Gauge && f.label != "" {
			continue
		}
		series = append(series, f)
		if f.day >= l.From && f.day <= l.To {
			in = append(in, f)
		}
	}
	return series, in
}

func tally(in []fact, fn metric.Fn) float64 {
	sum, days, actors := 0.0, map[minori.Day]bool{}, map[string]bool{}
	for _, f := range in {
		sum += f.value
		days[f.day] = true
		if f.actor != "" {
			actors[f.actor] = true
		}
	}
	switch fn {
	case metric.Sum:
		return sum
	case metric.Count:
		return float64(len(in))
	case metric.Actors:
		return float64(len(actors))
	}
	return float64(len(days))
}

// lastBy is the last value by time, then by arrival, up to a day. Points
// arrive before events of the same batch; a metric has only one of the two.
func lastBy(series []fact, to minori.Day) (v float64, ok bool) {
	at := int64(math.MinInt64)
	for _, f := range series {
		if f.day <= to && f.time >= at {
			at, v, ok = f.time, f.value, true
		}
	}
	return v, ok
}

func spreadOf(in []fact, known bool, l metric.Leaf) metric.Value {
	if l.Fn == metric.Slope {
		ys := make([]float64, l.To-l.From+1)
		for _, f := range in {
			ys[f.day-l.From] += f.value
		}
		switch {
		case len(ys) < 2:
			return no(metric.DivisionByZero)
		case !known:
			return no(metric.NoData)
		}
		return num(slopeOf(ys...))
	}
	if len(in) == 0 {
		return no(metric.NoData)
	}
	var ys []float64
	for _, f := range in {
		ys = append(ys, f.value)
	}
	return num(summary(ys, l.Fn))
}

// carried summarises the values at the ends of days from the first point on.
func carried(series []fact, first minori.Day, l metric.Leaf) metric.Value {
	if first > l.To {
		return no(metric.NoData)
	}
	var ys []float64
	for d := max(l.From, first); d <= l.To; d++ {
		v, _ := lastBy(series, d)
		ys = append(ys, v)
	}
	if l.Fn == metric.Slope {
		if len(ys) < 2 {
			return no(metric.DivisionByZero)
		}
		return num(slopeOf(ys...))
	}
	return num(summary(ys, l.Fn))
}

func summary(ys []float64, fn metric.Fn) float64 {
	sum, least, most := 0.0, ys[0], ys[0]
	for _, y := range ys {
		sum, least, most = sum+y, min(least, y), max(most, y)
	}
	switch fn {
	case metric.Min:
		return least
	case metric.Max:
		return most
	}
	return sum / float64(len(ys))
}
