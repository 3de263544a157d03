// Package accesstest is the conformance suite of the store of users, sessions
// and the audit log: the same cases run on every database.
package accesstest

import (
	"context"
	"fmt"
	"path/filepath"
	"sync"
	"testing"
	"time"

	minori "github.com/minori-hq/minori"
	"github.com/minori-hq/minori/auth"
	"github.com/minori-hq/minori/store/records"
	"github.com/minori-hq/minori/store/records/access"
)

// Open opens a fresh, empty store that is closed with the test.
type Open func(t testing.TB) *records.DB

// Run runs all cases.
func Run(t *testing.T, open Open) {
	cases := []struct {
		name string
		run  func(t *testing.T, e *env)
	}{
		{"audit chain", testChain},
		{"altered audit", testAltered},
		{"audit from before the chain", testChainOld},
		{"users", testUsers},
		{"the last admin", testLastAdmin},
		{"sessions", testSessions},
		{"attempts", testAttempts},
		{"tokens and second factors", testTokens},
		{"write keys", testWriteKeys},
		{"write keys for browsers", testBrowserKeys},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			c.run(t, &env{db: open(t), ctx: context.Background(), now: time.Date(2026, 7, 1, 9, 0, 0, 0, time.UTC)})
		})
	}
}

// env is a store and a clock that stands still.
type env struct {
	db  *records.DB
	ctx context.Context
	now time.Time
}

func check(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// wantCode fails unless err has the code.
func wantCode(t testing.TB, err error, code minori.Code) {
	t.Helper()
	if minori.CodeOf(err) != code {
		t.Fatalf("error %v has the code %q, want %q", err, minori.CodeOf(err), code)
	}
}

// signing is the service of users over the store, with cheap passwords.
type signing struct {
	*auth.Service
	store *access.DB
	root  minori.Actor
}

func (e *env) signing(t testing.TB) signing {
	store := access.New(e.db.DB)
	return signing{auth.NewService(store, auth.Config{
		Clock: func() time.Time { return e.now }, Cost: auth.HashCost{MemoryKiB: 64, Passes: 1, Lanes: 1},
		Vault: auth.NewVault(filepath.Join(t.TempDir(), "secret.key")),
	}), store, minori.Actor{Name: "root", Role: minori.RoleAdmin}}
}

// user adds a user with a password.
func (s signing) user(t testing.TB, email string, role minori.Role) auth.User {
	t.Helper()
	ctx := context.Background()
	u, err := s.AddUser(ctx, s.root, auth.Profile{Email: email, Name: "Name of " + email, Role: role}, auth.Preferences{Zone: "Asia/Tokyo"})
	check(t, err)
	check(t, s.SetPassword(ctx, s.root, u.ID, "password of "+email))
	return u
}

func testUsers(t *testing.T, e *env) {
	s := e.signing(t)
	if has, err := s.HasUsers(e.ctx); err != nil || has {
		t.Fatal(has, err)
	}
	a, b := s.user(t, "Aoi@Example.com", minori.RoleAdmin), s.user(t, "ben@example.com", minori.RoleCSM)
	if has, err := s.HasUsers(e.ctx); err != nil || !has {
		t.Fatal(has, err)
	}
	_, err := s.AddUser(e.ctx, s.root, auth.Profile{Email: "AOI@example.COM", Name: "x", Role: minori.RoleCSM}, auth.Preferences{})
	wantCode(t, err, minori.Conflict)
	found, err := s.UserByEmail(e.ctx, s.root, "aoi@example.com")
	check(t, err)
	if found.ID != a.ID || found.Email != "Aoi@Example.com" || !found.HasPassword || found.TwoFactor || found.Zone != "Asia/Tokyo" || found.Version != 1 {
		t.Fatalf("%+v", found)
	}
	list, total, err := s.Users(e.ctx, s.root, minori.Page{Limit: 1, Offset: 1})
	check(t, err)
	if total != 2 || len(list) != 1 || list[0].ID != b.ID {
		t.Fatalf("%d %+v", total, list)
	}
	p := found.Profile
	p.Email = "ben@EXAMPLE.com"
	_, err = s.ChangeUser(e.ctx, s.root, a.ID, 1, p, true)
	wantCode(t, err, minori.Conflict)
	p.Email, p.Name = "aoi2@example.com", "Aoi"
	changed, err := s.ChangeUser(e.ctx, s.root, a.ID, 1, p, true)
	check(t, err)
	if changed.Version != 2 {
		t.Fatalf("%+v", changed)
	}
	if _, err = s.ChangeUser(e.ctx, s.root, a.ID, 1, found.Profile, true); auth.WhyOf(err) != auth.WhyChanged {
		t.Fatal(err)
	}
	p.Role = minori.RoleCSM
	if _, err = s.ChangeUser(e.ctx, s.root, a.ID, 2, p, true); auth.WhyOf(err) != auth.WhyLastAdmin {
		t.Fatal(err)
	}
	check(t, s.Prefer(e.ctx, changed.Actor(), auth.Preferences{Lang: minori.JA, Theme: "dark"}))
	u, err := s.User(e.ctx, s.root, a.ID)
	check(t, err)
	if u.Preferences != (auth.Preferences{Lang: minori.JA, Theme: "dark"}) || u.Version != 2 {
		t.Fatalf("%+v", u)
	}
}

// testLastAdmin holds that of two admins who disable each other at once, one stays.
func testLastAdmin(t *testing.T, e *env) {
	s := e.signing(t)
	users := []auth.User{s.user(t, "a@example.com", minori.RoleAdmin), s.user(t, "b@example.com", minori.RoleAdmin)}
	var wg sync.WaitGroup
	for _, u := range users {
		wg.Go(func() { _, _ = s.ChangeUser(e.ctx, s.root, u.ID, 1, u.Profile, false) })
	}
	wg.Wait()
	active := 0
	for _, u := range users {
		now, err := s.User(e.ctx, s.root, u.ID)
		check(t, err)
		if now.Active {
			active++
		}
	}
	if active != 1 {
		t.Fatalf("%d admins are active", active)
	}
}

func testSessions(t *testing.T, e *env) {
	s, visit := e.signing(t), auth.Visit{Address: "192.0.2.1", Agent: "test"}
	u := s.user(t, "a@example.com", minori.RoleCSM)
	in, err := s.SignIn(e.ctx, visit, "A@example.com", "password of a@example.com")
	check(t, err)
	other, err := s.SignIn(e.ctx, visit, "a@example.com", "password of a@example.com")
	check(t, err)
	se, who, err := s.Session(e.ctx, in.Token)
	check(t, err)
	if who.ID != u.ID || who.LastSignIn != e.now.UnixMicro() || se.Address != "192.0.2.1" || se.Agent != "test" {
		t.Fatalf("%+v %+v", se, who)
	}
	e.now = e.now.Add(13 * 24 * time.Hour)
	_, _, err = s.Session(e.ctx, in.Token) // is used, and so goes on
	check(t, err)
	e.now = e.now.Add(2 * 24 * time.Hour)
	_, _, err = s.Session(e.ctx, in.Token)
	check(t, err)
	_, _, err = s.Session(e.ctx, other.Token)
	wantCode(t, err, minori.Unauthenticated)
	list, err := s.Sessions(e.ctx, who.Actor(), minori.Page{})
	check(t, err)
	if len(list) != 1 || list[0].ID != se.ID {
		t.Fatalf("%+v", list)
	}
	for range 8 {
		e.now = e.now.Add(10 * 24 * time.Hour)
		_, _, err = s.Session(e.ctx, in.Token)
	}
	wantCode(t, err, minori.Unauthenticated) // after 95 days

	// A new sign-in removes what has ended, and of many sessions the newest stay.
	for range 60 {
		e.now = e.now.Add(time.Hour)
		in, err = s.SignIn(e.ctx, visit, "a@example.com", "password of a@example.com")
		check(t, err)
	}
	list, err = s.Sessions(e.ctx, who.Actor(), minori.Page{Limit: 100})
	check(t, err)
	if len(list) != 50 {
		t.Fatalf("%d sessions", len(list))
	}
	se, _, err = s.Session(e.ctx, in.Token)
	check(t, err)
	check(t, s.Revoke(e.ctx, who.Actor(), list[10].ID, se.ID))
	wantCode(t, s.Revoke(e.ctx, who.Actor(), list[10].ID, se.ID), minori.NotFound)
	check(t, s.Revoke(e.ctx, who.Actor(), 0, se.ID))
	list, err = s.Sessions(e.ctx, who.Actor(), minori.Page{})
	check(t, err)
	if len(list) != 1 || list[0].ID != se.ID {
		t.Fatalf("%+v", list)
	}
	stranger := s.user(t, "c@example.com", minori.RoleCSM)
	wantCode(t, s.Revoke(e.ctx, stranger.Actor(), se.ID, 0), minori.NotFound)
}

func testAttempts(t *testing.T, e *env) {
	store := access.New(e.db.DB)
	var wg sync.WaitGroup
	for range 20 {
		wg.Go(func() {
			_, _, err := store.Attempt(e.ctx, "k", 100, 200)
			check(t, err)
		})
	}
	wg.Wait()
	n, ends, err := store.Attempt(e.ctx, "k", 150, 250)
	check(t, err)
	if n != 21 || ends != 200 {
		t.Fatalf("%d until %d", n, ends)
	}
	n, ends, err = store.Attempt(e.ctx, "k", 200, 300) // the window has ended
	check(t, err)
	if n != 1 || ends != 300 {
		t.Fatalf("%d until %d", n, ends)
	}
	for i := range 10 {
		_, _, err := store.Attempt(e.ctx, fmt.Sprint("other", i), 200+int64(i), 210+int64(i))
		check(t, err)
	}
	_, _, err = store.Attempt(e.ctx, "last", 10_000, 10_001)
	check(t, err)
	if n, err = store.CountAttempts(e.ctx); err != nil || n != 1 {
		t.Fatalf("%d attempts are kept: %v", n, err)
	}
}

func testTokens(t *testing.T, e *env) {
	s := e.signing(t)
	u := s.user(t, "a@example.com", minori.RoleCSM)
	store := s.store
	check(t, store.InsertToken(e.ctx, auth.Token{Kind: auth.TokenReset, Hash: "h", User: u.ID, Expires: 100}))
	if _, found, err := store.FindToken(e.ctx, auth.TokenSecond, "h", 1); err != nil || found {
		t.Fatal(found, err)
	}
	if _, found, err := store.FindToken(e.ctx, auth.TokenReset, "h", 100); err != nil || found {
		t.Fatal("an expired token is found", err)
	}
	var wg sync.WaitGroup
	var mu sync.Mutex
	taken := 0
	for range 8 {
		wg.Go(func() {
			id, found, err := store.TakeToken(e.ctx, auth.TokenReset, "h", 99)
			mu.Lock()
			defer mu.Unlock()
			if err == nil && found && id == u.ID {
				taken++
			}
		})
	}
	wg.Wait()
	if taken != 1 {
		t.Fatalf("the token was taken %d times", taken)
	}
	check(t, store.SetTOTP(e.ctx, u.ID, "sealed", 10))
	for _, c := range []struct {
		step int64
		want bool
	}{{10, false}, {9, false}, {11, true}, {11, false}} {
		if ok, err := store.TakeStep(e.ctx, u.ID, c.step); err != nil || ok != c.want {
			t.Fatalf("step %d: %v %v", c.step, ok, err)
		}
	}
	check(t, store.SetRecovery(e.ctx, u.ID, []string{"x", "y"}))
	if ok, err := store.TakeRecovery(e.ctx, u.ID, "x"); err != nil || !ok {
		t.Fatal(ok, err)
	}
	if ok, err := store.TakeRecovery(e.ctx, u.ID, "x"); err != nil || ok {
		t.Fatal("a recovery code worked twice", err)
	}
	if n, err := store.CountRecovery(e.ctx, u.ID); err != nil || n != 1 {
		t.Fatal(n, err)
	}
}

// fill appends 40 lines from several writers at once.
func fill(t *testing.T, e *env) *access.DB {
	store := access.New(e.db.DB)
	var wg sync.WaitGroup
	for i := range 4 {
		wg.Go(func() {
			for k := range 5 {
				err := store.AppendAudit(e.ctx, auth.Entry{At: int64(k), Actor: fmt.Sprint("actor ", i), Action: "user.add", Object: "o"}, auth.Entry{At: 1, Actor: "b", Action: "userx"})
				if err != nil {
					t.Error(err)
				}
			}
		})
	}
	wg.Wait()
	return store
}

func verify(t *testing.T, e *env, newest int) auth.ChainReport {
	t.Helper()
	r, err := access.New(e.db.DB).VerifyAudit(e.ctx, newest)
	check(t, err)
	return r
}

func testChain(t *testing.T, e *env) {
	store := fill(t, e)
	r := verify(t, e, 0)
	if !r.Intact || r.Lines != 40 || r.Checked != 40 || r.Head == "" {
		t.Fatalf("%+v", r)
	}
	if r = verify(t, e, 7); !r.Intact || r.Checked != 7 || r.Lines != 40 {
		t.Fatalf("%+v", r)
	}
	lines, total, err := store.AuditLines(e.ctx, auth.AuditFilter{Action: "user"}, minori.Page{Limit: 3})
	check(t, err)
	if total != 20 || len(lines) != 3 || lines[0].Action != "user.add" || lines[0].ID < lines[1].ID || lines[0].State != auth.LineIntact {
		t.Fatalf("%d %+v", total, lines)
	}
	if _, total, err = store.AuditLines(e.ctx, auth.AuditFilter{Actor: "actor 2", Action: "user.add"}, minori.Page{}); err != nil || total != 5 {
		t.Fatal(total, err)
	}
	// A transaction that is undone leaves no line and no gap.
	_ = e.db.InTx(e.ctx, func(ctx context.Context) error {
		check(t, store.AppendAudit(ctx, auth.Entry{Action: "undone"}))
		return context.Canceled
	})
	check(t, store.AppendAudit(e.ctx, auth.Entry{Action: "after"}))
	if r = verify(t, e, 0); !r.Intact || r.Lines != 41 {
		t.Fatalf("%+v", r)
	}
}

// testAltered alters and removes lines behind the store's back.
func testAltered(t *testing.T, e *env) {
	store := fill(t, e)
	check(t, e.db.Exec(e.ctx, "UPDATE audit SET detail = 'nothing happened' WHERE id = 11"))
	check(t, e.db.Exec(e.ctx, "DELETE FROM audit WHERE id = 20"))
	r := verify(t, e, 0)
	if r.Intact || r.Cut || len(r.Faults) != 2 || r.Faults[0] != (auth.LineFault{ID: 11, State: auth.LineAltered}) || r.Faults[1] != (auth.LineFault{ID: 21, State: auth.LineMissing}) {
		t.Fatalf("%+v", r)
	}
	lines, _, err := store.AuditLines(e.ctx, auth.AuditFilter{}, minori.Page{Limit: 100})
	check(t, err)
	for _, l := range lines {
		want := map[int64]auth.LineState{11: auth.LineAltered, 21: auth.LineMissing}[l.ID]
		if want == "" {
			want = auth.LineIntact
		}
		if l.State != want {
			t.Errorf("line %d is %s, want %s", l.ID, l.State, want)
		}
	}
	check(t, e.db.Exec(e.ctx, "DELETE FROM audit WHERE id > 38"))
	if r = verify(t, e, 0); !r.Cut {
		t.Fatalf("%+v", r)
	}
	check(t, store.AppendAudit(e.ctx, auth.Entry{Action: "later"}))
	if r = verify(t, e, 0); r.Intact || len(r.Faults) != 3 || r.Faults[2] != (auth.LineFault{ID: 41, State: auth.LineMissing}) {
		t.Fatalf("%+v", r)
	}
}

// testChainOld chains lines that were written before there was a chain.
func testChainOld(t *testing.T, e *env) {
	store := access.New(e.db.DB)
	check(t, e.db.Exec(e.ctx, "DELETE FROM audit_head"))
	for _, id := range []int{3, 4, 9} {
		check(t, e.db.Exec(e.ctx, "INSERT INTO audit (id, at, actor, action, object, detail) VALUES ($1, 1, 'a', 'x', '', '')", id))
	}
	check(t, store.ChainAudit(e.ctx))
	check(t, store.ChainAudit(e.ctx))
	check(t, store.AppendAudit(e.ctx, auth.Entry{Action: "new"}))
	r, err := store.VerifyAudit(e.ctx, 0)
	check(t, err)
	if !r.Intact || r.Lines != 4 {
		t.Fatalf("%+v", r)
	}
}
