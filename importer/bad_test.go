package importer_test

import (
	"archive/zip"
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/text/encoding/japanese"

	minori "github.com/minori-hq/minori"
	"github.com/minori-hq/minori/account"
	"github.com/minori-hq/minori/importer"
	"github.com/minori-hq/minori/store/lake"
)

// TestBadRows is bad input row by row: what is wrong is refused with place and
// advice, the rest is stored.
func TestBadRows(t *testing.T) {
	big := strings.Repeat("x", 1<<20)
	subs := []string{"subs", "subscription", "id", "id=id", "account=account", "start=start", "end=end", "arr=arr", "seats=seats"}
	events := []string{"events", "event", "id", "name=what", "account=account", "time=at", "value=value", "properties.text=text"}
	tickets := []string{"tickets", "ticket", "id", "id=id", "account=account", "opened=opened", "closed=closed"}
	tests := []struct {
		name    string
		source  []string
		lines   []string
		created int
		want    []string
	}{
		{"ragged rows", events, []string{"id,what,account,at,value,text", "1,login,A1,2024-01-01", "2,login,A1,2024-01-01,,,extra", "3,login,A1,2024-01-01,,"}, 1,
			[]string{"2 : the record has 4 fields, the header has 6", "3 : the record has 7 fields"}},
		{"duplicate keys in the lake", events, []string{"id,what,account,at,value,text", "1,login,A1,2024-01-01,1,", "1,login,A1,2024-01-01,2,", "1,login,A1,2024-01-01,1,"}, 1,
			[]string{"3 id: the same key stands on line 2 with other content"}},
		{"duplicate keys in records", subs, []string{"id,account,start,end,arr,seats", "S1,A1,2024-01-01,,1,", "S1,A1,2024-01-01,,2,", "S1,A1,2024-01-01,,1,"}, 1,
			[]string{"3 id: the same key stands on line 2 with other content"}},
		{"unknown account in the lake", events, []string{"id,what,account,at,value,text", "1,login,A9,2024-01-01,,", "2,login,,2024-01-01,,"}, 0,
			[]string{`2 account: there is no account with the id "A9"; import accounts first, or mend the id`, "3 account: account is empty; every row of event needs one"}},
		{"unknown account in records", subs, []string{"id,account,start,end,arr,seats", "S1,A9,2024-01-01,,1,", "S2,,2024-01-01,,1,"}, 0,
			[]string{`2 account: there is no account with the id "A9"`, "3 account: account is empty"}},
		{"impossible dates", subs, []string{"id,account,start,end,arr,seats", "S1,A1,2023-02-29,,1,", "S2,A1,2024-01-01,2024-06-31,1,", "S3,A1,01.02.2024,,1,", "S4,A1,0024-01-01,,1,", "S5,A1,,,1,"}, 0,
			[]string{"2 start: a day that does not exist", "3 end: a day that does not exist", "4 start: write 2024-12-31", "5 start: outside the years 1900 to 2199", "6 start: start is empty"}},
		{"end before start", subs, []string{"id,account,start,end,arr,seats", "S1,A1,2024-02-01,2024-01-31,1,"}, 0, []string{"2 end: the end (2024-01-31) lies before the start (2024-02-01)"}},
		{"closed before opened", tickets, []string{"id,account,opened,closed", "T1,A1,2024-01-02 10:00,2024-01-02 09:00"}, 0, []string{"2 closed: the ticket closed before it opened"}},
		{"negative seats", subs, []string{"id,account,start,end,arr,seats", "S1,A1,2024-02-01,,1,-3"}, 0, []string{"2 seats: seats is -3; it lies between 0 and"}},
		{"NaN and infinity", events, []string{"id,what,account,at,value,text", "1,login,A1,2024-01-01,NaN,", "2,login,A1,2024-01-01,inf,", "3,login,A1,2024-01-01,1e309,"}, 0,
			[]string{"2 value: leave the cell empty", "3 value: leave the cell empty", "4 value: the most that is kept"}},
		{"huge numbers", subs, []string{"id,account,start,end,arr,seats", "S1,A1,2024-02-01,,1e16,", "S2,A1,2024-02-01,,99999999999999999999,", "S3,A1,2024-02-01,,1,1e10"}, 0,
			[]string{"2 arr: larger than 1000000000000000", "3 arr: larger than 1000000000000000", "4 seats: it lies between 0 and 1000000000"}},
		{"formula-looking cells", events, []string{"id,what,account,at,value,text", `1,=SUM(A1:A9),A1,2024-01-01,,"=cmd|' /C calc'!A0"`, "2,@x,A1,2024-01-01,=1+1,-"}, 1,
			[]string{"3 value: write digits only"}},
		{"fields of a megabyte", events, []string{"id,what,account,at,value,text", "1,login,A1,2024-01-01,," + big, "2,login,A1,2024-01-01,," + big + "x", "3," + big + ",A1,2024-01-01,,", "4,login,A1,2024-01-01,,x"}, 1,
			[]string{"2 text: has 1048576 bytes; the properties of an event have at most 32768, shorten it", "3 text: the field has 1048577 bytes, at most 1048576 are read", "4 what: at most 500"}},
		{"an open quote", events, []string{"id,what,account,at,value,text", `1,login,A1,2024-01-01,,"never closed`, "2,login,A1,2024-01-01,,"}, 1, []string{"2 : is never closed"}},
		{"wrong bytes", events, []string{"id,what,account,at,value,text", "1,login,A1,2024-01-01,,caf\xe9 \xff", "2,login,A1,2024-01-01,,caf\xc3\xa9"}, 1, []string{"2 text: "}},
		{"too many properties", events, []string{"id,what,account,at,value,text", "1,login,A1,2024-01-01,," + strings.Repeat("y", 32<<10)}, 0, []string{"2 text: as JSON"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			w := newWorld(t, "UTC")
			w.accounts()
			w.source(tt.source[0], tt.source[1], "x.csv", tt.source[2], tt.source[3:]...)
			w.file("x.csv", tt.lines...)
			r := w.run(func(r *importer.Request) { r.Rejects = filepath.Join(w.dir, "r.rejects.csv") })
			w.rejected(r, tt.want...)
			if got := r.Sources[1].Created; got != tt.created {
				t.Errorf("%d rows were created, want %d", got, tt.created)
			}
			for _, j := range r.Rejects {
				if len(j.Reason) > 500 {
					t.Errorf("a reason of %d bytes: %.200s", len(j.Reason), j.Reason)
				}
			}
			again := w.run()
			if s := again.Sources[1]; s.Created+s.Updated != 0 || s.Rejected != len(tt.want) {
				t.Errorf("the second import: %+v", s)
			}
		})
	}
}

func TestFormulaIsKeptAsText(t *testing.T) {
	w := newWorld(t, "UTC")
	w.source("accounts", "account", "accounts.csv", "id", "id=id", "name=name")
	w.file("accounts.csv", "id,name", `A1,"=HYPERLINK(""http://x"",""y"")"`, "A2,+49 30 1234", "A3,@sum")
	w.counts(w.run(), "accounts", 3, 3, 0, 0, 0)
	acc := must[account.Account](t)(w.acc.Account(t.Context(), admin, w.ids()["A1"]))
	if acc.Name != `=HYPERLINK("http://x","y")` {
		t.Errorf("got %q", acc.Name)
	}
}

// TestBadFiles is input that is wrong as a whole: it is refused before
// anything is stored.
func TestBadFiles(t *testing.T) {
	tests := []struct {
		name string
		make func(w *world)
		want string
	}{
		{"an empty file", func(w *world) { os.WriteFile(filepath.Join(w.input(), "x.csv"), nil, 0o600) }, "the file is empty; its first line should name the columns"},
		{"a directory", func(w *world) { os.Mkdir(filepath.Join(w.input(), "x.csv"), 0o700) }, "this is a directory; name a file"},
		{"another column", func(w *world) { w.file("x.csv", "id,acount,at", "1,A1,2024-01-01") }, `there is no column "account", which the source events names for account, did you mean "acount"?; its columns are id, acount, at`},
		{"no key column", func(w *world) { w.file("x.csv", "account,at", "A1,2024-01-01") }, `there is no column "id", which the source events names for its key`},
		{"a column twice", func(w *world) { w.file("x.csv", "id,account,at,at", "1,A1,2024-01-01,") }, `are both called "at"`},
		{"an encoding that is not the file's", func(w *world) {
			w.sources[1].Source.Options.Encoding = "utf-16le"
			w.file("x.csv", "id,account,at", "1,A1,2024-01-01")
		}, ""},
		{"a program", func(w *world) {
			os.WriteFile(filepath.Join(w.input(), "x.csv"), []byte("\x7fELF\x02\x01\x01\x00\x00\x00\n\x00\x00"), 0o600)
		}, ""},
		{"a CSV called Excel", func(w *world) {
			w.sources[1].Source.Format = "excel"
			w.file("x.csv", "id,account,at", "1,A1,2024-01-01")
		}, "this is not an Excel workbook"},
		{"a CSV called Parquet", func(w *world) {
			w.sources[1].Source.Format = "parquet"
			w.file("x.csv", "id,account,at", "1,A1,2024-01-01")
		}, "cannot be read as a Parquet file"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			w := newWorld(t, "UTC")
			w.source("accounts", "account", "accounts.csv", "id", "id=id")
			w.file("accounts.csv", "id", "A1")
			w.source("events", "event", "x.csv", "id", "name:=login", "account=account", "time=at")
			tt.make(w)
			_, err := w.try()
			if err == nil || !strings.Contains(err.Error(), tt.want) || !strings.Contains(err.Error(), "x.csv") || minori.CodeOf(err) != minori.Invalid {
				t.Fatalf("got %v", err)
			}
			if len(w.ids()) != 0 {
				t.Error("something was stored")
			}
		})
	}
}

// TestEncodings reads a file whose encoding is found, named wrongly, or mixed.
func TestEncodings(t *testing.T) {
	cp932 := func(s string) string {
		b := must[[]byte](t)(japanese.ShiftJIS.NewEncoder().Bytes([]byte(s)))
		return string(b)
	}
	w := newWorld(t, "Asia/Tokyo")
	s := w.source("accounts", "account", "顧客*.csv", "顧客番号", "id=顧客番号", "name=会社名", "signed_up=契約日")
	file := cp932("顧客番号,会社名,契約日") + "\r\n" + cp932("A1,株式会社みのり,2024/4/1") + "\r\n" + cp932("A2,㈱髙島―①,2024/04/02") + "\r"
	w.file("顧客一覧.csv", file)
	w.counts(w.run(), "accounts", 2, 2, 0, 0, 0)
	acc := must[account.Account](t)(w.acc.Account(t.Context(), admin, w.ids()["A1"]))
	if acc.Name != "株式会社みのり" || acc.SignedUp.String() != "2024-04-01" {
		t.Errorf("got %+v", acc)
	}
	s.Options.Encoding = "utf-8"
	if _, err := w.try(); err == nil || !strings.Contains(err.Error(), "header") {
		t.Errorf("got %v", err)
	}
	w.file("顧客一覧.csv", "顧客番号,会社名,契約日", cp932("A3,株式会社"))
	r := w.run()
	if len(r.Rejects) != 1 || r.Rejects[0].Line != 2 {
		t.Errorf("got %+v", r.Rejects)
	}
}

// TestBrokenInTheMiddle keeps what stood before the break: a workbook whose
// sheet ends in the middle.
func TestBrokenInTheMiddle(t *testing.T) {
	w := newWorld(t, "UTC")
	w.accounts()
	w.source("events", "event", "x.xlsx", "id", "name:=login", "account=account", "time=at").Complete = true
	rows := [][]any{{"id", "account", "at"}}
	for i := range 3000 {
		rows = append(rows, []any{i, "A1", "2024-01-01"})
	}
	path := w.workbook("x.xlsx", rows)
	whole := must[[]byte](t)(os.ReadFile(path))
	cutSheet(t, path)
	r, err := w.try()
	var e *minori.Error
	if !errors.As(err, &e) || e.Pos.File != path || e.Pos.Line < 1000 || e.Code != minori.Invalid {
		t.Fatalf("got %v", err)
	}
	s := r.Sources[1]
	if s.Created < 1000 || s.Created != s.Read || s.Error == "" {
		t.Errorf("got %+v", s)
	}
	runs := must[[]account.ImportRun](t)(w.db.Imports(t.Context(), minori.Page{}))
	if runs[0].Finished == 0 || !strings.Contains(runs[0].Report, `"error":`) {
		t.Errorf("got %+v", runs[0])
	}
	if err := os.WriteFile(path, whole, 0o600); err != nil {
		t.Fatal(err)
	}
	w.counts(w.run(), "events", 3000, 3000-s.Created, 0, s.Created, 0)
}

// cutSheet ends the first sheet of a workbook in its middle.
func cutSheet(t *testing.T, path string) {
	t.Helper()
	in := must[*zip.ReadCloser](t)(zip.OpenReader(path))
	defer in.Close()
	var out bytes.Buffer
	z := zip.NewWriter(&out)
	for _, part := range in.File {
		r := must[io.ReadCloser](t)(part.Open())
		text := must[[]byte](t)(io.ReadAll(r))
		if strings.HasPrefix(part.Name, "xl/worksheets/") {
			text = text[:len(text)/2]
		}
		to := must[io.Writer](t)(z.Create(part.Name))
		must[int](t)(to.Write(text))
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, out.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
}

func TestEventNamesAreBounded(t *testing.T) {
	w := newWorld(t, "UTC")
	w.accounts()
	w.source("events", "event", "x.csv", "", "name=n", "account=a", "time=t")
	lines := []string{"n,a,t"}
	for i := range importer.MaxEventNames + 2 {
		lines = append(lines, fmt.Sprintf("name %d,A1,2024-01-01", i))
	}
	w.file("x.csv", lines...)
	r := w.run()
	w.counts(r, "events", importer.MaxEventNames+2, importer.MaxEventNames, 0, 0, 2)
	if !strings.Contains(r.Rejects[0].Reason, "map name to what kind of event it is") {
		t.Errorf("got %+v", r.Rejects[0])
	}
}

func TestRejectsAreBounded(t *testing.T) {
	w := newWorld(t, "UTC")
	w.accounts()
	w.source("events", "event", "x.csv", "", "name:=n", "account=a", "time=t")
	lines := []string{"a,t"}
	for range importer.MaxRejects + 500 {
		lines = append(lines, "A9,2024-01-01")
	}
	w.file("x.csv", lines...)
	out := filepath.Join(w.dir, "o.rejects.csv")
	r := w.run(func(r *importer.Request) { r.Rejects = out })
	if len(r.Rejects) != importer.MaxRejects || r.RejectsTotal != importer.MaxRejects+500 || r.RejectFiles[0].Rows != r.RejectsTotal {
		t.Errorf("%d of %d rejects, %+v", len(r.Rejects), r.RejectsTotal, r.RejectFiles)
	}
	if n := bytes.Count(must[[]byte](t)(os.ReadFile(out)), []byte("\n")); n != r.RejectsTotal+1 {
		t.Errorf("%d lines", n)
	}
}

func TestEventsOf(t *testing.T) {
	w := newWorld(t, "UTC")
	w.accounts()
	w.source("events", "event", "x.csv", "", "name:=n", "account=a", "time=t", "properties.p=p")
	w.file("x.csv", "a,t,p", "A1,2024-01-01,1", "A1,2024-01-01,1", "A1,2024-01-01,2")
	w.counts(w.run(), "events", 3, 3, 0, 0, 0)
	w.counts(w.run(), "events", 3, 0, 0, 3, 0)
	w.file("x.csv", "p,t,a", "2,2024-01-01,A1", "1,2024-01-01,A1", "1,2024-01-01,A1", "1,2024-01-01,A1") // columns and rows in another order
	w.counts(w.run(), "events", 4, 1, 0, 3, 0)
	items := must[[]lake.EventItem](t)(w.lake.RecentEvents(t.Context(), w.ids()["A1"], minori.Page{}))
	if len(items) != 4 {
		t.Errorf("got %+v", items)
	}
}
