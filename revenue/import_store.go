package revenue

import (
	"cmp"
	"context"
	"fmt"
	"math"
	"slices"
	"time"

	minori "github.com/minori-hq/minori"
	"github.com/minori-hq/minori/account"
	"github.com/minori-hq/minori/auth"
	"github.com/minori-hq/minori/metric"
)

// deltaChunk is about how many facts go into one line of the outbox.
const deltaChunk = 4000

// Import takes one batch of subscriptions or rates in one transaction: what is
// acceptable is written, with deltas for the lake, the ledger of the touched
// accounts and, last, the import rows; the rest is reported. With run.DryRun
// everything is undone at the end.
func (s *Service) Import(ctx context.Context, actor minori.Actor, run account.Run, rows []FactRow) (account.Report, error) {
	if err := actor.Require(actor.MayConfigure(), "import data"); err != nil {
		return account.Report{}, err
	}
	var subs, rates []FactRow
	for _, r := range rows {
		if r.Subscription != nil {
			subs = append(subs, r)
		} else {
			rates = append(rates, r)
		}
	}
	var report account.Report
	err := s.inTx(ctx, run, func(ctx context.Context) error {
		if len(rates) > 0 {
			r, err := s.importRates(ctx, run, rates)
			if err != nil {
				return err
			}
			report.Add(r)
		}
		if len(subs) == 0 {
			return nil
		}
		r, err := s.importSubscriptions(ctx, run, subs)
		report.Add(r)
		return err
	})
	if err != nil {
		return account.Report{}, err
	}
	return report, nil
}

func (s *Service) inTx(ctx context.Context, run account.Run, fn func(ctx context.Context) error) error {
	tx := s.store.InTx
	if run.DryRun {
		tx = s.store.DryRun
	}
	return tx(ctx, func(ctx context.Context) error {
		if err := s.store.LockFacts(ctx); err != nil {
			return err
		}
		return fn(ctx)
	})
}

func classify(ctx context.Context, store Store, run account.Run, kind account.Kind, rows []FactRow) (*account.Batch, error) {
	keys := make([]metric.Row, len(rows))
	for i := range rows {
		keys[i] = rows[i].Row
	}
	return account.Classify(ctx, store, run, kind, keys)
}

func (s *Service) importSubscriptions(ctx context.Context, run account.Run, rows []FactRow) (account.Report, error) {
	b, err := classify(ctx, s.store, run, account.KindSubscription, rows)
	if err != nil {
		return account.Report{}, err
	}
	im := &subImport{s: s, run: run, b: b, rows: rows}
	if err := im.lookUp(ctx); err != nil {
		return account.Report{}, err
	}
	if err := im.apply(ctx); err != nil {
		return account.Report{}, err
	}
	if err := s.store.SaveSubscriptions(ctx, im.changed); err != nil {
		return account.Report{}, err
	}
	if err := s.writeTerms(ctx, im.changed); err != nil {
		return account.Report{}, err
	}
	if err := s.updateLedger(ctx, im.touched, run.Time); err != nil {
		return account.Report{}, err
	}
	return b.Report, b.Save(ctx, s.store)
}

// subImport is one batch of subscriptions on its way in.
type subImport struct {
	s        *Service
	run      account.Run
	b        *account.Batch
	rows     []FactRow
	todo     []account.Todo
	inputs   []Subscription // by todo
	accounts map[string]minori.ID
	ids      map[string]int64
	old      map[int64]Subscription
	lines    map[string]int // line of this import that wrote a key
	changed  []Subscription
	touched  []minori.ID
}

func (im *subImport) lookUp(ctx context.Context) error {
	var keys, accounts []string
	for _, t := range im.b.Todo {
		sub, err := im.s.read(im.rows[t.Index].Subscription)
		if err != nil {
			im.b.Reject(t, err)
			continue
		}
		im.todo, im.inputs = append(im.todo, t), append(im.inputs, sub)
		keys, accounts = append(keys, sub.Key), append(accounts, sub.AccountKey)
	}
	var err error
	if im.accounts, err = im.s.store.SubjectIDs(ctx, account.KindAccount, accounts); err != nil {
		return err
	}
	if im.ids, err = im.s.store.SubscriptionIDs(ctx, keys); err != nil {
		return err
	}
	ids := make([]int64, 0, len(im.ids))
	var again []int64
	byID := map[int64]string{}
	for key, id := range im.ids {
		ids = append(ids, id)
		byID[id] = key
	}
	if im.old, err = im.s.store.SubscriptionsByID(ctx, ids); err != nil {
		return err
	}
	for i, t := range im.todo {
		if id := im.ids[im.inputs[i].Key]; id != 0 && t.Target == 0 {
			again = append(again, id)
		}
	}
	im.lines = map[string]int{}
	if len(again) == 0 {
		return nil
	}
	seen, err := im.s.store.SeenTargets(ctx, im.run.Source, im.run.Import, again)
	for id, line := range seen {
		im.lines[byID[id]] = line
	}
	return err
}

// apply decides row by row what is written.
func (im *subImport) apply(ctx context.Context) error {
	next, err := im.s.store.NewIDs(ctx, "subscription", len(im.todo))
	if err != nil {
		return err
	}
	touched := map[minori.ID]bool{}
	for i, t := range im.todo {
		sub, line := im.inputs[i], im.rows[t.Index].Line
		acc, ok := im.accounts[sub.AccountKey]
		if !ok {
			im.b.Reject(t, account.UnknownAccount("account", sub.AccountKey))
			continue
		}
		if first, again := im.lines[sub.Key]; again {
			im.b.Duplicate(line, first)
			continue
		}
		im.lines[sub.Key] = line
		sub.Account, sub.ID = acc, im.ids[sub.Key]
		created := sub.ID == 0
		if created {
			sub.ID = next
			next++
		} else {
			touched[im.old[sub.ID].Account] = true
		}
		touched[acc] = true
		im.changed = append(im.changed, sub)
		im.b.Written(t, sub.ID, created)
	}
	for id := range touched {
		im.touched = append(im.touched, id)
	}
	slices.Sort(im.touched)
	return nil
}

// read checks an imported subscription and brings it into the form that is kept.
func (s *Service) read(in *SubscriptionInput) (Subscription, error) {
	sub := Subscription{
		Key: in.Key, AccountKey: in.Account, Product: in.Product, End: in.End, Currency: in.Currency,
		Seats: in.Seats, Plan: in.Plan, Trial: in.Trial, OneOff: in.OneOff, Fields: in.Fields,
	}
	if sub.Currency == "" {
		sub.Currency = s.cfg.Currency
	}
	if err := checkSubscription(in, sub.Currency); err != nil {
		return sub, err
	}
	sub.Start = *in.Start
	amount, field, times := in.ARR, "arr", 1.0
	if in.MRR != nil {
		amount, field, times = in.MRR, "mrr", 12
	}
	if amount == nil {
		return sub, nil
	}
	if !(*amount >= 0) {
		return sub, account.Problem(field, "%s is %v; an amount cannot be negative: a credit is a shorter or smaller subscription", field, *amount)
	}
	m, ok := minori.FromMajor(*amount*times, sub.Currency)
	if !ok {
		return sub, account.Problem(field, "%s is %v, which is too large to be kept", field, *amount)
	}
	sub.ARR = m.Minor
	return sub, nil
}

func checkSubscription(in *SubscriptionInput, currency string) error {
	bad := func(d *minori.Day) bool { return d != nil && (*d < minori.MinDay || *d > minori.MaxDay) }
	switch {
	case in.Key == "":
		return account.Problem("id", "the id is empty; map the column that identifies the subscription")
	case in.Start == nil:
		return account.Problem("start", "the start is empty; a subscription begins on a day")
	case bad(in.Start):
		return account.Problem("start", "start lies outside the years 1900 to 2199")
	case bad(in.End):
		return account.Problem("end", "end lies outside the years 1900 to 2199")
	case in.End != nil && *in.End < *in.Start:
		return account.Problem("end", "the end (%s) lies before the start (%s)", *in.End, *in.Start)
	case !minori.ValidCurrency(currency):
		return account.Problem("currency", "%q is not a currency code of three capital letters, such as USD", currency)
	case in.ARR != nil && in.MRR != nil:
		return account.Problem("arr", "both arr and mrr are given; map one of them")
	case in.Seats != nil && !(*in.Seats >= 0 && *in.Seats <= account.MaxSeats):
		return account.Problem("seats", "seats is %v; it lies between 0 and %d", *in.Seats, int64(account.MaxSeats))
	}
	return checkTexts(in)
}

func checkTexts(in *SubscriptionInput) error {
	err := cmp.Or(
		account.CheckText("id", in.Key, account.MaxKey), account.CheckText("product", in.Product, account.MaxName),
		account.CheckText("plan", in.Plan, account.MaxName))
	for name, v := range in.Fields {
		if v.Num != nil && !(math.Abs(*v.Num) <= account.MaxNumber) {
			err = cmp.Or(err, account.Problem("fields."+name, "fields.%s is no number that can be kept", name))
		}
		if v.Text != nil {
			err = cmp.Or(err, account.CheckText("fields."+name, *v.Text, account.MaxText))
		}
	}
	return err
}

func (s *Service) writeTerms(ctx context.Context, subs []Subscription) error {
	terms := make([]metric.Term, len(subs))
	for i, sub := range subs {
		terms[i] = metric.Term{
			ID: sub.ID, Account: sub.Account, Start: sub.Start, End: sub.End, ARR: sub.ARR, Currency: sub.Currency,
			Excluded: sub.Trial || sub.OneOff, Removed: sub.Removed,
		}
	}
	var lines []metric.Delta
	for chunk := range slices.Chunk(terms, deltaChunk) {
		lines = append(lines, metric.Delta{Terms: chunk})
	}
	if len(lines) == 0 {
		return nil
	}
	return s.store.AppendOutbox(ctx, lines...)
}

// updateLedger brings the ledger of accounts in line with their subscriptions.
func (s *Service) updateLedger(ctx context.Context, accounts []minori.ID, recorded int64) error {
	if len(accounts) == 0 {
		return nil
	}
	entries, err := s.store.Entries(ctx, accounts, nil)
	if err != nil {
		return err
	}
	subs, err := s.store.SubscriptionsOf(ctx, accounts)
	if err != nil {
		return err
	}
	ledger := map[minori.ID][]Entry{}
	for _, e := range entries {
		ledger[e.Account] = append(ledger[e.Account], e)
	}
	terms := map[minori.ID][]Term{}
	for _, sub := range subs {
		if sub.Counts() {
			terms[sub.Account] = append(terms[sub.Account], Term{Start: sub.Start, End: sub.End, Minor: sub.ARR, Currency: sub.Currency})
		}
	}
	var added []Entry
	for _, acc := range accounts {
		added = append(added, Reconcile(acc, ledger[acc], terms[acc], recorded)...)
	}
	first, err := s.store.NewIDs(ctx, "ledger", len(added))
	if err != nil {
		return err
	}
	for i := range added {
		added[i].ID = first + int64(i)
	}
	return s.store.AppendEntries(ctx, added)
}

func (s *Service) importRates(ctx context.Context, run account.Run, rows []FactRow) (account.Report, error) {
	b, err := classify(ctx, s.store, run, account.KindRate, rows)
	if err != nil {
		return account.Report{}, err
	}
	var rates []metric.Rate
	var todo []account.Todo
	lines := map[metric.Rate]int{}
	for _, t := range b.Todo {
		r := *rows[t.Index].Rate
		if err := s.checkRate(r); err != nil {
			b.Reject(t, err)
			continue
		}
		at := metric.Rate{Currency: r.Currency, Day: r.Day}
		if first, again := lines[at]; again {
			b.Duplicate(rows[t.Index].Line, first)
			continue
		}
		lines[at] = rows[t.Index].Line
		rates, todo = append(rates, r), append(todo, t)
	}
	if len(rates) == 0 {
		return b.Report, b.Save(ctx, s.store)
	}
	ids, err := s.store.SaveRates(ctx, rates)
	if err != nil {
		return account.Report{}, err
	}
	for i, t := range todo {
		b.Written(t, ids[i], t.Target == 0)
	}
	for chunk := range slices.Chunk(rates, deltaChunk) {
		if err := s.store.AppendOutbox(ctx, metric.Delta{Rates: chunk}); err != nil {
			return account.Report{}, err
		}
	}
	return b.Report, b.Save(ctx, s.store)
}

func (s *Service) checkRate(r metric.Rate) error {
	switch {
	case !minori.ValidCurrency(r.Currency):
		return account.Problem("currency", "%q is not a currency code of three capital letters, such as USD", r.Currency)
	case r.Day < minori.MinDay || r.Day > minori.MaxDay:
		return account.Problem("day", "day lies outside the years 1900 to 2199")
	case !(r.Value > 0 && r.Value <= 1e12):
		return account.Problem("value", "value is %v; a rate is greater than 0", r.Value)
	case r.Currency == s.cfg.Currency && r.Value != 1:
		return account.Problem("value", "%s is the workspace's currency; its rate is 1", r.Currency)
	}
	return nil
}

// EndMissing ends what a complete source had before and has not in this
// import: open subscriptions, and those ending later, end with the day of the
// import; rates are kept. rejected are the keys of rows that stood in the file
// and were refused before they came here; what they led to stays.
func (s *Service) EndMissing(ctx context.Context, actor minori.Actor, run account.Run, rejected []metric.Hash) (int, error) {
	if err := actor.Require(actor.MayConfigure(), "import data"); err != nil {
		return 0, err
	}
	ended := 0
	err := s.inTx(ctx, run, func(ctx context.Context) error {
		byKind, keys, err := account.Missing(ctx, s.store, run, rejected)
		if err != nil || len(keys) == 0 {
			return err
		}
		missing := byKind[account.KindSubscription]
		ids := make([]int64, len(missing))
		for i, id := range missing {
			ids[i] = int64(id)
		}
		if ended, err = s.endSubscriptions(ctx, ids, run.Time); err != nil {
			return err
		}
		if err := s.store.DeleteImportRows(ctx, run.Source, keys); err != nil {
			return err
		}
		return s.store.AppendAudit(ctx, auth.Entry{
			At: run.Time, Actor: actor.Name, Action: "import.end_missing",
			Object: fmt.Sprintf("import %d", run.Import), Detail: fmt.Sprintf("%d subscriptions ended", ended),
		})
	})
	if err != nil {
		return 0, err
	}
	return ended, nil
}

func (s *Service) endSubscriptions(ctx context.Context, ids []int64, at int64) (int, error) {
	day := minori.DayOf(time.UnixMicro(at).In(s.cfg.Zone))
	subs, err := s.store.SubscriptionsByID(ctx, ids)
	if err != nil {
		return 0, err
	}
	var changed []Subscription
	touched := map[minori.ID]bool{}
	for _, id := range ids {
		sub, ok := subs[id]
		if !ok || sub.End != nil && *sub.End <= day {
			continue
		}
		end := max(day, sub.Start)
		sub.End = &end
		changed = append(changed, sub)
		touched[sub.Account] = true
	}
	if err := s.store.SaveSubscriptions(ctx, changed); err != nil {
		return 0, err
	}
	if err := s.writeTerms(ctx, changed); err != nil {
		return 0, err
	}
	accounts := make([]minori.ID, 0, len(touched))
	for id := range touched {
		accounts = append(accounts, id)
	}
	slices.Sort(accounts)
	return len(changed), s.updateLedger(ctx, accounts, at)
}
