package site

import (
	"slices"

	minori "github.com/minori-hq/minori"
	"github.com/minori-hq/minori/evaluate"
	"github.com/minori-hq/minori/metric"
	"github.com/minori-hq/minori/web/ui"
)

// Due writes a day that something is due on, short enough for a column: as
// seen from today within a week, else without the year where it is near.
func (w Wording) Due(d minori.Day) string {
	switch away := max(d-w.Today, w.Today-d); {
	case away <= 7:
		return Capital(w.Relative(d))
	case away <= 180:
		return w.DayMonth(d)
	}
	return w.DateShort(d)
}

// RenewalDays is how far ahead renewals are shown.
const RenewalDays = 90

// Columns of the accounts' projection that several pages read.
const (
	colName    = "field:account.name"
	colARR     = "field:account.arr"
	colRenewal = "field:account.days_to_renewal"
	colCSM     = "field:account.csm"
)

// Renewal is an account whose term ends soon.
type Renewal struct {
	Subject minori.ID
	Key     string
	Name    string
	Day     minori.Day
	ARR     float64
	Score   *float64
	Band    string
}

// Renewals gives the accounts that renew in the next days, the nearest first,
// and how many there are; among nil: of all that the reader sees. What was
// computed some days ago is counted from that day.
func (s *Site) Renewals(r *Request, among []minori.ID, days, most int) ([]Renewal, int, error) {
	columns := []string{colName, colRenewal, colARR}
	if card := r.Config.Program(minori.Account).Main(); card != nil {
		columns = append(columns, "score:"+card.Name(), "band:"+card.Name())
	}
	number := func(x float64) []metric.Value { return []metric.Value{{Type: metric.Number, Num: x}} }
	page, err := s.Lake.List(r.Context(), r.Actor, ListQuery{Kind: minori.Account, Columns: columns, IDs: among, Sort: colRenewal,
		Filters: []Filter{{Column: colRenewal, Op: OpGe, Values: number(0)}, {Column: colRenewal, Op: OpLe, Values: number(float64(days))}},
		Page:    minori.Page{Limit: most}})
	if err != nil || page.AsOf == 0 {
		return nil, 0, NotComputed(err)
	}
	day := DayIn(r, page.AsOf)
	out := make([]Renewal, len(page.Rows))
	for i, row := range page.Rows {
		c := row.Cells
		out[i] = Renewal{Subject: row.Subject, Key: row.Key, Name: row.Key, Day: day + minori.Day(c[1].Num), ARR: c[2].Num}
		if c[0].Text != "" {
			out[i].Name = c[0].Text
		}
		if len(c) > 3 && c[3].Reason == metric.Known {
			out[i].Score, out[i].Band = &c[3].Num, c[4].Text
		}
	}
	return out, int(page.Total), nil
}

// NotComputed drops the error of a list that was not computed yet, or by
// definitions that did not have what is asked for.
func NotComputed(err error) error {
	if minori.CodeOf(err) == minori.Invalid {
		return nil
	}
	return err
}

// HiddenQuery asks for the accounts with signs of hidden risk, by ARR; quiet
// is after how many days without a deep conversation an account counts as
// quiet. The cells of a row begin with name, ARR, CSM, days to renewal and
// score, and end with those of evaluate.HiddenColumns.
func HiddenQuery(card *evaluate.Card, quiet int) ListQuery {
	is := func(column string, op Op, x float64) Filter {
		return Filter{Column: column, Op: op, Values: []metric.Value{{Type: metric.Number, Num: x}}}
	}
	return ListQuery{
		Kind:    minori.Account,
		Columns: append([]string{colName, colARR, colCSM, colRenewal, "score:" + card.Name()}, evaluate.HiddenColumns()...),
		Filters: []Filter{{Column: "band:" + card.Name(), Op: OpEq, Values: []metric.Value{{Type: metric.Text, Text: string(ui.Green)}}}},
		Any: []Filter{
			is(evaluate.TalkedColumn, OpGe, float64(quiet)), {Column: evaluate.TalkedColumn, Op: OpUnknown},
			is(evaluate.ContactsColumn, OpLe, 1), is(evaluate.SponsorsColumn, OpEq, 0), is(evaluate.StaleColumn, OpGe, 1),
		},
		Sort: colARR, Desc: true,
	}
}

// HiddenRisk gives the signs of hidden risk of those of some accounts that have
// any, for ui.HiddenRisk.
func (s *Site) HiddenRisk(r *Request, accounts []minori.ID) (map[minori.ID][]string, error) {
	out := map[minori.ID][]string{}
	card := r.Config.Program(minori.Account).Main()
	if card == nil || len(accounts) == 0 {
		return out, nil
	}
	q := HiddenQuery(card, evaluate.QuietDays)
	q.IDs, q.Page = accounts, minori.Page{Limit: minori.MaxPage}
	page, err := s.Lake.List(r.Context(), r.Actor, q)
	if err != nil {
		return out, NotComputed(err)
	}
	for _, row := range page.Rows {
		if h, ok := evaluate.HiddenOf(string(ui.Green), row.Cells[len(row.Cells)-len(evaluate.HiddenColumns()):]); ok {
			out[row.Subject] = HiddenSigns(r.Words(), h, evaluate.QuietDays, DayIn(r, page.AsOf))
		}
	}
	return out, nil
}

// HiddenSigns says why an account counts as hidden risk, sign by sign; day is
// the one it was computed as of. An account without signs gives nothing.
func HiddenSigns(w Wording, h evaluate.Hidden, quiet int, day minori.Day) []string {
	var out []string
	for _, sign := range h.Signs(quiet) {
		switch {
		case sign == evaluate.SignQuiet && h.Talked == nil:
			out = append(out, w.T("hidden.never-talked"))
		case sign == evaluate.SignQuiet:
			out = append(out, w.T("hidden.quiet", "date", w.Date(day-minori.Day(*h.Talked)), "count", *h.Talked))
		case sign == evaluate.SignOnlyOne && h.Contacts == 0:
			out = append(out, w.T("hidden.no-contact"))
		case sign == evaluate.SignOnlyOne:
			out = append(out, w.T("hidden.one-contact"))
		case sign == evaluate.SignSponsor:
			out = append(out, w.T("hidden.no-sponsor"))
		case sign == evaluate.SignOutdated:
			out = append(out, w.T("hidden.stale", "count", h.Stale))
		}
	}
	return slices.Clip(out)
}
