package rules

import (
	"math"
	"slices"
	"strconv"

	"github.com/a-h/templ"

	minori "github.com/minori-hq/minori"
	"github.com/minori-hq/minori/account"
	"github.com/minori-hq/minori/evaluate"
	"github.com/minori-hq/minori/resource"
	"github.com/minori-hq/minori/revenue"
	"github.com/minori-hq/minori/rule"
	"github.com/minori-hq/minori/text"
	"github.com/minori-hq/minori/web/site"
	"github.com/minori-hq/minori/web/ui"
)

// Bounds of a preview on a page. A step of a large workspace takes about a
// second; the answer must be there before the server gives up.
const (
	maxPreviewSteps = 60
	maxEpisodes     = 200 // listed, newest first
)

// previewModel is what a rule would have done.
type previewModel struct {
	Sentence string
	Figures  []ui.FigureProps
	Chart    ui.ChartProps
	Episodes ui.TableProps
	Note     string
}

// readPreview reads the days of a preview.
func readPreview(r *site.Request) (evaluate.Range, error) {
	v := r.View
	days := evaluate.Range{Every: minori.Window{N: 7, Unit: minori.Days}}
	var err error
	if days.To, err = r.Day(r.FormValue("to"), v.T("preview.to"), r.AsOf.Day); err != nil {
		return days, err
	}
	if days.From, err = r.Day(r.FormValue("from"), v.T("preview.from"), days.To-364); err != nil {
		return days, err
	}
	if every := r.FormValue("every"); every != "" {
		n, err := strconv.Atoi(every)
		if err != nil || n < 1 || n > 366 {
			return days, site.Invalid(v.T("preview.bad-every", "value", site.Clip(every, 40)))
		}
		days.Every.N = n
	}
	switch {
	case days.To > v.Today:
		return days, site.Invalid(v.T("preview.future", "date", v.Date(days.To)))
	case days.From > days.To:
		return days, site.Invalid(v.T("form.bad-range", "from", v.Date(days.From), "to", v.Date(days.To)))
	}
	if steps := int(days.To-days.From+minori.Day(days.Every.N)-1)/days.Every.N + 1; steps > maxPreviewSteps {
		return days, site.Invalid(v.T("preview.too-many", "steps", steps, "most", maxPreviewSteps))
	}
	return days, nil
}

// preview runs a rule over past days and describes what it would have done.
func (s Pages) preview(r *site.Request, one *resource.Rule, days evaluate.Range) (*previewModel, error) {
	result, err := s.Reports.Preview(r.Context(), r.Actor, one.Def.Name, days, nil)
	if err != nil {
		return nil, err
	}
	return describePreview(s.Site, r, result, days)
}

// describePreview says what a rule would have done.
func describePreview(s *site.Site, r *site.Request, result evaluate.PreviewResult, days evaluate.Range) (*previewModel, error) {
	entries, err := s.Revenue.Entries(r.Context(), r.Actor, nil, nil)
	if err != nil {
		return nil, err
	}
	churn := revenue.ChurnDays(entries)
	m := &previewModel{Figures: qualityFigures(r.View, result), Chart: previewChart(r.View, result, churn, days)}
	m.Sentence = r.View.T("preview.sentence", "episodes", r.View.T("preview.count", "count", len(result.Episodes)), "accounts", r.View.Count(len(result.Subjects), text.Accounts),
		"from", r.View.Date(days.From), "to", r.View.Date(days.To))
	shown := slices.Clone(result.Episodes)
	slices.Reverse(shown)
	if len(shown) > maxEpisodes {
		shown = shown[:maxEpisodes]
		m.Note = r.View.T("preview.cut", "most", maxEpisodes, "all", len(result.Episodes))
	}
	ids := make([]minori.ID, len(shown))
	for i := range shown {
		ids[i] = shown[i].Subject
	}
	labels, err := s.Accounts.Labels(r.Context(), r.Actor, ids)
	if err != nil {
		return nil, err
	}
	m.Episodes = episodeTable(r, shown, labels, churn)
	return m, nil
}

// shareOf writes a share with the counts it is made of.
func shareOf(v ui.View, share *float64, of int) (value, note string) {
	if share == nil {
		return "", ""
	}
	return v.Percent(*share, 0), v.T("preview.of", "count", int(math.Round(*share*float64(of))), "all", of)
}

// qualityFigures says how well the rule foresaw churn.
func qualityFigures(v ui.View, p evaluate.PreviewResult) []ui.FigureProps {
	precision := ui.FigureProps{Label: v.T("preview.precision"), Source: v.T("preview.precision.hint", "days", rule.OutcomeDays), Unknown: v.T("preview.no-starts")}
	precision.Value, precision.Note = shareOf(v, p.Quality.Precision, p.Quality.Starts)
	recall := ui.FigureProps{Label: v.T("preview.recall"), Source: v.T("preview.recall.hint", "days", rule.OutcomeDays), Unknown: v.T("preview.no-churn")}
	recall.Value, recall.Note = shareOf(v, p.Quality.Recall, p.Quality.Outcomes)
	return []ui.FigureProps{
		{Label: v.T("preview.episodes"), Value: v.Int(int64(len(p.Episodes)))},
		{Label: v.T("place.accounts"), Value: v.Int(int64(len(p.Subjects)))}, precision, recall,
	}
}

// previewChart puts the starts of episodes and the churn of accounts on weeks.
func previewChart(v ui.View, p evaluate.PreviewResult, churn map[minori.ID][]minori.Day, days evaluate.Range) ui.ChartProps {
	c := ui.ChartProps{ID: "chart-preview", Kind: ui.ChartBar, Title: v.T("preview.title"), XTitle: v.T("word.week")}
	starts, left := make([]float64, len(p.Weeks)), make([]float64, len(p.Weeks))
	for i, w := range p.Weeks {
		c.X = append(c.X, v.DayMonth(w.Monday))
		starts[i], left[i] = float64(w.Episodes), ui.Unknown()
	}
	lost := 0
	for _, list := range churn {
		for _, d := range list {
			if d < days.From || d > days.To || len(p.Weeks) == 0 {
				continue
			}
			i := int(d-p.Weeks[0].Monday) / 7
			if math.IsNaN(left[i]) {
				left[i] = 0
			}
			left[i]++
			lost++
		}
	}
	c.Sentence = v.T("preview.chart", "episodes", v.T("preview.count", "count", len(p.Episodes)), "churned", v.Count(lost, text.Accounts))
	c.Series = []ui.Series{{Name: v.T("preview.episodes"), Values: starts}, {Name: v.T("preview.churn"), Kind: ui.ChartScatter, Band: ui.Red, Values: left}}
	return c
}

// episodeTable lists episodes with what became of the account.
func episodeTable(r *site.Request, list []rule.Episode, labels map[minori.ID]account.Label, churn map[minori.ID][]minori.Day) ui.TableProps {
	v := r.View
	t := ui.TableProps{Caption: v.T("preview.episodes"), Columns: []ui.Column{
		{Label: v.T("call.account"), Primary: true}, {Label: v.T("preview.start"), Tight: true}, {Label: v.T("preview.end"), Tight: true}, {Label: v.T("preview.churn"), Tight: true, Hint: v.T("preview.churn.hint", "days", rule.OutcomeDays)},
	}, Empty: &ui.EmptyProps{Icon: ui.IconRules, Title: v.T("preview.none"), Text: v.T("preview.none.todo")}}
	for _, e := range list {
		l := labels[e.Subject]
		row := ui.Row{Cells: []templ.Component{ui.Words(site.LabelName(l)), ui.Words(v.DateShort(e.Start)), ui.Words(v.T("preview.lasting")), ui.Words("")}}
		if l.Kind == minori.Account {
			row.URL = r.AccountURL(l.Key)
		}
		if e.End != nil {
			row.Cells[2] = ui.Words(v.DateShort(*e.End))
		}
		for _, d := range churn[e.Subject] {
			if d > e.Start && d <= e.Start+rule.OutcomeDays {
				row.Cells[3] = ui.Status(v.DateShort(d), ui.Bad)
				break
			}
		}
		t.Rows = append(t.Rows, row)
	}
	return t
}
