package live_test

import (
	"flag"
	"fmt"
	"maps"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	minori "github.com/minori-hq/minori"
	"github.com/minori-hq/minori/action"
	"pgregory.net/rapid"
)

// pair is two workspaces of the same facts: in one of them only what was
// touched is evaluated, in the other one always all.
type pair struct {
	*rapid.T
	few, all *world
	keys     []string
	touched  map[minori.ID]bool
	late     map[minori.ID]minori.Day
	waiting  []string            // points to be loaded with the next batch
	days     map[minori.Day]bool // evaluated as of their end
	said     []string
}

func (p *pair) both(do func(w *world)) {
	do(p.few)
	do(p.all)
}

func (p *pair) say(format string, args ...any) { p.said = append(p.said, fmt.Sprintf(format, args...)) }

func (p *pair) account() string { return rapid.SampledFrom(p.keys).Draw(p.T, "account") }

// happen lets one thing happen.
func (p *pair) happen() {
	key := p.account()
	id := p.few.id(key)
	switch rapid.SampledFrom([]string{"point", "point", "point", "late", "late", "field", "new", "override", "clear", "close"}).Draw(p.T, "what") {
	case "point":
		p.point(id, key, p.few.now)
	case "late":
		at := p.few.now.Add(-time.Duration(rapid.IntRange(1, 80).Draw(p.T, "hours")) * time.Hour)
		p.point(id, key, at)
		if day, ok := p.late[id]; !ok || minori.DayOf(at) < day {
			p.late[id] = minori.DayOf(at)
		}
	case "field":
		row := fmt.Sprintf("%s,%d,%s", key, rapid.SampledFrom([]int{5, 30, 80}).Draw(p.T, "seats"), rapid.SampledFrom([]string{"trial", "paid"}).Draw(p.T, "tier"))
		p.say("account %s", row)
		p.both(func(w *world) { w.accounts(row) })
	case "new":
		key = fmt.Sprintf("N%d", len(p.keys))
		p.keys = append(p.keys, key)
		p.say("account %s", key)
		p.both(func(w *world) { w.accounts(key + ",20,paid") })
		id = p.few.id(key)
		p.late[id] = minori.DayOf(midday()) // it was there always
	case "override":
		value, hours := float64(rapid.IntRange(0, 100).Draw(p.T, "value")), rapid.IntRange(1, 30).Draw(p.T, "hours")
		p.say("override %s %v for %d h", key, value, hours)
		p.both(func(w *world) {
			w.ok(w.Actions.SetOverride(w.ctx, me, action.Override{Subject: id, Scorecard: "health", Value: value, Reason: "x", Until: w.now.Add(time.Duration(hours) * time.Hour).UnixMicro()}))
		})
		return // it is found by itself
	case "clear":
		p.both(func(w *world) {
			if err := w.Actions.ClearOverride(w.ctx, me, id, "health"); err == nil {
				p.say("clear %s", key)
			}
		})
		return
	case "close":
		p.close(id, key)
	}
	p.touched[id] = true
}

func (p *pair) point(id minori.ID, key string, at time.Time) {
	row := point(rapid.SampledFrom([]string{"m.use", "m.heat"}).Draw(p.T, "metric"), key, at, rapid.IntRange(0, 30).Draw(p.T, "value"))
	p.say("%s", row)
	p.waiting = append(p.waiting, row)
	p.touched[id] = true
}

// close closes the oldest open call of an account.
func (p *pair) close(id minori.ID, key string) {
	p.both(func(w *world) {
		list, _, err := w.Actions.List(w.ctx, me, action.Filter{Status: action.AnyOpen, Subject: id}, minori.Page{})
		w.ok(err)
		if len(list) > 0 {
			c := slices.MinFunc(list, func(a, b action.Call) int { return int(a.ID - b.ID) })
			_, err = w.Actions.Close(w.ctx, me, c.ID, c.Version, action.Success, "")
			w.ok(err)
			p.say("close %s of %s", c.RuleName, key)
		}
	})
}

// batch evaluates: in one workspace what was touched, in the other all.
func (p *pair) batch() {
	if len(p.waiting) > 0 {
		p.both(func(w *world) { w.points(p.waiting...) })
		p.waiting = nil
	}
	p.both(func(w *world) { w.now = w.now.Add(time.Second) }) // steps go forward only
	p.say("evaluate as of %s", p.few.now)
	ids := slices.Sorted(maps.Keys(p.touched))
	clear(p.touched)
	p.both(func(w *world) { w.ok(w.Evaluate.Drain(w.ctx)) })
	rep, err := p.few.Evaluate.Touched(p.few.ctx, minori.System(), ids, p.few.asOf())
	p.few.ok(err)
	for _, id := range rep.Again {
		p.touched[id] = true
	}
	_, err = p.all.Evaluate.Evaluate(p.all.ctx, minori.System(), p.all.asOf())
	p.all.ok(err)
	p.compare()
	for d := range p.days {
		var ids []minori.ID
		for id, from := range p.late {
			if from <= d {
				ids = append(ids, id)
				p.touched[id] = true // conditions may compare with it
			}
		}
		if len(ids) == 0 {
			continue
		}
		slices.Sort(ids)
		did, err := p.few.Evaluate.Correct(p.few.ctx, minori.System(), d, ids)
		p.few.ok(err)
		if !did {
			p.Fatalf("nothing to correct on %s", d)
		}
		_, err = p.all.Evaluate.Evaluate(p.all.ctx, minori.System(), minori.EndOf(d, time.UTC))
		p.all.ok(err)
	}
	clear(p.late)
	for d := range p.days {
		p.same("what is stored of "+d.String(), func(w *world) []string { return w.day(d) })
	}
}

// pass lets time pass; a day that is over is evaluated.
func (p *pair) pass(d time.Duration) {
	next := p.few.now.Add(d)
	for minori.DayOf(next) > minori.DayOf(p.few.now) {
		if len(p.waiting) > 0 {
			p.batch() // what came before midnight is there at midnight
		}
		over := minori.DayOf(p.few.now)
		midnight := (over + 1).Start(time.UTC)
		p.say("evaluate %s", over)
		p.both(func(w *world) {
			w.now = midnight
			_, err := w.Evaluate.Evaluate(w.ctx, minori.System(), minori.EndOf(over, time.UTC))
			w.ok(err)
		})
		p.days[over] = true
	}
	p.both(func(w *world) { w.now = next })
}

func (p *pair) same(what string, of func(w *world) []string) {
	if diff := cmp.Diff(of(p.all), of(p.few)); diff != "" {
		p.Fatalf("%s\n%s differs:\n%s", lines(p.said), what, diff)
	}
}

func (p *pair) compare() {
	p.same("the list", (*world).list)
	p.same("states", (*world).states)
	p.same("calls", (*world).calls)
	p.same("scores", func(w *world) []string { return w.latest(p.keys) })
}

func lines(said []string) string {
	out := ""
	for _, s := range said {
		out += s + "\n"
	}
	return out
}

// TestTouchedIsAll: however facts come, late or not, evaluating those they are
// about gives what evaluating all does, in every score, state, call and list.
func TestTouchedIsAll(t *testing.T) {
	empty := newWorld(t, workspace) // made once
	empty.end()
	// Fewer checks than usual: each opens two workspaces and evaluates often.
	if f := flag.Lookup("rapid.checks"); f.Value.String() == f.DefValue {
		if err := f.Value.Set("5"); err != nil {
			t.Fatal(err)
		}
		defer f.Value.Set(f.DefValue)
	}
	rapid.Check(t, func(rt *rapid.T) {
		p := &pair{T: rt, few: empty.twin(t), all: empty.twin(t), touched: map[minori.ID]bool{}, late: map[minori.ID]minori.Day{}, days: map[minori.Day]bool{}}
		defer p.few.end()
		defer p.all.end()
		p.keys = []string{"A", "B", "C", "D", "E", "F"}
		p.both(func(w *world) {
			w.accounts("A,5,trial", "B,30,paid", "C,80,paid", "D,30,trial", "E,30,", "F,,")
			w.points(point("m.use", "A", w.now.AddDate(0, 0, -2), 10), point("m.heat", "A", w.now.AddDate(0, 0, -2), 20), point("m.use", "B", w.now, 5), point("m.heat", "C", w.now, 5))
		})
		for range rapid.IntRange(4, 9).Draw(rt, "batches") {
			for range rapid.IntRange(0, 3).Draw(rt, "things") {
				p.happen()
			}
			p.pass(time.Duration(rapid.SampledFrom([]int{1, 30, 90, 125, 200, 600, 1440, 3000}).Draw(rt, "minutes")) * time.Minute)
			p.batch()
		}
	})
}
