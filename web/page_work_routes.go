package web

import "net/http"

// workRoutes are the pages cockpit, scorecards, rules, retention, workspace.
func (s *site) workRoutes(mux *http.ServeMux) {
}
