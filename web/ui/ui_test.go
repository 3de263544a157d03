package ui_test

import (
	"context"
	"encoding/json"
	"io"
	"os"
	"regexp"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/a-h/templ"

	"github.com/minori-hq/minori"
	"github.com/minori-hq/minori/text"
	"github.com/minori-hq/minori/web/assets"
	"github.com/minori-hq/minori/web/ui"
)

// today is the day the tests are read on.
const today = minori.Day(20777) // 2026-11-20

// view gives a reader; with assets, unless plain is asked for.
func view(t *testing.T, lang minori.Lang, plain bool) ui.View {
	t.Helper()
	catalog, err := text.Load()
	if err != nil {
		t.Fatal(err)
	}
	v := ui.View{Printer: catalog.Printer(lang, time.FixedZone("JST", 9*3600)), Today: today}
	if plain {
		return v
	}
	v.Assets, err = assets.FromFS(fstest.MapFS{"app.js": {}, "app.css": {}, "charts.js": {}, "icons.svg": {}})
	if err != nil {
		t.Fatal(err)
	}
	return v
}

// render gives the HTML of a component and checks that it is well formed.
func render(t *testing.T, c templ.Component) string {
	t.Helper()
	var b strings.Builder
	if err := c.Render(context.Background(), &b); err != nil {
		t.Fatal(err)
	}
	wellFormed(t, b.String())
	return b.String()
}

// with gives a component children.
func with(parent, child templ.Component) templ.Component {
	return templ.ComponentFunc(func(ctx context.Context, w io.Writer) error {
		return parent.Render(templ.WithChildren(ctx, child), w)
	})
}

// has checks that every text stands in the HTML.
func has(t *testing.T, html string, texts ...string) {
	t.Helper()
	for _, s := range texts {
		if !strings.Contains(html, s) {
			t.Errorf("%q is missing in\n%s", s, html)
		}
	}
}

// hasNot checks that no text stands in the HTML.
func hasNot(t *testing.T, html string, texts ...string) {
	t.Helper()
	for _, s := range texts {
		if strings.Contains(html, s) {
			t.Errorf("%q should not be in\n%s", s, html)
		}
	}
}

// wellFormed checks that elements are closed in order, identities are given
// once, and nothing stands in the page that its security policy forbids.
func wellFormed(t *testing.T, html string) {
	t.Helper()
	data := regexp.MustCompile(`(?s)(<script[^>]*>).*?</script>`)
	bare := data.ReplaceAllString(html, "$1</script>")
	void := map[string]bool{"meta": true, "link": true, "input": true, "br": true, "hr": true, "img": true}
	ids := make(map[string]bool)
	var open []string
	for _, m := range regexp.MustCompile(`<(/?)([a-zA-Z][a-zA-Z0-9]*)((?:[^>"]|"[^"]*")*)>`).FindAllStringSubmatch(bare, -1) {
		closing, name, attributes := m[1] == "/", m[2], m[3]
		switch {
		case closing:
			if len(open) == 0 || open[len(open)-1] != name {
				t.Fatalf("</%s> closes nothing; open: %v\n%s", name, open, html)
			}
			open = open[:len(open)-1]
			continue
		case !void[name]:
			open = append(open, name)
		}
		if regexp.MustCompile(`\s(style|on[a-z]+)=`).MatchString(attributes) {
			t.Errorf("<%s%s> has an inline style or handler", name, attributes)
		}
		if id := regexp.MustCompile(`\sid="([^"]*)"`).FindStringSubmatch(attributes); id != nil {
			if ids[id[1]] {
				t.Errorf("the identity %q is given twice", id[1])
			}
			ids[id[1]] = true
		}
	}
	if len(open) > 0 {
		t.Errorf("not closed: %v\n%s", open, html)
	}
	for _, m := range regexp.MustCompile(`<script([^>]*)>`).FindAllStringSubmatch(html, -1) {
		if !strings.Contains(m[1], "src=") && !strings.Contains(m[1], `type="application/json"`) {
			t.Errorf("an inline script: <script%s>", m[1])
		}
	}
	if key := regexp.MustCompile(`>\s*[a-z]+(\.[a-z-]+)+\s*<`).FindString(bare); key != "" {
		t.Errorf("a message is missing: %s", key)
	}
}

const evil = `<script>alert("1")</script>`

func TestNamesAreEscaped(t *testing.T) {
	v := view(t, minori.EN, false)
	link := "javascript:alert(1)"
	for name, c := range map[string]templ.Component{
		"layout": ui.Layout(v, ui.LayoutProps{Title: evil, Places: []ui.Place{{Label: evil, URL: link}}, Crumbs: []ui.Link{{Label: evil, URL: link}, {Label: evil}}, SearchURL: link, SearchQuery: evil, User: ui.User{Name: evil, Note: evil}, Flash: &ui.FlashProps{Text: evil}}),
		"header": ui.PageHeader(v, ui.PageHeaderProps{Title: evil, Sentence: evil, Figures: []ui.FigureProps{{Label: evil, Value: evil, URL: link, Source: evil, Note: evil}}}),
		"table":  ui.Table(v, ui.TableProps{Caption: evil, Columns: []ui.Column{{Label: evil, Primary: true, SortURL: link}}, Rows: []ui.Row{{URL: link, Cells: []templ.Component{ui.TwoLines(evil, evil)}}, {Cells: []templ.Component{ui.Words(evil)}}}}),
		"filter": ui.Filter(v, ui.FilterProps{Subject: evil, Chips: []ui.Chip{{Words: evil, RemoveURL: link}}}),
		"field":  ui.TextArea(v, ui.FieldProps{Name: `"><b>`, Label: evil, Value: evil, Error: evil}, 3),
		"chart":  ui.Chart(v, ui.ChartProps{ID: "x", Sentence: evil, X: []string{evil}, Series: []ui.Series{{Name: evil, Values: []float64{1}}}, Events: []ui.ChartEvent{{Label: evil}}}),
		"strip":  ui.Strip(v, ui.StripProps{Sentence: evil, Columns: []ui.StripColumn{{Label: evil, Dots: []ui.StripDot{{Value: 1, Label: evil, URL: link}}}}}),
		"falls":  ui.Waterfall(v, ui.WaterfallProps{Caption: evil, Steps: []ui.WaterfallStep{{Label: evil, URL: link, Why: evil, Words: evil}}}),
		"score":  ui.ScoreParts(v, ui.ScorePartsProps{Groups: []ui.ScoreGroup{{Label: evil, Parts: []ui.ScorePart{{Label: evil, URL: link, Note: evil}}}}}),
		"time":   ui.Timeline(v, []ui.TimelineGroup{{Label: evil, Items: []ui.TimelineItem{{Title: evil, URL: link, Body: evil, Meta: evil}}}}),
		"button": ui.Button(v, ui.ButtonProps{Label: evil, Action: link, Confirm: evil}),
		"drawer": with(ui.DrawerLink(link), ui.Words(evil)),
		"facts":  ui.Facts([]ui.Fact{{Label: evil, Note: evil}}),
		"form":   ui.Form(v, ui.FormProps{Action: link, Error: evil}),
		"error":  ui.ErrorPage(v, ui.ErrorPageProps{Status: 400, Title: evil, Text: evil, Code: evil, ID: evil}),
	} {
		var b strings.Builder
		if err := c.Render(context.Background(), &b); err != nil {
			t.Fatal(err)
		}
		if strings.Contains(b.String(), "<script>alert") || strings.Contains(b.String(), `"><b>`) {
			t.Errorf("%s: markup of a name came through:\n%s", name, b.String())
		}
		if regexp.MustCompile(`(href|action|formaction|hx-get)="javascript:`).MatchString(b.String()) {
			t.Errorf("%s: a script came through as an address:\n%s", name, b.String())
		}
	}
}

func TestIconsAreInTheSprite(t *testing.T) {
	b, err := os.ReadFile("../assets/src/icons.json")
	if err != nil {
		t.Fatal(err)
	}
	var sprite []string
	if err := json.Unmarshal(b, &sprite); err != nil {
		t.Fatal(err)
	}
	source, err := os.ReadFile("icon.go")
	if err != nil {
		t.Fatal(err)
	}
	have := " " + strings.Join(sprite, " ") + " "
	names := regexp.MustCompile(`IconName = "([^"]+)"`).FindAllStringSubmatch(string(source), -1)
	if len(names) < 20 {
		t.Fatalf("found only %d icons in icon.go", len(names))
	}
	for _, m := range names {
		if !strings.Contains(have, " "+m[1]+" ") {
			t.Errorf("the icon %q is not in icons.json", m[1])
		}
	}
}
