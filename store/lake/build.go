// Package lake holds what the analytics backends share: the statement builder
// that turns a metric.Query into one SQL statement, the dialect in which
// backends differ, and the values of their common interface.
//
// The statement has one sub-select per kind of source (daily rollups, last
// points, gauges, actors, first points, fields, terms), each grouped by
// (subject, metric) with conditional aggregates and then pivoted to one row
// per subject; these are joined one by one to the existing subjects, and the
// expression DAG follows as layers over that.
package lake

import (
	"fmt"
	"math"
	"sort"

	minori "github.com/minori-hq/minori"
	"github.com/minori-hq/minori/metric"
)

// Column says where a column of a result stands, for queries derived from it.
type Column struct {
	Type metric.Type
	V, R string // value and reason columns of Base
}

// Env is what the builder needs to know about the stored facts.
type Env struct {
	// Subset, if not empty, is a select of one column with the subjects asked for.
	Subset *SQL
	// Rates gives the value of one unit of a currency in the workspace's, for
	// every currency with an active term at the as-of.
	Rates map[string]float64
	// Label gives the id of a label value of a metric; ok false when no point
	// carried it.
	Label func(metricID int64, pos int, value string) (id int32, ok bool)
	// Base and Columns replace the sources for a query of LeafColumn leaves:
	// a select with the column subject and those named by Columns.
	Base    *SQL
	Columns map[string]Column
	// Past, if not nil, is read in place of the days before the as-of's.
	Past *Past
}

// Build gives a select with the columns subject and, for output i, c<i> and
// r<i> (reason as a small integer). It is an Invalid error if the query asks
// what cannot be answered (the sum of a gauge, an unknown filter label).
func Build(d Dialect, q metric.Query, env Env) (SQL, error) {
	b, err := newBuilder(d, q, env)
	if err != nil {
		return SQL{}, err
	}
	base := b.base()
	if env.Past != nil {
		b.part = after
		base = X("SELECT x.*? FROM (?) x LEFT JOIN (SELECT * FROM ? WHERE 1 = 1?) y ON x.subject = y.subject", b.kept(), base, Raw(env.Past.Table), b.subset("subject"))
	}
	for _, s := range b.sources() {
		base = b.join(base, s)
	}
	l := &layers{d: d, nodes: q.Nodes, leaf: func(i int) cell { return b.leaves[i] }}
	want := make([]int, len(q.Outputs))
	for i, o := range q.Outputs {
		want[i] = o.Node
	}
	inner := l.build(base, []string{"subject"}, want)
	cols := []SQL{Raw("subject")}
	for i, o := range q.Outputs {
		c := l.cells[o.Node]
		cols = append(cols,
			X(fmt.Sprintf("CAST(? AS %s) AS c%d", l.typeOf(q.Nodes[o.Node].Type), i), c.v),
			X(fmt.Sprintf("CAST(? AS %s) AS r%d", d.Small, i), c.r))
	}
	return X("SELECT ? FROM (?) q", Join(", ", cols), inner), nil
}

// newBuilder notes what the leaves of a query need of the sources.
func newBuilder(d Dialect, q metric.Query, env Env) (*builder, error) {
	b := &builder{
		d: d, q: q, env: env, leaves: make([]cell, len(q.Leaves)),
		near: windowed{slots: newSlots("w")}, far: windowed{slots: newSlots("v")}, last: map[minori.Day]*slots{},
		gauge: newSlots("g"), actors: newSlots("p"), first: newSlots("k"), fields: newSlots("f"),
	}
	used := make([]bool, len(q.Leaves))
	for _, n := range q.Nodes {
		if n.Op == metric.OpLeaf {
			used[n.Leaf] = true
		}
	}
	for i := range q.Leaves {
		if !used[i] {
			continue
		}
		c, err := b.leaf(&q.Leaves[i])
		if err != nil {
			return nil, err
		}
		b.leaves[i] = c
	}
	return b, nil
}

// OutputType gives the type of an output.
func OutputType(q metric.Query, i int) metric.Type { return q.Nodes[q.Outputs[i].Node].Type }

// builder collects what the leaves need from each source.
type builder struct {
	d      Dialect
	q      metric.Query
	env    Env
	leaves []cell
	part   part // which days are read

	near   windowed              // rollup rows within windows of the last days
	far    windowed              // rollup rows within windows that reach further back
	last   map[minori.Day]*slots // last points up to a day
	ends   []minori.Day          // the days of last, in order of their first use
	gauge  slots                 // end-of-day values carried forward
	actors slots
	first  slots // days of first points
	fields slots
	arr    bool
	renew  bool
	born   bool
}

// slots are the conditional aggregates of one source, numbered; a leaf reads
// the pivoted column of its metric and slot.
type slots struct {
	prefix string
	aggs   []SQL          // the aggregates of the grouped select
	merges []merge        // how two of each make one
	index  map[string]int // by text and arguments
	ids    []int64        // metrics (or fields) read
	from   int32          // earliest day read
	to     int32          // latest day read
	gauges []int64        // those of the metrics that are gauges
	labels bool           // some leaf tells labels apart
	pivots []pivot
	pindex map[pivot]string
}

type pivot struct {
	id   int64
	slot int
}

func newSlots(prefix string) slots {
	return slots{prefix: prefix, index: map[string]int{}, pindex: map[pivot]string{}, from: math.MaxInt32, to: math.MinInt32}
}

// column gives the name of the pivoted column of an aggregate for a metric.
func (s *slots) column(id int64, agg SQL, m merge) string {
	key := fmt.Sprintf("%s %v", agg.Text, agg.Args)
	slot, ok := s.index[key]
	if !ok {
		slot = len(s.aggs)
		s.index[key] = slot
		s.aggs = append(s.aggs, agg)
		s.merges = append(s.merges, m)
	}
	p := pivot{id, slot}
	name, ok := s.pindex[p]
	if !ok {
		name = fmt.Sprintf("%s%d", s.prefix, len(s.pivots))
		s.pivots = append(s.pivots, p)
		s.pindex[p] = name
		s.ids = append(s.ids, id)
	}
	return name
}

// reads notes of which series a leaf is.
func (s *slots) reads(l *metric.Leaf) {
	s.labels = s.labels || len(l.Filter) > 0
	if l.Metric.Kind == metric.Gauge {
		s.gauges = append(s.gauges, l.Metric.ID)
	}
}

// window notes that the days from … to are read.
func (s *slots) window(from, to minori.Day) {
	s.from, s.to = min(s.from, int32(from)), max(s.to, int32(to))
}

// pivoted groups inner (a select with the columns subject, id and whatever
// the aggregates read) by both and turns it to one row per subject.
func (s *slots) pivoted(inner SQL, idColumn string) SQL {
	aggs := make([]SQL, len(s.aggs))
	for i, a := range s.aggs {
		aggs[i] = X(fmt.Sprintf("? AS a%d", i), a)
	}
	grouped := X("SELECT subject, "+idColumn+", ? FROM ? GROUP BY subject, "+idColumn, Join(", ", aggs), inner)
	cols := make([]SQL, len(s.pivots))
	for i, p := range s.pivots {
		cols[i] = X(fmt.Sprintf("max(CASE WHEN %s = ? THEN a%d END) AS %s%d", idColumn, p.slot, s.prefix, i), p.id)
	}
	return X("SELECT subject, 1 AS hit, ? FROM (?) g GROUP BY subject", Join(", ", cols), grouped)
}

func (s *slots) names() []string {
	out := make([]string, len(s.pivots))
	for i := range s.pivots {
		out[i] = fmt.Sprintf("%s%d", s.prefix, i)
	}
	return out
}

// source is a select with the columns subject, hit and cols.
type source struct {
	sql    SQL
	cols   []string
	merges []merge // how the columns are added to those of Past; nil: they stand for themselves
}

// join adds a source's columns to the base; they are NULL without a match.
func (b *builder) join(base SQL, s source) SQL {
	cols := ""
	for i, c := range s.cols {
		y := "y." + c
		if b.d.JoinDefaults {
			y = fmt.Sprintf("CASE WHEN y.hit = 1 THEN y.%s END", c)
		}
		if b.part == after && s.merges != nil {
			y = s.merges[i].of("x."+pastPrefix+c, y)
		}
		cols += ", " + y + " AS " + c
	}
	return X("SELECT x.*"+cols+" FROM (?) x LEFT JOIN (?) y ON x.subject = y.subject", base, s.sql)
}

// subset is the condition that restricts a source to the subjects asked for.
func (b *builder) subset(column string) SQL {
	if b.env.Subset == nil {
		return Raw("")
	}
	return X(" AND "+column+" IN (?)", *b.env.Subset)
}

// base gives the subjects that exist at the as-of, with the day they exist
// from (born) when a leaf reads it.
func (b *builder) base() SQL {
	if b.env.Base != nil {
		if b.env.Subset == nil {
			return *b.env.Base
		}
		return X("SELECT * FROM (?) d WHERE subject IN (?)", *b.env.Base, *b.env.Subset)
	}
	return Existing(b.d, b.q.Kind, b.q.AsOf, b.env.Subset)
}

// Existing gives a select of the subjects that exist at an as-of, with the
// columns subject and born, the first day of existence (NULL: always).
func Existing(d Dialect, kind minori.SubjectKind, asOf minori.AsOf, subset *SQL) SQL {
	in := Raw("")
	if subset != nil {
		in = X(" AND id IN (?)", *subset)
	}
	who := X("SELECT id AS subject, since, until FROM subject WHERE kind = ? AND gone = 0?", KindID(kind), in)
	born := Raw("since")
	if kind == minori.Account {
		terms := Raw("SELECT account AS subject, 1 AS hit, min(starts) AS first FROM term GROUP BY account")
		who = X("SELECT s.subject AS subject, s.since AS since, s.until AS until, "+
			"CASE WHEN t.hit = 1 THEN t.first END AS first FROM (?) s LEFT JOIN (?) t ON s.subject = t.subject", who, terms)
		born = Raw("CASE WHEN first IS NULL THEN since WHEN since IS NULL OR first < since THEN first ELSE since END")
	}
	day := int32(asOf.Day)
	return X("SELECT subject, born FROM (SELECT subject, until, ? AS born FROM (?) e) f "+
		"WHERE (born IS NULL OR born <= ?) AND (until IS NULL OR until > ?)", born, who, day, day)
}

// KindID is how the lake stores a kind of subject.
func KindID(k minori.SubjectKind) int32 {
	if k == minori.Person {
		return 2
	}
	return 1
}

// KindOf is the opposite of KindID.
func KindOf(id int32) minori.SubjectKind {
	if id == 2 {
		return minori.Person
	}
	return minori.Account
}

// sources gives the sub-selects that any leaf reads, over the days of the
// builder's part.
func (b *builder) sources() []source {
	var out []source
	add := func(s *slots, id string, merges []merge, inner func() SQL) {
		if len(s.pivots) == 0 {
			return
		}
		s.ids = distinct(s.ids)
		out = append(out, source{s.pivoted(inner(), id), s.names(), merges})
	}
	for _, w := range []*windowed{&b.near, &b.far} {
		if len(w.windows) > 0 {
			out = append(out, source{w.pivoted(w.rows(b.days()), "metric"), w.names(), w.mergesOf()})
		}
	}
	for _, day := range b.ends {
		if s := b.last[day]; b.part == whole || b.over(day) == (b.part == before) {
			add(s, "metric", nil, func() SQL { return b.lastRows(s, int32(day)) })
		}
	}
	add(&b.gauge, "metric", b.gauge.mergesOf(), b.gaugeRows)
	if b.part == before {
		return out
	}
	add(&b.actors, "metric", nil, b.actorRows)
	add(&b.first, "metric", nil, b.firstRows)
	add(&b.fields, "field", nil, b.fieldRows)
	if s, ok := b.terms(); ok {
		out = append(out, s)
	}
	return out
}

// recent is how many days apart the windows read together lie at most from the
// as-of, those that reach further back being read by themselves. Rollups are kept
// by blocks of days.
const recent = 64

// nearDays is how many days before a day are looked through first for the last
// point up to it: most series have one within two weeks.
const nearDays = 14

// upTo gives the source of last points up to a day.
func (b *builder) upTo(day minori.Day) *slots {
	s := b.last[day]
	if s == nil {
		fresh := newSlots(fmt.Sprintf("h%d_", len(b.ends)))
		s = &fresh
		b.last[day] = s
		b.ends = append(b.ends, day)
	}
	return s
}

// lastRows gives rows among which is the last point up to a day of every
// series of the metrics: the last point of all, where that is not later than
// the day. Series that go on after it are looked for in the days right before
// it, and only the subjects of those not met there in all history. Where no leaf
// tells labels apart, a metric of a subject is one series.
func (b *builder) lastRows(s *slots, to int32) SQL {
	const cols = "subject, metric, l1, l2, l3, day, last, last_at, last_seq"
	series := "subject, metric"
	of := X("metric IN (?)?", Values(s.ids), b.subset("subject"))
	if s.labels {
		series += ", l1, l2, l3"
	} else if gauges := distinct(s.gauges); len(gauges) > 0 { // of a gauge without labels only the points without any count
		of = X("? AND (l1 = 0 AND l2 = 0 AND l3 = 0 OR metric NOT IN (?))", of, Values(gauges))
	}
	known := X("SELECT subject, metric FROM first_point WHERE metric IN (?)? AND day <= ?", Values(s.ids), b.subset("subject"), to)
	later := X("SELECT "+series+" FROM last_point WHERE ? AND day > ?", of, to)
	near := X("FROM rollup WHERE ? AND day > ? AND day <= ?", of, to-nearDays, to)
	if to >= int32(b.q.AsOf.Day) { // few series go on after it, if any; after an earlier day nearly all do
		near = X("? AND ("+series+") IN (?)", near, later)
	}
	missed := X("SELECT "+series+" FROM (?) u GROUP BY "+series+" HAVING max(met) = 0",
		X("SELECT "+series+", 0 AS met FROM last_point WHERE ? AND day > ? AND (subject, metric) IN (?) UNION ALL SELECT "+series+", 1 ?", of, to, known, near))
	return X("(SELECT "+cols+" FROM last_point WHERE ? AND day <= ? UNION ALL SELECT "+cols+" ? UNION ALL SELECT "+cols+
		" FROM rollup WHERE ? AND day <= ? AND subject IN (SELECT subject FROM (?) m)) z", of, to, near, of, to-nearDays, missed)
}

func (b *builder) firstRows() SQL {
	s := &b.first
	return X("first_point WHERE metric IN (?) AND day <= ??", Values(s.ids), int32(b.q.AsOf.Day), b.subset("subject"))
}

func (b *builder) fieldRows() SQL {
	return X("field WHERE field IN (?) AND valid_from <= ??", Values(b.fields.ids), b.q.AsOf.Micros(), b.subset("subject"))
}

// terms gives ARR in the workspace's currency and the earliest end of an
// active subscription.
func (b *builder) terms() (source, bool) {
	if !b.arr && !b.renew {
		return source{}, false
	}
	var cols []SQL
	var names []string
	day := int32(b.q.AsOf.Day)
	if b.arr {
		cur := make([]string, 0, len(b.env.Rates))
		for c := range b.env.Rates {
			cur = append(cur, c)
		}
		sort.Strings(cur)
		when := make([]SQL, 0, len(cur))
		for _, c := range cur {
			when = append(when, X("WHEN currency = ? THEN arr * CAST(? AS "+b.d.Double+") / CAST(? AS "+b.d.Double+")",
				c, b.env.Rates[c], math.Pow10(minori.Decimals(c))))
		}
		arr := Raw("CAST(NULL AS " + b.d.Double + ")")
		if len(when) > 0 {
			arr = X("sum(CASE WHEN excluded <> 0 THEN 0.0 ? END)", Join(" ", when))
		}
		cols, names = append(cols, X("? AS t_arr", arr)), append(names, "t_arr")
	}
	if b.renew {
		cols, names = append(cols, Raw("min(ends) AS t_end")), append(names, "t_end")
	}
	return source{X("SELECT account AS subject, 1 AS hit, ? FROM term WHERE starts <= ? AND (ends IS NULL OR ends > ?)? GROUP BY account",
		Join(", ", cols), day, day, b.subset("account")), names, nil}, true
}
