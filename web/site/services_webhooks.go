package site

import (
	"context"

	minori "github.com/minori-hq/minori"
	"github.com/minori-hq/minori/webhook"
)

// Webhooks manages where events are sent.
type Webhooks interface {
	Endpoints(ctx context.Context, actor minori.Actor) ([]webhook.Endpoint, error)
	Endpoint(ctx context.Context, actor minori.Actor, id int64) (webhook.Endpoint, error)
	// Add and Rotate give a secret, which is shown once.
	Add(ctx context.Context, actor minori.Actor, d webhook.Draft) (webhook.Endpoint, string, error)
	Rotate(ctx context.Context, actor minori.Actor, id, version int64) (webhook.Endpoint, string, error)
	Change(ctx context.Context, actor minori.Actor, id, version int64, d webhook.Draft, enabled bool) (webhook.Endpoint, error)
	Remove(ctx context.Context, actor minori.Actor, id int64) error
	Try(ctx context.Context, actor minori.Actor, id int64) error
	Deliveries(ctx context.Context, actor minori.Actor, f webhook.Filter, page minori.Page) ([]webhook.Delivery, int, error)
	Delivery(ctx context.Context, actor minori.Actor, id int64) (webhook.Delivery, []webhook.Attempt, error)
	Replay(ctx context.Context, actor minori.Actor, id int64) error
	ReplayDead(ctx context.Context, actor minori.Actor, endpoint int64) (int, error)
}
