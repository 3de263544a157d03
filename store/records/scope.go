package records

import (
	"context"

	minori "github.com/minori-hq/minori"
	"github.com/minori-hq/minori/account"
	"github.com/minori-hq/minori/store/records/sqldb"
)

// ScopeVersion implements account.ScopeStore: every change of accounts and
// people is written to the outbox, whose numbers only grow.
func (d *DB) ScopeVersion(ctx context.Context) (version int64, known bool, err error) {
	if d.InsideTx(ctx) {
		return 0, false, nil
	}
	_, err = sqldb.One(ctx, d.DB, "SELECT last FROM counter WHERE name = 'outbox'", nil, &version)
	return version, err == nil, err
}

// Lines implements account.ScopeStore.
func (d *DB) Lines(ctx context.Context) ([]account.Line, error) {
	return sqldb.List(ctx, d.DB, func(r sqldb.Scanner, l *account.Line) error {
		return r.Scan(&l.ID, &l.Key, &l.Email, &l.Manager)
	}, "SELECT id, key, email_ref, manager FROM person ORDER BY id")
}

// AccountsOf implements account.ScopeStore.
func (d *DB) AccountsOf(ctx context.Context, csms []minori.ID) ([]minori.ID, error) {
	var out []minori.ID
	err := sqldb.EachIn(ctx, d.DB, "SELECT id FROM account WHERE csm_person IN (?)", nil, csms, func(r sqldb.Scanner) error {
		var id minori.ID
		err := r.Scan(&id)
		out = append(out, id)
		return err
	})
	return out, err
}

// CSMs implements account.ScopeStore.
func (d *DB) CSMs(ctx context.Context, accounts []minori.ID) (map[minori.ID]minori.ID, error) {
	out := make(map[minori.ID]minori.ID, len(accounts))
	err := sqldb.EachIn(ctx, d.DB, "SELECT id, csm_person FROM account WHERE id IN (?)", nil, accounts, func(r sqldb.Scanner) error {
		var id, csm minori.ID
		err := r.Scan(&id, &csm)
		out[id] = csm
		return err
	})
	return out, err
}
