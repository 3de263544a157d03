package app

import (
	"context"

	minori "github.com/minori-hq/minori"
	"github.com/minori-hq/minori/app/owner"
	"github.com/minori-hq/minori/resource"
)

// Apply applies workspace files and counts new and changed event metrics again.
func (a *App) Apply(ctx context.Context, actor minori.Actor, files []resource.File, prune bool, comment string, progress func(owner.Progress)) (resource.Applied, error) {
	d, err := a.Resources.Apply(ctx, actor, files, prune, comment)
	if err != nil {
		return d, err
	}
	err = a.Rebuild(ctx, progress)
	a.touchAll()
	return d, err
}

// Rollback goes back to an earlier version of the workspace, like Apply.
func (a *App) Rollback(ctx context.Context, actor minori.Actor, version int64, comment string, progress func(owner.Progress)) (resource.Applied, error) {
	d, err := a.Resources.Rollback(ctx, actor, version, comment)
	if err != nil {
		return d, err
	}
	err = a.Rebuild(ctx, progress)
	a.touchAll()
	return d, err
}
