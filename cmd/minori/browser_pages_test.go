package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
)

// sight is one page as people open it.
type sight struct{ name, path string }

// sights lists the pages of the interface, with an account, an employee and a
// call to action that the company has.
func sights(t *testing.T, ctx context.Context, url string) []sight {
	t.Helper()
	first := func(page, selector string) string {
		t.Helper()
		if err := chromedp.Do(ctx, chromedp.Navigate(url+page), visible(selector)); err != nil {
			t.Fatalf("%s: %v", page, err)
		}
		return read(t, ctx, href(selector))
	}
	account, person := first("/accounts", "main a.row-link"), first("/people", "main a.row-link")
	call := first("/cockpit?view=all", "#calls a.row-link")
	board := first("/dashboards", `main a[href^="/dashboards/"]`)
	return []sight{
		{"home", "/"},
		{"cockpit", "/cockpit"},
		{"cockpit-all", "/cockpit?view=all"},
		{"team", "/cockpit/team"},
		{"call", call},
		{"accounts", "/accounts"},
		{"account", account},
		{"account-usage", account + "?tab=usage"},
		{"account-timeline", account + "?tab=timeline"},
		{"account-people", account + "?tab=people"},
		{"account-past", account + "?as_of=" + time.Now().AddDate(0, -1, 0).Format(time.DateOnly)},
		{"timeline-new", account + "/timeline/new"},
		{"people", "/people"},
		{"person", person},
		{"hidden-risk", "/hidden-risk"},
		{"scorecards", "/scorecards"},
		{"scorecard", "/scorecards/health"},
		{"scorecard-heat", "/scorecards/health/heat"},
		{"scorecard-edit", "/scorecards/health/edit"},
		{"scorecard-account", "/scorecards/health" + account},
		{"rules", "/rules"},
		{"rule", "/rules/health-red"},
		{"rule-edit", "/rules/health-red/edit"},
		{"playbooks", "/playbooks"},
		{"playbook", "/playbooks/renewal"},
		{"playbook-edit", "/playbooks/renewal/edit"},
		{"segments", "/segments"},
		{"segment", "/segments/large-accounts"},
		{"segment-edit", "/segments/large-accounts/edit"},
		{"dashboards", "/dashboards"},
		{"dashboard", board},
		{"retention", "/retention"},
		{"workspace", "/workspace"},
		{"definitions", "/workspace/definitions"},
		{"version", "/workspace/1"},
		{"notifications", "/notifications"},
		{"notification-settings", "/notifications/preferences"},
		{"search", "/search?q=a"},
		{"settings", "/settings"},
		{"security", "/settings/security"},
		{"users", "/settings/users"},
		{"user-new", "/settings/users/new"},
		{"audit", "/settings/audit"},
		{"webhooks", "/settings/webhooks"},
		{"webhook-new", "/settings/webhooks/new"},
		{"data", "/data"},
	}
}

// prefer chooses a language and a theme, as the buttons of the frame do.
func prefer(t *testing.T, ctx context.Context, lang, theme string) {
	t.Helper()
	const ask = `fetch("/preferences", {method: "POST", body: new URLSearchParams({lang: %q, theme: %q, return: "/workspace"})}).then(r => r.status)`
	if got := read(t, ctx, chromedp.Evaluate[int](fmt.Sprintf(ask, lang, theme), chromedp.EvalAwaitPromise)); got != 200 {
		t.Fatalf("choosing %s and %s answers %d", lang, theme, got)
	}
}

// settled waits until a page asks for nothing more and stands still.
const settled = `document.readyState === "complete" && document.fonts.status === "loaded" &&
	document.querySelectorAll(".htmx-request").length === 0 &&
	document.getAnimations().every(a => a.playState !== "running" || a.effect.getTiming().iterations === Infinity)`

// visit opens a page and waits until it is there in full.
func visit(t *testing.T, ctx context.Context, url string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(ctx, 15*time.Second)
	defer cancel()
	if err := chromedp.Do(ctx, chromedp.Navigate(url), visible("h1"), becomes(settled)); err != nil {
		t.Fatalf("%s: %v", url, err)
	}
}

// TestScreenshots takes pictures of every page for people to look at, where
// MINORI_SCREENSHOTS names the folder they go to (make screenshots).
func TestScreenshots(t *testing.T) {
	dir := os.Getenv("MINORI_SCREENSHOTS")
	if dir == "" {
		t.Skip("MINORI_SCREENSHOTS names no folder")
	}
	url := os.Getenv("MINORI_SCREENSHOTS_OF")
	if url == "" {
		url = startDemo(t, "--accounts", "200", "--days", "400")
	}
	ctx := openBrowser(t, 15*time.Minute)
	pages := sights(t, ctx, url)
	for _, lang := range []string{"en", "ja"} {
		for _, theme := range []string{"light", "dark"} {
			prefer(t, ctx, lang, theme)
			for _, width := range []int64{1280, 390} {
				for _, p := range pages {
					if width < 500 && theme == "dark" {
						continue
					}
					if err := chromedp.Do(ctx, chromedp.EmulateViewport(width, 900)); err != nil {
						t.Fatal(err)
					}
					visit(t, ctx, url+p.path)
					// What is below the fold loads when it is scrolled to.
					read(t, ctx, chromedp.Evaluate[bool](`window.scrollTo(0, document.body.scrollHeight); true`))
					if err := chromedp.Do(ctx, becomes(settled)); err != nil {
						t.Fatal(err)
					}
					read(t, ctx, chromedp.Evaluate[bool](`window.scrollTo(0, 0); true`))
					time.Sleep(250 * time.Millisecond) // charts draw on a canvas, which no selector sees
					picture := read(t, ctx, chromedp.FullScreenshot(100))
					name := fmt.Sprintf("%s-%s-%s-%d.png", p.name, lang, theme, width)
					if err := os.WriteFile(filepath.Join(dir, name), picture, 0o644); err != nil {
						t.Fatal(err)
					}
				}
			}
		}
	}
}
