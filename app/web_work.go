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
func (s webStandings) PhaseCounts(ctx context.Context, rules []int64) (map[int64]map[rule.Phase]int, error) {
	return s.Records.PhaseCounts(ctx, rules)
}

// ScoresAt implements site.Standings.
func (s webStandings) ScoresAt(ctx context.Context, scorecard int64, at minori.AsOf) ([]site.ScoreDay, error) {
	rows, err := s.Lake.Scores(ctx, at, scorecard, nil)
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
