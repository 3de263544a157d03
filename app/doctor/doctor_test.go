package doctor_test

import (
	"context"
	"database/sql"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/riverqueue/river/riverdriver/riversqlite"
	"github.com/riverqueue/river/rivermigrate"

	minori "github.com/minori-hq/minori"
	"github.com/minori-hq/minori/app/doctor"
	"github.com/minori-hq/minori/auth"
	"github.com/minori-hq/minori/internal/pgtest"
	"github.com/minori-hq/minori/metric"
	"github.com/minori-hq/minori/resource"
	"github.com/minori-hq/minori/store/lake"
	"github.com/minori-hq/minori/store/lake/duckdb"
	"github.com/minori-hq/minori/store/lake/duckdb/inspect"
	"github.com/minori-hq/minori/store/records"
)

var server *pgtest.Server

func TestMain(m *testing.M) {
	os.Exit(pgtest.Main(m, func(s *pgtest.Server) { server = s }))
}

var now = time.Date(2025, time.June, 30, 12, 0, 0, 0, time.UTC)

func clock() time.Time { return now }

// place is an installation that is well, until a test breaks it.
type place struct {
	*testing.T
	dir, records, lake string
}

func newPlace(t *testing.T) *place {
	t.Helper()
	dir := t.TempDir()
	p := &place{t, dir, "sqlite:" + filepath.Join(dir, "records.db"), filepath.Join(dir, "lake.duckdb")}
	p.withRecords(func(ctx context.Context, db *records.DB) {
		must(t, db.InitWorkspace(ctx, minori.Workspace{Currency: "JPY", TimeZone: "Asia/Tokyo", Lang: minori.JA, FiscalYearStart: 4, FiscalYearNamed: "start", Country: "JP"}))
		must(t, db.AppendAudit(ctx, auth.Entry{At: now.UnixMicro(), Actor: "a", Action: "x.y", Object: "o"}, auth.Entry{At: now.UnixMicro(), Actor: "b", Action: "x.z", Object: "p"}))
	})
	p.withLake(func(context.Context, *duckdb.Lake) {})
	return p
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// withRecords does something with the records as the program opens them.
func (p *place) withRecords(fn func(context.Context, *records.DB)) {
	p.Helper()
	db, err := records.Open(p.Context(), p.records)
	must(p.T, err)
	fn(p.Context(), db)
	must(p.T, db.Close())
}

func (p *place) withLake(fn func(context.Context, *duckdb.Lake)) {
	p.Helper()
	l, err := duckdb.Open(p.lake, duckdb.Options{Currency: "JPY", Threads: 1})
	must(p.T, err)
	fn(p.Context(), l)
	must(p.T, l.Close())
}

// sql runs statements past the program.
func (p *place) sql(statements ...string) {
	p.Helper()
	db, err := sql.Open("sqlite3", filepath.Join(p.dir, "records.db"))
	must(p.T, err)
	for _, s := range statements {
		_, err := db.Exec(s)
		must(p.T, err)
	}
	must(p.T, db.Close())
}

func (p *place) duck(statements ...string) {
	p.Helper()
	db, err := sql.Open("duckdb", p.lake)
	must(p.T, err)
	for _, s := range statements {
		_, err := db.Exec(s)
		must(p.T, err)
	}
	must(p.T, db.Close())
}

func (p *place) config() doctor.Config {
	return doctor.Config{Data: p.dir, Records: p.records, Lake: p.lake, Files: filepath.Join(p.dir, "files"), Clock: clock, Owner: "Nobody serves.",
		Free: func(string) (uint64, error) { return 100 << 30, nil }}
}

// wrong expects exactly one check to find something wrong, with these words and
// a remedy.
func (p *place) wrong(cfg doctor.Config, check string, words ...string) {
	p.Helper()
	r := doctor.Examine(p.Context(), cfg)
	var found []string
	for _, f := range r.Findings {
		if f.OK {
			continue
		}
		found = append(found, f.Check)
		if f.Check != check {
			p.Errorf("%s finds %s", f.Check, f.Says)
			continue
		}
		if f.Remedy == "" {
			p.Errorf("no remedy for %s", f.Says)
		}
		for _, w := range words {
			if !strings.Contains(f.Says, w) {
				p.Errorf("%q does not say %q", f.Says, w)
			}
		}
	}
	if r.OK || !slices.Equal(found, []string{check}) {
		p.Errorf("ok %v, found %v, want %s", r.OK, found, check)
	}
}

// TestWell: an installation that is well is found so, by every check, offline
// and beside the program that has it open.
func TestWell(t *testing.T) {
	p := newPlace(t)
	want := []string{"owner", "disk", "records", "references", "lake", "clock", "audit", "imports", "jobs", "files", "metrics", "rollups", "inbox", "waiting", "outbox", "cycles", "sources"}
	look := func(cfg doctor.Config) {
		t.Helper()
		r := doctor.Examine(t.Context(), cfg)
		var got []string
		for _, f := range r.Findings {
			got = append(got, f.Check)
			if !f.OK || f.Says == "" || f.Remedy != "" {
				t.Errorf("found %+v", f)
			}
		}
		if !r.OK || !slices.Equal(got, want) {
			t.Errorf("ok %v, checks %v", r.OK, got)
		}
	}
	look(p.config())
	quick := p.config()
	quick.Quick = true
	look(quick)
	p.withRecords(func(context.Context, *records.DB) {
		p.withLake(func(_ context.Context, l *duckdb.Lake) {
			cfg := p.config()
			cfg.Open, cfg.Serving = inspect.Of(l.Reader), true
			look(cfg)
			look(cfg) // it closed nothing that is not its own
		})
	})
}

func TestDisk(t *testing.T) {
	p := newPlace(t)
	cfg := p.config()
	cfg.Free = func(string) (uint64, error) { return 500 << 20, nil }
	p.wrong(cfg, "disk", "0.5 GB", p.dir)
	cfg.Free, cfg.Data = nil, filepath.Join(p.dir, "gone")
	p.wrong(cfg, "disk", "could not be checked")
}

func TestRecords(t *testing.T) {
	for _, c := range []struct {
		what  string
		harm  func(p *place)
		words []string
	}{
		{"gone", func(p *place) { must(p.T, os.Remove(filepath.Join(p.dir, "records.db"))) }, []string{"no file"}},
		{"empty", func(p *place) { must(p.T, os.Truncate(filepath.Join(p.dir, "records.db"), 0)) }, []string{"no workspace"}},
		{"no database", func(p *place) {
			must(p.T, os.WriteFile(filepath.Join(p.dir, "records.db"), []byte(strings.Repeat("hello ", 2000)), 0o600))
		}, nil},
		{"newer", func(p *place) { p.sql("INSERT INTO migration (version_id, is_applied) VALUES (999, 1)") }, []string{"newer", "999"}},
		{"older", func(p *place) {
			p.sql("DELETE FROM migration WHERE version_id = (SELECT MAX(version_id) FROM migration)")
		}, []string{"this program makes"}},
		{"an index that does not fit", func(p *place) {
			p.sql("PRAGMA writable_schema = ON", "INSERT INTO counter (name, last) VALUES ('x', 1)",
				"UPDATE sqlite_master SET sql = 'CREATE INDEX account_search ON account (name)' WHERE name = 'account_search'",
				"INSERT INTO account SELECT 1, 'k', 'name', 'search', '', '', '', '', '', 0, '', NULL, NULL, '{}', NULL, '', 0")
		}, []string{"damaged"}},
	} {
		t.Run(c.what, func(t *testing.T) {
			p := newPlace(t)
			c.harm(p)
			p.wrong(p.config(), "records", c.words...)
		})
	}
}

func TestReferences(t *testing.T) {
	p := newPlace(t)
	p.sql("INSERT INTO contact (id, key, account, name, email, role, title) VALUES (1, 'c', 77, '', '', '', '')")
	p.wrong(p.config(), "references", "1 of contact", "account")
}

func TestLake(t *testing.T) {
	for _, c := range []struct {
		what  string
		harm  func(p *place)
		words []string
	}{
		{"gone", func(p *place) { must(p.T, os.Remove(p.lake)) }, []string{"no file"}},
		{"no lake", func(p *place) { must(p.T, os.WriteFile(p.lake, []byte(strings.Repeat("hello ", 5000)), 0o600)) }, []string{"cannot be"}},
		{"newer", func(p *place) { p.duck("INSERT INTO schema_version (version, applied) VALUES (999, true)") }, []string{"newer", "999"}},
		{"older", func(p *place) {
			p.duck("DELETE FROM schema_version WHERE version = (SELECT max(version) FROM schema_version)")
		}, []string{"this program makes"}},
		{"damaged blocks", func(p *place) {
			p.duck("INSERT INTO event SELECT i, i, 1, i, i, 1, random(), 'x' || random() FROM range(300000) t(i)", "CHECKPOINT")
			damage(p)
		}, []string{"cannot be read"}},
	} {
		t.Run(c.what, func(t *testing.T) {
			p := newPlace(t)
			c.harm(p)
			p.wrong(p.config(), "lake", c.words...)
		})
	}
}

// damage overwrites a part of the middle of the lake's file.
func damage(p *place) {
	p.Helper()
	f, err := os.OpenFile(p.lake, os.O_RDWR, 0)
	must(p.T, err)
	st, err := f.Stat()
	must(p.T, err)
	for at := st.Size() / 3; at < st.Size()*2/3; at += 64 << 10 {
		_, err = f.WriteAt([]byte("damaged by a test"), at)
		must(p.T, err)
	}
	must(p.T, f.Close())
}

func TestClock(t *testing.T) {
	p := newPlace(t)
	cfg := p.config()
	cfg.Clock = func() time.Time { return now.Add(-time.Hour) }
	p.wrong(cfg, "clock", "2025-06-30 20:00:00", "2025-06-30 21:00:00") // in Tokyo
	p.withRecords(func(ctx context.Context, db *records.DB) {
		must(t, db.SaveWorkspace(ctx, minori.Workspace{Currency: "JPY", TimeZone: "Mars/Olympus", Lang: minori.JA, FiscalYearStart: 4}))
	})
	p.wrong(p.config(), "clock", "Mars/Olympus")
}

func TestAudit(t *testing.T) {
	p := newPlace(t)
	p.sql("UPDATE audit SET actor = 'nobody' WHERE id = 1")
	p.wrong(p.config(), "audit", "line 1")
	p = newPlace(t)
	p.sql("DELETE FROM audit WHERE id = 2")
	p.wrong(p.config(), "audit", "newest lines")
}

func TestImports(t *testing.T) {
	p := newPlace(t)
	p.sql(fmt.Sprintf("INSERT INTO import_run VALUES (1, 1, 's', 'f', 'a', %d, 0, '')", now.Add(-25*time.Hour).UnixMicro()),
		fmt.Sprintf("INSERT INTO import_run VALUES (2, 1, 's', 'f', 'a', %d, 0, '')", now.Add(-time.Hour).UnixMicro()))
	p.wrong(p.config(), "imports", "1 imports")
}

func TestJobs(t *testing.T) {
	p := newPlace(t)
	p.withRecords(func(ctx context.Context, db *records.DB) {
		m, err := rivermigrate.New(riversqlite.New(db.Pool()), nil)
		must(t, err)
		_, err = m.Migrate(ctx, rivermigrate.DirectionUp, nil)
		must(t, err)
	})
	add := func(state, scheduled, attempted, finalized string) string {
		return fmt.Sprintf("INSERT INTO river_job (kind, max_attempts, state, scheduled_at, attempted_at, finalized_at) VALUES ('webhook_send', 3, '%s', %s, %s, %s)", state, scheduled, attempted, finalized)
	}
	p.sql(add("running", "'2025-06-30 11:59:00'", "'2025-06-30 11:59:00.123'", "NULL"), add("available", "'2025-06-30 11:59:00'", "NULL", "NULL"),
		add("completed", "'2025-06-01 11:59:00'", "'2025-06-01 11:59:00.123'", "'2025-06-01 11:59:00.123'"), add("scheduled", "'2025-07-01 11:59:00'", "NULL", "NULL"))
	if r := doctor.Examine(t.Context(), p.config()); !r.OK {
		t.Errorf("jobs under way: %+v", r)
	}
	p.sql(add("available", "'2025-06-30 11:30:00'", "NULL", "NULL"))
	if r := doctor.Examine(t.Context(), p.config()); !r.OK {
		t.Errorf("a job waits for the server to start: %+v", r)
	}
	p.withLake(func(_ context.Context, l *duckdb.Lake) {
		cfg := p.config()
		cfg.Open, cfg.Serving = inspect.Of(l.Reader), true
		p.wrong(cfg, "jobs", "1 of webhook_send (available)")
	})
	p.sql("DELETE FROM river_job", add("running", "'2025-06-30 11:30:00'", "'2025-06-30 11:30:00'", "NULL"))
	p.wrong(p.config(), "jobs", "1 of webhook_send (running)")
	p.sql("DELETE FROM river_job", add("discarded", "'2025-06-30 11:30:00'", "'2025-06-30 11:30:00'", "'2025-06-30 11:30:00'"))
	p.wrong(p.config(), "jobs", "given up", "1 of webhook_send")
}

func TestFiles(t *testing.T) {
	p := newPlace(t)
	hash := strings.Repeat("ab", 32)
	p.sql("INSERT INTO account SELECT 1, 'k', 'name', 'search', '', '', '', '', '', 0, '', NULL, NULL, '{}', NULL, '', 0",
		"INSERT INTO interaction VALUES (1, 'i', 1, 0, 'note', '', '')", "INSERT INTO timeline_entry VALUES (1, 1, 0, '', 0, 0, 0, 0, '')",
		"INSERT INTO timeline_file VALUES (1, 1, '"+hash+"', 'offer.pdf', 3)")
	p.wrong(p.config(), "files", "1 attached files", "offer.pdf")
	must(t, os.MkdirAll(filepath.Join(p.dir, "files", "ab"), 0o700))
	must(t, os.WriteFile(filepath.Join(p.dir, "files", "ab", hash), []byte("abc"), 0o600))
	if r := doctor.Examine(t.Context(), p.config()); !r.OK {
		t.Errorf("the file is there: %+v", r)
	}
}

func TestMetrics(t *testing.T) {
	p := newPlace(t)
	p.duck("INSERT INTO metric_def VALUES (7, '{}', 1, 1)")
	p.wrong(p.config(), "metrics", "1 metrics")
}

func TestRollups(t *testing.T) {
	p := newPlace(t)
	p.duck("INSERT INTO rollup SELECT i, 1, 1, 0, 0, 0, 1, 1, 1, 1, 1, 1, 1 FROM range(500000) t(i)")
	p.wrong(p.config(), "rollups", "500000 of 500000")
}

func TestBacklog(t *testing.T) {
	p := newPlace(t)
	p.duck(fmt.Sprintf("INSERT INTO inbox (arrival, kind, came) VALUES (1, 3, %d), (2, 3, %d)", now.Add(-2*time.Minute).UnixMicro(), now.UnixMicro()))
	if r := doctor.Examine(t.Context(), p.config()); !r.OK {
		t.Errorf("messages wait for the server to start: %+v", r)
	}
	p.withLake(func(_ context.Context, l *duckdb.Lake) {
		cfg := p.config()
		cfg.Open, cfg.Serving = inspect.Of(l.Reader), true
		p.wrong(cfg, "inbox", "2 messages", "2m0s")
	})
	p.duck("DELETE FROM inbox", "INSERT INTO waiting (arrival, account) SELECT i, 'A-1' FROM range(10001) t(i)")
	p.wrong(p.config(), "waiting", "10001 events")
}

func TestOutbox(t *testing.T) {
	p := newPlace(t)
	p.withRecords(func(ctx context.Context, db *records.DB) {
		must(t, db.InTx(ctx, func(ctx context.Context) error { return db.AppendOutbox(ctx, make([]metric.Delta, 10_001)...) }))
	})
	p.wrong(p.config(), "outbox", "10001 changes")
	p.withLake(func(ctx context.Context, l *duckdb.Lake) {
		must(t, l.Apply(ctx, []lake.SeqDelta{{Seq: 20_000}}))
	})
	p.wrong(p.config(), "outbox", "change 20000", "10001")
}

func TestCycles(t *testing.T) {
	p := newPlace(t)
	p.duck(fmt.Sprintf("INSERT INTO cycle (id, kind, as_of, day, complete, config, hand_over, done, whole, computed_at, measures) VALUES (5, 1, %d, %d, 1, 1, 1, 0, 1, %d, '[]')",
		now.UnixMicro(), minori.DayOf(now), now.UnixMicro()))
	p.wrong(p.config(), "cycles", "2025-06-30")
	p.withRecords(func(ctx context.Context, db *records.DB) { must(t, db.MarkHandedOver(ctx, 5, now.UnixMicro())) })
	if r := doctor.Examine(t.Context(), p.config()); !r.OK {
		t.Errorf("it was handed over: %+v", r)
	}
}

func TestSources(t *testing.T) {
	p := newPlace(t)
	p.withRecords(func(ctx context.Context, db *records.DB) {
		files := []resource.File{{Name: "m.yaml", Data: []byte("kind: Metric\nname: usage.login\ntype: counter\nunit: logins\nfresh_within: 7d\n")}}
		s := resource.NewService(resource.ServiceConfig{Store: db, Settings: db, Clock: clock, Audit: db.AppendAudit})
		_, err := s.Apply(ctx, minori.System(), files, false, "")
		must(t, err)
		ids, err := db.IDs(ctx, "Metric")
		must(t, err)
		p.duck(fmt.Sprintf("INSERT INTO metric_day VALUES (%d, %d, 1, 1)", ids["usage.login"], minori.DayOf(now)-8))
	})
	p.wrong(p.config(), "sources", "usage.login", "2025-06-22")
}

// TestPostgres: records in PostgreSQL are looked at the same way.
func TestPostgres(t *testing.T) {
	p := newPlace(t)
	p.records = server.Database(t)
	p.withRecords(func(ctx context.Context, db *records.DB) {
		must(t, db.InitWorkspace(ctx, minori.Workspace{Currency: "JPY", TimeZone: "Asia/Tokyo", Lang: minori.JA, FiscalYearStart: 4, FiscalYearNamed: "start", Country: "JP"}))
	})
	r := doctor.Examine(t.Context(), p.config())
	if !r.OK || !slices.ContainsFunc(r.Findings, func(f doctor.Finding) bool { return f.Check == "postgres" }) {
		t.Errorf("found %+v", r)
	}
	p.records = "postgres://127.0.0.1:1/nothing"
	p.wrong(p.config(), "records", "do not answer")
}
