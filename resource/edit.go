package resource

import (
	"context"

	minori "github.com/minori-hq/minori"
	"github.com/minori-hq/minori/resource/document"
	"github.com/minori-hq/minori/resource/yamltree"
)

// Edit is one definition being edited as text.
type Edit struct {
	Kind string
	Name string // "" for a new definition
	Text string
	// Version is that of the workspace in which the text that was opened was
	// applied; 0 for a new definition.
	Version int64
}

// Text is the text of one definition as its author wrote it.
type Text struct {
	Text    string
	Version int64 // of the workspace in which it was applied
}

// Checked is an edit held against the rest of the definitions.
type Checked struct {
	Problems minori.Errors // with their place in the text; those of other definitions name them
	Value    any           // the typed definition, a pointer; nil if the text is none of the kind
	Name     string        // as the text has it
	Diff     string        // against the definition in force, in the unified form; "" if nothing differs
	Config   *Config       // what it would lead to; nil with problems. New names have keys of no store.
}

// Text gives the text of a definition in force.
func (s *Service) Text(ctx context.Context, actor minori.Actor, kind, name string) (Text, error) {
	if err := actor.Require(actor.MayRead(), "read definitions"); err != nil {
		return Text{}, err
	}
	now, err := s.state(ctx, 0)
	if err != nil {
		return Text{}, err
	}
	d := now.set.Get(kind, name)
	if d == nil {
		return Text{}, minori.Errorf(minori.NotFound, "there is no %s %q", kind, document.Clip(name))
	}
	return Text{Text: d.Text(), Version: now.versions[d.Key()]}, nil
}

// CheckEdit checks an edit together with all other definitions, names, types
// and circles included, without storing anything.
func (s *Service) CheckEdit(ctx context.Context, actor minori.Actor, e Edit) (Checked, error) {
	if err := actor.Require(actor.MayConfigure(), "edit definitions"); err != nil {
		return Checked{}, err
	}
	now, err := s.state(ctx, 0)
	if err != nil {
		return Checked{}, err
	}
	present, err := s.Load(ctx)
	if err != nil {
		return Checked{}, err
	}
	var out Checked
	next, d, problems := now.edited(e)
	if d != nil {
		out.Value, out.Name = d.Value, d.Name
		if old := now.set.Get(e.Kind, d.Name); old == nil {
			out.Diff = unified("", d.Text())
		} else if old.Text() != d.Text() {
			out.Diff = unified(old.Text(), d.Text())
		}
	}
	if len(problems) > 0 {
		out.Problems = problems
		return out, nil
	}
	out.Config, err = compile(ctx, next, settingsOf(next), keysOf(present), now.versions, now.number)
	if errs, ok := err.(minori.Errors); ok {
		out.Problems, out.Config = errs, nil
		return out, nil
	}
	return out, err
}

// ApplyEdit makes an edit the present state of its definition, as a new version
// of the workspace. minori.Conflict when the definition was changed since it
// was opened.
func (s *Service) ApplyEdit(ctx context.Context, actor minori.Actor, e Edit, comment string) (Applied, error) {
	if err := actor.Require(actor.MayConfigure(), "change definitions"); err != nil {
		return Applied{}, err
	}
	d, _, errs := decodeEdit(e)
	if len(errs) > 0 {
		return Applied{}, errs
	}
	return s.change(ctx, actor, "config.edit", comment, d.Key(), func(_ context.Context, now *state) (*document.Set, error) {
		if v := now.versions[d.Key()]; v != e.Version || e.Name != "" && now.set.Get(e.Kind, e.Name) == nil {
			return nil, minori.Errorf(minori.Conflict, "%s was changed by somebody else since you opened it: compare and apply again", d.Key())
		}
		next, _, problems := now.edited(e)
		return next, problems.OrNil()
	})
}

// edited puts the edit over the state. d is nil if the text is no definition.
func (st *state) edited(e Edit) (next *document.Set, d *document.Document, problems minori.Errors) {
	d, set, errs := decodeEdit(e)
	switch {
	case len(errs) > 0:
		return nil, d, errs
	case e.Name == "" && st.set.Get(e.Kind, d.Name) != nil:
		return nil, d, minori.Errors{d.Errorf("name", "%s exists already: choose another name, or edit that one", d.Key())}
	}
	return st.overlay(set, false), d, nil
}

// decodeEdit reads the text of an edit, which must hold the one definition.
func decodeEdit(e Edit) (*document.Document, *document.Set, minori.Errors) {
	set := document.Decode([]File{{Data: []byte(e.Text)}})
	docs := set.Documents()
	if errs := set.Problems(); len(errs) > 0 {
		if len(docs) == 1 && docs[0].Kind == e.Kind {
			return docs[0], set, errs
		}
		return nil, set, errs
	}
	if len(docs) != 1 {
		return nil, set, minori.Errors{minori.Errorf(minori.Invalid, "the text holds %d definitions: leave exactly one", len(docs))}
	}
	d := docs[0]
	switch {
	case d.Kind != e.Kind:
		return nil, set, minori.Errors{d.Errorf("kind", "a %s is edited here, so the kind stays %s", e.Kind, e.Kind)}
	case e.Name != "" && d.Name != e.Name:
		return nil, set, minori.Errors{d.Errorf("name", "the name stays %s, as others refer to it and its history belongs to it: make a new one for another name", e.Name)}
	}
	return d, set, nil
}

// noKey is where keys begin that stand for names no store knows.
const noKey = int64(1) << 40

// keysOf gives the keys that a configuration knows; other names get keys that
// stand for nothing, so that a check stores nothing.
func keysOf(c *Config) IDs {
	known := map[string]map[string]int64{}
	add := func(kind, name string, id int64) {
		if known[kind] == nil {
			known[kind] = map[string]int64{}
		}
		known[kind][name] = id
	}
	for i := range c.Fields {
		add(document.KindField, c.Fields[i].Def.Name, c.Fields[i].ID)
	}
	for i := range c.Sources {
		add(document.KindSource, c.Sources[i].Def.Name, c.Sources[i].ID)
	}
	for i := range c.Metrics {
		add(document.KindMetric, c.Metrics[i].Def.Name, c.Metrics[i].ID)
	}
	for i := range c.Measures {
		add(document.KindMeasure, c.Measures[i].Def.Name, c.Measures[i].ID)
	}
	for i := range c.Scorecards {
		add(document.KindScorecard, c.Scorecards[i].Def.Name, c.Scorecards[i].ID)
	}
	for i := range c.Segments {
		add(document.KindSegment, c.Segments[i].Def.Name, c.Segments[i].ID)
	}
	for i := range c.Rules {
		add(document.KindRule, c.Rules[i].Def.Name, c.Rules[i].ID)
	}
	for i := range c.Playbooks {
		add(document.KindPlaybook, c.Playbooks[i].Def.Name, c.Playbooks[i].ID)
	}
	return func(_ context.Context, kind string, names []string) (map[string]int64, error) {
		out := make(map[string]int64, len(names))
		for i, n := range names {
			if id, ok := known[kind][n]; ok {
				out[n] = id
			} else {
				out[n] = noKey + int64(i)
			}
		}
		return out, nil
	}
}

// keyOrder gives the keys of all definitions in the order in which they are
// usually written.
func keyOrder() []string {
	return []string{
		"kind", "name", "measure", "title", "subject", "type", "reason", "priority", "when", "for", "until", "cooldown", "owner", "at", "because",
		"weight", "measures", "due", "after", "role", "hours", "playbook", "on_recovery", "groups", "exceptions", "weights", "caps", "missing", "min_coverage",
		"bands", "points", "steps", "below", "score", "yellow", "green", "tasks", "outcome", "then",
	}
}

// Setting is one change to a text: the value at a path, nil to remove it.
type Setting struct {
	Path  string
	Value *yamltree.Node
}

// Set makes changes in the text of a definition and leaves everything else as
// it is written. A change that cannot be made is told; the others are made.
func Set(text string, changes []Setting) (string, error) {
	var errs minori.Errors
	for _, c := range changes {
		out, err := yamltree.Set(text, c.Path, c.Value, keyOrder())
		if err == nil {
			text = out
			continue
		}
		if es, ok := err.(minori.Errors); ok { // the text itself is broken
			return text, es
		}
		e := minori.Errorf(minori.CodeOf(err), "%s", err)
		e.Field = c.Path
		errs = append(errs, e)
	}
	return text, errs.OrNil()
}

// Tree gives the tree of a text that holds one document, or nil.
func Tree(text string) *yamltree.Node {
	docs, err := yamltree.Parse("", []byte(text))
	if err != nil || len(docs) != 1 {
		return nil
	}
	return docs[0]
}
