package importer

import (
	"context"
	"math/rand/v2"
	"time"

	minori "github.com/minori-hq/minori"
	"github.com/minori-hq/minori/account"
	"github.com/minori-hq/minori/metric"
	"github.com/minori-hq/minori/revenue"
)

// Accounts takes the facts about accounts and persons.
type Accounts interface {
	// Import takes one batch of rows of one source in one transaction.
	Import(ctx context.Context, actor minori.Actor, run account.Run, rows []account.FactRow) (account.Report, error)
	// EndMissing ends what a complete source has not any more.
	EndMissing(ctx context.Context, actor minori.Actor, run account.Run, rejected []metric.Hash) (int, error)
	// IDs gives the surrogate keys of accounts or persons by their source's id.
	IDs(ctx context.Context, actor minori.Actor, kind account.Kind) (map[string]minori.ID, error)
}

// Revenue takes subscriptions and exchange rates.
type Revenue interface {
	Import(ctx context.Context, actor minori.Actor, run account.Run, rows []revenue.FactRow) (account.Report, error)
	EndMissing(ctx context.Context, actor minori.Actor, run account.Run, rejected []metric.Hash) (int, error)
	// SubscriptionAccounts gives the account of every subscription by the subscription's key.
	SubscriptionAccounts(ctx context.Context, actor minori.Actor) (map[string]minori.ID, error)
}

// Lake takes events and points.
type Lake interface {
	Ingest(ctx context.Context, in metric.Ingest) (metric.IngestReport, error)
	// EndMissing removes what a source's rows not met in an import stand for.
	EndMissing(ctx context.Context, source, imp int64) (int, error)
}

// Runs keeps the list of imports.
type Runs interface {
	BeginImport(ctx context.Context, r account.ImportRun) (int64, error)
	FinishImport(ctx context.Context, id, finished int64, report string) error
	// DryRun runs fn in a transaction of the records that is always undone.
	DryRun(ctx context.Context, fn func(ctx context.Context) error) error
}

// Config is what the service is made with.
type Config struct {
	Accounts Accounts
	Revenue  Revenue
	Lake     Lake
	Runs     Runs
	Zone     *time.Location // of the workspace
	Clock    minori.Clock
	// Fields gives the custom fields in force.
	Fields func(ctx context.Context) ([]account.Field, error)
	// Metrics gives the metrics in force by name.
	Metrics func(ctx context.Context) (map[string]metric.Ref, error)
	// BuiltIns is told of metrics that records began to write; the lake has to
	// know them before it applies the outbox. May be nil.
	BuiltIns func(ctx context.Context, refs []metric.Ref) error
	// BatchRows is how many events go to the lake at once, FactRows how many
	// facts to records; 0: 250,000 and 4,000.
	BatchRows, FactRows int
}

// Service imports files.
type Service struct{ cfg Config }

// firstDryRun is where the numbers of dry runs begin, which are drawn by lot:
// beyond all imports of the list, so that what those brought counts as brought
// before, and no two the same, so that dry runs do not meet each other's rows.
const firstDryRun = 1 << 62

// NewService makes a service.
func NewService(cfg Config) *Service {
	if cfg.BatchRows <= 0 {
		cfg.BatchRows = 250_000
	}
	if cfg.FactRows <= 0 {
		cfg.FactRows = 4_000
	}
	return &Service{cfg: cfg}
}

// Bound is a source with its stable key.
type Bound struct {
	Source Source
	ID     int64
}

// Request says what to import.
type Request struct {
	Sources []Bound  // all of the workspace
	Input   string   // a directory, or one file
	Only    []string // names of sources; none: all
	DryRun  bool     // report only; stores stay as they are
	// Rejects is the file for rejected rows; its name ends in .rejects.csv.
	// The first file with rejects gets it, others get files beside it, named
	// after their source too. "" writes none.
	Rejects  string
	Progress func(Progress) // may be nil; called from the goroutine of Run
}

// Progress is how far a file is.
type Progress struct {
	Label string // source and file
	Done  int64  // bytes of the file
	Total int64
	Rows  int64 // rows of the file so far
}

// Report says what an import did.
type Report struct {
	Sources      []SourceReport `json:"sources"`
	Rejects      []Reject       `json:"rejects"`       // the first MaxRejects
	RejectsTotal int            `json:"rejects_total"` // all
	RejectFiles  []RejectFile   `json:"reject_files,omitempty"`
}

// MaxRejects is how many rejects a Report lists; the file of rejects has all.
const MaxRejects = 1000

// SourceReport counts the rows of one source. Read is the sum of created,
// updated, unchanged and rejected, unless an error ended the source.
type SourceReport struct {
	Source    string `json:"source"`
	Into      string `json:"into"`
	Read      int    `json:"read"`
	Created   int    `json:"created"`
	Updated   int    `json:"updated"`
	Unchanged int    `json:"unchanged"`
	Rejected  int    `json:"rejected"`
	Ended     int    `json:"ended,omitempty"` // missing from a complete source
	Note      string `json:"note,omitempty"`
	Error     string `json:"error,omitempty"`
	Import    int64  `json:"import,omitempty"` // its number in the list of imports
}

// Reject is a row that was not taken.
type Reject struct {
	Source string `json:"source"`
	File   string `json:"file"`
	Line   int    `json:"line"`
	Column string `json:"column"`
	Reason string `json:"reason"`
}

// RejectFile is a file of rejected rows that was written.
type RejectFile struct {
	Source string `json:"source"`
	File   string `json:"file"` // the rows come from
	Path   string `json:"path"`
	Rows   int    `json:"rows"`
}

// Run imports files. The report tells what was stored also when there is an
// error: what was stored before it stays, and running the import again goes on
// from there. Rejected rows are no error.
func (s *Service) Run(ctx context.Context, actor minori.Actor, req Request) (Report, error) {
	report := Report{Sources: []SourceReport{}, Rejects: []Reject{}}
	if err := actor.Require(actor.MayConfigure(), "import data"); err != nil {
		return report, err
	}
	jobs, err := s.prepare(ctx, &req)
	if err != nil {
		return report, err
	}
	r := &run{cfg: &s.cfg, actor: actor, req: &req, report: &report, began: s.cfg.Clock().UnixMicro(), known: map[int64]bool{}}
	r.rejects = newRejectFiles(req.Rejects, jobs)
	if req.DryRun {
		r.number = firstDryRun + rand.Int64N(1<<61)
	}
	work := func(ctx context.Context) error {
		for _, j := range jobs {
			if err := r.source(ctx, j); err != nil {
				return err
			}
		}
		return nil
	}
	if req.DryRun {
		err = s.cfg.Runs.DryRun(ctx, work)
	} else {
		err = work(ctx)
	}
	files, err2 := r.rejects.close()
	report.RejectFiles = files
	if err == nil {
		err = err2
	}
	return report, err
}
