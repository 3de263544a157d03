package web_test

import (
	"bytes"
	"compress/gzip"
	"context"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	minori "github.com/minori-hq/minori"
	"github.com/minori-hq/minori/account"
	"github.com/minori-hq/minori/app"
	"github.com/minori-hq/minori/evaluate"
	"github.com/minori-hq/minori/metric"
	"github.com/minori-hq/minori/sample"
)

// hostile is the name of an account that tries to be markup.
const hostile = `<script>alert(1)</script>`

// world is the real program over real stores with a small company, served to
// whoever the test says.
type world struct {
	app  *app.App
	url  string
	data string // its data directory
	log  *bytes.Buffer
	mu   sync.Mutex
	user minori.Actor
}

// lastDay is the last day with data.
var lastDay = minori.Date(2024, time.December, 31)

// newWorld starts the program with a sample company of some accounts, the
// hostile one and weekly evaluations of its last weeks.
func newWorld(t *testing.T, accounts int) *world {
	t.Helper()
	ctx, dir := context.Background(), t.TempDir()
	company := sample.New(sample.Config{Seed: 3, Accounts: accounts, Days: 150, End: lastDay, RawDays: 5})
	now := minori.EndOf(lastDay, company.Location()).At
	cfg := app.Config{Data: dir, Clock: func() time.Time { return now }}
	if err := app.Init(ctx, cfg, company.Settings()); err != nil {
		t.Fatal(err)
	}
	w := &world{log: &bytes.Buffer{}, user: minori.Actor{Name: "mika", Role: minori.RoleAdmin}}
	cfg.Log = slog.New(slog.NewTextHandler(&locked{w}, &slog.HandlerOptions{Level: slog.LevelWarn}))
	a, err := app.New(ctx, cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := a.Close(); err != nil {
			t.Error(err)
		}
	})
	w.app, w.data = a, dir
	if err := a.FillSample(ctx, company, nil); err != nil {
		t.Fatal(err)
	}
	w.addHostile(t)
	days := evaluate.Range{From: lastDay - 63, To: lastDay, Every: minori.Window{N: 7, Unit: minori.Days}}
	if _, err := a.Evaluate.EvaluateRange(ctx, minori.System(), days, nil); err != nil {
		t.Fatal(err)
	}
	h, err := a.HandlerFor(func(*http.Request) (minori.Actor, error) {
		w.mu.Lock()
		defer w.mu.Unlock()
		if w.user.Name == "" {
			return w.user, minori.Errorf(minori.Unauthenticated, "sign in to read this page")
		}
		return w.user, nil
	})
	if err != nil {
		t.Fatal(err)
	}
	srv := httptest.NewServer(h)
	t.Cleanup(srv.Close)
	w.url = srv.URL
	return w
}

// locked writes the log under the world's lock.
type locked struct{ w *world }

// Write implements io.Writer.
func (l *locked) Write(b []byte) (int, error) {
	l.w.mu.Lock()
	defer l.w.mu.Unlock()
	return l.w.log.Write(b)
}

// as lets the following requests come from an actor.
func (w *world) as(a minori.Actor) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.user = a
}

// logged gives what was logged.
func (w *world) logged() string {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.log.String()
}

// addHostile adds an account whose every text tries to be markup.
func (w *world) addHostile(t *testing.T) {
	t.Helper()
	ctx := context.Background()
	ids, err := w.app.Records.EnsureIDs(ctx, "Source", []string{"hostile"})
	if err != nil {
		t.Fatal(err)
	}
	imported, err := w.app.Records.BeginImport(ctx, account.ImportRun{Name: "hostile", Actor: "system", Started: w.app.Now().UnixMicro()})
	if err != nil {
		t.Fatal(err)
	}
	signed, at := lastDay-100, minori.EndOf(lastDay-3, w.app.Location()).Micros()
	run := account.Run{Source: ids["hostile"], Import: imported, Time: w.app.Now().UnixMicro()}
	row := func(n uint64) metric.Row { return metric.Row{Key: metric.Hash{Lo: n}, Hash: metric.Hash{Lo: n}} }
	for _, rows := range [][]account.FactRow{
		{{Row: row(1), Account: &account.Account{Key: "X/1 ?&", Name: hostile, Tier: hostile, Industry: hostile, Country: hostile, CSM: hostile, SignedUp: &signed,
			Fields: map[string]account.Value{"region": account.Text(hostile)}}}},
		{{Row: row(2), Interaction: &account.Interaction{Key: "i", AccountKey: "X/1 ?&", Time: at, Type: "call", Title: hostile, Text: hostile}}},
		{{Row: row(3), Contact: &account.Contact{Key: "c", AccountKey: "X/1 ?&", Name: hostile, Role: hostile, Title: hostile}}},
		{{Row: row(4), Ticket: &account.Ticket{Key: hostile, AccountKey: "X/1 ?&", Opened: at, Priority: hostile}}},
	} {
		rep, err := w.app.Accounts.Import(ctx, minori.System(), run, rows)
		if err != nil || len(rep.Rejects) > 0 {
			t.Fatal(err, rep.Rejects)
		}
	}
}

// answer is what a request was answered with.
type answer struct {
	status int
	header http.Header
	body   string
}

// get asks for an address without following where it leads.
func (w *world) get(t *testing.T, path string, headers ...string) answer {
	t.Helper()
	req, err := http.NewRequest(http.MethodGet, w.url+path, nil)
	if err != nil {
		t.Fatal(err)
	}
	return w.send(t, req, headers...)
}

// post sends a form.
func (w *world) post(t *testing.T, path string, form url.Values, headers ...string) answer {
	t.Helper()
	req, err := http.NewRequest(http.MethodPost, w.url+path, strings.NewReader(form.Encode()))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	return w.send(t, req, headers...)
}

func (w *world) send(t *testing.T, req *http.Request, headers ...string) answer {
	t.Helper()
	for i := 0; i+1 < len(headers); i += 2 {
		req.Header.Set(headers[i], headers[i+1])
	}
	client := http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	res, err := client.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	var body io.Reader = res.Body
	if res.Header.Get("Content-Encoding") == "gzip" {
		if body, err = gzip.NewReader(res.Body); err != nil {
			t.Fatal(err)
		}
	}
	b, err := io.ReadAll(body)
	if err != nil {
		t.Fatal(err)
	}
	return answer{res.StatusCode, res.Header, string(b)}
}

// Markup that the content security policy would refuse.
var (
	scripts  = regexp.MustCompile(`(?i)<script([^>]*)>`)
	handlers = regexp.MustCompile(`(?i)<[a-z][^<>]*\s(on[a-z]+|style|srcdoc)\s*=`)
	badLinks = regexp.MustCompile(`(?i)(href|src|action)\s*=\s*["']?\s*(javascript|data):[^,]`)
	keys     = regexp.MustCompile(`>\s*[a-z]+(\.[a-z0-9-]+)+\s*<`)
)

// checkPage checks what holds for every page.
func checkPage(t *testing.T, path string, a answer) {
	t.Helper()
	if csp := a.header.Get("Content-Security-Policy"); !strings.Contains(csp, "script-src 'self'") || !strings.Contains(csp, "style-src 'self'") || strings.Contains(csp, "unsafe") {
		t.Errorf("%s: content security policy %q", path, csp)
	}
	for _, name := range []string{"X-Content-Type-Options", "X-Frame-Options", "Referrer-Policy"} {
		if a.header.Get(name) == "" {
			t.Errorf("%s: no header %s", path, name)
		}
	}
	for _, m := range scripts.FindAllStringSubmatch(a.body, -1) {
		if !strings.Contains(m[1], "src=") && !strings.Contains(m[1], `type="application/json"`) {
			t.Errorf("%s: inline script %q", path, m[0])
		}
	}
	if m := handlers.FindString(a.body); m != "" {
		t.Errorf("%s: inline handler or style %q", path, m)
	}
	if m := badLinks.FindString(a.body); m != "" {
		t.Errorf("%s: link %q", path, m)
	}
	if m := keys.FindString(a.body); m != "" {
		t.Errorf("%s: a message without words: %q", path, m)
	}
	if strings.Contains(a.body, hostile) {
		t.Errorf("%s: the name of an account became markup", path)
	}
}
