package main

import (
	"crypto/hmac"
	"crypto/sha1"
	"encoding/base32"
	"encoding/binary"
	"fmt"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
)

// codeOf gives the code that an authenticator app shows at a time (RFC 6238).
func codeOf(t *testing.T, key string, at time.Time) string {
	t.Helper()
	secret, err := base32.StdEncoding.WithPadding(base32.NoPadding).DecodeString(strings.ReplaceAll(key, " ", ""))
	if err != nil {
		t.Fatalf("the key %q: %v", key, err)
	}
	mac := hmac.New(sha1.New, secret)
	_ = binary.Write(mac, binary.BigEndian, at.Unix()/30)
	sum := mac.Sum(nil)
	from := sum[len(sum)-1] & 0xf
	return fmt.Sprintf("%06d", binary.BigEndian.Uint32(sum[from:from+4])&0x7fffffff%1_000_000)
}

// TestBrowserSignIn sets a new workspace up and comes in by all ways, from
// outside.
func TestBrowserSignIn(t *testing.T) {
	data := filepath.Join(t.TempDir(), "data")
	ok(t, "init", "--data", data)
	s := serveData(t, data)
	line, err := s.said.ReadString('\n')
	if err != nil {
		t.Fatal(err)
	}
	_, code, _ := strings.Cut(strings.TrimSpace(line), "with this code: ")

	expected := []string{"400 (Bad Request)", "401 (Unauthorized)"}
	ctx := openBrowser(t, 4*time.Minute, expected...)
	d := desk{t, ctx, s.url}
	d.open("/retention")
	if at := d.at(); at != "/setup" {
		t.Fatalf("a workspace without users opens at %s", at)
	}
	d.step("the first user", typed("#field-code", "a wrong code"), typed("#field-name", "Ao"), typed("#field-email", "ao@example.com"),
		typed("#field-password", theirPassword), typed("#field-again", theirPassword))
	d.follow("with a wrong code", clicked("main form button"))
	d.sees("This is not the set-up code")
	d.step("the right one", typed("#field-code", code), typed("#field-password", theirPassword), typed("#field-again", theirPassword))
	d.follow("setting up", clicked("main form button"))
	d.sees("Your workspace is set up.")
	d.reload()
	d.step("home", becomes(`document.querySelector('header [title="Ao"]')`))
	d.signOut()
	d.sees("You are signed out.")

	d.open("/settings/security")
	if at := d.at(); !strings.HasPrefix(at, "/sign-in?return=") {
		t.Fatalf("who is signed out opens a page at %s", at)
	}
	d.signIn("ao@example.com", "wrong horse battery")
	d.sees("The e-mail or the password is wrong.")
	if got := d.js(`document.querySelector("#field-email").value`); got != "ao@example.com" {
		t.Errorf("the form keeps %q as the e-mail", got)
	}
	d.signIn("ao@example.com", theirPassword)
	if at := d.at(); at != "/settings/security" {
		t.Errorf("signing in led to %s, not to the page that was asked for", at)
	}

	d.step("a second factor", typed("#begin-present", theirPassword))
	d.follow("beginning", clicked(`form[action$="/begin"] button`))
	key := d.js(`document.querySelector("#two-factor code").innerText`)
	d.step("the code of the app", visible("svg.qr path"), typed("#field-code", codeOf(t, key, time.Now())))
	d.follow("turning it on", clicked(`form[action$="/confirm"] button`))
	recovery := d.js(`document.querySelector("#codes code").innerText`)
	d.open("/settings/security")
	d.sees("Recovery codes left: 10.")
	if strings.Contains(d.js(`document.body.innerText`), recovery) {
		t.Error("the recovery codes are shown twice")
	}
	d.signOut()
	d.open("/workspace")
	d.signIn("ao@example.com", theirPassword)
	d.sees("Second step")
	d.step("a wrong code", typed("#field-code", "12345"))
	d.follow("sending it", clicked("main form button"))
	d.sees("The code is wrong or was used before.")
	d.step("the next code", typed("#field-code", codeOf(t, key, time.Now().Add(30*time.Second))))
	d.follow("sending it", clicked("main form button"))
	if at := d.at(); at != "/workspace" {
		t.Errorf("the second step led to %s, not to the page that was asked for", at)
	}

	second := desk{t, another(t, ctx, expected...), s.url}
	second.open("/sign-in")
	second.signIn("ao@example.com", theirPassword)
	second.step("a recovery code", typed("#field-code", recovery))
	second.follow("sending it", clicked("main form button"))
	second.reload()
	second.step("is in", becomes(`document.querySelector('header [title="Ao"]')`))
	const sessions = `document.querySelectorAll("#sessions li").length`
	d.open("/settings/security")
	if n := d.js(sessions); n != "2" {
		t.Fatalf("%s sessions are listed of two", n)
	}
	d.sees("Recovery codes left: 9.")
	d.follow("ending the other", clicked(`#sessions form[action$="/revoke"] button`))
	d.sees("The session has ended.")
	d.reload()
	if n := d.js(sessions); n != "1" {
		t.Errorf("%s sessions are listed after one was ended", n)
	}
	second.open("/workspace")
	second.sees("E-mail", "Password")
	d.step("at 390 px", chromedp.EmulateViewport(390, 844))
	d.signOut()
	if wide := d.js(`document.documentElement.scrollWidth`); wide != "390" {
		t.Errorf("the sign-in is %s px wide at 390 px", wide)
	}
}
