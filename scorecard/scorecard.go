// Package scorecard turns measure values into groups and an overall score from
// 0 to 100 that can be explained part by part.
package scorecard

import (
	minori "github.com/minori-hq/minori"
)

// Scorecard is the definition of a score.
type Scorecard struct {
	Name        string
	Title       minori.Text
	Subject     minori.SubjectKind
	Groups      []Group
	Exceptions  []Exception
	Caps        []Cap
	Missing     Missing
	MinCoverage float64 // 0–1
	Yellow      float64 // lower bound of the yellow band, 0–100
	Green       float64 // lower bound of the green band, 0–100
}

// Group is some measures that count together with a weight.
type Group struct {
	Name     string
	Title    minori.Text
	Weight   float64 // ≥ 0
	Measures []Weighted
}

// Weighted is a measure in a group: its weight and how its value becomes a score.
type Weighted struct {
	Measure string
	Weight  float64 // ≥ 0
	Bands   Bands
}

// Bands maps a value to a score from 0 to 100: either Points joined by
// straight lines and flat outside, or Steps, each holding values strictly
// below its bound, the last having none.
type Bands struct {
	Points [][2]float64 // value, score; values ascending
	Steps  []Step
}

// Step is one step of Bands.
type Step struct {
	Below *float64 // nil for the last
	Score float64
}

// Policy says what an unknown measure does.
type Policy string

// The policies.
const (
	Skip    Policy = "skip"    // leave it out
	Zero    Policy = "zero"    // count it as 0
	Neutral Policy = "neutral" // count it as Missing.Neutral
)

// Missing is the policy for unknown measures.
type Missing struct {
	Policy  Policy
	Neutral float64
}

// Exception replaces weights or bands for the subjects whose When holds; of
// several the first that holds counts.
type Exception struct {
	When    string             // CEL condition
	Weights map[string]float64 // by "group" or "group/measure"
	Bands   map[string]Bands   // by "group/measure"
	Pos     minori.Position
}

// Cap bounds the score from above for the subjects whose When holds; the
// lowest that holds wins.
type Cap struct {
	When    string // CEL condition
	At      float64
	Because minori.Text
	Pos     minori.Position
}
