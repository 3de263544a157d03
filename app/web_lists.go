package app

import (
	"context"
	"slices"

	minori "github.com/minori-hq/minori"
	"github.com/minori-hq/minori/account"
	"github.com/minori-hq/minori/account/edit"
	"github.com/minori-hq/minori/metric"
	"github.com/minori-hq/minori/store/lake"
	"github.com/minori-hq/minori/store/records/desk"
	"github.com/minori-hq/minori/view"
	"github.com/minori-hq/minori/web/site"
)

// wireLists makes the services around lists.
func (a *App) wireLists() {
	rows := desk.New(a.Records.DB)
	a.Views = view.NewService(rows, view.Config{Clock: a.cfg.Clock, Audit: a.Records.AppendAudit})
	a.Edits = edit.NewService(rows.Over(a.Records), edit.Config{
		Clock: a.cfg.Clock,
		FieldIDs: func(ctx context.Context, names []string) (map[string]int64, error) {
			return a.Records.EnsureIDs(ctx, "Field", names)
		},
		Visible: func(ctx context.Context, actor minori.Actor, ids []minori.ID) ([]minori.ID, error) {
			return a.Accounts.Visible(ctx, actor, minori.Account, ids)
		},
		Changed: a.edited,
	})
}

// edited brings fields that people changed into the lake and its lists at
// once; scores follow with the next evaluation. A failure here is not one of
// the change, which is in the records.
func (a *App) edited(ctx context.Context, field account.Field, changes []edit.Change) {
	values := make(map[minori.ID]metric.Value, len(changes))
	for _, c := range changes {
		values[c.Account] = cellOf(c.New)
	}
	if err := a.Lake.PatchList(ctx, minori.Account, "field:"+field.Name, values); err != nil {
		a.cfg.Log.Error("the list does not show a change yet", "field", field.Name, "error", err)
	}
	if err := a.Drain(ctx); err != nil {
		a.cfg.Log.Error("the lake does not have a change yet", "field", field.Name, "error", err)
	}
}

// cellOf gives a field's value as lists may hold it: they know whether a
// column is of texts or of numbers.
func cellOf(v account.Value) metric.Value {
	out := metric.Value{Text: v.String()}
	if v.None() {
		out.Reason = metric.NoValue
	}
	if v.Num != nil {
		out.Num = *v.Num
	}
	return out
}

// EachRow implements site.Rows.
func (l webLake) EachRow(ctx context.Context, actor minori.Actor, q site.ListQuery, most int, fn func(site.ListRow) error) error {
	in, err := l.scoped(ctx, actor, q)
	if err != nil {
		return err
	}
	return l.lake.EachRow(ctx, in, most, func(r lake.ListRow) error {
		return fn(site.ListRow{Subject: r.Subject, Key: r.Key, Cells: r.Cells})
	})
}

// Choices implements site.Rows.
func (l webLake) Choices(ctx context.Context, actor minori.Actor, kind minori.SubjectKind, column string, most int) ([]string, error) {
	ids, without, err := l.app.seen(ctx, actor, kind, nil)
	if err != nil || slices.Contains(without, column) {
		return nil, err
	}
	return l.lake.ListChoices(ctx, kind, column, ids, most)
}
