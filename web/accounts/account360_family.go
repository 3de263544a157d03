package accounts

import (
	"slices"

	"github.com/a-h/templ"

	minori "github.com/minori-hq/minori"
	"github.com/minori-hq/minori/account"
	"github.com/minori-hq/minori/evaluate"
	"github.com/minori-hq/minori/metric"
	"github.com/minori-hq/minori/revenue"
	"github.com/minori-hq/minori/web/site"
	"github.com/minori-hq/minori/web/ui"
)

// family is the accounts an account belongs together with.
type family struct {
	parent account.Account // ID 0 for none
	below  []relative
	more   bool    // there are others below
	arr    float64 // of this account and all below
	calls  int     // open calls of those below, as the lists know them
	listed bool    // calls is known
}

// relative is an account below another.
type relative struct {
	account.Account
	arr   float64
	score *float64
	band  string
	calls *int
}

// readRelations reads which accounts belong together with this one.
func (s Pages) readRelations(r *site.Request, c *customer) error {
	parent, below, more, err := s.Profiles.Family(r.Context(), r.Actor, c.account)
	if err != nil || parent.ID == 0 && len(below) == 0 {
		return err
	}
	c.family = &family{parent: parent, more: more}
	for _, a := range below {
		c.family.below = append(c.family.below, relative{Account: a})
	}
	return nil
}

// readFamily rolls up what the accounts below are worth and how they are.
func (s Pages) readFamily(r *site.Request, c *customer) error {
	if c.family == nil {
		if err := s.readRelations(r, c); err != nil || c.family == nil {
			return err
		}
	}
	f := c.family
	ids := []minori.ID{c.Subject.ID}
	for i := range f.below {
		ids = append(ids, f.below[i].ID)
	}
	if err := s.rollUpMoney(r, c, ids); err != nil {
		return err
	}
	if len(f.below) == 0 {
		return nil
	}
	if err := s.rollUpHealth(r, c, ids[1:]); err != nil {
		return err
	}
	if r.AsOf.Set {
		return nil // lists know open calls of the present only
	}
	page, err := s.Lake.List(r.Context(), r.Actor, site.ListQuery{Kind: minori.Account, IDs: ids[1:], Columns: []string{evaluate.CallsColumn}, Page: minori.Page{Limit: minori.MaxPage}})
	if err != nil {
		return err
	}
	for _, row := range page.Rows {
		i := slices.IndexFunc(f.below, func(x relative) bool { return x.ID == row.Subject })
		if i >= 0 && row.Cells[0].Reason == metric.Known {
			n := int(row.Cells[0].Num)
			f.below[i].calls, f.listed = &n, true
			f.calls += n
		}
	}
	return nil
}

func (s Pages) rollUpMoney(r *site.Request, c *customer, ids []minori.ID) error {
	entries, err := s.Revenue.Entries(r.Context(), r.Actor, ids, &c.Day)
	if err != nil {
		return err
	}
	rates, err := s.Revenue.RatesAt(r.Context(), r.Actor, c.Day)
	if err != nil {
		return err
	}
	held := revenue.At(entries, c.Day)
	worth := func(id minori.ID) (sum float64) {
		for currency, minor := range held[id] {
			if rate, ok := rates(currency); ok {
				sum += minori.Money{Minor: minor, Currency: currency}.Major() * rate
			}
		}
		return sum
	}
	f := c.family
	f.arr = worth(c.Subject.ID)
	for i := range f.below {
		f.below[i].arr = worth(f.below[i].ID)
		f.arr += f.below[i].arr
	}
	return nil
}

// rollUpHealth reads the stored scores of the newest evaluation up to the day.
func (s Pages) rollUpHealth(r *site.Request, c *customer, ids []minori.ID) error {
	main := r.Config.Program(minori.Account).Main()
	if main == nil {
		return nil
	}
	c.Card, _ = r.Config.Scorecard(main.Name())
	steps, err := s.Lake.Steps(r.Context(), minori.Account, c.Day, 53)
	if err != nil || len(steps) == 0 {
		return err
	}
	scores, err := s.Evaluate.Scores(r.Context(), r.Actor, minori.Account, main.Name(), steps[len(steps)-1], ids)
	if err != nil {
		return err
	}
	for _, x := range scores {
		if i := slices.IndexFunc(c.family.below, func(y relative) bool { return y.ID == x.Subject.ID }); i >= 0 {
			c.family.below[i].score, c.family.below[i].band = x.Explanation.Score, string(x.Explanation.Band)
		}
	}
	return nil
}

// worst gives the account below with the lowest known score.
func (f *family) worst() *relative {
	var out *relative
	for i := range f.below {
		if x := &f.below[i]; x.score != nil && (out == nil || *x.score < *out.score) {
			out = x
		}
	}
	return out
}

// figures rolls the family up.
func (f *family) figures(r *site.Request, c *customer) []ui.FigureProps {
	v, w := r.View, r.Words()
	out := []ui.FigureProps{{Label: v.T("family.arr"), Value: site.MoneyShort(v, f.arr, r.Config.Workspace.Currency), Source: v.T("family.arr.source", "date", v.Date(c.Day))}}
	if len(f.below) == 0 {
		return out
	}
	low := ui.FigureProps{Label: v.T("family.worst"), Unknown: v.T("value.unknown"), Source: v.T("family.worst.source", "date", v.Date(c.Day))}
	if x := f.worst(); x != nil && c.Card != nil {
		low.Value, low.Note, low.URL = site.WriteScore(v, *x.score, c.Card.Def), accountName(&x.Account), r.AccountURL(x.Key)
		h := w.Health(x.score, x.band)
		h.Score = ""
		low.Health = &h
	}
	out = append(out, low)
	if f.listed {
		out = append(out, ui.FigureProps{Label: v.T("family.calls"), Value: v.Int(int64(f.calls)), Source: v.T("family.calls.source")})
	}
	return out
}

func accountName(a *account.Account) string {
	if a.Name == "" {
		return a.Key
	}
	return a.Name
}

// table lists the accounts below.
func (f *family) table(r *site.Request) ui.TableProps {
	v, w := r.View, r.Words()
	t := ui.TableProps{Caption: v.T("family.below"), Columns: []ui.Column{{Label: v.T("account.account"), Primary: true}, {Label: v.T("family.health")}, {Label: v.T("account.arr"), Numeric: true}}}
	if f.listed {
		t.Columns = append(t.Columns, ui.Column{Label: v.T("account.calls-short"), Numeric: true, Hint: v.T("family.calls.source")})
	}
	for i := range f.below {
		x := &f.below[i]
		cells := []templ.Component{ui.Words(accountName(&x.Account)), ui.Health(v, w.Health(x.score, x.band)), ui.Words(site.MoneyShort(v, x.arr, r.Config.Workspace.Currency))}
		if f.listed {
			n := templ.Component(ui.Words(""))
			if x.calls != nil {
				n = site.Count(v, *x.calls)
			}
			cells = append(cells, n)
		}
		t.Rows = append(t.Rows, ui.Row{URL: r.AccountURL(x.Key), Cells: cells})
	}
	return t
}
