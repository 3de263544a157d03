package main

import (
	"context"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
)

// startDemo starts the demo as a user does and gives its address, once it has
// evaluated all accounts as of now.
func startDemo(t *testing.T, args ...string) string {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	cmd := program(ctx, "", append([]string{"demo", "--data", filepath.Join(t.TempDir(), "demo"), "--addr", "127.0.0.1:0"}, args...)...)
	cmd.Cancel = func() error { return cmd.Process.Signal(os.Interrupt) }
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { cancel(); _ = cmd.Wait() })
	found := make(chan string, 1)
	go func() {
		var text strings.Builder
		buf := make([]byte, 4096)
		for {
			n, err := out.Read(buf)
			text.Write(buf[:n])
			if m := regexp.MustCompile(`http://\S+`).FindString(text.String()); m != "" {
				found <- m
				return
			}
			if err != nil {
				return
			}
		}
	}()
	select {
	case url := <-found:
		evaluatedOnce(t, url)
		return url
	case <-time.After(2 * time.Minute):
		t.Fatal("the demo did not print its address within two minutes")
		return ""
	}
}

// evaluatedOnce waits until a server has evaluated all accounts by itself.
func evaluatedOnce(t *testing.T, url string) {
	t.Helper()
	counted := regexp.MustCompile(`minori_evaluation_duration_seconds_count{kind="full"} [1-9]`)
	for end := time.Now().Add(time.Minute); ; time.Sleep(100 * time.Millisecond) {
		resp, err := http.Get(url + "/metrics")
		if err != nil {
			t.Fatal(err)
		}
		text, err := io.ReadAll(resp.Body)
		_ = resp.Body.Close()
		if err == nil && counted.Match(text) {
			return
		}
		if time.Now().After(end) {
			t.Fatalf("the server evaluated nothing by itself within a minute: %v", err)
		}
	}
}

// openBrowser starts Chromium; every message of the console that is an error
// fails the test, but for those with one of the expected words.
func openBrowser(t *testing.T, most time.Duration, expected ...string) context.Context {
	t.Helper()
	path, err := exec.LookPath("chromium")
	if err != nil {
		t.Fatal("the browser tests need Chromium: run scripts/deps.sh")
	}
	opts := append(chromedp.DefaultExecAllocatorOptions[:], chromedp.ExecPath(path), chromedp.NoSandbox,
		chromedp.Flag("disable-quic", true), chromedp.Flag("disable-component-update", true), chromedp.WindowSize(1280, 1000))
	ctx, cancel := chromedp.NewExecAllocator(context.Background(), opts...)
	t.Cleanup(cancel)
	ctx, cancel = chromedp.NewContext(ctx)
	t.Cleanup(cancel)
	ctx, cancel = context.WithTimeout(ctx, most)
	t.Cleanup(cancel)
	listen(t, ctx, expected)
	return ctx
}

// another opens a window that knows nothing of the first one's cookies, as a
// second person's browser or a browser started anew.
func another(t *testing.T, ctx context.Context, expected ...string) context.Context {
	t.Helper()
	ctx, cancel := chromedp.NewContext(ctx, chromedp.WithNewBrowserContext())
	t.Cleanup(cancel)
	listen(t, ctx, expected)
	return ctx
}

// listen opens the window and fails the test by what its console says.
func listen(t *testing.T, ctx context.Context, expected []string) {
	t.Helper()
	if err := chromedp.Do(ctx); err != nil {
		t.Fatalf("starting Chromium: %v", err)
	}
	err := chromedp.Listen(ctx, func(ev any) {
		switch e := ev.(type) {
		case *runtime.EventExceptionThrown:
			t.Errorf("the page threw: %s", e.ExceptionDetails.Text)
		case *log.EventEntryAdded:
			is := func(words string) bool { return strings.Contains(e.Entry.Text, words) }
			if e.Entry.Level == log.EntryLevelError && !slices.ContainsFunc(expected, is) {
				t.Errorf("the browser reports: %s %s", e.Entry.Text, e.Entry.URL)
			}
		}
	})
	if err != nil {
		t.Fatal(err)
	}
}

// read runs an action and gives what it found.
func read[T any](t *testing.T, ctx context.Context, a chromedp.Action[T]) T {
	t.Helper()
	v, err := chromedp.Run(ctx, a)
	if err != nil {
		t.Fatal(err)
	}
	return v
}

// shows waits until the page has a text.
func shows(text string) chromedp.Action[chromedp.Void] {
	return becomes("document.body.innerText.includes(" + strconv.Quote(text) + ")")
}

func TestBrowser(t *testing.T) {
	url := startDemo(t, "--accounts", "40", "--days", "150")
	ctx := openBrowser(t, 3*time.Minute)
	step := func(name string, actions ...chromedp.Action[chromedp.Void]) {
		t.Helper()
		if err := chromedp.Do(ctx, actions...); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
	}
	step("the accounts", chromedp.Navigate(url+"/accounts"), visible("a.row-link"))
	if read(t, ctx, chromedp.Evaluate[bool](`document.body.innerText.includes("make assets")`)) {
		t.Fatal("the browser's files were not built: run make assets before this test")
	}
	if got := read(t, ctx, chromedp.Evaluate[string](`document.querySelector("h1").innerText`)); got != "Accounts" {
		t.Errorf("the first page is %q", got)
	}
	account := read(t, ctx, href("a.row-link"))
	step("an account and its chart", clicked("a.row-link"), visible("canvas, .chart svg"), shows("What the score is made of"))

	step("the cockpit", chromedp.Navigate(url+"/cockpit"), visible(`#calls a[href^="/cockpit/"]`))
	call := read(t, ctx, href(`#calls a[href^="/cockpit/"]`))
	step("closing a call", chromedp.Navigate(url+call), visible("#field-result"),
		chosen("#field-result", "success"), keyed("#field-closing", "The sponsor is back."),
		clicked(`form[action$="/close"] button[type=submit]`), becomes(`!document.querySelector("#field-result")`), shows("The sponsor is back."))
	if read(t, ctx, chromedp.Evaluate[bool](`document.querySelector('form[action$="/close"]') !== null`)) {
		t.Error("a closed call can still be closed")
	}

	browseWork(t, ctx, url)
	browseSignals(t, ctx, url)

	step("a scorecard", chromedp.Navigate(url+"/scorecards/health"), visible(`.top button[name=lang], header button[name=lang]`))
	step("Japanese", clicked(`header button[name=lang][value=ja]`), visible("html[lang=ja] h1"))
	if got := read(t, ctx, chromedp.Evaluate[string](`document.querySelector("h1").innerText`)); got != "ヘルススコア" {
		t.Errorf("the heading in Japanese is %q", got)
	}
	for _, p := range []string{"/", "/accounts", account, "/cockpit", "/cockpit/team", "/hidden-risk", "/scorecards/health", "/rules", "/retention", "/workspace"} {
		step(p+" at 390 px", chromedp.EmulateViewport(390, 844), chromedp.Navigate(url+p), visible("h1"))
		if wide := read(t, ctx, chromedp.Evaluate[float64](`document.documentElement.scrollWidth`)); wide > 391 {
			t.Errorf("%s is %.0f px wide at 390 px", p, wide)
		}
	}
}
