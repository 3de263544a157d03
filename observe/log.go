package observe

import (
	"context"
	"crypto/rand"
	"io"
	"log/slog"
	"strings"

	minori "github.com/minori-hq/minori"
)

// requestKey finds the id of a request in its context.
type requestKey struct{}

// RequestID gives the id of the request that a context belongs to, "" for none.
func RequestID(ctx context.Context) string {
	id, _ := ctx.Value(requestKey{}).(string)
	return id
}

// WithRequestID gives a context whose log lines carry an id.
func WithRequestID(ctx context.Context, id string) context.Context {
	return context.WithValue(ctx, requestKey{}, id)
}

// maxRequestID bounds an id that a client sends.
const maxRequestID = 64

// requestID gives the id a client sent if it is one that can stand in a log,
// else a new one.
func requestID(sent string) string {
	if n := len(sent); n < 8 || n > maxRequestID {
		return newID()
	}
	for _, c := range []byte(sent) {
		if c != '-' && c != '_' && c != '.' && (c < '0' || c > '9') && (c < 'a' || c > 'z') && (c < 'A' || c > 'Z') {
			return newID()
		}
	}
	return sent
}

func newID() string { return strings.ToLower(rand.Text()[:16]) }

// Formats of log lines.
const (
	FormatText = "text"
	FormatJSON = "json"
)

// NewLog makes a log that writes lines of a level ("debug", "info", "warn",
// "error") and above, each with the id of its request and trace.
func NewLog(w io.Writer, format, level string) (*slog.Logger, error) {
	l, err := Level(level)
	if err != nil {
		return nil, err
	}
	o := &slog.HandlerOptions{Level: l}
	switch format {
	case FormatText:
		return slog.New(idHandler{slog.NewTextHandler(w, o)}), nil
	case FormatJSON:
		return slog.New(idHandler{slog.NewJSONHandler(w, o)}), nil
	}
	return nil, minori.Errorf(minori.Invalid, "a log is written as text or json, not as %q", format)
}

// Level reads the name of a level.
func Level(name string) (slog.Level, error) {
	var l slog.Level
	if err := l.UnmarshalText([]byte(name)); err != nil {
		return 0, minori.Errorf(minori.Invalid, "the levels of a log are debug, info, warn and error, not %q", name)
	}
	return l, nil
}

// idHandler adds to every line the ids found in its context.
type idHandler struct{ slog.Handler }

// Handle implements slog.Handler.
func (h idHandler) Handle(ctx context.Context, r slog.Record) error {
	if id := RequestID(ctx); id != "" {
		r.AddAttrs(slog.String("request", id))
	}
	if id := traceID(ctx); id != "" {
		r.AddAttrs(slog.String("trace", id))
	}
	return h.Handler.Handle(ctx, r)
}

// WithAttrs implements slog.Handler.
func (h idHandler) WithAttrs(attrs []slog.Attr) slog.Handler {
	return idHandler{h.Handler.WithAttrs(attrs)}
}

// WithGroup implements slog.Handler.
func (h idHandler) WithGroup(name string) slog.Handler { return idHandler{h.Handler.WithGroup(name)} }
