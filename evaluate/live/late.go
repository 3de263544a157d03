package live

import (
	"context"

	minori "github.com/minori-hq/minori"
)

// sweep corrects past days of some subjects, one day at a time, the newest
// first.
type sweep struct {
	rows []Late
	day  minori.Day // the next one
	from minori.Day // the last one
}

// correct computes one past day again for the subjects that late facts belong
// to, and reports whether there was anything. How rules stepped stays. When all
// days are done the subjects are touched: conditions may compare with them.
func (l *Live) correct(ctx context.Context, yesterday minori.Day) (bool, error) {
	if l.sweep == nil {
		rows, err := l.cfg.Store.Late(ctx, lateBatch)
		if err != nil || len(rows) == 0 {
			return false, err
		}
		l.sweep = &sweep{rows: rows, day: yesterday, from: yesterday}
		for _, r := range rows {
			l.sweep.from = min(l.sweep.from, r.From)
		}
	}
	s := l.sweep
	for s.day >= s.from {
		did, err := l.cfg.Evaluate.Correct(ctx, minori.System(), s.day, s.at(s.day))
		if err != nil {
			l.sweep = nil // begin anew
			return false, err
		}
		s.day--
		if did {
			return true, nil
		}
	}
	if err := l.cfg.Store.DropLate(ctx, s.rows); err != nil {
		return false, err
	}
	l.sweep = nil
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, r := range s.rows {
		l.note(r.Subject, 0)
	}
	return true, nil
}

// at gives the subjects of which a day is to be corrected.
func (s *sweep) at(day minori.Day) []minori.ID {
	var out []minori.ID
	for _, r := range s.rows {
		if r.From <= day {
			out = append(out, r.Subject)
		}
	}
	return out
}
