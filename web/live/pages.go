// Package live keeps open pages up to date: a stream of server-sent events
// that says by name what has changed, and the line on work under way.
package live

import (
	"errors"
	"fmt"
	"net/http"
	"time"

	"github.com/minori-hq/minori/web/site"
	"github.com/minori-hq/minori/web/ui"
)

// Pages answers with what this package has.
type Pages struct{ *site.Site }

// heartbeat is how often a quiet stream says that it lives; then the sign-in
// is checked again, too.
const heartbeat = 20 * time.Second

// writeTime is how long one event may take to be sent.
const writeTime = 10 * time.Second

// Stream sends the names of what changes until the reader leaves, is signed
// out, or the server stops.
func (s Pages) Stream(w http.ResponseWriter, r *site.Request) error {
	stream, err := s.Live.Listen(r.Actor.Name)
	if err != nil {
		w.Header().Set("Retry-After", "30")
		return err
	}
	defer stream.Close()
	h := w.Header()
	h.Set("Content-Type", "text/event-stream")
	h.Set("Cache-Control", "no-store")
	h.Set("X-Accel-Buffering", "no") // proxies hold it back otherwise
	w.WriteHeader(http.StatusOK)
	out := sender{w, http.NewResponseController(w)}
	if err := out.send("retry: 3000\n\n"); err != nil {
		return nil // the reader went away
	}
	beat := time.NewTicker(heartbeat)
	defer beat.Stop()
	for {
		select {
		case <-r.Context().Done():
			return nil
		case _, open := <-stream.Ready():
			if !open || s.sendNames(out, stream.Take()) != nil {
				return nil
			}
		case <-beat.C:
			if _, err := s.SignIn(r.Request); err != nil || out.send(": alive\n\n") != nil {
				return nil
			}
		}
	}
}

func (s Pages) sendNames(out sender, names []string) error {
	for _, name := range names {
		if err := out.send(fmt.Sprintf("event: %s\ndata: \n\n", name)); err != nil {
			return err
		}
	}
	return nil
}

// sender writes one event at a time, each within its own time: the time a
// whole answer may take does not fit a stream.
type sender struct {
	w http.ResponseWriter
	c *http.ResponseController
}

func (s sender) send(text string) error {
	if err := s.c.SetWriteDeadline(time.Now().Add(heartbeat + writeTime)); err != nil && !errors.Is(err, http.ErrNotSupported) {
		return err
	}
	if _, err := s.w.Write([]byte(text)); err != nil {
		return err
	}
	return s.c.Flush()
}

// Work answers with the line on imports and evaluations under way, which the
// top bar shows.
func (s Pages) Work(w http.ResponseWriter, r *site.Request) error {
	return s.Part(w, r, ui.WorkLine(r.View, site.WorkURL, s.WorkProps(r.View)))
}
