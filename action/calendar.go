package action

import (
	"time"

	minori "github.com/minori-hq/minori"
	"github.com/rickar/cal/v2/jp"
)

// Calendar knows the business days of a country. It is safe for concurrent use.
type Calendar struct {
	holidays map[minori.Day]bool
	newYear  bool // 年末年始: 29 December to 3 January are free
}

// Years for which public holidays are computed.
const (
	firstHolidayYear = 1950
	lastHolidayYear  = 2150
)

// NewCalendar makes the calendar of a country (ISO 3166 alpha-2): for Japan
// weekends, public holidays and the days around New Year, for any other and
// for "" weekends only.
func NewCalendar(country string) *Calendar {
	c := &Calendar{holidays: map[minori.Day]bool{}}
	if country == "JP" {
		c.newYear = true
		c.addJapan()
	}
	return c
}

// addJapan computes Japan's public holidays once. The library's definitions
// are copied, since some change themselves while they compute.
func (c *Calendar) addJapan() {
	actual := map[minori.Day]bool{}
	for _, h := range jp.Holidays {
		for year := firstHolidayYear; year <= lastHolidayYear; year++ {
			def := *h
			act, obs := def.Calc(year)
			for _, t := range []time.Time{act, obs} {
				if !t.IsZero() {
					c.holidays[minori.DayOf(t)] = true
				}
			}
			if !act.IsZero() {
				actual[minori.DayOf(act)] = true
			}
		}
	}
	c.correctJapan(actual)
	// A day between two public holidays is one too, from 1988 on.
	for d := range actual {
		if !c.holidays[d+1] && actual[d+2] && d >= minori.Date(1988, time.January, 1) {
			c.holidays[d+1] = true
		}
	}
}

// correctJapan sets right single years that the library leaves out: the
// holidays moved for the Olympic summers, and the year without an Emperor's
// birthday.
func (c *Calendar) correctJapan(actual map[minori.Day]bool) {
	for _, d := range []minori.Day{
		minori.Date(2020, time.August, 11), minori.Date(2021, time.August, 11),
		minori.Date(2019, time.December, 23),
	} {
		delete(c.holidays, d)
		delete(actual, d)
	}
	for _, d := range []minori.Day{
		minori.Date(2020, time.August, 10), minori.Date(2021, time.August, 8), minori.Date(2021, time.August, 9),
	} {
		c.holidays[d] = true
	}
}

// IsBusinessDay reports whether people work on the day.
func (c *Calendar) IsBusinessDay(d minori.Day) bool {
	if w := d.Weekday(); w == time.Saturday || w == time.Sunday || c.holidays[d] {
		return false
	}
	if !c.newYear {
		return true
	}
	_, m, day := d.UTC().Date()
	return !(m == time.December && day >= 29 || m == time.January && day <= 3)
}

// AddBusinessDays gives the n-th business day after the day; for n of 0 the
// day itself if it is one, else the next.
func (c *Calendar) AddBusinessDays(d minori.Day, n int) minori.Day {
	if n <= 0 {
		for !c.IsBusinessDay(d) {
			d++
		}
		return d
	}
	for n > 0 {
		d++
		if c.IsBusinessDay(d) {
			n--
		}
	}
	return d
}
