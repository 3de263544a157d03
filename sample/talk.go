package sample

import (
	"fmt"
	"math"
	"math/rand/v2"
	"strings"

	minori "github.com/minori-hq/minori"
)

// Ticket is a support ticket. Times are microseconds since 1970 UTC.
type Ticket struct {
	ID            string
	Opened        int64
	Closed        int64 // 0 while open
	Priority      string
	Status        string // open, pending, closed
	FirstResponse int    // minutes
	CSAT          int    // 1–5; 0 for none
}

// Answer is an answer to a survey.
type Answer struct {
	ID      string
	Survey  string // always SurveyNPS
	Contact string // id of a contact
	Time    int64  // microseconds since 1970 UTC
	Score   int    // 0–10
	Comment string
}

// SurveyNPS is the name of the survey.
const SurveyNPS = "nps"

// Interaction is a conversation with an account.
type Interaction struct {
	ID    string
	Time  int64  // microseconds since 1970 UTC
	Type  string // call, meeting, email, review
	Title string
	Text  string
}

// makeTickets draws the tickets: more for large accounts, more and more
// pressing ones when the account is not well.
func (a *AccountData) makeTickets() {
	c, r := a.c, a.c.rng(a.Index, streamSupport)
	size := 0.22 * math.Pow(a.profile.seats, 0.45)
	for from := c.first; from <= c.cfg.End; from += 30 {
		h := a.truth.Health(from + 15)
		rate := size * (1.5 - h)
		if a.troubled(from) {
			rate *= 2
		}
		for range poisson(r, rate) {
			d := c.workday(from + minori.Day(r.IntN(30)))
			if d <= c.cfg.End && a.active(d) {
				a.ticket(r, d)
			} else {
				r.Uint64()
			}
		}
	}
}

// troubled reports whether a bad release fell into the 30 days from a day on.
func (a *AccountData) troubled(from minori.Day) bool {
	for _, s := range a.truth.Shocks {
		if s.Cause == BadRelease && s.Day >= from && s.Day < from+30 {
			return true
		}
	}
	return false
}

// ticket adds a ticket opened on a day.
func (a *AccountData) ticket(r *rand.Rand, d minori.Day) {
	priorities := [...]string{"urgent", "high", "normal", "low"}
	hours := [...]float64{7, 24, 55, 90} // usual time to solve
	answer := [...]float64{20, 60, 150, 300}
	h := a.truth.Health(d)
	urgent := 0.03 + 0.10*(1-h)
	p := pick(r, []float64{urgent, 0.18, 0.79 - urgent - 0.21, 0.24})
	t := Ticket{
		ID:       fmt.Sprintf("T%06d-%03d", a.Index+1, len(a.Tickets)+1),
		Opened:   a.c.micros(d, 8*3600+r.IntN(10*3600)),
		Priority: priorities[p], Status: "closed",
	}
	slow := 1.6 - h
	t.FirstResponse = 1 + int(answer[p]*slow*r.ExpFloat64())
	took := hours[p] * slow * math.Exp(0.7*r.NormFloat64())
	took = max(took, float64(t.FirstResponse)/60)
	t.Closed = t.Opened + int64(took*3600)*1_000_000
	rated, mood := r.Float64(), r.NormFloat64()
	if end := a.c.micros(a.c.cfg.End+1, 0); t.Closed >= end {
		t.Closed, t.Status = 0, "open"
		if rated < 0.4 {
			t.Status = "pending"
		}
	} else if rated < 0.45 {
		t.CSAT = int(clamp(math.Round(1.7+3.8*h+0.8*mood), 1, 5))
	}
	a.Tickets = append(a.Tickets, t)
}

// makeTalk draws the answers to surveys and the conversations.
func (a *AccountData) makeTalk() {
	r := a.c.rng(a.Index, streamTalk)
	a.makeAnswers(r)
	monthly := 0.25
	switch a.Account.Tier {
	case Enterprise:
		monthly = 2.2
	case Pro:
		monthly = 0.9
	}
	c := a.c
	for from := c.first; from <= c.cfg.End; from += 30 {
		for range poisson(r, monthly) {
			a.talk(r, c.workday(from+minori.Day(r.IntN(30))))
		}
	}
	a.farewells(r)
	for i := range a.Interactions {
		a.Interactions[i].ID = fmt.Sprintf("I%06d-%03d", a.Index+1, i+1)
	}
}

// makeAnswers draws what contacts answer when asked twice a year.
func (a *AccountData) makeAnswers(r *rand.Rand) {
	c := a.c
	for k, contact := range a.Contacts {
		for d := c.first + minori.Day(r.IntN(182)); d <= c.cfg.End; d += 182 {
			u, mood, said := r.Float64(), r.NormFloat64(), r.Float64()
			if u > 0.42 || !a.active(d) || d-a.Account.SignedUp < 45 {
				continue
			}
			score := int(clamp(math.Round(2.6+8.4*a.truth.Health(d)+1.3*mood), 0, 10))
			ans := Answer{
				ID: fmt.Sprintf("N%06d-%02d-%d", a.Index+1, k+1, d), Survey: SurveyNPS,
				Contact: contact.ID, Time: c.micros(d, 9*3600+int(u*20*3600)), Score: score,
			}
			if said < 0.5 {
				texts := c.loc.voices[npsClass(score)]
				ans.Comment = texts[int(said*2*float64(len(texts)))]
			}
			a.Answers = append(a.Answers, ans)
		}
	}
}

// npsClass gives 0 for detractors, 1 for passives, 2 for promoters.
func npsClass(score int) int {
	switch {
	case score <= 6:
		return 0
	case score <= 8:
		return 1
	}
	return 2
}

// talk adds a conversation on a day: its type, and a text that shows roughly
// how the account is.
func (a *AccountData) talk(r *rand.Rand, d minori.Day) {
	u, second, mood := r.Float64(), r.IntN(9*3600), r.NormFloat64()
	who, what, next := r.IntN(100), r.IntN(1000), r.IntN(1000)
	if d > a.c.cfg.End || !a.active(d) {
		return
	}
	l := a.c.loc
	kind := "email"
	switch {
	case u < 0.40:
		kind = "call"
	case u < 0.70:
		kind = "meeting"
	case u < 0.78 && a.Account.Tier != Basic:
		kind = "review"
	}
	feel := 1
	switch h := a.truth.Health(d) + 0.08*mood; {
	case h < 0.47:
		feel = 0
	case h > 0.68:
		feel = 2
	}
	titles, notes := l.talkTitles[kind], l.notes[feel]
	contact := a.Contacts[who%len(a.Contacts)]
	text := notes[what%len(notes)] + l.gap + l.nexts[feel][next%len(l.nexts[feel])]
	if kind == "email" {
		text = l.mails[what%len(titles)]
	}
	a.Interactions = append(a.Interactions, Interaction{
		Time: a.c.micros(d, 9*3600+second), Type: kind, Title: titles[what%len(titles)],
		Text: strings.ReplaceAll(text, "{contact}", contact.Name+l.honorific),
	})
}

// farewells adds the calls in which the company learns that a sponsor left.
func (a *AccountData) farewells(r *rand.Rand) {
	l, done := a.c.loc, false
	for _, s := range a.truth.Shocks {
		d := a.c.workday(s.Day + minori.Day(5+r.IntN(30)))
		if s.Cause != SponsorLeft || done || d < a.c.first || d > a.c.cfg.End || !a.active(d) {
			continue
		}
		done = true
		a.Interactions = append(a.Interactions, Interaction{
			Time: a.c.micros(d, 11*3600), Type: "call", Title: l.farewellTitle,
			Text: strings.ReplaceAll(l.farewell, "{contact}", a.profile.sponsor+l.honorific),
		})
	}
}
