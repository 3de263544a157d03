package yamltree

import (
	"fmt"
	"strconv"
	"strings"
	"unicode"
)

// Word makes a scalar that is written as it is: a number, a truth value, a
// keyword.
func Word(s string) *Node { return &Node{Kind: Scalar, Text: s} }

// Text makes a scalar that is quoted where YAML needs it.
func Text(s string) *Node { return &Node{Kind: Scalar, Text: s, Style: Quoted} }

// Number makes a scalar of a finite number, in its shortest form.
func Number(v float64) *Node {
	if v == 0 {
		v = 0 // no negative zero
	}
	return Word(strconv.FormatFloat(v, 'f', -1, 64))
}

// Map makes an empty mapping, one key per line.
func Map() *Node { return &Node{Kind: Mapping} }

// List makes a list, one item per line.
func List(items ...*Node) *Node { return &Node{Kind: Sequence, Items: items} }

// Inline makes n be written on one line, {…} or […], and gives it.
func (n *Node) Inline() *Node {
	n.Flow = true
	return n
}

// Set adds a key to a mapping and gives the mapping; a nil value adds nothing.
func (n *Node) Set(key string, v *Node) *Node {
	if v != nil {
		n.Entries = append(n.Entries, Entry{Key: key, Value: v})
	}
	return n
}

// Write gives the text of a document whose root is a mapping. Parse reads the
// same tree from it.
func Write(n *Node) string {
	var b strings.Builder
	writeMapping(&b, n, 0, false)
	return b.String()
}

// inline reports whether n stands behind its key on the same line.
func inline(n *Node) bool {
	return n.Kind == Scalar || n.Flow || len(n.Entries) == 0 && len(n.Items) == 0
}

// writeMapping writes the keys of n; the first stands at the cursor if here.
func writeMapping(b *strings.Builder, n *Node, indent int, here bool) {
	for _, e := range n.Entries {
		if !here {
			b.WriteString(strings.Repeat(" ", indent))
		}
		here = false
		b.WriteString(scalarText(e.Key, false))
		b.WriteByte(':')
		writeBelow(b, e.Value, indent)
	}
}

// writeBelow writes a value behind its key, or on the lines below it.
func writeBelow(b *strings.Builder, n *Node, indent int) {
	switch {
	case inline(n):
		b.WriteByte(' ')
		writeLine(b, n, indent)
	case n.Kind == Mapping:
		b.WriteByte('\n')
		writeMapping(b, n, indent+2, false)
	default:
		b.WriteByte('\n')
		for _, item := range n.Items {
			fmt.Fprintf(b, "%*s- ", indent+2, "")
			switch {
			case inline(item):
				writeLine(b, item, indent+2)
			case item.Kind == Mapping:
				writeMapping(b, item, indent+4, true)
			default:
				writeFlow(b, item)
				b.WriteByte('\n')
			}
		}
	}
}

// writeLine writes a value that stands on the present line, to its end.
func writeLine(b *strings.Builder, n *Node, indent int) {
	switch {
	case n.Kind != Scalar:
		writeFlow(b, n)
	case n.Style != Quoted:
		b.WriteString(n.Text)
	case blockable(n.Text):
		writeBlock(b, n.Text, indent+2)
		return
	default:
		b.WriteString(scalarText(n.Text, false))
	}
	b.WriteByte('\n')
}

func writeBlock(b *strings.Builder, s string, indent int) {
	b.WriteByte('|')
	if !strings.HasSuffix(s, "\n") {
		b.WriteByte('-')
	}
	b.WriteByte('\n')
	for line := range strings.SplitSeq(strings.TrimSuffix(s, "\n"), "\n") {
		if line != "" {
			b.WriteString(strings.Repeat(" ", indent))
			b.WriteString(line)
		}
		b.WriteByte('\n')
	}
}

func writeFlow(b *strings.Builder, n *Node) {
	switch n.Kind {
	case Mapping:
		b.WriteByte('{')
		for i, e := range n.Entries {
			if i > 0 {
				b.WriteString(", ")
			}
			b.WriteString(scalarText(e.Key, true) + ": ")
			writeFlow(b, e.Value)
		}
		b.WriteByte('}')
	case Sequence:
		b.WriteByte('[')
		for i, item := range n.Items {
			if i > 0 {
				b.WriteString(", ")
			}
			writeFlow(b, item)
		}
		b.WriteByte(']')
	default:
		if n.Style == Quoted {
			b.WriteString(scalarText(n.Text, true))
		} else {
			b.WriteString(n.Text)
		}
	}
}

// scalarText writes a text on one line, in the plainest style that reads back
// the same here and in other YAML readers.
func scalarText(s string, flow bool) string {
	switch {
	case plain(s, flow):
		return s
	case printable(s):
		if !strings.Contains(s, "'") || strings.Contains(s, `"`) || strings.Contains(s, `\`) {
			return "'" + strings.ReplaceAll(s, "'", "''") + "'"
		}
		return `"` + s + `"`
	}
	return doubleQuoted(s)
}

// plain reports whether s may stand without quotes.
func plain(s string, flow bool) bool {
	if s == "" || len(s) > 1000 || !printable(s) || ambiguous(s) {
		return false
	}
	first := []rune(s)[0]
	if !unicode.IsLetter(first) && !unicode.IsDigit(first) && first != '(' {
		return false
	}
	if strings.HasSuffix(s, " ") || strings.HasSuffix(s, ":") || strings.Contains(s, ": ") || strings.Contains(s, " #") {
		return false
	}
	return !flow || !strings.ContainsAny(s, ",[]{}:'\"#")
}

// ambiguous reports whether other readers would take a plain s for something
// that is not a text.
func ambiguous(s string) bool {
	switch strings.ToLower(s) {
	case "null", "true", "false", "yes", "no", "on", "off", "y", "n":
		return true
	}
	return strings.Trim(s, "0123456789+-._:eExXoOaAbBcCdDfFtTzZ ") == "" && strings.ContainsAny(s[:1], "0123456789")
}

// printable reports whether s holds nothing that needs an escape.
func printable(s string) bool {
	for _, c := range s {
		if c != ' ' && (!unicode.IsPrint(c) || c == unicode.ReplacementChar) {
			return false
		}
	}
	return true
}

// blockable reports whether s reads back the same from below a |.
func blockable(s string) bool {
	body := strings.TrimSuffix(s, "\n")
	if !strings.Contains(body, "\n") || strings.HasSuffix(body, "\n") {
		return false
	}
	for i, line := range strings.Split(body, "\n") {
		if i == 0 && line == "" || strings.HasPrefix(line, " ") && i == 0 || strings.HasSuffix(line, " ") || !printable(line) {
			return false
		}
	}
	return true
}

func doubleQuoted(s string) string {
	var b strings.Builder
	b.WriteByte('"')
	for _, c := range s {
		switch {
		case c == '"' || c == '\\':
			b.WriteByte('\\')
			b.WriteRune(c)
		case c == '\n':
			b.WriteString(`\n`)
		case c == '\t':
			b.WriteString(`\t`)
		case c == ' ' || unicode.IsPrint(c) && c != unicode.ReplacementChar:
			b.WriteRune(c)
		case c > 0xffff:
			fmt.Fprintf(&b, `\U%08X`, c)
		default:
			fmt.Fprintf(&b, `\u%04X`, c)
		}
	}
	b.WriteByte('"')
	return b.String()
}
