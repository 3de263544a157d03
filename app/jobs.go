package app

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"path/filepath"
	"strings"
	"time"

	minori "github.com/minori-hq/minori"
	"github.com/minori-hq/minori/auth"
	"github.com/minori-hq/minori/evaluate"
	"github.com/minori-hq/minori/job"
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

// newWebhooks makes the service of webhooks; its jobs are those of the app.
func (a *App) newWebhooks() (*webhook.Service, error) {
	networks, err := parseNetworks(a.cfg.WebhookNetworks)
	if err != nil {
		return nil, fmt.Errorf("the networks that webhooks may go to: %w", err)
	}
	return webhook.NewService(webhooks.Store{DB: a.Records}, webhook.Config{
		Clock: a.cfg.Clock, Zone: a.zone, Vault: auth.NewVault(filepath.Join(a.cfg.Data, keyFile)), Jobs: webhookJobs{a},
		Hidden: a.Accounts.Hidden, Attempted: a.observer.Delivered, Networks: networks,
		Stopped: func(ctx context.Context, e *webhook.Endpoint) error {
			a.Records.AfterCommit(ctx, func() { a.live.tell(changedNotices) })
			return a.Notices.WebhookStopped(ctx, e.ID, e.URL, e.Stopped)
		},
	}), nil
}

// webhookJobs leaves the work of webhooks to the jobs.
type webhookJobs struct{ *App }

// FanOut implements webhook.Jobs.
func (a webhookJobs) FanOut(ctx context.Context) error {
	return a.jobs.Add(ctx, job.Request{Kind: job.WebhookFanOut, Args: struct{}{}})
}

// deliveryArgs names a delivery in a job.
type deliveryArgs struct {
	Delivery int64 `json:"delivery"`
}

// Send implements webhook.Jobs.
func (a webhookJobs) Send(ctx context.Context, list []webhook.Delivery) error {
	requests := make([]job.Request, len(list))
	for i, d := range list {
		requests[i] = job.Request{Kind: job.WebhookSend, Args: deliveryArgs{d.ID}, Lane: d.Endpoint}
	}
	return a.jobs.Add(ctx, requests...)
}

// newJobs makes the runner of jobs, with what does each kind.
func (a *App) newJobs(ctx context.Context) (*job.Runner, error) {
	return job.New(ctx, job.Config{Store: jobs.Store{DB: a.Records.DB}, Log: a.cfg.Log, Observed: a.observer.Worked, Handlers: map[job.Kind]job.Handler{
		job.ScoreBands:    a.tellBands,
		job.WebhookFanOut: func(ctx context.Context, _ job.Job) error { return a.Webhooks.FanOut(ctx) },
		job.WebhookTrim:   func(ctx context.Context, _ job.Job) error { return a.Webhooks.Trim(ctx) },
		job.WebhookSend: func(ctx context.Context, j job.Job) error {
			var d deliveryArgs
			if err := j.Read(&d); err != nil {
				return err
			}
			again, err := a.Webhooks.Deliver(ctx, d.Delivery)
			if err == nil && again > 0 {
				err = job.After(again)
			}
			return err
		},
	}})
}

// work runs jobs until the context ends, and then lets those that run finish.
func (a *App) work(ctx context.Context) (stop func() error, err error) {
	if err := a.jobs.Start(ctx); err != nil {
		return nil, err
	}
	return func() error {
		end, cancel := context.WithTimeout(context.WithoutCancel(ctx), shutdownTimeout)
		defer cancel()
		if err := a.jobs.Stop(end); err != nil && !errors.Is(err, context.DeadlineExceeded) {
			return fmt.Errorf("stopping jobs: %w", err)
		}
		return nil
	}, nil
}

// handOver is the records as evaluation hands over to them: with the note that
// a cycle was handed over, in its transaction, goes the job that its scores
// cause.
type handOver struct {
	*records.DB
	app *App
}

var _ evaluate.Records = handOver{}

// MarkHandedOver implements evaluate.Records.
func (h handOver) MarkHandedOver(ctx context.Context, cycle, asOf int64) error {
	if err := h.app.causeBands(ctx, asOf); err != nil {
		return err
	}
	return h.DB.MarkHandedOver(ctx, cycle, asOf)
}

// EndPartial implements evaluate.Records.
func (h handOver) EndPartial(ctx context.Context, kind minori.SubjectKind, asOf int64) error {
	if kind == minori.Account { // how people do is nobody's news
		if err := h.app.causeBands(ctx, asOf); err != nil {
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
func (a *App) causeBands(ctx context.Context, asOf int64) error {
	wanted, err := a.Webhooks.WantsBands(ctx)
	if err != nil || !wanted {
		return err
	}
	return a.jobs.Add(ctx, job.Request{Kind: job.ScoreBands, Args: scoresArgs{asOf}})
}

// tellBands tells of the accounts whose band changed with the scores of an as-of.
func (a *App) tellBands(ctx context.Context, j job.Job) error {
	var in scoresArgs
	if err := j.Read(&in); err != nil {
		return err
	}
	asOf := minori.At(time.UnixMicro(in.AsOf), a.zone)
	prog, err := a.Resources.Program(ctx, minori.Account, 0)
	if err != nil {
		return err
	}
	for i := range prog.Scorecards {
		card := prog.Scorecards[i].Engine.Card()
		ids, scores, err := a.Lake.ScoreColumn(ctx, prog.Scorecards[i].ID, asOf)
		if err != nil {
			return fmt.Errorf("reading the scores of %s: %w", card.Name, err)
		}
		list := make([]webhook.Score, len(ids))
		for k, id := range ids {
			list[k] = webhook.Score{Account: id, Value: scores[k], Band: string(card.BandOf(scores[k]))}
		}
		if err := a.Webhooks.Scored(ctx, webhook.Scores{Scorecard: card.Name, AsOf: asOf, List: list}); err != nil {
			return err
		}
	}
	return nil
}
