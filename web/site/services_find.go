package site

import (
	"context"

	minori "github.com/minori-hq/minori"
	"github.com/minori-hq/minori/account"
)

// Finder finds what somebody begins to type.
type Finder interface {
	// Search gives accounts by what was typed of their name or id.
	Search(ctx context.Context, actor minori.Actor, text string, page minori.Page) ([]account.Account, error)
}
