package main

import (
	"fmt"
	"strconv"

	minori "github.com/minori-hq/minori"
	"github.com/minori-hq/minori/app"
	"github.com/minori-hq/minori/metric"
	"github.com/minori-hq/minori/scorecard"
)

// reportCmd reports figures.
type reportCmd struct {
	Scores    reportScoresCmd    `cmd:"" help:"Scores of a scorecard as of a day, taken apart."`
	Measures  reportMeasuresCmd  `cmd:"" help:"Measure values as of a day."`
	Retention reportRetentionCmd `cmd:"" help:"GRR, NRR and logo retention between two days."`
	Actions   reportActionsCmd   `cmd:"" help:"Calls to action."`
	Events    reportEventsCmd    `cmd:"" help:"How many events there are."`
	Accounts  reportAccountsCmd  `cmd:"" help:"Accounts, all or of a segment."`
}

type reportScoresCmd struct {
	dataFlags
	Scorecard string `arg:"" help:"Name of the scorecard."`
	AsOf      string `help:"Day; default now." name:"as-of"`
	Kind      string `help:"account or person." enum:"account,person" default:"account"`
}

// Run implements command.
func (c *reportScoresCmd) Run(e *env) error {
	asOf, err := e.asOf(c.AsOf)
	if err != nil {
		return err
	}
	list, err := e.app.Evaluate.Scores(e.ctx, app.Operator(), minori.SubjectKind(c.Kind), c.Scorecard, asOf, nil)
	if err != nil {
		return err
	}
	out := make([]scorecard.Report, len(list))
	for i := range list {
		out[i] = list[i].Explanation.Report(list[i].Subject.Key, e.app.Workspace().Lang)
	}
	return e.answer(out, func() {
		for _, r := range out {
			band := "unknown"
			if r.Band != nil {
				band = string(*r.Band)
			}
			e.print("%-20s %8s  %-8s coverage %3.0f %%", r.Subject, number(r.Score), band, 100*r.Coverage)
		}
	})
}

type reportMeasuresCmd struct {
	dataFlags
	Names []string `arg:"" optional:"" help:"Names of measures; default all."`
	AsOf  string   `help:"Day; default now." name:"as-of"`
	Kind  string   `help:"account or person." enum:"account,person" default:"account"`
}

type measureReport struct {
	Subject string                    `json:"subject"`
	Values  map[string]scorecard.JSON `json:"values"`
	Unknown map[string]string         `json:"unknown"`
}

// Run implements command.
func (c *reportMeasuresCmd) Run(e *env) error {
	asOf, err := e.asOf(c.AsOf)
	if err != nil {
		return err
	}
	names, rows, err := e.app.Evaluate.Measures(e.ctx, app.Operator(), minori.SubjectKind(c.Kind), c.Names, asOf)
	if err != nil {
		return err
	}
	out := make([]measureReport, len(rows))
	for i, r := range rows {
		out[i] = measureReport{Subject: r.Subject.Key, Values: map[string]scorecard.JSON{}, Unknown: map[string]string{}}
		for k, n := range names {
			out[i].Values[n] = scorecard.JSON(r.Values[k])
			if r.Values[k].Reason != metric.Known {
				out[i].Unknown[n] = r.Values[k].Reason.String()
			}
		}
	}
	return e.answer(out, func() {
		for i, r := range rows {
			e.print("%s", out[i].Subject)
			for k, n := range names {
				e.print("  %-40s %s", n, valueText(scorecard.JSON(r.Values[k])))
			}
		}
	})
}

type reportRetentionCmd struct {
	dataFlags
	From string `help:"Day of the cohort." required:""`
	To   string `help:"Day it is looked at again." required:""`
	By   string `help:"Field or segment to cut by."`
}

// Run implements command.
func (c *reportRetentionCmd) Run(e *env) error {
	from, to, err := parseDays(c.From, c.To)
	if err != nil {
		return err
	}
	r, err := e.app.Retention(e.ctx, app.Operator(), from, to, c.By)
	if err != nil {
		return err
	}
	return e.answer(r, func() {
		rep := r.Figures
		e.print("%s to %s, %d accounts: GRR %s, NRR %s, logo %s", c.From, c.To, rep.Cohort,
			shareText(rep.GRR), shareText(rep.NRR), shareText(rep.LogoRetention))
		e.print("%s start %.2f + expansion %.2f − contraction %.2f − churn %.2f + new %.2f + reactivation %.2f = end %.2f",
			r.Currency, rep.StartARR, rep.Expansion, rep.Contraction, rep.Churn, rep.New, rep.Reactivation, rep.EndARR)
		for _, g := range r.Groups {
			value := "unknown"
			if g.Value != nil {
				value = *g.Value
			}
			e.print("  %-20s %6d accounts  GRR %s  NRR %s  logo %s", value, g.Cohort, shareText(g.GRR), shareText(g.NRR), shareText(g.LogoRetention))
		}
	})
}

type reportActionsCmd struct {
	dataFlags
	Status string `help:"open, new, in_progress, snoozed, closed or all." enum:"open,new,in_progress,snoozed,closed,all" default:"open"`
}

// Run implements command.
func (c *reportActionsCmd) Run(e *env) error {
	list, err := e.app.ActionReport(e.ctx, app.Operator(), c.Status)
	if err != nil {
		return err
	}
	return e.answer(list, func() {
		for _, a := range list {
			e.print("%-6d %-16s %-20s %-12s %-10s %-8s due %s  %s", a.ID, a.Subject, a.Rule, a.Type, a.Reason, a.Priority, a.Due, a.Status)
		}
		e.print("%d calls to action", len(list))
	})
}

type reportEventsCmd struct {
	dataFlags
	From string `help:"First day." required:""`
	To   string `help:"Last day." required:""`
	By   string `help:"Cut by name or account." enum:"name,account," default:""`
}

// Run implements command.
func (c *reportEventsCmd) Run(e *env) error {
	from, to, err := parseDays(c.From, c.To)
	if err != nil {
		return err
	}
	rep, err := e.app.EventReport(e.ctx, app.Operator(), from, to, c.By)
	if err != nil {
		return err
	}
	return e.answer(rep, func() {
		e.print("%d events", rep.Events)
		for _, b := range rep.By {
			e.print("  %-40s %d", b.Key, b.Events)
		}
	})
}

type reportAccountsCmd struct {
	dataFlags
	Segment string `help:"Only members of this segment."`
	AsOf    string `help:"Day; default now." name:"as-of"`
}

// Run implements command.
func (c *reportAccountsCmd) Run(e *env) error {
	asOf, err := e.asOf(c.AsOf)
	if err != nil {
		return err
	}
	list, err := e.app.AccountReport(e.ctx, app.Operator(), c.Segment, asOf)
	if err != nil {
		return err
	}
	return e.answer(list, func() {
		for _, a := range list {
			e.print("%-20s %-40s ARR %.2f %s", a.Subject, a.Name, a.ARR, a.Currency)
		}
		e.print("%d accounts", len(list))
	})
}

// number writes an optional number.
func number(v *float64) string {
	if v == nil {
		return "unknown"
	}
	return strconv.FormatFloat(*v, 'f', 2, 64)
}

// shareText writes an optional share in percent.
func shareText(v *float64) string {
	if v == nil {
		return "unknown"
	}
	return fmt.Sprintf("%.2f %%", 100**v)
}

// valueText writes a value, or why it is unknown.
func valueText(v scorecard.JSON) string {
	switch {
	case v.Reason != metric.Known:
		return "unknown (" + v.Reason.String() + ")"
	case v.Type == metric.Bool:
		return strconv.FormatBool(v.Num != 0)
	case v.Type == metric.Text:
		return v.Text
	}
	return strconv.FormatFloat(v.Num, 'f', -1, 64)
}
