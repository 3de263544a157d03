// Package app wires the stores and the services into one program, which is a
// value that tests can start several times.
package app

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
	"time"

	minori "github.com/minori-hq/minori"
	"github.com/minori-hq/minori/account"
	"github.com/minori-hq/minori/account/edit"
	"github.com/minori-hq/minori/account/profile"
	"github.com/minori-hq/minori/action"
	"github.com/minori-hq/minori/app/broadcast"
	"github.com/minori-hq/minori/app/columns"
	"github.com/minori-hq/minori/app/work"
	"github.com/minori-hq/minori/auth"
	"github.com/minori-hq/minori/evaluate"
	"github.com/minori-hq/minori/evaluate/live"
	"github.com/minori-hq/minori/ingest"
	"github.com/minori-hq/minori/ingest/health"
	"github.com/minori-hq/minori/notice"
	"github.com/minori-hq/minori/observe"
	"github.com/minori-hq/minori/resource"
	"github.com/minori-hq/minori/revenue"
	"github.com/minori-hq/minori/store/files"
	"github.com/minori-hq/minori/store/lake/duckdb"
	"github.com/minori-hq/minori/store/records"
	"github.com/minori-hq/minori/store/records/notices"
	"github.com/minori-hq/minori/store/records/timeline"
	"github.com/minori-hq/minori/text"
	"github.com/minori-hq/minori/view"
	"github.com/minori-hq/minori/webhook"
)

// Names of the embedded stores in the data directory.
const (
	recordsFile = "records.db"
	lakeFile    = "lake.duckdb"
	filesFolder = "files" // what is attached to timelines
)

// defaultMemory bounds the lake's memory: enough that an evaluation of 100,000
// accounts takes no longer than without a bound.
const defaultMemory = "1200MB"

// Config says where the stores are and what the program takes from outside.
type Config struct {
	Data       string       // data directory
	RecordsURL string       // postgres://…; "" is SQLite in the data directory
	Clock      minori.Clock // nil: the system's
	Log        *slog.Logger // nil: the Observer's
	// MemoryLimit bounds the lake's memory, such as "4GB"; "" is defaultMemory.
	MemoryLimit string
	// PasswordCost is how much work a password takes; zero: as much as it should.
	PasswordCost auth.HashCost
	// Observer counts what happens; nil: one that only counts.
	Observer *observe.Observer
	// WebhookNetworks are networks that are not public but to which webhooks may
	// go, also by plain HTTP, such as "10.0.0.0/8, 127.0.0.1".
	WebhookNetworks string
}

func (c Config) records() string {
	if c.RecordsURL != "" {
		return c.RecordsURL
	}
	return "sqlite:" + filepath.Join(c.Data, recordsFile)
}

// App is the program: stores, services, and nothing global.
type App struct {
	Accounts  *account.Service
	Profiles  *profile.Service
	Revenue   *revenue.Service
	Actions   *action.Service
	Resources *resource.Service
	Evaluate  *evaluate.Service
	Views     *view.Service
	Edits     *edit.Service
	Notices   *notice.Service
	Webhooks  *webhook.Service
	Ingest    *ingest.Service // nil until Receive
	Auth      *auth.Service
	Keys      *auth.Keys
	Health    *health.Service
	Texts     *text.Catalog
	Records   *records.DB
	Lake      *duckdb.Lake

	cfg       Config
	workspace minori.Workspace
	zone      *time.Location

	observer *observe.Observer
	live     *broadcast.Hub
	// columns are the scores that lists draw; warmth keeps them ready.
	columns *columns.Cache
	warmth  warmer
	files   *files.Store
	work    *work.Work
	demo    *demo // nil except in a demo
	// following evaluates by itself; nil until Receive, and where nothing is to be.
	following *live.Live
	// present says that facts go on to the present; presentAsked is when it was
	// looked for, by following only.
	present      atomic.Bool
	presentAsked time.Time

	pumping sync.Mutex
	defined string // what of the metrics the lake was told
}

// Operator is whoever runs commands on the machine: who can read the data
// directory may do everything.
func Operator() minori.Actor {
	name := os.Getenv("USER")
	if name == "" {
		name = "operator"
	}
	return minori.Actor{Name: name, Role: minori.RoleAdmin}
}

// Init makes an empty workspace: the data directory, if it does not exist, and
// the stores. A directory that holds a workspace already is refused.
func Init(ctx context.Context, cfg Config, ws minori.Workspace) (err error) {
	if err := ws.Validate(); err != nil {
		return err
	}
	if _, err := os.Stat(filepath.Join(cfg.Data, lakeFile)); err == nil {
		return minori.Errorf(minori.Conflict, "%s holds a workspace already; choose another directory", cfg.Data)
	}
	if err := os.MkdirAll(cfg.Data, 0o700); err != nil {
		return &minori.Error{Code: minori.Invalid, Message: fmt.Sprintf("cannot make the directory %s", cfg.Data), Err: err}
	}
	db, err := records.Open(ctx, cfg.records())
	if err != nil {
		return fmt.Errorf("opening the records: %w", err)
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	if err := db.InitWorkspace(ctx, ws); err != nil {
		return fmt.Errorf("making the workspace: %w", err)
	}
	lake, err := duckdb.Open(filepath.Join(cfg.Data, lakeFile), duckdb.Options{Currency: ws.Currency})
	if err != nil {
		return fmt.Errorf("opening the lake: %w", err)
	}
	return lake.Close()
}

// New opens the stores of a workspace and wires the services. What a killed
// process left open is finished first.
func New(ctx context.Context, cfg Config) (*App, error) {
	if cfg.Clock == nil {
		cfg.Clock = time.Now
	}
	if cfg.Log == nil && cfg.Observer != nil {
		cfg.Log = cfg.Observer.Log()
	}
	if cfg.Log == nil {
		cfg.Log = slog.New(slog.DiscardHandler)
	}
	if cfg.RecordsURL == "" {
		if _, err := os.Stat(filepath.Join(cfg.Data, recordsFile)); err != nil {
			return nil, minori.Errorf(minori.NotFound, "there is no workspace in %s; make one with: minori init --data %s", cfg.Data, cfg.Data)
		}
	}
	a := &App{cfg: cfg}
	if err := a.open(ctx); err != nil {
		return nil, errors.Join(err, a.Close())
	}
	if err := errors.Join(a.Rebuild(ctx, nil), a.Evaluate.Resume(ctx)); err != nil {
		return nil, errors.Join(fmt.Errorf("finishing what was left open: %w", err), a.Close())
	}
	return a, nil
}

// open opens the stores and makes the services.
func (a *App) open(ctx context.Context) (err error) {
	if a.Texts, err = text.Load(); err != nil {
		return fmt.Errorf("loading the texts: %w", err)
	}
	if a.Records, err = records.Open(ctx, a.cfg.records()); err != nil {
		return fmt.Errorf("opening the records: %w", err)
	}
	if a.workspace, err = a.Records.Workspace(ctx); err != nil {
		return fmt.Errorf("reading the workspace's settings: %w", err)
	}
	if a.zone, err = time.LoadLocation(a.workspace.TimeZone); err != nil {
		return fmt.Errorf("the workspace's time zone: %w", err)
	}
	options := duckdb.Options{Currency: a.workspace.Currency, MemoryLimit: cmp.Or(a.cfg.MemoryLimit, defaultMemory), TempDir: filepath.Join(a.cfg.Data, "tmp")}
	if a.Lake, err = duckdb.Open(filepath.Join(a.cfg.Data, lakeFile), options); err != nil {
		return fmt.Errorf("opening the lake: %w", err)
	}
	if a.files, err = files.Open(filepath.Join(a.cfg.Data, filesFolder)); err != nil {
		return err
	}
	return a.wire(ctx)
}

// wire makes the services over the stores.
func (a *App) wire(ctx context.Context) (err error) {
	a.observer = a.newObserver()
	a.live = broadcast.New(a.cfg.Clock)
	a.columns = columns.New()
	a.Notices = notice.NewService(notices.Store{DB: a.Records}, notice.Config{Zone: a.zone, Clock: a.cfg.Clock, Scope: a.scope})
	ids := func(kind string) func(context.Context, []string) (map[string]int64, error) {
		return func(ctx context.Context, names []string) (map[string]int64, error) {
			return a.Records.EnsureIDs(ctx, kind, names)
		}
	}
	a.Accounts = account.NewService(a.Records, account.Config{Zone: a.zone, Clock: a.cfg.Clock, FieldIDs: ids("Field"), MetricIDs: ids("Metric"), Fields: a.definedFields})
	a.Profiles = profile.New(profile.Config{Accounts: a.Accounts, Records: a.Records, Timeline: timeline.Store{DB: a.Records.DB}, Files: a.files,
		Zone: a.zone, Clock: a.cfg.Clock, Wrote: a.wrote})
	a.Revenue = revenue.NewService(a.Records, revenue.Config{Zone: a.zone, Clock: a.cfg.Clock, Currency: a.workspace.Currency, Scopes: a.Accounts})
	a.Auth = a.newAuth()
	a.Keys = a.newKeys()
	a.Actions = action.NewService(a.Records, action.Config{Zone: a.zone, Clock: a.cfg.Clock, Calendar: action.NewCalendar(a.workspace.Country), Scopes: a.Accounts, Changed: a.callsChanged})
	a.Resources = resource.NewService(resource.ServiceConfig{Store: a.Records, Settings: a.Records, Clock: a.cfg.Clock, Audit: a.Records.AppendAudit})
	a.work, err = work.New(ctx, work.Config{Records: a.Records, Lake: a.Lake, Accounts: a.Accounts, Notices: a.Notices, Resources: a.Resources, Clock: a.cfg.Clock,
		Zone: a.zone, Log: a.cfg.Log, Networks: a.cfg.WebhookNetworks, KeyFile: filepath.Join(a.cfg.Data, keyFile), Observer: a.observer, Noticed: func() { a.live.Tell(broadcast.Notices) }})
	if err != nil {
		return err
	}
	a.Webhooks = a.work.Webhooks
	a.Evaluate = evaluate.NewService(evaluate.Config{Lake: a.Lake, Records: a.work.HandOver(), Actions: a.Actions, Programs: a.Resources, Scopes: a.Accounts, Clock: a.cfg.Clock, Drain: a.Drain, Listed: a.listed, Done: a.evaluated, Step: a.observer.Step})
	a.Health = a.newHealth()
	a.wireLists()
	return nil
}

// Close closes the stores.
func (a *App) Close() error {
	var errs []error
	a.warmth.close()
	if a.Ingest != nil {
		a.Ingest.Close()
	}
	if a.Lake != nil {
		errs = append(errs, a.Lake.Close())
	}
	if a.Records != nil {
		errs = append(errs, a.Records.Close())
	}
	return errors.Join(errs...)
}

// Workspace gives the workspace's settings.
func (a *App) Workspace() minori.Workspace { return a.workspace }

// Location gives the workspace's time zone.
func (a *App) Location() *time.Location { return a.zone }

// Now gives the present instant.
func (a *App) Now() time.Time { return a.cfg.Clock() }
