package main

import (
	"time"

	minori "github.com/minori-hq/minori"
	"github.com/minori-hq/minori/action"
	"github.com/minori-hq/minori/app"
)

// actionCmd works calls to action.
type actionCmd struct {
	List   reportActionsCmd `cmd:"" help:"List calls to action."`
	Show   actionShowCmd    `cmd:"" help:"Show one call to action with its tasks and history."`
	Assign actionAssignCmd  `cmd:"" help:"Give a call to action to a person."`
	Close  actionCloseCmd   `cmd:"" help:"Close a call to action."`
}

type actionShowCmd struct {
	dataFlags
	ID int64 `arg:"" help:"Number of the call to action."`
}

// Run implements command.
func (c *actionShowCmd) Run(e *env) error {
	call, err := e.app.Actions.Get(e.ctx, app.Operator(), c.ID)
	if err != nil {
		return err
	}
	return e.answer(callRowOf(e, &call), func() {
		e.print("%d  %s  %s/%s  %s  due %s", call.ID, call.RuleName, call.Type, call.Reason, call.Status, call.Due)
		for _, ev := range call.Evidence {
			e.print("  because %s = %s", ev.Name, ev.Value())
		}
		for _, t := range call.Tasks {
			done := " "
			if t.Done {
				done = "x"
			}
			e.print("  [%s] %s, due %s", done, t.Title.In(e.app.Workspace().Lang), t.Due)
		}
	})
}

// callRow is one call to action in JSON.
type callRow struct {
	ID       int64             `json:"id"`
	Subject  string            `json:"subject"`
	Rule     string            `json:"rule"`
	Type     string            `json:"type"`
	Reason   string            `json:"reason"`
	Priority string            `json:"priority"`
	Status   string            `json:"status"`
	Result   string            `json:"result,omitempty"`
	Due      string            `json:"due"`
	Episode  int               `json:"episode"`
	Evidence []action.Evidence `json:"evidence"`
	Tasks    []taskRow         `json:"tasks"`
}

// taskRow is one task of a callRow.
type taskRow struct {
	Name  string   `json:"name"`
	Title string   `json:"title"`
	Due   string   `json:"due"`
	After []string `json:"after"`
	Role  string   `json:"role"`
	Done  bool     `json:"done"`
}

func callRowOf(e *env, c *action.Call) callRow {
	out := callRow{ID: c.ID, Subject: c.Subject.Key, Rule: c.RuleName, Type: c.Type, Reason: c.Reason, Priority: c.Priority,
		Status: string(c.Status), Result: string(c.Outcome), Due: c.Due.String(), Episode: c.Episode,
		Evidence: append([]action.Evidence{}, c.Evidence...), Tasks: make([]taskRow, len(c.Tasks))}
	for i, t := range c.Tasks {
		out.Tasks[i] = taskRow{Name: t.Name, Title: t.Title.In(e.app.Workspace().Lang), Due: t.Due.String(), After: orEmpty(t.After), Role: t.Role, Done: t.Done}
	}
	return out
}

type actionAssignCmd struct {
	dataFlags
	ID     int64  `arg:"" help:"Number of the call to action."`
	Person string `arg:"" help:"Id of the person."`
}

// Run implements command.
func (c *actionAssignCmd) Run(e *env) error {
	person, err := e.app.Accounts.ByKey(e.ctx, app.Operator(), minori.Person, c.Person)
	if err != nil {
		return err
	}
	call, err := e.app.Actions.Get(e.ctx, app.Operator(), c.ID)
	if err != nil {
		return err
	}
	if call, err = e.app.Actions.Assign(e.ctx, app.Operator(), c.ID, call.Version, person.ID); err != nil {
		return err
	}
	return e.answer(map[string]any{"id": call.ID, "owner": c.Person}, func() { e.print("%d is now with %s.", call.ID, c.Person) })
}

type actionCloseCmd struct {
	dataFlags
	ID      int64  `arg:"" help:"Number of the call to action."`
	Result  string `help:"success, no_success or invalid." enum:"success,no_success,invalid" required:""`
	Comment string `help:"What came of it."`
}

// Run implements command.
func (c *actionCloseCmd) Run(e *env) error {
	call, err := e.app.Actions.Get(e.ctx, app.Operator(), c.ID)
	if err != nil {
		return err
	}
	if call, err = e.app.Actions.Close(e.ctx, app.Operator(), c.ID, call.Version, action.Outcome(c.Result), c.Comment); err != nil {
		return err
	}
	return e.answer(map[string]any{"id": call.ID, "status": call.Status, "result": call.Outcome}, func() { e.print("%d is closed: %s.", call.ID, call.Outcome) })
}

// overrideCmd sets and clears manual scores.
type overrideCmd struct {
	Set   overrideSetCmd   `cmd:"" help:"Set a score by hand, with a reason and an end."`
	Clear overrideClearCmd `cmd:"" help:"Take a manual score back."`
}

type overrideSetCmd struct {
	dataFlags
	Scorecard string  `arg:"" help:"Name of the scorecard."`
	Subject   string  `arg:"" help:"Id of the account or person."`
	Value     float64 `arg:"" help:"Score, 0 to 100."`
	Reason    string  `help:"Why." required:""`
	From      string  `help:"Day from which it holds; default now."`
	Until     string  `help:"Last day on which it holds." required:""`
}

// Run implements command.
func (c *overrideSetCmd) Run(e *env) error {
	subject, err := e.app.SubjectOf(e.ctx, app.Operator(), c.Scorecard, c.Subject)
	if err != nil {
		return err
	}
	until, err := minori.ParseDay(c.Until)
	if err != nil {
		return err
	}
	from := e.app.Now()
	if c.From != "" {
		d, err := minori.ParseDay(c.From)
		if err != nil {
			return err
		}
		from = d.Start(e.app.Location())
	}
	o := action.Override{Subject: subject.ID, Scorecard: c.Scorecard, Value: c.Value, Reason: c.Reason, From: from.UnixMicro(),
		Until: (until + 1).Start(e.app.Location()).UnixMicro()}
	if err := e.app.Actions.SetOverride(e.ctx, app.Operator(), o); err != nil {
		return err
	}
	return e.answer(map[string]any{"scorecard": c.Scorecard, "subject": c.Subject, "override": c.Value, "from": from.Format(time.DateOnly), "until": c.Until}, func() {
		e.print("%s of %s is set to %g until %s; it counts from the next evaluation.", c.Scorecard, c.Subject, c.Value, c.Until)
	})
}

type overrideClearCmd struct {
	dataFlags
	Scorecard string `arg:"" help:"Name of the scorecard."`
	Subject   string `arg:"" help:"Id of the account or person."`
}

// Run implements command.
func (c *overrideClearCmd) Run(e *env) error {
	subject, err := e.app.SubjectOf(e.ctx, app.Operator(), c.Scorecard, c.Subject)
	if err != nil {
		return err
	}
	if err := e.app.Actions.ClearOverride(e.ctx, app.Operator(), subject.ID, c.Scorecard); err != nil {
		return err
	}
	return e.answer(map[string]any{"scorecard": c.Scorecard, "subject": c.Subject, "override": nil}, func() {
		e.print("%s of %s is computed again from the next evaluation.", c.Scorecard, c.Subject)
	})
}
