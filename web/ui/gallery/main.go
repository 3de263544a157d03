// Command gallery shows every component with sample values, to look at while
// the design system is worked on:
//
//	go run ./web/ui/gallery -listen localhost:8765
//	go run ./web/ui/gallery -out tmp/gallery
//
// The first serves /components, /accounts, /account, /states and /sign-in with ?lang=ja
// and ?theme=dark; the second writes each of them to a file.
package main

import (
	"bytes"
	"context"
	"flag"
	"fmt"
	"log"
	"net/http"
	"os"
	"path/filepath"
	"time"

	"github.com/a-h/templ"

	"github.com/minori-hq/minori"
	"github.com/minori-hq/minori/text"
	"github.com/minori-hq/minori/web/assets"
	"github.com/minori-hq/minori/web/ui"
)

// policy is the content security policy pages are served with.
const policy = "default-src 'self'; img-src 'self' data:; object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"

// gallery holds what pages are made from.
type gallery struct {
	catalog *text.Catalog
	assets  *assets.Assets
	zone    *time.Location
}

func main() {
	listen := flag.String("listen", "", "address to serve the gallery at")
	out := flag.String("out", "", "folder to write the pages to")
	from := flag.String("assets", "", "folder of built assets, instead of those in the program")
	flag.Parse()
	if err := run(*listen, *out, *from); err != nil {
		log.Fatal(err)
	}
}

// run writes or serves the gallery.
func run(listen, out, from string) error {
	catalog, err := text.Load()
	if err != nil {
		return err
	}
	built, err := assets.Load()
	if from != "" {
		built, err = assets.FromFS(os.DirFS(from))
	}
	if err != nil {
		return err
	}
	g := gallery{catalog: catalog, assets: built, zone: time.FixedZone("JST", 9*3600)}
	if out != "" {
		if err := g.write(out); err != nil {
			return err
		}
	}
	if listen != "" {
		return http.ListenAndServe(listen, g.handler())
	}
	return nil
}

// page gives a page by name, nil if there is none.
func (g gallery) page(name string, lang minori.Lang, theme ui.Theme, bare bool) templ.Component {
	s := sample{View: ui.View{Printer: g.catalog.Printer(lang, g.zone), Today: minori.Date(2026, 11, 20), Assets: g.assets}, theme: theme, page: name}
	if bare {
		s.Assets = nil
	}
	switch name {
	case "components":
		return componentsPage(s)
	case "accounts":
		return accountsPage(s)
	case "account":
		return accountPage(s)
	case "states":
		return statesPage(s)
	case "drawer":
		return drawerPart(s, false)
	case "sign-in":
		return signInPage(s)
	}
	return nil
}

// handler serves the pages and the assets.
func (g gallery) handler() http.Handler {
	mux := http.NewServeMux()
	mux.Handle("GET "+assets.Prefix, g.assets.Handler())
	mux.HandleFunc("POST /preferences", func(w http.ResponseWriter, r *http.Request) {
		http.Redirect(w, r, "/components?lang="+r.FormValue("lang")+"&theme="+r.FormValue("theme"), http.StatusSeeOther)
	})
	mux.HandleFunc("GET /{page}", func(w http.ResponseWriter, r *http.Request) {
		q := r.URL.Query()
		page := g.page(r.PathValue("page"), minori.Lang(q.Get("lang")), ui.Theme(q.Get("theme")), q.Has("plain"))
		if page == nil {
			http.NotFound(w, r)
			return
		}
		w.Header().Set("Content-Security-Policy", policy)
		templ.Handler(page).ServeHTTP(w, r)
	})
	return mux
}

// write puts every page in both languages and themes into a folder.
func (g gallery) write(dir string) error {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	for _, name := range []string{"components", "accounts", "account", "states", "sign-in"} {
		for _, lang := range []minori.Lang{minori.EN, minori.JA} {
			for _, theme := range []ui.Theme{ui.ThemeLight, ui.ThemeDark} {
				var b bytes.Buffer
				if err := g.page(name, lang, theme, false).Render(context.Background(), &b); err != nil {
					return fmt.Errorf("render %s: %w", name, err)
				}
				file := filepath.Join(dir, fmt.Sprintf("%s-%s-%s.html", name, lang, theme))
				if err := os.WriteFile(file, b.Bytes(), 0o644); err != nil {
					return err
				}
			}
		}
	}
	return nil
}
