package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// TestRavenStack goes the whole way on the example, from an empty folder to
// retention, with relative paths and the default data directory, as its
// walk-through does.
func TestRavenStack(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	for _, name := range []string{"workspace", "data"} {
		if err := os.CopyFS(filepath.Join(dir, name), os.DirFS(ravenstack(name))); err != nil {
			t.Fatal(err)
		}
	}
	here := func(args ...string) string {
		t.Helper()
		r := minoriIn(t, dir, args...)
		if r.code != 0 || r.errout != "" {
			t.Fatalf("minori %s: %v", strings.Join(args, " "), r)
		}
		return r.out
	}
	var made map[string]any
	if err := json.Unmarshal([]byte(here("init", "--json")), &made); err != nil || made["currency"] != "USD" || made["time_zone"] != "UTC" {
		t.Errorf("init answers %v, %v", made, err)
	}
	d := decode[diffAnswer](t, here("diff", "workspace", "--json"))
	if len(d.Create) != 48 || len(d.Update)+len(d.Delete) != 0 || !slices.Contains(d.Create, "Rule gone-quiet") {
		t.Errorf("diff of an empty workspace: %+v", d)
	}
	d = decode[diffAnswer](t, here("apply", "workspace", "--comment", "first", "--json"))
	if len(d.Create) != 48 || d.Version != 1 {
		t.Errorf("apply: %+v", d)
	}
	dry := decode[importAnswer](t, here("import", "--workspace", "workspace", "--input", "data", "--dry-run", "--json"))
	checkImport(t, "dry run", dry, func(rows int) (int, int) { return rows, 0 })
	checkImport(t, "first import", decode[importAnswer](t, here("import", "--workspace", "workspace", "--input", "data", "--json")), func(rows int) (int, int) { return rows, 0 })
	checkImport(t, "second import", decode[importAnswer](t, here("import", "--input", "data", "--json")), func(rows int) (int, int) { return 0, rows })

	one := decode[evaluateAnswer](t, here("evaluate", "--as-of", "2024-12-31", "--json"))
	if one.AsOf != "2024-12-31" || one.Subjects != 500 || one.Measures != 500*15 || one.Scores != 1000 || one.Opened == 0 || one.Transitions < one.Opened || one.Seconds.Total <= 0 {
		t.Errorf("evaluate: %+v", one)
	}
	many := decode[[]evaluateAnswer](t, here("evaluate", "--from", "2025-01-01", "--to", "2025-01-06", "--every", "2d", "--json"))
	var days []string
	for _, m := range many {
		days = append(days, m.AsOf)
	}
	if strings.Join(days, " ") != "2025-01-01 2025-01-03 2025-01-05 2025-01-06" {
		t.Errorf("a range evaluates %v; it starts at from, steps by every, and always ends at to", days)
	}

	rep := decode[retentionAnswer](t, here("report", "retention", "--from", "2023-12-31", "--to", "2024-12-31", "--json"))
	checkRetention(t, rep)
	for _, by := range []string{"industry", "account.industry", "enterprise"} {
		cut := decode[retentionAnswer](t, here("report", "retention", "--from", "2023-12-31", "--to", "2024-12-31", "--by", by, "--json"))
		checkRetention(t, cut)
		if len(cut.Groups) < 2 {
			t.Errorf("by %s: %d groups", by, len(cut.Groups))
		}
		var n int
		var start, end float64
		for _, g := range cut.Groups {
			n, start, end = n+g.Cohort, start+g.StartARR, end+g.EndARR
		}
		if n != rep.Cohort || !near(start, rep.StartARR) || !near(end, rep.EndARR) {
			t.Errorf("by %s: the groups add up to %d, %v, %v; the whole is %d, %v, %v", by, n, start, end, rep.Cohort, rep.StartARR, rep.EndARR)
		}
	}

	scores := decode[[]scoreAnswer](t, here("report", "scores", "health", "--as-of", "2024-12-31", "--json"))
	if len(scores) != 500 || !slices.IsSortedFunc(scores, func(a, b scoreAnswer) int { return strings.Compare(a.Subject, b.Subject) }) {
		t.Errorf("%d scores, or out of order", len(scores))
	}
	measures := decode[[]measureAnswer](t, here("report", "measures", "support.csat", "adoption.beta", "--as-of", "2024-12-31", "--json"))
	if len(measures) != 500 {
		t.Errorf("%d rows of measures", len(measures))
	}
	for _, m := range measures {
		if len(m.Values) != 2 {
			t.Fatalf("values %v of %s, want the two that were asked for", m.Values, m.Subject)
		}
		if _, isBool := m.Values["adoption.beta"].(bool); !isBool && m.Unknown["adoption.beta"] == "" {
			t.Errorf("adoption.beta of %s is %v", m.Subject, m.Values["adoption.beta"])
		}
	}
	actions := decode[[]actionAnswer](t, here("report", "actions", "--status", "open", "--json"))
	if len(actions) == 0 {
		t.Error("no calls to action")
	}
	for _, a := range actions {
		if a.ID <= 0 || a.Subject == "" || a.Rule == "" || a.Status != "new" || a.Owner != nil || a.Episode != 1 || a.Due <= a.Opened {
			t.Errorf("call %+v", a)
		}
	}
	ex := decode[explainAnswer](t, here("explain", "score", "health", scores[0].Subject, "--as-of", "2024-12-31", "--since", "2024-10-01", "--json"))
	if ex.Subject != scores[0].Subject || ex.AsOf != "2024-12-31" || ex.Since == nil || ex.Since.AsOf != "2024-10-01" || ex.Text == "" {
		t.Errorf("explain: %+v", ex)
	}
	ev := decode[eventsAnswer](t, here("report", "events", "--from", "2023-01-01", "--to", "2024-12-31", "--by", "name", "--json"))
	if ev.Events != 27000 || len(ev.By) != 2 || ev.By[0].Events+ev.By[1].Events != 27000 || ev.First == nil || *ev.First != "2023-01-01" || *ev.Last != "2024-12-31" {
		t.Errorf("events: %+v", ev)
	}
	none := decode[eventsAnswer](t, here("report", "events", "--from", "2000-01-01", "--to", "2000-12-31", "--json"))
	if none.Events != 0 || none.First != nil || none.Last != nil || len(none.By) != 0 {
		t.Errorf("no events: %+v", none)
	}
	acc := decode[[]accountAnswer](t, here("report", "accounts", "--as-of", "2024-12-31", "--json"))
	var arr float64
	for _, a := range acc {
		arr += a.ARR
	}
	if len(acc) != 500 || !near(arr, rep.EndARR) {
		t.Errorf("%d accounts with an ARR of %v, the ledger has %v", len(acc), arr, rep.EndARR)
	}
	big := decode[[]accountAnswer](t, here("report", "accounts", "--segment", "enterprise", "--as-of", "2024-12-31", "--json"))
	if len(big) == 0 || len(big) >= 500 {
		t.Errorf("%d accounts of the segment enterprise", len(big))
	}
	pv := decode[previewAnswer](t, here("preview", "gone-quiet", "--from", "2024-10-01", "--to", "2024-12-31", "--every", "7d", "--json"))
	if pv.Rule != "gone-quiet" || len(pv.Episodes) == 0 || len(pv.PerWeek) == 0 {
		t.Errorf("preview: %+v", pv)
	}
	var starts int
	for _, w := range pv.PerWeek {
		starts += w.Episodes
	}
	if starts != len(pv.Episodes) {
		t.Errorf("the weeks of the preview count %d starts, there are %d episodes", starts, len(pv.Episodes))
	}
	here("export", "out")
	if d := decode[diffAnswer](t, here("diff", "out", "--prune", "--json")); len(d.Create)+len(d.Update)+len(d.Delete) != 0 {
		t.Errorf("an export is not what is in force: %+v", d)
	}
	for _, text := range [][]string{{"report", "retention", "--from", "2023-12-31", "--to", "2024-12-31"}, {"report", "actions"}, {"versions"}, {"import", "list"},
		{"report", "scores", "health", "--as-of", "2024-12-31"}, {"explain", "score", "health", scores[0].Subject, "--as-of", "2024-12-31"}} {
		if out := here(text...); strings.HasPrefix(out, "{") || strings.HasPrefix(out, "[") || len(out) < 20 {
			t.Errorf("minori %v for people: %s", text, clip(out))
		}
	}
}

// checkImport checks the rows of every source of the example.
func checkImport(t *testing.T, what string, got importAnswer, want func(rows int) (created, unchanged int)) {
	t.Helper()
	rows := map[string]int{"ravenstack-accounts": 500, "ravenstack-subscriptions": 5000, "ravenstack-usage": 25000, "ravenstack-tickets": 2000, "ravenstack-escalations": 2000, "ravenstack-churn": 600}
	if len(got.Sources) != len(rows) || len(got.Rejects) != 0 {
		t.Errorf("%s: %d sources, %d rejects", what, len(got.Sources), len(got.Rejects))
	}
	for _, s := range got.Sources {
		created, unchanged := want(rows[s.Source])
		if s.Read != rows[s.Source] || s.Created != created || s.Unchanged != unchanged || s.Updated+s.Rejected != 0 || s.Error != "" {
			t.Errorf("%s: %+v", what, s)
		}
	}
}

// checkRetention checks the figures of 2024 that were worked out from the
// files by hand.
func checkRetention(t *testing.T, r retentionAnswer) {
	t.Helper()
	if r.From != "2023-12-31" || r.To != "2024-12-31" || r.Currency != "USD" || r.Cohort != 185 {
		t.Errorf("retention: %+v", r)
	}
	for _, x := range []struct {
		name string
		got  *float64
		want float64
	}{{"grr", r.GRR, 0.9958997332251549}, {"nrr", r.NRR, 2.9227089808915685}, {"logo_retention", r.LogoRetention, 1}} {
		if x.got == nil || !near(*x.got, x.want) {
			t.Errorf("%s is %v, want %v", x.name, deref(x.got), x.want)
		}
	}
	if end := r.StartARR + r.Expansion - r.Contraction - r.Churn + r.New + r.Reactivation; !near(end, r.EndARR) {
		t.Errorf("start and movements give %v, the end is %v", end, r.EndARR)
	}
}

// TestRetentionAgainstFiles works the retention out a second time, straight
// from the CSV file.
func TestRetentionAgainstFiles(t *testing.T) {
	text, err := os.ReadFile(ravenstack("data", "ravenstack_subscriptions.csv"))
	if err != nil {
		t.Fatal(err)
	}
	from, to := "2024-03-31", "2024-09-30"
	a, b := map[string]float64{}, map[string]float64{}
	for i, line := range strings.Split(strings.TrimSpace(string(text)), "\n") {
		if f := strings.Split(strings.TrimSpace(line), ","); i > 0 && f[8] == "False" {
			var arr float64
			if err := json.Unmarshal([]byte(f[7]), &arr); err != nil {
				t.Fatal(err)
			}
			active := func(day string) bool { return f[2] <= day && (f[3] == "" || day < f[3]) }
			if active(from) {
				a[f[1]] += arr
			}
			if active(to) {
				b[f[1]] += arr
			}
		}
	}
	var cohort int
	var start, kept, end float64
	for id, x := range a {
		if x > 0 {
			cohort, start, kept, end = cohort+1, start+x, kept+min(x, b[id]), end+b[id]
		}
	}
	r := ask[retentionAnswer](t, "report", "retention", "--data", imported.copy(t), "--from", from, "--to", to)
	if r.Cohort != cohort || !near(r.StartARR, start) || r.GRR == nil || !near(*r.GRR, kept/start) || !near(*r.NRR, end/start) {
		t.Errorf("got %+v, the file gives cohort %d, start %v, grr %v, nrr %v", r, cohort, start, kept/start, end/start)
	}
}

// TestExitStatusAndAdvice: 1 failed, 2 wrong use, and a sentence that helps.
func TestExitStatusAndAdvice(t *testing.T) {
	data := imported.copy(t)
	missing := filepath.Join(t.TempDir(), "nowhere")
	day := []string{"--data", data, "--as-of", "2024-12-31"}
	tests := []struct {
		name  string
		code  int
		words []string
		args  []string
	}{
		{"no command", 2, []string{"see minori --help"}, nil},
		{"unknown command", 2, []string{"evaluat", "evaluate"}, []string{"evaluat"}},
		{"unknown flag", 2, []string{"--jso", "see minori --help"}, []string{"report", "actions", "--jso"}},
		{"group without subcommand", 2, []string{"see minori"}, []string{"report"}},
		{"missing argument", 2, []string{"scorecard"}, []string{"report", "scores", "--data", data}},
		{"missing required flag", 2, []string{"--input"}, []string{"import", "--data", data}},
		{"wrong enum", 2, []string{"--status", "closed"}, []string{"report", "actions", "--data", data, "--status", "done"}},
		{"as-of and range", 2, []string{"--from"}, []string{"evaluate", "--data", data, "--as-of", "2024-12-31", "--from", "2024-01-01"}},
		{"number expected", 2, []string{"version"}, []string{"rollback", "--data", data, "latest"}},
		{"no data directory", 1, []string{missing, "minori init --data"}, []string{"report", "actions", "--data", missing}},
		{"serve without data", 1, []string{missing, "minori init --data"}, []string{"serve", "--data", missing, "--addr", "127.0.0.1:0"}},
		{"an empty directory", 1, []string{"minori init --data"}, []string{"report", "actions", "--data", t.TempDir()}},
		{"init twice", 1, []string{"holds a workspace already"}, []string{"init", "--data", data}},
		{"init with a wrong currency", 1, []string{"currency"}, []string{"init", "--data", missing, "--currency", "dollar"}},
		{"init with a wrong zone", 1, []string{"Mars/Olympus"}, []string{"init", "--data", missing, "--time-zone", "Mars/Olympus"}},
		{"wrong scorecard", 1, []string{`there is no scorecard "helth", did you mean "health"?`}, append([]string{"report", "scores", "helth"}, day...)},
		{"wrong scorecard to explain", 1, []string{`did you mean "health"?`}, append([]string{"explain", "score", "helth", "A-2e4581"}, day...)},
		{"wrong subject", 1, []string{"A-nobody"}, append([]string{"explain", "score", "health", "A-nobody"}, day...)},
		{"wrong measure", 1, []string{`did you mean "adoption.trend"?`}, append([]string{"report", "measures", "adoption.trent"}, day...)},
		{"wrong rule", 1, []string{`there is no rule "gone-quite", did you mean "gone-quiet"?`}, []string{"preview", "gone-quite", "--data", data, "--from", "2024-01-01", "--to", "2024-01-02"}},
		{"wrong segment", 1, []string{`did you mean "enterprise"?`}, append([]string{"report", "accounts", "--segment", "enterprice"}, day...)},
		{"wrong field to cut by", 1, []string{`there is no field or segment "industri"`, "account.industry"}, []string{"report", "retention", "--data", data, "--from", "2024-01-01", "--to", "2024-02-01", "--by", "industri"}},
		{"wrong source", 1, []string{"ravenstack-account", `did you mean "ravenstack-accounts"?`}, []string{"import", "--data", data, "--input", ravenstack("data"), "--source", "ravenstack-account"}},
		{"no such input", 1, []string{missing}, []string{"import", "--data", data, "--input", missing}},
		{"no such workspace", 1, []string{missing}, []string{"apply", "--data", data, missing}},
		{"no such version", 1, []string{"there is no version 99"}, []string{"rollback", "--data", data, "99"}},
		{"no such call", 1, []string{"99999"}, []string{"action", "show", "--data", data, "99999"}},
		{"range backwards", 1, []string{"the range ends on 2024-01-01, before it begins on 2024-02-01"}, []string{"evaluate", "--data", data, "--from", "2024-02-01", "--to", "2024-01-01"}},
		{"retention backwards", 1, []string{"before it begins"}, []string{"report", "retention", "--data", data, "--from", "2024-02-01", "--to", "2024-01-01"}},
		{"half a range", 1, []string{"a range needs both --from and --to"}, []string{"evaluate", "--data", data, "--from", "2024-02-01"}},
		{"step zero", 1, []string{"0d"}, []string{"evaluate", "--data", data, "--from", "2024-01-01", "--to", "2024-02-01", "--every", "0d"}},
		{"step negative", 1, []string{"-1d"}, []string{"evaluate", "--data", data, "--from", "2024-01-01", "--to", "2024-02-01", "--every=-1d"}},
		{"too many steps", 1, []string{"more than", "longer step"}, []string{"evaluate", "--data", data, "--from", "1970-01-01", "--to", "2024-02-01"}},
		{"an impossible day", 1, []string{"2024-02-30"}, []string{"evaluate", "--data", data, "--as-of", "2024-02-30"}},
		{"a day out of range", 1, []string{"9999999-01-01"}, []string{"evaluate", "--data", data, "--as-of", "9999999-01-01"}},
		{"a year nobody means", 1, []string{"0024-01-01"}, []string{"evaluate", "--data", data, "--as-of", "0024-01-01"}},
		{"an override out of range", 1, []string{"100"}, []string{"override", "set", "--data", data, "health", "A-2e4581", "101", "--reason", "x", "--until", "2030-01-01"}},
		{"an override that ends before it begins", 1, nil, []string{"override", "set", "--data", data, "health", "A-2e4581", "10", "--reason", "x", "--from", "2024-02-01", "--until", "2024-01-01"}},
		{"a reachable address", 1, []string{"has no user yet", "127.0.0.1"}, []string{"serve", "--data", data, "--addr", "0.0.0.0:0"}},
		{"sample into a directory in use", 1, []string{"is not empty"}, []string{"sample", "--data", data}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) { fails(t, tt.code, tt.words, tt.args...) })
	}
	if _, err := os.Stat(missing); err == nil {
		t.Error("a failed init left a directory behind")
	}
	for _, help := range [][]string{{"--help"}, {"report", "--help"}, {"evaluate", "--help"}, {"import", "--help"}} {
		r := minoriIn(t, "", help...)
		if r.code != 0 || !strings.Contains(r.out, "Usage: minori") || strings.Contains(r.errout, "minori:") {
			t.Errorf("minori %v: %v", help, r)
		}
	}
	r := minoriIn(t, "", "--help")
	for _, c := range []string{"demo", "serve", "init", "diff", "apply", "export", "rollback", "import", "evaluate", "report", "explain", "preview", "override", "action", "sample"} {
		if !strings.Contains(r.out, "\n  "+c) {
			t.Errorf("the help does not name %s", c)
		}
	}
}

// TestSample fills a small workspace, which then works as any other, and is
// the same for the same seed.
func TestSample(t *testing.T) {
	t.Parallel()
	var first string
	for range 2 {
		data := filepath.Join(t.TempDir(), "data")
		ok(t, "sample", "--data", data, "--accounts", "40", "--days", "60", "--seed", "7", "--lang", "ja")
		if rep := ask[evaluateAnswer](t, "evaluate", "--data", data, "--as-of", "2024-12-31"); rep.Subjects == 0 || rep.Subjects > 60 || rep.Measures == 0 || rep.Scores == 0 {
			t.Errorf("evaluate: %+v", rep)
		}
		text := ok(t, "report", "measures", "--data", data, "--as-of", "2024-12-31", "--json") + ok(t, "report", "accounts", "--data", data, "--as-of", "2024-12-31", "--json")
		if first == "" {
			first = text
		} else {
			samePicture(t, "the same seed", text, first)
		}
	}
}
