package records

import (
	"context"

	minori "github.com/minori-hq/minori"
	"github.com/minori-hq/minori/evaluate/live"
	"github.com/minori-hq/minori/store/records/sqldb"
)

var _ live.Store = (*DB)(nil)

// AddLate implements live.Store.
func (d *DB) AddLate(ctx context.Context, rows []live.Late) error {
	return d.InTx(ctx, func(ctx context.Context) error {
		return d.Insert(ctx, "INSERT INTO late_subject (subject, from_day, noted) VALUES ",
			`ON CONFLICT (subject) DO UPDATE SET noted = excluded.noted,
			from_day = CASE WHEN excluded.from_day < late_subject.from_day THEN excluded.from_day ELSE late_subject.from_day END`,
			len(rows), 3, func(i int, args []any) []any { return append(args, rows[i].Subject, rows[i].From, rows[i].Noted) })
	})
}

// Late implements live.Store.
func (d *DB) Late(ctx context.Context, limit int) ([]live.Late, error) {
	return sqldb.List(ctx, d.DB, func(r sqldb.Scanner, l *live.Late) error { return r.Scan(&l.Subject, &l.From, &l.Noted) },
		"SELECT subject, from_day, noted FROM late_subject ORDER BY from_day DESC, subject LIMIT $1", limit)
}

// DropLate implements live.Store.
func (d *DB) DropLate(ctx context.Context, rows []live.Late) error {
	return d.InTx(ctx, func(ctx context.Context) error {
		noted := map[int64][]minori.ID{}
		for _, r := range rows {
			noted[r.Noted] = append(noted[r.Noted], r.Subject)
		}
		for at, subjects := range noted {
			if err := sqldb.ExecIn(ctx, d.DB, "DELETE FROM late_subject WHERE noted = $1 AND subject IN (?)", []any{at}, subjects); err != nil {
				return err
			}
		}
		return nil
	})
}
