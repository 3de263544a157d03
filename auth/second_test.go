package auth_test

import (
	"encoding/base32"
	"strings"
	"testing"
	"time"

	minori "github.com/minori-hq/minori"
	"github.com/minori-hq/minori/auth"
)

// turnOn switches the second factor of a user on and gives its secret and the
// recovery codes.
func (w *world) turnOn(u auth.User) ([]byte, []string) {
	w.t.Helper()
	w.check(w.BeginTwoFactor(w.ctx, u.Actor(), password))
	key, found, err := w.PendingKey(w.ctx, u.Actor())
	w.check(err)
	if !found {
		w.t.Fatal("no key is pending")
	}
	secret, err := base32.StdEncoding.WithPadding(base32.NoPadding).DecodeString(key.Text)
	w.check(err)
	_, err = w.ConfirmTwoFactor(w.ctx, u.Actor(), 0, "000000x")
	w.why(err, auth.WhyBadCode)
	codes, err := w.ConfirmTwoFactor(w.ctx, u.Actor(), 0, auth.Code(secret, w.now))
	w.check(err)
	return secret, codes
}

func (w *world) ticket(email string) string {
	w.t.Helper()
	in, err := w.SignIn(w.ctx, w.visit, email, password)
	w.check(err)
	if in.Ticket == "" || in.Token != "" {
		w.t.Fatalf("no ticket: %+v", in)
	}
	return in.Ticket
}

func TestSecondFactor(t *testing.T) {
	w := newWorld(t)
	u := w.user("a@example.com", minori.RoleCSM)
	early, err := w.SignIn(w.ctx, w.visit, u.Email, password)
	w.check(err)
	w.why(w.BeginTwoFactor(w.ctx, u.Actor(), "wrong password"), auth.WhyBadPassword)
	secret, codes := w.turnOn(u)
	if _, _, err := w.Session(w.ctx, early.Token); minori.CodeOf(err) != minori.Unauthenticated {
		t.Fatal("a session from before the second factor holds", err)
	}
	if len(codes) != 10 {
		t.Fatal(codes)
	}
	ticket := w.ticket(u.Email)
	if _, _, err := w.Session(w.ctx, ticket); minori.CodeOf(err) != minori.Unauthenticated {
		t.Fatal("a ticket is a session", err)
	}
	_, err = w.SecondStep(w.ctx, w.visit, ticket, auth.Code(secret, w.now))
	w.why(err, auth.WhyBadCode) // it was used to switch on
	w.now = w.now.Add(30 * time.Second)
	code := auth.Code(secret, w.now)
	in, err := w.SecondStep(w.ctx, w.visit, ticket, code[:3]+" "+code[3:])
	w.check(err)
	_, _, err = w.Session(w.ctx, in.Token)
	w.check(err)
	_, err = w.SecondStep(w.ctx, w.visit, ticket, codes[0])
	w.why(err, auth.WhyExpired) // a ticket is good for one session
	_, err = w.SecondStep(w.ctx, w.visit, w.ticket(u.Email), code)
	w.why(err, auth.WhyBadCode) // and a code for one, too
	_, err = w.SecondStep(w.ctx, w.visit, w.ticket(u.Email), strings.ToUpper(codes[0]))
	w.check(err)
	_, err = w.SecondStep(w.ctx, w.visit, w.ticket(u.Email), codes[0])
	w.why(err, auth.WhyBadCode)
	left, err := w.RecoveryLeft(w.ctx, u.Actor())
	w.check(err)
	if left != 9 {
		t.Fatal(left)
	}
	late := w.ticket(u.Email)
	w.now = w.now.Add(10 * time.Minute)
	_, err = w.SecondStep(w.ctx, w.visit, late, auth.Code(secret, w.now))
	w.why(err, auth.WhyExpired)
}

func TestSecondFactorGuessing(t *testing.T) {
	w := newWorld(t)
	u := w.user("a@example.com", minori.RoleCSM)
	secret, _ := w.turnOn(u)
	w.now = w.now.Add(time.Minute)
	ticket, wrong := w.ticket(u.Email), "000000"
	if auth.Code(secret, w.now) == wrong {
		wrong = "000001"
	}
	var err error
	for range 7 {
		_, err = w.SecondStep(w.ctx, w.visit, ticket, wrong)
	}
	w.why(err, auth.WhyTooMany)
	_, err = w.SecondStep(w.ctx, w.visit, w.ticket(u.Email), auth.Code(secret, w.now))
	w.why(err, auth.WhyTooMany) // another ticket gives no more tries
}

func TestSecondFactorEnds(t *testing.T) {
	w := newWorld(t)
	u := w.user("a@example.com", minori.RoleCSM)
	_, codes := w.turnOn(u)
	w.why(w.BeginTwoFactor(w.ctx, u.Actor(), password), auth.WhyHasTwoFactor)
	renewed, err := w.RenewRecovery(w.ctx, u.Actor(), password)
	w.check(err)
	_, err = w.SecondStep(w.ctx, w.visit, w.ticket(u.Email), codes[3])
	w.why(err, auth.WhyBadCode)
	_, err = w.SecondStep(w.ctx, w.visit, w.ticket(u.Email), renewed[3])
	w.check(err)
	w.why(w.EndTwoFactor(w.ctx, u.Actor(), "wrong password"), auth.WhyBadPassword)
	w.check(w.EndTwoFactor(w.ctx, u.Actor(), password))
	in, err := w.SignIn(w.ctx, w.visit, u.Email, password)
	w.check(err)
	if in.Token == "" {
		t.Fatal("a code is still asked for")
	}
	w.turnOn(u)
	w.check(w.DropTwoFactor(w.ctx, w.root, u.ID))
	w.why(w.DropTwoFactor(w.ctx, w.root, u.ID), auth.WhyNoTwoFactor)
	if got := w.lines(1); got != "user.two-factor-off" {
		t.Fatal(got)
	}
}
