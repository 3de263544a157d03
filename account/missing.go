package account

import (
	"context"
	"fmt"
	"slices"
	"time"

	minori "github.com/minori-hq/minori"
	"github.com/minori-hq/minori/auth"
	"github.com/minori-hq/minori/metric"
)

// EndMissing ends what a complete source had before and has not in this
// import: accounts are ended and persons leave with the day of the import,
// all other facts are removed. rejected are the keys of rows that stood in
// the file and were refused before they came here; what they led to stays.
func (s *Service) EndMissing(ctx context.Context, actor minori.Actor, run Run, rejected []metric.Hash) (int, error) {
	if err := actor.Require(actor.MayConfigure(), "import data"); err != nil {
		return 0, err
	}
	tx := s.store.InTx
	if run.DryRun {
		tx = s.store.DryRun
	}
	ended := 0
	err := tx(ctx, func(ctx context.Context) error {
		if err := s.store.LockFacts(ctx); err != nil {
			return err
		}
		byKind, keys, err := Missing(ctx, s.store, run, rejected)
		if err != nil || len(keys) == 0 {
			return err
		}
		out := &deltas{store: s.store}
		for _, kind := range []Kind{KindAccount, KindPerson, KindContact, KindTicket, KindChurn, KindInteraction, KindAnswer} {
			ids := byKind[kind]
			if len(ids) == 0 {
				continue
			}
			ended += len(ids)
			if err := s.end(ctx, run, kind, ids, out); err != nil {
				return err
			}
		}
		if err := out.flush(ctx); err != nil {
			return err
		}
		if err := s.store.DeleteImportRows(ctx, run.Source, keys); err != nil {
			return err
		}
		return s.store.AppendAudit(ctx, auth.Entry{
			At: run.Time, Actor: actor.Name, Action: "import.end_missing",
			Object: fmt.Sprintf("import %d", run.Import), Detail: fmt.Sprintf("%d ended", ended),
		})
	})
	if err != nil {
		return 0, err
	}
	return ended, nil
}

// Missing gives the records of a source that no row of the import led to, by
// kind, with the keys of their rows. An import that saw no row at all is an
// error: an empty file is taken for a mistake.
func Missing(ctx context.Context, store RowStore, run Run, rejected []metric.Hash) (map[Kind][]minori.ID, []metric.Hash, error) {
	rows, seen, err := store.MissingRows(ctx, run.Source, run.Import)
	if err != nil || len(rows) == 0 {
		return nil, nil, err
	}
	if !seen {
		return nil, nil, minori.Errorf(minori.Invalid, "no row of the file was taken, so nothing was ended; a complete source that is empty on purpose is emptied by removing its records")
	}
	skip := make(map[metric.Hash]bool, len(rejected))
	for _, k := range rejected {
		skip[k] = true
	}
	byKind := map[Kind][]minori.ID{}
	var keys []metric.Hash
	for _, r := range rows {
		if skip[r.Key] {
			continue
		}
		byKind[r.Kind] = append(byKind[r.Kind], minori.ID(r.Target))
		keys = append(keys, r.Key)
	}
	for kind, ids := range byKind {
		slices.Sort(ids)
		byKind[kind] = slices.Compact(ids)
	}
	return byKind, keys, nil
}

func (s *Service) end(ctx context.Context, run Run, kind Kind, ids []minori.ID, out *deltas) error {
	day := minori.DayOf(time.UnixMicro(run.Time).In(s.cfg.Zone))
	switch kind {
	case KindAccount:
		return s.endAccounts(ctx, ids, day, out)
	case KindPerson:
		return s.endPersons(ctx, run, ids, day, out)
	case KindContact:
		return s.store.DeleteFacts(ctx, kind, ids)
	}
	accounts, err := s.store.FactAccounts(ctx, kind, ids)
	if err != nil {
		return err
	}
	if err := s.store.DeleteFacts(ctx, kind, ids); err != nil {
		return err
	}
	for _, id := range ids {
		out.points(metric.PointSet{Origin: string(kind), ID: int64(id)})
	}
	if kind != KindTicket {
		return nil
	}
	touched := map[minori.ID]bool{}
	for _, acc := range accounts {
		touched[acc] = true
	}
	p, err := s.pointer(ctx, map[string]bool{MetricTicketOpen: true})
	if err != nil {
		return err
	}
	return s.openTickets(ctx, touched, p, out)
}

func (s *Service) endAccounts(ctx context.Context, ids []minori.ID, day minori.Day, out *deltas) error {
	rows, err := s.store.AccountRows(ctx, ids)
	if err != nil {
		return err
	}
	var changed []AccountRow
	for _, id := range ids {
		r, ok := rows[id]
		if !ok || r.Ended != nil {
			continue
		}
		r.Ended = &day
		changed = append(changed, r)
		out.subject(metric.SubjectRow{Kind: minori.Account, ID: id, Key: r.Key, Since: r.SignedUp, Until: &day})
	}
	return s.store.SaveAccounts(ctx, changed)
}

func (s *Service) endPersons(ctx context.Context, run Run, ids []minori.ID, day minori.Day, out *deltas) error {
	rows, err := s.store.PersonRows(ctx, ids)
	if err != nil {
		return err
	}
	fields, err := s.cfg.FieldIDs(ctx, []string{"person.left"})
	if err != nil {
		return err
	}
	last := day - 1
	var changed []PersonRow
	for _, id := range ids {
		r, ok := rows[id]
		if !ok || r.Left != nil {
			continue
		}
		r.Left = &last
		changed = append(changed, r)
		out.subject(metric.SubjectRow{Kind: minori.Person, ID: id, Key: r.Key, Since: r.Hired, Until: &day})
		v := Date(last)
		out.fields([]metric.FieldValue{{
			Subject: id, Field: fields["person.left"], ValidFrom: run.Time, Recorded: run.Time, Num: v.Num, Text: v.Text,
		}})
	}
	return s.store.SavePersons(ctx, changed)
}
