package yamltree

import (
	"strings"
	"unicode/utf8"

	"github.com/goccy/go-yaml/lexer"
	"github.com/goccy/go-yaml/token"

	minori "github.com/minori-hq/minori"
)

// maxTokens bounds what the parser is given; a node has at most a few tokens.
const maxTokens = 4 * MaxNodes

// quoteIt is the remedy for expressions that YAML reads as something else.
const quoteIt = "if this belongs to an expression or a text, put the whole in quotes or write it below a |"

// reader is one file being read.
type reader struct {
	file  string
	lines [][]rune
	errs  minori.Errors

	base   int // lines before the present document
	nodes  int // so far, in all documents
	tokens int
	cut    bool // the present document is beyond a limit
}

// document is the text of one document of a file.
type document struct {
	base int // lines before it
	text string
}

// split cuts a file at its document markers, which stand alone at the left
// edge.
func (r *reader) split(text string) []document {
	var docs []document
	var b strings.Builder
	base := 0
	lines := strings.Split(text, "\n")
	for i, l := range lines {
		rest, marker := strings.CutPrefix(l, "---")
		if !marker {
			rest, marker = strings.CutPrefix(l, "...")
		}
		if !marker || rest != "" && rest[0] != ' ' {
			b.WriteString(l)
			b.WriteByte('\n')
			continue
		}
		if rest = strings.TrimLeft(rest, " "); rest != "" && rest[0] != '#' {
			r.failf(i+1, len(l)-len(rest)+1, "nothing may stand behind %s: begin on the line below", l[:3])
		}
		docs = append(docs, document{base, b.String()})
		b.Reset()
		base = i + 1
	}
	return append(docs, document{base, strings.TrimSuffix(b.String(), "\n")})
}

// failf notes an error at a line and column of the file.
func (r *reader) failf(line, column int, format string, args ...any) {
	e := minori.Errorf(minori.Invalid, format, args...)
	e.Pos = minori.Position{File: r.file, Line: line, Column: column}
	r.errs = append(r.errs, e)
}

// fail notes an error at a place in the present document.
func (r *reader) fail(p *token.Position, format string, args ...any) {
	r.failf(r.base+p.Line, p.Column, format, args...)
}

// clean checks bytes and characters and gives the text with \n line ends.
func (r *reader) clean(data []byte) (string, bool) {
	if len(data) > MaxBytes {
		r.failf(0, 0, "the file has %d bytes; at most %d are read: split it", len(data), MaxBytes)
		return "", false
	}
	s := strings.TrimPrefix(string(data), "\ufeff")
	s = strings.ReplaceAll(s, "\r\n", "\n")
	before := len(r.errs)
	for i, line := range strings.Split(s, "\n") {
		r.cleanLine(i+1, line)
		if len(r.errs)-before >= 20 {
			break
		}
	}
	return s, len(r.errs) == before
}

func (r *reader) cleanLine(number int, line string) {
	column := 0
	comment := strings.HasPrefix(strings.TrimLeft(line, " \t"), "#")
	for i, c := range line {
		column++
		switch {
		case c == utf8.RuneError && strings.HasPrefix(line[i:], "\ufffd"):
		case c == utf8.RuneError:
			r.failf(number, column, "this byte is not UTF-8: save the file as UTF-8")
			return
		case c == '\t' && !comment:
			r.failf(number, column, "a tab is not accepted here: use spaces; inside double quotes write \\t")
			return
		case c == '\r':
			r.failf(number, column, "a lone carriage return is not accepted: end lines with a line feed")
			return
		case c < ' ' && c != '\t', c == 0x7f, c == '\ufeff':
			r.failf(number, column, "the control character U+%04X is not accepted: remove it; inside double quotes write \\u%04x", c, c)
			return
		}
	}
}

// guard looks over the tokens before anything is built from them.
func (r *reader) guard(text string) bool {
	before := len(r.errs)
	flow, dashes, line := 0, 0, 0
	for _, t := range lexer.Tokenize(text) {
		if r.tokens++; r.tokens > maxTokens {
			r.failf(r.base+t.Position.Line, 0, "the file is too rich: more than %d values; split it", MaxNodes)
			return false
		}
		if t.Position.Line != line {
			line, dashes = t.Position.Line, 0
		}
		switch t.Type {
		case token.MappingStartType, token.SequenceStartType:
			flow++
		case token.MappingEndType, token.SequenceEndType:
			flow--
		case token.SequenceEntryType:
			dashes++
		}
		if flow > MaxDepth || dashes > MaxDepth {
			r.fail(t.Position, "nested more than %d levels deep", MaxDepth)
			return false
		}
		if what := refused(t); what != "" {
			r.fail(t.Position, "%s", what)
			return false
		}
	}
	return len(r.errs) == before
}

// refused gives what is wrong with tokens that are never accepted, or "".
func refused(t *token.Token) string {
	switch t.Type {
	case token.TagType:
		return "a leading ! is a YAML tag, which is not accepted: " + quoteIt
	case token.AnchorType:
		return "a leading & is a YAML anchor, which is not accepted: write the value where it is used; " + quoteIt
	case token.AliasType:
		return "a leading * is a YAML alias, which is not accepted: write the value where it is used; " + quoteIt
	case token.MergeKeyType:
		return "<< is a YAML merge key, which is not accepted: write the keys where they are used"
	case token.DirectiveType:
		return "a leading % is a YAML directive, which is not accepted: " + quoteIt
	case token.MappingKeyType:
		return "a leading ? is a complex YAML key, which is not accepted: " + quoteIt
	}
	return ""
}
