package main

import (
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/minori-hq/minori/text"
	"github.com/minori-hq/minori/web/assets"
)

func TestGallery(t *testing.T) {
	catalog, err := text.Load()
	if err != nil {
		t.Fatal(err)
	}
	built, err := assets.Load()
	if err != nil {
		t.Fatal(err)
	}
	g := gallery{catalog: catalog, assets: built, zone: time.UTC}
	dir := t.TempDir()
	if err := g.write(dir); err != nil {
		t.Fatal(err)
	}
	files, err := os.ReadDir(dir)
	if err != nil || len(files) != 20 {
		t.Fatalf("%d files, %v", len(files), err)
	}
	page, err := os.ReadFile(filepath.Join(dir, "accounts-ja-dark.html"))
	if err != nil || !strings.Contains(string(page), "青山商事株式会社") {
		t.Errorf("the Japanese page: %v", err)
	}
	for path, want := range map[string]int{"/account?lang=ja": http.StatusOK, "/states?plain": http.StatusOK, "/none": http.StatusNotFound} {
		w := httptest.NewRecorder()
		g.handler().ServeHTTP(w, httptest.NewRequest(http.MethodGet, path, nil))
		if w.Code != want {
			t.Errorf("%s answered %d", path, w.Code)
		}
	}
}
