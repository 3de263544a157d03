package sample

import (
	"context"
	"runtime"
	"sync"

	minori "github.com/minori-hq/minori"
)

// Chunk is some neighbouring accounts with all their usage in columns.
type Chunk struct {
	First    int // index of the first account
	Accounts []*AccountData
	Cells    Cells
	Actors   Actors
}

// Cells is daily rollups in columns, ordered by account, metric and day.
type Cells struct {
	Account             []int32 // index into the chunk's accounts
	Metric              []uint8 // index into Metrics
	Day                 []minori.Day
	Count               []int32
	Sum, Min, Max, Last []float64
}

// Actors is distinct actors per account, metric and day in columns, in the
// order of cells.
type Actors struct {
	Account []int32 // index into the chunk's accounts
	Metric  []uint8
	Day     []minori.Day
	Actor   []int32 // user of the account, see ActorID
}

// Len gives the number of cells.
func (c *Cells) Len() int { return len(c.Day) }

// Len gives the number of rows.
func (a *Actors) Len() int { return len(a.Day) }

func (c *Cells) reset() {
	c.Account, c.Metric, c.Day, c.Count = c.Account[:0], c.Metric[:0], c.Day[:0], c.Count[:0]
	c.Sum, c.Min, c.Max, c.Last = c.Sum[:0], c.Min[:0], c.Max[:0], c.Last[:0]
}

func (c *Cells) add(account int32, m uint8, d minori.Day, v *Cell) {
	c.Account, c.Metric, c.Day = append(c.Account, account), append(c.Metric, m), append(c.Day, d)
	c.Count, c.Sum = append(c.Count, v.Count), append(c.Sum, v.Sum)
	c.Min, c.Max, c.Last = append(c.Min, v.Min), append(c.Max, v.Max), append(c.Last, v.Last)
}

func (a *Actors) reset() {
	a.Account, a.Metric, a.Day, a.Actor = a.Account[:0], a.Metric[:0], a.Day[:0], a.Actor[:0]
}

// dayCell and dayActor keep what one account gives until it is put in order.
type dayCell struct {
	day  minori.Day
	cell Cell
}

type dayActor struct {
	day   minori.Day
	actor int32
}

// maker fills chunks; it keeps its buffers from one to the next.
type maker struct {
	cells  [numMetrics][]dayCell
	actors [numMetrics][]dayActor
}

// fill makes the accounts from first up to and not including end.
func (mk *maker) fill(c *Company, ch *Chunk, first, end int) {
	ch.First, ch.Accounts = first, ch.Accounts[:0]
	ch.Cells.reset()
	ch.Actors.reset()
	for i := first; i < end; i++ {
		a := c.Account(i)
		ch.Accounts = append(ch.Accounts, a)
		mk.usage(a, ch, int32(i-first))
	}
}

// usage adds the usage of one account, put in order of metrics.
func (mk *maker) usage(a *AccountData, ch *Chunk, at int32) {
	for m := range mk.cells {
		mk.cells[m], mk.actors[m] = mk.cells[m][:0], mk.actors[m][:0]
	}
	a.EachDay(func(d minori.Day, m int, cell Cell, actors []int32) {
		mk.cells[m] = append(mk.cells[m], dayCell{d, cell})
		for _, who := range actors {
			mk.actors[m] = append(mk.actors[m], dayActor{d, who})
		}
	})
	for m := range mk.cells {
		for i := range mk.cells[m] {
			ch.Cells.add(at, uint8(m), mk.cells[m][i].day, &mk.cells[m][i].cell)
		}
		for _, x := range mk.actors[m] {
			r := &ch.Actors
			r.Account, r.Metric = append(r.Account, at), append(r.Metric, uint8(m))
			r.Day, r.Actor = append(r.Day, x.day), append(r.Actor, x.actor)
		}
	}
}

// DefaultChunk is a good number of accounts per chunk: a few tens of megabytes.
const DefaultChunk = 250

// Chunks makes all accounts in chunks of size accounts (0: DefaultChunk) with
// so many workers (0: as many as processors) and gives them in order. A chunk
// is valid during the call only; its accounts may be kept. At most workers+1
// chunks are in memory. The first error of fn, or of ctx, ends it.
func (c *Company) Chunks(ctx context.Context, size, workers int, fn func(*Chunk) error) error {
	if size <= 0 {
		size = DefaultChunk
	}
	if workers <= 0 {
		workers = runtime.GOMAXPROCS(0)
	}
	ctx, cancel := context.WithCancel(ctx)
	var all sync.WaitGroup
	defer all.Wait()
	defer cancel()

	type job struct {
		first int
		chunk *Chunk
		done  chan struct{}
	}
	free := make(chan *Chunk, workers+1)
	for range workers + 1 {
		free <- &Chunk{}
	}
	todo, ordered := make(chan job), make(chan job, workers+1)
	for range workers {
		all.Go(func() {
			mk := &maker{}
			for j := range todo {
				mk.fill(c, j.chunk, j.first, min(j.first+size, c.cfg.Accounts))
				close(j.done)
			}
		})
	}
	all.Go(func() {
		defer close(ordered)
		defer close(todo)
		for first := 0; first < c.cfg.Accounts; first += size {
			select {
			case <-ctx.Done():
				return
			case chunk := <-free:
				j := job{first, chunk, make(chan struct{})}
				ordered <- j
				todo <- j
			}
		}
	})
	for j := range ordered {
		<-j.done
		if err := ctx.Err(); err != nil {
			return err
		}
		if err := fn(j.chunk); err != nil {
			return err
		}
		j.chunk.Accounts = nil
		free <- j.chunk
	}
	return ctx.Err()
}
