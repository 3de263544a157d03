// Package traits brings who is who into the records as tracking messages tell
// it: accounts with their traits, the users and visitors that act for them,
// which of those are the same, and the contacts they are.
//
// Messages may come in any order and more than once. Of a trait the value with
// the latest time counts; of several with the same time the one that came last.
package traits

import (
	"context"
	"encoding/json"
	"time"

	minori "github.com/minori-hq/minori"
	"github.com/minori-hq/minori/account"
)

// Kind of a message.
type Kind uint8

// The kinds.
const (
	Identify Kind = iota + 1
	Group
	Alias
)

// Message says something about who is who.
type Message struct {
	Arrival   int64 // number in the order of arrival, ascending
	Source    int64 // surrogate key of the source
	Kind      Kind
	User      string // id of the user; "" for none
	Anonymous string // id of the visitor; of Alias the former id
	Account   string // key of the account; "" for none
	Time      int64  // when it was so, microseconds since 1970 UTC
	Traits    string // JSON object; "" for none
}

// Trait is a trait as it was sent last.
type Trait struct {
	Time  int64           `json:"t"` // of the message, microseconds since 1970 UTC
	Value json.RawMessage `json:"v"`
}

// Traits are traits by name, as sent.
type Traits map[string]Trait

// Point says that an actor acted for an account at an instant.
type Point struct {
	Time    int64     `json:"t"` // microseconds since 1970 UTC
	Key     string    `json:"k"` // of the account
	Account minori.ID `json:"a,omitempty"`
	Sent    bool      `json:"s,omitempty"` // the lake has it as a link
}

// Actor is a user or visitor as kept. One that is the same as another holds
// only the other's name; all that is known stands with the other.
type Actor struct {
	Name       string
	Same       string // name of the actor it is merged into; "" for none
	User       bool   // it was named as a user
	Identified bool   // an identify said who it is
	Contact    minori.ID
	Own        bool // the contact was made here, not imported
	Traits     Traits
	Points     []Point // by time
}

// Mark is how far the records are.
type Mark struct {
	Arrival int64     // of the last message applied
	Account minori.ID // up to which accounts were told to actors that wait for them
}

// Waiting is an actor that acted for an account that is not known yet.
type Waiting struct {
	Key   string // of the account
	Actor string
}

// Store is what the service needs of the records store.
type Store interface {
	account.Store
	// ContactRows gives contacts by id, without the keys of their accounts.
	ContactRows(ctx context.Context, ids []minori.ID) (map[minori.ID]account.Contact, error)
	// Mark gives how far the records are.
	Mark(ctx context.Context) (Mark, error)
	// SetMark keeps how far the records are.
	SetMark(ctx context.Context, m Mark) error
	// AccountsAfter gives id and key of accounts above an id, ascending.
	AccountsAfter(ctx context.Context, id minori.ID, limit int) ([]account.Label, error)
	// AccountTraits gives the traits of accounts; those without are left out.
	AccountTraits(ctx context.Context, ids []minori.ID) (map[minori.ID]Traits, error)
	// SaveAccountTraits inserts or replaces traits of accounts.
	SaveAccountTraits(ctx context.Context, traits map[minori.ID]Traits) error
	// Actors gives actors by name; unknown ones are left out.
	Actors(ctx context.Context, names []string) (map[string]Actor, error)
	// SaveActors inserts or replaces actors by name.
	SaveActors(ctx context.Context, actors []Actor) error
	// Waiting gives the names of actors that wait for one of these accounts.
	Waiting(ctx context.Context, keys []string) ([]string, error)
	// SaveWaiting adds actors that wait.
	SaveWaiting(ctx context.Context, list []Waiting) error
	// DropWaiting forgets who waited for these accounts.
	DropWaiting(ctx context.Context, keys []string) error
}

// Config is what the service is made with.
type Config struct {
	Zone  *time.Location // of the workspace
	Clock minori.Clock
	// FieldIDs gives the stable keys of fields by full name, making them where needed.
	FieldIDs func(ctx context.Context, names []string) (map[string]int64, error)
	// Fields gives the fields that the workspace defines; nil for none.
	Fields func(ctx context.Context) ([]account.Field, error)
}

// Service applies messages. One transaction at a time changes what it keeps.
type Service struct {
	store Store
	cfg   Config
}

// NewService makes a service over a store.
func NewService(store Store, cfg Config) *Service { return &Service{store: store, cfg: cfg} }

// Result says what a batch of messages changed.
type Result struct {
	Outbox   bool // there is something for the lake
	Attaches bool // accounts, links or merges are new: events that wait may find their account
	Accounts []Changed
	Rejected []Rejected
}

// Changed is an account whose fields changed.
type Changed struct {
	Account minori.ID
	Since   int64 // earliest instant from which they are others, microseconds since 1970 UTC
	Arrival int64 // of the first message that changed it
}

// Rejected is a trait that was not taken as a field.
type Rejected struct {
	Source int64
	Trait  string // "groupId" or "userId" when the whole message could not be used
	TooBig bool   // the subject has more traits than are kept; else the value does not fit
	Sample string // the value as sent
}

// Bounds of what is kept.
const (
	maxTraits    = 200      // traits of an account or actor
	maxTrait     = 16 << 10 // bytes of a trait's value
	maxPoints    = 200      // changes of account of an actor that are remembered here
	freshPoints  = 8        // points of an actor kept beside those where the account changes
	accountsStep = 1000     // accounts looked at in one step
)

// Apply brings messages into the records, with what they mean for the lake, in
// one transaction. Those it has applied before are left out, so that the same
// messages may be given again. It also attaches actors to accounts that came
// into being by other ways since.
func (s *Service) Apply(ctx context.Context, messages []Message) (Result, error) {
	mark, err := s.store.Mark(ctx)
	if err != nil {
		return Result{}, err
	}
	// Mostly there is nothing to do: then nobody has to wait for a transaction.
	if len(fresh(messages, mark)) == 0 {
		if list, err := s.store.AccountsAfter(ctx, mark.Account, 1); err != nil || len(list) == 0 {
			return Result{}, err
		}
	}
	var result Result
	err = s.store.InTx(ctx, func(ctx context.Context) error {
		if err := s.store.LockFacts(ctx); err != nil {
			return err
		}
		mark, err := s.store.Mark(ctx)
		if err != nil {
			return err
		}
		b := &batch{s: s, mark: mark, messages: fresh(messages, mark), now: s.cfg.Clock().UnixMicro()}
		if err := b.run(ctx); err != nil {
			return err
		}
		result = b.result
		return nil
	})
	if err != nil {
		return Result{}, err
	}
	return result, nil
}

// fresh gives the messages that are not applied yet.
func fresh(messages []Message, mark Mark) []Message {
	for len(messages) > 0 && messages[0].Arrival <= mark.Arrival {
		messages = messages[1:]
	}
	return messages
}
