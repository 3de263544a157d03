package app

import (
	"context"
	"fmt"
	"time"

	minori "github.com/minori-hq/minori"
	"github.com/minori-hq/minori/account/profile"
	"github.com/minori-hq/minori/action"
	"github.com/minori-hq/minori/notice"
)

// What happens is told twice: kept as notices in the transaction of its cause,
// and, once that holds, to open pages by name.

// callsChanged is told by the calls to action of every change.
func (a *App) callsChanged(ctx context.Context, events []action.Event) error {
	if err := a.Notices.CallsChanged(ctx, events); err != nil {
		return fmt.Errorf("telling of changed calls: %w", err)
	}
	a.Records.AfterCommit(ctx, func() { a.live.tell(changedCalls, changedNotices) })
	return nil
}

// wrote is told of every entry written on a timeline.
func (a *App) wrote(ctx context.Context, e *profile.Entry) error {
	if len(e.Mentions) == 0 {
		return nil
	}
	if err := a.Notices.Wrote(ctx, e); err != nil {
		return fmt.Errorf("telling of a mention: %w", err)
	}
	a.Records.AfterCommit(ctx, func() { a.live.tell(changedNotices) })
	return nil
}

// evaluated is told of every evaluation once its scores are in use. That they
// cannot be told of does not undo them: it is logged, and they are told of with
// the next sweep.
func (a *App) evaluated(ctx context.Context, kind minori.SubjectKind, asOf minori.AsOf) {
	if err := a.tellFalls(ctx, kind, asOf); err != nil {
		a.cfg.Log.Warn("falls of scores were not told", "day", asOf.Day.String(), "error", err)
	}
	if kind == minori.Account {
		a.warm()
	}
	a.live.tell(changedScores, changedNotices)
}

// tellFalls tells of the scores that fell with an evaluation of accounts.
func (a *App) tellFalls(ctx context.Context, kind minori.SubjectKind, asOf minori.AsOf) error {
	if kind != minori.Account {
		return nil // how people do is nobody's news
	}
	prog, err := a.Resources.Program(ctx, kind, 0)
	if err != nil {
		return err
	}
	for i := range prog.Scorecards {
		card := &prog.Scorecards[i]
		rows, err := a.Lake.BandFalls(ctx, kind, card.ID, asOf)
		if err != nil {
			return fmt.Errorf("reading which scores fell: %w", err)
		}
		falls := make([]notice.Fall, len(rows))
		for k, r := range rows {
			falls[k] = notice.Fall{Subject: r.Subject, Scorecard: card.Engine.Card().Name, AsOf: asOf.Micros(), From: r.From, To: r.To}
		}
		if err := a.Notices.ScoresFell(ctx, asOf.Day, falls); err != nil {
			return err
		}
	}
	return nil
}

// sweepEvery is how often the server looks for what comes by itself: a call
// becomes due with the day.
const sweepEvery = time.Hour

// sweep runs until the context ends.
func (a *App) sweep(ctx context.Context) {
	tick := time.NewTicker(sweepEvery)
	defer tick.Stop()
	for {
		if err := a.Sweep(ctx); err != nil && ctx.Err() == nil {
			a.cfg.Log.Warn("the sweep failed and is tried again later", "error", err)
		}
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}

// Sweep tells of calls due, imports with rejects and the falls of the newest
// evaluation, and forgets old notices.
func (a *App) Sweep(ctx context.Context) error {
	if err := a.Notices.Sweep(ctx); err != nil {
		return fmt.Errorf("looking for what is due: %w", err)
	}
	newest, err := a.Lake.Steps(ctx, minori.Account, minori.DayOf(a.Now().In(a.zone)), 1)
	if err != nil {
		return fmt.Errorf("looking for the newest evaluation: %w", err)
	}
	for _, asOf := range newest {
		if err := a.tellFalls(ctx, minori.Account, asOf); err != nil {
			return err
		}
	}
	a.live.tell(changedNotices)
	return nil
}
