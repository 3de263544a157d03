package accounts

import (
	"net/http"

	minori "github.com/minori-hq/minori"
	"github.com/minori-hq/minori/account"
	"github.com/minori-hq/minori/evaluate"
	"github.com/minori-hq/minori/metric"
	"github.com/minori-hq/minori/web/site"
	"github.com/minori-hq/minori/web/ui"
)

// Weeks of the list's sparklines, and how many of them a change goes back.
const (
	sparkWeeks  = 12
	changeWeeks = 4
)

// accountList is what the list shows.
type accountList struct {
	ask      *listAsk
	columns  map[string]evaluate.ListColumn
	choices  []evaluate.ListColumn // in order, for the form
	card     *evaluate.Card        // the main scorecard; nil when there is none
	currency string
	computed minori.Day // as of which the list was computed; 0: never
	rows     []accountRow
	total    int64
	arr      float64
}

// accountRow is one account of the list.
type accountRow struct {
	key, name string
	url       string
	cells     map[string]metric.Value
	weeks     []*float64 // scores by week, oldest first; nil: unknown
	owner     string     // "" for nobody
}

// List is the list of accounts.
func (s Pages) List(w http.ResponseWriter, r *site.Request) error {
	program := r.Config.Program(minori.Account)
	l := &accountList{columns: map[string]evaluate.ListColumn{}, choices: program.ListColumns(), card: mainCard(program), currency: r.Config.Workspace.Currency}
	for _, c := range l.choices {
		l.columns[c.Name] = c
	}
	if r.URL.Query().Has("field") {
		return addCondition(w, r, l.columns)
	}
	var err error
	if l.ask, err = readList(r, l.columns); err != nil {
		return err
	}
	if err := s.readAccounts(r, l); err != nil {
		return err
	}
	return s.Page(w, r, site.Frame{Title: r.View.T("place.accounts"), Place: ui.PlaceAccounts, Query: l.ask.search}, accountsPage(r, l))
}

// addCondition leads from the form that adds a condition to the list with it.
func addCondition(w http.ResponseWriter, r *site.Request, columns map[string]evaluate.ListColumn) error {
	q := r.URL.Query()
	c, err := newCondition(r.View, columns, ui.Op(q.Get("op")), q.Get("field"), q.Get("value"))
	if err != nil {
		return err
	}
	for _, name := range []string{"field", "op", "value", "page"} {
		q.Del(name)
	}
	q.Add("f", c.String())
	http.Redirect(w, r.Request, address(q), http.StatusSeeOther)
	return nil
}

// mainCard gives the scorecard that lists and account pages lead with: the one
// named health, else the first.
func mainCard(p *evaluate.Program) *evaluate.Card {
	for i := range p.Scorecards {
		if p.Scorecards[i].Name() == "health" {
			return &p.Scorecards[i]
		}
	}
	if len(p.Scorecards) > 0 {
		return &p.Scorecards[0]
	}
	return nil
}

// readAccounts reads a page of the list: the number of queries does not depend
// on how many rows it has.
func (s Pages) readAccounts(r *site.Request, l *accountList) error {
	columns := []string{colName, colARR, colRenewal, colCSM, colTier, evaluate.CallsColumn}
	if l.card != nil {
		columns = append(columns, "score:"+l.card.Name(), "band:"+l.card.Name())
	}
	q := site.ListQuery{Kind: minori.Account, Columns: columns, Search: l.ask.search, Sort: l.ask.sort, Desc: l.ask.desc, Sums: []string{colARR}, Page: l.ask.page}
	for _, c := range l.ask.conditions {
		q.Filters = append(q.Filters, c.filter)
	}
	page, err := s.Lake.List(r.Context(), q)
	if err != nil {
		return err
	}
	l.total = page.Total
	if len(page.Sums) > 0 {
		l.arr = page.Sums[0]
	}
	if page.AsOf != 0 {
		l.computed = minori.At(minori.FromMicros(page.AsOf), r.Config.Zone).Day
	}
	ids := make([]minori.ID, len(page.Rows))
	for i, row := range page.Rows {
		ids[i] = row.Subject
		a := accountRow{key: row.Key, url: r.AccountURL(row.Key), cells: make(map[string]metric.Value, len(columns))}
		for k, name := range columns {
			a.cells[name] = row.Cells[k]
		}
		if a.name = a.cells[colName].Text; a.name == "" {
			a.name = row.Key
		}
		l.rows = append(l.rows, a)
	}
	if err := s.readOwners(r, l, ids); err != nil {
		return err
	}
	return s.readWeeks(r, l, ids)
}

// readOwners names the owners of the rows.
func (s Pages) readOwners(r *site.Request, l *accountList, ids []minori.ID) error {
	if len(ids) == 0 {
		return nil
	}
	known, err := s.Accounts.Accounts(r.Context(), r.Actor, ids)
	if err != nil {
		return err
	}
	var people []minori.ID
	for _, a := range known {
		if a.CSMPerson != 0 {
			people = append(people, a.CSMPerson)
		}
	}
	names := map[minori.ID]account.Label{}
	if len(people) > 0 {
		if names, err = s.Accounts.Labels(r.Context(), r.Actor, people); err != nil {
			return err
		}
	}
	for i, id := range ids {
		if p, ok := names[known[id].CSMPerson]; ok {
			l.rows[i].owner = p.Name
		}
	}
	return nil
}

// readWeeks reads the scores of the last weeks of all rows at once.
func (s Pages) readWeeks(r *site.Request, l *accountList, ids []minori.ID) error {
	if l.card == nil || len(ids) == 0 || l.computed == 0 {
		return nil
	}
	steps, err := s.Lake.Steps(r.Context(), minori.Account, l.computed, sparkWeeks)
	if err != nil {
		return err
	}
	scores, err := s.Lake.ScoresOf(r.Context(), ids, l.card.ID, steps)
	if err != nil {
		return err
	}
	row, week := map[minori.ID]int{}, map[int64]int{}
	for i, id := range ids {
		row[id] = i
		l.rows[i].weeks = make([]*float64, sparkWeeks)
	}
	for _, step := range steps {
		week[step.Micros()] = sparkWeeks - 1 - int(l.computed-step.Day)/7
	}
	for _, d := range scores {
		l.rows[row[d.Subject]].weeks[week[d.AsOf]] = d.Score
	}
	return nil
}

// delta gives the change of the score since some weeks ago, if both are known.
func (a *accountRow) delta(weeks int) (float64, bool) {
	n := len(a.weeks)
	if n <= weeks || a.weeks[n-1] == nil || a.weeks[n-1-weeks] == nil {
		return 0, false
	}
	return *a.weeks[n-1] - *a.weeks[n-1-weeks], true
}

// last gives the last known score of the weeks.
func (a *accountRow) last() (float64, bool) {
	for i := len(a.weeks) - 1; i >= 0; i-- {
		if a.weeks[i] != nil {
			return *a.weeks[i], true
		}
	}
	return 0, false
}
