// Package identitytest is the conformance suite of what tracking messages say
// about who is who: the same cases run on every database.
package identitytest

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	minori "github.com/minori-hq/minori"
	"github.com/minori-hq/minori/account"
	"github.com/minori-hq/minori/account/traits"
	"github.com/minori-hq/minori/metric"
	"github.com/minori-hq/minori/store/records"
	"github.com/minori-hq/minori/store/records/identity"
)

// Run runs all cases.
func Run(t *testing.T, open func(t testing.TB) *records.DB) {
	for _, c := range []struct {
		name string
		test func(*testing.T, *env)
	}{
		{"store", testStore}, {"fields", testFields}, {"late", testLate}, {"by hand", testByHand}, {"bad values", testBadValues},
		{"contacts", testContacts}, {"imported contact", testImportedContact}, {"merged contacts", testMergedContacts},
		{"shared browser", testSharedBrowser}, {"links", testLinks}, {"imported account", testImportedAccount}, {"once", testOnce},
		{"many", testMany},
	} {
		t.Run(c.name, func(t *testing.T) { c.test(t, newEnv(t, open(t))) })
	}
}

// env is a store with the services over it and a clock that stands still.
type env struct {
	testing.TB
	ctx      context.Context
	db       *records.DB
	store    identity.Store
	now      time.Time
	accounts *account.Service
	service  *traits.Service
	admin    minori.Actor
	fields   map[string]int64
	arrival  int64
	seq      int64 // of the outbox, read so far
	imports  int64
}

func newEnv(t testing.TB, db *records.DB) *env {
	e := &env{
		TB: t, ctx: context.Background(), db: db, now: time.Date(2025, 3, 10, 12, 0, 0, 0, time.UTC),
		admin: minori.Actor{Name: "ops@example.com", Role: minori.RoleOperations}, store: identity.Over(db, db.DB),
	}
	ids := func(ctx context.Context, names []string) (map[string]int64, error) {
		out, err := db.EnsureIDs(ctx, "Field", names)
		e.fields = out
		return out, err
	}
	clock := func() time.Time { return e.now }
	e.accounts = account.NewService(db, account.Config{Zone: time.UTC, Clock: clock, FieldIDs: ids, MetricIDs: ids})
	e.service = traits.NewService(e.store, traits.Config{Zone: time.UTC, Clock: clock, FieldIDs: ids, Fields: func(context.Context) ([]account.Field, error) {
		return []account.Field{
			{Name: "account.monthly_spend", Type: account.FieldMoney}, {Name: "account.beta", Type: account.FieldBool},
			{Name: "account.stage", Type: account.FieldChoice, Options: []string{"trial", "paid"}}, {Name: "person.grade", Type: account.FieldText},
		}, nil
	}})
	return e
}

func (e *env) ok(err error) {
	e.Helper()
	if err != nil {
		e.Fatal(err)
	}
}

func (e *env) want(what string, got, want any) {
	e.Helper()
	if diff := cmp.Diff(want, got); diff != "" {
		e.Errorf("%s: %s", what, diff)
	}
}

// at is an instant, some minutes after the first.
func at(minutes int) int64 {
	return time.Date(2025, 3, 1, 0, minutes, 0, 0, time.UTC).UnixMicro()
}

func group(user, key string, time int64, body string) traits.Message {
	return traits.Message{Kind: traits.Group, User: user, Account: key, Time: time, Traits: body}
}

func identify(user, anonymous string, time int64, body string) traits.Message {
	return traits.Message{Kind: traits.Identify, User: user, Anonymous: anonymous, Time: time, Traits: body}
}

func alias(previous, user string, time int64) traits.Message {
	return traits.Message{Kind: traits.Alias, User: user, Anonymous: previous, Time: time}
}

// apply gives messages the next numbers and applies them.
func (e *env) apply(messages ...traits.Message) traits.Result {
	e.Helper()
	for i := range messages {
		e.arrival++
		messages[i].Arrival, messages[i].Source = e.arrival, 7
	}
	r, err := e.service.Apply(e.ctx, messages)
	e.ok(err)
	return r
}

// row gives an account by key.
func (e *env) row(key string) account.AccountRow {
	e.Helper()
	ids, err := e.db.SubjectIDs(e.ctx, account.KindAccount, []string{key})
	e.ok(err)
	rows, err := e.db.AccountRows(e.ctx, []minori.ID{ids[key]})
	e.ok(err)
	return rows[ids[key]]
}

// contacts gives an account's contacts, one line each.
func (e *env) contacts(key string) string {
	e.Helper()
	list, err := e.db.Contacts(e.ctx, e.row(key).ID, minori.Page{})
	e.ok(err)
	var out []string
	for _, c := range list {
		out = append(out, strings.TrimSpace(fmt.Sprint(c.Key, " ", c.Name, " ", c.Email, " ", c.Title)))
	}
	return strings.Join(out, "; ")
}

// delta gives what went to the lake since the last call.
func (e *env) delta() (sum metric.Delta) {
	e.Helper()
	rows, err := e.db.Outbox(e.ctx, e.seq, 1000)
	e.ok(err)
	for _, r := range rows {
		e.seq = r.Seq
		sum.Subjects = append(sum.Subjects, r.Delta.Subjects...)
		sum.Fields = append(sum.Fields, r.Delta.Fields...)
		sum.Links = append(sum.Links, r.Delta.Links...)
		sum.Merges = append(sum.Merges, r.Delta.Merges...)
	}
	return sum
}

// history gives the steps of a field in a delta, one word each: minutes=value.
func (e *env) history(d metric.Delta, field string) string {
	var out []string
	for _, f := range d.Fields {
		if f.Field != e.fields[field] {
			continue
		}
		from := "always"
		if f.ValidFrom != metric.Always {
			from = fmt.Sprint((f.ValidFrom - at(0)) / 60e6)
		}
		out = append(out, from+"="+account.Value{Num: f.Num, Text: f.Text}.String())
	}
	return strings.Join(out, " ")
}

// imported imports rows.
func (e *env) imported(rows ...account.FactRow) {
	e.Helper()
	e.imports++
	for i := range rows {
		h := uint64(e.imports)*1000 + uint64(i)
		rows[i].Row = metric.Row{Line: i + 1, Key: metric.Hash{Lo: h}, Hash: metric.Hash{Lo: h}}
	}
	r, err := e.accounts.Import(e.ctx, e.admin, account.Run{Source: 1, Import: e.imports, Time: e.now.UnixMicro()}, rows)
	e.ok(err)
	if len(r.Rejects) > 0 {
		e.Fatalf("rejected: %+v", r.Rejects)
	}
}
