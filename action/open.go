package action

import (
	"context"
	"fmt"

	minori "github.com/minori-hq/minori"
)

// slot is where at most one call may be open: one effect of a rule for a subject.
type slot struct {
	rule    int64
	effect  int
	subject minori.ID
}

// Open opens calls to action for episodes, in one transaction or the one in
// ctx. It may be repeated: an effect that was done before gives its call, and
// an episode whose rule and subject have an open call joins that.
func (s *Service) Open(ctx context.Context, reqs []OpenRequest) ([]Opened, error) {
	if len(reqs) == 0 {
		return nil, nil
	}
	out := make([]Opened, len(reqs))
	err := s.store.InTx(ctx, func(ctx context.Context) error {
		if err := s.store.LockRules(ctx); err != nil {
			return err
		}
		return s.open(ctx, reqs, out)
	})
	return out, err
}

// opening is the state of one call of Open.
type opening struct {
	out     []Opened
	present map[slot]int64 // open calls by slot
	made    map[int64]int  // new call → index into calls
	calls   []Call
	tasks   []Task
	joined  map[int][]int64 // by episode
	events  []Event
	effects map[string]int64
}

func (s *Service) open(ctx context.Context, reqs []OpenRequest, out []Opened) error {
	done, owners, o, err := s.lookUp(ctx, reqs)
	if err != nil {
		return err
	}
	o.out = out
	next, err := s.store.NewIDs(ctx, "call", len(reqs))
	if err != nil {
		return err
	}
	now := s.now()
	for i := range reqs {
		r := &reqs[i]
		key := r.Key()
		if r.Rule != 0 {
			if id, ok := done[key]; ok {
				out[i] = Opened{Call: id}
				continue
			}
		}
		at := slot{r.Rule, r.Effect, r.Subject.ID}
		if id, ok := o.present[at]; ok && r.Rule != 0 {
			o.join(i, r, id, now)
		} else {
			s.add(o, i, r, next, owners, now)
			o.present[at] = next
			next++
		}
		if r.Rule != 0 {
			o.effects[key], done[key] = out[i].Call, out[i].Call
		}
	}
	return s.write(ctx, o)
}

// lookUp reads in bulk what the requests meet: effects done before, open
// calls, persons named as owners.
func (s *Service) lookUp(ctx context.Context, reqs []OpenRequest) (done map[string]int64, owners map[string]minori.ID, o *opening, err error) {
	var keys, refs []string
	var rules []int64
	var subjects []minori.ID
	seen := map[int64]bool{}
	for i := range reqs {
		r := &reqs[i]
		refs = append(refs, r.Owners...)
		if r.Rule == 0 {
			continue
		}
		keys = append(keys, r.Key())
		subjects = append(subjects, r.Subject.ID)
		if !seen[r.Rule] {
			seen[r.Rule] = true
			rules = append(rules, r.Rule)
		}
	}
	if done, err = s.store.EffectCalls(ctx, keys); err != nil {
		return nil, nil, nil, err
	}
	if owners, err = s.store.PersonsByRef(ctx, refs); err != nil {
		return nil, nil, nil, err
	}
	open, err := s.store.OpenRuleCalls(ctx, rules, subjects)
	if err != nil {
		return nil, nil, nil, err
	}
	o = &opening{
		present: make(map[slot]int64, len(open)), made: map[int64]int{},
		joined: map[int][]int64{}, effects: map[string]int64{},
	}
	for _, c := range open {
		o.present[slot{c.Rule, c.Effect, c.Subject.ID}] = c.ID
	}
	return done, owners, o, nil
}

func (o *opening) join(i int, r *OpenRequest, id, now int64) {
	o.out[i] = Opened{Call: id, Joined: true}
	if j, mine := o.made[id]; mine {
		o.calls[j].Joined = r.Episode
	} else {
		o.joined[r.Episode] = append(o.joined[r.Episode], id)
	}
	o.events = append(o.events, Event{
		Call: id, At: now, Author: minori.System().Name, Kind: EventJoined, To: fmt.Sprint(r.Episode), Text: reasonText(r.Evidence),
	})
}

// add prepares a new call with its tasks.
func (s *Service) add(o *opening, i int, r *OpenRequest, id int64, owners map[string]minori.ID, now int64) {
	c := Call{
		ID: id, Version: 1, Subject: r.Subject, Rule: r.Rule, RuleName: r.RuleName, Effect: r.Effect,
		Episode: r.Episode, Joined: r.Episode, Type: r.Call.Type, Reason: r.Call.Reason, Priority: r.Call.Priority,
		Status: StatusNew, Due: s.cfg.Calendar.AddBusinessDays(r.AsOf.Day, r.Call.Due),
		OpenedAsOf: r.AsOf.Micros(), OpenedAt: now, CloseOnEnd: r.Call.CloseOnEnd, Evidence: r.Evidence,
	}
	for _, ref := range r.Owners {
		if p, ok := owners[ref]; ok {
			c.Owner = p
			break
		}
	}
	if r.Playbook != nil {
		c.Playbook = r.Playbook.Name
		for _, t := range r.Playbook.Tasks {
			o.tasks = append(o.tasks, Task{
				Call: id, Name: t.Name, Title: t.Title, After: t.After, Role: t.Role, Hours: t.Hours,
				Due: s.cfg.Calendar.AddBusinessDays(r.AsOf.Day, t.Due),
			})
		}
	}
	o.made[id] = len(o.calls)
	o.calls = append(o.calls, c)
	o.out[i] = Opened{Call: id, Created: true}
	o.events = append(o.events, Event{
		Call: id, At: now, Author: minori.System().Name, Kind: EventOpened, To: r.RuleName, Text: reasonText(r.Evidence),
	})
}

func (s *Service) write(ctx context.Context, o *opening) error {
	if err := s.store.InsertCalls(ctx, o.calls, o.tasks); err != nil {
		return err
	}
	for episode, ids := range o.joined {
		if err := s.store.JoinCalls(ctx, episode, ids); err != nil {
			return err
		}
	}
	if err := s.record(ctx, o.events); err != nil {
		return err
	}
	return s.store.SaveEffects(ctx, o.effects)
}

// reasonText writes evidence as one line: name = value, name = value.
func reasonText(ev []Evidence) string {
	s := ""
	for i, e := range ev {
		if i > 0 {
			s += ", "
		}
		s += e.Name + " = " + e.Value()
	}
	return s
}

// Value writes the value of the evidence; "?" when it was unknown.
func (e Evidence) Value() string {
	switch {
	case e.Num != nil:
		return fmt.Sprintf("%g", *e.Num)
	case e.Text != nil:
		return *e.Text
	case e.Bool != nil:
		return fmt.Sprint(*e.Bool)
	}
	return "?"
}

// Recover marks the open calls of ended episodes as recovered and closes
// those that say so. It may be repeated.
func (s *Service) Recover(ctx context.Context, reqs []RecoverRequest) error {
	if len(reqs) == 0 {
		return nil
	}
	type at struct {
		rule    int64
		subject minori.ID
	}
	ended := make(map[at]RecoverRequest, len(reqs))
	var rules []int64
	var subjects []minori.ID
	seen := map[int64]bool{}
	for _, r := range reqs {
		ended[at{r.Rule, r.Subject}] = r
		subjects = append(subjects, r.Subject)
		if !seen[r.Rule] {
			seen[r.Rule] = true
			rules = append(rules, r.Rule)
		}
	}
	return s.store.InTx(ctx, func(ctx context.Context) error {
		if err := s.store.LockRules(ctx); err != nil {
			return err
		}
		calls, err := s.store.OpenRuleCalls(ctx, rules, subjects)
		if err != nil {
			return err
		}
		recovered := map[int64][]int64{}
		var closing []int64
		var events []Event
		now, author := s.now(), minori.System().Name
		for _, c := range calls {
			r, ok := ended[at{c.Rule, c.Subject.ID}]
			if !ok || c.Recovered != 0 || c.Joined > r.Episode {
				continue
			}
			recovered[r.AsOf.Micros()] = append(recovered[r.AsOf.Micros()], c.ID)
			events = append(events, Event{Call: c.ID, At: now, Author: author, Kind: EventRecovered, To: r.AsOf.Day.String()})
			if c.CloseOnEnd {
				closing = append(closing, c.ID)
				events = append(events, Event{Call: c.ID, At: now, Author: author, Kind: EventClosed, From: string(c.Status), To: string(Success)})
			}
		}
		for asOf, ids := range recovered {
			if err := s.store.RecoverCalls(ctx, asOf, ids); err != nil {
				return err
			}
		}
		if err := s.store.CloseCalls(ctx, Success, now, closing); err != nil {
			return err
		}
		return s.record(ctx, events)
	})
}
