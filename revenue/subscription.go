package revenue

import (
	minori "github.com/minori-hq/minori"
	"github.com/minori-hq/minori/account"
	"github.com/minori-hq/minori/metric"
)

// Subscription is one contract line of an account.
type Subscription struct {
	ID         int64
	Key        string // the id the source gave it, unique in the workspace
	Account    minori.ID
	AccountKey string
	Product    string
	Start      minori.Day
	End        *minori.Day // first day on which it is not active any more; nil: open
	ARR        int64       // minor units of Currency, per year
	Currency   string
	Seats      *float64
	Plan       string
	Trial      bool // no ARR
	OneOff     bool // no ARR
	Fields     map[string]account.Value
	Removed    bool // taken back by its source; counts nowhere
}

// Counts reports whether the subscription contributes to ARR at all.
func (s *Subscription) Counts() bool { return !s.Trial && !s.OneOff && !s.Removed }

// ActiveOn reports whether the subscription is active on a day: from its
// start day on, not on its end day.
func (s *Subscription) ActiveOn(d minori.Day) bool {
	return !s.Removed && s.Start <= d && (s.End == nil || d < *s.End)
}

// SubscriptionInput is a subscription as a source gives it. Amounts are in
// major units; exactly one of ARR and MRR is given, or neither (0).
type SubscriptionInput struct {
	Key      string
	Account  string // the account's key
	Product  string
	Start    *minori.Day
	End      *minori.Day
	ARR      *float64
	MRR      *float64 // counts 12 times
	Currency string   // "" is the workspace's
	Seats    *float64
	Plan     string
	Trial    bool
	OneOff   bool
	Fields   map[string]account.Value
}

// FactRow is one imported row; exactly one of the pointers is set.
type FactRow struct {
	metric.Row
	Subscription *SubscriptionInput
	Rate         *metric.Rate
}
