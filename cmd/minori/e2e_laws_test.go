package main

import (
	"context"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	minori "github.com/minori-hq/minori"
	"github.com/minori-hq/minori/app"
	"github.com/minori-hq/minori/scorecard"
)

// TestEvaluationLaws checks what has to hold of evaluations whatever the data.
func TestEvaluationLaws(t *testing.T) {
	t.Parallel()
	t.Run("a range in two halves is the whole", func(t *testing.T) {
		whole, halves := imported.copy(t), imported.copy(t)
		ok(t, "evaluate", "--data", whole, "--from", "2024-05-01", "--to", "2024-07-10", "--every", "14d")
		ok(t, "evaluate", "--data", halves, "--from", "2024-05-01", "--to", "2024-06-12", "--every", "14d")
		ok(t, "evaluate", "--data", halves, "--from", "2024-06-26", "--to", "2024-07-10", "--every", "14d")
		samePicture(t, "two halves", picture(t, halves, "2024-06-12", "2024-07-10"), picture(t, whole, "2024-06-12", "2024-07-10"))

		t.Run("and a second time opens nothing", func(t *testing.T) {
			before := picture(t, whole, "2024-07-10")
			for _, rep := range ask[[]evaluateAnswer](t, "evaluate", "--data", whole, "--from", "2024-05-01", "--to", "2024-07-10", "--every", "14d") {
				if rep.Opened != 0 || rep.Transitions != 0 || rep.Subjects == 0 {
					t.Errorf("a day evaluated again: %+v", rep)
				}
			}
			samePicture(t, "evaluated twice", picture(t, whole, "2024-07-10"), before)
		})
		t.Run("and an earlier day changes no state", func(t *testing.T) {
			before := calls(t, whole)
			for _, day := range []string{"2024-05-02", "2024-07-10", "2023-01-15"} {
				if rep := ask[evaluateAnswer](t, "evaluate", "--data", whole, "--as-of", day); rep.Opened != 0 || rep.Transitions != 0 {
					t.Errorf("%s lies before the last step: %+v", day, rep)
				}
			}
			samePicture(t, "an earlier day", calls(t, whole), before)
			if rep := ask[evaluateAnswer](t, "evaluate", "--data", whole, "--as-of", "2024-09-30"); rep.Opened == 0 {
				t.Errorf("a later day opens calls: %+v", rep)
			}
		})
	})
	t.Run("a preview says what an evaluation does, and does nothing", func(t *testing.T) {
		data := imported.copy(t)
		before := picture(t, data)
		opened := map[string][]string{}
		var rules []string
		for _, rule := range []string{"gone-quiet", "adoption-falling", "health-red"} {
			rules = append(rules, rule)
			pv := ask[previewAnswer](t, "preview", rule, "--data", data, "--from", "2024-07-15", "--to", "2024-08-31", "--every", "7d")
			for _, e := range pv.Episodes {
				opened[rule] = append(opened[rule], e.Subject+" "+e.Start)
			}
		}
		samePicture(t, "a preview", picture(t, data), before)
		ok(t, "evaluate", "--data", data, "--from", "2024-07-15", "--to", "2024-08-31", "--every", "7d")
		real := map[string][]string{}
		for _, a := range ask[[]actionAnswer](t, "report", "actions", "--data", data, "--status", "all") {
			real[a.Rule] = append(real[a.Rule], a.Subject+" "+a.Opened)
		}
		for _, rule := range rules {
			slices.Sort(opened[rule])
			slices.Sort(real[rule])
			if len(real[rule]) == 0 || !slices.Equal(opened[rule], real[rule]) {
				t.Errorf("%s: the preview has %d episodes, the evaluation opened %d calls\npreview %v\n   real %v", rule, len(opened[rule]), len(real[rule]), opened[rule], real[rule])
			}
		}
	})
	t.Run("a report evaluates nothing", func(t *testing.T) {
		data := imported.copy(t)
		picture(t, data, "2024-11-30")
		if list := ask[[]actionAnswer](t, "report", "actions", "--data", data, "--status", "all"); len(list) != 0 {
			t.Errorf("reports opened %d calls", len(list))
		}
		if rep := ask[evaluateAnswer](t, "evaluate", "--data", data, "--as-of", "2024-11-30"); rep.Opened == 0 {
			t.Error("after a report of that day the evaluation hands nothing over")
		}
	})
}

// TestScoresAddUp takes every score of several days apart.
func TestScoresAddUp(t *testing.T) {
	t.Parallel()
	data := evaluated.copy(t)
	ok(t, "apply", "--data", data, editWorkspace(t, "scorecards.yaml", `measure("support.urgent") >= 3`, `measure("support.urgent") >= 1`))
	ok(t, "evaluate", "--data", data, "--as-of", "2024-12-31")
	for _, card := range []string{"health", "experience"} {
		var unknown, capped int
		for _, day := range []string{"2023-02-01", "2024-05-10", "2024-12-31"} {
			for _, s := range ask[[]scoreAnswer](t, "report", "scores", card, "--data", data, "--as-of", day) {
				var sum float64
				for _, c := range s.Contributions {
					sum += c.Contribution
				}
				switch {
				case s.Computed == nil:
					unknown++
					if s.Score != nil || s.Band != nil || s.Reason == "" {
						t.Errorf("%s %s %s: unknown, but %+v", card, day, s.Subject, s)
					}
					continue
				case !near(sum, *s.Computed):
					t.Errorf("%s %s %s: contributions add up to %v, computed is %v", card, day, s.Subject, sum, *s.Computed)
				}
				want := *s.Computed
				if s.Cap != nil {
					capped++
					want += s.Cap.Part
					if s.Cap.At != 49 || s.Cap.Part > 0 || s.Cap.Because == "" {
						t.Errorf("%s %s %s: cap %+v", card, day, s.Subject, s.Cap)
					}
				}
				if s.Score == nil || !near(*s.Score, want) || s.Override != nil {
					t.Errorf("%s %s %s: the score is %v, computed and cap give %v", card, day, s.Subject, deref(s.Score), want)
				}
				band := "red"
				if want >= 75 {
					band = "green"
				} else if want >= 50 {
					band = "yellow"
				}
				if s.Band == nil || *s.Band != band || s.Coverage < 0 || s.Coverage > 1 {
					t.Errorf("%s %s %s: band %v, coverage %v for %v", card, day, s.Subject, s.Band, s.Coverage, want)
				}
			}
		}
		if card == "health" && (unknown == 0 || capped == 0) {
			t.Errorf("%d unknown and %d capped scores: the days show too little", unknown, capped)
		}
	}
}

// TestChangesAddUp explains the change of every account's score between two
// days; some go through the program, all through what it calls.
func TestChangesAddUp(t *testing.T) {
	t.Parallel()
	data := evaluated.copy(t)
	early := map[string]*float64{}
	for _, s := range ask[[]scoreAnswer](t, "report", "scores", "health", "--data", data, "--as-of", "2024-05-10") {
		early[s.Subject] = s.Score
	}
	late := ask[[]scoreAnswer](t, "report", "scores", "health", "--data", data, "--as-of", "2024-12-31")
	for i := 0; i < len(late); i += 45 {
		s := late[i]
		then, existed := early[s.Subject]
		if !existed {
			fails(t, exitFailed, []string{s.Subject, "does not exist on 2024-05-10"}, "explain", "score", "health", s.Subject, "--data", data, "--as-of", "2024-12-31", "--since", "2024-05-10")
			continue
		}
		x := ask[explainAnswer](t, "explain", "score", "health", s.Subject, "--data", data, "--as-of", "2024-12-31", "--since", "2024-05-10")
		var sum float64
		for _, p := range x.Parts {
			sum += p.Delta
			if p.Why == "" || (p.Measure == nil) != (p.Group == nil) {
				t.Errorf("%s: part %+v", s.Subject, p)
			}
		}
		switch {
		case then == nil || s.Score == nil:
			if len(x.Parts) != 0 || x.Text == "" {
				t.Errorf("%s: an end is unknown, so there is only a reason: %+v", s.Subject, x)
			}
		case math.Abs(sum-(*s.Score-*then)) > 1e-6 || !near(*x.Score, *s.Score) || !near(*x.Since.Score, *then):
			t.Errorf("%s: parts add up to %v, the score went from %v to %v", s.Subject, sum, *then, *s.Score)
		}
		alone := ask[explainAnswer](t, "explain", "score", "health", s.Subject, "--data", data, "--as-of", "2024-12-31")
		sum = 0
		for _, p := range alone.Parts {
			sum += p.Delta
		}
		if alone.Since != nil || s.Score != nil && !near(sum, *s.Score) {
			t.Errorf("%s: parts of the score add up to %v, it is %v", s.Subject, sum, deref(s.Score))
		}
	}

	a, err := app.New(context.Background(), app.Config{Data: data})
	if err != nil {
		t.Fatal(err)
	}
	defer a.Close()
	scores := func(day string) map[string]scorecard.Explanation {
		d, err := minori.ParseDay(day)
		if err != nil {
			t.Fatal(err)
		}
		list, err := a.Evaluate.Scores(context.Background(), app.Operator(), minori.Account, "health", minori.EndOf(d, a.Location()), nil)
		if err != nil {
			t.Fatal(err)
		}
		out := map[string]scorecard.Explanation{}
		for _, s := range list {
			out[s.Subject.Key] = s.Explanation
		}
		return out
	}
	from, to := scores("2024-05-10"), scores("2024-12-31")
	var changed int
	for key, now := range to {
		then, ok := from[key]
		if !ok || then.Score == nil || now.Score == nil {
			continue
		}
		var sum float64
		for _, p := range scorecard.ExplainChange(then, now).Parts {
			sum += p.Delta
		}
		if math.Abs(sum-(*now.Score-*then.Score)) > 1e-6 {
			t.Errorf("%s: parts add up to %v, the score went from %v to %v", key, sum, *then.Score, *now.Score)
		}
		if sum != 0 {
			changed++
		}
	}
	if changed < 100 {
		t.Errorf("only %d scores changed", changed)
	}
}

// TestUnknownHasReasons: null and only null has a reason, one of the list.
func TestUnknownHasReasons(t *testing.T) {
	data := imported.copy(t)
	reasons := map[string]int{}
	for _, day := range []string{"2023-03-01", "2024-12-31"} {
		for _, m := range ask[[]measureAnswer](t, "report", "measures", "--data", data, "--as-of", day) {
			for name, v := range m.Values {
				reason := m.Unknown[name]
				if (v == nil) != (reason != "") {
					t.Fatalf("%s of %s is %v, reason %q", name, m.Subject, v, reason)
				}
				if reason != "" && !slices.Contains([]string{"no_data", "stale", "building", "no_value", "no_previous", "division_by_zero", "not_finite"}, reason) {
					t.Fatalf("%s of %s is unknown for %q", name, m.Subject, reason)
				}
				reasons[reason]++
			}
			for name := range m.Unknown {
				if _, ok := m.Values[name]; !ok {
					t.Fatalf("%s has a reason for %s, which is not among the values", m.Subject, name)
				}
			}
		}
	}
	for _, want := range []string{"", "no_data", "no_previous", "division_by_zero"} {
		if reasons[want] == 0 {
			t.Errorf("no value with reason %q among %v", want, reasons)
		}
	}
}

// editWorkspace copies the example's workspace with one text replaced.
func editWorkspace(t testing.TB, file, old, fresh string) string {
	t.Helper()
	dir := t.TempDir()
	copyDir(t, ravenstack("workspace"), dir)
	path := filepath.Join(dir, file)
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(string(text), old) {
		t.Fatalf("%s has no %q", file, old)
	}
	if err := os.WriteFile(path, []byte(strings.ReplaceAll(string(text), old, fresh)), 0o600); err != nil {
		t.Fatal(err)
	}
	return dir
}

// TestScorecardVersions: a changed scorecard counts from then on; scores of
// before keep the definition they were formed with.
func TestScorecardVersions(t *testing.T) {
	t.Parallel()
	data := evaluated.copy(t)
	old := ok(t, "report", "scores", "health", "--data", data, "--as-of", "2024-05-10", "--json")
	subject := ask[[]scoreAnswer](t, "report", "scores", "health", "--data", data, "--as-of", "2024-05-10")[3].Subject
	explained := ok(t, "explain", "score", "health", subject, "--data", data, "--as-of", "2024-05-10", "--json")
	fresh := editWorkspace(t, "scorecards.yaml", "weight: 50", "weight: 5")
	if d := ask[diffAnswer](t, "apply", "--data", data, fresh); !slices.Equal(d.Update, []string{"Scorecard health"}) || len(d.Create)+len(d.Delete) != 0 || d.Version != 2 {
		t.Errorf("apply of a changed scorecard: %+v", d)
	}
	samePicture(t, "scores of before", ok(t, "report", "scores", "health", "--data", data, "--as-of", "2024-05-10", "--json"), old)
	samePicture(t, "explanation of before", ok(t, "explain", "score", "health", subject, "--data", data, "--as-of", "2024-05-10", "--json"), explained)

	ok(t, "evaluate", "--data", data, "--as-of", "2025-01-10")
	share := func(day string) float64 {
		for _, s := range ask[[]scoreAnswer](t, "report", "scores", "health", "--data", data, "--as-of", day) {
			if s.Subject == subject {
				var w float64
				for _, c := range s.Contributions {
					if c.Group == "adoption" {
						w += c.Weight
					}
				}
				return w
			}
		}
		return -1
	}
	if before, after := share("2024-05-10"), share("2025-01-10"); before < 0.45 || after > 0.2 {
		t.Errorf("the group's share was %v and is %v; its weight went from 50 to 5", before, after)
	}
	x := ask[explainAnswer](t, "explain", "score", "health", subject, "--data", data, "--as-of", "2025-01-10", "--since", "2024-05-10")
	var sum float64
	var why []string
	for _, p := range x.Parts {
		sum, why = sum+p.Delta, append(why, p.Why)
	}
	if x.Score == nil || x.Since.Score == nil || math.Abs(sum-(*x.Score-*x.Since.Score)) > 1e-6 || !slices.ContainsFunc(why, func(w string) bool { return strings.Contains(w, "definition") }) {
		t.Errorf("the change over two versions: %+v", x)
	}

	t.Run("rollback", func(t *testing.T) {
		if d := ask[diffAnswer](t, "rollback", "--data", data, "1"); !slices.Equal(d.Update, []string{"Scorecard health"}) || d.Version != 3 {
			t.Errorf("rollback: %+v", d)
		}
		if d := ask[diffAnswer](t, "diff", "--data", data, "--prune", ravenstack("workspace")); len(d.Create)+len(d.Update)+len(d.Delete) != 0 {
			t.Errorf("after the rollback the files differ: %+v", d)
		}
		ok(t, "evaluate", "--data", data, "--as-of", "2025-01-11")
		if again := share("2025-01-11"); again < 0.45 {
			t.Errorf("after the rollback the group's share is %v", again)
		}
	})
	t.Run("prune", func(t *testing.T) {
		small := editWorkspace(t, "segments.yaml", "name: emea", "name: europe")
		if d := ask[diffAnswer](t, "apply", "--data", data, small); !slices.Equal(d.Create, []string{"Segment europe"}) || len(d.Delete) != 0 {
			t.Errorf("without --prune nothing is deleted: %+v", d)
		}
		if d := ask[diffAnswer](t, "apply", "--data", data, "--prune", small); !slices.Equal(d.Delete, []string{"Segment emea"}) || len(d.Create) != 0 {
			t.Errorf("with --prune: %+v", d)
		}
		ok(t, "rollback", "--data", data, "1")
		if d := ask[diffAnswer](t, "diff", "--data", data, "--prune", ravenstack("workspace")); len(d.Create)+len(d.Update)+len(d.Delete) != 0 {
			t.Errorf("after the rollback the files differ: %+v", d)
		}
	})
}

// TestExportRoundTrip: what export writes is what is in force.
func TestExportRoundTrip(t *testing.T) {
	data := applied.copy(t)
	out := filepath.Join(t.TempDir(), "out")
	ok(t, "export", "--data", data, out)
	for _, prune := range [][]string{nil, {"--prune"}} {
		if d := ask[diffAnswer](t, append([]string{"diff", "--data", data, out}, prune...)...); len(d.Create)+len(d.Update)+len(d.Delete) != 0 {
			t.Errorf("diff %v of an export: %+v", prune, d)
		}
		if d := ask[diffAnswer](t, append([]string{"apply", "--data", data, out}, prune...)...); len(d.Create)+len(d.Update)+len(d.Delete) != 0 {
			t.Errorf("apply %v of an export: %+v", prune, d)
		}
	}
	other := filepath.Join(t.TempDir(), "data")
	ok(t, "init", "--data", other)
	ok(t, "apply", "--data", other, out)
	again := filepath.Join(t.TempDir(), "again")
	ok(t, "export", "--data", other, again)
	files, err := os.ReadDir(out)
	if err != nil || len(files) == 0 {
		t.Fatalf("%d files, %v", len(files), err)
	}
	for _, f := range files {
		a, err := os.ReadFile(filepath.Join(out, f.Name()))
		if err != nil {
			t.Fatal(err)
		}
		b, err := os.ReadFile(filepath.Join(again, f.Name()))
		if err != nil || string(a) != string(b) {
			t.Errorf("%s differs in a workspace made from the export: %v", f.Name(), err)
		}
	}
}

// TestOverride: a manual score shows in the next evaluation beside the
// computed one, and is gone from the next after it is cleared.
func TestOverride(t *testing.T) {
	t.Parallel()
	data := imported.copy(t)
	list := ask[[]scoreAnswer](t, "report", "scores", "health", "--data", data, "--as-of", "2024-11-30")
	i := slices.IndexFunc(list, func(s scoreAnswer) bool { return s.Computed != nil && *s.Computed > 60 })
	subject := list[i].Subject
	at := func(day string) scoreAnswer {
		t.Helper()
		ok(t, "evaluate", "--data", data, "--as-of", day)
		for _, s := range ask[[]scoreAnswer](t, "report", "scores", "health", "--data", data, "--as-of", day) {
			if s.Subject == subject {
				return s
			}
		}
		t.Fatalf("%s has no score on %s", subject, day)
		return scoreAnswer{}
	}
	computed := at("2024-12-01")
	ok(t, "override", "set", "--data", data, "health", subject, "12", "--reason", "sponsor left", "--from", "2024-12-05", "--until", "2099-12-31")
	before, during := at("2024-12-04"), at("2024-12-05")
	if before.Override != nil || before.Score == nil || !near(*before.Score, *before.Computed) {
		t.Errorf("the day before the override: %+v", before)
	}
	if during.Override == nil || *during.Override != 12 || *during.Score != 12 || during.Computed == nil || *during.Computed < 40 || *during.Band != "red" {
		t.Errorf("during the override: %+v", during)
	}
	x := ask[explainAnswer](t, "explain", "score", "health", subject, "--data", data, "--as-of", "2024-12-05", "--since", "2024-12-01")
	var sum float64
	var hand bool
	for _, p := range x.Parts {
		sum, hand = sum+p.Delta, hand || p.Why == "override" && p.Measure == nil
	}
	if !hand || !near(sum, 12-*computed.Score) {
		t.Errorf("the explanation of an override: %+v", x)
	}
	ok(t, "override", "clear", "--data", data, "health", subject)
	fails(t, exitFailed, []string{"is not overridden"}, "override", "clear", "--data", data, "health", subject)
	ok(t, "evaluate", "--data", data)
	for _, s := range ask[[]scoreAnswer](t, "report", "scores", "health", "--data", data) {
		if s.Subject == subject && (s.Override != nil || s.Computed != nil && s.Score == nil) {
			t.Errorf("after it was cleared: %+v", s)
		}
	}
	if past := at("2024-12-06"); past.Override == nil {
		t.Errorf("the override held on 2024-12-06, clearing it now does not change that: %+v", past)
	}
}
