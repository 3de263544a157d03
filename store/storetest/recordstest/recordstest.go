// Package recordstest is the conformance suite of the records store: the same
// cases run on every database.
package recordstest

import (
	"context"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"hash/fnv"
	"testing"
	"time"

	minori "github.com/minori-hq/minori"
	"github.com/minori-hq/minori/account"
	"github.com/minori-hq/minori/action"
	"github.com/minori-hq/minori/metric"
	"github.com/minori-hq/minori/revenue"
	"github.com/minori-hq/minori/store/records"
)

// Open opens a fresh, empty store that is closed with the test.
type Open func(t testing.TB) *records.DB

// testCase is one case of the suite.
type testCase struct {
	name string
	run  func(t *testing.T, e *env)
}

// Run runs all cases.
func Run(t *testing.T, open Open) {
	for _, c := range append(factCases(), workCases()...) {
		t.Run(c.name, func(t *testing.T) { c.run(t, newEnv(t, open)) })
	}
}

func factCases() []testCase {
	return []testCase{
		{"workspace", testWorkspace},
		{"resource versions", testResources},
		{"resource ids", testEnsureIDs},
		{"transactions", testTransactions},
		{"ids", testNewIDs},
		{"outbox", testOutbox},
		{"outbox order with several writers", testOutboxOrder},
		{"imports list", testImportRuns},
		{"audit", testAudit},
		{"accounts import", testAccounts},
		{"duplicates in one import", testDuplicates},
		{"field history", testFieldHistory},
		{"valid from", testValidFrom},
		{"mapped fields only", testMapped},
		{"dry run", testDryRun},
		{"rejects", testRejects},
		{"csm", testCSM},
		{"persons", testPersons},
		{"tickets", testTickets},
		{"other facts", testFacts},
		{"ending what is missing", testEndMissing},
		{"searching accounts", testSearch},
		{"permissions", testPermissions},
		{"scopes", testScopes},
		{"subscriptions and ledger", testSubscriptions},
		{"rates", testRates},
		{"failed import leaves nothing", testFailedImport},
		{"concurrent imports", testConcurrentImports},
	}
}

func workCases() []testCase {
	return []testCase{
		{"opening calls", testOpen},
		{"replaying calls", testOpenReplay},
		{"joining calls", testJoin},
		{"recovering calls", testRecover},
		{"working calls", testWork},
		{"conflicts of calls", testCallConflict},
		{"listing calls", testListCalls},
		{"tasks", testTasks},
		{"concurrent opening", testConcurrentOpen},
		{"overrides", testOverrides},
		{"playbook use", testPlaybookUse},
		{"working several calls", testBulk},
		{"taking work back", testUndo},
		{"load", testLoads},
		{"relations", testRelations},
		{"expansions", testExpansions},
		{"rule states", testStates},
		{"entries on timelines", testEntries},
		{"refused entries", testEntryRefused},
		{"timelines of accounts", testTimeline},
		{"timelines of persons", testPersonTimeline},
		{"accounts that belong together", testFamily},
		{"cycles", testCycles},
		{"notices", testNotices}, {"notices of what was undone", testNoticesRolledBack}, {"reading notices", testNoticesRead}, {"trimming notices", testNoticesTrim},
	}
}

// env is a store with services over it and a clock that stands still.
type env struct {
	db       *records.DB
	ctx      context.Context
	now      time.Time
	accounts *account.Service
	revenue  *revenue.Service
	actions  *action.Service
	admin    minori.Actor
	imports  int64
}

func newEnv(t testing.TB, open Open) *env {
	return envOver(open(t))
}

func envOver(db *records.DB) *env {
	e := &env{
		db: db, ctx: context.Background(), now: time.Date(2024, 7, 1, 9, 0, 0, 0, time.UTC),
		admin: minori.Actor{Name: "ops@example.com", Role: minori.RoleOperations},
	}
	clock := func() time.Time { return e.now }
	e.accounts = account.NewService(db, account.Config{
		Zone: time.UTC, Clock: clock,
		FieldIDs: func(ctx context.Context, names []string) (map[string]int64, error) {
			return db.EnsureIDs(ctx, "Field", names)
		},
		MetricIDs: func(ctx context.Context, names []string) (map[string]int64, error) {
			return db.EnsureIDs(ctx, "Metric", names)
		},
	})
	e.revenue = revenue.NewService(db, revenue.Config{Zone: time.UTC, Clock: clock, Currency: "USD", Scopes: e.accounts})
	e.actions = action.NewService(db, action.Config{Zone: time.UTC, Clock: clock, Calendar: action.NewCalendar("JP"), Scopes: e.accounts})
	return e
}

// run begins an import of a source.
func (e *env) run(source int64) account.Run {
	e.imports++
	return account.Run{Source: source, Import: e.imports, Time: e.now.UnixMicro()}
}

// hash makes a hash of texts.
func hash(parts ...any) metric.Hash {
	h := fnv.New128a()
	fmt.Fprintln(h, parts...)
	sum := h.Sum(nil)
	return metric.Hash{Hi: binary.BigEndian.Uint64(sum), Lo: binary.BigEndian.Uint64(sum[8:])}
}

// row makes an account's row.
func row(line int, a account.Account) account.FactRow {
	return account.FactRow{
		Row:     metric.Row{Line: line, Key: hash("key", a.Key), Hash: hash(describe(a))},
		Account: &a,
	}
}

// describe gives a text that differs when anything of the account does.
func describe(a account.Account) string {
	b, err := json.Marshal(a)
	return fmt.Sprint(string(b), err)
}

// some makes n accounts with keys, …
func some(n int) []account.FactRow {
	rows := make([]account.FactRow, n)
	for i := range rows {
		seats := float64(i)
		rows[i] = row(i+2, account.Account{Key: fmt.Sprintf("A-%d", i), Name: fmt.Sprintf("Company %d", i), Tier: "Pro", Seats: &seats})
	}
	return rows
}

func (e *env) mustImport(t testing.TB, run account.Run, rows []account.FactRow) account.Report {
	t.Helper()
	r, err := e.accounts.Import(e.ctx, e.admin, run, rows)
	check(t, err)
	return r
}

// account gives an account by key.
func (e *env) account(t testing.TB, key string) account.Account {
	t.Helper()
	s, err := e.accounts.ByKey(e.ctx, e.admin, minori.Account, key)
	check(t, err)
	a, err := e.accounts.Account(e.ctx, e.admin, s.ID)
	check(t, err)
	return a
}

// outbox gives all deltas after a number, joined, and the last number.
func (e *env) outbox(t testing.TB, after int64) (metric.Delta, int64) {
	t.Helper()
	rows, err := e.db.Outbox(e.ctx, after, 100000)
	check(t, err)
	var d metric.Delta
	for _, r := range rows {
		if r.Seq <= after {
			t.Fatalf("number %d after %d", r.Seq, after)
		}
		after = r.Seq
		d.Subjects = append(d.Subjects, r.Delta.Subjects...)
		d.Fields = append(d.Fields, r.Delta.Fields...)
		d.Terms = append(d.Terms, r.Delta.Terms...)
		d.Points = append(d.Points, r.Delta.Points...)
		d.Rates = append(d.Rates, r.Delta.Rates...)
	}
	return d, after
}

func check(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// wantCode fails unless err has the code.
func wantCode(t testing.TB, err error, code minori.Code) {
	t.Helper()
	if minori.CodeOf(err) != code {
		t.Fatalf("error %v has the code %q, want %q", err, minori.CodeOf(err), code)
	}
}

// wantCounts fails unless the report has these counts.
func wantCounts(t testing.TB, r account.Report, created, updated, unchanged, rejects, duplicates int) {
	t.Helper()
	if r.Created != created || r.Updated != updated || r.Unchanged != unchanged || len(r.Rejects) != rejects || len(r.Duplicates) != duplicates {
		t.Fatalf("report %+v, want created %d, updated %d, unchanged %d, rejects %d, duplicates %d", r, created, updated, unchanged, rejects, duplicates)
	}
}

func day(t testing.TB, s string) minori.Day {
	t.Helper()
	d, err := minori.ParseDay(s)
	check(t, err)
	return d
}

func ptr[T any](v T) *T { return &v }
