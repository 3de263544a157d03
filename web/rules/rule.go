package rules

import (
	"net/http"
	"net/url"
	"strconv"

	"github.com/a-h/templ"

	minori "github.com/minori-hq/minori"
	"github.com/minori-hq/minori/action"
	"github.com/minori-hq/minori/resource"
	"github.com/minori-hq/minori/resource/document"
	"github.com/minori-hq/minori/rule"
	"github.com/minori-hq/minori/text"
	"github.com/minori-hq/minori/web/editor"
	"github.com/minori-hq/minori/web/site"
	"github.com/minori-hq/minori/web/ui"
)

// rulesModel is the list of rules.
type rulesModel struct {
	ui.View
	Title    string
	Sentence string
	Actions  []ui.ButtonProps
	Table    ui.TableProps
}

// List lists the rules with where their subjects stand.
func (s Pages) List(w http.ResponseWriter, r *site.Request) error {
	if err := site.MayRead(r); err != nil {
		return err
	}
	v := r.Words()
	m := rulesModel{View: r.View, Title: v.T("place.rules"), Table: ui.TableProps{Caption: v.T("place.rules"), Columns: []ui.Column{
		{Label: v.T("rule.title"), Primary: true}, {Label: v.T("rule.when")}, {Label: v.T("rule.pending"), Numeric: true, Hint: v.T("rule.pending.hint")},
		{Label: v.T("rule.active"), Numeric: true, Hint: v.T("rule.active.hint")}, {Label: v.T("rule.open-calls"), Numeric: true},
	}, Empty: &ui.EmptyProps{Icon: ui.IconRules, Title: v.T("rule.empty"), Text: v.T("rule.empty.todo")}}}
	ids := make([]int64, len(r.Config.Rules))
	for i := range r.Config.Rules {
		ids[i] = r.Config.Rules[i].ID
	}
	phases, err := s.Standings.PhaseCounts(r.Context(), r.Actor, ids)
	if err != nil {
		return err
	}
	open := 0
	for i := range r.Config.Rules {
		one := &r.Config.Rules[i]
		_, n, err := s.Actions.List(r.Context(), r.Actor, action.Filter{Rule: one.Def.Name, Status: action.AnyOpen}, minori.Page{Limit: 1})
		if err != nil {
			return err
		}
		open += n
		m.Table.Rows = append(m.Table.Rows, ui.Row{URL: rulePath(one.Def.Name), Cells: []templ.Component{
			ui.TwoLines(v.Titled(one.Def.Title, one.Def.Name), effectWords(v, &one.Def)), site.CodeCell(one.Def.When),
			site.Count(r.View, phases[one.ID][rule.Pending]), site.Count(r.View, phases[one.ID][rule.Active]), site.Count(r.View, n),
		}})
	}
	m.Sentence = v.T("rule.sentence", "rules", v.T("rule.count", "count", len(ids)), "calls", v.T("call.count", "count", open))
	m.Actions = []ui.ButtonProps{{Label: v.T("place.playbooks"), URL: "/playbooks"}, {Label: v.T("place.segments"), URL: "/segments"}}
	if r.Actor.MayConfigure() {
		m.Actions = append(m.Actions, ui.ButtonProps{Label: v.T("rule.new"), Icon: ui.IconAdd, URL: rulePath(editor.Fresh) + "/edit"})
	}
	return s.Page(w, r, site.Frame{Title: m.Title, Place: ui.PlaceRules}, rulesPage(m))
}

func rulePath(name string) string { return "/rules/" + url.PathEscape(name) }

// effectWords says what a rule opens.
func effectWords(v site.Wording, def *rule.Rule) string {
	var out []string
	for _, e := range def.Then {
		if c := e.CallToAction; c != nil {
			s := v.CallType(c.Type)
			if c.Reason != "" {
				s += " · " + v.CallReason(c.Reason)
			}
			out = append(out, s+" · "+v.Priority(c.Priority))
		}
	}
	return v.List(out...)
}

// ruleModel is the page of one rule.
type ruleModel struct {
	ui.View
	Title      string
	Sentence   string
	Figures    []ui.FigureProps
	Notice     *ui.NoticeProps
	Definition []ui.Fact
	Text       string
	MayPreview bool
	Actions    []ui.ButtonProps
	Here       string
	From, To   string
	Every      string
	Today      string
	Preview    *previewModel
}

// Rule shows one rule and, when asked, what it would have done.
func (s Pages) Rule(w http.ResponseWriter, r *site.Request) error {
	if err := site.MayRead(r); err != nil {
		return err
	}
	name := r.PathValue("name")
	one, ok := r.Config.Rule(name)
	if !ok {
		return minori.Errorf(minori.NotFound, "%s", r.View.T("rule.not-found", "name", site.Clip(name, 60)))
	}
	m, err := s.ruleModel(r, one)
	if err != nil {
		return err
	}
	f := site.Frame{Title: m.Title, Place: ui.PlaceRules, Charts: true, Crumbs: []ui.Link{{Label: r.View.T("place.rules"), URL: "/rules"}, {Label: m.Title}}}
	q := r.URL.Query()
	if !q.Has("from") && !q.Has("to") && !q.Has("every") {
		return s.Page(w, r, f, rulePage(m))
	}
	m.From, m.To, m.Every = q.Get("from"), q.Get("to"), q.Get("every")
	days, err := readPreview(r)
	if minori.CodeOf(err) == minori.Invalid {
		m.Notice = &ui.NoticeProps{Tone: ui.Bad, Title: r.View.T("preview.not-run"), Text: site.FormMessage(r.View, err)}
		return s.Answer(w, r, http.StatusBadRequest, f, rulePage(m))
	}
	if err != nil {
		return err
	}
	m.From, m.To, m.Every = days.From.String(), days.To.String(), strconv.Itoa(days.Every.N)
	if m.Preview, err = s.preview(r, one, days); err != nil {
		return site.Refused(r, err)
	}
	return s.Page(w, r, f, rulePage(m))
}

func (s Pages) ruleModel(r *site.Request, one *resource.Rule) (ruleModel, error) {
	v := r.Words()
	def := &one.Def
	today := r.AsOf.Day
	m := ruleModel{View: r.View, Title: v.Titled(def.Title, def.Name), Sentence: effectWords(v, def), MayPreview: r.Actor.MayConfigure(),
		Here: rulePath(def.Name), From: (today - 364).String(), To: today.String(), Every: "7", Today: r.View.Today.String()}
	m.Definition = ruleFacts(r, v, def)
	written, err := s.Editing.Text(r.Context(), r.Actor, document.KindRule, def.Name)
	if err != nil {
		return m, err
	}
	m.Text = written.Text
	if m.MayPreview {
		m.Actions = []ui.ButtonProps{{Label: v.T("edit.edit"), Icon: ui.IconEdit, URL: m.Here + "/edit"}, editor.RemoveButton(v.View, m.Here)}
	}
	phases, err := s.Standings.PhaseCounts(r.Context(), r.Actor, []int64{one.ID})
	if err != nil {
		return m, err
	}
	_, open, err := s.Actions.List(r.Context(), r.Actor, action.Filter{Rule: def.Name, Status: action.AnyOpen}, minori.Page{Limit: 1})
	if err != nil {
		return m, err
	}
	_, all, err := s.Actions.List(r.Context(), r.Actor, action.Filter{Rule: def.Name}, minori.Page{Limit: 1})
	if err != nil {
		return m, err
	}
	m.Figures = []ui.FigureProps{
		{Label: v.T("rule.pending"), Value: v.Int(int64(phases[one.ID][rule.Pending])), Source: v.T("rule.pending.hint")},
		{Label: v.T("rule.active"), Value: v.Int(int64(phases[one.ID][rule.Active])), Source: v.T("rule.active.hint")},
		{Label: v.T("rule.open-calls"), Value: v.Int(int64(open)), URL: "/cockpit?view=all&rule=" + url.QueryEscape(def.Name)},
		{Label: v.T("rule.all-calls"), Value: v.Int(int64(all)), URL: "/cockpit?view=all&status=any&rule=" + url.QueryEscape(def.Name)},
	}
	return m, nil
}

// ruleFacts describes a rule as defined.
func ruleFacts(r *site.Request, v site.Wording, def *rule.Rule) []ui.Fact {
	facts := []ui.Fact{{Label: v.T("rule.when"), Value: site.CodeCell(def.When)}}
	if !def.For.IsZero() {
		facts = append(facts, ui.Fact{Label: v.T("rule.for"), Value: ui.Words(durationWord(v, def.For))})
	}
	until := ui.Words(v.T("rule.until-not"))
	if def.Until != "" {
		until = site.CodeCell(def.Until)
	}
	facts = append(facts, ui.Fact{Label: v.T("rule.until"), Value: until})
	if !def.Cooldown.IsZero() {
		facts = append(facts, ui.Fact{Label: v.T("rule.cooldown"), Value: ui.Words(durationWord(v, def.Cooldown))})
	}
	for _, e := range def.Then {
		c := e.CallToAction
		if c == nil {
			continue
		}
		note := v.T("rule.due", "count", int(c.Due))
		if p, ok := r.Config.Playbook(c.Playbook); ok {
			note += v.T("word.separator") + v.T("call.playbook") + ": " + v.Titled(p.Def.Title, c.Playbook)
		}
		if c.OnRecovery == "close" {
			note += v.T("word.separator") + v.T("rule.closes")
		}
		facts = append(facts, ui.Fact{Label: v.T("rule.then"), Value: ui.Words(effectWords(v, &rule.Rule{Then: []rule.Effect{e}})), Note: note})
	}
	return facts
}

// durationWord writes a length of time of a rule.
func durationWord(w site.Wording, d rule.Duration) string {
	if d.Days > 0 {
		return w.Count(d.Days, text.Days)
	}
	return d.String()
}
