package ingest_test

import (
	"fmt"
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/minori-hq/minori/account/traits"
	"github.com/minori-hq/minori/ingest"
)

// BenchmarkIdentities applies identify and group messages of 20,000 users of
// 2,000 accounts to the records; each second message changes something.
func BenchmarkIdentities(b *testing.B) {
	e := open(b, b.TempDir())
	const batch = 2000
	r := rand.New(rand.NewPCG(1, 2))
	arrival := int64(0)
	produce := func() []traits.Message {
		out := make([]traits.Message, batch)
		for i := range out {
			arrival++
			user := r.IntN(20_000)
			out[i] = traits.Message{Arrival: arrival, Source: 1, Kind: traits.Identify, User: fmt.Sprint("user-", user), Anonymous: fmt.Sprint("v-", user), Time: arrival * 1000,
				Account: fmt.Sprint("account-", user%2000),
				Traits:  fmt.Sprintf(`{"name":"Ann Ames","email":"u%d@x.example","title":"T%d","phone":"123","plan":"pro","createdAt":"2024-05-01T00:00:00Z"}`, user, r.IntN(2))}
			if i%2 == 0 {
				out[i].Kind, out[i].Anonymous = traits.Group, ""
				out[i].Traits = fmt.Sprintf(`{"name":"Company %d","industry":"Steel","monthlySpend":%d,"plan":"pro","employees":20,"website":"https://x.example"}`, user%2000, r.IntN(2))
			}
		}
		return out
	}
	_, err := e.traits.Apply(e.ctx, produce())
	e.ok(err)
	n := 0
	for b.Loop() {
		b.StopTimer()
		messages := produce()
		b.StartTimer()
		_, err := e.traits.Apply(e.ctx, messages)
		e.ok(err)
		n += batch
	}
	b.ReportMetric(float64(n)/b.Elapsed().Seconds(), "messages/s")
}

// BenchmarkAccept measures Accept of batches of 100 by 16 callers, and folding
// beside it.
func BenchmarkAccept(b *testing.B) {
	for _, folding := range []bool{false, true} {
		b.Run(fmt.Sprintf("folding=%v", folding), func(b *testing.B) {
			e := open(b, b.TempDir())
			for i := range 100 {
				e.accept(e.message(ingest.Group, fmt.Sprint("user-", i), fmt.Sprint("account-", i), ""))
			}
			e.fold()
			var next, stored atomic.Int64
			stop := make(chan struct{})
			var wg sync.WaitGroup
			if folding {
				wg.Go(func() {
					for {
						select {
						case <-stop:
							return
						case <-time.After(300 * time.Millisecond):
							_, err := e.service.Fold(e.ctx)
							e.ok(err)
						}
					}
				})
			}
			b.SetParallelism(8)
			b.RunParallel(func(pb *testing.PB) {
				messages := make([]ingest.Message, 100)
				for pb.Next() {
					for i := range messages {
						n := next.Add(1)
						messages[i] = ingest.Message{Kind: ingest.Track, Event: "login", ID: fmt.Sprintf("0b5c8a8e-91f7-%d", n), User: fmt.Sprint("user-", n%5000),
							Account: fmt.Sprint("account-", n%100), Time: e.now.UnixMicro() - n, Body: `{"plan":"pro","feature":"export","duration":12}`}
					}
					for e.service.Accept(e.ctx, 1, messages) != nil {
						time.Sleep(10 * time.Millisecond)
					}
					stored.Add(100)
				}
			})
			b.ReportMetric(float64(stored.Load())/b.Elapsed().Seconds(), "events/s")
			close(stop)
			wg.Wait()
		})
	}
}
