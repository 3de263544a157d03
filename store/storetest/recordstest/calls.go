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
	"github.com/minori-hq/minori/action"
	"github.com/minori-hq/minori/rule"
)

var csm = minori.Actor{Name: "csm@example.com", Role: minori.RoleCSM}

// request asks for a call of rule 1 for an account's episode.
func (e *env) request(t testing.TB, key string, episode int, asOf string) action.OpenRequest {
	t.Helper()
	s, err := e.accounts.ByKey(e.ctx, e.admin, minori.Account, key)
	check(t, err)
	return action.OpenRequest{
		Subject: s, Rule: 1, RuleName: "falling", Episode: episode, AsOf: minori.EndOf(day(t, asOf), time.UTC),
		Call:     action.CallSpec{Type: "risk", Reason: "adoption", Priority: "high", Due: 3},
		Owners:   []string{"nobody@example.com", "e-1@example.com"},
		Evidence: []action.Evidence{{Name: `measure("adoption.trend")`, Num: ptr(-0.4)}},
		Playbook: &action.Playbook{Name: "rescue", Tasks: []action.PlaybookTask{
			{Name: "call", Title: minori.Text{minori.EN: "Call", minori.JA: "電話"}, Due: 1, Role: "csm", Hours: 1.5},
			{Name: "workshop", Title: minori.Plain("Workshop"), Due: 5, After: []string{"call"}, Role: "services", Hours: 2},
		}},
	}
}

// withAccounts imports accounts and one person.
func (e *env) withAccounts(t testing.TB, n int) {
	t.Helper()
	e.mustImport(t, e.run(1), some(n))
	e.mustImport(t, e.run(2), []account.FactRow{person(2, account.Person{Key: "E-1", Email: "e-1@example.com"})})
}

func (e *env) mustOpen(t testing.TB, reqs ...action.OpenRequest) []action.Opened {
	t.Helper()
	out, err := e.actions.Open(e.ctx, reqs)
	check(t, err)
	return out
}

func (e *env) call(t testing.TB, id int64) action.Call {
	t.Helper()
	c, err := e.actions.Get(e.ctx, csm, id)
	check(t, err)
	return c
}

func testOpen(t *testing.T, e *env) {
	e.withAccounts(t, 2)
	out := e.mustOpen(t, e.request(t, "A-0", 1, "2023-12-27"), e.request(t, "A-1", 1, "2023-12-27"))
	if !out[0].Created || !out[1].Created || out[0].Call == out[1].Call {
		t.Fatalf("%+v", out)
	}
	c := e.call(t, out[0].Call)
	owner, err := e.accounts.PersonsByRef(e.ctx, []string{"E-1"})
	check(t, err)
	// From Wednesday 27 December: 28 December, then 4 and 5 January.
	if c.Due != day(t, "2024-01-05") || c.Owner != owner["E-1"] || c.Status != action.StatusNew || c.Subject.Key != "A-0" || c.Version != 1 {
		t.Fatalf("%+v", c)
	}
	if len(c.Tasks) != 2 || c.Tasks[0].Due != day(t, "2023-12-28") || c.Tasks[0].Title.In(minori.JA) != "電話" || c.Tasks[1].After[0] != "call" {
		t.Fatalf("%+v", c.Tasks)
	}
	if d := cmp.Diff([]action.Evidence{{Name: `measure("adoption.trend")`, Num: ptr(-0.4)}}, c.Evidence); d != "" {
		t.Fatal(d)
	}
	if len(c.Log) != 1 || c.Log[0].Kind != action.EventOpened || c.Log[0].Author != "system" {
		t.Fatalf("%+v", c.Log)
	}
	_, err = e.actions.Get(e.ctx, csm, 999)
	wantCode(t, err, minori.NotFound)
	counts, err := e.actions.OpenCounts(e.ctx, minori.Account, nil)
	check(t, err)
	if counts["risk"][c.Subject.ID] != 1 || counts[""][c.Subject.ID] != 1 || len(counts[""]) != 2 {
		t.Fatalf("%v", counts)
	}
	// Two effects of one rule open a call each.
	second := e.request(t, "A-0", 1, "2023-12-27")
	second.Effect = 1
	if out := e.mustOpen(t, second); !out[0].Created {
		t.Fatalf("%+v", out)
	}
}

func testOpenReplay(t *testing.T, e *env) {
	e.withAccounts(t, 30)
	var reqs []action.OpenRequest
	for i := range 30 {
		reqs = append(reqs, e.request(t, fmt.Sprint("A-", i), 1, "2024-03-01"))
	}
	first := e.mustOpen(t, reqs...)
	again := e.mustOpen(t, reqs...)
	for i := range again {
		if again[i].Created || again[i].Joined || again[i].Call != first[i].Call {
			t.Fatalf("%+v after %+v", again[i], first[i])
		}
	}
	// Also after the call was closed.
	_, err := e.actions.Close(e.ctx, csm, first[0].Call, 0, action.Success, "")
	check(t, err)
	if out := e.mustOpen(t, reqs[0]); out[0].Created {
		t.Fatalf("%+v", out)
	}
	_, n, err := e.actions.List(e.ctx, csm, action.Filter{}, minori.Page{})
	check(t, err)
	if n != 30 || len(e.call(t, first[1].Call).Log) != 1 {
		t.Fatalf("%d calls", n)
	}
	// A failed transaction opens nothing and leaves no key.
	boom := errors.New("boom")
	err = e.db.InTx(e.ctx, func(ctx context.Context) error {
		r := e.request(t, "A-0", 2, "2024-03-02")
		if _, err := e.actions.Open(ctx, []action.OpenRequest{r}); err != nil {
			return err
		}
		return boom
	})
	if !errors.Is(err, boom) {
		t.Fatal(err)
	}
	if out := e.mustOpen(t, e.request(t, "A-0", 2, "2024-03-02")); !out[0].Created {
		t.Fatalf("%+v", out)
	}
}

func testJoin(t *testing.T, e *env) {
	e.withAccounts(t, 1)
	a, b := e.request(t, "A-0", 1, "2024-03-01"), e.request(t, "A-0", 2, "2024-04-01")
	id := e.mustOpen(t, a)[0].Call
	check(t, e.actions.Recover(e.ctx, []action.RecoverRequest{{Rule: 1, Subject: a.Subject.ID, Episode: 1, AsOf: a.AsOf}}))
	out := e.mustOpen(t, b)
	if !out[0].Joined || out[0].Call != id {
		t.Fatalf("%+v", out)
	}
	c := e.call(t, id)
	if c.Episode != 1 || c.Joined != 2 || c.Recovered != 0 || c.Log[len(c.Log)-1].Kind != action.EventJoined {
		t.Fatalf("%+v", c)
	}
	if out := e.mustOpen(t, b); out[0].Joined || out[0].Created || len(e.call(t, id).Log) != len(c.Log) {
		t.Fatalf("joined twice: %+v", out)
	}
	// The end of an episode that came before does not recover it.
	check(t, e.actions.Recover(e.ctx, []action.RecoverRequest{{Rule: 1, Subject: a.Subject.ID, Episode: 1, AsOf: b.AsOf}}))
	if c := e.call(t, id); c.Recovered != 0 {
		t.Fatalf("%+v", c)
	}
	// Two episodes in one batch: the second joins the first.
	_, err := e.actions.Close(e.ctx, csm, id, 0, action.NoSuccess, "")
	check(t, err)
	out = e.mustOpen(t, e.request(t, "A-0", 3, "2024-05-01"), e.request(t, "A-0", 4, "2024-06-01"))
	if !out[0].Created || !out[1].Joined || out[0].Call != out[1].Call || e.call(t, out[0].Call).Joined != 4 {
		t.Fatalf("%+v", out)
	}
}

func testRecover(t *testing.T, e *env) {
	e.withAccounts(t, 2)
	keep, closing := e.request(t, "A-0", 1, "2024-03-01"), e.request(t, "A-1", 1, "2024-03-01")
	closing.Call.CloseOnEnd = true
	out := e.mustOpen(t, keep, closing)
	asOf := minori.EndOf(day(t, "2024-03-20"), time.UTC)
	reqs := []action.RecoverRequest{{Rule: 1, Subject: keep.Subject.ID, Episode: 1, AsOf: asOf}, {Rule: 1, Subject: closing.Subject.ID, Episode: 1, AsOf: asOf}}
	check(t, e.actions.Recover(e.ctx, reqs))
	check(t, e.actions.Recover(e.ctx, reqs))
	k, c := e.call(t, out[0].Call), e.call(t, out[1].Call)
	if k.Status != action.StatusNew || k.Recovered != asOf.Micros() || len(k.Log) != 2 {
		t.Fatalf("%+v", k)
	}
	if c.Status != action.StatusClosed || c.Outcome != action.Success || c.Recovered != asOf.Micros() || len(c.Log) != 3 || c.ClosedAt == 0 {
		t.Fatalf("%+v", c)
	}
}

func testWork(t *testing.T, e *env) {
	e.withAccounts(t, 1)
	id := e.mustOpen(t, e.request(t, "A-0", 1, "2024-03-01"))[0].Call
	c, err := e.actions.Assign(e.ctx, csm, id, 1, 77)
	check(t, err)
	c, err = e.actions.SetStatus(e.ctx, csm, id, c.Version, action.StatusInProgress)
	check(t, err)
	_, err = e.actions.SetStatus(e.ctx, csm, id, c.Version, action.StatusClosed)
	wantCode(t, err, minori.Invalid)
	today := e.actions.Today()
	_, err = e.actions.Snooze(e.ctx, csm, id, c.Version, today)
	wantCode(t, err, minori.Invalid)
	c, err = e.actions.Snooze(e.ctx, csm, id, c.Version, today+3)
	check(t, err)
	if c.Status != action.StatusSnoozed {
		t.Fatalf("%+v", c)
	}
	e.now = e.now.AddDate(0, 0, 3)
	if c = e.call(t, id); c.Status != action.StatusInProgress {
		t.Fatalf("still %s", c.Status)
	}
	c, err = e.actions.Comment(e.ctx, csm, id, "spoke to them")
	check(t, err)
	_, err = e.actions.Comment(e.ctx, csm, id, " ")
	wantCode(t, err, minori.Invalid)
	_, err = e.actions.Close(e.ctx, csm, id, c.Version, "fine", "")
	wantCode(t, err, minori.Invalid)
	c, err = e.actions.Close(e.ctx, csm, id, c.Version, action.Success, "done")
	check(t, err)
	_, err = e.actions.Assign(e.ctx, csm, id, 0, 1)
	wantCode(t, err, minori.Invalid)
	c = e.call(t, id)
	kinds := ""
	for _, ev := range c.Log {
		kinds += ev.Kind + " "
	}
	if kinds != "opened owner status snoozed comment closed " || c.Outcome != action.Success || c.Log[5].Text != "done" || c.Log[5].Author != csm.Name {
		t.Fatalf("%s %+v", kinds, c)
	}
	lines, err := e.db.Audit(e.ctx, minori.Page{})
	check(t, err)
	if len(lines) != 5 || lines[0].Action != "call.close" || lines[0].Actor != csm.Name {
		t.Fatalf("%+v", lines)
	}
}

func testCallConflict(t *testing.T, e *env) {
	e.withAccounts(t, 1)
	id := e.mustOpen(t, e.request(t, "A-0", 1, "2024-03-01"))[0].Call
	other := minori.Actor{Name: "other@example.com", Role: minori.RoleCSM}
	_, err := e.actions.Assign(e.ctx, other, id, 1, 5)
	check(t, err)
	_, err = e.actions.Assign(e.ctx, csm, id, 1, 6)
	wantCode(t, err, minori.Conflict)
	if !strings.Contains(err.Error(), other.Name) {
		t.Fatalf("%v does not say who", err)
	}
	if c := e.call(t, id); c.Owner != 5 {
		t.Fatalf("%+v", c)
	}
	// Of several at once exactly one wins.
	version := e.call(t, id).Version
	var wg sync.WaitGroup
	var mu sync.Mutex
	won := 0
	for i := range 6 {
		wg.Go(func() {
			_, err := e.actions.Assign(e.ctx, csm, id, version, minori.ID(100+i))
			mu.Lock()
			defer mu.Unlock()
			if err == nil {
				won++
			} else if minori.CodeOf(err) != minori.Conflict {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	if won != 1 {
		t.Fatalf("%d won", won)
	}
}

func testListCalls(t *testing.T, e *env) {
	e.withAccounts(t, 9)
	priorities := []string{"low", "urgent", "high"}
	for i := range 9 {
		r := e.request(t, fmt.Sprint("A-", i), 1, fmt.Sprintf("2024-03-%02d", 20-i))
		r.Call.Priority = priorities[i%3]
		if i%2 == 0 {
			r.Owners, r.Call.Type = nil, "opportunity"
		}
		e.mustOpen(t, r)
	}
	_, err := e.actions.Close(e.ctx, csm, 1, 0, action.Invalid, "")
	check(t, err)
	_, err = e.actions.Snooze(e.ctx, csm, 2, 0, e.actions.Today()+2)
	check(t, err)
	count := func(f action.Filter) int {
		t.Helper()
		calls, n, err := e.actions.List(e.ctx, csm, f, minori.Page{})
		check(t, err)
		if len(calls) != n {
			t.Fatalf("%d of %d", len(calls), n)
		}
		return n
	}
	for _, c := range []struct {
		f    action.Filter
		want int
	}{
		{action.Filter{}, 9}, {action.Filter{Status: action.AnyOpen}, 8}, {action.Filter{Status: action.StatusClosed}, 1},
		{action.Filter{Status: action.StatusSnoozed}, 1}, {action.Filter{Status: action.StatusNew}, 7}, {action.Filter{Unowned: true}, 5},
		{action.Filter{Type: "risk"}, 4}, {action.Filter{Rule: "none"}, 0}, {action.Filter{Priority: "urgent"}, 3},
		{action.Filter{Type: "risk", Priority: "urgent", Status: action.AnyOpen}, 2},
	} {
		if n := count(c.f); n != c.want {
			t.Errorf("%+v: %d, want %d", c.f, n, c.want)
		}
	}
	testCallPages(t, e)
	e.now = e.now.AddDate(0, 0, 5)
	if n := count(action.Filter{Status: action.StatusInProgress}); n != 1 {
		t.Fatalf("%d in progress after the snooze", n)
	}
}

// testCallPages pages through the nine calls of testListCalls by due day.
func testCallPages(t *testing.T, e *env) {
	var due []minori.Day
	for off := 0; off < 9; off += 4 {
		calls, _, err := e.actions.List(e.ctx, csm, action.Filter{}, minori.Page{Limit: 4, Offset: off})
		check(t, err)
		for _, c := range calls {
			due = append(due, c.Due)
			if c.TaskCount != 2 {
				t.Fatalf("%+v", c)
			}
		}
	}
	for i := 1; i < len(due); i++ {
		if len(due) != 9 || due[i] < due[i-1] {
			t.Fatalf("order %v", due)
		}
	}
	calls, _, err := e.actions.List(e.ctx, csm, action.Filter{Sort: action.ByPriority}, minori.Page{Limit: 3})
	check(t, err)
	if calls[0].Priority != "urgent" || calls[2].Priority != "urgent" {
		t.Fatalf("%+v", calls)
	}
}

func testTasks(t *testing.T, e *env) {
	e.withAccounts(t, 1)
	id := e.mustOpen(t, e.request(t, "A-0", 1, "2024-03-01"))[0].Call
	_, err := e.actions.SetTask(e.ctx, csm, id, 0, "workshop", true)
	wantCode(t, err, minori.Invalid)
	_, err = e.actions.SetTask(e.ctx, csm, id, 0, "cal", true)
	wantCode(t, err, minori.NotFound)
	_, err = e.actions.SetTask(e.ctx, csm, id, 0, "call", true)
	check(t, err)
	c, err := e.actions.SetTask(e.ctx, csm, id, 0, "workshop", true)
	check(t, err)
	if c.TasksDone != 2 || c.Status != action.StatusInProgress {
		t.Fatalf("%+v", c)
	}
	_, err = e.actions.SetTask(e.ctx, csm, id, 0, "call", false)
	wantCode(t, err, minori.Invalid)
	c = e.call(t, id)
	if !c.Tasks[0].Done || c.Tasks[0].DoneBy != csm.Name || c.TasksDone != 2 {
		t.Fatalf("%+v", c.Tasks)
	}
}

func testConcurrentOpen(t *testing.T, e *env) {
	e.withAccounts(t, 20)
	var reqs []action.OpenRequest
	for i := range 20 {
		reqs = append(reqs, e.request(t, fmt.Sprint("A-", i), 1, "2024-03-01"))
	}
	var wg sync.WaitGroup
	for range 5 {
		wg.Go(func() {
			if _, err := e.actions.Open(e.ctx, reqs); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	_, n, err := e.actions.List(e.ctx, csm, action.Filter{}, minori.Page{})
	check(t, err)
	if n != 20 {
		t.Fatalf("%d calls", n)
	}
}

func testOverrides(t *testing.T, e *env) {
	e.withAccounts(t, 1)
	id := e.account(t, "A-0").ID
	at := func(h int) int64 { return e.now.Add(time.Duration(h) * time.Hour).UnixMicro() }
	for _, bad := range []action.Override{
		{Subject: id, Scorecard: "health", Value: 101, Reason: "x", Until: at(5)},
		{Subject: id, Scorecard: "health", Value: 50, Until: at(5)},
		{Subject: id, Scorecard: "health", Value: 50, Reason: "x"},
	} {
		wantCode(t, e.actions.SetOverride(e.ctx, csm, bad), minori.Invalid)
	}
	check(t, e.actions.SetOverride(e.ctx, csm, action.Override{Subject: id, Scorecard: "health", Value: 20, Reason: "escalated", Until: at(10)}))
	check(t, e.actions.SetOverride(e.ctx, csm, action.Override{Subject: id, Scorecard: "health", Value: 80, Reason: "solved", From: at(4), Until: at(20)}))
	start := e.now
	value := func(h int) float64 {
		t.Helper()
		m, err := e.actions.OverridesAt(e.ctx, "health", minori.At(start.Add(time.Duration(h)*time.Hour), time.UTC), nil)
		check(t, err)
		o, ok := m[id]
		if !ok {
			return -1
		}
		return o.Value
	}
	for h, want := range map[int]float64{-1: -1, 0: 20, 3: 20, 4: 80, 19: 80, 20: -1} {
		if got := value(h); got != want {
			t.Errorf("after %d h: %v, want %v", h, got, want)
		}
	}
	e.now = e.now.Add(6 * time.Hour)
	check(t, e.actions.ClearOverride(e.ctx, csm, id, "health"))
	wantCode(t, e.actions.ClearOverride(e.ctx, csm, id, "health"), minori.NotFound)
	if value(5) != 80 || value(6) != -1 || value(2) != 20 {
		t.Fatalf("%v %v %v", value(5), value(6), value(2))
	}
	all, err := e.actions.Overrides(e.ctx, csm, id, minori.Page{})
	check(t, err)
	if len(all) != 2 || all[0].ClearedBy != csm.Name || all[0].Author != csm.Name {
		t.Fatalf("%+v", all)
	}
}

func testStates(t *testing.T, e *env) {
	a := rule.State{Rule: 1, Subject: 5, Phase: rule.Active, Since: 10, Episode: 2, Ended: 8, Step: 20, HoldSince: 3, HoldReason: "stale"}
	b := rule.State{Rule: 2, Subject: 5, Phase: rule.Pending, Since: 15, Step: 20}
	check(t, e.db.SaveStates(e.ctx, []rule.State{a, b}, map[int64]int64{1: 20, 2: 20}))
	late := a
	late.Step, late.Phase = 15, rule.Inactive
	check(t, e.db.SaveStates(e.ctx, []rule.State{late}, map[int64]int64{1: 15}))
	got, err := e.db.Standings(e.ctx, []int64{1, 2, 3}, nil)
	check(t, err)
	want := map[int64]rule.Standing{
		1: {Rule: 1, Step: 20, States: map[minori.ID]rule.State{5: a}},
		2: {Rule: 2, Step: 20, States: map[minori.ID]rule.State{5: b}},
		3: {Rule: 3, States: map[minori.ID]rule.State{}},
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Fatal(d)
	}
	counts, err := e.db.PhaseCounts(e.ctx, []int64{1, 3}, account.Scope{All: true, Anyone: true})
	check(t, err)
	if counts[1][rule.Active] != 1 || len(counts[3]) != 0 || len(counts) != 2 {
		t.Fatalf("%v", counts)
	}
	b.Phase, b.Step = rule.Inactive, 30
	check(t, e.db.SaveStates(e.ctx, []rule.State{b}, map[int64]int64{2: 30}))
	got, err = e.db.Standings(e.ctx, []int64{2}, nil)
	check(t, err)
	if got[2].Step != 30 || got[2].States[5].Phase != rule.Inactive {
		t.Fatalf("%+v", got)
	}
}
