package accountlist

import (
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	minori "github.com/minori-hq/minori"
	"github.com/minori-hq/minori/account"
	"github.com/minori-hq/minori/account/edit"
	"github.com/minori-hq/minori/evaluate"
	"github.com/minori-hq/minori/metric"
	"github.com/minori-hq/minori/view"
	"github.com/minori-hq/minori/web/site"
	"github.com/minori-hq/minori/web/ui"
)

// Weeks of the list's sparklines, and how many of them a change goes back.
const (
	sparkWeeks  = 12
	changeWeeks = 4
)

// list is what the page shows.
type list struct {
	*ask
	cat      *catalogue
	columns  []view.Column
	views    []view.View
	computed minori.Day // as of which the list was computed; 0: never
	rows     []row
	total    int64
	sums     map[string]float64
	mayEdit  bool
	people   []ui.Option // who can own accounts, for those who may assign
	undo     *edit.Batch // a change that can be taken back; nil for none
	editor   *editor     // the form for a condition
}

// row is one account of the list.
type row struct {
	id        minori.ID
	key, name string
	cells     map[string]metric.Value
	weeks     []*float64 // scores by week, oldest first; nil: unknown
	owner     string     // "" for nobody
}

// List is the list of accounts.
func (s Pages) List(w http.ResponseWriter, r *site.Request) error {
	cat, q := columnsOf(r), r.URL.Query()
	if q.Has("field") {
		return s.addCondition(w, r, cat)
	}
	views, opens, err := s.Views.List(r.Context(), r.Actor)
	if err != nil {
		return err
	}
	if opens != 0 && bare(q) {
		q.Set("view", strconv.FormatInt(opens, 10))
		http.Redirect(w, r.Request, address(q), http.StatusSeeOther)
		return nil
	}
	from, err := s.currentView(r, views)
	if err != nil {
		return err
	}
	l := &list{cat: cat, views: views, mayEdit: edit.MayEdit(r.Actor) == nil}
	if l.ask, err = s.readAsk(r, cat, q, from); err != nil {
		return err
	}
	l.opens = opens
	if l.ask.page, l.ask.number, err = r.Page(listSize); err != nil {
		return err
	}
	l.columns = cat.choose(l.ask.columns)
	if err := s.fill(r, l); err != nil {
		return err
	}
	return s.Page(w, r, site.Frame{Title: r.View.T("place.accounts"), Place: ui.PlaceAccounts, Query: l.search}, page(r, l))
}

// bare reports whether an address asks for nothing of the list itself.
func bare(q url.Values) bool {
	for name := range q {
		if name != "lang" && name != "undo" {
			return false
		}
	}
	return true
}

// currentView gives the view that an address names; nil for none.
func (s Pages) currentView(r *site.Request, views []view.View) (*view.View, error) {
	return s.viewAmong(r, r.URL.Query().Get("view"), views)
}

// viewIn gives the view that some parameters name; nil for none.
func (s Pages) viewIn(r *site.Request, q url.Values) (*view.View, error) {
	return s.viewAmong(r, q.Get("view"), nil)
}

func (s Pages) viewAmong(r *site.Request, text string, views []view.View) (*view.View, error) {
	if text == "" || text == viewAll {
		return nil, nil
	}
	id, err := strconv.ParseInt(text, 10, 64)
	if err != nil {
		return nil, noView(r)
	}
	if i := slices.IndexFunc(views, func(v view.View) bool { return v.ID == id }); i >= 0 {
		return &views[i], nil
	}
	v, err := s.Views.Get(r.Context(), r.Actor, id)
	if minori.CodeOf(err) == minori.NotFound {
		err = noView(r)
	}
	return &v, err
}

func noView(r *site.Request) error {
	return minori.Errorf(minori.NotFound, "%s", r.View.T("view.not-found"))
}

// fill reads what the page shows: the number of queries does not depend on how
// many rows it has.
func (s Pages) fill(r *site.Request, l *list) error {
	q := l.query()
	q.Columns = l.cells()
	for _, name := range q.Columns {
		if l.cat.by[name].sums() {
			q.Sums = append(q.Sums, name)
		}
	}
	found, err := s.Lake.List(r.Context(), r.Actor, q)
	if minori.CodeOf(err) == minori.Invalid && slices.Contains(q.Columns, evaluate.DragColumn) {
		// The lists were last computed by a program that did not know the column.
		q.Columns = slices.DeleteFunc(q.Columns, func(c string) bool { return c == evaluate.DragColumn || c == evaluate.DragPointsColumn })
		found, err = s.Lake.List(r.Context(), r.Actor, q)
	}
	if err != nil {
		return err
	}
	l.total, l.sums = found.Total, map[string]float64{}
	for i, name := range q.Sums {
		l.sums[name] = found.Sums[i]
	}
	if l.computed, err = s.computed(r, found); err != nil {
		return err
	}
	for _, one := range found.Rows {
		l.rows = append(l.rows, newRow(one, q.Columns))
	}
	if err := s.complete(r, l, l.rows); err != nil {
		return err
	}
	return s.fillForms(r, l)
}

// computed gives the day as of which the list was computed, 0 if it never was.
// A page without rows does not know.
func (s Pages) computed(r *site.Request, found site.ListPage) (minori.Day, error) {
	if found.AsOf == 0 {
		var err error
		if found, err = s.Lake.List(r.Context(), r.Actor, site.ListQuery{Kind: minori.Account, CountOnly: true}); err != nil || found.AsOf == 0 {
			return 0, err
		}
	}
	return minori.At(minori.FromMicros(found.AsOf), r.Config.Zone).Day, nil
}

// fillForms reads what the forms around the table offer.
func (s Pages) fillForms(r *site.Request, l *list) (err error) {
	if l.mayEdit {
		if l.people, err = s.owners(r); err != nil {
			return err
		}
	}
	if text := r.URL.Query().Get("undo"); text != "" && l.mayEdit {
		id, _ := strconv.ParseInt(text, 10, 64) // what is no number is no change
		b, err := s.Edits.Batch(r.Context(), r.Actor, id)
		if err == nil && s.Edits.MayUndo(b) {
			l.undo = &b
		} else if err != nil && minori.CodeOf(err) != minori.NotFound {
			return err
		}
	}
	at := -1
	if text := r.URL.Query().Get("edit"); text != "" {
		if n, err := strconv.Atoi(text); err == nil && n >= 0 && n < len(l.conditions) {
			at = n
		}
	}
	l.editor, err = s.editorFor(r, l, at)
	return err
}

// cells gives the columns of the projection that the chosen columns need.
func (l *list) cells() []string {
	var out []string
	add := func(names ...string) {
		for _, n := range names {
			if l.cat.by[n] != nil && !slices.Contains(out, n) {
				out = append(out, n)
			}
		}
	}
	for _, c := range l.columns {
		switch col := l.cat.by[c.Name]; col.kind {
		case kindWeeks, kindChange:
			add("score:"+l.cat.card.Name(), "band:"+l.cat.card.Name())
		case kindDrag:
			add(c.Name, evaluate.DragPointsColumn)
		case kindScore:
			add(c.Name, "band:"+strings.TrimPrefix(c.Name, "score:"))
		default:
			add(c.Name)
		}
	}
	return out
}

// shows reports whether one of the columns is among the chosen ones.
func (l *list) shows(names ...string) bool {
	return slices.ContainsFunc(l.columns, func(c view.Column) bool { return slices.Contains(names, c.Name) })
}

func newRow(in site.ListRow, columns []string) row {
	out := row{id: in.Subject, key: in.Key, cells: make(map[string]metric.Value, len(columns))}
	for k, name := range columns {
		out.cells[name] = in.Cells[k]
	}
	if out.name = out.cells[colName].Text; out.name == "" {
		out.name = in.Key
	}
	return out
}

// complete adds to rows what the projection does not hold.
func (s Pages) complete(r *site.Request, l *list, rows []row) error {
	if len(rows) == 0 {
		return nil
	}
	ids := make([]minori.ID, len(rows))
	for i := range rows {
		ids[i] = rows[i].id
	}
	if l.shows(colOwner) {
		if err := s.readOwners(r, ids, rows); err != nil {
			return err
		}
	}
	if l.cat.card == nil || l.computed == 0 || !l.shows(colWeeks, colChange, "score:"+l.cat.card.Name()) {
		return nil
	}
	return s.readWeeks(r, l, ids, rows)
}

// readOwners names the owners of the rows.
func (s Pages) readOwners(r *site.Request, ids []minori.ID, rows []row) error {
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
			rows[i].owner = p.Name
		}
	}
	return nil
}

// readWeeks reads the scores of the last weeks of all rows at once.
func (s Pages) readWeeks(r *site.Request, l *list, ids []minori.ID, rows []row) error {
	steps, err := s.Lake.Steps(r.Context(), minori.Account, l.computed, sparkWeeks)
	if err != nil {
		return err
	}
	scores, err := s.Lake.ScoresOf(r.Context(), r.Actor, ids, l.cat.card.ID, steps)
	if err != nil {
		return err
	}
	at, week := map[minori.ID]int{}, map[int64]int{}
	for i, id := range ids {
		at[id] = i
		rows[i].weeks = make([]*float64, sparkWeeks)
	}
	for _, step := range steps {
		week[step.Micros()] = sparkWeeks - 1 - int(l.computed-step.Day)/7
	}
	for _, d := range scores {
		rows[at[d.Subject]].weeks[week[d.AsOf]] = d.Score
	}
	return nil
}

// delta gives the change of the score since some weeks ago, if both are known.
func (a *row) delta(weeks int) (float64, bool) {
	n := len(a.weeks)
	if n <= weeks || a.weeks[n-1] == nil || a.weeks[n-1-weeks] == nil {
		return 0, false
	}
	return *a.weeks[n-1] - *a.weeks[n-1-weeks], true
}

// last gives the last known score of the weeks.
func (a *row) last() (float64, bool) {
	for i := len(a.weeks) - 1; i >= 0; i-- {
		if a.weeks[i] != nil {
			return *a.weeks[i], true
		}
	}
	return 0, false
}

// owners gives the employees an account can be assigned to.
func (s Pages) owners(r *site.Request) ([]ui.Option, error) {
	people, err := s.Accounts.Persons(r.Context(), r.Actor, minori.Page{Limit: minori.MaxPage})
	if err != nil {
		return nil, err
	}
	out := make([]ui.Option, 0, len(people))
	for _, p := range people {
		if p.Left != nil && *p.Left < r.View.Today {
			continue
		}
		name := p.Name
		if name == "" {
			name = p.Key
		}
		out = append(out, ui.Option{Value: p.Key, Label: name})
	}
	slices.SortFunc(out, func(a, b ui.Option) int { return strings.Compare(a.Label, b.Label) })
	return out, nil
}
