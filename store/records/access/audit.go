package access

import (
	"context"

	minori "github.com/minori-hq/minori"
	"github.com/minori-hq/minori/auth"
	"github.com/minori-hq/minori/store/records/sqldb"
)

const auditColumns = "id, at, actor, action, object, detail, hash"

func lineFields(l *auth.Line) []any {
	return []any{&l.ID, &l.At, &l.Actor, &l.Action, &l.Object, &l.Detail, &l.Hash}
}

// AppendAudit implements auth.Log. It is the one place that writes the audit
// log: each line is chained to the one before it, one transaction at a time.
func (d *DB) AppendAudit(ctx context.Context, entries ...auth.Entry) error {
	if len(entries) == 0 {
		return nil
	}
	return d.InTx(ctx, func(ctx context.Context) error {
		if err := d.Lock(ctx, lockAudit); err != nil {
			return err
		}
		line, hash, _, err := d.head(ctx)
		if err != nil {
			return err
		}
		hashes := make([]string, len(entries))
		for i, e := range entries {
			line++
			e.ID = line
			hash = auth.Chain(hash, e)
			hashes[i] = hash
		}
		first := line - int64(len(entries)) + 1
		err = d.Insert(ctx, "INSERT INTO audit ("+auditColumns+") VALUES ", "", len(entries), 7, func(i int, args []any) []any {
			e := &entries[i]
			return append(args, first+int64(i), e.At, e.Actor, e.Action, e.Object, e.Detail, hashes[i])
		})
		if err != nil {
			return err
		}
		return d.setHead(ctx, line, hash)
	})
}

// head gives number and hash of the newest line as they were when it was
// written; false before ChainAudit.
func (d *DB) head(ctx context.Context) (line int64, hash string, found bool, err error) {
	found, err = sqldb.One(ctx, d.DB, "SELECT line, hash FROM audit_head WHERE one = 1", nil, &line, &hash)
	return line, hash, found, err
}

func (d *DB) setHead(ctx context.Context, line int64, hash string) error {
	return d.Exec(ctx, `INSERT INTO audit_head (one, line, hash) VALUES (1, $1, $2)
		ON CONFLICT (one) DO UPDATE SET line = excluded.line, hash = excluded.hash`, line, hash)
}

// ChainAudit chains the lines that were written before there was a chain. It
// does so once in the life of a store.
func (d *DB) ChainAudit(ctx context.Context) error {
	if _, _, found, err := d.head(ctx); err != nil || found {
		return err
	}
	return d.InTx(ctx, func(ctx context.Context) error {
		if err := d.Lock(ctx, lockAudit); err != nil {
			return err
		}
		if _, _, found, err := d.head(ctx); err != nil || found {
			return err
		}
		var last auth.Line
		for {
			lines, err := d.after(ctx, last.ID)
			if err != nil {
				return err
			}
			if len(lines) == 0 {
				return d.setHead(ctx, last.ID, last.Hash)
			}
			for _, l := range lines {
				l.Hash = auth.Chain(last.Hash, l.Entry)
				if err := d.Exec(ctx, "UPDATE audit SET hash = $1 WHERE id = $2", l.Hash, l.ID); err != nil {
					return err
				}
				last = l
			}
		}
	})
}

// auditBatch is how many lines are read at once.
const auditBatch = 5000

// after gives the next lines after a number, oldest first.
func (d *DB) after(ctx context.Context, id int64) ([]auth.Line, error) {
	return sqldb.List(ctx, d.DB, func(r sqldb.Scanner, l *auth.Line) error { return r.Scan(lineFields(l)...) },
		"SELECT "+auditColumns+" FROM audit WHERE id > $1 ORDER BY id LIMIT $2", id, auditBatch)
}

// Audit implements auth.Log.
func (d *DB) Audit(ctx context.Context, page minori.Page) ([]auth.Entry, error) {
	return sqldb.List(ctx, d.DB, func(r sqldb.Scanner, e *auth.Entry) error {
		return r.Scan(&e.ID, &e.At, &e.Actor, &e.Action, &e.Object, &e.Detail)
	}, "SELECT id, at, actor, action, object, detail FROM audit ORDER BY id DESC LIMIT $1 OFFSET $2", page.Size(), page.Offset)
}

// AuditLines implements auth.Store.
func (d *DB) AuditLines(ctx context.Context, f auth.AuditFilter, page minori.Page) ([]auth.Line, int, error) {
	// A verb's beginning, up to a dot, is found as a range of texts.
	const where = ` FROM audit a WHERE ($1 = '' OR a.actor = $1) AND ($2 = '' OR a.action = $2 OR (a.action >= $3 AND a.action < $4))`
	args := []any{f.Actor, f.Action, f.Action + ".", f.Action + "/"}
	total := 0
	if _, err := sqldb.One(ctx, d.DB, "SELECT COUNT(*)"+where, args, &total); err != nil {
		return nil, 0, err
	}
	lines, err := sqldb.List(ctx, d.DB, func(r sqldb.Scanner, l *auth.Line) error {
		var before int64
		var prev string
		if err := r.Scan(append(lineFields(l), &before, &prev)...); err != nil {
			return err
		}
		l.State = auth.StateAfter(before, prev, l.Entry, l.Hash)
		return nil
	}, "SELECT "+auditColumns+`,
		COALESCE((SELECT b.id FROM audit b WHERE b.id < a.id ORDER BY b.id DESC LIMIT 1), 0),
		COALESCE((SELECT b.hash FROM audit b WHERE b.id < a.id ORDER BY b.id DESC LIMIT 1), '')`+
		where+" ORDER BY a.id DESC LIMIT $5 OFFSET $6", append(args, page.Size(), page.Offset)...)
	return lines, total, err
}

// VerifyAudit implements auth.Store. The head is read first: what is written
// meanwhile is not looked at.
func (d *DB) VerifyAudit(ctx context.Context, newest int) (auth.ChainReport, error) {
	out := auth.ChainReport{Faults: []auth.LineFault{}}
	headLine, headHash, found, err := d.head(ctx)
	if err != nil {
		return out, err
	}
	if _, err := sqldb.One(ctx, d.DB, "SELECT COUNT(*) FROM audit WHERE id <= $1", []any{headLine}, &out.Lines); err != nil {
		return out, err
	}
	var last auth.Line
	if newest > 0 {
		if _, err := sqldb.One(ctx, d.DB, "SELECT "+auditColumns+" FROM audit WHERE id <= $1 ORDER BY id DESC LIMIT 1 OFFSET $2",
			[]any{headLine, newest}, lineFields(&last)...); err != nil {
			return out, err
		}
	}
	if last, err = d.verifyAfter(ctx, last, headLine, &out); err != nil {
		return out, err
	}
	out.Head = headHash
	out.Cut = last.ID != headLine || last.Hash != headHash
	out.Intact = found && !out.Cut && len(out.Faults) == 0
	return out, nil
}

// verifyAfter checks the lines after one up to a number.
func (d *DB) verifyAfter(ctx context.Context, last auth.Line, upTo int64, out *auth.ChainReport) (auth.Line, error) {
	for {
		lines, err := d.after(ctx, last.ID)
		if err != nil {
			return last, err
		}
		for _, l := range lines {
			if l.ID > upTo {
				return last, nil
			}
			if state := auth.StateAfter(last.ID, last.Hash, l.Entry, l.Hash); state != auth.LineIntact && len(out.Faults) < auth.MaxFaults {
				out.Faults = append(out.Faults, auth.LineFault{ID: l.ID, State: state})
			}
			out.Checked++
			last = l
		}
		if len(lines) == 0 {
			return last, nil
		}
	}
}
