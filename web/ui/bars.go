package ui

// WaterfallEnd is the value a waterfall starts from or arrives at.
type WaterfallEnd struct {
	Label  string
	Value  float64
	Words  string // the written value; one decimal when empty
	Health *HealthProps
}

// WaterfallStep is one part of a change.
type WaterfallStep struct {
	Label  string
	URL    string // the measure, movement or account behind it
	Why    string
	Change float64
	Words  string // the written change with its sign; one decimal when empty
}

// WaterfallProps explains a change: from Start over Steps to End.
type WaterfallProps struct {
	Caption string
	Start   WaterfallEnd
	Steps   []WaterfallStep
	End     WaterfallEnd
}

// barWidth is the length of a bar's drawing; it is stretched to the cell.
const barWidth = 1000.0

// span is a bar from one place to another within barWidth.
type span struct{ from, to float64 }

func (s span) x() string     { return coordinate(min(s.from, s.to)) }
func (s span) width() string { return coordinate(max(max(s.from, s.to)-min(s.from, s.to), 2)) }

// waterfall is the drawing of a WaterfallProps.
type waterfall struct {
	start, end span
	steps      []span
	cut        bool // totals do not start at zero
}

// layout places the bars. When the changes are small beside the totals, the
// scale is cut and the drawing says so.
func (p WaterfallProps) layout() waterfall {
	run := p.Start.Value
	low, high := min(run, p.End.Value), max(run, p.End.Value)
	for _, s := range p.Steps {
		run += s.Change
		low, high = min(low, run), max(high, run)
	}
	w := waterfall{}
	from := min(low, 0)
	if low > 0 && high-low < high*0.4 {
		w.cut = true
		from = low - max((high-low)*0.6, high*0.02)
	}
	to := max(high, 0)
	if to <= from {
		to = from + 1
	}
	place := func(v float64) float64 { return (v - from) / (to - from) * barWidth }
	zero := place(max(from, 0))
	w.start = span{zero, place(p.Start.Value)}
	w.end = span{zero, place(p.End.Value)}
	run = p.Start.Value
	for _, s := range p.Steps {
		w.steps = append(w.steps, span{place(run), place(run + s.Change)})
		run += s.Change
	}
	return w
}

// stepClass colours a step by its sign; the written value has it too.
func (s WaterfallStep) stepClass() string {
	if s.Change < 0 {
		return "bar-down"
	}
	return "bar-up"
}

func (s WaterfallStep) words(v View) string {
	if s.Words != "" {
		return s.Words
	}
	return v.Signed(s.Change, 1)
}

func (e WaterfallEnd) words(v View) string {
	if e.Words != "" {
		return e.Words
	}
	return v.Number(e.Value, 1)
}

// ScorePart is what one measure contributes to a score.
type ScorePart struct {
	Label  string
	URL    string
	Value  string  // the measure's written value
	Note   string  // why unknown, stale since, which exception
	Score  float64 // 0–100; Unknown() when the measure is
	Weight string  // written
	Points float64 // contribution; Unknown() when the measure is
	Most   float64 // the most it could contribute
	Hint   string  // source and freshness
	Stale  bool
}

// ScoreGroup is a group of measures within a score.
type ScoreGroup struct {
	Label  string
	Weight string // written
	Score  float64
	Parts  []ScorePart
}

// ScoreExtra is a part that is not a measure's: a cap or an override.
type ScoreExtra struct {
	Label  string
	Why    string
	Points float64
}

// ScorePartsProps shows what a score is made of; the points add up to it.
type ScorePartsProps struct {
	Caption  string
	Groups   []ScoreGroup
	Extras   []ScoreExtra
	Total    float64
	Health   HealthProps
	Coverage string // written share of weights that are known
}

// most gives the largest possible contribution, the scale of all bars.
func (p ScorePartsProps) most() float64 {
	m := 1.0
	for _, g := range p.Groups {
		for _, part := range g.Parts {
			m = max(m, part.Most)
			if known(part.Points) {
				m = max(m, part.Points)
			}
		}
	}
	for _, e := range p.Extras {
		m = max(m, e.Points, -e.Points)
	}
	return m
}

// length gives the length of a bar for some points.
func length(points, most float64) string {
	if !known(points) {
		return "0"
	}
	return coordinate(max(points, -points) / most * barWidth)
}
