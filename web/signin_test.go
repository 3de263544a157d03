package web_test

import (
	"context"
	"crypto/hmac"
	"crypto/sha1"
	"encoding/base32"
	"encoding/binary"
	"fmt"
	"html"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	minori "github.com/minori-hq/minori"
	"github.com/minori-hq/minori/app"
	"github.com/minori-hq/minori/auth"
)

// house is the real program with its sign-in over an empty workspace.
type house struct {
	app  *app.App
	url  string
	now  time.Time
	root minori.Actor
}

const pass = "correct horse battery"

func newHouse(t *testing.T) *house {
	t.Helper()
	ctx, dir := context.Background(), t.TempDir()
	h := &house{now: time.Date(2026, 11, 1, 9, 0, 0, 0, time.UTC), root: minori.Actor{Name: "root", Role: minori.RoleAdmin}}
	cfg := app.Config{Data: dir, Clock: func() time.Time { return h.now }, PasswordCost: auth.HashCost{MemoryKiB: 64, Passes: 1, Lanes: 1}}
	ws := minori.Workspace{Currency: "JPY", TimeZone: "Asia/Tokyo", Lang: minori.EN, FiscalYearStart: 4, FiscalYearNamed: "start"}
	if err := app.Init(ctx, cfg, ws); err != nil {
		t.Fatal(err)
	}
	a, err := app.New(ctx, cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := a.Close(); err != nil {
			t.Error(err)
		}
	})
	handler, err := a.Handler()
	if err != nil {
		t.Fatal(err)
	}
	srv := httptest.NewServer(handler)
	t.Cleanup(srv.Close)
	h.app, h.url = a, srv.URL
	return h
}

func (h *house) user(t *testing.T, email string, role minori.Role) auth.User {
	t.Helper()
	u, err := h.app.Auth.AddUser(context.Background(), h.root, auth.Profile{Email: email, Name: "Name " + email, Role: role}, auth.Preferences{})
	if err == nil {
		err = h.app.Auth.SetPassword(context.Background(), h.root, u.ID, pass)
	}
	if err != nil {
		t.Fatal(err)
	}
	return u
}

// browser keeps cookies and does not follow where it is led.
type browser struct {
	t   *testing.T
	h   *house
	web *http.Client
}

func (h *house) browser(t *testing.T) *browser {
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	return &browser{t, h, &http.Client{Jar: jar, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}}
}

func (b *browser) do(method, path string, form url.Values, headers ...string) answer {
	b.t.Helper()
	var body io.Reader
	if form != nil {
		body = strings.NewReader(form.Encode())
	}
	req, err := http.NewRequest(method, b.h.url+path, body)
	if err != nil {
		b.t.Fatal(err)
	}
	if form != nil {
		req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	for i := 0; i+1 < len(headers); i += 2 {
		req.Header.Set(headers[i], headers[i+1])
	}
	res, err := b.web.Do(req)
	if err != nil {
		b.t.Fatal(err)
	}
	defer res.Body.Close()
	text, err := io.ReadAll(res.Body)
	if err != nil {
		b.t.Fatal(err)
	}
	return answer{res.StatusCode, res.Header, string(text)}
}

func (b *browser) get(path string, headers ...string) answer {
	b.t.Helper()
	return b.do(http.MethodGet, path, nil, headers...)
}

func (b *browser) post(path string, form url.Values, headers ...string) answer {
	b.t.Helper()
	return b.do(http.MethodPost, path, form, headers...)
}

// want fails unless an answer has a status, an address it leads to ("" for
// any) and words.
func (b *browser) want(a answer, status int, to string, words ...string) answer {
	b.t.Helper()
	if a.status != status || to != "" && a.header.Get("Location") != to {
		b.t.Fatalf("status %d to %q, want %d to %q: %s", a.status, a.header.Get("Location"), status, to, a.body)
	}
	for _, w := range words {
		if !strings.Contains(a.body, html.EscapeString(w)) {
			b.t.Fatalf("without %q: %s", w, a.body)
		}
	}
	return a
}

func (b *browser) signIn(email string) {
	b.t.Helper()
	b.want(b.post("/sign-in", url.Values{"email": {email}, "password": {pass}, "return": {"/settings"}}), 303, "/settings")
}

// secret gives the session cookie of the browser.
func (b *browser) secret() string {
	u, _ := url.Parse(b.h.url)
	for _, c := range b.web.Jar.Cookies(u) {
		if c.Name == "minori_session" {
			return c.Value
		}
	}
	return ""
}

func TestSetupPages(t *testing.T) {
	h := newHouse(t)
	b := h.browser(t)
	for _, path := range []string{"/", "/accounts", "/settings/users", "/cockpit", "/sign-in"} {
		b.want(b.get(path), 303, "/setup")
	}
	b.want(b.get("/healthz"), 200, "")
	b.want(b.post("/sign-in", url.Values{"email": {"a@example.com"}, "password": {pass}}), 303, "/setup")
	checkPage(t, "/setup", b.want(b.get("/setup?lang=ja"), 200, "", "初期設定コード"))
	form := url.Values{"code": {"wrong"}, "name": {"Aoi"}, "email": {"a@example.com"}, "password": {pass}, "again": {pass}}
	b.want(b.post("/setup", form), 400, "", "This is not the set-up code", "Aoi", "a@example.com")
	form.Set("code", h.app.Auth.SetupCode())
	form.Set("again", "other")
	b.want(b.post("/setup", form), 400, "", "The two passwords differ")
	form.Set("again", pass)
	a := b.want(b.post("/setup", form), 303, "/")
	cookie := a.header.Get("Set-Cookie")
	if !strings.Contains(cookie, "HttpOnly") || !strings.Contains(cookie, "SameSite=Lax") {
		t.Fatal(cookie)
	}
	b.want(b.get("/settings/users"), 200, "", "Aoi", "Administrator")
	other := h.browser(t)
	other.want(other.get("/setup"), 303, "/sign-in")
	form.Set("email", "evil@example.com")
	other.want(other.post("/setup", form), 409, "")
}

func TestSignInAndOut(t *testing.T) {
	h := newHouse(t)
	u := h.user(t, "a@example.com", minori.RoleAdmin)
	b := h.browser(t)
	b.want(b.get("/settings?x=1&y=2"), 303, "/sign-in?return=%2Fsettings%3Fx%3D1%26y%3D2")
	for _, lang := range []string{"en", "ja"} {
		checkPage(t, "/sign-in", b.want(b.get("/sign-in?lang="+lang), 200, "", "password"))
	}
	b.want(b.post("/sign-in", url.Values{"email": {"a@example.com"}, "password": {"wrong password"}}), 401, "", "The e-mail or the password is wrong", "a@example.com")
	b.want(b.post("/sign-in", url.Values{"email": {"nobody@example.com"}, "password": {pass}}), 401, "", "The e-mail or the password is wrong")
	b.signIn("a@example.com")
	b.want(b.get("/settings"), 200, "", "Name a@example.com", "/sign-out")
	b.want(b.get("/sign-in?return=/cockpit"), 303, "/cockpit")
	stolen := b.secret()
	thief := h.browser(t)
	thief.want(thief.get("/settings", "Cookie", "minori_session="+stolen), 200, "")
	b.want(b.post("/sign-out", url.Values{}), 303, "/sign-in")
	if b.secret() != "" {
		t.Fatal("the cookie stays")
	}
	thief.want(thief.get("/settings", "Cookie", "minori_session="+stolen), 303, "/sign-in?return=%2Fsettings")
	b.want(b.get("/settings"), 303, "")

	// A disabled user is out at once, an old session as well.
	h.user(t, "other@example.com", minori.RoleAdmin)
	b.signIn("a@example.com")
	if _, err := h.app.Auth.ChangeUser(context.Background(), h.root, u.ID, 1, u.Profile, false); err != nil {
		t.Fatal(err)
	}
	b.want(b.get("/settings"), 303, "")
	b.want(b.post("/sign-in", url.Values{"email": {"a@example.com"}, "password": {pass}}), 401, "")
	b.signIn("other@example.com")
	h.now = h.now.Add(15 * 24 * time.Hour)
	b.want(b.get("/settings"), 303, "")
}

func TestSecureCookie(t *testing.T) {
	h := newHouse(t)
	h.user(t, "a@example.com", minori.RoleCSM)
	b := h.browser(t)
	a := b.want(b.post("/sign-in", url.Values{"email": {"a@example.com"}, "password": {pass}}, "X-Forwarded-Proto", "https"), 303, "/")
	cookie := a.header.Get("Set-Cookie")
	for _, w := range []string{"__Host-minori_session=", "Path=/", "HttpOnly", "Secure", "SameSite=Lax"} {
		if !strings.Contains(cookie, w) {
			t.Errorf("no %s in %s", w, cookie)
		}
	}
	if strings.Contains(cookie, "Domain=") {
		t.Error(cookie)
	}
}

func TestOpenRedirect(t *testing.T) {
	h := newHouse(t)
	h.user(t, "a@example.com", minori.RoleCSM)
	for _, to := range []string{"https://evil.example/", "//evil.example/", "/\\evil.example", "\\\\evil.example", "javascript:alert(1)", "/\t/evil.example", "%2F%2Fevil.example", "http:evil.example"} {
		b := h.browser(t)
		b.want(b.post("/sign-in", url.Values{"email": {"a@example.com"}, "password": {pass}, "return": {to}}), 303, "/")
		b.want(b.get("/sign-in?"+url.Values{"return": {to}}.Encode()), 303, "/")
		b.want(b.post("/sign-out", url.Values{}), 303, "")
		a := b.want(b.post("/sign-in", url.Values{"email": {"a@example.com"}, "password": {pass}, "send": {to}, "carried": {"YT1i"}}), 303, "/")
		if strings.Contains(a.body, "evil") {
			t.Error(a.body)
		}
	}
}

func TestCrossSite(t *testing.T) {
	h := newHouse(t)
	h.user(t, "a@example.com", minori.RoleCSM)
	b := h.browser(t)
	b.signIn("a@example.com")
	for _, path := range []string{"/sign-out", "/sign-in", "/settings/preferences", "/settings/security/revoke-others", "/setup", "/preferences"} {
		for _, from := range [][]string{{"Sec-Fetch-Site", "cross-site"}, {"Origin", "https://evil.example"}} {
			if a := b.post(path, url.Values{"lang": {"ja"}}, from...); a.status != 403 {
				t.Errorf("%s from %v: %d", path, from, a.status)
			}
		}
	}
	b.want(b.get("/settings"), 200, "", "Name a@example.com")
}

func TestRolesOfSettings(t *testing.T) {
	h := newHouse(t)
	admin := h.user(t, "root@example.com", minori.RoleAdmin)
	for _, role := range minori.Roles() {
		email := string(role) + "@example.com"
		h.user(t, email, role)
		b := h.browser(t)
		b.signIn(email)
		wantStatus := 403
		if role == minori.RoleAdmin {
			wantStatus = 200
		}
		for _, path := range []string{"/settings/users", "/settings/users/new", "/settings/users/1", "/settings/audit"} {
			if a := b.get(path); a.status != wantStatus || wantStatus == 403 && strings.Contains(a.body, "root@example.com") {
				t.Errorf("%s as %s: %d", path, role, a.status)
			}
		}
		b.want(b.get("/settings"), 200, "")
		b.want(b.get("/settings/security"), 200, "")
		if role == minori.RoleAdmin {
			continue
		}
		for _, path := range []string{"/settings/users", "/settings/users/1/save", "/settings/users/1/reset", "/settings/users/1/sign-out", "/settings/users/1/two-factor"} {
			if a := b.post(path, url.Values{"version": {"1"}, "email": {email}, "name": {"x"}, "role": {"admin"}, "access": {"all"}}); a.status != 403 {
				t.Errorf("%s as %s: %d", path, role, a.status)
			}
		}
	}
	if u, err := h.app.Auth.User(context.Background(), h.root, admin.ID); err != nil || u.Email != "root@example.com" || u.Version != 1 {
		t.Fatal(u, err)
	}
}

var linkPath = regexp.MustCompile(`/reset/[\w-]+`)

func TestManagingUsers(t *testing.T) {
	h := newHouse(t)
	h.user(t, "root@example.com", minori.RoleAdmin)
	b := h.browser(t)
	b.signIn("root@example.com")
	form := url.Values{"email": {"not an address"}, "name": {"蒼井 美香"}, "role": {"csm"}, "access": {"all"}, "person": {""}}
	b.want(b.post("/settings/users", form), 400, "", "This is not an e-mail address", "蒼井 美香")
	form.Set("email", "aoi@example.com")
	form.Set("person", "nobody")
	b.want(b.post("/settings/users", form), 400, "", "There is no employee")
	form.Set("person", "")
	form.Set("access", "own")
	b.want(b.post("/settings/users", form), 400, "", "enter the employee")
	form.Set("access", "all")
	a := b.want(b.post("/settings/users", form), 200, "", "It works once, within an hour")
	link := linkPath.FindString(a.body)
	b.want(b.get("/settings/users"), 200, "", "蒼井 美香", "No password yet")
	guest := h.browser(t)
	checkPage(t, link, guest.want(guest.get(link+"?lang=ja"), 200, "", "aoi@example.com"))
	guest.want(guest.post(link, url.Values{"password": {"short"}, "again": {"short"}}), 400, "", "at least 10")
	guest.want(guest.post(link, url.Values{"password": {pass}, "again": {pass}}), 303, "/sign-in")
	guest.want(guest.get(link), 404, "", "was used already")
	guest.signIn("aoi@example.com")

	form.Set("version", "1")
	form.Set("role", "observer")
	form.Set("active", "true")
	b.want(b.post("/settings/users/2/save", form), 303, "/settings/users/2")
	b.want(b.post("/settings/users/2/save", form), 409, "", "Somebody else changed this user")
	guest.want(guest.get("/settings"), 200, "", "Observer")
	b.want(b.post("/settings/users/2/sign-out", url.Values{}), 303, "")
	guest.want(guest.get("/settings"), 303, "")
	b.want(b.post("/settings/users/1/save", url.Values{"version": {"1"}, "email": {"root@example.com"}, "name": {"R"}, "role": {"csm"}, "access": {"all"}, "active": {"true"}}),
		409, "", "last active administrator")
	b.want(b.get("/settings/users/99"), 404, "")
	b.want(b.get("/settings/users/x"), 404, "")
	b.want(b.post("/settings/users/2/dance", url.Values{}), 404, "")
}

var keyText = regexp.MustCompile(`<code class="code">([A-Z2-7]{32})</code>`)
var ticketValue = regexp.MustCompile(`name="ticket" value="([^"]+)"`)

func TestSecondFactorPages(t *testing.T) {
	h := newHouse(t)
	h.user(t, "a@example.com", minori.RoleCSM)
	b := h.browser(t)
	b.signIn("a@example.com")
	b.want(b.post("/settings/security/begin", url.Values{"present": {"wrong"}}), 400, "", "The present password is wrong")
	b.want(b.post("/settings/security/begin", url.Values{"present": {pass}}), 303, "/settings/security")
	page := b.want(b.get("/settings/security"), 200, "", "QR code")
	checkPage(t, "/settings/security", page)
	secret, err := base32.StdEncoding.WithPadding(base32.NoPadding).DecodeString(keyText.FindStringSubmatch(page.body)[1])
	if err != nil {
		t.Fatal(err)
	}
	code := func() url.Values { return url.Values{"code": {totpOf(secret, h.now)}} }
	b.want(b.post("/settings/security/confirm", url.Values{"code": {"123"}}), 400, "", "The code is wrong")
	page = b.want(b.post("/settings/security/confirm", code()), 200, "", "Recovery codes left: 10")
	recovery := regexp.MustCompile(`<code>([a-z2-7]{6}-[a-z2-7]{6})</code>`).FindAllStringSubmatch(page.body, -1)
	if len(recovery) != 10 || page.header.Get("Cache-Control") != "no-store" {
		t.Fatal(len(recovery), page.header)
	}
	if a := b.get("/settings/security"); strings.Contains(a.body, recovery[0][1]) {
		t.Fatal("the recovery codes are shown again")
	}
	h.now = h.now.Add(time.Minute)
	other := h.browser(t)
	ask := func() url.Values {
		other = h.browser(t)
		a := other.want(other.post("/sign-in", url.Values{"email": {"a@example.com"}, "password": {pass}, "return": {"/cockpit"}}), 200, "", "Second step")
		other.want(other.get("/settings"), 303, "") // the password alone opens nothing
		return url.Values{"ticket": {ticketValue.FindStringSubmatch(a.body)[1]}, "return": {"/cockpit"}}
	}
	form := ask()
	form.Set("code", "000000x")
	other.want(other.post("/sign-in/code", form), 401, "", "The code is wrong")
	form.Set("code", code().Get("code"))
	other.want(other.post("/sign-in/code", form), 303, "/cockpit")
	again := ask()
	again.Set("code", form.Get("code"))
	other.want(other.post("/sign-in/code", again), 401, "", "used before")
	again.Set("code", recovery[4][1])
	other.want(other.post("/sign-in/code", again), 303, "/cockpit")
	b.want(b.post("/settings/security/end", url.Values{"present": {pass}}), 303, "")
	b.want(b.get("/settings/security"), 200, "", "Set up second factor")
}

var hiddenField = regexp.MustCompile(`<input type="hidden" name="([^"]*)" value="([^"]*)"`)

// hiddenOf gives the hidden fields of the page.
func hiddenOf(a answer) url.Values {
	out := url.Values{}
	for _, m := range hiddenField.FindAllStringSubmatch(a.body, -1) {
		out.Add(html.UnescapeString(m[1]), html.UnescapeString(m[2]))
	}
	return out
}

func TestLostSessionKeepsTheForm(t *testing.T) {
	h := newHouse(t)
	h.user(t, "root@example.com", minori.RoleAdmin)
	h.user(t, "a@example.com", minori.RoleCSM)
	b := h.browser(t)
	typed := "面談のメモ <b>&amp; \"more\"\n" + strings.Repeat("長い文 ", 5000)
	form := url.Values{"name": {typed[:60]}, "note": {typed}, "version": {"3"}, "many": {"1", "2"}}
	page := b.want(b.post("/settings/profile?a=b", form), 401, "", "You are no longer signed in")
	checkPage(t, "the form of a lost session", page)
	in := hiddenOf(page)
	in.Del("lang")
	in.Set("email", "a@example.com")
	in.Set("password", "wrong password")
	page = b.want(b.post("/sign-in", in), 401, "", "The e-mail or the password is wrong")
	in = hiddenOf(page)
	in.Set("email", "a@example.com")
	in.Set("password", pass)
	page = b.want(b.post("/sign-in", in), 200, "", "Send what you entered?")
	checkPage(t, "the form to be sent again", page)
	if !strings.Contains(page.body, `action="/settings/profile?a=b"`) {
		t.Fatal(page.body)
	}
	again := hiddenOf(page)
	again.Del("return")
	for name, values := range form {
		if strings.Join(again[name], "|") != strings.Join(values, "|") {
			t.Errorf("%s came back as %.80q, want %.80q", name, again[name], values)
		}
	}
	b.want(b.get("/settings"), 200, "") // signed in

	// Scripts: a message over the page leads to the sign-in, what was typed stays.
	other := h.browser(t)
	a := other.want(other.get("/accounts/1", "HX-Request", "true", "HX-Current-URL", h.url+"/accounts?q=x"), 401, "")
	if !strings.Contains(a.body, `href="/sign-in?return=%2Faccounts%3Fq%3Dx" target="_blank"`) || a.header.Get("HX-Retarget") != "#problems" {
		t.Fatal(a.header, a.body)
	}
	a = other.want(other.get("/accounts/1", "HX-Request", "true", "HX-Current-URL", "https://evil.example/x"), 401, "")
	if !strings.Contains(a.body, `href="/sign-in?return=%2F"`) {
		t.Fatal(a.body)
	}
	a = other.want(other.post("/settings/profile", form, "HX-Request", "true"), 401, "", "You are no longer signed in")
	if a.header.Get("HX-Retarget") != "#problems" || a.header.Get("HX-Reselect") != ".notice" || strings.Contains(a.body, "<html") || !strings.Contains(a.body, "What you typed is still here") {
		t.Fatal(a.header, a.body)
	}
	big := url.Values{"note": {strings.Repeat("x", 300<<10)}}
	a = other.want(other.post("/settings/profile", big), 401, "", "Sign in in another tab")
	if hiddenOf(a).Get("carried") != "" {
		t.Fatal("more was carried than fits")
	}
}

func TestPreferencesAreKeptWithTheUser(t *testing.T) {
	h := newHouse(t)
	u := h.user(t, "a@example.com", minori.RoleCSM)
	guest := h.browser(t)
	guest.want(guest.post("/preferences", url.Values{"lang": {"ja"}, "return": {"/sign-in"}}), 303, "/sign-in")
	guest.want(guest.get("/sign-in"), 200, "", "サインイン")
	b := h.browser(t)
	b.signIn("a@example.com")
	b.want(b.post("/preferences", url.Values{"lang": {"ja"}, "theme": {"dark"}, "return": {"/settings"}}), 303, "/settings")
	other := h.browser(t)
	other.signIn("a@example.com")
	a := other.want(other.get("/settings"), 200, "", "表示の設定", `data-theme="dark"`[0:0])
	if !strings.Contains(a.body, `data-theme="dark"`) || !strings.Contains(a.body, `lang="ja"`) {
		t.Fatal(a.body)
	}
	other.want(other.get("/settings?lang=en"), 200, "", "Preferences")
	other.want(other.post("/settings/preferences", url.Values{"lang": {"en"}, "zone": {"America/New_York"}, "theme": {"light"}, "density": {"compact"}}), 303, "/settings")
	a = other.want(other.get("/settings"), 200, "", "Saved.", "Preferences")
	if !strings.Contains(a.body, `data-density="compact"`) {
		t.Fatal(a.body)
	}
	other.want(other.post("/settings/preferences", url.Values{"zone": {"Mars/Olympus"}}), 400, "", "none of the choices")
	now, err := h.app.Auth.User(context.Background(), h.root, u.ID)
	if err != nil || now.Preferences != (auth.Preferences{Lang: minori.EN, Zone: "America/New_York", Theme: "light", Density: "compact"}) {
		t.Fatal(now, err)
	}
	a = other.want(other.get("/settings/security"), 200, "") // 9:00 UTC is 4:00 in New York
	if !strings.Contains(a.body, "04:00") && !strings.Contains(a.body, "05:00") {
		t.Fatal(a.body)
	}
}

func TestAuditPage(t *testing.T) {
	h := newHouse(t)
	h.user(t, "root@example.com", minori.RoleAdmin)
	b := h.browser(t)
	b.want(b.post("/sign-in", url.Values{"email": {"root@example.com"}, "password": {"wrong password"}}), 401, "")
	b.signIn("root@example.com")
	page := b.want(b.get("/settings/audit"), 200, "", "The log is intact", "user.sign-in-failed", "user.add")
	verbs := page
	verbs.body = regexp.MustCompile(`<code[^>]*>[^<]*</code>`).ReplaceAllString(page.body, "")
	checkPage(t, "/settings/audit", verbs)
	if page = b.get("/settings/audit?action=user.add"); strings.Contains(page.body, "user.sign-in-failed") || !strings.Contains(page.body, "user.add") {
		t.Fatal(page.body)
	}
	b.want(b.get("/settings/audit?actor=root&lang=ja"), 200, "", "監査ログは正常です")
	if err := h.app.Records.Exec(context.Background(), "UPDATE audit SET actor = 'somebody else' WHERE id = 2"); err != nil {
		t.Fatal(err)
	}
	page = b.want(b.get("/settings/audit"), 200, "", "Places where it does not fit: 1, the first at line 2.")
	if strings.Count(page.body, "Altered") != 1 {
		t.Fatal(page.body)
	}
	if err := h.app.Records.Exec(context.Background(), "DELETE FROM audit WHERE id = 1"); err != nil {
		t.Fatal(err)
	}
	b.want(b.get("/settings/audit?lang=ja"), 200, "", "監査ログが改変されています")
}

func TestTooManyAttempts(t *testing.T) {
	h := newHouse(t)
	h.user(t, "a@example.com", minori.RoleCSM)
	b := h.browser(t)
	for range 10 {
		b.want(b.post("/sign-in", url.Values{"email": {"a@example.com"}, "password": {"wrong password"}}), 401, "")
	}
	b.want(b.post("/sign-in", url.Values{"email": {"a@example.com"}, "password": {pass}}), 429, "", "too many attempts")
	// Proxies on this machine tell whom they ask for; others may not say.
	b.want(b.post("/sign-in", url.Values{"email": {"A@example.com"}, "password": {pass}}, "X-Forwarded-For", "203.0.113.5"), 429, "")
}

// totpOf gives the code that an authenticator app shows.
func totpOf(secret []byte, at time.Time) string {
	var counter [8]byte
	binary.BigEndian.PutUint64(counter[:], uint64(at.Unix()/30))
	mac := hmac.New(sha1.New, secret)
	mac.Write(counter[:])
	sum := mac.Sum(nil)
	offset := sum[len(sum)-1] & 0xf
	return fmt.Sprintf("%06d", binary.BigEndian.Uint32(sum[offset:])&0x7fffffff%1_000_000)
}
