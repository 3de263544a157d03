package records

import "context"

// IDs gives the stable keys of all names of a kind, deleted ones too.
func (d *DB) IDs(ctx context.Context, kind string) (map[string]int64, error) {
	type named struct {
		name string
		id   int64
	}
	rows, err := list(ctx, d, func(r scanner, v *named) error { return r.Scan(&v.name, &v.id) },
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
