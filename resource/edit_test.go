package resource_test

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	minori "github.com/minori-hq/minori"
	"github.com/minori-hq/minori/resource"
	"github.com/minori-hq/minori/resource/yamltree"
)

// cards is what a person wrote, comments and all.
const cards = `kind: Measure
name: use
value: account.seats
---
kind: Scorecard
name: health   # the main one
groups:
  # what they use
  - name: adoption
    weight: 60   # agreed in May
    measures:
      - {measure: use, weight: 1, bands: {points: [[0, 0], [10, 100]]}}
caps:
  - when: account.seats < 2
    at: 49
min_coverage: 0.4
`

const ops = "ops@example.com"

func (b *bench) open(kind, name string) resource.Edit {
	b.Helper()
	t, err := b.svc.Text(b.ctx, b.admin, kind, name)
	b.check(err)
	return resource.Edit{Kind: kind, Name: name, Text: t.Text, Version: t.Version}
}

func (b *bench) set(text, path string, v *yamltree.Node) string {
	b.Helper()
	out, err := resource.Set(text, []resource.Setting{{Path: path, Value: v}})
	b.check(err)
	return out
}

// What the author wrote is kept, and a change by form changes its line alone,
// in the text, in the diff, in the version and in the export.
func TestEditKeepsTheAuthorsText(t *testing.T) {
	b := newBench(t)
	b.apply(cards, false)
	_, written, _ := strings.Cut(cards, "---\n")
	e := b.open("Scorecard", "health")
	if e.Text != written || e.Version != 1 {
		t.Fatalf("%d %s", e.Version, e.Text)
	}
	e.Text = b.set(e.Text, "groups[0].weight", yamltree.Number(70))
	want := strings.Replace(written, "weight: 60   # agreed", "weight: 70   # agreed", 1)
	if e.Text != want {
		t.Fatal(e.Text)
	}
	c, err := b.svc.CheckEdit(b.ctx, b.admin, e)
	b.check(err)
	if len(c.Problems) > 0 || c.Config == nil || strings.Count(c.Diff, "\n+") != 1 || strings.Count(c.Diff, "\n-") != 1 || !strings.Contains(c.Diff, "+    weight: 70   # agreed in May") {
		t.Fatalf("%v\n%s", c.Problems, c.Diff)
	}
	a, err := b.svc.ApplyEdit(b.ctx, b.admin, e, "more of it")
	b.check(err)
	if a.Version != 2 || !slices.Equal(a.Update, []string{"Scorecard health"}) {
		t.Fatalf("%+v", a)
	}
	files, err := b.svc.Export(b.ctx, b.admin)
	b.check(err)
	if files["scorecards.yaml"] != want {
		t.Errorf("the export is\n%s", files["scorecards.yaml"])
	}
	if again := b.apply(files["scorecards.yaml"], false); !again.Empty() {
		t.Errorf("applying the export changes %+v", again)
	}
	_, err = b.svc.Rollback(b.ctx, b.admin, 1, "")
	b.check(err)
	if back := b.open("Scorecard", "health"); back.Text != written || back.Version != 3 {
		t.Errorf("back to %d %s", back.Version, back.Text)
	}
	log, err := b.db.Audit(b.ctx, minori.Page{})
	b.check(err)
	if log[1].Action != "config.edit" || log[1].Detail != "more of it" {
		t.Errorf("%+v", log[1])
	}
}

// A comment alone is a change when it was edited here, not when a file is applied.
func TestEditOfACommentIsKept(t *testing.T) {
	b := newBench(t)
	b.apply(cards, false)
	e := b.open("Scorecard", "health")
	e.Text = "# watched since 2024\n" + e.Text
	a, err := b.svc.ApplyEdit(b.ctx, b.admin, e, "")
	b.check(err)
	if a.Version != 2 || b.open("Scorecard", "health").Text != e.Text {
		t.Errorf("%+v", a)
	}
	if again := b.apply(cards, false); !again.Empty() {
		t.Errorf("%+v", again)
	}
	if same, err := b.svc.ApplyEdit(b.ctx, b.admin, b.open("Scorecard", "health"), ""); err != nil || same.Version != 2 {
		t.Errorf("an edit of nothing: %+v, %v", same, err)
	}
}

func TestEditConflict(t *testing.T) {
	b := newBench(t)
	b.apply(cards, false)
	mine, theirs := b.open("Scorecard", "health"), b.open("Scorecard", "health")
	theirs.Text = b.set(theirs.Text, "min_coverage", yamltree.Number(0.5))
	if _, err := b.svc.ApplyEdit(b.ctx, minori.Actor{Name: ops, Role: minori.RoleOperations}, theirs, ""); err != nil {
		t.Fatal(err)
	}
	mine.Text = b.set(mine.Text, "caps[0].at", yamltree.Number(30))
	if _, err := b.svc.ApplyEdit(b.ctx, b.admin, mine, ""); minori.CodeOf(err) != minori.Conflict {
		t.Fatalf("%v", err)
	}
	now := b.open("Scorecard", "health")
	if now.Text != theirs.Text {
		t.Errorf("the conflict changed\n%s", now.Text)
	}
	mine.Version = now.Version
	if _, err := b.svc.ApplyEdit(b.ctx, b.admin, mine, ""); err != nil {
		t.Error(err)
	}
	// A change of something else is no conflict.
	other := b.open("Measure", "use")
	other.Text += "title: Use\n"
	if _, err := b.svc.ApplyEdit(b.ctx, b.admin, other, ""); err != nil {
		t.Error(err)
	}
}

func TestCheckEdit(t *testing.T) {
	b := newBench(t)
	b.apply(cards, false)
	for text, want := range map[string]string{
		"kind: Scorecard\nname: health\n": "1:1: the scorecard needs groups",
		strings.Replace(cards[strings.Index(cards, "---\n")+4:], "name: health", "name: wealth", 1): "the name stays health",
		"kind: Measure\nname: use\nvalue: 1\n":                                                      "a Scorecard is edited here",
		"":                                                                                          "holds 0 definitions",
		cards:                                                                                       "holds 2 definitions",
		"kind: Scorecard\nname: health\ngroups: [\n":                                                                 "",
		strings.Replace(cards[strings.Index(cards, "---\n")+4:], "measure: use", "measure: usage", 1):                `8:19: there is no measure "usage", did you mean "use"?`,
		strings.Replace(cards[strings.Index(cards, "---\n")+4:], "account.seats < 2", "account.seat < 2", 1):         `10:11: there is no account.seat, did you mean "seats"?`,
		strings.Replace(cards[strings.Index(cards, "---\n")+4:], "account.seats < 2", `interaction.x + survey.y`, 1): "10:27: survey.y is not known",
	} {
		c, err := b.svc.CheckEdit(b.ctx, b.admin, resource.Edit{Kind: "Scorecard", Name: "health", Text: text, Version: 1})
		b.check(err)
		var said []string
		for _, p := range c.Problems {
			said = append(said, strings.TrimPrefix(p.Error(), ":"))
		}
		if len(said) == 0 || !strings.Contains(strings.Join(said, "\n"), want) || c.Config != nil {
			t.Errorf("%q says %q, want %q", text, said, want)
		}
	}
	ids, err := b.db.IDs(b.ctx, "Metric")
	b.check(err)
	for name := range ids {
		if strings.HasPrefix(name, "interaction.") || strings.HasPrefix(name, "survey.") {
			t.Errorf("checking made a key for %s", name)
		}
	}
	reader := minori.Actor{Name: "eve@example.com", Role: minori.RoleLeader}
	if _, err := b.svc.CheckEdit(b.ctx, reader, b.open("Scorecard", "health")); minori.CodeOf(err) != minori.Forbidden {
		t.Errorf("a leader checks: %v", err)
	}
	if _, err := b.svc.ApplyEdit(b.ctx, reader, b.open("Scorecard", "health"), ""); minori.CodeOf(err) != minori.Forbidden {
		t.Errorf("a leader applies: %v", err)
	}
}

func TestEditNew(t *testing.T) {
	b := newBench(t)
	b.apply(cards, false)
	fresh := resource.Edit{Kind: "Segment", Text: "kind: Segment\nname: large\nwhen: account.seats > 100\n"}
	if _, err := b.svc.ApplyEdit(b.ctx, b.admin, fresh, ""); err != nil {
		t.Fatal(err)
	}
	c, err := b.svc.CheckEdit(b.ctx, b.admin, fresh)
	b.check(err)
	if len(c.Problems) != 1 || !strings.Contains(c.Problems[0].Error(), "exists already") {
		t.Errorf("%v", c.Problems)
	}
	if _, err := b.svc.ApplyEdit(b.ctx, b.admin, fresh, ""); minori.CodeOf(err) != minori.Conflict {
		t.Errorf("%v", err)
	}
}

// The definitions that ship can all be opened, edited at any scalar, and put
// back: nothing else changes.
func TestEditEveryScalarOfTheSample(t *testing.T) {
	files, err := filepath.Glob("../sample/workspace/*.yaml")
	if err != nil || len(files) == 0 {
		t.Fatal(err)
	}
	edited := 0
	for _, name := range files {
		data, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		docs, err := yamltree.Parse(name, data)
		if err != nil {
			t.Fatal(err)
		}
		for _, d := range docs {
			for _, path := range scalars(d, "") {
				old := d.Find(path)
				out, err := yamltree.Set(d.Source, path, yamltree.Text("changed by hand"), nil)
				if err != nil {
					t.Fatalf("%s %s: %v", name, path, err)
				}
				again := yamltree.Word(old.Text)
				if old.Style != yamltree.Plain {
					again = yamltree.Text(old.Text)
				}
				back, err := yamltree.Set(out, path, again, nil)
				if err != nil {
					t.Fatalf("%s %s: %v", name, path, err)
				}
				if old.Style == yamltree.Plain && back != d.Source {
					t.Fatalf("%s %s comes back as\n%s", name, path, back)
				}
				edited++
			}
		}
	}
	if edited < 300 {
		t.Errorf("only %d edits", edited)
	}
}

// scalars gives the paths of all scalars whose keys a path can name.
func scalars(n *yamltree.Node, path string) []string {
	var out []string
	for _, x := range n.Entries {
		if strings.ContainsAny(x.Key, ".[") {
			continue
		}
		at := x.Key
		if path != "" {
			at = path + "." + x.Key
		}
		out = append(out, scalars(x.Value, at)...)
	}
	for i, x := range n.Items {
		out = append(out, scalars(x, fmt.Sprintf("%s[%d]", path, i))...)
	}
	if n.Kind == yamltree.Scalar && !strings.Contains(path, "][") {
		out = append(out, path)
	}
	return out
}
