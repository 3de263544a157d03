// Package yamltree reads the configuration files of a workspace: many YAML
// documents per file, as small trees in which every key and value knows its
// place, and every scalar is the text that stands in the source. Nothing is
// turned into a boolean, a null or an octal number on the way.
//
// It accepts the part of YAML that people write by hand: mappings, sequences
// and scalars in any style. Tags, anchors, aliases, merge keys, directives and
// complex keys are refused with their place, as are files that are too large,
// too deep or too rich.
package yamltree

import (
	"strings"
	"unicode/utf8"

	minori "github.com/minori-hq/minori"
)

// Limits of one file.
const (
	MaxBytes = 1 << 20 // size
	MaxNodes = 10000   // mappings, sequences, scalars and keys
	MaxDepth = 50      // levels of nesting
)

// Kind of a node.
type Kind uint8

// The kinds. Empty is a value that is not written at all (`key:`).
const (
	Scalar Kind = iota + 1
	Mapping
	Sequence
	Empty
)

// String names the kind for messages.
func (k Kind) String() string {
	return [...]string{"nothing", "a text", "a mapping", "a list", "nothing"}[k%5]
}

// Style is how a scalar is written.
type Style uint8

// The styles.
const (
	Plain Style = iota
	Quoted
	Block // | or >
)

// Node is one value of a tree.
type Node struct {
	Kind    Kind
	Pos     minori.Position // where it begins: for quoted scalars the quote, for blocks the | or >
	Text    string          // of a scalar, as it stands in the source, without quotes and escapes
	Style   Style
	Comment bool    // a plain scalar is followed by a comment on its line
	Flow    bool    // a mapping or sequence is written {…} or […]
	Entries []Entry // of a mapping, in the order of the file
	Items   []*Node // of a sequence
	Source  string  // of the root of a document: its whole text, comments too

	places []place // of the scalar's text, ascending; nil: on one line from Pos on
}

// Entry is one key of a mapping with its value.
type Entry struct {
	Key   string
	Pos   minori.Position
	Value *Node
}

// place says that the runes of a text from rune Index on stand at Line and
// Column, one column each, until the next place.
type place struct{ index, line, column int }

// Get gives the value of a key, or nil.
func (n *Node) Get(key string) *Node {
	if n == nil {
		return nil
	}
	for i := range n.Entries {
		if n.Entries[i].Key == key {
			return n.Entries[i].Value
		}
	}
	return nil
}

// Null reports whether the node is empty or a plain ~ or null.
func (n *Node) Null() bool {
	if n.Kind == Empty {
		return true
	}
	if n.Kind != Scalar || n.Style != Plain {
		return false
	}
	switch n.Text {
	case "~", "null", "Null", "NULL":
		return true
	}
	return false
}

// At gives the place in the file of the rune of Text with the given index,
// which may be one past the last.
func (n *Node) At(index int) minori.Position {
	pos := n.Pos
	if len(n.places) == 0 {
		pos.Column += index
		return pos
	}
	best := n.places[0]
	for _, p := range n.places {
		if p.index > index {
			break
		}
		best = p
	}
	pos.Line, pos.Column = best.line, best.column+max(0, index-best.index)
	return pos
}

// In gives the place in the file of a line and column of Text, both from 1.
func (n *Node) In(line, column int) minori.Position {
	index, l := 0, 1
	for _, r := range n.Text {
		if l >= line {
			break
		}
		if r == '\n' {
			l++
		}
		index++
	}
	return n.At(index + max(0, column-1))
}

// Trim gives the scalar without white space around its text; places stay true.
func (n *Node) Trim() *Node {
	left := strings.TrimLeft(n.Text, " \n")
	skip := utf8.RuneCountInString(n.Text) - utf8.RuneCountInString(left)
	out := *n
	out.Text = strings.TrimRight(left, " \n")
	if skip == 0 {
		return &out
	}
	first := n.At(skip)
	out.places = []place{{0, first.Line, first.Column}}
	for _, p := range n.places {
		if p.index > skip {
			out.places = append(out.places, place{p.index - skip, p.line, p.column})
		}
	}
	return &out
}
