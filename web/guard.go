package web

import (
	"net/http"
	"strings"

	minori "github.com/minori-hq/minori"
	"github.com/minori-hq/minori/web/site"
	"github.com/minori-hq/minori/web/ui"
)

// policy is the content security policy: nothing from elsewhere, nothing inline.
const policy = "default-src 'self'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; " +
	"font-src 'self'; object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"

// guard sets the headers every answer has and refuses forms of other sites.
func (s server) guard(next http.Handler) http.Handler {
	cross := http.NewCrossOriginProtection()
	cross.SetDenyHandler(s.Handle(func(_ http.ResponseWriter, r *site.Request) error {
		return minori.Errorf(minori.Forbidden, "%s", r.View.T("error.cross-site"))
	}))
	checked := cross.Handler(next)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("Content-Security-Policy", policy)
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("X-Frame-Options", "DENY")
		h.Set("Referrer-Policy", "same-origin")
		h.Set("Cross-Origin-Opener-Policy", "same-origin")
		h.Set("Cross-Origin-Resource-Policy", "same-origin")
		h.Set("Permissions-Policy", "camera=(), geolocation=(), microphone=()")
		checked.ServeHTTP(w, r)
	})
}

// healthz says that the program runs.
func (s server) healthz(w http.ResponseWriter, _ *http.Request) { plain(w, http.StatusOK, "ok") }

// readyz says whether the stores answer.
func (s server) readyz(w http.ResponseWriter, r *http.Request) {
	if s.Ready != nil {
		if err := s.Ready(r); err != nil {
			s.Log.WarnContext(r.Context(), "not ready", "error", err)
			plain(w, http.StatusServiceUnavailable, "not ready")
			return
		}
	}
	plain(w, http.StatusOK, "ready")
}

func plain(w http.ResponseWriter, status int, words string) {
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(status)
	_, _ = w.Write([]byte(words + "\n")) // the reader went away
}

// year is how long choices are kept, in seconds.
const year = 365 * 24 * 3600

// preferences keeps the reader's language, theme and rail: in this browser, and
// with the user who is signed in.
func (s server) preferences(w http.ResponseWriter, r *site.Request) error {
	prefs := r.Reader.Preferences
	if l := minori.Lang(r.PostForm.Get("lang")); l.Valid() {
		s.SetCookie(w, site.CookieLang, string(l), year)
		prefs.Lang = l
	}
	switch t := ui.Theme(r.PostForm.Get("theme")); t {
	case ui.ThemeSystem, ui.ThemeLight, ui.ThemeDark:
		s.SetCookie(w, site.CookieTheme, string(t), year)
		prefs.Theme = string(t)
	}
	switch rail := r.PostForm.Get("rail"); rail {
	case "open", "collapsed":
		s.SetCookie(w, site.CookieRail, rail, year)
	}
	if r.Actor.User != 0 && prefs != r.Reader.Preferences {
		if err := s.Users.Prefer(r.Context(), r.Actor, prefs); err != nil {
			return err
		}
	}
	return s.Redirect(w, r, withoutLang(r.PostForm.Get("return")), "")
}

// withoutLang drops the language from an address, as the choice now decides.
func withoutLang(to string) string {
	path, query, ok := strings.Cut(to, "?")
	if !ok {
		return to
	}
	var keep []string
	for _, part := range strings.Split(query, "&") {
		if !strings.HasPrefix(part, "lang=") {
			keep = append(keep, part)
		}
	}
	if len(keep) == 0 {
		return path
	}
	return path + "?" + strings.Join(keep, "&")
}
