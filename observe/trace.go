package observe

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"os"
	"sync"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/exporters/otlp/otlptrace/otlptracehttp"
	"go.opentelemetry.io/otel/propagation"
	"go.opentelemetry.io/otel/sdk/resource"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/trace"
)

// Steps on the way of an event. A step done for many causes at once is a span
// of its own that links to theirs.
const (
	StepCommit   = "commit"    // messages of several requests become durable
	StepFold     = "fold"      // committed messages become facts
	StepEvaluate = "evaluate"  // touched subjects are evaluated
	StepHandOver = "hand over" // what follows from it stands in the records
)

// maxLinks bounds the causes of one span, and those remembered for the next step.
const maxLinks = 128

// Tracer makes spans. A nil Tracer makes none and costs nothing.
type Tracer struct {
	provider *sdktrace.TracerProvider
	tracer   trace.Tracer
	carrier  propagation.TextMapPropagator

	mu    sync.Mutex
	trail map[string][]trace.Link // by step: spans that the next one follows from
}

// follows gives the step whose spans are the causes of a step.
func follows(step string) string {
	switch step {
	case StepFold:
		return StepCommit
	case StepEvaluate:
		return StepFold
	}
	return ""
}

// NewTracer makes the Tracer that the environment asks for in OpenTelemetry's
// own variables: OTEL_EXPORTER_OTLP_ENDPOINT says where spans go. Without it
// there is none, and the Tracer is nil.
func NewTracer(ctx context.Context, version string) (*Tracer, error) {
	if os.Getenv("OTEL_EXPORTER_OTLP_ENDPOINT") == "" {
		return nil, nil
	}
	out, err := otlptracehttp.New(ctx)
	if err != nil {
		return nil, fmt.Errorf("preparing to send traces: %w", err)
	}
	// What the environment says (OTEL_SERVICE_NAME) counts more than ours.
	about, err := resource.Merge(resource.NewSchemaless(attribute.String("service.name", "minori"), attribute.String("service.version", version)), resource.Environment())
	if err != nil {
		return nil, errors.Join(fmt.Errorf("describing the program to traces: %w", err), out.Shutdown(ctx))
	}
	return newTracer(sdktrace.NewTracerProvider(sdktrace.WithBatcher(out), sdktrace.WithResource(about))), nil
}

func newTracer(p *sdktrace.TracerProvider) *Tracer {
	return &Tracer{provider: p, tracer: p.Tracer("minori"), carrier: propagation.TraceContext{}, trail: map[string][]trace.Link{}}
}

// Close sends what is left.
func (t *Tracer) Close(ctx context.Context) error {
	if t == nil {
		return nil
	}
	if err := t.provider.Shutdown(ctx); err != nil {
		return fmt.Errorf("sending the last traces: %w", err)
	}
	return nil
}

// Span is the part of a trace that a request is.
type Span struct{ span trace.Span }

// request begins the span of a request, following that of its sender.
func (t *Tracer) request(ctx context.Context, r *http.Request) (context.Context, Span) {
	if t == nil {
		return ctx, Span{}
	}
	ctx = t.carrier.Extract(ctx, propagation.HeaderCarrier(r.Header))
	ctx, span := t.tracer.Start(ctx, r.Method, trace.WithSpanKind(trace.SpanKindServer),
		trace.WithAttributes(attribute.String("http.request.method", r.Method), attribute.String("request.id", RequestID(ctx))))
	return ctx, Span{span}
}

// answered ends the span of a request.
func (s Span) answered(route string, status int) {
	if s.span == nil {
		return
	}
	s.span.SetName(route)
	s.span.SetAttributes(attribute.String("http.route", route), attribute.Int("http.response.status_code", status))
	if status >= http.StatusInternalServerError {
		s.span.SetStatus(codes.Error, http.StatusText(status))
	}
	s.span.End()
}

// Step begins a span of a step, and gives how to end it. It follows from the
// spans of the contexts given, and from those of the step before that ended
// since. A step without causes and outside of any span, such as an empty round,
// leaves no trace.
func (t *Tracer) Step(ctx context.Context, step string, causes ...context.Context) (context.Context, func(error)) {
	if t == nil {
		return ctx, func(error) {}
	}
	links := t.take(follows(step))
	for _, c := range causes {
		if at := trace.SpanContextFromContext(c); at.IsValid() && len(links) < maxLinks {
			links = append(links, trace.Link{SpanContext: at})
		}
	}
	if len(links) == 0 && !trace.SpanContextFromContext(ctx).IsValid() {
		return ctx, func(error) {}
	}
	ctx, span := t.tracer.Start(ctx, step, trace.WithLinks(links...))
	return ctx, func(err error) {
		if err != nil {
			span.RecordError(err)
			span.SetStatus(codes.Error, "failed")
		} else {
			t.leave(step, span.SpanContext())
		}
		span.End()
	}
}

// take gives what a step left, and forgets it.
func (t *Tracer) take(step string) []trace.Link {
	t.mu.Lock()
	defer t.mu.Unlock()
	links := t.trail[step]
	delete(t.trail, step)
	return links
}

// leave remembers a span for the step that follows from it.
func (t *Tracer) leave(step string, at trace.SpanContext) {
	if step != StepCommit && step != StepFold {
		return
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	if len(t.trail[step]) < maxLinks {
		t.trail[step] = append(t.trail[step], trace.Link{SpanContext: at})
	}
}

// traceID gives the id of the trace that a context belongs to, "" for none.
func traceID(ctx context.Context) string {
	if at := trace.SpanContextFromContext(ctx); at.IsValid() {
		return at.TraceID().String()
	}
	return ""
}

// Step is Tracer.Step of the Observer's tracer.
func (o *Observer) Step(ctx context.Context, step string, causes ...context.Context) (context.Context, func(error)) {
	return o.cfg.Tracer.Step(ctx, step, causes...)
}
