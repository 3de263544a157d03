package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"math/rand/v2"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// trackKills is how many times TestKillTracking kills the server; make soak
// sets it by MINORI_SOAK_KILLS.
func trackKills(t *testing.T) int {
	if v := os.Getenv("MINORI_SOAK_KILLS"); v != "" {
		n, err := strconv.Atoi(v)
		if err != nil {
			t.Fatal(err)
		}
		return n
	}
	return 50
}

// Of the load of TestKillTracking.
const (
	trackClients = 6
	trackBatch   = 40
	trackNames   = 20
)

// killable is a server that is killed and started again, and the address at
// which it answers now.
type killable struct {
	data string
	url  atomic.Pointer[string]
}

// round starts the server and kills it some time after it answers, or, with
// early, after its start.
func (k *killable) round(t *testing.T, after time.Duration, early bool) {
	cmd := program(context.Background(), "", "serve", "--data", k.data, "--addr", "127.0.0.1:0")
	errout := &bytes.Buffer{}
	cmd.Stderr = errout
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Error(err)
		return
	}
	if err := cmd.Start(); err != nil {
		t.Error(err)
		return
	}
	ready := make(chan bool, 1)
	go func() {
		line, _ := bufio.NewReader(out).ReadString('\n')
		if _, rest, ok := strings.Cut(line, "http://"); ok {
			addr, _, _ := strings.Cut(rest, " ")
			url := "http://" + addr
			k.url.Store(&url)
		}
		ready <- line != ""
	}()
	if !early && !<-ready {
		_ = cmd.Wait()
		t.Errorf("the server did not start: %s", errout)
		return
	}
	time.Sleep(after)
	_ = cmd.Process.Kill()
	if exit, bad := cmd.Wait().(*exec.ExitError); bad && exit.Exited() {
		t.Errorf("the server ended by itself: %s", errout)
	}
}

// trackLoad is what the clients sent and had acknowledged.
type trackLoad struct {
	mu         sync.Mutex
	byName     map[string]int64
	byAccount  map[string]int64
	total      int64
	unanswered atomic.Int64 // requests that were sent again without an answer
	refused    atomic.Int64
}

// client sends batches until stop, each again and again until it is
// acknowledged, and some of them once more after that.
func (l *trackLoad) client(t *testing.T, k *killable, number int, key string, stop func() bool) {
	rng := rand.New(rand.NewPCG(uint64(number), uint64(time.Now().UnixNano())))
	c := &http.Client{Timeout: 10 * time.Second}
	defer c.CloseIdleConnections()
	for n := 0; !stop(); n++ {
		name, acc := fmt.Sprintf("e%d", n%trackNames), fmt.Sprintf("account-%d", (number+n)%4)
		user := fmt.Sprintf("u-%d-%d", number, n%50)
		var batch []map[string]any
		id := func(i int) string { return fmt.Sprintf("%d-%d-%d", number, n, i) }
		batch = append(batch, map[string]any{"type": "identify", "messageId": id(-1), "userId": user, "anonymousId": "v-" + user, "traits": map[string]any{"name": "N", "email": user + "@x.example"}})
		if n%5 == 4 { // late for the first events
			batch = append(batch, map[string]any{"type": "group", "messageId": id(-2), "userId": user, "groupId": acc, "traits": map[string]any{"name": acc, "seats": n}})
		}
		for i := range trackBatch {
			batch = append(batch, map[string]any{"type": "track", "messageId": id(i), "userId": user, "event": name, "context": map[string]any{"groupId": acc}})
		}
		body, err := json.Marshal(map[string]any{"batch": batch})
		if err != nil {
			t.Error(err)
			return
		}
		for times := 1 + rng.IntN(5)/4; times > 0; {
			if l.post(t, c, k, key, body) {
				times--
			}
			if t.Failed() {
				return
			}
		}
		l.mu.Lock()
		l.byName[name] += trackBatch
		l.byAccount[acc] += trackBatch
		l.total += trackBatch
		l.mu.Unlock()
	}
}

// post sends a body and reports whether it was acknowledged.
func (l *trackLoad) post(t *testing.T, c *http.Client, k *killable, key string, body []byte) bool {
	url := k.url.Load()
	if url == nil {
		time.Sleep(20 * time.Millisecond)
		return false
	}
	req, err := http.NewRequest(http.MethodPost, *url+"/v1/batch", bytes.NewReader(body))
	if err != nil {
		t.Error(err)
		return false
	}
	req.SetBasicAuth(key, "")
	req.Header.Set("Content-Type", "application/json")
	resp, err := c.Do(req)
	if err != nil {
		l.unanswered.Add(1)
		time.Sleep(20 * time.Millisecond)
		return false
	}
	answer, err := io.ReadAll(resp.Body)
	_ = resp.Body.Close()
	switch {
	case err != nil:
		l.unanswered.Add(1)
	case resp.StatusCode == http.StatusOK && strings.TrimSpace(string(answer)) == `{"success":true}`:
		return true
	case resp.StatusCode == http.StatusTooManyRequests || resp.StatusCode >= 500:
		l.refused.Add(1)
		time.Sleep(20 * time.Millisecond)
	default:
		t.Errorf("the answer is %d %s", resp.StatusCode, clip(string(answer)))
	}
	return false
}

// TestKillTracking loads a server over HTTP while it is killed -9 again and
// again. Whatever was acknowledged is stored in the end, and nothing twice.
func TestKillTracking(t *testing.T) {
	data := filepath.Join(t.TempDir(), "data")
	ok(t, "init", "--data", data)
	ok(t, "apply", "--data", data, writeFiles(t, "m.yaml", "kind: Metric\nname: usage.e1\ntype: event\nfrom: {event: e1, actors: true}\n"))
	key := ask[keyRow](t, "token", "add", "--write-key", "load", "--data", data).Key
	k := &killable{data: data}
	load := &trackLoad{byName: map[string]int64{}, byAccount: map[string]int64{}}
	var stopping atomic.Bool
	var clients sync.WaitGroup
	for i := range trackClients {
		clients.Go(func() { load.client(t, k, i, key, stopping.Load) })
	}
	seed := uint64(time.Now().UnixNano())
	rng := rand.New(rand.NewPCG(seed, 1))
	kills := trackKills(t)
	for i := range kills {
		k.round(t, time.Duration(rng.Float64()*float64(900*time.Millisecond)), i%6 == 5)
		if t.Failed() {
			break
		}
	}
	stopping.Store(true)
	k.url.Store(nil)
	s := serveData(t, data)
	k.url.Store(&s.url)
	clients.Wait()
	if t.Failed() {
		t.Fatalf("seed %d", seed)
	}
	load.compare(t, data)
	s.stop(t)
	t.Logf("%d kills, %d events acknowledged, %d requests without an answer, %d refused", kills, load.total, load.unanswered.Load(), load.refused.Load())
	if load.total < int64(kills)*trackBatch || load.unanswered.Load() == 0 {
		t.Errorf("too little happened: %d events, %d requests without an answer", load.total, load.unanswered.Load())
	}
}

// compare holds what is stored against what was acknowledged.
func (l *trackLoad) compare(t *testing.T, data string) {
	t.Helper()
	report := func(by string) (int64, map[string]int64) {
		day := time.Now().UTC()
		r := ask[eventsAnswer](t, "report", "events", "--data", data, "--from", day.AddDate(0, 0, -2).Format(time.DateOnly), "--to", day.AddDate(0, 0, 1).Format(time.DateOnly), "--by", by)
		out := map[string]int64{}
		for _, row := range r.By {
			out[row.Key] = row.Events
		}
		return r.Events, out
	}
	total, byName := report("name")
	if total != l.total || !maps.Equal(byName, l.byName) {
		t.Fatalf("%d events are stored, %d were acknowledged\nstored %v\nacknowledged %v", total, l.total, byName, l.byName)
	}
	// Once folded every event stands at its account, under its one name.
	waitFor(t, "the folding", func() bool {
		_, byAccount := report("account")
		return maps.Equal(byAccount, l.byAccount)
	})
}
