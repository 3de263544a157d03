package sample

import (
	"fmt"
	"math"
	"math/rand/v2"
	"strings"

	minori "github.com/minori-hq/minori"
)

// Tiers of accounts, the same in every language.
const (
	Enterprise = "Enterprise"
	Pro        = "Pro"
	Basic      = "Basic"
)

// Account is the attributes of an account.
type Account struct {
	ID       string
	Name     string
	Parent   string // id of the parent account; "" for none
	Industry string
	Country  string
	CSM      string // id of a person
	Tier     string // Enterprise, Pro or Basic
	Seats    int    // by the last contract
	SignedUp minori.Day
	Region   string // field account.region
	PlanType string // field account.plan_type: half-year, annual or multi-year
}

// Contact is a person at an account. Contact k is also user k of the product.
type Contact struct {
	ID    string
	Name  string
	Email string
	Role  string // sponsor, champion, admin, user
	Title string
}

// AccountData is all that is known of one account. Usage is not kept but made
// when it is asked for.
type AccountData struct {
	Index         int
	Account       Account
	Contacts      []Contact
	Subscriptions []Subscription
	Tickets       []Ticket
	Answers       []Answer
	Interactions  []Interaction
	Churn         *Churn // the first, if any

	c       *Company
	key     uint64
	truth   Truth
	profile profile
}

// profile is what an account is like before anything happens.
type profile struct {
	currency string
	months   int     // length of a term
	seats    float64 // when signing up
	daily    float64 // share of the seats that come on a good day
	sponsor  string  // name of the sponsor at the beginning
	weight   [numMetrics]float32
}

// AccountID gives the id of account i.
func AccountID(i int) string { return fmt.Sprintf("A%06d", i+1) }

// ActorID gives the id of user k of account i, who is also its contact k if it
// has so many.
func ActorID(i, k int) string { return fmt.Sprintf("U%06d-%03d", i+1, k+1) }

// Account makes account i.
func (c *Company) Account(i int) *AccountData {
	a := &AccountData{Index: i, c: c, key: c.key(i)}
	r := c.rng(i, streamProfile)
	a.attributes(r)
	a.makeHealth()
	a.makeContracts()
	a.makeContacts(r)
	a.makeWeights(r)
	a.makeTickets()
	a.makeTalk()
	return a
}

// attributes draws what stands in the account's record.
func (a *AccountData) attributes(r *rand.Rand) {
	c, acc := a.c, &a.Account
	acc.ID = AccountID(a.Index)
	acc.CSM = csmID(a.Index / accountsPerCSM % maxCSMs)
	acc.Tier, a.profile.seats = drawTier(r)
	place := c.loc.places[pick(r, c.loc.placeShares)]
	acc.Country, acc.Region, a.profile.currency = place.country, place.region, place.currency
	acc.Name, acc.Industry, _ = c.companyName(a.Index, place.form)
	if acc.Tier != Basic && a.Index > 0 && r.Float64() < 0.03 {
		parent := a.Index - 1 - r.IntN(min(a.Index, 5))
		acc.Parent = AccountID(parent)
		acc.Name = c.branchName(parent, place.form, r)
	}
	a.profile.months, acc.PlanType = drawTerm(r, acc.Tier)
	acc.SignedUp = a.drawSignUp(r)
	a.profile.daily = 0.13 + 0.17*r.Float64()
}

// drawTier gives a tier and a number of seats that fits it.
func drawTier(r *rand.Rand) (string, float64) {
	seats := func(mean, sd, low, high float64) float64 {
		return math.Round(min(high, max(low, math.Exp(mean+sd*r.NormFloat64()))))
	}
	switch u := r.Float64(); {
	case u < 0.12:
		return Enterprise, seats(3.8, 0.6, 20, 400)
	case u < 0.50:
		return Pro, seats(2.3, 0.5, 5, 60)
	}
	return Basic, seats(1.35, 0.4, 2, 15)
}

// drawTerm gives the months of a term and what the plan is called.
func drawTerm(r *rand.Rand, tier string) (int, string) {
	u := r.Float64()
	switch {
	case tier == Enterprise && u < 0.15:
		return 24, "multi-year"
	case tier == Basic && u < 0.30:
		return 6, "half-year"
	}
	return 12, "annual"
}

// drawSignUp gives the day of signing up: most accounts are older than the
// first day of usage, some 18 percent a year are new.
func (a *AccountData) drawSignUp(r *rand.Rand) minori.Day {
	c, u := a.c, r.Float64()
	share := 0.18 * float64(c.cfg.Days) / 365
	if u < share/(1+share) {
		return c.first + minori.Day(r.IntN(c.cfg.Days))
	}
	return c.first - 1 - minori.Day(r.IntN(1100))
}

// companyName gives the name of account i, its industry and its web domain.
// Names do not repeat before every combination is used up.
func (c *Company) companyName(i int, form string) (name, industry, domain string) {
	l := c.loc
	n := uint64(len(l.stems) * len(l.nouns))
	round := i / int(n)
	idx := int(permute(mix(c.cfg.Seed^streamNames), uint64(i)%n, n))
	stem, noun := l.stems[idx/len(l.nouns)], l.nouns[idx%len(l.nouns)]
	core := stem.text + l.joint + noun.text
	domain = stem.latin + "-" + noun.latin
	if round > 0 {
		core += l.rounds[round%len(l.rounds)]
		domain += fmt.Sprintf("-%d", round+1)
	}
	industry = l.industries[idx%len(l.nouns)/(len(l.nouns)/len(l.industries))]
	return strings.Replace(form, "*", core, 1), industry, domain + ".example"
}

// branchName gives the name of a branch of another account.
func (c *Company) branchName(parent int, form string, r *rand.Rand) string {
	name, _, _ := c.companyName(parent, "*")
	branch := c.loc.branches[r.IntN(len(c.loc.branches))]
	return strings.Replace(form, "*", name+c.loc.joint+branch, 1)
}

// makeContacts draws the contacts. Where a sponsor left, a successor has come
// in half of the cases.
func (a *AccountData) makeContacts(r *rand.Rand) {
	_, _, domain := a.c.companyName(a.Index, "*")
	n := 2
	switch a.Account.Tier {
	case Enterprise:
		n = 4 + r.IntN(3)
	case Pro:
		n = 3 + r.IntN(2)
	}
	n = min(n, a.Account.Seats+1)
	roles := [...]string{"champion", "admin", "sponsor", "user", "user", "user", "user"}
	if n < 3 {
		roles[1] = "sponsor"
	}
	left := a.truth.sponsorLeft()
	successor := r.Float64() < 0.5
	for k := range n {
		role := roles[k]
		name, latin := a.c.loc.personName(r)
		if role == "sponsor" {
			a.profile.sponsor = name
			if left {
				name, latin = a.c.loc.personName(r)
			}
			if left && !successor {
				role = "user"
			}
		}
		titles := a.c.loc.titles[role]
		a.Contacts = append(a.Contacts, Contact{
			ID: ActorID(a.Index, k), Name: name, Email: latin + "@" + domain,
			Role: role, Title: titles[r.IntN(len(titles))],
		})
	}
}

// pick draws an index by shares that add up to 1.
func pick(r *rand.Rand, shares []float64) int {
	u := r.Float64()
	for i, s := range shares {
		if u -= s; u < 0 {
			return i
		}
	}
	return len(shares) - 1
}

// poisson draws a small number of happenings.
func poisson(r *rand.Rand, mean float64) int {
	limit, p := math.Exp(-mean), r.Float64()
	n := 0
	for p > limit && n < 100 {
		p *= r.Float64()
		n++
	}
	return n
}

// clamp bounds v.
func clamp(v, low, high float64) float64 { return min(high, max(low, v)) }
