package accesstest

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	minori "github.com/minori-hq/minori"
	"github.com/minori-hq/minori/auth"
	"github.com/minori-hq/minori/store/records/access"
)

// keys is the service of write keys over the store; each has a memory of its
// own, as each process has.
func (e *env) keys() *auth.Keys {
	return auth.NewKeys(access.New(e.db.DB), func() time.Time { return e.now }, func(ctx context.Context, names []string) (map[string]int64, error) {
		return e.db.EnsureIDs(ctx, "Source", names)
	})
}

func testWriteKeys(t *testing.T, e *env) {
	s, root := e.keys(), minori.Actor{Name: "root", Role: minori.RoleOperations}
	spec := auth.WriteKey{Name: "first", SourceName: "web", Scopes: []auth.KeyScope{auth.ScopeTrack, auth.ScopeIdentify, auth.ScopeTrack}, Expires: e.now.AddDate(0, 0, 90).UnixMicro()}
	first, secret, err := s.Add(e.ctx, root, spec)
	check(t, err)
	spec.Name, spec.Expires = "second", 0
	second, other, err := s.Add(e.ctx, root, spec)
	check(t, err)
	if secret == other || !strings.HasPrefix(secret, "mwk_") || first.ID == second.ID || first.Source != second.Source || first.Source == 0 {
		t.Fatalf("%+v %q, %+v %q", first, secret, second, other)
	}
	// Both hold at once.
	for _, key := range []string{secret, other} {
		k, err := s.WriteKey(e.ctx, key)
		check(t, err)
		if k.Source != first.Source || k.SourceName != "web" || !k.May(auth.ScopeTrack) || k.May(auth.ScopeImport) || len(k.Scopes) != 2 || k.CreatedBy != "root" {
			t.Fatalf("%+v", k)
		}
	}
	for _, key := range []string{"", "x", secret + "x", secret[:len(secret)-1], strings.ToLower(secret), "mwk_' OR 1=1 --"} {
		_, err := s.WriteKey(e.ctx, key)
		wantCode(t, err, minori.Unauthenticated)
	}
	for _, role := range []minori.Role{minori.RoleLeader, minori.RoleCSM, minori.RoleManager, minori.RoleObserver, ""} {
		a := minori.Actor{Name: "x", Role: role}
		_, _, err := s.Add(e.ctx, a, spec)
		wantCode(t, err, minori.Forbidden)
		_, err = s.Revoke(e.ctx, a, first.ID)
		wantCode(t, err, minori.Forbidden)
		_, _, err = s.List(e.ctx, a, minori.Page{})
		wantCode(t, err, minori.Forbidden)
	}
	testRevoked(t, e, s, second.ID, other)
	_, err = s.WriteKey(e.ctx, secret)
	check(t, err)
	list, total, err := s.List(e.ctx, root, minori.Page{})
	check(t, err)
	if total != 2 || list[0].ID != first.ID || list[1].ID != second.ID || list[1].State(e.now.UnixMicro()) != "revoked" || list[0].State(e.now.UnixMicro()) != "active" {
		t.Fatalf("%+v", list)
	}
	// The hour at which it expires is exact.
	e.now = e.now.Add(-6*time.Second).AddDate(0, 0, 90).Add(-time.Microsecond)
	_, err = s.WriteKey(e.ctx, secret)
	check(t, err)
	e.now = e.now.Add(time.Microsecond)
	_, err = s.WriteKey(e.ctx, secret)
	wantCode(t, err, minori.Unauthenticated)
	testKeyUse(t, e)
	lines, err := access.New(e.db.DB).Audit(e.ctx, minori.Page{Limit: 10})
	check(t, err)
	if len(lines) != 4 || lines[1].Action != "key.revoke" || lines[2].Action != "key.add" || lines[1].Object != fmt.Sprintf("write key %d", second.ID) || lines[1].Actor != "root" {
		t.Fatalf("%+v", lines)
	}
	for _, l := range lines {
		if strings.Contains(l.Detail, "mwk_") {
			t.Fatalf("the audit log tells a secret: %+v", l)
		}
	}
}

// testRevoked revokes a key: it ends at once here, and after some seconds in
// another process.
func testRevoked(t *testing.T, e *env, s *auth.Keys, id int64, secret string) {
	root := minori.Actor{Name: "root", Role: minori.RoleOperations}
	elsewhere := e.keys()
	_, err := elsewhere.WriteKey(e.ctx, secret)
	check(t, err)
	_, err = s.Revoke(e.ctx, root, id)
	check(t, err)
	_, err = s.WriteKey(e.ctx, secret)
	wantCode(t, err, minori.Unauthenticated)
	e.now = e.now.Add(6 * time.Second)
	_, err = elsewhere.WriteKey(e.ctx, secret)
	wantCode(t, err, minori.Unauthenticated)
	_, err = s.Revoke(e.ctx, root, id)
	wantCode(t, err, minori.Conflict)
	_, err = s.Revoke(e.ctx, root, 999)
	wantCode(t, err, minori.NotFound)
}

// testKeyUse holds that the use of a key is noted, about once a minute.
func testKeyUse(t *testing.T, e *env) {
	s, root := e.keys(), minori.Actor{Name: "root", Role: minori.RoleAdmin}
	k, secret, err := s.Add(e.ctx, root, auth.WriteKey{Name: "used", SourceName: "web", Scopes: []auth.KeyScope{auth.ScopeTrack}})
	check(t, err)
	used := func() int64 {
		list, _, err := s.List(e.ctx, root, minori.Page{})
		check(t, err)
		if list[0].ID != k.ID {
			t.Fatalf("%+v", list)
		}
		return list[0].Used
	}
	if used() != 0 {
		t.Fatal("a key is used before it is")
	}
	start := e.now
	for _, step := range []struct{ after, noted time.Duration }{{0, 0}, {30 * time.Second, 0}, {59 * time.Second, 0}, {61 * time.Second, 61 * time.Second}, {90 * time.Second, 61 * time.Second}} {
		e.now = start.Add(step.after)
		var wg sync.WaitGroup
		for range 4 {
			wg.Go(func() {
				if _, err := s.WriteKey(e.ctx, secret); err != nil {
					t.Error(err)
				}
			})
		}
		wg.Wait()
		if got := used(); got != start.Add(step.noted).UnixMicro() {
			t.Errorf("used %v after the start it is noted %v", step.after, time.Duration(got-start.UnixMicro())*time.Microsecond)
		}
	}
}

func testBrowserKeys(t *testing.T, e *env) {
	s, root := e.keys(), minori.Actor{Name: "root", Role: minori.RoleAdmin}
	add := func(scope auth.KeyScope, expires int64, origins ...string) (auth.WriteKey, error) {
		k, _, err := s.Add(e.ctx, root, auth.WriteKey{Name: "web", SourceName: "web", Scopes: []auth.KeyScope{scope}, Origins: origins, Expires: expires})
		return k, err
	}
	allowed := func(origin string, want bool) {
		t.Helper()
		if got, err := s.BrowserOrigin(e.ctx, origin); err != nil || got != want {
			t.Fatalf("%s: %v, %v", origin, got, err)
		}
	}
	allowed("https://a.example.com", false)
	one, err := add(auth.ScopeBrowser, 0, "https://a.example.com", "http://localhost:3000")
	check(t, err)
	_, err = add(auth.ScopeBrowser, e.now.Add(time.Hour).UnixMicro(), "https://*.example.org")
	check(t, err)
	allowed("https://a.example.com", true)
	allowed("http://localhost:3000", true)
	allowed("https://x.example.org", true)
	allowed("https://example.org", false)
	allowed("", false)
	_, err = s.Revoke(e.ctx, root, one.ID)
	check(t, err)
	allowed("https://a.example.com", false)
	e.now = e.now.Add(time.Hour)
	allowed("https://x.example.org", false)
	for _, c := range []struct {
		scope   auth.KeyScope
		origins []string
	}{
		{auth.ScopeBrowser, nil}, {auth.ScopeTrack, []string{"https://a.example.com"}}, {"all", nil}, {auth.ScopeBrowser, []string{"a.example.com"}},
		{auth.ScopeBrowser, []string{"https://a.example.com/"}}, {auth.ScopeBrowser, []string{"https://a.*.com"}}, {auth.ScopeBrowser, []string{"ftp://a.example.com"}},
		{auth.ScopeBrowser, []string{"https://a b"}}, {auth.ScopeBrowser, []string{"https://u:p@a.example.com"}}, {auth.ScopeBrowser, []string{"null"}},
	} {
		_, err := add(c.scope, 0, c.origins...)
		wantCode(t, err, minori.Invalid)
	}
	_, err = add(auth.ScopeTrack, e.now.UnixMicro())
	wantCode(t, err, minori.Invalid)
	_, err = add(auth.ScopeBrowser, 0, "*")
	check(t, err)
	allowed("https://anything.example", true)
	allowed("", false)
}
