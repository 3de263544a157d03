package text

import (
	"fmt"
	"strconv"
	"time"

	"github.com/minori-hq/minori"
)

// Date writes a day in full: 21 Nov 2026; 2026年11月21日(土).
func (p Printer) Date(d minori.Day) string {
	t := d.UTC()
	if p.lang == minori.JA {
		return t.Format("2006年1月2日") + "(" + kanjiWeekday(t.Weekday()) + ")"
	}
	return t.Format("2 Jan 2006")
}

// DateShort writes a day for columns: 21 Nov 2026; 2026/11/21.
func (p Printer) DateShort(d minori.Day) string {
	if p.lang == minori.JA {
		return d.UTC().Format("2006/01/02")
	}
	return d.UTC().Format("2 Jan 2006")
}

// DayMonth writes a day without its year, for axes: 21 Nov; 11/21.
func (p Printer) DayMonth(d minori.Day) string {
	if p.lang == minori.JA {
		return d.UTC().Format("1/2")
	}
	return d.UTC().Format("2 Jan")
}

// Month writes the month of a day: Nov 2026; 2026年11月.
func (p Printer) Month(d minori.Day) string {
	if p.lang == minori.JA {
		return d.UTC().Format("2006年1月")
	}
	return d.UTC().Format("Jan 2006")
}

// MonthName writes a month of the year, 1 to 12, by itself: April; 4月.
func (p Printer) MonthName(month int) string {
	if p.lang == minori.JA {
		return strconv.Itoa(month) + "月"
	}
	return time.Month(month).String()
}

// FiscalYear writes the name of a fiscal year: FY2026; 2026年度.
func (p Printer) FiscalYear(year int) string {
	if p.lang == minori.JA {
		return fmt.Sprintf("%d年度", year)
	}
	return fmt.Sprintf("FY%d", year)
}

// DateOf writes the day of an instant in the printer's time zone.
func (p Printer) DateOf(t time.Time) string { return p.Date(minori.DayOf(t.In(p.loc))) }

// Clock writes the time of day of an instant: 14:05.
func (p Printer) Clock(t time.Time) string { return t.In(p.loc).Format("15:04") }

// DateTime writes an instant: 21 Nov 2026, 14:05; 2026年11月21日(土) 14:05.
func (p Printer) DateTime(t time.Time) string {
	if p.lang == minori.JA {
		return p.DateOf(t) + " " + p.Clock(t)
	}
	return p.DateOf(t) + ", " + p.Clock(t)
}

// RelativeDay writes a day as seen from today, up to a week away: today,
// yesterday, in 3 days; 3日前. Further away it writes the date.
func (p Printer) RelativeDay(d, today minori.Day) string {
	n := int(d - today)
	switch {
	case n == 0:
		return p.T("day.today")
	case n == -1:
		return p.T("day.yesterday")
	case n == 1:
		return p.T("day.tomorrow")
	case n < -1 && n >= -7:
		return p.T("day.ago", "count", -n)
	case n > 1 && n <= 7:
		return p.T("day.ahead", "count", n)
	}
	return p.Date(d)
}

// kanjiWeekday gives the one character of a day of the week.
func kanjiWeekday(w time.Weekday) string {
	return string([]rune("日月火水木金土")[w])
}
