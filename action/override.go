package action

import (
	"context"
	"fmt"
	"strings"

	minori "github.com/minori-hq/minori"
	"github.com/minori-hq/minori/account"
	"github.com/minori-hq/minori/auth"
)

// SetOverride sets a score by hand from o.From (0: now) until o.Until; an
// earlier override of the same subject and scorecard ends where it begins.
func (s *Service) SetOverride(ctx context.Context, actor minori.Actor, o Override) error {
	if err := actor.Require(actor.MayAct(), "override scores"); err != nil {
		return err
	}
	if err := s.mustSee(ctx, actor, o.Subject); err != nil {
		return err
	}
	now := s.now()
	if o.From == 0 {
		o.From = now
	}
	o.Author, o.Cleared, o.ClearedBy = actor.Name, 0, ""
	switch {
	case !(o.Value >= 0 && o.Value <= 100):
		return minori.Errorf(minori.Invalid, "a score lies between 0 and 100, not %g", o.Value)
	case strings.TrimSpace(o.Reason) == "":
		return minori.Errorf(minori.Invalid, "say why the score is overridden")
	case len(o.Reason) > MaxComment:
		return minori.Errorf(minori.Invalid, "the reason has %d bytes; at most %d are kept", len(o.Reason), MaxComment)
	case o.Until <= o.From:
		return minori.Errorf(minori.Invalid, "an override has an end, after its beginning")
	}
	return s.store.InTx(ctx, func(ctx context.Context) error {
		if _, err := s.store.EndOverrides(ctx, o.Subject, o.Scorecard, o.From, actor.Name); err != nil {
			return err
		}
		if err := s.store.InsertOverride(ctx, o); err != nil {
			return err
		}
		return s.store.AppendAudit(ctx, auth.Entry{
			At: now, Actor: actor.Name, Action: "override.set",
			Object: fmt.Sprintf("subject %d, scorecard %s", o.Subject, o.Scorecard), Detail: fmt.Sprintf("%g: %s", o.Value, o.Reason),
		})
	})
}

// ClearOverride ends the override of a subject and scorecard now.
func (s *Service) ClearOverride(ctx context.Context, actor minori.Actor, subject minori.ID, scorecard string) error {
	if err := actor.Require(actor.MayAct(), "override scores"); err != nil {
		return err
	}
	if err := s.mustSee(ctx, actor, subject); err != nil {
		return err
	}
	now := s.now()
	return s.store.InTx(ctx, func(ctx context.Context) error {
		n, err := s.store.EndOverrides(ctx, subject, scorecard, now, actor.Name)
		if err != nil {
			return err
		}
		if n == 0 {
			return minori.Errorf(minori.NotFound, "the score %q of this subject is not overridden", scorecard)
		}
		return s.store.AppendAudit(ctx, auth.Entry{
			At: now, Actor: actor.Name, Action: "override.clear", Object: fmt.Sprintf("subject %d, scorecard %s", subject, scorecard),
		})
	})
}

// OverridesAt gives the overrides of a scorecard that hold at an as-of, by
// subject, of some subjects (nil: of all).
func (s *Service) OverridesAt(ctx context.Context, scorecard string, at minori.AsOf, subjects []minori.ID) (map[minori.ID]Override, error) {
	return s.store.OverridesAt(ctx, scorecard, at.Micros(), subjects)
}

// OverrideMove is an override that began or ended.
type OverrideMove struct {
	Subject minori.ID
	At      int64 // microseconds since 1970 UTC
}

// OverridesMoved gives the overrides that began or ended after one instant
// (microseconds since 1970 UTC) and up to another, by subject.
func (s *Service) OverridesMoved(ctx context.Context, after, upTo int64) ([]OverrideMove, error) {
	return s.store.OverridesMoved(ctx, after, upTo)
}

// Overrides gives all overrides of a subject, newest first.
func (s *Service) Overrides(ctx context.Context, actor minori.Actor, subject minori.ID, page minori.Page) ([]Override, error) {
	if err := actor.Require(actor.MayRead(), "read scores"); err != nil {
		return nil, err
	}
	if err := s.mustSee(ctx, actor, subject); err != nil {
		return nil, err
	}
	return s.store.Overrides(ctx, subject, page)
}

// mustSee gives a NotFound error unless the actor sees the subject.
func (s *Service) mustSee(ctx context.Context, actor minori.Actor, subject minori.ID) error {
	ok, err := s.sees(ctx, actor, account.AnyKind, subject)
	if err == nil && !ok {
		err = minori.Errorf(minori.NotFound, "there is no such account or person")
	}
	return err
}
