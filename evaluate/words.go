package evaluate

import (
	"math"

	"github.com/minori-hq/minori/scorecard"
	"github.com/minori-hq/minori/text"
)

// Titles are the names that a sentence uses, in its language.
type Titles struct {
	Scorecard string
	Measures  map[string]string // by name
}

// Sentence says in words what a score is, or how it changed and mostly why.
func Sentence(p text.Printer, c Change, titles Titles) string {
	now := p.T("explain.unknown", "title", titles.Scorecard, "date", p.Date(c.AsOf))
	if c.Now.Score != nil {
		now = p.T("explain.score", "title", titles.Scorecard, "date", p.Date(c.AsOf), "score", p.Number(*c.Now.Score, 1))
	}
	if c.Then == nil {
		return now + mostly(p, c.Now.Parts(), titles, "explain.most")
	}
	switch {
	case c.Then.Score == nil && c.Now.Score == nil:
		return now + p.T("explain.unknown.before", "date", p.Date(c.Since))
	case c.Then.Score == nil:
		return now + p.T("explain.became.known", "date", p.Date(c.Since))
	case c.Now.Score == nil:
		return now + p.T("explain.became.unknown", "date", p.Date(c.Since), "score", p.Number(*c.Then.Score, 1))
	}
	delta := *c.Now.Score - *c.Then.Score
	key := "explain.rose"
	if math.Abs(delta) < 0.05 {
		key = "explain.same"
	} else if delta < 0 {
		key = "explain.fell"
	}
	return now + p.T(key, "date", p.Date(c.Since), "points", p.Number(math.Abs(delta), 1)) + mostly(p, c.Delta.Parts, titles, "explain.because")
}

// mostly names the two largest parts.
func mostly(p text.Printer, parts []scorecard.Part, titles Titles, key string) string {
	var names []string
	for _, part := range parts {
		if len(names) == 2 {
			break
		}
		name := titles.Measures[part.Measure]
		switch {
		case part.Why == scorecard.WhyCap:
			name = p.T("explain.cap")
		case part.Why == scorecard.WhyOverride:
			name = p.T("explain.override")
		case name == "":
			name = part.Measure
		}
		names = append(names, p.T("explain.part", "name", name, "delta", p.Signed(part.Delta, 1)))
	}
	if len(names) == 0 {
		return ""
	}
	return p.T(key, "parts", p.List(names...))
}
