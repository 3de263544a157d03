package scorecard

import "math"

// Default bounds of the colour bands of an overall score (semantics, Scores).
const (
	DefaultYellow = 50.0
	DefaultGreen  = 75.0
)

// Band is the colour of an overall score.
type Band string

// The bands. NoBand stands for an unknown score, which is not red.
const (
	NoBand Band = ""
	Red    Band = "red"
	Yellow Band = "yellow"
	Green  Band = "green"
)

// Bounds gives the lower bounds of yellow and green, 0–100: those of the
// scorecard, or 50 and 75 when it sets neither.
func (c Scorecard) Bounds() (yellow, green float64) {
	if c.Yellow == 0 && c.Green == 0 {
		return DefaultYellow, DefaultGreen
	}
	return c.Yellow, c.Green
}

// BandOf gives the band of a known score; lower bounds belong to the band.
func (c Scorecard) BandOf(score float64) Band {
	yellow, green := c.Bounds()
	return bandOf(score, yellow, green)
}

func bandOf(score, yellow, green float64) Band {
	switch {
	case score >= green:
		return Green
	case score >= yellow:
		return Yellow
	}
	return Red
}

// Score gives the score from 0 to 100, rounded to 9 decimals, of a finite
// value: on the straight lines between points and flat outside them, or that of
// the first step whose bound lies above the value. Booleans come as 0 and 1.
func (b Bands) Score(v float64) float64 {
	c := compileBands(b)
	return c.at(v)
}

// curve is Bands in the form that is evaluated.
type curve struct {
	points [][2]float64
	bounds []float64 // of the steps but the last
	scores []float64 // of the steps
}

func compileBands(b Bands) curve {
	if len(b.Points) > 0 {
		c := curve{points: make([][2]float64, len(b.Points))}
		for i, p := range b.Points {
			c.points[i] = [2]float64{p[0], round9(p[1])}
		}
		return c
	}
	var c curve
	for _, s := range b.Steps {
		c.scores = append(c.scores, round9(s.Score))
		if s.Below == nil {
			break
		}
		c.bounds = append(c.bounds, *s.Below)
	}
	return c
}

func (c *curve) at(v float64) float64 {
	n := len(c.points)
	if n == 0 {
		return c.step(v)
	}
	if v <= c.points[0][0] {
		return c.points[0][1]
	}
	for i := 1; i < n; i++ {
		if q := &c.points[i]; v < q[0] {
			p := &c.points[i-1]
			return round9(p[1] + (v-p[0])/(q[0]-p[0])*(q[1]-p[1]))
		}
	}
	return c.points[n-1][1]
}

func (c *curve) step(v float64) float64 {
	for i, below := range c.bounds {
		if v < below {
			return c.scores[i]
		}
	}
	if len(c.scores) == 0 {
		return 0
	}
	return c.scores[len(c.scores)-1]
}

// round9 rounds to 9 decimals, the form in which scores are kept and compared.
// It is meant for numbers far below 1e9, as scores, shares and their sums are.
func round9(x float64) float64 { return math.Round(x*1e9) / 1e9 }
