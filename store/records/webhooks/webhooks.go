// Package webhooks keeps endpoints of webhooks, and events on their way there.
package webhooks

import (
	"context"
	"strings"

	minori "github.com/minori-hq/minori"
	"github.com/minori-hq/minori/store/records"
	"github.com/minori-hq/minori/store/records/sqldb"
	"github.com/minori-hq/minori/webhook"
)

// Store keeps webhooks beside the records they tell of.
type Store struct{ *records.DB }

var _ webhook.Store = Store{}

// lockWebhooks lets one transaction at a time fan events out.
const lockWebhooks = 0x6d696e6f7269_21

// LockWebhooks implements webhook.Store.
func (s Store) LockWebhooks(ctx context.Context) error { return s.Lock(ctx, lockWebhooks) }

const endpointColumns = `e.id, e.version, e.name, e.url, e.kinds, e.enabled, e.stopped, e.created, e.created_by, e.failing, e.rotated, e.secret, e.old_secret,
	(SELECT COUNT(*) FROM webhook_delivery d WHERE d.endpoint = e.id AND d.state = 'pending'),
	(SELECT COUNT(*) FROM webhook_delivery d WHERE d.endpoint = e.id AND d.state = 'dead')`

func scanEndpoint(r sqldb.Scanner, e *webhook.Endpoint) error {
	var kinds, now, old string
	var enabled int
	if err := r.Scan(&e.ID, &e.Version, &e.Name, &e.URL, &kinds, &enabled, &e.Stopped, &e.Created, &e.CreatedBy, &e.Failing, &e.Rotated, &now, &old,
		&e.Pending, &e.Dead); err != nil {
		return err
	}
	e.Enabled = enabled == 1
	e.SetSecrets(now, old)
	return sqldb.FromJSON(kinds, &e.Kinds)
}

// Endpoints implements webhook.Store.
func (s Store) Endpoints(ctx context.Context) ([]webhook.Endpoint, error) {
	return sqldb.List(ctx, s.DB.DB, scanEndpoint, "SELECT "+endpointColumns+" FROM webhook_endpoint e ORDER BY e.id")
}

// Endpoint implements webhook.Store.
func (s Store) Endpoint(ctx context.Context, id int64) (webhook.Endpoint, bool, error) {
	list, err := sqldb.List(ctx, s.DB.DB, scanEndpoint, "SELECT "+endpointColumns+" FROM webhook_endpoint e WHERE e.id = $1", id)
	if err != nil || len(list) == 0 {
		return webhook.Endpoint{}, false, err
	}
	return list[0], true, nil
}

// InsertEndpoint implements webhook.Store.
func (s Store) InsertEndpoint(ctx context.Context, e webhook.Endpoint) error {
	now, old := e.Secrets()
	return s.Exec(ctx, `INSERT INTO webhook_endpoint (id, version, name, url, kinds, enabled, stopped, created, created_by, failing, rotated, secret, old_secret)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)`, e.ID, e.Version, e.Name, e.URL, sqldb.ToJSON(e.Kinds), sqldb.Flag(e.Enabled),
		e.Stopped, e.Created, e.CreatedBy, e.Failing, e.Rotated, now, old)
}

// SaveEndpoint implements webhook.Store.
func (s Store) SaveEndpoint(ctx context.Context, e webhook.Endpoint) (bool, error) {
	now, old := e.Secrets()
	n, err := s.Affect(ctx, `UPDATE webhook_endpoint SET version = version + 1, name = $3, url = $4, kinds = $5, enabled = $6, stopped = $7, failing = $8,
		rotated = $9, secret = $10, old_secret = $11 WHERE id = $1 AND version = $2`, e.ID, e.Version, e.Name, e.URL, sqldb.ToJSON(e.Kinds),
		sqldb.Flag(e.Enabled), e.Stopped, e.Failing, e.Rotated, now, old)
	return n == 1, err
}

// SetFailing implements webhook.Store.
func (s Store) SetFailing(ctx context.Context, endpoint, since int64) error {
	return s.Exec(ctx, "UPDATE webhook_endpoint SET failing = $2 WHERE id = $1", endpoint, since)
}

// DropEndpoint implements webhook.Store.
func (s Store) DropEndpoint(ctx context.Context, id int64) error {
	return s.InTx(ctx, func(ctx context.Context) error {
		for _, text := range []string{
			"DELETE FROM webhook_attempt WHERE delivery IN (SELECT id FROM webhook_delivery WHERE endpoint = $1)",
			"DELETE FROM webhook_delivery WHERE endpoint = $1",
			"DELETE FROM webhook_event WHERE endpoint = $1",
			"DELETE FROM webhook_endpoint WHERE id = $1",
		} {
			if err := s.Exec(ctx, text, id); err != nil {
				return err
			}
		}
		return nil
	})
}

// AddEvents implements webhook.Store.
func (s Store) AddEvents(ctx context.Context, list []webhook.Event) error {
	return s.Insert(ctx, "INSERT INTO webhook_event (id, key, uid, kind, at, body, endpoint, fanned_out) VALUES ", "ON CONFLICT (key) DO NOTHING",
		len(list), 8, func(i int, args []any) []any {
			e := &list[i]
			return append(args, e.ID, e.Key, e.UID, string(e.Kind), e.At, e.Body, e.To, 0)
		})
}

const eventColumns = "v.id, v.key, v.uid, v.kind, v.at, v.body, v.endpoint"

func eventFields(e *webhook.Event) []any {
	return []any{&e.ID, &e.Key, &e.UID, &e.Kind, &e.At, &e.Body, &e.To}
}

// Unsent implements webhook.Store.
func (s Store) Unsent(ctx context.Context, limit int) ([]webhook.Event, error) {
	return sqldb.List(ctx, s.DB.DB, func(r sqldb.Scanner, e *webhook.Event) error { return r.Scan(eventFields(e)...) },
		"SELECT "+eventColumns+" FROM webhook_event v WHERE v.fanned_out = 0 ORDER BY v.id LIMIT $1", limit)
}

// FannedOut implements webhook.Store.
func (s Store) FannedOut(ctx context.Context, ids []int64) error {
	return sqldb.ExecIn(ctx, s.DB.DB, "UPDATE webhook_event SET fanned_out = 1 WHERE id IN (?)", nil, ids)
}

// InsertDeliveries implements webhook.Store.
func (s Store) InsertDeliveries(ctx context.Context, list []webhook.Delivery) error {
	return s.Insert(ctx, "INSERT INTO webhook_delivery (id, event, endpoint, state, attempts, round, created, next_try, finished, code, error) VALUES ", "",
		len(list), 11, func(i int, args []any) []any {
			d := &list[i]
			return append(args, d.ID, d.Event.ID, d.Endpoint, string(d.State), d.Attempts, d.Round, d.Created, d.Next, d.Finished, d.Code, d.Error)
		})
}

const deliveryColumns = "d.id, d.endpoint, d.state, d.attempts, d.round, d.created, d.next_try, d.finished, d.code, d.error, " + eventColumns

const fromDeliveries = " FROM webhook_delivery d JOIN webhook_event v ON v.id = d.event"

func scanDelivery(r sqldb.Scanner, d *webhook.Delivery) error {
	return r.Scan(append([]any{&d.ID, &d.Endpoint, &d.State, &d.Attempts, &d.Round, &d.Created, &d.Next, &d.Finished, &d.Code, &d.Error},
		eventFields(&d.Event)...)...)
}

// Deliveries implements webhook.Store.
func (s Store) Deliveries(ctx context.Context, f webhook.Filter, page minori.Page) ([]webhook.Delivery, int, error) {
	var conds []string
	var args []any
	is := func(column string, value any) {
		args = append(args, value)
		conds = append(conds, column+" = "+sqldb.Param(len(args)))
	}
	if f.Endpoint != 0 {
		is("d.endpoint", f.Endpoint)
	}
	if f.State != "" {
		is("d.state", string(f.State))
	}
	if f.Kind != "" {
		is("v.kind", string(f.Kind))
	}
	where := ""
	if len(conds) > 0 {
		where = " WHERE " + strings.Join(conds, " AND ")
	}
	total := 0
	if _, err := sqldb.One(ctx, s.DB.DB, "SELECT COUNT(*)"+fromDeliveries+where, args, &total); err != nil {
		return nil, 0, err
	}
	n := len(args)
	list, err := sqldb.List(ctx, s.DB.DB, scanDelivery, "SELECT "+deliveryColumns+fromDeliveries+where+
		" ORDER BY d.id DESC LIMIT "+sqldb.Param(n+1)+" OFFSET "+sqldb.Param(n+2), append(args, page.Size(), max(page.Offset, 0))...)
	return list, total, err
}

// Delivery implements webhook.Store.
func (s Store) Delivery(ctx context.Context, id int64) (webhook.Delivery, bool, error) {
	list, err := sqldb.List(ctx, s.DB.DB, scanDelivery, "SELECT "+deliveryColumns+fromDeliveries+" WHERE d.id = $1", id)
	if err != nil || len(list) == 0 {
		return webhook.Delivery{}, false, err
	}
	return list[0], true, nil
}

// Attempts implements webhook.Store.
func (s Store) Attempts(ctx context.Context, delivery int64, limit int) ([]webhook.Attempt, error) {
	return sqldb.List(ctx, s.DB.DB, func(r sqldb.Scanner, a *webhook.Attempt) error {
		return r.Scan(&a.Delivery, &a.Number, &a.At, &a.Millis, &a.Code, &a.Error)
	}, "SELECT delivery, number, at, millis, code, error FROM webhook_attempt WHERE delivery = $1 ORDER BY number DESC LIMIT $2", delivery, limit)
}

// SaveAttempt implements webhook.Store.
func (s Store) SaveAttempt(ctx context.Context, d webhook.Delivery, a webhook.Attempt) (bool, error) {
	kept := false
	err := s.InTx(ctx, func(ctx context.Context) error {
		n, err := s.Affect(ctx, `UPDATE webhook_delivery SET state = $3, attempts = $4, next_try = $5, finished = $6, code = $7, error = $8
			WHERE id = $1 AND attempts = $2 AND state = 'pending'`, d.ID, a.Number-1, string(d.State), d.Attempts, d.Next, d.Finished, d.Code, d.Error)
		if err != nil || n == 0 {
			return err
		}
		kept = true
		return s.Exec(ctx, "INSERT INTO webhook_attempt (delivery, number, at, millis, code, error) VALUES ($1, $2, $3, $4, $5, $6)",
			a.Delivery, a.Number, a.At, a.Millis, a.Code, a.Error)
	})
	return kept, err
}

// Revive implements webhook.Store.
func (s Store) Revive(ctx context.Context, ids []int64, at int64) ([]int64, error) {
	var over []int64
	err := s.InTx(ctx, func(ctx context.Context) error {
		err := sqldb.EachIn(ctx, s.DB.DB, "SELECT id FROM webhook_delivery WHERE state <> 'pending' AND id IN (?)", nil, ids, func(r sqldb.Scanner) error {
			var id int64
			err := r.Scan(&id)
			over = append(over, id)
			return err
		})
		if err != nil {
			return err
		}
		return sqldb.ExecIn(ctx, s.DB.DB, "UPDATE webhook_delivery SET state = 'pending', round = attempts, next_try = $1, finished = 0 WHERE id IN (?)", []any{at}, over)
	})
	return over, err
}

// Bury implements webhook.Store.
func (s Store) Bury(ctx context.Context, endpoint, at int64, why string) error {
	return s.Exec(ctx, "UPDATE webhook_delivery SET state = 'dead', next_try = 0, finished = $2, error = CASE WHEN error = '' THEN $3 ELSE error END WHERE endpoint = $1 AND state = 'pending'",
		endpoint, at, why)
}

// Bands implements webhook.Store.
func (s Store) Bands(ctx context.Context, scorecard string, subjects []minori.ID) (map[minori.ID]webhook.BandOf, error) {
	out := make(map[minori.ID]webhook.BandOf, len(subjects))
	scan := func(r sqldb.Scanner) error {
		var b webhook.BandOf
		err := r.Scan(&b.Subject, &b.Band, &b.AsOf)
		out[b.Subject] = b
		return err
	}
	const text = "SELECT subject, band, as_of FROM webhook_band WHERE scorecard = $1"
	if subjects == nil {
		return out, sqldb.Each(ctx, s.DB.DB, text, []any{scorecard}, scan)
	}
	return out, sqldb.EachIn(ctx, s.DB.DB, text+" AND subject IN (?)", []any{scorecard}, subjects, scan)
}

// SaveBands implements webhook.Store.
func (s Store) SaveBands(ctx context.Context, scorecard string, list []webhook.BandOf) error {
	return s.Insert(ctx, "INSERT INTO webhook_band (scorecard, subject, band, as_of) VALUES ",
		"ON CONFLICT (scorecard, subject) DO UPDATE SET band = excluded.band, as_of = excluded.as_of", len(list), 4, func(i int, args []any) []any {
			return append(args, scorecard, list[i].Subject, list[i].Band, list[i].AsOf)
		})
}

// ForgetBands implements webhook.Store.
func (s Store) ForgetBands(ctx context.Context) error { return s.Exec(ctx, "DELETE FROM webhook_band") }

// Trim implements webhook.Store.
func (s Store) Trim(ctx context.Context, before int64) error {
	return s.InTx(ctx, func(ctx context.Context) error {
		for _, text := range []string{
			"DELETE FROM webhook_attempt WHERE delivery IN (SELECT id FROM webhook_delivery WHERE finished > 0 AND finished < $1)",
			"DELETE FROM webhook_delivery WHERE finished > 0 AND finished < $1",
			"DELETE FROM webhook_event WHERE at < $1 AND fanned_out = 1 AND id NOT IN (SELECT event FROM webhook_delivery)",
		} {
			if err := s.Exec(ctx, text, before); err != nil {
				return err
			}
		}
		return nil
	})
}
