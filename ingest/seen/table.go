package seen

import (
	"math/bits"
	"syscall"
	"unsafe"
)

// How full a table may be.
const (
	mostFull  = 0.92 // one that is fuller grows
	grownFull = 0.75 // how full it is then
	smallFull = 0.5  // how full a small one is then
	smallSize = 4096 // slots of a small table
	firstSize = 448  // slots of a new table: one page
)

// filled gives the key as a slot holds it: 0 stands for an empty slot.
func filled(key uint64) uint64 { return max(key, 1) }

// table is a hash table with open addressing. A key's first slot grows with
// the key, so a table in order of its slots is nearly in order of its keys and
// growing reads and writes memory from front to back.
type table struct {
	mem         []byte
	mapped      bool
	keys        []uint64
	generations []uint8
	n           int
}

func (t *table) home(key uint64) int {
	hi, _ := bits.Mul64(key, uint64(len(t.keys)))
	return int(hi)
}

// find gives the slot of a key, or the one it would get.
func (t *table) find(key uint64) (slot int, known bool) {
	i := t.home(key)
	for t.keys[i] != 0 {
		if t.keys[i] == key {
			return i, true
		}
		if i++; i == len(t.keys) {
			i = 0
		}
	}
	return i, false
}

// add adds a key and reports whether it is new.
func (t *table) add(key uint64, generation uint8) bool {
	if float64(t.n+1) > mostFull*float64(len(t.keys)) {
		t.resize(t.n+1, func(uint8) bool { return true })
	}
	i, known := t.find(key)
	if known {
		return false
	}
	t.keys[i], t.generations[i] = key, generation
	t.n++
	return true
}

// remove takes a key out and gives its generation.
func (t *table) remove(key uint64) (generation uint8, there bool) {
	if t.n == 0 {
		return 0, false
	}
	i, known := t.find(key)
	if !known {
		return 0, false
	}
	generation = t.generations[i]
	t.n--
	size := len(t.keys)
	for j := i; ; {
		if j++; j == size {
			j = 0
		}
		if t.keys[j] == 0 {
			break
		}
		// What follows moves up, unless its first slot lies behind the gap.
		if home := t.home(t.keys[j]); (j-home+size)%size >= (j-i+size)%size {
			t.keys[i], t.generations[i] = t.keys[j], t.generations[j]
			i = j
		}
	}
	t.keys[i] = 0
	return generation, true
}

// keep drops the keys of generations before one, and gives memory back when
// the table is half empty then.
func (t *table) keep(first uint8) {
	live := func(generation uint8) bool { return int8(generation-first) >= 0 }
	var old []uint64
	for i, k := range t.keys {
		if k != 0 && !live(t.generations[i]) {
			old = append(old, k)
		}
	}
	if left := t.n - len(old); len(t.keys) > firstSize && left < len(t.keys)/2 {
		t.resize(left, live)
		return
	}
	for _, k := range old {
		t.remove(k)
	}
}

// resize makes room for n keys and keeps those whose generation is to be kept.
func (t *table) resize(n int, keep func(generation uint8) bool) {
	full := grownFull
	if n < smallSize*smallFull {
		full = smallFull
	}
	var to table
	to.alloc(max(firstSize, int(float64(n)/full)))
	for i, k := range t.keys {
		if k != 0 && keep(t.generations[i]) {
			slot, _ := to.find(k)
			to.keys[slot], to.generations[slot] = k, t.generations[i]
			to.n++
		}
	}
	t.free()
	*t = to
}

// alloc takes memory for a number of slots from the system; where it refuses,
// from Go's heap.
func (t *table) alloc(size int) {
	bytes := size * 9
	mem, err := syscall.Mmap(-1, 0, bytes, syscall.PROT_READ|syscall.PROT_WRITE, syscall.MAP_ANON|syscall.MAP_PRIVATE)
	t.mapped = err == nil
	if err != nil {
		words := make([]uint64, (bytes+7)/8)
		mem = unsafe.Slice((*byte)(unsafe.Pointer(&words[0])), bytes)
	}
	t.mem = mem
	t.keys = unsafe.Slice((*uint64)(unsafe.Pointer(&mem[0])), size)
	t.generations = mem[size*8:]
}

func (t *table) free() {
	if t.mapped {
		// Unmapping what was mapped as a whole cannot fail.
		_ = syscall.Munmap(t.mem)
	}
	*t = table{}
}
