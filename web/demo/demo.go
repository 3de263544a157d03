// Package demo has the page of a demo on which one plays the customer and sees
// what comes of it.
package demo

import (
	"net/http"
	"net/url"
	"time"

	minori "github.com/minori-hq/minori"
	"github.com/minori-hq/minori/action"
	"github.com/minori-hq/minori/evaluate"
	"github.com/minori-hq/minori/web/site"
	"github.com/minori-hq/minori/web/ui"
)

// Pages answers with the pages of this package.
type Pages struct{ *site.Site }

// choices is how many accounts may be played at.
const choices = 25

// model is the page.
type model struct {
	ui.View
	Title    string
	Account  string // its key
	Name     string
	URL      string
	Accounts []ui.Option
	Acts     []act
	Played   []played
}

// act is something to be played.
type act struct {
	Title, What, Do string
	URL             string
}

// played is what was played and what came of it.
type played struct {
	Title string
	Sent  string // when, and how soon it was acknowledged
	Call  string // the call to action; "" while it is waited for
	URL   string
	After string // how long after
}

// Show asks for an account and shows what was played at it.
func (s Pages) Show(w http.ResponseWriter, r *site.Request) error {
	m := model{View: r.View, Title: r.View.T("demo.title")}
	list, err := s.Lake.List(r.Context(), r.Actor, site.ListQuery{Kind: minori.Account, Columns: []string{evaluate.FieldColumn("account.name")}, Page: minori.Page{Limit: choices}})
	if err != nil {
		return err
	}
	for _, row := range list.Rows {
		m.Accounts = append(m.Accounts, ui.Option{Value: row.Key, Label: row.Cells[0].Text})
	}
	key := r.URL.Query().Get("account")
	if key == "" && len(m.Accounts) > 0 {
		key = m.Accounts[0].Value
	}
	if key != "" {
		if err := s.fill(r, &m, key); err != nil {
			return err
		}
	}
	return s.Page(w, r, site.Frame{Title: m.Title, Place: ui.PlaceDemo, Refresh: "calls"}, page(m))
}

// fill says what can be and what was played at an account.
func (s Pages) fill(r *site.Request, m *model, key string) error {
	subject, err := s.Accounts.ByKey(r.Context(), r.Actor, minori.Account, key)
	if err != nil {
		return err
	}
	m.Account, m.Name, m.URL = key, key, r.AccountURL(key)
	for _, o := range m.Accounts {
		if o.Value == key {
			m.Name = o.Label
		}
	}
	for _, what := range []site.DemoAct{site.UsageDrops, site.UrgentTicket} {
		a := act{Title: title(r.View, what), What: r.View.T("demo.usage.what"), Do: r.View.T("demo.usage.do"), URL: "/demo/" + url.PathEscape(key) + "/" + string(what)}
		if what == site.UrgentTicket {
			a.What, a.Do = r.View.T("demo.ticket.what"), r.View.T("demo.ticket.do")
		}
		m.Acts = append(m.Acts, a)
	}
	for _, p := range s.Demo.Played(subject.ID) {
		line, err := s.line(r, subject.ID, p)
		if err != nil {
			return err
		}
		m.Played = append(m.Played, line)
	}
	return nil
}

// line says what came of an act.
func (s Pages) line(r *site.Request, account minori.ID, p site.Played) (played, error) {
	v := r.View
	out := played{Title: title(v, p.What), Sent: v.T("demo.sent", "time", p.At.In(r.Config.Zone).Format("15:04:05"), "ms", v.Number(float64(p.Took.Microseconds())/1000, 1))}
	calls, _, err := s.Actions.List(r.Context(), r.Actor, action.Filter{Status: action.AnyOpen, Subject: account, Rule: p.Rule}, minori.Page{Limit: 1})
	if err != nil {
		return out, err
	}
	if len(calls) == 0 {
		return out, nil
	}
	out.Call, out.URL = r.Words().CallTitle(&calls[0]), r.CallURL(calls[0].ID)
	if after := time.UnixMicro(calls[0].OpenedAt).Sub(p.At); after >= 0 {
		out.After = v.T("demo.after", "s", v.Number(after.Seconds(), 1))
	} else {
		out.After = v.T("demo.open.already")
	}
	return out, nil
}

// Play plays an act and leads back.
func (s Pages) Play(w http.ResponseWriter, r *site.Request) error {
	subject, err := s.Accounts.ByKey(r.Context(), r.Actor, minori.Account, r.PathValue("account"))
	if err != nil {
		return err
	}
	what := site.DemoAct(r.PathValue("what"))
	if what != site.UsageDrops && what != site.UrgentTicket {
		return minori.Errorf(minori.NotFound, "a demo does not play %q", what)
	}
	if err := s.Demo.Play(r.Context(), r.Actor, subject.ID, what); err != nil {
		return err
	}
	http.Redirect(w, r.Request, "/demo?account="+url.QueryEscape(r.PathValue("account")), http.StatusSeeOther)
	return nil
}

func title(v ui.View, what site.DemoAct) string {
	if what == site.UrgentTicket {
		return v.T("demo.ticket")
	}
	return v.T("demo.usage")
}
