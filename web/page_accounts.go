package web

import "net/http"

func (s *site) accounts(w http.ResponseWriter, r *request) error   { return s.nowhere(w, r) }
func (s *site) account360(w http.ResponseWriter, r *request) error { return s.nowhere(w, r) }
