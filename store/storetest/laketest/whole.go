package laketest

import (
	"fmt"
	"testing"

	minori "github.com/minori-hq/minori"
	"github.com/minori-hq/minori/evaluate"
	"github.com/minori-hq/minori/metric"
	"github.com/minori-hq/minori/store/lake"
)

// whole: metrics, scores and columns over many subjects at once.
func whole(t *testing.T, b *bench) {
	b.start(3)
	f := func(subject minori.ID, n float64, s string) []metric.FieldValue {
		return []metric.FieldValue{{Subject: subject, Field: 1, ValidFrom: metric.Always, Num: &n}, {Subject: subject, Field: 3, ValidFrom: metric.Always, Text: &s}}
	}
	b.apply(metric.Delta{Fields: append(append(f(1, 10, "gold"), f(2, 4, "tin")...), f(3, 6, "tin")...)})
	b.points(b.point(1, calls, today-2, 5), b.point(2, calls, today-2, 1), b.point(1, calls, today, 2), b.point(3, calls, today-40, 9),
		b.point(1, seats, today-40, 7), b.point(2, seats, today-3, 1), b.point(1, seats, today-1, 9), b.point(2, seats, today, 4))
	if got := b.whole(lake.WholeQuery{From: today - 9, To: today}, calls); got != "" {
		t.Errorf("without a projection there are no groups, got %s", got)
	}
	b.saveList(nil, false)
	for _, c := range []struct {
		name   string
		q      lake.WholeQuery
		metric int
		want   string
	}{
		{"counter", lake.WholeQuery{}, calls, "[-2 6/2] [0 2/1] "},
		{"counter by", lake.WholeQuery{By: "t"}, calls, "[gold -2 5/1] [tin -2 1/1] [gold 0 2/1] "},
		{"counter of some", lake.WholeQuery{IDs: []minori.ID{2}}, calls, "[-2 1/1] "},
		{"counter of none", lake.WholeQuery{IDs: []minori.ID{}}, calls, ""},
		{"counter filtered", lake.WholeQuery{Filters: []lake.Filter{{Column: "n", Op: lake.OpGt, Values: []metric.Value{num(5)}}}}, calls, "[-2 5/1] [0 2/1] "},
		{"gauge", lake.WholeQuery{}, seats, "[-9 7/1] [-3 8/2] [-1 10/2] [0 13/2] "},
		{"gauge by", lake.WholeQuery{By: "t"}, seats, "[gold -9 7/1] [tin -3 1/1] [gold -1 9/1] [tin 0 4/1] "},
	} {
		c.q.From, c.q.To = today-9, today
		if got := b.whole(c.q, c.metric); got != c.want {
			t.Errorf("%s: %s, want %s", c.name, got, c.want)
		}
	}
	if _, err := b.l.Whole(b.ctx, lake.WholeQuery{Kind: minori.Account, By: "n"}, refs[calls]); minori.CodeOf(err) != minori.Invalid {
		t.Errorf("cut by a number: %v", err)
	}
	cuts, err := b.l.Cut(b.ctx, lake.WholeQuery{Kind: minori.Account, By: "t"}, "n")
	b.ok(err)
	if got := fmt.Sprint(cuts); got != "[{tin 2 2 10 5 5 4 6} {gold 1 1 10 10 10 10 10}]" {
		t.Errorf("cut: %s", got)
	}
	if _, err := b.l.Cut(b.ctx, lake.WholeQuery{Kind: minori.Account}, "t"); minori.CodeOf(err) != minori.Invalid {
		t.Errorf("a text summed up: %v", err)
	}
}

func (b *bench) whole(q lake.WholeQuery, m int) string {
	b.Helper()
	q.Kind = minori.Account
	days, err := b.l.Whole(b.ctx, q, refs[m])
	b.ok(err)
	s := ""
	for _, d := range days {
		by := d.By
		if by != "" {
			by += " "
		}
		s += fmt.Sprintf("[%s%d %v/%d] ", by, d.Day-today, d.Sum, d.Count)
	}
	return s
}

// falls: bands that are lower than at the evaluation before, and means.
func falls(t *testing.T, b *bench) {
	b.start(3)
	save := func(d minori.Day, bands ...string) {
		r, err := b.l.Compute(b.ctx, ask(d))
		b.ok(err)
		defer r.Close()
		c := evaluate.Cycle{Kind: minori.Account, AsOf: asOf(d), HandOver: true, Result: r}
		of := map[string]float64{"green": 90, "yellow": 60, "red": 20}
		for i, band := range bands {
			row := evaluate.ScoreRow{Subject: minori.ID(i + 1), Scorecard: 3, Version: 1, Band: band}
			if x, ok := of[band]; ok {
				row.Score = &x
			}
			c.Scores = append(c.Scores, row)
		}
		_, err = b.l.SaveCycle(b.ctx, c)
		b.ok(err)
	}
	save(today-14, "red", "red", "green")
	save(today-7, "green", "yellow", "red")
	save(today, "yellow", "green", "unknown")
	got, err := b.l.BandFalls(b.ctx, minori.Account, 3, asOf(today))
	b.ok(err)
	if fmt.Sprint(got) != "[{1 green yellow}]" {
		t.Errorf("falls: %v", got)
	}
	if got, err = b.l.BandFalls(b.ctx, minori.Account, 3, asOf(today-14)); err != nil || len(got) != 0 {
		t.Errorf("the first evaluation has falls: %v %v", got, err)
	}
	b.apply(metric.Delta{Fields: []metric.FieldValue{{Subject: 1, Field: 1, ValidFrom: metric.Always, Num: ptr(1.0)}}})
	b.saveList(nil, false)
	means, err := b.l.ScoreMeans(b.ctx, lake.WholeQuery{Kind: minori.Account, From: today - 9, To: today}, 3)
	b.ok(err)
	if len(means) != 2 || means[0].Count != 3 || means[1].Sum != 75 || means[1].Count != 2 {
		t.Errorf("means: %v", means)
	}
}
