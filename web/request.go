package web

import (
	"net/http"
	"net/url"
	"strconv"
	"strings"

	minori "github.com/minori-hq/minori"
	"github.com/minori-hq/minori/resource"
	"github.com/minori-hq/minori/web/ui"
)

// Cookies of a reader's choices.
const (
	cookieLang  = "minori_lang"
	cookieTheme = "minori_theme"
	cookieRail  = "minori_rail"
	cookieFlash = "minori_flash"
)

// maxForm bounds what a form may send, in bytes.
const maxForm = 256 << 10

// request is one request with who sends it and how the answer is written.
type request struct {
	*http.Request
	Actor  minori.Actor
	Config *resource.Config // the definitions in force
	View   ui.View
	AsOf   asOf
}

// asOf is the day a page is read as of.
type asOf struct {
	minori.AsOf
	Set bool // by ?as_of=; else it is the present
}

// handler answers one request. An error it gives is translated in one place.
type handler func(w http.ResponseWriter, r *request) error

// prepare finds out who sends a request and in which language it is answered.
// What it gives can render an error even when it gives one.
func (s *site) prepare(w http.ResponseWriter, in *http.Request) (*request, error) {
	r := &request{Request: in}
	r.View = ui.View{Assets: s.assets, Printer: s.texts.Printer(langOf(in, minori.EN), nil), Today: minori.DayOf(s.clock().UTC())}
	cfg, err := s.Resources.Load(in.Context())
	if err != nil {
		return r, err
	}
	r.Config = cfg
	lang := langOf(in, cfg.Workspace.Lang)
	now := s.clock()
	r.View.Printer = s.texts.Printer(lang, cfg.Zone)
	r.View.Today = minori.DayOf(now.In(cfg.Zone))
	r.AsOf.AsOf = minori.At(now, cfg.Zone)
	if r.Actor, err = s.signIn(in); err != nil {
		return r, err
	}
	r.Actor.Lang = lang
	if err := r.Actor.Require(r.Actor.MayRead(), "open these pages"); err != nil {
		return r, err
	}
	if in.Method == http.MethodPost {
		in.Body = http.MaxBytesReader(w, in.Body, maxForm)
		if err := in.ParseForm(); err != nil {
			return r, minori.Errorf(minori.Invalid, "%s", r.View.T("form.too-large", "size", maxForm>>10))
		}
	}
	return r, r.readAsOf()
}

// readAsOf reads ?as_of=2024-12-31.
func (r *request) readAsOf() error {
	text := r.URL.Query().Get("as_of")
	if text == "" {
		return nil
	}
	day, err := minori.ParseDay(text)
	if err != nil {
		return minori.Errorf(minori.Invalid, "%s", r.View.T("asof.invalid", "value", clip(text, 40)))
	}
	if day > r.View.Today {
		return minori.Errorf(minori.Invalid, "%s", r.View.T("asof.future", "date", r.View.Date(day)))
	}
	r.AsOf = asOf{AsOf: minori.EndOf(day, r.Config.Zone), Set: true}
	return nil
}

// langOf chooses the language: what the address says, what was chosen before,
// what the browser asks for, else the given one.
func langOf(r *http.Request, otherwise minori.Lang) minori.Lang {
	if l := minori.Lang(r.URL.Query().Get("lang")); l.Valid() {
		return l
	}
	if c, err := r.Cookie(cookieLang); err == nil && minori.Lang(c.Value).Valid() {
		return minori.Lang(c.Value)
	}
	return accepted(r.Header.Get("Accept-Language"), otherwise)
}

// accepted gives the language of the product that the header weighs most.
func accepted(header string, otherwise minori.Lang) minori.Lang {
	best, weight := otherwise, 0.0
	for i, part := range strings.Split(header, ",") {
		if i == 20 {
			break
		}
		tag, params, _ := strings.Cut(strings.TrimSpace(part), ";")
		primary, _, _ := strings.Cut(strings.ToLower(strings.TrimSpace(tag)), "-")
		q := 1.0
		if v, ok := strings.CutPrefix(strings.TrimSpace(params), "q="); ok {
			var err error
			if q, err = strconv.ParseFloat(v, 64); err != nil {
				continue
			}
		}
		if l := minori.Lang(primary); l.Valid() && q > weight {
			best, weight = l, q
		}
	}
	return best
}

// cookie gives a cookie's value, "" if there is none.
func (r *request) cookie(name string) string {
	c, err := r.Cookie(name)
	if err != nil {
		return ""
	}
	return c.Value
}

// Link gives an address within the interface that keeps the as-of of this
// page. Params are pairs of a name and a value; empty values are left out.
func (r *request) Link(path string, params ...string) string {
	q := url.Values{}
	for i := 0; i+1 < len(params); i += 2 {
		if params[i+1] != "" {
			q.Set(params[i], params[i+1])
		}
	}
	if r.AsOf.Set {
		q.Set("as_of", r.AsOf.Day.String())
	}
	if len(q) == 0 {
		return path
	}
	return path + "?" + q.Encode()
}

// AccountURL gives the address of an account's page by its source's id.
func (r *request) AccountURL(key string) string { return r.Link("/accounts/" + url.PathEscape(key)) }

// CallURL gives the address of a call to action.
func (r *request) CallURL(id int64) string { return "/cockpit/" + strconv.FormatInt(id, 10) }

// HTMX reports whether a script asks for a part of a page.
func (r *request) HTMX() bool { return r.Header.Get("HX-Request") == "true" }

// page reads ?page=, from 1.
func (r *request) page(size int) (minori.Page, int, error) {
	n := 1
	if text := r.URL.Query().Get("page"); text != "" {
		var err error
		if n, err = strconv.Atoi(text); err != nil || n < 1 || n > 1_000_000 {
			return minori.Page{}, 0, minori.Errorf(minori.Invalid, "%s", r.View.T("paging.invalid", "value", clip(text, 40)))
		}
	}
	return minori.Page{Limit: size, Offset: (n - 1) * size}, n, nil
}

// clip shortens a text for a message.
func clip(s string, most int) string {
	if runes := []rune(s); len(runes) > most {
		return string(runes[:most]) + "…"
	}
	return s
}
