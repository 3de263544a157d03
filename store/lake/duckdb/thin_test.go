package duckdb

import (
	"context"
	"testing"
)

// TestThin: of a day that was evaluated as of its end, what was computed within
// it goes; of any other day, and what is not handed over, stays.
func TestThin(t *testing.T) {
	ctx := context.Background()
	l := open(t, "")
	defer func() { _ = l.Close() }()
	exec := func(text string, args ...any) {
		t.Helper()
		if _, err := l.db.ExecContext(ctx, text, args...); err != nil {
			t.Fatal(err)
		}
	}
	for i, c := range []struct{ day, complete, whole, handOver, done int }{
		{10, 9, 0, 0, 0}, {10, 9, 1, 1, 1}, {10, 9, 0, 1, 0}, {10, 10, 1, 1, 1}, // evaluated as of its end; the third waits
		{11, 10, 0, 0, 0},                    // never evaluated as of its end
		{12, 11, 0, 0, 0}, {12, 12, 1, 1, 1}, // not over yet
	} {
		at := 100 + i
		exec("INSERT INTO cycle VALUES (?, 1, ?, ?, ?, 0, ?, ?, ?, 0, '[]')", i, at, c.day, c.complete, c.handOver, c.done, c.whole)
		exec("INSERT INTO score (kind, as_of, day, subject) VALUES (1, ?, ?, 7)", at, c.day)
		exec("INSERT INTO measure_value (kind, as_of, subject) VALUES (1, ?, 7)", at)
	}
	if err := l.Thin(ctx, 12); err != nil {
		t.Fatal(err)
	}
	for _, table := range []string{"cycle", "score", "measure_value"} {
		var left string
		if err := l.db.QueryRowContext(ctx, "SELECT string_agg(as_of - 100, ' ' ORDER BY as_of) FROM "+table).Scan(&left); err != nil {
			t.Fatal(err)
		}
		if left != "2 3 4 5 6" {
			t.Errorf("%s keeps %s", table, left)
		}
	}
}
