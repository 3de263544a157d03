package app

import (
	"context"
	"fmt"
	"net/http"
	"time"

	"github.com/minori-hq/minori/account/traits"
	"github.com/minori-hq/minori/api"
	"github.com/minori-hq/minori/ingest"
	"github.com/minori-hq/minori/store/records/health"
	"github.com/minori-hq/minori/store/records/identity"
)

// foldEvery is how often the server folds what arrived. What an evaluation
// after it costs grows slower than what arrives, so that a longer wait saves work.
const foldEvery = 300 * time.Millisecond

// Receive makes the program take tracking messages: it learns which it has
// already, and its handlers made afterwards have the tracking addresses. What
// arrives is folded and evaluated while Serve runs.
func (a *App) Receive(ctx context.Context) (err error) {
	names := traits.NewService(identity.Over(a.Records, a.Records.DB), traits.Config{
		Zone: a.zone, Clock: a.cfg.Clock, Fields: a.definedFields,
		FieldIDs: func(ctx context.Context, names []string) (map[string]int64, error) {
			return a.Records.EnsureIDs(ctx, "Field", names)
		},
	})
	a.Ingest, err = ingest.Open(ctx, ingest.Config{Inbox: a.Lake, Traits: names, Drain: a.Drain, Zone: a.zone, Clock: a.cfg.Clock, Log: a.cfg.Log, Observe: a.observation(), Shapes: health.Store{DB: a.Records.DB}})
	if err != nil {
		return fmt.Errorf("preparing to take messages: %w", err)
	}
	a.following = a.newLive()
	return nil
}

// tracking adds the tracking addresses beside the pages.
func (a *App) tracking(mux *http.ServeMux) {
	if a.Ingest == nil {
		return
	}
	h := api.NewTracking(api.TrackingConfig{Acceptor: a.Ingest, Keys: a.Keys, Rejections: a.Ingest, Zone: a.zone, Clock: a.cfg.Clock, Log: a.cfg.Log})
	for _, pattern := range api.TrackingPaths() {
		mux.Handle(pattern, h)
	}
}

// fold folds what arrives, and evaluates, until the context ends.
func (a *App) fold(ctx context.Context) {
	if a.Ingest == nil {
		return
	}
	if a.following != nil {
		a.following.Start(ctx)
		defer a.following.Stop()
	}
	kept := make(chan struct{})
	go func() {
		defer close(kept)
		a.Ingest.KeepShapes(ctx)
	}()
	a.Ingest.Run(ctx, foldEvery, a.folded)
	<-kept
}

// expire forgets the keys of old messages, and raw events that are not to be
// kept any longer.
func (a *App) expire(ctx context.Context) error {
	if a.Ingest == nil {
		return nil
	}
	_, from, err := a.Health.EventsKept(ctx)
	if err != nil {
		return err
	}
	return a.Ingest.Expire(ctx, from)
}
