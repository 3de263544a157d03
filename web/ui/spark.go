package ui

import "strings"

// SparklineProps is a small line of how a value went. Unknown() leaves a gap,
// bridged by a dashed grey line.
type SparklineProps struct {
	Values   []float64
	Min, Max float64 // of the scale; both 0 take it from the values
	Band     Band    // colour of the dot at the end
	Label    string  // what it says, for readers who do not see it
}

const (
	sparkWidth  = 96.0
	sparkHeight = 24.0
	sparkEdge   = 3.0
)

// point is a place in a drawing.
type point struct{ x, y float64 }

// points places the known values; ok is false where there is none.
func (p SparklineProps) points() (at []point, ok []bool) {
	low, high := p.Min, p.Max
	if low == 0 && high == 0 {
		low, high = bounds(p.Values)
		// A scale of its own must not make noise look like news.
		if least := max(high, -low) * 0.25; high-low < least {
			middle := (low + high) / 2
			low, high = middle-least/2, middle+least/2
		}
	}
	if high <= low {
		low, high = low-1, high+1
	}
	at, ok = make([]point, len(p.Values)), make([]bool, len(p.Values))
	for i, v := range p.Values {
		if !known(v) {
			continue
		}
		x := sparkWidth / 2
		if len(p.Values) > 1 {
			x = sparkEdge + float64(i)/float64(len(p.Values)-1)*(sparkWidth-2*sparkEdge)
		}
		share := min(max((v-low)/(high-low), 0), 1)
		at[i], ok[i] = point{x, sparkHeight - sparkEdge - share*(sparkHeight-2*sparkEdge)}, true
	}
	return at, ok
}

// paths gives the line through neighbouring known values, and the bridges over gaps.
func (p SparklineProps) paths() (line, gaps string) {
	at, ok := p.points()
	var l, g strings.Builder
	last := -1
	for i := range at {
		if !ok[i] {
			continue
		}
		to := coordinate(at[i].x) + " " + coordinate(at[i].y)
		switch {
		case last == i-1 && last >= 0:
			l.WriteString("L" + to)
		default:
			if last >= 0 {
				g.WriteString("M" + coordinate(at[last].x) + " " + coordinate(at[last].y) + "L" + to)
			}
			l.WriteString("M" + to)
		}
		last = i
	}
	return l.String(), g.String()
}

// end gives the place of the last value, if it is known.
func (p SparklineProps) end() (x, y string, ok bool) {
	at, known := p.points()
	n := len(at)
	if n == 0 || !known[n-1] {
		return "", "", false
	}
	return coordinate(at[n-1].x), coordinate(at[n-1].y), true
}

// dotClass colours the dot at the end.
func (p SparklineProps) dotClass() string {
	switch p.Band {
	case Green, Yellow, Red:
		return "spark-dot spark-" + string(p.Band)
	}
	return "spark-dot"
}

// bounds gives the least and greatest known value, 0 and 0 when there is none.
func bounds(values []float64) (low, high float64) {
	first := true
	for _, v := range values {
		if !known(v) {
			continue
		}
		if first {
			low, high, first = v, v, false
		}
		low, high = min(low, v), max(high, v)
	}
	return low, high
}
