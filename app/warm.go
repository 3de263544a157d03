package app

import (
	"context"
	"fmt"
	"sync"

	minori "github.com/minori-hq/minori"
	"github.com/minori-hq/minori/store/lake"
)

// warmWeeks is how many weeks of scores the list of accounts draws.
const warmWeeks = 12

// warmer reads what the first page after an evaluation would wait for, one
// time after the other, in the background, once pages are served.
type warmer struct {
	mu      sync.Mutex
	serving bool
	running bool
	again   bool
	stop    context.CancelFunc
	done    sync.WaitGroup
}

// serveWarm begins to keep columns ready.
func (a *App) serveWarm() {
	a.warmth.mu.Lock()
	a.warmth.serving = true
	a.warmth.mu.Unlock()
	a.warm()
}

// warm reads the columns of the newest evaluation, unless that is under way:
// then it is done once more.
func (a *App) warm() {
	w := &a.warmth
	w.mu.Lock()
	defer w.mu.Unlock()
	if !w.serving {
		return
	}
	if w.running {
		w.again = true
		return
	}
	ctx, stop := context.WithCancel(context.Background())
	w.running, w.stop = true, stop
	w.done.Add(1)
	go func() {
		defer w.done.Done()
		defer stop()
		for {
			if err := a.warmColumns(ctx); err != nil && ctx.Err() == nil {
				a.cfg.Log.Warn("the columns of lists were not read ahead", "error", err)
			}
			w.mu.Lock()
			more := w.again && ctx.Err() == nil
			w.again, w.running = false, more
			w.mu.Unlock()
			if !more {
				return
			}
		}
	}()
}

// close ends the reading ahead.
func (w *warmer) close() {
	w.mu.Lock()
	w.serving = false
	if w.stop != nil {
		w.stop()
	}
	w.mu.Unlock()
	w.done.Wait()
}

// warmColumns reads the scores of the last weeks into the cache.
func (a *App) warmColumns(ctx context.Context) error {
	cfg, err := a.Resources.Load(ctx)
	if err != nil {
		return fmt.Errorf("reading the definitions: %w", err)
	}
	card := cfg.Program(minori.Account).Main()
	page, err := a.Lake.List(ctx, lake.ListQuery{Kind: minori.Account, CountOnly: true})
	if err != nil || card == nil || page.AsOf == 0 {
		return err
	}
	day := minori.At(minori.FromMicros(page.AsOf), a.zone).Day
	steps, err := a.Lake.Steps(ctx, minori.Account, day, warmWeeks)
	if err != nil {
		return err
	}
	_, err = webLake{a, a.Lake, a.columns}.scoreColumns(ctx, card.ID, steps)
	return err
}
