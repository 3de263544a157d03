package revenue_test

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	minori "github.com/minori-hq/minori"
	"github.com/minori-hq/minori/revenue"
	"pgregory.net/rapid"
)

func TestCohorts(t *testing.T) {
	date := minori.Date
	var ledger []revenue.Entry
	for id, terms := range [][]revenue.Term{
		{{Start: date(2024, time.January, 15), Minor: 100_00, Currency: "USD"}, {Start: date(2024, time.May, 1), Minor: 20_00, Currency: "USD"}},
		{{Start: date(2024, time.March, 31), End: until(date(2024, time.July, 1)), Minor: 50_00, Currency: "USD"}},
		{{Start: date(2024, time.April, 1), End: until(date(2024, time.May, 1)), Minor: 70_00, Currency: "USD"}, {Start: date(2024, time.August, 1), Minor: 10_00, Currency: "USD"}},
		{{Start: date(2025, time.January, 1), Minor: 1, Currency: "USD"}}, // after the last day
	} {
		ledger = appended(ledger, revenue.Reconcile(minori.ID(id+1), ledger, terms, 1))
	}
	got, err := revenue.Cohorts(revenue.CohortRequest{To: date(2024, time.August, 10), Currency: "USD"}, ledger)
	if err != nil {
		t.Fatal(err)
	}
	march, june, to := date(2024, time.March, 31), date(2024, time.June, 30), date(2024, time.August, 10)
	want := []revenue.Cohort{
		{Quarter: date(2024, time.January, 1), Size: 2, StartARR: 150, Cells: []revenue.CohortCell{{march, 2, 150}, {june, 2, 170}, {to, 1, 120}}},
		{Quarter: date(2024, time.April, 1), Size: 1, StartARR: 70, Cells: []revenue.CohortCell{{june, 0, 0}, {to, 1, 10}}},
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Error(d)
	}
	got, err = revenue.Cohorts(revenue.CohortRequest{To: to, Currency: "USD", FiscalYearStart: 2}, ledger)
	if err != nil || len(got) != 2 || got[0].Quarter != date(2023, time.November, 1) || got[1].Quarter != date(2024, time.February, 1) {
		t.Errorf("quarters from February: %+v, %v", got, err)
	}
	got, err = revenue.Cohorts(revenue.CohortRequest{To: date(2024, time.July, 1), Currency: "USD"}, ledger)
	if err != nil || len(got[0].Cells) != 3 || got[0].Cells[2] != (revenue.CohortCell{Day: date(2024, time.July, 1), Logos: 1, ARR: 120}) {
		t.Errorf("on the first day of a quarter: %+v, %v", got, err)
	}
	_, err = revenue.Cohorts(revenue.CohortRequest{To: to, Currency: "EUR"}, ledger)
	if minori.CodeOf(err) != minori.Invalid || !strings.Contains(err.Error(), "from USD to EUR on 2024-08-10") {
		t.Errorf("a missing rate gives %v", err)
	}
}

func TestCohortsHoldEveryAccountOnce(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var ledger []revenue.Entry
		to := minori.Day(rapid.IntRange(0, 400).Draw(t, "to"))
		month := rapid.IntRange(1, 12).Draw(t, "month")
		ever, now, arr := 0, 0, 0.0
		for id := range minori.ID(rapid.IntRange(0, 5).Draw(t, "accounts")) {
			terms := drawTerms(t)
			for i := range terms {
				terms[i].Start *= 10
				if terms[i].End != nil {
					terms[i].End = until(*terms[i].End * 10)
				}
			}
			ledger = appended(ledger, revenue.Reconcile(id+1, ledger, terms, 1))
			had := false
			for d := range to + 1 {
				had = had || len(revenue.ARR(terms, d)) > 0
			}
			if had {
				ever++
			}
			if held := revenue.ARR(terms, to); len(held) > 0 {
				now++
				arr += float64(held["USD"]+2*held["EUR"]) / 100
			}
		}
		got, err := revenue.Cohorts(revenue.CohortRequest{
			To: to, FiscalYearStart: month, Currency: "USD", Rates: func(string) (float64, bool) { return 2, true },
		}, ledger)
		if err != nil {
			t.Fatal(err)
		}
		size, logos, sum := 0, 0, 0.0
		for _, c := range got {
			last := c.Cells[len(c.Cells)-1]
			if last.Day != to || c.Quarter > to || int(c.Quarter.UTC().Month()-time.Month(month)+12)%3 != 0 {
				t.Fatalf("cohort %+v, last day %d, quarters from month %d", c, to, month)
			}
			size, logos, sum = size+c.Size, logos+last.Logos, sum+last.ARR
		}
		if size != ever || logos != now || sum != arr {
			t.Fatalf("%d accounts, %d with ARR %v; want %d, %d, %v", size, logos, sum, ever, now, arr)
		}
	})
}
