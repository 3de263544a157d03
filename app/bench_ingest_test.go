package app

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"sync"
	"testing"
	"time"

	minori "github.com/minori-hq/minori"
	"github.com/minori-hq/minori/action"
	"github.com/minori-hq/minori/auth"
	"github.com/minori-hq/minori/resource"
	"github.com/minori-hq/minori/sample"
)

// benchLength is how long BenchmarkIngest, BenchmarkSignal and BenchmarkOverload
// send; MINORI_BENCH_SECONDS says otherwise.
func benchLength(b *testing.B, seconds int) time.Duration {
	b.Helper()
	if s := os.Getenv("MINORI_BENCH_SECONDS"); s != "" {
		n, err := strconv.Atoi(s)
		if err != nil {
			b.Fatal(err)
		}
		seconds = n
	}
	return time.Duration(seconds) * time.Second
}

// receiver is a sample company that takes messages over HTTP, on the same
// machine as who sends them.
type receiver struct {
	app      *App
	url, key string
	accounts int
}

// receive copies the sample company, whose clock goes on from the morning after
// its last day, and serves it; evaluating says whether whom messages are about is
// evaluated.
func receive(b *testing.B, evaluating bool) *receiver {
	b.Helper()
	from, accounts := sampleDir(b)
	dir := filepath.Join(b.TempDir(), "company")
	if err := os.CopyFS(dir, os.DirFS(from)); err != nil {
		b.Fatal(err)
	}
	start := time.Now()
	morning := time.Date(2025, 1, 1, 9, 0, 0, 0, time.UTC)
	ctx, cancel := context.WithCancel(context.Background())
	a, err := New(ctx, Config{Data: dir, Clock: func() time.Time { return morning.Add(time.Since(start)) }})
	if err != nil {
		b.Fatal(err)
	}
	if err := a.Receive(ctx); err != nil {
		b.Fatal(err)
	}
	if !evaluating {
		a.following = nil
	} else {
		watch(b, a)
		for _, at := range []minori.AsOf{minori.EndOf(minori.DayOf(morning.In(a.zone))-1, a.zone), minori.At(a.Now(), a.zone)} {
			if _, err := a.Evaluate.Evaluate(ctx, minori.System(), at); err != nil {
				b.Fatal(err)
			}
		}
	}
	_, key, err := a.Keys.Add(ctx, Operator(), auth.WriteKey{Name: "load", SourceName: "load", Scopes: []auth.KeyScope{auth.ScopeTrack, auth.ScopeIdentify}})
	if err != nil {
		b.Fatal(err)
	}
	h, err := a.HandlerFor(func(*http.Request) (minori.Actor, error) { return Operator(), nil })
	if err != nil {
		b.Fatal(err)
	}
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		b.Fatal(err)
	}
	served := make(chan error, 1)
	go func() { served <- a.Serve(ctx, ln, h, true) }()
	b.Cleanup(func() {
		cancel()
		if err := errors.Join(<-served, a.Close()); err != nil {
			b.Error(err)
		}
	})
	return &receiver{app: a, url: "http://" + ln.Addr().String(), key: key, accounts: accounts}
}

// watch adds rules, without a time for which they must hold, up to 50 in all,
// one of which opens a call when an account signals.
func watch(b *testing.B, a *App) {
	b.Helper()
	text := "kind: Metric\nname: signal\ntype: event\nunit: signals\nfrom: {event: signal}\nabsent: zero\n" +
		"---\nkind: Rule\nname: signalled\nsubject: account\nwhen: sum(\"signal\", \"1d\") > 0\nthen:\n" +
		"  - call_to_action: {type: risk, reason: adoption, priority: high, owner: account.csm, due: 1bd}\n"
	for i := range 29 {
		text += fmt.Sprintf("---\nkind: Rule\nname: bench-%02d\nsubject: account\nwhen: sum(\"usage.login\", \"%dd\") > %d && measure(\"adoption.core_trend\") < -%d\nthen:\n"+
			"  - call_to_action: {type: risk, reason: adoption, priority: low, owner: account.csm, due: 5bd}\n", i, 7+i, 1000+i, 2+i)
	}
	if _, err := a.Apply(context.Background(), minori.System(), []resource.File{{Name: "bench.yaml", Data: []byte(text)}}, false, "", nil); err != nil {
		b.Fatal(err)
	}
}

func (r *receiver) loader(rate int, length time.Duration) *loader {
	return &loader{url: r.url, key: r.key, conns: 16, batch: 100, rate: rate, lasts: length, accounts: r.accounts, account: even(r.accounts), now: r.app.Now}
}

// BenchmarkIngest takes as many messages as it can, in batches of 100 over 16
// connections: durable, folded into rollups, without and with evaluation.
func BenchmarkIngest(b *testing.B) {
	for _, evaluating := range []bool{false, true} {
		b.Run(map[bool]string{false: "folding", true: "evaluating"}[evaluating], func(b *testing.B) {
			r := receive(b, evaluating)
			for range b.N {
				l := r.loader(0, benchLength(b, 60))
				took := l.run(context.Background())
				l.report(b, took)
				start := time.Now()
				r.settle(b)
				b.ReportMetric(float64(l.taken.Load())/(took+time.Since(start)).Seconds(), "counted/s")
				r.check(b, l.taken.Load())
			}
		})
	}
}

// settle waits until everything that was taken is folded.
func (r *receiver) settle(b *testing.B) {
	b.Helper()
	for {
		inbox, _, err := r.app.Lake.Backlog(context.Background())
		if err != nil {
			b.Fatal(err)
		}
		if inbox == 0 {
			return
		}
		time.Sleep(20 * time.Millisecond)
	}
}

// check holds what was acknowledged against what is stored.
func (r *receiver) check(b *testing.B, taken int64) {
	b.Helper()
	var stored int64
	if err := r.app.Lake.Reader.DB.QueryRow("SELECT count(*) FROM message_key").Scan(&stored); err != nil {
		b.Fatal(err)
	}
	if stored < taken {
		b.Errorf("%d messages were acknowledged, %d are stored", taken, stored)
	}
}

// BenchmarkSignal measures from a signal's acknowledgement to its opened call to
// action while 20,000 messages arrive each second, over busy accounts or evenly
// over all, after a first one, for which everything is evaluated.
func BenchmarkSignal(b *testing.B) {
	for _, spread := range []string{"busy", "even"} {
		b.Run(spread, func(b *testing.B) {
			r := receive(b, true)
			for range b.N {
				l := r.loader(20_000, time.Hour)
				if spread == "busy" {
					l.account = skewed(r.accounts, 800)
				}
				var wg sync.WaitGroup
				var took time.Duration
				ctx, end := context.WithCancel(context.Background())
				defer end()
				wg.Go(func() { took = l.run(ctx) })
				// What was stale is fresh now: the first evaluation is one of all.
				first := r.opened(b, r.signals(b, 0, time.Millisecond))
				b.ReportMetric(first[0].Seconds(), "first-call-s")
				time.Sleep(5 * time.Second)
				counted := map[string]time.Time{}
				wg.Go(func() { r.watchCounts(b, ctx, counted) })
				var pages []time.Duration
				wg.Go(func() { pages = openLoop(b, r.url, 5, benchLength(b, 60), listPath) })
				sent := r.signals(b, 1, benchLength(b, 60))
				waits := r.opened(b, sent)
				end()
				wg.Wait()
				for _, q := range []float64{0.5, 0.99} {
					b.ReportMetric(quantile(between(sent, counted), q).Seconds(), fmt.Sprintf("counted-p%.0f-s", q*100))
				}
				l.report(b, took)
				b.ReportMetric(quantile(pages, 0.5).Seconds()*1000, "list-p50-ms")
				b.ReportMetric(quantile(pages, 0.99).Seconds()*1000, "list-p99-ms")
				b.ReportMetric(quantile(waits, 0.5).Seconds(), "call-p50-s")
				b.ReportMetric(quantile(waits, 0.99).Seconds(), "call-p99-s")
				b.ReportMetric(float64(len(waits)), "signals")
			}
		})
	}
}

// signals sends a signal of another account, from the last but some on, five
// times a second and gives when each was acknowledged, by account.
func (r *receiver) signals(b *testing.B, but int, length time.Duration) map[string]time.Time {
	b.Helper()
	out := map[string]time.Time{}
	client := &http.Client{}
	end := time.Now().Add(length)
	for i := but; time.Now().Before(end); i++ {
		account := sample.AccountID(r.accounts - 1 - i)
		body := fmt.Sprintf(`{"batch":[{"type":"track","messageId":"s-%d","userId":"%s-u1","event":"signal","context":{"groupId":"%s"}}]}`, i, account, account)
		l := loader{url: r.url, key: r.key}
		if status, _ := l.post(context.Background(), client, []byte(body)); status == http.StatusOK {
			out[account] = r.app.Now()
		}
		time.Sleep(200 * time.Millisecond)
	}
	return out
}

// watchCounts notes when signals of accounts are first in the answer of a query,
// to some hundredths of a second, until ctx is done.
func (r *receiver) watchCounts(b *testing.B, ctx context.Context, first map[string]time.Time) {
	const counted = `SELECT s.key FROM rollup r JOIN subject s ON s.id = r.subject WHERE r.day >= ? AND r.metric IN (SELECT id FROM metric_def WHERE definition LIKE '%"signal"%')`
	today := int32(minori.DayOf(r.app.Now().In(r.app.zone)))
	for ; ctx.Err() == nil; time.Sleep(50 * time.Millisecond) {
		rows, err := r.app.Lake.Reader.DB.Query(counted, today)
		if err != nil {
			b.Error(err)
			return
		}
		for rows.Next() {
			var key string
			if err := rows.Scan(&key); err != nil {
				b.Error(err)
			}
			if _, ok := first[key]; !ok {
				first[key] = r.app.Now()
			}
		}
		if err := rows.Close(); err != nil {
			b.Error(err)
		}
	}
}

// between gives how long it took from one time to the other, by what has both.
func between(from, to map[string]time.Time) []time.Duration {
	var out []time.Duration
	for key, at := range from {
		if end, ok := to[key]; ok {
			out = append(out, end.Sub(at))
		}
	}
	return out
}

// opened waits for the calls of signals and gives how long each took.
func (r *receiver) opened(b *testing.B, sent map[string]time.Time) []time.Duration {
	b.Helper()
	ctx := context.Background()
	for end := time.Now().Add(2 * time.Minute); ; time.Sleep(500 * time.Millisecond) {
		var out []time.Duration
		for page := (minori.Page{Limit: 200}); ; page.Offset += page.Limit {
			calls, _, err := r.app.Actions.List(ctx, minori.System(), action.Filter{Rule: "signalled"}, page)
			if err != nil {
				b.Fatal(err)
			}
			for i := range calls {
				if at, ok := sent[calls[i].Subject.Key]; ok {
					out = append(out, time.UnixMicro(calls[i].OpenedAt).Sub(at))
				}
			}
			if len(calls) < page.Limit {
				break
			}
		}
		if len(out) == len(sent) {
			return out
		}
		if time.Now().After(end) {
			b.Fatalf("%d signals were acknowledged, %d calls to action opened", len(sent), len(out))
		}
	}
}

// BenchmarkOverload sends three times what BenchmarkIngest takes, from a process
// of its own, and reads the account list meanwhile: memory has to stay as it is.
func BenchmarkOverload(b *testing.B) {
	r := receive(b, true)
	for range b.N {
		l := r.loader(180_000, benchLength(b, 600))
		l.conns = 2000
		var wg sync.WaitGroup
		var took time.Duration
		wg.Go(func() { took = l.runApart(b) })
		time.Sleep(l.lasts / 10)
		early := resident(b)
		pages := openLoop(b, r.url, 10, l.lasts*8/10, listPath)
		late := resident(b)
		wg.Wait()
		l.report(b, took)
		b.ReportMetric(quantile(pages, 0.5).Seconds()*1000, "list-p50-ms")
		b.ReportMetric(quantile(pages, 0.99).Seconds()*1000, "list-p99-ms")
		b.ReportMetric(early, "early-MB")
		b.ReportMetric(late, "late-MB")
	}
}

// resident gives how much memory the process holds, in MB.
func resident(b *testing.B) float64 {
	b.Helper()
	text, err := os.ReadFile("/proc/self/statm")
	if err != nil {
		b.Fatal(err)
	}
	var size, pages float64
	if _, err := fmt.Sscan(string(text), &size, &pages); err != nil {
		b.Fatal(err)
	}
	return pages * float64(os.Getpagesize()) / (1 << 20)
}
