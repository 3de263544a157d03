package main

import (
	"fmt"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// TestBadWorkspaces applies files that are wrong: the answer names the place
// and what to do, and nothing of them is taken over.
func TestBadWorkspaces(t *testing.T) {
	t.Parallel()
	data := applied.copy(t)
	bomb := "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n"
	for i := 1; i < 12; i++ {
		bomb += fmt.Sprintf("a%d: &a%d [*a%d, *a%d, *a%d, *a%d, *a%d, *a%d, *a%d, *a%d, *a%d]\n", i, i, i-1, i-1, i-1, i-1, i-1, i-1, i-1, i-1, i-1)
	}
	card := func(rest string) string {
		return "kind: Scorecard\nname: bad\nsubject: account\n" + rest
	}
	tests := []struct {
		name  string
		text  string
		words []string
	}{
		{"a YAML bomb", bomb + "kind: Measure\nname: bomb\n", []string{"w.yaml:"}},
		{"deep nesting", "kind: Measure\nname: deep\nvalue: " + strings.Repeat("[", 20000), []string{"w.yaml"}},
		{"a long expression", "kind: Measure\nname: long\nsubject: account\nvalue: " + strings.Repeat("(", 5000) + "1" + strings.Repeat(")", 5000), []string{"w.yaml"}},
		{"cyclic measures", "kind: Measure\nname: x.a\nsubject: account\nvalue: measure(\"x.b\") + 1\n---\nkind: Measure\nname: x.b\nsubject: account\nvalue: measure(\"x.a\") + 1\n", []string{"w.yaml:", "x.a", "x.b"}},
		{"a measure of itself", "kind: Measure\nname: x.self\nsubject: account\nvalue: measure(\"x.self\") + 1\n", []string{"w.yaml:4:", "x.self"}},
		{"a window of zero", "kind: Measure\nname: z\nsubject: account\nvalue: sum(\"usage.feature\", \"0d\")\n", []string{"w.yaml:4:", "0d"}},
		{"a negative window", "kind: Measure\nname: z\nsubject: account\nvalue: sum(\"usage.feature\", \"-7d\")\n", []string{"w.yaml:4:", "-7d"}},
		{"a window of ages", "kind: Measure\nname: z\nsubject: account\nvalue: sum(\"usage.feature\", \"99999999d\")\n", []string{"w.yaml:4:"}},
		{"a wrong metric", "kind: Measure\nname: z\nsubject: account\nvalue: sum(\"usage.featur\", \"7d\")\n", []string{"w.yaml:4:", `did you mean "usage.feature"?`}},
		{"a text as a measure", "kind: Measure\nname: z\nsubject: account\nvalue: account.tier\n", []string{"w.yaml:4:"}},
		{"an unknown kind", "kind: Measur\nname: z\n", []string{"w.yaml:1:", `did you mean "Measure"?`}},
		{"an unknown key", "kind: Measure\nname: z\nsubject: account\nvale: 1\n", []string{"w.yaml:4:", `did you mean "value"?`}},
		{"a tag", "kind: Measure\nname: z\nsubject: account\nvalue: !!binary aGk=\n", []string{"w.yaml:4:"}},
		{"no expression", "kind: Measure\nname: z\nsubject: account\nvalue:\n", []string{"w.yaml:4:"}},
		{"the same name twice", "kind: Measure\nname: z\nsubject: account\nvalue: 1 + 1\n---\nkind: Measure\nname: z\nsubject: account\nvalue: 2 + 2\n", []string{"w.yaml:"}},
		{"a bad name", "kind: Measure\nname: Bad Name\nsubject: account\nvalue: 1 + 1\n", []string{"w.yaml:2:"}},
		{"a scorecard without measures", card("groups:\n  - {name: g, weight: 1, measures: []}\n"), []string{"w.yaml:"}},
		{"a scorecard without groups", card("groups: []\n"), []string{"w.yaml:"}},
		{"weights all zero", card("groups:\n  - {name: g, weight: 0, measures: [{measure: support.csat, weight: 1, bands: {points: [[0, 0], [5, 100]]}}]}\n"), []string{"w.yaml:", "weight"}},
		{"a negative weight", card("groups:\n  - {name: g, weight: -1, measures: [{measure: support.csat, weight: 1, bands: {points: [[0, 0], [5, 100]]}}]}\n"), []string{"w.yaml:", "weight"}},
		{"bands backwards", card("groups:\n  - {name: g, weight: 1, measures: [{measure: support.csat, weight: 1, bands: {points: [[5, 0], [0, 100]]}}]}\n"), []string{"w.yaml:"}},
		{"colours backwards", card("groups:\n  - {name: g, weight: 1, measures: [{measure: support.csat, weight: 1, bands: {points: [[0, 0], [5, 100]]}}]}\nbands: {yellow: 80, green: 20}\n"), []string{"w.yaml:"}},
		{"a rule without an end of waiting", "kind: Rule\nname: r\nsubject: account\nwhen: account.arr > 1\nfor: -7d\nthen:\n  - call_to_action: {type: risk, reason: x, priority: high, due: 1bd}\n", []string{"w.yaml:5:"}},
		{"a rule on a number", "kind: Rule\nname: r\nsubject: account\nwhen: account.arr\nthen:\n  - call_to_action: {type: risk, reason: x, priority: high, due: 1bd}\n", []string{"w.yaml:4:"}},
		{"a wrong playbook", "kind: Rule\nname: r\nsubject: account\nwhen: account.arr > 1\nthen:\n  - call_to_action: {type: risk, reason: x, priority: high, due: 1bd, playbook: adoption-rescu}\n", []string{"w.yaml:6:", `did you mean "adoption-rescue"?`}},
		{"another currency", "kind: Workspace\ncurrency: EUR\n", []string{"w.yaml:2:", "USD"}},
		{"not YAML", "kind: Measure\n\tname: [\n", []string{"w.yaml:"}},
		{"binary", "\x00\x01\x02\xff\xfe", []string{"w.yaml"}},
		{"one good, one bad", "kind: Segment\nname: fine\nsubject: account\nwhen: account.arr > 1\n---\nkind: Segment\nname: broken\nsubject: account\nwhen: account.ar > 1\n", []string{"w.yaml:9:", `did you mean "arr"?`}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			dir := writeFiles(t, "w.yaml", tt.text)
			start := time.Now()
			said := fails(t, exitFailed, tt.words, "apply", "--data", data, dir)
			if took := time.Since(start); took > 20*time.Second {
				t.Errorf("took %v", took)
			}
			if len(said) > 20000 {
				t.Errorf("an error of %d bytes", len(said))
			}
			if strings.Count(said, dir) > 0 && strings.Contains(said, "upload-") {
				t.Errorf("names a place of our own: %s", said)
			}
		})
	}
	if d := ask[diffAnswer](t, "diff", "--data", data, "--prune", ravenstack("workspace")); len(d.Create)+len(d.Update)+len(d.Delete) != 0 {
		t.Errorf("something of the bad files was taken over: %+v", d)
	}
	if v := ok(t, "versions", "--data", data); strings.Count(v, "\n") != 1 {
		t.Errorf("versions: %s", v)
	}
}

// TestEmptyWorkspace: with nothing defined or imported everything answers.
func TestEmptyWorkspace(t *testing.T) {
	t.Parallel()
	data := filepath.Join(t.TempDir(), "data")
	ok(t, "init", "--data", data, "--time-zone", "America/New_York")
	if rep := ask[evaluateAnswer](t, "evaluate", "--data", data, "--as-of", "2024-03-10"); rep.Subjects != 0 || rep.Opened != 0 {
		t.Errorf("evaluate: %+v", rep)
	}
	for _, day := range []string{"1900-01-01", "2199-12-31"} { // the widest that days go
		if rep := ask[evaluateAnswer](t, "evaluate", "--data", data, "--as-of", day); rep.AsOf != day {
			t.Errorf("evaluate: %+v", rep)
		}
	}
	if r := ask[retentionAnswer](t, "report", "retention", "--data", data, "--from", "2024-01-01", "--to", "2024-12-31"); r.Cohort != 0 || r.GRR != nil || r.NRR != nil || r.LogoRetention != nil {
		t.Errorf("a rate of nothing is unknown: %+v", r)
	}
	if list := ask[[]measureAnswer](t, "report", "measures", "--data", data, "--as-of", "2024-03-10"); len(list) != 0 {
		t.Errorf("measures: %+v", list)
	}
	if list := ask[[]accountAnswer](t, "report", "accounts", "--data", data, "--as-of", "2024-03-10"); len(list) != 0 {
		t.Errorf("accounts: %+v", list)
	}
	ok(t, "export", "--data", data, filepath.Join(t.TempDir(), "out"))
	fails(t, exitFailed, []string{"there is no scorecard"}, "report", "scores", "health", "--data", data)
	fails(t, exitFailed, []string{"source"}, "import", "--data", data, "--input", ravenstack("data"))
}
