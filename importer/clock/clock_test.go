package clock

import (
	"fmt"
	"strings"
	"testing"
	"time"

	minori "github.com/minori-hq/minori"
	"github.com/minori-hq/minori/importer/rowio"
)

func zoneFor(t testing.TB, name string) *Zone {
	t.Helper()
	loc, err := time.LoadLocation(name)
	if err != nil {
		t.Fatal(err)
	}
	return NewZone(loc)
}

func TestParse(t *testing.T) {
	tests := []struct {
		in, want string // want as shown below, or a part of the problem
	}{
		{"2024-02-29", "day 2024-02-29"},
		{" 2024-02-29 ", "day 2024-02-29"},
		{"2024/02/29", "day 2024-02-29"},
		{"2024/2/9", "day 2024-02-09"},
		{"1900-01-01", "day 1900-01-01"},
		{"2199-12-31", "day 2199-12-31"},
		{"2024-01-02 03:04", "local 2024-01-02T03:04:00Z"},
		{"2024-01-02 03:04:05", "local 2024-01-02T03:04:05Z"},
		{"2024-01-02T03:04:05.25", "local 2024-01-02T03:04:05.25Z"},
		{"2024/1/2 03:04:05", "local 2024-01-02T03:04:05Z"},
		{"2024-01-02T03:04:05Z", "instant 2024-01-02T03:04:05Z"},
		{"2024-01-02T03:04:05.1234567Z", "instant 2024-01-02T03:04:05.123456Z"},
		{"2024-01-02T03:04:05+09:00", "instant 2024-01-01T18:04:05Z"},
		{"2024-01-02 03:04:05-0530", "instant 2024-01-02T08:34:05Z"},
		{"2024-01-02 03:04:05 UTC", "instant 2024-01-02T03:04:05Z"},
		{"2024-01-02 03:04:05+09", "instant 2024-01-01T18:04:05Z"},
		{"2023-02-29", "a day that does not exist"},
		{"2024-13-01", "a day that does not exist"},
		{"2024-00-10", "a day that does not exist"},
		{"2024-04-31T00:00:00Z", "a day that does not exist"},
		{"2024-04-30 24:00:00", "a time of day that does not exist"},
		{"2024-04-30 23:60:00", "a time of day that does not exist"},
		{"1899-12-31", "outside the years"},
		{"2200-01-01", "outside the years"},
		{"31/12/2024", "not a date or time that can be read"},
		{"2024-1-5", "not a date or time that can be read"},
		{"2024-01", "not a date or time that can be read"},
		{"2024-01-02X", "not a date or time that can be read"},
		{"2024-01-02 03", "not a date or time that can be read"},
		{"2024-01-02 03:04:05 +", "not a date or time that can be read"},
		{"2024-01-02 03:04:05+99:00", "not a date or time that can be read"},
		{"=1+1", "not a date or time that can be read"},
		{"", "not a date or time that can be read"},
	}
	for _, tt := range tests {
		w, problem := Parse(tt.in)
		got := problem
		if problem == "" {
			at := time.UnixMicro(w.Wall()).UTC()
			got = fmt.Sprintf("%s %s", []string{"day", "local", "instant"}[w.Is], at.Format(time.RFC3339Nano))
			if w.Is == Day {
				got = "day " + at.Format(time.DateOnly)
			}
		}
		if got != tt.want && (problem == "" || !strings.Contains(got, tt.want)) {
			t.Errorf("%q: got %q, want %q", tt.in, got, tt.want)
		}
	}
}

func TestOfNumber(t *testing.T) {
	if _, problem := Of(rowio.NumberValue("1700000000")); !strings.Contains(problem, "expression") {
		t.Errorf("got %q", problem)
	}
}

func TestDaysFrom(t *testing.T) {
	for d := minori.MinDay; d <= minori.MaxDay; d++ {
		y, m, day := d.UTC().Date()
		if got := daysFrom(int64(y), int64(m), int64(day)); got != int64(d) {
			t.Fatalf("%s: %d, want %d", d, got, d)
		}
	}
}

func TestClockChanges(t *testing.T) {
	tests := []struct{ zone, local, want string }{
		{"America/New_York", "2024-03-10 01:59:59", "2024-03-10T06:59:59Z"},
		{"America/New_York", "2024-03-10 02:30:00", "2024-03-10T07:30:00Z"}, // left out: shown as 03:30
		{"America/New_York", "2024-03-10 03:00:00", "2024-03-10T07:00:00Z"},
		{"America/New_York", "2024-11-03 00:59:59", "2024-11-03T04:59:59Z"},
		{"America/New_York", "2024-11-03 01:30:00", "2024-11-03T05:30:00Z"}, // twice: the first
		{"America/New_York", "2024-11-03 02:00:00", "2024-11-03T07:00:00Z"},
		{"Asia/Tokyo", "2024-03-10 02:30:00", "2024-03-09T17:30:00Z"},
		{"Asia/Tokyo", "2024-11-03 01:30:00", "2024-11-02T16:30:00Z"},
		{"Europe/Berlin", "2024-03-31 02:30:00", "2024-03-31T01:30:00Z"},
		{"Europe/Berlin", "2024-10-27 02:30:00", "2024-10-27T00:30:00Z"},
		{"America/Sao_Paulo", "2018-11-04 00:00:00", "2018-11-04T03:00:00Z"}, // midnight left out
		{"Australia/Lord_Howe", "2024-10-06 02:15:00", "2024-10-05T15:45:00Z"},
		{"UTC", "2024-03-10 02:30:00", "2024-03-10T02:30:00Z"},
	}
	for _, tt := range tests {
		z := zoneFor(t, tt.zone)
		w, problem := Parse(tt.local)
		if problem != "" {
			t.Fatal(problem)
		}
		for range 2 { // also with the offset remembered
			got := time.UnixMicro(z.InstantOf(w.Wall())).UTC().Format(time.RFC3339)
			if got != tt.want {
				t.Errorf("%s %s: got %s, want %s", tt.zone, tt.local, got, tt.want)
			}
		}
	}
}

// TestZoneAgainstTime compares with package time where that is unambiguous.
func TestZoneAgainstTime(t *testing.T) {
	for _, name := range []string{"America/New_York", "Asia/Tokyo", "Europe/London", "Pacific/Apia", "Asia/Kathmandu"} {
		z := zoneFor(t, name)
		for sec := int64(1262304000); sec < 1735689600; sec += 2711 {
			at := time.Unix(sec, 0).In(z.loc)
			if got, want := z.DayOf(sec*1_000_000), minori.DayOf(at); got != want {
				t.Fatalf("%s: day of %s is %s, want %s", name, at, got, want)
			}
			y, m, d := at.Date()
			wall := time.Date(y, m, d, at.Hour(), at.Minute(), at.Second(), 0, time.UTC).Unix()
			got := z.InstantOf(wall*1_000_000) / 1_000_000
			if got != sec && !time.Unix(got, 0).In(z.loc).Round(0).Equal(at) {
				g := time.Unix(got, 0).In(z.loc)
				if g.Format(time.DateTime) != at.Format(time.DateTime) || g.After(at) {
					t.Fatalf("%s: %s became %s", name, at, g)
				}
			}
		}
	}
}

func FuzzParse(f *testing.F) {
	for _, s := range []string{"2024-02-29", "2024/2/9 03:04:05.5 +0900", "2024-01-02T03:04Z", "0000-00-00", "2024-12-31 23:59:59,999"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		w, problem := Parse(s)
		if problem == "" && (w.Micros < 0 || w.Micros >= dayMicros || w.Day < int64(minori.MinDay) || w.Day > int64(minori.MaxDay)) {
			t.Errorf("%q gives %+v", s, w)
		}
	})
}
