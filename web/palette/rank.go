package palette

import (
	"cmp"
	"slices"
	"strings"
	"unicode"
)

// kind groups what the palette finds, in the order of its groups.
type kind int

const (
	kindAction kind = iota
	kindAccount
	kindPerson
	kindPage
	kindDashboard
	kindScorecard
	kindRule
	kindSegment
)

// item is one thing to go to or to do.
type item struct {
	kind     kind
	title    string
	note     string    // what it is, beside the title
	url      string    // where it leads; "" for a preference
	set      [2]string // name and value of a preference
	names    []string  // other names it answers to
	readings []string  // how Japanese names are read, in kana
	floor    int       // found by another search: it counts at least this much
}

// How well a text answers a query.
const (
	fitsWhole = 100
	fitsStart = 80
	fitsWord  = 60
	fitsWords = 50
	fitsPart  = 40
	heard     = 5 // a reading counts this much less than what is written
)

// query is what was typed, prepared for comparing.
type query struct {
	folded string
	words  []string // when there are several
	sound  string   // "" when it cannot be read as kana
}

func newQuery(typed string) query {
	q := query{folded: fold(typed)}
	for _, w := range strings.Fields(typed) {
		q.words = append(q.words, fold(w))
	}
	if kana, _, ok := Kana(typed); ok {
		if strings.HasSuffix(q.folded, "n") {
			kana = strings.TrimSuffix(kana, "ん") // perhaps な is about to be typed
		}
		q.sound = Sound(kana)
	}
	return q
}

// fit says how well an item answers; 0: not at all.
func (q query) fit(x *item) int {
	best := x.floor
	for _, s := range append([]string{x.title}, x.names...) {
		best = max(best, q.fitText(s))
	}
	for _, s := range x.readings {
		if q.sound != "" {
			best = max(best, fitOf(q.sound, Sound(s), nil)-heard)
		}
	}
	return best
}

func (q query) fitText(s string) int {
	folded := fold(s)
	if n := fitOf(q.folded, folded, wordStarts(s)); n > 0 {
		return n
	}
	if len(q.words) < 2 {
		return 0
	}
	for _, w := range q.words {
		if !strings.Contains(folded, w) {
			return 0
		}
	}
	return fitsWords
}

// wordStarts gives what of a text begins with each of its words but the first.
func wordStarts(s string) []string {
	var out []string
	inWord := false
	for i, r := range s {
		letter := unicode.IsLetter(r) || unicode.IsDigit(r)
		if letter && !inWord && i > 0 {
			out = append(out, fold(s[i:]))
		}
		inWord = letter
	}
	return out
}

func fitOf(q, s string, starts []string) int {
	switch {
	case q == "" || s == "":
		return 0
	case q == s:
		return fitsWhole
	case strings.HasPrefix(s, q):
		return fitsStart
	case slices.ContainsFunc(starts, func(w string) bool { return strings.HasPrefix(w, q) }):
		return fitsWord
	case len([]rune(q)) > 1 && strings.Contains(s, q):
		return fitsPart
	}
	return 0
}

// maxResults is how many items are shown in all, maxOfKind how many of one kind.
const (
	maxResults = 20
	maxOfKind  = 8
)

// rank gives the items that answer a query, the best first.
func rank(q query, items []item) []item {
	type ranked struct {
		item
		fit int
	}
	var found []ranked
	for i := range items {
		if n := q.fit(&items[i]); n > 0 {
			found = append(found, ranked{items[i], n})
		}
	}
	slices.SortStableFunc(found, func(a, b ranked) int {
		return cmp.Or(b.fit-a.fit, int(a.kind)-int(b.kind), strings.Compare(a.title, b.title))
	})
	count := map[kind]int{}
	var out []item
	for _, f := range found {
		if count[f.kind]++; count[f.kind] <= maxOfKind && len(out) < maxResults {
			out = append(out, f.item)
		}
	}
	return out
}

// grouped puts items of a kind together, the kinds in the order of their best.
func grouped(items []item) [][]item {
	var order []kind
	by := map[kind][]item{}
	for _, x := range items {
		if by[x.kind] == nil {
			order = append(order, x.kind)
		}
		by[x.kind] = append(by[x.kind], x)
	}
	out := make([][]item, len(order))
	for i, k := range order {
		out[i] = by[k]
	}
	return out
}
