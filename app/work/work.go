// Package work wires what the program does in the background: jobs with what
// does each kind, and the webhooks that they deliver.
package work

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/netip"
	"strings"
	"time"

	minori "github.com/minori-hq/minori"
	"github.com/minori-hq/minori/account"
	"github.com/minori-hq/minori/auth"
	"github.com/minori-hq/minori/evaluate"
	"github.com/minori-hq/minori/job"
	"github.com/minori-hq/minori/notice"
	"github.com/minori-hq/minori/observe"
	"github.com/minori-hq/minori/resource"
	"github.com/minori-hq/minori/store/lake/duckdb"
	"github.com/minori-hq/minori/store/records"
	"github.com/minori-hq/minori/store/records/jobs"
	"github.com/minori-hq/minori/store/records/webhooks"
	"github.com/minori-hq/minori/webhook"
)

// parseNetworks reads a list of networks, such as "10.0.0.0/8, 127.0.0.1".
func parseNetworks(text string) ([]netip.Prefix, error) {
	var out []netip.Prefix
	for _, s := range strings.FieldsFunc(text, func(r rune) bool { return r == ',' || r == ' ' }) {
		p, err := netip.ParsePrefix(s)
		if ip, ierr := netip.ParseAddr(s); ierr == nil {
			p, err = netip.PrefixFrom(ip, ip.BitLen()), nil
		}
		if err != nil {
			return nil, minori.Errorf(minori.Invalid, "%q is not a network such as 10.0.0.0/8", s)
		}
		out = append(out, p.Masked())
	}
	return out, nil
}

// Config is what the work is made of.
type Config struct {
	Records   *records.DB
	Lake      *duckdb.Lake
	Accounts  *account.Service
	Notices   *notice.Service
	Resources *resource.Service
	Clock     minori.Clock
	Zone      *time.Location // of the workspace
	Log       *slog.Logger
	// Networks are networks that are not public but to which webhooks may go,
	// such as "10.0.0.0/8, 127.0.0.1".
	Networks string
	// Noticed is called when there are new notices.
	Noticed func()
	// KeyFile holds the key of stored secrets.
	KeyFile string
	// Observer counts jobs and deliveries.
	Observer *observe.Observer
}

// Work is the jobs and the webhooks.
type Work struct {
	Webhooks *webhook.Service
	jobs     *job.Runner
	cfg      Config
}

// New opens the tables of jobs and wires what does them.
func New(ctx context.Context, cfg Config) (*Work, error) {
	networks, err := parseNetworks(cfg.Networks)
	if err != nil {
		return nil, fmt.Errorf("the networks that webhooks may go to: %w", err)
	}
	w := &Work{cfg: cfg}
	w.Webhooks = webhook.NewService(webhooks.Store{DB: cfg.Records}, webhook.Config{
		Clock: cfg.Clock, Zone: cfg.Zone, Vault: auth.NewVault(cfg.KeyFile), Jobs: webhookJobs{w}, Hidden: cfg.Accounts.Hidden, Networks: networks,
		Attempted: cfg.Observer.Delivered,
		Stopped: func(ctx context.Context, e *webhook.Endpoint) error {
			cfg.Records.AfterCommit(ctx, cfg.Noticed)
			return cfg.Notices.WebhookStopped(ctx, e.ID, e.URL, e.Stopped)
		},
	})
	w.jobs, err = job.New(ctx, job.Config{Store: jobs.Store{DB: cfg.Records.DB}, Log: cfg.Log, Observed: cfg.Observer.Worked, Handlers: w.handlers()})
	if err != nil {
		return nil, err
	}
	return w, nil
}

// webhookJobs leaves the work of webhooks to the jobs.
type webhookJobs struct{ *Work }

// FanOut implements webhook.Jobs.
func (w webhookJobs) FanOut(ctx context.Context) error {
	return w.jobs.Add(ctx, job.Request{Kind: job.WebhookFanOut, Args: struct{}{}})
}

// deliveryArgs names a delivery in a job.
type deliveryArgs struct {
	Delivery int64 `json:"delivery"`
}

// Send implements webhook.Jobs.
func (w webhookJobs) Send(ctx context.Context, list []webhook.Delivery) error {
	requests := make([]job.Request, len(list))
	for i, d := range list {
		requests[i] = job.Request{Kind: job.WebhookSend, Args: deliveryArgs{d.ID}, Lane: d.Endpoint}
	}
	return w.jobs.Add(ctx, requests...)
}

// handlers is what does each kind of job.
func (w *Work) handlers() map[job.Kind]job.Handler {
	return map[job.Kind]job.Handler{
		job.ScoreBands:    w.tellBands,
		job.WebhookFanOut: func(ctx context.Context, _ job.Job) error { return w.Webhooks.FanOut(ctx) },
		job.WebhookTrim:   func(ctx context.Context, _ job.Job) error { return w.Webhooks.Trim(ctx) },
		job.WebhookSend:   w.send,
	}
}

// send makes one attempt of a delivery.
func (w *Work) send(ctx context.Context, j job.Job) error {
	var d deliveryArgs
	if err := j.Read(&d); err != nil {
		return err
	}
	again, err := w.Webhooks.Deliver(ctx, d.Delivery)
	if err == nil && again > 0 {
		err = job.After(again)
	}
	return err
}

// Start begins to run jobs; stop lets those that run finish within a time.
func (w *Work) Start(ctx context.Context, within time.Duration) (stop func() error, err error) {
	if err := w.jobs.Start(ctx); err != nil {
		return nil, err
	}
	return func() error {
		end, cancel := context.WithTimeout(context.WithoutCancel(ctx), within)
		defer cancel()
		if err := w.jobs.Stop(end); err != nil && !errors.Is(err, context.DeadlineExceeded) {
			return fmt.Errorf("stopping jobs: %w", err)
		}
		return nil
	}, nil
}

// HandOver gives the records as evaluation hands over to them: with the note
// that a cycle was handed over, in its transaction, goes the job that its
// scores cause.
func (w *Work) HandOver() evaluate.Records { return handOver{w.cfg.Records, w} }

type handOver struct {
	*records.DB
	work *Work
}

// MarkHandedOver implements evaluate.Records.
func (h handOver) MarkHandedOver(ctx context.Context, cycle, asOf int64) error {
	if err := h.work.causeBands(ctx, asOf); err != nil {
		return err
	}
	return h.DB.MarkHandedOver(ctx, cycle, asOf)
}

// EndPartial implements evaluate.Records.
func (h handOver) EndPartial(ctx context.Context, kind minori.SubjectKind, asOf int64) error {
	if kind == minori.Account { // how people do is nobody's news
		if err := h.work.causeBands(ctx, asOf); err != nil {
			return err
		}
	}
	return h.DB.EndPartial(ctx, kind, asOf)
}

// scoresArgs names the scores of an as-of in a job.
type scoresArgs struct {
	AsOf int64 `json:"as_of"` // microseconds since 1970 UTC
}

// causeBands has the changed bands of an as-of told, if somebody wants to know.
func (w *Work) causeBands(ctx context.Context, asOf int64) error {
	wanted, err := w.Webhooks.WantsBands(ctx)
	if err != nil || !wanted {
		return err
	}
	return w.jobs.Add(ctx, job.Request{Kind: job.ScoreBands, Args: scoresArgs{asOf}})
}

// tellBands tells of the accounts whose band changed with the scores of an as-of.
func (w *Work) tellBands(ctx context.Context, j job.Job) error {
	var in scoresArgs
	if err := j.Read(&in); err != nil {
		return err
	}
	asOf := minori.At(time.UnixMicro(in.AsOf), w.cfg.Zone)
	prog, err := w.cfg.Resources.Program(ctx, minori.Account, 0)
	if err != nil {
		return err
	}
	for i := range prog.Scorecards {
		card := prog.Scorecards[i].Engine.Card()
		ids, scores, err := w.cfg.Lake.ScoreColumn(ctx, prog.Scorecards[i].ID, asOf)
		if err != nil {
			return fmt.Errorf("reading the scores of %s: %w", card.Name, err)
		}
		list := make([]webhook.Score, len(ids))
		for k, id := range ids {
			list[k] = webhook.Score{Account: id, Value: scores[k], Band: string(card.BandOf(scores[k]))}
		}
		if err := w.Webhooks.Scored(ctx, webhook.Scores{Scorecard: card.Name, AsOf: asOf, List: list}); err != nil {
			return err
		}
	}
	return nil
}
