package resource

import (
	"context"

	minori "github.com/minori-hq/minori"
	"github.com/minori-hq/minori/resource/document"
)

// CheckRemove says what stands in the way of removing a definition: problems of
// the definitions that refer to it, each naming its place; none when it can be
// removed. Nothing is stored. minori.NotFound without the definition.
func (s *Service) CheckRemove(ctx context.Context, actor minori.Actor, kind, name string) (minori.Errors, error) {
	if err := actor.Require(actor.MayConfigure(), "remove definitions"); err != nil {
		return nil, err
	}
	now, err := s.state(ctx, 0)
	if err != nil {
		return nil, err
	}
	next, err := now.without(kind, name)
	if err != nil {
		return nil, err
	}
	_, err = Check(ctx, next, settingsOf(next))
	if errs, ok := err.(minori.Errors); ok {
		return errs, nil
	}
	return nil, err
}

// Remove takes a definition out, as a new version of the workspace. version is
// that in which the text that was read was applied. minori.Conflict when it was
// changed since, minori.Invalid while others refer to it.
func (s *Service) Remove(ctx context.Context, actor minori.Actor, kind, name string, version int64, comment string) (Applied, error) {
	if err := actor.Require(actor.MayConfigure(), "remove definitions"); err != nil {
		return Applied{}, err
	}
	return s.change(ctx, actor, "config.remove", comment, "", func(_ context.Context, now *state) (*document.Set, error) {
		next, err := now.without(kind, name)
		if err == nil && now.versions[kind+" "+name] != version {
			return nil, minori.Errorf(minori.Conflict, "%s %s was changed by somebody else since you opened it: look at it again before you remove it", kind, name)
		}
		return next, err
	})
}

// without is the state without one definition.
func (st *state) without(kind, name string) (*document.Set, error) {
	if kind == document.KindWorkspace || st.set.Get(kind, name) == nil {
		return nil, minori.Errorf(minori.NotFound, "there is no %s %q", kind, document.Clip(name))
	}
	var docs []*document.Document
	for _, d := range st.set.Documents() {
		if d.Kind != kind || d.Name != name {
			docs = append(docs, d)
		}
	}
	return document.NewSet(docs, nil), nil
}
