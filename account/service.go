package account

import (
	"context"
	"time"

	minori "github.com/minori-hq/minori"
	"github.com/minori-hq/minori/auth"
)

// Store is what the service needs of the records store.
type Store interface {
	RowStore
	auth.Log
	SubjectStore
	ScopeStore
	FactStore
}

// SubjectStore keeps accounts and persons.
type SubjectStore interface {
	// SubjectIDs gives the ids of accounts, persons or contacts by key; unknown keys are left out.
	SubjectIDs(ctx context.Context, kind Kind, keys []string) (map[string]minori.ID, error)
	// AllSubjectIDs gives those of all.
	AllSubjectIDs(ctx context.Context, kind Kind) (map[string]minori.ID, error)
	// Labels gives key and name of subjects; unknown ids are left out.
	Labels(ctx context.Context, ids []minori.ID) (map[minori.ID]Label, error)
	// AccountRows gives accounts as kept, by id.
	AccountRows(ctx context.Context, ids []minori.ID) (map[minori.ID]AccountRow, error)
	// SaveAccounts inserts or replaces accounts by id.
	SaveAccounts(ctx context.Context, rows []AccountRow) error
	// SearchAccounts gives accounts of a scope whose key or name begins with text, by name.
	SearchAccounts(ctx context.Context, text string, scope Scope, page minori.Page) ([]Account, error)
	// PersonRows gives persons as kept, by id.
	PersonRows(ctx context.Context, ids []minori.ID) (map[minori.ID]PersonRow, error)
	// SavePersons inserts or replaces persons by id.
	SavePersons(ctx context.Context, rows []PersonRow) error
	// Persons lists persons by key.
	Persons(ctx context.Context, page minori.Page) ([]Person, error)
	// PersonsByRef resolves ids or e-mails (whatever their case) to persons;
	// an id goes before an e-mail. Unknown ones are left out.
	PersonsByRef(ctx context.Context, refs []string) (map[string]minori.ID, error)
	// ResolveCSM finds again who the CSM is of the accounts that name one of refs.
	ResolveCSM(ctx context.Context, refs []string) error
}

// FactStore keeps what is recorded about accounts.
type FactStore interface {
	Contacts(ctx context.Context, account minori.ID, page minori.Page) ([]Contact, error)
	Tickets(ctx context.Context, account minori.ID, page minori.Page) ([]Ticket, error)
	Churns(ctx context.Context, account minori.ID, page minori.Page) ([]Churn, error)
	Interactions(ctx context.Context, account minori.ID, page minori.Page) ([]Interaction, error)
	Answers(ctx context.Context, account minori.ID, page minori.Page) ([]Answer, error)
	SaveContacts(ctx context.Context, rows []Contact) error
	SaveTickets(ctx context.Context, rows []Ticket) error
	SaveChurns(ctx context.Context, rows []Churn) error
	SaveInteractions(ctx context.Context, rows []Interaction) error
	SaveAnswers(ctx context.Context, rows []Answer) error
	// FactAccounts gives the accounts that facts of a kind belong to.
	FactAccounts(ctx context.Context, kind Kind, ids []minori.ID) (map[minori.ID]minori.ID, error)
	// TicketSpans gives opening, closing and priority of all tickets of the accounts.
	TicketSpans(ctx context.Context, accounts []minori.ID) ([]Ticket, error)
	// DeleteFacts removes facts of a kind.
	DeleteFacts(ctx context.Context, kind Kind, ids []minori.ID) error
}

// Held is what is kept of a subject's field history beside the present values.
type Held struct {
	Cleared   []string // fields that had a value once and have none now
	ValidFrom int64    // latest valid-from written, microseconds since 1970 UTC; 0: only first values
}

// AccountRow is an account as kept.
type AccountRow struct {
	Account
	Held
}

// PersonRow is a person as kept.
type PersonRow struct {
	Person
	Held
}

// Config is what the service is made with.
type Config struct {
	Zone  *time.Location // of the workspace
	Clock minori.Clock
	// FieldIDs and MetricIDs give the stable keys of names, making them where needed.
	FieldIDs  func(ctx context.Context, names []string) (map[string]int64, error)
	MetricIDs func(ctx context.Context, names []string) (map[string]int64, error)
	// Fields gives the fields that the workspace defines; nil for none.
	Fields func(ctx context.Context) ([]Field, error)
}

// Service holds the rules and permissions around accounts, persons and what is
// recorded about them.
type Service struct {
	store  Store
	cfg    Config
	scopes scopes
}

// NewService makes a service over a store.
func NewService(store Store, cfg Config) *Service { return &Service{store: store, cfg: cfg} }

func mayRead(actor minori.Actor) error { return actor.Require(actor.MayRead(), "read accounts") }

// IDs gives the surrogate key of every account, person or contact by its
// source's id, for imports.
func (s *Service) IDs(ctx context.Context, actor minori.Actor, kind Kind) (map[string]minori.ID, error) {
	if err := actor.Require(actor.MayConfigure(), "import data"); err != nil {
		return nil, err
	}
	return s.store.AllSubjectIDs(ctx, kind)
}

// ByKey finds a subject by its source's id. Persons are found by everybody: who
// works here is no secret, what is known about them is.
func (s *Service) ByKey(ctx context.Context, actor minori.Actor, kind minori.SubjectKind, key string) (minori.Subject, error) {
	if err := mayRead(actor); err != nil {
		return minori.Subject{}, err
	}
	ids, err := s.store.SubjectIDs(ctx, Kind(kind), []string{key})
	if err != nil {
		return minori.Subject{}, err
	}
	id, ok := ids[key]
	if ok && kind == minori.Account {
		seen, err := s.Visible(ctx, actor, kind, []minori.ID{id})
		if err != nil {
			return minori.Subject{}, err
		}
		ok = len(seen) == 1
	}
	if !ok {
		return minori.Subject{}, minori.Errorf(minori.NotFound, "there is no %s with the id %q", kind, key)
	}
	return minori.Subject{Kind: kind, ID: id, Key: key}, nil
}

// Labels gives key and name of persons and of those accounts the actor sees.
func (s *Service) Labels(ctx context.Context, actor minori.Actor, ids []minori.ID) (map[minori.ID]Label, error) {
	scope, err := s.Scope(ctx, actor)
	if err != nil {
		return nil, err
	}
	out, err := s.store.Labels(ctx, ids)
	if err != nil || scope.All {
		return out, err
	}
	var accounts []minori.ID
	for id, l := range out {
		if l.Kind == minori.Account {
			accounts = append(accounts, id)
		}
	}
	csms, err := s.store.CSMs(ctx, accounts)
	if err != nil {
		return nil, err
	}
	for _, id := range accounts {
		if !has(scope.CSMs, csms[id]) {
			delete(out, id)
		}
	}
	return out, nil
}

// Account gives one account.
func (s *Service) Account(ctx context.Context, actor minori.Actor, id minori.ID) (Account, error) {
	m, err := s.Accounts(ctx, actor, []minori.ID{id})
	if err != nil {
		return Account{}, err
	}
	a, ok := m[id]
	if !ok {
		return Account{}, minori.Errorf(minori.NotFound, "there is no such account")
	}
	return a, nil
}

// Accounts gives those accounts the actor sees by id, with the fields it may read.
func (s *Service) Accounts(ctx context.Context, actor minori.Actor, ids []minori.ID) (map[minori.ID]Account, error) {
	scope, err := s.Scope(ctx, actor)
	if err != nil {
		return nil, err
	}
	hidden, err := s.Hidden(ctx, actor)
	if err != nil {
		return nil, err
	}
	rows, err := s.store.AccountRows(ctx, ids)
	if err != nil {
		return nil, err
	}
	out := make(map[minori.ID]Account, len(rows))
	for id, r := range rows {
		if scope.All || has(scope.CSMs, r.CSMPerson) {
			hidden.strip(minori.Account, r.Fields)
			out[id] = r.Account
		}
	}
	return out, nil
}

// Search gives accounts whose key or name begins with text, ordered by name.
func (s *Service) Search(ctx context.Context, actor minori.Actor, text string, page minori.Page) ([]Account, error) {
	scope, err := s.Scope(ctx, actor)
	if err != nil {
		return nil, err
	}
	hidden, err := s.Hidden(ctx, actor)
	if err != nil {
		return nil, err
	}
	list, err := s.store.SearchAccounts(ctx, text, scope, page)
	for i := range list {
		hidden.strip(minori.Account, list[i].Fields)
	}
	return list, err
}

// Person gives one person; of those whose own data the actor does not see, the
// entry in the directory.
func (s *Service) Person(ctx context.Context, actor minori.Actor, id minori.ID) (Person, error) {
	if err := mayRead(actor); err != nil {
		return Person{}, err
	}
	rows, err := s.store.PersonRows(ctx, []minori.ID{id})
	if err != nil {
		return Person{}, err
	}
	p, ok := rows[id]
	if !ok {
		return Person{}, minori.Errorf(minori.NotFound, "there is no such person")
	}
	own, err := s.VisiblePerson(ctx, actor, id)
	if err != nil {
		return Person{}, err
	}
	if !own {
		return p.directory(), nil
	}
	hidden, err := s.Hidden(ctx, actor)
	hidden.strip(minori.Person, p.Fields)
	return p.Person, err
}

// Persons lists persons by their source's id, as Person does.
func (s *Service) Persons(ctx context.Context, actor minori.Actor, page minori.Page) ([]Person, error) {
	scope, err := s.Scope(ctx, actor)
	if err != nil {
		return nil, err
	}
	hidden, err := s.Hidden(ctx, actor)
	if err != nil {
		return nil, err
	}
	list, err := s.store.Persons(ctx, page)
	for i := range list {
		hidden.strip(minori.Person, list[i].Fields)
		if !scope.Anyone && !has(scope.People, list[i].ID) {
			list[i] = list[i].directory()
		}
	}
	return list, err
}

// directory is what everybody may know of a person.
func (p *Person) directory() Person {
	return Person{ID: p.ID, Key: p.Key, Name: p.Name, Email: p.Email, Manager: p.Manager, Role: p.Role, Team: p.Team}
}

// PersonsByRef resolves ids or e-mails to persons; unknown ones are left out.
func (s *Service) PersonsByRef(ctx context.Context, refs []string) (map[string]minori.ID, error) {
	return s.store.PersonsByRef(ctx, refs)
}

// Contacts lists an account's contacts by name.
func (s *Service) Contacts(ctx context.Context, actor minori.Actor, account minori.ID, page minori.Page) ([]Contact, error) {
	if err := s.See(ctx, actor, minori.Account, account); err != nil {
		return nil, err
	}
	return s.store.Contacts(ctx, account, page)
}

// Tickets lists an account's tickets, newest first.
func (s *Service) Tickets(ctx context.Context, actor minori.Actor, account minori.ID, page minori.Page) ([]Ticket, error) {
	if err := s.See(ctx, actor, minori.Account, account); err != nil {
		return nil, err
	}
	return s.store.Tickets(ctx, account, page)
}

// Churns lists an account's churn events, newest first.
func (s *Service) Churns(ctx context.Context, actor minori.Actor, account minori.ID, page minori.Page) ([]Churn, error) {
	if err := s.See(ctx, actor, minori.Account, account); err != nil {
		return nil, err
	}
	return s.store.Churns(ctx, account, page)
}

// Interactions lists an account's interactions, newest first.
func (s *Service) Interactions(ctx context.Context, actor minori.Actor, account minori.ID, page minori.Page) ([]Interaction, error) {
	if err := s.See(ctx, actor, minori.Account, account); err != nil {
		return nil, err
	}
	return s.store.Interactions(ctx, account, page)
}

// Answers lists an account's survey answers, newest first.
func (s *Service) Answers(ctx context.Context, actor minori.Actor, account minori.ID, page minori.Page) ([]Answer, error) {
	if err := s.See(ctx, actor, minori.Account, account); err != nil {
		return nil, err
	}
	return s.store.Answers(ctx, account, page)
}
