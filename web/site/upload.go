package site

import (
	"context"
	"net/http"
)

// uploadKey finds in a request's context how much it may send.
type uploadKey struct{}

// HandleUpload is Handle for a form with files: its handler reads the body
// itself, part by part, up to so many bytes.
func (s *Site) HandleUpload(most int64, h Handler) http.Handler {
	next := s.Handle(h)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		next.ServeHTTP(w, r.WithContext(context.WithValue(r.Context(), uploadKey{}, most)))
	})
}

func uploadOf(r *http.Request) (most int64, ok bool) {
	most, ok = r.Context().Value(uploadKey{}).(int64)
	return most, ok && r.Method == http.MethodPost
}
