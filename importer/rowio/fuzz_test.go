package rowio

import (
	"errors"
	"io"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"
)

// readCSV returns the records of a text with an upper bound on the number of results.
func readCSV(t *testing.T, text string, opt Options) (rows [][]string, fatal error) {
	r, err := Open(write(t, "f.csv", text), "csv", opt)
	if err != nil {
		return nil, err
	}
	defer r.Close()
	line := 0
	for range len(text) + 2 {
		row, err := r.Next()
		var bad *RowError
		switch {
		case err == io.EOF:
			return rows, nil
		case errors.As(err, &bad):
			if bad.Line < line || !utf8.ValidString(bad.Raw) {
				t.Fatalf("line %d behind %d: %v", bad.Line, line, bad)
			}
			line = bad.Line
		case err != nil:
			return nil, err
		default:
			if row.Line <= line {
				t.Fatalf("line %d behind %d", row.Line, line)
			}
			line = row.Line
			fields := make([]string, len(row.Values))
			for i, v := range row.Values {
				fields[i] = v.Text
			}
			rows = append(rows, fields)
		}
	}
	t.Fatal("does not end")
	return nil, nil
}

func FuzzCSV(f *testing.F) {
	for _, seed := range []string{"a,b\n1,2\n", "a;b\r\n\"1\r\n\";2", "a\tb\r1\t\"\"\"\"\r", "\ufeffa|b\n1|\"x", "a,b\n\"1\"x,2\n3,4",
		"sep=;\na;b\n", "a\n\"\"\n", "\xff\xfea\x00,\x00b\x00\n\x00", "\x8e\x81,b\n\x83\x5c,2\n", "\n\n\"a\nb\",c\n1,2"} {
		f.Add(seed, false)
		f.Add(seed, true)
	}
	f.Fuzz(func(t *testing.T, text string, small bool) {
		opt := Options{NoHeader: true}
		if small {
			opt.MaxField = 16
		}
		rows, err := readCSV(t, text, opt)
		if err != nil || len(rows) == 0 {
			return
		}
		var b []byte
		for _, fields := range rows {
			b = appendRecord(b, fields, ',')
		}
		if len(b) > headSize {
			return // a very long first line of quoted text hides the line end
		}
		again, err := readCSV(t, string(b), Options{NoHeader: true, Encoding: "utf-8", Delimiter: ","})
		if strings.HasPrefix(strings.ToLower(string(b)), "sep=") || strings.HasPrefix(string(b), "\ufeff") {
			return // means something at the beginning of a file
		}
		if err != nil || !slices.EqualFunc(rows, again, slices.Equal) {
			t.Fatalf("%q, read again %q, %v", rows, again, err)
		}
	})
}

func FuzzDetectEncoding(f *testing.F) {
	for _, seed := range []string{"", "a,b\n", "\xff\xfe", "\x82\xa0\x82\xa2", "a\x00,\x00\n\x00", "山田", "\x83"} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, head []byte) {
		name, bom := DetectEncoding(head)
		if !slices.Contains([]string{"utf-8", "utf-16le", "utf-16be", "cp932"}, name) || bom > len(head) {
			t.Fatalf("%q %d", name, bom)
		}
		if _, _, err := decoderFor(name); err != nil {
			t.Fatal(err)
		}
	})
}
