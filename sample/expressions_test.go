package sample

import (
	"testing"

	minori "github.com/minori-hq/minori"
	"github.com/minori-hq/minori/measure"
	"github.com/minori-hq/minori/metric"
)

// environment gives the names that the sample workspace may use.
func environment() *measure.Env {
	env := &measure.Env{
		Kind:    minori.Account,
		Fields:  map[string]measure.Field{},
		Metrics: map[string]metric.Ref{},
	}
	for i, name := range []string{"tier", "region", "plan_type", "country", "industry"} {
		env.Fields[name] = measure.Field{ID: int64(i + 1), Type: metric.Text}
	}
	env.Fields["seats"] = measure.Field{ID: 20, Type: metric.Number}
	add := func(name string, kind metric.Kind, actors bool, by ...string) {
		env.Metrics[name] = metric.Ref{ID: int64(len(env.Metrics) + 1), Name: name, Kind: kind, Actors: actors, By: by}
	}
	for _, m := range Metrics() {
		add(m.Name, m.Kind, m.Kind == metric.Event)
	}
	add("ticket.opened", metric.Counter, false, "priority")
	add("ticket.open", metric.Gauge, false, "priority")
	add("survey.nps.score", metric.Gauge, false)
	for _, name := range []string{"ticket.csat", "interaction.call", "interaction.meeting", "interaction.review"} {
		add(name, metric.Counter, false)
	}
	return env
}

func TestExpressionsAreValid(t *testing.T) {
	files, err := Workspace(minori.JA)
	if err != nil {
		t.Fatal(err)
	}
	docs, env := documents(t, files), environment()
	var defs []measure.Definition
	for _, m := range docs["Measure"] {
		defs = append(defs, measure.Definition{Name: m["name"].(string), Subject: minori.Account, Value: m["value"].(string)})
	}
	exprs, err := measure.Order(defs, env)
	if err != nil {
		t.Fatal(err)
	}
	env.Measures = map[string]*measure.Expr{}
	for _, e := range exprs {
		env.Measures[e.Name] = e
	}
	conditions := environment()
	conditions.Measures, conditions.Scores = env.Measures, true
	check := func(doc map[string]any, key string, env *measure.Env) {
		text, ok := doc[key].(string)
		if !ok {
			return
		}
		if _, err := measure.Condition(text, minori.Position{}, env); err != nil {
			t.Errorf("%v, %s: %v", doc["name"], key, err)
		}
	}
	for _, s := range docs["Scorecard"] {
		conditions.Scorecards = append(conditions.Scorecards, s["name"].(string))
		for _, part := range []string{"caps", "exceptions"} {
			list, _ := s[part].([]any)
			for _, x := range list {
				check(x.(map[string]any), "when", env)
			}
		}
		for _, g := range s["groups"].([]any) {
			for _, m := range g.(map[string]any)["measures"].([]any) {
				if name := m.(map[string]any)["measure"].(string); env.Measures[name] == nil {
					t.Errorf("scorecard %v names the measure %s, which is not there", s["name"], name)
				}
			}
		}
	}
	for _, kind := range []string{"Rule", "Segment", "Playbook"} {
		for _, doc := range docs[kind] {
			check(doc, "when", conditions)
			check(doc, "until", conditions)
			check(doc, "outcome", conditions)
		}
	}
}
