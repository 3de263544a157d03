package web

import (
	"crypto/rand"
	"errors"
	"fmt"
	"net/http"
	"runtime/debug"
	"strings"

	minori "github.com/minori-hq/minori"
	"github.com/minori-hq/minori/web/ui"
)

// handle prepares a request, answers it, and translates errors.
func (s *site) handle(h handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, in *http.Request) {
		r, err := s.prepare(w, in)
		defer func() {
			if p := recover(); p != nil {
				if p == http.ErrAbortHandler {
					panic(p)
				}
				s.fail(w, r, fmt.Errorf("panic: %v\n%s", p, debug.Stack()))
			}
		}()
		if err == nil {
			err = h(w, r)
		}
		if err != nil {
			s.fail(w, r, err)
		}
	})
}

// status translates an error's code.
func status(code minori.Code) int {
	switch code {
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

// fail answers with a page that says what went wrong. An internal error shows
// an id, under which its text stands in the log.
func (s *site) fail(w http.ResponseWriter, r *request, err error) {
	var away gone
	if errors.As(err, &away) || r.Context().Err() != nil {
		s.log.Debug("the reader went away", "path", r.URL.Path, "error", err)
		return
	}
	code := minori.CodeOf(err)
	p := ui.ErrorPageProps{Status: status(code), Code: string(code)}
	if p.Status >= http.StatusInternalServerError && code != minori.Unavailable {
		p.ID = strings.ToLower(rand.Text()[:10])
		s.log.Error("request failed", "id", p.ID, "method", r.Method, "path", r.URL.Path, "actor", r.Actor.Name, "error", err)
	} else {
		p.Text = message(err)
		s.log.Info("request refused", "code", code, "method", r.Method, "path", r.URL.Path, "actor", r.Actor.Name, "error", p.Text)
	}
	w.Header().Del("Content-Encoding")
	content := ui.ErrorPage(r.View, p)
	switch {
	case r.HTMX():
		w.Header().Set("HX-Retarget", "#main")
	case r.Actor.Name == "":
		content = wrap(ui.BareLayout(r.View, ui.LayoutProps{Title: p.Code, PreferencesURL: "/preferences", ReturnURL: r.URL.RequestURI(), Theme: theme(r.cookie(cookieTheme))}), content)
	default:
		content = wrap(ui.Layout(r.View, s.layout(r, frame{Title: r.View.T("error.title")})), content)
	}
	if err := s.render(w, r, p.Status, content); err != nil {
		s.log.Debug("an error could not be shown", "path", r.URL.Path, "error", err)
	}
}

// message gives the sentences of an error that its sender can act on.
func message(err error) string {
	var many minori.Errors
	if errors.As(err, &many) {
		return many.Error()
	}
	var one *minori.Error
	if errors.As(err, &one) {
		said := *one
		said.Err = nil // causes are for the log
		return said.Error()
	}
	return ""
}

// nowhere answers addresses that lead nowhere.
func (s *site) nowhere(_ http.ResponseWriter, r *request) error {
	return minori.Errorf(minori.NotFound, "%s", r.View.T("error.not-found.todo"))
}
