// Package sample makes a sample company: people, accounts, contracts, usage,
// tickets, answers and conversations, the same for the same seed, of any size,
// in English or Japanese. Behind every account stands a hidden health that
// drives what can be seen of it, so that scores can be judged against the
// truth.
//
// Every account depends on the seed and its index only, never on how many
// there are, so accounts can be made one by one and in parallel.
package sample

import (
	"math/rand/v2"
	"time"

	"github.com/rickar/cal/v2"
	"github.com/rickar/cal/v2/jp"
	"github.com/rickar/cal/v2/us"

	minori "github.com/minori-hq/minori"
)

// Config says which company to make.
type Config struct {
	Seed     uint64
	Accounts int
	Days     int         // days of usage up to and including End; 0 means 400
	Lang     minori.Lang // of names and texts; "" means English
	End      minori.Day  // last day of data
	RawDays  int         // raw events are given for so many last days; 0 means 30
}

// Limits of a Config.
const (
	MaxAccounts = 10_000_000
	MaxDays     = 3660
)

// Validate says what is wrong with the configuration.
func (cfg Config) Validate() error {
	switch {
	case cfg.Accounts < 1 || cfg.Accounts > MaxAccounts:
		return minori.Errorf(minori.Invalid, "a sample company has 1 to %d accounts, not %d", MaxAccounts, cfg.Accounts)
	case cfg.Days < 0 || cfg.Days > MaxDays:
		return minori.Errorf(minori.Invalid, "a sample company has 1 to %d days, not %d", MaxDays, cfg.Days)
	case cfg.RawDays < 0:
		return minori.Errorf(minori.Invalid, "the days with raw events are 0 or more, not %d", cfg.RawDays)
	case cfg.Lang != "" && !cfg.Lang.Valid():
		return minori.Errorf(minori.Invalid, "the language of a sample company is en or ja, not %q", cfg.Lang)
	case cfg.End < minori.MinDay+2*MaxDays || cfg.End > minori.MaxDay-MaxDays:
		return minori.Errorf(minori.Invalid, "the last day %s of a sample company is too early or too late", cfg.End)
	}
	return nil
}

// Company is a sample company. It does not change and may be used by several
// goroutines at once.
type Company struct {
	cfg      Config
	first    minori.Day // first day of usage
	loc      *locale
	rhythm   []float32    // how busy a day is, by day from origin
	releases []minori.Day // days of bad releases
	origin   minori.Day   // first day of hidden health and rhythm
}

// lookBack is how many days of hidden health lie before the first day of usage.
const lookBack = 120

// New makes the company of a valid configuration.
func New(cfg Config) *Company {
	if cfg.Days == 0 {
		cfg.Days = 400
	}
	if cfg.RawDays == 0 {
		cfg.RawDays = 30
	}
	if cfg.Lang == "" {
		cfg.Lang = minori.EN
	}
	c := &Company{cfg: cfg, first: cfg.End - minori.Day(cfg.Days) + 1, loc: english()}
	if cfg.Lang == minori.JA {
		c.loc = japanese()
	}
	c.origin = c.first - lookBack
	c.rhythm = c.rhythms()
	r := c.rng(-1, streamCompany)
	for d := c.first + minori.Day(r.IntN(120)); d <= cfg.End; d += minori.Day(130 + r.IntN(90)) {
		c.releases = append(c.releases, d)
	}
	return c
}

// Len gives the number of accounts.
func (c *Company) Len() int { return c.cfg.Accounts }

// Days gives the first and last day of usage.
func (c *Company) Days() (first, last minori.Day) { return c.first, c.cfg.End }

// RawFrom gives the first day with raw events.
func (c *Company) RawFrom() minori.Day {
	return max(c.first, c.cfg.End-minori.Day(c.cfg.RawDays)+1)
}

// Settings gives the workspace that fits the company.
func (c *Company) Settings() minori.Workspace { return c.loc.settings }

// Location gives the time zone in which the company's days are cut.
func (c *Company) Location() *time.Location {
	return time.FixedZone(c.loc.settings.TimeZone, c.loc.offset)
}

// micros gives the instant so many seconds into a day, as stores keep it.
func (c *Company) micros(d minori.Day, second int) int64 {
	return (int64(d)*86400 + int64(second-c.loc.offset)) * 1_000_000
}

// dayOf gives the day of an instant.
func (c *Company) dayOf(micros int64) minori.Day {
	return minori.Day((micros/1_000_000 + int64(c.loc.offset)) / 86400)
}

// rhythms gives how busy each day from origin to the end is.
func (c *Company) rhythms() []float32 {
	week := [7]float32{0.10, 1.0, 1.05, 1.03, 1.0, 0.88, 0.16}
	calendar := &cal.Calendar{}
	if c.cfg.Lang == minori.JA {
		calendar.AddHoliday(jp.Holidays...)
	} else {
		calendar.AddHoliday(us.Holidays...)
	}
	out := make([]float32, c.cfg.End-c.origin+1)
	for i := range out {
		t := (c.origin + minori.Day(i)).UTC()
		out[i] = week[t.Weekday()]
		actual, observed, _ := calendar.IsHoliday(t)
		_, month, day := t.Date()
		yearEnd := month == time.December && day >= 29 || month == time.January && day <= 3
		if actual || observed || yearEnd {
			out[i] = min(out[i], 0.12)
		}
	}
	return out
}

// busy gives the rhythm of a day; days outside the range are plain weekdays.
func (c *Company) busy(d minori.Day) float32 {
	if d < c.origin || d > c.cfg.End {
		return 1
	}
	return c.rhythm[d-c.origin]
}

// workday gives the first working day from d on.
func (c *Company) workday(d minori.Day) minori.Day {
	for c.busy(d) < 0.5 {
		d++
	}
	return d
}

// Streams of random numbers, so that one part of an account does not depend
// on how many numbers another part took.
const (
	streamCompany uint64 = iota + 1
	streamProfile
	streamHealth
	streamContracts
	streamSupport
	streamTalk
	streamUsage
	streamTimes
	streamPeople
	streamNames
)

// rng gives the random numbers of one part of account i.
func (c *Company) rng(i int, stream uint64) *rand.Rand {
	return rand.New(rand.NewPCG(c.key(i), mix(stream)))
}

// key gives the number account i is made from.
func (c *Company) key(i int) uint64 { return mix(c.cfg.Seed ^ mix(uint64(i)+0x51ed)) }

// mix spreads the bits of x (the finaliser of SplitMix64).
func mix(x uint64) uint64 {
	x += 0x9e3779b97f4a7c15
	x = (x ^ x>>30) * 0xbf58476d1ce4e5b9
	x = (x ^ x>>27) * 0x94d049bb133111eb
	return x ^ x>>31
}

// permute maps 0..n-1 onto itself without a visible order: a Feistel network
// over the next even number of bits, walked until it falls below n.
func permute(key uint64, x, n uint64) uint64 {
	half := uint(1)
	for 1<<(2*half) < n {
		half++
	}
	mask := uint64(1)<<half - 1
	for {
		l, r := x>>half, x&mask
		for round := range uint64(4) {
			l, r = r, l^(mix(key^r<<8^round)&mask)
		}
		if x = l<<half | r; x < n {
			return x
		}
	}
}
