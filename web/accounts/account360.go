package accounts

import (
	"net/http"
	"net/url"
	"slices"

	"golang.org/x/sync/errgroup"

	minori "github.com/minori-hq/minori"
	"github.com/minori-hq/minori/account"
	"github.com/minori-hq/minori/revenue"
	"github.com/minori-hq/minori/web/site"
	"github.com/minori-hq/minori/web/subject"
	"github.com/minori-hq/minori/web/ui"
)

// How much the page lists.
const maxListed = 100

// The panels of the page beside those that a person's page has, too.
const (
	panelPeople    = "people"
	panelContracts = "contracts"
	panelFamily    = "family"
)

// customer is everything the page about one account shows. Every part is as of
// one day: the one asked for, else the present.
type customer struct {
	*subject.Page
	panel   string
	account account.Account // as of the day
	owner   account.Label   // ID 0 for nobody
	subs    []revenue.Subscription
	arr     float64
	renewal *minori.Day
	unrated []string // currencies without a rate on the day

	contacts []account.Contact
	last     map[minori.ID]int64 // when contacts last took part in something
	tickets  []account.Ticket
	family   *family
	signs    []string // of hidden risk, at present
}

// shared gives what this page shares with that of a person.
func (s Pages) shared() subject.Pages { return subject.Pages{Site: s.Site} }

// customer finds the account of the address.
func (s Pages) customer(r *site.Request) (*customer, error) {
	found, err := s.Accounts.ByKey(r.Context(), r.Actor, minori.Account, r.PathValue("id"))
	if err != nil {
		return nil, subject.Missing(r, minori.Account, err)
	}
	c := &customer{Page: &subject.Page{Subject: found, Path: "/accounts/" + url.PathEscape(found.Key), Place: ui.PlaceAccounts, Day: r.AsOf.Day}}
	if c.account, err = s.Accounts.Account(r.Context(), r.Actor, found.ID); err != nil {
		return nil, subject.Missing(r, minori.Account, err)
	}
	if r.AsOf.Set {
		if err := s.rewind(r, c); err != nil {
			return nil, err
		}
	}
	if c.Name = c.account.Name; c.Name == "" {
		c.Name = found.Key
	}
	if d := c.account.SignedUp; d != nil {
		c.Began = *d
	}
	return c, nil
}

// Account is the page about one account, or for a script one of its panels.
func (s Pages) Account(w http.ResponseWriter, r *site.Request) error {
	c, err := s.customer(r)
	if err != nil {
		return err
	}
	c.panel = r.URL.Query().Get("tab")
	read, ok := s.panels()[c.panel]
	if !ok {
		return minori.Errorf(minori.Invalid, "%s", r.View.T("account.no-tab", "name", site.Clip(c.panel, 40)))
	}
	if r.HTMX() && c.panel != subject.PanelOverview {
		if err := read(r, c); err != nil {
			return err
		}
		if c.panel == subject.PanelTimeline {
			return s.shared().AnswerTimeline(w, r, c.Page)
		}
		return s.Part(w, r, panelOf(r, c))
	}
	if err := s.readWhole(r, c, read); err != nil {
		return err
	}
	if !r.AsOf.Set {
		hidden, err := s.HiddenRisk(r, []minori.ID{c.Subject.ID})
		if err != nil {
			return err
		}
		c.signs = hidden[c.Subject.ID]
	}
	f := site.Frame{Title: c.Name, Place: ui.PlaceAccounts, Charts: c.panel == subject.PanelOverview || c.panel == subject.PanelUsage, AsOf: true, Oldest: c.Began,
		Crumbs: []ui.Link{{Label: r.View.T("place.accounts"), URL: "/accounts"}, {Label: c.Name}}}
	return s.Page(w, r, f, account360Page(r, c))
}

// panels gives what reads each panel of the page.
func (s Pages) panels() map[string]func(*site.Request, *customer) error {
	shared := s.shared()
	return map[string]func(*site.Request, *customer) error{
		subject.PanelOverview: func(r *site.Request, c *customer) error { return shared.ReadLatest(r, c.Page) },
		subject.PanelTimeline: func(r *site.Request, c *customer) error { return shared.ReadTimeline(r, c.Page) },
		subject.PanelUsage: func(r *site.Request, c *customer) error {
			card := r.Config.Program(minori.Account).Main()
			if card != nil && c.Card == nil {
				c.Card, _ = r.Config.Scorecard(card.Name())
			}
			return shared.ReadSeries(r, c.Page)
		},
		subject.PanelFacts: s.readFields,
		panelPeople:        s.readContacts,
		panelContracts:     s.readContracts,
		panelFamily:        s.readFamily,
	}
}

// readWhole reads the head of the page, and the panel it shows, side by side.
func (s Pages) readWhole(r *site.Request, c *customer, panel func(*site.Request, *customer) error) error {
	shared := s.shared()
	reads := []func(*site.Request, *customer) error{
		s.readOwner, s.readMoney,
		func(r *site.Request, c *customer) error {
			if err := shared.ReadHealth(r, c.Page); err != nil {
				return err
			}
			if c.panel == subject.PanelUsage { // its charts begin with what the score rests on
				return panel(r, c)
			}
			return nil
		},
		func(r *site.Request, c *customer) error { return shared.ReadCalls(r, c.Page) },
		s.readRelations,
	}
	if c.panel != subject.PanelUsage && c.panel != panelFamily {
		reads = append(reads, panel)
	}
	if err := together(r, c, reads); err != nil {
		return err
	}
	if c.panel == panelFamily {
		return panel(r, c)
	}
	return nil
}

// together runs reads side by side, each on fields of its own.
func together(r *site.Request, c *customer, reads []func(*site.Request, *customer) error) error {
	group, ctx := errgroup.WithContext(r.Context())
	in := *r
	in.Request = r.Request.WithContext(ctx)
	for _, read := range reads {
		group.Go(func() error { return read(&in, c) })
	}
	return group.Wait()
}

// readOwner reads who looks after the account.
func (s Pages) readOwner(r *site.Request, c *customer) error {
	if c.account.CSMPerson == 0 {
		return nil
	}
	names, err := s.Accounts.Labels(r.Context(), r.Actor, []minori.ID{c.account.CSMPerson})
	c.owner = names[c.account.CSMPerson]
	return err
}

// readMoney reads the subscriptions, and from them ARR and renewal of the day.
func (s Pages) readMoney(r *site.Request, c *customer) error {
	var err error
	if c.subs, err = s.Revenue.Subscriptions(r.Context(), r.Actor, c.Subject.ID); err != nil {
		return err
	}
	c.subs = slices.DeleteFunc(c.subs, func(x revenue.Subscription) bool { return x.Removed })
	rates, err := s.Revenue.RatesAt(r.Context(), r.Actor, c.Day)
	if err != nil {
		return err
	}
	for i := range c.subs {
		sub := &c.subs[i]
		if c.Began == 0 || sub.Start < c.Began {
			c.Began = sub.Start
		}
		if !sub.ActiveOn(c.Day) {
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
	slices.Sort(c.unrated)
	c.unrated = slices.Compact(c.unrated)
	return nil
}

// rewind sets the account's fields to what held at the page's as-of.
func (s Pages) rewind(r *site.Request, c *customer) error {
	standard, custom, err := s.shared().Rewind(r, minori.Account, c.Subject.ID)
	if err != nil {
		return err
	}
	a, csm := &c.account, c.account.CSM
	for name, put := range map[string]*string{"name": &a.Name, "parent": &a.Parent, "industry": &a.Industry, "country": &a.Country, "csm": &a.CSM, "tier": &a.Tier} {
		*put = subject.TextOf(standard[name])
	}
	a.Seats, a.SignedUp, a.Fields = standard["seats"].Num, subject.DayOf(standard["signed_up"]), custom
	if a.CSM == csm {
		return nil
	}
	a.CSMPerson = 0
	if a.CSM == "" {
		return nil
	}
	ids, err := s.Accounts.PersonsByRef(r.Context(), []string{a.CSM})
	a.CSMPerson = ids[a.CSM]
	return err
}

// readFields reads all fields of the account.
func (s Pages) readFields(r *site.Request, c *customer) error {
	a := &c.account
	standard := map[string]account.Value{
		"parent": account.Text(a.Parent), "industry": account.Text(a.Industry), "country": account.Text(a.Country), "csm": account.Text(a.CSM),
		"tier": account.Text(a.Tier), "seats": {Num: a.Seats}, "signed_up": subject.DateValue(a.SignedUp),
	}
	if err := s.shared().ReadFields(r, c.Page, standard, a.Fields); err != nil {
		return err
	}
	if c.panel == subject.PanelFacts && r.HTMX() {
		return s.readOwner(r, c)
	}
	return nil
}

// readContracts reads subscriptions, and tickets as they stood.
func (s Pages) readContracts(r *site.Request, c *customer) error {
	tickets, err := s.Accounts.Tickets(r.Context(), r.Actor, c.Subject.ID, minori.Page{Limit: minori.MaxPage})
	if err != nil {
		return err
	}
	end := c.End(r)
	for _, t := range tickets {
		if t.Opened > end || len(c.tickets) == maxListed {
			continue
		}
		if t.Closed != nil && *t.Closed > end {
			t.Closed, t.CSAT = nil, nil
		}
		if m := t.FirstResponseMinutes; m != nil && t.Opened+int64(*m*60e6) > end {
			t.FirstResponseMinutes = nil
		}
		c.tickets = append(c.tickets, t)
	}
	if r.HTMX() {
		return s.readMoney(r, c)
	}
	return nil
}

// readContacts reads the contacts and when each was last in touch.
func (s Pages) readContacts(r *site.Request, c *customer) error {
	var err error
	if c.contacts, err = s.Accounts.Contacts(r.Context(), r.Actor, c.Subject.ID, minori.Page{Limit: maxListed}); err != nil {
		return err
	}
	c.last, err = s.Profiles.LastContacts(r.Context(), r.Actor, c.Subject.ID, c.End(r))
	return err
}
