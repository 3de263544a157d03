package health_test

import (
	"context"
	"database/sql"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/riverqueue/river/riverdriver"
	"github.com/riverqueue/river/riverdriver/riverdatabasesql"
	"github.com/riverqueue/river/riverdriver/riversqlite"
	"github.com/riverqueue/river/rivermigrate"

	"github.com/minori-hq/minori/account"
	"github.com/minori-hq/minori/ingest"
	"github.com/minori-hq/minori/internal/pgtest"
	"github.com/minori-hq/minori/metric"
	"github.com/minori-hq/minori/store/records"
	"github.com/minori-hq/minori/store/records/health"
)

var server *pgtest.Server

func TestMain(m *testing.M) {
	os.Exit(pgtest.Main(m, func(s *pgtest.Server) { server = s }))
}

// TestBackends: both databases tell the same.
func TestBackends(t *testing.T) {
	for name, dsn := range map[string]string{"sqlite": filepath.Join(t.TempDir(), "records.db"), "postgres": server.Database(t)} {
		t.Run(name, func(t *testing.T) {
			db, err := records.Open(t.Context(), dsn)
			must(t, err)
			t.Cleanup(func() { must(t, db.Close()) })
			s := health.Store{DB: db.DB}
			n, err := s.Bytes(t.Context())
			if must(t, err); n < 10_000 {
				t.Errorf("%d bytes", n)
			}
			testShapes(t, s)
			testImports(t, db, s)
			testOutbox(t, db, s)
			testJobs(t, db, s)
		})
	}
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// testShapes: a shape keeps its first arrival, and takes the last one.
func testShapes(t *testing.T, s health.Store) {
	t.Helper()
	a := ingest.Shape{Source: 1, Event: "login", Property: "plan", Type: "string", First: 5, Last: 6}
	b := ingest.Shape{Source: 1, Event: "login", First: 5, Last: 5}
	must(t, s.SaveShapes(t.Context(), []ingest.Shape{a, b}))
	a.First, a.Last = 7, 9
	must(t, s.SaveShapes(t.Context(), []ingest.Shape{a}))
	a.First = 5
	got, err := s.Shapes(t.Context())
	must(t, err)
	if diff := cmp.Diff([]ingest.Shape{b, a}, got); diff != "" {
		t.Error(diff)
	}
}

func testImports(t *testing.T, db *records.DB, s health.Store) {
	t.Helper()
	for i, name := range []string{"x", "y", "x"} {
		id, err := db.BeginImport(t.Context(), account.ImportRun{Source: 1, Name: name, File: "f", Actor: "a", Started: int64(i + 1)})
		must(t, err)
		if name == "y" {
			must(t, db.FinishImport(t.Context(), id, 9, `{"read":3}`))
		}
	}
	got, err := s.LastImports(t.Context())
	must(t, err)
	if len(got) != 2 || got["x"].Started != 3 || got["x"].Finished != 0 || got["y"].Report != `{"read":3}` {
		t.Errorf("the last imports are %+v", got)
	}
	for before, want := range map[int64]int64{1: 0, 2: 1, 9: 2} {
		if n, err := s.Unfinished(t.Context(), before); err != nil || n != want {
			t.Errorf("%d unfinished before %d, want %d, %v", n, before, want, err)
		}
	}
}

func testOutbox(t *testing.T, db *records.DB, s health.Store) {
	t.Helper()
	must(t, db.InTx(t.Context(), func(ctx context.Context) error { return db.AppendOutbox(ctx, make([]metric.Delta, 3)...) }))
	if waiting, newest, err := s.Outbox(t.Context(), 1); err != nil || waiting != 2 || newest != 3 {
		t.Errorf("%d wait, the newest is %d, %v", waiting, newest, err)
	}
	must(t, db.TrimOutbox(t.Context(), 3))
	if last, err := s.LastOutbox(t.Context()); err != nil || last != 3 {
		t.Errorf("the last change was %d, %v", last, err)
	}
}

// testJobs: jobs are counted, and those that do not move are found.
func testJobs(t *testing.T, db *records.DB, s health.Store) {
	t.Helper()
	if list, err := s.Jobs(t.Context()); err != nil || list != nil {
		t.Errorf("without tables: %v, %v", list, err)
	}
	var driver riverdriver.Driver[*sql.Tx] = riversqlite.New(db.Pool())
	at := func(text string) string { return "'" + text + "'" }
	if s.Backend() != "sqlite" {
		driver = riverdatabasesql.New(db.Pool())
		at = func(text string) string { return "'" + text + "+00'::timestamptz" }
	}
	m, err := rivermigrate.New(driver, nil)
	must(t, err)
	_, err = m.Migrate(t.Context(), rivermigrate.DirectionUp, nil)
	must(t, err)
	for _, row := range []string{
		"'a', 'running', " + at("2025-06-30 11:30:00") + ", " + at("2025-06-30 11:30:00.5") + ", NULL",
		"'b', 'running', " + at("2025-06-30 11:30:00") + ", " + at("2025-06-30 11:59:00.5") + ", NULL",
		"'c', 'available', " + at("2025-06-30 11:30:00") + ", NULL, NULL",
		"'d', 'scheduled', " + at("2025-06-30 12:30:00") + ", NULL, NULL",
		"'e', 'discarded', " + at("2025-06-30 11:30:00") + ", NULL, " + at("2025-06-30 11:59:00"),
	} {
		must(t, db.Exec(t.Context(), "INSERT INTO river_job (args, max_attempts, kind, state, scheduled_at, attempted_at, finalized_at) VALUES ('{}', 3, "+row+")"))
	}
	before := time.Date(2025, time.June, 30, 11, 45, 0, 0, time.UTC).UnixMicro()
	got, err := s.StuckJobs(t.Context(), before)
	must(t, err)
	if diff := cmp.Diff([]health.JobCount{{"a", "running", 1}, {"c", "available", 1}, {"e", "discarded", 1}}, got); diff != "" {
		t.Error(diff)
	}
	if all, err := s.Jobs(t.Context()); err != nil || len(all) != 5 {
		t.Errorf("all jobs: %v, %v", all, err)
	}
}
