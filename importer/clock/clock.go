// Package clock reads dates and times as files tell them, and turns clocks of
// a time zone into instants and instants into days.
package clock

import (
	"fmt"
	"math"
	"strings"
	"time"

	minori "github.com/minori-hq/minori"
	"github.com/minori-hq/minori/importer/rowio"
)

// Precision says what a date or time of a file tells.
type Precision uint8

// The precisions.
const (
	Day     Precision = iota // a calendar day
	Local                    // a clock somewhere, without a zone
	Instant                  // with a zone
)

// When is a date or time as a file tells it.
type When struct {
	Is     Precision
	Day    int64 // days since 1970 of the clock; of UTC for an Instant
	Micros int64 // of that day
}

// Wall gives what the clock shows, in microseconds since 1970; of an Instant
// that is the instant.
func (w When) Wall() int64 { return w.Day*dayMicros + w.Micros }

const (
	dayMicros = 24 * 60 * 60 * 1_000_000
	daySecs   = 24 * 60 * 60
)

// Of reads a value; problem is a sentence about what is wrong with it.
func Of(v rowio.Value) (w When, problem string) {
	if t, ok := v.Time(); ok {
		us := t.UnixMicro()
		w = When{Day: floorDiv(us, dayMicros)}
		w.Micros = us - w.Day*dayMicros
		switch v.Kind {
		case rowio.Time:
			w.Is = Instant
		case rowio.LocalTime:
			w.Is = Local
		}
		return w, inRange(v.Text, w)
	}
	if v.Kind != rowio.Text {
		return w, fmt.Sprintf("%q is not a date or time; write a text such as 2024-12-31 or 2024-12-31T23:59:59Z, or convert it with an expression in the source's map", clip(v.Text))
	}
	return Parse(v.Text)
}

// Parse reads 2024-12-31 or 2024/12/31, alone or with a time of day behind
// T or a blank, to the microsecond, with or without a zone.
func Parse(text string) (w When, problem string) {
	s := strings.TrimSpace(text)
	bad := func() (When, string) {
		return When{}, fmt.Sprintf("%q is not a date or time that can be read; write 2024-12-31, 2024-12-31 23:59:59 or 2024-12-31T23:59:59Z, or convert it with an expression in the source's map", clip(text))
	}
	y, mon, d, rest, ok := parseDate(s)
	if !ok {
		return bad()
	}
	if mon < 1 || mon > 12 || d < 1 || d > daysIn(y, mon) {
		return When{}, fmt.Sprintf("%q names a day that does not exist; correct it", clip(text))
	}
	w.Day = daysFrom(y, mon, d)
	if rest == "" {
		return w, inRange(text, w)
	}
	if c := rest[0]; c != 'T' && c != 't' && c != ' ' {
		return bad()
	}
	us, rest, ok := parseClock(rest[1:])
	if !ok {
		return bad()
	}
	if us < 0 {
		return When{}, fmt.Sprintf("%q names a time of day that does not exist; hours go to 23, minutes and seconds to 59", clip(text))
	}
	w.Is, w.Micros = Local, us
	if rest != "" {
		offset, ok := parseOffset(strings.TrimPrefix(rest, " "))
		if !ok {
			return bad()
		}
		at := w.Day*dayMicros + us - offset*1_000_000
		w.Is, w.Day = Instant, floorDiv(at, dayMicros)
		w.Micros = at - w.Day*dayMicros
	}
	return w, inRange(text, w)
}

// inRange refuses years nobody means.
func inRange(text string, w When) string {
	if d := w.Day; d < int64(minori.MinDay) || d > int64(minori.MaxDay) {
		return fmt.Sprintf("%q lies outside the years 1900 to 2199; correct it", clip(text))
	}
	return ""
}

// digits reads exactly n digits.
func digits(s string, n int) (v int64, rest string, ok bool) {
	if len(s) < n {
		return 0, s, false
	}
	for i := range n {
		c := s[i] - '0'
		if c > 9 {
			return 0, s, false
		}
		v = v*10 + int64(c)
	}
	return v, s[n:], true
}

func parseDate(s string) (y, m, d int64, rest string, ok bool) {
	if y, s, ok = digits(s, 4); !ok || s == "" || s[0] != '-' && s[0] != '/' {
		return 0, 0, 0, "", false
	}
	sep := s[0]
	part := func(s string) (int64, string, bool) {
		if v, rest, ok := digits(s, 2); ok {
			return v, rest, true
		}
		if sep == '/' { // as Excel in Japan writes it: 2024/1/5
			return digits(s, 1)
		}
		return 0, s, false
	}
	if m, s, ok = part(s[1:]); !ok || s == "" || s[0] != sep {
		return 0, 0, 0, "", false
	}
	d, rest, ok = part(s[1:])
	return y, m, d, rest, ok
}

// parseClock reads 23:59, 23:59:59 or 23:59:59.999999; us is -1 for a time
// that does not exist.
func parseClock(s string) (us int64, rest string, ok bool) {
	h, s, ok := digits(s, 2)
	if !ok || s == "" || s[0] != ':' {
		return 0, "", false
	}
	m, s, ok := digits(s[1:], 2)
	if !ok {
		return 0, "", false
	}
	var sec, frac int64
	if s != "" && s[0] == ':' {
		if sec, s, ok = digits(s[1:], 2); !ok {
			return 0, "", false
		}
		if s != "" && (s[0] == '.' || s[0] == ',') {
			n := 1
			for n < len(s) && s[n] >= '0' && s[n] <= '9' {
				n++
			}
			if n == 1 {
				return 0, "", false
			}
			frac, _, _ = digits((s[1:n] + "000000")[:6], 6)
			s = s[n:]
		}
	}
	if h > 23 || m > 59 || sec > 59 {
		return -1, s, true
	}
	return ((h*60+m)*60+sec)*1_000_000 + frac, s, true
}

// parseOffset reads Z, UTC, +09, +0900 or +09:00 as seconds.
func parseOffset(s string) (secs int64, ok bool) {
	switch s {
	case "Z", "z", "UTC":
		return 0, true
	case "":
		return 0, false
	}
	sign := int64(1)
	switch s[0] {
	case '-':
		sign = -1
	case '+':
	default:
		return 0, false
	}
	h, rest, ok := digits(s[1:], 2)
	if !ok || h > 18 {
		return 0, false
	}
	var m int64
	if rest = strings.TrimPrefix(rest, ":"); rest != "" {
		if m, rest, ok = digits(rest, 2); !ok || rest != "" || m > 59 {
			return 0, false
		}
	}
	return sign * (h*3600 + m*60), true
}

func daysIn(y, m int64) int64 {
	switch m {
	case 2:
		if y%4 == 0 && (y%100 != 0 || y%400 == 0) {
			return 29
		}
		return 28
	case 4, 6, 9, 11:
		return 30
	}
	return 31
}

// daysFrom counts the days from 1970-01-01 in the Gregorian calendar.
func daysFrom(y, m, d int64) int64 {
	if m <= 2 {
		y--
		m += 12
	}
	era := floorDiv(y, 400)
	yoe := y - era*400
	doy := (153*(m-3)+2)/5 + d - 1
	return era*146097 + yoe*365 + yoe/4 - yoe/100 + doy - 719468
}

func floorDiv(a, b int64) int64 {
	q := a / b
	if a%b < 0 {
		q--
	}
	return q
}

// Zone turns clocks into instants and instants into days, remembering the
// offset in force. It is used by one goroutine.
type Zone struct {
	loc      *time.Location
	from, to int64 // seconds since 1970 between which offset holds
	offset   int64
}

// NewZone makes a Zone.
func NewZone(loc *time.Location) *Zone { return &Zone{loc: loc, from: 1, to: 0} }

// offsetAt gives the offset in force at an instant, in seconds.
func (z *Zone) offsetAt(sec int64) int64 {
	if sec >= z.from && sec < z.to {
		return z.offset
	}
	t := time.Unix(sec, 0).In(z.loc)
	_, offset := t.Zone()
	start, end := t.ZoneBounds()
	z.from, z.to, z.offset = math.MinInt64, math.MaxInt64, int64(offset)
	if !start.IsZero() {
		z.from = start.Unix()
	}
	if !end.IsZero() {
		z.to = end.Unix()
	}
	return z.offset
}

// DayOf gives the calendar day of an instant in microseconds.
func (z *Zone) DayOf(us int64) minori.Day {
	sec := floorDiv(us, 1_000_000)
	return minori.Day(floorDiv(sec+z.offsetAt(sec), daySecs))
}

// InstantOf gives the instant at which clocks of the zone show wall, in
// microseconds. Where a clock change makes them show it twice, it is the first
// time; where it leaves it out, the later of the two instants one may mean
// (the clock not yet put forward), which clocks show as wall plus the change.
func (z *Zone) InstantOf(wall int64) int64 {
	sec := floorDiv(wall, 1_000_000)
	if a := sec - z.offset; a-daySecs >= z.from && a+daySecs < z.to {
		return wall - z.offset*1_000_000
	}
	before, after := z.offsetAt(sec-daySecs), z.offsetAt(sec+daySecs)
	early, late := sec-max(before, after), sec-min(before, after)
	pick := late
	if z.offsetAt(early) == max(before, after) {
		pick = early
	}
	return wall + (pick-sec)*1_000_000
}

// clip shortens a text for messages.
func clip(s string) string {
	if len(s) <= 80 {
		return s
	}
	return strings.ToValidUTF8(s[:80], "") + "…"
}
