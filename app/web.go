package app

import (
	"context"
	"fmt"
	"net/http"
	"slices"

	minori "github.com/minori-hq/minori"
	"github.com/minori-hq/minori/account"
	"github.com/minori-hq/minori/app/columns"
	"github.com/minori-hq/minori/metric"
	"github.com/minori-hq/minori/resource"
	"github.com/minori-hq/minori/store/lake"
	"github.com/minori-hq/minori/store/lake/duckdb"
	"github.com/minori-hq/minori/web"
	"github.com/minori-hq/minori/web/assets"
	"github.com/minori-hq/minori/web/site"
)

// handler makes the web interface; signInPages says that people sign in on it.
func (a *App) handler(signIn func(*http.Request) (site.Reader, error), signInPages bool) (http.Handler, error) {
	built, err := assets.Load()
	if err != nil {
		return nil, fmt.Errorf("loading the assets: %w", err)
	}
	a.serveWarm()
	h, err := web.New(a.webServices(), site.Options{SignIn: signIn, SignInPages: signInPages, Texts: a.Texts, Assets: built, Clock: a.cfg.Clock, Log: a.cfg.Log, Ready: a.ready})
	if err != nil {
		return nil, fmt.Errorf("making the pages: %w", err)
	}
	return a.observed(h), nil
}

func (a *App) webServices() site.Services {
	lists := webLake{a, a.Lake, a.columns}
	services := site.Services{
		Accounts: a.Accounts, Revenue: a.Revenue, Actions: a.Actions, Resources: a.Resources, Evaluate: a.Evaluate,
		Lake: lists, Desk: webDesk{lists}, Bulk: a.Actions, Reports: webReports{a}, Overrides: a.Actions, Standings: webStandings{a}, Profiles: a.Profiles, Readings: a.Evaluate, Find: a.Accounts, Live: a.live, Notices: a.Notices, Boards: webBoards{a}, Editing: webEditing{a}, Users: a.Auth, Rows: lists, Views: a.Views, Edits: a.Edits, Health: a.Health, Webhooks: a.Webhooks,
	}
	if a.demo != nil {
		services.Demo = a.demo
	}
	return services
}

// webReports adds to the app what pages call with less.
type webReports struct{ *App }

// Rollback implements site.Reports.
func (r webReports) Rollback(ctx context.Context, actor minori.Actor, version int64, comment string) (resource.Applied, error) {
	return r.App.Rollback(ctx, actor, version, comment, nil)
}

// webLake gives the lake's values in the words of the pages.
type webLake struct {
	app     *App
	lake    *duckdb.Lake
	columns *columns.Cache
}

// List implements site.Lake.
func (l webLake) List(ctx context.Context, actor minori.Actor, q site.ListQuery) (site.ListPage, error) {
	in, err := l.scoped(ctx, actor, q)
	if err != nil {
		return site.ListPage{}, err
	}
	page, err := l.lake.List(ctx, in)
	if minori.CodeOf(err) == minori.Invalid {
		page, err = l.listKnown(ctx, in)
	}
	if err != nil {
		return site.ListPage{}, err
	}
	return listPage(q, page), nil
}

// listKnown is List for a projection older than the definitions: it leaves out
// the columns that the next evaluation will bring.
func (l webLake) listKnown(ctx context.Context, q lake.ListQuery) (lake.ListPage, error) {
	all, err := l.lake.List(ctx, lake.ListQuery{Kind: q.Kind, Without: q.Without, Page: minori.Page{Limit: 1}})
	if err != nil {
		return all, err
	}
	missing := func(name string) bool { return !slices.Contains(all.Columns, name) }
	q.Columns = slices.DeleteFunc(slices.Clone(q.Columns), missing)
	q.Sums = slices.DeleteFunc(slices.Clone(q.Sums), missing)
	if missing(q.Sort) {
		q.Sort = ""
	}
	return l.lake.List(ctx, q)
}

// listPage gives a page the columns that were asked for; one that the lake does
// not have yet is unknown.
func listPage(q site.ListQuery, page lake.ListPage) site.ListPage {
	out := site.ListPage{AsOf: page.AsOf, Total: page.Total, Sums: page.Sums, Rows: make([]site.ListRow, len(page.Rows))}
	if len(out.Sums) != len(q.Sums) {
		out.Sums = make([]float64, len(q.Sums))
	}
	for i, r := range page.Rows {
		out.Rows[i] = site.ListRow{Subject: r.Subject, Key: r.Key, Cells: make([]metric.Value, len(q.Columns))}
		for k, name := range q.Columns {
			out.Rows[i].Cells[k] = metric.Value{Reason: metric.NoData}
			if at := slices.Index(page.Columns, name); at >= 0 {
				out.Rows[i].Cells[k] = r.Cells[at]
			}
		}
	}
	return out
}

// ScoresOf implements site.Lake.
func (l webLake) ScoresOf(ctx context.Context, actor minori.Actor, subjects []minori.ID, scorecard int64, at []minori.AsOf) ([]site.ScoreDay, error) {
	subjects, err := l.app.Accounts.Visible(ctx, actor, account.AnyKind, subjects)
	if err != nil {
		return nil, err
	}
	columns, err := l.scoreColumns(ctx, scorecard, at)
	if err != nil {
		return nil, err
	}
	var out []site.ScoreDay
	for k, asOf := range at {
		col := columns[k]
		for _, id := range subjects {
			if i, ok := slices.BinarySearch(col.Subjects, id); ok {
				out = append(out, site.ScoreDay{Subject: id, AsOf: asOf.Micros(), Day: asOf.Day, Score: &col.Scores[i], Exception: -1, Cap: -1})
			}
		}
	}
	return out, nil
}

// scoreColumns gives the known scores of all subjects at some as-ofs.
func (l webLake) scoreColumns(ctx context.Context, scorecard int64, at []minori.AsOf) ([]columns.Scores, error) {
	versions, err := l.lake.CycleVersions(ctx, at)
	if err != nil {
		return nil, err
	}
	out := make([]columns.Scores, len(at))
	for i, asOf := range at {
		key := columns.Key{Scorecard: scorecard, AsOf: asOf.Micros(), Version: versions[asOf.Micros()]}
		out[i], err = l.columns.Get(key, func() (columns.Scores, error) {
			ids, scores, err := l.lake.ScoreColumn(ctx, scorecard, asOf)
			return columns.Scores{Subjects: ids, Scores: scores}, err
		})
		if err != nil {
			return nil, err
		}
	}
	return out, nil
}

// ScoreHistory implements site.Lake.
func (l webLake) ScoreHistory(ctx context.Context, actor minori.Actor, subject minori.ID, scorecard int64, from, to minori.Day) ([]site.ScoreDay, error) {
	if err := l.app.Accounts.See(ctx, actor, account.AnyKind, subject); err != nil {
		return nil, err
	}
	days, err := l.lake.ScoreHistory(ctx, subject, scorecard, from, to)
	return scoreDays(days), err
}

func scoreDays(in []lake.ScoreDay) []site.ScoreDay {
	out := make([]site.ScoreDay, len(in))
	for i := range in {
		out[i] = site.ScoreDay(in[i])
	}
	return out
}

// ScoreDistribution implements site.Lake.
func (l webLake) ScoreDistribution(ctx context.Context, actor minori.Actor, scorecard int64, from, to minori.Day) ([]site.ScoreBin, error) {
	subjects, err := l.app.scored(ctx, actor, scorecard)
	if err != nil {
		return nil, err
	}
	bins, err := l.lake.ScoreDistribution(ctx, scorecard, from, to, subjects)
	out := make([]site.ScoreBin, len(bins))
	for i := range bins {
		out[i] = site.ScoreBin(bins[i])
	}
	return out, err
}

// SeriesOf implements site.Lake.
func (l webLake) SeriesOf(ctx context.Context, actor minori.Actor, subject minori.ID, metrics []metric.Ref, from, to minori.Day) (map[int64][]site.DayPoint, error) {
	if err := l.app.Accounts.See(ctx, actor, account.AnyKind, subject); err != nil {
		return nil, err
	}
	series, err := l.lake.SeriesOf(ctx, subject, metrics, from, to)
	out := make(map[int64][]site.DayPoint, len(series))
	for id, points := range series {
		days := make([]site.DayPoint, len(points))
		for i := range points {
			days[i] = site.DayPoint(points[i])
		}
		out[id] = days
	}
	return out, err
}
