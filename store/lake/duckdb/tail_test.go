package duckdb

import (
	"context"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
	"testing"

	minori "github.com/minori-hq/minori"
	"github.com/minori-hq/minori/ingest"
	"github.com/minori-hq/minori/metric"
	"github.com/minori-hq/minori/store/lake"
)

// TestTails folds every second of some days: about one row per series and day is
// left, with the same sums, whatever is compacted or imported in between.
func TestTails(t *testing.T) {
	l := open(t, filepath.Join(t.TempDir(), "lake.duckdb"))
	defer l.Close()
	l.tailRows = 200
	ctx := context.Background()
	const accounts, folds = 30, 120
	fail := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	fail(l.DefineMetrics(ctx, []lake.MetricDef{{Ref: metric.Ref{ID: 1, Name: "login", Kind: metric.Event, Actors: true}, From: &metric.From{Event: "login", Actors: true}}}))
	var subjects metric.Delta
	for i := 1; i <= accounts; i++ {
		subjects.Subjects = append(subjects.Subjects, metric.SubjectRow{Kind: minori.Account, ID: minori.ID(i), Key: fmt.Sprint("a", i)})
	}
	fail(l.Apply(ctx, []lake.SeqDelta{{Seq: 1, Delta: subjects}}))
	total := 0
	for i := range folds {
		day := minori.Day(20000 + i/60)
		ms := make([]ingest.Received, 2*accounts)
		for j := range ms {
			ms[j].Message = ingest.Message{Kind: ingest.Track, Event: "login", User: fmt.Sprint("u", j%accounts%3), Account: fmt.Sprint("a", 1+j%accounts), Time: int64(day)*86400e6 + int64(i)}
			ms[j].Day = day
		}
		fail(l.Receive(ctx, ms))
		_, err := l.Fold(ctx, math.MaxInt64, len(ms), false)
		fail(err)
		total += len(ms)
		switch i {
		case 40:
			fail(l.Compact(ctx))
		case 70: // an import leaves what there is to the next compaction
			in := metric.Ingest{Source: 1, Import: 1}
			for j := range 300 {
				in.Events = append(in.Events, metric.EventRow{Row: metric.Row{Key: metric.Hash{Lo: uint64(j)}}, Subject: minori.ID(j), Name: "login", Actor: "u0", Time: 1, Day: 20000})
			}
			_, err := l.Ingest(ctx, in)
			fail(err)
			total += 300
		case 90:
			fail(l.Checkpoint(ctx))
		}
	}
	var sum, rows, series, actorRows, actors, lastRows, last int
	fail(l.db.QueryRow("SELECT sum(count)::BIGINT, count(*), (SELECT count(*) FROM (SELECT DISTINCT subject, day FROM rollup)) FROM rollup").Scan(&sum, &rows, &series))
	fail(l.db.QueryRow("SELECT count(*), (SELECT count(*) FROM (SELECT DISTINCT subject, day, actor FROM actor_day)) FROM actor_day").Scan(&actorRows, &actors))
	fail(l.db.QueryRow("SELECT count(*), (SELECT count(*) FROM (SELECT DISTINCT subject FROM last_point)) FROM last_point").Scan(&lastRows, &last))
	if sum != total {
		t.Errorf("%d events counted, want %d", sum, total)
	}
	// Each time a tail is sealed a row may be left, and a tail that is not due yet.
	for what, n := range map[string][2]int{"rollup": {rows, series}, "actor_day": {actorRows, actors}, "last_point": {lastRows, last}} {
		if most := 2*n[1] + 2*200; n[0] > most {
			t.Errorf("%s has %d rows for %d", what, n[0], n[1])
		}
	}
	fail(l.Compact(ctx))
	fail(l.db.QueryRow("SELECT sum(count)::BIGINT, count(*) FROM rollup").Scan(&sum, &rows))
	if sum != total || rows != series {
		t.Errorf("compacted: %d events in %d rows, want %d in %d", sum, rows, total, series)
	}
}

// TestLogLimit receives without a pause while others are folded: the log stays short.
func TestLogLimit(t *testing.T) {
	l := open(t, filepath.Join(t.TempDir(), "lake.duckdb"))
	defer l.Close()
	l.logLimit = 1 << 20
	ctx := context.Background()
	var wait sync.WaitGroup
	var done atomic.Bool
	for range 2 {
		wait.Add(1)
		go func() {
			defer wait.Done()
			for !done.Load() {
				if err := l.Receive(ctx, messages(0, 500, 10, 20000)); err != nil {
					t.Error(err)
				}
			}
		}()
	}
	for range 25 {
		if _, err := l.Fold(ctx, math.MaxInt64, 10_000, false); err != nil {
			t.Fatal(err)
		}
	}
	done.Store(true)
	wait.Wait()
	if _, err := l.Fold(ctx, math.MaxInt64, 1, false); err != nil {
		t.Fatal(err)
	}
	if log, err := os.Stat(l.path + ".wal"); err == nil && log.Size() > 2*l.logLimit {
		t.Errorf("the log has %d bytes", log.Size())
	}
	var inbox, waiting, keys int64
	if err := l.db.QueryRow("SELECT (SELECT count(*) FROM inbox), (SELECT count(*) FROM waiting), (SELECT count(*) FROM message_key)").Scan(&inbox, &waiting, &keys); err != nil {
		t.Fatal(err)
	}
	if keys == 0 || waiting != keys || (inbox+waiting)%500 != 0 {
		t.Errorf("%d in the inbox, %d waiting, %d keys", inbox, waiting, keys)
	}
}
