package observe

import (
	"context"
	"os"
	"runtime"
	"runtime/metrics"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// processScrape looks up what the Go runtime and the system know of this
// process; the names are those that Prometheus' own clients use.
func processScrape(version string) func(context.Context, *Scrape) {
	started := time.Now()
	return func(_ context.Context, s *Scrape) {
		s.Gauge("minori_build_info", "The version that runs; the value is always 1.", 1, "version", version, "go", runtime.Version())
		s.Gauge("process_start_time_seconds", "Start of the process, seconds since 1970 UTC.", float64(started.UnixMilli())/1000)
		s.Gauge("go_goroutines", "Goroutines that exist.", float64(runtime.NumGoroutine()))
		s.Gauge("go_sched_gomaxprocs_threads", "Threads that may run Go code at once.", float64(runtime.GOMAXPROCS(0)))
		runtimeScrape(s)
		systemScrape(s)
	}
}

func runtimeScrape(s *Scrape) {
	names := []struct {
		of, name, help string
		counter        bool
	}{
		{"/memory/classes/heap/objects:bytes", "go_memstats_heap_alloc_bytes", "Bytes of live and not yet freed objects.", false},
		{"/memory/classes/total:bytes", "go_memstats_sys_bytes", "Bytes that the Go runtime took from the system.", false},
		{"/gc/heap/goal:bytes", "go_gc_heap_goal_bytes", "Heap size at which the next collection ends.", false},
		{"/gc/heap/allocs:bytes", "go_memstats_alloc_bytes_total", "Bytes allocated on the heap since the start.", true},
		{"/gc/cycles/total:gc-cycles", "go_gc_cycles_total", "Collections completed since the start.", true},
	}
	samples := make([]metrics.Sample, len(names))
	for i := range names {
		samples[i].Name = names[i].of
	}
	metrics.Read(samples)
	for i, n := range names {
		if samples[i].Value.Kind() != metrics.KindUint64 {
			continue // not of this version of Go
		}
		v := float64(samples[i].Value.Uint64())
		if n.counter {
			s.Counter(n.name, n.help, v)
		} else {
			s.Gauge(n.name, n.help, v)
		}
	}
}

// systemScrape reads what the system counts; where it does not, nothing is said.
func systemScrape(s *Scrape) {
	var use syscall.Rusage
	if syscall.Getrusage(syscall.RUSAGE_SELF, &use) == nil {
		seconds := func(t syscall.Timeval) float64 { return float64(t.Sec) + float64(t.Usec)/1e6 }
		s.Counter("process_cpu_seconds_total", "Processor time used, user and system.", seconds(use.Utime)+seconds(use.Stime))
	}
	if b, err := os.ReadFile("/proc/self/statm"); err == nil {
		if f := strings.Fields(string(b)); len(f) > 1 {
			if pages, err := strconv.ParseFloat(f[1], 64); err == nil {
				s.Gauge("process_resident_memory_bytes", "Memory of the process that is in RAM, the stores' included.", pages*float64(os.Getpagesize()))
			}
		}
	}
	if list, err := os.ReadDir("/proc/self/fd"); err == nil {
		s.Gauge("process_open_fds", "Files and connections that are open.", float64(len(list)))
	}
}
