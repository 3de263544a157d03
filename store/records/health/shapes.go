package health

import (
	"context"

	"github.com/minori-hq/minori/ingest"
	"github.com/minori-hq/minori/store/records/sqldb"
)

var _ ingest.ShapeStore = Store{}

// Shapes implements ingest.ShapeStore.
func (s Store) Shapes(ctx context.Context) ([]ingest.Shape, error) {
	return sqldb.List(ctx, s.DB, func(r sqldb.Scanner, v *ingest.Shape) error {
		return r.Scan(&v.Source, &v.Event, &v.Property, &v.Type, &v.First, &v.Last)
	}, "SELECT source, event, property, type, first_seen, last_seen FROM tracking_shape ORDER BY source, event, property, type")
}

// SaveShapes implements ingest.ShapeStore.
func (s Store) SaveShapes(ctx context.Context, list []ingest.Shape) error {
	return s.Insert(ctx, "INSERT INTO tracking_shape (source, event, property, type, first_seen, last_seen) VALUES ",
		"ON CONFLICT (source, event, property, type) DO UPDATE SET last_seen = excluded.last_seen", len(list), 6, func(i int, args []any) []any {
			v := &list[i]
			return append(args, v.Source, v.Event, v.Property, v.Type, v.First, v.Last)
		})
}
