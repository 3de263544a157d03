package rule_test

import (
	"testing"

	minori "github.com/minori-hq/minori"
	"github.com/minori-hq/minori/rule"
	"pgregory.net/rapid"
)

// move is one step of a drawn sequence.
type move struct {
	day         int
	when, until byte
}

func drawRule(t *rapid.T) rule.Rule {
	return rule.Rule{
		For:      days(rapid.IntRange(0, 4).Draw(t, "for")),
		Cooldown: days(rapid.IntRange(0, 6).Draw(t, "cooldown")),
		Until:    rapid.SampledFrom([]string{"", "x"}).Draw(t, "until"),
	}
}

func drawMoves(t *rapid.T) []move {
	letters := rapid.SampledFrom([]byte("tttfff?"))
	at := 0
	return rapid.SliceOfN(rapid.Custom(func(t *rapid.T) move {
		at += rapid.IntRange(1, 3).Draw(t, "gap")
		return move{at, letters.Draw(t, "when"), letters.Draw(t, "until")}
	}), 0, 40).Draw(t, "moves")
}

func play(def rule.Rule, s rule.State, moves []move) (rule.State, []rule.Change) {
	var changes []rule.Change
	for _, m := range moves {
		c, changed := rule.Step(def, 7, s, day(m.day), tokyo, value(m.when), value(m.until), "usage")
		if s = c.State; changed {
			changes = append(changes, c)
		}
	}
	return s, changes
}

func TestReplayChangesNothing(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		def, moves := drawRule(t), drawMoves(t)
		s, _ := play(def, rule.State{}, moves)
		again, changes := play(def, s, moves)
		if again != s || len(changes) != 0 {
			t.Fatalf("replayed, %+v became %+v by %v", s, again, changes)
		}
	})
}

// Storing a state only when a step changed it, and forgetting those that are
// trivial and not held, gives the same states and episodes as keeping all.
func TestStoringOnlyChangesGivesTheSame(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		def, moves := drawRule(t), drawMoves(t)
		var whole, stored rule.State
		for _, m := range moves {
			a, _ := rule.Step(def, 7, whole, day(m.day), tokyo, value(m.when), value(m.until), "usage")
			b, changed := rule.Step(def, 7, stored, day(m.day), tokyo, value(m.when), value(m.until), "usage")
			whole = a.State
			if changed {
				if stored = b.State; stored.Trivial() && stored.HoldSince == 0 {
					stored = rule.State{}
				}
			}
			if a.Opened != b.Opened || a.Closed != b.Closed {
				t.Fatalf("day %d: %+v, stored sparsely %+v", m.day, a, b)
			}
			if !whole.Trivial() && (whole.Phase != stored.Phase || whole.Since != stored.Since || whole.Episode != stored.Episode) {
				t.Fatalf("day %d: %+v, stored sparsely %+v", m.day, whole, stored)
			}
		}
	})
}

func TestAnyOrderOfPartsGivesTheSame(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		def, moves := drawRule(t), drawMoves(t)
		whole, changes := play(def, rule.State{}, moves)
		cut := rapid.IntRange(0, len(moves)).Draw(t, "cut")
		half, first := play(def, rule.State{}, moves[:cut])
		back := rapid.IntRange(0, cut).Draw(t, "overlap")
		split, second := play(def, half, moves[cut-back:])
		if split != whole || len(first)+len(second) != len(changes) {
			t.Fatalf("in one run %+v with %d changes, in two %+v with %d and %d", whole, len(changes), split, len(first), len(second))
		}
	})
}

func TestEpisodesKeepTheirDistanceAndOrder(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		def, moves := drawRule(t), drawMoves(t)
		_, changes := play(def, rule.State{}, moves)
		open, number := false, 0
		var ended minori.Day
		for _, c := range changes {
			d := minori.At(minori.Day(0).Start(tokyo), tokyo).Day + minori.Day((c.State.Step+9*3600e6)/86400e6)
			switch {
			case c.Opened && c.Closed, c.Opened && open, c.Closed && !open:
				t.Fatalf("episodes overlap: %+v", c)
			case c.Opened:
				if number > 0 && int(d-ended) < def.Cooldown.Days {
					t.Fatalf("an episode starts %d days after the last ended, cooldown is %s", d-ended, def.Cooldown)
				}
				open, number = true, number+1
			case c.Closed:
				open, ended = false, d
			}
			if c.State.Episode != number || (c.State.Phase == rule.Active) != open {
				t.Fatalf("episode %d, open %v: %+v", number, open, c)
			}
		}
	})
}

// Without unknowns and cooldown the phase is that of the definition written
// out over the whole past.
func TestForIsHavingHeldSoLong(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		def := rule.Rule{For: days(rapid.IntRange(0, 4).Draw(t, "for"))}
		holds := rapid.SliceOfN(rapid.Bool(), 1, 40).Draw(t, "holds")
		when := ""
		for _, h := range holds {
			when += map[bool]string{true: "t", false: "f"}[h]
		}
		got, _ := run(def, when, "")
		run := 0
		for i, h := range holds {
			if run++; !h {
				run = 0
			}
			if active := run > def.For.Days; active != (got[i] == 'A' || got[i] == 'a') {
				t.Fatalf("%s gives %s; at %d active should be %v", when, got, i, active)
			}
		}
	})
}
