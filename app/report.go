package app

import (
	"context"
	"fmt"
	"sort"

	minori "github.com/minori-hq/minori"
	"github.com/minori-hq/minori/action"
	"github.com/minori-hq/minori/evaluate"
	"github.com/minori-hq/minori/metric"
	"github.com/minori-hq/minori/revenue"
	"github.com/minori-hq/minori/scorecard"
)

// SubjectOf finds the subject of a scorecard by its source's id.
func (a *App) SubjectOf(ctx context.Context, actor minori.Actor, card, subject string) (minori.Subject, error) {
	cfg, err := a.Resources.Load(ctx)
	if err != nil {
		return minori.Subject{}, err
	}
	def, ok := cfg.Scorecard(card)
	if !ok {
		names := make([]string, len(cfg.Scorecards))
		for i := range cfg.Scorecards {
			names[i] = cfg.Scorecards[i].Def.Name
		}
		return minori.Subject{}, minori.Errorf(minori.NotFound, "there is no scorecard %q%s", card, minori.DidYouMean(card, names))
	}
	return a.Accounts.ByKey(ctx, actor, def.Def.Subject, subject)
}

// ExplainScore explains a subject's score as of a day and, with since, its
// change, in the JSON shape "explain".
func (a *App) ExplainScore(ctx context.Context, actor minori.Actor, card, subject string, asOf minori.AsOf, since *minori.AsOf, lang minori.Lang) (scorecard.ReportChange, error) {
	if lang == "" {
		lang = a.workspace.Lang
	}
	cfg, err := a.Resources.Load(ctx)
	if err != nil {
		return scorecard.ReportChange{}, err
	}
	s, err := a.SubjectOf(ctx, actor, card, subject)
	if err != nil {
		return scorecard.ReportChange{}, err
	}
	def, _ := cfg.Scorecard(card)
	c, err := a.Evaluate.Explain(ctx, actor, card, s, asOf, since)
	if err != nil {
		return scorecard.ReportChange{}, err
	}
	titles := evaluate.Titles{Scorecard: def.Def.Title.In(lang), Measures: map[string]string{}}
	for i := range cfg.Measures {
		titles.Measures[cfg.Measures[i].Def.Name] = cfg.Measures[i].Def.Title.In(lang)
	}
	text := evaluate.Sentence(a.Texts.Printer(lang, a.zone), c, titles)
	if c.Then != nil {
		return c.Delta.Report(s.Key, c.AsOf.String(), c.Since.String(), text), nil
	}
	return scorecard.ReportChange{Subject: s.Key, AsOf: c.AsOf.String(), Score: c.Now.Score,
		Parts: scorecard.ReportParts(c.Now.Parts()), Text: text}, nil
}

// Preview runs a rule of the workspace over past days without effects.
func (a *App) Preview(ctx context.Context, actor minori.Actor, name string, days evaluate.Range, progress func(done, total int)) (evaluate.PreviewResult, error) {
	var names []string
	for _, kind := range []minori.SubjectKind{minori.Account, minori.Person} {
		prog, err := a.Resources.Program(ctx, kind, 0)
		if err != nil {
			return evaluate.PreviewResult{}, err
		}
		for i := range prog.Rules {
			if prog.Rules[i].Def.Name == name {
				return a.Evaluate.Preview(ctx, actor, &prog.Rules[i], kind, days, a.outcomes(actor), progress)
			}
			names = append(names, prog.Rules[i].Def.Name)
		}
	}
	return evaluate.PreviewResult{}, minori.Errorf(minori.NotFound, "there is no rule %q%s", name, minori.DidYouMean(name, names))
}

// outcomes gives the churn of the ledger, known up to today.
func (a *App) outcomes(actor minori.Actor) evaluate.Outcomes {
	return func(ctx context.Context) (map[minori.ID][]minori.Day, minori.Day, error) {
		entries, err := a.Revenue.Entries(ctx, actor, nil, nil)
		if err != nil {
			return nil, 0, err
		}
		return revenue.ChurnDays(entries), minori.DayOf(a.Now().In(a.zone)), nil
	}
}

// Retention computes GRR, NRR and logo retention of the accounts with ARR on
// from, point to point, cut by a field or segment if by is given: by its value
// on from, for new accounts on to.
func (a *App) Retention(ctx context.Context, actor minori.Actor, from, to minori.Day, by string) (revenue.Retention, error) {
	if to < from {
		return revenue.Retention{}, minori.Errorf(minori.Invalid, "the range ends on %s, before it begins on %s", to, from)
	}
	entries, err := a.Revenue.Entries(ctx, actor, nil, &to)
	if err != nil {
		return revenue.Retention{}, err
	}
	rates, err := a.Revenue.RatesAt(ctx, actor, from)
	if err != nil {
		return revenue.Retention{}, err
	}
	holdings := revenue.Holdings(entries, from, to)
	if by != "" {
		if err := a.group(ctx, actor, holdings, from, to, by); err != nil {
			return revenue.Retention{}, err
		}
	}
	return revenue.Retain(revenue.RetentionRequest{From: from, To: to, Currency: a.workspace.Currency, Rates: rates, Grouped: by != ""}, holdings)
}

// group fills in the groups of holdings.
func (a *App) group(ctx context.Context, actor minori.Actor, holdings []revenue.Holding, from, to minori.Day, by string) error {
	start, err := a.Evaluate.Groups(ctx, actor, minori.Account, by, minori.EndOf(from, a.zone))
	if err != nil {
		return err
	}
	end, err := a.Evaluate.Groups(ctx, actor, minori.Account, by, minori.EndOf(to, a.zone))
	if err != nil {
		return err
	}
	for i := range holdings {
		h := &holdings[i]
		if v, ok := start[h.Account]; ok {
			h.GroupStart = &v
		}
		if v, ok := end[h.Account]; ok {
			h.GroupEnd = &v
		}
	}
	return nil
}

// ActionRow is a call to action in the JSON shape "actions".
type ActionRow struct {
	ID       int64   `json:"id"`
	Subject  string  `json:"subject"`
	Rule     string  `json:"rule"`
	Type     string  `json:"type"`
	Reason   string  `json:"reason"`
	Priority string  `json:"priority"`
	Status   string  `json:"status"`
	Owner    *string `json:"owner"` // the person's id; null: nobody
	Due      string  `json:"due"`
	Opened   string  `json:"opened"` // day of the as-of that opened it
	Episode  int     `json:"episode"`
}

// ActionReport lists all calls to action of a status: open for all that are
// not closed, all for every one.
func (a *App) ActionReport(ctx context.Context, actor minori.Actor, status string) ([]ActionRow, error) {
	f := action.Filter{Status: action.Status(status)}
	switch status {
	case "open":
		f.Status = action.AnyOpen
	case "all":
		f.Status = ""
	}
	out := []ActionRow{}
	for page := (minori.Page{Limit: minori.MaxPage}); ; page.Offset += minori.MaxPage {
		list, total, err := a.Actions.List(ctx, actor, f, page)
		if err != nil {
			return nil, err
		}
		rows, err := a.actionRows(ctx, list)
		if err != nil {
			return nil, err
		}
		out = append(out, rows...)
		if len(list) == 0 || page.Offset+len(list) >= total {
			return out, nil
		}
	}
}

func (a *App) actionRows(ctx context.Context, list []action.Call) ([]ActionRow, error) {
	ids := make([]minori.ID, 0, 2*len(list))
	for i := range list {
		ids = append(ids, list[i].Subject.ID)
		if list[i].Owner != 0 {
			ids = append(ids, list[i].Owner)
		}
	}
	keys, err := a.Records.Subjects(ctx, ids)
	if err != nil {
		return nil, fmt.Errorf("reading subjects: %w", err)
	}
	out := make([]ActionRow, len(list))
	for i := range list {
		c := &list[i]
		out[i] = ActionRow{ID: c.ID, Subject: keys[c.Subject.ID].Key, Rule: c.RuleName, Type: c.Type, Reason: c.Reason, Priority: c.Priority,
			Status: string(c.Status), Due: c.Due.String(), Opened: a.dayOf(c.OpenedAsOf).String(), Episode: c.Episode}
		if p, ok := keys[c.Owner]; ok && c.Owner != 0 {
			out[i].Owner = &p.Key
		}
	}
	return out, nil
}

// AccountRow is an account as reported.
type AccountRow struct {
	Subject  string  `json:"subject"`
	Name     string  `json:"name"`
	ARR      float64 `json:"arr"` // major units
	Currency string  `json:"currency"`
}

// AccountReport lists the accounts that exist on a day, all or those of a
// segment, by id.
func (a *App) AccountReport(ctx context.Context, actor minori.Actor, segment string, asOf minori.AsOf) ([]AccountRow, error) {
	if err := actor.Require(actor.MayRead(), "read accounts"); err != nil {
		return nil, err
	}
	arr, err := a.Evaluate.Numbers(ctx, actor, minori.Account, "account.arr", asOf)
	if err != nil {
		return nil, err
	}
	if segment != "" {
		prog, err := a.Resources.Program(ctx, minori.Account, 0)
		if err != nil {
			return nil, err
		}
		if _, ok := prog.Segment(segment); !ok {
			return nil, minori.Errorf(minori.NotFound, "there is no segment %q%s", segment, minori.DidYouMean(segment, prog.SegmentNames()))
		}
		in, err := a.Evaluate.Groups(ctx, actor, minori.Account, segment, asOf)
		if err != nil {
			return nil, err
		}
		for id := range arr {
			if in[id] != evaluate.InSegment {
				delete(arr, id)
			}
		}
	}
	ids := make([]minori.ID, 0, len(arr))
	for id := range arr {
		ids = append(ids, id)
	}
	labels, err := a.Records.Labels(ctx, ids)
	if err != nil {
		return nil, fmt.Errorf("reading names: %w", err)
	}
	out := make([]AccountRow, 0, len(ids))
	for _, id := range ids {
		row := AccountRow{Subject: labels[id].Key, Name: labels[id].Name, Currency: a.workspace.Currency}
		if v := arr[id]; v.Reason == metric.Known {
			row.ARR = v.Num
		}
		out = append(out, row)
	}
	sort.Slice(out, func(i, j int) bool { return out[i].Subject < out[j].Subject })
	return out, nil
}

// EventReport is the JSON shape "events".
type EventReport struct {
	Events int64      `json:"events"`
	First  *string    `json:"first"` // day
	Last   *string    `json:"last"`
	By     []EventRow `json:"by"`
}

// EventRow counts the events of one name or account.
type EventRow struct {
	Key    string `json:"key"`
	Events int64  `json:"events"`
}

// maxEventRows bounds the rows of an EventReport; the totals are over all.
const maxEventRows = 10000

// EventReport counts events between two days, both included, cut by name or
// account if by says so.
func (a *App) EventReport(ctx context.Context, actor minori.Actor, from, to minori.Day, by string) (EventReport, error) {
	if err := actor.Require(actor.MayRead(), "read events"); err != nil {
		return EventReport{}, err
	}
	visible, err := a.Accounts.VisibleAccounts(ctx, actor)
	if err != nil {
		return EventReport{}, err
	}
	t, err := a.Lake.Events(ctx, from, to, by, maxEventRows, visible)
	if err != nil {
		return EventReport{}, fmt.Errorf("counting events: %w", err)
	}
	out := EventReport{Events: t.Events, By: make([]EventRow, len(t.By))}
	if t.Events > 0 {
		first, last := a.dayOf(t.First).String(), a.dayOf(t.Last).String()
		out.First, out.Last = &first, &last
	}
	for i, b := range t.By {
		out.By[i] = EventRow{Key: b.Name, Events: b.Events}
		if by == "account" {
			out.By[i].Key = b.Key
		}
	}
	return out, nil
}

// dayOf gives the workspace's calendar day of an instant in microseconds.
func (a *App) dayOf(micros int64) minori.Day {
	return minori.At(minori.FromMicros(micros), a.zone).Day
}
