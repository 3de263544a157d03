// Package notices keeps what people are told inside the program.
package notices

import (
	"context"
	"strings"

	minori "github.com/minori-hq/minori"
	"github.com/minori-hq/minori/action"
	"github.com/minori-hq/minori/importer"
	"github.com/minori-hq/minori/notice"
	"github.com/minori-hq/minori/store/records"
	"github.com/minori-hq/minori/store/records/sqldb"
)

// Store keeps notices beside the records they are about.
type Store struct{ *records.DB }

var _ notice.Store = Store{}

// AddNotices implements notice.Store.
func (s Store) AddNotices(ctx context.Context, list []notice.Notice) error {
	return s.Insert(ctx, "INSERT INTO notice (id, key, kind, person, at, subject, call, author, detail, read_at) VALUES ", "ON CONFLICT (key) DO NOTHING",
		len(list), 10, func(i int, args []any) []any {
			n := &list[i]
			return append(args, n.ID, n.Key, string(n.Kind), n.Person, n.At, n.Subject, n.Call, n.Author, sqldb.ToJSON(n.Detail), n.Read)
		})
}

// mine writes the condition that a notice is the reader's. Person 0 stands for
// everybody who may configure, so a reader without a person matches nobody else's.
func mine(to notice.Reader) (string, []any) {
	people := []any{to.Person}
	if to.Person == 0 {
		people[0] = -1
	}
	if to.Shared {
		people = append(people, 0)
	}
	cond, args := "person IN (?"+strings.Repeat(", ?", len(people)-1)+")", people
	if len(to.Off) > 0 {
		cond += " AND kind NOT IN (?" + strings.Repeat(", ?", len(to.Off)-1) + ")"
		for _, k := range to.Off {
			args = append(args, string(k))
		}
	}
	return numbered(cond) + " AND (subject = 0 OR " + sqldb.Within(to.Scope, "subject") + ")", args
}

// numbered gives each ? its place.
func numbered(cond string) string {
	var b strings.Builder
	n := 0
	for _, r := range cond {
		if r == '?' {
			n++
			b.WriteString(sqldb.Param(n))
			continue
		}
		b.WriteRune(r)
	}
	return b.String()
}

// Notices implements notice.Store.
func (s Store) Notices(ctx context.Context, to notice.Reader, page minori.Page) ([]notice.Notice, int, error) {
	cond, args := mine(to)
	total := 0
	if _, err := sqldb.One(ctx, s.DB.DB, "SELECT COUNT(*) FROM notice WHERE "+cond, args, &total); err != nil {
		return nil, 0, err
	}
	n := len(args)
	list, err := sqldb.List(ctx, s.DB.DB, scan, "SELECT id, key, kind, person, at, subject, call, author, detail, read_at FROM notice WHERE "+cond+
		" ORDER BY id DESC LIMIT "+sqldb.Param(n+1)+" OFFSET "+sqldb.Param(n+2), append(args, page.Size(), max(page.Offset, 0))...)
	return list, total, err
}

func scan(r sqldb.Scanner, n *notice.Notice) error {
	var detail string
	if err := r.Scan(&n.ID, &n.Key, &n.Kind, &n.Person, &n.At, &n.Subject, &n.Call, &n.Author, &detail, &n.Read); err != nil {
		return err
	}
	return sqldb.FromJSON(detail, &n.Detail)
}

// Unread implements notice.Store.
func (s Store) Unread(ctx context.Context, to notice.Reader) (int, error) {
	cond, args := mine(to)
	n := 0
	_, err := sqldb.One(ctx, s.DB.DB, "SELECT COUNT(*) FROM notice WHERE read_at = 0 AND "+cond, args, &n)
	return n, err
}

// MarkRead implements notice.Store.
func (s Store) MarkRead(ctx context.Context, to notice.Reader, ids []int64, at int64) error {
	cond, args := mine(to)
	n := len(args)
	text := "UPDATE notice SET read_at = " + sqldb.Param(n+1) + " WHERE read_at = 0 AND " + cond
	args = append(args, at)
	if ids == nil {
		return s.Exec(ctx, text, args...)
	}
	return sqldb.ExecIn(ctx, s.DB.DB, text+" AND id IN (?)", args, ids)
}

// OwnersOf implements notice.Store.
func (s Store) OwnersOf(ctx context.Context, accounts []minori.ID) (map[minori.ID]minori.ID, error) {
	out := make(map[minori.ID]minori.ID, len(accounts))
	err := sqldb.EachIn(ctx, s.DB.DB, "SELECT id, csm_person FROM account WHERE csm_person <> 0 AND id IN (?)", nil, accounts, func(r sqldb.Scanner) error {
		var id, person minori.ID
		err := r.Scan(&id, &person)
		out[id] = person
		return err
	})
	return out, err
}

// DueCalls implements notice.Store.
func (s Store) DueCalls(ctx context.Context, day minori.Day, after int64, limit int) ([]action.Call, error) {
	return sqldb.List(ctx, s.DB.DB, func(r sqldb.Scanner, c *action.Call) error {
		return r.Scan(&c.ID, &c.Subject.ID, &c.Reason, &c.RuleName, &c.Owner, &c.Due)
	}, `SELECT id, subject, reason, rule_name, owner, due FROM action_call WHERE status <> 'closed' AND owner <> 0 AND due <= $1
		AND (status <> 'snoozed' OR snoozed <= $1) AND id > $2 ORDER BY id LIMIT $3`, int64(day), after, limit)
}

// RejectedImports implements notice.Store.
func (s Store) RejectedImports(ctx context.Context, since int64) ([]notice.Import, error) {
	all, err := sqldb.List(ctx, s.DB.DB, func(r sqldb.Scanner, v *notice.Import) error {
		var text string
		if err := r.Scan(&v.ID, &v.Source, &v.Actor, &v.Finished, &text); err != nil {
			return err
		}
		var report importer.SourceReport
		err := sqldb.FromJSON(text, &report)
		v.Rows = report.Rejected
		return err
	}, "SELECT id, name, actor, finished, report FROM import_run WHERE finished >= $1 ORDER BY id DESC LIMIT 500", since)
	out := all[:0]
	for _, v := range all {
		if v.Rows > 0 {
			out = append(out, v)
		}
	}
	return out, err
}

// Trim implements notice.Store.
func (s Store) Trim(ctx context.Context, before int64, each int) error {
	if err := s.Exec(ctx, "DELETE FROM notice WHERE at < $1", before); err != nil {
		return err
	}
	return s.Exec(ctx, `DELETE FROM notice WHERE id IN (SELECT x.id FROM
		(SELECT id, ROW_NUMBER() OVER (PARTITION BY person ORDER BY id DESC) AS place FROM notice) AS x WHERE x.place > $1)`, each)
}

// Off implements notice.Store.
func (s Store) Off(ctx context.Context, user string) ([]notice.Kind, error) {
	return sqldb.List(ctx, s.DB.DB, func(r sqldb.Scanner, k *notice.Kind) error { return r.Scan(k) },
		"SELECT kind FROM notice_off WHERE app_user = $1 ORDER BY kind", user)
}

// SetOff implements notice.Store.
func (s Store) SetOff(ctx context.Context, user string, off []notice.Kind) error {
	return s.InTx(ctx, func(ctx context.Context) error {
		if err := s.Exec(ctx, "DELETE FROM notice_off WHERE app_user = $1", user); err != nil {
			return err
		}
		return s.Insert(ctx, "INSERT INTO notice_off (app_user, kind) VALUES ", "ON CONFLICT (app_user, kind) DO NOTHING", len(off), 2, func(i int, args []any) []any {
			return append(args, user, string(off[i]))
		})
	})
}
