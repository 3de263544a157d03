package sample

import (
	"context"
	"errors"
	"fmt"
	"hash/fnv"
	"math"
	"reflect"
	"sort"
	"strings"
	"testing"

	minori "github.com/minori-hq/minori"
	"github.com/minori-hq/minori/metric"
)

const testEnd minori.Day = 20088 // 2024-12-31

func company(accounts int, lang minori.Lang) *Company {
	return New(Config{Seed: 1, Accounts: accounts, Days: 400, Lang: lang, End: testEnd})
}

// fingerprint hashes everything about an account.
func fingerprint(a *AccountData) string {
	h := fnv.New64a()
	fmt.Fprintf(h, "%+v%+v%+v%+v%+v%+v%+v", a.Account, a.Contacts, a.Subscriptions, a.Tickets, a.Answers, a.Interactions, a.truth)
	if a.Churn != nil {
		fmt.Fprintf(h, "%+v", *a.Churn)
	}
	a.EachDay(func(d minori.Day, m int, cell Cell, actors []int32) { fmt.Fprint(h, d, m, cell, actors) })
	a.RawEvents(func(e Event) { fmt.Fprint(h, e) })
	a.RawPoints(func(p Point) { fmt.Fprint(h, p) })
	return fmt.Sprintf("%x", h.Sum64())
}

func TestSameSeedSameCompany(t *testing.T) {
	for _, lang := range []minori.Lang{minori.EN, minori.JA} {
		a, b, big := company(60, lang), company(60, lang), company(9000, lang)
		other := New(Config{Seed: 2, Accounts: 60, Days: 400, Lang: lang, End: testEnd})
		same := 0
		for i := range 60 {
			one := fingerprint(a.Account(i))
			if two := fingerprint(b.Account(i)); one != two {
				t.Errorf("%s: account %d differs between two companies of the same seed", lang, i)
			}
			if three := fingerprint(big.Account(i)); one != three {
				t.Errorf("%s: account %d depends on the number of accounts", lang, i)
			}
			if one == fingerprint(other.Account(i)) {
				same++
			}
		}
		if same > 0 {
			t.Errorf("%s: %d accounts are the same for another seed", lang, same)
		}
		if !reflect.DeepEqual(a.Rates(), b.Rates()) || !reflect.DeepEqual(a.People(), b.People()) {
			t.Errorf("%s: people or rates differ between two companies of the same seed", lang)
		}
	}
}

type cellKey struct {
	day minori.Day
	m   int
}

// rollup is daily rollups and distinct actors, formed from raw events here.
type rollup struct {
	cells map[cellKey]Cell
	last  map[cellKey]int64
	who   map[cellKey]map[int]bool
}

func newRollup() *rollup {
	return &rollup{map[cellKey]Cell{}, map[cellKey]int64{}, map[cellKey]map[int]bool{}}
}

// add adds one raw event or point.
func (r *rollup) add(t *testing.T, c *Company, k cellKey, at int64, v float64) {
	t.Helper()
	cell, ok := r.cells[k]
	if !ok {
		cell.Min, cell.Max = v, v
	}
	if ok && at < r.last[k] {
		t.Fatalf("events of %v are not in order", k)
	}
	if c.dayOf(at) != k.day {
		t.Fatalf("an event of day %s has a time of day %s", k.day, c.dayOf(at))
	}
	r.last[k] = at
	cell.Sum, cell.Count, cell.Last = cell.Sum+v, cell.Count+1, v
	cell.Min, cell.Max = min(cell.Min, v), max(cell.Max, v)
	r.cells[k] = cell
}

func (r *rollup) actor(k cellKey, who int) {
	if r.who[k] == nil {
		r.who[k] = map[int]bool{}
	}
	r.who[k][who] = true
}

func TestRawAddsUpToRollups(t *testing.T) {
	c := company(200, minori.JA)
	defs := Metrics()
	for i := range c.Len() {
		a := c.Account(i)
		want, got := newRollup(), newRollup()
		a.EachDay(func(d minori.Day, m int, cell Cell, actors []int32) {
			if d < c.RawFrom() {
				return
			}
			k := cellKey{d, m}
			want.cells[k] = cell
			for _, x := range actors {
				if want.who[k][int(x)] {
					t.Fatalf("account %d %v: actor %d stands twice", i, k, x)
				}
				want.actor(k, int(x))
			}
		})
		a.RawEvents(func(e Event) {
			k := cellKey{e.Day, e.Metric}
			got.add(t, c, k, e.Time, 1)
			got.actor(k, e.Actor)
			if e.Actor < 0 || e.Actor >= maxUsers || defs[e.Metric].Kind != metric.Event {
				t.Fatalf("bad event %+v", e)
			}
		})
		a.RawPoints(func(p Point) { got.add(t, c, cellKey{p.Day, p.Metric}, p.Time, p.Value) })
		if !reflect.DeepEqual(want.cells, got.cells) {
			t.Fatalf("account %d: the rollups of the raw events are not the daily ones", i)
		}
		if !reflect.DeepEqual(want.who, got.who) {
			t.Fatalf("account %d: the actors of the raw events are not the daily ones", i)
		}
	}
}

func TestNamesDoNotRepeat(t *testing.T) {
	for _, lang := range []minori.Lang{minori.EN, minori.JA} {
		c, seen := company(30_000, lang), map[string]bool{}
		for i := range c.Len() {
			name, _, _ := c.companyName(i, "*")
			if seen[name] {
				t.Fatalf("%s: the name %s repeats", lang, name)
			}
			seen[name] = true
		}
	}
}

func TestShares(t *testing.T) {
	c := company(3000, minori.EN)
	first, last := c.Days()
	var cells, actors, events, tickets, answers, talks, subs int
	byMetric := [numMetrics]int{}
	for i := range c.Len() {
		a := c.Account(i)
		tickets, answers, talks, subs = tickets+len(a.Tickets), answers+len(a.Answers), talks+len(a.Interactions), subs+len(a.Subscriptions)
		a.EachDay(func(_ minori.Day, m int, _ Cell, who []int32) {
			cells++
			byMetric[m]++
			actors += len(who)
		})
		a.RawEvents(func(Event) { events++ })
	}
	all := float64(c.Len()) * float64(last-first+1) * numMetrics
	filled := float64(cells) / all
	per := func(n int) float64 { return float64(n) / float64(c.Len()) }
	t.Logf("filled %.3f; per account: actors %.0f, raw events %.1f, tickets %.1f, answers %.1f, interactions %.1f, subscriptions %.1f",
		filled, per(actors), per(events), per(tickets), per(answers), per(talks), per(subs))
	for m, def := range Metrics() {
		t.Logf("%-24s %.3f", def.Name, float64(byMetric[m])*numMetrics/all)
	}
	if filled < 0.30 || filled > 0.37 {
		t.Errorf("%.3f of the cells are filled, want about a third", filled)
	}
}

func TestChurnFollowsHealth(t *testing.T) {
	c := company(4000, minori.EN)
	first, last := c.Days()
	from := last - 365
	var cohort, churned int
	var gone, stayed []float64
	var before, early, noise float64
	for i := range c.Len() {
		a := c.Account(i)
		tr := a.Truth()
		if (a.Churn != nil) != tr.Churned || tr.Churned && (a.Churn.Day != tr.ChurnDay || a.activeARR(tr.ChurnDay) != 0) {
			t.Fatalf("account %d: churn %+v, truth %s", i, a.Churn, tr.ChurnDay)
		}
		if a.activeARR(from) > 0 {
			cohort++
			if tr.Churned && tr.ChurnDay > from {
				churned++
			}
		}
		switch {
		case tr.Churned && tr.ChurnDay > first+150:
			gone = append(gone, tr.Health(tr.ChurnDay-60))
			before += a.logins(tr.ChurnDay-30, tr.ChurnDay-1)
			early += a.logins(tr.ChurnDay-150, tr.ChurnDay-121)
		case !tr.Churned && a.Account.SignedUp < first:
			stayed = append(stayed, tr.Health(last-60))
			noise += a.logins(last-29, last) - a.logins(last-149, last-120)
		}
	}
	rate, area := float64(churned)/float64(cohort), auc(gone, stayed)
	t.Logf("yearly churn %.3f of %d, AUC %.3f, health %.2f against %.2f, logins of leavers %.0f then %.0f (others %+.0f)",
		rate, cohort, area, mean(gone), mean(stayed), early, before, noise)
	if rate < 0.08 || rate > 0.15 {
		t.Errorf("%.3f of the accounts leave in a year, want 0.08 to 0.15", rate)
	}
	if area < 0.8 {
		t.Errorf("AUC of hidden health 60 days before is %.3f, want over 0.8", area)
	}
	if mean(gone) > mean(stayed)-0.1 {
		t.Errorf("leavers have a mean health of %.2f, others of %.2f", mean(gone), mean(stayed))
	}
	if before > 0.65*early {
		t.Errorf("leavers had %.0f logins in the last month and %.0f four months before, want a clear fall", before, early)
	}
}

// activeARR gives the minor units of ARR on a day.
func (a *AccountData) activeARR(d minori.Day) (sum int64) {
	for _, s := range a.Subscriptions {
		if s.Start <= d && d < s.End && !s.Trial && !s.OneOff {
			sum += s.ARR.Minor
		}
	}
	return sum
}

func (a *AccountData) logins(from, to minori.Day) (sum float64) {
	a.EachDay(func(d minori.Day, m int, cell Cell, _ []int32) {
		if m == mLogin && d >= from && d <= to {
			sum += cell.Sum
		}
	})
	return sum
}

func mean(v []float64) float64 {
	sum := 0.0
	for _, x := range v {
		sum += x
	}
	return sum / float64(len(v))
}

// auc gives P(low < high) + P(equal)/2.
func auc(low, high []float64) float64 {
	sort.Float64s(high)
	sum := 0.0
	for _, x := range low {
		i := sort.SearchFloat64s(high, x)
		j := sort.Search(len(high), func(k int) bool { return high[k] > x })
		sum += float64(len(high)-j) + 0.5*float64(j-i)
	}
	return sum / float64(len(low)*len(high))
}

func TestRecordsAreValid(t *testing.T) {
	for _, lang := range []minori.Lang{minori.EN, minori.JA} {
		c := company(1500, lang)
		people := map[string]bool{}
		for _, p := range c.People() {
			if people[p.ID] || p.Manager != "" && !people[p.Manager] {
				t.Errorf("%s: person %+v repeats or has no manager", lang, p)
			}
			people[p.ID] = true
		}
		rates := map[string]minori.Day{c.Settings().Currency: minori.MinDay}
		for _, r := range c.Rates() {
			if _, ok := rates[r.Currency]; !ok {
				rates[r.Currency] = r.Day
			}
		}
		names, seen := map[string]int{}, map[string]bool{}
		for i := range c.Len() {
			a := c.Account(i)
			names[a.Account.Name]++
			if !people[a.Account.CSM] {
				t.Fatalf("%s: %s has no CSM %q", lang, a.Account.ID, a.Account.CSM)
			}
			checkAccount(t, c, a, rates)
			for _, id := range ids(a) {
				if seen[id] {
					t.Fatalf("%s: id %s repeats", lang, id)
				}
				seen[id] = true
			}
		}
		if len(names) < c.Len()*99/100 {
			t.Errorf("%s: only %d names for %d accounts", lang, len(names), c.Len())
		}
	}
}

func ids(a *AccountData) []string {
	out := []string{a.Account.ID}
	for _, x := range a.Contacts {
		out = append(out, x.ID)
	}
	for _, x := range a.Subscriptions {
		out = append(out, x.ID)
	}
	for _, x := range a.Tickets {
		out = append(out, x.ID)
	}
	for _, x := range a.Answers {
		out = append(out, x.ID)
	}
	for _, x := range a.Interactions {
		out = append(out, x.ID)
	}
	return out
}

func checkAccount(t *testing.T, c *Company, a *AccountData, rates map[string]minori.Day) {
	t.Helper()
	first, last := c.Days()
	acc := a.Account
	if acc.Name == "" || acc.Industry == "" || acc.Country == "" || acc.Seats < 1 || acc.SignedUp > last || len(a.Subscriptions) == 0 {
		t.Fatalf("account %+v", acc)
	}
	if strings.Contains(acc.Name, "*") || acc.Parent >= acc.ID {
		t.Fatalf("account %+v", acc)
	}
	for _, s := range a.Subscriptions {
		if s.End <= s.Start || s.ARR.Minor < 0 || s.Seats < 1 || s.Start > last || !s.Trial && s.ARR.Minor == 0 {
			t.Fatalf("subscription %+v", s)
		}
		if from, ok := rates[s.ARR.Currency]; !ok || from > s.Start {
			t.Fatalf("no rate for %+v", s)
		}
	}
	if !a.truth.Churned && acc.SignedUp+30 <= last && a.activeARR(last) == 0 {
		t.Fatalf("account %s did not leave but has no contract", acc.ID)
	}
	for _, k := range a.Tickets {
		if c.dayOf(k.Opened) < first || c.dayOf(k.Opened) > last || (k.Closed == 0) == (k.Status == "closed") ||
			k.Closed != 0 && (k.Closed < k.Opened || c.dayOf(k.Closed) > last) || k.CSAT < 0 || k.CSAT > 5 {
			t.Fatalf("ticket %+v", k)
		}
	}
	for _, n := range a.Answers {
		if n.Score < 0 || n.Score > 10 || c.dayOf(n.Time) > last || n.Contact == "" {
			t.Fatalf("answer %+v", n)
		}
	}
	for _, x := range a.Interactions {
		if x.Text == "" || x.Title == "" || strings.Contains(x.Text, "{") || c.dayOf(x.Time) > last || c.dayOf(x.Time) < first {
			t.Fatalf("interaction %+v", x)
		}
	}
}

func TestChunksAreTheAccountsInOrder(t *testing.T) {
	c := company(130, minori.EN)
	next := 0
	err := c.Chunks(context.Background(), 16, 3, func(ch *Chunk) error {
		if ch.First != next {
			t.Fatalf("chunk begins with %d, want %d", ch.First, next)
		}
		next += len(ch.Accounts)
		at, whoAt := 0, 0
		for i, a := range ch.Accounts {
			if a.Index != ch.First+i {
				t.Fatalf("account %d stands at %d", a.Index, ch.First+i)
			}
			n, actors := checkCells(t, a, ch, int32(i), at)
			at, whoAt = at+n, whoAt+actors
		}
		if at != ch.Cells.Len() || whoAt != ch.Actors.Len() {
			t.Fatalf("%d cells and %d actors, want %d and %d", ch.Cells.Len(), ch.Actors.Len(), at, whoAt)
		}
		return nil
	})
	if err != nil || next != c.Len() {
		t.Fatalf("got %d accounts, error %v", next, err)
	}
}

// checkCells compares the cells of one account from row at on.
func checkCells(t *testing.T, a *AccountData, ch *Chunk, account int32, at int) (cells, actors int) {
	t.Helper()
	want := map[cellKey]Cell{}
	a.EachDay(func(d minori.Day, m int, cell Cell, who []int32) {
		want[cellKey{d, m}] = cell
		actors += len(who)
	})
	x := &ch.Cells
	for r := at; r < at+len(want); r++ {
		cell := Cell{x.Sum[r], x.Min[r], x.Max[r], x.Last[r], x.Count[r]}
		if x.Account[r] != account || want[cellKey{x.Day[r], int(x.Metric[r])}] != cell {
			t.Fatalf("account %d: row %d is not the account's", a.Index, r)
		}
		if r > at && (x.Metric[r] < x.Metric[r-1] || x.Metric[r] == x.Metric[r-1] && x.Day[r] <= x.Day[r-1]) {
			t.Fatalf("account %d: row %d is out of order", a.Index, r)
		}
	}
	return len(want), actors
}

func TestChunksStop(t *testing.T) {
	c := company(400, minori.EN)
	boom := errors.New("boom")
	calls := 0
	err := c.Chunks(context.Background(), 10, 2, func(*Chunk) error { calls++; return boom })
	if !errors.Is(err, boom) || calls != 1 {
		t.Errorf("error %v after %d calls", err, calls)
	}
	ctx, cancel := context.WithCancel(context.Background())
	err = c.Chunks(ctx, 10, 2, func(*Chunk) error { cancel(); return nil })
	if !errors.Is(err, context.Canceled) {
		t.Errorf("error %v, want context.Canceled", err)
	}
}

func TestValidate(t *testing.T) {
	good := Config{Accounts: 1, End: testEnd}
	if err := good.Validate(); err != nil {
		t.Errorf("%+v: %v", good, err)
	}
	for _, cfg := range []Config{
		{End: testEnd}, {Accounts: 1, Days: -1, End: testEnd}, {Accounts: 1, Lang: "fr", End: testEnd},
		{Accounts: 1, End: math.MaxInt32}, {Accounts: 1, RawDays: -1, End: testEnd},
	} {
		if minori.CodeOf(cfg.Validate()) != minori.Invalid {
			t.Errorf("%+v is valid", cfg)
		}
	}
}

func TestOddSizes(t *testing.T) {
	for _, days := range []int{1, 29, 1200} {
		c := New(Config{Seed: 3, Accounts: 40, Days: days, End: testEnd})
		for i := range c.Len() {
			a := c.Account(i)
			checkAccount(t, c, a, map[string]minori.Day{"USD": minori.MinDay, "EUR": minori.MinDay})
			a.EachDay(func(minori.Day, int, Cell, []int32) {})
			a.RawEvents(func(Event) {})
		}
	}
}

func BenchmarkCells(b *testing.B) {
	c := company(1<<20, minori.EN)
	cells := 0
	b.ReportAllocs()
	for i := 0; b.Loop(); i++ {
		c.Account(i % c.Len()).EachDay(func(minori.Day, int, Cell, []int32) { cells++ })
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(cells), "ns/cell")
}

func BenchmarkAccount(b *testing.B) {
	c := company(1<<20, minori.EN)
	b.ReportAllocs()
	for i := 0; b.Loop(); i++ {
		c.Account(i % c.Len())
	}
}

func BenchmarkChunks(b *testing.B) {
	c := company(5000, minori.EN)
	cells, actors := 0, 0
	b.ReportAllocs()
	for b.Loop() {
		err := c.Chunks(context.Background(), 0, 0, func(ch *Chunk) error {
			cells += ch.Cells.Len()
			actors += ch.Actors.Len()
			return nil
		})
		if err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(cells), "ns/cell")
	b.ReportMetric(float64(actors)/float64(cells), "actors/cell")
}
