package account

import (
	"context"
	"slices"

	minori "github.com/minori-hq/minori"
	"github.com/minori-hq/minori/metric"
)

// Import takes one batch of rows in one transaction: all that is acceptable
// is written, with deltas for the lake and, last, the import rows; the rest is
// reported. With run.DryRun everything is undone at the end.
func (s *Service) Import(ctx context.Context, actor minori.Actor, run Run, rows []FactRow) (Report, error) {
	if err := actor.Require(actor.MayConfigure(), "import data"); err != nil {
		return Report{}, err
	}
	tx := s.store.InTx
	if run.DryRun {
		tx = s.store.DryRun
	}
	var report Report
	err := tx(ctx, func(ctx context.Context) error {
		if err := s.store.LockFacts(ctx); err != nil {
			return err
		}
		for len(rows) > 0 {
			kind := rows[0].Kind()
			n := 1
			for n < len(rows) && rows[n].Kind() == kind {
				n++
			}
			r, err := s.importKind(ctx, run, kind, rows[:n])
			if err != nil {
				return err
			}
			report.Add(r)
			rows = rows[n:]
		}
		return nil
	})
	if err != nil {
		return Report{}, err
	}
	return report, nil
}

// Kind gives the kind of the row, "" if it holds nothing.
func (r *FactRow) Kind() Kind {
	switch {
	case r.Account != nil:
		return KindAccount
	case r.Contact != nil:
		return KindContact
	case r.Person != nil:
		return KindPerson
	case r.Ticket != nil:
		return KindTicket
	case r.Churn != nil:
		return KindChurn
	case r.Interaction != nil:
		return KindInteraction
	case r.Answer != nil:
		return KindAnswer
	}
	return ""
}

func (s *Service) importKind(ctx context.Context, run Run, kind Kind, rows []FactRow) (Report, error) {
	if kind == "" {
		return Report{}, minori.Errorf(minori.Internal, "an imported row holds no fact")
	}
	keys := make([]metric.Row, len(rows))
	for i := range rows {
		keys[i] = rows[i].Row
	}
	b, err := Classify(ctx, s.store, run, kind, keys)
	if err != nil {
		return Report{}, err
	}
	out := &deltas{store: s.store}
	switch kind {
	case KindAccount:
		err = importSubjects(ctx, s, accountKind{s}, run, b, rows, out)
	case KindPerson:
		err = importSubjects(ctx, s, personKind{s}, run, b, rows, out)
	default:
		err = s.importFacts(ctx, run, kind, b, rows, out)
	}
	if err != nil {
		return Report{}, err
	}
	if err := out.flush(ctx); err != nil {
		return Report{}, err
	}
	return b.Report, b.Save(ctx, s.store)
}

// maxDelta is about how many facts go into one line of the outbox.
const maxDelta = 4000

// deltas gathers what a batch means for the lake.
type deltas struct {
	store RowStore
	cur   metric.Delta
	n     int
	lines []metric.Delta
}

func (d *deltas) cut() {
	if d.n >= maxDelta {
		d.lines = append(d.lines, d.cur)
		d.cur, d.n = metric.Delta{}, 0
	}
}

func (d *deltas) subject(r metric.SubjectRow) {
	d.cut()
	d.cur.Subjects = append(d.cur.Subjects, r)
	d.n++
}

func (d *deltas) fields(f []metric.FieldValue) {
	d.cur.Fields = append(d.cur.Fields, f...)
	d.n += len(f)
}

func (d *deltas) points(p metric.PointSet) {
	d.cut()
	d.cur.Points = append(d.cur.Points, p)
	d.n += 1 + len(p.Points)
}

func (d *deltas) flush(ctx context.Context) error {
	if d.n > 0 {
		d.lines = append(d.lines, d.cur)
		d.cur, d.n = metric.Delta{}, 0
	}
	lines := d.lines
	d.lines = nil
	if len(lines) == 0 {
		return nil
	}
	return d.store.AppendOutbox(ctx, lines...)
}

// maps reports whether the source fills a target field.
func (r *Run) maps(field string) bool {
	return r.Mapped == nil || slices.Contains(r.Mapped, field)
}
