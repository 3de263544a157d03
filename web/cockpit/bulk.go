package cockpit

import (
	"net/http"
	"strconv"
	"strings"
	"time"

	minori "github.com/minori-hq/minori"
	"github.com/minori-hq/minori/account"
	"github.com/minori-hq/minori/action"
	"github.com/minori-hq/minori/web/site"
	"github.com/minori-hq/minori/web/ui"
)

// bulkModel is what can be done with the selected calls.
type bulkModel struct {
	Self     string
	Owners   []ui.Option
	Me       string // the reader's own key among the owners
	Snoozes  []ui.Option
	Min, Max string
	Levels   []ui.Option
	Outcomes []ui.Option
}

func newBulk(r *site.Request, persons []account.Person, self string) *bulkModel {
	w, today := r.Words(), r.View.Today
	m := &bulkModel{Self: self, Owners: personOptions(r, persons, w.T("call.nobody")), Min: (today + 1).String(), Max: (today + 366).String(),
		Levels: priorities(w)[1:], Outcomes: site.Outcomes(w)[1:]}
	for _, p := range persons {
		if p.ID == r.Actor.Person && p.ID != 0 {
			m.Me = p.Key
		}
	}
	monday := today + 1
	for monday.Weekday() != time.Monday {
		monday++
	}
	for _, o := range []struct {
		label string
		day   minori.Day
	}{{w.T("snooze.tomorrow"), today + 1}, {w.T("snooze.monday"), monday}, {w.T("snooze.two-weeks"), today + 14}, {w.T("snooze.month"), today.AddMonths(1)}} {
		if !has(m.Snoozes, o.day.String()) {
			m.Snoozes = append(m.Snoozes, ui.Option{Value: o.day.String(), Label: w.T("snooze.on", "when", o.label, "date", w.DayMonth(o.day))})
		}
	}
	return m
}

// DoBulk changes the selected calls.
func (s Pages) DoBulk(w http.ResponseWriter, r *site.Request) error {
	if err := r.Actor.Require(r.Actor.MayAct(), "work calls to action"); err != nil {
		return site.Refused(r, err)
	}
	calls, err := seen(r)
	if err != nil {
		return err
	}
	ch, err := s.change(r)
	if err != nil {
		return err
	}
	done, err := s.Bulk.Bulk(r.Context(), r.Actor, calls, ch)
	if err != nil {
		return err
	}
	return s.Redirect(w, r, withDone(r.PostForm.Get("return"), done.Token), "")
}

// seen reads the selected calls, each written as its number, a colon and the
// version that was seen.
func seen(r *site.Request) ([]action.Seen, error) {
	picked := r.PostForm["call"]
	switch {
	case len(picked) == 0:
		return nil, site.Invalid(r.View.T("bulk.none"))
	case len(picked) > action.MaxBulk:
		return nil, site.Invalid(r.View.T("bulk.many", "count", action.MaxBulk))
	}
	out := make([]action.Seen, len(picked))
	for i, text := range picked {
		call, version, _ := strings.Cut(text, ":")
		id, err1 := strconv.ParseInt(call, 10, 64)
		v, err2 := strconv.ParseInt(version, 10, 64)
		if err1 != nil || err2 != nil || id < 1 || v < 1 {
			return nil, site.Invalid(r.View.T("form.no-version"))
		}
		out[i] = action.Seen{Call: id, Version: v}
	}
	return out, nil
}

// change reads what is to be done, by the button that was pressed: its verb,
// and after a colon the value when the button has one.
func (s Pages) change(r *site.Request) (action.Change, error) {
	verb, value, _ := strings.Cut(r.PostForm.Get("do"), ":")
	ch := action.Change{Verb: action.Verb(verb)}
	w := r.Words()
	switch ch.Verb {
	case action.DoAssign:
		return ch, s.readOwner(r, &ch)
	case action.DoSnooze:
		if value == "" {
			value = r.PostForm.Get("bulk_until")
		}
		day, err := r.Day(value, w.T("call.snooze-until"), 0)
		if err != nil {
			return ch, err
		}
		if today := s.Actions.Today(); day <= today || day > today+366 {
			return ch, site.Invalid(w.T("call.snooze-range", "date", w.Date(today)))
		}
		ch.Until = day
	case action.DoPriority:
		ch.Priority = value
		if !has(priorities(w)[1:], value) {
			return ch, site.Invalid(w.T("form.bad-choice", "field", w.T("call.priority"), "value", site.Clip(value, 40)))
		}
	case action.DoClose:
		ch.Outcome, ch.Comment = action.Outcome(value), r.PostForm.Get("bulk_closing")
		if !has(site.Outcomes(w)[1:], value) {
			return ch, site.Invalid(w.T("call.no-result"))
		}
		if len(ch.Comment) > action.MaxComment {
			return ch, site.Invalid(w.T("call.long-comment", "size", action.MaxComment))
		}
	default:
		return ch, site.Invalid(w.T("bulk.nothing"))
	}
	return ch, nil
}

func has(options []ui.Option, value string) bool {
	for _, o := range options {
		if o.Value == value {
			return true
		}
	}
	return false
}

// readOwner finds to whom calls are given.
func (s Pages) readOwner(r *site.Request, ch *action.Change) error {
	key := r.PostForm.Get("bulk_owner")
	if key == "" {
		return nil
	}
	person, err := s.Accounts.ByKey(r.Context(), r.Actor, minori.Person, key)
	if minori.CodeOf(err) == minori.NotFound {
		return site.Invalid(r.View.T("cockpit.no-person", "id", site.Clip(key, 40)))
	}
	ch.Owner = person.ID
	return err
}

// DoUndo takes a change of several calls back.
func (s Pages) DoUndo(w http.ResponseWriter, r *site.Request) error {
	token := r.PostForm.Get("token")
	done, err := s.Bulk.Undo(r.Context(), r.Actor, token)
	switch minori.CodeOf(err) {
	case minori.NotFound:
		return minori.Errorf(minori.NotFound, "%s", r.View.T("undo.too-late"))
	case minori.Conflict:
		return minori.Errorf(minori.Conflict, "%s", r.View.T("undo.twice"))
	}
	if err != nil {
		return site.Refused(r, err)
	}
	return s.Redirect(w, r, withDone(r.PostForm.Get("return"), done.Token), "")
}

// workedModel says what became of a change of several calls.
type workedModel struct {
	Tone  ui.Tone
	Title string
	Left  []leftLine // calls that stayed as they were
	Token string     // to take it back; "" when it cannot be
	Self  string
}

// leftLine is a call that stayed as it was, and why.
type leftLine struct {
	Title, URL string
	Why        string
}

// workedModel reads the change that the address names; nil for none, and for
// one that is too old to be told of.
func (s Pages) workedModel(r *site.Request, self string) (*workedModel, error) {
	token := r.URL.Query().Get("done")
	if token == "" || len(token) > 100 {
		return nil, nil
	}
	done, err := s.Bulk.Worked(r.Context(), r.Actor, token)
	if minori.CodeOf(err) == minori.NotFound {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	w := r.Words()
	n := done.Count(action.Done)
	people := []minori.ID{done.Change.Owner}
	for i := range done.Rows {
		if last := done.Rows[i].Last; last != nil && last.Kind == action.EventOwner {
			people = append(people, personID(last.To))
		}
	}
	labels, err := s.Accounts.Labels(r.Context(), r.Actor, people)
	if err != nil {
		return nil, err
	}
	m := &workedModel{Tone: ui.Good, Self: self, Title: workedTitle(w, done, n, labels)}
	for i := range done.Rows {
		row := &done.Rows[i]
		if row.Standing != action.Done && row.Standing != action.Same {
			m.Tone = ui.Warn
			m.Left = append(m.Left, leftLine{Title: w.T("worked.call", "id", row.Call), URL: callPath(row.Call), Why: leftWhy(w, row, labels)})
		}
	}
	if n > 0 && !done.Undone && r.Actor.MayAct() {
		m.Token = token
	}
	return m, nil
}

// workedTitle says in one sentence what was done with how many calls.
func workedTitle(w site.Wording, done action.Worked, n int, labels map[minori.ID]account.Label) string {
	ch := done.Change
	switch {
	case done.Undone:
		return w.T("worked.undone", "count", n)
	case ch.Verb == action.DoAssign:
		return w.T("worked.assigned", "count", n, "who", personName(w, labels, ch.Owner))
	case ch.Verb == action.DoSnooze:
		return w.T("worked.snoozed", "count", n, "date", w.Date(ch.Until))
	case ch.Verb == action.DoPriority:
		return w.T("worked.priority", "count", n, "priority", w.Priority(ch.Priority))
	}
	return w.T("worked.closed", "count", n, "result", w.Outcome(ch.Outcome))
}

// leftWhy says why a call stayed as it was, with what another did to it.
func leftWhy(w site.Wording, row *action.WorkedRow, labels map[minori.ID]account.Label) string {
	switch {
	case row.Standing == action.Closed:
		return w.T("left.closed")
	case row.Standing == action.Taken:
		return w.T("left.taken")
	case row.Standing == action.Changed && row.Last != nil:
		return w.T("call.conflict.who", "who", w.Author(row.Last.Author), "when", w.DateTime(minori.FromMicros(row.Last.At)),
			"what", happened(w, &action.Call{}, row.Last, labels))
	case row.Standing == action.Changed:
		return w.T("left.changed")
	}
	return w.T("left.gone")
}
