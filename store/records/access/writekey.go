package access

import (
	"context"
	"slices"
	"strings"

	minori "github.com/minori-hq/minori"
	"github.com/minori-hq/minori/auth"
	"github.com/minori-hq/minori/store/records/sqldb"
)

var _ auth.KeyStore = (*DB)(nil)

const keyColumns = "k.id, k.name, k.source, k.source_name, k.scopes, k.origins, k.created, k.created_by, k.used, k.expires, k.revoked"

// scanKey reads the columns of a key.
func scanKey(r sqldb.Scanner, k *auth.WriteKey) error {
	var scopes, origins string
	err := r.Scan(&k.ID, &k.Name, &k.Source, &k.SourceName, &scopes, &origins, &k.Created, &k.CreatedBy, &k.Used, &k.Expires, &k.Revoked)
	for s := range strings.FieldsSeq(scopes) {
		k.Scopes = append(k.Scopes, auth.KeyScope(s))
	}
	k.Origins = strings.Fields(origins)
	return err
}

// InsertWriteKey implements auth.KeyStore.
func (d *DB) InsertWriteKey(ctx context.Context, k auth.WriteKey, hash string) (int64, error) {
	id, err := d.NewIDs(ctx, "write_key", 1)
	if err != nil {
		return 0, err
	}
	scopes := make([]string, len(k.Scopes))
	for i, s := range k.Scopes {
		scopes[i] = string(s)
	}
	err = d.Exec(ctx, `INSERT INTO write_key (id, hash, name, source, source_name, scopes, origins, created, created_by, used, expires, revoked)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, 0, $10, 0)`, id, hash, k.Name, k.Source, k.SourceName, strings.Join(scopes, " "),
		strings.Join(k.Origins, " "), k.Created, k.CreatedBy, k.Expires)
	return id, err
}

// oneKey reads the key that a condition names.
func (d *DB) oneKey(ctx context.Context, where string, arg any) (auth.WriteKey, bool, error) {
	list, err := sqldb.List(ctx, d.DB, scanKey, "SELECT "+keyColumns+" FROM write_key k WHERE "+where, arg)
	if err != nil || len(list) == 0 {
		return auth.WriteKey{}, false, err
	}
	return list[0], true, nil
}

// FindWriteKey implements auth.KeyStore.
func (d *DB) FindWriteKey(ctx context.Context, hash string) (auth.WriteKey, bool, error) {
	return d.oneKey(ctx, "k.hash = $1", hash)
}

// WriteKeys implements auth.KeyStore.
func (d *DB) WriteKeys(ctx context.Context, now int64, page minori.Page) ([]auth.WriteKey, int, error) {
	total := 0
	if _, err := sqldb.One(ctx, d.DB, "SELECT COUNT(*) FROM write_key", nil, &total); err != nil {
		return nil, 0, err
	}
	list, err := sqldb.List(ctx, d.DB, scanKey, "SELECT "+keyColumns+` FROM write_key k
		ORDER BY CASE WHEN k.revoked = 0 AND (k.expires = 0 OR k.expires > $1) THEN 0 ELSE 1 END, k.id DESC LIMIT $2 OFFSET $3`, now, page.Size(), page.Offset)
	return list, total, err
}

// RevokeWriteKey implements auth.KeyStore.
func (d *DB) RevokeWriteKey(ctx context.Context, id, at int64) (k auth.WriteKey, found bool, err error) {
	err = d.InTx(ctx, func(ctx context.Context) error {
		if k, found, err = d.oneKey(ctx, "k.id = $1", id); err != nil || !found {
			return err
		}
		return d.Exec(ctx, "UPDATE write_key SET revoked = $1 WHERE id = $2 AND revoked = 0", at, id)
	})
	return k, found, err
}

// TouchWriteKey implements auth.KeyStore.
func (d *DB) TouchWriteKey(ctx context.Context, id, at int64) error {
	return d.Exec(ctx, "UPDATE write_key SET used = $1 WHERE id = $2 AND used < $1", at, id)
}

// BrowserOrigins implements auth.KeyStore.
func (d *DB) BrowserOrigins(ctx context.Context, now int64) ([]string, error) {
	lists, err := sqldb.List(ctx, d.DB, func(r sqldb.Scanner, s *string) error { return r.Scan(s) },
		"SELECT DISTINCT origins FROM write_key WHERE origins <> '' AND revoked = 0 AND (expires = 0 OR expires > $1) ORDER BY origins LIMIT 1000", now)
	var out []string
	for _, l := range lists {
		out = append(out, strings.Fields(l)...)
	}
	slices.Sort(out)
	return slices.Compact(out), err
}
