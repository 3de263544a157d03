package site

import (
	"context"

	minori "github.com/minori-hq/minori"
	"github.com/minori-hq/minori/account"
	"github.com/minori-hq/minori/account/edit"
	"github.com/minori-hq/minori/view"
)

// Rows reads lists beyond a page.
type Rows interface {
	// EachRow gives the rows that List would give, at most so many, to fn, as
	// they were at one instant.
	EachRow(ctx context.Context, actor minori.Actor, q ListQuery, most int, fn func(ListRow) error) error
	// Choices gives the texts of a column that most of the accounts an actor
	// sees have, the commonest first.
	Choices(ctx context.Context, actor minori.Actor, kind minori.SubjectKind, column string, most int) ([]string, error)
}

// Views keeps saved views of lists.
type Views interface {
	List(ctx context.Context, actor minori.Actor) ([]view.View, int64, error)
	Get(ctx context.Context, actor minori.Actor, id int64) (view.View, error)
	Create(ctx context.Context, actor minori.Actor, v view.View) (view.View, error)
	Save(ctx context.Context, actor minori.Actor, v view.View) (view.View, error)
	Delete(ctx context.Context, actor minori.Actor, id, version int64) error
	SetDefault(ctx context.Context, actor minori.Actor, id int64) error
}

// Edits changes fields of accounts by hand.
type Edits interface {
	Set(ctx context.Context, actor minori.Actor, field account.Field, to account.Value, asks []edit.Ask) (edit.Done, error)
	Undo(ctx context.Context, actor minori.Actor, field account.Field, id int64) (edit.Done, error)
	Batch(ctx context.Context, actor minori.Actor, id int64) (edit.Batch, error)
	MayUndo(b edit.Batch) bool
	// Exported notes in the audit log that accounts leave the program as a file.
	Exported(ctx context.Context, actor minori.Actor, rows int, format, what string) error
}
