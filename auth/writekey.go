package auth

import (
	"context"
	"crypto/rand"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"sync"
	"time"
	"unicode/utf8"

	minori "github.com/minori-hq/minori"
)

// WriteKey lets a program send tracking messages of one source. Several keys of
// a source may hold at once, so that one is replaced while both work.
type WriteKey struct {
	ID         int64
	Name       string
	Source     int64 // surrogate key of the source
	SourceName string
	Scopes     []KeyScope
	Origins    []string // of pages that may use it, with the scope browser
	Created    int64    // microseconds since 1970 UTC
	CreatedBy  string
	Used       int64 // to within a minute or so; 0: never
	Expires    int64 // 0: never
	Revoked    int64 // 0: not revoked
}

// KeyScope is a thing that a write key is good for.
type KeyScope string

// The scopes.
const (
	ScopeTrack    KeyScope = "track"    // track, page, screen
	ScopeIdentify KeyScope = "identify" // identify, group, alias
	ScopeImport   KeyScope = "import"   // the address for importing the past
	ScopeBrowser  KeyScope = "browser"  // from pages of some origins
)

// KeyScopes gives all scopes.
func KeyScopes() []KeyScope {
	return []KeyScope{ScopeTrack, ScopeIdentify, ScopeImport, ScopeBrowser}
}

// May reports whether the key has a scope.
func (k *WriteKey) May(s KeyScope) bool { return slices.Contains(k.Scopes, s) }

// AllowsOrigin reports whether pages of an origin may use the key.
func (k *WriteKey) AllowsOrigin(origin string) bool {
	return k.May(ScopeBrowser) && slices.ContainsFunc(k.Origins, func(o string) bool { return originMatches(o, origin) })
}

// originMatches holds an origin against "*", "https://app.example.com" or
// "https://*.example.com".
func originMatches(pattern, origin string) bool {
	before, after, wild := strings.Cut(strings.ToLower(pattern), "*")
	origin = strings.ToLower(origin)
	if !wild {
		return before == origin
	}
	return len(origin) > len(before)+len(after) && strings.HasPrefix(origin, before) && strings.HasSuffix(origin, after)
}

// State says whether the key holds at an instant: active, revoked or expired.
func (k *WriteKey) State(now int64) string {
	switch {
	case k.Revoked != 0:
		return "revoked"
	case k.Expires != 0 && k.Expires <= now:
		return "expired"
	}
	return "active"
}

// Bounds of write keys.
const (
	keyPrefix  = "mwk_"
	maxOrigins = 20
	maxOrigin  = 200
)

// Validate reports what is wrong with a key that is to be made.
func (k *WriteKey) Validate() error {
	for what, s := range map[string]string{"name": k.Name, "source": k.SourceName} {
		if s == "" || utf8.RuneCountInString(s) > maxName || !clean(s) {
			return minori.Errorf(minori.Invalid, "a write key has a %s of at most %d characters", what, maxName)
		}
	}
	if len(k.Scopes) == 0 {
		return minori.Errorf(minori.Invalid, "a write key has at least one of the scopes %s", scopeNames(KeyScopes()))
	}
	for _, s := range k.Scopes {
		if !slices.Contains(KeyScopes(), s) {
			return minori.Errorf(minori.Invalid, "there is no scope %q; the scopes are %s", short(string(s), 60), scopeNames(KeyScopes()))
		}
	}
	switch {
	case k.May(ScopeBrowser) && len(k.Origins) == 0:
		return minori.Errorf(minori.Invalid, "a key for browsers needs the origins of its pages, such as https://app.example.com (* allows every page)")
	case !k.May(ScopeBrowser) && len(k.Origins) > 0:
		return minori.Errorf(minori.Invalid, "origins need the scope browser")
	case len(k.Origins) > maxOrigins:
		return minori.Errorf(minori.Invalid, "a write key has at most %d origins", maxOrigins)
	}
	for _, o := range k.Origins {
		if err := validOrigin(o); err != nil {
			return err
		}
	}
	return nil
}

func validOrigin(o string) error {
	u, err := url.Parse(strings.Replace(o, "://*.", "://", 1))
	whole := err == nil && (u.Scheme == "https" || u.Scheme == "http") && u.Host != "" && !strings.Contains(u.Host, "*") &&
		u.Path == "" && u.RawQuery == "" && u.Fragment == "" && u.User == nil
	if o == "*" || whole && len(o) <= maxOrigin {
		return nil
	}
	return minori.Errorf(minori.Invalid, "%q is not an origin such as https://app.example.com or https://*.example.com", short(o, 60))
}

func scopeNames(list []KeyScope) string {
	names := make([]string, len(list))
	for i, s := range list {
		names[i] = string(s)
	}
	return strings.Join(names, ", ")
}

// KeyStore keeps write keys.
type KeyStore interface {
	Log
	InTx(ctx context.Context, fn func(ctx context.Context) error) error
	// InsertWriteKey gives the new key's number; the secret's hash is kept.
	InsertWriteKey(ctx context.Context, k WriteKey, hash string) (int64, error)
	FindWriteKey(ctx context.Context, hash string) (WriteKey, bool, error)
	// WriteKeys gives keys, those that hold at an instant first, then newest first,
	// with how many there are.
	WriteKeys(ctx context.Context, now int64, page minori.Page) ([]WriteKey, int, error)
	// RevokeWriteKey gives the key as it was; false if there is none.
	RevokeWriteKey(ctx context.Context, id, at int64) (WriteKey, bool, error)
	TouchWriteKey(ctx context.Context, id, at int64) error
	// BrowserOrigins gives the origins of the keys that hold at an instant.
	BrowserOrigins(ctx context.Context, now int64) ([]string, error)
}

// How keys are looked up.
const (
	keyFresh = 5 * time.Second // a key is looked up again after this
	keysKept = 10_000          // in memory
	keyNoted = time.Minute     // that it is used is noted as often
	keyTouch = 100 * time.Millisecond
)

// Keys holds the rules of write keys.
type Keys struct {
	store   KeyStore
	clock   minori.Clock
	sources func(ctx context.Context, names []string) (map[string]int64, error)

	mu      sync.Mutex
	known   map[string]keyEntry // by the key's hash
	unknown map[string]int64    // hashes of keys that there are not, with when to look again
	origins []string
	until   int64 // when to read the origins again
}

// keyEntry is a key as it was looked up.
type keyEntry struct {
	key   WriteKey
	until int64 // when to look it up again
	noted int64 // when its use was noted, or that was tried
}

// NewKeys makes the service; sources gives the surrogate keys of sources.
func NewKeys(store KeyStore, clock minori.Clock, sources func(ctx context.Context, names []string) (map[string]int64, error)) *Keys {
	return &Keys{store: store, clock: clock, sources: sources, known: map[string]keyEntry{}, unknown: map[string]int64{}}
}

func configures(actor minori.Actor, what string) error {
	return actor.Require(actor.MayConfigure(), what)
}

// Add makes a key from its name, source, scopes, origins and expiry, and gives
// the secret, which is not kept.
func (s *Keys) Add(ctx context.Context, actor minori.Actor, k WriteKey) (WriteKey, string, error) {
	if err := configures(actor, "make write keys"); err != nil {
		return k, "", err
	}
	k.Scopes = slices.Clone(k.Scopes)
	slices.Sort(k.Scopes)
	k.Scopes = slices.Compact(k.Scopes)
	k.Created, k.CreatedBy, k.Used, k.Revoked = s.clock().UnixMicro(), actor.Name, 0, 0
	if err := k.Validate(); err != nil {
		return k, "", err
	}
	if k.State(k.Created) != "active" {
		return k, "", minori.Errorf(minori.Invalid, "a write key cannot expire in the past")
	}
	secret := keyPrefix + rand.Text()
	err := s.store.InTx(ctx, func(ctx context.Context) error {
		ids, err := s.sources(ctx, []string{k.SourceName})
		if err != nil {
			return err
		}
		k.Source = ids[k.SourceName]
		if k.ID, err = s.store.InsertWriteKey(ctx, k, hashOf(secret)); err != nil {
			return err
		}
		return s.note(ctx, actor, "key.add", k)
	})
	s.forget()
	return k, secret, err
}

func (s *Keys) note(ctx context.Context, actor minori.Actor, action string, k WriteKey) error {
	detail := fmt.Sprintf("%s, source %s, scopes %s", k.Name, k.SourceName, scopeNames(k.Scopes))
	if len(k.Origins) > 0 {
		detail += ", origins " + strings.Join(k.Origins, " ")
	}
	return s.store.AppendAudit(ctx, Entry{At: s.clock().UnixMicro(), Actor: actor.Name, Action: action, Object: fmt.Sprintf("write key %d", k.ID), Detail: short(detail, 500)})
}

// List gives keys, those that hold first.
func (s *Keys) List(ctx context.Context, actor minori.Actor, page minori.Page) ([]WriteKey, int, error) {
	if err := configures(actor, "see write keys"); err != nil {
		return nil, 0, err
	}
	return s.store.WriteKeys(ctx, s.clock().UnixMicro(), page)
}

// Revoke ends a key at once.
func (s *Keys) Revoke(ctx context.Context, actor minori.Actor, id int64) (WriteKey, error) {
	if err := configures(actor, "revoke write keys"); err != nil {
		return WriteKey{}, err
	}
	var k WriteKey
	err := s.store.InTx(ctx, func(ctx context.Context) (err error) {
		now, found := s.clock().UnixMicro(), false
		if k, found, err = s.store.RevokeWriteKey(ctx, id, now); err != nil {
			return err
		}
		switch {
		case !found:
			return minori.Errorf(minori.NotFound, "there is no write key %d; see minori token list", id)
		case k.Revoked != 0:
			return minori.Errorf(minori.Conflict, "the write key %d was revoked already", id)
		}
		k.Revoked = now
		return s.note(ctx, actor, "key.revoke", k)
	})
	s.forget()
	return k, err
}

// forget makes what is kept in memory be read again.
func (s *Keys) forget() {
	s.mu.Lock()
	defer s.mu.Unlock()
	clear(s.known)
	clear(s.unknown)
	s.until = 0
}

// WriteKey finds the key that a request brings, which holds now. It is looked
// up at most every few seconds; one revoked by another process holds as long.
func (s *Keys) WriteKey(ctx context.Context, secret string) (WriteKey, error) {
	now := s.clock().UnixMicro()
	k, err := s.find(ctx, secret, now)
	if err != nil {
		return WriteKey{}, err
	}
	if state := k.State(now); state != "active" {
		return WriteKey{}, minori.Errorf(minori.Unauthenticated, "the write key is %s", state)
	}
	return k, nil
}

func (s *Keys) find(ctx context.Context, secret string, now int64) (WriteKey, error) {
	none := minori.Errorf(minori.Unauthenticated, "there is no such write key")
	if secret == "" {
		return WriteKey{}, minori.Errorf(minori.Unauthenticated, "the write key is missing; send it as the user name of Basic authentication")
	}
	if !strings.HasPrefix(secret, keyPrefix) || len(secret) > 100 {
		return WriteKey{}, none
	}
	hash := hashOf(secret)
	s.mu.Lock()
	entry, found := s.known[hash]
	again, missed := s.unknown[hash]
	s.mu.Unlock()
	switch {
	case missed && now < again:
		return WriteKey{}, none
	case !found || now >= entry.until:
		k, there, err := s.store.FindWriteKey(ctx, hash)
		if err != nil {
			return WriteKey{}, fmt.Errorf("looking a write key up: %w", err)
		}
		if !there {
			s.mu.Lock()
			defer s.mu.Unlock()
			keep(s.unknown, hash, now+keyFresh.Microseconds())
			return WriteKey{}, none
		}
		entry = keyEntry{key: k, until: now + keyFresh.Microseconds(), noted: max(entry.noted, k.Used)}
	case now-entry.noted < keyNoted.Microseconds():
		return entry.key, nil
	}
	note := entry.key.State(now) == "active" && now-entry.noted >= keyNoted.Microseconds()
	if note {
		entry.noted = now
	}
	s.mu.Lock()
	keep(s.known, hash, entry)
	s.mu.Unlock()
	if note {
		s.touch(ctx, entry.key.ID, now)
	}
	return entry.key, nil
}

// touch notes that a key is used. A request does not wait for it behind a long
// write; then it is noted a minute later.
func (s *Keys) touch(ctx context.Context, id, now int64) {
	ctx, cancel := context.WithTimeout(ctx, keyTouch)
	defer cancel()
	_ = s.store.TouchWriteKey(ctx, id, now)
}

// keep puts something into a map that holds no more than keysKept.
func keep[V any](m map[string]V, hash string, v V) {
	if len(m) >= keysKept {
		clear(m)
	}
	m[hash] = v
}

// BrowserOrigin reports whether pages of an origin may use any of the keys: a
// browser asks before it tells which key it has.
func (s *Keys) BrowserOrigin(ctx context.Context, origin string) (bool, error) {
	now := s.clock().UnixMicro()
	s.mu.Lock()
	origins, fresh := s.origins, now < s.until
	s.mu.Unlock()
	if !fresh {
		var err error
		if origins, err = s.store.BrowserOrigins(ctx, now); err != nil {
			return false, fmt.Errorf("reading the origins of write keys: %w", err)
		}
		s.mu.Lock()
		s.origins, s.until = origins, now+keyFresh.Microseconds()
		s.mu.Unlock()
	}
	return slices.ContainsFunc(origins, func(o string) bool { return originMatches(o, origin) }), nil
}
