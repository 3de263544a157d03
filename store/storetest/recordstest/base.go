package recordstest

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	minori "github.com/minori-hq/minori"
	"github.com/minori-hq/minori/account"
	"github.com/minori-hq/minori/auth"
	"github.com/minori-hq/minori/metric"
	"github.com/minori-hq/minori/resource"
)

func testWorkspace(t *testing.T, e *env) {
	_, err := e.db.Workspace(e.ctx)
	wantCode(t, err, minori.NotFound)
	w := minori.Workspace{Currency: "JPY", TimeZone: "Asia/Tokyo", Lang: minori.JA, FiscalYearStart: 4, FiscalYearNamed: "start", Country: "JP"}
	check(t, e.db.InitWorkspace(e.ctx, w))
	wantCode(t, e.db.InitWorkspace(e.ctx, minori.Workspace{Currency: "USD"}), minori.Conflict)
	w.Lang = minori.EN
	check(t, e.db.SaveWorkspace(e.ctx, w))
	got, err := e.db.Workspace(e.ctx)
	check(t, err)
	if got != w {
		t.Fatalf("workspace %+v", got)
	}
	check(t, e.db.SetSetting(e.ctx, "x", "1"))
	check(t, e.db.SetSetting(e.ctx, "x", "2"))
	v, err := e.db.Setting(e.ctx, "x")
	check(t, err)
	if v != "2" {
		t.Fatalf("setting %q", v)
	}
}

func testResources(t *testing.T, e *env) {
	at := time.UnixMicro(1_700_000_000_000_000).UTC()
	v := resource.Version{Time: at, Author: "a", Comment: "first", Created: []string{"Metric usage"}}
	n, err := e.db.Save(e.ctx, 0, v, []resource.Change{{Kind: "Metric", Name: "usage", Text: "one"}, {Kind: "Rule", Name: "b", Text: "two"}})
	check(t, err)
	if n != 1 {
		t.Fatalf("version %d", n)
	}
	_, err = e.db.Save(e.ctx, 0, v, []resource.Change{{Kind: "Metric", Name: "lost", Text: "x"}})
	wantCode(t, err, minori.Conflict)
	_, err = e.db.Save(e.ctx, 5, v, nil)
	wantCode(t, err, minori.Conflict)
	n, err = e.db.Save(e.ctx, 1, resource.Version{Time: at, Author: "b"}, []resource.Change{
		{Kind: "Metric", Name: "usage", Text: "one, changed"}, {Kind: "Rule", Name: "b"}, {Kind: "Rule", Name: "B", Text: "three"}})
	check(t, err)
	number, defs, err := e.db.Definitions(e.ctx, 0)
	check(t, err)
	if number != n || len(defs) != 2 || defs[0].Text != "one, changed" || defs[0].Version != 2 || defs[1].Name != "B" {
		t.Fatalf("version %d: %+v", number, defs)
	}
	id := defs[0].ID
	number, defs, err = e.db.Definitions(e.ctx, 1)
	check(t, err)
	if number != 1 || len(defs) != 2 || defs[0].Text != "one" || defs[0].ID != id || defs[1].Name != "b" {
		t.Fatalf("version %d: %+v", number, defs)
	}
	_, _, err = e.db.Definitions(e.ctx, 9)
	wantCode(t, err, minori.NotFound)
	vs, err := e.db.Versions(e.ctx, 10, 0)
	check(t, err)
	v.Number = 1
	if len(vs) != 2 || vs[0].Number != 2 {
		t.Fatalf("versions %+v", vs)
	}
	if d := cmp.Diff(v, vs[1]); d != "" {
		t.Fatal(d)
	}
	vs, err = e.db.Versions(e.ctx, 1, 1)
	check(t, err)
	if len(vs) != 1 || vs[0].Number != 1 {
		t.Fatalf("second page %+v", vs)
	}
}

func testEnsureIDs(t *testing.T, e *env) {
	a, err := e.db.EnsureIDs(e.ctx, "Metric", []string{"x", "y", "x"})
	check(t, err)
	b, err := e.db.EnsureIDs(e.ctx, "Metric", []string{"y", "z"})
	check(t, err)
	c, err := e.db.EnsureIDs(e.ctx, "Rule", []string{"x"})
	check(t, err)
	if len(a) != 2 || a["y"] != b["y"] || b["z"] == a["x"] || c["x"] == a["x"] {
		t.Fatalf("%v %v %v", a, b, c)
	}
	all, err := e.db.IDs(e.ctx, "Metric")
	check(t, err)
	if len(all) != 3 || all["z"] != b["z"] {
		t.Fatalf("%v", all)
	}
	// Several at once get the same ids.
	many := make([]string, 700)
	for i := range many {
		many[i] = fmt.Sprint("m", i)
	}
	results := make([]map[string]int64, 4)
	var wg sync.WaitGroup
	for i := range results {
		wg.Go(func() {
			var err error
			if results[i], err = e.db.EnsureIDs(e.ctx, "Metric", many); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	for _, r := range results[1:] {
		if d := cmp.Diff(results[0], r); d != "" {
			t.Fatal(d)
		}
	}
}

func testTransactions(t *testing.T, e *env) {
	boom := errors.New("boom")
	err := e.db.InTx(e.ctx, func(ctx context.Context) error {
		check(t, e.db.SetSetting(ctx, "a", "1"))
		v, err := e.db.Setting(ctx, "a")
		if err != nil || v != "1" {
			t.Fatalf("inside: %q %v", v, err)
		}
		return boom
	})
	if !errors.Is(err, boom) {
		t.Fatal(err)
	}
	// A joined part that fails undoes the whole, even if nobody minds.
	err = e.db.InTx(e.ctx, func(ctx context.Context) error {
		check(t, e.db.SetSetting(ctx, "a", "2"))
		_ = e.db.InTx(ctx, func(context.Context) error { return boom })
		return nil
	})
	if !errors.Is(err, boom) {
		t.Fatalf("swallowed: %v", err)
	}
	func() {
		defer func() { _ = recover() }()
		_ = e.db.InTx(e.ctx, func(ctx context.Context) error {
			check(t, e.db.SetSetting(ctx, "a", "3"))
			panic("out")
		})
	}()
	check(t, e.db.DryRun(e.ctx, func(ctx context.Context) error {
		check(t, e.db.SetSetting(ctx, "a", "4"))
		return e.db.DryRun(ctx, func(ctx context.Context) error {
			if v, err := e.db.Setting(ctx, "a"); err != nil || v != "4" {
				t.Errorf("dry runs do not see each other: %q %v", v, err)
			}
			return nil
		})
	}))
	v, err := e.db.Setting(e.ctx, "a")
	check(t, err)
	if v != "" {
		t.Fatalf("left behind: %q", v)
	}
	err = e.db.InTx(e.ctx, func(ctx context.Context) error {
		return e.db.DryRun(ctx, func(context.Context) error { return nil })
	})
	wantCode(t, err, minori.Internal)
	canceled, cancel := context.WithCancel(e.ctx)
	err = e.db.InTx(canceled, func(ctx context.Context) error {
		check(t, e.db.SetSetting(ctx, "a", "5"))
		cancel()
		return nil
	})
	if err == nil {
		t.Fatal("a canceled transaction was committed")
	}
}

func testNewIDs(t *testing.T, e *env) {
	var mu sync.Mutex
	seen := map[int64]bool{}
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			for range 20 {
				first, err := e.db.NewIDs(e.ctx, "thing", 3)
				if err != nil {
					t.Error(err)
					return
				}
				mu.Lock()
				for i := range int64(3) {
					if seen[first+i] || first < 1 {
						t.Errorf("%d twice", first+i)
					}
					seen[first+i] = true
				}
				mu.Unlock()
			}
		})
	}
	wg.Wait()
	if len(seen) != 8*20*3 {
		t.Fatalf("%d numbers", len(seen))
	}
}

func testOutbox(t *testing.T, e *env) {
	wantCode(t, e.db.AppendOutbox(e.ctx, metric.Delta{}), minori.Internal)
	in := metric.Delta{
		Subjects: []metric.SubjectRow{{Kind: minori.Account, ID: 1, Key: "A", Since: ptr(minori.Day(3))}},
		Fields:   []metric.FieldValue{{Subject: 1, Field: 2, ValidFrom: metric.Always, Recorded: 5, Num: ptr(1.5), Text: ptr("x")}},
		Terms:    []metric.Term{{ID: 1, Account: 1, Start: -5, ARR: 1 << 52, Currency: "JPY"}},
		Points:   []metric.PointSet{{Origin: "ticket", ID: 4, Points: []metric.PointRow{{Subject: 1, Metric: 2, Time: -1, Day: -1, Value: 0.1, Labels: [3]string{"高"}}}}},
		Rates:    []metric.Rate{{Currency: "EUR", Day: 1, Value: 1.1}},
	}
	check(t, e.db.InTx(e.ctx, func(ctx context.Context) error {
		return e.db.AppendOutbox(ctx, in, metric.Delta{Rates: in.Rates})
	}))
	rows, err := e.db.Outbox(e.ctx, 0, 10)
	check(t, err)
	if len(rows) != 2 {
		t.Fatalf("%d rows", len(rows))
	}
	if d := cmp.Diff(in, rows[0].Delta); d != "" {
		t.Fatal(d)
	}
	rows, err = e.db.Outbox(e.ctx, rows[0].Seq, 10)
	check(t, err)
	if len(rows) != 1 {
		t.Fatalf("%d rows after the first", len(rows))
	}
	// Large deltas come in parts.
	big := metric.Delta{Subjects: []metric.SubjectRow{{Key: strings.Repeat("x", 6<<20)}}}
	check(t, e.db.InTx(e.ctx, func(ctx context.Context) error { return e.db.AppendOutbox(ctx, big, big, big, big) }))
	rows, err = e.db.Outbox(e.ctx, rows[0].Seq, 10)
	check(t, err)
	if len(rows) < 1 || len(rows) > 3 {
		t.Fatalf("%d large rows at once", len(rows))
	}
	rows, err = e.db.Outbox(e.ctx, rows[len(rows)-1].Seq, 10)
	check(t, err)
	check(t, e.db.TrimOutbox(e.ctx, rows[len(rows)-1].Seq))
	rows, err = e.db.Outbox(e.ctx, 0, 10)
	check(t, err)
	if len(rows) != 0 {
		t.Fatal("not trimmed")
	}
}

// testOutboxOrder holds that a reader who goes on from the last number it saw
// misses nothing, whatever the order in which writers commit.
func testOutboxOrder(t *testing.T, e *env) {
	const writers, each = 6, 15
	var wg sync.WaitGroup
	for range writers {
		wg.Go(func() {
			for range each {
				err := e.db.InTx(e.ctx, func(ctx context.Context) error {
					if err := e.db.AppendOutbox(ctx, metric.Delta{}); err != nil {
						return err
					}
					time.Sleep(time.Millisecond)
					return nil
				})
				if err != nil {
					t.Error(err)
				}
			}
		})
	}
	done := make(chan struct{})
	go func() { wg.Wait(); close(done) }()
	seen, after := 0, int64(0)
	for last := false; ; {
		rows, err := e.db.Outbox(e.ctx, after, 1000)
		check(t, err)
		seen += len(rows)
		if len(rows) > 0 {
			after = rows[len(rows)-1].Seq
		}
		if last {
			break
		}
		select {
		case <-done:
			last = true
		default:
		}
	}
	if seen != writers*each {
		t.Fatalf("saw %d of %d", seen, writers*each)
	}
}

func testImportRuns(t *testing.T, e *env) {
	id, err := e.db.BeginImport(e.ctx, account.ImportRun{Source: 3, Name: "crm", File: "a.csv", Actor: "x", Started: 5})
	check(t, err)
	id2, err := e.db.BeginImport(e.ctx, account.ImportRun{Source: 3, Name: "crm", Started: 6})
	check(t, err)
	check(t, e.db.FinishImport(e.ctx, id, 9, `{"read":1}`))
	runs, err := e.db.Imports(e.ctx, minori.Page{})
	check(t, err)
	want := account.ImportRun{ID: id, Source: 3, Name: "crm", File: "a.csv", Actor: "x", Started: 5, Finished: 9, Report: `{"read":1}`}
	if len(runs) != 2 || runs[0].ID != id2 || runs[1] != want {
		t.Fatalf("%+v", runs)
	}
}

func testAudit(t *testing.T, e *env) {
	check(t, e.db.AppendAudit(e.ctx, auth.Entry{At: 1, Actor: "a", Action: "x"}, auth.Entry{At: 2, Actor: "b", Action: "y", Object: "o", Detail: "d"}))
	got, err := e.db.Audit(e.ctx, minori.Page{Limit: 1})
	check(t, err)
	if len(got) != 1 || got[0].Actor != "b" || got[0].Detail != "d" {
		t.Fatalf("%+v", got)
	}
}

func testCycles(t *testing.T, e *env) {
	check(t, e.db.MarkHandedOver(e.ctx, 7, 100))
	check(t, e.db.MarkHandedOver(e.ctx, 7, 100))
	done, err := e.db.HandedOver(e.ctx, []int64{6, 7})
	check(t, err)
	if done[6] || !done[7] {
		t.Fatalf("%v", done)
	}
}
