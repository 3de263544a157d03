package main

import (
	"time"

	minori "github.com/minori-hq/minori"
	"github.com/minori-hq/minori/app"
	"github.com/minori-hq/minori/app/owner"
	"github.com/minori-hq/minori/scorecard"
)

// explainCmd explains scores.
type explainCmd struct {
	Score explainScoreCmd `cmd:"" help:"Explain one subject's score, and its change since a day."`
}

// explainScoreCmd explains one score.
type explainScoreCmd struct {
	dataFlags
	Scorecard string `arg:"" help:"Name of the scorecard."`
	Subject   string `arg:"" help:"Id of the account or person, as its source has it."`
	AsOf      string `help:"Day; default now." name:"as-of"`
	Since     string `help:"Earlier day to explain the change from."`
	Lang      string `help:"Language of the text: en or ja; default the workspace's."`
}

// Run implements command.
func (c *explainScoreCmd) Run(e *env) error {
	asOf, err := e.asOf(c.AsOf)
	if err != nil {
		return err
	}
	var since *minori.AsOf
	if c.Since != "" {
		s, err := e.asOf(c.Since)
		if err != nil {
			return err
		}
		since = &s
	}
	rep, err := e.app.ExplainScore(e.ctx, app.Operator(), c.Scorecard, c.Subject, asOf, since, minori.Lang(c.Lang))
	if err != nil {
		return err
	}
	return e.answer(rep, func() {
		e.print("%s", rep.Text)
		for _, p := range rep.Parts {
			printPart(e, p)
		}
	})
}

func printPart(e *env, p scorecard.ReportPart) {
	name := string(p.Why)
	if p.Measure != nil {
		name = *p.Group + "/" + *p.Measure
	}
	e.print("  %+8.2f  %-40s %s → %s  (%s)", p.Delta, name, valueText(p.From), valueText(p.To), p.Why)
}

// previewCmd runs a rule over past days without effects.
type previewCmd struct {
	dataFlags
	Rule  string `arg:"" help:"Name of the rule."`
	From  string `help:"First day." required:""`
	To    string `help:"Last day." required:""`
	Every string `help:"Step, such as 1d." default:"1d"`
}

// previewReport is the JSON shape "preview".
type previewReport struct {
	Rule      string           `json:"rule"`
	Episodes  []previewEpisode `json:"episodes"`
	PerWeek   []previewWeek    `json:"per_week"`
	Precision *float64         `json:"precision"`
	Recall    *float64         `json:"recall"`
	Outcomes  int              `json:"outcomes"`
}

type previewEpisode struct {
	Subject string  `json:"subject"`
	Start   string  `json:"start"`
	End     *string `json:"end"`
}

type previewWeek struct {
	Week     string `json:"week"` // its Monday
	Episodes int    `json:"episodes"`
}

// Run implements command.
func (c *previewCmd) Run(e *env) error {
	r, err := parseRange(c.From, c.To, c.Every)
	if err != nil {
		return err
	}
	started := time.Now()
	p, err := e.app.Preview(e.ctx, app.Operator(), c.Rule, r, func(done, total int) {
		e.bar(owner.Progress{Label: "previewing", Done: int64(done), Total: int64(total), End: done == total})
	})
	if err != nil {
		return err
	}
	rep := previewReport{Rule: p.Rule, Episodes: make([]previewEpisode, len(p.Episodes)), PerWeek: make([]previewWeek, len(p.Weeks)),
		Precision: p.Quality.Precision, Recall: p.Quality.Recall, Outcomes: p.Quality.Outcomes}
	for i, ep := range p.Episodes {
		rep.Episodes[i] = previewEpisode{Subject: p.Subjects[ep.Subject].Key, Start: ep.Start.String()}
		if ep.End != nil {
			end := ep.End.String()
			rep.Episodes[i].End = &end
		}
	}
	for i, w := range p.Weeks {
		rep.PerWeek[i] = previewWeek{Week: w.Monday.String(), Episodes: w.Episodes}
	}
	return e.answer(rep, func() {
		e.print("%s would have opened %d episodes from %s to %s (%.1f s).", rep.Rule, len(rep.Episodes), c.From, c.To, time.Since(started).Seconds())
		e.print("precision %s, recall %s, %d subjects churned in the range", shareText(rep.Precision), shareText(rep.Recall), rep.Outcomes)
		for _, w := range rep.PerWeek {
			if w.Episodes > 0 {
				e.print("  week of %s  %d", w.Week, w.Episodes)
			}
		}
	})
}
