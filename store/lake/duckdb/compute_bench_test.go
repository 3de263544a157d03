package duckdb

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"sort"
	"strings"
	"syscall"
	"testing"
	"time"

	minori "github.com/minori-hq/minori"
	"github.com/minori-hq/minori/metric"
	"github.com/minori-hq/minori/store/lake"
	"github.com/minori-hq/minori/store/lake/duckdb/internal/compute"
)

const (
	benchDays    = 400
	benchMetrics = 20
	benchTo      = minori.Day(20000)
)

// benchLake gives a lake with MINORI_BENCH_ACCOUNTS accounts (5,000), 400
// days and 20 metrics, a third filled. MINORI_BENCH_DIR keeps it between runs.
func benchLake(b *testing.B) (*Lake, int) {
	accounts := sizeOf("MINORI_BENCH_ACCOUNTS", 5_000)
	dir := os.Getenv("MINORI_BENCH_DIR")
	if dir == "" {
		dir = b.TempDir()
	}
	l := open(b, filepath.Join(dir, fmt.Sprintf("bench%d.duckdb", accounts)))
	b.Cleanup(func() { _ = l.Close() })
	s, err := l.Stats(context.Background())
	if err != nil {
		b.Fatal(err)
	}
	if s.Rows["rollup"] > 0 {
		return l, accounts
	}
	start := time.Now()
	if err := fillBench(l, accounts); err != nil {
		b.Fatal(err)
	}
	s, _ = l.Stats(context.Background())
	b.Logf("wrote %d rollup rows in %.1f s, %d MB", s.Rows["rollup"], time.Since(start).Seconds(), s.Bytes>>20)
	return l, accounts
}

func fillBench(l *Lake, accounts int) error {
	ctx := context.Background()
	var defs []lake.MetricDef
	for m := range benchMetrics {
		defs = append(defs, lake.MetricDef{Ref: benchRef(m)})
	}
	if err := l.DefineMetrics(ctx, defs); err != nil {
		return err
	}
	w, err := l.Bulk(ctx)
	if err != nil {
		return err
	}
	for a := range accounts {
		id := minori.ID(a + 1)
		if err := w.Subject(metric.SubjectRow{Kind: minori.Account, ID: id, Key: fmt.Sprintf("acc-%06d", a)}); err != nil {
			return err
		}
		for m := range benchMetrics {
			for d := range benchDays {
				h := mix(uint64(a)<<32 | uint64(m)<<16 | uint64(d))
				if h%3 != 0 {
					continue
				}
				day := benchTo - benchDays + 1 + minori.Day(d)
				v := float64(h >> 8 % 20)
				if err := w.Day(&DayRow{Subject: id, Metric: int64(m + 1), Day: day, Sum: v, Count: 1 + int64(h>>16%4), Min: v, Max: v, Last: v, LastAt: int64(day) * 86400e6}); err != nil {
					return err
				}
				if m < 2 {
					for i := range h >> 24 % 3 {
						if err := w.ActorDay(id, int64(m+1), day, int64(a)*10+int64(h>>(28+4*i)%10)+1); err != nil {
							return err
						}
					}
				}
			}
		}
	}
	return w.Close()
}

func benchRef(m int) metric.Ref {
	return metric.Ref{ID: int64(m + 1), Name: fmt.Sprintf("m%d", m+1), Kind: metric.Counter, Actors: m < 2}
}

// benchQuery asks 20 measures: 8 sums over 7–180 days, 6 changes, 2 averages,
// 2 counts of actors, 1 of active days and a slope; each rounded.
func benchQuery() metric.Query {
	q := metric.Query{Kind: minori.Account, AsOf: minori.EndOf(benchTo, time.UTC)}
	leaf := func(m int, fn metric.Fn, back, n int) int {
		to := benchTo - minori.Day(back)
		q.Leaves = append(q.Leaves, metric.Leaf{Kind: metric.LeafMetric, Type: metric.Number, Metric: benchRef(m), Fn: fn, From: to - minori.Day(n) + 1, To: to})
		q.Nodes = append(q.Nodes, metric.Node{Op: metric.OpLeaf, Type: metric.Number, Leaf: len(q.Leaves) - 1})
		return len(q.Nodes) - 1
	}
	out := func(op metric.Op, args ...int) {
		n := args[0]
		if op != 0 {
			q.Nodes = append(q.Nodes, metric.Node{Op: op, Type: metric.Number, Args: args})
			n = len(q.Nodes) - 1
		}
		q.Nodes = append(q.Nodes, metric.Node{Op: metric.OpFinal, Type: metric.Number, Args: []int{n}})
		q.Outputs = append(q.Outputs, metric.Output{Name: fmt.Sprintf("o%d", len(q.Outputs)), Node: len(q.Nodes) - 1})
	}
	windows := []int{7, 28, 90, 180}
	for m := range 8 {
		out(0, leaf(m, metric.Sum, 0, windows[m%4]))
	}
	for m := 8; m < 14; m++ {
		out(metric.OpChange, leaf(m, metric.Sum, 0, 28), leaf(m, metric.Sum, 28, 28))
	}
	out(0, leaf(14, metric.Avg, 0, 28))
	out(0, leaf(15, metric.Avg, 0, 90))
	out(0, leaf(0, metric.Actors, 0, 28))
	out(0, leaf(1, metric.Actors, 0, 90))
	out(0, leaf(16, metric.ActiveDays, 0, 28))
	out(0, leaf(17, metric.Slope, 0, 28))
	return q
}

// byHand is the best statement we know for the same 20 measures: the days each
// metric needs and its windows stand in a joined table, rollups are grouped by
// subject and metric, then pivoted.
func byHand(table string) string {
	to := int(benchTo)
	day := func(back int) string { return fmt.Sprintf("%d", to-back+1) }
	bounds, cols, inner := []string{}, []string{}, []string{}
	add := func(m, need, sum, prev, count, bits, slope int) {
		b := fmt.Sprintf("(%d::BIGINT, %s::INTEGER", m+1, day(need))
		for _, n := range []int{sum, prev, count, bits, slope} {
			if n == 0 {
				b += ", NULL::INTEGER"
			} else {
				b += ", " + day(n)
			}
		}
		bounds = append(bounds, b+")")
	}
	col := func(x string) { cols = append(cols, fmt.Sprintf("round(%s, 9) AS c%d", x, len(cols))) }
	pick := func(m int, slot, name string) {
		inner = append(inner, fmt.Sprintf("max(CASE WHEN metric = %d THEN %s END) AS %s%d", m+1, slot, name, m))
	}
	for m := range 8 {
		n := []int{7, 28, 90, 180}[m%4]
		add(m, n, n, 0, 0, 0, 0)
		pick(m, "s", "p")
		col(fmt.Sprintf("CASE WHEN k%d = 1 THEN coalesce(p%d, 0) END", m, m))
	}
	for m := 8; m < 14; m++ {
		add(m, 56, 28, 56, 0, 0, 0)
		pick(m, "s", "a")
		pick(m, "b", "b")
		col(fmt.Sprintf("CASE WHEN k%d = 1 AND b%d <> 0 THEN (coalesce(a%d, 0) - b%d) / b%d END", m, m, m, m, m))
	}
	add(14, 28, 28, 0, 28, 0, 0)
	add(15, 90, 90, 0, 90, 0, 0)
	add(16, 28, 0, 0, 0, 28, 0)
	add(17, 28, 0, 0, 0, 0, 28)
	pick(14, "s / n", "v")
	pick(15, "s / n", "v")
	pick(16, "d", "d")
	pick(17, "x", "x")
	for _, x := range []string{"v14", "v15", "CASE WHEN k0 = 1 THEN coalesce(u0, 0) END", "CASE WHEN k1 = 1 THEN coalesce(u1, 0) END",
		"CASE WHEN k16 = 1 THEN coalesce(d16, 0) END", "CASE WHEN k17 = 1 THEN coalesce(x17, 0) / (28 * 783 / 12.0) END"} {
		col(x)
	}
	var known []string
	for m := range 18 {
		known = append(known, fmt.Sprintf("max(CASE WHEN metric = %d THEN 1 END) AS k%d", m+1, m))
	}
	return "CREATE TABLE " + table + " AS SELECT s.id AS subject, " + strings.Join(cols, ", ") + " FROM subject s LEFT JOIN (SELECT subject, " + strings.Join(inner, ", ") +
		" FROM (SELECT subject, metric, sum(CASE WHEN day >= fs THEN sum END) AS s, sum(CASE WHEN day >= fp AND day <= " + day(29) + " THEN sum END) AS b, " +
		"sum(CASE WHEN day >= fn THEN count END) AS n, bit_count(bit_or(CASE WHEN day >= fb THEN 1::BIGINT << (day - fb) END)) AS d, " +
		"sum(CASE WHEN day >= fx THEN (day - fx - 13.5) * sum END) AS x FROM rollup JOIN (VALUES " + strings.Join(bounds, ", ") +
		") n(id, lo, fs, fp, fn, fb, fx) ON metric = id WHERE day >= lo AND day >= " + day(180) + fmt.Sprintf(" AND day <= %d", to) +
		" GROUP BY subject, metric) g GROUP BY subject) p ON s.id = p.subject LEFT JOIN (SELECT subject, " + strings.Join(known, ", ") +
		fmt.Sprintf(" FROM first_point WHERE day <= %d GROUP BY subject) k ON s.id = k.subject", to) +
		" LEFT JOIN (SELECT subject, count(DISTINCT CASE WHEN metric = 1 AND day >= " + day(28) + " THEN actor END) AS u0, count(DISTINCT CASE WHEN metric = 2 THEN actor END) AS u1 " +
		"FROM actor_day WHERE metric <= 2 AND day >= " + day(90) + fmt.Sprintf(" AND day <= %d", to) + " GROUP BY subject) u ON s.id = u.subject WHERE s.kind = 1 AND s.gone = 0"
}

// BenchmarkCompute times 20 measures as compiled and as written by hand, and
// the transfer and storing of their values.
func BenchmarkCompute(b *testing.B) {
	l, accounts := benchLake(b)
	ctx := context.Background()
	q := benchQuery()
	b.ResetTimer()
	for range b.N {
		var compiled, hand, transfer, work []float64
		for i := range 4 { // the first round warms the cache
			start, cpu := time.Now(), cpuSeconds()
			r, err := l.Compute(ctx, q)
			if err != nil {
				b.Fatal(err)
			}
			t1, t0 := time.Since(start).Seconds(), cpuSeconds()-cpu
			start = time.Now()
			n := 0
			if err := r.Each(ctx, nil, nil, func(batch *metric.Batch) error { n += len(batch.Subjects); return nil }); err != nil || n != accounts {
				b.Fatal(n, err)
			}
			t2 := time.Since(start).Seconds()
			start = time.Now()
			if _, err := l.db.ExecContext(ctx, byHand("scratch.hand")); err != nil {
				b.Fatal(err)
			}
			t3 := time.Since(start).Seconds()
			if i == 0 {
				compare(b, l, r.(*compute.Result))
			} else {
				compiled, transfer, hand, work = append(compiled, t1), append(transfer, t2), append(hand, t3), append(work, t0)
			}
			l.Drop("hand")
			if err := r.Close(); err != nil {
				b.Fatal(err)
			}
		}
		c, h := median(compiled), median(hand)
		b.ReportMetric(c, "s-compiled")
		b.ReportMetric(h, "s-by-hand")
		b.ReportMetric(c/h, "ratio")
		b.ReportMetric(median(transfer), "s-transfer")
		b.ReportMetric(median(work), "cpu-s-compiled")
		b.ReportMetric(float64(resident()), "MB-resident")
	}
}

// cpuSeconds gives the processor time the process has used.
func cpuSeconds() float64 {
	var r syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &r); err != nil {
		return 0
	}
	return float64(r.Utime.Nano()+r.Stime.Nano()) / 1e9
}

// compare holds the compiled result against the one by hand.
func compare(b *testing.B, l *Lake, r *compute.Result) {
	from, _, err := r.From(r.Names()[:20])
	if err != nil {
		b.Fatal(err)
	}
	for i := range 20 {
		var bad, known int
		err := l.db.QueryRow(fmt.Sprintf("SELECT count(*) FILTER (WHERE a.c%d IS DISTINCT FROM h.c%d AND NOT coalesce(abs(a.c%d - h.c%d) < 1e-8, false)), count(a.c%d) FROM (%s) a JOIN scratch.hand h ON a.subject = h.subject", i, i, i, i, i, from.Text)).Scan(&bad, &known)
		if err != nil || bad > 0 || known == 0 {
			b.Fatalf("column %d: %d rows differ, %d known: %v", i, bad, known, err)
		}
	}
}

func median(v []float64) float64 {
	s := append([]float64(nil), v...)
	sort.Float64s(s)
	return s[len(s)/2]
}

// BenchmarkList times a page of the list with filter, sort and totals.
func BenchmarkList(b *testing.B) {
	l, _ := benchLake(b)
	ctx := context.Background()
	r, err := l.Compute(ctx, benchQuery())
	if err != nil {
		b.Fatal(err)
	}
	defer r.Close()
	start := time.Now()
	id, err := l.SaveCycle(ctx, cycleOf(r))
	if err != nil {
		b.Fatal(id, err)
	}
	saved := time.Since(start).Seconds()
	start = time.Now()
	if err := l.SaveList(ctx, minori.Account, minori.EndOf(benchTo, time.UTC), r, r.(*compute.Result).Names()); err != nil {
		b.Fatal(err)
	}
	listed := time.Since(start).Seconds()
	var took []float64
	b.ResetTimer()
	for i := range b.N {
		start := time.Now()
		p, err := l.List(ctx, lake.ListQuery{Kind: minori.Account, Columns: []string{"o0", "o1", "o8"}, Sort: fmt.Sprintf("o%d", i%20), Desc: i%2 == 0, Sums: []string{"o0"},
			Filters: []lake.Filter{{Column: "o1", Op: lake.OpGt, Values: []metric.Value{{Type: metric.Number, Num: float64(i % 100)}}}}})
		if err != nil || len(p.Rows) == 0 {
			b.Fatal(len(p.Rows), err)
		}
		took = append(took, time.Since(start).Seconds()*1000)
	}
	sort.Float64s(took)
	b.ReportMetric(took[len(took)/2], "ms-p50")
	b.ReportMetric(took[len(took)*99/100], "ms-p99")
	b.ReportMetric(saved, "s-save-cycle")
	b.ReportMetric(listed, "s-save-list")
}
