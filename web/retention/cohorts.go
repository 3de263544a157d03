package retention

import (
	minori "github.com/minori-hq/minori"
	"github.com/minori-hq/minori/revenue"
	"github.com/minori-hq/minori/text"
	"github.com/minori-hq/minori/web/site"
	"github.com/minori-hq/minori/web/ui"
)

// fillCohorts adds what is left of the accounts that began in each quarter.
func (s Pages) fillCohorts(r *site.Request, m *retentionModel, to minori.Day) error {
	entries, err := s.Revenue.Entries(r.Context(), r.Actor, nil, &to)
	if err != nil {
		return err
	}
	rates, err := s.Revenue.RatesAt(r.Context(), r.Actor, to)
	if err != nil {
		return err
	}
	w := r.Words()
	cohorts, err := revenue.Cohorts(revenue.CohortRequest{To: to, FiscalYearStart: r.Config.Workspace.FiscalYearStart, Currency: s.Revenue.Currency(), Rates: rates}, entries)
	if minori.CodeOf(err) == minori.Invalid {
		notice, err := s.noRate(r, to, to, err)
		if err != nil {
			return err
		}
		m.CohortNo = notice.Text
		return nil
	}
	if err != nil {
		return err
	}
	if n := len(cohorts); n > maxCohorts {
		m.CohortNo = w.T("cohort.cut", "most", maxCohorts, "all", n)
		cohorts = cohorts[n-maxCohorts:]
	}
	if len(cohorts) == 0 {
		return nil
	}
	logos := cohortChart(w, cohorts, "chart-logos", w.T("cohort.logos"), func(c *revenue.Cohort, x revenue.CohortCell) float64 { return ratio(float64(x.Logos), float64(c.Size)) })
	arr := cohortChart(w, cohorts, "chart-arr", w.T("cohort.arr"), func(c *revenue.Cohort, x revenue.CohortCell) float64 { return ratio(x.ARR, c.StartARR) })
	logos.Sentence, arr.Sentence = w.T("cohort.logos.sentence"), w.T("cohort.arr.sentence")
	m.Logos, m.ARR = &logos, &arr
	return nil
}

func ratio(a, b float64) float64 {
	if b == 0 {
		return ui.Unknown()
	}
	return a / b
}

// cohortChart draws the triangle: a row per quarter of first ARR, a column per
// quarter since.
func cohortChart(w site.Wording, cohorts []revenue.Cohort, id, title string, share func(*revenue.Cohort, revenue.CohortCell) float64) ui.ChartProps {
	p := ui.ChartProps{ID: id, Kind: ui.ChartHeatmap, Size: ui.ChartLarge, Title: title, XTitle: w.T("cohort.quarters"), Format: ui.ValueFormat{Style: ui.StylePercent}}
	longest := 0
	for i := range cohorts {
		longest = max(longest, len(cohorts[i].Cells))
	}
	for x := range longest {
		p.X = append(p.X, w.Int(int64(x)))
	}
	for i := range cohorts {
		c := &cohorts[i]
		p.Y = append(p.Y, w.T("cohort.row", "month", w.Month(c.Quarter), "accounts", w.Count(c.Size, text.Accounts)))
		row := make([]float64, longest)
		for x := range row {
			row[x] = ui.Unknown()
			if x < len(c.Cells) {
				row[x] = share(c, c.Cells[x])
			}
		}
		p.Cells = append(p.Cells, row)
	}
	return p
}
