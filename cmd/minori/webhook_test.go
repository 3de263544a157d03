package main

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	standardwebhooks "github.com/standard-webhooks/standard-webhooks/libraries/go"

	minori "github.com/minori-hq/minori"
)

const webhookWorkspace = `
kind: Source
name: accounts
format: csv
files: accounts.csv
into: account
key: id
map: {id: id, name: name}
---
kind: Source
name: points
format: csv
files: points.csv
into: point
map: {metric: metric, account: account, time: day, value: value}
---
kind: Metric
name: ops.load
type: gauge
---
kind: Measure
name: load
subject: account
value: last("ops.load")
---
kind: Scorecard
name: calm
subject: account
groups:
  - name: load
    weight: 1
    measures:
      - {measure: load, weight: 1, bands: {points: [[0, 100], [20, 0]]}}
---
kind: Rule
name: overload
subject: account
when: measure("load") > 10
then:
  - call_to_action: {type: risk, reason: load, priority: high, due: 2bd, on_recovery: close}
`

// endpointAnswer is what commands say of an endpoint.
type endpointAnswer struct {
	ID        int64    `json:"id"`
	Name      string   `json:"name"`
	URL       string   `json:"url"`
	Kinds     []string `json:"kinds"`
	Enabled   bool     `json:"enabled"`
	Stopped   *string  `json:"stopped"`
	Pending   int      `json:"pending"`
	Dead      int      `json:"dead"`
	Created   string   `json:"created"`
	CreatedBy string   `json:"created_by"`
	Secret    string   `json:"secret,omitempty"`
}

type deliveriesAnswer struct {
	Deliveries []struct {
		ID       int64          `json:"id"`
		Endpoint int64          `json:"endpoint"`
		Event    string         `json:"webhook_id"`
		Type     string         `json:"type"`
		At       string         `json:"at"`
		State    string         `json:"state"`
		Attempts int            `json:"attempts"`
		Next     *string        `json:"next_attempt"`
		Finished *string        `json:"finished"`
		Status   *int           `json:"status"`
		Error    *string        `json:"error"`
		Payload  map[string]any `json:"payload"`
	} `json:"deliveries"`
	Total int `json:"total"`
}

// inbox is a program that gets webhooks and checks their signatures.
type inbox struct {
	*httptest.Server
	mu     sync.Mutex
	secret string
	got    map[string][]string // types by webhook-id
	bad    []error
	hold   chan struct{} // while it is open, nothing is answered; nil: answer
	held   int
}

func newInbox(t *testing.T) *inbox {
	in := &inbox{got: map[string][]string{}}
	in.Server = httptest.NewServer(http.HandlerFunc(in.take))
	t.Cleanup(in.Close)
	return in
}

func (in *inbox) take(_ http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	in.mu.Lock()
	hold := in.hold
	if hold != nil {
		in.held++
	}
	hook, herr := standardwebhooks.NewWebhook(in.secret)
	if err == nil {
		err = herr
	}
	if err == nil {
		err = hook.Verify(body, r.Header)
	}
	if err != nil {
		in.bad = append(in.bad, err)
	}
	in.mu.Unlock()
	if hold != nil {
		<-hold
		return
	}
	in.mu.Lock()
	defer in.mu.Unlock()
	_, rest, _ := strings.Cut(string(body), `"type":"`)
	typ, _, _ := strings.Cut(rest, `"`)
	id := r.Header.Get("webhook-id")
	in.got[id] = append(in.got[id], typ)
}

// times counts how often each type came, and how often a webhook-id came again.
func (in *inbox) times(t testing.TB) (types map[string]int, again int) {
	t.Helper()
	in.mu.Lock()
	defer in.mu.Unlock()
	if len(in.bad) > 0 {
		t.Fatal(in.bad)
	}
	types = map[string]int{}
	for _, list := range in.got {
		types[list[0]]++
		again += len(list) - 1
	}
	return types, again
}

// TestWebhooks follows webhooks from a call to action that opens to a program
// that gets them: with and without a server, and through a killed one.
func TestWebhooks(t *testing.T) {
	in := newInbox(t)
	data := filepath.Join(t.TempDir(), "data")
	ok(t, "init", "--data", data)
	ok(t, "apply", "--data", data, writeFiles(t, "w.yaml", webhookWorkspace))
	with := func(args ...string) []string { return append(args, "--data", data) }
	fails(t, exitFailed, []string{"https://"}, with("webhook", "add", in.URL)...)
	fails(t, exitFailed, []string{"not a public address"}, with("webhook", "add", "https://169.254.169.254/latest")...)
	fails(t, exitFailed, []string{"did you mean", "call_to_action.opened"}, with("webhook", "add", "https://example.com", "--kind", "call_to_action.opend")...)
	t.Setenv("MINORI_WEBHOOK_NETWORKS", "127.0.0.1")
	x := ask[endpointAnswer](t, with("webhook", "add", in.URL, "--name", "test")...)
	if !strings.HasPrefix(x.Secret, "whsec_") || len(x.Kinds) != 4 {
		t.Fatalf("%+v", x)
	}
	in.secret = x.Secret

	today := minori.DayOf(time.Now())
	step := func(day minori.Day, load string) {
		t.Helper()
		ok(t, with("import", "--input", writeFiles(t, "accounts.csv", "id,name\nA,青山商事\n",
			"points.csv", fmt.Sprintf("metric,account,day,value\nops.load,A,%s,%s\n", day, load)))...)
		ok(t, with("evaluate", "--as-of", day.String())...)
	}
	step(today-2, "2")
	step(today-1, "16") // the process that opens the call ends before it is told
	s := serveData(t, data)
	waitFor(t, "what happened before the server ran", func() bool {
		types, _ := in.times(t)
		return types["call_to_action.opened"] == 1 && types["score.band_changed"] == 1
	})
	step(today, "2")
	waitFor(t, "what happens while it runs", func() bool {
		types, _ := in.times(t)
		return types["call_to_action.recovered"] == 1 && types["call_to_action.closed"] == 1 && types["score.band_changed"] == 2
	})

	in.mu.Lock()
	in.hold = make(chan struct{})
	in.mu.Unlock()
	step(today+1, "18")
	waitFor(t, "deliveries under way", func() bool { in.mu.Lock(); defer in.mu.Unlock(); return in.held >= 2 })
	if err := s.cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	<-s.done
	in.mu.Lock()
	close(in.hold)
	in.hold = nil
	in.mu.Unlock()
	s = serveData(t, data)
	waitFor(t, "what a killed server was sending", func() bool {
		types, _ := in.times(t)
		return types["call_to_action.opened"] == 2 && types["score.band_changed"] == 3
	})
	replayed(t, in, with, x.ID)
	s.stop(t)
}

// replayed sends what was delivered again, and removes the endpoint.
func replayed(t *testing.T, in *inbox, with func(...string) []string, id int64) {
	t.Helper()
	all := ask[deliveriesAnswer](t, with("webhook", "deliveries", "--state", "delivered")...)
	if all.Total != 7 || all.Deliveries[0].Payload["type"] != all.Deliveries[0].Type || all.Deliveries[0].Status == nil || all.Deliveries[0].Finished == nil {
		t.Fatalf("%+v", all)
	}
	if _, again := in.times(t); again != 0 {
		t.Fatalf("%d deliveries came twice", again)
	}
	ok(t, with("webhook", "replay", fmt.Sprint(all.Deliveries[0].ID))...)
	waitFor(t, "the same webhook-id again", func() bool { _, again := in.times(t); return again == 1 })
	ok(t, with("webhook", "test", fmt.Sprint(id))...)
	waitFor(t, "a test event", func() bool { types, _ := in.times(t); return types["webhook.test"] == 1 })
	second := ask[endpointAnswer](t, with("webhook", "rotate", fmt.Sprint(id))...)
	in.mu.Lock()
	in.secret = second.Secret
	in.mu.Unlock()
	ok(t, with("webhook", "test", fmt.Sprint(id))...)
	waitFor(t, "a test event under the new secret", func() bool { types, _ := in.times(t); return types["webhook.test"] == 2 })
	fails(t, exitFailed, []string{"--dead"}, with("webhook", "replay")...)
	fails(t, exitFailed, []string{"no delivery 99"}, with("webhook", "replay", "99")...)
	if list := ask[[]endpointAnswer](t, with("webhook", "list")...); len(list) != 1 || list[0].Secret != "" || list[0].Pending != 0 {
		t.Fatalf("%+v", list)
	}
	ok(t, with("webhook", "remove", fmt.Sprint(id))...)
	if list := ask[[]endpointAnswer](t, with("webhook", "list")...); len(list) != 0 {
		t.Fatalf("%+v", list)
	}
}
