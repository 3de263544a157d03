// Package web is the web interface: pages rendered on the server that read
// properly without scripts. routes.go is its table of contents. The pages of
// one place of the navigation are a package (accounts, cockpit, scorecards,
// rules, retention, workspace); a page has one handler and one template, over
// what all pages share (package site) and the components of package ui.
package web

import (
	"net/http"

	"github.com/minori-hq/minori/web/site"
)

// server answers what is no page, and leads to the pages.
type server struct {
	*site.Site
}

// New makes the handler of the whole interface.
func New(services site.Services, o site.Options) (http.Handler, error) {
	shared, err := site.New(services, o)
	if err != nil {
		return nil, err
	}
	s := server{shared}
	return s.guard(s.routes()), nil
}
