package document

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"pgregory.net/rapid"

	minori "github.com/minori-hq/minori"
	"github.com/minori-hq/minori/account"
	"github.com/minori-hq/minori/action"
	"github.com/minori-hq/minori/importer"
	"github.com/minori-hq/minori/measure"
	"github.com/minori-hq/minori/metric"
	"github.com/minori-hq/minori/rule"
	"github.com/minori-hq/minori/scorecard"
	"github.com/minori-hq/minori/segment"
)

// Generators of definitions that are well formed, with wild texts in them.

func drawName(t *rapid.T) string {
	return rapid.StringMatching(`[a-z0-9][a-z0-9._-]{0,12}`).Draw(t, "name")
}

func drawText(t *rapid.T) string {
	return rapid.OneOf(
		rapid.SampledFrom([]string{"", "no", "0123", "~", "null", "True", "- a", "a: b", "a #b", "# x", "{a}", "[b", "it's", `"q"`, "a\nb", "a\tb", " a ", "日本", "\u2028"}),
		rapid.StringN(0, 20, 60),
	).Draw(t, "text")
}

func drawTitle(t *rapid.T) minori.Text {
	switch rapid.IntRange(0, 3).Draw(t, "title") {
	case 0:
		return nil
	case 1:
		if s := drawWord(t); s != "" {
			return minori.Plain(s)
		}
		return nil
	}
	out := minori.Text{}
	for _, l := range []minori.Lang{minori.EN, minori.JA} {
		if s := drawWord(t); s != "" {
			out[l] = s
		}
	}
	if len(out) == 0 {
		return nil
	}
	return out
}

// drawWord gives a text that is not the same as leaving it out.
func drawWord(t *rapid.T) string { return "x" + drawText(t) }

// drawExpr gives what could be an expression: only white space around it is
// not kept.
func drawExpr(t *rapid.T) string {
	return strings.Trim(rapid.OneOf(
		rapid.SampledFrom([]string{`sum("a", "7d") > 3`, `!known(x)`, `{"a": 1}`, "a\n  && b", `x ? 'y: z' : "q #r"`, "[1]", "&a", "- 1", "null + 1"}),
		rapid.Custom(drawWord),
	).Draw(t, "expr"), " \n")
}

func drawNumber(t *rapid.T) float64 {
	return rapid.OneOf(rapid.Float64Range(-1e15, 1e15), rapid.SampledFrom([]float64{0, 1, 0.1, 1e-9, 49})).Draw(t, "number")
}

func drawSubject(t *rapid.T) minori.SubjectKind {
	return rapid.SampledFrom([]minori.SubjectKind{minori.Account, minori.Person}).Draw(t, "subject")
}

// several draws up to three of something, nil for none.
func several[T any](t *rapid.T, draw func(*rapid.T) T) []T {
	var out []T
	for range rapid.IntRange(0, 3).Draw(t, "n") {
		out = append(out, draw(t))
	}
	return out
}

func drawMetric(t *rapid.T) any {
	m := &metric.Metric{
		Name: drawName(t), Title: drawTitle(t), Unit: drawWord(t), AbsentZero: rapid.Bool().Draw(t, "absent"), By: several(t, drawText),
		Kind: rapid.SampledFrom([]metric.Kind{metric.Counter, metric.Gauge, metric.Event}).Draw(t, "kind"),
	}
	if rapid.Bool().Draw(t, "from") {
		m.From = &metric.From{Event: drawWord(t), Sum: drawWord(t), Where: drawExpr(t), Actors: rapid.Bool().Draw(t, "actors")}
	}
	if rapid.Bool().Draw(t, "fresh") {
		m.FreshWithin = minori.Window{N: rapid.IntRange(1, 120).Draw(t, "n"), Unit: rapid.SampledFrom([]minori.Unit{minori.Days, minori.Months}).Draw(t, "unit")}
	}
	return m
}

func drawBands(t *rapid.T) scorecard.Bands {
	return scorecard.Bands{
		Points: several(t, func(t *rapid.T) [2]float64 { return [2]float64{drawNumber(t), drawNumber(t)} }),
		Steps: several(t, func(t *rapid.T) scorecard.Step {
			below := drawNumber(t)
			return scorecard.Step{Below: rapid.SampledFrom([]*float64{nil, &below}).Draw(t, "below"), Score: drawNumber(t)}
		}),
	}
}

func drawScorecard(t *rapid.T) any {
	c := &scorecard.Scorecard{
		Name: drawName(t), Title: drawTitle(t), Subject: drawSubject(t), MinCoverage: drawNumber(t), Yellow: drawNumber(t), Green: drawNumber(t),
		Missing: scorecard.Missing{Policy: rapid.SampledFrom([]scorecard.Policy{scorecard.Skip, scorecard.Zero}).Draw(t, "policy")},
		Groups: several(t, func(t *rapid.T) scorecard.Group {
			return scorecard.Group{Name: drawName(t), Title: drawTitle(t), Weight: drawNumber(t), Measures: several(t, func(t *rapid.T) scorecard.Weighted {
				return scorecard.Weighted{Measure: drawName(t), Weight: drawNumber(t), Bands: drawBands(t)}
			})}
		}),
		Exceptions: several(t, func(t *rapid.T) scorecard.Exception {
			x := scorecard.Exception{When: drawExpr(t)}
			for _, k := range several(t, drawWord) {
				if x.Weights == nil {
					x.Weights, x.Bands = map[string]float64{}, map[string]scorecard.Bands{}
				}
				x.Weights[k], x.Bands[k] = drawNumber(t), drawBands(t)
			}
			return x
		}),
		Caps: several(t, func(t *rapid.T) scorecard.Cap {
			return scorecard.Cap{When: drawExpr(t), At: drawNumber(t), Because: drawTitle(t)}
		}),
	}
	if rapid.Bool().Draw(t, "neutral") {
		c.Missing = scorecard.Missing{Policy: scorecard.Neutral, Neutral: drawNumber(t)}
	}
	return c
}

func drawDuration(t *rapid.T) rule.Duration {
	n := rapid.IntRange(0, 3000).Draw(t, "n")
	return rapid.SampledFrom([]rule.Duration{{Days: n}, {Clock: time.Duration(n) * time.Hour}, {Clock: time.Duration(n) * time.Minute}}).Draw(t, "duration")
}

func drawRule(t *rapid.T) any {
	return &rule.Rule{
		Name: drawName(t), Title: drawTitle(t), Subject: drawSubject(t), When: drawExpr(t), Until: drawExpr(t), For: drawDuration(t), Cooldown: drawDuration(t),
		Then: several(t, func(t *rapid.T) rule.Effect {
			return rule.Effect{CallToAction: &rule.CallToAction{
				Type: rapid.SampledFrom(rule.Types()).Draw(t, "type"), Reason: drawWord(t), Priority: rapid.SampledFrom(rule.Priorities()).Draw(t, "priority"),
				Owner: several(t, drawExpr), Due: rule.BusinessDays(rapid.IntRange(0, 2000).Draw(t, "due")), Playbook: drawWord(t),
				OnRecovery: rapid.SampledFrom([]string{rule.Keep, rule.Close}).Draw(t, "recovery"),
			}}
		}),
	}
}

func drawPlaybook(t *rapid.T) any {
	return &action.Playbook{
		Name: drawName(t), Title: drawTitle(t), Subject: drawSubject(t), Outcome: drawExpr(t),
		Tasks: several(t, func(t *rapid.T) action.PlaybookTask {
			return action.PlaybookTask{Name: drawName(t), Title: drawTitle(t), Due: rapid.IntRange(0, 2000).Draw(t, "due"), After: several(t, drawText), Role: drawWord(t),
				Hours: float64(rapid.IntRange(0, 400).Draw(t, "hours")) / 4}
		}),
	}
}

func drawSource(t *rapid.T) any {
	s := &importer.Source{
		Name: drawName(t), Title: drawTitle(t), Format: rapid.SampledFrom(importer.Formats()).Draw(t, "format"), Files: drawWord(t),
		Complete: rapid.Bool().Draw(t, "complete"), Into: rapid.SampledFrom(importer.Intos()).Draw(t, "into"), Key: several(t, drawText),
		Options: importer.Options{
			Delimiter: drawText(t), Encoding: drawText(t), Sheet: drawText(t), TimeZone: drawText(t),
			True: several(t, drawText), False: several(t, drawText), Null: several(t, drawText),
		},
	}
	seen := map[string]bool{}
	for range rapid.IntRange(0, 5).Draw(t, "n") {
		m := importer.Mapping{Target: rapid.SampledFrom([]string{"id", "name", "value", "fields." + drawWord(t), "properties." + drawWord(t)}).Draw(t, "target")}
		switch rapid.IntRange(0, 3).Draw(t, "fill") {
		case 0:
			c := drawText(t)
			m.Const = &c
		case 1:
			m.Expr, m.Type = drawExpr(t), "number"
		case 2:
			m.Column, m.Type = drawWord(t), "bool"
		default:
			m.Column = drawWord(t)
		}
		if !seen[m.Target] {
			seen[m.Target] = true
			s.Map = append(s.Map, m)
		}
	}
	sortMappings(s.Map)
	return s
}

func drawSmall(t *rapid.T) any {
	return rapid.SampledFrom([]any{
		&account.Field{Name: drawWord(t), Title: drawTitle(t), Type: account.FieldChoice, Unit: drawWord(t), Options: several(t, drawText),
			Read: []minori.Role{minori.RoleLeader, minori.RoleCSM}, Write: []minori.Role{minori.RoleCSM}},
		&measure.Definition{Name: drawName(t), Title: drawTitle(t), Subject: drawSubject(t), Value: drawExpr(t), Unit: drawWord(t)},
		&segment.Segment{Name: drawName(t), Title: drawTitle(t), Subject: drawSubject(t), When: drawExpr(t)},
	}).Draw(t, "small")
}

// Whatever a definition holds, its text reads back as the same definition, and
// writing that again gives the same text. Complaints about what it holds do
// not matter here.
func TestRoundTrip(t *testing.T) {
	draws := map[string]func(*rapid.T) any{
		"metric": drawMetric, "scorecard": drawScorecard, "rule": drawRule, "playbook": drawPlaybook, "source": drawSource, "small": drawSmall,
	}
	same := cmp.Options{cmpopts.IgnoreTypes(minori.Position{})}
	for name, draw := range draws {
		t.Run(name, func(t *testing.T) {
			rapid.Check(t, func(t *rapid.T) {
				v := draw(t)
				text := Encode(v)
				d, err := DecodeOne("x", text)
				if err != nil {
					t.Fatalf("%v in:\n%s", err, text)
				}
				if diff := cmp.Diff(v, d.Value, same); diff != "" {
					t.Fatalf("%s in:\n%s\n%v", diff, text, d.Problems())
				}
				if again := Encode(d.Value); again != text {
					t.Fatalf("written again:\n%s\nfirst:\n%s", again, text)
				}
			})
		})
	}
}

func TestBounds(t *testing.T) {
	d, err := DecodeOne("x", "kind: Measure\nname: a\nunit: "+strings.Repeat("x", maxText+1)+"\nvalue: 1\n")
	if err != nil || len(d.Problems()) != 1 || d.Problems()[0].Pos.String() != "x:3:7" {
		t.Errorf("%v %v", err, d)
	}
	var b strings.Builder
	for i := range 2000 {
		fmt.Fprintf(&b, "kind: Measure\nname: m%d\nvalue: 1\n---\n", i)
	}
	s := Decode([]File{{Name: "x", Data: []byte(b.String())}})
	if got := s.Problems(); len(got) != 1 || !strings.Contains(got[0].Message, "too rich") {
		t.Errorf("%v", got)
	}
}

// No input makes the decoder panic or hang, and what it accepts it writes so
// that it accepts it again.
func FuzzDecode(f *testing.F) {
	for _, s := range []string{
		"kind: Measure\nname: a\nvalue: |\n  1 +\n  2\n",
		"kind: Scorecard\nname: s\ngroups: [{name: g, measures: [{measure: m, bands: {points: [[0, 0]]}}]}]\nmissing: {neutral: 5}\n",
		"kind: Rule\nname: r\nwhen: x\nfor: 7d\nthen: [{call_to_action: {type: risk, due: 3bd, owner: [a, b]}}]\n",
		"kind: Source\nname: s\nformat: csv\nfiles: x\ninto: rate\noptions: {\"true\": [a]}\nmap: {day: d, fields: {a: {const: ~}}}\n",
		"kind: Playbook\nname: p\ntasks: [{name: a, due: 1bd, after: [a]}]\n", "kind: Metric\nname: m\ntype: event\nfrom: {event: e, where: 'a'}\nby: [x]\n",
		"kind: Dashboard\nname: d\ntiles: [{type: figure, report: arr}, {type: line, metric: m, window: 90d, compare: previous, size: wide}, {type: funnel, segment: [a, b]}, {type: text, text: x}]\n",
		"kind: Workspace\ncurrency: USD\ntime_zone: UTC\n", "kind: Field\nname: account.x\ntype: choice\noptions: [no]\n---\nkind: Segment\nname: s\nwhen: a\n",
	} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		s := Decode([]File{{Name: "x", Data: data}})
		if len(s.Problems()) > 0 {
			return
		}
		for _, d := range s.Documents() {
			text := Encode(d.Value)
			again, err := DecodeOne("x", text)
			if err != nil || len(again.Problems()) > 0 {
				t.Fatalf("%q was written as\n%s\nwhich is refused: %v %v", data, text, err, again.Problems())
			}
			if diff := cmp.Diff(d.Value, again.Value, cmpopts.IgnoreTypes(minori.Position{})); diff != "" {
				t.Fatalf("%q was written as\n%s\n%s", data, text, diff)
			}
		}
	})
}
