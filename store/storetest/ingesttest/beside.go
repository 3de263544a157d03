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

// Sizes of what is received beside all else.
const (
	besideBatches  = 150
	besideSize     = 200
	besideAccounts = 20
	besideEvents   = besideBatches * besideSize
)

// others is what goes on while messages are received.
type others struct {
	*bench
	wait             sync.WaitGroup
	done             atomic.Bool
	folded, imported atomic.Int64
}

// run does something again and again until done.
func (o *others) run(what string, fn func(i int) error) {
	o.wait.Add(1)
	go func() {
		defer o.wait.Done()
		for i := 0; !o.done.Load(); i++ {
			if err := fn(i); err != nil {
				o.Errorf("%s: %v", what, err)
				return
			}
		}
	}()
}

func (o *others) fold(int) error {
	_, upTo, err := o.l.Identities(o.ctx, 100)
	if err != nil {
		return err
	}
	f, err := o.l.Fold(o.ctx, upTo, 1000, true)
	o.folded.Add(int64(f.Events + f.Attached))
	return err
}

func (o *others) importOne(i int) error {
	o.imported.Add(1)
	_, err := o.l.Ingest(o.ctx, metric.Ingest{Source: 1, Import: 1, Events: []metric.EventRow{{Row: metric.Row{Key: metric.Hash{Lo: uint64(i)}},
		Subject: minori.ID(1 + i%besideAccounts), Name: "login", Actor: "i", Time: at(today, i), Day: today, Properties: `{"minutes":1}`}}})
	return err
}

func (o *others) read(int) error {
	sum := 0.0
	for _, v := range o.ask(leaf(login, metric.Sum, 9)) {
		sum += v[0].Num
	}
	if most := float64(besideEvents + o.imported.Load()); sum > most {
		return fmt.Errorf("%v logins of at most %v", sum, most)
	}
	_, _, err := o.l.Backlog(o.ctx)
	return err
}

func (o *others) keys(int) error {
	n := map[uint64]bool{}
	err := o.l.Keys(o.ctx, 0, func(_ minori.Day, keys []uint64, _ []uint16) error {
		for _, k := range keys {
			if n[k] {
				return fmt.Errorf("key %x twice", k)
			}
			n[k] = true
		}
		return nil
	})
	if err == nil && len(n)%besideSize != 0 {
		err = fmt.Errorf("%d keys, not whole batches", len(n))
	}
	return err
}

// beside: messages are received while others are folded, compacted, imported,
// expired and read; nothing is lost or counted twice.
func beside(t *testing.T, b *bench) {
	b.start(besideAccounts)
	o := &others{bench: b}
	o.run("fold", o.fold)
	o.run("compact", func(int) error { return b.l.Compact(b.ctx) })
	o.run("checkpoint", func(int) error { return b.l.Checkpoint(b.ctx) })
	o.run("expire", func(int) error { return b.l.Expire(b.ctx, today-30, today-60) })
	o.run("import", o.importOne)
	o.run("read", o.read)
	o.run("keys", o.keys)
	for range besideBatches {
		ms := make([]ingest.Received, besideSize)
		for i := range ms {
			ms[i] = b.message(ingest.Track, "login", fmt.Sprint("u", i%50), fmt.Sprint("a", 1+i%besideAccounts), today, i, `{"minutes":1}`)
		}
		if err := b.l.Receive(b.ctx, ms); err != nil {
			t.Errorf("receive: %v", err)
			break
		}
	}
	o.done.Store(true)
	o.wait.Wait()
	f, err := b.l.Fold(b.ctx, math.MaxInt64, 1<<20, true)
	b.ok(err)
	o.folded.Add(int64(f.Events))
	for _, when := range []string{"at the end", "reopened"} {
		var logins, spent float64
		for _, v := range b.ask(leaf(login, metric.Sum, 9), leaf(minutes, metric.Sum, 9)) {
			logins += v[0].Num
			spent += v[1].Num
		}
		total := float64(besideEvents + o.imported.Load())
		got, err := b.l.Events(b.ctx, 0, today, "", 0, nil)
		b.ok(err)
		b.want(when, logins, total, spent, total, float64(got.Events), total, float64(o.folded.Load()), besideEvents, float64(len(b.arrivals(0)[today])), besideEvents)
		b.backlog(0, 0)
		b.reopen()
	}
}
