package recordstest

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	minori "github.com/minori-hq/minori"
	"github.com/minori-hq/minori/account"
	"github.com/minori-hq/minori/account/profile"
	"github.com/minori-hq/minori/action"
	"github.com/minori-hq/minori/metric"
	"github.com/minori-hq/minori/revenue"
	"github.com/minori-hq/minori/store/files"
	"github.com/minori-hq/minori/store/records/timeline"
)

// profiles is the service over the store of a test, with its folder of files.
func (e *env) profiles(t testing.TB) (*profile.Service, string) {
	t.Helper()
	dir := t.TempDir()
	kept, err := files.Open(dir)
	check(t, err)
	return profile.New(profile.Config{Accounts: e.accounts, Records: e.db, Timeline: timeline.Store{DB: e.db.DB}, Files: kept, Zone: time.UTC, Clock: func() time.Time { return e.now }}), dir
}

// kept counts the files that lie in a folder, those being received as well.
func kept(t testing.TB, dir string) int {
	t.Helper()
	n := 0
	check(t, filepath.WalkDir(dir, func(_ string, d os.DirEntry, err error) error {
		if err == nil && !d.IsDir() {
			n++
		}
		return err
	}))
	return n
}

// sent receives a file for an entry.
func (e *env) sent(t testing.TB, p *profile.Service, name, content string) profile.Sent {
	t.Helper()
	b, err := p.Receive(e.admin, strings.NewReader(content))
	check(t, err)
	return profile.Sent{Name: name, Blob: b}
}

// staffed fills a store with two accounts, a contact and two employees.
func (e *env) staffed(t testing.TB) {
	t.Helper()
	e.mustImport(t, e.run(1), some(2))
	fact := func(key string, f account.FactRow) account.FactRow {
		f.Row = metric.Row{Key: hash(key), Hash: hash(key)}
		return f
	}
	e.mustImport(t, e.run(2), []account.FactRow{
		fact("p1", account.FactRow{Person: &account.Person{Key: "P-1", Name: "Kei", Email: "Kei@example.com"}}),
		fact("p2", account.FactRow{Person: &account.Person{Key: "P-2", Name: "Mika", Manager: "P-1"}}),
	})
	e.mustImport(t, e.run(3), []account.FactRow{
		fact("c1", account.FactRow{Contact: &account.Contact{Key: "C-1", AccountKey: "A-0", Name: "Aoki"}}),
		fact("c2", account.FactRow{Contact: &account.Contact{Key: "C-2", AccountKey: "A-1", Name: "Baba"}}),
	})
}

func testEntries(t *testing.T, e *env) {
	e.staffed(t)
	p, dir := e.profiles(t)
	a := e.account(t, "A-0")
	ids, err := e.accounts.PersonsByRef(e.ctx, []string{"P-1", "P-2"})
	check(t, err)
	contacts, err := e.accounts.Contacts(e.ctx, e.admin, a.ID, minori.Page{})
	check(t, err)
	_, last := e.outbox(t, 0)
	now := e.now.UnixMicro()
	in := profile.Entry{Interaction: account.Interaction{Account: a.ID, Time: now - hour, Type: "note", Title: " Talked ", Text: "with @kei@example.com, see @P-2. And @nobody\r\n"},
		Persons: []minori.ID{ids["P-1"], ids["P-1"]}, Contacts: []minori.ID{contacts[0].ID}}
	got, err := p.AddEntry(e.ctx, e.admin, in, []profile.Sent{e.sent(t, p, `..\..\etc/pass`+"\x00\u202e"+`wd.txt`, "one"), e.sent(t, p, "two.txt", "two")})
	check(t, err)
	back, err := p.Entry(e.ctx, e.admin, a.ID, got.ID)
	check(t, err)
	if d := cmp.Diff(got, back); d != "" {
		t.Fatalf("kept otherwise than given:\n%s", d)
	}
	if back.Title != "Talked" || back.Version != 1 || len(back.Persons) != 1 || !slices.Equal(back.Mentions, []minori.ID{min(ids["P-1"], ids["P-2"]), max(ids["P-1"], ids["P-2"])}) {
		t.Fatalf("entry %+v", back)
	}
	if len(back.Files) != 2 || back.Files[0].Name != "passwd.txt" || kept(t, dir) != 2 {
		t.Fatalf("files %+v, %d kept", back.Files, kept(t, dir))
	}
	f, content, err := p.OpenFile(e.ctx, e.admin, a.ID, back.Files[1].ID)
	check(t, err)
	b, err := io.ReadAll(content)
	check(t, errors.Join(err, content.Close()))
	if string(b) != "two" || f.Name != "two.txt" {
		t.Fatalf("%q in %+v", b, f)
	}
	_, _, err = p.OpenFile(e.ctx, e.admin, e.account(t, "A-1").ID, back.Files[1].ID)
	wantCode(t, err, minori.NotFound)

	d, last := e.outbox(t, last)
	id, err := e.db.EnsureIDs(e.ctx, "Metric", []string{"interaction.note", "interaction.meeting"})
	check(t, err)
	if len(d.Points) != 1 || d.Points[0].Points[0].Metric != id["interaction.note"] || d.Points[0].Points[0].Time != now-hour || d.Points[0].Points[0].Subject != a.ID {
		t.Fatalf("counted as %+v", d.Points)
	}
	e.changeEntry(t, p, dir, a, back, last, id)
}

// changeEntry changes an entry and deletes it.
func (e *env) changeEntry(t *testing.T, p *profile.Service, dir string, a account.Account, back profile.Entry, last int64, id map[string]int64) {
	change := back
	change.Type, change.Text, change.Contacts = "meeting", "in person", nil
	other := minori.Actor{Name: "other@example.com", Role: minori.RoleCSM}
	_, err := p.EditEntry(e.ctx, other, change, nil)
	wantCode(t, err, minori.Forbidden)
	changed, err := p.EditEntry(e.ctx, e.admin, change, nil)
	check(t, err)
	if changed.Version != 2 || len(changed.Mentions) != 0 || len(changed.Files) != 2 || changed.EditedBy != e.admin.Name {
		t.Fatalf("changed to %+v", changed)
	}
	_, err = p.EditEntry(e.ctx, e.admin, change, nil)
	wantCode(t, err, minori.Conflict)
	d, last := e.outbox(t, last)
	if len(d.Points) != 1 || d.Points[0].Points[0].Metric != id["interaction.meeting"] || d.Points[0].ID != int64(back.ID) {
		t.Fatalf("counted as %+v", d.Points)
	}

	wantCode(t, p.DeleteEntry(e.ctx, other, a.ID, back.ID), minori.Forbidden)
	check(t, p.DeleteEntry(e.ctx, e.admin, a.ID, back.ID))
	_, err = p.Entry(e.ctx, e.admin, a.ID, back.ID)
	wantCode(t, err, minori.NotFound)
	if d, _ = e.outbox(t, last); len(d.Points) != 1 || len(d.Points[0].Points) != 0 {
		t.Fatalf("counted as %+v", d.Points)
	}
	talks, err := e.accounts.Interactions(e.ctx, e.admin, a.ID, minori.Page{})
	check(t, err)
	if len(talks) != 0 || kept(t, dir) != 0 {
		t.Fatalf("%d interactions and %d files are left", len(talks), kept(t, dir))
	}
}

func testEntryRefused(t *testing.T, e *env) {
	e.staffed(t)
	p, dir := e.profiles(t)
	a := e.account(t, "A-0")
	strangers, err := e.accounts.Contacts(e.ctx, e.admin, e.account(t, "A-1").ID, minori.Page{})
	check(t, err)
	call, err := e.actions.Open(e.ctx, []action.OpenRequest{{Subject: minori.Subject{Kind: minori.Account, ID: e.account(t, "A-1").ID, Key: "A-1"}, Rule: 9, RuleName: "r", Episode: 1,
		Call: action.CallSpec{Type: "risk", Priority: "high", Due: 1}, AsOf: minori.At(e.now, e.now.Location())}})
	check(t, err)
	good := profile.Entry{Interaction: account.Interaction{Account: a.ID, Time: e.now.UnixMicro(), Type: "note", Text: "x"}}
	for name, spoil := range map[string]func(x *profile.Entry){
		"type":              func(x *profile.Entry) { x.Type = "telepathy" },
		"empty":             func(x *profile.Entry) { x.Text = " \n" },
		"future":            func(x *profile.Entry) { x.Time += hour },
		"long title":        func(x *profile.Entry) { x.Title = strings.Repeat("x", profile.MaxHeading+1) },
		"long text":         func(x *profile.Entry) { x.Text = strings.Repeat("x", profile.MaxNote+1) },
		"not UTF-8":         func(x *profile.Entry) { x.Text = "\xff" },
		"unknown colleague": func(x *profile.Entry) { x.Persons = []minori.ID{999999} },
		"contact elsewhere": func(x *profile.Entry) { x.Contacts = []minori.ID{strangers[0].ID} },
		"call elsewhere":    func(x *profile.Entry) { x.Call = call[0].Call },
		"crowd":             func(x *profile.Entry) { x.Persons = make([]minori.ID, profile.MaxThere+1) },
	} {
		x := good
		spoil(&x)
		_, err := p.AddEntry(e.ctx, e.admin, x, []profile.Sent{e.sent(t, p, "a", "content")})
		if minori.CodeOf(err) != minori.Invalid {
			t.Errorf("%s: %v", name, err)
		}
		if n := kept(t, dir); n != 0 {
			t.Errorf("%s: %d files are left", name, n)
		}
	}
	_, err = p.AddEntry(e.ctx, minori.Actor{Name: "o", Role: minori.RoleObserver}, good, nil)
	wantCode(t, err, minori.Forbidden)
	_, err = p.Receive(e.admin, bytes.NewReader(make([]byte, profile.MaxFileSize+1)))
	wantCode(t, err, minori.Invalid)
	_, err = p.Receive(e.admin, io.MultiReader(strings.NewReader("half"), broken{}))
	wantCode(t, err, minori.Invalid)
	var many []profile.Sent
	for i := range profile.MaxFiles + 1 {
		many = append(many, e.sent(t, p, "a", fmt.Sprint(i)))
	}
	_, err = p.AddEntry(e.ctx, e.admin, good, many)
	wantCode(t, err, minori.Invalid)
	if n := kept(t, dir); n != 0 {
		t.Fatalf("%d files are left", n)
	}
	e.sharedContent(t, p, dir, good)
}

// sharedContent holds that the same content is kept once, as long as an entry has it.
func (e *env) sharedContent(t *testing.T, p *profile.Service, dir string, good profile.Entry) {
	one, err := p.AddEntry(e.ctx, e.admin, good, []profile.Sent{e.sent(t, p, "a", "same")})
	check(t, err)
	two, err := p.AddEntry(e.ctx, e.admin, good, []profile.Sent{e.sent(t, p, "b", "same"), e.sent(t, p, "c", "same")})
	check(t, err)
	if n := kept(t, dir); n != 1 {
		t.Fatalf("%d files are kept, want 1", n)
	}
	check(t, p.DeleteEntry(e.ctx, e.admin, good.Account, two.ID))
	if _, content, err := p.OpenFile(e.ctx, e.admin, good.Account, one.Files[0].ID); err != nil {
		t.Fatal(err)
	} else {
		check(t, content.Close())
	}
	check(t, p.DeleteEntry(e.ctx, e.admin, good.Account, one.ID))
	if n := kept(t, dir); n != 0 {
		t.Fatalf("%d files are left", n)
	}

	// What a killed process was receiving is gone at the next start.
	if _, err := p.Receive(e.admin, strings.NewReader("interrupted")); err != nil || kept(t, dir) != 1 {
		t.Fatal(err, kept(t, dir))
	}
	if _, err := files.Open(dir); err != nil || kept(t, dir) != 0 {
		t.Fatal(err, kept(t, dir))
	}
}

// broken is a connection that went away.
type broken struct{}

func (broken) Read([]byte) (int, error) { return 0, io.ErrUnexpectedEOF }

func testTimeline(t *testing.T, e *env) {
	e.staffed(t)
	p, _ := e.profiles(t)
	a := e.account(t, "A-0")
	fact := func(key string, f account.FactRow) account.FactRow {
		f.Row = metric.Row{Key: hash(key), Hash: hash(key)}
		return f
	}
	closed := 30 * hour
	e.mustImport(t, e.run(4), []account.FactRow{fact("t", account.FactRow{Ticket: &account.Ticket{Key: "T-1", AccountKey: "A-0", Opened: 25 * hour, Closed: &closed, CSAT: ptr(4.0)}})})
	e.mustImport(t, e.run(5), []account.FactRow{fact("n", account.FactRow{Answer: &account.Answer{Key: "N-1", AccountKey: "A-0", Survey: "nps", Contact: "C-1", Time: 26 * hour, Score: ptr(9.0), Comment: "good"}})})
	e.mustImport(t, e.run(6), []account.FactRow{fact("x", account.FactRow{Churn: &account.Churn{Key: "X-1", AccountKey: "A-0", Date: 3, Reason: "price"}})})
	var talks []account.FactRow
	for i := range 30 {
		key := fmt.Sprint("i", i)
		talks = append(talks, fact(key, account.FactRow{Interaction: &account.Interaction{Key: key, AccountKey: "A-0", Time: 24*hour + int64(i/3), Type: "call", Title: key}}))
	}
	e.mustImport(t, e.run(7), talks)
	rep, err := e.revenue.Import(e.ctx, e.admin, e.run(8), []revenue.FactRow{{Row: metric.Row{Key: hash("s"), Hash: hash("s")},
		Subscription: &revenue.SubscriptionInput{Key: "S-1", Account: "A-0", Start: ptr(minori.Day(1)), End: ptr(minori.Day(3)), ARR: ptr(120.0)}}})
	if err != nil || len(rep.Rejects) > 0 {
		t.Fatal(err, rep.Rejects)
	}
	_, err = e.actions.Open(e.ctx, []action.OpenRequest{{Subject: minori.Subject{Kind: minori.Account, ID: a.ID, Key: "A-0"}, Rule: 9, RuleName: "r", Episode: 1,
		Call: action.CallSpec{Type: "risk", Priority: "high", Due: 1}, AsOf: minori.At(minori.FromMicros(28*hour), e.now.Location())}})
	check(t, err)
	subject := minori.Subject{Kind: minori.Account, ID: a.ID, Key: "A-0"}

	all, next, err := p.Timeline(e.ctx, e.admin, subject, nil, 1000*hour, minori.Page{Limit: 100})
	check(t, err)
	var said []string
	for _, h := range all[:8] {
		said = append(said, fmt.Sprint(h.Kind, " ", h.At/hour, " ", h.Type, h.Title, h.Detail))
	}
	want := []string{"revenue 72 churn", "churn 72 price", "ticket_closed 30 T-1", "call 28 riskr", "answer 26 npsC-1", "ticket 25 T-1", "talk 24 calli29", "talk 24 calli28"}
	if d := cmp.Diff(want, said); d != "" || len(all) != 37 || next != "" {
		t.Fatalf("%d things, next %q\n%s", len(all), next, d)
	}
	// Pages put one after the other are the whole, however they are cut.
	for _, size := range []int{1, 2, 7} {
		var got []profile.Happening
		for cursor := ""; ; {
			page, after, err := p.Timeline(e.ctx, e.admin, subject, nil, 1000*hour, minori.Page{Limit: size, After: cursor})
			check(t, err)
			if got = append(got, page...); after == "" {
				break
			}
			cursor = after
		}
		if d := cmp.Diff(all, got); d != "" {
			t.Fatalf("in pages of %d:\n%s", size, d)
		}
	}
	e.pastTimeline(t, p, subject)
}

// pastTimeline holds that as of a past instant nothing later is there.
func (e *env) pastTimeline(t *testing.T, p *profile.Service, subject minori.Subject) {
	past, _, err := p.Timeline(e.ctx, e.admin, subject, nil, 25*hour, minori.Page{Limit: 100})
	check(t, err)
	if len(past) != 32 || past[0].Kind != profile.HappenedTicket {
		t.Fatalf("%d things up to then, the newest %+v", len(past), past[0])
	}
	money, _, err := p.Timeline(e.ctx, e.admin, subject, []profile.Happened{profile.HappenedRevenue}, 1000*hour, minori.Page{})
	check(t, err)
	if len(money) != 2 || money[0].Minor != -12000 || money[1].Type != "new" || money[1].At != 24*hour {
		t.Fatalf("money %+v", money)
	}
	_, _, err = p.Timeline(e.ctx, e.admin, subject, nil, 1000*hour, minori.Page{After: "1.2.3"})
	wantCode(t, err, minori.Invalid)
	seen, err := p.LastContacts(e.ctx, e.admin, subject.ID, 1000*hour)
	check(t, err)
	contacts, err := e.accounts.Contacts(e.ctx, e.admin, subject.ID, minori.Page{})
	check(t, err)
	if seen[contacts[0].ID] != 26*hour {
		t.Fatalf("last contacts %v", seen)
	}
	if seen, err = p.LastContacts(e.ctx, e.admin, subject.ID, 20*hour); err != nil || len(seen) != 0 {
		t.Fatal(seen, err)
	}
}

func testPersonTimeline(t *testing.T, e *env) {
	e.staffed(t)
	p, _ := e.profiles(t)
	ids, err := e.accounts.PersonsByRef(e.ctx, []string{"P-1", "P-2"})
	check(t, err)
	kei, mika := ids["P-1"], ids["P-2"]
	add := func(actor minori.Actor, key string, text string, persons ...minori.ID) {
		_, err := p.AddEntry(e.ctx, actor, profile.Entry{Interaction: account.Interaction{Account: e.account(t, key).ID, Time: e.now.UnixMicro(), Type: "note", Text: text}, Persons: persons}, nil)
		check(t, err)
	}
	admin := minori.Actor{Name: "admin@example.com", Role: minori.RoleAdmin}
	add(admin, "A-0", "nothing about anybody")
	add(admin, "A-0", "@P-2 look")
	add(admin, "A-1", "there", mika)
	add(minori.Actor{Name: "mika@example.com", Role: minori.RoleAdmin, Person: mika}, "A-1", "wrote")
	texts := func(actor minori.Actor, id minori.ID) (out []string) {
		list, _, err := p.Timeline(e.ctx, actor, minori.Subject{Kind: minori.Person, ID: id}, nil, e.now.UnixMicro(), minori.Page{})
		check(t, err)
		for _, h := range list {
			out = append(out, h.Text)
		}
		return out
	}
	if d := cmp.Diff([]string{"wrote", "there", "@P-2 look"}, texts(admin, mika)); d != "" {
		t.Fatal(d)
	}
	if got := texts(admin, kei); len(got) != 0 {
		t.Fatal(got)
	}
	// The manager sees the person; what belongs to accounts out of sight is left out.
	boss := minori.Actor{Name: "kei@example.com", Role: minori.RoleLeader, Person: kei, Access: minori.AccessOwn}
	if got := texts(boss, mika); len(got) != 0 {
		t.Fatal(got)
	}
	_, _, err = p.Timeline(e.ctx, minori.Actor{Name: "mika@example.com", Role: minori.RoleCSM, Person: mika}, minori.Subject{Kind: minori.Person, ID: kei}, nil, e.now.UnixMicro(), minori.Page{})
	wantCode(t, err, minori.NotFound)
	manager, reports, err := p.Team(e.ctx, admin, account.Person{ID: mika, Key: "P-2", Manager: "P-1"})
	check(t, err)
	if manager.ID != kei || len(reports) != 0 {
		t.Fatal(manager, reports)
	}
	_, reports, err = p.Team(e.ctx, admin, account.Person{ID: kei, Key: "P-1", Email: "Kei@example.com"})
	check(t, err)
	if len(reports) != 1 || reports[0].ID != mika {
		t.Fatal(reports)
	}
	people, total, err := p.People(e.ctx, admin, minori.Page{Limit: 1, Offset: 1})
	check(t, err)
	if total != 2 || len(people) != 1 || people[0].ID != mika {
		t.Fatal(people, total)
	}
}

func testFamily(t *testing.T, e *env) {
	rows := some(6)
	for i, parent := range []string{"", "A-0", "A-1", "A-0", "A-5", "A-4"} { // 4 and 5 stand above each other
		rows[i].Account.Parent = parent
	}
	e.mustImport(t, e.run(1), rows)
	p, _ := e.profiles(t)
	keys := func(key string) (parent string, below []string) {
		top, list, more, err := p.Family(e.ctx, e.admin, e.account(t, key))
		check(t, err)
		for _, a := range list {
			below = append(below, a.Key)
		}
		if more {
			t.Fatal("there are more")
		}
		return top.Key, below
	}
	for key, want := range map[string]string{"A-0": " [A-1 A-3 A-2]", "A-1": "A-0 [A-2]", "A-2": "A-1 []", "A-4": "A-5 [A-5]"} {
		parent, below := keys(key)
		if got := fmt.Sprint(parent, " ", below); got != want {
			t.Errorf("%s: %s, want %s", key, got, want)
		}
	}
}
