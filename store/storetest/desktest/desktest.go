// Package desktest is the conformance suite of saved views and of fields
// changed by hand: the same cases run on every database.
package desktest

import (
	"context"
	"fmt"
	"testing"
	"time"

	minori "github.com/minori-hq/minori"
	"github.com/minori-hq/minori/account"
	"github.com/minori-hq/minori/account/edit"
	"github.com/minori-hq/minori/auth"
	"github.com/minori-hq/minori/metric"
	"github.com/minori-hq/minori/store/records"
	"github.com/minori-hq/minori/store/records/desk"
	"github.com/minori-hq/minori/view"
)

// Run runs all cases.
func Run(t *testing.T, open func(t testing.TB) *records.DB) {
	t.Run("saved views", func(t *testing.T) { testViews(t, newEnv(open(t))) })
	t.Run("fields changed by hand", func(t *testing.T) { testEdit(t, newEnv(open(t))) })
}

// env is a store with a service over it and a clock that stands still.
type env struct {
	db       *records.DB
	ctx      context.Context
	now      time.Time
	accounts *account.Service
	admin    minori.Actor
}

func newEnv(db *records.DB) *env {
	e := &env{
		db: db, ctx: context.Background(), now: time.Date(2024, 7, 1, 9, 0, 0, 0, time.UTC),
		admin: minori.Actor{Name: "ops@example.com", Role: minori.RoleOperations},
	}
	e.accounts = account.NewService(db, account.Config{Zone: time.UTC, Clock: e.clock, FieldIDs: e.fields, MetricIDs: e.fields})
	return e
}

func (e *env) clock() time.Time { return e.now }

func (e *env) fields(ctx context.Context, names []string) (map[string]int64, error) {
	return e.db.EnsureIDs(ctx, "Field", names)
}

// fill imports three accounts and an employee.
func (e *env) fill(t testing.TB) {
	t.Helper()
	rows := []account.FactRow{{Person: &account.Person{Key: "E-1", Name: "Aoi", Email: "aoi@example.com"}}}
	for i := range 3 {
		rows = append(rows, account.FactRow{Account: &account.Account{Key: fmt.Sprintf("A-%d", i), Name: fmt.Sprintf("Company %d", i), Tier: "Pro"}})
	}
	for i := range rows {
		rows[i].Row = metric.Row{Line: i + 1, Key: metric.Hash{Lo: uint64(i + 1)}, Hash: metric.Hash{Lo: uint64(i + 1)}}
	}
	_, err := e.accounts.Import(e.ctx, e.admin, account.Run{Source: 1, Import: 1, Time: e.now.UnixMicro()}, rows)
	check(t, err)
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

// history gives the steps of fields written after a number, and the last number.
func (e *env) history(t testing.TB, after int64) ([]metric.FieldValue, int64) {
	t.Helper()
	rows, err := e.db.Outbox(e.ctx, after, 1000)
	check(t, err)
	var out []metric.FieldValue
	for _, r := range rows {
		after = r.Seq
		out = append(out, r.Delta.Fields...)
	}
	return out, after
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

// testViews: who sees, changes and deletes which views, and who is told that
// somebody else was faster.
func testViews(t *testing.T, e *env) {
	views := view.NewService(desk.New(e.db.DB), view.Config{Clock: e.clock, Audit: e.db.AppendAudit})
	aoi := minori.Actor{Name: "aoi@example.com", Role: minori.RoleCSM}
	ken := minori.Actor{Name: "ken@example.com", Role: minori.RoleCSM}
	eye := minori.Actor{Name: "eye@example.com", Role: minori.RoleObserver}
	mine := view.View{Name: " 更新が近い ", Settings: view.Settings{
		Columns: []view.Column{{Name: "field:account.name", Width: 240}, {Name: "score:health"}},
		Filters: []string{"within field:account.days_to_renewal 90"}, Search: "東京", Sort: "score:health", Desc: true,
	}}
	v, err := views.Create(e.ctx, aoi, mine)
	check(t, err)
	got, err := views.Get(e.ctx, aoi, v.ID)
	check(t, err)
	if got.Name != "更新が近い" || got.Owner != aoi.Name || got.Version != 1 || !got.Settings.Equal(mine.Settings) {
		t.Fatalf("kept as %+v", got)
	}
	_, err = views.Get(e.ctx, ken, v.ID)
	wantCode(t, err, minori.NotFound)
	_, err = views.Save(e.ctx, ken, v)
	wantCode(t, err, minori.NotFound)
	wantCode(t, views.SetDefault(e.ctx, ken, v.ID), minori.NotFound)

	// Shared, others read it; who configures may change it, nobody but the owner hides it.
	v.Shared = true
	v, err = views.Save(e.ctx, aoi, v)
	check(t, err)
	check(t, views.SetDefault(e.ctx, ken, v.ID))
	if list, first, err := views.List(e.ctx, ken); err != nil || len(list) != 1 || first != v.ID {
		t.Fatalf("ken sees %+v, opens with %d: %v", list, first, err)
	}
	_, err = views.Save(e.ctx, ken, v)
	wantCode(t, err, minori.Forbidden)
	wantCode(t, views.Delete(e.ctx, ken, v.ID, v.Version), minori.Forbidden)
	byOps := v
	byOps.Name = "Renewals"
	byOps, err = views.Save(e.ctx, e.admin, byOps)
	check(t, err)
	hidden := byOps
	hidden.Shared = false
	_, err = views.Save(e.ctx, e.admin, hidden)
	wantCode(t, err, minori.Forbidden)
	v.Name = "Mine again"
	now, err := views.Save(e.ctx, aoi, v)
	wantCode(t, err, minori.Conflict)
	if now.Name != "Renewals" || now.Version != byOps.Version || now.ChangedBy != e.admin.Name {
		t.Errorf("the conflict shows %+v", now)
	}
	wantCode(t, views.Delete(e.ctx, aoi, v.ID, v.Version), minori.Conflict)
	check(t, views.Delete(e.ctx, aoi, v.ID, byOps.Version))
	if list, first, err := views.List(e.ctx, ken); err != nil || len(list) != 0 || first != 0 {
		t.Errorf("after deleting ken sees %+v, opens with %d: %v", list, first, err)
	}
	testViewBounds(t, e, views, eye)
}

func testViewBounds(t *testing.T, e *env, views *view.Service, eye minori.Actor) {
	_, err := views.Create(e.ctx, eye, view.View{Name: "All", Shared: true})
	wantCode(t, err, minori.Forbidden)
	_, err = views.Create(e.ctx, minori.Actor{Name: "x"}, view.View{Name: "All"})
	wantCode(t, err, minori.Forbidden)
	for _, bad := range []view.View{
		{}, {Name: " "}, {Name: "a\nb"}, {Name: fmt.Sprintf("%070d", 1)},
		{Name: "a", Settings: view.Settings{Columns: []view.Column{{Name: "x"}, {Name: "x"}}}},
		{Name: "a", Settings: view.Settings{Columns: []view.Column{{Name: "x", Width: 5}}}},
		{Name: "a", Settings: view.Settings{Columns: make([]view.Column, 41)}},
		{Name: "a", Settings: view.Settings{Filters: make([]string, 13)}},
		{Name: "a", Settings: view.Settings{Search: fmt.Sprintf("%0300d", 1)}},
	} {
		_, err := views.Create(e.ctx, eye, bad)
		wantCode(t, err, minori.Invalid)
	}
	for i := range view.MaxOwn {
		_, err := views.Create(e.ctx, eye, view.View{Name: fmt.Sprint("v", i)})
		check(t, err)
	}
	_, err = views.Create(e.ctx, eye, view.View{Name: "one more"})
	wantCode(t, err, minori.Invalid)
}

// edits makes the service, counting what it tells of.
func (e *env) edits(told *int) *edit.Service {
	return edit.NewService(desk.New(e.db.DB).Over(e.db), edit.Config{
		Clock: e.clock, FieldIDs: e.fields,
		Visible: func(ctx context.Context, actor minori.Actor, ids []minori.ID) ([]minori.ID, error) {
			return e.accounts.Visible(ctx, actor, minori.Account, ids)
		},
		Changed: func(_ context.Context, _ account.Field, changes []edit.Change) { *told += len(changes) },
	})
}

// testEdit: fields changed by hand, history, conflict, undo, permissions.
func testEdit(t *testing.T, e *env) {
	e.fill(t)
	_, last := e.history(t, 0)
	told := 0
	edits := e.edits(&told)
	csm := minori.Actor{Name: "aoi@example.com", Role: minori.RoleCSM}
	tier := account.Field{Name: "account.tier", Type: account.FieldText}
	id := func(key string) minori.ID { return e.account(t, key).ID }
	ask := func(was string, keys ...string) (out []edit.Ask) {
		for _, k := range keys {
			a := edit.Ask{Account: id(k)}
			if was != "" {
				v := account.Text(was)
				a.Was = &v
			}
			out = append(out, a)
		}
		return out
	}
	done, err := edits.Set(e.ctx, csm, tier, account.Text("Enterprise"), ask("Pro", "A-0", "A-1", "A-0"))
	check(t, err)
	if len(done.Changed) != 2 || done.Batch == 0 || told != 2 || e.account(t, "A-0").Tier != "Enterprise" || e.account(t, "A-2").Tier != "Pro" {
		t.Fatalf("done %+v, told of %d", done, told)
	}
	steps, _ := e.history(t, last)
	if len(steps) != 2 || *steps[0].Text != "Enterprise" || steps[0].ValidFrom != e.now.UnixMicro() {
		t.Errorf("history %+v", steps)
	}

	// The second who edits is told what is there.
	second, err := edits.Set(e.ctx, csm, tier, account.Text("Starter"), ask("Pro", "A-1", "A-2"))
	check(t, err)
	if len(second.Changed) != 1 || len(second.Differed) != 1 || second.Differed[0].New.String() != "Enterprise" || e.account(t, "A-1").Tier != "Enterprise" {
		t.Errorf("the second: %+v", second)
	}
	// Taking back leaves what was changed since.
	_, err = edits.Set(e.ctx, csm, tier, account.Text("Special"), ask("", "A-1"))
	check(t, err)
	back, err := edits.Undo(e.ctx, csm, tier, done.Batch)
	check(t, err)
	if len(back.Changed) != 1 || len(back.Differed) != 1 || e.account(t, "A-0").Tier != "Pro" || e.account(t, "A-1").Tier != "Special" {
		t.Errorf("taken back: %+v", back)
	}
	_, err = edits.Undo(e.ctx, csm, tier, done.Batch)
	wantCode(t, err, minori.Conflict)
	_, err = edits.Undo(e.ctx, e.admin, tier, second.Batch)
	wantCode(t, err, minori.NotFound)
	e.now = e.now.AddDate(0, 0, 1)
	_, err = edits.Undo(e.ctx, csm, tier, second.Batch)
	wantCode(t, err, minori.Conflict)
	e.now = e.now.AddDate(0, 0, -1)
	e.badEdits(t, edits, csm, ask)
	lines, err := e.db.Audit(e.ctx, minori.Page{})
	check(t, err)
	if !hasAction(lines, "account.edit") || !hasAction(lines, "account.undo") {
		t.Errorf("audit %+v", lines[0])
	}
}

// badEdits: what is refused, owners and custom fields.
func (e *env) badEdits(t *testing.T, edits *edit.Service, csm minori.Actor, ask func(string, ...string) []edit.Ask) {
	owner := account.Field{Name: "account.csm", Type: account.FieldText}
	region := account.Field{Name: "account.region", Type: account.FieldChoice, Options: []string{"EMEA", "APAC"}}
	_, err := edits.Set(e.ctx, csm, owner, account.Text("E-1"), ask("", "A-2"))
	check(t, err)
	if a := e.account(t, "A-2"); a.CSM != "E-1" || a.CSMPerson == 0 {
		t.Errorf("the owner is %q, %d", a.CSM, a.CSMPerson)
	}
	_, err = edits.Set(e.ctx, csm, region, account.Text("APAC"), ask("", "A-2"))
	check(t, err)
	if v := e.account(t, "A-2").Fields["region"]; v.String() != "APAC" {
		t.Errorf("the region is %v", v)
	}
	seats := account.Field{Name: "account.seats", Type: account.FieldNumber}
	for _, bad := range []struct {
		field account.Field
		value account.Value
	}{
		{owner, account.Text("nobody")}, {region, account.Text("EU")}, {seats, account.Number(-1)}, {account.Field{Name: "account.name"}, account.Value{}},
		{account.Field{Name: "account.signed_up", Type: account.FieldDate}, account.Date(1)}, {account.Field{Name: "account.tier"}, account.Text("a\x00b")},
	} {
		_, err := edits.Set(e.ctx, csm, bad.field, bad.value, ask("", "A-0"))
		wantCode(t, err, minori.Invalid)
	}
	_, err = edits.Set(e.ctx, minori.Actor{Name: "eye", Role: minori.RoleObserver}, region, account.Text("EMEA"), ask("", "A-0"))
	wantCode(t, err, minori.Forbidden)
	own := minori.Actor{Name: "ken", Role: minori.RoleCSM, Access: minori.AccessOwn, Person: 999}
	_, err = edits.Set(e.ctx, own, region, account.Text("EMEA"), ask("", "A-0"))
	wantCode(t, err, minori.NotFound)
	_, err = edits.Set(e.ctx, csm, region, account.Text("EMEA"), []edit.Ask{{Account: 99999}})
	wantCode(t, err, minori.NotFound)
}

func hasAction(lines []auth.Entry, action string) bool {
	for _, l := range lines {
		if l.Action == action {
			return true
		}
	}
	return false
}
