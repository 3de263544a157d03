package duckdb

import (
	"context"
	"database/sql"
	"fmt"

	"github.com/minori-hq/minori/metric"
	"github.com/minori-hq/minori/store/lake"
	"github.com/minori-hq/minori/store/lake/duckdb/internal/engine"
)

// factColumns are what counting needs of an event; name is the event's name.
var factColumns = [...]string{"arrival", "subject", "name", "actor", "time", "day", "value", "properties"}

// counted turns events into rows (arrival, subject, actor, time, day, value,
// l1, l2, l3) of one event metric: those its condition holds for, with the
// value to sum. Labels not in the dictionary yet are added first.
func (w *tx) counted(ctx context.Context, m *metricState, events lake.SQL) (lake.SQL, error) {
	rows := lake.X("SELECT ? FROM (?) e WHERE name = ?", lake.Raw(join(factColumns[:])), events, w.dict.events[m.From.Event])
	if m.Where != nil {
		var err error
		if rows, err = lake.Where(w.l.d, m.Where, rows, factColumns[:]); err != nil {
			return lake.SQL{}, err
		}
	}
	value := lake.Raw("1.0::DOUBLE")
	if p := m.From.Sum; p != "" {
		value = lake.NumberProperty(w.l.d, p)
		if p == "value" {
			value = lake.X("coalesce(?, value)", value)
		}
	}
	cols := []lake.SQL{lake.Raw("arrival, subject, actor, time, day"), lake.X("? AS value", value)}
	for i := range metric.MaxLabels {
		if i >= len(m.By) {
			cols = append(cols, lake.Raw(fmt.Sprintf("0 AS l%d", i+1)))
			continue
		}
		cols = append(cols, lake.X(fmt.Sprintf("? AS b%d", i+1), w.l.d.Property(lake.Raw("properties"), m.By[i])))
	}
	rows = lake.X("SELECT ? FROM (?) c", lake.Join(", ", cols), rows)
	if m.From.Sum != "" {
		rows = lake.X("SELECT * FROM (?) v WHERE value IS NOT NULL", rows)
	}
	for i := range m.By {
		var err error
		if rows, err = w.labelled(ctx, m, i, rows); err != nil {
			return lake.SQL{}, err
		}
	}
	return rows, nil
}

// labelled replaces the text b<i> of rows by the label's id l<i>.
func (w *tx) labelled(ctx context.Context, m *metricState, i int, rows lake.SQL) (lake.SQL, error) {
	b := fmt.Sprintf("b%d", i+1)
	var values []string
	err := w.Rows(ctx, lake.X("SELECT DISTINCT "+b+" FROM (?) r WHERE "+b+" IS NOT NULL AND "+b+" <> '' "+
		"AND "+b+" NOT IN (SELECT value FROM label WHERE metric = ? AND pos = ?) ORDER BY 1 LIMIT 2000", rows, m.ID, int32(i)),
		func(r *sql.Rows) error {
			var v string
			err := r.Scan(&v)
			values = append(values, v)
			return err
		})
	if err != nil {
		return lake.SQL{}, err
	}
	for _, v := range values {
		if _, err := w.label(ctx, m.ID, i, v); err != nil {
			return lake.SQL{}, err
		}
	}
	return lake.X(fmt.Sprintf("SELECT x.* EXCLUDE (%s), CASE WHEN x.%s IS NULL OR x.%s = '' THEN 0 ELSE coalesce(d.id, -1) END AS l%d "+
		"FROM (?) x LEFT JOIN (SELECT id, value FROM label WHERE metric = ? AND pos = ?) d ON x.%s = d.value", b, b, b, i+1, b),
		rows, m.ID, int32(i)), nil
}

// plain gives the rows of the metrics that count events of a name whatever
// their properties, all in one pass.
func (w *tx) plain(metrics []*metricState, events lake.SQL) lake.SQL {
	pairs := make([]lake.SQL, len(metrics))
	for i, m := range metrics {
		pairs[i] = lake.X("(?::INTEGER, ?::BIGINT)", w.dict.events[m.From.Event], m.ID)
	}
	return lake.X("SELECT e.arrival, e.subject, m.metric, e.actor, e.time, e.day, 1.0::DOUBLE AS value, 0 AS l1, 0 AS l2, 0 AS l3 "+
		"FROM (?) e JOIN (VALUES ?) m(name, metric) ON e.name = m.name", events, lake.Join(", ", pairs))
}

// rollEvents adds events to the rollups of every metric that counts them.
func (w *tx) rollEvents(ctx context.Context, metrics []*metricState, events lake.SQL) error {
	var simple []*metricState
	var parts []lake.SQL
	actors := []int64{}
	for _, m := range metrics {
		if m.Actors {
			actors = append(actors, m.ID)
		}
		if m.Where == nil && m.From.Sum == "" && len(m.By) == 0 {
			simple = append(simple, m)
			continue
		}
		rows, err := w.counted(ctx, m, events)
		if err != nil {
			return err
		}
		parts = append(parts, lake.X("SELECT arrival, subject, ?::BIGINT AS metric, actor, time, day, value, l1, l2, l3 FROM (?) k", m.ID, rows))
	}
	if len(simple) > 0 {
		parts = append(parts, w.plain(simple, events))
	}
	if len(parts) == 0 {
		return nil
	}
	rows := lake.Join(" UNION ALL ", parts)
	if len(actors) > 0 {
		n, err := w.Exec(ctx, lake.X("INSERT INTO actor_day SELECT DISTINCT subject, metric, day, actor, l1, l2, l3 FROM (?) r "+
			"WHERE actor <> 0 AND metric IN (?)", rows, lake.Values(actors)))
		if err != nil {
			return err
		}
		if w.live {
			w.dict.next(actorTail.loose, n)
		}
	}
	return w.roll(ctx, rows)
}

// roll adds rows (as counted or as points) to the rollups.
func (w *tx) roll(ctx context.Context, rows lake.SQL) error {
	if _, err := w.Exec(ctx, lake.X("CREATE OR REPLACE TEMP TABLE part AS SELECT subject, metric, day, l1, l2, l3, "+
		"sum(value) AS sum, count(*) AS count, min(value) AS min, max(value) AS max, ? AS last, max(time) AS last_at, ? AS last_seq "+
		"FROM (?) r GROUP BY subject, metric, day, l1, l2, l3",
		engine.ArgMax(lake.Raw("value"), lake.Raw("time"), lake.Raw("arrival")),
		engine.ArgMax(lake.Raw("arrival"), lake.Raw("time"), lake.Raw("arrival")), rows)); err != nil {
		return err
	}
	return w.addPart(ctx)
}

// addPart adds the rollup rows of the table part, with the first and last
// points and the days they mean. A series may have several rows of last points;
// the latest of them counts.
func (w *tx) addPart(ctx context.Context) error {
	rows, err := w.Exec(ctx, lake.Raw("INSERT INTO rollup SELECT * FROM part ORDER BY subject, metric, day"))
	if err != nil {
		return err
	}
	days, err := w.Exec(ctx, lake.Raw("INSERT INTO metric_day SELECT metric, day, max(last_at), sum(count)::BIGINT FROM part GROUP BY metric, day"))
	if err != nil {
		return err
	}
	if err := w.changed(ctx, "SELECT subject, day FROM part"); err != nil {
		return err
	}
	if err := w.addFirst(ctx); err != nil {
		return err
	}
	last := lake.X("INSERT INTO last_point SELECT p.* FROM (?) p", engine.LastOf(lake.Raw("part")))
	if !w.live { // looking through all of them costs more than it saves
		last = lake.X("? ANTI JOIN last_point f ON f.subject = p.subject AND f.metric = p.metric "+
			"AND f.l1 = p.l1 AND f.l2 = p.l2 AND f.l3 = p.l3 AND f.last_at > p.last_at", last)
	}
	if _, err := w.Exec(ctx, lake.X("? ORDER BY p.subject, p.metric", last)); err != nil {
		return err
	}
	w.dict.next(dayTail.loose, days)
	if w.live {
		w.dict.next(rollupTail.loose, rows)
	} else if rows > w.l.tailRows {
		w.seal() // an import's rows are not merged again and again
	}
	return nil
}

// addFirst adds the first points that part means. Folding does it every second,
// mostly for the same series: those it has met it does not look up again.
func (w *tx) addFirst(ctx context.Context) error {
	from := "(SELECT subject, metric, min(day) AS day FROM part GROUP BY subject, metric)"
	if w.live {
		err := w.All(ctx, lake.Raw("CREATE OR REPLACE TEMP TABLE new_first AS "+notIn(from, "met_first")),
			lake.Raw("INSERT INTO met_first SELECT * FROM new_first"))
		if err != nil {
			return err
		}
		var n int
		if err := w.One(ctx, lake.Raw("SELECT count(*) FROM new_first"), &n); err != nil || n == 0 {
			return err
		}
		from = "new_first"
	}
	return w.All(ctx, lake.Raw("INSERT INTO first_point "+notIn(from, "first_point")+" ORDER BY p.subject, p.metric"))
}

// notIn selects the first points of one table that are before those of another.
func notIn(from, table string) string {
	return "SELECT p.subject, p.metric, p.day FROM " + from + " p ANTI JOIN " + table + " f ON f.subject = p.subject AND f.metric = p.metric AND f.day <= p.day"
}

// startFirst makes the table of the first points met, or empties it after first
// points were taken away.
func startFirst(ctx context.Context, c engine.Conn) error {
	return c.All(ctx, lake.Raw("CREATE OR REPLACE TEMP TABLE met_first AS SELECT * FROM main.first_point LIMIT 0"))
}

// pointRows gives points as rows of all metrics, metric among the columns.
const pointRows = "SELECT arrival, subject, metric, time, day, value, l1, l2, l3 FROM "

// rebuild counts the days of the temporary table affected (subject, metric,
// day) anew from events and points.
func (w *tx) rebuild(ctx context.Context) error {
	var n, s0, s1, d0, d1 sql.NullInt64
	if err := w.One(ctx, lake.Raw("SELECT count(*), min(subject), max(subject), min(day), max(day) FROM affected"), &n, &s0, &s1, &d0, &d1); err != nil || n.Int64 == 0 {
		return err
	}
	within := func(table string) lake.SQL {
		return lake.X(table+".subject >= ? AND "+table+".subject <= ?", s0.Int64, s1.Int64)
	}
	days := func(table string) lake.SQL {
		return lake.X(table+".day >= ? AND "+table+".day <= ?", int32(d0.Int64), int32(d1.Int64))
	}
	for _, t := range []string{"rollup", "actor_day"} {
		if _, err := w.Exec(ctx, lake.X("DELETE FROM "+t+" USING affected a WHERE "+t+".subject = a.subject AND "+t+".metric = a.metric AND "+t+".day = a.day AND ? AND ?",
			within(t), days(t))); err != nil {
			return err
		}
	}
	if err := w.changed(ctx, "SELECT subject, day FROM affected"); err != nil {
		return err
	}
	if err := w.recount(ctx, within, days); err != nil {
		return err
	}
	if err := startFirst(ctx, w.Conn); err != nil {
		return err
	}
	// First and last points and days of a metric may have moved either way.
	err := w.All(ctx,
		lake.Raw("CREATE OR REPLACE TEMP TABLE touched AS SELECT DISTINCT subject, metric FROM affected"),
		lake.Raw("DELETE FROM first_point USING touched a WHERE first_point.subject = a.subject AND first_point.metric = a.metric"),
		lake.X("INSERT INTO first_point SELECT r.subject, r.metric, min(r.day) FROM rollup r JOIN touched a ON r.subject = a.subject AND r.metric = a.metric WHERE ? GROUP BY r.subject, r.metric", within("r")),
		lake.Raw("DELETE FROM last_point USING touched a WHERE last_point.subject = a.subject AND last_point.metric = a.metric"),
		lake.X("INSERT INTO last_point ?", engine.LastOf(lake.X("(SELECT r.* FROM rollup r JOIN touched a ON r.subject = a.subject AND r.metric = a.metric WHERE ?) t", within("r")))),
		lake.Raw("CREATE OR REPLACE TEMP TABLE touched AS SELECT DISTINCT metric, day FROM affected"),
		lake.Raw("DELETE FROM metric_day USING touched a WHERE metric_day.metric = a.metric AND metric_day.day = a.day"),
		lake.X("INSERT INTO metric_day SELECT r.metric, r.day, max(r.last_at), sum(r.count)::BIGINT FROM rollup r JOIN touched a ON r.metric = a.metric AND r.day = a.day WHERE ? GROUP BY r.metric, r.day", days("r")))
	return err
}

// recount adds the facts of the affected days to the rollups. First points
// and days it adds are replaced by its caller.
func (w *tx) recount(ctx context.Context, within, days func(string) lake.SQL) error {
	points := lake.X("SELECT p.arrival, p.subject, p.metric, p.time, p.day, p.value, p.l1, p.l2, p.l3 FROM point p "+
		"JOIN affected a ON p.subject = a.subject AND p.metric = a.metric AND p.day = a.day WHERE ? AND ?", within("p"), days("p"))
	if err := w.roll(ctx, points); err != nil {
		return err
	}
	var metrics []*metricState
	err := w.Rows(ctx, lake.Raw("SELECT DISTINCT metric FROM affected ORDER BY 1"), func(r *sql.Rows) error {
		var id int64
		err := r.Scan(&id)
		if m := w.dict.metrics[id]; m != nil && m.From != nil {
			metrics = append(metrics, m)
		}
		return err
	})
	if err != nil {
		return err
	}
	for _, m := range metrics {
		events := lake.X("SELECT e.* FROM event e JOIN (SELECT DISTINCT subject, day FROM affected WHERE metric = ?) a "+
			"ON e.subject = a.subject AND e.day = a.day WHERE ? AND ?", m.ID, within("e"), days("e"))
		if err := w.rollEvents(ctx, []*metricState{m}, events); err != nil {
			return err
		}
	}
	return nil
}

func join(names []string) string {
	out := ""
	for i, n := range names {
		if i > 0 {
			out += ", "
		}
		out += n
	}
	return out
}
