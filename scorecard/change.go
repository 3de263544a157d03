package scorecard

import (
	"cmp"
	"math"
	"slices"

	"github.com/minori-hq/minori/metric"
)

// Why says what moved a part of a score.
type Why string

// The causes. A measure whose value and share both moved gets the one that
// weighs more.
const (
	WhyValue      Why = "value"              // its value is another
	WhyKnown      Why = "became_known"       // it was unknown before
	WhyUnknown    Why = "became_unknown"     // it is unknown now
	WhyWeight     Why = "weight"             // it counts more or less as others became known or unknown
	WhyDefinition Why = "definition_version" // the scorecard's definition is another
	WhyException  Why = "exception"          // another exception holds, or none any more
	WhyCoverage   Why = "coverage"           // too little was known at one end to compute a score
	WhyCap        Why = "cap"                // the cap's part is another
	WhyOverride   Why = "override"           // the override's part is another
)

// Part is one part of a change. Group and Measure are empty for the parts of
// cap and override.
type Part struct {
	Group   string
	Measure string
	From    metric.Value // the measure's value, the cap's bound or the override; its Reason tells when there was none
	To      metric.Value
	Before  float64 // contribution at the first time, 0–100, or the cap's or override's part
	After   float64 // the same at the second time
	Delta   float64 // After − Before, rounded to 9 decimals; never 0
	Why     Why
}

// Change is how a score came from one time to another. The parts' deltas add
// up to To − From within 1e-6. When either score is unknown there are no
// parts, only the reason.
type Change struct {
	From    *float64
	To      *float64
	Parts   []Part // largest first, then as defined
	Reason  Reason // why the later unknown score is unknown
	Because metric.Reason
}

// ExplainChange compares two explanations of one subject and scorecard: per
// measure the difference of its contributions, plus the differences of the
// cap's and the override's part (semantics, Scores).
func ExplainChange(from, to Explanation) Change {
	c := Change{From: from.Score, To: to.Score}
	if to.Score == nil {
		c.Reason, c.Because = to.Reason, to.Because
		return c
	}
	if from.Score == nil {
		c.Reason, c.Because = from.Reason, from.Because
		return c
	}
	for _, p := range pairs(from.Contributions, to.Contributions) {
		c.add(measurePart(p, &from, &to))
	}
	c.add(capChange(from.Cap, to.Cap))
	c.add(Part{
		From: optional(from.Override), To: optional(to.Override),
		Before: from.OverridePart, After: to.OverridePart, Why: WhyOverride,
	})
	slices.SortStableFunc(c.Parts, func(a, b Part) int { return cmp.Compare(math.Abs(b.Delta), math.Abs(a.Delta)) })
	return c
}

// Parts takes a score apart in the form of a change from nothing: the parts
// add up to the score itself; none when it is unknown.
func (x Explanation) Parts() []Part {
	if x.Score == nil {
		return nil
	}
	var c Change
	for i := range x.Contributions {
		b := &x.Contributions[i]
		c.add(Part{
			Group: b.Group, Measure: b.Measure, From: absent(), To: b.Value, After: b.Contribution, Why: WhyValue,
		})
	}
	c.add(capChange(nil, x.Cap))
	c.add(Part{From: absent(), To: optional(x.Override), After: x.OverridePart, Why: WhyOverride})
	return c.Parts
}

func (c *Change) add(p Part) {
	if p.Delta = round9(p.After - p.Before); p.Delta != 0 {
		c.Parts = append(c.Parts, p)
	}
}

// pair is one measure at both times; nil where the definition lacks it.
type pair struct{ a, b *Contribution }

// pairs gives the measures of to in their order, then those only in from.
func pairs(from, to []Contribution) []pair {
	type key struct{ group, measure string }
	old := make(map[key]*Contribution, len(from))
	for i := range from {
		old[key{from[i].Group, from[i].Measure}] = &from[i]
	}
	var out []pair
	for i := range to {
		k := key{to[i].Group, to[i].Measure}
		out = append(out, pair{old[k], &to[i]})
		delete(old, k)
	}
	for i := range from {
		if a, ok := old[key{from[i].Group, from[i].Measure}]; ok {
			out = append(out, pair{a, nil})
		}
	}
	return out
}

func measurePart(p pair, from, to *Explanation) Part {
	part := Part{From: absent(), To: absent(), Why: why(p, from, to)}
	if p.a != nil {
		part.Group, part.Measure, part.From, part.Before = p.a.Group, p.a.Measure, p.a.Value, p.a.Contribution
	}
	if p.b != nil {
		part.Group, part.Measure, part.To, part.After = p.b.Group, p.b.Measure, p.b.Value, p.b.Contribution
	}
	return part
}

// why finds the cause of a measure's part. With scores s and shares w the
// difference of the contributions is (s1 − s0)·(w0 + w1)/2 by the score plus
// (w1 − w0)·(s0 + s1)/2 by the share.
func why(p pair, from, to *Explanation) Why {
	if p.a == nil || p.b == nil {
		return WhyDefinition
	}
	before, after := p.a.Value.Reason == metric.Known, p.b.Value.Reason == metric.Known
	switch {
	case before && !after:
		return WhyUnknown
	case !before && after:
		return WhyKnown
	case (from.Computed == nil) != (to.Computed == nil):
		return WhyCoverage
	}
	structure := WhyDefinition
	if from.Version == to.Version && from.Exception != to.Exception {
		structure = WhyException
	}
	s0, s1 := orZero(p.a.Score), orZero(p.b.Score)
	byScore := math.Abs(s1-s0) * (p.a.Weight + p.b.Weight)
	byShare := math.Abs(p.b.Weight-p.a.Weight) * (s0 + s1)
	switch {
	case byScore >= byShare && before && p.a.Value.Num != p.b.Value.Num:
		return WhyValue
	case byScore >= byShare, p.a.Nominal != p.b.Nominal:
		return structure
	}
	return WhyWeight
}

func orZero(v *float64) float64 {
	if v == nil {
		return 0
	}
	return *v
}

func capChange(a, b *CapPart) Part {
	p := Part{From: absent(), To: absent(), Why: WhyCap}
	if a != nil {
		p.From, p.Before = optional(&a.At), a.Part
	}
	if b != nil {
		p.To, p.After = optional(&b.At), b.Part
	}
	return p
}

func absent() metric.Value { return metric.Value{Type: metric.Number, Reason: metric.NoValue} }

func optional(v *float64) metric.Value {
	if v == nil {
		return absent()
	}
	return metric.Value{Type: metric.Number, Num: *v}
}
