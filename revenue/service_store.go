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

// Subscriptions gives an account's subscriptions by start, oldest first.
func (s *Service) Subscriptions(ctx context.Context, actor minori.Actor, acc minori.ID) ([]Subscription, error) {
	return s.SubscriptionsOf(ctx, actor, []minori.ID{acc})
}

// SubscriptionsOf gives the subscriptions of accounts (nil: of all), ordered
// by account and start.
func (s *Service) SubscriptionsOf(ctx context.Context, actor minori.Actor, accounts []minori.ID) ([]Subscription, error) {
	if err := mayRead(actor); err != nil {
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
	if err := mayRead(actor); err != nil {
		return nil, err
	}
	return s.store.SubscriptionAccounts(ctx)
}

// Entries gives the ledger of accounts (nil: of all) up to and including a
// day (nil: to its end), ordered by account, day and id.
func (s *Service) Entries(ctx context.Context, actor minori.Actor, accounts []minori.ID, upTo *minori.Day) ([]Entry, error) {
	if err := mayRead(actor); err != nil {
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
