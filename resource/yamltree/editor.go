package yamltree

import (
	"slices"
	"strings"

	minori "github.com/minori-hq/minori"
)

// editor changes a text at the places of its tree.
type editor struct {
	text   []rune
	starts []int // offset of each line
	root   *Node
	order  []string
}

func newEditor(text string, order []string) (*editor, error) {
	text = strings.ReplaceAll(strings.TrimPrefix(text, "\ufeff"), "\r\n", "\n")
	docs, err := Parse("", []byte(text))
	if err != nil {
		return nil, err
	}
	if len(docs) != 1 || docs[0].Kind != Mapping {
		return nil, minori.Errorf(minori.Invalid, "the text holds %d documents, not one", len(docs))
	}
	e := &editor{text: []rune(text), root: docs[0], starts: []int{0}, order: order}
	for i, r := range e.text {
		if r == '\n' {
			e.starts = append(e.starts, i+1)
		}
	}
	return e, nil
}

func (e *editor) offset(p minori.Position) int {
	if p.Line < 1 || p.Line > len(e.starts) {
		return len(e.text)
	}
	return min(e.starts[p.Line-1]+p.Column-1, len(e.text))
}

// lineStart and lineEnd give the ends of the line at an offset, the line feed
// not included.
func (e *editor) lineStart(at int) int {
	for at > 0 && e.text[at-1] != '\n' {
		at--
	}
	return at
}

func (e *editor) lineEnd(at int) int {
	for at < len(e.text) && e.text[at] != '\n' {
		at++
	}
	return at
}

// replaced gives the text with a part of it replaced.
func (e *editor) replaced(from, to int, with string) string {
	return string(e.text[:from]) + with + string(e.text[to:])
}

// end gives the offset behind a value; −1 where it cannot be told.
func (e *editor) end(n *Node) int {
	at := e.offset(n.Pos)
	switch {
	case n.Kind == Empty:
		return at
	case n.Kind == Scalar && n.Style == Quoted:
		return e.endQuoted(at)
	case n.Kind == Scalar && n.Style == Block:
		return e.endBlock(n)
	case n.Kind == Scalar:
		count := len([]rune(n.Text))
		if count == 0 {
			return at
		}
		return e.offset(n.At(count-1)) + 1
	case n.Flow:
		return e.endFlow(n)
	}
	if k := len(n.Items); k > 0 {
		return e.end(n.Items[k-1])
	}
	if k := len(n.Entries); k > 0 {
		return e.end(n.Entries[k-1].Value)
	}
	return -1
}

func (e *editor) endQuoted(at int) int {
	if at >= len(e.text) {
		return -1
	}
	quote := e.text[at]
	for i := at + 1; i < len(e.text); i++ {
		switch {
		case e.text[i] == '\\' && quote == '"':
			i++
		case e.text[i] != quote:
		case quote == '\'' && i+1 < len(e.text) && e.text[i+1] == quote:
			i++
		default:
			return i + 1
		}
	}
	return -1
}

// endBlock gives the end of a text below | or >: of its last line that is as
// deep as its first.
func (e *editor) endBlock(n *Node) int {
	end := e.lineEnd(e.offset(n.Pos))
	if n.Text == "" {
		return end
	}
	deep := -1
	for at := end + 1; at < len(e.text); at = e.lineEnd(at) + 1 {
		line := string(e.text[at:e.lineEnd(at)])
		body := strings.TrimLeft(line, " ")
		if body == "" {
			continue
		}
		if deep < 0 {
			deep = len(line) - len(body)
		}
		if len(line)-len(body) < deep {
			break
		}
		end = e.lineEnd(at)
	}
	return end
}

// endFlow gives the place behind the closing bracket.
func (e *editor) endFlow(n *Node) int {
	at := e.offset(n.Pos)
	if at >= len(e.text) || e.text[at] != '{' && e.text[at] != '[' {
		return -1
	}
	at++
	if k := len(n.Items); k > 0 {
		at = e.end(n.Items[k-1])
	} else if k := len(n.Entries); k > 0 {
		at = e.end(n.Entries[k-1].Value)
	}
	for ; at >= 0 && at < len(e.text); at++ {
		switch e.text[at] {
		case '#':
			at = e.lineEnd(at)
		case '}', ']':
			return at + 1
		case ' ', ',', '\n':
		default:
			return -1
		}
	}
	return -1
}

// set makes the change in the text.
func (e *editor) set(steps []step, v *Node) (string, error) {
	n, indent := e.root, 0
	for i, s := range steps {
		last := i == len(steps)-1
		switch {
		case s.key == "":
			switch {
			case s.add:
				return e.addItem(n, v, indent)
			case last && v == nil:
				return e.removeItem(n, s.index)
			case last:
				return e.replaceItem(n, s.index, v)
			}
			n = n.Items[s.index]
			continue
		case n.Get(s.key) == nil:
			return e.addKey(n, s.key, below(steps[i+1:], v))
		case last && v == nil, v == nil && i == len(steps)-2 && steps[i+1].key == "" && len(n.Get(s.key).Items) == 1:
			return e.removeKey(n, s.key)
		case last:
			return e.replaceValue(n, s.key, v)
		}
		indent = e.keyColumn(n, s.key)
		n = n.Get(s.key)
	}
	return "", errBeyond
}

// below gives what a new key holds when the path leads on.
func below(rest []step, v *Node) *Node {
	switch {
	case len(rest) == 1 && rest[0].add:
		return List(v)
	case len(rest) == 1:
		return Map().Inline().Set(rest[0].key, v)
	}
	return v
}

// keyColumn gives the column of a key from 0.
func (e *editor) keyColumn(n *Node, key string) int {
	for _, x := range n.Entries {
		if x.Key == key {
			return x.Pos.Column - 1
		}
	}
	return 0
}

// inFlow writes a value for within {…} or […].
func inFlow(v *Node) string {
	var b strings.Builder
	writeFlow(&b, v)
	return b.String()
}

// behindKey writes a value as it stands behind a key and its colon.
func behindKey(v *Node, indent int) string {
	var b strings.Builder
	writeBelow(&b, v, indent)
	return strings.TrimSuffix(b.String(), "\n")
}

func (e *editor) replaceValue(n *Node, key string, v *Node) (string, error) {
	i := slices.IndexFunc(n.Entries, func(x Entry) bool { return x.Key == key })
	old := n.Entries[i].Value
	end := e.end(old)
	if end < 0 {
		return "", errBeyond
	}
	if n.Flow {
		return e.replaced(e.offset(old.Pos), end, inFlow(v)), nil
	}
	from := e.offset(old.Pos)
	for from > 0 && strings.ContainsRune(" \n", e.text[from-1]) {
		from--
	}
	if from == 0 || e.text[from-1] != ':' {
		from = e.offset(old.Pos)
		return e.replaced(from, end, strings.TrimPrefix(behindKey(v, n.Entries[i].Pos.Column-1), " ")), nil
	}
	if inline(v) && !strings.Contains(behindKey(v, 0), "\n") && e.lineStart(from) == e.lineStart(e.offset(old.Pos)) {
		from = e.offset(old.Pos) // keeps white space that lines values up
		return e.replaced(from, end, strings.TrimPrefix(behindKey(v, 0), " ")), nil
	}
	return e.replaced(from, end, behindKey(v, n.Entries[i].Pos.Column-1)), nil
}

// before gives how many of the keys of n stand before a new one.
func (e *editor) before(n *Node, key string) int {
	rank := slices.Index(e.order, key)
	if rank < 0 {
		return len(n.Entries)
	}
	at := 0
	for i, x := range n.Entries {
		if r := slices.Index(e.order, x.Key); r >= 0 && r < rank {
			at = i + 1
		}
	}
	return at
}

func (e *editor) addKey(n *Node, key string, v *Node) (string, error) {
	at := e.before(n, key)
	if len(n.Entries) == 0 || at == 0 && !n.Flow {
		at = min(1, len(n.Entries))
	}
	if n.Flow {
		pair := scalarText(key, true) + ": " + inFlow(v)
		switch {
		case len(n.Entries) == 0:
			return e.replaced(e.offset(n.Pos)+1, e.offset(n.Pos)+1, pair), nil
		case at == 0:
			first := e.offset(n.Entries[0].Pos)
			return e.replaced(first, first, pair+", "), nil
		}
		end := e.end(n.Entries[at-1].Value)
		if end < 0 {
			return "", errBeyond
		}
		return e.replaced(end, end, ", "+pair), nil
	}
	if at == 0 {
		return "", errBeyond
	}
	end := e.end(n.Entries[at-1].Value)
	if end < 0 {
		return "", errBeyond
	}
	indent := n.Entries[0].Pos.Column - 1
	end = e.lineEnd(end)
	return e.replaced(end, end, "\n"+strings.Repeat(" ", indent)+scalarText(key, false)+":"+behindKey(v, indent)), nil
}

func (e *editor) removeKey(n *Node, key string) (string, error) {
	i := slices.IndexFunc(n.Entries, func(x Entry) bool { return x.Key == key })
	x := n.Entries[i]
	from, end := e.offset(x.Pos), e.end(x.Value)
	switch {
	case end < 0 || len(n.Entries) == 1 && !n.Flow:
		return "", errBeyond
	case n.Flow:
		return e.cut(from, end, i, len(n.Entries), func(k int) (int, int) { return e.offset(n.Entries[k].Pos), e.end(n.Entries[k].Value) })
	case strings.TrimLeft(string(e.text[e.lineStart(from):from]), " ") != "":
		return e.replaced(from, e.offset(n.Entries[i+1].Pos), ""), nil // the first key behind a dash
	}
	return e.withoutLines(from, end), nil
}

// withoutLines removes whole lines.
func (e *editor) withoutLines(from, end int) string {
	from, end = e.lineStart(from), e.lineEnd(end)
	if end < len(e.text) {
		return e.replaced(from, end+1, "")
	}
	return e.replaced(max(from-1, 0), end, "")
}

// cut removes the i-th of n parts of a flow with the comma beside it.
func (e *editor) cut(from, end, i, n int, span func(int) (int, int)) (string, error) {
	switch {
	case i+1 < n:
		next, _ := span(i + 1)
		return e.replaced(from, next, ""), nil
	case i > 0:
		_, before := span(i - 1)
		if before < 0 {
			return "", errBeyond
		}
		return e.replaced(before, end, ""), nil
	}
	return e.replaced(from, end, ""), nil
}

func (e *editor) addItem(n *Node, v *Node, indent int) (string, error) {
	last := len(n.Items) - 1
	if last < 0 {
		at := e.offset(n.Pos) + 1
		if !n.Flow {
			return "", errBeyond
		}
		return e.replaced(at, at, inFlow(v)), nil
	}
	end := e.end(n.Items[last])
	if end < 0 {
		return "", errBeyond
	}
	if n.Flow {
		return e.replaced(end, end, ", "+inFlow(v)), nil
	}
	dash := e.dash(n.Items[last])
	if dash < 0 {
		return "", errBeyond
	}
	indent = max(dash-e.lineStart(dash), indent)
	end = e.lineEnd(end)
	return e.replaced(end, end, "\n"+strings.Repeat(" ", indent)+"- "+inFlow(v)), nil
}

// dash gives the place of the dash before an item, −1 if it does not stand
// first on its line.
func (e *editor) dash(item *Node) int {
	at := e.offset(item.Pos) - 1
	for at >= 0 && strings.ContainsRune(" \n", e.text[at]) {
		at--
	}
	if at < 0 || e.text[at] != '-' || strings.TrimLeft(string(e.text[e.lineStart(at):at]), " ") != "" {
		return -1
	}
	return at
}

func (e *editor) removeItem(n *Node, i int) (string, error) {
	item := n.Items[i]
	from, end := e.offset(item.Pos), e.end(item)
	if end < 0 {
		return "", errBeyond
	}
	if n.Flow {
		return e.cut(from, end, i, len(n.Items), func(k int) (int, int) { return e.offset(n.Items[k].Pos), e.end(n.Items[k]) })
	}
	dash := e.dash(item)
	if dash < 0 || len(n.Items) == 1 {
		return "", errBeyond
	}
	return e.withoutLines(dash, end), nil
}

func (e *editor) replaceItem(n *Node, i int, v *Node) (string, error) {
	end := e.end(n.Items[i])
	if end < 0 {
		return "", errBeyond
	}
	return e.replaced(e.offset(n.Items[i].Pos), end, inFlow(v)), nil
}
