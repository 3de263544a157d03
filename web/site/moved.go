package site

import (
	"cmp"
	"context"
	"math"
	"slices"

	minori "github.com/minori-hq/minori"
	"github.com/minori-hq/minori/evaluate"
	"github.com/minori-hq/minori/scorecard"
	"github.com/minori-hq/minori/web/ui"
)

// moversRead is how many of the largest moves are looked through for those
// that went into red or out of it.
const moversRead = 500

// Moved is the accounts whose main score moved most within the last week.
type Moved struct {
	From, To minori.Day // 0 without two evaluations to compare
	Rows     []MovedAccount
}

// MovedAccount is how one account moved and mostly why.
type MovedAccount struct {
	Subject  minori.ID
	Key      string
	Name     string
	From, To float64
	Was, Is  ui.Band
	Why      string // "" when the parts do not tell
}

// Fell reports whether the account went into a band from a better one.
func (m MovedAccount) Fell() bool { return m.Was != m.Is && m.To < m.From }

// Delta is the change in points.
func (m MovedAccount) Delta() float64 { return m.To - m.From }

// Moved gives the accounts that moved most (among nil: of all that the reader
// sees), those that went into red first. Only those are explained.
func (s *Site) Moved(r *Request, among []minori.ID, most int) (Moved, error) {
	var out Moved
	card := r.Config.Program(minori.Account).Main()
	if card == nil {
		return out, nil
	}
	steps, err := s.Lake.Steps(r.Context(), minori.Account, r.View.Today, 8)
	if err != nil || len(steps) < 2 {
		return out, err
	}
	from, to := steps[len(steps)-2], steps[len(steps)-1]
	movers, err := s.Desk.Movers(r.Context(), r.Actor, card.ID, from, to, among, moversRead)
	if err != nil {
		return out, err
	}
	out.From, out.To = from.Day, to.Day
	def := card.Engine.Card()
	for _, m := range movers {
		a := MovedAccount{Subject: m.Subject, From: m.From, To: m.To, Was: ui.Band(def.BandOf(m.From)), Is: ui.Band(def.BandOf(m.To))}
		if a.Was != a.Is || math.Abs(a.Delta()) >= noise {
			out.Rows = append(out.Rows, a)
		}
	}
	slices.SortStableFunc(out.Rows, func(a, b MovedAccount) int { return cmp.Compare(weight(a), weight(b)) })
	out.Rows = out.Rows[:min(len(out.Rows), most)]
	return out, s.explainMoved(r, card, &out, from, to)
}

// weight orders moves: into red first, then into another band, then the others
// as they come.
func weight(m MovedAccount) int {
	switch {
	case m.Fell() && m.Is == ui.Red:
		return 0
	case m.Was != m.Is:
		return 1
	}
	return 2
}

// explainMoved names the accounts that are shown and says why they moved.
func (s *Site) explainMoved(r *Request, card *evaluate.Card, out *Moved, from, to minori.AsOf) error {
	ids := make([]minori.ID, len(out.Rows))
	for i := range out.Rows {
		ids[i] = out.Rows[i].Subject
	}
	if len(ids) == 0 {
		return nil
	}
	labels, err := s.Accounts.Labels(r.Context(), r.Actor, ids)
	if err != nil {
		return err
	}
	then, err := s.explanations(r.Context(), r.Actor, card.Name(), from, ids)
	if err != nil {
		return err
	}
	now, err := s.explanations(r.Context(), r.Actor, card.Name(), to, ids)
	if err != nil {
		return err
	}
	for i := range out.Rows {
		m := &out.Rows[i]
		m.Key, m.Name = labels[m.Subject].Key, LabelName(labels[m.Subject])
		a, okA := then[m.Subject]
		b, okB := now[m.Subject]
		if okA && okB {
			m.Why = because(r.Words(), scorecard.ExplainChange(a, b).Parts)
		}
	}
	return nil
}

func (s *Site) explanations(ctx context.Context, actor minori.Actor, card string, at minori.AsOf, ids []minori.ID) (map[minori.ID]scorecard.Explanation, error) {
	scored, err := s.Evaluate.Scores(ctx, actor, minori.Account, card, at, ids)
	out := make(map[minori.ID]scorecard.Explanation, len(scored))
	for i := range scored {
		out[scored[i].Subject.ID] = scored[i].Explanation
	}
	return out, err
}

// because names the two largest parts of a change.
func because(w Wording, parts []scorecard.Part) string {
	var names []string
	for _, p := range parts[:min(len(parts), 2)] {
		name := w.Measure(p.Measure)
		switch p.Why {
		case scorecard.WhyCap:
			name = w.T("explain.cap")
		case scorecard.WhyOverride:
			name = w.T("explain.override")
		}
		names = append(names, w.T("explain.part", "name", name, "delta", w.Signed(p.Delta, 1)))
	}
	return w.List(names...)
}
