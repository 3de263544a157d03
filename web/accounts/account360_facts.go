package accounts

import (
	"cmp"
	"slices"
	"strings"
	"time"

	minori "github.com/minori-hq/minori"
	"github.com/minori-hq/minori/account"
	"github.com/minori-hq/minori/metric"
	"github.com/minori-hq/minori/resource"
	"github.com/minori-hq/minori/web/site"
	"github.com/minori-hq/minori/web/ui"
)

// fact is one field of the account with its value.
type fact struct {
	field account.Field
	value account.Value
	since *minori.Day // the day from which the value holds, if it changed once
}

// rewind sets the account's fields to what held at the page's as-of.
func (s Pages) rewind(r *site.Request, c *customer) error {
	held, err := s.held(r, c.subject.ID)
	if err != nil {
		return err
	}
	a := &c.account
	fields := map[string]account.Value{}
	csm := a.CSM
	for i := range r.Config.Fields {
		f := &r.Config.Fields[i]
		name, ok := strings.CutPrefix(f.Def.Name, "account.")
		if !ok {
			continue
		}
		v := valueOf(held[f.ID])
		if !f.Standard {
			if !v.None() {
				fields[name] = v
			}
			continue
		}
		setStandard(a, name, v)
	}
	a.Fields = fields
	if a.CSM != csm {
		return s.findOwner(r, a)
	}
	return nil
}

// findOwner finds the person that a past value of the owner's field names.
func (s Pages) findOwner(r *site.Request, a *account.Account) error {
	a.CSMPerson = 0
	if a.CSM == "" {
		return nil
	}
	ids, err := s.Accounts.PersonsByRef(r.Context(), []string{a.CSM})
	a.CSMPerson = ids[a.CSM]
	return err
}

// setStandard sets a field that every account has.
func setStandard(a *account.Account, name string, v account.Value) {
	text := ""
	if v.Text != nil {
		text = *v.Text
	}
	switch name {
	case "name":
		a.Name = text
	case "parent":
		a.Parent = text
	case "industry":
		a.Industry = text
	case "country":
		a.Country = text
	case "csm":
		a.CSM = text
	case "tier":
		a.Tier = text
	case "seats":
		a.Seats = v.Num
	case "signed_up":
		a.SignedUp = dayOf(v)
	}
}

// standard gives a field that every account has.
func standard(a *account.Account, name string) account.Value {
	switch name {
	case "name":
		return account.Text(a.Name)
	case "parent":
		return account.Text(a.Parent)
	case "industry":
		return account.Text(a.Industry)
	case "country":
		return account.Text(a.Country)
	case "csm":
		return account.Text(a.CSM)
	case "tier":
		return account.Text(a.Tier)
	case "seats":
		return account.Value{Num: a.Seats}
	case "signed_up":
		if a.SignedUp != nil {
			return account.Date(*a.SignedUp)
		}
	}
	return account.Value{}
}

// dayOf reads the value of a date field.
func dayOf(v account.Value) *minori.Day {
	if v.Text == nil {
		return nil
	}
	d, err := minori.ParseDay(*v.Text)
	if err != nil {
		return nil
	}
	return &d
}

// valueOf is a step of a field's history as a value.
func valueOf(step metric.FieldValue) account.Value {
	return account.Value{Num: step.Num, Text: step.Text}
}

// held gives the step of every field that holds at the page's as-of.
func (s Pages) held(r *site.Request, id minori.ID) (map[int64]metric.FieldValue, error) {
	steps, err := s.Lake.FieldHistory(r.Context(), id)
	out := map[int64]metric.FieldValue{}
	at := r.AsOf.Micros()
	for _, step := range steps {
		if step.ValidFrom <= at {
			out[step.Field] = step
		}
	}
	return out, err
}

// readFacts reads fields, contacts and tickets.
func (s Pages) readFacts(r *site.Request, c *customer) error {
	held, err := s.held(r, c.subject.ID)
	if err != nil {
		return err
	}
	for i := range r.Config.Fields {
		f := &r.Config.Fields[i]
		name, ok := strings.CutPrefix(f.Def.Name, "account.")
		if !ok || name == "name" {
			continue
		}
		c.fields = append(c.fields, c.fact(r, f, name, held[f.ID]))
	}
	page := minori.Page{Limit: maxListed}
	if c.contacts, err = s.Accounts.Contacts(r.Context(), r.Actor, c.subject.ID, page); err != nil {
		return err
	}
	tickets, err := s.Accounts.Tickets(r.Context(), r.Actor, c.subject.ID, page)
	end := minori.EndOf(c.day, r.Config.Zone).Micros()
	for _, t := range tickets {
		if t.Opened <= end {
			c.tickets = append(c.tickets, t)
		}
	}
	return err
}

func (c *customer) fact(r *site.Request, f *resource.Field, name string, step metric.FieldValue) fact {
	out := fact{field: f.Def, value: c.account.Fields[name]}
	if f.Standard {
		out.value = standard(&c.account, name)
	}
	if step.ValidFrom > metric.Always && step.ValidFrom != 0 {
		d := minori.At(minori.FromMicros(step.ValidFrom), r.Config.Zone).Day
		out.since = &d
	}
	return out
}

// writeFact writes a field's value for people; "" for none.
func writeFact(w site.Wording, f fact) string {
	switch {
	case f.value.None():
		return ""
	case f.field.Type == account.FieldDate:
		if d := dayOf(f.value); d != nil {
			return w.Date(*d)
		}
	case f.field.Type == account.FieldBool && f.value.Num != nil:
		return w.YesNo(*f.value.Num != 0)
	case f.field.Type == account.FieldMoney && f.value.Num != nil:
		return w.Quantity(*f.value.Num, w.Config.Workspace.Currency)
	case f.value.Num != nil:
		return w.Quantity(*f.value.Num, f.field.Unit)
	}
	return f.value.String()
}

// ticketState says whether a ticket was open at an instant.
func ticketState(v ui.View, t *account.Ticket, at int64) string {
	if t.Closed != nil && *t.Closed <= at {
		return v.T("ticket.closed")
	}
	return v.T("ticket.open")
}

// happening is one thing on the timeline.
type happening struct {
	at    time.Time
	icon  ui.IconName
	tone  ui.Tone
	title string
	url   string
	body  string
	meta  string
	whole bool // a day without a time
}

// readTimeline reads what happened up to the page's day, newest first.
func (s Pages) readTimeline(r *site.Request, c *customer) error {
	ctx, id, page := r.Context(), c.subject.ID, minori.Page{Limit: maxTimeline}
	talks, err := s.Accounts.Interactions(ctx, r.Actor, id, page)
	if err != nil {
		return err
	}
	answers, err := s.Accounts.Answers(ctx, r.Actor, id, page)
	if err != nil {
		return err
	}
	churns, err := s.Accounts.Churns(ctx, r.Actor, id, page)
	if err != nil {
		return err
	}
	tickets, err := s.Accounts.Tickets(ctx, r.Actor, id, page)
	if err != nil {
		return err
	}
	v, w := r.View, r.Words()
	end := minori.EndOf(c.day, r.Config.Zone).At
	for _, x := range talks {
		c.events = append(c.events, happening{at: minori.FromMicros(x.Time), icon: talkIcon(x.Type), title: x.Title, body: x.Text, meta: talkWord(v, x.Type)})
	}
	for _, x := range answers {
		c.events = append(c.events, answered(v, x))
	}
	for _, x := range churns {
		c.events = append(c.events, happening{at: x.Date.Start(r.Config.Zone), icon: ui.IconBad, tone: ui.Bad, title: v.T("timeline.churn"), body: x.Comment, meta: x.Reason, whole: true})
	}
	for _, x := range tickets {
		c.events = append(c.events, happening{at: minori.FromMicros(x.Opened), icon: ui.IconInbox, title: v.T("timeline.ticket", "id", x.Key), meta: v.List(w.Priority(x.Priority), ticketState(v, &x, end.UnixMicro()))})
	}
	for i := range c.calls {
		call := &c.calls[i]
		c.events = append(c.events, happening{at: minori.FromMicros(call.OpenedAsOf), icon: ui.IconFlag, tone: ui.Warn, whole: true,
			title: v.T("timeline.call", "reason", w.CallTitle(call)), url: r.CallURL(call.ID), meta: w.CallKind(call)})
	}
	c.events = slices.DeleteFunc(c.events, func(h happening) bool { return h.at.After(end) })
	slices.SortStableFunc(c.events, func(a, b happening) int { return cmp.Compare(b.at.UnixMicro(), a.at.UnixMicro()) })
	if len(c.events) > maxTimeline {
		c.events, c.cutEvents = c.events[:maxTimeline], true
	}
	return nil
}

func answered(v ui.View, x account.Answer) happening {
	h := happening{at: minori.FromMicros(x.Time), icon: ui.IconMessage, title: v.T("timeline.answer", "survey", strings.ToUpper(x.Survey)), body: x.Comment, meta: x.Contact}
	if x.Score == nil {
		return h
	}
	h.title = v.T("timeline.answer-score", "survey", strings.ToUpper(x.Survey), "score", v.Number(*x.Score, 0))
	if x.Survey == "nps" {
		switch {
		case *x.Score >= 9:
			h.tone = ui.Good
		case *x.Score <= 6:
			h.tone = ui.Bad
		}
	}
	return h
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

func talkWord(v ui.View, kind string) string {
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
