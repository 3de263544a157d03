package ingest

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"
)

// Bounds of what is kept about the shape of events.
const (
	shapeAll      = 20_000 // shapes in all
	shapePerEvent = 200    // properties and types of an event's name
	shapeSamples  = 20     // events of a name that are looked into in a minute
	shapeEvery    = time.Minute
)

// Shape says that events of a name came from a source with a property of a
// type. Property is "" for the name itself.
type Shape struct {
	Source   int64
	Event    string
	Property string // of the first level
	Type     string // as JSON names it: string, number, boolean, object, array, null; "" for the name itself
	First    int64  // arrival, microseconds since 1970 UTC
	Last     int64
}

// ShapeStore keeps shapes.
type ShapeStore interface {
	Shapes(ctx context.Context) ([]Shape, error)
	// SaveShapes adds shapes, and keeps the first arrival of those it has.
	SaveShapes(ctx context.Context, list []Shape) error
}

// shapeKey is what makes a shape.
type shapeKey struct {
	source                int64
	event, property, kind string
}

type eventKey struct {
	source int64
	event  string
}

// looked counts the events of a name that were looked into.
type looked struct {
	minute     int64
	events     int
	properties int // shapes of the name
}

// shapes remembers how events look. Only some events of each name are looked
// into every minute, so that it costs the same however many come.
type shapes struct {
	mu     sync.Mutex
	known  map[shapeKey]*Shape
	events map[eventKey]*looked
	dirty  map[shapeKey]bool // not saved yet
}

func newShapes() *shapes {
	return &shapes{known: map[shapeKey]*Shape{}, events: map[eventKey]*looked{}, dirty: map[shapeKey]bool{}}
}

// load takes what was known before.
func (s *shapes) load(list []Shape) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for i := range list {
		v := &list[i]
		s.known[shapeKey{v.Source, v.Event, v.Property, v.Type}] = v
		of := eventKey{v.Source, v.Event}
		if s.events[of] == nil {
			s.events[of] = &looked{}
		}
		if v.Property != "" {
			s.events[of].properties++
		}
	}
}

// look looks into the events of a group that was stored.
func (s *shapes) look(group []Received) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for i := range group {
		m := &group[i]
		if !m.Kind.Counts() {
			continue
		}
		of := eventKey{m.Source, m.Event}
		state := s.events[of]
		if state == nil {
			if len(s.known) >= shapeAll {
				continue
			}
			of.event = short(of.event)
			if state = s.events[of]; state == nil {
				state = &looked{}
				s.events[of] = state
			}
		}
		if minute := m.At / shapeEvery.Microseconds(); state.minute != minute {
			state.minute, state.events = minute, 0
		}
		if state.events++; state.events > shapeSamples {
			continue
		}
		s.add(shapeKey{of.source, of.event, "", ""}, m.At, state)
		s.lookInto(of, m, state)
	}
}

// lookInto notes the properties of one event.
func (s *shapes) lookInto(of eventKey, m *Received, state *looked) {
	if m.Body == "" {
		return
	}
	var properties map[string]json.RawMessage
	if json.Unmarshal([]byte(m.Body), &properties) != nil {
		return // the decoder has checked it: it is an object
	}
	for name, value := range properties {
		s.add(shapeKey{of.source, of.event, short(name), jsonType(value)}, m.At, state)
	}
}

// add notes a shape unless there are too many.
func (s *shapes) add(key shapeKey, at int64, state *looked) {
	if v := s.known[key]; v != nil {
		if v.Last/shapeEvery.Microseconds() != at/shapeEvery.Microseconds() {
			s.dirty[key] = true
		}
		v.Last = max(v.Last, at)
		return
	}
	if len(s.known) >= shapeAll || key.property != "" && state.properties >= shapePerEvent {
		return
	}
	if key.property != "" {
		state.properties++
	}
	key.event = strings.Clone(key.event) // not a part of the whole message
	s.known[key] = &Shape{Source: key.source, Event: key.event, Property: key.property, Type: key.kind, First: at, Last: at}
	s.dirty[key] = true
}

// jsonType names the type of a JSON value by its first character.
func jsonType(value json.RawMessage) string {
	switch value[0] {
	case '"':
		return "string"
	case '{':
		return "object"
	case '[':
		return "array"
	case 't', 'f':
		return "boolean"
	case 'n':
		return "null"
	}
	return "number"
}

// take gives what was not saved, and takes it for saved.
func (s *shapes) take() []Shape {
	s.mu.Lock()
	defer s.mu.Unlock()
	out := make([]Shape, 0, len(s.dirty))
	for key := range s.dirty {
		out = append(out, *s.known[key])
	}
	clear(s.dirty)
	slices.SortFunc(out, compareShapes)
	return out
}

// again takes shapes for not saved.
func (s *shapes) again(list []Shape) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, v := range list {
		s.dirty[shapeKey{v.Source, v.Event, v.Property, v.Type}] = true
	}
}

func compareShapes(a, b Shape) int {
	return cmp.Or(cmp.Compare(a.Source, b.Source), cmp.Compare(a.Event, b.Event), cmp.Compare(a.Property, b.Property), cmp.Compare(a.Type, b.Type))
}

// Shapes gives how events looked, by source and name.
func (s *Service) Shapes() []Shape {
	s.shapes.mu.Lock()
	defer s.shapes.mu.Unlock()
	out := make([]Shape, 0, len(s.shapes.known))
	for _, v := range s.shapes.known {
		out = append(out, *v)
	}
	slices.SortFunc(out, compareShapes)
	return out
}

// KeepShapes saves how events look, every minute until the context ends and
// once then. A failure is logged, and saving tried again.
func (s *Service) KeepShapes(ctx context.Context) {
	tick := time.NewTicker(shapeEvery)
	defer tick.Stop()
	for ctx.Err() == nil {
		select {
		case <-ctx.Done():
		case <-tick.C:
		}
		if err := s.SaveShapes(context.WithoutCancel(ctx)); err != nil {
			s.cfg.Log.Warn("the shapes of events were not saved", "error", err)
		}
	}
}

// SaveShapes saves how events look as far as it is new.
func (s *Service) SaveShapes(ctx context.Context) error {
	if s.cfg.Shapes == nil {
		return nil
	}
	list := s.shapes.take()
	if len(list) == 0 {
		return nil
	}
	if err := s.cfg.Shapes.SaveShapes(ctx, list); err != nil {
		s.shapes.again(list)
		return fmt.Errorf("saving the shapes of events: %w", err)
	}
	return nil
}
