package auth

import (
	"strings"
	"testing"
	"time"
)

// TestRFC6238 holds the vectors of appendix B for SHA-1.
func TestRFC6238(t *testing.T) {
	secret := []byte("12345678901234567890")
	for at, want := range map[int64]string{
		59: "94287082", 1111111109: "07081804", 1111111111: "14050471", 1234567890: "89005924", 2000000000: "69279037", 20000000000: "65353130",
	} {
		if got := totp(secret, at/totpStep, 8); got != want {
			t.Errorf("at %d: %s, want %s", at, got, want)
		}
	}
}

func TestMatchTOTP(t *testing.T) {
	secret, now := []byte("12345678901234567890"), time.Unix(1111111111, 0)
	current := now.Unix() / totpStep
	for offset, want := range map[int64]bool{-2: false, -1: true, 0: true, 1: true, 2: false} {
		step, ok := matchTOTP(secret, totp(secret, current+offset, totpDigits), now, 0)
		if ok != want || ok && step != current+offset {
			t.Errorf("offset %d: %v %d", offset, ok, step)
		}
	}
	if _, ok := matchTOTP(secret, totp(secret, current, totpDigits), now, current); ok {
		t.Error("a code worked twice")
	}
}

func TestKeyURI(t *testing.T) {
	uri := keyURI("a+b@example.com", []byte("12345678901234567890"))
	if !strings.HasPrefix(uri, "otpauth://totp/Minori:a+b@example.com?") || !strings.Contains(uri, "secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ") || !strings.Contains(uri, "issuer=Minori") {
		t.Fatal(uri)
	}
}

func TestPHC(t *testing.T) {
	cost := HashCost{MemoryKiB: 64, Passes: 1, Lanes: 1}
	phc := cost.hash("secret words")
	if ok, got := matches(phc, "secret words"); !ok || got != cost {
		t.Fatal(ok, got)
	}
	for _, bad := range []string{"", "x", "$argon2id$v=19$m=64,t=1,p=1$$", "$argon2id$v=19$m=999999999,t=1,p=1$AAAA$AAAA", "$argon2id$v=19$m=64,t=0,p=1$AAAA$AAAA",
		"$argon2i$v=19$m=64,t=1,p=1$AAAA$AAAA", strings.Replace(phc, "t=1", "t=2", 1), cost.nobody()} {
		if ok, _ := matches(bad, "secret words"); ok {
			t.Errorf("%q matches", bad)
		}
	}
}

func TestChainSeparatesFields(t *testing.T) {
	if Chain("", Entry{Actor: "ab", Action: "c"}) == Chain("", Entry{Actor: "a", Action: "bc"}) {
		t.Fatal("fields run into each other")
	}
}

// Code gives the code of a secret as apps show it, for tests from outside.
func Code(secret []byte, at time.Time) string { return totp(secret, at.Unix()/totpStep, totpDigits) }
