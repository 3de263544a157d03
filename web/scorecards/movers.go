package scorecards

import (
	"cmp"
	"slices"

	"github.com/a-h/templ"

	minori "github.com/minori-hq/minori"
	"github.com/minori-hq/minori/account"
	"github.com/minori-hq/minori/resource"
	"github.com/minori-hq/minori/scorecard"
	"github.com/minori-hq/minori/text"
	"github.com/minori-hq/minori/web/site"
	"github.com/minori-hq/minori/web/ui"
)

// movement is how the score of one account went from one day to another; both
// are known.
type movement struct {
	subject  minori.ID
	from, to site.ScoreDay
	delta    float64
}

// moved compares two days, largest rise first.
func moved(then, now []site.ScoreDay) []movement {
	old := make(map[minori.ID]*site.ScoreDay, len(then))
	for i := range then {
		old[then[i].Subject] = &then[i]
	}
	var out []movement
	for i := range now {
		if a := old[now[i].Subject]; a != nil && a.Score != nil && now[i].Score != nil {
			out = append(out, movement{now[i].Subject, *a, now[i], *now[i].Score - *a.Score})
		}
	}
	slices.SortFunc(out, func(a, b movement) int {
		return cmp.Or(cmp.Compare(b.delta, a.delta), cmp.Compare(a.subject, b.subject))
	})
	return out
}

// ends gives the largest rises and falls.
func ends(mv []movement) (rises, falls []movement) {
	for _, m := range mv {
		if m.delta >= 0.05 && len(rises) < moverRows {
			rises = append(rises, m)
		}
	}
	for i := len(mv) - 1; i >= 0; i-- {
		if mv[i].delta <= -0.05 && len(falls) < moverRows {
			falls = append(falls, mv[i])
		}
	}
	return rises, falls
}

// crossing is accounts that went into a band or out of it.
type crossing struct {
	band scorecard.Band
	in   bool
	who  []movement
}

// crossings gives who went into and out of red and green, largest first.
func crossings(mv []movement) []crossing {
	var out []crossing
	for _, c := range []crossing{{band: scorecard.Red, in: true}, {band: scorecard.Red}, {band: scorecard.Green, in: true}, {band: scorecard.Green}} {
		for _, m := range mv {
			was, is := m.from.Band == string(c.band), m.to.Band == string(c.band)
			if is != was && is == c.in {
				c.who = append(c.who, m)
			}
		}
		slices.SortStableFunc(c.who, func(a, b movement) int { return cmp.Compare(abs(b.delta), abs(a.delta)) })
		out = append(out, c)
	}
	return out
}

func abs(x float64) float64 { return max(x, -x) }

// moverLabels gives the names of the accounts that are shown.
func (s Pages) moverLabels(r *site.Request, mv []movement, now []site.ScoreDay) (map[minori.ID]account.Label, error) {
	var ids []minori.ID
	rises, falls := ends(mv)
	for _, m := range append(rises, falls...) {
		ids = append(ids, m.subject)
	}
	for _, c := range crossings(mv) {
		for _, m := range c.who[:min(len(c.who), maxCrossing)] {
			ids = append(ids, m.subject)
		}
	}
	if len(now) <= maxStrip {
		for i := range now {
			ids = append(ids, now[i].Subject)
		}
	}
	slices.Sort(ids)
	return s.Accounts.Labels(r.Context(), r.Actor, slices.Compact(ids))
}

// fillMovers lists who moved most and who went into and out of bands.
func (m *scorecardModel) fillMovers(r *site.Request, card string, mv []movement, labels map[minori.ID]account.Label, before, at minori.AsOf) {
	if m.Since == "" {
		return
	}
	v := r.View
	rises, falls := ends(mv)
	up := moverTable(r, card, v.T("scorecard.rises"), rises, labels, [2]minori.Day{before.Day, at.Day})
	down := moverTable(r, card, v.T("scorecard.falls"), falls, labels, [2]minori.Day{before.Day, at.Day})
	m.Rises, m.Falls = &up, &down
	for _, c := range crossings(mv) {
		var parts []templ.Component
		for _, x := range c.who[:min(len(c.who), maxCrossing)] {
			l := labels[x.subject]
			parts = append(parts, site.LinkTo(site.LabelName(l), r.Link(scorePath(card, l.Key), "since", before.Day.String())))
		}
		note := ""
		if more := len(c.who) - len(parts); more > 0 {
			note = v.T("scorecard.more", "count", more)
		}
		value := ui.Words(v.T("scorecard.nobody"))
		if len(parts) > 0 {
			value = named(parts)
		}
		m.Crossings = append(m.Crossings, ui.Fact{Label: crossingWord(v, c), Value: value, Note: note})
	}
}

func crossingWord(v ui.View, c crossing) string {
	n := v.Count(len(c.who), text.Accounts)
	switch {
	case c.band == scorecard.Red && c.in:
		return v.T("scorecard.into-red", "count", n)
	case c.band == scorecard.Red:
		return v.T("scorecard.out-of-red", "count", n)
	case c.in:
		return v.T("scorecard.into-green", "count", n)
	}
	return v.T("scorecard.out-of-green", "count", n)
}

func moverTable(r *site.Request, card, caption string, list []movement, labels map[minori.ID]account.Label, days [2]minori.Day) ui.TableProps {
	v := r.Words()
	t := ui.TableProps{Caption: caption, Columns: []ui.Column{
		{Label: v.T("call.account"), Primary: true}, {Label: v.DayMonth(days[0]), Tight: true}, {Label: v.DayMonth(days[1]), Tight: true}, {Label: v.T("word.change"), Numeric: true},
	}, Empty: &ui.EmptyProps{Icon: ui.IconActivity, Title: v.T("scorecard.nobody-moved")}}
	for _, m := range list {
		l := labels[m.subject]
		t.Rows = append(t.Rows, ui.Row{URL: r.Link(scorePath(card, l.Key), "since", days[0].String()), Cells: []templ.Component{
			ui.Words(site.LabelName(l)), ui.Health(v.View, v.Health(m.from.Score, m.from.Band)), ui.Health(v.View, v.Health(m.to.Score, m.to.Band)),
			ui.Change(v.View, site.ScoreChange(v.View, m.delta, "")),
		}})
	}
	return t
}

// distributionChart counts accounts by band over the evaluated weeks.
func distributionChart(v ui.View, steps []minori.AsOf, bins []site.ScoreBin) *ui.ChartProps {
	at := make(map[int64]int, len(steps))
	p := &ui.ChartProps{ID: "chart-bands", Kind: ui.ChartBar, Title: v.T("scorecard.distribution"), XTitle: v.T("word.week")}
	for i, s := range steps {
		at[s.Micros()] = i
		p.X = append(p.X, v.DayMonth(s.Day))
	}
	bands := []scorecard.Band{scorecard.Green, scorecard.Yellow, scorecard.Red, scorecard.NoBand}
	values := map[string][]float64{}
	for _, b := range bands {
		values[string(b)] = make([]float64, len(steps))
	}
	for _, b := range bins {
		if i, ok := at[b.AsOf]; ok && values[b.Band] != nil {
			values[b.Band][i] += float64(b.Count)
		}
	}
	for _, b := range bands {
		band := ui.Band(b)
		if b == scorecard.NoBand {
			band = ui.UnknownBand
		}
		p.Series = append(p.Series, ui.Series{Name: site.BandName(v, band), Values: values[string(b)], Stack: "bands", Band: band})
	}
	first, last := int(values["red"][0]), int(values["red"][len(steps)-1])
	p.Sentence = v.T("scorecard.distribution.sentence", "first", v.Date(steps[0].Day), "last", v.Date(steps[len(steps)-1].Day),
		"before", v.Count(first, text.Accounts), "after", v.Count(last, text.Accounts))
	return p
}

// scoreStrip shows a dot for every account.
func scoreStrip(r *site.Request, card *resource.Scorecard, at minori.AsOf, now []site.ScoreDay, labels map[minori.ID]account.Label) *ui.StripProps {
	yellow, green := card.Def.Bounds()
	c := ui.StripColumn{Label: r.View.DayMonth(at.Day)}
	for i := range now {
		if now[i].Score == nil {
			continue
		}
		l := labels[now[i].Subject]
		c.Dots = append(c.Dots, ui.StripDot{Value: *now[i].Score, Label: site.LabelName(l), URL: r.Link(scorePath(card.Def.Name, l.Key)), Band: ui.Band(now[i].Band)})
	}
	return &ui.StripProps{Sentence: r.View.T("scorecard.strip.sentence", "date", r.View.Date(at.Day)), Columns: []ui.StripColumn{c}, Bounds: []float64{yellow, green}}
}

// tenthsChart counts accounts by tenth of the scale, where there are too many for dots.
func tenthsChart(v ui.View, bins []site.ScoreBin, at minori.AsOf) *ui.ChartProps {
	p := &ui.ChartProps{ID: "chart-tenths", Kind: ui.ChartBar, Title: v.T("scorecard.tenths"), XTitle: v.T("score.score"),
		Sentence: v.T("scorecard.tenths.sentence", "date", v.Date(at.Day))}
	values := make([]float64, 10)
	for i := range values {
		p.X = append(p.X, v.T("scorecard.tenth", "from", 10*i, "to", 10*i+10))
	}
	for _, b := range bins {
		if b.AsOf == at.Micros() && b.Decile >= 0 && b.Decile < 10 {
			values[b.Decile] += float64(b.Count)
		}
	}
	p.Series = []ui.Series{{Name: v.T("place.accounts"), Values: values}}
	return p
}
