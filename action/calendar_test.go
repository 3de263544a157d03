package action

import (
	"testing"

	minori "github.com/minori-hq/minori"
)

func TestBusinessDays(t *testing.T) {
	jp, none := NewCalendar("JP"), NewCalendar("US")
	day := func(s string) minori.Day {
		d, err := minori.ParseDay(s)
		if err != nil {
			t.Fatal(err)
		}
		return d
	}
	for _, c := range []struct {
		cal  *Calendar
		from string
		n    int
		want string
	}{
		{none, "2024-05-03", 0, "2024-05-03"}, // a Friday
		{none, "2024-05-04", 0, "2024-05-06"}, // a Saturday
		{none, "2024-05-03", 1, "2024-05-06"},
		{none, "2024-05-04", 1, "2024-05-06"},
		{jp, "2024-05-02", 1, "2024-05-07"}, // Golden Week: 3, 4, 5 and 6 in place of Sunday 5
		{jp, "2024-05-03", 0, "2024-05-07"},
		{jp, "2023-12-28", 1, "2024-01-04"}, // 年末年始
		{jp, "2026-09-18", 1, "2026-09-24"}, // 21 to 23 September, 22 between two holidays
		{jp, "2023-12-27", 3, "2024-01-05"},
	} {
		if got := c.cal.AddBusinessDays(day(c.from), c.n); got != day(c.want) {
			t.Errorf("%s + %d = %s, want %s", c.from, c.n, got, c.want)
		}
	}
	for s, want := range map[string]bool{
		"2020-07-24": false, "2020-08-10": false, "2020-08-11": true, "2021-08-09": false, "2021-08-11": true,
		"2019-05-01": false, "2019-04-30": false, "2019-10-22": false, "2019-12-23": true, "2018-12-24": false,
		"2024-02-12": false, "2024-02-23": false, "2024-03-20": false, "2024-09-23": false, "2024-12-30": false, "2025-01-03": false,
		"2025-01-06": true, "2037-09-22": false,
	} {
		if got := jp.IsBusinessDay(day(s)); got != want {
			t.Errorf("%s is a business day: %v, want %v", s, got, want)
		}
	}
}
