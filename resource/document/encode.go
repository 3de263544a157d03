package document

import (
	"maps"
	"slices"
	"strings"

	minori "github.com/minori-hq/minori"
	"github.com/minori-hq/minori/account"
	"github.com/minori-hq/minori/action"
	"github.com/minori-hq/minori/dashboard"
	"github.com/minori-hq/minori/importer"
	"github.com/minori-hq/minori/measure"
	"github.com/minori-hq/minori/metric"
	"github.com/minori-hq/minori/resource/yamltree"
	"github.com/minori-hq/minori/rule"
	"github.com/minori-hq/minori/scorecard"
	"github.com/minori-hq/minori/segment"
)

// Encode gives the canonical text of a definition, a pointer as in
// Document.Value: keys in one order, defaults left out. Decoding it gives the
// same definition, and two definitions are the same if their texts are.
func Encode(value any) string {
	switch v := value.(type) {
	case *minori.Workspace:
		return yamltree.Write(encodeWorkspace(v))
	case *account.Field:
		return yamltree.Write(encodeField(v))
	case *importer.Source:
		return yamltree.Write(encodeSource(v))
	case *metric.Metric:
		return yamltree.Write(encodeMetric(v))
	case *measure.Definition:
		return yamltree.Write(head(KindMeasure, v.Name, v.Title).
			Set("subject", word(string(v.Subject))).Set("value", expr(v.Value)).Set("unit", text(v.Unit)))
	case *scorecard.Scorecard:
		return yamltree.Write(encodeScorecard(v))
	case *segment.Segment:
		return yamltree.Write(head(KindSegment, v.Name, v.Title).
			Set("subject", word(string(v.Subject))).Set("when", expr(v.When)))
	case *rule.Rule:
		return yamltree.Write(encodeRule(v))
	case *action.Playbook:
		return yamltree.Write(encodePlaybook(v))
	case *dashboard.Dashboard:
		return yamltree.Write(encodeDashboard(v))
	}
	return ""
}

// head begins a document.
func head(kind, name string, title minori.Text) *yamltree.Node {
	return yamltree.Map().Set("kind", word(kind)).Set("name", text(name)).Set("title", titleNode(title))
}

// word writes a keyword; nil for "".
func word(s string) *yamltree.Node {
	if s == "" {
		return nil
	}
	return yamltree.Word(s)
}

// text writes a text; nil for "".
func text(s string) *yamltree.Node {
	if s == "" {
		return nil
	}
	return yamltree.Text(s)
}

// expr writes an expression; nil for "". Those that are a mere number or truth
// value need no quotes.
func expr(s string) *yamltree.Node {
	if s == "true" || s == "false" || s != "" && strings.Trim(s, "0123456789") == "" {
		return yamltree.Word(s)
	}
	return text(s)
}

// number writes a number unless it is the default.
func number(v, def float64) *yamltree.Node {
	if v == def {
		return nil
	}
	return yamltree.Number(v)
}

// truth writes true; nil for false.
func truth(b bool) *yamltree.Node {
	if !b {
		return nil
	}
	return yamltree.Word("true")
}

// texts writes a list of texts on one line; nil for none.
func texts(list []string) *yamltree.Node {
	if len(list) == 0 {
		return nil
	}
	n := yamltree.List().Inline()
	for _, s := range list {
		n.Items = append(n.Items, yamltree.Text(s))
	}
	return n
}

// roles writes a list of roles on one line; nil for none.
func roles(list []minori.Role) *yamltree.Node {
	names := make([]string, len(list))
	for i, role := range list {
		names[i] = string(role)
	}
	return texts(names)
}

func titleNode(t minori.Text) *yamltree.Node {
	if s, ok := t[""]; ok {
		return text(s)
	}
	if len(t) == 0 {
		return nil
	}
	n := yamltree.Map().Inline()
	for _, l := range []minori.Lang{minori.EN, minori.JA} {
		n.Set(string(l), text(t[l]))
	}
	return n
}

func encodeWorkspace(w *minori.Workspace) *yamltree.Node {
	return yamltree.Map().Set("kind", word(KindWorkspace)).Set("currency", word(w.Currency)).Set("time_zone", text(w.TimeZone)).
		Set("lang", word(string(w.Lang))).Set("fiscal_year_start", yamltree.Number(float64(w.FiscalYearStart))).
		Set("fiscal_year_named", word(w.FiscalYearNamed)).Set("country", text(w.Country))
}

func encodeField(f *account.Field) *yamltree.Node {
	return head(KindField, f.Name, f.Title).Set("type", word(string(f.Type))).Set("unit", text(f.Unit)).Set("options", texts(f.Options)).
		Set("read", roles(f.Read)).Set("write", roles(f.Write))
}

func encodeMetric(m *metric.Metric) *yamltree.Node {
	n := head(KindMetric, m.Name, m.Title).Set("type", word(string(m.Kind))).Set("unit", text(m.Unit))
	if f := m.From; f != nil {
		n.Set("from", yamltree.Map().Set("event", text(f.Event)).Set("sum", text(f.Sum)).Set("where", expr(f.Where)).Set("actors", truth(f.Actors)))
	}
	if m.FreshWithin.N > 0 {
		n.Set("fresh_within", yamltree.Word(m.FreshWithin.String()))
	}
	if m.AbsentZero {
		n.Set("absent", yamltree.Word("zero"))
	}
	return n.Set("by", texts(m.By))
}

func encodeScorecard(c *scorecard.Scorecard) *yamltree.Node {
	n := head(KindScorecard, c.Name, c.Title).Set("subject", word(string(c.Subject)))
	groups := yamltree.List()
	for _, g := range c.Groups {
		x := yamltree.Map().Set("name", text(g.Name)).Set("title", titleNode(g.Title)).Set("weight", yamltree.Number(g.Weight))
		list := yamltree.List()
		for _, m := range g.Measures {
			list.Items = append(list.Items, yamltree.Map().Set("measure", text(m.Measure)).
				Set("weight", yamltree.Number(m.Weight)).Set("bands", bandsNode(m.Bands)))
		}
		groups.Items = append(groups.Items, x.Set("measures", list))
	}
	n.Set("groups", groups)
	if len(c.Exceptions) > 0 {
		list := yamltree.List()
		for _, x := range c.Exceptions {
			list.Items = append(list.Items, exceptionNode(x))
		}
		n.Set("exceptions", list)
	}
	if len(c.Caps) > 0 {
		list := yamltree.List()
		for _, x := range c.Caps {
			list.Items = append(list.Items, yamltree.Map().Set("when", expr(x.When)).
				Set("at", yamltree.Number(x.At)).Set("because", titleNode(x.Because)))
		}
		n.Set("caps", list)
	}
	switch c.Missing.Policy {
	case scorecard.Zero:
		n.Set("missing", word(string(scorecard.Zero)))
	case scorecard.Neutral:
		n.Set("missing", yamltree.Map().Inline().Set("neutral", yamltree.Number(c.Missing.Neutral)))
	}
	n.Set("min_coverage", number(c.MinCoverage, 0))
	if c.Yellow != defaultYellow || c.Green != defaultGreen {
		n.Set("bands", yamltree.Map().Inline().Set("yellow", yamltree.Number(c.Yellow)).Set("green", yamltree.Number(c.Green)))
	}
	return n
}

func exceptionNode(x scorecard.Exception) *yamltree.Node {
	n := yamltree.Map().Set("when", expr(x.When))
	if len(x.Weights) > 0 {
		w := yamltree.Map().Inline()
		for _, k := range slices.Sorted(maps.Keys(x.Weights)) {
			w.Set(k, yamltree.Number(x.Weights[k]))
		}
		n.Set("weights", w)
	}
	if len(x.Bands) > 0 {
		b := yamltree.Map()
		for _, k := range slices.Sorted(maps.Keys(x.Bands)) {
			b.Set(k, bandsNode(x.Bands[k]))
		}
		n.Set("bands", b)
	}
	return n
}

func bandsNode(b scorecard.Bands) *yamltree.Node {
	n := yamltree.Map().Inline()
	if len(b.Points) > 0 {
		list := yamltree.List().Inline()
		for _, p := range b.Points {
			list.Items = append(list.Items, yamltree.List(yamltree.Number(p[0]), yamltree.Number(p[1])).Inline())
		}
		n.Set("points", list)
	}
	if len(b.Steps) > 0 {
		list := yamltree.List().Inline()
		for _, s := range b.Steps {
			x := yamltree.Map().Inline()
			if s.Below != nil {
				x.Set("below", yamltree.Number(*s.Below))
			}
			list.Items = append(list.Items, x.Set("score", yamltree.Number(s.Score)))
		}
		n.Set("steps", list)
	}
	return n
}

func encodeRule(v *rule.Rule) *yamltree.Node {
	n := head(KindRule, v.Name, v.Title).Set("subject", word(string(v.Subject))).Set("when", expr(v.When)).
		Set("for", durationNode(v.For)).Set("until", expr(v.Until)).Set("cooldown", durationNode(v.Cooldown))
	list := yamltree.List()
	for _, e := range v.Then {
		c := e.CallToAction
		x := yamltree.Map().Set("type", word(c.Type)).Set("reason", text(c.Reason)).Set("priority", word(c.Priority))
		if len(c.Owner) == 1 {
			x.Set("owner", expr(c.Owner[0]))
		} else {
			x.Set("owner", texts(c.Owner))
		}
		x.Set("due", yamltree.Word(c.Due.String())).Set("playbook", text(c.Playbook)).Set("on_recovery", word(c.OnRecovery))
		list.Items = append(list.Items, yamltree.Map().Set("call_to_action", x))
	}
	return n.Set("then", list)
}

// durationNode writes a length of time; nil for none.
func durationNode(d rule.Duration) *yamltree.Node {
	if d.IsZero() {
		return nil
	}
	return yamltree.Word(d.String())
}

func encodePlaybook(p *action.Playbook) *yamltree.Node {
	n := head(KindPlaybook, p.Name, p.Title).Set("subject", word(string(p.Subject)))
	list := yamltree.List()
	for _, t := range p.Tasks {
		list.Items = append(list.Items, yamltree.Map().Set("name", text(t.Name)).Set("title", titleNode(t.Title)).
			Set("due", yamltree.Word(rule.BusinessDays(t.Due).String())).Set("after", texts(t.After)).
			Set("role", text(t.Role)).Set("hours", number(t.Hours, 0)))
	}
	return n.Set("tasks", list).Set("outcome", expr(p.Outcome))
}

func encodeSource(s *importer.Source) *yamltree.Node {
	n := head(KindSource, s.Name, s.Title).Set("format", word(s.Format)).Set("files", text(s.Files))
	o := s.Options
	options := yamltree.Map().Set("delimiter", text(o.Delimiter)).Set("encoding", text(o.Encoding)).Set("sheet", text(o.Sheet)).
		Set("time_zone", text(o.TimeZone)).Set("true", texts(o.True)).Set("false", texts(o.False)).Set("null", texts(o.Null))
	if len(options.Entries) > 0 {
		n.Set("options", options)
	}
	n.Set("complete", truth(s.Complete)).Set("into", word(s.Into))
	if len(s.Key) == 1 {
		n.Set("key", yamltree.Text(s.Key[0]))
	} else {
		n.Set("key", texts(s.Key))
	}
	mapping := yamltree.Map()
	var nested *yamltree.Node
	for _, m := range s.Map {
		outer, inner, below := strings.Cut(m.Target, ".")
		if !below {
			mapping.Set(m.Target, mappingNode(m))
			continue
		}
		if mapping.Get(outer) == nil {
			nested = yamltree.Map()
			mapping.Set(outer, nested)
		}
		nested.Set(inner, mappingNode(m))
	}
	return n.Set("map", mapping)
}

func mappingNode(m importer.Mapping) *yamltree.Node {
	n := yamltree.Map().Inline()
	switch {
	case m.Const != nil:
		n.Set("const", yamltree.Text(*m.Const))
	case m.Expr != "":
		n.Set("expr", expr(m.Expr))
	case m.Type == "":
		return yamltree.Text(m.Column)
	default:
		n.Set("column", yamltree.Text(m.Column))
	}
	return n.Set("type", word(m.Type))
}
