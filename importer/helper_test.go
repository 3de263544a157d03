package importer_test

import (
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	minori "github.com/minori-hq/minori"
	"github.com/minori-hq/minori/account"
	"github.com/minori-hq/minori/importer"
	"github.com/minori-hq/minori/metric"
	"github.com/minori-hq/minori/revenue"
	"github.com/minori-hq/minori/store/lake"
	"github.com/minori-hq/minori/store/lake/duckdb"
	"github.com/minori-hq/minori/store/records"
)

// world is an importer over real stores in a folder.
type world struct {
	t       testing.TB
	dir     string
	db      *records.DB
	lake    *duckdb.Lake
	rev     *revenue.Service
	acc     *account.Service
	service *importer.Service
	now     time.Time
	sources []importer.Bound
}

var admin = minori.Actor{Name: "ops@example.com", Role: minori.RoleOperations}

func zone(t testing.TB, name string) *time.Location {
	t.Helper()
	loc, err := time.LoadLocation(name)
	if err != nil {
		t.Fatal(err)
	}
	return loc
}

// must fails the test on an error.
func must[T any](t testing.TB) func(T, error) T {
	return func(v T, err error) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
}

// newWorld makes a workspace in US dollars in a time zone.
func newWorld(t testing.TB, zoneName string) *world {
	t.Helper()
	w := openWorld(t, t.TempDir(), zoneName)
	t.Cleanup(w.close)
	return w
}

func openWorld(t testing.TB, dir, zoneName string) *world {
	t.Helper()
	ctx := context.Background()
	loc := zone(t, zoneName)
	w := &world{t: t, dir: dir, now: time.Date(2024, 12, 31, 12, 0, 0, 0, time.UTC)}
	w.db = must[*records.DB](t)(records.Open(ctx, filepath.Join(dir, "records.db")))
	w.lake = must[*duckdb.Lake](t)(duckdb.Open(filepath.Join(dir, "lake.duckdb"), duckdb.Options{Currency: "USD", MemoryLimit: "1GB"}))
	clock := func() time.Time { return w.now }
	ids := func(kind string) func(context.Context, []string) (map[string]int64, error) {
		return func(ctx context.Context, names []string) (map[string]int64, error) {
			return w.db.EnsureIDs(ctx, kind, names)
		}
	}
	w.acc = account.NewService(w.db, account.Config{Zone: loc, Clock: clock, FieldIDs: ids("Field"), MetricIDs: ids("Metric")})
	w.rev = revenue.NewService(w.db, revenue.Config{Zone: loc, Clock: clock, Currency: "USD", Scopes: w.acc})
	w.service = importer.NewService(importer.Config{
		Accounts: w.acc, Revenue: w.rev, Lake: w.lake, Runs: w.db, Zone: loc, Clock: clock,
		Fields: func(context.Context) ([]account.Field, error) { return customFields(), nil },
		Metrics: func(context.Context) (map[string]metric.Ref, error) {
			return map[string]metric.Ref{
				"usage.seats":   {ID: 900, Name: "usage.seats", Kind: metric.Gauge},
				"usage.feature": {ID: 901, Name: "usage.feature", Kind: metric.Event},
			}, nil
		},
		BatchRows: 1000, FactRows: 500,
	})
	return w
}

func (w *world) close() {
	if err := w.lake.Close(); err != nil {
		w.t.Error(err)
	}
	if err := w.db.Close(); err != nil {
		w.t.Error(err)
	}
}

func customFields() []account.Field {
	return []account.Field{
		{Name: "account.region", Type: account.FieldText},
		{Name: "account.employees", Type: account.FieldNumber},
		{Name: "account.budget", Type: account.FieldMoney},
		{Name: "account.strategic", Type: account.FieldBool},
		{Name: "account.kickoff", Type: account.FieldDate},
		{Name: "account.stage", Type: account.FieldChoice, Options: []string{"pilot", "live"}},
		{Name: "person.grade", Type: account.FieldNumber},
	}
}

// source adds a source; mapping is target=column, target:=const or target~expr.
func (w *world) source(name, into, files, key string, mapping ...string) *importer.Source {
	s := source(name, into, files, key, mapping...)
	w.sources = append(w.sources, importer.Bound{Source: s, ID: int64(100 + len(w.sources))})
	return &w.sources[len(w.sources)-1].Source
}

func source(name, into, files, key string, mapping ...string) importer.Source {
	s := importer.Source{Name: name, Format: "csv", Files: files, Into: into, Pos: minori.Position{File: "sources.yaml", Line: 1}}
	switch filepath.Ext(files) {
	case ".jsonl":
		s.Format = "jsonl"
	case ".parquet":
		s.Format = "parquet"
	case ".xlsx":
		s.Format = "excel"
	}
	if key != "" {
		s.Key = strings.Split(key, ",")
	}
	for i, m := range mapping {
		im := importer.Mapping{Pos: minori.Position{File: "sources.yaml", Line: 10 + i}}
		if target, expr, ok := strings.Cut(m, "~"); ok {
			im.Target, im.Expr = target, expr
		} else if target, c, ok := strings.Cut(m, ":="); ok {
			im.Target, im.Const = target, &c
		} else {
			im.Target, im.Column, _ = strings.Cut(m, "=")
		}
		if target, typ, ok := strings.Cut(im.Target, "|"); ok {
			im.Target, im.Type = target, typ
		}
		s.Map = append(s.Map, im)
	}
	return s
}

// file writes an input file.
func (w *world) file(name string, lines ...string) string {
	w.t.Helper()
	path := filepath.Join(w.dir, "in", name)
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		w.t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(strings.Join(lines, "\n")+"\n"), 0o600); err != nil {
		w.t.Fatal(err)
	}
	return path
}

func (w *world) input() string { return filepath.Join(w.dir, "in") }

// accounts writes and imports accounts A1 to A3.
func (w *world) accounts() {
	w.t.Helper()
	w.source("accounts", "account", "accounts.csv", "id", "id=id", "name=name")
	w.file("accounts.csv", "id,name", "A1,Ant", "A2,Bee", "A3,Cat")
	w.counts(w.run(), "accounts", 3, 3, 0, 0, 0)
}

// run imports the folder; it must not fail.
func (w *world) run(change ...func(*importer.Request)) importer.Report {
	w.t.Helper()
	r, err := w.try(change...)
	if err != nil {
		w.t.Fatal(err)
	}
	return r
}

func (w *world) try(change ...func(*importer.Request)) (importer.Report, error) {
	w.t.Helper()
	w.now = w.now.Add(time.Hour)
	req := importer.Request{Sources: w.sources, Input: w.input()}
	for _, c := range change {
		c(&req)
	}
	r, err := w.service.Run(context.Background(), admin, req)
	for _, s := range r.Sources {
		if s.Error == "" && s.Read != s.Created+s.Updated+s.Unchanged+s.Rejected {
			w.t.Errorf("the rows of %s do not add up: %+v", s.Source, s)
		}
	}
	return r, err
}

// counts compares what became of a source's rows.
func (w *world) counts(r importer.Report, source string, read, created, updated, unchanged, rejected int) {
	w.t.Helper()
	for _, s := range r.Sources {
		if s.Source != source {
			continue
		}
		got := [5]int{s.Read, s.Created, s.Updated, s.Unchanged, s.Rejected}
		if want := [5]int{read, created, updated, unchanged, rejected}; got != want {
			text, _ := json.Marshal(r.Rejects)
			w.t.Errorf("%s: read, created, updated, unchanged, rejected are %v, want %v; rejects %s", source, got, want, text)
		}
		return
	}
	w.t.Errorf("no report of %s", source)
}

// rejected compares rejects, given as "line column: part of the reason".
func (w *world) rejected(r importer.Report, want ...string) {
	w.t.Helper()
	if len(r.Rejects) != len(want) {
		text, _ := json.MarshalIndent(r.Rejects, "", " ")
		w.t.Errorf("%d rejects, want %d: %s", len(r.Rejects), len(want), text)
		return
	}
	for i, j := range r.Rejects {
		place, reason, _ := strings.Cut(want[i], ": ")
		line, column, _ := strings.Cut(place, " ")
		if got := []string{jsonOf(j.Line), j.Column}; !cmp.Equal(got, []string{line, column}) || !strings.Contains(j.Reason, reason) {
			w.t.Errorf("reject %d is %d %q: %s; want %s", i, j.Line, j.Column, j.Reason, want[i])
		}
	}
}

func jsonOf(v any) string {
	text, err := json.Marshal(v)
	if err != nil {
		panic(err)
	}
	return string(text)
}

// ids gives accounts by key.
func (w *world) ids() map[string]minori.ID {
	w.t.Helper()
	return must[map[string]minori.ID](w.t)(w.acc.IDs(context.Background(), admin, account.KindAccount))
}

// events gives how many events there are by name.
func (w *world) events() map[string]int64 {
	w.t.Helper()
	totals := must[lake.EventTotals](w.t)(w.lake.Events(context.Background(), minori.MinDay, minori.MaxDay, "name", 100, nil))
	out := map[string]int64{}
	for _, e := range totals.By {
		out[e.Name] = int64(e.Events)
	}
	return out
}
