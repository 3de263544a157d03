package app

import (
	"context"

	minori "github.com/minori-hq/minori"
	"github.com/minori-hq/minori/rule"
	"github.com/minori-hq/minori/web"
)

// webStandings gives the stores' values in the words of the pages.
type webStandings struct{ *App }

// PhaseCounts implements web.Standings.
func (s webStandings) PhaseCounts(ctx context.Context, rules []int64) (map[int64]map[rule.Phase]int, error) {
	return s.Records.PhaseCounts(ctx, rules)
}

// ScoresAt implements web.Standings.
func (s webStandings) ScoresAt(ctx context.Context, scorecard int64, at minori.AsOf) ([]web.ScoreDay, error) {
	rows, err := s.Lake.Scores(ctx, at, scorecard, nil)
	if err != nil {
		return nil, err
	}
	out := make([]web.ScoreDay, len(rows))
	for i, r := range rows {
		out[i] = web.ScoreDay{
			Subject: r.Subject, AsOf: at.Micros(), Day: at.Day, Version: r.Version, Score: r.Score, Computed: r.Computed,
			Override: r.Override, CapPart: r.CapPart, Coverage: r.Coverage, Band: r.Band,
		}
	}
	return out, nil
}
