package scorecards

import (
	"net/http"
	"net/url"

	"github.com/a-h/templ"

	minori "github.com/minori-hq/minori"
	"github.com/minori-hq/minori/resource"
	"github.com/minori-hq/minori/resource/document"
	"github.com/minori-hq/minori/scorecard"
	"github.com/minori-hq/minori/text"
	"github.com/minori-hq/minori/web/editor"
	"github.com/minori-hq/minori/web/site"
	"github.com/minori-hq/minori/web/ui"
)

// Bounds of what a scorecard's page shows.
const (
	scoreWeeks  = 26  // of the distribution
	moverDays   = 30  // what movers are compared with
	moverRows   = 10  // in each direction
	maxStrip    = 600 // dots; above it tenths are counted
	sinceWeeks  = 52  // days to choose from for a change
	maxCrossing = 8   // accounts named per crossing of a band
)

// scorecardsModel is the list of scorecards.
type scorecardsModel struct {
	ui.View
	Title    string
	Sentence string
	Actions  []ui.ButtonProps
	Table    ui.TableProps
}

// List lists the scorecards with how their accounts stand.
func (s Pages) List(w http.ResponseWriter, r *site.Request) error {
	if err := site.MayRead(r); err != nil {
		return err
	}
	v := r.Words()
	m := scorecardsModel{View: r.View, Title: v.T("place.scorecards"), Table: ui.TableProps{Caption: v.T("place.scorecards"), Columns: []ui.Column{
		{Label: v.T("scorecard.title"), Primary: true}, {Label: v.T("scorecard.now")}, {Label: v.T("scorecard.groups")},
		{Label: v.T("scorecard.measures"), Numeric: true}, {Label: v.T("scorecard.version"), Numeric: true},
	}, Empty: &ui.EmptyProps{Icon: ui.IconScorecards, Title: v.T("scorecard.empty"), Text: v.T("scorecard.empty.todo")}}}
	for i := range r.Config.Scorecards {
		card := &r.Config.Scorecards[i]
		at, _, err := s.LastStep(r, card.Def.Subject, r.AsOf.Day)
		if err != nil {
			return err
		}
		bins, err := s.binsAt(r, card.ID, at)
		if err != nil {
			return err
		}
		measures := 0
		for _, g := range card.Def.Groups {
			measures += len(g.Measures)
		}
		if m.Sentence == "" && at.Day != 0 {
			m.Sentence = v.T("scorecard.as-of", "date", v.Date(at.Day))
		}
		m.Table.Rows = append(m.Table.Rows, ui.Row{URL: r.Link(scorecardPath(card.Def.Name)), Cells: []templ.Component{
			ui.TwoLines(v.Titled(card.Def.Title, card.Def.Name), card.Def.Name), bandCounts(r.View, bins), ui.Words(groupNames(v, card)),
			site.Count(r.View, measures), site.Count(r.View, card.Version),
		}})
	}
	if r.Actor.MayConfigure() {
		m.Actions = []ui.ButtonProps{{Label: v.T("scorecard.new"), Icon: ui.IconAdd, URL: scorecardPath(editor.Fresh) + "/edit"}}
	}
	return s.Page(w, r, site.Frame{Title: m.Title, Place: ui.PlaceScorecards, AsOf: true}, scorecardsPage(m))
}

func scorecardPath(name string) string { return "/scorecards/" + url.PathEscape(name) }

func scorePath(card, key string) string {
	return scorecardPath(card) + "/accounts/" + url.PathEscape(key)
}

func groupNames(v site.Wording, card *resource.Scorecard) string {
	var names []string
	for _, g := range card.Def.Groups {
		names = append(names, v.Titled(g.Title, g.Name))
	}
	return v.List(names...)
}

// binsAt gives the distribution of one evaluation.
func (s Pages) binsAt(r *site.Request, card int64, at minori.AsOf) ([]site.ScoreBin, error) {
	bins, err := s.Lake.ScoreDistribution(r.Context(), r.Actor, card, at.Day, at.Day)
	if err != nil {
		return nil, err
	}
	var out []site.ScoreBin
	for _, b := range bins {
		if b.AsOf == at.Micros() {
			out = append(out, b)
		}
	}
	return out, nil
}

// bandCounts shows how many accounts are in each band.
func bandCounts(v ui.View, bins []site.ScoreBin) templ.Component {
	counts := map[string]int64{}
	for _, b := range bins {
		counts[b.Band] += b.Count
	}
	if len(counts) == 0 {
		return ui.NoValue(v, v.T("scorecard.not-yet"))
	}
	var parts []templ.Component
	for _, b := range []scorecard.Band{scorecard.Green, scorecard.Yellow, scorecard.Red, scorecard.NoBand} {
		if n := counts[string(b)]; n > 0 {
			parts = append(parts, ui.Health(v, ui.HealthProps{Band: ui.Band(b), Score: v.Int(n)}))
		}
	}
	return site.Sequence(parts...)
}

// scorecardModel is the page of one scorecard.
type scorecardModel struct {
	ui.View
	Title      string
	Sentence   string
	Notice     *ui.NoticeProps
	Actions    []ui.ButtonProps
	Figures    []ui.FigureProps
	Empty      *ui.EmptyProps
	Chart      *ui.ChartProps
	Strip      *ui.StripProps
	Tenths     *ui.ChartProps
	Since      string // day the movers are compared with
	Rises      *ui.TableProps
	Falls      *ui.TableProps
	Crossings  []ui.Fact
	Definition definitionModel
}

// findScorecard gives the scorecard of the address.
func findScorecard(r *site.Request) (*resource.Scorecard, error) {
	card, ok := r.Config.Scorecard(r.PathValue("name"))
	if !ok {
		return nil, minori.Errorf(minori.NotFound, "%s", r.View.T("scorecard.not-found", "name", site.Clip(r.PathValue("name"), 60)))
	}
	return card, nil
}

// Scorecard shows one scorecard: how accounts are spread, who moved, and what
// it is made of.
func (s Pages) Scorecard(w http.ResponseWriter, r *site.Request) error {
	if err := site.MayRead(r); err != nil {
		return err
	}
	card, err := findScorecard(r)
	if err != nil {
		return err
	}
	v := r.Words()
	m := scorecardModel{View: r.View, Title: v.Titled(card.Def.Title, card.Def.Name), Definition: scorecardDefinition(v, card)}
	written, err := s.Editing.Text(r.Context(), r.Actor, document.KindScorecard, card.Def.Name)
	if err != nil {
		return err
	}
	m.Definition.Text = written.Text
	m.Actions = []ui.ButtonProps{{Label: v.T("heat.title"), Icon: ui.IconTable, URL: r.Link(scorecardPath(card.Def.Name) + "/heat")}}
	if r.Actor.MayConfigure() {
		m.Actions = append(m.Actions, ui.ButtonProps{Label: v.T("edit.edit"), Icon: ui.IconEdit, URL: scorecardPath(card.Def.Name) + "/edit"}, editor.RemoveButton(v.View, scorecardPath(card.Def.Name)))
	}
	at, ok, err := s.LastStep(r, card.Def.Subject, r.AsOf.Day)
	if err != nil {
		return err
	}
	if !ok {
		m.Empty = &ui.EmptyProps{Icon: ui.IconScorecards, Title: v.T("scorecard.not-yet"), Text: v.T("scorecard.not-yet.todo")}
	} else if err := s.fillScorecard(r, &m, card, at); err != nil {
		return err
	}
	f := site.Frame{Title: m.Title, Place: ui.PlaceScorecards, AsOf: true, Charts: true,
		Crumbs: []ui.Link{{Label: v.T("place.scorecards"), URL: r.Link("/scorecards")}, {Label: m.Title}}}
	return s.Page(w, r, f, scorecardPage(m))
}

func (s Pages) fillScorecard(r *site.Request, m *scorecardModel, card *resource.Scorecard, at minori.AsOf) error {
	steps, err := s.Lake.Steps(r.Context(), card.Def.Subject, at.Day, scoreWeeks)
	if err != nil {
		return err
	}
	bins, err := s.Lake.ScoreDistribution(r.Context(), r.Actor, card.ID, steps[0].Day, at.Day)
	if err != nil {
		return err
	}
	m.Chart = distributionChart(r.View, steps, bins)
	now, err := s.Standings.ScoresAt(r.Context(), r.Actor, card.ID, at)
	if err != nil {
		return err
	}
	before, ok, err := s.LastStep(r, card.Def.Subject, at.Day-moverDays)
	if err != nil {
		return err
	}
	var then []site.ScoreDay
	if ok {
		m.Since = r.View.Date(before.Day)
		if then, err = s.Standings.ScoresAt(r.Context(), r.Actor, card.ID, before); err != nil {
			return err
		}
	}
	mv := moved(then, now)
	labels, err := s.moverLabels(r, mv, now)
	if err != nil {
		return err
	}
	m.Figures = scoreFigures(r, now, then, m.Since)
	m.Sentence = scoreSentence(r, now, mv, at, m.Since)
	m.fillMovers(r, card.Def.Name, mv, labels, before, at)
	if len(now) <= maxStrip {
		m.Strip = scoreStrip(r, card, at, now, labels)
	} else {
		m.Tenths = tenthsChart(r.View, bins, at)
	}
	if len(now) > 0 && now[0].Version != card.Version {
		m.Notice = &ui.NoticeProps{Tone: ui.Info, Title: r.View.T("scorecard.older", "old", now[0].Version, "new", card.Version), Text: r.View.T("scorecard.older.todo")}
	}
	return nil
}

// scoreFigures counts accounts by band and compares with the earlier day.
func scoreFigures(r *site.Request, now, then []site.ScoreDay, since string) []ui.FigureProps {
	counts := func(days []site.ScoreDay) map[string]int {
		out := map[string]int{}
		for i := range days {
			out[days[i].Band]++
		}
		return out
	}
	a, b := counts(then), counts(now)
	var out []ui.FigureProps
	for _, one := range []struct {
		band scorecard.Band
		sign int // whether more are good
	}{{scorecard.Green, 1}, {scorecard.Yellow, 0}, {scorecard.Red, -1}, {scorecard.NoBand, 0}} {
		name := string(one.band)
		f := ui.FigureProps{Label: site.BandName(r.View, ui.Band(name)), Value: r.View.Count(b[name], text.Accounts)}
		if delta := b[name] - a[name]; since != "" {
			p := ui.ChangeProps{Words: r.View.Signed(float64(delta), 0), Since: r.View.T("word.since", "date", since), Rise: delta > 0, Fall: delta < 0}
			if delta*one.sign > 0 {
				p.Tone = ui.Good
			} else if delta*one.sign < 0 {
				p.Tone = ui.Bad
			}
			f.Change = &p
		}
		out = append(out, f)
	}
	return out
}

// scoreSentence says how accounts stand and who moved most.
func scoreSentence(r *site.Request, now []site.ScoreDay, mv []movement, at minori.AsOf, since string) string {
	v := r.View
	known, red := 0, 0
	for i := range now {
		if now[i].Score != nil {
			known++
		}
		if now[i].Band == string(scorecard.Red) {
			red++
		}
	}
	s := v.T("scorecard.sentence", "date", v.Date(at.Day), "known", v.Count(known, text.Accounts), "red", v.Count(red, text.Accounts))
	if since == "" {
		return s
	}
	rose, fell := 0, 0
	for _, x := range mv {
		switch {
		case x.delta >= 5:
			rose++
		case x.delta <= -5:
			fell++
		}
	}
	return s + v.T("scorecard.moved", "date", since, "rose", v.Count(rose, text.Accounts), "fell", v.Count(fell, text.Accounts))
}
