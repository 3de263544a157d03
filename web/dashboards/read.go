package dashboards

import (
	"cmp"
	"math"
	"slices"

	minori "github.com/minori-hq/minori"
	"github.com/minori-hq/minori/dashboard"
	"github.com/minori-hq/minori/metric"
	"github.com/minori-hq/minori/web/site"
	"github.com/minori-hq/minori/web/ui"
)

// Windows that count where a tile gives none.
func defaultWindow(t *dashboard.Tile) minori.Window {
	switch {
	case t.Window.N > 0:
		return t.Window
	case t.Source() == dashboard.FromReport:
		return minori.Window{N: 12, Unit: minori.Months}
	case t.Form == dashboard.Figure || t.Form == dashboard.Table || t.Form == dashboard.Bar && t.By != "":
		return minori.Window{N: 28, Unit: minori.Days}
	}
	return minori.Window{N: 90, Unit: minori.Days}
}

// steps cuts days into even steps that end with the last day.
type steps struct {
	from  minori.Day // the first day of the first step
	size  int
	count int
}

// Steps of a chart: by day up to six weeks, by week up to half a year, by four
// weeks beyond.
func stepsOf(w minori.Window, to minori.Day) steps {
	days := int(to - w.Before(to, 1))
	size := 28
	switch {
	case days <= 42:
		size = 1
	case days <= 190:
		size = 7
	}
	n := (days + size - 1) / size
	return steps{from: to - minori.Day(n*size) + 1, size: size, count: n}
}

func (s steps) of(d minori.Day) int { return max(int(d-s.from), 0) / s.size }

// end gives the last day of a step.
func (s steps) end(i int) minori.Day { return s.from + minori.Day((i+1)*s.size) - 1 }

// before gives the same steps of the period before.
func (s steps) before() steps {
	return steps{from: s.from - minori.Day(s.size*s.count), size: s.size, count: s.count}
}

func (s Pages) readMetric(r *site.Request, t *dashboard.Tile, q site.BoardQuery) (content, error) {
	m, ok := r.Config.Metric(t.Metric)
	if !ok {
		return content{}, minori.Errorf(minori.NotFound, "there is no metric %q", t.Metric)
	}
	w := r.Words()
	window := defaultWindow(t)
	c := content{}
	c.Format, c.Write = inUnit(w, m.Def.Unit)
	st := stepsOf(window, r.View.Today)
	if t.Form == dashboard.Figure || t.Form == dashboard.Table || t.Form == dashboard.Bar && t.By != "" {
		days := int(r.View.Today - window.Before(r.View.Today, 1))
		st = steps{from: r.View.Today - minori.Day(days) + 1, size: days, count: 1}
	}
	groups, err := s.bySteps(r, q, m.Ref(), st)
	if err != nil {
		return c, err
	}
	for _, g := range groups {
		c.Series = append(c.Series, series{Name: groupName(r, t, g.by), Values: g.values})
	}
	if t.Compare {
		then, err := s.bySteps(r, q, m.Ref(), st.before())
		if err != nil {
			return c, err
		}
		old := series{Name: r.View.T("dashboards.before"), Role: ui.RoleComparison, Values: unknown(st.count)}
		if len(then) > 0 {
			old.Values = then[0].values
		}
		c.Series = append(c.Series, old)
	}
	for i := range st.count {
		c.X = append(c.X, r.View.DayMonth(st.end(i)))
	}
	c.Sentence = r.View.T("dashboards.period", "from", r.View.Date(st.from), "to", r.View.Date(r.View.Today))
	if st.count == 1 && t.By != "" {
		c.turn(tileTitle(r, t))
	}
	return c, nil
}

// turn makes places of the series of a content of one place.
func (c *content) turn(name string) {
	one := series{Name: name}
	c.X = nil
	for _, s := range c.Series {
		c.X, one.Values = append(c.X, s.Name), append(one.Values, s.at(0))
	}
	c.Series = []series{one}
}

// group is the values of one group by step.
type group struct {
	by     string
	values []float64
}

func unknown(n int) []float64 {
	out := make([]float64, n)
	for i := range out {
		out[i] = math.NaN()
	}
	return out
}

// bySteps reads a metric by group and step. A step without a point is 0 for
// what comes in, once anything came in at all; a gauge keeps its last value.
func (s Pages) bySteps(r *site.Request, q site.BoardQuery, m metric.Ref, st steps) ([]group, error) {
	q.From, q.To = st.from, st.end(st.count-1)
	days, err := s.Boards.Whole(r.Context(), r.Actor, q, m)
	if err != nil {
		return nil, err
	}
	at := map[string]int{}
	var out []group
	for _, d := range days {
		i, ok := at[d.By]
		if !ok {
			i = len(out)
			at[d.By] = i
			out = append(out, group{d.By, unknown(st.count)})
		}
		v := &out[i].values[st.of(d.Day)]
		if m.Kind == metric.Gauge || math.IsNaN(*v) {
			*v = d.Sum
		} else {
			*v += d.Sum
		}
	}
	for _, g := range out {
		for i := range g.values {
			switch {
			case !math.IsNaN(g.values[i]):
			case m.Kind != metric.Gauge:
				g.values[i] = 0
			case i > 0:
				g.values[i] = g.values[i-1]
			}
		}
	}
	slices.SortStableFunc(out, func(a, b group) int { return byName(a.by, b.by) })
	return out, nil
}

// byName orders groups by name, the rest last.
func byName(a, b string) int {
	if (a == "") != (b == "") {
		return cmp.Compare(len(b), len(a))
	}
	return cmp.Compare(a, b)
}

// maxColumns is the most evaluations one chart shows.
const maxColumns = 60

// thinned gives every n-th of some ordered keys, always the last, so that no
// more than maxColumns stay.
func thinned(keys []int64) []int64 {
	if len(keys) <= maxColumns {
		return keys
	}
	n := (len(keys) + maxColumns - 1) / maxColumns
	var out []int64
	for i := len(keys) - 1; i >= 0; i -= n {
		out = append(out, keys[i])
	}
	slices.Reverse(out)
	return out
}

// span gives the days a tile shows.
func span(r *site.Request, t *dashboard.Tile) (from, to minori.Day) {
	to = r.View.Today
	return defaultWindow(t).Before(to, 1) + 1, to
}

func (s Pages) readMeans(r *site.Request, t *dashboard.Tile, q site.BoardQuery) (content, error) {
	card, ok := r.Config.Scorecard(t.Score)
	if !ok {
		return content{}, minori.Errorf(minori.NotFound, "there is no scorecard %q", t.Score)
	}
	q.From, q.To = span(r, t)
	list, err := s.Boards.ScoreMeans(r.Context(), r.Actor, q, card.ID)
	if err != nil {
		return content{}, err
	}
	var days []int64
	values := map[string]map[int64]float64{}
	for _, d := range list {
		if day := int64(d.Day); !slices.Contains(days, day) {
			days = append(days, day)
		}
		if values[d.By] == nil {
			values[d.By] = map[int64]float64{}
		}
		values[d.By][int64(d.Day)] = d.Sum
	}
	slices.Sort(days)
	days = thinned(days)
	c := content{Sentence: r.View.T("dashboards.means", "from", r.View.Date(q.From), "to", r.View.Date(q.To))}
	c.Format, c.Write = inUnit(r.Words(), "")
	for _, by := range slices.SortedFunc(keysOf(values), byName) {
		one := series{Name: groupName(r, t, by), Values: unknown(len(days))}
		for i, d := range days {
			if x, ok := values[by][d]; ok {
				one.Values[i] = x
			}
		}
		c.Series = append(c.Series, one)
	}
	for _, d := range days {
		c.X = append(c.X, r.View.DayMonth(minori.Day(d)))
	}
	return c, nil
}

func keysOf[T any](m map[string]T) func(func(string) bool) {
	return func(yield func(string) bool) {
		for k := range m {
			if !yield(k) {
				return
			}
		}
	}
}

// tenths is into how many parts a heat map cuts scores.
const tenths = 10

func (s Pages) readDistribution(r *site.Request, t *dashboard.Tile) (content, error) {
	card, ok := r.Config.Scorecard(t.Score)
	if !ok {
		return content{}, minori.Errorf(minori.NotFound, "there is no scorecard %q", t.Score)
	}
	from, to := span(r, t)
	bins, err := s.Lake.ScoreDistribution(r.Context(), r.Actor, card.ID, from, to)
	if err != nil {
		return content{}, err
	}
	var at []int64
	day := map[int64]minori.Day{}
	for _, b := range bins {
		if _, ok := day[b.AsOf]; !ok {
			at = append(at, b.AsOf)
		}
		day[b.AsOf] = b.Day
	}
	slices.Sort(at)
	at = thinned(at)
	c := content{Sentence: r.View.T("dashboards.accounts-by", "from", r.View.Date(from), "to", r.View.Date(to)), Format: ui.ValueFormat{Style: ui.StyleNumber}}
	for _, a := range at {
		c.X = append(c.X, r.View.DayMonth(day[a]))
	}
	if t.Form == dashboard.Stacked {
		for _, b := range []ui.Band{ui.Green, ui.Yellow, ui.Red} {
			c.Series = append(c.Series, series{Name: site.BandWord(r.View, b), Band: b, Values: make([]float64, len(at))})
		}
		c.Series = append(c.Series, series{Name: r.View.T("band.unknown"), Band: ui.UnknownBand, Values: make([]float64, len(at))})
	} else {
		for i := range tenths {
			c.Series = append(c.Series, series{Name: r.View.T("dashboards.tenth", "from", i*10, "to", (i+1)*10), Values: make([]float64, len(at))})
		}
	}
	for _, b := range bins {
		i, ok := slices.BinarySearch(at, b.AsOf)
		row := b.Decile
		if t.Form == dashboard.Stacked {
			row = slices.IndexFunc(c.Series, func(x series) bool { return x.Band == ui.Band(b.Band) })
			if row < 0 {
				row = len(c.Series) - 1
			}
		}
		if ok && row >= 0 {
			c.Series[row].Values[i] += float64(b.Count)
		}
	}
	return c, nil
}
