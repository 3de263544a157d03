package app

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"sync"
	"testing"
	"time"

	minori "github.com/minori-hq/minori"
	"github.com/minori-hq/minori/sample"
)

// benchEnd is the last day of the sample that the benchmarks use.
const benchEnd = "2024-12-31"

// openSample opens a sample company of MINORI_BENCH_ACCOUNTS accounts (1,000)
// × 400 days × 20 metrics. With MINORI_BENCH_DIR it is kept there.
func openSample(b *testing.B) *App {
	b.Helper()
	dir, _ := sampleDir(b)
	return openAt(b, dir)
}

// sampleDir makes the sample company, unless it is there, and gives where it
// is and how many accounts it has.
func sampleDir(b *testing.B) (dir string, n int) {
	b.Helper()
	ctx := context.Background()
	n = 1000
	if s := os.Getenv("MINORI_BENCH_ACCOUNTS"); s != "" {
		v, err := strconv.Atoi(s)
		if err != nil {
			b.Fatal(err)
		}
		n = v
	}
	if dir = os.Getenv("MINORI_BENCH_DIR"); dir == "" {
		dir = b.TempDir()
	}
	dir = filepath.Join(dir, fmt.Sprintf("sample-%d", n))
	if _, err := os.Stat(dir); err != nil {
		end, err := minori.ParseDay(benchEnd)
		if err != nil {
			b.Fatal(err)
		}
		company := sample.New(sample.Config{Seed: 1, Accounts: n, Days: 400, Lang: minori.EN, End: end})
		if err := Init(ctx, Config{Data: dir}, company.Settings()); err != nil {
			b.Fatal(err)
		}
		a := openAt(b, dir)
		if err := a.FillSample(ctx, company, nil); err != nil {
			b.Fatal(err)
		}
		if err := a.Close(); err != nil {
			b.Fatal(err)
		}
	}
	return dir, n
}

func openAt(b *testing.B, dir string) *App {
	b.Helper()
	now := time.Date(2025, 1, 1, 9, 0, 0, 0, time.UTC)
	a, err := New(context.Background(), Config{Data: dir, Clock: func() time.Time { return now }})
	if err != nil {
		b.Fatal(err)
	}
	return a
}

// BenchmarkCycle is a full evaluate as of one day of which the day 30 days
// before, which score_change compares with, was evaluated already: 20 measures,
// 2 scorecards, 20 rules.
func BenchmarkCycle(b *testing.B) {
	a := openSample(b)
	defer a.Close()
	ctx := context.Background()
	end, err := minori.ParseDay(benchEnd)
	if err != nil {
		b.Fatal(err)
	}
	if _, err := a.Evaluate.Evaluate(ctx, minori.System(), minori.EndOf(end, a.Location())); err != nil {
		b.Fatal(err)
	}
	b.ResetTimer()
	for range b.N {
		rep, err := a.Evaluate.Evaluate(ctx, minori.System(), minori.EndOf(end, a.Location()))
		if err != nil {
			b.Fatal(err)
		}
		b.ReportMetric(rep.Seconds.Measures, "measures-s")
		b.ReportMetric(rep.Seconds.Scores, "scores-s")
		b.ReportMetric(rep.Seconds.Rules, "rules-s")
		b.ReportMetric(rep.Seconds.Total, "total-s")
		b.ReportMetric(float64(rep.Subjects), "subjects")
	}
}

// BenchmarkPages asks the account list and account 360 over HTTP: 50 requests
// a second in an open loop for 20 seconds, then 16 at once in a closed loop.
func BenchmarkPages(b *testing.B) {
	a := openSample(b)
	defer a.Close()
	h, err := a.HandlerFor(func(*http.Request) (minori.Actor, error) { return Operator(), nil })
	if err != nil {
		b.Fatal(err)
	}
	srv := httptest.NewServer(h)
	defer srv.Close()
	for _, page := range []struct {
		name string
		path func(i int) string
	}{
		{"list", listPath},
		{"account", func(i int) string { return "/accounts/" + sample.AccountID(i*37%1000) }},
	} {
		b.Run(page.name+"/open", func(b *testing.B) {
			for range b.N {
				report(b, openLoop(b, srv.URL, 50, 20*time.Second, page.path))
			}
		})
		b.Run(page.name+"/closed16", func(b *testing.B) {
			for range b.N {
				report(b, closedLoop(b, srv.URL, 16, 15*time.Second, page.path))
			}
		})
	}
}

// listPath gives lists of different filters, sorts and pages.
func listPath(i int) string {
	paths := []string{"/accounts", "/accounts?sort=score%3Ahealth", "/accounts?sort=-field%3Aaccount.days_to_renewal&page=3",
		"/accounts?f=is+segment%3Aat-risk+true", "/accounts?sort=field%3Aaccount.name&page=20", "/accounts?q=market"}
	return paths[i%len(paths)]
}

func get(b *testing.B, url string) time.Duration {
	start := time.Now()
	resp, err := http.Get(url)
	if err != nil {
		b.Error(err)
		return 0
	}
	_, _ = io.Copy(io.Discard, resp.Body)
	_ = resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		b.Errorf("%s: %s", url, resp.Status)
	}
	return time.Since(start)
}

// openLoop sends rate requests a second whether or not earlier ones are answered.
func openLoop(b *testing.B, base string, rate int, length time.Duration, path func(int) string) []time.Duration {
	n := int(length.Seconds() * float64(rate))
	out := make([]time.Duration, n)
	tick := time.NewTicker(time.Second / time.Duration(rate))
	defer tick.Stop()
	var wg sync.WaitGroup
	for i := range n {
		<-tick.C
		wg.Go(func() { out[i] = get(b, base+path(i)) })
	}
	wg.Wait()
	return out
}

// closedLoop keeps workers requests under way.
func closedLoop(b *testing.B, base string, workers int, length time.Duration, path func(int) string) []time.Duration {
	var mu sync.Mutex
	var out []time.Duration
	end := time.Now().Add(length)
	var wg sync.WaitGroup
	for w := range workers {
		wg.Go(func() {
			for i := w; time.Now().Before(end); i += workers {
				d := get(b, base+path(i))
				mu.Lock()
				out = append(out, d)
				mu.Unlock()
			}
		})
	}
	wg.Wait()
	return out
}

func report(b *testing.B, took []time.Duration) {
	b.ReportMetric(quantile(took, 0.5).Seconds()*1000, "p50-ms")
	b.ReportMetric(quantile(took, 0.99).Seconds()*1000, "p99-ms")
	b.ReportMetric(float64(len(took)), "requests")
	b.ReportMetric(0, "ns/op")
}

// quantile gives the value that a share q of the times, which it sorts, does not
// exceed; 0 without any.
func quantile(took []time.Duration, q float64) time.Duration {
	if len(took) == 0 {
		return 0
	}
	slices.Sort(took)
	return took[int(q*float64(len(took)-1))]
}
