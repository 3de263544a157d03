package importer_test

import (
	"bufio"
	"context"
	"database/sql"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	minori "github.com/minori-hq/minori"
	"github.com/minori-hq/minori/account"
	"github.com/minori-hq/minori/importer"
	"github.com/minori-hq/minori/metric"
	"github.com/minori-hq/minori/store/lake"
	"github.com/minori-hq/minori/store/lake/duckdb"
)

const (
	benchAccounts = 100_000
	benchNames    = 20
)

// benchRows is how many rows the benchmarks import: MINORI_BENCH_ROWS, else a
// million; the published figure is for ten million.
func benchRows() int {
	if n, err := strconv.Atoi(os.Getenv("MINORI_BENCH_ROWS")); err == nil && n > 0 {
		return n
	}
	return 1_000_000
}

// benchFile writes a CSV of events over 30 days, ordered by time.
func benchFile(b *testing.B, dir string, rows int) (path string, size int64) {
	b.Helper()
	path = filepath.Join(dir, "events.csv")
	f := must[*os.File](b)(os.Create(path))
	out := bufio.NewWriterSize(f, 1<<20)
	fmt.Fprintln(out, "event_id,account_id,user,at,event,feature,uses")
	start := time.Date(2024, 6, 1, 0, 0, 0, 0, time.UTC)
	step := 30 * 24 * time.Hour / time.Duration(rows)
	for n := range rows {
		h := uint64(n)*0x9e3779b97f4a7c15 + 0x1234567
		h ^= h >> 29
		h *= 0xbf58476d1ce4e5b9
		h ^= h >> 32
		fmt.Fprintf(out, "e%010d,A%06d,user-%d,%s,event_%d,feature-%d,%d\n", n, h%benchAccounts, h>>8%1_000_000,
			start.Add(time.Duration(n)*step).Format(time.DateTime), h>>32%benchNames, h>>40%40, h>>50%9)
	}
	if err := out.Flush(); err != nil {
		b.Fatal(err)
	}
	info := must[os.FileInfo](b)(f.Stat())
	if err := f.Close(); err != nil {
		b.Fatal(err)
	}
	return path, info.Size()
}

// benchLake makes a lake that counts the events of the file: 20 metrics, two
// of them distinct actors.
func benchLake(b *testing.B) *duckdb.Lake {
	b.Helper()
	l := must[*duckdb.Lake](b)(duckdb.Open(filepath.Join(b.TempDir(), "lake.duckdb"), duckdb.Options{Currency: "USD", MemoryLimit: "2GB"}))
	var defs []lake.MetricDef
	for i := range benchNames {
		name := fmt.Sprintf("event_%d", i)
		ref := metric.Ref{ID: int64(i + 1), Name: "usage." + name, Kind: metric.Event, Actors: i < 2}
		defs = append(defs, lake.MetricDef{Ref: ref, From: &metric.From{Event: name, Actors: i < 2}})
	}
	if err := l.DefineMetrics(context.Background(), defs); err != nil {
		b.Fatal(err)
	}
	return l
}

// manyAccounts knows the accounts of the file.
type manyAccounts struct {
	sinkAccounts
	ids map[string]minori.ID
}

func (m manyAccounts) IDs(context.Context, minori.Actor, account.Kind) (map[string]minori.ID, error) {
	return m.ids, nil
}

// benchImport runs the importer over the file.
func benchImport(b *testing.B, l importer.Lake, dir, key string) importer.Report {
	b.Helper()
	ids := make(map[string]minori.ID, benchAccounts)
	for i := range benchAccounts {
		ids[fmt.Sprintf("A%06d", i)] = minori.ID(i + 1)
	}
	out := &sink{}
	service := importer.NewService(importer.Config{
		Accounts: manyAccounts{sinkAccounts{out}, ids}, Revenue: sinkRevenue{out}, Lake: l, Runs: sinkRuns{},
		Zone: time.UTC, Clock: time.Now,
		Fields:  func(context.Context) ([]account.Field, error) { return nil, nil },
		Metrics: func(context.Context) (map[string]metric.Ref, error) { return nil, nil },
	})
	s := source("events", "event", "events.csv", key, "name=event", "account=account_id", "actor=user", "time=at",
		"properties.feature=feature", "properties.uses|number=uses")
	r, err := service.Run(context.Background(), admin, importer.Request{Sources: []importer.Bound{{Source: s, ID: 1}}, Input: dir})
	if err != nil || r.RejectsTotal > 0 {
		b.Fatal(err, r.RejectsTotal)
	}
	return r
}

// discard takes events without storing them.
type discard struct{ rows int }

func (d *discard) Ingest(_ context.Context, in metric.Ingest) (metric.IngestReport, error) {
	d.rows += len(in.Events)
	return metric.IngestReport{Created: len(in.Events)}, nil
}
func (d *discard) EndMissing(context.Context, int64, int64) (int, error) { return 0, nil }

// BenchmarkImport imports a CSV of events: whole, without storing, again, and
// beside it what DuckDB alone takes to load the file. On
// a busy machine cpu-ns/row tells more than rows/s: it is the processor time of
// all threads.
func BenchmarkImport(b *testing.B) {
	rows := benchRows()
	dir := b.TempDir()
	path, size := benchFile(b, dir, rows)
	measure := func(name string, fn func(b *testing.B)) {
		b.Run(name, func(b *testing.B) {
			b.SetBytes(size)
			before := processor()
			for range b.N {
				fn(b)
			}
			b.ReportMetric(float64((processor()-before).Nanoseconds())/float64(rows)/float64(b.N), "cpu-ns/row")
			b.ReportMetric(float64(rows)*float64(b.N)/b.Elapsed().Seconds(), "rows/s")
			b.ReportMetric(float64(resident()), "MB-resident")
		})
	}
	measure("mapping", func(b *testing.B) { benchImport(b, &discard{}, dir, "event_id") })
	measure("mapping-without-key", func(b *testing.B) { benchImport(b, &discard{}, dir, "") })
	for _, key := range []string{"event_id", ""} {
		name := "whole"
		if key == "" {
			name = "whole-without-key"
		}
		measure(name, func(b *testing.B) {
			b.StopTimer()
			l := benchLake(b)
			b.StartTimer()
			if r := benchImport(b, l, dir, key); r.Sources[0].Created != rows {
				b.Fatalf("%+v", r.Sources[0])
			}
			b.StopTimer()
			if err := l.Close(); err != nil {
				b.Fatal(err)
			}
			b.StartTimer()
		})
	}
	l := benchLake(b)
	defer l.Close()
	benchImport(b, l, dir, "event_id")
	measure("again", func(b *testing.B) {
		if r := benchImport(b, l, dir, "event_id"); r.Sources[0].Unchanged != rows {
			b.Fatalf("%+v", r.Sources[0])
		}
	})
	measure("bare-duckdb", func(b *testing.B) { bareDuckDB(b, path) })
}

// bareDuckDB loads the file into a table with DuckDB's own reader.
func bareDuckDB(b *testing.B, path string) {
	b.Helper()
	db := must[*sql.DB](b)(sql.Open("duckdb", filepath.Join(b.TempDir(), "bare.duckdb")))
	defer db.Close()
	for _, q := range []string{
		"CREATE TABLE event (event_id VARCHAR, account_id VARCHAR, actor VARCHAR, time TIMESTAMP, event VARCHAR, feature VARCHAR, uses INTEGER)",
		"COPY event FROM '" + strings.ReplaceAll(path, "'", "''") + "' (HEADER)",
	} {
		if _, err := db.Exec(q); err != nil {
			b.Fatal(err)
		}
	}
}

// processor gives the processor time of the process so far, in all its threads.
func processor() time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		return 0
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// resident gives the process's resident memory in MB, 0 where it is not known.
func resident() int {
	s, err := os.ReadFile("/proc/self/statm")
	if err != nil {
		return 0
	}
	var pages, rss int
	if _, err := fmt.Sscan(string(s), &pages, &rss); err != nil {
		return 0
	}
	return rss * os.Getpagesize() >> 20
}
