package records

import (
	"context"
	"github.com/minori-hq/minori/store/records/sqldb"

	minori "github.com/minori-hq/minori"
)

// Workspace gives the settings made by InitWorkspace; minori.NotFound before.
func (d *DB) Workspace(ctx context.Context) (minori.Workspace, error) {
	var text string
	var w minori.Workspace
	found, err := sqldb.One(ctx, d.DB, "SELECT value FROM setting WHERE name = $1", []any{"workspace"}, &text)
	if err != nil {
		return w, err
	}
	if !found {
		return w, minori.Errorf(minori.NotFound, "there is no workspace yet; make one with `minori init`")
	}
	return w, sqldb.FromJSON(text, &w)
}

// InitWorkspace keeps the settings; minori.Conflict if there are some.
func (d *DB) InitWorkspace(ctx context.Context, w minori.Workspace) error {
	n, err := d.Affect(ctx, "INSERT INTO setting (name, value) VALUES ($1, $2) ON CONFLICT (name) DO NOTHING", "workspace", sqldb.ToJSON(w))
	if err == nil && n == 0 {
		return minori.Errorf(minori.Conflict, "there is a workspace here already; its currency and time zone stay as they are")
	}
	return err
}

// SaveWorkspace replaces the settings made by InitWorkspace.
func (d *DB) SaveWorkspace(ctx context.Context, w minori.Workspace) error {
	return d.SetSetting(ctx, "workspace", sqldb.ToJSON(w))
}

// Setting gives a stored setting, "" if there is none.
func (d *DB) Setting(ctx context.Context, name string) (string, error) {
	var text string
	_, err := sqldb.One(ctx, d.DB, "SELECT value FROM setting WHERE name = $1", []any{name}, &text)
	return text, err
}

// SetSetting stores a setting.
func (d *DB) SetSetting(ctx context.Context, name, value string) error {
	return d.Exec(ctx, "INSERT INTO setting (name, value) VALUES ($1, $2) ON CONFLICT (name) DO UPDATE SET value = excluded.value", name, value)
}
