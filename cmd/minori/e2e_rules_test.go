package main

import (
	"encoding/json"
	"fmt"
	"path/filepath"
	"strings"
	"testing"
)

// rulesWorkspace is a small Japanese workspace with one gauge and rules on it.
const rulesWorkspace = `
kind: Source
name: accounts
format: csv
files: accounts.csv
into: account
key: id
map: {id: id, name: id, csm: csm, seats: seats}
---
kind: Source
name: people
format: csv
files: people.csv
into: person
key: id
map: {id: id, name: id, email: email}
---
kind: Source
name: points
format: csv
files: points.csv
into: point
map: {metric: metric, account: account, time: day, value: value}
---
kind: Metric
name: ops.load
type: gauge
---
kind: Measure
name: load
subject: account
value: last("ops.load")
---
kind: Playbook
name: calm-down
tasks:
  - {name: ring, title: Ring, due: 0bd}
  - {name: visit, title: {en: Visit, ja: 訪問}, due: 2bd, after: [ring]}
---
kind: Rule
name: overload
subject: account
when: measure("load") > 10 && account.seats >= 5
for: 2d
until: measure("load") < 5
cooldown: 5d
then:
  - call_to_action: {type: risk, reason: load, priority: high, owner: [account.csm, '"boss"'], due: 2bd, playbook: calm-down, on_recovery: close}
---
kind: Rule
name: kept
subject: account
when: measure("load") > 10
cooldown: 0d
then:
  - call_to_action: {type: risk, reason: load, priority: low, due: 0bd, on_recovery: keep}
`

// rulesData is the data of one account's fortnight over the holidays.
func rulesData(t testing.TB) string {
	points := []string{"metric,account,day,value"}
	for _, p := range []string{
		"A,2024-04-29,1", "A,2024-04-30,20", "A,2024-05-05,7", "A,2024-05-06,20", "A,2024-05-07,3", "A,2024-05-08,20", // see TestRuleOverDays
		"B,2024-05-01,20", "B,2024-05-02,3", // too short
		"D,2024-05-01,20", // too few seats
	} {
		points = append(points, "ops.load,"+p)
	}
	return writeFiles(t, "points.csv", strings.Join(points, "\n")+"\n",
		"accounts.csv", "id,csm,seats\nA,ito@example.jp,9\nB,nobody@example.jp,9\nC,,9\nD,,3\nE,,\n",
		"people.csv", "id,email\nito,ito@example.jp\nboss,boss@example.jp\n")
}

// TestRuleOverDays follows a rule with for, until, cooldown, playbook and an
// owner over real days, Japanese holidays among them.
func TestRuleOverDays(t *testing.T) {
	t.Parallel()
	data := filepath.Join(t.TempDir(), "data")
	ok(t, "init", "--data", data, "--country", "JP", "--time-zone", "Asia/Tokyo", "--lang", "ja", "--currency", "JPY")
	ok(t, "apply", "--data", data, writeFiles(t, "w.yaml", rulesWorkspace))
	ok(t, "import", "--data", data, "--input", rulesData(t))
	all := func() map[string]actionAnswer {
		out := map[string]actionAnswer{}
		for _, a := range ask[[]actionAnswer](t, "report", "actions", "--data", data, "--status", "all") {
			out[fmt.Sprintf("%s/%s/%d", a.Rule, a.Subject, a.Episode)] = a
		}
		return out
	}
	evaluate := func(day string) evaluateAnswer {
		t.Helper()
		return ask[evaluateAnswer](t, "evaluate", "--data", data, "--as-of", day)
	}
	for _, day := range []string{"2024-04-28", "2024-04-29", "2024-04-30", "2024-05-01"} {
		evaluate(day)
		if got := all(); len(got["overload/A/1"].Subject) != 0 {
			t.Fatalf("%s: open before it has held for two days: %+v", day, got)
		}
	}
	if rep := evaluate("2024-05-02"); rep.Opened != 1 || rep.Subjects != 5 {
		t.Errorf("2024-05-02: %+v", rep)
	}
	call := all()["overload/A/1"]
	// Friday the 3rd to Monday the 6th are holidays.
	if call.Opened != "2024-05-02" || call.Due != "2024-05-08" || call.Status != "new" || call.Owner == nil || *call.Owner != "ito" || call.Priority != "high" {
		t.Errorf("the call: %+v", call)
	}
	show := ok(t, "action", "show", "--data", data, fmt.Sprint(call.ID))
	for _, want := range []string{"because load = 20", "account.seats = 9", "Ring, due 2024-05-02", "訪問, due 2024-05-08"} {
		if !strings.Contains(show, want) {
			t.Errorf("action show has no %q: %s", want, show)
		}
	}
	if strings.Contains(ok(t, "report", "actions", "--data", data), "overload/B") {
		t.Error("B was over the limit for one day only")
	}
	for _, day := range []string{"2024-05-03", "2024-05-04", "2024-05-05", "2024-05-06"} {
		evaluate(day)
		if got := all()["overload/A/1"]; got.Status != "new" {
			t.Errorf("%s: until does not hold, but the call is %+v", day, got)
		}
	}
	evaluate("2024-05-07")
	got := all()
	if got["overload/A/1"].Status != "closed" {
		t.Errorf("recovered, on_recovery close, but %+v", got["overload/A/1"])
	}
	if got["kept/A/1"].Status != "new" || got["kept/A/1"].Due != "2024-04-30" {
		t.Errorf("recovered, on_recovery keep, but %+v", got["kept/A/1"])
	}
	for _, day := range []string{"2024-05-08", "2024-05-09", "2024-05-10", "2024-05-11"} {
		evaluate(day)
		if got := all(); got["overload/A/2"].Subject != "" {
			t.Fatalf("%s: within five days after the end of the first episode: %+v", day, got)
		}
	}
	evaluate("2024-05-12")
	if second := all()["overload/A/2"]; second.Opened != "2024-05-12" || second.Due != "2024-05-14" || second.Status != "new" {
		t.Errorf("the second episode: %+v", second)
	}
	got = all()
	for _, no := range []string{"overload/B/1", "overload/C/1", "overload/D/1", "overload/E/1", "kept/A/2", "kept/C/1"} {
		if a, ok := got[no]; ok {
			t.Errorf("%s should not be there (a new episode joins an open call): %+v", no, a)
		}
	}
	if len(got) != 5 { // overload/A/1, overload/A/2, kept/A/1, kept/B/1, kept/D/1
		t.Errorf("%d calls: %v", len(got), got)
	}
	ok(t, "action", "assign", "--data", data, fmt.Sprint(got["kept/A/1"].ID), "boss")
	var closed map[string]any
	if err := json.Unmarshal([]byte(ok(t, "action", "close", "--data", data, fmt.Sprint(got["kept/A/1"].ID), "--result", "success", "--comment", "done", "--json")), &closed); err != nil || closed["status"] != "closed" {
		t.Errorf("close: %v, %v", closed, err)
	}
	if a := all()["kept/A/1"]; a.Status != "closed" || a.Owner == nil || *a.Owner != "boss" {
		t.Errorf("after assign and close: %+v", a)
	}
	fails(t, exitFailed, nil, "action", "close", "--data", data, fmt.Sprint(got["kept/A/1"].ID), "--result", "success")
	fails(t, exitFailed, []string{"nobody"}, "action", "assign", "--data", data, fmt.Sprint(got["kept/B/1"].ID), "nobody")
	if pv := ask[previewAnswer](t, "preview", "overload", "--data", data, "--from", "2024-04-28", "--to", "2024-05-12"); len(pv.Episodes) != 2 ||
		pv.Episodes[0].Start != "2024-05-02" || pv.Episodes[0].End == nil || *pv.Episodes[0].End != "2024-05-07" || pv.Episodes[1].Start != "2024-05-12" || pv.Episodes[1].End != nil {
		t.Errorf("the preview over the same days: %+v", pv)
	}
}
