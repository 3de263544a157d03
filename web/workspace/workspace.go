package workspace

import (
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/a-h/templ"

	minori "github.com/minori-hq/minori"
	"github.com/minori-hq/minori/resource"
	"github.com/minori-hq/minori/resource/document"
	"github.com/minori-hq/minori/text"
	"github.com/minori-hq/minori/web/site"
	"github.com/minori-hq/minori/web/ui"
)

// Sizes of the lists.
const (
	versionsSize    = 25
	definitionsSize = 100
)

// workspaceModel is the page of settings and history.
type workspaceModel struct {
	ui.View
	Title    string
	Sentence string
	Tabs     []ui.Tab
	Settings []ui.Fact
	Versions ui.TableProps
	Paging   *ui.PagingProps
}

// workspaceTabs leads from the history to the definitions of each kind.
func workspaceTabs(r *site.Request, current string, counts map[string]int) []ui.Tab {
	tabs := []ui.Tab{{Label: r.View.T("workspace.history"), URL: "/workspace", Current: current == ""}}
	for _, kind := range definitionKinds() {
		if n := counts[kind]; n > 0 || kind == current {
			tabs = append(tabs, ui.Tab{Label: kindWord(r.View, kind), URL: "/workspace/definitions?kind=" + kind, Current: kind == current, Count: r.View.Int(int64(n))})
		}
	}
	return tabs
}

// definitionKinds gives the kinds in the order in which they build on each other.
func definitionKinds() []string {
	return []string{document.KindField, document.KindSource, document.KindMetric, document.KindMeasure, document.KindScorecard,
		document.KindSegment, document.KindRule, document.KindPlaybook, document.KindDashboard}
}

func kindWord(v ui.View, kind string) string {
	switch kind {
	case document.KindField:
		return v.T("kind.field")
	case document.KindSource:
		return v.T("kind.source")
	case document.KindMetric:
		return v.T("kind.metric")
	case document.KindMeasure:
		return v.T("kind.measure")
	case document.KindScorecard:
		return v.T("place.scorecards")
	case document.KindSegment:
		return v.T("kind.segment")
	case document.KindRule:
		return v.T("place.rules")
	case document.KindPlaybook:
		return v.T("kind.playbook")
	case document.KindDashboard:
		return v.T("place.dashboards")
	}
	return v.T("place.workspace")
}

// kindCounts counts the definitions that are not built in.
func kindCounts(c *resource.Config) map[string]int {
	n := map[string]int{document.KindSource: len(c.Sources), document.KindMeasure: len(c.Measures), document.KindScorecard: len(c.Scorecards),
		document.KindSegment: len(c.Segments), document.KindRule: len(c.Rules), document.KindPlaybook: len(c.Playbooks), document.KindDashboard: len(c.Dashboards)}
	for i := range c.Fields {
		if !c.Fields[i].Standard {
			n[document.KindField]++
		}
	}
	for i := range c.Metrics {
		if !c.Metrics[i].Def.BuiltIn {
			n[document.KindMetric]++
		}
	}
	return n
}

// Workspace shows the settings and the history of the definitions.
func (s Pages) Workspace(w http.ResponseWriter, r *site.Request) error {
	if err := site.MayRead(r); err != nil {
		return err
	}
	page, number, err := r.Page(versionsSize)
	if err != nil {
		return err
	}
	page.Limit++ // one more tells whether there is another page
	list, err := s.Resources.Versions(r.Context(), r.Actor, page)
	if err != nil {
		return site.Refused(r, err)
	}
	v := r.View
	m := workspaceModel{View: v, Title: v.T("place.workspace"), Settings: settingFacts(r), Tabs: workspaceTabs(r, "", kindCounts(r.Config))}
	m.Sentence = v.T("workspace.sentence", "version", r.Config.Number)
	total := (number-1)*versionsSize + len(list)
	list = list[:min(len(list), versionsSize)]
	m.Versions = versionTable(r.Words(), list)
	m.Paging = r.Paging(number, versionsSize, len(list), total, "/workspace")
	m.Paging.Total = 0 // not known
	return s.Page(w, r, site.Frame{Title: m.Title, Place: ui.PlaceWorkspace}, workspacePage(m))
}

func settingFacts(r *site.Request) []ui.Fact {
	v, ws := r.View, r.Config.Workspace
	lang := "English"
	if ws.Lang == minori.JA {
		lang = "日本語"
	}
	named := v.T("workspace.named-end")
	if ws.FiscalYearNamed == "start" {
		named = v.T("workspace.named-start")
	}
	return []ui.Fact{
		{Label: v.T("workspace.currency"), Value: ui.Words(ws.Currency), Note: v.T("workspace.fixed")},
		{Label: v.T("workspace.zone"), Value: ui.Words(ws.TimeZone), Note: v.T("workspace.fixed")},
		{Label: v.T("workspace.language"), Value: ui.Words(lang)},
		{Label: v.T("workspace.fiscal-year"), Value: ui.Words(v.T("workspace.month", "month", v.MonthName(ws.FiscalYearStart))), Note: named},
		{Label: v.T("workspace.country"), Value: ui.Words(ws.Country), Note: v.T("workspace.country.note")},
	}
}

func versionTable(v site.Wording, list []resource.Version) ui.TableProps {
	t := ui.TableProps{Caption: v.T("workspace.history"), Columns: []ui.Column{
		{Label: v.T("workspace.version"), Primary: true, Tight: true}, {Label: v.T("workspace.when"), Tight: true}, {Label: v.T("workspace.author")},
		{Label: v.T("workspace.changes"), Tight: true}, {Label: v.T("workspace.comment")},
	}, Empty: &ui.EmptyProps{Icon: ui.IconHistory, Title: v.T("workspace.empty"), Text: v.T("workspace.empty.todo")}}
	for _, one := range list {
		t.Rows = append(t.Rows, ui.Row{URL: versionPath(one.Number), Cells: []templ.Component{
			ui.Words(v.Int(one.Number)), ui.Words(v.DateTime(one.Time)), ui.Words(v.Author(one.Author)), changeCounts(v.View, one), ui.Words(one.Comment),
		}})
	}
	return t
}

func versionPath(number int64) string { return fmt.Sprintf("/workspace/%d", number) }

// changeCounts says how many definitions a version added, changed and removed.
func changeCounts(v ui.View, one resource.Version) templ.Component {
	return ui.Words(countWords(v, len(one.Created), len(one.Updated), len(one.Deleted)))
}

// countWords says how many definitions were added, changed and removed.
func countWords(v ui.View, created, updated, deleted int) string {
	var out []string
	for _, one := range []struct {
		words string
		count int
	}{{v.T("workspace.count-added", "count", created), created}, {v.T("workspace.count-changed", "count", updated), updated},
		{v.T("workspace.count-removed", "count", deleted), deleted}} {
		if one.count > 0 {
			out = append(out, one.words)
		}
	}
	if len(out) == 0 {
		return v.T("workspace.count-none")
	}
	return strings.Join(out, v.T("word.list-separator"))
}

// namesByKind lists definitions, given as kind and name, by their kind.
func namesByKind(w site.Wording, label string, keys []string) []ui.Fact {
	byKind := map[string][]string{}
	for _, key := range keys {
		kind, name, _ := strings.Cut(key, " ")
		byKind[kind] = append(byKind[kind], definitionTitle(w, kind, name))
	}
	var out []ui.Fact
	for _, kind := range definitionKinds() {
		if names := byKind[kind]; len(names) > 0 {
			out = append(out, ui.Fact{Label: w.T("workspace.names", "what", label, "kind", kindWord(w.View, kind), "count", len(names)),
				Value: ui.Words(strings.Join(names, w.T("word.list-separator")))})
		}
		delete(byKind, kind)
	}
	for _, kind := range slices.Sorted(maps.Keys(byKind)) {
		out = append(out, ui.Fact{Label: label, Value: ui.Words(kind + " " + strings.Join(byKind[kind], w.T("word.list-separator")))})
	}
	return out
}

// versionModel is one version and what it changed.
type versionModel struct {
	ui.View
	Title    string
	Sentence string
	Comment  string
	Lists    []ui.Fact // what was added and removed
	Diffs    []diffModel
	PrevURL  string
}

// diffModel is how one definition changed.
type diffModel struct {
	Title string
	Lines []diffLine
}

// diffLine is one line of a comparison.
type diffLine struct {
	Class string // diff-add, diff-del, diff-at; "" for what stayed
	Text  string
}

// Version shows what one version changed.
func (s Pages) Version(w http.ResponseWriter, r *site.Request) error {
	if err := site.MayRead(r); err != nil {
		return err
	}
	v := r.View
	number, err := strconv.ParseInt(r.PathValue("version"), 10, 64)
	if err != nil || number < 1 {
		return minori.Errorf(minori.NotFound, "%s", v.T("workspace.not-found", "version", site.Clip(r.PathValue("version"), 40)))
	}
	shown, err := s.Resources.Show(r.Context(), r.Actor, number)
	if minori.CodeOf(err) == minori.NotFound {
		return minori.Errorf(minori.NotFound, "%s", v.T("workspace.not-found", "version", r.PathValue("version")))
	}
	if err != nil {
		return site.Refused(r, err)
	}
	m := versionModel{View: v, Title: v.T("workspace.version-of", "version", number), Comment: shown.Comment}
	m.Sentence = v.T("workspace.applied", "who", r.Words().Author(shown.Author), "when", v.DateTime(shown.Time)) + v.T("word.separator") +
		countWords(v, len(shown.Diff.Create), len(shown.Diff.Update), len(shown.Diff.Delete))
	m.Lists = append(namesByKind(r.Words(), v.T("workspace.created"), shown.Diff.Create), namesByKind(r.Words(), v.T("workspace.deleted"), shown.Diff.Delete)...)
	for _, key := range shown.Diff.Update {
		m.Diffs = append(m.Diffs, diffModel{Title: key, Lines: diffLines(shown.Diff.Text[key])})
	}
	if number > 1 {
		m.PrevURL = versionPath(number - 1)
	}
	f := site.Frame{Title: m.Title, Place: ui.PlaceWorkspace, Crumbs: []ui.Link{{Label: v.T("place.workspace"), URL: "/workspace"}, {Label: m.Title}}}
	return s.Page(w, r, f, versionPage(m))
}

// diffLines marks the lines of a unified comparison.
func diffLines(unified string) []diffLine {
	var out []diffLine
	for _, l := range strings.Split(strings.TrimSuffix(unified, "\n"), "\n") {
		line := diffLine{Text: l}
		switch {
		case strings.HasPrefix(l, "@@"):
			line.Class = "diff-at"
		case strings.HasPrefix(l, "+"):
			line.Class = "diff-add"
		case strings.HasPrefix(l, "-"):
			line.Class = "diff-del"
		}
		out = append(out, line)
	}
	return out
}

// definitionsModel is the definitions of one kind with their text.
type definitionsModel struct {
	ui.View
	Title    string
	Sentence string
	Tabs     []ui.Tab
	List     []definition
	Paging   *ui.PagingProps
}

// definition is one definition as text.
type definition struct {
	Name  string
	Title string
	Text  string
}

// Definitions lists the definitions of a kind with their text.
func (s Pages) Definitions(w http.ResponseWriter, r *site.Request) error {
	if err := site.MayRead(r); err != nil {
		return err
	}
	v := r.View
	kind := r.URL.Query().Get("kind")
	if kind == "" {
		kind = document.KindMeasure
	}
	if !slices.Contains(definitionKinds(), kind) {
		return site.Invalid(v.T("workspace.bad-kind", "value", site.Clip(kind, 40), "kinds", strings.Join(definitionKinds(), ", ")))
	}
	page, number, err := r.Page(definitionsSize)
	if err != nil {
		return err
	}
	shown, err := s.Resources.Show(r.Context(), r.Actor, r.Config.Number)
	if err != nil {
		return site.Refused(r, err)
	}
	all := definitionsOf(shown.Files, kind)
	m := definitionsModel{View: v, Title: kindWord(v, kind), Tabs: workspaceTabs(r, kind, kindCounts(r.Config))}
	m.Sentence = v.T("workspace.definitions", "version", r.Config.Number, "count", v.Count(len(all), text.Items))
	from := min(page.Offset, len(all))
	m.List = all[from:min(from+definitionsSize, len(all))]
	w2 := r.Words()
	for i := range m.List {
		m.List[i].Title = definitionTitle(w2, kind, m.List[i].Name)
	}
	m.Paging = r.Paging(number, definitionsSize, len(m.List), len(all), "/workspace/definitions", "kind", kind)
	f := site.Frame{Title: m.Title, Place: ui.PlaceWorkspace, Crumbs: []ui.Link{{Label: v.T("place.workspace"), URL: "/workspace"}, {Label: m.Title}}}
	return s.Page(w, r, f, definitionsPage(m))
}

// definitionsOf takes the definitions of a kind out of the exported files.
func definitionsOf(files map[string]string, kind string) []definition {
	var out []definition
	for _, name := range slices.Sorted(maps.Keys(files)) {
		for _, doc := range strings.Split(files[name], "\n---\n") {
			first, rest, _ := strings.Cut(doc, "\n")
			if strings.TrimPrefix(first, "kind: ") != kind {
				continue
			}
			second, _, _ := strings.Cut(rest, "\n")
			out = append(out, definition{Name: strings.Trim(strings.TrimPrefix(second, "name: "), `"'`), Text: doc})
		}
	}
	return out
}

// definitionTitle gives the title of a definition.
func definitionTitle(w site.Wording, kind, name string) string {
	switch kind {
	case document.KindMeasure:
		return w.Measure(name)
	case document.KindScorecard:
		return w.Scorecard(name)
	case document.KindRule:
		return w.Rule(name)
	case document.KindField:
		if f, ok := w.Config.Field(name); ok {
			return w.Titled(f.Def.Title, name)
		}
	case document.KindMetric:
		if m, ok := w.Config.Metric(name); ok {
			return w.Titled(m.Def.Title, name)
		}
	case document.KindSegment:
		if g, ok := w.Config.Segment(name); ok {
			return w.Titled(g.Def.Title, name)
		}
	case document.KindPlaybook:
		if p, ok := w.Config.Playbook(name); ok {
			return w.Titled(p.Def.Title, name)
		}
	case document.KindDashboard:
		if d, ok := w.Config.Dashboard(name); ok {
			return w.Titled(d.Def.Title, name)
		}
	}
	return name
}
