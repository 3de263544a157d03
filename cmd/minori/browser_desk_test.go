package main

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
)

// becomes waits until an expression of the page is true, also when the page is
// left for another one meanwhile.
func becomes(expression string) chromedp.Action[chromedp.Void] {
	return func(ctx context.Context, tab *chromedp.Target) (v chromedp.Void, err error) {
		ask := chromedp.Evaluate[bool]("Boolean(" + expression + ")")
		for end := time.Now().Add(30 * time.Second); ; time.Sleep(50 * time.Millisecond) {
			is, err := ask(ctx, tab)
			switch {
			case err == nil && is:
				return v, nil
			case ctx.Err() != nil:
				return v, ctx.Err()
			case time.Now().After(end):
				return v, fmt.Errorf("the page never came to %s (last error: %v)", expression, err)
			}
		}
	}
}

// found writes how a page's script finds an element by CSS selector or XPath.
// The library's own queries are not used: they wait for ever once the library has
// lost the root of a document, as happens when one is left while it is read.
func found(selector string) string {
	at := strconv.Quote(selector)
	if strings.HasPrefix(selector, "//") {
		return "document.evaluate(" + at + ", document, null, XPathResult.FIRST_ORDERED_NODE_TYPE, null).singleNodeValue"
	}
	return "document.querySelector(" + at + ")"
}

// isSeen is whether an element is there and can be seen.
const isSeen = `(e => Boolean(e) && e.getClientRects().length > 0 && getComputedStyle(e).visibility === "visible")`

// visible waits until an element is seen.
func visible(selector string) chromedp.Action[chromedp.Void] {
	return becomes(isSeen + "(" + found(selector) + ")")
}

// clicked clicks on an element once it is seen.
func clicked(selector string) chromedp.Action[chromedp.Void] {
	return func(ctx context.Context, tab *chromedp.Target) (v chromedp.Void, err error) {
		middle := chromedp.Evaluate[[]float64](`(e => {
			if (!` + isSeen + `(e)) return [];
			e.scrollIntoView({block: "center", inline: "center", behavior: "instant"});
			const r = e.getClientRects()[0];
			return [r.x + r.width / 2, r.y + r.height / 2] })(` + found(selector) + ")")
		for end := time.Now().Add(30 * time.Second); ; time.Sleep(50 * time.Millisecond) {
			at, err := middle(ctx, tab)
			switch {
			case err == nil && len(at) == 2:
				return chromedp.MouseClickXY(at[0], at[1])(ctx, tab)
			case ctx.Err() != nil:
				return v, ctx.Err()
			case time.Now().After(end):
				return v, fmt.Errorf("%s is not to be seen (last error: %v)", selector, err)
			}
		}
	}
}

// keyed types into a field behind what is there.
func keyed(selector, text string) chromedp.Action[chromedp.Void] {
	return func(ctx context.Context, tab *chromedp.Target) (chromedp.Void, error) {
		return chromedp.Void{}, chromedp.Do(ctx, visible(selector), becomes("("+found(selector)+").focus() || true"), chromedp.KeyEvent(text))
	}
}

// href gives where a link leads, once it is there.
func href(selector string) chromedp.Action[string] {
	return func(ctx context.Context, tab *chromedp.Target) (string, error) {
		if _, err := becomes(found(selector)+"?.href")(ctx, tab); err != nil {
			return "", err
		}
		return chromedp.Evaluate[string](found(selector)+`.getAttribute("href")`)(ctx, tab)
	}
}

// press sends keys, one after the other.
func press(keys ...string) chromedp.Action[chromedp.Void] {
	return func(ctx context.Context, tab *chromedp.Target) (v chromedp.Void, err error) {
		for _, k := range keys {
			if v, err = chromedp.KeyEvent(k)(ctx, tab); err != nil {
				return v, err
			}
		}
		return v, nil
	}
}

// What the page says about its list of calls.
const (
	listed   = `document.querySelectorAll('#calls tbody tr').length`
	selected = `document.querySelectorAll('#calls input[name=call]:checked').length`
)

// browseWork works calls to action by keyboard: several at once and back
// again, one beside the list, one to its close.
func browseWork(t *testing.T, ctx context.Context, url string) {
	t.Helper()
	step := func(name string, actions ...chromedp.Action[chromedp.Void]) {
		t.Helper()
		if err := chromedp.Do(ctx, actions...); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
	}
	step("the list of calls", chromedp.Navigate(url+"/cockpit?view=all"), visible("#calls a.row-link"))
	before := read(t, ctx, chromedp.Evaluate[int](listed))
	if before < 4 {
		t.Fatalf("%d calls are too few to work on", before)
	}
	step("selecting two", press("j", "x", "j", "x"), becomes(selected+" === 2"), shows("2 selected"))
	step("opening a call beside the list", press("\r"), becomes(`document.querySelector('#drawer .drawer') !== null`), becomes(selected+" === 2"))
	step("and closing it", press("\x1b"), becomes(`document.querySelector('#drawer .drawer') === null`), becomes(selected+" === 2"))
	step("snoozing them", press("s"), becomes(`document.activeElement.value?.startsWith("snooze:")`), press("\r"), shows("2 calls snoozed until"))
	if after := read(t, ctx, chromedp.Evaluate[int](listed)); after != before-2 {
		t.Errorf("%d calls are listed after two of %d were snoozed", after, before)
	}
	step("taking it back", press("z"), shows("2 calls are as they were before"), becomes(fmt.Sprintf("%s === %d", listed, before)))
	step("a fresh list", chromedp.Navigate(url+"/cockpit?view=all"), visible("#calls a.row-link"), press("j"))
	step("with an input method", becomes(`document.body.dispatchEvent(new KeyboardEvent("keydown", {key: "Process", code: "KeyX", bubbles: true, isComposing: true}))`),
		becomes(selected+" === 0"), becomes(`document.body.dispatchEvent(new KeyboardEvent("keydown", {key: "ｘ", code: "KeyX", bubbles: true}))`), becomes(selected+" === 1"),
		press("x"), becomes(selected+" === 0"))
	step("a comment", press("c"), becomes(`document.activeElement.name === "comment"`), press("x", "e", "s"), becomes(selected+" === 0"),
		becomes(`document.activeElement.value === "xes"`), press("\x1b"), becomes(`document.querySelector('#drawer .drawer') === null`))
	step("closing one", press("j", "e"), becomes(`document.activeElement.value === "close:success"`), press("\r"), shows("1 call closed:"))
	if after := read(t, ctx, chromedp.Evaluate[int](listed)); after != before-1 {
		t.Errorf("%d calls are listed after one of %d was closed", after, before)
	}
	step("home", chromedp.Navigate(url+"/"), visible("#home h1"), shows("Wins"))
}
