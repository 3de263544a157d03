// Package jobs is the records store as the jobs need it: the tables are those
// of the jobs' library.
package jobs

import (
	"context"

	"github.com/minori-hq/minori/job"
	"github.com/minori-hq/minori/store/records/sqldb"
)

// Store keeps jobs beside the records they are about.
type Store struct{ *sqldb.DB }

var _ job.Store = Store{}

// Orphans implements job.Store. On PostgreSQL other processes may be at work:
// there their jobs are taken over once they are too old to be still running.
func (s Store) Orphans(ctx context.Context) (int64, error) {
	if s.Backend() != "sqlite" {
		return 0, nil
	}
	return s.Affect(ctx, "UPDATE river_job SET state = 'available' WHERE state = 'running'")
}
