package auth

import (
	"context"
	"fmt"

	minori "github.com/minori-hq/minori"
)

// Prefer keeps the actor's preferences.
func (s *Service) Prefer(ctx context.Context, actor minori.Actor, p Preferences) error {
	if err := own(actor); err != nil {
		return err
	}
	if err := p.Validate(); err != nil {
		return err
	}
	return s.store.SavePreferences(ctx, actor.User, p)
}

// Rename changes the actor's own name.
func (s *Service) Rename(ctx context.Context, actor minori.Actor, name string) error {
	if err := own(actor); err != nil {
		return err
	}
	return s.store.InTx(ctx, func(ctx context.Context) error {
		u, err := s.User(ctx, actor, actor.User)
		if err != nil {
			return err
		}
		before := u.Name
		u.Name = name
		u.tidy()
		if u.Name == before {
			return nil
		}
		if err := u.Profile.Validate(); err != nil {
			return err
		}
		saved, err := s.store.UpdateUser(ctx, u, foldEmail(u.Email))
		if err != nil {
			return err
		}
		if !saved {
			return changed(&u)
		}
		return s.note(ctx, actor.Name, "user.change", u.ID, fmt.Sprintf("name %s → %s", before, u.Name))
	})
}

// ChangePassword sets the actor's own password and ends their other sessions.
func (s *Service) ChangePassword(ctx context.Context, actor minori.Actor, session int64, present, password string) error {
	u, err := s.confirm(ctx, actor, present)
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
		if err := s.replace(ctx, u, hash, session); err != nil {
			return err
		}
		return s.note(ctx, actor.Name, "user.password", u.ID, "changed; other sessions ended")
	})
}

// confirm makes sure by the password that it is the actor who sits there.
func (s *Service) confirm(ctx context.Context, actor minori.Actor, password string) (User, error) {
	if err := own(actor); err != nil {
		return User{}, err
	}
	key := fmt.Sprintf("confirm:%d", actor.User)
	if err := s.attempt(ctx, key, perEmail); err != nil {
		return User{}, err
	}
	u, err := s.User(ctx, actor, actor.User)
	if err != nil {
		return u, err
	}
	secrets, err := s.store.Secrets(ctx, u.ID)
	if err != nil {
		return u, err
	}
	ok, _, err := s.compare(ctx, secrets.Password, password)
	if err != nil {
		return u, err
	}
	if !ok {
		return u, refuse(minori.Invalid, WhyBadPassword, "the present password is wrong")
	}
	return u, s.cleared(ctx, key)
}

// Key is the secret of a second factor that is being set up, for an
// authenticator app.
type Key struct {
	Text string // to type in
	URI  string // for a QR code
}

// BeginTwoFactor makes a new secret; the second factor is on once
// ConfirmTwoFactor has seen a code of it.
func (s *Service) BeginTwoFactor(ctx context.Context, actor minori.Actor, password string) error {
	u, err := s.confirm(ctx, actor, password)
	if err != nil {
		return err
	}
	if u.TwoFactor {
		return refuse(minori.Conflict, WhyHasTwoFactor, "the second factor is on already")
	}
	sealed, err := s.cfg.Vault.Seal(totpPurpose(u.ID), random(totpSecret))
	if err != nil {
		return err
	}
	return s.store.SetPending(ctx, u.ID, sealed)
}

// PendingKey gives the secret that is being set up; false if none is.
func (s *Service) PendingKey(ctx context.Context, actor minori.Actor) (Key, bool, error) {
	u, secret, err := s.pending(ctx, actor)
	if err != nil || secret == nil {
		return Key{}, false, err
	}
	return Key{Text: keyText(secret), URI: keyURI(u.Email, secret)}, true, nil
}

func (s *Service) pending(ctx context.Context, actor minori.Actor) (User, []byte, error) {
	if err := own(actor); err != nil {
		return User{}, nil, err
	}
	u, err := s.User(ctx, actor, actor.User)
	if err != nil {
		return u, nil, err
	}
	secrets, err := s.store.Secrets(ctx, u.ID)
	if err != nil || secrets.Pending == "" {
		return u, nil, err
	}
	secret, err := s.cfg.Vault.Open(totpPurpose(u.ID), secrets.Pending)
	return u, secret, err
}

// CancelTwoFactor forgets the secret that is being set up.
func (s *Service) CancelTwoFactor(ctx context.Context, actor minori.Actor) error {
	if err := own(actor); err != nil {
		return err
	}
	return s.store.SetPending(ctx, actor.User, "")
}

// ConfirmTwoFactor switches the second factor on when the code is right, and
// gives the recovery codes, which are shown this once. Other sessions end.
func (s *Service) ConfirmTwoFactor(ctx context.Context, actor minori.Actor, session int64, code string) ([]string, error) {
	u, secret, err := s.pending(ctx, actor)
	if err != nil {
		return nil, err
	}
	if secret == nil {
		return nil, refuse(minori.Conflict, WhyNotStarted, "begin with setting up the second factor")
	}
	key := fmt.Sprintf("second:%d", u.ID)
	if err := s.attempt(ctx, key, perSecondFactor); err != nil {
		return nil, err
	}
	step, ok := matchTOTP(secret, plainCode(code), s.cfg.Clock(), 0)
	if !ok {
		return nil, refuse(minori.Invalid, WhyBadCode, "the code is wrong; look whether the clock of the device is right")
	}
	sealed, err := s.cfg.Vault.Seal(totpPurpose(u.ID), secret)
	if err != nil {
		return nil, err
	}
	var codes []string
	err = s.store.InTx(ctx, func(ctx context.Context) error {
		if err := s.store.SetTOTP(ctx, u.ID, sealed, step); err != nil {
			return err
		}
		if codes, err = s.newRecovery(ctx, u); err != nil {
			return err
		}
		if _, err := s.store.DropSessions(ctx, u.ID, session); err != nil {
			return err
		}
		return s.note(ctx, actor.Name, "user.two-factor-on", u.ID, u.Email)
	})
	if err != nil {
		return nil, err
	}
	return codes, s.cleared(ctx, key)
}

// newRecovery replaces the recovery codes.
func (s *Service) newRecovery(ctx context.Context, u User) ([]string, error) {
	codes, hashes := make([]string, recoveryCodes), make([]string, recoveryCodes)
	for i := range codes {
		codes[i] = newRecoveryCode()
		var err error
		if hashes[i], err = s.cfg.Vault.mac(recoveryPurpose(u.ID), plainCode(codes[i])); err != nil {
			return nil, err
		}
	}
	return codes, s.store.SetRecovery(ctx, u.ID, hashes)
}

// RecoveryLeft counts the actor's recovery codes that were not used.
func (s *Service) RecoveryLeft(ctx context.Context, actor minori.Actor) (int, error) {
	if err := own(actor); err != nil {
		return 0, err
	}
	return s.store.CountRecovery(ctx, actor.User)
}

// RenewRecovery makes new recovery codes; the old ones no longer work.
func (s *Service) RenewRecovery(ctx context.Context, actor minori.Actor, password string) ([]string, error) {
	u, err := s.confirm(ctx, actor, password)
	if err != nil {
		return nil, err
	}
	if !u.TwoFactor {
		return nil, refuse(minori.Conflict, WhyNoTwoFactor, "the second factor is off")
	}
	var codes []string
	err = s.store.InTx(ctx, func(ctx context.Context) error {
		if codes, err = s.newRecovery(ctx, u); err != nil {
			return err
		}
		return s.note(ctx, actor.Name, "user.recovery-codes", u.ID, u.Email)
	})
	return codes, err
}

// EndTwoFactor switches the actor's own second factor off.
func (s *Service) EndTwoFactor(ctx context.Context, actor minori.Actor, password string) error {
	u, err := s.confirm(ctx, actor, password)
	if err != nil {
		return err
	}
	if !u.TwoFactor {
		return refuse(minori.Conflict, WhyNoTwoFactor, "the second factor is off already")
	}
	return s.twoFactorOff(ctx, actor, u)
}

func (s *Service) twoFactorOff(ctx context.Context, actor minori.Actor, u User) error {
	return s.store.InTx(ctx, func(ctx context.Context) error {
		if err := s.store.SetTOTP(ctx, u.ID, "", 0); err != nil {
			return err
		}
		if err := s.store.SetRecovery(ctx, u.ID, nil); err != nil {
			return err
		}
		return s.note(ctx, actor.Name, "user.two-factor-off", u.ID, u.Email)
	})
}
