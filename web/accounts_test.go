package web_test

import (
	"context"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"

	minori "github.com/minori-hq/minori"
	"github.com/minori-hq/minori/action"
	"github.com/minori-hq/minori/evaluate"
	"github.com/minori-hq/minori/resource"
	"github.com/minori-hq/minori/store/lake"
)

// hostilePath is the address of the account whose id needs escaping, too.
const hostilePath = "/accounts/X%2F1%20%3F&"

// TestAccountPages reads the list and account pages of the real program.
func TestAccountPages(t *testing.T) {
	w := newWorld(t, 60)
	first := regexp.MustCompile(`href="(/accounts/[A-Z][0-9]+)"`).FindStringSubmatch(w.get(t, "/accounts").body)
	if first == nil {
		t.Fatal("the list links to no account")
	}
	t.Run("render", func(t *testing.T) { w.renders(t, first[1]) })
	t.Run("list", w.lists)
	t.Run("calls", w.countsCalls)
	t.Run("account", func(t *testing.T) { w.account(t, first[1]) })
	t.Run("refused", w.refuses)
	t.Run("roles", w.roles)
	t.Run("frame", w.frame)
	t.Run("new definitions", w.newDefinitions) // last: it changes them
	if log := w.logged(); log != "" {
		t.Errorf("logged: %s", log)
	}
}

func (w *world) renders(t *testing.T, one string) {
	for _, lang := range []string{"en", "ja"} {
		for _, path := range []string{
			"/accounts", "/accounts?page=2", "/accounts?sort=score:health", "/accounts?sort=-field:account.name", "/accounts?q=script",
			"/accounts?f=is+segment:at-risk+true", "/accounts?f=below+score:health+50&f=is+band:health+red", "/accounts?f=missing+measure:experience.nps",
			"/accounts?q=no-such-thing", "/accounts?as_of=2024-12-01",
			one, one + "?tab=usage", one + "?tab=timeline", one + "?tab=facts", one + "?as_of=2024-12-01", one + "?as_of=2024-12-01&tab=facts", one + "?as_of=2020-01-01",
			hostilePath, hostilePath + "?tab=usage", hostilePath + "?tab=timeline", hostilePath + "?tab=facts", hostilePath + "?tab=facts&as_of=2024-12-30",
		} {
			a := w.get(t, path, "Accept-Language", lang)
			if a.status != http.StatusOK {
				t.Errorf("%s %s: status %d", lang, path, a.status)
			}
			if !strings.Contains(a.body, `<html lang="`+lang+`"`) {
				t.Errorf("%s: not in %s", path, lang)
			}
			checkPage(t, path, a)
		}
	}
}

func (w *world) lists(t *testing.T) {
	rows := func(path string) int { return strings.Count(w.get(t, path).body, `class="row-link"`) }
	if n := rows("/accounts"); n != 50 {
		t.Errorf("the first page has %d rows, want 50", n)
	}
	if n := rows("/accounts?page=2"); n < 1 || n > 11 {
		t.Errorf("the second page has %d rows", n)
	}
	all, red := rows("/accounts?f=at-least+field:account.arr+0"), rows("/accounts?f=is+band:health+green")
	if red == 0 || red >= all {
		t.Errorf("%d of %d rows are green", red, all)
	}
	a := w.get(t, "/accounts?q="+url.QueryEscape("<script>"))
	if n := strings.Count(a.body, `class="row-link"`); n != 1 {
		t.Errorf("the search found %d accounts, want 1", n)
	}
	if !strings.Contains(a.body, "&lt;script&gt;alert(1)&lt;/script&gt;") {
		t.Error("the account's name is not shown as text")
	}
	a = w.get(t, "/accounts?f=is+field:account.tier+Pro&field=score:health&op=below&value=80&sort=field:account.name")
	want := "/accounts?f=is+field%3Aaccount.tier+Pro&f=below+score%3Ahealth+80&sort=field%3Aaccount.name"
	if a.status != http.StatusSeeOther || a.header.Get("Location") != want {
		t.Errorf("adding a condition leads to %d %s", a.status, a.header.Get("Location"))
	}
	a = w.get(t, want)
	for _, words := range []string{"Tier is Pro", "Health score is below 80", `aria-sort="ascending"`} {
		if !strings.Contains(a.body, words) {
			t.Errorf("the list does not say %q", words)
		}
	}
	a = w.get(t, want, "Accept-Language", "ja")
	if !strings.Contains(a.body, "ヘルススコアが80未満") {
		t.Error("the list does not say its conditions in Japanese")
	}
}

func (w *world) account(t *testing.T, one string) {
	a := w.get(t, one)
	for _, words := range []string{"ARR", "Renewal", "Health score is ", "What the score is made of", `data-spec=`} {
		if !strings.Contains(a.body, words) {
			t.Errorf("the page does not say %q", words)
		}
	}
	a = w.get(t, one+"?as_of=2024-12-01")
	for _, words := range []string{"Shown as of 1 Dec 2024", "as_of=2024-12-01&amp;tab=usage"} {
		if !strings.Contains(a.body, words) {
			t.Errorf("as of a past day the page does not say %q", words)
		}
	}
	if strings.Contains(a.body, "on 31 Dec 2024") {
		t.Error("as of a past day the page knows the future")
	}
	a = w.get(t, hostilePath)
	if !strings.Contains(a.body, "health-unknown") {
		t.Error("an account without data has a score that is not unknown")
	}
}

func (w *world) refuses(t *testing.T) {
	for path, want := range map[string]string{
		"/accounts?page=0":                              "not a page",
		"/accounts?page=x":                              "not a page",
		"/accounts?sort=field:none":                     "no column",
		"/accounts?f=below+score:health+x":              "compared with a number",
		"/accounts?f=drop+score:health+1":               "not a comparison",
		"/accounts?f=below+field:account.name+x":        "cannot be asked",
		"/accounts?f=is+segment:at-risk+maybe":          "either yes or no",
		"/accounts?as_of=2024-02-30":                    "is not a day",
		"/accounts?as_of=2025-06-01":                    "in the future",
		hostilePath + "?tab=nothing":                    "no part",
		"/accounts?q=" + strings.Repeat("x", 300):       "longer than",
		"/accounts?" + strings.Repeat("f=x&", 20) + "x": "at most",
	} {
		a := w.get(t, path)
		if a.status != http.StatusBadRequest || !strings.Contains(a.body, want) {
			t.Errorf("%s: status %d, does not say %q", path, a.status, want)
		}
		checkPage(t, path, a)
	}
	for _, path := range []string{"/accounts/none", "/nowhere", "/accounts/A/B"} {
		if a := w.get(t, path); a.status != http.StatusNotFound {
			t.Errorf("%s: status %d", path, a.status)
		}
	}
}

func (w *world) roles(t *testing.T) {
	defer w.as(minori.Actor{Name: "mika", Role: minori.RoleAdmin})
	for role, want := range map[minori.Role]int{
		minori.RoleObserver: http.StatusOK, minori.RoleCSM: http.StatusOK, "": http.StatusForbidden, "guest": http.StatusForbidden,
	} {
		w.as(minori.Actor{Name: "kei", Role: role})
		for _, path := range []string{"/accounts", hostilePath} {
			a := w.get(t, path)
			if a.status != want {
				t.Errorf("%s as %q: status %d, want %d", path, role, a.status, want)
			}
			if want != http.StatusOK && strings.Contains(a.body, "alert(1)") {
				t.Errorf("%s as %q shows an account", path, role)
			}
		}
	}
	w.as(minori.Actor{})
	if a := w.get(t, "/accounts"); a.status != http.StatusUnauthorized {
		t.Errorf("nobody gets %d", a.status)
	}
}

func (w *world) frame(t *testing.T) {
	if home := w.get(t, "/"); home.status != http.StatusOK {
		t.Errorf("/ answers %d", home.status)
	} else {
		checkPage(t, "/", home)
	}
	for _, path := range []string{"/healthz", "/readyz"} {
		if a := w.get(t, path); a.status != http.StatusOK {
			t.Errorf("%s: status %d", path, a.status)
		}
	}
	a := w.post(t, "/preferences", url.Values{"lang": {"ja"}, "theme": {"dark"}, "return": {"/accounts?q=a&lang=en"}})
	if a.status != http.StatusSeeOther || a.header.Get("Location") != "/accounts?q=a" {
		t.Errorf("preferences lead to %d %s", a.status, a.header.Get("Location"))
	}
	var cookies []string
	for _, c := range a.header["Set-Cookie"] {
		name, _, _ := strings.Cut(c, ";")
		cookies = append(cookies, name)
	}
	a = w.get(t, "/accounts", "Cookie", strings.Join(cookies, "; "))
	if !strings.Contains(a.body, `<html lang="ja" data-theme="dark"`) {
		t.Error("the choices are not kept")
	}
	for _, to := range []string{"https://evil.example/", "//evil.example", `/\evil.example`, "javascript:alert(1)"} {
		if a := w.post(t, "/preferences", url.Values{"return": {to}}); a.header.Get("Location") != "/" {
			t.Errorf("preferences lead to %s", a.header.Get("Location"))
		}
	}
	for _, header := range [][]string{{"Sec-Fetch-Site", "cross-site"}, {"Origin", "https://evil.example"}} {
		if a := w.post(t, "/preferences", url.Values{"lang": {"ja"}}, header...); a.status != http.StatusForbidden || len(a.header["Set-Cookie"]) > 0 {
			t.Errorf("a form of another site gets %d", a.status)
		}
	}
	if a := w.post(t, "/preferences", url.Values{"return": {strings.Repeat("x", 600<<10)}}); a.status != http.StatusBadRequest {
		t.Errorf("a form that is too large gets %d", a.status)
	}
	if a := w.get(t, "/accounts", "Accept-Encoding", "gzip"); a.header.Get("Content-Encoding") != "gzip" || !strings.Contains(a.body, "</html>") {
		t.Error("the page is not compressed")
	}
}

// countsCalls holds the list's number of open calls against the calls.
func (w *world) countsCalls(t *testing.T) {
	ctx := context.Background()
	page, err := w.app.Lake.List(ctx, lake.ListQuery{Kind: minori.Account, Columns: []string{evaluate.CallsColumn}, Sort: evaluate.CallsColumn, Desc: true})
	if err != nil {
		t.Fatal(err)
	}
	for _, row := range page.Rows[:10] {
		_, n, err := w.app.Actions.List(ctx, minori.System(), action.Filter{Subject: row.Subject, Status: action.AnyOpen}, minori.Page{})
		if err != nil {
			t.Fatal(err)
		}
		if n == 0 || float64(n) != row.Cells[0].Num {
			t.Errorf("%s has %d open calls, the list says %v", row.Key, n, row.Cells[0].Num)
		}
	}
}

// newDefinitions reads the list between a change of the definitions and the
// next evaluation.
func (w *world) newDefinitions(t *testing.T) {
	const field = "kind: Field\nname: account.shoe_size\ntitle: Shoe size\ntype: number\n"
	if _, err := w.app.Apply(context.Background(), minori.System(), []resource.File{{Name: "new.yaml", Data: []byte(field)}}, false, "", nil); err != nil {
		t.Fatal(err)
	}
	for path, want := range map[string]int{
		"/accounts": http.StatusOK, "/accounts?sort=field:account.shoe_size": http.StatusOK, "/accounts?f=below+field:account.shoe_size+40": http.StatusBadRequest,
	} {
		if a := w.get(t, path); a.status != want {
			t.Errorf("%s: status %d, want %d", path, a.status, want)
		}
	}
}
