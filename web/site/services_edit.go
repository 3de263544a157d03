package site

import (
	"context"

	minori "github.com/minori-hq/minori"
	"github.com/minori-hq/minori/action"
	"github.com/minori-hq/minori/evaluate"
	"github.com/minori-hq/minori/measure"
	"github.com/minori-hq/minori/resource"
)

// Editing edits definitions one by one and tries out what they would do.
type Editing interface {
	Text(ctx context.Context, actor minori.Actor, kind, name string) (resource.Text, error)
	CheckEdit(ctx context.Context, actor minori.Actor, e resource.Edit) (resource.Checked, error)
	ApplyEdit(ctx context.Context, actor minori.Actor, e resource.Edit, comment string) (resource.Applied, error)
	// CheckRemove says what refers to a definition, and Remove takes it out.
	CheckRemove(ctx context.Context, actor minori.Actor, kind, name string) (minori.Errors, error)
	Remove(ctx context.Context, actor minori.Actor, kind, name string, version int64, comment string) (resource.Applied, error)
	// WhatIf scores all subjects with a changed scorecard.
	WhatIf(ctx context.Context, actor minori.Actor, prog *evaluate.Program, name string, asOf minori.AsOf) (evaluate.WhatIf, error)
	// PreviewRule runs a rule over past days, which need not be in force.
	PreviewRule(ctx context.Context, actor minori.Actor, prog *evaluate.Program, name string, days evaluate.Range) (evaluate.PreviewResult, error)
	// Why explains a condition for one subject.
	Why(ctx context.Context, actor minori.Actor, e *measure.Expr, subject minori.Subject, asOf minori.AsOf, lang minori.Lang) (measure.Part, error)
	// Holding says for whom a condition holds.
	Holding(ctx context.Context, actor minori.Actor, kind minori.SubjectKind, e *measure.Expr, asOf minori.AsOf) (map[minori.ID]bool, error)
	PlaybookCounts(ctx context.Context, actor minori.Actor) (map[string]action.PlaybookCount, error)
	PlaybookUses(ctx context.Context, actor minori.Actor, playbook string) ([]action.PlaybookUse, error)
}
