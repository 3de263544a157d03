package evaluate

import (
	"context"
	"slices"

	minori "github.com/minori-hq/minori"
	"github.com/minori-hq/minori/account"
	"github.com/minori-hq/minori/measure"
)

// Scopes says which accounts and people an actor sees.
type Scopes interface {
	// Visible gives those of some subjects (nil: of all of the kind) that the
	// actor sees, ascending; nil for all of all.
	Visible(ctx context.Context, actor minori.Actor, kind minori.SubjectKind, among []minori.ID) ([]minori.ID, error)
	// Hidden gives the fields the actor may not read.
	Hidden(ctx context.Context, actor minori.Actor) (account.Hidden, error)
}

// mustSee gives a NotFound error unless the actor sees the subject.
func (s *Service) mustSee(ctx context.Context, actor minori.Actor, subject minori.Subject) error {
	seen, err := s.scopes.Visible(ctx, actor, subject.Kind, []minori.ID{subject.ID})
	if err == nil && len(seen) == 0 {
		err = minori.Errorf(minori.NotFound, "there is no %s with the id %q", subject.Kind, subject.Key)
	}
	return err
}

// readable gives a program without the fields the actor may not read.
func (s *Service) readable(ctx context.Context, actor minori.Actor, prog *Program) (*Program, error) {
	hidden, err := s.scopes.Hidden(ctx, actor)
	if err != nil || len(hidden) == 0 {
		return prog, err
	}
	out := *prog
	out.Fields = slices.DeleteFunc(slices.Clone(prog.Fields), func(f Field) bool { return hidden[f.Name] })
	return &out, nil
}

// told leaves out of an explanation the values of fields that are hidden.
func told(values []measure.Named, hidden account.Hidden) []measure.Named {
	return slices.DeleteFunc(values, func(v measure.Named) bool { return hidden.Mentions(v.Name) })
}

func toldPart(p measure.Part, hidden account.Hidden) measure.Part {
	p.Values = told(p.Values, hidden)
	for i := range p.Parts {
		p.Parts[i] = toldPart(p.Parts[i], hidden)
	}
	return p
}

// keep gives those rows whose subjects are visible (nil: all), in order.
func keep[T any](visible, subjects []minori.ID, rows []T) ([]T, []minori.ID) {
	if visible == nil {
		return rows, subjects
	}
	var ids []minori.ID
	var out []T
	for i, id := range subjects {
		if _, ok := slices.BinarySearch(visible, id); ok {
			ids, out = append(ids, id), append(out, rows[i])
		}
	}
	return out, ids
}
