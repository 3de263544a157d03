package cockpit

import (
	minori "github.com/minori-hq/minori"
	"github.com/minori-hq/minori/account"
	"github.com/minori-hq/minori/action"
	"github.com/minori-hq/minori/web/site"
	"github.com/minori-hq/minori/web/ui"
)

// callHistory tells what happened with a call, newest first, by day.
func callHistory(r *site.Request, w site.Wording, c *action.Call, labels map[minori.ID]account.Label) []ui.TimelineGroup {
	var out []ui.TimelineGroup
	last := minori.Day(0)
	for i := len(c.Log) - 1; i >= 0; i-- {
		e := &c.Log[i]
		if day := site.DayIn(r, e.At); len(out) == 0 || day != last {
			out, last = append(out, ui.TimelineGroup{Label: relative(w, day)}), day
		}
		item := ui.TimelineItem{At: minori.FromMicros(e.At), Title: happened(w, c, e, labels), Meta: w.Author(e.Author)}
		item.Icon, item.Tone = eventMark(e)
		switch e.Kind {
		case action.EventComment, action.EventClosed:
			item.Body = e.Text
		case action.EventOpened:
			item.Body = w.T("call.as-of", "date", w.Date(site.DayIn(r, c.OpenedAsOf)))
		case action.EventRecovered:
			if d, err := minori.ParseDay(e.To); err == nil {
				item.Body = w.T("call.as-of", "date", w.Date(d))
			}
		}
		group := &out[len(out)-1]
		group.Items = append(group.Items, item)
	}
	return out
}

func eventMark(e *action.Event) (ui.IconName, ui.Tone) {
	switch e.Kind {
	case action.EventOpened, action.EventJoined:
		return ui.IconFlag, ui.Bad
	case action.EventRecovered:
		return ui.IconGood, ui.Good
	case action.EventOwner:
		return ui.IconPerson, ui.Neutral
	case action.EventSnoozed:
		return ui.IconClock, ui.Neutral
	case action.EventClosed:
		if e.To == string(action.Success) {
			return ui.IconWin, ui.Good
		}
		return ui.IconCheck, ui.Neutral
	case action.EventPriority:
		return ui.IconFlag, ui.Neutral
	case action.EventUndone:
		return ui.IconHistory, ui.Neutral
	case action.EventComment:
		return ui.IconMessage, ui.Neutral
	case action.EventTask:
		return ui.IconCheck, ui.Neutral
	}
	return ui.IconActivity, ui.Neutral
}

// happened says in words what an event was.
func happened(w site.Wording, c *action.Call, e *action.Event, labels map[minori.ID]account.Label) string {
	switch e.Kind {
	case action.EventOpened:
		return w.T("event.opened")
	case action.EventJoined:
		return w.T("event.joined")
	case action.EventRecovered:
		return w.T("event.recovered")
	case action.EventOwner:
		return w.T("event.owner", "who", personName(w, labels, personID(e.To)))
	case action.EventStatus:
		return w.T("event.status", "status", w.Status(action.Status(e.To)))
	case action.EventSnoozed:
		if d, err := minori.ParseDay(e.To); err == nil {
			return w.T("event.snoozed", "date", w.Date(d))
		}
		return w.T("status.snoozed")
	case action.EventClosed:
		return w.T("event.closed", "result", w.Outcome(action.Outcome(e.To)))
	case action.EventPriority:
		return w.T("event.priority", "priority", w.Priority(e.To))
	case action.EventUndone:
		return undone(w, action.Verb(e.From))
	case action.EventComment:
		return w.T("event.comment")
	case action.EventTask:
		title := e.From
		for i := range c.Tasks {
			if c.Tasks[i].Name == e.From {
				title = w.Titled(c.Tasks[i].Title, e.From)
			}
		}
		if e.To == "done" {
			return w.T("event.task-done", "task", title)
		}
		return w.T("event.task-open", "task", title)
	}
	return e.Kind
}

// undone says which change was taken back.
func undone(w site.Wording, verb action.Verb) string {
	switch verb {
	case action.DoAssign:
		return w.T("event.undone.assign")
	case action.DoSnooze:
		return w.T("event.undone.snooze")
	case action.DoPriority:
		return w.T("event.undone.priority")
	}
	return w.T("event.undone.close")
}
