package accountlist

import (
	"net/url"
	"slices"
	"strconv"
	"strings"

	minori "github.com/minori-hq/minori"
	"github.com/minori-hq/minori/view"
	"github.com/minori-hq/minori/web/site"
	"github.com/minori-hq/minori/web/ui"
)

// Bounds of what an address may ask of the list.
const (
	listSize   = 50
	maxPicked  = 500
	maxValues  = 30
	viewAll    = "all" // the list as it comes, whatever view it opens with
	defaultKey = "-" + colARR
)

// ask is what an address asks of the list.
type ask struct {
	view       *view.View // the saved view; nil for none
	opens      int64      // the view that the reader's list opens with; 0 for none
	conditions []condition
	dropped    []string // why conditions of the view do not hold any more
	search     string
	sort       string
	desc       bool
	columns    []view.Column // none: the standard ones
	page       minori.Page
	number     int
}

// settings gives what a view would keep of the ask.
func (a *ask) settings() view.Settings {
	s := view.Settings{Columns: a.columns, Search: a.search, Sort: a.sort, Desc: a.desc}
	for _, c := range a.conditions {
		s.Filters = append(s.Filters, c.String())
	}
	return s
}

// stateOf gives settings as fields of a form.
func stateOf(s view.Settings) url.Values {
	s = withSort(s)
	q := url.Values{"f": s.Filters, "sort": {s.Sort}}
	if s.Desc {
		q.Set("sort", "-"+s.Sort)
	}
	if s.Search != "" {
		q.Set("q", s.Search)
	}
	for _, c := range s.Columns {
		q.Add("c", writeColumn(c))
	}
	return q
}

// state gives the list said in full, as fields of a form.
func (a *ask) state() url.Values { return stateOf(a.settings()) }

// modified reports whether the ask is not what its view says.
func (a *ask) modified() bool {
	if a.view == nil {
		return len(a.conditions) > 0 || a.search != "" || len(a.columns) > 0 || a.sortParam() != defaultKey
	}
	return !a.settings().Equal(withSort(a.view.Settings))
}

// withSort gives settings that say how they are sorted.
func withSort(s view.Settings) view.Settings {
	if s.Sort == "" {
		s.Sort, s.Desc = colARR, true
	}
	return s
}

// params gives the ask as an address, without its page.
func (a *ask) params() url.Values {
	q := url.Values{}
	if a.view != nil {
		q.Set("view", strconv.FormatInt(a.view.ID, 10))
		if !a.modified() {
			return q
		}
	}
	for _, c := range a.conditions {
		q.Add("f", c.String())
	}
	if a.search != "" {
		q.Set("q", a.search)
	}
	if sort := a.sortParam(); sort != defaultKey || a.view != nil {
		q.Set("sort", sort)
	}
	for _, c := range a.columns {
		q.Add("c", writeColumn(c))
	}
	return q
}

func (a *ask) sortParam() string {
	if a.desc {
		return "-" + a.sort
	}
	return a.sort
}

// address writes parameters as an address of the list.
func address(q url.Values) string {
	if len(q) == 0 {
		return "/accounts?view=" + viewAll
	}
	return "/accounts?" + q.Encode()
}

// address gives the address of the ask.
func (a *ask) address() string { return address(a.params()) }

// without gives the address without condition i, or the search for -1.
func (a *ask) without(i int) string {
	b := *a
	if i < 0 {
		b.search = ""
	} else {
		b.conditions = slices.Delete(slices.Clone(a.conditions), i, i+1)
	}
	return b.address()
}

// cleared gives the address without conditions and search.
func (a *ask) cleared() string {
	b := *a
	b.conditions, b.search = nil, ""
	return b.address()
}

// editing gives the address that shows the form with condition i.
func (a *ask) editing(i int) string {
	q := a.params()
	q.Set("edit", strconv.Itoa(i))
	return address(q)
}

// sorted gives the address that sorts by a column; by the one it is sorted by
// already in the other direction. Texts start ascending, numbers descending.
func (a *ask) sorted(column string, desc bool) string {
	b := *a
	if b.sort == column {
		desc = !b.desc
	}
	b.sort, b.desc = column, desc
	return b.address()
}

// paged gives the address of another page.
func (a *ask) paged(n int) string {
	q := a.params()
	if n > 1 {
		q.Set("page", strconv.Itoa(n))
	}
	return address(q)
}

// query gives the ask as a question to the lake.
func (a *ask) query() site.ListQuery {
	q := site.ListQuery{Kind: minori.Account, Search: a.search, Sort: a.sort, Desc: a.desc, Page: a.page}
	for _, c := range a.conditions {
		q.Filters = append(q.Filters, c.filters...)
	}
	return q
}

// readAsk reads what parameters ask of the list, starting from a view.
func (s Pages) readAsk(r *site.Request, cat *catalogue, q url.Values, from *view.View) (*ask, error) {
	a := &ask{view: from, sort: colARR, desc: true}
	explicit := from == nil || q.Has("f") || q.Has("q") || q.Has("sort") || q.Has("c")
	set := view.Settings{}
	if explicit {
		set.Filters, set.Search, set.Sort = q["f"], strings.TrimSpace(q.Get("q")), q.Get("sort")
		set.Sort, set.Desc = strings.CutPrefix(set.Sort, "-")
		if len(q["c"]) > view.MaxColumns {
			return nil, site.Invalid(r.View.T("list.too-many-columns", "count", view.MaxColumns))
		}
		for _, c := range q["c"] {
			set.Columns = append(set.Columns, parseColumn(c))
		}
	} else {
		set = from.Settings
	}
	if len(set.Search) > view.MaxSearch {
		return nil, site.Invalid(r.View.T("list.search-long", "count", view.MaxSearch))
	}
	if len(set.Filters) > view.MaxFilters {
		return nil, site.Invalid(r.View.T("list.too-many", "count", view.MaxFilters))
	}
	a.search, a.columns = set.Search, set.Columns
	for _, text := range set.Filters {
		c, err := s.parseCondition(r, cat, text)
		switch {
		case err == nil:
			a.conditions = append(a.conditions, c)
		case explicit || minori.CodeOf(err) != minori.Invalid:
			return nil, err
		default: // what the view asks for was defined otherwise when it was saved
			a.dropped = append(a.dropped, site.FormMessage(r.View, err))
		}
	}
	if set.Sort != "" {
		if c := cat.by[set.Sort]; c != nil && c.stored() {
			a.sort, a.desc = set.Sort, set.Desc
		} else if explicit {
			return nil, noColumn(r.View, set.Sort)
		}
	}
	return a, nil
}

func noColumn(v ui.View, name string) error {
	return site.Invalid(v.T("list.no-column", "name", site.Clip(name, 60)))
}
