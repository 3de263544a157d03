package resource

import (
	"fmt"
	"strings"

	minori "github.com/minori-hq/minori"
	"github.com/minori-hq/minori/action"
	"github.com/minori-hq/minori/measure"
	"github.com/minori-hq/minori/resource/document"
	"github.com/minori-hq/minori/rule"
	"github.com/minori-hq/minori/scorecard"
	"github.com/minori-hq/minori/segment"
)

// scorecardNames gives the names of the scorecards for a kind of subject.
func (c *compiler) scorecardNames(kind minori.SubjectKind) []string {
	var out []string
	for _, s := range document.Of[scorecard.Scorecard](c.set) {
		if s.Subject == kind {
			out = append(out, s.Name)
		}
	}
	return out
}

func (c *compiler) scorecards() {
	for d, s := range document.Of[scorecard.Scorecard](c.set) {
		out := Scorecard{ID: c.ids[document.KindScorecard][s.Name], Version: c.versions[d.Key()], Def: *s}
		for i, g := range s.Groups {
			for k, m := range g.Measures {
				c.uses(d, fmt.Sprintf("groups[%d].measures[%d].measure", i, k), document.KindMeasure, m.Measure, s.Subject)
			}
		}
		env := c.plain[s.Subject]
		for i, x := range s.Exceptions {
			out.Exceptions = append(out.Exceptions, c.condition(d, whenPath("exceptions", i), x.When, env))
		}
		for i, x := range s.Caps {
			out.Caps = append(out.Caps, c.condition(d, whenPath("caps", i), x.When, env))
		}
		c.cfg.Scorecards = append(c.cfg.Scorecards, out)
	}
}

// uses checks that a definition named by another exists and is about the same
// kind of subject.
func (c *compiler) uses(d *document.Document, path, kind, name string, subject minori.SubjectKind) {
	if name == "" {
		return // told when decoding
	}
	other := c.set.Get(kind, name)
	if other == nil {
		c.fail(d.Errorf(path, "there is no %s %q%s", strings.ToLower(kind), document.Clip(name), document.Suggest(name, c.set.Names(kind))))
		return
	}
	about := subject
	switch v := other.Value.(type) {
	case *measure.Definition:
		about = v.Subject
	case *action.Playbook:
		about = v.Subject
	}
	if about != subject {
		c.fail(d.Errorf(path, "the %s %q is for %s, here the subject is %s", strings.ToLower(kind), name, about, subject))
	}
}

func (c *compiler) segments() {
	for d, s := range document.Of[segment.Segment](c.set) {
		when := c.condition(d, "when", s.When, c.cfg.envs[s.Subject])
		c.cfg.Segments = append(c.cfg.Segments, Segment{ID: c.ids[document.KindSegment][s.Name], Def: *s, When: when})
	}
}

func (c *compiler) playbooks() {
	for d, p := range document.Of[action.Playbook](c.set) {
		out := Playbook{ID: c.ids[document.KindPlaybook][p.Name], Def: *p}
		if p.Outcome != "" {
			out.Outcome = c.condition(d, "outcome", p.Outcome, c.cfg.envs[p.Subject])
		}
		c.cfg.Playbooks = append(c.cfg.Playbooks, out)
	}
}

func (c *compiler) rules() {
	for d, r := range document.Of[rule.Rule](c.set) {
		env := c.cfg.envs[r.Subject]
		out := Rule{ID: c.ids[document.KindRule][r.Name], Def: *r, When: c.condition(d, "when", r.When, env)}
		if r.Until != "" {
			out.Until = c.condition(d, "until", r.Until, env)
		}
		for i, e := range r.Then {
			path := fmt.Sprintf("then[%d].call_to_action", i)
			var owners []*measure.Expr
			for k, o := range e.CallToAction.Owner {
				at := fmt.Sprintf("%s.owner[%d]", path, k)
				owners = append(owners, c.owner(d, at, o, c.plain[r.Subject]))
			}
			out.Owners = append(out.Owners, owners)
			if name := e.CallToAction.Playbook; name != "" {
				c.uses(d, path+".playbook", document.KindPlaybook, name, r.Subject)
			}
		}
		c.cfg.Rules = append(c.cfg.Rules, out)
	}
}

// whenPath gives the path of a condition in a list of a scorecard.
func whenPath(list string, i int) string { return fmt.Sprintf("%s[%d].when", list, i) }
