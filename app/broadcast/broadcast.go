// Package broadcast tells open pages what has changed.
package broadcast

import (
	"slices"
	"sync"
	"time"

	minori "github.com/minori-hq/minori"
	"github.com/minori-hq/minori/app/owner"
	"github.com/minori-hq/minori/web/site"
)

// Names of what open pages are told has changed.
const (
	Calls    = "calls"
	Scores   = "scores"
	Notices  = "notices"
	Imports  = "imports"
	workName = "work" // imports and evaluations under way
)

// maxStreams is how many streams one user may have open. A browser opens one
// for all its tabs.
const maxStreams = 8

// Hub tells open pages what has changed, by name only: what they show
// then they ask for as whoever reads them. What nobody listens to is lost.
type Hub struct {
	clock minori.Clock

	mu      sync.Mutex
	closed  bool
	streams map[*stream]bool
	users   map[string]int
	work    []site.Work
	told    time.Time // when the progress of work was told last
}

// stream is one listener. The names that wait for it are a set, so that a slow
// one holds nothing up and takes no room.
type stream struct {
	b       *Hub
	user    string
	pending []string
	ready   chan struct{} // holds one mark while names wait; closed at the end
}

// New makes a Hub without listeners.
func New(clock minori.Clock) *Hub {
	return &Hub{clock: clock, streams: map[*stream]bool{}, users: map[string]int{}}
}

// Listen implements site.Live.
func (b *Hub) Listen(user string) (site.Stream, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.closed {
		return nil, minori.Errorf(minori.Unavailable, "the server is stopping")
	}
	if b.users[user] >= maxStreams {
		return nil, minori.Errorf(minori.Unavailable, "%s has %d live streams open already", user, maxStreams)
	}
	s := &stream{b: b, user: user, ready: make(chan struct{}, 1)}
	b.streams[s] = true
	b.users[user]++
	return s, nil
}

// Ready implements site.Stream.
func (s *stream) Ready() <-chan struct{} { return s.ready }

// Take implements site.Stream.
func (s *stream) Take() []string {
	s.b.mu.Lock()
	defer s.b.mu.Unlock()
	names := s.pending
	s.pending = nil
	return names
}

// Close implements site.Stream.
func (s *stream) Close() {
	s.b.mu.Lock()
	defer s.b.mu.Unlock()
	if !s.b.streams[s] {
		return
	}
	delete(s.b.streams, s)
	if s.b.users[s.user]--; s.b.users[s.user] == 0 {
		delete(s.b.users, s.user)
	}
	close(s.ready)
}

// Tell marks names as changed for every listener.
func (b *Hub) Tell(names ...string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.spread(names)
}

func (b *Hub) spread(names []string) {
	for s := range b.streams {
		for _, n := range names {
			if !slices.Contains(s.pending, n) {
				s.pending = append(s.pending, n)
			}
		}
		select {
		case s.ready <- struct{}{}:
		default: // it was told and has not looked yet
		}
	}
}

// Work implements site.Live.
func (b *Hub) Work() []site.Work {
	b.mu.Lock()
	defer b.mu.Unlock()
	return slices.Clone(b.work)
}

// tellEvery bounds how often progress is told.
const tellEvery = 500 * time.Millisecond

// Progress notes how far long work is. What is done is shown no more.
func (b *Hub) Progress(p owner.Progress) {
	b.mu.Lock()
	defer b.mu.Unlock()
	i := slices.IndexFunc(b.work, func(w site.Work) bool { return w.Label == p.Label })
	switch {
	case p.End && i < 0:
		return
	case p.End:
		b.work = slices.Delete(b.work, i, i+1)
	case i < 0:
		b.work = append(b.work, site.Work{Label: p.Label, Done: p.Done, Total: p.Total, Rows: p.Rows})
	default:
		b.work[i] = site.Work{Label: p.Label, Done: p.Done, Total: p.Total, Rows: p.Rows}
	}
	if now := b.clock(); p.End || i < 0 || now.Sub(b.told) >= tellEvery {
		b.told = now
		b.spread([]string{workName})
	}
}

// Drop forgets work that ended without saying so.
func (b *Hub) Drop(label string) {
	b.Progress(owner.Progress{Label: label, End: true})
}

// Close ends every stream, so that the server can stop.
func (b *Hub) Close() {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.closed = true
	for s := range b.streams {
		delete(b.streams, s)
		close(s.ready)
	}
	b.users = map[string]int{}
}
