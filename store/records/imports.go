package records

import (
	"context"
	"errors"
	"github.com/minori-hq/minori/store/records/access"
	"github.com/minori-hq/minori/store/records/sqldb"

	minori "github.com/minori-hq/minori"
	"github.com/minori-hq/minori/account"
	"github.com/minori-hq/minori/auth"
	"github.com/minori-hq/minori/metric"
)

var (
	_ account.RowStore    = (*DB)(nil)
	_ account.ImportStore = (*DB)(nil)
	_ auth.Log            = (*DB)(nil)
)

// BeginImport implements account.ImportStore.
func (d *DB) BeginImport(ctx context.Context, r account.ImportRun) (int64, error) {
	id, err := d.NewIDs(ctx, "import", 1)
	if err != nil {
		return 0, err
	}
	return id, d.Exec(ctx, `INSERT INTO import_run (id, source, name, file, actor, started, finished, report)
		VALUES ($1, $2, $3, $4, $5, $6, 0, '')`, id, r.Source, r.Name, r.File, r.Actor, r.Started)
}

// FinishImport implements account.ImportStore.
func (d *DB) FinishImport(ctx context.Context, id, finished int64, report string) error {
	return d.Exec(ctx, "UPDATE import_run SET finished = $1, report = $2 WHERE id = $3", finished, report, id)
}

// Imports implements account.ImportStore.
func (d *DB) Imports(ctx context.Context, page minori.Page) ([]account.ImportRun, error) {
	return sqldb.List(ctx, d.DB, func(r sqldb.Scanner, v *account.ImportRun) error {
		return r.Scan(&v.ID, &v.Source, &v.Name, &v.File, &v.Actor, &v.Started, &v.Finished, &v.Report)
	}, `SELECT id, source, name, file, actor, started, finished, report FROM import_run
		ORDER BY id DESC LIMIT $1 OFFSET $2`, page.Size(), page.Offset)
}

const importRowColumns = "key_hi, key_lo, hash_hi, hash_lo, kind, target, import, line"

func scanImportRow(r sqldb.Scanner, v *account.ImportRow) error {
	var kh, kl, hh, hl int64
	if err := r.Scan(&kh, &kl, &hh, &hl, &v.Kind, &v.Target, &v.Import, &v.Line); err != nil {
		return err
	}
	v.Key = metric.Hash{Hi: uint64(kh), Lo: uint64(kl)}
	v.Hash = metric.Hash{Hi: uint64(hh), Lo: uint64(hl)}
	return nil
}

// ImportRows implements account.RowStore.
func (d *DB) ImportRows(ctx context.Context, source int64, keys []metric.Hash) (map[metric.Hash]account.ImportRow, error) {
	out := make(map[metric.Hash]account.ImportRow, len(keys))
	want := make(map[metric.Hash]bool, len(keys))
	// The first half of the key finds the rows; the second is compared here.
	halves := make([]int64, 0, len(keys))
	for _, k := range keys {
		if !want[k] {
			want[k] = true
			halves = append(halves, int64(k.Hi))
		}
	}
	err := sqldb.EachIn(ctx, d.DB, "SELECT "+importRowColumns+" FROM import_row WHERE source = $1 AND key_hi IN (?)", []any{source}, unique(halves), func(r sqldb.Scanner) error {
		var v account.ImportRow
		if err := scanImportRow(r, &v); err != nil {
			return err
		}
		if want[v.Key] {
			out[v.Key] = v
		}
		return nil
	})
	return out, err
}

// SaveImportRows implements account.RowStore.
func (d *DB) SaveImportRows(ctx context.Context, source int64, rows []account.ImportRow) error {
	return d.Insert(ctx, "INSERT INTO import_row (source, "+importRowColumns+") VALUES ",
		`ON CONFLICT (source, key_hi, key_lo) DO UPDATE SET hash_hi = excluded.hash_hi, hash_lo = excluded.hash_lo,
		kind = excluded.kind, target = excluded.target, import = excluded.import, line = excluded.line`, len(rows), 9,
		func(i int, args []any) []any {
			r := &rows[i]
			return append(args, source, int64(r.Key.Hi), int64(r.Key.Lo), int64(r.Hash.Hi), int64(r.Hash.Lo),
				string(r.Kind), r.Target, r.Import, r.Line)
		})
}

// SeenTargets implements account.RowStore.
func (d *DB) SeenTargets(ctx context.Context, source, imp int64, targets []int64) (map[int64]int, error) {
	out := map[int64]int{}
	err := sqldb.EachIn(ctx, d.DB, "SELECT target, line FROM import_row WHERE source = $1 AND import = $2 AND target IN (?)",
		[]any{source, imp}, targets, func(r sqldb.Scanner) error {
			var target int64
			var line int
			if err := r.Scan(&target, &line); err != nil {
				return err
			}
			out[target] = line
			return nil
		})
	return out, err
}

// MissingRows implements account.RowStore.
func (d *DB) MissingRows(ctx context.Context, source, imp int64) ([]account.ImportRow, bool, error) {
	var seen int
	if _, err := sqldb.One(ctx, d.DB, "SELECT COUNT(*) FROM (SELECT 1 FROM import_row WHERE source = $1 AND import = $2 LIMIT 1) t",
		[]any{source, imp}, &seen); err != nil {
		return nil, false, err
	}
	rows, err := sqldb.List(ctx, d.DB, scanImportRow, "SELECT "+importRowColumns+` FROM import_row m
		WHERE m.source = $1 AND m.import < $2 AND NOT EXISTS (
			SELECT 1 FROM import_row s WHERE s.source = m.source AND s.target = m.target AND s.kind = m.kind AND s.import = $2)
		ORDER BY target`, source, imp)
	return rows, seen > 0, err
}

// DeleteImportRows implements account.RowStore.
func (d *DB) DeleteImportRows(ctx context.Context, source int64, keys []metric.Hash) error {
	for _, k := range keys {
		if err := d.Exec(ctx, "DELETE FROM import_row WHERE source = $1 AND key_hi = $2 AND key_lo = $3",
			source, int64(k.Hi), int64(k.Lo)); err != nil {
			return err
		}
	}
	return nil
}

// AppendOutbox implements account.RowStore. It is called inside a transaction
// that holds LockFacts, so that numbers become visible in their order.
func (d *DB) AppendOutbox(ctx context.Context, deltas ...metric.Delta) error {
	if !d.InsideTx(ctx) {
		return minori.Errorf(minori.Internal, "the outbox is written outside of a transaction")
	}
	if err := d.LockFacts(ctx); err != nil {
		return err
	}
	first, err := d.NewIDs(ctx, "outbox", len(deltas))
	if err != nil {
		return err
	}
	return d.Insert(ctx, "INSERT INTO outbox (seq, delta) VALUES ", "", len(deltas), 2, func(i int, args []any) []any {
		return append(args, first+int64(i), sqldb.ToJSON(deltas[i]))
	})
}

// OutboxRow is a numbered delta for the lake.
type OutboxRow struct {
	Seq   int64
	Delta metric.Delta
}

// outboxBytes bounds the text that one call of Outbox reads.
const outboxBytes = 16 << 20

// errEnough ends a reading early.
var errEnough = errors.New("enough was read")

// Outbox gives deltas numbered above after, in order: at most limit, and fewer
// when they are large. It gives none only when there are none.
func (d *DB) Outbox(ctx context.Context, after int64, limit int) ([]OutboxRow, error) {
	var out []OutboxRow
	size := 0
	err := sqldb.Each(ctx, d.DB, "SELECT seq, delta FROM outbox WHERE seq > $1 ORDER BY seq LIMIT $2", []any{after, limit}, func(r sqldb.Scanner) error {
		var v OutboxRow
		var text string
		if err := r.Scan(&v.Seq, &text); err != nil {
			return err
		}
		if size += len(text); size > outboxBytes && len(out) > 0 {
			return errEnough
		}
		out = append(out, v)
		return sqldb.FromJSON(text, &out[len(out)-1].Delta)
	})
	if errors.Is(err, errEnough) {
		err = nil
	}
	return out, err
}

// TrimOutbox removes the deltas up to and including a number, once the lake
// has applied them.
func (d *DB) TrimOutbox(ctx context.Context, upTo int64) error {
	return d.Exec(ctx, "DELETE FROM outbox WHERE seq <= $1", upTo)
}

// AppendAudit implements auth.Log.
func (d *DB) AppendAudit(ctx context.Context, entries ...auth.Entry) error {
	return access.New(d.DB).AppendAudit(ctx, entries...)
}

// Audit implements auth.Log.
func (d *DB) Audit(ctx context.Context, page minori.Page) ([]auth.Entry, error) {
	return access.New(d.DB).Audit(ctx, page)
}
