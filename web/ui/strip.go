package ui

import (
	"math"
	"sort"
)

// StripDot is one subject on the scale.
type StripDot struct {
	Value float64
	Label string // shown when pointed at
	URL   string
	Band  Band
}

// StripColumn is the distribution at one time.
type StripColumn struct {
	Label string
	Dots  []StripDot
}

// StripProps shows a distribution over a scale of 0 to 100, a dot per subject,
// at one or several times.
type StripProps struct {
	Sentence string // what it shows
	Columns  []StripColumn
	Bounds   []float64 // lower bounds of the bands, drawn as lines; 50 and 75 when nil
}

const (
	stripHeight = 220.0
	stripTop    = 8.0
	stripDot    = 6.0 // room of one dot
)

// placed is a dot with its place beside the middle of its column.
type placed struct {
	StripDot
	x, y float64
}

// stripY gives the height of a value in the drawing.
func stripY(value float64) float64 {
	return stripTop + (100-min(max(value, 0), 100))/100*(stripHeight-2*stripTop)
}

// spread gives the room to each side of a column's middle. It must fit the
// narrowest screen, so many columns are kept narrow.
func (p StripProps) spread() float64 {
	return min(max(140/float64(max(len(p.Columns), 1)), 11), 120)
}

// place puts the dots of a column side by side where their values are near
// each other, closer together when there are many.
func (p StripProps) place(c StripColumn) []placed {
	bins := make(map[int][]placed)
	for _, d := range c.Dots {
		if !known(d.Value) {
			continue
		}
		at := placed{StripDot: d, y: stripY(d.Value)}
		bin := int(math.Floor(at.y / stripDot))
		bins[bin] = append(bins[bin], at)
	}
	var out []placed
	for _, dots := range bins {
		sort.SliceStable(dots, func(i, j int) bool { return dots[i].Value < dots[j].Value })
		step := min(stripDot, 2*p.spread()/max(float64(len(dots)-1), 1))
		for i, d := range dots {
			d.x = (float64(i) - float64(len(dots)-1)/2) * step
			out = append(out, d)
		}
	}
	sort.SliceStable(out, func(i, j int) bool {
		if out[i].Value != out[j].Value {
			return out[i].Value > out[j].Value
		}
		return out[i].x < out[j].x
	})
	return out
}

// middle gives the place of a column as a share of the width.
func (p StripProps) middle(i int) string {
	return coordinate((float64(i)+0.5)/float64(len(p.Columns))*100) + "%"
}

// labelClass leaves out labels on a phone where they would touch.
func (p StripProps) labelClass(i int) string {
	if len(p.Columns) <= 5 || (len(p.Columns)-1-i)%4 == 0 {
		return ""
	}
	return "wide-only"
}

// bounds gives the lines to draw.
func (p StripProps) bounds() []float64 {
	if p.Bounds == nil {
		return []float64{50, 75}
	}
	return p.Bounds
}

// counts gives how many dots of the last column are in each band, in order of the words.
func (p StripProps) counts() map[Band]int {
	out := make(map[Band]int)
	if len(p.Columns) == 0 {
		return out
	}
	for _, d := range p.Columns[len(p.Columns)-1].Dots {
		out[HealthProps{Band: d.Band}.band()]++
	}
	return out
}
