package webhook

import (
	"context"
	"slices"
	"strings"

	minori "github.com/minori-hq/minori"
	"github.com/minori-hq/minori/account"
	"github.com/minori-hq/minori/action"
)

// accountData is the account an event is about.
type accountData struct {
	ID   string `json:"id"` // as its source calls it
	Name string `json:"name"`
}

// callData is a call to action in an event.
type callData struct {
	ID       int64    `json:"id"`
	Type     string   `json:"type"`
	Reason   string   `json:"reason"`
	Priority string   `json:"priority"`
	Status   string   `json:"status"`
	Result   string   `json:"result,omitempty"`
	Rule     string   `json:"rule,omitempty"`
	Episode  int      `json:"episode,omitempty"`
	Owner    *person  `json:"owner"` // null for nobody
	Due      string   `json:"due"`
	By       string   `json:"by,omitempty"`      // who closed it
	Because  []string `json:"because,omitempty"` // what held when it was opened
}

type person struct {
	ID   string `json:"id"`
	Name string `json:"name"`
}

type callEvent struct {
	Account accountData `json:"account"`
	Call    callData    `json:"call_to_action"`
}

// kindOf gives the kind of event that a change of a call is, "" for none.
func kindOf(change string) Kind {
	switch change {
	case action.EventOpened:
		return CallOpened
	case action.EventRecovered:
		return CallRecovered
	case action.EventClosed:
		return CallClosed
	}
	return ""
}

// CallsChanged makes events of opened, recovered and closed calls of accounts.
// It runs in the transaction of the change.
func (s *Service) CallsChanged(ctx context.Context, changes []action.Event) error {
	if !slices.ContainsFunc(changes, func(e action.Event) bool { return kindOf(e.Kind) != "" }) {
		return nil
	}
	wanted, err := s.Wanted(ctx)
	if err != nil {
		return err
	}
	var told []action.Event
	var ids []int64
	for _, e := range changes {
		if wanted[kindOf(e.Kind)] {
			told, ids = append(told, e), append(ids, e.Call)
		}
	}
	if len(told) == 0 {
		return nil
	}
	calls, err := s.store.CallsByID(ctx, ids)
	if err != nil {
		return err
	}
	names, err := s.labels(ctx, calls)
	if err != nil {
		return err
	}
	// Whoever may manage webhooks reads what they carry.
	hidden, err := s.cfg.Hidden(ctx, minori.Actor{Role: minori.RoleOperations})
	if err != nil {
		return err
	}
	var list []Event
	for _, e := range told {
		c, ok := calls[e.Call]
		if !ok || c.Subject.Kind != minori.Account {
			continue
		}
		data := callEvent{Account: accountOf(names, c.Subject.ID), Call: describeCall(&c, names, hidden)}
		key := []any{c.ID}
		if e.Kind != action.EventOpened { // what can happen to a call again
			key = append(key, e.At)
		}
		if e.Kind == action.EventClosed && e.Author != minori.System().Name {
			data.Call.By = e.Author
		}
		ev, err := event(kindOf(e.Kind), e.At, data, key...)
		if err != nil {
			return err
		}
		list = append(list, ev)
	}
	return s.add(ctx, list)
}

// labels gives the names of the subjects and owners of calls.
func (s *Service) labels(ctx context.Context, calls map[int64]action.Call) (map[minori.ID]account.Label, error) {
	var ids []minori.ID
	for _, c := range calls {
		ids = append(ids, c.Subject.ID)
		if c.Owner != 0 {
			ids = append(ids, c.Owner)
		}
	}
	return s.store.Labels(ctx, ids)
}

func accountOf(names map[minori.ID]account.Label, id minori.ID) accountData {
	l := names[id]
	return accountData{ID: l.Key, Name: l.Name}
}

func describeCall(c *action.Call, names map[minori.ID]account.Label, hidden account.Hidden) callData {
	out := callData{ID: c.ID, Type: c.Type, Reason: c.Reason, Priority: c.Priority, Status: string(c.Status), Result: string(c.Outcome),
		Rule: c.RuleName, Episode: c.Episode, Due: c.Due.String()}
	if l, ok := names[c.Owner]; ok {
		out.Owner = &person{l.Key, l.Name}
	}
	for _, e := range c.Evidence {
		if !hidden.Mentions(e.Name) {
			out.Because = append(out.Because, strings.ToValidUTF8(e.Name+" = "+e.Value(), ""))
		}
	}
	return out
}

// Scores are the known scores of accounts on one scorecard as of a time.
type Scores struct {
	Scorecard string
	AsOf      minori.AsOf
	List      []Score // by account
}

// Score is the score of one account.
type Score struct {
	Account minori.ID
	Value   float64 // 0–100
	Band    string
}

type bandEvent struct {
	Account   accountData `json:"account"`
	Scorecard string      `json:"scorecard"`
	From      string      `json:"from"`
	To        string      `json:"to"`
	Score     float64     `json:"score"`
	AsOf      string      `json:"as_of"`
}

// recent is how old an as-of may be for its bands to be news, in days: what an
// evaluation of a day long past finds is none.
const recent = 7

// WantsBands reports whether somebody wants to know of changed bands, in the
// transaction that hands scores over. While nobody does, bands are forgotten:
// who comes later is not told of what changed before.
func (s *Service) WantsBands(ctx context.Context) (bool, error) {
	wanted, err := s.Wanted(ctx)
	if err != nil || wanted[BandChanged] {
		return wanted[BandChanged], err
	}
	return false, s.store.ForgetBands(ctx)
}

// Scored makes events of the accounts whose band is another than the one last
// told. An account that is seen for the first time, or again with an older
// as-of, is no news.
func (s *Service) Scored(ctx context.Context, in Scores) error {
	return s.store.InTx(ctx, func(ctx context.Context) error {
		if err := s.store.LockWebhooks(ctx); err != nil {
			return err
		}
		if wanted, err := s.WantsBands(ctx); err != nil || !wanted {
			return err
		}
		before, err := s.bands(ctx, &in)
		if err != nil {
			return err
		}
		var changed []Score
		var bands []BandOf
		for _, x := range in.List {
			was, ok := before[x.Account]
			if ok && (was.Band == x.Band || was.AsOf > in.AsOf.Micros()) {
				continue
			}
			bands = append(bands, BandOf{x.Account, x.Band, in.AsOf.Micros()})
			if ok {
				changed = append(changed, x)
			}
		}
		if err := s.store.SaveBands(ctx, in.Scorecard, bands); err != nil {
			return err
		}
		if in.AsOf.Day < minori.DayOf(s.cfg.Clock().In(s.cfg.Zone))-recent {
			return nil
		}
		return s.tellBands(ctx, &in, changed, before)
	})
}

// few is how many accounts are asked for one by one.
const few = 2000

func (s *Service) bands(ctx context.Context, in *Scores) (map[minori.ID]BandOf, error) {
	if len(in.List) > few {
		return s.store.Bands(ctx, in.Scorecard, nil)
	}
	ids := make([]minori.ID, len(in.List))
	for i := range in.List {
		ids[i] = in.List[i].Account
	}
	return s.store.Bands(ctx, in.Scorecard, ids)
}

func (s *Service) tellBands(ctx context.Context, in *Scores, changed []Score, before map[minori.ID]BandOf) error {
	if len(changed) == 0 {
		return nil
	}
	ids := make([]minori.ID, len(changed))
	for i := range changed {
		ids[i] = changed[i].Account
	}
	names, err := s.store.Labels(ctx, ids)
	if err != nil {
		return err
	}
	list := make([]Event, len(changed))
	for i, x := range changed {
		data := bandEvent{Account: accountOf(names, x.Account), Scorecard: in.Scorecard, From: before[x.Account].Band, To: x.Band,
			Score: x.Value, AsOf: in.AsOf.At.UTC().Format("2006-01-02T15:04:05.999999Z")}
		if list[i], err = event(BandChanged, s.now(), data, in.Scorecard, int64(x.Account), in.AsOf.Micros(), x.Band); err != nil {
			return err
		}
	}
	return s.add(ctx, list)
}
