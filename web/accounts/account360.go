package accounts

import (
	"net/http"
	"slices"

	minori "github.com/minori-hq/minori"
	"github.com/minori-hq/minori/account"
	"github.com/minori-hq/minori/action"
	"github.com/minori-hq/minori/evaluate"
	"github.com/minori-hq/minori/metric"
	"github.com/minori-hq/minori/resource"
	"github.com/minori-hq/minori/revenue"
	"github.com/minori-hq/minori/web/site"
	"github.com/minori-hq/minori/web/ui"
)

// Spans that the page looks back over, in days, and how much it lists.
const (
	historyDays  = 366
	sinceDays    = 30
	weekDays     = 7
	chartWeeks   = 52
	maxCharts    = 8
	maxListed    = 100
	maxTimeline  = 80
	maxOnOnePage = 200
)

// The tabs of the page.
const (
	tabOverview = "overview"
	tabUsage    = "usage"
	tabTimeline = "timeline"
	tabFacts    = "facts"
)

// customer is everything the page about one account shows. Every part is as of
// one day: the one asked for, else the present.
type customer struct {
	tab      string
	day      minori.Day
	currency string
	subject  minori.Subject
	account  account.Account // as of the day
	owner    string          // "" for nobody
	began    minori.Day      // first day of existence, 0 if not known
	card     *resource.Scorecard
	history  []site.ScoreDay // stored scores up to the day, oldest first
	change   evaluate.Change
	scored   bool // change holds the newest stored score
	calls    []action.Call
	subs     []revenue.Subscription
	arr      float64
	renewal  *minori.Day
	unrated  []string // currencies without a rate on the day

	charts    []metricChart
	events    []happening
	contacts  []account.Contact
	tickets   []account.Ticket
	fields    []fact
	latest    map[int64]evaluate.Latest
	cutEvents bool // there is more than the timeline shows
}

// Account is the page about one account.
func (s Pages) Account(w http.ResponseWriter, r *site.Request) error {
	c := &customer{tab: r.URL.Query().Get("tab"), day: r.AsOf.Day, currency: r.Config.Workspace.Currency}
	if c.tab == "" {
		c.tab = tabOverview
	}
	if !slices.Contains([]string{tabOverview, tabUsage, tabTimeline, tabFacts}, c.tab) {
		return minori.Errorf(minori.Invalid, "%s", r.View.T("account.no-tab", "name", site.Clip(c.tab, 40)))
	}
	var err error
	if c.subject, err = s.Accounts.ByKey(r.Context(), r.Actor, minori.Account, r.PathValue("id")); err != nil {
		return err
	}
	for _, read := range []func(*site.Request, *customer) error{s.readIdentity, s.readMoney, s.readHealth, s.readCalls, s.readTab} {
		if err := read(r, c); err != nil {
			return err
		}
	}
	f := site.Frame{Title: c.name(), Place: ui.PlaceAccounts, Charts: c.tab == tabOverview || c.tab == tabUsage, AsOf: true, Oldest: c.began,
		Crumbs: []ui.Link{{Label: r.View.T("place.accounts"), URL: "/accounts"}, {Label: c.name()}}}
	return s.Page(w, r, f, account360Page(r, c))
}

// name is the account's name, its source's id if it has none.
func (c *customer) name() string {
	if c.account.Name == "" {
		return c.subject.Key
	}
	return c.account.Name
}

// readIdentity reads who the account is and who looks after it.
func (s Pages) readIdentity(r *site.Request, c *customer) error {
	var err error
	if c.account, err = s.Accounts.Account(r.Context(), r.Actor, c.subject.ID); err != nil {
		return err
	}
	if r.AsOf.Set {
		if err := s.rewind(r, c); err != nil {
			return err
		}
	}
	if c.account.CSMPerson == 0 {
		return nil
	}
	names, err := s.Accounts.Labels(r.Context(), r.Actor, []minori.ID{c.account.CSMPerson})
	c.owner = names[c.account.CSMPerson].Name
	return err
}

// readMoney reads the subscriptions, and from them ARR and renewal of the day.
func (s Pages) readMoney(r *site.Request, c *customer) error {
	var err error
	if c.subs, err = s.Revenue.Subscriptions(r.Context(), r.Actor, c.subject.ID); err != nil {
		return err
	}
	rates, err := s.Revenue.RatesAt(r.Context(), r.Actor, c.day)
	if err != nil {
		return err
	}
	if d := c.account.SignedUp; d != nil {
		c.began = *d
	}
	for i := range c.subs {
		sub := &c.subs[i]
		if c.began == 0 || sub.Start < c.began {
			c.began = sub.Start
		}
		if !sub.ActiveOn(c.day) {
			continue
		}
		if sub.End != nil && (c.renewal == nil || *sub.End < *c.renewal) {
			c.renewal = sub.End
		}
		if !sub.Counts() {
			continue
		}
		rate, ok := rates(sub.Currency)
		if !ok {
			c.unrated = append(c.unrated, sub.Currency)
		}
		c.arr += minori.Money{Minor: sub.ARR, Currency: sub.Currency}.Major() * rate
	}
	return nil
}

// readHealth reads the history of the main score, and explains its newest
// value and the change since a month before.
func (s Pages) readHealth(r *site.Request, c *customer) error {
	main := mainCard(r.Config.Program(minori.Account))
	if main == nil {
		return nil
	}
	c.card, _ = r.Config.Scorecard(main.Name())
	var err error
	c.history, err = s.Lake.ScoreHistory(r.Context(), c.subject.ID, main.ID, c.day-historyDays, c.day)
	if err != nil || len(c.history) == 0 {
		return err
	}
	now := c.stored(r, len(c.history)-1)
	var since *minori.AsOf
	for i := len(c.history) - 2; i >= 0; i-- {
		if c.history[i].Day <= now.Day-sinceDays {
			at := c.stored(r, i)
			since = &at
			break
		}
	}
	c.change, err = s.Evaluate.Explain(r.Context(), r.Actor, main.Name(), c.subject, now, since)
	c.scored = err == nil
	return err
}

// stored gives the as-of of a stored score.
func (c *customer) stored(r *site.Request, i int) minori.AsOf {
	return minori.At(minori.FromMicros(c.history[i].AsOf), r.Config.Zone)
}

// lastKnown gives the newest score that is known.
func (c *customer) lastKnown() (site.ScoreDay, bool) {
	for i := len(c.history) - 1; i >= 0; i-- {
		if c.history[i].Score != nil {
			return c.history[i], true
		}
	}
	return site.ScoreDay{}, false
}

// readCalls reads the calls to action that had been opened by the day.
func (s Pages) readCalls(r *site.Request, c *customer) error {
	calls, _, err := s.Actions.List(r.Context(), r.Actor, action.Filter{Subject: c.subject.ID, Sort: action.ByOpened}, minori.Page{Limit: maxOnOnePage})
	if err != nil {
		return err
	}
	end := minori.EndOf(c.day, r.Config.Zone).Micros()
	for _, call := range calls {
		if call.OpenedAsOf > end {
			continue
		}
		if r.AsOf.Set {
			call = rewound(call, end)
		}
		c.calls = append(c.calls, call)
	}
	return nil
}

// rewound is a call as it stood at an instant. Whatever moved it later is not
// known yet: a call that was closed later is open.
func rewound(call action.Call, at int64) action.Call {
	closed := call.ClosedAt
	if call.CloseOnEnd && call.Recovered != 0 {
		closed = min(closed, call.Recovered) // closed by the evaluation of that time
	}
	if call.Status == action.StatusClosed && closed > at {
		call.Status, call.Outcome = action.StatusInProgress, ""
	}
	if call.Recovered > at {
		call.Recovered = 0
	}
	return call
}

// openCalls counts the calls that were open at the end of the page's day.
func (c *customer) openCalls() int { return len(c.callsBy(true)) }

// readTab reads what only one tab shows.
func (s Pages) readTab(r *site.Request, c *customer) error {
	switch c.tab {
	case tabUsage:
		return s.readSeries(r, c)
	case tabTimeline:
		return s.readTimeline(r, c)
	case tabFacts:
		return s.readFacts(r, c)
	}
	return nil
}

// health is the badge of the newest score, or why there is none.
func (c *customer) health(v site.Wording) ui.HealthProps {
	x := c.change.Now
	if !c.scored || x.Score == nil {
		p := ui.HealthProps{Note: c.unknownWhy(v), Pill: true}
		if last, ok := c.lastKnown(); ok && x.Because == metric.Stale {
			p.Band, p.Score = ui.Stale, site.WriteScore(v.View, *last.Score, c.card.Def)
			p.Note = v.T("account.last-known", "date", v.Date(last.Day))
		}
		return p
	}
	return ui.HealthProps{Band: ui.Band(x.Band), Score: site.WriteScore(v.View, *x.Score, c.card.Def), Pill: true}
}

// unknownWhy says why there is no score.
func (c *customer) unknownWhy(w site.Wording) string {
	if !c.scored {
		return w.T("account.not-evaluated", "date", w.Date(c.day))
	}
	return w.Unscored(c.change.Now.Reason)
}
