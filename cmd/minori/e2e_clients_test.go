package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/posthog/posthog-go"
)

// eventsEach is how many events a client sends to its account, beside others.
const eventsEach = 50

// told is what a client says of its work.
type told struct {
	Statuses []int    `json:"statuses"`
	Errors   []string `json:"errors"`
}

// nodeClient runs the script of an official client for Node.
func nodeClient(t *testing.T, name, url, key string) told {
	t.Helper()
	node, err := exec.LookPath("node")
	if err != nil {
		t.Fatalf("this test runs the official clients for Node, which has to be there: %v", err)
	}
	_, file, _, _ := runtime.Caller(0)
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, node, filepath.Join(filepath.Dir(file), "testdata", "clients", name+".mjs"), url, key, strconv.Itoa(eventsEach))
	var out, errout bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &errout
	if err := cmd.Run(); err != nil {
		t.Fatalf("%s: %v\n%s%s", name, err, &out, &errout)
	}
	var s told
	if err := json.Unmarshal(bytes.TrimSpace(out.Bytes()), &s); err != nil {
		t.Fatalf("%s said %q, %q: %v", name, &out, &errout, err)
	}
	return s
}

// goClient is PostHog's client for Go, with what nodeClient's scripts send. It
// implements posthog.Callback.
type goClient struct {
	mu   sync.Mutex
	sent int
	errs []error
}

// Success implements posthog.Callback.
func (g *goClient) Success(posthog.APIMessage) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.sent++
}

// Failure implements posthog.Callback.
func (g *goClient) Failure(_ posthog.APIMessage, err error) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.errs = append(g.errs, err)
}

func (g *goClient) run(url, key string) error {
	c, err := posthog.NewWithConfig(key, posthog.Config{Endpoint: url, BatchSize: 20, Interval: 100 * time.Millisecond, Callback: g})
	if err != nil {
		return err
	}
	groups := posthog.NewGroups().Set("company", "posthog-go-account")
	errs := []error{
		c.Enqueue(posthog.GroupIdentify{Type: "company", Key: "posthog-go-account", Properties: posthog.NewProperties().Set("name", "PostHog Go & Co")}),
		c.Enqueue(posthog.Identify{DistinctId: "posthog-go-user", Properties: posthog.NewProperties().Set("email", "user@posthog-go.example")}),
		c.Enqueue(posthog.Alias{DistinctId: "posthog-go-user", Alias: "posthog-go-old"}),
	}
	for i := range eventsEach {
		errs = append(errs, c.Enqueue(posthog.Capture{DistinctId: "posthog-go-user", Event: "posthog-go_event", Groups: groups, Properties: posthog.NewProperties().Set("number", i)}))
	}
	errs = append(errs, c.Enqueue(posthog.Capture{DistinctId: "posthog-go-user", Event: "$pageview", Groups: groups}))
	return errors.Join(append(errs, c.Close())...)
}

// TestOfficialClients runs the official clients, unchanged, against a server:
// all that they send is stored, belongs to its account, and is taken at the
// first try.
func TestOfficialClients(t *testing.T) {
	data := filepath.Join(t.TempDir(), "data")
	ok(t, "init", "--data", data)
	s := serveData(t, data)
	key := func(name string) string {
		return ask[keyAnswer](t, "token", "add", "--data", data, "--write-key", name).Key
	}
	for _, name := range []string{"segment", "rudderstack", "posthog"} {
		if got := nodeClient(t, name, s.url, key(name)); len(got.Errors) > 0 || len(got.Statuses) == 0 || fmt.Sprint(got.Statuses) != fmt.Sprint(repeated(200, len(got.Statuses))) {
			t.Errorf("%s: %+v", name, got)
		}
	}
	g := &goClient{}
	if err := g.run(s.url, key("posthog-go")); err != nil || len(g.errs) > 0 || g.sent != eventsEach+4 {
		t.Errorf("posthog-go: %d sent, %v, %v", g.sent, err, g.errs)
	}

	const each = eventsEach
	byName := map[string]int64{"segment_event": each + 1, "rudder_event": each + 1, "posthog_event": each, "posthog-go_event": each, "page": 4, "screen": 2}
	byAccount := map[string]int64{"segment-account": each + 3, "rudder-account": each + 3, "posthog-account": each + 1, "posthog-go-account": each + 1}
	var total int64
	for _, n := range byName {
		total += n
	}
	today := time.Now().UTC()
	events := func(by string) eventsAnswer {
		return ask[eventsAnswer](t, "report", "events", "--data", data, "--from", today.AddDate(0, 0, -1).Format(time.DateOnly), "--to", today.AddDate(0, 0, 1).Format(time.DateOnly), "--by", by)
	}
	waitFor(t, "what the clients sent", func() bool { return events("name").Events >= total })
	counted := func(by string, want map[string]int64) func() bool {
		return func() bool {
			got := map[string]int64{}
			for _, b := range events(by).By {
				got[b.Key] = b.Events
			}
			return fmt.Sprint(got) == fmt.Sprint(want)
		}
	}
	if !counted("name", byName)() {
		t.Errorf("events by name: %+v, want %v", events("name"), byName)
	}
	waitFor(t, fmt.Sprintf("every event at its account, %v", byAccount), counted("account", byAccount))
	names := map[string]string{}
	for _, a := range ask[[]accountAnswer](t, "report", "accounts", "--data", data) {
		names[a.Subject] = a.Name
	}
	if got := fmt.Sprint(names); got != "map[posthog-account:PostHog & Co posthog-go-account:PostHog Go & Co rudder-account:Rudder & Co segment-account:Segment & Co]" {
		t.Error("accounts: ", got)
	}

	// A wrong key: the clients are told so, and nothing is stored.
	for _, name := range []string{"segment", "rudderstack", "posthog"} {
		if got := nodeClient(t, name, s.url, "mwk_wrong"); len(got.Errors) == 0 {
			t.Errorf("%s with a wrong key: %+v", name, got)
		}
	}
	if got := events("name").Events; got != total {
		t.Errorf("%d events with a wrong key are stored", got-total)
	}
	s.stop(t)
}

// repeated gives a list of n times the same.
func repeated(v, n int) []int {
	out := make([]int, n)
	for i := range out {
		out[i] = v
	}
	return out
}
