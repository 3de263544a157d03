// Package dashboards has the pages of dashboards: each tile is a page of its
// own, too, so that it can be shared, saved and loaded by itself.
package dashboards

import (
	"encoding/csv"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	minori "github.com/minori-hq/minori"
	"github.com/minori-hq/minori/dashboard"
	"github.com/minori-hq/minori/resource"
	"github.com/minori-hq/minori/resource/document"
	"github.com/minori-hq/minori/web/editor"
	"github.com/minori-hq/minori/web/site"
	"github.com/minori-hq/minori/web/ui"
)

// Pages answers with the pages of this package.
type Pages struct{ *site.Site }

// Bounds of the time a wall shows one dashboard, in seconds.
const (
	minTurn     = 5
	maxTurn     = 3600
	defaultTurn = 30
)

// listModel is the page of all dashboards.
type listModel struct {
	ui.View
	Title string
	Table *ui.TableProps
}

// List shows the dashboards.
func (s Pages) List(w http.ResponseWriter, r *site.Request) error {
	m := listModel{View: r.View, Title: r.View.T("place.dashboards")}
	if len(r.Config.Dashboards) > 0 {
		t := ui.TableProps{Caption: m.Title, Columns: []ui.Column{{Label: m.T("dashboards.name"), Primary: true}, {Label: m.T("dashboards.tiles"), Numeric: true}}}
		for i := range r.Config.Dashboards {
			d := &r.Config.Dashboards[i].Def
			t.Rows = append(t.Rows, ui.Row{URL: path(d.Name), Cells: cells(r.Words().Titled(d.Title, d.Name), m.Int(int64(len(d.Tiles))))})
		}
		m.Table = &t
	}
	return s.Page(w, r, site.Frame{Title: m.Title, Place: ui.PlaceDashboards}, listPage(m))
}

func path(name string) string { return "/dashboards/" + url.PathEscape(name) }

func tilePath(name string, i int) string { return path(name) + "/tiles/" + strconv.Itoa(i+1) }

// model is one dashboard.
type model struct {
	ui.View
	Name      string
	Title     string
	Tiles     []frame
	MayRemove bool
	Rotate    int // seconds; 0: not on a wall
	Next      string
}

// frame is the place of a tile.
type frame struct {
	Title string
	URL   string
	Size  dashboard.Size
}

// Dashboard shows the places of the tiles, which load by themselves.
func (s Pages) Dashboard(w http.ResponseWriter, r *site.Request) error {
	d, err := find(r)
	if err != nil {
		return err
	}
	m := model{View: r.View, Name: d.Name, Title: r.Words().Titled(d.Title, d.Name), MayRemove: r.Actor.MayConfigure()}
	for i := range d.Tiles {
		m.Tiles = append(m.Tiles, frame{Title: tileTitle(r, &d.Tiles[i]), URL: tilePath(d.Name, i), Size: d.Tiles[i].Size})
	}
	if text := r.URL.Query().Get("rotate"); text != "" {
		n, err := strconv.Atoi(text)
		if err != nil || n < minTurn || n > maxTurn {
			return site.Invalid(m.T("dashboards.bad-turn", "min", minTurn, "max", maxTurn))
		}
		m.Rotate, m.Next = n, path(following(r.Config, d.Name))+"?rotate="+strconv.Itoa(n)
	}
	f := site.Frame{Title: m.Title, Place: ui.PlaceDashboards, Charts: true, Crumbs: []ui.Link{{Label: m.T("place.dashboards"), URL: "/dashboards"}, {Label: m.Title}}}
	return s.Page(w, r, f, dashboardPage(m))
}

// Editor asks before a dashboard is removed, and removes it.
func (s Pages) Editor() editor.Pages {
	return editor.Pages{Site: s.Site, Place: editor.Place{
		Kind: document.KindDashboard, Place: ui.PlaceDashboards, Base: "/dashboards",
		Words: func(w site.Wording) editor.Words { return editor.Words{List: w.T("place.dashboards")} },
	}}
}

// following gives the dashboard after one, the first after the last.
func following(cfg *resource.Config, name string) string {
	for i := range cfg.Dashboards {
		if cfg.Dashboards[i].Def.Name == name {
			return cfg.Dashboards[(i+1)%len(cfg.Dashboards)].Def.Name
		}
	}
	return name
}

func find(r *site.Request) (*dashboard.Dashboard, error) {
	d, ok := r.Config.Dashboard(r.PathValue("name"))
	if !ok {
		return nil, minori.Errorf(minori.NotFound, "%s", r.View.T("dashboards.not-found", "name", site.Clip(r.PathValue("name"), 60)))
	}
	return &d.Def, nil
}

// tileModel is one tile with what it shows.
type tileModel struct {
	ui.View
	ID      string
	Title   string
	URL     string
	Form    dashboard.Form
	Content content
	Group   string // what the rows of a table are
	Whole   bool   // a page of its own
	Of      string // title of the dashboard
}

// Tile answers with one tile: a part of the dashboard for scripts, else a page.
func (s Pages) Tile(w http.ResponseWriter, r *site.Request) error {
	d, i, c, err := s.readTile(r)
	if err != nil {
		return err
	}
	t := &d.Tiles[i]
	m := tileModel{View: r.View, ID: "tile-" + strconv.Itoa(i+1), Title: tileTitle(r, t), URL: tilePath(d.Name, i), Form: t.Form, Content: c, Group: groupTitle(r, t), Whole: !r.HTMX()}
	if r.HTMX() {
		return s.Part(w, r, tile(m))
	}
	title := r.Words().Titled(d.Title, d.Name)
	m.Of = title
	f := site.Frame{Title: m.heading(), Place: ui.PlaceDashboards, Charts: true,
		Crumbs: []ui.Link{{Label: m.T("place.dashboards"), URL: "/dashboards"}, {Label: title, URL: path(d.Name)}, {Label: m.heading()}}}
	return s.Page(w, r, f, tilePage(m))
}

func (s Pages) readTile(r *site.Request) (*dashboard.Dashboard, int, content, error) {
	d, err := find(r)
	if err != nil {
		return nil, 0, content{}, err
	}
	n, err := strconv.Atoi(r.PathValue("n"))
	if err != nil || n < 1 || n > len(d.Tiles) {
		return nil, 0, content{}, minori.Errorf(minori.NotFound, "%s", r.View.T("dashboards.no-tile", "number", site.Clip(r.PathValue("n"), 20)))
	}
	c, err := s.read(r, &d.Tiles[n-1])
	return d, n - 1, c, err
}

// CSV answers with the values of a tile as a file.
func (s Pages) CSV(w http.ResponseWriter, r *site.Request) error {
	d, i, c, err := s.readTile(r)
	if err != nil {
		return err
	}
	h := w.Header()
	h.Set("Content-Type", "text/csv; charset=utf-8")
	h.Set("Content-Disposition", fmt.Sprintf(`attachment; filename="%s-%d-%s.csv"`, d.Name, i+1, r.View.Today))
	h.Set("Cache-Control", "no-store")
	_, _ = w.Write([]byte("\uFEFF")) // with the mark, Excel reads Japanese as UTF-8
	out := csv.NewWriter(w)
	out.UseCRLF = true
	head := []string{""}
	for _, x := range c.Series {
		head = append(head, defused(x.Name))
	}
	_ = out.Write(head) // the reader went away, here and below
	for k, x := range c.X {
		line := []string{defused(x)}
		for _, v := range c.Series {
			line = append(line, plain(v.at(k)))
		}
		_ = out.Write(line)
	}
	out.Flush()
	return nil
}

// defused keeps a text from being taken for a formula.
func defused(s string) string {
	if s != "" && strings.ContainsRune("=+-@\t\r", rune(s[0])) {
		return "'" + s
	}
	return s
}
