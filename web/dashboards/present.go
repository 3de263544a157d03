package dashboards

import (
	"math"
	"strings"

	minori "github.com/minori-hq/minori"
	"github.com/minori-hq/minori/dashboard"
	"github.com/minori-hq/minori/metric"
	"github.com/minori-hq/minori/web/site"
	"github.com/minori-hq/minori/web/ui"
)

// shown gives one number of a cut.
func shown(c site.BoardCut, fn string) float64 {
	if c.Known == 0 {
		return math.NaN()
	}
	switch fn {
	case dashboard.Sum:
		return c.Sum
	case dashboard.Median:
		return c.Median
	case dashboard.Min:
		return c.Min
	case dashboard.Max:
		return c.Max
	}
	return c.Mean
}

// readCut reads a measure or score of the present: over groups, over all, or
// the accounts with the highest.
func (s Pages) readCut(r *site.Request, t *dashboard.Tile, q site.BoardQuery, column string) (content, error) {
	c := content{Sentence: r.View.T("dashboards.fn", "fn", fnWord(r.View, t.Fn))}
	c.Format, c.Write = inUnit(r.Words(), unitOf(r.Config, t.Measure))
	if t.Form == dashboard.Table && t.By == "" {
		return s.readTop(r, q, c, column, tileTitle(r, t))
	}
	cuts, err := s.Boards.Cut(r.Context(), r.Actor, q, column)
	if err != nil {
		return c, err
	}
	return c.cut(r, t, cuts, func(x site.BoardCut) float64 { return shown(x, t.Fn) }), nil
}

// cut takes a value of each group.
func (c content) cut(r *site.Request, t *dashboard.Tile, cuts []site.BoardCut, value func(site.BoardCut) float64) content {
	one := series{Name: tileTitle(r, t)}
	for _, x := range cuts {
		c.X, one.Values = append(c.X, groupName(r, t, x.By)), append(one.Values, value(x))
	}
	c.Series = []series{one}
	return c
}

func fnWord(v ui.View, fn string) string {
	switch fn {
	case dashboard.Sum:
		return v.T("dashboards.fn.sum")
	case dashboard.Median:
		return v.T("dashboards.fn.median")
	case dashboard.Min:
		return v.T("dashboards.fn.min")
	case dashboard.Max:
		return v.T("dashboards.fn.max")
	}
	return v.T("dashboards.fn.mean")
}

// topRows is how many accounts a table without groups shows.
const topRows = 10

// readTop reads the accounts with the highest values.
func (s Pages) readTop(r *site.Request, q site.BoardQuery, c content, column, title string) (content, error) {
	known := site.Filter{Column: column, Op: site.OpKnown}
	page, err := s.Lake.List(r.Context(), r.Actor, site.ListQuery{Kind: minori.Account, Columns: []string{column}, Filters: append(q.Filters, known),
		Sort: column, Desc: true, Page: minori.Page{Limit: topRows}})
	if err != nil {
		return c, err
	}
	ids := make([]minori.ID, len(page.Rows))
	for i := range page.Rows {
		ids[i] = page.Rows[i].Subject
	}
	labels, err := s.Accounts.Labels(r.Context(), r.Actor, ids)
	if err != nil {
		return c, err
	}
	one := series{Name: title}
	for _, row := range page.Rows {
		c.X, c.Links = append(c.X, site.LabelName(labels[row.Subject])), append(c.Links, r.AccountURL(row.Key))
		x := math.NaN()
		if row.Cells[0].Reason == metric.Known {
			x = row.Cells[0].Num
		}
		one.Values = append(one.Values, x)
	}
	c.Series, c.Sentence = []series{one}, r.View.T("dashboards.top", "count", len(page.Rows))
	return c, nil
}

// readSegments counts accounts in segments. The stages of a funnel hold what
// those before them hold, too.
func (s Pages) readSegments(r *site.Request, t *dashboard.Tile, q site.BoardQuery) (content, error) {
	c := content{Sentence: r.View.T("dashboards.counted")}
	c.Format, c.Write = inUnit(r.Words(), "")
	count := func(x site.BoardCut) float64 { return float64(x.Subjects) }
	if t.By != "" {
		q.Filters = append(q.Filters, in(t.Segment[0]))
		cuts, err := s.Boards.Cut(r.Context(), r.Actor, q, "")
		return c.cut(r, t, cuts, count), err
	}
	one := series{Name: r.View.T("place.accounts")}
	filters := q.Filters
	for _, name := range t.Segment {
		if t.Form == dashboard.Funnel {
			filters = append(filters, in(name))
			q.Filters = filters
		} else {
			q.Filters = append(filters[:len(filters):len(filters)], in(name))
		}
		cuts, err := s.Boards.Cut(r.Context(), r.Actor, q, "")
		if err != nil {
			return c, err
		}
		n := 0.0
		for _, x := range cuts {
			n += count(x)
		}
		c.X, one.Values = append(c.X, segmentTitle(r.Words(), name)), append(one.Values, n)
		c.Links = append(c.Links, segmentsURL(q.Filters))
	}
	c.Series = []series{one}
	return c, nil
}

// segmentsURL leads to the list of the accounts in segments.
func segmentsURL(filters []site.Filter) string {
	var parts []string
	for _, f := range filters {
		parts = append(parts, "f=is+"+strings.ReplaceAll(f.Column, ":", "%3A")+"+true")
	}
	return "/accounts?" + strings.Join(parts, "&")
}

func (s Pages) readReport(r *site.Request, t *dashboard.Tile, q site.BoardQuery) (content, error) {
	var c content
	column, value := "", func(x site.BoardCut) float64 { return float64(x.Subjects) }
	sum := func(x site.BoardCut) float64 { return x.Sum }
	unit := ""
	switch t.Report {
	case dashboard.ReportAccounts:
	case dashboard.ReportARR:
		column, value, unit = "field:account.arr", sum, r.Config.Workspace.Currency
	case dashboard.ReportCalls:
		column, value = "calls", sum
	default:
		return s.readRetention(r, t)
	}
	c.Format, c.Write = inUnit(r.Words(), unit)
	c.Sentence = r.View.T("dashboards.now")
	cuts, err := s.Boards.Cut(r.Context(), r.Actor, q, column)
	if err != nil {
		return c, err
	}
	return c.cut(r, t, cuts, value), nil
}

// readRetention reads one figure of retention over the window, and of the
// window before.
func (s Pages) readRetention(r *site.Request, t *dashboard.Tile) (content, error) {
	w, to := defaultWindow(t), r.View.Today
	c := content{X: []string{tileTitle(r, t)}}
	c.Format, c.Write = inUnit(r.Words(), "share")
	read := func(from, to minori.Day) (float64, error) {
		x, err := s.Reports.Retention(r.Context(), r.Actor, from, to, "")
		if err != nil {
			return math.NaN(), err
		}
		switch t.Report {
		case dashboard.ReportNRR:
			return site.OrUnknown(x.NRR), nil
		case dashboard.ReportGRR:
			return site.OrUnknown(x.GRR), nil
		}
		return site.OrUnknown(x.LogoRetention), nil
	}
	from := w.Before(to, 1)
	now, err := read(from, to)
	if err != nil {
		return c, err
	}
	c.Series = []series{{Name: tileTitle(r, t), Values: []float64{now}}}
	if t.Compare {
		then, err := read(w.Before(to, 2), from)
		if err != nil {
			return c, err
		}
		c.Series = append(c.Series, series{Name: r.View.T("dashboards.before"), Role: ui.RoleComparison, Values: []float64{then}})
	}
	c.Sentence = r.View.T("dashboards.period", "from", r.View.Date(from), "to", r.View.Date(to))
	return c, nil
}

// figure gives the one value of a tile, and the change from the period before.
func (m tileModel) figure() ui.FigureProps {
	p := ui.FigureProps{Label: m.Title, Note: m.Content.Sentence}
	if len(m.Content.Series) == 0 {
		return p
	}
	now := m.Content.Series[0].at(0)
	if math.IsNaN(now) {
		return p
	}
	p.Value = m.Content.Write(now)
	if len(m.Content.Series) > 1 {
		if then := m.Content.Series[1].at(0); !math.IsNaN(then) && then != 0 {
			change := now/then - 1
			words := m.SignedPercent(change, 1)
			if m.Content.Format.Style == ui.StylePercent {
				change = now - then
				words = m.T("dashboards.points", "change", m.Signed(100*change, 1))
			}
			p.Change = &ui.ChangeProps{Words: words, Since: m.T("dashboards.against-before"), Rise: change > 0, Fall: change < 0}
		}
	}
	return p
}

// chart gives the tile as a chart.
func (m tileModel) chart() ui.ChartProps {
	c := m.Content
	p := ui.ChartProps{ID: m.ID + "-chart", Kind: ui.ChartLine, Sentence: c.Sentence, X: c.X, Format: c.Format}
	if !m.Whole {
		p.Size = ui.ChartMedium
	}
	switch m.Form {
	case dashboard.Bar, dashboard.Stacked:
		p.Kind = ui.ChartBar
	case dashboard.Heatmap:
		p.Kind = ui.ChartHeatmap
		for i := len(c.Series) - 1; i >= 0; i-- {
			p.Y, p.Cells = append(p.Y, c.Series[i].Name), append(p.Cells, c.Series[i].Values)
		}
		return p
	}
	for _, s := range c.Series {
		one := ui.Series{Name: s.Name, Values: s.Values, Role: s.Role, Band: s.Band}
		if m.Form == dashboard.Stacked {
			one.Stack = "all"
		}
		p.Series = append(p.Series, one)
	}
	return p
}

// table gives the tile as a table.
func (m tileModel) table() ui.TableProps {
	t := ui.TableProps{Caption: m.Title, Columns: []ui.Column{{Label: m.Group, Primary: true}}}
	for _, s := range m.Content.Series {
		t.Columns = append(t.Columns, ui.Column{Label: s.Name, Numeric: true})
	}
	for i, x := range m.Content.X {
		row := ui.Row{Cells: cells(x)}
		if i < len(m.Content.Links) {
			row.URL = m.Content.Links[i]
		}
		for _, s := range m.Content.Series {
			row.Cells = append(row.Cells, ui.Words(m.written(s.at(i))))
		}
		t.Rows = append(t.Rows, row)
	}
	return t
}

func (m tileModel) written(x float64) string {
	if math.IsNaN(x) {
		return ""
	}
	return m.Content.Write(x)
}

// share gives how much of the first stage of a funnel is left at another.
func (m tileModel) share(i int) float64 {
	s := m.Content.Series[0]
	if first := s.at(0); first > 0 {
		return s.at(i) / first
	}
	return 0
}
