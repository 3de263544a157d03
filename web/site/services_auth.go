package site

import (
	"context"

	minori "github.com/minori-hq/minori"
	"github.com/minori-hq/minori/auth"
)

// Users is who may come in: sign-in, one's own settings, and for admins all
// users and the audit log.
type Users interface {
	HasUsers(ctx context.Context) (bool, error)
	Setup(ctx context.Context, v auth.Visit, code string, p auth.Profile, prefs auth.Preferences, password string) (auth.SignedIn, error)
	SignIn(ctx context.Context, v auth.Visit, email, password string) (auth.SignedIn, error)
	SecondStep(ctx context.Context, v auth.Visit, ticket, code string) (auth.SignedIn, error)
	SignOut(ctx context.Context, secret string) error
	ResetUser(ctx context.Context, secret string) (auth.User, error)
	Reset(ctx context.Context, v auth.Visit, secret, password string) (auth.User, error)

	Prefer(ctx context.Context, actor minori.Actor, p auth.Preferences) error
	Rename(ctx context.Context, actor minori.Actor, name string) error
	ChangePassword(ctx context.Context, actor minori.Actor, session int64, present, password string) error
	Sessions(ctx context.Context, actor minori.Actor, page minori.Page) ([]auth.Session, error)
	Revoke(ctx context.Context, actor minori.Actor, id, present int64) error
	BeginTwoFactor(ctx context.Context, actor minori.Actor, password string) error
	PendingKey(ctx context.Context, actor minori.Actor) (auth.Key, bool, error)
	CancelTwoFactor(ctx context.Context, actor minori.Actor) error
	ConfirmTwoFactor(ctx context.Context, actor minori.Actor, session int64, code string) ([]string, error)
	RecoveryLeft(ctx context.Context, actor minori.Actor) (int, error)
	RenewRecovery(ctx context.Context, actor minori.Actor, password string) ([]string, error)
	EndTwoFactor(ctx context.Context, actor minori.Actor, password string) error

	Users(ctx context.Context, actor minori.Actor, page minori.Page) ([]auth.User, int, error)
	User(ctx context.Context, actor minori.Actor, id minori.ID) (auth.User, error)
	AddUser(ctx context.Context, actor minori.Actor, p auth.Profile, prefs auth.Preferences) (auth.User, error)
	ChangeUser(ctx context.Context, actor minori.Actor, id minori.ID, version int64, p auth.Profile, active bool) (auth.User, error)
	ResetLink(ctx context.Context, actor minori.Actor, id minori.ID) (string, error)
	DropTwoFactor(ctx context.Context, actor minori.Actor, id minori.ID) error
	SignOutUser(ctx context.Context, actor minori.Actor, id minori.ID) (int, error)
	AuditLines(ctx context.Context, actor minori.Actor, f auth.AuditFilter, page minori.Page) ([]auth.Line, int, error)
	VerifyAudit(ctx context.Context, actor minori.Actor, newest int) (auth.ChainReport, error)
}
