package duckdb

import (
	"context"

	duck "github.com/duckdb/duckdb-go/v2"

	minori "github.com/minori-hq/minori"
	"github.com/minori-hq/minori/store/lake"
)

// SaveMembers replaces the members of a segment as of an instant.
func (l *Lake) SaveMembers(ctx context.Context, segment int64, asOf minori.AsOf, members []minori.ID) error {
	return l.write(ctx, func(w *tx) error {
		err := w.All(ctx,
			lake.X("DELETE FROM member WHERE segment = ? AND as_of = ?", segment, asOf.Micros()),
			lake.X("DELETE FROM member_day WHERE segment = ? AND as_of = ?", segment, asOf.Micros()),
			lake.X("INSERT INTO member_day VALUES (?, ?)", segment, asOf.Micros()))
		if err != nil {
			return err
		}
		return w.AppendTo("", "member", func(a *duck.Appender) error {
			for _, id := range members {
				if err := a.AppendRow(segment, asOf.Micros(), int64(id)); err != nil {
					return err
				}
			}
			return nil
		})
	})
}
