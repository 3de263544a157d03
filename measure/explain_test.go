package measure

import (
	"fmt"
	"strings"
	"testing"

	minori "github.com/minori-hq/minori"
	"github.com/minori-hq/minori/metric"
)

// lines writes a part and those below it, one per line.
func lines(p Part, indent string) string {
	s := fmt.Sprintf("%s%s[%s] %s", indent, p.Op, show(p.Value), p.Source)
	for _, v := range p.Values {
		s += fmt.Sprintf(" | %s = %s %s", v.Title, show(v.Value), v.Unit)
	}
	s = strings.TrimRight(s, " ") + "\n"
	for _, sub := range p.Parts {
		s += lines(sub, indent+"  ")
	}
	return s
}

func TestExplain(t *testing.T) {
	env := accounts(t)
	e := check(t, `account.tier in ["Gold", "Silver"] && (account.seats > 10 || measure("adoption") < -0.3) && !(account.vip && account.x + account.x > 3)`, env)
	look := fields(env, map[string]metric.Value{"tier": txt("Gold"), "seats": num(3), "vip": truth(true), "x": gone(metric.NoValue)})
	p, err := e.Explain(look, endOf(t, "2024-12-31"), nil, minori.JA)
	if err != nil {
		t.Fatal(err)
	}
	want := `and[no_value] account.tier in ["Gold", "Silver"] && (account.seats > 10 || measure("adoption") < -0.3) && !(account.vip && account.x + account.x > 3)
  [true] account.tier in ["Gold", "Silver"] | account.tier = "Gold"
  or[no_value] account.seats > 10 || measure("adoption") < -0.3
    [false] account.seats > 10 | 席数 = 3 seats
    [no_value] measure("adoption") < -0.3 | Adoption = no_value %
  not[no_value] !(account.vip && account.x + account.x > 3)
    and[no_value] account.vip && account.x + account.x > 3
      [true] account.vip | account.vip = true
      [no_value] account.x + account.x > 3 | account.x = no_value
`
	if got := lines(p, ""); got != want {
		t.Errorf("have\n%swant\n%s", got, want)
	}
}

func TestValues(t *testing.T) {
	env := accounts(t)
	e := check(t, `measure("busy") || account.seats > 3 && change("usage.login", "1w") < sum("usage.login", "7d") || account.seats < 1 || days_since("usage.login") > 3 || score("health") > 3`, env)
	look := byName{
		"leaf:sum:1:usage.login:2024-12-25:2024-12-31": num(15), "leaf:sum:1:usage.login:2024-12-18:2024-12-24": num(10),
		"leaf:sum:1:usage.login:2024-12-04:2024-12-31": num(1), "leaf:sum:1:usage.login:2024-11-06:2024-12-03": num(3), "score:health": num(7),
	}
	vs, err := e.Values(look.lookup, endOf(t, "2024-12-31"), nil, minori.EN)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, v := range vs {
		got = append(got, strings.TrimSpace(v.Name+" = "+show(v.Value)+" "+v.Unit))
	}
	want := `busy = false; account.seats = no_value seats; change("usage.login", "7d") = 0.5; sum("usage.login", "7d") = 15; days_since("usage.login") = no_value days; score("health") = 7`
	if s := strings.Join(got, "; "); s != want {
		t.Errorf("have %s\nwant %s", s, want)
	}
}
