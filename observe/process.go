package observe

import (
	"context"
	"runtime"
)

// versionScrape says which version runs.
func versionScrape(version string) func(context.Context, *Scrape) {
	return func(_ context.Context, s *Scrape) {
		s.Gauge("minori_build_info", "The version that runs; the value is always 1.", 1, "version", version, "go", runtime.Version())
	}
}
