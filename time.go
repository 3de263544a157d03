package minori

import (
	"fmt"
	"strconv"
	"time"
)

// Clock gives the present instant. Every computation that needs "now" takes
// one, so that tests and replays can set it.
type Clock func() time.Time

// Day is a calendar day as days since 1970-01-01, in the workspace's zone.
type Day int32

// Bounds of the days the product accepts in input.
const (
	MinDay Day = -25567 // 1900-01-01
	MaxDay Day = 84005  // 2199-12-31
)

// DayOf gives the calendar day of t in t's location.
func DayOf(t time.Time) Day {
	y, m, d := t.Date()
	return Date(y, m, d)
}

// Date gives the day of a calendar date; values out of range are normalised
// as time.Date does.
func Date(y int, m time.Month, d int) Day {
	return Day(time.Date(y, m, d, 0, 0, 0, 0, time.UTC).Unix() / 86400)
}

// ParseDay reads "2024-12-31". It is an error for dates that do not exist or
// lie outside 1900–2199.
func ParseDay(s string) (Day, error) {
	t, err := time.Parse("2006-01-02", s)
	if err != nil {
		return 0, Errorf(Invalid, "%q is not a date of the form 2024-12-31", s)
	}
	d := DayOf(t)
	if d < MinDay || d > MaxDay {
		return 0, Errorf(Invalid, "%s lies outside the years 1900 to 2199", s)
	}
	return d, nil
}

// Start gives the first instant of the day in loc.
func (d Day) Start(loc *time.Location) time.Time {
	return time.Date(1970, 1, 1+int(d), 0, 0, 0, 0, loc)
}

// UTC gives midnight UTC of the day, for calendar arithmetic and formatting.
func (d Day) UTC() time.Time { return time.Unix(int64(d)*86400, 0).UTC() }

// String gives "2024-12-31".
func (d Day) String() string { return d.UTC().Format("2006-01-02") }

// Weekday gives the day of the week.
func (d Day) Weekday() time.Weekday { return d.UTC().Weekday() }

// AddMonths moves by n calendar months, clipped to the end of the month.
func (d Day) AddMonths(n int) Day {
	y, m, day := d.UTC().Date()
	first := time.Date(y, m+time.Month(n), 1, 0, 0, 0, 0, time.UTC)
	last := first.AddDate(0, 1, -1).Day()
	return DayOf(first) + Day(min(day, last)-1)
}

// AsOf is the instant something is computed for.
type AsOf struct {
	At       time.Time // the instant, UTC
	Day      Day       // its calendar day in the workspace's zone
	Complete Day       // the last day that is over by At: Day itself at its last microsecond, else the day before
}

// EndOf gives the as-of meant by a day: its last microsecond in loc.
func EndOf(d Day, loc *time.Location) AsOf {
	return AsOf{At: (d + 1).Start(loc).Add(-time.Microsecond).UTC(), Day: d, Complete: d}
}

// At gives the as-of for an instant in the workspace's zone loc.
func At(t time.Time, loc *time.Location) AsOf {
	t = t.Truncate(time.Microsecond)
	d := DayOf(t.In(loc))
	a := EndOf(d, loc)
	if !t.Before(a.At) {
		return a
	}
	return AsOf{At: t.UTC(), Day: d, Complete: d - 1}
}

// Micros gives the instant as microseconds since 1970 UTC, the form stores keep.
func (a AsOf) Micros() int64 { return a.At.UnixMicro() }

// Unit of a Window.
type Unit byte

// The units: days, and calendar months (weeks are 7 days; quarters and years
// are 3 and 12 months).
const (
	Days   Unit = 'd'
	Months Unit = 'm'
)

// Window is a length of time that ends with and includes a day.
type Window struct {
	N    int // at least 1
	Unit Unit
}

// MaxWindowDays is the longest window accepted, about ten years.
const MaxWindowDays = 3660

// ParseWindow reads "28d", "4w", "3m", "1q", "1y".
func ParseWindow(s string) (Window, error) {
	bad := func() (Window, error) {
		return Window{}, Errorf(Invalid, "%q is not a window: write a number of at least 1 and d, w, m, q or y, such as \"28d\"", s)
	}
	if len(s) < 2 || len(s) > 6 {
		return bad()
	}
	n, err := strconv.Atoi(s[:len(s)-1])
	if err != nil || n < 1 || s[0] == '+' {
		return bad()
	}
	var w Window
	switch s[len(s)-1] {
	case 'd':
		w = Window{n, Days}
	case 'w':
		w = Window{7 * n, Days}
	case 'm':
		w = Window{n, Months}
	case 'q':
		w = Window{3 * n, Months}
	case 'y':
		w = Window{12 * n, Months}
	default:
		return bad()
	}
	if w.Unit == Days && w.N > MaxWindowDays || w.Unit == Months && w.N > 120 {
		return Window{}, Errorf(Invalid, "the window %q is longer than ten years", s)
	}
	return w, nil
}

// String gives the window in days or months.
func (w Window) String() string { return fmt.Sprintf("%d%c", w.N, w.Unit) }

// Before gives the day that lies n windows before d; the window that ends with
// d is the days after w.Before(d, 1) up to and including d, the previous one
// the days after w.Before(d, 2) up to and including w.Before(d, 1).
func (w Window) Before(d Day, n int) Day {
	if w.Unit == Days {
		return d - Day(w.N*n)
	}
	return d.AddMonths(-w.N * n)
}

// FromMicros gives the instant of microseconds since 1970 UTC.
func FromMicros(micros int64) time.Time { return time.UnixMicro(micros).UTC() }
