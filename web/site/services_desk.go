package site

import (
	"context"

	minori "github.com/minori-hq/minori"
	"github.com/minori-hq/minori/action"
	"github.com/minori-hq/minori/revenue"
)

// Desk reads what somebody's day at work needs of many accounts at once.
type Desk interface {
	// Book gives the accounts whose CSM is one of some persons, of those that
	// the actor sees.
	Book(ctx context.Context, actor minori.Actor, csms []minori.ID) ([]minori.ID, error)
	// Team gives the actor's person and who reports to it, at any depth.
	Team(ctx context.Context, actor minori.Actor) ([]minori.ID, error)
	// Movers gives the accounts whose score moved most between two stored
	// as-ofs, the largest move first; among nil: of all that the actor sees.
	Movers(ctx context.Context, actor minori.Actor, scorecard int64, from, to minori.AsOf, among []minori.ID, most int) ([]Mover, error)
	// Books counts accounts and their ARR by CSM, 0 standing for nobody.
	Books(ctx context.Context, actor minori.Actor) (map[minori.ID]Book, error)
	// Expansions gives the newest expansions of accounts since a day.
	Expansions(ctx context.Context, actor minori.Actor, accounts []minori.ID, since minori.Day, most int) ([]revenue.Entry, error)
}

// Mover is how the score of one account moved.
type Mover struct {
	Subject  minori.ID
	From, To float64
}

// Book is the accounts of one CSM.
type Book struct {
	Accounts int
	ARR      float64 // in the workspace's currency
}

// Bulk works on several calls to action at once.
type Bulk interface {
	Counts(ctx context.Context, actor minori.Actor, f action.Filter, ends ...minori.Day) ([]int, error)
	Tasks(ctx context.Context, actor minori.Actor, f action.TaskFilter, page minori.Page) ([]action.TaskOf, int, error)
	Loads(ctx context.Context, actor minori.Actor) ([]action.Load, error)
	Bulk(ctx context.Context, actor minori.Actor, calls []action.Seen, change action.Change) (action.Worked, error)
	Worked(ctx context.Context, actor minori.Actor, token string) (action.Worked, error)
	Undo(ctx context.Context, actor minori.Actor, token string) (action.Worked, error)
}
