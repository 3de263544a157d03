package site

import (
	"context"
	"time"

	minori "github.com/minori-hq/minori"
)

// Demo plays what customers do, in a demo only.
type Demo interface {
	// Play does what a customer would do at an account, the way it would come
	// in: over the tracking address, or as a ticket. It is NotFound for an
	// account that the actor does not see.
	Play(ctx context.Context, actor minori.Actor, account minori.ID, what DemoAct) error
	// Played gives what was played at an account since the program began, newest
	// first.
	Played(account minori.ID) []Played
}

// DemoAct is something a customer does.
type DemoAct string

// The acts.
const (
	UsageDrops   DemoAct = "usage-drops"   // a third of the users are deactivated
	UrgentTicket DemoAct = "urgent-ticket" // a ticket with the highest priority
)

// Played is an act that was played.
type Played struct {
	What DemoAct
	Rule string        // the rule that watches for it
	At   time.Time     // when it was sent
	Took time.Duration // until it was acknowledged
}
