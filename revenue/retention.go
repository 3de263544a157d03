package revenue

import (
	"cmp"
	"encoding/json"
	"maps"
	"math"
	"slices"
	"strings"

	minori "github.com/minori-hq/minori"
)

// Rates gives the value of one major unit of a currency in major units of the
// workspace's currency; ok is false when there is none. It is not asked for
// the workspace's own currency.
type Rates func(currency string) (rate float64, ok bool)

// Holding is one account's ARR at both ends of a period.
type Holding struct {
	Account minori.ID
	Unit    minori.ID        // the account it is counted with, such as its parent; 0: itself
	Start   map[string]int64 // ARR at the start by currency, minor units
	End     map[string]int64 // ARR at the end by currency, minor units
	Before  bool             // it had ARR above 0 on some day before the start
	// GroupStart and GroupEnd are its value of the field or segment to cut by
	// at either end; nil for none. Those of the account Unit names count for
	// the whole unit.
	GroupStart *string
	GroupEnd   *string
}

// Holdings reads the ARR at both ends of (from, to] off the ledger, per
// account that had any by then, ordered by account.
func Holdings(entries []Entry, from, to minori.Day) []Holding {
	sorted := slices.Clone(entries)
	slices.SortStableFunc(sorted, func(a, b Entry) int {
		return cmp.Or(cmp.Compare(a.Account, b.Account), cmp.Compare(a.Day, b.Day))
	})
	var out []Holding
	for len(sorted) > 0 {
		h := Holding{Account: sorted[0].Account, Start: map[string]int64{}, End: map[string]int64{}}
		for len(sorted) > 0 && sorted[0].Account == h.Account {
			day := sorted[0].Day
			for len(sorted) > 0 && sorted[0].Account == h.Account && sorted[0].Day == day {
				if day <= to {
					h.End[sorted[0].Currency] += sorted[0].Delta
				}
				sorted = sorted[1:]
			}
			if day <= from {
				h.Start = maps.Clone(h.End)
			}
			h.Before = h.Before || day < from && anyAbove0(h.End)
		}
		dropZeros(h.Start)
		dropZeros(h.End)
		if h.Before || len(h.Start)+len(h.End) > 0 {
			out = append(out, h)
		}
	}
	return out
}

// Figures are the retention figures of some accounts over (from, to]. Amounts
// are in major units of the workspace's currency, rates are fractions, nil when
// there was no ARR at the start. Start + expansion − contraction − churn + new
// + reactivation = end.
type Figures struct {
	Cohort        int      `json:"cohort"` // accounts with ARR above 0 at the start
	StartARR      float64  `json:"start_arr"`
	EndARR        float64  `json:"end_arr"`
	Expansion     float64  `json:"expansion"`
	Contraction   float64  `json:"contraction"`
	Churn         float64  `json:"churn"`
	New           float64  `json:"new"`
	Reactivation  float64  `json:"reactivation"`
	GRR           *float64 `json:"grr"` // Σ min(a, b) / Σ a over the cohort
	NRR           *float64 `json:"nrr"` // Σ b / Σ a over the cohort
	LogoRetention *float64 `json:"logo_retention"`
}

// Retention is the figures of all accounts, and of each group.
type Retention struct {
	From     minori.Day
	To       minori.Day
	Currency string
	Figures
	Groups []RetentionGroup // by value, the one without a value last; nil unless asked for
}

// RetentionGroup is the figures of the accounts with one value.
type RetentionGroup struct {
	Value *string `json:"value"` // nil: no value
	Figures
}

// MarshalJSON gives the JSON shape "retention" of the formats.
func (r Retention) MarshalJSON() ([]byte, error) {
	groups := r.Groups
	if groups == nil {
		groups = []RetentionGroup{}
	}
	return json.Marshal(struct {
		From     string `json:"from"`
		To       string `json:"to"`
		Currency string `json:"currency"`
		Figures
		Groups []RetentionGroup `json:"groups"`
	}{r.From.String(), r.To.String(), r.Currency, r.Figures, groups})
}

// RetentionRequest says what Retain computes.
type RetentionRequest struct {
	From     minori.Day
	To       minori.Day
	Currency string // of the workspace
	Rates    Rates  // at From; used for both ends (constant currency)
	Grouped  bool   // cut by GroupStart, new and reactivated accounts by GroupEnd
}

// Retain compares ARR point to point over (from, to] (semantics, Revenue). A
// missing rate is an Invalid error that names currency and day. ARR below 0
// counts as 0.
func Retain(req RetentionRequest, holdings []Holding) (Retention, error) {
	r := Retention{From: req.From, To: req.To, Currency: req.Currency}
	if req.To < req.From {
		return r, minori.Errorf(minori.Invalid, "the period ends on %s, before it starts on %s", req.To, req.From)
	}
	units, err := unitsOf(req, holdings)
	if err != nil {
		return r, err
	}
	var whole tally
	groups := map[string]*tally{}
	var rest *tally // of units without a value
	for _, u := range units {
		whole.add(u)
		if !req.Grouped {
			continue
		}
		value := u.groupStart
		if u.start == 0 {
			value = u.groupEnd
		}
		switch {
		case value == nil && rest == nil:
			rest = &tally{}
		case value != nil && groups[*value] == nil:
			groups[*value] = &tally{}
		}
		if value == nil {
			rest.add(u)
		} else {
			groups[*value].add(u)
		}
	}
	r.Figures = whole.figures(req.Currency)
	for _, value := range slices.Sorted(maps.Keys(groups)) {
		r.Groups = append(r.Groups, RetentionGroup{&value, groups[value].figures(req.Currency)})
	}
	if rest != nil {
		r.Groups = append(r.Groups, RetentionGroup{nil, rest.figures(req.Currency)})
	}
	return r, nil
}

// unit is an account, or several that count as one. Amounts are in
// ten-thousandths of a minor unit of the workspace's currency.
type unit struct {
	start, end           int64
	before               bool
	groupStart, groupEnd *string
}

// unitsOf converts the holdings and adds up those that count as one, in the
// order of their first holding.
func unitsOf(req RetentionRequest, holdings []Holding) ([]unit, error) {
	conv := converter{currency: req.Currency, day: req.From, rates: req.Rates}
	units := make([]unit, 0, len(holdings))
	at := make(map[minori.ID]int, len(holdings))
	for _, h := range holdings {
		id := cmp.Or(h.Unit, h.Account)
		i, ok := at[id]
		if !ok {
			i, at[id] = len(units), len(units)
			units = append(units, unit{groupStart: h.GroupStart, groupEnd: h.GroupEnd})
		}
		u := &units[i]
		if h.Account == id {
			u.groupStart, u.groupEnd = h.GroupStart, h.GroupEnd
		}
		u.start += conv.convert(h.Start)
		u.end += conv.convert(h.End)
		u.before = u.before || h.Before
	}
	for i := range units {
		units[i].start, units[i].end = max(units[i].start, 0), max(units[i].end, 0)
	}
	return units, conv.err()
}

// tally adds up figures in ten-thousandths of a minor unit.
type tally struct {
	cohort, kept                  int
	start, end                    int64
	expansion, contraction, churn int64
	newARR, reactivation          int64
}

func (t *tally) add(u unit) {
	a, b := u.start, u.end
	t.start += a
	t.end += b
	if a > 0 {
		t.cohort++
		if b > 0 {
			t.kept++
		}
	}
	switch {
	case a == 0 && u.before:
		t.reactivation += b
	case a == 0:
		t.newARR += b
	case b == 0:
		t.churn += a
	case b < a:
		t.contraction += a - b
	default:
		t.expansion += b - a
	}
}

func (t *tally) figures(currency string) Figures {
	major := func(v int64) float64 { return toMajor(v, currency) }
	f := Figures{
		Cohort: t.cohort, StartARR: major(t.start), EndARR: major(t.end),
		Expansion: major(t.expansion), Contraction: major(t.contraction), Churn: major(t.churn),
		New: major(t.newARR), Reactivation: major(t.reactivation),
	}
	if t.start > 0 {
		kept := t.start - t.contraction - t.churn
		f.GRR = quotient(kept, t.start)
		f.NRR = quotient(kept+t.expansion, t.start)
		f.LogoRetention = quotient(int64(t.kept), int64(t.cohort))
	}
	return f
}

func quotient(a, b int64) *float64 {
	q := float64(a) / float64(b)
	return &q
}

// fine is how many parts a minor unit is kept in, so that converting many
// accounts loses nothing that can be seen and sums stay exact.
const fine = 10_000

func toMajor(v int64, currency string) float64 {
	return float64(v) / (fine * math.Pow10(minori.Decimals(currency)))
}

// converter turns amounts into the workspace's currency at the rates of one
// day and remembers what it could not do.
type converter struct {
	currency string
	day      minori.Day
	rates    Rates
	missing  map[string]bool
	size     float64 // of all amounts together, to notice overflow
}

// convert gives an amount in ten-thousandths of a minor unit.
func (c *converter) convert(held map[string]int64) int64 {
	sum := int64(0)
	for currency, minor := range held {
		if minor == 0 {
			continue
		}
		factor := 1.0
		if currency != c.currency {
			rate, ok := 0.0, false
			if c.rates != nil {
				rate, ok = c.rates(currency)
			}
			if !ok || !(rate > 0) || math.IsInf(rate, 0) {
				if c.missing == nil {
					c.missing = map[string]bool{}
				}
				c.missing[currency] = true
				continue
			}
			factor = rate * math.Pow10(minori.Decimals(c.currency)-minori.Decimals(currency))
		}
		v := float64(minor) * factor * fine
		if c.size += math.Abs(v); c.size > math.MaxInt64/2 {
			continue
		}
		if factor == 1 {
			sum += minor * fine
		} else {
			sum += int64(math.Round(v))
		}
	}
	return sum
}

func (c *converter) err() error {
	if len(c.missing) > 0 {
		names := strings.Join(slices.Sorted(maps.Keys(c.missing)), ", ")
		return minori.Errorf(minori.Invalid, "there is no rate from %s to %s on %s: import a rate for that day or an earlier one", names, c.currency, c.day)
	}
	if c.size > math.MaxInt64/2 {
		return minori.Errorf(minori.Invalid, "the ARR is too large to be added up in %s: check the imported amounts and rates", c.currency)
	}
	return nil
}
