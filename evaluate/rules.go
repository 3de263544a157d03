package evaluate

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	minori "github.com/minori-hq/minori"
	"github.com/minori-hq/minori/action"
	"github.com/minori-hq/minori/evaluate/program"
	"github.com/minori-hq/minori/metric"
	"github.com/minori-hq/minori/rule"
)

// handedOver says what a hand-over did.
type handedOver struct {
	transitions int
	opened      int
	at          time.Time   // when the transaction was committed
	openedFor   []minori.ID // subjects of the calls opened, each as often as calls
	stirred     []minori.ID // subjects of episodes that opened or ended
}

// stepped is a change of one (rule, subject).
type stepped struct {
	rule   *Rule
	before rule.Phase
	rule.Change
}

// handOver steps the rules and gives the records, in one transaction, the
// states, the effects of opened and ended episodes, and the mark of the cycle.
//
// A cycle over some subjects moves the last step of its rules for all: who was
// not touched stands as at the step before, and would not have moved. So an
// evaluation of an earlier as-of, whoever asks for it, steps nobody.
func (s *Service) handOver(ctx context.Context, c *computation, mark func(context.Context) error) (handedOver, error) {
	var out handedOver
	ids := make([]int64, len(c.prog.Rules))
	for i := range c.prog.Rules {
		ids[i] = c.prog.Rules[i].ID
	}
	standings, err := s.records.Standings(ctx, ids, c.only)
	if err != nil {
		return out, fmt.Errorf("reading rule states: %w", err)
	}
	changes, err := s.step(ctx, c, standings)
	if err != nil {
		return out, err
	}
	open, ended, err := s.effects(ctx, c, changes)
	if err != nil {
		return out, err
	}
	last := map[int64]int64{}
	for _, id := range ids {
		if c.asOf.Micros() > standings[id].Step {
			last[id] = c.asOf.Micros()
		}
	}
	states := make([]rule.State, len(changes))
	for i := range changes {
		states[i] = changes[i].State
		if changes[i].before != changes[i].State.Phase || changes[i].Opened {
			out.transitions++
		}
		if changes[i].Closed || changes[i].Opened {
			out.stirred = append(out.stirred, changes[i].State.Subject)
		}
	}
	err = s.records.InTx(ctx, func(ctx context.Context) error {
		if err := s.actions.Recover(ctx, ended); err != nil {
			return err
		}
		opened, err := s.actions.Open(ctx, open)
		if err != nil {
			return err
		}
		for i, o := range opened {
			if o.Created {
				out.opened++
				out.openedFor = append(out.openedFor, open[i].Subject.ID)
			}
		}
		if err := s.records.SaveStates(ctx, states, last); err != nil {
			return err
		}
		return mark(ctx)
	})
	if err != nil {
		return handedOver{}, fmt.Errorf("handing over to the records: %w", err)
	}
	out.at = s.clock()
	return out, nil
}

// conditions is the when and until columns of one rule.
type conditions struct {
	when  metric.Column
	until *metric.Column
}

// conditions reads the conditions of all rules of the computation.
func (c *computation) conditions(ctx context.Context) ([]conditions, error) {
	var names []string
	for i := range c.prog.Rules {
		r := &c.prog.Rules[i]
		names = append(names, program.WhenPrefix+r.Def.Name)
		if r.Until != nil {
			names = append(names, program.UntilPrefix+r.Def.Name)
		}
	}
	if len(names) == 0 {
		return nil, nil
	}
	_, cols, err := columns(ctx, c.second, names)
	if err != nil {
		return nil, err
	}
	out := make([]conditions, len(c.prog.Rules))
	at := 0
	for i := range c.prog.Rules {
		out[i].when = cols[at]
		at++
		if c.prog.Rules[i].Until != nil {
			out[i].until = &cols[at]
			at++
		}
	}
	return out, nil
}

// step moves every (rule, subject) forward and gives those that changed.
func (s *Service) step(ctx context.Context, c *computation, standings map[int64]rule.Standing) ([]stepped, error) {
	conds, err := c.conditions(ctx)
	if err != nil {
		return nil, err
	}
	var out []stepped
	for i := range c.prog.Rules {
		r := &c.prog.Rules[i]
		standing := standings[r.ID]
		for k, id := range c.subjects {
			when := conds[i].when.Value(k)
			state, has := standing.States[id]
			if !has {
				if when.Reason != metric.Known || when.Num == 0 {
					continue // inactive stays inactive
				}
				state = rule.State{Rule: r.ID, Subject: id, Phase: rule.Inactive}
			}
			state.Step = max(state.Step, standing.Step)
			var until metric.Value
			if conds[i].until != nil {
				until = conds[i].until.Value(k)
			} else {
				until = negated(when)
			}
			reason := holdReason(when, until)
			if strings.HasSuffix(state.HoldReason, named+reason) {
				reason = state.HoldReason // held on, because of what was named then
			}
			change, changed := rule.Step(r.Def, r.ID, state, c.asOf, c.prog.Location, when, until, reason)
			if changed {
				out = append(out, stepped{rule: r, before: state.Phase, Change: change})
			}
		}
	}
	if err := s.nameHolds(ctx, c, out); err != nil {
		return nil, err
	}
	return out, nil
}

// negated gives "does not hold"; unknown stays unknown.
func negated(v metric.Value) metric.Value {
	if v.Reason == metric.Known {
		v.Num = 1 - v.Num
	}
	return v
}

// holdReason gives why a condition is unknown.
func holdReason(when, until metric.Value) string {
	if when.Reason != metric.Known {
		return when.Reason.String()
	}
	return until.Reason.String()
}

// named stands between the input that holds a state and why it is unknown.
const named = ": "

// nameHolds puts the input that is unknown before the reason of holds that do
// not have it yet.
func (s *Service) nameHolds(ctx context.Context, c *computation, changes []stepped) error {
	held := map[*Rule][]int{}
	for i := range changes {
		st := &changes[i].State
		if st.HoldReason != "" && !strings.Contains(st.HoldReason, named) {
			held[changes[i].rule] = append(held[changes[i].rule], i)
		}
	}
	for r, at := range held {
		ids := make([]minori.ID, len(at))
		for k, i := range at {
			ids[k] = changes[i].State.Subject
		}
		inputs, err := c.inputsOf(ctx, r, ids)
		if err != nil {
			return err
		}
		for _, i := range at {
			st := &changes[i].State
			for _, in := range inputs[st.Subject] {
				if in.value.Reason != metric.Known {
					st.HoldReason = in.name + named + in.value.Reason.String()
					break
				}
			}
		}
	}
	return nil
}

// input is a value that a condition read.
type input struct {
	name  string
	value metric.Value
}

// evidence is the input as a call to action keeps it; ok is false for unknown.
func (in input) evidence() (action.Evidence, bool) {
	ev := action.Evidence{Name: in.name}
	switch in.value.Type {
	case metric.Text:
		ev.Text = &in.value.Text
	case metric.Bool:
		b := in.value.Num != 0
		ev.Bool = &b
	default:
		ev.Num = &in.value.Num
	}
	return ev, in.value.Reason == metric.Known
}

// inputsOf gives the values that a rule's conditions read, for some subjects.
func (c *computation) inputsOf(ctx context.Context, r *Rule, subjects []minori.ID) (map[minori.ID][]input, error) {
	inputs := c.stage.Inputs(r.When)
	if r.Until != nil {
		seen := map[string]bool{}
		for _, in := range inputs {
			seen[in.Name] = true
		}
		for _, in := range c.stage.Inputs(r.Until) {
			if !seen[in.Name] {
				inputs = append(inputs, in)
			}
		}
	}
	var names []string
	at := map[string]int{}
	for _, in := range inputs {
		for _, col := range in.Columns {
			if _, ok := at[col]; !ok {
				at[col] = len(names)
				names = append(names, col)
			}
		}
	}
	out := make(map[minori.ID][]input, len(subjects))
	if len(names) == 0 || len(subjects) == 0 {
		return out, nil
	}
	err := c.first.Each(ctx, subjects, names, func(b *metric.Batch) error {
		for k, id := range b.Subjects {
			for i := range inputs {
				values := make([]metric.Value, len(inputs[i].Columns))
				for n, col := range inputs[i].Columns {
					values[n] = b.Columns[at[col]].Value(k)
				}
				out[id] = append(out[id], input{name: inputs[i].Name, value: inputs[i].Value(values)})
			}
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("reading the values behind rule %s: %w", r.Def.Name, err)
	}
	return out, nil
}

// effects turns changes into requests to open calls and to mark them recovered.
func (s *Service) effects(ctx context.Context, c *computation, changes []stepped) ([]action.OpenRequest, []action.RecoverRequest, error) {
	var ended []action.RecoverRequest
	opened := map[*Rule][]stepped{}
	var order []*Rule
	var ids []minori.ID
	for _, ch := range changes {
		if ch.Closed {
			ended = append(ended, action.RecoverRequest{Rule: ch.rule.ID, Subject: ch.State.Subject, Episode: ch.State.Episode, AsOf: c.asOf})
		}
		if ch.Opened {
			if opened[ch.rule] == nil {
				order = append(order, ch.rule)
			}
			opened[ch.rule] = append(opened[ch.rule], ch)
			ids = append(ids, ch.State.Subject)
		}
	}
	subjects, err := s.records.Subjects(ctx, ids)
	if err != nil {
		return nil, nil, fmt.Errorf("reading subjects: %w", err)
	}
	var open []action.OpenRequest
	var errs []error
	for _, r := range order {
		reqs, err := c.requests(ctx, r, opened[r], subjects)
		open, errs = append(open, reqs...), append(errs, err)
	}
	return open, ended, errors.Join(errs...)
}

// requests makes the open requests of one rule's new episodes.
func (c *computation) requests(ctx context.Context, r *Rule, opened []stepped, subjects map[minori.ID]minori.Subject) ([]action.OpenRequest, error) {
	ids := make([]minori.ID, len(opened))
	for i := range opened {
		ids[i] = opened[i].State.Subject
	}
	values, err := c.inputsOf(ctx, r, ids)
	if err != nil {
		return nil, err
	}
	var out []action.OpenRequest
	for effect, e := range r.Def.Then {
		if e.CallToAction == nil {
			continue
		}
		owners, err := c.owners(ctx, r, effect, ids)
		if err != nil {
			return nil, err
		}
		for i := range opened {
			id := opened[i].State.Subject
			out = append(out, c.request(r, effect, opened[i], subjects[id], owners[id], values[id]))
		}
	}
	return out, nil
}

func (c *computation) request(r *Rule, effect int, ch stepped, subject minori.Subject, owners []string, values []input) action.OpenRequest {
	call := r.Def.Then[effect].CallToAction
	req := action.OpenRequest{
		Subject: subject, Rule: r.ID, RuleName: r.Def.Name, Effect: effect, Episode: ch.State.Episode,
		Call:   action.CallSpec{Type: call.Type, Reason: call.Reason, Priority: call.Priority, Due: int(call.Due), CloseOnEnd: call.OnRecovery == "close"},
		Owners: owners, AsOf: c.asOf,
	}
	for _, in := range values {
		if ev, ok := in.evidence(); ok {
			req.Evidence = append(req.Evidence, ev)
		}
	}
	if pb, ok := c.prog.Playbooks[call.Playbook]; ok {
		req.Playbook = &pb
	}
	return req
}

// owners gives the known values of the owner expressions by subject, in order.
func (c *computation) owners(ctx context.Context, r *Rule, effect int, ids []minori.ID) (map[minori.ID][]string, error) {
	out := map[minori.ID][]string{}
	if effect >= len(r.Owners) || len(r.Owners[effect]) == 0 {
		return out, nil
	}
	names := make([]string, len(r.Owners[effect]))
	for n := range names {
		names[n] = program.OwnerColumn(r, effect, n)
	}
	err := c.second.Each(ctx, ids, names, func(b *metric.Batch) error {
		for k, id := range b.Subjects {
			for i := range b.Columns {
				if v := b.Columns[i].Value(k); v.Reason == metric.Known && v.Text != "" {
					out[id] = append(out[id], v.Text)
				}
			}
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("reading the owners of rule %s: %w", r.Def.Name, err)
	}
	return out, nil
}
