package revenue

import (
	"context"
	"time"

	minori "github.com/minori-hq/minori"
	"github.com/minori-hq/minori/account"
	"github.com/minori-hq/minori/auth"
	"github.com/minori-hq/minori/metric"
)

// Store is what the service needs of the records store.
type Store interface {
	account.RowStore
	auth.Log
	// SubjectIDs gives the ids of accounts by key.
	SubjectIDs(ctx context.Context, kind account.Kind, keys []string) (map[string]minori.ID, error)
	// SubscriptionIDs gives subscriptions' ids by key.
	SubscriptionIDs(ctx context.Context, keys []string) (map[string]int64, error)
	// SubscriptionAccounts gives the account of every subscription by the subscription's key.
	SubscriptionAccounts(ctx context.Context) (map[string]minori.ID, error)
	// SubscriptionsByID gives subscriptions by id.
	SubscriptionsByID(ctx context.Context, ids []int64) (map[int64]Subscription, error)
	// SubscriptionsOf gives all subscriptions of accounts, removed ones too, ordered by
	// account, start and id; nil means of all accounts.
	SubscriptionsOf(ctx context.Context, accounts []minori.ID) ([]Subscription, error)
	// SaveSubscriptions inserts or replaces subscriptions by id.
	SaveSubscriptions(ctx context.Context, subs []Subscription) error
	// Entries gives the ledger of accounts (nil: all) up to and including a
	// day (nil: to its end), ordered by account, day and id.
	Entries(ctx context.Context, accounts []minori.ID, upTo *minori.Day) ([]Entry, error)
	// Expansions gives the newest expansions in force of accounts (nil: all)
	// since a day, at most so many.
	Expansions(ctx context.Context, accounts []minori.ID, since minori.Day, limit int) ([]Entry, error)
	// AppendEntries adds lines to the ledger.
	AppendEntries(ctx context.Context, entries []Entry) error
	// Rates gives all exchange rates, ordered by currency and day.
	Rates(ctx context.Context) ([]metric.Rate, error)
	// SaveRates inserts or replaces rates by currency and day, and gives their ids.
	SaveRates(ctx context.Context, rates []metric.Rate) ([]int64, error)
}

// Config is what the service is made with.
type Config struct {
	Zone     *time.Location // of the workspace
	Clock    minori.Clock
	Currency string // of the workspace
	Scopes   Scopes
}

// Scopes says which accounts an actor sees.
type Scopes interface {
	// Visible gives those of some accounts (nil: of all) that the actor sees,
	// ascending; nil for all of all.
	Visible(ctx context.Context, actor minori.Actor, kind minori.SubjectKind, among []minori.ID) ([]minori.ID, error)
}

// Service holds the rules and permissions around subscriptions and the ledger.
type Service struct {
	store Store
	cfg   Config
}

// NewService makes a service over a store.
func NewService(store Store, cfg Config) *Service { return &Service{store: store, cfg: cfg} }

// Currency is the workspace's currency.
func (s *Service) Currency() string { return s.cfg.Currency }

func mayRead(actor minori.Actor) error { return actor.Require(actor.MayRead(), "read revenue") }

func (s *Service) visible(ctx context.Context, actor minori.Actor, accounts []minori.ID) ([]minori.ID, error) {
	if err := mayRead(actor); err != nil {
		return nil, err
	}
	return s.cfg.Scopes.Visible(ctx, actor, minori.Account, accounts)
}

// Subscriptions gives an account's subscriptions by start, oldest first.
func (s *Service) Subscriptions(ctx context.Context, actor minori.Actor, acc minori.ID) ([]Subscription, error) {
	seen, err := s.cfg.Scopes.Visible(ctx, actor, minori.Account, []minori.ID{acc})
	if err != nil {
		return nil, err
	}
	if len(seen) == 0 {
		return nil, minori.Errorf(minori.NotFound, "there is no such account")
	}
	return s.SubscriptionsOf(ctx, actor, seen)
}

// SubscriptionsOf gives the subscriptions of those of the accounts (nil: of
// all) that the actor sees, ordered by account and start.
func (s *Service) SubscriptionsOf(ctx context.Context, actor minori.Actor, accounts []minori.ID) ([]Subscription, error) {
	accounts, err := s.visible(ctx, actor, accounts)
	if err != nil {
		return nil, err
	}
	subs, err := s.store.SubscriptionsOf(ctx, accounts)
	if err != nil {
		return nil, err
	}
	kept := subs[:0]
	for _, sub := range subs {
		if !sub.Removed {
			kept = append(kept, sub)
		}
	}
	return kept, nil
}

// SubscriptionAccounts gives the account of every subscription by the
// subscription's key, for sources that name only the subscription.
func (s *Service) SubscriptionAccounts(ctx context.Context, actor minori.Actor) (map[string]minori.ID, error) {
	if err := actor.Require(actor.MayConfigure(), "import data"); err != nil {
		return nil, err
	}
	return s.store.SubscriptionAccounts(ctx)
}

// Entries gives the ledger of those of the accounts (nil: of all) that the
// actor sees up to and including a day (nil: to its end), ordered by account,
// day and id.
func (s *Service) Entries(ctx context.Context, actor minori.Actor, accounts []minori.ID, upTo *minori.Day) ([]Entry, error) {
	accounts, err := s.visible(ctx, actor, accounts)
	if err != nil {
		return nil, err
	}
	return s.store.Entries(ctx, accounts, upTo)
}

// Rates gives all exchange rates, ordered by currency and day.
func (s *Service) Rates(ctx context.Context, actor minori.Actor) ([]metric.Rate, error) {
	if err := mayRead(actor); err != nil {
		return nil, err
	}
	return s.store.Rates(ctx)
}

// Expansions gives the newest expansions since a day of those of the accounts
// (nil: of all) that the actor sees.
func (s *Service) Expansions(ctx context.Context, actor minori.Actor, accounts []minori.ID, since minori.Day, limit int) ([]Entry, error) {
	accounts, err := s.visible(ctx, actor, accounts)
	if err != nil {
		return nil, err
	}
	return s.store.Expansions(ctx, accounts, since, min(limit, minori.MaxPage))
}
