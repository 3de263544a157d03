package scorecards

import (
	"fmt"
	"strings"

	"github.com/a-h/templ"

	"github.com/minori-hq/minori/resource"
	"github.com/minori-hq/minori/resource/document"
	"github.com/minori-hq/minori/resource/yamltree"
	"github.com/minori-hq/minori/scorecard"
	"github.com/minori-hq/minori/web/editor"
	"github.com/minori-hq/minori/web/site"
	"github.com/minori-hq/minori/web/ui"
)

// Editor edits scorecards.
func (s Pages) Editor() editor.Pages {
	return editor.Pages{Site: s.Site, Place: editor.Place{
		Kind: document.KindScorecard, Place: ui.PlaceScorecards, Base: "/scorecards",
		Words: func(w site.Wording) editor.Words {
			return editor.Words{List: w.T("place.scorecards"), New: w.T("scorecard.new"), Trial: w.T("whatif.title")}
		},
		Form: scorecardForm, Template: newScorecard, Trial: s.tryScorecard,
	}}
}

// newScorecard is the text of a new scorecard.
func newScorecard(w site.Wording) string {
	measure := "adoption.trend"
	for i := range w.Config.Measures {
		if m := &w.Config.Measures[i].Def; m.Subject == "account" {
			measure = m.Name
			break
		}
	}
	return "kind: Scorecard\nname: new-scorecard\ntitle: {en: New scorecard, ja: 新しいスコアカード}\nsubject: account\ngroups:\n" +
		"  - name: first\n    weight: 100\n    measures:\n      - {measure: " + measure + ", weight: 1, bands: {points: [[0, 0], [1, 100]]}}\nmin_coverage: 0.4\n"
}

// scorecardForm gives the fields of a scorecard.
func scorecardForm(w site.Wording, root *yamltree.Node) []editor.Section {
	out := []editor.Section{{Title: w.T("edit.basics"), Fields: []editor.Field{
		{Path: "title", Kind: editor.Title, Label: w.T("edit.title")},
		{Path: "bands.green", Kind: editor.Number, Label: w.T("scorecard.green-from"), Default: site.Trimmed(scorecard.DefaultGreen)},
		{Path: "bands.yellow", Kind: editor.Number, Label: w.T("scorecard.yellow-from"), Default: site.Trimmed(scorecard.DefaultYellow)},
		{Path: "min_coverage", Kind: editor.Number, Label: w.T("scorecard.min-coverage"), Help: w.T("scorecard.min-coverage.help"), Default: "0"},
		missingField(w, root),
	}}}
	for i, g := range items(root, "groups") {
		out = append(out, groupSections(w, g, fmt.Sprintf("groups[%d]", i))...)
	}
	for i := range items(root, "caps") {
		at := fmt.Sprintf("caps[%d]", i)
		out = append(out, editor.Section{Title: w.T("scorecard.cap.form"), Path: at, Fields: []editor.Field{
			{Path: at + ".when", Kind: editor.Expression, Label: w.T("scorecard.cap.when")},
			{Path: at + ".because", Kind: editor.Title, Label: w.T("scorecard.cap.because")},
			{Path: at + ".at", Kind: editor.Number, Label: w.T("scorecard.cap.at")},
		}})
	}
	for i := range items(root, "exceptions") {
		at := fmt.Sprintf("exceptions[%d]", i)
		out = append(out, editor.Section{Title: w.T("scorecard.exception"), Note: w.T("scorecard.exception.note"), Path: at, Fields: []editor.Field{
			{Path: at + ".when", Kind: editor.Expression, Label: w.T("scorecard.exception.when")},
		}})
	}
	out = append(out, editor.Section{Adds: []editor.Add{{Path: "caps", Label: w.T("scorecard.cap.add"), New: func(string) *yamltree.Node {
		return yamltree.Map().Inline().Set("when", yamltree.Word("false")).Set("at", yamltree.Word("49"))
	}}}})
	for i := range out {
		for k := range out[i].Fields {
			if f := &out[i].Fields[k]; f.Path != "missing" {
				*f = f.Read(root)
			}
		}
	}
	return out
}

// items gives the items of a list.
func items(n *yamltree.Node, key string) []*yamltree.Node {
	if list := n.Get(key); list != nil {
		return list.Items
	}
	return nil
}

// missingField is what unknown measures count as: by policy, or a number.
func missingField(w site.Wording, root *yamltree.Node) editor.Field {
	f := editor.Field{Path: "missing", Kind: editor.Choice, Label: w.T("scorecard.missing"), Default: string(scorecard.Skip), Options: []ui.Option{
		{Value: string(scorecard.Skip), Label: w.T("scorecard.missing.skip")}, {Value: string(scorecard.Zero), Label: w.T("scorecard.missing.zero")},
	}}
	if n := root.Find("missing.neutral"); n != nil {
		return editor.Field{Path: "missing.neutral", Kind: editor.Number, Label: w.T("scorecard.missing.neutral-at"), Value: n.Text}
	}
	return f.Read(root)
}

// groupSections gives the fields of a group and of its measures.
func groupSections(w site.Wording, g *yamltree.Node, at string) []editor.Section {
	name := ""
	if n := g.Get("name"); n != nil {
		name = n.Text
	}
	group := editor.Section{Title: w.T("scorecard.group-of", "name", name), Fields: []editor.Field{
		{Path: at + ".title", Kind: editor.Title, Label: w.T("edit.title")},
		{Path: at + ".weight", Kind: editor.Number, Label: w.T("scorecard.weight"), Default: "1"},
	}}
	measures := items(g, "measures")
	used := map[string]bool{}
	out := []editor.Section{group}
	for k, m := range measures {
		in := fmt.Sprintf("%s.measures[%d]", at, k)
		measure := ""
		if n := m.Get("measure"); n != nil {
			measure = n.Text
		}
		used[measure] = true
		s := editor.Section{Title: w.Measure(measure), Note: measure, Fields: []editor.Field{
			{Path: in + ".weight", Kind: editor.Number, Label: w.T("scorecard.weight-in", "name", name), Default: "1"},
			{Path: in + ".bands", Kind: editor.Curve, Label: w.T("scorecard.curve")},
		}}
		s.Brief = brief(w, m)
		if len(measures) > 1 {
			s.Path = in
		}
		out = append(out, s)
	}
	out[0].Adds = []editor.Add{{Path: at + ".measures", Label: w.T("scorecard.add-measure"), Options: unusedMeasures(w, used), New: newMeasure}}
	return out
}

// brief says in a line how a measure counts: its weight and its curve.
func brief(w site.Wording, m *yamltree.Node) string {
	weight := editor.Field{Path: "weight", Kind: editor.Number, Default: "1"}.Read(m)
	curve := editor.Field{Path: "bands", Kind: editor.Curve}.Read(m)
	var points []string
	for _, p := range curve.Points {
		value := p.Value
		if curve.Steps && value != "" {
			value = "< " + value
		}
		points = append(points, strings.TrimSpace(value+" → "+p.Score))
	}
	return w.T("scorecard.brief", "weight", weight.Value, "curve", strings.Join(points, w.T("word.list-separator")))
}

func unusedMeasures(w site.Wording, used map[string]bool) []ui.Option {
	out := []ui.Option{{Label: w.T("scorecard.choose-measure")}}
	for i := range w.Config.Measures {
		if d := &w.Config.Measures[i].Def; !used[d.Name] {
			out = append(out, ui.Option{Value: d.Name, Label: w.Titled(d.Title, d.Name)})
		}
	}
	return out
}

func newMeasure(name string) *yamltree.Node {
	point := func(value, score string) *yamltree.Node {
		return yamltree.List(yamltree.Word(value), yamltree.Word(score)).Inline()
	}
	bands := yamltree.Map().Inline().Set("points", yamltree.List(point("0", "0"), point("1", "100")).Inline())
	return yamltree.Map().Inline().Set("measure", yamltree.Text(name)).Set("weight", yamltree.Word("1")).Set("bands", bands)
}

// tryScorecard counts and lists who would change band.
func (s Pages) tryScorecard(r *site.Request, c resource.Checked) (templ.Component, error) {
	one, ok := c.Config.Scorecard(c.Name)
	if !ok {
		return site.Paragraph(""), nil
	}
	at, ok, err := s.LastStep(r, one.Def.Subject, r.View.Today)
	if err != nil {
		return nil, err
	}
	if !ok {
		return site.Paragraph(r.View.T("scorecard.not-yet")), nil
	}
	result, err := s.Editing.WhatIf(r.Context(), r.Actor, c.Config.Program(one.Def.Subject), c.Name, at)
	if err != nil {
		return nil, err
	}
	m, err := s.whatIfModel(r, one, result)
	if err != nil {
		return nil, err
	}
	return whatIfPart(m), nil
}
