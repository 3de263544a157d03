package rule

import (
	"fmt"
	"slices"
	"strings"

	minori "github.com/minori-hq/minori"
)

// Types gives the types of call to action.
func Types() []string {
	return []string{"risk", "opportunity", "lifecycle", "activity", "objective"}
}

// Priorities gives the priorities of a call to action, lowest first.
func Priorities() []string { return []string{"low", "medium", "high", "urgent"} }

// What a call to action does when its episode ends: it stays open, marked
// recovered, or closes itself. "" means Keep.
const (
	Keep  = "keep"
	Close = "close"
)

// Validate reports everything that is wrong with the definition, as
// minori.Errors with code Invalid; Field names the place, such as
// "then[0].call_to_action.type". It does not look into the conditions' text nor
// at whether the playbook exists.
func (r Rule) Validate() error {
	v := &validator{}
	if !minori.ValidName(r.Name) {
		v.add("name", "%q cannot name a rule: use lower case letters, digits, '-', '_' and '.'", r.Name)
	}
	if !r.Subject.Valid() {
		v.add("subject", "%q is not a kind of subject: write account or person", r.Subject)
	}
	if strings.TrimSpace(r.When) == "" {
		v.pos = r.WhenPos
		v.add("when", "a rule needs a condition: write when")
	}
	v.pos = minori.Position{}
	v.duration("for", r.For)
	v.duration("cooldown", r.Cooldown)
	for i, e := range r.Then {
		at := fmt.Sprintf("then[%d]", i)
		if e.CallToAction == nil {
			v.add(at, "the effect is empty: write call_to_action")
			continue
		}
		v.call(at+".call_to_action", *e.CallToAction)
	}
	return v.errs.OrNil()
}

type validator struct {
	errs minori.Errors
	pos  minori.Position
}

func (v *validator) add(field, format string, args ...any) {
	e := minori.Errorf(minori.Invalid, format, args...)
	e.Field, e.Pos = field, v.pos
	v.errs = append(v.errs, e)
}

func (v *validator) duration(field string, d Duration) {
	if err := d.check(); err != nil {
		v.add(field, "%s", err.Error())
	}
}

func (v *validator) oneOf(field, s string, names []string) {
	if !slices.Contains(names, s) {
		v.add(field, "%q is not one of %s%s", s, strings.Join(names, ", "), minori.DidYouMean(s, names))
	}
}

func (v *validator) call(at string, c CallToAction) {
	v.oneOf(at+".type", c.Type, Types())
	v.oneOf(at+".priority", c.Priority, Priorities())
	if c.OnRecovery != "" {
		v.oneOf(at+".on_recovery", c.OnRecovery, []string{Keep, Close})
	}
	for i, o := range c.Owner {
		if strings.TrimSpace(o) == "" {
			v.add(fmt.Sprintf("%s.owner[%d]", at, i), "the owner is empty: write an expression such as account.csm, or leave it out")
		}
	}
	if c.Due < 0 || c.Due > MaxBusinessDays {
		v.add(at+".due", "due is a number of business days from 0bd to %s", MaxBusinessDays)
	}
	if c.Playbook != "" && !minori.ValidName(c.Playbook) {
		v.add(at+".playbook", "%q cannot name a playbook: use lower case letters, digits, '-', '_' and '.'", c.Playbook)
	}
}
