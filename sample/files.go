package sample

import (
	"bufio"
	"encoding/csv"
	"errors"
	"os"
	"path/filepath"
	"strconv"
	"time"

	minori "github.com/minori-hq/minori"
)

// WriteFiles writes the company as files that the importer reads: CSV files in
// dir, and the workspace with its sources in dir/workspace. Events and points
// are written for all days, whatever RawDays says.
func (c *Company) WriteFiles(dir string) error {
	if err := c.writeWorkspace(filepath.Join(dir, "workspace")); err != nil {
		return err
	}
	w := &tables{c: c, dir: dir, open: map[string]*table{}}
	w.company()
	for i := range c.cfg.Accounts {
		a := c.Account(i)
		w.records(a)
		w.talk(a)
		w.usage(a)
		if w.failed() != nil {
			break
		}
	}
	return w.close()
}

// writeWorkspace writes the configuration.
func (c *Company) writeWorkspace(dir string) error {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	files, err := Workspace(c.cfg.Lang)
	if err != nil {
		return err
	}
	text, err := c.sources()
	if err != nil {
		return err
	}
	for _, f := range append(files, File{Name: "sources.yaml", Data: text}) {
		if err := os.WriteFile(filepath.Join(dir, f.Name), f.Data, 0o644); err != nil {
			return err
		}
	}
	return nil
}

// tables is the CSV files being written.
type tables struct {
	c    *Company
	dir  string
	open map[string]*table
	err  error
}

// table is one CSV file.
type table struct {
	file *os.File
	buf  *bufio.Writer
	csv  *csv.Writer
}

// head begins a file with its columns.
func (w *tables) head(name string, columns ...string) {
	f, err := os.Create(filepath.Join(w.dir, name))
	if err != nil {
		w.err = errors.Join(w.err, err)
		return
	}
	buf := bufio.NewWriterSize(f, 1<<16)
	w.open[name] = &table{f, buf, csv.NewWriter(buf)}
	w.row(name, columns...)
}

// row writes one row of a file.
func (w *tables) row(name string, values ...string) {
	t := w.open[name]
	if t == nil {
		return
	}
	if err := t.csv.Write(values); err != nil {
		w.err = errors.Join(w.err, err)
		delete(w.open, name)
		_ = t.file.Close()
	}
}

// failed gives the errors so far.
func (w *tables) failed() error { return w.err }

// close finishes all files.
func (w *tables) close() error {
	for _, t := range w.open {
		t.csv.Flush()
		w.err = errors.Join(w.err, t.csv.Error(), t.buf.Flush(), t.file.Close())
	}
	return w.err
}

// company begins all files and writes what does not belong to an account.
func (w *tables) company() {
	w.head("accounts.csv", "id", "name", "parent", "industry", "country", "csm", "tier", "seats", "signed_up", "region", "plan_type")
	w.head("people.csv", "id", "name", "email", "manager", "role", "team", "hired")
	w.head("contacts.csv", "id", "account", "name", "email", "role", "title")
	w.head("subscriptions.csv", "id", "account", "product", "start", "end", "arr", "currency", "seats", "plan", "trial", "one_off")
	w.head("events.csv", "id", "name", "account", "user", "time")
	w.head("points.csv", "metric", "account", "day", "value")
	w.head("tickets.csv", "id", "account", "opened", "closed", "priority", "status", "first_response_minutes", "csat")
	w.head("churn.csv", "id", "account", "date", "reason", "comment")
	w.head("interactions.csv", "id", "account", "time", "type", "title", "text")
	w.head("answers.csv", "id", "survey", "account", "contact", "time", "score", "comment")
	for _, p := range w.c.People() {
		w.row("people.csv", p.ID, p.Name, p.Email, p.Manager, p.Role, p.Team, p.Hired.String())
	}
	if w.c.loc.foreign == "" {
		return
	}
	w.head("rates.csv", "currency", "day", "value")
	for _, r := range w.c.Rates() {
		w.row("rates.csv", r.Currency, r.Day.String(), number(r.Value))
	}
}

// records writes an account with contacts, subscriptions and churn.
func (w *tables) records(a *AccountData) {
	x := a.Account
	w.row("accounts.csv", x.ID, x.Name, x.Parent, x.Industry, x.Country, x.CSM, x.Tier, strconv.Itoa(x.Seats),
		x.SignedUp.String(), x.Region, x.PlanType)
	for _, k := range a.Contacts {
		w.row("contacts.csv", k.ID, x.ID, k.Name, k.Email, k.Role, k.Title)
	}
	for _, s := range a.Subscriptions {
		w.row("subscriptions.csv", s.ID, x.ID, s.Product, s.Start.String(), s.End.String(), number(s.ARR.Major()), s.ARR.Currency,
			strconv.Itoa(s.Seats), s.Plan, strconv.FormatBool(s.Trial), strconv.FormatBool(s.OneOff))
	}
	if k := a.Churn; k != nil {
		w.row("churn.csv", k.ID, x.ID, k.Day.String(), k.Reason, k.Comment)
	}
}

// talk writes an account's tickets, answers and conversations.
func (w *tables) talk(a *AccountData) {
	id := a.Account.ID
	for _, t := range a.Tickets {
		closed, csat := "", ""
		if t.Closed != 0 {
			closed = instant(t.Closed)
		}
		if t.CSAT != 0 {
			csat = strconv.Itoa(t.CSAT)
		}
		w.row("tickets.csv", t.ID, id, instant(t.Opened), closed, t.Priority, t.Status, strconv.Itoa(t.FirstResponse), csat)
	}
	for _, n := range a.Answers {
		w.row("answers.csv", n.ID, n.Survey, id, n.Contact, instant(n.Time), strconv.Itoa(n.Score), n.Comment)
	}
	for _, x := range a.Interactions {
		w.row("interactions.csv", x.ID, id, instant(x.Time), x.Type, x.Title, x.Text)
	}
}

// usage writes an account's events and points of all days.
func (w *tables) usage(a *AccountData) {
	id, defs := a.Account.ID, metrics()
	a.EventsFrom(w.c.first, func(e Event) {
		w.row("events.csv", a.EventID(e), defs[e.Metric].Event, id, ActorID(a.Index, e.Actor), instant(e.Time))
	})
	var last minori.Day
	text := ""
	a.PointsFrom(w.c.first, func(p Point) {
		if text == "" || p.Day != last {
			last, text = p.Day, p.Day.String()
		}
		w.row("points.csv", defs[p.Metric].Name, id, text, number(p.Value))
	})
}

// instant writes a time.
func instant(micros int64) string { return time.UnixMicro(micros).UTC().Format(time.RFC3339) }

// number writes a number so that it is read back the same.
func number(v float64) string { return strconv.FormatFloat(v, 'f', -1, 64) }
