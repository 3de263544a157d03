package importer_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	minori "github.com/minori-hq/minori"
	"github.com/minori-hq/minori/account"
	"github.com/minori-hq/minori/importer"
	"github.com/minori-hq/minori/revenue"
	"github.com/minori-hq/minori/store/lake"
)

// shop sets up the sources of a small company and its files.
func (w *world) shop() {
	w.source("tickets", "ticket", "tickets.csv", "id", "id=id", "account=account", "opened=opened", "closed=closed", "priority=priority")
	w.source("usage", "event", "usage*.csv", "id", "name=what", "account=account", "actor=who", "time=at", "properties.n|number=n")
	w.source("subscriptions", "subscription", "subscriptions.csv", "id", "id=id", "account=account", "start=start", "end=end", "arr=arr", "seats=seats")
	w.source("seats", "point", "seats.csv", "", "metric:=usage.seats", "subscription=subscription", "time=day", "value=seats")
	w.source("people", "person", "people.csv", "id", "id=id", "name=name", "email=email")
	w.source("accounts", "account", "accounts.csv", "id", "id=id", "name=name", "csm=csm")
	w.source("rates", "rate", "rates.csv", "", "currency=currency", "day=day", "value=value")
	w.source("contacts", "contact", "contacts.csv", "id", "id=id", "account=account", "name=name")
	w.file("rates.csv", "currency,day,value", "EUR,2024-01-01,1.1")
	w.file("people.csv", "id,name,email", "P1,Ann,ann@example.com")
	w.file("accounts.csv", "id,name,csm", "A1,Ant,ann@example.com", "A2,Bee,P1", "A3,Cat,nobody@example.com")
	w.file("contacts.csv", "id,account,name", "C1,A1,Carl")
	w.file("subscriptions.csv", "id,account,start,end,arr,seats", "S1,A1,2024-01-01,,1200,5", "S2,A2,2024-02-01,2024-12-01,2400,7")
	w.file("tickets.csv", "id,account,opened,closed,priority", "T1,A1,2024-03-01 10:00:00,2024-03-02 10:00:00,urgent", "T2,A2,2024-03-05,,low")
	w.file("usage.csv", "id,what,account,who,at,n", "1,login,A1,ann,2024-03-01 10:00:00,1", "2,login,A1,bob,2024-03-01 11:00:00,2", "3,export,A2,cy,2024-03-02,3")
	w.file("seats.csv", "subscription,day,seats", "S1,2024-03-01,5", "S1,2024-03-01,5", "S2,2024-03-01,7")
}

func TestWholeRun(t *testing.T) {
	w := newWorld(t, "America/New_York")
	w.shop()
	r := w.run()
	var order []string
	for _, s := range r.Sources {
		order = append(order, s.Source)
	}
	if want := "rates accounts people contacts subscriptions seats tickets usage"; strings.Join(order, " ") != want {
		t.Errorf("sources loaded in the order %v, want %s", order, want)
	}
	w.rejected(r)
	w.counts(r, "usage", 3, 3, 0, 0, 0)
	w.counts(r, "seats", 3, 3, 0, 0, 0) // the equal rows are two facts
	w.counts(r, "accounts", 3, 3, 0, 0, 0)
	ctx := context.Background()
	acc := must[account.Account](t)(w.acc.Account(ctx, admin, w.ids()["A1"]))
	if acc.Name != "Ant" || acc.CSMPerson == 0 {
		t.Errorf("got %+v", acc)
	}
	subs := must[[]revenue.Subscription](t)(w.rev.Subscriptions(ctx, admin, acc.ID))
	if len(subs) != 1 || subs[0].ARR != 120000 || subs[0].Currency != "USD" {
		t.Errorf("got %+v", subs)
	}
	events := must[[]lake.EventItem](t)(w.lake.RecentEvents(ctx, acc.ID, minori.Page{}))
	if len(events) != 2 || events[0].Actor != "bob" || events[0].Properties != `{"n":2}` || events[0].Time != at(t, "2024-03-01T16:00:00Z") {
		t.Errorf("got %+v", events)
	}

	again := w.run()
	for _, s := range again.Sources {
		if s.Created != 0 || s.Updated != 0 || s.Unchanged != s.Read {
			t.Errorf("the second import changed something: %+v", s)
		}
	}
	w.file("usage.csv", "id,what,account,who,at,n", "1,login,A1,ann,2024-03-01 10:00:00,1", "2,login,A1,bob,2024-03-01 11:00:00,20", "3,export,A2,cy,2024-03-02,3", "4,login,A3,di,2024-03-03,4")
	w.file("accounts.csv", "id,name,csm", "A1,Anteater,ann@example.com", "A2,Bee,P1", "A3,Cat,nobody@example.com")
	r = w.run()
	w.counts(r, "usage", 4, 1, 1, 2, 0)
	w.counts(r, "accounts", 3, 0, 1, 2, 0)
	runs := must[[]account.ImportRun](t)(w.db.Imports(ctx, minori.Page{}))
	if len(runs) != 24 || runs[0].Finished == 0 || !strings.Contains(runs[0].Report, `"updated":1`) || runs[0].File != "usage.csv" || runs[0].Actor != admin.Name {
		t.Errorf("%d runs, the last %+v", len(runs), runs[0])
	}
}

func TestReportJSON(t *testing.T) {
	w := newWorld(t, "UTC")
	w.source("accounts", "account", "accounts.csv", "id", "id=id")
	w.file("accounts.csv", "id,name", "A1,Ant", ",Bee")
	want := `{"sources":[{"source":"accounts","into":"account","read":2,"created":1,"updated":0,"unchanged":0,"rejected":1,"import":1}],` +
		`"rejects":[{"source":"accounts","file":"accounts.csv","line":3,"column":"id","reason":"the key is empty; every row needs one, so that it is known again"}],"rejects_total":1}`
	if diff := cmp.Diff(want, jsonOf(w.run())); diff != "" {
		t.Error(diff)
	}
	w.file("accounts.csv", "id,name")
	want = `{"sources":[{"source":"accounts","into":"account","read":0,"created":0,"updated":0,"unchanged":0,"rejected":0,"import":2}],"rejects":[],"rejects_total":0}`
	if diff := cmp.Diff(want, jsonOf(w.run())); diff != "" {
		t.Error(diff)
	}
}

func TestDryRun(t *testing.T) {
	w := newWorld(t, "UTC")
	w.shop()
	dry := func(r *importer.Request) { r.DryRun = true }
	nothing := func() {
		t.Helper()
		ctx := context.Background()
		if n := len(w.ids()); n != 0 {
			t.Errorf("%d accounts are there", n)
		}
		if e := w.events(); len(e) != 0 {
			t.Errorf("events are there: %v", e)
		}
		if runs := must[[]account.ImportRun](t)(w.db.Imports(ctx, minori.Page{})); len(runs) != 0 {
			t.Errorf("imports are listed: %+v", runs)
		}
	}
	for range 2 {
		r := w.run(dry)
		w.rejected(r) // events find the accounts of the same dry run
		w.counts(r, "usage", 3, 3, 0, 0, 0)
		w.counts(r, "accounts", 3, 3, 0, 0, 0)
		nothing()
	}
	w.run()
	w.file("usage.csv", "id,what,account,who,at,n", "1,login,A1,ann,2024-03-01 10:00:00,1", "2,login,A2,bob,2024-03-01 11:00:00,2", "9,login,A1,bob,2024-03-01 11:00:00,2")
	for range 2 {
		r := w.run(dry)
		w.counts(r, "usage", 3, 1, 1, 1, 0)
		w.counts(r, "accounts", 3, 0, 0, 3, 0)
	}
}

func TestRejectsFile(t *testing.T) {
	w := newWorld(t, "UTC")
	w.accounts()
	w.source("subs", "subscription", "subs*.csv", "id", "id=id", "account=acct", "start=start", "end=end", "arr=arr")
	w.file("subs1.csv", "id;acct;start;end;arr", "S1;A1;2024-01-01;;100", "S2;A9;2024-01-01;;200", "S3;A1;2024-02-30;;300", "S4;A1", "S5;A2;2024-05-01;2024-04-01;500")
	w.file("subs2.csv", "id,acct,start,end,arr", "S6,A1,2024-01-01,,-5", "S7,A3,2024-01-01,,5")
	out := filepath.Join(w.dir, "out.rejects.csv")
	r := w.run(func(r *importer.Request) { r.Rejects = out })
	w.counts(r, "subs", 7, 2, 0, 0, 5)
	w.rejected(r, `3 acct: there is no account with the id "A9"`, "4 start: a day that does not exist", "5 : the record has 2 fields", "6 end: before the start", "2 arr: cannot be negative")
	if len(r.RejectFiles) != 2 || r.RejectFiles[0].Path != out || r.RejectFiles[0].Rows != 4 || r.RejectFiles[1].Path != filepath.Join(w.dir, "out-subs.rejects.csv") || r.RejectFiles[1].File != "subs2.csv" {
		t.Fatalf("got %+v", r.RejectFiles)
	}
	text := string(must[[]byte](t)(os.ReadFile(out)))
	if !strings.Contains(text, "S2;A9;2024-01-01;;200;") || !strings.Contains(text, ";3;") {
		t.Error(text)
	}
	text = strings.NewReplacer("A9", "A2", "2024-02-30", "2024-02-29", "S4;A1;;;", "S4;A1;2024-04-01;;400", "2024-04-01;500", "2024-06-01;500").Replace(text)
	if err := os.WriteFile(out, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	file := func(only ...string) func(*importer.Request) {
		return func(r *importer.Request) { r.Input, r.Only = out, only }
	}
	if _, err := w.try(file()); err == nil || !strings.Contains(err.Error(), "--source NAME") {
		t.Errorf("got %v", err)
	}
	_, err := w.try(file("subs"), func(r *importer.Request) { r.Rejects = out })
	if err != nil {
		t.Fatal(err) // nothing is rejected, so nothing is written
	}
	w.counts(w.run(file("subs")), "subs", 4, 0, 0, 4, 0)
	// A file that is read does not take the rejects.
	if err := os.WriteFile(out, []byte(strings.ReplaceAll(text, "A2", "A9")), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := w.try(file("subs"), func(r *importer.Request) { r.Rejects = out }); err == nil || !strings.Contains(err.Error(), "name another file") {
		t.Errorf("got %v", err)
	}
	if _, err := w.try(func(r *importer.Request) { r.Rejects = "bad.csv" }); err == nil || !strings.Contains(err.Error(), "write bad.rejects.csv") {
		t.Errorf("got %v", err)
	}
}

func TestRejectsFileByName(t *testing.T) {
	w := newWorld(t, "UTC")
	w.accounts()
	w.source("subs", "subscription", "subs*.csv", "id", "id=id", "account=acct", "start=start", "arr=arr").Complete = true
	w.file("subs1.csv", "id,acct,start,arr", "S1,A1,2024-01-01,100", "S2,A1,2024-01-01,200")
	w.run()
	path := w.file("subs1.csv.rejects.csv", "id,acct,start,arr,minori_reason,minori_line,minori_raw", "S3,A1,2024-01-01,300,because,4,")
	r := w.run()
	if s := r.Sources[1]; s.Unchanged != 2 || !strings.Contains(s.Note, "lies beside subs1.csv") {
		t.Errorf("got %+v", s)
	}
	r = w.run(func(r *importer.Request) { r.Input = path })
	w.counts(r, "subs", 1, 1, 0, 0, 0)
	if s := r.Sources[0]; s.Ended != 0 || !strings.Contains(s.Note, "not ended") {
		t.Errorf("got %+v", s)
	}
	r = w.run(func(r *importer.Request) { r.Input = w.file("subs1.csv", "id,acct,start,arr", "S1,A1,2024-01-01,100") })
	if s := r.Sources[0]; s.Unchanged != 1 || s.Ended != 0 || !strings.Contains(s.Note, "may have more files") {
		t.Errorf("got %+v", s)
	}
	if err := os.Remove(filepath.Join(w.input(), "subs1.csv")); err != nil {
		t.Fatal(err)
	}
	r = w.run()
	w.counts(r, "subs", 1, 0, 0, 1, 0)
}

func TestCompleteSource(t *testing.T) {
	w := newWorld(t, "UTC")
	w.accounts()
	w.source("usage", "event", "usage.csv", "id", "name:=login", "account=a", "time=t").Complete = true
	w.source("subs", "subscription", "subs.csv", "id", "id=id", "account=a", "start=s", "arr=v").Complete = true
	w.file("usage.csv", "id,a,t", "1,A1,2024-01-01", "2,A1,2024-01-02", "3,A2,2024-01-03")
	w.file("subs.csv", "id,a,s,v", "S1,A1,2024-01-01,10", "S2,A1,2024-01-01,20", "S3,A2,2024-01-01,30")
	w.run()
	usage := func() int64 { return w.events()["login"] }
	w.file("usage.csv", "id,a,t", "1,A1,2024-01-01", "2,A9,2024-01-02")
	w.file("subs.csv", "id,a,s,v", "S1,A1,2024-01-01,10", "S2,A9,2024-01-01,20")
	dry := w.run(func(r *importer.Request) { r.DryRun = true })
	r := w.run()
	for _, s := range append(r.Sources[1:2:2], dry.Sources[1]) { // S3 ends; S2 stands in the file, though wrong
		if s.Ended != 1 {
			t.Errorf("got %+v", s)
		}
	}
	if s := r.Sources[2]; s.Ended != 0 || usage() != 3 || !strings.Contains(s.Note, "rows were rejected") {
		t.Errorf("got %+v, %d events", s, usage())
	}
	w.file("usage.csv", "id,a,t")
	if s := w.run().Sources[2]; s.Ended != 0 || usage() != 3 || !strings.Contains(s.Note, "no row was taken") {
		t.Errorf("got %+v, %d events", s, usage())
	}
	w.file("usage.csv", "id,a,t", "1,A1,2024-01-01", "2,A1,2024-01-02")
	if s := w.run().Sources[2]; s.Ended != 1 || usage() != 2 {
		t.Errorf("got %+v, %d events", s, usage())
	}
}

func TestCancelled(t *testing.T) {
	w := newWorld(t, "UTC")
	w.accounts()
	s := w.source("usage", "event", "usage.csv", "id", "name:=login", "account=a", "time=t")
	s.Complete = true
	lines := []string{"id,a,t"}
	for i := range 5000 {
		lines = append(lines, jsonOf(i)+",A1,2024-01-01")
	}
	w.file("usage.csv", lines...)
	ctx, cancel := context.WithCancel(context.Background())
	steps := 0
	r, err := w.service.Run(ctx, admin, importer.Request{Sources: w.sources, Input: w.input(), Progress: func(p importer.Progress) {
		if strings.HasPrefix(p.Label, "usage ") {
			if steps++; steps == 2 {
				if p.Done <= 0 || p.Done >= p.Total || p.Rows != 2000 {
					t.Errorf("got %+v", p)
				}
				cancel()
			}
		}
	}})
	if !errors.Is(err, context.Canceled) || r.Sources[1].Created != 2000 || r.Sources[1].Error == "" {
		t.Fatalf("got %v, %+v", err, r.Sources)
	}
	w.counts(w.run(), "usage", 5000, 3000, 0, 2000, 0)
}

func TestForbidden(t *testing.T) {
	w := newWorld(t, "UTC")
	_, err := w.service.Run(context.Background(), minori.Actor{Name: "x", Role: minori.RoleCSM}, importer.Request{})
	if minori.CodeOf(err) != minori.Forbidden {
		t.Errorf("got %v", err)
	}
}

func TestManyFiles(t *testing.T) {
	w := newWorld(t, "UTC")
	w.accounts()
	w.source("usage", "event", "day/usage-*.csv", "id", "name:=login", "account=a", "time=t", "value=v")
	w.file("day/usage-2.csv", "id,t,a,v", "3,2024-01-02,A1,3", "1,2024-01-01,A1,9")
	w.file("day/usage-1.csv", "id,a,t,v", "1,A1,2024-01-01,1", "2,A1,2024-01-01,2", "2,A1,2024-01-01,2", "1,A2,2024-01-01,1")
	r := w.run()
	w.counts(r, "usage", 6, 3, 0, 1, 2)
	w.rejected(r, "5 id: the same key stands on line 2 with other content", "3 id: the same key stands on line 2 of day/usage-1.csv with other content")
	if r.Rejects[1].File != "day/usage-2.csv" {
		t.Errorf("got %+v", r.Rejects[1])
	}
}

func TestChosenSources(t *testing.T) {
	w := newWorld(t, "UTC")
	w.shop()
	if err := os.Remove(filepath.Join(w.input(), "rates.csv")); err != nil {
		t.Fatal(err)
	}
	r := w.run()
	if s := r.Sources[0]; s.Read != 0 || s.Note != "no file matches rates.csv" {
		t.Errorf("got %+v", s)
	}
	only := func(names ...string) func(*importer.Request) {
		return func(r *importer.Request) { r.Only = names }
	}
	if r := w.run(only("usage", "accounts")); len(r.Sources) != 2 || r.Sources[0].Source != "accounts" {
		t.Errorf("got %+v", r.Sources)
	}
	for _, tt := range []struct{ only, input, want string }{
		{"rates", "", "nothing in " + w.input() + ` matches "rates.csv"`},
		{"acounts", "", `did you mean "accounts"?`},
		{"", filepath.Join(w.dir, "none"), "there is no file or directory"},
		{"", t.TempDir(), "no file in"},
		{"", filepath.Join(w.dir, "records.db"), "matches no source"},
	} {
		_, err := w.try(func(r *importer.Request) {
			if tt.only != "" {
				r.Only = []string{tt.only}
			}
			if tt.input != "" {
				r.Input = tt.input
			}
		})
		if err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%+v: got %v", tt, err)
		}
	}
	if r := w.run(func(r *importer.Request) { r.Input = filepath.Join(w.input(), "usage.csv") }); len(r.Sources) != 1 || r.Sources[0].Unchanged != 3 {
		t.Errorf("got %+v", r.Sources)
	}
}
