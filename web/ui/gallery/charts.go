package main

import (
	"fmt"
	"math"

	"github.com/minori-hq/minori"
	"github.com/minori-hq/minori/web/ui"
)

// weeks gives the labels of the last n weeks.
func (s sample) weeks(n int) []string {
	var out []string
	for i := range n {
		out = append(out, s.DayMonth(s.Today-minori.Day(7*(n-1-i))))
	}
	return out
}

// lineChart compares a score with the year before, with an interval and events.
func (s sample) lineChart() ui.ChartProps {
	now := []float64{78, 77, 76, 74, 75, 71, ui.Unknown(), 66, 61, 58, 49, 43}
	before := []float64{70, 71, 72, 72, 73, 74, 74, 75, 75, 76, 76, 77}
	low, high := make([]float64, len(now)), make([]float64, len(now))
	for i, v := range now {
		low[i], high[i] = v-3-float64(i)/3, v+3+float64(i)/3
	}
	zero, hundred := 0.0, 100.0
	return ui.ChartProps{
		ID: "chart-health", Kind: ui.ChartLine, Title: s.say("Health", "ヘルス"), X: s.weeks(12), Min: &zero, Max: &hundred, XTitle: s.say("Week", "週"),
		Sentence: s.say("Health fell from 78 to 43 in 12 weeks, most of it after the sponsor left.", "ヘルスは12週間で78から43に低下し、その大半はスポンサー退任後です。"),
		Series: []ui.Series{
			{Name: s.say("This year", "今年"), Values: now, Low: low, High: high},
			{Name: s.say("Last year", "昨年"), Values: before, Role: ui.RoleComparison},
		},
		Events: []ui.ChartEvent{{At: 7, Label: s.say("Sponsor left", "スポンサー退任")}},
	}
}

// barChart is a preview of a rule: calls it would have opened, and churn.
func (s sample) barChart() ui.ChartProps {
	return ui.ChartProps{
		ID: "chart-preview", Kind: ui.ChartBar, Title: s.say("Preview of the rule", "ルールのプレビュー"), X: s.weeks(12),
		Sentence: s.say("The rule would have opened 31 calls to action; 5 of 7 churned accounts were among them.", "このルールは31件のアクションを作成し、解約7社のうち5社を捉えていました。"),
		Series: []ui.Series{
			{Name: s.say("Calls to action", "アクション"), Values: []float64{2, 3, 1, 4, 2, 3, 5, 2, 3, 1, 3, 2}},
			{Name: s.say("Churn", "解約"), Kind: ui.ChartScatter, Band: ui.Red, Values: []float64{math.NaN(), 1, math.NaN(), math.NaN(), 2, math.NaN(), 1, math.NaN(), math.NaN(), 2, math.NaN(), 1}},
		},
	}
}

// stackChart is a movement of revenue by month.
func (s sample) stackChart() ui.ChartProps {
	return ui.ChartProps{
		ID: "chart-ledger", Kind: ui.ChartBar, Title: s.say("ARR movements", "ARRの増減"), X: s.weeks(6),
		Format:   ui.ValueFormat{Style: ui.StyleMoney, Currency: "JPY"},
		Sentence: s.say("Expansion outweighed churn in five of six periods.", "6期間のうち5期間で、拡大がチャーンを上回りました。"),
		Series: []ui.Series{
			{Name: s.say("Expansion", "エクスパンション"), Stack: "a", Values: []float64{8e6, 6e6, 9e6, 4e6, 7e6, 9e6}},
			{Name: s.say("Churn", "チャーン"), Stack: "a", Values: []float64{-2e6, -1e6, -4e6, -6e6, -2e6, -1e6}},
		},
	}
}

// heatmap is retention by cohort.
func (s sample) heatmap() ui.ChartProps {
	p := ui.ChartProps{
		ID: "chart-cohorts", Kind: ui.ChartHeatmap, Title: s.say("Retention by cohort", "コホート別リテンション"),
		Sentence: s.say("Cohorts since October keep 4 points more after six months.", "10月以降のコホートは、6か月後の維持率が4ポイント高くなっています。"),
		Format:   ui.ValueFormat{Style: ui.StylePercent},
	}
	for m := range 7 {
		p.X = append(p.X, fmt.Sprint(m))
		p.Y = append(p.Y, s.Month(minori.Date(2026, 5, 1).AddMonths(m)))
		var row []float64
		for x := range 7 {
			if x > 6-m {
				row = append(row, ui.Unknown())
				continue
			}
			row = append(row, 1-(0.035-0.002*float64(m))*float64(x))
		}
		p.Cells = append(p.Cells, row)
	}
	return p
}

// scatterChart puts accounts on two scales.
func (s sample) scatterChart() ui.ChartProps {
	var points []ui.ChartPoint
	for i := range 60 {
		x := float64((i*37)%100) + 0.5
		points = append(points, ui.ChartPoint{X: x, Y: 20 + 0.7*x + float64((i*53)%23) - 11, Label: fmt.Sprintf("%s %d", s.say("Account", "顧客"), i+1), URL: "/account"})
	}
	return ui.ChartProps{
		ID: "chart-scatter", Kind: ui.ChartScatter, Title: s.say("Use and health", "利用とヘルス"), XTitle: s.say("Licence use, %", "ライセンス利用率 %"),
		Sentence: s.say("Accounts that use more of their licences score higher.", "ライセンス利用率が高い顧客ほどスコアが高い傾向です。"),
		Series:   []ui.Series{{Name: s.say("Accounts", "顧客"), Points: points}},
	}
}
