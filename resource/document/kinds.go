// Package document reads and writes the definitions of a workspace: documents
// of YAML become typed definitions with the place of everything in them, and
// typed definitions become their one canonical text.
package document

import (
	"cmp"
	"iter"
	"slices"
	"strings"

	minori "github.com/minori-hq/minori"
	"github.com/minori-hq/minori/account"
	"github.com/minori-hq/minori/action"
	"github.com/minori-hq/minori/dashboard"
	"github.com/minori-hq/minori/importer"
	"github.com/minori-hq/minori/measure"
	"github.com/minori-hq/minori/metric"
	"github.com/minori-hq/minori/resource/yamltree"
	"github.com/minori-hq/minori/rule"
	"github.com/minori-hq/minori/scorecard"
	"github.com/minori-hq/minori/segment"
)

// The kinds.
const (
	KindWorkspace = "Workspace"
	KindField     = "Field"
	KindSource    = "Source"
	KindMetric    = "Metric"
	KindMeasure   = "Measure"
	KindScorecard = "Scorecard"
	KindSegment   = "Segment"
	KindRule      = "Rule"
	KindPlaybook  = "Playbook"
	KindDashboard = "Dashboard"
)

// Kinds gives the kinds in the order in which they build on each other, which
// is also the order of reports and exports.
func Kinds() []string {
	return []string{
		KindWorkspace, KindField, KindSource, KindMetric, KindMeasure, KindScorecard, KindSegment, KindRule, KindPlaybook, KindDashboard,
	}
}

// WorkspaceName is the name under which the settings are kept; there is one
// document of the kind.
const WorkspaceName = "workspace"

// Document is one definition, decoded.
type Document struct {
	Kind string
	Name string
	Pos  minori.Position // where the document begins
	// Value is a pointer to the typed definition: minori.Workspace,
	// account.Field, importer.Source, metric.Metric, measure.Definition,
	// scorecard.Scorecard, segment.Segment, rule.Rule, action.Playbook or
	// dashboard.Dashboard.
	Value any
	// Source is the text as its author wrote it; "" for a definition that comes
	// from no text.
	Source string

	nodes map[string]*yamltree.Node // by path, such as "groups[0].measures[1].weight"
	errs  minori.Errors             // what decoding found wrong
}

// Key names the document in reports: "Measure adoption.trend".
func (d *Document) Key() string { return d.Kind + " " + d.Name }

// Text gives the text as its author wrote it, else the canonical one.
func (d *Document) Text() string {
	if d.Source != "" {
		return d.Source
	}
	return Encode(d.Value)
}

// At gives the place of a path such as "groups[0].weight", else of what holds
// it, else of the document.
func (d *Document) At(path string) minori.Position {
	for path != "" {
		if n := d.nodes[path]; n != nil {
			return n.Pos
		}
		i := strings.LastIndexAny(path, ".[")
		path = path[:max(i, 0)]
	}
	return d.Pos
}

// Node gives what stands at a path, or nil.
func (d *Document) Node(path string) *yamltree.Node { return d.nodes[path] }

// Texts gives the text of every scalar of the document.
func (d *Document) Texts() iter.Seq[string] {
	return func(yield func(string) bool) {
		for _, n := range d.nodes {
			if n.Kind == yamltree.Scalar && !yield(n.Text) {
				return
			}
		}
	}
}

// Problems gives what decoding found wrong.
func (d *Document) Problems() minori.Errors { return d.errs }

// Errorf makes an error at a path of the document.
func (d *Document) Errorf(path, format string, args ...any) *minori.Error {
	e := minori.Errorf(minori.Invalid, format, args...)
	e.Pos, e.Field = d.At(path), path
	return e
}

// Set is a whole state of the configuration, decoded: one document per kind
// and name.
type Set struct {
	docs  []*Document
	byKey map[string]*Document
	lost  minori.Errors // about documents that could not be taken in at all
}

// NewSet makes a set and orders it by kind and name. Of two documents of one
// name the first counts and the second is an error. lost is what was wrong with
// documents that could not be taken in.
func NewSet(docs []*Document, lost minori.Errors) *Set {
	s := &Set{byKey: map[string]*Document{}, lost: lost}
	for _, d := range docs {
		if first := s.byKey[d.Key()]; first != nil {
			s.lost = append(s.lost, d.Errorf("name", "%s is defined a second time; the first is at %s: rename or remove one", d.Key(), first.At("name")))
			continue
		}
		s.byKey[d.Key()] = d
		s.docs = append(s.docs, d)
	}
	kinds := Kinds()
	slices.SortFunc(s.docs, func(a, b *Document) int {
		return cmp.Or(slices.Index(kinds, a.Kind)-slices.Index(kinds, b.Kind), strings.Compare(a.Name, b.Name))
	})
	return s
}

// Problems gives everything that decoding found wrong.
func (s *Set) Problems() minori.Errors {
	errs := slices.Clone(s.lost)
	for _, d := range s.docs {
		errs = append(errs, d.errs...)
	}
	return InOrder(errs)
}

// Lost gives what was wrong with documents that could not be taken in; the
// rest of the set cannot be judged then.
func (s *Set) Lost() minori.Errors { return s.lost }

// InOrder sorts errors by place and leaves out what is told twice.
func InOrder(errs minori.Errors) minori.Errors {
	slices.SortStableFunc(errs, func(a, b *minori.Error) int {
		return cmp.Or(strings.Compare(a.Pos.File, b.Pos.File), cmp.Compare(a.Pos.Line, b.Pos.Line), cmp.Compare(a.Pos.Column, b.Pos.Column))
	})
	return slices.CompactFunc(errs, func(a, b *minori.Error) bool { return a.Pos == b.Pos && a.Message == b.Message })
}

// Documents gives the documents by kind (as Kinds has them) and name.
func (s *Set) Documents() []*Document { return s.docs }

// Get gives the document of a kind and name, or nil.
func (s *Set) Get(kind, name string) *Document { return s.byKey[kind+" "+name] }

// Names gives the names of the documents of a kind, sorted.
func (s *Set) Names(kind string) []string {
	var out []string
	for _, d := range s.docs {
		if d.Kind == kind {
			out = append(out, d.Name)
		}
	}
	return out
}

// Of gives the documents whose value is a *T with their values.
func Of[T any](s *Set) iter.Seq2[*Document, *T] {
	return func(yield func(*Document, *T) bool) {
		for _, d := range s.docs {
			if v, ok := d.Value.(*T); ok && !yield(d, v) {
				return
			}
		}
	}
}

// emptyValue gives a zero typed definition of a kind, or nil.
func emptyValue(kind string) any {
	switch kind {
	case KindWorkspace:
		return &minori.Workspace{}
	case KindField:
		return &account.Field{}
	case KindSource:
		return &importer.Source{}
	case KindMetric:
		return &metric.Metric{}
	case KindMeasure:
		return &measure.Definition{}
	case KindScorecard:
		return &scorecard.Scorecard{}
	case KindSegment:
		return &segment.Segment{}
	case KindRule:
		return &rule.Rule{}
	case KindPlaybook:
		return &action.Playbook{}
	case KindDashboard:
		return &dashboard.Dashboard{}
	}
	return nil
}
