package records

import (
	"context"
	"github.com/minori-hq/minori/store/records/sqldb"
	"strings"

	minori "github.com/minori-hq/minori"
	"github.com/minori-hq/minori/account"
)

var _ account.Store = (*DB)(nil)

// SubjectIDs implements account.SubjectStore.
func (d *DB) SubjectIDs(ctx context.Context, kind account.Kind, keys []string) (map[string]minori.ID, error) {
	return d.subjectIDs(kind, func(read string, add func(sqldb.Scanner) error) error {
		return sqldb.EachIn(ctx, d.DB, read+" WHERE key IN (?)", nil, unique(keys), add)
	})
}

// AllSubjectIDs implements account.SubjectStore.
func (d *DB) AllSubjectIDs(ctx context.Context, kind account.Kind) (map[string]minori.ID, error) {
	return d.subjectIDs(kind, func(read string, add func(sqldb.Scanner) error) error {
		return sqldb.Each(ctx, d.DB, read, nil, add)
	})
}

func (d *DB) subjectIDs(kind account.Kind, run func(read string, add func(sqldb.Scanner) error) error) (map[string]minori.ID, error) {
	switch kind {
	case account.KindAccount, account.KindPerson, account.KindContact:
	default:
		return nil, minori.Errorf(minori.Internal, "%s is not known by a key", kind)
	}
	ids := map[string]minori.ID{}
	return ids, run("SELECT key, id FROM "+string(kind), func(r sqldb.Scanner) error {
		var key string
		var id minori.ID
		if err := r.Scan(&key, &id); err != nil {
			return err
		}
		ids[key] = id
		return nil
	})
}

func unique[T comparable](list []T) []T {
	seen := make(map[T]bool, len(list))
	out := make([]T, 0, len(list))
	for _, v := range list {
		if !seen[v] {
			seen[v] = true
			out = append(out, v)
		}
	}
	return out
}

// Labels implements account.SubjectStore.
func (d *DB) Labels(ctx context.Context, ids []minori.ID) (map[minori.ID]account.Label, error) {
	out := make(map[minori.ID]account.Label, len(ids))
	for _, kind := range []minori.SubjectKind{minori.Account, minori.Person} {
		err := sqldb.EachIn(ctx, d.DB, "SELECT id, key, name FROM "+string(kind)+" WHERE id IN (?)", nil, unique(ids), func(r sqldb.Scanner) error {
			l := account.Label{Kind: kind}
			if err := r.Scan(&l.ID, &l.Key, &l.Name); err != nil {
				return err
			}
			out[l.ID] = l
			return nil
		})
		if err != nil {
			return nil, err
		}
	}
	return out, nil
}

const accountColumns = `id, key, name, parent, industry, country, csm, csm_person, tier, seats, signed_up, fields, ended, cleared, valid_from`

func scanAccount(r sqldb.Scanner, a *account.AccountRow) error {
	var fields, cleared string
	if err := r.Scan(&a.ID, &a.Key, &a.Name, &a.Parent, &a.Industry, &a.Country, &a.CSM, &a.CSMPerson, &a.Tier,
		&a.Seats, &a.SignedUp, &fields, &a.Ended, &cleared, &a.ValidFrom); err != nil {
		return err
	}
	return heldFrom(fields, &a.Fields, cleared, &a.Cleared)
}

func heldFrom(fields string, m *map[string]account.Value, cleared string, names *[]string) error {
	if err := sqldb.FromJSON(fields, m); err != nil {
		return err
	}
	return sqldb.FromJSON(cleared, names)
}

// fieldsText writes custom fields; "" for none.
func fieldsText(m map[string]account.Value) string {
	if len(m) == 0 {
		return ""
	}
	return sqldb.ToJSON(m)
}

func namesText(names []string) string {
	if len(names) == 0 {
		return ""
	}
	return sqldb.ToJSON(names)
}

// AccountRows implements account.SubjectStore.
func (d *DB) AccountRows(ctx context.Context, ids []minori.ID) (map[minori.ID]account.AccountRow, error) {
	out := make(map[minori.ID]account.AccountRow, len(ids))
	err := sqldb.EachIn(ctx, d.DB, "SELECT "+accountColumns+" FROM account WHERE id IN (?)", nil, ids, func(r sqldb.Scanner) error {
		var a account.AccountRow
		if err := scanAccount(r, &a); err != nil {
			return err
		}
		out[a.ID] = a
		return nil
	})
	return out, err
}

// SaveAccounts implements account.SubjectStore.
func (d *DB) SaveAccounts(ctx context.Context, rows []account.AccountRow) error {
	return d.Insert(ctx, "INSERT INTO account ("+accountColumns+", search, csm_ref) VALUES ",
		`ON CONFLICT (id) DO UPDATE SET key = excluded.key, name = excluded.name, parent = excluded.parent,
		industry = excluded.industry, country = excluded.country, csm = excluded.csm, csm_person = excluded.csm_person,
		tier = excluded.tier, seats = excluded.seats, signed_up = excluded.signed_up, fields = excluded.fields,
		ended = excluded.ended, cleared = excluded.cleared, valid_from = excluded.valid_from, search = excluded.search,
		csm_ref = excluded.csm_ref`, len(rows), 17, func(i int, args []any) []any {
			a := &rows[i]
			return append(args, a.ID, a.Key, a.Name, a.Parent, a.Industry, a.Country, a.CSM, a.CSMPerson, a.Tier,
				a.Seats, a.SignedUp, fieldsText(a.Fields), a.Ended, namesText(a.Cleared), a.ValidFrom,
				searchText(a.Name), strings.ToLower(a.CSM))
		})
}

// SearchAccounts implements account.SubjectStore.
func (d *DB) SearchAccounts(ctx context.Context, text string, scope account.Scope, page minori.Page) ([]account.Account, error) {
	low := searchText(text)
	return sqldb.List(ctx, d.DB, func(r sqldb.Scanner, a *account.Account) error {
		var row account.AccountRow
		err := scanAccount(r, &row)
		*a = row.Account
		return err
	}, "SELECT "+accountColumns+` FROM account
		WHERE (search >= $1 AND search < $2 OR key >= $3 AND key < $4) AND `+sqldb.Within(scope, "id")+`
		ORDER BY search, id LIMIT $5 OFFSET $6`, low, low+maxRune, text, text+maxRune, page.Size(), page.Offset)
}

// maxRune comes after every text that begins alike.
const maxRune = "\U0010FFFF"

const personColumns = `id, key, name, email, manager, role, team, hired, left_day, leave_reason, fields, cleared, valid_from`

func scanPerson(r sqldb.Scanner, p *account.PersonRow) error {
	var fields, cleared string
	if err := r.Scan(&p.ID, &p.Key, &p.Name, &p.Email, &p.Manager, &p.Role, &p.Team, &p.Hired, &p.Left, &p.LeaveReason,
		&fields, &cleared, &p.ValidFrom); err != nil {
		return err
	}
	return heldFrom(fields, &p.Fields, cleared, &p.Cleared)
}

// PersonRows implements account.SubjectStore.
func (d *DB) PersonRows(ctx context.Context, ids []minori.ID) (map[minori.ID]account.PersonRow, error) {
	out := make(map[minori.ID]account.PersonRow, len(ids))
	err := sqldb.EachIn(ctx, d.DB, "SELECT "+personColumns+" FROM person WHERE id IN (?)", nil, ids, func(r sqldb.Scanner) error {
		var p account.PersonRow
		if err := scanPerson(r, &p); err != nil {
			return err
		}
		out[p.ID] = p
		return nil
	})
	return out, err
}

// SavePersons implements account.SubjectStore.
func (d *DB) SavePersons(ctx context.Context, rows []account.PersonRow) error {
	return d.Insert(ctx, "INSERT INTO person ("+personColumns+", email_ref) VALUES ",
		`ON CONFLICT (id) DO UPDATE SET key = excluded.key, name = excluded.name, email = excluded.email,
		manager = excluded.manager, role = excluded.role, team = excluded.team, hired = excluded.hired,
		left_day = excluded.left_day, leave_reason = excluded.leave_reason, fields = excluded.fields,
		cleared = excluded.cleared, valid_from = excluded.valid_from, email_ref = excluded.email_ref`,
		len(rows), 14, func(i int, args []any) []any {
			p := &rows[i]
			return append(args, p.ID, p.Key, p.Name, p.Email, p.Manager, p.Role, p.Team, p.Hired, p.Left, p.LeaveReason,
				fieldsText(p.Fields), namesText(p.Cleared), p.ValidFrom, strings.ToLower(p.Email))
		})
}

// Persons implements account.SubjectStore.
func (d *DB) Persons(ctx context.Context, page minori.Page) ([]account.Person, error) {
	return sqldb.List(ctx, d.DB, func(r sqldb.Scanner, p *account.Person) error {
		var row account.PersonRow
		err := scanPerson(r, &row)
		*p = row.Person
		return err
	}, "SELECT "+personColumns+" FROM person ORDER BY key LIMIT $1 OFFSET $2", page.Size(), page.Offset)
}

// PersonsByRef implements account.SubjectStore. Of several persons with one
// address the one with the smallest id counts.
func (d *DB) PersonsByRef(ctx context.Context, refs []string) (map[string]minori.ID, error) {
	refs = unique(refs)
	out := make(map[string]minori.ID, len(refs))
	byMail := map[string]minori.ID{}
	lower := make([]string, 0, len(refs))
	for _, r := range refs {
		if strings.Contains(r, "@") {
			lower = append(lower, strings.ToLower(r))
		}
	}
	err := sqldb.EachIn(ctx, d.DB, "SELECT email_ref, MIN(id) FROM person WHERE email_ref IN (?) GROUP BY email_ref", nil, unique(lower), func(r sqldb.Scanner) error {
		var mail string
		var id minori.ID
		if err := r.Scan(&mail, &id); err != nil {
			return err
		}
		byMail[mail] = id
		return nil
	})
	if err != nil {
		return nil, err
	}
	byKey, err := d.SubjectIDs(ctx, account.KindPerson, refs)
	if err != nil {
		return nil, err
	}
	for _, r := range refs {
		if id, ok := byKey[r]; ok {
			out[r] = id
		} else if id, ok := byMail[strings.ToLower(r)]; ok {
			out[r] = id
		}
	}
	return out, nil
}

// ResolveCSM implements account.SubjectStore.
func (d *DB) ResolveCSM(ctx context.Context, refs []string) error {
	lower := make([]string, 0, len(refs))
	for _, r := range refs {
		if r != "" {
			lower = append(lower, strings.ToLower(r))
		}
	}
	return sqldb.ExecIn(ctx, d.DB, `UPDATE account SET csm_person = COALESCE(
		(SELECT p.id FROM person p WHERE p.key = account.csm),
		(SELECT MIN(p.id) FROM person p WHERE p.email_ref = account.csm_ref), 0)
		WHERE csm_ref IN (?)`, nil, unique(lower))
}

// BusiestCSM gives the employee who is CSM of the most accounts, 0 if no
// account has one.
func (d *DB) BusiestCSM(ctx context.Context) (minori.ID, error) {
	var id minori.ID
	_, err := sqldb.One(ctx, d.DB, `SELECT csm_person FROM account WHERE csm_person <> 0
		GROUP BY csm_person ORDER BY COUNT(*) DESC, csm_person LIMIT 1`, nil, &id)
	return id, err
}
