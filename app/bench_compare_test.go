package app

import (
	"context"
	"database/sql/driver"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"testing"
	"time"

	duck "github.com/duckdb/duckdb-go/v2"
	"github.com/jackc/pgx/v5"

	"github.com/minori-hq/minori/ingest/message"
	"github.com/minori-hq/minori/internal/pgtest"
	"github.com/minori-hq/minori/sample"
)

// What others do with the same events, to hold BenchmarkIngest against: a
// server that parses them and drops them, DuckDB's appender, and PostgreSQL's
// COPY into a table with an index on the account and the time and one on the
// message's id. The latter two commit in groups of 10,000 and parse nothing.

// compareFor is how long each of them is measured.
const compareFor = 10 * time.Second

// BenchmarkIngestDrop is a server that reads, parses and drops.
func BenchmarkIngestDrop(b *testing.B) {
	decoder := message.NewDecoder(time.UTC)
	h := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			return
		}
		if _, err := decoder.Decode(message.Shape{}, body, time.Now()); err != nil {
			w.WriteHeader(http.StatusBadRequest)
			return
		}
		_, _ = io.WriteString(w, `{"success":true}`)
	})
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		b.Fatal(err)
	}
	srv := &http.Server{Handler: h, ReadHeaderTimeout: time.Second}
	go func() { _ = srv.Serve(ln) }()
	defer srv.Close()
	for range b.N {
		l := &loader{url: "http://" + ln.Addr().String(), key: "key", conns: 16, batch: 100, lasts: compareFor, account: even(10_000), now: time.Now}
		l.report(b, l.run(context.Background()))
	}
}

// compared is one event as the stores below take it.
type compared struct {
	id, account, user, event string
	at                       time.Time
	properties               string
}

func compare(r *rand.Rand) compared {
	account := r.IntN(10_000)
	return compared{
		id: fmt.Sprintf("m-%016x", r.Uint64()), account: sample.AccountID(account), user: fmt.Sprintf("%s-u%d", sample.AccountID(account), r.IntN(8)),
		event: "feature_core", at: time.Now(), properties: `{"source":"web","screen":"overview","count":1,"beta":false}`,
	}
}

const compareGroup = 10_000

// groups writes groups of events until the time is over and reports the rate.
func groups(b *testing.B, write func([]compared) error) {
	b.Helper()
	r := rand.New(rand.NewPCG(1, 2))
	rows := make([]compared, compareGroup)
	n, took := 0, time.Duration(0)
	for took < compareFor {
		for i := range rows {
			rows[i] = compare(r)
		}
		start := time.Now()
		if err := write(rows); err != nil {
			b.Fatal(err)
		}
		took += time.Since(start)
		n += len(rows)
	}
	b.ReportMetric(float64(n)/took.Seconds(), "events/s")
}

// BenchmarkIngestAppender appends to a table of DuckDB.
func BenchmarkIngestAppender(b *testing.B) {
	c, err := duck.NewConnector(filepath.Join(b.TempDir(), "bare.duckdb"), nil)
	if err != nil {
		b.Fatal(err)
	}
	defer c.Close()
	conn, err := c.Connect(context.Background())
	if err != nil {
		b.Fatal(err)
	}
	defer conn.Close()
	if _, err := conn.(driver.ExecerContext).ExecContext(context.Background(),
		"CREATE TABLE event (id VARCHAR, account VARCHAR, usr VARCHAR, event VARCHAR, happened TIMESTAMP, properties VARCHAR)", nil); err != nil {
		b.Fatal(err)
	}
	for range b.N {
		groups(b, func(rows []compared) error {
			a, err := duck.NewAppenderFromConn(conn, "", "event")
			if err != nil {
				return err
			}
			for _, e := range rows {
				if err := a.AppendRow(e.id, e.account, e.user, e.event, e.at, e.properties); err != nil {
					return err
				}
			}
			return a.Close() // commits
		})
	}
}

// BenchmarkIngestCopy copies into an indexed table of PostgreSQL.
func BenchmarkIngestCopy(b *testing.B) {
	if os.Getenv(pgtest.SkipVariable) == "1" {
		b.Skip("*** PostgreSQL IS NOT MEASURED: " + pgtest.SkipVariable + "=1 ***")
	}
	server, err := pgtest.Start()
	if err != nil {
		b.Fatal(err)
	}
	defer server.Stop()
	ctx := context.Background()
	conn, err := pgx.Connect(ctx, server.Database(b))
	if err != nil {
		b.Fatal(err)
	}
	defer func() { _ = conn.Close(ctx) }()
	for _, s := range []string{
		"CREATE TABLE event (id text, account text, usr text, event text, at timestamptz, properties text)",
		"CREATE UNIQUE INDEX ON event (id)", "CREATE INDEX ON event (account, at)",
	} {
		if _, err := conn.Exec(ctx, s); err != nil {
			b.Fatal(err)
		}
	}
	for range b.N {
		groups(b, func(rows []compared) error {
			_, err := conn.CopyFrom(ctx, pgx.Identifier{"event"}, []string{"id", "account", "usr", "event", "at", "properties"},
				pgx.CopyFromSlice(len(rows), func(i int) ([]any, error) {
					e := &rows[i]
					return []any{e.id, e.account, e.user, e.event, e.at, e.properties}, nil
				}))
			return err
		})
	}
}
