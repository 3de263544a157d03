package identitytest

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"

	minori "github.com/minori-hq/minori"
	"github.com/minori-hq/minori/account"
	"github.com/minori-hq/minori/account/traits"
	"github.com/minori-hq/minori/metric"
)

// testStore: what is written is read again, and replaced by the next writing.
func testStore(t *testing.T, e *env) {
	m, err := e.store.Mark(e.ctx)
	e.ok(err)
	e.want("the first mark", m, traits.Mark{})
	actors := []traits.Actor{
		{Name: "a\"b", Same: "x", User: true},
		{Name: "x", User: true, Identified: true, Contact: 5, Own: true, Traits: traits.Traits{"名前": {Time: 3, Value: []byte(`"青"`)}}, Points: []traits.Point{{Time: 4, Key: "k", Account: 9, Sent: true}}},
	}
	e.ok(e.store.SaveActors(e.ctx, actors))
	got, err := e.store.Actors(e.ctx, []string{"x", "a\"b", "none"})
	e.ok(err)
	e.want("actors", got, map[string]traits.Actor{"a\"b": actors[0], "x": actors[1]})
	actors[1].Points, actors[1].Traits = nil, nil
	e.ok(e.store.SaveActors(e.ctx, actors[1:]))
	got, err = e.store.Actors(e.ctx, []string{"x"})
	e.ok(err)
	e.want("actors replaced", got["x"], actors[1])

	e.imported(account.FactRow{Account: &account.Account{Key: "a", Name: "A"}}, account.FactRow{Account: &account.Account{Key: "b", Name: "B"}})
	id := e.row("b").ID
	for _, value := range []string{"1", "2"} {
		want := map[minori.ID]traits.Traits{id: {"size": {Time: 1, Value: []byte(value)}}}
		e.ok(e.store.SaveAccountTraits(e.ctx, want))
		list, err := e.store.AccountTraits(e.ctx, []minori.ID{id, id + 1})
		e.ok(err)
		e.want("traits", list, want)
	}
	labels, err := e.store.AccountsAfter(e.ctx, e.row("a").ID, 5)
	e.ok(err)
	e.want("accounts", labels, []account.Label{{Kind: minori.Account, ID: id, Key: "b", Name: "B"}})
	e.ok(e.store.SaveWaiting(e.ctx, []traits.Waiting{{Key: "k", Actor: "x"}, {Key: "k", Actor: "y"}, {Key: "l", Actor: "x"}, {Key: "k", Actor: "x"}}))
	for _, want := range [][]string{{"x", "y"}, nil} {
		names, err := e.store.Waiting(e.ctx, []string{"k", "none"})
		e.ok(err)
		e.want("waiting", names, want)
		e.ok(e.store.DropWaiting(e.ctx, []string{"k"}))
	}
}

// testFields: a group makes the account, its traits fill fields one by one, and
// every trait is kept as it was sent.
func testFields(t *testing.T, e *env) {
	r := e.apply(group("u", "acme", at(1), ""))
	if a := e.row("acme"); a.Name != "acme" || !r.Attaches || !r.Outbox || len(r.Accounts) != 1 {
		t.Fatalf("made as %+v, %+v", a, r)
	}
	d := e.delta()
	e.want("subjects", d.Subjects, []metric.SubjectRow{{Kind: minori.Account, ID: e.row("acme").ID, Key: "acme"}})
	e.want("links", d.Links, []metric.Link{{Actor: "u", Account: e.row("acme").ID, Since: at(1)}})
	e.want("name", e.history(d, "account.name"), "always=acme")

	e.apply(
		group("u", "acme", at(2), `{"name":"Acme","industry":"Steel","monthlySpend":"12.5","beta":true,"Stage":"trial","size":{"a":[1, 2]},"address":{"country":"JP","city":"津"}}`),
		group("u", "acme", at(3), `{"createdAt":1714521600,"seats":40,"grade":"x"}`),
	)
	a := e.row("acme")
	e.want("standard", []any{a.Name, a.Industry, a.Country, *a.Seats, a.SignedUp.String()}, []any{"Acme", "Steel", "JP", 40.0, "2024-05-01"})
	e.want("custom", fmt.Sprint(a.Fields["monthly_spend"], a.Fields["beta"], a.Fields["stage"], len(a.Fields)), "12.5 1 trial 3")
	kept, err := e.store.AccountTraits(e.ctx, []minori.ID{a.ID})
	e.ok(err)
	if k := kept[a.ID]; string(k["size"].Value) != `{"a":[1,2]}` || string(k["grade"].Value) != `"x"` || len(k) != 10 {
		t.Errorf("kept as %+v", k)
	}
	d = e.delta()
	e.want("history", e.history(d, "account.name")+", "+e.history(d, "account.seats")+", "+e.history(d, "account.stage"), "2=Acme, 3=40, 2=trial")
	if len(d.Links) != 0 || len(d.Subjects) != 1 || d.Subjects[0].Since.String() != "2024-05-01" {
		t.Errorf("to the lake %+v", d)
	}
	// null takes a value away, but no name.
	e.apply(group("u", "acme", at(4), `{"name":null,"industry":null,"beta":null}`))
	if a := e.row("acme"); a.Name != "Acme" || a.Industry != "" || len(a.Fields) != 2 {
		t.Errorf("after null %+v", a)
	}
	lines, err := e.db.Audit(e.ctx, minori.Page{})
	e.ok(err)
	if l := lines[0]; l.Action != "tracking.apply" || l.Object != "source 7" || !strings.Contains(l.Detail, "2 fields changed") || len(lines) != 3 {
		t.Errorf("audit %+v", lines)
	}
}

// testLate: an older message changes the history, not the present.
func testLate(t *testing.T, e *env) {
	e.apply(group("", "acme", at(5), `{"stage":"paid"}`))
	e.apply(group("", "acme", at(7), `{"stage":"paid"}`))
	e.want("history", e.history(e.delta(), "account.stage"), "5=paid")
	r := e.apply(group("", "acme", at(6), `{"stage":"trial","industry":"Steel"}`))
	if a := e.row("acme"); a.Fields["stage"].String() != "paid" || a.Industry != "Steel" {
		t.Errorf("late: %+v", a)
	}
	// It was on trial between, and paying again from the message at 7.
	e.want("late history", e.history(e.delta(), "account.stage"), "6=trial 7=paid")
	e.want("touched", r.Accounts, []traits.Changed{{Account: e.row("acme").ID, Since: at(6), Arrival: 3}})
	e.apply(group("", "acme", at(3), `{"stage":"paid"}`))
	e.want("earliest", e.history(e.delta(), "account.stage"), "3=paid")
}

// testByHand: what people changed stays until the trait itself changes.
func testByHand(t *testing.T, e *env) {
	e.apply(group("", "acme", at(1), `{"tier":"Pro"}`))
	a := e.row("acme")
	a.Put("tier", account.Text("Gold"), at(5))
	e.ok(e.db.SaveAccounts(e.ctx, []account.AccountRow{a}))
	e.apply(group("", "acme", at(6), `{"tier":"Pro"}`), group("", "acme", at(4), `{"tier":"Basic"}`))
	e.want("by hand", e.row("acme").Tier, "Gold")
	e.apply(group("", "acme", at(7), `{"tier":"Basic"}`))
	e.want("by message", e.row("acme").Tier, "Basic")
	// A first message from before the change by hand is history.
	a = e.row("acme")
	a.Put("industry", account.Text("Steel"), at(20))
	e.ok(e.db.SaveAccounts(e.ctx, []account.AccountRow{a}))
	e.apply(group("", "acme", at(19), `{"industry":"Iron"}`))
	e.want("industry", e.row("acme").Industry, "Steel")
}

// testBadValues: what does not fit is left out and told of, the rest is taken.
func testBadValues(t *testing.T, e *env) {
	long := strings.Repeat("x", 201)
	r := e.apply(
		group("", "acme", at(1), `{"monthlySpend":"much","beta":"perhaps","stage":"gone","seats":-1,"createdAt":"yesterday","name":["a"],"industry":"a\u0001b","parent":"acme","tier":"Pro"}`),
		group("", long, at(1), `{"tier":"Pro"}`), identify(long, "", at(1), ""),
	)
	var names []string
	for _, x := range r.Rejected {
		if x.Source != 7 || x.TooBig {
			t.Errorf("rejected %+v", x)
		}
		names = append(names, x.Trait)
	}
	e.want("rejected", strings.Join(names, " "), "groupId beta createdAt industry monthlySpend name parent seats stage userId")
	if a := e.row("acme"); a.Tier != "Pro" || a.Name != "acme" || a.Industry != "" || len(a.Fields) != 0 {
		t.Errorf("taken %+v", a)
	}
	many := &strings.Builder{}
	for i := range 300 {
		fmt.Fprintf(many, `%c"t%03d":%d`, " ,"[min(i, 1)], i, i)
	}
	r = e.apply(group("", "many", at(1), "{"+many.String()+"}"), identify("u", "", at(1), "{"+many.String()+"}"))
	if len(r.Rejected) != 200 || !r.Rejected[0].TooBig {
		t.Errorf("%d rejected, %+v", len(r.Rejected), r.Rejected[0])
	}
}

// testOnce: messages that were applied are left out, and a batch that fails
// leaves nothing.
func testOnce(t *testing.T, e *env) {
	batch := []traits.Message{group("u", "acme", at(1), `{"tier":"Pro"}`), identify("u", "v", at(2), `{"email":"u@x.example"}`)}
	e.apply(batch...)
	seq := e.seq
	first := e.delta()
	r, err := e.service.Apply(e.ctx, batch)
	e.ok(err)
	if r.Outbox || r.Attaches || len(e.delta().Fields) != 0 {
		t.Errorf("again: %+v", r)
	}
	failed := errors.New("killed")
	err = e.db.InTx(e.ctx, func(ctx context.Context) error {
		m := group("u", "acme", at(3), `{"tier":"Gold"}`)
		m.Arrival = e.arrival + 1
		if _, err := e.service.Apply(ctx, []traits.Message{m}); err != nil {
			return err
		}
		return failed
	})
	if !errors.Is(err, failed) || e.row("acme").Tier != "Pro" {
		t.Errorf("undone: %v, %q", err, e.row("acme").Tier)
	}
	e.seq = seq
	e.want("to the lake", e.delta(), first)
	e.apply(group("u", "acme", at(3), `{"tier":"Gold"}`))
	e.want("done at last", e.row("acme").Tier, "Gold")
}

// testMany: more of everything than one statement holds.
func testMany(t *testing.T, e *env) {
	const n = 1200
	var list []traits.Message
	for i := range n {
		user, key := fmt.Sprint("u", i), fmt.Sprint("a", i%700)
		list = append(list, identify(user, "v"+user, at(i), `{"name":"N"}`), group(user, key, at(i), fmt.Sprintf(`{"name":"Name %d"}`, i)))
	}
	e.apply(list...)
	d := e.delta()
	if len(d.Subjects) != 700 || len(d.Links) != n || len(d.Merges) != n || e.row("a5").Name != "Name 705" || e.contacts("a5") != "u5 N; u705 N" {
		t.Errorf("%d accounts, %d links, %d merges, %q %q", len(d.Subjects), len(d.Links), len(d.Merges), e.row("a5").Name, e.contacts("a5"))
	}
}
