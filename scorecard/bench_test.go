package scorecard_test

import (
	"fmt"
	"math/rand/v2"
	"testing"

	minori "github.com/minori-hq/minori"
	"github.com/minori-hq/minori/metric"
	"github.com/minori-hq/minori/scorecard"
)

// BenchmarkScore scores 100,000 subjects on two scorecards of 20 measures.
func BenchmarkScore(b *testing.B) {
	const rows, measures = 100_000, 20
	r := rand.New(rand.NewPCG(1, 2))
	in := scorecard.Input{Rows: rows, Overrides: map[int]float64{3: 10}}
	column := func(missing float64, boolean bool) metric.Column {
		c := metric.Column{Type: metric.Number, Num: make([]float64, rows), Reason: make([]metric.Reason, rows)}
		for i := range rows {
			c.Num[i] = r.Float64()
			if boolean {
				c.Num[i] = float64(r.IntN(2))
			}
			if r.Float64() < missing {
				c.Reason[i] = metric.NoData
			}
		}
		return c
	}
	var groups []scorecard.Group
	for i := range measures {
		if i%5 == 0 {
			groups = append(groups, scorecard.Group{Name: fmt.Sprintf("g%d", i), Weight: 1 + float64(i)})
		}
		g := &groups[len(groups)-1]
		g.Measures = append(g.Measures, scorecard.Weighted{
			Measure: fmt.Sprintf("m%d", i), Weight: 1 + float64(i%3),
			Bands: scorecard.Bands{Points: [][2]float64{{0.1, 0}, {0.5, 60}, {0.9, 100}}},
		})
		in.Measures = append(in.Measures, column(0.1, false))
	}
	in.Exceptions = []metric.Column{column(0, true)}
	in.Caps = []metric.Column{column(0, true), column(0, true)}
	engines := make([]*scorecard.Engine, 2)
	for i := range engines {
		engines[i] = scorecard.Compile(scorecard.Scorecard{
			Name: "card", Subject: minori.Account, Groups: groups,
			Exceptions: []scorecard.Exception{{When: "x", Weights: map[string]float64{"g0": float64(i)}}},
			Caps:       []scorecard.Cap{{When: "x", At: 49}, {When: "y", At: 60}},
		}, 1)
	}
	var out []scorecard.Score
	b.ReportAllocs()
	for b.Loop() {
		for _, e := range engines {
			var err error
			if out, err = e.Score(in, out); err != nil {
				b.Fatal(err)
			}
		}
	}
}
