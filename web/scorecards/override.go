package scorecards

import (
	"net/http"
	"strconv"
	"strings"

	minori "github.com/minori-hq/minori"
	"github.com/minori-hq/minori/action"
	"github.com/minori-hq/minori/web/site"
	"github.com/minori-hq/minori/web/ui"
)

// longestOverride is how far away the end of an override may lie, in days.
const longestOverride = 366

// SetOverride sets a score by hand for a time.
func (s Pages) SetOverride(w http.ResponseWriter, r *site.Request) error {
	card, subject, err := s.scoredSubject(r)
	if err != nil {
		return err
	}
	if err := r.Actor.Require(r.Actor.MayAct(), "override scores"); err != nil {
		return site.Refused(r, err)
	}
	o, err := readOverride(r)
	if err == nil {
		o.Subject, o.Scorecard = subject.ID, card.Def.Name
		err = s.Overrides.SetOverride(r.Context(), r.Actor, o)
	}
	if err == nil {
		return s.Redirect(w, r, scorePath(card.Def.Name, subject.Key)+"#override", r.View.T("override.set"))
	}
	if minori.CodeOf(err) != minori.Invalid {
		return site.Refused(r, err)
	}
	m, merr := s.scoreModel(r)
	if merr != nil {
		return merr
	}
	m.Draft = r.PostForm
	m.Notice = &ui.NoticeProps{Tone: ui.Bad, Title: r.View.T("override.not-saved"), Text: site.FormMessage(r.View, err)}
	return s.Answer(w, r, http.StatusBadRequest, s.scoreFrame(r, m), scorePage(m))
}

// readOverride reads the form of an override.
func readOverride(r *site.Request) (action.Override, error) {
	var o action.Override
	v := r.View
	value, err := strconv.ParseFloat(strings.TrimSpace(r.PostForm.Get("value")), 64)
	if err != nil || !(value >= 0 && value <= 100) {
		return o, site.Invalid(v.T("override.bad-value", "value", site.Clip(r.PostForm.Get("value"), 40)))
	}
	reason := strings.TrimSpace(r.PostForm.Get("reason"))
	switch {
	case reason == "":
		return o, site.Invalid(v.T("override.no-reason"))
	case len(reason) > action.MaxComment:
		return o, site.Invalid(v.T("call.long-comment", "size", action.MaxComment))
	}
	until, err := r.Day(r.PostForm.Get("until"), v.T("override.last-day"), 0)
	if err != nil {
		return o, err
	}
	if until < v.Today || until > v.Today+longestOverride {
		return o, site.Invalid(v.T("override.bad-end", "date", v.Date(v.Today)))
	}
	return action.Override{Value: value, Reason: reason, Until: (until + 1).Start(r.Config.Zone).UnixMicro()}, nil
}

// ClearOverride ends an override now.
func (s Pages) ClearOverride(w http.ResponseWriter, r *site.Request) error {
	card, subject, err := s.scoredSubject(r)
	if err != nil {
		return err
	}
	err = s.Overrides.ClearOverride(r.Context(), r.Actor, subject.ID, card.Def.Name)
	if minori.CodeOf(err) == minori.NotFound {
		return minori.Errorf(minori.NotFound, "%s", r.View.T("override.none"))
	}
	if err != nil {
		return site.Refused(r, err)
	}
	return s.Redirect(w, r, scorePath(card.Def.Name, subject.Key)+"#override", r.View.T("override.ended"))
}

// draft gives what was entered in a field and not saved.
func (m scoreModel) draft(field string) string { return m.Draft.Get(field) }
