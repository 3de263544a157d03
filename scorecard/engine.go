package scorecard

import (
	"math"
	"slices"

	minori "github.com/minori-hq/minori"
	"github.com/minori-hq/minori/metric"
)

// Reason says why a scorecard's computed score is unknown.
type Reason uint8

// The reasons. Computed is none of them: the score is there.
const (
	Computed     Reason = iota
	NoWeights           // all weights are 0 for this subject
	NothingKnown        // no measure with a weight is known
	LowCoverage         // coverage lies below min_coverage
)

// String gives the reason as reports write it; "" for Computed.
func (r Reason) String() string {
	return [...]string{"", "no_weights", "nothing_known", "low_coverage"}[r&3]
}

// Score is the result for one subject. All numbers are rounded to 9 decimals.
type Score struct {
	Score      float64 // 0–100: the override, else Computed + CapPart; 0 unless Known()
	Computed   float64 // 0–100: before cap and override; 0 unless Reason is Computed
	Override   float64 // 0–100; 0 unless Overridden
	CapPart    float64 // ≤ 0: what the cap takes off Computed
	Coverage   float64 // 0–1: the share of weight whose measures are known
	Band       Band    // of Score; NoBand when unknown
	Cap        int     // index of the cap that bounds Computed; −1 for none
	Exception  int     // index of the exception that holds; −1 for none
	Reason     Reason  // why Computed is unknown
	Overridden bool
	// Because is why the first unknown measure with a weight is unknown;
	// metric.Known when all are known.
	Because metric.Reason
}

// Known reports whether there is a score, computed or by override.
func (s *Score) Known() bool { return s.Overridden || s.Reason == Computed }

// Input is the values a scorecard is computed from, in columns with a row per
// subject.
type Input struct {
	Rows       int
	Measures   []metric.Column // as Engine.Measures; numbers, or booleans as 0 and 1
	Exceptions []metric.Column // as Scorecard.Exceptions: whether each one's When holds
	Caps       []metric.Column // as Scorecard.Caps: whether each one's When holds
	Overrides  map[int]float64 // by row: the manual override in force, 0–100
}

// OneRow makes an Input of a single row; override nil means none.
func OneRow(measures, exceptions, caps []metric.Value, override *float64) Input {
	in := Input{Rows: 1, Measures: oneRow(measures), Exceptions: oneRow(exceptions), Caps: oneRow(caps)}
	if override != nil {
		in.Overrides = map[int]float64{0: *override}
	}
	return in
}

func oneRow(values []metric.Value) []metric.Column {
	out := make([]metric.Column, len(values))
	for i, v := range values {
		out[i] = metric.Column{Type: v.Type, Num: []float64{v.Num}, Text: []string{v.Text}, Reason: []metric.Reason{v.Reason}}
	}
	return out
}

// Engine computes one version of a scorecard. It is read-only after Compile
// and may be used by several goroutines.
type Engine struct {
	card     Scorecard
	version  int64
	measures []string
	variants []variant // without exception, then one per exception
	fill     bool      // unknown measures count as neutral
	neutral  float64
	yellow   float64
	green    float64
}

// variant is the weights and bands that count under one exception, or none.
type variant struct {
	blocks []block
	total  float64 // ΣW over groups with a weighted measure
}

// block is one group.
type block struct {
	weight float64
	sum    float64 // Σ w
	slots  []slot
}

// slot is one measure in a group.
type slot struct {
	column int
	weight float64
	bands  curve
}

// Compile makes the engine of a valid scorecard; version is that of its
// definition and stands in explanations.
func Compile(card Scorecard, version int64) *Engine {
	e := &Engine{card: card, version: version, measures: card.Measures()}
	switch card.Missing.Policy {
	case Zero:
		e.fill = true
	case Neutral:
		e.fill, e.neutral = true, round9(card.Missing.Neutral)
	}
	e.yellow, e.green = card.Bounds()
	e.variants = append(e.variants, e.variant(Exception{}))
	for _, x := range card.Exceptions {
		e.variants = append(e.variants, e.variant(x))
	}
	return e
}

// Measures gives the names of the measures whose values Input.Measures holds,
// in that order.
func (e *Engine) Measures() []string { return e.measures }

// Card gives the definition.
func (e *Engine) Card() Scorecard { return e.card }

// Version gives the version of the definition.
func (e *Engine) Version() int64 { return e.version }

func (e *Engine) variant(x Exception) variant {
	var v variant
	for _, g := range e.card.Groups {
		b := block{weight: replaced(x.Weights, g.Name, g.Weight)}
		for _, m := range g.Measures {
			key := g.Name + "/" + m.Measure
			s := slot{
				column: slices.Index(e.measures, m.Measure),
				weight: replaced(x.Weights, key, m.Weight),
				bands:  compileBands(replaced(x.Bands, key, m.Bands)),
			}
			b.sum += s.weight
			b.slots = append(b.slots, s)
		}
		if b.sum > 0 {
			v.total += b.weight
		}
		v.blocks = append(v.blocks, b)
	}
	return v
}

func replaced[V any](m map[string]V, key string, v V) V {
	if r, ok := m[key]; ok {
		return r
	}
	return v
}

// Score computes all rows of in. out is used for the result if it is large
// enough; its contents are overwritten.
func (e *Engine) Score(in Input, out []Score) ([]Score, error) {
	if err := e.check(&in); err != nil {
		return nil, err
	}
	out = slices.Grow(out[:0], in.Rows)[:in.Rows]
	for i := range out {
		e.score(&in, i, &out[i], nil)
	}
	for i, v := range in.Overrides {
		if i >= 0 && i < len(out) {
			e.override(&out[i], v)
		}
	}
	return out, nil
}

func (e *Engine) check(in *Input) error {
	for _, c := range []struct {
		what string
		cols []metric.Column
		want int
	}{
		{"measures", in.Measures, len(e.measures)},
		{"exceptions", in.Exceptions, len(e.card.Exceptions)},
		{"caps", in.Caps, len(e.card.Caps)},
	} {
		if len(c.cols) != c.want {
			return minori.Errorf(minori.Internal, "scorecard %s: %d columns of %s instead of %d", e.card.Name, len(c.cols), c.what, c.want)
		}
		for i := range c.cols {
			if len(c.cols[i].Reason) < in.Rows || len(c.cols[i].Num) < in.Rows {
				return minori.Errorf(minori.Internal, "scorecard %s: column %d of %s has fewer than %d rows", e.card.Name, i, c.what, in.Rows)
			}
		}
	}
	return nil
}

// part is what one measure counts with in one row.
type part struct {
	score   float64
	counted bool // known, or filled in by the policy, and of a weight above 0 in its group
	scored  bool
}

// score computes row i but for the override. parts, unless nil, gets an entry
// per measure and group in the order of the definition.
func (e *Engine) score(in *Input, i int, s *Score, parts []part) {
	*s = Score{Cap: -1, Exception: first(in.Exceptions, i)}
	v := &e.variants[s.Exception+1]
	sum, weight := e.sum(v, in.Measures, i, s, parts)
	switch {
	case v.total == 0:
		s.Reason = NoWeights
		return
	case weight == 0:
		s.Reason = NothingKnown
		return
	case s.Coverage < e.card.MinCoverage:
		s.Reason = LowCoverage
		return
	}
	s.Computed = round9(sum / weight)
	s.Score = s.Computed
	for k := range in.Caps {
		if at := round9(e.card.Caps[k].At); at < s.Score && holds(&in.Caps[k], i) {
			s.Cap, s.Score = k, at
		}
	}
	s.CapPart = round9(s.Score - s.Computed)
	s.Band = bandOf(s.Score, e.yellow, e.green)
}

// sum gives Σ W(g)·S(g) and Σ W(g) over the groups with a known measure, and
// sets coverage and the reason of the first unknown measure.
func (e *Engine) sum(v *variant, cols []metric.Column, i int, s *Score, parts []part) (sum, weight float64) {
	coverage, at := 0.0, 0
	for g := range v.blocks {
		b := &v.blocks[g]
		num, den, known := 0.0, 0.0, 0.0
		for k := range b.slots {
			t := &b.slots[k]
			score, reason := e.neutral, valueReason(&cols[t.column], i)
			if reason == metric.Known {
				score = t.bands.at(cols[t.column].Num[i])
				known += t.weight
			} else if s.Because == metric.Known && t.weight > 0 && b.weight > 0 {
				s.Because = reason
			}
			counted := reason == metric.Known || e.fill
			if counted {
				num += t.weight * score
				den += t.weight
			}
			if parts != nil {
				parts[at+k] = part{score: score, scored: counted, counted: counted && t.weight > 0}
			}
		}
		at += len(b.slots)
		if den > 0 {
			sum += b.weight * (num / den)
			weight += b.weight
			coverage += b.weight * (known / b.sum)
		}
	}
	if v.total > 0 {
		s.Coverage = round9(coverage / v.total)
	}
	return sum, weight
}

// override puts a manual score over the computed one.
func (e *Engine) override(s *Score, v float64) {
	s.Override, s.Overridden = round9(v), true
	s.Score = s.Override
	s.Band = bandOf(s.Score, e.yellow, e.green)
}

// valueReason gives why row i cannot be scored, Known if it can.
func valueReason(c *metric.Column, i int) metric.Reason {
	if r := c.Reason[i]; r != metric.Known {
		return r
	}
	if v := c.Num[i]; math.IsNaN(v) || math.IsInf(v, 0) {
		return metric.NotFinite
	}
	return metric.Known
}

// holds reports whether a condition is known and true.
func holds(c *metric.Column, i int) bool { return c.Reason[i] == metric.Known && c.Num[i] != 0 }

// first gives the index of the first condition that holds, −1 if none does.
func first(cols []metric.Column, i int) int {
	for k := range cols {
		if holds(&cols[k], i) {
			return k
		}
	}
	return -1
}

// Columns gives the effective scores and their bands as columns, as score("x")
// and band("x") read them. An unknown score has the reason of its first unknown
// measure, no_value if there is none.
func Columns(scores []Score) (score, band metric.Column) {
	n := len(scores)
	score = metric.Column{Type: metric.Number, Num: make([]float64, n), Reason: make([]metric.Reason, n)}
	band = metric.Column{Type: metric.Text, Text: make([]string, n), Reason: make([]metric.Reason, n)}
	for i := range scores {
		s := &scores[i]
		reason := metric.Known
		if !s.Known() {
			if reason = s.Because; reason == metric.Known {
				reason = metric.NoValue
			}
		}
		score.Num[i], score.Reason[i] = s.Score, reason
		band.Text[i], band.Reason[i] = string(s.Band), reason
	}
	return score, band
}
