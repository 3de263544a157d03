package duckdb

import (
	"context"
	"fmt"
	"math"
	"path/filepath"
	"testing"
	"time"

	minori "github.com/minori-hq/minori"
	"github.com/minori-hq/minori/ingest"
	"github.com/minori-hq/minori/metric"
	"github.com/minori-hq/minori/store/lake"
)

// killInboxChild names the file a child process receives into until it is killed.
const killInboxChild = "MINORI_TEST_KILL_INBOX"

const killMessages = 500

// killMessage makes message k; one of ten is of an actor whose account is not known.
func killMessage(k uint64) ingest.Received {
	m := ingest.Received{Message: ingest.Message{Kind: ingest.Track, Event: "login", User: fmt.Sprint("u", k%97), Account: fmt.Sprint("a", 1+k%20), Time: int64(k) * 1e6, Body: `{"minutes":1}`},
		Source: 1, Key: k, At: int64(k) * 1e6, Day: minori.Day(19000 + k%10)}
	if k%10 == 0 {
		m.Account = ""
	}
	return m
}

// receiveUntilKilled receives batches, beginning with the first that may not have
// been stored, and says so after each, while others are folded.
func receiveUntilKilled(path string) error {
	l, err := Open(path, Options{Currency: "USD"})
	if err != nil {
		return err
	}
	l.tailRows = 500
	ctx := context.Background()
	if err := l.DefineMetrics(ctx, []lake.MetricDef{
		{Ref: metric.Ref{ID: 1, Name: "login", Kind: metric.Event, Actors: true}, From: &metric.From{Event: "login", Actors: true}}}); err != nil {
		return err
	}
	var subjects metric.Delta
	for i := 1; i <= 20; i++ {
		subjects.Subjects = append(subjects.Subjects, metric.SubjectRow{Kind: minori.Account, ID: minori.ID(i), Key: fmt.Sprint("a", i)})
	}
	if err := l.Apply(ctx, []lake.SeqDelta{{Seq: 1, Delta: subjects}}); err != nil {
		return err
	}
	n := int64(0)
	if err := l.Keys(ctx, 0, func(_ minori.Day, keys []uint64, _ []uint16) error { n += int64(len(keys)); return nil }); err != nil {
		return err
	}
	fmt.Println("ready", n/killMessages)
	failed := make(chan error, 2)
	go func() { failed <- foldUntilKilled(ctx, l) }()
	go func() {
		for batch := n / killMessages; ; batch++ {
			ms := make([]ingest.Received, killMessages)
			for i := range ms {
				ms[i] = killMessage(uint64(batch)*killMessages + uint64(i))
			}
			if err := l.Receive(ctx, ms); err != nil {
				failed <- err
				return
			}
			fmt.Println("stored", batch+1)
		}
	}()
	return <-failed
}

// foldUntilKilled folds, links actors so that some events are attached, and
// compacts.
func foldUntilKilled(ctx context.Context, l *Lake) error {
	applied, err := l.Applied(ctx)
	if err != nil {
		return err
	}
	for i := applied; ; i++ {
		if _, err := l.Fold(ctx, math.MaxInt64, 700, true); err != nil {
			return err
		}
		u := fmt.Sprint("u", i%40)
		d := metric.Delta{Links: []metric.Link{{Actor: u, Account: minori.ID(1 + i%20)}}}
		if i%5 == 0 {
			d.Merges = []metric.Merge{{Old: u, New: fmt.Sprint("u", i%7)}}
		}
		if err := l.Apply(ctx, []lake.SeqDelta{{Seq: i + 1, Delta: d}}); err != nil {
			return err
		}
		if i%9 == 0 {
			if err := l.Compact(ctx); err != nil {
				return err
			}
		}
		if i%11 == 0 {
			if err := l.Checkpoint(ctx); err != nil {
				return err
			}
		}
	}
}

// TestKillInbox kills a receiving and folding process again and again: every
// message acknowledged is there exactly once, in the inbox, waiting or counted.
// MINORI_KILLS says how often.
func TestKillInbox(t *testing.T) {
	if testing.Short() {
		t.Skip("starts processes")
	}
	path := filepath.Join(t.TempDir(), "lake.duckdb")
	acknowledged := int64(0)
	kills := sizeOf("MINORI_KILLS", 8)
	for round := range kills {
		acknowledged = max(acknowledged, killOne(t, killInboxChild, path, 2+round%4, time.Duration(round%12*37)*time.Millisecond))
		checkKilledInbox(t, path, acknowledged)
	}
	if acknowledged < int64(kills) {
		t.Errorf("only %d batches were stored", acknowledged)
	}
}

// checkKilledInbox opens the file and compares what it holds with what was
// acknowledged.
func checkKilledInbox(t *testing.T, path string, acknowledged int64) {
	t.Helper()
	l := open(t, path)
	defer l.Close()
	var keys, different, highest, inbox, waiting, events, arrivals, counted, last int64
	err := l.db.QueryRow("SELECT count(*), count(DISTINCT key), coalesce(max(key), -1) FROM (SELECT key FROM message_key UNION ALL SELECT key FROM inbox) k").Scan(&keys, &different, &highest)
	if err != nil {
		t.Fatal(err)
	}
	err = l.db.QueryRow("SELECT (SELECT count(*) FROM inbox), (SELECT count(*) FROM waiting), (SELECT count(*) FROM event), (SELECT count(DISTINCT arrival) FROM event), "+
		"(SELECT coalesce(sum(count), 0) FROM rollup)::BIGINT, (SELECT coalesce(max(last_at), 0) FROM last_point)::BIGINT").Scan(&inbox, &waiting, &events, &arrivals, &counted, &last)
	if err != nil {
		t.Fatal(err)
	}
	if keys%killMessages != 0 || keys != different || keys != highest+1 {
		t.Errorf("%d keys, %d different, the last one %d", keys, different, highest)
	}
	if batches := keys / killMessages; batches < acknowledged {
		t.Errorf("%d batches acknowledged, %d stored", acknowledged, batches)
	}
	if inbox+waiting+events != keys || counted != events || arrivals != events {
		t.Errorf("%d messages: %d in the inbox, %d waiting, %d events, %d of them different, %d counted", keys, inbox, waiting, events, arrivals, counted)
	}
	if events > 0 && last == 0 {
		t.Error("no last points")
	}
}
