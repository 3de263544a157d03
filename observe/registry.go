package observe

import (
	"context"
	"fmt"
	"io"
	"slices"
	"strings"
	"sync"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/common/expfmt"
)

// maxSeries bounds the series of one metric; what comes beyond is counted
// under "other" for every label.
const maxSeries = 1000

// Registry keeps metrics and writes them in Prometheus' text format. It may be
// used from several goroutines.
type Registry struct {
	of *prometheus.Registry

	mu       sync.Mutex
	onScrape []func(context.Context, *Scrape)
}

func newRegistry() *Registry { return &Registry{of: prometheus.NewRegistry()} }

// process adds what the system and the Go runtime know of the process.
func (r *Registry) process() {
	r.of.MustRegister(collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
}

// bounded keeps names from outside from making a metric grow without end.
type bounded struct {
	mu    sync.Mutex
	known map[string]bool
	other []string
}

func newBounded(labels []string) *bounded {
	return &bounded{known: map[string]bool{}, other: slices.Repeat([]string{"other"}, len(labels))}
}

// of gives the values under which to count.
func (b *bounded) of(values []string) []string {
	for i, v := range values {
		values[i] = strings.ToValidUTF8(v, "\uFFFD")
	}
	key := strings.Join(values, "\xff")
	b.mu.Lock()
	defer b.mu.Unlock()
	if !b.known[key] {
		if len(b.known) >= maxSeries {
			return b.other
		}
		b.known[key] = true
	}
	return values
}

// Counter only grows. Its labels are given by position.
type Counter struct {
	of     *prometheus.CounterVec
	series *bounded
}

// Histogram counts how large things were.
type Histogram struct {
	of     *prometheus.HistogramVec
	series *bounded
}

// Counter makes a metric that only grows.
func (r *Registry) Counter(name, help string, labels ...string) Counter {
	c := Counter{prometheus.NewCounterVec(prometheus.CounterOpts{Name: name, Help: help}, labels), newBounded(labels)}
	r.of.MustRegister(c.of)
	if len(labels) == 0 {
		c.Add(0) // shown before anything happened
	}
	return c
}

// Histogram makes a metric of sizes or durations with upper bounds of buckets,
// ascending.
func (r *Registry) Histogram(name, help string, bounds []float64, labels ...string) Histogram {
	h := Histogram{prometheus.NewHistogramVec(prometheus.HistogramOpts{Name: name, Help: help, Buckets: bounds}, labels), newBounded(labels)}
	r.of.MustRegister(h.of)
	if len(labels) == 0 {
		h.of.WithLabelValues() // shown before anything happened
	}
	return h
}

// Add adds n, which is not negative, to the series of some values of the labels.
func (c Counter) Add(n float64, labels ...string) {
	c.of.WithLabelValues(c.series.of(labels)...).Add(n)
}

// Observe counts one thing of a size.
func (h Histogram) Observe(v float64, labels ...string) {
	h.of.WithLabelValues(h.series.of(labels)...).Observe(v)
}

// OnScrape calls fn whenever the metrics are read, for what is looked up then.
func (r *Registry) OnScrape(fn func(context.Context, *Scrape)) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.onScrape = append(r.onScrape, fn)
}

// Scrape takes what is looked up when the metrics are read.
type Scrape struct{ found []prometheus.Metric }

// Gauge says how much of something there is. Labels are pairs of a name and a
// value, with the same names for every series of a metric.
func (s *Scrape) Gauge(name, help string, value float64, labels ...string) {
	var names, values []string
	for k := 0; k+1 < len(labels); k += 2 {
		names, values = append(names, labels[k]), append(values, strings.ToValidUTF8(labels[k+1], "\uFFFD"))
	}
	s.found = append(s.found, prometheus.MustNewConstMetric(prometheus.NewDesc(name, help, names, nil), prometheus.GaugeValue, value, values...))
}

// Describe implements prometheus.Collector: what a Scrape has is not known before.
func (s *Scrape) Describe(chan<- *prometheus.Desc) {}

// Collect implements prometheus.Collector.
func (s *Scrape) Collect(to chan<- prometheus.Metric) {
	for _, m := range s.found {
		to <- m
	}
}

// Write writes all metrics by name, and the series of each by their labels.
func (r *Registry) Write(ctx context.Context, w io.Writer) error {
	r.mu.Lock()
	ask := slices.Clone(r.onScrape)
	r.mu.Unlock()
	var now Scrape
	for _, fn := range ask {
		fn(ctx, &now)
	}
	looked := prometheus.NewRegistry()
	looked.MustRegister(&now)
	all, err := prometheus.Gatherers{r.of, looked}.Gather()
	if err != nil {
		return fmt.Errorf("gathering metrics: %w", err)
	}
	for _, family := range all {
		if _, err := expfmt.MetricFamilyToText(w, family); err != nil {
			return fmt.Errorf("writing metrics: %w", err)
		}
	}
	return nil
}
