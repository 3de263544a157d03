package main

import (
	"context"
	"fmt"
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
	step("the list of calls", chromedp.Navigate(url+"/cockpit?view=all"), chromedp.WaitVisible("#calls a.row-link"))
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
	step("a fresh list", chromedp.Navigate(url+"/cockpit?view=all"), chromedp.WaitVisible("#calls a.row-link"), press("j"))
	step("with an input method", becomes(`document.body.dispatchEvent(new KeyboardEvent("keydown", {key: "Process", code: "KeyX", bubbles: true, isComposing: true}))`),
		becomes(selected+" === 0"), becomes(`document.body.dispatchEvent(new KeyboardEvent("keydown", {key: "ｘ", code: "KeyX", bubbles: true}))`), becomes(selected+" === 1"),
		press("x"), becomes(selected+" === 0"))
	step("a comment", press("c"), becomes(`document.activeElement.name === "comment"`), press("x", "e", "s"), becomes(selected+" === 0"),
		becomes(`document.activeElement.value === "xes"`), press("\x1b"), becomes(`document.querySelector('#drawer .drawer') === null`))
	step("closing one", press("j", "e"), becomes(`document.activeElement.value === "close:success"`), press("\r"), shows("1 call closed:"))
	if after := read(t, ctx, chromedp.Evaluate[int](listed)); after != before-1 {
		t.Errorf("%d calls are listed after one of %d was closed", after, before)
	}
	step("home", chromedp.Navigate(url+"/"), chromedp.WaitVisible("#home h1"), shows("Wins"))
}
