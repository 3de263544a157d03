package dashboards

import (
	"math"
	"slices"
	"strconv"

	"github.com/a-h/templ"

	minori "github.com/minori-hq/minori"
	"github.com/minori-hq/minori/dashboard"
	"github.com/minori-hq/minori/metric"
	"github.com/minori-hq/minori/resource"
	"github.com/minori-hq/minori/web/site"
	"github.com/minori-hq/minori/web/ui"
)

// content is what a tile shows, whatever its form: values by place and series.
type content struct {
	Sentence string
	X        []string
	Series   []series
	Format   ui.ValueFormat
	Write    func(float64) string // a value in its unit
	Text     string
	Links    []string // of the places, "" for none
}

// series is a column of values.
type series struct {
	Name   string
	Values []float64 // NaN where it is not known
	Role   ui.SeriesRole
	Band   ui.Band
}

func (s series) at(i int) float64 {
	if i < 0 || i >= len(s.Values) {
		return math.NaN()
	}
	return s.Values[i]
}

// plain writes a number for a file; "" where it is not known.
func plain(x float64) string {
	if math.IsNaN(x) {
		return ""
	}
	return strconv.FormatFloat(x, 'f', -1, 64)
}

// cells writes texts as cells.
func cells(texts ...string) []templ.Component {
	out := make([]templ.Component, len(texts))
	for i, s := range texts {
		out[i] = ui.Words(s)
	}
	return out
}

// empty reports whether nothing is known at all.
func (c content) empty() bool {
	for _, s := range c.Series {
		if slices.ContainsFunc(s.Values, func(x float64) bool { return !math.IsNaN(x) }) {
			return false
		}
	}
	return c.Text == ""
}

// tileTitle gives the title of a tile, or of what it shows.
func tileTitle(r *site.Request, t *dashboard.Tile) string {
	w := r.Words()
	if s := w.Text(t.Title); s != "" {
		return s
	}
	switch t.Source() {
	case dashboard.FromMetric:
		return metricTitle(w, t.Metric)
	case dashboard.FromMeasure:
		return w.Measure(t.Measure)
	case dashboard.FromScore:
		return w.Scorecard(t.Score)
	case dashboard.FromSegment:
		if len(t.Segment) == 1 {
			return segmentTitle(w, t.Segment[0])
		}
		return w.T("place.segments")
	case dashboard.FromReport:
		return reportTitle(w, t.Report)
	}
	return ""
}

func metricTitle(w site.Wording, name string) string {
	if m, ok := w.Config.Metric(name); ok {
		return w.Titled(m.Def.Title, name)
	}
	return name
}

func segmentTitle(w site.Wording, name string) string {
	if s, ok := w.Config.Segment(name); ok {
		return w.Titled(s.Def.Title, name)
	}
	return name
}

func reportTitle(w site.Wording, name string) string {
	switch name {
	case dashboard.ReportARR:
		return w.T("field.arr")
	case dashboard.ReportAccounts:
		return w.T("place.accounts")
	case dashboard.ReportCalls:
		return w.T("dashboards.calls")
	case dashboard.ReportNRR:
		return w.T("retention.nrr")
	case dashboard.ReportGRR:
		return w.T("retention.grr")
	}
	return w.T("retention.logo")
}

// read reads what a tile shows.
func (s Pages) read(r *site.Request, t *dashboard.Tile) (content, error) {
	q, err := query(r, t)
	if err != nil {
		return content{}, err
	}
	switch t.Source() {
	case dashboard.FromMetric:
		return s.readMetric(r, t, q)
	case dashboard.FromScore:
		switch t.Form {
		case dashboard.Line:
			return s.readMeans(r, t, q)
		case dashboard.Stacked, dashboard.Heatmap:
			return s.readDistribution(r, t)
		}
		return s.readCut(r, t, q, "score:"+t.Score)
	case dashboard.FromMeasure:
		return s.readCut(r, t, q, "measure:"+t.Measure)
	case dashboard.FromSegment:
		return s.readSegments(r, t, q)
	case dashboard.FromReport:
		return s.readReport(r, t, q)
	}
	return content{Text: r.View.Text(t.Text)}, nil
}

// query picks the accounts of a tile, and what cuts them.
func query(r *site.Request, t *dashboard.Tile) (site.BoardQuery, error) {
	var q site.BoardQuery
	if t.Within != "" {
		q.Filters = append(q.Filters, in(t.Within))
	}
	if t.By == "" {
		return q, nil
	}
	if _, ok := r.Config.Segment(t.By); ok {
		q.By = "segment:" + t.By
		return q, nil
	}
	if f, ok := r.Config.Field(t.By); ok && !f.Def.Readable(r.Actor.Role) {
		return q, minori.Errorf(minori.Forbidden, "%s", r.View.T("dashboards.hidden-field", "field", r.Words().Source(t.By)))
	}
	q.By = "field:" + t.By
	return q, nil
}

// in is the filter on the members of a segment.
func in(segment string) site.Filter {
	return site.Filter{Column: "segment:" + segment, Op: site.OpEq, Values: []metric.Value{{Type: metric.Bool, Num: 1}}}
}

// groupTitle says what the rows of a table are: values of a field, accounts, or
// something else.
func groupTitle(r *site.Request, t *dashboard.Tile) string {
	if f, ok := r.Config.Field(t.By); ok {
		return r.Words().Titled(f.Def.Title, t.By)
	}
	if t.By == "" && t.Form == dashboard.Table {
		return r.View.T("account.account")
	}
	return r.View.T("dashboards.group")
}

// groupName writes the name of a group.
func groupName(r *site.Request, t *dashboard.Tile, by string) string {
	if t.By == "" {
		return tileTitle(r, t)
	}
	if _, ok := r.Config.Segment(t.By); ok && by != "" {
		if by == "true" {
			return segmentTitle(r.Words(), t.By)
		}
		return r.View.T("dashboards.not-in", "segment", segmentTitle(r.Words(), t.By))
	}
	switch by {
	case "":
		return r.View.T("dashboards.rest")
	case "true", "false":
		if f, ok := r.Config.Field(t.By); ok && f.Def.Type == "bool" {
			return r.Words().YesNo(by == "true")
		}
	}
	return by
}

// inUnit says how values of a unit are written, in charts and in words.
func inUnit(w site.Wording, unit string) (ui.ValueFormat, func(float64) string) {
	write := func(x float64) string { return w.Quantity(x, unit) }
	switch unit {
	case "share", "ratio":
		return ui.ValueFormat{Style: ui.StylePercent}, func(x float64) string { return w.Percent(x, 1) }
	case w.Config.Workspace.Currency:
		return ui.ValueFormat{Style: ui.StyleMoney, Currency: unit}, func(x float64) string { return site.MoneyShort(w.View, x, unit) }
	}
	return ui.ValueFormat{Style: ui.StyleNumber, Decimals: 1}, write
}

// unitOf gives the unit of a measure.
func unitOf(cfg *resource.Config, measure string) string {
	if m, ok := cfg.Measure(measure); ok {
		return m.Def.Unit
	}
	return ""
}
