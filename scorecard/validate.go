package scorecard

import (
	"fmt"
	"math"
	"slices"
	"strings"

	minori "github.com/minori-hq/minori"
)

// Validate reports everything that is wrong with the definition, as
// minori.Errors with code Invalid; Field names the place, such as
// "groups[0].measures[1].weight". It does not look at the conditions' text nor
// at whether the measures exist.
func (c Scorecard) Validate() error {
	v := &validator{}
	if !minori.ValidName(c.Name) {
		v.add("name", "%q cannot name a scorecard: use lower case letters, digits, '-', '_' and '.'", c.Name)
	}
	if !c.Subject.Valid() {
		v.add("subject", "%q is not a kind of subject: write account or person", c.Subject)
	}
	v.groups(c.Groups)
	for i, x := range c.Exceptions {
		v.pos = x.Pos
		v.exception(fmt.Sprintf("exceptions[%d]", i), x, c)
	}
	for i, x := range c.Caps {
		v.pos = x.Pos
		at := fmt.Sprintf("caps[%d]", i)
		if strings.TrimSpace(x.When) == "" {
			v.add(at+".when", "a cap needs a condition: write when")
		}
		v.score(at+".at", x.At)
	}
	v.pos = minori.Position{}
	v.settings(c)
	return v.errs.OrNil()
}

// Measures gives the names of the measures used, each once, in the order of
// their first use.
func (c Scorecard) Measures() []string {
	var names []string
	for _, g := range c.Groups {
		for _, m := range g.Measures {
			if !slices.Contains(names, m.Measure) {
				names = append(names, m.Measure)
			}
		}
	}
	return names
}

type validator struct {
	errs minori.Errors
	pos  minori.Position
}

func (v *validator) add(field, format string, args ...any) {
	e := minori.Errorf(minori.Invalid, format, args...)
	e.Field, e.Pos = field, v.pos
	v.errs = append(v.errs, e)
}

func (v *validator) score(field string, s float64) {
	if !(s >= 0 && s <= 100) {
		v.add(field, "the score %v lies outside 0 to 100", s)
	}
}

func (v *validator) weight(field string, w float64) {
	if w != 0 && !(w >= MinWeight && w <= MaxWeight) {
		v.add(field, "the weight %v is neither 0 nor a number from %v to %.0f", w, MinWeight, MaxWeight)
	}
}

// Bounds of the weight of a group or measure that is not 0; between them no
// share of a score is lost to rounding.
const (
	MinWeight = 1e-9
	MaxWeight = 1e9
)

func (v *validator) groups(groups []Group) {
	if len(groups) == 0 {
		v.add("groups", "a scorecard needs at least one group with a measure")
		return
	}
	total := 0.0
	var names []string
	for i, g := range groups {
		at := fmt.Sprintf("groups[%d]", i)
		if !minori.ValidName(g.Name) {
			v.add(at+".name", "%q cannot name a group: use lower case letters, digits, '-', '_' and '.'", g.Name)
		}
		if slices.Contains(names, g.Name) {
			v.add(at+".name", "the group %s stands twice: give one of them another name", g.Name)
		}
		names = append(names, g.Name)
		v.weight(at+".weight", g.Weight)
		if sum := v.measures(at, g); sum > 0 {
			total += max(g.Weight, 0)
		} else if len(g.Measures) > 0 && g.Weight > 0 {
			v.add(at+".measures", "all measures of the group %s have weight 0: give one of them a weight above 0, or the group weight 0", g.Name)
			total += g.Weight
		}
	}
	if total == 0 {
		v.add("groups", "all weights are 0, so the score would always be unknown: give a group and a measure in it a weight above 0")
	}
}

func (v *validator) measures(at string, g Group) (sum float64) {
	if len(g.Measures) == 0 {
		v.add(at+".measures", "the group %s has no measures: add one or leave the group out", g.Name)
	}
	var names []string
	for i, m := range g.Measures {
		in := fmt.Sprintf("%s.measures[%d]", at, i)
		if !minori.ValidName(m.Measure) {
			v.add(in+".measure", "%q cannot name a measure: use lower case letters, digits, '-', '_' and '.'", m.Measure)
		}
		if slices.Contains(names, m.Measure) {
			v.add(in+".measure", "the measure %s stands twice in the group %s: leave one out", m.Measure, g.Name)
		}
		names = append(names, m.Measure)
		v.weight(in+".weight", m.Weight)
		v.bands(in+".bands", m.Bands)
		sum += max(m.Weight, 0)
	}
	return sum
}

func (v *validator) bands(at string, b Bands) {
	switch {
	case len(b.Points) > 0 && len(b.Steps) > 0:
		v.add(at, "bands have either points or steps, not both")
	case len(b.Points) > 0:
		v.points(at, b.Points)
	case len(b.Steps) > 0:
		v.steps(at, b.Steps)
	default:
		v.add(at, "bands are missing: write points such as [[0, 0], [1, 100]], or steps")
	}
}

func (v *validator) points(at string, points [][2]float64) {
	for i, p := range points {
		in := fmt.Sprintf("%s.points[%d]", at, i)
		v.score(in, p[1])
		switch {
		case !finite(p[0]):
			v.add(in, "the value %v is not a finite number", p[0])
		case i > 0 && !(p[0] > points[i-1][0]):
			v.add(in, "the values of points must ascend, but %v does not lie above %v", p[0], points[i-1][0])
		case i > 0 && !finite(p[0]-points[i-1][0]):
			v.add(in, "the values %v and %v lie too far apart", points[i-1][0], p[0])
		}
	}
}

func (v *validator) steps(at string, steps []Step) {
	for i, s := range steps {
		in := fmt.Sprintf("%s.steps[%d]", at, i)
		v.score(in+".score", s.Score)
		last := i == len(steps)-1
		switch {
		case s.Below == nil && !last:
			v.add(in, "only the last step may be without below")
		case s.Below != nil && last:
			v.add(in+".below", "the last step must be open: leave its below out")
		case s.Below == nil:
		case !finite(*s.Below):
			v.add(in+".below", "the bound %v is not a finite number", *s.Below)
		case i > 0 && steps[i-1].Below != nil && !(*s.Below > *steps[i-1].Below):
			v.add(in+".below", "the bounds of steps must ascend, but %v does not lie above %v", *s.Below, *steps[i-1].Below)
		}
	}
}

func (v *validator) exception(at string, x Exception, c Scorecard) {
	if strings.TrimSpace(x.When) == "" {
		v.add(at+".when", "an exception needs a condition: write when")
	}
	if len(x.Weights) == 0 && len(x.Bands) == 0 {
		v.add(at, "the exception changes nothing: give it weights or bands")
	}
	var groups, measures []string
	for _, g := range c.Groups {
		groups = append(groups, g.Name)
		for _, m := range g.Measures {
			measures = append(measures, g.Name+"/"+m.Measure)
		}
	}
	all := slices.Concat(groups, measures)
	for _, key := range sortedKeys(x.Weights) {
		in := at + ".weights." + key
		v.weight(in, x.Weights[key])
		if !slices.Contains(all, key) {
			v.add(in, "%q is neither a group nor a group/measure of this scorecard%s", key, minori.DidYouMean(key, all))
		}
	}
	for _, key := range sortedKeys(x.Bands) {
		in := at + ".bands." + key
		v.bands(in, x.Bands[key])
		if !slices.Contains(measures, key) {
			v.add(in, "%q is not a group/measure of this scorecard%s", key, minori.DidYouMean(key, measures))
		}
	}
}

func (v *validator) settings(c Scorecard) {
	policies := []string{string(Skip), string(Zero), string(Neutral)}
	if p := string(c.Missing.Policy); p != "" && !slices.Contains(policies, p) {
		v.add("missing", "%q is not a policy for unknown measures: write skip, zero or {neutral: 50}%s", p, minori.DidYouMean(p, policies))
	}
	if c.Missing.Policy == Neutral {
		v.score("missing.neutral", c.Missing.Neutral)
	}
	if !(c.MinCoverage >= 0 && c.MinCoverage <= 1) {
		v.add("min_coverage", "min_coverage is a share from 0 to 1, not %v", c.MinCoverage)
	}
	yellow, green := c.Bounds()
	v.score("bands.yellow", yellow)
	v.score("bands.green", green)
	if yellow >= green {
		v.add("bands", "yellow begins at %v and must begin below green, which begins at %v", yellow, green)
	}
}

func finite(x float64) bool { return !math.IsNaN(x) && !math.IsInf(x, 0) }

func sortedKeys[V any](m map[string]V) []string {
	keys := make([]string, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys
}
