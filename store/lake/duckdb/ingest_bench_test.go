package duckdb

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"testing"
	"time"

	minori "github.com/minori-hq/minori"
	"github.com/minori-hq/minori/metric"
	"github.com/minori-hq/minori/store/lake"
)

// sizeOf reads a size from the environment.
func sizeOf(name string, otherwise int) int {
	if n, err := strconv.Atoi(os.Getenv(name)); err == nil && n > 0 {
		return n
	}
	return otherwise
}

// mix spreads the bits of n.
func mix(n uint64) uint64 {
	n ^= n >> 30
	n *= 0xbf58476d1ce4e5b9
	n ^= n >> 27
	n *= 0x94d049bb133111eb
	return n ^ n>>31
}

// eventRow makes event n of a file ordered by time over 30 days, of 100,000
// accounts, 1,000,000 actors and 20 names.
func eventRow(n, total int) metric.EventRow {
	h := mix(uint64(n) + 1)
	t := int64(19900)*86400e6 + int64(n)*(30*86400e6/int64(total))
	return metric.EventRow{
		Row:     metric.Row{Line: n + 2, Key: metric.Hash{Hi: h, Lo: mix(h)}, Hash: metric.Hash{Hi: mix(h + 1), Lo: mix(h + 2)}},
		Subject: minori.ID(1 + h%100_000), Name: name(int(h >> 20 % 20)), Actor: "user-" + strconv.Itoa(int(h>>32%1_000_000)),
		Time: t, Day: minori.Day(t / 86400e6),
	}
}

// name gives the name of event kind i of 20.
func name(i int) string { return "feature_" + string(rune('a'+i)) }

// BenchmarkIngest imports MINORI_BENCH_EVENTS events (default 1,000,000; the
// published figure is for 10,000,000) in batches of MINORI_BENCH_BATCH with 20
// event metrics, distinct actors for two of them.
func BenchmarkIngest(b *testing.B) {
	total, batch := sizeOf("MINORI_BENCH_EVENTS", 1_000_000), sizeOf("MINORI_BENCH_BATCH", 500_000)
	ctx := context.Background()
	for range b.N {
		b.StopTimer()
		l := open(b, filepath.Join(b.TempDir(), "lake.duckdb"))
		var defs []lake.MetricDef
		for i := range 20 {
			n := name(i)
			r := metric.Ref{ID: int64(i + 1), Name: "usage." + n, Kind: metric.Event, Actors: i < 2}
			defs = append(defs, lake.MetricDef{Ref: r, From: &metric.From{Event: n, Actors: i < 2}})
		}
		if err := l.DefineMetrics(ctx, defs); err != nil {
			b.Fatal(err)
		}
		rows := make([]metric.EventRow, 0, batch)
		spent, work := time.Duration(0), 0.0
		for at := 0; at < total; at += batch {
			rows = rows[:0]
			for n := at; n < min(at+batch, total); n++ {
				rows = append(rows, eventRow(n, total))
			}
			b.StartTimer()
			start, cpu := time.Now(), cpuSeconds()
			rep, err := l.Ingest(ctx, metric.Ingest{Source: 1, Import: 1, Events: rows})
			spent += time.Since(start)
			work += cpuSeconds() - cpu
			b.StopTimer()
			if err != nil || rep.Created != len(rows) {
				b.Fatalf("%+v %v", rep, err)
			}
			if testing.Verbose() {
				b.Logf("%d rows: %.2f s, resident %d MB", at+len(rows), time.Since(start).Seconds(), resident())
			}
		}
		b.ReportMetric(float64(total)/spent.Seconds(), "rows/s")
		b.ReportMetric(work*1e6/float64(total), "cpu-s/Mrow")
		b.ReportMetric(float64(resident()), "MB-resident")
		if err := l.Close(); err != nil {
			b.Fatal(err)
		}
		b.StartTimer()
	}
}

// resident gives the process's resident memory in MB, 0 where it is not known.
func resident() int {
	s, err := os.ReadFile("/proc/self/statm")
	if err != nil {
		return 0
	}
	var size, rss int
	if _, err := fmt.Sscan(string(s), &size, &rss); err != nil {
		return 0
	}
	return rss * os.Getpagesize() >> 20
}
