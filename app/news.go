package app

import (
	"context"
	"fmt"
	"time"

	minori "github.com/minori-hq/minori"
	"github.com/minori-hq/minori/account/profile"
	"github.com/minori-hq/minori/action"
	"github.com/minori-hq/minori/app/broadcast"
	"github.com/minori-hq/minori/evaluate"
	"github.com/minori-hq/minori/metric"
	"github.com/minori-hq/minori/notice"
	"github.com/minori-hq/minori/store/lake"
)

// What happens is told twice: kept as notices in the transaction of its cause,
// and, once that holds, to open pages by name.

// callsChanged is told by the calls to action of every change.
func (a *App) callsChanged(ctx context.Context, events []action.Event) error {
	if err := a.Notices.CallsChanged(ctx, events); err != nil {
		return fmt.Errorf("telling of changed calls: %w", err)
	}
	if err := a.Webhooks.CallsChanged(ctx, events); err != nil {
		return fmt.Errorf("telling other programs of changed calls: %w", err)
	}
	if err := a.worked(ctx, events); err != nil {
		return err
	}
	a.Records.AfterCommit(ctx, func() { a.live.Tell(broadcast.Calls, broadcast.Notices) })
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
	a.Records.AfterCommit(ctx, func() { a.live.Tell(broadcast.Notices) })
	return nil
}

// evaluated is told of every evaluation once its scores are in use. That they
// cannot be told of does not undo them: it is logged, and they are told of with
// the next sweep.
func (a *App) evaluated(ctx context.Context, f evaluate.Finished) {
	a.counted(f)
	var err error
	if f.Whole {
		err = a.tellFalls(ctx, f.Kind, f.AsOf)
	} else {
		err = a.tellMoves(ctx, f)
	}
	if err != nil {
		a.cfg.Log.Warn("falls of scores were not told", "day", f.AsOf.Day.String(), "error", err)
	}
	if f.Whole && f.Kind == minori.Account {
		a.warm()
	}
	a.live.Tell(broadcast.Scores, broadcast.Notices)
}

// tellMoves tells of the scores that fell with an evaluation of some accounts.
func (a *App) tellMoves(ctx context.Context, f evaluate.Finished) error {
	if f.Kind != minori.Account {
		return nil // how people do is nobody's news
	}
	for card, moves := range f.Moves {
		var falls []notice.Fall
		for _, m := range moves {
			if m.Falls() {
				falls = append(falls, notice.Fall{Subject: m.Subject, Scorecard: card, From: string(m.FromBand), To: string(m.ToBand)})
			}
		}
		if err := a.Notices.ScoresFell(ctx, f.AsOf.Day, falls); err != nil {
			return err
		}
	}
	return nil
}

// listed gives columns of the projection of some subjects.
func (a *App) listed(ctx context.Context, kind minori.SubjectKind, subjects []minori.ID, columns []string, fn func(minori.ID, []metric.Value) error) error {
	return a.Lake.EachRow(ctx, lake.ListQuery{Kind: kind, IDs: subjects, Columns: columns}, len(subjects), func(r lake.ListRow) error {
		return fn(r.Subject, r.Cells)
	})
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
			falls[k] = notice.Fall{Subject: r.Subject, Scorecard: card.Engine.Card().Name, From: r.From, To: r.To}
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
	a.live.Tell(broadcast.Notices)
	return a.expire(ctx)
}
