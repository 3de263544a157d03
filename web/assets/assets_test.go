package assets_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/minori-hq/minori/web/assets"
)

func built(t *testing.T) *assets.Assets {
	t.Helper()
	a, err := assets.FromFS(fstest.MapFS{
		"app.js":  {Data: []byte("let a = 1")},
		"app.css": {Data: []byte("body{}")},
		".keep":   {},
	})
	if err != nil {
		t.Fatal(err)
	}
	return a
}

func get(h http.Handler, url string, header ...string) *httptest.ResponseRecorder {
	r := httptest.NewRequest(http.MethodGet, url, nil)
	for i := 0; i+1 < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w
}

func TestHandlerServesByHash(t *testing.T) {
	a := built(t)
	if !a.Available() {
		t.Fatal("built assets are not available")
	}
	url := a.URL("app.js")
	if !strings.HasPrefix(url, "/assets/app.js?v=") {
		t.Fatalf("URL = %q", url)
	}
	w := get(a.Handler(), url)
	if w.Code != 200 || w.Body.String() != "let a = 1" {
		t.Fatalf("got %d %q", w.Code, w.Body)
	}
	if c := w.Header().Get("Cache-Control"); !strings.Contains(c, "immutable") {
		t.Errorf("Cache-Control = %q", c)
	}
	if c := get(a.Handler(), "/assets/app.js?v=old").Header().Get("Cache-Control"); c != "no-cache" {
		t.Errorf("an old hash may be cached: %q", c)
	}
	again := get(a.Handler(), url, "If-None-Match", w.Header().Get("ETag"))
	if again.Code != http.StatusNotModified {
		t.Errorf("unchanged file answered %d", again.Code)
	}
	if z := get(a.Handler(), url, "Accept-Encoding", "gzip"); z.Header().Get("Content-Encoding") != "gzip" {
		t.Error("gzip was not used")
	}
}

func TestHandlerHidesOtherFiles(t *testing.T) {
	for _, url := range []string{"/assets/.keep", "/assets/", "/assets/none.js", "/assets/../assets.go"} {
		if w := get(built(t).Handler(), url); w.Code != http.StatusNotFound {
			t.Errorf("%s answered %d", url, w.Code)
		}
	}
}

func TestNotBuilt(t *testing.T) {
	var none *assets.Assets
	if none.Available() {
		t.Error("nil assets are available")
	}
	if none.URL("app.js") != "/assets/app.js" {
		t.Error("URL of nil assets")
	}
	if w := get(none.Handler(), "/assets/app.js"); w.Code != http.StatusNotFound {
		t.Errorf("answered %d", w.Code)
	}
}

func TestBuiltScriptsAreSmall(t *testing.T) {
	a, err := assets.Load()
	if err != nil {
		t.Fatal(err)
	}
	if !a.Available() {
		t.Skip("assets are not built: make assets")
	}
	sum := 0
	for _, name := range []string{"app.js", "charts.js"} {
		plain, zipped := a.Size(name)
		if plain == 0 {
			t.Errorf("%s is missing", name)
		}
		sum += zipped
	}
	if sum > 250_000 {
		t.Errorf("scripts are %d bytes after gzip, more than 250 KB", sum)
	}
}
