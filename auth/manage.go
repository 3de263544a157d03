package auth

import (
	"context"
	"fmt"
	"strings"

	minori "github.com/minori-hq/minori"
)

// Users gives users by name, with how many there are.
func (s *Service) Users(ctx context.Context, actor minori.Actor, page minori.Page) ([]User, int, error) {
	if err := manages(actor, "manage users"); err != nil {
		return nil, 0, err
	}
	return s.store.Users(ctx, page)
}

// User gives one user: any to admins, themselves to others.
func (s *Service) User(ctx context.Context, actor minori.Actor, id minori.ID) (User, error) {
	if actor.User != id || id == 0 {
		if err := manages(actor, "manage users"); err != nil {
			return User{}, err
		}
	}
	u, found, err := s.store.UserByID(ctx, id)
	if err == nil && !found {
		err = refuse(minori.NotFound, WhyNoSuchUser, "there is no user %d", id)
	}
	return u, err
}

// UserByEmail gives one user.
func (s *Service) UserByEmail(ctx context.Context, actor minori.Actor, email string) (User, error) {
	if err := manages(actor, "manage users"); err != nil {
		return User{}, err
	}
	u, found, err := s.store.UserByRef(ctx, foldEmail(email))
	if err == nil && !found {
		err = refuse(minori.NotFound, WhyNoSuchUser, "there is no user with the e-mail %s", short(email, 60))
	}
	return u, err
}

// AddUser makes a user without a password; ResetLink lets them choose one.
func (s *Service) AddUser(ctx context.Context, actor minori.Actor, p Profile, prefs Preferences) (User, error) {
	if err := manages(actor, "manage users"); err != nil {
		return User{}, err
	}
	var u User
	err := s.store.InTx(ctx, func(ctx context.Context) (err error) {
		if err = s.store.LockUsers(ctx); err != nil {
			return err
		}
		if u, err = s.insert(ctx, p, prefs, ""); err != nil {
			return err
		}
		return s.note(ctx, actor.Name, "user.add", u.ID, describe(&u))
	})
	return u, err
}

// insert makes a user, with a password unless it is "".
func (s *Service) insert(ctx context.Context, p Profile, prefs Preferences, password string) (User, error) {
	p.tidy()
	if err := p.Validate(); err != nil {
		return User{}, err
	}
	if err := prefs.Validate(); err != nil {
		return User{}, err
	}
	hash := ""
	if password != "" {
		if err := checkPassword(password, p.Email); err != nil {
			return User{}, err
		}
		var err error
		if hash, err = s.hashed(ctx, password); err != nil {
			return User{}, err
		}
	}
	u := User{Version: 1, Profile: p, Preferences: prefs, Active: true, HasPassword: hash != "", Created: s.now()}
	id, free, err := s.store.InsertUser(ctx, u, foldEmail(p.Email))
	if err != nil {
		return User{}, err
	}
	if !free {
		return User{}, refuse(minori.Conflict, WhyTaken, "there is a user with the e-mail %s already", p.Email)
	}
	u.ID = id
	s.hasUsers.Store(false) // asked again once this is committed
	return u, s.store.SetPassword(ctx, id, hash)
}

// describe writes what matters about a user for the audit log.
func describe(u *User) string {
	access := string(u.Access)
	if u.Access == minori.AccessAll {
		access = "all"
	}
	parts := []string{u.Email, u.Name, "role " + string(u.Role), "access " + access}
	if u.Person != 0 {
		parts = append(parts, fmt.Sprintf("employee %d", u.Person))
	}
	if !u.Active {
		parts = append(parts, "disabled")
	}
	return strings.Join(parts, ", ")
}

// ChangeUser saves a user's profile and whether they are active. Who is
// disabled is signed out everywhere.
func (s *Service) ChangeUser(ctx context.Context, actor minori.Actor, id minori.ID, version int64, p Profile, active bool) (User, error) {
	if err := manages(actor, "manage users"); err != nil {
		return User{}, err
	}
	p.tidy()
	if err := p.Validate(); err != nil {
		return User{}, err
	}
	var u User
	err := s.store.InTx(ctx, func(ctx context.Context) (err error) {
		if err = s.store.LockUsers(ctx); err != nil {
			return err
		}
		if u, err = s.changeable(ctx, id, version, p.Email); err != nil {
			return err
		}
		before := u
		u.Profile, u.Active = p, active
		if u.Profile == before.Profile && u.Active == before.Active {
			return nil
		}
		if err := s.keepsAdmin(ctx, &before, &u); err != nil {
			return err
		}
		saved, err := s.store.UpdateUser(ctx, u, foldEmail(p.Email))
		if err != nil {
			return err
		}
		if !saved {
			return changed(&before)
		}
		u.Version++
		if before.Active && !u.Active {
			if _, err := s.store.DropSessions(ctx, id, 0); err != nil {
				return err
			}
			if err := s.store.DropTokens(ctx, id, TokenReset); err != nil {
				return err
			}
		}
		return s.note(ctx, actor.Name, changeVerb(&before, &u), id, describe(&before)+" → "+describe(&u))
	})
	return u, err
}

func changeVerb(before, after *User) string {
	switch {
	case before.Active && !after.Active:
		return "user.disable"
	case !before.Active && after.Active:
		return "user.enable"
	}
	return "user.change"
}

func changed(u *User) error {
	return refuse(minori.Conflict, WhyChanged, "somebody changed %s after you opened it; look at it again before you save", u.Email)
}

// changeable reads a user who is to be changed; another one must not have the
// new e-mail.
func (s *Service) changeable(ctx context.Context, id minori.ID, version int64, email string) (User, error) {
	u, found, err := s.store.UserByID(ctx, id)
	if err != nil {
		return u, err
	}
	if !found {
		return u, refuse(minori.NotFound, WhyNoSuchUser, "there is no user %d", id)
	}
	if u.Version != version {
		return u, changed(&u)
	}
	other, found, err := s.store.UserByRef(ctx, foldEmail(email))
	if err != nil {
		return u, err
	}
	if found && other.ID != id {
		return u, refuse(minori.Conflict, WhyTaken, "there is a user with the e-mail %s already", email)
	}
	return u, nil
}

// keepsAdmin refuses a change after which nobody could manage users.
func (s *Service) keepsAdmin(ctx context.Context, before, after *User) error {
	manages := func(u *User) bool { return u.Active && u.Role == minori.RoleAdmin }
	if !manages(before) || manages(after) {
		return nil
	}
	others, err := s.store.OtherAdmins(ctx, before.ID)
	if err == nil && others == 0 {
		err = refuse(minori.Conflict, WhyLastAdmin, "%s is the last active admin; make somebody else an admin first", before.Email)
	}
	return err
}

// ResetLink gives the path of a page on which the user chooses a new password,
// good for an hour and for one time.
func (s *Service) ResetLink(ctx context.Context, actor minori.Actor, id minori.ID) (string, error) {
	if err := manages(actor, "manage users"); err != nil {
		return "", err
	}
	secret, hash := newToken()
	err := s.store.InTx(ctx, func(ctx context.Context) error {
		u, err := s.User(ctx, actor, id)
		if err != nil {
			return err
		}
		if err := s.store.DropTokens(ctx, id, TokenReset); err != nil {
			return err
		}
		if err := s.store.InsertToken(ctx, Token{Kind: TokenReset, Hash: hash, User: id, Expires: s.now() + resetHolds.Microseconds()}); err != nil {
			return err
		}
		return s.note(ctx, actor.Name, "user.reset-link", id, u.Email)
	})
	if err != nil {
		return "", err
	}
	return "/reset/" + secret, nil
}

// ResetUser gives whose password the secret of a reset link sets.
func (s *Service) ResetUser(ctx context.Context, secret string) (User, error) {
	id, found, err := s.store.FindToken(ctx, TokenReset, hashOf(secret), s.now())
	if err != nil {
		return User{}, err
	}
	var u User
	if found {
		if u, found, err = s.store.UserByID(ctx, id); err != nil {
			return User{}, err
		}
	}
	if !found || !u.Active {
		return User{}, refuse(minori.NotFound, WhyExpired, "this link was used or is older than an hour; ask for a new one")
	}
	return u, nil
}

// Reset sets a new password by the secret of a reset link and ends all sessions.
func (s *Service) Reset(ctx context.Context, v Visit, secret, password string) (User, error) {
	u, err := s.ResetUser(ctx, secret)
	if err != nil {
		return u, err
	}
	if err := checkPassword(password, u.Email); err != nil {
		return u, err
	}
	hash, err := s.hashed(ctx, password)
	if err != nil {
		return u, err
	}
	err = s.store.InTx(ctx, func(ctx context.Context) error {
		if _, found, err := s.store.TakeToken(ctx, TokenReset, hashOf(secret), s.now()); err != nil || !found {
			if err == nil {
				err = refuse(minori.NotFound, WhyExpired, "this link was used or is older than an hour; ask for a new one")
			}
			return err
		}
		if err := s.replace(ctx, u, hash, 0); err != nil {
			return err
		}
		return s.note(ctx, u.Email, "user.password", u.ID, "by a reset link, from "+v.Address)
	})
	if err != nil {
		return u, err
	}
	return u, s.cleared(ctx, "email:"+foldEmail(u.Email))
}

// replace stores a new password and ends the sessions but one.
func (s *Service) replace(ctx context.Context, u User, hash string, but int64) error {
	if err := s.store.SetPassword(ctx, u.ID, hash); err != nil {
		return err
	}
	if err := s.store.DropTokens(ctx, u.ID, TokenReset); err != nil {
		return err
	}
	if err := s.store.DropTokens(ctx, u.ID, TokenSecond); err != nil {
		return err
	}
	_, err := s.store.DropSessions(ctx, u.ID, but)
	return err
}

// SetPassword sets the password of any user and ends their sessions.
func (s *Service) SetPassword(ctx context.Context, actor minori.Actor, id minori.ID, password string) error {
	if err := manages(actor, "manage users"); err != nil {
		return err
	}
	u, err := s.User(ctx, actor, id)
	if err != nil {
		return err
	}
	if err := checkPassword(password, u.Email); err != nil {
		return err
	}
	hash, err := s.hashed(ctx, password)
	if err != nil {
		return err
	}
	return s.store.InTx(ctx, func(ctx context.Context) error {
		if err := s.replace(ctx, u, hash, 0); err != nil {
			return err
		}
		return s.note(ctx, actor.Name, "user.password", id, "set for "+u.Email)
	})
}

// DropTwoFactor switches off the second factor of a user who lost it.
func (s *Service) DropTwoFactor(ctx context.Context, actor minori.Actor, id minori.ID) error {
	if err := manages(actor, "manage users"); err != nil {
		return err
	}
	u, err := s.User(ctx, actor, id)
	if err != nil {
		return err
	}
	if !u.TwoFactor {
		return refuse(minori.Conflict, WhyNoTwoFactor, "the second factor of %s is off already", u.Email)
	}
	return s.twoFactorOff(ctx, actor, u)
}

// SignOutUser ends all sessions of a user.
func (s *Service) SignOutUser(ctx context.Context, actor minori.Actor, id minori.ID) (int, error) {
	if err := manages(actor, "manage users"); err != nil {
		return 0, err
	}
	n := 0
	err := s.store.InTx(ctx, func(ctx context.Context) error {
		u, err := s.User(ctx, actor, id)
		if err != nil {
			return err
		}
		if n, err = s.store.DropSessions(ctx, id, 0); err != nil {
			return err
		}
		return s.note(ctx, actor.Name, "session.revoke", id, fmt.Sprintf("all sessions of %s: %d", u.Email, n))
	})
	return n, err
}
