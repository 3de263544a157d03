package main

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	collector "go.opentelemetry.io/proto/otlp/collector/trace/v1"
	tracepb "go.opentelemetry.io/proto/otlp/trace/v1"
	"google.golang.org/protobuf/proto"
)

// spans takes spans as an OpenTelemetry collector does, by their ids.
type spans struct {
	mu  sync.Mutex
	got map[string]*tracepb.Span
}

// ServeHTTP implements http.Handler.
func (s *spans) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	var in collector.ExportTraceServiceRequest
	if err := errors.Join(err, proto.Unmarshal(body, &in)); err != nil || r.URL.Path != "/v1/traces" {
		http.Error(w, fmt.Sprint(err), http.StatusBadRequest)
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, resource := range in.GetResourceSpans() {
		for _, scope := range resource.GetScopeSpans() {
			for _, span := range scope.GetSpans() {
				s.got[string(span.GetSpanId())] = span
			}
		}
	}
}

// leads reports whether a span of some name follows, by parents and links, from
// spans of the names before it.
func (s *spans) leads(names ...string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	var from func(span *tracepb.Span, names []string) bool
	from = func(span *tracepb.Span, names []string) bool {
		if span == nil {
			return false
		}
		if span.GetName() == names[len(names)-1] {
			names = names[:len(names)-1]
		}
		if len(names) == 0 {
			return true
		}
		for _, l := range span.GetLinks() {
			if from(s.got[string(l.GetSpanId())], names) {
				return true
			}
		}
		return from(s.got[string(span.GetParentSpanId())], names)
	}
	for _, span := range s.got {
		if span.GetName() == names[len(names)-1] && from(span, names) {
			return true
		}
	}
	return false
}

// tracedWorkspace opens a call when an account signals.
const tracedWorkspace = `kind: Metric
name: signal
type: event
unit: signals
from: {event: signal}
absent: zero
---
kind: Rule
name: signalled
subject: account
when: sum("signal", "1d") > 0
then:
  - call_to_action: {type: risk, reason: adoption, priority: high, owner: account.csm, due: 1bd}
`

// TestTraced: the trace of a started server leads from the request that brought
// an event to the hand-over of the call to action it opened.
func TestTraced(t *testing.T) {
	s := &spans{got: map[string]*tracepb.Span{}}
	at := httptest.NewServer(s)
	defer at.Close()
	t.Setenv("OTEL_EXPORTER_OTLP_ENDPOINT", at.URL)
	t.Setenv("OTEL_BSP_SCHEDULE_DELAY", "100")
	data := filepath.Join(t.TempDir(), "data")
	ok(t, "init", "--data", data)
	ok(t, "apply", "--data", data, writeFiles(t, "w.yaml", tracedWorkspace))
	server := serveData(t, data)
	defer server.stop(t)
	key := ask[keyAnswer](t, "token", "add", "--data", data, "--write-key", "traced").Key
	req, err := http.NewRequest(http.MethodPost, server.url+"/v1/batch", strings.NewReader(
		`{"batch":[{"type":"group","messageId":"0","userId":"u","groupId":"A","traits":{"name":"青山商事"}},{"type":"track","messageId":"1","userId":"u","event":"signal","context":{"groupId":"A"}}]}`))
	if err != nil {
		t.Fatal(err)
	}
	req.SetBasicAuth(key, "")
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	_ = res.Body.Close()
	if res.StatusCode != http.StatusOK {
		t.Fatalf("the event was answered with %s", res.Status)
	}
	waitFor(t, "the call to action", func() bool { return strings.Contains(ok(t, "report", "actions", "--data", data), "signalled") })
	waitFor(t, "a trace from the request to the hand-over", func() bool { return s.leads("/v1/", "commit", "fold", "evaluate", "hand over") })
}
