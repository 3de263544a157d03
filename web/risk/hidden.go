package risk

import (
	"net/http"
	"strconv"

	"github.com/a-h/templ"

	minori "github.com/minori-hq/minori"
	"github.com/minori-hq/minori/account"
	"github.com/minori-hq/minori/evaluate"
	"github.com/minori-hq/minori/metric"
	"github.com/minori-hq/minori/web/site"
	"github.com/minori-hq/minori/web/ui"
)

// Bounds of the page.
const (
	pageSize = 50
	maxQuiet = 3650 // days
)

// Columns of a row, in the order of site.HiddenQuery.
const (
	cellName = iota
	cellARR
	cellCSM
	cellRenewal
	cellScore
	cellSigns
)

// model is the page.
type model struct {
	ui.View
	Title    string
	Sentence string
	Whose    string // mine or all
	Quiet    string
	Tabs     []ui.Tab
	Table    ui.TableProps
	Empty    *ui.EmptyProps
}

// HiddenRisk lists the accounts that are green by score while other signs say
// something else, by ARR.
func (s Pages) HiddenRisk(w http.ResponseWriter, r *site.Request) error {
	m := model{View: r.View, Title: r.View.T("hidden.title"), Whose: "all"}
	page, number, err := r.Page(pageSize)
	if err != nil {
		return err
	}
	quiet, err := readQuiet(r)
	if err != nil {
		return err
	}
	m.Quiet = strconv.Itoa(quiet)
	view, err := r.OneOf("view", []ui.Option{{Value: "mine"}, {Value: "all"}})
	if err != nil {
		return err
	}
	if view == "" && r.Actor.Person != 0 || view == "mine" {
		m.Whose = "mine"
	}
	if r.Actor.Person != 0 {
		for _, t := range [][2]string{{"mine", r.View.T("cockpit.mine")}, {"all", r.View.T("cockpit.all")}} {
			m.Tabs = append(m.Tabs, ui.Tab{Label: t[1], Current: m.Whose == t[0], URL: r.Link("/hidden-risk", "view", t[0], "days", m.Quiet)})
		}
	}
	if err := s.fill(r, &m, quiet, page, number); err != nil {
		return err
	}
	return s.Page(w, r, site.Frame{Title: m.Title, Place: ui.PlaceAccounts,
		Crumbs: []ui.Link{{Label: r.View.T("place.accounts"), URL: "/accounts"}, {Label: m.Title}}}, hiddenPage(m))
}

// readQuiet reads after how many days an account counts as quiet.
func readQuiet(r *site.Request) (int, error) {
	text := r.URL.Query().Get("days")
	if text == "" {
		return evaluate.QuietDays, nil
	}
	n, err := strconv.Atoi(text)
	if err != nil || n < 1 || n > maxQuiet {
		return 0, site.Invalid(r.View.T("hidden.bad-days", "value", site.Clip(text, 40), "most", maxQuiet))
	}
	return n, nil
}

func (s Pages) fill(r *site.Request, m *model, quiet int, page minori.Page, number int) error {
	card := r.Config.Program(minori.Account).Main()
	list := site.ListPage{}
	if card != nil {
		q := site.HiddenQuery(card, quiet)
		q.Page, q.Sums = page, []string{q.Sort}
		if m.Whose == "mine" {
			var err error
			if q.IDs, err = s.Desk.Book(r.Context(), r.Actor, []minori.ID{r.Actor.Person}); err != nil {
				return err
			}
		}
		var err error
		if list, err = s.Lake.List(r.Context(), r.Actor, q); site.NotComputed(err) != nil {
			return err
		}
	}
	if card == nil || list.AsOf == 0 {
		m.Empty = &ui.EmptyProps{Icon: ui.IconScorecards, Title: r.View.T("hidden.not-computed"), Text: r.View.T("hidden.not-computed.todo"),
			Link: ui.Link{Label: r.View.T("place.scorecards"), URL: "/scorecards"}}
		return nil
	}
	arr := 0.0
	if len(list.Sums) > 0 {
		arr = list.Sums[0]
	}
	day := site.DayIn(r, list.AsOf)
	m.Sentence = r.View.T("hidden.sentence", "count", int(list.Total), "arr", site.MoneyShort(r.View, arr, r.Config.Workspace.Currency), "date", r.View.Date(day))
	owners, err := s.owners(r, list.Rows)
	if err != nil {
		return err
	}
	m.Table = s.table(r, card, list, owners, quiet)
	m.Table.Paging = r.Paging(number, pageSize, len(list.Rows), int(list.Total), "/hidden-risk", "view", m.Whose, "days", m.Quiet)
	return nil
}

// owners names the CSMs of the rows.
func (s Pages) owners(r *site.Request, rows []site.ListRow) (map[string]string, error) {
	refs := make([]string, len(rows))
	for i := range rows {
		refs[i] = rows[i].Cells[cellCSM].Text
	}
	people, err := s.Accounts.PersonsByRef(r.Context(), refs)
	if err != nil {
		return nil, err
	}
	ids := make([]minori.ID, 0, len(people))
	for _, id := range people {
		ids = append(ids, id)
	}
	labels := map[minori.ID]account.Label{}
	if len(ids) > 0 {
		if labels, err = s.Accounts.Labels(r.Context(), r.Actor, ids); err != nil {
			return nil, err
		}
	}
	out := make(map[string]string, len(people))
	for ref, id := range people {
		out[ref] = site.LabelName(labels[id])
	}
	return out, nil
}

func (s Pages) table(r *site.Request, card *evaluate.Card, list site.ListPage, owners map[string]string, quiet int) ui.TableProps {
	w, day := r.Words(), site.DayIn(r, list.AsOf)
	t := ui.TableProps{Caption: w.T("hidden.title"), Columns: []ui.Column{
		{Label: w.T("call.account"), Primary: true}, {Label: w.T("account.arr"), Numeric: true}, {Label: w.Scorecard(card.Name()), Tight: true},
		{Label: w.T("hidden.signs")}, {Label: w.T("hidden.renewal"), Tight: true}, {Label: w.T("call.owner")},
	}, Empty: &ui.EmptyProps{Icon: ui.IconGood, Title: w.T("hidden.none"), Text: w.T("hidden.none.text", "days", quiet)}}
	for _, row := range list.Rows {
		c := row.Cells
		name := row.Key
		if c[cellName].Text != "" {
			name = c[cellName].Text
		}
		h, _ := evaluate.HiddenOf(string(ui.Green), c[cellSigns:])
		renewal := ui.NoValue(r.View, w.T("hidden.no-renewal"))
		if c[cellRenewal].Reason == metric.Known {
			renewal = ui.Words(site.Capital(w.Relative(day + minori.Day(c[cellRenewal].Num))))
		}
		owner := w.T("call.nobody")
		if o, ok := owners[c[cellCSM].Text]; ok {
			owner = o
		}
		t.Rows = append(t.Rows, ui.Row{URL: r.AccountURL(row.Key), Cells: []templ.Component{
			ui.Words(name), ui.Words(site.MoneyShort(r.View, c[cellARR].Num, r.Config.Workspace.Currency)),
			ui.Health(r.View, w.Health(&c[cellScore].Num, string(ui.Green))), ui.Reasons(site.HiddenSigns(w, h, quiet, day)), renewal, ui.Words(owner),
		}})
	}
	return t
}
