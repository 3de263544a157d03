package site

import (
	"strings"

	"github.com/a-h/templ"

	"github.com/minori-hq/minori/action"
	"github.com/minori-hq/minori/web/ui"
)

// CallTypes gives the types of calls to action.
func CallTypes(w Wording) []ui.Option {
	return []ui.Option{
		{Label: w.T("call.any")}, {Value: "risk", Label: w.CallType("risk")}, {Value: "opportunity", Label: w.CallType("opportunity")},
		{Value: "lifecycle", Label: w.CallType("lifecycle")}, {Value: "activity", Label: w.CallType("activity")}, {Value: "objective", Label: w.CallType("objective")},
	}
}

// CallType writes the type of a call.
func (w Wording) CallType(t string) string {
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

// CallStatuses gives the statuses a list may be narrowed to.
func CallStatuses(w Wording) []ui.Option {
	return []ui.Option{
		{Label: w.T("status.open")}, {Value: string(action.StatusNew), Label: w.Status(action.StatusNew)},
		{Value: string(action.StatusInProgress), Label: w.Status(action.StatusInProgress)},
		{Value: string(action.StatusSnoozed), Label: w.Status(action.StatusSnoozed)},
		{Value: string(action.StatusClosed), Label: w.Status(action.StatusClosed)}, {Value: "any", Label: w.T("call.any")},
	}
}

// Status writes where a call stands.
func (w Wording) Status(s action.Status) string {
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

// Outcomes gives the results a call may be closed with.
func Outcomes(w Wording) []ui.Option {
	return []ui.Option{
		{Label: w.T("outcome.choose")}, {Value: string(action.Success), Label: w.Outcome(action.Success)},
		{Value: string(action.NoSuccess), Label: w.Outcome(action.NoSuccess)}, {Value: string(action.Invalid), Label: w.Outcome(action.Invalid)},
	}
}

// Outcome writes the result a call was closed with.
func (w Wording) Outcome(o action.Outcome) string {
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

// CallTitle is the title of the rule that opened a call, or its reason.
func (w Wording) CallTitle(c *action.Call) string {
	if c.RuleName != "" {
		return w.Rule(c.RuleName)
	}
	return w.CallReason(c.Reason)
}

// CallKind says type and reason of a call.
func (w Wording) CallKind(c *action.Call) string {
	if c.Reason == "" {
		return w.CallType(c.Type)
	}
	return w.CallType(c.Type) + " · " + w.CallReason(c.Reason)
}

// CallReason writes the reason of a call: the common ones in the reader's
// words, others as they are given.
func (w Wording) CallReason(reason string) string {
	switch reason {
	case "adoption":
		return w.T("cause.adoption")
	case "bugs":
		return w.T("cause.bugs")
	case "business-review":
		return w.T("cause.business-review")
	case "commercial":
		return w.T("cause.commercial")
	case "cross-sell":
		return w.T("cause.cross-sell")
	case "expansion":
		return w.T("cause.expansion")
	case "health":
		return w.T("cause.health")
	case "onboarding":
		return w.T("cause.onboarding")
	case "renewal":
		return w.T("cause.renewal")
	case "sentiment":
		return w.T("cause.sentiment")
	case "support":
		return w.T("cause.support")
	case "touchpoint":
		return w.T("cause.touchpoint")
	case "training":
		return w.T("cause.training")
	}
	return reason
}

// JobRole writes the role of an employee, or of whoever does a task: the common
// ones in the reader's words, others as they are given.
func (w Wording) JobRole(role string) string {
	switch role {
	case "csm":
		return w.T("task.csm")
	case "services":
		return w.T("task.services")
	case "manager":
		return w.T("task.manager")
	case "leader":
		return w.T("task.leader")
	}
	return role
}

// StatusBadge shows where a call stands.
func StatusBadge(w Wording, c *action.Call) templ.Component {
	switch c.Status {
	case action.StatusInProgress:
		return ui.Status(w.Status(c.Status), ui.Info)
	case action.StatusSnoozed:
		if c.Snoozed != nil {
			return ui.Status(w.T("status.snoozed-until", "date", w.DayMonth(*c.Snoozed)), ui.Neutral)
		}
	case action.StatusClosed:
		tone := ui.Neutral
		if c.Outcome == action.Success {
			tone = ui.Good
		}
		return ui.Status(w.Outcome(c.Outcome), tone)
	}
	if c.Recovered != 0 {
		return ui.Status(w.T("status.recovered"), ui.Good)
	}
	return ui.Status(w.Status(c.Status), ui.Neutral)
}

// PriorityBadge shows how urgent a call is.
func PriorityBadge(v ui.View, priority string) templ.Component {
	if priority == "urgent" {
		return ui.Status(v.T("priority.urgent"), ui.Bad)
	}
	return ui.Priority(v, ui.PriorityLevel(priority))
}

// Priority writes how urgent a ticket is.
func (w Wording) Priority(p string) string {
	switch strings.ToLower(p) {
	case "urgent":
		return w.T("priority.urgent")
	case "high":
		return w.T("priority.high")
	case "medium", "normal":
		return w.T("priority.medium")
	case "low":
		return w.T("priority.low")
	}
	return p
}
