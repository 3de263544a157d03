package app

import (
	"context"

	minori "github.com/minori-hq/minori"
	"github.com/minori-hq/minori/action"
	"github.com/minori-hq/minori/evaluate"
	"github.com/minori-hq/minori/measure"
	"github.com/minori-hq/minori/resource"
)

// webEditing gives the pages what several services do for an edit.
type webEditing struct{ *App }

// Text implements site.Editing.
func (e webEditing) Text(ctx context.Context, actor minori.Actor, kind, name string) (resource.Text, error) {
	return e.Resources.Text(ctx, actor, kind, name)
}

// CheckEdit implements site.Editing.
func (e webEditing) CheckEdit(ctx context.Context, actor minori.Actor, edit resource.Edit) (resource.Checked, error) {
	return e.Resources.CheckEdit(ctx, actor, edit)
}

// ApplyEdit implements site.Editing; new and changed event metrics are counted again.
func (e webEditing) ApplyEdit(ctx context.Context, actor minori.Actor, edit resource.Edit, comment string) (resource.Applied, error) {
	done, err := e.Resources.ApplyEdit(ctx, actor, edit, comment)
	if err != nil {
		return done, err
	}
	return done, e.Rebuild(ctx, nil)
}

// CheckRemove implements site.Editing.
func (e webEditing) CheckRemove(ctx context.Context, actor minori.Actor, kind, name string) (minori.Errors, error) {
	return e.Resources.CheckRemove(ctx, actor, kind, name)
}

// Remove implements site.Editing.
func (e webEditing) Remove(ctx context.Context, actor minori.Actor, kind, name string, version int64, comment string) (resource.Applied, error) {
	return e.Resources.Remove(ctx, actor, kind, name, version, comment)
}

// WhatIf implements site.Editing.
func (e webEditing) WhatIf(ctx context.Context, actor minori.Actor, prog *evaluate.Program, name string, asOf minori.AsOf) (evaluate.WhatIf, error) {
	return e.Evaluate.WhatIf(ctx, actor, prog, name, asOf)
}

// PreviewRule implements site.Editing.
func (e webEditing) PreviewRule(ctx context.Context, actor minori.Actor, prog *evaluate.Program, name string, days evaluate.Range) (evaluate.PreviewResult, error) {
	r, err := prog.Rule(name)
	if err != nil {
		return evaluate.PreviewResult{}, err
	}
	return e.Evaluate.Preview(ctx, actor, r, prog.Kind, days, e.outcomes(actor), nil)
}

// Why implements site.Editing.
func (e webEditing) Why(ctx context.Context, actor minori.Actor, expr *measure.Expr, subject minori.Subject, asOf minori.AsOf, lang minori.Lang) (measure.Part, error) {
	if err := e.Accounts.See(ctx, actor, subject.Kind, subject.ID); err != nil {
		return measure.Part{}, err
	}
	return e.Evaluate.Why(ctx, actor, expr, subject, asOf, lang)
}

// Holding implements site.Editing.
func (e webEditing) Holding(ctx context.Context, actor minori.Actor, kind minori.SubjectKind, expr *measure.Expr, asOf minori.AsOf) (map[minori.ID]bool, error) {
	return e.Evaluate.Holding(ctx, actor, kind, expr, asOf)
}

// PlaybookCounts implements site.Editing.
func (e webEditing) PlaybookCounts(ctx context.Context, actor minori.Actor) (map[string]action.PlaybookCount, error) {
	return e.Actions.PlaybookCounts(ctx, actor)
}

// PlaybookUses implements site.Editing.
func (e webEditing) PlaybookUses(ctx context.Context, actor minori.Actor, playbook string) ([]action.PlaybookUse, error) {
	return e.Actions.PlaybookUses(ctx, actor, playbook)
}
