// Package livetest is the conformance suite of what live evaluation keeps and
// asks for: the same cases run on every database.
package livetest

import (
	"context"
	"slices"
	"testing"

	minori "github.com/minori-hq/minori"
	"github.com/minori-hq/minori/action"
	"github.com/minori-hq/minori/evaluate/live"
	"github.com/minori-hq/minori/rule"
	"github.com/minori-hq/minori/store/records"
)

// Run runs all cases.
func Run(t *testing.T, open func(t testing.TB) *records.DB) {
	t.Run("rules that are due", func(t *testing.T) { testDue(t, open(t)) })
	t.Run("cycles over some subjects", func(t *testing.T) { testPartials(t, open(t)) })
	t.Run("late subjects", func(t *testing.T) { testLate(t, open(t)) })
	t.Run("overrides that moved", func(t *testing.T) { testOverrides(t, open(t)) })
}

func check(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// testDue: what waits for the clock alone is found once, in the stretch in
// which its time ran out.
func testDue(t *testing.T, db *records.DB) {
	ctx := context.Background()
	pending := func(subject minori.ID, since, ended, held int64) rule.State {
		return rule.State{Rule: 1, Subject: subject, Phase: rule.Pending, Since: since, Ended: ended, Step: since, HoldSince: held}
	}
	states := []rule.State{pending(1, 100, 0, 0), pending(2, 100, 140, 0), pending(3, 100, 0, 110), pending(4, 130, 0, 0),
		{Rule: 1, Subject: 5, Phase: rule.Active, Since: 100, Episode: 1, Step: 100}, {Rule: 2, Subject: 6, Phase: rule.Pending, Since: 100, Step: 100}}
	check(t, db.SaveStates(ctx, states, map[int64]int64{1: 140}))
	r := rule.Clock{Rule: 1, For: 50, Cooldown: 30}
	for _, tt := range []struct {
		after, upTo int64
		want        []minori.ID
	}{{140, 149, nil}, {149, 150, []minori.ID{1}}, {150, 169, nil}, {160, 170, []minori.ID{2}}, {170, 180, []minori.ID{4}}, {140, 200, []minori.ID{1, 2, 4}}, {180, 500, nil}} {
		got, err := db.Due(ctx, r, tt.after, tt.upTo)
		check(t, err)
		if !slices.Equal(got, tt.want) {
			t.Errorf("due after %d up to %d: %v, want %v", tt.after, tt.upTo, got, tt.want)
		}
	}
	st, err := db.Standings(ctx, []int64{1}, []minori.ID{2, 6, 7})
	check(t, err)
	if st[1].Step != 140 || len(st) != 1 || len(st[1].States) != 1 || st[1].States[2] != states[1] {
		t.Errorf("standings of some: %+v", st)
	}
}

func testPartials(t *testing.T, db *records.DB) {
	ctx := context.Background()
	check(t, db.BeginPartial(ctx, minori.Account, 20, []minori.ID{3, 4}))
	check(t, db.BeginPartial(ctx, minori.Account, 10, []minori.ID{1}))
	check(t, db.BeginPartial(ctx, minori.Account, 20, []minori.ID{3, 5}))
	check(t, db.BeginPartial(ctx, minori.Person, 20, []minori.ID{9}))
	check(t, db.EndPartial(ctx, minori.Person, 20))
	got, err := db.Partials(ctx)
	check(t, err)
	if len(got) != 2 || got[0].At != 10 || got[1].At != 20 || got[1].Kind != minori.Account || !slices.Equal(got[1].Subjects, []minori.ID{3, 5}) {
		t.Errorf("open: %+v", got)
	}
}

// testLate: the earliest day counts, and what was noted again stays.
func testLate(t *testing.T, db *records.DB) {
	ctx := context.Background()
	check(t, db.AddLate(ctx, []live.Late{{Subject: 1, From: 50, Noted: 1}, {Subject: 2, From: 60, Noted: 1}}))
	first, err := db.Late(ctx, 10)
	check(t, err)
	check(t, db.AddLate(ctx, []live.Late{{Subject: 1, From: 55, Noted: 2}}))
	check(t, db.DropLate(ctx, first))
	got, err := db.Late(ctx, 10)
	check(t, err)
	if want := []live.Late{{Subject: 1, From: 50, Noted: 2}}; !slices.Equal(got, want) {
		t.Errorf("late: %+v, want %+v", got, want)
	}
}

func testOverrides(t *testing.T, db *records.DB) {
	ctx := context.Background()
	check(t, db.InsertOverride(ctx, action.Override{Subject: 1, Scorecard: "health", Value: 10, From: 100, Until: 200}))
	check(t, db.InsertOverride(ctx, action.Override{Subject: 2, Scorecard: "health", Value: 10, From: 110, Until: 300}))
	_, err := db.EndOverrides(ctx, 2, "health", 150, "x")
	check(t, err)
	got, err := db.OverridesMoved(ctx, 100, 200)
	check(t, err)
	if want := []action.OverrideMove{{Subject: 1, At: 200}, {Subject: 2, At: 110}, {Subject: 2, At: 150}}; !slices.Equal(got, want) {
		t.Errorf("moved: %v, want %v", got, want)
	}
	set, err := db.OverridesAt(ctx, "health", 120, []minori.ID{2, 3})
	check(t, err)
	if len(set) != 1 || set[2].Value != 10 {
		t.Errorf("in force: %v", set)
	}
}
