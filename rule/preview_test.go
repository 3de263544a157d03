package rule_test

import (
	"math/rand/v2"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	minori "github.com/minori-hq/minori"
	"github.com/minori-hq/minori/metric"
	"github.com/minori-hq/minori/rule"
)

func column(letters string) *metric.Column {
	c := &metric.Column{Type: metric.Bool}
	for i := range len(letters) {
		v := value(letters[i])
		c.Num, c.Reason = append(c.Num, v.Num), append(c.Reason, v.Reason)
	}
	return c
}

func TestPreviewEpisodes(t *testing.T) {
	p := rule.NewPreview(rule.Rule{For: days(1)}, tokyo)
	subjects := []minori.ID{10, 20, 30}
	for i, when := range []string{"ttf", "tf?", "ft?", "ftf", "ttf", "ttf"} {
		p.Add(day(i), subjects, column(when), nil)
	}
	end := day(2).Day
	want := []rule.Episode{
		{Subject: 10, Number: 1, Start: day(1).Day, End: &end},
		{Subject: 20, Number: 1, Start: day(3).Day},
		{Subject: 10, Number: 2, Start: day(5).Day},
	}
	if d := cmp.Diff(want, p.Episodes()); d != "" {
		t.Error(d)
	}
}

func TestPreviewWithUntil(t *testing.T) {
	p := rule.NewPreview(rule.Rule{Until: "x"}, tokyo)
	for i, c := range []struct{ when, until string }{{"tt", "ff"}, {"ff", "ft"}, {"ff", "tf"}} {
		p.Add(day(i), []minori.ID{1, 2}, column(c.when), column(c.until))
	}
	got := p.Episodes()
	if len(got) != 2 || *got[0].End != day(2).Day || *got[1].End != day(1).Day {
		t.Errorf("episodes %+v", got)
	}
}

func TestWeeksStartOnMonday(t *testing.T) {
	at := func(d int) rule.Episode { return rule.Episode{Start: minori.Date(2024, time.May, d)} }
	got := rule.Weeks([]rule.Episode{at(1), at(5), at(6), at(12), at(12), at(22)}, minori.Date(2024, time.May, 1), minori.Date(2024, time.May, 21))
	want := []rule.Week{
		{Monday: minori.Date(2024, time.April, 29), Episodes: 2},
		{Monday: minori.Date(2024, time.May, 6), Episodes: 3},
		{Monday: minori.Date(2024, time.May, 13)},
		{Monday: minori.Date(2024, time.May, 20)},
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Error(d)
	}
}

func TestJudge(t *testing.T) {
	start := func(id minori.ID, d minori.Day) rule.Episode { return rule.Episode{Subject: id, Start: d} }
	episodes := []rule.Episode{
		start(1, 1000), // churn 90 days later: a hit
		start(2, 1000), // churn 91 days later: too late
		start(3, 1050), // churn on the very day does not follow
		start(4, 1110), // never churns, decided on the last day
		start(5, 1111), // not yet decided, by one day
		start(1, 1080), // the same churn, ten days later: a hit too
	}
	churn := map[minori.ID][]minori.Day{
		1: {1090}, 2: {1091}, 3: {1050}, 5: {1199, 1300}, 6: {1100},
		7: {1000}, 8: {1201}, // outside the preview
	}
	q := rule.Judge(episodes, churn, 1000, 1200, 1200)
	if q.Starts != 5 || q.Precision == nil || *q.Precision != 2.0/5 {
		t.Errorf("precision %v over %d starts, want 2/5", q.Precision, q.Starts)
	}
	if q.Outcomes != 5 || q.Recall == nil || *q.Recall != 2.0/5 {
		t.Errorf("recall %v over %d outcomes, want 2/5", q.Recall, q.Outcomes)
	}
	if q = rule.Judge(episodes, churn, 1000, 1200, minori.MaxDay); q.Starts != 6 || *q.Precision != 3.0/6 {
		t.Errorf("with all outcomes known: %+v", q)
	}
	if q = rule.Judge(nil, nil, 1000, 1200, 1200); q.Precision != nil || q.Recall != nil || q.Outcomes != 0 {
		t.Errorf("without starts and outcomes: %+v", q)
	}
}

// BenchmarkPreview previews a rule over 100,000 subjects, one as-of an iteration.
func BenchmarkPreview(b *testing.B) {
	const n = 100_000
	r := rand.New(rand.NewPCG(1, 2))
	subjects := make([]minori.ID, n)
	when := &metric.Column{Type: metric.Bool, Num: make([]float64, n), Reason: make([]metric.Reason, n)}
	for i := range subjects {
		subjects[i] = minori.ID(i + 1)
		if r.IntN(20) == 0 {
			when.Num[i] = 1
		}
	}
	p := rule.NewPreview(rule.Rule{For: days(7)}, tokyo)
	for i := 0; b.Loop(); i++ {
		p.Add(day(i), subjects, when, nil)
	}
}
