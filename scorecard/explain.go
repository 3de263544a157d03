package scorecard

import (
	minori "github.com/minori-hq/minori"
	"github.com/minori-hq/minori/metric"
)

// Explanation takes one subject's score apart. All numbers are rounded to 9
// decimals. Where the computed score is known it is the sum of the
// contributions; the score is the sum of the contributions, the cap's part and
// the override's part.
type Explanation struct {
	Version   int64    // of the scorecard's definition
	Score     *float64 // 0–100: the override, else computed + the cap's part; nil when unknown
	Computed  *float64 // 0–100: before cap and override; nil when unknown
	Override  *float64 // 0–100; nil for none
	Coverage  float64  // 0–1
	Band      Band     // of Score; NoBand when unknown
	Reason    Reason   // why Computed is unknown
	Because   metric.Reason
	Exception int      // index of the exception that holds; −1 for none
	Cap       *CapPart // the cap that bounds the computed score; nil for none
	// OverridePart is what the override adds to computed + the cap's part, or
	// to 0 when the computed score is unknown; 0 without override.
	OverridePart  float64
	Groups        []GroupPart
	Contributions []Contribution // per group and measure, as defined
}

// CapPart is what a cap takes off the computed score.
type CapPart struct {
	At      float64 // the bound, 0–100
	Because minori.Text
	Part    float64 // < 0
}

// GroupPart is one group of an explanation.
type GroupPart struct {
	Name     string
	Weight   float64  // effective share of the computed score, 0–1
	Score    *float64 // 0–100; nil when no measure of it is known
	Coverage float64  // share of the group's weight that is known, 0–1
}

// Contribution is what one measure in one group counts with.
type Contribution struct {
	Group   string
	Measure string
	Value   metric.Value
	Score   *float64 // 0–100 by its bands or the policy for unknown ones; nil when left out
	Weight  float64  // effective share, 0–1: w/Σ counted w in the group · W/Σ counted W
	Nominal float64  // the share it would have were every measure known, 0–1
	// Contribution is Score · Weight; 0 when left out or the computed score is unknown.
	Contribution float64
}

// Explain takes the score of row i apart; its numbers are those of Score.
func (e *Engine) Explain(in Input, i int) (Explanation, error) {
	if err := e.check(&in); err != nil {
		return Explanation{}, err
	}
	if i < 0 || i >= in.Rows {
		return Explanation{}, minori.Errorf(minori.Internal, "scorecard %s: no row %d of %d", e.card.Name, i, in.Rows)
	}
	var s Score
	v := e.variants[first(in.Exceptions, i)+1]
	parts := make([]part, v.size())
	e.score(&in, i, &s, parts)
	x := Explanation{
		Version: e.version, Coverage: s.Coverage, Reason: s.Reason, Because: s.Because, Exception: s.Exception,
	}
	base := 0.0
	if s.Reason == Computed {
		x.Computed, base = number(s.Computed), s.Score
	}
	if s.Cap >= 0 {
		c := e.card.Caps[s.Cap]
		x.Cap = &CapPart{At: c.At, Because: c.Because, Part: s.CapPart}
	}
	if o, ok := in.Overrides[i]; ok {
		e.override(&s, o)
		x.Override, x.OverridePart = number(s.Override), round9(s.Override-base)
	}
	if s.Known() {
		x.Score, x.Band = number(s.Score), s.Band
	}
	e.contributions(&x, &in, i, v, parts)
	return x, nil
}

func number(v float64) *float64 { return &v }

func (v *variant) size() int {
	n := 0
	for _, b := range v.blocks {
		n += len(b.slots)
	}
	return n
}

// contributions fills Groups and Contributions.
func (e *Engine) contributions(x *Explanation, in *Input, row int, v variant, parts []part) {
	counted := make([]float64, len(v.blocks)) // Σ counted w per group
	total, at := 0.0, 0                       // Σ counted W
	for g, b := range v.blocks {
		for k, t := range b.slots {
			if parts[at+k].counted {
				counted[g] += t.weight
			}
		}
		at += len(b.slots)
		if counted[g] > 0 {
			total += b.weight
		}
	}
	at = 0
	for g, b := range v.blocks {
		share := 0.0
		if x.Computed != nil && counted[g] > 0 {
			share = b.weight / total
		}
		group := GroupPart{Name: e.card.Groups[g].Name, Weight: round9(share)}
		sum, known := 0.0, 0.0
		for k, t := range b.slots {
			p := parts[at+k]
			c := Contribution{Group: group.Name, Measure: e.measures[t.column], Value: in.Measures[t.column].Value(row)}
			if c.Value.Reason = valueReason(&in.Measures[t.column], row); c.Value.Reason == metric.Known {
				known += t.weight
			}
			if p.scored {
				c.Score = number(p.score)
			}
			if p.counted {
				sum += t.weight * p.score
				c.Weight = round9(t.weight / counted[g] * share)
				c.Contribution = round9(p.score * t.weight / counted[g] * share)
			}
			if b.sum > 0 && v.total > 0 {
				c.Nominal = round9(t.weight / b.sum * b.weight / v.total)
			}
			x.Contributions = append(x.Contributions, c)
		}
		at += len(b.slots)
		if counted[g] > 0 {
			group.Score = number(round9(sum / counted[g]))
			group.Coverage = round9(known / b.sum)
		}
		x.Groups = append(x.Groups, group)
	}
}
