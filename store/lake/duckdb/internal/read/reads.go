package read

import (
	"context"
	"database/sql"
	"fmt"

	minori "github.com/minori-hq/minori"
	"github.com/minori-hq/minori/ingest"
	"github.com/minori-hq/minori/metric"
	"github.com/minori-hq/minori/store/lake"
	"github.com/minori-hq/minori/store/lake/duckdb/internal/engine"
)

// Series gives the days with a point of a metric of a subject, oldest first.
func (l *Reader) Series(ctx context.Context, subject minori.ID, m metric.Ref, filter map[string]string, from, to minori.Day) ([]lake.DayPoint, error) {
	cond, err := lake.Series(&metric.Leaf{Metric: m, Filter: filter}, l.Label)
	if err != nil {
		return nil, err
	}
	var out []lake.DayPoint
	err = l.read(ctx, lake.X("SELECT day, sum(sum), sum(count)::BIGINT, min(min), max(max), ? FROM rollup "+
		"WHERE subject = ? AND metric = ? AND day >= ? AND day <= ?? GROUP BY day ORDER BY day",
		engine.ArgMax(lake.Raw("last"), lake.Raw("last_at"), lake.Raw("last_seq")), int64(subject), m.ID, int32(from), int32(to), cond), func(r *sql.Rows) error {
		var p lake.DayPoint
		err := r.Scan(&p.Day, &p.Sum, &p.Count, &p.Min, &p.Max, &p.Last)
		out = append(out, p)
		return err
	})
	return out, err
}

// FieldHistory gives all steps of all fields of a subject, by field, then
// valid-from, then order of recording.
func (l *Reader) FieldHistory(ctx context.Context, subject minori.ID) ([]lake.FieldStep, error) {
	var out []lake.FieldStep
	err := l.read(ctx, lake.X("SELECT subject, field, valid_from, recorded, num, txt FROM field WHERE subject = ? ORDER BY field, valid_from, seq", int64(subject)),
		func(r *sql.Rows) error {
			var f lake.FieldStep
			err := r.Scan(&f.Subject, &f.Field, &f.ValidFrom, &f.Recorded, &f.Num, &f.Text)
			out = append(out, f)
			return err
		})
	return out, err
}

// ScoreHistory gives the stored scores of a subject with as-of days in from …
// to, oldest first.
func (l *Reader) ScoreHistory(ctx context.Context, subject minori.ID, scorecard int64, from, to minori.Day) ([]lake.ScoreDay, error) {
	var out []lake.ScoreDay
	err := l.read(ctx, lake.X("SELECT subject, as_of, day, version, score, computed, override, cap_part, coverage, band, exception, cap FROM score "+
		"WHERE scorecard = ? AND subject = ? AND day >= ? AND day <= ? ORDER BY as_of", scorecard, int64(subject), int32(from), int32(to)),
		func(r *sql.Rows) error {
			var s lake.ScoreDay
			err := r.Scan(&s.Subject, &s.AsOf, &s.Day, &s.Version, &s.Score, &s.Computed, &s.Override, &s.CapPart, &s.Coverage, &s.Band, &s.Exception, &s.Cap)
			out = append(out, s)
			return err
		})
	return out, err
}

// daily is the condition that a score is of its day's last evaluation of all
// subjects: those of some subjects within a day tell nothing of the whole.
const daily = "(kind, as_of) IN (SELECT kind, max(as_of) FROM cycle WHERE whole = 1 GROUP BY kind, day)"

// ScoreDistribution counts the stored scores of some subjects (nil: of all) by
// band and tenth, for the last evaluation of all of each day in from … to.
func (l *Reader) ScoreDistribution(ctx context.Context, scorecard int64, from, to minori.Day, subjects []minori.ID) ([]lake.ScoreBin, error) {
	var out []lake.ScoreBin
	err := l.read(ctx, lake.X("SELECT as_of, day, band, CASE WHEN score IS NULL THEN -1 ELSE least(floor(score / 10), 9) END::INTEGER AS decile, count(*) FROM score "+
		"WHERE scorecard = ? AND day >= ? AND day <= ? AND "+daily+" AND ? GROUP BY as_of, day, band, decile ORDER BY as_of, decile, band", scorecard, int32(from), int32(to), among(subjects)),
		func(r *sql.Rows) error {
			var b lake.ScoreBin
			err := r.Scan(&b.AsOf, &b.Day, &b.Band, &b.Decile, &b.Count)
			out = append(out, b)
			return err
		})
	return out, err
}

// Events counts the raw events of some subjects (nil: of all, and of none, also
// those whose account is not known yet) on the days from … to, in all and by
// "name" or "account" (most first; limit 0 means MaxPage; account 0 stands for
// those whose account is not known).
func (l *Reader) Events(ctx context.Context, from, to minori.Day, by string, limit int, subjects []minori.ID) (lake.EventTotals, error) {
	var t lake.EventTotals
	days := lake.X("day >= ? AND day <= ?", int32(from), int32(to))
	within := lake.X("SELECT n.name AS name, e.subject AS subject, e.events AS events, e.first AS first, e.last AS last FROM "+
		"(SELECT name, subject, count(*) AS events, min(time) AS first, max(time) AS last FROM (?) r GROUP BY name, subject) e JOIN event_name n ON e.name = n.id",
		lake.X("SELECT name, subject, time FROM event WHERE ? AND ?", days, among(subjects)))
	if subjects == nil {
		within = lake.X("SELECT * FROM (?) k UNION ALL SELECT n.name, 0, 1, w.time, w.time FROM waiting w JOIN event_name n ON w.name = n.id WHERE ? "+
			"UNION ALL SELECT name, 0, 1, time, time FROM inbox WHERE ? AND kind IN ("+fmt.Sprintf("%d, %d, %d", ingest.Track, ingest.Page, ingest.Screen)+")", within, days, days)
	}
	const sums = "coalesce(sum(events), 0)::BIGINT AS n, coalesce(min(first), 0) AS first, coalesce(max(last), 0) AS last"
	var q string
	switch by {
	case "":
	case "name":
		q = "SELECT name, 0::BIGINT, '', " + sums + " FROM (?) e GROUP BY name ORDER BY n DESC, name"
	case "account":
		q = "SELECT '', c.subject, coalesce(s.key, ''), c.n, c.first, c.last FROM (SELECT subject, " + sums + " FROM (?) e GROUP BY subject) c " +
			"LEFT JOIN (SELECT id, key FROM subject WHERE kind = 1) s ON c.subject = s.id ORDER BY c.n DESC, 3"
	default:
		return t, minori.Errorf(minori.Invalid, "events can be counted by name or account, not by %q", by)
	}
	err := l.read(ctx, lake.X("SELECT "+sums+" FROM (?) e", within), func(r *sql.Rows) error {
		return r.Scan(&t.Events, &t.First, &t.Last)
	})
	if err != nil || by == "" {
		return t, err
	}
	if limit <= 0 {
		limit = minori.MaxPage
	}
	err = l.read(ctx, lake.X(q+fmt.Sprintf(" LIMIT %d", limit), within), func(r *sql.Rows) error {
		var c lake.EventCount
		err := r.Scan(&c.Name, &c.Account, &c.Key, &c.Events, &c.First, &c.Last)
		t.By = append(t.By, c)
		return err
	})
	return t, err
}

// RecentEvents gives a page of a subject's raw events, newest first.
func (l *Reader) RecentEvents(ctx context.Context, subject minori.ID, p minori.Page) ([]lake.EventItem, error) {
	var out []lake.EventItem
	err := l.read(ctx, lake.X("SELECT n.name, e.actor, e.time, e.value, e.properties FROM (SELECT e.name, coalesce(a.key, '') AS actor, e.time, e.arrival, e.value, coalesce(e.properties, '') AS properties "+
		fmt.Sprintf("FROM (SELECT * FROM event WHERE subject = ? ORDER BY time DESC, arrival DESC LIMIT %d OFFSET %d) e LEFT JOIN actor a ON e.actor = a.id) e ", p.Size(), max(p.Offset, 0))+
		"JOIN event_name n ON e.name = n.id ORDER BY e.time DESC, e.arrival DESC", int64(subject)), func(r *sql.Rows) error {
		var e lake.EventItem
		err := r.Scan(&e.Name, &e.Actor, &e.Time, &e.Value, &e.Properties)
		out = append(out, e)
		return err
	})
	return out, err
}

// Members gives the members of a segment as stored for exactly that instant,
// in order; ok is false when none were stored.
func (l *Reader) Members(ctx context.Context, segment int64, asOf minori.AsOf) (members []minori.ID, ok bool, err error) {
	err = l.read(ctx, lake.X("SELECT coalesce(m.subject, 0) FROM (SELECT * FROM member_day WHERE segment = ? AND as_of = ?) d "+
		"LEFT JOIN member m ON m.segment = d.segment AND m.as_of = d.as_of ORDER BY 1", segment, asOf.Micros()), func(r *sql.Rows) error {
		var id minori.ID
		err := r.Scan(&id)
		ok = true
		if id != 0 {
			members = append(members, id)
		}
		return err
	})
	return members, ok, err
}
