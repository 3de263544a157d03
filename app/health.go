package app

import (
	"context"

	"github.com/minori-hq/minori/account"
	"github.com/minori-hq/minori/app/doctor"
	"github.com/minori-hq/minori/ingest"
	"github.com/minori-hq/minori/ingest/health"
	"github.com/minori-hq/minori/store/lake/duckdb/inspect"
	"github.com/minori-hq/minori/store/records"
	recordshealth "github.com/minori-hq/minori/store/records/health"
)

// healthRecords is the records as the health of the data needs them.
type healthRecords struct{ *records.DB }

// LastImports implements health.Records.
func (r healthRecords) LastImports(ctx context.Context) (map[string]account.ImportRun, error) {
	return recordshealth.Store{DB: r.DB.DB}.LastImports(ctx)
}

// newHealth makes what tells how the data do.
func (a *App) newHealth() *health.Service {
	of := recordshealth.Store{DB: a.Records.DB}
	return health.NewService(health.Config{
		Lake: inspect.Of(a.Lake.Reader), Records: healthRecords{a.Records}, Keys: a.Keys, Config: a.Resources.Load,
		Ingest: func() *ingest.Service { return a.Ingest }, Zone: a.zone, Clock: a.cfg.Clock,
		Sizes: func(ctx context.Context) (lake, rows, free int64, err error) {
			sizes, err := a.Lake.Stats(ctx)
			if err != nil {
				return 0, 0, 0, err
			}
			if rows, err = of.Bytes(ctx); err != nil {
				return 0, 0, 0, err
			}
			left, err := doctor.FreeSpace(a.cfg.Data)
			return sizes.Bytes, rows, int64(left), err
		},
	})
}
