package app

import (
	"cmp"
	"context"
	"slices"

	minori "github.com/minori-hq/minori"
	"github.com/minori-hq/minori/revenue"
	"github.com/minori-hq/minori/store/lake"
	"github.com/minori-hq/minori/web/site"
)

// webDesk gives what a day at work needs, over the columns of scores that the
// lists keep.
type webDesk struct{ webLake }

// Book implements site.Desk.
func (d webDesk) Book(ctx context.Context, actor minori.Actor, csms []minori.ID) ([]minori.ID, error) {
	ids, err := d.app.Records.AccountsOf(ctx, csms)
	if err != nil {
		return nil, err
	}
	if ids == nil {
		ids = []minori.ID{} // none is not all
	}
	return d.app.Accounts.Visible(ctx, actor, minori.Account, ids)
}

// Team implements site.Desk. An administrator's scope is everybody: the manager
// line is that of the person alone.
func (d webDesk) Team(ctx context.Context, actor minori.Actor) ([]minori.ID, error) {
	if actor.Person == 0 {
		return nil, nil
	}
	line := actor
	line.Role = minori.RoleCSM
	scope, err := d.app.Accounts.Scope(ctx, line)
	return scope.People, err
}

// Movers implements site.Desk.
func (d webDesk) Movers(ctx context.Context, actor minori.Actor, scorecard int64, from, to minori.AsOf, among []minori.ID, most int) ([]site.Mover, error) {
	visible, err := d.app.Accounts.Visible(ctx, actor, minori.Account, among)
	if err != nil {
		return nil, err
	}
	columns, err := d.scoreColumns(ctx, scorecard, []minori.AsOf{from, to})
	if err != nil {
		return nil, err
	}
	then, now := columns[0], columns[1]
	var out []site.Mover
	k := 0
	for i, id := range now.Subjects {
		for k < len(then.Subjects) && then.Subjects[k] < id {
			k++
		}
		if k == len(then.Subjects) {
			break
		}
		if then.Subjects[k] != id || now.Scores[i] == then.Scores[k] {
			continue
		}
		if visible != nil {
			if _, ok := slices.BinarySearch(visible, id); !ok {
				continue
			}
		}
		out = append(out, site.Mover{Subject: id, From: then.Scores[k], To: now.Scores[i]})
	}
	size := func(m site.Mover) float64 { return max(m.To-m.From, m.From-m.To) }
	slices.SortFunc(out, func(a, b site.Mover) int {
		return cmp.Or(cmp.Compare(size(b), size(a)), cmp.Compare(a.Subject, b.Subject))
	})
	return out[:min(len(out), most)], nil
}

// Books implements site.Desk.
func (d webDesk) Books(ctx context.Context, actor minori.Actor) (map[minori.ID]site.Book, error) {
	visible, err := d.app.Accounts.VisibleAccounts(ctx, actor)
	if err != nil {
		return nil, err
	}
	groups, err := d.lake.ListGroups(ctx, lake.ListQuery{Kind: minori.Account, IDs: visible}, "field:account.csm", "field:account.arr")
	if err != nil {
		return nil, err
	}
	refs := make([]string, len(groups))
	for i, g := range groups {
		refs[i] = g.Text
	}
	people, err := d.app.Accounts.PersonsByRef(ctx, refs)
	if err != nil {
		return nil, err
	}
	out := map[minori.ID]site.Book{}
	for _, g := range groups {
		b := out[people[g.Text]]
		b.Accounts, b.ARR = b.Accounts+g.Count, b.ARR+g.Sum
		out[people[g.Text]] = b
	}
	return out, nil
}

// Expansions implements site.Desk.
func (d webDesk) Expansions(ctx context.Context, actor minori.Actor, accounts []minori.ID, since minori.Day, most int) ([]revenue.Entry, error) {
	return d.app.Revenue.Expansions(ctx, actor, accounts, since, most)
}
