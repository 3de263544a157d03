package web

import "net/http"

// table is the addresses with what answers them; it remembers their patterns.
type table struct {
	http.ServeMux
	patterns []string
}

// Handle adds an address.
func (t *table) Handle(pattern string, h http.Handler) {
	t.patterns = append(t.patterns, pattern)
	t.ServeMux.Handle(pattern, h)
}

// HandleFunc adds an address.
func (t *table) HandleFunc(pattern string, h http.HandlerFunc) { t.Handle(pattern, h) }
