package resource

import (
	"context"
	"fmt"
	"slices"
	"strings"

	minori "github.com/minori-hq/minori"
	"github.com/minori-hq/minori/resource/document"
	"github.com/minori-hq/minori/resource/yamltree"
)

// state is what is stored of a version.
type state struct {
	number   int64
	settings minori.Workspace
	set      *document.Set    // with a Workspace document
	versions map[string]int64 // by key: the version in which its text was applied
	// keepsSettings says that the settings are among the stored definitions.
	keepsSettings bool
}

// state reads a version; 0 means the present one.
func (s *Service) state(ctx context.Context, version int64) (*state, error) {
	w, err := s.cfg.Settings.Workspace(ctx)
	if err != nil {
		return nil, err
	}
	number, defs, err := s.cfg.Store.Definitions(ctx, version)
	if err != nil {
		return nil, err
	}
	st := &state{number: number, settings: w, versions: map[string]int64{}}
	var docs []*document.Document
	for _, def := range defs {
		key := def.Kind + " " + def.Name
		st.versions[key] = def.Version
		d, err := stored(def)
		if err != nil {
			return nil, err
		}
		if d.Kind == document.KindWorkspace {
			st.keepsSettings = true
			if version != 0 {
				st.settings = *d.Value.(*minori.Workspace)
			}
			continue
		}
		docs = append(docs, d)
	}
	docs = append(docs, document.New(document.KindWorkspace, document.WorkspaceName, &st.settings))
	st.set = document.NewSet(docs, nil)
	return st, nil
}

// stored decodes a stored definition. What is wrong with it by today's rules
// is told when the whole is checked, unless it is replaced.
func stored(def Definition) (*document.Document, error) {
	name := def.Kind + " " + def.Name
	d, err := document.DecodeOne(name+" (installed)", def.Text)
	if err != nil {
		return nil, &minori.Error{Code: minori.Internal, Message: name + " was stored by another version of the program and cannot be read", Err: err}
	}
	return d, nil
}

// settingsOf gives the settings of a set.
func settingsOf(s *document.Set) minori.Workspace {
	if d := s.Get(document.KindWorkspace, document.WorkspaceName); d != nil {
		return *d.Value.(*minori.Workspace)
	}
	return minori.Workspace{}
}

// overlay puts definitions over the present ones, or in their place.
func (st *state) overlay(with *document.Set, prune bool) *document.Set {
	var errs minori.Errors
	docs := append([]*document.Document(nil), with.Documents()...)
	if d := with.Get(document.KindWorkspace, document.WorkspaceName); d != nil {
		w := d.Value.(*minori.Workspace)
		if w.Currency != st.settings.Currency {
			errs = append(errs, d.Errorf("currency", "the workspace was made with the currency %s, which is fixed: write that, or make another workspace", st.settings.Currency))
		}
		if w.TimeZone != st.settings.TimeZone {
			errs = append(errs, d.Errorf("time_zone", "the workspace was made with the time zone %s, which is fixed: write that, or make another workspace", st.settings.TimeZone))
		}
	}
	for _, d := range st.set.Documents() {
		if with.Get(d.Kind, d.Name) == nil && (!prune || d.Kind == document.KindWorkspace) {
			docs = append(docs, d)
		}
	}
	return document.NewSet(docs, slices.Concat(with.Lost(), errs))
}

// version gives a version by its number; 0 means the present one, which is an
// empty Version before anything was applied.
func (s *Service) version(ctx context.Context, number int64) (Version, error) {
	newest, err := s.cfg.Store.Versions(ctx, 1, 0)
	if err != nil || len(newest) == 0 && number == 0 {
		return Version{}, err
	}
	switch {
	case len(newest) == 1 && (number == 0 || number == newest[0].Number):
		return newest[0], nil
	case number > 0 && len(newest) == 1 && number < newest[0].Number:
		list, err := s.cfg.Store.Versions(ctx, 1, int(newest[0].Number-number))
		if err != nil {
			return Version{}, err
		}
		if len(list) == 1 && list[0].Number == number {
			return list[0], nil
		}
	}
	return Version{}, minori.Errorf(minori.NotFound, "there is no version %d of the workspace", number)
}

// Versions lists the versions, newest first.
func (s *Service) Versions(ctx context.Context, actor minori.Actor, page minori.Page) ([]Version, error) {
	if err := actor.Require(actor.MayRead(), "see the history of definitions"); err != nil {
		return nil, err
	}
	return s.cfg.Store.Versions(ctx, page.Size(), page.Offset)
}

// Shown is one version: what it was, what it changed against the one before,
// and its whole text by file.
type Shown struct {
	Version
	Diff  Diff
	Files map[string]string
}

// Show gives a version.
func (s *Service) Show(ctx context.Context, actor minori.Actor, number int64) (Shown, error) {
	if err := actor.Require(actor.MayRead(), "see the history of definitions"); err != nil {
		return Shown{}, err
	}
	v, err := s.version(ctx, number)
	if err != nil {
		return Shown{}, err
	}
	st, err := s.state(ctx, v.Number)
	if err != nil {
		return Shown{}, err
	}
	before := &state{set: &document.Set{}}
	if v.Number > 1 {
		if before, err = s.state(ctx, v.Number-1); err != nil {
			return Shown{}, err
		}
	}
	if before.set.Get(document.KindWorkspace, document.WorkspaceName) == nil {
		before.set = document.NewSet(append(slices.Clone(before.set.Documents()), st.set.Get(document.KindWorkspace, document.WorkspaceName)), nil)
	}
	d, _ := changes(before.set, st.set, "")
	return Shown{Version: v, Diff: d, Files: exported(st.set)}, nil
}

// Export gives the present state as files: one per kind, by name.
func (s *Service) Export(ctx context.Context, actor minori.Actor) (map[string]string, error) {
	if err := actor.Require(actor.MayRead(), "export definitions"); err != nil {
		return nil, err
	}
	st, err := s.state(ctx, 0)
	if err != nil {
		return nil, err
	}
	return exported(st.set), nil
}

// Bounds of an exported file, well below what is read again.
const (
	exportBytes = yamltree.MaxBytes / 2
	exportNodes = yamltree.MaxNodes / 2
)

// exported writes a state: the documents of a kind in one file, or in several
// where one would be too large to be read again.
func exported(s *document.Set) map[string]string {
	out := map[string]string{}
	kind, part, nodes := "", 1, 0
	for _, d := range s.Documents() {
		text := d.Text()
		if d.Kind != kind {
			kind, part, nodes = d.Kind, 1, 0
		}
		name := fileOf(kind, part)
		more := 2*strings.Count(text, ":") + strings.Count(text, ",") + strings.Count(text, "[") + strings.Count(text, "- ") + 1
		if nodes > 0 && (nodes+more > exportNodes || len(out[name])+len(text) > exportBytes) {
			part, nodes = part+1, 0
			name = fileOf(kind, part)
		}
		if nodes += more; out[name] != "" {
			out[name] += "---\n"
		}
		out[name] += text
	}
	return out
}

// fileOf gives the name of the file that an export puts a kind into.
func fileOf(kind string, part int) string {
	name := strings.ToLower(kind)
	if kind != document.KindWorkspace {
		name += "s"
	}
	if part > 1 {
		name += fmt.Sprintf("-%d", part)
	}
	return name + ".yaml"
}
