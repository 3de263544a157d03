package evaluate_test

import (
	"context"
	"errors"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	minori "github.com/minori-hq/minori"
	"github.com/minori-hq/minori/action"
	"github.com/minori-hq/minori/app"
	"github.com/minori-hq/minori/evaluate"
	"github.com/minori-hq/minori/metric"
	"github.com/minori-hq/minori/resource"
	"github.com/minori-hq/minori/rule"
	"github.com/minori-hq/minori/scorecard"
	"github.com/minori-hq/minori/store/lake/duckdb"
	"github.com/minori-hq/minori/store/records"
)

// sources is how every test's files come in.
const sources = `
kind: Source
name: accounts
format: csv
files: accounts.csv
into: account
key: id
map: {id: id, name: id, signed_up: since, seats: seats, tier: tier}
---
kind: Source
name: people
format: csv
files: people.csv
into: person
key: id
map: {id: id, name: id, hired: hired, role: role}
---
kind: Source
name: points
format: csv
files: points.csv
into: point
map: {metric: metric, account: account, time: time, value: value}
---
kind: Source
name: person-points
format: csv
files: pulse.csv
into: point
map: {metric: metric, person: person, time: time, value: value}
---
kind: Source
name: subscriptions
format: csv
files: subscriptions.csv
into: subscription
key: id
map: {id: id, account: account, start: start, arr: arr, currency: {const: USD}}
---
`

// world is a workspace on real stores with a clock of its own.
type world struct {
	*app.App
	t   testing.TB
	cfg app.Config
	now time.Time
}

var me = minori.Actor{Name: "test", Role: minori.RoleAdmin}

func newWorld(t testing.TB, workspace string, files ...string) *world {
	t.Helper()
	w := &world{t: t, now: time.Date(2025, 1, 1, 0, 0, 0, 0, time.UTC)}
	w.cfg = app.Config{Data: filepath.Join(t.TempDir(), "data"), Clock: func() time.Time { return w.now }}
	if err := app.Init(t.Context(), w.cfg, minori.Workspace{Currency: "USD", TimeZone: "UTC", Lang: minori.EN, FiscalYearStart: 1, FiscalYearNamed: "start"}); err != nil {
		t.Fatal(err)
	}
	w.open()
	t.Cleanup(func() { _ = w.Close() })
	w.apply(sources + workspace)
	w.load(files...)
	return w
}

func (w *world) open() {
	w.t.Helper()
	a, err := app.New(context.Background(), w.cfg)
	if err != nil {
		w.t.Fatal(err)
	}
	w.App = a
}

// restart closes the program and starts it again.
func (w *world) restart() {
	w.t.Helper()
	if err := w.Close(); err != nil {
		w.t.Fatal(err)
	}
	w.open()
}

func (w *world) apply(workspace string) {
	w.t.Helper()
	if _, err := w.Apply(context.Background(), me, []resource.File{{Name: "w.yaml", Data: []byte(workspace)}}, false, "", nil); err != nil {
		w.t.Fatal(err)
	}
}

// load imports files given as name, content, name, content, …
func (w *world) load(files ...string) {
	w.t.Helper()
	if len(files) == 0 {
		return
	}
	dir := w.t.TempDir()
	var only []string
	for i := 0; i < len(files); i += 2 {
		text := files[i+1]
		if files[i] == "accounts.csv" {
			text = padded(text)
		}
		if err := os.WriteFile(filepath.Join(dir, files[i]), []byte(text), 0o600); err != nil {
			w.t.Fatal(err)
		}
		only = append(only, map[string]string{"accounts.csv": "accounts", "people.csv": "people", "points.csv": "points", "pulse.csv": "person-points", "subscriptions.csv": "subscriptions"}[files[i]])
	}
	rep, err := w.Import(context.Background(), me, app.ImportRequest{Input: dir, Only: only})
	if err != nil || rep.RejectsTotal != 0 {
		w.t.Fatalf("import: %+v, %v", rep, err)
	}
}

// padded adds the columns of accounts that a test has no use for.
func padded(text string) string {
	var extra []string
	header, rows, _ := strings.Cut(text, "\n")
	for _, c := range []string{"since", "seats", "tier"} {
		if !slices.Contains(strings.Split(header, ","), c) {
			extra = append(extra, c)
		}
	}
	commas := strings.Repeat(",", len(extra)) + "\n"
	return strings.Join(append([]string{header}, extra...), ",") + "\n" + strings.ReplaceAll(rows, "\n", commas)
}

func day(s string) minori.AsOf {
	d, err := minori.ParseDay(s)
	if err != nil {
		panic(err)
	}
	return minori.EndOf(d, time.UTC)
}

func (w *world) evaluate(at minori.AsOf) evaluate.Report {
	w.t.Helper()
	rep, err := w.Evaluate.Evaluate(context.Background(), me, at)
	if err != nil {
		w.t.Fatal(err)
	}
	return rep
}

func (w *world) scores(kind minori.SubjectKind, card string, at minori.AsOf) map[string]scorecard.Explanation {
	w.t.Helper()
	list, err := w.Evaluate.Scores(context.Background(), me, kind, card, at, nil)
	if err != nil {
		w.t.Fatal(err)
	}
	out := map[string]scorecard.Explanation{}
	for _, s := range list {
		out[s.Subject.Key] = s.Explanation
	}
	return out
}

// values gives measures as texts by subject and name.
func (w *world) values(kind minori.SubjectKind, at minori.AsOf) map[string]map[string]string {
	w.t.Helper()
	names, rows, err := w.Evaluate.Measures(context.Background(), me, kind, nil, at)
	if err != nil {
		w.t.Fatal(err)
	}
	out := map[string]map[string]string{}
	for _, r := range rows {
		out[r.Subject.Key] = map[string]string{}
		for i, n := range names {
			v := r.Values[i]
			switch {
			case v.Reason != metric.Known:
				out[r.Subject.Key][n] = v.Reason.String()
			case v.Type == metric.Bool:
				out[r.Subject.Key][n] = fmt.Sprint(v.Num != 0)
			default:
				out[r.Subject.Key][n] = fmt.Sprint(v.Num)
			}
		}
	}
	return out
}

// opened lists all calls to action as rule/subject/episode status day, sorted.
func (w *world) opened() []string {
	w.t.Helper()
	list, err := w.ActionReport(context.Background(), me, "all")
	if err != nil {
		w.t.Fatal(err)
	}
	out := make([]string, len(list))
	for i, a := range list {
		out[i] = fmt.Sprintf("%s/%s/%d %s %s", a.Rule, a.Subject, a.Episode, a.Status, a.Opened)
	}
	slices.Sort(out)
	return out
}

func (w *world) expectCalls(want ...string) {
	w.t.Helper()
	slices.Sort(want)
	if got := w.opened(); !slices.Equal(got, want) {
		w.t.Errorf("calls to action\n got %q\nwant %q", got, want)
	}
}

// state gives the state of a rule and subject.
func (w *world) state(name, subject string) rule.State {
	w.t.Helper()
	prog, err := w.Resources.Program(context.Background(), minori.Account, 0)
	if err != nil {
		w.t.Fatal(err)
	}
	r, err := prog.Rule(name)
	if err != nil {
		w.t.Fatal(err)
	}
	s, err := w.Accounts.ByKey(context.Background(), me, minori.Account, subject)
	if err != nil {
		w.t.Fatal(err)
	}
	st, err := w.Records.Standings(context.Background(), []int64{r.ID}, nil)
	if err != nil {
		w.t.Fatal(err)
	}
	return st[r.ID].States[s.ID]
}

func close9(a, b float64) bool { return math.Abs(a-b) < 1e-6 }

// gauges are metrics and measures of the worked example: m.a gives a, and so on.
func gauges(names ...string) string {
	var b strings.Builder
	for _, n := range names {
		fmt.Fprintf(&b, "kind: Metric\nname: m.%s\ntype: gauge\n---\nkind: Measure\nname: %s\nsubject: account\nvalue: last(\"m.%s\")\n---\n", n, n, n)
	}
	return b.String()
}

// example is the worked example of the semantics as a scorecard.
func example(name, missing string) string {
	same := "bands: {points: [[0, 0], [100, 100]]}"
	return fmt.Sprintf(`
kind: Scorecard
name: %s
subject: account
groups:
  - name: adoption
    weight: 60
    measures:
      - {measure: a, weight: 2, %s}
      - {measure: b, weight: 1, %s}
      - {measure: c, weight: 1, %s}
  - name: support
    weight: 40
    measures:
      - {measure: d, weight: 1, %s}
caps:
  - {when: measure("urgent") > 0, at: 49, because: {en: Urgent ticket open, ja: 緊急}}
  - {when: measure("urgent") > 5, at: 20, because: Many}
missing: %s
min_coverage: 0.4
---
`, name, same, same, same, same, missing)
}

const examplePoints = "metric,account,time,value\n" +
	"m.a,X,2024-01-10,80\nm.b,X,2024-01-10,50\nm.d,X,2024-01-10,30\n" +
	"m.a,Y,2024-01-10,80\nm.b,Y,2024-01-10,50\nm.d,Y,2024-01-10,30\nm.urgent,Y,2024-01-10,1\n" +
	"m.a,Y6,2024-01-10,80\nm.b,Y6,2024-01-10,50\nm.d,Y6,2024-01-10,30\nm.urgent,Y6,2024-01-10,6\n" +
	"m.a,Z,2024-01-10,80\nm.b,Z,2024-01-10,50\n" +
	"m.b,W,2024-01-10,50\n"

// TestWorkedExample is the score of the semantics' worked example, stored and
// read back, with each policy for unknowns.
func TestWorkedExample(t *testing.T) {
	w := newWorld(t, gauges("a", "b", "c", "d", "urgent")+example("health", "skip")+example("strict", "zero")+example("mild", "{neutral: 50}"),
		"accounts.csv", "id\nX\nY\nY6\nZ\nW\nV\n", "points.csv", examplePoints)
	at := day("2024-01-31")
	if rep := w.evaluate(at); rep.Subjects != 6 || rep.Measures != 30 || rep.Scores != 18 {
		t.Errorf("evaluate: %+v", rep)
	}
	type want struct {
		score, computed, coverage, cap float64
		band                           string
		parts                          map[string]float64
	}
	parts := map[string]float64{"a": 32, "b": 10, "d": 12}
	for card, subjects := range map[string]map[string]want{
		"health": {
			"X":  {54, 54, 0.85, 0, "yellow", parts},
			"Y":  {49, 54, 0.85, -5, "red", parts},
			"Y6": {20, 54, 0.85, -34, "red", parts},
			"Z":  {70, 70, 0.45, 0, "yellow", map[string]float64{"a": 160. / 3, "b": 50. / 3}},
		},
		"strict": {
			"X": {43.5, 43.5, 0.85, 0, "red", map[string]float64{"a": 24, "b": 7.5, "c": 0, "d": 12}},
			"Z": {31.5, 31.5, 0.45, 0, "red", map[string]float64{"a": 24, "b": 7.5, "c": 0, "d": 0}},
		},
		"mild": {
			"X": {51, 51, 0.85, 0, "yellow", map[string]float64{"a": 24, "b": 7.5, "c": 7.5, "d": 12}},
		},
	} {
		got := w.scores(minori.Account, card, at)
		for id, x := range subjects {
			g := got[id]
			if g.Score == nil || !close9(*g.Score, x.score) || g.Computed == nil || !close9(*g.Computed, x.computed) || !close9(g.Coverage, x.coverage) || string(g.Band) != x.band {
				t.Errorf("%s of %s: %+v, want %+v", card, id, g, x)
				continue
			}
			if (g.Cap != nil) != (x.cap != 0) || g.Cap != nil && !close9(g.Cap.Part, x.cap) {
				t.Errorf("%s of %s: cap %+v, want the part %v", card, id, g.Cap, x.cap)
			}
			for _, c := range g.Contributions {
				if p, ok := x.parts[c.Measure]; !close9(c.Contribution, p) || !ok && c.Contribution != 0 {
					t.Errorf("%s of %s: %s contributes %v, want %v", card, id, c.Measure, c.Contribution, p)
				}
			}
		}
		for _, id := range []string{"W", "V"} { // coverage 0.15 and 0
			if g := got[id]; g.Score != nil || g.Computed != nil || g.Band != scorecard.NoBand || g.Reason == scorecard.Computed {
				t.Errorf("%s of %s, below the least coverage: %+v", card, id, g)
			}
		}
	}
	// The same from a day that nobody evaluated, and without any effect.
	if g := w.scores(minori.Account, "health", day("2024-02-15"))["Y"]; g.Score == nil || !close9(*g.Score, 49) {
		t.Errorf("a report of a day never evaluated: %+v", g)
	}
}

// TestScoreChangeBandAndOpenCalls: rules that read scores, their past, and what
// other rules opened.
func TestScoreChangeBandAndOpenCalls(t *testing.T) {
	w := newWorld(t, gauges("a", "b", "c", "d", "urgent")+example("health", "skip")+`
kind: Segment
name: yellow
subject: account
when: band("health") == "yellow"
---
kind: Rule
name: dropped
subject: account
when: score_change("health", "30d") <= -20
then:
  - call_to_action: {type: risk, reason: health, priority: high, due: 1bd, on_recovery: close}
---
kind: Rule
name: second-look
subject: account
when: open_calls("risk") > 0
then:
  - call_to_action: {type: activity, reason: health, priority: low, due: 1bd, on_recovery: keep}
`,
		"accounts.csv", "id,since\nX,\nY,\nN,2024-02-20\n",
		"points.csv", "metric,account,time,value\nm.a,X,2024-01-10,80\nm.b,X,2024-01-10,50\nm.d,X,2024-01-10,90\nm.d,X,2024-02-10,30\n"+
			"m.a,Y,2024-01-10,80\nm.b,Y,2024-01-10,50\nm.d,Y,2024-01-10,30\nm.a,N,2024-02-21,10\nm.d,N,2024-02-21,10\n")
	// X: 78 on 2024-01-31, 54 on 2024-03-01; that day was never evaluated.
	if rep := w.evaluate(day("2024-03-01")); rep.Opened != 1 {
		t.Errorf("2024-03-01: %+v", rep)
	}
	w.expectCalls("dropped/X/1 new 2024-03-01")
	calls := w.call("dropped")
	if len(calls.Evidence) != 1 || calls.Evidence[0].Num == nil || !close9(*calls.Evidence[0].Num, -24) || !strings.Contains(calls.Evidence[0].Name, "health") {
		t.Errorf("the evidence: %+v", calls.Evidence)
	}
	// Opened in this cycle, counted from the next on.
	w.evaluate(day("2024-03-02"))
	w.expectCalls("dropped/X/1 new 2024-03-01", "second-look/X/1 new 2024-03-02")
	// 30 days after the drop the change is 0: recovered, closed, and not counted.
	w.evaluate(day("2024-03-20"))
	w.evaluate(day("2024-03-21"))
	w.expectCalls("dropped/X/1 closed 2024-03-01", "second-look/X/1 new 2024-03-02")
	if s := w.state("second-look", "X"); s.Phase != rule.Inactive || s.Episode != 1 {
		t.Errorf("no call of the type is open any more, but %+v", s)
	}
	groups, err := w.Evaluate.Groups(t.Context(), me, minori.Account, "yellow", day("2024-03-01"))
	if err != nil {
		t.Fatal(err)
	}
	in := 0
	for _, g := range groups {
		if g == evaluate.InSegment {
			in++
		}
	}
	if in != 2 || len(groups) != 3 { // X and Y
		t.Errorf("the segment of yellow scores: %v", groups)
	}
}

// call gives the one call of a rule with everything about it.
func (w *world) call(ruleName string) action.Call {
	w.t.Helper()
	list, err := w.ActionReport(context.Background(), me, "all")
	if err != nil {
		w.t.Fatal(err)
	}
	i := slices.IndexFunc(list, func(a app.ActionRow) bool { return a.Rule == ruleName })
	if i < 0 {
		w.t.Fatalf("no call of %s", ruleName)
	}
	c, err := w.Actions.Get(context.Background(), me, list[i].ID)
	if err != nil {
		w.t.Fatal(err)
	}
	return c
}

// TestUnknownHolds: unknown neither ends nor completes anything, and says since
// when and because of which input.
func TestUnknownHolds(t *testing.T) {
	w := newWorld(t, `
kind: Metric
name: m.heat
type: gauge
fresh_within: 3d
---
kind: Measure
name: heat
subject: account
value: last("m.heat")
---
kind: Rule
name: hot
subject: account
when: measure("heat") > 10
until: measure("heat") < 5
then:
  - call_to_action: {type: risk, reason: heat, priority: high, due: 1bd, on_recovery: close}
---
kind: Rule
name: hot-for-long
subject: account
when: measure("heat") > 10
for: 5d
then:
  - call_to_action: {type: risk, reason: heat, priority: high, due: 1bd, on_recovery: close}
`,
		"accounts.csv", "id\nA\nB\n", "points.csv", "metric,account,time,value\nm.heat,A,2024-01-01,20\n")
	for d, want := range map[string]string{"2024-01-01": "20", "2024-01-04": "20", "2024-01-05": "stale"} {
		if got := w.values(minori.Account, day(d)); got["A"]["heat"] != want {
			t.Errorf("%s: heat is %s, want %s", d, got["A"]["heat"], want)
		}
	}
	if got := w.values(minori.Account, day("2024-01-02"))["B"]["heat"]; got != "no_data" {
		t.Errorf("B never had a point, heat is %s", got)
	}
	w.evaluate(day("2024-01-01"))
	w.expectCalls("hot/A/1 new 2024-01-01")
	for _, d := range []string{"2024-01-05", "2024-01-08"} {
		if rep := w.evaluate(day(d)); rep.Transitions != 0 || rep.Opened != 0 {
			t.Errorf("%s: %+v", d, rep)
		}
		for name, phase := range map[string]rule.Phase{"hot": rule.Active, "hot-for-long": rule.Pending} {
			s := w.state(name, "A")
			if s.Phase != phase || s.HoldSince != day("2024-01-05").Micros() || !strings.Contains(s.HoldReason, "heat") || !strings.Contains(s.HoldReason, "stale") {
				t.Errorf("%s, %s: %+v", d, name, s)
			}
		}
	}
	// Known again: what was pending has gone on since the first day.
	w.load("points.csv", "metric,account,time,value\nm.heat,A,2024-01-09,30\n")
	w.evaluate(day("2024-01-09"))
	if s := w.state("hot-for-long", "A"); s.Phase != rule.Active || s.HoldReason != "" {
		t.Errorf("known again: %+v", s)
	}
	w.load("points.csv", "metric,account,time,value\nm.heat,A,2024-01-10,1\n")
	w.evaluate(day("2024-01-10"))
	w.expectCalls("hot/A/1 closed 2024-01-01", "hot-for-long/A/1 closed 2024-01-09")
}

// TestExistence: only accounts that exist on the day are evaluated, earlier
// points count in windows all the same.
func TestExistence(t *testing.T) {
	w := newWorld(t, `
kind: Metric
name: m.uses
type: counter
---
kind: Measure
name: uses
subject: account
value: sum("m.uses", "30d")
---
kind: Measure
name: age
subject: account
value: account.age_days
`,
		"accounts.csv", "id,since\nalways,\nsigned,2024-03-01\nearly,2024-03-01\nlate,2024-01-01\nonly-sub,\n",
		"subscriptions.csv", "id,account,start,arr\n1,early,2024-02-01,10\n2,late,2024-02-01,10\n3,only-sub,2024-02-10,10\n",
		"points.csv", "metric,account,time,value\nm.uses,signed,2024-02-20,7\nm.uses,only-sub,2024-02-09,5\n")
	for d, want := range map[string]string{
		"2023-12-31": "always",
		"2024-01-01": "always late",
		"2024-01-31": "always late",
		"2024-02-01": "always early late",
		"2024-02-10": "always early late only-sub",
		"2024-02-29": "always early late only-sub",
		"2024-03-01": "always early late only-sub signed",
	} {
		var ids []string
		for id := range w.values(minori.Account, day(d)) {
			ids = append(ids, id)
		}
		slices.Sort(ids)
		if got := strings.Join(ids, " "); got != want {
			t.Errorf("%s: %s, want %s", d, got, want)
		}
		if rep := w.evaluate(day(d)); rep.Subjects != len(ids) {
			t.Errorf("%s: %d subjects evaluated, %d reported", d, rep.Subjects, len(ids))
		}
	}
	got := w.values(minori.Account, day("2024-03-01"))
	if got["signed"]["uses"] != "7" || got["signed"]["age"] != "0" || got["only-sub"]["uses"] != "5" || got["late"]["age"] != "60" || got["always"]["age"] != "no_value" {
		t.Errorf("values: %v", got)
	}
}

// TestInsideADay: sums take in the day so far, changes and averages end with
// the last complete day.
func TestInsideADay(t *testing.T) {
	points := "metric,account,time,value\nm.uses,A,2024-06-10T08:00:00Z,3\n"
	for d := day("2024-05-10").Day; d <= day("2024-06-09").Day; d++ {
		points += fmt.Sprintf("m.uses,A,%sT10:00:00Z,10\n", d)
	}
	measures := ""
	for name, expr := range map[string]string{"sum": `sum("m.uses", "7d")`, "count": `count("m.uses", "7d")`, "days": `active_days("m.uses", "7d")`,
		"change": `change("m.uses", "7d")`, "avg": `avg("m.uses", "7d")`, "slope": `slope("m.uses", "7d")`, "per": `per("m.uses", "7d", "seats")`, "since": `days_since("m.uses")`} {
		measures += fmt.Sprintf("kind: Measure\nname: %s\nsubject: account\nvalue: %s\n---\n", name, expr)
	}
	w := newWorld(t, "kind: Metric\nname: m.uses\ntype: counter\n---\n"+measures, "accounts.csv", "id,seats\nA,5\n", "points.csv", points)
	live := minori.At(time.Date(2024, 6, 10, 12, 0, 0, 0, time.UTC), time.UTC)
	for _, tt := range []struct {
		what string
		at   minori.AsOf
		want map[string]string
	}{
		{"inside the day", live, map[string]string{"sum": "63", "count": "7", "days": "7", "change": "0", "avg": "10", "slope": "0", "per": "14", "since": "0"}},
		{"the complete day", day("2024-06-10"), map[string]string{"sum": "63", "count": "7", "days": "7", "change": "-0.1", "avg": "9", "slope": "-0.75", "per": "12.6", "since": "0"}},
		{"the day before", day("2024-06-09"), map[string]string{"sum": "70", "change": "0", "avg": "10", "per": "14", "since": "0"}},
		{"a day later", day("2024-06-11"), map[string]string{"sum": "53", "days": "6", "since": "1"}},
	} {
		got := w.values(minori.Account, tt.at)["A"]
		for name, want := range tt.want {
			if got[name] != want {
				t.Errorf("%s: %s is %s, want %s", tt.what, name, got[name], want)
			}
		}
	}
	// A day's evaluation is not replaced by one inside it.
	w.evaluate(live)
	w.evaluate(day("2024-06-10"))
}

const onceWorkspace = `
kind: Metric
name: m.heat
type: gauge
---
kind: Rule
name: hot
subject: account
when: last("m.heat") > 10
then:
  - call_to_action: {type: risk, reason: heat, priority: high, due: 1bd, on_recovery: close}
`

// failingRecords fails at the end of the hand-over's transaction.
type failingRecords struct{ *records.DB }

var errPowerCut = errors.New("power cut")

// MarkHandedOver implements evaluate.Records.
func (failingRecords) MarkHandedOver(context.Context, int64, int64) error { return errPowerCut }

// failingLake fails after the hand-over.
type failingLake struct{ *duckdb.Lake }

// CycleDone implements evaluate.Lake.
func (failingLake) CycleDone(context.Context, int64) error { return errPowerCut }

// cut makes the cycle as it is with a failing store.
func (w *world) cut(lake evaluate.Lake, rec evaluate.Records) *evaluate.Service {
	return evaluate.NewService(evaluate.Config{Lake: lake, Records: rec, Actions: w.Actions, Programs: w.Resources, Scopes: w.Accounts, Clock: w.cfg.Clock, Drain: w.Drain})
}

// TestHandOverExactlyOnce: a cycle that was computed and not handed over is
// handed over at the next start; one that was is not handed over again.
func TestHandOverExactlyOnce(t *testing.T) {
	files := []string{"accounts.csv", "id\nA\nB\nC\n", "points.csv", "metric,account,time,value\nm.heat,A,2024-01-01,20\nm.heat,B,2024-01-01,20\nm.heat,C,2024-01-01,2\nm.heat,A,2024-01-05,1\n"}
	want := []string{"hot/A/1 new 2024-01-02", "hot/B/1 new 2024-01-02"}
	open := func(w *world) int {
		t.Helper()
		list, err := w.Lake.Cycles(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		return len(list)
	}
	t.Run("cut within the hand-over", func(t *testing.T) {
		w := newWorld(t, onceWorkspace, files...)
		if _, err := w.cut(w.Lake, failingRecords{w.Records}).Evaluate(t.Context(), me, day("2024-01-02")); !errors.Is(err, errPowerCut) {
			t.Fatalf("got %v", err)
		}
		w.expectCalls()
		if n := open(w); n != 1 {
			t.Fatalf("%d open cycles", n)
		}
		w.restart()
		w.expectCalls(want...)
		if n := open(w); n != 0 {
			t.Errorf("%d open cycles after the start", n)
		}
		if rep := w.evaluate(day("2024-01-02")); rep.Opened != 0 || rep.Transitions != 0 {
			t.Errorf("the same day again: %+v", rep)
		}
		w.restart()
		w.expectCalls(want...)
	})
	t.Run("cut after the hand-over", func(t *testing.T) {
		w := newWorld(t, onceWorkspace, files...)
		if _, err := w.cut(failingLake{w.Lake}, w.Records).Evaluate(t.Context(), me, day("2024-01-02")); !errors.Is(err, errPowerCut) {
			t.Fatalf("got %v", err)
		}
		w.expectCalls(want...)
		if n := open(w); n != 1 {
			t.Fatalf("%d open cycles", n)
		}
		w.restart()
		w.expectCalls(want...)
		if n := open(w); n != 0 {
			t.Errorf("%d open cycles after the start", n)
		}
	})
	t.Run("a next evaluation finishes it, too", func(t *testing.T) {
		w := newWorld(t, onceWorkspace, files...)
		if _, err := w.cut(w.Lake, failingRecords{w.Records}).Evaluate(t.Context(), me, day("2024-01-02")); !errors.Is(err, errPowerCut) {
			t.Fatalf("got %v", err)
		}
		w.evaluate(day("2024-01-05"))
		w.expectCalls("hot/A/1 closed 2024-01-02", "hot/B/1 new 2024-01-02")
		// Late data changes what was, never what a rule did, also of a subject
		// it never stirred for.
		w.load("points.csv", "metric,account,time,value\nm.heat,C,2024-01-03,50\nm.heat,C,2024-01-04,1\n")
		for _, d := range []string{"2024-01-03", "2024-01-06"} {
			if rep := w.evaluate(day(d)); rep.Opened != 0 || rep.Transitions != 0 {
				t.Errorf("%s, after late data: %+v", d, rep)
			}
		}
		w.expectCalls("hot/A/1 closed 2024-01-02", "hot/B/1 new 2024-01-02")
	})
	t.Run("a report's cycle is never handed over", func(t *testing.T) {
		w := newWorld(t, onceWorkspace+"---\nkind: Measure\nname: heat\nsubject: account\nvalue: last(\"m.heat\")\n---\nkind: Scorecard\nname: cool\nsubject: account\n"+
			"groups:\n  - {name: g, weight: 1, measures: [{measure: heat, weight: 1, bands: {points: [[0, 100], [20, 0]]}}]}\n", files...)
		w.scores(minori.Account, "cool", day("2024-01-02"))
		w.restart()
		w.expectCalls()
	})
}

// brokenLake cannot answer.
type brokenLake struct{ *duckdb.Lake }

// Compute implements evaluate.Lake.
func (brokenLake) Compute(context.Context, metric.Query) (metric.Result, error) {
	return nil, errPowerCut
}

// TestLakeFails: a store that fails is an error, and nothing is done.
func TestLakeFails(t *testing.T) {
	w := newWorld(t, onceWorkspace, "accounts.csv", "id\nA\n", "points.csv", "metric,account,time,value\nm.heat,A,2024-01-01,20\n")
	if _, err := w.cut(brokenLake{w.Lake}, w.Records).Evaluate(t.Context(), me, day("2024-01-02")); !errors.Is(err, errPowerCut) {
		t.Errorf("got %v", err)
	}
	w.expectCalls()
	if rep := w.evaluate(day("2024-01-02")); rep.Opened != 1 {
		t.Errorf("afterwards: %+v", rep)
	}
}

// TestPeople runs the whole cycle for persons beside accounts.
func TestPeople(t *testing.T) {
	w := newWorld(t, `
kind: Metric
name: pulse.mood
type: gauge
---
kind: Measure
name: mood
subject: person
value: last("pulse.mood")
---
kind: Measure
name: tenure
subject: person
value: person.tenure_days
---
kind: Scorecard
name: stay
subject: person
groups:
  - {name: g, weight: 1, measures: [{measure: mood, weight: 1, bands: {points: [[1, 0], [5, 100]]}}]}
---
kind: Rule
name: talk
subject: person
when: score("stay") < 50 && person.role == "csm"
then:
  - call_to_action: {type: activity, reason: mood, priority: high, due: 2bd, on_recovery: close}
`,
		"accounts.csv", "id\nX\n",
		"people.csv", "id,hired,role\nann,2024-01-01,csm\nbob,2024-01-01,csm\ncho,2024-06-01,csm\ndai,2024-01-01,sales\n",
		"pulse.csv", "metric,person,time,value\npulse.mood,ann,2024-02-01,2\npulse.mood,bob,2024-02-01,4\npulse.mood,dai,2024-02-01,1\n")
	at := day("2024-03-01")
	if rep := w.evaluate(at); rep.Opened != 1 || rep.Subjects < 4 {
		t.Errorf("evaluate: %+v", rep)
	}
	w.expectCalls("talk/ann/1 new 2024-03-01")
	got := w.scores(minori.Person, "stay", at)
	if g := got["ann"]; g.Score == nil || !close9(*g.Score, 25) {
		t.Errorf("ann: %+v", g)
	}
	if g := got["bob"]; g.Score == nil || !close9(*g.Score, 75) || g.Band != scorecard.Green {
		t.Errorf("bob: %+v", g)
	}
	values := w.values(minori.Person, at)
	if values["ann"]["tenure"] != "60" {
		t.Errorf("values: %v", values)
	}
	if _, err := w.Evaluate.Scores(t.Context(), me, minori.Account, "stay", at, nil); minori.CodeOf(err) != minori.NotFound {
		t.Errorf("a person's scorecard of accounts: %v", err)
	}
	w.load("pulse.csv", "metric,person,time,value\npulse.mood,ann,2024-03-05,5\n")
	w.evaluate(day("2024-03-05"))
	w.expectCalls("talk/ann/1 closed 2024-03-01")
}

// TestObserversChangeNothing: who may only read evaluates and previews nothing.
func TestObserversChangeNothing(t *testing.T) {
	w := newWorld(t, onceWorkspace, "accounts.csv", "id\nA\n")
	observer := minori.Actor{Name: "eve", Role: minori.RoleObserver}
	if _, err := w.Evaluate.Evaluate(t.Context(), observer, day("2024-01-02")); minori.CodeOf(err) != minori.Forbidden {
		t.Errorf("evaluate: %v", err)
	}
	one := evaluate.Range{From: day("2024-01-02").Day, To: day("2024-01-03").Day, Every: minori.Window{N: 1, Unit: minori.Days}}
	if _, err := w.Evaluate.EvaluateRange(t.Context(), observer, one, nil); minori.CodeOf(err) != minori.Forbidden {
		t.Errorf("evaluate a range: %v", err)
	}
	if _, err := w.Preview(t.Context(), observer, "hot", one, nil); minori.CodeOf(err) != minori.Forbidden {
		t.Errorf("preview: %v", err)
	}
}

// TestRangeDays: from, from + every, …, and always to.
func TestRangeDays(t *testing.T) {
	for _, tt := range []struct{ from, to, every, want string }{
		{"2024-01-01", "2024-01-01", "7d", "2024-01-01"},
		{"2024-01-01", "2024-01-15", "7d", "2024-01-01 2024-01-08 2024-01-15"},
		{"2024-01-01", "2024-01-10", "1w", "2024-01-01 2024-01-08 2024-01-10"},
		{"2024-01-31", "2024-04-30", "1m", "2024-01-31 2024-02-29 2024-03-31 2024-04-30"},
	} {
		every, err := minori.ParseWindow(tt.every)
		if err != nil {
			t.Fatal(err)
		}
		days, err := evaluate.Range{From: day(tt.from).Day, To: day(tt.to).Day, Every: every}.Days()
		var got []string
		for _, d := range days {
			got = append(got, d.String())
		}
		if err != nil || strings.Join(got, " ") != tt.want {
			t.Errorf("%+v: got %v, %v", tt, got, err)
		}
	}
}
