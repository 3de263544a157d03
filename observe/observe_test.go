package observe

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	collector "go.opentelemetry.io/proto/otlp/collector/trace/v1"
	tracepb "go.opentelemetry.io/proto/otlp/trace/v1"
	"google.golang.org/protobuf/proto"

	minori "github.com/minori-hq/minori"
)

func text(t *testing.T, r *Registry) string {
	t.Helper()
	var b bytes.Buffer
	if err := r.Write(t.Context(), &b); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func expect(t *testing.T, got string, lines ...string) {
	t.Helper()
	for _, l := range lines {
		if !strings.Contains(got, l+"\n") {
			t.Errorf("there is no line %q in\n%s", l, got)
		}
	}
}

// TestFormat: what is written is the text format, with everything escaped.
func TestFormat(t *testing.T) {
	r := newRegistry()
	c := r.Counter("b_total", "Lines\nand \\ of \"it\".", "name", "code")
	c.Add(2, "a\"b\\c\nd\xff", "1")
	c.Add(0.5, "a\"b\\c\nd\xff", "1")
	h := r.Histogram("a_seconds", "Times.", []float64{0.1, 1})
	h.Observe(0.1)
	h.Observe(0.5)
	h.Observe(7)
	h.Observe(7)
	h.Observe(7)
	r.OnScrape(func(_ context.Context, s *Scrape) {
		s.Gauge("c", "Now.", 3, "of", "x")
		s.Gauge("c", "Now.", 4, "of", "y")
	})
	got := text(t, r)
	want := `# HELP a_seconds Times.
# TYPE a_seconds histogram
a_seconds_bucket{le="0.1"} 1
a_seconds_bucket{le="1"} 2
a_seconds_bucket{le="+Inf"} 5
a_seconds_sum 21.6
a_seconds_count 5
# HELP b_total Lines\nand \\ of "it".
# TYPE b_total counter
b_total{code="1",name="a\"b\\c\nd�"} 2.5
# HELP c Now.
# TYPE c gauge
c{of="x"} 3
c{of="y"} 4
`
	if got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}

// TestBounded: names from outside cannot make a metric grow without end.
func TestBounded(t *testing.T) {
	r := newRegistry()
	c := r.Counter("x_total", "X.", "name")
	var all sync.WaitGroup
	for k := range 4 {
		all.Go(func() {
			for i := range 2 * maxSeries {
				c.Add(1, fmt.Sprint(k, "/", i))
			}
		})
	}
	all.Wait()
	got := text(t, r)
	if n := strings.Count(got, "\nx_total{"); n != maxSeries+1 {
		t.Errorf("%d series, want %d", n, maxSeries+1)
	}
	expect(t, got, fmt.Sprintf(`x_total{name="other"} %d`, 7*maxSeries))
}

// TestCounts: what the product reports of itself.
func TestCounts(t *testing.T) {
	o := New(Config{Version: "v9"})
	o.Tracked(97, 2, 1, 5)
	o.Folded(20*time.Millisecond, 97)
	o.Evaluated(true, 800*time.Millisecond)
	o.Evaluated(false, 20*time.Second)
	o.Acted(2.2)
	o.Acted(-60) // a clock that was set back
	o.Signalled(12)
	o.Worked("webhook", "done", time.Second)
	o.Delivered("dead")
	expect(t, text(t, o.Registry),
		`minori_tracking_messages_total{result="accepted"} 97`, `minori_tracking_messages_total{result="repeated"} 2`, `minori_tracking_messages_total{result="rejected"} 1`, `minori_tracking_messages_total{result="refused"} 5`,
		`minori_fold_duration_seconds_count 1`, `minori_fold_events_sum 97`,
		`minori_evaluation_duration_seconds_count{kind="live"} 1`, `minori_evaluation_duration_seconds_bucket{kind="full",le="10"} 0`,
		`minori_signal_to_action_seconds_bucket{le="2"} 1`, `minori_signal_to_action_seconds_bucket{le="2.5"} 2`, `minori_signal_to_action_seconds_count 2`, `minori_signal_to_evaluation_seconds_bucket{le="15"} 1`,
		`minori_jobs_total{job="webhook",result="done"} 1`, `minori_webhook_deliveries_total{result="dead"} 1`)
	for _, name := range []string{"go_goroutines ", "process_cpu_seconds_total ", `minori_build_info{go=`, "process_start_time_seconds "} {
		if !strings.Contains(text(t, o.Registry), "\n"+name) {
			t.Errorf("no %s", name)
		}
	}
}

// served is a small site behind an Observer.
func served(o *Observer) http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /things/{id}", func(w http.ResponseWriter, r *http.Request) {
		o.cfg.Log.WarnContext(r.Context(), "inside", "id", RequestID(r.Context()))
		if _, err := io.WriteString(w, "hello"); err != nil {
			panic(err)
		}
	})
	mux.HandleFunc("GET /reset/{token}", func(http.ResponseWriter, *http.Request) {})
	mux.HandleFunc("GET /broken", func(http.ResponseWriter, *http.Request) { panic("broken") })
	mux.HandleFunc("GET /stream", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/event-stream")
		if err := http.NewResponseController(w).Flush(); err != nil {
			panic(err)
		}
	})
	mux.Handle("GET /metrics", o.Metrics())
	return o.HTTP(mux)
}

func ask(h http.Handler, path string, headers ...string) *httptest.ResponseRecorder {
	w, r := httptest.NewRecorder(), httptest.NewRequest(http.MethodGet, path, nil)
	r.RemoteAddr = "127.0.0.1:5555"
	for i := 0; i+1 < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	defer func() { _ = recover() }() // as the server would
	h.ServeHTTP(w, r)
	return w
}

func TestRequests(t *testing.T) {
	var lines bytes.Buffer
	log, err := NewLog(&lines, FormatJSON, "info")
	if err != nil {
		t.Fatal(err)
	}
	o := New(Config{Log: log})
	h := served(o)
	if got := ask(h, "/things/7?secret=x", "X-Request-Id", "client-id.1").Header().Get("X-Request-Id"); got != "client-id.1" {
		t.Errorf("a sane id of the client is not taken over: %q", got)
	}
	for _, bad := range []string{"", "short", strings.Repeat("x", 65), "with space", "new\nline", `quote"quote`, "日本語日本語"} {
		got := ask(h, "/things/7", "X-Request-Id", bad).Header().Get("X-Request-Id")
		if got == bad || !regexp.MustCompile(`^[a-z0-9]{16}$`).MatchString(got) {
			t.Errorf("for %q the id is %q", bad, got)
		}
	}
	ask(h, "/reset/very-secret")
	ask(h, "/broken")
	ask(h, "/stream")
	ask(h, "/nowhere/at/all")
	var first, second map[string]any
	parts := strings.SplitN(lines.String(), "\n", 3)
	if err := errors.Join(json.Unmarshal([]byte(parts[0]), &first), json.Unmarshal([]byte(parts[1]), &second)); err != nil {
		t.Fatal(err)
	}
	if first["msg"] != "inside" || first["request"] != "client-id.1" || first["id"] != "client-id.1" {
		t.Errorf("a line of the request: %v", first)
	}
	if second["msg"] != "request" || second["request"] != "client-id.1" || second["status"] != 200.0 || second["route"] != "GET /things/{id}" || second["path"] != "/things/7" || second["bytes"] != 5.0 {
		t.Errorf("the access line: %v", second)
	}
	if strings.Contains(lines.String(), "secret") {
		t.Errorf("the log tells a secret:\n%s", &lines)
	}
	expect(t, text(t, o.Registry), `minori_http_requests_total{code="200",route="GET /things/{id}"} 8`, `minori_http_requests_total{code="500",route="GET /broken"} 1`,
		`minori_http_requests_total{code="404",route="none"} 1`, `minori_http_requests_total{code="200",route="GET /stream"} 1`,
		`minori_http_request_duration_seconds_count{route="GET /things/{id}"} 8`)
	if strings.Contains(text(t, o.Registry), `duration_seconds_count{route="GET /stream"}`) {
		t.Error("a stream's time counts")
	}
}

func TestWhoReadsMetrics(t *testing.T) {
	open, closed := served(New(Config{})), served(New(Config{Token: "0123456789abcdef"}))
	for _, c := range []struct {
		what    string
		h       http.Handler
		headers []string
		want    int
	}{
		{"this machine", open, nil, 200},
		{"through a proxy here", open, []string{"X-Forwarded-For", "127.0.0.1"}, 403},
		{"a token where none is set", open, []string{"X-Forwarded-For", "10.0.0.1", "Authorization", "Bearer "}, 403},
		{"without the token", closed, nil, 401},
		{"with another token", closed, []string{"Authorization", "Bearer 0123456789abcdeF"}, 401},
		{"another scheme", closed, []string{"Authorization", "0123456789abcdef"}, 401},
		{"with the token", closed, []string{"Authorization", "Bearer 0123456789abcdef", "X-Forwarded-For", "10.0.0.1"}, 200},
	} {
		if got := ask(c.h, "/metrics", c.headers...); got.Code != c.want || strings.Contains(got.Body.String(), "go_goroutines") != (c.want == 200) {
			t.Errorf("%s: %d, want %d", c.what, got.Code, c.want)
		}
	}
	w, r := httptest.NewRecorder(), httptest.NewRequest(http.MethodGet, "/metrics", nil)
	r.RemoteAddr = "192.0.2.1:5555"
	if open.ServeHTTP(w, r); w.Code != 403 {
		t.Errorf("another machine: %d", w.Code)
	}
}

func TestProfilesStayHere(t *testing.T) {
	for _, bad := range []string{"0.0.0.0:6060", ":6060", "192.0.2.1:6060", "example.com:6060", "localhost:6060", "6060", ""} {
		if ln, err := ListenPprof(bad); minori.CodeOf(err) != minori.Invalid {
			t.Errorf("%q: %v, %v", bad, ln, err)
		}
	}
	ln, err := ListenPprof("127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer ln.Close()
	for host, want := range map[string]int{"127.0.0.1:6060": 200, "localhost:6060": 200, "[::1]:6060": 200, "evil.example:6060": 421} {
		w, r := httptest.NewRecorder(), httptest.NewRequest(http.MethodGet, "/debug/pprof/goroutine?debug=1", nil)
		r.Host = host
		if Profiles().ServeHTTP(w, r); w.Code != want {
			t.Errorf("%s: %d, want %d", host, w.Code, want)
		}
	}
}

func TestLogSettings(t *testing.T) {
	var b bytes.Buffer
	if _, err := NewLog(&b, "xml", "info"); minori.CodeOf(err) != minori.Invalid {
		t.Error(err)
	}
	if _, err := NewLog(&b, "text", "loud"); minori.CodeOf(err) != minori.Invalid {
		t.Error(err)
	}
	log, err := NewLog(&b, "text", "warn")
	if err != nil {
		t.Fatal(err)
	}
	log.InfoContext(t.Context(), "quiet")
	log.With("a", 1).WithGroup("g").WarnContext(WithRequestID(t.Context(), "abcdefgh"), "loud")
	if got := b.String(); strings.Contains(got, "quiet") || !strings.Contains(got, "abcdefgh") {
		t.Errorf("got %q", got)
	}
}

// receiver takes spans as an OpenTelemetry collector does.
type receiver struct {
	mu    sync.Mutex
	spans map[string]*tracepb.Span
}

func (c *receiver) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	b, err := io.ReadAll(r.Body)
	var in collector.ExportTraceServiceRequest
	if err := errors.Join(err, proto.Unmarshal(b, &in)); err != nil || r.URL.Path != "/v1/traces" {
		http.Error(w, fmt.Sprint(err), http.StatusBadRequest)
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, rs := range in.GetResourceSpans() {
		for _, ss := range rs.GetScopeSpans() {
			for _, s := range ss.GetSpans() {
				c.spans[s.GetName()] = s
			}
		}
	}
	w.Header().Set("Content-Type", "application/x-protobuf")
}

// TestTraceThroughBatch follows an event from its request through group commit,
// fold and evaluation to the hand-over, over the real exporter.
func TestTraceThroughBatch(t *testing.T) {
	t.Setenv("OTEL_EXPORTER_OTLP_ENDPOINT", "")
	if none, err := NewTracer(t.Context(), "v1"); none != nil || err != nil {
		t.Fatalf("without an endpoint: %v, %v", none, err)
	}
	got := &receiver{spans: map[string]*tracepb.Span{}}
	srv := httptest.NewServer(got)
	defer srv.Close()
	t.Setenv("OTEL_EXPORTER_OTLP_ENDPOINT", srv.URL)
	tracer, err := NewTracer(t.Context(), "v1")
	if err != nil {
		t.Fatal(err)
	}
	o := New(Config{Tracer: tracer, Log: slog.New(slog.DiscardHandler)})
	var causes []context.Context
	h := o.HTTP(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		r.Pattern = "POST /v1/batch"
		causes = append(causes, r.Context())
	}))
	ask(h, "/v1/batch", "Traceparent", "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01")
	ctx := context.Background()
	_, end := o.Step(ctx, StepCommit, causes...)
	end(nil)
	_, end = o.Step(ctx, StepFold)
	end(nil)
	live, endLive := o.Step(ctx, StepEvaluate)
	_, end = o.Step(live, StepHandOver)
	end(errors.New("power cut"))
	endLive(nil)
	_, end = o.Step(ctx, StepFold) // an empty round
	end(nil)
	if err := tracer.Close(t.Context()); err != nil {
		t.Fatal(err)
	}
	s := got.spans
	request, commit, fold, evaluate, over := s["POST /v1/batch"], s[StepCommit], s[StepFold], s[StepEvaluate], s[StepHandOver]
	if len(s) != 5 {
		t.Fatalf("%d spans came: %v", len(s), s)
	}
	if fmt.Sprintf("%x", request.GetTraceId()) != "0af7651916cd43dd8448eb211c80319c" || fmt.Sprintf("%x", request.GetParentSpanId()) != "b7ad6b7169203331" {
		t.Errorf("the request does not follow its sender: %v", request)
	}
	for _, pair := range [][2]*tracepb.Span{{commit, request}, {fold, commit}, {evaluate, fold}} {
		if len(pair[0].GetLinks()) != 1 || !bytes.Equal(pair[0].GetLinks()[0].GetSpanId(), pair[1].GetSpanId()) {
			t.Errorf("%s does not link to %s: %v", pair[0].GetName(), pair[1].GetName(), pair[0].GetLinks())
		}
	}
	if !bytes.Equal(over.GetParentSpanId(), evaluate.GetSpanId()) || over.GetStatus().GetCode() != tracepb.Status_STATUS_CODE_ERROR {
		t.Errorf("the hand-over: %v", over)
	}
	var none *Tracer
	if c, end := none.Step(ctx, StepFold); c != ctx {
		t.Error("no tracer makes a span")
	} else {
		end(nil)
	}
}
