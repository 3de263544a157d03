package recordstest

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	minori "github.com/minori-hq/minori"
	"github.com/minori-hq/minori/account"
	"github.com/minori-hq/minori/action"
	"github.com/minori-hq/minori/notice"
	"github.com/minori-hq/minori/store/records/notices"
)

// told is notices over the store, with calls to action that tell of changes.
type told struct {
	*env
	notices *notice.Service
	mine    minori.Actor // the employee E-1
}

func (e *env) told(t testing.TB) *told {
	t.Helper()
	e.withAccounts(t, 2)
	clock := func() time.Time { return e.now }
	n := notice.NewService(notices.Store{DB: e.db}, notice.Config{Zone: time.UTC, Clock: clock, Scope: e.accounts.Scope})
	e.actions = action.NewService(e.db, action.Config{Zone: time.UTC, Clock: clock, Calendar: action.NewCalendar("JP"), Scopes: e.accounts, Changed: n.CallsChanged})
	ids, err := e.db.PersonsByRef(e.ctx, []string{"E-1"})
	check(t, err)
	return &told{e, n, minori.Actor{Name: "e-1@example.com", Role: minori.RoleCSM, Person: ids["E-1"]}}
}

// kinds gives the kinds of an actor's notices, newest first.
func (e *told) kinds(t testing.TB, actor minori.Actor) string {
	t.Helper()
	list, total, err := e.notices.List(e.ctx, actor, minori.Page{})
	check(t, err)
	if total != len(list) {
		t.Errorf("%d notices of %d", len(list), total)
	}
	words := make([]string, len(list))
	for i := range list {
		words[i] = string(list[i].Kind)
	}
	return strings.Join(words, " ")
}

// testNotices: calls opened, given away and due, mentions, imports with rejects.
func testNotices(t *testing.T, env *env) {
	e := env.told(t)
	want := func(kinds string) {
		t.Helper()
		if got := e.kinds(t, e.mine); got != kinds {
			t.Errorf("notices %q, want %q", got, kinds)
		}
	}
	other := minori.Actor{Name: "boss@example.com", Role: minori.RoleLeader}
	id := e.mustOpen(t, e.request(t, "A-0", 1, "2024-06-28"))[0].Call
	want("assigned")
	e.mustOpen(t, e.request(t, "A-0", 1, "2024-06-28"))
	want("assigned")
	c, err := e.actions.Assign(e.ctx, other, id, 0, 0)
	check(t, err)
	e.now = e.now.Add(time.Minute)
	c, err = e.actions.Assign(e.ctx, e.mine, id, c.Version, e.mine.Person)
	check(t, err)
	want("assigned") // nobody is told what they did themselves
	c, err = e.actions.Comment(e.ctx, other, id, "look at this @e-1@example.com and @E-1, not @nobody")
	check(t, err)
	want("mention assigned")
	_, err = e.actions.Comment(e.ctx, e.mine, id, "@E-1 to myself")
	check(t, err)
	want("mention assigned")

	e.now = time.Date(2024, 7, 3, 9, 0, 0, 0, time.UTC)
	if c.Due != day(t, "2024-07-03") {
		t.Fatalf("due on %s", c.Due)
	}
	for range 2 {
		check(t, e.notices.Sweep(e.ctx))
	}
	want("due mention assigned")
	e.now = e.now.Add(24 * time.Hour)
	check(t, e.notices.Sweep(e.ctx))
	want("overdue due mention assigned")

	if got := e.kinds(t, other); got != "" {
		t.Errorf("somebody else sees %q", got)
	}
	wantCode(t, func() error { _, _, err := e.notices.List(e.ctx, minori.Actor{Name: "x"}, minori.Page{}); return err }(), minori.Forbidden)
}

// testNoticesRolledBack: a notice of what did not happen is not kept.
func testNoticesRolledBack(t *testing.T, env *env) {
	e := env.told(t)
	stop := fmt.Errorf("stop")
	err := e.db.InTx(e.ctx, func(ctx context.Context) error {
		if _, err := e.actions.Open(ctx, []action.OpenRequest{e.request(t, "A-0", 1, "2024-06-28")}); err != nil {
			return err
		}
		e.db.AfterCommit(ctx, func() { t.Error("told of what was undone") })
		return stop
	})
	if err == nil {
		t.Fatal("the transaction was kept")
	}
	if got := e.kinds(t, e.mine); got != "" {
		t.Errorf("notices %q of a transaction that was undone", got)
	}
	called := 0
	check(t, e.db.InTx(e.ctx, func(ctx context.Context) error {
		e.db.AfterCommit(ctx, func() { called++ })
		if called != 0 {
			t.Error("told before the commit")
		}
		return nil
	}))
	if called != 1 {
		t.Errorf("told %d times after the commit", called)
	}
}

// testNoticesRead: marking, turning kinds off, falls of scores, shared ones.
func testNoticesRead(t *testing.T, env *env) {
	e := env.told(t)
	a := e.account(t, "A-0")
	b := e.account(t, "A-1")
	e.mustImport(t, e.run(1), []account.FactRow{row(2, account.Account{Key: "A-0", Name: "Company 0", CSM: "e-1@example.com"})})
	falls := []notice.Fall{{Subject: a.ID, Scorecard: "health", From: "green", To: "red"}, {Subject: b.ID, Scorecard: "health", From: "green", To: "red"}}
	for range 2 {
		check(t, e.notices.ScoresFell(e.ctx, day(t, "2024-06-30"), falls))
	}
	check(t, e.notices.ScoresFell(e.ctx, day(t, "2024-01-01"), []notice.Fall{{Subject: a.ID, Scorecard: "health", From: "green", To: "red"}}))
	e.mustOpen(t, e.request(t, "A-0", 1, "2024-06-28"))
	list, _, err := e.notices.List(e.ctx, e.mine, minori.Page{})
	check(t, err)
	if len(list) != 2 || list[1].Kind != notice.Fell || list[1].Detail.To != "red" || list[1].Subject != a.ID {
		t.Fatalf("notices %+v", list)
	}
	unread := func(want int) {
		t.Helper()
		if n, err := e.notices.Unread(e.ctx, e.mine); err != nil || n != want {
			t.Errorf("%d unread, want %d: %v", n, want, err)
		}
	}
	unread(2)
	check(t, e.notices.MarkRead(e.ctx, minori.Actor{Name: "other", Role: minori.RoleCSM, Person: 99}, list[0].ID))
	unread(2)
	check(t, e.notices.MarkRead(e.ctx, e.mine, list[0].ID))
	unread(1)
	check(t, e.notices.SetOff(e.ctx, e.mine, []notice.Kind{notice.Fell}))
	unread(0)
	if got := e.kinds(t, e.mine); got != "assigned" {
		t.Errorf("with falls off: %q", got)
	}
	wantCode(t, e.notices.SetOff(e.ctx, e.mine, []notice.Kind{"nothing"}), minori.Invalid)
	check(t, e.notices.SetOff(e.ctx, e.mine, nil))
	check(t, e.notices.MarkRead(e.ctx, e.mine, 0))
	unread(0)

	imp, err := e.db.BeginImport(e.ctx, account.ImportRun{Name: "shop", Actor: "ops", Started: e.now.UnixMicro()})
	check(t, err)
	check(t, e.db.FinishImport(e.ctx, imp, e.now.UnixMicro(), `{"source":"shop","rejected":3}`))
	check(t, e.notices.Sweep(e.ctx))
	check(t, e.notices.Sweep(e.ctx))
	if got := e.kinds(t, e.admin); got != "rejects" {
		t.Errorf("who may configure sees %q", got)
	}
	if got := e.kinds(t, e.mine); strings.Contains(got, "rejects") {
		t.Errorf("a CSM sees %q", got)
	}
}

// testNoticesTrim: what is old goes, and all but the newest of each.
func testNoticesTrim(t *testing.T, env *env) {
	e := env.told(t)
	s := notices.Store{DB: e.db}
	var list []notice.Notice
	for i := range 8 {
		list = append(list, notice.Notice{ID: int64(i + 1), Key: fmt.Sprint(i), Kind: notice.Due, Person: minori.ID(1 + i%2), At: int64(i * 10)})
	}
	check(t, s.AddNotices(e.ctx, list))
	check(t, s.AddNotices(e.ctx, []notice.Notice{{ID: 99, Key: "3", Kind: notice.Due, Person: 1}}))
	check(t, s.Trim(e.ctx, 20, 2))
	for person, want := range map[minori.ID]string{1: "[7 5]", 2: "[8 6]"} {
		got, total, err := s.Notices(e.ctx, notice.Reader{Person: person, Scope: account.Scope{All: true, Anyone: true}}, minori.Page{})
		check(t, err)
		ids := make([]int64, len(got))
		for i := range got {
			ids[i] = got[i].ID
		}
		if fmt.Sprint(ids) != want || total != 2 {
			t.Errorf("person %d keeps %v of %d, want %s", person, ids, total, want)
		}
	}
}
