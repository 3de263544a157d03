package scorecard_test

import (
	"math"
	"strings"
	"testing"

	minori "github.com/minori-hq/minori"
	"github.com/minori-hq/minori/scorecard"
)

func TestValidate(t *testing.T) {
	if err := worked().Validate(); err != nil {
		t.Fatalf("the worked example is refused: %v", err)
	}
	half := 0.5
	bands := func(b scorecard.Bands) func(*scorecard.Scorecard) {
		return func(c *scorecard.Scorecard) { c.Groups[0].Measures[0].Bands = b }
	}
	exception := func(x scorecard.Exception) func(*scorecard.Scorecard) {
		return func(c *scorecard.Scorecard) { c.Exceptions = []scorecard.Exception{x} }
	}
	for _, c := range []struct {
		name, field, says string
		spoil             func(*scorecard.Scorecard)
	}{
		{"name", "name", "cannot name", func(c *scorecard.Scorecard) { c.Name = "Health!" }},
		{"subject", "subject", "account or person", func(c *scorecard.Scorecard) { c.Subject = "team" }},
		{"no groups", "groups", "at least one group", func(c *scorecard.Scorecard) { c.Groups = nil }},
		{"no measures", "groups[1].measures", "add one or leave the group out", func(c *scorecard.Scorecard) { c.Groups[1].Measures = nil }},
		{"negative weight", "groups[0].weight", "neither 0 nor", func(c *scorecard.Scorecard) { c.Groups[0].Weight = -1 }},
		{"infinite weight", "groups[0].measures[1].weight", "neither 0 nor", func(c *scorecard.Scorecard) { c.Groups[0].Measures[1].Weight = math.Inf(1) }},
		{"weight not a number", "groups[0].weight", "neither 0 nor", func(c *scorecard.Scorecard) { c.Groups[0].Weight = math.NaN() }},
		{"tiny weight", "groups[0].weight", "neither 0 nor", func(c *scorecard.Scorecard) { c.Groups[0].Weight = 1e-30 }},
		{"all weights 0", "groups", "give a group and a measure in it a weight above 0", func(c *scorecard.Scorecard) {
			c.Groups[0].Weight, c.Groups[1].Weight = 0, 0
		}},
		{"weights of a group 0", "groups[1].measures", "give one of them a weight above 0", func(c *scorecard.Scorecard) { c.Groups[1].Measures[0].Weight = 0 }},
		{"group twice", "groups[1].name", "another name", func(c *scorecard.Scorecard) { c.Groups[1].Name = "adoption" }},
		{"measure twice", "groups[0].measures[1].measure", "stands twice", func(c *scorecard.Scorecard) { c.Groups[0].Measures[1].Measure = "a" }},
		{"no bands", "groups[0].measures[0].bands", "missing", bands(scorecard.Bands{})},
		{"both bands", "groups[0].measures[0].bands", "not both", bands(scorecard.Bands{Points: flat.Points, Steps: []scorecard.Step{{Score: 1}}})},
		{"points descend", "groups[0].measures[0].bands.points[1]", "must ascend", bands(scorecard.Bands{Points: [][2]float64{{1, 0}, {1, 5}}})},
		{"point score", "groups[0].measures[0].bands.points[0]", "0 to 100", bands(scorecard.Bands{Points: [][2]float64{{1, 101}}})},
		{"point not finite", "groups[0].measures[0].bands.points[0]", "finite", bands(scorecard.Bands{Points: [][2]float64{{math.NaN(), 1}}})},
		{"points far apart", "groups[0].measures[0].bands.points[1]", "far apart", bands(scorecard.Bands{Points: [][2]float64{{-1.5e308, 1}, {1.5e308, 2}}})},
		{"steps descend", "groups[0].measures[0].bands.steps[1].below", "must ascend",
			bands(scorecard.Bands{Steps: []scorecard.Step{{Below: &half}, {Below: &half}, {Score: 5}}})},
		{"last step closed", "groups[0].measures[0].bands.steps[0].below", "must be open", bands(scorecard.Bands{Steps: []scorecard.Step{{Below: &half}}})},
		{"open step within", "groups[0].measures[0].bands.steps[0]", "only the last", bands(scorecard.Bands{Steps: []scorecard.Step{{}, {Score: 5}}})},
		{"exception names", "exceptions[0].weights.suport", `did you mean "support"?`, exception(scorecard.Exception{When: "x", Weights: map[string]float64{"suport": 0}})},
		{"exception bands of a group", "exceptions[0].bands.support", "not a group/measure",
			exception(scorecard.Exception{When: "x", Bands: map[string]scorecard.Bands{"support": flat}})},
		{"exception weight", "exceptions[0].weights.support", "neither 0 nor", exception(scorecard.Exception{When: "x", Weights: map[string]float64{"support": -2}})},
		{"exception without when", "exceptions[0].when", "condition", exception(scorecard.Exception{Weights: map[string]float64{"support": 2}})},
		{"empty exception", "exceptions[0]", "changes nothing", exception(scorecard.Exception{When: "x"})},
		{"cap bound", "caps[0].at", "0 to 100", func(c *scorecard.Scorecard) { c.Caps = []scorecard.Cap{{When: "x", At: 120}} }},
		{"cap without when", "caps[0].when", "condition", func(c *scorecard.Scorecard) { c.Caps = []scorecard.Cap{{At: 12}} }},
		{"policy", "missing", `did you mean "zero"?`, func(c *scorecard.Scorecard) { c.Missing.Policy = "zeros" }},
		{"neutral", "missing.neutral", "0 to 100", func(c *scorecard.Scorecard) { c.Missing = scorecard.Missing{Policy: scorecard.Neutral, Neutral: 150} }},
		{"coverage", "min_coverage", "from 0 to 1", func(c *scorecard.Scorecard) { c.MinCoverage = 40 }},
		{"band order", "bands", "below green", func(c *scorecard.Scorecard) { c.Yellow, c.Green = 60, 60 }},
	} {
		card := worked()
		c.spoil(&card)
		errs, _ := card.Validate().(minori.Errors)
		if len(errs) != 1 || errs[0].Field != c.field || !strings.Contains(errs[0].Message, c.says) || errs[0].Code != minori.Invalid {
			t.Errorf("%s: %v (fields %v), want one at %s saying %q", c.name, errs, fields(errs), c.field, c.says)
		}
	}
}

func fields(errs minori.Errors) []string {
	out := make([]string, len(errs))
	for i, e := range errs {
		out[i] = e.Field
	}
	return out
}

func TestValidateGivesThePosition(t *testing.T) {
	card := worked()
	card.Caps = []scorecard.Cap{{At: 500, When: "x", Pos: minori.Position{File: "health.yaml", Line: 12, Column: 5}}}
	if err := card.Validate(); err == nil || !strings.HasPrefix(err.Error(), "health.yaml:12:5: ") {
		t.Errorf("error is %v", err)
	}
}
