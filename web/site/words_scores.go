package site

import (
	"math"

	"github.com/minori-hq/minori/evaluate"
	"github.com/minori-hq/minori/metric"
	"github.com/minori-hq/minori/resource"
	"github.com/minori-hq/minori/scorecard"
	"github.com/minori-hq/minori/web/ui"
)

// ScoreTitles gives the titles of a scorecard and its measures.
func ScoreTitles(w Wording, card *resource.Scorecard) evaluate.Titles {
	t := evaluate.Titles{Scorecard: w.Scorecard(card.Def.Name), Measures: map[string]string{}}
	for _, g := range card.Def.Groups {
		for _, x := range g.Measures {
			t.Measures[x.Measure] = w.Measure(x.Measure)
		}
	}
	return t
}

// groupTitle gives a group's title; the definition may be another by now.
func groupTitle(w Wording, card *resource.Scorecard, name string) string {
	for _, g := range card.Def.Groups {
		if g.Name == name {
			return w.Titled(g.Title, name)
		}
	}
	return name
}

// ScoreParts takes a score apart by group and measure.
func ScoreParts(w Wording, card *resource.Scorecard, x scorecard.Explanation, h ui.HealthProps) ui.ScorePartsProps {
	p := ui.ScorePartsProps{Caption: w.T("score.made-of"), Total: OrUnknown(x.Score), Health: h, Coverage: w.Percent(x.Coverage, 0)}
	for _, g := range x.Groups {
		group := ui.ScoreGroup{Label: groupTitle(w, card, g.Name), Weight: w.Percent(g.Weight, 0), Score: OrUnknown(g.Score)}
		for _, c := range x.Contributions {
			if c.Group != g.Name {
				continue
			}
			part := ui.ScorePart{Label: w.Measure(c.Measure), Score: OrUnknown(c.Score), Weight: w.Percent(c.Weight, 1),
				Points: c.Contribution, Most: 100 * c.Weight, Value: w.Value(c.Value, w.UnitOf(c.Measure)), Stale: c.Value.Reason == metric.Stale}
			if c.Score == nil || x.Computed == nil {
				part.Points, part.Most, part.Weight = ui.Unknown(), 100*c.Nominal, ""
			}
			group.Parts = append(group.Parts, part)
		}
		p.Groups = append(p.Groups, group)
	}
	if x.Cap != nil && x.Cap.Part != 0 {
		p.Extras = append(p.Extras, ui.ScoreExtra{Label: w.T("scorecard.cap", "at", Trimmed(x.Cap.At)), Why: w.Text(x.Cap.Because), Points: x.Cap.Part})
	}
	if x.Override != nil {
		p.Extras = append(p.Extras, ui.ScoreExtra{Label: w.T("score.override", "value", w.Number(*x.Override, 1)), Points: x.OverridePart})
	}
	return p
}

// OrUnknown gives a value that may not be known.
func OrUnknown(x *float64) float64 {
	if x == nil {
		return math.NaN()
	}
	return *x
}
