package traits

import (
	"context"
	"maps"
	"slices"

	minori "github.com/minori-hq/minori"
	"github.com/minori-hq/minori/account"
	"github.com/minori-hq/minori/metric"
)

// load reads everything that the messages name.
func (b *batch) load(ctx context.Context) error {
	b.counts, b.accounts, b.actors = map[int64]*counts{}, map[string]*subject{}, map[string]*actor{}
	if err := b.loadFields(ctx); err != nil {
		return err
	}
	fresh, err := b.s.store.AccountsAfter(ctx, b.mark.Account, accountsStep)
	if err != nil {
		return err
	}
	for _, l := range fresh {
		b.appeared = append(b.appeared, l.Key)
		b.mark.Account = l.ID
	}
	missing, err := b.loadAccounts(ctx)
	if err != nil {
		return err
	}
	b.appeared = append(b.appeared, missing...)
	waiting, err := b.s.store.Waiting(ctx, b.appeared)
	if err != nil {
		return err
	}
	if err := b.loadActors(ctx, waiting); err != nil {
		return err
	}
	return b.create(ctx, missing, len(fresh) < accountsStep)
}

// loadFields reads which fields there are.
func (b *batch) loadFields(ctx context.Context) error {
	var defined []account.Field
	if b.s.cfg.Fields != nil {
		var err error
		if defined, err = b.s.cfg.Fields(ctx); err != nil {
			return err
		}
	}
	b.targets = newTargets(defined)
	names := b.targets.names()
	slices.Sort(names)
	var err error
	b.fields, err = b.s.cfg.FieldIDs(ctx, names)
	return err
}

// loadAccounts reads the accounts that messages name, with the traits of those
// they change. It gives the keys of those that groups make.
func (b *batch) loadAccounts(ctx context.Context) (missing []string, err error) {
	named, grouped := map[string]bool{}, map[string]bool{}
	for _, key := range b.appeared {
		named[key] = true
	}
	for i := range b.messages {
		m := &b.messages[i]
		if m.Account == "" {
			continue
		}
		if m.Kind == Group && !grouped[m.Account] {
			if !usable(m.Account) {
				b.reject(m, "groupId", m.Account, false)
				continue
			}
			grouped[m.Account] = true
		}
		named[m.Account] = true
	}
	ids, err := b.s.store.SubjectIDs(ctx, account.KindAccount, slices.Sorted(maps.Keys(named)))
	if err != nil {
		return nil, err
	}
	var changing []minori.ID
	for key, id := range ids {
		b.accounts[key] = &subject{row: account.AccountRow{Account: account.Account{ID: id, Key: key}}}
		if grouped[key] {
			changing = append(changing, id)
		}
	}
	for key := range grouped {
		if _, known := ids[key]; !known {
			missing = append(missing, key)
		}
	}
	slices.Sort(missing)
	return missing, b.loadTraits(ctx, changing)
}

func (b *batch) loadTraits(ctx context.Context, ids []minori.ID) error {
	slices.Sort(ids)
	rows, err := b.s.store.AccountRows(ctx, ids)
	if err != nil {
		return err
	}
	traits, err := b.s.store.AccountTraits(ctx, ids)
	if err != nil {
		return err
	}
	for id, row := range rows {
		a := b.accounts[row.Key]
		a.row, a.traits = row, traits[id]
	}
	return nil
}

// loadActors reads the actors that messages name, those that wait, and those
// they are the same as.
func (b *batch) loadActors(ctx context.Context, waiting []string) error {
	want := map[string]bool{}
	for _, name := range waiting {
		want[name] = true
	}
	for i := range b.messages {
		for _, name := range []string{b.messages[i].User, b.messages[i].Anonymous} {
			if name != "" {
				want[name] = true
			}
		}
	}
	for next := slices.Sorted(maps.Keys(want)); len(next) > 0; {
		rows, err := b.s.store.Actors(ctx, next)
		if err != nil {
			return err
		}
		following := map[string]bool{}
		for _, name := range next {
			row, known := rows[name]
			if !known {
				row = Actor{Name: name}
			}
			b.actors[name] = &actor{Actor: row}
			if row.Same != "" && !want[row.Same] {
				want[row.Same], following[row.Same] = true, true
			}
		}
		next = slices.Sorted(maps.Keys(following))
	}
	// Those that waited are looked at again.
	for _, name := range waiting {
		b.root(name).touch()
	}
	return nil
}

// create makes the accounts that groups name first.
func (b *batch) create(ctx context.Context, keys []string, told bool) error {
	if len(keys) == 0 {
		return nil
	}
	next, err := b.s.store.NewIDs(ctx, "subject", len(keys))
	if err != nil {
		return err
	}
	for _, key := range keys {
		a := &subject{created: true, changed: true, dated: true, row: account.AccountRow{Account: account.Account{ID: minori.ID(next), Key: key, Name: key}}}
		next++
		b.accounts[key] = a
		b.steps = append(b.steps, metric.FieldValue{
			Subject: a.row.ID, Field: b.fields["account.name"], ValidFrom: metric.Always, Recorded: b.now, Text: &a.row.Name,
		})
		if told {
			b.mark.Account = a.row.ID
		}
	}
	return nil
}
