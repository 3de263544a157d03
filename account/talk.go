package account

import (
	"context"

	minori "github.com/minori-hq/minori"
	"github.com/minori-hq/minori/metric"
)

// KeepInteraction writes an interaction that did not come with an import, with
// what it counts as, in the caller's transaction. With ID 0 it is a new one.
func (s *Service) KeepInteraction(ctx context.Context, in *Interaction) error {
	if err := s.store.LockFacts(ctx); err != nil {
		return err
	}
	if in.ID == 0 {
		id, err := s.store.NewIDs(ctx, string(KindInteraction), 1)
		if err != nil {
			return err
		}
		in.ID = minori.ID(id)
	}
	if err := s.store.SaveInteractions(ctx, []Interaction{*in}); err != nil {
		return err
	}
	p, err := s.pointer(ctx, map[string]bool{interactionMetric(in.Type): true})
	if err != nil {
		return err
	}
	out := &deltas{store: s.store}
	out.points(metric.PointSet{Origin: string(KindInteraction), ID: int64(in.ID), Points: in.points(p)})
	return out.flush(ctx)
}

// DropInteraction takes an interaction away, and what it counted as, in the
// caller's transaction.
func (s *Service) DropInteraction(ctx context.Context, id minori.ID) error {
	if err := s.store.LockFacts(ctx); err != nil {
		return err
	}
	if err := s.store.DeleteFacts(ctx, KindInteraction, []minori.ID{id}); err != nil {
		return err
	}
	out := &deltas{store: s.store}
	out.points(metric.PointSet{Origin: string(KindInteraction), ID: int64(id)})
	return out.flush(ctx)
}
