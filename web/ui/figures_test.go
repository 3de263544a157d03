package ui_test

import (
	"encoding/json"
	"html"
	"regexp"
	"strings"
	"testing"

	"github.com/a-h/templ"

	"github.com/minori-hq/minori"
	"github.com/minori-hq/minori/web/ui"
)

func TestSparkline(t *testing.T) {
	no := ui.Unknown()
	html := render(t, ui.Sparkline(ui.SparklineProps{Values: []float64{10, 20, no, no, 15}, Min: 0, Max: 20, Band: ui.Red, Label: "Health"}))
	has(t, html, `aria-label="Health"`, "spark-gap", "spark-red", `d="M3 12L25.5 3M93 7.5"`, `d="M25.5 3L93 7.5"`)
	for _, values := range [][]float64{nil, {no, no}, {5}, {5, 5, 5}, {0, 0}, {-3, -4}} {
		html := render(t, ui.Sparkline(ui.SparklineProps{Values: values, Label: "x"}))
		hasNot(t, html, "NaN", "Inf")
	}
	hasNot(t, render(t, ui.Sparkline(ui.SparklineProps{Values: []float64{1, no}})), "<circle")
}

func TestWaterfall(t *testing.T) {
	props := ui.WaterfallProps{
		Caption: "Why", Start: ui.WaterfallEnd{Label: "Then", Value: 80}, End: ui.WaterfallEnd{Label: "Now", Value: 40, Health: &ui.HealthProps{Band: ui.Red}},
		Steps: []ui.WaterfallStep{{Label: "Logins", URL: "/m", Why: "fell", Change: -60}, {Label: "Tickets", Change: 20}},
	}
	both(t, "waterfall", func(v ui.View) templ.Component { return ui.Waterfall(v, props) },
		[]string{"80.0", "−60.0", "+20.0", "40.0", `href="/m"`, "fell", "Red",
			`class="bar-down" x="250" y="2" width="750"`, `class="bar-up" x="250" y="2" width="250"`, `class="bar-total" x="0" y="2" width="500"`}, []string{"赤"})
	hasNot(t, render(t, ui.Waterfall(view(t, minori.EN, false), props)), "are cut")
	props = ui.WaterfallProps{Start: ui.WaterfallEnd{Value: 812}, Steps: []ui.WaterfallStep{{Change: 60}}, End: ui.WaterfallEnd{Value: 872}}
	both(t, "cut", func(v ui.View) templ.Component { return ui.Waterfall(v, props) }, []string{"bars are cut"}, []string{"省略"})
	hasNot(t, render(t, ui.Waterfall(view(t, minori.EN, false), ui.WaterfallProps{})), "NaN", "Inf")
}

func TestScoreParts(t *testing.T) {
	both(t, "score", func(v ui.View) templ.Component {
		return ui.ScoreParts(v, ui.ScorePartsProps{
			Caption: "Parts", Total: 49, Health: ui.HealthProps{Band: ui.Red, Score: "49"}, Coverage: "85%",
			Groups: []ui.ScoreGroup{{Label: "Adoption", Weight: "60", Score: 70, Parts: []ui.ScorePart{
				{Label: "Users", URL: "/m", Value: "72%", Score: 80, Weight: "2", Points: 32, Most: 40},
				{Label: "Exports", Note: "no data", Score: ui.Unknown(), Points: ui.Unknown(), Weight: "1"},
				{Label: "Tickets", Stale: true, Score: 30, Points: 12, Most: 40},
			}}},
			Extras: []ui.ScoreExtra{{Label: "Cap", Why: "no sponsor", Points: -5}},
		})
	}, []string{"Adoption", "32.0", "Unknown", "no data", "Stale", "−5.0", "49.0", "85% of the weight is known", "bar-unknown", `width="800"`}, []string{"不明", "寄与点", "ウエイトの85%"})
}

func TestStrip(t *testing.T) {
	var dots []ui.StripDot
	for i := range 200 {
		band := ui.Green
		if i%3 == 0 {
			band = ui.Red
		}
		dots = append(dots, ui.StripDot{Value: 80, Label: "A", Band: band, URL: "/a"})
	}
	dots = append(dots, ui.StripDot{Value: ui.Unknown(), Band: ui.UnknownBand})
	both(t, "strip", func(v ui.View) templ.Component {
		return ui.Strip(v, ui.StripProps{Sentence: "Most are green.", Columns: []ui.StripColumn{{Label: "20 Nov", Dots: dots}}})
	}, []string{"Most are green.", "20 Nov", "133", "Green", "67", "Red", "Unknown", `href="/a"`}, []string{"緑", "不明"})
	render(t, ui.Strip(view(t, minori.EN, false), ui.StripProps{}))
}

func TestChart(t *testing.T) {
	no := ui.Unknown()
	zero := 0.0
	props := ui.ChartProps{
		ID: "c", Kind: ui.ChartLine, Title: "Health", Sentence: "It fell.", X: []string{"a", "b"}, XTitle: "Week", Min: &zero,
		Series: []ui.Series{
			{Name: "Now", Values: []float64{0.5, no}, Low: []float64{0.4, no}, High: []float64{0.6, no}},
			{Name: "</script><b>", Values: []float64{0.1, 0.2}, Role: ui.RoleComparison},
		},
		Events: []ui.ChartEvent{{At: 1, Label: "Left", Band: ui.Red}}, Format: ui.ValueFormat{Style: ui.StylePercent},
	}
	both(t, "chart", func(v ui.View) templ.Component { return ui.Chart(v, props) },
		[]string{"It fell.", "Show as a table", "50%", "40% – 60%", "—", "Now, interval", "data-chart"}, []string{"表で見る"})
	markup := render(t, ui.Chart(view(t, minori.JA, false), props))
	m := regexp.MustCompile(`data-spec="([^"]*)"`).FindStringSubmatch(markup)
	if m == nil {
		t.Fatalf("no data in %s", markup)
	}
	var spec struct {
		Kind   string
		Min    *float64
		Series []struct {
			Name   string
			Values []*float64
		}
		Format struct{ Lang, Style string }
	}
	if err := json.Unmarshal([]byte(html.UnescapeString(m[1])), &spec); err != nil {
		t.Fatal(err)
	}
	if spec.Series[0].Values[1] != nil || *spec.Series[0].Values[0] != 0.5 || spec.Series[1].Name != "</script><b>" || spec.Format.Lang != "ja" || *spec.Min != 0 {
		t.Errorf("data = %+v", spec)
	}
	if markup := render(t, ui.Chart(view(t, minori.EN, true), props)); strings.Contains(markup, "chart-canvas") {
		t.Error("a frame for a chart that no script will draw")
	}
}

func TestChartTables(t *testing.T) {
	v := view(t, minori.EN, false)
	has(t, render(t, ui.Chart(v, ui.ChartProps{ID: "h", Kind: ui.ChartHeatmap, X: []string{"0", "1"}, Y: []string{"May", "June"}, Cells: [][]float64{{1, 0.9}, {1, ui.Unknown()}}, Format: ui.ValueFormat{Style: ui.StylePercent}})), "May", "90%", "—")
	has(t, render(t, ui.Chart(v, ui.ChartProps{ID: "s", Kind: ui.ChartScatter, XTitle: "Use", Series: []ui.Series{{Name: "A", Points: []ui.ChartPoint{{X: 1, Y: 2, Label: "Aoyama", URL: "/a"}}}}})), "Aoyama", "Use", "Value", `href="/a"`)
	has(t, render(t, ui.Chart(v, ui.ChartProps{ID: "m", Kind: ui.ChartBar, X: []string{"Q1"}, Series: []ui.Series{{Name: "A", Values: []float64{-1200000}}}, Format: ui.ValueFormat{Style: ui.StyleMoney, Currency: "JPY"}})), "−¥1,200,000")
}
