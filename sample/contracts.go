package sample

import (
	"fmt"
	"math"
	"math/rand/v2"

	minori "github.com/minori-hq/minori"
)

// Subscription is one term of one product of an account. It is active from
// Start up to and not including End; a renewal is the next term.
type Subscription struct {
	ID      string
	Product string
	Start   minori.Day
	End     minori.Day
	ARR     minori.Money
	Seats   int
	Plan    string
	Trial   bool
	OneOff  bool
}

// Churn is what the company wrote down when an account left.
type Churn struct {
	ID      string
	Day     minori.Day // first day without a contract
	Reason  string
	Comment string
}

// contracts is the state while the terms of an account are drawn.
type contracts struct {
	a     *AccountData
	r     *rand.Rand
	n     int       // subscriptions so far
	seats float64   // of the platform
	price float64   // of a seat and year, major units
	lines []float64 // share of the platform's amount, by product; 0: not taken
}

// makeContracts draws the subscriptions from signing up to the end, and with
// them whether and when the account leaves.
func (a *AccountData) makeContracts() {
	r := a.c.rng(a.Index, streamContracts)
	k := &contracts{a: a, r: r, seats: a.profile.seats, lines: make([]float64, len(a.c.loc.products))}
	k.price = a.c.loc.prices[a.Account.Tier] * (0.85 + 0.3*r.Float64())
	k.lines[0] = 1
	if a.Account.Tier != Basic && r.Float64() < 0.3 {
		k.lines[1] = 0.2
	}
	start := k.beginning()
	end := k.run(start)
	if a.truth.Churned && end == a.truth.ChurnDay && r.Float64() < 0.08 {
		back := end + minori.Day(45+r.IntN(120))
		if back <= a.c.cfg.End-10 {
			a.truth.Returned, a.truth.Return = true, back
			k.seats = max(1, math.Round(k.seats*0.8))
			k.run(back)
		}
	}
	a.Account.Seats = int(k.seats)
}

// beginning adds what comes before the first term (a trial, or onboarding as a
// one-off) and gives the first day of that term.
func (k *contracts) beginning() minori.Day {
	a, start := k.a, k.a.Account.SignedUp
	switch {
	case a.Account.Tier == Basic && k.r.Float64() < 0.35:
		k.add(a.c.loc.products[0], start, start+30, 0, true, false)
		return start + 30
	case a.Account.Tier == Enterprise && k.r.Float64() < 0.6:
		k.add(a.c.loc.onboarding, start, start+90, 0.15*k.price*k.seats, false, true)
	}
	return start
}

// run adds terms from start on until one reaches beyond the last day or is
// not renewed, and gives the end of the last one.
func (k *contracts) run(start minori.Day) minori.Day {
	c := k.a.c
	for start <= c.cfg.End {
		end := start.AddMonths(k.a.profile.months)
		k.term(start, end)
		if end > c.cfg.End {
			return end
		}
		if end >= c.first && !k.a.truth.Churned && k.leaves(end) {
			return end
		}
		k.renew(end)
		start = end
	}
	return start
}

// term adds one term of every product taken. A healthy account may take one
// more in the middle, up to the same end.
func (k *contracts) term(start, end minori.Day) {
	a, products := k.a, k.a.c.loc.products
	for p, share := range k.lines {
		if share > 0 {
			k.add(products[p], start, end, share*k.price*k.seats, false, false)
		}
	}
	u, at := k.r.Float64(), start+minori.Day(float64(end-start)*(0.2+0.6*k.r.Float64()))
	if at > a.c.cfg.End || a.truth.Health(at) < 0.68 || u > 0.25*float64(k.a.profile.months)/12 {
		return
	}
	for p, share := range k.lines {
		if share == 0 {
			k.lines[p] = 0.12 + 0.15*k.r.Float64()
			k.add(products[p], at, end, k.lines[p]*k.price*k.seats, false, false)
			return
		}
	}
}

// add adds one subscription.
func (k *contracts) add(product string, start, end minori.Day, amount float64, trial, oneOff bool) {
	a := k.a
	k.n++
	currency, step := a.profile.currency, a.c.loc.step
	money, _ := minori.FromMajor(max(step, math.Round(amount/step)*step), currency)
	if trial {
		money.Minor = 0
	}
	a.Subscriptions = append(a.Subscriptions, Subscription{
		ID: fmt.Sprintf("S%06d-%02d", a.Index+1, k.n), Product: product, Start: start, End: end,
		ARR: money, Seats: int(k.seats), Plan: a.Account.Tier, Trial: trial, OneOff: oneOff,
	})
}

// The chance to leave at the end of a term, by the mean hidden health of the
// two months in which that is decided.
const (
	leaveHealth = 0.40 // half of the accounts with this health leave
	leaveWidth  = 0.035
	leaveAnyway = 0.005
)

// leaves decides whether the account leaves at the end of a term.
func (k *contracts) leaves(end minori.Day) bool {
	a, t := k.a, &k.a.truth
	h := t.Mean(end-75, end-16)
	p := leaveAnyway + 0.95/(1+math.Exp((h-leaveHealth)/leaveWidth))
	if k.r.Float64() >= p {
		return false
	}
	t.Churned, t.ChurnDay = true, end
	t.Decided = end - minori.Day(30+k.r.IntN(61))
	reason := a.c.loc.reasons[k.reason()]
	a.Churn = &Churn{
		ID: fmt.Sprintf("C%06d", a.Index+1), Day: end, Reason: reason.name,
		Comment: reason.comments[k.r.IntN(len(reason.comments))],
	}
	return true
}

// reason gives the index of the reason to leave: what happened lately, else
// one of the usual ones.
func (k *contracts) reason() int {
	t := &k.a.truth
	u := k.r.Float64()
	for _, s := range t.Shocks {
		if t.ChurnDay-s.Day < 0 || t.ChurnDay-s.Day > 240 || u > 0.7 {
			continue
		}
		if s.Cause == SponsorLeft {
			return 0
		}
		return 1
	}
	return 2 + k.r.IntN(len(k.a.c.loc.reasons)-2)
}

// renew sets what the next term is for: healthy accounts grow, others shrink
// or drop a product, most pay a little more for a seat.
func (k *contracts) renew(end minori.Day) {
	r, h := k.r, k.a.truth.Health(end)
	u, v := r.Float64(), r.Float64()
	if end < k.a.c.first {
		h = healthMean
	}
	switch {
	case h > 0.70 && u < 0.50:
		k.seats = math.Ceil(k.seats * (1.08 + 0.32*v))
	case h > 0.55 && u < 0.22:
		k.seats = math.Ceil(k.seats * (1.03 + 0.15*v))
	case h < 0.52 && u < 0.40:
		k.seats = max(1, math.Floor(k.seats*(0.95-0.30*v)))
	}
	for p := 1; p < len(k.lines); p++ {
		if k.lines[p] > 0 && r.Float64() < 0.35-0.4*h {
			k.lines[p] = 0
		}
	}
	if r.Float64() < 0.5 {
		k.price *= 1.02 + 0.02*r.Float64()
	}
}

// seatsOn gives the seats by the contract in force on a day, and the day from
// which on they may be others.
func (a *AccountData) seatsOn(d minori.Day) (seats int, until minori.Day) {
	seats, until = a.Account.Seats, minori.MaxDay
	for i := range a.Subscriptions {
		s := &a.Subscriptions[i]
		if s.Start > d {
			until = min(until, s.Start)
		}
		if s.OneOff || d < s.Start || d >= s.End {
			continue
		}
		seats, until = s.Seats, min(until, s.End)
	}
	return seats, until
}
