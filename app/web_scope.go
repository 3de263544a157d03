package app

import (
	"context"
	"slices"

	minori "github.com/minori-hq/minori"
	"github.com/minori-hq/minori/account"
	"github.com/minori-hq/minori/evaluate"
	"github.com/minori-hq/minori/metric"
	"github.com/minori-hq/minori/resource"
	"github.com/minori-hq/minori/store/lake"
	"github.com/minori-hq/minori/web/site"
)

// scoped gives a list's query to the lake, kept to the subjects the actor sees
// and to the fields it may read.
func (l webLake) scoped(ctx context.Context, actor minori.Actor, q site.ListQuery) (lake.ListQuery, error) {
	ids, without, err := l.app.seen(ctx, actor, q.Kind, q.IDs)
	if err != nil {
		return lake.ListQuery{}, err
	}
	return lake.ListQuery{Kind: q.Kind, Columns: q.Columns, IDs: ids, Without: without, Filters: lakeFilters(q.Filters), Any: lakeFilters(q.Any),
		Search: q.Search, Sort: q.Sort, Desc: q.Desc, Sums: q.Sums, Page: q.Page, CountOnly: q.CountOnly}, nil
}

// scope says what an actor sees.
func (a *App) scope(ctx context.Context, actor minori.Actor) (account.Scope, error) {
	return a.Accounts.Scope(ctx, actor)
}

// seen gives those of some subjects (nil: of all) that the actor sees (nil:
// all of all), and the columns of lists it does not see.
func (a *App) seen(ctx context.Context, actor minori.Actor, kind minori.SubjectKind, among []minori.ID) (ids []minori.ID, without []string, err error) {
	if ids, err = a.Accounts.Visible(ctx, actor, kind, among); err != nil {
		return nil, nil, err
	}
	hidden, err := a.Accounts.Hidden(ctx, actor)
	for name := range hidden {
		without = append(without, evaluate.FieldColumn(name))
	}
	return ids, without, err
}

func lakeFilters(in []site.Filter) []lake.Filter {
	out := make([]lake.Filter, len(in))
	for i, f := range in {
		out[i] = lake.Filter{Column: f.Column, Op: lake.Op(f.Op), Values: f.Values}
	}
	return out
}

// scored gives the subjects of a scorecard that the actor sees; nil for all.
func (a *App) scored(ctx context.Context, actor minori.Actor, card int64) ([]minori.ID, error) {
	cfg, err := a.Resources.Load(ctx)
	if err != nil {
		return nil, err
	}
	for i := range cfg.Scorecards {
		if cfg.Scorecards[i].ID == card {
			return a.Accounts.Visible(ctx, actor, cfg.Scorecards[i].Def.Subject, nil)
		}
	}
	return nil, minori.Errorf(minori.NotFound, "there is no such scorecard")
}

// Steps implements site.Lake. The days of evaluations tell of no subject.
func (l webLake) Steps(ctx context.Context, kind minori.SubjectKind, upTo minori.Day, weeks int) ([]minori.AsOf, error) {
	return l.lake.Steps(ctx, kind, upTo, weeks)
}

// Freshness implements site.Lake. The age of a metric's data tells of no subject.
func (l webLake) Freshness(ctx context.Context, asOf minori.AsOf) (map[int64]evaluate.Latest, error) {
	return l.lake.Freshness(ctx, asOf)
}

// FieldHistory implements site.Lake.
func (l webLake) FieldHistory(ctx context.Context, actor minori.Actor, subject minori.ID) ([]metric.FieldValue, error) {
	if err := l.app.Accounts.See(ctx, actor, account.AnyKind, subject); err != nil {
		return nil, err
	}
	hidden, err := l.app.Accounts.Hidden(ctx, actor)
	if err != nil {
		return nil, err
	}
	steps, err := l.lake.FieldHistory(ctx, subject)
	if err != nil || len(hidden) == 0 {
		return steps, err
	}
	cfg, err := l.app.Resources.Load(ctx)
	if err != nil {
		return nil, err
	}
	ids := map[int64]bool{}
	for i := range cfg.Fields {
		ids[cfg.Fields[i].ID] = hidden[cfg.Fields[i].Def.Name]
	}
	return slices.DeleteFunc(steps, func(s metric.FieldValue) bool { return ids[s.Field] }), nil
}

// definedFields gives the fields that the workspace defines.
func (a *App) definedFields(ctx context.Context) ([]account.Field, error) {
	cfg, err := a.Resources.Load(ctx)
	if err != nil {
		return nil, err
	}
	return fieldsOf(cfg), nil
}

func fieldsOf(cfg *resource.Config) []account.Field {
	var out []account.Field
	for i := range cfg.Fields {
		if !cfg.Fields[i].Standard {
			out = append(out, cfg.Fields[i].Def)
		}
	}
	return out
}
