// Package webhooktest is the conformance suite of webhooks: the same cases run
// on every database.
package webhooktest

import (
	"context"
	"encoding/json"
	"errors"
	"net/netip"
	"strings"
	"testing"
	"time"

	minori "github.com/minori-hq/minori"
	"github.com/minori-hq/minori/account"
	"github.com/minori-hq/minori/action"
	"github.com/minori-hq/minori/metric"
	"github.com/minori-hq/minori/store/records"
	"github.com/minori-hq/minori/store/records/webhooks"
	"github.com/minori-hq/minori/webhook"
)

// Run runs all cases.
func Run(t *testing.T, open func(t testing.TB) *records.DB) {
	t.Run("endpoints", func(t *testing.T) { testEndpoints(t, newEnv(t, open(t))) })
	t.Run("who may", func(t *testing.T) { testRoles(t, newEnv(t, open(t))) })
	t.Run("calls", func(t *testing.T) { testCalls(t, newEnv(t, open(t))) })
	t.Run("bands", func(t *testing.T) { testBands(t, newEnv(t, open(t))) })
	t.Run("delivering", func(t *testing.T) { testDeliver(t, newEnv(t, open(t))) })
	t.Run("a failing endpoint", func(t *testing.T) { testFailing(t, newEnv(t, open(t))) })
	t.Run("forgetting", func(t *testing.T) { testTrim(t, newEnv(t, open(t))) })
}

// env is a service over a store, with a clock that is set, jobs that are done
// when the test says so, and a receiver.
type env struct {
	db       *records.DB
	store    webhooks.Store
	hooks    *webhook.Service
	actions  *action.Service
	accounts *account.Service
	jobs     *todo
	now      time.Time
	ctx      context.Context
	ops      minori.Actor
	to       *receiver
	stopped  []string
}

// todo remembers what is to be done.
type todo struct {
	fanOut int
	send   []int64
}

// FanOut implements webhook.Jobs.
func (j *todo) FanOut(context.Context) error { j.fanOut++; return nil }

// Send implements webhook.Jobs.
func (j *todo) Send(_ context.Context, list []webhook.Delivery) error {
	for _, d := range list {
		j.send = append(j.send, d.ID)
	}
	return nil
}

// vault seals by writing backwards.
type vault struct{}

func (vault) Seal(purpose string, secret []byte) (string, error) {
	return purpose + ":" + reverse(string(secret)), nil
}

func (vault) Open(purpose, sealed string) ([]byte, error) {
	text, ok := strings.CutPrefix(sealed, purpose+":")
	if !ok {
		return nil, errors.New("sealed for something else")
	}
	return []byte(reverse(text)), nil
}

func reverse(s string) string {
	b := []byte(s)
	for i, k := 0, len(b)-1; i < k; i, k = i+1, k-1 {
		b[i], b[k] = b[k], b[i]
	}
	return string(b)
}

func newEnv(t testing.TB, db *records.DB) *env {
	e := &env{db: db, store: webhooks.Store{DB: db}, jobs: &todo{}, now: time.Date(2024, 7, 1, 9, 0, 0, 0, time.UTC), ctx: context.Background(),
		ops: minori.Actor{Name: "ops@example.com", Role: minori.RoleOperations}, to: newReceiver(t)}
	clock := func() time.Time { return e.now }
	fields := func(ctx context.Context, names []string) (map[string]int64, error) {
		return db.EnsureIDs(ctx, "Field", names)
	}
	e.accounts = account.NewService(db, account.Config{Zone: time.UTC, Clock: clock, FieldIDs: fields, MetricIDs: fields})
	e.hooks = webhook.NewService(e.store, webhook.Config{Clock: clock, Zone: time.UTC, Vault: vault{}, Jobs: e.jobs,
		Hidden: func(_ context.Context, actor minori.Actor) (account.Hidden, error) {
			if actor.Role != minori.RoleOperations {
				t.Errorf("asked what is hidden from %q", actor.Role)
			}
			return account.Hidden{"account.secret": true}, nil
		},
		Stopped: func(_ context.Context, x *webhook.Endpoint) error {
			e.stopped = append(e.stopped, x.Stopped)
			return nil
		},
		Networks: []netip.Prefix{netip.MustParsePrefix("127.0.0.1/32")}, Timeout: 2 * time.Second})
	e.actions = action.NewService(db, action.Config{Zone: time.UTC, Clock: clock, Calendar: action.NewCalendar(""), Scopes: e.accounts,
		Changed: e.hooks.CallsChanged})
	return e
}

func check(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func wantCode(t testing.TB, err error, code minori.Code) {
	t.Helper()
	if minori.CodeOf(err) != code {
		t.Fatalf("%v (%s), want %s", err, minori.CodeOf(err), code)
	}
}

// fill imports two accounts and an employee.
func (e *env) fill(t testing.TB) (aoyama, bunkyo, aoi minori.Subject) {
	t.Helper()
	rows := []account.FactRow{
		{Person: &account.Person{Key: "E-1", Name: "Aoi", Email: "aoi@example.com"}},
		{Account: &account.Account{Key: "A-1", Name: "青山商事"}}, {Account: &account.Account{Key: "A-2", Name: "Bunkyo"}},
	}
	for i := range rows {
		rows[i].Row = metric.Row{Line: i + 1, Key: metric.Hash{Lo: uint64(i + 1)}, Hash: metric.Hash{Lo: uint64(i + 1)}}
	}
	_, err := e.accounts.Import(e.ctx, e.ops, account.Run{Source: 1, Import: 1, Time: e.now.UnixMicro()}, rows)
	check(t, err)
	find := func(kind minori.SubjectKind, key string) minori.Subject {
		s, err := e.accounts.ByKey(e.ctx, e.ops, kind, key)
		check(t, err)
		return s
	}
	return find(minori.Account, "A-1"), find(minori.Account, "A-2"), find(minori.Person, "E-1")
}

// endpoint makes an endpoint at the receiver.
func (e *env) endpoint(t testing.TB, path string, kinds ...webhook.Kind) webhook.Endpoint {
	t.Helper()
	x, secret, err := e.hooks.Add(e.ctx, e.ops, webhook.Draft{Name: "ours", URL: e.to.URL + path, Kinds: kinds})
	check(t, err)
	e.to.secrets(path, secret)
	return x
}

// fanOut does what is to be done once, and gives the new deliveries.
func (e *env) fanOut(t testing.TB) []int64 {
	t.Helper()
	e.jobs.fanOut, e.jobs.send = 0, nil
	check(t, e.hooks.FanOut(e.ctx))
	return e.jobs.send
}

func (e *env) delivery(t testing.TB, id int64) (webhook.Delivery, []webhook.Attempt) {
	t.Helper()
	d, list, err := e.hooks.Delivery(e.ctx, e.ops, id)
	check(t, err)
	return d, list
}

// data reads what an event carries.
func data(t testing.TB, body string) map[string]any {
	t.Helper()
	var m struct {
		Type      string         `json:"type"`
		Timestamp string         `json:"timestamp"`
		Data      map[string]any `json:"data"`
	}
	check(t, json.Unmarshal([]byte(body), &m))
	if _, err := time.Parse(time.RFC3339Nano, m.Timestamp); err != nil || m.Type == "" {
		t.Fatalf("%s: %v", body, err)
	}
	m.Data["type"] = m.Type
	return m.Data
}

// badDrafts tries endpoints that are refused.
func (e *env) badDrafts(t *testing.T, draft func(url string, kinds ...webhook.Kind) webhook.Draft) {
	for _, bad := range []struct {
		webhook.Draft
		why webhook.Why
	}{
		{draft("https://example.com/x"), webhook.WhyKinds},
		{draft("https://example.com/x", "call_to_action.opend"), webhook.WhyKinds},
		{draft("https://example.com/x", webhook.Test), webhook.WhyKinds},
		{draft("example.com", webhook.CallOpened), webhook.WhyURL},
		{draft("https://", webhook.CallOpened), webhook.WhyURL},
		{draft("ftp://example.com", webhook.CallOpened), webhook.WhyURL},
		{draft("https://user:word@example.com/", webhook.CallOpened), webhook.WhyURL},
		{draft("https://example.com:99999/", webhook.CallOpened), webhook.WhyURL},
		{draft("https://10.1.2.3/", webhook.CallOpened), webhook.WhyPrivate},
		{draft("https://[::1]/", webhook.CallOpened), webhook.WhyPrivate},
		{draft("http://8.8.8.8/", webhook.CallOpened), webhook.WhyPrivate},
		{draft("https://example.com/"+strings.Repeat("x", 2000), webhook.CallOpened), webhook.WhyURL},
		{webhook.Draft{Name: strings.Repeat("名", 101), URL: "https://example.com", Kinds: webhook.Kinds()}, webhook.WhyName},
	} {
		if _, _, err := e.hooks.Add(e.ctx, e.ops, bad.Draft); webhook.WhyOf(err) != bad.why {
			t.Errorf("%+v: %v, want %s", bad.Draft, err, bad.why)
		}
	}
}

func testEndpoints(t *testing.T, e *env) {
	draft := func(url string, kinds ...webhook.Kind) webhook.Draft {
		return webhook.Draft{Name: "x", URL: url, Kinds: kinds}
	}
	e.badDrafts(t, draft)
	x, secret, err := e.hooks.Add(e.ctx, e.ops, draft(" https://example.com/hooks ", webhook.BandChanged, webhook.CallOpened, webhook.CallOpened))
	check(t, err)
	if !strings.HasPrefix(secret, "whsec_") || x.URL != "https://example.com/hooks" || len(x.Kinds) != 2 || x.Kinds[0] != webhook.CallOpened || !x.Enabled {
		t.Fatalf("%+v %s", x, secret)
	}
	got, err := e.hooks.Endpoint(e.ctx, e.ops, x.ID)
	check(t, err)
	if now, _ := got.Secrets(); strings.Contains(now, secret) || got.CreatedBy != e.ops.Name || got.Version != 1 {
		t.Fatalf("%+v", got)
	}
	if _, err = e.hooks.Change(e.ctx, e.ops, x.ID, 7, got.Draft, true); webhook.WhyOf(err) != webhook.WhyChanged {
		t.Fatal(err)
	}
	if same, err := e.hooks.Change(e.ctx, e.ops, x.ID, 1, got.Draft, true); err != nil || same.Version != 1 {
		t.Fatal(same.Version, err)
	}
	got.Draft.Name = "another"
	got, err = e.hooks.Change(e.ctx, e.ops, x.ID, 1, got.Draft, false)
	check(t, err)
	if got.Version != 2 || got.Enabled {
		t.Fatalf("%+v", got)
	}
	got, second, err := e.hooks.Rotate(e.ctx, e.ops, x.ID, 0)
	check(t, err)
	if second == secret || got.Rotated != e.now.Add(webhook.OldSecret).UnixMicro() {
		t.Fatalf("%+v", got)
	}
	if err := e.hooks.Try(e.ctx, e.ops, x.ID); webhook.WhyOf(err) != webhook.WhyDisabled {
		t.Fatal(err)
	}
	for i := 1; i < webhook.MaxEndpoints; i++ {
		_, _, err := e.hooks.Add(e.ctx, e.ops, draft("https://example.com/", webhook.CallOpened))
		check(t, err)
	}
	if _, _, err := e.hooks.Add(e.ctx, e.ops, draft("https://example.com/", webhook.CallOpened)); webhook.WhyOf(err) != webhook.WhyTooMany {
		t.Fatal(err)
	}
	check(t, e.hooks.Remove(e.ctx, e.ops, x.ID))
	wantCode(t, e.hooks.Remove(e.ctx, e.ops, x.ID), minori.NotFound)
	lines, err := e.db.Audit(e.ctx, minori.Page{Limit: 100})
	check(t, err)
	did := map[string]int{}
	for _, l := range lines {
		did[l.Action]++
		if strings.Contains(l.Detail, "whsec_") {
			t.Errorf("the audit log tells a secret: %s", l.Detail)
		}
	}
	if did["webhook.add"] != webhook.MaxEndpoints || did["webhook.change"] != 1 || did["webhook.rotate"] != 1 || did["webhook.remove"] != 1 {
		t.Fatal(did)
	}
}

// testRoles lets everybody try everything.
func testRoles(t *testing.T, e *env) {
	x := e.endpoint(t, "/", webhook.CallOpened)
	for _, actor := range []minori.Actor{
		{Name: "lead", Role: minori.RoleLeader}, {Name: "csm", Role: minori.RoleCSM}, {Name: "am", Role: minori.RoleManager},
		{Name: "eye", Role: minori.RoleObserver}, {Name: "own", Role: minori.RoleOperations, Access: minori.AccessOwn, Person: 1},
	} {
		_, err := e.hooks.Endpoints(e.ctx, actor)
		wantCode(t, err, minori.Forbidden)
		_, err = e.hooks.Endpoint(e.ctx, actor, x.ID)
		wantCode(t, err, minori.Forbidden)
		_, _, err = e.hooks.Add(e.ctx, actor, x.Draft)
		wantCode(t, err, minori.Forbidden)
		_, err = e.hooks.Change(e.ctx, actor, x.ID, 1, x.Draft, false)
		wantCode(t, err, minori.Forbidden)
		_, _, err = e.hooks.Rotate(e.ctx, actor, x.ID, 1)
		wantCode(t, err, minori.Forbidden)
		wantCode(t, e.hooks.Remove(e.ctx, actor, x.ID), minori.Forbidden)
		wantCode(t, e.hooks.Try(e.ctx, actor, x.ID), minori.Forbidden)
		_, _, err = e.hooks.Deliveries(e.ctx, actor, webhook.Filter{}, minori.Page{})
		wantCode(t, err, minori.Forbidden)
		_, _, err = e.hooks.Delivery(e.ctx, actor, 1)
		wantCode(t, err, minori.Forbidden)
		wantCode(t, e.hooks.Replay(e.ctx, actor, 1), minori.Forbidden)
		_, err = e.hooks.ReplayDead(e.ctx, actor, x.ID)
		wantCode(t, err, minori.Forbidden)
	}
	_, err := e.hooks.Endpoints(e.ctx, minori.Actor{})
	wantCode(t, err, minori.Unauthenticated)
	_, err = e.hooks.Endpoints(e.ctx, minori.Actor{Name: "root", Role: minori.RoleAdmin})
	check(t, err)
	wantCode(t, e.hooks.Replay(e.ctx, e.ops, 99), minori.NotFound)
}
