package resource

import (
	"context"
	"strings"
	"testing"

	minori "github.com/minori-hq/minori"
	"github.com/minori-hq/minori/resource/document"
)

const dashboardBase = "kind: Metric\nname: logins\ntype: counter\n---\nkind: Measure\nname: depth\nvalue: sum(\"logins\", \"7d\")\n---\n" +
	"kind: Scorecard\nname: health\ngroups: [{name: a, measures: [{measure: depth, bands: {points: [[0, 0], [1, 100]]}}]}]\n---\n" +
	"kind: Segment\nname: large\nwhen: account.seats > 5\n---\nkind: Dashboard\nname: d\ntiles:\n"

// checkTiles gives what is wrong with a dashboard of these tiles.
func checkTiles(t *testing.T, tiles string) string {
	t.Helper()
	s := document.Decode([]document.File{{Name: "w.yaml", Data: []byte(dashboardBase + tiles)}})
	_, err := Check(context.Background(), s, minori.Workspace{Currency: "USD", TimeZone: "UTC"})
	if err == nil {
		return ""
	}
	return err.Error()
}

func TestDashboardTiles(t *testing.T) {
	for _, tile := range []string{
		"{type: figure, report: arr}", "{type: figure, metric: logins, window: 28d, compare: previous}", "{type: line, metric: logins, by: account.tier}",
		"{type: bar, measure: depth, fn: median, by: large}", "{type: table, score: health}", "{type: stacked, score: health, window: 90d}",
		"{type: funnel, segment: [large, large]}", "{type: text, text: {en: A, ja: B}}", "{type: figure, report: nrr, compare: previous, size: small}",
		"{type: heatmap, metric: logins, by: account.tier, within: large}",
	} {
		if got := checkTiles(t, "  - "+tile+"\n"); got != "" {
			t.Errorf("%s: %s", tile, got)
		}
	}
	for tile, want := range map[string]string{
		"{type: figure, metric: login}":                    `there is no metric "login", did you mean "logins"?`,
		"{type: figure, score: heath}":                     `did you mean "health"?`,
		"{type: figure, measure: depht}":                   `did you mean "depth"?`,
		"{type: figure, segment: larg}":                    `did you mean "large"?`,
		"{type: figure, report: ar}":                       `did you mean "arr"?`,
		"{type: figre, report: arr}":                       `did you mean "figure"?`,
		"{type: figure, report: arr, withn: large}":        `a tile has no key "withn", did you mean "within"?`,
		"{type: bar, measure: depth, by: account.teir}":    `did you mean "account.tier"?`,
		"{type: bar, measure: depth, by: account.seats}":   "cuts accounts into no groups",
		"{type: figure}":                                   "a tile shows one of",
		"{type: figure, metric: logins, score: health}":    "not several",
		"{type: funnel, metric: logins}":                   "cannot be shown as funnel",
		"{type: funnel, segment: large}":                   "at least two segments",
		"{type: line, score: health, compare: previous}":   "remove compare",
		"{type: figure, measure: depth, window: 7d}":       "remove window",
		"{type: figure, metric: logins, fn: mean}":         "remove it",
		"{type: line, metric: logins, window: 9y}":         "at most 800 days",
		"{type: figure, metric: logins, by: account.tier}": "not cut into groups",
		"{type: table, metric: logins}":                    "by: account.tier",
		"{type: bar, report: nrr, by: account.tier}":       "shown as a figure",
		"{type: stacked, score: health, within: large}":    "remove within",
		"{type: line, metric: logins, window: soon}":       "is not a window",
		"{type: figure, metric: logins, compare: last}":    "previous",
	} {
		got := checkTiles(t, "  - "+tile+"\n")
		if !strings.Contains(got, want) || !strings.HasPrefix(got, "w.yaml:") || strings.Contains(got, "w.yaml:1:") {
			t.Errorf("%s: %q, want a place and %q", tile, got, want)
		}
	}
	if got := checkTiles(t, strings.Repeat("  - {type: figure, report: arr}\n", 25)); !strings.Contains(got, "at most 24 tiles") {
		t.Errorf("25 tiles: %s", got)
	}
}

// What is written of a dashboard is read again as the same.
func TestDashboardRoundTrip(t *testing.T) {
	text := dashboardBase + "  - {title: {en: A, ja: B}, type: figure, metric: logins, window: 28d, compare: previous, size: small}\n" +
		"  - {type: bar, measure: depth, fn: median, by: large, within: large}\n  - {type: funnel, segment: [large, large], size: wide}\n  - {type: text, text: {en: A, ja: B}}\n"
	s := document.Decode([]document.File{{Name: "w.yaml", Data: []byte(text)}})
	if errs := s.Problems(); len(errs) > 0 {
		t.Fatal(errs)
	}
	written := document.Encode(s.Get(document.KindDashboard, "d").Value)
	again, err := document.DecodeOne("x", written)
	if err != nil || len(again.Problems()) > 0 {
		t.Fatalf("%v %v\n%s", err, again.Problems(), written)
	}
	if got := document.Encode(again.Value); got != written {
		t.Errorf("%s\nbecame\n%s", written, got)
	}
	for _, want := range []string{"size: small", "compare: previous", "fn: median", "within: large", "segment: [large, large]", "window: 28d"} {
		if !strings.Contains(written, want) {
			t.Errorf("%q is lost in\n%s", want, written)
		}
	}
}
