// Package observe lets operators see into the running program: metrics in
// Prometheus' text format, log lines with the id of their request, and traces
// from an event to its call to action. Nothing of it is global: an Observer is
// a value, and other packages are given plain functions of it.
package observe

import (
	"log/slog"
	"time"
)

// Config is what an Observer is made of.
type Config struct {
	Version string
	Log     *slog.Logger // nil: nothing is logged
	// AccessLevel is the level of the line that every request gets.
	AccessLevel slog.Level
	// Token is what readers of /metrics have to send; "" lets only this machine
	// read them.
	Token string
	// Tracer makes spans; nil makes none.
	Tracer *Tracer
}

// Observer counts what happens.
type Observer struct {
	*Registry
	cfg Config

	requests, tracked, deliveries, jobs     Counter
	requestSeconds, foldSeconds, foldEvents Histogram
	cycleSeconds, jobSeconds                Histogram
	evaluatedSeconds, actedSeconds          Histogram
}

// New makes an Observer.
func New(cfg Config) *Observer {
	if cfg.Log == nil {
		cfg.Log = slog.New(slog.DiscardHandler)
	}
	r := newRegistry()
	o := &Observer{Registry: r, cfg: cfg,
		requests:         r.Counter("minori_http_requests_total", "HTTP requests answered, by route and status code.", "route", "code"),
		requestSeconds:   r.Histogram("minori_http_request_duration_seconds", "Time to answer an HTTP request; streams are left out.", requestBounds(), "route"),
		tracked:          r.Counter("minori_tracking_messages_total", "Tracking messages by what became of them: accepted, repeated, rejected, refused.", "result"),
		foldSeconds:      r.Histogram("minori_fold_duration_seconds", "Time of one step from the inbox into facts.", workBounds()),
		foldEvents:       r.Histogram("minori_fold_events", "Events moved out of the inbox by one step.", []float64{0, 10, 100, 1000, 10_000, 100_000}),
		cycleSeconds:     r.Histogram("minori_evaluation_duration_seconds", "Time of one evaluation, by whether it was of all subjects (full) or of the touched ones (live).", workBounds(), "kind"),
		evaluatedSeconds: r.Histogram("minori_signal_to_evaluation_seconds", "Time from the arrival of a subject's event until its evaluation was handed over.", signalBounds()),
		actedSeconds:     r.Histogram("minori_signal_to_action_seconds", "Time from the arrival of an event until the call to action that it opened was there.", signalBounds()),
		jobSeconds:       r.Histogram("minori_job_duration_seconds", "Time of one attempt of a job.", workBounds(), "job"),
		jobs:             r.Counter("minori_jobs_total", "Attempts of jobs by what became of them: done, again, failed.", "job", "result"),
		deliveries:       r.Counter("minori_webhook_deliveries_total", "Attempts to deliver a webhook by what became of them: delivered, failed, dead.", "result"),
	}
	for _, result := range []string{"accepted", "repeated", "rejected", "refused"} {
		o.tracked.Add(0, result)
	}
	r.process()
	r.OnScrape(versionScrape(cfg.Version))
	return o
}

// Upper bounds of buckets, in seconds.

func requestBounds() []float64 {
	return []float64{.001, .0025, .005, .01, .025, .05, .1, .15, .25, .5, 1, 2.5, 5, 10}
}

func workBounds() []float64 {
	return []float64{.001, .005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10, 30, 60, 300}
}

// signalBounds are narrow where the product promises something: half within 3 s,
// 99 of 100 within 10 s.
func signalBounds() []float64 {
	return []float64{.1, .25, .5, .75, 1, 1.5, 2, 2.5, 3, 4, 5, 6, 8, 10, 15, 20, 30, 45, 60}
}

// Log gives the log that the Observer writes to.
func (o *Observer) Log() *slog.Logger { return o.cfg.Log }

// Tracked counts tracking messages: stored, known and dropped, wrong, and
// refused because too much waited.
func (o *Observer) Tracked(accepted, repeated, rejected, refused int) {
	o.tracked.Add(float64(accepted), "accepted")
	o.tracked.Add(float64(repeated), "repeated")
	o.tracked.Add(float64(rejected), "rejected")
	o.tracked.Add(float64(refused), "refused")
}

// Folded counts one step from the inbox into facts.
func (o *Observer) Folded(took time.Duration, events int) {
	o.foldSeconds.Observe(took.Seconds())
	o.foldEvents.Observe(float64(events))
}

// Evaluated counts one evaluation: of the touched subjects (live), or of all.
func (o *Observer) Evaluated(live bool, took time.Duration) {
	kind := "full"
	if live {
		kind = "live"
	}
	o.cycleSeconds.Observe(took.Seconds(), kind)
}

// Signalled counts a subject that was evaluated for a signal, so many seconds
// after the signal arrived.
func (o *Observer) Signalled(seconds float64) { o.evaluatedSeconds.Observe(max(0, seconds)) }

// Acted counts a call to action that was opened for a signal, so many seconds
// after the signal arrived.
func (o *Observer) Acted(seconds float64) { o.actedSeconds.Observe(max(0, seconds)) }

// Worked counts one attempt of a job; the result is done, again (it asked for it) or failed.
func (o *Observer) Worked(job, result string, took time.Duration) {
	o.jobs.Add(1, job, result)
	o.jobSeconds.Observe(took.Seconds(), job)
}

// Delivered counts one attempt to deliver a webhook; the result is delivered,
// failed (and tried again) or dead.
func (o *Observer) Delivered(result string) { o.deliveries.Add(1, result) }
