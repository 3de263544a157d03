package webhooktest

import (
	"io"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"
	"time"

	standardwebhooks "github.com/standard-webhooks/standard-webhooks/libraries/go"
)

// receiver is a program that gets webhooks. What it answers is said by the
// path: /ok, /fail, /slow, /away, /huge, /busy, /gone.
type receiver struct {
	*httptest.Server
	t    testing.TB
	mu   sync.Mutex
	keys map[string][]string // secrets by path
	got  []received
	end  chan struct{}
}

// received is one request.
type received struct {
	path, id, body string
	valid          bool // its signature holds under every secret
}

func newReceiver(t testing.TB) *receiver {
	r := &receiver{t: t, keys: map[string][]string{}, end: make(chan struct{})}
	r.Server = httptest.NewServer(http.HandlerFunc(r.answer))
	t.Cleanup(func() { close(r.end); r.Close() })
	return r
}

// secrets sets what a path's signatures are checked with.
func (r *receiver) secrets(path string, secrets ...string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.keys[path] = secrets
}

// take gives what came since the last time.
func (r *receiver) take() []received {
	r.mu.Lock()
	defer r.mu.Unlock()
	out := r.got
	r.got = nil
	return out
}

func (r *receiver) answer(w http.ResponseWriter, q *http.Request) {
	body, err := io.ReadAll(q.Body)
	if err != nil {
		r.t.Error(err)
	}
	x := received{path: q.URL.Path, id: q.Header.Get("webhook-id"), body: string(body), valid: true}
	r.mu.Lock()
	for _, secret := range r.keys[x.path] {
		hook, err := standardwebhooks.NewWebhook(secret)
		if err != nil {
			r.t.Error(err)
			continue
		}
		// The clock of these tests stands in another year.
		x.valid = x.valid && hook.VerifyIgnoringTimestamp(body, q.Header) == nil
	}
	r.got = append(r.got, x)
	r.mu.Unlock()
	switch x.path {
	case "/fail":
		w.WriteHeader(http.StatusInternalServerError)
	case "/slow":
		select {
		case <-r.end:
		case <-time.After(time.Minute):
		}
	case "/away":
		http.Redirect(w, q, "/ok", http.StatusTemporaryRedirect)
	case "/huge":
		for chunk := make([]byte, 1<<20); ; {
			if _, err := w.Write(chunk); err != nil {
				return
			}
		}
	case "/busy":
		w.Header().Set("Retry-After", "3600")
		w.WriteHeader(http.StatusTooManyRequests)
	case "/gone":
		w.WriteHeader(http.StatusGone)
	case "/broken":
		panic(http.ErrAbortHandler)
	}
}
