package rule_test

import (
	"testing"
	"time"

	minori "github.com/minori-hq/minori"
	"github.com/minori-hq/minori/metric"
	"github.com/minori-hq/minori/rule"
)

var tokyo = time.FixedZone("Tokyo", 9*3600)

// value reads t, f and ? as true, false and unknown.
func value(c byte) metric.Value {
	v := metric.Value{Type: metric.Bool}
	switch c {
	case 't':
		v.Num = 1
	case '?':
		v.Reason, v.Num = metric.Stale, 1
	}
	return v
}

func day(d int) minori.AsOf { return minori.EndOf(minori.Day(20000+d), tokyo) }

// run steps a rule once a day, one letter of when and until per day, and
// writes one letter per day: i, p, a for the phases, A where an episode opens,
// I where one closes, and an apostrophe behind a held state.
func run(def rule.Rule, when, until string) (string, rule.State) {
	var s rule.State
	out := ""
	for i := range len(when) {
		u := value('?')
		if until != "" {
			u = value(until[i])
		}
		c, _ := rule.Step(def, 7, s, day(i), tokyo, value(when[i]), u, "usage")
		s = c.State
		letter := string(s.Phase[:1])
		if c.Opened {
			letter = "A"
		}
		if c.Closed {
			letter = "I"
		}
		if s.HoldSince != 0 {
			letter += "'"
		}
		out += letter
	}
	return out, s
}

func days(n int) rule.Duration { return rule.Duration{Days: n} }

func TestStep(t *testing.T) {
	plain := rule.Rule{}
	week := rule.Rule{For: days(3)}
	until := rule.Rule{Until: "x"}
	cool := rule.Rule{Cooldown: days(4)}
	both := rule.Rule{For: days(2), Cooldown: days(4)}
	for _, c := range []struct {
		name        string
		def         rule.Rule
		when, until string
		want        string
	}{
		{"never holds", week, "ffff", "", "iiii"},
		{"active once it has held for the whole time", week, "fttttt", "", "ipppAa"},
		{"without for it is active at once", plain, "ft", "", "iA"},
		{"false ends pending", week, "ttfttttt", "", "ppipppAa"},
		{"unknown neither resets nor completes pending", week, "tt??t", "", "ppp'p'A"},
		{"unknown holds inactive", week, "?t", "", "i'p"},
		{"by default the end is when not holding", plain, "ttft", "", "AaIA"},
		{"unknown holds active", plain, "t??tf", "", "Aa'a'aI"},
		{"until ends it", until, "tfff", "fftt", "AaIi"},
		{"without until holding it goes on, whatever when says", until, "tf?f", "ffff", "Aaaa"},
		{"both hold: active stays", until, "ttt", "ttt", "Aaa"},
		{"both hold, then when no more", until, "ttf", "ttt", "AaI"},
		{"unknown until holds", until, "tfff", "f??t", "Aa'a'I"},
		{"until holds but when is unknown", until, "t?f", "ttt", "Aa'I"},
		{"until does not matter before active", rule.Rule{Until: "x", For: days(1)}, "tt", "??", "pA"},
		{"cooldown runs from the end of one to the start of the next", cool, "tfttttt", "", "AIpppAa"},
		{"pending runs during cooldown", both, "tttfttttt", "", "ppAIpppAa"},
		{"pending that ends during cooldown starts again", both, "tttftftttt", "", "ppAIpippAa"},
		{"unknown after cooldown does not start", cool, "tftttt?t", "", "AIpppAa'a"},
		{"unknown at the end of cooldown", cool, "tfttt?t", "", "AIpppp'A"},
	} {
		if got, _ := run(c.def, c.when, c.until); got != c.want {
			t.Errorf("%s: %s / %s gives %s, want %s", c.name, c.when, c.until, got, c.want)
		}
	}
}

func TestStepKeepsTimesAndNumbers(t *testing.T) {
	def := rule.Rule{For: days(2)}
	_, s := run(def, "fttttf", "")
	want := rule.State{Rule: 7, Phase: rule.Inactive, Since: day(5).Micros(), Episode: 1, Ended: day(5).Micros(), Step: day(5).Micros()}
	if s != want {
		t.Errorf("after the first episode: %+v, want %+v", s, want)
	}
	_, s = run(def, "ftt", "")
	if s.Phase != rule.Pending || s.Since != day(1).Micros() || s.Episode != 0 {
		t.Errorf("pending since the first as-of where when held: %+v", s)
	}
	if _, s = run(def, "tttftttt", ""); s.Episode != 2 || s.Since != day(6).Micros() {
		t.Errorf("the second episode: %+v", s)
	}
}

func TestHoldSaysSinceWhenAndWhy(t *testing.T) {
	def := rule.Rule{For: days(9)}
	c, changed := rule.Step(def, 7, rule.State{}, day(0), tokyo, value('?'), value('f'), "usage")
	if !changed || c.State.HoldSince != day(0).Micros() || c.State.HoldReason != "usage" || !c.State.Trivial() {
		t.Errorf("first unknown: %+v, changed %v", c, changed)
	}
	c, changed = rule.Step(def, 7, c.State, day(1), tokyo, value('?'), value('f'), "usage")
	if changed || c.State.HoldSince != day(0).Micros() || c.State.Step != day(1).Micros() {
		t.Errorf("still unknown: %+v, changed %v", c, changed)
	}
	c, changed = rule.Step(def, 7, c.State, day(2), tokyo, value('?'), value('f'), "seats")
	if !changed || c.State.HoldSince != day(0).Micros() || c.State.HoldReason != "seats" {
		t.Errorf("unknown for another reason: %+v, changed %v", c, changed)
	}
	c, changed = rule.Step(def, 7, c.State, day(3), tokyo, value('t'), value('f'), "")
	if !changed || c.State.HoldSince != 0 || c.State.HoldReason != "" || c.State.Trivial() {
		t.Errorf("known again: %+v, changed %v", c, changed)
	}
}

func TestStepsOnlyForward(t *testing.T) {
	_, s := run(rule.Rule{}, "tt", "")
	for _, d := range []int{1, 0, -5} {
		c, changed := rule.Step(rule.Rule{}, 7, s, day(d), tokyo, value('f'), value('t'), "")
		if changed || c.Closed || c.Opened || c.State != s {
			t.Errorf("a step at day %d changed %+v to %+v", d, s, c)
		}
	}
	old := minori.EndOf(-400, tokyo)
	if c, _ := rule.Step(rule.Rule{}, 7, rule.State{}, old, tokyo, value('t'), value('f'), ""); !c.Opened {
		t.Error("a first step before 1970 changes nothing")
	}
}

func TestDaysAreCalendarDays(t *testing.T) {
	def := rule.Rule{For: days(1)}
	late := minori.At(time.Date(2024, 3, 1, 23, 30, 0, 0, tokyo), tokyo)
	next := minori.At(time.Date(2024, 3, 2, 0, 10, 0, 0, tokyo), tokyo)
	c, _ := rule.Step(def, 7, rule.State{}, late, tokyo, value('t'), value('f'), "")
	if c, _ = rule.Step(def, 7, c.State, next, tokyo, value('t'), value('f'), ""); !c.Opened {
		t.Error("the next calendar day of the workspace is a day later")
	}
	c, _ = rule.Step(def, 7, rule.State{}, minori.At(time.Date(2024, 3, 2, 0, 10, 0, 0, tokyo), tokyo), tokyo, value('t'), value('f'), "")
	same := minori.At(time.Date(2024, 3, 2, 23, 50, 0, 0, tokyo), tokyo)
	if c, _ = rule.Step(def, 7, c.State, same, tokyo, value('t'), value('f'), ""); c.State.Phase != rule.Pending {
		t.Error("the same calendar day is not a day later, though UTC has another")
	}
}

func TestHoursAndMinutesAreClockTime(t *testing.T) {
	def := rule.Rule{For: rule.Duration{Clock: 90 * time.Minute}}
	start := time.Date(2024, 3, 1, 23, 30, 0, 0, tokyo)
	c, _ := rule.Step(def, 7, rule.State{}, minori.At(start, tokyo), tokyo, value('t'), value('f'), "")
	early, _ := rule.Step(def, 7, c.State, minori.At(start.Add(90*time.Minute-time.Microsecond), tokyo), tokyo, value('t'), value('f'), "")
	if early.Opened {
		t.Error("opened a microsecond early")
	}
	if c, _ = rule.Step(def, 7, c.State, minori.At(start.Add(90*time.Minute), tokyo), tokyo, value('t'), value('f'), ""); !c.Opened {
		t.Error("not open after 90 minutes")
	}
}
