package duckdb

import (
	"context"
	"fmt"

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
		return w.All(ctx, read.Replaces(kind, rows, fresh, old, r.Whole())...)
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
