package home

import (
	"cmp"
	"slices"

	minori "github.com/minori-hq/minori"
	"github.com/minori-hq/minori/action"
	"github.com/minori-hq/minori/web/site"
	"github.com/minori-hq/minori/web/ui"
)

// coming lists renewals and calls that wake, the nearest first.
func (d *day) coming(m *model) error {
	m.Coming = part{Title: d.w.T("home.coming"), Note: d.w.T("home.coming.note", "days", site.RenewalDays)}
	var all []dated
	for _, read := range []func() ([]dated, error){d.renewing, d.waking} {
		list, err := read()
		if err != nil {
			return err
		}
		all = append(all, list...)
	}
	slices.SortStableFunc(all, func(a, b dated) int { return cmp.Compare(a.day, b.day) })
	for _, x := range all[:min(len(all), 2*rows)] {
		m.Coming.Lines = append(m.Coming.Lines, x.line)
	}
	if len(all) == 0 {
		m.Coming.Empty = &ui.EmptyProps{Icon: ui.IconCalendar, Title: d.w.T("home.nothing-comes"), Text: d.w.T("home.nothing-comes.text")}
	}
	return nil
}

// dated is a line with the day that orders it.
type dated struct {
	day  minori.Day
	line line
}

// renewing gives the accounts that renew soon.
func (d *day) renewing() ([]dated, error) {
	list, _, err := d.s.Renewals(d.r, d.accounts, site.RenewalDays, rows)
	if err != nil {
		return nil, err
	}
	_, d.renewals, err = d.s.Renewals(d.r, d.accounts, weekDays, 1)
	if err != nil {
		return nil, err
	}
	var out []dated
	for i := range list {
		a := &list[i]
		l := line{Mark: ui.Icon(d.w.View, ui.IconRetention), Title: a.Name, URL: d.r.AccountURL(a.Key),
			Below: d.w.T("home.renewal", "arr", site.MoneyShort(d.w.View, a.ARR, d.r.Config.Workspace.Currency)),
			End:   ui.Health(d.w.View, d.w.Health(a.Score, a.Band))}
		l.at(d, a.Day)
		out = append(out, dated{a.Day, l})
	}
	return out, nil
}

// tasks lists the tasks that are due within a week, below the calls that are due.
func (d *day) tasks(m *model) error {
	by := d.s.Actions.Today() + aheadDays
	tasks, total, err := d.s.Bulk.Tasks(d.r.Context(), d.r.Actor, action.TaskFilter{Who: d.mine.Owners, DueBy: &by}, minori.Page{Limit: taskRows})
	if err != nil {
		return err
	}
	ids := make([]minori.ID, len(tasks))
	for i := range tasks {
		ids[i] = tasks[i].Subject.ID
	}
	names, err := d.names(ids)
	if err != nil {
		return err
	}
	m.Tasks = part{Title: d.w.T("home.tasks"), Note: d.w.T("home.task-count", "count", total)}
	for i := range tasks {
		t := &tasks[i]
		l := line{Mark: ui.Icon(d.w.View, ui.IconCheck), Title: d.w.Titled(t.Title, t.Name), URL: d.r.CallURL(t.Call), Drawer: true, Below: names[t.Subject.ID]}
		l.at(d, t.Due)
		m.Tasks.Lines = append(m.Tasks.Lines, l)
	}
	if rest := total - len(tasks); rest > 0 {
		m.Tasks.More = ui.Link{Label: d.w.T("home.more", "count", rest), URL: "/cockpit"}
	}
	return nil
}

// waking gives the snoozed calls that wake within a week.
func (d *day) waking() ([]dated, error) {
	by := d.s.Actions.Today() + aheadDays
	calls, _, err := d.s.Actions.List(d.r.Context(), d.r.Actor, action.Filter{Owners: d.mine.Owners, WakesBy: &by, Sort: action.ByDue}, minori.Page{Limit: rows})
	if err != nil {
		return nil, err
	}
	names, err := d.subjects(calls)
	if err != nil {
		return nil, err
	}
	var out []dated
	for i := range calls {
		c := &calls[i]
		l := line{Mark: ui.Icon(d.w.View, ui.IconClock), Title: d.w.CallTitle(c), URL: d.r.CallURL(c.ID), Drawer: true,
			Below: d.w.T("home.wakes", "account", names[c.Subject.ID])}
		l.at(d, *c.Snoozed)
		out = append(out, dated{*c.Snoozed, l})
	}
	return out, nil
}

// won is a win with when it was.
type won struct {
	at   int64 // microseconds since 1970 UTC
	line line
}

// wins lists calls that were closed as success, episodes that ended and
// accounts that grew, newest first.
func (d *day) wins(m *model) error {
	from := d.w.Today - winDays
	since := from.Start(d.r.Config.Zone).UnixMicro()
	m.Wins = part{Title: d.w.T("home.wins"), Note: d.w.T("home.since", "date", d.w.DayMonth(from))}
	all, err := d.wonCalls(since)
	if err != nil {
		return err
	}
	grown, err := d.grown(from)
	if err != nil {
		return err
	}
	all = append(all, grown...)
	slices.SortStableFunc(all, func(a, b won) int { return cmp.Compare(b.at, a.at) })
	for _, x := range all[:min(len(all), rows)] {
		m.Wins.Lines = append(m.Wins.Lines, x.line)
	}
	if len(all) == 0 {
		m.Wins.Empty = &ui.EmptyProps{Icon: ui.IconWin, Title: d.w.T("home.no-wins"), Text: d.w.T("home.no-wins.text")}
	}
	return nil
}

func (d *day) wonCalls(since int64) ([]won, error) {
	success, _, err := d.s.Actions.List(d.r.Context(), d.r.Actor,
		action.Filter{Owners: d.mine.Owners, Closed: since, Outcome: action.Success, Sort: action.ByClosed}, minori.Page{Limit: rows})
	if err != nil {
		return nil, err
	}
	recovered, _, err := d.s.Actions.List(d.r.Context(), d.r.Actor,
		action.Filter{Owners: d.mine.Owners, Recovered: since, Sort: action.ByRecovery}, minori.Page{Limit: rows})
	if err != nil {
		return nil, err
	}
	names, err := d.subjects(append(slices.Clone(success), recovered...))
	if err != nil {
		return nil, err
	}
	var out []won
	told := map[int64]bool{}
	add := func(calls []action.Call, icon ui.IconName, words string, at func(*action.Call) int64) {
		for i := range calls {
			c := &calls[i]
			if told[c.ID] {
				continue
			}
			told[c.ID] = true
			out = append(out, won{at(c), line{Mark: ui.Icon(d.w.View, icon), Title: names[c.Subject.ID], URL: d.r.CallURL(c.ID), Drawer: true,
				Below: words + " · " + d.w.CallTitle(c), When: d.when(at(c))}})
		}
	}
	add(success, ui.IconWin, d.w.T("home.closed-well"), func(c *action.Call) int64 { return c.ClosedAt })
	add(recovered, ui.IconGood, d.w.T("status.recovered"), func(c *action.Call) int64 { return c.Recovered })
	return out, nil
}

func (d *day) when(at int64) string {
	return d.w.Due(site.DayIn(d.r, at))
}

// grown gives the accounts whose ARR went up.
func (d *day) grown(from minori.Day) ([]won, error) {
	entries, err := d.s.Desk.Expansions(d.r.Context(), d.r.Actor, d.accounts, from, rows)
	if err != nil || len(entries) == 0 {
		return nil, err
	}
	ids := make([]minori.ID, len(entries))
	for i := range entries {
		ids[i] = entries[i].Account
	}
	labels, err := d.s.Accounts.Labels(d.r.Context(), d.r.Actor, ids)
	if err != nil {
		return nil, err
	}
	var out []won
	for i := range entries {
		e := &entries[i]
		if e.Day > d.w.Today {
			continue // agreed for a day to come
		}
		at := e.Day.Start(d.r.Config.Zone).UnixMicro()
		l := labels[e.Account]
		out = append(out, won{at, line{Mark: ui.Icon(d.w.View, ui.IconRise), Title: site.LabelName(l), URL: d.r.AccountURL(l.Key),
			Below: d.w.T("home.grew", "arr", d.w.SignedMoney(minori.Money{Minor: e.Delta, Currency: e.Currency})), When: d.when(at)}})
	}
	return out, nil
}
