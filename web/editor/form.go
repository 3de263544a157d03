package editor

import (
	"cmp"
	"fmt"
	"net/url"
	"slices"
	"strings"

	minori "github.com/minori-hq/minori"
	"github.com/minori-hq/minori/metric"
	"github.com/minori-hq/minori/resource"
	"github.com/minori-hq/minori/resource/yamltree"
	"github.com/minori-hq/minori/web/ui"
)

// FieldKind says how a field is shown and how its value is written.
type FieldKind string

// The kinds.
const (
	Line       FieldKind = "line"       // a text
	Number     FieldKind = "number"     // a number
	Length     FieldKind = "length"     // a length of time or a count of days, such as 7d or 3bd
	Choice     FieldKind = "choice"     // one of Options
	Expression FieldKind = "expression" // a condition or value
	Title      FieldKind = "title"      // a text in English and Japanese
	List       FieldKind = "list"       // texts, one per line
	Names      FieldKind = "names"      // names, with commas
	Curve      FieldKind = "curve"      // how values become scores
)

// Field is one value of a definition in the form. Its path is that of the
// value in the document, and its control is named after it.
type Field struct {
	Path    string
	Kind    FieldKind
	Label   string
	Help    string
	Unit    string
	Options []ui.Option
	Default string // what counts where the text says nothing

	Value, Japanese string // Japanese: of a Title
	Points          []Point
	Steps           bool   // of a Curve: bounds instead of points
	Error           string // what is wrong with it
}

// Point is one row of a Curve as entered; Value is "" for the last step.
type Point struct{ Value, Score string }

// Section is some fields that belong together.
type Section struct {
	Title  string
	Note   string
	Path   string // of the list item it shows; may be removed
	Brief  string // of a section that is folded: what stands in it, in a line
	Fields []Field
	Adds   []Add
}

// id names a folded section, so that it stays open when the form is made anew.
func (s Section) id() string { return "edit-section-" + s.Path }

// faulty reports whether something is wrong with a field.
func (s Section) faulty() bool {
	return slices.ContainsFunc(s.Fields, func(f Field) bool { return f.Error != "" })
}

// Add offers something new.
type Add struct {
	Path    string // of the list
	Label   string
	Options []ui.Option                        // to choose from; nil for a button
	New     func(chosen string) *yamltree.Node // what is added
}

// control gives the name of a field's control.
func (f Field) control(suffix string) string { return controlOf(f.Path, suffix) }

func controlOf(path, suffix string) string {
	if suffix != "" {
		return "f:" + path + "@" + suffix
	}
	return "f:" + path
}

// Read fills in a field from the tree of a text.
func (f Field) Read(root *yamltree.Node) Field {
	n := root.Find(f.Path)
	if n == nil {
		f.Value = f.Default
		return f
	}
	switch f.Kind {
	case Title:
		f.Value, f.Japanese = n.Text, ""
		if n.Kind == yamltree.Mapping {
			f.Value, f.Japanese = textOf(n.Get("en")), textOf(n.Get("ja"))
		}
	case List, Names:
		items := []string{n.Text}
		if n.Kind == yamltree.Sequence {
			items = nil
			for _, i := range n.Items {
				items = append(items, i.Text)
			}
		}
		f.Value = strings.Join(items, f.separator())
	case Curve:
		f.readCurve(n)
	default:
		f.Value = strings.TrimSpace(n.Text)
	}
	return f
}

func (f *Field) readCurve(n *yamltree.Node) {
	if steps := n.Get("steps"); steps != nil {
		f.Steps = true
		for _, s := range steps.Items {
			f.Points = append(f.Points, Point{textOf(s.Get("below")), textOf(s.Get("score"))})
		}
		return
	}
	if points := n.Get("points"); points != nil {
		for _, p := range points.Items {
			if len(p.Items) == 2 {
				f.Points = append(f.Points, Point{p.Items[0].Text, p.Items[1].Text})
			}
		}
	}
}

func (f Field) separator() string {
	if f.Kind == Names {
		return ", "
	}
	return "\n"
}

func textOf(n *yamltree.Node) string {
	if n == nil {
		return ""
	}
	return n.Text
}

// posted is a field as it was sent; ok is false if it was not.
func (f Field) posted(form url.Values) (Field, bool) {
	switch f.Kind {
	case Curve:
		if !form.Has(f.control("value.0")) {
			return f, false
		}
		f.Points = nil
		for i := 0; i < maxPoints && form.Has(f.control(fmt.Sprintf("score.%d", i))); i++ {
			p := Point{entered(form, f.control(fmt.Sprintf("value.%d", i))), entered(form, f.control(fmt.Sprintf("score.%d", i)))}
			if p != (Point{}) {
				f.Points = append(f.Points, p)
			}
		}
		if f.Steps { // the open step stays the last
			slices.SortStableFunc(f.Points, func(a, b Point) int { return cmp.Compare(open(a), open(b)) })
		}
		return f, true
	case Title:
		f.Japanese = entered(form, f.control("ja"))
	}
	f.Value = entered(form, f.control(""))
	return f, form.Has(f.control(""))
}

// open is 1 for a step without a bound.
func open(p Point) int {
	if p.Value == "" {
		return 1
	}
	return 0
}

// maxPoints bounds the rows of a curve.
const maxPoints = 40

func entered(form url.Values, name string) string {
	return strings.TrimSpace(strings.ReplaceAll(form.Get(name), "\r\n", "\n"))
}

// same compares the values of a field.
func (f Field) same(o Field) bool {
	if f.Kind == Curve {
		return fmt.Sprint(f.Points) == fmt.Sprint(o.Points)
	}
	return strings.TrimSpace(f.Value) == o.Value && strings.TrimSpace(f.Japanese) == o.Japanese
}

// node is the value as it is written; nil removes it.
func (f Field) node() *yamltree.Node {
	switch f.Kind {
	case Curve:
		return f.curve()
	case Title:
		if f.Japanese == "" {
			return text(f.Value)
		}
		n := yamltree.Map().Inline()
		return n.Set("en", text(f.Value)).Set("ja", text(f.Japanese))
	case List, Names:
		items := split(f.Value, strings.TrimSpace(f.separator()))
		if len(items) == 0 {
			return nil
		}
		if len(items) == 1 && f.Kind == List {
			return text(items[0])
		}
		n := yamltree.List().Inline()
		for _, s := range items {
			n.Items = append(n.Items, yamltree.Text(s))
		}
		return n
	case Number, Length, Choice:
		return word(f.Value)
	case Expression:
		if f.Value == "true" || f.Value == "false" {
			return yamltree.Word(f.Value)
		}
	}
	return text(f.Value)
}

func split(s, separator string) []string {
	if separator == "" {
		separator = "\n"
	}
	var out []string
	for _, part := range strings.Split(s, separator) {
		if part = strings.TrimSpace(part); part != "" {
			out = append(out, part)
		}
	}
	return out
}

func text(s string) *yamltree.Node {
	if s == "" {
		return nil
	}
	return yamltree.Text(s)
}

// word writes numbers, lengths and choices bare, anything else as a text, about
// which the check then says what is wrong.
func word(s string) *yamltree.Node {
	if s == "" {
		return nil
	}
	if _, reason := metric.ParseNumber(s); reason == metric.Known || minori.ValidName(s) {
		return yamltree.Word(s)
	}
	return yamltree.Text(s)
}

func (f Field) curve() *yamltree.Node {
	if len(f.Points) == 0 {
		return nil
	}
	list := yamltree.List().Inline()
	for _, p := range f.Points {
		switch {
		case !f.Steps:
			list.Items = append(list.Items, yamltree.List(orZero(p.Value), orZero(p.Score)).Inline())
		default:
			list.Items = append(list.Items, yamltree.Map().Inline().Set("below", word(p.Value)).Set("score", orZero(p.Score)))
		}
	}
	key := "points"
	if f.Steps {
		key = "steps"
	}
	return yamltree.Map().Inline().Set(key, list)
}

func orZero(s string) *yamltree.Node {
	if n := word(s); n != nil {
		return n
	}
	return yamltree.Word("0")
}

// changes gives what a sent form changes against the form that was shown, and
// whether the fields themselves are others now.
func changes(shown []Section, form url.Values) (out []resource.Setting, others bool) {
	var gone []resource.Setting
	for _, s := range shown {
		for _, f := range s.Fields {
			if now, ok := f.posted(form); ok && !f.same(now) {
				others = others || f.Kind == Curve && len(f.Points) != len(now.Points)
				out = append(out, resource.Setting{Path: f.Path, Value: now.node()})
			}
		}
		for _, a := range s.Adds {
			if chosen := form.Get(controlOf(a.Path, "add")); chosen != "" {
				if n := a.New(chosen); n != nil {
					gone = append(gone, resource.Setting{Path: a.Path + "[+]", Value: n})
				}
			}
		}
	}
	for i := len(shown) - 1; i >= 0; i-- { // later items first, so that paths stay true
		if p := shown[i].Path; p != "" && form.Has(controlOf(p, "remove")) {
			gone = append(gone, resource.Setting{Path: p})
		}
	}
	return append(out, gone...), others || len(gone) > 0
}
