// Package revenue holds subscriptions, the append-only ledger of ARR movements,
// and retention.
package revenue

import minori "github.com/minori-hq/minori"

// Movement is the kind of a ledger entry.
type Movement string

// The movements: from 0 for the first time, up, down, to 0, from 0 again.
const (
	New          Movement = "new"
	Expansion    Movement = "expansion"
	Contraction  Movement = "contraction"
	Churn        Movement = "churn"
	Reactivation Movement = "reactivation"
)

// Entry is one line of the ledger. Entries are never changed: a correction is
// a reversing entry and a new one.
type Entry struct {
	ID       int64
	Account  minori.ID
	Day      minori.Day
	Currency string
	Delta    int64 // minor units
	After    int64 // ARR of the account in this currency after the day
	Kind     Movement
	Recorded int64 // microseconds since 1970 UTC
	Reverses int64 // entry this one takes back; 0 for none
}
