package webhook

import (
	"crypto/rand"
	"encoding/base32"
	"encoding/base64"
	"fmt"
	"strings"
	"time"

	standardwebhooks "github.com/standard-webhooks/standard-webhooks/libraries/go"
)

// secretPrefix marks a secret of Standard Webhooks.
const secretPrefix = "whsec_"

// purpose is what secrets are sealed for.
const purpose = "webhook"

// newSecret makes a secret of 24 random bytes.
func newSecret() string {
	b := make([]byte, 24)
	rand.Read(b) // never fails
	return secretPrefix + base64.StdEncoding.EncodeToString(b)
}

// newUID makes the id of a message.
func newUID() string {
	b := make([]byte, 15)
	rand.Read(b)
	return "msg_" + strings.ToLower(base32.StdEncoding.EncodeToString(b))
}

// signatures gives the value of the header webhook-signature: one signature
// for every secret that holds.
func signatures(secrets []string, uid string, at time.Time, body string) (string, error) {
	out := make([]string, len(secrets))
	for i, secret := range secrets {
		w, err := standardwebhooks.NewWebhook(secret)
		if err != nil {
			return "", fmt.Errorf("reading a secret: %w", err)
		}
		if out[i], err = w.Sign(uid, at, []byte(body)); err != nil {
			return "", fmt.Errorf("signing: %w", err)
		}
	}
	return strings.Join(out, " "), nil
}

// secrets opens those secrets of an endpoint that sign at an instant, the
// present one first.
func (s *Service) secrets(e *Endpoint, at int64) ([]string, error) {
	sealed := []string{e.secret.now}
	if e.secret.old != "" && at < e.Rotated {
		sealed = append(sealed, e.secret.old)
	}
	out := make([]string, len(sealed))
	for i, text := range sealed {
		b, err := s.cfg.Vault.Open(purpose, text)
		if err != nil {
			return nil, err
		}
		out[i] = string(b)
	}
	return out, nil
}
