package importer

import (
	"crypto/sha256"
	"encoding/binary"
	"math"
	"slices"

	"github.com/minori-hq/minori/importer/rowio"
	"github.com/minori-hq/minori/metric"
)

// sum hashes bytes to 128 bits.
func sum(b []byte) metric.Hash {
	s := sha256.Sum256(b)
	return metric.Hash{Hi: binary.BigEndian.Uint64(s[:8]), Lo: binary.BigEndian.Uint64(s[8:16])}
}

// appendText adds a text with its length, so that no two lists of texts give
// the same bytes.
func appendText(b []byte, s string) []byte {
	return append(binary.AppendUvarint(b, uint64(len(s))), s...)
}

func appendFloat(b []byte, v float64) []byte {
	if v == 0 {
		v = 0 // -0 and 0 are the same
	}
	return binary.LittleEndian.AppendUint64(b, math.Float64bits(v))
}

// identity makes the keys of rows: over the key columns, or over the whole row
// and its ordinal among equal rows of the file.
type identity struct {
	key   []int    // positions of the key columns; nil: the whole row
	names []string // of the columns the order below belongs to
	order []int    // positions by name, for the whole row
	seen  ordinals
	buf   []byte
}

// columns tells the positions of the file's columns.
func (id *identity) columns(names []string) {
	if len(names) == len(id.names) && len(names) > 0 && &names[0] == &id.names[0] {
		return
	}
	id.names = names
	if id.key != nil {
		return
	}
	id.order = id.order[:0]
	for i := range names {
		id.order = append(id.order, i)
	}
	slices.SortFunc(id.order, func(a, b int) int {
		switch {
		case names[a] < names[b]:
			return -1
		case names[a] > names[b]:
			return 1
		}
		return 0
	})
}

// of gives the key of a row. empty says that no key column holds a value, full
// that the file has more rows than are told apart without a key.
func (id *identity) of(values []rowio.Value) (h metric.Hash, empty, full bool) {
	b := id.buf[:0]
	empty = true
	if id.key != nil {
		for _, at := range id.key {
			if at < 0 || values[at].IsNull() {
				b = append(b, 0)
				continue
			}
			empty = false
			b = appendText(append(b, 1), values[at].Text)
		}
		id.buf = b
		return sum(b), empty, false
	}
	for _, at := range id.order {
		if !values[at].IsNull() {
			b = appendText(appendText(b, id.names[at]), values[at].Text)
		}
	}
	h = sum(b)
	n, ok := id.seen.next(h)
	if n > 0 {
		b = binary.AppendUvarint(append(b, 0), uint64(n))
		h = sum(b)
	}
	id.buf = b
	return h, false, !ok
}

// Bounds of a file whose source has no key: with them, telling equal rows
// apart takes at most about 600 MB, and 16 bytes a row below them.
const (
	MaxDistinctRows = 48 << 20 // different rows
	MaxRepeatedRows = 2 << 20  // different rows that stand in the file more than once
)

// ordinals counts equal rows by 64 bits of their hash.
type ordinals struct {
	shards [256]shard
	again  map[uint64]uint32 // rows met more than once, by how often after the first time
	n      int
}

// shard is a set of hashes, open addressing; 0 is free.
type shard struct {
	slots []uint64
	n     int
}

// next gives how many equal rows came before; false when there is no room.
func (o *ordinals) next(h metric.Hash) (uint32, bool) {
	v := max(h.Lo, 1)
	s := &o.shards[byte(h.Hi)]
	if !s.add(v) {
		o.n++
		return 0, o.n <= MaxDistinctRows
	}
	if o.again == nil {
		o.again = map[uint64]uint32{}
	}
	o.again[v]++
	return o.again[v], len(o.again) <= MaxRepeatedRows
}

// add puts a hash in and reports whether it was there.
func (s *shard) add(v uint64) bool {
	if s.n*4 >= len(s.slots)*3 {
		old := s.slots
		s.slots = make([]uint64, max(64, 2*len(old)))
		for _, x := range old {
			if x != 0 {
				s.slots[s.find(x)] = x
			}
		}
	}
	i := s.find(v)
	if s.slots[i] == v {
		return true
	}
	s.slots[i] = v
	s.n++
	return false
}

// find gives the place of a hash, or the free one where it belongs.
func (s *shard) find(v uint64) int {
	mask := len(s.slots) - 1
	i := int(v>>8) & mask
	for s.slots[i] != 0 && s.slots[i] != v {
		i = (i + 1) & mask
	}
	return i
}
