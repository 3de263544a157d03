package yamltree

import (
	"strconv"
	"unicode"

	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/token"
)

// cursor walks over the source.
type cursor struct {
	lines     [][]rune
	line, col int // from 0
}

// peek gives the rune under the cursor, '\n' at the end of a line, -1 at the end.
func (c *cursor) peek() rune {
	switch {
	case c.line >= len(c.lines):
		return -1
	case c.col < len(c.lines[c.line]):
		return c.lines[c.line][c.col]
	case c.line == len(c.lines)-1:
		return -1
	}
	return '\n'
}

func (c *cursor) next() rune {
	x := c.peek()
	switch x {
	case -1:
	case '\n':
		c.line, c.col = c.line+1, 0
	default:
		c.col++
	}
	return x
}

// blanks skips white space.
func (c *cursor) blanks() {
	for x := c.peek(); x == ' ' || x == '\n'; x = c.peek() {
		c.next()
	}
}

// scalar builds a plain or quoted scalar from its token.
func (r *reader) scalar(t *token.Token) *Node {
	n := &Node{Kind: Scalar, Pos: r.pos(t), Text: t.Value}
	c := &cursor{lines: r.lines, line: r.base + t.Position.Line - 1, col: t.Position.Column - 1}
	quote := rune(0)
	if t.Type == token.SingleQuoteType || t.Type == token.DoubleQuoteType {
		n.Style = Quoted
		quote = c.next()
	}
	if !r.align(n, c, quote) {
		return nil
	}
	if quote == 0 {
		end := *c
		for end.peek() == ' ' {
			end.next()
		}
		n.Comment = end.peek() == '#' && end.col > c.col
	}
	return n
}

// block builds a scalar written below | or >.
func (r *reader) block(v *ast.LiteralNode) *Node {
	t := v.Start
	n := &Node{Kind: Scalar, Pos: r.pos(t), Style: Block}
	if v.Value != nil {
		n.Text = v.Value.GetToken().Value
	}
	c := &cursor{lines: r.lines, line: r.base + t.Position.Line}
	if !r.align(n, c, 0) {
		return nil
	}
	return n
}

// align finds the place in the source of every rune of n.Text. White space may
// differ (folding); everything else must be found in order, or the text is
// refused as read wrongly.
func (r *reader) align(n *Node, c *cursor, quote rune) bool {
	index := 0
	for _, want := range n.Text {
		blank := want == ' ' || want == '\n'
		at := *c
		if blank {
			at = place0(c, want)
		} else {
			at, *c = r.find(c, want, quote)
			if at.line < 0 {
				r.failf(n.Pos.Line, n.Pos.Column, "this text cannot be read exactly: write it on one line in double quotes")
				return false
			}
		}
		n.add(index, at.line+1, at.col+1)
		index++
	}
	if index == 0 {
		n.add(0, c.line+1, c.col+1)
	}
	return true
}

// place0 gives the place of a blank of the text and moves over it where the
// source has the same.
func place0(c *cursor, want rune) cursor {
	at := *c
	switch x := c.peek(); {
	case x == want:
		c.next()
		if want == '\n' {
			// The indent of the next line belongs to no rune; it is skipped when
			// the next one is looked for.
			return at
		}
	case x == '\\':
		if e := *c; escape(&e) == want {
			*c = e
		}
	}
	return at
}

// find gives the place of the next rune of the text and the cursor after it;
// line −1 if the source has another one.
func (r *reader) find(c *cursor, want, quote rune) (at, after cursor) {
	x := *c
	for {
		x.blanks()
		at = x
		if quote == '"' && x.peek() == '\\' {
			e := x
			got := escape(&e)
			if got == '\n' || got == ' ' && want != ' ' {
				x = e
				continue
			}
			if got != want {
				return cursor{line: -1}, *c
			}
			return at, e
		}
		got := x.next()
		if quote == '\'' && got == '\'' {
			x.next()
		}
		if got != want && !(unicode.IsSpace(want) && unicode.IsSpace(got)) {
			return cursor{line: -1}, *c
		}
		return at, x
	}
}

// escape reads an escape of a double-quoted text; '\n' also for an escaped
// line end.
func escape(c *cursor) rune {
	c.next()
	x := c.next()
	digits := 0
	switch x {
	case 'x':
		digits = 2
	case 'u':
		digits = 4
	case 'U':
		digits = 8
	case '0':
		return 0
	case 'a':
		return '\a'
	case 'b':
		return '\b'
	case 't':
		return '\t'
	case 'n':
		return '\n'
	case 'v':
		return '\v'
	case 'f':
		return '\f'
	case 'r':
		return '\r'
	case 'e':
		return 0x1b
	case 'N':
		return 0x85
	case '_':
		return 0xa0
	case 'L':
		return 0x2028
	case 'P':
		return 0x2029
	default:
		return x
	}
	var hex []rune
	for range digits {
		hex = append(hex, c.next())
	}
	v, err := strconv.ParseUint(string(hex), 16, 32)
	if err != nil {
		return -2
	}
	return rune(v)
}

// add notes the place of the rune with the index, merged with the last run
// where it continues it.
func (n *Node) add(index, line, column int) {
	if k := len(n.places); k > 0 {
		last := n.places[k-1]
		if last.line == line && last.column+index-last.index == column {
			return
		}
	}
	n.places = append(n.places, place{index, line, column})
}
