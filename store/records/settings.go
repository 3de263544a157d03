package records

import (
	"context"

	minori "github.com/minori-hq/minori"
)

// SaveWorkspace replaces the settings made by InitWorkspace.
func (d *DB) SaveWorkspace(ctx context.Context, w minori.Workspace) error {
	return d.SetSetting(ctx, "workspace", toJSON(w))
}
