package scorecards

import (
	"net/http"

	minori "github.com/minori-hq/minori"
	"github.com/minori-hq/minori/account"
	"github.com/minori-hq/minori/evaluate"
	"github.com/minori-hq/minori/metric"
	"github.com/minori-hq/minori/resource"
	"github.com/minori-hq/minori/web/site"
	"github.com/minori-hq/minori/web/ui"
)

// heatRows is how many accounts a heat map has.
const heatRows = 50

// heatModel is accounts against measures.
type heatModel struct {
	ui.View
	Title    string
	Sentence string
	Here     string
	AsOf     string
	Segment  string
	Segments []ui.Option
	Caption  string
	Groups   []heatGroup
	Measures []heatMeasure
	Rows     []heatRow
	Empty    *ui.EmptyProps
}

type heatGroup struct {
	Title string
	Span  string
}

type heatMeasure struct{ Title, Name string }

type heatRow struct {
	Name, URL string
	Health    ui.HealthProps
	Cells     []heatCell
}

// heatCell is the score of one measure; Band says by the scorecard's bounds
// where it lies.
type heatCell struct {
	Band  ui.Band
	Score string // "" when unknown
	Note  string // the value, or why there is none
}

// Heat shows the largest accounts, or those of a segment, against the measures
// of a scorecard.
func (s Pages) Heat(w http.ResponseWriter, r *site.Request) error {
	if err := site.MayRead(r); err != nil {
		return err
	}
	card, err := findScorecard(r)
	if err != nil {
		return err
	}
	v := r.Words()
	m := heatModel{View: r.View, Title: v.T("heat.title"), Here: scorecardPath(card.Def.Name) + "/heat", Caption: v.T("heat.caption", "card", v.Titled(card.Def.Title, card.Def.Name))}
	if r.AsOf.Set {
		m.AsOf = r.AsOf.Day.String()
	}
	m.Segments = []ui.Option{{Label: v.T("heat.largest", "most", heatRows)}}
	for i := range r.Config.Segments {
		if d := &r.Config.Segments[i].Def; d.Subject == card.Def.Subject {
			m.Segments = append(m.Segments, ui.Option{Value: d.Name, Label: v.Titled(d.Title, d.Name)})
		}
	}
	if m.Segment, err = r.OneOf("segment", m.Segments); err != nil {
		return err
	}
	if err := s.fillHeat(r, &m, card); err != nil {
		return err
	}
	f := site.Frame{Title: m.Title, Place: ui.PlaceScorecards, AsOf: true, Crumbs: []ui.Link{{Label: v.T("place.scorecards"), URL: r.Link("/scorecards")},
		{Label: v.Scorecard(card.Def.Name), URL: r.Link(scorecardPath(card.Def.Name))}, {Label: m.Title}}}
	return s.Page(w, r, f, heatPage(m))
}

func (s Pages) fillHeat(r *site.Request, m *heatModel, card *resource.Scorecard) error {
	at, ok, err := s.LastStep(r, card.Def.Subject, r.AsOf.Day)
	if err != nil {
		return err
	}
	m.Empty = &ui.EmptyProps{Icon: ui.IconScorecards, Title: r.View.T("scorecard.not-yet"), Text: r.View.T("scorecard.not-yet.todo")}
	if !ok {
		return nil
	}
	q := site.ListQuery{Kind: card.Def.Subject, Page: minori.Page{Limit: heatRows}}
	if card.Def.Subject == minori.Account {
		q.Sort, q.Desc, q.Columns = "field:account.arr", true, []string{"field:account.arr"}
	}
	if m.Segment != "" {
		q.Filters = []site.Filter{{Column: "segment:" + m.Segment, Op: site.OpEq, Values: []metric.Value{{Type: metric.Bool, Num: 1}}}}
	}
	page, err := s.Lake.List(r.Context(), r.Actor, q)
	if err != nil {
		return err
	}
	ids := make([]minori.ID, len(page.Rows))
	for i := range page.Rows {
		ids[i] = page.Rows[i].Subject
	}
	if len(ids) == 0 {
		m.Empty.Title, m.Empty.Text = r.View.T("heat.nobody"), ""
		return nil
	}
	scored, err := s.Evaluate.Scores(r.Context(), r.Actor, card.Def.Subject, card.Def.Name, at, ids)
	if err != nil {
		return err
	}
	labels, err := s.Accounts.Labels(r.Context(), r.Actor, ids)
	if err != nil {
		return err
	}
	m.Sentence = r.View.T("heat.sentence", "date", r.View.Date(at.Day))
	heatHead(r.Words(), m, card)
	heatBody(r, m, card, ids, scored, labels)
	return nil
}

// heatBody fills in the rows, in the order of the accounts.
func heatBody(r *site.Request, m *heatModel, card *resource.Scorecard, ids []minori.ID, scored []evaluate.Scored, labels map[minori.ID]account.Label) {
	rows := map[minori.ID]heatRow{}
	for _, x := range scored {
		row := heatRow{Name: site.LabelName(labels[x.Subject.ID]), URL: r.Link(scorePath(card.Def.Name, x.Subject.Key))}
		row.Health = r.Words().Health(x.Explanation.Score, string(x.Explanation.Band))
		for _, c := range x.Explanation.Contributions {
			cell := heatCell{Band: ui.UnknownBand, Note: r.Words().Value(c.Value, r.Words().UnitOf(c.Measure))}
			if c.Score != nil && c.Value.Reason == metric.Known {
				cell.Band, cell.Score = ui.Band(card.Def.BandOf(*c.Score)), r.View.Number(*c.Score, 0)
			}
			row.Cells = append(row.Cells, cell)
		}
		rows[x.Subject.ID] = row
	}
	for _, id := range ids {
		if row, ok := rows[id]; ok && len(row.Cells) == len(m.Measures) {
			m.Rows = append(m.Rows, row)
		}
	}
	if len(m.Rows) > 0 {
		m.Empty = nil
	}
}

// heatHead names the columns, by group.
func heatHead(w site.Wording, m *heatModel, card *resource.Scorecard) {
	for _, g := range card.Def.Groups {
		m.Groups = append(m.Groups, heatGroup{Title: w.Titled(g.Title, g.Name), Span: w.Int(int64(len(g.Measures)))})
		for _, x := range g.Measures {
			m.Measures = append(m.Measures, heatMeasure{Title: w.Measure(x.Measure), Name: x.Measure})
		}
	}
}
