package action

import (
	"cmp"
	"context"
	"slices"

	minori "github.com/minori-hq/minori"
	"github.com/minori-hq/minori/account"
)

// PlaybookCount says how often a playbook was used.
type PlaybookCount struct {
	Used     int // calls to action that brought its tasks
	Finished int // of them, those with all tasks done
	Closed   int
	Success  int // closed with success
}

// PlaybookUse is one call to action that brought a playbook's tasks.
type PlaybookUse struct {
	Call       int64
	Subject    minori.ID
	OpenedAsOf int64 // as-of of the evaluation that opened it, microseconds since 1970 UTC
	OpenedAt   int64
	Finished   int64 // when the last task was done; 0 while one is open
	Closed     int64 // 0 while open
	Outcome    Outcome
}

// MaxPlaybookUses is how many uses of a playbook, the newest, are looked at.
const MaxPlaybookUses = 2000

// PlaybookStore reads how playbooks were used, by accounts and people of a scope.
type PlaybookStore interface {
	PlaybookCounts(ctx context.Context, scope account.Scope) (map[string]PlaybookCount, error)
	// PlaybookUses gives the newest uses of a playbook, newest first.
	PlaybookUses(ctx context.Context, playbook string, scope account.Scope, most int) ([]PlaybookUse, error)
}

// PlaybookCounts says how often each playbook was used, by name.
func (s *Service) PlaybookCounts(ctx context.Context, actor minori.Actor) (map[string]PlaybookCount, error) {
	f, err := s.scoped(ctx, actor, Filter{})
	if err != nil {
		return nil, err
	}
	return s.store.PlaybookCounts(ctx, f.Scope)
}

// PlaybookUses gives the newest uses of a playbook, newest first.
func (s *Service) PlaybookUses(ctx context.Context, actor minori.Actor, playbook string) ([]PlaybookUse, error) {
	f, err := s.scoped(ctx, actor, Filter{})
	if err != nil {
		return nil, err
	}
	return s.store.PlaybookUses(ctx, playbook, f.Scope, MaxPlaybookUses)
}

// MedianDays gives the median time from opening to the last task of the uses
// that were finished, in days; ok is false if none was.
func MedianDays(uses []PlaybookUse) (days float64, ok bool) {
	var all []int64
	for _, u := range uses {
		if u.Finished > 0 {
			all = append(all, max(u.Finished-u.OpenedAt, 0))
		}
	}
	if len(all) == 0 {
		return 0, false
	}
	slices.SortFunc(all, func(a, b int64) int { return cmp.Compare(a, b) })
	middle := float64(all[len(all)/2])
	if len(all)%2 == 0 {
		middle = (middle + float64(all[len(all)/2-1])) / 2
	}
	return middle / (24 * 3600 * 1e6), true
}
