package importer

import (
	"fmt"
	"slices"
	"strings"
	"time"

	minori "github.com/minori-hq/minori"
	"github.com/minori-hq/minori/account"
	"github.com/minori-hq/minori/importer/rowio"
	"github.com/minori-hq/minori/metric"
)

// slot is a mapped target field, compiled.
type slot struct {
	m     *Mapping
	tag   string // marks the field in the content hash
	kind  kind
	need  bool
	field account.Field // for custom fields: the definition
	prop  string        // for properties: `"name":`
	expr  *expression
	konst rowio.Value
	col   int // position of Mapping.Column, -1 for none
}

// column names the file's column (or columns) a slot reads; "" for a constant.
func (s *slot) column() string {
	switch {
	case s.m.Column != "":
		return s.m.Column
	case s.expr != nil:
		return strings.Join(s.expr.columns, ", ")
	}
	return ""
}

// plan is a source compiled for reading. It is used by one goroutine.
type plan struct {
	src     *Source
	zone    *time.Location // of the workspace
	local   *time.Location // of times without a zone
	slots   []*slot
	by      map[string]*slot
	custom  []*slot // fields.NAME
	props   []*slot // properties.NAME, by name
	mapped  []string
	rowOpt  rowio.Options
	metrics map[string]metric.Ref // for points
}

// newPlan compiles a source that Check accepts.
func newPlan(src *Source, zone *time.Location, fields []account.Field) (*plan, error) {
	p := &plan{src: src, zone: zone, local: zone, by: map[string]*slot{}}
	o := src.Options
	p.rowOpt = rowio.Options{
		Delimiter: o.Delimiter, Encoding: o.Encoding, Sheet: o.Sheet, True: o.True, False: o.False, Null: o.Null,
	}
	if o.TimeZone != "" {
		loc, err := zoneOf(o.TimeZone)
		if err != nil {
			return nil, err
		}
		p.local = loc
	}
	t, ok := targetOf(src.Into)
	if !ok {
		return nil, minori.Errorf(minori.Invalid, "%q is not a target", clip(src.Into))
	}
	var lang *language
	for i := range src.Map {
		m := &src.Map[i]
		if m.Expr != "" && lang == nil {
			var err error
			if lang, err = newLanguage(); err != nil {
				return nil, err
			}
		}
		if err := p.add(&t, m, lang, fields); err != nil {
			return nil, err
		}
	}
	slices.SortFunc(p.props, func(a, b *slot) int { return strings.Compare(a.m.Target, b.m.Target) })
	return p, nil
}

// add compiles one mapping.
func (p *plan) add(t *target, m *Mapping, lang *language, fields []account.Field) error {
	s := &slot{m: m, tag: m.Target + "\x00", col: -1, kind: long}
	if f, ok := t.field(m.Target); ok {
		s.kind, s.need = f.kind, f.need
	}
	if m.Const != nil {
		s.konst = rowio.Value{Text: *m.Const}
		if *m.Const == "" {
			s.konst.Kind = rowio.Null
		}
	}
	if m.Expr != "" {
		var err error
		if s.expr, err = lang.compile(m.Expr); err != nil {
			return err
		}
	}
	if name, ok := strings.CutPrefix(m.Target, fieldsPrefix); ok && t.nested == fieldsPrefix {
		for _, f := range fields {
			if f.Name == t.into+"."+name {
				s.field = f
			}
		}
		p.custom = append(p.custom, s)
	}
	if name, ok := strings.CutPrefix(m.Target, propertiesPrefix); ok && t.nested == propertiesPrefix {
		s.prop = string(appendJSON(nil, name)) + ":"
		s.kind = map[string]kind{"number": number, "bool": truth, "date": day}[m.Type]
		if m.Type == "" || m.Type == "text" {
			s.kind = long
		}
		p.props = append(p.props, s)
	}
	p.slots = append(p.slots, s)
	p.by[m.Target] = s
	p.mapped = append(p.mapped, m.Target)
	return nil
}

// columnOf gives the file's column behind a target field that a service names
// in a reason.
func (p *plan) columnOf(target string) string {
	if s := p.by[target]; s != nil {
		return s.column()
	}
	return ""
}

// bind finds the columns of a file. Where the file says all its columns, one
// that is missing is an error.
func (p *plan) bind(names []string, all bool) error {
	var missing []string
	find := func(name, what string) int {
		i := slices.Index(names, name)
		if i < 0 && all {
			missing = append(missing, fmt.Sprintf("there is no column %q, which the source %s names for %s%s",
				name, p.src.Name, what, minori.DidYouMean(name, names)))
		}
		return i
	}
	for _, s := range p.slots {
		if s.m.Column != "" {
			s.col = find(s.m.Column, s.m.Target)
		}
		if s.expr != nil {
			s.expr.at = s.expr.at[:0]
			for _, name := range s.expr.columns {
				s.expr.at = append(s.expr.at, find(name, s.m.Target))
			}
		}
	}
	for _, name := range p.src.Key {
		find(name, "its key")
	}
	if len(missing) > 0 {
		return minori.Errorf(minori.Invalid, "%s; its columns are %s", strings.Join(missing, "; "), listOf(names))
	}
	return nil
}

// keyColumns gives the positions of the key's columns; nil without a key.
func (p *plan) keyColumns(names []string) []int {
	if len(p.src.Key) == 0 {
		return nil
	}
	at := make([]int, len(p.src.Key))
	for i, name := range p.src.Key {
		at[i] = slices.Index(names, name)
	}
	return at
}

func listOf(names []string) string {
	const most = 30
	if len(names) > most {
		return strings.Join(names[:most], ", ") + fmt.Sprintf(" and %d more", len(names)-most)
	}
	return strings.Join(names, ", ")
}

// inLake reports whether the rows become events or points.
func (p *plan) inLake() bool { return p.src.Into == IntoEvent || p.src.Into == IntoPoint }
