package recordstest

import (
	"context"
	"errors"
	"fmt"
	"math"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	minori "github.com/minori-hq/minori"
	"github.com/minori-hq/minori/account"
	"github.com/minori-hq/minori/metric"
)

func testAccounts(t *testing.T, e *env) {
	rows := some(1200)
	rows[0].Account.SignedUp = ptr(day(t, "2023-05-01"))
	rows[0].Account.Fields = map[string]account.Value{"region": account.Text("東"), "vip": account.Bool(true)}
	rows[0].Hash = hash(describe(*rows[0].Account))
	wantCounts(t, e.mustImport(t, e.run(1), rows), 1200, 0, 0, 0, 0)
	d, last := e.outbox(t, 0)
	if len(d.Subjects) != 1200 || *d.Subjects[0].Since != day(t, "2023-05-01") || len(d.Fields) != 1200*3+3 {
		t.Fatalf("%d subjects, %d fields", len(d.Subjects), len(d.Fields))
	}
	a := e.account(t, "A-0")
	if a.Name != "Company 0" || *a.Seats != 0 || *a.SignedUp != day(t, "2023-05-01") || a.Fields["region"].String() != "東" || *a.Fields["vip"].Num != 1 {
		t.Fatalf("%+v", a)
	}
	wantCounts(t, e.mustImport(t, e.run(1), rows), 0, 0, 1200, 0, 0)
	if d, _ := e.outbox(t, last); len(d.Subjects)+len(d.Fields) != 0 {
		t.Fatalf("an unchanged import writes %+v", d)
	}
	rows[5] = row(7, account.Account{Key: "A-5", Name: "Renamed"})
	wantCounts(t, e.mustImport(t, e.run(1), rows), 0, 1, 1199, 0, 0)
	if a := e.account(t, "A-5"); a.Name != "Renamed" || a.Seats != nil || a.Tier != "" {
		t.Fatalf("%+v", a)
	}
	ids, err := e.accounts.IDs(e.ctx, e.admin, account.KindAccount)
	check(t, err)
	if len(ids) != 1200 {
		t.Fatalf("%d ids", len(ids))
	}
	labels, err := e.accounts.Labels(e.ctx, e.admin, []minori.ID{a.ID, 999999})
	check(t, err)
	if want := (map[minori.ID]account.Label{a.ID: {Kind: minori.Account, ID: a.ID, Key: "A-0", Name: "Company 0"}}); !cmp.Equal(labels, want) {
		t.Fatalf("%+v", labels)
	}
	_, err = e.accounts.ByKey(e.ctx, e.admin, minori.Account, "nobody")
	wantCode(t, err, minori.NotFound)
}

func testDuplicates(t *testing.T, e *env) {
	run := e.run(1)
	same, other := row(3, account.Account{Key: "A", Name: "x"}), row(4, account.Account{Key: "A", Name: "y"})
	first := row(2, account.Account{Key: "A", Name: "x"})
	r := e.mustImport(t, run, []account.FactRow{first, same, other})
	wantCounts(t, r, 1, 0, 1, 0, 1)
	if r.Duplicates[0] != (metric.Duplicate{Line: 4, First: 2}) {
		t.Fatalf("%+v", r.Duplicates)
	}
	// The same in a later batch of the same import.
	same.Line, other.Line = 8, 9
	r = e.mustImport(t, run, []account.FactRow{same, other})
	wantCounts(t, r, 0, 0, 1, 0, 1)
	if r.Duplicates[0].First != 2 {
		t.Fatalf("%+v", r.Duplicates)
	}
	// Another row key for the same account is a duplicate as well, in the same batch and later.
	alias := row(10, account.Account{Key: "A", Name: "z"})
	alias.Key = hash("another key")
	r = e.mustImport(t, run, []account.FactRow{alias})
	wantCounts(t, r, 0, 0, 0, 0, 1)
	if a := e.account(t, "A"); a.Name != "x" {
		t.Fatalf("%+v", a)
	}
	// In the next import it is an update.
	wantCounts(t, e.mustImport(t, e.run(1), []account.FactRow{other}), 0, 1, 0, 0, 0)
}

// steps gives the history of one field from deltas.
func (e *env) steps(t testing.TB, d metric.Delta, field string) []metric.FieldValue {
	t.Helper()
	ids, err := e.db.EnsureIDs(e.ctx, "Field", []string{field})
	check(t, err)
	var out []metric.FieldValue
	for _, f := range d.Fields {
		if f.Field == ids[field] {
			out = append(out, f)
		}
	}
	return out
}

func testFieldHistory(t *testing.T, e *env) {
	at := func(d string) { e.now = day(t, d).Start(time.UTC) }
	at("2024-01-10")
	e.mustImport(t, e.run(1), []account.FactRow{row(2, account.Account{Key: "A", Name: "a", Tier: "Basic"})})
	at("2024-02-10")
	e.mustImport(t, e.run(1), []account.FactRow{row(2, account.Account{Key: "A", Name: "a", Tier: "Pro", Country: "JP"})})
	at("2024-03-10")
	e.mustImport(t, e.run(1), []account.FactRow{row(2, account.Account{Key: "A", Name: "a", Country: "JP"})})
	at("2024-04-10")
	e.mustImport(t, e.run(1), []account.FactRow{row(2, account.Account{Key: "A", Name: "a", Tier: "Basic", Country: "JP"})})
	d, _ := e.outbox(t, 0)
	m := func(s string) int64 { return day(t, s).Start(time.UTC).UnixMicro() }
	id := e.account(t, "A").ID
	f := e.steps(t, d, "account.tier")
	want := []metric.FieldValue{
		{Subject: id, ValidFrom: metric.Always, Recorded: m("2024-01-10"), Text: ptr("Basic")},
		{Subject: id, ValidFrom: m("2024-02-10"), Recorded: m("2024-02-10"), Text: ptr("Pro")},
		{Subject: id, ValidFrom: m("2024-03-10"), Recorded: m("2024-03-10")},
		{Subject: id, ValidFrom: m("2024-04-10"), Recorded: m("2024-04-10"), Text: ptr("Basic")},
	}
	for i := range f {
		f[i].Field = 0
	}
	if d := cmp.Diff(want, f); d != "" {
		t.Fatal(d)
	}
	if f := e.steps(t, d, "account.country"); len(f) != 1 || f[0].ValidFrom != metric.Always {
		t.Fatalf("first value later: %+v", f)
	}
}

func testValidFrom(t *testing.T, e *env) {
	m := func(s string) int64 { return day(t, s).Start(time.UTC).UnixMicro() }
	step := func(line int, from, tier string) account.FactRow {
		r := row(line, account.Account{Key: "A", Tier: tier})
		r.Key, r.ValidFrom = hash("A", from), m(from)
		return r
	}
	run := e.run(1)
	r := e.mustImport(t, run, []account.FactRow{step(2, "2023-01-01", "Basic"), step(3, "2023-06-01", "Pro"), step(4, "2023-03-01", "Free"), step(5, "2023-09-01", "Pro")})
	wantCounts(t, r, 1, 3, 0, 0, 0)
	if a := e.account(t, "A"); a.Tier != "Pro" {
		t.Fatalf("the latest step is not the present value: %+v", a)
	}
	d, _ := e.outbox(t, 0)
	got := map[int64]string{}
	for _, f := range e.steps(t, d, "account.tier") {
		got[f.ValidFrom] = *f.Text
	}
	want := map[int64]string{m("2023-01-01"): "Basic", m("2023-06-01"): "Pro", m("2023-03-01"): "Free", m("2023-09-01"): "Pro"}
	if d := cmp.Diff(want, got); d != "" {
		t.Fatal(d)
	}
	wantCounts(t, e.mustImport(t, e.run(1), []account.FactRow{step(2, "2023-01-01", "Basic")}), 0, 0, 1, 0, 0)
}

func testMapped(t *testing.T, e *env) {
	e.mustImport(t, e.run(1), []account.FactRow{row(2, account.Account{Key: "A", Name: "a", Tier: "Pro", Seats: ptr(5.0),
		Fields: map[string]account.Value{"x": account.Text("1"), "y": account.Text("2")}})})
	run := e.run(2)
	run.Mapped = []string{"id", "seats", "fields.x"}
	e.mustImport(t, run, []account.FactRow{row(2, account.Account{Key: "A", Seats: ptr(9.0)})})
	a := e.account(t, "A")
	if a.Name != "a" || a.Tier != "Pro" || *a.Seats != 9 || len(a.Fields) != 1 || a.Fields["y"].String() != "2" {
		t.Fatalf("%+v", a)
	}
}

func testDryRun(t *testing.T, e *env) {
	run := e.run(1)
	run.DryRun = true
	wantCounts(t, e.mustImport(t, run, some(10)), 10, 0, 0, 0, 0)
	// Batches of one dry run see each other: the tickets find their account.
	check(t, e.db.DryRun(e.ctx, func(ctx context.Context) error {
		in := *e
		in.ctx = ctx
		wantCounts(t, in.mustImport(t, run, some(3)), 3, 0, 0, 0, 0)
		wantCounts(t, in.mustImport(t, account.Run{Source: 2, Import: 9, Time: run.Time, DryRun: true}, []account.FactRow{ticket(2, "T", "A-1", 0, nil, "")}), 1, 0, 0, 0, 0)
		return nil
	}))
	ids, err := e.accounts.IDs(e.ctx, e.admin, account.KindAccount)
	check(t, err)
	d, last := e.outbox(t, 0)
	if len(ids) != 0 || last != 0 || len(d.Subjects) != 0 {
		t.Fatalf("a dry run wrote: %v, outbox %d", ids, last)
	}
	wantCounts(t, e.mustImport(t, e.run(1), some(10)), 10, 0, 0, 0, 0)
}

func testRejects(t *testing.T, e *env) {
	huge := strings.Repeat("x", 1<<20)
	bad := []struct {
		column string
		a      account.Account
	}{
		{"id", account.Account{Name: "no id"}},
		{"seats", account.Account{Key: "a", Seats: ptr(-1.0)}},
		{"seats", account.Account{Key: "b", Seats: ptr(math.NaN())}},
		{"seats", account.Account{Key: "c", Seats: ptr(1e300)}},
		{"signed_up", account.Account{Key: "d", SignedUp: ptr(minori.MaxDay + 1)}},
		{"name", account.Account{Key: "e", Name: huge}},
		{"parent", account.Account{Key: "f", Parent: "f"}},
		{"fields.x", account.Account{Key: "g", Fields: map[string]account.Value{"x": account.Number(math.Inf(1))}}},
		{"name", account.Account{Key: "h", Name: "nul\x00"}},
		{"name", account.Account{Key: "i", Name: "broken \xff"}},
		{"id", account.Account{Key: "line\nbreak"}},
	}
	rows := []account.FactRow{row(1, account.Account{Key: "good", Name: "=HYPERLINK(\"x\")"})}
	for i, b := range bad {
		r := row(i+2, b.a)
		r.Key = hash("row", i)
		rows = append(rows, r)
	}
	r := e.mustImport(t, e.run(1), rows)
	wantCounts(t, r, 1, 0, 0, len(bad), 0)
	for i, rej := range r.Rejects {
		if rej.Column != bad[i].column || rej.Line != i+2 || rej.Reason == "" || len(rej.Reason) > 400 {
			t.Errorf("%d: %+v, want the column %s", i, rej, bad[i].column)
		}
	}
	if a := e.account(t, "good"); a.Name != "=HYPERLINK(\"x\")" {
		t.Fatalf("%+v", a)
	}
	r = e.mustImport(t, e.run(2), []account.FactRow{ticket(2, "T-1", "nobody", 1, nil, ""), ticket(3, "T-2", "good", 10, ptr(int64(5)), "")})
	wantCounts(t, r, 0, 0, 0, 2, 0)
	if !strings.Contains(r.Rejects[1].Reason, `"nobody"`) && !strings.Contains(r.Rejects[0].Reason, `"nobody"`) {
		t.Fatalf("%+v", r.Rejects)
	}
}

func testCSM(t *testing.T, e *env) {
	e.mustImport(t, e.run(1), []account.FactRow{
		row(2, account.Account{Key: "A", CSM: "Sato@Example.com"}), row(3, account.Account{Key: "B", CSM: "E-2"}), row(4, account.Account{Key: "C", CSM: "gone"})})
	if e.account(t, "A").CSMPerson != 0 {
		t.Fatal("resolved to nobody")
	}
	run := e.run(2)
	e.mustImport(t, run, []account.FactRow{person(2, account.Person{Key: "E-1", Email: "sato@example.com"}), person(3, account.Person{Key: "E-2", Email: "x@example.com"})})
	refs, err := e.accounts.PersonsByRef(e.ctx, []string{"E-1", "X@example.com", "E-9"})
	check(t, err)
	if len(refs) != 2 {
		t.Fatalf("%v", refs)
	}
	a, b, c := e.account(t, "A"), e.account(t, "B"), e.account(t, "C")
	if a.CSMPerson != refs["E-1"] || b.CSMPerson != refs["X@example.com"] || c.CSMPerson != 0 || c.CSM != "gone" {
		t.Fatalf("%v %v %v of %v", a.CSMPerson, b.CSMPerson, c.CSMPerson, refs)
	}
	// A changed address resolves no more; a new account resolves at once.
	e.mustImport(t, e.run(2), []account.FactRow{person(2, account.Person{Key: "E-1", Email: "new@example.com"})})
	e.mustImport(t, e.run(3), []account.FactRow{row(2, account.Account{Key: "D", CSM: "NEW@example.com"})})
	if e.account(t, "A").CSMPerson != 0 || e.account(t, "D").CSMPerson != refs["E-1"] {
		t.Fatal("not resolved again")
	}
}

func person(line int, p account.Person) account.FactRow {
	return account.FactRow{Row: metric.Row{Line: line, Key: hash(p.Key), Hash: hash(p)}, Person: &p}
}

func testPersons(t *testing.T, e *env) {
	p := account.Person{Key: "E-1", Name: "佐藤 花", Email: "sato@example.com", Manager: "E-2", Role: "csm", Team: "east",
		Hired: ptr(day(t, "2020-04-01")), Fields: map[string]account.Value{"grade": account.Text("G3")}}
	e.mustImport(t, e.run(1), some(1))
	r := e.mustImport(t, e.run(2), []account.FactRow{person(2, p), person(3, account.Person{Key: "E-2", Email: "no mail"}),
		person(4, account.Person{Key: "E-3", Hired: ptr(day(t, "2024-01-01")), Left: ptr(day(t, "2023-01-01"))})})
	wantCounts(t, r, 1, 0, 0, 2, 0)
	s, err := e.accounts.ByKey(e.ctx, e.admin, minori.Person, "E-1")
	check(t, err)
	if a := e.account(t, "A-0"); a.ID == s.ID {
		t.Fatal("an account and a person share a number")
	}
	got, err := e.accounts.Person(e.ctx, minori.System(), s.ID)
	check(t, err)
	p.ID = s.ID
	if d := cmp.Diff(p, got); d != "" {
		t.Fatal(d)
	}
	p.Left, p.LeaveReason = ptr(day(t, "2024-03-31")), "moved"
	_, last := e.outbox(t, 0)
	e.mustImport(t, e.run(2), []account.FactRow{person(2, p)})
	d, _ := e.outbox(t, last)
	if len(d.Subjects) != 1 || *d.Subjects[0].Until != day(t, "2024-04-01") || *d.Subjects[0].Since != day(t, "2020-04-01") {
		t.Fatalf("%+v", d.Subjects)
	}
	if f := e.steps(t, d, "person.left"); len(f) != 1 || *f[0].Text != "2024-03-31" {
		t.Fatalf("%+v", f)
	}
	list, err := e.accounts.Persons(e.ctx, minori.System(), minori.Page{})
	check(t, err)
	if len(list) != 1 || list[0].LeaveReason != "moved" {
		t.Fatalf("%+v", list)
	}
}

func testSearch(t *testing.T, e *env) {
	e.mustImport(t, e.run(1), []account.FactRow{
		row(2, account.Account{Key: "A-1", Name: "Aoyama 株式会社"}), row(3, account.Account{Key: "A-2", Name: "ＡＯＢＡ"}), row(4, account.Account{Key: "B-1", Name: "Berg"})})
	for text, want := range map[string]int{"ao": 2, "AO": 2, "B-": 1, "": 3, "none": 0, "ber": 1} {
		got, err := e.accounts.Search(e.ctx, e.admin, text, minori.Page{})
		check(t, err)
		if len(got) != want {
			t.Errorf("%q finds %d, want %d", text, len(got), want)
		}
	}
	got, err := e.accounts.Search(e.ctx, e.admin, "", minori.Page{Limit: 1, Offset: 1})
	check(t, err)
	if len(got) != 1 || got[0].Key != "A-1" {
		t.Fatalf("second page %+v", got)
	}
}

func testPermissions(t *testing.T, e *env) {
	csm := minori.Actor{Name: "csm@example.com", Role: minori.RoleCSM}
	observer := minori.Actor{Name: "o@example.com", Role: minori.RoleObserver}
	_, err := e.accounts.Import(e.ctx, csm, e.run(1), some(1))
	wantCode(t, err, minori.Forbidden)
	_, err = e.revenue.Import(e.ctx, csm, e.run(1), nil)
	wantCode(t, err, minori.Forbidden)
	_, err = e.accounts.IDs(e.ctx, minori.Actor{}, account.KindAccount)
	wantCode(t, err, minori.Unauthenticated)
	_, err = e.accounts.IDs(e.ctx, observer, account.KindAccount)
	wantCode(t, err, minori.Forbidden)
	_, err = e.actions.Comment(e.ctx, observer, 1, "x")
	wantCode(t, err, minori.Forbidden)
	wantCode(t, e.actions.ClearOverride(e.ctx, observer, 1, "health"), minori.Forbidden)
}

func testFailedImport(t *testing.T, e *env) {
	boom := errors.New("boom")
	e.mustImport(t, e.run(1), some(2))
	_, last := e.outbox(t, 0)
	rows := some(50)
	err := e.db.InTx(e.ctx, func(ctx context.Context) error {
		if _, err := e.accounts.Import(ctx, e.admin, e.run(1), rows); err != nil {
			return err
		}
		return boom
	})
	if !errors.Is(err, boom) {
		t.Fatal(err)
	}
	ids, err := e.accounts.IDs(e.ctx, e.admin, account.KindAccount)
	check(t, err)
	if d, _ := e.outbox(t, last); len(ids) != 2 || len(d.Subjects) != 0 {
		t.Fatalf("left behind: %d accounts, %+v", len(ids), d)
	}
	wantCounts(t, e.mustImport(t, e.run(1), rows), 48, 0, 2, 0, 0)
}

func testConcurrentImports(t *testing.T, e *env) {
	const writers = 5
	var wg sync.WaitGroup
	reports := make([]account.Report, writers)
	for w := range writers {
		run := e.run(int64(w + 1))
		wg.Go(func() {
			for at := 0; at < 300; at += 100 {
				r, err := e.accounts.Import(e.ctx, e.admin, run, some(300)[at:at+100])
				if err != nil {
					t.Error(err)
					return
				}
				reports[w].Add(r)
			}
		})
	}
	wg.Wait()
	var total account.Report
	for _, r := range reports {
		total.Add(r)
	}
	if total.Created != 300 || total.Updated != 300*(writers-1) {
		t.Fatalf("%+v", total)
	}
	ids, err := e.accounts.IDs(e.ctx, e.admin, account.KindAccount)
	check(t, err)
	if len(ids) != 300 {
		t.Fatalf("%d accounts", len(ids))
	}
	d, _ := e.outbox(t, 0)
	if len(d.Subjects) != 300 {
		t.Fatalf("%s", fmt.Sprint(len(d.Subjects), " subjects in the outbox"))
	}
}
