package duckdb

import (
	"context"

	duck "github.com/duckdb/duckdb-go/v2"

	minori "github.com/minori-hq/minori"
	"github.com/minori-hq/minori/metric"
	"github.com/minori-hq/minori/store/lake"
)

// Apply applies changes of records in order, each once: numbers up to the last
// one applied are skipped, and the new last one is kept in the same
// transaction.
func (l *Lake) Apply(ctx context.Context, deltas []lake.SeqDelta) error {
	return l.write(ctx, func(w *tx) error {
		c := newChange()
		last := w.dict.counters[applied]
		for _, d := range deltas {
			if d.Seq <= last {
				continue
			}
			last = d.Seq
			if err := c.add(&d.Delta); err != nil {
				return err
			}
		}
		if last == w.dict.counters[applied] {
			return nil
		}
		w.dict.set(applied, last)
		return c.write(ctx, w)
	})
}

type subjectKey struct {
	kind int32
	id   minori.ID
}

type rateKey struct {
	currency string
	day      minori.Day
}

type originKey struct {
	origin string
	id     int64
}

// change is several deltas folded into one: of what replaces each other, the
// last counts.
type change struct {
	subjects map[subjectKey]metric.SubjectRow
	fields   []metric.FieldValue
	terms    map[int64]metric.Term
	rates    map[rateKey]float64
	points   map[originKey][]metric.PointRow
	links    map[linkKey]minori.ID
	merges   []metric.Merge
}

func newChange() *change {
	return &change{
		subjects: map[subjectKey]metric.SubjectRow{}, terms: map[int64]metric.Term{},
		rates: map[rateKey]float64{}, points: map[originKey][]metric.PointRow{}, links: map[linkKey]minori.ID{},
	}
}

func (c *change) add(d *metric.Delta) error {
	for _, s := range d.Subjects {
		c.subjects[subjectKey{lake.KindID(s.Kind), s.ID}] = s
	}
	c.fields = append(c.fields, d.Fields...)
	for _, t := range d.Terms {
		c.terms[t.ID] = t
	}
	for _, r := range d.Rates {
		if !finite(r.Value) || r.Value <= 0 {
			return minori.Errorf(minori.Invalid, "the rate of %s on %s is not a positive number", r.Currency, r.Day)
		}
		c.rates[rateKey{r.Currency, r.Day}] = r.Value
	}
	for _, p := range d.Points {
		for i := range p.Points {
			if !finite(p.Points[i].Value) {
				return minori.Errorf(minori.Invalid, "a point of %s %d is not a finite number", p.Origin, p.ID)
			}
		}
		c.points[originKey{p.Origin, p.ID}] = p.Points
	}
	for _, l := range d.Links {
		c.links[linkKey{l.Actor, l.Since}] = l.Account
	}
	c.merges = append(c.merges, d.Merges...)
	return nil
}

func (c *change) write(ctx context.Context, w *tx) error {
	steps := []func(context.Context, *tx) error{c.writeSubjects, c.writeFields, c.writeTerms, c.writeRates, c.writePoints, c.writeMerges, c.writeLinks}
	for _, s := range steps {
		if err := s(ctx, w); err != nil {
			return err
		}
	}
	return nil
}

// upsert fills a temporary copy of a table and puts its rows in the place of
// those equal in the key columns.
func (w *tx) upsert(ctx context.Context, table string, key []string, fill func(*duck.Appender) error) error {
	copyOf := "new_" + table
	if err := w.All(ctx, lake.Raw("CREATE OR REPLACE TEMP TABLE "+copyOf+" AS SELECT * FROM main."+table+" LIMIT 0")); err != nil {
		return err
	}
	if err := w.AppendTo("temp", copyOf, fill); err != nil {
		return err
	}
	on := ""
	for i, k := range key {
		if i > 0 {
			on += " AND "
		}
		on += table + "." + k + " = n." + k
	}
	return w.All(ctx,
		lake.Raw("DELETE FROM "+table+" USING "+copyOf+" n WHERE "+on),
		lake.Raw("INSERT INTO "+table+" SELECT * FROM "+copyOf))
}

func (c *change) writeSubjects(ctx context.Context, w *tx) error {
	if len(c.subjects) == 0 {
		return nil
	}
	err := w.upsert(ctx, "subject", []string{"kind", "id"}, func(a *duck.Appender) error {
		for _, s := range c.subjects {
			if err := appendSubject(a, s); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return err
	}
	return w.All(ctx, lake.X("INSERT INTO made_account SELECT key FROM new_subject WHERE kind = ? AND gone = 0", lake.KindID(minori.Account)))
}

func appendSubject(a *duck.Appender, s metric.SubjectRow) error {
	return a.AppendRow(lake.KindID(s.Kind), int64(s.ID), s.Key, dayOrNil(s.Since), dayOrNil(s.Until), flag(s.Gone))
}

func (c *change) writeFields(ctx context.Context, w *tx) error {
	if len(c.fields) == 0 {
		return nil
	}
	seq := w.dict.next(fieldSeq, int64(len(c.fields)))
	return w.AppendTo("", "field", func(a *duck.Appender) error {
		for _, f := range c.fields {
			seq++
			if err := appendField(a, f, seq); err != nil {
				return err
			}
		}
		return nil
	})
}

func appendField(a *duck.Appender, f metric.FieldValue, seq int64) error {
	var num, text any
	if f.Num != nil {
		num = *f.Num
	}
	if f.Text != nil {
		text = *f.Text
	}
	return a.AppendRow(int64(f.Subject), f.Field, f.ValidFrom, f.Recorded, seq, num, text)
}

func (c *change) writeTerms(ctx context.Context, w *tx) error {
	if len(c.terms) == 0 {
		return nil
	}
	err := w.upsert(ctx, "term", []string{"id"}, func(a *duck.Appender) error {
		for _, t := range c.terms {
			if err := appendTerm(a, t); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return err
	}
	_, err = w.Exec(ctx, lake.Raw("DELETE FROM term WHERE excluded = 2"))
	return err
}

// appendTerm writes a term; a removed one is marked to be deleted after it
// has replaced the old one.
func appendTerm(a *duck.Appender, t metric.Term) error {
	out := flag(t.Excluded)
	if t.Removed {
		out = 2
	}
	return a.AppendRow(t.ID, int64(t.Account), int32(t.Start), dayOrNil(t.End), t.ARR, t.Currency, out)
}

func (c *change) writeRates(ctx context.Context, w *tx) error {
	if len(c.rates) == 0 {
		return nil
	}
	return w.upsert(ctx, "rate", []string{"currency", "day"}, func(a *duck.Appender) error {
		for k, v := range c.rates {
			if err := a.AppendRow(k.currency, int32(k.day), v); err != nil {
				return err
			}
		}
		return nil
	})
}

// writePoints replaces the points of records and rebuilds the days they touch.
func (c *change) writePoints(ctx context.Context, w *tx) error {
	if len(c.points) == 0 {
		return nil
	}
	if err := w.startAffected(ctx); err != nil {
		return err
	}
	err := w.All(ctx,
		lake.Raw("CREATE OR REPLACE TEMP TABLE origins (source BIGINT, item BIGINT)"),
		lake.Raw("CREATE OR REPLACE TEMP TABLE new_point AS SELECT * FROM main.point LIMIT 0"),
		lake.Raw("CREATE OR REPLACE TEMP TABLE no_event AS SELECT * FROM main.event LIMIT 0"))
	if err != nil {
		return err
	}
	if err := c.stagePoints(ctx, w); err != nil {
		return err
	}
	err = w.All(ctx,
		lake.Raw("CREATE OR REPLACE TEMP TABLE old_point AS SELECT p.* FROM point p JOIN origins o ON p.source = o.source AND p.item = o.item"),
		lake.Raw("DELETE FROM point USING origins o WHERE point.source = o.source AND point.item = o.item"),
		lake.Raw("INSERT INTO point SELECT * FROM new_point"))
	if err != nil {
		return err
	}
	for _, t := range []string{"old_point", "new_point"} {
		if err := w.affect(ctx, "no_event", t); err != nil {
			return err
		}
	}
	return w.rebuild(ctx)
}

// stagePoints fills the tables origins and new_point.
func (c *change) stagePoints(ctx context.Context, w *tx) error {
	type item struct {
		source, id int64
		points     []metric.PointRow
		labels     [][metric.MaxLabels]int32
	}
	items := make([]item, 0, len(c.points))
	n := 0
	for k, ps := range c.points {
		origin, err := w.origin(ctx, k.origin)
		if err != nil {
			return err
		}
		labels, err := w.pointLabels(ctx, ps)
		if err != nil {
			return err
		}
		items = append(items, item{-int64(origin), k.id, ps, labels})
		n += len(ps)
	}
	err := w.AppendTo("temp", "origins", func(a *duck.Appender) error {
		for _, it := range items {
			if err := a.AppendRow(it.source, it.id); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return err
	}
	arrival := w.dict.next(arrivals, int64(n))
	return w.AppendTo("temp", "new_point", func(a *duck.Appender) error {
		for _, it := range items {
			for i, p := range it.points {
				arrival++
				ls := it.labels[i]
				if err := a.AppendRow(arrival, it.source, it.id, int64(p.Subject), p.Metric, p.Time, int32(p.Day), p.Value, ls[0], ls[1], ls[2]); err != nil {
					return err
				}
			}
		}
		return nil
	})
}

func dayOrNil(d *minori.Day) any {
	if d == nil {
		return nil
	}
	return int32(*d)
}
