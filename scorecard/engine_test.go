package scorecard_test

import (
	"math"
	"testing"

	minori "github.com/minori-hq/minori"
	"github.com/minori-hq/minori/metric"
	"github.com/minori-hq/minori/scorecard"
)

var flat = scorecard.Bands{Points: [][2]float64{{0, 0}, {100, 100}}}

func known(v float64) metric.Value { return metric.Value{Type: metric.Number, Num: v} }

func unknown(r metric.Reason) metric.Value { return metric.Value{Type: metric.Number, Reason: r} }

func boolean(b bool) metric.Value {
	v := metric.Value{Type: metric.Bool}
	if b {
		v.Num = 1
	}
	return v
}

func near(t *testing.T, what string, got, want float64) {
	t.Helper()
	if !(math.Abs(got-want) <= 1e-6) {
		t.Errorf("%s is %v, want %v", what, got, want)
	}
}

// worked is the worked example of the semantics.
func worked() scorecard.Scorecard {
	m := func(name string, w float64) scorecard.Weighted {
		return scorecard.Weighted{Measure: name, Weight: w, Bands: flat}
	}
	return scorecard.Scorecard{
		Name: "health", Subject: minori.Account,
		Groups: []scorecard.Group{
			{Name: "adoption", Weight: 60, Measures: []scorecard.Weighted{m("a", 2), m("b", 1), m("c", 1)}},
			{Name: "support", Weight: 40, Measures: []scorecard.Weighted{m("d", 1)}},
		},
	}
}

func explain(t *testing.T, card scorecard.Scorecard, values, exceptions, caps []metric.Value, override *float64) scorecard.Explanation {
	t.Helper()
	x, err := scorecard.Compile(card, 1).Explain(scorecard.OneRow(values, exceptions, caps, override), 0)
	if err != nil {
		t.Fatal(err)
	}
	return x
}

func score(t *testing.T, card scorecard.Scorecard, values, exceptions, caps []metric.Value, override *float64) scorecard.Score {
	t.Helper()
	out, err := scorecard.Compile(card, 1).Score(scorecard.OneRow(values, exceptions, caps, override), nil)
	if err != nil {
		t.Fatal(err)
	}
	return out[0]
}

func workedValues() []metric.Value {
	return []metric.Value{known(80), known(50), unknown(metric.NoData), known(30)}
}

func TestWorkedExample(t *testing.T) {
	x := explain(t, worked(), workedValues(), nil, nil, nil)
	near(t, "score", *x.Score, 54)
	near(t, "computed", *x.Computed, 54)
	near(t, "coverage", x.Coverage, 0.85)
	near(t, "S(adoption)", *x.Groups[0].Score, 70)
	near(t, "coverage of adoption", x.Groups[0].Coverage, 0.75)
	if x.Band != scorecard.Yellow {
		t.Errorf("band is %q, want yellow", x.Band)
	}
	for i, want := range []float64{32, 10, 0, 12} {
		near(t, "contribution of "+x.Contributions[i].Measure, x.Contributions[i].Contribution, want)
	}
	for i, want := range []float64{0.4, 0.2, 0, 0.4} {
		near(t, "weight of "+x.Contributions[i].Measure, x.Contributions[i].Weight, want)
	}
	if x.Contributions[2].Score != nil {
		t.Errorf("the unknown c has score %v", *x.Contributions[2].Score)
	}
}

func TestWorkedExampleWithCap(t *testing.T) {
	card := worked()
	card.Caps = []scorecard.Cap{{When: "true", At: 49, Because: minori.Plain("Urgent ticket open")}}
	x := explain(t, card, workedValues(), nil, []metric.Value{boolean(true)}, nil)
	near(t, "score", *x.Score, 49)
	near(t, "computed", *x.Computed, 54)
	near(t, "cap's part", x.Cap.Part, -5)
	if x.Band != scorecard.Red {
		t.Errorf("band is %q, want red", x.Band)
	}
}

func TestWorkedExampleWithoutSupport(t *testing.T) {
	v := workedValues()
	v[3] = unknown(metric.Stale)
	x := explain(t, worked(), v, nil, nil, nil)
	near(t, "score", *x.Score, 70)
	near(t, "coverage", x.Coverage, 0.45)
	near(t, "contribution of a", x.Contributions[0].Contribution, 160.0/3)
	near(t, "contribution of b", x.Contributions[1].Contribution, 50.0/3)
	near(t, "contribution of d", x.Contributions[3].Contribution, 0)
}

func TestPolicies(t *testing.T) {
	for _, c := range []struct {
		missing  scorecard.Missing
		score, c float64
	}{
		{scorecard.Missing{Policy: scorecard.Skip}, 54, 0},
		{scorecard.Missing{Policy: scorecard.Zero}, 0.6*210/4 + 12, 0},
		{scorecard.Missing{Policy: scorecard.Neutral, Neutral: 60}, 0.6*270/4 + 12, 60.0 / 4 * 0.6},
	} {
		card := worked()
		card.Missing = c.missing
		x := explain(t, card, workedValues(), nil, nil, nil)
		near(t, string(c.missing.Policy)+" score", *x.Score, c.score)
		near(t, string(c.missing.Policy)+" contribution of c", x.Contributions[2].Contribution, c.c)
		near(t, string(c.missing.Policy)+" coverage", x.Coverage, 0.85)
	}
}

func TestUnknownScore(t *testing.T) {
	none := []metric.Value{unknown(metric.Stale), unknown(metric.NoData), unknown(metric.NoData), unknown(metric.NoData)}
	low := worked()
	low.MinCoverage = 0.9
	exact := worked()
	exact.MinCoverage = 0.85
	weightless := worked()
	for i := range weightless.Groups {
		weightless.Groups[i].Weight = 0
	}
	filled := worked()
	filled.Missing.Policy = scorecard.Zero
	for _, c := range []struct {
		name    string
		card    scorecard.Scorecard
		values  []metric.Value
		reason  scorecard.Reason
		because metric.Reason
	}{
		{"nothing known", worked(), none, scorecard.NothingKnown, metric.Stale},
		{"below min_coverage", low, workedValues(), scorecard.LowCoverage, metric.NoData},
		{"at min_coverage", exact, workedValues(), scorecard.Computed, metric.NoData},
		{"all weights 0", weightless, workedValues(), scorecard.NoWeights, metric.Known},
		{"nothing known counts as 0", filled, none, scorecard.Computed, metric.Stale},
	} {
		s := score(t, c.card, c.values, nil, nil, nil)
		if s.Reason != c.reason || s.Because != c.because {
			t.Errorf("%s: reason %q because %q, want %q because %q", c.name, s.Reason, s.Because, c.reason, c.because)
		}
		if s.Known() != (c.reason == scorecard.Computed) {
			t.Errorf("%s: known is %v", c.name, s.Known())
		}
		if !s.Known() && (s.Score != 0 || s.Band != scorecard.NoBand) {
			t.Errorf("%s: unknown, yet score %v and band %q", c.name, s.Score, s.Band)
		}
	}
}

func TestBooleansBandAsZeroAndOne(t *testing.T) {
	card := worked()
	card.Groups = []scorecard.Group{{Name: "g", Weight: 1, Measures: []scorecard.Weighted{{
		Measure: "m", Weight: 1, Bands: scorecard.Bands{Points: [][2]float64{{0, 10}, {1, 90}}},
	}}}}
	near(t, "true", score(t, card, []metric.Value{boolean(true)}, nil, nil, nil).Score, 90)
	near(t, "false", score(t, card, []metric.Value{boolean(false)}, nil, nil, nil).Score, 10)
}

func TestValuesThatAreNotFiniteAreUnknown(t *testing.T) {
	for _, v := range []float64{math.NaN(), math.Inf(1), math.Inf(-1)} {
		values := workedValues()
		values[0] = known(v)
		s := score(t, worked(), values, nil, nil, nil)
		near(t, "score", s.Score, 0.6*50+0.4*30)
		if s.Because != metric.NotFinite {
			t.Errorf("%v: because %q", v, s.Because)
		}
	}
}

func TestCaps(t *testing.T) {
	card := worked()
	card.Caps = []scorecard.Cap{{When: "x", At: 49}, {When: "y", At: 20}, {When: "z", At: 60}}
	yes, no, dunno := boolean(true), boolean(false), metric.Value{Type: metric.Bool, Num: 1, Reason: metric.Stale}
	for _, c := range []struct {
		name  string
		caps  []metric.Value
		score float64
		cap   int
	}{
		{"the lowest that holds wins", []metric.Value{yes, yes, yes}, 20, 1},
		{"one that does not hold is left out", []metric.Value{yes, no, yes}, 49, 0},
		{"an unknown one does not hold", []metric.Value{no, dunno, no}, 54, -1},
		{"one above the score changes nothing", []metric.Value{no, no, yes}, 54, -1},
	} {
		s := score(t, card, workedValues(), nil, c.caps, nil)
		near(t, c.name+": score", s.Score, c.score)
		near(t, c.name+": part", s.CapPart, c.score-54)
		near(t, c.name+": computed", s.Computed, 54)
		if s.Cap != c.cap {
			t.Errorf("%s: cap %d, want %d", c.name, s.Cap, c.cap)
		}
	}
}

func TestExceptions(t *testing.T) {
	card := worked()
	card.Exceptions = []scorecard.Exception{
		{When: "x", Weights: map[string]float64{"support": 0, "adoption/a": 0}},
		{When: "y", Bands: map[string]scorecard.Bands{"support/d": {Steps: []scorecard.Step{{Score: 100}}}}},
		{When: "z", Weights: map[string]float64{"adoption": 0, "support": 0}},
	}
	yes, no, dunno := boolean(true), boolean(false), metric.Value{Type: metric.Bool, Num: 1, Reason: metric.NoValue}
	for _, c := range []struct {
		name       string
		conditions []metric.Value
		score      float64
		exception  int
		coverage   float64
	}{
		{"the first that holds counts", []metric.Value{yes, yes, yes}, 50, 0, 0.5},
		{"the second alone replaces bands", []metric.Value{no, yes, no}, 82, 1, 0.85},
		{"an unknown one does not hold", []metric.Value{dunno, no, no}, 54, -1, 0.85},
		{"all weights 0: unknown", []metric.Value{no, no, yes}, 0, 2, 0},
	} {
		s := score(t, card, workedValues(), c.conditions, nil, nil)
		near(t, c.name+": score", s.Score, c.score)
		near(t, c.name+": coverage", s.Coverage, c.coverage)
		if s.Exception != c.exception || s.Known() != (c.exception != 2) {
			t.Errorf("%s: exception %d, known %v", c.name, s.Exception, s.Known())
		}
	}
}

func TestOverride(t *testing.T) {
	card := worked()
	card.Caps = []scorecard.Cap{{When: "x", At: 49}}
	hold, v := []metric.Value{boolean(true)}, 80.0
	x := explain(t, card, workedValues(), nil, hold, &v)
	near(t, "score", *x.Score, 80)
	near(t, "computed", *x.Computed, 54)
	near(t, "cap's part", x.Cap.Part, -5)
	near(t, "override's part", x.OverridePart, 31)
	if x.Band != scorecard.Green {
		t.Errorf("band is %q, want green", x.Band)
	}

	none := make([]metric.Value, 4)
	for i := range none {
		none[i] = unknown(metric.NoData)
	}
	x = explain(t, card, none, nil, hold, &v)
	if x.Computed != nil || x.Score == nil || *x.Score != 80 || x.OverridePart != 80 || x.Cap != nil {
		t.Errorf("an override of an unknown score gives %+v", x)
	}
}

func TestBandBounds(t *testing.T) {
	card := worked()
	for s, want := range map[float64]scorecard.Band{
		0: scorecard.Red, 49.999999999: scorecard.Red, 50: scorecard.Yellow,
		74.999999999: scorecard.Yellow, 75: scorecard.Green, 100: scorecard.Green,
	} {
		if got := card.BandOf(s); got != want {
			t.Errorf("band of %v is %q, want %q", s, got, want)
		}
	}
	card.Yellow, card.Green = 0, 30
	if got := card.BandOf(0); got != scorecard.Yellow {
		t.Errorf("band of 0 from 0 is %q, want yellow", got)
	}
}

func TestBandsUseTheRoundedScore(t *testing.T) {
	card := worked()
	card.Groups = []scorecard.Group{{Name: "g", Weight: 0.1, Measures: []scorecard.Weighted{
		{Measure: "a", Weight: 0.1, Bands: flat}, {Measure: "b", Weight: 0.2, Bands: flat}, {Measure: "c", Weight: 0.7, Bands: flat},
	}}}
	v := known(75 - 1e-12)
	s := score(t, card, []metric.Value{v, v, v}, nil, nil, nil)
	if s.Score != 75 || s.Band != scorecard.Green {
		t.Errorf("score %v, band %q; want 75 and green", s.Score, s.Band)
	}
}

func TestBandsScore(t *testing.T) {
	lines := scorecard.Bands{Points: [][2]float64{{0, 0}, {0.5, 60}, {1, 100}}}
	low, mid := 0.2, 0.6
	steps := scorecard.Bands{Steps: []scorecard.Step{{Below: &low, Score: 0}, {Below: &mid, Score: 50}, {Score: 100}}}
	for _, c := range []struct {
		bands scorecard.Bands
		v     float64
		want  float64
	}{
		{lines, -3, 0}, {lines, 0, 0}, {lines, 0.25, 30}, {lines, 0.5, 60}, {lines, 0.75, 80}, {lines, 1, 100}, {lines, 9, 100},
		{steps, -1, 0}, {steps, 0.199999999, 0}, {steps, 0.2, 50}, {steps, 0.6, 100}, {steps, 7, 100},
		{scorecard.Bands{Points: [][2]float64{{3, 40}}}, 5, 40},
	} {
		near(t, "score", c.bands.Score(c.v), c.want)
	}
}

func TestScoreRefusesColumnsThatDoNotFit(t *testing.T) {
	e := scorecard.Compile(worked(), 1)
	in := scorecard.OneRow(workedValues(), nil, nil, nil)
	in.Rows = 2
	if _, err := e.Score(in, nil); minori.CodeOf(err) != minori.Internal {
		t.Errorf("too few rows: %v", err)
	}
	if _, err := e.Score(scorecard.OneRow(workedValues()[:3], nil, nil, nil), nil); err == nil {
		t.Error("a column is missing and nobody says so")
	}
}

func TestColumns(t *testing.T) {
	e := scorecard.Compile(worked(), 1)
	in := scorecard.Input{Rows: 2}
	for i := range 4 {
		in.Measures = append(in.Measures, metric.Column{
			Type: metric.Number, Num: []float64{float64(10 * i), 0}, Reason: []metric.Reason{metric.Known, metric.Building},
		})
	}
	out, err := e.Score(in, make([]scorecard.Score, 0, 2))
	if err != nil {
		t.Fatal(err)
	}
	s, b := scorecard.Columns(out)
	if v := s.Value(0); v.Reason != metric.Known || v.Num != out[0].Score {
		t.Errorf("score is %+v", v)
	}
	if v := b.Value(0); v.Text != string(out[0].Band) || v.Text == "" {
		t.Errorf("band is %+v", v)
	}
	if s.Value(1).Reason != metric.Building || b.Value(1).Reason != metric.Building {
		t.Errorf("unknown score is %+v", s.Value(1))
	}
}

func TestScoreAllocatesNothingPerRow(t *testing.T) {
	const rows = 1000
	e := scorecard.Compile(worked(), 1)
	in := scorecard.Input{Rows: rows}
	for range 4 {
		in.Measures = append(in.Measures, metric.Column{Type: metric.Number, Num: make([]float64, rows), Reason: make([]metric.Reason, rows)})
	}
	out := make([]scorecard.Score, 0, rows)
	n := testing.AllocsPerRun(5, func() {
		if _, err := e.Score(in, out); err != nil {
			t.Fatal(err)
		}
	})
	if n > 5 {
		t.Errorf("%v allocations for %d rows", n, rows)
	}
}
