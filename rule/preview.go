package rule

import (
	"cmp"
	"slices"
	"time"

	minori "github.com/minori-hq/minori"
	"github.com/minori-hq/minori/metric"
)

// OutcomeDays is the length in days within which an episode's start and the
// subject's churn belong together.
const OutcomeDays = 90

// Episode is one episode of a preview.
type Episode struct {
	Subject minori.ID
	Number  int // from 1 per subject
	Start   minori.Day
	End     *minori.Day // nil while it has not ended
}

// Preview runs a rule over past as-ofs without effects.
type Preview struct {
	def      Rule
	loc      *time.Location
	states   map[minori.ID]State
	open     map[minori.ID]int // index of the subject's open episode
	episodes []Episode
}

// NewPreview makes a preview that starts from nothing; loc is the workspace's zone.
func NewPreview(def Rule, loc *time.Location) *Preview {
	return &Preview{def: def, loc: loc, states: map[minori.ID]State{}, open: map[minori.ID]int{}}
}

// Add steps all given subjects to an as-of, which must lie after those added
// before. when and until hold the conditions' values per subject; until is nil
// for a rule without it. Subjects that are not given stay as they are.
func (p *Preview) Add(asOf minori.AsOf, subjects []minori.ID, when, until *metric.Column) {
	for i, id := range subjects {
		before, ok := p.states[id]
		if !ok && judge(when.Value(i)) != yes {
			continue // stays inactive
		}
		before.Subject = id
		u := metric.Value{Type: metric.Bool, Reason: metric.NoValue}
		if until != nil {
			u = until.Value(i)
		}
		c, _ := Step(p.def, 0, before, asOf, p.loc, when.Value(i), u, "")
		p.states[id] = c.State
		switch {
		case c.Opened:
			p.open[id] = len(p.episodes)
			p.episodes = append(p.episodes, Episode{Subject: id, Number: c.State.Episode, Start: asOf.Day})
		case c.Closed:
			end := asOf.Day
			p.episodes[p.open[id]].End = &end
		}
	}
}

// Episodes gives the episodes so far, by start, then subject.
func (p *Preview) Episodes() []Episode {
	out := slices.Clone(p.episodes)
	slices.SortFunc(out, func(a, b Episode) int {
		return cmp.Or(cmp.Compare(a.Start, b.Start), cmp.Compare(a.Subject, b.Subject), cmp.Compare(a.Number, b.Number))
	})
	return out
}

// Week is the work a rule would have caused in one week.
type Week struct {
	Monday   minori.Day // its first day
	Episodes int        // that start in it
}

// Weeks counts starts per week, Monday to Sunday, for every week that has a
// day in from to to, also those without any.
func Weeks(episodes []Episode, from, to minori.Day) []Week {
	var out []Week
	first := monday(from)
	for d := first; d <= to; d += 7 {
		out = append(out, Week{Monday: d})
	}
	for _, e := range episodes {
		if i := int(monday(e.Start)-first) / 7; e.Start >= from && e.Start <= to {
			out[i].Episodes++
		}
	}
	return out
}

func monday(d minori.Day) minori.Day { return d - minori.Day((int(d.Weekday())+6)%7) }

// Quality is how well a rule foresaw churn.
type Quality struct {
	Starts    int      // starts that were judged
	Precision *float64 // share of them followed by churn, 0–1; nil without starts
	Outcomes  int      // subjects that churned within the preview
	Recall    *float64 // share of them with a start before, 0–1; nil without outcomes
}

// Judge holds episodes previewed over from to to against outcomes: per subject
// the days on which its ARR went to 0.
//
// Precision is the share of starts followed by churn 1 to 90 days later. Starts
// whose 90 days are not over by known, the last day whose outcomes are known,
// are not judged. Recall is the share of subjects that churned after from and
// not after to which had a start 1 to 90 days before.
func Judge(episodes []Episode, churn map[minori.ID][]minori.Day, from, to, known minori.Day) Quality {
	var q Quality
	hits, starts := 0, map[minori.ID][]minori.Day{}
	for _, e := range episodes {
		starts[e.Subject] = append(starts[e.Subject], e.Start)
		if e.Start+OutcomeDays > known {
			continue
		}
		q.Starts++
		if slices.ContainsFunc(churn[e.Subject], func(d minori.Day) bool { return follows(e.Start, d) }) {
			hits++
		}
	}
	foreseen := 0
	for subject, days := range churn {
		churned, hit := false, false
		for _, d := range days {
			if d <= from || d > to {
				continue
			}
			churned = true
			hit = hit || slices.ContainsFunc(starts[subject], func(s minori.Day) bool { return follows(s, d) })
		}
		if churned {
			q.Outcomes++
		}
		if hit {
			foreseen++
		}
	}
	q.Precision, q.Recall = share(hits, q.Starts), share(foreseen, q.Outcomes)
	return q
}

// follows reports whether churn lies 1 to 90 days after start.
func follows(start, churn minori.Day) bool {
	return churn > start && churn <= start+OutcomeDays
}

func share(n, of int) *float64 {
	if of == 0 {
		return nil
	}
	v := float64(n) / float64(of)
	return &v
}
