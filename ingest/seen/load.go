package seen

import (
	"errors"
	"runtime"
	"sync"

	minori "github.com/minori-hq/minori"
)

// ErrFull says that there are more keys than the set is for.
var ErrFull = errors.New("there are more keys than are kept in memory")

// loadBlock is how many keys are gathered before they go into the tables: each
// table is then in the processor's cache while its share is added.
const loadBlock = 1 << 19

// Loader fills an empty set with many keys, those of days from one on. It is
// not safe for concurrent use, and nobody uses the set meanwhile.
type Loader struct {
	set         *Set
	keys        []uint64
	shards      []uint16
	generations []uint8
}

// Loader empties the set and makes a loader of keys that arrived from a day on
// and not after another, at most 100 days apart. Flush it at the end.
func (s *Set) Loader(from, to minori.Day) *Loader {
	s.Close()
	for d := from; d <= to; d++ {
		s.live = append(s.live, generation{day: d})
	}
	return &Loader{set: s}
}

// Load adds keys that arrived on a day. It gives ErrFull when the set is full.
func (l *Loader) Load(day minori.Day, keys []uint64, shards []uint16) error {
	s := l.set
	g := uint8(min(max(day-s.live[0].day, 0), minori.Day(len(s.live)-1)))
	for len(keys) > 0 {
		n := min(len(keys), loadBlock-len(l.keys))
		l.keys, l.shards = append(l.keys, keys[:n]...), append(l.shards, shards[:n]...)
		for range n {
			l.generations = append(l.generations, s.first+g)
		}
		if keys, shards = keys[n:], shards[n:]; len(l.keys) == loadBlock {
			l.Flush()
		}
	}
	if s.n > s.most {
		return ErrFull
	}
	return nil
}

// Flush adds what was gathered.
func (l *Loader) Flush() {
	var ends [tables + 1]int
	for _, sh := range l.shards {
		ends[sh%tables+1]++
	}
	for i := range tables {
		ends[i+1] += ends[i]
	}
	next := ends
	order := make([]int32, len(l.keys)) // of the keys, by table
	for i, sh := range l.shards {
		at := &next[sh%tables]
		order[*at] = int32(i)
		*at++
	}
	s := l.set
	workers := min(runtime.GOMAXPROCS(0), 8)
	fresh := make([][]int, workers) // new keys, by generation
	var wg sync.WaitGroup
	for w := range workers {
		wg.Go(func() {
			n := make([]int, len(s.live))
			for i := tables * w / workers; i < tables*(w+1)/workers; i++ {
				t := &s.tables[i]
				for _, j := range order[ends[i]:ends[i+1]] {
					if t.add(filled(l.keys[j]), l.generations[j]) {
						n[l.generations[j]-s.first]++
					}
				}
			}
			fresh[w] = n
		})
	}
	wg.Wait()
	for _, counts := range fresh {
		for g, n := range counts {
			s.live[g].n += n
			s.n += n
			s.known += n
		}
	}
	l.keys, l.shards, l.generations = l.keys[:0], l.shards[:0], l.generations[:0]
}
