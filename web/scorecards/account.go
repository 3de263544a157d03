package scorecards

import (
	"net/http"
	"net/url"

	"github.com/a-h/templ"

	minori "github.com/minori-hq/minori"
	"github.com/minori-hq/minori/action"
	"github.com/minori-hq/minori/evaluate"
	"github.com/minori-hq/minori/metric"
	"github.com/minori-hq/minori/resource"
	"github.com/minori-hq/minori/scorecard"
	"github.com/minori-hq/minori/web/site"
	"github.com/minori-hq/minori/web/ui"
)

// scoreModel is one account's score, taken apart.
type scoreModel struct {
	ui.View
	Title      string
	Sentence   string
	Notice     *ui.NoticeProps
	Health     *ui.HealthProps
	Empty      *ui.EmptyProps
	AccountURL string
	Parts      ui.ScorePartsProps
	Unknown    []ui.Fact
	Change     *ui.WaterfallProps
	Since      string // "2024-11-22"
	SinceDays  []ui.Option
	SinceNote  string
	Here       string // address of this page
	History    *ui.ChartProps
	MayAct     bool
	Override   []ui.Fact // the one in force
	Past       []ui.Fact
	Draft      url.Values
	OverrideTo string // address of the form
	AsOfParam  string
}

// Account explains one account's score and its change.
func (s Pages) Account(w http.ResponseWriter, r *site.Request) error {
	m, err := s.scoreModel(r)
	if err != nil {
		return err
	}
	return s.Page(w, r, s.scoreFrame(r, m), scorePage(m))
}

func (s Pages) scoreFrame(r *site.Request, m scoreModel) site.Frame {
	name := r.PathValue("name")
	return site.Frame{Title: m.Title, Place: ui.PlaceScorecards, AsOf: true, Charts: true, Crumbs: []ui.Link{
		{Label: r.View.T("place.scorecards"), URL: r.Link("/scorecards")}, {Label: r.Words().Scorecard(name), URL: r.Link(scorecardPath(name))}, {Label: m.Title},
	}}
}

// scoredSubject finds scorecard and account of the address.
func (s Pages) scoredSubject(r *site.Request) (*resource.Scorecard, minori.Subject, error) {
	if err := site.MayRead(r); err != nil {
		return nil, minori.Subject{}, err
	}
	card, err := findScorecard(r)
	if err != nil {
		return nil, minori.Subject{}, err
	}
	subject, err := s.Accounts.ByKey(r.Context(), r.Actor, card.Def.Subject, r.PathValue("id"))
	if minori.CodeOf(err) == minori.NotFound {
		err = minori.Errorf(minori.NotFound, "%s", r.View.T("account.not-found", "id", site.Clip(r.PathValue("id"), 60)))
	}
	return card, subject, err
}

func (s Pages) scoreModel(r *site.Request) (scoreModel, error) {
	m := scoreModel{View: r.View, MayAct: r.Actor.MayAct()}
	card, subject, err := s.scoredSubject(r)
	if err != nil {
		return m, err
	}
	labels, err := s.Accounts.Labels(r.Context(), r.Actor, []minori.ID{subject.ID})
	if err != nil {
		return m, err
	}
	m.Title = site.LabelName(labels[subject.ID])
	m.Here = scorePath(card.Def.Name, subject.Key)
	m.OverrideTo = m.Here + "/override"
	if r.AsOf.Set {
		m.AsOfParam = r.AsOf.Day.String()
	}
	if subject.Kind == minori.Account {
		m.AccountURL = r.AccountURL(subject.Key)
	}
	if err := s.fillOverrides(r, &m, card, subject); err != nil {
		return m, err
	}
	at, ok, err := s.LastStep(r, card.Def.Subject, r.AsOf.Day)
	if err != nil {
		return m, err
	}
	if !ok {
		m.Empty = &ui.EmptyProps{Icon: ui.IconScorecards, Title: r.View.T("scorecard.not-yet"), Text: r.View.T("scorecard.not-yet.todo")}
		return m, nil
	}
	since, err := s.chosenSince(r, &m, card, at)
	if err != nil {
		return m, err
	}
	return m, s.explainScore(r, &m, card, subject, at, since)
}

// chosenSince gives the evaluation that the score is compared with: the newest
// up to the day that was chosen, or a month back.
func (s Pages) chosenSince(r *site.Request, m *scoreModel, card *resource.Scorecard, at minori.AsOf) (*minori.AsOf, error) {
	day, err := r.DayParam("since", r.View.T("score.since"), at.Day-moverDays)
	if err != nil {
		return nil, err
	}
	if r.URL.Query().Get("since") != "" && day >= at.Day {
		return nil, site.Invalid(r.View.T("score.since-late", "date", r.View.Date(at.Day)))
	}
	steps, err := s.Lake.Steps(r.Context(), card.Def.Subject, at.Day, sinceWeeks)
	if err != nil {
		return nil, err
	}
	before, ok, err := s.LastStep(r, card.Def.Subject, day)
	if err != nil {
		return nil, err
	}
	if !ok {
		m.SinceNote = r.View.T("score.no-earlier", "date", r.View.Date(day))
	} else {
		m.Since = before.Day.String()
	}
	listed := false
	for i := len(steps) - 1; i >= 0; i-- {
		if steps[i].Day < at.Day {
			m.SinceDays = append(m.SinceDays, ui.Option{Value: steps[i].Day.String(), Label: r.View.Date(steps[i].Day)})
			listed = listed || steps[i].Day == before.Day
		}
	}
	if !ok {
		return nil, nil
	}
	if !listed {
		m.SinceDays = append(m.SinceDays, ui.Option{Value: m.Since, Label: r.View.Date(before.Day)})
	}
	return &before, nil
}

func (s Pages) explainScore(r *site.Request, m *scoreModel, card *resource.Scorecard, subject minori.Subject, at minori.AsOf, since *minori.AsOf) error {
	c, err := s.Evaluate.Explain(r.Context(), r.Actor, card.Def.Name, subject, at, since)
	if minori.CodeOf(err) == minori.NotFound && since != nil {
		m.SinceNote = r.View.T("score.not-there", "date", r.View.Date(since.Day))
		c, err = s.Evaluate.Explain(r.Context(), r.Actor, card.Def.Name, subject, at, nil)
	}
	if minori.CodeOf(err) == minori.NotFound {
		m.Empty = &ui.EmptyProps{Icon: ui.IconScorecards, Title: r.View.T("score.not-there", "date", r.View.Date(at.Day)), Text: r.View.T("score.not-there.todo")}
		return nil
	}
	if err != nil {
		return err
	}
	w := r.Words()
	m.Sentence = evaluate.Sentence(r.View.Printer, c, site.ScoreTitles(w, card))
	h := w.Health(c.Now.Score, string(c.Now.Band))
	m.Health = &h
	if len(m.Override) > 0 && c.Now.Computed != nil && c.Now.Score != nil {
		m.Override = append(m.Override, ui.Fact{Label: w.T("override.computed"), Value: ui.Words(w.Number(*c.Now.Score-c.Now.OverridePart, 1)), Note: r.View.Date(at.Day)})
	}
	m.Parts = site.ScoreParts(w, card, c.Now, h)
	m.Unknown = unknownInputs(w, card, c.Now)
	if c.Then != nil {
		m.fillChange(w, c, func(measure string) string { return r.Link(measurePath(subject, measure)) })
	}
	history, err := s.Lake.ScoreHistory(r.Context(), r.Actor, subject.ID, card.ID, at.Day-7*sinceWeeks, at.Day)
	if err != nil {
		return err
	}
	m.History = scoreHistory(w, card, history)
	return nil
}

// measurePath is the page that takes one measure of a subject apart.
func measurePath(of minori.Subject, measure string) string {
	place := "/accounts/"
	if of.Kind == minori.Person {
		place = "/people/"
	}
	return place + url.PathEscape(of.Key) + "/measures/" + url.PathEscape(measure)
}

// unknownInputs lists the measures without a value, why, and what that does.
func unknownInputs(w site.Wording, card *resource.Scorecard, x scorecard.Explanation) []ui.Fact {
	var out []ui.Fact
	if x.Computed == nil {
		out = append(out, ui.Fact{Label: w.T("score.no-score"), Value: ui.Words(w.Unscored(x.Reason))})
	}
	for _, c := range x.Contributions {
		if c.Value.Reason == metric.Known {
			continue
		}
		out = append(out, ui.Fact{Label: w.Measure(c.Measure), Value: ui.Words(site.ReasonWord(w.View, c.Value.Reason)), Note: missingWord(w, card.Def.Missing)})
	}
	return out
}

// fillChange explains how the score came from the earlier day to this one.
func (m *scoreModel) fillChange(w site.Wording, c evaluate.Change, link func(measure string) string) {
	if c.Then.Score == nil || c.Now.Score == nil {
		m.SinceNote = w.T("score.no-change", "why", w.Unscored(c.Delta.Reason))
		return
	}
	m.Change = site.ChangeWaterfall(w, c, link)
	m.SinceNote = w.T("score.adds-up", "count", len(m.Change.Steps), "delta", w.Signed(*c.Now.Score-*c.Then.Score, 1))
}

// scoreHistory draws how the score went over a year.
func scoreHistory(w site.Wording, card *resource.Scorecard, days []site.ScoreDay) *ui.ChartProps {
	if len(days) < 2 {
		return nil
	}
	zero, hundred := 0.0, 100.0
	p := &ui.ChartProps{ID: "chart-score", Kind: ui.ChartLine, Size: ui.ChartSmall, Min: &zero, Max: &hundred, XTitle: w.T("word.day"),
		Sentence: w.T("score.history", "from", w.Date(days[0].Day), "to", w.Date(days[len(days)-1].Day))}
	values := make([]float64, len(days))
	for i := range days {
		p.X = append(p.X, w.DayMonth(days[i].Day))
		values[i] = site.OrUnknown(days[i].Score)
	}
	p.Series = []ui.Series{{Name: w.Scorecard(card.Def.Name), Values: values}}
	return p
}

// fillOverrides lists the scores set by hand.
func (s Pages) fillOverrides(r *site.Request, m *scoreModel, card *resource.Scorecard, subject minori.Subject) error {
	list, err := s.Overrides.Overrides(r.Context(), r.Actor, subject.ID, minori.Page{Limit: 100})
	if err != nil {
		return err
	}
	now := s.Clock().UnixMicro()
	for _, o := range list {
		if o.Scorecard != card.Def.Name {
			continue
		}
		facts := overrideFacts(r, o)
		if o.Cleared == 0 && o.Until > now {
			m.Override = append(m.Override, facts)
		} else if len(m.Past) < 10 {
			m.Past = append(m.Past, facts)
		}
	}
	return nil
}

func overrideFacts(r *site.Request, o action.Override) ui.Fact {
	v := r.View
	until := v.T("override.until", "date", v.Date(site.DayIn(r, o.Until-1)))
	if o.Cleared != 0 {
		until = v.T("override.cleared", "date", v.Date(site.DayIn(r, o.Cleared)), "who", r.Words().Author(o.ClearedBy))
	}
	return ui.Fact{Label: v.Number(o.Value, 0), Value: templ.Component(ui.Words(o.Reason)),
		Note: v.T("override.by", "who", r.Words().Author(o.Author), "date", v.Date(site.DayIn(r, o.From))) + v.T("word.separator") + until}
}
