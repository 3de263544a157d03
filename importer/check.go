package importer

import (
	"io/fs"
	"path"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"golang.org/x/text/encoding/htmlindex"

	minori "github.com/minori-hq/minori"
	"github.com/minori-hq/minori/account"
	"github.com/minori-hq/minori/metric"
)

// Known is what a source can refer to.
type Known struct {
	Fields  []account.Field // custom fields, with their prefix
	Metrics []metric.Metric // the workspace's own
}

// Formats gives the formats of files that can be read.
func Formats() []string { return []string{"csv", "jsonl", "parquet", "excel"} }

// Validate checks the definition by itself. What is wrong comes as
// minori.Errors with positions.
func (s *Source) Validate() error {
	c := &checker{s: s}
	c.file()
	c.options()
	c.mappings()
	return c.errs.OrNil()
}

// Check checks the definition together with the fields and metrics it names.
func (s *Source) Check(k Known) error {
	c := &checker{s: s}
	c.file()
	c.options()
	c.mappings()
	c.refers(k)
	return c.errs.OrNil()
}

// checker gathers what is wrong with a source.
type checker struct {
	s    *Source
	errs minori.Errors
	lang *language
}

func (c *checker) fail(pos minori.Position, field, format string, args ...any) {
	e := minori.Errorf(minori.Invalid, format, args...)
	e.Pos, e.Field = pos, field
	c.errs = append(c.errs, e)
}

// choice checks that a word is one of a list.
func (c *checker) choice(field, what, got string, words []string) bool {
	if slices.Contains(words, got) {
		return true
	}
	c.fail(c.s.Pos, field, "%q is not %s (%s)%s", clip(got), what, strings.Join(words, ", "), minori.DidYouMean(clip(got), words))
	return false
}

func (c *checker) file() {
	s := c.s
	if !minori.ValidName(s.Name) {
		c.fail(s.Pos, "name", "%q cannot name a source: use lower case letters, digits, '.', '-' and '_', starting with a letter or digit", clip(s.Name))
	}
	c.choice("format", "a format that can be read", s.Format, Formats())
	_, bad := path.Match(s.Files, "")
	if s.Files == "" || !fs.ValidPath(s.Files) || s.Files == "." || strings.Contains(s.Files, `\`) || bad != nil {
		c.fail(s.Pos, "files", "%q is not a pattern below the input directory: write for example \"subscriptions*.csv\", without a leading / and without ..", clip(s.Files))
	}
	for i, column := range s.Key {
		switch {
		case column == "":
			c.fail(s.Pos, "key", "a column of the key has no name")
		case slices.Contains(s.Key[:i], column):
			c.fail(s.Pos, "key", "the column %q stands twice in the key", clip(column))
		}
	}
}

func (c *checker) options() {
	s, o := c.s, c.s.Options
	if d := o.Delimiter; d != "" && d != "tab" && (utf8.RuneCountInString(d) != 1 || d[0] >= utf8.RuneSelf || strings.ContainsAny(d, "\"\r\n")) {
		c.fail(s.Pos, "options.delimiter", "%q cannot be a delimiter: write one ASCII character such as \",\", \";\" or \"\\t\"", clip(d))
	}
	if !knownEncoding(o.Encoding) {
		c.fail(s.Pos, "options.encoding", "the encoding %q is not known: write auto, utf-8, utf-16le, utf-16be, cp932, euc-jp, windows-1252 or another name of the WHATWG standard", clip(o.Encoding))
	}
	if o.TimeZone != "" {
		if _, err := zoneOf(o.TimeZone); err != nil {
			c.fail(s.Pos, "options.time_zone", "%q is not a time zone: write a name such as UTC, Asia/Tokyo or America/New_York", clip(o.TimeZone))
		}
	}
	for _, word := range o.True {
		if slices.Contains(o.False, word) {
			c.fail(s.Pos, "options.true", "%q cannot mean both true and false", clip(word))
		}
	}
}

func knownEncoding(name string) bool {
	switch strings.ToLower(name) {
	case "", "auto", "cp932":
		return true
	}
	_, err := htmlindex.Get(name)
	return err == nil
}

// zoneOf gives a time zone by its IANA name.
func zoneOf(name string) (*time.Location, error) {
	if name == "Local" {
		return nil, minori.Errorf(minori.Invalid, "the zone Local differs from machine to machine")
	}
	return time.LoadLocation(name)
}

func (c *checker) mappings() {
	t, ok := targetOf(c.s.Into)
	if !ok {
		c.choice("into", "a target", c.s.Into, Intos())
		return
	}
	seen := map[string]bool{}
	for i := range c.s.Map {
		m := &c.s.Map[i]
		if seen[m.Target] {
			c.fail(m.Pos, "map."+m.Target, "%s is mapped twice; keep one", m.Target)
		}
		seen[m.Target] = true
		c.target(&t, m)
		c.mapping(m)
	}
	for _, f := range t.fields {
		if f.need && !seen[f.name] {
			c.fail(c.s.Pos, "map", "map into %s needs %s: name the column that holds it", t.into, f.name)
		}
	}
	for _, group := range t.groups {
		var found []string
		for _, name := range group {
			if seen[name] {
				found = append(found, name)
			}
		}
		switch {
		case len(found) == 0:
			c.fail(c.s.Pos, "map", "map into %s needs %s: name the column that holds it", t.into, strings.Join(group, " or "))
		case len(found) > 1:
			c.fail(c.s.Pos, "map."+found[1], "only one of %s can be mapped; remove the others", strings.Join(group, ", "))
		}
	}
}

// target checks the name of a target field.
func (c *checker) target(t *target, m *Mapping) {
	if _, ok := t.field(m.Target); ok {
		return
	}
	nested, ok := strings.CutPrefix(m.Target, t.nested)
	switch {
	case t.nested == "" || !ok:
		names := t.names()
		if t.nested != "" {
			names = append(names, t.nested+"NAME")
		}
		c.fail(m.Pos, "map."+m.Target, "%s has no field %q (%s)%s", t.into, clip(m.Target), strings.Join(names, ", "), minori.DidYouMean(clip(m.Target), t.names()))
	case t.nested == propertiesPrefix && !metric.ValidLabel(nested), nested == "":
		c.fail(m.Pos, "map."+m.Target, "%q cannot name a property: use letters, digits, '_', '-' and '.', starting with a letter or '_'", clip(nested))
	}
}

// mapping checks what fills a target field.
func (c *checker) mapping(m *Mapping) {
	given := 0
	for _, ok := range []bool{m.Column != "", m.Expr != "", m.Const != nil} {
		if ok {
			given++
		}
	}
	if given != 1 {
		c.fail(m.Pos, "map."+m.Target, "the mapping of %s needs exactly one of column, expr and const", m.Target)
	}
	if m.Type != "" {
		words := []string{"text", "number", "bool", "date"}
		if !strings.HasPrefix(m.Target, propertiesPrefix) {
			c.fail(m.Pos, "map."+m.Target, "%s has its own type; only properties are given one", m.Target)
		} else if !slices.Contains(words, m.Type) {
			c.fail(m.Pos, "map."+m.Target, "%q is not a type (%s)%s", clip(m.Type), strings.Join(words, ", "), minori.DidYouMean(clip(m.Type), words))
		}
	}
	if m.Expr == "" {
		return
	}
	if c.lang == nil {
		var err error
		if c.lang, err = newLanguage(); err != nil {
			c.fail(m.Pos, "map."+m.Target, "%v", err)
			return
		}
	}
	if _, err := c.lang.compile(m.Expr); err != nil {
		c.fail(m.Pos, "map."+m.Target, "%v", err)
	}
}

// refers checks the custom fields and the metric a source names.
func (c *checker) refers(k Known) {
	s := c.s
	for i := range s.Map {
		m := &s.Map[i]
		name, ok := strings.CutPrefix(m.Target, fieldsPrefix)
		if ok && (s.Into == IntoAccount || s.Into == IntoPerson) {
			c.customField(m, s.Into+"."+name, k.Fields)
		}
		if s.Into == IntoPoint && m.Target == "metric" && m.Const != nil {
			c.metric(m, *m.Const, k.Metrics)
		}
	}
}

func (c *checker) customField(m *Mapping, full string, fields []account.Field) {
	var names []string
	for _, f := range fields {
		if f.Name == full {
			return
		}
		if n, ok := strings.CutPrefix(f.Name, c.s.Into+"."); ok {
			names = append(names, n)
		}
	}
	c.fail(m.Pos, "map."+m.Target, "there is no field %s; define it with kind: Field, name: %s%s", full, full,
		minori.DidYouMean(strings.TrimPrefix(m.Target, fieldsPrefix), names))
}

func (c *checker) metric(m *Mapping, name string, metrics []metric.Metric) {
	var names []string
	for _, d := range metrics {
		if d.Name == name && d.Kind == metric.Event {
			c.fail(m.Pos, "map.metric", "the metric %s is counted from events and takes no points; make its type counter or gauge", name)
			return
		}
		if d.Name == name {
			return
		}
		if d.Kind != metric.Event {
			names = append(names, d.Name)
		}
	}
	c.fail(m.Pos, "map.metric", "there is no metric %q; define it with kind: Metric%s", clip(name), minori.DidYouMean(clip(name), names))
}

// clip shortens a text for messages.
func clip(s string) string {
	if len(s) <= 80 {
		return s
	}
	return strings.ToValidUTF8(s[:80], "") + "…"
}
