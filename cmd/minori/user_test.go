package main

import (
	"bytes"
	"context"
	"database/sql"
	"net/http"
	"net/url"
	"path/filepath"
	"strings"
	"testing"
)

// userAnswer is what commands say of a user.
type userAnswer struct {
	ID         int64   `json:"id"`
	Email      string  `json:"email"`
	Name       string  `json:"name"`
	Role       string  `json:"role"`
	Access     string  `json:"access"`
	Person     *string `json:"person"`
	Active     bool    `json:"active"`
	TwoFactor  bool    `json:"two_factor"`
	LastSignIn *string `json:"last_sign_in"`
	Link       string  `json:"link,omitempty"`
}

// chainAnswer is what checking the audit log says.
type chainAnswer struct {
	Intact  bool  `json:"intact"`
	Lines   int64 `json:"lines"`
	Checked int64 `json:"checked"`
	Faults  []struct {
		ID    int64  `json:"id"`
		State string `json:"state"`
	} `json:"faults"`
	Cut  bool   `json:"cut"`
	Head string `json:"head"`
}

// tell runs minori with something on its standard input.
func tell(t *testing.T, input string, args ...string) (code int, out string) {
	t.Helper()
	cmd := program(context.Background(), "", args...)
	cmd.Stdin = strings.NewReader(input)
	var b bytes.Buffer
	cmd.Stdout, cmd.Stderr = &b, &b
	if err := cmd.Run(); err != nil && cmd.ProcessState == nil {
		t.Fatal(err)
	}
	return cmd.ProcessState.ExitCode(), b.String()
}

// signIn sends the form of the sign-in page and gives the status.
func (s *server) signIn(t *testing.T, email, password string) int {
	t.Helper()
	client := http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	resp, err := client.PostForm(s.url+"/sign-in", url.Values{"email": {email}, "password": {password}})
	if err != nil {
		t.Fatal(err)
	}
	_ = resp.Body.Close()
	return resp.StatusCode
}

func TestUserCommands(t *testing.T) {
	data := filepath.Join(t.TempDir(), "data")
	ok(t, "init", "--data", data)
	flag := []string{"--data", data}
	with := func(args ...string) []string { return append(args, flag...) }
	fails(t, exitFailed, []string{"no role", "king"}, with("user", "add", "a@example.com", "--role", "king")...)
	fails(t, exitFailed, []string{"not an e-mail"}, with("user", "add", "nobody")...)
	fails(t, exitFailed, []string{"no employee"}, with("user", "add", "a@example.com", "--person", "p-1")...)
	u := ask[userAnswer](t, with("user", "add", "a@example.com", "--name", "Aoi", "--role", "admin")...)
	if u.Role != "admin" || u.Access != "all" || !u.Active || !strings.HasPrefix(u.Link, "/reset/") || u.LastSignIn != nil {
		t.Fatalf("%+v", u)
	}
	fails(t, exitFailed, []string{"already"}, with("user", "add", "A@example.com")...)
	fails(t, exitFailed, []string{"last active admin"}, with("user", "role", "a@example.com", "csm")...)
	ask[userAnswer](t, with("user", "add", "b@example.com")...)

	const password = "correct horse battery"
	s := serveData(t, data)
	if code, _, _ := fetch(t, s.url+"/live", "Accept", "text/event-stream"); code != http.StatusUnauthorized {
		t.Errorf("a stream without a session is answered with %d", code)
	}
	if code, out := tell(t, "short\n", with("user", "password", "a@example.com")...); code != exitFailed || !strings.Contains(out, "at least 10") {
		t.Fatal(code, out)
	}
	if code, out := tell(t, password+"\n", with("user", "password", "a@example.com")...); code != exitDone || strings.Contains(out, password) {
		t.Fatal(code, out)
	}
	if got := s.signIn(t, "a@example.com", password); got != http.StatusSeeOther {
		t.Fatal(got)
	}
	if got := s.signIn(t, "a@example.com", "wrong password"); got != http.StatusUnauthorized {
		t.Fatal(got)
	}
	if code, out := tell(t, password, with("user", "password", "b@example.com")...); code != exitDone {
		t.Fatal(code, out)
	}
	ask[userAnswer](t, with("user", "disable", "b@example.com")...)
	if got := s.signIn(t, "b@example.com", password); got != http.StatusUnauthorized {
		t.Fatal("a disabled user came in:", got)
	}
	list := ask[[]userAnswer](t, with("user", "list")...)
	if len(list) != 2 || list[0].Name != "Aoi" || list[0].LastSignIn == nil || list[1].Active {
		t.Fatalf("%+v", list)
	}
	if r := ask[userAnswer](t, with("user", "reset", "a@example.com")...); r.Link == "" || r.Link == u.Link {
		t.Fatalf("%+v", r)
	}
	r := ask[chainAnswer](t, with("audit", "verify")...)
	if !r.Intact || r.Lines < 8 || r.Checked != r.Lines || r.Head == "" {
		t.Fatalf("%+v", r)
	}
	s.stop(t)

	db, err := sql.Open("sqlite3", filepath.Join(data, "records.db"))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := db.Exec("UPDATE audit SET actor = 'somebody else' WHERE id = 2"); err != nil {
		t.Fatal(err)
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	if code, out := tell(t, "", with("audit", "verify")...); code != exitFailed || !strings.Contains(out, "line 2: altered") {
		t.Fatal(code, out)
	}
}
