package revenue

import (
	"cmp"
	"slices"
	"time"

	minori "github.com/minori-hq/minori"
)

// Cohort is the accounts whose first ARR above 0 fell into one quarter.
type Cohort struct {
	Quarter  minori.Day // first day of the quarter
	Size     int        // accounts
	StartARR float64    // their ARR on their first days, major units
	Cells    []CohortCell
}

// CohortCell is what is left of a cohort at the end of a quarter: the first
// cell is that of the cohort's own quarter.
type CohortCell struct {
	Day   minori.Day // the last day of the quarter, or the last day looked at
	Logos int        // accounts with ARR above 0
	ARR   float64    // their ARR, major units
}

// CohortRequest says what Cohorts computes.
type CohortRequest struct {
	To              minori.Day // last day looked at
	FiscalYearStart int        // month 1–12 in which quarters are counted from; 0 means January
	Currency        string     // of the workspace
	Rates           Rates      // at To; used for all days (constant currency)
}

// Cohorts gives the retention triangle by quarter of first ARR, oldest first;
// quarters in which no account began are left out. A missing rate is an Invalid
// error that names currency and day.
func Cohorts(req CohortRequest, entries []Entry) ([]Cohort, error) {
	conv := converter{currency: req.Currency, day: req.To, rates: req.Rates}
	sorted := slices.DeleteFunc(slices.Clone(entries), func(e Entry) bool { return e.Day > req.To })
	slices.SortStableFunc(sorted, func(a, b Entry) int {
		return cmp.Or(cmp.Compare(a.Account, b.Account), cmp.Compare(a.Day, b.Day))
	})
	rows := map[minori.Day]*cohortSum{}
	for len(sorted) > 0 {
		n := 1
		for n < len(sorted) && sorted[n].Account == sorted[0].Account {
			n++
		}
		addToCohort(req, &conv, rows, sorted[:n])
		sorted = sorted[n:]
	}
	if err := conv.err(); err != nil {
		return nil, err
	}
	var out []Cohort
	for quarter, row := range rows {
		c := Cohort{Quarter: quarter, Size: row.size, StartARR: toMajor(row.start, req.Currency)}
		for i, cell := range row.cells {
			c.Cells = append(c.Cells, CohortCell{
				Day: min(quarter.AddMonths(3*i+3)-1, req.To), Logos: cell.logos, ARR: toMajor(cell.arr, req.Currency),
			})
		}
		out = append(out, c)
	}
	slices.SortFunc(out, func(a, b Cohort) int { return cmp.Compare(a.Quarter, b.Quarter) })
	return out, nil
}

// cohortSum adds up a Cohort in ten-thousandths of a minor unit.
type cohortSum struct {
	size  int
	start int64
	cells []cellSum
}

type cellSum struct {
	logos int
	arr   int64
}

// addToCohort adds one account, whose entries are given by day.
func addToCohort(req CohortRequest, conv *converter, rows map[minori.Day]*cohortSum, entries []Entry) {
	level := map[string]int64{}
	size, peak := conv.size, 0.0 // cells are added up apart, so the largest counts
	amount := func() int64 {
		conv.size = size
		v := conv.convert(level)
		peak = max(peak, conv.size)
		return v
	}
	defer func() { conv.size = max(peak, size) }()
	upTo := func(day minori.Day) {
		for len(entries) > 0 && entries[0].Day <= day {
			level[entries[0].Currency] += entries[0].Delta
			entries = entries[1:]
		}
	}
	for len(entries) > 0 && !anyAbove0(level) {
		first := entries[0].Day
		if upTo(first); !anyAbove0(level) {
			continue
		}
		quarter := quarterOf(first, req.FiscalYearStart)
		row := rows[quarter]
		if row == nil {
			row = &cohortSum{}
			rows[quarter] = row
		}
		row.size++
		row.start += max(amount(), 0)
		for i, start := 0, quarter; start <= req.To; i++ {
			start = quarter.AddMonths(3*i + 3)
			upTo(start - 1)
			if i == len(row.cells) {
				row.cells = append(row.cells, cellSum{})
			}
			if arr := amount(); arr > 0 {
				row.cells[i].logos++
				row.cells[i].arr += arr
			}
		}
		return
	}
}

// quarterOf gives the first day of the quarter d lies in, quarters being
// counted from a month.
func quarterOf(d minori.Day, from int) minori.Day {
	y, m, _ := d.UTC().Date()
	return minori.Date(y, m-time.Month((int(m)-max(from, 1)+12)%3), 1)
}
