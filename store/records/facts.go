package records

import (
	"context"
	"github.com/minori-hq/minori/store/records/sqldb"

	minori "github.com/minori-hq/minori"
	"github.com/minori-hq/minori/account"
)

// Contacts implements account.FactStore.
func (d *DB) Contacts(ctx context.Context, acc minori.ID, page minori.Page) ([]account.Contact, error) {
	return sqldb.List(ctx, d.DB, func(r sqldb.Scanner, c *account.Contact) error {
		return r.Scan(&c.ID, &c.Key, &c.Account, &c.AccountKey, &c.Name, &c.Email, &c.Role, &c.Title)
	}, `SELECT f.id, f.key, f.account, a.key, f.name, f.email, f.role, f.title
		FROM contact f JOIN account a ON a.id = f.account WHERE f.account = $1
		ORDER BY f.name, f.id LIMIT $2 OFFSET $3`, acc, page.Size(), page.Offset)
}

// SaveContacts implements account.FactStore.
func (d *DB) SaveContacts(ctx context.Context, rows []account.Contact) error {
	return d.Insert(ctx, "INSERT INTO contact (id, key, account, name, email, role, title) VALUES ",
		`ON CONFLICT (id) DO UPDATE SET key = excluded.key, account = excluded.account, name = excluded.name,
		email = excluded.email, role = excluded.role, title = excluded.title`, len(rows), 7,
		func(i int, args []any) []any {
			c := &rows[i]
			return append(args, c.ID, c.Key, c.Account, c.Name, c.Email, c.Role, c.Title)
		})
}

// Tickets implements account.FactStore.
func (d *DB) Tickets(ctx context.Context, acc minori.ID, page minori.Page) ([]account.Ticket, error) {
	return sqldb.List(ctx, d.DB, func(r sqldb.Scanner, t *account.Ticket) error {
		return r.Scan(&t.ID, &t.Key, &t.Account, &t.AccountKey, &t.Opened, &t.Closed, &t.Priority, &t.Status, &t.FirstResponseMinutes, &t.CSAT)
	}, `SELECT f.id, f.key, f.account, a.key, f.opened, f.closed, f.priority, f.status, f.first_response_minutes, f.csat
		FROM ticket f JOIN account a ON a.id = f.account WHERE f.account = $1
		ORDER BY f.opened DESC, f.id DESC LIMIT $2 OFFSET $3`, acc, page.Size(), page.Offset)
}

// SaveTickets implements account.FactStore.
func (d *DB) SaveTickets(ctx context.Context, rows []account.Ticket) error {
	return d.Insert(ctx, "INSERT INTO ticket (id, key, account, opened, closed, priority, status, first_response_minutes, csat) VALUES ",
		`ON CONFLICT (id) DO UPDATE SET key = excluded.key, account = excluded.account, opened = excluded.opened,
		closed = excluded.closed, priority = excluded.priority, status = excluded.status,
		first_response_minutes = excluded.first_response_minutes, csat = excluded.csat`, len(rows), 9,
		func(i int, args []any) []any {
			t := &rows[i]
			return append(args, t.ID, t.Key, t.Account, t.Opened, t.Closed, t.Priority, t.Status, t.FirstResponseMinutes, t.CSAT)
		})
}

// TicketSpans implements account.FactStore.
func (d *DB) TicketSpans(ctx context.Context, accounts []minori.ID) ([]account.Ticket, error) {
	var out []account.Ticket
	err := sqldb.EachIn(ctx, d.DB, "SELECT id, account, opened, closed, priority FROM ticket WHERE account IN (?)", nil, accounts, func(r sqldb.Scanner) error {
		var t account.Ticket
		if err := r.Scan(&t.ID, &t.Account, &t.Opened, &t.Closed, &t.Priority); err != nil {
			return err
		}
		out = append(out, t)
		return nil
	})
	return out, err
}

// Churns implements account.FactStore.
func (d *DB) Churns(ctx context.Context, acc minori.ID, page minori.Page) ([]account.Churn, error) {
	return sqldb.List(ctx, d.DB, func(r sqldb.Scanner, c *account.Churn) error {
		return r.Scan(&c.ID, &c.Key, &c.Account, &c.AccountKey, &c.Date, &c.Reason, &c.Comment)
	}, `SELECT f.id, f.key, f.account, a.key, f.day, f.reason, f.comment
		FROM churn f JOIN account a ON a.id = f.account WHERE f.account = $1
		ORDER BY f.day DESC, f.id DESC LIMIT $2 OFFSET $3`, acc, page.Size(), page.Offset)
}

// SaveChurns implements account.FactStore.
func (d *DB) SaveChurns(ctx context.Context, rows []account.Churn) error {
	return d.Insert(ctx, "INSERT INTO churn (id, key, account, day, reason, comment) VALUES ",
		`ON CONFLICT (id) DO UPDATE SET key = excluded.key, account = excluded.account, day = excluded.day,
		reason = excluded.reason, comment = excluded.comment`, len(rows), 6,
		func(i int, args []any) []any {
			c := &rows[i]
			return append(args, c.ID, c.Key, c.Account, c.Date, c.Reason, c.Comment)
		})
}

// Interactions implements account.FactStore.
func (d *DB) Interactions(ctx context.Context, acc minori.ID, page minori.Page) ([]account.Interaction, error) {
	return sqldb.List(ctx, d.DB, func(r sqldb.Scanner, n *account.Interaction) error {
		return r.Scan(&n.ID, &n.Key, &n.Account, &n.AccountKey, &n.Time, &n.Type, &n.Title, &n.Text)
	}, `SELECT f.id, f.key, f.account, a.key, f.at, f.type, f.title, f.text
		FROM interaction f JOIN account a ON a.id = f.account WHERE f.account = $1
		ORDER BY f.at DESC, f.id DESC LIMIT $2 OFFSET $3`, acc, page.Size(), page.Offset)
}

// SaveInteractions implements account.FactStore.
func (d *DB) SaveInteractions(ctx context.Context, rows []account.Interaction) error {
	return d.Insert(ctx, "INSERT INTO interaction (id, key, account, at, type, title, text) VALUES ",
		`ON CONFLICT (id) DO UPDATE SET key = excluded.key, account = excluded.account, at = excluded.at,
		type = excluded.type, title = excluded.title, text = excluded.text`, len(rows), 7,
		func(i int, args []any) []any {
			n := &rows[i]
			return append(args, n.ID, n.Key, n.Account, n.Time, n.Type, n.Title, n.Text)
		})
}

// Answers implements account.FactStore.
func (d *DB) Answers(ctx context.Context, acc minori.ID, page minori.Page) ([]account.Answer, error) {
	return sqldb.List(ctx, d.DB, func(r sqldb.Scanner, n *account.Answer) error {
		return r.Scan(&n.ID, &n.Key, &n.Survey, &n.Account, &n.AccountKey, &n.Contact, &n.Time, &n.Score, &n.Comment)
	}, `SELECT f.id, f.key, f.survey, f.account, a.key, f.contact, f.at, f.score, f.comment
		FROM answer f JOIN account a ON a.id = f.account WHERE f.account = $1
		ORDER BY f.at DESC, f.id DESC LIMIT $2 OFFSET $3`, acc, page.Size(), page.Offset)
}

// SaveAnswers implements account.FactStore.
func (d *DB) SaveAnswers(ctx context.Context, rows []account.Answer) error {
	return d.Insert(ctx, "INSERT INTO answer (id, key, survey, account, contact, at, score, comment) VALUES ",
		`ON CONFLICT (id) DO UPDATE SET key = excluded.key, survey = excluded.survey, account = excluded.account,
		contact = excluded.contact, at = excluded.at, score = excluded.score, comment = excluded.comment`, len(rows), 8,
		func(i int, args []any) []any {
			n := &rows[i]
			return append(args, n.ID, n.Key, n.Survey, n.Account, n.Contact, n.Time, n.Score, n.Comment)
		})
}

// factTable gives the table of a kind of fact.
func factTable(kind account.Kind) (string, error) {
	switch kind {
	case account.KindContact, account.KindTicket, account.KindChurn, account.KindInteraction, account.KindAnswer:
		return string(kind), nil
	}
	return "", minori.Errorf(minori.Internal, "%s is no kind of fact", kind)
}

// FactAccounts implements account.FactStore.
func (d *DB) FactAccounts(ctx context.Context, kind account.Kind, ids []minori.ID) (map[minori.ID]minori.ID, error) {
	table, err := factTable(kind)
	if err != nil {
		return nil, err
	}
	out := make(map[minori.ID]minori.ID, len(ids))
	err = sqldb.EachIn(ctx, d.DB, "SELECT id, account FROM "+table+" WHERE id IN (?)", nil, ids, func(r sqldb.Scanner) error {
		var id, acc minori.ID
		if err := r.Scan(&id, &acc); err != nil {
			return err
		}
		out[id] = acc
		return nil
	})
	return out, err
}

// DeleteFacts implements account.FactStore.
func (d *DB) DeleteFacts(ctx context.Context, kind account.Kind, ids []minori.ID) error {
	table, err := factTable(kind)
	if err != nil {
		return err
	}
	return sqldb.ExecIn(ctx, d.DB, "DELETE FROM "+table+" WHERE id IN (?)", nil, ids)
}
