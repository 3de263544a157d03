// Package job runs work in the background: at once, later, again after a
// failure, or periodically. Jobs are inserted with the caller's transaction, so
// that a cause and its job are kept both or neither; a job may run more than
// once, and what it does has to bear that. The work is done by River over the
// tables of the records store.
package job

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"
)

// Kind says what a job does.
type Kind string

// The kinds.
const (
	ScoreBands    Kind = "score_bands"     // tells which scores changed their band with an evaluation
	WebhookFanOut Kind = "webhook_fan_out" // makes deliveries of events
	WebhookSend   Kind = "webhook_send"    // sends one delivery
	WebhookTrim   Kind = "webhook_trim"    // forgets old deliveries
)

// spec is how the jobs of a kind are run.
type spec struct {
	queue   queue
	timeout time.Duration // after which a job is stopped and tried again
	// every is how often a periodic job runs, and first with every start; 0: not
	// by itself.
	every time.Duration
}

// table is all kinds, with the queues they wait in, and with what runs
// periodically. What goes out waits for machines that we do not know: a slow
// one holds up its own lane only.
func table() map[Kind]spec {
	general := queue{name: "general", lanes: 1, workers: 4}
	outgoing := queue{name: "outgoing", lanes: 4, workers: 4}
	scores := queue{name: "scores", lanes: 1, workers: 1} // one after the other
	return map[Kind]spec{
		ScoreBands:    {queue: scores, timeout: time.Minute},
		WebhookFanOut: {queue: general, timeout: time.Minute},
		WebhookSend:   {queue: outgoing, timeout: 30 * time.Second},
		WebhookTrim:   {queue: general, timeout: time.Minute, every: time.Hour},
	}
}

// queue is where jobs wait for a free worker.
type queue struct {
	name    string
	lanes   int // how many there are of it: jobs of different lanes do not wait for each other
	workers int // of each lane
}

// lane names the queue of a lane; any number is one.
func (q queue) lane(n int64) string {
	if q.lanes == 1 {
		return q.name
	}
	return fmt.Sprintf("%s-%d", q.name, uint64(n)%uint64(q.lanes))
}

// Request asks for a job.
type Request struct {
	Kind Kind
	Args any       // written as JSON
	At   time.Time // not before; zero: now
	Lane int64     // jobs of one lane may wait for each other
	// Once leaves the job out if one of its kind with the same arguments waits
	// or runs, or ran within the last day.
	Once bool
}

// Job is a piece of work to be done.
type Job struct {
	ID      int64
	Kind    Kind
	Attempt int // counts from 1
	args    json.RawMessage
}

// Read reads the arguments.
func (j *Job) Read(v any) error {
	if err := json.Unmarshal(j.args, v); err != nil {
		return fmt.Errorf("reading the arguments of job %d: %w", j.ID, err)
	}
	return nil
}

// Handler does jobs of one kind. An error has it tried again: as After says, or
// after a pause that grows with each attempt.
type Handler func(ctx context.Context, j Job) error

// later is a job that asks to be run again.
type later struct{ wait time.Duration }

// Error implements error.
func (l later) Error() string { return "again in " + l.wait.String() }

// After is what a handler returns to be run again after a time; this is no
// failure. Up to five seconds may come on top.
func After(wait time.Duration) error { return later{wait} }

// waits gives the time that a handler asked for.
func waits(err error) (time.Duration, bool) {
	var l later
	ok := errors.As(err, &l)
	return l.wait, ok
}

// args is the arguments of a job of any kind.
type args struct {
	kind Kind
	json json.RawMessage
}

// Kind implements river.JobArgs.
func (a args) Kind() string { return string(a.kind) }

// MarshalJSON implements json.Marshaler.
func (a args) MarshalJSON() ([]byte, error) { return a.json, nil }

// UnmarshalJSON implements json.Unmarshaler.
func (a *args) UnmarshalJSON(b []byte) error {
	a.json = append(json.RawMessage(nil), b...)
	return nil
}
