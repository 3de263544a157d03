// Package rule turns conditions over time into episodes.
package rule

import (
	"time"

	minori "github.com/minori-hq/minori"
)

// Rule is the definition of a rule.
type Rule struct {
	Name     string
	Title    minori.Text
	Subject  minori.SubjectKind
	When     string // CEL condition
	WhenPos  minori.Position
	For      Duration // how long When must have held
	Until    string   // CEL condition that ends the episode; "": When no longer holds
	UntilPos minori.Position
	Cooldown Duration // least time from the end of one episode to the start of the next
	Then     []Effect
}

// Duration is a length of time in a rule: calendar days of the workspace, or
// clock time for hours and minutes.
type Duration struct {
	Days  int
	Clock time.Duration // hours and minutes
}

// Effect is what an episode causes; exactly one field is set.
type Effect struct {
	CallToAction *CallToAction
}

// CallToAction says how an episode opens a call to action.
type CallToAction struct {
	Type       string // risk, opportunity, lifecycle, activity, objective
	Reason     string
	Priority   string   // low, medium, high, urgent
	Owner      []string // expressions for a person, such as account.csm; the first known wins
	Due        BusinessDays
	Playbook   string // name; "" for none
	OnRecovery string // keep or close
}

// BusinessDays is a number of business days of the workspace's calendar.
type BusinessDays int
