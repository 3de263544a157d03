// Package ingest takes tracking messages: decoded and checked by package
// ingest/message, acknowledged once they would survive a kill, and folded
// into facts some moments later.
//
// A message goes two steps. Accept writes it, with others that wait at the same
// time, into the lake's inbox in one commit, and answers. Fold takes what is in
// the inbox in the order of arrival: identify, group and alias become facts of
// the records in one transaction that notes how far it came; track, page and
// screen become events and rollups of their account in one transaction of the
// lake that empties the inbox. Both steps done again change nothing.
package ingest

import (
	"context"

	minori "github.com/minori-hq/minori"
)

// Kind of a message.
type Kind uint8

// The kinds.
const (
	Identify Kind = iota + 1
	Group
	Track
	Page
	Screen
	Alias
)

// String names the kind as the tracking format does.
func (k Kind) String() string {
	return [...]string{"", "identify", "group", "track", "page", "screen", "alias", ""}[k&7]
}

// Counts reports whether messages of the kind become events; the others say
// who is who.
func (k Kind) Counts() bool { return k == Track || k == Page || k == Screen }

// Message is one tracking message, checked and within its bounds.
type Message struct {
	Kind      Kind
	ID        string // messageId; made by the decoder where the client sent none
	User      string // userId
	Anonymous string // anonymousId; of alias: previousId
	Account   string // groupId of group, else context.groupId
	Event     string // name of the event: of track its own, "page", "screen"
	Time      int64  // when it happened, microseconds since 1970 UTC, by the server's clock
	Body      string // JSON object: properties, of identify and group the traits; "" for none
}

// Actor is whom the message is of, before merging: the user, else the anonymous
// visitor; "" for nobody.
func (m *Message) Actor() string {
	if m.User != "" {
		return m.User
	}
	return m.Anonymous
}

// Received is a message as the inbox keeps it.
type Received struct {
	Message
	Arrival int64  // number in the order of arrival, from 1; given by the inbox
	Source  int64  // surrogate key of the source whose write key brought it
	Key     uint64 // by which a repetition is known, with Shard
	Shard   uint16
	At      int64      // when it arrived, microseconds since 1970 UTC
	Day     minori.Day // of Time, in the workspace's zone
}

// Folded says what a step of folding did.
type Folded struct {
	UpTo     int64 // arrival number up to which the inbox is folded
	Events   int   // counted for an account
	Waiting  int   // of these not yet: their account is not known
	Attached int   // events that waited and found their account
	// Touched are the accounts whose numbers changed, ascending, with the
	// earliest day that did and the earliest arrival (microseconds since 1970
	// UTC) among their new events.
	Touched []Touched
}

// Touched is an account that got events.
type Touched struct {
	Account minori.ID
	First   minori.Day // earliest day that changed
	At      int64      // earliest arrival of what changed it, microseconds since 1970 UTC
}

// Inbox is what ingest needs of the lake.
type Inbox interface {
	// Receive stores messages in the inbox, numbering them, and returns when
	// they would survive a kill. On an error none is stored. It may run beside
	// Fold and other writes of the lake.
	Receive(ctx context.Context, messages []Received) error
	// Identities gives the messages of the inbox that say who is who, in order of
	// arrival, at most limit, and the arrival number up to which there are no
	// others: Fold may go as far.
	Identities(ctx context.Context, limit int) (messages []Received, upTo int64, err error)
	// Fold moves messages up to an arrival number, at most limit events, out of
	// the inbox: events whose account is known become events and rollups, others
	// wait. With retry those that waited are tried again first. One transaction.
	Fold(ctx context.Context, upTo int64, limit int, retry bool) (Folded, error)
	// Keys gives the keys of the messages received from a day on, for knowing
	// repetitions after a start; each call of fn gets some, with the day of
	// arrival (UTC).
	Keys(ctx context.Context, from minori.Day, fn func(day minori.Day, keys []uint64, shards []uint16) error) error
	// Backlog gives how many messages are in the inbox, and how many events
	// wait for their account.
	Backlog(ctx context.Context) (inbox, waiting int64, err error)
	// Expire forgets keys of messages that arrived before a day, and raw events
	// that happened before another; rollups stay. It works in small steps
	// between which other writers have their turn.
	Expire(ctx context.Context, keysBefore, eventsBefore minori.Day) error
}
