// Package dashboard is the definition of dashboards: a grid of tiles, each of
// which shows one thing in one form.
package dashboard

import (
	"fmt"
	"slices"
	"strings"

	minori "github.com/minori-hq/minori"
)

// Form is how a tile shows what it reads.
type Form string

// The forms.
const (
	Figure  Form = "figure"
	Line    Form = "line"
	Bar     Form = "bar"
	Stacked Form = "stacked"
	Heatmap Form = "heatmap"
	Table   Form = "table"
	Funnel  Form = "funnel"
	Text    Form = "text"
)

// Forms gives the forms.
func Forms() []string {
	return []string{string(Figure), string(Line), string(Bar), string(Stacked), string(Heatmap), string(Table), string(Funnel), string(Text)}
}

// Source is what a tile reads.
type Source string

// The sources.
const (
	FromMetric  Source = "metric"
	FromMeasure Source = "measure"
	FromScore   Source = "score"
	FromSegment Source = "segment"
	FromReport  Source = "report"
	FromText    Source = "text"
)

// The reports.
const (
	ReportARR      = "arr"
	ReportAccounts = "accounts"
	ReportCalls    = "calls"
	ReportNRR      = "nrr"
	ReportGRR      = "grr"
	ReportLogo     = "logo_retention"
)

// Reports gives the reports.
func Reports() []string {
	return []string{ReportARR, ReportAccounts, ReportCalls, ReportNRR, ReportGRR, ReportLogo}
}

// Functions over subjects, for measures and scores.
const (
	Mean   = "mean"
	Median = "median"
	Sum    = "sum"
	Min    = "min"
	Max    = "max"
)

// Functions gives them, the one that counts without a word first.
func Functions() []string { return []string{Mean, Median, Sum, Min, Max} }

// Size is how much of the grid a tile takes.
type Size string

// The sizes: a quarter, a half and the whole of the width.
const (
	Small  Size = "small"
	Medium Size = "medium"
	Wide   Size = "wide"
)

// Sizes gives the sizes, the one that counts without a word first.
func Sizes() []string { return []string{string(Medium), string(Small), string(Wide)} }

// Bounds of a dashboard.
const (
	MaxTiles  = 24
	MaxStages = 8
	MaxDays   = 800 // of a window
)

// Dashboard is one page of tiles, about accounts.
type Dashboard struct {
	Name  string
	Title minori.Text
	Tiles []Tile
}

// Tile is one thing shown.
type Tile struct {
	Title   minori.Text
	Form    Form
	Metric  string
	Measure string
	Score   string   // of a scorecard
	Segment []string // to be counted; the stages of a funnel
	Report  string
	Text    minori.Text
	Fn      string // over accounts, for measures and scores
	Window  minori.Window
	By      string // a field or segment that cuts the accounts into groups
	Within  string // only the accounts of this segment
	Compare bool   // with the period before
	Size    Size
}

// Source says what the tile reads; "" when it says nothing.
func (t *Tile) Source() Source {
	for _, s := range []struct {
		is Source
		ok bool
	}{
		{FromMetric, t.Metric != ""}, {FromMeasure, t.Measure != ""}, {FromScore, t.Score != ""},
		{FromSegment, len(t.Segment) > 0}, {FromReport, t.Report != ""}, {FromText, len(t.Text) > 0},
	} {
		if s.ok {
			return s.is
		}
	}
	return ""
}

// overTime reports whether the tile shows days rather than the present.
func (t *Tile) overTime() bool {
	switch t.Source() {
	case FromMetric:
		return true
	case FromScore:
		return t.Form == Line || t.Form == Stacked || t.Form == Heatmap
	}
	return t.Source() == FromReport && slices.Contains([]string{ReportNRR, ReportGRR, ReportLogo}, t.Report)
}

// forms gives the forms in which a source can be shown.
func forms(s Source) []Form {
	switch s {
	case FromMetric:
		return []Form{Figure, Line, Bar, Stacked, Heatmap, Table}
	case FromMeasure:
		return []Form{Figure, Bar, Table}
	case FromScore:
		return []Form{Figure, Line, Bar, Stacked, Heatmap, Table}
	case FromSegment:
		return []Form{Figure, Bar, Table, Funnel}
	case FromReport:
		return []Form{Figure, Bar, Table}
	case FromText:
		return []Form{Text}
	}
	return nil
}

// Validate checks what can be told without the rest of the workspace. Errors
// name their place in Field.
func (d *Dashboard) Validate() error {
	var errs minori.Errors
	fail := func(field, format string, args ...any) {
		e := minori.Errorf(minori.Invalid, format, args...)
		e.Field = field
		errs = append(errs, e)
	}
	if len(d.Tiles) == 0 {
		fail("tiles", "a dashboard shows at least one tile: write tiles: [{title: ARR, type: figure, report: arr}]")
	}
	if len(d.Tiles) > MaxTiles {
		fail("tiles", "a dashboard has at most %d tiles; make a second one of the rest", MaxTiles)
	}
	for i := range d.Tiles {
		d.Tiles[i].validate(fmt.Sprintf("tiles[%d]", i), fail)
	}
	return errs.OrNil()
}

func (t *Tile) validate(at string, fail func(field, format string, args ...any)) {
	source := t.Source()
	switch {
	case source == "":
		fail(at, "a tile shows one of metric, measure, score, segment, report and text: write for example metric: usage.login")
		return
	case t.sources() > 1:
		fail(at, "a tile shows one of metric, measure, score, segment, report and text, not several: make a tile of each")
		return
	case !slices.Contains(forms(source), t.Form):
		fail(at+".type", "a %s cannot be shown as %s: write one of %s", source, t.Form, words(forms(source)))
		return
	}
	if len(t.Segment) > MaxStages {
		fail(at+".segment", "at most %d segments are shown in one tile", MaxStages)
	}
	if t.Form == Funnel && len(t.Segment) < 2 {
		fail(at+".segment", "a funnel needs at least two segments, the widest first: write segment: [onboarding, active]")
	}
	if t.Form == Figure && len(t.Segment) > 1 {
		fail(at+".segment", "a figure counts one segment: write it as type: bar or funnel")
	}
	if t.Fn != "" && source != FromMeasure && source != FromScore {
		fail(at+".fn", "fn is for measures and scores; remove it")
	}
	if t.Window.N > 0 && !t.overTime() {
		fail(at+".window", "the tile shows the present; remove window")
	}
	const someDay = 20000
	if t.Window.N > 0 && someDay-t.Window.Before(someDay, 1) > MaxDays {
		fail(at+".window", "at most %d days are shown in one tile", MaxDays)
	}
	if t.Compare && !(t.overTime() && source != FromScore && (t.Form == Figure || t.Form == Line) && t.By == "") {
		fail(at+".compare", "only a figure or line of a metric, or a figure of retention, not cut by anything, is compared with the period before; remove compare")
	}
	t.validateCut(at, fail)
}

// validateCut checks what cuts the accounts.
func (t *Tile) validateCut(at string, fail func(field, format string, args ...any)) {
	source := t.Source()
	retention := source == FromReport && t.overTime()
	switch {
	case t.By != "" && (t.Form == Figure || t.Form == Funnel || t.Form == Text || source == FromSegment && len(t.Segment) > 1):
		fail(at+".by", "this tile is not cut into groups; remove by, or show it as bar or table")
	case t.By != "" && source == FromScore && t.overTime() && t.Form != Line:
		fail(at+".by", "%s of a score shows bands and tenths; remove by, or show it as bar or line", t.Form)
	case t.By == "" && source == FromMetric && (t.Form == Stacked || t.Form == Heatmap || t.Form == Table):
		fail(at+".by", "a %s of a metric is cut into groups: write for example by: account.tier", t.Form)
	case t.By == "" && t.Form == Bar && source != FromMetric && !(source == FromSegment && len(t.Segment) > 1):
		fail(at+".by", "bars need groups: write for example by: account.tier")
	case t.By == "" && t.Form == Table && source == FromReport:
		fail(at+".by", "a table of a report is cut into groups: write for example by: account.tier")
	case retention && t.Form != Figure:
		fail(at+".type", "the report %s is shown as a figure", t.Report)
	case source == FromScore && t.Within != "" && (t.Form == Stacked || t.Form == Heatmap):
		fail(at+".within", "%s of a score is over all accounts; remove within", t.Form)
	case retention && t.Within != "":
		fail(at+".within", "the report %s is over all accounts; remove within", t.Report)
	}
}

// sources counts what the tile names to be shown.
func (t *Tile) sources() int {
	n := 0
	for _, named := range []bool{t.Metric != "", t.Measure != "", t.Score != "", len(t.Segment) > 0, t.Report != "", len(t.Text) > 0} {
		if named {
			n++
		}
	}
	return n
}

func words(list []Form) string {
	out := make([]string, len(list))
	for i, f := range list {
		out[i] = string(f)
	}
	return strings.Join(out, ", ")
}
