package web

import "net/http"

// routes is the table of contents: every address and what answers it.
func (s *site) routes() *http.ServeMux {
	mux := http.NewServeMux()
	mux.Handle("GET /assets/", s.assets.Handler())
	mux.HandleFunc("GET /healthz", s.healthz)
	mux.HandleFunc("GET /readyz", s.readyz)
	mux.Handle("POST /preferences", s.handle(s.preferences))

	mux.Handle("GET /{$}", s.handle(s.home))
	mux.Handle("GET /accounts", s.handle(s.accounts))
	mux.Handle("GET /accounts/{id}", s.handle(s.account360))
	s.workRoutes(mux)

	mux.Handle("/", s.handle(s.nowhere))
	return mux
}

// home leads to the list of accounts.
func (s *site) home(w http.ResponseWriter, r *request) error {
	http.Redirect(w, r.Request, "/accounts", http.StatusSeeOther)
	return nil
}
