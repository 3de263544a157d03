package rowio

import (
	"database/sql"
	"errors"
	"io"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// makeParquet writes the result of a query.
func makeParquet(t testing.TB, query string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "it's [a] file*.parquet")
	db, err := sql.Open("duckdb", "")
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	if _, err := db.Exec("COPY (" + query + ") TO '" + strings.ReplaceAll(path, "'", "''") + "' (FORMAT parquet)"); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestParquetTypes(t *testing.T) {
	query := `SELECT 1::TINYINT AS i1, -2::BIGINT AS i8, 18446744073709551615::UBIGINT AS u8, 1.5::DOUBLE AS d,
		12345678901234567890.12::DECIMAL(22,2) AS "dec", true AS b, '山,"x"' AS s, DATE '2024-02-29' AS day,
		TIMESTAMP '2024-02-29 10:11:12.345678' AS ts, TIMESTAMPTZ '2024-02-29 10:11:12+09' AS tz, TIME '10:11:12' AS clock,
		TIMESTAMP_NS '2024-02-29 10:11:12.123456789' AS ns, 'blob'::BLOB AS bin,
		{'a': 1, 'b': {'c it''s': 'x', 'l': [1, 2]}} AS st, [{'q': 1}] AS l, MAP {'k': 2} AS m, NULL::INTEGER AS z,
		'00000000-0000-0000-0000-000000000001'::UUID AS u, 'nan'::DOUBLE AS nan`
	r, err := Open(makeParquet(t, query), "parquet", Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	row, err := r.Next()
	if err != nil {
		t.Fatal(err)
	}
	want := []struct {
		name, text string
		kind       Kind
	}{
		{"i1", "1", Number}, {"i8", "-2", Number}, {"u8", "18446744073709551615", Number}, {"d", "1.5", Number},
		{"dec", "12345678901234567890.12", Number}, {"b", "true", Bool}, {"s", `山,"x"`, Text}, {"day", "2024-02-29", Date},
		{"ts", "2024-02-29T10:11:12.345678", LocalTime}, {"tz", "2024-02-29T01:11:12Z", Time}, {"clock", "10:11:12", Text},
		{"ns", "2024-02-29T10:11:12.123456", LocalTime}, {"bin", "blob", Text}, {"st.a", "1", Number},
		{"st.b.c it's", "x", Text}, {"st.b.l", "[1,2]", JSON}, {"l", `[{"q":1}]`, JSON}, {"m", `{"k":2}`, JSON},
		{"z", "", Null}, {"u", "00000000-0000-0000-0000-000000000001", Text}, {"nan", "", Null},
	}
	if len(row.Columns) != len(want) {
		t.Fatalf("columns %q", row.Columns)
	}
	for i, w := range want {
		if v := row.Values[i]; row.Columns[i] != w.name || v.Text != w.text || v.Kind != w.kind {
			t.Errorf("%s: %q (%v), want %s: %q (%v)", row.Columns[i], v.Text, v.Kind, w.name, w.text, w.kind)
		}
	}
	instant, ok := row.Values[9].Time()
	if !ok || !instant.Equal(time.Date(2024, 2, 29, 1, 11, 12, 0, time.UTC)) {
		t.Errorf("instant %v", instant)
	}
	if _, err := r.Next(); err != io.EOF || r.Offset() != r.Size() {
		t.Errorf("end: %v", err)
	}
}

func TestParquetBatches(t *testing.T) {
	const rows = 2*parquetBatch + 7
	path := makeParquet(t, "SELECT i AS id, CASE WHEN i = 5 THEN 'inf'::DOUBLE ELSE i END AS x, "+
		"CASE WHEN i = 6 THEN '\\xFF'::BLOB ELSE 'ok'::BLOB END AS y FROM range("+itoa(rows)+") AS r(i)")
	res, err := readAll(t, path, "parquet", Options{})
	if err != nil {
		t.Fatal(err)
	}
	if len(res.bad) != 2 || res.bad[0].Line != 6 || res.bad[0].Column != "x" || res.bad[1].Column != "y" {
		t.Errorf("row errors %v", res.bad)
	}
	if len(res.rows) != rows-2 || res.rows[rows-3] != itoa(rows)+":"+itoa(rows-1)+"|"+itoa(rows-1)+".0|ok" {
		t.Errorf("%d rows, last %q", len(res.rows), res.rows[len(res.rows)-1])
	}
}

func TestParquetWithoutRows(t *testing.T) {
	res, err := readAll(t, makeParquet(t, "SELECT 1 AS a WHERE false"), "parquet", Options{})
	if err != nil || len(res.rows) != 0 || strings.Join(res.columns, ",") != "a" {
		t.Errorf("%v %v", res, err)
	}
	var file *FileError
	if _, err := Open(write(t, "f.parquet", ""), "parquet", Options{}); !errors.As(err, &file) {
		t.Errorf("empty file: %v", err)
	}
}
