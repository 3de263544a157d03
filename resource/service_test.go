package resource_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	minori "github.com/minori-hq/minori"
	"github.com/minori-hq/minori/auth"
	"github.com/minori-hq/minori/resource"
	"github.com/minori-hq/minori/store/records"
)

// bench is a service over a SQLite store of its own.
type bench struct {
	*testing.T
	ctx     context.Context
	db      *records.DB
	svc     *resource.Service
	admin   minori.Actor
	applied []string // "old → new" of each OnApplied
	refuse  error    // what OnApplied answers
	now     time.Time
}

func newBench(t *testing.T) *bench {
	b := &bench{T: t, ctx: t.Context(), admin: minori.Actor{Name: "ada@example.com", Role: minori.RoleAdmin}, now: time.UnixMicro(1_700_000_000_000_000)}
	db, err := records.Open(b.ctx, filepath.Join(t.TempDir(), "records.db"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	b.db = db
	b.check(db.InitWorkspace(b.ctx, minori.Workspace{Currency: "EUR", TimeZone: "Europe/Berlin", Lang: "en", FiscalYearStart: 1, FiscalYearNamed: "start"}))
	b.svc = resource.NewService(resource.ServiceConfig{
		Store: db, Settings: db, Audit: db.AppendAudit,
		Clock: func() time.Time { b.now = b.now.Add(time.Second); return b.now },
		OnApplied: func(_ context.Context, old, fresh *resource.Config) error {
			b.applied = append(b.applied, fmt.Sprintf("%d:%d → %d:%d", old.Number, len(old.Measures), fresh.Number, len(fresh.Measures)))
			return b.refuse
		},
	})
	return b
}

func (b *bench) check(err error) {
	b.Helper()
	if err != nil {
		b.Fatal(err)
	}
}

func file(text string) []resource.File { return []resource.File{{Name: "w.yaml", Data: []byte(text)}} }

func (b *bench) apply(text string, prune bool) resource.Applied {
	b.Helper()
	a, err := b.svc.Apply(b.ctx, b.admin, file(text), prune, "because")
	b.check(err)
	return a
}

const two = "kind: Measure\nname: a\nvalue: account.seats\n---\nkind: Measure\nname: b\nvalue: measure(\"a\") + 1\n"

func TestApply(t *testing.T) {
	b := newBench(t)
	d, err := b.svc.Diff(b.ctx, b.admin, file(two), false)
	b.check(err)
	a := b.apply(two, false)
	if want := []string{"Measure a", "Measure b"}; !slices.Equal(a.Create, want) || !slices.Equal(d.Create, want) || len(a.Update)+len(a.Delete) != 0 || a.Version != 1 {
		t.Fatalf("%+v %+v", a, d)
	}
	if again := b.apply(two, true); !again.Empty() || again.Version != 1 {
		t.Fatalf("applied again: %+v", again)
	}
	changed := b.apply("kind: Measure\nname: a\ntitle: A\nvalue: account.seats * 2\n", false)
	want := "@@ -1,4 +1,5 @@\n kind: Measure\n name: a\n+title: A\n subject: account\n-value: account.seats\n+value: account.seats * 2\n"
	if !slices.Equal(changed.Update, []string{"Measure a"}) || changed.Text["Measure a"] != want || changed.Version != 2 {
		t.Fatalf("%+v", changed)
	}
	gone := b.apply("kind: Measure\nname: a\nvalue: account.seats\n", true)
	if !slices.Equal(gone.Delete, []string{"Measure b"}) || !slices.Equal(gone.Update, []string{"Measure a"}) {
		t.Fatalf("%+v", gone)
	}
	if d := cmp.Diff([]string{"0:0 → 1:2", "1:2 → 2:2", "2:2 → 3:1"}, b.applied); d != "" {
		t.Error(d)
	}
	log, err := b.db.Audit(b.ctx, minori.Page{})
	b.check(err)
	if len(log) != 3 || log[0].Action != "config.apply" || log[0].Object != "version 3" || log[0].Actor != "ada@example.com" || log[0].Detail != "because" {
		t.Errorf("%+v", log)
	}
}

func TestDiffJSONHasNoNulls(t *testing.T) {
	b := newBench(t)
	d, err := b.svc.Diff(b.ctx, b.admin, file(""), false)
	b.check(err)
	if d.Create == nil || d.Update == nil || d.Delete == nil {
		t.Errorf("%#v", d)
	}
}

// A wrong definition, also one that breaks what stays, changes nothing.
func TestApplyAllOrNothing(t *testing.T) {
	b := newBench(t)
	b.apply(two, false)
	for text, want := range map[string]string{
		"kind: Measure\nname: c\nvalue: 1\n---\nkind: Measure\nname: d\nvalue: account.seat\n": `w.yaml:7:8: there is no account.seat, did you mean "seats"?`,
		"kind: Measure\nname: a\nvalue: account.name\n":                                        `w.yaml:3:8: a measure is a number or a boolean, but this is a text`,
		"kind: Measure\nname: a\nsubject: person\nvalue: person.tenure_days\n":                 `Measure b (installed):3:16: the measure "a" is for person, here the subject is account`,
		"kind: Workspace\ncurrency: USD\ntime_zone: UTC\n": "w.yaml:2:11: the workspace was made with the currency EUR, which is fixed: write that, or make another workspace\n" +
			"w.yaml:3:12: the workspace was made with the time zone Europe/Berlin, which is fixed: write that, or make another workspace",
	} {
		_, err := b.svc.Apply(b.ctx, b.admin, file(text), false, "")
		if err == nil || err.Error() != want || minori.CodeOf(err) != minori.Invalid {
			t.Errorf("%s: %v", text, err)
		}
		if _, err := b.svc.Diff(b.ctx, b.admin, file(text), false); err == nil || err.Error() != want {
			t.Errorf("diff of %s: %v", text, err)
		}
	}
	_, err := b.svc.Apply(b.ctx, b.admin, file("kind: Measure\nname: b\nvalue: measure(\"a\")\n"), true, "")
	if err == nil || err.Error() != `w.yaml:3:16: there is no measure "a", did you mean "b"?` {
		t.Errorf("pruning what is used: %v", err)
	}
	b.refuse = errors.New("no")
	if _, err := b.svc.Apply(b.ctx, b.admin, file("kind: Measure\nname: c\nvalue: 1\n"), false, ""); !errors.Is(err, b.refuse) {
		t.Errorf("%v", err)
	}
	b.refuse = nil
	cfg, err := b.svc.Load(b.ctx)
	b.check(err)
	if cfg.Number != 1 || len(cfg.Measures) != 2 {
		t.Errorf("version %d with %d measures", cfg.Number, len(cfg.Measures))
	}
	b.apply("kind: Measure\nname: z\nvalue: 1\n", false)
	if cfg, err := b.svc.Load(b.ctx); err != nil || cfg.Number != 2 || len(cfg.Measures) != 3 {
		t.Errorf("after a version that was taken back: %v %+v", err, cfg)
	}
}

func TestExportRoundTrip(t *testing.T) {
	b := newBench(t)
	files, err := resource.Read("testdata/full")
	b.check(err)
	first, err := b.svc.Apply(b.ctx, b.admin, files, true, "")
	b.check(err)
	if !slices.Contains(first.Update, "Workspace workspace") || len(first.Create) < 20 {
		t.Errorf("%+v", first)
	}
	w, err := b.db.Workspace(b.ctx)
	b.check(err)
	if w.Country != "DE" || w.Lang != "ja" || w.FiscalYearStart != 4 || w.FiscalYearNamed != "end" || w.Currency != "EUR" {
		t.Errorf("%+v", w)
	}
	out, err := b.svc.Export(b.ctx, b.admin)
	b.check(err)
	dir := t.TempDir()
	for name, text := range out {
		b.check(os.WriteFile(filepath.Join(dir, name), []byte(text), 0o644))
	}
	files, err = resource.Read(dir)
	b.check(err)
	d, err := b.svc.Diff(b.ctx, b.admin, files, true)
	b.check(err)
	if !d.Empty() || len(files) != 9 {
		t.Errorf("%d files, %+v", len(files), d)
	}
}

func TestRollback(t *testing.T) {
	b := newBench(t)
	b.apply(two, false)
	b.apply("kind: Workspace\ncurrency: EUR\ntime_zone: Europe/Berlin\nlang: ja\ncountry: JP\n---\nkind: Measure\nname: a\nvalue: 7\n---\n"+
		"kind: Segment\nname: s\nwhen: account.seats > 1\n", false)
	before, err := b.svc.LoadVersion(b.ctx, 1)
	b.check(err)
	r, err := b.svc.Rollback(b.ctx, b.admin, 1, "")
	b.check(err)
	if r.Version != 3 || !slices.Equal(r.Delete, []string{"Segment s"}) || !slices.Equal(r.Update, []string{"Workspace workspace", "Measure a"}) || len(r.Create) != 0 {
		t.Errorf("%+v", r)
	}
	after, err := b.svc.Load(b.ctx)
	b.check(err)
	if after.Workspace != before.Workspace || after.Workspace.Lang != "en" || len(after.Segments) != 0 {
		t.Errorf("%+v", after.Workspace)
	}
	m, _ := after.Measure("a")
	o, _ := before.Measure("a")
	if m.Def.Value != "account.seats" || m.ID != o.ID {
		t.Errorf("%+v, before %+v", m, o)
	}
	versions, err := b.svc.Versions(b.ctx, b.admin, minori.Page{})
	b.check(err)
	if len(versions) != 3 || versions[0].Comment != "Back to version 1" || versions[0].Author != "ada@example.com" || versions[2].Comment != "because" {
		t.Errorf("%+v", versions)
	}
	shown, err := b.svc.Show(b.ctx, b.admin, 2)
	b.check(err)
	if !slices.Equal(shown.Diff.Update, []string{"Workspace workspace", "Measure a"}) || !strings.Contains(shown.Files["measures.yaml"], "value: 7") || shown.Number != 2 {
		t.Errorf("%+v", shown)
	}
	if first, err := b.svc.Show(b.ctx, b.admin, 1); err != nil || !slices.Equal(first.Diff.Create, []string{"Measure a", "Measure b"}) {
		t.Errorf("%+v %v", first, err)
	}
	for _, n := range []int64{0, -1, 9} {
		if _, err := b.svc.Rollback(b.ctx, b.admin, n, ""); err == nil {
			t.Errorf("went back to version %d", n)
		}
	}
	if same, err := b.svc.Rollback(b.ctx, b.admin, 3, ""); err != nil || !same.Empty() || same.Version != 3 {
		t.Errorf("%+v %v", same, err)
	}
}

// A score is kept with the version in which its scorecard's text was applied.
func TestVersionsOfDefinitions(t *testing.T) {
	b := newBench(t)
	card := "kind: Scorecard\nname: s\ngroups: [{name: g, measures: [{measure: a, bands: {points: [[0, 0], [9, 100]]}}]}]\n"
	b.apply(two+"---\n"+card, false)
	b.apply("kind: Measure\nname: c\nvalue: 1\n", false)
	cfg, err := b.svc.Load(b.ctx)
	b.check(err)
	if s, _ := cfg.Scorecard("s"); s.Version != 1 || cfg.Number != 2 {
		t.Errorf("scorecard of version %d, configuration %d", s.Version, cfg.Number)
	}
	b.apply(strings.Replace(card, "100", "90", 1), false)
	p, err := b.svc.Program(b.ctx, minori.Account, 0)
	b.check(err)
	old, err := b.svc.Program(b.ctx, minori.Account, 1)
	b.check(err)
	now, before := p.Scorecards[0].Engine, old.Scorecards[0].Engine
	if now.Version() != 3 || before.Version() != 1 || now.Card().Groups[0].Measures[0].Bands.Points[1][1] != 90 || before.Card().Groups[0].Measures[0].Bands.Points[1][1] != 100 {
		t.Errorf("%+v %+v", now.Card(), before.Card())
	}
	if again, err := b.svc.Load(b.ctx); err != nil || again.Number != 3 {
		t.Errorf("%v %v", again, err)
	}
	first, _ := b.svc.Load(b.ctx)
	if second, _ := b.svc.Load(b.ctx); first != second {
		t.Error("the configuration is not kept ready")
	}
}

// A workspace's sources can be used before they are applied.
func TestWith(t *testing.T) {
	b := newBench(t)
	b.apply(two, false)
	cfg, err := b.svc.With(b.ctx, b.admin, file("kind: Metric\nname: m\ntype: gauge\n"))
	b.check(err)
	m, ok := cfg.Metric("m")
	b.apply("kind: Metric\nname: m\ntype: gauge\n", false)
	now, err := b.svc.Load(b.ctx)
	b.check(err)
	if n, _ := now.Metric("m"); !ok || m.ID != n.ID || len(cfg.Measures) != 2 || cfg.Number != 1 || now.Number != 2 {
		t.Errorf("%+v %+v", m, n)
	}
}

func TestPermissions(t *testing.T) {
	b := newBench(t)
	for role, want := range map[minori.Role]minori.Code{minori.RoleOperations: "", minori.RoleCSM: minori.Forbidden, minori.RoleObserver: minori.Forbidden} {
		actor := minori.Actor{Name: "x", Role: role}
		_, applyErr := b.svc.Apply(b.ctx, actor, file(two), false, "")
		_, diffErr := b.svc.Diff(b.ctx, actor, file(two), false)
		_, backErr := b.svc.Rollback(b.ctx, actor, 1, "")
		for _, err := range []error{applyErr, diffErr, backErr} {
			if minori.CodeOf(err) != want {
				t.Errorf("%s: %v", role, err)
			}
		}
		if _, err := b.svc.Export(b.ctx, actor); err != nil {
			t.Error(err)
		}
	}
	if _, err := b.svc.Versions(b.ctx, minori.Actor{}, minori.Page{}); minori.CodeOf(err) != minori.Unauthenticated {
		t.Error(err)
	}
}

// Of many at once each makes its own version or is told to try again; none is
// lost.
func TestConcurrentApply(t *testing.T) {
	b := newBench(t)
	var wg sync.WaitGroup
	var mu sync.Mutex
	done := 0
	svc := resource.NewService(resource.ServiceConfig{Store: b.db, Settings: b.db, Clock: time.Now})
	for i := range 8 {
		wg.Go(func() {
			_, err := svc.Apply(b.ctx, b.admin, file(fmt.Sprintf("kind: Measure\nname: m%d\nvalue: %d\n", i, i)), false, "")
			mu.Lock()
			defer mu.Unlock()
			if err == nil {
				done++
			} else if minori.CodeOf(err) != minori.Conflict {
				t.Error(err)
			}
		})
		wg.Go(func() {
			if _, err := svc.Load(b.ctx); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	cfg, err := svc.Load(b.ctx)
	b.check(err)
	if done == 0 || len(cfg.Measures) != done || cfg.Number != int64(done) {
		t.Errorf("%d applied, %d measures, version %d", done, len(cfg.Measures), cfg.Number)
	}
}

// What an earlier program stored and this one refuses can be replaced.
func TestStoredMistakesCanBeMended(t *testing.T) {
	b := newBench(t)
	_, err := b.db.Save(b.ctx, 0, resource.Version{Time: b.now, Author: "x"}, []resource.Change{{Kind: "Measure", Name: "a", Text: "kind: Measure\nname: a\nold: key\nvalue: 1\n"}})
	b.check(err)
	if _, err := b.svc.Load(b.ctx); err == nil || err.Error() != `Measure a (installed):3:1: the measure has no key "old"` {
		t.Error(err)
	}
	svc := resource.NewService(resource.ServiceConfig{Store: b.db, Settings: b.db, Clock: time.Now, OnApplied: func(_ context.Context, old, _ *resource.Config) error {
		if old != nil {
			t.Error("there is an old configuration")
		}
		return nil
	}})
	if _, err := svc.Apply(b.ctx, b.admin, file("kind: Measure\nname: a\nvalue: 2\n"), false, ""); err != nil {
		t.Error(err)
	}
}

func TestRead(t *testing.T) {
	dir := t.TempDir()
	write := func(name, text string) {
		t.Helper()
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := resource.Read(dir); err == nil || !strings.Contains(err.Error(), "there are no .yaml or .yml files below") {
		t.Error(err)
	}
	write("a.yaml", "a: 1\n")
	write("deep/er/b.YML", "b: 1\n")
	write("c.txt", "c")
	write(".git/d.yaml", "d")
	write("deep/.e.yaml", "e")
	files, err := resource.Read(dir)
	if err != nil || len(files) != 2 || files[0].Name != filepath.Join(dir, "a.yaml") || files[1].Name != filepath.Join(dir, "deep/er/b.YML") {
		t.Errorf("%v %v", files, err)
	}
	one, err := resource.Read(filepath.Join(dir, "c.txt"))
	if err != nil || len(one) != 1 || string(one[0].Data) != "c" {
		t.Errorf("%v %v", one, err)
	}
	if _, err := resource.Read(filepath.Join(dir, "nothing")); err == nil || !strings.Contains(err.Error(), "there is no") {
		t.Error(err)
	}
	outside := filepath.Join(t.TempDir(), "secret.yaml")
	if err := os.WriteFile(outside, []byte("s: 1\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(outside, filepath.Join(dir, "link.yaml")); err != nil {
		t.Fatal(err)
	}
	if _, err := resource.Read(dir); err == nil || !strings.Contains(err.Error(), "link.yaml: the file cannot be read") || minori.CodeOf(err) != minori.Invalid {
		t.Error(err)
	}
	if err := os.Remove(filepath.Join(dir, "link.yaml")); err != nil {
		t.Fatal(err)
	}
	write("z.yaml/x.yaml", "z: 1\n")
	if files, err := resource.Read(dir); err != nil || len(files) != 3 {
		t.Errorf("a folder named like a file: %v %v", files, err)
	}
}

var _ auth.Log = (*records.DB)(nil)
