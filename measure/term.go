package measure

import (
	"fmt"
	"math"

	minori "github.com/minori-hq/minori"
	"github.com/minori-hq/minori/metric"
)

// termKind says how a term's value is formed from its leaves.
type termKind uint8

const (
	termLeaf    termKind = iota // one leaf, the same for every as-of
	termMetric                  // a metric function: one leaf
	termChange                  // this window's leaf against the previous one's
	termPer                     // the window's sum over a field
	termMeasure                 // another measure
)

// term is a name or call in an expression that reads something of the subject.
type term struct {
	kind    termKind
	typ     metric.Type
	leaf    metric.Leaf   // without days and Unknown
	window  minori.Window // for metric functions that have one
	divisor metric.Leaf   // for termPer
	by      string        // its name
	measure *Expr         // for termMeasure
	column  Column        // for scores, bands and open calls
	name    string        // as shown to people
	title   minori.Text
	unit    string
}

// Column is something a condition reads that is formed outside the lake: a
// score, a change of score, a band or a number of open calls to action. It is
// the column Name of the result a second stage derives from.
type Column struct {
	Name   string        // such as "score:health", "score_change:health:30d"
	Fn     string        // "score", "score_change", "band" or "open_calls"
	Of     string        // the scorecard, or the type of call
	Window minori.Window // for score_change
	Type   metric.Type
}

// given is what an evaluation looks at.
type given struct {
	asOf    minori.AsOf
	unknown func(metric.Ref) metric.Reason
}

// leaves gives what the term reads: one leaf, or two for change and per. A
// term that is a measure reads none itself.
func (t *term) leaves(g given) []metric.Leaf {
	switch t.kind {
	case termMetric:
		from, to := span(t.leaf.Fn, t.window, g.asOf)
		return []metric.Leaf{t.over(from, to, g)}
	case termChange:
		end := g.asOf.Complete
		start, before := t.window.Before(end, 1), t.window.Before(end, 2)
		if t.leaf.Metric.Kind == metric.Gauge {
			return []metric.Leaf{t.over(end, end, g), t.over(start, start, g)}
		}
		return []metric.Leaf{t.over(start+1, end, g), t.over(before+1, start, g)}
	case termPer:
		end := g.asOf.Complete
		return []metric.Leaf{t.over(t.window.Before(end, 1)+1, end, g), t.divisor}
	case termMeasure:
		return nil
	}
	return []metric.Leaf{t.leaf}
}

// over gives the leaf for the days from to to.
func (t *term) over(from, to minori.Day, g given) metric.Leaf {
	leaf := t.leaf
	leaf.From, leaf.To = from, to
	if g.unknown != nil {
		leaf.Unknown = g.unknown(leaf.Metric)
	}
	return leaf
}

// span gives the days a metric function counts. Averages and slopes end with
// the last day that is over; what adds up includes the day so far.
func span(fn metric.Fn, w minori.Window, asOf minori.AsOf) (from, to minori.Day) {
	to = asOf.Day
	switch fn {
	case metric.Last, metric.DaysSince:
		return to, to
	case metric.Avg, metric.Slope:
		to = asOf.Complete
	}
	return w.Before(to, 1) + 1, to
}

// combine forms the term's value from those of its leaves.
func (t *term) combine(v []metric.Value) metric.Value {
	switch t.kind {
	case termChange:
		return relativeChange(v[0], v[1])
	case termPer:
		return quotient(v[0], v[1])
	}
	return v[0]
}

// relativeChange is (a − b) / b.
func relativeChange(a, b metric.Value) metric.Value {
	switch {
	case a.Reason != metric.Known:
		return none(metric.Number, a.Reason)
	case b.Reason != metric.Known || b.Num == 0:
		return none(metric.Number, metric.NoPrevious)
	}
	return finite((a.Num - b.Num) / b.Num)
}

// quotient is a / b.
func quotient(a, b metric.Value) metric.Value {
	switch {
	case a.Reason != metric.Known:
		return none(metric.Number, a.Reason)
	case b.Reason != metric.Known:
		return none(metric.Number, b.Reason)
	case b.Num == 0:
		return none(metric.Number, metric.DivisionByZero)
	}
	return finite(a.Num / b.Num)
}

// finite makes a number known only if it is finite.
func finite(x float64) metric.Value {
	if math.IsInf(x, 0) || math.IsNaN(x) {
		return none(metric.Number, metric.NotFinite)
	}
	return metric.Value{Type: metric.Number, Num: x}
}

// none is an unknown value.
func none(t metric.Type, r metric.Reason) metric.Value { return metric.Value{Type: t, Reason: r} }

// LeafName gives the one name of a leaf, which columns that hold its values
// have: "leaf:sum:3:usage.login:2024-12-04:2024-12-31". A LeafColumn's name is
// its column.
func LeafName(l metric.Leaf) string {
	switch l.Kind {
	case metric.LeafColumn:
		return l.Column
	case metric.LeafMetric:
		key := metric.Key{Name: l.Metric.Name, Filter: l.Filter}
		return fmt.Sprintf("leaf:%s:%d:%s:%s:%s", fnName(l.Fn), l.Metric.ID, key, l.From, l.To)
	case metric.LeafField:
		return fmt.Sprintf("leaf:field:%d:%d", l.Field, l.Type)
	case metric.LeafARR:
		return "leaf:arr"
	case metric.LeafAgeDays:
		return "leaf:age_days"
	case metric.LeafDaysToRenewal:
		return "leaf:days_to_renewal"
	}
	return fmt.Sprintf("leaf:property:%s:%d", l.Column, l.Type)
}

// metricFn gives what a metric function asks of a leaf. change is kept as the
// sum, or for gauges the last value, of two spans.
func metricFn(name string, kind metric.Kind) (metric.Fn, bool) {
	switch name {
	case "sum", "per":
		return metric.Sum, true
	case "change":
		if kind == metric.Gauge {
			return metric.Last, true
		}
		return metric.Sum, true
	case "avg":
		return metric.Avg, true
	case "min":
		return metric.Min, true
	case "max":
		return metric.Max, true
	case "count":
		return metric.Count, true
	case "last":
		return metric.Last, true
	case "actors":
		return metric.Actors, true
	case "active_days":
		return metric.ActiveDays, true
	case "slope":
		return metric.Slope, true
	case "days_since":
		return metric.DaysSince, true
	}
	return 0, false
}

// fnName names what a leaf asks of a metric.
func fnName(fn metric.Fn) string {
	names := [...]string{"", "sum", "count", "avg", "min", "max", "last", "actors", "active_days", "slope", "days_since"}
	if int(fn) < len(names) {
		return names[fn]
	}
	return ""
}
