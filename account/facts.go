package account

import (
	"context"
	"slices"

	minori "github.com/minori-hq/minori"
	"github.com/minori-hq/minori/metric"
)

// fact is something recorded about an account, while it is being imported.
type fact interface {
	Validate() error
	ident() (id *minori.ID, account *minori.ID, accountKey string)
	// metrics names the metrics it writes points of.
	metrics() []string
	// points gives its points.
	points(p pointer) []metric.PointRow
}

func (ct *Contact) ident() (*minori.ID, *minori.ID, string) {
	return &ct.ID, &ct.Account, ct.AccountKey
}
func (t *Ticket) ident() (*minori.ID, *minori.ID, string) { return &t.ID, &t.Account, t.AccountKey }
func (ch *Churn) ident() (*minori.ID, *minori.ID, string) { return &ch.ID, &ch.Account, ch.AccountKey }
func (in *Interaction) ident() (*minori.ID, *minori.ID, string) {
	return &in.ID, &in.Account, in.AccountKey
}
func (an *Answer) ident() (*minori.ID, *minori.ID, string) { return &an.ID, &an.Account, an.AccountKey }

// fact gives a copy of what the row holds.
func (r *FactRow) fact() fact {
	switch {
	case r.Contact != nil:
		f := *r.Contact
		return &f
	case r.Ticket != nil:
		f := *r.Ticket
		return &f
	case r.Churn != nil:
		f := *r.Churn
		return &f
	case r.Interaction != nil:
		f := *r.Interaction
		return &f
	default:
		f := *r.Answer
		return &f
	}
}

// importFacts writes contacts, tickets, churn, interactions or answers.
func (s *Service) importFacts(ctx context.Context, run Run, kind Kind, b *Batch, rows []FactRow, out *deltas) error {
	facts, todo, err := s.placeFacts(ctx, b, rows)
	if err != nil || len(todo) == 0 {
		return err
	}
	if facts, err = s.numberFacts(ctx, run, kind, b, facts, todo); err != nil {
		return err
	}
	ids := make([]minori.ID, len(facts))
	for i, f := range facts {
		id, _, _ := f.ident()
		ids[i] = *id
	}
	// Accounts that tickets belonged to before count their open tickets anew.
	var before map[minori.ID]minori.ID
	if kind == KindTicket {
		if before, err = s.store.FactAccounts(ctx, kind, ids); err != nil {
			return err
		}
	}
	if err := s.saveFacts(ctx, kind, facts); err != nil {
		return err
	}
	if kind == KindContact {
		return nil
	}
	return s.pointsOf(ctx, kind, facts, before, b, out)
}

// placeFacts validates rows and finds their accounts.
func (s *Service) placeFacts(ctx context.Context, b *Batch, rows []FactRow) ([]fact, []Todo, error) {
	var facts []fact
	var todo []Todo
	var keys []string
	for _, t := range b.Todo {
		f := rows[t.Index].fact()
		if err := f.Validate(); err != nil {
			b.Reject(t, err)
			continue
		}
		_, _, key := f.ident()
		facts, todo, keys = append(facts, f), append(todo, t), append(keys, key)
	}
	accounts, err := s.store.SubjectIDs(ctx, KindAccount, keys)
	if err != nil {
		return nil, nil, err
	}
	n := 0
	for i, f := range facts {
		_, acc, key := f.ident()
		id, ok := accounts[key]
		if !ok {
			b.Reject(todo[i], unknownAccount("account", key))
			continue
		}
		*acc = id
		facts[n], todo[n] = f, todo[i]
		n++
	}
	return facts[:n], todo[:n], nil
}

// numberFacts gives each fact its id: the one its row led to before, for
// contacts the one their key has, else a new one.
func (s *Service) numberFacts(ctx context.Context, run Run, kind Kind, b *Batch, facts []fact, todo []Todo) ([]fact, error) {
	byKey := map[string]minori.ID{}
	lines := map[string]int{}
	var err error
	if kind == KindContact {
		if byKey, lines, err = s.contactsByKey(ctx, run, facts, todo); err != nil {
			return nil, err
		}
	}
	next, err := s.store.NewIDs(ctx, string(kind), len(facts))
	if err != nil {
		return nil, err
	}
	n := 0
	for i, f := range facts {
		t := todo[i]
		id, _, _ := f.ident()
		*id = minori.ID(t.Target)
		line := b.rows[t.Index].Line
		c, contact := f.(*Contact)
		if contact {
			if first, again := lines[c.Key]; again {
				b.Duplicate(line, first)
				continue
			}
			*id, lines[c.Key] = byKey[c.Key], line
		}
		created := *id == 0
		if created {
			*id = minori.ID(next)
			next++
		}
		b.Written(t, int64(*id), created)
		facts[n] = f
		n++
	}
	return facts[:n], nil
}

// contactsByKey finds contacts that are there, and the lines of this import
// that wrote some of them under another row key.
func (s *Service) contactsByKey(ctx context.Context, run Run, facts []fact, todo []Todo) (map[string]minori.ID, map[string]int, error) {
	keys := make([]string, len(facts))
	for i, f := range facts {
		keys[i] = f.(*Contact).Key
	}
	byKey, err := s.store.SubjectIDs(ctx, KindContact, keys)
	if err != nil {
		return nil, nil, err
	}
	var targets []int64
	name := map[int64]string{}
	for i, key := range keys {
		if id := byKey[key]; id != 0 && todo[i].Target == 0 {
			targets = append(targets, int64(id))
			name[int64(id)] = key
		}
	}
	lines := map[string]int{}
	if len(targets) == 0 {
		return byKey, lines, nil
	}
	seen, err := s.store.SeenTargets(ctx, run.Source, run.Import, targets)
	for id, line := range seen {
		lines[name[id]] = line
	}
	return byKey, lines, err
}

func (s *Service) saveFacts(ctx context.Context, kind Kind, facts []fact) error {
	switch kind {
	case KindContact:
		return s.store.SaveContacts(ctx, valuesOf[Contact](facts))
	case KindTicket:
		return s.store.SaveTickets(ctx, valuesOf[Ticket](facts))
	case KindChurn:
		return s.store.SaveChurns(ctx, valuesOf[Churn](facts))
	case KindInteraction:
		return s.store.SaveInteractions(ctx, valuesOf[Interaction](facts))
	case KindAnswer:
		return s.store.SaveAnswers(ctx, valuesOf[Answer](facts))
	}
	return minori.Errorf(minori.Internal, "facts of kind %q are not kept here", kind)
}

func valuesOf[T any](facts []fact) []T {
	out := make([]T, len(facts))
	for i, f := range facts {
		out[i] = *any(f).(*T)
	}
	return out
}

// pointsOf writes what facts mean as metrics.
func (s *Service) pointsOf(ctx context.Context, kind Kind, facts []fact, before map[minori.ID]minori.ID, b *Batch, out *deltas) error {
	names := map[string]bool{}
	if kind == KindTicket {
		names[MetricTicketOpen] = true
	}
	for _, f := range facts {
		for _, n := range f.metrics() {
			names[n] = true
		}
	}
	p, err := s.pointer(ctx, names)
	if err != nil {
		return err
	}
	accounts := map[minori.ID]bool{}
	for _, f := range facts {
		id, acc, _ := f.ident()
		accounts[*acc] = true
		out.points(metric.PointSet{Origin: string(kind), ID: int64(*id), Points: f.points(p)})
	}
	for _, acc := range before {
		accounts[acc] = true
	}
	if kind == KindTicket {
		if err := s.openTickets(ctx, accounts, p, out); err != nil {
			return err
		}
	}
	b.Report.Metrics = p.refs()
	return nil
}

func sortedIDs(set map[minori.ID]bool) []minori.ID {
	ids := make([]minori.ID, 0, len(set))
	for id := range set {
		ids = append(ids, id)
	}
	slices.Sort(ids)
	return ids
}
