package job_test

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/minori-hq/minori/internal/pgtest"
	"github.com/minori-hq/minori/job"
	"github.com/minori-hq/minori/store/records"
	"github.com/minori-hq/minori/store/records/jobs"
)

// server is set once, before the tests run.
var server *pgtest.Server

// childVariable is set in a process that only runs jobs of the store it names.
const childVariable = "MINORI_TEST_JOB_CHILD"

func TestMain(m *testing.M) {
	if url := os.Getenv(childVariable); url != "" {
		child(url)
		return
	}
	os.Exit(pgtest.Main(m, func(s *pgtest.Server) { server = s }))
}

// onEach runs a test on every database.
func onEach(t *testing.T, test func(t *testing.T, url string)) {
	t.Parallel() // they wait more than they work
	t.Run("sqlite", func(t *testing.T) { test(t, "sqlite:"+filepath.Join(t.TempDir(), "records.db")) })
	t.Run("postgres", func(t *testing.T) {
		if server == nil {
			t.Skip("no PostgreSQL: " + pgtest.SkipVariable + " is set")
		}
		test(t, server.Database(t))
	})
}

func open(t testing.TB, url string) *records.DB {
	t.Helper()
	db, err := records.Open(context.Background(), url)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := db.Close(); err != nil {
			t.Error(err)
		}
	})
	return db
}

// done collects what handlers did.
type done struct {
	mu   sync.Mutex
	list []string
	told chan struct{}
}

func newDone() *done { return &done{told: make(chan struct{}, 100_000)} }

func (d *done) add(s string) {
	d.mu.Lock()
	d.list = append(d.list, s)
	d.mu.Unlock()
	d.told <- struct{}{}
}

// wait waits until n were done and gives them sorted.
func (d *done) wait(t testing.TB, n int) []string {
	t.Helper()
	timeout := time.After(3 * time.Minute)
	for range n {
		select {
		case <-d.told:
		case <-timeout:
			t.Fatalf("of %d only %v came", n, d.list)
		}
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	out := slices.Clone(d.list)
	slices.Sort(out)
	return out
}

type names struct{ Name string }

// handlers does jobs of one kind with a function, and nothing for the others.
func handlers(kind job.Kind, fn job.Handler) map[job.Kind]job.Handler {
	out := map[job.Kind]job.Handler{}
	for _, k := range []job.Kind{job.ScoreBands, job.WebhookFanOut, job.WebhookSend, job.WebhookTrim} {
		out[k] = func(context.Context, job.Job) error { return nil }
	}
	out[kind] = fn
	return out
}

func runner(t testing.TB, db *records.DB, handlers map[job.Kind]job.Handler, abandoned time.Duration) *job.Runner {
	t.Helper()
	r, err := job.New(context.Background(), job.Config{Store: jobs.Store{DB: db.DB}, Handlers: handlers, Poll: 20 * time.Millisecond, Abandoned: abandoned})
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func start(t testing.TB, r *job.Runner) (stop func()) {
	t.Helper()
	if err := r.Start(context.Background()); err != nil {
		t.Fatal(err)
	}
	once := sync.OnceFunc(func() {
		ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
		defer cancel()
		if err := r.Stop(ctx); err != nil {
			t.Error(err)
		}
	})
	t.Cleanup(once)
	return once
}

func check(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func request(name string) job.Request { return job.Request{Kind: job.ScoreBands, Args: names{name}} }

// TestTransaction inserts jobs with transactions that are kept and undone.
func TestTransaction(t *testing.T) {
	onEach(t, func(t *testing.T, url string) {
		db, ran, ctx := open(t, url), newDone(), context.Background()
		r := runner(t, db, handlers(job.ScoreBands, func(_ context.Context, j job.Job) error {
			var n names
			err := j.Read(&n)
			ran.add(n.Name)
			return err
		}), 0)
		start(t, r)
		no := errors.New("no")
		if err := db.InTx(ctx, func(ctx context.Context) error {
			check(t, r.Add(ctx, request("undone 1"), request("undone 2")))
			return no
		}); !errors.Is(err, no) {
			t.Fatal(err)
		}
		check(t, db.InTx(ctx, func(ctx context.Context) error {
			check(t, r.Add(ctx, request("kept 1")))
			time.Sleep(100 * time.Millisecond) // several looks at the queue
			if len(ran.list) != 0 {
				t.Error("a job ran before it was committed")
			}
			return r.Add(ctx, request("kept 2"))
		}))
		check(t, r.Add(ctx, request("alone")))
		if got := ran.wait(t, 3); !slices.Equal(got, []string{"alone", "kept 1", "kept 2"}) {
			t.Fatal(got)
		}
	})
}

// TestRetry has jobs fail, panic, and ask for more time.
func TestRetry(t *testing.T) {
	onEach(t, func(t *testing.T, url string) {
		db, ran, ctx := open(t, url), newDone(), context.Background()
		var mu sync.Mutex
		snoozed := false
		r := runner(t, db, handlers(job.ScoreBands, func(_ context.Context, j job.Job) error {
			var n names
			check(t, j.Read(&n))
			mu.Lock()
			first := n.Name == "later" && !snoozed
			snoozed = snoozed || first
			mu.Unlock()
			ran.add(fmt.Sprintf("%s %d", n.Name, j.Attempt))
			switch {
			case first:
				return job.After(50 * time.Millisecond)
			case n.Name == "fails" && j.Attempt < 2:
				return errors.New("not today")
			case n.Name == "panics" && j.Attempt < 2:
				panic("at the handler")
			}
			return nil
		}), 0)
		start(t, r)
		check(t, r.Add(ctx, request("fails"), request("panics"), request("later")))
		got := ran.wait(t, 6)
		want := []string{"fails 1", "fails 2", "later 1", "later 1", "panics 1", "panics 2"}
		if !slices.Equal(got, want) {
			t.Fatalf("%q, want %q", got, want)
		}
	})
}

// TestOnce inserts the same job several times.
func TestOnce(t *testing.T) {
	onEach(t, func(t *testing.T, url string) {
		db, ran, ctx := open(t, url), newDone(), context.Background()
		r := runner(t, db, handlers(job.ScoreBands, func(_ context.Context, j job.Job) error {
			var n names
			check(t, j.Read(&n))
			ran.add(n.Name)
			return nil
		}), 0)
		once := func(name string) job.Request {
			q := request(name)
			q.Once = true
			return q
		}
		check(t, r.Add(ctx, once("a")))
		check(t, db.InTx(ctx, func(ctx context.Context) error { return r.Add(ctx, once("a"), once("b")) }))
		check(t, r.Add(ctx, once("b")))
		start(t, r)
		check(t, r.Add(ctx, request("z")))
		if got := ran.wait(t, 3); !slices.Equal(got, []string{"a", "b", "z"}) {
			t.Fatal(got)
		}
		check(t, r.Add(ctx, once("a"), request("y")))
		if got := ran.wait(t, 1); !slices.Equal(got, []string{"a", "b", "y", "z"}) {
			t.Fatal(got)
		}
	})
}

// TestPeriodic waits for a periodic job: it runs with the start.
func TestPeriodic(t *testing.T) {
	onEach(t, func(t *testing.T, url string) {
		ran := newDone()
		start(t, runner(t, open(t, url), handlers(job.WebhookTrim, func(context.Context, job.Job) error {
			ran.add("trimmed")
			return nil
		}), 0))
		ran.wait(t, 1)
	})
}

// TestLanes has all workers of one lane wait while another goes on.
func TestLanes(t *testing.T) {
	onEach(t, func(t *testing.T, url string) {
		db, ran, ctx, release := open(t, url), newDone(), context.Background(), make(chan struct{})
		r := runner(t, db, handlers(job.WebhookSend, func(_ context.Context, j job.Job) error {
			var n names
			check(t, j.Read(&n))
			if n.Name == "slow" {
				<-release
			}
			ran.add(n.Name)
			return nil
		}), 0)
		start(t, r)
		send := func(lane int64, name string) job.Request {
			return job.Request{Kind: job.WebhookSend, Args: names{name}, Lane: lane}
		}
		for range 20 {
			check(t, r.Add(ctx, send(1, "slow")))
		}
		check(t, r.Add(ctx, send(2, "fast"), send(-1, "odd")))
		if got := ran.wait(t, 2); !slices.Equal(got, []string{"fast", "odd"}) {
			t.Fatal(got)
		}
		close(release)
		ran.wait(t, 20)
	})
}

// TestBusyWriter keeps the one connection of SQLite busy while jobs come and
// go: nothing is lost, and nobody waits for ever.
func TestBusyWriter(t *testing.T) {
	onEach(t, func(t *testing.T, url string) {
		db, ran, ctx := open(t, url), newDone(), context.Background()
		r := runner(t, db, handlers(job.ScoreBands, func(ctx context.Context, j job.Job) error {
			var n names
			check(t, j.Read(&n))
			err := db.InTx(ctx, func(ctx context.Context) error {
				_, err := db.NewIDs(ctx, "test", 1)
				return err
			})
			if err == nil {
				ran.add(n.Name)
			}
			return err
		}), 0)
		start(t, r)
		const writers, each = 4, 100
		var wg sync.WaitGroup
		for w := range writers {
			wg.Add(1)
			go func() {
				defer wg.Done()
				for i := range each {
					err := db.InTx(ctx, func(ctx context.Context) error {
						if _, err := db.NewIDs(ctx, "test", 1); err != nil {
							return err
						}
						return r.Add(ctx, request(fmt.Sprintf("%d/%03d", w, i)))
					})
					if err != nil {
						t.Error(err)
					}
				}
			}()
		}
		wg.Wait()
		got := ran.wait(t, writers*each)
		if n := len(slices.Compact(got)); n != writers*each || len(got) != n {
			t.Fatalf("%d jobs ran %d times, want %d", n, len(got), writers*each)
		}
	})
}

// child runs jobs until it is killed: it says which it began, and never ends
// those whose name begins with "hang".
func child(url string) {
	ctx := context.Background()
	db, err := records.Open(ctx, url)
	if err != nil {
		fmt.Println("error", err)
		return
	}
	var mu sync.Mutex
	r, err := job.New(ctx, job.Config{Store: jobs.Store{DB: db.DB}, Poll: 20 * time.Millisecond, Handlers: handlers(job.ScoreBands, func(ctx context.Context, j job.Job) error {
		var n names
		if err := j.Read(&n); err != nil {
			return err
		}
		mu.Lock()
		fmt.Println("began", n.Name)
		mu.Unlock()
		if strings.HasPrefix(n.Name, "hang") {
			<-ctx.Done()
		}
		return nil
	})})
	if err == nil {
		err = r.Start(ctx)
	}
	if err != nil {
		fmt.Println("error", err)
		return
	}
	select {}
}

// spawn starts a process that runs jobs, and tells what it began.
func spawn(t *testing.T, url string, ran *done) *exec.Cmd {
	t.Helper()
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), childVariable+"="+url)
	cmd.Stderr = os.Stderr
	out, err := cmd.StdoutPipe()
	check(t, err)
	check(t, cmd.Start())
	go func() {
		for lines := bufio.NewScanner(out); lines.Scan(); {
			if name, ok := strings.CutPrefix(lines.Text(), "began "); ok {
				ran.add(name)
			} else {
				t.Error(lines.Text())
			}
		}
	}()
	t.Cleanup(func() {
		_ = cmd.Process.Kill() // it may be dead already
		_ = cmd.Wait()
	})
	return cmd
}

// TestKilled kills a process in the middle of a job: another one does it.
func TestKilled(t *testing.T) {
	onEach(t, func(t *testing.T, url string) {
		ctx := context.Background()
		db := open(t, url)
		quiet := handlers(job.ScoreBands, func(context.Context, job.Job) error { return nil })
		check(t, runner(t, db, quiet, 0).Add(ctx, request("quick"), request("hang 1")))
		first := newDone()
		cmd := spawn(t, url, first)
		if got := first.wait(t, 2); !slices.Equal(got, []string{"hang 1", "quick"}) {
			t.Fatal(got)
		}
		check(t, cmd.Process.Kill())
		_ = cmd.Wait()
		ran := newDone()
		r := runner(t, db, handlers(job.ScoreBands, func(_ context.Context, j job.Job) error {
			var n names
			check(t, j.Read(&n))
			ran.add(fmt.Sprintf("%s %d", n.Name, j.Attempt))
			return nil
		}), time.Second)
		start(t, r)
		got := ran.wait(t, 1)
		if got[0] == "quick 2" { // it was killed before it noted that this was done
			got = ran.wait(t, 1)
		}
		if got[0] != "hang 1 2" {
			t.Fatal(got)
		}
	})
}

// TestTwoProcesses has two processes run the jobs of one PostgreSQL database:
// every job runs once.
func TestTwoProcesses(t *testing.T) {
	if server == nil {
		t.Skip("no PostgreSQL: " + pgtest.SkipVariable + " is set")
	}
	url := server.Database(t)
	db := open(t, url)
	r := runner(t, db, handlers(job.ScoreBands, func(context.Context, job.Job) error { return nil }), 0)
	ran := newDone()
	spawn(t, url, ran)
	spawn(t, url, ran)
	const n = 300
	want := make([]string, n)
	for i := range n {
		want[i] = fmt.Sprintf("job %03d", i)
		check(t, r.Add(context.Background(), request(want[i])))
	}
	ran.wait(t, n)
	time.Sleep(200 * time.Millisecond) // a job that runs twice would come now
	if got := ran.wait(t, 0); !slices.Equal(got, want) {
		t.Fatalf("%d ran, want each of %d once", len(got), n)
	}
}

// TestTwoMakeTables opens one empty PostgreSQL database from several sides at
// once.
func TestTwoMakeTables(t *testing.T) {
	if server == nil {
		t.Skip("no PostgreSQL: " + pgtest.SkipVariable + " is set")
	}
	db := open(t, server.Database(t))
	var wg sync.WaitGroup
	for range 4 {
		wg.Add(1)
		go func() {
			defer wg.Done()
			_, err := job.New(context.Background(), job.Config{Store: jobs.Store{DB: db.DB}, Handlers: handlers(job.ScoreBands, nil)})
			if err == nil || !strings.Contains(err.Error(), "nothing does jobs") {
				t.Error(err)
			}
		}()
	}
	wg.Wait()
	runner(t, db, handlers(job.ScoreBands, func(context.Context, job.Job) error { return nil }), 0)
}
