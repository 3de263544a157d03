package web_test

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"testing"

	minori "github.com/minori-hq/minori"
	"github.com/minori-hq/minori/resource"
)

// TestDashboards: every tile of the sample's dashboards in both languages, as
// part, as page and as file; the wall; what is not there.
func TestDashboards(t *testing.T) {
	w := newWorld(t, 30)
	cfg, err := w.app.Resources.Load(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	if len(cfg.Dashboards) != 2 {
		t.Fatalf("the sample has %d dashboards", len(cfg.Dashboards))
	}
	for _, lang := range []string{"en", "ja"} {
		if a := w.get(t, "/dashboards?lang="+lang); !strings.Contains(a.body, `href="/dashboards/company"`) {
			t.Errorf("%s: the list answers %d", lang, a.status)
		}
		for i := range cfg.Dashboards {
			d := &cfg.Dashboards[i].Def
			page := w.get(t, "/dashboards/"+d.Name+"?lang="+lang)
			checkPage(t, d.Name, page)
			if page.status != http.StatusOK || strings.Count(page.body, `hx-get="/dashboards/`) != len(d.Tiles) {
				t.Errorf("%s %s: %d", lang, d.Name, page.status)
			}
			for k := range d.Tiles {
				path := fmt.Sprintf("/dashboards/%s/tiles/%d", d.Name, k+1)
				part := w.get(t, path+"?lang="+lang, "HX-Request", "true")
				whole := w.get(t, path+"?lang="+lang)
				checkPage(t, path, part)
				checkPage(t, path, whole)
				if part.status != http.StatusOK || whole.status != http.StatusOK || strings.Contains(part.body, "<html") || !strings.Contains(whole.body, "<html") {
					t.Errorf("%s %s: %d, %d", lang, path, part.status, whole.status)
				}
				if strings.Contains(part.body, "Nothing is known") || strings.Contains(part.body, "表示できるデータはまだありません") {
					t.Errorf("%s %s shows nothing: %+v", lang, path, d.Tiles[k])
				}
				file := w.get(t, path+"/csv")
				if file.status != http.StatusOK || !strings.HasPrefix(file.header.Get("Content-Type"), "text/csv") {
					t.Errorf("%s/csv: %d", path, file.status)
				}
			}
		}
	}
	if a := w.get(t, "/dashboards/company?rotate=30"); !strings.Contains(a.body, `data-next="/dashboards/usage?rotate=30"`) {
		t.Error("the wall does not turn")
	}
	for path, want := range map[string]int{
		"/dashboards/company?rotate=1": http.StatusBadRequest, "/dashboards/nothing": http.StatusNotFound, "/dashboards/company/tiles/0": http.StatusNotFound,
		"/dashboards/company/tiles/99": http.StatusNotFound, "/dashboards/company/tiles/x/csv": http.StatusNotFound,
	} {
		if a := w.get(t, path); a.status != want {
			t.Errorf("%s answers %d, want %d", path, a.status, want)
		}
	}
	w.as(minori.Actor{Name: "nobody@example.com", Role: minori.RoleCSM, Access: minori.AccessOwn})
	if a := w.get(t, "/dashboards/company/tiles/2", "HX-Request", "true"); strings.Contains(a.body, ">31<") {
		t.Errorf("somebody without accounts sees how many there are: %s", a.body)
	}
}

// TestDashboardIsEscaped: what a definition says is text, in pages and files.
func TestDashboardIsEscaped(t *testing.T) {
	w := newWorld(t, 5)
	text := "kind: Dashboard\nname: evil\ntitle: \"" + hostile + "\"\ntiles:\n" +
		"  - {title: \"" + hostile + "\", type: text, text: \"" + hostile + "\"}\n" +
		"  - {title: \"=1+1\", type: bar, report: accounts, by: account.tier}\n"
	if _, err := w.app.Apply(context.Background(), w.user, []resource.File{{Name: "evil.yaml", Data: []byte(text)}}, false, "", nil); err != nil {
		t.Fatal(err)
	}
	for _, path := range []string{"/dashboards", "/dashboards/evil", "/dashboards/evil/tiles/1", "/dashboards/evil/tiles/2", "/palette?q=evil"} {
		checkPage(t, path, w.get(t, path))
	}
	if a := w.get(t, "/dashboards/evil/tiles/2/csv"); !strings.Contains(a.body, "'=1+1") {
		t.Errorf("a formula in the file: %q", a.body)
	}
}
