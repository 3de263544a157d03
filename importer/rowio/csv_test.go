package rowio

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/text/encoding/unicode"
)

func TestCSV(t *testing.T) {
	large := strings.Repeat("x", DefaultMaxField+1)
	huge := strings.Repeat("y", DefaultMaxField*recordFactor+10)
	tests := []struct {
		name, in  string
		opt       Options
		rows, bad []string
	}{
		{name: "plain", in: "a,b\n1,2\n3,4\n", rows: []string{"2:1|2", "3:3|4"}},
		{name: "no line end at the end", in: "a,b\n1,2", rows: []string{"2:1|2"}},
		{name: "CRLF", in: "a,b\r\n1,2\r\n\"3\",4\r\n", rows: []string{"2:1|2", "3:3|4"}},
		{name: "CR only", in: "a,b\r1,\"x\ry\"\r3,4", rows: []string{"2:1|x\ry", "4:3|4"}},
		{name: "CR within a field of an LF file", in: "a,b\n1\r2,3\n", rows: []string{"2:1\r2|3"}},
		{name: "empty lines", in: "\n\na,b\n\n1,2\n\r\n3,4\n\n", rows: []string{"5:1|2", "7:3|4"}},
		{name: "byte order mark", in: "\ufeffa,b\n1,2\n", rows: []string{"2:1|2"}},
		{name: "header only", in: "a,b\n"},
		{name: "quotes", in: "a,b\n\"x \"\"y\"\", z\",\"\"\n", rows: []string{`2:x "y", z|~`}},
		{name: "line ends in quotes", in: "a,b\n\"1\n\n2\",3\n4,5\n", rows: []string{"2:1\n\n2|3", "5:4|5"}},
		{name: "quote inside a plain field", in: "a,b\n5\" pipe,2\n", rows: []string{`2:5" pipe|2`}},
		{name: "formula text", in: "a,b\n=1+1,@SUM(A1)\n", rows: []string{"2:=1+1|@SUM(A1)"}},
		{name: "null texts", in: "a,b\nNULL,\n", opt: Options{Null: []string{"NULL"}}, rows: []string{"2:~|"}},
		{name: "no header", in: "1,2\n3,4\n", opt: Options{NoHeader: true}, rows: []string{"1:1|2", "2:3|4"}},
		{name: "no header, empty", in: "", opt: Options{NoHeader: true}},
		{name: "delimiter option", in: "a:b\n1,5:2\n", opt: Options{Delimiter: ":"}, rows: []string{"2:1,5|2"}},
		{name: "tab by name", in: "a\tb\n1\t2\n", opt: Options{Delimiter: "tab"}, rows: []string{"2:1|2"}},
		{name: "separator line", in: "sep=;\r\na;b\r\n1;2\r\n", rows: []string{"3:1|2"}},
		{name: "too few and too many", in: "a,b\n1\n1,2,3\n4,5\n", rows: []string{"4:4|5"},
			bad: []string{"2||has 1 fields, the header has 2", "3||has 3 fields, the header has 2"}},
		{name: "NUL", in: "a,b\n1,\x00\n3,4\n", rows: []string{"3:3|4"}, bad: []string{"2|b|NUL"}},
		{name: "invalid UTF-8", in: "a,b\n1,\xff\n3,4\n", rows: []string{"3:3|4"}, bad: []string{"2|b|encoding"}},
		{name: "halves of a character in two fields", in: "a,b\n\"\xc3\",\"\xa9\"\n", bad: []string{"2|a|utf-8"}},
		{name: "unclosed quote", in: "a,b\n1,2\n3,\"4\n5,6\n", rows: []string{"2:1|2", "4:5|6"},
			bad: []string{"3||begins on line 3 is never closed"}},
		{name: "text behind a quote", in: "a,b\n\"1\"x,2\n3,4\n", rows: []string{"3:3|4"},
			bad: []string{"2||behind a closing double quote on line 2"}},
		{name: "stray quote that closes at another", in: "a,b\n\"1,2\n\"3\",4\n5,6\n", rows: []string{"3:3|4", "4:5|6"},
			bad: []string{"2||behind a closing double quote on line 3"}},
		{name: "large field", in: "a,b\n1," + large + "\n3,4\n", rows: []string{"3:3|4"}, bad: []string{"2|b|at most 1048576"}},
		{name: "large quoted field", in: "a,b\n1,\"\n" + large + "\"\n3,4\n", rows: []string{"4:3|4"},
			bad: []string{"2|b|at most 1048576"}},
		{name: "huge record", in: "a,b\n1," + huge + "\n3,4\n", rows: []string{"3:3|4"}, bad: []string{"2||larger than"}},
		{name: "huge quoted record", in: "a,b\n1,\"\n" + huge + "\"\"\n\"\n3,4\n", rows: []string{"5:3|4"},
			bad: []string{"2||larger than"}},
		{name: "huge unclosed record", in: "a,b\n1,\"\n" + huge + "\n3,4\n", bad: []string{"2||lines 2 to 4"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			res, err := readAll(t, write(t, "f.csv", tt.in), "csv", tt.opt)
			if err != nil {
				t.Fatal(err)
			}
			check(t, res, tt.rows, tt.bad)
		})
	}
}

func TestCSVWithoutMoreRewinding(t *testing.T) {
	path := write(t, "f.csv", "a,b\n\"1,2\n\"3\",4\n5,6\n")
	r, err := Open(path, "csv", Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	r.(*csvReader).parser.budget = 0
	var bad *RowError
	if _, err = r.Next(); !errors.As(err, &bad) || !strings.Contains(bad.Reason, "lines 2 to 3 were not read") {
		t.Fatalf("%v", err)
	}
	row, err := r.Next()
	if err != nil || row.Line != 4 || row.Values[0].Text != "5" {
		t.Fatalf("%v %v", row, err)
	}
}

func TestCSVEncodings(t *testing.T) {
	// 髙 and ① are of the IBM and NEC extensions, ソ and 表 end in the byte of a backslash, ポ in that of "|".
	text := "氏名,メモ\r\n髙橋　①,\"ソフト表\r\nポｱｲｳ\"\r\n"
	want := []string{"2:髙橋　①|ソフト表\r\nポｱｲｳ"}
	piped := strings.ReplaceAll(text, ",", "|")
	tests := []struct {
		name, in string
		opt      Options
		info     Info
	}{
		{"utf-8", text, Options{}, Info{"csv", "utf-8", true, ",", ""}},
		{"utf-8 mark wins", "\ufeff" + text, Options{Encoding: "cp932"}, Info{"csv", "utf-8", false, ",", ""}},
		{"cp932", sjis(t, text), Options{}, Info{"csv", "cp932", true, ",", ""}},
		{"cp932 with |", sjis(t, piped), Options{}, Info{"csv", "cp932", true, "|", ""}},
		{"cp932 by name", sjis(t, text), Options{Encoding: "Shift_JIS"}, Info{"csv", "cp932", false, ",", ""}},
		{"utf-16le mark", utf16Text(t, text, unicode.LittleEndian, unicode.UseBOM), Options{}, Info{"csv", "utf-16le", false, ",", ""}},
		{"utf-16be mark", utf16Text(t, text, unicode.BigEndian, unicode.UseBOM), Options{}, Info{"csv", "utf-16be", false, ",", ""}},
		{"utf-16le", utf16Text(t, text, unicode.LittleEndian, unicode.IgnoreBOM), Options{}, Info{"csv", "utf-16le", true, ",", ""}},
		{"utf-16be", utf16Text(t, text, unicode.BigEndian, unicode.IgnoreBOM), Options{}, Info{"csv", "utf-16be", true, ",", ""}},
		{"utf-16 by name", utf16Text(t, text, unicode.BigEndian, unicode.IgnoreBOM), Options{Encoding: "utf-16"}, Info{"csv", "utf-16be", false, ",", ""}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			res, err := readAll(t, write(t, "f.csv", tt.in), "csv", tt.opt)
			if err != nil {
				t.Fatal(err)
			}
			check(t, res, want, nil)
			if res.info != tt.info {
				t.Errorf("info %+v", res.info)
			}
		})
	}
	t.Run("cp932 behind much ASCII", func(t *testing.T) {
		in := "a,b\n" + strings.Repeat("1,2\n", headSize) + "3,ソフト\n"
		res, err := readAll(t, write(t, "f.csv", sjis(t, in)), "csv", Options{})
		if err != nil || res.info.Encoding != "cp932" || res.rows[len(res.rows)-1] != itoa(headSize+2)+":3|ソフト" {
			t.Errorf("%v %v", res.info, err)
		}
	})
	t.Run("wrong bytes", func(t *testing.T) {
		in := "a,b\n" + sjis(t, "あい,う\n") + "\x82,\x82\n3,\xa0\n5,6\n"
		res, err := readAll(t, write(t, "f.csv", in), "csv", Options{Encoding: "cp932"})
		if err != nil {
			t.Fatal(err)
		}
		check(t, res, []string{"2:あい|う", "5:5|6"}, []string{"3|a|was named as cp932", "4|b|options: {encoding: …}"})
	})
}

func TestOpenErrors(t *testing.T) {
	tests := []struct {
		name, in, format string
		opt              Options
		want             string
	}{
		{"empty", "", "csv", Options{}, "the file is empty"},
		{"blank", "\n\r\n\n", "csv", Options{}, "the file is empty"},
		{"duplicate", "a,b,a\n", "csv", Options{}, `columns 1 and 3 of the header are both called "a"`},
		{"duplicate by spaces", "a, a\n", "csv", Options{}, "columns 1 and 2"},
		{"no name", "a,,b\n", "csv", Options{}, "column 2 of the header has no name"},
		{"header bytes", "a,\xff\xfd\xfc\n", "csv", Options{}, "column 2 of the header holds bytes"},
		{"header quote", "a,\"b\n", "csv", Options{}, "f.csv:1: the header cannot be read"},
		{"encoding", "a\n", "csv", Options{Encoding: "klingon"}, `encoding "klingon" is not known`},
		{"delimiter", "a\n", "csv", Options{Delimiter: "ab"}, `delimiter "ab" cannot be used`},
		{"format", "a\n", "yaml", Options{}, `format "yaml" is not one of`},
		{"field size", "a\n", "csv", Options{MaxField: -1}, "must not be negative"},
		{"one JSON text", "[\n{}\n]", "jsonl", Options{}, "write one object per line"},
		{"indented JSON", "{\n\"a\":1\n}", "jsonl", Options{}, "write one object per line"},
		{"not Parquet", "hello hello hello", "parquet", Options{}, "cannot be read as a Parquet file"},
		{"not Excel", "hello hello hello", "excel", Options{}, "not an Excel workbook"},
		{"old Excel", "\xd0\xcf\x11\xe0....", "excel", Options{}, "old .xls"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, err := readAll(t, write(t, "f.csv", tt.in), tt.format, tt.opt)
			var file *FileError
			if !errors.As(err, &file) || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("error %v, want %q", err, tt.want)
			}
		})
	}
}

func TestOpenPaths(t *testing.T) {
	dir := t.TempDir()
	secret := filepath.Join(dir, "secret.csv")
	if err := os.WriteFile(secret, []byte("a\n"), 0o000); err != nil {
		t.Fatal(err)
	}
	for path, want := range map[string]string{dir: "directory", filepath.Join(dir, "none"): "no such file",
		secret: "check its permissions", os.DevNull: "not a regular file"} {
		if path == secret && os.Geteuid() == 0 {
			continue // root may read everything
		}
		if _, err := Open(path, "csv", Options{}); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: error %v, want %q", path, err, want)
		}
	}
	if _, err := Open(filepath.Join(dir, "none"), "csv", Options{}); !errors.Is(err, os.ErrNotExist) {
		t.Error("not told apart as missing")
	}
}

func TestDetectDelimiter(t *testing.T) {
	tests := []struct {
		name, in string
		want     byte
	}{
		{"comma", "a,b\n1,2\n", ','},
		{"semicolon with decimal commas", "a;b\n1,5;2,5\n3,5;4,5\n", ';'},
		{"tab with commas in text", "a\tb\nx, y\tz\n", '\t'},
		{"pipe", "a|b|c\n1|2|3\n", '|'},
		{"quoted", "\"a;x\",\"b;y\"\n\"1;\n;\",2\n", ','},
		{"ragged", "a;b;c\n1;2\n", ';'},
		{"one column", "name\nAda\n", ','},
		{"only a header", "a;b", ';'},
		{"empty", "", ','},
	}
	for _, tt := range tests {
		if got := detectDelimiter([]byte(tt.in), true, '\n'); got != tt.want {
			t.Errorf("%s: %q, want %q", tt.name, got, tt.want)
		}
	}
}

func TestDetectEncoding(t *testing.T) {
	tests := []struct{ name, in, want string }{
		{"empty", "", "utf-8"},
		{"ascii", "a,b\n", "utf-8"},
		{"utf-8", "山田", "utf-8"},
		{"utf-8 cut off", "山田"[:5], "utf-8"},
		{"cp932", sjis(t, "会社,山田商事\n"), "cp932"},
		{"cp932 cut off", sjis(t, "会社,山田商事")[:9], "cp932"},
		{"half-width kana", sjis(t, "ﾔﾏﾀﾞ ﾀﾛｳ\n"), "cp932"},
		{"kana between letters", sjis(t, "aのb\n"), "cp932"},
		{"western", "caf\xe9,M\xfcller,gar\xe7on\n", "utf-8"},
		{"western quotes", "it\x92s,don\x92t\n", "utf-8"},
		{"NUL in ASCII", "a,b\n1,\x00\n" + strings.Repeat("3,4\n", 40), "utf-8"},
		{"utf-16le", utf16Text(t, "id,会社　名\n1,山\n", unicode.LittleEndian, unicode.IgnoreBOM), "utf-16le"},
		{"utf-16be", utf16Text(t, "id,会社　名\n1,山\n", unicode.BigEndian, unicode.IgnoreBOM), "utf-16be"},
	}
	for _, tt := range tests {
		if got, _ := DetectEncoding([]byte(tt.in)); got != tt.want {
			t.Errorf("%s: %s, want %s", tt.name, got, tt.want)
		}
	}
}
