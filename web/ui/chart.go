package ui

import "github.com/a-h/templ"

// ChartKind is the form of a chart.
type ChartKind string

// The forms. Series of a line or bar chart may each choose another of the two,
// or be dots (scatter) on the same axis.
const (
	ChartLine    ChartKind = "line"
	ChartBar     ChartKind = "bar"
	ChartScatter ChartKind = "scatter"
	ChartHeatmap ChartKind = "heatmap"
)

// ChartSize is the height of a chart.
type ChartSize string

// The sizes: 160, 260 and 400 px.
const (
	ChartSmall  ChartSize = "small"
	ChartMedium ChartSize = ""
	ChartLarge  ChartSize = "large"
)

// SeriesRole says what a series is for.
type SeriesRole string

// The roles: what the chart is about, the period it is compared with (a thin
// line), and what is expected (a dashed line).
const (
	RoleMain       SeriesRole = ""
	RoleComparison SeriesRole = "comparison"
	RoleExpected   SeriesRole = "dashed"
)

// ChartPoint is a point of a scatter chart.
type ChartPoint struct {
	X     float64 `json:"x"`
	Y     float64 `json:"y"`
	Label string  `json:"label"`
	URL   string  `json:"url,omitempty"`
}

// Series is one series of a chart: a value per place on the axis, Unknown()
// where there is none, with an interval when Low and High are given; or Points.
type Series struct {
	Name      string
	Values    []float64
	Low, High []float64
	Points    []ChartPoint
	Kind      ChartKind // another form than the chart's
	Role      SeriesRole
	Stack     string // bars of the same name are put on top of each other
	Band      Band   // colour of a state, where the series is one
}

// ChartEvent is a tick on the axis: something happened there.
type ChartEvent struct {
	At    int // index on the axis
	Label string
	Band  Band
}

// ValueStyle is how a chart's values are written.
type ValueStyle string

// The styles.
const (
	StyleNumber  ValueStyle = "number"
	StylePercent ValueStyle = "percent" // values are ratios
	StyleMoney   ValueStyle = "money"   // values are major units
)

// ValueFormat is how a chart's values are written.
type ValueFormat struct {
	Style    ValueStyle
	Currency string
	Decimals int
}

// ChartProps is a chart with the sentence that says what it shows and the
// table behind it.
type ChartProps struct {
	ID       string // unique within the page
	Kind     ChartKind
	Size     ChartSize
	Title    string
	Sentence string   // what it shows, in a sentence
	X        []string // places on the axis, written; columns of a heatmap
	XTitle   string
	Y        []string    // rows of a heatmap
	Cells    [][]float64 // of a heatmap, row by row
	Series   []Series
	Events   []ChartEvent
	Format   ValueFormat
	Min, Max *float64 // of the value axis; from the values when nil
}

// chartSpec is what charts.js reads.
type chartSpec struct {
	Kind   ChartKind    `json:"kind"`
	Small  bool         `json:"small,omitempty"`
	X      []string     `json:"x"`
	XTitle string       `json:"xTitle,omitempty"`
	Y      []string     `json:"y,omitempty"`
	Cells  [][]*float64 `json:"cells,omitempty"`
	Series []seriesSpec `json:"series"`
	Events []eventSpec  `json:"events,omitempty"`
	Format formatSpec   `json:"format"`
	Min    *float64     `json:"min,omitempty"`
	Max    *float64     `json:"max,omitempty"`
}

type seriesSpec struct {
	Name   string       `json:"name"`
	Kind   ChartKind    `json:"kind,omitempty"`
	Role   SeriesRole   `json:"role,omitempty"`
	Stack  string       `json:"stack,omitempty"`
	Tone   string       `json:"tone,omitempty"`
	Values []*float64   `json:"values,omitempty"`
	Low    []*float64   `json:"low,omitempty"`
	High   []*float64   `json:"high,omitempty"`
	Points []ChartPoint `json:"points,omitempty"`
}

type eventSpec struct {
	At    int    `json:"at"`
	Label string `json:"label"`
	Tone  string `json:"tone,omitempty"`
}

type formatSpec struct {
	Style    ValueStyle `json:"style"`
	Currency string     `json:"currency,omitempty"`
	Decimals int        `json:"decimals"`
	Lang     string     `json:"lang"`
}

// spec gives what charts.js reads.
func (p ChartProps) spec(v View) chartSpec {
	s := chartSpec{
		Kind: p.Kind, Small: p.Size == ChartSmall, X: p.X, XTitle: p.XTitle, Y: p.Y, Min: p.Min, Max: p.Max,
		Series: []seriesSpec{},
		Format: formatSpec{Style: p.Format.Style, Currency: p.Format.Currency, Decimals: p.Format.Decimals, Lang: string(v.Lang())},
	}
	for _, row := range p.Cells {
		s.Cells = append(s.Cells, nullable(row))
	}
	for _, one := range p.Series {
		s.Series = append(s.Series, seriesSpec{
			Name: one.Name, Kind: one.Kind, Role: one.Role, Stack: one.Stack, Tone: string(one.Band),
			Values: nullable(one.Values), Low: nullable(one.Low), High: nullable(one.High), Points: one.Points,
		})
	}
	for _, e := range p.Events {
		s.Events = append(s.Events, eventSpec{At: e.At, Label: e.Label, Tone: string(e.Band)})
	}
	return s
}

// data writes what charts.js reads. It is an attribute, not a script, so that
// charts work in parts of a page that are loaded later: those bring no scripts.
func (p ChartProps) data(v View) (string, error) { return templ.JSONString(p.spec(v)) }

// nullable gives values with nil for unknown, as JSON has no other way to say it.
func nullable(values []float64) []*float64 {
	if values == nil {
		return nil
	}
	out := make([]*float64, len(values))
	for i, v := range values {
		if known(v) {
			out[i] = &v
		}
	}
	return out
}

// write gives a value as the chart's table shows it.
func (f ValueFormat) write(v View, x float64) string {
	switch f.Style {
	case StylePercent:
		return v.Percent(x, f.Decimals)
	case StyleMoney:
		return v.major(x, f.Currency)
	}
	return v.Number(x, f.Decimals)
}

// writeInterval gives an interval, nothing when either end is unknown.
func (f ValueFormat) writeInterval(v View, low, high float64) string {
	if !known(low) || !known(high) {
		return ""
	}
	return f.write(v, low) + " – " + f.write(v, high)
}

// table gives the chart as a table: a row per place on the axis and a column
// per series; a heatmap by its own rows; a scatter by its points.
func (p ChartProps) table(v View) TableProps {
	t := TableProps{Caption: p.Sentence, Columns: []Column{{Label: p.XTitle, Primary: true}}}
	switch {
	case p.Kind == ChartHeatmap:
		for _, x := range p.X {
			t.Columns = append(t.Columns, Column{Label: x, Numeric: true})
		}
		for i, y := range p.Y {
			row := Row{Cells: []templ.Component{Words(y)}}
			if i < len(p.Cells) {
				for _, value := range p.Cells[i] {
					row.Cells = append(row.Cells, Words(p.Format.write(v, value)))
				}
			}
			t.Rows = append(t.Rows, row)
		}
	case p.hasPoints():
		t.Columns = []Column{{Primary: true}, {Label: p.XTitle, Numeric: true}, {Label: v.T("chart.value"), Numeric: true}}
		for _, s := range p.Series {
			for _, at := range s.Points {
				t.Rows = append(t.Rows, Row{URL: at.URL, Cells: []templ.Component{Words(at.Label), Words(v.Number(at.X, 1)), Words(p.Format.write(v, at.Y))}})
			}
		}
	default:
		p.seriesTable(v, &t)
	}
	return t
}

// seriesTable adds the columns of series, an interval's bounds beside its value.
func (p ChartProps) seriesTable(v View, t *TableProps) {
	for _, s := range p.Series {
		t.Columns = append(t.Columns, Column{Label: s.Name, Numeric: true})
		if s.Low != nil {
			t.Columns = append(t.Columns, Column{Label: v.T("chart.interval", "name", s.Name), Numeric: true})
		}
	}
	for i, x := range p.X {
		row := Row{Cells: []templ.Component{Words(x)}}
		for _, s := range p.Series {
			row.Cells = append(row.Cells, Words(p.Format.write(v, at(s.Values, i))))
			if s.Low != nil {
				row.Cells = append(row.Cells, Words(p.Format.writeInterval(v, at(s.Low, i), at(s.High, i))))
			}
		}
		t.Rows = append(t.Rows, row)
	}
}

// hasPoints reports whether the chart is of free points.
func (p ChartProps) hasPoints() bool {
	for _, s := range p.Series {
		if len(s.Points) > 0 {
			return true
		}
	}
	return false
}

// at gives a value by index, Unknown() outside.
func at(values []float64, i int) float64 {
	if i < 0 || i >= len(values) {
		return Unknown()
	}
	return values[i]
}
