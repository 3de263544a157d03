package resource_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	minori "github.com/minori-hq/minori"
	"github.com/minori-hq/minori/evaluate"
	"github.com/minori-hq/minori/resource"
)

// TestUses follows a metric through everything that is computed from it, over
// any number of steps, and nothing else.
func TestUses(t *testing.T) {
	b := newBench(t)
	files := []resource.File{{Name: "w.yaml", Data: []byte(`kind: Metric
name: usage.login
type: counter
fresh_within: 7d
---
kind: Metric
name: usage.other
type: counter
---
kind: Measure
name: logins
subject: account
value: sum("usage.login", "28d")
---
kind: Measure
name: others
subject: account
value: sum("usage.other", "28d")
---
kind: Measure
name: share
subject: account
value: measure("logins") / measure("others")
---
kind: Scorecard
name: health
subject: account
groups:
  - name: use
    weight: 1
    measures:
      - {measure: share, weight: 1, bands: {points: [[0, 0], [1, 100]]}}
---
kind: Scorecard
name: capped
subject: account
groups:
  - name: use
    weight: 1
    measures:
      - {measure: others, weight: 1, bands: {points: [[0, 0], [1, 100]]}}
caps:
  - {when: measure("logins") < 1, at: 40, because: {en: None, ja: なし}}
---
kind: Scorecard
name: apart
subject: account
groups:
  - name: use
    weight: 1
    measures:
      - {measure: others, weight: 1, bands: {points: [[0, 0], [1, 100]]}}
---
kind: Segment
name: active
subject: account
when: sum("usage.login", "7d") > 0
---
kind: Rule
name: by-score
subject: account
when: score("health") < 50
then:
  - call_to_action: {type: risk, reason: x, priority: high, owner: account.csm, due: 3bd}
---
kind: Rule
name: by-until
subject: account
when: measure("others") > 5
until: measure("share") > 1
then:
  - call_to_action: {type: risk, reason: x, priority: high, owner: account.csm, due: 3bd}
---
kind: Rule
name: apart
subject: account
when: score("apart") < 50
then:
  - call_to_action: {type: risk, reason: x, priority: high, owner: account.csm, due: 3bd}
`)}}
	_, err := b.svc.Apply(b.ctx, b.admin, files, false, "")
	b.check(err)
	cfg, err := b.svc.Load(b.ctx)
	b.check(err)
	want := resource.Uses{Measures: []string{"logins", "share"}, Scorecards: []string{"capped", "health"}, Segments: []string{"active"}, Rules: []string{"by-score", "by-until"}}
	if diff := cmp.Diff(want, cfg.UsesOf("usage.login")); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff(resource.Uses{}, cfg.UsesOf("usage.nothing")); diff != "" {
		t.Error(diff)
	}
	m, _ := cfg.Metric("usage.login")
	o, _ := cfg.Metric("usage.other")
	day := minori.Date(2025, 6, 30)
	for back, stale := range map[minori.Day]bool{0: false, 7: false, 8: true} {
		got := cfg.Stale(map[int64]evaluate.Latest{m.ID: {Day: day - back}, o.ID: {Day: day - 300}}, day)
		if (len(got) == 1) != stale || stale && (got[0].Metric.Def.Name != "usage.login" || got[0].Latest != day-back) {
			t.Errorf("%d days old: %v", back, got)
		}
	}
	if got := cfg.Stale(nil, day); len(got) > 0 {
		t.Errorf("a metric without any point: %v", got)
	}
}
