package scorecard_test

import (
	"fmt"
	"math"
	"testing"

	minori "github.com/minori-hq/minori"
	"github.com/minori-hq/minori/metric"
	"github.com/minori-hq/minori/scorecard"
	"pgregory.net/rapid"
)

var weights = rapid.OneOf(rapid.Float64Range(scorecard.MinWeight, scorecard.MaxWeight), rapid.Float64Range(0.1, 10), rapid.SampledFrom([]float64{0, 1, 2, 60}))

func drawBands(t *rapid.T) scorecard.Bands {
	n := rapid.IntRange(1, 4).Draw(t, "bands")
	at, steps := rapid.Float64Range(-50, 0).Draw(t, "from"), rapid.Bool().Draw(t, "steps")
	var b scorecard.Bands
	for i := range n {
		s := rapid.Float64Range(0, 100).Draw(t, "score")
		if !steps {
			b.Points = append(b.Points, [2]float64{at, s})
		} else if step := (scorecard.Step{Score: s}); i == n-1 {
			b.Steps = append(b.Steps, step)
		} else {
			bound := at
			step.Below = &bound
			b.Steps = append(b.Steps, step)
		}
		at += rapid.Float64Range(0.1, 40).Draw(t, "width")
	}
	return b
}

func drawCard(t *rapid.T) scorecard.Scorecard {
	card := scorecard.Scorecard{
		Name: "card", Subject: minori.Account,
		MinCoverage: rapid.SampledFrom([]float64{0, 0, 0.3}).Draw(t, "min coverage"),
		Missing: scorecard.Missing{
			Policy:  rapid.SampledFrom([]scorecard.Policy{"", scorecard.Skip, scorecard.Zero, scorecard.Neutral}).Draw(t, "policy"),
			Neutral: rapid.Float64Range(0, 100).Draw(t, "neutral"),
		},
	}
	for g := range rapid.IntRange(1, 4).Draw(t, "groups") {
		group := scorecard.Group{Name: fmt.Sprintf("g%d", g), Weight: weights.Draw(t, "W")}
		for range rapid.IntRange(1, 4).Draw(t, "measures") {
			name := fmt.Sprintf("m%d", len(card.Groups)*10+len(group.Measures))
			if g > 0 && len(group.Measures) == 0 && rapid.Bool().Draw(t, "shared") {
				name = "m0"
			}
			group.Measures = append(group.Measures, scorecard.Weighted{Measure: name, Weight: weights.Draw(t, "w"), Bands: drawBands(t)})
		}
		card.Groups = append(card.Groups, group)
	}
	for range rapid.IntRange(0, 2).Draw(t, "exceptions") {
		g := card.Groups[rapid.IntRange(0, len(card.Groups)-1).Draw(t, "group")]
		key := g.Name + "/" + g.Measures[0].Measure
		card.Exceptions = append(card.Exceptions, scorecard.Exception{
			When:    "x",
			Weights: map[string]float64{g.Name: weights.Draw(t, "W"), key: weights.Draw(t, "w")},
			Bands:   map[string]scorecard.Bands{key: drawBands(t)},
		})
	}
	for range rapid.IntRange(0, 3).Draw(t, "caps") {
		card.Caps = append(card.Caps, scorecard.Cap{When: "x", At: rapid.Float64Range(0, 100).Draw(t, "at")})
	}
	return card
}

func drawColumns(t *rapid.T, n, rows int, typ metric.Type) []metric.Column {
	cols := make([]metric.Column, n)
	for i := range cols {
		c := metric.Column{Type: typ}
		for range rows {
			v := rapid.Float64Range(-60, 120).Draw(t, "value")
			if typ == metric.Bool {
				v = float64(rapid.IntRange(0, 1).Draw(t, "bool"))
			}
			r := rapid.SampledFrom([]metric.Reason{metric.Known, metric.Known, metric.Known, metric.NoData, metric.Stale}).Draw(t, "reason")
			c.Num, c.Reason = append(c.Num, v), append(c.Reason, r)
		}
		cols[i] = c
	}
	return cols
}

func drawInput(t *rapid.T, e *scorecard.Engine, rows int) scorecard.Input {
	in := scorecard.Input{
		Rows:       rows,
		Measures:   drawColumns(t, len(e.Measures()), rows, metric.Number),
		Exceptions: drawColumns(t, len(e.Card().Exceptions), rows, metric.Bool),
		Caps:       drawColumns(t, len(e.Card().Caps), rows, metric.Bool),
		Overrides:  map[int]float64{},
	}
	for i := range rows {
		if rapid.IntRange(0, 3).Draw(t, "overridden") == 0 {
			in.Overrides[i] = rapid.Float64Range(0, 100).Draw(t, "override")
		}
	}
	return in
}

func mustExplain(t *rapid.T, e *scorecard.Engine, in scorecard.Input, i int) scorecard.Explanation {
	x, err := e.Explain(in, i)
	if err != nil {
		t.Fatal(err)
	}
	return x
}

func TestColumnsEqualExplanation(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		e := scorecard.Compile(drawCard(t), 1)
		in := drawInput(t, e, rapid.IntRange(1, 5).Draw(t, "rows"))
		out, err := e.Score(in, nil)
		if err != nil {
			t.Fatal(err)
		}
		for i, s := range out {
			x := mustExplain(t, e, in, i)
			if s.Known() != (x.Score != nil) || s.Known() && s.Score != *x.Score {
				t.Fatalf("row %d: score %v, explained as %v", i, s.Score, x.Score)
			}
			if (s.Reason == scorecard.Computed) != (x.Computed != nil) || x.Computed != nil && s.Computed != *x.Computed {
				t.Fatalf("row %d: computed %v, explained as %v", i, s.Computed, x.Computed)
			}
			if s.Coverage != x.Coverage || s.Band != x.Band || s.Exception != x.Exception || s.Because != x.Because {
				t.Fatalf("row %d: %+v, explained as %+v", i, s, x)
			}
		}
	})
}

func TestPartsAddUp(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		e := scorecard.Compile(drawCard(t), 1)
		x := mustExplain(t, e, drawInput(t, e, 1), 0)
		sum, shares := 0.0, 0.0
		for _, c := range x.Contributions {
			sum += c.Contribution
			shares += c.Weight
			if c.Score != nil && math.Abs(c.Contribution-*c.Score*c.Weight) > 1e-6 {
				t.Fatalf("%s contributes %v with score %v and weight %v", c.Measure, c.Contribution, *c.Score, c.Weight)
			}
		}
		if x.Computed == nil {
			if sum != 0 || shares != 0 {
				t.Fatalf("nothing was computed, yet the contributions are %v", sum)
			}
		} else if math.Abs(sum-*x.Computed) > 1e-6 || math.Abs(shares-1) > 1e-6 {
			t.Fatalf("contributions add up to %v, weights to %v, computed is %v", sum, shares, *x.Computed)
		}
		if x.Score == nil {
			return
		}
		want := 0.0
		switch {
		case x.Override != nil:
			want = *x.Override
		case x.Cap != nil:
			want = *x.Computed + x.Cap.Part
		default:
			want = *x.Computed
		}
		if math.Abs(*x.Score-want) > 1e-6 {
			t.Fatalf("score %v, want %v", *x.Score, want)
		}
		total := 0.0
		for _, p := range x.Parts() {
			total += p.Delta
		}
		if math.Abs(*x.Score-total) > 1e-6 {
			t.Fatalf("score %v, its parts add up to %v", *x.Score, total)
		}
	})
}

// naive is the formula of the semantics written out over one row without
// exception, cap and override.
func naive(card scorecard.Scorecard, values map[string]metric.Value) (s, coverage float64, ok bool) {
	W, W1, sum := 0.0, 0.0, 0.0
	for _, g := range card.Groups {
		w, w1, known, groupSum := 0.0, 0.0, 0.0, 0.0
		for _, m := range g.Measures {
			w += m.Weight
			v := values[m.Measure]
			switch {
			case v.Reason == metric.Known:
				groupSum += m.Weight * m.Bands.Score(v.Num)
				w1 += m.Weight
				known += m.Weight
			case card.Missing.Policy == scorecard.Neutral:
				groupSum += m.Weight * card.Missing.Neutral
				w1 += m.Weight
			case card.Missing.Policy == scorecard.Zero:
				w1 += m.Weight
			}
		}
		if w == 0 {
			continue
		}
		W += g.Weight
		coverage += g.Weight * known / w
		if w1 > 0 {
			W1 += g.Weight
			sum += g.Weight * groupSum / w1
		}
	}
	if W == 0 || W1 == 0 || coverage/W < card.MinCoverage-1e-9 {
		return 0, 0, false
	}
	return sum / W1, coverage / W, true
}

func TestScoreIsTheFormula(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		card := drawCard(t)
		card.Exceptions, card.Caps = nil, nil
		e := scorecard.Compile(card, 1)
		in := drawInput(t, e, 1)
		in.Overrides = nil
		values := map[string]metric.Value{}
		for i, name := range e.Measures() {
			values[name] = in.Measures[i].Value(0)
		}
		s, coverage, ok := naive(card, values)
		out, err := e.Score(in, nil)
		if err != nil {
			t.Fatal(err)
		}
		if ok != out[0].Known() {
			t.Fatalf("known is %v, want %v", out[0].Known(), ok)
		}
		if ok && (math.Abs(s-out[0].Score) > 1e-6 || math.Abs(coverage-out[0].Coverage) > 1e-6) {
			t.Fatalf("score %v coverage %v, want %v and %v", out[0].Score, out[0].Coverage, s, coverage)
		}
	})
}

func TestScoreRisesWithAMeasuresScore(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		card := drawCard(t)
		rising := scorecard.Bands{Points: [][2]float64{{-60, 0}, {120, 100}}}
		for g := range card.Groups {
			for m := range card.Groups[g].Measures {
				card.Groups[g].Measures[m].Bands = rising
			}
		}
		for i := range card.Exceptions {
			card.Exceptions[i].Bands = nil
		}
		e := scorecard.Compile(card, 1)
		in := drawInput(t, e, 1)
		in.Overrides = nil
		before := mustExplain(t, e, in, 0)
		k := rapid.IntRange(0, len(in.Measures)-1).Draw(t, "which")
		in.Measures[k].Num[0] += rapid.Float64Range(0, 60).Draw(t, "rise")
		after := mustExplain(t, e, in, 0)
		if (before.Score == nil) != (after.Score == nil) || before.Score != nil && *after.Score < *before.Score-1e-9 {
			t.Fatalf("a measure rose and the score went from %v to %v", before.Score, after.Score)
		}
	})
}

func TestSkipIsTheScoreOfTheKnownAlone(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		card := drawCard(t)
		card.Missing, card.MinCoverage = scorecard.Missing{Policy: scorecard.Skip}, 0
		card.Exceptions, card.Caps = nil, nil
		e := scorecard.Compile(card, 1)
		in := drawInput(t, e, 1)
		in.Overrides = nil
		full := mustExplain(t, e, in, 0)

		less := card
		less.Groups = nil
		reasons := map[string]metric.Reason{}
		for i, name := range e.Measures() {
			reasons[name] = in.Measures[i].Reason[0]
		}
		for _, g := range card.Groups {
			var kept []scorecard.Weighted
			for _, m := range g.Measures {
				if reasons[m.Measure] == metric.Known {
					kept = append(kept, m)
				}
			}
			if g.Measures = kept; len(kept) > 0 {
				less.Groups = append(less.Groups, g)
			}
		}
		le := scorecard.Compile(less, 1)
		var values []metric.Value
		for _, name := range le.Measures() {
			for i, n := range e.Measures() {
				if n == name {
					values = append(values, in.Measures[i].Value(0))
				}
			}
		}
		alone := mustExplain(t, le, scorecard.OneRow(values, nil, nil, nil), 0)
		if (full.Score == nil) != (alone.Score == nil) || full.Score != nil && math.Abs(*full.Score-*alone.Score) > 1e-6 {
			t.Fatalf("score %v, of the known measures alone %v", full.Score, alone.Score)
		}
	})
}

func TestChangeAddsUp(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		e0 := scorecard.Compile(drawCard(t), 1)
		e1 := e0
		if rapid.Bool().Draw(t, "another definition") {
			e1 = scorecard.Compile(drawCard(t), 2)
		}
		from, to := mustExplain(t, e0, drawInput(t, e0, 1), 0), mustExplain(t, e1, drawInput(t, e1, 1), 0)
		c := scorecard.ExplainChange(from, to)
		if from.Score == nil || to.Score == nil {
			if len(c.Parts) != 0 || c.Reason == scorecard.Computed {
				t.Fatalf("an end is unknown: parts %v, reason %q", c.Parts, c.Reason)
			}
			return
		}
		sum := 0.0
		for _, p := range c.Parts {
			sum += p.Delta
			if p.Why == "" || p.Delta == 0 || math.Abs(p.After-p.Before-p.Delta) > 1e-6 {
				t.Fatalf("part %+v", p)
			}
		}
		if math.Abs(sum-(*to.Score-*from.Score)) > 1e-6 {
			t.Fatalf("parts add up to %v, the score went from %v to %v", sum, *from.Score, *to.Score)
		}
	})
}
