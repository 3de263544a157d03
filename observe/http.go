package observe

import (
	"bytes"
	"crypto/sha256"
	"crypto/subtle"
	"log/slog"
	"net"
	"net/http"
	"net/http/pprof"
	"strconv"
	"strings"
	"time"

	minori "github.com/minori-hq/minori"
)

// HTTP gives every request an id, a span, a line in the log, and counts it.
func (o *Observer) HTTP(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		started := time.Now()
		id := requestID(r.Header.Get("X-Request-Id"))
		w.Header().Set("X-Request-Id", id)
		ctx := WithRequestID(r.Context(), id)
		ctx, span := o.cfg.Tracer.request(ctx, r)
		r = r.WithContext(ctx)
		out := &recorder{ResponseWriter: w}
		defer func() {
			gone := recover()
			if gone != nil && out.status == 0 {
				out.status = http.StatusInternalServerError
			}
			o.answered(r, out, time.Since(started), span)
			if gone != nil {
				panic(gone)
			}
		}()
		next.ServeHTTP(out, r)
	})
}

func (o *Observer) answered(r *http.Request, out *recorder, took time.Duration, span Span) {
	if out.status == 0 {
		out.status = http.StatusOK
	}
	route, code := routeOf(r), strconv.Itoa(out.status)
	o.requests.Add(1, route, code)
	if !strings.HasPrefix(out.Header().Get("Content-Type"), "text/event-stream") {
		o.requestSeconds.Observe(took.Seconds(), route)
	}
	span.answered(route, out.status)
	o.cfg.Log.LogAttrs(r.Context(), o.cfg.AccessLevel, "request",
		slog.String("method", r.Method), slog.String("path", pathOf(r, route)), slog.String("route", route), slog.Int("status", out.status),
		slog.Int64("bytes", out.bytes), slog.Duration("took", took), slog.String("from", r.RemoteAddr))
}

// routeOf gives the pattern that a request was led by. There is a bounded
// number of them, unlike addresses.
func routeOf(r *http.Request) string {
	if r.Pattern == "" {
		return "none"
	}
	return r.Pattern
}

// pathOf gives the path of a request for the log; one that holds a secret is
// written as its route.
func pathOf(r *http.Request, route string) string {
	if strings.Contains(route, "{token}") {
		return route
	}
	return r.URL.Path
}

// recorder notes what was answered.
type recorder struct {
	http.ResponseWriter
	status int
	bytes  int64
}

// WriteHeader implements http.ResponseWriter.
func (w *recorder) WriteHeader(status int) {
	if w.status == 0 && status >= http.StatusOK { // what is below only announces
		w.status = status
	}
	w.ResponseWriter.WriteHeader(status)
}

// Write implements http.ResponseWriter.
func (w *recorder) Write(b []byte) (int, error) {
	if w.status == 0 {
		w.status = http.StatusOK
	}
	n, err := w.ResponseWriter.Write(b)
	w.bytes += int64(n)
	return n, err
}

// Unwrap lets http.ResponseController reach what the server gave.
func (w *recorder) Unwrap() http.ResponseWriter { return w.ResponseWriter }

// Metrics answers /metrics to who may read them: with a token whoever sends
// it, else this machine only. A request that a proxy passed on is not of this
// machine.
func (o *Observer) Metrics() http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Cache-Control", "no-store")
		w.Header().Set("X-Content-Type-Options", "nosniff")
		if o.cfg.Token != "" && !bearer(r, o.cfg.Token) {
			w.Header().Set("WWW-Authenticate", `Bearer realm="minori metrics"`)
			http.Error(w, "The metrics are read with a token: Authorization: Bearer …", http.StatusUnauthorized)
			return
		}
		if o.cfg.Token == "" && !fromHere(r) {
			http.Error(w, "The metrics are read on the machine itself, or with a token: set MINORI_METRICS_TOKEN.", http.StatusForbidden)
			return
		}
		var b bytes.Buffer
		if err := o.Write(r.Context(), &b); err != nil {
			o.cfg.Log.ErrorContext(r.Context(), "the metrics could not be written", "error", err)
			http.Error(w, "The metrics could not be written.", http.StatusInternalServerError)
			return
		}
		w.Header().Set("Content-Type", "text/plain; version=0.0.4; charset=utf-8")
		_, _ = w.Write(b.Bytes()) // the reader went away
	})
}

// bearer compares in constant time whatever the lengths.
func bearer(r *http.Request, token string) bool {
	sent, ok := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
	a, b := sha256.Sum256([]byte(sent)), sha256.Sum256([]byte(token))
	return ok && subtle.ConstantTimeCompare(a[:], b[:]) == 1
}

// fromHere reports whether a request comes from this machine and was not
// passed on by a proxy on it.
func fromHere(r *http.Request) bool {
	for _, name := range []string{"X-Forwarded-For", "Forwarded", "X-Forwarded-Host", "X-Real-Ip", "Via"} {
		if r.Header.Get(name) != "" {
			return false
		}
	}
	host, _, err := net.SplitHostPort(r.RemoteAddr)
	return err == nil && loopback(host)
}

func loopback(host string) bool {
	ip := net.ParseIP(host)
	return ip != nil && ip.IsLoopback()
}

// ListenPprof opens an address for Profiles; it has to be one of this machine.
func ListenPprof(addr string) (net.Listener, error) {
	host, _, err := net.SplitHostPort(addr)
	if err != nil || !loopback(host) {
		return nil, minori.Errorf(minori.Invalid, "profiles show what is in memory: --pprof takes an address of this machine such as 127.0.0.1:6060, not %q", addr)
	}
	ln, err := net.Listen("tcp", addr)
	if err != nil {
		return nil, &minori.Error{Code: minori.Unavailable, Message: "cannot listen on " + addr + " for profiles", Err: err}
	}
	return ln, nil
}

// Profiles answers /debug/pprof/ under names of this machine only.
func Profiles() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("/debug/pprof/", pprof.Index)
	mux.HandleFunc("/debug/pprof/cmdline", pprof.Cmdline)
	mux.HandleFunc("/debug/pprof/profile", pprof.Profile)
	mux.HandleFunc("/debug/pprof/symbol", pprof.Symbol)
	mux.HandleFunc("/debug/pprof/trace", pprof.Trace)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		host := r.Host
		if h, _, err := net.SplitHostPort(host); err == nil {
			host = h
		}
		if host != "localhost" && !loopback(strings.Trim(host, "[]")) {
			http.Error(w, "Profiles are read under 127.0.0.1 or localhost.", http.StatusMisdirectedRequest)
			return
		}
		mux.ServeHTTP(w, r)
	})
}
