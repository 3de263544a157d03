package site

import (
	"crypto/rand"
	"errors"
	"fmt"
	"net/http"
	"runtime/debug"
	"strings"

	"github.com/a-h/templ"

	minori "github.com/minori-hq/minori"
	"github.com/minori-hq/minori/observe"
	"github.com/minori-hq/minori/web/ui"
)

// Handle prepares a request, answers it, and translates errors.
func (s *Site) Handle(h Handler) http.Handler { return s.handle(h, false) }

// Public is Handle for pages that are there for everybody; the request has no
// actor when nobody is signed in.
func (s *Site) Public(h Handler) http.Handler { return s.handle(h, true) }

func (s *Site) handle(h Handler, public bool) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, in *http.Request) {
		r, err := s.prepare(w, in, public)
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

// StatusOf translates an error's code.
func StatusOf(code minori.Code) int {
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
func (s *Site) fail(w http.ResponseWriter, r *Request, err error) {
	var away gone
	if errors.As(err, &away) || r.Context().Err() != nil {
		s.Log.DebugContext(r.Context(), "the reader went away", "path", r.URL.Path, "error", err)
		return
	}
	code := minori.CodeOf(err)
	if code == minori.Unauthenticated && s.SignInPages && r.Config != nil {
		if err = s.askSignIn(w, r); err == nil {
			return
		}
		code = minori.CodeOf(err)
	}
	p := ui.ErrorPageProps{Status: StatusOf(code), Code: string(code)}
	if p.Status >= http.StatusInternalServerError && code != minori.Unavailable {
		if p.ID = observe.RequestID(r.Context()); p.ID == "" {
			p.ID = strings.ToLower(rand.Text()[:10])
		}
		s.Log.ErrorContext(r.Context(), "request failed", "id", p.ID, "method", r.Method, "path", r.URL.Path, "actor", r.Actor.Name, "error", err)
	} else {
		p.Text = message(r.View, err)
		s.Log.InfoContext(r.Context(), "request refused", "code", code, "method", r.Method, "path", r.URL.Path, "actor", r.Actor.Name, "error", p.Text)
	}
	w.Header().Del("Content-Encoding")
	content := ui.ErrorPage(r.View, p)
	switch {
	case r.HTMX():
		content = over(w, ui.Problem(r.View, p.Notice(r.View)))
	case r.Actor.Name == "":
		content = wrap(ui.BareLayout(r.View, ui.LayoutProps{Title: p.Code, PreferencesURL: "/preferences", ReturnURL: r.URL.RequestURI(), Theme: theme(r.cookie(CookieTheme))}), content)
	default:
		content = wrap(ui.Layout(r.View, s.layout(r, Frame{Title: r.View.T("error.title")})), content)
	}
	if err := s.render(w, r, p.Status, content); err != nil {
		s.Log.DebugContext(r.Context(), "an error could not be shown", "path", r.URL.Path, "error", err)
	}
}

// over has scripts put a message over the page, whatever part they asked for.
func over(w http.ResponseWriter, message templ.Component) templ.Component {
	w.Header().Set("HX-Retarget", "#"+ui.ProblemHost)
	w.Header().Set("HX-Reswap", "innerHTML")
	w.Header().Set("HX-Reselect", ".notice")
	return message
}

// message gives the sentences of an error that its sender can act on, in the
// reader's language as far as it is known there.
func message(v ui.View, err error) string {
	var many minori.Errors
	if errors.As(err, &many) {
		lines := make([]string, len(many))
		for i, one := range many {
			lines[i] = ProblemWords(v, one)
		}
		return strings.Join(lines, "\n")
	}
	var one *minori.Error
	if errors.As(err, &one) {
		return ProblemWords(v, one)
	}
	return ""
}

// ProblemWords says what is wrong, with its place, in the reader's language as
// far as the sentence is known there.
func ProblemWords(v ui.View, e *minori.Error) string {
	said := *e
	said.Err = nil // causes are for the log
	if words := translated(v, e); words != "" {
		said.Message = words
	}
	return said.Error()
}

// Nowhere answers addresses that lead nowhere.
func (s *Site) Nowhere(_ http.ResponseWriter, r *Request) error {
	return minori.Errorf(minori.NotFound, "%s", r.View.T("error.not-found.todo"))
}

// Refused says in the reader's language that the role does not allow this.
func Refused(r *Request, err error) error {
	if minori.CodeOf(err) != minori.Forbidden {
		return err
	}
	return minori.Errorf(minori.Forbidden, "%s", r.View.T("form.forbidden", "role", roleWord(r.View, r.Actor.Role)))
}

// FormMessage begins what an error says as a sentence.
func FormMessage(v ui.View, err error) string { return Capital(message(v, err)) }

// MayRead refuses who may not read accounts.
func MayRead(r *Request) error {
	return Refused(r, r.Actor.Require(r.Actor.MayRead(), "read accounts"))
}

// Invalid is an error with a message in the reader's language.
func Invalid(message string) error { return minori.Errorf(minori.Invalid, "%s", message) }
