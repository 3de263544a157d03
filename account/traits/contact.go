package traits

import (
	"cmp"
	"context"
	"strings"

	minori "github.com/minori-hq/minori"
	"github.com/minori-hq/minori/account"
)

// saveContacts makes contacts of users who are known and act for an account,
// and brings changed traits into those that are there.
func (b *batch) saveContacts(ctx context.Context) error {
	var users []*actor
	var ids, drop []minori.ID
	var keys []string
	for _, a := range b.roots() {
		drop = append(drop, a.drop...)
		if !a.User || !a.Identified || a.account() == 0 || !usable(a.Name) {
			continue
		}
		users, keys = append(users, a), append(keys, a.Name)
		if a.Contact != 0 {
			ids = append(ids, a.Contact)
		}
	}
	found, err := b.s.store.SubjectIDs(ctx, account.KindContact, keys)
	if err != nil {
		return err
	}
	for _, id := range found {
		ids = append(ids, id)
	}
	rows, err := b.s.store.ContactRows(ctx, ids)
	if err != nil {
		return err
	}
	whole := map[*actor]bool{}
	for _, a := range users {
		id := found[a.Name]
		if id == 0 || id == a.Contact {
			continue
		}
		// There is one of this key already, imported: it is the user's.
		if a.Own {
			drop = append(drop, a.Contact)
		}
		a.Contact, a.Own, whole[a] = id, false, true
	}
	if err := b.s.store.DeleteFacts(ctx, account.KindContact, drop); err != nil {
		return err
	}
	return b.writeContacts(ctx, users, whole, rows)
}

// writeContacts writes the contacts of users. Those that are made, and whole
// ones, get every trait known.
func (b *batch) writeContacts(ctx context.Context, users []*actor, whole map[*actor]bool, rows map[minori.ID]account.Contact) error {
	var changed []account.Contact
	var made []*actor
	for _, a := range users {
		row, there := rows[a.Contact]
		if !there {
			a.Own = true
			made = append(made, a)
			continue
		}
		was := row
		if a.fill(&row, whole[a]); row != was {
			changed = append(changed, row)
			b.count(a.source).contacts++
		}
	}
	next, err := b.s.store.NewIDs(ctx, string(account.KindContact), len(made))
	if err != nil {
		return err
	}
	for i, a := range made {
		a.Contact = minori.ID(next) + minori.ID(i)
		row := account.Contact{ID: a.Contact}
		a.fill(&row, true)
		changed = append(changed, row)
		b.count(a.source).contacts++
	}
	return b.s.store.SaveContacts(ctx, changed)
}

// fill brings traits into a contact: those that changed, or all. One that was
// imported keeps its account.
func (a *actor) fill(c *account.Contact, all bool) {
	if a.Own {
		c.Key, c.Account = a.Name, a.account()
	}
	set := func(to *string, value string, traits ...string) {
		touched := all
		for _, t := range traits {
			touched = touched || a.fields[t]
		}
		if !touched || value == "" {
			return
		}
		was := *to
		*to = value
		if !fits(account.Contact{Key: "x", Name: c.Name, Email: c.Email, Role: c.Role, Title: c.Title}) {
			*to = was
		}
	}
	t := a.Traits
	full := strings.TrimSpace(t.text("firstName", "first_name") + " " + t.text("lastName", "last_name"))
	set(&c.Name, cmp.Or(t.text("name"), full), "name", "firstName", "first_name", "lastName", "last_name")
	set(&c.Email, t.text("email"), "email")
	set(&c.Title, t.text("title"), "title")
	set(&c.Role, t.text("role"), "role")
	if c.Name == "" {
		c.Name = a.Name
	}
}
