// Package access keeps users, their secrets and sessions, and the audit log.
package access

import (
	"context"

	minori "github.com/minori-hq/minori"
	"github.com/minori-hq/minori/auth"
	"github.com/minori-hq/minori/store/records/sqldb"
)

// DB is the store of package auth.
type DB struct{ *sqldb.DB }

// New makes the store over the records.
func New(d *sqldb.DB) *DB { return &DB{d} }

// Numbers of locks.
const (
	lockUsers = 0x6d696e6f7269_41 + iota
	lockAudit
)

var _ auth.Store = (*DB)(nil)

// LockUsers implements auth.UserStore.
func (d *DB) LockUsers(ctx context.Context) error { return d.Lock(ctx, lockUsers) }

// HasUsers implements auth.UserStore.
func (d *DB) HasUsers(ctx context.Context) (bool, error) {
	var id int64
	return sqldb.One(ctx, d.DB, "SELECT id FROM app_user LIMIT 1", nil, &id)
}

// OtherAdmins implements auth.UserStore.
func (d *DB) OtherAdmins(ctx context.Context, but minori.ID) (int, error) {
	n := 0
	_, err := sqldb.One(ctx, d.DB, "SELECT COUNT(*) FROM app_user WHERE role = $1 AND active = 1 AND id <> $2", []any{string(minori.RoleAdmin), but}, &n)
	return n, err
}

// userColumns are those that scanUser reads.
const userColumns = `u.id, u.version, u.email, u.name, u.role, u.access, u.person, u.lang, u.zone, u.theme, u.density, u.active, u.created,
	u.last_sign_in, CASE WHEN u.password = '' THEN 0 ELSE 1 END, CASE WHEN u.totp = '' THEN 0 ELSE 1 END`

func userFields(u *auth.User) []any {
	return []any{&u.ID, &u.Version, &u.Email, &u.Name, &u.Role, &u.Access, &u.Person, &u.Lang, &u.Zone, &u.Theme, &u.Density, &u.Active,
		&u.Created, &u.LastSignIn, &u.HasPassword, &u.TwoFactor}
}

// Users implements auth.UserStore.
func (d *DB) Users(ctx context.Context, page minori.Page) ([]auth.User, int, error) {
	total := 0
	if _, err := sqldb.One(ctx, d.DB, "SELECT COUNT(*) FROM app_user", nil, &total); err != nil {
		return nil, 0, err
	}
	list, err := sqldb.List(ctx, d.DB, func(r sqldb.Scanner, u *auth.User) error { return r.Scan(userFields(u)...) },
		"SELECT "+userColumns+" FROM app_user u ORDER BY u.name, u.id LIMIT $1 OFFSET $2", page.Size(), page.Offset)
	return list, total, err
}

// UserByID implements auth.UserStore.
func (d *DB) UserByID(ctx context.Context, id minori.ID) (u auth.User, found bool, err error) {
	found, err = sqldb.One(ctx, d.DB, "SELECT "+userColumns+" FROM app_user u WHERE u.id = $1", []any{id}, userFields(&u)...)
	return u, found, err
}

// UserByRef implements auth.UserStore.
func (d *DB) UserByRef(ctx context.Context, ref string) (u auth.User, found bool, err error) {
	found, err = sqldb.One(ctx, d.DB, "SELECT "+userColumns+" FROM app_user u WHERE u.email_ref = $1", []any{ref}, userFields(&u)...)
	return u, found, err
}

// InsertUser implements auth.UserStore.
func (d *DB) InsertUser(ctx context.Context, u auth.User, ref string) (minori.ID, bool, error) {
	id, err := d.NewIDs(ctx, "app_user", 1)
	if err != nil {
		return 0, false, err
	}
	n, err := d.Affect(ctx, `INSERT INTO app_user (id, version, email, email_ref, name, role, access, person, lang, zone, theme, density, active, created,
		last_sign_in, password, totp, totp_pending, totp_step) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, 0, '', '', '', 0)
		ON CONFLICT (email_ref) DO NOTHING`, id, u.Version, u.Email, ref, u.Name, string(u.Role), string(u.Access), u.Person, string(u.Lang), u.Zone,
		u.Theme, u.Density, sqldb.Flag(u.Active), u.Created)
	return minori.ID(id), n == 1, err
}

// UpdateUser implements auth.UserStore.
func (d *DB) UpdateUser(ctx context.Context, u auth.User, ref string) (bool, error) {
	n, err := d.Affect(ctx, `UPDATE app_user SET version = version + 1, email = $1, email_ref = $2, name = $3, role = $4, access = $5, person = $6, active = $7
		WHERE id = $8 AND version = $9`, u.Email, ref, u.Name, string(u.Role), string(u.Access), u.Person, sqldb.Flag(u.Active), u.ID, u.Version)
	return n == 1, err
}

// SavePreferences implements auth.UserStore.
func (d *DB) SavePreferences(ctx context.Context, id minori.ID, p auth.Preferences) error {
	return d.Exec(ctx, "UPDATE app_user SET lang = $1, zone = $2, theme = $3, density = $4 WHERE id = $5", string(p.Lang), p.Zone, p.Theme, p.Density, id)
}

// Secrets implements auth.SecretStore.
func (d *DB) Secrets(ctx context.Context, id minori.ID) (s auth.Secrets, err error) {
	_, err = sqldb.One(ctx, d.DB, "SELECT password, totp, totp_pending, totp_step FROM app_user WHERE id = $1", []any{id},
		&s.Password, &s.TOTP, &s.Pending, &s.Step)
	return s, err
}

// SetPassword implements auth.SecretStore.
func (d *DB) SetPassword(ctx context.Context, id minori.ID, hash string) error {
	return d.Exec(ctx, "UPDATE app_user SET password = $1 WHERE id = $2", hash, id)
}

// SetPending implements auth.SecretStore.
func (d *DB) SetPending(ctx context.Context, id minori.ID, sealed string) error {
	return d.Exec(ctx, "UPDATE app_user SET totp_pending = $1 WHERE id = $2", sealed, id)
}

// SetTOTP implements auth.SecretStore.
func (d *DB) SetTOTP(ctx context.Context, id minori.ID, sealed string, step int64) error {
	return d.Exec(ctx, "UPDATE app_user SET totp = $1, totp_step = $2, totp_pending = '' WHERE id = $3", sealed, step, id)
}

// TakeStep implements auth.SecretStore.
func (d *DB) TakeStep(ctx context.Context, id minori.ID, step int64) (bool, error) {
	n, err := d.Affect(ctx, "UPDATE app_user SET totp_step = $1 WHERE id = $2 AND totp_step < $1", step, id)
	return n == 1, err
}

// SetRecovery implements auth.SecretStore.
func (d *DB) SetRecovery(ctx context.Context, id minori.ID, hashes []string) error {
	return d.InTx(ctx, func(ctx context.Context) error {
		if err := d.Exec(ctx, "DELETE FROM user_recovery WHERE user_id = $1", id); err != nil {
			return err
		}
		return d.Insert(ctx, "INSERT INTO user_recovery (user_id, hash) VALUES ", "", len(hashes), 2,
			func(i int, args []any) []any { return append(args, id, hashes[i]) })
	})
}

// TakeRecovery implements auth.SecretStore.
func (d *DB) TakeRecovery(ctx context.Context, id minori.ID, hash string) (bool, error) {
	n, err := d.Affect(ctx, "DELETE FROM user_recovery WHERE user_id = $1 AND hash = $2", id, hash)
	return n == 1, err
}

// CountRecovery implements auth.SecretStore.
func (d *DB) CountRecovery(ctx context.Context, id minori.ID) (n int, err error) {
	_, err = sqldb.One(ctx, d.DB, "SELECT COUNT(*) FROM user_recovery WHERE user_id = $1", []any{id}, &n)
	return n, err
}

// InsertToken implements auth.SecretStore.
func (d *DB) InsertToken(ctx context.Context, t auth.Token) error {
	return d.Exec(ctx, "INSERT INTO user_token (hash, kind, user_id, expires) VALUES ($1, $2, $3, $4)", t.Hash, string(t.Kind), t.User, t.Expires)
}

// FindToken implements auth.SecretStore.
func (d *DB) FindToken(ctx context.Context, kind auth.TokenKind, hash string, now int64) (id minori.ID, found bool, err error) {
	found, err = sqldb.One(ctx, d.DB, "SELECT user_id FROM user_token WHERE hash = $1 AND kind = $2 AND expires > $3", []any{hash, string(kind), now}, &id)
	return id, found, err
}

// TakeToken implements auth.SecretStore.
func (d *DB) TakeToken(ctx context.Context, kind auth.TokenKind, hash string, now int64) (id minori.ID, found bool, err error) {
	err = d.InTx(ctx, func(ctx context.Context) error {
		if id, found, err = d.FindToken(ctx, kind, hash, now); err != nil || !found {
			return err
		}
		n, err := d.Affect(ctx, "DELETE FROM user_token WHERE hash = $1", hash)
		found = n == 1
		return err
	})
	return id, found, err
}

// DropTokens implements auth.SecretStore.
func (d *DB) DropTokens(ctx context.Context, user minori.ID, kind auth.TokenKind) error {
	return d.Exec(ctx, "DELETE FROM user_token WHERE user_id = $1 AND kind = $2", user, string(kind))
}
