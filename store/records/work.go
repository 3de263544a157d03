package records

import (
	"cmp"
	"context"
	"slices"
	"strconv"
	"strings"

	minori "github.com/minori-hq/minori"
	"github.com/minori-hq/minori/action"
	"github.com/minori-hq/minori/evaluate"
	"github.com/minori-hq/minori/revenue"
	"github.com/minori-hq/minori/store/records/sqldb"
)

// CallsByID implements action.WorkStore.
func (d *DB) CallsByID(ctx context.Context, ids []int64) (map[int64]action.Call, error) {
	out := make(map[int64]action.Call, len(ids))
	err := sqldb.EachIn(ctx, d.DB, "SELECT "+callColumns+", 0, 0 FROM action_call c WHERE c.id IN (?)", nil, unique(ids), func(r sqldb.Scanner) error {
		var c action.Call
		if err := scanCall(r, &c); err != nil {
			return err
		}
		out[c.ID] = c
		return nil
	})
	return out, err
}

// CallSubjects gives whom calls are about, each once.
func (d *DB) CallSubjects(ctx context.Context, calls []int64) ([]minori.ID, error) {
	var out []minori.ID
	err := sqldb.EachIn(ctx, d.DB, "SELECT DISTINCT subject FROM action_call WHERE id IN (?)", nil, unique(calls), func(r sqldb.Scanner) error {
		var id minori.ID
		err := r.Scan(&id)
		out = append(out, id)
		return err
	})
	return out, err
}

// LastEvents implements action.WorkStore.
func (d *DB) LastEvents(ctx context.Context, calls []int64) (map[int64]action.Event, error) {
	out := make(map[int64]action.Event, len(calls))
	err := sqldb.EachIn(ctx, d.DB, `SELECT id, call, at, author, kind, from_text, to_text, text FROM action_event
		WHERE id IN (SELECT MAX(id) FROM action_event WHERE call IN (?) GROUP BY call)`, nil, unique(calls), func(r sqldb.Scanner) error {
		var e action.Event
		err := r.Scan(&e.ID, &e.Call, &e.At, &e.Author, &e.Kind, &e.From, &e.To, &e.Text)
		out[e.Call] = e
		return err
	})
	return out, err
}

// in adds the condition that a column, or a term, is one of some numbers.
func (w *where) in(term string, ids []minori.ID) {
	if len(ids) == 0 {
		w.add("1 = 0")
		return
	}
	args := make([]any, len(ids))
	for i, id := range ids {
		args[i] = id
	}
	w.add(term+" IN (?"+strings.Repeat(", ?", len(ids)-1)+")", args...)
}

// param adds a parameter and gives its place.
func (w *where) param(v any) string {
	w.args = append(w.args, v)
	return "$" + strconv.Itoa(len(w.args))
}

// CountCalls implements action.WorkStore.
func (d *DB) CountCalls(ctx context.Context, f action.Filter, today minori.Day, ends []minori.Day) ([]int, error) {
	w := callWhere(f, today)
	conds := w.String()
	sel := "SELECT COUNT(*)"
	for _, end := range ends {
		sel += ", COALESCE(SUM(CASE WHEN c.due <= " + w.param(end) + " THEN 1 ELSE 0 END), 0)"
	}
	counts := make([]int, len(ends)+1)
	into := make([]any, len(counts))
	into[0] = &counts[len(ends)]
	for i := range ends {
		into[i+1] = &counts[i]
	}
	_, err := sqldb.One(ctx, d.DB, sel+" FROM action_call c"+conds, w.args, into...)
	for i := len(counts) - 1; i > 0; i-- {
		counts[i] -= counts[i-1]
	}
	return counts, err
}

// taskWho gives who does a task: whom it is assigned to, else the call's owner.
const taskWho = "CASE WHEN t.assignee <> 0 THEN t.assignee ELSE c.owner END"

// Tasks implements action.WorkStore.
func (d *DB) Tasks(ctx context.Context, f action.TaskFilter, today minori.Day, page minori.Page) ([]action.TaskOf, int, error) {
	w := callWhere(f.Calls, today)
	w.add("t.done = 0")
	if f.Who != nil {
		w.in(taskWho, f.Who)
	}
	if f.DueBy != nil {
		w.add("t.due <= ?", *f.DueBy)
	}
	from := " FROM action_call c JOIN action_task t ON t.call = c.id" + w.String()
	var total int
	if _, err := sqldb.One(ctx, d.DB, "SELECT COUNT(*)"+from, w.args, &total); err != nil {
		return nil, 0, err
	}
	tasks, err := sqldb.List(ctx, d.DB, func(r sqldb.Scanner, t *action.TaskOf) error {
		var title, after string
		if err := r.Scan(&t.ID, &t.Call, &t.Name, &title, &t.Due, &after, &t.Role, &t.Hours, &t.Assignee,
			&t.Subject.Kind, &t.Subject.ID, &t.Subject.Key, &t.RuleName, &t.Reason, &t.Owner, &t.Version); err != nil {
			return err
		}
		if err := sqldb.FromJSON(title, &t.Title); err != nil {
			return err
		}
		return sqldb.FromJSON(after, &t.After)
	}, `SELECT t.id, t.call, t.name, t.title, t.due, t.after_tasks, t.role, t.hours, t.assignee,
		c.subject_kind, c.subject, c.subject_key, c.rule_name, c.reason, c.owner, c.version`+from+
		" ORDER BY t.due, t.id LIMIT "+w.param(page.Size())+" OFFSET "+w.param(page.Offset), w.args...)
	return tasks, total, err
}

// CallLoads implements action.WorkStore.
func (d *DB) CallLoads(ctx context.Context, f action.Filter, today minori.Day) ([]action.Load, error) {
	f.Status = action.AnyOpen
	w := callWhere(f, today)
	conds := w.String()
	asleep := "c.status = 'snoozed' AND c.snoozed > " + w.param(today)
	awake := func(more string) string {
		return ", SUM(CASE WHEN NOT (" + asleep + ")" + more + " THEN 1 ELSE 0 END)"
	}
	return sqldb.List(ctx, d.DB, func(r sqldb.Scanner, l *action.Load) error {
		return r.Scan(&l.Person, &l.Open, &l.Overdue, &l.Slipping, &l.Snoozed)
	}, "SELECT c.owner"+awake("")+awake(" AND c.due < "+w.param(today))+awake(" AND c.due < "+w.param(today-action.SlipDays))+
		", SUM(CASE WHEN "+asleep+" THEN 1 ELSE 0 END) FROM action_call c"+conds+" GROUP BY c.owner ORDER BY c.owner", w.args...)
}

// TaskLoads implements action.WorkStore.
func (d *DB) TaskLoads(ctx context.Context, f action.Filter, today, by minori.Day) ([]action.Load, error) {
	w := callWhere(f, today)
	w.add("t.done = 0")
	w.add("t.due <= ?", by)
	return sqldb.List(ctx, d.DB, func(r sqldb.Scanner, l *action.Load) error {
		return r.Scan(&l.Person, &l.Tasks, &l.Hours, &l.Unsaid)
	}, "SELECT "+taskWho+` AS who, COUNT(*), COALESCE(SUM(t.hours), 0), SUM(CASE WHEN t.hours = 0 THEN 1 ELSE 0 END)
		FROM action_call c JOIN action_task t ON t.call = c.id`+w.String()+" GROUP BY 1 ORDER BY 1", w.args...)
}

// SaveWorked implements action.WorkStore.
func (d *DB) SaveWorked(ctx context.Context, v action.Worked, forget int64) error {
	if err := d.Exec(ctx, "DELETE FROM action_worked WHERE at < $1", forget); err != nil {
		return err
	}
	return d.Exec(ctx, `INSERT INTO action_worked (token, at, actor, change, calls, undone) VALUES ($1, $2, $3, $4, $5, $6)
		ON CONFLICT (token) DO UPDATE SET calls = excluded.calls, undone = excluded.undone`,
		v.Token, v.At, v.Actor, sqldb.ToJSON(v.Change), sqldb.ToJSON(v.Rows), sqldb.Flag(v.Undone))
}

// Worked implements action.WorkStore.
func (d *DB) Worked(ctx context.Context, token string) (action.Worked, bool, error) {
	v := action.Worked{Token: token}
	var change, rows string
	var undone int
	found, err := sqldb.One(ctx, d.DB, "SELECT at, actor, change, calls, undone FROM action_worked WHERE token = $1", []any{token},
		&v.At, &v.Actor, &change, &rows, &undone)
	if err != nil || !found {
		return v, false, err
	}
	v.Undone = undone != 0
	if err := sqldb.FromJSON(change, &v.Change); err != nil {
		return v, false, err
	}
	return v, true, sqldb.FromJSON(rows, &v.Rows)
}

// Relations implements evaluate.Records.
func (d *DB) Relations(ctx context.Context, deep []string, at int64, accounts []minori.ID) (map[minori.ID]evaluate.Relation, error) {
	out := map[minori.ID]evaluate.Relation{}
	const contacts = "SELECT account, COUNT(*), SUM(CASE WHEN LOWER(role) = 'sponsor' THEN 1 ELSE 0 END) FROM contact "
	count := func(r sqldb.Scanner) error {
		var id minori.ID
		var x evaluate.Relation
		err := r.Scan(&id, &x.Contacts, &x.Sponsors)
		out[id] = x
		return err
	}
	talks := "SELECT account, MAX(at) FROM interaction WHERE at <= $1 AND LOWER(type) IN ("
	args := []any{at}
	for _, t := range deep {
		if args = append(args, t); len(args) > 2 {
			talks += ", "
		}
		talks += sqldb.Param(len(args))
	}
	talked := func(r sqldb.Scanner) error {
		var id minori.ID
		var last int64
		err := r.Scan(&id, &last)
		x := out[id]
		x.Talked = last
		out[id] = x
		return err
	}
	if accounts == nil {
		if err := sqldb.Each(ctx, d.DB, contacts+"GROUP BY account", nil, count); err != nil {
			return nil, err
		}
		return out, sqldb.Each(ctx, d.DB, talks+") GROUP BY account", args, talked)
	}
	if err := sqldb.EachIn(ctx, d.DB, contacts+"WHERE account IN (?) GROUP BY account", nil, accounts, count); err != nil {
		return nil, err
	}
	return out, sqldb.EachIn(ctx, d.DB, talks+") AND account IN (?) GROUP BY account", args, accounts, talked)
}

// Expansions implements revenue.Store.
func (d *DB) Expansions(ctx context.Context, accounts []minori.ID, since minori.Day, limit int) ([]revenue.Entry, error) {
	const from = `SELECT id, account, day, currency, delta, after_arr, kind, recorded, reverses FROM ledger
		WHERE kind = 'expansion' AND reverses = 0 AND day >= $1 AND id NOT IN (SELECT reverses FROM ledger WHERE reverses <> 0 AND day >= $2)`
	const order = " ORDER BY day DESC, id DESC LIMIT "
	var out []revenue.Entry
	add := func(r sqldb.Scanner) error {
		var e revenue.Entry
		err := r.Scan(&e.ID, &e.Account, &e.Day, &e.Currency, &e.Delta, &e.After, &e.Kind, &e.Recorded, &e.Reverses)
		out = append(out, e)
		return err
	}
	if accounts == nil {
		err := sqldb.Each(ctx, d.DB, from+order+"$3", []any{since, since, limit}, add)
		return out, err
	}
	err := sqldb.EachIn(ctx, d.DB, from+" AND account IN (?)"+order+"$3", []any{since, since, limit}, accounts, add)
	slices.SortFunc(out, func(a, b revenue.Entry) int {
		return cmp.Or(cmp.Compare(b.Day, a.Day), cmp.Compare(b.ID, a.ID))
	})
	return out[:min(len(out), limit)], err
}
