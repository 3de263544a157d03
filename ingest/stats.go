package ingest

import (
	"cmp"
	"slices"
	"strings"
	"sync"
	"time"

	minori "github.com/minori-hq/minori"
)

// Bounds of what is kept about sources, in memory only.
const (
	statMinutes    = 60   // minutes
	statNames      = 500  // names of events of a source; more count as RestName
	statRejections = 100  // pairs of field and reason of a source
	statSamples    = 3    // samples of a pair, the latest
	statSample     = 1024 // bytes of a sample
	statField      = 200  // bytes of a field's or event's name
)

// RestName stands for the names that are too many to be counted each.
const RestName = "other"

// SourceStats is what happened with a source's messages since the start.
type SourceStats struct {
	Source     int64
	LastSeen   int64 // when it sent last, microseconds since 1970 UTC
	Minutes    []Minute
	Rejections []RejectionStats // the most frequent first
	Events     []EventStats     // the most frequent first
}

// Minute counts a source's messages in a minute.
type Minute struct {
	Start    int64 // microseconds since 1970 UTC
	Accepted int64 // stored
	Repeated int64 // known by their messageId, and dropped
	Rejected int64 // wrong, and not stored
	Refused  int64 // answered with Full or another error
}

// RejectionStats counts what was wrong in the same way.
type RejectionStats struct {
	Field   string
	Reason  Reason
	Count   int64
	Last    int64    // microseconds since 1970 UTC
	Samples []string // of messages, cut off, the latest last
}

// EventStats counts events of a name.
type EventStats struct {
	Name  string
	Count int64
	First int64 // arrival since the start, microseconds since 1970 UTC
	Last  int64
}

// stats counts messages by source.
type stats struct {
	clock   minori.Clock
	mu      sync.Mutex
	sources map[int64]*sourceStats
}

type sourceStats struct {
	last       int64
	minutes    [statMinutes]Minute // by minute of time, round and round
	rejections map[rejectionKey]*RejectionStats
	events     map[string]*EventStats
}

type rejectionKey struct {
	field  string
	reason Reason
}

func newStats(clock minori.Clock) *stats {
	return &stats{clock: clock, sources: map[int64]*sourceStats{}}
}

// of gives the counts of a source and those of the present minute. The caller
// holds the lock.
func (s *stats) of(source int64, now time.Time) (*sourceStats, *Minute) {
	src := s.sources[source]
	if src == nil {
		src = &sourceStats{rejections: map[rejectionKey]*RejectionStats{}, events: map[string]*EventStats{}}
		s.sources[source] = src
	}
	src.last = max(src.last, now.UnixMicro())
	start := now.Truncate(time.Minute)
	m := &src.minutes[start.Unix()/60%statMinutes]
	if m.Start != start.UnixMicro() {
		*m = Minute{Start: start.UnixMicro()}
	}
	return src, m
}

// accepted counts a group that was stored: of its calls, these messages were new.
func (s *stats) accepted(calls []*call, group []Received) {
	now := s.clock()
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, c := range calls {
		_, m := s.of(c.source, now)
		m.Repeated += int64(len(c.messages))
	}
	for i := range group {
		r := &group[i]
		src, m := s.of(r.Source, now)
		m.Accepted++
		m.Repeated--
		if r.Kind.Counts() {
			src.event(r.Event, now.UnixMicro())
		}
	}
}

func (src *sourceStats) event(name string, now int64) {
	e := src.events[name]
	if e == nil {
		if name = short(name); len(src.events) >= statNames {
			name = RestName
		}
		if e = src.events[name]; e == nil {
			e = &EventStats{Name: name, First: now}
			src.events[name] = e
		}
	}
	e.Count++
	e.Last = now
}

// refused counts messages that could not be taken.
func (s *stats) refused(source int64, n int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	_, m := s.of(source, s.clock())
	m.Refused += int64(n)
}

// Rejected counts a message that is not stored; sample is its text, of which
// some bytes are kept.
func (s *Service) Rejected(source int64, r Rejection, sample []byte) {
	s.stats.rejected(source, r, sample, true)
	s.cfg.Observe.counted(0, 0, 1, 0)
}

// rejected counts a rejection; whole says that the message was not stored.
func (s *stats) rejected(source int64, r Rejection, sample []byte, whole bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	now := s.clock()
	src, m := s.of(source, now)
	if whole {
		m.Rejected++
	}
	key := rejectionKey{short(r.Field), r.Reason}
	st := src.rejections[key]
	if st == nil {
		if len(src.rejections) >= statRejections {
			key.field = RestName
		}
		if st = src.rejections[key]; st == nil {
			st = &RejectionStats{Field: key.field, Reason: key.reason}
			src.rejections[key] = st
		}
	}
	st.Count++
	st.Last = now.UnixMicro()
	if len(sample) == 0 {
		return
	}
	if len(st.Samples) == statSamples {
		st.Samples = slices.Delete(st.Samples, 0, 1)
	}
	st.Samples = append(st.Samples, cut(string(sample[:min(len(sample), statSample)])))
}

// short bounds a name.
func short(name string) string { return cut(name[:min(len(name), statField)]) }

// cut removes what is left of a character at the end, and what is no text; the
// copy does not hold the whole message in memory.
func cut(s string) string { return strings.Clone(strings.ToValidUTF8(s, "")) }

// Stats gives what happened with the messages of every source since the start,
// by source.
func (s *Service) Stats() []SourceStats {
	st := s.stats
	st.mu.Lock()
	defer st.mu.Unlock()
	oldest := st.clock().Add(-statMinutes * time.Minute).UnixMicro()
	out := make([]SourceStats, 0, len(st.sources))
	for id, src := range st.sources {
		v := SourceStats{Source: id, LastSeen: src.last}
		for _, m := range src.minutes {
			if m.Start > oldest {
				v.Minutes = append(v.Minutes, m)
			}
		}
		slices.SortFunc(v.Minutes, func(a, b Minute) int { return cmp.Compare(a.Start, b.Start) })
		for _, r := range src.rejections {
			c := *r
			c.Samples = slices.Clone(r.Samples)
			v.Rejections = append(v.Rejections, c)
		}
		slices.SortFunc(v.Rejections, func(a, b RejectionStats) int {
			return cmp.Or(cmp.Compare(b.Count, a.Count), cmp.Compare(a.Field, b.Field), cmp.Compare(a.Reason, b.Reason))
		})
		for _, e := range src.events {
			v.Events = append(v.Events, *e)
		}
		slices.SortFunc(v.Events, func(a, b EventStats) int {
			return cmp.Or(cmp.Compare(b.Count, a.Count), cmp.Compare(a.Name, b.Name))
		})
		out = append(out, v)
	}
	slices.SortFunc(out, func(a, b SourceStats) int { return cmp.Compare(a.Source, b.Source) })
	return out
}
