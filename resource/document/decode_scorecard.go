package document

import (
	"slices"

	"github.com/minori-hq/minori/resource/yamltree"
	"github.com/minori-hq/minori/scorecard"
)

// Bounds of the colour bands where a scorecard does not say otherwise.
const (
	defaultYellow = 50
	defaultGreen  = 75
)

func (r *reader) scorecard(n *yamltree.Node) {
	c := r.doc.Value.(*scorecard.Scorecard)
	o, title := r.document(n, "name: health", "subject", "groups", "exceptions", "caps", "missing", "min_coverage", "bands")
	c.Name, c.Title, c.Subject = r.doc.Name, title, o.subject()
	o.need("groups", "groups: [{name: adoption, weight: 60, measures: […]}]")
	for i, item := range o.list("groups") {
		if g, ok := r.object(item, o.item("groups", i), "a group", "name", "title", "weight", "measures"); ok {
			c.Groups = append(c.Groups, r.group(g))
		}
	}
	for i, item := range o.list("exceptions") {
		if x, ok := r.object(item, o.item("exceptions", i), "an exception", "when", "weights", "bands"); ok {
			c.Exceptions = append(c.Exceptions, r.exception(x))
		}
	}
	for i, item := range o.list("caps") {
		if x, ok := r.object(item, o.item("caps", i), "a cap", "when", "at", "because"); ok {
			limit := scorecard.Cap{Because: x.title("because")}
			limit.When, limit.Pos = x.expression("when", true, "when: account.seats < 5")
			if x.need("at", "at: 49") != nil {
				limit.At = x.number("at", 0)
			}
			c.Caps = append(c.Caps, limit)
		}
	}
	c.Missing = r.missing(o)
	c.MinCoverage = o.number("min_coverage", 0)
	c.Yellow, c.Green = defaultYellow, defaultGreen
	if b := o.get("bands"); b != nil {
		x, _ := r.object(b, "bands", "bands", "yellow", "green")
		c.Yellow, c.Green = x.number("yellow", defaultYellow), x.number("green", defaultGreen)
	}
}

func (r *reader) group(o object) scorecard.Group {
	g := scorecard.Group{Name: o.name("name", "name: adoption"), Title: o.title("title"), Weight: o.number("weight", 1)}
	o.need("measures", "measures: [{measure: adoption.trend, bands: {points: [[0, 0], [1, 100]]}}]")
	for i, item := range o.list("measures") {
		m, ok := r.object(item, o.item("measures", i), "a measure of a group", "measure", "weight", "bands")
		if !ok {
			continue
		}
		w := scorecard.Weighted{Measure: m.name("measure", "measure: adoption.trend"), Weight: m.number("weight", 1)}
		if b := m.need("bands", "bands: {points: [[0, 0], [1, 100]]}"); b != nil {
			w.Bands = r.bands(b, m.at("bands"))
		}
		g.Measures = append(g.Measures, w)
	}
	return g
}

func (r *reader) bands(n *yamltree.Node, path string) scorecard.Bands {
	o, _ := r.object(n, path, "bands", "points", "steps")
	var b scorecard.Bands
	for i, item := range o.list("points") {
		at := o.item("points", i)
		if item.Kind != yamltree.Sequence || len(item.Items) != 2 {
			r.fail(item.Pos, at, "a point is a list of a value and its score: write [0.2, 100]")
			continue
		}
		b.Points = append(b.Points, [2]float64{r.num(item.Items[0], at+"[0]"), r.num(item.Items[1], at+"[1]")})
	}
	for i, item := range o.list("steps") {
		x, ok := r.object(item, o.item("steps", i), "a step", "below", "score")
		if !ok {
			continue
		}
		s := scorecard.Step{Score: x.number("score", 0)}
		x.need("score", "score: 50")
		if x.get("below") != nil {
			v := x.number("below", 0)
			s.Below = &v
		}
		b.Steps = append(b.Steps, s)
	}
	return b
}

func (r *reader) exception(o object) scorecard.Exception {
	var x scorecard.Exception
	x.When, x.Pos = o.expression("when", true, "when: account.age_days < 90")
	if n := o.get("weights"); n != nil {
		w := r.anyObject(n, o.at("weights"), "weights")
		x.Weights = map[string]float64{}
		for _, e := range w.node.Entries {
			x.Weights[e.Key] = w.number(e.Key, 0)
		}
	}
	if n := o.get("bands"); n != nil {
		b := r.anyObject(n, o.at("bands"), "bands")
		x.Bands = map[string]scorecard.Bands{}
		for _, e := range b.node.Entries {
			x.Bands[e.Key] = r.bands(e.Value, b.at(e.Key))
		}
	}
	return x
}

// anyObject opens a mapping whose keys are free.
func (r *reader) anyObject(n *yamltree.Node, path, what string) object {
	var keys []string
	for _, e := range n.Entries {
		keys = append(keys, e.Key)
	}
	if n.Kind != yamltree.Mapping {
		keys = []string{"…"}
	}
	o, _ := r.object(n, path, what, keys...)
	return o
}

// missing reads the policy for unknown measures.
func (r *reader) missing(o object) scorecard.Missing {
	n := o.get("missing")
	switch {
	case n == nil:
		return scorecard.Missing{Policy: scorecard.Skip}
	case n.Kind == yamltree.Mapping:
		x, _ := r.object(n, "missing", "missing", "neutral")
		x.need("neutral", "neutral: 50")
		return scorecard.Missing{Policy: scorecard.Neutral, Neutral: x.number("neutral", 0)}
	}
	s, ok := r.scalar(n, "missing")
	words := []string{string(scorecard.Skip), string(scorecard.Zero)}
	if ok && !slices.Contains(words, s) {
		r.fail(n.Pos, "missing", "%q is not a policy for unknown measures: write skip, zero or {neutral: 50}%s", Clip(s), Suggest(s, words))
	}
	return scorecard.Missing{Policy: scorecard.Policy(s)}
}
