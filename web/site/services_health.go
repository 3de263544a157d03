package site

import (
	"context"

	minori "github.com/minori-hq/minori"
	"github.com/minori-hq/minori/ingest/health"
)

// Health tells how the data do that come in.
type Health interface {
	Health(ctx context.Context, actor minori.Actor) (health.Health, error)
	KeepEvents(ctx context.Context, actor minori.Actor, days int) error
}
