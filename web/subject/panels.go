package subject

import (
	"net/url"
	"slices"

	minori "github.com/minori-hq/minori"
	"github.com/minori-hq/minori/action"
	"github.com/minori-hq/minori/web/site"
	"github.com/minori-hq/minori/web/ui"
)

// The panels that both pages have. On the whole page they are loaded when they
// come into view; each has an address of its own for readers without scripts.
const (
	PanelOverview = ""
	PanelUsage    = "usage"
	PanelTimeline = "timeline"
	PanelFacts    = "facts"
)

// scorecardLink leads to the page about the score.
func (p *Page) scorecardLink(r *site.Request) ui.Link {
	return ui.Link{Label: r.View.T("account.whole-explanation"), URL: r.Link("/scorecards/" + url.PathEscape(p.Card.Def.Name) + "/accounts/" + url.PathEscape(p.Subject.Key))}
}

// sinceOptions gives the days the score can be compared with: every evaluation
// of the last two weeks, one a week before that.
func (p *Page) sinceOptions(v ui.View) []ui.Option {
	var out []ui.Option
	last := minori.Day(0)
	for i := len(p.History) - 2; i >= 0; i-- {
		d := p.History[i].Day
		if p.Day-d > 14 && last != 0 && last-d < 7 && d != p.Since {
			continue
		}
		last = d
		o := ui.Option{Value: d.String(), Label: v.Date(d)}
		if d == p.lastGreen() {
			o.Label = v.T("profile.last-green", "date", o.Label)
		}
		out = append(out, o)
	}
	if g := p.lastGreen(); g != 0 && !slices.ContainsFunc(out, func(o ui.Option) bool { return o.Value == g.String() }) {
		out = append(out, ui.Option{Value: g.String(), Label: v.T("profile.last-green", "date", v.Date(g))})
	}
	return out
}

// lastGreen gives the last day before the newest on which the score was green.
func (p *Page) lastGreen() minori.Day {
	for i := len(p.History) - 2; i >= 0; i-- {
		if p.History[i].Band == string(ui.Green) {
			return p.History[i].Day
		}
	}
	return 0
}

// waterfall draws how the score came from the chosen day to the newest.
func (p *Page) waterfall(r *site.Request) *ui.WaterfallProps {
	return site.ChangeWaterfall(r.Words(), p.Change, func(m string) string { return p.MeasureURL(r, m) })
}

// noChange says why there is no change to draw.
func (p *Page) noChange(w site.Wording) string {
	switch {
	case p.Change.Then == nil && p.Asked != 0:
		return w.T("score.no-earlier", "date", w.Date(p.Asked))
	case p.Change.Then == nil:
		return w.T("profile.first-score")
	case p.Change.Then.Score == nil || p.Change.Now.Score == nil:
		return w.T("score.no-change", "why", w.Unscored(p.Change.Delta.Reason))
	}
	return ""
}

// addsUp says that the steps add up.
func (p *Page) addsUp(w site.Wording) string {
	return w.T("score.adds-up", "count", len(p.Change.Delta.Parts), "delta", w.Signed(*p.Change.Now.Score-*p.Change.Then.Score, 1))
}

// parts takes the score apart; each part leads to its measure.
func (p *Page) parts(r *site.Request) ui.ScorePartsProps {
	w := r.Words()
	h := p.Health(w)
	h.Pill, h.Score = false, ""
	out := site.ScoreParts(w, p.Card, p.Change.Now, h)
	for g := range out.Groups {
		i := 0
		for _, c := range p.Change.Now.Contributions {
			if g < len(p.Change.Now.Groups) && c.Group == p.Change.Now.Groups[g].Name && i < len(out.Groups[g].Parts) {
				out.Groups[g].Parts[i].URL = p.MeasureURL(r, c.Measure)
				out.Groups[g].Parts[i].Hint = p.fresh(w, c.Measure)
				i++
			}
		}
	}
	return out
}

// scoreChart is the score over the last year, with calls opened as events.
func (p *Page) scoreChart(r *site.Request) ui.ChartProps {
	v, w := r.View, r.Words()
	low, high := 0.0, 100.0
	c := ui.ChartProps{ID: "score", Kind: ui.ChartLine, Size: ui.ChartSmall, Title: w.Scorecard(p.Card.Def.Name), XTitle: v.T("chart.day"), Min: &low, Max: &high}
	line := ui.Series{Name: w.Scorecard(p.Card.Def.Name)}
	for i := range p.History {
		c.X = append(c.X, v.DateShort(p.History[i].Day))
		line.Values = append(line.Values, site.OrUnknown(p.History[i].Score))
	}
	c.Series = []ui.Series{line}
	c.Events = p.opened(w)
	c.Sentence = p.scoreSentence(v)
	return c
}

// opened gives the calls opened as events on the axis of the score chart.
func (p *Page) opened(w site.Wording) []ui.ChartEvent {
	titles := map[int][]string{}
	for i := range p.Calls {
		day := minori.At(minori.FromMicros(p.Calls[i].OpenedAsOf), w.Config.Zone).Day
		for k := range p.History {
			if p.History[k].Day >= day {
				titles[k] = append(titles[k], w.CallTitle(&p.Calls[i]))
				break
			}
		}
	}
	var out []ui.ChartEvent
	for k := range p.History {
		if t := titles[k]; len(t) > 0 {
			out = append(out, ui.ChartEvent{At: k, Label: w.List(t...)})
		}
	}
	return out
}

func (p *Page) scoreSentence(v ui.View) string {
	first, last := -1, -1
	for i := range p.History {
		if p.History[i].Score != nil {
			if last = i; first < 0 {
				first = i
			}
		}
	}
	if first < 0 {
		return v.T("account.score-unknown")
	}
	a, b := p.History[first], p.History[last]
	return v.T("account.score-moved", "from", v.Number(*a.Score, 0), "since", v.Date(a.Day), "to", v.Number(*b.Score, 0), "date", v.Date(b.Day))
}

func callLines(r *site.Request, calls []*action.Call) []ui.Fact {
	out := make([]ui.Fact, len(calls))
	for i, call := range calls {
		out[i] = ui.Fact{Label: r.View.DateShort(minori.At(minori.FromMicros(call.OpenedAsOf), r.Config.Zone).Day), Value: callLine(r, call)}
		if call.Status != action.StatusClosed {
			out[i].Note = r.View.T("account.call-due", "kind", r.Words().CallKind(call), "date", r.View.Relative(call.Due))
		}
	}
	return out
}
