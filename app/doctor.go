package app

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/minori-hq/minori/app/doctor"
	"github.com/minori-hq/minori/store/lake/duckdb/inspect"
)

// Doctor looks at a data directory that this process owns and nobody serves.
func Doctor(ctx context.Context, cfg Config, quick bool) doctor.Report {
	if cfg.Clock == nil {
		cfg.Clock = time.Now
	}
	d := doctorConfig(cfg, quick)
	d.Owner = "No server runs on the data directory; this command holds it meanwhile."
	return doctor.Examine(ctx, d)
}

// Doctor looks at the installation of a running program.
func (a *App) Doctor(ctx context.Context, quick bool) doctor.Report {
	d := doctorConfig(a.cfg, quick)
	d.Owner = fmt.Sprintf("The server with process %d holds the data directory.", os.Getpid())
	d.Open, d.Serving = inspect.Of(a.Lake.Reader), true
	return doctor.Examine(ctx, d)
}

func doctorConfig(cfg Config, quick bool) doctor.Config {
	return doctor.Config{
		Data: cfg.Data, Records: cfg.records(), Lake: filepath.Join(cfg.Data, lakeFile), Files: filepath.Join(cfg.Data, filesFolder),
		Clock: cfg.Clock, Quick: quick,
	}
}
