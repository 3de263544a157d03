// Package evaluate is the one cycle: it computes measures, scores and rule
// conditions for a set of subjects as of a time, and hands the transitions over
// to the records. The same cycle without hand-over is preview and report.
package evaluate

import (
	"context"

	minori "github.com/minori-hq/minori"
	"github.com/minori-hq/minori/evaluate/program"
	"github.com/minori-hq/minori/metric"
)

// What package program says.
type (
	Program    = program.Program
	Measure    = program.Measure
	Card       = program.Card
	Rule       = program.Rule
	Segment    = program.Segment
	Field      = program.Field
	ListColumn = program.ListColumn
	Latest     = program.Latest
	Relation   = program.Relation
	Hidden     = program.Hidden
	Sign       = program.Sign
)

// What package program names.
const (
	CallsColumn      = program.CallsColumn
	DragColumn       = program.DragColumn
	DragPointsColumn = program.DragPointsColumn
	TalkedColumn     = program.TalkedColumn
	ContactsColumn   = program.ContactsColumn
	SponsorsColumn   = program.SponsorsColumn
	StaleColumn      = program.StaleColumn
	QuietDays        = program.QuietDays
	SignQuiet        = program.SignQuiet
	SignOnlyOne      = program.SignOnlyOne
	SignSponsor      = program.SignSponsor
	SignOutdated     = program.SignOutdated
)

// FieldColumn is program.FieldColumn.
func FieldColumn(field string) string { return program.FieldColumn(field) }

// DeepTypes is program.DeepTypes.
func DeepTypes() []string { return program.DeepTypes() }

// HiddenColumns is program.HiddenColumns.
func HiddenColumns() []string { return program.HiddenColumns() }

// HiddenOf is program.HiddenOf.
func HiddenOf(band string, cells []metric.Value) (Hidden, bool) { return program.HiddenOf(band, cells) }

// Programs gives the definitions.
type Programs interface {
	// Program gives the definitions for a kind of subject at a version of the
	// workspace; 0 means the one in force.
	Program(ctx context.Context, kind minori.SubjectKind, version int64) (*Program, error)
}
