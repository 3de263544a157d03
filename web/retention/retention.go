package retention

import (
	"cmp"
	"net/http"
	"slices"

	"github.com/a-h/templ"

	minori "github.com/minori-hq/minori"
	"github.com/minori-hq/minori/account"
	"github.com/minori-hq/minori/revenue"
	"github.com/minori-hq/minori/text"
	"github.com/minori-hq/minori/web/site"
	"github.com/minori-hq/minori/web/ui"
)

// Bounds of what the page shows.
const (
	maxGroups  = 100 // by ARR at the start
	maxCohorts = 12  // newest
)

// retentionModel is the page of retention.
type retentionModel struct {
	ui.View
	Title    string
	Sentence string
	Notice   *ui.NoticeProps
	From, To string
	Today    string
	By       string
	ByChoice []ui.Option
	Figures  []ui.FigureProps
	Bridge   *ui.WaterfallProps
	Groups   *ui.TableProps
	GroupBy  string
	GroupCut string
	Logos    *ui.ChartProps
	ARR      *ui.ChartProps
	CohortNo string // why there are no cohorts, or which are left out
	Empty    *ui.EmptyProps
}

// Retention shows how ARR went from one day to another.
func (s Pages) Retention(w http.ResponseWriter, r *site.Request) error {
	if err := site.MayRead(r); err != nil {
		return err
	}
	v := r.View
	m := retentionModel{View: v, Title: v.T("place.retention"), ByChoice: retentionCuts(r), Today: v.Today.String()}
	f := site.Frame{Title: m.Title, Place: ui.PlaceRetention, AsOf: true, Charts: true}
	to, err := r.DayParam("to", v.T("preview.to"), r.AsOf.Day)
	if err != nil {
		return err
	}
	from, err := r.DayParam("from", v.T("preview.from"), to.AddMonths(-12))
	if err != nil {
		return err
	}
	if m.By, err = r.OneOf("by", m.ByChoice); err != nil {
		return site.Invalid(v.T("retention.bad-by", "value", site.Clip(r.URL.Query().Get("by"), 40)))
	}
	switch {
	case from > to:
		return site.Invalid(v.T("form.bad-range", "from", v.Date(from), "to", v.Date(to)))
	case to > v.Today:
		return site.Invalid(v.T("preview.future", "date", v.Date(to)))
	}
	m.From, m.To = from.String(), to.String()
	if err := s.fillRetention(r, &m, from, to); err != nil {
		return err
	}
	return s.Page(w, r, f, retentionPage(m))
}

// retentionCuts gives the fields and segments to cut by.
func retentionCuts(r *site.Request) []ui.Option {
	v := r.Words()
	out := []ui.Option{{Label: v.T("retention.by-none")}}
	for i := range r.Config.Fields {
		f := &r.Config.Fields[i].Def
		if len(f.Name) < 9 || f.Name[:8] != "account." || f.Name == "account.name" || f.Name == "account.id" {
			continue
		}
		if f.Type == account.FieldText || f.Type == account.FieldChoice || f.Type == account.FieldBool {
			out = append(out, ui.Option{Value: f.Name, Label: v.Titled(f.Title, f.Name)})
		}
	}
	for i := range r.Config.Segments {
		if g := &r.Config.Segments[i].Def; g.Subject == minori.Account {
			out = append(out, ui.Option{Value: g.Name, Label: v.T("retention.segment", "name", v.Titled(g.Title, g.Name))})
		}
	}
	return out
}

func (s Pages) fillRetention(r *site.Request, m *retentionModel, from, to minori.Day) error {
	got, err := s.Reports.Retention(r.Context(), r.Actor, from, to, m.By)
	if minori.CodeOf(err) == minori.Invalid {
		m.Notice, err = s.noRate(r, from, to, err)
		return err
	}
	if err != nil {
		return site.Refused(r, err)
	}
	w := r.Words()
	if got.Cohort == 0 && got.EndARR == 0 {
		m.Empty = &ui.EmptyProps{Icon: ui.IconRetention, Title: w.T("retention.empty"), Text: w.T("retention.empty.todo")}
		return nil
	}
	m.Sentence = retentionSentence(w, got)
	m.Figures = retentionFigures(w, got)
	m.Bridge = retentionBridge(w, got)
	if m.By != "" {
		m.fillGroups(w, got)
	}
	return s.fillCohorts(r, m, to)
}

// noRate says in the reader's language which rates are missing.
func (s Pages) noRate(r *site.Request, from, to minori.Day, cause error) (*ui.NoticeProps, error) {
	p := &ui.NoticeProps{Tone: ui.Bad, Title: r.View.T("retention.failed"), Text: site.FormMessage(r.View, cause)}
	entries, err := s.Revenue.Entries(r.Context(), r.Actor, nil, &to)
	if err != nil {
		return nil, err
	}
	rates, err := s.Revenue.RatesAt(r.Context(), r.Actor, from)
	if err != nil {
		return nil, err
	}
	var missing []string
	for _, e := range entries {
		if _, ok := rates(e.Currency); !ok && !slices.Contains(missing, e.Currency) {
			missing = append(missing, e.Currency)
		}
	}
	if slices.Sort(missing); len(missing) > 0 {
		p.Text = r.View.T("retention.no-rate", "currencies", r.View.List(missing...), "currency", s.Revenue.Currency(), "date", r.View.Date(from))
	}
	return p, nil
}

func retentionSentence(w site.Wording, got revenue.Retention) string {
	if got.GRR == nil {
		return w.T("retention.sentence.new", "from", w.Date(got.From), "to", w.Date(got.To), "arr", w.MoneyShort(w.Major(got.EndARR)))
	}
	return w.T("retention.sentence", "accounts", w.Count(got.Cohort, text.Accounts), "from", w.Date(got.From), "to", w.Date(got.To),
		"grr", w.Percent(*got.GRR, 1), "nrr", w.Percent(*got.NRR, 1))
}

func retentionFigures(w site.Wording, got revenue.Retention) []ui.FigureProps {
	rate := func(label, hint string, x *float64) ui.FigureProps {
		f := ui.FigureProps{Label: label, Source: hint, Unknown: w.T("retention.no-start")}
		if x != nil {
			f.Value = w.Percent(*x, 1)
		}
		return f
	}
	start := ui.FigureProps{Label: w.T("retention.start"), Value: w.MoneyShort(w.Major(got.StartARR)), Note: w.Date(got.From)}
	end := ui.FigureProps{Label: w.T("retention.end"), Value: w.MoneyShort(w.Major(got.EndARR)), Note: w.Date(got.To)}
	if got.StartARR > 0 {
		delta := got.EndARR/got.StartARR - 1
		end.Change = &ui.ChangeProps{Words: w.SignedPercent(delta, 1), Rise: delta > 0, Fall: delta < 0, Tone: site.ScoreTone(delta * 100)}
	}
	return []ui.FigureProps{start, end, rate(w.T("retention.grr"), w.T("retention.grr.formula"), got.GRR),
		rate(w.T("retention.nrr"), w.T("retention.nrr.formula"), got.NRR), rate(w.T("retention.logo"), w.T("retention.logo.formula"), got.LogoRetention)}
}

// retentionBridge leads from the ARR at the start to that at the end.
func retentionBridge(w site.Wording, got revenue.Retention) *ui.WaterfallProps {
	end := func(label string, x float64) ui.WaterfallEnd {
		return ui.WaterfallEnd{Label: label, Value: x, Words: w.MoneyWhole(w.Major(x))}
	}
	step := func(label, why string, x float64) ui.WaterfallStep {
		return ui.WaterfallStep{Label: label, Why: why, Change: x, Words: text.Signed(w.MoneyWhole(w.Major(x)))}
	}
	return &ui.WaterfallProps{Caption: w.T("retention.bridge"),
		Start: end(w.T("retention.start-of", "date", w.Date(got.From)), got.StartARR),
		Steps: []ui.WaterfallStep{
			step(w.T("retention.expansion"), w.T("retention.expansion.why"), got.Expansion), step(w.T("retention.contraction"), w.T("retention.contraction.why"), -got.Contraction),
			step(w.T("retention.churn"), w.T("retention.churn.why"), -got.Churn), step(w.T("retention.new"), w.T("retention.new.why"), got.New),
			step(w.T("retention.reactivation"), w.T("retention.reactivation.why"), got.Reactivation),
		},
		End: end(w.T("retention.end-of", "date", w.Date(got.To)), got.EndARR)}
}

// fillGroups lists the figures by group, the largest first.
func (m *retentionModel) fillGroups(w site.Wording, got revenue.Retention) {
	for _, o := range m.ByChoice {
		if o.Value == m.By {
			m.GroupBy = o.Label
		}
	}
	t := ui.TableProps{Caption: m.GroupBy, Wide: true, Columns: []ui.Column{
		{Label: m.GroupBy, Primary: true}, {Label: w.T("place.accounts"), Numeric: true}, {Label: w.T("retention.start"), Numeric: true},
		{Label: w.T("retention.expansion"), Numeric: true}, {Label: w.T("retention.contraction"), Numeric: true}, {Label: w.T("retention.churn"), Numeric: true},
		{Label: w.T("retention.new"), Numeric: true}, {Label: w.T("retention.reactivation"), Numeric: true}, {Label: w.T("retention.end"), Numeric: true},
		{Label: "GRR", Numeric: true}, {Label: "NRR", Numeric: true}, {Label: w.T("retention.logo.short"), Numeric: true},
	}}
	groups := slices.Clone(got.Groups)
	slices.SortStableFunc(groups, func(a, b revenue.RetentionGroup) int { return cmp.Compare(b.StartARR, a.StartARR) })
	if len(groups) > maxGroups {
		m.GroupCut = w.T("retention.cut", "most", maxGroups, "all", len(groups))
		groups = groups[:maxGroups]
	}
	for _, g := range groups {
		t.Rows = append(t.Rows, ui.Row{Cells: retentionCells(w, groupName(w, g.Value), g.Figures)})
	}
	t.Totals = retentionCells(w, w.T("word.total"), got.Figures)
	m.Groups = &t
}

// groupName writes the value that a group has.
func groupName(w site.Wording, value *string) string {
	switch {
	case value == nil:
		return w.T("retention.no-value")
	case *value == "in":
		return w.T("retention.in-segment")
	case *value == "not in":
		return w.T("retention.not-in-segment")
	case *value == "true", *value == "false":
		return w.YesNo(*value == "true")
	}
	return *value
}

func retentionCells(w site.Wording, name string, f revenue.Figures) []templ.Component {
	money := func(x float64) templ.Component { return ui.Words(w.MoneyShort(w.Major(x))) }
	rate := func(x *float64) templ.Component {
		if x == nil {
			return ui.NoValue(w.View, w.T("retention.no-start"))
		}
		return ui.Words(w.Percent(*x, 1))
	}
	return []templ.Component{ui.Words(name), site.Count(w.View, f.Cohort), money(f.StartARR), money(f.Expansion), money(-f.Contraction), money(-f.Churn),
		money(f.New), money(f.Reactivation), money(f.EndARR), rate(f.GRR), rate(f.NRR), rate(f.LogoRetention)}
}
