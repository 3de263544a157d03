package duckdb

import (
	"context"
	"fmt"

	minori "github.com/minori-hq/minori"
	"github.com/minori-hq/minori/store/lake"
)

// expired is the counter of the day before which raw events were let go.
const expired = "expired"

// expireRows is how many rows one transaction of Expire deletes.
const expireRows = 200_000

// Expire forgets keys of messages that arrived before a day, and raw events
// that happened before another, some at a time, leaving other writers their
// turn in between. Rollups, distinct actors, first and last points stay. From
// then on what event metrics counted on those days stands as it is: an imported
// event of such a day that changes or goes away corrects nothing, and a metric
// that is made to count something else begins with the oldest raw event left.
func (l *Lake) Expire(ctx context.Context, keysBefore, eventsBefore minori.Day) error {
	// First of all, so that no rebuild in between takes missing events for none.
	err := l.write(ctx, func(w *tx) error {
		if at, ok := w.dict.counters[expired]; !ok || at < int64(eventsBefore) {
			w.dict.set(expired, int64(eventsBefore))
		}
		return nil
	})
	if err != nil {
		return err
	}
	for _, t := range []struct {
		table  string
		before minori.Day
	}{{"message_key", keysBefore}, {"event", eventsBefore}, {"waiting", eventsBefore}} {
		for more := true; more; {
			err := l.write(ctx, func(w *tx) (err error) {
				more, err = w.expireSome(ctx, t.table, t.before)
				return err
			})
			if err != nil {
				return err
			}
		}
	}
	return nil
}

// expireSome deletes some rows of days before another and reports whether there
// may be more.
func (w *tx) expireSome(ctx context.Context, table string, before minori.Day) (more bool, err error) {
	var last, n int64
	if err := w.One(ctx, lake.X(fmt.Sprintf("SELECT coalesce(max(row), -1), count(*) FROM (SELECT rowid AS row FROM %s WHERE day < ? LIMIT %d) r", table, expireRows), int32(before)), &last, &n); err != nil || n == 0 {
		return false, err
	}
	_, err = w.Exec(ctx, lake.X("DELETE FROM "+table+" WHERE rowid <= ? AND day < ?", last, int32(before)))
	return n == expireRows, err
}

// Thin forgets what was computed within days before another, as far as the day
// was evaluated as of its end too: what was kept of the cycles in between, their
// scores and values. Cycles that are not handed over stay.
func (l *Lake) Thin(ctx context.Context, before minori.Day) error {
	const within = "(SELECT c.kind, c.as_of FROM cycle c WHERE c.complete < c.day AND c.day < ? AND (c.hand_over = 0 OR c.done = 1) AND " +
		"EXISTS (SELECT 1 FROM cycle w WHERE w.kind = c.kind AND w.day = c.day AND w.whole = 1 AND w.complete = w.day))"
	return l.write(ctx, func(w *tx) error {
		for _, t := range []string{"measure_value", "score", "cycle"} {
			if _, err := w.Exec(ctx, lake.X("DELETE FROM "+t+" WHERE (kind, as_of) IN "+within, int32(before))); err != nil {
				return err
			}
		}
		return nil
	})
}

// keepExpired takes the days whose raw events are gone, of metrics that count
// events, out of those to be rebuilt.
func (w *tx) keepExpired(ctx context.Context) error {
	day, ok := w.dict.counters[expired]
	if !ok {
		return nil
	}
	ids := []int64{}
	for _, m := range w.dict.metrics {
		if m.From != nil {
			ids = append(ids, m.ID)
		}
	}
	if len(ids) == 0 {
		return nil
	}
	_, err := w.Exec(ctx, lake.X("DELETE FROM affected WHERE day < ? AND metric IN (?)", int32(day), lake.Values(ids)))
	return err
}
