package records

import (
	"context"
	"github.com/minori-hq/minori/store/records/sqldb"

	minori "github.com/minori-hq/minori"
	"github.com/minori-hq/minori/metric"
	"github.com/minori-hq/minori/revenue"
)

var _ revenue.Store = (*DB)(nil)

// SubscriptionIDs implements revenue.Store.
func (d *DB) SubscriptionIDs(ctx context.Context, keys []string) (map[string]int64, error) {
	ids := make(map[string]int64, len(keys))
	err := sqldb.EachIn(ctx, d.DB, "SELECT key, id FROM subscription WHERE key IN (?)", nil, unique(keys), func(r sqldb.Scanner) error {
		var key string
		var id int64
		if err := r.Scan(&key, &id); err != nil {
			return err
		}
		ids[key] = id
		return nil
	})
	return ids, err
}

// SubscriptionAccounts implements revenue.Store.
func (d *DB) SubscriptionAccounts(ctx context.Context) (map[string]minori.ID, error) {
	out := map[string]minori.ID{}
	err := sqldb.Each(ctx, d.DB, "SELECT key, account FROM subscription", nil, func(r sqldb.Scanner) error {
		var key string
		var id minori.ID
		if err := r.Scan(&key, &id); err != nil {
			return err
		}
		out[key] = id
		return nil
	})
	return out, err
}

const subscriptionColumns = `s.id, s.key, s.account, a.key, s.product, s.start_day, s.end_day, s.arr, s.currency, s.seats,
	s.plan, s.trial, s.one_off, s.fields, s.removed`

const subscriptionTables = ` FROM subscription s JOIN account a ON a.id = s.account `

func scanSubscription(r sqldb.Scanner, s *revenue.Subscription) error {
	var trial, oneOff, removed int
	var fields string
	if err := r.Scan(&s.ID, &s.Key, &s.Account, &s.AccountKey, &s.Product, &s.Start, &s.End, &s.ARR, &s.Currency, &s.Seats,
		&s.Plan, &trial, &oneOff, &fields, &removed); err != nil {
		return err
	}
	s.Trial, s.OneOff, s.Removed = trial != 0, oneOff != 0, removed != 0
	return sqldb.FromJSON(fields, &s.Fields)
}

// SubscriptionsByID implements revenue.Store.
func (d *DB) SubscriptionsByID(ctx context.Context, ids []int64) (map[int64]revenue.Subscription, error) {
	out := make(map[int64]revenue.Subscription, len(ids))
	err := sqldb.EachIn(ctx, d.DB, "SELECT "+subscriptionColumns+subscriptionTables+"WHERE s.id IN (?)", nil, ids, func(r sqldb.Scanner) error {
		var s revenue.Subscription
		if err := scanSubscription(r, &s); err != nil {
			return err
		}
		out[s.ID] = s
		return nil
	})
	return out, err
}

// SubscriptionsOf implements revenue.Store.
func (d *DB) SubscriptionsOf(ctx context.Context, accounts []minori.ID) ([]revenue.Subscription, error) {
	const order = " ORDER BY s.account, s.start_day, s.id"
	if accounts == nil {
		return sqldb.List(ctx, d.DB, scanSubscription, "SELECT "+subscriptionColumns+subscriptionTables+order)
	}
	var out []revenue.Subscription
	err := sqldb.EachIn(ctx, d.DB, "SELECT "+subscriptionColumns+subscriptionTables+"WHERE s.account IN (?)"+order, nil, sorted(accounts), func(r sqldb.Scanner) error {
		var s revenue.Subscription
		if err := scanSubscription(r, &s); err != nil {
			return err
		}
		out = append(out, s)
		return nil
	})
	return out, err
}

// SaveSubscriptions implements revenue.Store.
func (d *DB) SaveSubscriptions(ctx context.Context, subs []revenue.Subscription) error {
	return d.Insert(ctx, `INSERT INTO subscription (id, key, account, product, start_day, end_day, arr, currency, seats, plan,
		trial, one_off, fields, removed) VALUES `,
		`ON CONFLICT (id) DO UPDATE SET key = excluded.key, account = excluded.account, product = excluded.product,
		start_day = excluded.start_day, end_day = excluded.end_day, arr = excluded.arr, currency = excluded.currency,
		seats = excluded.seats, plan = excluded.plan, trial = excluded.trial, one_off = excluded.one_off,
		fields = excluded.fields, removed = excluded.removed`, len(subs), 14, func(i int, args []any) []any {
			s := &subs[i]
			return append(args, s.ID, s.Key, s.Account, s.Product, s.Start, s.End, s.ARR, s.Currency, s.Seats, s.Plan,
				sqldb.Flag(s.Trial), sqldb.Flag(s.OneOff), fieldsText(s.Fields), sqldb.Flag(s.Removed))
		})
}

// Entries implements revenue.Store.
func (d *DB) Entries(ctx context.Context, accounts []minori.ID, upTo *minori.Day) ([]revenue.Entry, error) {
	const columns = "SELECT id, account, day, currency, delta, after_arr, kind, recorded, reverses FROM ledger "
	const order = " ORDER BY account, day, id"
	last := minori.MaxDay + 1
	if upTo != nil {
		last = *upTo
	}
	scan := func(r sqldb.Scanner, e *revenue.Entry) error {
		return r.Scan(&e.ID, &e.Account, &e.Day, &e.Currency, &e.Delta, &e.After, &e.Kind, &e.Recorded, &e.Reverses)
	}
	if accounts == nil {
		return sqldb.List(ctx, d.DB, scan, columns+"WHERE day <= $1"+order, last)
	}
	var out []revenue.Entry
	err := sqldb.EachIn(ctx, d.DB, columns+"WHERE day <= $1 AND account IN (?)"+order, []any{last}, sorted(accounts), func(r sqldb.Scanner) error {
		var e revenue.Entry
		if err := scan(r, &e); err != nil {
			return err
		}
		out = append(out, e)
		return nil
	})
	return out, err
}

// AppendEntries implements revenue.Store.
func (d *DB) AppendEntries(ctx context.Context, entries []revenue.Entry) error {
	return d.Insert(ctx, "INSERT INTO ledger (id, account, day, currency, delta, after_arr, kind, recorded, reverses) VALUES ", "",
		len(entries), 9, func(i int, args []any) []any {
			e := &entries[i]
			return append(args, e.ID, e.Account, e.Day, e.Currency, e.Delta, e.After, string(e.Kind), e.Recorded, e.Reverses)
		})
}

func scanRate(r sqldb.Scanner, v *metric.Rate) error { return r.Scan(&v.Currency, &v.Day, &v.Value) }

// Rates implements revenue.Store.
func (d *DB) Rates(ctx context.Context) ([]metric.Rate, error) {
	return sqldb.List(ctx, d.DB, scanRate, "SELECT currency, day, value FROM rate ORDER BY currency, day")
}

// SaveRates implements revenue.Store.
func (d *DB) SaveRates(ctx context.Context, rates []metric.Rate) ([]int64, error) {
	first, err := d.NewIDs(ctx, "rate", len(rates))
	if err != nil {
		return nil, err
	}
	err = d.Insert(ctx, "INSERT INTO rate (id, currency, day, value) VALUES ",
		"ON CONFLICT (currency, day) DO UPDATE SET value = excluded.value", len(rates), 4, func(i int, args []any) []any {
			r := &rates[i]
			return append(args, first+int64(i), r.Currency, r.Day, r.Value)
		})
	if err != nil {
		return nil, err
	}
	type at struct {
		currency string
		day      minori.Day
	}
	days := make([]minori.Day, len(rates))
	for i, r := range rates {
		days[i] = r.Day
	}
	byAt := map[at]int64{}
	err = sqldb.EachIn(ctx, d.DB, "SELECT id, currency, day FROM rate WHERE day IN (?)", nil, unique(days), func(r sqldb.Scanner) error {
		var id int64
		var k at
		if err := r.Scan(&id, &k.currency, &k.day); err != nil {
			return err
		}
		byAt[k] = id
		return nil
	})
	ids := make([]int64, len(rates))
	for i, r := range rates {
		ids[i] = byAt[at{r.Currency, r.Day}]
	}
	return ids, err
}
