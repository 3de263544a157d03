package read

import (
	"context"
	"database/sql"
	"fmt"

	minori "github.com/minori-hq/minori"
	"github.com/minori-hq/minori/metric"
	"github.com/minori-hq/minori/store/lake"
	"github.com/minori-hq/minori/store/lake/duckdb/internal/engine"
)

// BandFalls gives the subjects whose band at an as-of is lower than at the
// evaluation before it, by subject. Unknown bands are neither.
func (l *Reader) BandFalls(ctx context.Context, kind minori.SubjectKind, scorecard int64, at minori.AsOf) ([]lake.BandFall, error) {
	var out []lake.BandFall
	err := l.read(ctx, lake.X("SELECT n.subject, o.band, n.band FROM score n JOIN score o ON o.subject = n.subject AND o.scorecard = n.scorecard "+
		"WHERE n.scorecard = ? AND n.as_of = ? AND o.as_of = (SELECT max(as_of) FROM cycle WHERE kind = ? AND whole = 1 AND as_of < ?) AND "+
		rankOf("n")+" < "+rankOf("o")+" ORDER BY n.subject", scorecard, at.Micros(), lake.KindID(kind), at.Micros()), func(r *sql.Rows) error {
		var f lake.BandFall
		err := r.Scan(&f.Subject, &f.From, &f.To)
		out = append(out, f)
		return err
	})
	return out, err
}

// rankOf orders the bands of a score, the best last.
func rankOf(table string) string {
	return "CASE " + table + ".band WHEN 'green' THEN 2 WHEN 'yellow' THEN 1 WHEN 'red' THEN 0 END"
}

// ScoreMeans gives the mean of the known scores of each as-of with a day in
// from … to, oldest first.
func (l *Reader) ScoreMeans(ctx context.Context, q lake.WholeQuery, scorecard int64) ([]lake.WholeDay, error) {
	of, err := l.members(ctx, q)
	if err != nil {
		return nil, err
	}
	var out []lake.WholeDay
	err = l.read(ctx, lake.X("WITH g AS (?) SELECT by_, max(day), avg(score), count(score) FROM score JOIN g USING (subject) "+
		"WHERE scorecard = ? AND day >= ? AND day <= ? AND score IS NOT NULL AND "+daily+" GROUP BY by_, as_of ORDER BY as_of, by_", of, scorecard, int32(q.From), int32(q.To)), scanWhole(&out))
	return out, err
}

// Whole gives a metric over many subjects for the days from … to, oldest
// first. For a counter or event it is what came in on the days that have a
// point; for a gauge the sum of the last known values on each day on which one
// moved, so that the first day stands for all before it.
func (l *Reader) Whole(ctx context.Context, q lake.WholeQuery, m metric.Ref) ([]lake.WholeDay, error) {
	of, err := l.members(ctx, q)
	if err != nil {
		return nil, err
	}
	if m.Kind == metric.Gauge {
		return l.wholeGauge(ctx, q, m, of)
	}
	var out []lake.WholeDay
	err = l.read(ctx, lake.X("WITH g AS (?) SELECT by_, day, sum(sum), sum(count)::BIGINT FROM rollup JOIN g USING (subject) "+
		"WHERE metric = ? AND day >= ? AND day <= ? GROUP BY by_, day ORDER BY day, by_", of, m.ID, int32(q.From), int32(q.To)), scanWhole(&out))
	return out, err
}

// wholeGauge adds up how far each subject's value moved, day by day.
func (l *Reader) wholeGauge(ctx context.Context, q lake.WholeQuery, m metric.Ref, of lake.SQL) ([]lake.WholeDay, error) {
	daily := lake.X("SELECT by_, subject, day, ? AS v FROM rollup JOIN g USING (subject) WHERE metric = ? AND day <= ? AND l1 = 0 AND l2 = 0 AND l3 = 0 GROUP BY by_, subject, day",
		engine.ArgMax(lake.Raw("last"), lake.Raw("last_at"), lake.Raw("last_seq")), m.ID, int32(q.To))
	var out []lake.WholeDay
	err := l.read(ctx, lake.X("WITH g AS (?), daily AS (?), moved AS (SELECT by_, greatest(day, ?) AS day, v - coalesce(lag(v) OVER w, 0) AS far, "+
		"CASE WHEN lag(v) OVER w IS NULL THEN 1 ELSE 0 END AS fresh FROM daily WINDOW w AS (PARTITION BY subject ORDER BY day)) "+
		"SELECT by_, day, sum(far), sum(fresh)::BIGINT FROM moved GROUP BY by_, day ORDER BY day, by_", of, daily, int32(q.From)), scanWhole(&out))
	sum, known := map[string]float64{}, map[string]int64{}
	for i := range out {
		d := &out[i]
		sum[d.By] += d.Sum
		known[d.By] += d.Count
		d.Sum, d.Count = sum[d.By], known[d.By]
	}
	return out, err
}

func scanWhole(out *[]lake.WholeDay) func(*sql.Rows) error {
	return func(r *sql.Rows) error {
		var d lake.WholeDay
		err := r.Scan(&d.By, &d.Day, &d.Sum, &d.Count)
		*out = append(*out, d)
		return err
	}
}

// maxGroups is into how many groups, beside the rest, subjects are cut.
const maxGroups = 7

// members selects the subjects of a query with the group each belongs to, ""
// for the rest, for those without a value, and where nothing cuts them.
func (l *Reader) members(ctx context.Context, q lake.WholeQuery) (lake.SQL, error) {
	cols, err := ListColumns(ctx, l.DB, q.Kind)
	if err != nil {
		return lake.SQL{}, err
	}
	if len(cols) == 0 { // nothing was evaluated yet
		return lake.Raw("SELECT 0::BIGINT AS subject, '' AS by_ WHERE 1 = 0"), nil
	}
	s := newListing(l.DB, lake.ListQuery{Kind: q.Kind, IDs: q.IDs, Without: q.Without, Filters: q.Filters}, cols)
	where, err := s.where()
	if err != nil {
		return lake.SQL{}, err
	}
	table := ListTable(q.Kind)
	if q.By == "" {
		return lake.X("SELECT subject, '' AS by_ FROM "+table+" WHERE ?", where), nil
	}
	i, err := s.column(q.By)
	if err != nil {
		return lake.SQL{}, err
	}
	if cols[i].Type == metric.Number {
		return lake.SQL{}, minori.Errorf(minori.Invalid, "the column %q is a number and cuts nothing into groups", q.By)
	}
	by := fmt.Sprintf("coalesce(c%d::VARCHAR, '')", i)
	if cols[i].Type == metric.Bool {
		by = fmt.Sprintf("CASE c%d::DOUBLE WHEN 1 THEN 'true' WHEN 0 THEN 'false' ELSE '' END", i)
	}
	return lake.X("SELECT subject, CASE WHEN by_ IN (SELECT "+by+" FROM "+table+" WHERE ? GROUP BY 1 ORDER BY count(*) DESC, 1 LIMIT "+fmt.Sprint(maxGroups)+
		") THEN by_ ELSE '' END AS by_ FROM (SELECT subject, "+by+" AS by_ FROM "+table+" WHERE ?)", where, where), nil
}

// Cut sums up a column of the projection over groups of subjects, the largest
// first. Without a column only the subjects are counted.
func (l *Reader) Cut(ctx context.Context, q lake.WholeQuery, column string) ([]lake.Cut, error) {
	of, err := l.members(ctx, q)
	if err != nil {
		return nil, err
	}
	value := "NULL::DOUBLE"
	if column != "" {
		cols, err := ListColumns(ctx, l.DB, q.Kind)
		if err != nil || len(cols) == 0 {
			return nil, err
		}
		s := newListing(l.DB, lake.ListQuery{Without: q.Without}, cols)
		i, err := s.column(column)
		if err != nil {
			return nil, err
		}
		if cols[i].Type == metric.Text {
			return nil, minori.Errorf(minori.Invalid, "the column %q is a text and cannot be summed up", column)
		}
		value = fmt.Sprintf("c%d::DOUBLE", i)
	}
	var out []lake.Cut
	err = l.read(ctx, lake.X("WITH g AS (?), v AS (SELECT subject, "+value+" AS v FROM "+ListTable(q.Kind)+") "+
		"SELECT by_, count(*), count(v), coalesce(sum(v), 0), coalesce(avg(v), 0), coalesce(median(v), 0), coalesce(min(v), 0), coalesce(max(v), 0) "+
		"FROM g JOIN v USING (subject) GROUP BY by_ ORDER BY 2 DESC, by_", of), func(r *sql.Rows) error {
		var c lake.Cut
		err := r.Scan(&c.By, &c.Subjects, &c.Known, &c.Sum, &c.Mean, &c.Median, &c.Min, &c.Max)
		out = append(out, c)
		return err
	})
	return out, err
}
