package duckdb

import (
	"context"
	"database/sql"
	"os"

	"github.com/minori-hq/minori/ingest"
	"github.com/minori-hq/minori/store/lake"
	"github.com/minori-hq/minori/store/lake/duckdb/internal/inbox"
)

var _ ingest.Inbox = (*Lake)(nil)

// folded is the counter of the arrival number up to which the inbox is folded.
const folded = inbox.FoldedCounter

// Fold moves messages up to an arrival number, at most limit events, out of the
// inbox: events whose account is known become events and rollups, others wait.
// With retry those that waited are tried again first, at most limit of them. An
// event counts for the account it names, else for the one its actor belongs to
// at its time; it gets its account once, for good: a link that comes later
// changes only what still waits. Attached events arrive when they are attached:
// of points of the same microsecond the one attached later is the last.
func (l *Lake) Fold(ctx context.Context, upTo int64, limit int, retry bool) (ingest.Folded, error) {
	var out ingest.Folded
	err := l.write(ctx, func(w *tx) (err error) {
		f := &inbox.Fold{C: w.Conn, After: w.dict.counters[folded]}
		if out, err = w.fold(ctx, f, upTo, limit, retry); err == nil {
			out.Touched, err = f.Merged(ctx, out.Touched)
		}
		return err
	})
	if err != nil {
		return ingest.Folded{}, err
	}
	return out, l.relieve(ctx)
}

// relieve brings the log of changes into the file when writers that overlap
// again and again have kept that from happening, or it would grow without end.
func (l *Lake) relieve(ctx context.Context) error {
	if l.path == "" {
		return nil
	}
	if log, err := os.Stat(l.path + ".wal"); err != nil || log.Size() < l.logLimit {
		return nil // there is none after a checkpoint
	}
	return l.checkpoint(ctx, 1)
}

func (w *tx) fold(ctx context.Context, f *inbox.Fold, upTo int64, limit int, retry bool) (out ingest.Folded, err error) {
	var known, waiting, attached int64
	if retry {
		if attached, err = f.Retry(ctx, !w.dict.retried, limit); err != nil {
			return out, err
		}
		w.dict.retried = w.dict.retried || attached < int64(limit)
	}
	if err := f.Pick(ctx, upTo, limit); err != nil {
		return out, err
	}
	out.UpTo, out.Attached = f.UpTo, int(attached)
	if f.UpTo == f.After && attached == 0 {
		return out, nil
	}
	w.dict.set(folded, f.UpTo)
	if err := w.startTails(ctx); err != nil {
		return out, err
	}
	if err := w.foldNames(ctx, f); err != nil {
		return out, err
	}
	if err := w.foldActors(ctx, f); err != nil {
		return out, err
	}
	if known, waiting, err = f.Resolve(ctx); err != nil {
		return out, err
	}
	out.Events, out.Waiting = int(known), int(waiting)
	if known+attached == 0 {
		return out, nil
	}
	events := f.Ready(w.dict.next(arrivals, f.UpTo-f.After+attached))
	out.Touched, err = w.countReady(ctx, f, events)
	return out, err
}

// foldNames gives the names of the events ids.
func (w *tx) foldNames(ctx context.Context, f *inbox.Fold) error {
	names, err := f.Names(ctx)
	for _, n := range names {
		if err == nil {
			_, err = w.event(ctx, n)
		}
	}
	return err
}

// foldActors gives the actors of the events ids.
func (w *tx) foldActors(ctx context.Context, f *inbox.Fold) error {
	if err := w.hashActors(ctx); err != nil {
		return err
	}
	n, err := f.Actors(ctx)
	if err != nil || n == 0 {
		return err
	}
	err = f.NewActors(ctx, w.dict.next(actorIDs, n))
	w.dict.hashed = w.dict.counters[actorIDs]
	return err
}

// hashActors makes all actors known to the table by which folding finds them.
func (w *tx) hashActors(ctx context.Context) error {
	last := w.dict.counters[actorIDs]
	if last > 0 && last == w.dict.hashed {
		return nil
	}
	if err := inbox.HashActors(ctx, w.Conn, w.dict.hashed); err != nil {
		return err
	}
	w.dict.hashed = last
	return nil
}

// countReady stores events and counts them.
func (w *tx) countReady(ctx context.Context, f *inbox.Fold, events lake.SQL) ([]ingest.Touched, error) {
	if _, err := w.Exec(ctx, lake.X("INSERT INTO event ?", events)); err != nil {
		return nil, err
	}
	names := map[int32]bool{}
	err := w.Rows(ctx, lake.X("SELECT DISTINCT name FROM (?) e", events), func(r *sql.Rows) error {
		var id int32
		err := r.Scan(&id)
		names[id] = true
		return err
	})
	if err != nil {
		return nil, err
	}
	metrics := w.dict.counting(names, false)
	if len(metrics) == 0 {
		return nil, nil
	}
	w.live = true
	if err := w.rollEvents(ctx, metrics, events); err != nil {
		return nil, err
	}
	if err := w.mergeTails(ctx); err != nil {
		return nil, err
	}
	return f.Touched(ctx)
}
