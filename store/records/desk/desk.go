// Package desk keeps what people arrange for their own work in the records:
// saved views of lists, and changes of fields that can be taken back.
package desk

import (
	"context"

	minori "github.com/minori-hq/minori"
	"github.com/minori-hq/minori/account"
	"github.com/minori-hq/minori/account/edit"
	"github.com/minori-hq/minori/store/records/sqldb"
	"github.com/minori-hq/minori/view"
)

var _ view.Store = (*DB)(nil)

// DB is this part of the records.
type DB struct{ *sqldb.DB }

// New makes it over the records.
func New(db *sqldb.DB) *DB { return &DB{db} }

const viewColumns = "id, version, name, owner, shared, columns, filters, search, sort, descending, changed_at, changed_by"

func scanView(r sqldb.Scanner, v *view.View) error {
	var columns, filters string
	if err := r.Scan(&v.ID, &v.Version, &v.Name, &v.Owner, &v.Shared, &columns, &filters, &v.Search, &v.Sort, &v.Desc, &v.ChangedAt, &v.ChangedBy); err != nil {
		return err
	}
	if err := sqldb.FromJSON(columns, &v.Columns); err != nil {
		return err
	}
	return sqldb.FromJSON(filters, &v.Filters)
}

// Views implements view.Store.
func (d *DB) Views(ctx context.Context, owner string, most int) ([]view.View, error) {
	return sqldb.List(ctx, d.DB, scanView, "SELECT "+viewColumns+" FROM list_view WHERE owner = $1 OR shared = 1 ORDER BY CASE WHEN owner = $1 THEN 0 ELSE 1 END, name, id LIMIT $2", owner, most)
}

// View implements view.Store.
func (d *DB) View(ctx context.Context, id int64) (view.View, error) {
	found, err := sqldb.List(ctx, d.DB, scanView, "SELECT "+viewColumns+" FROM list_view WHERE id = $1", id)
	if err != nil {
		return view.View{}, err
	}
	if len(found) == 0 {
		return view.View{}, minori.Errorf(minori.NotFound, "there is no such view")
	}
	return found[0], nil
}

// CountViews implements view.Store.
func (d *DB) CountViews(ctx context.Context, owner string) (n int, err error) {
	_, err = sqldb.One(ctx, d.DB, "SELECT count(*) FROM list_view WHERE owner = $1", []any{owner}, &n)
	return n, err
}

// InsertView implements view.Store.
func (d *DB) InsertView(ctx context.Context, v view.View) (int64, error) {
	id, err := d.NewIDs(ctx, "list_view", 1)
	if err != nil {
		return 0, err
	}
	return id, d.Exec(ctx, "INSERT INTO list_view ("+viewColumns+") VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)",
		id, v.Version, v.Name, v.Owner, sqldb.Flag(v.Shared), sqldb.ToJSON(v.Columns), sqldb.ToJSON(v.Filters), v.Search, v.Sort, sqldb.Flag(v.Desc), v.ChangedAt, v.ChangedBy)
}

// SaveView implements view.Store.
func (d *DB) SaveView(ctx context.Context, v view.View) (bool, error) {
	n, err := d.Affect(ctx, `UPDATE list_view SET version = version + 1, name = $1, shared = $2, columns = $3, filters = $4, search = $5,
		sort = $6, descending = $7, changed_at = $8, changed_by = $9 WHERE id = $10 AND version = $11`,
		v.Name, sqldb.Flag(v.Shared), sqldb.ToJSON(v.Columns), sqldb.ToJSON(v.Filters), v.Search, v.Sort, sqldb.Flag(v.Desc), v.ChangedAt, v.ChangedBy, v.ID, v.Version)
	return n == 1, err
}

// DeleteView implements view.Store.
func (d *DB) DeleteView(ctx context.Context, id, version int64) (bool, error) {
	n, err := d.Affect(ctx, "DELETE FROM list_view WHERE id = $1 AND version = $2", id, version)
	if err != nil || n == 0 {
		return false, err
	}
	return true, d.Exec(ctx, "DELETE FROM list_default WHERE list_view = $1", id)
}

// DefaultView implements view.Store.
func (d *DB) DefaultView(ctx context.Context, owner string) (id int64, err error) {
	_, err = sqldb.One(ctx, d.DB, "SELECT list_view FROM list_default WHERE owner = $1", []any{owner}, &id)
	return id, err
}

// SetDefaultView implements view.Store.
func (d *DB) SetDefaultView(ctx context.Context, owner string, id int64) error {
	if id == 0 {
		return d.Exec(ctx, "DELETE FROM list_default WHERE owner = $1", owner)
	}
	return d.Exec(ctx, "INSERT INTO list_default (owner, list_view) VALUES ($1, $2) ON CONFLICT (owner) DO UPDATE SET list_view = excluded.list_view", owner, id)
}

// Accounts is the store of fields changed by hand: accounts as the records
// keep them, with the changes that can be taken back.
type Accounts struct {
	account.Store
	*Batches
}

// Batches keeps changes that can be taken back.
type Batches struct{ db *DB }

var _ edit.Store = Accounts{}

// Over adds to a store of accounts what changes by hand need.
func (d *DB) Over(accounts account.Store) Accounts { return Accounts{accounts, &Batches{d}} }

// keepBatches is how long changes are kept, in microseconds.
const keepBatches = 24 * edit.UndoFor

// SaveBatch implements edit.Store.
func (b *Batches) SaveBatch(ctx context.Context, c edit.Batch) (int64, error) {
	if err := b.db.Exec(ctx, "DELETE FROM account_batch WHERE at < $1", c.At-keepBatches); err != nil {
		return 0, err
	}
	id, err := b.db.NewIDs(ctx, "account_batch", 1)
	if err != nil {
		return 0, err
	}
	return id, b.db.Exec(ctx, "INSERT INTO account_batch (id, actor, at, field, changes, undone) VALUES ($1, $2, $3, $4, $5, 0)", id, c.Actor, c.At, c.Field, sqldb.ToJSON(c.Changes))
}

// Batch implements edit.Store.
func (b *Batches) Batch(ctx context.Context, id int64) (c edit.Batch, err error) {
	var changes string
	found, err := sqldb.One(ctx, b.db.DB, "SELECT id, actor, at, field, changes, undone FROM account_batch WHERE id = $1", []any{id},
		&c.ID, &c.Actor, &c.At, &c.Field, &changes, &c.Undone)
	if err != nil {
		return c, err
	}
	if !found {
		return c, minori.Errorf(minori.NotFound, "there is no change %d", id)
	}
	return c, sqldb.FromJSON(changes, &c.Changes)
}

// UndoneBatch implements edit.Store.
func (b *Batches) UndoneBatch(ctx context.Context, id, at int64) (bool, error) {
	n, err := b.db.Affect(ctx, "UPDATE account_batch SET undone = $1 WHERE id = $2 AND undone = 0", at, id)
	return n == 1, err
}
