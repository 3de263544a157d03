package app

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"math/rand/v2"
	"net/http"
	"os"
	"os/exec"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/minori-hq/minori/sample"
)

// loader sends tracking messages over HTTP as a client would: batches over
// connections that are kept. Each message has an id of its own.
type loader struct {
	url, key string
	conns    int           // requests at once
	batch    int           // messages of a request
	rate     int           // messages a second in all; 0: as many as are taken
	lasts    time.Duration // how long it sends
	accounts int           // there are
	account  func(r *rand.Rand) int
	now      func() time.Time

	sent, taken, full atomic.Int64 // messages sent, acknowledged, refused for the moment
	failed            atomic.Int64 // answered otherwise
	lock              sync.Mutex
	waits             []time.Duration // of requests acknowledged
}

// run sends until the time is over and gives how long it took.
func (l *loader) run(ctx context.Context) time.Duration {
	ctx, cancel := context.WithTimeout(ctx, l.lasts)
	defer cancel()
	client := &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: l.conns, MaxConnsPerHost: l.conns}}
	defer client.CloseIdleConnections()
	start := time.Now()
	var wg sync.WaitGroup
	for i := range l.conns {
		wg.Go(func() { l.send(ctx, client, i) })
	}
	wg.Wait()
	return time.Since(start)
}

// load is a loader's work and, once done, its figures, as two processes tell
// each other.
type load struct {
	URL, Key               string
	Conns, Batch, Rate     int
	Lasts, Took            time.Duration
	Accounts               int // met evenly
	Sent, Taken, Full, Bad int64
	Waits                  []time.Duration
}

// loadEnv has the work of a process that is a loader.
const loadEnv = "MINORI_BENCH_LOAD"

// runApart is run in a process of its own, over accounts alike: what it computes
// does not stand in the way of what the server does but for the processors.
func (l *loader) runApart(b *testing.B) time.Duration {
	work, err := json.Marshal(load{URL: l.url, Key: l.key, Conns: l.conns, Batch: l.batch, Rate: l.rate, Lasts: l.lasts, Accounts: l.accounts})
	if err != nil {
		b.Error(err)
		return 0
	}
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), loadEnv+"="+string(work))
	out, err := cmd.Output()
	var done load
	if err = errors.Join(err, json.Unmarshal(out, &done)); err != nil {
		b.Errorf("the loader's process: %v", err)
		return 0
	}
	l.sent.Add(done.Sent)
	l.taken.Add(done.Taken)
	l.full.Add(done.Full)
	l.failed.Add(done.Bad)
	l.waits = append(l.waits, done.Waits...)
	return done.Took
}

// TestMain runs the tests, or is the process of runApart.
func TestMain(m *testing.M) {
	work := os.Getenv(loadEnv)
	if work == "" {
		os.Exit(m.Run())
	}
	var w load
	if err := json.Unmarshal([]byte(work), &w); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	l := &loader{url: w.URL, key: w.Key, conns: w.Conns, batch: w.Batch, rate: w.Rate, lasts: w.Lasts, account: even(w.Accounts), now: time.Now}
	w.Took = l.run(context.Background())
	w.Sent, w.Taken, w.Full, w.Bad, w.Waits = l.sent.Load(), l.taken.Load(), l.full.Load(), l.failed.Load(), l.waits
	if err := json.NewEncoder(os.Stdout).Encode(w); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

// send is one connection.
func (l *loader) send(ctx context.Context, client *http.Client, conn int) {
	r := rand.New(rand.NewPCG(uint64(conn), uint64(time.Now().UnixNano())))
	var body []byte
	pace := time.Duration(0)
	if l.rate > 0 {
		pace = time.Duration(float64(time.Second) * float64(l.batch*l.conns) / float64(l.rate))
	}
	next := time.Now().Add(time.Duration(r.Int64N(int64(pace) + 1)))
	var waits []time.Duration
	for n := 0; ctx.Err() == nil; n++ {
		if pace > 0 {
			time.Sleep(time.Until(next))
			next = next.Add(pace)
		}
		body = l.body(body[:0], r, conn, n)
		began := time.Now()
		status, after := l.post(ctx, client, body)
		l.sent.Add(int64(l.batch))
		switch status {
		case http.StatusOK:
			l.taken.Add(int64(l.batch))
			waits = append(waits, time.Since(began))
		case http.StatusTooManyRequests:
			l.full.Add(int64(l.batch))
			if l.rate == 0 {
				time.Sleep(after)
			}
		case 0: // the time is over
		default:
			l.failed.Add(int64(l.batch))
		}
	}
	l.lock.Lock()
	l.waits = append(l.waits, waits...)
	l.lock.Unlock()
}

// body writes one request.
func (l *loader) body(b []byte, r *rand.Rand, conn, n int) []byte {
	events := [...]string{"login", "feature_core", "feature_core", "page_viewed"}
	at := l.now().UTC().AppendFormat(nil, "2006-01-02T15:04:05.000Z07:00")
	b = append(b, `{"batch":[`...)
	for i := range l.batch {
		if i > 0 {
			b = append(b, ',')
		}
		account := l.account(r)
		b = append(b, `{"type":"track","messageId":"m`...)
		b = strconv.AppendInt(b, int64(conn), 36)
		b = append(b, '-')
		b = strconv.AppendUint(b, r.Uint64(), 36)
		b = append(b, '-')
		b = strconv.AppendInt(b, int64(n*l.batch+i), 36)
		b = append(b, `","userId":"`...)
		b = append(b, sample.AccountID(account)...)
		b = append(b, "-u"...)
		b = strconv.AppendInt(b, int64(r.IntN(8)), 10)
		b = append(b, `","event":"`...)
		b = append(b, events[r.IntN(len(events))]...)
		b = append(b, `","timestamp":"`...)
		b = append(b, at...)
		b = append(b, `","context":{"groupId":"`...)
		b = append(b, sample.AccountID(account)...)
		b = append(b, `","library":{"name":"load","version":"1.0.0"}},"properties":{"source":"web","screen":"overview","count":1,"beta":false}}`...)
	}
	b = append(b, `],"sentAt":"`...)
	b = append(b, at...)
	return append(b, `"}`...)
}

// post sends a body and gives the status, 0 when the time is over.
func (l *loader) post(ctx context.Context, client *http.Client, body []byte) (status int, after time.Duration) {
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, l.url+"/v1/batch", bytes.NewReader(body))
	if err != nil {
		return -1, 0
	}
	req.SetBasicAuth(l.key, "")
	req.Header.Set("Content-Type", "application/json")
	resp, err := client.Do(req)
	if err != nil {
		if ctx.Err() != nil {
			return 0, 0
		}
		return -1, 0
	}
	_, _ = io.Copy(io.Discard, resp.Body)
	_ = resp.Body.Close()
	seconds, _ := strconv.ParseFloat(resp.Header.Get("Retry-After"), 64)
	return resp.StatusCode, time.Duration(max(seconds, 0.05) * float64(time.Second))
}

// report writes the figures.
func (l *loader) report(b *testing.B, took time.Duration) {
	b.Helper()
	b.ReportMetric(float64(l.taken.Load())/took.Seconds(), "events/s")
	b.ReportMetric(float64(l.full.Load())/took.Seconds(), "refused/s")
	if n := l.failed.Load(); n > 0 {
		b.Errorf("%d messages were answered neither with success nor with a later time", n)
	}
	for _, q := range []float64{0.5, 0.99} {
		b.ReportMetric(quantile(l.waits, q).Seconds()*1000, fmt.Sprintf("ack-p%.0f-ms", q*100))
	}
}

// skewed gives accounts as real usage spreads over them: a few are busy, and at
// most some hundreds are met within a second.
func skewed(accounts, busy int) func(*rand.Rand) int {
	start := time.Now()
	return func(r *rand.Rand) int {
		// Who works changes slowly: another tenth of the busy ones each ten seconds.
		shift := int(time.Since(start).Seconds()/10) * busy / 10
		rank := int(math.Pow(float64(busy), r.Float64())) - 1
		return (rank*7919 + shift) % accounts
	}
}

// even gives all accounts alike.
func even(accounts int) func(*rand.Rand) int {
	return func(r *rand.Rand) int { return r.IntN(accounts) }
}
