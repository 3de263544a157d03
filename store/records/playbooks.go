package records

import (
	"context"

	"github.com/minori-hq/minori/account"
	"github.com/minori-hq/minori/action"
	"github.com/minori-hq/minori/store/records/sqldb"
)

// PlaybookCounts implements action.PlaybookStore.
func (d *DB) PlaybookCounts(ctx context.Context, scope account.Scope) (map[string]action.PlaybookCount, error) {
	type named struct {
		name string
		action.PlaybookCount
	}
	rows, err := sqldb.List(ctx, d.DB, func(r sqldb.Scanner, v *named) error {
		return r.Scan(&v.name, &v.Used, &v.Finished, &v.Closed, &v.Success)
	}, `SELECT c.playbook, COUNT(*), SUM(CASE WHEN t.open_tasks = 0 THEN 1 ELSE 0 END),
			SUM(CASE WHEN c.status = 'closed' THEN 1 ELSE 0 END), SUM(CASE WHEN c.outcome = 'success' THEN 1 ELSE 0 END)
		FROM action_call c JOIN (SELECT call, SUM(1 - done) AS open_tasks FROM action_task GROUP BY call) t ON t.call = c.id
		WHERE c.playbook <> '' AND `+sqldb.Within(scope, "c.subject")+` GROUP BY c.playbook`)
	if err != nil {
		return nil, err
	}
	out := make(map[string]action.PlaybookCount, len(rows))
	for _, r := range rows {
		out[r.name] = r.PlaybookCount
	}
	return out, nil
}

// PlaybookUses implements action.PlaybookStore.
func (d *DB) PlaybookUses(ctx context.Context, playbook string, scope account.Scope, most int) ([]action.PlaybookUse, error) {
	return sqldb.List(ctx, d.DB, func(r sqldb.Scanner, v *action.PlaybookUse) error {
		return r.Scan(&v.Call, &v.Subject, &v.OpenedAsOf, &v.OpenedAt, &v.Closed, &v.Outcome, &v.Finished)
	}, `SELECT c.id, c.subject, c.opened_as_of, c.opened_at, c.closed_at, c.outcome,
			COALESCE((SELECT CASE WHEN MIN(t.done) = 1 THEN MAX(t.done_at) ELSE 0 END FROM action_task t WHERE t.call = c.id), 0)
		FROM action_call c WHERE c.playbook = $1 AND `+sqldb.Within(scope, "c.subject")+`
		ORDER BY c.id DESC LIMIT $2`, playbook, most)
}
