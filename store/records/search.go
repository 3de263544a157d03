package records

import (
	"context"

	"github.com/minori-hq/minori/store/records/sqldb"
	"github.com/minori-hq/minori/text"

	minori "github.com/minori-hq/minori"
)

// Setting that names how the names of accounts were folded for searching.
const (
	settingFold = "account.fold"
	foldVersion = "1"
)

// searchText is the form in which names are searched.
func searchText(s string) string { return text.Fold(s) }

// refold brings the names of accounts into the form in which this program
// searches them, once after it changed.
func (d *DB) refold(ctx context.Context) error {
	have, err := d.Setting(ctx, settingFold)
	if err != nil || have == foldVersion {
		return err
	}
	return d.InTx(ctx, func(ctx context.Context) error {
		type named struct {
			id           minori.ID
			name, search string
		}
		for last := minori.ID(0); ; {
			rows, err := sqldb.List(ctx, d.DB, func(r sqldb.Scanner, n *named) error {
				return r.Scan(&n.id, &n.name, &n.search)
			}, "SELECT id, name, search FROM account WHERE id > $1 ORDER BY id LIMIT $2", last, 5000)
			if err != nil {
				return err
			}
			if len(rows) == 0 {
				return d.SetSetting(ctx, settingFold, foldVersion)
			}
			for _, n := range rows {
				last = n.id
				if s := searchText(n.name); s != n.search {
					if err := d.Exec(ctx, "UPDATE account SET search = $1 WHERE id = $2", s, n.id); err != nil {
						return err
					}
				}
			}
		}
	})
}
