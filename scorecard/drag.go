package scorecard

import (
	"strconv"

	"github.com/minori-hq/minori/metric"
)

// capPrefix begins the name of a cap in Drags, before its index.
const capPrefix = "cap:"

// Drags gives per row what takes most off the score, and how many points it
// takes (at most 0, rounded to 9 decimals): the measure whose effective weight
// times what its score lacks to 100 is the largest, by name; or the cap, where
// it takes more than any measure, as DragCap reads it. Both are unknown with
// no_value where nothing takes anything off, where a manual score is in force,
// and where there is no score.
func (e *Engine) Drags(in Input) (what, points metric.Column, err error) {
	if err := e.check(&in); err != nil {
		return what, points, err
	}
	what = metric.Column{Type: metric.Text, Text: make([]string, in.Rows), Reason: make([]metric.Reason, in.Rows)}
	points = metric.Column{Type: metric.Number, Num: make([]float64, in.Rows), Reason: make([]metric.Reason, in.Rows)}
	parts := make([]part, e.variants[0].size())
	for i := range in.Rows {
		name, lost := e.drag(&in, i, parts)
		if _, set := in.Overrides[i]; set || lost <= 0 {
			what.Reason[i], points.Reason[i] = metric.NoValue, metric.NoValue
			continue
		}
		what.Text[i], points.Num[i] = name, -lost
	}
	return what, points, nil
}

// DragCap gives the index of the cap that Drags names; ok is false for a measure.
func DragCap(what string) (index int, ok bool) {
	if len(what) <= len(capPrefix) || what[:len(capPrefix)] != capPrefix {
		return 0, false
	}
	index, err := strconv.Atoi(what[len(capPrefix):])
	return index, err == nil
}

// drag gives what takes most off the score of row i; 0 points where nothing does.
func (e *Engine) drag(in *Input, i int, parts []part) (name string, lost float64) {
	var s Score
	v := &e.variants[first(in.Exceptions, i)+1]
	e.score(in, i, &s, parts)
	if s.Reason != Computed {
		return "", 0
	}
	total, at := 0.0, 0
	for g := range v.blocks {
		if v.blocks[g].counted(parts[at:]) > 0 {
			total += v.blocks[g].weight
		}
		at += len(v.blocks[g].slots)
	}
	at = 0
	for g := range v.blocks {
		b := &v.blocks[g]
		counted := b.counted(parts[at:])
		for k, t := range b.slots {
			if p := parts[at+k]; p.counted {
				if takes := round9((100 - p.score) * t.weight / counted * b.weight / total); takes > lost {
					name, lost = e.measures[t.column], takes
				}
			}
		}
		at += len(b.slots)
	}
	if s.Cap >= 0 && -s.CapPart > lost {
		return capPrefix + strconv.Itoa(s.Cap), -s.CapPart
	}
	return name, lost
}

// counted gives the weight of the measures of a group that count in a row;
// parts begins with the group's.
func (b *block) counted(parts []part) (sum float64) {
	for k := range b.slots {
		if parts[k].counted {
			sum += b.slots[k].weight
		}
	}
	return sum
}
