package auth

import (
	"errors"
	"fmt"

	minori "github.com/minori-hq/minori"
)

// Why is the reason of a refusal, for surfaces that say it in the reader's words.
type Why string

// The reasons.
const (
	WhyBadSignIn     Why = "bad-sign-in"     // e-mail or password is wrong, or the user is disabled
	WhyBadPassword   Why = "bad-password"    // the present password is wrong
	WhyBadCode       Why = "bad-code"        // the code of the second factor is wrong or was used
	WhyTooMany       Why = "too-many"        // too many attempts
	WhyExpired       Why = "expired"         // the link or step is used up or too old
	WhyShort         Why = "short"           // the password is too short
	WhyLong          Why = "long"            // the password is too long
	WhyIsEmail       Why = "is-email"        // the password is the e-mail
	WhyEmail         Why = "email"           // not an e-mail address
	WhyTaken         Why = "taken"           // another user has the e-mail
	WhyName          Why = "name"            // no name, or too long
	WhyRole          Why = "role"            // no such role
	WhyAccess        Why = "access"          // no such access
	WhyNeedsPerson   Why = "needs-person"    // this access needs a linked employee
	WhyLastAdmin     Why = "last-admin"      // the last active admin stays
	WhyChanged       Why = "changed"         // somebody else changed the user
	WhyBadPreference Why = "preference"      // no such language, zone, theme or density
	WhySetupCode     Why = "setup-code"      // the set-up code is wrong
	WhySetupDone     Why = "setup-done"      // there is a user already
	WhyNoTwoFactor   Why = "no-two-factor"   // the second factor is off
	WhyHasTwoFactor  Why = "has-two-factor"  // the second factor is on
	WhyNotStarted    Why = "not-started"     // no second factor is being set up
	WhyNoSuchUser    Why = "no-user"         // no such user
	WhyNoSuchSession Why = "no-such-session" // no such session
)

// refusal is an error with its reason.
type refusal struct {
	err *minori.Error
	why Why
}

// Error implements error.
func (r refusal) Error() string { return r.err.Error() }

// Unwrap gives the error with its code.
func (r refusal) Unwrap() error { return r.err }

func refuse(code minori.Code, why Why, format string, args ...any) error {
	return refusal{&minori.Error{Code: code, Message: fmt.Sprintf(format, args...)}, why}
}

// WhyOf gives the reason of a refusal, "" for other errors.
func WhyOf(err error) Why {
	var r refusal
	if errors.As(err, &r) {
		return r.why
	}
	return ""
}
