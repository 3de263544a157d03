// Package auth holds who may come in and what they did, in the audit log.
package auth

import (
	"context"

	minori "github.com/minori-hq/minori"
)

// Entry is one line of the audit log: who did what to which thing.
type Entry struct {
	ID     int64
	At     int64  // microseconds since 1970 UTC
	Actor  string // minori.Actor.Name
	Action string // dotted verb: import.run, call.close, override.set
	Object string // what it was done to: "call 17", "account A-1"
	Detail string // one sentence or JSON; "" for none
}

// Log keeps the audit log. Appending inside a transaction keeps the line only
// if the transaction is.
type Log interface {
	AppendAudit(ctx context.Context, entries ...Entry) error
	// Audit gives lines newest first.
	Audit(ctx context.Context, page minori.Page) ([]Entry, error)
}
