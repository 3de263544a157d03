package measure

import (
	"math"
	"sync"
	"testing"
	"time"

	minori "github.com/minori-hq/minori"
	"github.com/minori-hq/minori/metric"
)

func TestThreeValuedLogic(t *testing.T) {
	env := accounts(t)
	and, or := check(t, "account.p && account.q", env), check(t, "account.p || account.q", env)
	no, cond := check(t, "!account.p", env), check(t, "account.p ? 1 : 2", env)
	yes, nay := truth(true), truth(false)
	a, b := gone(metric.NoData), gone(metric.Stale)
	for _, c := range []struct {
		p, q             metric.Value
		and, or          string
		not, conditional string
	}{
		{yes, yes, "true", "true", "false", "1"},
		{yes, nay, "false", "true", "false", "1"},
		{nay, yes, "false", "true", "true", "2"},
		{nay, nay, "false", "false", "true", "2"},
		{nay, a, "false", "no_data", "true", "2"},
		{a, nay, "false", "no_data", "no_data", "no_data"},
		{yes, a, "no_data", "true", "false", "1"},
		{a, yes, "no_data", "true", "no_data", "no_data"},
		{a, b, "no_data", "no_data", "no_data", "no_data"},
		{b, a, "stale", "stale", "stale", "stale"},
	} {
		look := fields(env, map[string]metric.Value{"p": c.p, "q": c.q})
		for _, g := range []struct {
			e    *Expr
			want string
		}{{and, c.and}, {or, c.or}, {no, c.not}, {cond, c.conditional}} {
			if got := eval(t, g.e, look, endOf(t, "2024-12-31")); got != g.want {
				t.Errorf("%s with p %s, q %s: %s, want %s", g.e.Source, show(c.p), show(c.q), got, g.want)
			}
		}
	}
}

func TestEval(t *testing.T) {
	env := accounts(t)
	look := fields(env, map[string]metric.Value{
		"seats": num(12), "tier": txt("Gold"), "vip": truth(true), "name": txt("Bank of 東京"), "x": gone(metric.NoData), "y": gone(metric.Stale),
		"region": txt("12.5"),
	})
	for src, want := range map[string]string{
		"account.seats + 1 * 2 - 4 / 8":                "13.5",
		"-account.seats":                               "-12",
		"account.seats / 0":                            "division_by_zero",
		"0 / 0":                                        "division_by_zero",
		"account.x / 0":                                "no_data",
		"0 / account.y":                                "stale",
		"account.x + account.y":                        "no_data",
		"account.y + account.x":                        "stale",
		"account.x > account.y":                        "no_data",
		"account.y == account.x":                       "stale",
		"account.x != account.y":                       "no_data",
		"1e308 * 10":                                   "not_finite",
		"1e308 + 1e308":                                "not_finite",
		"-1e308 - 1e308":                               "not_finite",
		"1e308 / 1e-10":                                "not_finite",
		"(1e308 * 10).or(3)":                           "3",
		"known(1 / 0)":                                 "false",
		"known(account.x)":                             "false",
		"known(account.seats)":                         "true",
		"!known(account.x) && true":                    "true",
		"account.x.or(7)":                              "7",
		"account.x.or(account.y)":                      "stale",
		"account.seats.or(account.y)":                  "12",
		`account.tier.or("none")`:                      `"Gold"`,
		`account.tier in ["Gold", "Silver"]`:           "true",
		`account.tier in ["Silver"]`:                   "false",
		"account.seats in [1, -2, 12]":                 "true",
		"account.seats in [1, 12.0]":                   "true",
		"account.x in [1]":                             "no_data",
		`account.name.startsWith("Bank")`:              "true",
		`account.name.endsWith("東京")`:                  "true",
		`account.name.contains("of")`:                  "true",
		`account.name.contains("Of")`:                  "false",
		`account.tier < "H"`:                           "true",
		`"Z" < "a"`:                                    "true",
		"abs(-3)":                                      "3",
		"round(2.5)":                                   "3",
		"round(-2.5)":                                  "-3",
		"min(3, 1, 2)":                                 "1",
		"max(3, 1, account.seats)":                     "12",
		"max(1, account.y, account.x)":                 "stale",
		"double(account.vip) + double(account.region)": "13.5",
		`double(account.tier)`:                         "no_value",
		`double(3)`:                                    "3",
		"account.x > 1 ? 1 : 2":                        "no_data",
		"account.vip ? account.x : 2":                  "no_data",
		"account.vip ? 2 : account.x":                  "2",
		"true || account.x > 1 / 0":                    "true",
		"account.x > 1 && account.y > 1 && account.seats > 100": "false",
		"account.x > 1 && account.y > 1 && account.vip":         "no_data",
		"account.p":           "no_value",
		"3 == 3.0":            "true",
		"9 / 2":               "4.5",
		"account.vip == true": "true",
	} {
		if got := eval(t, check(t, src, env), look, endOf(t, "2024-12-31")); got != want {
			t.Errorf("%s = %s, want %s", src, got, want)
		}
	}
}

func TestChangeAndPer(t *testing.T) {
	env := accounts(t)
	asOf := endOf(t, "2024-12-31")
	change, per := check(t, `change("usage.login", "28d")`, env), check(t, `per("usage.login", "28d", "seats")`, env)
	now, before := "leaf:sum:1:usage.login:2024-12-04:2024-12-31", "leaf:sum:1:usage.login:2024-11-06:2024-12-03"
	seats := "leaf:field:1:1"
	for _, c := range []struct {
		e    *Expr
		is   byName
		want string
	}{
		{change, byName{now: num(15), before: num(10)}, "0.5"},
		{change, byName{now: num(15), before: num(-10)}, "-2.5"},
		{change, byName{now: num(15), before: num(0)}, "no_previous"},
		{change, byName{now: num(15), before: gone(metric.NoData)}, "no_previous"},
		{change, byName{now: gone(metric.NoData), before: gone(metric.Stale)}, "no_data"},
		{change, byName{now: num(1e300), before: num(1e-300)}, "not_finite"},
		{per, byName{now: num(15), seats: num(10)}, "1.5"},
		{per, byName{now: num(15), seats: num(0)}, "division_by_zero"},
		{per, byName{now: num(15), seats: gone(metric.NoValue)}, "no_value"},
		{per, byName{now: gone(metric.NoData), seats: num(0)}, "no_data"},
	} {
		if got := eval(t, c.e, c.is.lookup, asOf); got != c.want {
			t.Errorf("%s of %v = %s, want %s", c.e.Source, c.is, got, c.want)
		}
	}
}

func TestStaleMetricsAreNotLookedUp(t *testing.T) {
	env := accounts(t)
	e := check(t, `sum("usage.login", "7d") + sum("usage.feature", "7d")`, env)
	stale := func(m metric.Ref) metric.Reason {
		if m.Name == "usage.feature" {
			return metric.Stale
		}
		return metric.Known
	}
	looked := 0
	v, err := e.Eval(func(l metric.Leaf) metric.Value { looked++; return num(1) }, endOf(t, "2024-12-31"), stale)
	if err != nil || v.Reason != metric.Stale || looked != 1 {
		t.Errorf("%v, %v, looked up %d leaves", v, err, looked)
	}
}

func TestMeasuresAreRoundedWhereUsed(t *testing.T) {
	env := accounts(t)
	ms, err := Order([]Definition{
		{Name: "third", Subject: minori.Account, Value: "account.x / 3"},
		{Name: "sixth", Subject: minori.Account, Value: `measure("third") / 2`},
	}, env)
	if err != nil {
		t.Fatal(err)
	}
	look := fields(env, map[string]metric.Value{"x": num(1)})
	if got := eval(t, ms[0], look, endOf(t, "2024-12-31")); got != "0.3333333333333333" {
		t.Errorf("third = %s", got)
	}
	if got := eval(t, ms[1], look, endOf(t, "2024-12-31")); got != "0.1666666665" {
		t.Errorf("sixth = %s", got)
	}
}

func TestRound9(t *testing.T) {
	for in, want := range map[float64]float64{
		1.0 / 3: 0.333333333, -2.0 / 3: -0.666666667, 0.1 + 0.2: 0.3, 1e300: 1e300, math.MaxFloat64: math.MaxFloat64, 5e-10: 1e-9, 4e-10: 0, 12: 12,
	} {
		if got := Round9(in); got != want {
			t.Errorf("Round9(%v) = %v, want %v", in, got, want)
		}
	}
}

func TestScoresAreColumns(t *testing.T) {
	env := accounts(t)
	e := check(t, `score("health") < 50 && band("health") == "red" && score_change("health", "4w") < 0 && open_calls("risk") == 0`, env)
	is := byName{"score:health": num(40), "band:health": txt("red"), "score_change:health:28d": num(-3), "open_calls:risk": num(0)}
	if got := eval(t, e, is.lookup, endOf(t, "2024-12-31")); got != "true" {
		t.Error(got)
	}
	if !e.NeedsScores() || check(t, "account.x > 1", env).NeedsScores() {
		t.Error("NeedsScores is wrong")
	}
}

func TestProperties(t *testing.T) {
	env := &Env{Properties: true}
	e, err := Condition(`properties.beta == false && properties.size * 2 > 3 && 4 != properties.size && properties.plan != "free"
		&& properties.plan in ["a", "b"] && (properties.ok || properties.plan.startsWith("a")) && properties.n in [1, 2]
		&& (properties.m.or(3) > 2) && properties.s == properties.plan && known(properties.z)`, minori.Position{}, env)
	if err != nil {
		t.Fatal(err)
	}
	want := map[string]metric.Type{
		"beta": metric.Bool, "size": metric.Number, "plan": metric.Text, "ok": metric.Bool, "n": metric.Number, "m": metric.Number, "s": metric.Text,
		"z": metric.Text,
	}
	seen := 0
	_, err = e.Values(func(l metric.Leaf) metric.Value {
		seen++
		if l.Kind != metric.LeafProperty || l.Type != want[l.Column] {
			t.Errorf("property %s is %s, want %s", l.Column, l.Type, want[l.Column])
		}
		return gone(metric.NoValue)
	}, minori.AsOf{}, nil, minori.EN)
	if err != nil || seen != len(want) {
		t.Errorf("%d properties, %v", seen, err)
	}
	v, err := e.Eval(byName{"leaf:property:beta:2": truth(true)}.lookup, minori.AsOf{}, nil)
	if err != nil || show(v) != "false" {
		t.Errorf("%v %v", v, err)
	}
}

func TestLiveAsOfKeepsWindows(t *testing.T) {
	env := accounts(t)
	live := minori.At(time.Date(2024, 12, 31, 12, 0, 0, 0, time.UTC), time.UTC)
	e := check(t, `sum("usage.login", "7d")`, env)
	if got := eval(t, e, byName{"leaf:sum:1:usage.login:2024-12-25:2024-12-31": num(4)}.lookup, live); got != "4" {
		t.Error(got)
	}
}

func TestConcurrentUse(t *testing.T) {
	env := accounts(t)
	e := check(t, `measure("busy") || account.seats > 3`, env)
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			for range 50 {
				if _, err := Check(`account.x + 1`, minori.Position{}, env); err != nil {
					t.Error(err)
				}
				if got := eval(t, e, fields(env, map[string]metric.Value{"seats": num(4)}), minori.EndOf(20000, time.UTC)); got != "true" {
					t.Error(got)
				}
			}
		})
	}
	wg.Wait()
}
