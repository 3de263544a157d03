package traits

import (
	"cmp"
	"context"
	"maps"
	"slices"

	minori "github.com/minori-hq/minori"
	"github.com/minori-hq/minori/account"
	"github.com/minori-hq/minori/metric"
)

// actor is an actor while messages change it.
type actor struct {
	Actor
	touched bool
	fields  map[string]bool // traits that changed
	source  int64           // of the last message
	drop    []minori.ID     // own contacts of actors that were merged into this one
}

func (a *actor) touch() { a.touched = true }

// actorTraits keeps the traits of an identify.
func (b *batch) actorTraits(a *actor, m *Message) {
	a.source = m.Source
	traits := read(m.Traits)
	for _, name := range slices.Sorted(maps.Keys(traits)) {
		v := Trait{m.Time, traits[name]}
		if a.Traits == nil {
			a.Traits = Traits{}
		}
		was, had, ok := a.Traits.put(name, v)
		switch {
		case !ok:
			b.reject(m, name, string(v.Value), true)
		case !had || v.Time >= was.Time && string(was.Value) != string(v.Value):
			a.changes(name)
			if name == "email" && !fits(account.Contact{Key: "x", Email: Traits{name: v}.text(name)}) {
				b.reject(m, name, string(v.Value), false)
			}
		}
	}
}

func (a *actor) changes(trait string) {
	if a.fields == nil {
		a.fields = map[string]bool{}
	}
	a.fields[trait] = true
}

func fits(c account.Contact) bool { return c.Validate() == nil }

// acts adds a point. Of two at one instant the account with the greater key
// counts.
func (a *actor) acts(p Point) {
	i, there := slices.BinarySearchFunc(a.Points, p.Time, func(q Point, t int64) int { return cmp.Compare(q.Time, t) })
	switch {
	case !there:
		a.Points = slices.Insert(a.Points, i, p)
	case a.Points[i].Key < p.Key:
		a.Points[i] = p
	}
}

// merge makes an actor the same as another: all that is known of it goes over.
func (b *batch) merge(from, into *actor, m *Message) {
	if from == into {
		return
	}
	into.touch()
	from.touch()
	into.source = m.Source
	from.Same = into.Name
	into.Identified = into.Identified || from.Identified
	for name, v := range from.Traits {
		if into.Traits == nil {
			into.Traits = Traits{}
		}
		if was, had := into.Traits[name]; !had && len(into.Traits) < maxTraits || had && v.Time > was.Time {
			into.Traits[name] = v
			into.changes(name)
		}
	}
	for _, p := range from.Points {
		into.acts(p)
	}
	into.drop, from.drop = append(into.drop, from.drop...), nil
	switch {
	case from.Contact == 0 || !from.Own:
	case into.Contact == 0:
		into.Contact, into.Own = from.Contact, true
	default:
		into.drop = append(into.drop, from.Contact)
	}
	from.Identified, from.Traits, from.Points, from.Contact, from.Own = false, nil, nil, 0, false
	b.merges = append(b.merges, metric.Merge{Old: from.Name, New: into.Name})
	b.count(m.Source).merged++
}

// roots gives the actors whose accounts or contacts may have changed, by name.
func (b *batch) roots() []*actor {
	var out []*actor
	for _, name := range slices.Sorted(maps.Keys(b.actors)) {
		if a := b.actors[name]; a.touched && a.Same == "" {
			out = append(out, a)
		}
	}
	return out
}

// link finds what accounts actors acted for, and which of it the lake has to
// know: where the account changes.
func (b *batch) link() {
	for _, a := range b.roots() {
		var before minori.ID
		for i := range a.Points {
			p := &a.Points[i]
			if p.Account == 0 {
				if s := b.accounts[p.Key]; s != nil {
					p.Account = s.row.ID
				} else {
					b.waiting = append(b.waiting, Waiting{Key: p.Key, Actor: a.Name})
					continue
				}
			}
			if p.Account != before && !p.Sent {
				p.Sent = true
				b.links = append(b.links, metric.Link{Actor: a.Name, Account: p.Account, Since: p.Time})
			}
			before = p.Account
		}
		a.shorten()
	}
}

// shorten forgets points that say nothing new: of those inside a time for one
// account the last few are kept, in case a late message cuts it in two.
func (a *actor) shorten() {
	if len(a.Points) <= freshPoints {
		return
	}
	extra := len(a.Points) - freshPoints
	kept := a.Points[:0:0]
	for i, p := range a.Points {
		inside := i > 0 && i < len(a.Points)-1 && a.Points[i-1].Key == p.Key && a.Points[i+1].Key == p.Key
		if inside && extra > 0 {
			extra--
			continue
		}
		kept = append(kept, p)
	}
	a.Points = kept[max(0, len(kept)-maxPoints):]
}

// account gives the account an actor acted for last, of those known.
func (a *actor) account() minori.ID {
	for _, p := range slices.Backward(a.Points) {
		if p.Account != 0 {
			return p.Account
		}
	}
	return 0
}

// saveActors writes actors and who waits.
func (b *batch) saveActors(ctx context.Context) error {
	if err := b.s.store.DropWaiting(ctx, b.appeared); err != nil {
		return err
	}
	if err := b.s.store.SaveWaiting(ctx, b.waiting); err != nil {
		return err
	}
	var rows []Actor
	for _, name := range slices.Sorted(maps.Keys(b.actors)) {
		if a := b.actors[name]; a.touched {
			rows = append(rows, a.Actor)
		}
	}
	return b.s.store.SaveActors(ctx, rows)
}
