package importer_test

import (
	"bufio"
	"context"
	"database/sql"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/xuri/excelize/v2"

	minori "github.com/minori-hq/minori"
	"github.com/minori-hq/minori/account"
	"github.com/minori-hq/minori/importer"
	"github.com/minori-hq/minori/store/lake"
)

// workbook writes an Excel file.
func (w *world) workbook(name string, rows [][]any) string {
	w.t.Helper()
	path := w.file(name)
	f := excelize.NewFile()
	date := must[int](w.t)(f.NewStyle(&excelize.Style{NumFmt: 22}))
	for i, row := range rows {
		for j, v := range row {
			cell := must[string](w.t)(excelize.CoordinatesToCellName(j+1, i+1))
			if err := f.SetCellValue("Sheet1", cell, v); err != nil {
				w.t.Fatal(err)
			}
			if _, ok := v.(time.Time); ok {
				if err := f.SetCellStyle("Sheet1", cell, cell, date); err != nil {
					w.t.Fatal(err)
				}
			}
		}
	}
	if err := f.SaveAs(path); err != nil {
		w.t.Fatal(err)
	}
	return path
}

// TestFormats reads the same events from every format.
func TestFormats(t *testing.T) {
	makers := map[string]func(w *world){
		"x.csv": func(w *world) {
			w.file("x.csv", "id,account,at,n,beta,note", `1,A1,2024-01-02 03:04:05,2.5,true,"日本 ""x"""`, "2,A2,2024-01-03 00:00:00,,false,")
		},
		"x.jsonl": func(w *world) {
			w.file("x.jsonl", `{"id":1,"account":"A1","at":"2024-01-02 03:04:05","n":2.5,"beta":true,"note":"日本 \"x\""}`,
				`{"account":"A2","id":2,"at":"2024-01-03 00:00:00","beta":false,"more":[1,2]}`)
		},
		"x.parquet": func(w *world) {
			path := w.file("x.parquet")
			db := must[*sql.DB](t)(sql.Open("duckdb", ""))
			defer db.Close()
			must[sql.Result](t)(db.Exec(`COPY (SELECT * FROM (VALUES (1, 'A1', TIMESTAMP '2024-01-02 03:04:05', 2.5::DOUBLE, true, '日本 "x"'),
				(2, 'A2', TIMESTAMP '2024-01-03 00:00:00', NULL, false, NULL)) t(id, account, "at", n, beta, note)) TO '` + path + `' (FORMAT parquet)`))
		},
		"x.xlsx": func(w *world) {
			w.workbook("x.xlsx", [][]any{{"id", "account", "at", "n", "beta", "note"},
				{1, "A1", time.Date(2024, 1, 2, 3, 4, 5, 0, time.UTC), 2.5, true, `日本 "x"`},
				{2, "A2", time.Date(2024, 1, 3, 0, 0, 0, 0, time.UTC), nil, false, nil}})
		},
	}
	for name, write := range makers {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, "Asia/Tokyo")
			w.accounts()
			w.source("x", "event", name, "id", "name:=used", "account=account", "time=at", "value=n", "properties.beta|bool=beta", "properties.note=note")
			write(w)
			r := w.run()
			w.rejected(r)
			w.counts(r, "x", 2, 2, 0, 0, 0)
			items := must[[]lake.EventItem](t)(w.lake.RecentEvents(t.Context(), w.ids()["A1"], minori.Page{}))
			want := []lake.EventItem{{Name: "used", Time: at(t, "2024-01-01T18:04:05Z"), Value: ptr(2.5), Properties: `{"beta":true,"note":"日本 \"x\""}`}}
			if diff := cmp.Diff(want, items); diff != "" {
				t.Error(diff)
			}
			items = must[[]lake.EventItem](t)(w.lake.RecentEvents(t.Context(), w.ids()["A2"], minori.Page{}))
			want = []lake.EventItem{{Name: "used", Time: at(t, "2024-01-02T15:00:00Z"), Properties: `{"beta":false}`}}
			if diff := cmp.Diff(want, items); diff != "" {
				t.Error(diff)
			}
			w.counts(w.run(), "x", 2, 0, 0, 2, 0)
		})
	}
}

// TestJSONColumnsAppear reads names that come late, and whose rows are
// rejected into a file that can be imported again.
func TestJSONColumnsAppear(t *testing.T) {
	w := newWorld(t, "UTC")
	w.accounts()
	w.source("x", "event", "x.jsonl", "", "name:=used", "account=who.account", "time=at", "properties.late=late", `properties.up~row["late"].upperAscii()`)
	var lines []string
	for i := range 3000 { // beyond the part whose names are known from the start
		lines = append(lines, fmt.Sprintf(`{"who":{"account":"A1"},"at":"2024-01-01","pad":"%s","i":%d}`, strings.Repeat("x", 100), i))
	}
	lines = append(lines, `{"at":"2024-01-02","late":"yes","who":{"account":"A2"}}`, `{"late":"no","at":"2024-01-02","who":{"account":"A9"}}`, `{"at":"2024-01-02"}`)
	w.file("x.jsonl", lines...)
	out := filepath.Join(w.dir, "x.jsonl.rejects.csv")
	r := w.run(func(r *importer.Request) { r.Rejects = out })
	w.counts(r, "x", 3003, 3001, 0, 0, 2)
	w.rejected(r, "3002 who.account: no account with the id", "3003 who.account: account is empty")
	items := must[[]lake.EventItem](t)(w.lake.RecentEvents(t.Context(), w.ids()["A2"], minori.Page{}))
	if len(items) != 1 || items[0].Properties != `{"late":"yes","up":"YES"}` {
		t.Errorf("got %+v", items)
	}
	text := strings.NewReplacer("A9", "A3").Replace(string(must[[]byte](t)(os.ReadFile(out))))
	if err := os.WriteFile(out, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	w.counts(w.run(func(r *importer.Request) { r.Input = out }), "x", 2, 1, 0, 0, 1)
}

// TestKill kills an import with events and facts again and again; the last run
// ends in the state of an undisturbed one.
func TestKill(t *testing.T) {
	if dir := os.Getenv("MINORI_KILL_DIR"); dir != "" {
		w := openWorld(t, dir, "UTC")
		w.killSources()
		fmt.Println("ready")
		w.run(func(r *importer.Request) {
			r.Progress = func(p importer.Progress) { fmt.Println(p.Label, p.Rows) }
		})
		w.close()
		return
	}
	const rows, tickets = 20_000, 3_000
	dir := t.TempDir()
	w := openWorld(t, dir, "UTC")
	w.killSources()
	w.file("accounts.csv", "id,name", "A1,Ant", "A2,Bee", "A3,Cat")
	lines := []string{"id,a,t,u"}
	for i := range rows {
		lines = append(lines, fmt.Sprintf("%d,A%d,2024-01-%02d,u%d", i, 1+i%3, 1+i%28, i%50))
	}
	w.file("usage.csv", lines...)
	lines = []string{"id,a,t"}
	for i := range tickets {
		lines = append(lines, fmt.Sprintf("%d,A%d,2024-01-%02d", i, 1+i%3, 1+i%28))
	}
	w.file("tickets.csv", lines...)
	w.close()
	for _, steps := range []int{0, 1, 3, 5, 8, 13, 20, 24} {
		kill(t, dir, steps)
	}
	w = openWorld(t, dir, "UTC")
	defer w.close()
	w.killSources()
	w.run()
	if n := w.events()["login"]; n != rows {
		t.Errorf("%d events", n)
	}
	ctx := context.Background()
	n := 0
	for _, id := range w.ids() {
		for page := 0; ; page++ {
			got := must[[]account.Ticket](t)(w.acc.Tickets(ctx, admin, id, minori.Page{Limit: minori.MaxPage, Offset: page * minori.MaxPage}))
			if n += len(got); len(got) < minori.MaxPage {
				break
			}
		}
	}
	if n != tickets {
		t.Errorf("%d tickets", n)
	}
	r := w.run()
	w.counts(r, "usage", rows, 0, 0, rows, 0)
	w.counts(r, "tickets", tickets, 0, 0, tickets, 0)
	open := 0
	for _, run := range must[[]account.ImportRun](t)(w.db.Imports(ctx, minori.Page{Limit: 100})) {
		if run.Finished == 0 {
			open++
		}
	}
	if open == 0 {
		t.Error("no import was killed")
	}
}

func (w *world) killSources() {
	w.source("accounts", "account", "accounts.csv", "id", "id=id", "name=name")
	w.source("tickets", "ticket", "tickets.csv", "id", "account=a", "opened=t")
	w.source("usage", "event", "usage.csv", "id", "name:=login", "account=a", "time=t", "actor=u")
}

// kill runs an import in another process and kills it after some batches.
func kill(t *testing.T, dir string, steps int) {
	t.Helper()
	cmd := exec.Command(os.Args[0], "-test.run", "^TestKill$")
	cmd.Env = append(os.Environ(), "MINORI_KILL_DIR="+dir)
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	lines := bufio.NewScanner(out)
	for n := -1; n < steps && lines.Scan(); n++ {
	}
	time.Sleep(time.Duration(steps) * time.Millisecond)
	if err := cmd.Process.Kill(); err != nil {
		t.Log(err)
	}
	_ = cmd.Wait()
}
