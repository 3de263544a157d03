package site

import (
	"context"

	minori "github.com/minori-hq/minori"
	"github.com/minori-hq/minori/notice"
)

// Notices tells readers what concerns them.
type Notices interface {
	List(ctx context.Context, actor minori.Actor, page minori.Page) ([]notice.Notice, int, error)
	Unread(ctx context.Context, actor minori.Actor) (int, error)
	// MarkRead marks one notice as read; 0 marks all.
	MarkRead(ctx context.Context, actor minori.Actor, id int64) error
	Off(ctx context.Context, actor minori.Actor) ([]notice.Kind, error)
	SetOff(ctx context.Context, actor minori.Actor, off []notice.Kind) error
}
