package job

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/riverqueue/river"
	"github.com/riverqueue/river/riverdriver"
	"github.com/riverqueue/river/riverdriver/riverdatabasesql"
	"github.com/riverqueue/river/riverdriver/riversqlite"
	"github.com/riverqueue/river/rivermigrate"
)

// Store is what the runner needs of the records store.
type Store interface {
	// Backend names the database: "sqlite" or "postgres".
	Backend() string
	// Pool is the connections that write.
	Pool() *sql.DB
	// Tx gives the transaction of a context, nil if it carries none.
	Tx(ctx context.Context) *sql.Tx
	// Alone runs fn while no other process does with the same number.
	Alone(ctx context.Context, number int64, fn func(ctx context.Context) error) error
	// Orphans lets jobs run again whose process was killed, as far as it is sure
	// that no other runs them.
	Orphans(ctx context.Context) (int64, error)
}

// Config is what a Runner is made of.
type Config struct {
	Store    Store
	Log      *slog.Logger
	Handlers map[Kind]Handler // one for every kind
	// Observed is told of every attempt: what became of it (done, again, failed)
	// and how long it took; nil for nobody.
	Observed func(job, result string, took time.Duration)
	// Poll is how often waiting jobs are looked for; zero: twice a second.
	Poll time.Duration
	// Abandoned is after how long a job counts as left behind by a process that
	// was killed; zero: two minutes. It is longer than any job may run.
	Abandoned time.Duration
}

// Defaults of Config.
const (
	pollEvery     = 500 * time.Millisecond
	abandonedTime = 2 * time.Minute
)

// lockMigrate lets one process at a time make the tables.
const lockMigrate = 0x6d696e6f7269_20

// Runner inserts jobs and runs them.
type Runner struct {
	store  Store
	client *river.Client[*sql.Tx]
	specs  map[Kind]spec
}

// New makes a runner and brings its tables up to date. It inserts jobs from
// then on, and runs them once it is started.
func New(ctx context.Context, cfg Config) (*Runner, error) {
	r := &Runner{store: cfg.Store, specs: table()}
	driver := driverOf(cfg.Store)
	if cfg.Log == nil {
		cfg.Log = slog.New(slog.DiscardHandler)
	}
	if err := migrate(ctx, cfg.Store, driver, cfg.Log); err != nil {
		return nil, fmt.Errorf("making the tables of jobs: %w", err)
	}
	rc, err := r.config(cfg)
	if err != nil {
		return nil, err
	}
	if r.client, err = river.NewClient(driver, rc); err != nil {
		return nil, fmt.Errorf("setting up jobs: %w", err)
	}
	return r, nil
}

func driverOf(s Store) riverdriver.Driver[*sql.Tx] {
	if s.Backend() == "postgres" {
		return riverdatabasesql.New(s.Pool())
	}
	return riversqlite.New(s.Pool())
}

func migrate(ctx context.Context, s Store, driver riverdriver.Driver[*sql.Tx], log *slog.Logger) error {
	m, err := rivermigrate.New(driver, &rivermigrate.Config{Logger: log})
	if err != nil {
		return err
	}
	return s.Alone(ctx, lockMigrate, func(ctx context.Context) error {
		_, err := m.Migrate(ctx, rivermigrate.DirectionUp, nil)
		return err
	})
}

// config says how River is to run the kinds of the table.
func (r *Runner) config(cfg Config) (*river.Config, error) {
	poll, abandoned := cfg.Poll, cfg.Abandoned
	if poll == 0 {
		poll = pollEvery
	}
	if abandoned == 0 {
		abandoned = abandonedTime
	}
	rc := &river.Config{
		Logger: cfg.Log, Workers: river.NewWorkers(), Queues: map[string]river.QueueConfig{},
		FetchPollInterval: poll, FetchCooldown: min(poll, river.FetchCooldownDefault),
		JobTimeout: min(time.Minute, abandoned), RescueStuckJobsAfter: abandoned,
	}
	for kind, s := range r.specs {
		handler := cfg.Handlers[kind]
		if handler == nil {
			return nil, fmt.Errorf("nothing does jobs of the kind %s", kind)
		}
		river.AddWorkerArgs(rc.Workers, args{kind: kind}, worker{handler: handler, observed: cfg.Observed, timeout: min(s.timeout, abandoned)})
		for n := range s.queue.lanes {
			rc.Queues[s.queue.lane(int64(n))] = river.QueueConfig{MaxWorkers: s.queue.workers}
		}
		if s.every > 0 {
			rc.PeriodicJobs = append(rc.PeriodicJobs, r.periodic(kind, s))
		}
	}
	return rc, nil
}

func (r *Runner) periodic(kind Kind, s spec) *river.PeriodicJob {
	return river.NewPeriodicJob(river.PeriodicInterval(s.every), func() (river.JobArgs, *river.InsertOpts) {
		return args{kind: kind, json: json.RawMessage("{}")}, &river.InsertOpts{Queue: s.queue.lane(0)}
	}, &river.PeriodicJobOpts{ID: string(kind), RunOnStart: true})
}

// Start begins to run jobs. It is called once.
func (r *Runner) Start(ctx context.Context) error {
	if _, err := r.store.Orphans(ctx); err != nil {
		return fmt.Errorf("looking for jobs of a process that was killed: %w", err)
	}
	if err := r.client.Start(context.WithoutCancel(ctx)); err != nil { // Stop ends it
		return fmt.Errorf("starting jobs: %w", err)
	}
	return nil
}

// Stop lets running jobs finish until the context ends, then stops them; what
// was stopped runs again with the next start.
func (r *Runner) Stop(ctx context.Context) error {
	err := r.client.Stop(ctx)
	if err == nil || ctx.Err() == nil {
		return err
	}
	const grace = 5 * time.Second
	end, cancel := context.WithTimeout(context.WithoutCancel(ctx), grace)
	defer cancel()
	return r.client.StopAndCancel(end)
}

// Add inserts jobs, in the transaction of the context if it carries one: they
// are there once it is committed, and not at all if it is undone.
func (r *Runner) Add(ctx context.Context, list ...Request) error {
	if len(list) == 0 {
		return nil
	}
	params := make([]river.InsertManyParams, len(list))
	for i, q := range list {
		s, ok := r.specs[q.Kind]
		if !ok {
			return fmt.Errorf("there is no kind of job %q", q.Kind)
		}
		b, err := json.Marshal(q.Args)
		if err != nil {
			return fmt.Errorf("writing the arguments of a job: %w", err)
		}
		opts := &river.InsertOpts{Queue: s.queue.lane(q.Lane), ScheduledAt: q.At}
		opts.UniqueOpts.ByArgs = q.Once
		params[i] = river.InsertManyParams{Args: args{q.Kind, b}, InsertOpts: opts}
	}
	var err error
	if tx := r.store.Tx(ctx); tx != nil {
		_, err = r.client.InsertManyTx(ctx, tx, params)
	} else {
		_, err = r.client.InsertMany(ctx, params)
	}
	if err != nil {
		return fmt.Errorf("adding jobs: %w", err)
	}
	return nil
}

// worker lets a handler do what River hands out.
type worker struct {
	river.WorkerDefaults[args]
	handler  Handler
	observed func(job, result string, took time.Duration)
	timeout  time.Duration
}

// Timeout implements river.Worker.
func (w worker) Timeout(*river.Job[args]) time.Duration { return w.timeout }

// Work implements river.Worker.
func (w worker) Work(ctx context.Context, j *river.Job[args]) error {
	began := time.Now()
	err := w.handler(ctx, Job{ID: j.ID, Kind: Kind(j.JobRow.Kind), Attempt: j.Attempt, args: j.Args.json})
	wait, again := waits(err)
	if w.observed != nil {
		w.observed(j.JobRow.Kind, outcome(err, again), time.Since(began))
	}
	if again {
		return river.JobSnooze(wait)
	}
	if errors.Is(err, context.Canceled) {
		return river.JobSnooze(0) // stopped with the program: this was no failure
	}
	return err
}

// outcome names what became of an attempt.
func outcome(err error, again bool) string {
	switch {
	case again:
		return "again"
	case err != nil:
		return "failed"
	}
	return "done"
}
