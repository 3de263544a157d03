package ingest_test

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	minori "github.com/minori-hq/minori"
	"github.com/minori-hq/minori/account"
	"github.com/minori-hq/minori/ingest"
	"github.com/minori-hq/minori/metric"
)

// faulty is an inbox that fails when it is told to, before the step it stands
// for or after it, as a kill does.
type faulty struct {
	ingest.Inbox
	fail string
}

var errKilled = errors.New("killed")

func (f *faulty) at(step string) error {
	if f.fail == step {
		return errKilled
	}
	return nil
}

func (f *faulty) Receive(ctx context.Context, messages []ingest.Received) error {
	if err := f.at("before receive"); err != nil {
		return err
	}
	return errors.Join(f.Inbox.Receive(ctx, messages), f.at("after receive"))
}

func (f *faulty) Fold(ctx context.Context, upTo int64, limit int, retry bool) (ingest.Folded, error) {
	if err := f.at("before fold"); err != nil {
		return ingest.Folded{}, err
	}
	folded, err := f.Inbox.Fold(ctx, upTo, limit, retry)
	return folded, errors.Join(err, f.at("after fold"))
}

// home gives the account that a user acts for. Every user has a visitor and an
// older name of its own.
func home(user string) string {
	return map[string]string{"u0": "a", "u1": "a", "u2": "b", "u3": "c"}[user]
}

// story draws messages. Times differ, so that it is certain which is the later;
// a user acts for accounts other than its own only where the event says so.
func story(t *rapid.T) []ingest.Message {
	n := rapid.IntRange(1, 40).Draw(t, "messages")
	out := make([]ingest.Message, n)
	times := rapid.Permutation(sequence(n)).Draw(t, "times")
	for i := range out {
		user := rapid.SampledFrom([]string{"u0", "u1", "u2", "u3"}).Draw(t, "user")
		visitor := "v" + user
		m := ingest.Message{ID: fmt.Sprint("m", i), Time: int64(1_740_000_000+3600*times[i]) * 1e6}
		traits := fmt.Sprintf(`{"tier":"%d","monthlySpend":%d}`, rapid.IntRange(0, 2).Draw(t, "tier"), times[i])
		switch rapid.IntRange(0, 6).Draw(t, "kind") {
		case 0:
			m.Kind, m.User, m.Account, m.Body = ingest.Group, user, home(user), traits
		case 1:
			m.Kind, m.Anonymous, m.Account = ingest.Group, visitor, home(user)
		case 2:
			m.Kind, m.User, m.Anonymous, m.Body = ingest.Identify, user, visitor, fmt.Sprintf(`{"name":"N%d","title":"T%d"}`, i, i%3)
		case 3:
			m.Kind, m.User, m.Account, m.Body = ingest.Identify, user, home(user), fmt.Sprintf(`{"email":"e%d@x.example"}`, i)
		case 4:
			m.Kind, m.User, m.Anonymous = ingest.Alias, user, "old"+user
		case 5:
			m.Kind, m.Event, m.User, m.Account = ingest.Track, "login", rapid.SampledFrom([]string{user, "old" + user}).Draw(t, "by"),
				rapid.SampledFrom([]string{"", "a", "b"}).Draw(t, "for")
		case 6:
			m.Kind, m.Event, m.Anonymous = ingest.Page, "page", visitor
		}
		out[i] = m
	}
	return out
}

func sequence(n int) []int {
	out := make([]int, n)
	for i := range out {
		out[i] = i
	}
	return out
}

// state is what a story comes to: accounts, their contacts, what the lake holds
// of their fields and events, what waits.
func (e *env) state() string {
	e.Helper()
	var b strings.Builder
	ids, err := e.records.AllSubjectIDs(e.ctx, account.KindAccount)
	e.ok(err)
	for _, key := range []string{"a", "b", "c"} {
		if ids[key] == 0 {
			continue
		}
		a := e.account(key)
		fmt.Fprintf(&b, "%s %q tier %q spends %v, %v logins\n", key, a.Name, a.Tier, a.Fields["monthly_spend"], e.logins(key))
		for _, c := range e.contacts(key) {
			fmt.Fprintf(&b, "  contact %s %q %q %q\n", c.Key, c.Name, c.Email, c.Title)
		}
		steps, err := e.lake.FieldHistory(e.ctx, ids[key])
		e.ok(err)
		slices.SortStableFunc(steps, func(x, y metric.FieldValue) int { return int(x.Field-y.Field)*4 + compare(x.ValidFrom, y.ValidFrom) })
		for i, s := range steps {
			if i+1 == len(steps) || steps[i+1].Field != s.Field {
				fmt.Fprintf(&b, "  now %v\n", account.Value{Num: s.Num, Text: s.Text})
			}
		}
		events, err := e.lake.RecentEvents(e.ctx, ids[key], minori.Page{Limit: 500})
		e.ok(err)
		for _, x := range events {
			fmt.Fprintf(&b, "  %s by %s at %d\n", x.Name, x.Actor, x.Time)
		}
	}
	inbox, waiting, err := e.lake.Backlog(e.ctx)
	e.ok(err)
	fmt.Fprintf(&b, "%d in the inbox, %d wait", inbox, waiting)
	return b.String()
}

func compare(a, b int64) int {
	switch {
	case a < b:
		return -1
	case a > b:
		return 1
	}
	return 0
}

// TestAnyOrder: in whichever order messages arrive, however often, and wherever
// the program is killed in between, the outcome is the same.
func TestAnyOrder(t *testing.T) {
	empty := t.TempDir() // stores made once
	e := &env{TB: t, ctx: context.Background(), dir: empty, now: noon()}
	e.start()
	e.stop()
	// Fewer checks than usual: each opens stores several times.
	if f := flag.Lookup("rapid.checks"); f.Value.String() == f.DefValue && os.Getenv("MINORI_SOAK_KILLS") == "" {
		if err := f.Value.Set("25"); err != nil {
			t.Fatal(err)
		}
		defer f.Value.Set(f.DefValue)
	}
	rapid.Check(t, func(rt *rapid.T) {
		messages := story(rt)
		want := outcome(t, empty, func(e *env) {
			e.accept(messages...)
		})
		got := outcome(t, empty, func(e *env) { e.troubled(rt, messages) })
		if diff := cmp.Diff(want, got); diff != "" {
			rt.Fatalf("messages %s\n%s", lines(messages), diff)
		}
	})
}

// outcome runs a story on a copy of empty stores and gives what it came to.
func outcome(t *testing.T, empty string, run func(e *env)) string {
	dir, err := os.MkdirTemp("", "minori")
	if err != nil {
		t.Fatal(err)
	}
	defer os.RemoveAll(dir)
	e := &env{TB: t, ctx: context.Background(), dir: dir, now: noon()}
	e.ok(os.CopyFS(dir, os.DirFS(empty)))
	e.start()
	defer e.stop()
	run(e)
	e.inbox.fail = ""
	e.fold()
	return e.state()
}

// troubled sends messages in another order, in parts, some of them again, and
// kills the program between the steps. In the end every message was accepted.
func (e *env) troubled(t *rapid.T, messages []ingest.Message) {
	queue := rapid.Permutation(messages).Draw(t, "order")
	accepted := map[string]bool{}
	for len(accepted) < len(messages) {
		n := rapid.IntRange(1, len(queue)).Draw(t, "part")
		part := queue[:n]
		e.inbox.fail = rapid.SampledFrom([]string{"", "", "before receive", "after receive"}).Draw(t, "receive")
		err := e.service.Accept(e.ctx, 1, part)
		if err != nil && e.inbox.fail == "after receive" {
			e.restart() // stored, not acknowledged: the next start knows
		}
		if err == nil {
			for _, m := range part {
				accepted[m.ID] = true
			}
			queue = append(slices.Clone(queue[n:]), part...) // and again later
		}
		switch rapid.IntRange(0, 3).Draw(t, "then") {
		case 1:
			e.inbox.fail = ""
			_, err := e.service.Fold(e.ctx)
			e.ok(err)
		case 2:
			e.inbox.fail = rapid.SampledFrom([]string{"before fold", "after fold", "drain"}).Draw(t, "kill")
			if _, err := e.service.Fold(e.ctx); err != nil && !errors.Is(err, errKilled) {
				e.Fatal(err)
			}
			if rapid.Bool().Draw(t, "restart") {
				e.restart()
			}
		case 3:
			e.restart()
		}
	}
}

func lines(messages []ingest.Message) string {
	var b strings.Builder
	for _, m := range messages {
		fmt.Fprintf(&b, "\n  %s %s user %q anonymous %q account %q %d %s", m.ID, m.Kind, m.User, m.Anonymous, m.Account, m.Time, m.Body)
	}
	return b.String()
}

// TestKilledBetween kills the program at every step between the two stores,
// while an event waits for its account.
func TestKilledBetween(t *testing.T) {
	story := func(e *env, kill string) string {
		e.accept(e.message(ingest.Track, "u1", "", ""), e.message(ingest.Track, "u2", "a", ""))
		e.fold()
		e.accept(e.message(ingest.Group, "u1", "a", `{"tier":"Pro"}`), e.message(ingest.Track, "u1", "", ""), e.message(ingest.Identify, "u1", "", `{"name":"Ann"}`))
		e.inbox.fail = kill
		if _, err := e.service.Fold(e.ctx); !errors.Is(err, errKilled) && kill != "" {
			t.Fatalf("the kill at %q is not noticed: %v", kill, err)
		}
		if kill != "" {
			e.restart()
		}
		e.fold()
		return e.state()
	}
	want := story(open(t, t.TempDir()), "")
	if !strings.Contains(want, "3 logins") || !strings.Contains(want, "Ann") {
		t.Fatal(want)
	}
	for _, kill := range []string{"drain", "before fold", "after fold"} {
		if diff := cmp.Diff(want, story(open(t, t.TempDir()), kill)); diff != "" {
			t.Errorf("killed at %q: %s", kill, diff)
		}
	}
}
