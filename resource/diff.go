package resource

import (
	"fmt"
	"slices"
	"strings"

	"github.com/minori-hq/minori/resource/document"
)

// Diff is what apply would change, or changed. Names are written "Kind name".
type Diff struct {
	Create []string `json:"create"`
	Update []string `json:"update"`
	Delete []string `json:"delete"`
	// Text is a unified diff of the canonical text of each update.
	Text map[string]string `json:"text,omitempty"`
}

// Empty reports whether nothing changes.
func (d Diff) Empty() bool { return len(d.Create)+len(d.Update)+len(d.Delete) == 0 }

// changes gives the differences from one state to another: in what definitions
// say, and for the one named exact ("" for none) also in how it is written.
func changes(from, to *document.Set, exact string) (Diff, []Change) {
	d := Diff{Create: []string{}, Update: []string{}, Delete: []string{}, Text: map[string]string{}}
	var list []Change
	for _, doc := range to.Documents() {
		text := document.Encode(doc.Value)
		old := from.Get(doc.Kind, doc.Name)
		if old == nil {
			d.Create = append(d.Create, doc.Key())
		} else {
			before := document.Encode(old.Value)
			if doc.Key() == exact {
				before, text = old.Text(), doc.Text()
			}
			if before == text {
				continue
			}
			d.Update = append(d.Update, doc.Key())
			d.Text[doc.Key()] = unified(before, text)
		}
		list = append(list, Change{Kind: doc.Kind, Name: doc.Name, Text: doc.Text()})
	}
	for _, doc := range from.Documents() {
		if to.Get(doc.Kind, doc.Name) == nil {
			d.Delete = append(d.Delete, doc.Key())
			list = append(list, Change{Kind: doc.Kind, Name: doc.Name})
		}
	}
	return d, list
}

// around is how many equal lines are shown beside a change.
const around = 3

// line is one line of a comparison: ' ' in both, '-' only before, '+' only after.
type line struct {
	sign byte
	text string
}

// unified gives the differences of two texts in the unified form.
func unified(before, after string) string {
	list := compare(splitLines(before), splitLines(after))
	var b strings.Builder
	a, c := 1, 1 // numbers of the next line before and after
	for i := 0; i < len(list); {
		start, end := hunk(list, i)
		for ; i < start; i++ {
			a, c = a+1, c+1
		}
		if start == len(list) {
			break
		}
		na, nc := 0, 0
		for _, l := range list[start:end] {
			if l.sign != '+' {
				na++
			}
			if l.sign != '-' {
				nc++
			}
		}
		fmt.Fprintf(&b, "@@ -%d,%d +%d,%d @@\n", a, na, c, nc)
		for _, l := range list[start:end] {
			b.WriteByte(l.sign)
			b.WriteString(l.text)
			b.WriteByte('\n')
		}
		a, c, i = a+na, c+nc, end
	}
	return b.String()
}

// hunk gives the next run of changes at or after i with the lines around it.
func hunk(list []line, i int) (start, end int) {
	changed := func(l line) bool { return l.sign != ' ' }
	first := slices.IndexFunc(list[i:], changed)
	if first < 0 {
		return len(list), len(list)
	}
	first += i
	last := first
	for k := first; k < len(list) && k <= last+2*around; k++ {
		if changed(list[k]) {
			last = k
		}
	}
	return max(i, first-around), min(len(list), last+around+1)
}

func splitLines(s string) []string {
	return strings.Split(strings.TrimSuffix(s, "\n"), "\n")
}

// maxCells bounds the table of a comparison; larger texts are shown as replaced.
const maxCells = 4 << 20

// compare gives the lines of both texts, the common ones as one.
func compare(a, b []string) []line {
	if len(a)*len(b) > maxCells {
		return replaced(a, b)
	}
	n, m := len(a), len(b)
	common := make([]int32, (n+1)*(m+1)) // length of the longest common part of a[i:] and b[j:]
	at := func(i, j int) *int32 { return &common[i*(m+1)+j] }
	for i := n - 1; i >= 0; i-- {
		for j := m - 1; j >= 0; j-- {
			if a[i] == b[j] {
				*at(i, j) = *at(i+1, j+1) + 1
			} else {
				*at(i, j) = max(*at(i+1, j), *at(i, j+1))
			}
		}
	}
	var out []line
	i, j := 0, 0
	for i < n && j < m {
		switch {
		case a[i] == b[j]:
			out = append(out, line{' ', a[i]})
			i, j = i+1, j+1
		case *at(i+1, j) >= *at(i, j+1):
			out = append(out, line{'-', a[i]})
			i++
		default:
			out = append(out, line{'+', b[j]})
			j++
		}
	}
	return append(out, replaced(a[i:], b[j:])...)
}

func replaced(a, b []string) []line {
	var out []line
	for _, s := range a {
		out = append(out, line{'-', s})
	}
	for _, s := range b {
		out = append(out, line{'+', s})
	}
	return out
}
