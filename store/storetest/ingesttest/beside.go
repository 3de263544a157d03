package ingesttest

import (
	"fmt"
	"math"
	"sync"
	"sync/atomic"
	"testing"

	minori "github.com/minori-hq/minori"
	"github.com/minori-hq/minori/ingest"
	"github.com/minori-hq/minori/metric"
)

// beside: messages are received while others are folded, compacted, imported,
// expired and read; nothing is lost or counted twice.
func beside(t *testing.T, b *bench) {
	const batches, size, accounts = 150, 200, 20
	b.start(accounts)
	var wg sync.WaitGroup
	var done atomic.Bool
	run := func(what string, fn func(i int) error) {
		wg.Add(1)
		go func() {
			defer wg.Done()
			for i := 0; !done.Load(); i++ {
				if err := fn(i); err != nil {
					t.Errorf("%s: %v", what, err)
					return
				}
			}
		}()
	}
	var folded, imported atomic.Int64
	run("fold", func(int) error {
		_, upTo, err := b.l.Identities(b.ctx, 100)
		if err != nil {
			return err
		}
		f, err := b.l.Fold(b.ctx, upTo, 1000, true)
		folded.Add(int64(f.Events + f.Attached))
		return err
	})
	run("compact", func(int) error { return b.l.Compact(b.ctx) })
	run("checkpoint", func(int) error { return b.l.Checkpoint(b.ctx) })
	run("expire", func(int) error { return b.l.Expire(b.ctx, today-30, today-60) })
	run("import", func(i int) error {
		_, err := b.l.Ingest(b.ctx, metric.Ingest{Source: 1, Import: 1, Events: []metric.EventRow{{Row: metric.Row{Key: metric.Hash{Lo: uint64(i)}},
			Subject: minori.ID(1 + i%accounts), Name: "login", Actor: "i", Time: at(today, i), Day: today, Properties: `{"minutes":1}`}}})
		imported.Add(1)
		return err
	})
	run("read", func(int) error {
		sum := 0.0
		for _, v := range b.ask(leaf(login, metric.Sum, 9)) {
			sum += v[0].Num
		}
		if most := float64(batches*size) + float64(imported.Load()+1); sum > most {
			return fmt.Errorf("%v logins of at most %v", sum, most)
		}
		_, _, err := b.l.Backlog(b.ctx)
		return err
	})
	run("keys", func(int) error {
		n := map[uint64]bool{}
		err := b.l.Keys(b.ctx, 0, func(_ minori.Day, keys []uint64, _ []uint16) error {
			for _, k := range keys {
				if n[k] {
					return fmt.Errorf("key %x twice", k)
				}
				n[k] = true
			}
			return nil
		})
		if err == nil && len(n)%size != 0 {
			err = fmt.Errorf("%d keys, not whole batches", len(n))
		}
		return err
	})
	for range batches {
		ms := make([]ingest.Received, size)
		for i := range ms {
			ms[i] = b.message(ingest.Track, "login", fmt.Sprint("u", i%50), fmt.Sprint("a", 1+i%accounts), today, i, `{"minutes":1}`)
		}
		if err := b.l.Receive(b.ctx, ms); err != nil {
			t.Errorf("receive: %v", err)
			break
		}
	}
	done.Store(true)
	wg.Wait()
	f, err := b.l.Fold(b.ctx, math.MaxInt64, 1<<20, true)
	b.ok(err)
	folded.Add(int64(f.Events))
	for _, when := range []string{"at the end", "reopened"} {
		sum, minutesSum := 0.0, 0.0
		for _, v := range b.ask(leaf(login, metric.Sum, 9), leaf(minutes, metric.Sum, 9)) {
			sum += v[0].Num
			minutesSum += v[1].Num
		}
		total := float64(batches*size) + float64(imported.Load())
		got, err := b.l.Events(b.ctx, 0, today, "", 0, nil)
		b.ok(err)
		b.want(when, sum, total, minutesSum, total, float64(got.Events), total, float64(folded.Load()), batches*size, float64(len(b.arrivals(0)[today])), batches*size)
		b.backlog(0, 0)
		b.reopen()
	}
	t.Logf("%d events were imported", imported.Load())
}
