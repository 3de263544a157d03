// Package timeline keeps what people write on the timelines of accounts, and
// reads what happened from the tables that keep it.
package timeline

import (
	"context"
	"fmt"
	"strings"

	minori "github.com/minori-hq/minori"
	"github.com/minori-hq/minori/account"
	"github.com/minori-hq/minori/account/profile"
	"github.com/minori-hq/minori/store/records/sqldb"
)

// Store reads and writes the timeline's tables.
type Store struct{ *sqldb.DB }

var _ profile.Store = Store{}

// source is where one kind of happening stands.
type source struct {
	columns string // account, at, type, title, text, detail, score, minor, currency
	from    string // with the subject as $1
	at, id  string
}

// closedAt is when a call was closed: one that closes itself at its recovery.
const closedAt = `CASE WHEN c.close_on_end = 1 AND c.recovered <> 0 AND c.recovered < c.closed_at THEN c.recovered ELSE c.closed_at END`

func sourceOf(kind profile.Happened, subject minori.SubjectKind) (source, bool) {
	none := "NULL, 0, ''"
	calls := `action_call c WHERE c.subject = $1`
	switch kind {
	case profile.HappenedCall:
		return source{"c.subject, c.opened_as_of, c.type, c.rule_name, c.reason, '', " + none, calls, "c.opened_as_of", "c.id"}, true
	case profile.HappenedCallClosed:
		return source{"c.subject, " + closedAt + ", c.type, c.rule_name, c.reason, c.outcome, " + none, calls + " AND c.status = 'closed'", closedAt, "c.id"}, true
	case profile.HappenedTalk:
		from := "interaction f WHERE f.account = $1"
		if subject == minori.Person {
			from = `interaction f WHERE f.id IN (SELECT e.interaction FROM timeline_entry e WHERE e.author_person = $1
				UNION SELECT w.interaction FROM timeline_with w WHERE w.target = $1 AND w.part IN ('person', 'mention'))`
		}
		return source{"f.account, f.at, f.type, f.title, f.text, '', " + none, from, "f.at", "f.id"}, true
	}
	if subject != minori.Account {
		return source{}, false
	}
	switch kind {
	case profile.HappenedAnswer:
		return source{"f.account, f.at, f.survey, '', f.comment, f.contact, f.score, 0, ''", "answer f WHERE f.account = $1", "f.at", "f.id"}, true
	case profile.HappenedTicket:
		return source{"f.account, f.opened, f.priority, f.key, '', f.status, " + none, "ticket f WHERE f.account = $1", "f.opened", "f.id"}, true
	case profile.HappenedTicketClosed:
		return source{"f.account, f.closed, f.priority, f.key, '', f.status, f.csat, 0, ''", "ticket f WHERE f.account = $1 AND f.closed IS NOT NULL", "f.closed", "f.id"}, true
	case profile.HappenedRevenue:
		return source{"f.account, f.day, f.kind, '', '', '', NULL, f.delta, f.currency",
			"ledger f WHERE f.account = $1 AND f.reverses = 0 AND NOT EXISTS (SELECT 1 FROM ledger r WHERE r.account = f.account AND r.reverses = f.id)", "f.day", "f.id"}, true
	case profile.HappenedChurn:
		return source{"f.account, f.day, f.reason, '', f.comment, '', " + none, "churn f WHERE f.account = $1", "f.day", "f.id"}, true
	}
	return source{}, false
}

// Happened implements profile.Store.
func (s Store) Happened(ctx context.Context, kind profile.Happened, subject minori.Subject, before profile.Edge, limit int) ([]profile.Happening, error) {
	from, ok := sourceOf(kind, subject.Kind)
	if !ok {
		return nil, nil
	}
	text := fmt.Sprintf("SELECT %[1]s, %[2]s FROM %[3]s AND %[4]s <= $2 AND (%[4]s < $2 OR %[2]s < $3) ORDER BY %[4]s DESC, %[2]s DESC LIMIT $4", from.columns, from.id, from.from, from.at)
	return sqldb.List(ctx, s.DB, func(r sqldb.Scanner, h *profile.Happening) error {
		return r.Scan(&h.Account, &h.At, &h.Type, &h.Title, &h.Text, &h.Detail, &h.Score, &h.Minor, &h.Currency, &h.ID)
	}, text, subject.ID, before.At, before.ID, limit)
}

// Entries implements profile.Store.
func (s Store) Entries(ctx context.Context, ids []minori.ID) (map[minori.ID]*profile.Entry, error) {
	out := map[minori.ID]*profile.Entry{}
	err := sqldb.EachIn(ctx, s.DB, `SELECT f.id, f.key, f.account, a.key, f.at, f.type, f.title, f.text,
		e.version, e.call, e.author, e.author_user, e.author_person, e.created, e.edited, e.edited_by
		FROM timeline_entry e JOIN interaction f ON f.id = e.interaction JOIN account a ON a.id = f.account
		WHERE e.interaction IN (?)`, nil, ids, func(r sqldb.Scanner) error {
		e := &profile.Entry{}
		err := r.Scan(&e.ID, &e.Key, &e.Account, &e.AccountKey, &e.Time, &e.Type, &e.Title, &e.Text,
			&e.Version, &e.Call, &e.Author, &e.AuthorUser, &e.AuthorPerson, &e.Created, &e.Edited, &e.EditedBy)
		out[e.ID] = e
		return err
	})
	if err != nil || len(out) == 0 {
		return out, err
	}
	found := make([]minori.ID, 0, len(out))
	for id := range out {
		found = append(found, id)
	}
	if err := s.there(ctx, found, out); err != nil {
		return nil, err
	}
	err = sqldb.EachIn(ctx, s.DB, "SELECT id, interaction, hash, name, size FROM timeline_file WHERE interaction IN (?) ORDER BY id", nil, found, func(r sqldb.Scanner) error {
		var f profile.File
		if err := r.Scan(&f.ID, &f.Entry, &f.Hash, &f.Name, &f.Size); err != nil {
			return err
		}
		e := out[f.Entry]
		f.Account = e.Account
		e.Files = append(e.Files, f)
		return nil
	})
	return out, err
}

// Parts that subjects and contacts have in an entry.
const (
	partPerson  = "person"
	partContact = "contact"
	partMention = "mention"
)

// there reads who was there and who is named.
func (s Store) there(ctx context.Context, ids []minori.ID, into map[minori.ID]*profile.Entry) error {
	return sqldb.EachIn(ctx, s.DB, "SELECT interaction, part, target FROM timeline_with WHERE interaction IN (?) ORDER BY interaction, part, target", nil, ids, func(r sqldb.Scanner) error {
		var id, target minori.ID
		var part string
		if err := r.Scan(&id, &part, &target); err != nil {
			return err
		}
		e := into[id]
		switch part {
		case partPerson:
			e.Persons = append(e.Persons, target)
		case partContact:
			e.Contacts = append(e.Contacts, target)
		case partMention:
			e.Mentions = append(e.Mentions, target)
		}
		return nil
	})
}

// SaveEntry implements profile.Store.
func (s Store) SaveEntry(ctx context.Context, e *profile.Entry) (bool, error) {
	if e.Version == 0 {
		e.Version = 1
		if err := s.Exec(ctx, `INSERT INTO timeline_entry (interaction, version, call, author, author_user, author_person, created, edited, edited_by)
			VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)`, e.ID, e.Version, e.Call, e.Author, e.AuthorUser, e.AuthorPerson, e.Created, e.Edited, e.EditedBy); err != nil {
			return false, err
		}
		if err := s.saveFiles(ctx, e); err != nil {
			return false, err
		}
		return true, s.saveThere(ctx, e)
	}
	n, err := s.Affect(ctx, `UPDATE timeline_entry SET version = version + 1, call = $1, edited = $2, edited_by = $3 WHERE interaction = $4 AND version = $5`,
		e.Call, e.Edited, e.EditedBy, e.ID, e.Version)
	if err != nil || n == 0 {
		return false, err
	}
	e.Version++
	if err := s.Exec(ctx, "DELETE FROM timeline_with WHERE interaction = $1", e.ID); err != nil {
		return false, err
	}
	if err := s.saveFiles(ctx, e); err != nil {
		return false, err
	}
	return true, s.saveThere(ctx, e)
}

// saveFiles keeps the files that are not kept yet; they are the last ones.
func (s Store) saveFiles(ctx context.Context, e *profile.Entry) error {
	fresh := e.Files
	for len(fresh) > 0 && fresh[0].ID != 0 {
		fresh = fresh[1:]
	}
	next, err := s.NewIDs(ctx, "timeline_file", len(fresh))
	if err != nil {
		return err
	}
	for i := range fresh {
		fresh[i].ID, fresh[i].Entry, fresh[i].Account = next+int64(i), e.ID, e.Account
	}
	return s.Insert(ctx, "INSERT INTO timeline_file (id, interaction, hash, name, size) VALUES ", "", len(fresh), 5, func(i int, args []any) []any {
		f := &fresh[i]
		return append(args, f.ID, f.Entry, f.Hash, f.Name, f.Size)
	})
}

func (s Store) saveThere(ctx context.Context, e *profile.Entry) error {
	type line struct {
		part   string
		target minori.ID
	}
	var lines []line
	for part, ids := range map[string][]minori.ID{partPerson: e.Persons, partContact: e.Contacts, partMention: e.Mentions} {
		for _, id := range ids {
			lines = append(lines, line{part, id})
		}
	}
	return s.Insert(ctx, "INSERT INTO timeline_with (interaction, part, target) VALUES ", "", len(lines), 3, func(i int, args []any) []any {
		return append(args, e.ID, lines[i].part, lines[i].target)
	})
}

// DeleteEntry implements profile.Store.
func (s Store) DeleteEntry(ctx context.Context, id minori.ID) ([]string, error) {
	hashes, err := sqldb.List(ctx, s.DB, func(r sqldb.Scanner, h *string) error { return r.Scan(h) },
		`SELECT DISTINCT f.hash FROM timeline_file f WHERE f.interaction = $1
		AND NOT EXISTS (SELECT 1 FROM timeline_file o WHERE o.hash = f.hash AND o.interaction <> f.interaction)`, id)
	if err != nil {
		return nil, err
	}
	for _, table := range []string{"timeline_file", "timeline_with", "timeline_entry"} {
		if err := s.Exec(ctx, "DELETE FROM "+table+" WHERE interaction = $1", id); err != nil {
			return nil, err
		}
	}
	return hashes, nil
}

// CallAbout implements profile.Store.
func (s Store) CallAbout(ctx context.Context, call int64, subject minori.ID) (bool, error) {
	var one int
	return sqldb.One(ctx, s.DB, "SELECT 1 FROM action_call WHERE id = $1 AND subject = $2", []any{call, subject}, &one)
}

// File implements profile.Store.
func (s Store) File(ctx context.Context, id int64) (profile.File, bool, error) {
	var f profile.File
	found, err := sqldb.One(ctx, s.DB, `SELECT f.id, f.interaction, i.account, f.hash, f.name, f.size
		FROM timeline_file f JOIN interaction i ON i.id = f.interaction WHERE f.id = $1`, []any{id}, &f.ID, &f.Entry, &f.Account, &f.Hash, &f.Name, &f.Size)
	return f, found, err
}

// LastContacts implements profile.Store.
func (s Store) LastContacts(ctx context.Context, acc minori.ID, upTo int64) (map[minori.ID]int64, error) {
	out := map[minori.ID]int64{}
	err := sqldb.Each(ctx, s.DB, `SELECT w.target, MAX(f.at) FROM interaction f JOIN timeline_with w ON w.interaction = f.id AND w.part = 'contact'
		WHERE f.account = $1 AND f.at <= $2 GROUP BY w.target
		UNION ALL SELECT c.id, MAX(f.at) FROM answer f JOIN contact c ON c.key = f.contact AND c.account = f.account
		WHERE f.account = $1 AND f.at <= $2 GROUP BY c.id`, []any{acc, upTo}, func(r sqldb.Scanner) error {
		var id minori.ID
		var at int64
		err := r.Scan(&id, &at)
		out[id] = max(out[id], at)
		return err
	})
	return out, err
}

// maxDepth bounds how deep accounts below an account are looked for.
const maxDepth = 5

// Descendants implements profile.Store.
func (s Store) Descendants(ctx context.Context, key string, limit int) ([]account.Account, error) {
	seen := map[minori.ID]bool{}
	list, err := sqldb.List(ctx, s.DB, func(r sqldb.Scanner, a *account.Account) error {
		return r.Scan(&a.ID, &a.Key, &a.Name, &a.Parent)
	}, fmt.Sprintf(`WITH RECURSIVE family (id, key, name, parent, depth) AS (
		SELECT a.id, a.key, a.name, a.parent, 1 FROM account a WHERE a.parent = $1 AND a.ended IS NULL
		UNION ALL SELECT a.id, a.key, a.name, a.parent, f.depth + 1 FROM account a JOIN family f ON a.parent = f.key WHERE f.depth < %d AND a.ended IS NULL
	) SELECT id, key, name, parent FROM family WHERE key <> $1 ORDER BY depth, name, id LIMIT $2`, maxDepth), key, limit)
	out := list[:0]
	for _, a := range list {
		if !seen[a.ID] {
			seen[a.ID] = true
			out = append(out, a)
		}
	}
	return out, err
}

// Owned implements profile.Store.
func (s Store) Owned(ctx context.Context, person minori.ID, page minori.Page) ([]account.Label, error) {
	return sqldb.List(ctx, s.DB, func(r sqldb.Scanner, l *account.Label) error {
		l.Kind = minori.Account
		return r.Scan(&l.ID, &l.Key, &l.Name)
	}, "SELECT id, key, name FROM account WHERE csm_person = $1 AND ended IS NULL ORDER BY name, id LIMIT $2 OFFSET $3", person, page.Size(), page.Offset)
}

// Reports implements profile.Store.
func (s Store) Reports(ctx context.Context, refs []string, page minori.Page) ([]account.Person, error) {
	if len(refs) == 0 {
		return nil, nil
	}
	holes, args := make([]string, len(refs)), make([]any, len(refs), len(refs)+2)
	for i := range refs {
		holes[i], args[i] = fmt.Sprintf("$%d", i+1), refs[i]
	}
	n := len(refs)
	return sqldb.List(ctx, s.DB, func(r sqldb.Scanner, p *account.Person) error {
		return r.Scan(&p.ID, &p.Key, &p.Name, &p.Email, &p.Manager, &p.Role, &p.Team, &p.Hired, &p.Left)
	}, fmt.Sprintf("SELECT id, key, name, email, manager, role, team, hired, left_day FROM person WHERE manager IN (%s) ORDER BY name, id LIMIT $%d OFFSET $%d",
		strings.Join(holes, ", "), n+1, n+2), append(args, page.Size(), page.Offset)...)
}
