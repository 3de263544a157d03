package auth

import (
	"context"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"runtime"
	"strings"
	"sync/atomic"
	"time"

	minori "github.com/minori-hq/minori"
)

// Store keeps users, their secrets, sessions and the audit log.
type Store interface {
	Log
	UserStore
	SecretStore
	SessionStore
	InTx(ctx context.Context, fn func(ctx context.Context) error) error
	AuditLines(ctx context.Context, f AuditFilter, page minori.Page) ([]Line, int, error)
	// VerifyAudit checks the chain of the newest lines, all if newest is 0.
	VerifyAudit(ctx context.Context, newest int) (ChainReport, error)
}

// UserStore keeps users.
type UserStore interface {
	// LockUsers lets one transaction at a time change who may do what.
	LockUsers(ctx context.Context) error
	HasUsers(ctx context.Context) (bool, error)
	// OtherAdmins counts the active admins but one.
	OtherAdmins(ctx context.Context, but minori.ID) (int, error)
	// Users gives users by name, with how many there are.
	Users(ctx context.Context, page minori.Page) ([]User, int, error)
	UserByID(ctx context.Context, id minori.ID) (User, bool, error)
	// UserByRef finds a user by folded e-mail.
	UserByRef(ctx context.Context, ref string) (User, bool, error)
	// InsertUser gives the new user's number; false: the e-mail is taken.
	InsertUser(ctx context.Context, u User, ref string) (minori.ID, bool, error)
	// UpdateUser saves profile and activity where the version is the one given.
	UpdateUser(ctx context.Context, u User, ref string) (saved bool, err error)
	SavePreferences(ctx context.Context, id minori.ID, p Preferences) error
}

// SecretStore keeps what users prove who they are with, hashed or sealed.
type SecretStore interface {
	Secrets(ctx context.Context, id minori.ID) (Secrets, error)
	SetPassword(ctx context.Context, id minori.ID, hash string) error
	// SetPending keeps the second factor that is being set up; "" for none.
	SetPending(ctx context.Context, id minori.ID, sealed string) error
	// SetTOTP switches the second factor on, or off by "".
	SetTOTP(ctx context.Context, id minori.ID, sealed string, step int64) error
	// TakeStep notes that the code of a step was used; false if a code of that
	// step or a later one was used before.
	TakeStep(ctx context.Context, id minori.ID, step int64) (bool, error)
	// SetRecovery replaces the hashes of the recovery codes.
	SetRecovery(ctx context.Context, id minori.ID, hashes []string) error
	TakeRecovery(ctx context.Context, id minori.ID, hash string) (bool, error)
	CountRecovery(ctx context.Context, id minori.ID) (int, error)

	InsertToken(ctx context.Context, t Token) error
	FindToken(ctx context.Context, kind TokenKind, hash string, now int64) (minori.ID, bool, error)
	// TakeToken removes a token; false if it is gone.
	TakeToken(ctx context.Context, kind TokenKind, hash string, now int64) (minori.ID, bool, error)
	DropTokens(ctx context.Context, user minori.ID, kind TokenKind) error
}

// SessionStore keeps sessions and attempts to sign in.
type SessionStore interface {
	InsertSession(ctx context.Context, s Session, hash string, keep int) error
	// FindSession finds a session of an active user.
	FindSession(ctx context.Context, hash string) (Session, User, bool, error)
	TouchSession(ctx context.Context, id, at int64) error
	// Sessions gives the sessions of a user used since an instant, latest first.
	Sessions(ctx context.Context, user minori.ID, since int64, page minori.Page) ([]Session, error)
	DropSession(ctx context.Context, user minori.ID, id int64) (bool, error)
	// DropSessions ends all sessions of a user but one (0: all) and counts them.
	DropSessions(ctx context.Context, user minori.ID, but int64) (int, error)
	// Prune removes sessions, tokens and attempts that no longer count.
	Prune(ctx context.Context, used, created, now int64) error

	// Attempt counts one more attempt under a key, from one again after until;
	// it gives the count and when it ends.
	Attempt(ctx context.Context, key string, now, until int64) (count int, ends int64, err error)
	ClearAttempts(ctx context.Context, key string) error
}

// Secrets is what a user proves who they are with.
type Secrets struct {
	Password string // PHC string, "" for none
	TOTP     string // sealed, "" when the second factor is off
	Pending  string // sealed, while the second factor is being set up
	Step     int64  // the last step of which a code was used
}

// TokenKind says what a token is good for.
type TokenKind string

// The kinds of token.
const (
	TokenReset  TokenKind = "reset"  // set a new password
	TokenSecond TokenKind = "second" // the password was right, a code is missing
)

// Token is a secret good for one thing for a short time; its hash is kept.
type Token struct {
	Kind    TokenKind
	Hash    string
	User    minori.ID
	Expires int64
}

// How long things hold.
const (
	sessionIdle  = 14 * 24 * time.Hour
	sessionMost  = 90 * 24 * time.Hour
	sessionTouch = 5 * time.Minute
	touchWait    = 500 * time.Millisecond
	sessionsKept = 50 // per user
	resetHolds   = time.Hour
	secondHolds  = 10 * time.Minute
)

// Limits of attempts within attemptWindow.
const (
	attemptWindow   = 15 * time.Minute
	perEmail        = 10
	perAddress      = 100
	perSecondFactor = 6
)

// Config is what a Service is made with.
type Config struct {
	Clock minori.Clock
	Vault *Vault
	Cost  HashCost // zero: DefaultHashCost
}

// Service holds the rules of users and sign-in.
type Service struct {
	store    Store
	cfg      Config
	hashing  chan struct{} // bounds the memory that passwords take at once
	setup    string        // code of the first-run set-up
	hasUsers atomic.Bool   // there is a user; users are never removed
	touching atomic.Bool   // one request at a time notes that its session is used
}

// NewService makes a Service over a store.
func NewService(store Store, cfg Config) *Service {
	if cfg.Cost == (HashCost{}) {
		cfg.Cost = DefaultHashCost()
	}
	code := newRecoveryCode() + "-" + newRecoveryCode()
	return &Service{store: store, cfg: cfg, hashing: make(chan struct{}, max(2, runtime.NumCPU())), setup: code}
}

// Visit is where a request comes from.
type Visit struct {
	Address string
	Agent   string
}

func (s *Service) now() int64 { return s.cfg.Clock().UnixMicro() }

// HasUsers reports whether anybody could sign in at all.
func (s *Service) HasUsers(ctx context.Context) (bool, error) {
	if s.hasUsers.Load() {
		return true, nil
	}
	has, err := s.store.HasUsers(ctx)
	if has {
		s.hasUsers.Store(true)
	}
	return has, err
}

// SetupCode gives the code that the first-run set-up asks for; it holds as long
// as the program runs.
func (s *Service) SetupCode() string { return s.setup }

// Setup makes the first user, an admin, and signs them in.
func (s *Service) Setup(ctx context.Context, v Visit, code string, p Profile, prefs Preferences, password string) (SignedIn, error) {
	if err := s.attempt(ctx, "setup:"+v.Address, perEmail); err != nil {
		return SignedIn{}, err
	}
	if subtle.ConstantTimeCompare([]byte(plainCode(code)), []byte(plainCode(s.setup))) != 1 {
		return SignedIn{}, refuse(minori.Invalid, WhySetupCode, "the set-up code is not the one that minori serve printed")
	}
	if err := checkPassword(password, p.Email); err != nil {
		return SignedIn{}, err
	}
	p.Role, p.Access, p.Person = minori.RoleAdmin, minori.AccessAll, 0
	var out SignedIn
	err := s.store.InTx(ctx, func(ctx context.Context) error {
		if err := s.store.LockUsers(ctx); err != nil {
			return err
		}
		if has, err := s.store.HasUsers(ctx); err != nil || has {
			if has {
				err = refuse(minori.Conflict, WhySetupDone, "this workspace is set up already; sign in")
			}
			return err
		}
		u, err := s.insert(ctx, p, prefs, password)
		if err != nil {
			return err
		}
		if out, err = s.begin(ctx, v, u); err != nil {
			return err
		}
		return s.note(ctx, u.Email, "user.setup", u.ID, fmt.Sprintf("the first user, %s, from %s", u.Email, v.Address))
	})
	return out, err
}

// note writes a line about a user into the audit log.
func (s *Service) note(ctx context.Context, actor, action string, user minori.ID, detail string) error {
	object := ""
	if user != 0 {
		object = fmt.Sprintf("user %d", user)
	}
	return s.store.AppendAudit(ctx, Entry{At: s.now(), Actor: actor, Action: action, Object: object, Detail: short(detail, 500)})
}

// attempt counts an attempt and refuses it when there were too many.
func (s *Service) attempt(ctx context.Context, key string, most int) error {
	now := s.now()
	count, ends, err := s.store.Attempt(ctx, hashOf("attempt:"+key), now, now+attemptWindow.Microseconds())
	if err != nil || count <= most {
		return err
	}
	wait := time.Duration(ends-now) * time.Microsecond
	return refuse(minori.Unavailable, WhyTooMany, "there were too many attempts; try again in %d minutes", int(wait.Minutes())+1)
}

// cleared forgets the attempts under a key.
func (s *Service) cleared(ctx context.Context, key string) error {
	return s.store.ClearAttempts(ctx, hashOf("attempt:"+key))
}

// compare holds a password against a hash; unknown ones cost the same.
func (s *Service) compare(ctx context.Context, phc, password string) (ok bool, cost HashCost, err error) {
	select {
	case s.hashing <- struct{}{}:
		defer func() { <-s.hashing }()
	case <-ctx.Done():
		return false, cost, ctx.Err()
	}
	if phc == "" {
		phc = s.cfg.Cost.nobody()
	}
	if len(password) > 8*MaxPassword {
		password = "" // nobody has it
	}
	ok, cost = matches(phc, password)
	return ok, cost, nil
}

// hashed gives the hash of a new password.
func (s *Service) hashed(ctx context.Context, password string) (string, error) {
	select {
	case s.hashing <- struct{}{}:
		defer func() { <-s.hashing }()
	case <-ctx.Done():
		return "", ctx.Err()
	}
	return s.cfg.Cost.hash(password), nil
}

// newToken gives a secret of 256 bits and its hash.
func newToken() (secret, hash string) {
	secret = base64.RawURLEncoding.EncodeToString(random(32))
	return secret, hashOf(secret)
}

func hashOf(s string) string {
	sum := sha256.Sum256([]byte(s))
	return hex.EncodeToString(sum[:])
}

// manages refuses who may not manage users.
func manages(actor minori.Actor, what string) error {
	return actor.Require(actor.Role == minori.RoleAdmin, what)
}

// ParseAccess reads an access as it is written outside: all, team or own.
func ParseAccess(s string) minori.Access {
	if strings.EqualFold(s, "all") {
		return minori.AccessAll
	}
	return minori.Access(s)
}
