// Package inbox keeps received messages in a DuckDB lake until they are folded
// into facts, and finds the account of an event.
package inbox

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"io"
	"strings"

	duck "github.com/duckdb/duckdb-go/v2"

	minori "github.com/minori-hq/minori"
	"github.com/minori-hq/minori/ingest"
	"github.com/minori-hq/minori/store/lake"
	"github.com/minori-hq/minori/store/lake/duckdb/internal/engine"
)

// FoldedCounter names the counter of the arrival number up to which the inbox
// is folded.
const FoldedCounter = "folded"

// dayMicros is how long a day of UTC is.
const dayMicros = 86400e6

// counts is the condition that a message of the inbox is an event.
var counts = fmt.Sprintf("kind IN (%d, %d, %d)", ingest.Track, ingest.Page, ingest.Screen)

// Inbox receives over a connection of its own, so that receiving waits for no
// other write, and reads from the pool.
type Inbox struct {
	db   *sql.DB
	conn engine.Conn
	turn chan struct{} // holds the right to receive
	last int64         // arrival number given last
}

// Open makes the inbox of a lake whose tables are up to date.
func Open(ctx context.Context, db *sql.DB) (*Inbox, error) {
	c, err := db.Conn(ctx)
	if err != nil {
		return nil, err
	}
	b := &Inbox{db: db, conn: engine.Conn{Conn: c}, turn: make(chan struct{}, 1)}
	err = b.conn.One(ctx, lake.X("SELECT greatest((SELECT coalesce(max(arrival), 0) FROM inbox), (SELECT coalesce(max(value), 0) FROM counter WHERE name = ?))", FoldedCounter), &b.last)
	if err != nil {
		_ = c.Close()
		return nil, err
	}
	return b, nil
}

// Hold waits for a message being received and keeps others out until release.
func (b *Inbox) Hold(ctx context.Context) (release func(), err error) {
	select {
	case b.turn <- struct{}{}:
		return func() { <-b.turn }, nil
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// Close waits for a running Receive and ends receiving for good.
func (b *Inbox) Close() error {
	b.turn <- struct{}{}
	return b.conn.Close()
}

// Receive stores messages in one transaction, numbering them. On an error none
// is stored, and their numbers are not used again.
func (b *Inbox) Receive(ctx context.Context, messages []ingest.Received) (err error) {
	if len(messages) == 0 {
		return nil
	}
	release, err := b.Hold(ctx)
	if err != nil {
		return err
	}
	defer release()
	late := context.WithoutCancel(ctx)
	if _, err := b.conn.ExecContext(late, "BEGIN TRANSACTION"); err != nil {
		return err
	}
	done := false
	defer func() {
		if !done { // also when appending panics
			_, _ = b.conn.ExecContext(late, "ROLLBACK")
		}
	}()
	first := b.last + 1
	b.last += int64(len(messages))
	err = b.conn.AppendTo("", "inbox", func(a *duck.Appender) error {
		for i := range messages {
			messages[i].Arrival = first + int64(i)
			if err := appendMessage(a, &messages[i]); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return err
	}
	if _, err := b.conn.ExecContext(late, "COMMIT"); err != nil {
		return err
	}
	done = true
	return nil
}

func appendMessage(a *duck.Appender, m *ingest.Received) error {
	id := m.ID
	if m.Kind.Counts() {
		id = "" // nobody asks
	}
	return a.AppendRow(m.Arrival, int32(m.Kind), m.Source, int64(m.Key), int32(m.Shard), m.Time, m.At, int32(m.Day),
		text(id), text(m.Event), text(m.User), text(m.Anonymous), text(m.Account), text(m.Body))
}

// text gives a text as the store keeps it, which takes what is not UTF-8 for no text.
func text(s string) string { return strings.ToValidUTF8(s, "\uFFFD") }

// Identities gives the messages that say who is who, in order of arrival, at
// most limit, and the arrival number up to which there are no others.
func (b *Inbox) Identities(ctx context.Context, limit int) (messages []ingest.Received, upTo int64, err error) {
	// Messages become visible in the order of their numbers.
	if err := b.db.QueryRowContext(ctx, "SELECT coalesce(max(arrival), 0) FROM inbox").Scan(&upTo); err != nil || upTo == 0 {
		return nil, 0, err
	}
	s := lake.X("SELECT arrival, kind, source, key, shard, time, came, day, id, name, user_id, anonymous, account, body FROM inbox "+
		"WHERE NOT "+counts+fmt.Sprintf(" AND arrival <= ? ORDER BY arrival LIMIT %d", limit+1), upTo)
	err = engine.Each(ctx, b.db, s, func(r *sql.Rows) error {
		var m ingest.Received
		var key int64
		err := r.Scan(&m.Arrival, &m.Kind, &m.Source, &key, &m.Shard, &m.Time, &m.At, &m.Day, &m.ID, &m.Event, &m.User, &m.Anonymous, &m.Account, &m.Body)
		m.Key = uint64(key)
		messages = append(messages, m)
		return err
	})
	if len(messages) > limit {
		upTo = messages[limit].Arrival - 1
		messages = messages[:limit]
	}
	return messages, upTo, err
}

// Backlog gives how many messages are in the inbox, and how many events wait
// for their account.
func (b *Inbox) Backlog(ctx context.Context) (inbox, waiting int64, err error) {
	err = b.db.QueryRowContext(ctx, "SELECT (SELECT count(*) FROM inbox), (SELECT count(*) FROM waiting)").Scan(&inbox, &waiting)
	return inbox, waiting, err
}

// keysAtOnce is how many keys one call of Keys' function gets at most.
const keysAtOnce = 1 << 14

// Keys gives the keys of the messages received from a day on, some at a time,
// with the day of arrival (UTC).
func (b *Inbox) Keys(ctx context.Context, from minori.Day, fn func(day minori.Day, keys []uint64, shards []uint16) error) error {
	conn, err := b.db.Conn(ctx)
	if err != nil {
		return err
	}
	defer conn.Close()
	return conn.Raw(func(c any) error {
		// Folding moves a key from one table to the other: both are read as they stand at one instant.
		q := fmt.Sprintf("SELECT day, key, shard FROM message_key WHERE day >= %d UNION ALL SELECT (came // %d)::INTEGER, key, shard FROM inbox WHERE came >= %d",
			from, int64(dayMicros), int64(from)*dayMicros)
		rows, err := c.(driver.QueryerContext).QueryContext(ctx, q, nil)
		if err != nil {
			return err
		}
		defer rows.Close()
		return pull(rows, fn)
	})
}

// pull hands on the keys of rows (day, key, shard), those of a day together.
func pull(rows driver.Rows, fn func(minori.Day, []uint64, []uint16) error) error {
	day := minori.Day(0)
	keys, shards := make([]uint64, 0, keysAtOnce), make([]uint16, 0, keysAtOnce)
	flush := func() error {
		if len(keys) == 0 {
			return nil
		}
		err := fn(day, keys, shards)
		keys, shards = keys[:0], shards[:0]
		return err
	}
	row := make([]driver.Value, 3)
	for {
		err := rows.Next(row)
		if errors.Is(err, io.EOF) {
			return flush()
		}
		if err != nil {
			return err
		}
		d := minori.Day(row[0].(int32))
		if d != day || len(keys) == keysAtOnce {
			if err := flush(); err != nil {
				return err
			}
			day = d
		}
		keys, shards = append(keys, uint64(row[1].(int64))), append(shards, uint16(row[2].(int32)))
	}
}
