package evaluate

import (
	"context"
	"errors"
	"fmt"
	"slices"

	minori "github.com/minori-hq/minori"
	"github.com/minori-hq/minori/rule"
)

// Outcomes gives the days on which subjects churned, their ARR going to 0, and
// the last day for which that is known.
type Outcomes func(ctx context.Context) (churn map[minori.ID][]minori.Day, known minori.Day, err error)

// PreviewResult is what a rule would have done.
type PreviewResult struct {
	Rule     string
	Episodes []rule.Episode
	Subjects map[minori.ID]minori.Subject
	Weeks    []rule.Week
	Quality  rule.Quality
}

// Preview runs a rule over past days, for the subjects the actor sees, without
// any effect. A rule that is not in
// the workspace yet can be given as def with its checked conditions.
func (s *Service) Preview(ctx context.Context, actor minori.Actor, r *Rule, kind minori.SubjectKind, days Range, outcomes Outcomes, progress func(done, total int)) (PreviewResult, error) {
	out := PreviewResult{Rule: r.Def.Name}
	if err := actor.Require(actor.MayConfigure(), "preview rules"); err != nil {
		return out, err
	}
	list, err := days.Days()
	if err != nil {
		return out, err
	}
	subjects, err := s.scopes.Visible(ctx, actor, kind, nil)
	if err != nil {
		return out, err
	}
	if err := s.caughtUp(ctx); err != nil {
		return out, err
	}
	prog, err := s.programs.Program(ctx, kind, 0)
	if err != nil {
		return out, err
	}
	only := prog.Restricted(r)
	preview := rule.NewPreview(r.Def, prog.Location)
	for i, d := range list {
		if err := s.previewDay(ctx, only, minori.EndOf(d, prog.Location), subjects, preview); err != nil {
			return out, fmt.Errorf("previewing %s: %w", d, err)
		}
		if progress != nil {
			progress(i+1, len(list))
		}
	}
	churn, known, err := outcomes(ctx)
	if err != nil {
		return out, fmt.Errorf("reading outcomes: %w", err)
	}
	out.Episodes = preview.Episodes()
	out.Weeks = rule.Weeks(out.Episodes, days.From, days.To)
	out.Quality = rule.Judge(out.Episodes, churn, days.From, days.To, known)
	ids := make([]minori.ID, len(out.Episodes))
	for i := range out.Episodes {
		ids[i] = out.Episodes[i].Subject
	}
	slices.Sort(ids)
	out.Subjects, err = s.records.Subjects(ctx, slices.Compact(ids))
	return out, err
}

// caughtUp brings the lake up to the records.
func (s *Service) caughtUp(ctx context.Context) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.drain(ctx)
}

// previewDay adds one day. It holds the evaluation for that day only, so that a
// long preview does not keep live evaluations waiting.
func (s *Service) previewDay(ctx context.Context, prog *Program, asOf minori.AsOf, subjects []minori.ID, preview *rule.Preview) (err error) {
	if err := ctx.Err(); err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	c, err := s.compute(ctx, prog, asOf, subjects)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, c.close()) }()
	conds, err := c.conditions(ctx)
	if err != nil {
		return err
	}
	preview.Add(asOf, c.subjects, &conds[0].when, conds[0].until)
	return nil
}
