package auth_test

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	minori "github.com/minori-hq/minori"
	"github.com/minori-hq/minori/auth"
	"github.com/minori-hq/minori/store/records"
	"github.com/minori-hq/minori/store/records/access"
)

// world is the service over a real store, with a clock that is set by hand.
type world struct {
	*auth.Service
	t     *testing.T
	ctx   context.Context
	now   time.Time
	dir   string
	store *access.DB
	root  minori.Actor
	visit auth.Visit
}

const password = "correct horse battery"

func newWorld(t *testing.T) *world {
	t.Helper()
	w := &world{t: t, ctx: context.Background(), now: time.Date(2026, 11, 1, 9, 0, 0, 0, time.UTC), dir: t.TempDir(),
		root: minori.Actor{Name: "root", Role: minori.RoleAdmin}, visit: auth.Visit{Address: "192.0.2.9", Agent: "test"}}
	db, err := records.Open(w.ctx, filepath.Join(w.dir, "records.db"))
	w.check(err)
	t.Cleanup(func() { w.check(db.Close()) })
	w.store = access.New(db.DB)
	w.Service = w.service(auth.HashCost{MemoryKiB: 64, Passes: 1, Lanes: 1})
	return w
}

func (w *world) service(cost auth.HashCost) *auth.Service {
	return auth.NewService(w.store, auth.Config{Clock: func() time.Time { return w.now }, Cost: cost, Vault: auth.NewVault(filepath.Join(w.dir, "secret.key"))})
}

func (w *world) check(err error) {
	w.t.Helper()
	if err != nil {
		w.t.Fatal(err)
	}
}

func (w *world) why(err error, want auth.Why) {
	w.t.Helper()
	if auth.WhyOf(err) != want {
		w.t.Fatalf("refused with %q (%v), want %q", auth.WhyOf(err), err, want)
	}
}

func (w *world) user(email string, role minori.Role) auth.User {
	w.t.Helper()
	u, err := w.AddUser(w.ctx, w.root, auth.Profile{Email: email, Name: "N", Role: role}, auth.Preferences{})
	w.check(err)
	w.check(w.SetPassword(w.ctx, w.root, u.ID, password))
	return u
}

// lines gives the actions of the newest lines of the audit log, newest first.
func (w *world) lines(n int) string {
	w.t.Helper()
	list, err := w.store.Audit(w.ctx, minori.Page{Limit: n})
	w.check(err)
	var out []string
	for _, l := range list {
		out = append(out, l.Action)
	}
	return strings.Join(out, " ")
}

func TestOnlyAdminsManageUsers(t *testing.T) {
	w := newWorld(t)
	u := w.user("a@example.com", minori.RoleCSM)
	for _, role := range minori.Roles() {
		if role == minori.RoleAdmin {
			continue
		}
		actor := minori.Actor{Name: "x", Role: role, User: u.ID}
		_, _, err := w.Users(w.ctx, actor, minori.Page{})
		_, err2 := w.AddUser(w.ctx, actor, u.Profile, auth.Preferences{})
		_, err3 := w.ChangeUser(w.ctx, actor, u.ID, 1, u.Profile, false)
		_, err4 := w.ResetLink(w.ctx, actor, u.ID)
		_, err5 := w.User(w.ctx, actor, u.ID+1)
		_, err6 := w.SignOutUser(w.ctx, actor, u.ID)
		_, _, err7 := w.AuditLines(w.ctx, actor, auth.AuditFilter{}, minori.Page{})
		_, err8 := w.VerifyAudit(w.ctx, actor, 0)
		_, err9 := w.UserByEmail(w.ctx, actor, u.Email)
		for i, err := range []error{err, err2, err3, err4, err5, err6, err7, err8, err9, w.SetPassword(w.ctx, actor, u.ID, password), w.DropTwoFactor(w.ctx, actor, u.ID)} {
			if minori.CodeOf(err) != minori.Forbidden {
				t.Errorf("%s, call %d: %v", role, i, err)
			}
		}
		if _, err := w.User(w.ctx, actor, u.ID); err != nil {
			t.Errorf("%s may not see themselves: %v", role, err)
		}
	}
}

func TestProfiles(t *testing.T) {
	w := newWorld(t)
	for _, c := range []struct {
		p    auth.Profile
		want auth.Why
	}{
		{auth.Profile{Email: "no address", Name: "N", Role: minori.RoleCSM}, auth.WhyEmail},
		{auth.Profile{Email: "N <a@example.com>", Name: "N", Role: minori.RoleCSM}, auth.WhyEmail},
		{auth.Profile{Email: "a@example.com", Name: " ", Role: minori.RoleCSM}, auth.WhyName},
		{auth.Profile{Email: "a@example.com", Name: strings.Repeat("あ", 101), Role: minori.RoleCSM}, auth.WhyName},
		{auth.Profile{Email: "a@example.com", Name: "N", Role: "king"}, auth.WhyRole},
		{auth.Profile{Email: "a@example.com", Name: "N", Role: minori.RoleCSM, Access: "some"}, auth.WhyAccess},
		{auth.Profile{Email: "a@example.com", Name: "N", Role: minori.RoleCSM, Access: minori.AccessOwn}, auth.WhyNeedsPerson},
	} {
		_, err := w.AddUser(w.ctx, w.root, c.p, auth.Preferences{})
		w.why(err, c.want)
	}
	for _, p := range []auth.Preferences{{Lang: "fr"}, {Zone: "Mars/Olympus"}, {Zone: "Local"}, {Zone: "../../etc/passwd"}, {Theme: "pink"}, {Density: "thick"}} {
		_, err := w.AddUser(w.ctx, w.root, auth.Profile{Email: "a@example.com", Name: "N", Role: minori.RoleCSM}, p)
		w.why(err, auth.WhyBadPreference)
	}
	u, err := w.AddUser(w.ctx, w.root, auth.Profile{Email: " a@example.com ", Name: "蒼井　美香", Role: minori.RoleCSM, Access: minori.AccessTeam, Person: 7}, auth.Preferences{})
	w.check(err)
	a := u.Actor()
	if a.Name != "a@example.com" || a.Person != 7 || a.Access != minori.AccessTeam || a.User != u.ID || a.Role != minori.RoleCSM {
		t.Fatalf("%+v", a)
	}
}

func TestPasswordRules(t *testing.T) {
	w := newWorld(t)
	u := w.user("anna.berg@example.com", minori.RoleCSM)
	for pw, want := range map[string]auth.Why{
		"":                       auth.WhyShort,
		"ninechars":              auth.WhyShort,
		strings.Repeat("あ", 9):   auth.WhyShort,
		strings.Repeat("x", 201): auth.WhyLong,
		"Anna.Berg@example.com":  auth.WhyIsEmail,
		"anna.berg@example.com":  auth.WhyIsEmail,
		strings.Repeat("あ", 10):  "",
		"with\ttab and ｆｕｌｌ width inside": "",
	} {
		err := w.SetPassword(w.ctx, w.root, u.ID, pw)
		w.why(err, want)
		if want == "" {
			w.check(err)
			_, err = w.SignIn(w.ctx, w.visit, u.Email, pw)
			w.check(err)
		}
	}
	// However the characters of full width are typed, it is the same password.
	w.check(w.SetPassword(w.ctx, w.root, u.ID, "with ｆｕｌｌ width"))
	_, err := w.SignIn(w.ctx, w.visit, u.Email, "with full width")
	w.check(err)
}

func TestRefusalsTellNothing(t *testing.T) {
	w := newWorld(t)
	u, gone := w.user("a@example.com", minori.RoleCSM), w.user("gone@example.com", minori.RoleCSM)
	_, err := w.ChangeUser(w.ctx, w.root, gone.ID, 1, gone.Profile, false)
	w.check(err)
	invited, err := w.AddUser(w.ctx, w.root, auth.Profile{Email: "new@example.com", Name: "N", Role: minori.RoleCSM}, auth.Preferences{})
	w.check(err)
	said := map[string]bool{}
	for _, c := range [][2]string{{u.Email, "wrong password"}, {"nobody@example.com", password}, {gone.Email, password}, {invited.Email, ""}, {invited.Email, password}, {"", ""}} {
		_, err := w.SignIn(w.ctx, w.visit, c[0], c[1])
		w.why(err, auth.WhyBadSignIn)
		said[err.Error()] = true
	}
	if len(said) != 1 {
		t.Fatalf("the answers differ: %v", said)
	}
	if got := w.lines(6); got != strings.TrimSpace(strings.Repeat("user.sign-in-failed ", 6)) {
		t.Fatal(got)
	}
}

func TestDisabledAndDemotedAtOnce(t *testing.T) {
	w := newWorld(t)
	w.user("root@example.com", minori.RoleAdmin)
	u := w.user("a@example.com", minori.RoleAdmin)
	in, err := w.SignIn(w.ctx, w.visit, u.Email, password)
	w.check(err)
	p := u.Profile
	p.Role = minori.RoleObserver
	u, err = w.ChangeUser(w.ctx, w.root, u.ID, u.Version, p, true)
	w.check(err)
	_, now, err := w.Session(w.ctx, in.Token)
	w.check(err)
	if now.Role != minori.RoleObserver {
		t.Fatalf("the session keeps the role %s", now.Role)
	}
	link, err := w.ResetLink(w.ctx, w.root, u.ID)
	w.check(err)
	_, err = w.ChangeUser(w.ctx, w.root, u.ID, u.Version, p, false)
	w.check(err)
	if _, _, err = w.Session(w.ctx, in.Token); minori.CodeOf(err) != minori.Unauthenticated {
		t.Fatal(err)
	}
	_, err = w.Reset(w.ctx, w.visit, strings.TrimPrefix(link, "/reset/"), "another password")
	w.why(err, auth.WhyExpired)
}

func TestRateLimit(t *testing.T) {
	w := newWorld(t)
	u := w.user("a@example.com", minori.RoleCSM)
	for range 10 {
		_, err := w.SignIn(w.ctx, w.visit, u.Email, "wrong password")
		w.why(err, auth.WhyBadSignIn)
	}
	_, err := w.SignIn(w.ctx, w.visit, "A@EXAMPLE.com", password)
	w.why(err, auth.WhyTooMany)
	w.Service = w.service(auth.HashCost{MemoryKiB: 64, Passes: 1, Lanes: 1}) // the program starts again
	_, err = w.SignIn(w.ctx, w.visit, u.Email, password)
	w.why(err, auth.WhyTooMany)
	before := w.lines(200)
	_, err = w.SignIn(w.ctx, w.visit, u.Email, password)
	w.why(err, auth.WhyTooMany)
	if after := w.lines(200); after != before {
		t.Fatal("attempts that are not looked at fill the audit log")
	}
	w.now = w.now.Add(15 * time.Minute)
	_, err = w.SignIn(w.ctx, w.visit, u.Email, password)
	w.check(err)
	for i := range 100 {
		if _, err = w.SignIn(w.ctx, auth.Visit{Address: "198.51.100.7"}, strings.Repeat("x", i+1)+"@example.com", password); auth.WhyOf(err) != auth.WhyBadSignIn {
			t.Fatal(i, err)
		}
	}
	_, err = w.SignIn(w.ctx, auth.Visit{Address: "198.51.100.7"}, u.Email, password)
	w.why(err, auth.WhyTooMany)
	_, err = w.SignIn(w.ctx, w.visit, u.Email, password)
	w.check(err)
}

func TestRehash(t *testing.T) {
	w := newWorld(t)
	u := w.user("a@example.com", minori.RoleCSM)
	old, err := w.store.Secrets(w.ctx, u.ID)
	w.check(err)
	w.Service = w.service(auth.HashCost{MemoryKiB: 128, Passes: 1, Lanes: 1})
	for range 2 {
		_, err = w.SignIn(w.ctx, w.visit, u.Email, password)
		w.check(err)
	}
	fresh, err := w.store.Secrets(w.ctx, u.ID)
	w.check(err)
	if !strings.HasPrefix(old.Password, "$argon2id$v=19$m=64,t=1,p=1$") || !strings.HasPrefix(fresh.Password, "$argon2id$v=19$m=128,t=1,p=1$") {
		t.Fatalf("%s\n%s", old.Password, fresh.Password)
	}
	_, err = w.SignIn(w.ctx, w.visit, u.Email, "wrong password")
	w.why(err, auth.WhyBadSignIn)
}

func TestReset(t *testing.T) {
	w := newWorld(t)
	u := w.user("a@example.com", minori.RoleCSM)
	in, err := w.SignIn(w.ctx, w.visit, u.Email, password)
	w.check(err)
	link, err := w.ResetLink(w.ctx, w.root, u.ID)
	w.check(err)
	first := strings.TrimPrefix(link, "/reset/")
	link, err = w.ResetLink(w.ctx, w.root, u.ID)
	w.check(err)
	secret := strings.TrimPrefix(link, "/reset/")
	_, err = w.ResetUser(w.ctx, first) // the newest only
	w.why(err, auth.WhyExpired)
	_, err = w.Reset(w.ctx, w.visit, secret, "short")
	w.why(err, auth.WhyShort)
	_, err = w.Reset(w.ctx, w.visit, secret, "another password")
	w.check(err)
	if _, _, err = w.Session(w.ctx, in.Token); minori.CodeOf(err) != minori.Unauthenticated {
		t.Fatal("the old session holds", err)
	}
	_, err = w.Reset(w.ctx, w.visit, secret, "yet another password")
	w.why(err, auth.WhyExpired)
	_, err = w.SignIn(w.ctx, w.visit, u.Email, password)
	w.why(err, auth.WhyBadSignIn)
	_, err = w.SignIn(w.ctx, w.visit, u.Email, "another password")
	w.check(err)
	link, err = w.ResetLink(w.ctx, w.root, u.ID)
	w.check(err)
	w.now = w.now.Add(time.Hour)
	_, err = w.ResetUser(w.ctx, strings.TrimPrefix(link, "/reset/"))
	w.why(err, auth.WhyExpired)
}

func TestChangePasswordEndsOtherSessions(t *testing.T) {
	w := newWorld(t)
	u := w.user("a@example.com", minori.RoleCSM)
	here, err := w.SignIn(w.ctx, w.visit, u.Email, password)
	w.check(err)
	there, err := w.SignIn(w.ctx, w.visit, u.Email, password)
	w.check(err)
	se, u, err := w.Session(w.ctx, here.Token)
	w.check(err)
	w.why(w.ChangePassword(w.ctx, u.Actor(), se.ID, "wrong password", "another password"), auth.WhyBadPassword)
	w.check(w.ChangePassword(w.ctx, u.Actor(), se.ID, password, "another password"))
	_, _, err = w.Session(w.ctx, here.Token)
	w.check(err)
	if _, _, err = w.Session(w.ctx, there.Token); minori.CodeOf(err) != minori.Unauthenticated {
		t.Fatal(err)
	}
	for range 11 {
		err = w.ChangePassword(w.ctx, u.Actor(), se.ID, "wrong password", "another password")
	}
	w.why(err, auth.WhyTooMany)
}

func TestSetup(t *testing.T) {
	w := newWorld(t)
	p := auth.Profile{Email: "a@example.com", Name: "A", Role: minori.RoleObserver}
	_, err := w.Setup(w.ctx, w.visit, "not the code", p, auth.Preferences{}, password)
	w.why(err, auth.WhySetupCode)
	_, err = w.Setup(w.ctx, w.visit, w.SetupCode(), p, auth.Preferences{}, "short")
	w.why(err, auth.WhyShort)
	_, err = w.Setup(w.ctx, w.visit, w.SetupCode(), p, auth.Preferences{}, "")
	w.why(err, auth.WhyShort)
	in, err := w.Setup(w.ctx, w.visit, " "+strings.ToUpper(w.SetupCode()), p, auth.Preferences{Lang: minori.JA}, password)
	w.check(err)
	_, u, err := w.Session(w.ctx, in.Token)
	w.check(err)
	if u.Role != minori.RoleAdmin || u.Lang != minori.JA {
		t.Fatalf("%+v", u)
	}
	p.Email = "b@example.com"
	_, err = w.Setup(w.ctx, w.visit, w.SetupCode(), p, auth.Preferences{}, password)
	w.why(err, auth.WhySetupDone)
}

func TestVaultFile(t *testing.T) {
	w := newWorld(t)
	u := w.user("a@example.com", minori.RoleCSM)
	key := filepath.Join(w.dir, "secret.key")
	if _, err := os.Stat(key); !os.IsNotExist(err) {
		t.Fatal("the key is there before it is needed", err)
	}
	w.check(w.BeginTwoFactor(w.ctx, u.Actor(), password))
	st, err := os.Stat(key)
	w.check(err)
	if st.Mode().Perm() != 0o600 {
		t.Fatal(st.Mode())
	}
	k, found, err := w.PendingKey(w.ctx, u.Actor())
	w.check(err)
	secrets, err := w.store.Secrets(w.ctx, u.ID)
	w.check(err)
	if !found || secrets.Pending == "" || strings.Contains(secrets.Pending, k.Text) {
		t.Fatalf("%v %+v", found, secrets)
	}
	left, err := filepath.Glob(filepath.Join(w.dir, ".secret-*"))
	w.check(err)
	if len(left) != 0 {
		t.Fatal(left)
	}
	w.check(os.WriteFile(key, []byte("broken"), 0o600))
	w.Service = w.service(auth.HashCost{})
	if _, _, err = w.PendingKey(w.ctx, u.Actor()); minori.CodeOf(err) != minori.Unavailable {
		t.Fatal(err)
	}
	w.check(os.Remove(key))
	w.Service = w.service(auth.HashCost{})
	if _, _, err = w.PendingKey(w.ctx, u.Actor()); minori.CodeOf(err) != minori.Unavailable {
		t.Fatal(err)
	}
}

// TestLongWriteHoldsNobodyUp holds that pages are answered while the store is
// being written to for long.
func TestLongWriteHoldsNobodyUp(t *testing.T) {
	w := newWorld(t)
	u := w.user("a@example.com", minori.RoleCSM)
	in, err := w.SignIn(w.ctx, w.visit, u.Email, password)
	w.check(err)
	w.now = w.now.Add(time.Hour)
	held, done := make(chan bool), make(chan error)
	go func() {
		done <- w.store.InTx(w.ctx, func(ctx context.Context) error {
			if err := w.store.Exec(ctx, "UPDATE app_user SET name = name"); err != nil {
				return err
			}
			held <- true
			<-held
			return nil
		})
	}()
	<-held
	_, _, err = w.Session(w.ctx, in.Token)
	w.check(err)
	held <- true
	w.check(<-done)
	se, _, err := w.Session(w.ctx, in.Token)
	w.check(err)
	if se.Used != w.now.UnixMicro() {
		t.Fatal("the session was not noted as used afterwards")
	}
}
