// Package web is the web interface: pages rendered on the server that read
// properly without scripts. routes.go is its table of contents; a page has one
// handler and one template, in files named after it (page_accounts.go,
// page_accounts.templ), over the components of package ui.
package web

import (
	"compress/gzip"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"sync"
	"time"

	minori "github.com/minori-hq/minori"
	"github.com/minori-hq/minori/text"
	"github.com/minori-hq/minori/web/assets"
)

// Options is how the interface is served.
type Options struct {
	// SignIn says who sends a request; an Unauthenticated error for nobody.
	SignIn func(*http.Request) (minori.Actor, error)
	Texts  *text.Catalog
	Assets *assets.Assets // nil: pages are plain
	Clock  minori.Clock   // nil: the system's
	Log    *slog.Logger   // nil: nothing is logged
	// Ready reports whether the stores answer, for /readyz; nil: always.
	Ready func(*http.Request) error
	// Secure says that readers come over HTTPS, also behind a proxy: cookies
	// are then kept to it.
	Secure bool
}

// site is the interface with what its pages need.
type site struct {
	Services
	signIn  func(*http.Request) (minori.Actor, error)
	texts   *text.Catalog
	assets  *assets.Assets
	clock   minori.Clock
	log     *slog.Logger
	ready   func(*http.Request) error
	secure  bool
	zippers sync.Pool
}

// New makes the handler of the whole interface.
func New(services Services, o Options) (http.Handler, error) {
	if o.SignIn == nil || o.Texts == nil {
		return nil, errors.New("web: SignIn and Texts are needed")
	}
	s := &site{Services: services, signIn: o.SignIn, texts: o.Texts, assets: o.Assets, clock: o.Clock, log: o.Log, ready: o.Ready, secure: o.Secure}
	if s.clock == nil {
		s.clock = time.Now
	}
	if s.log == nil {
		s.log = slog.New(slog.DiscardHandler)
	}
	s.zippers.New = func() any {
		w, _ := gzip.NewWriterLevel(io.Discard, gzip.BestSpeed) // the level exists
		return w
	}
	return s.guard(s.routes()), nil
}
