package account

import (
	"cmp"
	"context"
	"slices"
	"time"

	minori "github.com/minori-hq/minori"
	"github.com/minori-hq/minori/metric"
)

// pointer makes points of metrics in the workspace's zone.
type pointer struct {
	ids  map[string]int64
	zone *time.Location
}

func (s *Service) pointer(ctx context.Context, names map[string]bool) (pointer, error) {
	list := make([]string, 0, len(names))
	for n := range names {
		list = append(list, n)
	}
	slices.Sort(list)
	ids, err := s.cfg.MetricIDs(ctx, list)
	return pointer{ids: ids, zone: s.cfg.Zone}, err
}

func (p pointer) at(account minori.ID, name string, t int64, v float64, label string) metric.PointRow {
	return metric.PointRow{
		Subject: account, Metric: p.ids[name], Time: t, Day: minori.DayOf(time.UnixMicro(t).In(p.zone)),
		Value: v, Labels: [metric.MaxLabels]string{label},
	}
}

func (p pointer) refs() []metric.Ref {
	refs := make([]metric.Ref, 0, len(p.ids))
	for name, id := range p.ids {
		refs = append(refs, refOf(name, id))
	}
	slices.SortFunc(refs, func(a, b metric.Ref) int { return cmp.Compare(a.Name, b.Name) })
	return refs
}

func (ct *Contact) metrics() []string                { return nil }
func (ct *Contact) points(pointer) []metric.PointRow { return nil }

func (t *Ticket) metrics() []string {
	return []string{MetricTicketOpened, MetricTicketClosed, MetricTicketResolution, MetricTicketResponse, MetricTicketCSAT}
}

func (t *Ticket) points(p pointer) []metric.PointRow {
	pts := []metric.PointRow{p.at(t.Account, MetricTicketOpened, t.Opened, 1, t.Priority)}
	end := t.Opened
	if t.Closed != nil {
		end = *t.Closed
		pts = append(pts,
			p.at(t.Account, MetricTicketClosed, end, 1, t.Priority),
			p.at(t.Account, MetricTicketResolution, end, time.Duration((end-t.Opened)*1000).Hours(), t.Priority))
	}
	if t.FirstResponseMinutes != nil {
		pts = append(pts, p.at(t.Account, MetricTicketResponse, t.Opened, *t.FirstResponseMinutes, t.Priority))
	}
	if t.CSAT != nil {
		pts = append(pts, p.at(t.Account, MetricTicketCSAT, end, *t.CSAT, t.Priority))
	}
	return pts
}

func (ch *Churn) metrics() []string { return []string{MetricChurn} }

func (ch *Churn) points(p pointer) []metric.PointRow {
	return []metric.PointRow{p.at(ch.Account, MetricChurn, ch.Date.Start(p.zone).UnixMicro(), 1, ch.Reason)}
}

func (in *Interaction) metrics() []string { return []string{interactionMetric(in.Type)} }

func (in *Interaction) points(p pointer) []metric.PointRow {
	return []metric.PointRow{p.at(in.Account, interactionMetric(in.Type), in.Time, 1, "")}
}

func (an *Answer) metrics() []string { return []string{surveyMetric(an.Survey)} }

func (an *Answer) points(p pointer) []metric.PointRow {
	if an.Score == nil {
		return nil
	}
	return []metric.PointRow{p.at(an.Account, surveyMetric(an.Survey), an.Time, *an.Score, "")}
}

// openTickets writes how many tickets of each account were open since when:
// by priority, and in all.
func (s *Service) openTickets(ctx context.Context, accounts map[minori.ID]bool, p pointer, out *deltas) error {
	spans, err := s.store.TicketSpans(ctx, sortedIDs(accounts))
	if err != nil {
		return err
	}
	byAccount := map[minori.ID][]Ticket{}
	for _, t := range spans {
		byAccount[t.Account] = append(byAccount[t.Account], t)
	}
	for _, acc := range sortedIDs(accounts) {
		out.points(metric.PointSet{Origin: MetricTicketOpen, ID: int64(acc), Points: openSeries(acc, byAccount[acc], p)})
	}
	return nil
}

// openSeries gives the number of open tickets at every instant it changes. The
// total comes a microsecond after the numbers by priority, so that it is the
// last of its instant.
func openSeries(acc minori.ID, tickets []Ticket, p pointer) []metric.PointRow {
	type step struct {
		at       int64
		priority string
		by       int
	}
	steps := make([]step, 0, 2*len(tickets))
	for _, t := range tickets {
		steps = append(steps, step{t.Opened, t.Priority, 1})
		if t.Closed != nil {
			steps = append(steps, step{*t.Closed, t.Priority, -1})
		}
	}
	slices.SortFunc(steps, func(a, b step) int {
		return cmp.Or(cmp.Compare(a.at, b.at), cmp.Compare(a.priority, b.priority))
	})
	var pts []metric.PointRow
	open, total := map[string]int{}, 0
	for i := 0; i < len(steps); {
		at := steps[i].at
		for i < len(steps) && steps[i].at == at {
			prio := steps[i].priority
			for ; i < len(steps) && steps[i].at == at && steps[i].priority == prio; i++ {
				open[prio] += steps[i].by
				total += steps[i].by
			}
			if prio != "" {
				pts = append(pts, p.at(acc, MetricTicketOpen, at, float64(open[prio]), prio))
			}
		}
		all := p.at(acc, MetricTicketOpen, at+1, float64(total), "")
		if day := minori.DayOf(time.UnixMicro(at).In(p.zone)); all.Day != day {
			all.Time, all.Day = at, day
		}
		pts = append(pts, all)
	}
	return pts
}
