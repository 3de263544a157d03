package web_test

import (
	"bufio"
	"context"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strconv"
	"strings"
	"testing"
	"time"

	minori "github.com/minori-hq/minori"
	"github.com/minori-hq/minori/action"
	"github.com/minori-hq/minori/app/owner"
)

// TestPalette finds places, accounts and definitions in both languages, as the
// options of the dialog and as a page.
func TestPalette(t *testing.T) {
	w := newWorld(t, 12)
	acc, err := w.app.Accounts.Accounts(context.Background(), w.user, accountIDs(t, w))
	if err != nil || len(acc) == 0 {
		t.Fatal(err)
	}
	name := ""
	for _, a := range acc {
		if a.Name != hostile {
			name = a.Name
		}
	}
	for _, c := range []struct{ lang, q, want string }{
		{"ja", "kokyaku", `data-url="/accounts"`}, {"ja", "こきゃく", `data-url="/accounts"`}, {"ja", "settei", `data-url="/workspace"`},
		{"ja", "accounts", `data-url="/accounts"`}, {"en", "顧客", `data-url="/accounts"`}, {"en", "sukoaka", `data-url="/scorecards"`},
		{"en", "health", `data-url="/scorecards/health"`}, {"en", "dark", `data-value="dark"`}, {"en", "日本語", `data-value="ja"`},
		{"ja", "英語", `data-value="en"`}, {"en", name, "data-url=\"/accounts/"}, {"en", "", `role="option"`}, {"en", "notif", `data-url="/notifications"`},
	} {
		path := "/palette?here=%2Faccounts&lang=" + c.lang + "&q=" + url.QueryEscape(c.q)
		a := w.get(t, path)
		if a.status != http.StatusOK || !strings.Contains(a.body, c.want) {
			t.Errorf("%s: %d, no %s in\n%s", path, a.status, c.want, a.body)
		}
		checkPage(t, path, a)
		if strings.Contains(a.body, "<html") {
			t.Errorf("%s is a whole page", path)
		}
	}
	for _, lang := range []string{"en", "ja"} {
		for _, q := range []string{"", "health", "zzzz", hostile, strings.Repeat("x", 5000)} {
			path := "/search?lang=" + lang + "&q=" + url.QueryEscape(q)
			a := w.get(t, path)
			checkPage(t, path, a)
			if a.status != http.StatusOK || !strings.Contains(a.body, `action="/search"`) {
				t.Errorf("%s: %d", path, a.status)
			}
		}
	}
	if a := w.get(t, "/palette?here=%2Fcockpit%2F7&q=close"); !strings.Contains(a.body, `data-url="/cockpit/7#close"`) {
		t.Errorf("on a call it can be closed: %s", a.body)
	}
	if a := w.get(t, "/palette?here=%2Faccounts%2FC-1%3Ftab%3Dusage&q=note"); !strings.Contains(a.body, `data-url="/accounts/C-1/timeline/new"`) {
		t.Errorf("on an account a note can be written: %s", a.body)
	}
	people, err := w.app.Accounts.Persons(context.Background(), w.user, minori.Page{Limit: 1})
	if err != nil || len(people) == 0 {
		t.Fatal("no people", err)
	}
	if a := w.get(t, "/palette?q="+url.QueryEscape(people[0].Name)); !strings.Contains(a.body, `data-url="/people/`+people[0].Key) {
		t.Errorf("%s is not found: %s", people[0].Name, a.body)
	}
	if a := w.get(t, "/palette?q="+url.QueryEscape(hostile)); !strings.Contains(a.body, "X%2F1%20") {
		t.Errorf("the hostile account is not found: %s", a.body)
	}
}

// TestPaletteLeadsSomewhere follows everything the palette offers.
func TestPaletteLeadsSomewhere(t *testing.T) {
	w := newWorld(t, 6)
	a := w.get(t, "/palette?q=")
	found := 0
	for _, part := range strings.Split(a.body, `data-url="`)[1:] {
		to, _, _ := strings.Cut(part, `"`)
		if got := w.get(t, strings.ReplaceAll(to, "&amp;", "&")); got.status != http.StatusOK {
			t.Errorf("%s answers %d", to, got.status)
		}
		found++
	}
	if found < 5 {
		t.Errorf("only %d places are offered", found)
	}
}

func accountIDs(t *testing.T, w *world) []minori.ID {
	t.Helper()
	ids, err := w.app.Accounts.IDs(context.Background(), w.user, "account")
	if err != nil {
		t.Fatal(err)
	}
	var out []minori.ID
	for _, id := range ids {
		out = append(out, id)
	}
	return out
}

// listen opens the stream of changes and gives its lines.
func (w *world) listen(t *testing.T, ctx context.Context) (<-chan string, *http.Response) {
	t.Helper()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, w.url+"/live", nil)
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Accept-Encoding", "gzip")
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	lines := make(chan string, 100)
	go func() {
		defer close(lines)
		defer res.Body.Close()
		in := bufio.NewScanner(res.Body)
		for in.Scan() {
			lines <- in.Text()
		}
	}()
	return lines, res
}

// event waits for an event of a name.
func event(t *testing.T, lines <-chan string, name string) {
	t.Helper()
	late := time.After(10 * time.Second)
	for {
		select {
		case line, open := <-lines:
			if !open {
				t.Fatalf("the stream ended before %s", name)
			}
			if line == "event: "+name {
				return
			}
			if strings.HasPrefix(line, "data:") && strings.TrimSpace(line) != "data:" {
				t.Errorf("the stream carries data: %q", line)
			}
		case <-late:
			t.Fatalf("no event %s", name)
		}
	}
}

// openCall gives a call that is open.
func (w *world) openCall(t *testing.T) action.Call {
	t.Helper()
	list, _, err := w.app.Actions.List(context.Background(), w.user, action.Filter{Status: action.AnyOpen}, minori.Page{Limit: 1})
	if err != nil {
		t.Fatal(err)
	}
	if len(list) == 0 {
		t.Fatal("the sample has no open call")
	}
	return list[0]
}

// TestLive: what changes through the services arrives by name.
func TestLive(t *testing.T) {
	w := newWorld(t, 30)
	ctx, leave := context.WithCancel(context.Background())
	defer leave()
	lines, res := w.listen(t, ctx)
	if kind := res.Header.Get("Content-Type"); res.StatusCode != http.StatusOK || kind != "text/event-stream" {
		t.Fatalf("%d %s", res.StatusCode, kind)
	}
	if _, err := w.app.Actions.Comment(ctx, w.user, w.openCall(t).ID, "seen"); err != nil {
		t.Fatal(err)
	}
	event(t, lines, "calls")
	if _, err := w.app.Evaluate.Evaluate(ctx, minori.System(), minori.EndOf(lastDay, w.app.Location())); err != nil {
		t.Fatal(err)
	}
	event(t, lines, "scores")
	progress, over := w.app.Told(nil)
	progress(owner.Progress{Label: "evaluating", Done: 1, Total: 4})
	event(t, lines, "work")
	for lang, want := range map[string]string{"en": "Evaluating", "ja": "評価中"} {
		if a := w.get(t, "/live/work?lang="+lang); !strings.Contains(a.body, want) || !strings.Contains(a.body, "25%") {
			t.Errorf("%s: %s", lang, a.body)
		}
	}
	over()
	event(t, lines, "work")
	if a := w.get(t, "/live/work"); strings.Contains(a.body, "progress") {
		t.Errorf("work that is over is shown: %s", a.body)
	}
}

// TestLiveIsBounded: a user may not open streams without end, and one that
// leaves makes room.
func TestLiveIsBounded(t *testing.T) {
	w := newWorld(t, 3)
	ctx, leave := context.WithCancel(context.Background())
	defer leave()
	var ends []context.CancelFunc
	for i := 0; ; i++ {
		one, end := context.WithCancel(ctx)
		ends = append(ends, end)
		_, res := w.listen(t, one)
		if res.StatusCode != http.StatusOK {
			if res.StatusCode != http.StatusServiceUnavailable || res.Header.Get("Retry-After") == "" || i != 8 {
				t.Fatalf("stream %d answers %d", i, res.StatusCode)
			}
			break
		}
		if i > 20 {
			t.Fatal("streams are not bounded")
		}
	}
	w.as(minori.Actor{Name: "other", Role: minori.RoleCSM})
	if _, res := w.listen(t, ctx); res.StatusCode != http.StatusOK {
		t.Errorf("another user is refused: %d", res.StatusCode)
	}
	w.as(minori.Actor{Name: "mika", Role: minori.RoleAdmin})
	ends[0]()
	for range 50 {
		if _, res := w.listen(t, ctx); res.StatusCode == http.StatusOK {
			return
		}
		time.Sleep(20 * time.Millisecond)
	}
	t.Error("a stream that ended makes no room")
}

// TestLiveEndsAtShutdown: the server stops although streams are open.
func TestLiveEndsAtShutdown(t *testing.T) {
	w := newWorld(t, 3)
	h, err := w.app.HandlerFor(func(*http.Request) (minori.Actor, error) { return w.user, nil })
	if err != nil {
		t.Fatal(err)
	}
	ln := httptest.NewUnstartedServer(nil).Listener
	ctx, stop := context.WithCancel(context.Background())
	defer stop()
	done := make(chan error, 1)
	go func() { done <- w.app.Serve(ctx, ln, h, true) }()
	w.url = "http://" + ln.Addr().String()
	lines, _ := w.listen(t, context.Background())
	if line := <-lines; !strings.HasPrefix(line, "retry:") {
		t.Errorf("the stream begins with %q", line)
	}
	stop()
	select {
	case err := <-done:
		if err != nil {
			t.Error(err)
		}
	case <-time.After(5 * time.Second):
		t.Fatal("the server does not stop")
	}
	for range lines { // until it ends
	}
}

// TestNotifications: the bell counts, the page lists in both languages, reading
// marks, kinds can be turned off.
func TestNotifications(t *testing.T) {
	w := newWorld(t, 30)
	ctx := context.Background()
	people, err := w.app.Accounts.Persons(ctx, w.user, minori.Page{Limit: 1})
	if err != nil || len(people) == 0 {
		t.Fatal("no people", err)
	}
	me := minori.Actor{Name: "me@example.com", Role: minori.RoleCSM, Person: people[0].ID}
	call := w.openCall(t)
	if _, err := w.app.Actions.Comment(ctx, w.user, call.ID, "@"+people[0].Key+" look "+hostile); err != nil {
		t.Fatal(err)
	}
	w.as(me)
	list, total, err := w.app.Notices.List(ctx, me, minori.Page{})
	if err != nil || total == 0 || list[0].Kind != "mention" {
		t.Fatalf("%d notices, %+v, %v", total, list, err)
	}
	for lang, want := range map[string]string{"en": "mika mentioned you", "ja": "mikaさんがあなたにメンションしました"} {
		for _, path := range []string{"/notifications", "/notifications/preferences", "/notifications?page=2"} {
			a := w.get(t, path+sep(path)+"lang="+lang)
			checkPage(t, path, a)
			if a.status != http.StatusOK || path == "/notifications" && !strings.Contains(a.body, want) {
				t.Errorf("%s %s: %d\n%s", lang, path, a.status, a.body)
			}
		}
	}
	if a := w.get(t, "/accounts"); !strings.Contains(a.body, `class="bell-count"`) {
		t.Error("the bell does not count")
	}
	a := w.post(t, "/notifications/read", url.Values{"id": {strconv.FormatInt(list[0].ID, 10)}, "to": {"/cockpit"}})
	if a.status != http.StatusSeeOther || a.header.Get("Location") != "/cockpit" {
		t.Errorf("reading leads to %s", a.header.Get("Location"))
	}
	if a := w.post(t, "/notifications/read", url.Values{"id": {"x"}}); a.status != http.StatusBadRequest {
		t.Errorf("a wrong id answers %d", a.status)
	}
	w.post(t, "/notifications/read", nil)
	if a := w.get(t, "/notifications/bell"); strings.Contains(a.body, "bell-count") {
		t.Errorf("all is read and the bell counts: %s", a.body)
	}
	w.post(t, "/notifications/preferences", url.Values{"assigned": {"true"}})
	if a := w.get(t, "/notifications"); strings.Contains(a.body, "mentioned you") {
		t.Error("a kind that is off is shown")
	}
}

func sep(path string) string {
	if strings.Contains(path, "?") {
		return "&"
	}
	return "?"
}
