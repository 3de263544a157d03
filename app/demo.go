package app

import (
	"context"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"sync"
	"time"

	minori "github.com/minori-hq/minori"
	"github.com/minori-hq/minori/account"
	"github.com/minori-hq/minori/ingest"
	"github.com/minori-hq/minori/metric"
	"github.com/minori-hq/minori/web/site"
)

// Bounds of what a demo plays.
const (
	demoSource = "demo" // name of the source that it comes from
	demoUsers  = 200    // events of one act at most
	demoActs   = 10     // acts remembered by account
)

// demo plays what customers do; it implements site.Demo.
type demo struct {
	app *App

	mu     sync.Mutex
	played map[minori.ID][]site.Played
}

// Play implements site.Demo.
func (d *demo) Play(ctx context.Context, actor minori.Actor, id minori.ID, what site.DemoAct) error {
	acc, err := d.app.Accounts.Account(ctx, actor, id)
	if err != nil {
		return err
	}
	sources, err := d.app.Records.EnsureIDs(ctx, "Source", []string{demoSource})
	if err != nil {
		return fmt.Errorf("naming the demo's source: %w", err)
	}
	p := site.Played{What: what, At: d.app.Now()}
	switch what {
	case site.UsageDrops:
		p.Rule = "users-leaving"
		err = d.app.Ingest.Accept(ctx, sources[demoSource], deactivations(&acc, p.At))
	case site.UrgentTicket:
		p.Rule = "urgent-ticket"
		err = d.ticket(ctx, actor, &acc, sources[demoSource], p.At)
	}
	if err != nil {
		return err
	}
	p.Took = d.app.Now().Sub(p.At)
	d.mu.Lock()
	defer d.mu.Unlock()
	d.played[id] = append([]site.Played{p}, d.played[id][:min(len(d.played[id]), demoActs-1)]...)
	return nil
}

// Played implements site.Demo.
func (d *demo) Played(id minori.ID) []site.Played {
	d.mu.Lock()
	defer d.mu.Unlock()
	return slices.Clone(d.played[id])
}

// deactivations are the events of a third of an account's users being
// deactivated.
func deactivations(acc *account.Account, at time.Time) []ingest.Message {
	seats := 3.0
	if acc.Seats != nil {
		seats = *acc.Seats
	}
	n := min(int(math.Ceil(seats/3))+1, demoUsers)
	out := make([]ingest.Message, n)
	for i := range out {
		out[i] = ingest.Message{
			Kind: ingest.Track, ID: fmt.Sprintf("demo-%x-%d", rand.Uint64(), i), User: fmt.Sprintf("%s-u%d", acc.Key, i+1),
			Account: acc.Key, Event: "user_deactivated", Time: at.UnixMicro(),
		}
	}
	return out
}

// ticket opens one with the highest priority.
func (d *demo) ticket(ctx context.Context, actor minori.Actor, acc *account.Account, source int64, at time.Time) error {
	imp, err := d.app.Records.BeginImport(ctx, account.ImportRun{Source: source, Name: demoSource, Actor: actor.Name, Started: at.UnixMicro()})
	if err != nil {
		return fmt.Errorf("beginning the demo's import: %w", err)
	}
	key := metric.Hash{Hi: rand.Uint64(), Lo: rand.Uint64()}
	row := account.FactRow{Row: metric.Row{Line: 1, Key: key, Hash: key}, Ticket: &account.Ticket{
		Key: fmt.Sprintf("demo-%x", key.Hi), AccountKey: acc.Key, Opened: at.UnixMicro(), Priority: "urgent", Status: "open",
	}}
	rep, err := d.app.Accounts.Import(ctx, actor, account.Run{Source: source, Import: imp, Time: at.UnixMicro()}, []account.FactRow{row})
	if err != nil {
		return fmt.Errorf("opening the ticket: %w", err)
	}
	for _, r := range rep.Rejects {
		return minori.Errorf(minori.Invalid, "the ticket was not taken: %s", r.Reason)
	}
	return d.app.Records.FinishImport(ctx, imp, d.app.Now().UnixMicro(), "{}")
}
