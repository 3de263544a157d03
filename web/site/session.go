package site

import (
	"encoding/base64"
	"net"
	"net/http"
	"net/url"
	"strings"

	minori "github.com/minori-hq/minori"
	"github.com/minori-hq/minori/auth"
	"github.com/minori-hq/minori/web/ui"
)

// Reader is who sends a request, and how they like the interface.
type Reader struct {
	Actor       minori.Actor
	Name        string // shown; the actor's when ""
	Session     int64  // 0: nobody signed in by a session
	Preferences auth.Preferences
}

// The cookie of a session; browsers hold the second to this host and to HTTPS.
const (
	cookieSession       = "minori_session"
	cookieSessionSecure = "__Host-minori_session"
)

// sessionAge is how long a browser keeps the cookie, in seconds; the server
// decides how long it holds.
const sessionAge = 90 * 24 * 3600

// OverHTTPS reports whether the reader came over HTTPS, also to a proxy.
func OverHTTPS(r *http.Request) bool {
	return r.TLS != nil || strings.EqualFold(r.Header.Get("X-Forwarded-Proto"), "https")
}

func sessionCookie(secure bool, secret string, age int) *http.Cookie {
	name := cookieSession
	if secure {
		name = cookieSessionSecure
	}
	return &http.Cookie{Name: name, Value: secret, Path: "/", MaxAge: age, HttpOnly: true, Secure: secure, SameSite: http.SameSiteLaxMode}
}

// SessionSecret gives the secret of the session a request is sent with, "" for none.
func SessionSecret(r *http.Request) string {
	name := cookieSession
	if OverHTTPS(r) {
		name = cookieSessionSecure
	}
	c, err := r.Cookie(name)
	if err != nil {
		return ""
	}
	return c.Value
}

// Enter keeps the session with the browser.
func (s *Site) Enter(w http.ResponseWriter, r *Request, secret string) {
	http.SetCookie(w, sessionCookie(s.Secure || OverHTTPS(r.Request), secret, sessionAge))
}

// Leave takes the session from the browser.
func (s *Site) Leave(w http.ResponseWriter, r *Request) {
	http.SetCookie(w, sessionCookie(s.Secure || OverHTTPS(r.Request), "", -1))
}

// VisitOf says where a request comes from. A proxy on this machine tells whom
// it asks for in X-Forwarded-For, of which it wrote the last entry.
func VisitOf(r *http.Request) auth.Visit {
	host, _, err := net.SplitHostPort(r.RemoteAddr)
	if err != nil {
		host = r.RemoteAddr
	}
	if ip := net.ParseIP(host); ip != nil && ip.IsLoopback() {
		list := strings.Split(strings.Join(r.Header.Values("X-Forwarded-For"), ","), ",")
		if from := net.ParseIP(strings.TrimSpace(list[len(list)-1])); from != nil {
			host = from.String()
		}
	}
	return auth.Visit{Address: host, Agent: r.UserAgent()}
}

// Local keeps an address within the interface; anything else becomes "/".
func Local(to string) string { return local(to) }

// Resume is what was being done when it turned out that nobody is signed in:
// the page to go back to, or a form that was sent.
type Resume struct {
	Return string // a local address
	Send   string // where a form was sent, "" if none was
	Form   string // its fields
}

// ResumeOf reads what a form of the sign-in pages carries on.
func ResumeOf(r *Request) Resume {
	out := Resume{Return: local(r.PostForm.Get("return")), Form: r.PostForm.Get("carried")}
	if send := r.PostForm.Get("send"); send != "" {
		out.Send = local(send)
	}
	if out.Send == "/" {
		out.Send, out.Form = "", ""
	}
	return out
}

// Fields gives the fields of the form that was sent.
func (c Resume) Fields() url.Values {
	text, err := base64.RawURLEncoding.DecodeString(c.Form)
	if err != nil {
		return nil
	}
	fields, err := url.ParseQuery(string(text))
	if err != nil {
		return nil
	}
	return fields
}

// askSignIn leads who is not signed in to the page that asks for it, and to the
// set-up when there is no user at all. A form that was sent is carried along.
func (s *Site) askSignIn(w http.ResponseWriter, r *Request) error {
	has, err := s.Users.HasUsers(r.Context())
	if err != nil {
		return err
	}
	if !has {
		return lead(w, r, "/setup")
	}
	if r.HTMX() {
		return s.askBeside(w, r)
	}
	if strings.Contains(r.Header.Get("Accept"), "text/event-stream") {
		w.WriteHeader(http.StatusUnauthorized) // a page is of no use to it
		return nil
	}
	if r.Method == http.MethodGet || r.Method == http.MethodHead {
		return lead(w, r, "/sign-in?"+url.Values{"return": {s.place(r)}}.Encode())
	}
	p := SignInProps{Resume: Resume{Return: s.place(r)}}
	p.Notice = &ui.NoticeProps{Tone: ui.Warn, Title: r.View.T("sign-in.lost"), Text: r.View.T("sign-in.lost.files")}
	r.Body = http.MaxBytesReader(w, r.Body, maxForm)
	if strings.HasPrefix(r.Header.Get("Content-Type"), "application/x-www-form-urlencoded") && r.ParseForm() == nil {
		p.Resume.Send = r.URL.RequestURI()
		p.Resume.Form = base64.RawURLEncoding.EncodeToString([]byte(r.PostForm.Encode()))
		p.Notice.Text = r.View.T("sign-in.lost.kept")
	}
	return s.Bare(w, r, http.StatusUnauthorized, r.View.T("sign-in.title"), SignInPage(r.View, p))
}

// askBeside tells over a page that nobody is signed in any more. What was typed
// stays on it; scripts lead straight to the sign-in where nothing was.
func (s *Site) askBeside(w http.ResponseWriter, r *Request) error {
	n := ui.NoticeProps{Tone: ui.Warn, Title: r.View.T("sign-in.lost"), Text: r.View.T("sign-in.lost.typed"),
		Link: ui.Link{Label: r.View.T("sign-in.title"), URL: "/sign-in?" + url.Values{"return": {s.place(r)}}.Encode()}}
	return s.render(w, r, http.StatusUnauthorized, over(w, ui.Problem(r.View, n)))
}

// place gives the page to come back to after signing in.
func (s *Site) place(r *Request) string {
	at := r.URL.RequestURI()
	if !r.HTMX() && (r.Method == http.MethodGet || r.Method == http.MethodHead) {
		return local(at)
	}
	from := r.Header.Get("HX-Current-URL")
	if from == "" {
		from = r.Referer()
	}
	u, err := url.Parse(from)
	if err != nil || u.Host != r.Host {
		return "/"
	}
	return local(u.RequestURI())
}

// lead redirects a page, and a script's request by the header for it.
func lead(w http.ResponseWriter, r *Request, to string) error {
	w.Header().Set("Cache-Control", "no-store")
	if r.HTMX() {
		w.Header().Set("HX-Redirect", to)
		w.WriteHeader(http.StatusUnauthorized)
		return nil
	}
	http.Redirect(w, r.Request, to, http.StatusSeeOther)
	return nil
}
