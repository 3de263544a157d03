package main

import (
	"context"
	"fmt"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
)

// desk is one person at a browser.
type desk struct {
	t   *testing.T
	ctx context.Context
	url string // of the server
}

// step does things, of which none may fail or take longer than a minute: one
// that waits for ever is then told by name, with what the page says.
func (d desk) step(name string, actions ...chromedp.Action[chromedp.Void]) {
	d.t.Helper()
	ctx, cancel := context.WithTimeout(d.ctx, time.Minute)
	defer cancel()
	if err := chromedp.Do(ctx, actions...); err != nil {
		d.t.Errorf("%s: %v", name, err)
		d.t.Fatalf("the page %s says: %.1000s", d.at(), d.js(`document.querySelector("main").innerText`))
	}
}

// js gives what an expression of the page is, as text.
func (d desk) js(expression string) string {
	d.t.Helper()
	ctx, cancel := context.WithTimeout(d.ctx, time.Minute)
	defer cancel()
	text, err := chromedp.Run(ctx, chromedp.Evaluate[string]("String("+expression+")"))
	if err != nil {
		d.t.Fatalf("asking the page for %s: %v", expression, err)
	}
	return text
}

// at gives the present address without the server.
func (d desk) at() string { return strings.TrimPrefix(d.js(`location.href`), d.url) }

// open goes to a page.
func (d desk) open(path string) {
	d.t.Helper()
	visit(d.t, d.ctx, d.url+path)
}

// sees waits for texts.
func (d desk) sees(texts ...string) {
	d.t.Helper()
	for _, text := range texts {
		d.step("looking for "+text, shows(text))
	}
}

// follow does what leads to another page, and waits for it.
func (d desk) follow(name string, actions ...chromedp.Action[chromedp.Void]) {
	d.t.Helper()
	d.step(name, becomes(`document.documentElement.dataset.left = "1"`))
	d.step(name, actions...)
	d.step(name, becomes(`!document.documentElement.dataset.left && document.querySelector("h1") && `+settled))
}

// reload asks for the page again.
func (d desk) reload() {
	d.t.Helper()
	d.follow("reloading", becomes(`location.reload() || true`))
}

// typed types a text into a field in place of what is there.
func typed(selector, text string) chromedp.Action[chromedp.Void] {
	return func(ctx context.Context, tab *chromedp.Target) (chromedp.Void, error) {
		return chromedp.Void{}, chromedp.Do(ctx, visible(selector),
			becomes("("+found(selector)+").select?.() || true"), keyed(selector, text))
	}
}

// chosen chooses an option of a select, or gives a date to a field.
func chosen(selector, value string) chromedp.Action[chromedp.Void] {
	return becomes(fmt.Sprintf(`(e => { if (!e) return false; e.value = %q; ["input", "change"].forEach(n => e.dispatchEvent(new Event(n, {bubbles: true}))); return e.value === %q })(document.querySelector(%q))`, value, value, selector))
}

// gone waits until the page no longer has a text.
func gone(text string) chromedp.Action[chromedp.Void] {
	return becomes("!document.body.innerText.includes(" + strconv.Quote(text) + ")")
}

// theirPassword is every user's password in these tests.
const theirPassword = "correct horse battery"

// signIn signs in on the sign-in page.
func (d desk) signIn(email, password string) {
	d.t.Helper()
	d.follow("signing in", typed("#field-email", email), typed("#field-password", password), clicked("main form button"))
}

// signOut signs out by the menu.
func (d desk) signOut() {
	d.t.Helper()
	d.step("the menu", clicked(`header details.menu summary[aria-label*=","]`))
	d.follow("signing out", clicked(`form[action="/sign-out"] button`))
}

// serveCompany serves a sample company whose last evaluation is yesterday's, to
// two users: ao, an administrator, and kumi, a CSM.
func serveCompany(t *testing.T) (s *server, data string) {
	t.Helper()
	data = filepath.Join(t.TempDir(), "data")
	day := func(ago int) string { return time.Now().AddDate(0, 0, -ago).Format(time.DateOnly) }
	ok(t, "sample", "--data", data, "--accounts", "40", "--days", "150", "--end", day(1))
	ok(t, "evaluate", "--data", data, "--as-of", day(1))
	for _, u := range [][]string{{"ao@example.com", "--role", "admin"}, {"kumi@example.com", "--role", "csm"}} {
		ok(t, append(append([]string{"user", "add"}, u...), "--data", data)...)
		if code, out := tell(t, theirPassword+"\n", "user", "password", u[0], "--data", data); code != exitDone {
			t.Fatal(out)
		}
	}
	return serveData(t, data), data
}

// TestBrowserFlows works through what people do in a day, from outside, on a
// served workspace.
func TestBrowserFlows(t *testing.T) {
	s, data := serveCompany(t)
	expected := []string{"401 (Unauthorized)", "409 (Conflict)", "text/event-stream"}
	ctx := openBrowser(t, 6*time.Minute, expected...)
	ao := desk{t, ctx, s.url}
	ao.open("/accounts")
	ao.signIn("ao@example.com", theirPassword)
	kumi := desk{t, another(t, ctx, "401 (Unauthorized)"), s.url}
	kumi.open("/cockpit?view=all")
	kumi.signIn("kumi@example.com", theirPassword)
	if at := kumi.at(); at != "/cockpit?view=all" {
		t.Errorf("signing in led to %s, not to the page that was asked for", at)
	}
	for _, f := range []struct {
		name string
		do   func(*testing.T, desk, desk, string)
	}{
		{"a view of the accounts", flowView}, {"a score by hand", flowOverride}, {"a rule", flowRule}, {"two at once", flowConflict},
		{"a call to its close", flowCall}, {"language and theme", flowPreferences}, {"a telephone", flowPhone}, {"a lost session", flowLost},
	} {
		t.Run(f.name, func(t *testing.T) {
			ao, kumi := ao, kumi
			ao.t, kumi.t = t, t
			f.do(t, ao, kumi, data)
		})
	}
}

// count gives how many accounts the page counts in a place.
func (d desk) count(selector string) string {
	d.t.Helper()
	return d.js(`document.querySelector(` + strconv.Quote(selector) + `)?.textContent.match(/\d+/)?.[0] ?? ""`)
}

// flowView filters the accounts, saves that as a view, changes its columns and
// shares it.
func flowView(t *testing.T, d, other desk, _ string) {
	d.open("/accounts")
	all := d.count(".filter-count")
	if all != "40" {
		t.Fatalf("%s accounts are listed of 40", all)
	}
	d.step("a condition", clicked(".filter-add summary"), chosen("#field-field", "score:health"), becomes(settled),
		chosen(`#condition-rest select[name="op"]`, "below"), typed(`#condition-rest input[name="value"]`, "1"), shows("Matches: 0 accounts"))
	d.step("more of it", keyed(`#condition-rest input[name="value"]`, "00"), shows("Matches: 40 accounts"))
	d.step("less of it", typed(`#condition-rest input[name="value"]`, "80"), becomes(`/Matches: (?!40 |0 )\d+ accounts/.test(document.body.innerText)`))
	typing := d.count("#condition-count")
	d.follow("the list", clicked(".filter-form .button-primary"))
	if got := d.count(".filter-count"); got != typing {
		t.Errorf("%s accounts are listed, %s were counted while typing", got, typing)
	}
	d.sees("Health score is below 80")

	d.step("the menu of views", clicked(".list-tools details.menu:first-child summary"), typed(`form[action="/views"] input[name="name"]`, "Below eighty"))
	d.follow("saving", clicked(`form[action="/views"] button`))
	d.sees("Saved the view “Below eighty”.")
	d.reload()
	d.open("/accounts?view=all")
	d.follow("the view again", clicked(`//nav[contains(@class, "tabs")]/a[contains(., "Below eighty")]`))
	d.sees("Health score is below 80")
	if got := d.count(".filter-count"); got != typing {
		t.Errorf("the view has %s accounts, %s were filtered", got, typing)
	}
	if heads := d.js(`document.querySelector("thead").innerText`); strings.Contains(heads, "Country") {
		t.Fatalf("the list has the column already: %s", heads)
	}
	d.step("columns", clicked(".columns-menu summary"), clicked(`.columns-menu input[value="field:account.country"]`))
	d.follow("with a column more", clicked(".columns-actions .button-primary"))
	const country = `[...document.querySelectorAll("thead th")].some(th => th.innerText.includes("Country"))`
	d.step("the column", becomes(country))
	d.step("the menu", clicked(".list-tools details.menu:first-child summary"))
	d.follow("saving what changed", clicked(`form[action^="/views/"] .button-primary`))
	d.reload()
	d.step("the column stays", becomes(country))

	other.open("/accounts")
	if strings.Contains(other.js(`document.querySelector(".list-views").innerText`), "Below eighty") {
		t.Error("another user sees a private view")
	}
	d.step("the menu", clicked(".list-tools details.menu:first-child summary"))
	d.follow("about the view", clicked(`.list-tools a[href^="/views/"]`))
	d.step("sharing", clicked(`main input[name="shared"]`))
	d.follow("saving", clicked(`//main//button[contains(., "Save")]`))
	d.sees("Saved the view “Below eighty”.")
	other.reload()
	other.follow("the shared view", clicked(`//nav[contains(@class, "tabs")]/a[contains(., "Below eighty")]`))
	other.sees("Health score is below 80")
	other.step("its column", becomes(country))
}

// flowOverride sets a score by hand, with a reason and an end, and ends it.
func flowOverride(t *testing.T, d, _ desk, data string) {
	d.open("/accounts?view=all")
	account := read(t, d.ctx, href("main a.row-link"))
	page := "/scorecards/health" + account
	today := time.Now().Format(time.DateOnly)
	ok(t, "evaluate", "--data", data, "--as-of", today)
	d.open(page)
	computed := d.js(`document.querySelector(".bars-total > td:last-child").innerText`)
	until := time.Now().AddDate(0, 0, 14)
	d.step("by hand", clicked(`//summary[contains(., "Set the score by hand")]`), typed("#field-value", "12"),
		typed("#field-reason", "The sponsor has left."), chosen("#field-until", until.Format(time.DateOnly)))
	d.follow("setting it", clicked(`form[action$="/override"] button`))
	d.sees("The score is set by hand. It counts from the next evaluation on.", "The sponsor has left.", until.Format("2 Jan 2006"))
	ok(t, "evaluate", "--data", data, "--as-of", today)
	d.open(page)
	d.sees("The sponsor has left.", "Computed score")
	if both := d.js(`document.getElementById("override").innerText + document.querySelector(".bars-total > td:last-child").innerText`); !strings.Contains(both, computed) || !strings.Contains(both, "12.0") {
		t.Errorf("the score by hand does not stand beside the computed %s: %s", computed, both)
	}
	d.open("/accounts?view=all")
	d.step("in the list", becomes(fmt.Sprintf(`/\b12\b/.test(document.querySelector('main a.row-link[href=%q]').closest("tr").innerText)`, account)))
	d.open(account)
	d.step("on its page", becomes(`/\b12\b/.test(document.querySelector("main header, main .page-head, main").innerText)`))
	d.open(page)
	d.follow("ending it", clicked(`form[action$="/override/clear"] button`))
	d.sees("The manual score has ended.")
	ok(t, "evaluate", "--data", data, "--as-of", today)
	d.open(page)
	d.step("no longer", becomes(`!document.querySelector('form[action$="/override/clear"]')`))
	d.sees("Earlier manual scores")
	if now := d.js(`document.querySelector(".bars-total > td:last-child").innerText`); now != computed {
		t.Errorf("the score is %s again, it was %s before", now, computed)
	}
}
