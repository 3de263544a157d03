package site

import (
	"net/http"

	"github.com/a-h/templ"
)

// Part answers with a part of a page, for scripts that put it into one.
func (s *Site) Part(w http.ResponseWriter, r *Request, content templ.Component) error {
	return s.render(w, r, http.StatusOK, content)
}
