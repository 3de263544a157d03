package ingest

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"time"

	minori "github.com/minori-hq/minori"
	"github.com/minori-hq/minori/account/traits"
)

// Fold brings what is in the inbox where it belongs, in two steps: who is who
// into the records, which note how far they came, and with the outbox into the
// lake; then the events. A step that was done and is done again, as after a
// kill between the two, changes nothing. Folded.Touched has the accounts that
// got events and those whose fields changed. It folds at most as much as the
// limits say.
func (s *Service) Fold(ctx context.Context) (Folded, error) {
	folded, _, err := s.fold(ctx)
	return folded, err
}

// fold does it, and says whether something is left that can be folded.
func (s *Service) fold(ctx context.Context) (folded Folded, more bool, err error) {
	s.folding.Lock()
	defer s.folding.Unlock()
	began := time.Now()
	ctx, end := s.cfg.Observe.folding(ctx)
	defer func() {
		end(err)
		if moved := folded.Events + folded.Waiting; err == nil && (moved > 0 || len(folded.Touched) > 0) {
			s.cfg.Observe.folded(time.Since(began), moved)
		}
	}()
	messages, upTo, err := s.cfg.Inbox.Identities(ctx, s.cfg.Limits.FoldIdentity)
	if err != nil {
		return Folded{}, false, fmt.Errorf("reading who is who: %w", err)
	}
	result, err := s.cfg.Traits.Apply(ctx, identities(messages))
	if err != nil {
		return Folded{}, false, fmt.Errorf("bringing who is who into the records: %w", err)
	}
	s.dropped(result.Rejected)
	s.retry = s.retry || result.Attaches
	s.changed = append(s.changed, s.touched(result.Accounts, messages)...)
	if s.drain = s.drain || result.Outbox; s.drain {
		if err := s.cfg.Drain(ctx); err != nil {
			return Folded{}, false, err
		}
		s.drain = false
	}
	folded, err = s.cfg.Inbox.Fold(ctx, upTo, s.cfg.Limits.FoldEvents, s.retry)
	if err != nil {
		return Folded{}, false, fmt.Errorf("folding events: %w", err)
	}
	// Those that wait are tried until a round attaches none.
	s.retry = s.retry && folded.Attached > 0
	folded.Touched = union(folded.Touched, s.changed)
	s.changed = nil
	if err := s.measure(ctx); err != nil {
		return folded, false, err
	}
	worked := len(messages)+folded.Events+folded.Waiting+folded.Attached > 0
	return folded, worked && (s.retry || s.backlog.Load() > 0), nil
}

// identities gives messages as package traits takes them.
func identities(messages []Received) []traits.Message {
	kinds := [...]traits.Kind{Identify: traits.Identify, Group: traits.Group, Alias: traits.Alias}
	out := make([]traits.Message, len(messages))
	for i := range messages {
		m := &messages[i]
		out[i] = traits.Message{
			Arrival: m.Arrival, Source: m.Source, Kind: kinds[m.Kind], User: m.User, Anonymous: m.Anonymous,
			Account: m.Account, Time: m.Time, Traits: m.Body,
		}
	}
	return out
}

// dropped counts traits that were left out.
func (s *Service) dropped(list []traits.Rejected) {
	for _, r := range list {
		rejection := Rejection{Field: r.Trait, Reason: ReasonField}
		if r.Trait != "groupId" && r.Trait != "userId" {
			rejection.Field = "traits." + r.Trait
		}
		if r.TooBig {
			rejection.Reason = ReasonMany
		}
		s.stats.rejected(r.Source, rejection, []byte(r.Sample), false)
	}
}

// touched says of accounts whose fields changed from which day on.
func (s *Service) touched(list []traits.Changed, messages []Received) []Touched {
	out := make([]Touched, len(list))
	for i, c := range list {
		out[i] = Touched{Account: c.Account, First: minori.DayOf(time.UnixMicro(c.Since).In(s.cfg.Zone)), At: s.cfg.Clock().UnixMicro()}
		j, found := slices.BinarySearchFunc(messages, c.Arrival, func(m Received, a int64) int { return cmp.Compare(m.Arrival, a) })
		if found {
			out[i].At = messages[j].At
		}
	}
	return out
}

// union brings two lists of accounts together, each account once.
func union(a, b []Touched) []Touched {
	if len(b) == 0 {
		return a
	}
	all := slices.Concat(a, b)
	slices.SortStableFunc(all, func(x, y Touched) int { return cmp.Compare(x.Account, y.Account) })
	out := all[:0]
	for _, t := range all {
		if n := len(out); n > 0 && out[n-1].Account == t.Account {
			out[n-1].First, out[n-1].At = min(out[n-1].First, t.First), min(out[n-1].At, t.At)
			continue
		}
		out = append(out, t)
	}
	return out
}

// Run folds what arrives, every interval and as long as there is more, until
// ctx ends. touched is told of what was folded; it may take its time. An error
// is logged, and folding tried again, with longer and longer waits up to half
// a minute.
func (s *Service) Run(ctx context.Context, interval time.Duration, touched func(ctx context.Context, f Folded)) {
	wait := interval
	for {
		select {
		case <-ctx.Done():
			return
		case <-time.After(wait):
		}
		folded, more, err := s.fold(ctx)
		switch {
		case err == nil && more:
			wait = 0
		case err == nil:
			wait = interval
		case ctx.Err() != nil:
			return
		default:
			s.cfg.Log.Error("folding what arrived", "error", err)
			wait = min(max(2*wait, interval), 30*time.Second)
		}
		if len(folded.Touched) > 0 {
			touched(ctx, folded)
		}
	}
}
