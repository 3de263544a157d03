package accounts

import (
	"cmp"
	"math"
	"slices"

	minori "github.com/minori-hq/minori"
	"github.com/minori-hq/minori/account"
	"github.com/minori-hq/minori/metric"
	"github.com/minori-hq/minori/resource"
	"github.com/minori-hq/minori/web/site"
	"github.com/minori-hq/minori/web/ui"
)

// metricChart is a metric's last year by week, with the year before.
type metricChart struct {
	def    *resource.Metric
	now    []float64 // by week, oldest first; Unknown() where there is none
	before []float64
	latest minori.Day // of the metric's points over all accounts; 0: none
	stale  bool
}

// readSeries reads the series of the main metrics, all at once.
func (s Pages) readSeries(r *site.Request, c *customer) error {
	chosen := c.mainMetrics(r)
	refs := make([]metric.Ref, len(chosen))
	for i, m := range chosen {
		refs[i] = m.Ref()
	}
	first := c.day - 2*chartWeeks*weekDays + 1
	series, err := s.Lake.SeriesOf(r.Context(), c.subject.ID, refs, first, c.day)
	if err != nil {
		return err
	}
	if c.latest, err = s.Lake.Freshness(r.Context(), minori.EndOf(c.day, r.Config.Zone)); err != nil {
		return err
	}
	for _, m := range chosen {
		points := series[m.ID]
		if len(points) == 0 {
			continue
		}
		chart := metricChart{def: m}
		if l, ok := c.latest[m.ID]; ok {
			chart.latest = l.Day
			chart.stale = m.Def.FreshWithin.N > 0 && l.Day < m.Def.FreshWithin.Before(c.day, 1)
		}
		all := weekly(m, points, first, chart.latest)
		chart.before, chart.now = all[:chartWeeks], all[chartWeeks:]
		c.charts = append(c.charts, chart)
		if len(c.charts) == maxCharts {
			break
		}
	}
	return nil
}

// mainMetrics gives the metrics worth a chart: those that the main scorecard
// rests on, most used first, then the others as defined.
func (c *customer) mainMetrics(r *site.Request) []*resource.Metric {
	used := map[string]int{}
	if c.card != nil {
		for _, name := range c.card.Def.Measures() {
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
func weekly(m *resource.Metric, points []site.DayPoint, first, latest minori.Day) []float64 {
	out := make([]float64, 2*chartWeeks)
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
func (m *metricChart) chart(v site.Wording, c *customer) ui.ChartProps {
	p := ui.ChartProps{
		ID: "metric-" + m.def.Def.Name, Kind: ui.ChartLine, Size: ui.ChartSmall, Title: v.Text(m.def.Def.Title),
		Sentence: m.sentence(v, c), XTitle: v.T("chart.week-ending"), Series: []ui.Series{{Name: v.T("chart.this-year"), Values: m.now}},
		Format: valueFormat(m.def.Def.Unit, c.currency),
	}
	for i := range m.now {
		p.X = append(p.X, v.DateShort(c.weekEnd(i)))
	}
	if known(m.before) >= chartWeeks/4 {
		p.Series = append(p.Series, ui.Series{Name: v.T("chart.year-before"), Values: m.before, Role: ui.RoleComparison})
	}
	if low, _ := sum(m.now, 0, chartWeeks); low >= 0 {
		zero := 0.0
		p.Min = &zero
	}
	return p
}

// weekEnd gives the last day of a week of the charts.
func (c *customer) weekEnd(i int) minori.Day {
	return c.day - minori.Day((chartWeeks-1-i)*weekDays)
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
func (m *metricChart) sentence(v site.Wording, c *customer) string {
	if m.stale {
		return v.T("chart.stale", "date", v.Date(m.latest))
	}
	unit := m.def.Def.Unit
	const month = 4
	if m.def.Def.Kind == metric.Gauge {
		now, ok := sum(m.now, chartWeeks-1, chartWeeks)
		if !ok {
			return v.T("chart.none", "date", v.Date(c.day))
		}
		then, ok := sum(m.now, chartWeeks-1-month, chartWeeks-month)
		if !ok {
			return v.T("chart.level", "value", v.Quantity(now, unit))
		}
		return v.T("chart.level-change", "value", v.Quantity(now, unit), "before", v.Quantity(then, unit))
	}
	now, ok := sum(m.now, chartWeeks-month, chartWeeks)
	if !ok {
		return v.T("chart.none", "date", v.Date(c.day))
	}
	then, ok := sum(m.now, chartWeeks-2*month, chartWeeks-month)
	if !ok || then == 0 {
		return v.T("chart.total", "value", v.Quantity(now, unit))
	}
	return v.T("chart.total-change", "value", v.Quantity(now, unit), "change", v.SignedPercent((now-then)/then, 0))
}
