package metric

import (
	"errors"
	"maps"
	"strings"
	"testing"

	minori "github.com/minori-hq/minori"
)

func TestParseKey(t *testing.T) {
	for in, want := range map[string]Key{
		`usage.login`:                      {Name: "usage.login"},
		`ticket.opened{priority="urgent"}`: {Name: "ticket.opened", Filter: map[string]string{"priority": "urgent"}},
		`m{ a = "1" , b="x\"}, =" }`:       {Name: "m", Filter: map[string]string{"a": "1", "b": `x"}, =`}},
		`m{a=""}`:                          {Name: "m", Filter: map[string]string{"a": ""}},
	} {
		k, err := ParseKey(in)
		if err != nil || k.Name != want.Name || !maps.Equal(k.Filter, want.Filter) {
			t.Errorf("%s: %v, %v", in, k, err)
			continue
		}
		again, err := ParseKey(k.String())
		if err != nil || again.String() != k.String() {
			t.Errorf("%s: written as %s it is %v, %v", in, k, again, err)
		}
	}
	for _, in := range []string{"", "Usage", "m{", "m{}", "m{a}", "m{a=}", "m{a=1}", `m{a="1"`, `m{a="1"}x`, `m{a="1",}`, `m{a="1",a="2"}`, "m{a=`1`}", `m{="1"}`, `m}`, `m{a='1'}`} {
		if k, err := ParseKey(in); minori.CodeOf(err) != minori.Invalid {
			t.Errorf("%s: %v, %v", in, k, err)
		}
	}
}

func FuzzParseKey(f *testing.F) {
	f.Add(`ticket.opened{priority="urgent",b="c"}`)
	f.Fuzz(func(t *testing.T, s string) {
		k, err := ParseKey(s)
		if err != nil {
			return
		}
		if again, err := ParseKey(k.String()); err != nil || again.String() != k.String() {
			t.Fatalf("%q: %v, %v", s, again, err)
		}
	})
}

func TestValidate(t *testing.T) {
	for _, c := range []struct {
		m    Metric
		want string // fields at fault
	}{
		{Metric{Name: "usage.login", Kind: Counter, By: []string{"feature", "plan", "x_1"}, FreshWithin: minori.Window{N: 7, Unit: minori.Days}, AbsentZero: true}, ""},
		{Metric{Name: "usage.login", Kind: Event, From: &From{Event: "login", Actors: true}}, ""},
		{Metric{Name: "Usage", Kind: "count"}, "name type"},
		{Metric{Name: "ticket.opened", Kind: Counter}, "name"},
		{Metric{Name: "interaction.call", Kind: Counter}, "name"},
		{Metric{Name: "survey.nps.score", Kind: Counter}, "name"},
		{Metric{Name: "survey.sent", Kind: Counter}, ""},
		{Metric{Name: "a", Kind: Gauge, From: &From{Event: "e"}, AbsentZero: true}, "from absent"},
		{Metric{Name: "a", Kind: Event}, "from"},
		{Metric{Name: "a", Kind: Event, From: &From{}}, "from.event"},
		{Metric{Name: "a", Kind: Event, From: &From{Event: "e", Sum: "x", Actors: true}}, "from.actors"},
		{Metric{Name: "a", Kind: Event, From: &From{Event: "e", Where: strings.Repeat("x", 5000)}}, "from.where"},
		{Metric{Name: "a", Kind: Counter, FreshWithin: minori.Window{N: -1, Unit: minori.Days}}, "fresh_within"},
		{Metric{Name: "a", Kind: Counter, By: []string{"a", "b", "c", "d"}}, "by"},
		{Metric{Name: "a", Kind: Counter, By: []string{"a", "a", "1 x"}}, "by by"},
	} {
		var got []string
		if err := c.m.Validate(); err != nil {
			var es minori.Errors
			if !errors.As(err, &es) {
				t.Fatalf("%T", err)
			}
			for _, e := range es {
				got = append(got, e.Field)
			}
		}
		if s := strings.Join(got, " "); s != c.want {
			t.Errorf("%+v: %q, want %q", c.m, s, c.want)
		}
	}
	for _, m := range BuiltIns() {
		if err := m.Validate(); err != nil || !m.BuiltIn || !Reserved(m.Name) || m.Title.In(minori.JA) == m.Title.In(minori.EN) {
			t.Errorf("%s: %v", m.Name, err)
		}
	}
}

func TestParseNumber(t *testing.T) {
	for in, want := range map[string]float64{"3": 3, "-2.5": -2.5, "+.5": .5, "1.": 1, "1e3": 1000, "1E-2": .01, "007": 7} {
		if x, r := ParseNumber(in); x != want || r != Known {
			t.Errorf("%q: %v %s", in, x, r)
		}
	}
	for in, want := range map[string]Reason{
		"": NoValue, " 1": NoValue, "1\n": NoValue, "1,5": NoValue, "inf": NoValue, "NaN": NoValue, "0x10": NoValue, "1_000": NoValue, ".": NoValue, "1e": NoValue,
		"1e999": NotFinite, "-1e999": NotFinite,
	} {
		if x, r := ParseNumber(in); r != want {
			t.Errorf("%q: %v %s, want %s", in, x, r, want)
		}
	}
}
