package cockpit

import (
	"cmp"
	"net/http"
	"slices"
	"strconv"
	"strings"

	minori "github.com/minori-hq/minori"
	"github.com/minori-hq/minori/action"
	"github.com/minori-hq/minori/web/site"
	"github.com/minori-hq/minori/web/ui"
)

// Do changes a call by a form. What cannot be saved is shown again with
// the present state of the call and what was entered.
func (s Pages) Do(w http.ResponseWriter, r *site.Request) error {
	c, err := s.getCall(r)
	if err != nil {
		return err
	}
	if err := r.Actor.Require(r.Actor.MayAct(), "work calls to action"); err != nil {
		return site.Refused(r, err)
	}
	version, err := strconv.ParseInt(r.PostForm.Get("version"), 10, 64)
	if err != nil || version < 1 {
		return site.Invalid(r.View.T("form.no-version"))
	}
	message, err := s.workCall(r, c, version)
	if err == nil && !inDrawer(r) {
		return s.Redirect(w, r, cmp.Or(r.PostForm.Get("return"), callPath(c.ID)), message)
	}
	code := minori.CodeOf(err)
	if code != "" && code != minori.Conflict && code != minori.Invalid {
		return site.Refused(r, err)
	}
	m, merr := s.callModel(r)
	if merr != nil {
		return merr
	}
	switch code {
	case "":
		m.Notice = &ui.NoticeProps{Tone: ui.Good, Title: message}
		w.Header().Set("HX-Trigger", "calls") // the list beside the drawer is old now
	case minori.Conflict:
		m.Draft, m.Notice = r.PostForm, conflictNotice(r, m)
	default:
		m.Draft, m.Notice = r.PostForm, &ui.NoticeProps{Tone: ui.Bad, Title: r.View.T("call.not-saved"), Text: site.FormMessage(r.View, err)}
	}
	if !r.HTMX() {
		return s.Answer(w, r, site.StatusOf(code), m.frame(), callPage(m))
	}
	// What cannot be done from the list is shown in the drawer.
	m.Drawer = true
	w.Header().Set("HX-Retarget", "#drawer")
	w.Header().Set("HX-Reswap", "innerHTML")
	w.Header().Set("HX-Reselect", ".drawer")
	return s.Part(w, r, callDrawer(m))
}

// conflictNotice says who changed a call meanwhile, and what.
func conflictNotice(r *site.Request, m callModel) *ui.NoticeProps {
	p := &ui.NoticeProps{Tone: ui.Warn, Title: r.View.T("call.conflict"), Text: r.View.T("call.conflict.todo")}
	if len(m.History) > 0 {
		item := m.History[0].Items[0]
		p.Text = r.View.T("call.conflict.who", "who", item.Meta, "when", r.View.DateTime(item.At), "what", item.Title) + " " + p.Text
	}
	return p
}

// workCall does what a form asks and gives what to say about it.
func (s Pages) workCall(r *site.Request, c action.Call, version int64) (string, error) {
	switch r.PathValue("do") {
	case "assign":
		return s.assignCall(r, c.ID, version)
	case "start":
		_, err := s.Actions.SetStatus(r.Context(), r.Actor, c.ID, version, action.StatusInProgress)
		return r.View.T("call.started"), err
	case "snooze":
		return s.snoozeCall(r, c.ID, version)
	case "close":
		return s.closeCall(r, c.ID, version)
	case "comment":
		return s.commentCall(r, c.ID)
	case "task":
		return s.tickTask(r, c, version)
	}
	return "", minori.Errorf(minori.NotFound, "%s", r.View.T("error.not-found.todo"))
}

func (s Pages) assignCall(r *site.Request, id, version int64) (string, error) {
	key := r.PostForm.Get("owner")
	if key == "" {
		_, err := s.Actions.Assign(r.Context(), r.Actor, id, version, 0)
		return r.View.T("call.given-back"), err
	}
	person, err := s.Accounts.ByKey(r.Context(), r.Actor, minori.Person, key)
	if minori.CodeOf(err) == minori.NotFound {
		return "", site.Invalid(r.View.T("cockpit.no-person", "id", site.Clip(key, 40)))
	}
	if err != nil {
		return "", err
	}
	if _, err = s.Actions.Assign(r.Context(), r.Actor, id, version, person.ID); err != nil {
		return "", err
	}
	labels, err := s.Accounts.Labels(r.Context(), r.Actor, []minori.ID{person.ID})
	return r.View.T("call.assigned", "who", personName(r.Words(), labels, person.ID)), err
}

func (s Pages) snoozeCall(r *site.Request, id, version int64) (string, error) {
	until, err := r.Day(r.PostForm.Get("until"), r.View.T("call.snooze-until"), 0)
	if err != nil {
		return "", err
	}
	if today := s.Actions.Today(); until <= today || until > today+366 {
		return "", site.Invalid(r.View.T("call.snooze-range", "date", r.View.Date(today)))
	}
	_, err = s.Actions.Snooze(r.Context(), r.Actor, id, version, until)
	return r.View.T("event.snoozed", "date", r.View.Date(until)), err
}

func (s Pages) closeCall(r *site.Request, id, version int64) (string, error) {
	w, result := r.Words(), r.PostForm.Get("result")
	if !slices.ContainsFunc(site.Outcomes(w), func(o ui.Option) bool { return o.Value == result && result != "" }) {
		return "", site.Invalid(w.T("call.no-result"))
	}
	comment := r.PostForm.Get("closing")
	if len(comment) > action.MaxComment {
		return "", site.Invalid(w.T("call.long-comment", "size", action.MaxComment))
	}
	_, err := s.Actions.Close(r.Context(), r.Actor, id, version, action.Outcome(result), comment)
	return w.T("event.closed", "result", w.Outcome(action.Outcome(result))), err
}

func (s Pages) commentCall(r *site.Request, id int64) (string, error) {
	comment := r.PostForm.Get("comment")
	if strings.TrimSpace(comment) == "" {
		return "", site.Invalid(r.View.T("call.no-comment"))
	}
	if len(comment) > action.MaxComment {
		return "", site.Invalid(r.View.T("call.long-comment", "size", action.MaxComment))
	}
	_, err := s.Actions.Comment(r.Context(), r.Actor, id, comment)
	return r.View.T("call.commented"), err
}

// tickTask marks a task as done or open again. What stands in the way is said
// by the tasks' titles.
func (s Pages) tickTask(r *site.Request, c action.Call, version int64) (string, error) {
	w, name, done := r.Words(), r.PostForm.Get("task"), r.PostForm.Get("done") == "true"
	title := name
	for i := range c.Tasks {
		if c.Tasks[i].Name == name {
			title = w.Titled(c.Tasks[i].Title, name)
			for _, o := range c.Tasks {
				if c.Version == version && done && !o.Done && slices.Contains(c.Tasks[i].After, o.Name) {
					return "", site.Invalid(w.T("task.waits", "task", title, "other", w.Titled(o.Title, o.Name)))
				}
				if c.Version == version && !done && o.Done && slices.Contains(o.After, name) {
					return "", site.Invalid(w.T("task.needed", "task", title, "other", w.Titled(o.Title, o.Name)))
				}
			}
		}
	}
	_, err := s.Actions.SetTask(r.Context(), r.Actor, c.ID, version, name, done)
	if done {
		return w.T("event.task-done", "task", title), err
	}
	return w.T("event.task-open", "task", title), err
}
