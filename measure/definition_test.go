package measure

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	minori "github.com/minori-hq/minori"
	"github.com/minori-hq/minori/metric"
)

// defs makes definitions from name, expression pairs; the n-th stands in line n.
func defs(pairs ...string) []Definition {
	var out []Definition
	for i := 0; i < len(pairs); i += 2 {
		out = append(out, Definition{
			Name: pairs[i], Subject: minori.Account, Value: pairs[i+1], Pos: minori.Position{Line: i/2 + 1, Column: 8},
		})
	}
	return out
}

func TestOrder(t *testing.T) {
	env := accounts(t)
	ds := defs("c", `measure("b") > 1 && measure("a") > 1`, "b", `measure("a") + measure("adoption")`, "a", "account.x", "adoption", "account.y")
	ds[2].Title, ds[2].Unit = minori.Plain("A"), "u"
	es, err := Order(ds, env)
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, e := range es {
		names = append(names, e.Name)
	}
	if !slices.Equal(names, []string{"a", "adoption", "b", "c"}) || es[0].Unit != "u" || es[0].Title.In(minori.EN) != "A" || es[3].Type != metric.Bool {
		t.Errorf("%v", names)
	}
	if got := compiled(t, es[2], endOf(t, "2024-12-31")); got != "add(final(leaf:field:5:1) final(leaf:field:6:1))" {
		t.Errorf("b is %s: the new definition of adoption is not used", got)
	}
	if env.Measures["a"] != nil {
		t.Error("Order changed the environment")
	}
}

func TestOrderErrors(t *testing.T) {
	env := accounts(t)
	person := defs("a", "1")
	person[0].Subject = minori.Person
	none := defs("A", " ")
	none[0].Subject = "acount"
	for _, c := range []struct {
		defs []Definition
		want []string
	}{
		{defs("a", `measure("b") + 1`, "b", `1 + measure("a")`), []string{`2:20 the measures use each other in a circle: a → b → a`}},
		{defs("a", `measure("a")`), []string{`1:16 the measures use each other in a circle: a → a`}},
		{defs("x", `measure("a")`, "a", `measure("b")`, "b", `measure("c")`, "c", `measure("a")`), []string{`4:16 the measures use each other in a circle: a → b → c → a`}},
		{defs("a", `measure("b") + account.foo1`, "b", `account.bar1`), []string{`2:8 there is no account.bar1`}},
		{defs("a", `1`, "a", `2`), []string{`2:8 the measure "a" is defined twice`}},
		{defs("a", `account.tier`), []string{`1:8 a measure is a number or a boolean, but this is a text`}},
		{defs("a", `score("health")`), []string{`1:8 score is not known here`}},
		{defs("a", `measure("d")`, "b", `measure("bb")`), []string{`1:16 there is no measure "d"`, `2:16 there is no measure "bb", did you mean "b"?`}},
		{person, []string{`1:8 the measure "a" is for person, not for account`}},
		{none, []string{`1:8 "A" cannot name a measure`, `1:8 "acount" is not a subject: write account or person, did you mean "account"?`, `1:8 a measure needs a value`}},
	} {
		_, err := Order(c.defs, env)
		if err == nil {
			t.Errorf("%v: no error", c.want)
			continue
		}
		got := messages(t, err)
		ok := len(got) == len(c.want)
		for i := range min(len(got), len(c.want)) {
			ok = ok && strings.HasPrefix(got[i], c.want[i])
		}
		if !ok {
			t.Errorf("have %q\nwant %q", got, c.want)
		}
	}
}

// A measure used twice by each of a chain of measures is formed once.
func TestSharedMeasuresAreNotExpanded(t *testing.T) {
	env := accounts(t)
	pairs := []string{"m0", "account.x"}
	for i := 1; i < 200; i++ {
		pairs = append(pairs, fmt.Sprintf("m%d", i), fmt.Sprintf(`measure("m%d") - measure("m%d")`, i-1, i-1))
	}
	es, err := Order(defs(pairs...), env)
	if err != nil {
		t.Fatal(err)
	}
	last := es[len(es)-1]
	b := NewBuilder(minori.Account, endOf(t, "2024-12-31"), nil)
	if err := b.Add("v", last, true); err != nil {
		t.Fatal(err)
	}
	if n := len(b.Query(nil).Nodes); n > 400 {
		t.Errorf("%d nodes", n)
	}
	looked := 0
	v, err := last.Eval(func(metric.Leaf) metric.Value { looked++; return num(3) }, endOf(t, "2024-12-31"), nil)
	if err != nil || v.Num != 0 || looked != 1 {
		t.Errorf("%v %v, looked up %d times", v, err, looked)
	}
}
