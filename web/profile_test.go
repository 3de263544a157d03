package web_test

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"mime/multipart"
	"net"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"

	minori "github.com/minori-hq/minori"
	"github.com/minori-hq/minori/account"
	"github.com/minori-hq/minori/account/profile"
	"github.com/minori-hq/minori/action"
	"github.com/minori-hq/minori/metric"
)

// profileWorld is a world with an account that has stood below red and back.
type profileWorld struct {
	*world
	dir string // of attached files
	one string // address of an account with scores and calls
	id  minori.ID
}

// TestProfiles reads and works the pages about one account and one person.
func TestProfiles(t *testing.T) {
	w := &profileWorld{world: newWorld(t, 45)}
	w.dir = filepath.Join(w.data, "files")
	calls, _, err := w.app.Actions.List(context.Background(), minori.System(), action.Filter{Sort: action.ByOpened}, minori.Page{Limit: 200})
	if err != nil || len(calls) == 0 {
		t.Fatal(err, len(calls))
	}
	w.one, w.id = "/accounts/"+calls[0].Subject.Key, calls[0].Subject.ID
	t.Run("render", w.renderProfiles)
	t.Run("parts", w.fragments)
	t.Run("change", w.changes)
	t.Run("as of", func(t *testing.T) { w.asOfValues(t, &calls[0]) })
	t.Run("entry", w.entry)
	t.Run("contact gap", w.contactGap)
	t.Run("uploads refused", w.uploads)
	t.Run("half sent", w.halfSent)
	t.Run("edit", w.edits)
	t.Run("attach", w.attaches)
	t.Run("contacts", w.contactMap)
	t.Run("group", w.groups)
	t.Run("wrong user", w.wrongUser)
	if log := w.logged(); log != "" {
		t.Errorf("logged: %s", log)
	}
}

func (w *profileWorld) renderProfiles(t *testing.T) {
	var paths []string
	for _, page := range []string{w.one, hostilePath, "/people/csm-001", "/people/lead-01"} {
		for _, tab := range []string{"", "usage", "timeline", "facts"} {
			paths = append(paths, page+"?tab="+tab, page+"?as_of=2024-12-20&tab="+tab)
		}
	}
	for _, page := range []string{w.one, hostilePath} {
		paths = append(paths, page+"?tab=people", page+"?tab=contracts", page+"?tab=family", page+"?tab=usage&weeks=13", page+"?tab=timeline&type=talks",
			page+"/measures/engagement.contact_gap", page+"/measures/support.ticket_load?as_of=2024-12-10", page+"/timeline/new", page+"?since=2024-11-30")
	}
	for _, kind := range []string{"calls", "tickets", "answers", "money"} {
		paths = append(paths, w.one+"?tab=timeline&type="+kind)
	}
	paths = append(paths, "/people", "/people/csm-001?tab=accounts", "/people/mgr-01?tab=team", "/people/csm-001?tab=timeline&type=calls")
	for _, lang := range []string{"en", "ja"} {
		for _, path := range paths {
			a := w.get(t, path, "Accept-Language", lang)
			if a.status != http.StatusOK || !strings.Contains(a.body, `<html lang="`+lang+`"`) {
				t.Errorf("%s %s: status %d", lang, path, a.status)
			}
			checkPage(t, path, a)
			if part := w.get(t, path, "Accept-Language", lang, "HX-Request", "true"); part.status != http.StatusOK {
				t.Errorf("%s %s as a part: status %d", lang, path, part.status)
			} else {
				checkPage(t, path, part)
			}
		}
	}
	for path, want := range map[string]string{
		w.one + "?tab=none": "no part", w.one + "?tab=timeline&type=x": "none of the choices", w.one + "?tab=timeline&after=x": "not known",
		w.one + "?tab=usage&weeks=3": "none of the choices", w.one + "?since=yesterday": "is not a date",
	} {
		if a := w.get(t, path); a.status != http.StatusBadRequest || !strings.Contains(a.body, want) {
			t.Errorf("%s: status %d, does not say %q", path, a.status, want)
		}
	}
	for _, path := range []string{w.one + "/measures/none", "/people/none", "/people/csm-001/measures/adoption.depth", w.one + "/timeline/99999", w.one + "/timeline/x", w.one + "/files/1"} {
		if a := w.get(t, path); a.status != http.StatusNotFound {
			t.Errorf("%s: status %d", path, a.status)
		}
	}
}

// fragments holds that the page promises each panel in two ways, and that a
// script gets the panel alone.
func (w *profileWorld) fragments(t *testing.T) {
	body := w.get(t, w.one).body
	for _, panel := range []string{"usage", "timeline", "people", "contracts", "facts"} {
		link := w.one + "?tab=" + panel
		if !strings.Contains(body, `hx-get="`+link+`"`) || !strings.Contains(body, `href="`+link+`"`) {
			t.Errorf("the page does not lead to %s with and without scripts", panel)
		}
		part := w.get(t, link, "HX-Request", "true").body
		if strings.Contains(part, "<html") || !strings.Contains(part, `id="`+panel+`"`) || strings.Contains(part, "<script") {
			t.Errorf("%s is not a part: %.80s", panel, part)
		}
	}
	if !strings.Contains(w.get(t, w.one+"?tab=usage", "HX-Request", "true").body, "data-spec=") {
		t.Error("the charts of a part have no data")
	}
	// The timeline goes on where a page ends.
	for i := range 50 {
		e := profile.Entry{Interaction: account.Interaction{Account: w.id, Time: (lastDay - 20).Start(w.app.Location()).UnixMicro() + int64(i/2)*60e6, Type: "email", Text: "sent"}}
		if _, err := w.app.Profiles.AddEntry(context.Background(), minori.System(), e, nil); err != nil {
			t.Fatal(err)
		}
	}
	seen := map[string]bool{}
	items := regexp.MustCompile(`<time datetime="([^"]+)" title="[^"]*">`)
	more := regexp.MustCompile(`hx-get="([^"]*after=[^"]*)"`)
	part, last, n := w.get(t, w.one+"?tab=timeline", "HX-Request", "true").body, "9999", 0
	for range 100 {
		for _, m := range items.FindAllStringSubmatch(part, -1) {
			if n++; m[1] > last {
				t.Fatalf("%s comes after %s", m[1], last)
			}
			last, seen[m[1]] = m[1], true
		}
		next := more.FindStringSubmatch(part)
		if next == nil {
			break
		}
		part = w.get(t, strings.ReplaceAll(next[1], "&amp;", "&"), "HX-Request", "true").body
	}
	if n <= 60 || len(seen) < 30 {
		t.Errorf("the timeline has %d things", n)
	}
}

// changes adds up the waterfall as it is shown.
func (w *profileWorld) changes(t *testing.T) {
	ctx := context.Background()
	card := w.card(t)
	history, err := w.app.Lake.ScoreHistory(ctx, w.id, card, lastDay-63, lastDay)
	if err != nil || len(history) < 5 {
		t.Fatal(err, len(history))
	}
	for _, then := range []int{len(history) - 2, len(history) - 4} {
		since := history[then]
		body := w.get(t, w.one+"?since="+since.Day.String()).body
		i := strings.Index(body, `<table class="bars">`)
		if i < 0 {
			t.Fatalf("no waterfall since %s", since.Day)
		}
		table := body[i : i+strings.Index(body[i:], "</table>")]
		var sum float64
		cells := regexp.MustCompile(`<td class="numeric">([^<]*)</td>`).FindAllStringSubmatch(table, -1)
		for _, c := range cells {
			sum += numberOf(t, c[1])
		}
		first, now := numberOf(t, cells[0][1]), numberOf(t, cells[len(cells)-1][1])
		if d := sum - 2*now; d > 0.06*float64(len(cells)) || d < -0.06*float64(len(cells)) {
			t.Errorf("since %s: the parts add up to %v more than the change from %v to %v", since.Day, d, first, now)
		}
		if d := *since.Score - first; d > 0.051 || d < -0.051 {
			t.Errorf("since %s the score was %v, the page says %v", since.Day, *since.Score, first)
		}
		if !strings.Contains(table, w.one+"/measures/") || !strings.Contains(body, `value="`+since.Day.String()+`" selected`) {
			t.Error("the bars do not lead to their measures, or the day is not chosen")
		}
	}
}

func numberOf(t *testing.T, s string) float64 {
	t.Helper()
	x, err := strconv.ParseFloat(strings.NewReplacer("−", "-", "+", "", ",", "").Replace(strings.TrimSpace(s)), 64)
	if err != nil {
		t.Fatalf("%q is no number", s)
	}
	return x
}

// card gives the key of the main scorecard.
func (w *profileWorld) card(t *testing.T) int64 {
	t.Helper()
	cfg, err := w.app.Resources.Load(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	card, _ := cfg.Scorecard("health")
	return card.ID
}

// asOfValues reads the page as of past days and holds it against the stores.
func (w *profileWorld) asOfValues(t *testing.T, call *action.Call) {
	opened := minori.At(minori.FromMicros(call.OpenedAsOf), w.app.Location()).Day
	link := `href="/cockpit/` + strconv.FormatInt(call.ID, 10) + `"`
	for day, want := range map[minori.Day]bool{opened: true, opened - 1: false} {
		for _, tab := range []string{"", "timeline"} {
			if got := strings.Contains(w.get(t, w.one+"?tab="+tab+"&as_of="+day.String()).body, link); got != want {
				t.Errorf("as of %s, tab %q: the call opened on %s is there: %v", day, tab, opened, got)
			}
		}
	}
	history, err := w.app.Lake.ScoreHistory(context.Background(), w.id, w.card(t), lastDay-63, lastDay)
	if err != nil {
		t.Fatal(err)
	}
	for _, x := range history[3:6] {
		body := w.get(t, w.one+"?as_of="+(x.Day+2).String()).body
		if want := fmt.Sprintf("%.1f", *x.Score); !strings.Contains(body, want) {
			t.Errorf("as of %s the page does not say %s", x.Day+2, want)
		}
	}
	// What the hostile account has happened on 28 December.
	for _, one := range []struct{ tab, words string }{{"timeline", "2024-12-28T"}, {"contracts", "&lt;script&gt;alert(1)&lt;/script&gt;</th>"}} {
		after, before := w.get(t, hostilePath+"?tab="+one.tab+"&as_of=2024-12-30").body, w.get(t, hostilePath+"?tab="+one.tab+"&as_of=2024-12-20").body
		words := one.words
		if one.tab == "contracts" {
			words = "<td"
		}
		after, before = after[strings.Index(after, `id="`+one.tab+`"`):], before[strings.Index(before, `id="`+one.tab+`"`):]
		if !strings.Contains(after, words) || strings.Contains(before, words) {
			t.Errorf("%s: what happened on 28 December is there after: %v, before: %v", one.tab, strings.Contains(after, words), strings.Contains(before, words))
		}
	}
	// A field that changed on 25 December.
	ctx := context.Background()
	ids, err := w.app.Records.EnsureIDs(ctx, "Source", []string{"tiers"})
	if err != nil {
		t.Fatal(err)
	}
	for i, step := range []struct {
		tier string
		day  minori.Day
	}{{"Bronze", lastDay - 50}, {"Gold", lastDay - 6}} {
		h := metric.Hash{Lo: 900 + uint64(i)}
		run := account.Run{Source: ids["tiers"], Import: int64(500 + i), Time: w.app.Now().UnixMicro(), Mapped: []string{"tier"}}
		row := account.FactRow{Row: metric.Row{Key: h, Hash: h}, ValidFrom: step.day.Start(w.app.Location()).UnixMicro(), Account: &account.Account{Key: "X/1 ?&", Tier: step.tier}}
		if rep, err := w.app.Accounts.Import(ctx, minori.System(), run, []account.FactRow{row}); err != nil || len(rep.Rejects) > 0 {
			t.Fatal(err, rep)
		}
	}
	if err := w.app.Drain(ctx); err != nil {
		t.Fatal(err)
	}
	for day, want := range map[string]string{"2024-12-24": "Bronze", "2024-12-26": "Gold"} {
		for _, tab := range []string{"", "facts"} {
			if body := w.get(t, hostilePath+"?tab="+tab+"&as_of="+day).body; !strings.Contains(body, want) {
				t.Errorf("as of %s, tab %q: the tier is not %s", day, tab, want)
			}
		}
	}
}

// attach is a file of a form.
type attach struct{ name, content string }

// send sends the form of an entry as a browser does.
func (w *profileWorld) sendEntry(t *testing.T, path string, fields url.Values, files ...attach) answer {
	t.Helper()
	return w.sendTo(t, path+"/timeline", fields, files...)
}

func multipartOf(t *testing.T, fields url.Values, files ...attach) (*bytes.Buffer, string) {
	t.Helper()
	var body bytes.Buffer
	m := multipart.NewWriter(&body)
	for name, values := range fields {
		for _, v := range values {
			if err := m.WriteField(name, v); err != nil {
				t.Fatal(err)
			}
		}
	}
	for _, f := range files {
		part, err := m.CreateFormFile("files", f.name)
		if err == nil {
			_, err = io.WriteString(part, f.content)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := m.Close(); err != nil {
		t.Fatal(err)
	}
	return &body, m.FormDataContentType()
}

// kept counts the files in the data directory.
func (w *profileWorld) kept(t *testing.T) int {
	t.Helper()
	n := 0
	err := filepath.WalkDir(w.dir, func(_ string, d os.DirEntry, err error) error {
		if err == nil && !d.IsDir() {
			n++
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return n
}

func note(text string) url.Values {
	return url.Values{"type": {"note"}, "time": {"2024-12-31T10:00"}, "title": {""}, "text": {text}}
}

func (w *profileWorld) entry(t *testing.T) {
	fields := note("See https://example.com/a?b=1&c=2, @csm-001 and " + hostile + "\njavascript:alert(1) https://evil\"onmouseover=alert(1)")
	fields.Set("title", hostile)
	content := "<html><script>alert(1)</script>"
	a := w.sendEntry(t, hostilePath, fields, attach{hostile + `".html`, content}, attach{"../../../etc/契約書.pdf", "pdf"})
	if a.status != http.StatusSeeOther || w.kept(t) != 2 {
		t.Fatalf("status %d, %d files: %s", a.status, w.kept(t), a.body)
	}
	page := w.get(t, hostilePath+"?tab=timeline")
	checkPage(t, "timeline", page)
	for _, words := range []string{`href="https://example.com/a?b=1&amp;c=2" rel="noopener noreferrer nofollow"`, `<strong class="mention" title="@csm-001">`, "契約書.pdf",
		`href="https://evil" rel=`, "javascript:alert(1) "} {
		if !strings.Contains(page.body, words) {
			t.Errorf("the timeline does not say %q", words)
		}
	}
	if strings.Contains(page.body, "etc/") || strings.Contains(page.body, `href="javascript`) {
		t.Error("the timeline has a path or a link it must not have")
	}
	links := regexp.MustCompile(`href="([^"]*/files/[0-9]+)"`).FindAllStringSubmatch(page.body, -1)
	if len(links) != 2 {
		t.Fatalf("files %v", links)
	}
	f := w.get(t, strings.ReplaceAll(links[0][1], "&amp;", "&"))
	if f.body != content || f.header.Get("Content-Type") != "application/octet-stream" || !strings.HasPrefix(f.header.Get("Content-Disposition"), "attachment") ||
		f.header.Get("X-Content-Type-Options") != "nosniff" {
		t.Errorf("the file is sent as %v: %q", f.header, f.body)
	}
	if f := w.get(t, strings.ReplaceAll(links[1][1], "&amp;", "&")); !strings.Contains(f.header.Get("Content-Disposition"), "filename*=utf-8''%E5%A5%91") {
		t.Errorf("the file's name is sent as %q", f.header.Get("Content-Disposition"))
	}
	id := links[0][1][strings.LastIndex(links[0][1], "/"):]
	if a := w.get(t, w.one+"/files"+id); a.status != http.StatusNotFound {
		t.Errorf("the file of another account: status %d", a.status)
	}
	if body := w.get(t, "/people/csm-001?tab=timeline").body; !strings.Contains(body, "example.com") {
		t.Error("who is mentioned does not have it on the own timeline")
	}
}

// contactGap holds that what is written here counts for measures.
func (w *profileWorld) contactGap(t *testing.T) {
	gap := func() string {
		body := w.get(t, w.one+"/measures/engagement.contact_gap").body
		m := regexp.MustCompile(`(?s)class="figure-value">\s*<span>([^<]+)</span>`).FindStringSubmatch(body)
		if m == nil {
			t.Fatal("the page shows no value")
		}
		return m[1]
	}
	before := gap()
	if before == "0 days" || before == "Unknown" {
		t.Fatalf("the gap is %s before", before)
	}
	fields := note("")
	fields.Set("type", "meeting")
	fields.Set("title", "Lunch")
	if a := w.sendEntry(t, w.one, fields); a.status != http.StatusSeeOther {
		t.Fatalf("status %d: %s", a.status, a.body)
	}
	if got := gap(); got != "0 days" {
		t.Errorf("after a meeting today the gap is %s; it was %s", got, before)
	}
	if body := w.get(t, w.one+"/measures/engagement.contact_gap").body; !strings.Contains(body, "days_since(") || !strings.Contains(body, "Data up to") {
		t.Error("the page has no expression or no freshness")
	}
}

func (w *profileWorld) uploads(t *testing.T) {
	had := w.kept(t)
	many := make([]attach, profile.MaxFiles+1)
	for i := range many {
		many[i] = attach{"a", strconv.Itoa(i)}
	}
	long, when, none := note("x"), note("x"), note(" ")
	long.Set("text", strings.Repeat("x", 200<<10))
	when.Set("time", "soon")
	later, typed, crowd := note("x"), note("x"), note("x")
	later.Set("time", "2025-01-02T10:00")
	typed.Set("type", "poem")
	crowd.Set("contacts", "424242")
	for name, one := range map[string]struct {
		fields url.Values
		files  []attach
		want   string
	}{
		"too large": {note("kept words"), []attach{{"good.txt", "good"}, {"big.bin", strings.Repeat("x", profile.MaxFileSize+1)}}, "big.bin was not taken"},
		"too many":  {note("x"), many, "At most 5 files"}, "long": {long, []attach{{"a", "b"}}, "larger than"}, "when": {when, []attach{{"a", "b"}}, "soon"},
		"empty": {none, []attach{{"a", "b"}}, "title or a text"}, "future": {later, []attach{{"a", "b"}}, "future"}, "type": {typed, []attach{{"a", "b"}}, "one of the types"},
		"contact": {crowd, []attach{{"a", "b"}}, "not known here"},
	} {
		a := w.sendEntry(t, w.one, one.fields, one.files...)
		if a.status != http.StatusBadRequest || !strings.Contains(a.body, one.want) {
			t.Errorf("%s: status %d, does not say %q", name, a.status, one.want)
		}
		checkPage(t, name, a)
		if n := w.kept(t); n != had {
			t.Errorf("%s: %d files are left", name, n-had)
		}
	}
	if a := w.post(t, w.one+"/timeline", note("x")); a.status != http.StatusBadRequest || !strings.Contains(a.body, "another way") {
		t.Errorf("a form without parts gets %d", a.status)
	}
	body, kind := multipartOf(t, note("x"))
	req, _ := http.NewRequest(http.MethodPost, w.url+w.one+"/timeline", body)
	req.Header.Set("Content-Type", kind)
	if a := w.send(t, req, "Sec-Fetch-Site", "cross-site"); a.status != http.StatusForbidden {
		t.Errorf("a form of another site gets %d", a.status)
	}
	if a := w.sendEntry(t, "/accounts/none", note("x"), attach{"a", "b"}); a.status != http.StatusNotFound || w.kept(t) != had {
		t.Errorf("a form for no account gets %d", a.status)
	}
}

// halfSent breaks the connection in the middle of a file.
func (w *profileWorld) halfSent(t *testing.T) {
	had := w.kept(t)
	body, kind := multipartOf(t, note("half"), attach{"half.bin", strings.Repeat("x", 100<<10)})
	whole := body.String()
	host := strings.TrimPrefix(w.url, "http://")
	conn, err := net.Dial("tcp", host)
	if err != nil {
		t.Fatal(err)
	}
	fmt.Fprintf(conn, "POST %s/timeline HTTP/1.1\r\nHost: %s\r\nContent-Type: %s\r\nContent-Length: %d\r\n\r\n%s", w.one, host, kind, len(whole), whole[:len(whole)/2])
	if err := conn.(*net.TCPConn).CloseWrite(); err != nil {
		t.Fatal(err)
	}
	_, _ = io.ReadAll(conn) // the answer ends the request, whatever it is
	_ = conn.Close()
	if n := w.kept(t); n != had {
		t.Errorf("%d files are left", n-had)
	}
	if strings.Contains(w.get(t, w.one+"?tab=timeline").body, "half") {
		t.Error("the entry is there")
	}
}

func (w *profileWorld) edits(t *testing.T) {
	if a := w.sendEntry(t, w.one, note("to be changed"), attach{"a.txt", "to be deleted"}); a.status != http.StatusSeeOther {
		t.Fatalf("status %d", a.status)
	}
	had := w.kept(t)
	page := w.get(t, w.one+"?tab=timeline").body
	links := regexp.MustCompile(`href="(`+w.one+`/timeline/[0-9]+)"`).FindAllStringSubmatch(page, -1)
	if len(links) < 2 {
		t.Fatalf("links %v", links)
	}
	var at string
	for _, l := range links {
		if strings.Contains(w.get(t, l[1]).body, "to be changed") {
			at = l[1]
		}
	}
	w.as(minori.Actor{Name: "kei", Role: minori.RoleCSM, User: 7})
	changed := note("by somebody else")
	changed.Set("version", "1")
	for _, path := range []string{at, at + "/delete"} {
		if a := w.post(t, path, changed); a.status != http.StatusForbidden {
			t.Errorf("%s by another: status %d", path, a.status)
		}
	}
	if a := w.get(t, at); a.status != http.StatusForbidden {
		t.Errorf("the form of another's entry: status %d", a.status)
	}
	w.as(minori.Actor{Name: "kei", Role: minori.RoleObserver})
	for _, path := range []string{at, at + "/delete", w.one + "/timeline"} {
		if a := w.post(t, path, changed); a.status != http.StatusForbidden {
			t.Errorf("%s by an observer: status %d", path, a.status)
		}
	}
	w.as(minori.Actor{Name: "mika", Role: minori.RoleAdmin})
	changed.Set("text", "changed now")
	if a := w.post(t, at, changed); a.status != http.StatusSeeOther {
		t.Fatalf("status %d: %s", a.status, a.body)
	}
	if body := w.get(t, w.one+"?tab=timeline").body; !strings.Contains(body, "changed now") || strings.Contains(body, "to be changed") {
		t.Error("the entry is not changed")
	}
	changed.Set("text", "words that must not be lost")
	if a := w.post(t, at, changed); a.status != http.StatusConflict || !strings.Contains(a.body, "words that must not be lost") {
		t.Errorf("a second change: status %d", a.status)
	}
	if a := w.post(t, at+"/delete", nil); a.status != http.StatusSeeOther || w.kept(t) != had-1 {
		t.Errorf("deleting: status %d, %d files", a.status, w.kept(t))
	}
	if a := w.get(t, at); a.status != http.StatusNotFound {
		t.Errorf("after it was deleted: status %d", a.status)
	}
}

func (w *profileWorld) contactMap(t *testing.T) {
	for lang, words := range map[string][]string{"en": {"No decision maker known", "Champion", "Other roles"}, "ja": {"決裁者が不明", "推進者", "その他"}} {
		body := w.get(t, hostilePath+"?tab=people", "Accept-Language", lang).body
		for _, x := range words {
			if !strings.Contains(body, x) {
				t.Errorf("%s: the contacts do not say %q", lang, x)
			}
		}
	}
	m := regexp.MustCompile(`name="contacts" value="([0-9]+)"`).FindStringSubmatch(w.get(t, hostilePath+"/timeline/new").body)
	if m == nil {
		t.Fatal("no contact to choose")
	}
	fields := note("met")
	fields.Set("contacts", m[1])
	if a := w.sendEntry(t, hostilePath, fields); a.status != http.StatusSeeOther {
		t.Fatalf("status %d", a.status)
	}
	if now, before := w.get(t, hostilePath+"?tab=people").body, w.get(t, hostilePath+"?tab=people&as_of=2024-12-20").body; !strings.Contains(now, "Last contact today") || !strings.Contains(before, "No contact recorded") {
		t.Error("the last contact is not that of the day")
	}
}

// groups rolls two accounts up below the hostile one.
func (w *profileWorld) groups(t *testing.T) {
	ctx := context.Background()
	ids, err := w.app.Records.EnsureIDs(ctx, "Source", []string{"groups"})
	if err != nil {
		t.Fatal(err)
	}
	key := strings.TrimPrefix(w.one, "/accounts/")
	h := metric.Hash{Lo: 950}
	run := account.Run{Source: ids["groups"], Import: 700, Time: w.app.Now().UnixMicro(), Mapped: []string{"parent"}}
	if rep, err := w.app.Accounts.Import(ctx, minori.System(), run, []account.FactRow{{Row: metric.Row{Key: h, Hash: h}, Account: &account.Account{Key: key, Parent: "X/1 ?&"}}}); err != nil || len(rep.Rejects) > 0 {
		t.Fatal(err, rep)
	}
	page := w.get(t, hostilePath).body
	if !strings.Contains(page, "tab=family") {
		t.Fatal("the account has no group")
	}
	body := w.get(t, hostilePath+"?tab=family").body
	history, err := w.app.Lake.ScoreHistory(ctx, w.id, w.card(t), lastDay-7, lastDay)
	if err != nil {
		t.Fatal(err)
	}
	for _, words := range []string{`href="` + w.one + `"`, fmt.Sprintf("%.0f", *history[len(history)-1].Score), "ARR of the group"} {
		if !strings.Contains(body, words) {
			t.Errorf("the group does not say %q", words)
		}
	}
	if !strings.Contains(w.get(t, w.one).body, "Part of") {
		t.Error("the account below does not lead to the one above")
	}
}

func (w *profileWorld) wrongUser(t *testing.T) {
	defer w.as(minori.Actor{Name: "mika", Role: minori.RoleAdmin})
	ctx := context.Background()
	refs, err := w.app.Accounts.PersonsByRef(ctx, []string{"csm-001", "csm-002", "mgr-01"})
	if err != nil || len(refs) < 3 {
		t.Fatal(refs, err)
	}
	csm := func(key string, role minori.Role) minori.Actor {
		return minori.Actor{Name: key, Role: role, Person: refs[key], User: refs[key], Access: minori.AccessOwn}
	}
	for _, one := range []struct {
		who  minori.Actor
		page string
		want int
	}{
		{csm("csm-001", minori.RoleCSM), "/people/csm-001", 200}, {csm("csm-001", minori.RoleCSM), "/people/csm-002", 404},
		{csm("csm-001", minori.RoleCSM), "/people/mgr-01", 404}, {csm("mgr-01", minori.RoleLeader), "/people/csm-001", 200},
		{minori.Actor{Name: "ops", Role: minori.RoleOperations}, "/people/csm-001", 404}, {minori.Actor{Name: "o", Role: minori.RoleObserver}, "/people/lead-01", 404},
		{csm("csm-001", minori.RoleCSM), hostilePath, 404}, {csm("csm-001", minori.RoleCSM), hostilePath + "?tab=timeline", 404},
		{csm("csm-001", minori.RoleCSM), hostilePath + "/timeline/new", 404}, {csm("csm-001", minori.RoleCSM), hostilePath + "/measures/engagement.contact_gap", 404},
		{csm("csm-001", minori.RoleCSM), hostilePath + "/files/1", 404},
	} {
		w.as(one.who)
		a := w.get(t, one.page)
		if a.status != one.want {
			t.Errorf("%s as %s: status %d, want %d", one.page, one.who.Name, a.status, one.want)
		}
		if one.want == 404 && strings.Contains(a.body, "example.com") {
			t.Errorf("%s as %s shows what it must not", one.page, one.who.Name)
		}
	}
	w.as(csm("csm-001", minori.RoleCSM))
	if a := w.sendEntry(t, hostilePath, note("x"), attach{"a", "b"}); a.status != http.StatusNotFound {
		t.Errorf("writing on an account out of sight: status %d", a.status)
	}
	if body := w.get(t, "/people").body; !strings.Contains(body, "/people/csm-001") || strings.Contains(body, "/people/csm-002") {
		t.Error("the list does not show exactly whose pages may be opened")
	}
}
