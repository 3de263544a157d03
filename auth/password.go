package auth

import (
	"crypto/rand"
	"crypto/subtle"
	"encoding/base64"
	"fmt"
	"strings"
	"unicode/utf8"

	"golang.org/x/crypto/argon2"
	"golang.org/x/text/unicode/norm"

	minori "github.com/minori-hq/minori"
)

// Lengths of passwords, in characters.
const (
	MinPassword = 10
	MaxPassword = 200
)

// HashCost is how much work a password's hash takes.
type HashCost struct {
	MemoryKiB uint32
	Passes    uint32
	Lanes     uint8
}

// DefaultHashCost takes about 40 ms and 19 MiB on a usual server.
func DefaultHashCost() HashCost { return HashCost{MemoryKiB: 19 << 10, Passes: 2, Lanes: 1} }

// Sizes of a hash, and the most that a stored one may ask for.
const (
	saltSize   = 16
	keySize    = 32
	maxMemory  = 1 << 20 // KiB
	maxPasses  = 20
	phcPattern = "$argon2id$v=%d$m=%d,t=%d,p=%d$%s$%s"
)

// below reports whether a hash of cost c should be made anew with cost other.
func (c HashCost) below(other HashCost) bool {
	return c.MemoryKiB < other.MemoryKiB || c.Passes < other.Passes || c.Lanes < other.Lanes
}

// canonical makes a password the same however it was typed in.
func canonical(password string) []byte { return []byte(norm.NFKC.String(password)) }

// hash gives a password's hash as a PHC string.
func (c HashCost) hash(password string) string {
	salt := random(saltSize)
	return c.phc(salt, argon2.IDKey(canonical(password), salt, c.Passes, c.MemoryKiB, c.Lanes, keySize))
}

// nobody gives a hash that costs the same and that no password has, so that an
// unknown e-mail takes the same time.
func (c HashCost) nobody() string { return c.phc(random(saltSize), random(keySize)) }

func (c HashCost) phc(salt, key []byte) string {
	b := base64.RawStdEncoding
	return fmt.Sprintf(phcPattern, argon2.Version, c.MemoryKiB, c.Passes, c.Lanes, b.EncodeToString(salt), b.EncodeToString(key))
}

// matches compares a password with a PHC string and gives the cost of that.
func matches(phc, password string) (ok bool, cost HashCost) {
	parts := strings.Split(phc, "$")
	if len(parts) != 6 || parts[1] != "argon2id" || parts[2] != fmt.Sprintf("v=%d", argon2.Version) {
		return false, cost
	}
	if _, err := fmt.Sscanf(parts[3], "m=%d,t=%d,p=%d", &cost.MemoryKiB, &cost.Passes, &cost.Lanes); err != nil {
		return false, cost
	}
	salt, err1 := base64.RawStdEncoding.DecodeString(parts[4])
	key, err2 := base64.RawStdEncoding.DecodeString(parts[5])
	if err1 != nil || err2 != nil || len(key) == 0 || cost.MemoryKiB > maxMemory || cost.Passes < 1 || cost.Passes > maxPasses || cost.Lanes < 1 {
		return false, cost
	}
	got := argon2.IDKey(canonical(password), salt, cost.Passes, cost.MemoryKiB, cost.Lanes, uint32(len(key)))
	return subtle.ConstantTimeCompare(got, key) == 1, cost
}

// checkPassword holds a new password against the rules.
func checkPassword(password, email string) error {
	n := utf8.RuneCountInString(password)
	ref, typed := foldEmail(email), foldEmail(password)
	local, _, _ := strings.Cut(ref, "@")
	switch {
	case !utf8.ValidString(password) || n < MinPassword:
		return refuse(minori.Invalid, WhyShort, "the password needs at least %d characters", MinPassword)
	case n > MaxPassword:
		return refuse(minori.Invalid, WhyLong, "the password has more than %d characters", MaxPassword)
	case typed == ref || typed == local:
		return refuse(minori.Invalid, WhyIsEmail, "the password must not be the e-mail address")
	}
	return nil
}

// random gives n random bytes.
func random(n int) []byte {
	b := make([]byte, n)
	_, _ = rand.Read(b) // never fails
	return b
}
