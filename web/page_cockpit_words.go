package web

import (
	"github.com/a-h/templ"

	"github.com/minori-hq/minori/action"
	"github.com/minori-hq/minori/web/ui"
)

// callTypes gives the types of calls to action.
func callTypes(w wording) []ui.Option {
	return []ui.Option{
		{Label: w.T("call.any")}, {Value: "risk", Label: w.callType("risk")}, {Value: "opportunity", Label: w.callType("opportunity")},
		{Value: "lifecycle", Label: w.callType("lifecycle")}, {Value: "activity", Label: w.callType("activity")}, {Value: "objective", Label: w.callType("objective")},
	}
}

func (w wording) callType(t string) string {
	switch t {
	case "risk":
		return w.T("type.risk")
	case "opportunity":
		return w.T("type.opportunity")
	case "lifecycle":
		return w.T("type.lifecycle")
	case "activity":
		return w.T("type.activity")
	case "objective":
		return w.T("type.objective")
	}
	return t
}

// callStatuses gives the statuses a list may be narrowed to.
func callStatuses(w wording) []ui.Option {
	return []ui.Option{
		{Label: w.T("status.open")}, {Value: string(action.StatusNew), Label: w.status(action.StatusNew)},
		{Value: string(action.StatusInProgress), Label: w.status(action.StatusInProgress)},
		{Value: string(action.StatusSnoozed), Label: w.status(action.StatusSnoozed)},
		{Value: string(action.StatusClosed), Label: w.status(action.StatusClosed)}, {Value: "any", Label: w.T("call.any")},
	}
}

func (w wording) status(s action.Status) string {
	switch s {
	case action.StatusNew:
		return w.T("status.new")
	case action.StatusInProgress:
		return w.T("status.in-progress")
	case action.StatusSnoozed:
		return w.T("status.snoozed")
	case action.StatusClosed:
		return w.T("status.closed")
	}
	return string(s)
}

// outcomes gives the results a call may be closed with.
func outcomes(w wording) []ui.Option {
	return []ui.Option{
		{Label: w.T("outcome.choose")}, {Value: string(action.Success), Label: w.outcome(action.Success)},
		{Value: string(action.NoSuccess), Label: w.outcome(action.NoSuccess)}, {Value: string(action.Invalid), Label: w.outcome(action.Invalid)},
	}
}

func (w wording) outcome(o action.Outcome) string {
	switch o {
	case action.Success:
		return w.T("outcome.success")
	case action.NoSuccess:
		return w.T("outcome.no-success")
	case action.Invalid:
		return w.T("outcome.invalid")
	}
	return string(o)
}

// callTitle is the title of the rule that opened a call, or its reason.
func (w wording) callTitle(c *action.Call) string {
	if c.RuleName != "" {
		return w.rule(c.RuleName)
	}
	return c.Reason
}

// callKind says type and reason of a call.
func (w wording) callKind(c *action.Call) string {
	if c.Reason == "" {
		return w.callType(c.Type)
	}
	return w.callType(c.Type) + " · " + c.Reason
}

// statusBadge shows where a call stands.
func statusBadge(w wording, c *action.Call) templ.Component {
	switch c.Status {
	case action.StatusInProgress:
		return ui.Status(w.status(c.Status), ui.Info)
	case action.StatusSnoozed:
		if c.Snoozed != nil {
			return ui.Status(w.T("status.snoozed-until", "date", w.DayMonth(*c.Snoozed)), ui.Neutral)
		}
	case action.StatusClosed:
		tone := ui.Neutral
		if c.Outcome == action.Success {
			tone = ui.Good
		}
		return ui.Status(w.outcome(c.Outcome), tone)
	}
	if c.Recovered != 0 {
		return ui.Status(w.T("status.recovered"), ui.Good)
	}
	return ui.Status(w.status(c.Status), ui.Neutral)
}

// priorityBadge shows how urgent a call is.
func priorityBadge(v ui.View, priority string) templ.Component {
	if priority == "urgent" {
		return ui.Status(v.T("priority.urgent"), ui.Bad)
	}
	return ui.Priority(v, ui.PriorityLevel(priority))
}
