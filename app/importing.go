package app

import (
	"context"
	"errors"
	"fmt"
	"sync"

	minori "github.com/minori-hq/minori"
	"github.com/minori-hq/minori/account"
	"github.com/minori-hq/minori/app/broadcast"
	"github.com/minori-hq/minori/app/owner"
	"github.com/minori-hq/minori/importer"
	"github.com/minori-hq/minori/metric"
	"github.com/minori-hq/minori/resource"
)

// ImportRequest says what to import.
type ImportRequest struct {
	Workspace string   // files with the sources; "": those in force
	Input     string   // a directory, or one file
	Only      []string // names of sources; none: all
	DryRun    bool
	Rejects   string // file for rejected rows; "" writes none
	Progress  func(owner.Progress)
}

// Import brings files in and the lake up to date.
func (a *App) Import(ctx context.Context, actor minori.Actor, req ImportRequest) (importer.Report, error) {
	cfg, err := a.sources(ctx, actor, req.Workspace)
	if err != nil {
		return importer.Report{}, err
	}
	if err := a.Drain(ctx); err != nil {
		return importer.Report{}, err
	}
	r := importer.Request{Input: req.Input, Only: req.Only, DryRun: req.DryRun, Rejects: req.Rejects}
	for i := range cfg.Sources {
		r.Sources = append(r.Sources, importer.Bound{Source: cfg.Sources[i].Def, ID: cfg.Sources[i].ID})
	}
	if req.Progress != nil {
		r.Progress = func(p importer.Progress) {
			req.Progress(owner.Progress{Label: p.Label, Done: p.Done, Total: p.Total, Rows: p.Rows, End: p.Done == p.Total})
		}
	}
	rep, err := a.importer(cfg).Run(ctx, actor, r)
	if req.DryRun {
		return rep, err
	}
	err = errors.Join(err, a.Drain(ctx), a.tidy(ctx)) // what was stored before an error counts, too
	if rep.RejectsTotal > 0 {
		err = errors.Join(err, a.Notices.Sweep(ctx))
	}
	a.touchAll()
	a.live.Tell(broadcast.Imports, broadcast.Notices)
	return rep, err
}

// A lake with at least this many loose rollup rows, and a quarter of all, is
// put in order after an import.
const looseRows = 500_000

// tidy puts the rollups in order when an import left many out of it.
func (a *App) tidy(ctx context.Context) error {
	s, err := a.Lake.Stats(ctx)
	if err != nil {
		return fmt.Errorf("looking at the rollups: %w", err)
	}
	if s.Loose < looseRows || s.Loose*4 < s.Rows["rollup"] {
		return nil
	}
	if err := a.Lake.Compact(ctx); err != nil {
		return fmt.Errorf("putting the rollups in order: %w", err)
	}
	return nil
}

// sources gives the configuration whose sources an import uses: that in force,
// or what it would be with the files.
func (a *App) sources(ctx context.Context, actor minori.Actor, files string) (*resource.Config, error) {
	if files == "" {
		return a.Resources.Load(ctx)
	}
	list, err := resource.Read(files)
	if err != nil {
		return nil, err
	}
	return a.Resources.With(ctx, actor, list)
}

// importer makes the service for the fields and metrics of a configuration.
func (a *App) importer(cfg *resource.Config) *importer.Service {
	return importer.NewService(importer.Config{
		Accounts: a.Accounts, Revenue: a.Revenue, Lake: a.Lake, Runs: a.Records, Zone: a.zone, Clock: a.cfg.Clock,
		Fields: func(context.Context) ([]account.Field, error) {
			return fieldsOf(cfg), nil
		},
		Metrics: func(context.Context) (map[string]metric.Ref, error) {
			out := make(map[string]metric.Ref, len(cfg.Metrics))
			for i := range cfg.Metrics {
				out[cfg.Metrics[i].Def.Name] = cfg.Metrics[i].Ref()
			}
			return out, nil
		},
	})
}

// Imports lists the imports, newest first.
func (a *App) Imports(ctx context.Context, actor minori.Actor, page minori.Page) ([]account.ImportRun, error) {
	if err := actor.Require(actor.MayRead(), "read imports"); err != nil {
		return nil, err
	}
	return a.Records.Imports(ctx, page)
}

// Told wraps what is told of the progress of work, so that open pages show it.
// The second function is called when the work is over.
func (a *App) Told(progress func(owner.Progress)) (func(owner.Progress), func()) {
	var mu sync.Mutex
	labels := map[string]bool{}
	told := func(p owner.Progress) {
		mu.Lock()
		labels[p.Label] = true
		mu.Unlock()
		a.live.Progress(p)
		if progress != nil {
			progress(p)
		}
	}
	over := func() {
		mu.Lock()
		defer mu.Unlock()
		for label := range labels {
			a.live.Drop(label)
		}
	}
	return told, over
}
