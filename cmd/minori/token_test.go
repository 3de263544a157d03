package main

import (
	"net/http"
	"path/filepath"
	"strings"
	"testing"
)

// keyAnswer is what commands say of a write key.
type keyAnswer struct {
	ID      int64    `json:"id"`
	Name    string   `json:"name"`
	Source  string   `json:"source"`
	Scopes  []string `json:"scopes"`
	Origins []string `json:"origins"`
	State   string   `json:"state"`
	Created string   `json:"created"`
	Used    *string  `json:"used"`
	Expires *string  `json:"expires"`
	Key     string   `json:"key,omitempty"`
}

// sends posts a message with a key and gives the status.
func (s *server) sends(t testing.TB, key string) int {
	t.Helper()
	req, err := http.NewRequest(http.MethodPost, s.url+"/v1/track", strings.NewReader(`{"userId":"u","event":"e"}`))
	if err != nil {
		t.Fatal(err)
	}
	req.SetBasicAuth(key, "")
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	_ = resp.Body.Close()
	return resp.StatusCode
}

func TestTokenCommands(t *testing.T) {
	data := filepath.Join(t.TempDir(), "data")
	ok(t, "init", "--data", data)
	with := func(args ...string) []string { return append(args, "--data", data) }
	fails(t, exitUsage, []string{"write-key"}, with("token", "add")...)
	fails(t, exitFailed, []string{"no scope", "all"}, with("token", "add", "--write-key", "web", "--scope", "all")...)
	fails(t, exitFailed, []string{"needs the origins"}, with("token", "add", "--write-key", "web", "--scope", "browser")...)
	fails(t, exitFailed, []string{"not an origin"}, with("token", "add", "--write-key", "web", "--origin", "example.com")...)
	fails(t, exitFailed, []string{"not a window"}, with("token", "add", "--write-key", "web", "--expires", "soon")...)
	fails(t, exitFailed, []string{"no write key 7"}, with("token", "revoke", "7")...)
	first := ask[keyAnswer](t, with("token", "add", "--write-key", "web")...)
	if first.Source != "web" || strings.Join(first.Scopes, " ") != "identify import track" || first.Expires != nil || first.Used != nil || first.State != "active" || first.Key == "" {
		t.Fatalf("%+v", first)
	}

	s := serveData(t, data)
	second := ask[keyAnswer](t, with("token", "add", "--write-key", "web 2", "--source", "web", "--scope", "track", "--origin", "https://app.example.com", "--expires", "90d")...)
	if second.Source != "web" || strings.Join(second.Scopes, " ") != "browser track" || second.Expires == nil || strings.Join(second.Origins, " ") != "https://app.example.com" {
		t.Fatalf("%+v", second)
	}
	if text := ok(t, with("token", "list")...); strings.Contains(text, first.Key) || strings.Contains(text, "mwk_") || !strings.Contains(text, "never used") {
		t.Fatal(text)
	}
	for _, key := range []string{first.Key, second.Key} {
		if got := s.sends(t, key); got != http.StatusOK {
			t.Fatal(got)
		}
	}
	if r := ask[keyAnswer](t, with("token", "revoke", "1")...); r.State != "revoked" || r.ID != first.ID {
		t.Fatalf("%+v", r)
	}
	if got := s.sends(t, first.Key); got != http.StatusUnauthorized {
		t.Fatal("a revoked key still holds:", got)
	}
	if got := s.sends(t, second.Key); got != http.StatusOK {
		t.Fatal("the other key of the source does not hold:", got)
	}
	list := ask[[]keyAnswer](t, with("token", "list")...)
	if len(list) != 2 || list[0].ID != second.ID || list[0].Used == nil || list[1].State != "revoked" || list[1].Key != "" {
		t.Fatalf("%+v", list)
	}
	s.stop(t)
}
