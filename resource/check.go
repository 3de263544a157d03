package resource

import (
	"context"
	"maps"
	"regexp"
	"slices"
	"strings"
	"time"

	minori "github.com/minori-hq/minori"
	"github.com/minori-hq/minori/account"
	"github.com/minori-hq/minori/importer"
	"github.com/minori-hq/minori/measure"
	"github.com/minori-hq/minori/metric"
	"github.com/minori-hq/minori/resource/document"
	"github.com/minori-hq/minori/rule"
)

// MaxDefinitions is the most definitions a workspace may have.
const MaxDefinitions = 5000

// IDs gives the stable keys of names of a kind, as Store.EnsureIDs does.
type IDs func(ctx context.Context, kind string, names []string) (map[string]int64, error)

// numbered gives numbers from 1, for checks before anything is stored.
func numbered(_ context.Context, _ string, names []string) (map[string]int64, error) {
	out := map[string]int64{}
	for i, n := range names {
		out[n] = int64(i + 1)
	}
	return out, nil
}

// Decode reads the documents of all files. The error, if any, is
// minori.Errors with everything that is wrong; the set then holds what could
// be read.
func Decode(files []File) (*document.Set, error) {
	s := document.Decode(files)
	return s, s.Problems().OrNil()
}

// Check checks a whole state of the configuration, as it would be applied in a
// workspace. The error, if any, is minori.Errors with everything that is wrong.
func Check(ctx context.Context, s *document.Set, w minori.Workspace) (*Config, error) {
	return compile(ctx, s, w, numbered, nil, 0)
}

// compiler turns a set into a Config.
type compiler struct {
	set      *document.Set
	cfg      *Config
	ids      map[string]map[string]int64 // by kind and name
	versions map[string]int64            // by key of the document
	errs     minori.Errors
	broken   []string // measures that are wrong, so that what uses them cannot be checked

	plain map[minori.SubjectKind]*measure.Env // without scores
	props *measure.Env
}

// compile checks the set and makes the Config of a version. versions says in
// which version of the workspace each document's text was applied.
func compile(ctx context.Context, s *document.Set, w minori.Workspace, ids IDs, versions map[string]int64, number int64) (*Config, error) {
	if len(s.Lost()) > 0 {
		return nil, s.Problems()
	}
	c := &compiler{errs: s.Problems(), set: s, cfg: &Config{Number: number, Workspace: w}, versions: versions, ids: map[string]map[string]int64{}}
	if len(s.Documents()) > MaxDefinitions {
		return nil, minori.Errors{minori.Errorf(minori.Invalid, "there are %d definitions; a workspace has at most %d", len(s.Documents()), MaxDefinitions)}
	}
	var err error
	if c.cfg.Zone, err = time.LoadLocation(w.TimeZone); err != nil {
		return nil, minori.Errorf(minori.Invalid, "the workspace's time zone %q is not known here", w.TimeZone)
	}
	metrics := c.metricDefs()
	if err := c.keys(ctx, ids, metrics); err != nil {
		return nil, err
	}
	c.fields()
	c.metrics(metrics)
	c.environments()
	c.filters()
	if err := c.measures(); err != nil {
		return nil, err
	}
	c.sources()
	c.scorecards()
	c.segments()
	c.playbooks()
	c.rules()
	c.dashboards()
	if len(c.errs) > 0 {
		return nil, document.InOrder(c.errs)
	}
	return c.cfg, c.cfg.programs()
}

func (c *compiler) fail(e *minori.Error) { c.errs = append(c.errs, e) }

// keys fetches the stable keys of all names.
func (c *compiler) keys(ctx context.Context, ids IDs, metrics []metric.Metric) error {
	for _, kind := range document.Kinds() {
		names := c.set.Names(kind)
		switch kind {
		case document.KindWorkspace:
			continue
		case document.KindField:
			for _, f := range standardFields() {
				names = append(names, f.Name)
			}
		case document.KindMetric:
			for _, m := range metrics {
				names = append(names, m.Name)
			}
		}
		slices.Sort(names)
		var err error
		if c.ids[kind], err = ids(ctx, kind, slices.Compact(names)); err != nil {
			return err
		}
	}
	return nil
}

// standardFields gives the fields that need no definition.
func standardFields() []account.Field {
	return slices.Concat(account.StandardFields(minori.Account), account.StandardFields(minori.Person))
}

// fieldKind gives whose field a name means.
func fieldKind(name string) minori.SubjectKind {
	prefix, _, _ := strings.Cut(name, ".")
	return minori.SubjectKind(prefix)
}

func (c *compiler) fields() {
	add := func(f account.Field, standard bool) {
		c.cfg.Fields = append(c.cfg.Fields, Field{ID: c.ids[document.KindField][f.Name], Def: f, Standard: standard})
	}
	for _, f := range standardFields() {
		add(f, true)
	}
	for _, f := range document.Of[account.Field](c.set) {
		add(*f, false)
	}
}

// metricDefs gives the built-in metrics, those that expressions name and that
// come into being with the data, and those defined.
func (c *compiler) metricDefs() []metric.Metric {
	out := metric.BuiltIns()
	for _, name := range c.dynamicNames() {
		if m, ok := metric.BuiltIn(name); ok && !slices.ContainsFunc(out, func(o metric.Metric) bool { return o.Name == name }) {
			out = append(out, m)
		}
	}
	for _, m := range document.Of[metric.Metric](c.set) {
		out = append(out, *m)
	}
	return out
}

// dynamicNames gives the names of metrics of interactions and surveys in the
// text of the definitions, sorted.
func (c *compiler) dynamicNames() []string {
	pattern := regexp.MustCompile(`\b(interaction|survey)\.[a-z0-9][a-z0-9_.-]*`)
	found := map[string]bool{}
	for _, d := range c.set.Documents() {
		for text := range d.Texts() {
			for _, name := range pattern.FindAllString(text, -1) {
				found[name] = true
			}
		}
	}
	return slices.Sorted(maps.Keys(found))
}

func (c *compiler) metrics(defs []metric.Metric) {
	for _, m := range defs {
		c.cfg.Metrics = append(c.cfg.Metrics, Metric{ID: c.ids[document.KindMetric][m.Name], Version: c.versions[document.KindMetric+" "+m.Name], Def: m})
	}
}

// environments prepares the names that expressions may use.
func (c *compiler) environments() {
	refs := map[string]metric.Ref{}
	for i := range c.cfg.Metrics {
		refs[c.cfg.Metrics[i].Def.Name] = c.cfg.Metrics[i].Ref()
	}
	c.props = &measure.Env{Properties: true}
	c.plain = map[minori.SubjectKind]*measure.Env{}
	c.cfg.envs = map[minori.SubjectKind]*measure.Env{}
	for _, kind := range []minori.SubjectKind{minori.Account, minori.Person} {
		fields := map[string]measure.Field{}
		for _, f := range c.cfg.Fields {
			if fieldKind(f.Def.Name) == kind {
				_, name, _ := strings.Cut(f.Def.Name, ".")
				fields[name] = measure.Field{ID: f.ID, Type: valueType(f.Def.Type), Title: f.Def.Title, Unit: f.Def.Unit}
			}
		}
		measures := c.foreign(kind)
		c.plain[kind] = &measure.Env{Kind: kind, Fields: fields, Metrics: refs, Measures: measures}
		c.cfg.envs[kind] = &measure.Env{
			Kind: kind, Fields: fields, Metrics: refs, Measures: measures, Scores: true, Scorecards: c.scorecardNames(kind), CallTypes: rule.Types(),
		}
	}
}

// foreign gives the measures about other kinds of subject: just enough to say
// that they cannot be used here.
func (c *compiler) foreign(kind minori.SubjectKind) map[string]*measure.Expr {
	out := map[string]*measure.Expr{}
	for _, m := range document.Of[measure.Definition](c.set) {
		if m.Subject != kind {
			out[m.Name] = &measure.Expr{Name: m.Name, Kind: m.Subject}
		}
	}
	return out
}

// valueType gives the type a field has in expressions. Dates are texts such as
// "2024-12-31", which compare as they should.
func valueType(t account.FieldType) metric.Type {
	switch t {
	case account.FieldNumber, account.FieldMoney:
		return metric.Number
	case account.FieldBool:
		return metric.Bool
	}
	return metric.Text
}

// filters checks the conditions of event metrics.
func (c *compiler) filters() {
	for i := range c.cfg.Metrics {
		m := &c.cfg.Metrics[i]
		if m.Def.From == nil || m.Def.From.Where == "" {
			continue
		}
		d := c.set.Get(document.KindMetric, m.Def.Name)
		m.Where = c.condition(d, "from.where", m.Def.From.Where, c.props)
	}
}

// measures checks the measures and puts them in order. Those that are wrong,
// and those that use them, are left out, so that each mistake is told once.
func (c *compiler) measures() error {
	for _, kind := range []minori.SubjectKind{minori.Account, minori.Person} {
		var defs []measure.Definition
		byName := map[string]measure.Definition{}
		for d, m := range document.Of[measure.Definition](c.set) {
			byName[m.Name] = *m
			if len(d.Problems()) > 0 {
				c.broken = append(c.broken, m.Name)
				continue
			}
			if m.Subject == kind {
				def := *m
				def.Pos = minori.Position{File: d.Key(), Line: 1, Column: 1}
				defs = append(defs, def)
			}
		}
		done, err := c.order(defs, kind)
		if err != nil {
			return err
		}
		for _, e := range done {
			c.cfg.Measures = append(c.cfg.Measures, Measure{ID: c.ids[document.KindMeasure][e.Name], Def: byName[e.Name], Expr: e})
			c.plain[kind].Measures[e.Name] = e // the map is that of c.cfg.envs too
		}
	}
	return nil
}

// order checks definitions, leaving out wrong ones until none is left.
func (c *compiler) order(defs []measure.Definition, kind minori.SubjectKind) ([]*measure.Expr, error) {
	for {
		done, err := measure.Order(defs, c.plain[kind])
		if err == nil {
			return done, nil
		}
		es, ok := err.(minori.Errors)
		if !ok {
			return nil, err
		}
		wrong := map[string]bool{}
		for _, e := range es {
			kind, name, _ := strings.Cut(e.Pos.File, " ")
			wrong[name] = true
			c.place(c.set.Get(kind, name), "value", e)
		}
		c.broken = append(c.broken, slices.Sorted(maps.Keys(wrong))...)
		rest := c.sound(defs, wrong)
		if len(rest) == len(defs) {
			return nil, nil
		}
		defs = rest
	}
}

// sound gives the definitions that are not wrong and use none that is, however
// indirectly.
func (c *compiler) sound(defs []measure.Definition, wrong map[string]bool) []measure.Definition {
	for {
		var rest []measure.Definition
		for _, m := range defs {
			switch {
			case wrong[m.Name]:
			case c.usesBroken(m.Value):
				c.broken = append(c.broken, m.Name)
			default:
				rest = append(rest, m)
			}
		}
		if len(rest) == len(defs) {
			return rest
		}
		defs = rest
	}
}

// usesBroken reports whether an expression uses a measure that is wrong.
func (c *compiler) usesBroken(src string) bool {
	return slices.ContainsFunc(c.broken, func(name string) bool {
		return strings.Contains(src, `"`+name+`"`) || strings.Contains(src, `'`+name+`'`)
	})
}

// place notes an error inside an expression: its line and column count within
// the text at the path.
func (c *compiler) place(d *document.Document, path string, e *minori.Error) {
	if d != nil {
		e.Field = path
		if n := d.Node(path); n != nil {
			e.Pos = n.In(e.Pos.Line, e.Pos.Column)
		} else {
			e.Pos = d.At(path)
		}
	}
	c.fail(e)
}

// expression checks an expression of a document; nil after an error.
func (c *compiler) expression(d *document.Document, path, src string, check func(string, minori.Position) (*measure.Expr, error)) *measure.Expr {
	told := func(e *minori.Error) bool { return e.Field == path }
	if src == "" || c.usesBroken(src) || slices.ContainsFunc(d.Problems(), told) {
		return nil
	}
	e, err := check(src, minori.Position{File: d.Key(), Line: 1, Column: 1})
	if err == nil {
		return e
	}
	if es, ok := err.(minori.Errors); ok {
		for _, x := range es {
			c.place(d, path, x)
		}
		return nil
	}
	c.fail(&minori.Error{Code: minori.CodeOf(err), Pos: d.At(path), Err: err})
	return nil
}

// condition checks an expression that must be a boolean.
func (c *compiler) condition(d *document.Document, path, src string, env *measure.Env) *measure.Expr {
	return c.expression(d, path, src, func(s string, pos minori.Position) (*measure.Expr, error) { return measure.Condition(s, pos, env) })
}

// owner checks an expression that names a person.
func (c *compiler) owner(d *document.Document, path, src string, env *measure.Env) *measure.Expr {
	e := c.expression(d, path, src, func(s string, pos minori.Position) (*measure.Expr, error) { return measure.Check(s, pos, env) })
	if e != nil && e.Type != metric.Text {
		c.fail(d.Errorf(path, "an owner is a text, a person's id or e-mail, but this is %s: write for example account.csm", e.Type))
		return nil
	}
	return e
}

func (c *compiler) sources() {
	known := importer.Known{}
	for _, f := range document.Of[account.Field](c.set) {
		known.Fields = append(known.Fields, *f)
	}
	for _, m := range document.Of[metric.Metric](c.set) {
		known.Metrics = append(known.Metrics, *m)
	}
	for d, s := range document.Of[importer.Source](c.set) {
		c.cfg.Sources = append(c.cfg.Sources, Source{ID: c.ids[document.KindSource][s.Name], Def: *s})
		if len(d.Problems()) > 0 {
			continue
		}
		if es, ok := s.Check(known).(minori.Errors); ok {
			c.errs = append(c.errs, d.Placed(es)...)
		}
		for _, m := range s.Map {
			if m.Target == "currency" && m.Const != nil && !minori.ValidCurrency(*m.Const) {
				c.fail(d.Errorf("map.currency", "%q is not a currency: write its three capital letters, such as USD", document.Clip(*m.Const)))
			}
		}
	}
}
