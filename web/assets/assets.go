// Package assets serves the scripts, styles and icons of the web interface.
// They are built from src into dist by esbuild (make assets) and are part of
// the program. A program built without them still works: Available says so,
// and pages are then plain, readable HTML with a notice.
package assets

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"fmt"
	"io/fs"
	"mime"
	"net/http"
	"path"
	"strings"
	"sync"
	"time"
)

//go:embed all:dist
var dist embed.FS

// Prefix is the path under which Handler expects to be mounted.
const Prefix = "/assets/"

// Assets is the set of built files. It does not change once loaded; a nil
// *Assets is an empty set.
type Assets struct {
	files map[string]*file
}

// file is one built file with the hash of its content and, once somebody asked
// for it, its gzip form.
type file struct {
	body []byte
	hash string
	kind string
	gzip func() []byte
}

// Load reads the files that are part of the program.
func Load() (*Assets, error) {
	sub, err := fs.Sub(dist, "dist")
	if err != nil {
		return nil, fmt.Errorf("open assets: %w", err)
	}
	return FromFS(sub)
}

// FromFS reads the files of a folder, for development: os.DirFS("web/assets/dist").
func FromFS(fsys fs.FS) (*Assets, error) {
	a := &Assets{files: make(map[string]*file)}
	err := fs.WalkDir(fsys, ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || strings.HasPrefix(d.Name(), ".") {
			return err
		}
		body, err := fs.ReadFile(fsys, name)
		if err != nil {
			return err
		}
		a.files[name] = newFile(name, body)
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("read assets: %w", err)
	}
	return a, nil
}

// newFile hashes a file and finds its type.
func newFile(name string, body []byte) *file {
	sum := sha256.Sum256(body)
	kind := mime.TypeByExtension(path.Ext(name))
	switch path.Ext(name) {
	case ".js":
		kind = "text/javascript; charset=utf-8"
	case ".css":
		kind = "text/css; charset=utf-8"
	case ".svg":
		kind = "image/svg+xml"
	}
	return &file{body: body, hash: hex.EncodeToString(sum[:5]), kind: kind, gzip: sync.OnceValue(func() []byte {
		var b bytes.Buffer
		w := gzip.NewWriter(&b)
		_, _ = w.Write(body) // a bytes.Buffer takes everything
		_ = w.Close()
		return b.Bytes()
	})}
}

// Available reports whether the assets were built.
func (a *Assets) Available() bool {
	if a == nil {
		return false
	}
	_, css := a.files["app.css"]
	_, js := a.files["app.js"]
	return css && js
}

// URL gives the address of a file, with the hash of its content so that it may
// be cached for ever.
func (a *Assets) URL(name string) string {
	if a != nil {
		if f, ok := a.files[name]; ok {
			return Prefix + name + "?v=" + f.hash
		}
	}
	return Prefix + name
}

// Size gives the length of a file and of its gzip form; 0, 0 if there is none.
func (a *Assets) Size(name string) (plain, zipped int) {
	if a == nil || a.files[name] == nil {
		return 0, 0
	}
	return len(a.files[name].body), len(a.files[name].gzip())
}

// Handler serves the files under Prefix. What is asked for by its current hash
// may be cached for a year; anything else is checked again each time.
func (a *Assets) Handler() http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		var f *file
		if a != nil {
			f = a.files[strings.TrimPrefix(r.URL.Path, Prefix)]
		}
		if f == nil {
			http.NotFound(w, r)
			return
		}
		h := w.Header()
		h.Set("Content-Type", f.kind)
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("Vary", "Accept-Encoding")
		h.Set("Cache-Control", "no-cache")
		if r.URL.Query().Get("v") == f.hash {
			h.Set("Cache-Control", "public, max-age=31536000, immutable")
		}
		body, tag := f.body, f.hash
		if strings.Contains(r.Header.Get("Accept-Encoding"), "gzip") {
			body, tag = f.gzip(), f.hash+"-gz"
			h.Set("Content-Encoding", "gzip")
		}
		h.Set("ETag", `"`+tag+`"`)
		http.ServeContent(w, r, "", time.Time{}, bytes.NewReader(body))
	})
}
