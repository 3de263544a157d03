// Package api answers programs: the tracking addresses in Segment's and
// PostHog's formats.
package api

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"net/http"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	minori "github.com/minori-hq/minori"
	"github.com/minori-hq/minori/auth"
	"github.com/minori-hq/minori/ingest"
	"github.com/minori-hq/minori/ingest/message"
)

// Acceptor stores messages. It returns when they would survive a kill; an
// ingest.Full says to try again later. On an error none is stored.
type Acceptor interface {
	// Room is nil while there is room, and else the ingest.Full with which Accept
	// would refuse: a body need not be read for that.
	Room(source int64) error
	Accept(ctx context.Context, source int64, messages []ingest.Message) error
}

// Keys knows the write keys.
type Keys interface {
	// WriteKey gives the key that a request brings; Unauthenticated unless it holds.
	WriteKey(ctx context.Context, key string) (auth.WriteKey, error)
	// BrowserOrigin reports whether pages of an origin may use any key.
	BrowserOrigin(ctx context.Context, origin string) (bool, error)
}

// Rejections counts messages that are not stored; sample is the beginning of one.
type Rejections interface {
	Rejected(source int64, r ingest.Rejection, sample []byte)
}

// Bounds of requests.
const (
	maxBody   = 500 << 10
	maxImport = 4 << 20
	// heldMost is how much memory bodies that are being read take together, in bytes;
	// who comes when it is used up tries again.
	heldMost = 128 << 20
	// bodyTimeout is how long a client may take to send a body; one to import gets
	// importFactor times as long.
	bodyTimeout  = 20 * time.Second
	importFactor = 3
	busyRetry    = time.Second // until a client that found no memory left tries again
)

// TrackingConfig is what the tracking addresses are made with.
type TrackingConfig struct {
	Acceptor   Acceptor
	Keys       Keys
	Rejections Rejections
	Zone       *time.Location // of the workspace
	Clock      minori.Clock
	Log        *slog.Logger
	// BodyTimeout is how long a client may take to send a body; 0: 20 seconds.
	BodyTimeout time.Duration
}

// Tracking takes tracking messages over HTTP.
type Tracking struct {
	cfg     TrackingConfig
	decoder *message.Decoder
	buffers sync.Pool    // of *[]byte
	inflate sync.Pool    // of *gzip.Reader
	held    atomic.Int64 // bytes that bodies being read take
	// decoding holds a mark for each body being decoded: what comes in at once must
	// not keep the pages waiting for a processor.
	decoding chan struct{}
}

// NewTracking makes the handler; TrackingPaths says where it belongs.
func NewTracking(cfg TrackingConfig) *Tracking {
	if cfg.BodyTimeout == 0 {
		cfg.BodyTimeout = bodyTimeout
	}
	return &Tracking{cfg: cfg, decoder: message.NewDecoder(cfg.Zone), decoding: make(chan struct{}, runtime.GOMAXPROCS(0))}
}

// TrackingPaths gives the patterns, of an http.ServeMux, of the addresses that
// Tracking answers.
func TrackingPaths() []string {
	return []string{"/v1/", "/batch", "/batch/", "/capture", "/capture/", "/e", "/e/", "/i/v0/e", "/i/v0/e/"}
}

// target is what an address takes.
type target struct {
	shape message.Shape
	past  bool // events of the past, in larger bodies
}

// targetOf gives what an address takes; false: there is none. Segment's client
// for browsers writes the first letter of the kind.
func targetOf(path string) (target, bool) {
	path = strings.TrimSuffix(path, "/")
	name, segment := strings.CutPrefix(path, "/v1/")
	if !segment {
		switch path {
		case "/batch", "/capture", "/e", "/i/v0/e":
			return target{shape: message.Shape{PostHog: true}}, true
		}
		return target{}, false
	}
	switch name {
	case "batch", "b":
		return target{}, true
	case "import":
		return target{past: true}, true
	}
	for k := ingest.Identify; k <= ingest.Alias; k++ {
		if s := k.String(); name == s || name == s[:1] {
			return target{shape: message.Shape{Kind: k}}, true
		}
	}
	return target{}, false
}

// ServeHTTP implements http.Handler.
func (t *Tracking) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	to, ok := targetOf(r.URL.Path)
	switch {
	case !ok:
		t.fail(w, r, minori.Errorf(minori.NotFound, "there is no address %s; tracking takes /v1/identify, group, track, page, screen, alias, batch, import", clipped(r.URL.Path)))
	case r.Method == http.MethodOptions:
		t.preflight(w, r)
	case r.Method != http.MethodPost:
		w.Header().Set("Allow", "OPTIONS, POST")
		t.fail(w, r, status{http.StatusMethodNotAllowed, "tracking messages are sent by POST"})
	default:
		if err := t.track(w, r, to); err != nil {
			t.fail(w, r, err)
		}
	}
}

// decode reads the messages of a body, which is gone then.
func (t *Tracking) decode(to target, b *body) (*message.Decoded, error) {
	t.decoding <- struct{}{}
	defer func() { <-t.decoding }()
	defer t.release(b)
	return t.decoder.Decode(to.shape, b.data, t.cfg.Clock())
}

// track takes the messages of a request.
func (t *Tracking) track(w http.ResponseWriter, r *http.Request, to target) error {
	wait := t.cfg.BodyTimeout
	if to.past {
		wait *= importFactor
	}
	// At the end of the body, read or not, the server takes the deadline away by itself.
	if err := http.NewResponseController(w).SetReadDeadline(time.Now().Add(wait)); err != nil {
		return fmt.Errorf("bounding the time to read a request: %w", err)
	}
	ctx := r.Context()
	var key auth.WriteKey
	secret, _, basic := r.BasicAuth()
	if basic {
		var err error
		if key, err = t.admit(w, r, secret, to); err != nil {
			return err
		}
		if err := t.cfg.Acceptor.Room(key.Source); err != nil {
			return err
		}
	}
	body, err := t.read(w, r, to)
	if err != nil {
		return err
	}
	in, err := t.decode(to, body)
	if err != nil {
		return err
	}
	if !basic {
		if key, err = t.admit(w, r, in.Key, to); err != nil {
			return err
		}
	}
	in.Allow(func(k ingest.Kind) bool { return key.May(scopeOf(k)) })
	if len(in.Messages) > 0 {
		if err := t.cfg.Acceptor.Accept(ctx, key.Source, in.Messages); err != nil {
			return err
		}
	}
	for i := range in.Rejected {
		t.cfg.Rejections.Rejected(key.Source, in.Rejected[i].Rejection, []byte(in.Rejected[i].Sample))
	}
	if len(in.Messages) == 0 && len(in.Rejected) > 0 {
		return allRejected(in.Rejected)
	}
	return answer(w, in.Rejected)
}

// admit finds the key and refuses what it is not good for.
func (t *Tracking) admit(w http.ResponseWriter, r *http.Request, secret string, to target) (auth.WriteKey, error) {
	key, err := t.cfg.Keys.WriteKey(r.Context(), secret)
	if err != nil {
		return key, err
	}
	if origin := r.Header.Get("Origin"); origin != "" {
		if !key.AllowsOrigin(origin) {
			return key, minori.Errorf(minori.Forbidden, "pages of %s may not use this write key", clipped(origin))
		}
		allowOrigin(w, origin)
	}
	if to.past && !key.May(auth.ScopeImport) {
		return key, minori.Errorf(minori.Forbidden, "the write key has not the scope %s", auth.ScopeImport)
	}
	return key, nil
}

// scopeOf gives the scope that a kind of message needs.
func scopeOf(k ingest.Kind) auth.KeyScope {
	if k.Counts() {
		return auth.ScopeTrack
	}
	return auth.ScopeIdentify
}

// answer says that messages are stored, and which are not.
func answer(w http.ResponseWriter, rejected []message.Rejected) error {
	w.Header().Set("Content-Type", "application/json")
	if len(rejected) == 0 {
		_, _ = w.Write([]byte("{\"success\":true}\n")) // a client that is gone misses nothing
		return nil
	}
	text, err := json.Marshal(struct {
		Success  bool               `json:"success"`
		Rejected []ingest.Rejection `json:"rejected"`
	}{true, listed(rejected)})
	if err != nil {
		return err
	}
	_, _ = w.Write(append(text, '\n'))
	return nil
}

func listed(rejected []message.Rejected) []ingest.Rejection {
	out := make([]ingest.Rejection, len(rejected))
	for i := range rejected {
		out[i] = rejected[i].Rejection
	}
	return out
}

// preflight answers a browser that asks whether a page may send at all. It does
// not say with which key yet; the message itself is held against its key.
func (t *Tracking) preflight(w http.ResponseWriter, r *http.Request) {
	origin := r.Header.Get("Origin")
	w.Header().Set("Vary", "Origin")
	ok, err := t.cfg.Keys.BrowserOrigin(r.Context(), origin)
	if err != nil {
		t.fail(w, r, err)
		return
	}
	if ok && origin != "" {
		allowOrigin(w, origin)
		h := w.Header()
		h.Set("Access-Control-Allow-Methods", "POST")
		h.Set("Access-Control-Allow-Headers", "Authorization, Content-Type, Content-Encoding, X-Retry-Count")
		h.Set("Access-Control-Max-Age", "600")
	}
	w.WriteHeader(http.StatusNoContent)
}

// allowOrigin lets a page of an origin read the answer.
func allowOrigin(w http.ResponseWriter, origin string) {
	w.Header().Set("Access-Control-Allow-Origin", origin)
	w.Header().Set("Access-Control-Expose-Headers", "Retry-After")
	w.Header().Set("Vary", "Origin")
}
