package yamltree

import (
	"errors"
	"strings"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/parser"
	"github.com/goccy/go-yaml/token"

	minori "github.com/minori-hq/minori"
)

// Parse reads the documents of a file. Empty documents are left out. The
// error, if any, is minori.Errors; the documents that could be read are given
// beside it.
func Parse(file string, data []byte) (docs []*Node, err error) {
	r := &reader{file: file}
	text, ok := r.clean(data)
	if !ok {
		return nil, r.errs
	}
	for _, l := range strings.Split(text, "\n") {
		r.lines = append(r.lines, []rune(l))
	}
	for _, d := range r.split(text) {
		r.base = d.base
		docs = append(docs, r.document(d.text)...)
		if r.nodes >= MaxNodes || r.tokens > maxTokens {
			break
		}
	}
	return docs, r.errs.OrNil()
}

// document reads one document. A mistake in the parser shows as a document
// that cannot be read, not as a crash.
func (r *reader) document(text string) (docs []*Node) {
	defer func() {
		if recover() != nil {
			docs = nil
			r.failf(r.base+1, 1, "the document that begins here cannot be read: write it more plainly, with longer texts in quotes")
		}
	}()
	if r.cut = false; !r.guard(text) {
		return nil
	}
	f, err := parser.ParseBytes([]byte(text), 0, parser.AllowDuplicateMapKey())
	if err != nil {
		r.syntax(err)
		return nil
	}
	for _, d := range f.Docs {
		if d.Body == nil || d.Body.Type() == ast.CommentType {
			continue
		}
		if n := r.node(d.Body, 1); n != nil && n.Kind != Empty {
			docs = append(docs, n)
		}
	}
	if r.cut {
		return nil
	}
	if len(docs) == 1 {
		docs[0].Source = strings.Trim(text, "\n") + "\n"
	}
	return docs
}

// syntax turns an error of the parser into one of ours.
func (r *reader) syntax(err error) {
	var se yaml.Error
	if !errors.As(err, &se) || se.GetToken() == nil {
		r.failf(0, 0, "this is not YAML")
		return
	}
	p := se.GetToken().Position
	m := se.GetMessage()
	switch {
	case strings.Contains(m, "mapping value is not allowed"):
		m = "a second `: ` on one line is not accepted: " + quoteIt
	case strings.Contains(m, "must be specified"), strings.Contains(m, "end token"),
		strings.Contains(m, "value is not allowed"), strings.Contains(m, "reserved character"),
		strings.Contains(m, "invalid header option"):
		m += ": " + quoteIt
	case strings.Contains(m, "non-map value"):
		m = "this line is neither `key: value` nor deeper than the line above: indent it or add a key"
	case strings.Contains(m, "could not find end character"):
		m += ": close the quote"
	}
	r.fail(p, "%s", m)
}

// node builds the tree below n; nil after an error that was noted.
func (r *reader) node(n ast.Node, depth int) *Node {
	t := n.GetToken()
	if r.nodes++; r.nodes >= MaxNodes {
		if r.cut = true; r.nodes == MaxNodes {
			r.fail(t.Position, "the file is too rich: more than %d values; split it", MaxNodes)
		}
		return nil
	}
	if depth > MaxDepth {
		r.cut = true
		r.fail(t.Position, "nested more than %d levels deep", MaxDepth)
		return nil
	}
	switch v := n.(type) {
	case *ast.MappingNode:
		return r.mapping(v.Values, v.IsFlowStyle, t, depth)
	case *ast.MappingValueNode:
		return r.mapping([]*ast.MappingValueNode{v}, v.IsFlowStyle, t, depth)
	case *ast.SequenceNode:
		out := &Node{Kind: Sequence, Pos: r.pos(t), Flow: v.IsFlowStyle}
		for _, item := range v.Values {
			if x := r.node(item, depth+1); x != nil {
				out.Items = append(out.Items, x)
			}
		}
		return out
	case *ast.LiteralNode:
		return r.block(v)
	case *ast.NullNode:
		if t.Type == token.ImplicitNullType {
			return &Node{Kind: Empty, Pos: r.pos(t)}
		}
		return r.scalar(t)
	case ast.ScalarNode:
		return r.scalar(t)
	}
	r.fail(t.Position, "this part of YAML is not accepted: %s", quoteIt)
	return nil
}

func (r *reader) pos(t *token.Token) minori.Position {
	return minori.Position{File: r.file, Line: r.base + t.Position.Line, Column: t.Position.Column}
}

func (r *reader) mapping(values []*ast.MappingValueNode, flow bool, t *token.Token, depth int) *Node {
	out := &Node{Kind: Mapping, Pos: r.pos(t), Flow: flow}
	seen := map[string]minori.Position{}
	for i, v := range values {
		key := r.node(v.Key, depth)
		if key == nil {
			continue
		}
		if i == 0 && !flow {
			out.Pos = key.Pos
		}
		val := r.node(v.Value, depth+1)
		if val == nil {
			continue
		}
		if first, dup := seen[key.Text]; dup {
			r.failf(key.Pos.Line, key.Pos.Column, "the key %s stands here a second time (first in line %d): remove one", key.Text, first.Line)
			continue
		}
		seen[key.Text] = key.Pos
		if val.Kind == Empty {
			val.Pos = key.At(len([]rune(key.Text)))
			if flow {
				r.failf(key.Pos.Line, key.Pos.Column, "%s has no value inside {…}: an expression with a comma, a bracket or a brace must be in quotes there", brief(key.Text))
				continue
			}
			r.failf(key.Pos.Line, key.Pos.Column, "%s has no value: write one or remove the key", brief(key.Text))
			continue
		}
		out.Entries = append(out.Entries, Entry{Key: key.Text, Pos: key.Pos, Value: val})
	}
	return out
}

// brief shortens a text for messages.
func brief(s string) string {
	if r := []rune(s); len(r) > 40 {
		return string(r[:40]) + "…"
	}
	return s
}
