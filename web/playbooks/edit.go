package playbooks

import (
	"fmt"

	"github.com/a-h/templ"

	minori "github.com/minori-hq/minori"
	"github.com/minori-hq/minori/resource"
	"github.com/minori-hq/minori/resource/document"
	"github.com/minori-hq/minori/resource/yamltree"
	"github.com/minori-hq/minori/web/editor"
	"github.com/minori-hq/minori/web/site"
	"github.com/minori-hq/minori/web/ui"
)

// Editor edits playbooks.
func (s Pages) Editor() editor.Pages {
	return editor.Pages{Site: s.Site, Place: editor.Place{
		Kind: document.KindPlaybook, Place: ui.PlaceRules, Base: "/playbooks",
		Words: func(w site.Wording) editor.Words {
			return editor.Words{List: w.T("place.playbooks"), New: w.T("playbook.new"), Trial: w.T("playbook.trial")}
		},
		Form: playbookForm, Template: newPlaybook, Trial: s.tryPlaybook, Chooser: s.chooser,
	}}
}

func newPlaybook(site.Wording) string {
	return "kind: Playbook\nname: new-playbook\ntitle: {en: New playbook, ja: 新しいプレイブック}\nsubject: account\ntasks:\n" +
		"  - {name: call, title: {en: Call the customer, ja: 顧客に電話する}, due: 1bd, role: csm}\n" +
		"  - {name: review, title: {en: Review the result, ja: 結果を確認する}, due: 5bd, after: [call], role: csm}\n"
}

// playbookForm gives the fields of a playbook.
func playbookForm(w site.Wording, root *yamltree.Node) []editor.Section {
	out := []editor.Section{{Title: w.T("edit.basics"), Fields: []editor.Field{
		{Path: "title", Kind: editor.Title, Label: w.T("edit.title")},
		{Path: "outcome", Kind: editor.Expression, Label: w.T("playbook.outcome"), Help: w.T("playbook.outcome.help")},
	}}}
	var tasks []*yamltree.Node
	if list := root.Get("tasks"); list != nil {
		tasks = list.Items
	}
	for i := range tasks {
		at := fmt.Sprintf("tasks[%d]", i)
		s := editor.Section{Title: w.T("playbook.task-number", "number", i+1), Fields: []editor.Field{
			{Path: at + ".title", Kind: editor.Title, Label: w.T("playbook.task")},
			{Path: at + ".name", Kind: editor.Line, Label: w.T("playbook.task-name")},
			{Path: at + ".due", Kind: editor.Length, Label: w.T("playbook.due"), Help: w.T("rule.due.help")},
			{Path: at + ".after", Kind: editor.Names, Label: w.T("playbook.after"), Help: w.T("playbook.after.help")},
			{Path: at + ".role", Kind: editor.Line, Label: w.T("playbook.role")},
			{Path: at + ".hours", Kind: editor.Number, Label: w.T("playbook.hours")},
		}}
		if len(tasks) > 1 {
			s.Path = at
		}
		out = append(out, s)
	}
	number := len(tasks) + 1
	out = append(out, editor.Section{Adds: []editor.Add{{Path: "tasks", Label: w.T("playbook.add-task"), New: func(string) *yamltree.Node {
		return yamltree.Map().Inline().Set("name", yamltree.Text(fmt.Sprintf("task-%d", number))).Set("due", yamltree.Word("1bd"))
	}}}})
	for i := range out {
		for k := range out[i].Fields {
			out[i].Fields[k] = out[i].Fields[k].Read(root)
		}
	}
	return out
}

// tryPlaybook shows the tasks in the order in which they can be done, and
// whether the outcome holds for one account.
func (s Pages) tryPlaybook(r *site.Request, c resource.Checked) (templ.Component, error) {
	one, err := edited(c)
	if err != nil {
		return nil, err
	}
	parts := []templ.Component{ui.Table(r.View, taskTable(r.Words(), &one.Def))}
	if one.Outcome != nil {
		held, err := editor.Try(s.Site, r, one.Def.Subject, []editor.Condition{{Label: r.View.T("playbook.outcome"), Expr: one.Outcome}})
		if err != nil {
			return nil, err
		}
		parts = append(parts, held)
	}
	return site.Sequence(parts...), nil
}

func (s Pages) chooser(r *site.Request) (templ.Component, error) {
	return editor.Examples(s.Site, r, minori.Account)
}
