package app

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"runtime"

	minori "github.com/minori-hq/minori"
	"github.com/minori-hq/minori/account"
	"github.com/minori-hq/minori/action"
	"github.com/minori-hq/minori/app/owner"
	"github.com/minori-hq/minori/metric"
	"github.com/minori-hq/minori/resource"
	"github.com/minori-hq/minori/revenue"
	"github.com/minori-hq/minori/sample"
	"github.com/minori-hq/minori/store/lake/duckdb"
)

// sampleChunk is how many accounts are written at once.
const sampleChunk = 500

// FillSample writes a sample company into a new workspace: its definitions,
// its facts through the services, and its usage by the lake's bulk writer
// beneath the importer.
func (a *App) FillSample(ctx context.Context, company *sample.Company, progress func(owner.Progress)) error {
	if progress == nil {
		progress = func(owner.Progress) {}
	}
	files, err := sample.Workspace(company.Settings().Lang)
	if err != nil {
		return fmt.Errorf("reading the sample's workspace: %w", err)
	}
	workspace := make([]resource.File, len(files))
	for i, f := range files {
		workspace[i] = resource.File{Name: f.Name, Data: f.Data}
	}
	if _, err := a.Apply(ctx, minori.System(), workspace, false, "Sample company", progress); err != nil {
		return fmt.Errorf("applying the sample's workspace: %w", err)
	}
	w := &sampleWriter{a: a, company: company, progress: progress}
	if err := w.facts(ctx); err != nil {
		return err
	}
	if err := w.usage(ctx); err != nil {
		return err
	}
	return a.Drain(ctx)
}

// WatchSignals adds to a sample company what a demo's page watches for.
func (a *App) WatchSignals(ctx context.Context) error {
	f, err := sample.Signals()
	if err != nil {
		return fmt.Errorf("reading what the demo watches for: %w", err)
	}
	if _, err := a.Apply(ctx, minori.System(), []resource.File{{Name: f.Name, Data: f.Data}}, false, "Signals of the demo", nil); err != nil {
		return fmt.Errorf("applying what the demo watches for: %w", err)
	}
	return nil
}

// How late the sample company's people are, in days after a call was due: most
// calls are closed a week late at the latest, all of them after four.
const (
	sampleLate   = 7
	sampleLatest = 28
)

// WorkSample closes the calls to action that the sample company's people would
// have worked by a day.
func (a *App) WorkSample(ctx context.Context, day minori.Day) error {
	due := day - sampleLate
	var calls []action.Call
	for page := (minori.Page{Limit: minori.MaxPage}); ; page.Offset += minori.MaxPage {
		list, total, err := a.Actions.List(ctx, minori.System(), action.Filter{Status: action.AnyOpen, DueBy: &due}, page)
		if err != nil {
			return err
		}
		if calls = append(calls, list...); len(list) == 0 || len(calls) >= total {
			break
		}
	}
	for i := range calls {
		c := &calls[i]
		luck := rowOf(fmt.Sprint(c.Subject.ID, c.RuleName, c.Episode)).Key.Lo % 10
		if luck >= 8 && c.Due > day-sampleLatest {
			continue
		}
		outcome := action.Success
		if c.Recovered == 0 && luck%3 == 0 {
			outcome = action.NoSuccess
		}
		if _, err := a.Actions.Close(ctx, minori.System(), c.ID, c.Version, outcome, ""); err != nil {
			return fmt.Errorf("closing a call of the sample: %w", err)
		}
	}
	return nil
}

// sampleWriter writes one company.
type sampleWriter struct {
	a        *App
	company  *sample.Company
	progress func(owner.Progress)
	sources  map[string]int64
	run      int64
}

// rowOf makes the identity of a generated row.
func rowOf(id string) metric.Row {
	sum := sha256.Sum256([]byte(id))
	h := metric.Hash{Hi: binary.BigEndian.Uint64(sum[:8]), Lo: binary.BigEndian.Uint64(sum[8:16])}
	return metric.Row{Key: h, Hash: h}
}

// facts writes people, rates and accounts with everything recorded about them.
func (w *sampleWriter) facts(ctx context.Context) (err error) {
	names := []string{"sample-people", "sample-rates", "sample-accounts", "sample-contacts", "sample-subscriptions", "sample-tickets",
		"sample-answers", "sample-interactions", "sample-churn"}
	if w.sources, err = w.a.Records.EnsureIDs(ctx, "Source", names); err != nil {
		return fmt.Errorf("naming the sample's sources: %w", err)
	}
	if w.run, err = w.a.Records.BeginImport(ctx, account.ImportRun{Name: "sample", Actor: minori.System().Name, Started: w.a.Now().UnixMicro()}); err != nil {
		return fmt.Errorf("beginning the import: %w", err)
	}
	if err := w.people(ctx); err != nil {
		return err
	}
	for from := 0; from < w.company.Len(); from += sampleChunk {
		to := min(from+sampleChunk, w.company.Len())
		if err := w.chunk(ctx, from, to); err != nil {
			return err
		}
		w.progress(owner.Progress{Label: "writing accounts", Done: int64(to), Total: int64(w.company.Len()), Rows: int64(to), End: to == w.company.Len()})
	}
	return nil
}

// put imports facts; generated facts are all acceptable.
func (w *sampleWriter) put(ctx context.Context, source string, rows []account.FactRow) error {
	if len(rows) == 0 {
		return nil
	}
	run := account.Run{Source: w.sources[source], Import: w.run, Time: w.a.Now().UnixMicro()}
	rep, err := w.a.Accounts.Import(ctx, minori.System(), run, rows)
	return w.taken(source, rep, err)
}

func (w *sampleWriter) putRevenue(ctx context.Context, source string, rows []revenue.FactRow) error {
	if len(rows) == 0 {
		return nil
	}
	run := account.Run{Source: w.sources[source], Import: w.run, Time: w.a.Now().UnixMicro()}
	rep, err := w.a.Revenue.Import(ctx, minori.System(), run, rows)
	return w.taken(source, rep, err)
}

func (w *sampleWriter) taken(source string, rep account.Report, err error) error {
	if err != nil {
		return fmt.Errorf("writing %s: %w", source, err)
	}
	if len(rep.Rejects)+len(rep.Duplicates) > 0 {
		return minori.Errorf(minori.Internal, "%s: %d generated rows were rejected, the first: %v %v", source, len(rep.Rejects)+len(rep.Duplicates), rep.Rejects, rep.Duplicates)
	}
	return nil
}

func (w *sampleWriter) people(ctx context.Context) error {
	var rows []account.FactRow
	for _, p := range w.company.People() {
		hired := p.Hired
		rows = append(rows, account.FactRow{Row: rowOf(p.ID), Person: &account.Person{Key: p.ID, Name: p.Name, Email: p.Email,
			Manager: p.Manager, Role: p.Role, Team: p.Team, Hired: &hired}})
	}
	if err := w.put(ctx, "sample-people", rows); err != nil {
		return err
	}
	var rates []revenue.FactRow
	for _, r := range w.company.Rates() {
		rates = append(rates, revenue.FactRow{Row: rowOf(r.Currency + r.Day.String()), Rate: &r})
	}
	return w.putRevenue(ctx, "sample-rates", rates)
}

// chunk writes some accounts, by kind, since rows of a kind go together.
func (w *sampleWriter) chunk(ctx context.Context, from, to int) error {
	var accounts, contacts, tickets, answers, interactions, churn []account.FactRow
	var subs []revenue.FactRow
	for i := from; i < to; i++ {
		d := w.company.Account(i)
		accounts = append(accounts, accountRow(d))
		for _, c := range d.Contacts {
			contacts = append(contacts, account.FactRow{Row: rowOf(c.ID), Contact: &account.Contact{Key: c.ID, AccountKey: d.Account.ID,
				Name: c.Name, Email: c.Email, Role: c.Role, Title: c.Title}})
		}
		for _, s := range d.Subscriptions {
			subs = append(subs, subscriptionRow(d, s))
		}
		for _, t := range d.Tickets {
			tickets = append(tickets, ticketRow(d, t))
		}
		for _, x := range d.Answers {
			score := float64(x.Score)
			answers = append(answers, account.FactRow{Row: rowOf(x.ID), Answer: &account.Answer{Key: x.ID, AccountKey: d.Account.ID,
				Survey: x.Survey, Contact: x.Contact, Time: x.Time, Score: &score, Comment: x.Comment}})
		}
		for _, x := range d.Interactions {
			interactions = append(interactions, account.FactRow{Row: rowOf(x.ID), Interaction: &account.Interaction{Key: x.ID,
				AccountKey: d.Account.ID, Time: x.Time, Type: x.Type, Title: x.Title, Text: x.Text}})
		}
		if c := d.Churn; c != nil {
			churn = append(churn, account.FactRow{Row: rowOf(c.ID), Churn: &account.Churn{Key: c.ID, AccountKey: d.Account.ID,
				Date: c.Day, Reason: c.Reason, Comment: c.Comment}})
		}
	}
	return errors.Join(w.put(ctx, "sample-accounts", accounts), w.put(ctx, "sample-contacts", contacts),
		w.putRevenue(ctx, "sample-subscriptions", subs), w.put(ctx, "sample-tickets", tickets), w.put(ctx, "sample-answers", answers),
		w.put(ctx, "sample-interactions", interactions), w.put(ctx, "sample-churn", churn))
}

func accountRow(d *sample.AccountData) account.FactRow {
	x := d.Account
	seats, signed := float64(x.Seats), x.SignedUp
	return account.FactRow{Row: rowOf(x.ID), Account: &account.Account{Key: x.ID, Name: x.Name, Parent: x.Parent, Industry: x.Industry,
		Country: x.Country, CSM: x.CSM, Tier: x.Tier, Seats: &seats, SignedUp: &signed,
		Fields: map[string]account.Value{"region": account.Text(x.Region), "plan_type": account.Text(x.PlanType)}}}
}

func subscriptionRow(d *sample.AccountData, s sample.Subscription) revenue.FactRow {
	arr, seats, start, end := s.ARR.Major(), float64(s.Seats), s.Start, s.End
	return revenue.FactRow{Row: rowOf(s.ID), Subscription: &revenue.SubscriptionInput{Key: s.ID, Account: d.Account.ID, Product: s.Product,
		Start: &start, End: &end, ARR: &arr, Currency: s.ARR.Currency, Seats: &seats, Plan: s.Plan, Trial: s.Trial, OneOff: s.OneOff}}
}

func ticketRow(d *sample.AccountData, t sample.Ticket) account.FactRow {
	first := float64(t.FirstResponse)
	out := &account.Ticket{Key: t.ID, AccountKey: d.Account.ID, Opened: t.Opened, Priority: t.Priority, Status: t.Status, FirstResponseMinutes: &first}
	if t.Closed != 0 {
		out.Closed = &t.Closed
	}
	if t.CSAT != 0 {
		csat := float64(t.CSAT)
		out.CSAT = &csat
	}
	return account.FactRow{Row: rowOf(t.ID), Ticket: out}
}

// usage writes the daily rollups, distinct actors and raw events.
func (w *sampleWriter) usage(ctx context.Context) (err error) {
	ids, err := w.a.Accounts.IDs(ctx, minori.System(), account.KindAccount)
	if err != nil {
		return err
	}
	cfg, err := w.a.Resources.Load(ctx)
	if err != nil {
		return err
	}
	metrics := sample.Metrics()
	keys := make([]int64, len(metrics))
	for i, m := range metrics {
		def, ok := cfg.Metric(m.Name)
		if !ok {
			return minori.Errorf(minori.Internal, "the sample's workspace has no metric %s", m.Name)
		}
		keys[i] = def.ID
	}
	bulk, err := w.a.Lake.Bulk(ctx)
	if err != nil {
		return fmt.Errorf("beginning bulk writing: %w", err)
	}
	defer func() { err = errors.Join(err, bulk.Close()) }()
	u := &usageWriter{w: w, bulk: bulk, ids: ids, keys: keys, metrics: metrics, dayEnd: w.dayEnds()}
	err = w.company.Chunks(ctx, sampleChunk, runtime.GOMAXPROCS(0), func(c *sample.Chunk) error { return u.chunk(ctx, c) })
	if err != nil {
		return fmt.Errorf("writing usage: %w", err)
	}
	return nil
}

// dayEnds gives the last microsecond of each day of the company.
func (w *sampleWriter) dayEnds() map[minori.Day]int64 {
	first, last := w.company.Days()
	out := make(map[minori.Day]int64, last-first+1)
	for d := first; d <= last; d++ {
		out[d] = minori.EndOf(d, w.company.Location()).Micros()
	}
	return out
}

// usageWriter writes usage by the lake's bulk writer.
type usageWriter struct {
	w       *sampleWriter
	bulk    *duckdb.Bulk
	ids     map[string]minori.ID
	keys    []int64
	metrics []sample.Metric
	dayEnd  map[minori.Day]int64
	actors  map[int32]int64 // of the present account
	rows    int64
}

func (u *usageWriter) chunk(ctx context.Context, c *sample.Chunk) error {
	subjects := make([]minori.ID, len(c.Accounts))
	for i, d := range c.Accounts {
		subjects[i] = u.ids[d.Account.ID]
	}
	cells := &c.Cells
	for i := range cells.Day {
		row := duckdb.DayRow{Subject: subjects[cells.Account[i]], Metric: u.keys[cells.Metric[i]], Day: cells.Day[i], Sum: cells.Sum[i],
			Count: int64(cells.Count[i]), Min: cells.Min[i], Max: cells.Max[i], Last: cells.Last[i], LastAt: u.dayEnd[cells.Day[i]]}
		if err := u.bulk.Day(&row); err != nil {
			return err
		}
	}
	if err := u.people(c, subjects); err != nil {
		return err
	}
	for i, d := range c.Accounts {
		if err := u.events(ctx, d, subjects[i]); err != nil {
			return err
		}
	}
	u.rows += int64(len(cells.Day))
	done, total := int64(c.First+len(c.Accounts)), int64(u.w.company.Len())
	u.w.progress(owner.Progress{Label: "writing usage", Done: done, Total: total, Rows: u.rows, End: done == total})
	return nil
}

// people writes who was active on which day.
func (u *usageWriter) people(c *sample.Chunk, subjects []minori.ID) error {
	account := int32(-1)
	for i := range c.Actors.Day {
		if c.Actors.Account[i] != account {
			account, u.actors = c.Actors.Account[i], map[int32]int64{}
		}
		actor, err := u.actor(c.Accounts[account].Index, c.Actors.Actor[i])
		if err != nil {
			return err
		}
		if err := u.bulk.ActorDay(subjects[account], u.keys[c.Actors.Metric[i]], c.Actors.Day[i], actor); err != nil {
			return err
		}
	}
	return nil
}

func (u *usageWriter) actor(account int, user int32) (int64, error) {
	if id, ok := u.actors[user]; ok {
		return id, nil
	}
	id, err := u.bulk.Actor(sample.ActorID(account, int(user)))
	if err == nil {
		u.actors[user] = id
	}
	return id, err
}

// events writes the raw events of one account.
func (u *usageWriter) events(ctx context.Context, d *sample.AccountData, subject minori.ID) (err error) {
	u.actors = map[int32]int64{}
	d.RawEvents(func(e sample.Event) {
		if err != nil {
			return
		}
		var actor int64
		if actor, err = u.actor(d.Index, int32(e.Actor)); err != nil {
			return
		}
		err = u.bulk.Event(ctx, metric.EventRow{Subject: subject, Name: u.metrics[e.Metric].Event, Time: e.Time, Day: e.Day}, actor)
	})
	return err
}
