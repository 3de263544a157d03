package subject

import (
	"cmp"
	"math"
	"slices"
	"strconv"

	minori "github.com/minori-hq/minori"
	"github.com/minori-hq/minori/account"
	"github.com/minori-hq/minori/metric"
	"github.com/minori-hq/minori/resource"
	"github.com/minori-hq/minori/text"
	"github.com/minori-hq/minori/web/site"
	"github.com/minori-hq/minori/web/ui"
)

// Days of a week, how many charts there are, and how many weeks they show when
// nothing else is chosen.
const (
	weekDays     = 7
	maxCharts    = 8
	defaultWeeks = 52
)

// spans gives the choices of how many weeks the charts show; as many before
// them are compared with.
func spans(v ui.View) []ui.Option {
	var out []ui.Option
	for _, n := range []int{13, 26, 52} {
		out = append(out, ui.Option{Value: strconv.Itoa(n), Label: v.Count(n, text.Weeks)})
	}
	return out
}

// metricChart is a metric's last weeks, with as many before.
type metricChart struct {
	def    *resource.Metric
	now    []float64 // by week, oldest first; Unknown() where there is none
	before []float64
	latest minori.Day // of the metric's points over all accounts; 0: none
	stale  bool
}

// ReadSeries reads the series of the main metrics, all at once.
func (s Pages) ReadSeries(r *site.Request, p *Page) error {
	span, err := r.OneOf("weeks", spans(r.View))
	if err != nil {
		return err
	}
	if p.weeks = defaultWeeks; span != "" {
		p.weeks, _ = strconv.Atoi(span) // it is one of the choices
	}
	chosen := p.mainMetrics(r)
	refs := make([]metric.Ref, len(chosen))
	for i, m := range chosen {
		refs[i] = m.Ref()
	}
	first := p.Day - minori.Day(2*p.weeks*weekDays) + 1
	series, err := s.Lake.SeriesOf(r.Context(), r.Actor, p.Subject.ID, refs, first, p.Day)
	if err != nil {
		return err
	}
	if err := s.ReadLatest(r, p); err != nil {
		return err
	}
	for _, m := range chosen {
		points := series[m.ID]
		if len(points) == 0 {
			continue
		}
		chart := metricChart{def: m}
		if l, ok := p.Latest[m.ID]; ok {
			chart.latest = l.Day
			chart.stale = m.Def.FreshWithin.N > 0 && l.Day < m.Def.FreshWithin.Before(p.Day, 1)
		}
		all := weekly(m, points, first, chart.latest, p.weeks)
		chart.before, chart.now = all[:p.weeks], all[p.weeks:]
		p.charts = append(p.charts, chart)
		if len(p.charts) == maxCharts {
			break
		}
	}
	return nil
}

// mainMetrics gives the metrics worth a chart: those that the main scorecard
// rests on, most used first, then the others as defined.
func (p *Page) mainMetrics(r *site.Request) []*resource.Metric {
	used := map[string]int{}
	if p.Card != nil {
		for _, name := range p.Card.Def.Measures() {
			if m, ok := r.Config.Measure(name); ok {
				for _, of := range m.Expr.Dependencies().Metrics {
					used[of]++
				}
			}
		}
	}
	var out []*resource.Metric
	for i := range r.Config.Metrics {
		if m := &r.Config.Metrics[i]; !m.Def.BuiltIn || m.Def.Name == account.MetricTicketOpened {
			out = append(out, m)
		}
	}
	slices.SortStableFunc(out, func(a, b *resource.Metric) int { return cmp.Compare(used[b.Def.Name], used[a.Def.Name]) })
	return out
}

// weekly gives a value per week: the sum of a counter or event, the last value
// of a gauge. It is unknown before the first point and, for what is counted,
// after the metric's last point over all accounts.
func weekly(m *resource.Metric, points []site.DayPoint, first, latest minori.Day, weeks int) []float64 {
	out := make([]float64, 2*weeks)
	for i := range out {
		out[i] = ui.Unknown()
	}
	gauge := m.Def.Kind == metric.Gauge
	week := func(d minori.Day) int { return int(d-first) / weekDays }
	if !gauge {
		for i := week(points[0].Day); i < len(out) && first+minori.Day(i*weekDays) <= latest; i++ {
			out[i] = 0
		}
	}
	for _, p := range points {
		i := week(p.Day)
		switch {
		case i < 0 || i >= len(out):
		case gauge:
			out[i] = p.Last
		case math.IsNaN(out[i]):
			out[i] = p.Sum
		default:
			out[i] += p.Sum
		}
	}
	for i := 1; gauge && i < len(out); i++ {
		if math.IsNaN(out[i]) && first+minori.Day(i*weekDays) <= latest {
			out[i] = out[i-1]
		}
	}
	return out
}

// sum adds up the known values from one week up to and not including another;
// ok is false if none is known.
func sum(values []float64, from, to int) (total float64, ok bool) {
	for i := max(from, 0); i < min(to, len(values)); i++ {
		if !math.IsNaN(values[i]) {
			total, ok = total+values[i], true
		}
	}
	return total, ok
}

// known counts the values that are.
func known(values []float64) int {
	n := 0
	for _, x := range values {
		if !math.IsNaN(x) {
			n++
		}
	}
	return n
}

// chart draws a metric.
func (m *metricChart) chart(v site.Wording, on *Page) ui.ChartProps {
	p := ui.ChartProps{
		ID: "metric-" + m.def.Def.Name, Kind: ui.ChartLine, Size: ui.ChartSmall, Title: v.Text(m.def.Def.Title),
		Sentence: m.sentence(v, on), XTitle: v.T("chart.week-ending"), Series: []ui.Series{{Name: v.T("chart.this-period"), Values: m.now}},
		Format: valueFormat(m.def.Def.Unit, v.Config.Workspace.Currency),
	}
	for i := range m.now {
		p.X = append(p.X, v.DateShort(on.weekEnd(i)))
	}
	if known(m.before) >= on.weeks/4 {
		p.Series = append(p.Series, ui.Series{Name: v.T("chart.period-before"), Values: m.before, Role: ui.RoleComparison})
	}
	if low, _ := sum(m.now, 0, on.weeks); low >= 0 {
		zero := 0.0
		p.Min = &zero
	}
	return p
}

// weekEnd gives the last day of a week of the charts.
func (p *Page) weekEnd(i int) minori.Day {
	return p.Day - minori.Day((p.weeks-1-i)*weekDays)
}

func valueFormat(unit, currency string) ui.ValueFormat {
	switch unit {
	case "share", "ratio":
		return ui.ValueFormat{Style: ui.StylePercent}
	case currency:
		return ui.ValueFormat{Style: ui.StyleMoney, Currency: currency}
	}
	return ui.ValueFormat{Style: ui.StyleNumber, Decimals: 1}
}

// sentence says what the chart shows.
func (m *metricChart) sentence(v site.Wording, p *Page) string {
	if m.stale {
		return v.T("chart.stale", "date", v.Date(m.latest))
	}
	unit := m.def.Def.Unit
	const month = 4
	if m.def.Def.Kind == metric.Gauge {
		now, ok := sum(m.now, p.weeks-1, p.weeks)
		if !ok {
			return v.T("chart.none", "date", v.Date(p.Day))
		}
		then, ok := sum(m.now, p.weeks-1-month, p.weeks-month)
		if !ok {
			return v.T("chart.level", "value", v.Quantity(now, unit))
		}
		return v.T("chart.level-change", "value", v.Quantity(now, unit), "before", v.Quantity(then, unit))
	}
	now, ok := sum(m.now, p.weeks-month, p.weeks)
	if !ok {
		return v.T("chart.none", "date", v.Date(p.Day))
	}
	then, ok := sum(m.now, p.weeks-2*month, p.weeks-month)
	if !ok || then == 0 {
		return v.T("chart.total", "value", v.Quantity(now, unit))
	}
	return v.T("chart.total-change", "value", v.Quantity(now, unit), "change", v.SignedPercent((now-then)/then, 0))
}
