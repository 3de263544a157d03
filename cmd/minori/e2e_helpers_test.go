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
	"reflect"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
)

// asMinori makes this test binary behave as the program: the tests run the
// real thing, in processes of its own, without building it a second time.
const asMinori = "MINORI_E2E_AS_PROGRAM"

func TestMain(m *testing.M) {
	if os.Getenv(asMinori) != "" {
		main()
	}
	code := m.Run()
	for _, f := range []*fixture{&applied, &imported, &evaluated} {
		if f.dir != "" {
			_ = os.RemoveAll(f.dir)
		}
	}
	os.Exit(code)
}

// ravenstack is the example that the tests work on.
func ravenstack(parts ...string) string {
	_, file, _, _ := runtime.Caller(0)
	return filepath.Join(append([]string{filepath.Dir(file), "..", "..", "examples", "ravenstack"}, parts...)...)
}

// result is what one run of the program did.
type result struct {
	code        int
	out, errout string
}

func (r result) String() string {
	return fmt.Sprintf("exit status %d\nstdout: %s\nstderr: %s", r.code, clip(r.out), clip(r.errout))
}

func clip(s string) string {
	if len(s) > 3000 {
		return s[:3000] + "…"
	}
	return s
}

// program prepares a run of minori in a folder ("": this one).
func program(ctx context.Context, dir string, args ...string) *exec.Cmd {
	cmd := exec.CommandContext(ctx, os.Args[0], args...)
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), asMinori+"=1", "MINORI_RECORDS_URL=")
	return cmd
}

// run runs minori and waits for it.
func minoriIn(t testing.TB, dir string, args ...string) result {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 3*time.Minute)
	defer cancel()
	var out, errout bytes.Buffer
	cmd := program(ctx, dir, args...)
	cmd.Stdout, cmd.Stderr = &out, &errout
	err := cmd.Run()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		t.Fatalf("minori %s: %v", strings.Join(args, " "), err)
	}
	r := result{code: cmd.ProcessState.ExitCode(), out: out.String(), errout: errout.String()}
	if strings.Contains(r.errout, "goroutine ") || r.code < 0 {
		t.Fatalf("minori %s crashed: %v", strings.Join(args, " "), r)
	}
	return r
}

// ok runs minori, which has to end with status 0.
func ok(t testing.TB, args ...string) string {
	t.Helper()
	r := minoriIn(t, "", args...)
	if r.code != exitDone {
		t.Fatalf("minori %s: %v", strings.Join(args, " "), r)
	}
	return r.out
}

// fails runs minori, which has to end with a status and an error that has all
// the words.
func fails(t testing.TB, code int, words []string, args ...string) string {
	t.Helper()
	r := minoriIn(t, "", args...)
	if r.code != code {
		t.Errorf("minori %s: want exit status %d, got %v", strings.Join(args, " "), code, r)
	}
	for _, w := range words {
		if !strings.Contains(r.errout, w) {
			t.Errorf("minori %s: want an error with %q, got %v", strings.Join(args, " "), w, r)
		}
	}
	if r.out != "" && code != exitRejected {
		t.Errorf("minori %s: a failing command wrote to standard output: %s", strings.Join(args, " "), clip(r.out))
	}
	return r.errout
}

// ask runs minori with --json and reads its answer strictly: keys that T does
// not have are errors, and so are missing ones that T does not call omitempty.
func ask[T any](t testing.TB, args ...string) T {
	t.Helper()
	return decode[T](t, ok(t, append(args, "--json")...))
}

func decode[T any](t testing.TB, text string) T {
	t.Helper()
	var v T
	dec := json.NewDecoder(strings.NewReader(text))
	dec.DisallowUnknownFields()
	if err := dec.Decode(&v); err != nil {
		t.Fatalf("the answer has another shape than the formats: %v\n%s", err, clip(text))
	}
	if dec.More() {
		t.Fatalf("more than one JSON value: %s", clip(text))
	}
	if err := complete(reflect.TypeFor[T](), json.RawMessage(text), "$"); err != nil {
		t.Fatalf("%v\n%s", err, clip(text))
	}
	return v
}

// complete reports keys of typ that raw does not have, and lists that are null.
func complete(typ reflect.Type, raw json.RawMessage, at string) error {
	switch typ.Kind() {
	case reflect.Pointer:
		if string(bytes.TrimSpace(raw)) == "null" {
			return nil
		}
		return complete(typ.Elem(), raw, at)
	case reflect.Slice:
		if typ == reflect.TypeFor[json.RawMessage]() {
			return nil
		}
		var list []json.RawMessage
		if err := json.Unmarshal(raw, &list); err != nil {
			return fmt.Errorf("%s: %w", at, err)
		}
		if list == nil {
			return fmt.Errorf("%s is null, not a list", at)
		}
		for i, v := range list {
			if err := complete(typ.Elem(), v, fmt.Sprintf("%s[%d]", at, i)); err != nil {
				return err
			}
		}
	case reflect.Struct:
		var have map[string]json.RawMessage
		if err := json.Unmarshal(raw, &have); err != nil {
			return fmt.Errorf("%s: %w", at, err)
		}
		for i := range typ.NumField() {
			f := typ.Field(i)
			name, opts, _ := strings.Cut(f.Tag.Get("json"), ",")
			if f.Anonymous && name == "" {
				if err := complete(f.Type, raw, at); err != nil {
					return err
				}
				continue
			}
			v, ok := have[name]
			if !ok && opts != "omitempty" {
				return fmt.Errorf("%s has no key %q", at, name)
			}
			if ok {
				if err := complete(f.Type, v, at+"."+name); err != nil {
					return err
				}
			}
		}
	}
	return nil
}

// The JSON shapes of the formats; omitempty marks what the program adds.
type (
	importAnswer struct {
		Sources []struct {
			Source    string `json:"source"`
			Into      string `json:"into"`
			Read      int    `json:"read"`
			Created   int    `json:"created"`
			Updated   int    `json:"updated"`
			Unchanged int    `json:"unchanged"`
			Rejected  int    `json:"rejected"`
			Ended     int    `json:"ended,omitempty"`
			Note      string `json:"note,omitempty"`
			Error     string `json:"error,omitempty"`
			Import    int64  `json:"import,omitempty"`
		} `json:"sources"`
		Rejects []struct {
			Source string `json:"source"`
			File   string `json:"file"`
			Line   int    `json:"line"`
			Column string `json:"column"`
			Reason string `json:"reason"`
		} `json:"rejects"`
		RejectsTotal int `json:"rejects_total,omitempty"`
		RejectFiles  []struct {
			Source string `json:"source"`
			File   string `json:"file"`
			Path   string `json:"path"`
			Rows   int    `json:"rows"`
		} `json:"reject_files,omitempty"`
	}
	diffAnswer struct {
		Create  []string          `json:"create"`
		Update  []string          `json:"update"`
		Delete  []string          `json:"delete"`
		Text    map[string]string `json:"text,omitempty"`
		Version int64             `json:"version,omitempty"`
	}
	evaluateAnswer struct {
		AsOf        string `json:"as_of"`
		Subjects    int    `json:"subjects"`
		Measures    int    `json:"measures"`
		Scores      int    `json:"scores"`
		Transitions int    `json:"transitions"`
		Opened      int    `json:"opened"`
		Seconds     struct {
			Measures float64 `json:"measures"`
			Scores   float64 `json:"scores"`
			Rules    float64 `json:"rules"`
			Total    float64 `json:"total"`
		} `json:"seconds"`
	}
	contribution struct {
		Group        string   `json:"group"`
		Measure      string   `json:"measure"`
		Value        any      `json:"value"`
		Score        *float64 `json:"score"`
		Weight       float64  `json:"weight"`
		Contribution float64  `json:"contribution"`
	}
	scoreAnswer struct {
		Subject       string         `json:"subject"`
		Score         *float64       `json:"score"`
		Band          *string        `json:"band"`
		Coverage      float64        `json:"coverage"`
		Computed      *float64       `json:"computed"`
		Override      *float64       `json:"override"`
		Contributions []contribution `json:"contributions"`
		Cap           *struct {
			At      float64 `json:"at"`
			Because string  `json:"because"`
			Part    float64 `json:"part"`
		} `json:"cap"`
		Reason string `json:"reason,omitempty"`
	}
	measureAnswer struct {
		Subject string            `json:"subject"`
		Values  map[string]any    `json:"values"`
		Unknown map[string]string `json:"unknown"`
	}
	retentionFigures struct {
		Cohort        int      `json:"cohort"`
		StartARR      float64  `json:"start_arr"`
		EndARR        float64  `json:"end_arr"`
		Expansion     float64  `json:"expansion"`
		Contraction   float64  `json:"contraction"`
		Churn         float64  `json:"churn"`
		New           float64  `json:"new"`
		Reactivation  float64  `json:"reactivation"`
		GRR           *float64 `json:"grr"`
		NRR           *float64 `json:"nrr"`
		LogoRetention *float64 `json:"logo_retention"`
	}
	retentionAnswer struct {
		From     string `json:"from"`
		To       string `json:"to"`
		Currency string `json:"currency"`
		retentionFigures
		Groups []struct {
			Value *string `json:"value"`
			retentionFigures
		} `json:"groups"`
	}
	actionAnswer struct {
		ID       int64   `json:"id"`
		Subject  string  `json:"subject"`
		Rule     string  `json:"rule"`
		Type     string  `json:"type"`
		Reason   string  `json:"reason"`
		Priority string  `json:"priority"`
		Status   string  `json:"status"`
		Owner    *string `json:"owner"`
		Due      string  `json:"due"`
		Opened   string  `json:"opened"`
		Episode  int     `json:"episode"`
	}
	explainPart struct {
		Group   *string `json:"group"`
		Measure *string `json:"measure"`
		From    any     `json:"from"`
		To      any     `json:"to"`
		Delta   float64 `json:"delta"`
		Why     string  `json:"why"`
	}
	explainAnswer struct {
		Subject string   `json:"subject"`
		AsOf    string   `json:"as_of"`
		Score   *float64 `json:"score"`
		Since   *struct {
			AsOf  string   `json:"as_of"`
			Score *float64 `json:"score"`
		} `json:"since"`
		Parts []explainPart `json:"parts"`
		Text  string        `json:"text"`
	}
	previewAnswer struct {
		Rule     string `json:"rule"`
		Episodes []struct {
			Subject string  `json:"subject"`
			Start   string  `json:"start"`
			End     *string `json:"end"`
		} `json:"episodes"`
		PerWeek []struct {
			Week     string `json:"week"`
			Episodes int    `json:"episodes"`
		} `json:"per_week"`
		Precision *float64 `json:"precision"`
		Recall    *float64 `json:"recall"`
		Outcomes  int      `json:"outcomes"`
	}
	eventsAnswer struct {
		Events int64   `json:"events"`
		First  *string `json:"first"`
		Last   *string `json:"last"`
		By     []struct {
			Key    string `json:"key"`
			Events int64  `json:"events"`
		} `json:"by"`
	}
	accountAnswer struct {
		Subject  string  `json:"subject"`
		Name     string  `json:"name"`
		ARR      float64 `json:"arr"`
		Currency string  `json:"currency"`
	}
)

// fixture is a data directory made once and copied by the tests that change it.
type fixture struct {
	once sync.Once
	dir  string
	make func(t testing.TB, dir string)
}

// Fixtures, each on top of the one before: the workspace applied, the files
// imported, 2024 evaluated every second week.
var (
	applied = fixture{make: func(t testing.TB, dir string) {
		ok(t, "init", "--data", dir)
		ok(t, "apply", "--data", dir, ravenstack("workspace"))
	}}
	imported = fixture{make: func(t testing.TB, dir string) {
		copyDir(t, applied.path(t), dir)
		ok(t, "import", "--data", dir, "--input", ravenstack("data"))
	}}
	evaluated = fixture{make: func(t testing.TB, dir string) {
		copyDir(t, imported.path(t), dir)
		ok(t, "evaluate", "--data", dir, "--from", "2024-03-01", "--to", "2024-12-31", "--every", "14d")
	}}
)

// path gives the fixture's own directory, which tests only read from by copy.
func (f *fixture) path(t testing.TB) string {
	t.Helper()
	f.once.Do(func() {
		dir, err := os.MkdirTemp("", "minori-e2e-")
		if err != nil {
			t.Fatal(err)
		}
		f.dir = dir
		f.make(t, filepath.Join(dir, "data"))
	})
	data := filepath.Join(f.dir, "data")
	if _, err := os.Stat(data); err != nil {
		t.Fatalf("the fixture could not be made: %v", err)
	}
	return data
}

// copy gives a copy of the fixture that the test may change.
func (f *fixture) copy(t testing.TB) string {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "data")
	copyDir(t, f.path(t), dir)
	return dir
}

func copyDir(t testing.TB, from, to string) {
	t.Helper()
	if err := os.CopyFS(to, os.DirFS(from)); err != nil {
		t.Fatal(err)
	}
}

// writeFiles writes files given as name, content, name, content, … in a new folder.
func writeFiles(t testing.TB, pairs ...string) string {
	t.Helper()
	dir := t.TempDir()
	for i := 0; i < len(pairs); i += 2 {
		path := filepath.Join(dir, pairs[i])
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(pairs[i+1]), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// picture is everything that reports show of a workspace; two of them are
// equal if the workspaces are for all anyone can tell.
func picture(t testing.TB, data string, days ...string) string {
	t.Helper()
	var b strings.Builder
	for _, d := range days {
		b.WriteString(ok(t, "report", "scores", "health", "--data", data, "--as-of", d, "--json"))
		b.WriteString(ok(t, "report", "scores", "experience", "--data", data, "--as-of", d, "--json"))
		b.WriteString(ok(t, "report", "measures", "--data", data, "--as-of", d, "--json"))
	}
	b.WriteString(calls(t, data))
	b.WriteString(ok(t, "report", "retention", "--data", data, "--from", "2023-12-31", "--to", "2024-12-31", "--by", "industry", "--json"))
	b.WriteString(ok(t, "report", "events", "--data", data, "--from", "2023-01-01", "--to", "2025-12-31", "--by", "account", "--json"))
	return b.String()
}

// calls is all calls to action without their numbers, which a killed attempt
// may have used up.
func calls(t testing.TB, data string) string {
	t.Helper()
	list := ask[[]actionAnswer](t, "report", "actions", "--data", data, "--status", "all")
	lines := make([]string, len(list))
	for i, a := range list {
		a.ID = 0
		line, err := json.Marshal(a)
		if err != nil {
			t.Fatal(err)
		}
		lines[i] = string(line)
	}
	slices.Sort(lines)
	return strings.Join(lines, "\n") + "\n"
}

// samePicture fails with the first difference.
func samePicture(t testing.TB, what, got, want string) {
	t.Helper()
	if got == want {
		return
	}
	i := 0
	for i < len(got) && i < len(want) && got[i] == want[i] {
		i++
	}
	from := max(0, i-200)
	t.Errorf("%s: differs at byte %d\n got: …%s\nwant: …%s", what, i, got[from:min(len(got), i+200)], want[from:min(len(want), i+200)])
}

// near reports whether two numbers are equal within 1e-6.
func near(a, b float64) bool { return a-b < 1e-6 && b-a < 1e-6 }

// number gives what v points to, for messages.
func deref(v *float64) any {
	if v == nil {
		return nil
	}
	return *v
}
