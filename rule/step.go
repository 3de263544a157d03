package rule

import (
	"time"

	minori "github.com/minori-hq/minori"
	"github.com/minori-hq/minori/metric"
)

// verdict is a condition in three-valued logic.
type verdict int8

const (
	no verdict = iota
	yes
	maybe // unknown
)

func judge(v metric.Value) verdict {
	switch {
	case v.Reason != metric.Known:
		return maybe
	case v.Num != 0:
		return yes
	}
	return no
}

// not is the verdict on a condition's negation.
func (v verdict) not() verdict {
	switch v {
	case no:
		return yes
	case yes:
		return no
	}
	return maybe
}

// and is false if either is, whatever the other.
func (v verdict) and(w verdict) verdict {
	switch {
	case v == no || w == no:
		return no
	case v == maybe || w == maybe:
		return maybe
	}
	return yes
}

// Trivial reports whether the subject was never more than inactive: no episode
// so far and none under way. Such states need not be stored.
func (s State) Trivial() bool {
	return s.Episode == 0 && s.Phase != Pending && s.Phase != Active
}

// Step moves the state of one rule and subject on to an as-of (semantics,
// Rules). id is the stable key of the rule's name; loc is the workspace's zone,
// whose calendar days For and Cooldown count; when and until are the conditions'
// values, until being ignored when the rule has none; holdReason says which
// input makes a condition unknown.
//
//	inactive → pending   when holds
//	pending  → active    when holds, has done so for For, and Cooldown has passed since the last episode's end
//	pending  → inactive  when does not hold
//	active   → inactive  until holds and when does not (without until: when does not)
//
// Without For and Cooldown an inactive state becomes active at once. Where the
// next move hangs on an unknown condition the state is held as it is.
//
// changed tells whether anything but State.Step is another than in s; for a
// Trivial state that can only be the hold. A step at or before the last one
// changes nothing at all.
func Step(def Rule, id int64, s State, asOf minori.AsOf, loc *time.Location, when, until metric.Value, holdReason string) (c Change, changed bool) {
	at := asOf.Micros()
	if s.Step != 0 && at <= s.Step {
		return Change{State: s}, false
	}
	n := s
	n.Rule, n.Step = id, at
	if n.Phase == "" {
		n.Phase = Inactive
	}
	w := judge(when)
	held := w == maybe
	if n.Phase == Active {
		end := w.not()
		if def.Until != "" {
			end = judge(until).and(end)
		}
		held = end == maybe
		if end == yes {
			n.Phase, n.Since, n.Ended = Inactive, at, at
			c.Closed = true
		}
	} else {
		c.Opened = n.advance(def, w, asOf, loc)
	}
	n.hold(held, at, holdReason)
	c.State = n
	s.Step, s.Rule = n.Step, n.Rule
	if s.Phase == "" {
		s.Phase = Inactive
	}
	return c, n != s
}

// advance moves a state that is not active and reports whether an episode began.
func (s *State) advance(def Rule, when verdict, asOf minori.AsOf, loc *time.Location) bool {
	at := asOf.Micros()
	switch {
	case when == no && s.Phase == Pending:
		s.Phase, s.Since = Inactive, at
	case when == yes && s.Phase == Inactive:
		s.Phase, s.Since = Pending, at
	}
	if when != yes || !def.For.passed(s.Since, asOf, loc) {
		return false
	}
	if s.Ended != 0 && !def.Cooldown.passed(s.Ended, asOf, loc) {
		return false
	}
	s.Phase, s.Since = Active, at
	s.Episode++
	return true
}

// hold notes since when and why the state is held, or that it is not.
func (s *State) hold(held bool, at int64, reason string) {
	switch {
	case !held:
		s.HoldSince, s.HoldReason = 0, ""
	case s.HoldSince == 0:
		s.HoldSince, s.HoldReason = at, reason
	default:
		s.HoldReason = reason
	}
}
