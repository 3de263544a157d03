package sample

import (
	"math"

	minori "github.com/minori-hq/minori"
)

// Cause of a shock.
type Cause string

// The causes.
const (
	SponsorLeft Cause = "sponsor_left"
	BadRelease  Cause = "bad_release"
)

// Shock is a sudden fall of an account's hidden health.
type Shock struct {
	Day   minori.Day
	Cause Cause
}

// Truth is what nobody in the company knows about an account: how well it
// really is, and what that led to.
type Truth struct {
	Shocks   []Shock
	Churned  bool
	ChurnDay minori.Day // first day without a contract, if Churned
	Returned bool
	Return   minori.Day // day of the first contract after churn, if Returned
	Decided  minori.Day // day the account decided to leave; usage falls from here on

	first minori.Day
	daily []float32
}

// Health gives the hidden health of a day, from 0 to 1; days outside those
// simulated have the nearest day's.
func (t *Truth) Health(d minori.Day) float64 {
	i := min(max(int(d-t.first), 0), len(t.daily)-1)
	return float64(t.daily[i])
}

// Mean gives the mean hidden health of the days from–to.
func (t *Truth) Mean(from, to minori.Day) float64 {
	sum := 0.0
	for d := from; d <= to; d++ {
		sum += t.Health(d)
	}
	return sum / float64(to-from+1)
}

// sponsorLeft reports whether the account lost its sponsor.
func (t *Truth) sponsorLeft() bool {
	for _, s := range t.Shocks {
		if s.Cause == SponsorLeft {
			return true
		}
	}
	return false
}

// Truth gives the hidden truth about account i.
func (c *Company) Truth(i int) Truth { return c.Account(i).truth }

// Truth gives the hidden truth about the account.
func (a *AccountData) Truth() Truth { return a.truth }

// The hidden health: it returns to the account's own mean within some months,
// wanders around it, and falls when the sponsor leaves or a release is bad.
const (
	healthMean    = 0.64
	healthSpread  = 0.12 // between accounts
	healthPull    = 1 / 55.0
	healthNoise   = 0.019 // per day
	sponsorYearly = 0.15  // chance per year
	releaseShare  = 0.25  // accounts hit by a bad release
	griefDays     = 150   // the mean stays lower so long after a sponsor left
)

// makeHealth draws the hidden health from origin to the end.
func (a *AccountData) makeHealth() {
	c, t := a.c, &a.truth
	r := c.rng(a.Index, streamHealth)
	base := clamp(healthMean+healthSpread*r.NormFloat64(), 0.2, 0.95)
	h := clamp(base+healthNoise*math.Sqrt(1/(2*healthPull))*r.NormFloat64(), 0.02, 0.99)
	t.first = c.origin
	t.daily = make([]float32, c.cfg.End-c.origin+1)
	grief, release := 0, 0
	for i := range t.daily {
		day := c.origin + minori.Day(i)
		mean := base
		if grief > 0 {
			grief--
			mean -= 0.15
		}
		h += healthPull*(mean-h) + healthNoise*r.NormFloat64()
		if r.Float64() < sponsorYearly/365 {
			h -= 0.15 + 0.15*r.Float64()
			grief = griefDays
			t.Shocks = append(t.Shocks, Shock{day, SponsorLeft})
		}
		for release < len(c.releases) && c.releases[release] == day {
			release++
			if r.Float64() < releaseShare {
				h -= 0.06 + 0.10*r.Float64()
				t.Shocks = append(t.Shocks, Shock{day, BadRelease})
			}
		}
		h = clamp(h, 0.02, 0.99)
		t.daily[i] = float32(h)
	}
}

// active reports whether the account is a customer on a day.
func (a *AccountData) active(d minori.Day) bool {
	t := &a.truth
	if d < a.Account.SignedUp {
		return false
	}
	return !t.Churned || d < t.ChurnDay || t.Returned && d >= t.Return
}

// level gives how much an active account uses the product on a day, about 1
// for a healthy one: it starts slowly, follows the hidden health, and fades
// once the account has decided to leave.
func (a *AccountData) level(d minori.Day) float64 {
	t := &a.truth
	v := 0.15 + 1.05*float64(t.daily[d-t.first])
	if age := d - a.Account.SignedUp; age < 60 {
		v *= 0.35 + 0.65*float64(age)/60
	}
	if t.Churned && d >= t.Decided && d < t.ChurnDay {
		v *= 1 - 0.75*float64(d-t.Decided)/float64(t.ChurnDay-t.Decided)
	}
	return v
}

// round rounds to so many decimals.
func round(v float64, decimals int) float64 {
	p := math.Pow10(decimals)
	return math.Round(v*p) / p
}
