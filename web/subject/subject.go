// Package subject is what the pages about one account and one person of our
// own company share: health and its change, calls to action, charts, the
// timeline, fields, and the page that takes one measure apart.
package subject

import (
	"net/http"
	"net/url"

	"github.com/a-h/templ"

	minori "github.com/minori-hq/minori"
	"github.com/minori-hq/minori/account"
	"github.com/minori-hq/minori/action"
	"github.com/minori-hq/minori/evaluate"
	"github.com/minori-hq/minori/metric"
	"github.com/minori-hq/minori/resource"
	"github.com/minori-hq/minori/web/site"
	"github.com/minori-hq/minori/web/ui"
)

// Spans that the pages look back over, in days, and how much they list.
const (
	historyDays  = 366
	sinceDays    = 30
	maxListed    = 100
	maxOnOnePage = 200
)

// Pages reads what the pages share.
type Pages struct{ *site.Site }

// Page is what the page about one subject knows of it. Every part is as of one
// day: the one asked for, else the present.
type Page struct {
	Subject minori.Subject
	Name    string
	Path    string // address of the page, without parameters
	Place   ui.PlaceID
	Day     minori.Day
	Began   minori.Day // first day of existence, 0 if not known

	Card    *resource.Scorecard
	History []site.ScoreDay // stored scores up to the day, oldest first
	Change  evaluate.Change
	Scored  bool       // Change holds the newest stored score
	Since   minori.Day // the day the score is compared with, 0 for none
	Asked   minori.Day // the day that was asked for, 0 for none

	Calls  []action.Call
	Latest map[int64]evaluate.Latest // newest point of each metric over all subjects

	weeks   int // of the charts
	charts  []metricChart
	fields  []fact
	happens *happenings
}

// URL gives the address of the page or of one of its panels, as of the same day.
func (p *Page) URL(r *site.Request, panel string) string { return r.Link(p.Path, "tab", panel) }

// MeasureURL gives the address of the page about one measure.
func (p *Page) MeasureURL(r *site.Request, name string) string {
	return r.Link(p.Path + "/measures/" + url.PathEscape(name))
}

// End gives the last instant of the page's day, or the present.
func (p *Page) End(r *site.Request) int64 {
	if r.AsOf.Set {
		return r.AsOf.Micros()
	}
	return minori.EndOf(p.Day, r.Config.Zone).Micros()
}

// Answer answers a script with a panel alone, everybody else with a whole page.
func (s Pages) Answer(w http.ResponseWriter, r *site.Request, f site.Frame, panel, whole templ.Component) error {
	if panel != nil && r.HTMX() {
		return s.Part(w, r, panel)
	}
	return s.Page(w, r, f, whole)
}

// ReadHealth reads the history of the main score, and explains its newest
// value and the change since the day that was chosen, a month back otherwise.
func (s Pages) ReadHealth(r *site.Request, p *Page) error {
	main := r.Config.Program(p.Subject.Kind).Main()
	if main == nil {
		return nil
	}
	p.Card, _ = r.Config.Scorecard(main.Name())
	var err error
	if p.Asked, err = r.DayParam("since", r.View.T("score.since"), 0); err != nil {
		return err
	}
	p.History, err = s.Lake.ScoreHistory(r.Context(), r.Actor, p.Subject.ID, main.ID, p.Day-historyDays, p.Day)
	if err != nil || len(p.History) == 0 {
		return err
	}
	now := p.stored(r, len(p.History)-1)
	upTo := now.Day - sinceDays
	if p.Asked != 0 {
		upTo = min(p.Asked, now.Day-1)
	}
	var since *minori.AsOf
	for i := len(p.History) - 2; i >= 0; i-- {
		if p.History[i].Day <= upTo {
			at := p.stored(r, i)
			since, p.Since = &at, at.Day
			break
		}
	}
	p.Change, err = s.Evaluate.Explain(r.Context(), r.Actor, main.Name(), p.Subject, now, since)
	p.Scored = err == nil
	return err
}

// stored gives the as-of of a stored score.
func (p *Page) stored(r *site.Request, i int) minori.AsOf {
	return minori.At(minori.FromMicros(p.History[i].AsOf), r.Config.Zone)
}

// AsOf gives the as-of of the newest stored score; ok is false without one.
func (p *Page) AsOf(r *site.Request) (at minori.AsOf, ok bool) {
	if len(p.History) == 0 {
		return at, false
	}
	return p.stored(r, len(p.History)-1), true
}

// lastKnown gives the newest score that is known.
func (p *Page) lastKnown() (site.ScoreDay, bool) {
	for i := len(p.History) - 1; i >= 0; i-- {
		if p.History[i].Score != nil {
			return p.History[i], true
		}
	}
	return site.ScoreDay{}, false
}

// ReadLatest reads how fresh the metrics are.
func (s Pages) ReadLatest(r *site.Request, p *Page) (err error) {
	p.Latest, err = s.Lake.Freshness(r.Context(), minori.EndOf(p.Day, r.Config.Zone))
	return err
}

// ReadCalls reads the calls to action that had been opened by the day.
func (s Pages) ReadCalls(r *site.Request, p *Page) error {
	calls, _, err := s.Actions.List(r.Context(), r.Actor, action.Filter{Subject: p.Subject.ID, Sort: action.ByOpened}, minori.Page{Limit: maxOnOnePage})
	if err != nil {
		return err
	}
	end := p.End(r)
	for _, call := range calls {
		if call.OpenedAsOf > end {
			continue
		}
		if r.AsOf.Set {
			call = rewound(call, end)
		}
		p.Calls = append(p.Calls, call)
	}
	return nil
}

// rewound is a call as it stood at an instant. Whatever moved it later is not
// known yet: a call that was closed later is open.
func rewound(call action.Call, at int64) action.Call {
	closed := call.ClosedAt
	if call.CloseOnEnd && call.Recovered != 0 {
		closed = min(closed, call.Recovered) // closed by the evaluation of that time
	}
	if call.Status == action.StatusClosed && closed > at {
		call.Status, call.Outcome = action.StatusInProgress, ""
	}
	if call.Recovered > at {
		call.Recovered = 0
	}
	return call
}

// CallsBy gives the calls that were open on the day, or those that were not.
func (p *Page) CallsBy(open bool) []*action.Call {
	var out []*action.Call
	for i := range p.Calls {
		if (p.Calls[i].Status != action.StatusClosed) == open {
			out = append(out, &p.Calls[i])
		}
	}
	return out
}

// Health is the badge of the newest score, or why there is none.
func (p *Page) Health(w site.Wording) ui.HealthProps {
	x := p.Change.Now
	if !p.Scored || x.Score == nil {
		h := ui.HealthProps{Note: p.UnknownWhy(w), Pill: true}
		if last, ok := p.lastKnown(); ok && x.Because == metric.Stale {
			h.Band, h.Score = ui.Stale, site.WriteScore(w.View, *last.Score, p.Card.Def)
			h.Note = w.T("account.last-known", "date", w.Date(last.Day))
		}
		return h
	}
	return ui.HealthProps{Band: ui.Band(x.Band), Score: site.WriteScore(w.View, *x.Score, p.Card.Def), Pill: true}
}

// UnknownWhy says why there is no score.
func (p *Page) UnknownWhy(w site.Wording) string {
	if !p.Scored {
		return w.T("account.not-evaluated", "date", w.Date(p.Day))
	}
	return w.Unscored(p.Change.Now.Reason)
}

// Why says in a sentence what the score is, how it changed and what of.
func (p *Page) Why(w site.Wording) string {
	switch {
	case p.Card == nil:
		return ""
	case !p.Scored:
		return p.UnknownWhy(w)
	}
	return evaluate.Sentence(w.Printer, p.Change, site.ScoreTitles(w, p.Card))
}

// HealthFigure is the main score at the head of the page.
func (p *Page) HealthFigure(w site.Wording) ui.FigureProps {
	h := p.Health(w)
	f := ui.FigureProps{Label: w.Scorecard(p.Card.Def.Name), Value: h.Score, Unknown: p.UnknownWhy(w), Source: p.UnknownWhy(w), URL: "#health"}
	h.Score = ""
	f.Health = &h
	if p.Scored {
		f.Source = w.T("account.health.source", "date", w.Date(p.Change.AsOf))
	}
	if h.Band == ui.Stale {
		f.Stale, f.Health, f.Note = true, nil, h.Note
	}
	if p.Change.Then != nil && p.Change.Then.Score != nil && p.Change.Now.Score != nil {
		c := site.ScoreChange(w.View, *p.Change.Now.Score-*p.Change.Then.Score, w.T("account.since", "date", w.DayMonth(p.Change.Since)))
		f.Change = &c
	}
	return f
}

// fresh says how new the data behind a measure is.
func (p *Page) fresh(w site.Wording, name string) string {
	m, ok := w.Config.Measure(name)
	if !ok || p.Latest == nil {
		return ""
	}
	oldest, found := minori.Day(0), false
	for _, of := range metricsOf(w.Config, m) {
		l, ok := p.Latest[of.ID]
		if !ok {
			return w.T("profile.no-points", "name", w.Titled(of.Def.Title, of.Def.Name))
		}
		if !found || l.Day < oldest {
			oldest, found = l.Day, true
		}
	}
	if !found {
		return w.T("account.health.source", "date", w.Date(p.Change.AsOf))
	}
	return w.T("profile.fresh", "date", w.Date(p.Change.AsOf), "latest", w.Date(oldest))
}

// metricsOf gives the metrics a measure reads, itself or through measures.
func metricsOf(cfg *resource.Config, m *resource.Measure) []*resource.Metric {
	var out []*resource.Metric
	seen := map[string]bool{}
	var walk func(m *resource.Measure)
	walk = func(m *resource.Measure) {
		d := m.Expr.Dependencies()
		for _, name := range d.Metrics {
			if x, ok := cfg.Metric(name); ok && !seen[name] {
				seen[name] = true
				out = append(out, x)
			}
		}
		for _, name := range d.Measures {
			if x, ok := cfg.Measure(name); ok && !seen["measure "+name] {
				seen["measure "+name] = true
				walk(x)
			}
		}
	}
	walk(m)
	return out
}

// Missing translates that a subject is not there, or not for this reader.
func Missing(r *site.Request, kind minori.SubjectKind, err error) error {
	if minori.CodeOf(err) != minori.NotFound {
		return err
	}
	if kind == minori.Person {
		return minori.Errorf(minori.NotFound, "%s", r.View.T("person.not-found", "id", site.Clip(r.PathValue("id"), 60)))
	}
	return minori.Errorf(minori.NotFound, "%s", r.View.T("account.not-found", "id", site.Clip(r.PathValue("id"), 60)))
}

// nameOf gives a name, or the key where there is none.
func nameOf(l account.Label) string { return site.LabelName(l) }
