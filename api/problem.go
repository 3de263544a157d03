package api

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"

	minori "github.com/minori-hq/minori"
	"github.com/minori-hq/minori/ingest"
	"github.com/minori-hq/minori/ingest/message"
)

// Problem is what an error is answered with: a problem document of RFC 9457.
type Problem struct {
	Type   string `json:"type"`
	Title  string `json:"title"`
	Status int    `json:"status"`
	Detail string `json:"detail,omitempty"` // what to do; of internal errors nothing
	Code   string `json:"code,omitempty"`   // minori.Code
	Field  string `json:"field,omitempty"`  // what is wrong in the input
	ID     string `json:"id,omitempty"`     // under which the log has more
	// Success is false; Segment's clients look for it.
	Success  bool               `json:"success"`
	Rejected []ingest.Rejection `json:"rejected,omitempty"`
}

// status is an error that has a status of HTTP but no code of ours.
type status struct {
	status int
	text   string
}

// Error implements error.
func (s status) Error() string { return s.text }

// rejected is the error of a request of which no message is stored.
type rejected struct {
	code minori.Code
	list []ingest.Rejection
}

// Error names what is wrong with the first message.
func (r rejected) Error() string {
	first := r.list[0]
	what := fmt.Sprintf("message %d", first.Index)
	if first.Field != "" {
		what += ": " + first.Field
	}
	return fmt.Sprintf("no message is stored; %s %s", what, first.Reason)
}

// allRejected is the error of a request of which no message is stored.
func allRejected(list []message.Rejected) error {
	code := minori.Forbidden
	for i := range list {
		if list[i].Reason != ingest.ReasonScope {
			code = minori.Invalid
		}
	}
	return rejected{code, listed(list)}
}

// statusOf gives the status of a code.
func statusOf(c minori.Code) int {
	switch c {
	case minori.Invalid:
		return http.StatusBadRequest
	case minori.NotFound:
		return http.StatusNotFound
	case minori.Conflict:
		return http.StatusConflict
	case minori.Forbidden:
		return http.StatusForbidden
	case minori.Unauthenticated:
		return http.StatusUnauthorized
	case minori.Unavailable:
		return http.StatusServiceUnavailable
	}
	return http.StatusInternalServerError
}

// problemOf says what an error means to a client.
func problemOf(err error) (p Problem, retry time.Duration) {
	var said status
	var full ingest.Full
	var none rejected
	var one *minori.Error
	switch {
	case errors.As(err, &said):
		p = Problem{Status: said.status, Detail: said.text}
	case errors.As(err, &full):
		p, retry = Problem{Status: http.StatusTooManyRequests, Code: string(minori.Unavailable), Detail: full.Error()}, full.RetryAfter
	case errors.As(err, &none):
		p = Problem{Status: statusOf(none.code), Code: string(none.code), Field: none.list[0].Field, Detail: none.Error(), Rejected: none.list}
	case errors.Is(err, context.Canceled): // the client went away while its messages waited
		p = Problem{Status: http.StatusServiceUnavailable, Code: string(minori.Unavailable)}
	case errors.As(err, &one) && one.Code != minori.Internal:
		p = Problem{Status: statusOf(one.Code), Code: string(one.Code), Field: one.Field, Detail: one.Message}
	default:
		p = Problem{Status: http.StatusInternalServerError, Code: string(minori.Internal), ID: strings.ToLower(rand.Text()[:10])}
	}
	p.Type, p.Title = "about:blank", http.StatusText(p.Status)
	return p, retry
}

// fail answers with an error, also when the client seems to be gone: without
// an answer the status would be 200.
func (t *Tracking) fail(w http.ResponseWriter, r *http.Request, err error) {
	p, retry := problemOf(err)
	if p.ID != "" {
		t.cfg.Log.ErrorContext(r.Context(), "tracking failed", "id", p.ID, "path", r.URL.Path, "error", err)
	} else {
		t.cfg.Log.DebugContext(r.Context(), "tracking refused", "status", p.Status, "path", r.URL.Path, "error", p.Detail)
	}
	h := w.Header()
	switch p.Status {
	case http.StatusUnauthorized:
		h.Set("WWW-Authenticate", `Basic realm="minori"`)
	case http.StatusTooManyRequests:
		h.Set("Retry-After", strconv.Itoa(max(1, int((retry+time.Second-1)/time.Second))))
	case http.StatusRequestTimeout:
		h.Set("Connection", "close")
	}
	text, err := json.Marshal(p)
	if err != nil {
		t.cfg.Log.ErrorContext(r.Context(), "a problem could not be written", "error", err)
		text = []byte(`{"success":false}`)
	}
	h.Set("Content-Type", "application/problem+json")
	h.Set("Cache-Control", "no-store")
	w.WriteHeader(p.Status)
	_, _ = w.Write(append(text, '\n'))
}

// clipped cuts what a client sent to a length that can be said back.
func clipped(s string) string {
	if len(s) > 100 {
		s = s[:100] + "…"
	}
	return strings.ToValidUTF8(s, "")
}
