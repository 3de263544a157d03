package app

import (
	"context"
	"fmt"
	"slices"
	"time"

	minori "github.com/minori-hq/minori"
	"github.com/minori-hq/minori/action"
	"github.com/minori-hq/minori/evaluate/live"
	"github.com/minori-hq/minori/ingest"
	"github.com/minori-hq/minori/store/lake"
)

// newLive makes what evaluates by itself while the program serves.
func (a *App) newLive() *live.Live {
	return live.New(live.Config{Evaluate: a.Evaluate, Store: a.Records, Zone: a.zone, Clock: a.cfg.Clock, Observe: a.observer.Signalled, Acted: a.observer.Acted, Thin: a.Lake.Thin, Current: a.current, Log: a.cfg.Log})
}

// Facts go on to the present when the newest of them, or the newest evaluation,
// is not older than this.
const (
	currentFacts = 30 // days
	currentCycle = 7  // days
	currentAgain = 5 * time.Second
)

// current reports whether the facts go on to the present: events came in over
// the tracking addresses, or the newest facts or the newest evaluation of all are
// of the last days. It looks again now and then until they do.
func (a *App) current(ctx context.Context) (bool, error) {
	now := a.cfg.Clock()
	if a.present.Load() {
		return true, nil
	}
	if now.Sub(a.presentAsked) < currentAgain && now.After(a.presentAsked) {
		return false, nil
	}
	a.presentAsked = now
	today := minori.At(now, a.zone)
	fresh, err := a.Lake.Freshness(ctx, today)
	if err != nil {
		return false, fmt.Errorf("looking for the newest facts: %w", err)
	}
	cycles, err := a.Lake.Steps(ctx, minori.Account, today.Day, 1)
	if err != nil {
		return false, fmt.Errorf("looking for the newest evaluation: %w", err)
	}
	is := slices.ContainsFunc(cycles, func(c minori.AsOf) bool { return c.Day > today.Day-currentCycle })
	for _, f := range fresh {
		is = is || f.Day > today.Day-currentFacts
	}
	a.present.Store(is)
	return is, nil
}

// folded is told which accounts messages brought something new about.
func (a *App) folded(ctx context.Context, f ingest.Folded) {
	a.present.Store(true)
	touches := make([]live.Touch, len(f.Touched))
	for i, t := range f.Touched {
		touches[i] = live.Touch{Subject: t.Account, First: t.First, At: t.At}
	}
	a.touch(ctx, touches)
}

// drained is told what of the records came into the lake. Past days are not
// computed again for it: what is corrected of the past is often whole histories.
func (a *App) drained(ctx context.Context, deltas []lake.SeqDelta) {
	if a.following == nil {
		return
	}
	seen := map[minori.ID]bool{}
	var touches []live.Touch
	touch := func(id minori.ID) {
		if !seen[id] {
			seen[id] = true
			touches = append(touches, live.Touch{Subject: id})
		}
	}
	for i := range deltas {
		d := &deltas[i].Delta
		for _, s := range d.Subjects {
			touch(s.ID)
		}
		for _, f := range d.Fields {
			touch(f.Subject)
		}
		for _, t := range d.Terms {
			touch(t.Account)
		}
		for _, set := range d.Points {
			for _, p := range set.Points {
				touch(p.Subject)
			}
		}
		if len(d.Rates) > 0 {
			a.following.TouchAll()
		}
	}
	a.touch(ctx, touches)
}

// worked is told of calls to action that people changed: conditions may count
// open calls.
func (a *App) worked(ctx context.Context, events []action.Event) error {
	if a.following == nil {
		return nil
	}
	var calls []int64
	for _, e := range events {
		if e.Author != minori.System().Name {
			calls = append(calls, e.Call)
		}
	}
	subjects, err := a.Records.CallSubjects(ctx, calls)
	if err != nil {
		return fmt.Errorf("reading whom calls are about: %w", err)
	}
	touches := make([]live.Touch, len(subjects))
	for i, id := range subjects {
		touches[i] = live.Touch{Subject: id}
	}
	a.Records.AfterCommit(ctx, func() { a.touch(context.WithoutCancel(ctx), touches) })
	return nil
}

func (a *App) touch(ctx context.Context, touches []live.Touch) {
	if a.following == nil {
		return
	}
	if err := a.following.Touch(ctx, touches); err != nil && ctx.Err() == nil {
		a.cfg.Log.Error("past days that late events belong to are not corrected", "error", err)
	}
}

// touchAll asks for an evaluation of all, after what concerns many.
func (a *App) touchAll() {
	if a.following != nil {
		a.following.TouchAll()
	}
}
