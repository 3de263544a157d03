package measure

import (
	"strings"
	"testing"
	"time"

	minori "github.com/minori-hq/minori"
	"github.com/minori-hq/minori/metric"
)

func TestWindows(t *testing.T) {
	env := accounts(t)
	end := endOf(t, "2024-12-31")
	live := minori.At(time.Date(2024, 12, 31, 12, 0, 0, 0, time.UTC), time.UTC)
	leap := endOf(t, "2024-03-31")
	for _, c := range []struct {
		src  string
		asOf minori.AsOf
		want string
	}{
		{`sum("usage.login", "28d")`, end, "leaf:sum:1:usage.login:2024-12-04:2024-12-31"},
		{`sum("usage.login", "4w")`, end, "leaf:sum:1:usage.login:2024-12-04:2024-12-31"},
		{`sum("usage.login", "1d")`, end, "leaf:sum:1:usage.login:2024-12-31:2024-12-31"},
		{`sum("usage.login", "1y")`, end, "leaf:sum:1:usage.login:2024-01-01:2024-12-31"},
		{`sum("usage.login", "1q")`, end, "leaf:sum:1:usage.login:2024-10-01:2024-12-31"},
		// 2024-03-31 − 1 month is 2024-02-29, − 2 months 2024-01-31
		{`sum("usage.login", "1m")`, leap, "leaf:sum:1:usage.login:2024-03-01:2024-03-31"},
		{`change("usage.login", "1m")`, leap,
			"change(leaf:sum:1:usage.login:2024-03-01:2024-03-31 leaf:sum:1:usage.login:2024-02-01:2024-02-29)"},
		{`change("usage.login", "28d")`, end,
			"change(leaf:sum:1:usage.login:2024-12-04:2024-12-31 leaf:sum:1:usage.login:2024-11-06:2024-12-03)"},
		{`change("usage.seats", "28d")`, end,
			"change(leaf:last:3:usage.seats:2024-12-31:2024-12-31 leaf:last:3:usage.seats:2024-12-03:2024-12-03)"},
		{`sum("usage.login", "7d")`, live, "leaf:sum:1:usage.login:2024-12-25:2024-12-31"},
		{`count("usage.login", "7d")`, live, "leaf:count:1:usage.login:2024-12-25:2024-12-31"},
		{`actors("usage.login", "7d")`, live, "leaf:actors:1:usage.login:2024-12-25:2024-12-31"},
		{`active_days("usage.login", "7d")`, live, "leaf:active_days:1:usage.login:2024-12-25:2024-12-31"},
		{`min("usage.login", "7d")`, live, "leaf:min:1:usage.login:2024-12-25:2024-12-31"},
		{`max("usage.login", "7d")`, live, "leaf:max:1:usage.login:2024-12-25:2024-12-31"},
		{`avg("usage.login", "7d")`, live, "leaf:avg:1:usage.login:2024-12-24:2024-12-30"},
		{`slope("usage.login", "7d")`, live, "leaf:slope:1:usage.login:2024-12-24:2024-12-30"},
		{`per("usage.login", "7d", "seats")`, live, "div(leaf:sum:1:usage.login:2024-12-24:2024-12-30 leaf:field:1:1)"},
		{`per("usage.login", "7d", "arr")`, end, "div(leaf:sum:1:usage.login:2024-12-25:2024-12-31 leaf:arr)"},
		{`change("usage.login", "7d")`, live,
			"change(leaf:sum:1:usage.login:2024-12-24:2024-12-30 leaf:sum:1:usage.login:2024-12-17:2024-12-23)"},
		{`change("usage.seats", "7d")`, live,
			"change(leaf:last:3:usage.seats:2024-12-30:2024-12-30 leaf:last:3:usage.seats:2024-12-23:2024-12-23)"},
		{`last("usage.seats")`, live, "leaf:last:3:usage.seats:2024-12-31:2024-12-31"},
		{`days_since("usage.login")`, live, "leaf:days_since:1:usage.login:2024-12-31:2024-12-31"},
		{`sum("ticket.opened{priority=\"urgent\"}", "1d")`, end, `leaf:sum:4:ticket.opened{priority="urgent"}:2024-12-31:2024-12-31`},
	} {
		if got := compiled(t, check(t, c.src, env), c.asOf); got != c.want {
			t.Errorf("%s\n have %s\n want %s", c.src, got, c.want)
		}
	}
}

func TestCompile(t *testing.T) {
	env := accounts(t)
	for src, want := range map[string]string{
		"account.x + account.y * 2 - 3 / account.x": "sub(add(leaf:field:5:1 mul(leaf:field:6:1 2)) div(3 leaf:field:5:1))",
		"account.x > 1":                               "not(le(leaf:field:5:1 1))",
		"account.x >= 1":                              "not(lt(leaf:field:5:1 1))",
		"account.x < 1 || !(account.x <= 2)":          "or(lt(leaf:field:5:1 1) not(le(leaf:field:5:1 2)))",
		`account.tier == "a" && account.tier != "b"`:  `and(eq(leaf:field:2:3 "a") ne(leaf:field:2:3 "b"))`,
		`account.x in [1, 2]`:                         "in(leaf:field:5:1 1 2)",
		`account.vip ? -account.x : abs(account.x)`:   "cond(leaf:field:3:2 neg(leaf:field:5:1) abs(leaf:field:5:1))",
		`min(1, account.x, 2) + max(1, 2) + round(1)`: "add(add(min(1 leaf:field:5:1 2) max(1 2)) round(1))",
		`double(account.vip) + account.x.or(0)`:       "add(number(leaf:field:3:2) or2(leaf:field:5:1 0))",
		`known(account.x) == true`:                    "eq(known(leaf:field:5:1) true)",
		`account.name.startsWith("a") || account.name.endsWith("b") || account.name.contains("c")`: `or(startsWith(leaf:field:4:3 "a") or(endsWith(leaf:field:4:3 "b") contains(leaf:field:4:3 "c")))`,
		`account.arr + account.age_days + account.days_to_renewal`:                                 "add(add(leaf:arr leaf:age_days) leaf:days_to_renewal)",
		`measure("busy")`: "not(le(final(mul(change(leaf:sum:1:usage.login:2024-12-04:2024-12-31 leaf:sum:1:usage.login:2024-11-06:2024-12-03) 100)) 10))",
	} {
		if got := compiled(t, check(t, src, env), endOf(t, "2024-12-31")); got != want {
			t.Errorf("%s\n have %s\n want %s", src, got, want)
		}
	}
}

func TestEqualPartsStandOnce(t *testing.T) {
	env := accounts(t)
	b := NewBuilder(minori.Account, endOf(t, "2024-12-31"), nil)
	for name, src := range map[string]string{
		"a": `measure("adoption") * 2`, "b": `change("usage.login", "4w") * 100.0`, "c": `measure("adoption") * 2 + measure("adoption") * 2`,
	} {
		if err := b.Add(name, check(t, src, env), true); err != nil {
			t.Fatal(err)
		}
	}
	q := b.Query([]minori.ID{7})
	// leaves 2, change, 100, ×, final, 2, ×, +, and three finals of which b's is measure adoption's
	if len(q.Leaves) != 2 || len(q.Nodes) != 11 || len(q.Outputs) != 3 || len(q.Subjects) != 1 || q.Kind != minori.Account {
		t.Errorf("%d leaves, %d nodes, %d outputs", len(q.Leaves), len(q.Nodes), len(q.Outputs))
	}
	for _, n := range q.Nodes {
		if n.Type == 0 {
			t.Errorf("node without type: %+v", n)
		}
	}
}

func TestBuilderRefuses(t *testing.T) {
	env := accounts(t)
	b := NewBuilder(minori.Account, endOf(t, "2024-12-31"), nil)
	person := &Env{Kind: minori.Person}
	for _, c := range []struct {
		name string
		e    *Expr
		want string
	}{
		{"a", check(t, "account.x", env), ""},
		{"a", check(t, "account.x", env), ""},
		{"a", check(t, "account.y", env), "two different outputs"},
		{"b", check(t, `score("health")`, env), "second stage"},
		{"c", check(t, `person.tenure_days`, person), "is for person"},
	} {
		err := b.Add(c.name, c.e, false)
		if (err == nil) != (c.want == "") || err != nil && !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s %s: %v, want %q", c.name, c.e.Source, err, c.want)
		}
	}
}

func TestUnknownMetricsInQuery(t *testing.T) {
	env := accounts(t)
	b := NewBuilder(minori.Account, endOf(t, "2024-12-31"), func(m metric.Ref) metric.Reason { return metric.Building })
	if err := b.Add("a", check(t, `change("usage.login", "7d") + account.x`, env), false); err != nil {
		t.Fatal(err)
	}
	for _, l := range b.Query(nil).Leaves {
		if want := map[bool]metric.Reason{true: metric.Building}[l.Kind == metric.LeafMetric]; l.Unknown != want {
			t.Errorf("%s: %s", LeafName(l), l.Unknown)
		}
	}
}

func TestSecondStage(t *testing.T) {
	env := accounts(t)
	first := NewBuilder(minori.Account, endOf(t, "2024-12-31"), nil)
	if err := first.Add("measure:adoption", env.Measures["adoption"], true); err != nil {
		t.Fatal(err)
	}
	stage := NewStage(first)
	cond := check(t, `score("health") < 50 && measure("adoption") < 0 && account.vip && change("usage.feature", "7d") < 0 && score_change("health", "1m") < 0`, env)
	for _, name := range []string{"rule", "same"} {
		if err := stage.Add(name, cond, false); err != nil {
			t.Fatal(err)
		}
	}
	q := stage.Query(nil)
	for _, l := range q.Leaves {
		if l.Kind != metric.LeafColumn {
			t.Errorf("leaf %s is no column", LeafName(l))
		}
	}
	got := tree(q, q.Outputs[0].Node)
	for _, part := range []string{"lt(score:health 50)", "lt(measure:adoption 0)", "leaf:field:3:2", "lt(score_change:health:1m 0)",
		"change(leaf:sum:2:usage.feature:2024-12-25:2024-12-31 leaf:sum:2:usage.feature:2024-12-18:2024-12-24)"} {
		if !strings.Contains(got, part) {
			t.Errorf("%s lacks %s", got, part)
		}
	}
	var outputs []string
	fq := first.Query(nil)
	for _, o := range fq.Outputs {
		outputs = append(outputs, o.Name)
	}
	wantOut := []string{"measure:adoption", "leaf:field:3:2", "leaf:sum:2:usage.feature:2024-12-25:2024-12-31", "leaf:sum:2:usage.feature:2024-12-18:2024-12-24"}
	if strings.Join(outputs, " ") != strings.Join(wantOut, " ") {
		t.Errorf("first stage gives %v, want %v", outputs, wantOut)
	}
	if !strings.HasPrefix(tree(fq, fq.Outputs[0].Node), "final(") {
		t.Error("the measure is not rounded")
	}
	cols := stage.Columns()
	if len(cols) != 2 || cols[0].Name != "score:health" || cols[1] != (Column{
		Name: "score_change:health:1m", Fn: "score_change", Of: "health", Window: minori.Window{N: 1, Unit: minori.Months}, Type: metric.Number,
	}) {
		t.Errorf("columns %+v", cols)
	}
}

func TestAddLeaves(t *testing.T) {
	env := accounts(t)
	b := NewBuilder(minori.Account, endOf(t, "2024-12-31"), nil)
	if err := b.AddLeaves(check(t, `measure("busy") && account.vip && score("health") > 3`, env)); err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, o := range b.Query(nil).Outputs {
		names = append(names, o.Name)
	}
	want := "leaf:sum:1:usage.login:2024-12-04:2024-12-31 leaf:sum:1:usage.login:2024-11-06:2024-12-03 leaf:field:3:2"
	if strings.Join(names, " ") != want {
		t.Errorf("%v", names)
	}
}
