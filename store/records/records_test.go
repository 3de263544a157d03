package records_test

import (
	"context"
	"os"
	"path/filepath"
	"testing"

	"github.com/minori-hq/minori/internal/pgtest"
	"github.com/minori-hq/minori/store/records"
	"github.com/minori-hq/minori/store/storetest/accesstest"
	"github.com/minori-hq/minori/store/storetest/desktest"
	"github.com/minori-hq/minori/store/storetest/identitytest"
	"github.com/minori-hq/minori/store/storetest/recordstest"
	"github.com/minori-hq/minori/store/storetest/webhooktest"
)

// server is set once, before the tests run.
var server *pgtest.Server

func TestMain(m *testing.M) {
	if path := os.Getenv(killVariable); path != "" {
		recordstest.ImportUntilKilled(path)
		return
	}
	os.Exit(pgtest.Main(m, func(s *pgtest.Server) { server = s }))
}

func openSQLite(t testing.TB) *records.DB {
	return openAt(t, "sqlite:"+filepath.Join(t.TempDir(), "records.db"))
}

func openPostgres(t testing.TB) *records.DB {
	if server == nil {
		t.Skip("no PostgreSQL: " + pgtest.SkipVariable + " is set")
	}
	return openAt(t, server.Database(t))
}

func openAt(t testing.TB, url string) *records.DB {
	t.Helper()
	db, err := records.Open(context.Background(), url)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := db.Close(); err != nil {
			t.Error(err)
		}
	})
	return db
}

func TestSQLite(t *testing.T)   { recordstest.Run(t, openSQLite) }
func TestPostgres(t *testing.T) { recordstest.Run(t, openPostgres) }

func TestSQLiteAccess(t *testing.T)   { accesstest.Run(t, openSQLite) }
func TestPostgresAccess(t *testing.T) { accesstest.Run(t, openPostgres) }

func TestSQLiteDesk(t *testing.T)   { desktest.Run(t, openSQLite) }
func TestPostgresDesk(t *testing.T) { desktest.Run(t, openPostgres) }

func TestSQLiteWebhooks(t *testing.T)   { webhooktest.Run(t, openSQLite) }
func TestPostgresWebhooks(t *testing.T) { webhooktest.Run(t, openPostgres) }

func TestSQLiteIdentity(t *testing.T)   { identitytest.Run(t, openSQLite) }
func TestPostgresIdentity(t *testing.T) { identitytest.Run(t, openPostgres) }
