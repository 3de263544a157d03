package resource

import (
	"context"

	minori "github.com/minori-hq/minori"
	"github.com/minori-hq/minori/resource/document"
)

// With gives the configuration that applying files would lead to, checked as a
// whole, without changing the present one; only keys of new names are made. The
// sources of a workspace can be used so before they are applied.
func (s *Service) With(ctx context.Context, actor minori.Actor, files []File) (*Config, error) {
	if err := actor.Require(actor.MayConfigure(), "use definitions of files"); err != nil {
		return nil, err
	}
	now, err := s.state(ctx, 0)
	if err != nil {
		return nil, err
	}
	next := now.overlay(document.Decode(files), false)
	// Everything is checked before keys are made for new names.
	if _, err := Check(ctx, next, settingsOf(next)); err != nil {
		return nil, err
	}
	return compile(ctx, next, settingsOf(next), s.cfg.Store.EnsureIDs, now.versions, now.number)
}
