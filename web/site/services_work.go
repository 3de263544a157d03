package site

import (
	"context"

	minori "github.com/minori-hq/minori"
	"github.com/minori-hq/minori/action"
	"github.com/minori-hq/minori/rule"
)

// Overrides sets scores by hand.
type Overrides interface {
	SetOverride(ctx context.Context, actor minori.Actor, o action.Override) error
	ClearOverride(ctx context.Context, actor minori.Actor, subject minori.ID, scorecard string) error
	Overrides(ctx context.Context, actor minori.Actor, subject minori.ID, page minori.Page) ([]action.Override, error)
}

// Standings reads where rules and scores stand for all subjects at once.
type Standings interface {
	// PhaseCounts counts subjects by phase for rules; inactive ones are not counted.
	PhaseCounts(ctx context.Context, actor minori.Actor, rules []int64) (map[int64]map[rule.Phase]int, error)
	// ScoresAt gives the stored scores of all subjects at exactly this as-of.
	ScoresAt(ctx context.Context, actor minori.Actor, scorecard int64, at minori.AsOf) ([]ScoreDay, error)
}
