package api_test

import (
	"bytes"
	"compress/gzip"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	minori "github.com/minori-hq/minori"
	"github.com/minori-hq/minori/account"
	"github.com/minori-hq/minori/account/traits"
	"github.com/minori-hq/minori/api"
	"github.com/minori-hq/minori/auth"
	"github.com/minori-hq/minori/ingest"
	"github.com/minori-hq/minori/store/lake/duckdb"
	"github.com/minori-hq/minori/store/records"
	"github.com/minori-hq/minori/store/records/access"
	"github.com/minori-hq/minori/store/records/identity"
)

// world is the tracking addresses over both stores, served.
type world struct {
	testing.TB
	ctx      context.Context
	now      time.Time
	lake     *duckdb.Lake
	keys     *auth.Keys
	service  *ingest.Service
	tracking *api.Tracking
	url      string
	key      string        // may do everything but from browsers
	refused  chan struct{} // closed when a request is answered with 429
}

// watched tells the status of an answer.
type watched struct {
	http.ResponseWriter
	tell func(status int)
}

// WriteHeader implements http.ResponseWriter.
func (w watched) WriteHeader(status int) {
	w.tell(status)
	w.ResponseWriter.WriteHeader(status)
}

// Unwrap is for http.ResponseController.
func (w watched) Unwrap() http.ResponseWriter { return w.ResponseWriter }

// root manages keys.
func root() minori.Actor { return minori.Actor{Name: "root", Role: minori.RoleAdmin} }

func newWorld(t testing.TB) *world { return limited(t, ingest.DefaultLimits(), 0) }

// limited makes a world with limits of its queue, and a time that a body may
// take to arrive.
func limited(t testing.TB, limits ingest.Limits, wait time.Duration) *world {
	return over(t, limits, wait, func(i ingest.Inbox) ingest.Inbox { return i })
}

// slow is an inbox that takes its time.
type slow struct {
	ingest.Inbox
	time time.Duration
}

// Receive implements ingest.Inbox.
func (s slow) Receive(ctx context.Context, messages []ingest.Received) error {
	time.Sleep(s.time)
	return s.Inbox.Receive(ctx, messages)
}

// over makes a world with something between the service and its inbox.
func over(t testing.TB, limits ingest.Limits, wait time.Duration, between func(ingest.Inbox) ingest.Inbox) *world {
	t.Helper()
	w := &world{TB: t, ctx: context.Background(), now: time.Date(2026, 11, 20, 12, 0, 0, 0, time.UTC), refused: make(chan struct{})}
	dir, clock := t.TempDir(), func() time.Time { return w.now }
	db, err := records.Open(w.ctx, filepath.Join(dir, "records.db"))
	w.check(err)
	w.lake, err = duckdb.Open(filepath.Join(dir, "lake.db"), duckdb.Options{Currency: "USD", Threads: 1})
	w.check(err)
	ids := func(kind string) func(context.Context, []string) (map[string]int64, error) {
		return func(ctx context.Context, names []string) (map[string]int64, error) {
			return db.EnsureIDs(ctx, kind, names)
		}
	}
	log := slog.New(slog.DiscardHandler)
	w.service, err = ingest.Open(w.ctx, ingest.Config{
		Inbox: between(w.lake), Zone: time.UTC, Clock: clock, Log: log, Limits: limits, Drain: func(context.Context) error { return nil },
		Traits: traits.NewService(identity.Over(db, db.DB), traits.Config{Zone: time.UTC, Clock: clock, FieldIDs: ids("Field"),
			Fields: func(context.Context) ([]account.Field, error) { return nil, nil }}),
	})
	w.check(err)
	t.Cleanup(func() {
		w.service.Close()
		w.check(errors.Join(w.lake.Close(), db.Close()))
	})
	w.keys = auth.NewKeys(access.New(db.DB), clock, ids("Source"))
	w.key = w.add(auth.ScopeTrack, auth.ScopeIdentify, auth.ScopeImport)
	w.tracking = api.NewTracking(api.TrackingConfig{Acceptor: w.service, Keys: w.keys, Rejections: w.service, Zone: time.UTC, Clock: clock, Log: log, BodyTimeout: wait})
	mux := http.NewServeMux()
	for _, p := range api.TrackingPaths() {
		mux.Handle(p, w.tracking)
	}
	var once sync.Once
	srv := httptest.NewUnstartedServer(http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		mux.ServeHTTP(watched{rw, func(status int) {
			if status == http.StatusTooManyRequests {
				once.Do(func() { close(w.refused) })
			}
		}}, r)
	}))
	srv.Config.ReadHeaderTimeout = time.Second
	srv.Start()
	t.Cleanup(srv.Close)
	w.url = srv.URL
	return w
}

func (w *world) check(err error) {
	w.Helper()
	if err != nil {
		w.Fatal(err)
	}
}

// add makes a key.
func (w *world) add(scopes ...auth.KeyScope) string {
	w.Helper()
	_, secret, err := w.keys.Add(w.ctx, root(), auth.WriteKey{Name: "test", SourceName: "test", Scopes: scopes})
	w.check(err)
	return secret
}

// reply is an answer; it has the keys of a success and of a problem.
type reply struct {
	Status   int
	Header   http.Header
	Success  *bool              `json:"success"`
	Rejected []ingest.Rejection `json:"rejected"`
	Title    string             `json:"title"`
	Detail   string             `json:"detail"`
	Field    string             `json:"field"`
	Code     string             `json:"code"`
	Problem  int                `json:"status"`
}

// send sends a body with a key as Basic user name ("": without) and more
// headers, as name and value.
func (w *world) send(method, path, key string, body io.Reader, headers ...string) reply {
	w.Helper()
	req, err := http.NewRequestWithContext(w.ctx, method, w.url+path, body)
	w.check(err)
	if key != "" {
		req.SetBasicAuth(key, "")
	}
	for i := 0; i < len(headers); i += 2 {
		req.Header.Set(headers[i], headers[i+1])
	}
	resp, err := http.DefaultClient.Do(req)
	w.check(err)
	defer func() { w.check(resp.Body.Close()) }()
	out := reply{Status: resp.StatusCode, Header: resp.Header}
	text, err := io.ReadAll(resp.Body)
	w.check(err)
	if len(text) > 0 {
		if err := json.Unmarshal(text, &out); err != nil {
			w.Fatalf("%d %s: %v", resp.StatusCode, text, err)
		}
	}
	if out.Status >= 400 && (resp.Header.Get("Content-Type") != "application/problem+json" || out.Problem != out.Status || out.Title == "" || out.Success == nil || *out.Success) {
		w.Fatalf("%d is no problem document: %s", out.Status, text)
	}
	return out
}

// post sends a text with the key that may do everything.
func (w *world) post(path, body string, headers ...string) reply {
	w.Helper()
	return w.send(http.MethodPost, path, w.key, strings.NewReader(body), headers...)
}

// wants fails unless an answer has a status and, in its detail, some words.
func (w *world) wants(r reply, status int, words ...string) {
	w.Helper()
	if r.Status != status {
		w.Fatalf("status %d, want %d: %+v", r.Status, status, r)
	}
	for _, word := range words {
		if !strings.Contains(r.Detail, word) {
			w.Fatalf("%q is not in %q", word, r.Detail)
		}
	}
}

// stored fails unless so many messages are stored.
func (w *world) stored(n int64) {
	w.Helper()
	got, _, err := w.lake.Backlog(w.ctx)
	w.check(err)
	if got != n {
		w.Fatalf("%d messages are stored, want %d", got, n)
	}
}

// zipped gives a text compressed.
func zipped(text string) string {
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	if _, err := io.WriteString(z, text); err != nil {
		panic(err)
	}
	if err := z.Close(); err != nil {
		panic(err)
	}
	return b.String()
}

// track is a message, with a body of about size bytes.
func track(id string, size int) string {
	return fmt.Sprintf(`{"type":"track","messageId":%q,"userId":"u","event":"e","properties":{"a":%q}}`, id, strings.Repeat("x", size))
}

// list is a batch of n messages.
func list(prefix string, n, size int) string {
	messages := make([]string, n)
	for i := range messages {
		messages[i] = track(fmt.Sprint(prefix, i), size)
	}
	return `{"batch":[` + strings.Join(messages, ",") + `]}`
}
