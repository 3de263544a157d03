package profile

import (
	"cmp"
	"context"
	"maps"
	"slices"

	minori "github.com/minori-hq/minori"
	"github.com/minori-hq/minori/account"
)

// MaxFamily is the most accounts below one that are rolled up.
const MaxFamily = 200

// Family gives the account that stands above one (ID 0 for none) and those
// below it, as far as the actor sees them. More reports that there are others.
func (p *Service) Family(ctx context.Context, actor minori.Actor, acc account.Account) (parent account.Account, below []account.Account, more bool, err error) {
	if err := p.mayOpen(ctx, actor, minori.Account, acc.ID); err != nil {
		return parent, nil, false, err
	}
	below, err = p.timeline.Descendants(ctx, acc.Key, MaxFamily+1)
	if err != nil {
		return parent, nil, false, err
	}
	ids := make([]minori.ID, 0, len(below)+1)
	for _, a := range below {
		ids = append(ids, a.ID)
	}
	var above minori.ID
	if acc.Parent != "" {
		known, err := p.store.SubjectIDs(ctx, account.KindAccount, []string{acc.Parent})
		if err != nil {
			return parent, nil, false, err
		}
		above = known[acc.Parent]
		ids = append(ids, above)
	}
	if len(ids) == 0 {
		return parent, nil, false, nil
	}
	seen, err := p.accountsSeen(ctx, actor, ids)
	if err != nil {
		return parent, nil, false, err
	}
	parent = seen[above]
	below = slices.DeleteFunc(below, func(a account.Account) bool { _, ok := seen[a.ID]; return !ok || a.ID == acc.ID })
	if len(below) > MaxFamily {
		below, more = below[:MaxFamily], true
	}
	return parent, below, more, nil
}

// LastContacts gives when contacts of an account last took part in a
// conversation written here or answered a survey, up to an instant.
func (p *Service) LastContacts(ctx context.Context, actor minori.Actor, acc minori.ID, upTo int64) (map[minori.ID]int64, error) {
	if err := p.mayOpen(ctx, actor, minori.Account, acc); err != nil {
		return nil, err
	}
	return p.timeline.LastContacts(ctx, acc, upTo)
}

// Owned gives the accounts a person looks after, as far as the actor sees them.
func (p *Service) Owned(ctx context.Context, actor minori.Actor, person minori.ID, page minori.Page) ([]account.Account, error) {
	if err := p.mayOpen(ctx, actor, minori.Person, person); err != nil {
		return nil, err
	}
	labels, err := p.timeline.Owned(ctx, person, page)
	if err != nil || len(labels) == 0 {
		return nil, err
	}
	ids := make([]minori.ID, len(labels))
	for i, l := range labels {
		ids[i] = l.ID
	}
	seen, err := p.accountsSeen(ctx, actor, ids)
	if err != nil {
		return nil, err
	}
	var out []account.Account
	for _, id := range ids {
		if a, ok := seen[id]; ok {
			out = append(out, a)
		}
	}
	return out, nil
}

// Team gives a person's manager (ID 0 for none) and who reports to the person.
func (p *Service) Team(ctx context.Context, actor minori.Actor, person account.Person) (manager account.Label, reports []account.Person, err error) {
	if err := p.mayOpen(ctx, actor, minori.Person, person.ID); err != nil {
		return manager, nil, err
	}
	if person.Manager != "" {
		ids, err := p.store.PersonsByRef(ctx, []string{person.Manager})
		if err != nil {
			return manager, nil, err
		}
		labels, err := p.store.Labels(ctx, []minori.ID{ids[person.Manager]})
		if err != nil {
			return manager, nil, err
		}
		manager = labels[ids[person.Manager]]
	}
	refs := []string{person.Key}
	if person.Email != "" {
		refs = append(refs, person.Email)
	}
	reports, err = p.timeline.Reports(ctx, refs, minori.Page{Limit: MaxFamily})
	return manager, reports, err
}

// People gives those employees whose pages the actor may open, by name, and how
// many there are in all.
func (p *Service) People(ctx context.Context, actor minori.Actor, page minori.Page) ([]account.Person, int, error) {
	ids, err := p.Visible(ctx, actor, minori.Person, nil)
	if err != nil {
		return nil, 0, err
	}
	if ids == nil {
		all, err := p.store.AllSubjectIDs(ctx, account.KindPerson)
		if err != nil {
			return nil, 0, err
		}
		for _, id := range all {
			ids = append(ids, id)
		}
	}
	labels, err := p.store.Labels(ctx, ids)
	if err != nil {
		return nil, 0, err
	}
	ids = slices.SortedFunc(maps.Keys(labels), func(a, b minori.ID) int {
		return cmp.Or(cmp.Compare(labels[a].Name, labels[b].Name), cmp.Compare(labels[a].Key, labels[b].Key))
	})
	total := len(ids)
	ids = ids[min(max(page.Offset, 0), total):]
	ids = ids[:min(page.Size(), len(ids))]
	rows, err := p.store.PersonRows(ctx, ids)
	if err != nil {
		return nil, 0, err
	}
	out := make([]account.Person, 0, len(ids))
	for _, id := range ids {
		out = append(out, rows[id].Person)
	}
	return out, total, nil
}

// accountsSeen gives those accounts that the actor sees, by id.
func (p *Service) accountsSeen(ctx context.Context, actor minori.Actor, ids []minori.ID) (map[minori.ID]account.Account, error) {
	visible, err := p.Visible(ctx, actor, minori.Account, ids)
	if err != nil || len(visible) == 0 {
		return nil, err
	}
	return p.Accounts(ctx, actor, visible)
}
