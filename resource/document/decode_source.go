package document

import (
	"github.com/minori-hq/minori/importer"
	"github.com/minori-hq/minori/resource/yamltree"
)

func (r *reader) source(n *yamltree.Node) {
	s := r.doc.Value.(*importer.Source)
	o, title := r.document(n, "name: shop-subscriptions", "format", "files", "options", "complete", "into", "key", "map")
	s.Name, s.Title, s.Pos = r.doc.Name, title, r.doc.Pos
	s.Format = o.word("format", true, importer.Formats()...)
	if o.need("files", `files: "subscriptions*.csv"`) != nil {
		s.Files = o.text("files")
	}
	if x := o.get("options"); x != nil {
		s.Options = r.options(x)
	}
	s.Complete = o.truth("complete")
	s.Into = o.word("into", true, importer.Intos()...)
	s.Key = o.texts("key")
	if m := o.need("map", "map: {account: account_id}"); m != nil {
		r.mappings(s, m)
	}
}

func (r *reader) options(n *yamltree.Node) importer.Options {
	o, _ := r.object(n, "options", "options", "delimiter", "encoding", "sheet", "time_zone", "true", "false", "null")
	return importer.Options{
		Delimiter: o.raw("delimiter"), Encoding: o.raw("encoding"), Sheet: o.raw("sheet"), TimeZone: o.raw("time_zone"),
		True: o.texts("true"), False: o.texts("false"), Null: o.texts("null"),
	}
}

// raw gives a text as it stands in the source, whatever YAML would take it for.
func (o object) raw(key string) string {
	n := o.get(key)
	if n == nil {
		return ""
	}
	if n.Kind != yamltree.Scalar {
		o.fail(n.Pos, o.at(key), "%s is %s here, but must be a single value", key, n.Kind)
	}
	return n.Text
}

// mappings reads the map of a source. Which targets there are, the source
// checks itself.
func (r *reader) mappings(s *importer.Source, n *yamltree.Node) {
	o := r.anyObject(n, "map", "map")
	for _, e := range o.node.Entries {
		if e.Key != "fields" && e.Key != "properties" {
			s.Map = append(s.Map, r.mapping(o.get(e.Key), o.at(e.Key), e.Key))
			continue
		}
		inner := r.anyObject(o.get(e.Key), o.at(e.Key), e.Key)
		for _, f := range inner.node.Entries {
			s.Map = append(s.Map, r.mapping(inner.get(f.Key), inner.at(f.Key), e.Key+"."+f.Key))
		}
	}
	sortMappings(s.Map)
}

// mapping reads what fills one target field.
func (r *reader) mapping(n *yamltree.Node, path, target string) importer.Mapping {
	m := importer.Mapping{Target: target, Pos: n.Pos}
	if n.Kind != yamltree.Mapping {
		if n.Kind != yamltree.Scalar || n.Text == "" {
			r.fail(n.Pos, path, "%s is filled by a column: write its name, {expr: …} or {const: …}", target)
			return m
		}
		m.Column = n.Text
		return m
	}
	o, _ := r.object(n, path, "the mapping of "+target, "column", "expr", "const", "type")
	m.Column = o.raw("column")
	if o.get("expr") != nil {
		m.Expr, _ = o.expression("expr", true, "")
	}
	if o.get("const") != nil {
		c := o.raw("const")
		m.Const = &c
	}
	if m.Type = o.text("type"); m.Type == "text" {
		m.Type = ""
	}
	return m
}
