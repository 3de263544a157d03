package ingest_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"path/filepath"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	minori "github.com/minori-hq/minori"
	"github.com/minori-hq/minori/account"
	"github.com/minori-hq/minori/account/traits"
	"github.com/minori-hq/minori/ingest"
	"github.com/minori-hq/minori/metric"
	"github.com/minori-hq/minori/store/lake"
	"github.com/minori-hq/minori/store/lake/duckdb"
	"github.com/minori-hq/minori/store/records"
	"github.com/minori-hq/minori/store/records/health"
	"github.com/minori-hq/minori/store/records/identity"
)

// env is the service over both stores, with a clock that stands still.
type env struct {
	testing.TB
	ctx     context.Context
	dir     string
	now     time.Time
	records *records.DB
	lake    *duckdb.Lake
	traits  *traits.Service
	service *ingest.Service
	config  ingest.Config
	inbox   *faulty // of the lake
	n       int
}

// login is the metric that counts logins and their actors.
const login = 1

func noon() time.Time { return time.Date(2025, 3, 10, 12, 0, 0, 0, time.UTC) }

func open(t testing.TB, dir string) *env {
	e := &env{TB: t, ctx: context.Background(), dir: dir, now: noon()}
	e.start()
	t.Cleanup(e.stop)
	return e
}

func (e *env) clock() time.Time { return e.now }

// start opens the stores and the service.
func (e *env) start() {
	e.Helper()
	var err error
	e.records, err = records.Open(e.ctx, filepath.Join(e.dir, "records.db"))
	e.ok(err)
	e.lake, err = duckdb.Open(filepath.Join(e.dir, "lake.db"), duckdb.Options{Currency: "USD", Threads: 1})
	e.ok(err)
	e.ok(e.lake.DefineMetrics(e.ctx, []lake.MetricDef{{
		Ref: metric.Ref{ID: login, Name: "usage.login", Kind: metric.Event, Actors: true}, From: &metric.From{Event: "login", Actors: true},
	}}))
	e.traits = traits.NewService(identity.Over(e.records, e.records.DB), traits.Config{
		Zone: time.UTC, Clock: e.clock,
		FieldIDs: func(ctx context.Context, names []string) (map[string]int64, error) {
			return e.records.EnsureIDs(ctx, "Field", names)
		},
		Fields: func(context.Context) ([]account.Field, error) {
			return []account.Field{{Name: "account.monthly_spend", Type: account.FieldNumber}}, nil
		},
	})
	e.inbox = &faulty{Inbox: e.lake}
	e.config = ingest.Config{
		Inbox: e.inbox, Traits: e.traits, Drain: e.drain, Zone: time.UTC, Clock: e.clock, Log: slog.New(slog.DiscardHandler),
		Limits: e.config.Limits, Shapes: health.Store{DB: e.records.DB},
	}
	e.service, err = ingest.Open(e.ctx, e.config)
	e.ok(err)
}

func (e *env) stop() {
	e.service.Close()
	e.ok(errors.Join(e.lake.Close(), e.records.Close()))
}

func (e *env) restart() {
	e.Helper()
	e.stop()
	e.start()
}

// drain brings the outbox into the lake.
func (e *env) drain(ctx context.Context) error {
	if err := e.inbox.at("drain"); err != nil {
		return err
	}
	done, err := e.lake.Applied(ctx)
	if err != nil {
		return err
	}
	for {
		rows, err := e.records.Outbox(ctx, done, 1000)
		if err != nil || len(rows) == 0 {
			return err
		}
		deltas := make([]lake.SeqDelta, len(rows))
		for i, r := range rows {
			deltas[i] = lake.SeqDelta{Seq: r.Seq, Delta: r.Delta}
			done = r.Seq
		}
		if err := e.lake.Apply(ctx, deltas); err != nil {
			return err
		}
	}
}

func (e *env) ok(err error) {
	e.Helper()
	if err != nil {
		e.Fatal(err)
	}
}

// message makes a message of a user with an ID of its own.
func (e *env) message(kind ingest.Kind, user, acc, body string) ingest.Message {
	e.n++
	m := ingest.Message{Kind: kind, ID: fmt.Sprint("m-", e.n), User: user, Account: acc, Body: body, Time: e.now.UnixMicro() + int64(e.n)}
	if kind.Counts() {
		m.Event = "login"
	}
	return m
}

func (e *env) accept(messages ...ingest.Message) {
	e.Helper()
	e.ok(e.service.Accept(e.ctx, 1, messages))
}

// fold folds until nothing moves.
func (e *env) fold() (sum ingest.Folded) {
	e.Helper()
	for {
		f, err := e.service.Fold(e.ctx)
		e.ok(err)
		sum.Events, sum.Attached = sum.Events+f.Events, sum.Attached+f.Attached
		sum.Touched = append(sum.Touched, f.Touched...)
		n, _, err := e.lake.Backlog(e.ctx)
		e.ok(err)
		if n == 0 && f.Attached == 0 {
			return sum
		}
	}
}

// logins gives how many logins an account had, and -1 without the account.
func (e *env) logins(key string) float64 {
	e.Helper()
	ids, err := e.records.SubjectIDs(e.ctx, account.KindAccount, []string{key})
	e.ok(err)
	if ids[key] == 0 {
		return -1
	}
	days, err := e.lake.Series(e.ctx, ids[key], metric.Ref{ID: login, Name: "usage.login", Kind: metric.Event, Actors: true}, nil, 0, minori.MaxDay)
	e.ok(err)
	sum := 0.0
	for _, d := range days {
		sum += d.Sum
	}
	return sum
}

// account gives an account as kept.
func (e *env) account(key string) account.AccountRow {
	e.Helper()
	ids, err := e.records.SubjectIDs(e.ctx, account.KindAccount, []string{key})
	e.ok(err)
	rows, err := e.records.AccountRows(e.ctx, []minori.ID{ids[key]})
	e.ok(err)
	return rows[ids[key]]
}

func (e *env) contacts(key string) []account.Contact {
	e.Helper()
	list, err := e.records.Contacts(e.ctx, e.account(key).ID, minori.Page{})
	e.ok(err)
	return list
}

// TestWay sends messages of every kind the whole way.
func TestWay(t *testing.T) {
	e := open(t, t.TempDir())
	e.accept(
		e.message(ingest.Track, "u1", "", ""),
		e.message(ingest.Track, "u1", "acme", ""),
		e.message(ingest.Identify, "u1", "", `{"email":"ann@acme.example","firstName":"Ann","lastName":"Ames"}`),
	)
	if f := e.fold(); f.Events != 0 || e.logins("acme") != -1 {
		t.Fatalf("before the account is known: %+v", f)
	}
	e.accept(e.message(ingest.Group, "u1", "acme", `{"name":"Acme","industry":"Steel","createdAt":"2024-05-01T00:00:00Z","monthlySpend":12.5,"seats":"many","size":{"a": 1}}`))
	f := e.fold()
	if f.Attached != 2 || e.logins("acme") != 2 || len(f.Touched) == 0 {
		t.Fatalf("after: %+v, %v logins", f, e.logins("acme"))
	}
	a := e.account("acme")
	if a.Name != "Acme" || a.Industry != "Steel" || a.SignedUp == nil || a.SignedUp.String() != "2024-05-01" || a.Seats != nil || a.Fields["monthly_spend"].String() != "12.5" {
		t.Errorf("the account is %+v", a)
	}
	c := e.contacts("acme")
	if len(c) != 1 || c[0].Key != "u1" || c[0].Name != "Ann Ames" || c[0].Email != "ann@acme.example" {
		t.Errorf("contacts %+v", c)
	}
	// The same again changes nothing.
	again := e.message(ingest.Track, "u1", "", "")
	e.accept(again, again)
	e.accept(again)
	e.fold()
	if got := e.logins("acme"); got != 3 {
		t.Errorf("%v logins after repetitions", got)
	}
	st := e.service.Stats()
	if len(st) != 1 || st[0].Minutes[0].Accepted != 5 || st[0].Minutes[0].Repeated != 2 || st[0].Events[0].Count != 3 {
		t.Errorf("stats %+v", st)
	}
	if r := st[0].Rejections; len(r) != 1 || r[0].Field != "traits.seats" || r[0].Samples[0] != `"many"` {
		t.Errorf("rejections %+v", r)
	}
}

// TestKnownAfterStart: what was accepted before a start is known after it.
func TestKnownAfterStart(t *testing.T) {
	e := open(t, t.TempDir())
	folded, waiting := e.message(ingest.Track, "u", "acme", ""), e.message(ingest.Track, "u", "acme", "")
	e.accept(e.message(ingest.Group, "u", "acme", ""), folded)
	e.fold()
	e.accept(waiting)
	e.restart()
	e.accept(folded, waiting)
	e.fold()
	if got := e.logins("acme"); got != 2 {
		t.Errorf("%v logins", got)
	}
}

// gate is an inbox whose Receive waits, or fails.
type gate struct {
	ingest.Inbox
	hold  chan struct{}
	err   atomic.Pointer[error]
	calls atomic.Int64
}

func (g *gate) Receive(ctx context.Context, messages []ingest.Received) error {
	g.calls.Add(1)
	<-g.hold
	if err := g.err.Load(); err != nil {
		return *err
	}
	return g.Inbox.Receive(ctx, messages)
}

// gated puts a gate before the lake.
func (e *env) gated(limits ingest.Limits) *gate {
	e.service.Close()
	g := &gate{Inbox: e.lake, hold: make(chan struct{})}
	e.config.Inbox, e.config.Limits = g, limits
	var err error
	e.service, err = ingest.Open(e.ctx, e.config)
	e.ok(err)
	return g
}

// TestGroups: callers that come while a group is written go into the next one
// together; of a group that fails nothing is remembered.
func TestGroups(t *testing.T) {
	e := open(t, t.TempDir())
	g := e.gated(ingest.DefaultLimits())
	messages := make([]ingest.Message, 50)
	for i := range messages {
		messages[i] = e.message(ingest.Track, "u", "acme", "")
	}
	full := errors.New("the disk is full")
	g.err.Store(&full)
	var wg sync.WaitGroup
	errs := make([]error, len(messages))
	for i := range messages {
		wg.Go(func() { errs[i] = e.service.Accept(e.ctx, 1, messages[i:i+1]) })
	}
	for e.service.Waiting() < len(messages) {
		time.Sleep(time.Millisecond)
	}
	close(g.hold)
	wg.Wait()
	for _, err := range errs {
		if !errors.Is(err, full) {
			t.Fatalf("the answer is %v", err)
		}
	}
	if g.calls.Load() > 2 {
		t.Errorf("%d groups", g.calls.Load())
	}
	g.err.Store(nil)
	e.accept(messages...)
	n, _, err := e.lake.Backlog(e.ctx)
	e.ok(err)
	if n != 50 {
		t.Errorf("%d messages are stored", n)
	}
}

// TestFull: more than the limits allow is refused at once, in the queue and in
// the inbox, and is taken when there is room again.
func TestFull(t *testing.T) {
	e := open(t, t.TempDir())
	limits := ingest.DefaultLimits()
	limits.QueueMessages, limits.Backlog = 10, 15
	g := e.gated(limits)
	batch := func() (out []ingest.Message) {
		for range 8 {
			out = append(out, e.message(ingest.Track, "u", "acme", ""))
		}
		return out
	}
	first, second := batch(), batch()
	done := make(chan error)
	go func() { done <- e.service.Accept(e.ctx, 1, first) }()
	for e.service.Waiting() == 0 {
		time.Sleep(time.Millisecond)
	}
	var f ingest.Full
	if err := e.service.Accept(e.ctx, 1, second); !errors.As(err, &f) || f.RetryAfter < time.Second {
		t.Fatalf("the answer is %v", err)
	}
	// A caller that leaves is not waited for.
	ctx, cancel := context.WithCancel(e.ctx)
	cancel()
	if err := e.service.Accept(ctx, 1, batch()[:1]); !errors.Is(err, context.Canceled) {
		t.Fatalf("the answer is %v", err)
	}
	close(g.hold)
	e.ok(<-done)
	e.ok(e.service.Accept(e.ctx, 1, second))
	if err := e.service.Accept(e.ctx, 1, batch()); !errors.As(err, &f) {
		t.Fatalf("the inbox is full, the answer is %v", err)
	}
	if err := e.service.Room(1); !errors.As(err, &f) {
		t.Fatalf("the inbox is full, there is room: %v", err)
	}
	e.fold()
	e.ok(e.service.Room(1))
	e.ok(e.service.Accept(e.ctx, 1, batch()))
	if m := e.service.Stats()[0].Minutes[0]; m.Refused != 17 {
		t.Errorf("refused %+v", m)
	}
}

// TestClosed: what waits is written, what comes later is refused.
func TestClosed(t *testing.T) {
	e := open(t, t.TempDir())
	g := e.gated(ingest.DefaultLimits())
	done := make(chan error)
	go func() { done <- e.service.Accept(e.ctx, 1, []ingest.Message{e.message(ingest.Track, "u", "a", "")}) }()
	for e.service.Waiting() == 0 {
		time.Sleep(time.Millisecond)
	}
	go close(g.hold)
	e.service.Close()
	e.ok(<-done)
	err := e.service.Accept(e.ctx, 1, []ingest.Message{e.message(ingest.Track, "u", "a", "")})
	if minori.CodeOf(err) != minori.Unavailable {
		t.Fatalf("the answer is %v", err)
	}
}
