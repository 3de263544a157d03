package rowio

import (
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/text/encoding/japanese"
	"golang.org/x/text/encoding/unicode"
)

// result is what a file gave: rows as "line:a|b", with null as ~, and the row errors.
type result struct {
	columns []string
	rows    []string
	bad     []*RowError
	info    Info
}

func write(t testing.TB, name, content string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func readAll(t testing.TB, path, format string, opt Options) (result, error) {
	t.Helper()
	r, err := Open(path, format, opt)
	if err != nil {
		return result{}, err
	}
	defer r.Close()
	res := result{info: r.Info()}
	for {
		row, err := r.Next()
		var bad *RowError
		switch {
		case err == io.EOF:
			res.columns = r.Columns()
			if r.Offset() != r.Size() {
				t.Errorf("offset %d at the end of %d bytes", r.Offset(), r.Size())
			}
			return res, nil
		case errors.As(err, &bad):
			res.bad = append(res.bad, bad)
		case err != nil:
			return res, err
		default:
			res.rows = append(res.rows, show(t, row))
		}
	}
}

func show(t testing.TB, row *Row) string {
	if len(row.Values) != len(row.Columns) {
		t.Errorf("line %d: %d values for %d columns", row.Line, len(row.Values), len(row.Columns))
	}
	parts := make([]string, len(row.Values))
	for i, v := range row.Values {
		if parts[i] = v.Text; v.IsNull() {
			parts[i] = "~"
		}
	}
	return itoa(row.Line) + ":" + strings.Join(parts, "|")
}

func itoa(n int) string {
	if n < 10 {
		return string(rune('0' + n))
	}
	return itoa(n/10) + itoa(n%10)
}

func sjis(t testing.TB, s string) string {
	t.Helper()
	out, err := japanese.ShiftJIS.NewEncoder().String(s)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func utf16Text(t testing.TB, s string, order unicode.Endianness, bom unicode.BOMPolicy) string {
	t.Helper()
	out, err := unicode.UTF16(order, bom).NewEncoder().String(s)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// check compares rows, and row errors given as "line|column|part of the reason".
func check(t *testing.T, res result, rows, bad []string) {
	t.Helper()
	if strings.Join(res.rows, "\n") != strings.Join(rows, "\n") {
		t.Errorf("rows %q, want %q", res.rows, rows)
	}
	if len(res.bad) != len(bad) {
		t.Fatalf("%d row errors, want %d: %v", len(res.bad), len(bad), res.bad)
	}
	for i, want := range bad {
		parts := strings.SplitN(want, "|", 3)
		got := res.bad[i]
		if itoa(got.Line) != parts[0] || got.Column != parts[1] || !strings.Contains(got.Reason, parts[2]) {
			t.Errorf("row error %v, want %q", got, want)
		}
		if len(got.Raw) > maxRaw {
			t.Errorf("raw text of %d bytes", len(got.Raw))
		}
	}
}
