package program

import (
	"errors"
	"fmt"
	"strings"

	minori "github.com/minori-hq/minori"
	"github.com/minori-hq/minori/measure"
	"github.com/minori-hq/minori/metric"
)

// Names of columns in results.
const (
	MeasurePrefix = "measure:"
	FieldPrefix   = "field:"
	WhenPrefix    = "when:"
	UntilPrefix   = "until:"
	SegmentPrefix = "segment:"
)

// ListColumn is one column of the projection that lists read.
type ListColumn struct {
	Name  string // field:account.arr, measure:adoption.trend, score:health, band:health, segment:emea, calls
	Type  metric.Type
	Title minori.Text
	Unit  string
}

// CallsColumn counts the open calls to action of a subject.
const CallsColumn = "calls"

// Columns of what takes most off the main score, as scorecard.Engine.Drags
// gives it: a measure or cap, and its points.
const (
	DragColumn       = "drag:what"
	DragPointsColumn = "drag:points"
)

// FieldColumn names the column of a field in lists.
func FieldColumn(field string) string { return FieldPrefix + field }

// ListColumns gives the columns of a program's projection.
func (p *Program) ListColumns() []ListColumn {
	var out []ListColumn
	for _, f := range p.Fields {
		out = append(out, ListColumn{Name: FieldPrefix + f.Name, Type: f.Expr.Type, Title: f.Title, Unit: f.Unit})
	}
	for i := range p.Scorecards {
		card := p.Scorecards[i].Engine.Card()
		out = append(out, ListColumn{Name: "score:" + card.Name, Type: metric.Number, Title: card.Title},
			ListColumn{Name: "band:" + card.Name, Type: metric.Text, Title: card.Title})
	}
	for _, m := range p.Measures {
		out = append(out, ListColumn{Name: MeasurePrefix + m.Name, Type: m.Expr.Type, Title: m.Title, Unit: m.Unit})
	}
	if p.MainIndex() >= 0 {
		out = append(out, ListColumn{Name: DragColumn, Type: metric.Text}, ListColumn{Name: DragPointsColumn, Type: metric.Number})
	}
	for _, g := range p.Segments {
		out = append(out, ListColumn{Name: SegmentPrefix + g.Name, Type: metric.Bool, Title: g.Title})
	}
	return append(out, ListColumn{Name: CallsColumn, Type: metric.Number})
}

// AddProjection makes the second result hold the projection. Segments are its
// outputs already; the number of open calls is added after the hand-over.
func AddProjection(b *measure.Builder, prog *Program) error {
	var errs []error
	for _, c := range prog.ListColumns() {
		if _, isSegment := strings.CutPrefix(c.Name, SegmentPrefix); !isSegment && !afterwards(c.Name) {
			errs = append(errs, b.Pass(c.Name, c.Type))
		}
	}
	return errors.Join(errs...)
}

// afterwards reports whether a column of the projection is added after the
// second result was computed.
func afterwards(column string) bool {
	return column == CallsColumn || column == DragColumn || column == DragPointsColumn
}

// AddFirst adds what needs no scores: measures, fields, exceptions and caps.
func AddFirst(b *measure.Builder, prog *Program) error {
	var errs []error
	for _, m := range prog.Measures {
		errs = append(errs, b.Add(MeasurePrefix+m.Name, m.Expr, true))
	}
	for _, f := range prog.Fields {
		errs = append(errs, b.Add(FieldPrefix+f.Name, f.Expr, false))
	}
	for i := range prog.Scorecards {
		card := &prog.Scorecards[i]
		for k, e := range card.Exceptions {
			errs = append(errs, b.Add(ConditionColumn(card, "exception", k), e, false))
		}
		for k, e := range card.Caps {
			errs = append(errs, b.Add(ConditionColumn(card, "cap", k), e, false))
		}
	}
	return errors.Join(errs...)
}

// AddSecond adds the conditions that may need scores.
func AddSecond(b *measure.Builder, prog *Program) error {
	var errs []error
	for i := range prog.Rules {
		r := &prog.Rules[i]
		errs = append(errs, b.Add(WhenPrefix+r.Def.Name, r.When, false))
		if r.Until != nil {
			errs = append(errs, b.Add(UntilPrefix+r.Def.Name, r.Until, false))
		}
		for k, owners := range r.Owners {
			for n, e := range owners {
				errs = append(errs, b.Add(OwnerColumn(r, k, n), e, false))
			}
		}
	}
	for _, g := range prog.Segments {
		errs = append(errs, b.Add(SegmentPrefix+g.Name, g.Expr, false))
	}
	return errors.Join(errs...)
}

// ConditionColumn names the condition of an exception or a cap of a scorecard.
func ConditionColumn(card *Card, what string, i int) string {
	return fmt.Sprintf("%s:%s:%d", what, card.Name(), i)
}

// OwnerColumn names an expression for the owner that an effect of a rule gives.
func OwnerColumn(r *Rule, effect, i int) string {
	return fmt.Sprintf("owner:%s:%d:%d", r.Def.Name, effect, i)
}
