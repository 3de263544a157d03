package resource

import (
	"context"
	"flag"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	minori "github.com/minori-hq/minori"
	"github.com/minori-hq/minori/resource/document"
)

// update writes testdata/full.golden.yaml again: go test -run Golden -args update.
func update() bool { return flag.Arg(0) == "update" }

func fullSet(t *testing.T) *document.Set {
	t.Helper()
	files, err := Read("testdata/full")
	if err != nil {
		t.Fatal(err)
	}
	if len(files) != 4 {
		t.Fatalf("%d files", len(files))
	}
	s, err := Decode(files)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestGolden(t *testing.T) {
	s := fullSet(t)
	for _, d := range s.Documents() {
		d.Source = "" // so that the canonical text is written
	}
	ex := exported(s)
	var b strings.Builder
	for _, name := range slices.Sorted(maps.Keys(ex)) {
		b.WriteString("# " + name + "\n" + ex[name])
	}
	path := filepath.Join("testdata", "full.golden.yaml")
	if update() {
		if err := os.WriteFile(path, []byte(b.String()), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(string(want), b.String()); d != "" {
		t.Error(d)
	}
	var files []File
	for name, text := range ex {
		files = append(files, File{Name: name, Data: []byte(text)})
	}
	again, err := Decode(files)
	if err != nil {
		t.Fatal(err)
	}
	if diff, _ := changes(s, again, ""); !diff.Empty() {
		t.Errorf("the export differs: %+v", diff)
	}
	for i, d := range s.Documents() {
		if diff := cmp.Diff(d.Value, again.Documents()[i].Value, ignorePositions()); diff != "" {
			t.Errorf("%s: %s", d.Key(), diff)
		}
	}
}

// ignorePositions leaves positions out of comparisons.
func ignorePositions() cmp.Option {
	return cmp.Transformer("position", func(minori.Position) string { return "" })
}

func TestFullIsValid(t *testing.T) {
	s := fullSet(t)
	cfg, err := Check(context.Background(), s, settingsOf(s))
	if err != nil {
		t.Fatal(err)
	}
	names := func(list []Measure) (out []string) {
		for _, m := range list {
			out = append(out, m.Def.Name)
		}
		return out
	}
	order := names(cfg.Measures)
	if slices.Index(order, "adoption.level") < slices.Index(order, "adoption.trend") || len(order) != 6 {
		t.Errorf("order: %v", order)
	}
	if m, ok := cfg.Metric("interaction.qbr"); !ok || m.ID == 0 {
		t.Error("a metric that expressions name is missing")
	}
	if r, _ := cfg.Rule("red"); len(r.Owners[0]) != 2 || !r.When.NeedsScores() {
		t.Errorf("%+v", r)
	}
	p := cfg.Program(minori.Account)
	if len(p.Measures) != 5 || len(p.Scorecards) != 2 || len(p.Rules) != 2 || len(p.Segments) != 1 || len(p.Playbooks) != 1 {
		t.Errorf("%+v", p)
	}
	if p := cfg.Program(minori.Person); len(p.Measures) != 1 || len(p.Scorecards) != 1 || len(p.Rules) != 0 {
		t.Errorf("%+v", p)
	}
}
