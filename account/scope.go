package account

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"

	minori "github.com/minori-hq/minori"
)

// ScopeStore reads what decides who sees which accounts and people.
type ScopeStore interface {
	// ScopeVersion counts the changes of accounts and people; known is false
	// inside a transaction, whose changes may be undone.
	ScopeVersion(ctx context.Context) (version int64, known bool, err error)
	// Lines gives all persons with their managers.
	Lines(ctx context.Context) ([]Line, error)
	// AccountsOf gives the accounts whose CSM is one of the persons, ascending.
	AccountsOf(ctx context.Context, csms []minori.ID) ([]minori.ID, error)
	// CSMs gives the persons who are the CSMs of accounts, 0 for nobody;
	// unknown accounts are left out.
	CSMs(ctx context.Context, accounts []minori.ID) (map[minori.ID]minori.ID, error)
}

// Line is a person's place in the manager line.
type Line struct {
	ID      minori.ID
	Key     string
	Email   string
	Manager string // id or e-mail
}

// Scope is what an actor sees of accounts and of people's own data.
type Scope struct {
	All    bool        // every account
	CSMs   []minori.ID // otherwise those whose CSM is one of these, ascending
	Anyone bool        // every person
	People []minori.ID // otherwise these, ascending
}

// Scope says what the actor sees. Only an administrator sees every person;
// others see themselves and who reports to them, at any depth.
func (s *Service) Scope(ctx context.Context, actor minori.Actor) (Scope, error) {
	if err := mayRead(actor); err != nil {
		return Scope{}, err
	}
	out := Scope{All: actor.SeesAll(), Anyone: actor.Role == minori.RoleAdmin}
	if out.Anyone || actor.Person == 0 {
		return out, nil
	}
	tree, err := s.scopes.load(ctx, s.store)
	if err != nil {
		return Scope{}, err
	}
	out.People = tree.under(actor.Person)
	switch {
	case out.All:
	case actor.Access == minori.AccessTeam:
		out.CSMs = out.People
	case actor.Access == minori.AccessOwn:
		out.CSMs = []minori.ID{actor.Person}
	}
	return out, nil
}

// AnyKind stands for accounts and persons where some subjects are given.
const AnyKind minori.SubjectKind = ""

// Visible gives those of some subjects (nil: of all) that the actor sees,
// ascending. It gives nil only for all of all; nobody visible is an empty list.
// The list may be shared: it is only read.
func (s *Service) Visible(ctx context.Context, actor minori.Actor, kind minori.SubjectKind, among []minori.ID) ([]minori.ID, error) {
	scope, err := s.Scope(ctx, actor)
	if err != nil {
		return nil, err
	}
	if among != nil {
		return s.within(ctx, scope, among)
	}
	switch {
	case kind == minori.Person && scope.Anyone, kind == minori.Account && scope.All:
		return nil, nil
	case kind == minori.Person:
		return ascending(scope.People), nil
	case kind == minori.Account:
		return s.scopes.accounts(ctx, s.store, scope.CSMs)
	}
	return nil, minori.Errorf(minori.Internal, "all subjects of the kind %q were asked for", kind)
}

// within gives those of some subjects that a scope holds. Accounts and persons
// share one sequence of ids, so an id that is no account's is a person's.
func (s *Service) within(ctx context.Context, scope Scope, among []minori.ID) ([]minori.ID, error) {
	out := ascending(among)
	if scope.All && scope.Anyone {
		return out, nil
	}
	csms, err := s.store.CSMs(ctx, out)
	if err != nil {
		return nil, err
	}
	return slices.DeleteFunc(out, func(id minori.ID) bool {
		if csm, account := csms[id]; account {
			return !scope.All && !has(scope.CSMs, csm)
		}
		return !scope.Anyone && !has(scope.People, id)
	}), nil
}

// VisibleAccounts gives the accounts the actor sees, ascending; nil for all.
func (s *Service) VisibleAccounts(ctx context.Context, actor minori.Actor) ([]minori.ID, error) {
	return s.Visible(ctx, actor, minori.Account, nil)
}

// VisiblePerson reports whether the actor sees a person's own data: the person
// itself, the manager line and administrators do. Name, address, role and team
// are the directory, which everybody reads.
func (s *Service) VisiblePerson(ctx context.Context, actor minori.Actor, person minori.ID) (bool, error) {
	got, err := s.Visible(ctx, actor, AnyKind, []minori.ID{person})
	return len(got) == 1, err
}

// See gives a NotFound error unless the actor sees the subject.
func (s *Service) See(ctx context.Context, actor minori.Actor, kind minori.SubjectKind, id minori.ID) error {
	got, err := s.Visible(ctx, actor, kind, []minori.ID{id})
	if err != nil {
		return err
	}
	if len(got) == 0 {
		return minori.Errorf(minori.NotFound, "there is no such %s", cmp.Or(kind, "account or person"))
	}
	return nil
}

func has(sorted []minori.ID, id minori.ID) bool {
	_, ok := slices.BinarySearch(sorted, id)
	return ok && id != 0
}

// ascending gives a sorted copy without repetitions; never nil.
func ascending(ids []minori.ID) []minori.ID {
	out := append(make([]minori.ID, 0, len(ids)), ids...)
	slices.Sort(out)
	return slices.Compact(out)
}

// Bounds of what scopes keep between requests.
const (
	maxScopes   = 64
	maxScopeIDs = 1 << 20
)

// scopes keeps the manager lines and the accounts of sets of CSMs as they were
// read at one version of accounts and people.
type scopes struct {
	mu      sync.Mutex
	version int64
	tree    *lines
	ids     map[string][]minori.ID // by the set of CSMs
	held    int
}

// at empties what was kept at another version.
func (c *scopes) at(version int64) {
	if c.version != version || c.ids == nil {
		c.version, c.tree, c.ids, c.held = version, nil, map[string][]minori.ID{}, 0
	}
}

// load gives the manager lines.
func (c *scopes) load(ctx context.Context, store ScopeStore) (*lines, error) {
	version, known, err := store.ScopeVersion(ctx)
	if err != nil {
		return nil, err
	}
	if known {
		c.mu.Lock()
		c.at(version)
		tree := c.tree
		c.mu.Unlock()
		if tree != nil {
			return tree, nil
		}
	}
	all, err := store.Lines(ctx)
	if err != nil {
		return nil, err
	}
	tree := newLines(all)
	if known {
		c.mu.Lock()
		defer c.mu.Unlock()
		if c.version == version {
			c.tree = tree
		}
	}
	return tree, nil
}

// accounts gives the accounts of a set of CSMs. The list is shared.
func (c *scopes) accounts(ctx context.Context, store ScopeStore, csms []minori.ID) ([]minori.ID, error) {
	if len(csms) == 0 {
		return []minori.ID{}, nil
	}
	version, known, err := store.ScopeVersion(ctx)
	if err != nil {
		return nil, err
	}
	key := fmt.Sprint(csms)
	if known {
		c.mu.Lock()
		c.at(version)
		ids, ok := c.ids[key]
		c.mu.Unlock()
		if ok {
			return ids, nil
		}
	}
	ids, err := store.AccountsOf(ctx, csms)
	if err != nil {
		return nil, err
	}
	ids = ascending(ids)
	if known {
		c.mu.Lock()
		defer c.mu.Unlock()
		if c.version == version && len(c.ids) < maxScopes && c.held+len(ids) <= maxScopeIDs {
			c.ids[key] = ids
			c.held += len(ids)
		}
	}
	return ids, nil
}

// lines is who reports to whom.
type lines struct {
	reports map[minori.ID][]minori.ID
}

// newLines resolves managers as CSMs are resolved: an id goes before an
// e-mail, and of several persons with one address the smallest id counts.
func newLines(all []Line) *lines {
	byKey, byMail := make(map[string]minori.ID, len(all)), make(map[string]minori.ID, len(all))
	for _, p := range all {
		byKey[p.Key] = p.ID
		if mail := strings.ToLower(p.Email); mail != "" {
			if id, ok := byMail[mail]; !ok || p.ID < id {
				byMail[mail] = p.ID
			}
		}
	}
	t := &lines{reports: map[minori.ID][]minori.ID{}}
	for _, p := range all {
		boss, ok := byKey[p.Manager]
		if !ok && strings.Contains(p.Manager, "@") {
			boss, ok = byMail[strings.ToLower(p.Manager)]
		}
		if ok && p.Manager != "" {
			t.reports[boss] = append(t.reports[boss], p.ID)
		}
	}
	return t
}

// under gives a person and everybody below, ascending. Lines that lead round
// in a circle are followed once.
func (t *lines) under(person minori.ID) []minori.ID {
	seen := map[minori.ID]bool{person: true}
	for todo := []minori.ID{person}; len(todo) > 0; {
		next := todo[0]
		todo = todo[1:]
		for _, id := range t.reports[next] {
			if !seen[id] {
				seen[id] = true
				todo = append(todo, id)
			}
		}
	}
	out := make([]minori.ID, 0, len(seen))
	for id := range seen {
		out = append(out, id)
	}
	slices.Sort(out)
	return out
}
