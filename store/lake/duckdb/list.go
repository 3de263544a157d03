package duckdb

import (
	"context"
	"fmt"
	"slices"

	minori "github.com/minori-hq/minori"
	"github.com/minori-hq/minori/metric"
	"github.com/minori-hq/minori/store/lake"
	"github.com/minori-hq/minori/store/lake/duckdb/internal/compute"
	"github.com/minori-hq/minori/store/lake/duckdb/internal/read"
)

// SaveList replaces the projection that lists read by the named columns of
// the result. A result over some subjects replaces their rows only; the other
// rows keep what they have of the columns, and are unknown in new ones.
func (l *Lake) SaveList(ctx context.Context, kind minori.SubjectKind, asOf minori.AsOf, res metric.Result, columns []string) error {
	r, ok := res.(*compute.Result)
	if !ok {
		return minori.Errorf(minori.Internal, "the result is not one of this lake")
	}
	from, places, err := r.From(columns)
	if err != nil {
		return err
	}
	fresh := make([]read.Column, len(columns))
	for i := range columns {
		fresh[i] = read.Column{Name: columns[i], Type: places[i].Type}
	}
	cols := ""
	for i := range columns {
		cols += fmt.Sprintf(", f.c%d AS c%d, f.r%d AS r%d", i, i, i, i)
	}
	rows := lake.X("SELECT f.subject AS subject, s.key AS key, ?::BIGINT AS as_of, "+read.Searched("s.key", "f.", fresh)+" AS search"+cols+
		" FROM (?) f JOIN (SELECT id, key FROM subject WHERE kind = ?) s ON f.subject = s.id", asOf.Micros(), from, lake.KindID(kind))
	return l.write(ctx, func(w *tx) error {
		old, err := read.ListColumns(ctx, w.Conn, kind)
		if err != nil {
			return err
		}
		return w.saveList(ctx, kind, rows, fresh, old, r.Whole())
	})
}

// PatchList puts values of one column into the projection before the next
// evaluation does. A column or subject that it does not have is left out.
func (l *Lake) PatchList(ctx context.Context, kind minori.SubjectKind, column string, values map[minori.ID]metric.Value) error {
	return l.write(ctx, func(w *tx) error {
		cols, err := read.ListColumns(ctx, w.Conn, kind)
		if err != nil {
			return err
		}
		return w.All(ctx, read.Patches(kind, cols, column, values)...)
	})
}

func (w *tx) saveList(ctx context.Context, kind minori.SubjectKind, rows lake.SQL, fresh, old []read.Column, whole bool) error {
	table := read.ListTable(kind)
	if !whole && len(old) > 0 {
		if slices.Equal(fresh, old) {
			return w.All(ctx,
				lake.X("CREATE OR REPLACE TEMP TABLE new_list AS ?", rows),
				lake.Raw("DELETE FROM "+table+" WHERE subject IN (SELECT subject FROM new_list)"),
				lake.Raw("INSERT INTO "+table+" SELECT * FROM new_list"))
		}
		keep := ""
		for _, c := range fresh {
			if j := slices.Index(old, c); j >= 0 {
				keep += fmt.Sprintf(", c%d, r%d", j, j)
			} else if c.Type == metric.Text {
				keep += fmt.Sprintf(", CAST(NULL AS VARCHAR), %d", metric.NoValue)
			} else {
				keep += fmt.Sprintf(", CAST(NULL AS DOUBLE), %d", metric.NoValue)
			}
		}
		if _, err := w.Exec(ctx, lake.X("CREATE OR REPLACE TEMP TABLE new_list AS ?", rows)); err != nil {
			return err
		}
		rows = lake.Raw("SELECT * FROM new_list UNION ALL SELECT subject, key, as_of, search" + keep + " FROM " + table +
			" WHERE subject NOT IN (SELECT subject FROM new_list)")
	}
	err := w.All(ctx,
		lake.X("CREATE OR REPLACE TABLE main."+table+" AS SELECT * FROM (?) n ORDER BY key", rows),
		lake.X("DELETE FROM list_column WHERE kind = ?", lake.KindID(kind)))
	if err != nil {
		return err
	}
	for i, c := range fresh {
		if _, err := w.Exec(ctx, lake.X("INSERT INTO list_column VALUES (?, ?, ?, ?)", lake.KindID(kind), int32(i), c.Name, int32(c.Type))); err != nil {
			return err
		}
	}
	return nil
}
