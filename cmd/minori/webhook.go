package main

import (
	"encoding/json"
	"strings"
	"time"

	minori "github.com/minori-hq/minori"
	"github.com/minori-hq/minori/app"
	"github.com/minori-hq/minori/webhook"
)

// webhookCmd manages where events are sent.
type webhookCmd struct {
	Add        webhookAddCmd        `cmd:"" help:"Make an endpoint and print the secret it is signed with, once."`
	List       webhookListCmd       `cmd:"" help:"List the endpoints."`
	Remove     webhookRemoveCmd     `cmd:"" help:"Remove an endpoint with its deliveries."`
	Rotate     webhookRotateCmd     `cmd:"" help:"Give an endpoint a new secret; the one before signs beside it for a day."`
	Test       webhookTestCmd       `cmd:"" help:"Send an endpoint a test event."`
	Deliveries webhookDeliveriesCmd `cmd:"" help:"List deliveries, newest first."`
	Replay     webhookReplayCmd     `cmd:"" help:"Send a delivery, or all dead letters of an endpoint, again."`
}

// endpointRow is an endpoint in JSON.
type endpointRow struct {
	ID        int64          `json:"id"`
	Name      string         `json:"name"`
	URL       string         `json:"url"`
	Kinds     []webhook.Kind `json:"kinds"`
	Enabled   bool           `json:"enabled"`
	Stopped   *string        `json:"stopped"` // why the program disabled it; null if it did not
	Pending   int            `json:"pending"`
	Dead      int            `json:"dead"`
	Created   string         `json:"created"`
	CreatedBy string         `json:"created_by"`
	// Secret is shown only when it is made.
	Secret string `json:"secret,omitempty"`
}

// instant writes an instant in JSON; nil for 0.
func instant(micros int64) *string {
	if micros == 0 {
		return nil
	}
	at := minori.FromMicros(micros).UTC().Format(time.RFC3339)
	return &at
}

func endpointOf(x *webhook.Endpoint) endpointRow {
	row := endpointRow{ID: x.ID, Name: x.Name, URL: x.URL, Kinds: x.Kinds, Enabled: x.Enabled, Pending: x.Pending, Dead: x.Dead,
		Created: *instant(x.Created), CreatedBy: x.CreatedBy}
	if x.Stopped != "" {
		row.Stopped = &x.Stopped
	}
	return row
}

type webhookAddCmd struct {
	dataFlags
	URL  string   `arg:"" help:"Address that events are sent to, https://…"`
	Name string   `help:"Name of the endpoint."`
	Kind []string `help:"Kinds of event it gets; default: all." placeholder:"KIND"`
}

// Run implements command.
func (c *webhookAddCmd) Run(e *env) error {
	d := webhook.Draft{Name: c.Name, URL: c.URL, Kinds: webhook.Kinds()}
	if len(c.Kind) > 0 {
		d.Kinds = nil
	}
	for _, k := range c.Kind {
		d.Kinds = append(d.Kinds, webhook.Kind(k))
	}
	x, secret, err := e.app.Webhooks.Add(e.ctx, app.Operator(), d)
	if err != nil {
		return err
	}
	return answerSecret(e, &x, secret)
}

func answerSecret(e *env, x *webhook.Endpoint, secret string) error {
	row := endpointOf(x)
	row.Secret = secret
	return e.answer(row, func() {
		e.print("Endpoint %d: %s", x.ID, x.URL)
		e.print("Its deliveries are signed with this secret, which is not shown again: %s", secret)
	})
}

type webhookListCmd struct{ dataFlags }

// Run implements command.
func (c *webhookListCmd) Run(e *env) error {
	list, err := e.app.Webhooks.Endpoints(e.ctx, app.Operator())
	if err != nil {
		return err
	}
	rows := make([]endpointRow, len(list))
	for i := range list {
		rows[i] = endpointOf(&list[i])
	}
	return e.answer(rows, func() {
		for i := range list {
			x, state := &list[i], "enabled"
			switch {
			case x.Stopped != "":
				state = "disabled by itself: " + x.Stopped
			case !x.Enabled:
				state = "disabled"
			}
			kinds := make([]string, len(x.Kinds))
			for k := range x.Kinds {
				kinds[k] = string(x.Kinds[k])
			}
			e.print("%d  %s  %s  %s  %d pending, %d dead", x.ID, x.URL, strings.Join(kinds, ","), state, x.Pending, x.Dead)
		}
	})
}

type webhookRemoveCmd struct {
	dataFlags
	ID int64 `arg:"" help:"Number of the endpoint."`
}

// Run implements command.
func (c *webhookRemoveCmd) Run(e *env) error {
	if err := e.app.Webhooks.Remove(e.ctx, app.Operator(), c.ID); err != nil {
		return err
	}
	return e.answer(map[string]int64{"removed": c.ID}, func() { e.print("Endpoint %d is removed.", c.ID) })
}

type webhookRotateCmd struct {
	dataFlags
	ID int64 `arg:"" help:"Number of the endpoint."`
}

// Run implements command.
func (c *webhookRotateCmd) Run(e *env) error {
	x, secret, err := e.app.Webhooks.Rotate(e.ctx, app.Operator(), c.ID, 0)
	if err != nil {
		return err
	}
	return answerSecret(e, &x, secret)
}

type webhookTestCmd struct {
	dataFlags
	ID int64 `arg:"" help:"Number of the endpoint."`
}

// Run implements command.
func (c *webhookTestCmd) Run(e *env) error {
	if err := e.app.Webhooks.Try(e.ctx, app.Operator(), c.ID); err != nil {
		return err
	}
	return e.answer(map[string]int64{"sent": c.ID}, func() { e.print("A test event is on its way to endpoint %d.", c.ID) })
}

// deliveryRow is a delivery in JSON.
type deliveryRow struct {
	ID       int64           `json:"id"`
	Endpoint int64           `json:"endpoint"`
	Event    string          `json:"webhook_id"`
	Type     webhook.Kind    `json:"type"`
	At       string          `json:"at"`
	State    webhook.State   `json:"state"`
	Attempts int             `json:"attempts"`
	Next     *string         `json:"next_attempt"` // null unless pending
	Finished *string         `json:"finished"`
	Status   *int            `json:"status"` // HTTP status of the last attempt; null for no answer
	Error    *string         `json:"error"`
	Payload  json.RawMessage `json:"payload"`
}

func deliveryOf(d *webhook.Delivery) deliveryRow {
	row := deliveryRow{ID: d.ID, Endpoint: d.Endpoint, Event: d.Event.UID, Type: d.Event.Kind, At: *instant(d.Event.At), State: d.State,
		Attempts: d.Attempts, Next: instant(d.Next), Finished: instant(d.Finished), Payload: json.RawMessage(d.Event.Body)}
	if d.Code != 0 {
		row.Status = &d.Code
	}
	if d.Error != "" {
		row.Error = &d.Error
	}
	return row
}

type webhookDeliveriesCmd struct {
	dataFlags
	Endpoint int64  `help:"Only of this endpoint."`
	State    string `help:"Only these: pending, delivered or dead." enum:",pending,delivered,dead" default:""`
	Limit    int    `help:"At most so many, up to 500." default:"50"`
	Offset   int    `help:"Leave out the newest."`
}

// Run implements command.
func (c *webhookDeliveriesCmd) Run(e *env) error {
	f := webhook.Filter{Endpoint: c.Endpoint, State: webhook.State(c.State)}
	list, total, err := e.app.Webhooks.Deliveries(e.ctx, app.Operator(), f, minori.Page{Limit: c.Limit, Offset: c.Offset})
	if err != nil {
		return err
	}
	rows := make([]deliveryRow, len(list))
	for i := range list {
		rows[i] = deliveryOf(&list[i])
	}
	return e.answer(map[string]any{"deliveries": rows, "total": total}, func() {
		for i := range rows {
			r, said := &rows[i], ""
			if r.Error != nil {
				said = "  " + *r.Error
			}
			e.print("%d  endpoint %d  %s  %s  %s  %d attempts%s", r.ID, r.Endpoint, r.At, r.Type, r.State, r.Attempts, said)
		}
		e.print("%d of %d", len(rows), total)
	})
}

type webhookReplayCmd struct {
	dataFlags
	ID   int64 `arg:"" optional:"" help:"Number of the delivery."`
	Dead int64 `help:"Number of an endpoint: all its dead letters, at most 500 at once."`
}

// Run implements command.
func (c *webhookReplayCmd) Run(e *env) error {
	n := 1
	var err error
	switch {
	case (c.ID == 0) == (c.Dead == 0):
		return minori.Errorf(minori.Invalid, "name a delivery, or an endpoint with --dead")
	case c.ID != 0:
		err = e.app.Webhooks.Replay(e.ctx, app.Operator(), c.ID)
	default:
		n, err = e.app.Webhooks.ReplayDead(e.ctx, app.Operator(), c.Dead)
	}
	if err != nil {
		return err
	}
	return e.answer(map[string]int{"replayed": n}, func() { e.print("%d deliveries are on their way again.", n) })
}
