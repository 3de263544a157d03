package rule

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	minori "github.com/minori-hq/minori"
)

// Longest lengths of time accepted: about ten years.
const (
	MaxDays         = minori.MaxWindowDays
	MaxBusinessDays = BusinessDays(2600)
)

// ParseDuration reads "7d" and "2w" (calendar days), "24h" and "30min" (clock
// time); 0 is allowed.
func ParseDuration(s string) (Duration, error) {
	digits := strings.TrimRight(s, "abcdefghijklmnopqrstuvwxyz")
	n, ok := count(digits)
	if !ok {
		return Duration{}, badDuration(s)
	}
	var d Duration
	switch s[len(digits):] {
	case "d":
		d.Days = n
	case "w":
		d.Days = 7 * n
	case "h":
		d.Clock = time.Duration(min(n, MaxDays*24+1)) * time.Hour // more would overflow
	case "min":
		d.Clock = time.Duration(n) * time.Minute
	case "m":
		return Duration{}, minori.Errorf(minori.Invalid, "%q could mean minutes or months: write %dmin, or days such as %dd", s, n, 30*n)
	default:
		return Duration{}, badDuration(s)
	}
	if d.check() != nil {
		return Duration{}, minori.Errorf(minori.Invalid, "%q is longer than ten years", s)
	}
	return d, nil
}

func badDuration(s string) error {
	return minori.Errorf(minori.Invalid, "%q is not a length of time: write a whole number and d, w, h or min, such as \"7d\"", s)
}

// count reads a whole number of at most seven digits.
func count(s string) (int, bool) {
	if s == "" || len(s) > 7 || strings.Trim(s, "0123456789") != "" {
		return 0, false
	}
	n, err := strconv.Atoi(s)
	return n, err == nil
}

func (d Duration) check() error {
	switch {
	case d.Days < 0 || d.Clock < 0:
		return minori.Errorf(minori.Invalid, "a length of time cannot be negative")
	case d.Days > 0 && d.Clock > 0:
		return minori.Errorf(minori.Invalid, "a length of time is either days or hours and minutes, not both")
	case d.Days > MaxDays || d.Clock > MaxDays*24*time.Hour:
		return minori.Errorf(minori.Invalid, "%s is longer than ten years", d)
	}
	return nil
}

// IsZero reports whether d is no time at all.
func (d Duration) IsZero() bool { return d.Days == 0 && d.Clock == 0 }

// String gives the form ParseDuration reads: "7d", "24h", "30min"; "0d" for none.
func (d Duration) String() string {
	switch {
	case d.Clock == 0:
		return fmt.Sprintf("%dd", d.Days)
	case d.Clock%time.Hour == 0:
		return fmt.Sprintf("%dh", d.Clock/time.Hour)
	}
	return fmt.Sprintf("%dmin", d.Clock/time.Minute)
}

// passed reports whether at least d lies between since (microseconds since
// 1970 UTC) and the as-of: in calendar days of loc, or in clock time.
func (d Duration) passed(since int64, asOf minori.AsOf, loc *time.Location) bool {
	if d.Days > 0 && int(asOf.Day-minori.DayOf(time.UnixMicro(since).In(loc))) < d.Days {
		return false
	}
	return asOf.Micros()-since >= d.Clock.Microseconds()
}

// ParseBusinessDays reads "3bd"; "0bd" is the same day.
func ParseBusinessDays(s string) (BusinessDays, error) {
	digits, ok := strings.CutSuffix(s, "bd")
	n, number := count(digits)
	if !ok || !number {
		return 0, minori.Errorf(minori.Invalid, "%q is not a number of business days: write a whole number and bd, such as \"3bd\"", s)
	}
	if b := BusinessDays(n); b <= MaxBusinessDays {
		return b, nil
	}
	return 0, minori.Errorf(minori.Invalid, "%q is longer than ten years", s)
}

// String gives the form ParseBusinessDays reads.
func (b BusinessDays) String() string { return fmt.Sprintf("%dbd", int(b)) }
