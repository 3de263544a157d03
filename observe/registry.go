package observe

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"math"
	"slices"
	"sort"
	"strconv"
	"strings"
	"sync"
)

// maxSeries bounds the series of one metric; what comes beyond is counted
// under "other" for every label.
const maxSeries = 1000

// Names of the kinds of metrics in the text format.
const (
	kindCounter   = "counter"
	kindGauge     = "gauge"
	kindHistogram = "histogram"
)

// Registry keeps metrics and writes them in Prometheus' text format. It may be
// used from several goroutines.
type Registry struct {
	mu       sync.Mutex
	families []*family
	onScrape []func(context.Context, *Scrape)
}

// family is one metric with its series.
type family struct {
	name, help, kind string
	labels           []string
	bounds           []float64 // of a histogram's buckets, ascending, without +Inf

	mu     sync.Mutex
	series map[string]*series
}

type series struct {
	values []string
	value  float64  // of a histogram: the sum
	counts []uint64 // of a histogram: by bucket, the last is +Inf
}

// Counter only grows. Its labels are given by position.
type Counter struct{ f *family }

// Histogram counts how large things were.
type Histogram struct{ f *family }

// Counter makes a metric that only grows.
func (r *Registry) Counter(name, help string, labels ...string) Counter {
	return Counter{r.add(&family{name: name, help: help, kind: kindCounter, labels: labels})}
}

// Histogram makes a metric of sizes or durations with upper bounds of buckets,
// ascending.
func (r *Registry) Histogram(name, help string, bounds []float64, labels ...string) Histogram {
	return Histogram{r.add(&family{name: name, help: help, kind: kindHistogram, bounds: bounds, labels: labels})}
}

func (r *Registry) add(f *family) *family {
	f.series = map[string]*series{}
	if len(f.labels) == 0 {
		f.find(nil) // shown before anything happened
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.families = append(r.families, f)
	return f
}

// OnScrape calls fn whenever the metrics are read, for what is looked up then.
func (r *Registry) OnScrape(fn func(context.Context, *Scrape)) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.onScrape = append(r.onScrape, fn)
}

// find gives the series of some values of the labels; the family is locked.
func (f *family) find(values []string) *series {
	key := strings.Join(values, "\xff")
	if s := f.series[key]; s != nil {
		return s
	}
	if len(f.series) >= maxSeries {
		values = slices.Repeat([]string{"other"}, len(f.labels))
		key = strings.Join(values, "\xff")
		if s := f.series[key]; s != nil {
			return s
		}
	}
	s := &series{values: slices.Clone(values)}
	if f.kind == kindHistogram {
		s.counts = make([]uint64, len(f.bounds)+1)
	}
	f.series[key] = s
	return s
}

// Add adds n, which is not negative, to the series of some values of the labels.
func (c Counter) Add(n float64, labels ...string) {
	c.f.mu.Lock()
	defer c.f.mu.Unlock()
	c.f.find(labels).value += n
}

// Observe counts one thing of a size.
func (h Histogram) Observe(v float64, labels ...string) {
	h.f.mu.Lock()
	defer h.f.mu.Unlock()
	s := h.f.find(labels)
	s.value += v
	s.counts[sort.SearchFloat64s(h.f.bounds, v)]++
}

// Scrape takes what is looked up when the metrics are read.
type Scrape struct{ families []*family }

// Gauge says how much of something there is. Labels are pairs of a name and a
// value, with the same names for every series of a metric.
func (s *Scrape) Gauge(name, help string, value float64, labels ...string) {
	s.set(kindGauge, name, help, value, labels)
}

// Counter says how much of something there was since the start, where somebody
// else counts.
func (s *Scrape) Counter(name, help string, value float64, labels ...string) {
	s.set(kindCounter, name, help, value, labels)
}

func (s *Scrape) set(kind, name, help string, value float64, labels []string) {
	i := slices.IndexFunc(s.families, func(f *family) bool { return f.name == name })
	if i < 0 {
		f := &family{name: name, help: help, kind: kind, series: map[string]*series{}}
		for k := 0; k+1 < len(labels); k += 2 {
			f.labels = append(f.labels, labels[k])
		}
		s.families, i = append(s.families, f), len(s.families)
	}
	values := make([]string, 0, len(labels)/2)
	for k := 1; k < len(labels); k += 2 {
		values = append(values, labels[k])
	}
	s.families[i].find(values).value = value
}

// Write writes all metrics by name, and the series of each by their labels.
func (r *Registry) Write(ctx context.Context, w io.Writer) error {
	r.mu.Lock()
	all, ask := slices.Clone(r.families), slices.Clone(r.onScrape)
	r.mu.Unlock()
	var now Scrape
	for _, fn := range ask {
		fn(ctx, &now)
	}
	all = append(all, now.families...)
	slices.SortFunc(all, func(a, b *family) int { return strings.Compare(a.name, b.name) })
	b := bufio.NewWriter(w)
	for _, f := range all {
		f.write(b)
	}
	if err := b.Flush(); err != nil {
		return fmt.Errorf("writing metrics: %w", err)
	}
	return nil
}

func (f *family) write(b *bufio.Writer) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if len(f.series) == 0 {
		return
	}
	fmt.Fprintf(b, "# HELP %s %s\n# TYPE %s %s\n", f.name, escaped(f.help, false), f.name, f.kind)
	keys := make([]string, 0, len(f.series))
	for k := range f.series {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	for _, k := range keys {
		s := f.series[k]
		if f.kind != kindHistogram {
			f.line(b, "", s, "", s.value)
			continue
		}
		sum := uint64(0)
		for i, n := range s.counts {
			sum += n
			bound := "+Inf"
			if i < len(f.bounds) {
				bound = number(f.bounds[i])
			}
			f.line(b, "_bucket", s, bound, float64(sum))
		}
		f.line(b, "_sum", s, "", s.value)
		f.line(b, "_count", s, "", float64(sum))
	}
}

// line writes one sample; bound is the upper bound of a bucket, "" for none.
func (f *family) line(b *bufio.Writer, suffix string, s *series, bound string, value float64) {
	b.WriteString(f.name + suffix)
	open := byte('{')
	pair := func(name, value string) {
		b.WriteByte(open)
		open = ','
		b.WriteString(name + `="` + escaped(value, true) + `"`)
	}
	for i, name := range f.labels {
		pair(name, s.values[i])
	}
	if bound != "" {
		pair("le", bound)
	}
	if open == ',' {
		b.WriteByte('}')
	}
	b.WriteString(" " + number(value) + "\n")
}

func number(v float64) string {
	switch {
	case math.IsInf(v, 1):
		return "+Inf"
	case math.IsInf(v, -1):
		return "-Inf"
	}
	return strconv.FormatFloat(v, 'g', -1, 64)
}

// escaped writes a text the way the format asks for.
func escaped(s string, quoted bool) string {
	s = strings.ReplaceAll(strings.ReplaceAll(strings.ToValidUTF8(s, "�"), `\`, `\\`), "\n", `\n`)
	if quoted {
		s = strings.ReplaceAll(s, `"`, `\"`)
	}
	return s
}
