package api_test

import (
	"bufio"
	"encoding/base64"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/minori-hq/minori/api"
	"github.com/minori-hq/minori/auth"
	"github.com/minori-hq/minori/ingest"
)

func TestAddresses(t *testing.T) {
	w := newWorld(t)
	bodies := []struct{ path, body string }{
		{"/v1/identify", `{"userId":"u","traits":{"a":1}}`}, {"/v1/group", `{"groupId":"g"}`}, {"/v1/track", `{"userId":"u","event":"e"}`},
		{"/v1/page", `{"userId":"u"}`}, {"/v1/screen", `{"anonymousId":"a"}`}, {"/v1/alias", `{"userId":"u","previousId":"a"}`},
		{"/v1/batch", list("b", 1, 1)}, {"/v1/import", list("i", 1, 1)}, {"/v1/t", `{"userId":"u","event":"e"}`}, {"/v1/batch/", list("s", 1, 1)},
	}
	for i, b := range bodies {
		r := w.post(b.path, b.body)
		if w.wants(r, http.StatusOK); r.Success == nil || !*r.Success || r.Rejected != nil || r.Header.Get("Content-Type") != "application/json" {
			t.Fatalf("%s: %+v", b.path, r)
		}
		w.stored(int64(i + 1))
	}
	hog := `{"event":"e","uuid":"%s","distinct_id":"u","api_key":"` + w.key + `"}`
	for i, path := range []string{"/batch/", "/batch", "/capture/", "/e/", "/i/v0/e/"} {
		w.wants(w.send(http.MethodPost, path, "", strings.NewReader(fmt.Sprintf(hog, path))), http.StatusOK)
		w.stored(int64(len(bodies) + i + 1))
	}
	for _, path := range []string{"/v1/", "/v1/tracks", "/v1/batch/x", "/v1/" + strings.Repeat("x", 500), "/e/x"} {
		if r := w.post(path, `{}`); r.Status != http.StatusNotFound || len(r.Detail) > 400 {
			t.Errorf("%s: %+v", path, r)
		}
	}
	r := w.send(http.MethodGet, "/v1/track", w.key, nil)
	if w.wants(r, http.StatusMethodNotAllowed); r.Header.Get("Allow") != "OPTIONS, POST" {
		t.Error(r.Header)
	}
}

func TestRepetitionIsAccepted(t *testing.T) {
	w := newWorld(t)
	for range 3 {
		w.wants(w.post("/v1/batch", list("same", 5, 1)), http.StatusOK)
	}
	w.stored(5)
}

func TestKeys(t *testing.T) {
	w := newWorld(t)
	body := `{"userId":"u","event":"e"}`
	as := func(key, path, body string) reply { return w.send(http.MethodPost, path, key, strings.NewReader(body)) }
	for _, key := range []string{"", "wrong", "mwk_AAAAAAAAAAAAAAAAAAAAAAAAAA", strings.Repeat("k", 5000)} {
		if r := as(key, "/v1/track", body); r.Status != http.StatusUnauthorized || r.Header.Get("WWW-Authenticate") == "" {
			t.Errorf("%.20q: %+v", key, r)
		}
	}
	w.wants(as("", "/v1/track", `{"writeKey":"mwk_wrong","userId":"u","event":"e"}`), http.StatusUnauthorized)
	w.wants(as("", "/batch/", `{"batch":[{"event":"e","distinct_id":"u"}]}`), http.StatusUnauthorized, "missing")
	w.stored(0)
	w.wants(as("", "/v1/track", `{"writeKey":"`+w.key+`","userId":"u","event":"e"}`), http.StatusOK)
	w.wants(as("", "/v1/batch", `{"writeKey":"`+w.key+`",`+list("b", 1, 1)[1:]), http.StatusOK)
	w.stored(2)

	tracks, identifies := w.add(auth.ScopeTrack), w.add(auth.ScopeIdentify)
	w.wants(as(tracks, "/v1/identify", `{"userId":"u"}`), http.StatusForbidden, "scopes")
	w.wants(as(identifies, "/v1/track", body), http.StatusForbidden, "scopes")
	w.wants(as(tracks, "/v1/import", list("b", 1, 1)), http.StatusForbidden, "import")
	w.wants(as(tracks, "/v1/track", body), http.StatusOK)
	w.wants(as(identifies, "/v1/group", `{"groupId":"g"}`), http.StatusOK)
	r := as(tracks, "/v1/batch", `{"batch":[{"type":"identify","userId":"u"},{"type":"screen","userId":"u"}]}`)
	if w.wants(r, http.StatusOK); len(r.Rejected) != 1 || r.Rejected[0] != (ingest.Rejection{Index: 0, Field: "type", Reason: ingest.ReasonScope}) {
		t.Fatalf("%+v", r)
	}
	w.stored(5)
}

func TestBadMessages(t *testing.T) {
	w := newWorld(t)
	r := w.post("/v1/batch", `{"batch":[`+track("a", 1)+`,{"type":"track","userId":"u"},`+track("b", 33<<10)+`,{"type":"x","userId":"u"},`+track("c", 1)+`]}`)
	w.wants(r, http.StatusOK)
	if got := fmt.Sprint(*r.Success, r.Rejected); got != "true [{1 event is missing} {2  is larger than 32 KB} {3 type is not identify, group, track, page, screen or alias}]" {
		t.Fatal(got)
	}
	w.stored(2)
	r = w.post("/v1/track", `{"userId":"u","event":{"a":1}}`)
	if w.wants(r, http.StatusBadRequest, "event has the wrong type"); r.Field != "event" || len(r.Rejected) != 1 {
		t.Fatalf("%+v", r)
	}
	r = w.post("/v1/batch", `{"batch":[{"type":"track","userId":"u","event":"e","timestamp":"2100-01-01T00:00:00Z"}]}`)
	if w.wants(r, http.StatusBadRequest, "timestamp lies in the future"); r.Field != "timestamp" {
		t.Fatalf("%+v", r)
	}
	for body, words := range map[string]string{
		"": "not JSON", "hello": "not JSON", `{"batch":[` + track("x", 1): "not JSON", "{\"batch\":[\x00]}": "not JSON", "[]": "not a JSON object", `{"batch":1}`: "not a list",
		strings.Repeat("[", 200_000): "not JSON", "\x1f\x8bnot gzip": "not valid gzip", zipped(list("z", 2, 10))[:40]: "not valid gzip",
	} {
		w.wants(w.post("/v1/batch", body), http.StatusBadRequest, words)
	}
	w.stored(2)
	var reasons []string
	for _, s := range w.service.Stats() {
		for _, j := range s.Rejections {
			if len(j.Samples) == 0 {
				t.Errorf("%+v has no sample", j)
			}
			reasons = append(reasons, fmt.Sprint(j.Field, " ", j.Reason, " ", j.Count))
		}
	}
	if len(reasons) != 5 {
		t.Errorf("the counts of rejections: %q", reasons)
	}
}

func TestSizes(t *testing.T) {
	w := newWorld(t)
	for name, c := range map[string]struct {
		path, body string
		status     int
	}{
		"499 KB":           {"/v1/batch", list("a", 19, 499<<10/19-80), http.StatusOK},
		"501 KB":           {"/v1/batch", list("b", 19, 501<<10/19), http.StatusRequestEntityTooLarge},
		"import of 3.9 MB": {"/v1/import", list("c", 160, 3900<<10/160-80), http.StatusOK},
		"import of 4.1 MB": {"/v1/import", list("d", 160, 4200<<10/160), http.StatusRequestEntityTooLarge},
		"a page of events": {"/batch/", list("e", 19, 501<<10/19), http.StatusRequestEntityTooLarge},
	} {
		for how, body := range map[string]io.Reader{"with its length": strings.NewReader(c.body), "in chunks": io.MultiReader(strings.NewReader(c.body)), "zipped": strings.NewReader(zipped(c.body))} {
			if r := w.send(http.MethodPost, c.path, w.key, body); r.Status != c.status {
				t.Errorf("%s %s: %+v", name, how, r)
			}
		}
	}
	w.stored(19 + 160)
	if w.tracking.Held() != 0 {
		t.Errorf("%d bytes are not given back", w.tracking.Held())
	}
}

func TestCompression(t *testing.T) {
	w := newWorld(t)
	w.wants(w.post("/v1/batch", zipped(list("a", 3, 1)), "Content-Encoding", "gzip"), http.StatusOK)
	w.wants(w.post("/v1/batch", zipped(list("b", 3, 1)), "Content-Type", "application/x-www-form-urlencoded"), http.StatusOK)
	w.wants(w.post("/v1/batch", list("c", 3, 1), "Content-Encoding", "identity"), http.StatusOK)
	w.wants(w.post("/v1/batch", list("d", 3, 1), "Content-Encoding", "br"), http.StatusUnsupportedMediaType)
	w.stored(9)
	event := `{"event":"e","uuid":"form","properties":{"distinct_id":"u","token":"` + w.key + `"}}`
	form := "data=" + url.QueryEscape(base64.StdEncoding.EncodeToString([]byte(event)))
	w.wants(w.send(http.MethodPost, "/e/?compression=base64", "", strings.NewReader(form)), http.StatusOK)
	w.stored(10)
	w.wants(w.post("/e/", "data=%zz"), http.StatusBadRequest, "form")
	// A bomb: 100 MB in 100 KB. It is read no farther than a body may go.
	bomb := zipped(`{"batch":[` + strings.Repeat(" ", 100<<20) + `]}`)
	w.wants(w.post("/v1/batch", bomb), http.StatusRequestEntityTooLarge)
	w.wants(w.post("/v1/import", bomb), http.StatusRequestEntityTooLarge)
	if w.tracking.Held() != 0 {
		t.Errorf("%d bytes are not given back", w.tracking.Held())
	}
}

func TestFull(t *testing.T) {
	limits := ingest.DefaultLimits()
	limits.Backlog = 10
	w := limited(t, limits, 0)
	w.wants(w.post("/v1/batch", list("a", 11, 1)), http.StatusOK)
	r := w.post("/v1/batch", list("b", 1, 1))
	if w.wants(r, http.StatusTooManyRequests); r.Header.Get("Retry-After") != "5" || r.Code != "unavailable" {
		t.Fatalf("%+v", r)
	}
	w.wants(w.post("/v1/batch", "not read at all"), http.StatusTooManyRequests)
	w.stored(11)
	if _, err := w.service.Fold(w.ctx); err != nil {
		t.Fatal(err)
	}
	w.wants(w.post("/v1/batch", list("b", 1, 1)), http.StatusOK)
	// Bodies that are being read hold no more than their memory either.
	release := w.tracking.Hold(api.HeldMost)
	if r = w.post("/v1/batch", list("c", 1, 1)); r.Status != http.StatusTooManyRequests || r.Header.Get("Retry-After") != "1" {
		t.Fatalf("%+v", r)
	}
	release()
	w.wants(w.post("/v1/batch", list("c", 1, 1)), http.StatusOK)
}

func TestBrowsers(t *testing.T) {
	w := newWorld(t)
	_, key, err := w.keys.Add(w.ctx, root(), auth.WriteKey{Name: "web", SourceName: "web", Scopes: []auth.KeyScope{auth.ScopeTrack, auth.ScopeBrowser},
		Origins: []string{"https://app.example.com", "https://*.example.org"}})
	w.check(err)
	body := `{"userId":"u","event":"e"}`
	for origin, allowed := range map[string]bool{
		"https://app.example.com": true, "https://a.example.org": true, "https://A.B.example.org": true, "http://app.example.com": false,
		"https://example.org": false, "http://a.example.org": false, "https://app.example.com.evil.com": false, "https://evilexample.org": false, "null": false,
	} {
		status, seen := http.StatusForbidden, ""
		if allowed {
			status, seen = http.StatusOK, origin
		}
		r := w.send(http.MethodOptions, "/v1/t", "", nil, "Origin", origin, "Access-Control-Request-Method", "POST")
		if r.Status != http.StatusNoContent || r.Header.Get("Access-Control-Allow-Origin") != seen || allowed != (r.Header.Get("Access-Control-Allow-Methods") == "POST") {
			t.Errorf("preflight of %s: %+v", origin, r)
		}
		r = w.send(http.MethodPost, "/v1/t", key, strings.NewReader(body), "Origin", origin)
		if r.Status != status || r.Header.Get("Access-Control-Allow-Origin") != seen {
			t.Errorf("message of %s: %+v", origin, r)
		}
		// The other key is not for browsers, even of pages that may use one.
		if r = w.post("/v1/t", body, "Origin", origin); r.Status != http.StatusForbidden || r.Header.Get("Access-Control-Allow-Origin") != "" {
			t.Errorf("message of %s with a key for servers: %+v", origin, r)
		}
	}
	w.wants(w.send(http.MethodPost, "/v1/t", key, strings.NewReader(body)), http.StatusOK) // no browser
	w.stored(4)
}

// raw opens a connection and sends the beginning of a request.
func (w *world) raw(text string) net.Conn {
	w.Helper()
	c, err := net.Dial("tcp", strings.TrimPrefix(w.url, "http://"))
	w.check(err)
	_, err = io.WriteString(c, text)
	w.check(err)
	return c
}

// TestSlowClients: who does not send on is answered, or cut off, after the time
// for it; meanwhile others are served, and no memory stays taken.
func TestSlowClients(t *testing.T) {
	w := limited(t, ingest.DefaultLimits(), 200*time.Millisecond)
	credentials := base64.StdEncoding.EncodeToString([]byte(w.key + ":"))
	head := "POST /v1/batch HTTP/1.1\r\nHost: minori\r\nAuthorization: Basic " + credentials + "\r\n"
	var conns []net.Conn
	for range 20 {
		conns = append(conns, w.raw(head+"Content-Length: 100000\r\n\r\n{\"batch\":["), w.raw(head+"Transfer-Encoding: chunked\r\n\r\n4\r\n{\"ba\r\n"), w.raw(head))
	}
	gone := w.raw(head + "Content-Length: 100000\r\n\r\n{\"batch\":[") // half sent
	w.check(gone.Close())
	w.wants(w.post("/v1/batch", list("a", 10, 1)), http.StatusOK)
	for i, c := range conns {
		w.check(c.SetReadDeadline(time.Now().Add(20 * time.Second)))
		resp, err := http.ReadResponse(bufio.NewReader(c), nil)
		switch {
		case i%3 == 2: // not even the headers
			if err == nil && resp.StatusCode != http.StatusRequestTimeout {
				t.Errorf("headers: %v", resp.Status)
			}
		case err != nil || resp.StatusCode != http.StatusRequestTimeout || !resp.Close:
			t.Errorf("connection %d: %+v, %v", i, resp, err)
		}
		if resp != nil {
			w.check(resp.Body.Close())
		}
		if err := c.SetReadDeadline(time.Now().Add(20 * time.Second)); err == nil {
			if _, err = io.Copy(io.Discard, c); err != nil && strings.Contains(err.Error(), "timeout") {
				t.Errorf("connection %d stays open", i)
			}
		}
		w.check(c.Close())
	}
	for range 200 {
		if w.tracking.Held() == 0 {
			break
		}
		time.Sleep(10 * time.Millisecond)
	}
	if w.tracking.Held() != 0 {
		t.Errorf("%d bytes are not given back", w.tracking.Held())
	}
	w.stored(10)
}

// TestSlowStore: the time for a body to arrive is not one for storing it.
func TestSlowStore(t *testing.T) {
	w := over(t, ingest.DefaultLimits(), 100*time.Millisecond, func(i ingest.Inbox) ingest.Inbox { return slow{i, 500 * time.Millisecond} })
	w.wants(w.post("/v1/batch", list("a", 3, 1)), http.StatusOK)
	w.stored(3)
}

// TestManyNames: 10,000 names of events are taken; what is kept of them in
// memory stays small.
func TestManyNames(t *testing.T) {
	w := newWorld(t)
	for from := 0; from < 10_000; from += 1000 {
		var events []string
		for i := range 1000 {
			events = append(events, fmt.Sprintf(`{"type":"track","userId":"u","event":"name-%d"}`, from+i))
		}
		w.wants(w.post("/v1/batch", `{"batch":[`+strings.Join(events, ",")+`]}`), http.StatusOK)
	}
	w.stored(10_000)
	if s := w.service.Stats(); len(s) != 1 || len(s[0].Events) > 1000 || s[0].Minutes[0].Accepted != 10_000 {
		t.Errorf("%d sources, %d names", len(s), len(s[0].Events))
	}
}
