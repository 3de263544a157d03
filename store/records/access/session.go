package access

import (
	"context"

	minori "github.com/minori-hq/minori"
	"github.com/minori-hq/minori/auth"
	"github.com/minori-hq/minori/store/records/sqldb"
)

const sessionColumns = "s.id, s.user_id, s.created, s.used, s.agent, s.address"

func sessionFields(s *auth.Session) []any {
	return []any{&s.ID, &s.User, &s.Created, &s.Used, &s.Agent, &s.Address}
}

// InsertSession implements auth.SessionStore. Of a user's sessions the newest
// keep stay.
func (d *DB) InsertSession(ctx context.Context, s auth.Session, hash string, keep int) error {
	return d.InTx(ctx, func(ctx context.Context) error {
		id, err := d.NewIDs(ctx, "user_session", 1)
		if err != nil {
			return err
		}
		err = d.Exec(ctx, "INSERT INTO user_session (id, hash, user_id, created, used, agent, address) VALUES ($1, $2, $3, $4, $5, $6, $7)",
			id, hash, s.User, s.Created, s.Used, s.Agent, s.Address)
		if err != nil {
			return err
		}
		err = d.Exec(ctx, "DELETE FROM user_session WHERE user_id = $1 AND id NOT IN (SELECT id FROM user_session WHERE user_id = $1 ORDER BY id DESC LIMIT $2)", s.User, keep)
		if err != nil {
			return err
		}
		return d.Exec(ctx, "UPDATE app_user SET last_sign_in = $1 WHERE id = $2", s.Created, s.User)
	})
}

// FindSession implements auth.SessionStore.
func (d *DB) FindSession(ctx context.Context, hash string) (s auth.Session, u auth.User, found bool, err error) {
	found, err = sqldb.One(ctx, d.DB, "SELECT "+sessionColumns+", "+userColumns+` FROM user_session s JOIN app_user u ON u.id = s.user_id
		WHERE s.hash = $1 AND u.active = 1`, []any{hash}, append(sessionFields(&s), userFields(&u)...)...)
	return s, u, found, err
}

// TouchSession implements auth.SessionStore.
func (d *DB) TouchSession(ctx context.Context, id, at int64) error {
	return d.Exec(ctx, "UPDATE user_session SET used = $1 WHERE id = $2", at, id)
}

// Sessions implements auth.SessionStore.
func (d *DB) Sessions(ctx context.Context, user minori.ID, since int64, page minori.Page) ([]auth.Session, error) {
	return sqldb.List(ctx, d.DB, func(r sqldb.Scanner, s *auth.Session) error { return r.Scan(sessionFields(s)...) },
		"SELECT "+sessionColumns+" FROM user_session s WHERE s.user_id = $1 AND s.used >= $2 ORDER BY s.used DESC, s.id DESC LIMIT $3 OFFSET $4",
		user, since, page.Size(), page.Offset)
}

// DropSession implements auth.SessionStore.
func (d *DB) DropSession(ctx context.Context, user minori.ID, id int64) (bool, error) {
	n, err := d.Affect(ctx, "DELETE FROM user_session WHERE user_id = $1 AND id = $2", user, id)
	return n == 1, err
}

// DropSessions implements auth.SessionStore.
func (d *DB) DropSessions(ctx context.Context, user minori.ID, but int64) (int, error) {
	n, err := d.Affect(ctx, "DELETE FROM user_session WHERE user_id = $1 AND id <> $2", user, but)
	return int(n), err
}

// Prune implements auth.SessionStore.
func (d *DB) Prune(ctx context.Context, used, created, now int64) error {
	return d.InTx(ctx, func(ctx context.Context) error {
		if err := d.Exec(ctx, "DELETE FROM user_session WHERE used < $1 OR created < $2", used, created); err != nil {
			return err
		}
		if err := d.Exec(ctx, "DELETE FROM user_token WHERE expires <= $1", now); err != nil {
			return err
		}
		return d.Exec(ctx, "DELETE FROM sign_in_attempt WHERE until_at <= $1", now)
	})
}

// Attempt implements auth.SessionStore. What has ended is removed with it, so
// that the table holds no more than the attempts of one window.
func (d *DB) Attempt(ctx context.Context, key string, now, until int64) (count int, ends int64, err error) {
	err = d.InTx(ctx, func(ctx context.Context) error {
		if err := d.Exec(ctx, "DELETE FROM sign_in_attempt WHERE until_at <= $1 AND key <> $2", now, key); err != nil {
			return err
		}
		err := d.Exec(ctx, `INSERT INTO sign_in_attempt (key, count, until_at) VALUES ($1, 1, $2) ON CONFLICT (key) DO UPDATE SET
			count = CASE WHEN sign_in_attempt.until_at <= $3 THEN 1 ELSE sign_in_attempt.count + 1 END,
			until_at = CASE WHEN sign_in_attempt.until_at <= $3 THEN excluded.until_at ELSE sign_in_attempt.until_at END`, key, until, now)
		if err != nil {
			return err
		}
		_, err = sqldb.One(ctx, d.DB, "SELECT count, until_at FROM sign_in_attempt WHERE key = $1", []any{key}, &count, &ends)
		return err
	})
	return count, ends, err
}

// ClearAttempts implements auth.SessionStore.
func (d *DB) ClearAttempts(ctx context.Context, key string) error {
	return d.Exec(ctx, "DELETE FROM sign_in_attempt WHERE key = $1", key)
}

// CountAttempts counts the keys under which attempts are kept.
func (d *DB) CountAttempts(ctx context.Context) (n int, err error) {
	_, err = sqldb.One(ctx, d.DB, "SELECT COUNT(*) FROM sign_in_attempt", nil, &n)
	return n, err
}
