// Package site is what the pages of the web interface share: the request, the
// frame around a page and how it is rendered, errors, what the pages ask of the
// program (Services), and words and parts that several of them use.
package site

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
	SignIn func(*http.Request) (Reader, error)
	// SignInPages says that readers sign in on the pages of this interface:
	// who is not signed in is led there.
	SignInPages bool
	Texts       *text.Catalog
	Assets      *assets.Assets // nil: pages are plain
	Clock       minori.Clock   // nil: the system's
	Log         *slog.Logger   // nil: nothing is logged
	// Ready reports whether the stores answer, for /readyz; nil: always.
	Ready func(*http.Request) error
	// Secure says that readers come over HTTPS, also behind a proxy: cookies
	// are then kept to it.
	Secure bool
}

// Site is the interface with what its pages need.
type Site struct {
	Services
	Options
	zippers sync.Pool
}

// New checks the options and fills in what may be left out.
func New(services Services, o Options) (*Site, error) {
	if o.SignIn == nil || o.Texts == nil {
		return nil, errors.New("web: SignIn and Texts are needed")
	}
	if o.Clock == nil {
		o.Clock = time.Now
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	s := &Site{Services: services, Options: o}
	s.zippers.New = func() any {
		w, _ := gzip.NewWriterLevel(io.Discard, gzip.BestSpeed) // the level exists
		return w
	}
	return s, nil
}
