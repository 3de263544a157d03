package sample

import (
	"fmt"
	"math/rand/v2"

	minori "github.com/minori-hq/minori"
	"github.com/minori-hq/minori/metric"
)

// The metrics by index.
const (
	mLogin = iota
	mCore
	mAdvanced
	mReport
	mExport
	mAPICall
	mInvite
	mProject
	mComment
	mDashboard
	mSearch
	mMobile
	mError
	mTraining
	mSync
	mAutomation
	mActiveSeats
	mAssignedSeats
	mQuality
	mOverdue
	numMetrics
)

// Limits of users.
const (
	maxUsers = 400 // users of an account who are ever told apart
	maxDaily = 40  // of them on one day
)

// Metric is one of the metrics of the sample company.
type Metric struct {
	Name  string
	Kind  metric.Kind
	Event string // name of the events it is counted from, with distinct actors; "" for others

	fill   float32 // chance of a cell on a busy day of a keen account
	scale  float32 // usual value per seat
	always bool    // machines: weekends count too
}

// Metrics gives the metrics of every sample company; cells, events and points
// name them by their index. The two with events keep distinct actors.
func Metrics() []Metric {
	m := metrics()
	return m[:]
}

func metrics() [numMetrics]Metric {
	counter := func(name string, fill, scale float32, always bool) Metric {
		return Metric{Name: name, Kind: metric.Counter, fill: fill, scale: scale, always: always}
	}
	gauge := func(name string) Metric { return Metric{Name: name, Kind: metric.Gauge} }
	return [numMetrics]Metric{
		mLogin:         {Name: "usage.login", Kind: metric.Event, Event: "login", fill: 1.25},
		mCore:          {Name: "usage.feature_core", Kind: metric.Event, Event: "feature_core", fill: 0.96},
		mAdvanced:      counter("usage.feature_advanced", 0.86, 0.25, false),
		mReport:        counter("usage.report", 0.82, 0.10, false),
		mExport:        counter("usage.export", 0.62, 0.06, false),
		mAPICall:       counter("usage.api_call", 0.95, 12, true),
		mInvite:        counter("usage.invite", 0.17, 0.02, false),
		mProject:       counter("usage.project_created", 0.42, 0.03, false),
		mComment:       counter("usage.comment", 1.00, 0.30, false),
		mDashboard:     counter("usage.dashboard_view", 1.15, 0.60, false),
		mSearch:        counter("usage.search", 1.10, 0.50, false),
		mMobile:        counter("usage.mobile", 0.70, 0.20, false),
		mError:         counter("usage.error", 0.62, 0.08, false),
		mTraining:      counter("usage.training_view", 0.24, 0.05, false),
		mSync:          counter("usage.integration_sync", 0.92, 1.5, true),
		mAutomation:    counter("usage.automation_run", 0.88, 1.0, true),
		mActiveSeats:   gauge("license.active_seats"),
		mAssignedSeats: gauge("license.assigned_seats"),
		mQuality:       gauge("data.quality"),
		mOverdue:       gauge("billing.overdue_days"),
	}
}

// Cell is the daily rollup of one metric: count is the number of events or
// points of the day.
type Cell struct {
	Sum, Min, Max, Last float64
	Count               int32
}

// Event is one raw event of an account.
type Event struct {
	Metric int // index into Metrics, which has the name of the event
	N      int // ordinal among the metric's events of the day
	Actor  int // user of the account, see ActorID
	Day    minori.Day
	Time   int64 // microseconds since 1970 UTC
}

// Point is one raw point of a counter or gauge.
type Point struct {
	Metric int
	Day    minori.Day
	Time   int64 // microseconds since 1970 UTC
	Value  float64
}

// day is the usage of one account on one day.
type day struct {
	filled  uint32 // bit per metric
	value   [numMetrics]float64
	logins  int // login events: of every actor in turn, then of some again
	actors  [maxDaily]int32
	nActors int
	uses    [maxDaily]uint8 // of the core feature, by the first nCore actors
	nCore   int
	allUses int
}

// makeWeights draws how keen the account is on each metric; some features a
// smaller account never takes up.
func (a *AccountData) makeWeights(r *rand.Rand) {
	breadth := 0.75 + 0.25*a.truth.Mean(a.c.first, a.c.cfg.End)
	switch a.Account.Tier {
	case Enterprise:
		breadth += 0.15
	case Basic:
		breadth -= 0.10
	}
	for m := range a.profile.weight {
		w := 0.75 + 0.5*r.Float64()
		if m >= mAdvanced && m <= mAutomation && m != mError && r.Float64() > breadth {
			w = 0
		}
		a.profile.weight[m] = float32(w)
	}
	a.profile.weight[mLogin], a.profile.weight[mCore] = 1, 1
	switch a.Account.Tier {
	case Pro:
		a.profile.weight[mLogin] = float32(0.75 + 0.30*r.Float64())
	case Basic:
		a.profile.weight[mLogin] = float32(0.50 + 0.50*r.Float64())
	}
	a.profile.weight[mActiveSeats] = float32(clamp(1+0.17*r.NormFloat64(), 0.5, 1.4))
}

// usage makes the usage of days of one account. It is set up once per account
// and holds what does not change from day to day.
type usage struct {
	a       *AccountData
	metrics [numMetrics]Metric
	fill    [numMetrics]float32
	scale   [numMetrics]float32 // per seat
	pool    int                 // users told apart
	pcg     rand.PCG
	bits    uint64 // random bits left, for two draws a number
	half    bool
	seats   int        // by contract, known
	seatsTo minori.Day // before this day
	out     day
}

// usage prepares the making of days.
func (a *AccountData) usage() *usage {
	u := &usage{a: a, metrics: metrics(), pool: min(maxUsers, max(1, a.Account.Seats))}
	for m := range u.fill {
		u.fill[m] = u.metrics[m].fill * a.profile.weight[m]
		u.scale[m] = u.metrics[m].scale * a.profile.weight[m]
	}
	return u
}

// draw gives a random number in [0, 1) of 32 bits.
func (u *usage) draw() float32 {
	if u.half {
		u.half = false
		return float32(uint32(u.bits)>>8) * (1.0 / (1 << 24))
	}
	u.half = true
	u.bits = u.pcg.Uint64()
	return float32(u.bits>>40) * (1.0 / (1 << 24))
}

// day makes one day; it depends on the account and the day only. It reports
// whether the account is a customer then.
func (u *usage) day(d minori.Day) bool {
	a := u.a
	if !a.active(d) {
		return false
	}
	u.pcg.Seed(a.key, mix(uint64(uint32(d))<<8|streamUsage))
	u.half = false
	if d >= u.seatsTo {
		u.seats, u.seatsTo = a.seatsOn(d)
	}
	o := &u.out
	o.filled, o.nActors, o.nCore, o.logins, o.allUses = 0, 0, 0, 0, 0
	level := float32(a.level(d))
	keen := min(1.1, max(0.04, 1.25*level-0.1))
	busy := a.c.rhythm[d-a.c.origin]
	seats := float32(u.seats)
	u.people(level, keen*busy, busy)
	for m := mAdvanced; m <= mAutomation; m++ {
		chance, amount := keen, level
		switch {
		case u.metrics[m].always:
			chance = keen * (0.55 + 0.45*busy)
		case o.nActors == 0:
			chance = 0
		case m == mError:
			chance, amount = a.trouble(d, level)
		}
		x := u.draw()
		if p := u.fill[m] * chance; x < p {
			o.filled |= 1 << m
			o.value[m] = float64(1 + int(seats*u.scale[m]*amount*(0.5+x/p)))
		}
	}
	u.gauges(d, level, busy)
	return true
}

// trouble gives the chance and amount of errors of a day: more when the
// account is not well, and for a month after a bad release.
func (a *AccountData) trouble(d minori.Day, level float32) (chance, amount float32) {
	chance, amount = 1.2-0.6*level, 1.4-0.6*level
	for _, s := range a.truth.Shocks {
		if s.Cause == BadRelease && d >= s.Day && d < s.Day+30 {
			return chance * 2, amount * 3
		}
	}
	return chance, amount
}

// people draws who logs in and who of them uses the core feature how often.
// They are neighbours in the list of users, which makes them distinct without
// a search, and begin near its top, so that some users come more often.
func (u *usage) people(level, chance, busy float32) {
	o := &u.out
	x, start, more := u.draw(), u.draw(), u.draw()
	if x >= u.fill[mLogin]*chance {
		return
	}
	daily := float32(min(u.pool, u.seats)) * float32(u.a.profile.daily) * level * (0.3 + 0.7*busy)
	n := min(max(1, int(daily*(0.6+0.8*more)+x)), u.pool, maxDaily)
	first := int(start * start * float32(u.pool))
	for j := range n {
		if first == u.pool {
			first = 0
		}
		o.actors[j] = int32(first)
		first++
	}
	o.filled |= 1 << mLogin
	o.nActors = n
	o.logins = n + int(0.4*float32(n)*u.draw()+0.3)
	if u.draw() >= u.fill[mCore]*min(1, 0.5+0.5*level) {
		return
	}
	o.filled |= 1 << mCore
	o.nCore = max(1, int(float32(n)*(0.55+0.45*u.draw())))
	for j := range o.nCore {
		o.uses[j] = uint8(1 + int(3.6*level*u.draw()))
		o.allUses += int(o.uses[j])
	}
}

// gauges draws the points of the gauges.
func (u *usage) gauges(d minori.Day, level, busy float32) {
	a, o := u.a, &u.out
	x, y, z := u.draw(), u.draw(), u.draw()
	if busy > 0.5 {
		o.filled |= 1 << mActiveSeats
		share := min(1, max(0.02, a.profile.weight[mActiveSeats]*(0.18+0.66*level)+0.10*(x-0.5)))
		o.value[mActiveSeats] = float64(min(u.seats, int(float32(u.seats)*share+0.5)))
	}
	if (int(d)+a.Index)%7 == 0 {
		o.filled |= 1 << mAssignedSeats
		o.value[mAssignedSeats] = float64(u.seats)
	}
	if y < 0.33 {
		o.filled |= 1 << mQuality
		o.value[mQuality] = float64(int(1000*min(1, 0.55+0.33*level+0.1*z))) / 1000
	}
	const cycle = 30
	since := (int(d)%cycle - a.Index%cycle + 2*cycle) % cycle
	if late := a.late(d - minori.Day(since)); since <= late+1 {
		o.filled |= 1 << mOverdue
		if since <= late {
			o.value[mOverdue] = float64(since)
		} else {
			o.value[mOverdue] = 0
		}
	}
}

// late gives how many days too late the invoice of a day is paid.
func (a *AccountData) late(invoice minori.Day) int {
	bits := mix(a.key ^ mix(uint64(uint32(invoice))))
	chance := 0.55 - 0.6*a.truth.Health(invoice)
	if float64(bits>>11)/(1<<53) >= max(0.04, chance) {
		return 0
	}
	return 3 + int(bits%25)
}

// cell gives the rollup of a filled metric.
func (o *day) cell(m int) Cell {
	switch m {
	case mLogin:
		return Cell{Sum: float64(o.logins), Min: 1, Max: 1, Last: 1, Count: int32(o.logins)}
	case mCore:
		return Cell{Sum: float64(o.allUses), Min: 1, Max: 1, Last: 1, Count: int32(o.allUses)}
	}
	v := o.value[m]
	return Cell{Sum: v, Min: v, Max: v, Last: v, Count: 1}
}

// who gives the distinct actors of a metric; nil for those without.
func (o *day) who(m int) []int32 {
	switch m {
	case mLogin:
		return o.actors[:o.nActors]
	case mCore:
		return o.actors[:o.nCore]
	}
	return nil
}

// EachDay gives every filled cell of the daily rollups, by day and metric.
// actors holds the distinct actors of the day for metrics that keep them; it
// is valid during the call only.
func (a *AccountData) EachDay(fn func(d minori.Day, m int, cell Cell, actors []int32)) {
	u := a.usage()
	for d := max(a.c.first, a.Account.SignedUp); d <= a.c.cfg.End; d++ {
		if !u.day(d) {
			continue
		}
		for m := range int(numMetrics) {
			if u.out.filled&(1<<m) != 0 {
				fn(d, m, u.out.cell(m), u.out.who(m))
			}
		}
	}
}

// RawEvents gives the raw events of the last RawDays in the order of time
// within a metric and day; their rollups are EachDay's.
func (a *AccountData) RawEvents(fn func(Event)) { a.EventsFrom(a.c.RawFrom(), fn) }

// EventsFrom gives the raw events from a day on.
func (a *AccountData) EventsFrom(from minori.Day, fn func(Event)) {
	u := a.usage()
	for d := max(from, a.c.first, a.Account.SignedUp); d <= a.c.cfg.End; d++ {
		if !u.day(d) {
			continue
		}
		o := &u.out
		for n := range o.logins {
			fn(Event{mLogin, n, int(o.actors[n%o.nActors]), d, a.time(d, mLogin, n, o.logins)})
		}
		n := 0
		for again := uint8(0); n < o.allUses; again++ {
			for j := range o.nCore {
				if o.uses[j] > again {
					fn(Event{mCore, n, int(o.actors[j]), d, a.time(d, mCore, n, o.allUses)})
					n++
				}
			}
		}
	}
}

// time gives the instant of event n of a day: each has its own part of the
// working day, so that they come in order.
func (a *AccountData) time(d minori.Day, m, n, of int) int64 {
	const opens, hours = 8 * 3600, 11 * 3600
	part := hours / of
	bits := mix(a.key ^ mix(uint64(uint32(d))<<16|uint64(m)<<8|streamTimes) + uint64(n))
	return a.c.micros(d, opens+n*part+int(bits%uint64(part)))
}

// RawPoints gives the raw points of counters and gauges of the last RawDays.
func (a *AccountData) RawPoints(fn func(Point)) { a.PointsFrom(a.c.RawFrom(), fn) }

// PointsFrom gives the raw points from a day on: one at the first instant of
// the day for each filled cell of a counter or gauge.
func (a *AccountData) PointsFrom(from minori.Day, fn func(Point)) {
	u := a.usage()
	for d := max(from, a.c.first, a.Account.SignedUp); d <= a.c.cfg.End; d++ {
		if !u.day(d) {
			continue
		}
		for m := mAdvanced; m < numMetrics; m++ {
			if u.out.filled&(1<<m) != 0 {
				fn(Point{m, d, a.c.micros(d, 0), u.out.value[m]})
			}
		}
	}
}

// EventID gives an event's key in its source.
func (a *AccountData) EventID(e Event) string {
	return fmt.Sprintf("E%06d-%d-%d-%d", a.Index+1, e.Metric, e.Day, e.N)
}
