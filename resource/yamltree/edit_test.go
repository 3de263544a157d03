package yamltree_test

import (
	"strings"
	"testing"

	"github.com/minori-hq/minori/resource/yamltree"
)

const written = `# what we watch
kind: Rule
name: falling   # the name
title: {en: Falling, ja: 減少}

when: >-
  measure("a") < 0.5
  && true
for: 7d # a week
then:
  # the only effect
  - call_to_action: {type: risk, owner: [account.csm, '"a@b"'], due: 3bd}   # quick
tasks:
  - name: one
    due: 1bd

  - due: 2bd
    name: two   # second
note: "a # b"
`

func order() []string {
	return []string{"kind", "name", "title", "when", "for", "until", "cooldown", "then", "type", "reason", "owner", "due", "tasks"}
}

func TestSetKeepsEverythingElse(t *testing.T) {
	for _, c := range []struct {
		path     string
		value    *yamltree.Node
		old, new string // lines that differ
	}{
		{"for", yamltree.Word("14d"), "for: 7d # a week", "for: 14d # a week"},
		{"name", yamltree.Text("rising"), "name: falling   # the name", "name: rising   # the name"},
		{"title.ja", yamltree.Text("低下: 大"), "ja: 減少}", "ja: '低下: 大'}"},
		{"until", yamltree.Text("measure(\"a\") > 1"), "for: 7d # a week\n", "for: 7d # a week\nuntil: measure(\"a\") > 1\n"},
		{"when", yamltree.Text("true"), "when: >-\n  measure(\"a\") < 0.5\n  && true\n", "when: 'true'\n"},
		{"for", nil, "for: 7d # a week\n", ""},
		{"then[0].call_to_action.due", yamltree.Word("1bd"), "due: 3bd", "due: 1bd"},
		{"then[0].call_to_action.reason", yamltree.Text("use"), "{type: risk, owner", "{type: risk, reason: use, owner"},
		{"then[0].call_to_action.owner", nil, ", owner: [account.csm, '\"a@b\"']", ""},
		{"then[0].call_to_action.owner[1]", nil, ", '\"a@b\"'", ""},
		{"then[0].call_to_action.type", nil, "{type: risk, owner", "{owner"},
		{"tasks[0]", nil, "  - name: one\n    due: 1bd\n", ""},
		{"tasks[1].due", nil, "  - due: 2bd\n    name: two", "  - name: two"},
		{"tasks[+]", yamltree.Map().Set("name", yamltree.Text("three")), "two   # second\n", "two   # second\n  - {name: three}\n"},
		{"then[0].call_to_action.owner[+]", yamltree.Text("x"), "'\"a@b\"'", "'\"a@b\"', x"},
		{"caps[+]", yamltree.Map().Inline().Set("at", yamltree.Word("49")), "note: \"a # b\"\n", "note: \"a # b\"\ncaps:\n  - {at: 49}\n"},
		{"then[0]", nil, "then:\n  # the only effect\n  - call_to_action: {type: risk, owner: [account.csm, '\"a@b\"'], due: 3bd}   # quick\n", ""},
		{"note", yamltree.Text("c\nd"), "note: \"a # b\"", "note: |-\n  c\n  d"},
		{"bands.green", yamltree.Word("80"), "note: \"a # b\"\n", "note: \"a # b\"\nbands: {green: 80}\n"},
	} {
		got, err := yamltree.Set(written, c.path, c.value, order())
		if err != nil {
			t.Errorf("%s: %v", c.path, err)
			continue
		}
		if !strings.Contains(written, c.old) {
			t.Fatalf("%s: the case is wrong", c.path)
		}
		if want := strings.Replace(written, c.old, c.new, 1); got != want {
			t.Errorf("%s gives\n%s\nwant\n%s", c.path, got, want)
		}
	}
}

func TestSetRefuses(t *testing.T) {
	for path, v := range map[string]*yamltree.Node{
		"tasks[7].due": yamltree.Text("1bd"), "name.x": yamltree.Text("1"), "": yamltree.Text("1"), "a[x": yamltree.Text("1"), "until": nil, "a[-1]": yamltree.Text("x"), "x[0]": yamltree.Text("x"), "x.y.z": yamltree.Text("x"),
	} {
		if got, err := yamltree.Set(written, path, v, nil); err == nil {
			t.Errorf("%q gives\n%s", path, got)
		}
	}
	if _, err := yamltree.Set("a: 1\n---\nb: 2\n", "a", yamltree.Word("2"), nil); err == nil {
		t.Error("two documents are edited")
	}
}

// FuzzSet holds that an edit does what was asked for or nothing.
func FuzzSet(f *testing.F) {
	for _, path := range []string{"for", "title.ja", "then[0].call_to_action.due", "tasks[+]", "tasks[0]", "when", "new", "tasks[1].name", "bands.green"} {
		f.Add(written, path, "a: b", false)
		f.Add(written, path, "x\ny", true)
	}
	f.Add("a: 'it''s'\nb: {c: \"x\\\"y\", d: [1, 2]}\n", "b.d[1]", "z", false)
	f.Add("a:\n- b\n- c: 1\n  d: |\n    x\n\n    y\n", "a[1].d", "z", true)
	f.Fuzz(func(t *testing.T, text, path, value string, remove bool) {
		v := yamltree.Text(value)
		if remove {
			v = nil
		}
		out, err := yamltree.Set(text, path, v, order())
		if err != nil {
			return
		}
		docs, err := yamltree.Parse("", []byte(out))
		if err != nil || len(docs) != 1 {
			t.Fatalf("%q at %q gives %q: %v", value, path, out, err)
		}
		if v != nil && !strings.Contains(path, "+") {
			if n := docs[0].Find(path); n == nil || n.Text != value {
				t.Fatalf("%q at %q gives %q", value, path, out)
			}
		}
	})
}
