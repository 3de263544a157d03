package message

import (
	"time"

	"github.com/minori-hq/minori/ingest"
)

// Rules of times, in microseconds.
const (
	second = 1_000_000
	// tolerance is the difference between two clocks that is not corrected: as
	// much may pass between sending and arrival.
	tolerance = 10 * second
	// ahead is how far in the future a message may say that it happened. Clocks
	// that are that much wrong exist, and their owners are not to lose events; it
	// counts as having happened when it arrived. What lies farther ahead is no
	// wrong clock but a wrong value, and would be counted on a day nobody looks at.
	ahead = 24 * 3600 * second
	// earliest is 2000-01-01 UTC. An earlier time (1970 above all) comes from a
	// clock that was never set; counted, it would begin the history of a metric
	// decades early, so it is refused, where anybody can see and mend it.
	earliest = 946_684_800 * second
)

// clock tells when messages of one body happened.
type clock struct {
	at   int64 // arrival
	zone *time.Location
	sent string // when the body was sent, as it says

	last      string // the latest sent that was read
	lastSent  int64
	lastKnown bool
}

// time gives when a message happened by our clock, or why it is refused.
//
// Without a time of its own it happened on arrival. With the time of sending by
// the same clock, the difference of that clock to ours is known and taken off:
// arrival − (sent − happened). A sending before the happening is not of one
// clock; then, and where the correction leads out of what is possible, the time
// counts as it stands.
func (c *clock) time(t times) (int64, ingest.Reason) {
	if t.happened == "" {
		return c.at, ""
	}
	happened, ok := parseTime(t.happened, c.zone)
	if !ok {
		return 0, ingest.ReasonTime
	}
	if sent, ok := c.sentAt(t.sent); ok && happened <= sent {
		if skew := c.at - sent; skew > tolerance || skew < -tolerance {
			if corrected := happened + skew; corrected >= earliest {
				happened = corrected
			}
		}
	}
	switch {
	case happened < earliest:
		return 0, ingest.ReasonPast
	case happened > c.at+ahead:
		return 0, ingest.ReasonFuture
	}
	return min(happened, c.at), ""
}

// sentAt reads when a message was sent: as it says itself, else as its body does.
func (c *clock) sentAt(own string) (int64, bool) {
	if own == "" {
		own = c.sent
	}
	if own == "" {
		return 0, false
	}
	if own != c.last {
		c.last = own
		c.lastSent, c.lastKnown = parseTime(own, c.zone)
	}
	return c.lastSent, c.lastKnown
}

// parseTime reads a time in ISO 8601, in microseconds since 1970 UTC. Without
// an offset it is UTC; a date alone is the beginning of that day in zone.
func parseTime(s string, zone *time.Location) (int64, bool) {
	t, err := time.Parse(time.RFC3339, s)
	if err == nil {
		return t.UnixMicro(), true
	}
	for _, layout := range [...]string{
		"2006-01-02T15:04:05Z0700", "2006-01-02T15:04:05Z07", "2006-01-02T15:04:05",
		"2006-01-02 15:04:05Z07:00", "2006-01-02 15:04:05Z0700", "2006-01-02 15:04:05",
		"2006-01-02T15:04Z07:00", "2006-01-02T15:04", "20060102T150405Z0700", "20060102T150405",
	} {
		if t, err = time.Parse(layout, s); err == nil {
			return t.UnixMicro(), true
		}
	}
	t, err = time.ParseInLocation(time.DateOnly, s, zone)
	return t.UnixMicro(), err == nil
}
