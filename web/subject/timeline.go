package subject

import (
	"net/http"
	"slices"
	"strings"

	minori "github.com/minori-hq/minori"
	"github.com/minori-hq/minori/account"
	"github.com/minori-hq/minori/account/profile"
	"github.com/minori-hq/minori/action"
	"github.com/minori-hq/minori/web/site"
	"github.com/minori-hq/minori/web/ui"
)

// perPage is how much of a timeline is shown at once.
const perPage = 40

// happenings is a page of a timeline with the names it needs.
type happenings struct {
	list    []profile.Happening
	next    string // cursor of the next page, "" at the end
	choice  string // the type that was chosen, "" for all
	labels  map[minori.ID]account.Label
	persons map[string]minori.ID // who stands behind @ in texts
	friends map[minori.ID]string // names of contacts
}

// talkTypes are the choices of what a timeline shows, with the kinds they mean.
func talkTypes(v ui.View, kind minori.SubjectKind) []ui.Option {
	out := []ui.Option{{Label: v.T("timeline.all")}, {Value: "talks", Label: v.T("timeline.talks")}, {Value: "calls", Label: v.T("timeline.calls")}}
	if kind == minori.Account {
		out = append(out, ui.Option{Value: "tickets", Label: v.T("timeline.tickets")}, ui.Option{Value: "answers", Label: v.T("timeline.answers")}, ui.Option{Value: "money", Label: v.T("timeline.money")})
	}
	return out
}

func kindsOf(choice string) []profile.Happened {
	switch choice {
	case "talks":
		return []profile.Happened{profile.HappenedTalk}
	case "calls":
		return []profile.Happened{profile.HappenedCall, profile.HappenedCallClosed}
	case "tickets":
		return []profile.Happened{profile.HappenedTicket, profile.HappenedTicketClosed}
	case "answers":
		return []profile.Happened{profile.HappenedAnswer}
	case "money":
		return []profile.Happened{profile.HappenedRevenue, profile.HappenedChurn}
	}
	return nil
}

// ReadTimeline reads a page of what happened up to the page's day.
func (s Pages) ReadTimeline(r *site.Request, p *Page) error {
	h := &happenings{friends: map[minori.ID]string{}}
	var err error
	if h.choice, err = r.OneOf("type", talkTypes(r.View, p.Subject.Kind)); err != nil {
		return err
	}
	after := r.URL.Query().Get("after")
	if h.list, h.next, err = s.Profiles.Timeline(r.Context(), r.Actor, p.Subject, kindsOf(h.choice), p.End(r), minori.Page{Limit: perPage, After: after}); err != nil {
		if minori.CodeOf(err) == minori.Invalid {
			return site.Invalid(r.View.T("timeline.bad-place"))
		}
		return err
	}
	p.happens = h
	return s.readNames(r, p, h)
}

// readNames reads the names of all who stand on the page, in few queries.
func (s Pages) readNames(r *site.Request, p *Page, h *happenings) error {
	ids := []minori.ID{}
	var refs []string
	contacts := false
	for i := range h.list {
		if p.Subject.Kind == minori.Person && h.list[i].Account != 0 {
			ids = append(ids, h.list[i].Account)
		}
		if e := h.list[i].Entry; e != nil {
			ids = append(ids, e.Persons...)
			named, _ := profile.Mentioned(e.Text)
			refs = append(refs, named...)
			contacts = contacts || len(e.Contacts) > 0
		}
	}
	var err error
	if len(refs) > 0 {
		if h.persons, err = s.Accounts.PersonsByRef(r.Context(), refs); err != nil {
			return err
		}
		for _, id := range h.persons {
			ids = append(ids, id)
		}
	}
	if len(ids) > 0 {
		if h.labels, err = s.Accounts.Labels(r.Context(), r.Actor, ids); err != nil {
			return err
		}
	}
	if !contacts || p.Subject.Kind != minori.Account {
		return nil
	}
	list, err := s.Accounts.Contacts(r.Context(), r.Actor, p.Subject.ID, minori.Page{Limit: minori.MaxPage})
	for _, c := range list {
		h.friends[c.ID] = contactName(&c)
	}
	return err
}

func contactName(c *account.Contact) string {
	if c.Name == "" {
		return c.Key
	}
	return c.Name
}

// AnswerTimeline answers a script that asks for the timeline or its next page.
func (s Pages) AnswerTimeline(w http.ResponseWriter, r *site.Request, p *Page) error {
	if r.URL.Query().Get("after") != "" {
		return s.Part(w, r, TimelineMore(r, p))
	}
	return s.Part(w, r, TimelinePanel(r, p))
}

// filters leads to the timeline with less on it.
func (p *Page) filters(r *site.Request) []ui.Tab {
	var out []ui.Tab
	for _, o := range talkTypes(r.View, p.Subject.Kind) {
		out = append(out, ui.Tab{Label: o.Label, URL: r.Link(p.Path, "tab", PanelTimeline, "type", o.Value), Current: o.Value == p.happens.choice})
	}
	return out
}

// moreURL gives the address of the next page.
func (p *Page) moreURL(r *site.Request) string {
	return r.Link(p.Path, "tab", PanelTimeline, "type", p.happens.choice, "after", p.happens.next)
}

// groups groups what happened by month.
func (p *Page) groups(r *site.Request) []ui.TimelineGroup {
	var out []ui.TimelineGroup
	v := r.View
	for i := range p.happens.list {
		h := &p.happens.list[i]
		at := minori.FromMicros(h.At)
		day := minori.DayOf(at.In(v.Location()))
		label := v.Month(day)
		if len(out) == 0 || out[len(out)-1].Label != label {
			out = append(out, ui.TimelineGroup{Label: label})
		}
		item := p.item(r, h)
		item.At, item.When = at, v.DayMonth(day)
		if !h.Day && h.Kind != profile.HappenedCall {
			item.When += " " + v.Clock(at)
		}
		if p.Subject.Kind == minori.Person && h.Kind == profile.HappenedTalk {
			if l, ok := p.happens.labels[h.Account]; ok {
				item.Title, item.URL = joined(v, item.Title, nameOf(l)), r.AccountURL(l.Key)
			}
		}
		out[len(out)-1].Items = append(out[len(out)-1].Items, item)
	}
	return out
}

// item says what happened.
func (p *Page) item(r *site.Request, h *profile.Happening) ui.TimelineItem {
	v, w := r.View, r.Words()
	switch h.Kind {
	case profile.HappenedTalk:
		return p.talk(r, h)
	case profile.HappenedAnswer:
		return answered(v, h)
	case profile.HappenedTicket:
		return ui.TimelineItem{Icon: ui.IconInbox, Title: v.T("timeline.ticket", "id", h.Title), Meta: w.Priority(h.Type)}
	case profile.HappenedTicketClosed:
		item := ui.TimelineItem{Icon: ui.IconCheck, Title: v.T("timeline.ticket-closed", "id", h.Title), Meta: w.Priority(h.Type)}
		if h.Score != nil {
			item.Meta = joined(v, item.Meta, v.T("timeline.csat", "score", w.Plain(*h.Score)))
		}
		return item
	case profile.HappenedCall, profile.HappenedCallClosed:
		call := action.Call{RuleName: h.Title, Type: h.Type, Reason: h.Text}
		item := ui.TimelineItem{Icon: ui.IconFlag, Tone: ui.Warn, Title: v.T("timeline.call", "reason", w.CallTitle(&call)), URL: r.CallURL(h.ID), Meta: w.CallKind(&call)}
		if h.Kind == profile.HappenedCallClosed {
			item.Icon, item.Tone, item.Title = ui.IconGood, ui.Neutral, v.T("timeline.call-closed", "reason", w.CallTitle(&call))
			if item.Meta = w.Outcome(action.Outcome(h.Detail)); action.Outcome(h.Detail) == action.Success {
				item.Tone = ui.Good
			}
		}
		return item
	case profile.HappenedRevenue:
		return moved(w, h)
	}
	return ui.TimelineItem{Icon: ui.IconBad, Tone: ui.Bad, Title: v.T("timeline.churn"), Body: h.Text, Meta: h.Type}
}

// moved says how ARR moved.
func moved(w site.Wording, h *profile.Happening) ui.TimelineItem {
	item := ui.TimelineItem{Icon: ui.IconRetention, Meta: w.SignedMoney(minori.Money{Minor: h.Minor, Currency: h.Currency})}
	switch h.Type {
	case "new":
		item.Title, item.Tone = w.T("timeline.revenue.new"), ui.Good
	case "expansion":
		item.Title, item.Tone = w.T("timeline.revenue.expansion"), ui.Good
	case "contraction":
		item.Title, item.Tone = w.T("timeline.revenue.contraction"), ui.Warn
	case "churn":
		item.Title, item.Tone = w.T("timeline.revenue.churn"), ui.Bad
	default:
		item.Title, item.Tone = w.T("timeline.revenue.reactivation"), ui.Good
	}
	return item
}

func answered(v ui.View, h *profile.Happening) ui.TimelineItem {
	survey := strings.ToUpper(h.Type)
	item := ui.TimelineItem{Icon: ui.IconMessage, Title: v.T("timeline.answer", "survey", survey), Body: h.Text, Meta: h.Detail}
	if h.Score == nil {
		return item
	}
	item.Title = v.T("timeline.answer-score", "survey", survey, "score", v.Number(*h.Score, 0))
	if h.Type == "nps" {
		switch {
		case *h.Score >= 9:
			item.Tone = ui.Good
		case *h.Score <= 6:
			item.Tone = ui.Bad
		}
	}
	return item
}

// talk is a conversation; what was written here has people, links and files.
func (p *Page) talk(r *site.Request, h *profile.Happening) ui.TimelineItem {
	v := r.View
	item := ui.TimelineItem{Icon: talkIcon(h.Type), Title: h.Title, Meta: TalkWord(v, h.Type)}
	if item.Title == "" {
		item.Title = item.Meta
	}
	if h.Entry == nil {
		item.Content = richBody(Rich(h.Text, nil))
		return item
	}
	names := []string{item.Meta}
	for _, id := range h.Entry.Contacts {
		if name := p.happens.friends[id]; name != "" {
			names = append(names, name)
		}
	}
	for _, id := range h.Entry.Persons {
		if l, ok := p.happens.labels[id]; ok {
			names = append(names, nameOf(l))
		}
	}
	item.Meta = joined(v, slices.Compact(names)...)
	item.Content = written(r, p, h)
	return item
}

// joined puts words that belong together in a line.
func joined(v ui.View, words ...string) string {
	words = slices.DeleteFunc(words, func(s string) bool { return s == "" })
	return strings.Join(words, v.T("word.separator"))
}

// people gives the names behind @, by what stands there.
func (h *happenings) people() func(ref string) string {
	return func(ref string) string {
		if id, ok := h.persons[ref]; ok {
			return nameOf(h.labels[id])
		}
		return ""
	}
}

// author says who wrote an entry, and whether it was changed.
func author(r *site.Request, e *profile.Entry) string {
	v, w := r.View, r.Words()
	said := v.T("timeline.by", "who", w.Author(e.Author))
	if e.Edited != 0 {
		said = joined(v, said, v.T("timeline.edited", "date", v.DateTime(minori.FromMicros(e.Edited))))
	}
	return said
}

func talkIcon(kind string) ui.IconName {
	switch strings.ToLower(kind) {
	case "call":
		return ui.IconCall
	case "email", "mail":
		return ui.IconMail
	case "meeting":
		return ui.IconMeeting
	case "review":
		return ui.IconPeople
	}
	return ui.IconNote
}

// TalkWord writes a type of interaction.
func TalkWord(v ui.View, kind string) string {
	switch strings.ToLower(kind) {
	case "call":
		return v.T("talk.call")
	case "email", "mail":
		return v.T("talk.mail")
	case "meeting":
		return v.T("talk.meeting")
	case "review":
		return v.T("talk.review")
	case "note":
		return v.T("talk.note")
	}
	return kind
}
