package recordstest

import (
	"fmt"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	minori "github.com/minori-hq/minori"
	"github.com/minori-hq/minori/account"
	"github.com/minori-hq/minori/action"
	"github.com/minori-hq/minori/evaluate"
	"github.com/minori-hq/minori/metric"
	"github.com/minori-hq/minori/revenue"
)

// standings gives what became of calls, in their order.
func standings(w action.Worked) []action.Standing {
	out := make([]action.Standing, len(w.Rows))
	for i := range w.Rows {
		out[i] = w.Rows[i].Standing
	}
	return out
}

// opened opens a call for each of n accounts and gives them as seen.
func (e *env) opened(t testing.TB, n int) []action.Seen {
	t.Helper()
	e.withAccounts(t, n)
	var reqs []action.OpenRequest
	for i := range n {
		reqs = append(reqs, e.request(t, fmt.Sprint("A-", i), 1, "2024-06-20"))
	}
	var seen []action.Seen
	for _, o := range e.mustOpen(t, reqs...) {
		seen = append(seen, action.Seen{Call: o.Call, Version: 1})
	}
	return seen
}

func testBulk(t *testing.T, e *env) {
	seen := e.opened(t, 5)
	_, err := e.actions.Comment(e.ctx, minori.Actor{Name: "other@example.com", Role: minori.RoleCSM}, seen[1].Call, "Mine now.")
	check(t, err)
	_, err = e.actions.Close(e.ctx, csm, seen[2].Call, 0, action.Success, "")
	check(t, err)
	seen[2].Version = 2
	until := e.actions.Today() + 3
	ask := append(slices.Clone(seen), seen[0], action.Seen{Call: 99, Version: 1})
	w, err := e.actions.Bulk(e.ctx, csm, ask, action.Change{Verb: action.DoSnooze, Until: until})
	check(t, err)
	if d := cmp.Diff([]action.Standing{action.Done, action.Changed, action.Closed, action.Done, action.Done, action.Gone}, standings(w)); d != "" {
		t.Fatal(d)
	}
	if last := w.Rows[1].Last; last == nil || last.Author != "other@example.com" || last.Kind != action.EventComment {
		t.Fatalf("%+v", w.Rows[1].Last)
	}
	c := e.call(t, seen[0].Call)
	if c.Status != action.StatusSnoozed || *c.Snoozed != until || c.Version != 2 || c.Log[len(c.Log)-1].Kind != action.EventSnoozed {
		t.Fatalf("%+v", c)
	}
	kept, err := e.actions.Worked(e.ctx, csm, w.Token)
	check(t, err)
	if d := cmp.Diff(w, kept); d != "" {
		t.Fatal(d)
	}
	// Nothing half done when the change itself is wrong, and nobody's but an actor's.
	for _, ch := range []action.Change{{Verb: "eat"}, {Verb: action.DoSnooze, Until: until - 10}, {Verb: action.DoPriority, Priority: "huge"}, {Verb: action.DoClose}} {
		_, err := e.actions.Bulk(e.ctx, csm, seen[3:], ch)
		wantCode(t, err, minori.Invalid)
	}
	_, err = e.actions.Bulk(e.ctx, csm, nil, action.Change{Verb: action.DoAssign})
	wantCode(t, err, minori.Invalid)
	_, err = e.actions.Bulk(e.ctx, minori.Actor{Name: "eye", Role: minori.RoleObserver}, seen, action.Change{Verb: action.DoAssign})
	wantCode(t, err, minori.Forbidden)
}

func testUndo(t *testing.T, e *env) {
	seen := e.opened(t, 4)
	before := e.call(t, seen[0].Call)
	w, err := e.actions.Bulk(e.ctx, csm, seen, action.Change{Verb: action.DoClose, Outcome: action.NoSuccess, Comment: "No answer."})
	check(t, err)
	if w.Count(action.Done) != 4 || e.call(t, seen[0].Call).Status != action.StatusClosed {
		t.Fatalf("%+v", w)
	}
	// One was commented since; for another the rule has opened a new call.
	_, err = e.actions.Comment(e.ctx, csm, seen[1].Call, "Later.")
	check(t, err)
	again := e.mustOpen(t, e.request(t, "A-2", 2, "2024-06-25"))
	if !again[0].Created {
		t.Fatalf("%+v", again)
	}
	_, err = e.actions.Undo(e.ctx, minori.Actor{Name: "other@example.com", Role: minori.RoleCSM}, w.Token)
	wantCode(t, err, minori.NotFound)
	u, err := e.actions.Undo(e.ctx, csm, w.Token)
	check(t, err)
	if d := cmp.Diff([]action.Standing{action.Done, action.Changed, action.Taken, action.Done}, standings(u)); d != "" {
		t.Fatal(d)
	}
	after := e.call(t, seen[0].Call)
	if after.Status != before.Status || after.Outcome != "" || after.ClosedAt != 0 || after.Version != 3 || after.Log[len(after.Log)-1].Kind != action.EventUndone {
		t.Fatalf("%+v", after)
	}
	if e.call(t, seen[2].Call).Status != action.StatusClosed {
		t.Fatal("two calls are open for one rule and account")
	}
	_, err = e.actions.Undo(e.ctx, csm, w.Token)
	wantCode(t, err, minori.Conflict)
	// What was done a day ago stays.
	w, err = e.actions.Bulk(e.ctx, csm, []action.Seen{{Call: seen[0].Call, Version: 3}}, action.Change{Verb: action.DoPriority, Priority: "urgent"})
	check(t, err)
	e.now = e.now.AddDate(0, 0, 2)
	_, err = e.actions.Undo(e.ctx, csm, w.Token)
	wantCode(t, err, minori.NotFound)
	if e.call(t, seen[0].Call).Priority != "urgent" {
		t.Fatal("the priority did not stay")
	}
}

func testLoads(t *testing.T, e *env) {
	seen := e.opened(t, 4) // due on 25 June; the clock stands at Monday 1 July
	person, err := e.accounts.PersonsByRef(e.ctx, []string{"E-1"})
	check(t, err)
	owner := person["E-1"]
	_, err = e.actions.Snooze(e.ctx, csm, seen[0].Call, 0, e.actions.Today()+2)
	check(t, err)
	_, err = e.actions.Assign(e.ctx, csm, seen[1].Call, 0, 0)
	check(t, err)
	_, err = e.actions.Close(e.ctx, csm, seen[2].Call, 0, action.Success, "")
	check(t, err)
	lead := minori.Actor{Name: "lead@example.com", Role: minori.RoleLeader}
	loads, err := e.actions.Loads(e.ctx, lead)
	check(t, err)
	want := []action.Load{{Open: 1, Overdue: 1, Tasks: 2, Hours: 3.5}, {Person: owner, Open: 1, Overdue: 1, Snoozed: 1, Tasks: 2, Hours: 3.5}}
	// The tasks of requests say 1.5 and 2 hours.
	if d := cmp.Diff(want, loads); d != "" {
		t.Fatal(d)
	}
	_, err = e.actions.Loads(e.ctx, csm)
	wantCode(t, err, minori.Forbidden)
	e.now = e.now.AddDate(0, 0, 8)
	if loads, err = e.actions.Loads(e.ctx, lead); err != nil || loads[0].Slipping != 1 || loads[1].Slipping != 2 || loads[1].Open != 2 {
		t.Fatalf("%+v %v", loads, err)
	}
	e.now = e.now.AddDate(0, 0, -8)

	today := e.actions.Today()
	counts, err := e.actions.Counts(e.ctx, csm, action.Filter{Status: action.AnyAwake}, today-1, today, today+10)
	check(t, err)
	if d := cmp.Diff([]int{2, 0, 0, 0}, counts); d != "" {
		t.Fatal(d)
	}
	if counts, err = e.actions.Counts(e.ctx, csm, action.Filter{Owners: []minori.ID{}}); err != nil || counts[0] != 0 {
		t.Fatalf("nobody's calls: %v %v", counts, err)
	}
	by := today - 5
	tasks, n, err := e.actions.Tasks(e.ctx, csm, action.TaskFilter{Who: []minori.ID{owner}, DueBy: &by}, minori.Page{})
	check(t, err)
	if n != 1 || tasks[0].Name != "call" || tasks[0].Call != seen[3].Call || tasks[0].Who() != owner || tasks[0].Hours != 1.5 || tasks[0].Subject.Key != "A-3" {
		t.Fatalf("%d %+v", n, tasks)
	}
	wakes := today + 7
	calls, n, err := e.actions.List(e.ctx, csm, action.Filter{WakesBy: &wakes}, minori.Page{})
	check(t, err)
	if n != 1 || calls[0].ID != seen[0].Call {
		t.Fatalf("%d %+v", n, calls)
	}
	calls, n, err = e.actions.List(e.ctx, csm, action.Filter{Closed: e.now.UnixMicro(), Outcome: action.Success, Sort: action.ByClosed}, minori.Page{})
	check(t, err)
	if n != 1 || calls[0].ID != seen[2].Call {
		t.Fatalf("%d %+v", n, calls)
	}
}

func testRelations(t *testing.T, e *env) {
	e.mustImport(t, e.run(1), some(3))
	fact := func(i int, f account.FactRow) account.FactRow {
		f.Row = metric.Row{Line: i, Key: hash("fact", i), Hash: hash(i)}
		return f
	}
	at := func(on string) int64 { return minori.EndOf(day(t, on), e.now.Location()).Micros() }
	talk := func(i int, acc, typ, on string) account.FactRow {
		return fact(i, account.FactRow{Interaction: &account.Interaction{Key: fmt.Sprint("I-", i), AccountKey: acc, Type: typ, Time: at(on)}})
	}
	e.mustImport(t, e.run(2), []account.FactRow{
		talk(1, "A-0", "meeting", "2024-03-01"), talk(2, "A-0", "call", "2024-04-01"), talk(3, "A-0", "email", "2024-06-01"), talk(4, "A-0", "call", "2024-06-15"),
		talk(5, "A-1", "note", "2024-06-01"),
	})
	e.mustImport(t, e.run(3), []account.FactRow{
		fact(6, account.FactRow{Contact: &account.Contact{Key: "C-1", AccountKey: "A-0", Name: "Aoi", Role: "Sponsor"}}),
		fact(7, account.FactRow{Contact: &account.Contact{Key: "C-2", AccountKey: "A-0", Name: "Ren", Role: "user"}}),
	})
	ids, err := e.accounts.IDs(e.ctx, e.admin, account.KindAccount)
	check(t, err)
	got, err := e.db.Relations(e.ctx, evaluate.DeepTypes(), at("2024-05-01"), nil)
	check(t, err)
	want := map[minori.ID]evaluate.Relation{ids["A-0"]: {Talked: at("2024-04-01"), Contacts: 2, Sponsors: 1}}
	if d := cmp.Diff(want, got); d != "" {
		t.Fatal(d)
	}
}

func testExpansions(t *testing.T, e *env) {
	e.mustImport(t, e.run(1), some(3))
	ids, err := e.accounts.IDs(e.ctx, e.admin, account.KindAccount)
	check(t, err)
	next := int64(0)
	entry := func(key, on string, kind revenue.Movement, reverses int64) revenue.Entry {
		next++
		return revenue.Entry{ID: next, Account: ids[key], Day: day(t, on), Currency: "USD", Delta: 100, After: 100, Kind: kind, Recorded: 1, Reverses: reverses}
	}
	check(t, e.db.AppendEntries(e.ctx, []revenue.Entry{
		entry("A-0", "2024-01-01", revenue.New, 0), entry("A-0", "2024-06-01", revenue.Expansion, 0), entry("A-1", "2024-06-10", revenue.Expansion, 0),
		entry("A-1", "2024-06-20", revenue.Churn, 0), entry("A-2", "2024-02-10", revenue.Expansion, 0),
	}))
	all, err := e.revenue.Entries(e.ctx, e.admin, nil, nil)
	check(t, err)
	newest := func(of []minori.ID, limit int) (out []minori.ID) {
		t.Helper()
		list, err := e.revenue.Expansions(e.ctx, e.admin, of, day(t, "2024-05-01"), limit)
		check(t, err)
		for _, x := range list {
			out = append(out, x.Account)
		}
		return out
	}
	if got := newest(nil, 10); !slices.Equal(got, []minori.ID{ids["A-1"], ids["A-0"]}) {
		t.Fatalf("%v", got)
	}
	if got := newest(nil, 1); len(got) != 1 {
		t.Fatalf("%v", got)
	}
	if got := newest([]minori.ID{ids["A-0"], ids["A-2"]}, 10); !slices.Equal(got, []minori.ID{ids["A-0"]}) {
		t.Fatalf("%v", got)
	}
	// One that was taken back is none.
	i := slices.IndexFunc(all, func(x revenue.Entry) bool { return x.Account == ids["A-1"] && x.Kind == revenue.Expansion })
	back := entry("A-1", "2024-06-10", revenue.Expansion, all[i].ID)
	back.Delta = -100
	check(t, e.db.AppendEntries(e.ctx, []revenue.Entry{back}))
	if got := newest(nil, 10); !slices.Equal(got, []minori.ID{ids["A-0"]}) {
		t.Fatalf("%v", got)
	}
}
