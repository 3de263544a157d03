package app

import (
	"context"

	minori "github.com/minori-hq/minori"
	"github.com/minori-hq/minori/rule"
	"github.com/minori-hq/minori/web/site"
)

// webStandings gives the stores' values in the words of the pages.
type webStandings struct{ *App }

// PhaseCounts implements site.Standings.
func (s webStandings) PhaseCounts(ctx context.Context, actor minori.Actor, rules []int64) (map[int64]map[rule.Phase]int, error) {
	scope, err := s.Accounts.Scope(ctx, actor)
	if err != nil {
		return nil, err
	}
	return s.Records.PhaseCounts(ctx, rules, scope)
}

// ScoresAt implements site.Standings.
func (s webStandings) ScoresAt(ctx context.Context, actor minori.Actor, scorecard int64, at minori.AsOf) ([]site.ScoreDay, error) {
	subjects, err := s.scored(ctx, actor, scorecard)
	if err != nil {
		return nil, err
	}
	rows, err := s.Lake.Scores(ctx, at, scorecard, subjects)
	if err != nil {
		return nil, err
	}
	out := make([]site.ScoreDay, len(rows))
	for i, r := range rows {
		out[i] = site.ScoreDay{
			Subject: r.Subject, AsOf: at.Micros(), Day: at.Day, Version: r.Version, Score: r.Score, Computed: r.Computed,
			Override: r.Override, CapPart: r.CapPart, Coverage: r.Coverage, Band: r.Band,
		}
	}
	return out, nil
}
