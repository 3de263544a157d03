package duckdb

import (
	"context"
	"database/sql"

	"github.com/minori-hq/minori/metric"
	"github.com/minori-hq/minori/store/lake"
)

// classify finds what becomes of each row. When some row is not new, the
// table class (arrival, line, what, first, old) says so for every row, old
// being the arrival number of the row it replaces.
func (b *batch) classify(ctx context.Context) error {
	if err := b.forgetSeen(ctx); err != nil {
		return err
	}
	seen := "import_seen"
	if b.in.DryRun {
		seen = "dry_seen"
	}
	var hits, met int64
	err := b.All(ctx, lake.X("CREATE OR REPLACE TEMP TABLE hit AS SELECT s.arrival, i.arrival AS old, i.line AS line, i.import = ? AS cur, "+
		"(i.hash_hi = s.hash_hi AND i.hash_lo = s.hash_lo) AS same FROM import_row i JOIN stage s ON i.key_lo = s.key_lo AND i.key_hi = s.key_hi WHERE i.source = ?",
		b.in.Import, b.in.Source),
		lake.X("CREATE OR REPLACE TEMP TABLE met AS SELECT s.arrival, n.line AS line, (n.hash_hi = s.hash_hi AND n.hash_lo = s.hash_lo) AS same "+
			"FROM "+seen+" n JOIN stage s ON n.key_lo = s.key_lo AND n.key_hi = s.key_hi WHERE n.source = ? AND n.import = ?",
			b.in.Source, b.in.Import))
	if err != nil {
		return err
	}
	if err := b.One(ctx, lake.Raw("SELECT (SELECT count(*) FROM hit), (SELECT count(*) FROM met)"), &hits, &met); err != nil {
		return err
	}
	if b.plain = hits == 0 && met == 0 && !b.repeats; b.plain && !b.in.DryRun {
		return nil
	}
	_, err = b.Exec(ctx, lake.Raw("CREATE OR REPLACE TEMP TABLE class AS SELECT s.arrival AS arrival, s.line AS line, h.old AS old, "+
		"CASE WHEN m.arrival IS NOT NULL THEN CASE WHEN m.same THEN 3 ELSE 4 END "+
		"WHEN h.cur THEN CASE WHEN h.same THEN 3 ELSE 4 END "+
		"WHEN s.rep_line <> 0 THEN CASE WHEN s.rep_same = 1 THEN 3 ELSE 4 END "+
		"WHEN h.arrival IS NULL THEN 0 WHEN h.same THEN 2 ELSE 1 END AS what, "+
		"CASE WHEN m.arrival IS NOT NULL THEN m.line WHEN h.cur THEN h.line ELSE s.rep_line END AS first "+
		"FROM stage s LEFT JOIN hit h ON s.arrival = h.arrival LEFT JOIN met m ON s.arrival = m.arrival"))
	if err != nil {
		return err
	}
	return b.report(ctx)
}

// report reads the counts and the refused rows.
func (b *batch) report(ctx context.Context) error {
	b.rep = metric.IngestReport{}
	err := b.Rows(ctx, lake.Raw("SELECT what, count(*) FROM class GROUP BY what"), func(r *sql.Rows) error {
		var what, n int
		if err := r.Scan(&what, &n); err != nil {
			return err
		}
		switch what {
		case created:
			b.rep.Created = n
		case updated:
			b.rep.Updated = n
		case known, repeated:
			b.rep.Unchanged += n
		}
		return nil
	})
	if err != nil {
		return err
	}
	return b.Rows(ctx, lake.X("SELECT line, greatest(first, 0) FROM class WHERE what = ? ORDER BY line", int32(refused)), func(r *sql.Rows) error {
		var d metric.Duplicate
		err := r.Scan(&d.Line, &d.First)
		b.rep.Duplicates = append(b.rep.Duplicates, d)
		return err
	})
}

// forgetSeen drops what earlier imports of the source met.
func (b *batch) forgetSeen(ctx context.Context) error {
	if !b.in.DryRun {
		_, err := b.Exec(ctx, lake.X("DELETE FROM import_seen WHERE source = ? AND import <> ?", b.in.Source, b.in.Import))
		return err
	}
	return b.All(ctx,
		lake.Raw("CREATE TEMP TABLE IF NOT EXISTS dry_seen AS SELECT * FROM import_seen LIMIT 0"),
		lake.X("DELETE FROM dry_seen WHERE source <> ? OR import <> ?", b.in.Source, b.in.Import))
}

// noteSeen remembers rows of the given classes as met in this import.
func (b *batch) noteSeen(ctx context.Context, table, classes string) error {
	_, err := b.Exec(ctx, lake.X("INSERT INTO "+table+" SELECT ?::BIGINT, ?::BIGINT, key_hi, key_lo, hash_hi, hash_lo, line FROM stage "+
		"WHERE arrival IN (SELECT arrival FROM class WHERE what IN ("+classes+"))", b.in.Source, b.in.Import))
	return err
}
