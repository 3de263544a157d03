package duckdb

import (
	"bufio"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	minori "github.com/minori-hq/minori"
	"github.com/minori-hq/minori/metric"
	"github.com/minori-hq/minori/store/lake"
)

// killChild names the file a child process writes until it is killed.
const killChild = "MINORI_TEST_KILL_LAKE"

func TestMain(m *testing.M) {
	for name, child := range map[string]func(string) error{killChild: writeUntilKilled, killInboxChild: receiveUntilKilled} {
		if path := os.Getenv(name); path != "" {
			if err := child(path); err != nil {
				fmt.Println("error", err)
				os.Exit(1)
			}
			os.Exit(0)
		}
	}
	os.Exit(m.Run())
}

const killBatch = 3000

// writeUntilKilled ingests batches and applies deltas in turn, beginning with
// the first batch that may not have been stored, and says so after each.
func writeUntilKilled(path string) error {
	l, err := Open(path, Options{Currency: "USD"})
	if err != nil {
		return err
	}
	ctx := context.Background()
	if err := l.DefineMetrics(ctx, []lake.MetricDef{
		{Ref: metric.Ref{ID: 1, Name: "login", Kind: metric.Event, Actors: true}, From: &metric.From{Event: "login", Actors: true}},
		{Ref: metric.Ref{ID: 2, Name: "calls", Kind: metric.Counter}},
	}); err != nil {
		return err
	}
	done, err := l.Applied(ctx)
	if err != nil {
		return err
	}
	fmt.Println("ready", done)
	for n := done; ; n++ {
		in := metric.Ingest{Source: 1, Import: 1, Events: make([]metric.EventRow, killBatch)}
		for i := range in.Events {
			k := uint64(n)*killBatch + uint64(i)
			in.Events[i] = metric.EventRow{Row: metric.Row{Line: i, Key: metric.Hash{Hi: mix(k), Lo: k}}, Subject: minori.ID(1 + k%50), Name: "login",
				Actor: fmt.Sprint("u", k%97), Time: int64(k) * 1e6, Day: minori.Day(19000 + k%10)}
		}
		if _, err := l.Ingest(ctx, in); err != nil {
			return err
		}
		d := lake.SeqDelta{Seq: n + 1}
		d.Points = []metric.PointSet{{Origin: "answer", ID: n % 7, Points: []metric.PointRow{{Subject: 1, Metric: 2, Day: 19000, Time: 1, Value: float64(n)}}}}
		if err := l.Apply(ctx, []lake.SeqDelta{d}); err != nil {
			return err
		}
		if n%5 == 4 {
			if err := l.Compact(ctx); err != nil {
				return err
			}
		}
		fmt.Println("stored", n+1)
	}
}

// TestKill kills a writing process again and again: nothing acknowledged is
// lost and nothing is stored twice.
func TestKill(t *testing.T) {
	if testing.Short() {
		t.Skip("starts processes")
	}
	path := filepath.Join(t.TempDir(), "lake.duckdb")
	acknowledged := int64(0)
	for round := range 8 {
		acknowledged = max(acknowledged, killOne(t, killChild, path, 2+round%4, time.Duration(round*37)*time.Millisecond))
		checkKilled(t, path, acknowledged)
	}
	if acknowledged < 8 {
		t.Errorf("only %d batches were stored", acknowledged)
	}
}

// killOne runs a child, kills it some time after it has stored a few batches
// and gives the last number it acknowledged.
func killOne(t *testing.T, child, path string, batches int, after time.Duration) (last int64) {
	t.Helper()
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), child+"="+path)
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	lines := bufio.NewScanner(out)
	for n := 0; lines.Scan(); {
		word, num, _ := strings.Cut(lines.Text(), " ")
		if word == "error" {
			t.Fatal(lines.Text())
		}
		if _, err := fmt.Sscan(num, &last); err != nil {
			t.Fatal(lines.Text())
		}
		if n++; n == batches {
			time.AfterFunc(after, func() { _ = cmd.Process.Kill() })
		}
	}
	_ = cmd.Wait()
	return last
}

// checkKilled opens the file and compares what it holds with what was acknowledged.
func checkKilled(t *testing.T, path string, acknowledged int64) {
	t.Helper()
	l := open(t, path)
	defer l.Close()
	ctx := context.Background()
	done, err := l.Applied(ctx)
	if err != nil {
		t.Fatal(err)
	}
	var events, keys, imports, counted, points int64
	var actorDays int64
	err = l.db.QueryRow("SELECT (SELECT count(*) FROM event), (SELECT count(DISTINCT key_lo) FROM import_row), (SELECT count(*) FROM import_row), "+
		"(SELECT sum(count) FROM rollup WHERE metric = 1)::BIGINT, (SELECT sum(count) FROM rollup WHERE metric = 2)::BIGINT, "+
		"(SELECT count(*) FROM (SELECT DISTINCT subject, day, actor FROM actor_day))").Scan(&events, &keys, &imports, &counted, &points, &actorDays)
	if err != nil {
		t.Fatal(err)
	}
	if done < acknowledged {
		t.Errorf("%d acknowledged, %d applied", acknowledged, done)
	}
	// A batch is stored before its delta: there may be one more of it.
	if events != done*killBatch && events != (done+1)*killBatch {
		t.Errorf("%d events after %d batches", events, done)
	}
	if keys != events || imports != events || counted != events || points != min(done, 7) {
		t.Errorf("%d events, %d keys, %d import rows, %d counted, %d points after %d deltas", events, keys, imports, counted, points, done)
	}
	if events > 0 && actorDays == 0 {
		t.Error("no actors")
	}
}
