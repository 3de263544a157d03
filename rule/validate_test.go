package rule_test

import (
	"strings"
	"testing"
	"time"

	minori "github.com/minori-hq/minori"
	"github.com/minori-hq/minori/rule"
)

func TestParseDuration(t *testing.T) {
	for s, want := range map[string]rule.Duration{
		"7d": {Days: 7}, "2w": {Days: 14}, "24h": {Clock: 24 * time.Hour}, "30min": {Clock: 30 * time.Minute},
		"90min": {Clock: 90 * time.Minute}, "0d": {}, "0h": {}, "3660d": {Days: 3660},
	} {
		d, err := rule.ParseDuration(s)
		if err != nil || d != want {
			t.Errorf("%q is %+v, %v; want %+v", s, d, err, want)
		}
		if again, err := rule.ParseDuration(d.String()); err != nil || again != d {
			t.Errorf("%q is written as %q, which reads as %+v, %v", s, d, again, err)
		}
		if d.IsZero() != strings.HasPrefix(s, "0") {
			t.Errorf("%q: zero is %v", s, d.IsZero())
		}
	}
	for s, says := range map[string]string{
		"": "whole number", "7": "whole number", "d": "whole number", "-1d": "whole number", "+1d": "whole number",
		"1.5h": "whole number", "7 d": "whole number", "1y": "whole number", "7D": "whole number", "99999999d": "whole number",
		"30m": "30min", "4000d": "ten years", "600w": "ten years", "9999999h": "ten years", "1h30min": "whole number",
	} {
		if _, err := rule.ParseDuration(s); minori.CodeOf(err) != minori.Invalid || !strings.Contains(err.Error(), says) {
			t.Errorf("%q gives %v, want an error saying %q", s, err, says)
		}
	}
}

func TestParseBusinessDays(t *testing.T) {
	for s, want := range map[string]rule.BusinessDays{"3bd": 3, "0bd": 0, "2600bd": 2600} {
		if b, err := rule.ParseBusinessDays(s); err != nil || b != want || b.String() != s {
			t.Errorf("%q is %v, %v", s, b, err)
		}
	}
	for _, s := range []string{"", "3", "bd", "3d", "-1bd", "1.5bd", "2601bd", "3 bd"} {
		if _, err := rule.ParseBusinessDays(s); minori.CodeOf(err) != minori.Invalid {
			t.Errorf("%q gives %v", s, err)
		}
	}
}

func good() rule.Rule {
	return rule.Rule{
		Name: "adoption-falling", Subject: minori.Account, When: "account.arr > 10000", For: days(7), Cooldown: days(30),
		Then: []rule.Effect{{CallToAction: &rule.CallToAction{
			Type: "risk", Reason: "adoption", Priority: "high", Owner: []string{"account.csm"}, Due: 3, Playbook: "adoption-rescue", OnRecovery: "keep",
		}}},
	}
}

func TestValidate(t *testing.T) {
	if err := good().Validate(); err != nil {
		t.Fatal(err)
	}
	call := func(f func(*rule.CallToAction)) func(*rule.Rule) {
		return func(r *rule.Rule) { f(r.Then[0].CallToAction) }
	}
	for _, c := range []struct {
		field, says string
		spoil       func(*rule.Rule)
	}{
		{"name", "cannot name", func(r *rule.Rule) { r.Name = "" }},
		{"subject", "account or person", func(r *rule.Rule) { r.Subject = "" }},
		{"when", "condition", func(r *rule.Rule) { r.When = " " }},
		{"for", "negative", func(r *rule.Rule) { r.For.Days = -1 }},
		{"for", "not both", func(r *rule.Rule) { r.For.Clock = time.Hour }},
		{"cooldown", "ten years", func(r *rule.Rule) { r.Cooldown.Days = 99999 }},
		{"then[0]", "empty", func(r *rule.Rule) { r.Then[0].CallToAction = nil }},
		{"then[0].call_to_action.type", `did you mean "risk"?`, call(func(c *rule.CallToAction) { c.Type = "risks" })},
		{"then[0].call_to_action.priority", "low, medium, high, urgent", call(func(c *rule.CallToAction) { c.Priority = "" })},
		{"then[0].call_to_action.on_recovery", "keep, close", call(func(c *rule.CallToAction) { c.OnRecovery = "shut" })},
		{"then[0].call_to_action.owner[0]", "account.csm", call(func(c *rule.CallToAction) { c.Owner = []string{""} })},
		{"then[0].call_to_action.due", "0bd to 2600bd", call(func(c *rule.CallToAction) { c.Due = -1 })},
		{"then[0].call_to_action.playbook", "cannot name", call(func(c *rule.CallToAction) { c.Playbook = "A B" })},
	} {
		r := good()
		c.spoil(&r)
		errs, _ := r.Validate().(minori.Errors)
		if len(errs) != 1 || errs[0].Field != c.field || !strings.Contains(errs[0].Message, c.says) {
			t.Errorf("%s: %v, want one error saying %q", c.field, errs, c.says)
		}
	}
	r := good()
	r.When, r.WhenPos = "", minori.Position{File: "rules.yaml", Line: 3, Column: 7}
	if err := r.Validate(); err == nil || !strings.HasPrefix(err.Error(), "rules.yaml:3:7: ") {
		t.Errorf("error is %v", err)
	}
}
