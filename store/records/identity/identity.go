// Package identity keeps in the records what tracking messages say about who
// is who: traits of accounts, and actors with the accounts they act for.
package identity

import (
	"context"
	"maps"
	"slices"

	minori "github.com/minori-hq/minori"
	"github.com/minori-hq/minori/account"
	"github.com/minori-hq/minori/account/traits"
	"github.com/minori-hq/minori/store/records/sqldb"
)

// Store is the store of accounts with what tracking adds to it.
type Store struct {
	account.Store
	*DB
}

var _ traits.Store = Store{}

// DB is this part of the records.
type DB struct{ db *sqldb.DB }

// Over adds it to a store of accounts.
func Over(accounts account.Store, db *sqldb.DB) Store { return Store{accounts, &DB{db}} }

// ContactRows implements traits.Store.
func (d *DB) ContactRows(ctx context.Context, ids []minori.ID) (map[minori.ID]account.Contact, error) {
	out := make(map[minori.ID]account.Contact, len(ids))
	return out, sqldb.EachIn(ctx, d.db, "SELECT id, key, account, name, email, role, title FROM contact WHERE id IN (?)", nil, ids, func(r sqldb.Scanner) error {
		var c account.Contact
		if err := r.Scan(&c.ID, &c.Key, &c.Account, &c.Name, &c.Email, &c.Role, &c.Title); err != nil {
			return err
		}
		out[c.ID] = c
		return nil
	})
}

// Mark implements traits.Store.
func (d *DB) Mark(ctx context.Context) (m traits.Mark, err error) {
	_, err = sqldb.One(ctx, d.db, "SELECT arrival, account FROM identity_mark WHERE one = 1", nil, &m.Arrival, &m.Account)
	return m, err
}

// SetMark implements traits.Store.
func (d *DB) SetMark(ctx context.Context, m traits.Mark) error {
	return d.db.Exec(ctx, "UPDATE identity_mark SET arrival = $1, account = $2 WHERE one = 1", m.Arrival, m.Account)
}

// AccountsAfter implements traits.Store.
func (d *DB) AccountsAfter(ctx context.Context, id minori.ID, limit int) ([]account.Label, error) {
	return sqldb.List(ctx, d.db, func(r sqldb.Scanner, l *account.Label) error {
		l.Kind = minori.Account
		return r.Scan(&l.ID, &l.Key, &l.Name)
	}, "SELECT id, key, name FROM account WHERE id > $1 ORDER BY id LIMIT $2", id, limit)
}

// AccountTraits implements traits.Store.
func (d *DB) AccountTraits(ctx context.Context, ids []minori.ID) (map[minori.ID]traits.Traits, error) {
	out := make(map[minori.ID]traits.Traits, len(ids))
	return out, sqldb.EachIn(ctx, d.db, "SELECT account, traits FROM identity_account WHERE account IN (?)", nil, ids, func(r sqldb.Scanner) error {
		var id minori.ID
		var text string
		if err := r.Scan(&id, &text); err != nil {
			return err
		}
		var t traits.Traits
		err := sqldb.FromJSON(text, &t)
		out[id] = t
		return err
	})
}

// SaveAccountTraits implements traits.Store.
func (d *DB) SaveAccountTraits(ctx context.Context, list map[minori.ID]traits.Traits) error {
	ids := slices.Sorted(maps.Keys(list))
	return d.db.Insert(ctx, "INSERT INTO identity_account (account, traits) VALUES ", "ON CONFLICT (account) DO UPDATE SET traits = excluded.traits",
		len(ids), 2, func(i int, args []any) []any { return append(args, ids[i], sqldb.ToJSON(list[ids[i]])) })
}

// Actors implements traits.Store.
func (d *DB) Actors(ctx context.Context, names []string) (map[string]traits.Actor, error) {
	out := make(map[string]traits.Actor, len(names))
	return out, sqldb.EachIn(ctx, d.db, "SELECT name, same, app_user, identified, contact, own, traits, points FROM identity_actor WHERE name IN (?)", nil, names, func(r sqldb.Scanner) error {
		var a traits.Actor
		var list, points string
		if err := r.Scan(&a.Name, &a.Same, &a.User, &a.Identified, &a.Contact, &a.Own, &list, &points); err != nil {
			return err
		}
		if err := sqldb.FromJSON(list, &a.Traits); err != nil {
			return err
		}
		err := sqldb.FromJSON(points, &a.Points)
		out[a.Name] = a
		return err
	})
}

// SaveActors implements traits.Store.
func (d *DB) SaveActors(ctx context.Context, actors []traits.Actor) error {
	return d.db.Insert(ctx, "INSERT INTO identity_actor (name, same, app_user, identified, contact, own, traits, points) VALUES ",
		`ON CONFLICT (name) DO UPDATE SET same = excluded.same, app_user = excluded.app_user, identified = excluded.identified,
		contact = excluded.contact, own = excluded.own, traits = excluded.traits, points = excluded.points`,
		len(actors), 8, func(i int, args []any) []any {
			a := &actors[i]
			return append(args, a.Name, a.Same, sqldb.Flag(a.User), sqldb.Flag(a.Identified), a.Contact, sqldb.Flag(a.Own), text(a.Traits), text(a.Points))
		})
}

// text writes a list or map as JSON, "" for an empty one.
func text[T traits.Traits | []traits.Point](v T) string {
	if len(v) == 0 {
		return ""
	}
	return sqldb.ToJSON(v)
}

// Waiting implements traits.Store.
func (d *DB) Waiting(ctx context.Context, keys []string) ([]string, error) {
	var out []string
	err := sqldb.EachIn(ctx, d.db, "SELECT DISTINCT actor FROM identity_waiting WHERE account IN (?)", nil, keys, func(r sqldb.Scanner) error {
		var name string
		err := r.Scan(&name)
		out = append(out, name)
		return err
	})
	slices.Sort(out)
	return slices.Compact(out), err
}

// SaveWaiting implements traits.Store.
func (d *DB) SaveWaiting(ctx context.Context, list []traits.Waiting) error {
	return d.db.Insert(ctx, "INSERT INTO identity_waiting (account, actor) VALUES ", "ON CONFLICT (account, actor) DO NOTHING",
		len(list), 2, func(i int, args []any) []any { return append(args, list[i].Key, list[i].Actor) })
}

// DropWaiting implements traits.Store.
func (d *DB) DropWaiting(ctx context.Context, keys []string) error {
	return sqldb.ExecIn(ctx, d.db, "DELETE FROM identity_waiting WHERE account IN (?)", nil, keys)
}
