package records

import (
	"context"
	"github.com/minori-hq/minori/store/records/sqldb"
	"strconv"
	"strings"

	minori "github.com/minori-hq/minori"
	"github.com/minori-hq/minori/action"
)

var _ action.Store = (*DB)(nil)

// EffectCalls implements action.Store.
func (d *DB) EffectCalls(ctx context.Context, keys []string) (map[string]int64, error) {
	out := make(map[string]int64, len(keys))
	err := sqldb.EachIn(ctx, d.DB, "SELECT key, call FROM effect WHERE key IN (?)", nil, keys, func(r sqldb.Scanner) error {
		var key string
		var id int64
		if err := r.Scan(&key, &id); err != nil {
			return err
		}
		out[key] = id
		return nil
	})
	return out, err
}

// SaveEffects implements action.Store.
func (d *DB) SaveEffects(ctx context.Context, calls map[string]int64) error {
	keys := make([]string, 0, len(calls))
	for k := range calls {
		keys = append(keys, k)
	}
	return d.Insert(ctx, "INSERT INTO effect (key, call) VALUES ", "", len(keys), 2, func(i int, args []any) []any {
		return append(args, keys[i], calls[keys[i]])
	})
}

const callColumns = `c.id, c.version, c.subject_kind, c.subject, c.subject_key, c.rule, c.rule_name, c.effect, c.episode, c.joined,
	c.type, c.reason, c.priority, c.status, c.snoozed, c.outcome, c.owner, c.due, c.opened_as_of, c.opened_at,
	c.recovered, c.closed_at, c.close_on_end, c.playbook, c.evidence`

const callTasks = `, (SELECT COUNT(*) FROM action_task t WHERE t.call = c.id), (SELECT COUNT(*) FROM action_task t WHERE t.call = c.id AND t.done = 1)`

func scanCall(r sqldb.Scanner, c *action.Call) error {
	var closes int
	var evidence string
	if err := r.Scan(&c.ID, &c.Version, &c.Subject.Kind, &c.Subject.ID, &c.Subject.Key, &c.Rule, &c.RuleName, &c.Effect, &c.Episode, &c.Joined,
		&c.Type, &c.Reason, &c.Priority, &c.Status, &c.Snoozed, &c.Outcome, &c.Owner, &c.Due, &c.OpenedAsOf, &c.OpenedAt,
		&c.Recovered, &c.ClosedAt, &closes, &c.Playbook, &evidence, &c.TaskCount, &c.TasksDone); err != nil {
		return err
	}
	c.CloseOnEnd = closes != 0
	return sqldb.FromJSON(evidence, &c.Evidence)
}

// urgency orders priorities, the most urgent first.
func urgency(priority string) int {
	switch priority {
	case "urgent":
		return 0
	case "high":
		return 1
	case "medium":
		return 2
	case "low":
		return 3
	}
	return 4
}

// OpenRuleCalls implements action.Store.
func (d *DB) OpenRuleCalls(ctx context.Context, rules []int64, subjects []minori.ID) ([]action.Call, error) {
	var out []action.Call
	for _, rule := range rules {
		err := sqldb.EachIn(ctx, d.DB, "SELECT "+callColumns+`, 0, 0 FROM action_call c
			WHERE c.rule = $1 AND c.rule <> 0 AND c.status <> 'closed' AND c.subject IN (?) ORDER BY c.id`, []any{rule}, sorted(subjects),
			func(r sqldb.Scanner) error {
				var c action.Call
				if err := scanCall(r, &c); err != nil {
					return err
				}
				out = append(out, c)
				return nil
			})
		if err != nil {
			return nil, err
		}
	}
	return out, nil
}

// InsertCalls implements action.Store.
func (d *DB) InsertCalls(ctx context.Context, calls []action.Call, tasks []action.Task) error {
	head := "INSERT INTO action_call (" + strings.ReplaceAll(callColumns, "c.", "") + ", urgency) VALUES "
	err := d.Insert(ctx, head, "", len(calls), 26, func(i int, args []any) []any {
		c := &calls[i]
		return append(args, c.ID, c.Version, string(c.Subject.Kind), c.Subject.ID, c.Subject.Key, c.Rule, c.RuleName, c.Effect, c.Episode, c.Joined,
			c.Type, c.Reason, c.Priority, string(c.Status), c.Snoozed, string(c.Outcome), c.Owner, c.Due, c.OpenedAsOf, c.OpenedAt,
			c.Recovered, c.ClosedAt, sqldb.Flag(c.CloseOnEnd), c.Playbook, sqldb.ToJSON(c.Evidence), urgency(c.Priority))
	})
	if err != nil {
		return err
	}
	first, err := d.NewIDs(ctx, "task", len(tasks))
	if err != nil {
		return err
	}
	return d.Insert(ctx, "INSERT INTO action_task (id, call, name, title, due, after_tasks, role, hours, assignee, done, done_at, done_by) VALUES ", "",
		len(tasks), 12, func(i int, args []any) []any {
			t := &tasks[i]
			return append(args, first+int64(i), t.Call, t.Name, sqldb.ToJSON(t.Title), t.Due, namesText(t.After), t.Role, t.Hours, t.Assignee,
				sqldb.Flag(t.Done), t.DoneAt, t.DoneBy)
		})
}

// JoinCalls implements action.Store.
func (d *DB) JoinCalls(ctx context.Context, episode int, ids []int64) error {
	return sqldb.ExecIn(ctx, d.DB, "UPDATE action_call SET joined = $1, recovered = 0, version = version + 1 WHERE id IN (?)", []any{episode}, ids)
}

// RecoverCalls implements action.Store.
func (d *DB) RecoverCalls(ctx context.Context, at int64, ids []int64) error {
	return sqldb.ExecIn(ctx, d.DB, "UPDATE action_call SET recovered = $1, version = version + 1 WHERE id IN (?)", []any{at}, ids)
}

// CloseCalls implements action.Store.
func (d *DB) CloseCalls(ctx context.Context, outcome action.Outcome, at int64, ids []int64) error {
	return sqldb.ExecIn(ctx, d.DB, `UPDATE action_call SET status = 'closed', snoozed = NULL, outcome = $1, closed_at = $2, version = version + 1
		WHERE status <> 'closed' AND id IN (?)`, []any{string(outcome), at}, ids)
}

// SaveCall implements action.Store.
func (d *DB) SaveCall(ctx context.Context, c action.Call) (bool, error) {
	n, err := d.Affect(ctx, `UPDATE action_call SET version = version + 1, status = $1, snoozed = $2, outcome = $3, owner = $4,
		due = $5, closed_at = $6, priority = $7, urgency = $8 WHERE id = $9 AND version = $10`,
		string(c.Status), c.Snoozed, string(c.Outcome), c.Owner, c.Due, c.ClosedAt, c.Priority, urgency(c.Priority), c.ID, c.Version)
	return n == 1, err
}

// AppendEvents implements action.Store.
func (d *DB) AppendEvents(ctx context.Context, events []action.Event) error {
	first, err := d.NewIDs(ctx, "event", len(events))
	if err != nil {
		return err
	}
	return d.Insert(ctx, "INSERT INTO action_event (id, call, at, author, kind, from_text, to_text, text) VALUES ", "", len(events), 8,
		func(i int, args []any) []any {
			e := &events[i]
			return append(args, first+int64(i), e.Call, e.At, e.Author, e.Kind, e.From, e.To, e.Text)
		})
}

// maxLog bounds the events read with one call, the newest being kept.
const maxLog = 1000

// Call implements action.Store.
func (d *DB) Call(ctx context.Context, id int64) (action.Call, error) {
	calls, err := sqldb.List(ctx, d.DB, scanCall, "SELECT "+callColumns+callTasks+" FROM action_call c WHERE c.id = $1", id)
	if err != nil {
		return action.Call{}, err
	}
	if len(calls) == 0 {
		return action.Call{}, minori.Errorf(minori.NotFound, "there is no call to action %d", id)
	}
	c := calls[0]
	c.Tasks, err = sqldb.List(ctx, d.DB, func(r sqldb.Scanner, t *action.Task) error {
		var title, after string
		var done int
		if err := r.Scan(&t.ID, &t.Call, &t.Name, &title, &t.Due, &after, &t.Role, &t.Hours, &t.Assignee, &done, &t.DoneAt, &t.DoneBy); err != nil {
			return err
		}
		t.Done = done != 0
		if err := sqldb.FromJSON(title, &t.Title); err != nil {
			return err
		}
		return sqldb.FromJSON(after, &t.After)
	}, `SELECT id, call, name, title, due, after_tasks, role, hours, assignee, done, done_at, done_by
		FROM action_task WHERE call = $1 ORDER BY id`, id)
	if err != nil {
		return action.Call{}, err
	}
	c.Log, err = sqldb.List(ctx, d.DB, func(r sqldb.Scanner, e *action.Event) error {
		return r.Scan(&e.ID, &e.Call, &e.At, &e.Author, &e.Kind, &e.From, &e.To, &e.Text)
	}, `SELECT * FROM (SELECT id, call, at, author, kind, from_text, to_text, text
		FROM action_event WHERE call = $1 ORDER BY id DESC LIMIT $2) newest ORDER BY id`, id, maxLog)
	return c, err
}

// SaveTask implements action.Store.
func (d *DB) SaveTask(ctx context.Context, t action.Task) error {
	return d.Exec(ctx, "UPDATE action_task SET assignee = $1, done = $2, done_at = $3, done_by = $4 WHERE id = $5",
		t.Assignee, sqldb.Flag(t.Done), t.DoneAt, t.DoneBy, t.ID)
}

// where gathers conditions with their parameters.
type where struct {
	conds []string
	args  []any
}

// add adds a condition; each ? stands for the next argument.
func (w *where) add(cond string, args ...any) {
	for _, a := range args {
		w.args = append(w.args, a)
		cond = strings.Replace(cond, "?", "$"+strconv.Itoa(len(w.args)), 1)
	}
	w.conds = append(w.conds, cond)
}

// String writes the WHERE clause, "" without conditions.
func (w *where) String() string {
	if len(w.conds) == 0 {
		return ""
	}
	return " WHERE " + strings.Join(w.conds, " AND ")
}

func callWhere(f action.Filter, today minori.Day) where {
	var w where
	w.add(sqldb.Within(f.Scope, "c.subject"))
	switch f.Status {
	case action.AnyOpen:
		w.add("c.status <> 'closed'")
	case action.AnyAwake:
		w.add("c.status <> 'closed'")
		w.add("NOT (c.status = 'snoozed' AND c.snoozed > ?)", today)
	case action.StatusSnoozed:
		w.add("c.status = 'snoozed' AND c.snoozed > ?", today)
	case action.StatusInProgress:
		w.add("(c.status = 'in_progress' OR c.status = 'snoozed' AND c.snoozed <= ?)", today)
	case "":
	default:
		w.add("c.status = ?", string(f.Status))
	}
	if f.Owner != 0 {
		w.add("c.owner = ?", f.Owner)
	}
	if f.Owners != nil {
		w.in("c.owner", f.Owners)
	}
	if f.Unowned {
		w.add("c.owner = 0")
	}
	if f.Subject != 0 {
		w.add("c.subject = ?", f.Subject)
	}
	if f.DueBy != nil {
		w.add("c.due <= ?", *f.DueBy)
	}
	if f.WakesBy != nil {
		w.add("c.status = 'snoozed' AND c.snoozed > ?", today)
		w.add("c.snoozed <= ?", *f.WakesBy)
	}
	if f.Closed != 0 {
		w.add("c.closed_at <> 0 AND c.closed_at >= ?", f.Closed)
	}
	if f.Recovered != 0 {
		w.add("c.recovered <> 0 AND c.recovered >= ?", f.Recovered)
	}
	for column, value := range map[string]string{"type": f.Type, "rule_name": f.Rule, "priority": f.Priority, "outcome": string(f.Outcome)} {
		if value != "" {
			w.add("c."+column+" = ?", value)
		}
	}
	return w
}

// Calls implements action.Store.
func (d *DB) Calls(ctx context.Context, f action.Filter, today minori.Day, page minori.Page) ([]action.Call, int, error) {
	w := callWhere(f, today)
	var total int
	if _, err := sqldb.One(ctx, d.DB, "SELECT COUNT(*) FROM action_call c"+w.String(), w.args, &total); err != nil {
		return nil, 0, err
	}
	order := "c.due, c.urgency, c.id"
	switch f.Sort {
	case action.ByPriority:
		order = "c.urgency, c.due, c.id"
	case action.ByOpened:
		order = "c.opened_as_of DESC, c.id DESC"
	case action.ByClosed:
		order = "c.closed_at DESC, c.id DESC"
	case action.ByRecovery:
		order = "c.recovered DESC, c.id DESC"
	case action.BySubject:
		order = "c.subject_key, c.id"
	}
	n := len(w.args)
	calls, err := sqldb.List(ctx, d.DB, scanCall, "SELECT "+callColumns+callTasks+" FROM action_call c"+w.String()+
		" ORDER BY "+order+" LIMIT $"+strconv.Itoa(n+1)+" OFFSET $"+strconv.Itoa(n+2), append(w.args, page.Size(), page.Offset)...)
	return calls, total, err
}

// OpenCounts implements action.Store.
func (d *DB) OpenCounts(ctx context.Context, kind minori.SubjectKind, subjects []minori.ID) (map[string]map[minori.ID]int, error) {
	out := map[string]map[minori.ID]int{"": {}}
	const open = "SELECT type, subject, COUNT(*) FROM action_call WHERE status <> 'closed' AND subject_kind = $1"
	const by = " GROUP BY type, subject"
	add := func(r sqldb.Scanner) error {
		var typ string
		var subject minori.ID
		var n int
		if err := r.Scan(&typ, &subject, &n); err != nil {
			return err
		}
		if out[typ] == nil {
			out[typ] = map[minori.ID]int{}
		}
		out[typ][subject] += n
		if typ != "" {
			out[""][subject] += n
		}
		return nil
	}
	if subjects == nil {
		return out, sqldb.Each(ctx, d.DB, open+by, []any{string(kind)}, add)
	}
	return out, sqldb.EachIn(ctx, d.DB, open+" AND subject IN (?)"+by, []any{string(kind)}, subjects, add)
}

// InsertOverride implements action.OverrideStore.
func (d *DB) InsertOverride(ctx context.Context, o action.Override) error {
	id, err := d.NewIDs(ctx, "override", 1)
	if err != nil {
		return err
	}
	return d.Exec(ctx, `INSERT INTO score_override (id, subject, scorecard, value, reason, author, from_at, until_at, cleared, cleared_by)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, 0, '')`, id, o.Subject, o.Scorecard, o.Value, o.Reason, o.Author, o.From, o.Until)
}

// EndOverrides implements action.OverrideStore.
func (d *DB) EndOverrides(ctx context.Context, subject minori.ID, scorecard string, at int64, by string) (int, error) {
	n, err := d.Affect(ctx, `UPDATE score_override SET cleared = $1, cleared_by = $2
		WHERE subject = $3 AND scorecard = $4 AND until_at > $5 AND (cleared = 0 OR cleared > $6)`, at, by, subject, scorecard, at, at)
	return int(n), err
}

const overrideColumns = "SELECT id, subject, scorecard, value, reason, author, from_at, until_at, cleared, cleared_by FROM score_override "

func scanOverride(r sqldb.Scanner, o *action.Override) error {
	return r.Scan(&o.ID, &o.Subject, &o.Scorecard, &o.Value, &o.Reason, &o.Author, &o.From, &o.Until, &o.Cleared, &o.ClearedBy)
}

// OverridesAt implements action.OverrideStore.
func (d *DB) OverridesAt(ctx context.Context, scorecard string, at int64, subjects []minori.ID) (map[minori.ID]action.Override, error) {
	out := map[minori.ID]action.Override{}
	const in = overrideColumns + "WHERE scorecard = $1 AND from_at <= $2 AND until_at > $3 AND (cleared = 0 OR cleared > $4)"
	args := []any{scorecard, at, at, at}
	add := func(r sqldb.Scanner) error {
		var o action.Override
		err := scanOverride(r, &o)
		out[o.Subject] = o
		return err
	}
	if subjects == nil {
		return out, sqldb.Each(ctx, d.DB, in+" ORDER BY id", args, add)
	}
	return out, sqldb.EachIn(ctx, d.DB, in+" AND subject IN (?) ORDER BY id", args, subjects, add)
}

// OverridesMoved implements action.OverrideStore.
func (d *DB) OverridesMoved(ctx context.Context, after, upTo int64) ([]action.OverrideMove, error) {
	return sqldb.List(ctx, d.DB, func(r sqldb.Scanner, m *action.OverrideMove) error { return r.Scan(&m.Subject, &m.At) },
		`SELECT subject, from_at FROM score_override WHERE from_at > $1 AND from_at <= $2
		UNION SELECT subject, until_at FROM score_override WHERE until_at > $3 AND until_at <= $4
		UNION SELECT subject, cleared FROM score_override WHERE cleared <> 0 AND cleared > $5 AND cleared <= $6 ORDER BY 1, 2`, after, upTo, after, upTo, after, upTo)
}

// Overrides implements action.OverrideStore.
func (d *DB) Overrides(ctx context.Context, subject minori.ID, page minori.Page) ([]action.Override, error) {
	return sqldb.List(ctx, d.DB, scanOverride, overrideColumns+"WHERE subject = $1 ORDER BY from_at DESC, id DESC LIMIT $2 OFFSET $3",
		subject, page.Size(), page.Offset)
}
