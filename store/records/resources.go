package records

import (
	"context"
	"github.com/minori-hq/minori/store/records/sqldb"
	"slices"
	"strings"
	"time"

	minori "github.com/minori-hq/minori"
	"github.com/minori-hq/minori/resource"
)

var _ resource.Store = (*DB)(nil)

// Definitions implements resource.Store.
func (d *DB) Definitions(ctx context.Context, version int64) (int64, []resource.Definition, error) {
	if version == 0 {
		if _, err := sqldb.One(ctx, d.DB, "SELECT COALESCE(MAX(number), 0) FROM resource_version", nil, &version); err != nil {
			return 0, nil, err
		}
	} else {
		var found int64
		ok, err := sqldb.One(ctx, d.DB, "SELECT number FROM resource_version WHERE number = $1", []any{version}, &found)
		if err != nil {
			return 0, nil, err
		}
		if !ok {
			return 0, nil, minori.Errorf(minori.NotFound, "there is no version %d of the workspace", version)
		}
	}
	defs, err := sqldb.List(ctx, d.DB, func(r sqldb.Scanner, v *resource.Definition) error {
		return r.Scan(&v.Kind, &v.Name, &v.ID, &v.Version, &v.Text)
	}, `SELECT r.kind, r.name, r.id, d.version, d.text
		FROM resource r JOIN definition d ON d.resource = r.id
		WHERE d.version = (SELECT MAX(x.version) FROM definition x WHERE x.resource = r.id AND x.version <= $1) AND d.text <> ''
		ORDER BY r.kind, r.name`, version)
	return version, defs, err
}

// Save implements resource.Store.
func (d *DB) Save(ctx context.Context, base int64, v resource.Version, changes []resource.Change) (int64, error) {
	number := base + 1
	err := d.InTx(ctx, func(ctx context.Context) error {
		n, err := d.Affect(ctx, `INSERT INTO resource_version (number, at, author, comment, created, updated, deleted)
			SELECT $1, $2, $3, $4, $5, $6, $7
			WHERE (SELECT COALESCE(MAX(number), 0) FROM resource_version) = $8
			ON CONFLICT (number) DO NOTHING`,
			number, v.Time.UnixMicro(), v.Author, v.Comment, sqldb.ToJSON(v.Created), sqldb.ToJSON(v.Updated), sqldb.ToJSON(v.Deleted), base)
		if err != nil {
			return err
		}
		if n == 0 {
			return minori.Errorf(minori.Conflict, "the workspace was changed by somebody else since version %d; compare again and apply", base)
		}
		ids, err := d.changedIDs(ctx, changes)
		if err != nil {
			return err
		}
		return d.Insert(ctx, "INSERT INTO definition (resource, version, text) VALUES ", "", len(changes), 3,
			func(i int, args []any) []any {
				c := changes[i]
				return append(args, ids[c.Kind][c.Name], number, c.Text)
			})
	})
	if err != nil {
		return 0, err
	}
	return number, nil
}

func (d *DB) changedIDs(ctx context.Context, changes []resource.Change) (map[string]map[string]int64, error) {
	names := map[string][]string{}
	for _, c := range changes {
		names[c.Kind] = append(names[c.Kind], c.Name)
	}
	ids := map[string]map[string]int64{}
	for kind, list := range names {
		var err error
		if ids[kind], err = d.EnsureIDs(ctx, kind, list); err != nil {
			return nil, err
		}
	}
	return ids, nil
}

// Versions implements resource.Store.
func (d *DB) Versions(ctx context.Context, limit, offset int) ([]resource.Version, error) {
	return sqldb.List(ctx, d.DB, func(r sqldb.Scanner, v *resource.Version) error {
		var at int64
		var created, updated, deleted string
		if err := r.Scan(&v.Number, &at, &v.Author, &v.Comment, &created, &updated, &deleted); err != nil {
			return err
		}
		v.Time = time.UnixMicro(at).UTC()
		for text, dest := range map[*string]*[]string{&created: &v.Created, &updated: &v.Updated, &deleted: &v.Deleted} {
			if err := sqldb.FromJSON(*text, dest); err != nil {
				return err
			}
		}
		return nil
	}, `SELECT number, at, author, comment, created, updated, deleted FROM resource_version
		ORDER BY number DESC LIMIT $1 OFFSET $2`, limit, offset)
}

// EnsureIDs implements resource.Store.
func (d *DB) EnsureIDs(ctx context.Context, kind string, names []string) (map[string]int64, error) {
	if len(names) == 0 {
		return map[string]int64{}, nil
	}
	names = slices.Clone(names)
	slices.SortFunc(names, strings.Compare)
	names = slices.Compact(names)
	ids, err := d.resourceIDs(ctx, kind, names)
	if err != nil || len(ids) == len(names) {
		return ids, err
	}
	err = d.InTx(ctx, func(ctx context.Context) error {
		var missing []string
		for _, n := range names {
			if _, ok := ids[n]; !ok {
				missing = append(missing, n)
			}
		}
		first, err := d.NewIDs(ctx, "resource", len(missing))
		if err != nil {
			return err
		}
		if err := d.Insert(ctx, "INSERT INTO resource (id, kind, name) VALUES ", "ON CONFLICT (kind, name) DO NOTHING", len(missing), 3,
			func(i int, args []any) []any { return append(args, first+int64(i), kind, missing[i]) }); err != nil {
			return err
		}
		ids, err = d.resourceIDs(ctx, kind, names)
		return err
	})
	return ids, err
}

func (d *DB) resourceIDs(ctx context.Context, kind string, names []string) (map[string]int64, error) {
	ids := make(map[string]int64, len(names))
	err := sqldb.EachIn(ctx, d.DB, "SELECT name, id FROM resource WHERE kind = $1 AND name IN (?)", []any{kind}, names, func(r sqldb.Scanner) error {
		var name string
		var id int64
		if err := r.Scan(&name, &id); err != nil {
			return err
		}
		ids[name] = id
		return nil
	})
	return ids, err
}

// IDs gives the stable keys of all names of a kind, deleted ones too.
func (d *DB) IDs(ctx context.Context, kind string) (map[string]int64, error) {
	type named struct {
		name string
		id   int64
	}
	rows, err := sqldb.List(ctx, d.DB, func(r sqldb.Scanner, v *named) error { return r.Scan(&v.name, &v.id) },
		"SELECT name, id FROM resource WHERE kind = $1", kind)
	if err != nil {
		return nil, err
	}
	out := make(map[string]int64, len(rows))
	for _, r := range rows {
		out[r.name] = r.id
	}
	return out, nil
}
