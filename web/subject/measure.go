package subject

import (
	"net/http"
	"strings"

	"github.com/a-h/templ"

	minori "github.com/minori-hq/minori"
	"github.com/minori-hq/minori/evaluate"
	"github.com/minori-hq/minori/metric"
	"github.com/minori-hq/minori/resource"
	"github.com/minori-hq/minori/web/site"
	"github.com/minori-hq/minori/web/ui"
)

// rawDays is how many days of points the page about a measure shows.
const rawDays = 60

// measured is one measure of one subject, taken apart.
type measured struct {
	def     *resource.Measure
	reading evaluate.Reading
	absent  bool // the subject did not exist on the day
	metrics []rawMetric
}

// rawMetric is the newest daily points of a metric that the measure reads.
type rawMetric struct {
	def    *resource.Metric
	points []site.DayPoint // newest first
	latest minori.Day      // over all subjects, 0 for none
	stale  bool
}

// Measure answers with the page about one measure of a subject: its value,
// what it read, its expression, and the numbers that came in by day.
func (s Pages) Measure(w http.ResponseWriter, r *site.Request, p *Page) error {
	def, ok := r.Config.Measure(r.PathValue("name"))
	if !ok || def.Def.Subject != p.Subject.Kind {
		return minori.Errorf(minori.NotFound, "%s", r.View.T("profile.no-measure", "name", site.Clip(r.PathValue("name"), 60)))
	}
	m := &measured{def: def}
	asOf := r.AsOf.AsOf
	if card := r.Config.Program(p.Subject.Kind).Main(); card != nil {
		history, err := s.Lake.ScoreHistory(r.Context(), r.Actor, p.Subject.ID, card.ID, p.Day-historyDays, p.Day)
		if err != nil {
			return err
		}
		if p.History = history; len(history) > 0 {
			asOf = p.stored(r, len(history)-1)
		}
	}
	var err error
	m.reading, err = s.Readings.Reading(r.Context(), r.Actor, p.Subject, def.Def.Name, asOf)
	if minori.CodeOf(err) == minori.NotFound {
		m.absent, m.reading.AsOf, err = true, asOf.Day, nil
	}
	if err != nil {
		return err
	}
	if err := s.readRaw(r, p, m); err != nil {
		return err
	}
	title := r.Words().Measure(def.Def.Name)
	f := site.Frame{Title: title, Place: p.Place, AsOf: true, Charts: true, Oldest: p.Began,
		Crumbs: []ui.Link{p.crumb(r), {Label: p.Name, URL: p.URL(r, PanelOverview)}, {Label: title}}}
	return s.Page(w, r, f, measurePage(r, p, m))
}

// crumb leads to the list that the page belongs to.
func (p *Page) crumb(r *site.Request) ui.Link {
	if p.Subject.Kind == minori.Person {
		return ui.Link{Label: r.View.T("place.people"), URL: r.Link("/people")}
	}
	return ui.Link{Label: r.View.T("place.accounts"), URL: r.Link("/accounts")}
}

func (s Pages) readRaw(r *site.Request, p *Page, m *measured) error {
	used := metricsOf(r.Config, m.def)
	refs := make([]metric.Ref, len(used))
	for i := range used {
		refs[i] = used[i].Ref()
	}
	upTo := m.reading.AsOf
	series, err := s.Lake.SeriesOf(r.Context(), r.Actor, p.Subject.ID, refs, upTo-rawDays+1, upTo)
	if err != nil {
		return err
	}
	if err := s.ReadLatest(r, p); err != nil {
		return err
	}
	for _, def := range used {
		x := rawMetric{def: def}
		for i := len(series[def.ID]) - 1; i >= 0; i-- {
			x.points = append(x.points, series[def.ID][i])
		}
		if l, ok := p.Latest[def.ID]; ok {
			x.latest = l.Day
			x.stale = def.Def.FreshWithin.N > 0 && l.Day < def.Def.FreshWithin.Before(upTo, 1)
		}
		m.metrics = append(m.metrics, x)
	}
	return nil
}

// figure is the measure's value.
func (m *measured) figure(w site.Wording) []ui.FigureProps {
	unit := w.UnitOf(m.def.Def.Name)
	f := ui.FigureProps{Label: w.T("profile.value"), Source: w.T("profile.computed", "date", w.Date(m.reading.AsOf))}
	switch v := m.reading.Value; {
	case m.absent:
		f.Unknown = w.T("profile.absent", "date", w.Date(m.reading.AsOf))
	case v.Reason != metric.Known:
		f.Unknown = site.ReasonWord(w.View, v.Reason)
		f.Stale = v.Reason == metric.Stale
	default:
		f.Value = w.Value(v, unit)
	}
	f.Note = w.Date(m.reading.AsOf)
	return []ui.FigureProps{f}
}

// inputs lists what the expression read.
func (m *measured) inputs(r *site.Request, p *Page) []ui.Fact {
	w := r.Words()
	var out []ui.Fact
	for _, in := range m.reading.Inputs {
		unit := in.Unit
		if unit == "" {
			unit = w.UnitOf(in.Name)
		}
		value := ui.Words(w.Value(in.Value, unit))
		if _, ok := r.Config.Measure(in.Name); ok {
			value = site.LinkTo(w.Value(in.Value, unit), p.MeasureURL(r, in.Name))
		}
		x := ui.Fact{Label: site.Capital(w.Source(in.Name)), Value: value}
		if strings.Contains(in.Name, "(") {
			x.Note = in.Name // a call of the language; names alone say no more than their title
		}
		out = append(out, x)
	}
	return out
}

// chart draws the daily points, oldest first.
func (x *rawMetric) chart(w site.Wording, upTo minori.Day) ui.ChartProps {
	c := ui.ChartProps{ID: "raw-" + x.def.Def.Name, Kind: ui.ChartBar, Size: ui.ChartSmall, XTitle: w.T("chart.day"),
		Sentence: w.T("profile.raw", "count", len(x.points), "days", rawDays, "date", w.Date(upTo)), Format: valueFormat(x.def.Def.Unit, w.Config.Workspace.Currency)}
	gauge := x.def.Def.Kind == metric.Gauge
	if gauge {
		c.Kind = ui.ChartLine
	}
	line := ui.Series{Name: w.Titled(x.def.Def.Title, x.def.Def.Name), Values: make([]float64, rawDays)}
	for i := range line.Values {
		line.Values[i] = ui.Unknown()
		c.X = append(c.X, w.DateShort(upTo-minori.Day(rawDays-1-i)))
	}
	for _, p := range x.points {
		v := p.Sum
		if gauge {
			v = p.Last
		}
		line.Values[rawDays-1-int(upTo-p.Day)] = v
	}
	c.Series = []ui.Series{line}
	return c
}

// table lists the daily points as they are kept.
func (x *rawMetric) table(w site.Wording) ui.TableProps {
	t := ui.TableProps{Caption: w.Titled(x.def.Def.Title, x.def.Def.Name), Empty: &ui.EmptyProps{Icon: ui.IconActivity, Title: w.T("profile.no-raw", "days", rawDays)},
		Columns: []ui.Column{{Label: w.T("chart.day"), Primary: true}, {Label: w.T("profile.points"), Numeric: true}, {Label: w.T("profile.sum"), Numeric: true},
			{Label: w.T("profile.least"), Numeric: true}, {Label: w.T("profile.most"), Numeric: true}, {Label: w.T("profile.last"), Numeric: true}}}
	for _, p := range x.points {
		t.Rows = append(t.Rows, ui.Row{Cells: []templ.Component{ui.Words(w.Date(p.Day)), ui.Words(w.Int(p.Count)), ui.Words(w.Plain(p.Sum)),
			ui.Words(w.Plain(p.Min)), ui.Words(w.Plain(p.Max)), ui.Words(w.Plain(p.Last))}})
	}
	return t
}

// freshness says how new the points are, and how new they have to be.
func (x *rawMetric) freshness(w site.Wording) string {
	if x.latest == 0 {
		return w.T("profile.no-points", "name", w.Titled(x.def.Def.Title, x.def.Def.Name))
	}
	said := w.T("profile.points-until", "date", w.Date(x.latest))
	if n := x.def.Def.FreshWithin; n.N > 0 {
		said += w.T("word.separator") + w.T("profile.fresh-within", "window", w.Window(n))
	}
	return said
}
