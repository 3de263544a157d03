package scorecard_test

import (
	"encoding/json"
	"testing"

	minori "github.com/minori-hq/minori"
	"github.com/minori-hq/minori/metric"
	"github.com/minori-hq/minori/scorecard"
)

func partOf(t *testing.T, c scorecard.Change, measure string) scorecard.Part {
	t.Helper()
	for _, p := range c.Parts {
		if p.Measure == measure {
			return p
		}
	}
	t.Fatalf("no part for %q in %+v", measure, c.Parts)
	return scorecard.Part{}
}

func TestChangeSaysWhy(t *testing.T) {
	full := []metric.Value{known(80), known(50), known(60), known(30)}
	base := explain(t, worked(), full, nil, nil, nil)

	lower := []metric.Value{known(40), known(50), known(60), known(30)}
	c := scorecard.ExplainChange(base, explain(t, worked(), lower, nil, nil, nil))
	if p := partOf(t, c, "a"); p.Why != scorecard.WhyValue || p.Delta != -12 || p.From.Num != 80 || p.To.Num != 40 || p.Group != "adoption" {
		t.Errorf("value: %+v", p)
	}
	if len(c.Parts) != 1 {
		t.Errorf("parts that did not move are listed: %+v", c.Parts)
	}

	gone := explain(t, worked(), workedValues(), nil, nil, nil)
	c = scorecard.ExplainChange(base, gone)
	if p := partOf(t, c, "c"); p.Why != scorecard.WhyUnknown || p.Delta != -9 || p.To.Reason != metric.NoData {
		t.Errorf("became unknown: %+v", p)
	}
	if p := partOf(t, c, "a"); p.Why != scorecard.WhyWeight || p.Delta != 8 {
		t.Errorf("weight: %+v", p)
	}
	if p := partOf(t, scorecard.ExplainChange(gone, base), "c"); p.Why != scorecard.WhyKnown || p.Delta != 9 {
		t.Errorf("became known: %+v", p)
	}

	both := workedValues()
	both[0] = known(79)
	c = scorecard.ExplainChange(base, explain(t, worked(), both, nil, nil, nil))
	if p := partOf(t, c, "a"); p.Why != scorecard.WhyWeight {
		t.Errorf("a little by its value, more by its weight: %+v", p)
	}
}

func TestChangeOfDefinition(t *testing.T) {
	full := []metric.Value{known(80), known(50), known(60), known(30)}
	base := explain(t, worked(), full, nil, nil, nil)
	heavier, other, less := worked(), worked(), worked()
	heavier.Groups[1].Weight = 80
	other.Groups[1].Measures[0].Bands = scorecard.Bands{Steps: []scorecard.Step{{Score: 90}}}
	less.Groups[0].Measures = less.Groups[0].Measures[:2]
	for _, c := range []struct {
		name    string
		card    scorecard.Scorecard
		values  []metric.Value
		measure string
	}{
		{"another weight", heavier, full, "d"},
		{"other bands", other, full, "d"},
		{"a measure left out", less, []metric.Value{full[0], full[1], full[3]}, "c"},
	} {
		x, err := scorecard.Compile(c.card, 2).Explain(scorecard.OneRow(c.values, nil, nil, nil), 0)
		if err != nil {
			t.Fatal(err)
		}
		if p := partOf(t, scorecard.ExplainChange(base, x), c.measure); p.Why != scorecard.WhyDefinition {
			t.Errorf("%s: %+v", c.name, p)
		}
	}
}

func TestChangeOfExceptionCapOverrideCoverage(t *testing.T) {
	card := worked()
	card.MinCoverage = 0.5
	card.Exceptions = []scorecard.Exception{{When: "x", Weights: map[string]float64{"support": 0}}}
	card.Caps = []scorecard.Cap{{When: "x", At: 49}}
	yes, no, v := []metric.Value{boolean(true)}, []metric.Value{boolean(false)}, 90.0
	base := explain(t, card, workedValues(), no, no, nil)

	c := scorecard.ExplainChange(base, explain(t, card, workedValues(), yes, no, nil))
	if p := partOf(t, c, "d"); p.Why != scorecard.WhyException || p.Delta != -12 {
		t.Errorf("exception: %+v", p)
	}
	c = scorecard.ExplainChange(base, explain(t, card, workedValues(), no, yes, nil))
	if len(c.Parts) != 1 || c.Parts[0].Why != scorecard.WhyCap || c.Parts[0].Delta != -5 || c.Parts[0].To.Num != 49 {
		t.Errorf("cap: %+v", c.Parts)
	}
	c = scorecard.ExplainChange(base, explain(t, card, workedValues(), no, yes, &v))
	if len(c.Parts) != 2 || c.Parts[0].Why != scorecard.WhyOverride || c.Parts[0].Delta != 41 || c.Parts[0].From.Reason == metric.Known {
		t.Errorf("override: %+v", c.Parts)
	}
	few := workedValues()
	few[3] = unknown(metric.Stale)
	c = scorecard.ExplainChange(base, explain(t, card, few, no, no, &v))
	if p := partOf(t, c, "a"); p.Why != scorecard.WhyCoverage || p.Delta != -32 {
		t.Errorf("coverage: %+v", p)
	}
	if p := partOf(t, c, "d"); p.Why != scorecard.WhyUnknown {
		t.Errorf("unknown: %+v", p)
	}
	c = scorecard.ExplainChange(base, explain(t, card, few, no, no, nil))
	if len(c.Parts) != 0 || c.Reason != scorecard.LowCoverage || c.Because != metric.NoData || c.To != nil {
		t.Errorf("unknown end: %+v", c)
	}
}

func TestReportShapes(t *testing.T) {
	card := worked()
	card.Caps = []scorecard.Cap{{When: "x", At: 49, Because: minori.Text{minori.EN: "Urgent ticket open", minori.JA: "緊急チケットあり"}}}
	values := workedValues()
	values[3] = boolean(true)
	card.Groups[1].Measures[0].Bands = scorecard.Bands{Points: [][2]float64{{0, 0}, {1, 30}}}
	before := explain(t, card, values, nil, []metric.Value{boolean(false)}, nil)
	x := explain(t, card, values, nil, []metric.Value{boolean(true)}, nil)
	sameJSON(t, x.Report("A-1", minori.JA), `{"subject":"A-1","score":49,"band":"red","coverage":0.85,"computed":54,"override":null,"contributions":[`+
		`{"group":"adoption","measure":"a","value":80,"score":80,"weight":0.4,"contribution":32},`+
		`{"group":"adoption","measure":"b","value":50,"score":50,"weight":0.2,"contribution":10},`+
		`{"group":"adoption","measure":"c","value":null,"score":null,"weight":0,"contribution":0},`+
		`{"group":"support","measure":"d","value":true,"score":30,"weight":0.4,"contribution":12}],`+
		`"cap":{"at":49,"because":"緊急チケットあり","part":-5}}`)
	sameJSON(t, scorecard.ExplainChange(before, x).Report("A-1", "2024-12-31", "2024-11-30", "…"),
		`{"subject":"A-1","as_of":"2024-12-31","score":49,"since":{"as_of":"2024-11-30","score":54},`+
			`"parts":[{"group":null,"measure":null,"from":null,"to":49,"delta":-5,"why":"cap"}],"text":"…"}`)

	none := make([]metric.Value, 4)
	for i := range none {
		none[i] = unknown(metric.NoData)
	}
	u := explain(t, worked(), none, nil, nil, nil)
	u.Contributions = nil
	sameJSON(t, u.Report("A-1", minori.EN),
		`{"subject":"A-1","score":null,"band":null,"coverage":0,"computed":null,"override":null,"contributions":[],"cap":null,"reason":"nothing_known"}`)
}

func sameJSON(t *testing.T, v any, want string) {
	t.Helper()
	got, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	if string(got) != want {
		t.Errorf("JSON is\n%s\nwant\n%s", got, want)
	}
}
