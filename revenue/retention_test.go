package revenue_test

import (
	"encoding/json"
	"math"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	minori "github.com/minori-hq/minori"
	"github.com/minori-hq/minori/revenue"
	"pgregory.net/rapid"
)

func usd(major int64) map[string]int64 {
	if major == 0 {
		return nil
	}
	return map[string]int64{"USD": major * 100}
}

func request() revenue.RetentionRequest {
	return revenue.RetentionRequest{From: minori.Date(2024, time.March, 31), To: minori.Date(2024, time.June, 30), Currency: "USD"}
}

func workedHoldings() []revenue.Holding {
	return []revenue.Holding{
		{Account: 1, Start: usd(100), End: usd(120)},
		{Account: 2, Start: usd(200), End: usd(150)},
		{Account: 3, Start: usd(50), End: usd(0)},
		{Account: 4, Start: usd(0), End: usd(80)},
	}
}

func retain(t *testing.T, req revenue.RetentionRequest, h []revenue.Holding) revenue.Retention {
	t.Helper()
	r, err := revenue.Retain(req, h)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func number(v float64) *float64 { return &v }

func TestRetentionWorkedExample(t *testing.T) {
	got := retain(t, request(), workedHoldings()).Figures
	want := revenue.Figures{
		Cohort: 3, StartARR: 350, EndARR: 350, Expansion: 20, Contraction: 50, Churn: 50, New: 80,
		GRR: number(250.0 / 350), NRR: number(270.0 / 350), LogoRetention: number(2.0 / 3),
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Error(d)
	}
	if p := math.Round(*got.GRR*1e4) / 1e4; p != 0.7143 {
		t.Errorf("GRR is %v, want 71.43 %%", p)
	}
	if p := math.Round(*got.NRR*1e4) / 1e4; p != 0.7714 {
		t.Errorf("NRR is %v, want 77.14 %%", p)
	}
}

func TestReactivationIsNotNew(t *testing.T) {
	h := workedHoldings()
	h[3].Before = true
	got := retain(t, request(), h)
	if got.New != 0 || got.Reactivation != 80 || got.EndARR != 350 {
		t.Errorf("new %v, reactivation %v", got.New, got.Reactivation)
	}
}

func TestWithoutARRAtTheStartThereAreNoRates(t *testing.T) {
	got := retain(t, request(), workedHoldings()[3:])
	if got.GRR != nil || got.NRR != nil || got.LogoRetention != nil || got.Cohort != 0 {
		t.Errorf("%+v", got)
	}
}

func TestCurrenciesAreConvertedAtTheRateOfTheStart(t *testing.T) {
	req := request()
	req.Rates = func(c string) (float64, bool) {
		rate, ok := map[string]float64{"EUR": 1.1, "JPY": 0.0065}[c]
		return rate, ok
	}
	got := retain(t, req, []revenue.Holding{
		{Account: 1, Start: map[string]int64{"EUR": 100_00, "USD": 10_00}, End: map[string]int64{"EUR": 200_00}},
		{Account: 2, Start: map[string]int64{"JPY": 10_000}, End: map[string]int64{"JPY": 8_000}},
	})
	for what, c := range map[string][2]float64{
		"start": {got.StartARR, 110 + 10 + 65}, "end": {got.EndARR, 220 + 52},
		"expansion": {got.Expansion, 100}, "contraction": {got.Contraction, 13},
	} {
		if math.Abs(c[0]-c[1]) > 1e-9 {
			t.Errorf("%s is %v, want %v", what, c[0], c[1])
		}
	}
	_, err := revenue.Retain(req, []revenue.Holding{{Account: 1, End: map[string]int64{"GBP": 1, "EUR": 1, "CHF": 1}}})
	if minori.CodeOf(err) != minori.Invalid || !strings.Contains(err.Error(), "from CHF, GBP to USD on 2024-03-31") {
		t.Errorf("a missing rate gives %v", err)
	}
	if _, err = revenue.Retain(request(), []revenue.Holding{{Account: 1, End: map[string]int64{"GBP": 0}}}); err != nil {
		t.Errorf("no amount needs no rate: %v", err)
	}
	req.Rates = func(string) (float64, bool) { return 0, true }
	if _, err = revenue.Retain(req, []revenue.Holding{{Account: 1, End: map[string]int64{"EUR": 5}}}); minori.CodeOf(err) != minori.Invalid {
		t.Errorf("a rate of 0 gives %v", err)
	}
}

func TestRetainRefusesWhatCannotBeAddedUp(t *testing.T) {
	huge := map[string]int64{"USD": 1 << 53}
	if _, err := revenue.Retain(request(), []revenue.Holding{{Account: 1, Start: huge}}); minori.CodeOf(err) != minori.Invalid {
		t.Errorf("an overflow gives %v", err)
	}
	req := request()
	req.To = req.From - 1
	if _, err := revenue.Retain(req, nil); minori.CodeOf(err) != minori.Invalid {
		t.Errorf("a period that ends before it starts gives %v", err)
	}
}

func TestParentsCountAsOne(t *testing.T) {
	req := request()
	req.Grouped = true
	parent, child := "parent", "child"
	got := retain(t, req, []revenue.Holding{
		{Account: 2, Unit: 1, Start: usd(100), End: usd(0), GroupStart: &child},
		{Account: 3, Unit: 1, Start: usd(0), End: usd(130), Before: true, GroupEnd: &child},
		{Account: 1, GroupStart: &parent},
	})
	want := revenue.Figures{Cohort: 1, StartARR: 100, EndARR: 130, Expansion: 30, GRR: number(1), NRR: number(1.3), LogoRetention: number(1)}
	if d := cmp.Diff(want, got.Figures); d != "" {
		t.Error(d)
	}
	got = retain(t, req, []revenue.Holding{
		{Account: 3, Unit: 1, End: usd(130), Before: true}, {Account: 2, Unit: 1}, {Account: 1, GroupEnd: &parent},
	})
	if got.Reactivation != 130 || got.New != 0 {
		t.Errorf("one of them had ARR before, yet %+v", got.Figures)
	}
	if len(got.Groups) != 1 || *got.Groups[0].Value != "parent" {
		t.Errorf("groups %+v", got.Groups)
	}
}

func TestGroupsAreCutAtTheStartAndNewOnesAtTheEnd(t *testing.T) {
	req := request()
	req.Grouped = true
	a, b := "a", "b"
	h := workedHoldings()
	h[0].GroupStart, h[0].GroupEnd = &b, &a
	h[1].GroupStart = &a
	h[3].GroupStart, h[3].GroupEnd = &b, &a
	got := retain(t, req, h)
	var names []string
	var starts, news []float64
	for _, g := range got.Groups {
		name := "-"
		if g.Value != nil {
			name = *g.Value
		}
		names, starts, news = append(names, name), append(starts, g.StartARR), append(news, g.New)
	}
	if !slices.Equal(names, []string{"a", "b", "-"}) || !slices.Equal(starts, []float64{200, 100, 50}) || !slices.Equal(news, []float64{80, 0, 0}) {
		t.Errorf("groups %v, start %v, new %v", names, starts, news)
	}
}

func TestRetentionJSON(t *testing.T) {
	req := request()
	req.Grouped = true
	got, err := json.Marshal(retain(t, req, workedHoldings()[3:]))
	if err != nil {
		t.Fatal(err)
	}
	same := `"cohort":0,"start_arr":0,"end_arr":80,"expansion":0,"contraction":0,"churn":0,"new":80,"reactivation":0,"grr":null,"nrr":null,"logo_retention":null`
	if want := `{"from":"2024-03-31","to":"2024-06-30","currency":"USD",` + same + `,"groups":[{"value":null,` + same + `}]}`; string(got) != want {
		t.Errorf("JSON is\n%s\nwant\n%s", got, want)
	}
	if got, _ = json.Marshal(retain(t, request(), nil)); !strings.HasSuffix(string(got), `"groups":[]}`) {
		t.Errorf("JSON is %s", got)
	}
}

func TestRetentionProperties(t *testing.T) {
	amount := rapid.OneOf(rapid.Just(int64(0)), rapid.Int64Range(0, 1e9))
	holding := rapid.Custom(func(t *rapid.T) revenue.Holding {
		value := rapid.SampledFrom([]string{"x", "y", "z"}).Draw(t, "value")
		h := revenue.Holding{
			Account: minori.ID(rapid.IntRange(1, 1e6).Draw(t, "account")),
			Unit:    minori.ID(rapid.IntRange(0, 3).Draw(t, "unit")),
			Start:   map[string]int64{"USD": amount.Draw(t, "start"), "EUR": amount.Draw(t, "start")},
			End:     map[string]int64{"USD": amount.Draw(t, "end"), "EUR": amount.Draw(t, "end")},
			Before:  rapid.Bool().Draw(t, "before"),
		}
		if value != "z" {
			h.GroupStart, h.GroupEnd = &value, &value
		}
		return h
	})
	rapid.Check(t, func(t *rapid.T) {
		req := request()
		req.Grouped = true
		req.Rates = func(string) (float64, bool) { return 1.0837, true }
		r, err := revenue.Retain(req, rapid.SliceOf(holding).Draw(t, "holdings"))
		if err != nil {
			t.Fatal(err)
		}
		checkFigures(t, r.Figures)
		var sum revenue.Figures
		for _, g := range r.Groups {
			checkFigures(t, g.Figures)
			sum.Cohort += g.Cohort
			sum.StartARR += g.StartARR
			sum.EndARR += g.EndARR
			sum.Expansion += g.Expansion
			sum.Contraction += g.Contraction
			sum.Churn += g.Churn
			sum.New += g.New
			sum.Reactivation += g.Reactivation
		}
		for _, p := range [][2]float64{
			{sum.StartARR, r.StartARR}, {sum.EndARR, r.EndARR}, {sum.Expansion, r.Expansion}, {sum.Contraction, r.Contraction},
			{sum.Churn, r.Churn}, {sum.New, r.New}, {sum.Reactivation, r.Reactivation}, {float64(sum.Cohort), float64(r.Cohort)},
		} {
			if math.Abs(p[0]-p[1]) > 1e-6 {
				t.Fatalf("groups add up to %+v, the whole is %+v", sum, r.Figures)
			}
		}
	})
}

func checkFigures(t *rapid.T, f revenue.Figures) {
	if end := f.StartARR + f.Expansion - f.Contraction - f.Churn + f.New + f.Reactivation; math.Abs(end-f.EndARR) > 1e-6 {
		t.Fatalf("the parts lead to %v: %+v", end, f)
	}
	if (f.StartARR == 0) != (f.GRR == nil) {
		t.Fatalf("%+v", f)
	}
	if f.GRR != nil && (*f.GRR > 1 || *f.GRR < 0 || *f.GRR > *f.NRR || *f.LogoRetention > 1) {
		t.Fatalf("GRR %v, NRR %v, logo %v", *f.GRR, *f.NRR, *f.LogoRetention)
	}
}

func TestHoldingsAreARRAtBothEnds(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var ledger []revenue.Entry
		terms := map[minori.ID][]revenue.Term{}
		for id := range minori.ID(rapid.IntRange(0, 3).Draw(t, "accounts")) {
			for v := range int64(2) { // a first version, corrected
				terms[id+1] = drawTerms(t)
				ledger = appended(ledger, revenue.Reconcile(id+1, ledger, terms[id+1], v))
			}
		}
		from := minori.Day(rapid.IntRange(0, lastDay).Draw(t, "from"))
		to := from + minori.Day(rapid.IntRange(0, lastDay).Draw(t, "days"))
		got := map[minori.ID]revenue.Holding{}
		for _, h := range revenue.Holdings(ledger, from, to) {
			got[h.Account] = h
		}
		for id, ts := range terms {
			want := revenue.Holding{Account: id, Start: revenue.ARR(ts, from), End: revenue.ARR(ts, to)}
			for d := range from {
				want.Before = want.Before || len(revenue.ARR(ts, d)) > 0
			}
			h, ok := got[id]
			if !ok && !want.Before && len(want.Start)+len(want.End) == 0 {
				continue
			}
			if d := cmp.Diff(want, h); d != "" {
				t.Fatalf("account %d from %d to %d: %s", id, from, to, d)
			}
		}
	})
}
