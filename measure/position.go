package measure

import (
	"strings"

	minori "github.com/minori-hq/minori"
)

// source is an expression's text and where it stands.
type source struct {
	text  string
	runes []rune
	pos   minori.Position // of the first character
}

// newSource gives the source for a text.
func newSource(text string, pos minori.Position) source {
	return source{text: text, runes: []rune(text), pos: pos}
}

// at gives the position of the character at offset. Without a position of the
// first character, lines and columns count within the expression. Later lines
// of a block begin in the column of its first character.
func (s source) at(offset int) minori.Position {
	offset = max(0, min(offset, len(s.runes)))
	line, column := 0, 0
	for _, r := range s.runes[:offset] {
		column++
		if r == '\n' {
			line, column = line+1, 0
		}
	}
	p := s.pos
	if p.Line == 0 {
		p.Line, p.Column = 1, 1
	}
	p.Line += line
	if p.Column > 0 {
		p.Column += column
	}
	return p
}

// callName gives where the name of a call begins, whose opening parenthesis is
// at offset.
func (s source) callName(offset int) int {
	i := max(0, min(offset, len(s.runes)))
	for i > 0 && strings.ContainsRune(" \t\r\n", s.runes[i-1]) {
		i--
	}
	end := i
	for i > 0 && isNameRune(s.runes[i-1]) {
		i--
	}
	if i == end {
		return offset
	}
	return i
}

// isNameRune reports whether r may stand in a name.
func isNameRune(r rune) bool {
	return r == '_' || r >= '0' && r <= '9' || r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z'
}

// word gives the name or sign at offset.
func (s source) word(offset int) string {
	if offset < 0 || offset >= len(s.runes) {
		return ""
	}
	end := offset
	for end < len(s.runes) && isNameRune(s.runes[end]) {
		end++
	}
	if end == offset {
		end++
	}
	return string(s.runes[offset:end])
}
