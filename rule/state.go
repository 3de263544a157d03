package rule

import (
	minori "github.com/minori-hq/minori"
)

// Phase is where a (rule, subject) stands.
type Phase string

// The phases.
const (
	Inactive Phase = "inactive"
	Pending  Phase = "pending" // When holds, not yet for long enough (or cooling down)
	Active   Phase = "active"  // an episode is open
)

// State is the standing of one rule for one subject. Subjects that were never
// more than inactive have none stored; their last step is the rule's.
type State struct {
	Rule    int64 // stable key of the rule's name, the same across versions
	Subject minori.ID
	Phase   Phase
	// Since is the as-of at which the phase began, microseconds since 1970 UTC.
	Since int64
	// Episode is the number of the last episode opened, 0 before the first.
	Episode int
	// Ended is the as-of at which the last episode ended, 0 while none has.
	Ended int64
	// Step is the as-of of the last step; the state moves only forward.
	Step int64
	// HoldSince and HoldReason say since when and because of which input the
	// state is held by an unknown condition; 0 and "" when it is not.
	HoldSince  int64
	HoldReason string
}

// Change is what one step did to a (rule, subject).
type Change struct {
	State  State
	Opened bool // a new episode began: State.Episode
	Closed bool // the episode State.Episode ended
}

// Standing is what is stored of one rule.
type Standing struct {
	Rule   int64
	Step   int64 // as-of of the last step of the rule, 0 before the first
	States map[minori.ID]State
}

// Clock is what of a rule runs out by the clock, not with a day; in microseconds.
type Clock struct {
	Rule          int64
	For, Cooldown int64
}

// Clock gives what of the rule runs out by the clock; ok is false for nothing.
func (r *Rule) Clock(id int64) (c Clock, ok bool) {
	c = Clock{Rule: id, For: r.For.Clock.Microseconds(), Cooldown: r.Cooldown.Clock.Microseconds()}
	return c, c.For > 0 || c.Cooldown > 0
}
