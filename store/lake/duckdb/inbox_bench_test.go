package duckdb

import (
	"context"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"sort"
	"strconv"
	"testing"
	"time"

	minori "github.com/minori-hq/minori"
	"github.com/minori-hq/minori/ingest"
	"github.com/minori-hq/minori/metric"
	"github.com/minori-hq/minori/store/lake"
)

// messages makes n track messages, numbered from first, of three names, over
// some accounts.
func messages(first, n, accounts int, day minori.Day) []ingest.Received {
	out := make([]ingest.Received, n)
	for i := range out {
		h := mix(uint64(first+i) + 1)
		account := 1 + h%uint64(accounts)*7919%100_000 // far from each other
		out[i] = ingest.Received{
			Message: ingest.Message{Kind: ingest.Track, Event: [...]string{"login", "feature_core", "feature_a"}[h>>20%3], User: fmt.Sprintf("U%06d-%d", account, h>>32%20),
				Account: fmt.Sprintf("A%06d", account), Time: int64(day)*86400e6 + int64(first+i), Body: `{"plan":"team","path":"/reports/` + strconv.Itoa(int(h>>40%1000)) + `","minutes":3}`},
			Source: 1, Key: h, Shard: uint16(h >> 16), At: int64(day)*86400e6 + int64(first+i), Day: day,
		}
	}
	return out
}

// BenchmarkReceive stores messages in commits of some sizes.
func BenchmarkReceive(b *testing.B) {
	for _, batch := range []int{100, 1_000, 10_000} {
		b.Run(strconv.Itoa(batch), func(b *testing.B) {
			l := open(b, filepath.Join(b.TempDir(), "lake.duckdb"))
			defer l.Close()
			ctx := context.Background()
			ms := messages(0, batch, 100_000, 20000)
			b.ResetTimer()
			cpu := cpuSeconds()
			for range b.N {
				if err := l.Receive(ctx, ms); err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric(float64(b.N*batch)/b.Elapsed().Seconds(), "messages/s")
			b.ReportMetric((cpuSeconds()-cpu)*1e6/float64(b.N*batch), "cpu-µs/message")
		})
	}
}

// inboxLake gives the lake at MINORI_BENCH_LAKE, which is written to, or one
// of benchLake, with three metrics of events; and its last day.
func inboxLake(b *testing.B) (*Lake, minori.Day) {
	var l *Lake
	day := benchTo
	if path := os.Getenv("MINORI_BENCH_LAKE"); path != "" {
		l = open(b, path)
		b.Cleanup(func() { _ = l.Close() })
		if err := l.db.QueryRow("SELECT max(day) FROM metric_day").Scan(&day); err != nil {
			b.Fatal(err)
		}
	} else {
		l, _ = benchLake(b)
	}
	var defs []lake.MetricDef
	have := map[string]bool{}
	for _, m := range l.dict.metrics {
		defs = append(defs, m.MetricDef)
		if m.From != nil {
			have[m.From.Event] = true
		}
	}
	for i, name := range []string{"login", "feature_core", "feature_a"} {
		if !have[name] {
			actors := i < 2
			defs = append(defs, lake.MetricDef{Ref: metric.Ref{ID: int64(1000 + i), Name: "usage." + name, Kind: metric.Event, Actors: actors}, From: &metric.From{Event: name, Actors: actors}})
		}
	}
	if err := l.DefineMetrics(context.Background(), defs); err != nil {
		b.Fatal(err)
	}
	return l, day
}

// BenchmarkFold folds MINORI_BENCH_BATCH events (3,000) of
// MINORI_BENCH_ACCOUNTS_TOUCHED accounts (1,000) at a time.
func BenchmarkFold(b *testing.B) {
	l, day := inboxLake(b)
	ctx := context.Background()
	batch, accounts := sizeOf("MINORI_BENCH_BATCH", 3_000), sizeOf("MINORI_BENCH_ACCOUNTS_TOUCHED", 1_000)
	var took, work []float64
	b.ResetTimer()
	for i := range b.N {
		if err := l.Receive(ctx, messages(i*batch, batch, accounts, day)); err != nil {
			b.Fatal(err)
		}
		start, cpu := time.Now(), cpuSeconds()
		f, err := l.Fold(ctx, math.MaxInt64, batch, true)
		took, work = append(took, time.Since(start).Seconds()*1000), append(work, (cpuSeconds()-cpu)*1000)
		if err != nil || f.Events != batch {
			b.Fatal(f.Events, f.Waiting, err)
		}
	}
	sort.Float64s(took)
	b.ReportMetric(median(work), "cpu-ms-p50")
	b.ReportMetric(took[len(took)/2], "ms-p50")
	b.ReportMetric(took[len(took)*99/100], "ms-p99")
	b.ReportMetric(took[len(took)-1], "ms-max")
}

// BenchmarkLive receives MINORI_BENCH_RATE messages/s (20,000) in commits of
// MINORI_BENCH_BATCH (2,000) for MINORI_BENCH_SECONDS (20), while they are folded
// as they come.
func BenchmarkLive(b *testing.B) {
	l, day := inboxLake(b)
	ctx := context.Background()
	rate, batch, seconds := sizeOf("MINORI_BENCH_RATE", 20_000), sizeOf("MINORI_BENCH_BATCH", 2_000), sizeOf("MINORI_BENCH_SECONDS", 20)
	accounts := sizeOf("MINORI_BENCH_ACCOUNTS_TOUCHED", 1_000)
	var received, folded []float64
	stop, stopped := make(chan struct{}), make(chan error)
	go func() {
		for {
			start := time.Now()
			f, err := l.Fold(ctx, math.MaxInt64, 50_000, true)
			if err != nil {
				stopped <- err
				return
			}
			if f.Events > 0 {
				folded = append(folded, time.Since(start).Seconds()*1000)
			}
			select {
			case <-stop:
				stopped <- nil
				return
			case <-time.After(time.Until(start.Add(time.Second))):
			}
		}
	}()
	b.ResetTimer()
	begin, log := time.Now(), int64(0)
	for i := 0; i < rate*seconds/batch; i++ {
		time.Sleep(time.Until(begin.Add(time.Duration(i*batch) * time.Second / time.Duration(rate))))
		ms := messages(i*batch, batch, accounts, day)
		start := time.Now()
		if err := l.Receive(ctx, ms); err != nil {
			b.Fatal(err)
		}
		received = append(received, time.Since(start).Seconds()*1000)
		if fi, err := os.Stat(l.path + ".wal"); err == nil {
			log = max(log, fi.Size())
		}
	}
	b.StopTimer()
	took := time.Since(begin).Seconds()
	close(stop)
	if err := <-stopped; err != nil {
		b.Fatal(err)
	}
	inbox, _, err := l.Backlog(ctx)
	if err != nil {
		b.Fatal(err)
	}
	for name, v := range map[string][]float64{"receive": received, "fold": folded} {
		sort.Float64s(v)
		b.ReportMetric(v[len(v)/2], "ms-"+name+"-p50")
		b.ReportMetric(v[len(v)*99/100], "ms-"+name+"-p99")
		b.ReportMetric(v[len(v)-1], "ms-"+name+"-max")
	}
	b.ReportMetric(float64(log>>20), "MB-log-max")
	b.ReportMetric(float64(inbox), "backlog")
	b.ReportMetric(float64(rate*seconds)/took, "messages/s")
	b.ReportMetric(float64(resident()), "MB-resident")
}

// BenchmarkKeys reads the keys of MINORI_BENCH_KEYS messages (1,000,000) of ten
// days, and lets those of a day go.
func BenchmarkKeys(b *testing.B) {
	n := sizeOf("MINORI_BENCH_KEYS", 1_000_000)
	l := open(b, filepath.Join(b.TempDir(), "lake.duckdb"))
	defer l.Close()
	ctx := context.Background()
	if _, err := l.db.Exec("INSERT INTO message_key SELECT hash(i)::HUGEINT - 9223372036854775808, i % 60000, 20000 + i * 10 // ? FROM range(?) t(i)", n, n); err != nil {
		b.Fatal(err)
	}
	b.ResetTimer()
	for range b.N {
		start, read := time.Now(), 0
		if err := l.Keys(ctx, 0, func(_ minori.Day, keys []uint64, _ []uint16) error { read += len(keys); return nil }); err != nil || read == 0 {
			b.Fatal(read, err)
		}
		b.ReportMetric(float64(read)/time.Since(start).Seconds(), "keys/s")
		start = time.Now()
		if err := l.Expire(ctx, 20001, 0); err != nil {
			b.Fatal(err)
		}
		b.ReportMetric(float64(n)/10/time.Since(start).Seconds(), "expired/s")
	}
}
