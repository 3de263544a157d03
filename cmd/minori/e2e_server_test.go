package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/minori-hq/minori/app/owner"
)

// server is a running `minori serve`.
type server struct {
	cmd    *exec.Cmd
	url    string
	said   *bufio.Reader // standard output after its first line
	errout *bytes.Buffer
	done   chan error
}

// serveData starts a server in a folder of its own and waits until it takes
// commands.
func serveData(t testing.TB, data string) *server {
	t.Helper()
	s := &server{cmd: program(context.Background(), t.TempDir(), "serve", "--data", data, "--addr", "127.0.0.1:0"), errout: &bytes.Buffer{}, done: make(chan error, 1)}
	s.cmd.Stderr = s.errout
	out, err := s.cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := s.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	s.said = bufio.NewReader(out)
	line, err := s.said.ReadString('\n')
	if err != nil {
		t.Fatalf("the server did not start: %v, %s", err, s.errout)
	}
	_, rest, _ := strings.Cut(line, "http://")
	addr, _, _ := strings.Cut(rest, " ")
	s.url = "http://" + addr
	go func() { s.done <- s.cmd.Wait() }()
	t.Cleanup(func() { _ = s.cmd.Process.Kill() })
	waitFor(t, "the server's socket", func() bool { return holder(data).Socket != "" })
	return s
}

// stop ends the server as Ctrl-C does.
func (s *server) stop(t testing.TB) {
	t.Helper()
	if err := s.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	select {
	case err := <-s.done:
		if err != nil {
			t.Errorf("the server ended with %v: %s", err, s.errout)
		}
	case <-time.After(20 * time.Second):
		t.Error("the server does not stop")
	}
}

// holder reads the lock file of a data directory.
func holder(data string) owner.Holder {
	var h owner.Holder
	if b, err := os.ReadFile(filepath.Join(data, "minori.lock")); err == nil {
		_ = json.Unmarshal(b, &h)
	}
	return h
}

func waitFor(t testing.TB, what string, ready func() bool) {
	t.Helper()
	for range 400 {
		if ready() {
			return
		}
		time.Sleep(25 * time.Millisecond)
	}
	t.Fatalf("%s does not come", what)
}

// TestCommandsWhileServing runs the same commands on two equal workspaces, of
// which one is being served: answers, files and exit statuses are the same.
func TestCommandsWhileServing(t *testing.T) {
	offline, served := applied.copy(t), applied.copy(t)
	s := serveData(t, served)
	if info, err := os.Stat(holder(served).Socket); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("the socket: %v, %v", info, err)
	}
	bad := "account_id,account_name,industry,country,signup_date,referral_source,plan_tier,seats,is_trial,churn_flag\n" +
		"A-new,Neu,EdTech,US,2024-10-16,partner,Basic,9,False,False\nA-bad,Schlecht,EdTech,US,2024-13-16,partner,Basic,-9,False,False\n"
	wd := func() string {
		dir := writeFiles(t, "in/ravenstack_accounts.csv", bad, "wrong/w.yaml", "kind: Fild\nname: account.note\n", "small/f.yaml", "kind: Field\nname: account.note\ntype: text\n")
		copyDir(t, ravenstack("data"), filepath.Join(dir, "data"))
		return dir
	}
	here, there := wd(), wd()
	day := []string{"--as-of", "2024-12-31"}
	for _, c := range []struct {
		code int
		args []string
	}{
		{0, []string{"import", "--input", "data"}},
		{0, []string{"import", "--input", "data", "--json"}},
		{3, []string{"import", "--input", "in", "--source", "ravenstack-accounts", "--rejects", "out/r.rejects.csv", "--json"}},
		{3, []string{"import", "--input", "./in/ravenstack_accounts.csv", "--source", "ravenstack-accounts", "--json"}},
		{1, []string{"import", "--input", "nothing"}},
		{0, []string{"diff", "small", "--json"}},
		{0, []string{"apply", "small/f.yaml", "--json"}},
		{1, []string{"apply", "in"}},
		{1, []string{"apply", "wrong"}},
		{1, []string{"apply", "wrong/w.yaml"}},
		{0, []string{"export", "exported"}},
		{0, []string{"diff", "exported", "--prune", "--json"}},
		{1, []string{"evaluate", "--as-of", "2024-13-31"}},
		{0, append([]string{"report", "scores", "health", "--json"}, day...)},
		{0, append([]string{"report", "measures", "--json"}, day...)},
		{0, []string{"report", "retention", "--from", "2023-12-31", "--to", "2024-12-31", "--json"}},
		{0, []string{"report", "actions", "--status", "all", "--json"}},
		{1, append([]string{"report", "scores", "helth"}, day...)},
		{2, []string{"report", "actions", "--status", "done"}},
		{0, []string{"rollback", "1", "--json"}},
		{0, []string{"preview", "gone-quiet", "--from", "2024-12-01", "--to", "2024-12-31", "--every", "10d", "--json"}},
	} {
		a := minoriIn(t, here, append(c.args, "--data", offline)...)
		b := minoriIn(t, there, append(c.args, "--data", served)...)
		if a.code != c.code {
			t.Errorf("offline: minori %v: want exit status %d, got %v", c.args, c.code, a)
		}
		if a.code != b.code || a.out != b.out || a.errout != b.errout && !strings.Contains(b.errout, "cannot read nothing") {
			t.Errorf("minori %v: offline %v\nwhile serving %v", c.args, a, b)
		}
	}
	rejects, err := os.ReadFile(filepath.Join(there, "out", "r.rejects.csv"))
	if err != nil {
		list, _ := filepath.Glob(filepath.Join(there, "out", "*"))
		if len(list) == 1 {
			rejects, err = os.ReadFile(list[0])
		}
	}
	if err != nil || !strings.Contains(string(rejects), "A-bad") || strings.Contains(string(rejects), "A-new") {
		t.Errorf("the rejects file at the caller's place: %q, %v", rejects, err)
	}
	for _, name := range []string{"out", "exported"} {
		if a, b := listing(t, filepath.Join(here, name)), listing(t, filepath.Join(there, name)); a != b || a == "" {
			t.Errorf("files in %s: offline %s, while serving %s", name, a, b)
		}
	}
	if left, _ := filepath.Glob(filepath.Join(served, "upload-*")); len(left) != 0 {
		t.Errorf("uploads are left: %v", left)
	}
	resp, err := http.Get(s.url + "/healthz")
	if err != nil {
		t.Fatal(err)
	}
	_, _ = io.Copy(io.Discard, resp.Body)
	_ = resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		t.Errorf("/healthz answers %s", resp.Status)
	}

	one := decode[evaluateAnswer](t, ok(t, "evaluate", "--data", served, "--as-of", "2024-12-31", "--json"))
	ok(t, "evaluate", "--data", offline, "--as-of", "2024-12-31")
	if one.Subjects != 501 || one.Opened == 0 {
		t.Errorf("evaluate while serving: %+v", one)
	}
	samePicture(t, "served and offline", picture(t, served, "2024-12-31"), picture(t, offline, "2024-12-31"))

	t.Run("another version is refused", func(t *testing.T) {
		h := holder(served)
		var said string
		code, err := owner.Call(t.Context(), &h, owner.Request{Version: "v0.0.1", Args: []string{"report", "actions"}}, func(f owner.Frame) error {
			said += f.Out + f.Err
			return nil
		})
		if err != nil || code != exitFailed || !strings.Contains(said, "v0.0.1") || !strings.Contains(said, h.Version) {
			t.Errorf("got %d, %v: %s", code, err, said)
		}
	})
	t.Run("a second server is refused", func(t *testing.T) {
		fails(t, exitFailed, []string{"serves", served}, "serve", "--data", served, "--addr", "127.0.0.1:0")
	})
	t.Run("a caller that dies harms nobody", func(t *testing.T) {
		ctx, cancel := context.WithTimeout(t.Context(), 150*time.Millisecond)
		defer cancel()
		_ = program(ctx, "", "evaluate", "--data", served, "--from", "2025-01-01", "--to", "2025-02-01").Run()
		if rep := ask[evaluateAnswer](t, "evaluate", "--data", served, "--as-of", "2025-02-03"); rep.Subjects != 501 {
			t.Errorf("after a caller died: %+v", rep)
		}
	})
	t.Run("commands at once", func(t *testing.T) {
		var wg sync.WaitGroup
		for i := range 6 {
			wg.Go(func() {
				args := []string{"evaluate", "--data", served, "--as-of", "2025-02-04", "--json"}
				if i%2 == 0 {
					args = []string{"report", "scores", "health", "--data", served, "--as-of", "2024-12-31", "--json"}
				}
				if r := minoriIn(t, "", args...); r.code != 0 {
					t.Errorf("minori %v: %v", args, r)
				}
			})
		}
		wg.Wait()
	})
	socket := holder(served).Socket
	s.stop(t)
	if _, err := os.Stat(socket); err == nil || holder(served).Socket != "" {
		t.Errorf("a stopped server leaves its socket %s", socket)
	}
	ok(t, "report", "actions", "--data", served)
}

// listing names the files of a folder with their sizes.
func listing(t testing.TB, dir string) string {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Error(err)
	}
	var out []string
	for _, e := range entries {
		info, err := e.Info()
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, fmt.Sprintf("%s %d", e.Name(), info.Size()))
	}
	return strings.Join(out, ", ")
}

// TestServerKilled: the socket of a killed server stops nobody.
func TestServerKilled(t *testing.T) {
	data := imported.copy(t)
	s := serveData(t, data)
	socket := holder(data).Socket
	if err := s.cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	<-s.done
	if _, err := os.Stat(socket); err != nil {
		t.Fatalf("there is no stale socket to test with: %v", err)
	}
	ok(t, "report", "actions", "--data", data)
	if _, err := os.Stat(socket); err == nil {
		t.Error("the stale socket is still there")
	}
	again := serveData(t, data)
	ok(t, "report", "actions", "--data", data)
	again.stop(t)
}

// TestLongPath: a data directory deeper than a socket's path may be long.
func TestLongPath(t *testing.T) {
	deep := filepath.Join(t.TempDir(), strings.Repeat("long-", 20), strings.Repeat("path-", 20), "data")
	copyDir(t, applied.path(t), deep)
	s := serveData(t, deep)
	if h := holder(deep); len(h.Socket) > 107 || len(deep) <= 107 {
		t.Errorf("the socket is %s", h.Socket)
	}
	if d := ask[diffAnswer](t, "diff", "--data", deep, ravenstack("workspace")); len(d.Create)+len(d.Update) != 0 {
		t.Errorf("diff: %+v", d)
	}
	dir := filepath.Dir(holder(deep).Socket)
	s.stop(t)
	if _, err := os.Stat(dir); err == nil {
		t.Errorf("%s is left", dir)
	}
}

// TestOfflineCommandsQueue: commands started at once run one after the other.
func TestOfflineCommandsQueue(t *testing.T) {
	data := imported.copy(t)
	var wg sync.WaitGroup
	for i := range 5 {
		wg.Go(func() {
			if r := minoriIn(t, "", "evaluate", "--data", data, "--as-of", fmt.Sprintf("2024-12-%02d", 10+i)); r.code != 0 {
				t.Errorf("one of five at once: %v", r)
			}
		})
	}
	wg.Wait()
	ok(t, "evaluate", "--data", data, "--as-of", "2024-12-20")
}
