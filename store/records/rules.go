package records

import (
	"context"
	"github.com/minori-hq/minori/account"
	"github.com/minori-hq/minori/store/records/sqldb"
	"slices"

	minori "github.com/minori-hq/minori"
	"github.com/minori-hq/minori/evaluate"
	"github.com/minori-hq/minori/rule"
)

func sorted(ids []minori.ID) []minori.ID {
	ids = unique(ids)
	slices.Sort(ids)
	return ids
}

// Standings gives what is stored of rules by their ids, with the states of some
// subjects (nil: of all); rules never stepped have no states and step 0.
func (d *DB) Standings(ctx context.Context, rules []int64, subjects []minori.ID) (map[int64]rule.Standing, error) {
	out := make(map[int64]rule.Standing, len(rules))
	for _, id := range rules {
		out[id] = rule.Standing{Rule: id, States: map[minori.ID]rule.State{}}
	}
	err := sqldb.EachIn(ctx, d.DB, "SELECT rule, step FROM rule_standing WHERE rule IN (?)", nil, rules, func(r sqldb.Scanner) error {
		var id, step int64
		if err := r.Scan(&id, &step); err != nil {
			return err
		}
		st := out[id]
		st.Step = step
		out[id] = st
		return nil
	})
	if err != nil {
		return nil, err
	}
	const states = "SELECT rule, subject, phase, since, episode, ended, step, hold_since, hold_reason FROM rule_state WHERE "
	add := func(r sqldb.Scanner) error {
		var s rule.State
		if err := r.Scan(&s.Rule, &s.Subject, &s.Phase, &s.Since, &s.Episode, &s.Ended, &s.Step, &s.HoldSince, &s.HoldReason); err != nil {
			return err
		}
		if of, ok := out[s.Rule]; ok {
			of.States[s.Subject] = s
		}
		return nil
	}
	if subjects == nil {
		return out, sqldb.EachIn(ctx, d.DB, states+"rule IN (?)", nil, rules, add)
	}
	return out, sqldb.EachIn(ctx, d.DB, states+"subject IN (?)", nil, subjects, add)
}

// Due gives the subjects of a rule that wait for nothing but the clock, and for
// which it came to pass after one instant and up to another: pending for as
// long as the rule asks, and its cooldown over. Those held by an unknown
// condition are left out.
func (d *DB) Due(ctx context.Context, r rule.Clock, after, upTo int64) ([]minori.ID, error) {
	return sqldb.List(ctx, d.DB, func(row sqldb.Scanner, id *minori.ID) error { return row.Scan(id) },
		`SELECT subject FROM rule_state WHERE rule = $1 AND phase = 'pending' AND hold_since = 0 AND since <= $2 AND (ended = 0 OR ended <= $3)
		AND (since > $4 OR ended > $5) ORDER BY subject`, r.Rule, upTo-r.For, upTo-r.Cooldown, after-r.For, after-r.Cooldown)
}

// BeginPartial notes that a cycle over some subjects is about to be stored, so
// that it is handed over even if the process ends before.
func (d *DB) BeginPartial(ctx context.Context, kind minori.SubjectKind, asOf int64, subjects []minori.ID) error {
	return d.Exec(ctx, `INSERT INTO partial_cycle (kind, as_of, subjects) VALUES ($1, $2, $3)
		ON CONFLICT (kind, as_of) DO UPDATE SET subjects = excluded.subjects`, string(kind), asOf, sqldb.ToJSON(subjects))
}

// EndPartial notes that the effects of a cycle over some subjects are in the
// records.
func (d *DB) EndPartial(ctx context.Context, kind minori.SubjectKind, asOf int64) error {
	return d.Exec(ctx, "DELETE FROM partial_cycle WHERE kind = $1 AND as_of = $2", string(kind), asOf)
}

// Partials gives the cycles over some subjects that were not handed over,
// oldest first.
func (d *DB) Partials(ctx context.Context) ([]evaluate.Partial, error) {
	return sqldb.List(ctx, d.DB, func(r sqldb.Scanner, p *evaluate.Partial) error {
		var subjects string
		if err := r.Scan(&p.Kind, &p.At, &subjects); err != nil {
			return err
		}
		return sqldb.FromJSON(subjects, &p.Subjects)
	}, "SELECT kind, as_of, subjects FROM partial_cycle ORDER BY as_of, kind")
}

// SaveStates stores states, and the as-of of the last full step by rule. What
// is stored of a later step stays.
func (d *DB) SaveStates(ctx context.Context, states []rule.State, fullStep map[int64]int64) error {
	return d.InTx(ctx, func(ctx context.Context) error {
		err := d.Insert(ctx, "INSERT INTO rule_state (rule, subject, phase, since, episode, ended, step, hold_since, hold_reason) VALUES ",
			`ON CONFLICT (rule, subject) DO UPDATE SET phase = excluded.phase, since = excluded.since, episode = excluded.episode,
			ended = excluded.ended, step = excluded.step, hold_since = excluded.hold_since, hold_reason = excluded.hold_reason
			WHERE excluded.step >= rule_state.step`, len(states), 9, func(i int, args []any) []any {
				s := &states[i]
				return append(args, s.Rule, s.Subject, string(s.Phase), s.Since, s.Episode, s.Ended, s.Step, s.HoldSince, s.HoldReason)
			})
		if err != nil {
			return err
		}
		rules := make([]int64, 0, len(fullStep))
		for id := range fullStep {
			rules = append(rules, id)
		}
		slices.Sort(rules)
		return d.Insert(ctx, "INSERT INTO rule_standing (rule, step) VALUES ",
			"ON CONFLICT (rule) DO UPDATE SET step = excluded.step WHERE excluded.step > rule_standing.step", len(rules), 2,
			func(i int, args []any) []any { return append(args, rules[i], fullStep[rules[i]]) })
	})
}

// MarkHandedOver notes that the effects of a cycle are in the records.
func (d *DB) MarkHandedOver(ctx context.Context, cycle, asOf int64) error {
	return d.Exec(ctx, `INSERT INTO cycle_done (cycle, at) VALUES ($1, $2)
		ON CONFLICT (cycle) DO UPDATE SET at = excluded.at`, cycle, asOf)
}

// HandedOver reports which of the cycles are noted as handed over.
func (d *DB) HandedOver(ctx context.Context, cycles []int64) (map[int64]bool, error) {
	out := make(map[int64]bool, len(cycles))
	err := sqldb.EachIn(ctx, d.DB, "SELECT cycle FROM cycle_done WHERE cycle IN (?)", nil, cycles, func(r sqldb.Scanner) error {
		var id int64
		if err := r.Scan(&id); err != nil {
			return err
		}
		out[id] = true
		return nil
	})
	return out, err
}

// Subjects gives subjects by surrogate key; unknown ones are left out.
func (d *DB) Subjects(ctx context.Context, ids []minori.ID) (map[minori.ID]minori.Subject, error) {
	labels, err := d.Labels(ctx, ids)
	if err != nil {
		return nil, err
	}
	out := make(map[minori.ID]minori.Subject, len(labels))
	for id, l := range labels {
		out[id] = minori.Subject{Kind: l.Kind, ID: id, Key: l.Key}
	}
	return out, nil
}

// PhaseCounts counts the subjects of a scope by phase for rules; inactive ones
// are not counted.
func (d *DB) PhaseCounts(ctx context.Context, rules []int64, scope account.Scope) (map[int64]map[rule.Phase]int, error) {
	out := make(map[int64]map[rule.Phase]int, len(rules))
	for _, id := range rules {
		out[id] = map[rule.Phase]int{}
	}
	err := sqldb.EachIn(ctx, d.DB, "SELECT rule, phase, COUNT(*) FROM rule_state WHERE phase <> 'inactive' AND "+sqldb.Within(scope, "subject")+" AND rule IN (?) GROUP BY rule, phase", nil, rules, func(r sqldb.Scanner) error {
		var id int64
		var phase rule.Phase
		var n int
		if err := r.Scan(&id, &phase, &n); err != nil {
			return err
		}
		out[id][phase] = n
		return nil
	})
	return out, err
}
