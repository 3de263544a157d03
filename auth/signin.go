package auth

import (
	"context"
	"fmt"
	"time"

	minori "github.com/minori-hq/minori"
)

// SignedIn is what signing in gave: a session, or a ticket for the second step.
type SignedIn struct {
	User   User
	Token  string // the session's secret; "" while a code is missing
	Ticket string // for SecondStep
}

// SignIn opens a session with e-mail and password, or gives a ticket when the
// user has a second factor. The answer does not tell whether there is a user
// with that e-mail.
func (s *Service) SignIn(ctx context.Context, v Visit, email, password string) (SignedIn, error) {
	ref := foldEmail(email)
	if err := s.attempt(ctx, "address:"+v.Address, perAddress); err != nil {
		return SignedIn{}, err
	}
	if err := s.attempt(ctx, "email:"+ref, perEmail); err != nil {
		return SignedIn{}, err
	}
	u, found, err := s.store.UserByRef(ctx, ref)
	if err != nil {
		return SignedIn{}, err
	}
	var secrets Secrets
	if found {
		if secrets, err = s.store.Secrets(ctx, u.ID); err != nil {
			return SignedIn{}, err
		}
	}
	ok, cost, err := s.compare(ctx, secrets.Password, password)
	if err != nil {
		return SignedIn{}, err
	}
	if !ok || !found || !u.Active {
		return SignedIn{}, s.failed(ctx, v, u)
	}
	if cost.below(s.cfg.Cost) {
		hash, err := s.hashed(ctx, password)
		if err != nil {
			return SignedIn{}, err
		}
		if err := s.store.SetPassword(ctx, u.ID, hash); err != nil {
			return SignedIn{}, err
		}
	}
	if err := s.cleared(ctx, "email:"+ref); err != nil {
		return SignedIn{}, err
	}
	if secrets.TOTP != "" {
		return s.ticket(ctx, u)
	}
	return s.enter(ctx, v, u, "password")
}

// failed notes an attempt that failed and gives the one answer to all of them.
func (s *Service) failed(ctx context.Context, v Visit, u User) error {
	who, why := u.Email, "wrong password"
	switch {
	case u.ID == 0:
		who, why = "nobody", "unknown e-mail"
	case !u.Active:
		why = "the user is disabled"
	}
	if err := s.note(ctx, who, "user.sign-in-failed", u.ID, why+", from "+v.Address); err != nil {
		return err
	}
	return refuse(minori.Unauthenticated, WhyBadSignIn, "the e-mail or the password is wrong")
}

func (s *Service) ticket(ctx context.Context, u User) (SignedIn, error) {
	secret, hash := newToken()
	err := s.store.InsertToken(ctx, Token{Kind: TokenSecond, Hash: hash, User: u.ID, Expires: s.now() + secondHolds.Microseconds()})
	return SignedIn{User: u, Ticket: secret}, err
}

// SecondStep opens the session for a ticket and a code of the second factor, or
// one of the recovery codes.
func (s *Service) SecondStep(ctx context.Context, v Visit, ticket, code string) (SignedIn, error) {
	expired := refuse(minori.Unauthenticated, WhyExpired, "this step took too long; sign in again")
	id, found, err := s.store.FindToken(ctx, TokenSecond, hashOf(ticket), s.now())
	if err != nil {
		return SignedIn{}, err
	}
	if !found {
		return SignedIn{}, expired
	}
	u, found, err := s.store.UserByID(ctx, id)
	if err != nil {
		return SignedIn{}, err
	}
	if !found || !u.Active {
		return SignedIn{}, expired
	}
	how, err := s.prove(ctx, u, code)
	if WhyOf(err) == WhyBadCode {
		if err := s.note(ctx, u.Email, "user.sign-in-failed", u.ID, "wrong code of the second factor, from "+v.Address); err != nil {
			return SignedIn{}, err
		}
	}
	if err != nil {
		return SignedIn{}, err
	}
	if _, found, err = s.store.TakeToken(ctx, TokenSecond, hashOf(ticket), s.now()); err != nil {
		return SignedIn{}, err
	}
	if !found {
		return SignedIn{}, expired
	}
	return s.enter(ctx, v, u, how)
}

// prove takes a code of the second factor or a recovery code, each once, and
// says which it was.
func (s *Service) prove(ctx context.Context, u User, code string) (how string, err error) {
	key := fmt.Sprintf("second:%d", u.ID)
	if err := s.attempt(ctx, key, perSecondFactor); err != nil {
		return "", err
	}
	secrets, err := s.store.Secrets(ctx, u.ID)
	if err != nil {
		return "", err
	}
	bad := refuse(minori.Unauthenticated, WhyBadCode, "the code is wrong or was used before")
	if secrets.TOTP == "" {
		return "", bad
	}
	code = plainCode(code)
	if len(code) != totpDigits {
		return s.recover(ctx, u, key, code, bad)
	}
	secret, err := s.cfg.Vault.Open(totpPurpose(u.ID), secrets.TOTP)
	if err != nil {
		return "", err
	}
	step, ok := matchTOTP(secret, code, s.cfg.Clock(), secrets.Step)
	if !ok {
		return "", bad
	}
	if taken, err := s.store.TakeStep(ctx, u.ID, step); err != nil || !taken {
		if err == nil {
			err = bad
		}
		return "", err
	}
	return "password and code", s.cleared(ctx, key)
}

func (s *Service) recover(ctx context.Context, u User, key, code string, bad error) (string, error) {
	hash, err := s.cfg.Vault.mac(recoveryPurpose(u.ID), code)
	if err != nil {
		return "", err
	}
	taken, err := s.store.TakeRecovery(ctx, u.ID, hash)
	if err != nil {
		return "", err
	}
	if !taken {
		return "", bad
	}
	return "password and recovery code", s.cleared(ctx, key)
}

func totpPurpose(id minori.ID) string     { return fmt.Sprintf("totp:%d", id) }
func recoveryPurpose(id minori.ID) string { return fmt.Sprintf("recovery:%d", id) }

// enter opens a session and notes it.
func (s *Service) enter(ctx context.Context, v Visit, u User, how string) (SignedIn, error) {
	var out SignedIn
	err := s.store.InTx(ctx, func(ctx context.Context) (err error) {
		if out, err = s.begin(ctx, v, u); err != nil {
			return err
		}
		return s.note(ctx, u.Email, "user.sign-in", u.ID, "by "+how+", from "+v.Address)
	})
	return out, err
}

// begin opens a session.
func (s *Service) begin(ctx context.Context, v Visit, u User) (SignedIn, error) {
	now := s.now()
	if err := s.store.Prune(ctx, now-sessionIdle.Microseconds(), now-sessionMost.Microseconds(), now); err != nil {
		return SignedIn{}, err
	}
	secret, hash := newToken()
	err := s.store.InsertSession(ctx, Session{User: u.ID, Created: now, Used: now, Agent: short(v.Agent, 300), Address: short(v.Address, 60)}, hash, sessionsKept)
	return SignedIn{User: u, Token: secret}, err
}

// Session finds the session of a secret and who it belongs to; an
// Unauthenticated error if there is none that holds.
func (s *Service) Session(ctx context.Context, secret string) (Session, User, error) {
	none := minori.Errorf(minori.Unauthenticated, "sign in to go on")
	if secret == "" || len(secret) > 100 {
		return Session{}, User{}, none
	}
	se, u, found, err := s.store.FindSession(ctx, hashOf(secret))
	if err != nil {
		return Session{}, User{}, err
	}
	now := s.now()
	if !found || !u.Active || now-se.Used > sessionIdle.Microseconds() || now-se.Created > sessionMost.Microseconds() {
		return Session{}, User{}, none
	}
	if now-se.Used > sessionTouch.Microseconds() && s.touch(ctx, se.ID, now) {
		se.Used = now
	}
	return se, u, nil
}

// touch notes that a session is used. A page does not wait for it behind a long
// write, such as an import's: the next request tries again.
func (s *Service) touch(ctx context.Context, id, now int64) bool {
	if !s.touching.CompareAndSwap(false, true) {
		return false
	}
	defer s.touching.Store(false)
	ctx, cancel := context.WithTimeout(ctx, touchWait)
	defer cancel()
	return s.store.TouchSession(ctx, id, now) == nil
}

// SignOut ends the session of a secret.
func (s *Service) SignOut(ctx context.Context, secret string) error {
	se, u, err := s.Session(ctx, secret)
	if minori.CodeOf(err) == minori.Unauthenticated {
		return nil
	}
	if err != nil {
		return err
	}
	return s.store.InTx(ctx, func(ctx context.Context) error {
		if _, err := s.store.DropSession(ctx, u.ID, se.ID); err != nil {
			return err
		}
		return s.note(ctx, u.Email, "user.sign-out", u.ID, "")
	})
}

// Sessions gives the actor's own sessions, the latest used first.
func (s *Service) Sessions(ctx context.Context, actor minori.Actor, page minori.Page) ([]Session, error) {
	if err := own(actor); err != nil {
		return nil, err
	}
	list, err := s.store.Sessions(ctx, actor.User, s.now()-sessionIdle.Microseconds(), page)
	if err != nil {
		return nil, err
	}
	out := list[:0]
	for _, se := range list {
		if time.Duration(s.now()-se.Created)*time.Microsecond <= sessionMost {
			out = append(out, se)
		}
	}
	return out, nil
}

// Revoke ends one of the actor's own sessions, or all but one when id is 0.
func (s *Service) Revoke(ctx context.Context, actor minori.Actor, id, present int64) error {
	if err := own(actor); err != nil {
		return err
	}
	return s.store.InTx(ctx, func(ctx context.Context) error {
		if id == 0 {
			n, err := s.store.DropSessions(ctx, actor.User, present)
			if err != nil {
				return err
			}
			return s.note(ctx, actor.Name, "session.revoke", actor.User, fmt.Sprintf("all other sessions: %d", n))
		}
		gone, err := s.store.DropSession(ctx, actor.User, id)
		if err != nil {
			return err
		}
		if !gone {
			return refuse(minori.NotFound, WhyNoSuchSession, "this session has ended already")
		}
		return s.note(ctx, actor.Name, "session.revoke", actor.User, fmt.Sprintf("session %d", id))
	})
}

// own refuses who is no user.
func own(actor minori.Actor) error {
	if actor.User == 0 {
		return refuse(minori.NotFound, WhyNoSuchUser, "%s is no user who signs in", actor.Name)
	}
	return nil
}
