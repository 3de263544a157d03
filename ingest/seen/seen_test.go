package seen

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"strconv"
	"strings"
	"testing"
	"time"

	minori "github.com/minori-hq/minori"
	"pgregory.net/rapid"
)

// TestSet holds the set against a map: adding, removing and forgetting in any
// order, with keys that crowd a few tables.
func TestSet(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := New(1 << 20)
		defer s.Close()
		type id struct {
			key   uint64
			shard uint16
		}
		want := map[id]minori.Day{}
		draw := rapid.Custom(func(t *rapid.T) id {
			k := rapid.Uint64Range(1, 30).Draw(t, "key")
			if rapid.Bool().Draw(t, "high") {
				k = ^k
			}
			return id{k, uint16(rapid.IntRange(0, 2).Draw(t, "shard"))}
		})
		today := minori.Day(20000)
		if rapid.Bool().Draw(t, "loaded") {
			l := s.Loader(today-9, today)
			for day := today - 9; day <= today; day++ {
				var keys []uint64
				var shards []uint16
				for _, k := range rapid.SliceOfN(draw, 0, 50).Draw(t, "ids") {
					keys, shards = append(keys, k.key), append(shards, k.shard)
					if _, known := want[k]; !known {
						want[k] = day
					}
				}
				if err := l.Load(day, keys, shards); err != nil {
					t.Fatal(err)
				}
			}
			l.Flush()
		}
		t.Repeat(map[string]func(*rapid.T){
			"add": func(t *rapid.T) {
				k := draw.Draw(t, "id")
				_, known := want[k]
				if s.Add(k.key, k.shard, today) == known {
					t.Fatalf("%v: new is %v", k, known)
				}
				if !known {
					want[k] = today
				}
			},
			"remove": func(t *rapid.T) {
				k := draw.Draw(t, "id")
				s.Remove(k.key, k.shard)
				delete(want, k)
			},
			"next day": func(*rapid.T) { today++ },
			"expire": func(t *rapid.T) {
				before := today - minori.Day(rapid.IntRange(0, 12).Draw(t, "days"))
				s.Expire(before)
				s.Sweep(1 << 20) // all
				for k, day := range want {
					if day < before {
						delete(want, k)
					}
				}
			},
			"": func(t *rapid.T) {
				if s.Len() != len(want) || s.n != len(want) {
					t.Fatalf("%d keys, %d in the tables, want %d", s.Len(), s.n, len(want))
				}
			},
		})
	})
}

func key(i int) (uint64, uint16) { return Key(1, fmt.Sprint("message ", i)) }

// TestGrowth fills tables over several sizes; nothing is lost, and what is
// forgotten gives its memory back.
func TestGrowth(t *testing.T) {
	s := New(1 << 30)
	defer s.Close()
	const n = 200_000
	add := func(i int, day minori.Day) bool {
		k, _ := key(i)
		return s.Add(k, uint16(i%5), day)
	}
	for i := range n {
		if !add(i, 20000+minori.Day(2*i/n)) {
			t.Fatalf("key %d is taken for known", i)
		}
	}
	full := s.Bytes()
	for i := range n {
		if add(i, 20001) {
			t.Fatalf("key %d was lost", i)
		}
	}
	s.Expire(20001)
	for s.dirty > 0 {
		s.Sweep(1)
	}
	if since, _ := s.Since(); s.Len() != n/2 || s.Bytes() > full*6/10 || since != 20001 {
		t.Fatalf("%d keys in %d bytes are left of %d bytes, since %s", s.Len(), s.Bytes(), full, since)
	}
	for i := range n {
		if add(i, 20001) != (i < n/2) {
			t.Fatalf("key %d: wrongly forgotten or kept", i)
		}
	}
}

// TestFull: a full set forgets the oldest keys, knows the newest, and takes no
// more memory whatever comes.
func TestFull(t *testing.T) {
	const most = 30_000
	s := New(most)
	defer s.Close()
	peak := 0
	for i := range 6 * most {
		k, shard := key(i)
		if !s.Add(k, shard, minori.Day(20000+i/most)) {
			t.Fatalf("key %d is taken for known", i)
		}
		if i%100 == 0 {
			s.Sweep(100)
			peak = max(peak, s.n)
		}
	}
	if s.Len() < most*30/32 || peak > most*11/10 {
		t.Errorf("%d keys are known, %d were there at most", s.Len(), peak)
	}
	for i := 6*most - most*30/32; i < 6*most; i++ {
		if k, shard := key(i); s.Add(k, shard, 20006) {
			t.Fatalf("key %d is forgotten", i)
		}
	}
	l := s.Loader(20000, 20030)
	keys := make([]uint64, most)
	var err error
	for i := 0; err == nil && i < 20; i++ {
		for j := range keys {
			keys[j], _ = key(i*most + j)
		}
		err = l.Load(20010, keys, make([]uint16, most))
	}
	if !errors.Is(err, ErrFull) || s.n > most+loadBlock {
		t.Errorf("loading more: %v with %d keys", err, s.n)
	}
}

// TestKey: keys are kept on disk, so they never change.
func TestKey(t *testing.T) {
	key, shard := Key(7, "ajs-next-1732200000-5b7a1e")
	again, _ := Key(7, "ajs-next-1732200000-5b7a1e")
	other, _ := Key(8, "ajs-next-1732200000-5b7a1e")
	if key != again || key == other {
		t.Fatalf("%x %x %x", key, again, other)
	}
	if got := fmt.Sprintf("%016x %04x", key, shard); got != "caa4b3bfd91e6cda 7f7a" {
		t.Fatalf("the key is %s", got)
	}
}

// BenchmarkMillions measures loading, looking up and memory: by default of 5
// million keys, with MINORI_BENCH_IDS=50000000 as many as docs/performance.md says.
func BenchmarkMillions(b *testing.B) {
	n := 5_000_000
	if v, err := strconv.Atoi(os.Getenv("MINORI_BENCH_IDS")); err == nil {
		n = v
	}
	for b.Loop() {
		before := resident(b)
		s := New(n + 1_000_000)
		l := s.Loader(20000, 20030)
		r := rand.New(rand.NewPCG(1, 2))
		keys, shards := make([]uint64, 1<<14), make([]uint16, 1<<14)
		var load, longest time.Duration
		for done := 0; done < n; done += len(keys) {
			for i := range keys {
				keys[i], shards[i] = r.Uint64(), uint16(r.Uint32())
			}
			start := time.Now()
			if err := l.Load(minori.Day(20000+done*30/n), keys, shards); err != nil {
				b.Fatal(err)
			}
			load += time.Since(start)
		}
		start := time.Now()
		l.Flush()
		load += time.Since(start)
		grown := resident(b) - before
		start = time.Now()
		const adds = 1_000_000
		for range adds {
			from := time.Now()
			s.Add(r.Uint64(), uint16(r.Uint32()), 20030)
			longest = max(longest, time.Since(from))
		}
		add := time.Since(start)
		start = time.Now()
		s.Expire(20001)
		for s.dirty > 0 {
			s.Sweep(1000)
		}
		b.ReportMetric(float64(s.Bytes())/float64(s.Len()), "bytes/id")
		b.ReportMetric(float64(grown)/(1<<20), "MB-resident")
		b.ReportMetric(load.Seconds(), "s-load")
		b.ReportMetric(float64(add.Nanoseconds())/adds, "ns/add")
		b.ReportMetric(float64(longest.Microseconds()), "µs-longest-add")
		b.ReportMetric(time.Since(start).Seconds(), "s-expire")
		s.Close()
	}
}

// resident gives the memory of the process, in bytes.
func resident(b *testing.B) int64 {
	text, err := os.ReadFile("/proc/self/statm")
	if err != nil {
		b.Skip("no /proc here")
	}
	pages, err := strconv.ParseInt(strings.Fields(string(text))[1], 10, 64)
	if err != nil {
		b.Fatal(err)
	}
	return pages * int64(os.Getpagesize())
}
