// Package seen knows which messages arrived in the last days, to drop those
// that come again. What it keeps of a message is 64 bits of its hash, 12 more
// by where they are kept, and its generation: of 50 million messages known, a
// new one is taken for one of them with a probability of 1 to 10^15.
//
// A set never holds many more keys than it was made for: when it is full it
// forgets the oldest generation, at most a day or the 32nd part of what it
// holds. The keys lie outside of Go's heap, which else would be given as much
// again to grow into.
package seen

import (
	"sync"

	minori "github.com/minori-hq/minori"
	"github.com/zeebo/xxh3"
)

// Key gives the key of a message of a source. It is the same on every machine
// and in every version of the program: keys are kept.
func Key(source int64, message string) (key uint64, shard uint16) {
	h := xxh3.HashString128Seed(message, uint64(source))
	return h.Lo, uint16(h.Hi >> 48)
}

const (
	// tables is into how many a set is cut. Each grows by itself, so that growing
	// is never long: at 50 million keys a table has 12,000.
	tables = 1 << 12
	// parts is how many generations a full set has at least.
	parts = 32
)

// Set is a set of keys. It is safe for concurrent use.
type Set struct {
	mu     sync.Mutex
	most   int
	n      int // keys in the tables
	tables [tables]table
	// live are the generations, the oldest first, numbered from first on, round
	// and round. Keys of older ones are forgotten when their table is swept.
	live  []generation
	first uint8
	known int // keys of live generations
	dirty int // tables that may hold keys of forgotten generations
	next  int // table to be swept next
}

// generation is keys that arrived one after the other on one day.
type generation struct {
	day minori.Day
	n   int
}

// New makes an empty set for about as many keys as given. Close gives its
// memory back.
func New(most int) *Set { return &Set{most: max(most, parts)} }

// Add adds a key that arrives on a day, and reports whether it is new. Days
// never go back.
func (s *Set) Add(key uint64, shard uint16, day minori.Day) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	g := s.generation(day)
	if !s.tables[shard%tables].add(filled(key), s.first+uint8(g)) {
		return false
	}
	s.live[g].n++
	s.n++
	s.known++
	return true
}

// generation gives the place of the generation of keys that arrive now. It
// forgets the oldest when there are too many keys.
func (s *Set) generation(day minori.Day) int {
	last := len(s.live) - 1
	if last < 0 || s.live[last].day < day || s.live[last].n >= s.most/parts {
		n := 0
		for left := s.known; n < len(s.live) && left >= s.most; n++ {
			left -= s.live[n].n
		}
		if n > 0 {
			s.forget(n)
		}
		s.live = append(s.live, generation{day: day})
		last = len(s.live) - 1
	}
	return last
}

// forget forgets the oldest generations.
func (s *Set) forget(n int) {
	for _, g := range s.live[:n] {
		s.known -= g.n
	}
	s.live = append(s.live[:0], s.live[n:]...)
	s.first += uint8(n)
	s.dirty = tables
}

// Remove takes a key out that was added for nothing.
func (s *Set) Remove(key uint64, shard uint16) {
	s.mu.Lock()
	defer s.mu.Unlock()
	g, there := s.tables[shard%tables].remove(filled(key))
	if !there {
		return
	}
	s.n--
	if i := int(g - s.first); i < len(s.live) {
		s.live[i].n--
		s.known--
	}
}

// Expire forgets the keys that arrived before a day. Their memory is given back
// by Sweep.
func (s *Set) Expire(before minori.Day) {
	s.mu.Lock()
	defer s.mu.Unlock()
	n := 0
	for n < len(s.live) && s.live[n].day < before {
		n++
	}
	if n > 0 {
		s.forget(n)
	}
}

// Sweep goes on giving back the memory of forgotten keys. Called with the number
// of keys after they were added it keeps up with any rate; a call for 10,000
// keys takes some milliseconds, and nothing when there is nothing to sweep.
func (s *Set) Sweep(added int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for range min(s.dirty, 1+2*added*tables/(s.most/parts)) {
		t := &s.tables[s.next]
		before := t.n
		t.keep(s.first)
		s.n -= before - t.n
		s.next = (s.next + 1) % tables
		s.dirty--
	}
}

// Len gives how many keys are known.
func (s *Set) Len() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.known
}

// Since gives the day from which on all keys are known; false for an empty set.
func (s *Set) Since() (minori.Day, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.live) == 0 {
		return 0, false
	}
	return s.live[0].day, true
}

// Bytes gives how much memory the keys take.
func (s *Set) Bytes() int64 {
	s.mu.Lock()
	defer s.mu.Unlock()
	var n int64
	for i := range s.tables {
		n += int64(len(s.tables[i].mem))
	}
	return n
}

// Close gives the memory back; the set is empty then.
func (s *Set) Close() {
	s.mu.Lock()
	defer s.mu.Unlock()
	for i := range s.tables {
		s.tables[i].free()
	}
	s.live, s.n, s.known, s.dirty = nil, 0, 0, 0
}
