package app

import (
	"context"

	minori "github.com/minori-hq/minori"
	"github.com/minori-hq/minori/metric"
	"github.com/minori-hq/minori/store/lake"
	"github.com/minori-hq/minori/web/site"
)

// webBoards reads for dashboards what the actor sees.
type webBoards struct{ *App }

func (b webBoards) query(ctx context.Context, actor minori.Actor, q site.BoardQuery) (lake.WholeQuery, error) {
	ids, without, err := b.seen(ctx, actor, minori.Account, nil)
	return lake.WholeQuery{Kind: minori.Account, IDs: ids, Without: without, Filters: lakeFilters(q.Filters), By: q.By, From: q.From, To: q.To}, err
}

// Whole implements site.Boards.
func (b webBoards) Whole(ctx context.Context, actor minori.Actor, q site.BoardQuery, m metric.Ref) ([]site.BoardDay, error) {
	in, err := b.query(ctx, actor, q)
	if err != nil {
		return nil, err
	}
	days, err := b.Lake.Whole(ctx, in, m)
	return boardDays(days), err
}

// ScoreMeans implements site.Boards.
func (b webBoards) ScoreMeans(ctx context.Context, actor minori.Actor, q site.BoardQuery, scorecard int64) ([]site.BoardDay, error) {
	in, err := b.query(ctx, actor, q)
	if err != nil {
		return nil, err
	}
	days, err := b.Lake.ScoreMeans(ctx, in, scorecard)
	return boardDays(days), err
}

func boardDays(days []lake.WholeDay) []site.BoardDay {
	out := make([]site.BoardDay, len(days))
	for i, d := range days {
		out[i] = site.BoardDay(d)
	}
	return out
}

// Cut implements site.Boards.
func (b webBoards) Cut(ctx context.Context, actor minori.Actor, q site.BoardQuery, column string) ([]site.BoardCut, error) {
	in, err := b.query(ctx, actor, q)
	if err != nil {
		return nil, err
	}
	cuts, err := b.Lake.Cut(ctx, in, column)
	out := make([]site.BoardCut, len(cuts))
	for i, c := range cuts {
		out[i] = site.BoardCut(c)
	}
	return out, err
}
