package records_test

import (
	"context"
	"database/sql"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	minori "github.com/minori-hq/minori"
	"github.com/minori-hq/minori/metric"
	"github.com/minori-hq/minori/store/records"
)

func wantOpenError(t *testing.T, url string, code minori.Code, words string) {
	t.Helper()
	db, err := records.Open(context.Background(), url)
	if err == nil {
		db.Close()
	}
	if minori.CodeOf(err) != code || !strings.Contains(err.Error(), words) {
		t.Fatalf("%s: %v (%s), want %s with %q", url, err, minori.CodeOf(err), code, words)
	}
}

func TestOpenRefuses(t *testing.T) {
	dir := t.TempDir()
	garbage := filepath.Join(dir, "garbage.db")
	if err := os.WriteFile(garbage, []byte(strings.Repeat("no database ", 100)), 0o600); err != nil {
		t.Fatal(err)
	}
	wantOpenError(t, "", minori.Invalid, "sqlite:PATH")
	wantOpenError(t, "mysql://u:secret@host/db", minori.Invalid, "neither")
	wantOpenError(t, dir, minori.Invalid, "is a folder")
	wantOpenError(t, filepath.Join(dir, "none", "x.db"), minori.NotFound, "does not exist")
	wantOpenError(t, garbage, minori.Unavailable, "damaged")
	wantOpenError(t, "postgres://127.0.0.1:1/none?connect_timeout=1", minori.Unavailable, "cannot be opened")
	if _, err := records.Open(context.Background(), "mysql://u:secret@host/db"); strings.Contains(err.Error(), "secret") {
		t.Fatalf("%v tells the password", err)
	}
}

func TestOpenOddPath(t *testing.T) {
	path := filepath.Join(t.TempDir(), "a b?c#d%20e.db")
	openAt(t, path)
	if _, err := os.Stat(path); err != nil {
		t.Fatal(err)
	}
}

func testNewer(t *testing.T, driver, dsn, url string) {
	db, err := records.Open(context.Background(), url)
	if err != nil {
		t.Fatal(err)
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	raw, err := sql.Open(driver, dsn)
	if err != nil {
		t.Fatal(err)
	}
	defer raw.Close()
	if _, err := raw.Exec("UPDATE migration SET version_id = 999 WHERE version_id = (SELECT MAX(version_id) FROM migration)"); err != nil {
		t.Fatal(err)
	}
	wantOpenError(t, url, minori.Invalid, "newer version")
}

func TestNewerIsRefused(t *testing.T) {
	path := filepath.Join(t.TempDir(), "records.db")
	testNewer(t, "sqlite3", path, path)
	if server != nil {
		url := server.Database(t)
		testNewer(t, "pgx", url, url)
	}
}

func TestReopenKeepsEverything(t *testing.T) {
	path := filepath.Join(t.TempDir(), "records.db")
	ctx := context.Background()
	for round := range 3 {
		db, err := records.Open(ctx, path)
		if err != nil {
			t.Fatal(err)
		}
		id, err := db.NewIDs(ctx, "x", 1)
		if err != nil || id != int64(round+1) {
			t.Fatalf("round %d: %d %v", round, id, err)
		}
		if err := db.Close(); err != nil {
			t.Fatal(err)
		}
	}
}

// TestFullDisk fills a small file system and holds that the store says so and
// keeps what it acknowledged.
func TestFullDisk(t *testing.T) {
	dir := t.TempDir()
	if err := syscall.Mount("tmpfs", dir, "tmpfs", 0, "size=3m"); err != nil {
		t.Skipf("*** THE FULL DISK IS NOT TESTED: a tmpfs cannot be mounted here: %v ***", err)
	}
	defer func() {
		if err := syscall.Unmount(dir, 0); err != nil {
			t.Error(err)
		}
	}()
	ctx := context.Background()
	path := filepath.Join(dir, "records.db")
	db, err := records.Open(ctx, path)
	if err != nil {
		t.Fatal(err)
	}
	delta := metric.Delta{Subjects: []metric.SubjectRow{{Key: strings.Repeat("x", 50_000)}}}
	acknowledged := 0
	for err == nil && acknowledged < 1000 {
		if err = db.InTx(ctx, func(ctx context.Context) error { return db.AppendOutbox(ctx, delta, delta) }); err == nil {
			acknowledged++
		}
	}
	if minori.CodeOf(err) != minori.Unavailable || acknowledged == 0 {
		t.Fatalf("after %d: %v", acknowledged, err)
	}
	if err := db.Close(); err != nil {
		t.Logf("closing on a full disk: %v", err)
	}
	db, err = records.Open(ctx, path)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	rows, err := db.Outbox(ctx, 0, 5000)
	if err != nil || len(rows) != 2*acknowledged {
		t.Fatalf("%d deltas of %d transactions: %v", len(rows), acknowledged, err)
	}
}
