package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/minori-hq/minori/internal/pgtest"
)

// postgres gives a server that ends with the test.
func postgres(t *testing.T) *pgtest.Server {
	t.Helper()
	if os.Getenv(pgtest.SkipVariable) == "1" {
		fmt.Fprintln(os.Stderr, "*** THE COMMANDS ARE NOT TESTED ON PostgreSQL: "+pgtest.SkipVariable+"=1 ***")
		t.Skip(pgtest.SkipVariable + "=1")
	}
	s, err := pgtest.Start()
	if err != nil {
		t.Fatalf("*** no PostgreSQL server to test with: %v\n*** install PostgreSQL, or set %s=1 to go without", err, pgtest.SkipVariable)
	}
	t.Cleanup(s.Stop)
	return s
}

// place is where a workspace lives: a folder, in which commands run, and the
// address of the records ("": SQLite in the folder).
type place struct{ dir, url string }

func (p place) command(ctx context.Context, args ...string) *exec.Cmd {
	cmd := program(ctx, p.dir, args...)
	cmd.Env = append(cmd.Env, "MINORI_RECORDS_URL="+p.url)
	return cmd
}

// run runs a command, which has to end with status 0 and nothing to complain.
func (p place) run(t testing.TB, args ...string) string {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	var out, errout bytes.Buffer
	cmd := p.command(ctx, args...)
	cmd.Stdout, cmd.Stderr = &out, &errout
	if err := cmd.Run(); err != nil {
		t.Fatalf("minori %s (records %q): %v\n%s\n%s", strings.Join(args, " "), p.url, err, clip(out.String()), clip(errout.String()))
	}
	return out.String()
}

// untimedJSON leaves out of an answer when and how long.
func untimedJSON(t testing.TB, text string) string {
	t.Helper()
	var v any
	if err := json.Unmarshal([]byte(text), &v); err != nil {
		t.Fatalf("%v: %s", err, clip(text))
	}
	var clean func(v any)
	clean = func(v any) {
		switch v := v.(type) {
		case []any:
			for _, x := range v {
				clean(x)
			}
		case map[string]any:
			for _, key := range []string{"seconds", "time", "started"} {
				delete(v, key)
			}
			for _, x := range v {
				clean(x)
			}
		}
	}
	clean(v)
	out, err := json.MarshalIndent(v, "", " ")
	if err != nil {
		t.Fatal(err)
	}
	return string(out)
}

// exported is all files of a folder.
func exported(t testing.TB, dir string) string {
	t.Helper()
	var b strings.Builder
	err := filepath.WalkDir(dir, func(path string, d os.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		text, err := os.ReadFile(path)
		fmt.Fprintf(&b, "%s\n%s\n", strings.TrimPrefix(path, dir), text)
		return err
	})
	if err != nil || b.Len() < 1000 {
		t.Fatalf("an export of %d bytes: %v", b.Len(), err)
	}
	return b.String()
}

// TestPostgresRecords goes the whole way with the records on SQLite and on
// PostgreSQL, command by command: both have to answer the same.
func TestPostgresRecords(t *testing.T) {
	t.Parallel()
	server := postgres(t)
	lite, pg := place{t.TempDir(), ""}, place{t.TempDir(), server.Database(t)}
	same := func(args ...string) {
		t.Helper()
		args = append(args, "--json")
		want, got := untimedJSON(t, lite.run(t, args...)), untimedJSON(t, pg.run(t, args...))
		if len(want) < 10 {
			t.Errorf("minori %s answers only %s", strings.Join(args, " "), want)
		}
		samePicture(t, "minori "+strings.Join(args, " "), got, want)
	}
	same("init")
	same("diff", ravenstack("workspace"))
	same("apply", ravenstack("workspace"), "--comment", "first")
	same("import", "--input", ravenstack("data"))
	same("import", "--input", ravenstack("data")) // unchanged
	same("evaluate", "--from", "2024-11-15", "--to", "2024-12-27", "--every", "21d")
	same("report", "scores", "health", "--as-of", "2024-12-27")
	same("report", "scores", "experience", "--as-of", "2024-12-06")
	same("report", "measures", "--as-of", "2024-12-31") // not evaluated
	same("report", "accounts", "--segment", "enterprise", "--as-of", "2024-12-27")
	same("report", "retention", "--from", "2023-12-31", "--to", "2024-12-31", "--by", "industry")
	same("report", "events", "--from", "2023-01-01", "--to", "2024-12-31", "--by", "account")
	same("report", "actions", "--status", "all")
	same("explain", "score", "health", "A-2e4581", "--as-of", "2024-12-27", "--since", "2024-12-06")
	same("preview", "gone-quiet", "--from", "2024-10-01", "--to", "2024-12-31", "--every", "14d")

	// What people change.
	same("override", "set", "health", "A-2e4581", "33", "--reason", "the sponsor left", "--from", "2024-12-27", "--until", "2030-01-01")
	same("evaluate", "--as-of", "2024-12-28")
	same("report", "scores", "health", "--as-of", "2024-12-28")
	var open []actionAnswer
	if err := json.Unmarshal([]byte(pg.run(t, "report", "actions", "--json")), &open); err != nil || len(open) == 0 {
		t.Fatalf("%d calls to action, %v", len(open), err)
	}
	same("action", "close", fmt.Sprint(open[0].ID), "--result", "success", "--comment", "解決しました")
	same("action", "show", fmt.Sprint(open[0].ID))
	same("override", "clear", "health", "A-2e4581")
	pg.run(t, "user", "add", "mika@example.com")
	lite.run(t, "user", "add", "mika@example.com")
	same("user", "list")
	edited := editWorkspace(t, "measures.yaml", `sum("usage.feature", "90d")`, `sum("usage.feature", "60d")`)
	same("apply", edited, "--comment", "second")
	same("report", "measures", "--as-of", "2024-12-31")
	same("rollback", "1")
	same("versions")
	same("import", "list")

	lite.run(t, "export", "out")
	pg.run(t, "export", "out")
	samePicture(t, "export", exported(t, filepath.Join(pg.dir, "out")), exported(t, filepath.Join(lite.dir, "out")))
	same("diff", "out", "--prune")
	if files, err := filepath.Glob(filepath.Join(pg.dir, "*", "records.db*")); err != nil || len(files) > 0 {
		t.Errorf("with its records on PostgreSQL the data directory has %v, %v", files, err)
	}
}

// TestPostgresKillImport kills imports with the records on PostgreSQL. One
// that is run again ends with what an undisturbed one has.
func TestPostgresKillImport(t *testing.T) {
	t.Parallel()
	server := postgres(t)
	input := smallData(t, "")
	fresh := func() place {
		p := place{t.TempDir(), server.Database(t)}
		p.run(t, "init")
		p.run(t, "apply", ravenstack("workspace"))
		return p
	}
	shows := func(p place) string {
		again := decode[importAnswer](t, p.run(t, "import", "--input", input, "--json"))
		for _, s := range again.Sources {
			if s.Unchanged != s.Read || s.Read == 0 {
				t.Errorf("an import after all that finished: %+v", s)
			}
		}
		p.run(t, "evaluate", "--as-of", "2024-12-31")
		out := p.run(t, "report", "scores", "health", "--as-of", "2024-12-31", "--json")
		out += p.run(t, "report", "measures", "--as-of", "2024-12-31", "--json")
		out += p.run(t, "report", "retention", "--from", "2023-12-31", "--to", "2024-12-31", "--by", "industry", "--json")
		return out + p.run(t, "report", "events", "--from", "2023-01-01", "--to", "2025-12-31", "--by", "account", "--json")
	}
	quiet := fresh()
	start := time.Now()
	quiet.run(t, "import", "--input", input)
	whole := time.Since(start)
	want := shows(quiet)

	disturbed, kills, since := fresh(), 0, 0
	for i := 0; kills < 4 || since == 0; i++ {
		if i == 12 {
			t.Fatalf("only %d of %d imports were killed", kills, i)
		}
		part := []float64{0.25, 0.4, 0.5, 0.35}[i%4]
		ctx, cancel := context.WithTimeout(context.Background(), time.Duration(part*float64(whole)))
		err := disturbed.command(ctx, "import", "--input", input).Run() // killed -9 when the time is over
		cancel()
		var exit *exec.ExitError
		switch {
		case err == nil: // it was faster
			disturbed, since = fresh(), 0
		case errors.As(err, &exit) && exit.ExitCode() < 0:
			kills, since = kills+1, since+1
		default:
			t.Fatalf("an import after %d kills: %v", kills, err)
		}
	}
	disturbed.run(t, "import", "--input", input)
	samePicture(t, "killed imports", shows(disturbed), want)
}
