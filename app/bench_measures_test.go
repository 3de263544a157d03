package app

import (
	"context"
	"database/sql"
	"fmt"
	"math"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	_ "github.com/jackc/pgx/v5/stdlib" // database/sql driver "pgx"

	minori "github.com/minori-hq/minori"
	"github.com/minori-hq/minori/evaluate"
	"github.com/minori-hq/minori/internal/pgtest"
)

// benchPostgres is the environment variable that turns the part with
// PostgreSQL on, whose rows take minutes to copy.
const benchPostgres = "MINORI_BENCH_POSTGRES"

// handMeasures are the 20 measures of the sample company, written by hand over
// the rows that handFrom joins. Both databases understand them.
var handMeasures = []struct{ name, value string }{
	{"adoption.core_trend", "(coalesce(n.core, 0) - n.core_before) / nullif(n.core_before, 0)"},
	{"adoption.login_trend", "(coalesce(f.login, 0) - f.login_before) / nullif(f.login_before, 0)"},
	{"adoption.breadth", "((CASE WHEN n.advanced > 0 THEN 1 ELSE 0 END) + (CASE WHEN n.report > 0 THEN 1 ELSE 0 END) + (CASE WHEN n.export > 0 THEN 1 ELSE 0 END) + " +
		"(CASE WHEN n.comment > 0 THEN 1 ELSE 0 END) + (CASE WHEN n.dashboard > 0 THEN 1 ELSE 0 END) + (CASE WHEN n.search > 0 THEN 1 ELSE 0 END) + " +
		"(CASE WHEN n.mobile > 0 THEN 1 ELSE 0 END) + (CASE WHEN n.project > 0 THEN 1 ELSE 0 END)) / 8e0"},
	{"adoption.depth", "coalesce(n.core, 0) / nullif(a.seats, 0)"},
	{"adoption.advanced_share", "coalesce(f.advanced, 0) / nullif(coalesce(f.advanced, 0) + coalesce(f.core, 0), 0)"},
	{"adoption.automation", "coalesce(n.automation, 0) / nullif(a.seats, 0)"},
	{"adoption.integration", "(coalesce(n.sync_days, 0) + coalesce(n.api_days, 0)) / 60e0"},
	{"license.use", "l.active / nullif(l.assigned, 0)"},
	{"license.trend", "(l.active - g.active) / nullif(g.active, 0)"},
	{"stickiness.users", "1e0 * u.login7 / nullif(u.login28, 0)"},
	{"stickiness.reach", "coalesce(u.core28, 0) / nullif(a.seats, 0)"},
	{"stickiness.days", "1e0 * coalesce(n.login_days, 0)"},
	{"engagement.recency", "1e0 * {to} - l.login_day"},
	{"engagement.collaboration", "(coalesce(n.comment, 0) + coalesce(n.invite, 0) + coalesce(n.project, 0)) / nullif(a.seats, 0)"},
	{"engagement.training", "coalesce(f.training, 0)"},
	{"engagement.contact_gap", "1e0 * least(coalesce({to} - l.call_day, 365), coalesce({to} - l.meeting_day, 365), coalesce({to} - l.review_day, 365))"},
	{"support.ticket_load", "coalesce(f.tickets, 0) / nullif(a.seats, 0) * 10"},
	{"support.urgent_open", "coalesce(l.urgent, 0)"},
	{"experience.csat", "f.csat / nullif(f.csats, 0)"},
	{"experience.nps", "q.nps"},
}

// handMetrics are the metrics that the statements name.
var handMetrics = map[string]string{
	"login": "usage.login", "core": "usage.feature_core", "advanced": "usage.feature_advanced", "report": "usage.report", "export": "usage.export",
	"comment": "usage.comment", "dashboard": "usage.dashboard_view", "search": "usage.search", "mobile": "usage.mobile", "project": "usage.project_created",
	"invite": "usage.invite", "automation": "usage.automation_run", "sync": "usage.integration_sync", "api": "usage.api_call", "training": "usage.training_view",
	"active": "license.active_seats", "assigned": "license.assigned_seats", "call": "interaction.call", "meeting": "interaction.meeting", "review": "interaction.review",
	"tickets": "ticket.opened", "open": "ticket.open", "csat": "ticket.csat", "nps": "survey.nps.score",
}

// handFrom joins what the measures read to the accounts that exist: rollups of
// the last days (n) and of longer windows (f), last points (l), seats in use
// at the end of the window before (g), answers carried forward (q), distinct
// actors (u) and the seats by contract (a).
const handFrom = ` FROM (SELECT id AS subject FROM subject WHERE kind = 1 AND gone = 0 AND (until IS NULL OR until > {to}) AND (since <= {to}
	OR id IN (SELECT account FROM term WHERE starts <= {to}) OR since IS NULL AND id NOT IN (SELECT account FROM term))) s
LEFT JOIN (SELECT subject, max(CASE WHEN win = 0 THEN s END) AS core, max(CASE WHEN win = 1 THEN s END) AS core_before, max(CASE WHEN win = 2 THEN s END) AS advanced, max(CASE WHEN win = 3 THEN s END) AS report,
	max(CASE WHEN win = 4 THEN s END) AS export, max(CASE WHEN win = 5 THEN s END) AS comment, max(CASE WHEN win = 6 THEN s END) AS dashboard, max(CASE WHEN win = 7 THEN s END) AS search,
	max(CASE WHEN win = 8 THEN s END) AS mobile, max(CASE WHEN win = 9 THEN s END) AS project, max(CASE WHEN win = 10 THEN s END) AS invite, max(CASE WHEN win = 11 THEN s END) AS automation,
	max(CASE WHEN win = 12 THEN d END) AS login_days, max(CASE WHEN win = 13 THEN d END) AS sync_days, max(CASE WHEN win = 14 THEN d END) AS api_days
	FROM ({near}) x GROUP BY subject) n ON s.subject = n.subject
LEFT JOIN (SELECT subject, max(CASE WHEN win = 0 THEN s END) AS login, max(CASE WHEN win = 1 THEN s END) AS login_before, max(CASE WHEN win = 2 THEN s END) AS advanced, max(CASE WHEN win = 3 THEN s END) AS core,
	max(CASE WHEN win = 4 THEN s END) AS training, max(CASE WHEN win = 5 THEN s END) AS tickets, max(CASE WHEN win = 6 THEN s END) AS csat, max(CASE WHEN win = 6 THEN c END) AS csats
	FROM ({far}) x GROUP BY subject) f ON s.subject = f.subject
LEFT JOIN (SELECT subject, max(CASE WHEN metric = {active} THEN last END) AS active, max(CASE WHEN metric = {assigned} THEN last END) AS assigned,
	max(CASE WHEN metric = {open} AND l1 = {urgent} THEN last END) AS urgent, max(CASE WHEN metric = {login} THEN day END) AS login_day,
	max(CASE WHEN metric = {call} THEN day END) AS call_day, max(CASE WHEN metric = {meeting} THEN day END) AS meeting_day, max(CASE WHEN metric = {review} THEN day END) AS review_day
	FROM last_point WHERE metric IN ({active}, {assigned}, {open}, {login}, {call}, {meeting}, {review}) AND day <= {to} GROUP BY subject) l ON s.subject = l.subject
LEFT JOIN ({seats before}) g ON s.subject = g.subject
LEFT JOIN (SELECT subject, sum(v * (CASE WHEN nxt <= {from180} THEN 0 ELSE nxt - (CASE WHEN day < {from180} THEN {from180} ELSE day END) END)) /
	({to} + 1 - greatest(min(day), {from180})) AS nps FROM (SELECT subject, day, v, lead(day, 1, {to} + 1) OVER (PARTITION BY subject ORDER BY day) AS nxt FROM ({answers}) x) y
	GROUP BY subject) q ON s.subject = q.subject
LEFT JOIN (SELECT subject, sum(CASE WHEN metric = {login} THEN 1 ELSE 0 END) AS login28, sum(CASE WHEN metric = {login} AND day >= {from7} THEN 1 ELSE 0 END) AS login7,
	sum(CASE WHEN metric = {core} THEN 1 ELSE 0 END) AS core28 FROM (SELECT subject, metric, actor, max(day) AS day FROM actor_day
	WHERE metric IN ({login}, {core}) AND day >= {from28} AND day <= {to} GROUP BY subject, metric, actor) x GROUP BY subject) u ON s.subject = u.subject
LEFT JOIN ({account seats}) a ON s.subject = a.subject`

// windowed adds up rollups by subject and window; the metric and days of each
// window stand in a joined table. Extra are further aggregates.
const windowed = `SELECT subject, win, sum(sum) AS s, {extra} FROM rollup JOIN (VALUES {bounds}) w(id, win, lo, hi) ON metric = id
	WHERE day >= lo AND day <= hi AND day >= {from} AND day <= {to} GROUP BY subject, win`

const (
	nearBounds = "({core}, 0, {from28}, {to}), ({core}, 1, {from56}, {from28} - 1), ({advanced}, 2, {from30}, {to}), ({report}, 3, {from30}, {to}), " +
		"({export}, 4, {from30}, {to}), ({comment}, 5, {from30}, {to}), ({dashboard}, 6, {from30}, {to}), ({search}, 7, {from30}, {to}), ({mobile}, 8, {from30}, {to}), " +
		"({project}, 9, {from30}, {to}), ({invite}, 10, {from30}, {to}), ({automation}, 11, {from30}, {to}), ({login}, 12, {from28}, {to}), ({sync}, 13, {from30}, {to}), ({api}, 14, {from30}, {to})"
	farBounds = "({login}, 0, {from60}, {to}), ({login}, 1, {from120}, {from60} - 1), ({advanced}, 2, {from90}, {to}), ({core}, 3, {from90}, {to}), " +
		"({training}, 4, {from180}, {to}), ({tickets}, 5, {from90}, {to}), ({csat}, 6, {from180}, {to})"
)

func windows(extra, bounds, from string) string {
	return strings.NewReplacer("{extra}", extra, "{bounds}", bounds, "{from}", from).Replace(windowed)
}

// byHandDuckDB is the best statement we know for DuckDB. Days are counted as
// bits, since a day may have several rollup rows. Where a point stands right
// before the end of a past day is looked for in the block of days before it,
// and only for the subjects not met there in all that is older.
func byHandDuckDB(cols string, ids *strings.Replacer) string {
	const before = `SELECT subject, arg_max(last, last_at) AS active FROM (
		SELECT subject, last, last_at FROM last_point WHERE metric = {active} AND day < {from90}
		UNION ALL SELECT subject, last, last_at FROM rollup WHERE metric = {active} AND day >= {from122} AND day < {from90}
		UNION ALL SELECT subject, last, last_at FROM rollup WHERE metric = {active} AND day < {from122} AND subject IN (
			SELECT subject FROM last_point WHERE metric = {active} AND day >= {from90}
			EXCEPT SELECT subject FROM first_point WHERE metric = {active} AND day >= {from122}
			EXCEPT SELECT subject FROM rollup WHERE metric = {active} AND day >= {from122} AND day < {from90})) x GROUP BY subject`
	return replace("SELECT s.subject, "+cols+handFrom, ids,
		"{near}", windows("bit_count(bit_or(CASE WHEN win >= 12 THEN 1::BIGINT << (day - lo) END)) AS d", nearBounds, "{from56}"),
		"{far}", windows("sum(CASE WHEN win = 6 THEN count END) AS c", farBounds, "{from180}"),
		"{seats before}", before,
		"{answers}", "SELECT subject, day, arg_max(last, last_at) AS v FROM rollup WHERE metric = {nps} AND day <= {to} GROUP BY subject, day",
		"{account seats}", "SELECT subject, arg_max(num, valid_from::HUGEINT * 4611686018427387904 + seq) AS seats FROM field WHERE field = {field} AND valid_from <= {at} GROUP BY subject")
}

// byHandPostgres is the same for PostgreSQL, where the table has one row per
// subject, metric, day and label, and the last rows come from its index.
func byHandPostgres(cols string, ids *strings.Replacer) string {
	return replace("SELECT s.subject, "+cols+handFrom+" ORDER BY s.subject", ids,
		"{near}", windows("count(*) AS d", nearBounds, "{from56}"),
		"{far}", windows("sum(CASE WHEN win = 6 THEN count END) AS c", farBounds, "{from180}"),
		"{seats before}", "SELECT subject, (SELECT last FROM rollup r WHERE r.subject = o.subject AND metric = {active} AND day < {from90} ORDER BY day DESC LIMIT 1) AS active "+
			"FROM first_point o WHERE metric = {active} AND day < {from90}",
		"{answers}", "SELECT subject, day, last AS v FROM rollup WHERE metric = {nps} AND day <= {to}",
		"{account seats}", "SELECT DISTINCT ON (subject) subject, num AS seats FROM field WHERE field = {field} AND valid_from <= {at} ORDER BY subject, valid_from DESC, seq DESC")
}

// replace fills the parts of a statement, then the ids and days in it.
func replace(text string, ids *strings.Replacer, parts ...string) string {
	return ids.Replace(strings.NewReplacer(parts...).Replace(text))
}

// handIDs gives the values of the names in the statements as of a time.
func handIDs(b *testing.B, a *App, asOf minori.AsOf) *strings.Replacer {
	b.Helper()
	ctx := context.Background()
	var names []string
	for _, name := range handMetrics {
		names = append(names, name)
	}
	metrics, err := a.Records.EnsureIDs(ctx, "Metric", names)
	if err != nil {
		b.Fatal(err)
	}
	fields, err := a.Records.EnsureIDs(ctx, "Field", []string{"account.seats"})
	if err != nil {
		b.Fatal(err)
	}
	var urgent int64
	if err := a.Lake.Reader.DB.QueryRow("SELECT id FROM label WHERE metric = ? AND value = 'urgent'", metrics["ticket.open"]).Scan(&urgent); err != nil {
		b.Fatal(err)
	}
	pairs := []string{"{to}", strconv.Itoa(int(asOf.Day)), "{at}", strconv.FormatInt(asOf.Micros(), 10),
		"{urgent}", strconv.FormatInt(urgent, 10), "{field}", strconv.FormatInt(fields["account.seats"], 10)}
	for short, name := range handMetrics {
		pairs = append(pairs, "{"+short+"}", strconv.FormatInt(metrics[name], 10))
	}
	for _, n := range []int{7, 28, 30, 56, 60, 90, 120, 122, 180} {
		pairs = append(pairs, fmt.Sprintf("{from%d}", n), strconv.Itoa(int(asOf.Day)-n+1))
	}
	return strings.NewReplacer(pairs...)
}

// handColumns gives the measures as a list of columns, each rounded.
func handColumns() string {
	cols := make([]string, len(handMeasures))
	for i, m := range handMeasures {
		cols[i] = fmt.Sprintf("round(CAST(%s AS double precision) * 1e9) / 1e9 AS c%d", m.value, i)
	}
	return strings.Join(cols, ", ")
}

// BenchmarkMeasures holds the measures of an evaluation against the same 20
// measures written by hand for DuckDB, round by round, and, with
// MINORI_BENCH_POSTGRES=1, for PostgreSQL. The values have to be the same.
func BenchmarkMeasures(b *testing.B) {
	a := openSample(b)
	defer a.Close()
	ctx := context.Background()
	end, err := minori.ParseDay(benchEnd)
	if err != nil {
		b.Fatal(err)
	}
	asOf := minori.EndOf(end, a.Location())
	ids := handIDs(b, a, asOf)
	statement := "CREATE OR REPLACE TABLE scratch.by_hand AS " + byHandDuckDB(handColumns(), ids)
	b.ResetTimer()
	for range b.N {
		var compiled, hand []float64
		for i := range 6 { // the first round warms the cache and computes the earlier day
			rep, err := a.Evaluate.Evaluate(ctx, minori.System(), asOf)
			if err != nil {
				b.Fatal(err)
			}
			start := time.Now()
			if _, err := a.Lake.Reader.DB.ExecContext(ctx, statement); err != nil {
				b.Fatal(err)
			}
			if took := time.Since(start).Seconds(); i > 0 {
				compiled, hand = append(compiled, rep.Seconds.Measures), append(hand, took)
			}
		}
		checkHand(b, a, asOf)
		b.ReportMetric(middle(compiled), "measures-s")
		b.ReportMetric(middle(hand), "by-hand-s")
		b.ReportMetric(middle(compiled)/middle(hand), "ratio")
		b.ReportMetric(0, "ns/op")
	}
	if os.Getenv(benchPostgres) == "1" {
		b.ReportMetric(onPostgres(b, a, asOf, ids), "postgres-s")
	} else {
		b.Logf("%s=1 has the same measures written in PostgreSQL, too", benchPostgres)
	}
}

func middle(v []float64) float64 {
	slices.Sort(v)
	return v[len(v)/2]
}

// checkHand holds the values by hand against those that the evaluation stored.
func checkHand(b *testing.B, a *App, asOf minori.AsOf) {
	b.Helper()
	prog, err := a.Resources.Program(context.Background(), minori.Account, 0)
	if err != nil {
		b.Fatal(err)
	}
	if len(prog.Measures) != len(handMeasures) {
		b.Fatalf("the sample company has %d measures, %d are written by hand", len(prog.Measures), len(handMeasures))
	}
	var cols []string
	for _, m := range handMeasures {
		i := slices.IndexFunc(prog.Measures, func(p evaluate.Measure) bool { return p.Name == m.name })
		if i < 0 {
			b.Fatalf("the sample company has no measure %s", m.name)
		}
		cols = append(cols, fmt.Sprintf("max(CASE WHEN measure = %d AND reason = 0 THEN value END)", prog.Measures[i].ID))
	}
	stored, err := a.Lake.Reader.DB.Query("SELECT subject, "+strings.Join(cols, ", ")+" FROM measure_value WHERE kind = 1 AND as_of = ? GROUP BY subject ORDER BY subject", asOf.Micros())
	if err != nil {
		b.Fatal(err)
	}
	sameRows(b, stored, byHandRows(b, a))
}

func byHandRows(b *testing.B, a *App) *sql.Rows {
	b.Helper()
	rows, err := a.Lake.Reader.DB.Query("SELECT * FROM scratch.by_hand ORDER BY subject")
	if err != nil {
		b.Fatal(err)
	}
	return rows
}

// sameRows fails unless both give the same subjects, in the same order, with
// the same values; every measure has to be known for somebody.
func sameRows(b *testing.B, want, got *sql.Rows) {
	b.Helper()
	defer want.Close()
	defer got.Close()
	known := make([]int, len(handMeasures))
	subjects := 0
	for want.Next() {
		if !got.Next() {
			b.Fatalf("by hand there are only %d subjects: %v", subjects, got.Err())
		}
		subjects++
		who, w := handRow(b, want)
		whoElse, g := handRow(b, got)
		if who != whoElse {
			b.Fatalf("row %d is of subject %d, by hand of %d", subjects, who, whoElse)
		}
		for i, m := range handMeasures {
			if w[i].Valid != g[i].Valid || math.Abs(w[i].Float64-g[i].Float64) > 1e-6*max(1, math.Abs(w[i].Float64)) {
				b.Fatalf("%s of subject %d is %v, by hand %v", m.name, who, w[i], g[i])
			}
			if w[i].Valid {
				known[i]++
			}
		}
	}
	if got.Next() || want.Err() != nil || got.Err() != nil || subjects == 0 {
		b.Fatalf("by hand there are more than %d subjects, or: %v, %v", subjects, want.Err(), got.Err())
	}
	for i, m := range handMeasures {
		if known[i] == 0 {
			b.Errorf("%s is unknown for all", m.name)
		}
	}
}

func handRow(b *testing.B, rows *sql.Rows) (subject int64, values []sql.NullFloat64) {
	b.Helper()
	values = make([]sql.NullFloat64, len(handMeasures))
	into := []any{&subject}
	for i := range values {
		into = append(into, &values[i])
	}
	if err := rows.Scan(into...); err != nil {
		b.Fatal(err)
	}
	return subject, values
}

// handTables are the rows that PostgreSQL needs: of the rollups those of 180
// days, all answers, and seats in use of accounts without any within the 90
// days before the last 90. Partial rollups are merged on the way.
var handTables = []struct{ name, columns, key, rows string }{
	{"rollup", "subject integer, metric integer, day integer, l1 integer, sum double precision, count bigint, last double precision", "subject, metric, day, l1",
		"SELECT subject, metric, day, l1, sum(sum), sum(count)::BIGINT, arg_max(last, last_at) FROM rollup WHERE day <= {to} AND (day >= {from180} OR metric = {nps} OR metric = {active} AND " +
			"subject NOT IN (SELECT subject FROM rollup WHERE metric = {active} AND day >= {from180} AND day < {from90})) GROUP BY subject, metric, day, l1 ORDER BY subject, metric, day, l1"},
	{"actor_day", "subject integer, metric integer, day integer, actor bigint", "subject, metric, day, actor",
		"SELECT DISTINCT subject, metric, day, actor FROM actor_day WHERE day >= {from28} AND day <= {to} ORDER BY subject, metric, day, actor"},
	{"first_point", "subject integer, metric integer, day integer", "subject, metric",
		"SELECT subject, metric, min(day) FROM first_point GROUP BY subject, metric ORDER BY subject, metric"},
	{"last_point", "subject integer, metric integer, l1 integer, day integer, last double precision", "subject, metric, l1",
		"SELECT subject, metric, l1, max(day), arg_max(last, last_at) FROM last_point GROUP BY subject, metric, l1 ORDER BY subject, metric, l1"},
	{"subject", "id integer, kind integer, since integer, until integer, gone integer", "id", "SELECT id, kind, since, until, gone FROM subject"},
	{"term", "id bigint, account integer, starts integer", "id", "SELECT id, account, starts FROM term"},
	{"field", "subject integer, field bigint, valid_from bigint, seq bigint, num double precision", "field, subject, valid_from, seq",
		"SELECT subject, field, valid_from, seq, num FROM field WHERE field = {field}"},
}

// onPostgres copies the rows and gives the seconds of the second run of the
// statement.
func onPostgres(b *testing.B, a *App, asOf minori.AsOf, ids *strings.Replacer) (seconds float64) {
	b.Helper()
	ctx := context.Background()
	server, err := pgtest.Start()
	if err != nil {
		b.Fatal(err)
	}
	defer server.Stop()
	url := server.Database(b)
	conn, err := pgx.Connect(ctx, url)
	if err != nil {
		b.Fatal(err)
	}
	start := time.Now()
	for _, t := range handTables {
		copyTable(b, a, conn, t.name, t.columns, t.key, ids.Replace(t.rows))
	}
	copied := time.Since(start)
	if err := conn.Close(ctx); err != nil {
		b.Fatal(err)
	}
	settings := "&work_mem=512MB&max_parallel_workers_per_gather=2"
	db, err := sql.Open("pgx", url+settings)
	if err != nil {
		b.Fatal(err)
	}
	defer db.Close()
	statement := byHandPostgres(handColumns(), ids)
	for range 2 {
		start = time.Now()
		if _, err := db.Exec("CREATE TEMPORARY TABLE by_hand AS " + statement + "; DROP TABLE by_hand"); err != nil {
			b.Fatal(err)
		}
		seconds = time.Since(start).Seconds()
	}
	rows, err := db.Query(statement)
	if err != nil {
		b.Fatal(err)
	}
	sameRows(b, byHandRows(b, a), rows)
	b.Logf("copied to PostgreSQL in %.0f s, with %s", copied.Seconds(), strings.TrimPrefix(settings, "&"))
	return seconds
}

// copyTable makes a table and streams rows of the lake into it.
func copyTable(b *testing.B, a *App, conn *pgx.Conn, name, columns, key, query string) {
	b.Helper()
	ctx := context.Background()
	if _, err := conn.Exec(ctx, "CREATE TABLE "+name+" ("+columns+")"); err != nil {
		b.Fatal(err)
	}
	rows, err := a.Lake.Reader.DB.QueryContext(ctx, query)
	if err != nil {
		b.Fatalf("%s: %v", name, err)
	}
	defer rows.Close()
	var names []string
	for _, c := range strings.Split(columns, ", ") {
		word, _, _ := strings.Cut(c, " ")
		names = append(names, word)
	}
	values := make([]any, len(names))
	into := make([]any, len(names))
	for i := range values {
		into[i] = &values[i]
	}
	if _, err := conn.CopyFrom(ctx, pgx.Identifier{name}, names, pgx.CopyFromFunc(func() ([]any, error) {
		if !rows.Next() {
			return nil, rows.Err()
		}
		return values, rows.Scan(into...)
	})); err != nil {
		b.Fatalf("%s: %v", name, err)
	}
	if _, err := conn.Exec(ctx, "ALTER TABLE "+name+" ADD PRIMARY KEY ("+key+")"); err != nil {
		b.Fatalf("%s: %v", name, err)
	}
	if _, err := conn.Exec(ctx, "ANALYZE "+name); err != nil {
		b.Fatalf("%s: %v", name, err)
	}
}
