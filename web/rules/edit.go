package rules

import (
	"fmt"

	"github.com/a-h/templ"

	minori "github.com/minori-hq/minori"
	"github.com/minori-hq/minori/resource"
	"github.com/minori-hq/minori/resource/document"
	"github.com/minori-hq/minori/resource/yamltree"
	"github.com/minori-hq/minori/rule"
	"github.com/minori-hq/minori/web/editor"
	"github.com/minori-hq/minori/web/site"
	"github.com/minori-hq/minori/web/ui"
)

// Editor edits rules.
func (s Pages) Editor() editor.Pages {
	return editor.Pages{Site: s.Site, Place: editor.Place{
		Kind: document.KindRule, Place: ui.PlaceRules, Base: "/rules",
		Words: func(w site.Wording) editor.Words {
			return editor.Words{List: w.T("place.rules"), New: w.T("rule.new"), Trial: w.T("rule.trial")}
		},
		Form: ruleForm, Template: newRule, Trial: s.tryRule, History: s.ruleHistory, Chooser: s.chooser,
	}}
}

// newRule is the text of a new rule.
func newRule(w site.Wording) string {
	when := "account.age_days < 90"
	if len(w.Config.Scorecards) > 0 {
		when = `band("` + w.Config.Scorecards[0].Def.Name + `") == "red"`
	}
	return "kind: Rule\nname: new-rule\ntitle: {en: New rule, ja: 新しいルール}\nsubject: account\nwhen: " + when +
		"\nfor: 7d\ncooldown: 30d\nthen:\n  - call_to_action: {type: risk, priority: medium, owner: account.csm, due: 3bd}\n"
}

// ruleForm gives the fields of a rule.
func ruleForm(w site.Wording, root *yamltree.Node) []editor.Section {
	out := []editor.Section{
		{Title: w.T("edit.basics"), Fields: []editor.Field{{Path: "title", Kind: editor.Title, Label: w.T("edit.title")}}},
		{Title: w.T("rule.condition"), Fields: []editor.Field{
			{Path: "when", Kind: editor.Expression, Label: w.T("rule.when")},
			{Path: "for", Kind: editor.Length, Label: w.T("rule.for"), Help: w.T("rule.for.help")},
			{Path: "until", Kind: editor.Expression, Label: w.T("rule.until"), Help: w.T("rule.until.help")},
			{Path: "cooldown", Kind: editor.Length, Label: w.T("rule.cooldown"), Help: w.T("rule.cooldown.help")},
		}},
	}
	if then := root.Get("then"); then != nil {
		for i := range then.Items {
			out = append(out, editor.Section{Title: w.T("rule.then"), Fields: callFields(w, fmt.Sprintf("then[%d].call_to_action.", i))})
		}
	}
	for i := range out {
		for k := range out[i].Fields {
			out[i].Fields[k] = out[i].Fields[k].Read(root)
		}
	}
	return out
}

// callFields gives the fields of the call to action that a rule opens.
func callFields(w site.Wording, at string) []editor.Field {
	types := make([]ui.Option, 0, len(rule.Types()))
	for _, t := range rule.Types() {
		types = append(types, ui.Option{Value: t, Label: w.CallType(t)})
	}
	var priorities []ui.Option
	for _, p := range rule.Priorities() {
		priorities = append(priorities, ui.Option{Value: p, Label: w.Priority(p)})
	}
	playbooks := []ui.Option{{Label: w.T("rule.no-playbook")}}
	for i := range w.Config.Playbooks {
		d := &w.Config.Playbooks[i].Def
		playbooks = append(playbooks, ui.Option{Value: d.Name, Label: w.Titled(d.Title, d.Name)})
	}
	return []editor.Field{
		{Path: at + "type", Kind: editor.Choice, Label: w.T("rule.type"), Options: types},
		{Path: at + "priority", Kind: editor.Choice, Label: w.T("rule.priority"), Options: priorities, Default: "medium"},
		{Path: at + "reason", Kind: editor.Line, Label: w.T("rule.reason")},
		{Path: at + "due", Kind: editor.Length, Label: w.T("rule.due-in"), Help: w.T("rule.due.help")},
		{Path: at + "owner", Kind: editor.List, Label: w.T("rule.owner"), Help: w.T("rule.owner.help")},
		{Path: at + "playbook", Kind: editor.Choice, Label: w.T("call.playbook"), Options: playbooks},
		{Path: at + "on_recovery", Kind: editor.Choice, Label: w.T("rule.on-recovery"), Default: rule.Keep, Options: []ui.Option{
			{Value: rule.Keep, Label: w.T("rule.keeps")}, {Value: rule.Close, Label: w.T("rule.closes")},
		}},
	}
}

// edited gives the rule of an edit as it was checked.
func edited(c resource.Checked) (*resource.Rule, error) {
	one, ok := c.Config.Rule(c.Name)
	if !ok {
		return nil, minori.Errorf(minori.Internal, "the rule %s was checked and is not there", c.Name)
	}
	return one, nil
}

// tryRule says for one account whether the conditions hold.
func (s Pages) tryRule(r *site.Request, c resource.Checked) (templ.Component, error) {
	one, err := edited(c)
	if err != nil {
		return nil, err
	}
	list := []editor.Condition{{Label: r.View.T("rule.when"), Expr: one.When}, {Label: r.View.T("rule.until"), Expr: one.Until}}
	return editor.Try(s.Site, r, one.Def.Subject, list)
}

// ruleHistory runs the edited rule over past days.
func (s Pages) ruleHistory(r *site.Request, c resource.Checked) (templ.Component, error) {
	days, err := readPreview(r)
	if err != nil {
		return nil, err
	}
	one, err := edited(c)
	if err != nil {
		return nil, err
	}
	result, err := s.Editing.PreviewRule(r.Context(), r.Actor, c.Config.Program(one.Def.Subject), c.Name, days)
	if err != nil {
		return nil, err
	}
	m, err := describePreview(s.Site, r, result, days)
	if err != nil {
		return nil, err
	}
	return historyPart(r.View, m), nil
}

// chooser is what a trial is made on: an account, and the days of a preview.
func (s Pages) chooser(r *site.Request) (templ.Component, error) {
	accounts, err := editor.Examples(s.Site, r, minori.Account)
	if err != nil {
		return nil, err
	}
	v, today := r.View, r.View.Today
	value := func(name, otherwise string) string {
		if s := r.PostForm.Get(name); s != "" {
			return s
		}
		return otherwise
	}
	parts := []templ.Component{
		ui.DateField(v, ui.FieldProps{Name: "from", Label: v.T("preview.from"), Value: value("from", (today - 364).String()), Bare: true, Max: today.String()}),
		ui.DateField(v, ui.FieldProps{Name: "to", Label: v.T("preview.to"), Value: value("to", today.String()), Bare: true, Max: today.String()}),
		ui.NumberField(v, ui.FieldProps{Name: "every", Label: v.T("preview.every"), Value: value("every", "7"), Bare: true, Min: "1", Max: "366", Unit: v.T("preview.days")}),
	}
	if accounts != nil {
		parts = append([]templ.Component{accounts}, parts...)
	}
	return site.Sequence(parts...), nil
}
