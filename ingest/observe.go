package ingest

import (
	"context"
	"time"
)

// Observation is told what happens, for metrics and traces; what is nil is told
// nothing.
type Observation struct {
	// Counted gets messages that were stored, dropped as repeated, not stored as
	// wrong, and answered with Full or another error.
	Counted func(accepted, repeated, rejected, refused int)
	// Folded gets how long a step took, and how many events it moved.
	Folded func(took time.Duration, events int)
	// Step begins a step, "commit" or "fold", that follows from what the
	// contexts belong to; what it gives ends it.
	Step func(ctx context.Context, step string, causes ...context.Context) (context.Context, func(error))
}

func (o *Observation) counted(accepted, repeated, rejected, refused int) {
	if o.Counted != nil {
		o.Counted(accepted, repeated, rejected, refused)
	}
}

func (o *Observation) folded(took time.Duration, events int) {
	if o.Folded != nil {
		o.Folded(took, events)
	}
}

// committing begins the commit of calls.
func (o *Observation) committing(ctx context.Context, calls []*call) (context.Context, func(error)) {
	if o.Step == nil {
		return ctx, func(error) {}
	}
	causes := make([]context.Context, len(calls))
	for i, c := range calls {
		causes[i] = c.cause
	}
	return o.Step(ctx, "commit", causes...)
}

// folding begins a step of folding.
func (o *Observation) folding(ctx context.Context) (context.Context, func(error)) {
	if o.Step == nil {
		return ctx, func(error) {}
	}
	return o.Step(ctx, "fold")
}
