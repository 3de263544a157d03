package main

import (
	"encoding/json"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/minori-hq/minori/app/doctor"
)

// fetch asks a server for an address.
func fetch(t *testing.T, url string, headers ...string) (int, http.Header, string) {
	t.Helper()
	req, err := http.NewRequest(http.MethodGet, url, nil)
	if err != nil {
		t.Fatal(err)
	}
	for i := 0; i+1 < len(headers); i += 2 {
		req.Header.Set(headers[i], headers[i+1])
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	b, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	return res.StatusCode, res.Header, string(b)
}

// TestObserved: a started server answers for its health, counts what it does,
// and logs requests with their ids; who may read the metrics is said.
func TestObserved(t *testing.T) {
	data := filepath.Join(t.TempDir(), "data")
	ok(t, "init", "--data", data)
	t.Setenv("MINORI_LOG_FORMAT", "json")
	t.Setenv("MINORI_ACCESS_LOG", "info")
	s := serveData(t, data)
	for path, want := range map[string]string{"/healthz": "ok\n", "/readyz": "ready\n"} {
		if code, _, body := fetch(t, s.url+path); code != http.StatusOK || body != want {
			t.Errorf("%s: %d %s", path, code, body)
		}
	}
	if _, h, _ := fetch(t, s.url+"/accounts", "X-Request-Id", "test-request.1"); h.Get("X-Request-Id") != "test-request.1" {
		t.Errorf("the id of a request is %q", h.Get("X-Request-Id"))
	}
	code, h, metrics := fetch(t, s.url+"/metrics")
	if code != http.StatusOK || !strings.HasPrefix(h.Get("Content-Type"), "text/plain; version=0.0.4") {
		t.Errorf("/metrics: %d %v", code, h)
	}
	for _, want := range []string{`minori_http_requests_total{code="200",route="GET /healthz"} 1`, `minori_store_up{store="lake"} 1`, `minori_store_up{store="records"} 1`,
		"minori_inbox_messages 0", "minori_outbox_rows 0", `minori_tracking_messages_total{result="accepted"} 0`, "minori_signal_to_action_seconds_count 0"} {
		if !strings.Contains(metrics, "\n"+want+"\n") {
			t.Errorf("/metrics has no line %s", want)
		}
	}
	if code, _, _ := fetch(t, s.url+"/metrics", "X-Forwarded-For", "192.0.2.1"); code != http.StatusForbidden {
		t.Errorf("/metrics through a proxy: %d", code)
	}
	s.stop(t)
	seen := false
	for _, line := range strings.Split(strings.TrimSpace(s.errout.String()), "\n") {
		var entry struct{ Msg, Request, Path, Level string }
		if err := json.Unmarshal([]byte(line), &entry); err != nil {
			t.Fatalf("%v: %s", err, line)
		}
		seen = seen || entry.Msg == "request" && entry.Request == "test-request.1" && entry.Path == "/accounts" && entry.Level == "INFO"
	}
	if !seen {
		t.Errorf("the request is not in the log:\n%s", s.errout)
	}
	fails(t, exitUsage, []string{"log-format"}, "serve", "--data", data, "--log-format", "xml")
	fails(t, exitFailed, []string{"--pprof", "0.0.0.0"}, "serve", "--data", data, "--addr", "127.0.0.1:0", "--pprof", "0.0.0.0:6060")
	t.Setenv("MINORI_METRICS_TOKEN", "short")
	fails(t, exitFailed, []string{"MINORI_METRICS_TOKEN"}, "serve", "--data", data, "--addr", "127.0.0.1:0")
}

// TestDoctor: the doctor works beside a server and without one, also where the
// program itself does not start; its exit status says whether all is well.
func TestDoctor(t *testing.T) {
	data := filepath.Join(t.TempDir(), "data")
	ok(t, "init", "--data", data)
	if said := ok(t, "doctor", "--data", data); !strings.Contains(said, "No server runs") || strings.Contains(said, "WRONG") {
		t.Error(said)
	}
	s := serveData(t, data)
	r := ask[doctor.Report](t, "doctor", "--data", data)
	if !r.OK || !strings.Contains(r.Findings[0].Says, "The server") {
		t.Errorf("beside a server: %+v", r)
	}
	s.stop(t)
	if err := os.WriteFile(filepath.Join(data, "lake.duckdb"), []byte(strings.Repeat("no lake ", 5000)), 0o600); err != nil {
		t.Fatal(err)
	}
	fails(t, exitFailed, nil, "report", "actions", "--data", data)
	got := minoriIn(t, t.TempDir(), "doctor", "--data", data)
	if got.code != exitFailed || !strings.Contains(got.out, "WRONG  lake") || !strings.Contains(got.out, "→ ") || !strings.Contains(got.out, "ok     records") {
		t.Errorf("a damaged lake: %s", got)
	}
	fails(t, exitFailed, []string{"minori init"}, "doctor", "--data", filepath.Join(data, "nothing"))
}
