package revenue

import (
	"cmp"
	"maps"
	"math"
	"slices"

	minori "github.com/minori-hq/minori"
)

// Term is one stretch of recurring revenue of an account: a subscription that
// is neither a trial nor one-off.
type Term struct {
	Start    minori.Day  // first day it counts
	End      *minori.Day // first day it no longer counts; nil while open
	Minor    int64       // ARR in minor units of Currency
	Currency string
}

// ARR adds up the terms active on a day, by currency, in minor units.
// Currencies without ARR are left out.
func ARR(terms []Term, day minori.Day) map[string]int64 {
	sum := map[string]int64{}
	for _, t := range terms {
		if t.Start <= day && (t.End == nil || day < *t.End) {
			sum[t.Currency] += t.Minor
		}
	}
	dropZeros(sum)
	return sum
}

func dropZeros(m map[string]int64) {
	maps.DeleteFunc(m, func(_ string, v int64) bool { return v == 0 })
}

// Reconcile gives the entries to append to one account's ledger so that the
// entries in force are what its terms ask for: one net entry per currency and
// day on which ARR(t) ≠ ARR(t−1) (semantics, Revenue). Entries in force that
// are no longer right are taken back by reversing entries, which come first;
// new entries follow by day and currency. Nothing is given when the ledger is
// right already. recorded is the time of recording, microseconds since 1970
// UTC; the new entries have no ID yet. Entries of other accounts are ignored.
func Reconcile(account minori.ID, existing []Entry, terms []Term, recorded int64) []Entry {
	wanted := movements(account, terms, recorded)
	at := make(map[moment]int, len(wanted))
	for i, e := range wanted {
		at[momentOf(e)] = i
	}
	kept := make([]bool, len(wanted))
	var out []Entry
	for _, e := range InForce(existing) {
		if e.Account != account {
			continue
		}
		i, ok := at[momentOf(e)]
		if ok && !kept[i] && wanted[i].Delta == e.Delta && wanted[i].After == e.After && wanted[i].Kind == e.Kind {
			kept[i] = true
			continue
		}
		back := e
		back.ID, back.Reverses, back.Recorded = 0, e.ID, recorded
		back.Delta, back.After = -e.Delta, e.After-e.Delta
		out = append(out, back)
	}
	for i, e := range wanted {
		if !kept[i] {
			out = append(out, e)
		}
	}
	return out
}

// moment is what there is one entry in force for.
type moment struct {
	day      minori.Day
	currency string
}

func momentOf(e Entry) moment { return moment{e.Day, e.Currency} }

// movements gives the entries the terms ask for, by day and currency.
func movements(account minori.ID, terms []Term, recorded int64) []Entry {
	deltas := map[moment]int64{}
	for _, t := range terms {
		if t.End != nil && *t.End <= t.Start {
			continue
		}
		deltas[moment{t.Start, t.Currency}] += t.Minor
		if t.End != nil {
			deltas[moment{*t.End, t.Currency}] -= t.Minor
		}
	}
	maps.DeleteFunc(deltas, func(_ moment, v int64) bool { return v == 0 })
	moments := slices.SortedFunc(maps.Keys(deltas), func(a, b moment) int {
		return cmp.Or(cmp.Compare(a.day, b.day), cmp.Compare(a.currency, b.currency))
	})
	var out []Entry
	level, ever := map[string]int64{}, false
	for len(moments) > 0 {
		day := moments[0].day
		before, first := anyAbove0(level), len(out)
		for len(moments) > 0 && moments[0].day == day {
			m := moments[0]
			level[m.currency] += deltas[m]
			out = append(out, Entry{
				Account: account, Day: day, Currency: m.currency,
				Delta: deltas[m], After: level[m.currency], Recorded: recorded,
			})
			moments = moments[1:]
		}
		after := anyAbove0(level)
		for i := first; i < len(out); i++ {
			out[i].Kind = kindOf(out[i].Delta, before, after, ever)
		}
		ever = ever || after
	}
	return out
}

// kindOf decides the kind of an entry by the account as a whole: before and
// after tell whether it had ARR above 0 in any currency the day before and on
// the day, ever whether it had on any earlier day.
func kindOf(delta int64, before, after, ever bool) Movement {
	switch {
	case !before && after && !ever:
		return New
	case !before && after:
		return Reactivation
	case before && !after:
		return Churn
	case delta > 0:
		return Expansion
	}
	return Contraction
}

func anyAbove0(level map[string]int64) bool {
	for _, v := range level {
		if v > 0 {
			return true
		}
	}
	return false
}

// InForce gives the entries that are neither reversing nor reversed, in the
// order given.
func InForce(entries []Entry) []Entry {
	reversed := map[int64]bool{}
	for _, e := range entries {
		if e.Reverses != 0 {
			reversed[e.Reverses] = true
		}
	}
	var out []Entry
	for _, e := range entries {
		if e.Reverses == 0 && (e.ID == 0 || !reversed[e.ID]) {
			out = append(out, e)
		}
	}
	return out
}

// At gives the net ARR of every account on a day by currency, in minor units,
// as all entries given say. Accounts and currencies without ARR are left out.
func At(entries []Entry, day minori.Day) map[minori.ID]map[string]int64 {
	return AtKnown(entries, day, math.MaxInt64)
}

// AtKnown is At by the entries recorded no later than recorded (microseconds
// since 1970 UTC): what was known then.
func AtKnown(entries []Entry, day minori.Day, recorded int64) map[minori.ID]map[string]int64 {
	out := map[minori.ID]map[string]int64{}
	for _, e := range entries {
		if e.Day > day || e.Recorded > recorded {
			continue
		}
		if out[e.Account] == nil {
			out[e.Account] = map[string]int64{}
		}
		out[e.Account][e.Currency] += e.Delta
	}
	for id, held := range out {
		if dropZeros(held); len(held) == 0 {
			delete(out, id)
		}
	}
	return out
}

// ChurnDays gives, per account, the days on which its ARR went to 0, ascending.
func ChurnDays(entries []Entry) map[minori.ID][]minori.Day {
	out := map[minori.ID][]minori.Day{}
	for _, e := range InForce(entries) {
		if e.Kind == Churn && !slices.Contains(out[e.Account], e.Day) {
			out[e.Account] = append(out[e.Account], e.Day)
		}
	}
	for _, days := range out {
		slices.Sort(days)
	}
	return out
}
