package sample

import (
	"math/rand/v2"
	"strings"

	minori "github.com/minori-hq/minori"
)

// locale is everything about a company that depends on its language.
type locale struct {
	settings minori.Workspace
	offset   int     // seconds east of UTC
	foreign  string  // currency of some accounts besides the company's; "" for none
	rate     float64 // usual value of one unit of it

	prices map[string]float64 // of a seat and year, by tier
	step   float64            // contracts are multiples of this

	stems, nouns []word // company names: stem, joint, noun
	joint        string
	industries   []string // as many nouns of each, in their order
	rounds       []string // after the name, once all combinations are used up
	branches     []string
	places       []place
	placeShares  []float64

	families, givens []word
	familyFirst      bool
	titles           map[string][]string // by role
	team             string

	products   []string
	onboarding string
	reasons    []reason // sponsor left, bad release, then the others

	voices        [3][]string         // detractors, passives, promoters
	talkTitles    map[string][]string // by type
	mails         []string            // by the titles of email
	notes         [3][]string         // by how the account is
	nexts         [3][]string
	gap           string
	honorific     string
	farewellTitle string
	farewell      string
}

// word is a part of a name with its Latin letters, for addresses.
type word struct{ text, latin string }

// place is where accounts are, and how companies there are called (* stands
// for the name).
type place struct {
	share                           float64
	country, region, currency, form string
}

// reason is why accounts leave.
type reason struct {
	name     string
	comments []string
}

// setPlaces sets places and their shares.
func (l *locale) setPlaces(places []place) {
	l.places = places
	for _, p := range places {
		l.placeShares = append(l.placeShares, p.share)
	}
}

// personName draws a name and what stands before the @ of its address.
func (l *locale) personName(r *rand.Rand) (name, latin string) {
	f, g := l.families[r.IntN(len(l.families))], l.givens[r.IntN(len(l.givens))]
	if l.familyFirst {
		return f.text + " " + g.text, g.latin + "." + f.latin
	}
	return g.text + " " + f.text, g.latin + "." + f.latin
}

// plainWords makes words of texts in Latin letters.
func plainWords(texts string) []word {
	var out []word
	for _, t := range strings.Fields(texts) {
		out = append(out, word{t, strings.ToLower(t)})
	}
	return out
}

// pairedWords makes words of texts and Latin letters in turn.
func pairedWords(texts string) []word {
	f := strings.Fields(texts)
	out := make([]word, 0, len(f)/2)
	for i := 0; i+1 < len(f); i += 2 {
		out = append(out, word{f[i], f[i+1]})
	}
	return out
}

// crossed makes every combination of first and second parts of a word.
func crossed(first, second []word) []word {
	var out []word
	for _, a := range first {
		for _, b := range second {
			out = append(out, word{a.text + b.text, a.latin + b.latin})
		}
	}
	return out
}
