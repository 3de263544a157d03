package ingest

import (
	"context"
	"fmt"
	"time"

	minori "github.com/minori-hq/minori"
	"github.com/minori-hq/minori/ingest/seen"
)

// call is what one caller of Accept brought, on its way.
type call struct {
	source   int64
	messages []Received
	bytes    int
	answer   chan error      // gets one answer; holds it for a caller that has left
	cause    context.Context // of the caller, to be followed in traces
}

// overhead is what a message takes in memory beside its texts, in bytes.
const overhead = 256

// Accept takes checked messages of a source. It returns nil once they would
// survive a kill; messages known by their ID were dropped. It returns Full when
// too much waits, and any other error when the messages could not be stored:
// then none of them is, and they may come again. When ctx ends while they wait
// to be written they may be stored all the same.
func (s *Service) Accept(ctx context.Context, source int64, messages []Message) error {
	if len(messages) == 0 {
		return nil
	}
	if err := s.behind(); err != nil {
		s.refused(source, len(messages))
		return err
	}
	c := s.received(source, messages)
	c.cause = ctx
	if err := s.enqueue(c); err != nil {
		s.refused(source, len(messages))
		return err
	}
	select {
	case err := <-c.answer:
		return err
	case <-ctx.Done():
		return fmt.Errorf("waiting for messages to be written: %w", ctx.Err())
	}
}

// Room returns Full when messages would be refused now, as far as can be told
// before they are read; then one message counts as refused.
func (s *Service) Room(source int64) error {
	err := s.behind()
	if err == nil {
		s.mu.Lock()
		if l := s.cfg.Limits; s.count > l.QueueMessages-l.QueueMessages/100 || s.bytes > l.QueueBytes-l.QueueBytes/100 {
			err = Full{RetryAfter: time.Second}
		}
		s.mu.Unlock()
	}
	if err != nil {
		s.refused(source, 1)
	}
	return err
}

// behind returns Full when folding does not keep up with what is stored.
func (s *Service) behind() error {
	if s.backlog.Load() > s.cfg.Limits.Backlog {
		return Full{RetryAfter: 5 * time.Second}
	}
	return nil
}

// refused counts messages that could not be taken.
func (s *Service) refused(source int64, n int) {
	s.stats.refused(source, n)
	s.cfg.Observe.counted(0, 0, 0, n)
}

// received makes of messages what the inbox keeps of them.
func (s *Service) received(source int64, messages []Message) *call {
	c := &call{source: source, messages: make([]Received, len(messages)), answer: make(chan error, 1)}
	now := s.cfg.Clock().UnixMicro()
	for i := range messages {
		m := &messages[i]
		key, shard := seen.Key(source, m.ID)
		c.messages[i] = Received{
			Message: *m, Source: source, Key: key, Shard: shard, At: now,
			Day: minori.DayOf(time.UnixMicro(m.Time).In(s.cfg.Zone)),
		}
		c.bytes += overhead + len(m.ID) + len(m.User) + len(m.Anonymous) + len(m.Account) + len(m.Event) + len(m.Body)
	}
	return c
}

// enqueue lets a call wait for its turn.
func (s *Service) enqueue(c *call) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	switch l := s.cfg.Limits; {
	case s.closed:
		return minori.Errorf(minori.Unavailable, "the server is being stopped; send again in a moment")
	case s.count > 0 && (s.count+len(c.messages) > l.QueueMessages || s.bytes+c.bytes > l.QueueBytes):
		return Full{RetryAfter: time.Second}
	}
	s.queue = append(s.queue, c)
	s.count += len(c.messages)
	s.bytes += c.bytes
	s.poke()
	return nil
}

// poke wakes the committer.
func (s *Service) poke() {
	select {
	case s.wake <- struct{}{}:
	default:
	}
}

// commit writes what waits, one group after the other, until the service is
// closed. While a group is written the next gathers.
func (s *Service) commit() {
	defer close(s.done)
	var group []Received
	for range s.wake {
		for {
			calls, closed := s.next()
			if len(calls) == 0 {
				if closed {
					return
				}
				break
			}
			group = s.write(group[:0], calls)
		}
	}
}

// next takes calls from the queue, as many as fit one group.
func (s *Service) next() (calls []*call, closed bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	n, messages := 0, 0
	for n < len(s.queue) && (n == 0 || messages+len(s.queue[n].messages) <= s.cfg.Limits.GroupMessages) {
		messages += len(s.queue[n].messages)
		n++
	}
	calls = append(calls, s.queue[:n]...)
	rest := copy(s.queue, s.queue[n:])
	clear(s.queue[rest:])
	s.queue = s.queue[:rest]
	return calls, s.closed
}

// write stores a group of calls in one commit and answers them. It gives the
// group's memory back for the next.
func (s *Service) write(group []Received, calls []*call) []Received {
	day := s.today()
	if day != s.day {
		s.day = day
		s.seen.Expire(day - KeepKeys)
	}
	for _, c := range calls {
		for i := range c.messages {
			if m := &c.messages[i]; s.seen.Add(m.Key, m.Shard, day) {
				group = append(group, *m)
			}
		}
	}
	var err error
	if len(group) > 0 {
		// Not the context of a caller: the group is of many.
		ctx, end := s.cfg.Observe.committing(context.Background(), calls)
		err = s.cfg.Inbox.Receive(ctx, group)
		end(err)
		if err != nil {
			err = fmt.Errorf("storing messages: %w", err)
			for i := range group {
				s.seen.Remove(group[i].Key, group[i].Shard)
			}
		} else {
			s.backlog.Add(int64(len(group)))
		}
	}
	s.release(calls)
	if err == nil {
		s.stats.accepted(calls, group)
		s.shapes.look(group)
		s.cfg.Observe.counted(len(group), total(calls)-len(group), 0, 0)
	}
	for _, c := range calls {
		c.answer <- err
	}
	s.seen.Sweep(len(group))
	clear(group)
	return group
}

// total gives how many messages calls brought.
func total(calls []*call) (n int) {
	for _, c := range calls {
		n += len(c.messages)
	}
	return n
}

// release makes room in the queue.
func (s *Service) release(calls []*call) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, c := range calls {
		s.count -= len(c.messages)
		s.bytes -= c.bytes
	}
}

// Waiting gives how many messages wait to be written, or are being written.
func (s *Service) Waiting() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.count
}
