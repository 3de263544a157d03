package ingesttest

import (
	"fmt"
	"math"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"pgregory.net/rapid"

	minori "github.com/minori-hq/minori"
	"github.com/minori-hq/minori/ingest"
	"github.com/minori-hq/minori/metric"
)

// life is what happens around some accounts: events, and what says whose they
// are, which may come before or after them.
type life struct {
	first    minori.ID // the accounts are first … first + 2
	people   []person
	happened []happening
}

// person is an actor under several names; any of them may be linked to the account.
type person struct {
	names   []string
	account minori.ID
	linked  int // index of the name that is linked
}

// happening is an event of a person, or of nobody.
type happening struct {
	person, name int  // person -1: nobody
	named        bool // the event names the account itself
	account      minori.ID
	day          minori.Day
	second       int // different for all
	body         string
}

func lifeOf(first minori.ID) *rapid.Generator[life] {
	return rapid.Custom(func(r *rapid.T) life {
		l := life{first: first}
		account := func() minori.ID { return first + minori.ID(rapid.IntRange(0, 2).Draw(r, "account")) }
		for i := range rapid.IntRange(1, 4).Draw(r, "people") {
			p := person{account: account()}
			for j := range rapid.IntRange(1, 3).Draw(r, "names") {
				p.names = append(p.names, fmt.Sprintf("p%d-%d-%d", first, i, j))
			}
			p.linked = rapid.IntRange(0, len(p.names)-1).Draw(r, "linked")
			l.people = append(l.people, p)
		}
		for i := range rapid.IntRange(1, 20).Draw(r, "events") {
			h := happening{person: rapid.IntRange(-1, len(l.people)-1).Draw(r, "person"), second: 100 * i, named: rapid.Bool().Draw(r, "named"), account: account()}
			h.day = today - minori.Day(rapid.IntRange(0, 40).Draw(r, "days ago"))
			h.body = rapid.SampledFrom([]string{"", `{"minutes":3}`, `{"minutes":-2,"plan":"x"}`, `{"minutes":8,"plan":"y","beta":true}`, `{"plan":"x"}`}).Draw(r, "body")
			if h.person >= 0 {
				h.name = rapid.IntRange(0, len(l.people[h.person].names)-1).Draw(r, "under")
			} else {
				h.named = true
			}
			l.happened = append(l.happened, h)
		}
		return l
	})
}

// rows are the events as a file would bring them, of the accounts they belong to.
func (l life) rows() []metric.EventRow {
	var out []metric.EventRow
	for i, h := range l.happened {
		e := metric.EventRow{Row: metric.Row{Line: i, Key: metric.Hash{Hi: uint64(l.first), Lo: uint64(i)}}, Subject: h.account, Name: "login",
			Time: at(h.day, h.second), Day: h.day, Properties: h.body}
		if h.person >= 0 {
			p := l.people[h.person]
			e.Actor = p.names[len(p.names)-1]
			if !h.named {
				e.Subject = p.account
			}
		}
		out = append(out, e)
	}
	return out
}

// messages are the events as they are tracked.
func (l life) messages(b *bench) []ingest.Received {
	var out []ingest.Received
	for _, h := range l.happened {
		m := b.message(ingest.Track, "login", "", "", h.day, h.second, h.body)
		if h.person >= 0 {
			m.User = l.people[h.person].names[h.name]
		}
		if h.named {
			m.Account = fmt.Sprint("a", h.account)
		}
		out = append(out, m)
	}
	return out
}

// deltas say who is who: each one step, in an order in which they can come.
func (l life) deltas() [][]metric.Delta {
	var out [][]metric.Delta
	for i := range 3 {
		id := l.first + minori.ID(i)
		out = append(out, []metric.Delta{{Subjects: []metric.SubjectRow{{Kind: minori.Account, ID: id, Key: fmt.Sprint("a", id)}}}})
	}
	for _, p := range l.people {
		steps := []metric.Delta{{Links: []metric.Link{{Actor: p.names[p.linked], Account: p.account, Since: at(today-20, 0)}}}}
		for i := range len(p.names) - 1 {
			steps = append(steps, metric.Delta{Merges: []metric.Merge{{Old: p.names[i], New: p.names[i+1]}}})
		}
		out = append(out, steps)
	}
	return out
}

// anyOrder: however messages are received and folded, and whenever it becomes
// known whose they are, in the end the numbers are those of importing them at
// once.
func anyOrder(t *testing.T, b *bench) {
	b.ok(b.l.DefineMetrics(b.ctx, defs()))
	o := &bench{T: t, ctx: b.ctx, l: b.another()}
	defer func() { o.ok(o.l.Close()) }()
	o.ok(o.l.DefineMetrics(b.ctx, defs()))
	first := minori.ID(1)
	rapid.Check(t, func(r *rapid.T) {
		l := lifeOf(first).Draw(r, "life")
		first += 3
		for _, ds := range l.deltas()[:3] {
			o.apply(ds[0])
		}
		_, err := o.l.Ingest(b.ctx, metric.Ingest{Source: 1, Import: int64(first), Events: l.rows()})
		o.ok(err)
		b.live(r, l)
		if diff := cmp.Diff(o.state(l), b.state(l), cmpopts.EquateNaNs()); diff != "" {
			r.Fatalf("imported against received: %s", diff)
		}
		_, waiting, err := b.l.Backlog(b.ctx)
		b.ok(err)
		if waiting != 0 {
			r.Fatalf("%d are still waiting", waiting)
		}
	})
}

// live receives and folds a life in some order.
func (b *bench) live(r *rapid.T, l life) {
	ms, steps := l.messages(b), l.deltas()
	for len(ms)+len(steps) > 0 {
		switch what := rapid.IntRange(0, 9).Draw(r, "step"); {
		case what < 4 && len(ms) > 0:
			n := rapid.IntRange(1, len(ms)).Draw(r, "messages")
			b.receive(ms[:n]...)
			ms = ms[n:]
		case what < 7 && len(steps) > 0:
			i := rapid.IntRange(0, len(steps)-1).Draw(r, "of whom")
			b.apply(steps[i][0])
			if steps[i] = steps[i][1:]; len(steps[i]) == 0 {
				steps = append(steps[:i], steps[i+1:]...)
			}
		case what == 9 && rapid.IntRange(0, 9).Draw(r, "compact") == 0:
			b.ok(b.l.Compact(b.ctx))
		default:
			_, err := b.l.Fold(b.ctx, math.MaxInt64, rapid.IntRange(1, 30).Draw(r, "limit"), rapid.Bool().Draw(r, "retry"))
			b.ok(err)
		}
	}
	for {
		f := b.fold()
		if inbox, _, err := b.l.Backlog(b.ctx); err != nil || inbox == 0 && f.Attached == 0 {
			b.ok(err)
			return
		}
	}
}

// state is all that can be asked about the accounts of a life.
func (b *bench) state(l life) map[minori.ID]any {
	var leaves []metric.Leaf
	for _, days := range []int{15, 90} {
		for _, fn := range []metric.Fn{metric.Sum, metric.Count, metric.Min, metric.Max, metric.ActiveDays, metric.DaysSince, metric.Last} {
			leaves = append(leaves, leaf(minutes, fn, days), leaf(login, fn, days), leaf(beta, fn, days))
		}
		actors := leaf(login, metric.Actors, days)
		of := actors
		of.Filter = map[string]string{"plan": "x"}
		leaves = append(leaves, actors, of)
	}
	answers := b.ask(leaves...)
	out := map[minori.ID]any{}
	for i := range 3 {
		id := l.first + minori.ID(i)
		days := map[string]any{}
		for _, m := range refs {
			for _, filter := range []map[string]string{nil, {"plan": "x"}, {"plan": "y"}} {
				if filter != nil && len(m.By) == 0 {
					continue
				}
				p, err := b.l.Series(b.ctx, id, m, filter, 0, today)
				b.ok(err)
				days[fmt.Sprint(m.Name, filter)] = p
			}
		}
		out[id] = []any{answers[id], days}
	}
	latest, err := b.l.Freshness(b.ctx, asOf())
	b.ok(err)
	out[0] = latest
	return out
}
