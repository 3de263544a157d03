package yamltree

import (
	"errors"
	"slices"
	"strconv"
	"strings"

	minori "github.com/minori-hq/minori"
)

// errBeyond says that a place is written in a way that is only edited by hand.
var errBeyond = errors.New("written in a way that is only edited by hand")

// Set changes one value of the document a text holds and leaves everything else
// as its author wrote it, comments, order and style included. path is as in
// "groups[0].weight"; "caps[+]" adds an item. A nil value removes the key or
// item; a list that loses its last item goes with it. A new key stands where
// order, the keys of all mappings in their usual order, has it.
//
// The result is read again before it is given: it holds exactly the change, or
// there is an error and the text has to be edited by hand.
func Set(text, path string, v *Node, order []string) (string, error) {
	e, err := newEditor(text, order)
	if err != nil {
		return "", err
	}
	steps, ok := splitPath(path)
	if !ok {
		return "", minori.Errorf(minori.Invalid, "%q is no place in a document", brief(path))
	}
	want := clone(e.root)
	if !change(want, steps, v, order) {
		return "", minori.Errorf(minori.NotFound, "there is no %s in the text", brief(path))
	}
	out, err := e.set(steps, v)
	if err == nil {
		var now []*Node
		now, err = Parse("", []byte(out))
		if err == nil && (len(now) != 1 || !same(now[0], want)) {
			err = errBeyond
		}
	}
	if err != nil {
		return "", &minori.Error{Code: minori.Invalid, Message: brief(path) + " is written in a way that the form cannot change: change it in the text"}
	}
	return out, nil
}

// Find gives the value at a path, or nil.
func (n *Node) Find(path string) *Node {
	steps, ok := splitPath(path)
	for _, s := range steps {
		switch {
		case !ok || n == nil || s.add:
			return nil
		case s.key != "":
			n = n.Get(s.key)
		case n.Kind == Sequence && s.index < len(n.Items):
			n = n.Items[s.index]
		default:
			return nil
		}
	}
	if !ok {
		return nil
	}
	return n
}

// step is one step of a path: a key, an item, or a new item.
type step struct {
	key   string
	index int
	add   bool
}

func splitPath(path string) ([]step, bool) {
	var out []step
	for _, part := range strings.Split(path, ".") {
		key, rest, _ := strings.Cut(part, "[")
		if key == "" {
			return nil, false
		}
		out = append(out, step{key: key})
		if rest == "" {
			continue
		}
		for _, item := range strings.Split(rest, "[") {
			number, closed := strings.CutSuffix(item, "]")
			n, err := strconv.Atoi(number)
			switch {
			case closed && number == "+":
				out = append(out, step{add: true})
			case !closed || err != nil || n < 0:
				return nil, false
			default:
				out = append(out, step{index: n})
			}
		}
	}
	return out, true
}

// clone copies a tree, without places.
func clone(n *Node) *Node {
	out := &Node{Kind: n.Kind, Text: n.Text, Style: n.Style}
	for _, x := range n.Entries {
		out.Entries = append(out.Entries, Entry{Key: x.Key, Value: clone(x.Value)})
	}
	for _, x := range n.Items {
		out.Items = append(out.Items, clone(x))
	}
	return out
}

// same compares what two trees say, not how it is written.
func same(a, b *Node) bool {
	if a.Kind != b.Kind || a.Text != b.Text || a.Null() != b.Null() || len(a.Entries) != len(b.Entries) || len(a.Items) != len(b.Items) {
		return false
	}
	for _, x := range a.Entries {
		if y := b.Get(x.Key); y == nil || !same(x.Value, y) {
			return false
		}
	}
	for i := range a.Items {
		if !same(a.Items[i], b.Items[i]) {
			return false
		}
	}
	return true
}

// change makes the change in a tree.
func change(n *Node, steps []step, v *Node, order []string) bool {
	s, last := steps[0], len(steps) == 1
	if s.key == "" {
		return changeItem(n, steps, v, order)
	}
	if n.Kind != Mapping {
		return false
	}
	at := slices.IndexFunc(n.Entries, func(x Entry) bool { return x.Key == s.key })
	switch {
	case last && v == nil && at >= 0:
		n.Entries = slices.Delete(n.Entries, at, at+1)
	case last && v == nil:
		return false
	case last && at >= 0:
		n.Entries[at].Value = v
	case last:
		n.Entries = append(n.Entries, Entry{Key: s.key, Value: v})
	case at >= 0:
		list := n.Entries[at].Value
		if !change(list, steps[1:], v, order) {
			return false
		}
		if list.Kind == Sequence && len(list.Items) == 0 {
			n.Entries = slices.Delete(n.Entries, at, at+1)
		}
	case len(steps) == 2 && steps[1].add && v != nil:
		n.Entries = append(n.Entries, Entry{Key: s.key, Value: List(v)})
	case len(steps) == 2 && steps[1].key != "" && v != nil:
		n.Entries = append(n.Entries, Entry{Key: s.key, Value: Map().Inline().Set(steps[1].key, v)})
	default:
		return false
	}
	return true
}

func changeItem(n *Node, steps []step, v *Node, order []string) bool {
	s, last := steps[0], len(steps) == 1
	if n.Kind != Sequence || s.add && (!last || v == nil) || !s.add && s.index >= len(n.Items) {
		return false
	}
	switch {
	case s.add:
		n.Items = append(n.Items, v)
	case last && v == nil:
		n.Items = slices.Delete(n.Items, s.index, s.index+1)
	case last:
		n.Items[s.index] = v
	default:
		return change(n.Items[s.index], steps[1:], v, order)
	}
	return true
}
