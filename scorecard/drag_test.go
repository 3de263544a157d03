package scorecard_test

import (
	"math"
	"testing"

	"pgregory.net/rapid"

	"github.com/minori-hq/minori/metric"
	"github.com/minori-hq/minori/scorecard"
)

func TestDrags(t *testing.T) {
	card := scorecard.Scorecard{Name: "health", Groups: []scorecard.Group{
		{Name: "a", Weight: 3, Measures: []scorecard.Weighted{
			{Measure: "use", Weight: 1, Bands: scorecard.Bands{Points: [][2]float64{{0, 0}, {1, 100}}}},
			{Measure: "depth", Weight: 1, Bands: scorecard.Bands{Points: [][2]float64{{0, 0}, {1, 100}}}},
		}},
		{Name: "b", Weight: 1, Measures: []scorecard.Weighted{{Measure: "nps", Weight: 1, Bands: scorecard.Bands{Points: [][2]float64{{0, 0}, {1, 100}}}}}},
	}, Caps: []scorecard.Cap{{When: "true", At: 20}}}
	engine := scorecard.Compile(card, 1)
	value := func(x float64) metric.Value { return metric.Value{Type: metric.Number, Num: x} }
	none := metric.Value{Type: metric.Number, Reason: metric.NoData}
	yes, no := metric.Value{Type: metric.Bool, Num: 1}, metric.Value{Type: metric.Bool}
	manual := 90.0
	for _, c := range []struct {
		name            string
		use, depth, nps metric.Value
		cap             metric.Value
		override        *float64
		what            string
		points          float64
		reason          metric.Reason
	}{
		{name: "the heaviest loss wins over the lowest score", use: value(0.5), depth: value(1), nps: value(0.4), cap: no, what: "use", points: -18.75},
		{name: "an unknown measure takes nothing", use: none, depth: value(0.8), nps: value(0), cap: no, what: "nps", points: -25},
		{name: "a cap that takes more", use: value(1), depth: value(0.9), nps: value(1), cap: yes, what: "cap:0", points: -76.25},
		{name: "nothing is lost", use: value(1), depth: value(1), nps: value(1), cap: no, reason: metric.NoValue},
		{name: "a manual score", use: value(0), depth: value(1), nps: value(1), cap: no, override: &manual, reason: metric.NoValue},
		{name: "no score", use: none, depth: none, nps: none, cap: no, reason: metric.NoValue},
	} {
		what, points, err := engine.Drags(scorecard.OneRow([]metric.Value{c.use, c.depth, c.nps}, nil, []metric.Value{c.cap}, c.override))
		if err != nil {
			t.Fatalf("%s: %v", c.name, err)
		}
		if what.Reason[0] != c.reason || points.Reason[0] != c.reason || what.Text[0] != c.what || points.Num[0] != c.points {
			t.Errorf("%s: got %q %v (%v), want %q %v (%v)", c.name, what.Text[0], points.Num[0], what.Reason[0], c.what, c.points, c.reason)
		}
	}
	if i, ok := scorecard.DragCap("cap:12"); !ok || i != 12 {
		t.Errorf("cap:12 is read as %d, %t", i, ok)
	}
	if _, ok := scorecard.DragCap("capacity"); ok {
		t.Error("a measure is read as a cap")
	}
}

// What a measure takes is what its explanation lacks to its full weight.
func TestDragsAreOfTheExplanation(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		card := scorecard.Scorecard{Name: "health", Groups: []scorecard.Group{{Name: "g", Weight: 1}, {Name: "h", Weight: 2}}}
		var values []metric.Value
		for i, name := range []string{"a", "b", "c", "d"} {
			g := &card.Groups[i%2]
			g.Measures = append(g.Measures, scorecard.Weighted{Measure: name, Weight: float64(rapid.IntRange(1, 5).Draw(t, "weight")),
				Bands: scorecard.Bands{Points: [][2]float64{{0, 0}, {1, 100}}}})
		}
		engine := scorecard.Compile(card, 1)
		for range engine.Measures() {
			v := metric.Value{Type: metric.Number, Num: rapid.Float64Range(0, 1).Draw(t, "value")}
			if rapid.IntRange(0, 3).Draw(t, "unknown") == 0 {
				v = metric.Value{Type: metric.Number, Reason: metric.NoData}
			}
			values = append(values, v)
		}
		in := scorecard.OneRow(values, nil, nil, nil)
		what, points, err := engine.Drags(in)
		if err != nil {
			t.Fatal(err)
		}
		x, err := engine.Explain(in, 0)
		if err != nil {
			t.Fatal(err)
		}
		most := 0.0
		for _, c := range x.Contributions {
			lost := 100*c.Weight - c.Contribution
			most = math.Max(most, lost)
			if c.Measure == what.Text[0] && math.Abs(lost+points.Num[0]) > 1e-6 {
				t.Fatalf("%s takes %v, its explanation says %v", c.Measure, points.Num[0], lost)
			}
		}
		if math.Abs(most+points.Num[0]) > 1e-6 {
			t.Fatalf("%q takes %v, but %v are lost to one measure", what.Text[0], points.Num[0], most)
		}
	})
}
