package lake

import (
	"fmt"

	minori "github.com/minori-hq/minori"
	"github.com/minori-hq/minori/metric"
)

func reason(r metric.Reason) SQL { return Raw(fmt.Sprint(uint8(r))) }

// nullable is a cell known when its value column is not NULL.
func nullable(v SQL, why metric.Reason) cell {
	return cell{v: v, r: X(fmt.Sprintf("CASE WHEN ? IS NULL THEN %d ELSE 0 END", why), v)}
}

// leaf gives the value and reason of a leaf over the joined sources, noting
// what they have to provide.
func (b *builder) leaf(l *metric.Leaf) (cell, error) {
	t := b.d.Double
	if l.Type == metric.Text {
		t = b.d.Text
	}
	if l.Unknown != metric.Known {
		return cell{v: Raw("CAST(NULL AS " + t + ")"), r: reason(l.Unknown)}, nil
	}
	switch l.Kind {
	case metric.LeafColumn:
		c, ok := b.env.Columns[l.Column]
		if !ok {
			return cell{}, minori.Errorf(minori.Internal, "the result has no column %q", l.Column)
		}
		return cell{v: Raw(c.V), r: Raw(c.R)}, nil
	case metric.LeafField:
		return b.field(l), nil
	case metric.LeafARR:
		b.arr = true
		return cell{v: X("CASE WHEN t_arr IS NULL THEN 0.0 ELSE t_arr END"), r: Raw("0"), known: true}, nil
	case metric.LeafAgeDays:
		b.born = true
		return nullable(X("(CAST(? AS "+b.d.Double+") - born)", float64(b.q.AsOf.Day)), metric.NoValue), nil
	case metric.LeafDaysToRenewal:
		b.renew = true
		return nullable(X("(t_end - CAST(? AS "+b.d.Double+"))", float64(b.q.AsOf.Day)), metric.NoValue), nil
	case metric.LeafMetric:
		return b.metric(l)
	}
	return cell{}, minori.Errorf(minori.Internal, "the lake cannot read a leaf of kind %d here", l.Kind)
}

// field reads the value valid at the as-of; of several steps with the same
// valid-from the latest recorded counts.
func (b *builder) field(l *metric.Leaf) cell {
	at, seq := Raw("valid_from"), Raw("seq")
	what, x := "num", Raw("coalesce(num, 0.0)")
	if l.Type == metric.Text {
		what, x = "txt", Raw("coalesce(txt, '')")
	}
	has := b.fields.column(l.Field, b.d.ArgMax(Raw("CASE WHEN "+what+" IS NULL THEN 0 ELSE 1 END"), at, seq), apart)
	val := b.fields.column(l.Field, b.d.ArgMax(x, at, seq), apart)
	// A boolean or number field without a row has no hit: NULL, thus no value.
	return cell{
		v: Raw("CASE WHEN " + has + " = 1 THEN " + val + " END"),
		r: Raw(fmt.Sprintf("CASE WHEN %s = 1 THEN 0 ELSE %d END", has, metric.NoValue)),
	}
}

// Series is the condition (AND …, or empty) that a rollup row belongs to the
// leaf's series: for a gauge the one series of exactly those labels, else all
// rows with them. A label the metric does not keep is Invalid.
func Series(l *metric.Leaf, label func(metricID int64, pos int, value string) (int32, bool)) (SQL, error) {
	want := [metric.MaxLabels]*int32{}
	for name, value := range l.Filter {
		pos := -1
		for i, n := range l.Metric.By {
			if n == name {
				pos = i
			}
		}
		if pos < 0 || pos >= metric.MaxLabels {
			return SQL{}, minori.Errorf(minori.Invalid, "the metric %s cannot be filtered by %q%s", l.Metric.Name, name, minori.DidYouMean(name, l.Metric.By))
		}
		id, ok := label(l.Metric.ID, pos, value)
		if !ok {
			id = -2 // no row carries it
		}
		want[pos] = &id
	}
	var out []SQL
	for i, id := range want {
		switch {
		case id != nil:
			out = append(out, X(fmt.Sprintf(" AND l%d = ?", i+1), *id))
		case l.Metric.Kind == metric.Gauge:
			out = append(out, Raw(fmt.Sprintf(" AND l%d = 0", i+1)))
		}
	}
	return Join("", out), nil
}

// metric reads a function of a metric.
func (b *builder) metric(l *metric.Leaf) (cell, error) {
	labels, err := Series(l, b.env.Label)
	if err != nil {
		return cell{}, err
	}
	upTo := X("day <= ??", int32(l.To), labels)
	gauge := l.Metric.Kind == metric.Gauge
	switch l.Fn {
	case metric.Sum:
		if gauge {
			return cell{}, minori.Errorf(minori.Invalid, "%s is a gauge and cannot be summed: use last or avg", l.Metric.Name)
		}
		return b.zero(l, b.window(l, labels, "sum", added, plainAgg("sum(CASE WHEN ? THEN sum END)"))), nil
	case metric.Count:
		return b.zero(l, b.window(l, labels, "count", added, plainAgg("sum(CASE WHEN ? THEN count END)"))), nil
	case metric.ActiveDays:
		days := (int32(l.To-l.From)/60 + 1) * 60
		return b.zero(l, b.window(l, labels, fmt.Sprint("days", days), added, func(cond, from SQL) SQL { return b.d.CountDays(cond, from, days) })), nil
	case metric.Actors:
		in := X("day >= ? AND day <= ??", int32(l.From), int32(l.To), labels)
		col := b.actors.column(l.Metric.ID, in, apart)
		b.actors.window(l.From, l.To)
		return b.zero(l, Raw(col)), nil
	case metric.Last:
		b.upTo(l.To).reads(l)
		col := Raw(b.upTo(l.To).column(l.Metric.ID, b.d.ArgMax(X("CASE WHEN ? THEN last END", upTo), Raw("last_at"), Raw("last_seq")), apart))
		if gauge && len(l.Filter) > 0 {
			return b.zero(l, col), nil
		}
		return nullable(col, metric.NoData), nil
	case metric.DaysSince:
		b.upTo(l.To).reads(l)
		col := b.upTo(l.To).column(l.Metric.ID, X("max(CASE WHEN ? THEN day END)", upTo), apart)
		return nullable(X("(CAST(? AS "+b.d.Double+") - "+col+")", float64(l.To)), metric.NoData), nil
	}
	if gauge {
		return b.carried(l, labels)
	}
	return b.spread(l, labels)
}

// plainAgg is an aggregate over the rows that meet a condition.
func plainAgg(template string) func(cond, from SQL) SQL {
	return func(cond, _ SQL) SQL { return X(template, cond) }
}

// window gives the pivoted column of an aggregate over the daily rollups of
// the leaf's window and labels. Aggregates with the same name are the same.
func (b *builder) window(l *metric.Leaf, labels SQL, name string, m merge, agg func(cond, from SQL) SQL) SQL {
	w := &b.near
	if l.From <= b.q.AsOf.Day-recent {
		w = &b.far
	}
	return Raw(w.column(l.Metric.ID, int32(l.From), int32(l.To), labels, name, m, agg))
}

// firstDay gives the column with the day of the first point of the metric,
// whatever its labels, NULL if it lies after the as-of.
func (b *builder) firstDay(l *metric.Leaf) SQL {
	return Raw(b.first.column(l.Metric.ID, Raw("min(day)"), apart))
}

// zero reads a column that is 0 when nothing was counted but the metric is
// known, and unknown when the subject never had a point.
func (b *builder) zero(l *metric.Leaf, col SQL) cell {
	ok := b.d.Finite(col)
	v := X("CASE WHEN ? IS NULL THEN 0.0 WHEN ? THEN ? END", col, ok, col)
	if l.Metric.AbsentZero && l.Metric.Kind != metric.Gauge {
		return cell{v: v, r: X(fmt.Sprintf("CASE WHEN ? IS NULL OR ? THEN 0 ELSE %d END", metric.NotFinite), col, ok)}
	}
	first := b.firstDay(l)
	return cell{
		v: X("CASE WHEN ? IS NULL THEN NULL ELSE ? END", first, v),
		r: X(fmt.Sprintf("CASE WHEN ? IS NULL THEN %d WHEN ? IS NULL OR ? THEN 0 ELSE %d END", metric.NoData, metric.NotFinite),
			first, col, ok),
	}
}

// some reads a column that is unknown when there is no point.
func (b *builder) some(col SQL) cell {
	ok := b.d.Finite(col)
	return cell{
		v: X("CASE WHEN ? THEN ? END", ok, col),
		r: X(fmt.Sprintf("CASE WHEN ? IS NULL THEN %d WHEN ? THEN 0 ELSE %d END", metric.NoData, metric.NotFinite), col, ok),
	}
}

// spread reads avg, min, max and slope of counters and events.
func (b *builder) spread(l *metric.Leaf, labels SQL) (cell, error) {
	switch l.Fn {
	case metric.Avg:
		sum := b.window(l, labels, "sum", added, plainAgg("sum(CASE WHEN ? THEN sum END)"))
		n := b.window(l, labels, "count", added, plainAgg("sum(CASE WHEN ? THEN count END)"))
		return b.some(X("(? / ?)", sum, n)), nil
	case metric.Min:
		return b.some(b.window(l, labels, "min", least, plainAgg("min(CASE WHEN ? THEN min END)"))), nil
	case metric.Max:
		return b.some(b.window(l, labels, "max", greatest, plainAgg("max(CASE WHEN ? THEN max END)"))), nil
	case metric.Slope:
		n := float64(l.To-l.From) + 1
		if n < 2 {
			return cell{v: Raw("CAST(NULL AS " + b.d.Double + ")"), r: reason(metric.DivisionByZero)}, nil
		}
		col := b.window(l, labels, fmt.Sprint("slope", n), added, func(cond, from SQL) SQL {
			return X("sum(CASE WHEN ? THEN (day - ? - CAST(? AS "+b.d.Double+")) * sum END)", cond, from, (n-1)/2)
		})
		return b.zero(l, X("(? / CAST(? AS "+b.d.Double+"))", col, n*(n*n-1)/12)), nil
	}
	return cell{}, minori.Errorf(minori.Internal, "the lake does not know the function %d", l.Fn)
}

// carried reads avg, min, max and slope of a gauge over the end-of-day values
// from the later of the window's first day and the first point. A filtered
// series is 0 from the metric's first point until its own.
func (b *builder) carried(l *metric.Leaf, labels SQL) (cell, error) {
	b.gauge.reads(l)
	from, to := int32(l.From), int32(l.To)
	lo := X("(CASE WHEN day > ? THEN day ELSE ? END)", from, from)
	hi := X("(CASE WHEN nxt IS NULL OR nxt - 1 > ? THEN ? ELSE nxt - 1 END)", to, to)
	in := X("day <= ? AND (nxt IS NULL OR nxt > ?)?", to, from, labels)
	get := func(agg string, x SQL) SQL {
		b.gauge.window(l.From, l.To)
		return Raw(b.gauge.column(l.Metric.ID, X(agg+"(CASE WHEN ? THEN ? END)", in, x), map[string]merge{"sum": added, "min": least, "max": greatest}[agg]))
	}
	var first SQL
	if len(l.Filter) > 0 {
		first = b.firstDay(l)
	} else {
		first = Raw(b.gauge.column(l.Metric.ID, X("min(CASE WHEN day <= ?? THEN day END)", to, labels), least))
	}
	// n days count, from day s of the window on.
	s := X("(CASE WHEN ? > ? THEN ? - ? ELSE 0 END)", first, from, first, from)
	n := X("(CAST(? AS "+b.d.Double+") - ?)", float64(to-from)+1, s)
	length := X("(? - ? + 1)", hi, lo)
	known := X("(? <= ?)", first, to)
	only := func(x SQL) cell {
		ok := b.d.Finite(x)
		return cell{
			v: X("CASE WHEN ? AND ? THEN ? END", known, ok, x),
			r: X(fmt.Sprintf("CASE WHEN ? THEN CASE WHEN ? THEN 0 ELSE %d END ELSE %d END", metric.NotFinite, metric.NoData), known, ok),
		}
	}
	or0 := func(c SQL) SQL { return X("(CASE WHEN ? IS NULL THEN 0.0 ELSE ? END)", c, c) }
	switch l.Fn {
	case metric.Avg:
		return only(X("(? / ?)", or0(get("sum", X("v * ?", length))), n)), nil
	case metric.Min, metric.Max:
		fn, least := "min", "least"
		if l.Fn == metric.Max {
			fn, least = "max", "greatest"
		}
		c := get(fn, Raw("v"))
		return only(X("(CASE WHEN ? IS NULL THEN 0.0 WHEN ? < ? THEN "+least+"(?, 0.0) ELSE ? END)", c, or0(get("sum", length)), n, c, c)), nil
	case metric.Slope:
		y := or0(get("sum", X("v * ?", length)))
		xy := or0(get("sum", X("v * ? * (? - ? + ? - ?) / 2.0", length, lo, from, hi, from)))
		return b.gaugeSlope(known, float64(to-from), s, n, y, xy), nil
	}
	return cell{}, minori.Errorf(minori.Internal, "the lake does not know the function %d", l.Fn)
}

// gaugeSlope fits a line through n days numbered s … last, given the sums of
// the values and of day × value.
func (b *builder) gaugeSlope(known SQL, last float64, s, n, y, xy SQL) cell {
	d := b.d.Double
	sx := X("((? + CAST(? AS "+d+")) * ? / 2.0)", s, last, n)
	squares := X("(CAST(? AS "+d+") - (? - 1.0) * ? * (2.0 * ? - 1.0) / 6.0)", last*(last+1)*(2*last+1)/6, s, s, s)
	x := X("((? * ? - ? * ?) / (? * ? - ? * ?))", n, xy, sx, y, n, squares, sx, sx)
	ok := b.d.Finite(x)
	return cell{
		v: X("CASE WHEN ? AND ? > 1 AND ? THEN ? END", known, n, ok, x),
		r: X(fmt.Sprintf("CASE WHEN ? THEN CASE WHEN ? <= 1 THEN %d WHEN ? THEN 0 ELSE %d END ELSE %d END",
			metric.DivisionByZero, metric.NotFinite, metric.NoData), known, n, ok),
	}
}
