package auth

import (
	"crypto/hmac"
	"crypto/sha1"
	"crypto/subtle"
	"encoding/base32"
	"encoding/binary"
	"fmt"
	"net/url"
	"strings"
	"time"

	"golang.org/x/text/unicode/norm"
)

// A code of the second factor, as authenticator apps make them (RFC 6238).
const (
	totpStep   = 30 // seconds
	totpDigits = 6
	totpSecret = 20 // bytes
	totpSlack  = 1  // steps before and after that are taken, for clocks that differ
)

// totp gives the code of a step.
func totp(secret []byte, step int64, digits int) string {
	var counter [8]byte
	binary.BigEndian.PutUint64(counter[:], uint64(step))
	mac := hmac.New(sha1.New, secret)
	mac.Write(counter[:])
	sum := mac.Sum(nil)
	at := sum[len(sum)-1] & 0xf
	n := binary.BigEndian.Uint32(sum[at:at+4]) & 0x7fffffff
	mod := uint32(1)
	for range digits {
		mod *= 10
	}
	return fmt.Sprintf("%0*d", digits, n%mod)
}

// matchTOTP gives the step a code belongs to, among those after last.
func matchTOTP(secret []byte, code string, now time.Time, last int64) (step int64, ok bool) {
	current := now.Unix() / totpStep
	for s := current - totpSlack; s <= current+totpSlack; s++ {
		if s > last && subtle.ConstantTimeCompare([]byte(totp(secret, s, totpDigits)), []byte(code)) == 1 {
			step, ok = s, true
		}
	}
	return step, ok
}

// keyText writes a secret the way people type it into an app.
func keyText(secret []byte) string {
	return base32.StdEncoding.WithPadding(base32.NoPadding).EncodeToString(secret)
}

// keyURI gives the address that authenticator apps read from a QR code.
func keyURI(email string, secret []byte) string {
	q := url.Values{"secret": {keyText(secret)}, "issuer": {issuer}, "algorithm": {"SHA1"}, "digits": {fmt.Sprint(totpDigits)}, "period": {fmt.Sprint(totpStep)}}
	return "otpauth://totp/" + url.PathEscape(issuer+":"+email) + "?" + strings.ReplaceAll(q.Encode(), "+", "%20")
}

// issuer is the name under which apps keep the key.
const issuer = "Minori"

// recoveryCodes is how many recovery codes are made at once.
const recoveryCodes = 10

// newRecoveryCode makes a code of 60 bits: "k7qx9-2mpab3".
func newRecoveryCode() string {
	s := strings.ToLower(base32.StdEncoding.EncodeToString(random(10)))[:12]
	return s[:6] + "-" + s[6:]
}

// plainCode drops what people add when they type a code.
func plainCode(s string) string {
	return strings.ToLower(strings.NewReplacer(" ", "", "-", "", "\u3000", "").Replace(norm.NFKC.String(s)))
}
