// Package edit changes the fields of accounts by hand: one account at a time
// or many, told when somebody else was faster, and taken back again.
package edit

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
	"unicode"

	minori "github.com/minori-hq/minori"
	"github.com/minori-hq/minori/account"
	"github.com/minori-hq/minori/auth"
	"github.com/minori-hq/minori/metric"
)

// Bounds.
const (
	MaxAccounts = 500               // accounts of one change
	UndoFor     = 60 * 60 * 1000000 // how long a change can be taken back, in microseconds
	maxValue    = 1000              // bytes of a text written by hand
)

// Store is what the service needs of the records store.
type Store interface {
	auth.Log
	InTx(ctx context.Context, fn func(ctx context.Context) error) error
	LockFacts(ctx context.Context) error
	AccountRows(ctx context.Context, ids []minori.ID) (map[minori.ID]account.AccountRow, error)
	SaveAccounts(ctx context.Context, rows []account.AccountRow) error
	PersonsByRef(ctx context.Context, refs []string) (map[string]minori.ID, error)
	AppendOutbox(ctx context.Context, deltas ...metric.Delta) error
	// SaveBatch keeps a change so that it can be taken back, and gives its number.
	SaveBatch(ctx context.Context, b Batch) (int64, error)
	// Batch gives a change; NotFound if there is none.
	Batch(ctx context.Context, id int64) (Batch, error)
	// UndoneBatch notes that a change was taken back; false if it was already.
	UndoneBatch(ctx context.Context, id, at int64) (bool, error)
}

// Config is what the service is made with.
type Config struct {
	Clock    minori.Clock
	FieldIDs func(ctx context.Context, names []string) (map[string]int64, error)
	// Visible gives those of some accounts that the actor sees.
	Visible func(ctx context.Context, actor minori.Actor, ids []minori.ID) ([]minori.ID, error)
	// Changed is told of values after they were saved; nil for nobody.
	Changed func(ctx context.Context, field account.Field, changes []Change)
}

// Service holds the rules and permissions around fields changed by hand.
type Service struct {
	store Store
	cfg   Config
}

// NewService makes a service over a store.
func NewService(store Store, cfg Config) *Service { return &Service{store: store, cfg: cfg} }

// Change is one field of one account that changed.
type Change struct {
	Account minori.ID
	Old     account.Value
	New     account.Value
}

// Batch is a change of one field that can be taken back.
type Batch struct {
	ID      int64
	Actor   string
	At      int64  // microseconds since 1970 UTC
	Field   string // full name, such as account.tier
	Changes []Change
	Undone  int64 // when it was taken back; 0: it was not
}

// Ask is a change of one account's field. Was is the value the editor saw; nil
// changes whatever is there.
type Ask struct {
	Account minori.ID
	Was     *account.Value
}

// Done says what became of a change.
type Done struct {
	Batch    int64    // number for taking it back; 0 when nothing changed
	Changed  []Change // what was changed
	Same     int      // accounts that had the value already
	Differed []Change // not changed: Old is what the editor saw, New what is there
}

// Fields gives the fields of accounts that people may change by hand: not the
// key, and not what decides when an account exists and whose child it is.
func Fields(defs []account.Field) []account.Field {
	var out []account.Field
	for _, f := range defs {
		if strings.HasPrefix(f.Name, "account.") && f.Name != "account.parent" && f.Name != "account.signed_up" {
			out = append(out, f)
		}
	}
	return out
}

// Target gives a field's name as sources map it: tier, fields.region.
func Target(field string) string {
	name := strings.TrimPrefix(field, "account.")
	for _, f := range account.StandardFields(minori.Account) {
		if f.Name == field {
			return name
		}
	}
	return "fields." + name
}

// MayEdit reports whether the actor may change fields of accounts.
func MayEdit(actor minori.Actor) error { return actor.Require(actor.MayAct(), "change accounts") }

// Set gives a field of some accounts a value. Of those whose value is not the
// one the editor saw, none is changed: Done says what is there now.
func (s *Service) Set(ctx context.Context, actor minori.Actor, field account.Field, to account.Value, asks []Ask) (Done, error) {
	if err := MayEdit(actor); err != nil {
		return Done{}, err
	}
	if len(asks) == 0 || len(asks) > MaxAccounts {
		return Done{}, minori.Errorf(minori.Invalid, "choose between 1 and %d accounts", MaxAccounts)
	}
	if !slices.ContainsFunc(Fields([]account.Field{field}), func(f account.Field) bool { return f.Name == field.Name }) {
		return Done{}, invalid(field, "this field is not changed by hand")
	}
	if err := s.checkValue(ctx, field, to); err != nil {
		return Done{}, err
	}
	return s.run(ctx, actor, field, "account.edit", asks, func(minori.ID) account.Value { return to }, nil)
}

// Undo takes a change of the same actor back. Accounts that were changed again
// since are left as they are.
func (s *Service) Undo(ctx context.Context, actor minori.Actor, field account.Field, id int64) (Done, error) {
	b, err := s.Batch(ctx, actor, id)
	if err != nil {
		return Done{}, err
	}
	if b.Undone != 0 || b.Field != field.Name || s.cfg.Clock().UnixMicro()-b.At > UndoFor {
		return Done{}, minori.Errorf(minori.Conflict, "this change cannot be taken back any more")
	}
	before := make(map[minori.ID]account.Value, len(b.Changes))
	asks := make([]Ask, len(b.Changes))
	for i, c := range b.Changes {
		before[c.Account] = c.Old
		asks[i] = Ask{Account: c.Account, Was: &b.Changes[i].New}
	}
	return s.run(ctx, actor, field, "account.undo", asks, func(id minori.ID) account.Value { return before[id] }, &b)
}

// Batch gives a change that the actor made.
func (s *Service) Batch(ctx context.Context, actor minori.Actor, id int64) (Batch, error) {
	if err := MayEdit(actor); err != nil {
		return Batch{}, err
	}
	b, err := s.store.Batch(ctx, id)
	if err == nil && b.Actor != actor.Name {
		err = minori.Errorf(minori.NotFound, "there is no change %d", id)
	}
	return b, err
}

// MayUndo reports whether a change can still be taken back.
func (s *Service) MayUndo(b Batch) bool {
	return b.Undone == 0 && s.cfg.Clock().UnixMicro()-b.At <= UndoFor
}

// Exported notes in the audit log that accounts leave the program as a file.
func (s *Service) Exported(ctx context.Context, actor minori.Actor, rows int, format, what string) error {
	if err := actor.Require(actor.MayRead(), "export accounts"); err != nil {
		return err
	}
	return s.store.AppendAudit(ctx, auth.Entry{
		At: s.cfg.Clock().UnixMicro(), Actor: actor.Name, Action: "account.export", Object: fmt.Sprintf("%d accounts", rows), Detail: format + ": " + what,
	})
}

// checkValue checks a value given by hand.
func (s *Service) checkValue(ctx context.Context, field account.Field, v account.Value) error {
	switch {
	case v.None():
		if field.Name == "account.name" {
			return invalid(field, "an account needs a name")
		}
		return nil
	case v.Text != nil && len(*v.Text) > maxValue:
		return invalid(field, "the text is longer than %d bytes", maxValue)
	case v.Text != nil && strings.ContainsFunc(*v.Text, unicode.IsControl):
		return invalid(field, "the text holds a control character")
	case field.Type == account.FieldChoice && !slices.Contains(field.Options, *v.Text):
		return invalid(field, "%q is not one of the choices", *v.Text)
	case v.Num != nil && !(*v.Num >= -account.MaxNumber && *v.Num <= account.MaxNumber):
		return invalid(field, "the number is too large")
	case field.Name == "account.seats" && !(*v.Num >= 0 && *v.Num <= account.MaxSeats):
		return invalid(field, "seats lie between 0 and %d", int64(account.MaxSeats))
	}
	if v.Text != nil {
		if err := account.CheckText(field.Name, *v.Text, maxValue); err != nil {
			return err
		}
	}
	if field.Name != "account.csm" {
		return nil
	}
	found, err := s.store.PersonsByRef(ctx, []string{*v.Text})
	if err == nil && found[*v.Text] == 0 {
		err = invalid(field, "there is no employee %q", *v.Text)
	}
	return err
}

func invalid(field account.Field, format string, args ...any) error {
	e := minori.Errorf(minori.Invalid, format, args...)
	e.Field = field.Name
	return e
}

// run changes a field in one transaction, and tells who wants to know.
func (s *Service) run(ctx context.Context, actor minori.Actor, field account.Field, verb string, asks []Ask, to func(minori.ID) account.Value, undo *Batch) (done Done, err error) {
	if !field.Writable(actor.Role) {
		return Done{}, minori.Errorf(minori.Forbidden, "the role %s may not change %s", actor.Role, field.Name)
	}
	ids := make([]minori.ID, len(asks))
	for i := range asks {
		ids[i] = asks[i].Account
	}
	slices.Sort(ids)
	ids = slices.Compact(ids)
	seen, err := s.cfg.Visible(ctx, actor, ids)
	if err != nil {
		return Done{}, err
	}
	if len(seen) != len(ids) {
		return Done{}, minori.Errorf(minori.NotFound, "there is no such account")
	}
	fields, err := s.cfg.FieldIDs(ctx, []string{field.Name})
	if err != nil {
		return Done{}, err
	}
	w := write{now: s.cfg.Clock().UnixMicro(), field: field.Name, id: fields[field.Name], to: to}
	err = s.store.InTx(ctx, func(ctx context.Context) error {
		done = Done{}
		if err := s.store.LockFacts(ctx); err != nil {
			return err
		}
		rows, err := s.store.AccountRows(ctx, ids)
		if err != nil {
			return err
		}
		if len(rows) != len(ids) {
			return minori.Errorf(minori.NotFound, "there is no such account")
		}
		return s.save(ctx, actor, verb, w, asks, rows, undo, &done)
	})
	if err != nil {
		return Done{}, err
	}
	if len(done.Changed) > 0 && s.cfg.Changed != nil {
		s.cfg.Changed(context.WithoutCancel(ctx), field, done.Changed)
	}
	return done, nil
}

// write is one change of a field.
type write struct {
	now   int64
	field string
	id    int64 // of the field
	to    func(minori.ID) account.Value
}

// save writes rows, history, the batch and the audit line.
func (s *Service) save(ctx context.Context, actor minori.Actor, verb string, w write, asks []Ask, rows map[minori.ID]account.AccountRow, undo *Batch, done *Done) error {
	changed, steps := w.apply(asks, rows, done)
	if undo != nil {
		if ok, err := s.store.UndoneBatch(ctx, undo.ID, w.now); err != nil || !ok {
			return cmp.Or(err, error(minori.Errorf(minori.Conflict, "this change cannot be taken back any more")))
		}
	}
	if len(changed) == 0 {
		return nil
	}
	if err := s.resolve(ctx, w.field, changed); err != nil {
		return err
	}
	if err := s.store.SaveAccounts(ctx, changed); err != nil {
		return err
	}
	if err := s.store.AppendOutbox(ctx, metric.Delta{Fields: steps}); err != nil {
		return err
	}
	if undo == nil {
		var err error
		if done.Batch, err = s.store.SaveBatch(ctx, Batch{Actor: actor.Name, At: w.now, Field: w.field, Changes: done.Changed}); err != nil {
			return err
		}
	}
	entries := make([]auth.Entry, len(changed))
	for i, c := range done.Changed {
		entries[i] = auth.Entry{At: w.now, Actor: actor.Name, Action: verb, Object: "account " + changed[i].Key, Detail: fmt.Sprintf("%s: %q → %q", w.field, c.Old, c.New)}
	}
	return s.store.AppendAudit(ctx, entries...)
}

// apply moves the values into the rows whose value is the one the editor saw.
func (w write) apply(asks []Ask, rows map[minori.ID]account.AccountRow, done *Done) (changed []account.AccountRow, steps []metric.FieldValue) {
	target := Target(w.field)
	for _, ask := range asks {
		row, ok := rows[ask.Account]
		if !ok {
			continue
		}
		delete(rows, ask.Account) // an account named twice is changed once
		old, to := row.Value(target), w.to(ask.Account)
		switch {
		case old.Equal(to):
			done.Same++
			continue
		case ask.Was != nil && !ask.Was.Equal(old):
			done.Differed = append(done.Differed, Change{Account: ask.Account, Old: *ask.Was, New: old})
			continue
		}
		row.Fields = cloned(row.Fields)
		row.Put(target, to, w.now)
		changed = append(changed, row)
		done.Changed = append(done.Changed, Change{Account: ask.Account, Old: old, New: to})
		steps = append(steps, metric.FieldValue{Subject: ask.Account, Field: w.id, ValidFrom: w.now, Recorded: w.now, Num: to.Num, Text: to.Text})
	}
	return changed, steps
}

// resolve finds who the CSMs are that were set.
func (s *Service) resolve(ctx context.Context, field string, rows []account.AccountRow) error {
	if field != "account.csm" {
		return nil
	}
	var refs []string
	for i := range rows {
		if rows[i].CSM != "" {
			refs = append(refs, rows[i].CSM)
		}
	}
	persons, err := s.store.PersonsByRef(ctx, refs)
	if err != nil {
		return err
	}
	for i := range rows {
		rows[i].CSMPerson = persons[rows[i].CSM]
	}
	return nil
}

func cloned(m map[string]account.Value) map[string]account.Value {
	out := make(map[string]account.Value, len(m)+1)
	for k, v := range m {
		out[k] = v
	}
	return out
}
