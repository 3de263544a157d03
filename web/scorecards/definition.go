package scorecards

import (
	"strings"

	"github.com/a-h/templ"

	"github.com/minori-hq/minori/resource"
	"github.com/minori-hq/minori/scorecard"
	"github.com/minori-hq/minori/web/site"
	"github.com/minori-hq/minori/web/ui"
)

// definitionModel is what a scorecard is made of.
type definitionModel struct {
	Version string
	Facts   []ui.Fact
	Table   ui.TableProps
	Text    string
}

// scorecardDefinition describes groups, measures, weights and bands.
func scorecardDefinition(w site.Wording, card *resource.Scorecard) definitionModel {
	def := &card.Def
	yellow, green := def.Bounds()
	m := definitionModel{Version: w.T("scorecard.version-of", "version", card.Version)}
	m.Facts = []ui.Fact{
		{Label: w.T("scorecard.bands"), Value: ui.Words(w.T("scorecard.bands.words", "yellow", site.Trimmed(yellow), "green", site.Trimmed(green)))},
		{Label: w.T("scorecard.missing"), Value: ui.Words(missingWord(w, def.Missing))},
		{Label: w.T("scorecard.min-coverage"), Value: ui.Words(w.Percent(def.MinCoverage, 0))},
	}
	for _, c := range def.Caps {
		m.Facts = append(m.Facts, ui.Fact{Label: w.T("scorecard.cap", "at", site.Trimmed(c.At)), Value: site.CodeCell(c.When), Note: w.Text(c.Because)})
	}
	for _, e := range def.Exceptions {
		m.Facts = append(m.Facts, ui.Fact{Label: w.T("scorecard.exception"), Value: site.CodeCell(e.When), Note: exceptionWords(w, def, e)})
	}
	m.Table = weightTable(w, def)
	return m
}

func missingWord(w site.Wording, m scorecard.Missing) string {
	switch m.Policy {
	case scorecard.Zero:
		return w.T("scorecard.missing.zero")
	case scorecard.Neutral:
		return w.T("scorecard.missing.neutral", "score", site.Trimmed(m.Neutral))
	}
	return w.T("scorecard.missing.skip")
}

// weightTable lists groups and measures with their weights and bands.
func weightTable(w site.Wording, def *scorecard.Scorecard) ui.TableProps {
	t := ui.TableProps{Caption: w.T("scorecard.definition"), Columns: []ui.Column{
		{Label: w.T("score.measure"), Primary: true}, {Label: w.T("scorecard.group")}, {Label: w.T("score.weight"), Numeric: true},
		{Label: w.T("scorecard.share"), Numeric: true, Hint: w.T("scorecard.share.hint")}, {Label: w.T("scorecard.curve")},
	}}
	total := 0.0
	for _, g := range def.Groups {
		total += g.Weight
	}
	for _, g := range def.Groups {
		sum := 0.0
		for _, x := range g.Measures {
			sum += x.Weight
		}
		for _, x := range g.Measures {
			share := 0.0
			if sum > 0 && total > 0 {
				share = x.Weight / sum * g.Weight / total
			}
			unit := ""
			expression := ""
			if d, ok := w.Config.Measure(x.Measure); ok {
				unit, expression = d.Def.Unit, d.Def.Value
			}
			t.Rows = append(t.Rows, ui.Row{Cells: []templ.Component{
				measureCell(w.Measure(x.Measure), x.Measure, expression),
				ui.TwoLines(w.Titled(g.Title, g.Name), w.T("scorecard.group-weight", "weight", site.Trimmed(g.Weight))), ui.Words(site.Trimmed(x.Weight)),
				ui.Words(w.Percent(share, 1)), ui.Words(curveWords(w, x.Bands, unit)),
			}})
		}
	}
	return t
}

// curveWords writes how values become scores.
func curveWords(w site.Wording, b scorecard.Bands, unit string) string {
	var parts []string
	for _, p := range b.Points {
		parts = append(parts, w.T("curve.point", "value", boundWord(w, p[0], unit), "score", site.Trimmed(p[1])))
	}
	for _, s := range b.Steps {
		if s.Below == nil {
			parts = append(parts, w.T("curve.else", "score", site.Trimmed(s.Score)))
		} else {
			parts = append(parts, w.T("curve.below", "value", boundWord(w, *s.Below, unit), "score", site.Trimmed(s.Score)))
		}
	}
	return strings.Join(parts, w.T("curve.and"))
}

// boundWord writes a bound of a measure without its unit, but for shares.
func boundWord(w site.Wording, x float64, unit string) string {
	if unit == "share" || unit == "ratio" {
		return w.Percent(x, 0)
	}
	return w.Plain(x)
}

// exceptionWords says which weights and curves an exception replaces.
func exceptionWords(w site.Wording, def *scorecard.Scorecard, e scorecard.Exception) string {
	title := func(name string) string {
		group, measure, ok := strings.Cut(name, "/")
		if ok {
			return w.Measure(measure)
		}
		for _, g := range def.Groups {
			if g.Name == group {
				return w.Titled(g.Title, g.Name)
			}
		}
		return name
	}
	var parts []string
	for _, name := range site.SortedKeys(e.Weights) {
		parts = append(parts, w.T("scorecard.exception.weight", "of", title(name), "weight", site.Trimmed(e.Weights[name])))
	}
	for _, name := range site.SortedKeys(e.Bands) {
		parts = append(parts, w.T("scorecard.exception.curve", "of", title(name)))
	}
	return w.List(parts...)
}
