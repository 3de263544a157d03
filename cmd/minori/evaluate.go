package main

import (
	minori "github.com/minori-hq/minori"
	"github.com/minori-hq/minori/app"
	"github.com/minori-hq/minori/app/owner"
	"github.com/minori-hq/minori/evaluate"
)

// evaluateCmd runs the cycle.
type evaluateCmd struct {
	dataFlags
	AsOf  string `help:"Day to evaluate, such as 2024-12-31; default now." name:"as-of" xor:"when"`
	From  string `help:"First day of a range." xor:"when"`
	To    string `help:"Last day of the range."`
	Every string `help:"Step of the range, such as 7d." default:"1d"`
}

// Run implements command.
func (c *evaluateCmd) Run(e *env) error {
	if c.From == "" && c.To == "" {
		asOf, err := e.asOf(c.AsOf)
		if err != nil {
			return err
		}
		rep, err := e.app.Evaluate.Evaluate(e.ctx, app.Operator(), asOf)
		if err != nil {
			return err
		}
		return e.answer(rep, func() { printEvaluation(e, rep) })
	}
	r, err := parseRange(c.From, c.To, c.Every)
	if err != nil {
		return err
	}
	reps, err := e.app.Evaluate.EvaluateRange(e.ctx, app.Operator(), r, func(done, total int) {
		e.bar(owner.Progress{Label: "evaluating", Done: int64(done), Total: int64(total), End: done == total})
	})
	if err != nil {
		return err
	}
	return e.answer(reps, func() {
		for _, rep := range reps {
			printEvaluation(e, rep)
		}
	})
}

func printEvaluation(e *env, r evaluate.Report) {
	e.print("%s  %d subjects, %d measure values, %d scores, %d transitions, %d calls to action opened, %.2f s",
		r.AsOf, r.Subjects, r.Measures, r.Scores, r.Transitions, r.Opened, r.Seconds.Total)
}

// parseRange reads the days of a range.
func parseRange(from, to, every string) (evaluate.Range, error) {
	if from == "" || to == "" {
		return evaluate.Range{}, minori.Errorf(minori.Invalid, "a range needs both --from and --to")
	}
	var r evaluate.Range
	var err error
	if r.From, r.To, err = parseDays(from, to); err != nil {
		return r, err
	}
	r.Every, err = minori.ParseWindow(every)
	return r, err
}

// parseDays reads the first and the last day of a range.
func parseDays(from, to string) (first, last minori.Day, err error) {
	if first, err = minori.ParseDay(from); err != nil {
		return 0, 0, err
	}
	last, err = minori.ParseDay(to)
	return first, last, err
}

// asOf reads an as-of: a day, meaning its end, or "", the present instant.
func (e *env) asOf(s string) (minori.AsOf, error) {
	if s == "" {
		return minori.At(e.app.Now(), e.app.Location()), nil
	}
	d, err := minori.ParseDay(s)
	if err != nil {
		return minori.AsOf{}, err
	}
	return minori.EndOf(d, e.app.Location()), nil
}
