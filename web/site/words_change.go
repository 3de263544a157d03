package site

import (
	minori "github.com/minori-hq/minori"
	"github.com/minori-hq/minori/evaluate"
	"github.com/minori-hq/minori/metric"
	"github.com/minori-hq/minori/scorecard"
	"github.com/minori-hq/minori/web/ui"
)

// ChangeWaterfall draws how a score came from one day to another: its steps add
// up to the change. link gives the address of a measure. It is nil when either
// score is unknown.
func ChangeWaterfall(w Wording, c evaluate.Change, link func(measure string) string) *ui.WaterfallProps {
	if c.Then == nil || c.Then.Score == nil || c.Now.Score == nil {
		return nil
	}
	then, now := w.Health(c.Then.Score, string(c.Then.Band)), w.Health(c.Now.Score, string(c.Now.Band))
	p := &ui.WaterfallProps{Caption: w.T("score.change"),
		Start: ui.WaterfallEnd{Label: w.Date(c.Since), Value: *c.Then.Score, Health: &then},
		End:   ui.WaterfallEnd{Label: w.Date(c.AsOf), Value: *c.Now.Score, Health: &now}}
	for _, part := range c.Delta.Parts {
		step := ui.WaterfallStep{Label: partLabel(w, part), Why: partWhy(w, part), Change: part.Delta}
		if part.Measure != "" {
			step.URL = link(part.Measure)
		}
		p.Steps = append(p.Steps, step)
	}
	return p
}

// partLabel names what a part of a change comes from.
func partLabel(w Wording, p scorecard.Part) string {
	switch p.Why {
	case scorecard.WhyCap:
		return w.T("moved.cap")
	case scorecard.WhyOverride:
		return w.T("moved.override")
	}
	return w.Measure(p.Measure)
}

// partWhy says what moved a part.
func partWhy(w Wording, p scorecard.Part) string {
	unit := w.UnitOf(p.Measure)
	switch p.Why {
	case scorecard.WhyKnown:
		return w.T("moved.known", "value", w.Value(p.To, unit))
	case scorecard.WhyUnknown:
		return w.T("moved.unknown", "why", w.Value(p.To, unit))
	case scorecard.WhyWeight:
		return w.T("moved.weight")
	case scorecard.WhyDefinition:
		return w.T("moved.definition")
	case scorecard.WhyException:
		return w.T("moved.exception")
	case scorecard.WhyCoverage:
		return w.T("moved.coverage")
	case scorecard.WhyCap, scorecard.WhyOverride:
		return boundMoved(w, p)
	}
	return w.T("moved.value", "from", w.Value(p.From, unit), "to", w.Value(p.To, unit))
}

// boundMoved says how a cap or an override came or went.
func boundMoved(w Wording, p scorecard.Part) string {
	switch {
	case p.From.Reason != metric.Known && p.To.Reason == metric.Known:
		return w.T("moved.now", "value", Trimmed(p.To.Num))
	case p.From.Reason == metric.Known && p.To.Reason != metric.Known:
		return w.T("moved.gone", "value", Trimmed(p.From.Num))
	}
	return w.T("moved.value", "from", Trimmed(p.From.Num), "to", Trimmed(p.To.Num))
}

// Window writes a window such as 28 days.
func (w Wording) Window(win minori.Window) string { return w.window(win.String()) }
