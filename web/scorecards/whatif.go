package scorecards

import (
	"strconv"

	"github.com/a-h/templ"

	minori "github.com/minori-hq/minori"
	"github.com/minori-hq/minori/evaluate"
	"github.com/minori-hq/minori/resource"
	"github.com/minori-hq/minori/scorecard"
	"github.com/minori-hq/minori/text"
	"github.com/minori-hq/minori/web/site"
	"github.com/minori-hq/minori/web/ui"
)

// movesPage is how many accounts that would change band are listed at once.
const movesPage = 20

// whatIfModel is what a changed scorecard would give.
type whatIfModel struct {
	ui.View
	Sentence string
	Here     string
	Bands    ui.TableProps
	Chart    *ui.ChartProps
	Moves    *ui.TableProps
	Shown    string // which of the moves these are
	Previous int    // page, 0 for none
	Next     int
}

func (s Pages) whatIfModel(r *site.Request, card *resource.Scorecard, x evaluate.WhatIf) (whatIfModel, error) {
	v := r.View
	m := whatIfModel{View: v, Here: r.URL.Path, Bands: bandTable(v, x)}
	switch {
	case x.Before == nil:
		m.Sentence = v.T("whatif.new", "accounts", v.Count(x.Subjects, text.Accounts), "date", v.Date(x.AsOf.Day))
	case x.Changed == 0:
		m.Sentence = v.T("whatif.none", "accounts", v.Count(x.Subjects, text.Accounts), "date", v.Date(x.AsOf.Day))
	default:
		m.Sentence = v.T("whatif.sentence", "moves", v.Count(len(x.Moves), text.Accounts), "changed", v.Count(x.Changed, text.Accounts),
			"accounts", v.Count(x.Subjects, text.Accounts), "date", v.Date(x.AsOf.Day))
	}
	if x.Before == nil || x.Changed > 0 {
		m.Chart = tenthsBeforeAfter(v, x)
	}
	return m, s.fillMoves(r, &m, card, x.Moves)
}

// bandTable counts accounts by band before and after.
func bandTable(v ui.View, x evaluate.WhatIf) ui.TableProps {
	t := ui.TableProps{Caption: v.T("whatif.bands"), Columns: []ui.Column{
		{Label: v.T("whatif.band"), Primary: true}, {Label: v.T("whatif.before"), Numeric: true}, {Label: v.T("whatif.after"), Numeric: true}, {Label: v.T("word.change"), Numeric: true},
	}}
	for _, b := range []scorecard.Band{scorecard.Green, scorecard.Yellow, scorecard.Red, scorecard.NoBand} {
		before, change := "", ""
		if x.Before != nil {
			before, change = v.Int(int64(x.Before.Bands[b])), v.Signed(float64(x.After.Bands[b]-x.Before.Bands[b]), 0)
		}
		t.Rows = append(t.Rows, ui.Row{Cells: []templ.Component{
			ui.Health(v, ui.HealthProps{Band: ui.Band(b)}), ui.Words(before), site.Count(v, x.After.Bands[b]), ui.Words(change),
		}})
	}
	return t
}

// tenthsBeforeAfter draws how the scores are spread.
func tenthsBeforeAfter(v ui.View, x evaluate.WhatIf) *ui.ChartProps {
	p := &ui.ChartProps{ID: "chart-whatif", Kind: ui.ChartBar, Size: ui.ChartSmall, XTitle: v.T("score.score"), Sentence: v.T("whatif.chart")}
	for i := range 10 {
		p.X = append(p.X, v.T("scorecard.tenth", "from", 10*i, "to", 10*i+10))
	}
	values := func(s evaluate.Spread) (out []float64) {
		for _, n := range s.Tenths {
			out = append(out, float64(n))
		}
		return out
	}
	if x.Before != nil {
		p.Series = append(p.Series, ui.Series{Name: v.T("whatif.before"), Values: values(*x.Before), Role: ui.RoleComparison})
	}
	p.Series = append(p.Series, ui.Series{Name: v.T("whatif.after"), Values: values(x.After)})
	return p
}

// fillMoves lists a page of who would change band.
func (s Pages) fillMoves(r *site.Request, m *whatIfModel, card *resource.Scorecard, moves []evaluate.BandMove) error {
	if len(moves) == 0 {
		return nil
	}
	page, err := strconv.Atoi(r.PostForm.Get("moves"))
	last := (len(moves)-1)/movesPage + 1
	if err != nil || page < 1 || page > last {
		page = 1
	}
	from := (page - 1) * movesPage
	shown := moves[from:min(from+movesPage, len(moves))]
	ids := make([]minori.ID, len(shown))
	for i := range shown {
		ids[i] = shown[i].Subject
	}
	labels, err := s.Accounts.Labels(r.Context(), r.Actor, ids)
	if err != nil {
		return err
	}
	v := r.Words()
	t := ui.TableProps{Caption: v.T("whatif.moves"), Columns: []ui.Column{
		{Label: v.T("call.account"), Primary: true}, {Label: v.T("whatif.before")}, {Label: v.T("whatif.after")},
	}}
	for _, x := range shown {
		l := labels[x.Subject]
		row := ui.Row{Cells: []templ.Component{ui.Words(site.LabelName(l)), ui.Health(v.View, v.Health(x.FromScore, string(x.FromBand))), ui.Health(v.View, v.Health(x.ToScore, string(x.ToBand)))}}
		if l.Key != "" {
			row.URL = scorePath(card.Def.Name, l.Key)
		}
		t.Rows = append(t.Rows, row)
	}
	m.Moves = &t
	m.Shown = v.T("paging.of", "span", v.Int(int64(from+1))+"–"+v.Int(int64(from+len(shown))), "total", len(moves))
	if page > 1 {
		m.Previous = page - 1
	}
	if page < last {
		m.Next = page + 1
	}
	return nil
}
