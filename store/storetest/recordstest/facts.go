package recordstest

import (
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	minori "github.com/minori-hq/minori"
	"github.com/minori-hq/minori/account"
	"github.com/minori-hq/minori/metric"
	"github.com/minori-hq/minori/revenue"
)

const hour = int64(time.Hour / time.Microsecond)

func ticket(line int, key, acc string, opened int64, closed *int64, priority string) account.FactRow {
	t := account.Ticket{Key: key, AccountKey: acc, Opened: opened, Closed: closed, Priority: priority}
	h := fmt.Sprint(key, acc, opened, priority)
	if closed != nil {
		h += fmt.Sprint(*closed)
	}
	return account.FactRow{Row: metric.Row{Line: line, Key: hash(key), Hash: hash(h)}, Ticket: &t}
}

// point is a point as tests compare it.
type point struct {
	Metric, Label string
	Hour          float64
	Value         float64
}

// sets gives the last point set of every record, with metrics by name.
func (e *env) sets(t testing.TB, d metric.Delta) map[string][]point {
	t.Helper()
	names := map[int64]string{}
	for _, m := range metric.BuiltIns() {
		ids, err := e.db.EnsureIDs(e.ctx, "Metric", []string{m.Name})
		check(t, err)
		names[ids[m.Name]] = m.Name
	}
	for _, n := range []string{"interaction.business-review", "survey.nps.score"} {
		ids, err := e.db.EnsureIDs(e.ctx, "Metric", []string{n})
		check(t, err)
		names[ids[n]] = n
	}
	out := map[string][]point{}
	for _, s := range d.Points {
		key := fmt.Sprint(s.Origin, " ", s.ID)
		out[key] = nil
		for _, p := range s.Points {
			out[key] = append(out[key], point{names[p.Metric], p.Labels[0], float64(p.Time/1000*1000) / float64(hour), p.Value})
		}
	}
	return out
}

func testTickets(t *testing.T, e *env) {
	e.mustImport(t, e.run(1), some(2))
	one := ticket(2, "T-1", "A-0", 1*hour, ptr(4*hour), "urgent")
	one.Ticket.FirstResponseMinutes, one.Ticket.CSAT = ptr(12.0), ptr(5.0)
	two := ticket(3, "T-2", "A-0", 2*hour, nil, "low")
	r := e.mustImport(t, e.run(2), []account.FactRow{one, two})
	wantCounts(t, r, 2, 0, 0, 0, 0)
	names := map[string]bool{}
	for _, m := range r.Metrics {
		names[m.Name] = m.ID != 0 && m.Kind != "" && m.By[0] == "priority"
	}
	if len(names) != 6 || !names["ticket.opened"] || !names["ticket.open"] {
		t.Fatalf("metrics %+v", r.Metrics)
	}
	a := e.account(t, "A-0")
	d, last := e.outbox(t, 0)
	want := map[string][]point{
		"ticket 1": {{"ticket.opened", "urgent", 1, 1}, {"ticket.closed", "urgent", 4, 1}, {"ticket.resolution_hours", "urgent", 4, 3},
			{"ticket.first_response_minutes", "urgent", 1, 12}, {"ticket.csat", "urgent", 4, 5}},
		"ticket 2": {{"ticket.opened", "low", 2, 1}},
		fmt.Sprint("ticket.open ", a.ID): {{"ticket.open", "urgent", 1, 1}, {"ticket.open", "", 1, 1},
			{"ticket.open", "low", 2, 1}, {"ticket.open", "", 2, 2}, {"ticket.open", "urgent", 4, 0}, {"ticket.open", "", 4, 1}},
	}
	if d := cmp.Diff(want, e.sets(t, d)); d != "" {
		t.Fatal(d)
	}
	// Closing the second and moving it to another account rewrites its points and both accounts' open tickets.
	e.mustImport(t, e.run(2), []account.FactRow{ticket(3, "T-2", "A-1", 2*hour, ptr(3*hour), "low")})
	d, _ = e.outbox(t, last)
	sets := e.sets(t, d)
	if len(sets) != 3 || len(sets["ticket 2"]) != 3 || len(sets[fmt.Sprint("ticket.open ", a.ID)]) != 4 {
		t.Fatalf("%+v", sets)
	}
	list, err := e.accounts.Tickets(e.ctx, e.admin, a.ID, minori.Page{})
	check(t, err)
	if len(list) != 1 || *list[0].CSAT != 5 || *list[0].Closed != 4*hour || list[0].AccountKey != "A-0" {
		t.Fatalf("%+v", list)
	}
}

func testFacts(t *testing.T, e *env) {
	e.mustImport(t, e.run(1), some(1))
	id := e.account(t, "A-0").ID
	_, last := e.outbox(t, 0)
	key := func(i int) metric.Row { return metric.Row{Line: i, Key: hash(i), Hash: hash(i)} }
	r := e.mustImport(t, e.run(2), []account.FactRow{
		{Row: key(2), Contact: &account.Contact{Key: "C-1", AccountKey: "A-0", Name: "山田", Email: "y@example.com", Role: "sponsor"}},
		{Row: key(3), Contact: &account.Contact{Key: "C-2", AccountKey: "A-0", Email: "not an address"}},
		{Row: key(4), Churn: &account.Churn{Key: "X", AccountKey: "A-0", Date: 10, Reason: "price", Comment: "c"}},
		{Row: key(5), Interaction: &account.Interaction{Key: "I", AccountKey: "A-0", Time: 5 * hour, Type: "Business Review", Title: "t", Text: "x"}},
		{Row: key(6), Interaction: &account.Interaction{Key: "I2", AccountKey: "A-0", Time: 5 * hour, Type: "会議"}},
		{Row: key(7), Answer: &account.Answer{Key: "N", Survey: "nps", AccountKey: "A-0", Contact: "C-1", Time: 7 * hour, Score: ptr(9.0)}},
		{Row: key(8), Answer: &account.Answer{Key: "N2", Survey: "nps", AccountKey: "A-0", Time: 8 * hour, Comment: "no score"}},
	})
	wantCounts(t, r, 5, 0, 0, 2, 0)
	d, _ := e.outbox(t, last)
	want := map[string][]point{
		"churn 1":       {{"churn.happened", "price", 240, 1}},
		"interaction 1": {{"interaction.business-review", "", 5, 1}},
		"answer 1":      {{"survey.nps.score", "", 7, 9}},
		"answer 2":      nil,
	}
	if d := cmp.Diff(want, e.sets(t, d)); d != "" {
		t.Fatal(d)
	}
	contacts, err := e.accounts.Contacts(e.ctx, e.admin, id, minori.Page{})
	check(t, err)
	if len(contacts) != 1 || contacts[0].Name != "山田" {
		t.Fatalf("%+v", contacts)
	}
	churns, err := e.accounts.Churns(e.ctx, e.admin, id, minori.Page{})
	check(t, err)
	ints, err := e.accounts.Interactions(e.ctx, e.admin, id, minori.Page{})
	check(t, err)
	answers, err := e.accounts.Answers(e.ctx, e.admin, id, minori.Page{})
	check(t, err)
	if len(churns) != 1 || churns[0].Reason != "price" || len(ints) != 1 || ints[0].Title != "t" || len(answers) != 2 || *answers[1].Score != 9 {
		t.Fatalf("%+v %+v %+v", churns, ints, answers)
	}
}

func testEndMissing(t *testing.T, e *env) {
	e.mustImport(t, e.run(1), some(4))
	e.mustImport(t, e.run(2), []account.FactRow{ticket(2, "T-1", "A-0", hour, nil, ""), ticket(3, "T-2", "A-0", hour, nil, "")})
	// An import that brought nothing ends nothing.
	empty := e.run(1)
	_, err := e.accounts.EndMissing(e.ctx, e.admin, empty, nil)
	wantCode(t, err, minori.Invalid)

	run := e.run(1)
	rows := some(4)
	bad := row(2, account.Account{Key: "A-0", Seats: ptr(-1.0)})
	wantCounts(t, e.mustImport(t, run, []account.FactRow{bad, rows[1]}), 0, 0, 1, 1, 0)
	n, err := e.accounts.EndMissing(e.ctx, e.admin, run, []metric.Hash{rows[2].Key})
	check(t, err)
	if n != 1 || e.account(t, "A-3").Ended == nil || e.account(t, "A-0").Ended != nil || e.account(t, "A-2").Ended != nil {
		t.Fatalf("%d ended", n)
	}
	// It comes back with the next import.
	wantCounts(t, e.mustImport(t, e.run(1), rows), 0, 1, 3, 0, 0)
	if e.account(t, "A-3").Ended != nil {
		t.Fatal("still ended")
	}
	_, last := e.outbox(t, 0)
	run = e.run(2)
	e.mustImport(t, run, []account.FactRow{ticket(2, "T-1", "A-0", hour, nil, "")})
	n, err = e.accounts.EndMissing(e.ctx, e.admin, run, nil)
	check(t, err)
	d, _ := e.outbox(t, last)
	sets := e.sets(t, d)
	if p, ok := sets["ticket 2"]; n != 1 || !ok || len(p) != 0 || len(sets) != 2 {
		t.Fatalf("%d ended, %+v", n, sets)
	}
}

func sub(line int, in revenue.SubscriptionInput) revenue.FactRow {
	h := fmt.Sprint(in.Key, in.Account, in.Product, in.Currency, in.Trial, in.OneOff, *in.Start)
	for _, v := range []*float64{in.ARR, in.MRR, in.Seats} {
		if v != nil {
			h += fmt.Sprint(" ", *v)
		}
	}
	if in.End != nil {
		h += fmt.Sprint(" ", *in.End)
	}
	return revenue.FactRow{Row: metric.Row{Line: line, Key: hash(in.Key), Hash: hash(h)}, Subscription: &in}
}

func (e *env) mustImportSubs(t testing.TB, run account.Run, rows ...revenue.FactRow) account.Report {
	t.Helper()
	r, err := e.revenue.Import(e.ctx, e.admin, run, rows)
	check(t, err)
	return r
}

func testSubscriptions(t *testing.T, e *env) {
	e.mustImport(t, e.run(1), some(2))
	acc := e.account(t, "A-0").ID
	_, last := e.outbox(t, 0)
	start, end := day(t, "2023-01-01"), day(t, "2024-01-01")
	in := revenue.SubscriptionInput{Key: "S-1", Account: "A-0", Start: &start, MRR: ptr(100.0), Seats: ptr(3.0), Plan: "Pro",
		Fields: map[string]account.Value{"billing": account.Text("monthly")}}
	trial := revenue.SubscriptionInput{Key: "S-2", Account: "A-0", Start: &start, End: &end, ARR: ptr(5.0), Trial: true}
	bad := func(line int, key string, change func(*revenue.SubscriptionInput)) revenue.FactRow {
		x := in
		x.Key = key
		change(&x)
		r := sub(line, x)
		return r
	}
	r := e.mustImportSubs(t, e.run(2), sub(2, in), sub(3, trial),
		bad(4, "S-3", func(x *revenue.SubscriptionInput) { x.End = ptr(start - 1) }),
		bad(5, "S-4", func(x *revenue.SubscriptionInput) { x.MRR = ptr(-1.0) }),
		bad(6, "S-5", func(x *revenue.SubscriptionInput) { x.Currency = "usd" }),
		bad(7, "S-6", func(x *revenue.SubscriptionInput) { x.Seats = ptr(-2.0) }),
		bad(8, "S-7", func(x *revenue.SubscriptionInput) { x.MRR = ptr(1e300) }),
		bad(9, "S-8", func(x *revenue.SubscriptionInput) { x.Account = "nobody" }))
	wantCounts(t, r, 2, 0, 0, 6, 0)
	for i, want := range []string{"end", "mrr", "currency", "seats", "mrr", "account"} {
		if got := r.Rejects[i].Column; got != want || r.Rejects[i].Line != i+4 {
			t.Errorf("reject %+v, want the column %s", r.Rejects[i], want)
		}
	}
	d, last := e.outbox(t, last)
	want := []metric.Term{{ID: 1, Account: acc, Start: start, ARR: 120000, Currency: "USD"},
		{ID: 2, Account: acc, Start: start, End: &end, ARR: 500, Currency: "USD", Excluded: true}}
	if d := cmp.Diff(want, d.Terms); d != "" {
		t.Fatal(d)
	}
	subs, err := e.revenue.Subscriptions(e.ctx, e.admin, acc)
	check(t, err)
	if len(subs) != 2 || subs[0].ARR != 120000 || subs[0].Fields["billing"].String() != "monthly" || !subs[1].Trial || subs[0].AccountKey != "A-0" {
		t.Fatalf("%+v", subs)
	}
	e.ledgerIs(t, "new 120000")
	// Ending it later adds a churn; correcting the amount reverses and writes anew.
	in.End = &end
	wantCounts(t, e.mustImportSubs(t, e.run(2), sub(2, in), sub(3, trial)), 0, 1, 1, 0, 0)
	e.ledgerIs(t, "new 120000", "churn -120000")
	in.MRR = ptr(200.0)
	e.now = e.now.Add(time.Hour)
	e.mustImportSubs(t, e.run(2), sub(2, in))
	e.ledgerIs(t, "new 120000", "new -120000 back", "new 240000", "churn -120000", "churn 120000 back", "churn -240000")
	if d, _ := e.outbox(t, last); len(d.Terms) != 2 || d.Terms[1].ARR != 240000 || *d.Terms[1].End != end {
		t.Fatalf("%+v", d.Terms)
	}
	byKey, err := e.revenue.SubscriptionAccounts(e.ctx, e.admin)
	check(t, err)
	if len(byKey) != 2 || byKey["S-1"] != acc {
		t.Fatalf("%v", byKey)
	}
	testEndSubscriptions(t, e, in)
}

func testEndSubscriptions(t *testing.T, e *env, in revenue.SubscriptionInput) {
	in.End = nil
	e.mustImportSubs(t, e.run(2), sub(2, in))
	run := e.run(2)
	other := in
	other.Key, other.Account = "S-9", "A-1"
	e.mustImportSubs(t, run, sub(3, other))
	n, err := e.revenue.EndMissing(e.ctx, e.admin, run, nil)
	check(t, err)
	subs, err := e.revenue.Subscriptions(e.ctx, e.admin, e.account(t, "A-0").ID)
	check(t, err)
	if n != 1 || *subs[0].End != minori.DayOf(e.now) {
		t.Fatalf("%d ended: %+v", n, subs)
	}
}

// ledgerIs compares the ledger of A-0 by day and id.
func (e *env) ledgerIs(t testing.TB, want ...string) {
	t.Helper()
	entries, err := e.revenue.Entries(e.ctx, e.admin, []minori.ID{e.account(t, "A-0").ID}, nil)
	check(t, err)
	got := make([]string, len(entries))
	for i, x := range entries {
		got[i] = fmt.Sprint(x.Kind, " ", x.Delta)
		if x.Reverses != 0 {
			got[i] += " back"
		}
		if x.ID == 0 || x.Recorded == 0 {
			t.Fatalf("%+v", x)
		}
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Fatal(d)
	}
	all, err := e.revenue.Entries(e.ctx, e.admin, nil, ptr(day(t, "2023-06-01")))
	check(t, err)
	for _, x := range all {
		if x.Day > day(t, "2023-06-01") {
			t.Fatalf("%+v is too late", x)
		}
	}
}

func testRates(t *testing.T, e *env) {
	rate := func(line int, currency string, d minori.Day, v float64) revenue.FactRow {
		return revenue.FactRow{Row: metric.Row{Line: line, Key: hash(currency, d), Hash: hash(currency, d, v)}, Rate: &metric.Rate{Currency: currency, Day: d, Value: v}}
	}
	r := e.mustImportSubs(t, e.run(1), rate(2, "EUR", 10, 1.1), rate(3, "JPY", 10, 0.007), rate(4, "USD", 10, 2), rate(5, "EUR", 11, 0), rate(6, "eu", 1, 1))
	wantCounts(t, r, 2, 0, 0, 3, 0)
	r = e.mustImportSubs(t, e.run(1), rate(2, "EUR", 10, 1.2), rate(3, "JPY", 10, 0.007))
	wantCounts(t, r, 0, 1, 1, 0, 0)
	rates, err := e.revenue.Rates(e.ctx, e.admin)
	check(t, err)
	if d := cmp.Diff([]metric.Rate{{Currency: "EUR", Day: 10, Value: 1.2}, {Currency: "JPY", Day: 10, Value: 0.007}}, rates); d != "" {
		t.Fatal(d)
	}
	d, _ := e.outbox(t, 0)
	if len(d.Rates) != 3 || d.Rates[2].Value != 1.2 {
		t.Fatalf("%+v", d.Rates)
	}
}
