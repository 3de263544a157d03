package document

import (
	"fmt"
	"math"
	"slices"
	"strings"

	minori "github.com/minori-hq/minori"
	"github.com/minori-hq/minori/metric"
	"github.com/minori-hq/minori/resource/yamltree"
)

// maxText is the longest text for people, in bytes.
const maxText = 4096

// reader decodes one document and notes what is wrong with it.
type reader struct {
	doc  *Document
	errs minori.Errors
}

func (r *reader) fail(pos minori.Position, path, format string, args ...any) {
	e := minori.Errorf(minori.Invalid, format, args...)
	e.Pos, e.Field = pos, path
	r.errs = append(r.errs, e)
}

// object is a mapping being decoded.
type object struct {
	*reader
	node *yamltree.Node
	path string
	what string // for messages: "the rule", "a cap"
}

// object opens a mapping whose keys must be among those given. A node that is
// none gives an object without keys and ok false.
func (r *reader) object(n *yamltree.Node, path, what string, keys ...string) (o object, ok bool) {
	o = object{reader: r, node: n, path: path, what: what}
	r.doc.nodes[path] = n
	if n.Kind != yamltree.Mapping {
		r.fail(n.Pos, path, "%s is %s here, but must be a mapping with the keys %s", what, n.Kind, strings.Join(keys, ", "))
		o.node = &yamltree.Node{Kind: yamltree.Mapping, Pos: n.Pos}
		return o, false
	}
	for _, e := range n.Entries {
		if !slices.Contains(keys, e.Key) {
			r.fail(e.Pos, o.at(e.Key), "%s has no key %q%s", what, Clip(e.Key), Suggest(e.Key, keys))
		}
	}
	return o, true
}

// at gives the path of a key.
func (o object) at(key string) string {
	if o.path == "" {
		return key
	}
	return o.path + "." + key
}

// get gives the value of a key, or nil, and notes its place.
func (o object) get(key string) *yamltree.Node {
	n := o.node.Get(key)
	if n != nil {
		o.doc.nodes[o.at(key)] = n
	}
	return n
}

// need gives the value of a key that must be there.
func (o object) need(key, example string) *yamltree.Node {
	n := o.get(key)
	if n == nil {
		o.fail(o.node.Pos, o.at(key), "%s needs %s: write for example %s", o.what, key, example)
	}
	return n
}

// scalar gives the source text of a node that must be a scalar and not null.
func (r *reader) scalar(n *yamltree.Node, path string) (string, bool) {
	switch {
	case n.Kind != yamltree.Scalar:
		r.fail(n.Pos, path, "%s is %s here, but must be a single value", last(path), n.Kind)
	case n.Null():
		r.fail(n.Pos, path, "%s is null: write a value or remove the key", last(path))
	case len(n.Text) > maxText:
		r.fail(n.Pos, path, "the text is longer than %d bytes", maxText)
	default:
		return n.Text, true
	}
	return "", false
}

// text gives an optional text.
func (o object) text(key string) string {
	n := o.get(key)
	if n == nil {
		return ""
	}
	s, _ := o.scalar(n, o.at(key))
	return s
}

// word gives one of some words; without the key the first, unless it must be
// there.
func (o object) word(key string, required bool, words ...string) string {
	n := o.get(key)
	if n == nil {
		if required {
			o.fail(o.node.Pos, o.at(key), "%s needs %s: write one of %s", o.what, key, strings.Join(words, ", "))
		}
		return words[0]
	}
	s, ok := o.scalar(n, o.at(key))
	if ok && !slices.Contains(words, s) {
		o.fail(n.Pos, o.at(key), "%q is not one of %s%s", Clip(s), strings.Join(words, ", "), Suggest(s, words))
	}
	return s
}

// name gives a name that must be there and be well formed.
func (o object) name(key, example string) string {
	n := o.need(key, example)
	if n == nil {
		return ""
	}
	s, ok := o.scalar(n, o.at(key))
	if ok && !minori.ValidName(s) {
		o.fail(n.Pos, o.at(key), "%q is not a name: use lower case letters, digits, '-', '_' and '.', at most 100, beginning with a letter or digit", Clip(s))
	}
	return s
}

// expression gives the text of an expression, without white space around it,
// and the place of its first character.
func (o object) expression(key string, required bool, example string) (string, minori.Position) {
	n := o.get(key)
	if n == nil {
		if required {
			o.need(key, example)
		}
		return "", minori.Position{}
	}
	return o.expr(n, o.at(key))
}

func (r *reader) expr(n *yamltree.Node, path string) (string, minori.Position) {
	switch {
	case n.Kind != yamltree.Scalar:
		r.fail(n.Pos, path, "an expression stands here, but YAML reads %s: put it in quotes or write it below a |", n.Kind)
		return "", n.Pos
	case n.Null():
		r.fail(n.Pos, path, "an expression is needed here, not null: write one or remove the key")
		return "", n.Pos
	case n.Comment && unclosed(n.Text):
		r.fail(n.Pos, path, "YAML reads what stands behind ` #` as a comment: put the whole expression in quotes or write it below a |")
		return "", n.Pos
	}
	n = n.Trim()
	r.doc.nodes[path] = n
	if n.Text == "" {
		r.fail(n.Pos, path, "the expression is empty: write one or remove the key")
	}
	return n.Text, n.At(0)
}

// unclosed reports whether a text literal of an expression is left open.
func unclosed(s string) bool {
	quote := rune(0)
	escaped := false
	for _, c := range s {
		switch {
		case escaped:
			escaped = false
		case c == '\\' && quote != 0:
			escaped = true
		case quote == 0 && (c == '"' || c == '\''):
			quote = c
		case c == quote:
			quote = 0
		}
	}
	return quote != 0
}

// number gives a number; without the key the default.
func (o object) number(key string, def float64) float64 {
	if n := o.get(key); n != nil {
		return o.num(n, o.at(key))
	}
	return def
}

func (r *reader) num(n *yamltree.Node, path string) float64 {
	s, ok := r.scalar(n, path)
	if !ok {
		return 0
	}
	v, reason := metric.ParseNumber(s)
	switch reason {
	case metric.Known:
		if math.Abs(v) > 1e15 {
			r.fail(n.Pos, path, "the number %s is too large: at most 1e15", Clip(s))
		}
		return v
	case metric.NotFinite:
		r.fail(n.Pos, path, "the number %s is too large: at most 1e15", Clip(s))
	default:
		r.fail(n.Pos, path, "%q is not a number: write for example 60 or -0.5", Clip(s))
	}
	return 0
}

// truth gives a truth value; without the key false.
func (o object) truth(key string) bool {
	n := o.get(key)
	if n == nil {
		return false
	}
	s, ok := o.scalar(n, o.at(key))
	if ok && s != "true" && s != "false" {
		o.fail(n.Pos, o.at(key), "%q is neither true nor false", Clip(s))
	}
	return s == "true"
}

// list gives the items of a list; a node that is none is an error.
func (o object) list(key string) []*yamltree.Node {
	n := o.get(key)
	if n == nil {
		return nil
	}
	if n.Kind != yamltree.Sequence {
		o.fail(n.Pos, o.at(key), "%s is %s here, but must be a list: write [a, b], or one item per line behind a -", key, n.Kind)
		return nil
	}
	for i, item := range n.Items {
		o.doc.nodes[o.item(key, i)] = item
	}
	return n.Items
}

// item gives the path of an item of a list.
func (o object) item(key string, i int) string { return fmt.Sprintf("%s[%d]", o.at(key), i) }

// texts gives a list of texts; a single text serves as a list of one. Words
// such as NULL are texts here.
func (o object) texts(key string) []string {
	n := o.get(key)
	if n == nil {
		return nil
	}
	items := []*yamltree.Node{n}
	if n.Kind != yamltree.Scalar {
		items = o.list(key)
	}
	var out []string
	for i, item := range items {
		path := o.item(key, i)
		o.doc.nodes[path] = item
		if item.Kind != yamltree.Scalar {
			o.fail(item.Pos, path, "an item of %s is %s here, but must be a text", key, item.Kind)
			continue
		}
		out = append(out, item.Text)
	}
	return out
}

// title gives a text for people: a plain text, or one per language.
func (o object) title(key string) minori.Text {
	n := o.get(key)
	if n == nil {
		return nil
	}
	if n.Kind != yamltree.Mapping {
		s, ok := o.scalar(n, o.at(key))
		if !ok || s == "" {
			return nil
		}
		return minori.Plain(s)
	}
	t := minori.Text{}
	m, _ := o.object(n, o.at(key), key, string(minori.EN), string(minori.JA))
	for _, l := range []minori.Lang{minori.EN, minori.JA} {
		if s := m.text(string(l)); s != "" {
			t[l] = s
		}
	}
	if len(t) == 0 {
		return nil
	}
	return t
}

// subject gives what a definition is about; accounts unless it says otherwise.
func (o object) subject() minori.SubjectKind {
	return minori.SubjectKind(o.word("subject", false, string(minori.Account), string(minori.Person)))
}

// Clip shortens a text of the user for messages.
func Clip(s string) string {
	if r := []rune(s); len(r) > 60 {
		return string(r[:60]) + "…"
	}
	return s
}

// Suggest gives `, did you mean "x"?` or "". It does not search for what no
// name could be.
func Suggest(s string, names []string) string {
	if len(s) > 200 {
		return ""
	}
	return minori.DidYouMean(s, names)
}

// last gives the last key of a path.
func last(path string) string {
	if i := strings.LastIndexByte(path, '.'); i >= 0 {
		return path[i+1:]
	}
	return path
}
