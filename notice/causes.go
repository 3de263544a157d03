package notice

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"

	minori "github.com/minori-hq/minori"
	"github.com/minori-hq/minori/account/profile"
	"github.com/minori-hq/minori/action"
)

// key makes the key of a notice from its cause.
func key(k Kind, parts ...any) string {
	words := []string{string(k)}
	for _, p := range parts {
		words = append(words, fmt.Sprint(p))
	}
	return strings.Join(words, "/")
}

// CallsChanged tells owners of their new calls, and employees that a comment
// mentions. It runs in the transaction of the change.
func (s *Service) CallsChanged(ctx context.Context, events []action.Event) error {
	var ids []int64
	for _, e := range events {
		if e.Kind == action.EventOpened || e.Kind == action.EventOwner || e.Kind == action.EventComment || e.Kind == action.EventClosed {
			ids = append(ids, e.Call)
		}
	}
	if len(ids) == 0 {
		return nil
	}
	calls, err := s.store.CallsByID(ctx, ids)
	if err != nil {
		return err
	}
	self, err := s.authors(ctx, events)
	if err != nil {
		return err
	}
	var list []Notice
	for _, e := range events {
		c, ok := calls[e.Call]
		if !ok {
			continue
		}
		switch e.Kind {
		case action.EventOpened:
			list = s.assigned(list, &c, c.Owner, self[e.Author], e)
		case action.EventOwner:
			if id, err := strconv.ParseInt(e.To, 10, 64); err == nil {
				list = s.assigned(list, &c, minori.ID(id), self[e.Author], e)
			}
		case action.EventComment, action.EventClosed:
			if list, err = s.mentioned(ctx, list, &c, self[e.Author], e); err != nil {
				return err
			}
		}
	}
	return s.add(ctx, list)
}

// authors gives the employees that the authors of events are, as far as they
// are some: nobody is told what they did themselves.
func (s *Service) authors(ctx context.Context, events []action.Event) (map[string]minori.ID, error) {
	var names []string
	for _, e := range events {
		if name := author(e.Author); name != "" && !slices.Contains(names, name) {
			names = append(names, name)
		}
	}
	if len(names) == 0 {
		return nil, nil
	}
	return s.store.PersonsByRef(ctx, names)
}

// assigned adds the notice of a call that is somebody's now.
func (s *Service) assigned(list []Notice, c *action.Call, owner, self minori.ID, e action.Event) []Notice {
	if owner == 0 || owner == self {
		return list
	}
	n := about(Assigned, c, owner, e.At)
	n.Key, n.Author = key(Assigned, c.ID, int64(owner), e.At), author(e.Author)
	return append(list, n)
}

// about begins a notice about a call.
func about(k Kind, c *action.Call, owner minori.ID, at int64) Notice {
	return Notice{Kind: k, Person: owner, At: at, Subject: c.Subject.ID, Call: c.ID, Detail: Detail{Text: c.Reason, Rule: c.RuleName, Due: c.Due}}
}

// author leaves out the program itself.
func author(name string) string {
	if name == minori.System().Name {
		return ""
	}
	return name
}

func (s *Service) mentioned(ctx context.Context, list []Notice, c *action.Call, self minori.ID, e action.Event) ([]Notice, error) {
	refs, _ := profile.Mentioned(e.Text)
	if len(refs) == 0 {
		return list, nil
	}
	known, err := s.store.PersonsByRef(ctx, refs)
	if err != nil {
		return nil, err
	}
	told := map[minori.ID]bool{self: true}
	for _, p := range known {
		if told[p] {
			continue
		}
		told[p] = true
		n := about(Mention, c, p, e.At)
		n.Key, n.Author, n.Detail = key(Mention, "call", c.ID, int64(p), e.At), author(e.Author), Detail{Text: excerpt(e.Text)}
		list = append(list, n)
	}
	return list, nil
}

// recent is how old an as-of may be for its falls to be news, in days.
const recent = 7

// ScoresFell tells the CSMs of accounts whose score went to a lower band. What
// an evaluation of a day long past finds is no news.
func (s *Service) ScoresFell(ctx context.Context, day minori.Day, falls []Fall) error {
	if day < s.today()-recent || len(falls) == 0 {
		return nil
	}
	ids := make([]minori.ID, len(falls))
	for i := range falls {
		ids[i] = falls[i].Subject
	}
	owners, err := s.store.OwnersOf(ctx, ids)
	if err != nil {
		return err
	}
	var list []Notice
	for _, f := range falls {
		if owner := owners[f.Subject]; owner != 0 {
			list = append(list, Notice{Key: key(Fell, f.Scorecard, int64(f.Subject), day, f.To), Kind: Fell, Person: owner, At: s.now(), Subject: f.Subject,
				Detail: Detail{Scorecard: f.Scorecard, From: f.From, To: f.To}})
		}
	}
	return s.add(ctx, list)
}

// batch is how many calls the sweep reads at once.
const batch = 500

// Sweep tells of what comes by itself, calls due and imports with rejects, and
// forgets what is old. It may run at any time and as often as one likes.
func (s *Service) Sweep(ctx context.Context) error {
	if err := s.due(ctx); err != nil {
		return err
	}
	if err := s.imports(ctx); err != nil {
		return err
	}
	return s.store.Trim(ctx, s.now()-KeepDays*24*3600*1e6, KeepEach)
}

func (s *Service) due(ctx context.Context) error {
	today := s.today()
	for after := int64(0); ; {
		calls, err := s.store.DueCalls(ctx, today, after, batch)
		if err != nil || len(calls) == 0 {
			return err
		}
		list := make([]Notice, len(calls))
		for i := range calls {
			c, k := &calls[i], Due
			if c.Due < today {
				k = Overdue
			}
			list[i] = about(k, c, c.Owner, s.now())
			list[i].Key = key(k, c.ID, int64(c.Owner), c.Due)
		}
		if err := s.add(ctx, list); err != nil {
			return err
		}
		after = calls[len(calls)-1].ID
	}
}

// imports tells who may configure of imports of the last days that left rows
// out.
func (s *Service) imports(ctx context.Context) error {
	runs, err := s.store.RejectedImports(ctx, s.now()-recent*24*3600*1e6)
	if err != nil {
		return err
	}
	list := make([]Notice, len(runs))
	for i, r := range runs {
		list[i] = Notice{Key: key(Rejects, r.ID), Kind: Rejects, At: r.Finished, Author: r.Actor, Detail: Detail{Text: r.Source, Rows: r.Rows}}
	}
	return s.add(ctx, list)
}

// WebhookStopped tells who may configure that an endpoint of webhooks was
// disabled, and why. It runs in the transaction in which it was.
func (s *Service) WebhookStopped(ctx context.Context, id int64, url, why string) error {
	return s.add(ctx, []Notice{{Key: key(Webhook, id, s.now()), Kind: Webhook, At: s.now(), Detail: Detail{Text: why, Webhook: id, To: url}}})
}
