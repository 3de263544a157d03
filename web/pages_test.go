package web_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strings"
	"testing"
)

// named strips names that pages show as they are, and which look like messages
// without words: of definitions, and of what the audit log records.
func named(path, body string) string {
	if path == "/settings/audit" {
		return regexp.MustCompile(`>[a-z]+\.[a-z-]+<`).ReplaceAllString(body, "><")
	}
	return regexp.MustCompile(`>\s*(account|adoption|license|support|sentiment|experience|engagement|stickiness)\.[a-z0-9_.-]+\s*<`).ReplaceAllString(body, "><")
}

// TestPages reads every address of the interface in both languages, whole and
// as the part of a page that scripts ask for.
func TestPages(t *testing.T) {
	s := newScene(t)
	admin := s.actors[0]
	s.as(admin)
	for _, row := range addresses() {
		path, ok := strings.CutPrefix(row.pattern, "GET ")
		switch {
		case !ok, strings.HasPrefix(path, "/live"), strings.HasSuffix(path, "z"):
			continue // what writes, streams, and what machines read
		case row.path != "":
			path = row.path
		}
		path = strings.ReplaceAll(path, "{$}", "")
		x := s.targets(path)[0]
		if x != nil {
			path = strings.NewReplacer("{account}", url.PathEscape(x.key), "{person}", url.PathEscape(x.key), "{call}", fmt.Sprint(x.call),
				"{entry}", fmt.Sprint(x.entry), "{file}", fmt.Sprint(x.file), "{id}", fmt.Sprint(x.id)).Replace(path)
		}
		want := row.allowed(admin, x)
		for _, lang := range []string{"en", "ja"} {
			whole := s.reads(path, lang, false)
			if !want.is(whole.status) {
				t.Errorf("%s in %s answers %d, want %s", path, lang, whole.status, want)
			}
			if !strings.HasPrefix(whole.header.Get("Content-Type"), "text/html") {
				continue
			}
			whole.body = named(path, whole.body)
			checkPage(t, path, whole)
			if strings.Contains(whole.body, "<html") && !strings.Contains(whole.body, `<html lang="`+lang+`"`) {
				t.Errorf("%s is not in %s", path, lang)
			}
			part := s.reads(path, lang, true)
			if part.status >= http.StatusInternalServerError {
				t.Errorf("the part of %s in %s answers %d", path, lang, part.status)
			}
			part.body = named(path, part.body)
			checkPage(t, path, part)
		}
	}
}

// reads asks for a page, or for the part of it that scripts ask for.
func (s *scene) reads(path, lang string, part bool) answer {
	w, r := httptest.NewRecorder(), httptest.NewRequest(http.MethodGet, "http://localhost"+path, nil)
	r.Header.Set("Accept-Language", lang)
	if part {
		r.Header.Set("HX-Request", "true")
	}
	s.pages.ServeHTTP(w, r)
	return answer{w.Code, w.Header(), w.Body.String()}
}
