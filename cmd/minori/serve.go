package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"time"

	"golang.org/x/sync/errgroup"

	minori "github.com/minori-hq/minori"
	"github.com/minori-hq/minori/app"
	"github.com/minori-hq/minori/app/owner"
	"github.com/minori-hq/minori/evaluate"
	"github.com/minori-hq/minori/sample"
)

// serveCmd serves the pages of a workspace.
type serveCmd struct {
	Data   string `help:"Data directory." default:"./minori-data"`
	Addr   string `help:"Address of the pages." default:"127.0.0.1:8080"`
	Remote bool   `help:"Allow an address that other machines reach, and names of a proxy, before there is a user."`
	observeFlags
}

// Run implements command.
func (c *serveCmd) Run(e *env) error {
	return serve(e, c.Data, c.observeFlags, func(a *app.App) (site, error) {
		has, err := a.Auth.HasUsers(e.ctx)
		if err != nil {
			return site{}, err
		}
		if !c.Remote {
			if err := a.MayBind(e.ctx, c.Addr); err != nil {
				return site{}, err
			}
		}
		h, err := a.Handler()
		if err != nil {
			return site{}, err
		}
		ln, err := app.Listen(c.Addr)
		if err != nil {
			return site{}, err
		}
		s := site{ln: ln, handler: h, here: !has && !c.Remote, said: []string{fmt.Sprintf("Minori is at http://%s (Ctrl-C stops it).", ln.Addr())}}
		if !has {
			s.said = append(s.said, fmt.Sprintf("There is no user yet. Set it up at http://%s/setup with this code: %s", ln.Addr(), a.Auth.SetupCode()))
		}
		return s, nil
	})
}

// site is how pages are served.
type site struct {
	ln      net.Listener
	handler http.Handler
	here    bool     // only under names of this machine
	said    []string // what to say when it begins
}

// serve owns the data directory, serves pages and runs the commands of other
// processes until the context ends.
func serve(e *env, dir string, seen observeFlags, open func(*app.App) (site, error)) (err error) {
	if _, err := os.Stat(dir); err != nil {
		return minori.Errorf(minori.NotFound, "there is no workspace in %s; make one with: minori init --data %s", dir, dir)
	}
	lock, holder, err := owner.Acquire(e.ctx, dir, owner.Holder{Version: version(), Command: "serve"}, commandWait)
	if err != nil {
		return err
	}
	if holder != nil {
		return minori.Errorf(minori.Conflict, "process %d serves %s already", holder.PID, dir)
	}
	defer func() { err = errors.Join(err, lock.Close()) }()
	observer, end, err := seen.observer(e.ctx, e.err)
	if err != nil {
		return err
	}
	defer end()
	debug, err := seen.profiles()
	if err != nil {
		return err
	}
	cfg := config(dir)
	cfg.Observer = observer
	a, err := app.New(e.ctx, cfg)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, a.Close()) }()
	if err := a.Receive(e.ctx); err != nil {
		return err
	}
	s, err := open(a)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, closeListener(s.ln)) }()
	for _, line := range s.said {
		e.print("%s", line)
	}
	g, ctx := errgroup.WithContext(e.ctx)
	if debug != nil {
		e.print("Profiles are at http://%s/debug/pprof/", debug.Addr())
		g.Go(func() error { return profiles(ctx, debug) })
	}
	g.Go(func() error { return lock.Serve(ctx, serveCommand(a)) })
	g.Go(func() error { return a.Serve(ctx, s.ln, s.handler, s.here) })
	return g.Wait()
}

// closeListener closes a listener that may be closed already.
func closeListener(ln net.Listener) error {
	if err := ln.Close(); err != nil && !errors.Is(err, net.ErrClosed) {
		return fmt.Errorf("closing the address: %w", err)
	}
	return nil
}

// demoCmd makes a sample company and serves it at once.
type demoCmd struct {
	Data     string `help:"Data directory; made if it does not exist." default:"./minori-demo"`
	Addr     string `help:"Address of the pages." default:"127.0.0.1:8080"`
	Accounts int    `help:"How many accounts the sample company has." default:"500"`
	Lang     string `help:"Language of its names and texts." enum:"en,ja" default:"en"`
	Days     int    `help:"Days of history." default:"400"`
}

// Run implements command.
func (c *demoCmd) Run(e *env) (err error) {
	ln, err := app.ListenHere(c.Addr)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, closeListener(ln)) }()
	if _, err := os.Stat(c.Data); errors.Is(err, os.ErrNotExist) {
		if err := c.fill(e); err != nil {
			return err
		}
	}
	return serve(e, c.Data, demoObserve(), func(a *app.App) (site, error) {
		h, err := a.DemoHandler(e.ctx)
		return site{ln: ln, handler: h, here: true, said: []string{fmt.Sprintf("Minori is at http://%s (a demo: this machine only, no sign-in). Ctrl-C stops it.", ln.Addr())}}, err
	})
}

// fill makes the sample company beside the data directory and then moves it
// there, so that a directory that exists is whole.
func (c *demoCmd) fill(e *env) error {
	making := filepath.Clean(c.Data) + ".making"
	if err := os.RemoveAll(making); err != nil {
		return fmt.Errorf("removing what an earlier demo left: %w", err)
	}
	end := minori.DayOf(time.Now()) - 1
	cfg := sample.Config{Seed: 1, Accounts: c.Accounts, Days: c.Days, Lang: minori.Lang(c.Lang), End: end}
	e.print("Making a sample company of %d accounts with %d days of history.", c.Accounts, c.Days)
	show := newBars(e.err)
	defer show.close()
	if err := makeSample(e.ctx, making, cfg, show.progress, true); err != nil {
		return err
	}
	if err := os.Rename(making, c.Data); err != nil {
		return fmt.Errorf("moving the sample company to %s: %w", c.Data, err)
	}
	return nil
}

// sampleCmd fills a new workspace with a sample company.
type sampleCmd struct {
	Data     string `help:"Data directory; must not exist or be empty." default:"./minori-data"`
	Accounts int    `help:"How many accounts." default:"500"`
	Days     int    `help:"Days of history." default:"400"`
	Seed     uint64 `help:"The same seed gives the same company." default:"1"`
	Lang     string `help:"Language of names and texts." enum:"en,ja" default:"en"`
	End      string `help:"Last day of the data; default 2024-12-31." default:"2024-12-31"`
}

// Run implements command.
func (c *sampleCmd) Run(e *env) error {
	if list, err := os.ReadDir(c.Data); err == nil && len(list) > 0 {
		return minori.Errorf(minori.Conflict, "%s is not empty; give a new directory", c.Data)
	}
	end, err := minori.ParseDay(c.End)
	if err != nil {
		return err
	}
	cfg := sample.Config{Seed: c.Seed, Accounts: c.Accounts, Days: c.Days, Lang: minori.Lang(c.Lang), End: end}
	show := newBars(e.err)
	defer show.close()
	started := time.Now()
	if err := makeSample(e.ctx, c.Data, cfg, show.progress, false); err != nil {
		return err
	}
	e.print("Made %d accounts with %d days in %s (%.1f s).", c.Accounts, c.Days, c.Data, time.Since(started).Seconds())
	return nil
}

// makeSample makes a workspace in dir and fills it; history also lives through
// it week by week: evaluates it, and has the company's people work their calls.
func makeSample(ctx context.Context, dir string, cfg sample.Config, progress func(owner.Progress), history bool) (err error) {
	if err := cfg.Validate(); err != nil {
		return err
	}
	company := sample.New(cfg)
	if err := app.Init(ctx, app.Config{Data: dir}, company.Settings()); err != nil {
		return err
	}
	lock, _, err := owner.Acquire(ctx, dir, owner.Holder{Version: version(), Command: "sample"}, 0)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, lock.Close()) }()
	var at time.Time // the day that is lived through; zero: now
	clock := func() time.Time {
		if at.IsZero() {
			return time.Now()
		}
		return at
	}
	a, err := app.New(ctx, app.Config{Data: dir, Clock: clock})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, a.Close()) }()
	if err := a.FillSample(ctx, company, progress); err != nil || !history {
		return err
	}
	if err := a.WatchSignals(ctx); err != nil {
		return err
	}
	first, last := company.Days()
	days, err := evaluate.Range{From: first + (last-first)%7, To: last, Every: minori.Window{N: 7, Unit: minori.Days}}.Days()
	if err != nil {
		return err
	}
	for i, d := range days {
		asOf := minori.EndOf(d, a.Location())
		at = asOf.At
		if _, err := a.Evaluate.Evaluate(ctx, app.Operator(), asOf); err != nil {
			return fmt.Errorf("evaluating %s: %w", d, err)
		}
		if err := a.WorkSample(ctx, d); err != nil {
			return err
		}
		progress(owner.Progress{Label: "evaluating week by week", Done: int64(i + 1), Total: int64(len(days)), End: i+1 == len(days)})
	}
	return nil
}
