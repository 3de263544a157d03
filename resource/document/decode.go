package document

import (
	minori "github.com/minori-hq/minori"
	"github.com/minori-hq/minori/resource/yamltree"
)

// File is a configuration file: its name for messages and its content.
type File struct {
	Name string
	Data []byte
}

// Decode reads the documents of all files. What is wrong with them is in the
// set's Problems.
func Decode(files []File) *Set {
	var lost minori.Errors
	var docs []*Document
	for _, f := range files {
		nodes, err := yamltree.Parse(f.Name, f.Data)
		if es, ok := err.(minori.Errors); ok {
			lost = append(lost, es...)
		}
		for _, n := range nodes {
			d, errs := decode(n)
			if d == nil {
				lost = append(lost, errs...)
				continue
			}
			docs = append(docs, d)
		}
	}
	return NewSet(docs, lost)
}

// DecodeOne reads the one document of a text. It may have Problems; the error
// is for a text that is none.
func DecodeOne(name, text string) (*Document, error) {
	nodes, err := yamltree.Parse(name, []byte(text))
	if err != nil {
		return nil, err
	}
	if len(nodes) != 1 {
		return nil, minori.Errorf(minori.Invalid, "%s holds %d documents, not one", name, len(nodes))
	}
	d, errs := decode(nodes[0])
	if d == nil {
		return nil, errs
	}
	return d, nil
}

// New makes a document of a typed definition that comes from no file.
func New(kind, name string, value any) *Document {
	return &Document{
		Kind: kind, Name: name, Value: value, nodes: map[string]*yamltree.Node{}, Pos: minori.Position{File: kind + " " + name + " (installed)"},
	}
}

// decode reads one document and notes in it what is wrong. Without a kind and
// a name there is no document, only errors.
func decode(n *yamltree.Node) (*Document, minori.Errors) {
	d := &Document{Pos: n.Pos, Source: n.Source, nodes: map[string]*yamltree.Node{}}
	r := &reader{doc: d}
	if n.Kind != yamltree.Mapping {
		r.fail(n.Pos, "", "a document is a mapping that begins with kind and name, but this is %s", n.Kind)
		return nil, r.errs
	}
	k := n.Get("kind")
	if k == nil {
		r.fail(n.Pos, "kind", "the document needs a kind: write for example kind: Measure")
		return nil, r.errs
	}
	kind, ok := r.scalar(k, "kind")
	if !ok {
		return nil, r.errs
	}
	if d.Value = emptyValue(kind); d.Value == nil {
		r.fail(k.Pos, "kind", "there is no kind %q%s", Clip(kind), Suggest(kind, Kinds()))
		return nil, r.errs
	}
	d.Kind = kind
	r.value(n)
	if len(r.errs) == 0 {
		r.errs = append(r.errs, d.validate()...)
	}
	if d.Name == "" {
		return nil, r.errs
	}
	d.errs = r.errs
	return d, nil
}

// validate lets the typed definition check itself.
func (d *Document) validate() minori.Errors {
	v, ok := d.Value.(interface{ Validate() error })
	if !ok {
		return nil
	}
	es, ok := v.Validate().(minori.Errors)
	if !ok {
		return nil
	}
	return d.Placed(es)
}

// Placed puts errors that name a path in Field to their place.
func (d *Document) Placed(es minori.Errors) minori.Errors {
	for _, e := range es {
		if n := d.nodes[e.Field+".expr"]; n != nil {
			e.Pos = n.At(0)
		} else if e.Field != "" || e.Pos.Line == 0 {
			e.Pos = d.At(e.Field)
		}
	}
	return es
}
