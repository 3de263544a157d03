package measure

import (
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	minori "github.com/minori-hq/minori"
	"github.com/minori-hq/minori/metric"
	"pgregory.net/rapid"
)

// Each case is an expression and its only error, as line:column and text.
func TestErrors(t *testing.T) {
	env := accounts(t)
	for _, c := range []struct{ src, want string }{
		{`account.tire == "Gold"`, `1:1 there is no account.tire, did you mean "tier"?`},
		{`1 + account.seat`, `1:5 there is no account.seat, did you mean "seats"?`},
		{`acount.seats`, `1:1 acount.seats is not known here: the subject is account, did you mean "account"?`},
		{`person.role == "x"`, `1:1 person.role is not known here: the subject is account`},
		{`properties.x`, `1:1 properties.x is not known here: the subject is account`},
		{`account.name.first`, `1:1 account.name.first is not part of the language: only account, person and properties have names after a dot`},
		{`seats > 3`, `1:1 there is no seats: attributes are written account.name, did you mean "seats"?`},
		{`sum > 3`, `1:1 sum is a function: write sum("usage.login", "28d")`},
		{`sum("usage.logins", "28d")`, `1:5 there is no metric "usage.logins", did you mean "usage.login"?`},
		{`sum("usage.login", "28")`, `1:20 "28" is not a window: write a number of at least 1 and d, w, m, q or y, such as "28d"`},
		{`sum("usage.login", "0d")`, `1:20 "0d" is not a window: write a number of at least 1 and d, w, m, q or y, such as "28d"`},
		{`sum("usage.login", "11y")`, `1:20 the window "11y" is longer than ten years`},
		{`sum("usage.login", 28)`, `1:20 a window must be a text in quotes`},
		{`sum(account.name, "28d")`, `1:5 a metric must be a text in quotes`},
		{`1 + sum ("usage.login")`, `1:5 sum is written sum("usage.login", "28d")`},
		{`sum("usage.seats", "28d")`, `1:1 sum does not fit the gauge "usage.seats", whose values do not add up: use last, avg, min, max or change`},
		{`per("usage.seats", "28d", "seats")`, `1:1 per does not fit the gauge "usage.seats", whose values do not add up: use last, avg, min, max or change`},
		{`actors("usage.feature", "28d")`, `1:1 actors does not fit "usage.feature": who acted is kept only for metrics with actors: true`},
		{`per("usage.login", "28d", "tier")`, `1:27 account.tier is a text: per divides by a number`},
		{`per("usage.login", "28d", "seat")`, `1:27 there is no attribute "seat" of account, did you mean "seats"?`},
		{`sum("ticket.opened{prio=\"urgent\"}", "1d")`, `1:5 "ticket.opened" has no label "prio", only ["priority"]`},
		{`sum("usage.login{priority=\"urgent\"}", "1d")`, `1:5 "usage.login" cannot be filtered on "priority": it has no labels`},
		{`sum("ticket.opened{priority=urgent}", "1d")`, `1:5 the filter cannot be read at "urgent}": write name{label="value"}`},
		{`min("usage.login", "28d", "x")`, `1:1 min is written min(x, y) or min("usage.login", "28d")`},
		{`min(1)`, `1:1 min is written min(x, y) or min("usage.login", "28d")`},
		{`measure("adoptoin") > 0`, `1:9 there is no measure "adoptoin", did you mean "adoption"?`},
		{`measure("busy") > 0`, `1:17 > takes two numbers or two texts, not a boolean and a number`},
		{`score("helth") > 0`, `1:7 there is no scorecard "helth", did you mean "health"?`},
		{`score_change("health", "x") > 0`, `1:24 "x" is not a window: write a number of at least 1 and d, w, m, q or y, such as "28d"`},
		{`open_calls("Risk!") > 0`, `1:12 "Risk!" is not a type of call to action`},
		{`summ("usage.login", "28d")`, `1:1 there is no function summ, did you mean "sum"?`},
		{`account.name + "x"`, `1:14 + takes two numbers, not a text and a text`},
		{`account.x == "3"`, `1:11 == takes two values of one type, not a number and a text`},
		{`account.x && true`, `1:1 this must be a boolean, but it is a number`},
		{`!account.x`, `1:1 ! takes a boolean, not a number`},
		{`-account.vip`, `1:1 - takes a number, not a boolean`},
		{`account.vip < true`, `1:13 < takes two numbers or two texts, not a boolean and a boolean`},
		{`account.vip ? 1 : "x"`, `1:13 ?: takes a boolean and then two values of one type, not a boolean and a number and a text`},
		{`account.x.or("a")`, `1:11 or takes two values of one type, not a number and a text`},
		{`1 + (3).or(account.x)`, `1:6 a literal is always known: or() has nothing to replace`},
		{`account.x.startsWith("a")`, `1:11 startsWith takes a text on both sides, not a number and a text`},
		{`account.tier in [1, 2]`, `1:14 in takes a value and a list of literals of its type, not a text and a list of numbers`},
		{`account.tier in ["a", 2]`, `1:23 the list after in holds values of one type: this is a number, the first is a text`},
		{`account.tier in ["a", account.name]`, `1:23 the list after in holds literals only`},
		{`account.tier in []`, `1:17 after in stands a list of literals, as in account.tier in ["Gold", "Silver"]`},
		{`account.tier in account.name`, `1:17 after in stands a list of literals, as in account.tier in ["Gold", "Silver"]`},
		{`abs("x")`, `1:1 abs takes a number, not a text`},
		{`startsWith("a", "b")`, `1:1 startsWith is written account.name.startsWith("A")`},
		{`account.x.known()`, `1:11 known is written known(x)`},
		// not on the closed list
		{`size(account.name) > 3`, `1:1 there is no function size`},
		{`account.name.size() > 3`, `1:14 there is no function size`},
		{`has(account.name)`, `1:1 there is no function has`},
		{`[1, 2].exists(i, i > 1)`, `1:8 there is no function exists`},
		{`[1, 2].map(i, i)`, `1:8 there is no function map`},
		{`account.name.matches("a.*")`, `1:14 there is no function matches`},
		{`timestamp("2024-01-01T00:00:00Z")`, `1:1 there is no function timestamp`},
		{`duration("1h")`, `1:1 there is no function duration`},
		{`string(account.x)`, `1:1 there is no function string`},
		{`int(account.x)`, `1:1 there is no function int`},
		{`account.x % 2`, `1:11 % is not part of the language: the operators are + - * / == != < <= > >= && || ! ?: in`},
		{`account.name[0]`, `1:13 x[y] is not part of the language`},
		{`[1, 2]`, `1:1 a list can only stand after in, as in account.tier in ["Gold", "Silver"]`},
		{`{"a": 1}`, `1:1 this is not part of the language: an expression is made of names, literals, operators and functions`},
		{`Account{}`, `1:8 this is not part of the language: an expression is made of names, literals, operators and functions`},
		{`account.x == 1u`, `1:14 1u is not part of the language: write 1`},
		{`account.x in [1u]`, `1:15 1u is not part of the language: write 1`},
		{`account.x == null`, `1:14 null is not part of the language: known(x) tests whether there is a value`},
		{`account.name == b"x"`, `1:17 only numbers, texts in quotes, true and false can be literals`},
		{`.account.x > 1`, `1:1 .account.x is not known here: the subject is account`},
		// syntax
		{``, `1:1 the expression is empty`},
		{`  `, `1:1 the expression is empty`},
		{`account.x = 3`, `1:11 the expression cannot be read: = is not an operator: write == to compare`},
		{`account.vip and true`, `1:13 the expression cannot be read: write && for and`},
		{`account.vip or true`, `1:13 the expression cannot be read: write || for or`},
		{`not account.vip`, `1:5 the expression cannot be read: write ! for not`},
		{`account.x >`, `1:12 the expression cannot be read: the expression ends too early`},
		{`99999999999999999999`, `1:1 the expression cannot be read: the number is too large: write it with a decimal point`},
		{strings.Repeat("(", 3000) + "1" + strings.Repeat(")", 1000), `1:1 the expression is too large (at most 100 levels and 2000 parts): split it into measures`},
		{strings.Repeat("1+", 2000) + "1", `1:1 the expression is too large (at most 100 levels and 2000 parts): split it into measures`},
		{strings.Repeat("!", 4000) + "true", ``},
		{strings.Repeat("1", 5000), `1:1 the expression is longer than 4096 bytes: split it into measures`},
		{"\xff", `1:1 the expression is not UTF-8 text`},
	} {
		_, err := Check(c.src, minori.Position{}, env)
		if c.want == "" {
			if err != nil {
				t.Errorf("%.60s: %v", c.src, err)
			}
			continue
		}
		if err == nil {
			t.Errorf("%.60s: no error, want %s", c.src, c.want)
			continue
		}
		if got := messages(t, err); len(got) != 1 || !strings.HasPrefix(got[0], c.want) {
			t.Errorf("%.60s\n have %q\n want %q", c.src, got, c.want)
		}
	}
}

func TestPositions(t *testing.T) {
	env := accounts(t)
	at := minori.Position{File: "m.yaml", Line: 5, Column: 10}
	for _, c := range []struct {
		src  string
		pos  minori.Position
		want []string
	}{
		{"account.foo1 > 1", at, []string{"m.yaml:5:10: there is no account.foo1"}},
		{`account.name == "東京" && account.foo1 > 1`, at, []string{"m.yaml:5:34: there is no account.foo1"}},
		{"account.x > 1\n  && account.foo1 > 1\n&& bar()", at, []string{"m.yaml:6:15: there is no account.foo1", "m.yaml:7:13: there is no function bar"}},
		{"account.x > 1\n  && account.x > \"a\"", at, []string{"m.yaml:6:25: > takes two numbers"}},
		{"account.x > 1\n  &&", at, []string{"m.yaml:6:14: the expression cannot be read"}},
		{"1 + account.foo1", minori.Position{File: "m.yaml", Line: 5}, []string{"m.yaml:5: there is no account.foo1"}},
		{"1 + account.foo1", minori.Position{}, []string{":1:5: there is no account.foo1"}},
	} {
		_, err := Check(c.src, c.pos, env)
		if err == nil {
			t.Errorf("%s: no error", c.src)
			continue
		}
		lines := strings.Split(err.Error(), "\n")
		if len(lines) != len(c.want) {
			t.Errorf("%s: %q", c.src, lines)
			continue
		}
		for i, w := range c.want {
			if !strings.HasPrefix(lines[i], w) {
				t.Errorf("%s: %q, want %q", c.src, lines[i], w)
			}
		}
	}
}

func TestOnlyRulesSeeScores(t *testing.T) {
	env := accounts(t)
	env = &Env{Kind: env.Kind, Scorecards: env.Scorecards}
	for _, src := range []string{`score("health")`, `score_change("health", "1d")`, `band("health")`, `open_calls("risk")`} {
		if _, err := Check(src, minori.Position{}, env); err == nil || !strings.Contains(err.Error(), "is not known here") {
			t.Errorf("%s: %v", src, err)
		}
	}
}

func TestEventConditions(t *testing.T) {
	env := &Env{Properties: true}
	for src, want := range map[string]string{
		`account.x > 1`:                         `1:1 account.x is not known here: a condition on events reads properties.name`,
		`sum("usage.login", "1d") > 1`:          `1:5 there is no metric "usage.login"`,
		`beta`:                                  `1:1 beta is not known here: a condition on events reads properties.name`,
		`properties.a.b == 1`:                   `1:1 properties.a.b is not part of the language`,
		`properties.a == 1 && properties.a + 1`: `1:35 this must be a boolean, but it is a number`,
	} {
		_, err := Check(src, minori.Position{}, env)
		if err == nil {
			t.Errorf("%s: no error", src)
		} else if got := messages(t, err); len(got) != 1 || !strings.HasPrefix(got[0], want) {
			t.Errorf("%s\n have %q\n want %q", src, got, want)
		}
	}
}

func TestCondition(t *testing.T) {
	env := accounts(t)
	_, err := Condition("account.x + 1", minori.Position{File: "f", Line: 2, Column: 3}, env)
	if err == nil || err.Error() != "f:2:3: a condition must be true or false, but this is a number" {
		t.Error(err)
	}
}

func TestTypes(t *testing.T) {
	env := accounts(t)
	for src, want := range map[string]metric.Type{
		"3": metric.Number, "account.tier": metric.Text, "account.vip": metric.Bool, `measure("busy")`: metric.Bool, `measure("adoption")`: metric.Number,
		`band("health")`: metric.Text, `score("health")`: metric.Number, "known(account.x)": metric.Bool, `account.tier.or("x")`: metric.Text,
	} {
		if e := check(t, src, env); e.Type != want {
			t.Errorf("%s is %s", src, e.Type)
		}
	}
}

func TestIntegersAreDoubles(t *testing.T) {
	env := accounts(t)
	asOf := endOf(t, "2024-12-31")
	for _, c := range [][2]string{
		{"account.x > 3", "account.x > 3.0"}, {"account.x in [1, -2]", "account.x in [1.0, -2.0]"}, {"-7 / 2", "-7.0 / 2.0"}, {"0x10", "16.0"}, {"1e1", "10"},
	} {
		if a, b := compiled(t, check(t, c[0], env), asOf), compiled(t, check(t, c[1], env), asOf); a != b {
			t.Errorf("%s is %s, %s is %s", c[0], a, c[1], b)
		}
	}
}

func TestDependencies(t *testing.T) {
	env := accounts(t)
	d := check(t, `measure("busy") && sum("ticket.opened{priority=\"urgent\"}", "1d") > per("usage.login", "7d", "seats") && sum("usage.login", "1d") > 1
		&& account.arr > 1 && account.vip && (score("health") > 1 || band("support") == "red" || open_calls("risk") > 0)`, env).Dependencies()
	for _, c := range []struct{ have, want []string }{
		{d.Measures, []string{"busy"}},
		{d.Metrics, []string{"ticket.opened", "usage.login"}},
		{d.Fields, []string{"arr", "seats", "vip"}},
		{d.Scorecards, []string{"health", "support"}},
		{d.OpenCalls, []string{"risk"}},
	} {
		if !slices.Equal(c.have, c.want) {
			t.Errorf("have %v, want %v", c.have, c.want)
		}
	}
	if len(d.Columns) != 3 || d.Columns[0].Name != "band:support" {
		t.Errorf("columns %v", d.Columns)
	}
}

// seeds are expressions of every form.
func seeds() []string {
	return []string{
		`change("usage.login", "28d") < -0.3 && account.arr > 10000`, `account.tier in ["Gold", 'Silver'] || !(account.vip)`,
		`account.x ? 1 : account.y.or(-3)`, "min(1, 2u, `a`)", `[1].map(x, x)`, `"\u00e9" + r"\d"`, `a[1]{b: c}.?d`, "// c\n1", `sum("ticket.opened{priority=\"a\"}", "1m")`,
		`score("health") >= 50.0 && known(measure("busy"))`, `((((1))))`, `--1`, `-9223372036854775808`, "1 +\n\t2", `{1:2}`, `1.5e300*1e300`,
	}
}

func FuzzCheck(f *testing.F) {
	env := accounts(f)
	for _, s := range seeds() {
		f.Add(s)
	}
	asOf := endOf(f, "2024-12-31")
	f.Fuzz(func(t *testing.T, src string) {
		start := time.Now()
		e, err := Check(src, minori.Position{File: "f", Line: 3, Column: 5}, env)
		if took := time.Since(start); took > time.Second {
			t.Fatalf("took %v", took)
		}
		if err != nil {
			messages(t, err)
			return
		}
		v, err := e.Eval(func(l metric.Leaf) metric.Value { return gone(metric.NoData) }, asOf, nil)
		if err != nil || v.Type != e.Type {
			t.Fatalf("evaluates to %v, %v", v, err)
		}
		again := check(t, e.String(), env)
		if a, b := stage(t, e, asOf), stage(t, again, asOf); a != b {
			t.Fatalf("%q is %s, written as %q it is %s", src, a, e.String(), b)
		}
	})
}

// stage compiles with scores and writes the tree.
func stage(t testing.TB, e *Expr, asOf minori.AsOf) string {
	b := NewStage(NewBuilder(e.Kind, asOf, nil))
	if err := b.Add("v", e, false); err != nil {
		t.Fatal(err)
	}
	q := b.Query(nil)
	return tree(q, q.Outputs[0].Node)
}

// expression draws an expression of a type.
func expression(t metric.Type, depth int) *rapid.Generator[string] {
	leaves := map[metric.Type][]string{
		metric.Number: {"account.x", "account.seats", "account.arr", "3", "-2.5", "1e20", `sum("usage.login", "28d")`, `change("usage.seats", "1q")`,
			`measure("adoption")`, `per("usage.feature", "7d", "seats")`, `score("health")`, `max("usage.login", "1w")`},
		metric.Text: {"account.tier", "account.name", `'it\'s'`, `"a\"b\n東"`, `band("health")`},
		metric.Bool: {"account.vip", "true", "false", `measure("busy")`, "(account.x in [1,2.5,-3])", `(account.tier in ["a"])`},
	}
	// n, b and s stand for an expression of each type
	forms := map[metric.Type][]string{
		metric.Number: {"(n+n)", "(n-n)", "(n*n)", "(n/n)", "-(n)", "abs(n)", "round(n)", "min(n,n,n)", "max(n,n)", "(n+n).or(n)", "(b?n:n)", "double(s)", "double(b)"},
		metric.Text:   {"(b?s:s).or(s)", "(b?s:s)"},
		metric.Bool: {"(b&&b)", "(b||b)", "(b==b)", "(b!=b)", "!(b)", "(n<n)", "(n<=n)", "(n>n)", "(n>=n)", "(n==n)", "(n!=n)", "(s<s)", "(s==s)",
			"(s).startsWith(s)", "(s).endsWith(s)", "(s).contains(s)", "known(n)", "known(s)", "(b&&b).or(b)", "(b&&b||b&&b)"},
	}
	return rapid.Custom(func(r *rapid.T) string {
		if depth <= 0 || rapid.IntRange(0, 4).Draw(r, "stop") == 0 {
			return rapid.SampledFrom(leaves[t]).Draw(r, "leaf")
		}
		form := rapid.SampledFrom(forms[t]).Draw(r, "form")
		return regexp.MustCompile(`\b[nbs]\b`).ReplaceAllStringFunc(form, func(m string) string {
			of := map[string]metric.Type{"n": metric.Number, "b": metric.Bool, "s": metric.Text}[m]
			return expression(of, depth-1).Draw(r, "sub")
		})
	})
}

func TestPrintingRoundTrips(t *testing.T) {
	env := accounts(t)
	asOf := endOf(t, "2024-12-31")
	rapid.Check(t, func(r *rapid.T) {
		typ := rapid.SampledFrom([]metric.Type{metric.Number, metric.Bool, metric.Text}).Draw(r, "type")
		src := expression(typ, 4).Draw(r, "src")
		if len(src) > MaxSource {
			r.Skip()
		}
		e, err := Check(src, minori.Position{}, env)
		if err != nil || e.Type != typ {
			r.Fatalf("%s: %v", src, err)
		}
		if a, b := stage(t, e, asOf), stage(t, check(t, e.String(), env), asOf); a != b {
			r.Fatalf("%s is %s, written as %s it is %s", src, a, e, b)
		}
	})
}

func BenchmarkCheck(b *testing.B) {
	env := accounts(b)
	for b.Loop() {
		if _, err := Check(`measure("adoption") < -0.3 && account.arr > 10000 && account.tier in ["a", "b"]`, minori.Position{}, env); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkLanguage(b *testing.B) {
	for b.Loop() {
		if _, err := newLanguage(); err != nil {
			b.Fatal(err)
		}
	}
}
