package inbox

import (
	"cmp"
	"context"
	"database/sql"
	"fmt"
	"slices"

	minori "github.com/minori-hq/minori"
	"github.com/minori-hq/minori/ingest"
	"github.com/minori-hq/minori/store/lake"
	"github.com/minori-hq/minori/store/lake/duckdb/internal/engine"
)

// Fold is one step of folding within a write transaction. Its methods are
// called in the order in which they stand here.
type Fold struct {
	C     engine.Conn
	After int64 // the inbox is folded up to this arrival number
	UpTo  int64 // and will be up to this one
	came  int64 // when the first message of the step arrived, microseconds since 1970 UTC

	retried bool // some events that waited found their account
}

// Pick takes the messages after After and up to upTo, at most limit events, out
// of the inbox: the events into the table fresh, keys to those kept. It sets UpTo.
func (f *Fold) Pick(ctx context.Context, upTo int64, limit int) error {
	top := lake.X("SELECT coalesce(max(arrival), ?), coalesce(min(came), 0) FROM inbox WHERE arrival > ? AND arrival <= ?", f.After, f.After, upTo)
	if err := f.C.One(ctx, top, &f.UpTo, &f.came); err != nil {
		return err
	}
	if f.UpTo-f.After > int64(limit) {
		cut := lake.X("SELECT coalesce(max(arrival), ?) FROM (SELECT arrival FROM inbox WHERE arrival > ? AND arrival <= ? AND "+counts+
			fmt.Sprintf(" ORDER BY arrival LIMIT 1 OFFSET %d) o", limit-1), f.UpTo, f.After, f.UpTo)
		if err := f.C.One(ctx, cut, &f.UpTo); err != nil {
			return err
		}
	}
	within := lake.X("FROM inbox WHERE arrival > ? AND arrival <= ?", f.After, f.UpTo)
	return f.C.All(ctx,
		lake.X("CREATE OR REPLACE TEMP TABLE fresh AS SELECT arrival, name, CASE WHEN user_id <> '' THEN user_id ELSE anonymous END AS actor, "+
			"account, time, came, day, CASE WHEN body <> '' THEN body END AS properties ? AND "+counts, within),
		lake.X(fmt.Sprintf("INSERT INTO message_key SELECT key, shard, (came // %d)::INTEGER ?", int64(dayMicros)), within),
		lake.X("DELETE ?", within))
}

// Names gives the names of the events of fresh.
func (f *Fold) Names(ctx context.Context) (names []string, err error) {
	err = f.C.Rows(ctx, lake.Raw("SELECT DISTINCT name FROM fresh"), func(r *sql.Rows) error {
		var n string
		err := r.Scan(&n)
		names = append(names, n)
		return err
	})
	return names, err
}

// Actors looks the actors of fresh up in the table actor_hash, and gives how
// many are not there.
func (f *Fold) Actors(ctx context.Context) (unknown int64, err error) {
	err = f.C.All(ctx, lake.Raw("CREATE OR REPLACE TEMP TABLE who AS SELECT w.key AS key, min(k.id) AS id FROM "+
		"(SELECT DISTINCT actor AS key, hash(actor) AS h FROM fresh WHERE actor <> '') w LEFT JOIN actor_hash k ON w.h = k.h GROUP BY w.key"))
	if err != nil {
		return 0, err
	}
	return unknown, f.C.One(ctx, lake.Raw("SELECT count(*) FROM who WHERE id IS NULL"), &unknown)
}

// NewActors makes the actors not found, with ids after last.
func (f *Fold) NewActors(ctx context.Context, last int64) error {
	return f.C.All(ctx,
		lake.X("CREATE OR REPLACE TEMP TABLE new_actor AS SELECT (? + row_number() OVER ())::BIGINT AS id, key FROM who WHERE id IS NULL", last),
		lake.Raw("INSERT INTO actor SELECT id, key FROM new_actor"),
		lake.Raw("INSERT INTO actor_hash SELECT hash(key), id FROM new_actor"),
		lake.Raw("UPDATE who SET id = n.id FROM new_actor n WHERE who.key = n.key"))
}

// HashActors brings the table actor_hash up to date, by which actors are found:
// it has the hash of every name with the actor's id. Actors up to the id last are in it.
func HashActors(ctx context.Context, c engine.Conn, last int64) error {
	if last == 0 {
		return c.All(ctx, lake.Raw("CREATE OR REPLACE TEMP TABLE actor_hash AS SELECT hash(key) AS h, id FROM actor_key"))
	}
	return c.All(ctx, lake.X("INSERT INTO actor_hash SELECT hash(key), id FROM actor WHERE id > ?", last))
}

// columns of an event on its way to its account.
const columns = "arrival, name, actor, account, time, came, day, properties"

// resolve makes a table with events (columns) and the account each is of
// (subject), null when it is not known; actors selects those the events are of.
func (f *Fold) resolve(ctx context.Context, table, events, actors string) error {
	err := f.C.All(ctx, lake.Raw("CREATE OR REPLACE TEMP TABLE of_actor AS SELECT actor, account, since FROM link WHERE actor IN ("+actors+")"))
	if err != nil {
		return err
	}
	var links int
	if err := f.C.One(ctx, lake.Raw("SELECT count(*) FROM of_actor"), &links); err != nil {
		return err
	}
	keyed := "SELECT e.*, s.id AS subject FROM (" + events + ") e LEFT JOIN (SELECT id, key FROM subject WHERE kind = 1 AND gone = 0) s ON e.account = s.key"
	if links > 0 {
		keyed = "SELECT a.* EXCLUDE (subject, linked), CASE WHEN a.account <> '' THEN a.subject ELSE coalesce(a.linked, l.account) END AS subject FROM " +
			"(SELECT k.*, l.account AS linked FROM (" + keyed + ") k ASOF LEFT JOIN of_actor l ON k.actor = l.actor AND k.time >= l.since) a " +
			"LEFT JOIN (SELECT actor, arg_min(account, since) AS account FROM of_actor GROUP BY actor) l ON a.actor = l.actor"
	}
	return f.C.All(ctx, lake.Raw("CREATE OR REPLACE TEMP TABLE "+table+" AS "+keyed))
}

// Resolve finds the accounts of the events of fresh; the others wait. It gives
// how many of either.
func (f *Fold) Resolve(ctx context.Context) (known, waiting int64, err error) {
	err = f.resolve(ctx, "resolved", "SELECT f.arrival, n.id AS name, coalesce(w.id, 0) AS actor, f.account, f.time, f.came, f.day, f.properties "+
		"FROM fresh f JOIN event_name n ON f.name = n.name LEFT JOIN who w ON f.actor = w.key", "SELECT id FROM who")
	if err != nil {
		return 0, 0, err
	}
	if err := f.C.One(ctx, lake.Raw("SELECT count(subject), count(*) - count(subject) FROM resolved"), &known, &waiting); err != nil || waiting == 0 {
		return known, waiting, err
	}
	return known, waiting, f.C.All(ctx, lake.Raw("INSERT INTO waiting SELECT "+columns+" FROM resolved WHERE subject IS NULL"))
}

// Retry takes events that waited and may find their account, at most limit,
// out of those waiting, and gives how many did. With all false, only the actors
// and accounts noted as new are looked for.
func (f *Fold) Retry(ctx context.Context, all bool, limit int) (attached int64, err error) {
	links, accounts := "linked_actor", "made_account"
	if all {
		links, accounts = "link", "(SELECT key FROM subject WHERE kind = 1 AND gone = 0)"
	}
	var waits, news bool
	err = f.C.One(ctx, lake.Raw("SELECT EXISTS (SELECT 1 FROM waiting), EXISTS (SELECT 1 FROM "+links+") OR EXISTS (SELECT 1 FROM "+accounts+" a)"), &waits, &news)
	if err != nil || !news {
		return 0, err
	}
	if !waits {
		return 0, News(ctx, f.C)
	}
	err = f.C.All(ctx, lake.Raw("CREATE OR REPLACE TEMP TABLE again AS SELECT * FROM (SELECT "+columns+" FROM waiting WHERE account = '' AND actor <> 0 AND actor IN (SELECT actor FROM "+links+") "+
		"UNION ALL SELECT "+columns+" FROM waiting WHERE account <> '' AND account IN (SELECT key FROM "+accounts+" a)) w "+fmt.Sprintf("ORDER BY arrival LIMIT %d", limit)))
	if err != nil {
		return 0, err
	}
	if err = f.resolve(ctx, "attached", "SELECT * FROM again", "SELECT actor FROM again"); err != nil {
		return 0, err
	}
	attached, err = f.C.Exec(ctx, lake.Raw("DELETE FROM waiting WHERE arrival IN (SELECT arrival FROM attached WHERE subject IS NOT NULL)"))
	f.retried = attached > 0
	if err == nil && attached < int64(limit) {
		err = News(ctx, f.C)
	}
	return attached, err
}

// Ready selects the events whose account is known, as the table event holds
// them. They get arrival numbers after last: those of the inbox, moved, for
// fresh ones, which take as many as there are from After to UpTo; then those
// attached.
func (f *Fold) Ready(last int64) lake.SQL {
	const rest = "subject, name, actor, time, day, CAST(NULL AS DOUBLE) AS value, properties"
	s := lake.X("SELECT arrival + ? AS arrival, "+rest+" FROM resolved WHERE subject IS NOT NULL", last-f.After)
	if f.retried {
		s = lake.X("? UNION ALL SELECT ? + row_number() OVER (ORDER BY arrival), "+rest+" FROM attached WHERE subject IS NOT NULL", s, last+f.UpTo-f.After)
	}
	return s
}

// Touched gives the accounts with new events that stand in the table part of
// the rollups.
func (f *Fold) Touched(ctx context.Context) ([]ingest.Touched, error) {
	var out []ingest.Touched
	events := "SELECT subject, came FROM resolved"
	if f.retried {
		events += " UNION ALL SELECT subject, came FROM attached"
	}
	err := f.C.Rows(ctx, lake.Raw("SELECT r.subject, p.day, r.came FROM (SELECT subject, min(came) AS came FROM ("+events+") e GROUP BY subject) r "+
		"JOIN (SELECT subject, min(day) AS day FROM part GROUP BY subject) p ON r.subject = p.subject ORDER BY r.subject"), func(r *sql.Rows) error {
		var t ingest.Touched
		err := r.Scan(&t.Account, &t.First, &t.At)
		out = append(out, t)
		return err
	})
	return out, err
}

// Merged adds the accounts whose actors became fewer by a merge, if there are
// messages of whose time they can be said to have changed; they are told once.
func (f *Fold) Merged(ctx context.Context, touched []ingest.Touched) ([]ingest.Touched, error) {
	if f.UpTo == f.After {
		return touched, nil
	}
	places := make(map[minori.ID]int, len(touched))
	for i, t := range touched {
		places[t.Account] = i
	}
	told := len(touched)
	err := f.C.Rows(ctx, lake.Raw("SELECT account, min(day) FROM merged_account GROUP BY account"), func(r *sql.Rows) error {
		t := ingest.Touched{At: f.came}
		err := r.Scan(&t.Account, &t.First)
		if i, ok := places[t.Account]; ok {
			touched[i].First, touched[i].At = min(touched[i].First, t.First), min(touched[i].At, t.At)
			told = -1
		} else {
			touched = append(touched, t)
		}
		return err
	})
	if err != nil || len(touched) == told {
		return touched, err
	}
	slices.SortFunc(touched, func(a, b ingest.Touched) int { return cmp.Compare(a.Account, b.Account) })
	return touched, f.C.All(ctx, lake.Raw("DELETE FROM merged_account"))
}

// News makes the tables, or empties them, in which actors and accounts are noted
// that events may have waited for.
func News(ctx context.Context, c engine.Conn) error {
	return c.All(ctx, lake.Raw("CREATE OR REPLACE TEMP TABLE linked_actor (actor BIGINT)"), lake.Raw("CREATE OR REPLACE TEMP TABLE made_account (key VARCHAR)"))
}
