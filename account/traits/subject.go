package traits

import (
	"bytes"
	"context"
	"encoding/json"
	"maps"
	"slices"

	minori "github.com/minori-hq/minori"
	"github.com/minori-hq/minori/account"
	"github.com/minori-hq/minori/metric"
)

// subject is an account while messages change it.
type subject struct {
	row     account.AccountRow
	traits  Traits
	created bool
	changed bool // its row has to be written
	told    bool // its traits have to be written
	csm     bool // its CSM is another
	dated   bool // it is new, or the day it signed up is another
	since   int64
	arrival int64 // of the first message that changed a field; 0: none did
}

// accountTraits takes the traits of a message.
func (b *batch) accountTraits(a *subject, m *Message) {
	if a.created && a.arrival == 0 {
		a.arrival, a.since = m.Arrival, m.Time
		b.count(m.Source).created++
	}
	traits := read(m.Traits)
	for _, name := range slices.Sorted(maps.Keys(traits)) {
		raw := traits[name]
		was, had, ok := a.traits.put(name, Trait{m.Time, raw})
		if !ok {
			b.reject(m, name, string(raw), true)
			continue
		}
		if a.traits == nil {
			a.traits = Traits{name: {m.Time, raw}}
		}
		a.told = true
		change := change{name: name, raw: raw, was: was, had: had}
		if t, ok := b.targets.of(name); ok {
			b.field(a, m, t, change)
		} else if c, ok := country(name, raw); ok {
			change.raw = c
			if had {
				change.was.Value, _ = country(name, was.Value)
			}
			b.field(a, m, b.targets["country"], change)
		}
	}
}

// put keeps a trait unless a later one is known. It gives the one kept before,
// and false when there are too many or the value is too large. To a nil map
// nothing is added.
func (t Traits) put(name string, v Trait) (was Trait, had, ok bool) {
	was, had = t[name]
	if len(v.Value) > maxTrait || len(name) > account.MaxKey || !had && len(t) >= maxTraits {
		return was, had, false
	}
	if t != nil && (!had || v.Time >= was.Time) {
		t[name] = v
	}
	return was, had, true
}

// change is a trait on its way into a field.
type change struct {
	name string
	raw  json.RawMessage
	was  Trait // kept before
	had  bool
}

// field brings a trait into a field of the account. A value older than the one
// known goes into the field's history only. One that repeats the trait as it
// was leaves alone what people changed since.
func (b *batch) field(a *subject, m *Message, t target, c change) {
	v, ok := b.fit(a, t, c.raw)
	if !ok {
		b.reject(m, c.name, string(c.raw), false)
		return
	}
	if v.None() && t.name == "name" {
		return
	}
	same := c.had && bytes.Equal(c.was.Value, c.raw)
	now := a.row.Value(t.name)
	switch {
	case c.had && m.Time < c.was.Time:
		b.step(a, m, t, v, m.Time)
		if !same {
			b.step(a, m, t, now, c.was.Time)
		}
	case same || now.Equal(v):
	case m.Time < a.row.ValidFrom && b.foreign(a, t, c, now):
		b.step(a, m, t, v, m.Time)
	default:
		a.row.Put(t.name, v, m.Time)
		a.changed = true
		a.csm = a.csm || t.name == "csm"
		a.dated = a.dated || t.name == "signed_up"
		b.step(a, m, t, v, m.Time)
	}
}

// foreign reports whether a value came by another way than this trait.
func (b *batch) foreign(a *subject, t target, c change, now account.Value) bool {
	if c.had && len(c.was.Value) > 0 {
		before, ok := b.fit(a, t, c.was.Value)
		return !ok || !before.Equal(now)
	}
	return !now.None() && !(t.name == "name" && a.row.Name == a.row.Key)
}

// fit reads a value for a field; false if it does not fit.
func (b *batch) fit(a *subject, t target, raw json.RawMessage) (account.Value, bool) {
	v, ok := fit(t.field, raw, b.s.cfg.Zone)
	if !ok {
		return v, false
	}
	probe := account.AccountRow{Account: account.Account{Key: a.row.Key}}
	probe.Put(t.name, v, 0)
	return v, probe.Validate() == nil
}

// step adds a step to a field's history.
func (b *batch) step(a *subject, m *Message, t target, v account.Value, from int64) {
	b.steps = append(b.steps, metric.FieldValue{
		Subject: a.row.ID, Field: b.fields[t.field.Name], ValidFrom: from, Recorded: b.now, Num: v.Num, Text: v.Text,
	})
	if a.arrival == 0 {
		a.arrival, a.since = m.Arrival, from
	}
	a.since = min(a.since, from)
	b.count(m.Source).changed++
}

// saveAccounts writes accounts and traits.
func (b *batch) saveAccounts(ctx context.Context) error {
	var rows []account.AccountRow
	var refs []string
	traits := map[minori.ID]Traits{}
	for _, key := range slices.Sorted(maps.Keys(b.accounts)) {
		a := b.accounts[key]
		if a.changed {
			rows = append(rows, a.row)
		}
		if a.dated {
			b.subjects = append(b.subjects, metric.SubjectRow{Kind: minori.Account, ID: a.row.ID, Key: key, Since: a.row.SignedUp, Until: a.row.Ended})
		}
		if a.csm && a.row.CSM != "" {
			refs = append(refs, a.row.CSM)
		}
		if a.told {
			traits[a.row.ID] = a.traits
		}
		if a.arrival != 0 {
			b.result.Accounts = append(b.result.Accounts, Changed{Account: a.row.ID, Since: a.since, Arrival: a.arrival})
		}
	}
	persons, err := b.s.store.PersonsByRef(ctx, refs)
	if err != nil {
		return err
	}
	for i := range rows {
		if b.accounts[rows[i].Key].csm {
			rows[i].CSMPerson = persons[rows[i].CSM]
		}
	}
	if err := b.s.store.SaveAccounts(ctx, rows); err != nil {
		return err
	}
	return b.s.store.SaveAccountTraits(ctx, traits)
}
