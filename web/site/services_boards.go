package site

import (
	"context"

	minori "github.com/minori-hq/minori"
	"github.com/minori-hq/minori/metric"
)

// Boards reads what dashboards show of many accounts at once: of all that the
// actor sees.
type Boards interface {
	// Whole gives a metric by day and group.
	Whole(ctx context.Context, actor minori.Actor, q BoardQuery, m metric.Ref) ([]BoardDay, error)
	// ScoreMeans gives the mean score of each evaluation by group.
	ScoreMeans(ctx context.Context, actor minori.Actor, q BoardQuery, scorecard int64) ([]BoardDay, error)
	// Cut sums up a column of the lists over groups; "" counts the accounts.
	Cut(ctx context.Context, actor minori.Actor, q BoardQuery, column string) ([]BoardCut, error)
}

// BoardQuery picks accounts and days; Filters and By are on columns of the lists.
type BoardQuery struct {
	Filters  []Filter
	By       string
	From, To minori.Day
}

// BoardDay is one day of a metric or score over a group of accounts. Sum is a
// sum, the last known for a gauge, the mean for a score.
type BoardDay struct {
	By    string // "" for the rest, and where nothing cuts
	Day   minori.Day
	Sum   float64
	Count int64
}

// BoardCut sums up a column over a group of accounts.
type BoardCut struct {
	By                          string
	Subjects, Known             int64
	Sum, Mean, Median, Min, Max float64
}
