package playbooks

import (
	"slices"
	"strings"

	"github.com/a-h/templ"

	minori "github.com/minori-hq/minori"
	"github.com/minori-hq/minori/action"
	"github.com/minori-hq/minori/resource"
	"github.com/minori-hq/minori/web/site"
	"github.com/minori-hq/minori/web/ui"
)

// taskTable lists the tasks, each after those it waits for.
func taskTable(w site.Wording, d *action.Playbook) ui.TableProps {
	t := ui.TableProps{Caption: w.T("playbook.tasks"), Columns: []ui.Column{
		{Label: w.T("playbook.task"), Primary: true}, {Label: w.T("playbook.due"), Tight: true}, {Label: w.T("playbook.after")},
		{Label: w.T("playbook.role")}, {Label: w.T("playbook.hours"), Numeric: true},
	}}
	titles := map[string]string{}
	for _, x := range d.Tasks {
		titles[x.Name] = w.Titled(x.Title, x.Name)
	}
	for _, x := range inOrder(d.Tasks) {
		var after []string
		for _, name := range x.After {
			after = append(after, titles[name])
		}
		hours := ""
		if x.Hours > 0 {
			hours = strings.TrimSuffix(w.Number(x.Hours, 1), ".0")
		}
		t.Rows = append(t.Rows, ui.Row{Cells: []templ.Component{
			ui.TwoLines(titles[x.Name], x.Name), ui.Words(w.T("playbook.due-after", "count", x.Due)), ui.Words(strings.Join(after, w.T("word.separator"))), ui.Words(w.JobRole(x.Role)), ui.Words(hours),
		}})
	}
	return t
}

// inOrder puts tasks after those they wait for, otherwise as they are written.
func inOrder(tasks []action.PlaybookTask) []action.PlaybookTask {
	done := map[string]bool{}
	var out []action.PlaybookTask
	for len(out) < len(tasks) {
		before := len(out)
		for _, x := range tasks {
			if !done[x.Name] && !slices.ContainsFunc(x.After, func(a string) bool { return !done[a] }) {
				done[x.Name] = true
				out = append(out, x)
			}
		}
		if len(out) == before { // a circle, which a check refuses
			return tasks
		}
	}
	return out
}

// maxOpenings bounds the evaluations whose scores are compared, the newest.
const maxOpenings = 60

// fillUse says how the playbook was used and what happened afterwards.
func (s Pages) fillUse(r *site.Request, m *playbookModel, one *resource.Playbook) error {
	uses, err := s.Editing.PlaybookUses(r.Context(), r.Actor, one.Def.Name)
	if err != nil {
		return site.Refused(r, err)
	}
	v := r.View
	var finished []action.PlaybookUse
	for _, u := range uses {
		if u.Finished > 0 {
			finished = append(finished, u)
		}
	}
	days := ui.FigureProps{Label: v.T("playbook.days"), Unknown: v.T("playbook.none-finished"), Source: v.T("playbook.days.hint")}
	if d, ok := action.MedianDays(uses); ok {
		days.Value = v.T("playbook.days.value", "days", v.Number(d, 1))
	}
	used := ui.FigureProps{Label: v.T("playbook.used"), Value: v.Int(int64(len(uses)))}
	if len(uses) == action.MaxPlaybookUses {
		used.Note = v.T("playbook.newest", "most", action.MaxPlaybookUses)
	}
	m.Figures = []ui.FigureProps{used,
		{Label: v.T("playbook.finished"), Value: share(v, len(finished), len(uses)), Note: v.T("playbook.finished-of", "finished", len(finished), "used", len(uses)), Unknown: v.T("playbook.never"), Source: v.T("playbook.finished.hint")},
		days,
	}
	if len(finished) == 0 {
		return nil
	}
	m.Note = v.T("playbook.association")
	at, ok, err := s.LastStep(r, one.Def.Subject, v.Today)
	if err != nil || !ok {
		return err
	}
	if err := s.outcome(r, m, one, finished, at); err != nil {
		return err
	}
	return s.scores(r, m, one, finished, at)
}

// outcome says for how many of the finished uses the outcome holds today.
func (s Pages) outcome(r *site.Request, m *playbookModel, one *resource.Playbook, finished []action.PlaybookUse, at minori.AsOf) error {
	if one.Outcome == nil {
		return nil
	}
	holds, err := s.Editing.Holding(r.Context(), r.Actor, one.Def.Subject, one.Outcome, at)
	if err != nil {
		return err
	}
	met, known := 0, 0
	for _, u := range finished {
		if yes, ok := holds[u.Subject]; ok {
			known++
			if yes {
				met++
			}
		}
	}
	m.Figures = append(m.Figures, ui.FigureProps{Label: r.View.T("playbook.outcome-met"), Value: share(r.View, met, known),
		Note: r.View.T("preview.of", "count", met, "all", known), Source: r.View.T("playbook.outcome-met.hint"), Unknown: r.View.T("value.unknown")})
	return nil
}

// scores compares the score at the opening of finished uses with the one after.
func (s Pages) scores(r *site.Request, m *playbookModel, one *resource.Playbook, finished []action.PlaybookUse, at minori.AsOf) error {
	card := r.Config.Program(one.Def.Subject).Main()
	if card == nil {
		return nil
	}
	openings := map[int64]minori.AsOf{}
	var steps []minori.AsOf
	var subjects []minori.ID
	for _, u := range finished {
		if _, ok := openings[u.OpenedAsOf]; !ok {
			if len(steps) == maxOpenings {
				break
			}
			openings[u.OpenedAsOf] = minori.At(minori.FromMicros(u.OpenedAsOf), r.Config.Zone)
			steps = append(steps, openings[u.OpenedAsOf])
		}
		subjects = append(subjects, u.Subject)
	}
	slices.Sort(subjects)
	rows, err := s.Lake.ScoresOf(r.Context(), r.Actor, slices.Compact(subjects), card.ID, append(steps, at))
	if err != nil {
		return err
	}
	type when struct {
		subject minori.ID
		at      int64
	}
	score := map[when]float64{}
	for _, x := range rows {
		if x.Score != nil {
			score[when{x.Subject, x.AsOf}] = *x.Score
		}
	}
	sum, n := 0.0, 0
	for _, u := range finished {
		before, ok := score[when{u.Subject, u.OpenedAsOf}]
		after, also := score[when{u.Subject, at.Micros()}]
		if ok && also && u.OpenedAsOf < at.Micros() {
			sum, n = sum+after-before, n+1
		}
	}
	f := ui.FigureProps{Label: r.View.T("playbook.score", "card", r.Words().Scorecard(card.Name())), Unknown: r.View.T("playbook.no-scores"), Source: r.View.T("playbook.score.hint")}
	if n > 0 {
		f.Value, f.Note = r.View.Signed(sum/float64(n), 1), r.View.T("playbook.score.of", "count", n)
	}
	m.Figures = append(m.Figures, f)
	return nil
}
