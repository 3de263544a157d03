package lake

import (
	"fmt"

	minori "github.com/minori-hq/minori"
	"github.com/minori-hq/minori/metric"
)

// Past is what the days before a day mean to a query as of that day. Within the
// day only what the day itself adds is read of the rollups then.
type Past struct {
	Day    minori.Day // the first day that is not in it
	Table  string     // has the rows of PastSelects.Table
	Actors string     // has the rows of PastSelects.Actors, if there are any
}

// PastSelects give the rows of Past as of a query's day.
type PastSelects struct {
	Table  SQL  // subject and columns
	Actors *SQL // subject, metric, actor and the windows they were active in; nil: not read
}

// BuildPast gives the selects of what the days before the as-of's mean to a
// query, with the errors of Build.
func BuildPast(d Dialect, q metric.Query, env Env) (PastSelects, error) {
	env.Past = &Past{Day: q.AsOf.Day}
	b, err := newBuilder(d, q, env)
	if err != nil {
		return PastSelects{}, err
	}
	b.part = before
	in := Raw("")
	if env.Subset != nil {
		in = X(" AND id IN (?)", *env.Subset)
	}
	base := X("SELECT id AS subject FROM subject WHERE kind = ??", KindID(q.Kind), in)
	cols := []SQL{Raw("subject")}
	for _, s := range b.sources() {
		base = b.join(base, s)
		for _, c := range s.cols {
			if s.merges != nil {
				c += " AS " + pastPrefix + c
			}
			cols = append(cols, Raw(c))
		}
	}
	out := PastSelects{Table: X("SELECT ? FROM (?) q", Join(", ", cols), base)}
	if len(b.actors.pivots) > 0 {
		b.actors.ids = distinct(b.actors.ids)
		actors := X("SELECT subject, metric, actor, ? FROM ? GROUP BY subject, metric, actor", b.flags("max(", ")"), b.actorDays())
		out.Actors = &actors
	}
	return out, nil
}

// pastPrefix tells what Past has of a column from the column.
const pastPrefix = "past_"

// part says which days of the facts are read.
type part uint8

const (
	whole  part = iota
	before      // the days before Past.Day
	after       // those from it on, added to Past
)

// merge says how what two spans of days mean makes what both mean.
type merge uint8

const (
	apart merge = iota // not from both
	added
	least
	greatest
)

// of merges two columns, of which NULL is that of no days.
func (m merge) of(x, y string) string {
	both := map[merge]string{added: "%s + %s", least: "least(%s, %s)", greatest: "greatest(%s, %s)"}[m]
	return fmt.Sprintf("coalesce("+both+", %s, %s)", x, y, x, y)
}

// mergesOf gives how the pivoted columns are merged.
func (s *slots) mergesOf() []merge {
	out := make([]merge, len(s.pivots))
	for i, p := range s.pivots {
		out[i] = s.merges[p.slot]
	}
	return out
}

// days is the condition that restricts rows to the subjects asked for and to
// the days of the builder's part.
func (b *builder) days() SQL {
	switch b.part {
	case before:
		return X(" AND day < ??", int32(b.env.Past.Day), b.subset("subject"))
	case after:
		return X(" AND day >= ??", int32(b.env.Past.Day), b.subset("subject"))
	}
	return b.subset("subject")
}

// over reports whether a day was over before Past.Day.
func (b *builder) over(day minori.Day) bool { return b.env.Past != nil && day < b.env.Past.Day }

// kept gives the columns of Past (", y.c …").
func (b *builder) kept() SQL {
	out := ""
	add := func(names []string, prefix string) {
		for _, c := range names {
			out += ", y." + prefix + c
		}
	}
	for _, s := range []*slots{&b.near.slots, &b.far.slots, &b.gauge} {
		add(s.names(), pastPrefix)
	}
	for _, day := range b.ends {
		if b.over(day) {
			add(b.last[day].names(), "")
		}
	}
	return Raw(out)
}

// gaugeRows gives each series with the value at the end of the days that have
// a point and the next such day: those from the first window's start on, and
// the last one before, which is carried into it. Before Past.Day a value is
// carried up to it; on the day itself counts what was last.
func (b *builder) gaugeRows() SQL {
	s := &b.gauge
	const series = "subject, metric, l1, l2, l3"
	value := b.d.ArgMax(Raw("last"), Raw("last_at"), Raw("last_seq"))
	if b.part == after {
		day := int32(b.env.Past.Day)
		return X("(SELECT "+series+", CAST(? AS INTEGER) AS day, ? AS v, CAST(NULL AS INTEGER) AS nxt FROM ? GROUP BY "+series+") z", day, value, b.lastRows(s, day))
	}
	within := X("SELECT "+series+", day, ? AS v FROM rollup WHERE metric IN (?) AND day >= ? AND day <= ?? GROUP BY "+series+", day",
		value, Values(s.ids), s.from, s.to, b.days())
	earlier := X("SELECT "+series+", max(day) AS day, ? AS v FROM ? GROUP BY "+series, value, b.lastRows(s, s.from-1))
	rows := b.d.NextDay(X("SELECT * FROM (?) i UNION ALL SELECT * FROM (?) o", within, earlier))
	if b.part == before {
		day := int32(b.env.Past.Day)
		rows = X("SELECT "+series+", day, v, CASE WHEN nxt IS NULL THEN ? ELSE nxt END AS nxt FROM (?) c", day, rows)
	}
	return X("(?) z", rows)
}

// actorDays gives the days of actors that the windows reach.
func (b *builder) actorDays() SQL {
	s := &b.actors
	return X("actor_day WHERE metric IN (?) AND day >= ? AND day <= ??", Values(s.ids), s.from, s.to, b.days())
}

// flags gives one column per window of actors, 1 for a day within it, inside
// of a function or not.
func (b *builder) flags(open, end string) SQL {
	out := make([]SQL, len(b.actors.aggs))
	for i, cond := range b.actors.aggs {
		out[i] = X(fmt.Sprintf("%sCASE WHEN ? THEN 1 ELSE 0 END%s AS w%d", open, end, i), cond)
	}
	return Join(", ", out)
}

// actorRows gives one row per subject, metric and actor with a flag per slot,
// so that the sum of a flag counts distinct actors.
func (b *builder) actorRows() SQL {
	const actor = "subject, metric, actor"
	rows := X("SELECT "+actor+", ? FROM ? GROUP BY "+actor, b.flags("max(", ")"), b.actorDays())
	sums := make([]SQL, len(b.actors.aggs))
	most := make([]SQL, len(sums))
	names := make([]SQL, len(sums))
	for i := range sums {
		sums[i], most[i], names[i] = Raw(fmt.Sprintf("sum(w%d)", i)), Raw(fmt.Sprintf("max(w%d) AS w%d", i, i)), Raw(fmt.Sprintf("w%d", i))
	}
	if b.part == after {
		rows = X("SELECT "+actor+", ? FROM (SELECT "+actor+", ? FROM ? WHERE 1 = 1? UNION ALL SELECT "+actor+", ? FROM ?) u GROUP BY "+actor,
			Join(", ", most), Join(", ", names), Raw(b.env.Past.Actors), b.subset("subject"), b.flags("", ""), b.actorDays())
	}
	b.actors.aggs = sums
	return X("(?) z", rows)
}
