package webhook

import (
	"context"
	"fmt"
	"math"
	"math/rand/v2"
	"time"

	minori "github.com/minori-hq/minori"
)

// How often and how long a delivery is tried: at once, and then after 10 s,
// 30 s, 90 s, … up to 12 hours, each give or take a fifth: 14 times in about
// three days.
const (
	maxTries  = 14
	firstWait = 10 * time.Second
	growth    = 3
	maxWait   = 12 * time.Hour
	jitter    = 0.2
)

// giveUp is after how long without one success an endpoint is disabled.
const giveUp = 5 * 24 * time.Hour

// pause gives how long to wait after an attempt of a round, which counts from 1.
func pause(attempt int, random float64) time.Duration {
	wait := min(float64(firstWait)*math.Pow(growth, float64(attempt-1)), float64(maxWait))
	return time.Duration(wait * (1 - jitter + 2*jitter*random))
}

// fanBatch is how many events are fanned out in one transaction.
const fanBatch = 100

// FanOut makes the deliveries of events that have none yet.
func (s *Service) FanOut(ctx context.Context) error {
	for {
		n := 0
		err := s.store.InTx(ctx, func(ctx context.Context) (err error) {
			if err = s.store.LockWebhooks(ctx); err != nil {
				return err
			}
			n, err = s.fanOut(ctx)
			return err
		})
		if err != nil || n < fanBatch {
			return err
		}
	}
}

func (s *Service) fanOut(ctx context.Context) (int, error) {
	events, err := s.store.Unsent(ctx, fanBatch)
	if err != nil || len(events) == 0 {
		return 0, err
	}
	endpoints, err := s.store.Endpoints(ctx)
	if err != nil {
		return 0, err
	}
	var list []Delivery
	ids := make([]int64, len(events))
	for i := range events {
		ev := &events[i]
		ids[i] = ev.ID
		for k := range endpoints {
			e := &endpoints[k]
			if e.Enabled && (ev.To == e.ID || ev.To == 0 && e.wants(ev.Kind)) {
				list = append(list, Delivery{Endpoint: e.ID, Event: *ev, State: Pending, Created: s.now(), Next: s.now()})
			}
		}
	}
	first, err := s.store.NewIDs(ctx, "webhook_delivery", len(list))
	if err != nil {
		return 0, err
	}
	for i := range list {
		list[i].ID = first + int64(i)
	}
	if err := s.store.InsertDeliveries(ctx, list); err != nil {
		return 0, err
	}
	if err := s.cfg.Jobs.Send(ctx, list); err != nil {
		return 0, err
	}
	return len(events), s.store.FannedOut(ctx, ids)
}

// Deliver makes one attempt of a delivery, and says after how long to make the
// next; 0 for none. The receiver may get it more than once, always with the
// same webhook-id.
func (s *Service) Deliver(ctx context.Context, id int64) (again time.Duration, err error) {
	d, found, err := s.store.Delivery(ctx, id)
	if err != nil || !found || d.State != Pending {
		return 0, err
	}
	// A job that was run again after its attempt was kept waits for the next.
	if wait := time.Duration(d.Next-s.now()) * time.Microsecond; wait > time.Second {
		return wait, nil
	}
	e, err := s.endpoint(ctx, d.Endpoint)
	if minori.CodeOf(err) == minori.NotFound {
		return 0, nil // removed meanwhile, and the delivery with it
	}
	if err != nil {
		return 0, err
	}
	at := s.cfg.Clock()
	secrets, err := s.secrets(&e, at.UnixMicro())
	if err != nil {
		return 0, err
	}
	a, err := s.sender.send(ctx, e.URL, d.Event.UID, d.Event.Body, at, secrets)
	if err != nil {
		return 0, fmt.Errorf("delivery %d: %w", id, err)
	}
	return s.settle(ctx, d, at.UnixMicro(), a)
}

// settle keeps what came of an attempt.
func (s *Service) settle(ctx context.Context, d Delivery, at int64, a answer) (again time.Duration, err error) {
	now := s.now()
	d.Attempts++
	d.Code, d.Error = a.code, a.err
	switch tries := d.Attempts - d.Round; {
	case a.delivered():
		d.State, d.Next, d.Finished = Delivered, 0, now
	case a.gone || tries >= maxTries:
		d.State, d.Next, d.Finished = Dead, 0, now
	default:
		again = max(pause(tries, rand.Float64()), a.wait)
		d.Next = now + again.Microseconds()
	}
	attempt := Attempt{Delivery: d.ID, Number: d.Attempts, At: at, Millis: a.millis, Code: a.code, Error: a.err}
	err = s.store.InTx(ctx, func(ctx context.Context) error {
		kept, err := s.store.SaveAttempt(ctx, d, attempt)
		if err != nil || !kept {
			again = 0 // somebody else made this attempt, and goes on
			return err
		}
		return s.health(ctx, d.Endpoint, now, &a)
	})
	if err == nil && s.cfg.Attempted != nil {
		s.cfg.Attempted(outcome(d.State))
	}
	return again, err
}

// outcome names what came of an attempt.
func outcome(s State) string {
	switch s {
	case Delivered:
		return "delivered"
	case Dead:
		return "dead"
	}
	return "failed"
}

// health notes whether an endpoint works, and disables one that has not for
// too long, or that wants no more.
func (s *Service) health(ctx context.Context, id, now int64, a *answer) error {
	e, found, err := s.store.Endpoint(ctx, id)
	if err != nil || !found {
		return err
	}
	switch {
	case a.delivered():
		if e.Failing != 0 {
			return s.store.SetFailing(ctx, id, 0)
		}
		return nil
	case e.Failing == 0:
		e.Failing = now
		if err := s.store.SetFailing(ctx, id, now); err != nil {
			return err
		}
	}
	long := time.Duration(now-e.Failing)*time.Microsecond >= giveUp
	if !e.Enabled || !long && !a.gone {
		return nil
	}
	e.Enabled, e.Stopped = false, a.err
	if saved, err := s.store.SaveEndpoint(ctx, e); err != nil || !saved {
		return err // changed this moment: the next failure looks again
	}
	if err := s.store.Bury(ctx, id, now, string(FaultDisabled)); err != nil {
		return err
	}
	if s.cfg.Stopped != nil {
		if err := s.cfg.Stopped(ctx, &e); err != nil {
			return err
		}
	}
	return s.note(ctx, minori.System(), "disable", &e, describe(&e)+": "+a.err)
}

// Trim forgets deliveries that were over long ago.
func (s *Service) Trim(ctx context.Context) error {
	return s.store.Trim(ctx, s.now()-KeepDays*24*time.Hour.Microseconds())
}
