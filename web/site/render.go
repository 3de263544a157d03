package site

import (
	"bytes"
	"compress/gzip"
	"context"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"

	"github.com/a-h/templ"

	minori "github.com/minori-hq/minori"
	"github.com/minori-hq/minori/web/ui"
)

// Frame describes a page around its content.
type Frame struct {
	Title  string
	Place  ui.PlaceID
	Crumbs []ui.Link  // where depth is over two
	Charts bool       // the content has charts
	AsOf   bool       // the page can be read as of a past day
	Oldest minori.Day // the earliest day there is data for, 0 if not known
	Query  string     // what was searched for
	// Refresh names the changes after which the page is read again; "" leaves
	// that to its place.
	Refresh string
}

// Page answers with a whole page.
func (s *Site) Page(w http.ResponseWriter, r *Request, f Frame, content templ.Component) error {
	p := s.layout(r, f)
	p.Live.Refresh = refresh(r, f)
	if text := r.cookie(cookieFlash); text != "" {
		if said, err := url.QueryUnescape(text); err == nil {
			p.Flash = &ui.FlashProps{Text: Clip(said, 300)}
		}
		s.SetCookie(w, cookieFlash, "", -1)
	}
	return s.render(w, r, http.StatusOK, wrap(ui.Layout(r.View, p), content))
}

// wrap puts content into a layout.
func wrap(layout, content templ.Component) templ.Component {
	return templ.ComponentFunc(func(ctx context.Context, w io.Writer) error {
		return layout.Render(templ.WithChildren(ctx, content), w)
	})
}

// layout is the frame around a page for this reader.
func (s *Site) layout(r *Request, f Frame) ui.LayoutProps {
	p := ui.LayoutProps{
		Title: f.Title, Crumbs: f.Crumbs, Charts: f.Charts,
		SearchURL: "/search", SearchQuery: f.Query, PaletteURL: "/palette",
		PreferencesURL: "/preferences", ReturnURL: r.URL.RequestURI(),
		Theme: r.theme(), Density: r.Reader.Preferences.Density, RailCollapsed: r.cookie(CookieRail) == "collapsed",
		User: r.user(),
		AsOf: ui.AsOf{Show: f.AsOf, Set: f.AsOf && r.AsOf.Set, Day: r.AsOf.Day, Oldest: f.Oldest, Path: r.URL.Path, Keep: r.URL.Query()},
	}
	if r.Actor.Name != "" {
		p.Live = s.live(r)
	}
	type at struct {
		id  ui.PlaceID
		url string
	}
	places := []at{
		{ui.PlaceHome, "/"}, {ui.PlaceAccounts, "/accounts"}, {ui.PlaceCockpit, "/cockpit"}, {ui.PlaceScorecards, "/scorecards"},
		{ui.PlaceRules, "/rules"}, {ui.PlaceRetention, "/retention"}, {ui.PlaceDashboards, "/dashboards"}, {ui.PlacePeople, "/people"}, {ui.PlaceWorkspace, "/workspace"},
	}
	if r.Actor.MayOversee() {
		places = append(places, at{ui.PlaceData, "/data"})
	}
	if s.Demo != nil {
		places = append(places, at{ui.PlaceDemo, "/demo"})
	}
	for _, one := range places {
		place := r.View.Place(one.id, one.url)
		place.Current = one.id == f.Place
		p.Places = append(p.Places, place)
	}
	return p
}

func theme(s string) ui.Theme {
	switch t := ui.Theme(s); t {
	case ui.ThemeLight, ui.ThemeDark:
		return t
	}
	return ui.ThemeSystem
}

// theme gives the theme that the reader prefers, or that was last chosen here.
func (r *Request) theme() ui.Theme {
	if p := r.Reader.Preferences.Theme; p != "" {
		return theme(p)
	}
	return theme(r.cookie(CookieTheme))
}

// user is who is signed in.
func (r *Request) user() ui.User {
	u := ui.User{Name: r.Reader.Name, Note: roleWord(r.View, r.Actor.Role)}
	if u.Name == "" {
		u.Name = r.Actor.Name
	}
	if r.Actor.User != 0 {
		u.SettingsURL = "/settings"
	}
	if r.Reader.Session != 0 {
		u.SignOutURL = "/sign-out"
	}
	return u
}

// Bare answers with a page without the frame, for who is not signed in.
func (s *Site) Bare(w http.ResponseWriter, r *Request, status int, title string, content templ.Component) error {
	p := ui.LayoutProps{Title: title, PreferencesURL: "/preferences", ReturnURL: "/", Theme: r.theme()}
	if r.Method == http.MethodGet {
		p.ReturnURL = r.URL.RequestURI()
	}
	if text := r.cookie(cookieFlash); text != "" {
		if said, err := url.QueryUnescape(text); err == nil {
			p.Flash = &ui.FlashProps{Text: Clip(said, 300)}
		}
		s.SetCookie(w, cookieFlash, "", -1)
	}
	return s.render(w, r, status, wrap(ui.BareLayout(r.View, p), content))
}

func roleWord(v ui.View, role minori.Role) string {
	switch role {
	case minori.RoleAdmin:
		return v.T("role.admin")
	case minori.RoleOperations:
		return v.T("role.operations")
	case minori.RoleLeader:
		return v.T("role.leader")
	case minori.RoleManager:
		return v.T("role.account-manager")
	case minori.RoleCSM:
		return v.T("role.csm")
	case minori.RoleObserver:
		return v.T("role.observer")
	}
	return ""
}

// render writes HTML, compressed where the reader takes it. Nothing is sent
// before all of it is rendered, so that an error can still change the answer.
func (s *Site) render(w http.ResponseWriter, r *Request, status int, content templ.Component) error {
	var b bytes.Buffer
	b.Grow(64 << 10)
	if err := content.Render(r.Context(), &b); err != nil {
		return fmt.Errorf("rendering %s: %w", r.URL.Path, err)
	}
	h := w.Header()
	h.Set("Content-Type", "text/html; charset=utf-8")
	h.Set("Cache-Control", "no-store")
	h.Add("Vary", "Accept-Encoding, Accept-Language, Cookie, HX-Request")
	if b.Len() < 1024 || !strings.Contains(r.Header.Get("Accept-Encoding"), "gzip") {
		w.WriteHeader(status)
		_, err := w.Write(b.Bytes())
		return sent(err)
	}
	h.Set("Content-Encoding", "gzip")
	w.WriteHeader(status)
	z, _ := s.zippers.Get().(*gzip.Writer)
	defer s.zippers.Put(z)
	z.Reset(w)
	if _, err := z.Write(b.Bytes()); err != nil {
		return sent(err)
	}
	return sent(z.Close())
}

// gone is an error after the answer began: the reader went away, and nothing
// can be told to them any more.
type gone struct{ error }

func sent(err error) error {
	if err != nil {
		return gone{err}
	}
	return nil
}

// Redirect leads on after a form was worked, with a message for the next page
// ("" for none).
func (s *Site) Redirect(w http.ResponseWriter, r *Request, to, message string) error {
	if message != "" {
		s.SetCookie(w, cookieFlash, url.QueryEscape(Clip(message, 300)), 60)
	}
	http.Redirect(w, r.Request, local(to), http.StatusSeeOther)
	return nil
}

// local keeps addresses within the interface.
func local(to string) string {
	u, err := url.Parse(to)
	if err != nil || u.IsAbs() || u.Host != "" || !strings.HasPrefix(to, "/") || strings.HasPrefix(to, "//") || strings.ContainsAny(to, "\\\r\n\t") {
		return "/"
	}
	return to
}

// SetCookie keeps a choice of the reader; age in seconds, negative to drop it.
func (s *Site) SetCookie(w http.ResponseWriter, name, value string, age int) {
	http.SetCookie(w, &http.Cookie{Name: name, Value: value, Path: "/", MaxAge: age, HttpOnly: true, Secure: s.Secure, SameSite: http.SameSiteLaxMode})
}

// Answer answers with a whole page and a status.
func (s *Site) Answer(w http.ResponseWriter, r *Request, status int, f Frame, content templ.Component) error {
	return s.render(w, r, status, wrap(ui.Layout(r.View, s.layout(r, f)), content))
}
