package traits

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"slices"

	minori "github.com/minori-hq/minori"
	"github.com/minori-hq/minori/account"
	"github.com/minori-hq/minori/auth"
	"github.com/minori-hq/minori/metric"
)

// batch is a batch of messages on its way into the records: everything they
// name is read in bulk, changed in memory, and written in bulk.
type batch struct {
	s        *Service
	mark     Mark
	messages []Message
	now      int64
	result   Result

	targets  targets
	fields   map[string]int64 // ids of fields by full name
	actors   map[string]*actor
	accounts map[string]*subject // by key; those known, and those made here
	appeared []string            // keys of accounts that actors may wait for
	merges   []metric.Merge
	waiting  []Waiting
	steps    []metric.FieldValue
	subjects []metric.SubjectRow
	links    []metric.Link
	counts   map[int64]*counts // by source
}

// counts is what the audit log says of a source's messages.
type counts struct{ created, changed, contacts, merged int }

// run does the whole work in the transaction of the context.
func (b *batch) run(ctx context.Context) error {
	if err := b.load(ctx); err != nil {
		return err
	}
	for i := range b.messages {
		b.take(&b.messages[i])
	}
	b.link()
	if err := b.saveAccounts(ctx); err != nil {
		return err
	}
	if err := b.saveContacts(ctx); err != nil {
		return err
	}
	if err := b.saveActors(ctx); err != nil {
		return err
	}
	if err := b.outbox(ctx); err != nil {
		return err
	}
	if err := b.audit(ctx); err != nil {
		return err
	}
	if n := len(b.messages); n > 0 {
		b.mark.Arrival = b.messages[n-1].Arrival
	}
	return b.s.store.SetMark(ctx, b.mark)
}

// take applies one message.
func (b *batch) take(m *Message) {
	switch m.Kind {
	case Group:
		a := b.accounts[m.Account]
		if a == nil {
			return // its key cannot be one of an account
		}
		b.accountTraits(a, m)
		b.act(m)
	case Identify:
		b.identify(m)
	case Alias:
		if m.Anonymous != "" && m.User != "" {
			b.named(m.User)
			b.merge(b.root(m.Anonymous), b.root(m.User), m)
		}
	}
}

// identify notes what an identify says of its actor.
func (b *batch) identify(m *Message) {
	if m.User != "" {
		if !usable(m.User) {
			b.reject(m, "userId", m.User, false)
		}
		b.named(m.User)
		// A visitor that is a user already stays that one: two people who share
		// a browser do not become one.
		if m.Anonymous != "" && !b.root(m.Anonymous).User {
			b.merge(b.root(m.Anonymous), b.root(m.User), m)
		}
	}
	name := cmp.Or(m.User, m.Anonymous)
	if name == "" {
		return
	}
	a := b.root(name)
	if a.touch(); m.User != "" {
		a.Identified = true
	}
	b.actorTraits(a, m)
	if m.Account != "" {
		b.act(m)
	}
}

// act notes that the message's actor acted for its account.
func (b *batch) act(m *Message) {
	name := cmp.Or(m.User, m.Anonymous)
	if name == "" || !usable(m.Account) {
		return
	}
	if m.User != "" {
		b.named(m.User)
	}
	a := b.root(name)
	a.touch()
	a.acts(Point{Time: m.Time, Key: m.Account})
	a.source = m.Source
}

// named notes that a name is a user's.
func (b *batch) named(name string) {
	if a := b.actors[name]; !a.User {
		a.User = true
		a.touch()
	}
}

// root finds the actor that a name stands for.
func (b *batch) root(name string) *actor {
	a := b.actors[name]
	for a.Same != "" {
		a = b.actors[a.Same]
	}
	return a
}

// count gives the counts of a source.
func (b *batch) count(source int64) *counts {
	c := b.counts[source]
	if c == nil {
		c = &counts{}
		b.counts[source] = c
	}
	return c
}

func (b *batch) reject(m *Message, trait, sample string, tooBig bool) {
	b.result.Rejected = append(b.result.Rejected, Rejected{Source: m.Source, Trait: trait, TooBig: tooBig, Sample: sample})
}

// maxDelta is about how many facts go into one line of the outbox.
const maxDelta = 4000

// outbox writes what the batch means for the lake.
func (b *batch) outbox(ctx context.Context) error {
	b.result.Outbox = len(b.subjects)+len(b.steps)+len(b.links)+len(b.merges) > 0
	b.result.Attaches = len(b.appeared)+len(b.links)+len(b.merges) > 0
	var lines []metric.Delta
	for part := range slices.Chunk(b.subjects, maxDelta) {
		lines = append(lines, metric.Delta{Subjects: part})
	}
	for part := range slices.Chunk(b.steps, maxDelta) {
		lines = append(lines, metric.Delta{Fields: part})
	}
	for part := range slices.Chunk(b.merges, maxDelta) {
		lines = append(lines, metric.Delta{Merges: part})
	}
	for part := range slices.Chunk(b.links, maxDelta) {
		lines = append(lines, metric.Delta{Links: part})
	}
	if len(lines) == 0 {
		return nil
	}
	return b.s.store.AppendOutbox(ctx, lines...)
}

// audit writes one line for each source whose messages changed something.
func (b *batch) audit(ctx context.Context) error {
	var entries []auth.Entry
	for _, source := range slices.Sorted(maps.Keys(b.counts)) {
		c := b.counts[source]
		if *c == (counts{}) {
			continue
		}
		entries = append(entries, auth.Entry{
			At: b.now, Actor: minori.System().Name, Action: "tracking.apply", Object: fmt.Sprintf("source %d", source),
			Detail: fmt.Sprintf("%d accounts created, %d fields changed, %d contacts written, %d actors merged", c.created, c.changed, c.contacts, c.merged),
		})
	}
	return b.s.store.AppendAudit(ctx, entries...)
}

// usable reports whether a text can be the key of an account or contact.
func usable(key string) bool {
	a := account.Account{Key: key}
	return a.Validate() == nil
}
