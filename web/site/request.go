package site

import (
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	minori "github.com/minori-hq/minori"
	"github.com/minori-hq/minori/resource"
	"github.com/minori-hq/minori/web/ui"
)

// Cookies of a reader's choices.
const (
	CookieLang  = "minori_lang"
	CookieTheme = "minori_theme"
	CookieRail  = "minori_rail"
	cookieFlash = "minori_flash"
)

// maxForm bounds what a form may send, in bytes.
const maxForm = 256 << 10

// maxCarried bounds the forms of who is not signed in yet: they may carry
// another form, written in base 64.
const maxCarried = 2 * maxForm

// Request is one request with who sends it and how the answer is written.
type Request struct {
	*http.Request
	Actor  minori.Actor
	Reader Reader
	Config *resource.Config // the definitions in force
	View   ui.View
	AsOf   AsOf
}

// AsOf is the day a page is read as of.
type AsOf struct {
	minori.AsOf
	Set bool // by ?as_of=; else it is the present
}

// Handler answers one request. An error it gives is translated in one place.
type Handler func(w http.ResponseWriter, r *Request) error

// prepare finds out who sends a request and in which language it is answered.
// What it gives can render an error even when it gives one.
func (s *Site) prepare(w http.ResponseWriter, in *http.Request, public bool) (*Request, error) {
	r := &Request{Request: in}
	r.View = ui.View{Assets: s.Assets, Printer: s.Texts.Printer(langOf(in, minori.EN), nil), Today: minori.DayOf(s.Clock().UTC())}
	cfg, err := s.Resources.Load(in.Context())
	if err != nil {
		return r, err
	}
	r.Config = cfg
	lang := langOf(in, cfg.Workspace.Lang)
	now := s.Clock()
	r.View.Printer = s.Texts.Printer(lang, cfg.Zone)
	r.View.Today = minori.DayOf(now.In(cfg.Zone))
	r.AsOf.AsOf = minori.At(now, cfg.Zone)
	if err := s.identify(r, lang); err != nil && !(public && minori.CodeOf(err) == minori.Unauthenticated) {
		return r, err
	}
	if most, ok := uploadOf(in); ok {
		in.Body = http.MaxBytesReader(w, in.Body, most)
	} else if in.Method == http.MethodPost {
		limit := int64(maxForm)
		if public {
			limit = maxCarried
		}
		in.Body = http.MaxBytesReader(w, in.Body, limit)
		if err := in.ParseForm(); err != nil {
			return r, minori.Errorf(minori.Invalid, "%s", r.View.T("form.too-large", "size", limit>>10))
		}
	}
	return r, r.readAsOf()
}

// identify finds out who sends a request and answers the way they prefer.
func (s *Site) identify(r *Request, lang minori.Lang) (err error) {
	if r.Reader, err = s.SignIn(r.Request); err != nil {
		return err
	}
	p := r.Reader.Preferences
	if p.Lang.Valid() && !minori.Lang(r.URL.Query().Get("lang")).Valid() {
		lang = p.Lang
	}
	zone := r.Config.Zone
	if loc, err := time.LoadLocation(p.Zone); err == nil && p.Zone != "" {
		zone = loc
	}
	r.View.Printer = s.Texts.Printer(lang, zone)
	r.Actor = r.Reader.Actor
	r.Config = r.Config.For(r.Actor.Role)
	r.Actor.Lang = lang
	return r.Actor.Require(r.Actor.MayRead(), "open these pages")
}

// readAsOf reads ?as_of=2024-12-31.
func (r *Request) readAsOf() error {
	text := r.URL.Query().Get("as_of")
	if text == "" {
		return nil
	}
	day, err := minori.ParseDay(text)
	if err != nil {
		return minori.Errorf(minori.Invalid, "%s", r.View.T("asof.invalid", "value", Clip(text, 40)))
	}
	if day > r.View.Today {
		return minori.Errorf(minori.Invalid, "%s", r.View.T("asof.future", "date", r.View.Date(day)))
	}
	r.AsOf = AsOf{AsOf: minori.EndOf(day, r.Config.Zone), Set: true}
	return nil
}

// langOf chooses the language: what the address says, what was chosen before,
// what the browser asks for, else the given one.
func langOf(r *http.Request, otherwise minori.Lang) minori.Lang {
	if l := minori.Lang(r.URL.Query().Get("lang")); l.Valid() {
		return l
	}
	// A part of a page is in the language of the page.
	if page, err := url.Parse(r.Header.Get("HX-Current-URL")); err == nil {
		if l := minori.Lang(page.Query().Get("lang")); l.Valid() {
			return l
		}
	}
	if c, err := r.Cookie(CookieLang); err == nil && minori.Lang(c.Value).Valid() {
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
func (r *Request) cookie(name string) string {
	c, err := r.Cookie(name)
	if err != nil {
		return ""
	}
	return c.Value
}

// Link gives an address within the interface that keeps the as-of of this
// page. Params are pairs of a name and a value; empty values are left out.
func (r *Request) Link(path string, params ...string) string {
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
func (r *Request) AccountURL(key string) string { return r.Link("/accounts/" + url.PathEscape(key)) }

// CallURL gives the address of a call to action.
func (r *Request) CallURL(id int64) string { return "/cockpit/" + strconv.FormatInt(id, 10) }

// HTMX reports whether a script asks for a part of a page.
func (r *Request) HTMX() bool { return r.Header.Get("HX-Request") == "true" }

// Page reads ?page=, from 1.
func (r *Request) Page(size int) (minori.Page, int, error) {
	n := 1
	if text := r.URL.Query().Get("page"); text != "" {
		var err error
		if n, err = strconv.Atoi(text); err != nil || n < 1 || n > 1_000_000 {
			return minori.Page{}, 0, minori.Errorf(minori.Invalid, "%s", r.View.T("paging.invalid", "value", Clip(text, 40)))
		}
	}
	return minori.Page{Limit: size, Offset: (n - 1) * size}, n, nil
}

// Clip shortens a text for a message.
func Clip(s string, most int) string {
	if runes := []rune(s); len(runes) > most {
		return string(runes[:most]) + "…"
	}
	return s
}

// DayIn gives the workspace's day of an instant.
func DayIn(r *Request, micros int64) minori.Day {
	return minori.DayOf(minori.FromMicros(micros).In(r.Config.Zone))
}

// DayParam reads a day from the address; otherwise is given when it says none.
func (r *Request) DayParam(name, label string, otherwise minori.Day) (minori.Day, error) {
	return r.Day(r.URL.Query().Get(name), label, otherwise)
}

// Day reads a day that was entered under a label.
func (r *Request) Day(value, label string, otherwise minori.Day) (minori.Day, error) {
	if value == "" {
		return otherwise, nil
	}
	d, err := minori.ParseDay(value)
	if err != nil {
		return 0, Invalid(r.View.T("form.bad-day", "field", label, "value", Clip(value, 40)))
	}
	return d, nil
}

// OneOf reads a choice from the address; "" and whatever is among the choices.
func (r *Request) OneOf(name string, choices []ui.Option) (string, error) {
	value := r.URL.Query().Get(name)
	if value == "" {
		return "", nil
	}
	for _, c := range choices {
		if c.Value == value {
			return value, nil
		}
	}
	return "", Invalid(r.View.T("form.bad-choice", "field", name, "value", Clip(value, 40)))
}

// Paging gives the foot of a list of pages by number.
func (r *Request) Paging(number, size, shown, total int, path string, params ...string) *ui.PagingProps {
	from := (number - 1) * size
	p := &ui.PagingProps{From: min(from+1, from+shown), To: from + shown, Total: total}
	at := func(n int) string {
		return r.Link(path, append(append([]string(nil), params...), "page", strconv.Itoa(n))...)
	}
	if number > 1 {
		p.PrevURL = at(number - 1)
	}
	if from+shown < total {
		p.NextURL = at(number + 1)
	}
	return p
}

// Words gives the writer of definitions for the reader of this request.
func (r *Request) Words() Wording { return Wording{View: r.View, Config: r.Config} }
