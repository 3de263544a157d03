package main

import (
	"fmt"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
)

// edited is what the text of the editor holds.
const edited = `document.getElementById("edit-text").value`

// holds waits until the page has a text, shown or folded away.
func holds(text string) chromedp.Action[chromedp.Void] {
	return becomes("document.body.textContent.includes(" + strconv.Quote(text) + ")")
}

// flowRule edits a rule in the form, is told of a mistake, looks at what it
// would have done, and applies it.
func flowRule(t *testing.T, d, _ desk, _ string) {
	d.open("/rules/health-red")
	d.follow("the editor", clicked(`main a[href$="/edit"]`))
	d.step("a mistake", typed(`[name="f:when"]`, `band("helth") == "red"`), becomes(edited+`.includes("helth")`))
	d.sees("To mend: 1", "Line 5, column 12", `There is no scorecard "helth", did you mean "health"?`)
	if at := d.js(`document.querySelector("#edit-result [data-line]").dataset.line`); at != "5" {
		t.Errorf("the mistake is said to be in line %s", at)
	}
	d.step("the way to it", clicked("#edit-result [data-line]"), becomes(`document.activeElement.id === "edit-text" &&
		document.activeElement.value.slice(0, document.activeElement.selectionStart).split("\n").length === 5`))
	d.step("mended", typed(`[name="f:when"]`, `band("health") == "red"`), gone("To mend"), typed(`[name="f:for"]`, "3d"), becomes(edited+`.includes("for: 3d")`))
	d.sees("This can be applied.", "+for: 3d")

	ago := func(days int) string { return time.Now().AddDate(0, 0, -days).Format(time.DateOnly) }
	d.step("what it would have done", chosen("#field-from", ago(90)), chosen("#field-to", ago(1)), becomes(settled), clicked(`button[value="history"]`),
		visible("#edit-history canvas, #edit-history .chart svg"), becomes(settled))
	if !strings.Contains(d.js(`document.getElementById("edit-history").innerText`), "Episodes") {
		t.Error("the preview tells of no episodes")
	}
	d.step("a word on it", typed("#field-comment", "Three days are enough."))
	d.follow("applying", clicked(`button[value="apply"]`))
	d.sees("Applied as version 2")
	d.reload()
	d.step("in its text", holds("for: 3d"))
	d.open("/workspace")
	d.sees("Three days are enough.")
	d.open("/workspace/2")
	d.sees("+for: 3d", "-for: 7d")
}

// flowConflict has two windows save the same rule.
func flowConflict(t *testing.T, d, _ desk, _ string) {
	second := desk{t, another(t, d.ctx, "409 (Conflict)"), d.url}
	const page = "/rules/health-red/edit"
	second.open(page)
	second.signIn("ao@example.com", theirPassword)
	d.open(page)
	const cooldown = `[name="f:cooldown"]`
	d.step("one", typed(cooldown, "60d"), becomes(edited+`.includes("cooldown: 60d")`))
	d.follow("saving", clicked(`button[value="apply"]`))
	d.sees("Applied as version 3")
	second.step("the other", typed(cooldown, "50d"), becomes(edited+`.includes("cooldown: 50d")`))
	second.follow("saving", clicked(`button[value="apply"]`))
	second.sees("Somebody else changed this while you were editing", "See version 3", "-cooldown: 60d", "+cooldown: 50d")
	if got := second.js(`document.querySelector('` + cooldown + `').value`); got != "50d" {
		t.Errorf("the form of the second holds %q", got)
	}
	second.follow("all the same", clicked(`button[value="apply"]`))
	second.sees("Applied as version 4")
	d.open("/rules/health-red")
	d.step("in its text", holds("cooldown: 50d"))
}

// flowCall works a call from its opening to its close, while another works too.
func flowCall(t *testing.T, colleague, d desk, _ string) {
	const list = "/cockpit?view=all"
	d.open(list)
	d.step("two calls", press("j", "x", "j", "x"), becomes(selected+" === 2"), becomes(`document.querySelector("#calls table").dataset.seen = "1"`))
	last := d.js(`[...document.querySelectorAll("#calls a.row-link")].at(-1).getAttribute("href")`)
	colleague.open(last)
	colleague.step("a colleague's comment", typed("#field-comment", "The colleague was here."))
	colleague.follow("saving it", clicked(`form[action$="/comment"] button`))
	d.step("the list is read again", becomes(`!document.querySelector("#calls table[data-seen]")`), becomes(selected+" === 2"), shows("2 selected"))
	d.step("priority", press("p"), becomes(`document.activeElement.value?.startsWith("priority:")`), clicked(`#bulk button[value="priority:low"]`), shows("2 calls"), becomes(selected+" === 0"))
	said := d.js(`document.getElementById("work-notice").innerText`)
	d.step("a page read again keeps what was said", becomes(`document.querySelector("main h1").dataset.seen = "1"`),
		becomes(`document.body.dispatchEvent(new CustomEvent("scores"))`), becomes(`!document.querySelector("main h1[data-seen]")`))
	if now := d.js(`document.getElementById("work-notice").innerText`); now != said {
		t.Errorf("after %q the page says %q", said, now)
	}
	d.step("taking it back", press("z"), shows("2 calls are as they were before"))

	d.open(last)
	d.sees("The colleague was here.")
	who := d.js(`[...document.querySelector("#field-owner").options].filter(o => o.value && !o.selected)[0].value`)
	name := d.js(fmt.Sprintf(`[...document.querySelector("#field-owner").options].find(o => o.value === %q).innerText.split(" (")[0].trim()`, who))
	d.step("another owner", chosen("#field-owner", who))
	d.follow("assigning", clicked(`form[action$="/assign"] button`))
	d.sees(name)
	until := time.Now().AddDate(0, 0, 10)
	d.step("for later", chosen("#field-until", until.Format(time.DateOnly)))
	d.follow("snoozing", clicked(`form[action$="/snooze"] button`))
	d.sees(until.Format("2 Jan 2006"))
	d.step("a comment", typed("#field-comment", "Asked for a date."))
	d.follow("commenting", clicked(`form[action$="/comment"] button`))
	d.step("its result", chosen("#field-result", "success"), typed("#field-closing", "They renew."))
	d.follow("closing", clicked(`form[action$="/close"] button`))
	d.reload()
	d.sees("They renew.", "Asked for a date.", "The colleague was here.")
	d.step("it is closed", becomes(`!document.querySelector('form[action$="/close"]')`))
	d.open(list)
	d.step("it is off the list", becomes(fmt.Sprintf(`!document.querySelector('#calls a[href=%q]')`, last)))
}

// flowPreferences changes language and theme, which a new session finds.
func flowPreferences(t *testing.T, _, d desk, _ string) {
	d.open("/scorecards")
	theme := func(value string) {
		t.Helper()
		d.step("the theme", clicked(`header details.menu:has([name="theme"]) summary`), clicked(`header [name="theme"][value="`+value+`"]`),
			becomes(`document.documentElement.dataset.theme === "`+value+`"`))
		waitFor(t, "a page in theme "+value, func() bool {
			d.reload()
			return d.js(`document.documentElement.dataset.theme`) == value
		})
	}
	d.follow("Japanese", clicked(`header button[name="lang"][value="ja"]`))
	theme("dark")
	later := desk{t, another(t, d.ctx), d.url}
	later.open("/sign-in")
	later.signIn("kumi@example.com", theirPassword)
	for _, one := range []desk{d, later} {
		if got := one.js(`document.documentElement.lang + " " + document.documentElement.dataset.theme`); got != "ja dark" {
			t.Errorf("the page is %s", got)
		}
	}
	later.sees("スコアカード")
	dark := d.js(`getComputedStyle(document.body).color`)
	theme("light")
	d.follow("English", clicked(`header button[name="lang"][value="en"]`))
	d.sees("Scorecards")
	if got := d.js(`getComputedStyle(document.body).color`); got == dark {
		t.Errorf("light and dark write in the same colour %s", got)
	}
	later.reload()
	if got := later.js(`document.documentElement.lang + " " + document.documentElement.dataset.theme`); got != "en light" {
		t.Errorf("the later session is %s", got)
	}
}

// flowLost loses the session while something is typed.
func flowLost(t *testing.T, d, _ desk, _ string) {
	lose := func() {
		t.Helper()
		elsewhere := desk{t, another(t, d.ctx, "401 (Unauthorized)", "text/event-stream"), d.url}
		elsewhere.open("/settings/security")
		elsewhere.signIn("ao@example.com", theirPassword)
		elsewhere.follow("ending the other sessions", clicked(`form[action$="/revoke-others"] button`))
		elsewhere.sees("All other sessions have ended.")
	}
	d.open("/cockpit?view=all")
	d.open(d.js(`document.querySelector("#calls a.row-link").getAttribute("href")`))
	call := d.at()
	d.step("a comment", typed("#field-comment", "Typed before the session ended: 約束です。"))
	lose()
	d.follow("sending it", clicked(`form[action$="/comment"] button`))
	d.sees("You are no longer signed in", "What you entered is kept on this page.")
	d.signIn("ao@example.com", theirPassword)
	d.sees("Send what you entered?", "Typed before the session ended: 約束です。")
	d.follow("sending it again", clicked("main form button"))
	if at := d.at(); at != call {
		t.Errorf("sending again led to %s, not to %s", at, call)
	}
	d.reload()
	d.sees("Typed before the session ended: 約束です。")

	// A page on which nothing was typed would lead to the sign-in with the next thing it asks for.
	d.open("/rules/health-red/edit")
	d.step("typing", typed(`[name="f:cooldown"]`, "3"), becomes(edited+`.includes("cooldown: 3")`))
	lose()
	d.step("typing on", keyed(`[name="f:cooldown"]`, "3d"), shows("You are no longer signed in"),
		becomes(`document.querySelector('[name="f:cooldown"]').value === "33d"`))
	d.follow("sending it", clicked(`button[value="apply"]`))
	d.sees("What you entered is kept on this page.")
	d.signIn("ao@example.com", theirPassword)
	d.follow("sending it again", clicked("main form button"))
	d.sees("Applied as version")
	d.step("in its text", holds("cooldown: 33d"))
}

// flowPhone opens every page on a telephone: none is wider than it, and the
// places are at hand.
func flowPhone(t *testing.T, d, _ desk, _ string) {
	pages := sights(t, d.ctx, d.url)
	d.step("a telephone", chromedp.EmulateViewport(390, 844))
	for _, p := range pages {
		d.open(p.path)
		if wide := d.js(`document.documentElement.scrollWidth`); wide != "390" {
			t.Errorf("%s is %s px wide at 390 px: %s", p.name, wide, d.js(`[...document.querySelectorAll("main *")].filter(e => e.getBoundingClientRect().right > 391).slice(0, 3).map(e => e.outerHTML.slice(0, 120)).join(" … ")`))
		}
		const reached = `(() => { const r = document.querySelector("nav.bottom a").getBoundingClientRect();
			return document.querySelector("nav.bottom").contains(document.elementFromPoint(r.x + r.width / 2, r.y + r.height / 2)) })()`
		if d.js(reached) != "true" {
			t.Errorf("%s: the places are not at hand", p.name)
		}
	}
	d.step("more places", clicked("nav.bottom summary"), visible(`nav.bottom a[href="/dashboards"]`))
	d.follow("one of them", clicked(`nav.bottom a[href="/dashboards"]`))
	d.sees("Dashboards")
}
