package webhook

import (
	"errors"
	"fmt"

	minori "github.com/minori-hq/minori"
)

// Why is the reason of a refusal, for surfaces that say it in the reader's words.
type Why string

// The reasons.
const (
	WhyName     Why = "name"     // too long, or not a line of text
	WhyURL      Why = "url"      // no address that requests can go to
	WhyHTTPS    Why = "https"    // plain HTTP is not allowed
	WhyPrivate  Why = "private"  // an address that is not public
	WhyKinds    Why = "kinds"    // no kind of event, or one that does not exist
	WhyTooMany  Why = "too-many" // there are as many endpoints as there may be
	WhyChanged  Why = "changed"  // somebody else changed the endpoint
	WhyDisabled Why = "disabled" // nothing is sent to a disabled endpoint
	WhyPending  Why = "pending"  // a delivery that is on its way is not sent again
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
