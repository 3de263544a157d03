package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
)

// violations runs axe-core on the page and gives what is serious or critical.
const violations = `axe.run(document, {resultTypes: ["violations"]}).then(r => r.violations
	.filter(v => v.impact === "serious" || v.impact === "critical")
	.map(v => v.id + ": " + v.help + " (" + v.nodes.slice(0, 3).map(n => n.target.join(" ") + " " + n.html.slice(0, 160)).join("; ") + ")"))`

// TestAccessibility holds every page in both themes against axe-core.
func TestAccessibility(t *testing.T) {
	script, err := os.ReadFile(filepath.Join("..", "..", "node_modules", "axe-core", "axe.min.js"))
	if err != nil {
		t.Fatalf("axe-core is not there: run make assets before this test (%v)", err)
	}
	url := startDemo(t, "--accounts", "40", "--days", "150")
	ctx := openBrowser(t, 8*time.Minute)
	pages := append(sights(t, ctx, url), sight{"demo", "/demo?account=A000002"})
	seen := map[string]bool{}
	for _, theme := range []string{"light", "dark"} {
		prefer(t, ctx, "en", theme)
		for _, p := range pages {
			visit(t, ctx, url+p.path)
			loaded := read(t, ctx, chromedp.Evaluate[bool](string(script)+";\ntypeof axe === 'object'"))
			if !loaded {
				t.Fatal("axe-core did not load")
			}
			for _, v := range read(t, ctx, chromedp.Evaluate[[]string](violations, chromedp.EvalAwaitPromise)) {
				rule, _, _ := strings.Cut(v, ":")
				if key := rule + " " + p.name; !seen[key] {
					seen[key] = true
					t.Errorf("%s, %s: %s", p.name, theme, v)
				}
			}
		}
	}
}
