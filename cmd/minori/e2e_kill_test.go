package main

import (
	"context"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// killed runs minori and kills it -9 after a while; it reports whether it was
// still at work then.
func killed(t testing.TB, after time.Duration, args ...string) bool {
	t.Helper()
	cmd := program(context.Background(), "", args...)
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	timer := time.AfterFunc(after, func() { _ = cmd.Process.Kill() })
	err := cmd.Wait()
	timer.Stop()
	if exit, bad := err.(*exec.ExitError); bad && exit.Exited() {
		t.Fatalf("minori %s, after a kill: %v", strings.Join(args, " "), err)
	}
	return err != nil
}

// took is how long a command takes undisturbed.
func took(t testing.TB, args ...string) time.Duration {
	t.Helper()
	start := time.Now()
	ok(t, args...)
	return time.Since(start)
}

// killRounds is how many kills of each kind there are at least.
const killRounds = 15

// untilKilled kills the command again and again, on a fresh workspace after
// every row of kills, lets it end then, and calls check. between is called
// after every kill.
func untilKilled(t *testing.T, whole time.Duration, row int, fresh func() string, args func(data string) []string, between, check func(data string)) {
	t.Helper()
	seed := uint64(time.Now().UnixNano())
	rng := rand.New(rand.NewPCG(seed, 1))
	var kills int
	deadline := time.Now().Add(150 * time.Second)
	for kills < killRounds {
		if time.Now().After(deadline) {
			t.Errorf("only %d kills in the time given", kills)
			break
		}
		data := fresh()
		for i := range row {
			// Later kills of a row come to work that is partly done.
			at := time.Duration(rng.Float64() * float64(whole) * (1 - 0.15*float64(i)))
			if kills%3 == 2 { // the beginning is where decisions are made
				at /= 4
			}
			if killed(t, at, args(data)...) {
				kills++
			}
			if between != nil {
				between(data)
			}
		}
		ok(t, args(data)...)
		check(data)
		if t.Failed() {
			t.Fatalf("seed %d, after %d kills", seed, kills)
		}
	}
	t.Logf("%d kills within %v each", kills, whole.Round(time.Millisecond))
}

// smallData is the example's files with fewer rows, of usage only those from a
// day on, for quick runs.
func smallData(t testing.TB, usageFrom string) string {
	t.Helper()
	dir := t.TempDir()
	for name, rows := range map[string]int{"accounts": 501, "subscriptions": 1200, "feature_usage": 4000, "support_tickets": 700, "churn_events": 300} {
		file := "ravenstack_" + name + ".csv"
		text, err := os.ReadFile(ravenstack("data", file))
		if err != nil {
			t.Fatal(err)
		}
		lines := strings.SplitAfter(string(text), "\n")
		if name == "feature_usage" {
			// only rows of subscriptions that are there
			subs := map[string]bool{}
			all, err := os.ReadFile(ravenstack("data", "ravenstack_subscriptions.csv"))
			if err != nil {
				t.Fatal(err)
			}
			for _, l := range strings.Split(string(all), "\n")[1:1200] {
				id, _, _ := strings.Cut(l, ",")
				subs[id] = true
			}
			kept := lines[:1]
			for _, l := range lines[1:] {
				if f := strings.SplitN(l, ",", 4); len(f) == 4 && subs[f[1]] && f[2] >= usageFrom {
					kept = append(kept, l)
				}
			}
			lines = kept
		}
		if err := os.WriteFile(filepath.Join(dir, file), []byte(strings.Join(lines[:min(rows, len(lines))], "")), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// TestKillImport kills imports at any moment; one that is run again ends with
// what an undisturbed one has.
func TestKillImport(t *testing.T) {
	t.Parallel()
	input := smallData(t, "")
	import_ := func(data string) []string { return []string{"import", "--data", data, "--input", input, "--json"} }
	finish := func(data string) string {
		again := decode[importAnswer](t, ok(t, import_(data)...))
		for _, s := range again.Sources {
			if s.Unchanged != s.Read || s.Read == 0 {
				t.Errorf("an import after all that finished: %+v", s)
			}
		}
		ok(t, "evaluate", "--data", data, "--as-of", "2024-12-31")
		return picture(t, data, "2024-12-31")
	}
	quiet := applied.copy(t)
	whole := took(t, import_(quiet)...)
	want := finish(quiet)
	untilKilled(t, whole, 4, func() string { return applied.copy(t) }, import_, nil, func(data string) {
		samePicture(t, "killed imports", finish(data), want)
	})
}

// TestKillEvaluate kills evaluations of a range at any moment. Run again, it
// opens what is missing and nothing twice.
func TestKillEvaluate(t *testing.T) {
	t.Parallel()
	base := filepath.Join(t.TempDir(), "base")
	copyDir(t, applied.path(t), base)
	ok(t, "import", "--data", base, "--input", smallData(t, ""))
	fresh := func() string {
		data := filepath.Join(t.TempDir(), "data")
		copyDir(t, base, data)
		return data
	}
	evaluate := func(data string) []string {
		return []string{"evaluate", "--data", data, "--from", "2024-08-12", "--to", "2024-10-07", "--every", "28d"}
	}
	quiet := fresh()
	whole := took(t, evaluate(quiet)...)
	days := []string{"2024-09-09"}
	want := picture(t, quiet, days...)
	if !strings.Contains(want, `"status":"closed"`) {
		t.Error("no call to action closed in the range: it shows too little")
	}
	untilKilled(t, whole, 4, fresh, evaluate, nil, func(data string) {
		samePicture(t, "killed evaluations", picture(t, data, days...), want)
	})
}

// TestKillApply kills applies, with metrics to be counted again, at any moment.
// After a kill the workspace is the old one or the new one, never between.
func TestKillApply(t *testing.T) {
	t.Parallel()
	base := filepath.Join(t.TempDir(), "base")
	copyDir(t, applied.path(t), base)
	ok(t, "import", "--data", base, "--input", smallData(t, "2024-12-17"))
	fresh := func() string {
		data := filepath.Join(t.TempDir(), "data")
		copyDir(t, base, data)
		return data
	}
	files := editWorkspace(t, "metrics.yaml", "properties.errors > 0", "properties.errors > 1")
	text, err := os.ReadFile(filepath.Join(files, "metrics.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	changed := strings.ReplaceAll(string(text), `"feature_10"]`, `"feature_11"]`)
	if err := os.WriteFile(filepath.Join(files, "metrics.yaml"), []byte(changed), 0o600); err != nil {
		t.Fatal(err)
	}
	apply := func(data string) []string { return []string{"apply", "--data", data, files} }
	show := func(data string) string {
		return ok(t, "report", "measures", "--data", data, "--as-of", "2024-12-31", "--json")
	}
	quiet := fresh()
	before := show(quiet)
	whole := took(t, apply(quiet)...)
	after := show(quiet)
	if before == after {
		t.Fatal("the change shows nothing")
	}
	var olds, news int
	untilKilled(t, whole, 1, fresh, apply, func(data string) {
		switch show(data) {
		case before:
			olds++
		case after:
			news++
		default:
			t.Error("after a kill the measures are neither the old ones nor the new ones")
		}
	}, func(data string) {
		if d := ask[diffAnswer](t, "diff", "--data", data, files); len(d.Create)+len(d.Update) != 0 {
			t.Errorf("after apply: %+v", d)
		}
		samePicture(t, "killed applies", show(data), after)
	})
	t.Logf("after a kill %d times the old workspace, %d times the new one", olds, news)
}

// TestKillServer kills a server in the midst of a command that runs in it.
func TestKillServer(t *testing.T) {
	data := imported.copy(t)
	want := imported.copy(t)
	evaluate := func(data string) []string {
		return []string{"evaluate", "--data", data, "--from", "2024-11-01", "--to", "2024-12-06", "--every", "7d"}
	}
	ok(t, evaluate(want)...)
	s := serveData(t, data)
	cmd := program(t.Context(), "", evaluate(data)...)
	var errout strings.Builder
	cmd.Stderr = &errout
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	time.Sleep(600 * time.Millisecond)
	_ = s.cmd.Process.Kill()
	<-s.done
	if err := cmd.Wait(); err != nil && !strings.Contains(errout.String(), "server") {
		t.Errorf("the caller of a killed server: %v, %s", err, errout.String())
	}
	ok(t, evaluate(data)...)
	samePicture(t, "a killed server", picture(t, data, "2024-11-15", "2024-12-06"), picture(t, want, "2024-11-15", "2024-12-06"))
	if left, _ := filepath.Glob(filepath.Join(data, "upload-*")); len(left) != 0 {
		t.Errorf("uploads are left: %v", left)
	}
}
