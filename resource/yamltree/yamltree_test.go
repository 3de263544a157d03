package yamltree

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

func one(t *testing.T, s string) *Node {
	t.Helper()
	docs, err := Parse("f.yaml", []byte(s))
	if err != nil || len(docs) != 1 {
		t.Fatalf("%q: %d documents, %v", s, len(docs), err)
	}
	return docs[0]
}

func TestSourceText(t *testing.T) {
	src := "a: no\nb: 0123\nc: ~\nd: \"True\"\ne: NULL\nf: 0x1F\ng: 1e3\nh: 2024-01-01\ni: .inf\nj: '007'\nk: yes\ntrue: x\nnull: y\nl: 1_000\n"
	n := one(t, src)
	got := map[string]string{}
	for _, e := range n.Entries {
		got[e.Key] = e.Value.Text
	}
	want := map[string]string{"a": "no", "b": "0123", "c": "~", "d": "True", "e": "NULL", "f": "0x1F", "g": "1e3", "h": "2024-01-01",
		"i": ".inf", "j": "007", "k": "yes", "true": "x", "null": "y", "l": "1_000"}
	if d := cmp.Diff(want, got); d != "" {
		t.Error(d)
	}
	if !n.Get("c").Null() || !n.Get("e").Null() || n.Get("d").Null() {
		t.Error("Null is wrong")
	}
}

// The place of every non-blank rune of a text must hold that rune, or the
// escape that stands for it.
func TestPlaces(t *testing.T) {
	for name, src := range map[string]string{
		"plain":       "a: sum(\"x\", \"7d\") > 3  # c\n",
		"wide":        "日本: 東京 > \"大阪\"\n",
		"single":      "a:   'it''s \"x\" > 3'\n",
		"literal":     "k: v\na: |  # why\n  foo(1)\n    && bar\n\n  || baz\n",
		"literal two": "a:\n  - b: |2-\n       foo\n      x\n",
		"folded":      "a: >-\n  foo(1)\n  && bar\n\n  x\n",
		"lines":       "a: foo(1)\n  && bar\n  && baz\n",
		"quote lines": "a: \"foo\n  bar\n\n  baz\"\n",
		"crlf":        "x: 1\r\na: |\r\n  foo\r\n  bar\r\n",
		"bom":         "\ufeffa: foo\n",
		"flow":        "b: {x: 1, a: foo > 3}\n",
		"after quote": "b: \"two\n  lines\"\na: foo\n",
	} {
		t.Run(name, func(t *testing.T) {
			lines := strings.Split(strings.ReplaceAll(strings.TrimPrefix(src, "\ufeff"), "\r\n", "\n"), "\n")
			var walk func(n *Node)
			walk = func(n *Node) {
				for _, e := range n.Entries {
					walk(e.Value)
				}
				for _, i := range n.Items {
					walk(i)
				}
				for i, r := range []rune(n.Text) {
					if r == ' ' || r == '\n' {
						continue
					}
					p := n.At(i)
					if got := []rune(lines[p.Line-1])[p.Column-1]; got != r {
						t.Errorf("rune %d %q is placed at %s, where %q stands", i, r, p, got)
					}
				}
			}
			walk(one(t, src))
		})
	}
}

func TestEscapes(t *testing.T) {
	n := one(t, `a: "x\u0041\t\"b\" > \
  c \x43 \n d\\e"`+"\n").Get("a")
	if want := "xA\t\"b\" > c C \n d\\e"; n.Text != want {
		t.Fatalf("got %q", n.Text)
	}
	for text, want := range map[string]string{"A": "1:6", "b": "1:16", ">": "1:20", "c": "2:3", "d": "2:13", "e": "2:16"} {
		i := strings.Index(n.Text, text)
		if got := n.At(i).String(); got != "f.yaml:"+want {
			t.Errorf("%q is at %s, want %s", text, got, want)
		}
	}
	if got := n.In(2, 2).String(); got != "f.yaml:2:13" {
		t.Errorf("line 2, column 2 of the text is at %s", got)
	}
}

func TestComment(t *testing.T) {
	n := one(t, "a: x == \"b #c\"\nb: y # z\nc: \"q # r\" # s\n")
	if !n.Get("a").Comment || n.Get("a").Text != `x == "b` || !n.Get("b").Comment || n.Get("c").Comment {
		t.Errorf("%+v", n)
	}
}

func TestDocuments(t *testing.T) {
	docs, err := Parse("f.yaml", []byte("# only\n---\na: 1\n---\n---\n# x\n---\nb: 2\n...\n---\n"))
	if err != nil || len(docs) != 2 || docs[1].Pos.Line != 8 {
		t.Fatalf("%v %v", docs, err)
	}
	for _, s := range []string{"", "\n\n", "# x\n", "---\n", "---\n...\n"} {
		if docs, err := Parse("f.yaml", []byte(s)); err != nil || len(docs) != 0 {
			t.Errorf("%q: %v %v", s, docs, err)
		}
	}
}

func TestRefused(t *testing.T) {
	q := quoteIt
	for src, want := range map[string]string{
		"a: !x y\n":                         "f.yaml:1:4: a leading ! is a YAML tag, which is not accepted: " + q,
		"a: !known(account.x)\n":            "f.yaml:1:4: a leading ! is a YAML tag, which is not accepted: " + q,
		"a: &x b\nc: *x\n":                  "f.yaml:1:4: a leading & is a YAML anchor, which is not accepted: write the value where it is used; " + q,
		"c: *x\n":                           "f.yaml:1:4: a leading * is a YAML alias, which is not accepted: write the value where it is used; " + q,
		"<<: {a: b}\n":                      "f.yaml:1:1: << is a YAML merge key, which is not accepted: write the keys where they are used",
		"%YAML 1.1\n---\na: b\n":            "f.yaml:1:1: a leading % is a YAML directive, which is not accepted: " + q,
		"? a\n: b\n":                        "f.yaml:1:1: a leading ? is a complex YAML key, which is not accepted: " + q,
		"a: 1\nb: 2\na: 3\n":                "f.yaml:3:1: the key a stands here a second time (first in line 1): remove one",
		"a: {b: 1, b: 2}\n":                 "f.yaml:1:11: the key b stands here a second time (first in line 1): remove one",
		"a:\nb: 1\n":                        "f.yaml:1:1: a has no value: write one or remove the key",
		"a: {when: max(1, 2) > 3}\n":        "f.yaml:1:18: 2) > 3 has no value inside {…}: an expression with a comma, a bracket or a brace must be in quotes there",
		"a: {when: x in [1, 2]}\n":          "f.yaml:1:16: ',' or '}' must be specified: " + q,
		"a: x ? y : z\n":                    "f.yaml:1:4: a second `: ` on one line is not accepted: " + q,
		"a: [b\n":                           "f.yaml:1:4: sequence end token ']' not found: " + q,
		"a: 'b\n":                           "f.yaml:1:4: could not find end character of single-quoted text: close the quote",
		"a: b\n\tc: d\n":                    "f.yaml:2:1: a tab is not accepted here: use spaces; inside double quotes write \\t",
		"a: b\x00\n":                        "f.yaml:1:5: the control character U+0000 is not accepted: remove it; inside double quotes write \\u0000",
		"a: \xff\n":                         "f.yaml:1:4: this byte is not UTF-8: save the file as UTF-8",
		"日: \x83\x65\n":                     "f.yaml:1:4: this byte is not UTF-8: save the file as UTF-8",
		"a: b\nc\n":                         "f.yaml:2:1: this line is neither `key: value` nor deeper than the line above: indent it or add a key",
		"a: b\n c: d\n":                     "f.yaml:1:4: a second `: ` on one line is not accepted: " + q,
		"a:\n  b: c\n d: e\n":               "f.yaml:3:2: value is not allowed in this context: " + q,
		"a: @x\n":                           "f.yaml:1:4: '@' is a reserved character: " + q,
		"a: " + strings.Repeat("[", 60):     "f.yaml:1:54: nested more than 50 levels deep",
		"- " + strings.Repeat("- ", 60):     "f.yaml:1:101: nested more than 50 levels deep",
		strings.Repeat("x", MaxBytes+1):     "f.yaml: the file has 1048577 bytes; at most 1048576 are read: split it",
		strings.Repeat("- a\n", MaxNodes+5): "f.yaml:9999:3: the file is too rich: more than 10000 values; split it",
		strings.Repeat("- a\n", 3*MaxNodes): "f.yaml:20001: the file is too rich: more than 10000 values; split it",
	} {
		name := src[:min(len(src), 30)]
		if _, err := Parse("f.yaml", []byte(src)); err == nil {
			t.Errorf("%q: accepted", name)
		} else if first, _, _ := strings.Cut(err.Error(), "\n"); first != want {
			t.Errorf("%q:\n got %s\nwant %s", name, first, want)
		}
	}
}

func TestDeepBlocks(t *testing.T) {
	var b strings.Builder
	for i := range 60 {
		fmt.Fprintf(&b, "%*sa:\n", i, "")
	}
	_, err := Parse("f.yaml", []byte(b.String()+strings.Repeat(" ", 60)+"x\n"))
	if err == nil || !strings.Contains(err.Error(), "f.yaml:51:52: nested more than 50 levels deep") {
		t.Error(err)
	}
}

// The classic bomb, and its relatives, end at once.
func TestBombs(t *testing.T) {
	var laughs strings.Builder
	laughs.WriteString("a: &a [x,x]\n")
	for i := 'b'; i < 'z'; i++ {
		fmt.Fprintf(&laughs, "%c: &%c [%s]\n", i, i, strings.Repeat(fmt.Sprintf("*%c,", i-1), 9))
	}
	var keys strings.Builder
	for i := range 60000 {
		fmt.Fprintf(&keys, "k%d: 1\n", i)
	}
	for name, s := range map[string]string{
		"laughs": laughs.String(), "keys": keys.String(), "open": strings.Repeat("{a: ", 1<<17), "lists": strings.Repeat("- ", 1<<18),
		"docs": strings.Repeat("---\na: 1\n", 1<<15), "text": "a: " + strings.Repeat("x ", 1<<18), "lines": "a: |\n" + strings.Repeat("  x\n", 1<<17),
		"quotes": "a: \"" + strings.Repeat("\\n", 1<<18) + "\"\n",
	} {
		start := time.Now()
		_, _ = Parse("f.yaml", []byte(s))
		if d := time.Since(start); d > 3*time.Second {
			t.Errorf("%s took %s", name, d)
		}
	}
}

func TestWriteRoundTrip(t *testing.T) {
	text := rapid.OneOf(rapid.String(), rapid.StringOf(rapid.SampledFrom([]rune("ab1 :#'\"\\\n-,[]{}&*!|>%@`~?=.あ\t\u00a0\u2028"))),
		rapid.SampledFrom([]string{"null", "~", "true", "0123", "2024-01-01", "- a", "a: b", "a #b", "", " ", "\n", "x\n", "x\n\ny", "---", "..."}))
	var node func(depth int) *rapid.Generator[*Node]
	node = func(depth int) *rapid.Generator[*Node] {
		return rapid.Custom(func(t *rapid.T) *Node {
			k := rapid.IntRange(0, 4).Draw(t, "kind")
			if depth == 0 || k < 2 {
				return Text(text.Draw(t, "text"))
			}
			n := List()
			if k == 2 {
				n = Map()
			}
			for i := range rapid.IntRange(0, 3).Draw(t, "n") {
				v := node(depth-1).Draw(t, "v")
				if k == 2 {
					n.Set(fmt.Sprintf("k%d%s", i, rapid.SampledFrom([]string{"", " x", ": y", "#", "日"}).Draw(t, "key")), v)
				} else {
					n.Items = append(n.Items, v)
				}
			}
			if rapid.Bool().Draw(t, "flow") {
				n.Inline()
			}
			return n
		})
	}
	rapid.Check(t, func(t *rapid.T) {
		want := Map().Set("root", node(3).Draw(t, "root"))
		s := Write(want)
		docs, err := Parse("f.yaml", []byte(s))
		if err != nil || len(docs) != 1 {
			t.Fatalf("%v in:\n%s\n%q", err, s, s)
		}
		if d := cmp.Diff(plainTree(want), plainTree(docs[0])); d != "" {
			t.Fatalf("%s in:\n%s\n%q", d, s, s)
		}
		if again := Write(unstyle(docs[0])); !strings.Contains(s, "[") && !strings.Contains(s, "{") && again != s {
			t.Fatalf("written again:\n%s\nfirst:\n%s", again, s)
		}
	})
}

// unstyle makes every scalar be quoted as needed.
func unstyle(n *Node) *Node {
	n.Style = Quoted
	for _, e := range n.Entries {
		unstyle(e.Value)
	}
	for _, i := range n.Items {
		unstyle(i)
	}
	return n
}

// plainTree gives the tree without places and styles.
func plainTree(n *Node) any {
	switch n.Kind {
	case Mapping:
		out := [][2]any{}
		for _, e := range n.Entries {
			out = append(out, [2]any{e.Key, plainTree(e.Value)})
		}
		return out
	case Sequence:
		out := []any{}
		for _, i := range n.Items {
			out = append(out, plainTree(i))
		}
		return out
	}
	return n.Text
}

func FuzzParse(f *testing.F) {
	for _, s := range []string{"a: b\n", "a: |\n  x\n", "a: {b: [c, 'd']}\n", "- a\n- b: c\n", "a: \"\\u0041\"\n", "a: >-\n x\n\n y\n", "---\na: 1\n...\n"} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		docs, err := Parse("f.yaml", data)
		if err != nil {
			return
		}
		for _, d := range docs {
			if d.Kind != Mapping {
				continue
			}
			s := Write(unstyle(d))
			again, err := Parse("f.yaml", []byte(s))
			if err != nil {
				t.Fatalf("%q was written as\n%s\nwhich is refused: %v", data, s, err)
			}
			if len(d.Entries) > 0 {
				if diff := cmp.Diff(plainTree(d), plainTree(again[0])); diff != "" {
					t.Fatalf("%q was written as\n%s\n%s", data, s, diff)
				}
			}
		}
	})
}
