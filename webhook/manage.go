package webhook

import (
	"context"
	"fmt"
	"strings"

	minori "github.com/minori-hq/minori"
	"github.com/minori-hq/minori/auth"
)

func noEndpoint(id int64) error {
	return minori.Errorf(minori.NotFound, "there is no webhook endpoint %d", id)
}

func noDelivery(id int64) error {
	return minori.Errorf(minori.NotFound, "there is no delivery %d", id)
}

// Endpoints gives all endpoints, oldest first.
func (s *Service) Endpoints(ctx context.Context, actor minori.Actor) ([]Endpoint, error) {
	if err := manages(actor); err != nil {
		return nil, err
	}
	return s.store.Endpoints(ctx)
}

// Endpoint gives one endpoint.
func (s *Service) Endpoint(ctx context.Context, actor minori.Actor, id int64) (Endpoint, error) {
	if err := manages(actor); err != nil {
		return Endpoint{}, err
	}
	return s.endpoint(ctx, id)
}

func (s *Service) endpoint(ctx context.Context, id int64) (Endpoint, error) {
	e, found, err := s.store.Endpoint(ctx, id)
	if err == nil && !found {
		err = noEndpoint(id)
	}
	return e, err
}

// Add makes an endpoint, and gives the secret it is signed with: it is not
// shown again.
func (s *Service) Add(ctx context.Context, actor minori.Actor, d Draft) (e Endpoint, secret string, err error) {
	if err := manages(actor); err != nil {
		return e, "", err
	}
	if err := s.check(&d); err != nil {
		return e, "", err
	}
	secret = newSecret()
	sealed, err := s.cfg.Vault.Seal(purpose, []byte(secret))
	if err != nil {
		return e, "", err
	}
	e = Endpoint{Version: 1, Draft: d, Enabled: true, Created: s.now(), CreatedBy: actor.Name, secret: sealedSecrets{now: sealed}}
	err = s.store.InTx(ctx, func(ctx context.Context) error {
		if err := s.store.LockWebhooks(ctx); err != nil {
			return err
		}
		there, err := s.store.Endpoints(ctx)
		if err != nil {
			return err
		}
		if len(there) >= MaxEndpoints {
			return refuse(minori.Conflict, WhyTooMany, "there are %d endpoints already, as many as there may be; remove one first", MaxEndpoints)
		}
		if e.ID, err = s.store.NewIDs(ctx, "webhook_endpoint", 1); err != nil {
			return err
		}
		if err := s.store.InsertEndpoint(ctx, e); err != nil {
			return err
		}
		return s.note(ctx, actor, "add", &e, describe(&e))
	})
	if err != nil {
		return Endpoint{}, "", err
	}
	return e, secret, nil
}

// describe writes what matters about an endpoint for the audit log.
func describe(e *Endpoint) string {
	parts := []string{e.URL}
	for _, k := range e.Kinds {
		parts = append(parts, string(k))
	}
	if !e.Enabled {
		parts = append(parts, "disabled")
	}
	return strings.Join(parts, ", ")
}

func (s *Service) note(ctx context.Context, actor minori.Actor, verb string, e *Endpoint, detail string) error {
	return s.store.AppendAudit(ctx, auth.Entry{At: s.now(), Actor: actor.Name, Action: "webhook." + verb, Object: fmt.Sprintf("webhook %d", e.ID), Detail: detail})
}

// change reads an endpoint, changes it and writes it, if it is still as the
// actor saw it (version 0: whatever it is).
func (s *Service) change(ctx context.Context, actor minori.Actor, id, version int64, verb string, fn func(ctx context.Context, e *Endpoint) (detail string, err error)) (Endpoint, error) {
	if err := manages(actor); err != nil {
		return Endpoint{}, err
	}
	var e Endpoint
	err := s.store.InTx(ctx, func(ctx context.Context) (err error) {
		if e, err = s.endpoint(ctx, id); err != nil {
			return err
		}
		stale := refuse(minori.Conflict, WhyChanged, "somebody changed this endpoint after you opened it; look at it again before you save")
		if version != 0 && e.Version != version {
			return stale
		}
		detail, err := fn(ctx, &e)
		if err != nil || detail == "" {
			return err
		}
		saved, err := s.store.SaveEndpoint(ctx, e)
		if err != nil {
			return err
		}
		if !saved {
			return stale
		}
		e.Version++
		return s.note(ctx, actor, verb, &e, detail)
	})
	if err != nil {
		return Endpoint{}, err
	}
	return e, nil
}

// Change saves what people decide about an endpoint. The pending deliveries of
// one that is disabled are given up; they can be sent again.
func (s *Service) Change(ctx context.Context, actor minori.Actor, id, version int64, d Draft, enabled bool) (Endpoint, error) {
	return s.change(ctx, actor, id, version, "change", func(ctx context.Context, e *Endpoint) (string, error) {
		if err := s.check(&d); err != nil {
			return "", err
		}
		before := describe(e)
		name := e.Name
		e.Draft = d
		if enabled && !e.Enabled {
			e.Stopped, e.Failing = "", 0
		}
		disabled := e.Enabled && !enabled
		e.Enabled = enabled
		if after := describe(e); after == before && e.Name == name {
			return "", nil
		}
		if disabled {
			if err := s.store.Bury(ctx, e.ID, s.now(), string(FaultDisabled)); err != nil {
				return "", err
			}
		}
		return before + " → " + describe(e), nil
	})
}

// Rotate gives an endpoint a new secret, which is not shown again. The one
// before signs beside it for a day.
func (s *Service) Rotate(ctx context.Context, actor minori.Actor, id, version int64) (e Endpoint, secret string, err error) {
	secret = newSecret()
	e, err = s.change(ctx, actor, id, version, "rotate", func(_ context.Context, e *Endpoint) (string, error) {
		sealed, err := s.cfg.Vault.Seal(purpose, []byte(secret))
		if err != nil {
			return "", err
		}
		e.secret = sealedSecrets{now: sealed, old: e.secret.now}
		e.Rotated = s.now() + OldSecret.Microseconds()
		return e.URL, nil
	})
	if err != nil {
		return Endpoint{}, "", err
	}
	return e, secret, nil
}

// Remove removes an endpoint with its deliveries.
func (s *Service) Remove(ctx context.Context, actor minori.Actor, id int64) error {
	if err := manages(actor); err != nil {
		return err
	}
	return s.store.InTx(ctx, func(ctx context.Context) error {
		e, err := s.endpoint(ctx, id)
		if err != nil {
			return err
		}
		if err := s.store.DropEndpoint(ctx, id); err != nil {
			return err
		}
		return s.note(ctx, actor, "remove", &e, describe(&e))
	})
}

// Try sends an endpoint a test event.
func (s *Service) Try(ctx context.Context, actor minori.Actor, id int64) error {
	if err := manages(actor); err != nil {
		return err
	}
	return s.store.InTx(ctx, func(ctx context.Context) error {
		e, err := s.endpoint(ctx, id)
		if err != nil {
			return err
		}
		if !e.Enabled {
			return refuse(minori.Conflict, WhyDisabled, "nothing is sent to a disabled endpoint; enable it first")
		}
		ev, err := event(Test, s.now(), map[string]any{"endpoint": e.ID, "by": actor.Name})
		if err != nil {
			return err
		}
		ev.To, ev.Key = e.ID, string(Test)+"/"+ev.UID // every press is a cause of its own
		if err := s.add(ctx, []Event{ev}); err != nil {
			return err
		}
		return s.note(ctx, actor, "test", &e, e.URL)
	})
}

// Deliveries lists deliveries, newest first, and counts them.
func (s *Service) Deliveries(ctx context.Context, actor minori.Actor, f Filter, page minori.Page) ([]Delivery, int, error) {
	if err := manages(actor); err != nil {
		return nil, 0, err
	}
	return s.store.Deliveries(ctx, f, page)
}

// maxAttempts bounds the attempts that are shown of a delivery.
const maxAttempts = 100

// Delivery gives one delivery with its newest attempts, newest first.
func (s *Service) Delivery(ctx context.Context, actor minori.Actor, id int64) (Delivery, []Attempt, error) {
	if err := manages(actor); err != nil {
		return Delivery{}, nil, err
	}
	d, found, err := s.store.Delivery(ctx, id)
	if err == nil && !found {
		err = noDelivery(id)
	}
	if err != nil {
		return Delivery{}, nil, err
	}
	list, err := s.store.Attempts(ctx, id, maxAttempts)
	return d, list, err
}

// Replay sends a delivery that is over again, with the same webhook-id.
func (s *Service) Replay(ctx context.Context, actor minori.Actor, id int64) error {
	if err := manages(actor); err != nil {
		return err
	}
	return s.store.InTx(ctx, func(ctx context.Context) error {
		d, found, err := s.store.Delivery(ctx, id)
		if err == nil && !found {
			err = noDelivery(id)
		}
		if err != nil {
			return err
		}
		n, err := s.revive(ctx, actor, d.Endpoint, []Delivery{d})
		if err == nil && n == 0 {
			err = refuse(minori.Conflict, WhyPending, "delivery %d is on its way already", id)
		}
		return err
	})
}

// ReplayDead sends the dead letters of an endpoint again, at most MaxPage of
// them, newest first, and says how many those are.
func (s *Service) ReplayDead(ctx context.Context, actor minori.Actor, endpoint int64) (n int, err error) {
	if err := manages(actor); err != nil {
		return 0, err
	}
	err = s.store.InTx(ctx, func(ctx context.Context) error {
		list, _, err := s.store.Deliveries(ctx, Filter{Endpoint: endpoint, State: Dead}, minori.Page{Limit: minori.MaxPage})
		if err == nil {
			n, err = s.revive(ctx, actor, endpoint, list)
		}
		return err
	})
	return n, err
}

// revive has deliveries of an endpoint sent again, and says how many were over.
func (s *Service) revive(ctx context.Context, actor minori.Actor, endpoint int64, list []Delivery) (int, error) {
	e, err := s.endpoint(ctx, endpoint)
	if err != nil {
		return 0, err
	}
	if !e.Enabled {
		return 0, refuse(minori.Conflict, WhyDisabled, "nothing is sent to a disabled endpoint; enable it first")
	}
	ids := make([]int64, len(list))
	for i := range list {
		ids[i] = list[i].ID
	}
	ids, err = s.store.Revive(ctx, ids, s.now())
	if err != nil || len(ids) == 0 {
		return 0, err
	}
	again := make([]Delivery, len(ids))
	for i, id := range ids {
		again[i] = Delivery{ID: id, Endpoint: endpoint}
	}
	if err := s.cfg.Jobs.Send(ctx, again); err != nil {
		return 0, err
	}
	detail := fmt.Sprintf("%d deliveries", len(ids))
	if len(ids) == 1 {
		detail = fmt.Sprintf("delivery %d", ids[0])
	}
	return len(ids), s.note(ctx, actor, "replay", &e, detail)
}
