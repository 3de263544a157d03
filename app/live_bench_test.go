package app

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	minori "github.com/minori-hq/minori"
	"github.com/minori-hq/minori/store/lake"
)

// BenchmarkTouched evaluates some accounts, picked at random, as of instants
// seconds apart, after an evaluation of all: what a live cycle takes.
func BenchmarkTouched(b *testing.B) {
	a := openSample(b)
	defer a.Close()
	ctx := context.Background()
	at := a.Now()
	next := func() minori.AsOf {
		at = at.Add(time.Second)
		return minori.At(at, a.Location())
	}
	if _, err := a.Evaluate.Touched(ctx, minori.System(), nil, next()); err != nil {
		b.Fatal(err)
	}
	var ids []minori.ID
	err := a.Lake.EachRow(ctx, lake.ListQuery{Kind: minori.Account, Columns: []string{}}, 1<<30, func(r lake.ListRow) error {
		ids = append(ids, r.Subject)
		return nil
	})
	if err != nil {
		b.Fatal(err)
	}
	for _, n := range []int{10, 1000, 3000, 18000} {
		if n > len(ids) {
			break
		}
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			random := rand.New(rand.NewPCG(1, uint64(n)))
			for range b.N {
				some := make([]minori.ID, n)
				for i, k := range random.Perm(len(ids))[:n] {
					some[i] = ids[k]
				}
				slices.Sort(some)
				rep, err := a.Evaluate.Touched(ctx, minori.System(), some, next())
				if err != nil {
					b.Fatal(err)
				}
				if rep.Whole {
					b.Fatal("all were evaluated")
				}
				b.ReportMetric(rep.Seconds.Measures, "measures-s")
				b.ReportMetric(rep.Seconds.Scores, "scores-s")
				b.ReportMetric(rep.Seconds.Rules, "rules-s")
				b.ReportMetric(rep.Seconds.Total, "total-s")
			}
		})
	}
}
