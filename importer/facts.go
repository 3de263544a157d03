package importer

import (
	"strings"

	minori "github.com/minori-hq/minori"
	"github.com/minori-hq/minori/account"
	"github.com/minori-hq/minori/metric"
	"github.com/minori-hq/minori/revenue"
)

// factOf gives what turns a row into a fact kept in records; nil for targets
// of package revenue and of the lake.
func factOf(into string) func(*record) account.FactRow {
	return map[string]func(*record) account.FactRow{
		IntoAccount:     (*record).account,
		IntoPerson:      (*record).person,
		IntoContact:     (*record).contact,
		IntoTicket:      (*record).ticket,
		IntoChurn:       (*record).churn,
		IntoInteraction: (*record).interaction,
		IntoAnswer:      (*record).answer,
	}[into]
}

// on gives the slot of a target field, nil if it is not mapped.
func (r *record) on(target string) *slot { return r.p.by[target] }

func (r *record) textOn(target string) string     { return r.text(r.on(target)) }
func (r *record) dayOn(target string) *minori.Day { return r.day(r.on(target)) }
func (r *record) numberOn(target string) *float64 { return r.number(r.on(target)) }
func (r *record) timeOn(target string) int64      { t, _ := r.time(r.on(target)); return t }

func (r *record) mayTimeOn(target string) *int64 {
	if t, ok := r.time(r.on(target)); ok {
		return &t
	}
	return nil
}

func (r *record) truthOn(target string) bool { yes, _ := r.truth(r.on(target)); return yes }

// fields gives the custom fields.
func (r *record) fields() map[string]account.Value {
	if len(r.p.custom) == 0 {
		return nil
	}
	out := make(map[string]account.Value, len(r.p.custom))
	for _, s := range r.p.custom {
		if v := r.value(s); !v.None() {
			out[strings.TrimPrefix(s.m.Target, fieldsPrefix)] = v
		}
	}
	return out
}

func (r *record) account() account.FactRow {
	return account.FactRow{ValidFrom: r.timeOn("valid_from"), Account: &account.Account{
		Key: r.textOn("id"), Name: r.textOn("name"), Parent: r.textOn("parent"), Industry: r.textOn("industry"),
		Country: r.textOn("country"), CSM: r.textOn("csm"), Tier: r.textOn("tier"), Seats: r.numberOn("seats"),
		SignedUp: r.dayOn("signed_up"), Fields: r.fields(),
	}}
}

func (r *record) person() account.FactRow {
	return account.FactRow{ValidFrom: r.timeOn("valid_from"), Person: &account.Person{
		Key: r.textOn("id"), Name: r.textOn("name"), Email: r.textOn("email"), Manager: r.textOn("manager"),
		Role: r.textOn("role"), Team: r.textOn("team"), Hired: r.dayOn("hired"), Left: r.dayOn("left"),
		LeaveReason: r.textOn("leave_reason"), Fields: r.fields(),
	}}
}

func (r *record) contact() account.FactRow {
	return account.FactRow{Contact: &account.Contact{
		Key: r.textOn("id"), AccountKey: r.textOn("account"), Name: r.textOn("name"), Email: r.textOn("email"),
		Role: r.textOn("role"), Title: r.textOn("title"),
	}}
}

func (r *record) ticket() account.FactRow {
	return account.FactRow{Ticket: &account.Ticket{
		Key: r.textOn("id"), AccountKey: r.textOn("account"), Opened: r.timeOn("opened"), Closed: r.mayTimeOn("closed"),
		Priority: r.textOn("priority"), Status: r.textOn("status"),
		FirstResponseMinutes: r.numberOn("first_response_minutes"), CSAT: r.numberOn("csat"),
	}}
}

func (r *record) churn() account.FactRow {
	c := &account.Churn{
		Key: r.textOn("id"), AccountKey: r.textOn("account"), Reason: r.textOn("reason"), Comment: r.textOn("comment"),
	}
	if d := r.dayOn("date"); d != nil {
		c.Date = *d
	}
	return account.FactRow{Churn: c}
}

func (r *record) interaction() account.FactRow {
	return account.FactRow{Interaction: &account.Interaction{
		Key: r.textOn("id"), AccountKey: r.textOn("account"), Time: r.timeOn("time"), Type: r.textOn("type"),
		Title: r.textOn("title"), Text: r.textOn("text"),
	}}
}

func (r *record) answer() account.FactRow {
	return account.FactRow{Answer: &account.Answer{
		Survey: r.textOn("survey"), AccountKey: r.textOn("account"), Contact: r.textOn("contact"), Time: r.timeOn("time"),
		Score: r.numberOn("score"), Comment: r.textOn("comment"),
	}}
}

// subscription gives a subscription as package revenue takes it.
func (r *record) subscription() revenue.FactRow {
	return revenue.FactRow{Subscription: &revenue.SubscriptionInput{
		Key: r.textOn("id"), Account: r.textOn("account"), Product: r.textOn("product"), Start: r.dayOn("start"),
		End: r.dayOn("end"), ARR: r.numberOn("arr"), MRR: r.numberOn("mrr"), Currency: strings.ToUpper(r.textOn("currency")),
		Seats: r.numberOn("seats"), Plan: r.textOn("plan"), Trial: r.truthOn("trial"), OneOff: r.truthOn("one_off"),
		Fields: r.fields(),
	}}
}

// rate gives an exchange rate.
func (r *record) rate() revenue.FactRow {
	rate := &metric.Rate{Currency: strings.ToUpper(r.textOn("currency"))}
	if d := r.dayOn("day"); d != nil {
		rate.Day = *d
	}
	rate.Value, _ = r.float(r.on("value"))
	return revenue.FactRow{Rate: rate}
}
