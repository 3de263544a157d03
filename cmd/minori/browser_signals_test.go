package main

import (
	"context"
	"testing"

	"github.com/chromedp/chromedp"
)

// browseSignals plays the customer on the demo's page: the calls to action
// appear by themselves, without the page being asked for again.
func browseSignals(t *testing.T, ctx context.Context, url string) {
	t.Helper()
	step := func(name string, actions ...chromedp.Action[chromedp.Void]) {
		t.Helper()
		if err := chromedp.Do(ctx, actions...); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
	}
	const played = `document.querySelector("#played")?.innerText ?? ""`
	step("usage drops", chromedp.Navigate(url+"/demo?account=A000002"), visible(`form[action$="/usage-drops"]`),
		clicked(`form[action$="/usage-drops"] button`), becomes(`(`+played+`).includes("Usage drops")`),
		becomes(`/Many users deactivated\s+opened after [\d.]+ s/.test(`+played+`)`))
	step("an urgent ticket", clicked(`form[action$="/urgent-ticket"] button`), becomes(`(`+played+`).startsWith("What happened") && (`+played+`).includes("Urgent ticket")`),
		becomes(`/Urgent ticket open\s+(opened after [\d.]+ s|was open already)/.test(`+played+`)`))
}
