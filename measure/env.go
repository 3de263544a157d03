package measure

import (
	"slices"
	"sync"

	minori "github.com/minori-hq/minori"
	"github.com/minori-hq/minori/metric"
)

// Env says which names exist for an expression. Its maps are only read. It
// prepares the language at first use and keeps it, so share one Env per kind
// of subject and do not copy it.
type Env struct {
	Kind minori.SubjectKind
	// Fields are the attributes by their name after "account." or "person.".
	// The computed ones (account: arr, age_days, days_to_renewal; person:
	// tenure_days) are always there and need not be given.
	Fields     map[string]Field
	Metrics    map[string]metric.Ref
	Measures   map[string]*Expr
	Scorecards []string
	CallTypes  []string // types open_calls() takes; nil means any name
	// Scores allows score(), score_change(), band() and open_calls().
	Scores bool
	// Properties makes it the language of a metric's filter over events: the
	// only names are properties.x.
	Properties bool

	once sync.Once
	lang *language
	err  error
}

// Field is an attribute of a subject.
type Field struct {
	ID    int64
	Type  metric.Type
	Title minori.Text // for explanations, optional
	Unit  string      // for explanations, optional
}

// language prepares the language once.
func (env *Env) language() (*language, error) {
	env.once.Do(func() {
		if env.lang == nil {
			env.lang, env.err = newLanguage()
		}
	})
	return env.lang, env.err
}

// with gives the same environment for a set of measures, which may grow while
// it is used, and cannot use scores.
func (env *Env) with(measures map[string]*Expr) (*Env, error) {
	lang, err := env.language()
	if err != nil {
		return nil, err
	}
	return &Env{
		Kind: env.Kind, Fields: env.Fields, Metrics: env.Metrics, Measures: measures, lang: lang,
	}, nil
}

// computed gives the leaf of a computed attribute.
func (env *Env) computed(name string) (leaf metric.Leaf, unit string, ok bool) {
	kinds := computedFields(env.Kind)
	i := slices.IndexFunc(kinds, func(c computedField) bool { return c.name == name })
	if env.Properties || i < 0 {
		return metric.Leaf{}, "", false
	}
	return metric.Leaf{Kind: kinds[i].leaf, Type: metric.Number}, kinds[i].unit, true
}

// computedField is an attribute that no field holds.
type computedField struct {
	name string
	leaf metric.LeafKind
	unit string
}

// computedFields gives the computed attributes of a kind of subject.
func computedFields(kind minori.SubjectKind) []computedField {
	if kind == minori.Person {
		return []computedField{{"tenure_days", metric.LeafAgeDays, "days"}}
	}
	return []computedField{
		{"arr", metric.LeafARR, ""},
		{"age_days", metric.LeafAgeDays, "days"},
		{"days_to_renewal", metric.LeafDaysToRenewal, "days"},
	}
}

// fieldNames gives the names of all attributes, sorted.
func (env *Env) fieldNames() []string {
	names := sorted(env.Fields)
	for _, c := range computedFields(env.Kind) {
		names = append(names, c.name)
	}
	slices.Sort(names)
	return slices.Compact(names)
}

// sorted gives the keys of a map in order.
func sorted[V any](m map[string]V) []string {
	names := make([]string, 0, len(m))
	for n := range m {
		names = append(names, n)
	}
	slices.Sort(names)
	return names
}

// nearest gives `, did you mean "x"?` or "". It does not search for a name no
// definition could have.
func nearest(name string, names []string) string {
	if len(name) > 200 {
		return ""
	}
	return minori.DidYouMean(name, names)
}
