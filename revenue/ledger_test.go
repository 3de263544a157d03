package revenue_test

import (
	"fmt"
	"maps"
	"testing"

	"github.com/google/go-cmp/cmp"
	minori "github.com/minori-hq/minori"
	"github.com/minori-hq/minori/revenue"
	"pgregory.net/rapid"
)

func until(d minori.Day) *minori.Day { return &d }

// appended gives the entries ids, as a store does.
func appended(ledger, entries []revenue.Entry) []revenue.Entry {
	for _, e := range entries {
		e.ID = int64(len(ledger) + 1)
		ledger = append(ledger, e)
	}
	return ledger
}

func lines(entries []revenue.Entry) []string {
	var out []string
	for _, e := range entries {
		s := fmt.Sprintf("%d %s %+d →%d %s", e.Day, e.Currency, e.Delta, e.After, e.Kind)
		if e.Reverses != 0 {
			s += fmt.Sprintf(" reverses %d", e.Reverses)
		}
		out = append(out, s)
	}
	return out
}

func TestReconcileKinds(t *testing.T) {
	for _, c := range []struct {
		name  string
		terms []revenue.Term
		want  []string
	}{
		{"nothing", nil, nil},
		{"new and open", []revenue.Term{{Start: 10, Minor: 100, Currency: "USD"}}, []string{"10 USD +100 →100 new"}},
		{"not active on its end day", []revenue.Term{{Start: 10, End: until(20), Minor: 100, Currency: "USD"}},
			[]string{"10 USD +100 →100 new", "20 USD -100 →0 churn"}},
		{"up, down, away, back", []revenue.Term{
			{Start: 10, End: until(40), Minor: 100, Currency: "USD"}, {Start: 20, End: until(30), Minor: 50, Currency: "USD"},
			{Start: 50, Minor: 70, Currency: "USD"},
		}, []string{"10 USD +100 →100 new", "20 USD +50 →150 expansion", "30 USD -50 →100 contraction", "40 USD -100 →0 churn", "50 USD +70 →70 reactivation"}},
		{"a renewal at the same price is no movement", []revenue.Term{
			{Start: 10, End: until(20), Minor: 100, Currency: "USD"}, {Start: 20, Minor: 100, Currency: "USD"},
		}, []string{"10 USD +100 →100 new"}},
		{"a renewal at another price is one net entry", []revenue.Term{
			{Start: 10, End: until(20), Minor: 100, Currency: "USD"}, {Start: 20, Minor: 130, Currency: "USD"},
		}, []string{"10 USD +100 →100 new", "20 USD +30 →130 expansion"}},
		{"ends before it starts", []revenue.Term{{Start: 10, End: until(10), Minor: 1, Currency: "USD"}, {Start: 10, End: until(3), Minor: 1, Currency: "USD"}}, nil},
		{"a change of currency is decided on the whole account", []revenue.Term{
			{Start: 10, End: until(20), Minor: 100, Currency: "USD"}, {Start: 20, End: until(30), Minor: 90, Currency: "EUR"},
		}, []string{"10 USD +100 →100 new", "20 EUR +90 →90 expansion", "20 USD -100 →0 contraction", "30 EUR -90 →0 churn"}},
		{"below 0 is not yet new", []revenue.Term{{Start: 5, Minor: -5, Currency: "USD"}, {Start: 10, Minor: 100, Currency: "USD"}},
			[]string{"5 USD -5 →-5 contraction", "10 USD +100 →95 new"}},
		{"two currencies at once", []revenue.Term{{Start: 10, Minor: 5, Currency: "USD"}, {Start: 10, Minor: 6, Currency: "EUR"}},
			[]string{"10 EUR +6 →6 new", "10 USD +5 →5 new"}},
	} {
		if d := cmp.Diff(c.want, lines(revenue.Reconcile(1, nil, c.terms, 5))); d != "" {
			t.Errorf("%s: %s", c.name, d)
		}
	}
}

func TestCorrectionsReverse(t *testing.T) {
	terms := []revenue.Term{{Start: 10, End: until(40), Minor: 100, Currency: "USD"}}
	ledger := appended(nil, revenue.Reconcile(1, nil, terms, 1000))
	if more := revenue.Reconcile(1, ledger, terms, 2000); len(more) != 0 {
		t.Errorf("unchanged, yet %v", lines(more))
	}
	terms = append(terms, revenue.Term{Start: 5, Minor: 30, Currency: "USD"}) // arrives late
	more := revenue.Reconcile(1, ledger, terms, 2000)
	want := []string{
		"10 USD -100 →0 new reverses 1", "40 USD +100 →100 churn reverses 2",
		"5 USD +30 →30 new", "10 USD +100 →130 expansion", "40 USD -100 →30 contraction",
	}
	if d := cmp.Diff(want, lines(more)); d != "" {
		t.Error(d)
	}
	ledger = appended(ledger, more)
	for _, e := range more {
		if e.Recorded != 2000 || e.Account != 1 {
			t.Errorf("entry %+v", e)
		}
	}
	if got := revenue.At(ledger, 12)[1]["USD"]; got != 130 {
		t.Errorf("ARR is %d, want 130", got)
	}
	if got := revenue.AtKnown(ledger, 12, 1999)[1]["USD"]; got != 100 {
		t.Errorf("ARR as known before the correction is %d, want 100", got)
	}
	if got := revenue.At(ledger, 9); len(got) != 1 || got[1]["USD"] != 30 {
		t.Errorf("ARR on day 9 is %v", got)
	}
	if got := revenue.AtKnown(ledger, 9, 1999); len(got) != 0 {
		t.Errorf("ARR on day 9 as known then is %v", got)
	}
	if got := revenue.ChurnDays(ledger); len(got) != 0 {
		t.Errorf("the churn was taken back, yet %v", got)
	}
}

func TestCorrectionsOfLevelAndKindAlone(t *testing.T) {
	base := []revenue.Term{{Start: 10, Minor: 100, Currency: "USD"}, {Start: 20, Minor: 50, Currency: "USD"}}
	ledger := appended(nil, revenue.Reconcile(1, nil, base, 1))
	higher := []revenue.Term{{Start: 10, Minor: 101, Currency: "USD"}, base[1]}
	if d := cmp.Diff([]string{
		"10 USD -100 →0 new reverses 1", "20 USD -50 →100 expansion reverses 2",
		"10 USD +101 →101 new", "20 USD +50 →151 expansion",
	}, lines(revenue.Reconcile(1, ledger, higher, 2))); d != "" {
		t.Errorf("another level: %s", d)
	}
	earlier := append([]revenue.Term{{Start: 5, Minor: 7, Currency: "EUR"}}, base...)
	if d := cmp.Diff([]string{
		"10 USD -100 →0 new reverses 1", "5 EUR +7 →7 new", "10 USD +100 →100 expansion",
	}, lines(revenue.Reconcile(1, ledger, earlier, 2))); d != "" {
		t.Errorf("another kind: %s", d)
	}
}

func TestReconcileLeavesOtherAccountsAlone(t *testing.T) {
	terms := []revenue.Term{{Start: 10, Minor: 100, Currency: "USD"}}
	ledger := appended(nil, revenue.Reconcile(2, nil, terms, 1))
	if got := lines(revenue.Reconcile(1, ledger, nil, 2)); len(got) != 0 {
		t.Errorf("another account's entries were reversed: %v", got)
	}
}

func TestChurnDays(t *testing.T) {
	ledger := appended(nil, revenue.Reconcile(1, nil, []revenue.Term{
		{Start: 30, End: until(40), Minor: 1, Currency: "USD"}, {Start: 30, End: until(40), Minor: 1, Currency: "EUR"},
		{Start: 10, End: until(20), Minor: 1, Currency: "USD"},
	}, 1))
	if d := cmp.Diff(map[minori.ID][]minori.Day{1: {20, 40}}, revenue.ChurnDays(ledger)); d != "" {
		t.Error(d)
	}
}

const lastDay = 40

func drawTerms(t *rapid.T) []revenue.Term {
	return rapid.SliceOfN(rapid.Custom(func(t *rapid.T) revenue.Term {
		term := revenue.Term{
			Start:    minori.Day(rapid.IntRange(0, lastDay).Draw(t, "start")),
			Minor:    rapid.Int64Range(0, 3).Draw(t, "minor") * 100,
			Currency: rapid.SampledFrom([]string{"USD", "USD", "EUR"}).Draw(t, "currency"),
		}
		if rapid.Bool().Draw(t, "ends") {
			term.End = until(term.Start + minori.Day(rapid.IntRange(-2, 15).Draw(t, "length")))
		}
		return term
	}), 0, 5).Draw(t, "terms")
}

func TestLedgerIsARR(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var ledger []revenue.Entry
		known := map[int64]map[string]int64{} // ARR on the middle day by recording time
		for recorded := range int64(rapid.IntRange(1, 4).Draw(t, "versions")) {
			terms := drawTerms(t)
			before := len(ledger)
			ledger = appended(ledger, revenue.Reconcile(1, ledger, terms, recorded))
			if again := revenue.Reconcile(1, ledger, terms, recorded+1); len(again) != 0 {
				t.Fatalf("reconciled twice: %v", lines(again))
			}
			for d := range minori.Day(lastDay + 20) {
				if diff := cmp.Diff(revenue.ARR(terms, d), orEmpty(revenue.At(ledger, d)[1])); diff != "" {
					t.Fatalf("day %d: %s", d, diff)
				}
			}
			checkInForce(t, ledger, terms)
			for _, e := range ledger[before:] {
				if e.Recorded != recorded {
					t.Fatalf("entry %+v recorded at %d", e, recorded)
				}
			}
			known[recorded] = maps.Clone(revenue.ARR(terms, lastDay/2))
		}
		for recorded, want := range known {
			if diff := cmp.Diff(want, orEmpty(revenue.AtKnown(ledger, lastDay/2, recorded)[1])); diff != "" {
				t.Fatalf("as known at %d: %s", recorded, diff)
			}
		}
	})
}

func orEmpty(m map[string]int64) map[string]int64 {
	if m == nil {
		return map[string]int64{}
	}
	return m
}

// checkInForce holds the entries in force against the ARR of every day.
func checkInForce(t *rapid.T, ledger []revenue.Entry, terms []revenue.Term) {
	type key struct {
		day      minori.Day
		currency string
	}
	entries := map[key]revenue.Entry{}
	for _, e := range revenue.InForce(ledger) {
		k := key{e.Day, e.Currency}
		if _, twice := entries[k]; twice {
			t.Fatalf("two entries in force for %v", k)
		}
		entries[k] = e
	}
	ever := false
	for d := range minori.Day(lastDay + 20) {
		before, after := revenue.ARR(terms, d-1), revenue.ARR(terms, d)
		for _, currency := range []string{"EUR", "USD"} {
			delta := after[currency] - before[currency]
			e, ok := entries[key{d, currency}]
			delete(entries, key{d, currency})
			if ok != (delta != 0) || ok && (e.Delta != delta || e.After != after[currency]) {
				t.Fatalf("day %d: ARR %v after %v, entry %+v", d, after, before, e)
			}
			if !ok {
				continue
			}
			want := revenue.Expansion
			switch {
			case len(before) == 0 && ever:
				want = revenue.Reactivation
			case len(before) == 0:
				want = revenue.New
			case len(after) == 0:
				want = revenue.Churn
			case delta < 0:
				want = revenue.Contraction
			}
			if e.Kind != want {
				t.Fatalf("day %d: %+v, want %s", d, e, want)
			}
		}
		ever = ever || len(after) > 0
	}
	if len(entries) > 0 {
		t.Fatalf("entries without a change of ARR: %v", entries)
	}
}
