package app

import (
	"context"
	"net/http"
	"time"

	minori "github.com/minori-hq/minori"
	"github.com/minori-hq/minori/evaluate"
	"github.com/minori-hq/minori/ingest"
	"github.com/minori-hq/minori/observe"
	"github.com/minori-hq/minori/store/lake/duckdb/inspect"
	"github.com/minori-hq/minori/store/records/health"
)

// scrapeTime bounds what is looked up when the metrics are read.
const scrapeTime = 5 * time.Second

// Observer counts what the program does; packages are given functions of it.
func (a *App) Observer() *observe.Observer { return a.observer }

// newObserver takes the one of the configuration, or makes one that only counts.
func (a *App) newObserver() *observe.Observer {
	o := a.cfg.Observer
	if o == nil {
		o = observe.New(observe.Config{Log: a.cfg.Log})
	}
	o.OnScrape(a.scrape)
	return o
}

// observed puts /metrics beside the pages, and an id, a line in the log and a
// count on every request.
func (a *App) observed(pages http.Handler) http.Handler {
	mux := http.NewServeMux()
	mux.Handle("GET /metrics", a.observer.Metrics())
	a.tracking(mux)
	mux.Handle("/", pages)
	return a.observer.HTTP(mux)
}

// scrape looks up how much the stores hold and how far they are. What does not
// answer is left out and said in the log.
func (a *App) scrape(ctx context.Context, s *observe.Scrape) {
	ctx, cancel := context.WithTimeout(ctx, scrapeTime)
	defer cancel()
	up := func(store string, err error) {
		v := 1.0
		if err != nil {
			v = 0
			a.cfg.Log.WarnContext(ctx, "a store does not answer for the metrics", "store", store, "error", err)
		}
		s.Gauge("minori_store_up", "Whether a store answers.", v, "store", store)
	}
	sizes, err := a.Lake.Stats(ctx)
	if err == nil {
		s.Gauge("minori_store_bytes", "Size of a store's file.", float64(sizes.Bytes), "store", "lake")
		for table, rows := range sizes.Rows {
			s.Gauge("minori_lake_rows", "Rows of a table of the lake, about.", float64(rows), "table", table)
		}
		s.Gauge("minori_lake_loose_rows", "Rollup rows written since the last compaction.", float64(sizes.Loose))
	}
	up("lake", err)
	if inbox, _, waiting, err := inspect.Of(a.Lake.Reader).Backlog(ctx); err == nil {
		s.Gauge("minori_inbox_messages", "Messages acknowledged and not folded into facts yet.", float64(inbox))
		s.Gauge("minori_waiting_events", "Events whose account is not known yet.", float64(waiting))
	}
	if a.Ingest != nil {
		s.Gauge("minori_queue_messages", "Messages that wait to be written, or are being written.", float64(a.Ingest.Waiting()))
	}
	of := health.Store{DB: a.Records.DB}
	bytes, err := of.Bytes(ctx)
	if err == nil {
		s.Gauge("minori_store_bytes", "Size of a store's file.", float64(bytes), "store", "records")
	}
	up("records", err)
	if applied, err := a.Lake.Applied(ctx); err == nil {
		if waiting, _, err := of.Outbox(ctx, applied); err == nil {
			s.Gauge("minori_outbox_rows", "Changes of the records that the lake does not have yet.", float64(waiting))
		}
	}
	if jobs, err := of.Jobs(ctx); err == nil {
		for _, j := range jobs {
			s.Gauge("minori_jobs", "Jobs that are kept, by state.", float64(j.Jobs), "job", j.Kind, "state", j.State)
		}
	}
	if building, err := a.Lake.Building(ctx); err == nil {
		s.Gauge("minori_metrics_building", "Metrics that are being counted again from raw events.", float64(len(building)))
	}
}

// observation is what ingestion tells of itself.
func (a *App) observation() ingest.Observation {
	return ingest.Observation{Counted: a.observer.Tracked, Folded: a.observer.Folded, Step: a.observer.Step}
}

// counted counts an evaluation.
func (a *App) counted(f evaluate.Finished) { a.observer.Evaluated(!f.Whole, f.Took) }

// ready reports whether both stores answer. A server that takes messages knows
// which of them it has before it listens.
func (a *App) ready(r *http.Request) error { return a.answers(r.Context()) }

func (a *App) answers(ctx context.Context) error {
	if _, err := a.Records.Workspace(ctx); err != nil {
		return minori.Errorf(minori.Unavailable, "the records do not answer: %v", err)
	}
	if _, err := a.Lake.Applied(ctx); err != nil {
		return minori.Errorf(minori.Unavailable, "the lake does not answer: %v", err)
	}
	return nil
}
