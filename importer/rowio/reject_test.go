package rowio

import (
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// reject writes all rows of a file, and its row errors, into a file of rejected rows.
func reject(t *testing.T, path, format string, opt Options) string {
	t.Helper()
	r, err := Open(path, format, opt)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	out := filepath.Join(t.TempDir(), "f"+RejectSuffix)
	w, err := CreateRejects(out, r.Columns(), r.Info().Delimiter)
	if err != nil {
		t.Fatal(err)
	}
	n := 0
	for ; ; n++ {
		row, err := r.Next()
		var bad *RowError
		if err == io.EOF {
			break
		} else if errors.As(err, &bad) {
			err = w.Error(bad)
		} else if err == nil {
			err = w.Row(row, `no, "such" account`)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil || w.Count() != n {
		t.Fatalf("%d of %d rows, %v", w.Count(), n, err)
	}
	return out
}

func TestRejectsComeBack(t *testing.T) {
	text := "氏名;式\r\n髙橋;=1+1\r\n\"a;\r\nb\";@SUM(A1)\r\nNULL;-1\r\n"
	opt := Options{Encoding: "cp932", Delimiter: ";", Null: []string{"NULL"}}
	out := reject(t, write(t, "f.csv", sjis(t, text)), "csv", opt)
	data, err := os.ReadFile(out)
	if err != nil || !strings.HasPrefix(string(data), "\ufeff氏名;式;minori_reason;minori_line;minori_raw\n髙橋;=1+1;\"no, ") {
		t.Fatalf("%q %v", data, err)
	}
	res, err := readAll(t, out, "csv", opt)
	if err != nil {
		t.Fatal(err)
	}
	check(t, res, []string{"2:髙橋|=1+1", "3:a;\r\nb|@SUM(A1)", "5:~|-1"}, nil)
	if strings.Join(res.columns, ",") != "氏名,式" {
		t.Errorf("columns %q", res.columns)
	}
}

func TestRejectedTwice(t *testing.T) {
	in := "a,b\n1\n1,2,3\n\"x,\xff\x00\n4,\xff\n"
	out := reject(t, write(t, "f.csv", in), "csv", Options{Encoding: "utf-8"})
	res, err := readAll(t, out, "csv", Options{MaxField: 8})
	if err != nil {
		t.Fatal(err)
	}
	check(t, res, []string{"2:1|~"}, []string{"3||not corrected yet", "4||not corrected yet", "5||not corrected yet"})
	if res.bad[0].Raw != "1,2,3" || res.bad[1].Raw != "\"x,??" || res.bad[2].Raw != "4,?" {
		t.Errorf("raw %q %q %q", res.bad[0].Raw, res.bad[1].Raw, res.bad[2].Raw)
	}
	again := reject(t, out, "csv", Options{})
	data, _ := os.ReadFile(again)
	if n := strings.Count(string(data), ColumnReason); n != 1 {
		t.Errorf("%d columns of reasons in %q", n, data)
	}
}

func TestRejectsOfGrowingColumns(t *testing.T) {
	filler := strings.Repeat("\n", headSize)
	in := `{"a,\"\n":1}` + "\n[]\n" + filler + `{"b":{"c":"x"}}` + "\n" + `{"d":[1,2]}` + "\n"
	out := reject(t, write(t, "f.jsonl", in), "jsonl", Options{})
	res, err := readAll(t, out, "jsonl", Options{NoHeader: true})
	if err != nil {
		t.Fatal(err)
	}
	check(t, res, []string{"3:1|~|~", "5:~|x|~", "6:~|~|[1,2]"}, []string{"4||not corrected yet"})
	if len(res.columns) != 3 || res.columns[2] != "d" {
		t.Errorf("columns %q", res.columns)
	}
	if _, err := os.Stat(out + ".tmp"); !errors.Is(err, os.ErrNotExist) {
		t.Error("a temporary file is left")
	}
}

func TestCreateRejectsErrors(t *testing.T) {
	for path, delimiter := range map[string]string{"f.csv": ",", "f.rejects.csv": "ab", "none/f.rejects.csv": ""} {
		if _, err := CreateRejects(filepath.Join(t.TempDir(), path), []string{"a"}, delimiter); err == nil {
			t.Errorf("%s, %q: no error", path, delimiter)
		}
	}
}

func TestValues(t *testing.T) {
	opt := Options{True: []string{"はい"}, False: []string{"いいえ"}}
	tests := []struct {
		opt       Options
		v         Value
		value, ok bool
	}{
		{Options{}, Value{Text: "TRUE"}, true, true},
		{Options{}, Value{Text: " no "}, false, true},
		{Options{}, NumberValue("1"), true, true},
		{Options{}, Value{Text: "2"}, false, false},
		{Options{}, Value{Kind: Null}, false, false},
		{opt, Value{Text: "はい"}, true, true},
		{opt, Value{Text: "いいえ"}, false, true},
		{opt, Value{Text: "true"}, false, false},
		{opt, BoolValue(true), true, true},
	}
	for _, tt := range tests {
		if value, ok := tt.opt.Bool(tt.v); value != tt.value || ok != tt.ok {
			t.Errorf("%v: %v %v", tt.v, value, ok)
		}
	}
	if _, ok := NumberValue("1").Time(); ok {
		t.Error("a number is no time")
	}
	if Date.String() != "date" || Kind(99).String() != "unknown" {
		t.Error("names of kinds")
	}
}
